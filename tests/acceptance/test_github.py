"""From a label to kept promises, over real HTTP, a real Redis and real mails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.acceptance.conftest import BODY, Company


def test_labelling_a_post_mortem_makes_every_promise_a_tracked_issue(company: Company) -> None:
    ref = company.open()
    company.sweep()
    children = company.children(ref)
    assert [company.issue(c)["title"] for c in children] == [
        "Add an alert when the payment queue is deeper than 100 for 5 minutes",
        "Write a runbook for draining the payment queue",
        "Limit the retries of the payment client to three",
    ]
    assert [[a["login"] for a in company.issue(c)["assignees"]] for c in children] == [["bob"], ["alice"], []]
    assert len(company.stickies(ref)) == 1
    assert "Fri 20 Nov 2026" in company.stickies(ref)[0]


def test_enrolling_n_items_costs_n_plus_1_content_writes_and_again_none(make_company: Callable[..., Company]) -> None:
    company = make_company(mode="comment")
    company.stage.start()
    ref = company.open()
    before = company.last_request()
    company.sweep()
    assert len(company.writes(before)) == 4
    before = company.last_request()
    company.stage.service.store.add(ref.key, company.stage.clock.now())
    company.stage.settle()
    assert company.writes(before) == []


def test_a_sweep_that_finds_nothing_new_costs_one_conditional_request_a_repository(company: Company) -> None:
    company.open()
    company.sweep()
    company.sweep()
    company.sweep()
    before = company.last_request()
    company.sweep()
    asked = [r for r in company.stage.sandbox.requests(before) if r.user]
    assert [(r.method, r.status) for r in asked] == [("GET", 304), ("GET", 304)]


def test_edit_reorder_reword_close_reopen(company: Company) -> None:
    ref = company.open()
    company.sweep()
    first, second, third = company.children(ref)
    lines = BODY.splitlines()
    lines[-3:] = [lines[-1], lines[-2].replace("Write a runbook", "Write down a runbook"), lines[-3]]
    company.edit(ref, "\n".join(lines))
    company.close(first)
    company.close(second, "not_planned")
    company.sweep()
    assert len(company.children(ref)) == 3
    assert "1 of 2 promises kept, 1 let go" in company.stickies(ref)[0]
    company.act("bob", "PATCH", first, payload={"state": "open"})
    company.sweep()
    assert "0 of 2 promises kept, 1 let go" in company.stickies(ref)[0]
    assert [i.ref for i in company.state(ref).items] == [first.key, second.key, third.key]


def test_unenrolling_takes_a_day_and_enrolling_again_keeps_the_ids(company: Company) -> None:
    ref = company.open()
    company.sweep()
    ids = [i.id for i in company.state(ref).items]
    company.act("alice", "DELETE", ref, "/labels/postmortem")
    company.sweep()
    assert "The label is gone" in company.stickies(ref)[0]
    company.stage.pass_for(timedelta(hours=25))
    assert "Follow-through has ended here" in company.stickies(ref)[0]
    company.act("alice", "POST", ref, "/labels", {"labels": ["postmortem"]})
    company.sweep()
    assert [i.id for i in company.state(ref).items] == ids
    assert len(company.children(ref)) == 3
    assert len(company.stickies(ref)) == 1


def test_what_is_overdue_reaches_the_owner_before_the_lead(make_company: Callable[..., Company]) -> None:
    company = make_company(engine="engine: {sweep_minutes: 720}\n")
    company.stage.start()
    ref = company.open()
    company.sweep()
    company.stage.pass_until(datetime(2026, 12, 2, 18, tzinfo=UTC))
    told = [(m["To"], m["Subject"], m["Date"]) for m in company.mails()]
    to = [t[0] for t in told]
    assert any("bob@" in t for t in to), told
    assert any("lena@" in t for t in to), told
    assert company.stickies(ref)


def test_a_wiped_redis_changes_nothing_that_people_see(make_company: Callable[..., Company]) -> None:
    company = make_company()
    company.stage.start()
    ref = company.open()
    company.sweep()
    before = (company.children(ref), company.stickies(ref), company.state(ref))
    asked = company.last_request()
    company.stage.redis.flushall()
    company.stage.restart()
    company.stage.pass_for(timedelta(minutes=10))
    assert company.last_request() > asked, "after the silence of a new Redis everything is looked at again"
    assert (company.children(ref), company.stickies(ref), company.state(ref)) == before


def test_a_renamed_label_undoes_nothing_until_the_operator_says_so(make_company: Callable[..., Company]) -> None:
    company = make_company(mode="comment", policy="settle_minutes: 0\nunenrol_at_most_an_hour: 1")
    company.stage.start()
    refs = [company.open(title=f"Incident {n}") for n in range(3)]
    company.sweep()
    for ref in refs:
        company.act("alice", "DELETE", ref, "/labels/postmortem")
    company.sweep()
    company.stage.pass_for(timedelta(hours=27))
    assert not any("has ended here" in company.stickies(r)[0] for r in refs)
    stuck = company.stage.service.stuck
    assert [letter.key for letter in stuck.list()] == ["hold:unenrol"]
    stuck.retry("hold:unenrol")
    company.stage.pass_for(timedelta(hours=2))
    assert all("has ended here" in company.stickies(r)[0] for r in refs)
