"""Creating issues and children: one write each, everything that was dropped is named, a refusal leaves nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.trackers.worlds import BOT, DAY, World, draft
from worker.domain.model import IssueRef
from worker.trackers.errors import Missing, Refused

# Creating issues


@pytest.mark.parametrize("with_parent", [False, True], ids=["alone", "as a child"])
def test_a_created_issue_has_everything_and_the_answer_says_so(world: World, with_parent: bool) -> None:
    parent = world.post_issue() if with_parent else None
    created = world.write.create_issue(draft(parent=parent))
    issue = created.issue
    assert created.dropped == ()
    assert (issue.title, issue.body) == ("Add an alert — アラート", "Page the on-call engineer.\n\nDue: 2026-12-01")
    assert issue.labels == {"postmortem-action"}
    assert (issue.assignees, issue.author) == (("bob",), BOT)
    assert (issue.due, issue.due_from, issue.mark, issue.parent) == (DAY, "line", "u.i.m", parent)
    assert issue.public is False or parent is None
    seen = world.read.snapshot(issue.ref).issue
    assert (seen.ref, seen.node, seen.mark, seen.parent, seen.author) == (issue.ref, issue.node, "u.i.m", parent, BOT)
    assert seen.created_at == issue.created_at
    assert seen.url == issue.url


def test_a_child_and_its_link_are_one_write(world: World) -> None:
    parent = world.post_issue()
    counted = world.counted()
    created = [world.write.create_issue(draft(parent=parent, title=f"{n}")).issue for n in range(5)]
    assert counted.writes == ["POST /graphql"] * 5
    assert [c.ref for c in world.read.snapshot(parent).children] == [c.ref for c in created]


def test_ids_are_looked_up_once(world: World) -> None:
    parent = world.post_issue()
    world.read.snapshot(parent)
    world.write.create_issue(draft(parent=parent))
    counted = world.counted()
    world.write.create_issue(draft(parent=parent))
    assert counted.requests == ["POST /graphql Create createIssue"]


def test_a_child_may_live_in_another_repository(world: World) -> None:
    parent = world.post_issue(container="acme/incidents")
    child = world.write.create_issue(draft(container="acme/site", parent=parent)).issue
    assert child.ref.container == "acme/site"
    assert child.public is True
    assert child.parent == parent


def test_a_label_that_is_not_there_is_made_once(world: World) -> None:
    parent = world.post_issue()
    counted = world.counted()
    for _ in range(2):
        created = world.write.create_issue(draft(parent=parent, labels=("postmortem-action", "new: größer/kleiner")))
        assert created.issue.labels == {"postmortem-action", "new: größer/kleiner"}
        assert created.dropped == ()
    assert counted.writes == ["POST /repos/acme/pay/labels", "POST /graphql", "POST /graphql"]


def test_a_label_that_somebody_made_meanwhile_is_used(world: World) -> None:
    parent = world.post_issue()
    world.sandbox.faults.add("502-before", method="GET", path="/labels/late$", status=404)
    world.sandbox.act("alice", "POST", "/repos/acme/pay/labels", {"name": "late", "color": "000000"})
    assert world.write.create_issue(draft(parent=parent, labels=("late",))).issue.labels == {"late"}


@pytest.mark.parametrize("with_parent", [False, True], ids=["alone", "as a child"])
def test_who_can_not_be_assigned_is_left_out_and_named(world: World, with_parent: bool) -> None:
    parent = world.post_issue() if with_parent else None
    created = world.write.create_issue(draft(parent=parent, assignees=("mallory", "bob", "no-such-login")))
    assert created.issue.assignees == ("bob",)
    assert created.dropped == ("assignees",)


def test_what_github_drops_silently_is_said(world: World) -> None:
    # A reader of a public repository may open issues, and everything else is dropped.
    outsider = world.another(token=world.sandbox.token_of("mallory"))
    created = outsider.write.create_issue(draft(container="acme/site"))
    assert created.dropped == ("assignees", "labels")
    assert (created.issue.labels, created.issue.assignees) == (frozenset(), ())


def test_what_a_child_lost_silently_is_said(world: World) -> None:
    with world.sandbox.site.lock:
        world.sandbox.site.store.repo("acme", "site").roles[BOT] = "read"  # type: ignore[union-attr]
    created = world.write.create_issue(draft(container="acme/site", parent=world.post_issue(), labels=("x",)))
    assert created.dropped == ("assignees", "labels")


def test_a_full_parent_refuses_and_nothing_is_created(world: World) -> None:
    parent = world.post_issue()
    for n in range(100):
        world.write.create_issue(draft(parent=parent, title=f"{n}", labels=(), assignees=()))
    before = len(world.sandbox.state()["issues"])
    with pytest.raises(Refused, match=r"acme/incidents#1 took no child in acme/pay.*100 sub-issues"):
        world.write.create_issue(draft(parent=parent))
    assert len(world.sandbox.state()["issues"]) == before


@pytest.mark.parametrize(
    "parent",
    [
        pytest.param(IssueRef("github", "acme/incidents#99"), id="a parent that is not there"),
        pytest.param(IssueRef("github", "other/hidden#1"), id="a parent that we can't see"),
        pytest.param(IssueRef("jira", "OPS-7"), id="a parent on another site"),
    ],
)
def test_a_parent_that_can_not_be_one_refuses(world: World, parent: IssueRef) -> None:
    with pytest.raises(Refused, match=r"no child|can't have children"):
        world.write.create_issue(draft(parent=parent))
    assert world.sandbox.writes(user=BOT) == ()


def test_remembered_ids_that_are_nothing_any_more_are_looked_up_again(world: World) -> None:
    parent = world.post_issue()
    world.write.create_issue(draft(parent=parent))
    world.sandbox.act("alice", "DELETE", "/repos/acme/pay/labels/postmortem-action")
    world.sandbox.act("alice", "POST", "/repos/acme/pay/labels", {"name": "postmortem-action", "color": "000000"})
    created = world.write.create_issue(draft(parent=parent))
    assert created.issue.labels == {"postmortem-action"}
    assert len(world.read.snapshot(parent).children) == 2


@pytest.mark.parametrize("features", [{"graphql": False}, {"sub_issues": False}, {"parent_on_create": False}])
def test_a_server_that_can_not_link_at_creation_refuses_a_parent_and_creates_alone(
    start: Callable[..., World], features: dict[str, bool]
) -> None:
    world = start(**features)
    parent = world.post_issue()
    created = world.write.create_issue(draft())
    assert (created.dropped, created.issue.mark) == ((), "u.i.m")
    before = len(world.sandbox.state()["issues"])
    with pytest.raises(Refused):
        world.write.create_issue(draft(parent=parent))
    assert len(world.sandbox.state()["issues"]) == before


@pytest.mark.parametrize("with_parent", [False, True], ids=["alone", "as a child"])
def test_a_body_too_long_is_cut_and_keeps_date_and_mark(world: World, with_parent: bool) -> None:
    parent = world.post_issue() if with_parent else None
    issue = world.write.create_issue(draft(parent=parent, body="длинно " * 20_000, title="t " * 400)).issue
    seen = world.read.snapshot(issue.ref).issue
    assert (seen.due, seen.mark) == (DAY, "u.i.m")
    assert len(world.seen_by_people(issue.ref)["body"]) < 60_000


def test_a_repository_that_takes_no_issues_refuses(world: World) -> None:
    with pytest.raises(Refused, match="archived"):
        world.write.create_issue(draft(container="acme/old", assignees=()))
    with pytest.raises((Missing, Refused)):
        world.write.create_issue(draft(container="acme/nothing", assignees=()))


# Children of another make


def test_an_issue_becomes_a_child_once(world: World) -> None:
    parent, child = world.post_issue(), world.post_issue(container="acme/pay")
    world.write.link_child(parent, child)
    assert world.read.snapshot(parent).children[0].ref == child
    counted = world.counted()
    world.write.link_child(parent, child)
    assert counted.writes == []


def test_a_child_of_somebody_else_is_not_taken(world: World) -> None:
    one, two, child = world.post_issue(), world.post_issue(), world.post_issue(container="acme/pay")
    world.write.link_child(one, child)
    with pytest.raises(Refused, match="already is a child of github:acme/incidents#1"):
        world.write.link_child(two, child)
    assert [c.ref for c in world.read.snapshot(one).children] == [child]


def test_a_link_that_arrived_unheard_is_no_error(world: World) -> None:
    parent, child = world.post_issue(), world.post_issue(container="acme/pay")
    world.sandbox.faults.add("drop-after", method="POST", path="/sub_issues$")
    world.write.link_child(parent, child)
    assert [c.ref for c in world.read.snapshot(parent).children] == [child]


def test_a_server_without_sub_issues_refuses_a_link(start: Callable[..., World]) -> None:
    world = start(sub_issues=False)
    with pytest.raises(Refused, match="can't have sub-issues"):
        world.write.link_child(world.post_issue(), world.post_issue())


def test_a_full_parent_refuses_a_link(world: World) -> None:
    parent, child = world.post_issue(), world.post_issue()
    for n in range(100):
        world.write.create_issue(draft(parent=parent, title=f"{n}", labels=(), assignees=()))
    with pytest.raises(Refused, match="100 sub-issues"):
        world.write.link_child(parent, child)
