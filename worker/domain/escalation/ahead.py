"""What will the ladder do with one post-mortem, from its items alone?

For whoever has not read the ledger: the sticky comment's next step, the moments at which to look again, and whom to
look after. The ledger may make a step later, never earlier.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from worker.domain.chain import clock_of, readers
from worker.domain.escalation.climb import INTENT_LIVES, is_told
from worker.domain.escalation.signals import FOR_THE_OWNER, INCOMPLETE, UNOWNED, Signal, signals_of
from worker.domain.ledger import Ledger
from worker.domain.model import Directory, Dossier, Mode, Status, TrackedItem
from worker.domain.policy import OVERDUE, Policy
from worker.domain.workdays import late_from, local_day, working_day_from

ANNOUNCED = frozenset({OVERDUE, UNOWNED, INCOMPLETE})
"""The signals whose days do not move with every comment: they can be announced without writing all the time."""


class NextStep(NamedTuple):
    """The next rung of an item by its due date alone: in which role who hears, and not before which day."""

    role: str
    person: str
    on: date


class Announced(NamedTuple):
    """A step to come, as the sticky comment announces it: of which signal, in which role who hears, from which day."""

    kind: str
    role: str
    person: str
    on: date


def next_step(item: TrackedItem, directory: Directory, policy: Policy, today: date) -> NextStep | None:
    """The next rung that this item will reach after `today`, from its due date alone, wherever it stands.

    None for an item without a date, closed, or past its last rung."""
    if item.status is not Status.OPEN or item.due is None:
        return None
    alone = Dossier(ref=item.post_mortem, uid=item.uid, title="", url="", enrolled_on=today, mode=Mode.LIVE)
    rungs = policy.ladder.ladder_of(OVERDUE).rungs_for(item.priority.strip().upper())
    if not rungs:
        return None
    found = _coming(Signal(kind=OVERDUE, since=item.due, rungs=rungs), item, alone, directory, policy, today)
    return NextStep(*found[1:]) if found is not None else None


def announced(
    dossier: Dossier, item: TrackedItem, directory: Directory, policy: Policy, today: date
) -> Announced | None:
    """The step that comes next about this item if nothing moves, of those whose day is certain; None for none."""
    signals = (s for s in signals_of(item, dossier, directory, policy) if s.kind in ANNOUNCED)
    found = [f for s in signals if (f := _coming(s, item, dossier, directory, policy, today)) is not None]
    return min(found, key=lambda f: f.on, default=None)


def reached_people(dossier: Dossier, directory: Directory, policy: Policy, now: datetime) -> tuple[str, ...]:
    """The ids of everybody who may be owed something because of this post-mortem: whoever may hear a rung that an open
    item has reached (with those who stand in), and whom its review invites. Sorted; empty unless the mode is live."""
    if dossier.mode is not Mode.LIVE:
        return ()
    out: set[str] = set()
    for item in dossier.items:
        clock = clock_of(item, directory, policy)
        today = local_day(clock, now)
        for signal in signals_of(item, dossier, directory, policy):
            for rung, step in enumerate(signal.rungs):
                if signal.day_of(rung) > today or signal.lapsed(rung, today):
                    continue
                if is_told(signal, rung, item, dossier, policy):
                    alone = signal.kind in FOR_THE_OWNER and step.role == "owner"
                    out |= {p.id for p, r in readers(item, step.role, directory) if not alone or r == "owner"}
    if dossier.review is not None and dossier.review.start > now:
        out |= {p for p in (*dossier.review.attendees, *dossier.review.optional) if p in directory.people}
    return tuple(sorted(out))


def ladder_moments(dossier: Dossier, directory: Directory, policy: Policy) -> Iterator[datetime]:
    """Every moment (UTC) at which the clock alone makes some rung of some item reached, past ones included."""
    for item in dossier.items:
        clock = clock_of(item, directory, policy)
        for signal in signals_of(item, dossier, directory, policy):
            for rung in range(len(signal.rungs)):
                day = signal.day_of(rung)
                if not signal.lapsed(rung, day):
                    yield late_from(clock, day, 0)


def people_with_intents(ledger: Ledger, now: datetime) -> tuple[str, ...]:
    """The ids of everybody to whom a message was begun and not seen to be sent, for the sweep to mark. Sorted."""
    return tuple(
        sorted(
            r.person
            for r in ledger.people.values()
            if any(not e.sent and not e.bounced and now - e.at <= INTENT_LIVES for e in r.entries)
        )
    )


def _coming(
    signal: Signal, item: TrackedItem, dossier: Dossier, directory: Directory, policy: Policy, today: date
) -> Announced | None:
    heard: list[str] = []
    for rung, step in enumerate(signal.rungs):
        found = next(((p, r) for p, r in readers(item, step.role, directory) if p.email), None)
        if found is None or found[0].id in heard or not is_told(signal, rung, item, dossier, policy):
            continue
        person, role = found
        heard.append(person.id)
        on = working_day_from(person, signal.day_of(rung), policy)
        if on > today:
            return None if signal.lapsed(rung, on) else Announced(signal.kind, role, person.shown, on)
    return None
