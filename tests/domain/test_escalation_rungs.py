"""Which rung reaches whom, what one reader's day holds, what is announced, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from tests.domain.ladders import ALONE, FAR, NOBODY, OCTOBER, calm, heard, only, owed, told
from tests.domain.people import at, directory, dossier, item, ledger, person, sends, written
from worker.domain.escalation import Ladders, announced, ladder_moments, owed_steps, reached_people, subject_of
from worker.domain.ledger import Ledger, PersonRecord
from worker.domain.messages import Batch
from worker.domain.model import Status, TrackedItem
from worker.domain.plan.person import plan_person
from worker.domain.policy import Ladder, Policy, Rung, SignalLadder

# The rungs


@pytest.mark.parametrize(
    ("priority", "severity", "expected"),
    [
        pytest.param("P1", "", ["director"], id="urgent"),
        pytest.param("P2", "", [], id="not urgent"),
        pytest.param("", "", ["director"], id="unknown"),
        pytest.param("Highest", "", ["director"], id="a word that policy does not know"),
        pytest.param("", "P3", [], id="of a small incident"),
        pytest.param("", "P0", ["director"], id="of a grave incident"),
        pytest.param("p3", "P0", [], id="the item's own word goes first"),
    ],
)
def test_a_director_hears_of_what_is_urgent_or_may_be(priority: str, severity: str, expected: list[str]) -> None:
    known = ledger(heard("alice", "2026-11-03 10:00", "/0"), heard("lena", "2026-11-10 10:00", "/1"))
    steps = owed("2026-12-01 10:00", item(priority=priority), known, severity=severity)
    assert [s.role for s in steps] == expected


def test_a_rung_may_name_a_person_and_their_substitute_stands_in() -> None:
    policy = Policy(
        ladder=replace(ALONE, rungs=(Rung(after_days=1, role="owner"), Rung(after_days=2, role="person:sam")))
    )
    known = ledger(heard("alice", "2026-11-03 10:00", "/0"))
    (step,) = owed("2026-11-10 10:00", item(), known, directory(person("sam", team="")), policy=policy)
    assert (step.to, step.role) == ("sam", "person:sam")
    gone = directory(person("sam", team="", departed=True, substitute="bob"))
    assert [s.to for s in owed("2026-11-10 10:00", item(), known, gone, policy=policy)] == ["bob"]
    assert [s.to for s in owed("2026-11-10 10:00", item(), known, policy=policy)] == ["lena"]


def test_priorities_may_have_ladders_of_their_own() -> None:
    quick = SignalLadder(priorities={"P0": (Rung(after_days=1, role="owner"), Rung(after_days=2, role="lead"))})
    policy = Policy(ladder=Ladder(signals={"overdue": quick}))
    known = ledger(heard("alice", "2026-11-03 10:00", "/0"))
    assert told(owed("2026-11-10 09:00", item(due=date(2026, 11, 3), priority="P0"), policy=policy)) == [
        ("alice", "overdue", 0)
    ]
    late = item(due=date(2026, 10, 31))
    before = ledger(heard("alice", "2026-11-02 10:00", "/0"))
    assert owed("2026-11-07 10:00", late, before, policy=policy) == ()
    assert told(owed("2026-11-09 10:00", replace(late, priority="P0"), before, policy=policy)) == [
        ("lena", "overdue", 1)
    ]
    assert told(owed("2026-11-10 10:00", item(priority="P0"), known, policy=policy)) == [("lena", "overdue", 1)]


def test_a_rung_for_the_digest_is_no_message_and_stands_in_the_digest() -> None:
    digest_only = SignalLadder(rungs=(Rung(after_days=3, role="owner", channels=("digest",)),))
    policy = Policy(ladder=Ladder(signals={"stale": digest_only}))
    assert owed("2027-02-01 10:00", calm(), policy=policy) == ()
    before = Ladders.of(NOBODY, directory(), policy, at("2026-11-03 10:00"))
    assert before.in_digest(dossier(), calm()) == ()
    after = Ladders.of(NOBODY, directory(), policy, at("2026-11-04 10:00"))
    assert after.in_digest(dossier(), calm()) == ("There has been no news of it since Sun 1 Nov 2026.",)


def test_what_it_is_too_late_to_remind_of_is_not_told_and_nobody_above_hears_it_instead() -> None:
    rungs = (Rung(after_days=-7, role="owner", until_days=-3),)
    policy = only("due-soon", rungs=rungs)
    soon = calm(due=date(2026, 11, 9))
    assert told(owed("2026-11-06 10:00", soon, policy=policy)) == [("alice", "due-soon", 0)]
    assert owed("2026-11-07 10:00", soon, policy=policy) == ()


@pytest.mark.parametrize(
    ("records", "topped"),
    [
        pytest.param([], False, id="nobody has heard"),
        pytest.param([heard("alice", "2026-11-03 10:00", "/0")], False, id="the owner has"),
        pytest.param(
            [heard("alice", "2026-11-03 10:00", "/0"), heard("lena", "2026-11-10 10:00", "/1")],
            False,
            id="the lead has",
        ),
        pytest.param(
            [
                heard("alice", "2026-11-03 10:00", "/0"),
                heard("lena", "2026-11-10 10:00", "/1"),
                heard("dora", "2026-11-24 10:00", "/2"),
            ],
            True,
            id="the director has",
        ),
    ],
)
def test_the_top_is_reached_once_nobody_further_up_will_hear(records: list[PersonRecord], topped: bool) -> None:
    ladders = Ladders.of(ledger(*records), directory(), Policy(), at("2027-02-01 10:00"))
    assert ladders.topped(dossier(), item()) is topped


def test_below_urgency_the_lead_is_the_top() -> None:
    known = ledger(heard("alice", "2026-11-03 10:00", "/0"), heard("lena", "2026-11-10 10:00", "/1"))
    ladders = Ladders.of(known, directory(), Policy(), at("2026-12-01 10:00"))
    assert ladders.topped(dossier(), item(priority="P3"))
    assert not ladders.topped(dossier(), item(priority="P1"))


# One reader's day


def batches(count: int, most: int, **over: Any) -> list[list[str]]:
    """The items of each day's batch of Alice's, in November, with so many late items and a ramp."""
    policy = Policy(ladder=replace(ALONE, first_nudges_a_day=most))
    items = [item(f"i{n}", due=date(2026, 10, 1) + timedelta(days=n), **over) for n in range(count)]
    known, people, out = Ledger(), directory(), []
    for day in range(2, 7):
        now = datetime.combine(date(2026, 11, day), time(10), at("2026-11-02 10:00").tzinfo)
        unit = f"person:alice:{now.date()}"
        plan = plan_person(unit, people.people["alice"], [dossier(*items)], known, people, policy, now, "x")
        done = sends(plan)
        contents = [e.message.content for e in done]
        out += [[s.item.id for s in content.steps] for content in contents if isinstance(content, Batch)]
        known = written(known, done)
        assert plan.marks or len(out) * most >= count
    return out


def test_an_old_backlog_comes_in_small_parts_the_most_overdue_first() -> None:
    assert batches(7, 3) == [["i0", "i1", "i2"], ["i3", "i4", "i5"], ["i6"]]


def test_what_people_ask_does_not_wait_behind_a_backlog() -> None:
    policy = Policy(ladder=replace(Ladder(), first_nudges_a_day=1))
    asked = [
        item(f"i{n}", due=FAR, question="Is it on?", asked_by="lena", asked_at=at("2026-11-02 10:00")) for n in range(3)
    ]
    ladders = Ladders.of(NOBODY, directory(), policy, at("2026-11-02 11:00"))
    found = [p for i in asked if (p := ladders.prospect(dossier(), i)) is not None and p.at <= at("2026-11-02 11:00")]
    steps, wait = ladders.batch(found)
    assert (len(steps), wait) == (3, False)


# Ahead of time


def test_the_sticky_comment_announces_only_days_that_no_comment_moves() -> None:
    thing = calm(due=date(2026, 12, 1), active_at=at("2026-11-03 10:00"))
    assert announced(dossier(thing), thing, directory(), Policy(), date(2026, 11, 4)) == (
        "overdue",
        "owner",
        "Alice",
        date(2026, 12, 2),
    )
    unowned = calm(owner="", due=date(2026, 12, 1), created_on=date(2026, 11, 2))
    found = announced(dossier(unowned), unowned, directory(), Policy(), date(2026, 11, 4))
    assert found == ("unowned", "lead", "Lena", date(2026, 11, 9))


def test_a_snoozed_item_is_announced_for_after_its_snooze() -> None:
    thing = item(snoozed_until=date(2026, 11, 13))
    found = announced(dossier(thing), thing, directory(), Policy(), date(2026, 11, 4))
    assert found is not None
    assert found.on == date(2026, 11, 16)


def test_the_clock_is_looked_at_again_at_each_rung() -> None:
    moments = set(ladder_moments(dossier(item()), directory(), Policy(ladder=ALONE)))
    assert moments == {at("2026-11-03 00:00"), at("2026-11-10 00:00"), at("2026-11-24 00:00")}


@pytest.mark.parametrize("day", [-9, -7, -3, -2, 0, 1, 8, 22])
def test_whoever_is_owed_something_is_looked_after(day: int) -> None:
    now = at("2026-11-09 10:00") + timedelta(days=day)
    thing = item(due=date(2026, 11, 9), needs=("a date",), slips=2, slipped_on=date(2026, 11, 8), created_on=OCTOBER)
    steps = owed_steps([dossier(thing)], NOBODY, directory(), Policy(), now)
    assert {s.to for s in steps} <= set(reached_people(dossier(thing), directory(), Policy(), now))


# The words


@pytest.mark.parametrize(
    ("thing", "subject", "why"),
    [
        pytest.param(
            calm(due=date(2026, 11, 9)),
            "Due soon: Alert on queue depth, due Mon 9 Nov 2026",
            "You own this, and it is due on Mon 9 Nov 2026.",
            id="due-soon",
        ),
        pytest.param(
            calm(owner=""),
            "Needs an owner: Alert on queue depth",
            "It needs an owner, and you answer for Payments.",
            id="unowned",
        ),
        pytest.param(
            calm(needs=("a step", "a done-when")),
            "Needs a step and a done-when: Alert on queue depth",
            "You own this, and it still needs a step and a done-when.",
            id="incomplete",
        ),
        pytest.param(
            calm(question="Is it\non?", asked_by="lena", asked_at=at("2026-11-02 10:00")),
            "Lena asks about: Alert on queue depth",
            "Lena asks: “Is it on?”",
            id="asked",
        ),
        pytest.param(
            calm(slips=2, slipped_on=date(2026, 11, 2)),
            "Moved again: Alert on queue depth, due Tue 1 Jun 2027",
            "You answer for Payments. Its date has moved 2 times, the last time on Mon 2 Nov 2026; it is now due on "
            "Tue 1 Jun 2027.",
            id="slipped",
        ),
        pytest.param(
            calm(waiver="The shop is gone."),
            "Let go? Yours to decide: Alert on queue depth",
            "You answer for Payments. There is a wish to let it go, because “The shop is gone”. "
            "It counts once you agree.",
            id="waiver",
        ),
        pytest.param(
            calm(status=Status.DONE, closed_on=date(2026, 11, 2), priority="P0"),
            "What shows that it works: Alert on queue depth",
            "This is yours and was closed as done. What shows it works? A link or a sentence is enough.",
            id="unproven",
        ),
    ],
)
def test_a_message_says_why_you_and_why_now(thing: TrackedItem, subject: str, why: str) -> None:
    (step,) = owed("2026-11-04 10:00", thing)
    assert (subject_of((step,)), step.why) == (subject, why)


@pytest.mark.parametrize(
    "over",
    [
        pytest.param({"question": "secret", "asked_by": "lena", "asked_at": at("2026-11-02 10:00")}, id="a question"),
        pytest.param({"waiver": "secret"}, id="a wish to let it go"),
        pytest.param({"slips": 2, "slipped_on": date(2026, 11, 2)}, id="a date that moved"),
        pytest.param({"blocked_by": ("jira:SECRET-1",), "active_at": at("2026-10-02 10:00")}, id="what it waits for"),
    ],
)
def test_of_a_confidential_item_no_words_and_no_people_are_told(over: dict[str, Any]) -> None:
    (step,) = owed("2026-11-04 10:00", calm(confidential=True, text="secret", **over))
    said = f"{subject_of((step,))} {step.why} {step.owner_name} {step.asked_by} {step.next_person}".casefold()
    assert "secret" not in said
    assert "alice" not in said
