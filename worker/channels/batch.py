"""What does one person's day of nudges and escalations say?

Pure. Each item says why this person, why now and what comes next; how to answer and how to stop stand once, below.
"""

from __future__ import annotations

from datetime import date

from worker.channels.words import (
    NAME_LIMIT,
    Group,
    ItemView,
    View,
    choices,
    choices_about,
    due_text,
    greeting,
    needs_of,
    place_of,
    sentence,
    shown,
    source_of,
    title_of,
    web_url,
)
from worker.domain.messages import Batch, Step
from worker.domain.render.words import count, day

FULL_ITEMS = 10
WHY_LIMIT = 700


_LAST_WORDS = {
    "asked": "Answer on its issue, in your own words. Nobody else is told of the question.",
    "due-soon": "No further word before its date.",
    "unproven": "You are asked this once, and nobody else is.",
    "waiver": "Until you decide, its owner is left in peace, and it stays in your weekly digest.",
}
"""What comes after a step with which a ladder ends, where that is not the weekly digest."""

_ANSWERS = {
    "waiver": "To agree, or to decline with `ft waive decline`",
    "unproven": "To show it",
    "unowned": "To give it an owner",
    "owner-gone": "To hand it over",
}
"""What the line means that answers a step best."""


def _next(step: Step) -> str:
    if not step.next_role:
        return _LAST_WORDS.get(step.kind, "Nobody further up is told; it stays in the weekly digest.")
    when = f" on {day(step.next_on)}" if step.next_on else ""
    if step.next_role == step.role == "owner":
        return f"If nothing moves, you hear of it again{when}."
    role = "" if step.next_role.startswith("person:") else step.next_role
    name = shown(step.next_person, NAME_LIMIT)
    whom = f"your {role}" if step.role == "owner" else f"the {role}"
    whom = f"{whom}, {name}," if role and name else whom if role else name or "somebody whom policy names"
    return f"If nothing moves, {whom} hears about it{when}."


def _hint(step: Step) -> str:
    """The line that answers this step best, and where to write it."""
    item, lines = step.item, []
    if step.answer:
        kinds = (step.kind, *(kind for kind, _ in step.also))
        about = next((_ANSWERS[kind] for kind in kinds if kind in _ANSWERS), "To answer")
        lines.append(f"{about}: {shown(step.answer, 200)}")
    if item.ref is None:
        lines.append(
            f"It has no issue of its own yet: write the comment on the post-mortem {item.post_mortem.locator}, "
            "with the item's number there after the second word."
        )
    return ". ".join(lines)


def _step_view(step: Step, on: date) -> ItemView:
    item = step.item
    owner = ""
    if step.role != "owner":
        name = shown(step.owner_name, NAME_LIMIT)
        owner = f"owner: {name}" if name else "nobody owns it yet"
    late = step.days_late if step.days_late > 0 else 0 if item.due == on else None
    quiet = f"last news on {day(item.active_at.date())}" if item.active_at and not late else ""
    moved = f"date moved {count(item.slips, 'time')}" if item.slips and step.role != "owner" else ""
    return ItemView(
        title=title_of(item),
        url=web_url(item.url),
        place=place_of(item),
        facts=sentence((owner, due_text(item, late), moved, quiet, shown(item.priority, 20), source_of(item))),
        needs=needs_of(item),
        why=sentence((shown(step.why, WHY_LIMIT),)),
        next=_next(step),
        hint=_hint(step),
        answer=web_url(step.link),
    )


def _batch_intro(own: int, others: int, kinds: set[str]) -> str:
    if own and others:
        mine = "One action item of yours waits" if own == 1 else f"{own} action items of yours wait"
        theirs = "one that you answer for" if others == 1 else f"{others} that you answer for"
        return f"{mine} for a word from you, and {theirs} may need a hand."
    if kinds == {"due-soon"}:
        due = "One action item of yours is" if own == 1 else f"{own} action items of yours are"
        return f"{due} due soon. If that is on its way, nothing needs to be said."
    if kinds == {"waiver"}:
        wait = "One action item that you answer for waits" if others == 1 else f"{others} action items wait"
        return f"{wait} for your word: may it be let go?"
    if others == 1:
        return "One action item that you answer for stands still. Its owner may need a hand from you."
    if others:
        return f"{others} action items that you answer for stand still. Their owners may need a hand from you."
    if own == 1:
        return "One action item of yours waits for a word from you. A single line is enough."
    return f"{own} action items of yours wait for a word from you. A single line each is enough."


def _batch_stop(own: int, others: tuple[Step, ...]) -> tuple[str, ...]:
    lines = [
        "Any of these lines stops the messages about that item (a new date: until then). So does closing the issue."
    ]
    if own:
        lines.append("Not yours? Assign the issue to whom it belongs, and the messages follow it.")
    if others:
        heard = "The owner heard first. " if all(s.rung > 0 and s.owner_name for s in others) else ""
        lines.append(f"{heard}You may answer with the same lines, or give the issue to someone who has the time.")
    lines.append("You get at most one such mail a day, and none on your days off.")
    return tuple(lines)


def batch_view(batch: Batch, *, full: int = FULL_ITEMS, brief: int = 60) -> View:
    """The view of one person's day: up to `full` items told in full, up to `brief` more in one line each."""
    own = tuple(s for s in batch.steps if s.role == "owner")
    others = tuple(s for s in batch.steps if s.role != "owner")
    groups: list[Group] = []
    for heading, steps in (("Yours", own), ("You answer for these", others)):
        if not steps:
            continue
        views = tuple(_step_view(s, batch.on) for s in steps[: full + brief])
        groups.append(
            Group(
                heading=heading if own and others else "",
                items=views[:full],
                brief=views[full:],
                more=len(steps) - len(views),
            )
        )
        full, brief = max(1, full - len(steps)), max(0, brief - max(0, len(steps) - full))
    return View(
        greeting=greeting(batch.person_name),
        intro=_batch_intro(len(own), len(others), {s.kind for s in batch.steps}),
        preview=title_of(batch.steps[0].item) if batch.steps else "",
        groups=tuple(groups),
        choices=choices(batch.on),
        choices_about=choices_about(len(batch.steps)),
        stop=_batch_stop(len(own), others),
    )
