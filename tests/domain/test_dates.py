"""Dates are read as people mean them, after a cue or in a due field, and asked about where they are ambiguous."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.dates import Due, order_of_days, read_days, read_due
from worker.domain.datewords import echo

TUESDAY = date(2026, 11, 3)


def read(text: str, *, field: bool = False, day_first: bool | None = None, reference: date = TUESDAY) -> Due | None:
    return read_due(text, today=date(2027, 1, 1), reference=reference, day_first=day_first, field=field)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        pytest.param("Add the alert by 2026-12-01", date(2026, 12, 1), id="ISO after by"),
        pytest.param("Add the alert by 1 Dec", date(2026, 12, 1), id="day and month take the next such day"),
        pytest.param("Add the alert by Dec 1st, 2026.", date(2026, 12, 1), id="month, ordinal day and year"),
        pytest.param("Due: 5 January", date(2027, 1, 5), id="a month before the incident is next year's"),
        pytest.param("ready before the end of Q2", date(2027, 6, 30), id="a quarter that has gone is next year's"),
        pytest.param("by end of Q4", date(2026, 12, 31), id="end of this quarter"),
        pytest.param("by EOW", date(2026, 11, 6), id="EOW is the Friday"),
        pytest.param("by EOM", date(2026, 11, 30), id="EOM is the last day"),
        pytest.param("by EOQ", date(2026, 12, 31), id="EOQ"),
        pytest.param("by EOY", date(2026, 12, 31), id="EOY"),
        pytest.param("by the end of next month", date(2026, 12, 31), id="end of next month"),
        pytest.param("by Friday", date(2026, 11, 6), id="a weekday is the next one"),
        pytest.param("by next Friday", date(2026, 11, 13), id="next Friday is the one of next week"),
        pytest.param("Fix the probe in 2 weeks", date(2026, 11, 17), id="in weeks, at the end"),
        pytest.param("Fix the probe within 10 business days", date(2026, 11, 17), id="business days skip the weekend"),
        pytest.param("deadline 30 Nov", date(2026, 11, 30), id="deadline"),
        pytest.param("ETA 3 weeks", date(2026, 11, 24), id="ETA with a count"),
        pytest.param("by March", date(2027, 3, 31), id="a month is due on its last day"),
        pytest.param("to be finished in Q1 2027", date(2027, 3, 31), id="in a quarter"),
        pytest.param("rehearse it in December", date(2026, 12, 31), id="in a month at the end"),
        pytest.param("bis 14. Februar 2027", date(2027, 2, 14), id="a German date"),
        pytest.param("échéance : 31 mars 2027", date(2027, 3, 31), id="a French date"),
        pytest.param("antes del 5 de enero de 2027", date(2027, 1, 5), id="a Spanish date"),
        pytest.param("期限: 2026-12-01", date(2026, 12, 1), id="a Japanese cue"),
    ],
)
def test_a_date_after_a_cue_is_read_from_the_day_of_the_incident(text: str, day: date) -> None:
    found = read(text)
    assert found is not None
    assert found.day == day
    assert found.problem == ""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Revert the change introduced in March", id="when something was done"),
        pytest.param("Add May alerts", id="a month's name that is a word"),
        pytest.param("Prepare by May alerts rollout", id="a month before a noun"),
        pytest.param("Alert when the queue is over 80% for 5 minutes", id="a duration"),
        pytest.param("Upgrade to v1.2 by default", id="a version"),
        pytest.param("Block 10.12.5.36 until it is patched", id="an address"),
        pytest.param("Restart it by 17:30", id="a time of day"),
        pytest.param("Warn when a certificate expires within 30 days", id="a condition"),
        pytest.param("Keep logs for 14 days", id="a retention"),
        pytest.param("Raise the retention by 14 days", id="an amount"),
        pytest.param("The deploy of 2026-10-01 broke it", id="a day without a cue"),
        pytest.param("Retry in 5 minutes", id="minutes"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        pytest.param("1 Dec", date(2026, 12, 1), id="a bare day"),
        pytest.param("27/Nov/26", date(2026, 11, 27), id="as Jira Data Center writes a day"),
        pytest.param("27-Nov-2026", date(2026, 11, 27), id="hyphens around the month's name"),
        pytest.param("Nov-27-2026", date(2026, 11, 27), id="the month's name first"),
        pytest.param("Q4", date(2026, 12, 31), id="a bare quarter"),
        pytest.param("2w", date(2026, 11, 17), id="a short count"),
        pytest.param("next month", date(2026, 12, 31), id="a period"),
        pytest.param("12/25/2026", date(2026, 12, 25), id="only one order is a day"),
        pytest.param("19.09.2026", date(2026, 9, 19), id="full stops are day first"),
        pytest.param("2026年12月1日", date(2026, 12, 1), id="Japanese"),
        pytest.param("2026-11-01 → 2026-12-01", date(2026, 12, 1), id="a moved date"),
        pytest.param("end of November", date(2026, 11, 30), id="end of a month"),
    ],
)
def test_a_due_field_needs_no_cue(text: str, day: date) -> None:
    found = read(text, field=True)
    assert found is not None
    assert found.day == day


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        pytest.param("01/12/2026", "date/ambiguous", "Tue 1 Dec 2026 or Mon 12 Jan 2026", id="day or month first"),
        pytest.param("2026-12-01 or 2026-12-15", "date/two", "there are two here", id="two dates"),
        pytest.param("TBD", "date/unreadable", "not decided", id="TBD"),
        pytest.param("next sprint", "date/unreadable", "cannot be read", id="no day"),
        pytest.param("2026-02-30", "date/unreadable", "no day of the calendar", id="no such day"),
    ],
)
def test_an_unclear_due_field_is_a_question_and_never_a_guess(text: str, rule: str, words: str) -> None:
    found = read(text, field=True)
    assert found is not None
    assert found.day is None
    assert found.rule == rule
    assert found.problem.startswith("needs a date: ")
    assert words in found.problem


@pytest.mark.parametrize("text", ["", "-", "–", "n/a", "None", " … "])
def test_an_empty_due_field_says_nothing(text: str) -> None:
    assert read(text, field=True) is None


def test_the_order_that_a_team_uses_settles_an_ambiguous_date() -> None:
    first, second = read("by 01/12/2026", day_first=True), read("by 01/12/2026", day_first=False)
    assert first is not None
    assert second is not None
    assert (first.day, second.day) == (date(2026, 12, 1), date(2026, 1, 12))


@pytest.mark.parametrize(
    ("text", "order"),
    [
        pytest.param("03/10/2021 and 29/09/2021", True, id="a day over 12 comes first"),
        pytest.param("03/10/2021 and 09/29/2021", False, id="a day over 12 comes second"),
        pytest.param("03/10/2021", None, id="nothing tells"),
        pytest.param("29/09/2021 and 09/29/2021", None, id="both are used"),
    ],
)
def test_a_document_shows_its_own_order_of_day_and_month(text: str, order: bool | None) -> None:
    assert order_of_days(text) is order


def test_a_day_is_echoed_in_the_same_words_everywhere() -> None:
    assert echo(date(2026, 12, 1)) == "Tue 1 Dec 2026"
    assert echo(date(2026, 5, 31)) == "Sun 31 May 2026"


def test_the_source_says_what_was_read() -> None:
    found = read("Add an alert by 1 Dec")
    assert found is not None
    assert found.source == "text: by 1 Dec"


def test_days_of_an_incident_need_a_year_or_a_reference() -> None:
    assert read_days("On Tuesday January 9 from 17:09", reference=None, day_first=None) == ()
    assert read_days("On Tuesday January 9", reference=date(2018, 1, 11), day_first=None) == (date(2018, 1, 9),)
    assert read_days("Downtime on March 23, 2018 and March 24", reference=None, day_first=None) == (date(2018, 3, 23),)


@given(st.text(max_size=200), st.booleans(), st.dates())
def test_no_text_and_no_day_make_reading_fail(text: str, field: bool, reference: date) -> None:
    found = read_due(text, today=TUESDAY, reference=reference, day_first=None, field=field)
    assert found is None or found.day is not None or found.problem


_SAID = (
    "by due before within in end of next Friday Q2 EOW EOM 2 weeks 10 business days 31 Feb 2026-02-30 29 February "
    "01/12/2026 99999 9999-12-31 mid May , . ( ) 日 2026年13月"
)
_PIECES = st.sampled_from(_SAID.split())


@given(st.lists(_PIECES, max_size=12).map(" ".join), st.booleans(), st.dates())
def test_no_mixture_of_date_words_makes_reading_fail(text: str, field: bool, reference: date) -> None:
    found = read_due(text, today=TUESDAY, reference=reference, day_first=None, field=field)
    assert found is None or (found.day is None) == bool(found.problem)
    read_days(text, reference=reference, day_first=None)
