"""What the store promises, one promise a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from worker.engine.clock import ManualClock
from worker.engine.deadletters import DeadLetters
from worker.engine.store import LEDGER, Counts, Lease, Store, from_us, growing_wait, to_us

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
UNIT = "github:acme/pay#12"
OTHER = "github:acme/pay#13"


class Bench:
    """A store whose two times (the service's and that of Redis) are moved by hand, long after its epoch began."""

    def __init__(self, redis: Redis, *, limit: int = 5, lease_s: float = 120.0) -> None:
        self.redis = redis
        self.time = to_us(START)
        self.clock = ManualClock(START)
        self.store = Store(redis, self.clock, lease_s=lease_s, limit=limit, redis_time=lambda: self.time)
        self.letters = DeadLetters(redis, self.clock)
        self.store.begin_alone()

    def later(self, seconds: float) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds)

    def pass_s(self, seconds: float) -> None:
        """Both times go on."""
        self.time += round(seconds * 1_000_000)
        self.clock.advance(timedelta(seconds=seconds))

    def claim_one(self) -> Lease:
        (lease,) = self.store.claim()
        return lease


@pytest.fixture
def bench(redis_client: Redis) -> Bench:
    return Bench(redis_client)


def test_the_earlier_of_two_wanted_times_counts(bench: Bench) -> None:
    assert bench.store.add(UNIT, bench.later(60))
    assert bench.store.add(UNIT, bench.later(30))
    assert not bench.store.add(UNIT, bench.later(90))
    assert bench.store.pending() == ((UNIT, bench.later(30)),)


def test_a_unit_is_not_granted_before_its_time(bench: Bench) -> None:
    bench.store.add(UNIT, bench.later(30))
    assert bench.store.claim() == ()
    assert bench.store.next_due() == bench.later(30)
    bench.pass_s(30)
    assert bench.claim_one().key == UNIT


def test_ten_thousand_units_are_marked_at_once_and_granted_in_order(bench: Bench) -> None:
    wanted = [(f"github:acme/pay#{n:05}", bench.later(-n)) for n in range(10_000)]
    assert bench.store.add_many(wanted) == 10_000
    assert [x.key for x in bench.store.claim(3)] == [f"github:acme/pay#{n:05}" for n in (9999, 9998, 9997)]
    assert bench.store.counts() == Counts(waiting=9997, due=9997, running=3, stuck=0, lag_s=9996.0)


def test_a_change_during_the_work_is_seen_by_one_more_run(bench: Bench) -> None:
    bench.store.add(UNIT, START)
    lease = bench.claim_one()
    bench.store.add(UNIT, START)
    assert bench.store.claim() == (), "no second lease while the first runs"
    assert bench.store.outlook().ready == 0
    assert bench.store.done(lease)
    assert bench.claim_one().key == UNIT


def test_a_unit_in_work_does_not_hide_those_behind_it(bench: Bench) -> None:
    held = [f"jira:OPS-{n}" for n in range(250)]
    bench.store.add_many((key, bench.later(-9)) for key in held)
    assert len(bench.store.claim(250)) == 250
    bench.store.add_many((key, bench.later(-9)) for key in held)
    bench.store.add(UNIT, bench.later(-1))
    assert bench.store.next_due() == bench.later(-1)
    assert bench.store.outlook(10).ready == 1
    assert bench.claim_one().key == UNIT


def test_the_unit_of_a_dead_worker_comes_back_after_its_lease(bench: Bench) -> None:
    bench.store.add(UNIT, START)
    first = bench.claim_one()
    bench.pass_s(119)
    assert bench.store.claim() == ()
    bench.pass_s(1)
    second = bench.claim_one()
    assert (second.key, second.attempts) == (UNIT, 2)
    assert not bench.store.hold(first)
    assert not bench.store.done(first, bench.later(5))
    assert bench.store.pending() == (), "the stale end asked for nothing"
    assert bench.store.hold(second)


def test_holding_keeps_a_lease_beyond_its_length(bench: Bench) -> None:
    bench.store.add(UNIT, START)
    lease = bench.claim_one()
    for _ in range(5):
        bench.pass_s(100)
        assert bench.store.hold(lease)
        assert bench.store.claim() == ()


def test_a_service_clock_that_stands_still_does_not_stop_leases_from_running_out(bench: Bench) -> None:
    bench.store.add(UNIT, START)
    bench.claim_one()
    bench.time += 120_000_000
    assert bench.claim_one().attempts == 2


def test_a_token_from_before_a_wipe_never_passes_after_it(bench: Bench) -> None:
    for _ in range(3):
        bench.store.add(UNIT, START)
        stale = bench.claim_one()
        bench.redis.flushall()
        bench.store.begin_alone()
        bench.pass_s(1)
        bench.store.add(UNIT, START)
        fresh = bench.claim_one()
        assert fresh.token > stale.token
        assert not bench.store.hold(stale)
        assert not bench.store.failed(stale, "late", bench.later(1))
        assert bench.store.done(fresh)


