"""Workflows: which ways lead on, what their screens ask for, and what being done leaves behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.jira.conftest import create
from worker.sandbox.jira import JiraSandbox, Refusal


def ways(sandbox: JiraSandbox, key: str, login: str = "service") -> dict[str, str]:
    """Name to id of the transitions from here."""
    answer = sandbox.act(login, "GET", f"/issue/{key}/transitions")
    return {way["name"]: way["id"] for way in answer["transitions"]}


def take(sandbox: JiraSandbox, key: str, name: str, **more: Any) -> None:
    sandbox.act(
        "service", "POST", f"/issue/{key}/transitions", {"transition": {"id": ways(sandbox, key)[name]}, **more}
    )


def test_being_done_sets_the_resolution_and_going_back_clears_it(sandbox: JiraSandbox) -> None:
    sandbox.clock.advance(timedelta(minutes=1))
    take(sandbox, "OPS-1", "Done")
    there = sandbox.state()["issues"]["OPS-1"]
    assert (there["category"], there["resolution"], there["resolved"]) == ("done", "Done", "2026-11-03T09:01:00Z")
    assert {item["field"] for item in there["history"][-1]["items"]} == {"status", "resolution"}
    sandbox.clock.advance(timedelta(minutes=1))
    take(sandbox, "OPS-1", "To Do")
    there = sandbox.state()["issues"]["OPS-1"]
    assert (there["category"], there["resolution"], there["resolved"]) == ("new", None, None)
    changed = sandbox.act("service", "GET", "/issue/OPS-1")["fields"]["statuscategorychangedate"]
    assert changed == "2026-11-03T09:02:00.000+0000"


def test_a_screen_that_asks_for_a_resolution_gets_one(sandbox: JiraSandbox) -> None:
    key = create(sandbox, project="PAY")
    with pytest.raises(Refusal) as refused:
        take(sandbox, key, "Close")
    assert refused.value.body["errors"] == {"resolution": "Resolution is required."}
    assert sandbox.issue(key).status.name == "Backlog"
    with pytest.raises(Refusal) as unknown:
        take(sandbox, key, "Close", fields={"resolution": {"name": "Shelved"}})
    assert "not valid" in unknown.value.body["errors"]["resolution"]
    take(sandbox, key, "Close", fields={"resolution": {"name": "Won't Do"}})
    assert sandbox.state()["issues"][key]["resolution"] == "Won't Do"


def test_what_the_screen_lacks_is_refused(sandbox: JiraSandbox) -> None:
    with pytest.raises(Refusal) as refused:
        take(sandbox, "OPS-1", "Done", fields={"resolution": {"name": "Won't Do"}})
    assert "not on the appropriate screen" in refused.value.body["errors"]["resolution"]


def test_only_ways_from_here_are_ways(sandbox: JiraSandbox) -> None:
    key = create(sandbox, project="PAY")
    assert sorted(ways(sandbox, key)) == ["Close", "Start"]
    with pytest.raises(Refusal) as refused:
        sandbox.act("service", "POST", f"/issue/{key}/transitions", {"transition": {"id": "41"}})
    assert refused.value.body["errorMessages"] == ["Transition id '41' is not valid for this issue."]


def test_a_workflow_without_a_way_to_done_has_none(sandbox: JiraSandbox) -> None:
    key = create(sandbox, project="END")
    answer = sandbox.act("service", "GET", f"/issue/{key}/transitions?expand=transitions.fields")
    assert {way["to"]["statusCategory"]["key"] for way in answer["transitions"]} == {"indeterminate"}


def test_who_may_not_sees_no_ways(sandbox: JiraSandbox) -> None:
    key = create(sandbox, project="PAY")
    assert ways(sandbox, key, "buyer") == {}


def test_each_team_managed_project_has_statuses_of_its_own(cloud: JiraSandbox) -> None:
    key = create(cloud, project="NXT")
    own = cloud.act("service", "GET", f"/issue/{key}")["fields"]
    other = cloud.act("service", "GET", "/issue/OPS-1")["fields"]
    assert own["status"]["name"] == other["status"]["name"]
    assert own["status"]["id"] != other["status"]["id"]
    assert own["issuetype"]["scope"]["type"] == "PROJECT"
    assert (own["project"]["simplified"], other["project"]["simplified"]) == (True, False)
