"""The weeks to come, played forward: the ladder as it would be told if nothing moved."""

from __future__ import annotations

from datetime import date
from itertools import islice

import pytest

from tests.domain.people import at, directory, dossier, item, ledger, person, told
from worker.domain.messages import Batch, Message
from worker.domain.model import Dossier, Mode
from worker.domain.policy import Policy
from worker.domain.simulate import simulate

POLICY = Policy()


def played(*dossiers: Dossier, start: str = "2026-11-01 00:00", end: str = "2027-01-31 23:00") -> list[Message]:
    return list(simulate(dossiers, ledger(), directory(), POLICY, at(start), at(end)))


def rungs(messages: list[Message]) -> list[tuple[str, str, int]]:
    return [
        (f"{m.date:%m-%d %H:%M}", m.to, step.rung)
        for m in messages
        if isinstance(m.content, Batch)
        for step in m.content.steps
        if "@" not in step.key
    ]


def test_each_rung_comes_on_its_day_and_the_last_is_not_repeated() -> None:
    assert rungs(played(dossier(item()))) == [
        ("11-03 09:00", "alice", 0),
        ("11-10 09:00", "lena", 1),
        ("11-24 09:00", "dora", 2),
    ]


def test_what_was_told_before_is_not_told_again() -> None:
    known = ledger(told("alice", 0, at("2026-11-03 09:00")))
    found = simulate([dossier(item())], known, directory(), POLICY, at("2026-11-04 00:00"), at("2026-11-20 00:00"))
    assert rungs(list(found)) == [("11-10 09:00", "lena", 1)]


def test_everything_for_one_person_on_one_day_is_one_message() -> None:
    messages = played(dossier(item("i1"), item("i2"), item("i3")), end="2026-11-04 00:00")
    assert len(messages) == 1
    assert len(rungs(messages)) == 3


@pytest.mark.parametrize(
    "dossiers",
    [
        pytest.param([dossier(item(due=None), mode=Mode.OBSERVE)], id="a site that is not live"),
        pytest.param([dossier()], id="no item"),
        pytest.param([], id="no post-mortem"),
    ],
)
def test_there_may_be_nothing_to_come(dossiers: list[Dossier]) -> None:
    assert played(*dossiers) == []


def test_somebody_who_never_works_does_not_keep_it_from_ending() -> None:
    people = directory(person("alice", working_days=frozenset()))
    found = simulate([dossier(item())], ledger(), people, POLICY, at("2026-11-01 00:00"), at("2027-01-31 23:00"))
    assert {m.to for m in found} <= {"lena", "dora"}


def test_a_thousand_items_of_a_year_are_played_in_order() -> None:
    items = [item(f"i{n}", due=date(2026, 1 + n % 12, 1 + n % 28), owner=("alice", "bob")[n % 2]) for n in range(200)]
    moments = [m.date for m in islice(played(dossier(*items), start="2026-12-31 00:00"), 50)]
    assert moments == sorted(moments)
