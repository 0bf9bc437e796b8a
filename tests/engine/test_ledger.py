"""What was told to whom survives two workers at once, a lost ledger, a changed account and a repository made public."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from redis import Redis

from tests.domain.people import entry
from tests.engine.bench import Bench
from tests.fakes import FakeTracker
from worker.channels.port import Undeliverable
from worker.domain.ledger import Entry, PersonRecord
from worker.domain.messages import Batch, Message
from worker.domain.model import Issue, IssueRef, Mode
from worker.domain.plan.effects import Plan, Send
from worker.engine.cache import Cache
from worker.engine.clock import ManualClock
from worker.engine.ledger import TITLE, LedgerBook, Pages, one_writer
from worker.engine.redis import EmbeddedRedis
from worker.engine.store import Store, to_us
from worker.engine.trackers import Trackers
from worker.trackers.errors import Refused, Unavailable

KEYS = (b"k" * 32,)
PLACE = "github:acme/incidents"
NOW = datetime(2026, 12, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis() as running:
        yield running


@pytest.fixture
def redis(server: EmbeddedRedis) -> Redis:
    client = server.client()
    client.flushall()
    return client


class Shelf:
    """A tracker with a ledger on it, seen by any number of workers."""

    def __init__(self, **over: object) -> None:
        self.tracker = FakeTracker(clock=ManualClock(NOW), **over)  # type: ignore[arg-type]  # any field
        sites = {"github": self.tracker}
        self.trackers = Trackers(reads=sites, writes=sites, modes={"github": Mode.LIVE})

    def book(self, keys: tuple[bytes, ...] = KEYS) -> LedgerBook:
        return LedgerBook(self.trackers, PLACE, keys)

    @property
    def issues(self) -> list[IssueRef]:
        return [ref for ref, issue in self.tracker.all_issues.items() if issue.title == TITLE]


def record(*entries: Entry) -> PersonRecord:
    return PersonRecord(person="lena", entries=entries)


BATCH, DIGEST = entry("batch/lena/2026-12-02", NOW), entry("digest:lena:2026-W49", NOW)


def test_two_workers_that_write_from_the_same_page_forget_nothing() -> None:
    shelf = Shelf()
    one, other = shelf.book(), shelf.book()
    one.write_person(record(BATCH))
    other.write_person(record(DIGEST))
    assert shelf.book().load().ledger.of("lena").entries == (BATCH, DIGEST)
    assert len(shelf.issues) == 1


@pytest.mark.parametrize(
    ("kept", "written", "stands"),
    [
        pytest.param({"sent": True}, {"sent": False}, {"sent": True}, id="sent is not undone by an intent"),
        pytest.param({"sent": False}, {"sent": True}, {"sent": True}, id="an intent becomes sent"),
        pytest.param({"sent": False, "bounced": "no"}, {"sent": False}, {"sent": False, "bounced": "no"}, id="bounced"),
        pytest.param({"sent": False, "bounced": "no"}, {"sent": True}, {"sent": True}, id="sent wins over bounced"),
    ],
)
def test_the_end_of_a_message_wins_over_its_intent(
    kept: dict[str, object], written: dict[str, object], stands: dict[str, object]
) -> None:
    shelf = Shelf()
    plain = replace(BATCH, sent=False)
    shelf.book().write_person(record(replace(plain, **kept)))  # type: ignore[arg-type]  # any field
    shelf.book().write_person(record(replace(plain, **written)))  # type: ignore[arg-type]  # any field
    assert shelf.book().load().ledger.of("lena").entries == (replace(plain, **stands),)  # type: ignore[arg-type]


def test_a_record_has_one_writer_at_a_time_and_each_person_their_own(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(redis, ManualClock(NOW))
    monkeypatch.setattr("worker.engine.ledger.WAIT_FOR_RECORD_S", 0.05)
    with one_writer(store, "person/lena"):
        with one_writer(store, "person/alice"):
            pass
        with pytest.raises(Unavailable), one_writer(store, "person/lena"):
            pass
    with one_writer(store, "person/lena"):
        pass


def test_a_writer_that_died_holds_others_up_for_one_lease(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock(NOW)
    store = Store(redis, clock, redis_time=lambda: to_us(clock.now()))
    monkeypatch.setattr("worker.engine.ledger.WAIT_FOR_RECORD_S", 0.0)
    assert store.begin_writing("person/lena", "dead")
    with pytest.raises(Unavailable), one_writer(store, "person/lena"):
        pass
    clock.advance(timedelta(seconds=store.lease_s))
    with one_writer(store, "person/lena"):
        store.end_writing("person/lena", "dead")
        assert not store.begin_writing("person/lena", "third")


@pytest.mark.parametrize("public", [pytest.param(True, id="public"), pytest.param(None, id="nobody can tell")])
def test_nothing_of_the_ledger_is_written_where_strangers_might_read_it(public: bool | None) -> None:
    shelf = Shelf(public={"acme/incidents": public})
    with pytest.raises(Refused, match="private repository"):
        shelf.book().write_person(record(BATCH))
    shelf.book().write_enrolled(["github:acme/incidents#1"], shelf.book().load())
    assert (shelf.issues, shelf.tracker.writes) == ([], [])


def test_the_ledger_of_a_former_account_is_still_ours_without_its_label() -> None:
    shelf = Shelf()
    shelf.book().write_person(record(BATCH))
    (ref,) = shelf.issues
    shelf.tracker.change(ref, author="old-bot", labels=frozenset())
    assert shelf.book().load().ledger.people == {}
    shelf.tracker.former = ("old-bot",)
    assert shelf.book().load().ledger.of("lena").entries == (BATCH,)


def test_that_there_is_no_ledger_is_asked_once_and_again_before_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, asked = Shelf(), list[str]()
    looked_at = FakeTracker.labelled

    def look(self: FakeTracker, container: str, label: str) -> tuple[Issue, ...]:
        asked.append(label)
        return looked_at(self, container, label)

    monkeypatch.setattr(FakeTracker, "labelled", look)
    book = shelf.book()
    for _ in range(3):
        book.load()
    assert len(asked) == 1
    shelf.book().write_person(record(BATCH))
    book.write_person(record(DIGEST))
    assert len(shelf.issues) == 1


def test_a_record_without_our_seal_names_its_person_and_gives_way_to_one_that_has_it() -> None:
    shelf = Shelf()
    shelf.book().write_person(record(BATCH))
    pages = shelf.book((b"other" * 8,)).load()
    assert (pages.unreadable, pages.began_on) == (frozenset({"lena"}), None)
    assert shelf.book().load().began_on == NOW.date()


def lose(bench: Bench) -> None:
    ref = next(r for r, i in bench.tracker.all_issues.items() if i.title == TITLE)
    del bench.tracker.all_issues[ref]
    bench.tracker.kept.pop(ref)


def test_after_a_lost_ledger_people_are_left_in_peace_and_nothing_is_repeated(redis: Redis) -> None:
    bench = Bench(redis)
    bench.enrol(1)
    bench.until(datetime(2026, 12, 2, 12, tzinfo=UTC))
    before = len(bench.box.got)
    assert any(m.kind == "nudge" for m in bench.box.got)
    lose(bench)
    redis.delete(*redis.keys("ft:accepted:*"))
    bench.until(datetime(2026, 12, 8, 18, tzinfo=UTC))
    assert [m.occurrence for m in bench.box.got[before:]] == []
    bench.until(datetime(2026, 12, 18, 18, tzinfo=UTC))
    after = [(m.kind, m.to, m.date.day) for m in bench.box.got[before:] if m.kind != "digest"]
    # Bob was told on the 2nd and is not told again; what fell due in the days of peace comes for the first time.
    assert after == [("nudge", "alice", 9), ("escalation", "lena", 9), ("escalation", "lena", 16)]
    assert [len(m.steps) for m in bench.box.got[before:] if m.kind == "escalation"] == [2, 2]


def test_a_person_whose_record_was_edited_is_left_in_peace_from_the_first_look_on(redis: Redis) -> None:
    bench = Bench(redis)
    bench.enrol(1)
    bench.until(datetime(2026, 12, 1, 12, tzinfo=UTC))
    book = bench.engine.people.book
    book.write_person(PersonRecord(person="bob"))
    ref = next(r for r, i in bench.tracker.all_issues.items() if i.title == TITLE)
    bench.tracker.kept[ref] = [
        replace(r, text=f"{r.text}x") if r.name == "person/bob" else r for r in bench.tracker.kept[ref]
    ]
    bench.until(datetime(2026, 12, 2, 18, tzinfo=UTC))
    assert not [m for m in bench.box.got if m.kind == "nudge"]
    assert book.load().ledger.of("bob").quiet_until == date(2026, 12, 8)


class NoBox:
    name = "none"

    def send(self, message: Message) -> None:
        raise Undeliverable("550 5.1.1 <lena@example.com>: no such user (lena@example.com)")


def sending(occurrence: str) -> Plan:
    message = Message(
        occurrence=occurrence,
        message_id=f"<{occurrence}@x>",
        kind="escalation",
        to="lena",
        address="lena@example.com",
        subject="late",
        content=Batch(person_name="Lena", on=NOW.date(), steps=()),
        steps=("u1/i1/1",),
        date=NOW,
    )
    return Plan(unit="person:lena:2026-12-02", effects=(Send(unit="u", message=message, why=""),))


def test_why_a_mail_came_back_is_kept_without_an_address(redis: Redis) -> None:
    people = replace(Bench(redis).engine.people, notifier=NoBox())
    told = people.deliver(sending("batch/lena/2026-12-02"), people.book.load(), NOW, lambda: None)
    (kept,) = people.book.load().ledger.of("lena").entries
    assert kept.bounced == told.bounced[0][1] == "550 5.1.1 <(address)>: no such user ((address))"


def test_what_another_worker_has_just_sent_is_not_sent_again(redis: Redis) -> None:
    bench = Bench(redis)
    people, old = bench.engine.people, bench.engine.people.book.load()
    plan = sending("batch/lena/2026-12-02")
    assert len(people.deliver(plan, old, NOW, lambda: None).sent) == 1
    redis.flushall()
    assert people.deliver(plan, old, NOW + timedelta(minutes=1), lambda: None).sent == ()
    assert len(bench.box.got) == 1


def hide_from_lists(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tracker's lists do not show what was written a moment ago."""
    monkeypatch.setattr(FakeTracker, "labelled", lambda *_: ())
    monkeypatch.setattr(FakeTracker, "own_issues", lambda *_: ())


