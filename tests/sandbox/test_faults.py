"""Does each fault fail in the way that it says, and leave behind what it says: nothing, or the whole change?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import SEED
from worker.sandbox import SandboxError
from worker.sandbox.faults import parse_rules
from worker.sandbox.github import GitHubSandbox

COMMENTS = "/repos/acme/incidents/issues/1/comments"


@pytest.fixture
def http(sandbox: GitHubSandbox) -> Iterator[httpx.Client]:
    """A plain client with alice's token."""
    with httpx.Client(base_url=sandbox.api_url, headers={"Authorization": "token t-alice"}, timeout=10) as client:
        yield client


def bodies(sandbox: GitHubSandbox) -> list[str]:
    return [comment.body for comment in sandbox.issue("acme/incidents#1").comments]


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        pytest.param("502-before", [], id="502 before the commit leaves nothing"),
        pytest.param("502-after", ["hello"], id="502 after the commit leaves the comment"),
    ],
)
def test_an_error_page_comes_before_or_after_the_commit(
    sandbox: GitHubSandbox, http: httpx.Client, kind: str, written: list[str]
) -> None:
    rule = sandbox.faults.add(kind, method="POST", path="/comments$")

    answer = http.post(COMMENTS, json={"body": "hello"})

    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert bodies(sandbox) == written
    assert rule.fired == 1
    entry = sandbox.requests()[-1]
    assert (entry.status, entry.write, entry.committed, entry.fault) == (502, True, bool(written), kind)
    assert http.post(COMMENTS, json={"body": "again"}).status_code == 201


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        pytest.param("drop-before", [], id="a drop before the commit leaves nothing"),
        pytest.param("drop-after", ["hello"], id="a drop after the commit leaves the comment"),
    ],
)
def test_a_dropped_connection_has_no_answer(
    sandbox: GitHubSandbox, http: httpx.Client, kind: str, written: list[str]
) -> None:
    sandbox.faults.add(kind, method="POST")

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        http.post(COMMENTS, json={"body": "hello"})

    assert bodies(sandbox) == written
    assert sandbox.requests()[-1].status == 0
    assert http.get("/repos/acme/incidents").status_code == 200


def test_a_truncated_body_ends_half_way_after_the_commit(sandbox: GitHubSandbox, http: httpx.Client) -> None:
    sandbox.faults.add("truncated", method="POST")
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        http.post(COMMENTS, json={"body": "hello"})
    assert bodies(sandbox) == ["hello"]


@pytest.mark.parametrize(
    ("rule", "status", "headers", "words"),
    [
        pytest.param({"retry_after": 7}, 403, {"retry-after": "7"}, "secondary rate limit", id="403 with retry-after"),
        pytest.param({"status": 429}, 429, {}, "secondary rate limit", id="429 without retry-after"),
        pytest.param(
            {"secondary": False}, 403, {"x-ratelimit-remaining": "0"}, "API rate limit exceeded", id="nothing remains"
        ),
        pytest.param(
            {"status": 429, "secondary": False, "retry_after": 3},
            429,
            {"x-ratelimit-remaining": "0", "retry-after": "3"},
            "API rate limit exceeded",
            id="429 with everything",
        ),
    ],
)
def test_a_rate_limit_looks_like_githubs(
    sandbox: GitHubSandbox, http: httpx.Client, rule: dict[str, Any], status: int, headers: dict[str, str], words: str
) -> None:
    sandbox.faults.add("limit", **rule)

    answer = http.post(COMMENTS, json={"body": "hello"})

    assert answer.status_code == status
    assert headers.items() <= dict(answer.headers).items()
    assert ("retry-after" in answer.headers) == ("retry-after" in headers)
    assert words in answer.json()["message"]
    assert bodies(sandbox) == []


def test_a_graphql_limit_is_an_error_under_status_200(sandbox: GitHubSandbox, http: httpx.Client) -> None:
    sandbox.faults.add("limit", operation="viewer")
    answer = http.post(f"{sandbox.url}/api/graphql", json={"query": "{ viewer { login } }"})
    assert answer.status_code == 200
    assert answer.json()["errors"][0]["type"] == "RATE_LIMITED"


