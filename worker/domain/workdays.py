"""When does this person work, and when may a message reach them?

One person's calendar: weekdays, public holidays of country and region, the organization's own holidays and blackouts,
leave, and working hours, all in the person's own zone. Pure: the caller says what time it is. Decides nothing about who
is told.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from worker.domain.model import Finding, Person
from worker.domain.policy import Policy

HORIZON_DAYS = 1100
"""How far a search for a working day looks. Nobody whom it does not find is messaged before then."""


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone_of(person: Person) -> ZoneInfo:
    """The person's zone; UTC where its name is unknown (`calendar_findings` tells)."""
    return _zone(person.timezone) or ZoneInfo("UTC")


@lru_cache(maxsize=2048)
def public_holidays(country: str, region: str, year: int) -> frozenset[date]:
    """The public holidays of one calendar year. A country that is not known has none; an unknown region has its
    country's. A holiday that is observed in the year before or after its own stands in the year where it is free."""
    if not country:
        return frozenset()
    # A New Year's Day on a Saturday is observed on 31 December: the neighbouring years have a say in this one.
    years = (year - 1, year, year + 1)
    for subdivision in dict.fromkeys((region or None, None)):
        try:
            found = holidays.country_holidays(country.upper(), subdiv=subdivision, years=years, expand=False)
        except (NotImplementedError, KeyError, ValueError):
            continue
        return frozenset(day for day in found if day.year == year)
    return frozenset()


@lru_cache(maxsize=512)
def _known_place(country: str, region: str) -> bool:
    try:
        holidays.country_holidays(country.upper(), subdiv=region or None, years=(2026,), expand=False)
    except (NotImplementedError, KeyError, ValueError):
        return False
    return True


def calendar_findings(people: Iterable[Person], policy: Policy) -> tuple[Finding, ...]:
    """What is wrong with people's calendars, for `doctor`: unknown countries, regions and time zones."""
    out: set[tuple[str, str, str]] = set()
    for who, country, region in (
        *((p.shown, p.country, p.region) for p in people),
        ("policy.yaml", policy.default_country, ""),
    ):
        if country and not _known_place(country, ""):
            remedy = f"{who}: no holidays are known for the country {country}; use its ISO 3166 code, such as DE or US."
            out.add(("people/country-unknown", country, remedy))
        elif country and region and not _known_place(country, region):
            remedy = f"{who}: {country} has no region {region} with holidays of its own; use its ISO 3166-2 code."
            out.add(("people/region-unknown", f"{country}-{region}", remedy))
    for person in people:
        if _zone(person.timezone) is None:
            remedy = f"{person.shown}: {person.timezone} is no IANA time zone, so UTC is used; write Europe/Berlin."
            out.add(("people/timezone-unknown", person.timezone, remedy))
        if not person.working_days:
            remedy = f"{person.shown} has no working day, so no message is ever sent: name at least one."
            out.add(("people/never-works", person.id, remedy))
    return tuple(Finding(rule=r, level="warning", excerpt=e, remedy=m) for r, e, m in sorted(out))


class _Calendar(NamedTuple):
    """What decides on which days somebody works, apart from who they are: people of one place share it."""

    working_days: frozenset[int]
    leave: tuple[tuple[date, date], ...]
    country: str
    region: str
    holidays: frozenset[date]
    blackouts: tuple[tuple[str, str], ...]


def _calendar(person: Person, policy: Policy) -> _Calendar:
    return _Calendar(
        person.working_days,
        person.leave,
        person.country or policy.default_country,
        person.region if person.country else "",
        policy.holidays,
        policy.ladder.blackouts,
    )


@lru_cache(maxsize=16_384)
def _working_days_of(calendar: _Calendar, year: int) -> tuple[int, ...]:
    """The ordinals of a year's working days, growing. Thousands of items ask about the same few people and years."""
    free = calendar.holidays | public_holidays(calendar.country, calendar.region, year)
    first = date(year, 1, 1).toordinal()
    found = []
    for ordinal in range(first, date(year, 12, 31).toordinal() + 1):
        day = date.fromordinal(ordinal)
        if day.isoweekday() not in calendar.working_days or day in free or in_ranges(day, calendar.blackouts):
            continue
        if not any(start <= day <= end for start, end in calendar.leave):
            found.append(ordinal)
    return tuple(found)


