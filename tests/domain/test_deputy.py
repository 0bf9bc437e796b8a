"""The digest of a lead who is away all week reaches the substitute, once, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.domain.people import at, directory, dossier, entry, item, ledger, person, sends, written
from tests.domain.test_digest_ladder import STALE_AT_THE_TOP, stale
from worker.domain.ledger import Ledger, PersonRecord
from worker.domain.messages import Digest
from worker.domain.model import Directory, Mode, TrackedItem
from worker.domain.plan.deputy import deputies_owed, plan_deputy
from worker.domain.plan.digest import plan_digest
from worker.domain.plan.effects import Plan
from worker.domain.policy import Policy

POLICY = Policy()
UNIT = "digest:tom~lena:2026-W47"
MONDAY = "2026-11-16 08:00"
AWAY = (date(2026, 11, 12), date(2026, 11, 29))
LATE = item(due=date(2026, 11, 2))


def company(**lena: Any) -> Directory:
    """Lena is on leave for two weeks, and Tom stands in."""
    return directory(person("lena", leave=(AWAY,), substitute="tom", **lena), person("tom"))


def plan(
    when: str = MONDAY, *items: TrackedItem, people: Directory | None = None, known: Ledger | None = None, **over: Any
) -> Plan:
    people = people or company()
    world = [dossier(*(items or (LATE,)), **over)]
    tom, lena = people.people["tom"], people.people["lena"]
    return plan_deputy(UNIT, tom, lena, world, known or ledger(), people, POLICY, at(when), "ft.example")


def test_the_substitute_reads_whose_week_it_is_and_what_there_is_to_decide() -> None:
    (send,) = sends(plan())
    assert (send.message.to, send.message.address) == ("tom", "tom@example.com")
    assert send.message.subject.startswith("For Lena: Week 46:")
    assert isinstance(send.message.content, Digest)
    assert send.message.content.stands_in_for == "Lena"
    assert [e.item.id for e in send.message.content.decide] == ["i1"]


def test_it_is_sent_once_and_not_again_after_a_crash_or_a_bounce() -> None:
    done = sends(plan())
    assert sends(plan(known=written(ledger(), done))) == ()
    bounced = PersonRecord(person="tom", entries=(entry(UNIT, at(MONDAY), sent=False, bounced="550"),))
    assert sends(plan(known=ledger(bounced))) == ()
    begun = written(ledger(), done, sent=False)
    (again,) = sends(plan("2026-11-16 10:00", known=begun))
    assert again.message.message_id == done[0].message.message_id


@pytest.mark.parametrize(
    ("when", "people", "over"),
    [
        pytest.param("2026-11-23 09:00", company(), {}, id="the week is over"),
        pytest.param(MONDAY, directory(person("lena", substitute="tom"), person("tom")), {}, id="the lead is there"),
        pytest.param(
            MONDAY,
            directory(person("lena", leave=((AWAY[0], date(2026, 11, 17)),), substitute="tom"), person("tom")),
            {},
            id="the lead is back within the week",
        ),
        pytest.param(
            MONDAY,
            directory(person("lena", leave=(AWAY,), substitute="bob"), person("tom")),
            {},
            id="somebody else does",
        ),
        pytest.param(
            MONDAY,
            directory(person("lena", leave=(AWAY,), substitute="tom"), person("tom", departed=True)),
            {},
            id="the substitute has left",
        ),
        pytest.param(MONDAY, company(), {"mode": Mode.COMMENT}, id="nothing is live"),
        pytest.param(MONDAY, company(), {"quiet_until": date(2026, 11, 20)}, id="left in peace after a loss"),
    ],
)
def test_nothing_is_sent(when: str, people: Directory, over: dict[str, Any]) -> None:
    assert sends(plan(when, people=people, **over)) == ()


def test_before_its_hour_it_waits_and_outside_of_working_hours_too() -> None:
    early = plan("2026-11-16 07:00")
    assert early.effects == ()
    assert early.marks == ((UNIT, at("2026-11-16 08:00")),)
    late = plan("2026-11-16 21:00")
    assert late.marks == ((UNIT, at("2026-11-17 08:00")),)


def test_the_leads_own_digest_says_nothing_while_they_are_away_and_covers_the_weeks_afterwards() -> None:
    people = company()
    lena = people.people["lena"]
    world = [dossier(LATE)]
    before = ledger(PersonRecord(person="lena", entries=(entry("digest:lena:2026-W46", at("2026-11-09 08:00")),)))
    away = plan_digest("digest:lena:2026-W47", lena, world, before, people, POLICY, at(MONDAY), "ft.example")
    assert away.effects == ()
    back = plan_digest(
        "digest:lena:2026-W49", lena, world, before, people, POLICY, at("2026-11-30 09:00"), "ft.example"
    )
    (send,) = sends(back)
    assert isinstance(send.message.content, Digest)
    assert send.message.content.weeks == ("2026-W46", "2026-W47", "2026-W48")


def test_the_sweep_is_told_of_it_only_while_it_is_owed() -> None:
    people = company()
    assert deputies_owed(people, ledger(), POLICY, at("2026-11-16 06:00")) == ((UNIT, at(MONDAY)),)
    assert deputies_owed(people, ledger(), POLICY, at("2026-11-18 10:00")) == ((UNIT, at("2026-11-18 10:00")),)
    assert deputies_owed(people, written(ledger(), sends(plan())), POLICY, at("2026-11-18 10:00")) == ()
    assert deputies_owed(people, ledger(), POLICY, at("2026-11-09 10:00")) == ()


def test_whoever_ended_their_digests_gets_nobody_elses_either() -> None:
    people = directory(person("lena", leave=(AWAY,), substitute="tom"), person("tom", digest=False))
    assert deputies_owed(people, ledger(), POLICY, at(MONDAY)) == ()
    assert sends(plan(people=people)) == ()


def test_what_the_ladder_has_done_with_is_the_substitutes_to_decide_too() -> None:
    people, lena = company(), company().people["lena"]
    world = [dossier(stale(), enrolled_on=date(2026, 9, 1))]
    sent = plan_deputy(
        UNIT, people.people["tom"], lena, world, STALE_AT_THE_TOP, people, POLICY, at(MONDAY), "ft.example"
    )
    assert len(sends(sent)) == 1


def test_a_director_who_is_away_has_a_substitute_too() -> None:
    people = directory(person("dora", team="", leave=(AWAY,), substitute="tom"), person("tom"))
    assert [unit for unit, _ in deputies_owed(people, ledger(), POLICY, at(MONDAY))] == ["digest:tom~dora:2026-W47"]


def test_whoever_has_no_mail_address_stands_in_for_nobody() -> None:
    people = company()
    tom = replace(people.people["tom"], email="")
    assert deputies_owed(replace(people, people={**people.people, "tom": tom}), ledger(), POLICY, at(MONDAY)) == ()
