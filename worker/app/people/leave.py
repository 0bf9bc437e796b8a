"""On which days is somebody away, by their calendar of leave (ICS)?

The calendar is taken to hold leave and nothing else: an event of whole days counts, whether it is shown as free or not,
because calendars show such events as free unless told otherwise. An event with times counts only for days of which it
takes up all working hours, so that a lunch is no leave. Cancelled events and those of working elsewhere don't count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar

from worker.app.people.fetch import load
from worker.app.people.port import SourceTrouble
from worker.domain.facts import Facts, LeaveFact
from worker.domain.model import Person

BEFORE, AFTER = timedelta(days=31), timedelta(days=400)
"""How far back and ahead leave is of any use: the ladder counts back, the review is booked six weeks ahead."""
MOST_EVENTS = 20_000
_A_DAY = timedelta(days=1)
_Event = Any
"""An event as icalendar gives it: its properties have a type each, and any of them may be a list, or broken."""
_FREQUENCIES = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
_EARLIEST = datetime(1990, 1, 1)  # noqa: DTZ001 (compared with times that stand without a zone)


class LeaveCalendar:
    """A `PeopleSource` over one person's calendar, a file or an address."""

    def __init__(self, person: Person, folder: Path | None, today: date) -> None:
        self.key = f"leave:{person.id}"
        self.shown = f"the leave calendar of {person.shown}"
        self._person, self._folder, self._today = person, folder, today

    def read(self) -> Facts:
        content = load(self._person.leave_ics, self._folder)
        return read_leave(content, self._person, self._today - BEFORE, self._today + AFTER, source=self.shown)


def read_leave(content: bytes, person: Person, first: date, last: date, *, source: str) -> Facts:
    """The person's days away from `first` through `last`, in their own zone and hours. Raises SourceTrouble where the
    content is no calendar."""
    events, notes = _events(content), []
    away, spans = set[date](), list[_Span]()
    replaced = _replaced(events)
    for number, event in enumerate(events, start=1):
        try:
            for span in _occurrences(event, replaced, person, first, last):
                if span.whole_days:
                    away |= set(_days(span.start.date(), span.end.date() - _A_DAY, first, last))
                else:
                    spans.append(span)
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
            # One strange event must not hide all others.
            notes.append(f"event {number} can't be read; it is left out")
    away |= set(_worked_through(spans, person, first, last))
    found = LeaveFact(person=person.id, days=_ranges(away))
    return Facts(source=source, leave=(found,), notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class _Span:
    """One occurrence: from `start` until before `end`. Of whole days both are midnights without a zone."""

    start: datetime
    end: datetime
    whole_days: bool


def _events(content: bytes) -> list[_Event]:
    try:
        calendars = Calendar.from_ical(content, multiple=True)
    except (ValueError, IndexError, KeyError, TypeError):
        raise SourceTrouble("it is no calendar (ICS)") from None
    found = [part for each in calendars for part in each.walk("VEVENT")]
    if not calendars or len(found) > MOST_EVENTS:
        raise SourceTrouble("it holds no calendar" if not calendars else f"it has more than {MOST_EVENTS:,} events")
    return found


def _replaced(events: Iterable[_Event]) -> dict[str, list[Any]]:
    """Which occurrences of a series (by its UID) have an event of their own."""
    out: dict[str, list[Any]] = {}
    for event in events:
        at = event.get("RECURRENCE-ID")
        if at is not None and hasattr(at, "dt"):
            out.setdefault(str(event.get("UID", "")), []).append(at.dt)
    return out


def _occurrences(
    event: _Event, replaced: dict[str, list[Any]], person: Person, first: date, last: date
) -> Iterator[_Span]:
    """Every time that this event takes place around the window."""
    if not _counts(event):
        return
    start = event["DTSTART"].dt
    whole = not isinstance(start, datetime)
    length = _length(event, start, whole=whole)
    # Counted on the wall clock of the event's own zone, so that 09:00 stays 09:00 when clocks change.
    zone: tzinfo = ZoneInfo(person.timezone) if whole or start.tzinfo is None else start.tzinfo
    begin = _wall(start, zone)
    for at in _starts(event, begin, zone, replaced, first - length - _A_DAY, last + _A_DAY):
        if whole:
            yield _Span(at, at + length, True)
        else:
            from_ = at.replace(tzinfo=zone).astimezone(UTC)
            yield _Span(from_, from_ + length, False)


def _counts(event: _Event) -> bool:
    if event.get("DTSTART") is None or str(event.get("STATUS", "")).upper() == "CANCELLED":
        return False
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "WORKINGELSEWHERE":
        return False
    timed = isinstance(event["DTSTART"].dt, datetime)
    return not (timed and str(event.get("TRANSP", "")).upper() == "TRANSPARENT")


def _length(event: _Event, start: Any, *, whole: bool) -> timedelta:
    if event.get("DTEND") is not None:
        end = event["DTEND"].dt
        if not whole:
            length: timedelta = end - start if (end.tzinfo is None) == (start.tzinfo is None) else timedelta()
        else:
            length = timedelta(days=(_as_date(end) - start).days)
    elif event.get("DURATION") is not None:
        length = timedelta() + event["DURATION"].dt
    else:
        length = timedelta()
    # A day without an end, or that ends when it begins, is that day.
    return max(length, _A_DAY if whole else timedelta())


def _starts(
    event: _Event, begin: datetime, zone: tzinfo, replaced: dict[str, list[Any]], first: date, last: date
) -> Iterator[datetime]:
    """When each occurrence begins, on the wall clock of the event's zone."""
    lower, upper = datetime.combine(first, time()), datetime.combine(last, time())
    found = {begin}
    own = event.get("RECURRENCE-ID") is not None
    for rule in () if own else _listed(event.get("RRULE")):
        text = _rule_text(rule, zone)
        # Rules of hours and minutes describe no leave, and may have millions of occurrences; steps of none never end.
        frequency, step = (str((rule.get(key) or [usual])[0]).upper() for key, usual in (("FREQ", ""), ("INTERVAL", 1)))
        # A rule that fits no day at all is looked through up to the year 9999: by months that is quick, by days not.
        picky = frequency in {"DAILY", "WEEKLY"} and {key for key in rule if key.startswith("BY")} - {"BYDAY"}
        if frequency not in _FREQUENCIES or picky or step == "0" or begin < _EARLIEST:
            raise ValueError("a rule that is not followed")
        found |= set(rrulestr(text, dtstart=begin).between(lower, upper, inc=True))
    for dates in () if own else _listed(event.get("RDATE")):
        found |= {_wall(each.dt[0] if isinstance(each.dt, tuple) else each.dt, zone) for each in dates.dts}
    gone: set[datetime] = set()
    for dates in _listed(event.get("EXDATE")):
        gone |= {_wall(each.dt, zone) for each in dates.dts}
    if not own:
        gone |= {_wall(at, zone) for at in replaced.get(str(event.get("UID", "")), [])}
    return iter(sorted(at for at in found - gone if lower <= at <= upper))


def _rule_text(rule: Any, zone: tzinfo) -> str:
    """The rule with its end on the wall clock too, where its own start stands."""
    copied = type(rule)(rule)
    until = copied.get("UNTIL")
    if until:
        copied["UNTIL"] = [_wall(each, zone) if isinstance(each, datetime) else _end_of(each) for each in until]
    return str(copied.to_ical().decode())


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59))


