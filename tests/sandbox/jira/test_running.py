"""Starting, steering, resetting, and what a seed with a mistake is answered with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.jira.conftest import SEED, create, found
from worker.sandbox.errors import SandboxError
from worker.sandbox.jira import JiraSandbox


def steer(sandbox: JiraSandbox, name: str, payload: object = None) -> Any:
    url = f"{sandbox.url}/_sandbox/{name}"
    answer = requests.get(url, timeout=10) if payload is None else requests.post(url, json=payload, timeout=10)
    return answer.json()


def _mentions(node: Any) -> list[str]:
    own = [node["attrs"]["text"]] if node["type"] == "mention" else []
    return own + [text for child in node.get("content", []) for text in _mentions(child)]


def test_the_default_seed_holds_a_small_company() -> None:
    with JiraSandbox() as sandbox:
        state = sandbox.state()
        assert sorted(state["projects"]) == ["NXT", "OPS", "PAY", "PUB"]
        assert state["projects"]["NXT"]["style"] == "team"
        assert state["projects"]["PUB"]["visibility"] == "public"
        assert {account["login"] for account in state["accounts"]} >= {"alice", "bob", "lena", "dario", "followthrough"}
        for login in ("alice", "bob", "lena", "dario", "followthrough"):
            assert sandbox.act(login, "GET", "/myself")["active"] is True
        assert found(sandbox, 'project = OPS AND text ~ "action items"', "followthrough") == ["OPS-1"]
        described = sandbox.act("alice", "GET", "/rest/api/3/issue/OPS-1")["fields"]["description"]
        assert _mentions(described) == ["@Alice Moreau", "@Bob Okafor", "@Alice Moreau"]
        for project in ("OPS", "PAY", "NXT"):
            create(sandbox, "followthrough", project)


def test_everything_is_steered_from_outside(sandbox: JiraSandbox) -> None:
    assert steer(sandbox, "index_lag", {"seconds": 90}) == {"seconds": 90.0}
    assert sandbox.index_lag == timedelta(seconds=90)
    assert steer(sandbox, "move", {"key": "OPS-3", "project": "PAY"}) == {"key": "PAY-1"}
    assert steer(sandbox, "rename", {"project": "PAY", "key": "CASH"}) == {"key": "CASH"}
    assert steer(sandbox, "state")["moved"] == {"OPS-3": "CASH-1", "PAY-1": "CASH-1"}
    steer(sandbox, "clock", {"advance": 60})
    assert steer(sandbox, "clock") == {"now": "2026-11-03T09:01:00Z"}
    assert "index_lag takes" in steer(sandbox, "index_lag", {"seconds": "long"})["error"]
    assert "no GET /_sandbox/nothing" in steer(sandbox, "nothing")["error"]
    steer(sandbox, "reset", {})
    assert sandbox.index_lag == timedelta(0)
    assert sorted(sandbox.state()["issues"]) == ["OPS-1", "OPS-2", "OPS-3", "PUB-1", "SEC-1"]


def test_state_shows_what_was_written(sandbox: JiraSandbox) -> None:
    key = create(sandbox)
    sandbox.act("service", "PUT", f"/issue/{key}/properties/a", {"b": 1})
    sandbox.act("alice", "POST", f"/issue/{key}/comment", {"body": "Hi"})
    link = {"type": {"name": "Relates"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": "OPS-1"}}
    sandbox.act("service", "POST", "/issueLink", link)
    remote = {"globalId": "g", "object": {"url": "https://example.org", "title": "T"}}
    sandbox.act("service", "POST", f"/issue/{key}/remotelink", remote)
    there = steer(sandbox, "state")["issues"][key]
    assert there["properties"] == {"a": {"b": 1}}
    assert [(c["author"], c["body"]) for c in there["comments"]] == [("alice", "Hi")]
    assert [(x["direction"], x["key"]) for x in there["links"]] == [("outward", "OPS-1")]
    assert [x["global_id"] for x in there["remote_links"]] == ["g"]
    assert len(sandbox.writes(user="service")) == 4


def test_the_log_says_who_asked_for_what(sandbox: JiraSandbox) -> None:
    sandbox.act("alice", "GET", "/issue/OPS-1?fields=summary")
    (entry,) = sandbox.requests()
    assert (entry.method, entry.path, entry.query) == ("GET", "/issue/OPS-1", "fields=summary")
    assert (entry.user, entry.status, entry.write, entry.committed) == ("alice", 200, False, False)


@pytest.mark.parametrize(
    ("seed", "place"),
    [
        pytest.param({"projects": [{"key": "OPS", "nmae": "x"}]}, "projects[0]: unknown key 'nmae'", id="a slip"),
        pytest.param({"projects": [{"key": "ops"}]}, "projects[0].key", id="a key in small letters"),
        pytest.param({"projects": [{"key": "A", "people": {"bob": "boss"}}]}, "people.bob", id="no such role"),
        pytest.param({"projects": [{"key": "A", "workflow": "x"}]}, "workflow", id="no such workflow"),
        pytest.param({"projects": [{"key": "A", "without": ["x"]}]}, "no field 'x'", id="no such field"),
        pytest.param({"projects": [{"key": "A", "roles": {"r": ["FLY"]}}]}, "FLY", id="no such permission"),
        pytest.param(
            {"projects": [{"key": "A", "issues": [{"summary": "x", "type": "W"}]}]}, "issues[0].type", id="type"
        ),
        pytest.param({"projects": [{"key": "A", "issues": [{"summary": "x", "parent": "A-9"}]}]}, "A-9", id="parent"),
        pytest.param({"fields": [{"id": "sev"}]}, "fields[0].id", id="a custom field's id"),
        pytest.param({"limits": {"burst": 1}}, "limits: unknown key 'burst'", id="no such limit"),
        pytest.param({"tokens": [{"token": "a", "login": "b"}] * 2}, "tokens[1].token", id="a token twice"),
    ],
)
def test_a_seed_with_a_mistake_is_refused_with_its_place(seed: Any, place: str) -> None:
    with pytest.raises(SandboxError) as refused:
        JiraSandbox(seed=seed)
    assert place in str(refused.value)


def test_a_seed_says_how_projects_work() -> None:
    flow = {
        "statuses": [{"name": "New", "category": "new"}, {"name": "Over", "category": "done"}],
        "transitions": [{"name": "Finish", "to": "Over", "required": ["customfield_10070"], "resolution": "Done"}],
    }
    projects = [
        {
            "key": "A",
            "workflow": "own",
            "roles": {"robot": ["BROWSE_PROJECTS", "CREATE_ISSUES"]},
            "people": {"r": "robot", "*": "viewer"},
            "types": ["Task", {"name": "Incident", "required": ["duedate"], "level": 0}],
            "defaults": {"customfield_10070": "soon"},
            "with": ["customfield_10070"],
            "issues": [{"summary": "x", "comments": [{"author": "r", "body": "Hi", "role": "robot"}]}],
        }
    ]
    fields = [{"id": "customfield_10070", "kind": "string"}]
    seed = {"users": ["z"], "projects": projects, "workflows": {"own": flow}, "fields": fields}
    with JiraSandbox(seed=seed) as sandbox:
        key = create(sandbox, "r", "A")
        assert sandbox.state()["issues"][key]["fields"] == {"customfield_10070": "soon"}
        assert sandbox.act("z", "GET", "/issue/A-1")["fields"]["status"]["name"] == "New"
        assert sandbox.act("z", "GET", "/issue/A-1/comment")["total"] == 0
        assert sandbox.act("r", "GET", "/issue/A-1/comment")["total"] == 1


def test_it_starts_again_where_it_began() -> None:
    with JiraSandbox(seed=SEED, faults=[{"kind": "502-before"}]) as sandbox:
        first = sandbox.state()
        assert requests.get(f"{sandbox.url}/rest/api/2/serverInfo", timeout=10).status_code == 502
        create(sandbox)
        sandbox.reset()
        assert sandbox.state() == first
        assert requests.get(f"{sandbox.url}/rest/api/2/serverInfo", timeout=10).status_code == 502
        assert sandbox.requests()[0].number == 3


def test_an_unknown_face_is_refused() -> None:
    with pytest.raises(SandboxError, match="cloud or datacenter"):
        JiraSandbox(face="server")
