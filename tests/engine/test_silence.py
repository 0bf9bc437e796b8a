"""Messages that are held back: by an operator's pause, and by too many people being told at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from redis import Redis

from tests.engine.bench import Bench
from worker.domain.ledger import EVERYBODY, PAUSED
from worker.engine.units import STORM

LATE = date(2026, 12, 1)
"""When the first promise of the body falls due."""


def told(bench: Bench) -> list[str]:
    return [m.to for m in bench.box.got if m.kind in {"nudge", "escalation"}]


def days_after(bench: Bench, day: date) -> timedelta:
    return timedelta(days=(day - bench.clock.now().date()).days)


@pytest.mark.parametrize("team", [pytest.param(EVERYBODY, id="everybody"), pytest.param("pay", id="the team")])
@pytest.mark.parametrize("wiped", [pytest.param(False, id="one Redis"), pytest.param(True, id="wiped in between")])
def test_nobody_is_told_anything_during_a_pause_and_all_of_it_afterwards(
    redis_client: Redis, team: str, wiped: bool
) -> None:
    bench = Bench(redis_client)
    bench.enrol(1)
    bench.settle()
    bench.engine.people.book.write_pause(team, date(2026, 12, 8))
    bench.until(bench.clock.now() + days_after(bench, date(2026, 12, 5)))
    if wiped:
        bench.wipe()
    bench.until(bench.clock.now() + days_after(bench, date(2026, 12, 8)))
    assert [m for m in bench.box.got if m.date.date() > date(2026, 11, 5)] == []
    bench.until(bench.clock.now() + timedelta(days=3))
    assert set(told(bench)) == {"alice", "bob"}


def test_a_pause_of_another_team_silences_nobody(redis_client: Redis) -> None:
    bench = Bench(redis_client)
    bench.enrol(1)
    bench.settle()
    bench.engine.people.book.write_pause("search", date(2026, 12, 8))
    bench.until(bench.clock.now() + days_after(bench, date(2026, 12, 4)))
    assert "bob" in told(bench)


def test_a_pause_that_was_ended_is_over_at_once(redis_client: Redis) -> None:
    bench = Bench(redis_client)
    bench.enrol(1)
    bench.settle()
    bench.engine.people.book.write_pause(EVERYBODY, date(2027, 3, 1))
    bench.engine.people.book.write_pause("pay", date(2027, 3, 1))
    bench.engine.people.book.write_pause(EVERYBODY, None)
    assert bench.engine.people.book.load().ledger.paused == {"pay": date(2027, 3, 1)}
    bench.engine.people.book.write_pause("pay", None)
    bench.until(bench.clock.now() + days_after(bench, date(2026, 12, 4)))
    assert "bob" in told(bench)


def test_where_too_many_would_be_told_nobody_is_until_the_operator_has_looked(redis_client: Redis) -> None:
    bench = Bench(redis_client, tell_at_most_an_hour=1)
    bench.enrol(1, BODY_FOR_TWO)
    bench.until(bench.clock.now() + days_after(bench, date(2026, 12, 4)))
    assert told(bench) == []
    assert [letter.key for letter in bench.stuck.list()] == [STORM]
    bench.stuck.retry(STORM)
    bench.until(bench.later(hours=6))
    assert sorted(told(bench)) == ["alice", "bob"]
    assert bench.stuck.list() == ()


def test_once_the_operator_has_looked_nobody_waits_for_the_next_hour(redis_client: Redis) -> None:
    bench = Bench(redis_client, tell_at_most_an_hour=1)
    bench.enrol(1, BODY_FOR_TWO)
    bench.until(bench.clock.now() + days_after(bench, date(2026, 12, 3)))
    bench.stuck.retry(STORM)
    bench.settle()
    assert sorted(told(bench)) == ["alice", "bob"]


def test_a_storm_holds_no_invitation_back(redis_client: Redis) -> None:
    bench = Bench(redis_client, tell_at_most_an_hour=1)
    bench.enrol(1, BODY_FOR_TWO)
    bench.until(bench.clock.now() + days_after(bench, date(2026, 12, 3)))
    assert told(bench) == []
    before = {m.to for m in bench.box.got if m.kind == "invite"}
    bench.tracker.change(bench.enrol(2, BODY_FOR_TWO), title="Search was slow")
    bench.until(bench.later(days=1))
    assert told(bench) == []
    assert len([m for m in bench.box.got if m.kind == "invite"]) > len(before)


def test_a_pause_that_somebody_spoilt_is_one_for_everybody_until_it_is_written_anew(redis_client: Redis) -> None:
    bench = Bench(redis_client)
    bench.enrol(1)
    bench.settle()
    book = bench.engine.people.book
    book.write_pause("search", date(2026, 12, 8))
    ((ledger, records),) = [
        (r, found) for r, found in bench.tracker.kept.items() if any(x.name == PAUSED for x in found)
    ]
    bench.tracker.kept[ledger] = [replace(x, text=f"{x.text}x") if x.name == PAUSED else x for x in records]
    assert book.load().pause_lost
    bench.until(bench.clock.now() + days_after(bench, date(2026, 12, 4)))
    assert told(bench) == []
    book.write_pause("search", None)
    bench.until(bench.later(days=2))
    assert "bob" in told(bench)


def test_a_wipe_lets_no_storm_pass(redis_client: Redis) -> None:
    bench = Bench(redis_client, tell_at_most_an_hour=1)
    bench.enrol(1, BODY_FOR_TWO)
    bench.until(bench.clock.now() + days_after(bench, date(2026, 12, 3)))
    bench.wipe()
    bench.until(bench.later(days=3))
    assert told(bench) == []
    assert [letter.key for letter in bench.stuck.list()] == [STORM]


def test_as_many_as_policy_allows_are_told_without_a_word(redis_client: Redis) -> None:
    bench = Bench(redis_client, tell_at_most_an_hour=2)
    bench.enrol(1, BODY_FOR_TWO)
    bench.until(bench.clock.now() + days_after(bench, date(2026, 12, 3)))
    assert sorted(told(bench)) == ["alice", "bob"]
    assert bench.stuck.list() == ()


BODY_FOR_TWO = f"""## Summary
Checkout answered 500 for 47 minutes.

## Action items
| What | Owner | Due |
| --- | --- | --- |
| Add an alert when the payment queue is deeper than 100 for 5 minutes | @bob | {LATE} |
| Write a runbook for draining the payment queue | @alice | {LATE} |
"""
