"""One issue that several post-mortems name is spoken for by one of them."""

from __future__ import annotations

from datetime import date

from tests.domain.people import dossier, item
from worker.domain.dossiers import each_item_once
from worker.domain.model import IssueRef

SHARED = IssueRef("github", "acme/pay#9")
FIRST, SECOND = IssueRef("github", "acme/pay#1"), IssueRef("github", "acme/pay#2")


def test_the_earliest_enrolment_speaks_for_a_shared_issue() -> None:
    late = dossier(item("a", ref=SHARED), ref=SECOND, uid="u2", enrolled_on=date(2026, 10, 9))
    early = dossier(item("b", ref=SHARED), ref=FIRST, enrolled_on=date(2026, 10, 1))
    assert [(d.ref, [i.id for i in d.items]) for d in each_item_once([late, early])] == [(FIRST, ["b"]), (SECOND, [])]


def test_an_ended_enrolment_speaks_for_nothing_that_another_names() -> None:
    ended = dossier(item("a", ref=SHARED), ref=FIRST, enrolled_on=date(2026, 10, 1), closed=True)
    live = dossier(item("b", ref=SHARED), ref=SECOND, uid="u2", enrolled_on=date(2026, 10, 9))
    assert {d.ref: [i.id for i in d.items] for d in each_item_once([ended, live])} == {FIRST: [], SECOND: ["b"]}


def test_items_without_an_issue_are_never_the_same() -> None:
    one = dossier(item("a", ref=None), ref=FIRST)
    two = dossier(item("a", ref=None), ref=SECOND, uid="u2")
    assert [len(d.items) for d in each_item_once([one, two])] == [1, 1]
