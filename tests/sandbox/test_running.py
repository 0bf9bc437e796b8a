"""Does the sandbox start, steer, reset and stop as it says, and answer mistakes with clear errors?"""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import NOW, SEED
from worker.sandbox import SandboxError
from worker.sandbox.clock import SandboxClock
from worker.sandbox.github import GitHubSandbox

ISSUES = "/repos/acme/incidents/issues"


def test_the_default_seed_holds_a_small_company() -> None:
    with GitHubSandbox() as sandbox:
        state = sandbox.state()
        me = httpx.get(f"{sandbox.api_url}/user", headers={"Authorization": "token sandbox-service"}).json()
    assert sorted(state["repos"]) == ["acme/incidents", "acme/payments"]
    assert me["login"] == "followthrough[bot]"


def test_a_port_in_use_is_a_clear_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match=f"cannot listen on 127.0.0.1:{port}.*choose another port"):
            GitHubSandbox(port=port)
    with pytest.raises(SandboxError, match="between 0 and 65535"):
        GitHubSandbox(port=99_999)


def test_it_listens_on_loopback_only_and_is_gone_after_its_end() -> None:
    with GitHubSandbox(seed=SEED) as sandbox:
        url = sandbox.url
        assert url.startswith("http://127.0.0.1:")
        assert httpx.get(f"{url}/meta").status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/meta")


def test_the_clock_is_set_over_http_and_everything_follows_it(sandbox: GitHubSandbox) -> None:
    steer = f"{sandbox.url}/_sandbox/clock"
    assert httpx.post(steer, json={"now": "2026-12-24T10:00:00+01:00"}).json() == {"now": "2026-12-24T09:00:00Z"}
    assert sandbox.act("alice", "POST", ISSUES, {"title": "x"})["created_at"] == "2026-12-24T09:00:00Z"
    assert httpx.post(steer, json={"advance": 60}).json() == {"now": "2026-12-24T09:01:00Z"}
    for wrong in ({"now": "tomorrow"}, {"now": "2026-12-24T10:00:00"}, {"advance": -1}, {"advance": "x"}, {}, None):
        assert httpx.post(steer, json=wrong).status_code == 400
    assert httpx.get(steer).json() == {"now": "2026-12-24T09:01:00Z"}


def test_a_clock_can_run_fast() -> None:
    clock = SandboxClock(NOW, rate=86_400)
    until = time.monotonic() + 5
    while clock.now() < NOW + timedelta(hours=1) and time.monotonic() < until:
        pass
    assert NOW + timedelta(hours=1) <= clock.now() < NOW + timedelta(days=5)
    clock.free()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_reset_brings_back_the_seed(sandbox: GitHubSandbox) -> None:
    before = sandbox.state()
    sandbox.act("alice", "POST", ISSUES, {"title": "x"})
    sandbox.faults.add("401", count=None)
    sandbox.clock.advance(timedelta(days=3))
    assert sandbox.state() != before

    assert httpx.post(f"{sandbox.url}/_sandbox/reset").json() == {"reset": True}

    assert sandbox.state() == before
    assert sandbox.requests() == ()
    assert sandbox.clock.now() == NOW
    assert sandbox.act("alice", "GET", "/user")["login"] == "alice"


def test_the_log_says_who_asked_for_what_and_whether_it_wrote(sandbox: GitHubSandbox) -> None:
    made = sandbox.act("alice", "POST", ISSUES, {"title": "x"})
    sandbox.act("bob", "GET", f"{ISSUES}/{made['number']}?page=1")
    rows: list[dict[str, Any]] = httpx.get(f"{sandbox.url}/_sandbox/requests").json()
    assert [(r["user"], r["method"], r["path"], r["query"], r["status"], r["write"], r["committed"]) for r in rows] == [
        ("alice", "POST", ISSUES, "", 201, True, True),
        ("bob", "GET", f"{ISSUES}/4", "page=1", 200, False, False),
    ]
    assert httpx.get(f"{sandbox.url}/_sandbox/requests?after=1").json() == rows[1:]


