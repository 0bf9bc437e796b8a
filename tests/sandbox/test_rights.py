"""Who may do what, and what happens without a word to those who may not?"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from worker.sandbox.github import GitHubSandbox, Refusal

ISSUES = "/repos/acme/incidents/issues"


def refusal(sandbox: GitHubSandbox, login: str, method: str, path: str, payload: object = None) -> tuple[int, str]:
    with pytest.raises(Refusal) as refused:
        sandbox.act(login, method, path, payload)
    return refused.value.status, refused.value.body["message"]


def test_a_reader_creates_an_issue_and_loses_labels_assignees_and_milestone_silently(sandbox: GitHubSandbox) -> None:
    wanted = {"title": "From bob", "labels": ["bug"], "assignees": ["alice", "nobody"], "milestone": 1}
    made = sandbox.act("bob", "POST", ISSUES, wanted)
    assert (made["labels"], made["assignees"], made["milestone"], made["title"]) == ([], [], None, "From bob")

    edited = sandbox.act("bob", "PATCH", f"{ISSUES}/{made['number']}", {"title": "Mine", "labels": ["bug"]})
    assert (edited["title"], edited["labels"]) == ("Mine", [])


def test_a_reader_does_not_edit_what_others_wrote(sandbox: GitHubSandbox) -> None:
    assert refusal(sandbox, "bob", "PATCH", f"{ISSUES}/1", {"title": "x"}) == (
        403,
        "Must have admin rights to Repository.",
    )
    assert refusal(sandbox, "bob", "POST", f"{ISSUES}/1/labels", ["bug"])[0] == 403
    theirs = sandbox.act("lena", "POST", f"{ISSUES}/1/comments", {"body": "mine"})["id"]
    assert refusal(sandbox, "bob", "PATCH", f"{ISSUES}/comments/{theirs}", {"body": "x"})[0] == 403
    assert sandbox.act("alice", "PATCH", f"{ISSUES}/comments/{theirs}", {"body": "x"})["body"] == "x"


def test_a_writer_who_names_somebody_that_cannot_be_assigned_is_refused_by_rest(sandbox: GitHubSandbox) -> None:
    with pytest.raises(Refusal) as refused:
        sandbox.act("alice", "POST", ISSUES, {"title": "x", "assignees": ["mallory"]})
    assert refused.value.body["errors"] == [
        {"value": "mallory", "resource": "Issue", "field": "assignees", "code": "invalid"}
    ]
    # The list of assignees of an issue is more patient.
    added = sandbox.act("alice", "POST", f"{ISSUES}/1/assignees", {"assignees": ["mallory", "bob"]})
    assert [account["login"] for account in added["assignees"]] == ["bob"]


def test_a_read_only_token_writes_nothing(sandbox: GitHubSandbox) -> None:
    headers = {"Authorization": "token t-helper-reads"}
    answer = httpx.post(sandbox.api_url + ISSUES, json={"title": "x"}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["message"] == "Resource not accessible by personal access token"
    assert httpx.get(sandbox.api_url + ISSUES, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param("token nonsense", 401, id="an unknown token"),
        pytest.param("Digest x", 401, id="an unknown scheme"),
        pytest.param("Basic !!!", 401, id="broken basic credentials"),
        pytest.param("Bearer a.b.c", 401, id="a broken JWT"),
        pytest.param("bearer t-alice", 200, id="bearer in any case"),
        pytest.param("Basic YWxpY2U6dC1hbGljZQ==", 200, id="basic with the token as password"),
    ],
)
def test_a_credential_is_accepted_or_401(sandbox: GitHubSandbox, header: str, status: int) -> None:
    assert httpx.get(f"{sandbox.api_url}/user", headers={"Authorization": header}).status_code == status


def test_the_public_reads_what_is_public_and_writes_nothing(sandbox: GitHubSandbox) -> None:
    site = f"{sandbox.api_url}/repos/acme/site/issues"
    assert httpx.get(site).status_code == 200
    assert httpx.post(site, json={"title": "x"}).status_code == 401
    assert httpx.get(f"{sandbox.api_url}/repos/acme/incidents").status_code == 404
    assert httpx.get(f"{sandbox.api_url}/user").status_code == 401


def test_an_archived_repository_is_read_only_and_one_without_issues_says_so(sandbox: GitHubSandbox) -> None:
    sandbox.act("lena", "PATCH", "/repos/acme/payments", {"archived": True})
    assert refusal(sandbox, "alice", "POST", "/repos/acme/payments/issues", {"title": "x"})[0] == 403
    sandbox.act("lena", "PATCH", "/repos/acme/payments", {"archived": False, "has_issues": False})
    assert refusal(sandbox, "alice", "POST", "/repos/acme/payments/issues", {"title": "x"})[0] == 410


@pytest.mark.parametrize(
    ("method", "path", "payload", "status"),
    [
        pytest.param("POST", ISSUES, {}, 422, id="an issue without a title"),
        pytest.param("POST", ISSUES, {"title": "x", "body": "y" * 65_537}, 422, id="a body that is too long"),
        pytest.param("POST", ISSUES, {"title": "x" * 257}, 422, id="a title that is too long"),
        pytest.param("POST", ISSUES, {"title": "x", "labels": "bug"}, 422, id="labels that are no list"),
        pytest.param("POST", ISSUES, {"title": "x", "milestone": 99}, 422, id="an unknown milestone"),
        pytest.param("POST", ISSUES, ["x"], 400, id="a body that is no object"),
        pytest.param("PATCH", f"{ISSUES}/1", {"state": "gone"}, 422, id="an unknown state"),
        pytest.param("PATCH", f"{ISSUES}/1", {"state_reason": "bored"}, 422, id="an unknown reason"),
        pytest.param("POST", f"{ISSUES}/1/comments", {"body": " "}, 422, id="an empty comment"),
        pytest.param("GET", f"{ISSUES}?since=yesterday", None, 422, id="a since that is no time"),
        pytest.param("GET", f"{ISSUES}?after=%7B", None, 422, id="a broken cursor"),
        pytest.param("GET", f"{ISSUES}/99", None, 404, id="an issue that never was"),
        pytest.param("GET", "/nowhere", None, 404, id="an address that GitHub does not have"),
        pytest.param("POST", f"{ISSUES}/1/sub_issues", {"sub_issue_id": "2"}, 422, id="a child named by a string"),
    ],
)
def test_odd_input_is_refused_and_leaves_no_trace(
    sandbox: GitHubSandbox, method: str, path: str, payload: Any, status: int
) -> None:
    before = sandbox.state()
    assert refusal(sandbox, "alice", method, path, payload)[0] == status
    assert sandbox.state() == before


def test_a_refused_edit_changes_nothing_at_all(sandbox: GitHubSandbox) -> None:
    before = sandbox.state()
    edit = {"title": "new", "labels": ["postmortem"], "assignees": ["mallory"]}
    assert refusal(sandbox, "alice", "PATCH", f"{ISSUES}/1", edit)[0] == 422
    assert sandbox.state() == before


def test_a_body_that_is_no_json_is_400(sandbox: GitHubSandbox) -> None:
    answer = httpx.post(sandbox.api_url + ISSUES, content=b"{", headers={"Authorization": "token t-alice"})
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")
