"""Pull requests, commits, dependencies, projects: does what people do with them show on issues as on GitHub?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import SEED
from worker.sandbox.github import GitHubSandbox, Refusal

ONE = "/repos/acme/incidents/issues/1"
HISTORY = """query($id: ID!) { node(id: $id) { ... on Issue {
  state
  timelineItems(last: 20) { nodes { __typename
    ... on ClosedEvent {
      actor { login } closer { __typename ... on PullRequest { number state } ... on Commit { oid } }
    }
    ... on CrossReferencedEvent { source { __typename ... on PullRequest { number } } }
    ... on ReferencedEvent { commit { oid url } }
    ... on ProjectV2ItemStatusChangedEvent { previousStatus status }
  } }
  closedByPullRequestsReferences(first: 5, includeClosedPrs: true) { nodes { number merged } }
  blockedBy(first: 5) { nodes { number state } }
  blocking(first: 5) { nodes { number } }
} } }"""
BOARD = [
    {
        "owner": "acme",
        "number": 1,
        "title": "Reliability",
        "fields": [
            {"name": "Status", "kind": "single_select", "options": ["Todo", "Done"]},
            {"name": "Iteration", "kind": "iteration", "iterations": {"Week 47": "2026-11-16"}},
            {"name": "Start date", "kind": "date"},
        ],
    }
]


@pytest.fixture(scope="module")
def running() -> Iterator[GitHubSandbox]:
    tokens = [{**t, "scopes": "repo, project"} if t["login"] == "alice" else t for t in SEED["tokens"]]
    with GitHubSandbox(seed={**SEED, "projects": BOARD, "tokens": tokens}) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: GitHubSandbox) -> GitHubSandbox:
    running.reset()
    return running


def look(sandbox: GitHubSandbox, key: str = "acme/incidents#1") -> Any:
    return sandbox.graphql("alice", HISTORY, id=sandbox.issue(key).node_id)["node"]


def kinds(sandbox: GitHubSandbox) -> list[str]:
    return [line["__typename"] for line in look(sandbox)["timelineItems"]["nodes"]]


def open_pull(sandbox: GitHubSandbox, body: str) -> int:
    given = {"title": "Page on timeouts", "body": body, "head": "x", "base": "main"}
    made = sandbox.act("bob", "POST", "/repos/acme/incidents/pulls", given)
    assert (made["merged"], made["state"], "pull_request" in made) == (False, "open", True)
    return int(made["number"])


def test_a_merged_pull_request_closes_what_it_says_it_closes(sandbox: GitHubSandbox) -> None:
    number = open_pull(sandbox, "Fixes #1, see acme/incidents#2")
    assert kinds(sandbox)[-1:] == ["CrossReferencedEvent"]
    merged = sandbox.act("alice", "PUT", f"/repos/acme/incidents/pulls/{number}/merge")
    assert merged["merged"] is True
    seen = look(sandbox)
    assert seen["state"] == "CLOSED"
    assert seen["timelineItems"]["nodes"][-1] == {
        "__typename": "ClosedEvent",
        "actor": {"login": "alice"},
        "closer": {"__typename": "PullRequest", "number": number, "state": "MERGED"},
    }
    assert seen["closedByPullRequestsReferences"]["nodes"] == [{"number": number, "merged": True}]
    assert look(sandbox, "acme/incidents#2")["state"] == "OPEN"
    shown = sandbox.act("alice", "GET", f"/repos/acme/incidents/pulls/{number}")
    assert (shown["merged"], shown["state"]) == (True, "closed")
    with pytest.raises(Refusal):
        sandbox.act("alice", "PUT", f"/repos/acme/incidents/pulls/{number}/merge")


def test_a_commit_is_told_to_what_it_names_and_closes_what_it_says(sandbox: GitHubSandbox) -> None:
    path = "/repos/acme/incidents/git/commits"
    one = sandbox.act("alice", "POST", path, {"message": "Part of #1"})
    line = look(sandbox)["timelineItems"]["nodes"][-1]
    assert line == {"__typename": "ReferencedEvent", "commit": {"oid": one["sha"], "url": one["html_url"]}}
    two = sandbox.act("alice", "POST", path, {"message": "Closes #1"})
    assert look(sandbox)["timelineItems"]["nodes"][-1]["closer"] == {"__typename": "Commit", "oid": two["sha"]}
    events = sandbox.act("bob", "GET", f"{ONE}/events")
    assert [(e["event"], e["commit_id"]) for e in events][-2:] == [("referenced", two["sha"]), ("closed", two["sha"])]


def test_dependencies_are_seen_from_both_ends(sandbox: GitHubSandbox) -> None:
    other = sandbox.issue("acme/incidents#2").id
    path = f"{ONE}/dependencies/blocked_by"
    sandbox.act("alice", "POST", path, {"issue_id": other})
    assert look(sandbox)["blockedBy"]["nodes"] == [{"number": 2, "state": "OPEN"}]
    assert look(sandbox, "acme/incidents#2")["blocking"]["nodes"] == [{"number": 1}]
    assert [i["number"] for i in sandbox.act("alice", "GET", path)] == [2]
    summary = sandbox.act("alice", "GET", ONE)["issue_dependencies_summary"]
    assert summary == {"blocked_by": 1, "total_blocked_by": 1, "blocking": 0, "total_blocking": 0}
    with pytest.raises(Refusal):
        sandbox.act("alice", "POST", path, {"issue_id": other})
    sandbox.act("alice", "DELETE", f"{path}/{other}")
    assert look(sandbox)["blockedBy"]["nodes"] == []
    assert sandbox.state()["issues"]["acme/incidents#1"]["blocked_by"] == []


def test_an_issue_on_a_project_has_the_values_that_people_gave_it(sandbox: GitHubSandbox) -> None:
    sandbox.plan("alice", "acme/incidents#1", Status="Todo", Iteration="Week 47", Start_date="2026-12-01")
    sandbox.plan("alice", "acme/incidents#1", Status="Done")
    query = """query($id: ID!) { node(id: $id) { ... on Issue { projectItems(first: 5) { nodes {
      project { number owner { ... on Organization { login } } }
      status: fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } }
      week: fieldValueByName(name: "Iteration") { ... on ProjectV2ItemFieldIterationValue { title startDate } }
      start: fieldValueByName(name: "Start date") { ... on ProjectV2ItemFieldDateValue { date } }
      none: fieldValueByName(name: "No such field") { __typename }
    } } } } }"""
    found = sandbox.graphql("alice", query, id=sandbox.issue("acme/incidents#1").node_id)["node"]["projectItems"]
    assert found["nodes"] == [
        {
            "project": {"number": 1, "owner": {"login": "acme"}},
            "status": {"name": "Done"},
            "week": {"title": "Week 47", "startDate": "2026-11-16"},
            "start": {"date": "2026-12-01"},
            "none": None,
        }
    ]
    line = look(sandbox)["timelineItems"]["nodes"][-1]
    assert line == {"__typename": "ProjectV2ItemStatusChangedEvent", "previousStatus": "Todo", "status": "Done"}
    with pytest.raises(Refusal):
        sandbox.plan("alice", "acme/incidents#1", Status="Nowhere")


def test_milestones_come_in_the_order_asked_for(sandbox: GitHubSandbox) -> None:
    for title, due in (("late", "2027-01-01T08:00:00Z"), ("early", "2026-11-20T08:00:00Z"), ("never", None)):
        given = {"title": title, **({"due_on": due} if due else {})}
        sandbox.act("alice", "POST", "/repos/acme/incidents/milestones", given)
    query = """{ repository(owner: "acme", name: "incidents") {
      milestones(first: 10, orderBy: {field: DUE_DATE, direction: DESC}) { nodes { title } } } }"""
    found = sandbox.graphql("alice", query)["repository"]["milestones"]["nodes"]
    titles = [row["title"] for row in found]
    assert titles.index("late") < titles.index("early") < titles.index("never")


@pytest.mark.parametrize(
    ("features", "query", "error"),
    [
        pytest.param(
            {"dependencies": False},
            "query Q($id: ID!) { node(id: $id) { ... on Issue { held: blockedBy(first: 1) { nodes { id } } } } }",
            {
                "path": ["query Q", "node", "... on Issue", "held"],
                "extensions": {"code": "undefinedField", "typeName": "Issue", "fieldName": "blockedBy"},
                "message": "Field 'blockedBy' doesn't exist on type 'Issue'",
            },
            id="a field",
        ),
        pytest.param(
            {"projects": False},
            "query Q($id: ID!) { node(id: $id) { ... on ProjectV2Item { id } } }",
            {
                "path": ["query Q", "node", "... on ProjectV2Item"],
                "extensions": {"code": "undefinedType", "typeName": "ProjectV2Item"},
                "message": "No such type ProjectV2Item, so it can't be a fragment condition",
            },
            id="a type",
        ),
    ],
)
def test_what_a_server_does_not_know_is_refused_in_githubs_words(
    features: dict[str, bool], query: str, error: dict[str, Any]
) -> None:
    with GitHubSandbox(seed={**SEED, "features": features}) as old:
        payload = {"query": query, "variables": {"id": old.issue("acme/incidents#1").node_id}}
        answer = old.act("alice", "POST", "/graphql", payload)
    assert "data" not in answer
    assert {name: answer["errors"][0][name] for name in error} == error


def test_projects_need_a_scope_of_their_own(sandbox: GitHubSandbox) -> None:
    query = "query($id: ID!) { node(id: $id) { ... on Issue { projectItems(first: 1) { totalCount } } } }"
    payload = {"query": query, "variables": {"id": sandbox.issue("acme/incidents#1").node_id}}
    answer = sandbox.act("bob", "POST", "/graphql", payload)
    assert "data" not in answer
    assert answer["errors"][0]["type"] == "INSUFFICIENT_SCOPES"
