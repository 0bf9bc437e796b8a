"""Do answers and webhooks have GitHub's shape? Judged by the models that githubkit generates from GitHub's OpenAPI
description. Each answer must parse, and may carry no key that the model does not know."""

from __future__ import annotations

from typing import Any

import pytest
from githubkit_schemas.v2026_03_10 import models
from pydantic import BaseModel, TypeAdapter

from tests.sandbox.conftest import SEED
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.github.webhooks import Delivery

# These went with the API version of 2026-03-10 and are still in the one that clients of today ask for; `role_name` is
# what a repository shows to its members.
OLDER = {"assignee", "has_downloads", "rate", "role_name"}


def check(model: type[BaseModel], shown: dict[str, Any]) -> None:
    """Parse one object, and refuse keys that GitHub does not have."""
    model.model_validate(shown)
    known = {field.alias or name for name, field in model.model_fields.items()}
    assert sorted(set(shown) - known - OLDER) == []


@pytest.fixture
def busy(sandbox: GitHubSandbox) -> GitHubSandbox:
    """A sandbox in which something of everything has happened to issue 1 and its child 2."""
    incidents = "/repos/acme/incidents"
    act = sandbox.act
    act("alice", "PATCH", f"{incidents}/issues/1", {"milestone": 1, "assignees": ["bob"], "labels": ["postmortem"]})
    comment = act("alice", "POST", f"{incidents}/issues/1/comments", {"body": "see #2"})
    act("alice", "POST", f"{incidents}/issues/comments/{comment['id']}/reactions", {"content": "heart"})
    act("alice", "POST", f"{incidents}/issues/1/sub_issues", {"sub_issue_id": sandbox.issue("acme/incidents#2").id})
    act("alice", "PATCH", f"{incidents}/issues/1", {"title": "Checkout failed", "state": "closed"})
    act("alice", "DELETE", f"{incidents}/issues/1/labels/postmortem")
    return sandbox


@pytest.mark.parametrize(
    ("path", "model"),
    [
        pytest.param("/repos/acme/incidents/issues/1", models.Issue, id="an issue with everything on it"),
        pytest.param("/repos/acme/incidents/issues/2", models.Issue, id="a child"),
        pytest.param("/repos/acme/incidents/issues/3", models.Issue, id="a pull request in the list of issues"),
        pytest.param("/repos/acme/incidents/issues/2/parent", models.Issue, id="a parent"),
        pytest.param("/repos/acme/incidents", models.FullRepository, id="a repository"),
        pytest.param("/repos/acme/incidents/labels/bug", models.Label, id="a label"),
        pytest.param("/repos/acme/incidents/milestones/1", models.Milestone, id="a milestone"),
        pytest.param("/orgs/acme", models.OrganizationFull, id="an organization"),
        pytest.param("/users/bob", models.PublicUser, id="a user"),
        pytest.param(
            "/repos/acme/incidents/collaborators/bob/permission",
            models.RepositoryCollaboratorPermission,
            id="a collaborator's permission",
        ),
        pytest.param("/rate_limit", models.RateLimitOverview, id="the rate limit"),
    ],
)
def test_one_thing_parses_and_has_no_key_of_our_own(busy: GitHubSandbox, path: str, model: type[BaseModel]) -> None:
    check(model, busy.act("alice", "GET", path))


@pytest.mark.parametrize(
    ("path", "model", "least"),
    [
        pytest.param("/repos/acme/incidents/issues?state=all", models.Issue, 3, id="issues"),
        pytest.param("/repos/acme/incidents/issues/1/comments", models.IssueComment, 1, id="comments"),
        pytest.param("/repos/acme/incidents/issues/comments", models.IssueComment, 1, id="comments of a repository"),
        pytest.param("/repos/acme/incidents/issues/1/sub_issues", models.Issue, 1, id="children"),
        pytest.param("/repos/acme/incidents/labels", models.Label, 2, id="labels"),
        pytest.param("/repos/acme/incidents/milestones", models.Milestone, 1, id="milestones"),
        pytest.param("/repos/acme/incidents/assignees", models.SimpleUser, 3, id="assignees"),
        pytest.param("/repos/acme/incidents/collaborators", models.Collaborator, 3, id="collaborators"),
        pytest.param("/orgs/acme/members", models.SimpleUser, 3, id="members"),
    ],
)
def test_each_thing_of_a_list_parses(busy: GitHubSandbox, path: str, model: type[BaseModel], least: int) -> None:
    listed = busy.act("lena", "GET", path)
    assert len(listed) >= least
    for shown in listed:
        check(model, shown)


def test_reactions_parse(busy: GitHubSandbox) -> None:
    comment = busy.issue("acme/incidents#1").comments[0]
    for shown in busy.act("alice", "GET", f"/repos/acme/incidents/issues/comments/{comment.id}/reactions"):
        check(models.Reaction, shown)