def test_a_ledger_that_the_lists_do_not_show_yet_is_known_to_the_other_workers(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, cache = Shelf(), Cache(redis)
    hide_from_lists(shelf, monkeypatch)
    one, other = (LedgerBook(shelf.trackers, PLACE, KEYS, memory=cache) for _ in range(2))
    one.write_person(record(BATCH))
    other.write_person(record(DIGEST))
    assert len(shelf.issues) == 1
    assert other.load().ledger.of("lena").entries == (BATCH, DIGEST)


def test_after_a_wipe_no_second_ledger_is_begun_while_the_lists_may_lag(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf, clock = Shelf(), ManualClock(NOW)
    shelf.book().write_person(record(BATCH))
    store = Store(redis, clock, redis_time=lambda: to_us(clock.now()))
    store.claim(1)
    book = LedgerBook(shelf.trackers, PLACE, KEYS, memory=Cache(redis), age=store.age)
    with monkeypatch.context() as patched:
        hide_from_lists(shelf, patched)
        clock.set(NOW + timedelta(seconds=40))
        with pytest.raises(Unavailable, match="may not show yet"):
            book.write_person(record(DIGEST))
    clock.set(NOW + timedelta(seconds=80))
    book.write_person(record(DIGEST))
    assert len(shelf.issues) == 1


def test_a_ledger_that_is_gone_is_forgotten_by_all(redis: Redis) -> None:
    shelf, cache = Shelf(), Cache(redis)
    book = LedgerBook(shelf.trackers, PLACE, KEYS, memory=cache)
    book.write_person(record(BATCH))
    del shelf.tracker.all_issues[shelf.issues[0]]
    assert book.load() == Pages()
    assert cache.ledger() == ""
