"""In which words does the ladder say why this person hears of this item now?

Sentences for people, ready for any channel. What somebody typed is one line, cut, and left out for a confidential item,
whose words and people stay in its own tracker.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from worker.domain.chain import PERSON, answers_for
from worker.domain.escalation.climb import Climb, Prospect
from worker.domain.escalation.signals import (
    AN_OWNER,
    ASKED,
    BLOCKED,
    DUE_SOON,
    INCOMPLETE,
    OWNER_GONE,
    SLIPPED,
    STALE,
    UNOWNED,
    UNPROVEN,
    WAIVER,
    Signal,
)
from worker.domain.messages import Step
from worker.domain.model import Directory, IssueRef, Person, TrackedItem
from worker.domain.policy import OVERDUE
from worker.domain.render.safe import cut, one_line
from worker.domain.render.words import count, day, listing
from worker.domain.workdays import local_day

_QUOTE, _TITLE, _NAME = 160, 90, 40
_MOST_BLOCKERS = 3
_SAYS_IT_ALL = frozenset({ASKED, UNPROVEN})
"""Signals whose fact is a whole message, which needs no "you own this"."""
_A_LONG_TIME = timedelta(days=365)
ANSWERS = {
    WAIVER: "ft waive approve",
    UNPROVEN: "ft done what shows that it works",
    UNOWNED: "ft owner @login",
    OWNER_GONE: "ft owner @login",
}
"""The line that answers a signal best, where it is none of the three that every message offers."""


def owner_name(item: TrackedItem, owner: Person | None) -> str:
    """How the owner is named to readers outside the item's tracker; "" for nobody."""
    if owner is None:
        return ""
    return "Its owner" if item.confidential else owner.shown


def why_of(prospect: Prospect, climb: Climb) -> str:
    """Why this person, and why now; what else is to be said of the item follows."""
    first = _own(prospect, climb) if prospect.role == "owner" else _above(prospect, climb)
    said = {prospect.signal.kind} | ({OWNER_GONE, UNOWNED} if prospect.signal.kind not in {WAIVER, SLIPPED} else set())
    more = [fact_of(p.signal, p.item, climb.directory) for p in prospect.also if p.signal.kind not in said]
    return " ".join((first, *more))


def fact_of(signal: Signal, item: TrackedItem, directory: Directory) -> str:
    """One sentence that is true of the item, whoever reads it."""
    match signal.kind:
        case "overdue":
            return "Its date has passed."
        case "due-soon":
            return f"It is due on {day(signal.since)}."
        case "incomplete":
            return f"It still needs {listing([n for n in item.needs if n != AN_OWNER])}."
        case "stale":
            return f"There has been no news of it since {day(signal.since)}."
        case "blocked":
            return f"It waits for {_blockers(item)}, without news since {day(signal.since)}."
        case "slipped":
            now = f"; it is now due on {day(item.due)}" if item.due is not None else ""
            return f"Its date has moved {count(item.slips, 'time')}, the last time on {day(signal.since)}{now}."
        case "unowned":
            return "It needs an owner."
        case "owner-gone":
            owner = directory.people.get(item.owner)
            return f"{owner_name(item, owner) or 'Its owner'} has left, so it needs a new owner."
        case "waiver":
            reason = "" if item.confidential else f", because “{_quoted(item.waiver).rstrip('.')}”"
            return f"There is a wish to let it go{reason}. It counts once you agree."
        case "unproven":
            return "This is yours and was closed as done. What shows it works? A link or a sentence is enough."
        case "asked":
            return _question(item, directory)
    raise ValueError(f"{signal.kind!r} is no signal")


def asker_of(item: TrackedItem, directory: Directory) -> str:
    """The name of whoever asks the owner something; "" where it is not to be told."""
    asker = directory.people.get(item.asked_by)
    return asker.shown if asker is not None and not item.confidential else ""


def subject_of(steps: Sequence[Step]) -> str:
    """The subject of one message about these steps: what it is about, and whether it is for the reader to decide."""
    above = any(s.role != "owner" for s in steps)
    if len(steps) > 1:
        late = "late " if all(s.kind == OVERDUE for s in steps) else ""
        return f"{len(steps)} {late}action items {'that you answer for' if above else 'of yours'} wait for a word"
    step, item = steps[0], steps[0].item
    title = (item.ref or item.post_mortem).locator if item.confidential else cut(one_line(item.text), _TITLE)
    about = _ABOUT.get(step.kind, "")
    if step.kind == OVERDUE:
        about = "Late, and yours to decide" if above else "Late"
    elif step.kind == INCOMPLETE:
        about = f"Needs {listing([n for n in item.needs if n != AN_OWNER])}"
    elif step.kind == ASKED:
        about = f"{cut(one_line(step.asked_by), _NAME)} asks about" if step.asked_by else "A question about"
    elif above and step.kind in {STALE, BLOCKED}:
        about = f"{about}, and yours to decide"
    due = f", due {day(item.due)}" if item.due and step.kind in {OVERDUE, DUE_SOON, SLIPPED} else ""
    return f"{about}: {title or 'an action item'}{due}"