def test_after_a_wipe_nothing_is_granted_for_one_lease(bench: Bench) -> None:
    bench.redis.flushall()
    assert bench.store.epoch() is None
    bench.store.add(UNIT, START)
    assert bench.store.outlook().ready == 1, "somebody must claim, so that the epoch begins"
    assert bench.store.claim() == ()
    epoch = bench.store.epoch()
    assert epoch is not None
    bench.pass_s(119)
    assert bench.store.claim() == ()
    assert bench.store.outlook().ready == 0
    bench.pass_s(1)
    assert bench.claim_one().key == UNIT
    assert bench.store.epoch() == epoch


def test_nobody_is_spoken_to_before_each_site_was_swept_and_the_ledger_read(bench: Bench) -> None:
    sites, epoch = ("github", "jira"), bench.store.epoch()
    assert bench.store.unswept(sites) == ("github", "jira", LEDGER)
    bench.store.mark_swept("github", epoch)
    bench.store.mark_ledger_read(epoch)
    assert bench.store.unswept(sites) == ("jira",)
    assert not bench.store.unswept(("github",))
    bench.store.mark_swept("jira", epoch)
    assert not bench.store.unswept(sites)


def test_a_wipe_takes_the_right_to_speak_and_a_sweep_from_before_it_does_not_give_it_back(bench: Bench) -> None:
    old = bench.store.epoch()
    bench.redis.flushall()
    assert not bench.store.mark_swept("github", old)
    bench.pass_s(1)
    bench.store.begin_alone()
    assert not bench.store.mark_swept("github", old)
    assert not bench.store.mark_ledger_read(None)
    assert bench.store.unswept(("github",)) == ("github", LEDGER)


def test_a_unit_that_kills_its_worker_is_set_aside_and_the_others_go_on(bench: Bench) -> None:
    bench.store.add(UNIT, START)
    for attempt in range(1, 6):
        assert bench.claim_one().attempts == attempt
        bench.pass_s(120)
    bench.store.add(OTHER, START)
    assert bench.claim_one().key == OTHER
    (letter,) = bench.letters.list()
    assert (letter.key, letter.attempts, letter.since) == (UNIT, 5, bench.clock.now())
    assert "no end was reported" in letter.reason
    assert not bench.store.add(UNIT, START), "it waits for a person, whoever marks it"


def test_a_unit_that_fails_too_often_is_set_aside_with_the_last_error(bench: Bench) -> None:
    bench.store.add(UNIT, START)
    for attempt in range(1, 6):
        assert bench.store.failed(bench.claim_one(), f"error {attempt}", bench.clock.now()) == (attempt == 5)
    assert bench.letters.show(UNIT) == bench.letters.list()[0]
    assert bench.letters.list()[0].reason == "error 5"
    assert bench.letters.show(OTHER) is None
    assert bench.store.counts().stuck == 1


def test_retry_gives_all_attempts_back_and_drop_waits_for_the_next_change(redis_client: Redis) -> None:
    bench = Bench(redis_client, limit=1)
    for key in (UNIT, OTHER):
        bench.store.add(key, START)
        assert bench.store.failed(bench.claim_one(), "boom", bench.clock.now())
    assert bench.letters.retry(UNIT)
    assert not bench.letters.retry(UNIT)
    assert bench.letters.drop(OTHER)
    assert bench.letters.list() == ()
    assert bench.claim_one() == Lease(key=UNIT, token=bench.time + 2, attempts=1)
    assert bench.store.claim() == ()
    assert bench.store.add(OTHER, START)


def test_success_forgets_earlier_failures(bench: Bench) -> None:
    bench.store.add(UNIT, START)
    bench.store.failed(bench.claim_one(), "boom", START)
    bench.store.done(bench.claim_one(), START)
    assert bench.claim_one().attempts == 1


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda b, x: b.store.postpone(x, START), id="a wait for a budget is no attempt"),
        pytest.param(lambda b, x: b.store.release_all([x]), id="a shutdown is no attempt"),
        pytest.param(lambda b, x: b.store.release_all(stay_s=1), id="a shutdown with a write in flight is no attempt"),
    ],
)
def test_only_attempts_that_could_end_are_counted(bench: Bench, end) -> None:  # type: ignore[no-untyped-def]
    bench.store.add(UNIT, START)
    for _ in range(12):
        lease = bench.claim_one()
        assert lease.attempts == 1
        end(bench, lease)
        bench.pass_s(2)
    assert bench.letters.list() == ()


