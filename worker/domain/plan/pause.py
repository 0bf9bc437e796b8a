"""Is this person to be left alone for now, because an operator has paused the messages to their team or to all?

A pause holds back and loses nothing: whatever is owed is owed still when it is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from worker.domain.ledger import Ledger
from worker.domain.model import Person
from worker.domain.plan.effects import Plan
from worker.domain.plan.person import person_unit
from worker.domain.policy import Policy
from worker.domain.workdays import local_day, moment


def paused_person(unit: str, person: Person, ledger: Ledger, policy: Policy, now: datetime) -> Plan | None:
    """The plan of a person's unit during a pause: only the mark of the unit in which they may be told again. None where
    nothing is paused."""
    over = _over(person, ledger, now)
    return None if over is None else Plan(unit=unit, marks=(person_unit(person, over, policy),))


def paused_digest(unit: str, person: Person, ledger: Ledger, now: datetime) -> Plan | None:
    """The same for the unit of a digest, which waits itself and then says which weeks it covers."""
    over = _over(person, ledger, now)
    return None if over is None else Plan(unit=unit, marks=((unit, over),))


def _over(person: Person, ledger: Ledger, now: datetime) -> datetime | None:
    """The moment in UTC when the pause ends, at midnight in the person's zone."""
    until = ledger.paused_until(person.team)
    if until is None or local_day(person, now) > until:
        return None
    return moment(person, until + timedelta(days=1))
