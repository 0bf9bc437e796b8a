"""Where a digest shows what the ladder has done with, and what it only shows."""

from __future__ import annotations

from datetime import date

from tests.domain.people import at, directory, dossier, entry, issue_of, item, sends
from worker.domain.digest import compose_digest
from worker.domain.ledger import Ledger, PersonRecord, ledger_of
from worker.domain.messages import Digest
from worker.domain.model import TrackedItem
from worker.domain.plan.digest import plan_digest
from worker.domain.policy import Ladder, Policy, Rung, SignalLadder

LENA = directory().people["lena"]
FAR = date(2028, 1, 3)


def heard(person: str, when: str, item_id: str, *steps: str) -> PersonRecord:
    keys = tuple(f"{issue_of('u1', item_id).key}{step}" for step in steps)
    sent = entry(f"batch/{person}/{when[:10]}", at(when), steps=keys)
    return PersonRecord(person=person, entries=(sent,))


STALE_AT_THE_TOP = ledger_of(
    [heard("alice", "2026-11-02 10:00", "i1", "@stale/0"), heard("lena", "2026-11-09 10:00", "i1", "@stale/1")]
)


def stale() -> TrackedItem:
    """Without news since the first of September, and due in more than a year."""
    return item(due=FAR, created_on=date(2026, 9, 1), active_at=at("2026-09-01 10:00"), priority="P1")


def composed(*items: TrackedItem, known: Ledger, policy: Policy | None = None) -> Digest:
    world = dossier(*items, enrolled_on=date(2026, 9, 1))
    return compose_digest(LENA, [world], known, directory(), policy or Policy(), at("2026-11-16 08:00"), "2026-W47")


def test_what_nobody_further_up_will_hear_of_stands_at_the_head_with_its_reason() -> None:
    (first, second) = composed(item("i2", due=date(2026, 10, 1)), stale(), known=STALE_AT_THE_TOP).decide
    assert first.item.id == "i1"
    assert first.note == "There has been no news of it since Tue 1 Sep 2026; nobody further up is told."
    assert second.item.id == "i2"


def test_while_its_ladder_goes_on_it_is_no_decision_of_the_digests() -> None:
    halfway = ledger_of([heard("alice", "2026-11-02 10:00", "i1", "@stale/0")])
    digest = composed(stale(), known=halfway)
    assert (digest.decide, digest.incomplete) == ((), ())


def test_a_rung_for_the_digest_shows_there_and_nowhere_else() -> None:
    rungs = (Rung(after_days=30, role="owner", channels=("digest",)),)
    policy = Policy(ladder=Ladder(signals={"stale": SignalLadder(rungs=rungs)}))
    (shown,) = composed(stale(), known=Ledger(), policy=policy).incomplete
    assert shown.note == "There has been no news of it since Tue 1 Sep 2026."


def test_a_week_in_which_only_that_is_to_be_told_is_no_quiet_one() -> None:
    world = [dossier(stale(), enrolled_on=date(2026, 9, 1))]
    people, now = directory(), at("2026-11-16 08:00")
    unit = "digest:lena:2026-W47"
    loud = plan_digest(unit, LENA, world, STALE_AT_THE_TOP, people, Policy(), now, "x")
    assert len(sends(loud)) == 1
    assert sends(plan_digest(unit, LENA, world, Ledger(), people, Policy(), now, "x")) == ()
