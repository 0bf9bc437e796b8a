"""Which rung of one signal comes next, who hears it, and from which moment on?

One rung at a time: the next is the one directly above the last one told. What was told is read from the ledger, and
what was lost counts as told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from worker.domain.chain import PERSON, clock_of, owner_of, readers, trouble_with
from worker.domain.escalation.memory import Heard, Memory, heard_of, memory_of
from worker.domain.escalation.signals import ANSWERED_BY_NEWS, FOR_THE_OWNER, Signal, priority_of, signals_of
from worker.domain.ledger import Ledger
from worker.domain.model import Directory, Dossier, Person, TrackedItem
from worker.domain.policy import Policy
from worker.domain.workdays import add_working_days, local_day, moment, next_sending_time

AWAY_FOR = timedelta(days=14)
"""Somebody who can't be told for longer than this is away, and the next in the chain is asked."""
INTENT_LIVES = timedelta(days=14)
"""An intent older than this is void: mail programs may drop a message whose Message-ID they saw long ago."""
QUIET_AT_LEAST = timedelta(days=7)
"""Five working days are at least a week: so far before `Dossier.quiet_until` the state was lost."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """The step that comes next about one item: from `at` (UTC, a sending time of the reader) on it is owed.

    `role` is the one in which the reader hears it: a lead may hear an owner's rung. `told` are the tellings on which
    it stands; `away` are people who should have heard it and are away, each with the day of their return. `also` are
    the steps of other signals that are told to the same reader with it."""

    dossier: Dossier
    item: TrackedItem
    signal: Signal
    rung: int
    role: str
    reader: Person
    at: datetime
    told: tuple[Heard, ...] = ()
    away: tuple[tuple[Person, date], ...] = ()
    also: tuple[Prospect, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One item as the ladder sees it: what it says, all that was told of it, and in whose zone its days are counted."""

    dossier: Dossier
    item: TrackedItem
    clock: Person
    owner: Person | None
    signals: tuple[Signal, ...]
    heard: tuple[Heard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """All that deciding about the ladder needs, read once for many items; answers that many of them share are kept."""

    ledger: Ledger
    directory: Directory
    policy: Policy
    now: datetime
    memory: Memory
    _kept: dict[object, object] = field(default_factory=dict, compare=False, repr=False)

    def view(self, dossier: Dossier, item: TrackedItem) -> View:
        return View(
            dossier=dossier,
            item=item,
            clock=clock_of(item, self.directory, self.policy),
            owner=owner_of(item, self.directory),
            signals=signals_of(item, dossier, self.directory, self.policy),
            heard=heard_of(item, self.memory),
        )

    def next_of(self, view: View, signal: Signal, before: datetime | None = None) -> Prospect | None:
        """The next rung of this signal; None where there is none (any more), or none whose day comes before then."""
        told = self.told_by(view, signal)
        last = max((h.rung for h in told), default=-1)
        last = max(last, self._assumed(view, signal))
        if last + 1 >= len(signal.rungs):
            return None
        if before is not None and self.start_of(view.clock, signal.day_of(last + 1)) > before:
            return None
        return self.above(view, signal, last, told, self._pings(view))

    def above(
        self, view: View, signal: Signal, last: int, told: Sequence[Heard], pings: Sequence[datetime]
    ) -> Prospect | None:
        """The first rung above this one that somebody is to hear; None where there is none."""
        for rung in range(last + 1, len(signal.rungs)):
            if not self.is_told(view, signal, rung):
                continue
            found = self.reader(view, signal, rung, told, pings)
            if (
                found is None
                or _heard_below(found.reader, signal, rung, told)
                or self._forgotten(view, signal, found.reader, rung)
            ):
                continue
            # Nobody above hears what it was too late to tell below.
            on = local_day(found.reader, max(found.at, self.now))
            return None if signal.lapsed(rung, on) else found
        return None

    def told_by(self, view: View, signal: Signal) -> tuple[Heard, ...]:
        """The tellings that have left, on which the next rung of this signal stands."""
        return self._since_owner(view, signal, tuple(h for h in self.episode(view, signal) if h.sent))

    def episode(self, view: View, signal: Signal) -> tuple[Heard, ...]:
        """The tellings of this signal that no activity has answered since, intents included."""
        news, answered = view.item.active_at, signal.kind in ANSWERED_BY_NEWS
        return tuple(
            h
            for h in view.heard
            if h.kind == signal.kind
            and signal.begins <= local_day(view.clock, h.at)
            and not (answered and news is not None and news > h.at)
        )

    def topped(self, view: View, signal: Signal) -> bool:
        """Whether somebody above the owner heard of it, or counts as having heard, and nothing more will be told."""
        told = self.told_by(view, signal)
        assumed = self._assumed(view, signal)
        above = any(h.person != view.item.owner for h in told) or (
            assumed >= 0 and signal.rungs[assumed].role != "owner"
        )
        return above and self.next_of(view, signal) is None

    def stands(self, view: View, signal: Signal, telling: Heard, told: Sequence[Heard]) -> Prospect | None:
        """The step that an unsent intent was about, if the same person is still to hear it."""
        if self.now - telling.at > INTENT_LIVES or telling.rung >= len(signal.rungs):
            return None
        if not self.is_told(view, signal, telling.rung):
            return None
        below = tuple(h for h in told if h.sent and h.rung < telling.rung)
        if below and not self._since_owner(view, signal, below):
            return None  # the item has got another owner meanwhile, who hears first
        found = self.reader(view, signal, telling.rung, below)
        if found is None or found.reader.id != telling.person:
            return None
        return None if signal.lapsed(telling.rung, local_day(found.reader, self.now)) else found

    def reader(
        self, view: View, signal: Signal, rung: int, told: Sequence[Heard], pings: Sequence[datetime] = ()
    ) -> Prospect | None:
        """Who hears this rung, and from when, after these pings about the item. None where nobody can be resolved."""
        from_ = self.start_of(view.clock, signal.day_of(rung))
        away: list[tuple[Person, date]] = []
        for person, role in self.readers(view.item, signal.rungs[rung].role):
            if signal.kind in FOR_THE_OWNER and role != "owner" and signal.rungs[rung].role == "owner":
                return None
            if self.trouble(person):
                continue
            back = self._back_on(person, from_)
            if back is not None:
                away.append((person, back))
                continue
            gaps = self._gaps_end(person, told, pings)
            peace = max(self.quiet_until(view.dossier, person), self._paused_until(view.item, view.clock))
            at = self.sending_time(person, max(from_, peace, *gaps))
            return Prospect(
                dossier=view.dossier,
                item=view.item,
                signal=signal,
                rung=rung,
                role=role,
                reader=person,
                at=at,
                told=tuple(told),
                away=tuple(away),
            )
        return None

    def may_be_told(self, prospect: Prospect) -> bool:
        """Whether a message that was begun earlier may go out again now: no snooze, pause or peace came in between."""
        clock = clock_of(prospect.item, self.directory, self.policy)
        from_ = self.start_of(clock, prospect.signal.from_) if prospect.signal.from_ > date.min else LONG_AGO
        peace = max(self.quiet_until(prospect.dossier, prospect.reader), self._paused_until(prospect.item, clock))
        return max(from_, peace) <= self.now

    def is_told(self, view: View, signal: Signal, rung: int) -> bool:
        """Whether this rung is a message, for an item of this priority."""
        return is_told(signal, rung, view.item, view.dossier, self.policy)

    def quiet_until(self, dossier: Dossier, person: Person) -> datetime:
        """The moment in UTC before which this person is to be left in peace, after a loss or during a pause."""
        own = self._keep(("quiet", person.id), lambda: self._own_quiet(person))
        return own if dossier.quiet_until is None else max(own, self.start_of(person, dossier.quiet_until))

    def _paused_until(self, item: TrackedItem, clock: Person) -> datetime:
        """The moment in UTC until which nobody, of whatever team, is told about the items of this one's team."""
        paused = self.ledger.paused_until(item.team)
        return self.start_of(clock, paused + timedelta(days=1)) if paused is not None else LONG_AGO

    def _own_quiet(self, person: Person) -> datetime:
        lost, paused = self.ledger.of(person.id).quiet_until, self.ledger.paused_until(person.team)
        days = [d for d in (lost, paused + timedelta(days=1) if paused is not None else None) if d is not None]
        return self.start_of(person, max(days)) if days else LONG_AGO

    def readers(self, item: TrackedItem, role: str) -> tuple[tuple[Person, str], ...]:
        """Everybody who may have to hear what is meant for the role, in order; as `chain.readers`."""
        # Who they are follows from the owner and the team alone.
        return self._keep(("readers", item.owner, item.team, role), lambda: tuple(readers(item, role, self.directory)))

    def may_hear(self, item: TrackedItem, person: str) -> bool:
        """Whether some rung of some ladder can ever reach this person about this item: a quick no for most."""
        return person in self._keep(("ids", item.owner, item.team), lambda: self._ids(item))

    def owner_of(self, item: TrackedItem) -> Person | None:
        return owner_of(item, self.directory)

    def trouble(self, person: Person) -> str:
        """Why no mail reaches this person; "" where nothing is known."""
        return self._keep(("trouble", person.id), lambda: trouble_with(person, self.ledger, self.now))

    def sending_time(self, person: Person, from_: datetime) -> datetime:
        """The first moment in UTC, at or after this one, at which a message may reach the person."""
        return self._keep(("at", person.id, from_), lambda: next_sending_time(person, from_, self.policy))

    def start_of(self, person: Person, day: date) -> datetime:
        """When that day begins for the person, in UTC."""
        return self._keep(("start", person.timezone, day), lambda: moment(person, day))

    def _ids(self, item: TrackedItem) -> frozenset[str]:
        roles = self._keep("roles", lambda: ("owner", *self._named_roles()))
        return frozenset(p.id for role in roles for p, _ in self.readers(item, role))

    def _named_roles(self) -> list[str]:
        return sorted({r.role for r in self.policy.ladder.every_rung if r.role.startswith(PERSON)})

    def _keep(self, key: object, answer: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = answer()
        return self._kept[key]  # type: ignore[return-value]

    def _since_owner(self, view: View, signal: Signal, told: tuple[Heard, ...]) -> tuple[Heard, ...]:
        """The tellings since the present owner first heard: a new owner, or one who is back, hears before all above."""
        owner = view.owner
        if owner is None or not told:
            return told
        rung = next((n for n, r in enumerate(signal.rungs) if r.role == "owner" and r.is_told), None)
        if rung is None:
            return told
        from_ = self.start_of(view.clock, signal.day_of(0))
        if owner.departed or self.trouble(owner) or self._back_on(owner, from_) is not None:
            return told
        first = next((n for n, h in enumerate(told) if h.person == owner.id), None)
        if first is not None:
            return told[first:]
        # That the owner heard first may have been lost.
        lost = self._assumed(view, signal) >= rung or self._forgotten(view, signal, owner, rung)
        return told if lost else ()

    def _assumed(self, view: View, signal: Signal) -> int:
        """The highest rung that counts as told because the state was lost after its day; -1 for none."""
        if view.dossier.quiet_until is None:
            return -1
        lost_on = view.dossier.quiet_until - QUIET_AT_LEAST
        if view.item.active_at is not None and view.item.active_at.date() > lost_on:
            return -1
        return max((n for n in range(len(signal.rungs)) if signal.day_of(n) <= lost_on), default=-1)

    def _forgotten(self, view: View, signal: Signal, reader: Person, rung: int) -> bool:
        """Whether this rung was owed when the record of what the reader was told was lost: then it counts as told."""
        quiet = self.ledger.of(reader.id).quiet_until
        if quiet is None:
            return False
        lost_on, news = quiet - QUIET_AT_LEAST, view.item.active_at
        if view.dossier.enrolled_on > lost_on or (news is not None and news.date() > lost_on):
            return False
        return signal.day_of(rung) <= lost_on

    def _back_on(self, person: Person, from_: datetime) -> date | None:
        """The day on which somebody is back who is away for long from that moment, or from now; else None."""
        start = max(from_, self.now)
        at = self.sending_time(person, start)
        return local_day(person, at) if at - start > AWAY_FOR else None

    def _pings(self, view: View) -> list[datetime]:
        """When somebody was told something about the item, be it by the tracker that it is theirs now."""
        pings = [h.at for h in view.heard]
        if self.policy.ladder.tracker_mail_counts and view.item.assigned_at is not None:
            pings.append(view.item.assigned_at)
        return pings

    def _gaps_end(self, reader: Person, told: Sequence[Heard], pings: Sequence[datetime]) -> Iterator[datetime]:
        """When the gaps end, in the reader's working days: between two rungs, and between two pings of one item."""
        ladder = self.policy.ladder
        if told:
            yield self._gap_end(reader, max(h.at for h in told), ladder.gap_working_days)
        if pings:
            yield self._gap_end(reader, max(pings), ladder.item_gap_working_days)

    def _gap_end(self, reader: Person, last: datetime, working_days: int) -> datetime:
        since = local_day(reader, last)
        return self._keep(
            ("gap", reader.id, since, working_days),
            lambda: self.start_of(reader, add_working_days(reader, since, working_days, self.policy)),
        )


def climb_of(ledger: Ledger, directory: Directory, policy: Policy, now: datetime) -> Climb:
    return Climb(ledger=ledger, directory=directory, policy=policy, now=now, memory=memory_of(ledger))


def is_told(signal: Signal, rung: int, item: TrackedItem, dossier: Dossier, policy: Policy) -> bool:
    """Whether this rung is a message for an item of this priority: an entry in the digest is none, and directors hear
    of what is urgent, or may be."""
    step = signal.rungs[rung]
    if not step.is_told:
        return False
    priority, urgent = priority_of(item, dossier), policy.ladder.director_for
    return step.role != "director" or priority in urgent or priority not in policy.slo_days


def _heard_below(reader: Person, signal: Signal, rung: int, told: Sequence[Heard]) -> bool:
    """Whether this person stood in at a lower rung already, so that this one would tell them nothing new."""
    rungs = signal.rungs
    return any(
        h.person == reader.id and h.rung < rung and rungs[min(h.rung, len(rungs) - 1)].role != rungs[rung].role
        for h in told
    )