def test_a_person_may_have_a_unit_taken_that_is_not_due_but_not_one_in_work(bench: Bench) -> None:
    bench.store.add(UNIT, bench.later(3600))
    lease = bench.store.claim_one(UNIT)
    assert lease is not None
    assert bench.store.pending() == ()
    assert bench.store.claim_one(UNIT) is None
    bench.pass_s(120)
    assert bench.store.claim_one(UNIT) == Lease(key=UNIT, token=bench.time, attempts=2)
    assert not bench.store.hold(lease)


def test_a_person_may_have_a_unit_taken_out_of_quarantine(redis_client: Redis) -> None:
    bench = Bench(redis_client, limit=1)
    bench.store.add(UNIT, START)
    assert bench.store.failed(bench.claim_one(), "boom", START)
    lease = bench.store.claim_one(UNIT)
    assert lease is not None
    assert lease.attempts == 1
    assert bench.store.done(lease, START)
    assert bench.letters.list() == ()
    assert bench.claim_one().key == UNIT


def test_after_a_wipe_the_silence_binds_a_person_too_and_can_be_told(bench: Bench) -> None:
    bench.redis.flushall()
    assert bench.store.silence_s() == 120
    assert bench.store.claim_one(UNIT) is None
    bench.pass_s(50)
    assert bench.store.silence_s() == 70
    bench.pass_s(70)
    assert bench.store.silence_s() == 0
    assert bench.store.claim_one(UNIT) is not None


def test_of_several_claimed_units_only_those_begun_are_counted(bench: Bench) -> None:
    bench.store.add_many([(UNIT, START), (OTHER, START)])
    first, _ = bench.store.claim(2)
    assert bench.store.hold(first)
    bench.pass_s(120)
    assert {x.key: x.attempts for x in bench.store.claim(2)} == {first.key: 2, OTHER: 1}


def test_a_claim_whose_answer_was_lost_is_granted_again_and_not_counted(bench: Bench) -> None:
    bench.store.add(UNIT, START)
    assert len(bench.store.claim(2)) == 1  # stands for the lost answer: granted, never begun
    bench.pass_s(120)
    assert bench.claim_one().attempts == 1


def test_a_closing_store_grants_nothing_and_lets_nobody_write(bench: Bench) -> None:
    bench.store.add_many([(UNIT, START), (OTHER, START)])
    lease = bench.claim_one()
    bench.store.close()
    assert bench.store.claim() == ()
    assert not bench.store.hold(lease)
    assert bench.store.held() == (lease,)
    assert bench.store.release_all() == 1
    assert bench.store.running() == ()
    assert {key for key, _ in bench.store.pending()} == {UNIT, OTHER}


def test_a_write_in_flight_keeps_others_out_for_its_time_only(bench: Bench) -> None:
    bench.store.add(UNIT, START)
    bench.claim_one()
    assert bench.store.release_all(stay_s=30) == 1
    bench.store.add(UNIT, START)
    bench.pass_s(29)
    assert bench.store.claim() == ()
    bench.pass_s(1)
    assert bench.claim_one().key == UNIT


def test_the_bell_rings_once_for_what_is_due_soon_and_not_for_what_is_due_later(bench: Bench) -> None:
    bench.store.add(UNIT, bench.later(3600))
    assert not bench.store.listen(0.01)
    bench.store.add(UNIT, bench.later(0))
    bench.store.add(OTHER, bench.later(0))
    assert bench.store.listen(0.01)
    assert not bench.store.listen(0.01)
    bench.claim_one()
    assert bench.store.listen(0.01), "a claim rings for what is left"


def test_pending_is_sorted_by_time_and_can_be_narrowed(bench: Bench) -> None:
    keys = ["person:b:2026-11-02", "person:a:2026-11-02", "digest:a:2026-W45", "person:ä:2026-11-02"]
    bench.store.add_many((key, START) for key in keys)
    assert [key for key, _ in bench.store.pending("person:")] == [
        "person:a:2026-11-02",
        "person:b:2026-11-02",
        "person:ä:2026-11-02",
    ]


def test_times_survive_the_way_to_redis_and_back_to_the_microsecond() -> None:
    moment = datetime(2031, 3, 30, 1, 59, 59, 999_999, tzinfo=UTC)
    assert from_us(to_us(moment)) == moment
    with pytest.raises(ValueError, match="time zone"):
        to_us(datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test


def test_the_wait_doubles_and_ends_growing() -> None:
    waits = [growing_wait(n) / timedelta(seconds=1) for n in (1, 2, 3, 8, 1000)]
    assert waits == [30, 60, 120, 3600, 3600]


def test_the_time_of_redis_serves_where_none_is_put_in_its_place(redis_client: Redis) -> None:
    clock = ManualClock(START)
    store = Store(redis_client, clock, lease_s=60, grace_s=0)
    store.add(UNIT, START)
    (lease,) = store.claim()
    assert store.hold(lease)
    assert store.done(lease)
    assert int(store.epoch() or 0) > to_us(datetime(2024, 1, 1, tzinfo=UTC))
