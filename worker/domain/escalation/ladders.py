"""Who is owed a word about an action item, and from when?

Derived from the items, the ledger and the clock alone, so that an outage, a doubled wake-up or a wiped queue changes
nothing. What several signals owe to one reader about one item is one step. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from worker.domain.chain import clock_of
from worker.domain.escalation.climb import INTENT_LIVES, Climb, Prospect, View, climb_of
from worker.domain.escalation.memory import Heard
from worker.domain.escalation.signals import (
    ASKED,
    DUE_SOON,
    INCOMPLETE,
    KINDS,
    OWNER_GONE,
    SLIPPED,
    UNOWNED,
    WAIVER,
    Signal,
)
from worker.domain.escalation.wording import ANSWERS, asker_of, fact_of, owner_name, why_of
from worker.domain.ledger import Entry, Ledger, telling_keys
from worker.domain.messages import Step, read_step_key
from worker.domain.model import Directory, Dossier, TrackedItem
from worker.domain.policy import OVERDUE, Policy
from worker.domain.workdays import local_day

_SEEN_IN_DIGESTS = frozenset({OVERDUE, UNOWNED, OWNER_GONE, INCOMPLETE, SLIPPED, WAIVER, DUE_SOON})
"""Signals that stand in a digest anyway, as a heading or a note."""


class Following(NamedTuple):
    """The rung after a step: in which role who hears, and not before which day."""

    role: str
    person: str
    on: date


@dataclass(frozen=True, slots=True)
class Ladders:
    """What the ladder says of many items, at one moment, to people of whom the ledger says what they were told."""

    climb: Climb

    @classmethod
    def of(cls, ledger: Ledger, directory: Directory, policy: Policy, now: datetime) -> Ladders:
        return cls(climb_of(ledger, directory, policy, now))

    def prospect(self, dossier: Dossier, item: TrackedItem) -> Prospect | None:
        """The next step about this item, owed or to come; None where there is none, or one is on its way."""
        view = self.climb.view(dossier, item)
        if not view.signals or self._on_its_way(view):
            return None
        found: list[Prospect] = []
        latest: datetime | None = None
        for signal in view.signals:
            # What comes later than something else is neither the next step nor told with it.
            prospect = self.climb.next_of(view, signal, latest)
            if prospect is not None:
                found.append(prospect)
                told_at = max(prospect.at, self.climb.now)
                latest = told_at if latest is None else min(latest, told_at)
        return self._joined(found)

    def may_hear(self, item: TrackedItem, person: str) -> bool:
        """Whether this person can ever be told something about the item: a quick no for most of many."""
        return self.climb.may_hear(item, person)

    def step(self, prospect: Prospect) -> Step:
        """The words of a step that is told now."""
        item, climb = prospect.item, self.climb
        clock = clock_of(item, climb.directory, climb.policy)
        following = self._following(prospect)
        kinds = (prospect.signal.kind, *(p.signal.kind for p in prospect.also))
        return Step(
            item=item,
            kind=prospect.signal.kind,
            rung=prospect.rung,
            also=tuple((p.signal.kind, p.rung) for p in prospect.also),
            role=prospect.role,
            to=prospect.reader.id,
            why=why_of(prospect, climb),
            days_late=(local_day(clock, climb.now) - item.due).days if item.due else 0,
            owner_name=owner_name(item, climb.owner_of(item)),
            next_role=following.role if following else "",
            next_person=following.person if following and not item.confidential else "",
            next_on=following.on if following else None,
            answer=next((ANSWERS[kind] for kind in kinds if kind in ANSWERS), ""),
            asked_by=asker_of(item, climb.directory) if ASKED in kinds else "",
        )

    def batch(self, owed: Iterable[Prospect]) -> tuple[tuple[Step, ...], bool]:
        """What one reader is told of all that they are owed, the most overdue first; and whether some of it waits for
        another day, since nobody hears of too many new matters at once. What people ask does not wait."""
        steps = sorted(((self.step(p), _is_new(p)) for p in owed), key=lambda s: (-s[0].days_late, s[0].key))
        most, out = self.climb.policy.ladder.first_nudges_a_day, []
        for step, new in steps:
            if not new or most > 0:
                out.append(step)
                most -= new
        return tuple(out), len(out) < len(steps)

    def again(self, entry: Entry, person: str, dossiers: Iterable[Dossier]) -> tuple[Step, ...]:
        """What is still true of an intent that was not seen to be sent: its steps that would be told today."""
        if entry.sent or entry.bounced or self.climb.now - entry.at > INTENT_LIVES:
            return ()
        wanted = {read[0] for key in entry.steps if (read := read_step_key(key)) is not None}
        out = []
        for dossier in dossiers:
            for item in dossier.items:
                if wanted.isdisjoint(telling_keys(item)):
                    continue
                view = self.climb.view(dossier, item)
                standing = [
                    found
                    for signal, telling, told in self._intents(view)
                    if (telling.person, telling.at) == (person, entry.at)
                    and (found := self.climb.stands(view, signal, telling, told)) is not None
                    and self.climb.may_be_told(found)
                ]
                if standing:
                    out.append(self.step(replace(standing[0], also=tuple(standing[1:]))))
        return tuple(sorted(out, key=by_reader))

    def topped(self, dossier: Dossier, item: TrackedItem) -> bool:
        """Whether the top of a ladder has heard of this item, so that nobody will be told any more: it is for people to
        decide on, in the digest and the review."""
        view = self.climb.view(dossier, item)
        return any(self.climb.topped(view, signal) for signal in view.signals)

    def in_digest(self, dossier: Dossier, item: TrackedItem) -> tuple[str, ...]:
        """What the digest is to say of this item besides what it lacks and how late it is: a sentence for each signal
        that has reached a rung with that channel, or whose top has heard of it."""
        view = self.climb.view(dossier, item)
        today = local_day(view.clock, self.climb.now)
        return tuple(
            fact_of(signal, item, self.climb.directory)
            for signal in view.signals
            if signal.kind not in _SEEN_IN_DIGESTS
            and (_reached_digest(signal, today) or self.climb.topped(view, signal))
        )

    def _on_its_way(self, view: View) -> bool:
        """Whether a message about this item was begun and not seen to be sent, and still has to be."""
        intents = self._intents(view) if any(not h.sent for h in view.heard) else ()
        return any(self.climb.stands(view, signal, telling, told) is not None for signal, telling, told in intents)

    def _intents(self, view: View) -> Iterable[tuple[Signal, Heard, tuple[Heard, ...]]]:
        for signal in view.signals:
            told = self.climb.episode(view, signal)
            yield from ((signal, h, told) for h in told if not h.sent)

    def _joined(self, found: list[Prospect]) -> Prospect | None:
        """One step of all that can be told to one reader at one moment: of what is owed the weightiest and all else
        that is owed to the same person; where nothing is owed yet, what comes first."""
        if not found:
            return None
        now = self.climb.now
        first = next((p for p in found if p.at <= now), None) or min(found, key=_soonest)
        moment = max(first.at, now)
        also = tuple(p for p in found if p is not first and p.reader.id == first.reader.id and p.at <= moment)
        return replace(first, also=also) if also else first

    def _following(self, prospect: Prospect) -> Following | None:
        """What comes after this step if nothing moves: the rung above, else the beginning of lateness."""
        climb, signal = self.climb, prospect.signal
        view = climb.view(prospect.dossier, prospect.item)
        told_now = Heard(climb.now, prospect.rung, prospect.reader.id, signal.kind, sent=True)
        found = climb.above(view, signal, prospect.rung, (*prospect.told, told_now), [climb.now])
        late = next((s for s in view.signals if s.kind == OVERDUE and s is not signal), None)
        if found is None and late is not None and late.since >= local_day(view.clock, climb.now):
            found = climb.above(view, late, -1, (), [climb.now])
        if found is None:
            return None
        return Following(found.role, found.reader.shown, local_day(found.reader, found.at))


def owed_steps(
    dossiers: Iterable[Dossier], ledger: Ledger, directory: Directory, policy: Policy, now: datetime
) -> tuple[Step, ...]:
    """Return every step that is owed now, whether or not its reader may be messaged at this hour; at most one an item.

    Sorted by reader, then most days late, then key.
    """
    ladders = Ladders.of(ledger, directory, policy, now)
    found = (ladders.prospect(d, i) for d in dossiers for i in d.items)
    return tuple(sorted((ladders.step(p) for p in found if p is not None and p.at <= now), key=by_reader))


def owed_readers(
    dossiers: Iterable[Dossier], ledger: Ledger, directory: Directory, policy: Policy, now: datetime
) -> frozenset[str]:
    """The ids of everybody who is owed a step now; as `owed_steps`, without the words."""
    ladders = Ladders.of(ledger, directory, policy, now)
    found = (ladders.prospect(d, i) for d in dossiers for i in d.items)
    return frozenset(p.reader.id for p in found if p is not None and p.at <= now)


def by_reader(step: Step) -> tuple[str, int, str]:
    return (step.to, -step.days_late, step.key)


def _reached_digest(signal: Signal, today: date) -> bool:
    return any(
        "digest" in rung.channels and signal.day_of(n) <= today and not signal.lapsed(n, today)
        for n, rung in enumerate(signal.rungs)
    )


def _is_new(prospect: Prospect) -> bool:
    """Whether nobody was told of any of it before, and no person asks for it."""
    parts = (prospect, *prospect.also)
    return not any(p.told or p.signal.kind in {ASKED, WAIVER} for p in parts)


def _soonest(prospect: Prospect) -> tuple[datetime, int]:
    return prospect.at, KINDS.index(prospect.signal.kind)
