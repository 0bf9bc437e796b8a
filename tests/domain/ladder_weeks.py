"""A company of four countries over half a year: what happens to its promises, and a service that tells people of them.

Everything random comes from one seed. The service is the planner alone, without engine or tracker: it is down now and
then, forgets all but the ledger, and dies in the middle of a sending. What it told is kept for whoever checks it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from worker.domain.escalation import people_with_intents
from worker.domain.ledger import Entry, Ledger
from worker.domain.messages import Batch, Message
from worker.domain.model import Directory, Dossier, IssueRef, Mode, Person, Status, Team, TrackedItem
from worker.domain.plan.effects import Send
from worker.domain.plan.person import person_unit, plan_person
from worker.domain.policy import Policy
from worker.domain.simulate import next_moment
from worker.domain.workdays import next_sending_time

START = datetime(2026, 9, 7, tzinfo=UTC)
"""A Monday. Both changes of the clock, Christmas and New Year lie in the half year that follows."""
WEEKS = 26
END = START + timedelta(weeks=WEEKS)
A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """Where a team works: its holidays, zone and week."""

    code: str
    region: str
    zone: str
    working_days: frozenset[int] = frozenset({1, 2, 3, 4, 5})


COUNTRIES = (
    Country(code="DE", region="BY", zone="Europe/Berlin"),
    Country(code="US", region="CA", zone="America/Los_Angeles"),
    Country(code="NZ", region="", zone="Pacific/Auckland"),
    Country(code="AE", region="", zone="Asia/Dubai", working_days=frozenset({7, 1, 2, 3, 4})),
)
OWNERS_A_TEAM = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What somebody does to one item at a moment."""

    at: datetime
    item: str
    what: str
    change: Callable[[TrackedItem], TrackedItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One step of one message: what the reader saw, and how the item stood. `episode` counts what was done to the item
    before: news, a new date, another owner."""

    at: datetime
    reader: str
    role: str
    item: str
    ladder: str
    rung: int
    episode: int
    message_id: str


@dataclass(slots=True)
class Company:
    """The people, the promises, and what will happen to them."""

    directory: Directory
    dossiers: dict[str, Dossier]
    happenings: list[Happening]
    outages: list[tuple[datetime, datetime]]
    episodes: dict[str, int] = field(default_factory=dict)

    def is_down(self, now: datetime) -> datetime | None:
        """When the outage ends that this moment lies in, or None."""
        return next((end for begin, end in self.outages if begin <= now < end), None)

    def world(self, now: datetime) -> tuple[Dossier, ...]:
        """What is enrolled by now."""
        return tuple(d for d in self.dossiers.values() if d.enrolled_on <= now.date())

    def happen(self, happening: Happening) -> None:
        for key, dossier in self.dossiers.items():
            if any(i.id == happening.item for i in dossier.items):
                items = tuple(happening.change(i) if i.id == happening.item else i for i in dossier.items)
                self.dossiers[key] = replace(dossier, items=items)
                self.episodes[happening.item] = self.episodes.get(happening.item, 0) + 1

    def item(self, item_id: str) -> TrackedItem:
        return next(i for d in self.dossiers.values() for i in d.items if i.id == item_id)


def company(seed: int, items: int) -> Company:
    """A company with so many promises, and half a year of what happens to them."""
    rng = random.Random(seed)
    directory = Directory(people=_people(rng), teams=_teams())
    owners = sorted(p for p in directory.people if p.startswith("o"))
    dossiers: dict[str, Dossier] = {}
    happenings: list[Happening] = []
    for n in range(items):
        key = f"github:acme/pay#{1 + n // 5}"
        enrolled = START.date() + timedelta(days=7 * (n // 5 * WEEKS * 3 // 4 // max(1, items // 5)))
        item = _item(rng, n, key, enrolled, rng.choice(owners), directory)
        before = dossiers.get(key) or _dossier(key, enrolled)
        dossiers[key] = replace(before, items=(*before.items, item))
        happenings += _life(rng, item, enrolled, owners)
    return Company(
        directory=directory,
        dossiers=dossiers,
        happenings=sorted(happenings, key=lambda h: (h.at, h.item)),
        outages=_outages(rng),
    )


def _people(rng: random.Random) -> dict[str, Person]:
    people: dict[str, Person] = {}
    for n, country in enumerate(COUNTRIES):
        ids = [f"o{n}{k}" for k in range(OWNERS_A_TEAM)] + [f"lead{n}"] + ([f"director{n}"] if n < 2 else [])
        for person_id in ids:
            people[person_id] = Person(
                id=person_id,
                name=person_id.title(),
                email=f"{person_id}@acme.example",
                logins={"github": person_id},
                team=f"team{n}",
                timezone=country.zone,
                country=country.code,
                region=country.region,
                working_days=country.working_days,
                hours=rng.choice([(time(9), time(17)), (time(8), time(16, 30)), (time(10), time(18))]),
                leave=tuple(sorted(_leaves(rng))),
                departed=person_id.endswith("5") and rng.random() < 0.5,
            )
    return people


def _leaves(rng: random.Random) -> Iterator[tuple[date, date]]:
    for _ in range(rng.randrange(3)):
        first = START.date() + timedelta(days=rng.randrange(WEEKS * 7))
        yield first, first + timedelta(days=rng.choice([0, 2, 6, 11, 24]))


def _teams() -> dict[str, Team]:
    return {
        f"team{n}": Team(
            id=f"team{n}", name=f"Team {n}", lead=f"lead{n}", director=f"director{n % 2}", timezone=country.zone
        )
        for n, country in enumerate(COUNTRIES)
    }


def _dossier(key: str, enrolled: date) -> Dossier:
    ref = IssueRef.parse(key)
    return Dossier(
        ref=ref,
        uid=f"u{ref.number}",
        title=f"Incident {ref.number}",
        url=f"https://github.example/acme/pay/issues/{ref.number}",
        enrolled_on=enrolled,
        incident_date=enrolled,
        mode=Mode.LIVE,
    )


def _item(rng: random.Random, n: int, key: str, enrolled: date, owner: str, directory: Directory) -> TrackedItem:
    ref = IssueRef.parse(key)
    nobody, dateless = rng.random() < 0.08, rng.random() < 0.06
    return TrackedItem(
        id=f"i{n}",
        text=f"Add the alert number {n}",
        post_mortem=ref,
        post_mortem_title=f"Incident {ref.number}",
        uid=f"u{ref.number}",
        ref=IssueRef("github", f"acme/work#{n + 1}"),
        owner="" if nobody else owner,
        team=directory.people[owner].team,
        due=None if dateless else enrolled + timedelta(days=rng.randrange(-40, 90)),
        priority=rng.choice(["P0", "P1", "P2", "P3", ""]),
        needs=("a date",) if dateless else (),
        created_on=enrolled,
    )


def _life(rng: random.Random, item: TrackedItem, enrolled: date, owners: list[str]) -> Iterator[Happening]:
    """What people do to one promise: some do nothing at all, most give news now and then, and in the end it closes."""
    if rng.random() < 0.3:
        return
    at = datetime.combine(enrolled, time(0), UTC) + timedelta(days=rng.uniform(1, 60))
    while at < END:
        what = rng.choice(["news", "news", "date", "owner", "snooze", "done", "let go"])
        yield Happening(at=at, item=item.id, what=what, change=_change(rng, what, at, owners))
        if what in {"done", "let go"}:
            return
        at += timedelta(days=rng.uniform(0.5, 60))


def _change(rng: random.Random, what: str, at: datetime, owners: list[str]) -> Callable[[TrackedItem], TrackedItem]:
    over: dict[str, Any] = {"active_at": at}
    match what:
        case "date":
            over |= {"due": at.date() + timedelta(days=rng.randrange(5, 40)), "needs": (), "slipped_on": at.date()}
        case "owner":
            over |= {"owner": rng.choice(owners)}
        case "snooze":
            over |= {"snoozed_until": at.date() + timedelta(days=rng.randrange(3, 21))}
        case "done":
            over |= {"status": Status.DONE, "closed_on": at.date(), "evidence": "it fired in staging"}
        case "let go":
            over |= {"status": Status.WAIVED, "closed_on": at.date()}
    slips = 1 if what == "date" else 0
    return lambda item: replace(item, **over, slips=item.slips + slips)


def _outages(rng: random.Random) -> list[tuple[datetime, datetime]]:
    """From an hour to ten days, about one in three weeks."""
    found = []
    at = START + timedelta(days=rng.uniform(3, 20))
    while at < END:
        long = timedelta(hours=rng.choice([1, 6, 30, 72, 240]))
        found.append((at, at + long))
        at += long + timedelta(days=rng.uniform(8, 35))
    return found


@dataclass(slots=True)
class Service:
    """The planner at work over the half year. `told` is what arrived, `dead` how often it died while sending."""

    company: Company
    policy: Policy
    rng: random.Random
    ledger: Ledger = field(default_factory=Ledger)
    told: list[Telling] = field(default_factory=list)
    dead: int = 0
    weekly: Callable[[datetime, Service], None] = lambda _now, _service: None

    def run(self) -> None:
        """Let the half year pass: whatever is due is done when it is, unless the service is down."""
        now, mondays = START, START
        happenings = iter(self.company.happenings)
        following = next(happenings, None)
        while now < END:
            while following is not None and following.at <= now:
                self.company.happen(following)
                following = next(happenings, None)
            down_until = self.company.is_down(now)
            if down_until is None:
                again = self._tell(now)
                if now >= mondays:
                    self.weekly(now, self)
                    mondays = now + timedelta(days=7)
                due = again or self._next(now)
            else:
                due = down_until
            news = following.at if following is not None else END
            enrolled = min((e for e in self._enrolments() if e > now), default=END)
            now = max(now + A_MINUTE, min(due or END, news, enrolled, END))

    def _enrolments(self) -> Iterator[datetime]:
        return (datetime.combine(d.enrolled_on, time(0), UTC) for d in self.company.dossiers.values())

    def _next(self, now: datetime) -> datetime | None:
        found = next_moment(self.company.world(now), self.ledger, self.company.directory, self.policy, now)
        # What was begun and not seen to be sent is looked at as soon as its reader may hear again.
        begun = (self.company.directory.people[p] for p in people_with_intents(self.ledger, now))
        again = [next_sending_time(person, now + A_MINUTE, self.policy) for person in begun]
        return min([at for at in (found, *again) if at is not None], default=None)

    def _tell(self, now: datetime) -> datetime | None:
        """Send everybody what they are owed. Returns when to try again after a death in the middle of it."""
        world = self.company.world(now)
        for person in self._in_reach(now):
            unit, at = person_unit(person, now, self.policy)
            if at > now:
                continue
            plan = plan_person(
                unit, person, world, self.ledger, self.company.directory, self.policy, now, "acme.example"
            )
            for message in (e.message for e in plan.effects if isinstance(e, Send)):
                # Now and then it dies: before the message has left, or after it has and before that is written down.
                luck = self.rng.random()
                self._write(message, now, sent=luck >= 0.04)
                if luck >= 0.02:
                    self._keep(message, now)
                if luck < 0.04:
                    self.dead += 1
                    return now + timedelta(minutes=self.rng.choice([2, 30, 600]))
        return None

    def _in_reach(self, now: datetime) -> list[Person]:
        return [p for _, p in sorted(self.company.directory.people.items()) if works(p, now)]

    def _write(self, message: Message, now: datetime, *, sent: bool) -> None:
        record = self.ledger.of(message.to)
        entry = Entry(
            occurrence=message.occurrence, message_id=message.message_id, at=now, sent=sent, steps=message.steps
        )
        self.ledger = replace(self.ledger, people={**self.ledger.people, message.to: record.with_entry(entry)})

    def _keep(self, message: Message, now: datetime) -> None:
        assert isinstance(message.content, Batch)
        for step in message.content.steps:
            for key in step.keys:
                name, _, rung = key.rpartition("/")
                issue, _, ladder = name.partition("@")
                if step.item.ref is None or issue != step.item.ref.key:
                    continue
                self.told.append(
                    Telling(
                        at=now,
                        reader=message.to,
                        role=step.role,
                        item=step.item.id,
                        ladder=ladder or "overdue",
                        rung=int(rung),
                        episode=self.company.episodes.get(step.item.id, 0),
                        message_id=message.message_id,
                    )
                )


_HOLIDAYS: dict[tuple[str, str], Any] = {}


def free_days(person: Person) -> Any:
    """The public holidays of a person, by the library alone."""
    key = (person.country, person.region)
    if key not in _HOLIDAYS:
        _HOLIDAYS[key] = holidays.country_holidays(
            person.country, subdiv=person.region or None, years=range(2025, 2029)
        )
    return _HOLIDAYS[key]


def works_on(person: Person, day: date) -> bool:
    """Whether this is a working day of the person: an opinion of the test's own."""
    away = any(first <= day <= last for first, last in person.leave)
    return day.isoweekday() in person.working_days and not away and day not in free_days(person)


def works(person: Person, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(person.timezone))
    return works_on(person, local.date()) and person.hours[0] <= local.time() < person.hours[1]


def local(person: Person, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(person.timezone)).date()


def working_days(person: Person, after: date, up_to: date) -> int:
    """How many working days of the person lie after the one day, up to and with the other."""
    return sum(works_on(person, after + timedelta(days=n)) for n in range(1, (up_to - after).days + 1))
