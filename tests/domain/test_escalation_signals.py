"""What else than lateness gives reason to speak of an item, to whom, and what keeps people from being told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.domain.ladders import ALONE, NOBODY, OCTOBER, calm, heard, only, owed, told
from tests.domain.people import at, directory, dossier, entry, item, ledger, person
from tests.domain.people import told as record_of
from worker.domain.escalation import Ladders, owed_steps, reached_people
from worker.domain.ledger import PersonRecord, ledger_of
from worker.domain.model import Mode, Status, TrackedItem
from worker.domain.policy import SIGNALS, Ladder, Policy, SignalLadder

# Each signal, from its first day on


@pytest.mark.parametrize(
    ("thing", "before", "after", "to"),
    [
        pytest.param(
            calm(due=date(2026, 11, 16)), "2026-11-06 16:00", "2026-11-09 09:00", "alice", id="due-soon: a week ahead"
        ),
        pytest.param(calm(owner=""), "2026-10-07 16:00", "2026-10-08 09:00", "lena", id="unowned: a week, if unknown"),
        pytest.param(
            calm(owner="", priority="P0"), "2026-10-01 16:00", "2026-10-02 09:00", "lena", id="unowned: a P0, a day"
        ),
        pytest.param(
            calm(due=None, needs=("a date",)), "2026-10-07 16:00", "2026-10-08 09:00", "alice", id="incomplete: a week"
        ),
        pytest.param(calm(), "2026-12-04 16:00", "2026-12-07 09:00", "alice", id="stale: five weeks after the news"),
        pytest.param(
            calm(priority="P1"), "2026-11-13 16:00", "2026-11-16 09:00", "alice", id="stale: a P1, two weeks after"
        ),
        pytest.param(
            calm(blocked_by=("github:acme/pay#9",)),
            "2026-11-27 16:00",
            "2026-11-30 09:00",
            "alice",
            id="blocked: four weeks after the news",
        ),
        pytest.param(
            calm(slips=2, slipped_on=date(2026, 11, 4)),
            "2026-11-04 16:00",
            "2026-11-05 09:00",
            "lena",
            id="slipped twice",
        ),
        pytest.param(
            calm(status=Status.DONE, closed_on=date(2026, 11, 3), priority="P1"),
            "2026-11-03 16:00",
            "2026-11-04 09:00",
            "alice",
            id="unproven: the day after it was closed",
        ),
        pytest.param(
            calm(question="Is it on?", asked_by="lena", asked_at=at("2026-11-04 18:00")),
            "2026-11-03 16:00",
            "2026-11-05 09:00",
            "alice",
            id="asked: the owner, at once",
        ),
        pytest.param(
            calm(waiver="The shop is gone.", active_at=at("2026-11-04 18:00")),
            "2026-11-03 16:00",
            "2026-11-05 09:00",
            "lena",
            id="waiver: the lead, at once",
        ),
    ],
)
def test_a_signal_reaches_its_first_reader_on_its_day(thing: TrackedItem, before: str, after: str, to: str) -> None:
    assert [s for s in owed(before, thing) if s.to == to] == []
    (step,) = owed(after, thing)
    assert (step.to, step.rung) == (to, 0)
    assert step.why.endswith((".", "?", "”"))


def test_an_owner_who_has_left_is_the_leads_to_replace_at_once() -> None:
    (step,) = owed("2026-10-02 10:00", calm(), people=directory(person("alice", departed=True)))
    assert told((step,)) == [("lena", "owner-gone", 0)]
    assert step.answer == "ft owner @login"


@pytest.mark.parametrize(
    "thing",
    [
        pytest.param(calm(), id="with news and a far date"),
        pytest.param(calm(slips=1, slipped_on=date(2026, 11, 3)), id="its date moved once"),
        pytest.param(calm(status=Status.DONE, closed_on=date(2026, 11, 3), priority="P2"), id="done, and not urgent"),
        pytest.param(
            calm(status=Status.DONE, closed_on=date(2026, 11, 3), priority="P0", proof=True),
            id="done by a pull request",
        ),
        pytest.param(
            calm(status=Status.DONE, closed_on=date(2026, 11, 3), priority="P0", evidence="it fired"),
            id="done, and said",
        ),
        pytest.param(
            calm(status=Status.DONE, closed_on=date(2026, 11, 3), priority="P0", proof_asked=True),
            id="asked by comment",
        ),
        pytest.param(calm(status=Status.DONE, closed_on=date(2026, 9, 3), priority="P0"), id="done before enrolment"),
        pytest.param(calm(status=Status.WAIVED, closed_on=date(2026, 11, 3), priority="P0"), id="let go"),
        pytest.param(
            calm(question="Is it on?", asked_by="lena", asked_at=at("2026-10-30 10:00")), id="asked, and answered since"
        ),
        pytest.param(
            calm(question="Is it on?", asked_by="alice", asked_at=at("2026-11-03 10:00")), id="asked by the owner"
        ),
        pytest.param(calm(needs=("an owner",)), id="the need of an owner is no gap of an owned one"),
    ],
)
def test_nothing_is_to_be_said_of_it(thing: TrackedItem) -> None:
    assert owed("2026-11-06 10:00", thing) == ()


@pytest.mark.parametrize("kind", SIGNALS)
def test_a_signal_that_is_switched_off_is_never_told(kind: str) -> None:
    thing = replace(
        calm(due=date(2026, 11, 9), needs=("a done-when",), slips=3, slipped_on=date(2026, 10, 5), waiver="w"),
        question="q",
        asked_by="lena",
        asked_at=at("2026-11-02 10:00"),
        active_at=at("2026-10-02 10:00"),
    )
    policy = Policy(ladder=Ladder(signals={kind: SignalLadder(on=False)}))
    for day in range(60):
        now = at("2026-10-05 10:00") + timedelta(days=day)
        steps = owed_steps([dossier(thing)], NOBODY, directory(), policy, now)
        assert kind not in {k for s in steps for k in (s.kind, *(also for also, _ in s.also))}


# What keeps people from being told


@pytest.mark.parametrize(
    ("over", "first"),
    [
        pytest.param({"snoozed_until": date(2026, 11, 11)}, "2026-11-12 09:00", id="through the day of a snooze"),
        pytest.param(
            {"planned_from": date(2026, 11, 16)}, "2026-11-16 09:00", id="before what it is planned for begins"
        ),
        pytest.param({"assigned_at": at("2026-11-03 08:00")}, "2026-11-10 09:00", id="the tracker told its new owner"),
    ],
)
def test_what_is_late_waits(over: dict[str, Any], first: str) -> None:
    late = item(**over)
    assert owed((at(first) - timedelta(minutes=1)).isoformat()[:16], late) == ()
    assert [s.to for s in owed(first, late)] == ["alice"]


@pytest.mark.parametrize(
    ("ladder", "first"),
    [
        pytest.param({"starts_on": date(2026, 11, 18)}, "2026-11-19 09:00", id="the ladder has its own first day"),
        pytest.param({"grace_days": 40}, "2026-11-11 09:00", id="the newly enrolled have their days of grace"),
        pytest.param({"blackouts": (("11-03", "11-05"),)}, "2026-11-06 09:00", id="a blackout is no time to send"),
        pytest.param({"blackouts": (("10-20", "11-05"),)}, "2026-11-06 09:00", id="whenever it began"),
    ],
)
def test_policy_may_make_everybody_wait(ladder: dict[str, Any], first: str) -> None:
    policy = Policy(ladder=replace(ALONE, **ladder))
    prospect = Ladders.of(NOBODY, directory(), policy, at("2026-11-03 00:00")).prospect(dossier(), item())
    assert prospect is not None
    assert prospect.at == at(first)


def test_old_backlogs_climb_from_the_ladders_first_day_on() -> None:
    policy = Policy(ladder=replace(ALONE, starts_on=date(2026, 11, 2), item_gap_working_days=1))
    old = item(due=date(2025, 1, 1))
    assert told(owed("2026-11-03 10:00", old, policy=policy)) == [("alice", "overdue", 0)]
    known = ledger(heard("alice", "2026-11-03 10:00", "/0"))
    assert owed("2026-11-09 10:00", old, known, policy=policy) == ()
    assert told(owed("2026-11-10 10:00", old, known, policy=policy)) == [("lena", "overdue", 1)]


def test_a_mail_of_the_tracker_need_not_count() -> None:
    policy = Policy(ladder=Ladder(tracker_mail_counts=False))
    assert told(owed("2026-11-03 10:00", item(assigned_at=at("2026-11-02 10:00")), policy=policy))


@pytest.mark.parametrize(
    ("paused", "silent"),
    [
        pytest.param({"": date(2026, 11, 6)}, True, id="everybody"),
        pytest.param({"pay": date(2026, 11, 6)}, True, id="the reader's team"),
        pytest.param({"shop": date(2026, 11, 6)}, False, id="another team"),
    ],
)
def test_a_pause_holds_back_and_loses_nothing(paused: dict[str, date], silent: bool) -> None:
    known = ledger_of((), paused)
    assert (owed("2026-11-06 10:00", item(), known) == ()) is silent
    assert told(owed("2026-11-09 10:00", item(), known)) == [("alice", "overdue", 0)]


@pytest.mark.parametrize(
    ("mode", "silent"),
    [
        pytest.param(Mode.OBSERVE, True, id="a team that observes"),
        pytest.param(Mode.COMMENT, True, id="a team that only comments"),
        pytest.param(Mode.LIVE, False, id="a live team"),
        pytest.param(None, False, id="a team without a mode of its own"),
    ],
)
def test_the_items_of_a_quieter_team_are_told_to_nobody(mode: Mode | None, silent: bool) -> None:
    people = directory(mode=mode)
    assert (owed("2026-11-03 10:00", item(), people=people) == ()) is silent
    assert (reached_people(dossier(item()), people, Policy(), at("2026-11-03 10:00")) == ()) is silent


def test_while_a_waiver_waits_its_owner_is_left_in_peace() -> None:
    waits = item(waiver="The shop is gone.", active_at=at("2026-11-03 08:00"))
    assert told(owed("2026-11-03 10:00", waits)) == [("lena", "waiver", 0)]
    known = ledger(heard("lena", "2026-11-03 10:00", "@waiver/0"))
    assert owed("2027-03-01 10:00", waits, known) == ()


# One item, many signals


def test_several_signals_owed_to_one_reader_are_one_step_that_says_all() -> None:
    thing = calm(due=date(2026, 11, 9), needs=("a done-when",))
    (step,) = owed("2026-11-03 10:00", thing)
    assert (step.kind, step.also) == ("incomplete", (("due-soon", 0),))
    assert step.why == "You own this, and it still needs a done-when. It is due on Mon 9 Nov 2026."
    assert step.keys == (
        "github:acme/pay#2@incomplete/0",
        "u1/i1@incomplete/0",
        "github:acme/pay#2@due-soon/0",
        "u1/i1@due-soon/0",
    )
    known = ledger(
        PersonRecord(person="alice", entries=(entry("batch/alice/x", at("2026-11-03 10:00"), steps=step.keys),))
    )
    assert owed("2026-11-06 10:00", thing, known) == ()


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        pytest.param("2026-11-09 10:00", [], id="four working days later nobody is told"),
        pytest.param("2026-11-10 10:00", [("lena", "slipped", 0)], id="five working days later the next one is"),
    ],
)
def test_five_working_days_part_two_pings_whatever_they_say_and_whoever_gets_them(
    when: str, expected: list[tuple[str, str, int]]
) -> None:
    thing = calm(slips=2, slipped_on=date(2026, 11, 2))
    known = ledger(heard("alice", "2026-11-03 10:00", "@incomplete/0"))
    assert told(owed(when, thing, known)) == expected


def test_of_what_is_late_lateness_speaks_alone() -> None:
    thing = item(needs=("a done-when",), active_at=None, owner="")
    assert told(owed("2026-11-03 10:00", thing)) == [("lena", "overdue", 0)]
    assert owed("2026-11-03 10:00", thing)[0].also == ()


def test_an_owner_who_leaves_after_all_have_heard_is_told_of_once_more() -> None:
    known = ledger(
        heard("alice", "2026-11-03 10:00", "/0"),
        heard("lena", "2026-11-10 10:00", "/1"),
        heard("dora", "2026-11-24 10:00", "/2"),
    )
    gone = directory(person("alice", departed=True))
    assert told(owed("2026-12-07 10:00", item(), known, gone)) == [("lena", "owner-gone", 0)]


def test_news_answers_what_asks_for_news_and_nothing_else() -> None:
    known = ledger(heard("alice", "2026-12-07 10:00", "@stale/0", "@incomplete/0"))
    thing = calm(due=None, needs=("a done-when",), active_at=at("2026-12-08 10:00"))
    assert owed("2027-01-08 10:00", thing, known) == ()
    assert told(owed("2027-01-12 10:00", thing, known)) == [("alice", "stale", 0)]


def test_the_lead_hears_of_silence_only_after_the_owner() -> None:
    assert told(owed("2027-03-01 10:00", calm())) == [("alice", "stale", 0)]
    known = ledger(heard("alice", "2027-03-01 10:00", "@stale/0"))
    assert told(owed("2027-03-08 10:00", calm(), known)) == [("lena", "stale", 1)]


@pytest.mark.parametrize(
    "kind",
    [pytest.param("asked", id="a question"), pytest.param("due-soon", id="a reminder")],
)
def test_what_is_meant_for_the_owner_alone_nobody_else_hears(kind: str) -> None:
    thing = calm(due=date(2026, 11, 9), question="Is it on?", asked_by="lena", asked_at=at("2026-11-02 10:00"))
    people = directory(person("alice", email=""))
    assert owed("2026-11-03 10:00", thing, people=people, policy=only(kind)) == ()


def test_about_the_items_of_a_paused_team_nobody_hears_whatever_their_own_team() -> None:
    known = ledger(record_of("alice", 0, at("2026-11-03 09:00")), record_of("lena", 1, at("2026-11-10 09:00")))
    late = at("2026-12-07 16:00")
    for paused, reached in (
        ({}, ["dora"]),
        ({"search": date(2026, 12, 31)}, ["dora"]),
        ({"pay": date(2026, 12, 31)}, []),
    ):
        steps = owed_steps([dossier(item())], replace(known, paused=paused), directory(), Policy(ladder=ALONE), late)
        assert [step.to for step in steps] == reached
    after = owed_steps(
        [dossier(item())],
        replace(known, paused={"pay": date(2026, 12, 31)}),
        directory(),
        Policy(ladder=ALONE),
        at("2027-01-04 16:00"),
    )
    assert [step.to for step in after] == ["dora"]


def test_of_a_second_owner_who_leaves_the_lead_hears_as_of_the_first() -> None:
    gone = directory(person("bob", departed=True))
    known = ledger_of([heard("lena", "2026-11-02 10:00", "@owner-gone/0")])
    of_the_first = calm(owner="bob", assigned_at=at("2026-10-05 10:00"))
    of_the_second = calm(owner="bob", assigned_at=at("2026-11-09 10:00"))
    assert told(owed("2026-11-20 10:00", of_the_first, known, gone)) == []
    assert told(owed("2026-11-20 10:00", of_the_second, known, gone)) == [("lena", "owner-gone", 0)]


def test_a_new_date_is_news_whoever_set_it() -> None:
    quiet = calm(active_at=None, created_on=OCTOBER)
    assert [s.to for s in owed("2026-11-20 10:00", quiet, policy=only("stale"))] == ["alice"]
    moved = replace(quiet, slips=1, slipped_on=date(2026, 11, 18))
    assert owed("2026-11-20 10:00", moved, policy=only("stale")) == ()
