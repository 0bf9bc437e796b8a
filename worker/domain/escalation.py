"""Who is owed a word about a late action item, and from when?

Derived from the items, the ledger and the clock alone, so that an outage, a doubled wake-up or a wiped queue changes
nothing. One rung at a time: the owed rung is the one directly above the last one told. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from worker.domain.chain import answers_for, clock_of, owner_of, readers, trouble_with
from worker.domain.ledger import Entry, Ledger, Told, telling_keys, told_about
from worker.domain.messages import Step
from worker.domain.model import Directory, Dossier, Mode, Person, Status, TrackedItem
from worker.domain.policy import Policy
from worker.domain.render.words import day, listing
from worker.domain.workdays import (
    add_working_days,
    late_from,
    local_day,
    moment,
    next_sending_time,
    working_day_from,
)

AWAY_FOR = timedelta(days=14)
"""Somebody who can't be told for longer than this is away, and the next in the chain is asked."""
INTENT_LIVES = timedelta(days=14)
"""An intent older than this is void: mail programs may drop a message whose Message-ID they saw long ago."""
QUIET_AT_LEAST = timedelta(days=7)
"""Five working days are at least a week: so far before `Dossier.quiet_until` the state was lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """The step that comes next about one item: from `at` (UTC, a sending time of the reader) on it is owed.

    `role` is the one in which the reader hears it: a lead may hear an owner's rung. `told` are the tellings on which
    it stands; `away` are people who should have heard it and are away, each with the day of their return."""

    dossier: Dossier
    item: TrackedItem
    rung: int
    role: str
    reader: Person
    at: datetime
    told: tuple[Told, ...] = ()
    away: tuple[tuple[Person, date], ...] = ()


class NextStep(NamedTuple):
    """The next rung of an item by its due date alone: in which role who hears, and not before which day."""

    role: str
    person: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladders:
    """All that deciding about the ladder needs, read once for many items."""

    ledger: Ledger
    directory: Directory
    policy: Policy
    now: datetime
    tellings: Mapping[str, tuple[Told, ...]]

    @classmethod
    def of(cls, ledger: Ledger, directory: Directory, policy: Policy, now: datetime) -> Ladders:
        return cls(ledger=ledger, directory=directory, policy=policy, now=now, tellings=ledger.tellings())

    def prospect(self, dossier: Dossier, item: TrackedItem) -> Prospect | None:
        """The next step about this item, owed or to come; None where there is none, or one is on its way."""
        if not _tellable(dossier, item) or item.due is None:
            return None
        every = told_about(item, self.tellings)
        told = self._episode(item, item.due, every)
        if any(not t.sent and self._stands(dossier, item, t, told) for t in told):
            return None
        told = self._since_owner(dossier, item, tuple(t for t in told if t.sent))
        last = max((t.rung for t in told), default=-1)
        last = max(last, self._assumed(dossier, item))
        for rung in range(last + 1, len(self.policy.ladder.rungs)):
            found = self._reader(dossier, item, rung, told, every)
            if (
                found is None
                or self._heard_below(found.reader, rung, told)
                or self._forgotten(dossier, item, found.reader, rung)
            ):
                continue
            return found
        return None

    def step(self, prospect: Prospect) -> Step:
        """The words of a step that is told now."""
        item, clock = prospect.item, clock_of(prospect.item, self.directory, self.policy)
        late = (local_day(clock, self.now) - item.due).days if item.due else 0
        following = self._following(prospect)
        owner = owner_of(item, self.directory)
        return Step(
            item=item,
            rung=prospect.rung,
            role=prospect.role,
            to=prospect.reader.id,
            why=self._why(prospect),
            days_late=late,
            owner_name=owner_name(item, owner),
            next_role=following.role if following else "",
            next_on=following.on if following else None,
        )

    def again(self, entry: Entry, person: str, dossiers: Iterable[Dossier]) -> tuple[Step, ...]:
        """What is still true of an intent that was not seen to be sent: its steps that would be told today."""
        if entry.sent or entry.bounced or self.now - entry.at > INTENT_LIVES:
            return ()
        wanted = dict(key.rpartition("/")[::2] for key in entry.steps)
        out = []
        for dossier in dossiers:
            for item in dossier.items:
                rung = next((wanted[name] for name in telling_keys(item) if name in wanted), "")
                if not rung or not _tellable(dossier, item) or item.due is None:
                    continue
                every = told_about(item, self.tellings)
                told = self._episode(item, item.due, every)
                mine = [t for t in told if t.person == person and str(t.rung) == rung and t.at == entry.at]
                found = self._stands(dossier, item, mine[0], told) if mine else None
                if found is not None and self._quiet_until(dossier, found.reader) <= self.now:
                    out.append(self.step(found))
        return tuple(sorted(out, key=_order))

    def _episode(self, item: TrackedItem, due: date, every: Sequence[Told]) -> tuple[Told, ...]:
        """The tellings that belong to this due date and that no activity has answered since."""
        clock = clock_of(item, self.directory, self.policy)
        return tuple(
            t
            for t in every
            # What was told up to the present due date was about an earlier one; news after a telling answers it.
            if due < local_day(clock, t.at) and not (item.active_at and item.active_at > t.at)
        )

    def _since_owner(self, dossier: Dossier, item: TrackedItem, told: tuple[Told, ...]) -> tuple[Told, ...]:
        """The tellings since the present owner first heard: a new owner, or one who is back, hears before all above."""
        owner = owner_of(item, self.directory)
        rung = next((n for n, r in enumerate(self.policy.ladder.rungs) if r.role == "owner"), None)
        if owner is None or rung is None or item.due is None:
            return told
        from_ = late_from(clock_of(item, self.directory, self.policy), item.due)
        if owner.departed or trouble_with(owner, self.ledger, self.now) or self._back_on(owner, from_) is not None:
            return told
        first = next((n for n, t in enumerate(told) if t.person == owner.id), None)
        if first is not None:
            return told[first:]
        # That the owner heard first may have been lost.
        lost = self._assumed(dossier, item) >= rung or self._forgotten(dossier, item, owner, rung)
        return told if lost else ()

    def _assumed(self, dossier: Dossier, item: TrackedItem) -> int:
        """The highest rung that counts as told because the state was lost after its day; -1 for none."""
        if dossier.quiet_until is None or item.due is None:
            return -1
        lost_on = dossier.quiet_until - QUIET_AT_LEAST
        if item.active_at is not None and item.active_at.date() > lost_on:
            return -1
        late = (lost_on - item.due).days
        return max((n for n, r in enumerate(self.policy.ladder.rungs) if r.after_days <= late), default=-1)

    def _forgotten(self, dossier: Dossier, item: TrackedItem, reader: Person, rung: int) -> bool:
        """Whether this rung was owed when the record of what the reader was told was lost: then it counts as told."""
        quiet = self.ledger.of(reader.id).quiet_until
        if quiet is None or item.due is None:
            return False
        lost_on = quiet - QUIET_AT_LEAST
        if dossier.enrolled_on > lost_on or (item.active_at is not None and item.active_at.date() > lost_on):
            return False
        return (lost_on - item.due).days >= self.policy.ladder.rungs[rung].after_days

    def _stands(self, dossier: Dossier, item: TrackedItem, telling: Told, told: Sequence[Told]) -> Prospect | None:
        """The step that an unsent intent was about, if the same person is still to hear it."""
        if self.now - telling.at > INTENT_LIVES or telling.rung >= len(self.policy.ladder.rungs):
            return None
        below = tuple(t for t in told if t.sent and t.rung < telling.rung)
        if below and not self._since_owner(dossier, item, below):
            return None  # the item has got another owner meanwhile, who hears first
        found = self._reader(dossier, item, telling.rung, below, ())
        return found if found is not None and found.reader.id == telling.person else None

    def _reader(
        self, dossier: Dossier, item: TrackedItem, rung: int, told: tuple[Told, ...], every: Sequence[Told]
    ) -> Prospect | None:
        """Who hears this rung, and from when. None where nobody can be resolved."""
        if item.due is None:
            return None
        step = self.policy.ladder.rungs[rung]
        from_ = late_from(clock_of(item, self.directory, self.policy), item.due, step.after_days)
        away: list[tuple[Person, date]] = []
        for person, role in readers(item, step.role, self.directory):
            if trouble_with(person, self.ledger, self.now):
                continue
            back = self._back_on(person, from_)
            if back is not None:
                away.append((person, back))
                continue
            earliest = max(from_, self._quiet_until(dossier, person), *self._gaps_end(person, told, every, from_))
            at = next_sending_time(person, earliest, self.policy)
            return Prospect(
                dossier=dossier, item=item, rung=rung, role=role, reader=person, at=at, told=told, away=tuple(away)
            )
        return None

    def _back_on(self, person: Person, from_: datetime) -> date | None:
        """The day on which somebody is back who is away for long from that moment, or from now; else None."""
        start = max(from_, self.now)
        at = next_sending_time(person, start, self.policy)
        return local_day(person, at) if at - start > AWAY_FOR else None

    def _gaps_end(
        self, reader: Person, told: Sequence[Told], every: Sequence[Told], from_: datetime
    ) -> tuple[datetime, ...]:
        """When the two gaps end, in the reader's working days: between two rungs, and between two pings of one item."""
        ladder, out = self.policy.ladder, [from_]
        for tellings, gap in ((told, ladder.gap_working_days), (every, ladder.item_gap_working_days)):
            if tellings:
                since = local_day(reader, max(t.at for t in tellings))
                out.append(moment(reader, add_working_days(reader, since, gap, self.policy)))
        return tuple(out)

    def _quiet_until(self, dossier: Dossier, person: Person) -> datetime:
        days = [day for day in (dossier.quiet_until, self.ledger.of(person.id).quiet_until) if day is not None]
        return moment(person, max(days)) if days else datetime.min.replace(tzinfo=self.now.tzinfo)

    def _heard_below(self, reader: Person, rung: int, told: Sequence[Told]) -> bool:
        """Whether this person stood in at a lower rung already, so that this one would tell them nothing new."""
        rungs = self.policy.ladder.rungs
        return any(
            t.person == reader.id and t.rung < rung and rungs[min(t.rung, len(rungs) - 1)].role != rungs[rung].role
            for t in told
        )

    def _following(self, prospect: Prospect) -> NextStep | None:
        """The rung after this one, as it would come if nothing moves."""
        item, told_now = (
            prospect.item,
            Told(step="", rung=prospect.rung, person=prospect.reader.id, at=self.now, sent=True),
        )
        told = (*prospect.told, told_now)
        for rung in range(prospect.rung + 1, len(self.policy.ladder.rungs)):
            found = self._reader(prospect.dossier, item, rung, told, (told_now,))
            if found is not None and not self._heard_below(found.reader, rung, told):
                return NextStep(found.role, found.reader.shown, local_day(found.reader, found.at))
        return None

    def _why(self, prospect: Prospect) -> str:
        item, rung_role = prospect.item, self.policy.ladder.rungs[prospect.rung].role
        owner = owner_of(item, self.directory)
        if prospect.role == "owner":
            return "You own this, and its date has passed."
        place = _place(prospect, self.directory)
        if owner is None:
            return f"It needs an owner, and you answer for {place}."
        name = owner_name(item, owner)
        if owner.departed:
            return f"{name} has left, so it needs a new owner, and you answer for {place}."
        trouble = trouble_with(owner, self.ledger, self.now)
        if trouble:
            reason = "" if item.confidential else f" ({trouble})"
            return f"No mail reaches {name}{reason}, so you hear first: you answer for {place}."
        back = next((b for p, b in prospect.away if p.id == owner.id), None)
        if back is not None:
            until = (
                "for a long time" if back - local_day(owner, self.now) > timedelta(days=365) else f"until {day(back)}"
            )
            return f"{name} is away {until}: can somebody else take it, or does it need a new date?"
        heard = self._heard(prospect)
        stands_in = f" No {rung_role} could be reached." if prospect.role != rung_role else ""
        return f"You answer for {place}. {heard}{stands_in}"

    def _heard(self, prospect: Prospect) -> str:
        """Who was told before, and when; each person once."""
        out = []
        for telling in {t.person: t for t in prospect.told}.values():
            person = self.directory.people.get(telling.person)
            if person is None:
                continue
            name = "its owner" if prospect.item.confidential else person.shown
            out.append(f"{name} on {day(local_day(person, telling.at))}")
        return f"Told before: {listing(out)}." if out else "It is still open."


