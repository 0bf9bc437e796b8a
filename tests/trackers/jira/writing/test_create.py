"""Creating issues in a Jira: one request, everything in it, and a clear word where a project asks for more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.trackers.jira.writing.worlds import BOT, DAY, World, added, draft
from worker.domain.model import IssueRef
from worker.trackers.errors import Ambiguous, CredentialRefused, Missing, RateLimited, Refused, Unavailable
from worker.trackers.jira.config import ProjectConfig

CREATED = ["POST /issue"]


def test_an_item_costs_one_write_and_has_everything(writing: World) -> None:
    parent = writing.post_issue()
    counted = writing.counted()
    created = writing.write.create_issue(draft(writing, parent=parent))
    assert counted.writes == CREATED
    assert created.dropped == ()
    issue = created.issue
    assert (issue.title, issue.assignees) == ("Add an alert — アラート", (writing.who("bob"),))
    assert (issue.due, issue.due_from, issue.priority, issue.mark) == (DAY, "field", "P1", "u.i.m")
    assert issue.labels == {"postmortem-action", "ft-i"}
    assert "شكرا" in issue.body
    assert issue == writing.seen(issue.ref)
    assert writing.our_links(parent) == [("Relates", "outwardIssue", issue.ref.locator)]


def test_the_second_item_asks_for_nothing_that_is_known(writing: World) -> None:
    parent = writing.post_issue()
    writing.write.create_issue(draft(writing, parent=parent))
    counted = writing.counted()
    writing.write.create_issue(draft(writing, parent=parent))
    assert len(counted.requests) == 3, counted.requests


@pytest.mark.parametrize(
    ("project", "settings", "parent_kind", "kind"),
    [
        pytest.param("PAY", {"link": "Action item"}, "Task", "Task", id="by a link type of its own"),
        pytest.param("OPS", {"link": "parent"}, "Task", "Sub-task", id="as a sub-task"),
        pytest.param("OPS", {"issue_type": "bug", "link": "action ITEM"}, "Task", "Bug", id="as another type"),
        pytest.param("TEAM", {"link": "Action item"}, "Task", "Task", id="in a team-managed project"),
    ],
)
def test_each_project_ties_its_items_as_it_is_configured(
    writing: World, project: str, settings: dict[str, Any], parent_kind: str, kind: str
) -> None:
    world = writing.special(project, **settings)
    parent = world.post_issue(kind=parent_kind)
    counted = world.counted()
    created = world.write.create_issue(draft(world, container=project, parent=parent))
    assert counted.writes == CREATED
    assert created.dropped == ()
    ref = created.issue.ref
    assert world.fields(ref)["issuetype"]["name"] == kind
    if settings["link"] == "parent":
        assert created.issue.parent == parent
    else:
        assert world.our_links(parent) == [("Action item", "outwardIssue", ref.locator)]
        assert world.our_links(ref) == [("Action item", "inwardIssue", parent.locator)]


def test_below_an_epic_of_another_project_a_cloud_child_is_a_task(cloud_writing: World) -> None:
    world = cloud_writing.special("PAY", link="parent")
    epic = world.post_issue(kind="Epic")
    created = world.write.create_issue(draft(world, parent=epic))
    assert created.issue.parent == epic
    assert world.fields(created.issue.ref)["issuetype"]["name"] == "Task"


def test_without_a_parent_the_item_stands_alone(writing: World) -> None:
    created = writing.write.create_issue(draft(writing))
    assert writing.our_links(created.issue.ref) == []
    assert created.issue.parent is None


def test_what_a_project_has_no_place_for_is_named_and_the_day_stands_in_the_description(writing: World) -> None:
    parent = writing.post_issue()
    counted = writing.counted()
    created = writing.write.create_issue(draft(writing, container="BARE", parent=parent))
    # Its screen does not show linked issues either, so the link is a write of its own.
    assert counted.writes == ["POST /issue", "POST /issueLink"]
    assert created.dropped == ("assignees", "due", "labels", "priority")
    assert (created.issue.due, created.issue.due_from) == (DAY, "line")
    assert writing.our_links(parent) == [("Relates", "outwardIssue", created.issue.ref.locator)]


def test_a_link_that_can_not_be_made_afterwards_is_named_because_the_issue_stands(writing: World) -> None:
    parent = writing.post_issue()
    writing.sandbox.faults.add("502-before", method="POST", path="/issueLink$", count=None)
    created = writing.write.create_issue(draft(writing, container="BARE", parent=parent))
    assert "parent" in created.dropped
    assert created.issue.ref.container == "BARE"


@pytest.mark.parametrize("field", ["customfield_10060", "customfield_10061"])
def test_the_day_goes_where_the_project_keeps_it(writing: World, field: str) -> None:
    world = writing.special("DAYS", due_field=field)
    created = world.write.create_issue(draft(world, container="DAYS"))
    assert (created.issue.due, created.issue.due_from, created.dropped) == (DAY, "field", ())


@pytest.mark.parametrize("who", ["rosa", "mallory"])
def test_a_person_who_left_or_was_never_there_is_dropped_and_named(writing: World, who: str) -> None:
    created = writing.write.create_issue(draft(writing, assignees=(writing.who(who),)))
    assert (created.dropped, created.issue.assignees) == (("assignees",), ())


def test_a_person_who_left_a_minute_ago_is_dropped_too(writing: World) -> None:
    writing.write.create_issue(draft(writing))
    writing.sandbox.site.store.accounts["bob"].active = False
    counted = writing.counted()
    created = writing.write.create_issue(draft(writing))
    assert (created.dropped, created.issue.assignees) == (("assignees",), ())
    assert counted.writes == CREATED


def test_a_required_field_without_default_is_refused_with_the_lines_to_add(writing: World) -> None:
    counted = writing.counted()
    with pytest.raises(Refused) as caught:
        writing.write.create_issue(draft(writing, container="REQ"))
    assert "project REQ requires Team (customfield_10020), one of Platform, Web for a new Task" in str(caught.value)
    assert added(str(caught.value)) == {"watch": False, "fields": {"customfield_10020": {"value": "Platform"}}}
    assert counted.tried == []
    world = writing.special("REQ", fields={"customfield_10020": {"value": "Platform"}})
    created = world.write.create_issue(draft(world, container="REQ"))
    assert world.fields(created.issue.ref)["customfield_10020"]["value"] == "Platform"


def test_a_field_that_becomes_required_while_we_remember_the_screen_is_named_too(writing: World) -> None:
    writing.write.create_issue(draft(writing))
    for config in writing.sandbox.site.store.projects["PAY"].types.values():
        config.required = config.required | {"components"}
    with pytest.raises(Refused, match=r"requires components, one of Ledger"):
        writing.write.create_issue(draft(writing))


def test_a_field_that_left_the_screen_while_we_remember_it_is_left_out(writing: World) -> None:
    writing.write.create_issue(draft(writing))
    for config in writing.sandbox.site.store.projects["PAY"].types.values():
        config.create = tuple(name for name in config.create if name not in {"duedate", "priority"})
    counted = writing.counted()
    created = writing.write.create_issue(draft(writing))
    assert created.dropped == ("due", "priority")
    assert counted.writes == CREATED


def test_a_formatted_field_takes_its_configured_text(writing: World) -> None:
    world = writing.special("DROP", fields={"customfield_10021": "Nobody *knew*."})
    created = world.write.create_issue(draft(world, container="DROP"))
    assert "Nobody" in world.fields(created.issue.ref)["customfield_10021"]


@pytest.mark.parametrize(
    ("project", "said"),
    [
        pytest.param("HID", "project HID of site 'jira' can't be seen", id="a project that the token can't see"),
        pytest.param("NONE", "project NONE of site 'jira' can't be seen", id="a project that is none"),
        pytest.param("LOOK", "give our account Browse projects and Create issues in LOOK", id="no right to create"),
    ],
)
def test_a_project_that_we_can_not_create_in_is_named_with_the_remedy(writing: World, project: str, said: str) -> None:
    with pytest.raises(Missing) as caught:
        writing.write.create_issue(draft(writing, container=project))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param({"issue_type": "Promise"}, "project PAY has no issue type 'Promise'", id="no such type"),
        pytest.param({"link": "Promised by"}, "no link type 'Promised by'", id="no such link type"),
        pytest.param({"link": "parent"}, "must be in its parent's project", id="a sub-task of another project"),
        pytest.param({"fields": {"customfield_1": 1}}, "has no field customfield_1", id="no such field"),
        pytest.param({"issue_type": "Sub-task"}, "needs a parent", id="a sub-task by link"),
    ],
)
def test_wrong_settings_are_refused_with_the_lines_to_change(
    writing: World, settings: dict[str, Any], said: str
) -> None:
    world = writing.special("PAY", **settings)
    parent = None if settings.get("issue_type") == "Sub-task" else world.post_issue()
    counted = world.counted()
    with pytest.raises(Refused) as caught:
        world.write.create_issue(draft(world, parent=parent))
    assert said in str(caught.value)
    assert "followthrough.yaml" in str(caught.value)
    assert counted.tried == []


def test_what_jira_refuses_is_said_with_the_project_and_the_remedy(writing: World) -> None:
    world = writing.special("REQ", fields={"customfield_10020": {"value": "Nobody"}})
    with pytest.raises(Refused) as caught:
        world.write.create_issue(draft(world, container="REQ"))
    assert "create an issue in REQ: Jira answered 400: customfield_10020:" in str(caught.value)
    assert "sites.jira.projects.REQ.fields" in str(caught.value)


def test_a_child_is_seen_by_no_more_people_than_its_parent(writing: World) -> None:
    project = writing.sandbox.site.store.projects["OPS"]
    parent = writing.post_issue(security={"name": "Incident team"})
    for config in project.types.values():
        config.create = tuple(name for name in config.create if name != "security")
    with pytest.raises(Refused, match="more people would see the new issue: add the field to that screen"):
        writing.write.create_issue(draft(writing, container="OPS", parent=parent))
    for config in project.types.values():
        config.create = (*config.create, "security")
    created = writing.write.create_issue(draft(writing, container="OPS", parent=parent))
    assert writing.fields(created.issue.ref)["security"]["name"] == "Incident team"
    assert created.issue.public is not True


def test_a_parent_that_was_moved_gets_its_child_where_it_is(writing: World) -> None:
    parent = writing.post_issue()
    now = IssueRef("jira", writing.sandbox.move(parent.locator, "DROP"))
    created = writing.write.create_issue(draft(writing, parent=parent))
    assert writing.our_links(now) == [("Relates", "outwardIssue", created.issue.ref.locator)]


def test_a_parent_on_another_site_is_refused(writing: World) -> None:
    with pytest.raises(Refused, match="github:acme/pay#1 is on another site"):
        writing.write.create_issue(draft(writing, parent=IssueRef("github", "acme/pay#1")))


def test_a_parent_that_is_gone_is_missing(writing: World) -> None:
    with pytest.raises(Missing):
        writing.write.create_issue(draft(writing, parent=IssueRef("jira", "OPS-999")))


# When the network fails


@pytest.mark.parametrize("fault", ["502-before", "502-after", "drop-before", "drop-after", "truncated"])
def test_a_create_that_went_wrong_is_ambiguous_and_was_sent_once(writing: World, fault: str) -> None:
    writing.write.create_issue(draft(writing))
    counted = writing.counted()
    writing.sandbox.faults.add(fault, method="POST", path="/issue$", count=None)
    with pytest.raises(Ambiguous):
        writing.write.create_issue(draft(writing))
    assert len(counted.tried) == 1


def test_a_limit_is_told_and_nothing_was_created(writing: World) -> None:
    writing.write.create_issue(draft(writing))
    counted = writing.counted()
    writing.sandbox.faults.add("limit", method="POST", path="/issue$", retry_after=7)
    with pytest.raises(RateLimited) as caught:
        writing.write.create_issue(draft(writing))
    assert caught.value.wait_s == 7
    assert counted.writes == []


def test_metadata_that_can_not_be_had_is_no_create(writing: World) -> None:
    counted = writing.counted()
    writing.sandbox.faults.add("502-before", method="GET", path="createmeta", count=None)
    with pytest.raises(Unavailable):
        writing.write.create_issue(draft(writing))
    assert counted.tried == []


def test_an_issue_that_can_not_be_read_back_is_reported_all_the_same(writing: World) -> None:
    writing.write.create_issue(draft(writing))
    rule = writing.sandbox.faults.add("502-before", method="GET", path="/issue/PAY-2$", count=None)
    created = writing.write.create_issue(draft(writing))
    assert rule.fired > 0
    rule.count = 0
    seen = writing.seen(created.issue.ref)
    for name in ("ref", "title", "url", "node", "author", "labels", "assignees", "due", "due_from", "priority", "mark"):
        assert getattr(created.issue, name) == getattr(seen, name), name


def test_an_expired_token_says_so(writing: World) -> None:
    with pytest.raises(CredentialRefused):
        writing.another(token="gone").write.create_issue(draft(writing))


def test_a_long_title_and_a_long_body_fit(writing: World) -> None:
    created = writing.write.create_issue(draft(writing, title="ü" * 400, body="Words and words.\n\n" * 5000))
    assert len(created.issue.title) == 255
    assert "The rest was cut" in created.issue.body


def test_two_projects_of_one_client_keep_their_own_settings(writing: World) -> None:
    world = writing.another(
        special={
            "REQ": ProjectConfig(fields={"customfield_10020": {"value": "Web"}}),
            "PAY": ProjectConfig(issue_type="Bug"),
        }
    )
    made = [world.write.create_issue(draft(world, container=name)).issue.ref for name in ("REQ", "PAY", "OPS")]
    kinds = [world.fields(ref)["issuetype"]["name"] for ref in made]
    assert kinds == ["Task", "Bug", "Task"]
    assert all(world.fields(ref)["creator"]["displayName"] == BOT.title() for ref in made)
