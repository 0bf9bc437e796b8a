"""Half a year of one promise that nobody touches: each signal climbs its ladder once, in order, on working days.

Calendars, outages and ladders are drawn at random; what ought to hold is counted here anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.ladder_weeks import COUNTRIES, local, working_days, works, works_on
from tests.domain.people import at, directory, dossier, item, person
from worker.domain.ledger import Ledger
from worker.domain.messages import Batch, Message
from worker.domain.model import Directory, Person, Status, TrackedItem
from worker.domain.policy import SIGNALS, Ladder, Policy, Rung, SignalLadder
from worker.domain.simulate import next_moment, tell

ENROLLED = date(2026, 10, 1)
SINCE = date(2026, 11, 2)
END = datetime(2027, 6, 1, tzinfo=UTC)
FAR = date(2028, 1, 3)
GAP = 5
A_MINUTE = timedelta(minutes=1)
ASKED = {"question": "Is it on?", "asked_by": "lena"}


@dataclass(frozen=True)
class Case:
    """An item that gives one signal since `SINCE`, and the roles that its ladder may name."""

    over: dict[str, Any]
    roles: tuple[str, ...] = ("owner", "lead", "director")


CASES = {
    "overdue": Case({"due": SINCE}),
    "incomplete": Case({"needs": ("a done-when",), "created_on": SINCE}),
    "stale": Case({"active_at": at("2026-11-02 12:00")}),
    "blocked": Case({"active_at": at("2026-11-02 12:00"), "blocked_by": ("github:acme/pay#9",)}),
    "slipped": Case({"slips": 2, "slipped_on": SINCE}),
    "unowned": Case({"owner": "", "created_on": SINCE - timedelta(days=7)}, ("lead", "director")),
    "owner-gone": Case({"created_on": SINCE}, ("lead", "director")),
    "waiver": Case({"waiver": "The shop is gone.", "active_at": at("2026-11-02 12:00")}, ("lead", "director")),
    "asked": Case(ASKED | {"asked_at": at("2026-11-02 12:00"), "active_at": at("2026-11-01 12:00")}, ("owner",)),
    "unproven": Case({"status": Status.DONE, "closed_on": SINCE, "priority": "P1"}, ("owner",)),
}


def ladders(roles: tuple[str, ...]) -> st.SearchStrategy[tuple[Rung, ...]]:
    """From one to four rungs that go up in days and in people."""

    def built(days: list[int], drawn: list[str]) -> tuple[Rung, ...]:
        ranked = sorted(drawn[: len(days)], key=("owner", "lead", "director").index)
        first = roles[0] if roles[0] == "owner" else ranked[0]
        return tuple(Rung(after_days=d, role=r) for d, r in zip(sorted(days), [first, *ranked[1:]], strict=True))

    days = st.lists(st.integers(1, 60), min_size=1, max_size=4, unique=True)
    return st.builds(built, days, st.lists(st.sampled_from(roles), min_size=4, max_size=4))


@st.composite
def companies(draw: st.DrawFn, *, departed: bool) -> Directory:
    """Alice, Lena and Dora, each somewhere, each away for up to a week and a half now and then."""
    people = []
    for name in ("alice", "lena", "dora"):
        place = draw(st.sampled_from(COUNTRIES))
        first = SINCE + timedelta(days=draw(st.integers(0, 120)))
        people.append(
            person(
                name,
                team="" if name == "dora" else "pay",
                timezone=place.zone,
                country=place.code,
                region=place.region,
                working_days=place.working_days,
                hours=(time(8), time(16, 30)),
                leave=((first, first + timedelta(days=draw(st.integers(0, 6)))),),
                departed=departed and name == "alice",
            )
        )
    return directory(*people)


outages = st.tuples(st.integers(0, 150), st.integers(1, 240)).map(
    lambda t: (
        datetime.combine(SINCE, time(3), UTC) + timedelta(days=t[0]),
        datetime.combine(SINCE, time(3), UTC) + timedelta(days=t[0], hours=t[1]),
    )
)


def lived(thing: TrackedItem, people: Directory, policy: Policy, down: tuple[datetime, datetime]) -> Iterator[Message]:
    """What is told of the item until the end, by a service that is down once."""
    world, known = [dossier(thing, enrolled_on=ENROLLED)], Ledger()
    now: datetime | None = datetime.combine(ENROLLED, time(0), UTC)
    while now is not None and now < END:
        if down[0] <= now < down[1]:
            now = down[1]
        known, sent = tell(world, known, people, policy, now)
        yield from sent
        following = next_moment(world, known, people, policy, now)
        now = max(following, now + A_MINUTE) if following is not None else None


def told(messages: Iterator[Message]) -> list[tuple[datetime, str, str, int]]:
    """When who was told which rung of which signal."""
    return [
        (m.date, m.to, kind, rung)
        for m in messages
        if isinstance(m.content, Batch)
        for step in m.content.steps
        for kind, rung in ((step.kind, step.rung), *step.also)
    ]


def up(people: Person, day: date, down: tuple[datetime, datetime]) -> bool:
    """Whether the person works on that day and the service is up for the whole of it."""
    return works_on(people, day) and not (down[0].date() <= day + timedelta(days=1) and day <= down[1].date())


@pytest.mark.parametrize("kind", sorted(CASES))
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_signal_is_told_once_a_rung_in_order_in_time_and_with_its_gaps(kind: str, data: st.DataObject) -> None:
    case = CASES[kind]
    rungs = data.draw(ladders(case.roles))
    people = data.draw(companies(departed=kind == "owner-gone"))
    down = data.draw(outages)
    off = {k: SignalLadder(on=False) for k in ("overdue", *SIGNALS) if k != kind}
    policy = Policy(ladder=Ladder(signals=off | {kind: SignalLadder(rungs=rungs)}))
    thing = item(**({"due": FAR, "created_on": ENROLLED} | case.over))
    found = told(lived(thing, people, policy, down))
    assert [(k, rung) for _, _, k, rung in found] == [(kind, n) for n in range(len(rungs))], "missed, doubled or mixed"
    reach = {"owner": "alice", "lead": "lena", "director": "dora"}
    before = SINCE - timedelta(days=1)
    for (moment, reader, _, _), step in zip(found, rungs, strict=True):
        who = people.people[reader]
        assert reader == reach[step.role]
        assert works(who, moment)
        on = local(who, moment)
        due = max(SINCE + timedelta(days=step.after_days), before)
        assert on >= SINCE + timedelta(days=step.after_days) - timedelta(days=1), "zones differ by a day at most"
        waited = sum(up(who, due + timedelta(days=n), down) for n in range(1, (on - due).days))
        assert waited <= GAP + 1, "it waited longer than its gap"
        before = on
    for one, other in pairwise(found):
        who = people.people[other[1]]
        assert working_days(who, local(who, one[0]), local(who, other[0])) >= GAP


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_all_signals_of_one_item_together_keep_the_gaps_and_repeat_nothing(data: st.DataObject) -> None:
    over: dict[str, Any] = {
        "due": SINCE + timedelta(days=data.draw(st.integers(-40, 120))),
        "created_on": ENROLLED,
        "needs": data.draw(st.sampled_from([(), ("a done-when",)])),
        "owner": data.draw(st.sampled_from(["alice", "alice", ""])),
        "priority": data.draw(st.sampled_from(["", "P0", "P1", "P3"])),
        "slips": data.draw(st.integers(0, 3)),
        "slipped_on": SINCE,
        "blocked_by": data.draw(st.sampled_from([(), ("github:acme/pay#9",)])),
        "snoozed_until": data.draw(st.none() | st.dates(SINCE, SINCE + timedelta(days=60))),
        "planned_from": data.draw(st.none() | st.dates(SINCE, SINCE + timedelta(days=60))),
        "assigned_at": data.draw(st.none() | st.just(at("2026-10-01 12:00"))),
    }
    if data.draw(st.booleans()):
        over |= ASKED | {"asked_at": at("2026-11-04 12:00")}
    people = data.draw(companies(departed=data.draw(st.booleans())))
    thing = item(**over)
    found = told(lived(thing, people, Policy(), data.draw(outages)))
    steps = [(kind, rung) for _, _, kind, rung in found]
    assert len(steps) == len(set(steps)), "told twice"
    for kind in {k for k, _ in steps}:
        climbed = [rung for k, rung in steps if k == kind]
        assert climbed == sorted(climbed), f"{kind} out of order"
    pings = list(dict.fromkeys((moment, reader) for moment, reader, _, _ in found))
    for (one, _), (other, reader) in pairwise(pings):
        who = people.people[reader]
        assert working_days(who, local(who, one), local(who, other)) >= GAP
    for moment, reader, _, _ in found:
        assert works(people.people[reader], moment)
        silent = max((d for d in (thing.snoozed_until,) if d is not None), default=ENROLLED)
        assert thing.snoozed_until is None or local(people.people[reader], moment) > silent - timedelta(days=1)
    if thing.due is not None and thing.due < END.date() - timedelta(days=90):
        roles = {people.people[reader].id for _, reader, kind, _ in found if kind == "overdue"}
        assert "lena" in roles, "its lead never heard that it is late"


@settings(max_examples=30, deadline=None)
@given(st.dates(SINCE, SINCE + timedelta(days=60)), st.integers(0, 90))
def test_activity_puts_the_ladder_of_lateness_back_to_the_owner(due: date, days: int) -> None:
    """Whatever was told before: the first word after news goes to the owner."""
    policy = Policy(ladder=Ladder(signals={kind: SignalLadder(on=False) for kind in SIGNALS}))
    people, known = directory(), Ledger()
    thing = item(due=due)
    news = datetime.combine(due, time(12), UTC) + timedelta(days=days)
    now: datetime | None = datetime.combine(due, time(0), UTC)
    after: list[tuple[datetime, str, str, int]] = []
    while now is not None and now < END:
        if now > news and thing.active_at is None:
            thing = replace(thing, active_at=news)
        known, sent = tell([dossier(thing)], known, people, policy, now)
        after += [t for t in told(iter(sent)) if t[0] > news]
        following = next_moment([dossier(thing)], known, people, policy, now)
        now = min(following or END, news + A_MINUTE) if thing.active_at is None else following
    assert [(reader, rung) for _, reader, _, rung in after] == [("alice", 0), ("lena", 1), ("dora", 2)]