def owed_steps(
    dossiers: Iterable[Dossier], ledger: Ledger, directory: Directory, policy: Policy, now: datetime
) -> tuple[Step, ...]:
    """Return every step that is owed now, whether or not its reader may be messaged at this hour; at most one an item.

    Sorted by reader, then most days late, then key.
    """
    ladders = Ladders.of(ledger, directory, policy, now)
    found = (ladders.prospect(d, i) for d in dossiers for i in d.items)
    return tuple(sorted((ladders.step(p) for p in found if p is not None and p.at <= now), key=_order))


def next_step(item: TrackedItem, directory: Directory, policy: Policy, today: date) -> NextStep | None:
    """The next rung that this item will reach after `today`, from its due date alone, for the sticky comment.

    The ledger may make it later, never earlier. None for an item without a date, closed, or past its last rung.
    """
    if item.status is not Status.OPEN or item.due is None:
        return None
    heard: list[str] = []
    for rung in policy.ladder.rungs:
        found = next(((p, r) for p, r in readers(item, rung.role, directory) if p.email), None)
        if found is None or found[0].id in heard:
            continue
        person, role = found
        heard.append(person.id)
        on = working_day_from(person, item.due + timedelta(days=rung.after_days), policy)
        if on > today:
            return NextStep(role, person.shown, on)
    return None


