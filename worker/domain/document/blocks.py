"""What a body is cut into: blocks with line numbers, and the builder that keeps track of open lists."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

_CHECKBOX = re.compile(r"\[(?P<mark>[ xX✓✔-]?)\](?=\s|$)\s*")


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table as written: raw cells, and how many cells the source line had (ragged rows differ)."""

    line: int
    cells: tuple[str, ...]
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block. `line` counts from 1; `text` is raw inline Markdown.

    `level` is a heading's level (1 to 6) or an item's depth (from 0). `parent` is the index of the list item that
    holds
    this block, or -1. `run` tells lists apart.
    """

    kind: BlockKind
    line: int
    text: str = ""
    level: int = 0
    checked: bool | None = None
    ordered: bool = False
    parent: int = -1
    run: int = 0
    quoted: bool = False
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A body in blocks, with the `key: value` lines of its front matter and the addresses of reference links."""

    blocks: tuple[Block, ...]
    front: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)


class Builder:
    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.blocks: list[Block] = []
        self.items: list[int] = []  # open list items, as indexes of blocks
        self.filled: set[int] = set()  # items that have their first paragraph
        self.runs: list[int] = []
        self.run_count = 0

    @property
    def parent(self) -> int:
        return self.items[-1] if self.items else -1

    def open_list(self) -> None:
        self.run_count += 1
        self.runs.append(self.run_count)

    def close_list(self) -> None:
        if self.runs:
            self.runs.pop()

    def open_item(self, line: int, *, ordered: bool, quoted: bool = False) -> None:
        block = Block(
            kind=BlockKind.ITEM,
            line=line,
            level=len(self.items),
            ordered=ordered,
            parent=self.parent,
            run=self.runs[-1] if self.runs else 0,
            quoted=quoted,
        )
        self.items.append(len(self.blocks))
        self.blocks.append(block)

    def close_item(self) -> None:
        if self.items:
            self.items.pop()

    def text(self, content: str, line: int, *, quoted: bool = False) -> None:
        """A paragraph; the first one in a list item is that item's own text."""
        if self.items and self.parent not in self.filled:
            at = self.parent
            self.filled.add(at)
            found = _CHECKBOX.match(content)
            checked = None if found is None else found["mark"] not in {"", " ", "-"}
            text = content[found.end() :] if found else content
            self.blocks[at] = replace(self.blocks[at], text=text, checked=checked, line=line)
        elif content.strip():
            self.blocks.append(
                Block(kind=BlockKind.PARAGRAPH, line=line, text=content, parent=self.parent, quoted=quoted)
            )

    def add(self, block: Block) -> None:
        self.blocks.append(replace(block, parent=self.parent))
