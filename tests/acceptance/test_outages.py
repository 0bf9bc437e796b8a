"""Trouble that lasts: what is waited for, what is said about it, and who is not made to wait with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from tests.acceptance.conftest import BODY, Company

DUE_TODAY = BODY.replace("2026-11-20", "2026-11-05")


@pytest.fixture
def company(make_company: Callable[..., Company]) -> Company:
    """The usual company, started; the engine hears of each fault at once."""
    made = make_company(attempts=1)
    made.stage.start()
    return made


def test_a_refused_credential_is_said_once_a_site_and_asked_again_seldom(company: Company) -> None:
    refs = [company.open(BODY, title=f"Incident {n}") for n in range(4)]
    company.stage.sandbox.faults.add("401", count=None)
    before = company.last_request()
    with capture_logs() as logs:
        company.sweep()
        for ref in refs:
            company.stage.service.store.add(ref.key, company.stage.clock.now())
        company.stage.settle()
    assert [entry["site"] for entry in logs if entry["event"] == "credential refused"] == ["github"]
    assert len(company.stage.sandbox.requests(before)) == 1
    company.stage.sandbox.faults.clear()
    company.stage.pass_for(timedelta(minutes=15))
    assert [len(company.children(ref)) for ref in refs] == [3, 3, 3, 3]


def test_an_outage_of_creates_sets_nothing_aside_and_makes_nothing_twice(company: Company) -> None:
    ref = company.open(BODY)
    company.stage.sandbox.faults.add("502-after", operation="createIssue", count=None)
    company.sweep()
    company.stage.pass_for(timedelta(hours=2))
    assert company.stage.service.stuck.list() == ()
    company.stage.sandbox.faults.clear()
    company.stage.pass_for(timedelta(minutes=15))
    assert len(company.children(ref)) == 3
    assert len(company.stickies(ref)) == 1


def test_the_waits_of_an_outage_grow(company: Company) -> None:
    ref = company.open(BODY)
    company.stage.sandbox.faults.add("502-before", method="GET", path=f"/issues/{ref.number}$", count=None)
    company.sweep()
    before = company.last_request()
    company.stage.pass_for(timedelta(hours=1))
    path = f"/repos/acme/incidents/issues/{ref.number}"
    tries = sum(r.path == path for r in company.stage.sandbox.requests(before))
    assert 6 <= tries <= 12
    company.stage.sandbox.faults.clear()
    company.stage.pass_for(timedelta(minutes=11))
    assert len(company.children(ref)) == 3


def test_one_post_mortem_that_cannot_be_read_silences_nobody_about_the_others(
    make_company: Callable[..., Company],
) -> None:
    company = make_company(attempts=1, engine="engine: {sweep_minutes: 720}\n")
    company.stage.start()
    broken, fine = (company.open(DUE_TODAY, title=title) for title in ("Broken", "Fine"))
    company.sweep()
    company.stage.sandbox.faults.add("502-before", method="GET", path=f"incidents/issues/{broken.number}$", count=None)
    company.stage.pass_until(datetime(2026, 11, 6, 12, tzinfo=UTC))
    (late,) = [m for m in company.mails() if "bob@" in m["To"] and "Late" in m["Subject"]]
    text = str(late.get_body(("plain",)))
    assert "Fine" in text
    assert "Broken" not in text
    assert len(company.children(fine)) == 3


def test_an_adoption_whose_link_was_refused_is_not_tried_for_ever(company: Company) -> None:
    elsewhere = company.open("A parent that somebody chose", title="Another parent", label=False)
    taken = company.open("Do it", title="A task of somebody", label=False)
    company.act("bob", "POST", elsewhere, "/sub_issues", {"sub_issue_id": company.issue(taken)["id"]})
    body = BODY.replace("| Owner | Due |\n| --- |", "| Owner | Due | Ticket |\n| --- | --- |")
    ref = company.open(body.replace("| 2026-12-04 |", f"| 2026-12-04 | #{taken.number} |"))
    company.sweep()
    assert taken.key in {i.ref for i in company.state(ref).items}
    before = company.last_request()
    company.stage.service.store.add(ref.key, company.stage.clock.now())
    company.stage.settle()
    assert company.writes(before) == []


def test_a_ledger_without_its_label_is_found_again_and_no_second_one_is_made(company: Company) -> None:
    company.open(BODY)
    company.sweep()
    company.stage.pass_for(timedelta(minutes=11))
    (ledger,) = [k for k, i in company.stage.sandbox.state()["issues"].items() if "ledger" in i["title"]]
    path = f"/repos/acme/incidents/issues/{ledger.partition('#')[2]}"
    company.stage.sandbox.act("dario", "DELETE", f"{path}/labels/followthrough-ledger")
    company.stage.restart()
    company.open(BODY, title="Another one")
    company.sweep()
    company.stage.pass_for(timedelta(minutes=11))
    assert [k for k, i in company.stage.sandbox.state()["issues"].items() if "the ledger" in i["title"]] == [ledger]
    comments = company.stage.sandbox.act("dario", "GET", f"{path}/comments")
    assert any("2 issues enrolled" in comment["body"] for comment in comments)


def test_a_repository_that_may_not_be_read_does_not_keep_the_others_from_being_told(
    make_company: Callable[..., Company],
) -> None:
    company = make_company(attempts=1)
    company.stage.sandbox.faults.add("502-before", status=404, path="/repos/acme/payments", count=None)
    company.stage.start()
    ref = company.open(BODY)
    company.sweep()
    company.stage.pass_for(timedelta(hours=1))
    assert len(company.children(ref)) == 3
    assert not company.stage.service.store.unswept(["github"])
    assert company.stage.service.stuck.list() == ()
