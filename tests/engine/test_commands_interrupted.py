"""A run that comes to no end is made up for by the next one, and no command is heard twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.engine.test_commands import Office
from tests.engine.test_post_mortems import KEYS
from worker.engine.perform import OverBudget, Performer
from worker.engine.post_mortems import Outcome

SPOKEN = (
    ("ft due 1 2026-12-20 the vendor is late", "alice"),
    ("ft waive 2 no longer needed", "bob"),
    ("ft waive approve 2", "lena"),
    ("ft done 3 it fired in staging", "bob"),
)


def stopping(office: Office, most: int) -> Outcome | None:
    """One run whose budget ends after so many writes; None where it came to no end."""
    left = most

    def before_write(_site: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OverBudget(60.0)

    performer = Performer(
        trackers=office.trackers, keys=KEYS, clock=office.clock, before_write=before_write, keep_wish=office.keep
    )
    try:
        return office.post_mortems.reconcile(office.ref, office.clock.now(), performer)
    except OverBudget:
        return None


def spoken(office: Office) -> None:
    for text, who in SPOKEN:
        office.clock.set(office.clock.now() + timedelta(minutes=5))
        office.tracker.say(office.ref, text, who, trusted=True)


@pytest.mark.parametrize("most", range(8))
def test_a_run_that_stops_at_any_write_is_made_up_for_without_a_false_word(most: int) -> None:
    good, office = Office(), Office()
    spoken(good)
    good.reconcile(good.ref)
    spoken(office)
    stopping(office, most)
    office.reconcile(office.ref)
    assert office._answers(office.ref) == []
    for wanted, got in zip(good.state(good.ref).items, office.state(office.ref).items, strict=True):
        assert (got.waived, got.approved_by, got.evidence, got.base.due, got.base.status) == (
            wanted.waived,
            wanted.approved_by,
            wanted.evidence,
            wanted.base.due,
            wanted.base.status,
        )


def test_with_a_small_budget_many_commands_come_to_an_end() -> None:
    office = Office()
    for number in range(20):
        office.clock.set(office.clock.now() + timedelta(minutes=5))
        office.tracker.say(office.ref, f"ft due 1 2026-12-{number + 10} again", "alice", trusted=True)
    runs = 0
    while stopping(office, 4) is None:
        runs += 1
        assert runs < 10, "it never ends"
    assert office.state(office.ref).item(office.state(office.ref).items[0].id).base.due == date(2026, 12, 29)  # type: ignore[union-attr]
