"""Which lines of a comment are commands, and which item numbers stand in them?

A command is a line of its own, `ft …` or `/ft …`, outside code, quotes and HTML, as a reader of the rendered comment
sees it. Nothing here knows a verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

# No backtracking: one optional slash, two letters, blanks, the rest of the line.
LINE = re.compile(r"[ \t]{0,3}/?ft[ \t]+(?P<rest>\S.*)", re.IGNORECASE)
MAYBE = re.compile(r"^[ \t]{0,3}/?ft[ \t]", re.IGNORECASE | re.MULTILINE)
LEAD = re.compile(r"^[\s,:;–—-]+")
_NUMBERS = re.compile(
    r"\d{1,4}(?:\s*[-–]\s*\d{1,4}(?!\d|\s*[-–]))?(?:(?:\s*,\s*|\s+(?:and|&)\s+)\d{1,4}(?![\w/.-]))*(?!\w)"
)
_RANGE = re.compile(r"(\d{1,4})\s*[-–]\s*(\d{1,4})")
_BLOCKS = MarkdownIt("commonmark").disable("inline")


def _bare(content: str) -> str:
    """A paragraph's source with code spans and HTML comments blanked out. Linear: each run is looked at once."""
    runs = list(re.finditer(r"`+|<!--|-->", content))
    later: dict[str, list[int]] = {}
    for at in range(len(runs) - 1, -1, -1):
        later.setdefault(runs[at][0], []).append(at)
    kept: list[str] = []
    done = at = 0
    while at < len(runs):
        start, sign = runs[at].start(), runs[at][0]
        slashes = start
        while slashes > done and content[slashes - 1] == "\\":
            slashes -= 1
        closers = later.get("-->" if sign == "<!--" else sign, [])
        while closers and closers[-1] <= at:
            closers.pop()
        if sign == "-->" or not closers or (start - slashes) % 2:
            at += 1
            continue
        end = runs[closers[-1]].end()
        kept += (content[done:start], re.sub(r"[^\n]", "\x00", content[start:end]))
        done, at = end, closers[-1] + 1
    return "".join((*kept, content[done:]))


def own_lines(body: str) -> Iterator[tuple[int, str]]:
    """The (number, text) of lines that a reader of the rendered comment sees as typed words: no code, HTML or quote."""
    lines = body.split("\n")
    for token in _BLOCKS.parse(body):
        if token.type != "inline" or token.map is None:
            continue
        for offset, line in enumerate(_bare(token.content).split("\n")):
            number = token.map[0] + offset
            # The comment's own line decides about quotes and bullets: they are no longer in the token's content.
            if number < len(lines) and LINE.match(lines[number]) and LINE.match(line):
                yield number + 1, lines[number].strip()


def numbers_at(rest: str) -> int:
    """How many characters of item numbers `rest` begins with; 0 for none."""
    match = _NUMBERS.match(rest)
    return match.end() if match is not None else 0


def splits(rest: str) -> Iterator[tuple[tuple[int, ...], str]]:
    """The ways to part item numbers from what follows: all numbers first; then (`3, 5 Dec`) all but the last. The
    numbers are () where they are no list that goes upwards."""
    match = _NUMBERS.match(rest)
    if match is None:
        return
    listed = match[0]
    yield _numbers(listed), LEAD.sub("", rest[match.end() :])
    head, comma, last = listed.rpartition(",")
    if comma:
        yield _numbers(head), (last + rest[match.end() :]).strip()


def _numbers(listed: str) -> tuple[int, ...]:
    out: set[int] = set()
    for first, last in _RANGE.findall(listed):
        if not 0 < int(last) - int(first) < 100:
            return ()
        out |= set(range(int(first), int(last) + 1))
    out |= {int(n) for n in re.findall(r"\d+", _RANGE.sub("", listed))}
    return tuple(sorted(out))
