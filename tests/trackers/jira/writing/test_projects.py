"""What the projects of a Jira ask of the settings, said with the very lines to add."""

from __future__ import annotations

from typing import Any

import pytest

from tests.trackers.jira.writing.worlds import BOT, World, added, draft
from worker.trackers.errors import CredentialRefused, Missing, RateLimited, Unavailable
from worker.trackers.jira.config import PRIORITIES, ProjectConfig
from worker.trackers.jira.screens import IssueType

GOOD = ("OPS", "PAY")


def gaps(world: World, *projects: str, link: str = "Relates", **special: ProjectConfig) -> tuple[str, ...]:
    return world.another(projects=(*projects, *special), special=special, link=link).projects.gaps()


def test_projects_that_need_nothing_have_no_gap(writing: World) -> None:
    assert gaps(writing, *GOOD, "TEAM", "LOUD") == ()


def test_nothing_is_written_and_what_was_asked_is_remembered(writing: World) -> None:
    counted = writing.counted()
    writing.projects.gaps()
    asked = len(counted.requests)
    assert counted.tried == []
    assert asked <= 1 + 3 * len(GOOD)
    writing.projects.gaps()
    # Rights are asked for anew: they are what an operator has just given.
    assert len(counted.requests) == asked + len(GOOD)


@pytest.mark.parametrize("project", ["HID", "NONE"])
def test_a_project_that_can_not_be_seen_is_named_and_the_others_are_looked_at(writing: World, project: str) -> None:
    (hidden, other) = gaps(writing, project, "REQ")
    assert f"project {project} of site 'jira' can't be seen" in hidden
    assert f"give our account Browse projects and Create issues in {project}" in hidden
    assert "project REQ requires" in other


def test_rights_that_are_missing_are_named_as_jira_shows_them(writing: World) -> None:
    roles = writing.sandbox.site.store.projects["OPS"].roles
    roles["member"] = roles["member"] - {"LINK_ISSUES", "TRANSITION_ISSUES"}
    (said,) = gaps(writing, "OPS")
    assert "in project OPS our account lacks Transition issues, Link issues: give it these in the project's" in said
    (said,) = gaps(writing, "LOOK")
    assert "in project LOOK our account lacks Create issues, Edit issues" in said


def test_a_required_field_is_named_with_lines_that_fill_it(writing: World) -> None:
    (said,) = gaps(writing, "REQ")
    assert "project REQ requires Team (customfield_10020), one of Platform, Web for a new Task" in said
    assert gaps(writing, REQ=ProjectConfig(**added(said))) == ()


def test_a_due_date_without_a_place_is_named_with_the_field_that_may_be_meant(writing: World) -> None:
    (said,) = gaps(writing, "DAYS")
    assert "a new Task of DAYS has no field duedate on its create screen" in said
    assert "'Target date'" in said
    assert added(said) == {"due_field": "customfield_10060"}
    assert gaps(writing, DAYS=ProjectConfig(**added(said))) == ()
    (said,) = gaps(writing, "BARE")
    assert "Add the field Due date to the create and the edit screen of BARE" in said


def test_priorities_of_other_names_are_mapped_in_their_order(writing: World) -> None:
    store = writing.sandbox.site.store
    for number, name in zip(list(store.priorities), ("Blocker", "Critical", "Major"), strict=False):
        store.priorities[number].name = name
    for number in list(store.priorities)[3:]:
        del store.priorities[number]
    for config in store.projects["PAY"].types.values():
        config.defaults.pop("priority", None)
    (said,) = gaps(writing, "PAY")
    assert "project PAY has no priority High, Highest, Low, Medium; it has Blocker, Critical, Major" in said.replace(
        "Highest, High, Medium, Low", "High, Highest, Low, Medium"
    )
    assert added(said) == {"priorities": {"P0": "Blocker", "P1": "Critical", "P2": "Major", "P3": "Major"}}
    assert gaps(writing, PAY=ProjectConfig(**added(said))) == ()
    assert writing.projects.priorities("PAY") == ("Blocker", "Critical", "Major")


@pytest.mark.parametrize(
    ("settings", "said", "add"),
    [
        pytest.param(
            {"issue_type": "Promise"},
            "project PAY has no issue type 'Promise'",
            {"issue_type": "Task"},
            id="issue type",
        ),
        pytest.param({"link": "Promised by"}, "has no link type 'Promised by'", {"link": "Relates"}, id="link type"),
    ],
)
def test_a_wrong_setting_is_named_with_one_that_works(
    writing: World, settings: dict[str, Any], said: str, add: dict[str, Any]
) -> None:
    (gap,) = gaps(writing, PAY=ProjectConfig(**settings))
    assert said in gap
    assert added(gap) == add
    assert gaps(writing, PAY=ProjectConfig(**added(gap))) == ()


