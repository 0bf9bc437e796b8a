"""Does the first row of a table without header cells name its columns?

Jira lets people write tables without a header; Markdown does not. A row of data must not be lost as a header.
"""

from __future__ import annotations

from collections.abc import Sequence

from worker.domain.document.blocks import Block, BlockKind, Row
from worker.domain.document.inline import one_line, read_inline
from worker.domain.document.tables import read_columns

UNNAMED = "·"
"""The header of a column that has none: the reader then goes by what stands in the column. An empty header would say
that the column counts the rows."""

_MOST_WORDS = 4
_SURE = frozenset({"action", "actions", "action item", "action items", "task", "tasks", "what", "description", "owner"})


def heads_columns(cells: Sequence[str]) -> bool:
    """True for a row of short cells (Markdown) that are all bold, or that name known columns: two, or one surely."""
    said = [cell.strip() for cell in cells if cell.strip()]
    if not said:
        return False
    if len(said) > 1 and all(cell.startswith("**") and cell.endswith("**") and len(cell) > 4 for cell in said):
        return True
    plain = [one_line(read_inline(cell, {}).text).casefold() for cell in said]
    if any(len(cell.split()) > _MOST_WORDS for cell in plain):
        return False
    if any(cell.rstrip(":") in _SURE for cell in plain):
        return True
    rows = tuple(
        Row(line=at, cells=row, width=len(cells)) for at, row in enumerate((tuple(cells), ("…",) * len(cells)))
    )
    columns = read_columns(Block(kind=BlockKind.TABLE, line=1, rows=rows))
    if columns is None:
        return False
    # Where no header names the column of the promise, the reader takes one: that says nothing here.
    guessed = f"other {columns.item}" in columns.by_name
    return sum(not name.startswith("other ") for name in columns.by_name) - guessed >= 2
