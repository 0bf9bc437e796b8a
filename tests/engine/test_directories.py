"""Who is there while the service runs: sources are asked now and then, and all processes see what they said."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from tests.engine.bench import Bench
from worker.app.people.gather import PATIENCE, with_everybody
from worker.app.people.reads import people_reads_of
from worker.app.settings import Settings, load_settings
from worker.app.wiring import Service, service_of
from worker.domain.facts import Facts, LeaveFact, PersonFact
from worker.domain.model import Directory, Person
from worker.engine.clock import ManualClock
from worker.engine.directories import Answer, Directories
from worker.engine.store import to_us
from worker.engine.sweep import Schedule
from worker.engine.units import PEOPLE

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
GIVEN = Directory(people={"alice": Person(id="alice", email="alice@acme.example")})
YAML = """
sources: {csv: [people.csv]}
people:
  alice: {name: Alice, email: alice@acme.example, leave_ics: leave.ics}
"""
EVENT = "BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20261224\nEND:VEVENT\n"
LEAVE = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{EVENT}END:VCALENDAR\n"


def answer(slack: str, key: str = "csv:people.csv") -> Answer:
    fact = PersonFact(email="alice@acme.example", slack=slack)
    return Answer(key=key, shown="people.csv", facts=Facts(source="people.csv", people=(fact,)), read_at=NOW)


def test_what_one_process_keeps_all_others_see(redis_client: Redis) -> None:
    mine, other = (Directories(redis_client, GIVEN, ["csv:people.csv"]) for _ in range(2))
    assert other.present() is GIVEN
    mine.keep([answer("U1")])
    assert other.present().people["alice"].slack == "U1"
    assert other.present() is other.present()
    mine.keep([answer("U2")])
    assert other.present().people["alice"].slack == "U2"


def test_after_a_wipe_people_yaml_alone_is_known(redis_client: Redis) -> None:
    directories = Directories(redis_client, GIVEN, ["csv:people.csv"])
    directories.keep([answer("U1")])
    assert directories.present().people["alice"].slack == "U1"
    redis_client.flushall()
    assert directories.present() == GIVEN


def test_what_is_kept_after_a_wipe_is_not_taken_for_what_was_seen_before_it(redis_client: Redis) -> None:
    mine, other = (Directories(redis_client, GIVEN, ["csv:people.csv"]) for _ in range(2))
    mine.keep([answer("U1")])
    assert other.present().people["alice"].slack == "U1"
    redis_client.flushall()
    mine.keep([answer("U2")])
    assert other.present().people["alice"].slack == "U2"


def test_a_source_that_is_not_configured_any_more_says_nothing(redis_client: Redis) -> None:
    Directories(redis_client, GIVEN, ["csv:old.csv"]).keep([answer("U1", "csv:old.csv")])
    assert Directories(redis_client, GIVEN, ["csv:people.csv"]).present() == GIVEN


def test_the_order_of_the_sources_is_that_of_the_settings(redis_client: Redis) -> None:
    answers = [answer("U1", "csv:a.csv"), answer("U2", "csv:b.csv")]
    directories = Directories(redis_client, GIVEN, ["csv:b.csv", "csv:a.csv"])
    directories.keep(answers)
    assert directories.present().people["alice"].slack == "U2"


def test_what_another_version_kept_is_not_read(redis_client: Redis) -> None:
    directories = Directories(redis_client, GIVEN, ["csv:people.csv"])
    redis_client.hset("ft:people", "csv:people.csv", b'{"key": 1}')
    assert dict(directories.answers()) == {}


def test_without_sources_nothing_is_asked_of_redis(redis_client: Redis) -> None:
    redis_client.close()
    assert Directories(redis_client, GIVEN, []).present() is GIVEN


class Running:
    """A service with a clock moved by hand, and a folder of sources."""

    def __init__(self, redis: Redis, folder: Path) -> None:
        self.redis, self.folder, self.clock = redis, folder, ManualClock(NOW)
        (folder / "people.yaml").write_text(YAML, encoding="utf-8")
        self.table("alice@acme.example,U1")
        (folder / "leave.ics").write_text(LEAVE, encoding="utf-8")
        self.service = self.start()
        self.service.store.begin_alone()
        self.tick()

    @property
    def settings(self) -> Settings:
        # A tracker that nobody asks: `mode` is observe, and nothing is watched.
        env = {"GITHUB_TOKEN": "x", "GITHUB_API_URL": "http://127.0.0.1:9", "HOME": str(self.folder)}
        return load_settings(self.folder, env)

    def start(self) -> Service:
        return service_of(self.settings, self.redis, self.clock, redis_time=lambda: to_us(self.clock.now()), attempts=1)

    def table(self, *lines: str) -> None:
        (self.folder / "people.csv").write_text("\n".join(("mail,slack", *lines)), encoding="utf-8")

    def tick(self) -> None:
        """Schedule what is missing, and do what is due."""
        Schedule(self.service.sweeper).keep()
        self.service.engine.work(20)

    @property
    def alice(self) -> Person:
        assert self.service.engine.directories is not None
        return self.service.engine.directories.present().people["alice"]


@pytest.fixture
def running(redis_client: Redis, tmp_path: Path) -> Running:
    return Running(redis_client, tmp_path)


def test_the_sources_are_asked_at_the_start_and_every_hour(running: Running) -> None:
    assert running.alice.slack == "U1"
    assert running.alice.leave == ((date(2026, 12, 24), date(2026, 12, 24)),)
    running.table("alice@acme.example,U2")
    running.clock.advance(timedelta(minutes=59))
    running.service.engine.work(20)
    assert running.alice.slack == "U1"
    running.clock.advance(timedelta(minutes=2))
    running.service.engine.work(20)
    assert running.alice.slack == "U2"


def test_a_source_that_does_not_answer_keeps_what_it_said_last(running: Running) -> None:
    (running.folder / "people.csv").unlink()
    (running.folder / "leave.ics").write_text("<html>")
    running.clock.advance(timedelta(hours=2))
    running.service.engine.work(20)
    assert (running.alice.slack, len(running.alice.leave)) == ("U1", 1)
    assert running.service.engine.directories is not None
    table, leave = running.service.engine.directories.answers().values()
    assert (table.trouble, leave.trouble) == (
        "the file can't be read: No such file or directory",
        "it is no calendar (ICS)",
    )
    assert table.read_at == NOW


def test_nobody_is_told_anything_before_the_sources_were_read_after_a_wipe(running: Running) -> None:
    assert PEOPLE not in running.service.store.unswept([PEOPLE])
    running.redis.flushall()
    running.service.store.begin_alone()
    assert PEOPLE in running.service.store.unswept([PEOPLE])
    running.tick()
    assert PEOPLE not in running.service.store.unswept([PEOPLE])
    assert running.alice.slack == "U1"


def test_no_post_mortem_is_judged_before_it_is_known_who_there_is(redis_client: Redis) -> None:
    bench = Bench(redis_client)
    directories = Directories(redis_client, bench.directory, ["csv:people.csv"])
    epoch = bench.store.epoch()

    def refresh(now: datetime, prolong: object) -> datetime:
        bench.store.mark_swept(PEOPLE, epoch)
        return now + timedelta(hours=1)

    bench.engine = replace(bench.engine, directories=directories, refresh=refresh)
    ref = bench.enrol(1)
    bench.settle()
    assert bench.tracker.kept.get(ref) is None
    bench.store.add(PEOPLE, bench.clock.now())
    bench.until(bench.later(minutes=2))
    assert len(bench.children(ref)) == 3


def test_a_source_that_was_never_heard_is_waited_for_and_not_for_ever(running: Running) -> None:
    (running.folder / "people.csv").unlink()
    running.redis.flushall()
    running.service.store.begin_alone()
    looks = 0
    while PEOPLE in running.service.store.unswept([PEOPLE]):
        running.tick()
        looks += 1
        running.clock.advance(timedelta(minutes=10))
    assert looks == PATIENCE + 1


def test_each_unit_sees_everybody_as_known_when_it_begins(running: Running) -> None:
    seen: list[str] = []
    engine = running.service.engine
    assert engine.refresh is not None
    inner = engine.refresh

    def noting(now: datetime, prolong: object) -> datetime:
        seen.append(running.alice.slack)
        return inner(now, lambda: None)

    watched = replace(engine, refresh=noting)
    running.table("alice@acme.example,U3")
    for _ in range(2):
        running.service.store.add(PEOPLE, running.clock.now())
        watched.work(20)
    assert seen == ["U1", "U3"]


def test_whoever_is_away_by_their_calendar_is_told_after_their_return(redis_client: Redis) -> None:
    """Alice's promise falls due on Friday 4 December; by her calendar she is away until the 15th."""
    bench = Bench(redis_client)
    away = LeaveFact(person="alice", days=((date(2026, 12, 1), date(2026, 12, 15)),))
    directories = Directories(redis_client, bench.directory, ["leave:alice"])
    directories.keep([Answer(key="leave:alice", shown="", facts=Facts(source="calendar", leave=(away,)))])
    bench.engine = replace(bench.engine, directories=directories)
    bench.enrol(1)
    bench.until(datetime(2026, 12, 18, 18, tzinfo=UTC))
    first = min(m.date for m in bench.box.got if m.to == "alice" and m.kind == "nudge")
    assert first.date() == date(2026, 12, 16)


