"""Who is owed a word about a late item, and from when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.domain.people import MONDAY, at, directory, dossier, entry, item, ledger, person, told
from worker.domain.chain import gaps, unreachable
from worker.domain.escalation import next_step, owed_steps, people_with_intents, reached_people
from worker.domain.ledger import Ledger, PersonRecord, ledger_of
from worker.domain.messages import Step
from worker.domain.model import Directory, Dossier, Mode, Status, TrackedItem
from worker.domain.policy import Ladder, Policy, Rung

POLICY = Policy()
NOBODY = Ledger()


def owed(
    when: str, *items: TrackedItem, known: Ledger = NOBODY, people: Directory | None = None, **over: Any
) -> tuple[Step, ...]:
    policy = over.pop("policy", POLICY)
    return owed_steps([dossier(*(items or (item(),)), **over)], known, people or directory(), policy, at(when))


def who(steps: tuple[Step, ...]) -> list[tuple[str, int, str]]:
    return [(s.to, s.rung, s.role) for s in steps]


OWNER, LEAD, DIRECTOR = ("alice", 0, "owner"), ("lena", 1, "lead"), ("dora", 2, "director")


@pytest.mark.parametrize(
    ("when", "before", "expected"),
    [
        pytest.param("2026-11-02 16:00", [], [], id="due today is not late"),
        pytest.param("2026-11-03 08:59", [], [], id="late, but before working hours"),
        pytest.param("2026-11-03 09:00", [], [OWNER], id="one day late reaches the owner"),
        pytest.param("2027-03-01 10:00", [], [OWNER], id="an old backlog starts at the owner"),
        pytest.param("2026-11-09 10:00", [("alice", 0, "2026-11-03 09:00")], [], id="the lead's day has not come"),
        pytest.param("2026-11-10 10:00", [("alice", 0, "2026-11-03 09:00")], [LEAD], id="eight days late: the lead"),
        pytest.param("2026-12-01 10:00", [("alice", 0, "2026-11-30 09:00")], [], id="the lead waits after an outage"),
        pytest.param("2026-12-07 10:00", [("alice", 0, "2026-11-30 09:00")], [LEAD], id="five working days part pings"),
        pytest.param(
            "2026-12-01 10:00",
            [("alice", 0, "2026-11-03 09:00"), ("lena", 1, "2026-11-10 09:00")],
            [DIRECTOR],
            id="four weeks late reach the director",
        ),
        pytest.param(
            "2027-03-01 10:00",
            [("alice", 0, "2026-11-03 09:00"), ("lena", 1, "2026-11-10 09:00"), ("dora", 2, "2026-11-24 09:00")],
            [],
            id="the top rung is not repeated",
        ),
        pytest.param("2026-11-17 10:00", [("alice", 0, "2026-10-20 09:00")], [OWNER], id="an earlier date's telling"),
    ],
)
def test_the_owed_rung_is_the_one_above_the_last_one_told(
    when: str, before: list[tuple[str, int, str]], expected: list[tuple[str, int, str]]
) -> None:
    known = ledger(*(told(p, r, at(t)) for p, r, t in before))
    assert who(owed(when, known=known)) == expected


@pytest.mark.parametrize(
    ("items", "over"),
    [
        pytest.param(item(status=Status.DONE), {}, id="done"),
        pytest.param(item(status=Status.WAIVED), {}, id="waived"),
        pytest.param(item(due=None), {}, id="without a date"),
        pytest.param(item(), {"mode": Mode.COMMENT}, id="in mode comment"),
        pytest.param(item(), {"mode": Mode.OBSERVE}, id="in mode observe"),
        pytest.param(item(), {"closed": True}, id="while the label is missing"),
        pytest.param(item(), {"quiet_until": date(2026, 11, 6)}, id="in quiet days after lost state"),
    ],
)
def test_nobody_hears_about_an_item(items: TrackedItem, over: dict[str, Any]) -> None:
    assert owed("2026-11-04 10:00", items, **over) == ()


def test_the_gap_between_rungs_is_kept_where_pings_may_be_closer() -> None:
    quick = Policy(
        ladder=Ladder(
            item_gap_working_days=0, rungs=(Rung(after_days=1, role="owner"), Rung(after_days=2, role="lead"))
        )
    )
    known = ledger(told("alice", 0, at("2026-11-05 10:00")))
    assert who(owed("2026-11-06 10:00", known=known, policy=quick)) == []
    assert who(owed("2026-11-09 10:00", known=known, policy=quick)) == [LEAD]


def test_the_readers_own_working_days_count_for_the_gap() -> None:
    away = person("lena", leave=((date(2026, 11, 9), date(2026, 11, 11)),))
    known = ledger(told("alice", 0, at("2026-11-05 10:00")))
    assert who(owed("2026-11-13 10:00", known=known, people=directory(away))) == []
    assert who(owed("2026-11-17 10:00", known=known, people=directory(away))) == [LEAD]


def test_news_after_a_telling_steps_the_ladder_down_to_the_owner() -> None:
    known = ledger(told("alice", 0, at("2026-11-03 09:00")), told("lena", 1, at("2026-11-10 09:00")))
    active = item(active_at=at("2026-11-12 15:00"))
    assert who(owed("2026-11-16 10:00", active, known=known)) == []
    assert who(owed("2026-11-17 10:00", active, known=known)) == [OWNER]


def test_a_later_due_date_starts_the_ladder_again() -> None:
    known = ledger(told("alice", 0, at("2026-11-03 09:00")), told("lena", 1, at("2026-11-10 09:00")))
    moved = item(due=date(2026, 11, 20))
    assert owed("2026-11-20 10:00", moved, known=known) == ()
    assert who(owed("2026-11-23 10:00", moved, known=known)) == [OWNER]


def test_a_new_owner_hears_before_the_lead() -> None:
    known = ledger(told("bob", 0, at("2026-11-03 09:00")))
    assert who(owed("2026-11-10 10:00", known=known)) == [OWNER]


def test_an_intent_counts_as_told_and_nothing_above_it_is_owed() -> None:
    known = ledger(told("alice", 0, at("2026-11-03 09:00"), sent=False))
    assert owed("2026-11-03 10:00", known=known) == ()
    assert owed("2026-11-12 10:00", known=known) == ()


def test_an_intent_too_old_to_be_sent_again_is_void_and_the_step_is_owed_afresh() -> None:
    known = ledger(told("alice", 0, at("2026-11-03 09:00"), sent=False))
    assert who(owed("2026-11-18 10:00", known=known)) == [OWNER]


def test_an_intent_to_a_former_owner_holds_nothing_up() -> None:
    known = ledger(told("bob", 0, at("2026-11-03 09:00"), sent=False))
    assert who(owed("2026-11-10 10:00", known=known)) == [OWNER]


@pytest.mark.parametrize(
    ("items", "people", "words"),
    [
        pytest.param(item(owner=""), directory(), "needs an owner", id="nobody owns it"),
        pytest.param(item(), directory(person("alice", departed=True)), "has left", id="the owner has left"),
        pytest.param(item(), directory(person("alice", email="")), "no mail address", id="the owner has no address"),
        pytest.param(item(owner="ghost"), directory(), "does not name this login", id="the owner is a stranger"),
        pytest.param(
            item(),
            directory(person("alice", leave=((date(2026, 10, 30), date(2026, 12, 4)),))),
            "is away until Mon 7 Dec 2026",
            id="the owner is away for weeks",
        ),
    ],
)
def test_the_lead_is_asked_where_the_owner_cannot_be(items: TrackedItem, people: Directory, words: str) -> None:
    (step,) = owed("2026-11-03 10:00", items, people=people)
    assert who((step,)) == [("lena", 0, "lead")]
    assert words in step.why


def test_an_owner_who_is_away_for_days_is_waited_for() -> None:
    away = person("alice", leave=((date(2026, 11, 3), date(2026, 11, 6)),))
    assert owed("2026-11-04 10:00", people=directory(away)) == ()
    assert who(owed("2026-11-09 10:00", people=directory(away))) == [OWNER]


def test_mail_that_came_back_sends_the_next_message_to_the_lead() -> None:
    bounced = entry("batch/alice/2026-11-03", at("2026-11-03 09:00"), sent=False, bounced="550", steps=("u1/i1/0",))
    known = ledger(PersonRecord(person="alice", entries=(bounced,)))
    assert who(owed("2026-11-04 10:00", known=known)) == [("lena", 0, "lead")]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param(directory(lead=""), ("dora", 1, "director"), id="no lead: the director"),
        pytest.param(directory(person("lena", departed=True)), ("dora", 1, "director"), id="the lead has left"),
        pytest.param(
            directory(person("lena", departed=True, lead="mo"), person("mo")), ("mo", 1, "lead"), id="their lead"
        ),
        pytest.param(directory(person("lena", lead="lena")), LEAD, id="a loop ends"),
        pytest.param(directory(person("alice", lead="bob")), ("bob", 1, "lead"), id="an own lead before the team's"),
        pytest.param(directory(lead="alice"), ("dora", 1, "director"), id="nobody is their own lead"),
        pytest.param(
            directory(person("lena", substitute="bob", departed=True)), ("bob", 1, "lead"), id="a substitute stands in"
        ),
    ],
)
def test_the_next_one_who_can_be_resolved_hears(people: Directory, expected: tuple[str, int, str]) -> None:
    known = ledger(told("alice", 0, at("2026-11-03 09:00")))
    assert who(owed("2026-11-10 10:00", known=known, people=people)) == [expected]


def test_who_stood_in_below_does_not_hear_it_again_above() -> None:
    known = ledger(told("lena", 0, at("2026-11-03 09:00")))
    unowned = item(owner="")
    assert owed("2026-11-10 10:00", unowned, known=known) == ()
    assert who(owed("2026-11-24 10:00", unowned, known=known)) == [DIRECTOR]


def test_without_anybody_to_tell_there_is_a_gap_and_no_step() -> None:
    people = Directory(people={"alice": person("alice", email="")})
    world = dossier(item())
    assert owed_steps([world], NOBODY, people, POLICY, at("2026-12-10 10:00")) == ()
    assert gaps([world], NOBODY, people, POLICY, at("2026-12-10 10:00")) == (
        "Alice has no director: the ladder ends at the lead",
        "Alice has no lead: name one in people.yaml",
        "no mail reaches Alice: people.yaml has no mail address",
    )
    (finding,) = unreachable(dossier(item(owner="ghost")), NOBODY, people, at("2026-12-10 10:00"))
    assert (finding.rule, finding.item, finding.excerpt) == ("people/unreachable", "i1", "ghost")


def test_after_lost_state_the_rungs_reached_count_as_told() -> None:
    lost: dict[str, Any] = {"quiet_until": date(2026, 11, 23)}
    assert owed("2026-11-23 10:00", **lost) == ()
    assert who(owed("2026-11-24 10:00", **lost)) == [DIRECTOR]
    assert who(owed("2026-11-24 10:00", item(due=date(2026, 11, 20)), **lost)) == [OWNER]


def test_a_step_announces_the_next_rung_with_its_day() -> None:
    (step,) = owed("2026-11-03 10:00")
    assert (step.next_role, step.next_on, step.days_late, step.key) == (
        "lead",
        date(2026, 11, 10),
        1,
        "github:acme/pay#2/0",
    )
    (late,) = owed("2026-12-01 10:00")
    assert (late.next_role, late.next_on) == ("lead", date(2026, 12, 8))


@pytest.mark.parametrize(
    "key", [pytest.param("u9/i7", id="of another post-mortem"), pytest.param("u1/i1", id="as it was kept before")]
)
def test_what_was_told_about_an_issue_stays_told_whoever_speaks_for_it(key: str) -> None:
    about = item()
    told_as = f"{about.ref.key}" if key == "u9/i7" and about.ref else key
    known = ledger(told("alice", 0, at("2026-11-03 09:00"), key=told_as))
    assert owed("2026-11-06 10:00", about, known=known) == ()
    assert [t.rung for t in known.told(about)] == [0]


def test_one_telling_under_both_its_names_counts_once() -> None:
    (step,) = owed("2026-11-03 10:00")
    sent = entry("batch/alice/2026-11-03", at("2026-11-03 10:00"), steps=step.keys)
    known = ledger(PersonRecord(person="alice", entries=(sent,)))
    assert len(known.told(step.item)) == 1


def test_after_a_lost_record_what_was_owed_counts_as_told_and_the_next_rung_waits_for_peace() -> None:
    lost = ledger_of([PersonRecord(person="alice", quiet_until=date(2026, 11, 17))])
    assert owed("2026-11-09 12:00", known=lost) == ()
    assert [s.to for s in owed("2026-11-10 12:00", known=lost)] == ["lena"]
    heard = told("lena", 1, at("2026-11-10 12:00"))
    both = ledger_of([*lost.people.values(), heard])
    assert [s.to for s in owed("2026-11-23 12:00", known=both)] == []
    assert [s.to for s in owed("2026-11-24 12:00", known=both)] == ["dora"]


def test_a_person_whose_record_was_lost_is_told_news_only_after_the_days_of_peace() -> None:
    lost = ledger_of([PersonRecord(person="alice", quiet_until=date(2026, 11, 17))])
    later = item(due=date(2026, 11, 11))
    assert owed("2026-11-16 12:00", later, known=lost) == ()
    assert [(s.to, s.rung) for s in owed("2026-11-17 12:00", later, known=lost)] == [("alice", 0)]


def test_a_confidential_item_names_nobody() -> None:
    known = ledger(told("alice", 0, at("2026-11-03 09:00")))
    (step,) = owed("2026-11-10 10:00", item(confidential=True), known=known)
    assert "alice" not in f"{step.why} {step.owner_name}".casefold()


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param(date(2026, 10, 20), ("owner", "Alice", date(2026, 11, 3)), id="before the due date: the owner"),
        pytest.param(date(2026, 11, 3), ("lead", "Lena", date(2026, 11, 10)), id="then the lead"),
        pytest.param(date(2026, 11, 10), ("director", "Dora", date(2026, 11, 24)), id="then the director"),
        pytest.param(date(2026, 11, 24), None, id="then nobody"),
    ],
)
def test_the_next_step_follows_from_the_due_date_alone(today: date, expected: tuple[str, str, date] | None) -> None:
    assert next_step(item(), directory(), POLICY, today) == expected


def test_the_announced_day_is_a_working_day() -> None:
    friday = item(due=date(2026, 11, 6))
    assert next_step(friday, directory(), POLICY, date(2026, 11, 6)) == ("owner", "Alice", date(2026, 11, 9))
    assert next_step(item(owner=""), directory(), POLICY, date(2026, 11, 2)) == ("lead", "Lena", date(2026, 11, 3))


def test_people_are_reached_rung_by_rung() -> None:
    world = dossier(item(), item("i2", owner="bob", due=MONDAY + timedelta(days=90)))
    assert reached_people(world, directory(), POLICY, at("2026-11-02 10:00")) == ()
    assert "alice" in reached_people(world, directory(), POLICY, at("2026-11-03 10:00"))
    assert "bob" not in reached_people(world, directory(), POLICY, at("2026-11-03 10:00"))
    assert reached_people(replace(world, mode=Mode.COMMENT), directory(), POLICY, at("2026-11-03 10:00")) == ()


def test_people_with_a_message_begun_are_known() -> None:
    known = ledger(told("alice", 0, at("2026-11-03 09:00"), sent=False), told("bob", 0, at("2026-11-03 09:00")))
    assert people_with_intents(known, at("2026-11-04 09:00")) == ("alice",)


def test_ten_thousand_items_take_seconds() -> None:
    world = [Dossier(**{**_fields(dossier()), "items": tuple(item(f"i{n}") for n in range(10_000))})]
    steps = owed_steps(world, NOBODY, directory(), POLICY, at("2026-11-04 10:00"))
    assert len(steps) == 10_000
    assert len({s.key for s in steps}) == 10_000


def _fields(value: Dossier) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def test_the_days_are_counted_where_the_owner_is() -> None:
    people = directory(person("alice", timezone="Pacific/Auckland"), person("lena", timezone="America/Los_Angeles"))
    assert who(owed("2026-11-02 20:00", people=people)) == [OWNER]