def reached_people(dossier: Dossier, directory: Directory, policy: Policy, now: datetime) -> tuple[str, ...]:
    """The ids of everybody who may be owed something because of this post-mortem: whoever may hear a rung that an open
    item has reached (with those who stand in), and whom its review invites. Sorted; empty unless the mode is live."""
    if dossier.mode is not Mode.LIVE:
        return ()
    out: set[str] = set()
    for item in dossier.items:
        if not _tellable(dossier, item) or item.due is None:
            continue
        clock = clock_of(item, directory, policy)
        for rung in policy.ladder.rungs:
            if late_from(clock, item.due, rung.after_days) <= now:
                out |= {person.id for person, _ in readers(item, rung.role, directory)}
    if dossier.review is not None and dossier.review.start > now:
        out |= {p for p in (*dossier.review.attendees, *dossier.review.optional) if p in directory.people}
    return tuple(sorted(out))


def people_with_intents(ledger: Ledger, now: datetime) -> tuple[str, ...]:
    """The ids of everybody to whom a message was begun and not seen to be sent, for the sweep to mark. Sorted."""
    return tuple(
        sorted(
            r.person
            for r in ledger.people.values()
            if any(not e.sent and not e.bounced and now - e.at <= INTENT_LIVES for e in r.entries)
        )
    )


def owner_name(item: TrackedItem, owner: Person | None) -> str:
    """How the owner is named to readers outside the item's tracker; "" for nobody."""
    if owner is None:
        return ""
    return "Its owner" if item.confidential else owner.shown


def _tellable(dossier: Dossier, item: TrackedItem) -> bool:
    seen_open = item.status is Status.OPEN and not item.out_of_sight
    return seen_open and dossier.mode is Mode.LIVE and not dossier.closed


def _place(prospect: Prospect, directory: Directory) -> str:
    team = directory.teams.get(prospect.item.team)
    if team is not None:
        return team.name or team.id
    lead = answers_for(prospect.item, directory)
    return "its owner" if lead is None or prospect.item.confidential else "its owner's work"


def _order(step: Step) -> tuple[str, int, str]:
    return (step.to, -step.days_late, step.key)
