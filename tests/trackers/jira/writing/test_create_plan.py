"""What goes into the request that creates an issue, from the project's screen and settings; no Jira is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from tests.trackers.jira.writing.worlds import added
from worker.domain.model import Draft, IssueRef
from worker.trackers.errors import Refused
from worker.trackers.jira.config import JiraConfig, ProjectConfig
from worker.trackers.jira.create import Above, Planned, plan_create
from worker.trackers.jira.screens import IssueType, Screen, type_of

TASK, EPIC, SUB = (
    IssueType(id="3", name="Task"),
    IssueType(id="1", name="Epic", level=1),
    IssueType(id="5", name="Sub", level=-1),
)
USUAL = ("project", "issuetype", "summary", "description", "assignee", "priority", "labels", "duedate", "issuelinks")


def about(name: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "required": False, "hasDefaultValue": False, **more}


def screen(*without: str, kind: IssueType = TASK, **fields: Mapping[str, Any]) -> Screen:
    """A create screen: the usual fields without some, and with others."""
    usual = {name: about(name.title()) for name in USUAL if name not in without}
    usual["summary"] = about("Summary", required=True)
    return Screen(project="PAY", type=kind, fields={**usual, **fields})


def draft(**more: Any) -> Draft:
    usual = {
        "site": "jira",
        "container": "PAY",
        "title": "Add an alert — アラート",
        "body": "Page the on-call engineer.",
        "labels": ("postmortem-action",),
        "assignees": ("712020:bob",),
        "due": date(2026, 12, 1),
        "priority": "P1",
        "mark": "u.i.m",
    }
    return Draft(**{**usual, **more})


def planned(given: Draft | None = None, shown: Screen | None = None, *, project: Any = None, **more: Any) -> Planned:
    special = {"PAY": ProjectConfig(**project)} if project else {}
    config = JiraConfig(url="https://jira.example.org", pat="secret", projects=("OPS", "PAY"), special=special)
    usual = {"cloud": False, "assignee": "712020:bob"}
    return plan_create(given or draft(), shown or screen(), config=config, **{**usual, **more})


def refusal(*args: Any, **more: Any) -> str:
    with pytest.raises(Refused) as caught:
        planned(*args, **more)
    return str(caught.value)


def above(ref: str = "OPS-1", **more: Any) -> Above:
    return Above(**{"ref": IssueRef("jira", ref), "type": TASK, **more})


def test_everything_goes_into_one_request() -> None:
    plan = planned(above=above(), link="Relates")
    assert plan == Planned(
        payload={
            "fields": {
                "project": {"key": "PAY"},
                "issuetype": {"id": "3"},
                "summary": "Add an alert — アラート",
                "description": "Page the on-call engineer.",
                "assignee": {"name": "712020:bob"},
                "duedate": "2026-12-01",
                "labels": ["postmortem-action", "ft-i"],
                "priority": {"name": "High"},
            },
            "update": {"issuelinks": [{"add": {"type": {"name": "Relates"}, "inwardIssue": {"key": "OPS-1"}}}]},
            "properties": [{"key": "followthrough.mark", "value": {"mark": "u.i.m"}}],
        },
        tied=True,
    )


def test_on_cloud_people_are_account_ids_and_texts_are_documents() -> None:
    fields = planned(cloud=True).payload["fields"]
    assert fields["assignee"] == {"accountId": "712020:bob"}
    assert fields["description"]["type"] == "doc"


def test_what_the_screen_lacks_is_named_and_the_day_goes_into_the_description() -> None:
    plan = planned(shown=screen("duedate", "priority", "assignee", "labels"))
    assert plan.dropped == ("assignees", "due", "labels", "priority")
    assert plan.payload["fields"] == {
        "project": {"key": "PAY"},
        "issuetype": {"id": "3"},
        "summary": "Add an alert — アラート",
        "description": "Page the on-call engineer.\n\nDue: 2026-12-01",
    }


@pytest.mark.parametrize(
    ("more", "dropped"),
    [
        pytest.param({"assignee": ""}, ("assignees",), id="a person who can't be assigned"),
        pytest.param({"given": draft(priority="P9")}, ("priority",), id="a priority that nobody mapped"),
        pytest.param(
            {"shown": screen(priority=about(allowedValues=[{"name": "Major"}]))},
            ("priority",),
            id="a priority that the project does not have",
        ),
        pytest.param({"given": draft(labels=("post mortem",))}, ("labels",), id="a label with a space"),
        pytest.param(
            {"given": draft(assignees=(), labels=(), due=None, priority=""), "assignee": ""}, (), id="nothing"
        ),
    ],
)
def test_what_can_not_be_given_is_dropped_and_named(more: dict[str, Any], dropped: tuple[str, ...]) -> None:
    plan = planned(more.pop("given", None), more.pop("shown", None), **more)
    assert plan.dropped == dropped


def test_the_project_says_how_its_fields_are_called() -> None:
    plan = planned(
        draft(priority="P0"),
        screen(
            "duedate",
            customfield_1=about("Target", schema={"type": "datetime"}),
            customfield_2=about("Team", required=True),
            customfield_3=about("Notes", schema={"custom": "x:textarea"}),
        ),
        project={
            "due_field": "customfield_1",
            "priorities": {"P0": "Blocker"},
            "fields": {"customfield_2": {"value": "Platform"}, "customfield_3": "Words", "labels": ["own"]},
        },
        cloud=True,
    )
    fields = plan.payload["fields"]
    assert fields["customfield_1"] == "2026-12-01T12:00:00.000+0000"
    assert fields["customfield_2"] == {"value": "Platform"}
    assert fields["customfield_3"]["type"] == "doc"
    assert fields["labels"] == ["own", "postmortem-action", "ft-i"]
    assert fields["priority"] == {"name": "Blocker"}
    assert plan.dropped == ()


REQUIRED = about(
    "Team", required=True, schema={"type": "option"}, allowedValues=[{"value": "Platform"}, {"value": "Web"}]
)


def test_a_required_field_without_default_is_named_with_the_lines_to_add() -> None:
    shown = screen(customfield_10020=REQUIRED, reporter=about("Reporter", required=True))
    said = refusal(shown=shown)
    assert "project PAY requires Team (customfield_10020), one of Platform, Web for a new Task" in said
    assert said.endswith(
        "Add to followthrough.yaml (where `projects` is a list, it becomes such a mapping): "
        "`sites: {jira: {projects: {PAY: {fields: {customfield_10020: {value: Platform}}}}}}`"
    )
    assert planned(shown=shown, project=added(said)).payload["fields"]["customfield_10020"] == {"value": "Platform"}


@pytest.mark.parametrize(
    ("schema", "allowed", "value"),
    [
        pytest.param({"type": "string"}, (), "a text", id="text"),
        pytest.param({"type": "number"}, (), 1, id="number"),
        pytest.param({"type": "date"}, (), "2026-12-31", id="day"),
        pytest.param({"type": "option"}, ({"value": "A"},), {"value": "A"}, id="choice"),
        pytest.param({"type": "array", "items": "option"}, ({"value": "A"},), [{"value": "A"}], id="choices"),
        pytest.param(
            {"type": "array", "items": "component"}, ({"name": "Ledger"},), [{"name": "Ledger"}], id="components"
        ),
        pytest.param({"type": "array", "items": "string"}, (), ["a text"], id="labels"),
        pytest.param(
            {"type": "option-with-child"},
            ({"value": "A", "children": [{"value": "B"}]},),
            {"value": "A", "child": {"value": "B"}},
            id="choice in a choice",
        ),
        pytest.param({"type": "user"}, (), {"accountId": "an account id"}, id="person"),
        pytest.param({}, (), "a text", id="unknown"),
    ],
)
def test_the_lines_to_add_hold_a_value_of_the_fields_own_form(schema: Any, allowed: Any, value: Any) -> None:
    field = about("X", required=True, schema=schema, allowedValues=list(allowed))
    assert added(refusal(shown=screen(customfield_1=field))) == {"fields": {"customfield_1": value}}


def test_a_required_field_that_an_item_may_have_says_what_else_helps() -> None:
    shown = screen(assignee=about("Assignee", required=True, schema={"type": "user"}))
    assert "name an owner with an account" in refusal(draft(assignees=()), shown, assignee="")
    assert planned(shown=shown).payload["fields"]["assignee"] == {"name": "712020:bob"}


def test_a_configured_field_that_the_screen_does_not_have_is_named() -> None:
    said = refusal(project={"fields": {"customfield_9": 1}})
    assert "the create screen of a Task of PAY has no field customfield_9" in said
    assert "sites.jira.projects.PAY.fields" in said


def test_without_linked_issues_on_the_screen_the_request_does_not_tie() -> None:
    plan = planned(shown=screen("issuelinks"), above=above(), link="Relates")
    assert (plan.tied, "update" in plan.payload) == (False, False)


@pytest.mark.parametrize(
    ("kind", "over", "cloud"),
    [
        pytest.param(SUB, above("PAY-1"), False, id="a sub-task in its parent's project"),
        pytest.param(TASK, above("OPS-1", type=EPIC), True, id="a task below an epic"),
    ],
)
def test_a_child_names_its_parent(kind: IssueType, over: Above, cloud: bool) -> None:
    plan = planned(shown=screen(kind=kind), above=over, link="parent", cloud=cloud)
    assert (plan.payload["fields"]["parent"], plan.tied) == ({"key": over.ref.locator}, True)


@pytest.mark.parametrize(
    ("kind", "over", "cloud", "said"),
    [
        pytest.param(SUB, above("OPS-1"), True, "a Sub must be in its parent's project", id="another project"),
        pytest.param(TASK, above(), True, "jira:OPS-1 is a Task, and a Task can't be below that", id="no epic"),
        pytest.param(TASK, above(type=EPIC), False, "Data Center ties only sub-tasks by parent", id="Data Center"),
    ],
)
def test_a_child_that_jira_would_not_take_is_refused_with_a_remedy(
    kind: IssueType, over: Above, cloud: bool, said: str
) -> None:
    message = refusal(shown=screen(kind=kind), above=over, link="parent", cloud=cloud)
    assert said in message
    assert added(message) == {"link": "Relates", "issue_type": "Task"}


def test_a_sub_task_without_a_parent_is_refused_with_a_remedy() -> None:
    assert added(refusal(shown=screen(kind=SUB))) == {"issue_type": "Task"}


def test_a_child_keeps_its_parents_security_level() -> None:
    over = above("PAY-1", security="10", security_name="Incident team")
    shown = screen(security=about("Security Level"))
    assert planned(shown=shown, above=over, link="Relates").payload["fields"]["security"] == {"id": "10"}
    assert "security" not in planned(shown=shown, above=above(security="10"), link="Relates").payload["fields"]
    said = refusal(above=over, link="Relates")
    assert "jira:PAY-1 is under the security level 'Incident team'" in said
    assert "add the field to that screen" in said


def test_no_child_is_made_beside_a_parent_that_is_kept_to_some_roles() -> None:
    said = refusal(above=above("PAY-1", restricted=True), link="Relates")
    assert "jira:PAY-1 is restricted to some roles of PAY" in said
    assert planned(above=above("OPS-1", restricted=True), link="Relates").tied


def test_a_title_is_one_line_that_fits() -> None:
    assert planned(draft(title=" a\n b\t" + "c" * 300)).payload["fields"]["summary"] == "a b " + "c" * 250 + "…"


@pytest.mark.parametrize("cloud", [True, False])
def test_a_long_body_is_cut_and_keeps_its_due_line(cloud: bool) -> None:
    body = "A line of words.\n\n" * 4000
    made = planned(draft(body=body), screen("duedate"), cloud=cloud).payload["fields"]["description"]
    words = made if isinstance(made, str) else str(made)
    assert "Due: 2026-12-01" in words
    assert "The rest was cut" in words
    if isinstance(made, str):
        assert 25_000 < len(made) < 32_767


@pytest.mark.parametrize(
    ("raw", "level"),
    [
        pytest.param({"hierarchyLevel": 1, "name": "Epos"}, 1, id="Cloud says the level"),
        pytest.param({"subtask": True, "name": "Sub-task"}, -1, id="Data Center says what a sub-task is"),
        pytest.param({"subtask": False, "name": "Epic"}, 1, id="and an epic by its name"),
        pytest.param({"subtask": False, "name": "Bug"}, 0, id="all else is usual"),
    ],
)
def test_a_type_has_a_level(raw: dict[str, Any], level: int) -> None:
    assert type_of(raw).level == level
