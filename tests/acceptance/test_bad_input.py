"""What people write and do that nobody planned for: each gets one clear finding, and never stops the other issues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.acceptance.conftest import BODY, BOT, Company
from worker.domain.model import IssueRef

HEAD = "## Summary\n\nCheckout answered 500 for 47 minutes.\n\n## Action items\n\n"
ALERT = "Add an alert when the payment queue is deeper than 100 for 5 minutes"


def table(owner: str = "@bob", due: str = "2026-12-01", ticket: str = "") -> str:
    """A post-mortem with one item."""
    return (
        f"{HEAD}| What | Owner | Due | Ticket |\n| --- | --- | --- | --- |\n| {ALERT} | {owner} | {due} | {ticket} |\n"
    )


RAGGED = f"""{HEAD}| What | Owner | Due |
| --- | --- | --- |
| {ALERT} | @bob |
| Write a runbook for draining the queue | @alice | 2026-12-04 | x | y |
|
"""
LONG = HEAD + f"- {ALERT} (@bob, by 2026-12-01)\n\n## Timeline\n\n" + "- 14:02 the queue was full\n" * 2400

BODIES = [
    pytest.param("", ["The body is empty", "paste the post-mortem here"], [], id="an empty body"),
    pytest.param("https://docs.example.com/d/1", ["only a link", "paste the action items here"], [], id="only a link"),
    pytest.param(
        "The button is grey.", ["needs an owner: name the one person"], [], id="no post-mortem is one item by itself"
    ),
    pytest.param(LONG, ["Tue 1 Dec 2026"], [["bob"]], id="the longest body that GitHub takes"),
    pytest.param(RAGGED, ["needs a date", "Fri 4 Dec 2026"], [["bob"], ["alice"]], id="a ragged table"),
    pytest.param(
        table(owner="@zorro"), ["zorro: nobody here is known by this name"], [[]], id="an owner whom nobody knows"
    ),
    pytest.param(
        table(owner=f"@{BOT}"), ["nobody here is known by this name"], [[]], id="the service itself is no owner"
    ),
    pytest.param(table(due="2026-10-01"), ["2026-10-01 lies before the incident"], [["bob"]], id="a date in the past"),
    pytest.param(
        table(due="2026-12-01 or 2026-12-15"),
        ["there are two here", "leave the one that holds"],
        [["bob"]],
        id="two dates",
    ),
    pytest.param(table(due="TBD", owner="TBD"), ["“TBD” is not decided yet"], [[]], id="TBD"),
    pytest.param(table(ticket="#999"), ["does not exist or", "correct the reference"], [], id="a missing reference"),
    pytest.param(
        table(ticket="secret/stuff#7"), ["may not see it", "give it access"], [], id="a reference that we may not see"
    ),
]


def others_are_fine(company: Company, other: IssueRef) -> None:
    assert len(company.children(other)) == 3
    assert len(company.stickies(other)) == 1
    assert company.stage.service.stuck.list() == ()


@pytest.mark.parametrize(("body", "said", "assigned"), BODIES)
def test_whatever_the_body_says_gets_its_finding_and_the_next_post_mortem_is_tracked(
    company: Company, body: str, said: list[str], assigned: list[list[str]]
) -> None:
    ref = company.open(body)
    other = company.open(BODY, title="Another one")
    company.sweep()
    (sticky,) = company.stickies(ref)
    plain = sticky.replace("\u200b", "").replace("\\", "")
    assert [words for words in said if words not in plain] == []
    assert [[a["login"] for a in company.issue(c)["assignees"]] for c in company.children(ref)] == assigned
    others_are_fine(company, other)


def node_of(company: Company, ref: IssueRef) -> str:
    return str(company.issue(ref)["node_id"])


def delete_post_mortem(company: Company, ref: IssueRef) -> None:
    mutation = "mutation($i: ID!) { deleteIssue(input: {issueId: $i}) { clientMutationId } }"
    company.stage.sandbox.graphql("dario", mutation, i=node_of(company, ref))


def delete_child(company: Company, ref: IssueRef) -> None:
    delete_post_mortem(company, company.children(ref)[0])


def test_a_deleted_post_mortem_is_forgotten_and_nobody_else_notices(company: Company) -> None:
    ref, other = company.open(BODY), company.open(BODY, title="Another one")
    company.sweep()
    delete_post_mortem(company, ref)
    company.stage.pass_for(timedelta(hours=25))
    assert company.stage.service.cache.enrolled() == (other.key,)
    others_are_fine(company, other)


def test_a_deleted_child_is_reported_and_not_made_again(company: Company) -> None:
    ref, other = company.open(BODY), company.open(BODY, title="Another one")
    company.sweep()
    delete_child(company, ref)
    company.edit(ref, BODY + "\nOne more word.\n")
    company.sweep()
    assert "its issue is gone or not visible" in company.stickies(ref)[0]
    assert len(company.children(ref)) == 2
    others_are_fine(company, other)


def test_a_transferred_post_mortem_goes_on_at_its_new_address(company: Company) -> None:
    ref, other = company.open(BODY), company.open(BODY, title="Another one")
    company.sweep()
    ids = [i.id for i in company.state(ref).items]
    repository = company.stage.sandbox.act("dario", "GET", "/repos/acme/payments")["node_id"]
    mutation = (
        "mutation($i: ID!, $r: ID!) { transferIssue("
        "input: {issueId: $i, repositoryId: $r, createLabelsIfMissing: true}) { issue { number } } }"
    )
    moved = company.stage.sandbox.graphql("dario", mutation, i=node_of(company, ref), r=repository)
    there = IssueRef("github", f"acme/payments#{moved['transferIssue']['issue']['number']}")
    company.stage.pass_for(timedelta(hours=25))
    assert company.stage.service.cache.enrolled() == (other.key, there.key)
    assert [i.id for i in company.state(there).items] == ids
    assert len(company.stickies(there)) == 1
    others_are_fine(company, other)


def sticky_of(company: Company, ref: IssueRef) -> dict[str, Any]:
    comments = company.act("dario", "GET", ref, "/comments")
    (sticky,) = [c for c in comments if "<!-- followthrough:sticky" in c["body"]]
    return dict(sticky)


def edit_comment(company: Company, comment: int, body: str) -> None:
    path = f"/repos/acme/incidents/issues/comments/{comment}"
    company.stage.sandbox.act("dario", "PATCH", path, {"body": body})


def edited(company: Company, ref: IssueRef) -> None:
    sticky = sticky_of(company, ref)
    edit_comment(company, sticky["id"], sticky["body"].replace("Bob Okafor", "Somebody Else"))


def forged(company: Company, ref: IssueRef) -> None:
    """The words stay, the sealed text is changed in one letter."""
    sticky = sticky_of(company, ref)
    head, mark, tail = sticky["body"].partition("<!-- followthrough:sticky ")
    edit_comment(company, sticky["id"], head + mark + ("B" if tail[0] == "A" else "A") + tail[1:])


def emptied(company: Company, ref: IssueRef) -> None:
    edit_comment(company, sticky_of(company, ref)["id"], "I do not like this comment.")


def deleted(company: Company, ref: IssueRef) -> None:
    sticky = sticky_of(company, ref)
    company.stage.sandbox.act("dario", "DELETE", f"/repos/acme/incidents/issues/comments/{sticky['id']}")


def copied_by_a_person(company: Company, ref: IssueRef) -> None:
    company.say(ref, sticky_of(company, ref)["body"])


@pytest.mark.parametrize("meddle", [edited, forged, emptied, deleted, copied_by_a_person])
def test_whatever_is_done_to_the_sticky_comment_it_comes_back_and_the_issues_stay(
    company: Company, meddle: Callable[[Company, IssueRef], None]
) -> None:
    ref, other = company.open(BODY), company.open(BODY, title="Another one")
    company.sweep()
    before = company.state(ref)
    meddle(company, ref)
    company.sweep()
    company.stage.pass_for(timedelta(hours=25))
    mine = [c for c in company.act("dario", "GET", ref, "/comments") if c["user"]["login"] == BOT]
    (sticky,) = [c["body"] for c in mine if "<!-- followthrough:sticky" in c["body"]]
    assert "Bob Okafor" in sticky
    assert "Somebody Else" not in sticky
    after = company.state(ref)
    assert [(i.id, i.ref) for i in after.items] == [(i.id, i.ref) for i in before.items]
    assert len(company.children(ref)) == 3
    others_are_fine(company, other)


def test_a_marker_signed_with_another_key_is_not_believed_and_nothing_is_made_twice(
    make_company: Callable[..., Company],
) -> None:
    company = make_company()
    company.stage.start()
    ref = company.open(BODY)
    company.sweep()
    company.stage.settings = replace(
        company.stage.settings, signing_keys=(b"quite another key, long enough to be one",)
    )
    company.stage.restart()
    company.stage.service.store.add(ref.key, company.stage.clock.now())
    company.stage.settle()
    (sticky,) = company.stickies(ref)
    assert "the state was not ours or was edited" in sticky
    assert len(company.children(ref)) == 3
    assert {i.ref for i in company.state(ref).items} == {c.key for c in company.children(ref)}
