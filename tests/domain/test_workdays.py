"""When a person works, and when a message may reach them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.people import at, person
from worker.domain.model import Person
from worker.domain.policy import Ladder, Policy
from worker.domain.workdays import (
    HORIZON_DAYS,
    add_working_days,
    calendar_findings,
    in_sending_time,
    is_working_day,
    late_from,
    local_day,
    next_sending_time,
    public_holidays,
    working_days_between,
)

POLICY = Policy()
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/Sao_Paulo")
COUNTRIES = ("", "DE", "US", "IN", "BR", "JP")


@pytest.mark.parametrize(
    ("who", "on", "works"),
    [
        pytest.param(person("a"), date(2026, 11, 6), True, id="a Friday is a working day"),
        pytest.param(person("a"), date(2026, 11, 7), False, id="a Saturday is not"),
        pytest.param(person("a", working_days=frozenset({7, 1})), date(2026, 11, 8), True, id="some weeks differ"),
        pytest.param(person("a", country="DE"), date(2026, 12, 25), False, id="a public holiday is free"),
        pytest.param(person("a", country="DE", region="BY"), date(2026, 1, 6), False, id="a region has its own"),
        pytest.param(person("a", country="DE", region="BE"), date(2026, 1, 6), True, id="another region has not"),
        pytest.param(person("a", country="US"), date(2021, 12, 31), False, id="observed in the year before its own"),
        pytest.param(person("a", country="XX"), date(2026, 12, 25), True, id="an unknown country has no holidays"),
        pytest.param(person("a", country="DE", region="??"), date(2026, 12, 25), False, id="region unknown"),
        pytest.param(
            person("a", leave=((date(2026, 11, 2), date(2026, 11, 6)),)),
            date(2026, 11, 6),
            False,
            id="leave counts",
        ),
    ],
)
def test_a_day_is_a_working_day_only_if_the_person_works_on_it(who: Person, on: date, works: bool) -> None:
    assert is_working_day(who, on, POLICY) is works


def test_the_organizations_holidays_and_default_country_count_for_everybody() -> None:
    policy = Policy(holidays=frozenset({date(2026, 11, 4)}), default_country="DE")
    assert not is_working_day(person("a"), date(2026, 11, 4), policy)
    assert not is_working_day(person("a"), date(2026, 10, 3), policy)
    assert is_working_day(person("a", country="US"), date(2026, 5, 1), policy)


def test_what_is_wrong_with_a_calendar_is_a_finding_with_its_remedy() -> None:
    people = [
        person("a", country="XX"),
        person("b", country="DE", region="ZZ"),
        person("c", timezone="Mars/Base"),
        person("d", working_days=frozenset()),
        person("e", country="DE", region="BY", timezone="Europe/Berlin"),
    ]
    found = calendar_findings(people, POLICY)
    assert [f.rule for f in found] == [
        "people/country-unknown",
        "people/never-works",
        "people/region-unknown",
        "people/timezone-unknown",
    ]
    assert all(f.remedy for f in found)


def test_late_begins_at_midnight_after_the_due_date_where_the_owner_is() -> None:
    tokyo, la = person("t", timezone="Asia/Tokyo"), person("l", timezone="America/Los_Angeles")
    assert late_from(tokyo, date(2026, 11, 2)) == at("2026-11-02 15:00")
    assert late_from(la, date(2026, 11, 2)) == at("2026-11-03 08:00")
    assert local_day(tokyo, at("2026-11-02 15:00")) == date(2026, 11, 3)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-03-29 05:00", "2026-03-30 07:00", id="Monday after the spring change"),
        pytest.param("2026-03-27 20:00", "2026-03-30 07:00", id="a Friday evening waits for Monday"),
        pytest.param("2026-10-23 20:00", "2026-10-26 08:00", id="Monday after the autumn change"),
        pytest.param("2026-11-02 08:00", "2026-11-02 08:00", id="inside the hours is now"),
        pytest.param("2026-11-02 16:00", "2026-11-03 08:00", id="the end of the hours is outside"),
    ],
)
def test_the_next_sending_time_follows_the_clock_changes(now: str, expected: str) -> None:
    who = person("a", timezone="Europe/Berlin", country="DE")
    assert next_sending_time(who, at(now), POLICY) == at(expected)


def test_hours_that_a_clock_change_swallows_wait_for_the_next_day() -> None:
    who = person("a", timezone="Europe/Berlin", hours=(time(2, 15), time(2, 45)), working_days=frozenset(range(1, 8)))
    assert next_sending_time(who, at("2026-03-29 00:00"), POLICY) == at("2026-03-30 00:15")


def test_somebody_who_never_works_is_never_messaged_and_ends_no_search() -> None:
    who, now = person("a", working_days=frozenset()), at("2026-11-02 10:00")
    found = next_sending_time(who, now, POLICY)
    assert found == now + timedelta(days=HORIZON_DAYS)
    assert not in_sending_time(who, found, POLICY)


def test_negative_working_days_are_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        add_working_days(person("a"), date(2026, 11, 2), -1, POLICY)


def test_each_years_holidays_lie_in_that_year() -> None:
    assert all(d.year == 2026 for d in public_holidays("US", "", 2026))


people = st.builds(
    lambda zone, country, days, first, length, leave: person(
        "p",
        timezone=zone,
        country=country,
        working_days=days,
        hours=(time(first), time(first + length)),
        leave=((leave, leave + timedelta(days=12)),),
    ),
    st.sampled_from(ZONES),
    st.sampled_from(COUNTRIES),
    st.frozensets(st.integers(1, 7), min_size=1),
    st.integers(0, 15),
    st.integers(1, 8),
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
moments = st.integers(0, 730 * 24 * 12).map(lambda n: at("2026-01-01 00:00") + timedelta(minutes=5 * n))


@settings(max_examples=150, deadline=None)
@given(people, moments)
def test_the_next_sending_time_is_the_first_moment_inside_the_hours(who: Person, now: datetime) -> None:
    found = next_sending_time(who, now, POLICY)
    assert found >= now
    local = found.astimezone(ZoneInfo(who.timezone))
    assert who.hours[0] <= local.time() < who.hours[1]
    assert is_working_day(who, local.date(), POLICY)
    probe = now
    while probe < found:
        assert not in_sending_time(who, probe, POLICY)
        probe += timedelta(hours=1)


@settings(max_examples=100, deadline=None)
@given(people, st.dates(date(2026, 1, 1), date(2027, 12, 31)), st.integers(0, 30))
def test_counting_working_days_forth_and_back_agrees(who: Person, on: date, n: int) -> None:
    found = add_working_days(who, on, n, POLICY)
    assert working_days_between(who, on, found, POLICY) == n
    assert n == 0 or is_working_day(who, found, POLICY)
    assert working_days_between(who, found, on, POLICY) == 0


CHRISTMAS = Policy(ladder=Ladder(blackouts=(("12-24", "01-01"),)))


@pytest.mark.parametrize(
    ("on", "works"),
    [
        pytest.param(date(2026, 12, 23), True, id="the day before it"),
        pytest.param(date(2026, 12, 24), False, id="its first day"),
        pytest.param(date(2026, 12, 30), False, id="a day before New Year"),
        pytest.param(date(2027, 1, 1), False, id="its last day, in the next year"),
        pytest.param(date(2027, 1, 4), True, id="the Monday after it"),
        pytest.param(date(2028, 12, 28), False, id="every year"),
    ],
)
def test_in_a_blackout_nobody_works(on: date, works: bool) -> None:
    assert is_working_day(person("a"), on, CHRISTMAS) is works


def test_a_blackout_counts_for_nobody_and_nothing_is_sent_in_it() -> None:
    who = person("a")
    assert add_working_days(who, date(2026, 12, 23), 1, CHRISTMAS) == date(2027, 1, 4)
    assert working_days_between(who, date(2026, 12, 22), date(2027, 1, 5), CHRISTMAS) == 3
    assert next_sending_time(who, at("2026-12-23 18:00"), CHRISTMAS) == at("2027-01-04 09:00")


def test_somebody_whose_last_working_day_has_come_is_looked_at_after_the_horizon() -> None:
    gone = person("a", leave=((date(2026, 11, 4), date(2099, 1, 1)),))
    assert add_working_days(gone, date(2026, 11, 1), 2, POLICY) == date(2026, 11, 3)
    assert add_working_days(gone, date(2026, 11, 1), 3, POLICY) > date(2026, 11, 3) + timedelta(days=HORIZON_DAYS - 1)


@settings(max_examples=60, deadline=None)
@given(
    st.dates(date(2026, 1, 1), date(2029, 12, 31)),
    st.integers(1, 300),
    st.sampled_from(COUNTRIES),
    st.sets(st.integers(1, 7), min_size=1),
    st.dates(date(2026, 1, 1), date(2029, 12, 31)),
)
def test_the_nth_working_day_is_the_one_that_counting_day_by_day_finds(
    start: date, n: int, country: str, days: set[int], away: date
) -> None:
    who = person("a", country=country, working_days=frozenset(days), leave=((away, away + timedelta(days=9)),))
    found, left = start, n
    while left:
        found += timedelta(days=1)
        free = public_holidays(country, "", found.year)
        left -= found.isoweekday() in days and found not in free and not away <= found <= away + timedelta(days=9)
    assert add_working_days(who, start, n, POLICY) == found
    assert working_days_between(who, start, found, POLICY) == n
    assert working_days_between(who, start, found - timedelta(days=1), POLICY) == n - 1
