"""Sprints, versions and the development panel, on both faces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.jira.conftest import FACES, SEED, create
from worker.sandbox.jira import JiraSandbox
from worker.sandbox.running import Refusal

SPRINT, PANEL = "customfield_10020", "customfield_10000"
AGILE = "/rest/agile/1.0"
MORE: dict[str, Any] = {
    "fields": [
        *SEED["fields"],
        {"id": SPRINT, "name": "Sprint", "kind": "sprint"},
        {"id": PANEL, "name": "Development", "kind": "development"},
    ],
    "sprints": [{"name": "Sprint 1", "state": "active", "start": "2026-10-26T09:00:00Z"}],
}


@pytest.fixture(scope="module", params=FACES)
def running(request: pytest.FixtureRequest) -> Iterator[JiraSandbox]:
    with JiraSandbox(seed={**SEED, **MORE}, face=request.param) as made:
        yield made


@pytest.fixture
def sandbox(running: JiraSandbox) -> JiraSandbox:
    running.reset()
    return running


def fields(sandbox: JiraSandbox, key: str) -> Any:
    return sandbox.act("service", "GET", f"/issue/{key}?expand=changelog")["fields"]


def test_an_issue_keeps_the_sprints_that_ended_and_leaves_the_one_that_runs(sandbox: JiraSandbox) -> None:
    key = create(sandbox)
    two = sandbox.act("lena", "POST", f"{AGILE}/sprint", {"name": "Sprint 2", "startDate": "2026-11-16T09:00:00Z"})
    assert (two["state"], two["startDate"]) == ("future", "2026-11-16T09:00:00.000Z")
    sandbox.act("alice", "POST", f"{AGILE}/sprint/1/issue", {"issues": [key]})
    sandbox.act("alice", "POST", f"{AGILE}/sprint/{two['id']}/issue", {"issues": [key]})
    assert [_name(s) for s in fields(sandbox, key)[SPRINT]] == ["Sprint 2"]
    sandbox.act("lena", "POST", f"{AGILE}/sprint/{two['id']}", {"state": "closed"})
    sandbox.act("alice", "POST", f"{AGILE}/sprint/1/issue", {"issues": [key]})
    assert [_name(s) for s in fields(sandbox, key)[SPRINT]] == ["Sprint 2", "Sprint 1"]
    sandbox.act("alice", "POST", f"{AGILE}/backlog/issue", {"issues": [key]})
    assert [_name(s) for s in fields(sandbox, key)[SPRINT]] == ["Sprint 2"]
    history = sandbox.act("service", "GET", f"/issue/{key}?expand=changelog")["changelog"]["histories"]
    assert {item["field"] for change in history for item in change["items"]} == {"Sprint"}
    with pytest.raises(Refusal):
        sandbox.act("alice", "POST", f"{AGILE}/sprint/99/issue", {"issues": [key]})


def _name(sprint: Any) -> str:
    """A sprint's name: in an object on Cloud, in a Java text on Data Center."""
    return str(sprint["name"]) if isinstance(sprint, dict) else sprint.partition(",name=")[2].partition(",")[0]


def test_a_version_says_when_it_begins_in_its_project_alone(sandbox: JiraSandbox) -> None:
    given = {"project": "OPS", "name": "2.0", "startDate": "2026-12-07", "releaseDate": "2027-01-15"}
    made = sandbox.act("lena", "POST", "/version", given)
    key = create(sandbox, fixVersions=[{"id": made["id"]}])
    (shown,) = fields(sandbox, key)["fixVersions"]
    assert (shown["name"], shown["released"], shown["releaseDate"]) == ("2.0", False, "2027-01-15")
    assert "startDate" not in shown
    (listed,) = sandbox.act("alice", "GET", "/project/OPS/versions")
    assert listed["startDate"] == "2026-12-07"
    sandbox.act("lena", "PUT", f"/version/{made['id']}", {"released": True})
    assert fields(sandbox, key)["fixVersions"][0]["released"] is True
    assert sandbox.state()["issues"][key]["fix_versions"] == ["2.0"]
    with pytest.raises(Refusal):
        sandbox.act("alice", "POST", "/version", given)
    with pytest.raises(Refusal):
        create(sandbox, fixVersions=[{"name": "9.9"}])


def test_the_panel_is_no_change_of_the_issue(sandbox: JiraSandbox) -> None:
    key = create(sandbox)
    before = fields(sandbox, key)["updated"]
    sandbox.develop(key, merged=1, commits=3)
    shown = fields(sandbox, key)
    assert '"state":"MERGED"' in shown[PANEL]
    assert shown["updated"] == before