def in_ranges(day: date, ranges: Iterable[tuple[str, str]]) -> bool:
    """Whether the day lies in one of these month-day ranges (`12-20` to `01-03`), which may run over New Year."""
    at = f"{day:%m-%d}"
    return any(a <= at <= b if a <= b else at >= a or at <= b for a, b in ranges)


def is_working_day(person: Person, day: date, policy: Policy) -> bool:
    """Whether the person works on this day of their own calendar, and it lies in no blackout of the ladder."""
    days, ordinal = _working_days_of(_calendar(person, policy), day.year), day.toordinal()
    at = bisect_left(days, ordinal)
    return at < len(days) and days[at] == ordinal


def _working_days_from(person: Person, start: int, policy: Policy) -> Iterator[int]:
    """The ordinals of the person's working days from one on, until a search finds none up to the horizon."""
    calendar, year, last = _calendar(person, policy), date.fromordinal(start).year, start
    while year <= date.fromordinal(last + HORIZON_DAYS).year:
        days = _working_days_of(calendar, year)
        for at in range(bisect_left(days, start), len(days)):
            ordinal = days[at]
            if ordinal - last >= HORIZON_DAYS:
                return
            yield ordinal
            last = ordinal + 1
        year += 1


def working_day_from(person: Person, day: date, policy: Policy) -> date:
    """The first working day at or after `day`; `day` plus the horizon where there is none."""
    found = next(_working_days_from(person, day.toordinal(), policy), None)
    return date.fromordinal(found) if found is not None else day + timedelta(days=HORIZON_DAYS)


def add_working_days(person: Person, day: date, n: int, policy: Policy) -> date:
    """The person's `n`-th working day after `day`, which itself does not count. With n = 0: `day`. Where somebody stops
    working for good, the horizon after their last working day."""
    if n < 0:
        raise ValueError(f"cannot count {n} working days")
    if n == 0:
        return day
    found = day.toordinal()
    for counted, ordinal in enumerate(_working_days_from(person, found + 1, policy), start=1):
        found = ordinal
        if counted == n:
            return date.fromordinal(found)
    return date.fromordinal(found + HORIZON_DAYS)


def working_days_between(person: Person, start: date, end: date, policy: Policy) -> int:
    """How many of the person's working days lie after `start`, up to and with `end`; 0 where `end` is not later."""
    if end <= start:
        return 0
    calendar, count = _calendar(person, policy), 0
    for year in range(start.year, end.year + 1):
        days = _working_days_of(calendar, year)
        count += bisect_right(days, end.toordinal()) - bisect_right(days, start.toordinal())
    return count


def local_day(person: Person, now: datetime) -> date:
    """Which day it is for this person."""
    return now.astimezone(zone_of(person)).date()


def moment(person: Person, day: date, at: time = time(0)) -> datetime:
    """This local time as UTC. A time that a clock change skips is read as the clock before the change had it; of a
    time that comes twice, the first."""
    return datetime.combine(day, at, zone_of(person)).astimezone(UTC)


def late_from(person: Person, due: date, days: int = 1) -> datetime:
    """The moment in UTC from which what was due on `due` is `days` days late: 00:00 in this person's zone."""
    return moment(person, due + timedelta(days=days))


def in_sending_time(person: Person, now: datetime, policy: Policy) -> bool:
    """Whether a message may reach the person now: inside their working hours on a working day. Hours that end at or
    before their start last until midnight."""
    local = now.astimezone(zone_of(person))
    first, last = person.hours
    at = local.time().replace(tzinfo=None)
    return first <= at and (at < last or last <= first) and is_working_day(person, local.date(), policy)


def next_sending_time(person: Person, now: datetime, policy: Policy) -> datetime:
    """The first moment in UTC, at or after `now`, at which a message may reach the person.

    For somebody with no working day within three years this is the moment to look again, and no time to send.
    """
    now = now.astimezone(UTC)
    if in_sending_time(person, now, policy):
        return now
    for ordinal in _working_days_from(person, local_day(person, now).toordinal(), policy):
        start = moment(person, date.fromordinal(ordinal), person.hours[0])
        if start - now > timedelta(days=HORIZON_DAYS):
            break
        # Checked again, since a clock change may have swallowed the whole of very short hours.
        if start >= now and in_sending_time(person, start, policy):
            return start
    return now + timedelta(days=HORIZON_DAYS)