def test_a_refused_credential_is_401(sandbox: GitHubSandbox, http: httpx.Client) -> None:
    sandbox.faults.add("401")
    assert http.get("/user").json() == {
        "message": "Bad credentials",
        "documentation_url": "https://docs.github.com/rest",
        "status": "401",
    }


def test_latency_delays_and_combines_with_another_fault(sandbox: GitHubSandbox, http: httpx.Client) -> None:
    sandbox.faults.add("latency", latency_ms=80, count=None)
    sandbox.faults.add("502-before")
    assert http.get("/user").status_code == 502
    assert http.get("/user").status_code == 200
    assert all(entry.duration_ms >= 80 for entry in sandbox.requests())


def test_a_request_that_a_reset_overtook_changes_nothing(sandbox: GitHubSandbox) -> None:
    slow = sandbox.faults.add("latency", latency_ms=300)
    before = sandbox.state()
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(sandbox.act, "alice", "POST", "/repos/acme/incidents/issues", {"title": "Too late"})
        while not slow.fired:
            assert not late.done()
        sandbox.reset()
        with pytest.raises(OSError, match=r"closed|reset|Remote"):
            late.result()
    assert sandbox.state() == before
    assert not sandbox.requests()


def test_a_rule_waits_for_its_match_and_then_acts_as_often_as_it_says(
    sandbox: GitHubSandbox, http: httpx.Client
) -> None:
    sandbox.faults.add("502-before", path="^/user$", nth=2, count=2)
    assert [http.get("/user").status_code for _ in range(4)] == [200, 502, 502, 200]


def test_a_rule_can_be_about_one_graphql_mutation(sandbox: GitHubSandbox) -> None:
    rule = sandbox.faults.add("502-after", operation="createIssue")
    repo = sandbox.graphql("alice", '{ repository(owner: "acme", name: "incidents") { id } }')["repository"]["id"]
    create = 'mutation($r: ID!) { createIssue(input: {repositoryId: $r, title: "t"}) { issue { number } } }'
    with pytest.raises(SandboxError, match="502"):
        sandbox.graphql("alice", create, r=repo)
    assert rule.fired == 1
    assert "acme/incidents#4" in sandbox.state()["issues"]
    assert sandbox.requests()[-1].operation == "createIssue"


def test_faults_are_set_read_and_cleared_over_http(sandbox: GitHubSandbox) -> None:
    steer = f"{sandbox.url}/_sandbox/faults"
    set_up = httpx.post(steer, json=[{"kind": "502-before", "path": "/user", "count": None}])
    assert set_up.json()[0]["kind"] == "502-before"
    assert httpx.get(f"{sandbox.api_url}/user").status_code == 502
    assert httpx.get(steer).json()[0]["fired"] == 1
    httpx.delete(steer)
    assert httpx.get(f"{sandbox.api_url}/user").status_code == 401


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        pytest.param([{"kind": "503"}], "faults[0].kind", id="an unknown kind"),
        pytest.param([{"kind": "401", "pth": "x"}], "unknown key 'pth'", id="an unknown key"),
        pytest.param([{"kind": "401", "path": "("}], "no regular expression", id="a broken pattern"),
        pytest.param([{"kind": "401", "nth": 0}], "at least 1", id="a match before the first"),
        pytest.param([{"kind": "latency"}], "latency_ms", id="latency without a time"),
        pytest.param({"kind": "401"}, "expected a list", id="a rule without a list"),
        pytest.param([7], "expected a mapping", id="no rule at all"),
    ],
)
def test_a_bad_rule_is_refused_with_its_place(raw: object, says: str) -> None:
    with pytest.raises(SandboxError) as refused:
        parse_rules(raw)
    assert says in str(refused.value)


def test_the_faults_of_a_file_are_in_force_from_the_start_and_after_a_reset(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text("faults:\n  - {kind: 401, path: /user}\n".replace("401", '"401"'))
    with GitHubSandbox(seed=SEED, faults=path, latency_ms=1) as sandbox:
        headers = {"Authorization": "token t-alice"}
        assert [httpx.get(f"{sandbox.api_url}/user", headers=headers).status_code for _ in range(2)] == [401, 200]
        sandbox.reset()
        assert httpx.get(f"{sandbox.api_url}/user", headers=headers).status_code == 401
