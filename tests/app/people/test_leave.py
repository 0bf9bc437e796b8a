"""Calendars of leave: whole days and times, repeats, zones, and what is no leave."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import date, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from worker.app.people.fetch import load
from worker.app.people.leave import LeaveCalendar, read_leave
from worker.app.people.port import SourceTrouble
from worker.domain.facts import Facts
from worker.domain.model import Person

FIRST, LAST = date(2026, 10, 1), date(2027, 9, 30)
BERLIN = Person(id="alice", name="Alice", timezone="Europe/Berlin")


def calendar(*events: str) -> bytes:
    parts = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event.strip()}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:tests\n{parts}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def read(content: bytes, person: Person = BERLIN) -> Facts:
    return read_leave(content, person, FIRST, LAST, source="the leave calendar of Alice")


def days(*events: str, person: Person = BERLIN) -> list[str]:
    """The days away as `12-24` or `12-24..12-27`."""
    (fact,) = read(calendar(*events), person).leave
    return [f"{a:%m-%d}" if a == b else f"{a:%m-%d}..{b:%m-%d}" for a, b in fact.days]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param(
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261228", ["12-24..12-27"], id="the end is the day after"
        ),
        pytest.param("DTSTART;VALUE=DATE:20261224", ["12-24"], id="a day without an end"),
        pytest.param("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261224", ["12-24"], id="an end on the same day"),
        pytest.param("DTSTART;VALUE=DATE:20261224\nDURATION:P3D", ["12-24..12-26"], id="a duration"),
        pytest.param(
            "DTSTART;VALUE=DATE:20261224\nTRANSP:TRANSPARENT", ["12-24"], id="shown as free, as whole days are"
        ),
        pytest.param("DTSTART;VALUE=DATE:20261224\nSTATUS:CANCELLED", [], id="cancelled"),
        pytest.param(
            "DTSTART;VALUE=DATE:20261224\nX-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE", [], id="working elsewhere"
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20260901\nDTEND;VALUE=DATE:20261003", ["10-01..10-02"], id="begun before the window"
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20270928\nDTEND;VALUE=DATE:20280101", ["09-28..09-30"], id="longer than the window"
        ),
    ],
)
def test_whole_days(event: str, expected: list[str]) -> None:
    assert days(event) == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param("DTSTART:20261201T080000Z\nDTEND:20261201T160000Z", ["12-01"], id="all working hours, in UTC"),
        pytest.param("DTSTART:20261201T090000Z\nDTEND:20261201T170000Z", [], id="an hour too late in Berlin"),
        pytest.param("DTSTART:20261201T120000\nDTEND:20261201T130000", [], id="a lunch"),
        pytest.param(
            "DTSTART:20261201T090000\nDTEND:20261201T170000", ["12-01"], id="without a zone: the person's own"
        ),
        pytest.param("DTSTART:20261201T120000\nDTEND:20261203T120000", ["12-02"], id="only the day between two noons"),
        pytest.param("DTSTART:20261201T000000\nDURATION:P2D", ["12-01..12-02"], id="two days by a duration"),
        pytest.param("DTSTART:20261201T090000\nDTEND:20261201T170000\nTRANSP:TRANSPARENT", [], id="shown as free"),
        pytest.param(
            "DTSTART;TZID=Asia/Tokyo:20261201T160000\nDTEND;TZID=Asia/Tokyo:20261202T020000",
            ["12-01"],
            id="a day in Berlin, written in Tokyo",
        ),
        pytest.param(
            "DTSTART;TZID=W. Europe Standard Time:20261201T090000\nDTEND;TZID=W. Europe Standard Time:20261201T170000",
            ["12-01"],
            id="a zone as Windows calls it",
        ),
        pytest.param("DTSTART:20261201T090000", [], id="a moment"),
    ],
)
def test_times_count_where_they_take_up_all_working_hours(event: str, expected: list[str]) -> None:
    assert days(event) == expected


def test_two_halves_make_a_day() -> None:
    halves = ("DTSTART:20261201T080000\nDTEND:20261201T123000", "DTSTART:20261201T120000\nDTEND:20261201T180000")
    assert days(*halves) == ["12-01"]
    assert days(halves[0]) == []


def test_whose_day_is_shorter_is_away_sooner() -> None:
    morning = "DTSTART:20261201T080000\nDTEND:20261201T123000"
    assert days(morning, person=Person(id="alice", hours=(time(8), time(12)))) == ["12-01"]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param(
            "DTSTART;VALUE=DATE:20261002\nRRULE:FREQ=WEEKLY;COUNT=3", ["10-02", "10-09", "10-16"], id="three Fridays"
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20261002\nRRULE:FREQ=WEEKLY;UNTIL=20261009", ["10-02", "10-09"], id="until a day"
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20151224\nDTEND;VALUE=DATE:20151227\nRRULE:FREQ=YEARLY",
            ["12-24..12-26"],
            id="every year since long",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20261002\nRRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;VALUE=DATE:20261009",
            ["10-02", "10-16"],
            id="but one",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20261002\nRDATE;VALUE=DATE:20261020,20261022",
            ["10-02", "10-20", "10-22"],
            id="on listed days",
        ),
        pytest.param(
            "DTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260107\nRRULE:FREQ=MONTHLY;BYDAY=-1MO;COUNT=11",
            ["10-26..10-27", "11-30..12-01"],
            id="the last Monday of eleven months",
        ),
    ],
)
def test_repeats_of_whole_days(event: str, expected: list[str]) -> None:
    assert days(event) == expected


FRIDAYS = """
DTSTART;TZID=Europe/Berlin:20261002T090000
DTEND;TZID=Europe/Berlin:20261002T170000
RRULE:FREQ=WEEKLY;UNTIL=20261113T080000Z
"""


def test_a_repeated_time_stays_on_the_wall_clock_when_clocks_change() -> None:
    """Clocks go back on 25 October; the last repeat is at 08:00 UTC, which is 09:00 by then."""
    assert days(FRIDAYS) == ["10-02", "10-09", "10-16", "10-23", "10-30", "11-06", "11-13"]


def test_a_repeat_may_be_moved_or_called_off() -> None:
    series = FRIDAYS + "EXDATE:20261009T070000Z\n"
    moved = "RECURRENCE-ID;TZID=Europe/Berlin:20261016T090000\nDTSTART;VALUE=DATE:20261019"
    off = "RECURRENCE-ID:20261023T070000Z\nDTSTART:20261023T070000Z\nDTEND:20261023T150000Z\nSTATUS:CANCELLED"
    content = calendar(series, moved, off).replace(b"UID:1", b"UID:0").replace(b"UID:2", b"UID:0")
    (fact,) = read(content).leave
    assert [a.isoformat()[5:] for a, _ in fact.days] == ["10-02", "10-19", "10-30", "11-06", "11-13"]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param("DTSTART:20261201T090000\nRRULE:FREQ=SECONDLY", id="every second"),
        pytest.param("DTSTART;VALUE=DATE:18000101\nRRULE:FREQ=DAILY", id="every day since Napoleon"),
        pytest.param("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", id="30 February"),
        pytest.param("DTSTART:nonsense", id="a start that is none"),
        pytest.param(
            "DTSTART;VALUE=DATE:20261201\nDTEND:20261202T100000\nRRULE:FREQ=DAILY;INTERVAL=0", id="no interval"
        ),
    ],
)
def test_a_strange_event_hides_no_other(event: str) -> None:
    content = calendar(event, "DTSTART;VALUE=DATE:20261224")
    (fact,) = read(content).leave
    assert (date(2026, 12, 24), date(2026, 12, 24)) in fact.days
    assert len(fact.days) < 5


@pytest.mark.parametrize("content", [b"", b"<html>Sign in</html>", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"])
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(SourceTrouble):
        read(content)


class Calendars:
    """A server on loopback that gives a calendar, or what a test says instead."""

    def __init__(self) -> None:
        self.status, self.body, self.asked = 200, calendar("DTSTART;VALUE=DATE:20261224"), list[str]()
        self.headers: dict[str, str] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.headers.get("Authorization", ""))
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/secret-token/leave.ics"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def calendars() -> Iterator[Calendars]:
    found = Calendars()
    yield found
    found.server.shutdown()
    found.server.server_close()


def at(location: str, folder: Path | None = None) -> LeaveCalendar:
    return LeaveCalendar(Person(id="alice", name="Alice", leave_ics=location), folder, date(2026, 11, 20))


def test_an_address_is_asked_without_anybodys_credentials(
    calendars: Calendars, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    (fact,) = at(calendars.url).read().leave
    assert fact.days == ((date(2026, 12, 24), date(2026, 12, 24)),)
    assert calendars.asked == [""]


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        pytest.param(404, b"", "the address answers 404", id="gone"),
        pytest.param(200, b"<html>", "it is no calendar", id="a page to sign in"),
        pytest.param(200, b"x" * 6_000_000, "it is larger than", id="without end"),
    ],
)
def test_trouble_with_an_address_never_repeats_it(calendars: Calendars, status: int, body: bytes, says: str) -> None:
    calendars.status, calendars.body = status, body
    with pytest.raises(SourceTrouble, match=says) as caught:
        at(calendars.url).read()
    assert "secret-token" not in f"{caught.value} {caught.value.__cause__}"


def test_a_server_that_drips_is_not_waited_for_for_ever(calendars: Calendars) -> None:
    with pytest.raises(SourceTrouble, match="was still sending after 0 s"):
        load(calendars.url, None, longest_s=0.0)


def test_a_compressed_calendar_is_read(calendars: Calendars) -> None:
    calendars.headers, calendars.body = {"Content-Encoding": "gzip"}, gzip.compress(calendars.body)
    (fact,) = at(calendars.url).read().leave
    assert len(fact.days) == 1


def test_an_address_where_nobody_answers_is_trouble_too(calendars: Calendars) -> None:
    calendars.server.shutdown()
    calendars.server.server_close()
    with pytest.raises(SourceTrouble, match=r"does not answer \(ConnectionError\)"):
        at(calendars.url).read()


def test_a_calendar_may_be_a_file_beside_people_yaml(tmp_path: Path) -> None:
    (tmp_path / "leave.ics").write_bytes(calendar("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261226"))
    (fact,) = at("leave.ics", tmp_path).read().leave
    assert fact.days == ((date(2026, 12, 24), date(2026, 12, 24) + timedelta(days=1)),)
