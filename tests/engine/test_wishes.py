"""What people said about themselves reaches everything that is told to them, also after Redis was wiped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from redis import Redis

from tests.engine.bench import Bench
from worker.domain.plan.effects import KeepWish
from worker.engine.ledger import LedgerBook

TOKYO = range(8)
"""The hours (UTC) of a working day from 9 to 17 in Tokyo."""


def wish(name: str, value: str, at: datetime) -> KeepWish:
    return KeepWish(unit="github:acme/incidents#1", person="bob", wish=name, value=value, at=at, why="a comment")


@pytest.mark.parametrize("wiped", [False, True], ids=["in one go", "after a wipe"])
def test_a_nudge_comes_in_the_hours_that_its_reader_named(redis_client: Redis, wiped: bool) -> None:
    bench = Bench(redis_client)
    bench.enrol(1)
    bench.settle()
    bench.engine.people.book.keep_wish(wish("zone", "Asia/Tokyo", bench.clock.now()))
    if wiped:
        bench.wipe()
        bench.mark("github:acme/incidents#1")
    bench.until(datetime(2026, 12, 4, 18, tzinfo=UTC))
    told = [m.date for m in bench.box.got if m.to == "bob" and m.kind == "nudge"]
    assert told
    assert {moment.hour for moment in told} <= set(TOKYO)


def test_nobody_is_told_on_leave_that_they_named(redis_client: Redis) -> None:
    bench = Bench(redis_client)
    bench.enrol(1)
    bench.settle()
    bench.engine.people.book.keep_wish(wish("leave", "2026-11-20/2026-12-11", bench.clock.now()))
    bench.until(datetime(2026, 12, 18, 18, tzinfo=UTC))
    told = [m.date.date() for m in bench.box.got if m.to == "bob"]
    assert [day for day in told if date(2026, 11, 20) <= day <= date(2026, 12, 11)] == []
    assert [day for day in told if day > date(2026, 12, 11)]


def test_a_wish_is_written_once_however_often_it_is_kept(redis_client: Redis) -> None:
    bench = Bench(redis_client)
    book = bench.engine.people.book
    said = wish("zone", "Asia/Tokyo", bench.clock.now())
    book.keep_wish(said)
    before = len(bench.tracker.writes)
    book.keep_wish(said)
    assert len(bench.tracker.writes) == before
    assert book.load().ledger.of("bob").wishes["zone"].value == "Asia/Tokyo"


def test_all_processes_see_a_wish_once_one_of_them_has_read_the_ledger(redis_client: Redis) -> None:
    bench = Bench(redis_client)
    keys = bench.post_mortems.observer.keys
    books = [LedgerBook(bench.trackers, "github:acme/incidents", keys, told=bench.cache) for _ in range(2)]
    books[0].keep_wish(wish("zone", "Asia/Tokyo", bench.clock.now()))
    assert books[1].wishes().of("bob").wishes["zone"].value == "Asia/Tokyo"
    bench.redis.flushall()
    assert books[1].wishes().people == {}
    books[0].load()
    assert books[1].wishes().of("bob").wishes["zone"].value == "Asia/Tokyo"


def test_what_another_version_kept_of_wishes_is_none(redis_client: Redis) -> None:
    bench = Bench(redis_client)
    bench.cache.set_wishes(b'["not", "a", "table"]')
    book = LedgerBook(bench.trackers, "github:acme/incidents", bench.post_mortems.observer.keys, told=bench.cache)
    assert book.wishes().people == {}


def test_all_leave_of_one_comment_is_kept(redis_client: Redis) -> None:
    bench = Bench(redis_client)
    book, at = bench.engine.people.book, bench.clock.now()
    for leave in ("2026-12-01/2026-12-02", "2026-12-21/2026-12-24", "2026-12-01/2026-12-02"):
        book.keep_wish(wish("leave", leave, at))
    assert book.load().ledger.of("bob").wishes["leave"].value == "2026-12-01/2026-12-02,2026-12-21/2026-12-24"


def test_leave_that_another_worker_keeps_at_the_same_time_is_not_lost(redis_client: Redis) -> None:
    bench = Bench(redis_client)
    keys, at = bench.post_mortems.observer.keys, bench.clock.now()
    other = LedgerBook(bench.trackers, "github:acme/incidents", keys)

    @contextmanager
    def writing(name: str) -> Iterator[None]:
        """The other worker is just ahead."""
        other.keep_wish(wish("leave", "2026-12-01/2026-12-02", at))
        yield

    book = LedgerBook(bench.trackers, "github:acme/incidents", keys, writing=writing)
    book.keep_wish(wish("leave", "2026-12-21/2026-12-24", at + timedelta(seconds=1)))
    assert book.load().ledger.of("bob").wishes["leave"].value == "2026-12-01/2026-12-02,2026-12-21/2026-12-24"
