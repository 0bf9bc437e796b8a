"""Items that give one signal or none, and what is owed about them, for the tests of the ladder."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.domain.people import at, directory, dossier, entry, item
from worker.domain.escalation import owed_steps
from worker.domain.ledger import Ledger, PersonRecord
from worker.domain.messages import Step
from worker.domain.model import Directory, TrackedItem
from worker.domain.policy import SIGNALS, Ladder, Policy, SignalLadder

FAR = date(2027, 6, 1)
"""A due date so far away that it says nothing."""
NOBODY = Ledger()
OCTOBER = date(2026, 10, 1)
"""When the items of these worlds were enrolled: a Thursday."""


def calm(**over: Any) -> TrackedItem:
    """An item that gives no reason to speak of it for months."""
    return item(**({"due": FAR, "active_at": at("2026-11-01 10:00")} | over))


def owed(
    when: str, thing: TrackedItem, known: Ledger = NOBODY, people: Directory | None = None, **over: Any
) -> tuple[Step, ...]:
    policy = over.pop("policy", Policy())
    return owed_steps([dossier(thing, **over)], known, people or directory(), policy, at(when))


def told(steps: tuple[Step, ...]) -> list[tuple[str, str, int]]:
    return [(s.to, s.kind, s.rung) for s in steps]


def heard(person_id: str, when: str, *steps: str) -> PersonRecord:
    """A record that says: this person was told these steps (`@stale/0`, `/1`) of the item `i1`."""
    keys = tuple(f"github:acme/pay#2{step}" for step in steps)
    return PersonRecord(person=person_id, entries=(entry(f"batch/{person_id}/{when[:10]}", at(when), steps=keys),))


ALONE = Ladder(signals={kind: SignalLadder(on=False) for kind in SIGNALS})


def only(kind: str, **over: Any) -> Policy:
    """A policy in which one signal alone is told, by its default rungs unless they are given."""
    off = {k: SignalLadder(on=False) for k in ("overdue", *SIGNALS) if k != kind}
    given = {kind: SignalLadder(**over)} if over else {}
    return Policy(ladder=Ladder(signals=off | given))