def _listed(value: Any) -> Sequence[Any]:
    return () if value is None else value if isinstance(value, list) else (value,)


def _as_date(value: Any) -> date:
    found: date = value.date() if isinstance(value, datetime) else value
    return found


def _wall(value: Any, zone: tzinfo) -> datetime:
    """A day or a time as the wall clock of this zone shows it, without the zone."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    return (value.astimezone(zone) if value.tzinfo is not None else value).replace(tzinfo=None)


def _days(start: date, end: date, first: date, last: date) -> Iterator[date]:
    day = max(start, first)
    while day <= min(end, last):
        yield day
        day += _A_DAY


def _worked_through(spans: Iterable[_Span], person: Person, first: date, last: date) -> Iterator[date]:
    """The days whose working hours are taken up as a whole, be it by several events."""
    zone = ZoneInfo(person.timezone)
    joined: list[tuple[datetime, datetime]] = []
    for span in sorted(spans, key=lambda s: s.start):
        if joined and span.start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], span.end))
        else:
            joined.append((span.start, span.end))
    opens, closes = person.hours
    for start, end in joined:
        for day in _days(start.astimezone(zone).date(), end.astimezone(zone).date(), first, last):
            if start <= datetime.combine(day, opens, zone) and datetime.combine(day, closes, zone) <= end:
                yield day


def _ranges(days: Iterable[date]) -> tuple[tuple[date, date], ...]:
    out: list[tuple[date, date]] = []
    for day in sorted(days):
        if out and day - out[-1][1] == _A_DAY:
            out[-1] = (out[-1][0], day)
        else:
            out.append((day, day))
    return tuple(out)
