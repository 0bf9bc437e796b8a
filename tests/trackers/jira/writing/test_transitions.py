"""Which transition is taken, from what Jira says about an issue's transitions; no Jira is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.trackers.jira.writing.worlds import added
from worker.domain.model import IssueRef, Status
from worker.trackers.errors import Refused
from worker.trackers.jira.config import CloseConfig, JiraConfig, ProjectConfig
from worker.trackers.jira.transitions import Move, choose, formatted

REF = IssueRef("jira", "PAY-7")
RESOLUTIONS = ("Done", "Won't Do", "Duplicate")


def way(number: int, name: str, to: str, category: str, **fields: Mapping[str, Any]) -> dict[str, Any]:
    """One transition as Jira lists it."""
    return {
        "id": str(number),
        "name": name,
        "to": {"name": to, "statusCategory": {"key": category}},
        "fields": dict(fields),
    }


def resolution(*names: str, required: bool = True) -> dict[str, Any]:
    """The field Resolution of a screen."""
    allowed = [{"id": str(n), "name": name} for n, name in enumerate(names or RESOLUTIONS)]
    return {"required": required, "hasDefaultValue": False, "name": "Resolution", "allowedValues": allowed}


def config(**sections: Any) -> JiraConfig:
    special = {"PAY": ProjectConfig(**sections)} if sections else {}
    return JiraConfig(url="https://jira.example.org", pat="secret", projects=("OPS", "PAY"), special=special)


def chosen(status: Status, *ways: Mapping[str, Any], **sections: CloseConfig) -> Move:
    return choose(ways, status, ref=REF, at="In Progress", config=config(**sections))


def refusal(status: Status, *ways: Mapping[str, Any], **sections: CloseConfig) -> str:
    with pytest.raises(Refused) as caught:
        chosen(status, *ways, **sections)
    return str(caught.value)


START = way(11, "Start", "In Progress", "indeterminate")
BACK = way(12, "Back", "To Do", "new")
DONE = way(21, "Finish", "Finished", "done")
CLOSE = way(31, "Close", "Closed", "done", resolution=resolution())
DROP = way(41, "Drop", "Won't Do", "done")


@pytest.mark.parametrize(
    ("status", "ways", "taken", "resolved"),
    [
        pytest.param(Status.DONE, [START, DONE], "Finish", None, id="done is a status of that category"),
        pytest.param(Status.DONE, [DROP, DONE], "Finish", None, id="done is no status that means waived"),
        pytest.param(Status.DONE, [CLOSE], "Close", "Done", id="done sets the resolution that a screen asks for"),
        pytest.param(Status.WAIVED, [DONE, CLOSE, DROP], "Drop", None, id="waived prefers a status that says so"),
        pytest.param(Status.WAIVED, [DONE, CLOSE], "Close", "Won't Do", id="waived is else a resolution that says so"),
        pytest.param(
            Status.WAIVED,
            [DONE, way(5, "Declined", "Closed", "done")],
            "Declined",
            None,
            id="waived is else a transition whose name says so",
        ),
        pytest.param(Status.OPEN, [START, BACK], "Back", None, id="reopened goes to new"),
        pytest.param(Status.OPEN, [START, DONE], "Start", None, id="reopened goes else to indeterminate"),
        pytest.param(
            Status.DONE,
            [way(21, "Sign", "Done", "done", customfield_1={"required": True}), way(99, "Just do", "Done", "done")],
            "Just do",
            None,
            id="a way without a question is taken before one with",
        ),
        pytest.param(
            Status.DONE, [way(90, "B", "Done", "done"), way(9, "A", "Done", "done")], "A", None, id="else the first"
        ),
        pytest.param(
            Status.DONE,
            [way(1, "Close", "Closed", "done", resolution=resolution("Duplicate", "Delivered"))],
            "Close",
            "Delivered",
            id="done takes a resolution of any name that does not mean waived",
        ),
        pytest.param(
            Status.DONE,
            [{**DONE, "isAvailable": False}, CLOSE],
            "Close",
            "Done",
            id="what is not available is not taken",
        ),
    ],
)
def test_a_transition_is_found_by_what_it_leads_to(
    status: Status, ways: list[Mapping[str, Any]], taken: str, resolved: str | None
) -> None:
    move = chosen(status, *ways)
    assert move.name == taken
    assert move.fields == ({"resolution": {"name": resolved}} if resolved else {})


@pytest.mark.parametrize(
    ("section", "status"), [("done", Status.DONE), ("waive", Status.WAIVED), ("reopen", Status.OPEN)]
)
def test_the_configured_transition_comes_before_all_found(section: str, status: Status) -> None:
    ways = [BACK, DONE, CLOSE, DROP, way(77, "Hand over", "Elsewhere", "indeterminate")]
    for name in ("hand OVER", "77", "elsewhere"):
        assert chosen(status, *ways, **{section: CloseConfig(transition=name)}).name == "Hand over"


def test_configured_values_fill_the_screen() -> None:
    team = {"required": True, "hasDefaultValue": False, "name": "Team"}
    asking = way(31, "Close", "Closed", "done", resolution=resolution(), customfield_1=team)
    wanted = CloseConfig(resolution="Fixed", fields={"customfield_1": {"value": "Platform"}})
    move = chosen(Status.DONE, asking, done=wanted)
    assert move.fields == {"customfield_1": {"value": "Platform"}, "resolution": {"name": "Fixed"}}
    assert formatted(move, [asking], cloud=True) == {"fields": dict(move.fields)}


def test_a_configured_comment_is_added_and_a_formatted_field_is_a_document_on_cloud() -> None:
    why = {"required": True, "name": "Why", "schema": {"custom": "com.atlassian.jira.plugin…:textarea"}}
    asking = way(31, "Close", "Closed", "done", customfield_1=why)
    wanted = CloseConfig(fields={"customfield_1": "It holds.", "comment": "Closed by rule."})
    move = chosen(Status.DONE, asking, done=wanted)
    server = formatted(move, [asking], cloud=False)
    assert server == {
        "fields": {"customfield_1": "It holds."},
        "update": {"comment": [{"add": {"body": "Closed by rule."}}]},
    }
    cloud = formatted(move, [asking], cloud=True)
    assert cloud["fields"]["customfield_1"]["type"] == "doc"
    assert cloud["update"]["comment"][0]["add"]["body"]["type"] == "doc"


def test_a_workflow_with_no_way_to_done_is_named_with_the_lines_to_add() -> None:
    said = refusal(Status.DONE, START, BACK)
    assert "no transition of jira:PAY-7 closes it as done" in said
    assert "in status 'In Progress' it has Back (to To Do), Start (to In Progress)" in said
    assert added(said) == {"done": {"transition": "the transition's name"}}


def test_a_workflow_that_can_not_let_go_is_named_with_the_lines_to_add() -> None:
    said = refusal(Status.WAIVED, START, DONE)
    assert "no transition of jira:PAY-7 lets it go" in said
    assert added(said) == {"waive": {"transition": "the transition's name", "resolution": "Won't Do"}}


def test_a_required_field_of_a_screen_is_named_with_the_lines_to_add() -> None:
    team = {
        "required": True,
        "hasDefaultValue": False,
        "name": "Team",
        "schema": {"type": "option", "custom": "x:select"},
        "allowedValues": [{"id": "1", "value": "Platform"}, {"id": "2", "value": "Web"}],
    }
    filled = {"required": True, "hasDefaultValue": True, "name": "Kind"}
    said = refusal(Status.DONE, way(31, "Close", "Closed", "done", customfield_1=team, customfield_2=filled))
    assert (
        "the screen of the transition 'Close' of jira:PAY-7 requires Team (customfield_1), one of Platform, Web" in said
    )
    assert added(said) == {"done": {"transition": "Close", "fields": {"customfield_1": {"value": "Platform"}}}}
    again = ProjectConfig(done=CloseConfig(**added(said)["done"]))
    assert again.done.fields == {"customfield_1": {"value": "Platform"}}


def test_what_reopening_requires_is_asked_for_in_the_form_of_the_settings() -> None:
    bare = {"required": True, "hasDefaultValue": False, "name": "Resolution", "allowedValues": [{"name": "None"}]}
    said = refusal(Status.OPEN, way(12, "Back", "To Do", "new", resolution=bare))
    assert added(said) == {"reopen": {"transition": "Back", "fields": {"resolution": {"name": "None"}}}}


def test_a_required_resolution_that_can_not_be_told_is_asked_for() -> None:
    bare = {"required": True, "hasDefaultValue": False, "name": "Resolution"}
    said = refusal(Status.WAIVED, DONE, way(41, "Drop", "Won't Do", "done", resolution=bare))
    assert added(said) == {"waive": {"transition": "Drop", "resolution": "a name"}}


def test_a_configured_transition_that_is_not_there_is_named_with_what_is() -> None:
    said = refusal(Status.DONE, START, DONE, done=CloseConfig(transition="Sign off"))
    assert "jira:PAY-7 in status 'In Progress' has no transition 'Sign off'" in said
    assert "Finish (to Finished), Start (to In Progress)" in said
    assert "sites.jira.projects.PAY.done" in said


def test_a_value_for_a_field_that_the_screen_does_not_show_is_refused_before_jira_does() -> None:
    wanted = CloseConfig(transition="Finish", resolution="Done", fields={"customfield_9": 1})
    said = refusal(Status.DONE, DONE, done=wanted)
    assert "'Finish' of jira:PAY-7 has no field customfield_9, resolution" in said
    assert "sites.jira.projects.PAY.done" in said


def test_a_screen_that_shows_the_configured_resolution_is_taken_before_one_that_does_not() -> None:
    assert chosen(Status.DONE, DONE, CLOSE, done=CloseConfig(resolution="Fixed")).name == "Close"


def test_a_screen_that_offers_only_ways_of_letting_go_does_not_lead_to_done() -> None:
    only = way(31, "Close", "Closed", "done", resolution=resolution("Won't Do", "Duplicate"))
    assert "closes it as done" in refusal(Status.DONE, only)
    assert chosen(Status.WAIVED, only).fields == {"resolution": {"name": "Won't Do"}}


def test_strange_metadata_is_no_way_and_no_crash() -> None:
    strange: list[dict[str, Any]] = [
        {},
        {"id": 1, "to": None, "fields": []},
        {"name": None, "to": {"statusCategory": "done"}},
    ]
    assert "closes it as done" in refusal(Status.DONE, *strange)
