"""When the follow-up review is, who comes, and why then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.people import at, directory, dossier, item, person, state
from worker.domain.model import Directory, Dossier, Person, Review, Status
from worker.domain.policy import Policy, ReviewPolicy
from worker.domain.review import CONCESSIONS, Level, blacked_out, can_come, party_of, plan_review
from worker.domain.state import State
from worker.domain.workdays import is_working_day

POLICY = Policy()
NOW = at("2026-10-01 12:00")
OPEN = dossier(item(), item("i2", owner="bob"))


def plan(
    world: Dossier = OPEN,
    current: Review | None = None,
    *,
    people: Directory | None = None,
    now: datetime = NOW,
    policy: Policy = POLICY,
    **over: Any,
) -> Review | None:
    found = people or directory()
    remembered: State = replace(state(), review=current, **over)
    return plan_review(world, remembered, found.people["alice"], found, policy, now)


def booked(world: Dossier = OPEN, *, people: Directory | None = None, now: datetime = NOW) -> Review:
    review = plan(world, people=people, now=now)
    assert review is not None
    return review


def test_it_is_at_the_preferred_hour_of_the_first_preferred_weekday_in_the_window() -> None:
    review = booked()
    assert review.start == at("2026-11-03 10:00")
    assert (review.attendees, review.optional, review.minutes) == (("alice", "bob", "lena"), (), 30)
    assert (review.cancelled, review.concession) == (False, "")
    assert review.because == (
        "33 days after the post-mortem of Thu 1 Oct 2026, inside the working hours of everybody who is needed, "
        "on the weekday and at the hour that policy prefers"
    )


@pytest.mark.parametrize(
    ("people", "start", "level"),
    [
        pytest.param(
            directory(person("bob", leave=((date(2026, 11, 3), date(2026, 11, 3)),))),
            "2026-11-10 10:00",
            Level.NOTHING,
            id="leave of a required person moves it a week",
        ),
        pytest.param(
            directory(person("bob", working_days=frozenset({5}))),
            "2026-10-30 10:00",
            Level.NOTHING,
            id="a weekday",
        ),
        pytest.param(
            directory(person("bob", hours=(time(14), time(17)))), "2026-11-03 14:00", Level.NOTHING, id="another hour"
        ),
        pytest.param(
            directory(person("bob", hours=(time(17), time(20)))), "2026-11-03 16:00", Level.HOURS, id="wider hours"
        ),
        pytest.param(
            directory(person("bob", leave=((date(2026, 10, 20), date(2026, 11, 13)),))),
            "2026-11-17 10:00",
            Level.LONGER,
            id="a longer window",
        ),
        pytest.param(
            directory(person("bob", timezone="Pacific/Auckland", working_days=frozenset({1, 2, 3, 4}))),
            "2026-11-03 10:00",
            Level.SOMEBODY,
            id="somebody cannot come",
        ),
    ],
)
def test_where_no_slot_is_left_one_wish_is_given_up_and_named(people: Directory, start: str, level: Level) -> None:
    review = booked(people=people)
    assert review.start == at(start)
    assert review.concession.startswith(CONCESSIONS[level])
    assert bool(review.concession) is (level is not Level.NOTHING)
    if level is Level.SOMEBODY:
        assert "Bob" in review.concession


def test_a_window_that_had_passed_at_enrolment_leads_to_an_early_slot_with_five_working_days_notice() -> None:
    review = booked(now=at("2027-03-03 12:00"))
    assert review.start == at("2027-03-16 10:00")
    assert review.concession == CONCESSIONS[Level.LATE]


def test_the_days_around_new_year_are_kept_free() -> None:
    review = booked(dossier(item(), incident_date=date(2026, 11, 22)), now=at("2026-11-23 12:00"))
    assert review.start == at("2027-01-05 10:00")
    late = booked(dossier(item(), incident_date=date(2026, 11, 18)), now=at("2026-11-23 12:00"))
    assert not blacked_out(late.start.date(), POLICY.review)


def test_a_booked_slot_stays_while_it_fits() -> None:
    first = booked()
    better = replace(first, start=at("2026-11-04 10:00"))
    assert plan(current=better, now=at("2026-10-20 12:00")) == better


def test_a_fact_that_rules_the_slot_out_moves_it_and_the_sequence_grows() -> None:
    first = booked()
    away = directory(person("lena", leave=((date(2026, 11, 2), date(2026, 11, 4)),)))
    moved = plan(current=first, people=away, now=NOW + timedelta(seconds=5))
    assert moved is not None
    assert moved.start == at("2026-11-10 10:00")
    assert (moved.uid, moved.sequence > first.sequence) == (first.uid, True)
    assert plan(current=moved, now=NOW + timedelta(days=1)) == moved


def test_attendees_follow_the_items_without_moving_the_meeting() -> None:
    first = booked(dossier(item()))
    assert first.attendees == ("alice", "lena")
    more = plan(OPEN, first, now=NOW + timedelta(days=1))
    assert more is not None
    assert (more.attendees, more.start, more.sequence > first.sequence) == (("alice", "bob", "lena"), first.start, True)
    kept = dossier(item(), item("i2", owner="bob", status=Status.DONE))
    assert plan(kept, more, now=NOW + timedelta(days=2)) == more


def test_the_director_may_come_once_an_item_stands_at_the_top_rung() -> None:
    review = booked(dossier(item(due=date(2026, 9, 1))))
    assert review.optional == ("dora",)


@pytest.mark.parametrize(
    ("world", "over"),
    [
        pytest.param(dossier(item(status=Status.DONE), item("i2", status=Status.WAIVED)), {}, id="all is closed"),
        pytest.param(OPEN, {"left": True, "leaving_since": NOW}, id="the post-mortem was un-enrolled"),
        pytest.param(dossier(), {}, id="nothing was ever promised"),
    ],
)
def test_it_is_called_off_and_never_booked_when(world: Dossier, over: dict[str, Any]) -> None:
    first = booked()
    off = plan(world, first, now=NOW, **over)
    assert off == replace(first, cancelled=True, sequence=first.sequence + 1)
    assert plan(world, off, now=NOW + timedelta(days=1), **over) == off
    assert plan(world, None, **over) is None


def test_while_the_label_is_missing_for_hours_nothing_changes() -> None:
    first = booked()
    assert plan(dossier(item(), item("i2", owner="bob"), item("i3", owner="dora")), first, leaving_since=NOW) == first


def test_a_review_after_a_cancelled_one_has_another_uid_and_a_lost_one_has_the_same() -> None:
    first = booked()
    off = plan(current=first, left=True)
    assert off is not None
    again = plan(current=off, now=NOW + timedelta(days=2))
    assert again is not None
    assert again.uid != first.uid
    assert booked(now=NOW + timedelta(days=2)).uid == first.uid
    assert booked(now=NOW + timedelta(days=2)).sequence > first.sequence


def test_what_was_held_stays_as_it_was() -> None:
    first = booked()
    assert plan(dossier(item(status=Status.DONE)), first, now=first.start + timedelta(hours=1)) == first


def test_without_anybody_who_has_an_address_nothing_is_booked() -> None:
    nobody = directory(*(person(p, email="") for p in ("alice", "bob", "lena", "dora")))
    assert plan(people=nobody) is None


zones = st.sampled_from(("UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo", "Pacific/Auckland"))
teams = st.lists(
    st.tuples(zones, st.sampled_from(("", "DE", "US", "JP")), st.integers(-40, 60), st.integers(0, 30)),
    min_size=2,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(teams, st.dates(date(2025, 1, 1), date(2029, 12, 31)), st.integers(0, 60))
def test_the_slot_is_inside_the_window_or_names_its_concession_and_is_stable(
    team: list[tuple[str, str, int, int]], held_on: date, enrolled_after_days: int
) -> None:
    people = [
        person(
            f"p{n}",
            timezone=zone,
            country=country,
            leave=((held_on + timedelta(days=begin), held_on + timedelta(days=begin + length)),),
        )
        for n, (zone, country, begin, length) in enumerate(team)
    ]
    found = directory(*people, lead="p0", director="")
    world = dossier(*(item(f"i{n}", owner=p.id) for n, p in enumerate(people)), incident_date=held_on)
    now = datetime.combine(held_on + timedelta(days=enrolled_after_days), time(12), ZoneInfo("UTC"))
    review = plan_review(world, state(), people[0], found, POLICY, now)
    assert review is not None
    assert review.start > now
    on = review.start.astimezone(ZoneInfo(people[0].timezone)).date()
    days = (on - held_on).days
    if not review.concession:
        assert 28 <= days <= 42
        assert not blacked_out(on, POLICY.review)
        assert all(can_come(p, review.start, POLICY) for p in people)
    elif not review.concession.startswith(CONCESSIONS[Level.SOMEBODY]):
        assert all(can_come(p, review.start, POLICY, wide=True) for p in people)
        assert not blacked_out(on, POLICY.review)
    assert plan_review(world, state(), people[0], found, POLICY, now) == review
    kept = state(review=review)
    for later in (timedelta(minutes=1), (review.start - now) / 2, review.start - now - timedelta(minutes=1)):
        assert plan_review(world, kept, people[0], found, POLICY, now + later) == review
    if not _any_slot(people, held_on, now):
        assert review.concession
    else:
        assert review.concession == ""


def _any_slot(people: list[Person], held_on: date, now: datetime) -> bool:
    """By brute force: whether anything in the window, with notice, suits everybody."""
    chair = people[0]
    zone = ZoneInfo(chair.timezone)
    first = _notice(chair, now)
    for ahead in range(28, 43):
        on = held_on + timedelta(days=ahead)
        if on < first or blacked_out(on, POLICY.review):
            continue
        for minute in range(0, 1440, 30):
            start = datetime.combine(on, time(minute // 60, minute % 60), zone)
            if all(can_come(p, start, POLICY) for p in people):
                return True
    return False


def _notice(chair: Person, now: datetime) -> date:
    on = now.astimezone(ZoneInfo(chair.timezone)).date()
    ahead, n = on, 0
    while n < 5:
        ahead += timedelta(days=1)
        n += is_working_day(chair, ahead, POLICY)
    return ahead if ahead <= on + timedelta(days=15) else on + timedelta(days=7)


def test_policy_may_want_another_window_and_length() -> None:
    policy = Policy(review=ReviewPolicy(first_day=10, last_day=20, weekday=4, hour=15, minutes=60))
    review = plan(policy=policy)
    assert review is not None
    assert (review.start, review.minutes) == (at("2026-10-15 15:00"), 60)
    party = party_of(OPEN, None, directory(), policy, NOW, None)
    assert party is not None
    assert party.chair.id == "lena"
