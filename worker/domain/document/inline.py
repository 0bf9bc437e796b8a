"""Turn one piece of inline Markdown into plain words, and hand out the links in it.

Every function is one pass over its text: no regular expression here can backtrack over more than a bounded stretch.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,12})((?:\s[^<>]{0,1000})?)/?>")
_HREF = re.compile(r"""href\s{0,3}=\s{0,3}["']?([^"'\s>]{1,1000})""")
_AUTOLINK = re.compile(r"<(https?://[^\s<>]{1,2000})>")
_TICKS = re.compile(r"`+")
_STARS = re.compile(r"\*+(?=\S)|(?<=\S)\*+")
_UNDERSCORES = re.compile(r"(?<![\w])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![\w])")
_TILDES = re.compile(r"~~([^~]{1,2000})~~")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
_FOOTNOTE = re.compile(r"\[\^[\w-]{1,20}\]")
# Without any of these signs a text is its own plain words.
_MARKED = re.compile(r"[`*_<\[\]~&\\]")
_BRACKET = re.compile(r"[\[\]]")
_SPACED = re.compile(r"  |[\t\u00a0\u3000]")
_SPACES = re.compile(r"[ \t\u00a0\u3000]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inline:
    """The words of a text without Markdown, its links in order as (label, address), and whether all was struck out."""

    text: str
    links: tuple[tuple[str, str], ...] = ()
    struck: bool = False


def _code_spans(text: str) -> list[tuple[int, int, int]]:
    """The code spans as (start, end, ticks): a run of backticks closes with the next run of the same length."""
    runs = [(found.start(), found.end()) for found in _TICKS.finditer(text)]
    if len(runs) < 2:
        return []
    by_length: dict[int, list[int]] = {}
    for start, end in runs:
        by_length.setdefault(end - start, []).append(start)
    spans, position = [], 0
    for start, end in runs:
        if start < position:
            continue
        same = by_length[end - start]
        after = bisect_right(same, start)
        if after < len(same):
            position = same[after] + end - start
            spans.append((start, position, end - start))
    return spans


def _pieces(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces: (is code, content)."""
    position = 0
    for start, end, ticks in _code_spans(text):
        if start > position:
            yield False, text[position:start]
        yield True, text[start + ticks : end - ticks].strip(" ")
        position = end
    if position < len(text):
        yield False, text[position:]


def _destination(text: str, at: int) -> tuple[str, int] | None:
    """Read `(address "title")` at `at`, the position of its bracket: the address and the position behind it."""
    depth, limit = 0, min(len(text), at + 2048)
    for position in range(at, limit):
        char = text[position]
        if char == "\n" and text[position + 1 : position + 2] == "\n":
            return None
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                inside = text[at + 1 : position].strip()
                return (inside.split(None, 1)[0].strip("<>") if inside else ""), position + 1
    return None


def _links(text: str, references: Mapping[str, str]) -> tuple[str, list[tuple[str, str]]]:
    """Replace links by their labels and images by nothing. One pass with a stack of open brackets."""
    if "[" not in text:
        return text, []
    out: list[str] = []
    opened: list[tuple[int, bool]] = []  # index in `out` where the label begins, is it an image
    links: list[tuple[str, str]] = []
    position, tries = 0, 0
    while (bracket := _BRACKET.search(text, position)) is not None:
        at, char = bracket.start(), bracket.group()
        if at > position:
            out.append(text[position:at])
        position = at
        if char == "[" or not opened:
            if char == "[":
                opened.append((len(out), text[at - 1 : at] == "!"))
            out.append(char)
            position += 1
            continue
        start, image = opened.pop()
        label = "".join(out[start + 1 : start + 65])[:512]
        address, behind = None, position + 1
        if text[behind : behind + 1] == "(" and tries < 2000:
            tries += 1
            found = _destination(text, behind)
            if found is not None:
                address, behind = found
        if address is None and text[behind : behind + 1] == "[":
            close = text.find("]", behind, behind + 512)
            if close > 0:
                name = " ".join(text[behind + 1 : close].split()).casefold() or " ".join(label.split()).casefold()
                if name in references:
                    address, behind = references[name], close + 1
        if address is None:
            address = references.get(" ".join(label.split()).casefold()) if label else None
        if address is None:
            out.append(char)
            position += 1
            continue
        if image:
            out[start - 1] = out[start - 1][:-1]
            del out[start:]
        else:
            links.append((label, address))
            del out[start]
        position = behind
    out.append(text[position:])
    return "".join(out), links


def read_inline(text: str, references: Mapping[str, str]) -> Inline:
    """The plain words of inline Markdown with HTML in it. Line breaks stay; runs of blanks become one."""
    if _MARKED.search(text) is None and not references:
        spaced = _SPACES.sub(" ", text) if _SPACED.search(text) else text
        return Inline(text="\n".join(line for line in map(str.strip, spaced.split("\n")) if line))
    links: list[tuple[str, str]] = []

    def autolink(found: re.Match[str]) -> str:
        links.append(("", found[1]))
        return found[1]

    def tag(found: re.Match[str]) -> str:
        name = found[1].casefold()
        if name == "a" and found[2]:
            target = _HREF.search(found[2])
            if target:
                links.append(("", target[1]))
        return "\n" if name in {"br", "p", "li", "div"} else ""

    words: list[str] = []
    kept = 0
    held: dict[str, str] = {}
    # Code keeps its signs: it waits outside, behind a private mark, until the rest has been read.
    for is_code, piece in _pieces(text):
        if is_code:
            mark = chr(0xE000 + kept % 0x1800)
            if mark in held:
                words.append(piece)
            else:
                held[mark] = piece
                words.append(mark)
            kept += 1
        else:
            words.append(piece)
    joined = _AUTOLINK.sub(autolink, "".join(words))
    joined = _FOOTNOTE.sub("", _TAG.sub(tag, joined))
    joined, found_links = _links(joined, references)
    links.extend(found_links)
    bare = joined.strip()
    struck = len(bare) > 4 and bare.startswith("~~") and bare.endswith("~~")
    if "~~" in joined:
        left = _TILDES.sub("", joined)
        struck = struck or len(left.split()) < 3
        joined = _TILDES.sub(r"\1", joined) if struck else left
    joined = _STARS.sub("", joined)
    joined = _UNDERSCORES.sub("", joined)
    joined = html.unescape(_ESCAPED.sub(r"\1", joined))
    if held:
        joined = "".join(held.get(char, char) for char in joined)
    lines = (_SPACES.sub(" ", line).strip() for line in joined.split("\n"))
    return Inline(text="\n".join(line for line in lines if line), links=tuple(links), struck=struck)


def one_line(text: str) -> str:
    """The text with all white space as single blanks."""
    return " ".join(text.split())
