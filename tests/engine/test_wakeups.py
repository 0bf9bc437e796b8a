"""Does the clock wake the workers when it should, and no more of them than there are hands?"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from dramatiq.brokers.redis import RedisBroker
from dramatiq.worker import Worker
from redis import Redis

from worker.actors import declare
from worker.engine.broker import make_broker, send_wake_up, waiting
from worker.engine.clock import ManualClock
from worker.engine.redis import EmbeddedRedis
from worker.engine.store import Store
from worker.engine.wakeups import Wakeups

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
UNIT = "github:acme/pay#12"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(redis_client: Redis, clock: ManualClock) -> Store:
    store = Store(redis_client, clock)
    store.begin_alone()
    clock.subscribe(store.ring)
    return store


@pytest.fixture
def broker(redis_client: Redis) -> RedisBroker:
    return make_broker(redis_client)


def test_with_nothing_to_do_it_sends_nothing_and_sleeps_its_longest(store: Store, broker: RedisBroker) -> None:
    assert Wakeups(store, broker, longest_s=0.7).turn() == 0.7
    assert waiting(broker) == 0


def test_it_sleeps_until_the_next_unit_is_due(store: Store, broker: RedisBroker, clock: ManualClock) -> None:
    wakeups = Wakeups(store, broker)
    store.add(UNIT, START + timedelta(seconds=90.25))
    assert wakeups.turn() == 1.0
    clock.advance(timedelta(seconds=90))
    assert wakeups.turn() == 0.25
    assert waiting(broker) == 0
    clock.advance(timedelta(seconds=0.25))
    wakeups.turn()
    assert waiting(broker) == 1


def test_no_more_wake_ups_wait_than_twice_the_hands_however_many_clocks_look(store: Store, broker: RedisBroker) -> None:
    store.add_many((f"github:acme/pay#{n}", START) for n in range(500))
    clocks = [Wakeups(store, broker, hands=3) for _ in range(4)]
    looking = [threading.Thread(target=lambda c=c: [c.turn() for _ in range(30)]) for c in clocks]
    for thread in looking:
        thread.start()
    for thread in looking:
        thread.join()
    assert waiting(broker) == 6


def test_a_unit_in_work_and_the_silence_after_a_wipe_wake_nobody(
    store: Store, broker: RedisBroker, clock: ManualClock
) -> None:
    wakeups = Wakeups(store, broker)
    store.add(UNIT, START)
    store.claim()
    store.add(UNIT, START)
    assert wakeups.turn() == 1.0
    assert waiting(broker) == 0
    store.redis.flushall()
    store.add(UNIT, START)
    store.claim()
    assert wakeups.turn() == 1.0
    assert waiting(broker) == 0


def test_a_wake_up_reaches_the_actor_soon_after_a_clock_moved_by_hand(
    store: Store, broker: RedisBroker, clock: ManualClock
) -> None:
    seen: list[tuple[str, datetime]] = []
    done = threading.Event()

    def work() -> None:
        for lease in store.claim():
            seen.append((lease.key, clock.now()))
            store.done(lease)
            done.set()

    declare(broker, work)
    broker.emit_after("process_boot")
    worker = Worker(broker, worker_timeout=20, worker_threads=2)
    worker.start()
    wakeups = Wakeups(store, broker, hands=2, longest_s=5.0)
    loop = threading.Thread(target=wakeups.run)
    loop.start()
    try:
        store.add(UNIT, START + timedelta(days=42))
        assert not done.wait(0.2)
        clock.advance(timedelta(days=42))
        assert done.wait(4.0), "the bell wakes the clock before its sleep is over"
        assert seen == [(UNIT, START + timedelta(days=42))]
    finally:
        began = time.monotonic()
        wakeups.stop()
        loop.join(5.0)
        took_s = time.monotonic() - began
        worker.stop()
    assert not loop.is_alive()
    assert took_s < 2.0


def test_an_actor_that_raises_is_not_tried_again_by_dramatiq(store: Store, broker: RedisBroker) -> None:
    calls = []
    twice = threading.Event()

    def work() -> None:
        calls.append(1)
        if len(calls) == 2:
            twice.set()
        raise RuntimeError("the engine's own retries are entries of the store")

    declare(broker, work)
    worker = Worker(broker, worker_timeout=20, worker_threads=1)
    worker.start()
    try:
        send_wake_up(broker)
        assert not twice.wait(0.3)
        send_wake_up(broker)
        assert twice.wait(5.0)
        broker.join("wake", timeout=5000)
    finally:
        worker.stop()
    assert len(calls) == 2
    assert store.redis.keys("ft:dramatiq:*.XQ*") == []


def test_a_clock_lives_through_an_outage_of_redis() -> None:
    with EmbeddedRedis() as server:
        client = server.client()
        store, broker = Store(client, ManualClock(START)), make_broker(client)
        wakeups = Wakeups(store, broker, longest_s=0.05)
        loop = threading.Thread(target=wakeups.run)
        server.stop()
        loop.start()
        wakeups.stop()
        loop.join(5.0)
        assert not loop.is_alive()
        client.close()