def test_a_repeated_write_that_changes_nothing_is_not_committed(sandbox: GitHubSandbox) -> None:
    for _ in range(2):
        sandbox.act("alice", "POST", f"{ISSUES}/1/labels", ["postmortem"])
    assert [(e.write, e.committed) for e in sandbox.requests()] == [(True, True), (True, False)]


def test_what_the_sandbox_cannot_do_is_said(sandbox: GitHubSandbox) -> None:
    assert httpx.post(f"{sandbox.url}/_sandbox/state").status_code == 404
    assert "nothing-such" in httpx.get(f"{sandbox.url}/_sandbox/nothing-such").json()["error"]
    assert httpx.post(f"{sandbox.url}/_sandbox/faults", content=b"{").status_code == 400
    assert httpx.post(f"{sandbox.url}/_sandbox/hooks", json={"url": "ftp://x"}).status_code == 400
    with pytest.raises(SandboxError, match="no account 'nobody'"):
        sandbox.act("nobody", "GET", "/user")


@pytest.mark.parametrize(
    ("seed", "says"),
    [
        pytest.param({"repo": []}, "unknown key 'repo'", id="an unknown key"),
        pytest.param({"repos": ["incidents"]}, "repos[0].name: 'incidents' is not written owner/repo", id="a name"),
        pytest.param({"repos": {"name": "a/b"}}, "repos: expected a list", id="a list that is none"),
        pytest.param({"repos": [{"name": "a/b", "visibility": "secret"}]}, "none of private, public", id="a word"),
        pytest.param({"repos": ["a/b", "A/B"]}, "is there twice", id="a repository that is there twice"),
        pytest.param({"users": [{"name": "x"}]}, "users[0].login: is required", id="a user without a login"),
        pytest.param({"tokens": ["x"]}, "tokens[0]: expected a mapping", id="a token without a login"),
        pytest.param({"now": "today"}, "now: 'today' is no ISO 8601 time", id="a time"),
        pytest.param({"repos": [{"name": "a/b", "issues": [{"title": "x", "parent": "#9"}]}]}, "'#9'", id="a parent"),
        pytest.param({"app": {"public_key": "x"}}, "is no public key in PEM form", id="a key"),
        pytest.param({"limits": {"per_day": 1}}, "limits: unknown key 'per_day'", id="a limit"),
        pytest.param({"features": {"graphql": "no"}}, "features.graphql: expected true or false", id="a feature"),
    ],
)
def test_a_mistake_in_a_seed_is_answered_with_its_place(seed: dict[str, Any], says: str) -> None:
    with pytest.raises(SandboxError) as refused:
        GitHubSandbox(seed=seed)
    assert says in str(refused.value)


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_a_seed_may_be_a_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"seed{suffix}"
    path.write_text(json.dumps({"github": SEED}))
    with GitHubSandbox(seed=path) as sandbox:
        assert "acme/incidents#1" in sandbox.state()["issues"]
    path.write_text("{")
    with pytest.raises(SandboxError, match=path.name):
        GitHubSandbox(seed=path)
    with pytest.raises(SandboxError, match="cannot be read"):
        GitHubSandbox(seed=tmp_path / "missing.yaml")


def test_a_request_takes_less_than_three_milliseconds_also_among_ten_thousand_issues() -> None:
    issues = [{"title": f"Issue {n}", "body": "text", "user": "alice"} for n in range(10_000)]
    seed = {"repos": [{"name": "acme/big", "collaborators": {"alice": "write"}, "issues": issues}]}
    with GitHubSandbox(seed=seed) as sandbox:
        for path in ("/issues/9000", "/issues?state=all&sort=updated&direction=asc&since=2999-01-01T00:00:00Z"):
            for _ in range(21):
                sandbox.act("alice", "GET", f"/repos/acme/big{path}")
        for number in range(21):
            sandbox.act("alice", "POST", f"/repos/acme/big/issues/{number + 1}/comments", {"body": "x"})
        spent = sorted(entry.duration_ms for entry in sandbox.requests())
    # The median, because the machine that runs the tests has other things to do as well.
    assert spent[len(spent) // 2] < 3
