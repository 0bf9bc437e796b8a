"""Find promises whose owner and date stand below them: headings ("### 2. Serve stale answers"), and paragraphs."""

from __future__ import annotations

from collections.abc import Sequence

from worker.domain.document.blocks import BlockKind
from worker.domain.document.fields import take_fields
from worker.domain.document.names import may_be_name
from worker.domain.document.outline import Frame, Placed
from worker.domain.document.owners import is_person, split_names
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


def headings_of_people(frames: Sequence[Frame], people: frozenset[str]) -> frozenset[int]:
    """The lines of the headings below the actions that name their items' owners ("### Wei"): people whom the document
    knows, or all headings of one level where each may be a name and one at least is surely one."""
    found: set[int] = set()
    levels: dict[int, list[Frame]] = {}
    for frame in frames:
        if frame.real and frame.name == "action_items" and not frame.own:
            levels.setdefault(frame.level, []).append(frame)
    for siblings in levels.values():
        named = [frame for frame in siblings if split_names(frame.text) or frame.text.strip()]
        sure = [frame for frame in named if _are_people(frame.text, people)]
        nobody = [frame for frame in named if not split_names(frame.text)]
        may = [frame for frame in named if all(may_be_name(name) for name in split_names(frame.text))]
        if len(siblings) > 1 and (sure or nobody) and len(may) == len(siblings):
            found.update(frame.line for frame in siblings)
        found.update(frame.line for frame in sure)
    return frozenset(found)


def _are_people(text: str, people: frozenset[str]) -> bool:
    names = split_names(text)
    return bool(names) and all(
        name.casefold() in people or (len(name) > 3 and is_person(name, people)) for name in names
    )


def only_fields(entry: Placed) -> bool:
    """True for a paragraph that only says who and until when, of the paragraph above it."""
    if entry.block.kind is not BlockKind.PARAGRAPH or not entry.in_actions:
        return False
    fields, rest = take_fields(entry.block.text)
    return bool({"owner", "due"} & fields.keys()) and not rest.strip(" *_.;,")
