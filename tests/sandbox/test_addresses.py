"""Where does a thing answer after it was renamed, transferred or deleted?"""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from github import Github, GithubException

from worker.sandbox.github import GitHubSandbox, Refusal

MOVE = "mutation($i: ID!, $r: ID!) { transferIssue(input: {issueId: $i, repositoryId: $r}) { issue { number url } } }"
DELETE = "mutation($i: ID!) { deleteIssue(input: {issueId: $i}) { repository { nameWithOwner } } }"


def transfer(sandbox: GitHubSandbox) -> None:
    issue = sandbox.issue("acme/incidents#2").node_id
    sandbox.graphql("alice", MOVE, i=issue, r=sandbox.site.store.repos["acme/payments"].node_id)


def test_a_transferred_issue_redirects_to_where_it_is(sandbox: GitHubSandbox, alice: Github) -> None:
    alice.get_repo("acme/incidents").get_issue(2).create_comment("before")
    transfer(sandbox)

    raw = httpx.get(f"{sandbox.api_url}/repos/acme/incidents/issues/2", headers={"Authorization": "token t-alice"})
    assert raw.status_code == 301
    assert raw.headers["location"].startswith(f"{sandbox.api_url}/repositories/")

    issue = alice.get_repo("acme/incidents").get_issue(2)
    assert (issue.number, issue.url) == (1, f"{sandbox.api_url}/repos/acme/payments/issues/1")
    assert [comment.body for comment in issue.get_comments()] == ["before"]
    assert [i.number for i in alice.get_repo("acme/incidents").get_issues(direction="asc")] == [1, 3]


def test_a_deleted_issue_is_gone(sandbox: GitHubSandbox, alice: Github) -> None:
    with pytest.raises(Refusal, match="admin rights"):
        sandbox.graphql("alice", DELETE, i=sandbox.issue("acme/incidents#2").node_id)
    sandbox.graphql("lena", DELETE, i=sandbox.issue("acme/incidents#2").node_id)

    with pytest.raises(GithubException) as gone:
        alice.get_repo("acme/incidents").get_issue(2)
    assert (gone.value.status, gone.value.data["message"]) == (410, "This issue was deleted")


def test_a_parent_loses_a_deleted_child(sandbox: GitHubSandbox, alice: Github) -> None:
    repo = alice.get_repo("acme/incidents")
    repo.get_issue(1).add_sub_issue(repo.get_issue(2))
    sandbox.graphql("lena", DELETE, i=sandbox.issue("acme/incidents#2").node_id)
    assert list(repo.get_issue(1).get_sub_issues()) == []


def test_a_renamed_repository_redirects_reads_and_writes_as_github_does(
    sandbox: GitHubSandbox, connect: Callable[[str], Github]
) -> None:
    connect("t-lena").get_repo("acme/incidents").edit(name="post-mortems")

    issue = connect("t-alice").get_repo("acme/incidents").get_issue(1)
    assert issue.url == f"{sandbox.api_url}/repos/acme/post-mortems/issues/1"
    assert sandbox.graphql("alice", '{ repository(owner: "acme", name: "incidents") { name } }') == {
        "repository": {"name": "post-mortems"}
    }
    write = httpx.post(
        f"{sandbox.api_url}/repos/acme/incidents/issues",
        json={"title": "x"},
        headers={"Authorization": "token t-alice"},
    )
    assert write.status_code == 307
    followed = httpx.post(write.headers["location"], json={"title": "x"}, headers={"Authorization": "token t-alice"})
    assert followed.status_code == 201


def test_pages_of_a_repository_by_id_stay_by_id(sandbox: GitHubSandbox) -> None:
    repo = sandbox.site.store.repos["acme/incidents"]
    url = f"{sandbox.api_url}/repositories/{repo.id}/issues?per_page=1&state=all"
    answer = httpx.get(url, headers={"Authorization": "token t-alice"})
    following = answer.links["next"]["url"]
    assert following.startswith(f"{sandbox.api_url}/repositories/{repo.id}/issues?")
    assert len(httpx.get(following, headers={"Authorization": "token t-alice"}).json()) == 1


def test_a_reference_is_noted_on_what_it_names(sandbox: GitHubSandbox, alice: Github) -> None:
    alice.get_repo("acme/payments").create_issue("Follow up", body="Comes from acme/incidents#1, see also #99")
    line = next(iter(alice.get_repo("acme/incidents").get_issue(1).get_timeline()))
    assert line.source is not None
    assert (line.event, line.source.issue.title) == ("cross-referenced", "Follow up")
