"""What a lead sees of their week, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.people import at, directory, dossier, entry, item, ledger, person, sends, told, written
from worker.domain.digest import compose_digest, digests_owed
from worker.domain.ledger import Ledger, PersonRecord
from worker.domain.messages import Digest
from worker.domain.model import Dossier, Mode, Person, Review, Status, TrackedItem
from worker.domain.plan.digest import parse_digest_unit, plan_digest, subject_of
from worker.domain.plan.effects import Plan
from worker.domain.policy import DigestPolicy, Policy
from worker.domain.weeks import occurrence

POLICY = Policy()
WEEK = "2026-W47"
MONDAY = "2026-11-16 08:00"
LENA = directory().people["lena"]


def compose(*items: TrackedItem, known: Ledger | None = None, when: str = MONDAY, **over: object) -> Digest:
    world = dossier(*items, **over)
    return compose_digest(LENA, [world], known or Ledger(), directory(), POLICY, at(when), WEEK)


def plan(week: str, when: str, *world: Dossier, known: Ledger | None = None, lead: Person = LENA) -> Plan:
    people = directory(lead)
    return plan_digest(f"digest:lena:{week}", lead, world, known or Ledger(), people, POLICY, at(when), "ft.example")


LATE = dossier(item(due=date(2026, 11, 10)))


@pytest.mark.parametrize(
    ("each", "section"),
    [
        pytest.param(item(due=date(2026, 11, 2)), "decide", id="late enough for the lead"),
        pytest.param(item(due=date(2026, 11, 12), owner=""), "decide", id="late and nobody's"),
        pytest.param(item(due=date(2026, 11, 12)), "overdue", id="late"),
        pytest.param(item(due=None), "incomplete", id="without a date"),
        pytest.param(item(due=date(2027, 1, 1), needs=("a done-when",)), "incomplete", id="lacking something"),
        pytest.param(item(due=date(2026, 11, 30)), "upcoming", id="due within two weeks"),
        pytest.param(item(due=date(2027, 1, 1), created_on=date(2026, 11, 12)), "changed", id="new this week"),
        pytest.param(item(status=Status.DONE, closed_on=date(2026, 11, 9)), "changed", id="done this week"),
        pytest.param(item(status=Status.WAIVED, closed_on=date(2026, 11, 15)), "changed", id="let go this week"),
        pytest.param(item(due=date(2027, 1, 1)), "", id="nothing to say"),
        pytest.param(item(status=Status.DONE, closed_on=date(2026, 11, 8)), "", id="told last week"),
        pytest.param(item(status=Status.DONE, closed_on=date(2026, 11, 16)), "", id="told next week"),
    ],
)
def test_an_item_stands_once_under_the_first_heading_that_fits(each: TrackedItem, section: str) -> None:
    digest = compose(each)
    names = ("decide", "overdue", "incomplete", "upcoming", "changed")
    assert [n for n in names if getattr(digest, n)] == ([section] if section else [])
    assert digest.empty is (not section)


def test_a_waiver_that_waits_for_approval_is_the_leads_to_decide() -> None:
    (asked,) = compose(item(due=date(2027, 1, 1), waiver="the service is retired")).decide
    assert asked.note == "Asked to be let go: the service is retired."
    assert asked.command == "ft waive approve"
    (secret,) = compose(item(due=date(2027, 1, 1), waiver="the service is retired", confidential=True)).decide
    assert secret.note == "Asked to be let go."


def test_at_most_seven_decisions_the_oldest_first_and_the_rest_is_not_lost() -> None:
    items = [item(f"i{n}", due=date(2026, 10, 1) + timedelta(days=n)) for n in range(10)]
    digest = compose(*reversed(items))
    assert [e.item.id for e in digest.decide] == [f"i{n}" for n in range(7)]
    assert [e.item.id for e in digest.overdue] == ["i7", "i8", "i9"]


def test_what_does_not_fit_is_counted() -> None:
    digest = compose(*(item(f"i{n}", due=date(2026, 11, 12)) for n in range(300)))
    assert (len(digest.overdue), digest.cut) == (100, 200)


def test_an_entry_says_why_and_offers_a_filled_in_answer() -> None:
    (entry_,) = compose(item(due=date(2026, 11, 2), slips=2)).decide
    assert entry_.note == "14 days late; date moved 2 times."
    assert entry_.command == "ft due 2026-11-30 reason"
    assert entry_.owner_name == "Alice"


def test_items_of_other_teams_are_not_in_it_and_a_leads_own_are() -> None:
    other = item("i2", owner="zoe", team="")
    own = item("i3", owner="lena", due=date(2026, 11, 12))
    assert [e.item.id for e in compose(other, own).overdue] == ["i3"]


def test_what_the_lead_was_told_already_is_theirs_to_decide() -> None:
    known = ledger(told("lena", 0, at("2026-11-12 10:00")))
    assert compose(item(due=date(2026, 11, 11)), known=known).decide


def test_reviews_to_come_and_held_stand_in_it() -> None:
    review = Review(uid="r", start=at("2026-11-17 10:00"), minutes=30, sequence=1, attendees=("alice",))
    coming = compose(item(due=date(2027, 1, 1)), review=review)
    assert coming.reviews == ("Tue 17 Nov 2026, 10:00 (UTC): Checkout was down",)
    held = compose(item(due=date(2027, 1, 1)), review=replace(review, start=at("2026-11-10 10:00")))
    assert held.reviews == ("Held on Tue 10 Nov 2026: Checkout was down; 1 item of 1 still open",)


def test_the_trend_names_its_n() -> None:
    done = [
        item("a", status=Status.DONE, due=date(2026, 11, 10), closed_on=date(2026, 11, 10)),
        item("b", status=Status.DONE, due=date(2026, 11, 1), closed_on=date(2026, 11, 12)),
    ]
    digest = compose(*done, item("c", due=date(2026, 11, 20)))
    assert digest.trend == "On time in 12 weeks: 1 of 2 (50 %). Open now: 1; a week before: 3."


def test_a_confidential_item_names_nobody() -> None:
    digest = compose(
        item("a", confidential=True, due=date(2026, 11, 2)),
        item("b", confidential=True, status=Status.DONE, closed_on=date(2026, 11, 12)),
    )
    assert not [e for e in (*digest.decide, *digest.changed) if "Alice" in f"{e.owner_name} {e.note}"]


def test_a_due_digest_is_one_message_with_its_identity_in_the_thread_of_the_former() -> None:
    known = ledger(PersonRecord(person="lena", entries=(entry("digest:lena:2026-W46", at("2026-11-09 08:00")),)))
    found = plan(WEEK, MONDAY, LATE, known=known)
    (send,) = sends(found)
    message = send.message
    assert (message.occurrence, message.kind) == ("digest:lena:2026-W47", "digest")
    assert message.in_reply_to == "<digest:lena:2026-W46@x>"
    assert message.message_id.endswith("@ft.example>")
    assert isinstance(message.content, Digest)
    assert message.content.weeks == ("2026-W46",)
    assert message.subject == subject_of(message.content) == "Week 46: 1 late"
    assert found.marks == (("digest:lena:2026-W48", at("2026-11-23 08:00")),)
    assert plan(WEEK, MONDAY, LATE, known=written(known, [send])).effects == ()


@pytest.mark.parametrize(
    ("week", "when", "lead", "mark"),
    [
        pytest.param(WEEK, "2026-11-16 07:59", LENA, "digest:lena:2026-W47 2026-11-16 08:00", id="before its hour"),
        pytest.param(WEEK, "2026-11-18 03:00", LENA, "digest:lena:2026-W47 2026-11-18 08:00", id="late, but at night"),
        pytest.param(WEEK, "2026-11-21 12:00", LENA, "digest:lena:2026-W48 2026-11-23 08:00", id="late, at a weekend"),
        pytest.param("2026-W45", "2026-11-17 10:00", LENA, "digest:lena:2026-W47 2026-11-17 10:00", id="overtaken"),
        pytest.param(
            WEEK,
            "2026-11-16 10:00",
            person("lena", leave=((date(2026, 11, 16), date(2026, 11, 17)),)),
            "digest:lena:2026-W47 2026-11-18 08:00",
            id="on a day off it moves to the next working day",
        ),
        pytest.param(
            WEEK,
            "2026-11-16 10:00",
            person("lena", leave=((date(2026, 11, 16), date(2026, 11, 22)),)),
            "digest:lena:2026-W48 2026-11-23 08:00",
            id="a week off leaves it to the next",
        ),
    ],
)
def test_out_of_its_time_nothing_is_sent_and_the_right_unit_is_marked(
    week: str, when: str, lead: Person, mark: str
) -> None:
    known = ledger(PersonRecord(person="lena", entries=(entry("digest:lena:2026-W46", at("2026-11-09 08:00")),)))
    found = plan(week, when, LATE, known=known, lead=lead)
    assert found.effects == ()
    assert [f"{key} {moment:%Y-%m-%d %H:%M}" for key, moment in found.marks] == [mark]


def test_after_an_outage_one_late_digest_names_the_weeks_that_it_covers() -> None:
    known = ledger(PersonRecord(person="lena", entries=(entry("digest:lena:2026-W44", at("2026-10-26 08:00")),)))
    world = dossier(item(due=date(2026, 11, 1)))
    (send,) = sends(plan(WEEK, "2026-11-18 10:00", world, known=known))
    assert isinstance(send.message.content, Digest)
    assert send.message.content.weeks == ("2026-W44", "2026-W45", "2026-W46")
    assert send.message.subject.startswith("Weeks 44 to 46:")


def test_a_quiet_week_sends_nothing_and_stays_quiet_until_the_next() -> None:
    new = item("i2", due=date(2026, 11, 19), created_on=date(2026, 11, 17))
    far = item("i1", due=date(2027, 3, 1))
    assert plan(WEEK, MONDAY, dossier(far)).effects == ()
    assert plan(WEEK, "2026-11-18 10:00", dossier(far, new)).effects == ()
    assert sends(plan("2026-W48", "2026-11-23 10:00", dossier(far, new)))


def test_enrolling_in_the_middle_of_a_week_waits_for_the_next_digest() -> None:
    world = replace(LATE, enrolled_on=date(2026, 11, 18))
    assert plan(WEEK, "2026-11-18 10:00", world).effects == ()
    assert sends(plan("2026-W48", "2026-11-23 10:00", world))


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(replace(LATE, mode=Mode.COMMENT), id="mode comment"),
        pytest.param(replace(LATE, quiet_until=date(2026, 11, 20)), id="quiet after lost state"),
        pytest.param(replace(LATE, closed=True), id="the label is missing"),
    ],
)
def test_no_digest_tells_of(world: Dossier) -> None:
    assert plan(WEEK, MONDAY, world).effects == ()


def test_a_message_begun_and_not_seen_sent_goes_out_again_as_itself() -> None:
    first = sends(plan(WEEK, MONDAY, LATE))
    (send,) = sends(plan(WEEK, "2026-11-17 10:00", LATE, known=written(Ledger(), first, sent=False)))
    assert send.message.message_id == first[0].message.message_id


def test_what_is_owed_is_the_latest_missed_digest_or_the_next() -> None:
    people, known = directory(), Ledger()
    assert digests_owed(people, known, POLICY, at("2026-11-17 10:00")) == (
        ("digest:lena:2026-W47", at("2026-11-17 10:00")),
    )
    known = ledger(PersonRecord(person="lena", entries=(entry("digest:lena:2026-W47", at("2026-11-16 08:00")),)))
    assert digests_owed(people, known, POLICY, at("2026-11-17 10:00")) == (
        ("digest:lena:2026-W48", at("2026-11-23 08:00")),
    )
    gone = directory(person("lena", departed=True))
    assert [unit for unit, _ in digests_owed(gone, known, POLICY, at("2026-11-17 10:00"))] == ["digest:dora:2026-W47"]


@pytest.mark.parametrize("unit", ["digest:lena", "digest::2026-W47", "person:lena:2026-W47", "digest:lena:2026-47"])
def test_what_is_no_digests_unit_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_digest_unit(unit)


def test_the_hour_is_local_on_both_sides_of_a_clock_change() -> None:
    berlin = person("lena", timezone="Europe/Berlin")
    assert occurrence(berlin, "2026-W43", POLICY) == at("2026-10-19 06:00")
    assert occurrence(berlin, "2026-W44", POLICY) == at("2026-10-26 07:00")
    sunday = Policy(digest=DigestPolicy(weekday=7, hour=2))
    always = replace(berlin, working_days=frozenset(range(1, 8)))
    assert occurrence(always, "2026-W13", sunday) == at("2026-03-29 01:00")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")),
    st.sampled_from(("", "DE", "US")),
    st.integers(1, 7),
    st.integers(0, 23),
    st.lists(st.tuples(st.integers(0, 70), st.integers(1, 300)), max_size=3),
)
def test_each_week_gets_one_digest_at_most_and_each_that_had_news_is_covered(
    zone: str, country: str, weekday: int, hour: int, outages: list[tuple[int, int]]
) -> None:
    lead = person("lena", timezone=zone, country=country, leave=((date(2026, 10, 5), date(2026, 10, 16)),))
    policy = Policy(digest=DigestPolicy(weekday=weekday, hour=hour))
    people, known = directory(lead), Ledger()
    old = item(due=date(2026, 8, 1), created_on=date(2026, 7, 1))
    world = [dossier(old, enrolled_on=date(2026, 7, 1))]
    start = at("2026-09-01 00:00")
    covered: list[str] = []
    down = [(start + timedelta(days=a), start + timedelta(days=a, hours=h)) for a, h in outages]
    now, end = start, start + timedelta(weeks=16)
    while now < end:
        stop = max((b for a, b in down if a <= now < b), default=now)
        (owed,) = (o for o in digests_owed(people, known, policy, stop) if o[0].startswith("digest:lena:"))
        if max(stop, owed[1]) > now:
            now = stop if stop > now else owed[1]
            continue
        done = sends(plan_digest(owed[0], lead, world, known, people, policy, now, "x"))
        known = written(known, done)
        assert done, "what is owed and not in the future is sent"
        local = now.astimezone(ZoneInfo(zone))
        assert local.isoweekday() <= 5
        assert local.hour >= hour
        assert isinstance(done[0].message.content, Digest)
        covered.extend(done[0].message.content.weeks)
    assert len(covered) == len(set(covered))
    assert covered == sorted(covered)
    assert len(covered) == (_monday(covered[-1]) - _monday(covered[0])).days // 7 + 1, "no week between is left out"
    assert _monday(covered[-1]) >= _monday("2026-W49")


def test_many_items_are_not_each_compared_with_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    compared, equal = 0, TrackedItem.__eq__

    def counting(one: TrackedItem, other: object) -> bool:
        nonlocal compared
        compared += 1
        return equal(one, other)

    people = directory()
    world = [dossier(*(item(f"i{number}") for number in range(300)))]
    monkeypatch.setattr(TrackedItem, "__eq__", counting)
    digest = compose_digest(
        people.people["lena"], world, ledger(), people, Policy(), at("2026-11-16 08:00"), "2026-W47"
    )
    assert digest.cut > 0
    assert compared < 3_000


def _monday(week: str) -> datetime:
    year, _, number = week.partition("-W")
    return datetime.combine(date.fromisocalendar(int(year), int(number), 1), datetime.min.time())
