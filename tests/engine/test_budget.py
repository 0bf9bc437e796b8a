"""Do budgets hold, over all processes, and after a wipe?"""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass, field
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from tests.engine.roles import spend_for
from worker.engine.budget import Budgets, Window
from worker.engine.redis import EmbeddedRedis

SECOND = 1_000_000
MINUTE, HOUR = Window(limit=80, span_s=60), Window(limit=500, span_s=3600)
WRITES = (MINUTE, HOUR)


@dataclass
class Server:
    """The time of Redis, moved by hand, and processes that ask it."""

    redis: Redis
    us: int = 1_800_000_000 * SECOND

    def process(self, **options: object) -> Budgets:
        return Budgets(self.redis, redis_time=lambda: self.us, **options)  # type: ignore[arg-type]

    def pass_s(self, seconds: float) -> None:
        self.us += round(seconds * SECOND)


@pytest.fixture
def server(redis_client: Redis) -> Server:
    return Server(redis_client)


def spend_all(budgets: Budgets, windows: tuple[Window, ...] = WRITES, most: int = 1000) -> int:
    """How many single writes are granted before the first wait."""
    return next(n for n in range(most + 1) if budgets.spend("token", windows) > 0)


def test_exactly_the_limit_of_each_window_is_granted(server: Server) -> None:
    budgets = server.process(cautious=None)
    granted = []
    for _ in range(8):
        granted.append(spend_all(budgets))
        server.pass_s(60)
    assert granted == [80, 80, 80, 80, 80, 80, 20, 0]


def test_the_wait_is_exact(server: Server) -> None:
    budgets = server.process(cautious=None)
    window = (Window(limit=3, span_s=60),)
    for _ in range(3):
        assert budgets.spend("token", window) == 0
        server.pass_s(7)
    wait_s = budgets.spend("token", window)
    assert wait_s == 60 - 21
    assert budgets.spend("token", window, cost=2) == 60 - 14
    server.pass_s(wait_s - 0.000001)
    assert budgets.spend("token", window) == pytest.approx(0.000001)
    server.pass_s(0.000001)
    assert budgets.spend("token", window) == 0


def test_credentials_and_purposes_do_not_share_a_budget(server: Server) -> None:
    budgets, window = server.process(cautious=None), (Window(limit=1, span_s=60),)
    assert budgets.spend("a", window) == 0
    assert budgets.spend("a", window) > 0
    assert budgets.spend("b", window) == 0
    assert budgets.spend("a", window, purpose="reads") == 0


def test_a_penalty_stops_every_process_and_every_purpose_of_the_credential(server: Server) -> None:
    one, other = server.process(cautious=None), server.process(cautious=None)
    assert one.penalize("token", 90) == 90
    assert other.spend("token", WRITES) == 90
    assert other.spend("token", WRITES, purpose="reads") == 90
    assert other.penalize("token", 10) == 90, "a shorter penalty does not shorten a longer one"
    assert other.spend("somebody else", WRITES) == 0
    server.pass_s(90)
    assert one.penalty("token") == 0
    assert one.spend("token", WRITES) == 0


def test_a_cost_that_can_never_be_granted_is_refused(server: Server) -> None:
    for cost in (0, 81):
        with pytest.raises(ValueError, match="can't be spent"):
            server.process().spend("token", WRITES, cost=cost)
    with pytest.raises(ValueError, match="limit of 1"):
        Window(limit=0, span_s=60)


def test_with_no_memory_eight_writes_a_minute_are_granted_in_the_first_hour(server: Server) -> None:
    budgets = server.process()
    granted = []
    for _ in range(60):
        granted.append(spend_all(budgets))
        server.pass_s(60)
    assert granted == [8] * 60
    assert spend_all(budgets) == 500 - 59 * 8, "and after it the usual windows hold"


def test_after_a_wipe_each_process_puts_back_what_it_remembers(server: Server) -> None:
    processes = [server.process() for _ in range(3)]
    for budgets in processes:
        budgets.remember()
        budgets.spend("token", WRITES)
    server.pass_s(3600)
    for budgets, writes in zip(processes, (40, 20, 10), strict=True):
        for _ in range(writes):
            assert budgets.spend("token", WRITES) == 0
    server.pass_s(30)
    server.redis.flushall()
    for budgets in processes:
        budgets.remember()
    assert spend_all(processes[0]) == 10
    server.pass_s(30)
    assert spend_all(processes[1]) == 70, "the first seventy have left the minute"
    server.pass_s(60)
    for _ in range(4):
        spend_all(processes[2])
        server.pass_s(60)
    assert spend_all(processes[2]) == 500 - 70 - 10 - 70 - 4 * 80, "but not the hour"


