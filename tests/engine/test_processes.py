"""Do real processes keep the promises: killed, stopped, wiped, and with Redis away?"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from redis import Redis

from tests.engine.roles import LEASE_S
from tests.engine.telling import Role, Told, gone, kill_and_restart, role
from worker.engine.clock import SystemClock
from worker.engine.redis import EmbeddedRedis
from worker.engine.store import Store

UNIT = "github:acme/pay#12"


@pytest.fixture
def store(redis_client: Redis) -> Store:
    store = Store(redis_client, SystemClock(), lease_s=LEASE_S)
    store.begin_alone()
    return store


def mark(store: Store, *keys: str) -> int:
    """Have the units looked at now; returns the machine's monotonic time in nanoseconds."""
    ns = time.monotonic_ns()
    store.add_many((key, datetime.now(UTC)) for key in keys)
    return ns


def overlaps(told: list[Told]) -> list[tuple[Told, Told]]:
    """Pairs of runs of one unit that both came to their write and were under way in the same moment."""
    ends = {(t.key, t.token): t for t in told if t.word == "end"}
    runs = defaultdict(list)
    for begin in told:
        if begin.word == "begin" and (begin.key, begin.token) in ends:
            runs[begin.key].append((begin.ns, ends[begin.key, begin.token].ns, begin))
    found = []
    for of_unit in runs.values():
        of_unit.sort(key=lambda run: run[0])
        found += [(a[2], b[2]) for a, b in pairwise(of_unit) if b[0] < a[1]]
    return found


def await_rest(store: Store, within_s: float = 40.0) -> None:
    """Wait until nothing waits and nothing runs."""
    ends = time.monotonic() + within_s
    while (counts := store.counts()).waiting or counts.running:
        assert time.monotonic() < ends, f"left behind: {counts}"
        time.sleep(0.02)


def kill_a_busy_worker(service: Role, killed: set[int]) -> None:
    """Kill the next worker that is heard to begin a unit."""
    pid = next(t.pid for t in iter(lambda: service.wait_for("begin"), None) if t.pid not in killed)
    killed.add(pid)
    os.kill(pid, signal.SIGKILL)


def kill_in_a_loop(
    store: Store, service: Role, *, kills: int, units: int, seed: int, disturb: Callable[[], object] | None = None
) -> None:
    """Mark units and kill workers in the middle of their work, until `kills` have died; then see that every mark was
    followed by a whole run of its unit. `disturb` harms Redis in between; the sweep after it marks everything."""
    rng, keys = random.Random(seed), [f"github:acme/pay#{n}" for n in range(units)]
    marked: dict[str, int] = {}
    killed: set[int] = set()
    for number in range(kills):
        for key in rng.sample(keys, units // 2):
            marked[key] = mark(store, key)
        kill_a_busy_worker(service, killed)
        if disturb and number == kills // 2:
            disturb()
            ns = mark(store, *keys)
            marked = dict.fromkeys(keys, ns)
    await_rest(store)
    assert store.counts().stuck == 0
    told = service.drain()
    last_end: dict[str, int] = {}
    for line in told:
        if line.word == "end":
            last_end[line.key] = max(line.ns, last_end.get(line.key, 0))
    assert not [key for key, ns in marked.items() if last_end.get(key, 0) < ns], "a mark without a run after it"
    assert not overlaps(told)


def test_workers_killed_in_a_loop_leave_nothing_behind(redis_server: EmbeddedRedis, store: Store) -> None:
    store.limit = 10_000
    with role("run", redis_server.url) as service:
        kill_in_a_loop(store, service, kills=5, units=20, seed=7)
        began = time.monotonic()
        pids = {line.pid for line in service.told if line.word == "started"}
        service.process.send_signal(signal.SIGTERM)
        assert service.end() == 0
        assert time.monotonic() - began < 10
        assert all(gone(pid) for pid in pids)


def test_children_end_with_a_parent_that_was_killed(redis_server: EmbeddedRedis, store: Store) -> None:
    with role("run", redis_server.url) as service:
        pids = {service.wait_for("started").pid for _ in range(2)}
        service.process.kill()
        assert all(gone(pid) for pid in pids)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGTERM, 0, id="SIGTERM ends with 0"),
        pytest.param(signal.SIGINT, 130, id="SIGINT ends with 130"),
    ],
)
def test_a_signal_ends_a_worker_with_its_leases_given_back(
    redis_server: EmbeddedRedis, store: Store, number: signal.Signals, code: int
) -> None:
    with role("clock", redis_server.url) as clock, role("worker", redis_server.url, "until-closing") as worker:
        mark(store, UNIT)
        worker.wait_for("begin", UNIT)
        clock.process.send_signal(signal.SIGTERM)
        assert clock.end() == 0
        began = time.monotonic()
        worker.process.send_signal(number)
        assert worker.end() == code
        assert time.monotonic() - began < 10
        assert worker.drain()[-1].word == "abandoned"
    assert store.running() == ()
    assert [key for key, _ in store.pending()] == [UNIT]
    assert store.redis.hlen("ft:tries") == 0, "a shutdown is no failed attempt"


