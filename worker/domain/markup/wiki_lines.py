"""What are the lines of a wiki text, once code is set apart and the signs of its macros are gone?

Every line keeps the number that it has in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from worker.domain.markup.wiki_inline import parameter

_RAW = re.compile(r"(?<!\\)\{(?P<name>code|noformat)(?::(?P<with>[^{}\n]{0,500}))?\}", re.IGNORECASE)
_QUOTE = re.compile(r"(?<!\\)\{quote\}", re.IGNORECASE)
_WRAPPER = re.compile(
    r"(?<!\\)\{(?:panel|info|note|tip|warning|expand|excerpt|section|column|details|html)(?::(?P<with>[^{}\n]{0,500}))?\}",
    re.IGNORECASE,
)
_ALONE = re.compile(r"[ \t]{0,40}\{(?P<name>[A-Za-z][\w-]{0,30})(?::(?P<with>[^{}\n]{0,500}))?\}[ \t]*")
# These show words of their own, also alone on a line.
_SHOWN = frozenset({"status", "jira"})
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its number (from 1), its text, and whether it stands in a quote.

    `code` holds the lines of a code block that begins here, else None; `title` says that the text is a macro's title;
    `ends` is the number of its last line.
    """

    number: int
    text: str = ""
    quoted: bool = False
    title: bool = False
    code: tuple[str, ...] | None = None
    ends: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines in order, the code that stands within lines as `\\x00n\\x00`, and how many lines the text has. Of blank
    lines in a row only the first is there: they all say the same."""

    lines: tuple[Line, ...]
    raws: tuple[str, ...]
    count: int


def read_lines(text: str) -> Lines:
    """The lines of a wiki text."""
    plain = _LINE_END.sub("\n", text).lstrip("\ufeff").replace("\x00", "\ufffd")
    plain = plain.translate({0x0B: " ", 0x0C: " ", 0x85: " ", 0x2028: " ", 0x2029: " "})
    raws: list[str] = []
    lines = list(_without_raw(plain, raws))
    return Lines(lines=tuple(_without_macros(lines)), raws=tuple(raws), count=plain.count("\n") + 1)


def _without_raw(text: str, raws: list[str]) -> Iterator[Line]:
    """Set `{code}` and `{noformat}` apart. What begins and ends on a line, or stands in a table, stays in its line."""
    rows = text.split("\n")
    signs = _signs(rows)
    at = 0
    while at < len(rows):
        if "{" not in rows[at]:
            yield Line(number=at + 1, text=rows[at], ends=at + 1)
            blank = not rows[at].strip()
            at += 1
            while blank and at < len(rows) and not rows[at].strip():
                at += 1
            continue
        number, said, column = at + 1, "", 0
        after_code = False
        while (sign := _RAW.search(rows[at], column)) is not None:
            end = _end(signs, sign["name"].casefold(), at, sign.end())
            if end is None:  # never closed: the sign alone is dropped, later
                said += rows[at][column : sign.end()]
                column = sign.end()
                continue
            row, start, column_after = end
            said += rows[at][column : sign.start()]
            content = [rows[at][sign.end() : start if row == at else None]]
            if row > at:
                content += [*rows[at + 1 : row], rows[row][:start]]
            if row == at or said.lstrip(" \t").startswith("|"):
                said += f"\x00{len(raws)}\x00"
                raws.append("\n".join(content))
            else:
                if said.strip():
                    yield Line(number=number, text=said, ends=at + 1)
                yield _code(at + 1, row + 1, content, below=bool(said.strip()))
                number, said, after_code = row + 1, "", True
            at, column = row, column_after
        said += rows[at][column:]
        if said.strip() or not after_code:
            yield Line(number=number, text=said, ends=at + 1)
        at += 1


def _signs(rows: list[str]) -> dict[str, list[tuple[int, int, int]]]:
    """Where each sign stands, by name: (row, where it begins, where it ends)."""
    found: dict[str, list[tuple[int, int, int]]] = {"code": [], "noformat": []}
    for at, row in enumerate(rows):
        if "{" in row:
            for sign in _RAW.finditer(row):
                found[sign["name"].casefold()].append((at, sign.start(), sign.end()))
    return found


def _end(signs: dict[str, list[tuple[int, int, int]]], name: str, row: int, column: int) -> tuple[int, int, int] | None:
    """The first sign of this name from a place on."""
    places = signs[name]
    at = bisect_left(places, (row, column, 0))
    return places[at] if at < len(places) else None


def _code(first: int, last: int, content: list[str], *, below: bool) -> Line:
    """The code block between two signs. Where code stands beside a sign, its fence needs a line of its own."""
    opened = below or not content[0].strip()
    closed = not content[-1].strip()
    kept = content[0 if content[0].strip() else 1 : -1 if closed else None]
    return Line(
        number=first if opened else first - 1,
        code=tuple(kept),
        ends=last if closed else last + 1,
    )


def _without_macros(lines: list[Line]) -> Iterator[Line]:
    left = sum(len(_QUOTE.findall(line.text)) for line in lines if line.code is None and "{" in line.text)
    left -= left % 2  # one that is never closed quotes nothing
    quoted = False
    for line in lines:
        if line.code is not None or "{" not in line.text:
            yield replace(line, quoted=True) if quoted else line
            continue
        text, here = line.text, quoted
        parts = _QUOTE.split(text)
        signs = min(len(parts) - 1, left)
        if signs:
            left -= signs
            here = quoted or signs > 1 or not parts[0].strip()
            quoted ^= bool(signs % 2)
            text = " ".join(part for part in parts if part.strip())
        title = next(filter(None, map(_title, _WRAPPER.finditer(text))), "")
        text = _WRAPPER.sub("", text)
        alone = _ALONE.fullmatch(text)
        if alone is not None and alone["name"].casefold() not in _SHOWN:
            text = ""
        if title:
            yield Line(number=line.number, text=title, title=True, quoted=here, ends=line.number)
        if text.strip() or not title:
            yield replace(line, text=text, quoted=here) if here or text != line.text else line


def _title(found: re.Match[str]) -> str:
    written = found["with"] or ""
    return parameter(written, "title") or (written.strip() if "=" not in written and "|" not in written else "")