def test_a_field_that_the_screen_does_not_have_is_named(writing: World) -> None:
    (gap,) = gaps(writing, PAY=ProjectConfig(fields={"customfield_9": 1}))
    assert "the create screen of a Task of PAY has no field customfield_9" in gap


def test_a_site_without_linking_says_how_to_tie_else(writing: World) -> None:
    writing.sandbox.site.store.link_types.clear()
    (gap,) = gaps(writing, "PAY")
    assert "issue linking is switched off on site 'jira'" in gap
    assert added(gap) == {"link": "parent"}
    assert gaps(writing, PAY=ProjectConfig(link="parent")) == ()


def test_what_is_to_be_added_is_one_line_of_yaml(writing: World) -> None:
    (said,) = gaps(writing, "REQ")
    assert said.endswith(
        "Add to followthrough.yaml (where `projects` is a list, it becomes such a mapping): "
        "`sites: {jira: {projects: {REQ: {fields: {customfield_10020: {value: Platform}}}}}}`"
    )


def test_a_project_that_is_not_watched_stays_so(writing: World) -> None:
    (gap,) = writing.another(projects=("OPS",), special={"REQ": ProjectConfig()}).projects.gaps()
    assert added(gap) == {"watch": False, "fields": {"customfield_10020": {"value": "Platform"}}}


def test_several_gaps_of_a_project_are_all_told(writing: World) -> None:
    config = ProjectConfig(link="No such", due_field="customfield_1", priorities={**PRIORITIES, "P0": "Alarm"})
    assert len(gaps(writing, REQ=config)) == 4


@pytest.mark.parametrize(
    ("fault", "more", "error"),
    [
        pytest.param("502-before", {}, Unavailable, id="a server that fails"),
        pytest.param("limit", {"retry_after": 3}, RateLimited, id="a limit"),
        pytest.param("401", {}, CredentialRefused, id="a token that has ended"),
    ],
)
def test_what_is_no_gap_but_a_failure_is_raised(
    writing: World, fault: str, more: dict[str, Any], error: type[Exception]
) -> None:
    writing.sandbox.faults.add(fault, method="GET", path="createmeta", count=None, **more)
    with pytest.raises(error):
        gaps(writing, "PAY")


# Metadata


def test_a_hundred_fields_come_in_pages(writing: World) -> None:
    store = writing.sandbox.site.store
    kept = store.fields["customfield_10060"]
    names = [f"customfield_2{n:04d}" for n in range(250)]
    for name in names:
        store.fields[name] = type(kept)(id=name, name=name, kind="string", custom=True)
    for config in store.projects["PAY"].types.values():
        config.create = (*config.create, *names)
    screen = writing.projects.screen("PAY", writing.projects.usual_type("PAY"))
    assert set(names) < set(screen.fields)


@pytest.mark.parametrize(
    ("project", "ties"), [("OPS", True), ("TEAM", True), ("BARE", False)], ids=["company", "team", "no links shown"]
)
def test_whether_child_and_link_are_one_write_is_told_before(writing: World, project: str, ties: bool) -> None:
    assert writing.projects.ties_at_creation(project) is ties


def test_where_the_settings_are_wrong_the_create_says_so(writing: World) -> None:
    assert writing.special("PAY", link="No such").projects.ties_at_creation("PAY")
    with pytest.raises(Missing):
        writing.projects.ties_at_creation("HID")


def test_below_a_task_the_usual_child_is_a_sub_task(writing: World) -> None:
    projects = writing.special("OPS", link="parent").projects
    task, epic = IssueType(id="1", name="Task"), IssueType(id="2", name="Epic", level=1)
    assert projects.usual_type("OPS", task).is_subtask
    assert projects.usual_type("OPS", epic).name == "Task"
    assert projects.usual_type("OPS").name == "Task"


def test_a_project_that_was_corrected_is_seen_so_at_the_next_try(writing: World) -> None:
    with pytest.raises(Exception, match="requires Team"):
        writing.write.create_issue(draft(writing, container="REQ"))
    for config in writing.sandbox.site.store.projects["REQ"].types.values():
        config.required = config.required - {"customfield_10020"}
    created = writing.write.create_issue(draft(writing, container="REQ"))
    assert created.issue.ref.container == "REQ"
    assert writing.fields(created.issue.ref)["creator"]["displayName"] == BOT.title()
