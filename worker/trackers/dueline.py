"""Where in a Markdown body does its `Due:` line stand, and which day does it say?

Pure. A due line is a line of its own with an ISO day, or with a word that stands for "no day": "Due: to a bug …" is
somebody's prose. Lines inside fenced code are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

LINE_LIMIT = 120
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^\r\n]*)")
_EMPHASIS = r"(?:\*\*|__|\*|_)?"
DUE = re.compile(
    rf"(?P<head>[ \t]{{0,3}}(?:[-*+][ \t]+)?{_EMPHASIS}due(?:[ \t]+date)?{_EMPHASIS}[ \t]*:"
    rf"{_EMPHASIS}[ \t]*{_EMPHASIS})"
    r"(?P<day>\d{4}-\d{2}-\d{2}|yyyy-mm-dd|none|tbd|n/a|\?|-|)"
    rf"{_EMPHASIS}[ \t]*",
    re.IGNORECASE,
)
"""A whole due line, without its line ending: what stands before the day, and the day."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")


def due_in(body: str) -> date | None:
    """The day of the first due line with a valid ISO day, outside code."""
    for _, _, found in due_lines(body):
        day = day_of(found["day"])
        if day is not None:
            return day
    return None


def due_lines(body: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    """(start, end with its line ending, match of `DUE`) of every due line that stands outside fenced code."""
    fence = ""
    for at, line in _lines(body):
        fence = _after(fence, line)
        found = DUE.fullmatch(line.rstrip("\r\n")) if not fence and len(line) <= LINE_LIMIT else None
        if found is not None:
            yield at, at + len(line), found


def day_of(written: str) -> date | None:
    """The day that an ISO date names, or None for anything else."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def open_fence(body: str) -> str:
    """The code fence that is still open at the end of this text: its opening characters, or ""."""
    fence = ""
    for _, line in _lines(body):
        fence = _after(fence, line)
    return fence


def _after(fence: str, line: str) -> str:
    """The code fence that is open after this line: its opening characters, or ""."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        # An opening fence of backticks can't have one in its info string.
        return "" if found["fence"][0] == "`" and "`" in found["info"] else found["fence"]
    closes = found["fence"].startswith(fence) and not found["info"].strip()
    return "" if closes else fence


def _lines(body: str) -> Iterator[tuple[int, str]]:
    """(offset, line with its ending), split where Markdown splits and nowhere else."""
    return ((m.start(), m[0]) for m in _LINE.finditer(body) if m[0])
