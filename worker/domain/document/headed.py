"""Find promises whose owner and date stand below them: headings ("### 2. Serve stale answers"), and paragraphs."""

from __future__ import annotations

from collections.abc import Sequence

from worker.domain.document.blocks import BlockKind
from worker.domain.document.fields import take_fields
from worker.domain.document.outline import Frame, Placed
from worker.domain.document.phrases import NUMBERED, first_verb


def headed_items(frames: Sequence[Frame], placed: Sequence[Placed], people: frozenset[str]) -> dict[int, Frame]:
    """The headings under an action heading that are items themselves ("### 2. Serve stale answers"), by line.

    Such a heading opens with a verb, and under it stand its owner, date or state, and no list of tasks.
    """
    inside = [entry for entry in placed if any(frame.name == "action_items" for frame in entry.frames)]
    listing = {
        frame.line
        for entry in inside
        for frame in entry.frames
        if entry.block.kind is BlockKind.TABLE
        or (entry.block.kind is BlockKind.ITEM and not take_fields(entry.block.text)[0])
    }
    told = {
        entry.frames[-1].line
        for entry in inside
        if {"owner", "due", "status"} & take_fields(entry.block.text)[0].keys()
    }
    found = {}
    for frame in frames:
        task = frame.real and frame.name == "action_items" and not frame.own and frame.line not in listing
        words = NUMBERED.sub("", frame.text)
        if task and frame.line in told and len(words.split()) > 2 and first_verb(words, people):
            found[frame.line] = frame
    return found


def only_fields(entry: Placed) -> bool:
    """True for a paragraph that only says who and until when, of the paragraph above it."""
    if entry.block.kind is not BlockKind.PARAGRAPH or not entry.in_actions:
        return False
    fields, rest = take_fields(entry.block.text)
    return bool({"owner", "due"} & fields.keys()) and not rest.strip(" *_.;,")
