"""How an item may end in a comment: done, let go, replaced, a duplicate, split. The record says which, why and by whom.

Letting go is a promise broken with somebody's knowledge: it counts once a lead of the item, or somebody above, has
agreed, unless policy says otherwise or nobody is above.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from worker.domain.model import IssueRef, Person, Status
from worker.domain.plan.dialogue.hearing import Asked
from worker.domain.plan.dialogue.rights import above, named
from worker.domain.plan.dialogue.steps import Scene, Step, because, closing, entry_of, reason_of
from worker.domain.plan.lines import Line
from worker.domain.render.safe import code, cut, one_line
from worker.domain.state import Base, ItemState, State


def done(asked: Asked, line: Line, state: State, scene: Scene) -> Step:
    """It is done; said again, what shows it may still be added."""
    words = reason_of(asked.command.words)
    entry = entry_of(state, line)
    was_done = line.status is Status.DONE and entry.base.status is Status.DONE
    entry = replace(entry, evidence=words or entry.evidence, way_out="", waived="", instead="", approved_by="")
    entry, effects = closing(entry, line, Status.DONE, asked.who, scene)
    note = f"{asked.who} said item {line.number} is done{because(words)}"
    return Step(entry=entry, effects=effects, note="" if was_done and not words else note)


def waive(asked: Asked, line: Line, state: State, scene: Scene) -> Step:
    """It is let go, or, where somebody above has to agree, asked to be."""
    words, entry = asked.command.words, entry_of(state, line)
    chain = above(line, scene.observed, scene.directory)
    agrees = asked.person if asked.person is not None and asked.person.id in {p.id for p in chain} else None
    if chain and agrees is None and scene.policy.waive_needs_approval:
        if line.status.closed and not _interrupted(line, entry, scene):
            return Step(problem=f"item {line.number} is closed already; open its issue again first.")
        entry = replace(entry, waiver=reason_of(words), waiver_by=_id(asked))
        return Step(entry=entry, note=f"{asked.who} asked to let item {line.number} go{because(words)}")
    entry = replace(
        entry, waived=reason_of(words), way_out="waived", instead="", approved_by=agrees.id if agrees else ""
    )
    entry, effects = closing(entry, line, Status.WAIVED, asked.who, scene)
    return Step(entry=entry, effects=effects, note=f"{asked.who} said item {line.number} is let go{because(words)}")


def approve(asked: Asked, line: Line, state: State, scene: Scene) -> Step:
    """Somebody above agrees that it is let go."""
    entry = entry_of(state, line)
    if problem := _not_decidable(asked, line, entry, scene):
        return Step(problem=problem)
    if line.status.closed and not _interrupted(line, entry, scene):
        return Step(problem=f"item {line.number} is closed already; open its issue again first.")
    reason = entry.waiver
    entry = replace(entry, waived=reason, way_out="waived", instead="", approved_by=_id(asked))
    entry, effects = closing(entry, line, Status.WAIVED, asked.who, scene)
    return Step(entry=entry, effects=effects, note=f"{asked.who} agreed to let item {line.number} go: {reason}")


def _interrupted(line: Line, entry: ItemState, scene: Scene) -> bool:
    """Whether the issue is let go and nothing is remembered of it: as after a run that closed it for these very words
    and came to no end."""
    known = scene.observed.state.item(line.state.id) if scene.observed.state is not None else None
    unknown = known is None or known.base.status is not Status.WAIVED
    return line.status is Status.WAIVED and unknown and not entry.way_out


def decline(asked: Asked, line: Line, state: State, scene: Scene) -> Step:
    """Somebody above does not agree; or whoever asked takes it back."""
    entry = entry_of(state, line)
    owner = line.owner.person
    mine = {entry.waiver_by, owner.id if owner is not None else ""} - {""}
    theirs = _id(asked) in mine and entry.waiver
    if not theirs and (problem := _not_decidable(asked, line, entry, scene)):
        return Step(problem=problem)
    note = f"{asked.who} did not let item {line.number} go{because(asked.command.words)}"
    return Step(entry=replace(entry, waiver="", waiver_by=""), note=note)


def _not_decidable(asked: Asked, line: Line, entry: ItemState, scene: Scene) -> str:
    """Why this person can't say yes or no to a waiver, or nothing."""
    if not entry.waiver:
        return f"nobody has asked to let item {line.number} go."
    chain = above(line, scene.observed, scene.directory)
    if chain and (asked.person is None or asked.person.id not in {p.id for p in chain}):
        return f"only {named(chain)}, or somebody above, can decide that."
    if _id(asked) == entry.waiver_by:
        return "somebody else than who asked for it has to agree."
    return ""


