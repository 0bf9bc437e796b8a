"""What people say of themselves: kept in their record of the ledger, and laid over people.yaml."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from worker.domain.ledger import Ledger, PersonRecord, Wish
from worker.domain.model import Directory, Person
from worker.domain.wishes import with_wish, with_wishes

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
XMAS = (date(2026, 12, 21), date(2026, 12, 24))
BOB = Person(id="bob", timezone="Europe/Berlin", leave=((date(2027, 1, 4), date(2027, 1, 8)),))
RECORD = PersonRecord(person="bob")


def wished(record: PersonRecord) -> Person:
    return with_wishes(Directory(people={"bob": BOB}), Ledger(people={"bob": record})).people["bob"]


def test_a_record_with_wishes_survives_being_written_down() -> None:
    record = with_wish(with_wish(RECORD, "zone", "Asia/Tokyo", NOW), "leave", "2026-12-21/2026-12-24", NOW)
    assert PersonRecord.from_json(record.to_json()) == record
    assert "w" not in RECORD.to_json()


def test_the_persons_own_word_goes_before_the_file() -> None:
    record = with_wish(with_wish(RECORD, "zone", "Asia/Tokyo", NOW), "channel", "slack", NOW)
    assert (wished(record).timezone, wished(record).channel) == ("Asia/Tokyo", "slack")


def test_leave_is_added_to_that_of_the_file_and_to_what_was_said_before() -> None:
    record = with_wish(RECORD, "leave", "2026-12-21/2026-12-24", NOW)
    record = with_wish(record, "leave", "2027-02-01/2027-02-01", NOW + timedelta(hours=1))
    assert wished(record).leave == (XMAS, *BOB.leave, (date(2027, 2, 1), date(2027, 2, 1)))
    again = with_wish(record, "leave", "2027-02-01/2027-02-01", NOW + timedelta(hours=1))
    assert again == record


def test_taking_leave_back_leaves_that_of_the_file() -> None:
    record = with_wish(RECORD, "leave", "2026-12-21/2026-12-24", NOW)
    assert wished(with_wish(record, "leave", "", NOW + timedelta(hours=1))) == BOB


def test_leave_that_is_long_over_is_forgotten() -> None:
    record = with_wish(RECORD, "leave", "2026-12-21/2026-12-24", NOW)
    later = with_wish(record, "leave", "2027-06-01/2027-06-02", NOW + timedelta(days=120))
    assert later.wishes["leave"].value == "2027-06-01/2027-06-02"


def test_an_older_word_does_not_replace_a_newer_one() -> None:
    record = with_wish(RECORD, "zone", "Asia/Tokyo", NOW)
    assert with_wish(record, "zone", "Europe/Paris", NOW - timedelta(hours=1)) == record


def test_of_two_pages_the_newest_word_stands() -> None:
    old = with_wish(RECORD, "zone", "Asia/Tokyo", NOW)
    new = with_wish(RECORD, "zone", "Europe/Paris", NOW + timedelta(hours=1))
    assert old.merged(new).wishes == new.merged(old).wishes == new.wishes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("zone", "Mars/Olympus", id="a zone that is none"),
        pytest.param("zone", "../../etc/passwd", id="a zone that is a path"),
        pytest.param("leave", "soon/later", id="leave that is no days"),
        pytest.param("channel", "pigeon", id="a channel that is none"),
        pytest.param("mood", "fine", id="a wish of another version"),
    ],
)
def test_a_wish_that_means_nothing_is_left_out(name: str, value: str) -> None:
    assert wished(replace(RECORD, wishes={name: Wish(value=value, at=NOW)})) == BOB


def test_a_directory_without_wishes_is_the_same_value() -> None:
    directory = Directory(people={"bob": BOB})
    assert with_wishes(directory, Ledger(people={"bob": RECORD})) is directory


def test_two_leaves_said_in_one_comment_are_both_kept() -> None:
    record = with_wish(with_wish(RECORD, "leave", "2026-12-21/2026-12-24", NOW), "leave", "2027-02-01/2027-02-01", NOW)
    assert record.wishes["leave"].value == "2026-12-21/2026-12-24,2027-02-01/2027-02-01"


def test_leave_that_is_heard_late_is_added_all_the_same() -> None:
    record = with_wish(RECORD, "leave", "2027-02-01/2027-02-01", NOW)
    late = with_wish(record, "leave", "2026-12-21/2026-12-24", NOW - timedelta(hours=1))
    assert late.wishes["leave"].value == "2026-12-21/2026-12-24,2027-02-01/2027-02-01"
    taken_back = with_wish(record, "leave", "", NOW + timedelta(hours=1))
    assert with_wish(taken_back, "leave", "2026-12-21/2026-12-24", NOW) == taken_back


def test_of_two_pages_of_the_same_moment_both_leaves_stand() -> None:
    one = with_wish(RECORD, "leave", "2026-12-21/2026-12-24", NOW)
    two = with_wish(RECORD, "leave", "2027-02-01/2027-02-01", NOW)
    assert one.merged(two).wishes == two.merged(one).wishes
    assert len(wished(one.merged(two)).leave) == 3


def test_of_very_many_leaves_the_nearest_are_kept() -> None:
    record = RECORD
    for week in range(60):
        day = (date(2026, 11, 27) + timedelta(weeks=week)).isoformat()
        record = with_wish(record, "leave", f"{day}/{day}", NOW + timedelta(minutes=week))
    assert (date(2026, 11, 27), date(2026, 11, 27)) in wished(record).leave
