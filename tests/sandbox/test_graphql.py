"""Does the GraphQL endpoint make what the service asks for in one write, and refuse what GitHub refuses?"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import SEED
from worker.sandbox.github import GitHubSandbox, Refusal

CREATE = """
mutation Child($input: CreateIssueInput!) {
  createIssue(input: $input) {
    clientMutationId
    issue {
      id number fullDatabaseId url body parent { number } milestone { dueOn }
      labels(first: 10) { nodes { name } }
      assignees(first: 10) { nodes { login } }
      author { __typename login }
    }
  }
}
"""

LOOK = """
query Look($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    id visibility viewerPermission
    issue(number: $number) { id lastEditedAt stateReason parent { id } subIssues(first: 50) { nodes { number state } } }
    label(name: "bug") { id }
    milestone(number: 1) { id }
    assignableUsers(first: 100) { nodes { id login } pageInfo { hasNextPage endCursor } totalCount }
  }
  viewer { login }
}
"""


def look(sandbox: GitHubSandbox, login: str = "alice") -> dict[str, Any]:
    found: dict[str, Any] = sandbox.graphql(login, LOOK, owner="acme", name="incidents", number=1)
    return found


def test_a_child_with_everything_is_made_in_one_write(sandbox: GitHubSandbox) -> None:
    seen = look(sandbox, "helper[bot]")
    repo = seen["repository"]
    people = {user["login"]: user["id"] for user in repo["assignableUsers"]["nodes"]}
    assert seen["viewer"]["login"] == "helper[bot]"
    before = len(sandbox.requests())

    made = sandbox.graphql(
        "helper[bot]",
        CREATE,
        input={
            "repositoryId": repo["id"],
            "parentIssueId": repo["issue"]["id"],
            "labelIds": [repo["label"]["id"]],
            "assigneeIds": [people["bob"]],
            "milestoneId": repo["milestone"]["id"],
            "title": "Page on timeouts",
            "body": "Done when it pages.",
            "clientMutationId": "item-1",
        },
    )["createIssue"]

    issue = made["issue"]
    assert (made["clientMutationId"], issue["number"], issue["parent"]) == ("item-1", 4, {"number": 1})
    assert issue["labels"]["nodes"] == [{"name": "bug"}]
    assert issue["assignees"]["nodes"] == [{"login": "bob"}]
    assert issue["milestone"]["dueOn"] == "2026-12-18T00:00:00Z"
    assert issue["author"] == {"__typename": "Bot", "login": "helper"}
    assert issue["url"] == f"{sandbox.url}/acme/incidents/issues/4"
    assert len(sandbox.writes(user="helper[bot]", after=before)) == 1
    assert look(sandbox)["repository"]["issue"]["subIssues"]["nodes"] == [{"number": 4, "state": "OPEN"}]
    entry = sandbox.requests()[before]
    assert (entry.operation, entry.write) == ("Child createIssue", True)


def test_who_cannot_be_assigned_is_dropped_silently(sandbox: GitHubSandbox) -> None:
    mallory = sandbox.site.store.accounts["mallory"].node_id
    repo = look(sandbox)["repository"]["id"]
    made = sandbox.graphql("alice", CREATE, input={"repositoryId": repo, "title": "x", "assigneeIds": [mallory]})
    assert made["createIssue"]["issue"]["assignees"]["nodes"] == []


def test_a_create_whose_link_is_refused_leaves_no_issue(sandbox: GitHubSandbox) -> None:
    repo = look(sandbox)["repository"]["id"]
    pull = sandbox.issue("acme/incidents#3").node_id
    with pytest.raises(Refusal):
        sandbox.graphql("alice", CREATE, input={"repositoryId": repo, "title": "x", "parentIssueId": pull})
    assert sorted(sandbox.state()["issues"]) == [
        "acme/incidents#1",
        "acme/incidents#2",
        "acme/incidents#3",
        "acme/site#1",
    ]


def test_nodes_that_lead_nowhere_are_null_with_an_error_beside_the_data(sandbox: GitHubSandbox) -> None:
    one = sandbox.issue("acme/incidents#1").node_id
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Issue { number } } }"
    answer = sandbox.act("alice", "POST", "/graphql", {"query": query, "variables": {"ids": [one, "I_nothing"]}})
    assert answer["data"]["nodes"] == [{"__typename": "Issue", "id": one, "number": 1}, None]
    assert [(e["type"], e["path"]) for e in answer["errors"]] == [("NOT_FOUND", ["nodes", 1])]

    hidden = sandbox.act("mallory", "POST", "/graphql", {"query": query, "variables": {"ids": [one]}})
    assert hidden["data"]["nodes"] == [None]


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        pytest.param('{ repository(owner: "acme", name: "nothing") { id } }', "NOT_FOUND", id="no such repository"),
        pytest.param(
            '{ repository(owner: "acme", name: "incidents") { issue(number: 99) { id } } }',
            "NOT_FOUND",
            id="no such issue",
        ),
        pytest.param(
            '{ repository(owner: "acme", name: "incidents") { labels { totalCount } } }',
            "MISSING_PAGINATION_BOUNDARIES",
            id="a list without a size",
        ),
        pytest.param(
            '{ repository(owner: "acme", name: "incidents") { labels(first: 101) { totalCount } } }',
            "EXCESSIVE_PAGINATION",
            id="a list that is too long",
        ),
        pytest.param(
            "{ nodes(ids: [" + ",".join('"x"' for _ in range(101)) + "]) { id } }", "ARGUMENT_LIMIT", id="101 nodes"
        ),
    ],
)
def test_what_github_refuses_is_an_error_of_its_kind(sandbox: GitHubSandbox, query: str, kind: str) -> None:
    answer = sandbox.act("alice", "POST", "/graphql", {"query": query})
    assert answer["errors"][0]["type"] == kind


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("{ viewer { shoeSize } }", id="a field that is not there"),
        pytest.param("{ viewer { login }", id="a document that does not parse"),
        pytest.param("query($x: Int!) { viewer { login } }", id="a variable that nobody uses or gives"),
    ],
)
def test_a_wrong_document_is_answered_200_with_errors_and_no_data(sandbox: GitHubSandbox, query: str) -> None:
    answer = sandbox.act("alice", "POST", "/graphql", {"query": query})
    assert answer["errors"][0]["message"]
    assert "data" not in answer


def test_the_public_has_no_graphql(sandbox: GitHubSandbox) -> None:
    assert httpx.post(f"{sandbox.url}/api/graphql", json={"query": "{ viewer { login } }"}).status_code == 401


def test_lists_are_paged_by_cursor(sandbox: GitHubSandbox) -> None:
    query = """query($after: String) { repository(owner: "acme", name: "incidents") {
        assignableUsers(first: 2, after: $after) { nodes { login } pageInfo { hasNextPage endCursor } } } }"""
    first = sandbox.graphql("alice", query)["repository"]["assignableUsers"]
    second = sandbox.graphql("alice", query, after=first["pageInfo"]["endCursor"])["repository"]["assignableUsers"]
    assert [u["login"] for u in first["nodes"] + second["nodes"]] == ["alice", "bob", "lena"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


def test_an_edit_of_the_body_shows_when_and_a_comment_does_not(sandbox: GitHubSandbox) -> None:
    sandbox.act("alice", "POST", "/repos/acme/incidents/issues/1/comments", {"body": "x"})
    assert look(sandbox)["repository"]["issue"]["lastEditedAt"] is None
    sandbox.act("alice", "PATCH", "/repos/acme/incidents/issues/1", {"body": "new"})
    assert look(sandbox)["repository"]["issue"]["lastEditedAt"] == "2026-11-03T09:00:00Z"


def test_issues_are_closed_labelled_and_assigned_by_mutation(sandbox: GitHubSandbox) -> None:
    issue = sandbox.issue("acme/incidents#1")
    store = sandbox.site.store
    label, bob = store.repos["acme/incidents"].labels["bug"].node_id, store.accounts["bob"].node_id
    sandbox.graphql(
        "alice",
        """mutation($i: ID!, $l: [ID!]!, $b: [ID!]!) {
          addLabelsToLabelable(input: {labelableId: $i, labelIds: $l}) { labelable { __typename } }
          addAssigneesToAssignable(input: {assignableId: $i, assigneeIds: $b}) { clientMutationId }
          addComment(input: {subjectId: $i, body: "done"}) { commentEdge { node { body } } }
          closeIssue(input: {issueId: $i, stateReason: NOT_PLANNED}) { issue { stateReason } }
        }""",
        i=issue.node_id,
        l=[label],
        b=[bob],
    )
    shown = sandbox.state()["issues"]["acme/incidents#1"]
    assert (shown["labels"], shown["assignees"], shown["state"], shown["state_reason"]) == (
        ["bug"],
        ["bob"],
        "closed",
        "not_planned",
    )
    assert [comment["body"] for comment in shown["comments"]] == ["done"]


@pytest.mark.parametrize(
    ("features", "fields", "rest"),
    [
        pytest.param({}, True, 200, id="a server with everything"),
        pytest.param({"parent_on_create": False}, False, 200, id="no parent in a create"),
        pytest.param({"sub_issues": False}, False, 404, id="no sub-issues at all"),
    ],
)
def test_a_server_says_what_it_can_do(features: dict[str, bool], fields: bool, rest: int) -> None:
    ask = '{ __type(name: "CreateIssueInput") { inputFields { name } } }'
    with GitHubSandbox(seed={**SEED, "features": features}) as sandbox:
        names = [field["name"] for field in sandbox.graphql("alice", ask)["__type"]["inputFields"]]
        url = f"{sandbox.api_url}/repos/acme/incidents/issues/1/sub_issues"
        status = httpx.get(url, headers={"Authorization": "token t-alice"}).status_code
    assert (("parentIssueId" in names), status) == (fields, rest)


def test_a_server_without_graphql_answers_404() -> None:
    with GitHubSandbox(seed={**SEED, "features": {"graphql": False}}) as sandbox, pytest.raises(Refusal) as refused:
        sandbox.graphql("alice", "{ viewer { login } }")
    assert refused.value.status == 404