def replaced(asked: Asked, line: Line, state: State, scene: Scene) -> Step:
    """Another issue stands for it, or promises the same: it is closed, and the record says which one to look at."""
    found = instead_of(asked, line, scene)
    if isinstance(found, str):
        return Step(problem=found)
    way_out = "replaced" if asked.command.verb == "replace" else "duplicate"
    says = "is replaced by" if way_out == "replaced" else "is a duplicate of"
    words = reason_of(asked.command.words) or f"{says.removeprefix('is ')} {found.locator}"
    entry = replace(entry_of(state, line), waived=words, way_out=way_out, instead=found.key, approved_by="")
    entry, effects = closing(entry, line, Status.WAIVED, asked.who, scene)
    note = f"{asked.who} said item {line.number} {says} {found.locator}{because(asked.command.words)}"
    return Step(entry=entry, effects=effects, note=note)


def instead_of(asked: Asked, line: Line, scene: Scene) -> IssueRef | str:
    """The issue that a command names, or why it can't stand for the item."""
    written = asked.command.ref
    shown = code(cut(written, 80))
    ref = scene.observed.meant.get((asked.where.key, written))
    if ref is None:
        return f"{shown} is in none, or in several, of the trackers here: write its whole address."
    issue = scene.observed.issue_of(ref)
    if issue is None:
        return f"{shown} does not exist, or Followthrough may not see it."
    if issue.ref in {scene.observed.ref, line.issue.ref if line.issue is not None else None}:
        return f"{shown} is the item itself, or its post-mortem: name the issue that stands for it."
    if issue.status is Status.WAIVED:
        return f"{shown} is let go itself: name one that is open or done, or `ft waive`."
    return issue.ref


def split(asked: Asked, line: Line, state: State, scene: Scene) -> Step:
    """Its parts become items with its owner and its date, and it ends."""
    entry = entry_of(state, line)
    if line.status.closed:
        return Step(problem=f"item {line.number} is closed already.")
    if line.issue is not None and line.issue.ref == scene.observed.ref:
        return Step(problem="this issue is itself the promise: list its parts in the text, then `ft kind post-mortem`.")
    ids = [_part_id(text, entry, scene) for text in asked.command.parts]
    # Where this is planned once more in the same run, their issues exist already and have a number of their own.
    first = max((item.number for item in state.items if item.id not in ids), default=0) + 1
    parts = tuple(_part(text, number, line, entry, scene) for number, text in enumerate(asked.command.parts, first))
    numbers = ", ".join(str(part.number) for part in parts)
    entry = replace(entry, waived=f"split into {numbers}", way_out="split", instead="", approved_by="")
    entry, effects = closing(entry, line, Status.WAIVED, asked.who, scene)
    note = f"{asked.who} split item {line.number} into {numbers}"
    return Step(entry=entry, more=parts, effects=effects, note=note)


def _part(text: str, number: int, line: Line, whole: ItemState, scene: Scene) -> ItemState:
    """A new item of its own."""
    base = Base(
        due=whole.base.due or line.due,
        owner=_login(line.owner.person, scene) or whole.base.owner,
        status=Status.OPEN,
    )
    return ItemState(
        id=_part_id(text, whole, scene),
        text=one_line(text),
        number=number,
        base=base,
        promised=whole.promised or base.due,
        category=whole.category,
        part_of=whole.id,
    )


def _part_id(text: str, whole: ItemState, scene: Scene) -> str:
    """The same whenever the command is carried out again."""
    words = f"{scene.unit} {whole.id} {text}"
    return "s" + hashlib.sha256(words.encode(errors="replace")).hexdigest()[:7]


def _login(person: Person | None, scene: Scene) -> str | None:
    return person.logins.get(scene.observed.ref.site) if person is not None else None


def _id(asked: Asked) -> str:
    """Who asked, as it is remembered: a person's id, else the login."""
    return asked.person.id if asked.person is not None else asked.comment.author
