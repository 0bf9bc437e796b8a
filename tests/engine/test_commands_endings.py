"""What is asked and told when an item or its post-mortem ends: what shows it, ticks, a post-mortem closed too early."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.test_commands import URGENT, Office
from worker.domain.model import IssueRef, Status
from worker.domain.plan.effects import AskProof, WriteSticky
from worker.domain.plan.post_mortem import plan_post_mortem


@pytest.fixture
def office() -> Office:
    return Office()


# What shows it?


def test_closing_what_matters_without_proof_asks_once() -> None:
    office = Office(URGENT)
    first = IssueRef.parse(office.item(1).ref)
    assert office.ask("ft done 1") == ""
    (question,) = office._answers(first)
    assert question.startswith("What shows it works? A link or a sentence is enough")
    office.ask("ft done the alert fired", on=first)
    assert office.item(1).evidence == "the alert fired"
    office.reconcile(office.ref)
    assert office.tracker.writes == []


@pytest.mark.parametrize(
    "close",
    [
        pytest.param(lambda o: o.ask("ft done 1 it fired"), id="with a sentence"),
        pytest.param(lambda o: o.ask("ft done 2"), id="of a low priority"),
        pytest.param(lambda o: o.ask("ft waive 1 no", "lena"), id="let go"),
    ],
)
def test_nobody_is_asked_where_it_is_not_owed(close: Any) -> None:
    office = Office(URGENT)
    close(office)
    assert not [r for kept in office.tracker.kept.values() for r in kept if r.name.startswith("proof")]


def test_a_linked_pull_request_is_proof() -> None:
    office = Office(URGENT)
    office.tracker.change(
        IssueRef.parse(office.item(1).ref), status=Status.DONE, proof=("https://github.example/acme/pay/pull/3",)
    )
    outcome = office.reconcile(office.ref)
    assert not any(isinstance(effect, AskProof) for effect in outcome.performed)


def test_where_the_question_is_refused_it_counts_as_not_asked() -> None:
    office = Office(URGENT)
    office.tracker.change(IssueRef.parse(office.item(1).ref), status=Status.DONE)
    seen = office.post_mortems.look(office.ref, office.clock.now())
    (question,) = [effect for effect in seen.plan.effects if isinstance(effect, AskProof)]
    observed = seen.observed.with_refused(question, "comments are closed here")
    plan = plan_post_mortem(observed, office.policy, office.directory, office.clock.now())
    assert not any(isinstance(effect, AskProof) for effect in plan.effects)
    assert not any(i.proof_asked for e in plan.effects if isinstance(e, WriteSticky) for i in e.state.items)


def test_closing_on_the_tracker_asks_as_well() -> None:
    office = Office(URGENT)
    office.tracker.change(IssueRef.parse(office.item(1).ref), status=Status.DONE)
    outcome = office.reconcile(office.ref)
    assert isinstance(outcome.performed[0], AskProof)
    assert office.item(1).proof_asked
    office.reconcile(office.ref)
    assert office.tracker.writes == []


# Ticks and closed post-mortems


def test_a_tick_asks_the_owner_to_confirm(office: Office) -> None:
    office.tracker.change(office.ref, body="## Action items\n- [x] Write a runbook for draining the payment queue\n")
    office.reconcile(office.ref)
    assert office.issue(2).status is Status.OPEN
    assert "confirm with `ft done 2`" in office.sticky(office.ref)


def test_a_tick_closes_where_policy_says_so() -> None:
    office = Office(close_on_tick=True)
    office.tracker.change(office.ref, body="## Action items\n- [x] Write a runbook for draining the payment queue\n")
    office.reconcile(office.ref)
    assert office.issue(2).status is Status.DONE
    office.reconcile(office.ref)
    assert office.tracker.writes == []


def test_a_post_mortem_that_is_closed_too_early_shows_what_is_open(office: Office) -> None:
    office.ask("ft done 1 it fired")
    office.tracker.change(office.ref, status=Status.DONE)
    office.reconcile(office.ref)
    assert "this post-mortem is closed, and items 2 and 3 are open" in office.sticky(office.ref)
    assert office.tracker.all_issues[office.ref].status is Status.DONE


def test_it_is_opened_again_where_policy_says_so_and_not_for_ever() -> None:
    office = Office(reopen_when_items_open=True)
    for _ in range(3):
        office.tracker.change(office.ref, status=Status.DONE)
        office.reconcile(office.ref)
        assert office.tracker.all_issues[office.ref].status is Status.OPEN
    office.tracker.change(office.ref, status=Status.DONE)
    office.reconcile(office.ref)
    assert office.tracker.all_issues[office.ref].status is Status.DONE
    assert "this post-mortem is closed" in office.sticky(office.ref)


def test_a_post_mortem_whose_items_are_all_closed_may_be_closed(office: Office) -> None:
    office.ask("ft done 1,2,3 they work")
    office.tracker.change(office.ref, status=Status.DONE)
    office.reconcile(office.ref)
    assert "this post-mortem is closed" not in office.sticky(office.ref)