TIMELINE: dict[str, type[BaseModel]] = {
    "assigned": models.TimelineAssignedIssueEvent,
    "closed": models.StateChangeIssueEvent,
    "commented": models.TimelineCommentEvent,
    "cross-referenced": models.TimelineCrossReferencedEvent,
    "labeled": models.LabeledIssueEvent,
    "milestoned": models.MilestonedIssueEvent,
    "renamed": models.RenamedIssueEvent,
    "unlabeled": models.UnlabeledIssueEvent,
}


def test_each_line_of_a_timeline_parses_as_its_kind(busy: GitHubSandbox) -> None:
    lines = [line for n in (1, 2) for line in busy.act("alice", "GET", f"/repos/acme/incidents/issues/{n}/timeline")]
    assert set(TIMELINE) <= {line["event"] for line in lines}
    for line in lines:
        model = TIMELINE.get(line["event"])
        if model is not None:
            check(model, line)


def test_each_event_of_an_issue_parses(busy: GitHubSandbox) -> None:
    for shown in busy.act("alice", "GET", "/repos/acme/incidents/issues/1/events"):
        models.IssueEvent.model_validate(shown)


WEBHOOKS = {
    "issues.assigned": models.WebhookIssuesAssigned,
    "issues.closed": models.WebhookIssuesClosed,
    "issues.deleted": models.WebhookIssuesDeleted,
    "issues.edited": models.WebhookIssuesEdited,
    "issues.labeled": models.WebhookIssuesLabeled,
    "issues.milestoned": models.WebhookIssuesMilestoned,
    "issues.opened": models.WebhookIssuesOpened,
    "issues.reopened": models.WebhookIssuesReopened,
    "issues.transferred": models.WebhookIssuesTransferred,
    "issues.unlabeled": models.WebhookIssuesUnlabeled,
    "issue_comment.created": models.WebhookIssueCommentCreated,
    "issue_comment.deleted": models.WebhookIssueCommentDeleted,
    "issue_comment.edited": models.WebhookIssueCommentEdited,
    "label.created": models.WebhookLabelCreated,
    "label.deleted": models.WebhookLabelDeleted,
    "label.edited": models.WebhookLabelEdited,
    "sub_issues.parent_issue_added": models.WebhookSubIssuesParentIssueAdded,
    "sub_issues.parent_issue_removed": models.WebhookSubIssuesParentIssueRemoved,
    "sub_issues.sub_issue_added": models.WebhookSubIssuesSubIssueAdded,
    "sub_issues.sub_issue_removed": models.WebhookSubIssuesSubIssueRemoved,
}


@pytest.fixture(scope="module")
def deliveries() -> dict[str, Delivery]:
    """One delivery of each kind, by `event.action`; nobody listens at the address, which is a note and no error."""
    incidents = "/repos/acme/incidents"
    with GitHubSandbox(seed={**SEED, "hooks": ["http://127.0.0.1:9/"]}) as sandbox:
        act = sandbox.act
        child = sandbox.issue("acme/incidents#2").id
        act("alice", "POST", f"{incidents}/issues", {"title": "New", "body": "text", "labels": ["fresh"]})
        act("alice", "PATCH", f"{incidents}/issues/1", {"milestone": 1, "assignees": ["bob"], "body": "other"})
        act("alice", "PATCH", f"{incidents}/issues/1", {"state": "closed"})
        act("alice", "PATCH", f"{incidents}/issues/1", {"state": "open"})
        comment = act("alice", "POST", f"{incidents}/issues/1/comments", {"body": "one"})["id"]
        act("alice", "PATCH", f"{incidents}/issues/comments/{comment}", {"body": "two"})
        act("alice", "DELETE", f"{incidents}/issues/comments/{comment}")
        act("alice", "POST", f"{incidents}/issues/1/sub_issues", {"sub_issue_id": child})
        act("alice", "DELETE", f"{incidents}/issues/1/sub_issue", {"sub_issue_id": child})
        act("alice", "DELETE", f"{incidents}/issues/2/labels/bug")
        act("alice", "PATCH", f"{incidents}/labels/bug", {"new_name": "defect", "color": "000000"})
        act("alice", "DELETE", f"{incidents}/labels/defect")
        ids = {n: sandbox.issue(f"acme/incidents#{n}").node_id for n in (1, 2)}
        target = sandbox.site.store.repos["acme/payments"].node_id
        move = "mutation($i: ID!, $r: ID!) { transferIssue(input: {issueId: $i, repositoryId: $r}) { issue { id } } }"
        sandbox.graphql("alice", move, i=ids[1], r=target)
        sandbox.graphql(
            "lena", "mutation($i: ID!) { deleteIssue(input: {issueId: $i}) { clientMutationId } }", i=ids[2]
        )
        assert sandbox.drain_webhooks()
        return {f"{one.event}.{one.action}": one for one in sandbox.site.postman.deliveries}


@pytest.mark.parametrize("kind", sorted(WEBHOOKS))
def test_a_webhook_parses_as_its_kind(deliveries: dict[str, Delivery], kind: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(WEBHOOKS[kind])
    adapter.validate_json(deliveries[kind].body)
