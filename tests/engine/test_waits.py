"""What a unit waits for without being to blame: how long, how often in a row, and what stays closed meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from worker.engine.clock import ManualClock
from worker.engine.ledger import one_at_a_time
from worker.engine.store import Store, to_us
from worker.trackers.errors import Ambiguous, Unavailable

START = datetime(2026, 11, 5, 10, tzinfo=UTC)
UNIT = "github:acme/pay#12"
FIRST, MOST = timedelta(seconds=30), timedelta(minutes=10)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(redis_client: Redis, clock: ManualClock) -> Store:
    store = Store(redis_client, clock, redis_time=lambda: to_us(clock.now()))
    store.begin_alone()
    return store


def wait_once(store: Store, clock: ManualClock) -> timedelta:
    """Claim the unit when it is due, find that something is away, and return how long it waits."""
    following = store.next_due()
    assert following is not None
    clock.set(max(clock.now(), following))
    (lease,) = store.claim()
    store.away(lease, first=FIRST, most=MOST)
    again = store.next_due()
    assert again is not None
    return again - clock.now()


def test_waits_double_up_to_a_limit_and_never_set_the_unit_aside(store: Store, clock: ManualClock) -> None:
    store.add(UNIT, START)
    waits = [wait_once(store, clock).total_seconds() for _ in range(8)]
    assert waits == [30, 60, 120, 240, 480, 600, 600, 600]
    assert store.waits(UNIT) == 8
    assert store.counts().stuck == 0


def test_after_one_success_the_waits_begin_anew(store: Store, clock: ManualClock) -> None:
    store.add(UNIT, START)
    wait_once(store, clock)
    wait_once(store, clock)
    clock.advance(MOST)
    (lease,) = store.claim()
    store.done(lease, clock.now())
    assert wait_once(store, clock) == FIRST


def test_what_is_shut_opens_by_itself_and_the_longer_time_stays(store: Store, clock: ManualClock) -> None:
    assert store.shut("github", START + timedelta(minutes=5))
    assert not store.shut("github", START + timedelta(minutes=1))
    assert store.shut_until("github", UNIT) == START + timedelta(minutes=5)
    assert store.shut_until(UNIT) is None
    clock.advance(timedelta(minutes=5))
    assert store.shut_until("github") is None


def test_the_first_lease_to_end_is_known(store: Store) -> None:
    assert store.next_expiry() is None
    store.add(UNIT, START)
    store.claim()
    assert store.next_expiry() == START + timedelta(seconds=store.lease_s)


def test_only_one_process_at_a_time_creates_the_ledger(store: Store) -> None:
    with one_at_a_time(store), pytest.raises(Unavailable), one_at_a_time(store):
        pass
    with one_at_a_time(store):
        pass


def test_after_a_doubtful_create_of_the_ledger_everybody_waits_a_minute(store: Store, clock: ManualClock) -> None:
    with pytest.raises(Ambiguous), one_at_a_time(store):
        raise Ambiguous("the answer was lost")
    with pytest.raises(Unavailable), one_at_a_time(store):
        pass
    clock.advance(timedelta(seconds=60))
    with one_at_a_time(store):
        pass


def test_a_process_that_died_while_it_created_the_ledger_is_waited_for_one_lease(
    store: Store, clock: ManualClock
) -> None:
    died = one_at_a_time(store)
    died.__enter__()
    with pytest.raises(Unavailable), one_at_a_time(store):
        pass
    clock.advance(timedelta(seconds=store.lease_s + 1))
    with one_at_a_time(store):
        pass
