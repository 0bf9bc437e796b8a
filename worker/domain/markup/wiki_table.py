"""What are the rows and cells of a table in wiki text, with cells over several lines?

A row goes on until a line ends in `|`, the next row begins, or it is clear that it was never closed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.domain.markup.wiki_lines import Line

_UNIT = re.compile(
    r"\\.|\{\{[^{}\n]{0,500}\}\}|\{[A-Za-z][\w-]{0,30}:[^{}\n]{0,500}\}|\[[^\[\]\n]{1,2000}\]"
    r"|![^\s!|][^!|\n]{0,300}\|[^!|\n]{0,200}!(?=\s{0,9}\|)",
    re.DOTALL,
)
_NEXT = re.compile(r"\|\|?|\\|\{|\[|!")
_MOST_OPEN_LINES = 60
_ENDS_TABLE = re.compile(r"[ \t]{0,9}(?:h[1-6]\.\s|-{4,}\s*$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: the numbers of its first and last line, its cells as wiki text, and which of them are headers."""

    first: int
    last: int
    cells: tuple[str, ...]
    heads: tuple[bool, ...]


def is_row(text: str) -> bool:
    """True for a line that begins a row of a table."""
    bare = text.lstrip(" \t")
    return bare.startswith("|") and len(bare.strip("| \t")) + bare.count("|") > 1


def read_row(lines: Sequence[Line], at: int) -> tuple[Row, int]:
    """The row that begins with this line, and the index of the line behind it."""
    end = _row_end(lines, at)
    text = "\n".join(line.text for line in lines[at:end])
    cells, heads = _cells(text.strip())
    last = lines[end - 1]
    return Row(first=lines[at].number, last=max(last.number, last.ends), cells=cells, heads=heads), end


def _row_end(lines: Sequence[Line], at: int) -> int:
    """Where the row ends: behind the line that closes it, else right before what can't belong to it."""
    after = at + 1
    if _closed(lines[at].text):
        return after
    blank = 0
    for there in range(after, min(len(lines), after + _MOST_OPEN_LINES)):
        line = lines[there]
        bare = line.text.strip()
        if line.code is not None or line.title or line.quoted != lines[at].quoted or _ENDS_TABLE.match(line.text):
            break
        if bare.startswith("|") and len(bare) > 1:
            return blank or there
        if not bare:
            blank = blank or there
            continue
        if _closed(line.text):
            return there + 1
    else:
        there = min(len(lines), after + _MOST_OPEN_LINES)
    # Nothing closes it: the row ends with its paragraph.
    return blank or (there if there > at else after)


def _closed(text: str) -> bool:
    bare = text.rstrip()
    return len(bare.strip("|")) > 0 and bare.endswith("|") and not bare.endswith("\\|")


def _cells(text: str) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    cells: list[str] = []
    heads: list[bool] = []
    current: list[str] = []
    position = 0
    begun = False
    head = False
    while (found := _NEXT.search(text, position)) is not None:
        current.append(text[position : found.start()])
        position = found.end()
        if found[0][0] == "|":
            if begun:
                cells.append("".join(current).strip())
                heads.append(head)
            current, begun, head = [], True, len(found[0]) == 2
            continue
        unit = _UNIT.match(text, found.start())
        position = unit.end() if unit is not None else found.end()
        current.append(text[found.start() : position])
    current.append(text[position:])
    rest = "".join(current).strip()
    if rest or not cells:
        cells.append(rest)
        heads.append(head)
    return tuple(cells), tuple(heads)