def test_after_a_wipe_a_new_process_is_cautious_beside_those_that_remember(server: Server) -> None:
    old = server.process()
    old.spend("token", WRITES)
    server.pass_s(3600)
    old.spend("token", WRITES)
    server.redis.flushall()
    server.pass_s(120)
    new = server.process()
    assert spend_all(new) == 8
    assert spend_all(old) == 72


def test_a_process_that_was_cautious_itself_has_no_memory_to_rely_on(server: Server) -> None:
    budgets = server.process()
    assert spend_all(budgets) == 8
    server.pass_s(600)
    server.redis.flushall()
    assert spend_all(budgets) == 8


def test_a_penalty_survives_a_wipe_in_the_memory_of_who_heard_it(server: Server) -> None:
    budgets = server.process(cautious=None)
    budgets.spend("token", WRITES)
    budgets.penalize("token", 300)
    server.redis.flushall()
    server.pass_s(100)
    budgets.remember()
    assert server.process(cautious=None).spend("token", WRITES) == 200


def test_what_was_put_back_leaves_redis_again_after_its_window(redis_client: Redis) -> None:
    budgets, window = Budgets(redis_client, cautious=None), (Window(limit=5, span_s=30),)
    budgets.spend("token", window)
    redis_client.flushall()
    budgets.remember()
    assert redis_client.zcard("ft:spent:token:writes") == 1
    assert 0 < redis_client.pttl("ft:spent:token:writes") <= 30_000


@dataclass
class Plain:
    """The same budget as a list of times."""

    windows: tuple[Window, ...]
    log: list[int] = field(default_factory=list)
    penalty_us: int = 0

    def wait_us(self, now: int, cost: int) -> int:
        wait = max(0, self.penalty_us - now)
        for window in self.windows:
            inside = sorted(t for t in self.log if t > now - window.span_us)
            over = len(inside) + cost - window.limit
            if over > 0:
                wait = max(wait, inside[over - 1] + window.span_us - now)
        return wait


STEP = st.one_of(
    st.tuples(st.just("spend"), st.integers(1, 3)),
    st.tuples(st.just("pass"), st.integers(1, 4_000_000)),
    st.tuples(st.just("penalize"), st.integers(1, 5)),
    st.tuples(st.just("wipe"), st.just(0)),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=60), other=st.integers(0, 2**60 - 1))
def test_any_course_of_events_goes_as_in_the_plain_model(
    redis_client: Redis, steps: list[tuple[str, int]], other: int
) -> None:
    redis_client.flushall()
    server = Server(redis_client)
    windows = (Window(limit=4, span_s=2), Window(limit=9, span_s=10))
    plain, processes = Plain(windows), [server.process(cautious=None) for _ in range(2)]
    for number, (what, amount) in enumerate(steps):
        budgets = processes[other >> number & 1]
        if what == "spend":
            wait_us = plain.wait_us(server.us, amount)
            assert round(budgets.spend("token", windows, cost=amount) * SECOND) == wait_us
            if wait_us == 0:
                plain.log += [server.us] * amount
        elif what == "pass":
            server.us += amount
        elif what == "penalize":
            budgets.penalize("token", amount)
            plain.penalty_us = max(plain.penalty_us, server.us + amount * SECOND)
        else:
            # between them the processes remember all that was ever spent
            redis_client.flushall()
            server.us += 1
            for each in processes:
                each.spend("token", (Window(limit=10**6, span_s=10),), purpose="else")
                each.remember()


def test_six_processes_together_reach_the_peak_and_never_pass_it(
    redis_server: EmbeddedRedis, redis_client: Redis
) -> None:
    window = Window(limit=80, span_s=0.5)
    # the second window never binds: it has the log keep the exact time of everything
    windows = (window, Window(limit=10**6, span_s=600))
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(6), context.SimpleQueue()
    args = (redis_server.url, start, 2.0, windows, told.put)
    processes = [context.Process(target=spend_for, args=args) for _ in range(6)]
    for process in processes:
        process.start()
    granted = [told.get() for _ in processes]
    for process in processes:
        process.join()
    left = cast(list[tuple[bytes, float]], redis_client.zrange("ft:spent:token:writes", 0, -1, withscores=True))
    times = [int(score) for _, score in left]
    assert len(times) == sum(granted)
    assert sum(mine > 0 for mine in granted) >= 2, "they really competed"
    assert max(sum(first <= t < first + window.span_us for t in times) for first in times) == 80