_ABOUT = {
    DUE_SOON: "Due soon",
    STALE: "No news for a while",
    BLOCKED: "Still blocked",
    SLIPPED: "Moved again",
    UNOWNED: "Needs an owner",
    OWNER_GONE: "Needs a new owner",
    WAIVER: "Let go? Yours to decide",
    UNPROVEN: "What shows that it works",
}


def _own(prospect: Prospect, climb: Climb) -> str:
    fact = fact_of(prospect.signal, prospect.item, climb.directory)
    if prospect.signal.kind in _SAYS_IT_ALL:
        return fact
    return f"You own this, and {fact[:1].lower()}{fact[1:]}"


def _above(prospect: Prospect, climb: Climb) -> str:
    item, kind = prospect.item, prospect.signal.kind
    place = _place(item, climb.directory)
    fact = fact_of(prospect.signal, item, climb.directory)
    if kind in {WAIVER, SLIPPED}:
        return f"You answer for {place}. {fact}"
    if kind in {OVERDUE, UNOWNED, OWNER_GONE} or prospect.signal.rungs[prospect.rung].role == "owner":
        instead = _instead_of_owner(prospect, climb, place)
        if instead:
            return instead if kind in {OVERDUE, UNOWNED, OWNER_GONE} else f"{instead} {fact}"
    told = _told_before(prospect, climb.directory)
    wanted = prospect.signal.rungs[prospect.rung].role
    stands_in = f" No {wanted} could be reached." if wanted not in {prospect.role, "owner"} else ""
    if wanted.startswith(PERSON):
        stands_in = ""
    middle = told or ("It is still open." if kind == OVERDUE else "")
    said = (f"You answer for {place}.", "" if kind == OVERDUE else fact, middle)
    return " ".join(part for part in said if part) + stands_in


def _instead_of_owner(prospect: Prospect, climb: Climb, place: str) -> str:
    """Why this person hears what was meant for the owner; "" where the owner is there."""
    item, owner = prospect.item, climb.owner_of(prospect.item)
    if owner is None:
        return f"It needs an owner, and you answer for {place}."
    name = owner_name(item, owner)
    if owner.departed:
        return f"{name} has left, so it needs a new owner, and you answer for {place}."
    trouble = climb.trouble(owner)
    if trouble:
        reason = "" if item.confidential else f" ({trouble})"
        return f"No mail reaches {name}{reason}, so you hear first: you answer for {place}."
    back = next((b for p, b in prospect.away if p.id == owner.id), None)
    if back is None:
        return ""
    long = back - local_day(owner, climb.now) > _A_LONG_TIME
    until = "for a long time" if long else f"until {day(back)}"
    return f"{name} is away {until}: can somebody else take it, or does it need a new date?"


def _told_before(prospect: Prospect, directory: Directory) -> str:
    """Who was told before, and when; each person once."""
    out = []
    for telling in {h.person: h for h in prospect.told}.values():
        person = directory.people.get(telling.person)
        if person is not None:
            name = "its owner" if prospect.item.confidential else person.shown
            out.append(f"{name} on {day(local_day(person, telling.at))}")
    return f"Told before: {listing(out)}." if out else ""


def _place(item: TrackedItem, directory: Directory) -> str:
    team = directory.teams.get(item.team)
    if team is not None:
        return team.name or team.id
    lead = answers_for(item, directory)
    return "its owner" if lead is None or item.confidential else "its owner's work"


def _blockers(item: TrackedItem) -> str:
    if item.confidential:
        return "something else"
    names = [IssueRef.parse(key).locator if ":" in key else key for key in item.blocked_by[:_MOST_BLOCKERS]]
    more = len(item.blocked_by) - len(names)
    return listing([*names, *([f"{more} more"] if more else [])])


def _question(item: TrackedItem, directory: Directory) -> str:
    if item.confidential:
        return "You are asked something about it; the question stands on its issue."
    return f"{asker_of(item, directory) or 'Somebody above you'} asks: “{_quoted(item.question)}”"


def _quoted(text: str) -> str:
    return cut(one_line(text), _QUOTE).replace("“", "'").replace("”", "'")