def test_a_worker_that_hangs_ends_in_time_and_keeps_others_out_for_its_write(
    redis_server: EmbeddedRedis, redis_client: Redis
) -> None:
    store = Store(redis_client, SystemClock(), lease_s=LEASE_S)
    store.begin_alone()
    with role("clock", redis_server.url), role("worker", redis_server.url, "forever") as worker:
        mark(store, UNIT)
        worker.wait_for("begin", UNIT)
        began = time.monotonic()
        worker.process.send_signal(signal.SIGTERM)
        assert worker.end() == 0
        assert time.monotonic() - began < 4
    assert redis_client.hlen("ft:tries") == 0


@pytest.mark.parametrize(
    "what",
    [
        pytest.param("consumer-dies", id="a dead consumer ends the worker"),
        pytest.param("thread-dies", id="dead worker threads end the worker"),
    ],
)
def test_the_watchdog_ends_a_worker_that_no_longer_works(redis_server: EmbeddedRedis, store: Store, what: str) -> None:
    with role("worker", redis_server.url, what) as worker:
        assert worker.end(30) == 1


def test_the_watchdog_ends_a_worker_whose_thread_hangs(redis_server: EmbeddedRedis, store: Store) -> None:
    with role("clock", redis_server.url), role("worker", redis_server.url, "stuck") as worker:
        mark(store, "hang")
        assert worker.end(30) == 1


def test_a_side_job_that_fails_does_not_end_the_worker(redis_server: EmbeddedRedis, store: Store) -> None:
    with role("clock", redis_server.url), role("worker", redis_server.url, "side-job-fails") as worker:
        worker.wait_for("side-job")
        mark(store, UNIT)
        worker.wait_for("end", UNIT)


@pytest.fixture
def own_redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as server:
        yield server


def test_wake_ups_go_on_after_a_wipe_and_after_redis_was_killed(own_redis: EmbeddedRedis) -> None:
    client = own_redis.client()
    store = Store(client, SystemClock(), lease_s=LEASE_S)
    store.begin_alone()
    with role("clock", own_redis.url), role("worker", own_redis.url, "shortly") as worker:
        mark(store, UNIT)
        worker.wait_for("end", UNIT)
        for _ in range(2):
            client.flushall()
            mark(store, UNIT)
            wiped = time.monotonic_ns()
            assert worker.wait_for("end", UNIT).ns - wiped >= LEASE_S * 1e9, "the silence after a wipe"
        kill_and_restart(own_redis)
        mark(store, UNIT)
        worker.wait_for("end", UNIT)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.end() == 0
    client.close()


def test_a_worker_and_a_clock_end_in_time_while_redis_is_away(own_redis: EmbeddedRedis) -> None:
    store = Store(own_redis.client(), SystemClock(), lease_s=LEASE_S)
    store.begin_alone()
    with role("clock", own_redis.url) as clock, role("worker", own_redis.url, "until-closing") as worker:
        mark(store, UNIT)
        worker.wait_for("begin", UNIT)
        os.kill(own_redis.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            for each in (clock, worker):
                each.process.send_signal(signal.SIGTERM)
            assert clock.end() == 0
            assert worker.end() in (0, 1)
            assert time.monotonic() - began < 11
        finally:
            os.kill(own_redis.pid, signal.SIGCONT)


@pytest.mark.soak
def test_a_long_loop_of_kills_and_wipes_leaves_nothing_behind(own_redis: EmbeddedRedis) -> None:
    client = own_redis.client()
    store = Store(client, SystemClock(), lease_s=LEASE_S, limit=10_000)
    store.begin_alone()
    disturbances: list[Callable[[], object]] = [client.flushall, lambda: kill_and_restart(own_redis)]
    ends = time.monotonic() + float(os.environ.get("SOAK_S", "120"))
    with role("run", own_redis.url) as service:
        number = 0
        while time.monotonic() < ends:
            kill_in_a_loop(store, service, kills=4, units=20, seed=number, disturb=disturbances[number % 2])
            number += 1
        kill_in_a_loop(store, service, kills=1, units=20, seed=number)
        service.process.send_signal(signal.SIGTERM)
        assert service.end() == 0
    client.close()