def test_whoever_only_a_source_knows_can_answer_by_a_link(running: Running) -> None:
    assert running.service.decisions.name_of("dora") == ""
    fact = PersonFact(id="dora", name="Dora Diaz", email="dora@acme.example")
    key = "csv:people.csv"
    running.service.engine.directories.keep([Answer(key=key, shown="", facts=Facts(source=key, people=(fact,)))])  # type: ignore[union-attr]
    assert running.service.decisions.name_of("dora") == "Dora Diaz"


def test_a_command_asks_by_itself_and_says_who_did_not_answer(running: Running) -> None:
    told: list[str] = []
    settings = running.settings
    found = with_everybody(settings, people_reads_of(settings), NOW, told.append)
    assert (found.directory.people["alice"].slack, told) == ("U1", [])
    (running.folder / "people.csv").unlink()
    found = with_everybody(settings, people_reads_of(settings), NOW, told.append)
    assert found.directory.people["alice"].slack == ""
    assert told == ["people.csv: the file can't be read: No such file or directory; what it knows is left out"]


def test_where_people_yaml_names_no_source_nothing_is_scheduled_or_asked(redis_client: Redis, tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("people: {alice: {}}\n")
    settings = load_settings(tmp_path, {"GITHUB_TOKEN": "x", "HOME": str(tmp_path)})
    service = service_of(settings, redis_client, ManualClock(NOW))
    assert service.engine.refresh is None
    assert service.sweeper.besides == ()
    assert with_everybody(settings, people_reads_of(settings), NOW, pytest.fail) is settings
