"""The texts of a post-mortem's blocks, line by line, as both kinds of lint read them."""

from __future__ import annotations

from collections.abc import Iterator

from worker.domain.document.blocks import Block, BlockKind

SENTENCE_ENDS = (". ", "! ", "? ", ".\n", "\n\n")
MARKS = str.maketrans("", "", "*`_")


def texts(block: Block) -> Iterator[tuple[int, str]]:
    """The texts of a block with the line of each; code has none."""
    if block.kind is BlockKind.TABLE:
        for row in block.rows:
            yield row.line, " | ".join(row.cells)
    elif block.kind is not BlockKind.CODE:
        yield block.line, block.text


def sentence_around(text: str, at: int) -> str:
    """The sentence in which a place stands, at most 700 characters of it."""
    start = max(text.rfind(mark, max(0, at - 300), at) for mark in SENTENCE_ENDS) + 1
    ends = [end for mark in SENTENCE_ENDS if (end := text.find(mark, at, at + 400)) > 0]
    return text[max(start, 0) : min(ends, default=len(text[: at + 400])) + 1]
