"""Twenty promises over eight weeks, through the whole service and a tracker over HTTP, with a clock moved by hand.

People of four zones answer, move dates and go on leave; the service is down for hours and days; Redis is wiped. What
arrived is read from the mails and from the ledger, and held against the calendars.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from redis import Redis

from tests.acceptance.conftest import START
from tests.acceptance.desks import Record, Row
from tests.acceptance.directions import Direction, TwoSites
from tests.domain.ladder_weeks import Telling, works
from tests.domain.test_ladder_weeks import doubled, out_of_order, too_close
from worker.domain.model import IssueRef
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox

WEEKS = 8
ITEMS = 20
EVERY_SIGNAL = ""
"""The policy as it is by default, on which all signals are told."""
FOUR = ("alice", "bob", "lena", "dario")
MORE = {
    "alice": ', timezone: Europe/Berlin, country: "DE", region: "BY", leave: [{from: 2026-11-23, to: 2026-11-27}]',
    "bob": ', timezone: America/Los_Angeles, country: "US", region: "CA"',
    "lena": ', timezone: Pacific/Auckland, country: "NZ", hours: "08:00-16:00"',
    "dario": ', timezone: Asia/Dubai, country: "AE", working_days: [sunday, monday, tuesday, wednesday, thursday]',
}


class Worldwide(TwoSites):
    """One team whose four people live in four zones."""

    def more(self, who: str) -> str:
        return MORE[who]


@pytest.fixture
def make(tmp_path: Path, redis_client: Redis) -> Iterator[Callable[[Direction], Worldwide]]:
    with ExitStack() as stack:

        def build(direction: Direction) -> Worldwide:
            github = stack.enter_context(GitHubSandbox())
            jira = stack.enter_context(JiraSandbox(face=direction.face))
            return Worldwide(
                direction, github, jira, redis_client, tmp_path, mode="live", sweep_minutes=720, rules=EVERY_SIGNAL
            )

        yield build


def record_of(number: int, rng: random.Random) -> Record:
    """A post-mortem with five promises of Alice and Bob, due from two weeks ago to five weeks from now."""
    rows = tuple(
        Row(
            f"Add an alert for queue {number} of shop {k} that fires when it is deeper than 100 for 5 minutes",
            rng.choice(["alice", "bob"]),
            START.date() + timedelta(days=rng.randrange(-14, 36)),
        )
        for k in range(5)
    )
    return Record(rows=rows, title=f"Checkout answered 500, number {number}")


def live(sites: Worldwide, seed: int, weeks: int, items: int) -> dict[str, list[datetime]]:
    """Let the weeks pass. Returns when something was done to each issue, by its key."""
    rng = random.Random(seed)
    sites.begin()
    for number in range(items // 5):
        sites.home.open(record_of(number, rng))
        sites.sweep()
    news: dict[str, list[datetime]] = defaultdict(list)
    end = START + timedelta(weeks=weeks)
    stage = sites.stage
    while stage.clock.now() < end:
        stage.pass_until(min(end, stage.clock.now() + timedelta(hours=rng.choice([30, 50, 77]))))
        match rng.randrange(6):
            case 0:  # down: nothing is done for hours or days, and everything is late
                stage.at(min(end, stage.clock.now() + timedelta(hours=rng.choice([1, 20, 75, 240]))))
                stage.restart()
            case 1:
                sites.redis.flushall()
                stage.restart()
            case 2 | 3:
                ref = rng.choice(sorted(sites.made().values()))
                sites.desk(ref).say(ref, "Half of it is rolled out.", rng.choice(["alice", "bob"]))
                news[ref.key].append(stage.clock.now())
            case 4:
                ref = rng.choice(sorted(sites.made().values()))
                later = (stage.clock.now() + timedelta(days=rng.randrange(7, 20))).date()
                sites.desk(ref).move_due(ref, later)
                news[ref.key].append(stage.clock.now())
    stage.pass_until(end)
    return news


def tellings(sites: Worldwide, news: dict[str, list[datetime]]) -> list[Telling]:
    """What the ledger says was told, oldest first."""
    found = []
    pages = sites.stage.service.engine.people.book.load()
    for person, record in pages.ledger.people.items():
        for entry in record.entries:
            assert entry.sent, f"{person} has a message that never left: {entry}"
            for step in entry.steps:
                name, _, rung = step.rpartition("/")
                key, _, ladder = name.partition("@")
                if not key.startswith(("github:", "jira:")):
                    continue
                ref = IssueRef.parse(key)
                found.append(
                    Telling(
                        at=entry.at,
                        reader=person,
                        role={"alice": "owner", "bob": "owner", "lena": "lead", "dario": "director"}[person],
                        item=ref.key,
                        ladder=ladder or "overdue",
                        rung=int(rung),
                        episode=sum(at <= entry.at for at in news.get(ref.key, ())),
                        message_id=entry.message_id,
                    )
                )
    return sorted(found, key=lambda t: (t.at, t.item, t.ladder))


def check(sites: Worldwide, news: dict[str, list[datetime]], items: int) -> None:
    people = sites.settings.directory.people
    found = tellings(sites, news)
    arrived = [str(mail["Message-ID"]) for mail in sites.mails()]
    assert len(arrived) == len(set(arrived)), "a message arrived twice though nothing died while it was sent"
    assert {t.message_id for t in found} <= set(arrived), "the ledger says sent, and it did not arrive"
    days: dict[Any, set[str]] = defaultdict(set)
    by_item: dict[str, list[Telling]] = defaultdict(list)
    for telling in found:
        assert works(people[telling.reader], telling.at), telling
        zone = people[telling.reader].timezone
        days[telling.reader, telling.at.astimezone(_zone(zone)).date()].add(telling.message_id)
        by_item[telling.item].append(telling)
    assert all(len(ids) == 1 for ids in days.values())
    for item, told in by_item.items():
        assert not doubled(told), f"{item}: {told}"
        assert not out_of_order(told), f"{item}: {told}"
        assert not too_close(told, people), f"{item}: {told}"
    made = sites.made()
    assert len(made) == items
    late = [ref for ref in made.values() if _long_overdue(sites, ref, news)]
    assert late
    for ref in late:
        assert {t.role for t in by_item[ref.key] if t.ladder == "overdue"} >= {"owner", "lead"}, ref


def _zone(name: str) -> Any:
    return ZoneInfo(name)


def _long_overdue(sites: Worldwide, ref: IssueRef, news: dict[str, list[datetime]]) -> bool:
    """Late for so long, and left alone for so long, that owner and lead must have heard whatever came between."""
    due = date.fromisoformat(sites.desk(ref).view(ref).due)
    now = sites.stage.clock.now()
    alone = max(news.get(ref.key, [START]), default=START)
    return now.date() - due > timedelta(days=38) and now - alone > timedelta(days=38)


ON_BOTH = [
    pytest.param(Direction("github", "github"), id="on GitHub", marks=pytest.mark.soak),
    pytest.param(Direction("jira", "jira"), id="on Jira"),
]


@pytest.mark.parametrize("direction", ON_BOTH)
def test_twenty_promises_over_eight_weeks_are_chased_once_in_order_and_in_everybodys_hours(
    make: Callable[[Direction], Worldwide], direction: Direction
) -> None:
    sites = make(direction)
    news = live(sites, 20_261_105, WEEKS, ITEMS)
    check(sites, news, ITEMS)
    assert sites.stage.clock.now() == datetime(2026, 12, 31, 10, tzinfo=UTC)
