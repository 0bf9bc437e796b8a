"""Changing issues in a Jira: dates, statuses, people, labels and links; what it costs, and what is said where Jira
or a project's workflow will not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.trackers.jira.writing.worlds import BOT, DAY, World, added, draft
from worker.domain.model import IssueRef, Status
from worker.trackers.errors import CredentialRefused, Missing, Refused, Unavailable
from worker.trackers.jira.config import CloseConfig

OTHER = date(2027, 1, 15)
EDIT = "PUT /issue/{}"


def edits(ref: IssueRef) -> list[str]:
    return [f"PUT /issue/{ref.locator}"]


def moves(ref: IssueRef, times: int = 1) -> list[str]:
    return [f"POST /issue/{ref.locator}/transitions"] * times


def kept_beside(ref: IssueRef) -> list[str]:
    return [f"PUT /issue/{ref.locator}/properties/followthrough.let-go"]


# Due dates


@pytest.mark.parametrize("where", ["field", ""])
def test_the_day_is_written_where_the_project_keeps_it(writing: World, where: str) -> None:
    ref = writing.post_issue(description="Words")
    counted = writing.counted()
    writing.write.set_due(ref, OTHER, where)
    writing.write.set_due(ref, OTHER, where)
    assert counted.writes == edits(ref)
    assert (writing.seen(ref).due, writing.seen(ref).due_from) == (OTHER, "field")
    writing.write.set_due(ref, None, "field")
    assert writing.seen(ref).due is None
    assert writing.fields(ref)["description"] == "Words"


@pytest.mark.parametrize("field", ["customfield_10060", "customfield_10061"])
def test_a_field_of_the_projects_own_is_written(writing: World, field: str) -> None:
    world = writing.special("DAYS", due_field=field)
    ref = world.post_issue(project="DAYS")
    world.write.set_due(ref, OTHER, "")
    assert (world.seen(ref).due, world.seen(ref).due_from) == (OTHER, "field")


@pytest.mark.parametrize("where", ["line", "", "field"])
def test_without_a_field_the_line_of_the_description_is_written(writing: World, where: str) -> None:
    ref = writing.post_issue(project="BARE", description="Do it.\n\n*Due:* 2026-12-01\n\n* a bullet")
    counted = writing.counted()
    writing.write.set_due(ref, OTHER, where)
    writing.write.set_due(ref, OTHER, where)
    assert counted.writes == edits(ref)
    assert (writing.seen(ref).due, writing.seen(ref).due_from) == (OTHER, "line")
    assert "a bullet" in writing.fields(ref)["description"]


@pytest.mark.parametrize("body", [None, "Only words."])
def test_without_a_field_or_a_line_one_is_added_and_can_be_taken_away(writing: World, body: str | None) -> None:
    ref = writing.post_issue(project="BARE", description=body)
    writing.write.set_due(ref, OTHER, "")
    assert writing.seen(ref).due == OTHER
    counted = writing.counted()
    writing.write.set_due(ref, None, "line")
    writing.write.set_due(ref, None, "line")
    assert counted.writes == edits(ref)
    assert writing.seen(ref).due is None
    assert (writing.seen(ref).body or None) == body


def test_what_a_person_wrote_meanwhile_stays(writing: World) -> None:
    ref = writing.write.create_issue(draft(writing, container="BARE")).issue.ref
    words = writing.fields(ref)["description"]
    writing.sandbox.act("alice", "PUT", f"/issue/{ref.locator}", {"fields": {"description": f"New words.\n\n{words}"}})
    writing.write.set_due(ref, OTHER, "line")
    assert writing.fields(ref)["description"] == f"New words.\n\n{words}".replace("2026-12-01", "2027-01-15")


def test_a_field_that_can_not_be_written_is_refused_because_a_line_would_not_count(writing: World) -> None:
    ref = writing.post_issue(duedate="2026-12-01", description="Words")
    for config in writing.sandbox.site.store.projects["OPS"].types.values():
        config.edit = tuple(name for name in config.edit if name != "duedate")
    with pytest.raises(
        Refused, match="the field duedate of jira:OPS-1 can't be edited: add it to the edit screen of OPS"
    ):
        writing.write.set_due(ref, OTHER, "field")
    assert writing.fields(ref)["description"] == "Words"


# Statuses


@pytest.mark.parametrize("before", list(Status))
@pytest.mark.parametrize("after", list(Status))
@pytest.mark.parametrize("project", ["PAY", "DROP"])
def test_any_status_follows_any_other_and_none_is_written_twice(
    writing: World, project: str, before: Status, after: Status
) -> None:
    ref = writing.post_issue(project=project)
    writing.write.set_status(ref, before)
    assert writing.seen(ref).status is before
    counted = writing.counted()
    writing.write.set_status(ref, after)
    writing.write.set_status(ref, after)
    match before, after:
        case _ if before is after:
            assert counted.writes == []
        case Status.WAIVED, Status.DONE:
            # These workflows lead there only by reopening.
            assert counted.writes == moves(ref, 2)
        case Status.DONE, Status.WAIVED:
            # That it was let go after all is kept beside it, so that nobody sees it open meanwhile.
            assert counted.writes == kept_beside(ref)
        case _:
            assert counted.writes == moves(ref)
    assert writing.seen(ref).status is after


def test_where_the_workflow_knows_no_letting_go_it_is_kept_beside_the_close(writing: World) -> None:
    ref = writing.post_issue()
    counted = writing.counted()
    writing.write.set_status(ref, Status.WAIVED)
    writing.write.set_status(ref, Status.WAIVED)
    assert counted.writes == moves(ref) + kept_beside(ref)
    assert (writing.seen(ref).status, writing.fields(ref)["status"]["name"]) == (Status.WAIVED, "Done")
    writing.write.set_status(ref, Status.DONE)
    assert writing.seen(ref).status is Status.DONE
    writing.write.set_status(ref, Status.WAIVED)
    writing.write.set_status(ref, Status.OPEN)
    assert writing.seen(ref).status is Status.OPEN


def test_what_was_let_go_and_is_closed_anew_by_a_person_is_done(writing: World) -> None:
    ref = writing.post_issue()
    writing.write.set_status(ref, Status.WAIVED)
    writing.sandbox.clock.advance(timedelta(minutes=1))
    for transition in ("11", "31"):
        writing.sandbox.act("bob", "POST", f"/issue/{ref.locator}/transitions", {"transition": {"id": transition}})
    assert writing.seen(ref).status is Status.DONE


@pytest.mark.parametrize("fault", ["502-before", "502-after"])
@pytest.mark.parametrize("path", ["/transitions$", "/properties/"], ids=["close", "property"])
def test_a_letting_go_that_went_wrong_half_way_is_ended_by_the_next_try(writing: World, path: str, fault: str) -> None:
    ref = writing.post_issue()
    rule = writing.sandbox.faults.add(fault, path=path, count=None)
    with pytest.raises(Unavailable):
        writing.write.set_status(ref, Status.WAIVED)
    rule.count = 0
    writing.write.set_status(ref, Status.WAIVED)
    assert writing.seen(ref).status is Status.WAIVED


def test_a_workflow_that_sets_the_resolution_itself_is_followed(writing: World) -> None:
    ref = writing.post_issue()
    writing.write.set_status(ref, Status.DONE)
    assert writing.fields(ref)["resolution"]["name"] == "Done"
    writing.write.set_status(ref, Status.OPEN)
    assert writing.fields(ref)["status"]["name"] == "To Do"
    assert writing.fields(ref)["resolution"] is None


def test_the_configured_resolution_is_taken(writing: World) -> None:
    world = writing.special("PAY", waive=CloseConfig(transition="Close", resolution="Declined"))
    ref = world.post_issue(project="PAY")
    world.write.set_status(ref, Status.WAIVED)
    assert world.fields(ref)["resolution"]["name"] == "Declined"


def test_a_workflow_with_no_way_to_done_is_named(writing: World) -> None:
    ref = writing.post_issue(project="LOOP")
    counted = writing.counted()
    with pytest.raises(Refused) as caught:
        writing.write.set_status(ref, Status.DONE)
    assert "no transition of jira:LOOP-1 closes it as done: in status 'Open' it has Take up (to Ongoing)" in str(
        caught.value
    )
    assert "transition" in added(str(caught.value))["done"]
    assert counted.tried == []


def test_a_required_field_of_a_transitions_screen_is_named_and_filled_once_it_is_configured(writing: World) -> None:
    world = writing.special("REQ", fields={"customfield_10020": {"value": "Web"}})
    ref = world.write.create_issue(draft(world, container="REQ")).issue.ref
    world.sandbox.issue(ref.locator).values["customfield_10020"] = None
    with pytest.raises(Refused) as caught:
        world.write.set_status(ref, Status.DONE)
    assert "'Sign off' of jira:REQ-1 requires Team (customfield_10020), one of Platform, Web" in str(caught.value)
    close = CloseConfig(transition="Sign off", fields={"customfield_10020": {"value": "Platform"}})
    world.special("REQ", done=close).write.set_status(ref, Status.DONE)
    assert world.seen(ref).status is Status.DONE
    assert world.fields(ref)["customfield_10020"]["value"] == "Platform"


def test_a_transition_that_did_something_else_is_told(writing: World) -> None:
    world = writing.special("OPS", waive=CloseConfig(transition="Done"))
    ref = world.post_issue()
    with pytest.raises(Refused) as caught:
        world.write.set_status(ref, Status.WAIVED)
    assert "took the transition 'Done' and now is in status 'Done' with resolution Done" in str(caught.value)
    assert "sites.jira.waived" in str(caught.value)


def test_what_jira_refuses_of_a_transition_is_said_with_its_place(writing: World) -> None:
    world = writing.special("PAY", done=CloseConfig(resolution="Wished for"))
    ref = world.post_issue(project="PAY")
    with pytest.raises(Refused, match=r"transition 'Close' of jira:PAY-1: Jira answered 400: resolution:"):
        world.write.set_status(ref, Status.DONE)


# People and labels


def test_an_issue_has_one_owner(writing: World) -> None:
    ref = writing.post_issue()
    alice, bob = writing.who("alice"), writing.who("bob")
    counted = writing.counted()
    writing.write.set_assignees(ref, (bob, alice))
    writing.write.set_assignees(ref, (alice, bob.upper()))
    assert (writing.assignee(ref), counted.writes) == (bob, edits(ref))
    writing.write.set_assignees(ref, (alice,))
    assert writing.assignee(ref) == alice
    writing.write.set_assignees(ref, ())
    assert writing.assignee(ref) == ""


@pytest.mark.parametrize("who", ["rosa", "mallory", "nobody"])
def test_a_person_who_can_not_be_given_an_issue_is_refused_with_a_remedy(writing: World, who: str) -> None:
    ref = writing.post_issue()
    login = who if who == "nobody" else writing.who(who)
    with pytest.raises(Refused, match=rf"{login} can't be given jira:OPS-1: name another owner"):
        writing.write.set_assignees(ref, (login,))
    assert writing.assignee(ref) == ""


def test_labels_are_added_to_those_there_are(writing: World) -> None:
    ref = writing.post_issue(labels=["postmortem"])
    counted = writing.counted()
    writing.write.add_labels(ref, ("postmortem-action", "Postmortem"))
    writing.write.add_labels(ref, ("postmortem-action",))
    writing.write.add_labels(ref, ())
    assert counted.writes == edits(ref)
    assert writing.seen(ref).labels == {"postmortem", "postmortem-action"}


def test_what_can_not_be_a_label_is_refused(writing: World) -> None:
    ref = writing.post_issue()
    with pytest.raises(Refused, match="post mortem"):
        writing.write.add_labels(ref, ("fine", "post mortem"))


def test_labels_that_the_project_does_not_show_are_refused_with_a_remedy(writing: World) -> None:
    ref = writing.post_issue(project="BARE")
    with pytest.raises(Refused, match="Is the field Labels on the edit screen of BARE"):
        writing.write.add_labels(ref, ("x",))


def test_an_edit_is_silent_where_our_account_may_be_and_aloud_where_not_once_tried(writing: World) -> None:
    quiet, loud = writing.post_issue(project="LOUD"), writing.post_issue()
    counted = writing.counted()
    for label in ("a", "b"):
        writing.write.add_labels(quiet, (label,))
        writing.write.add_labels(loud, (label,))
    assert counted.tried == [
        "PUT /issue/LOUD-1?notifyUsers=false 204",
        "PUT /issue/OPS-1?notifyUsers=false 403",
        "PUT /issue/OPS-1 204",
        "PUT /issue/LOUD-1?notifyUsers=false 204",
        "PUT /issue/OPS-1 204",
    ]


# Links


def test_a_child_is_linked_once(writing: World) -> None:
    parent, child = writing.post_issue(), writing.post_issue(project="PAY")
    counted = writing.counted()
    writing.write.link_child(parent, child)
    writing.write.link_child(parent, child)
    assert counted.writes == ["POST /issueLink"]
    assert writing.our_links(parent) == [("Relates", "outwardIssue", child.locator)]


def test_what_create_ties_is_what_link_child_knows(writing: World) -> None:
    world = writing.special("PAY", link="Action item")
    parent = world.post_issue()
    child = world.write.create_issue(draft(world, parent=parent)).issue.ref
    counted = world.counted()
    world.write.link_child(parent, child)
    assert counted.tried == []


def test_a_link_of_people_at_the_other_end_is_a_link_of_the_default_type(writing: World) -> None:
    parent, child = writing.post_issue(), writing.post_issue(project="PAY")
    content = {"type": {"name": "Relates"}, "outwardIssue": {"key": "OPS-1"}, "inwardIssue": {"key": "PAY-1"}}
    writing.sandbox.act("alice", "POST", "/issueLink", content)
    counted = writing.counted()
    writing.write.link_child(parent, child)
    assert counted.tried == []


def test_a_task_becomes_a_child_of_an_epic(cloud_writing: World) -> None:
    world = cloud_writing.special("PAY", link="parent")
    epic, other, child = world.post_issue(kind="Epic"), world.post_issue(kind="Epic"), world.post_issue(project="PAY")
    counted = world.counted()
    world.write.link_child(epic, child)
    world.write.link_child(epic, child)
    assert counted.writes == edits(child)
    assert world.seen(child).parent == epic
    with pytest.raises(Refused, match="jira:PAY-1 already is a child of OPS-1: remove it there first"):
        world.write.link_child(other, child)


def test_what_can_not_be_a_child_is_refused_with_a_remedy(writing: World) -> None:
    world = writing.special("PAY", link="parent")
    parent, child = world.post_issue(), world.post_issue(project="PAY")
    with pytest.raises(Refused, match=r"can't be made a child of jira:OPS-1; a link can[\s\S]*link: Relates"):
        world.write.link_child(parent, child)


def test_a_link_to_another_site_is_there_once_and_follows_its_title(writing: World) -> None:
    ref = writing.post_issue()
    counted = writing.counted()
    more = {"key": "github:acme/incidents#7", "url": "https://github.example/acme/incidents/issues/7"}
    for title in ("Checkout was down", "Checkout was  down", "Checkout — 決済"):
        writing.write.link_elsewhere(ref, title=title, **more)
    assert counted.writes == ["POST /issue/OPS-1/remotelink"] * 2
    (link,) = writing.sandbox.act("alice", "GET", "/issue/OPS-1/remotelink")
    assert (link["globalId"], link["relationship"]) == ("followthrough:github:acme/incidents#7", "follow-through")
    assert (link["object"]["title"], link["object"]["url"]) == ("Checkout — 決済", more["url"])
    assert link["application"]["name"] == "Followthrough"


# When something is wrong

EVERYTHING: dict[str, Callable[[World, IssueRef], Any]] = {
    "create": lambda w, ref: w.write.create_issue(draft(w, container="OPS", parent=ref)),
    "comment": lambda w, ref: w.write.add_comment(ref, "x"),
    "record": lambda w, ref: w.write.ensure_record(ref, "sticky", "x", "v1"),
    "due date": lambda w, ref: w.write.set_due(ref, DAY, ""),
    "status": lambda w, ref: w.write.set_status(ref, Status.DONE),
    "assignees": lambda w, ref: w.write.set_assignees(ref, (w.who("bob"),)),
    "labels": lambda w, ref: w.write.add_labels(ref, ("x",)),
    "link": lambda w, ref: w.write.link_child(ref, IssueRef("jira", "PAY-1")),
    "link elsewhere": lambda w, ref: w.write.link_elsewhere(
        ref, key="github:a/b#1", url="https://x.example", title="x"
    ),
}
REPEATABLE = {name: act for name, act in EVERYTHING.items() if name not in {"create", "comment", "record"}}


@pytest.mark.parametrize("name", EVERYTHING)
def test_an_expired_token_is_told_as_such(writing: World, name: str) -> None:
    ref = writing.post_issue()
    with pytest.raises(CredentialRefused):
        EVERYTHING[name](writing.another(token="gone"), ref)


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_credential_that_may_only_read_is_refused_everywhere(writing: World, name: str) -> None:
    ref, _ = writing.post_issue(), writing.post_issue(project="PAY")
    with pytest.raises((Refused, Missing)):
        EVERYTHING[name](writing.another(token="reader"), ref)
    assert writing.sandbox.writes(BOT) == ()


@pytest.mark.parametrize("name", EVERYTHING)
def test_what_the_token_can_not_see_is_missing(writing: World, name: str) -> None:
    writing.post_issue(project="PAY")
    hidden = writing.post_issue(project="HID")
    with pytest.raises(Missing):
        EVERYTHING[name](writing, hidden)


@pytest.mark.parametrize("fault", ["502-before", "502-after", "drop-before", "drop-after", "truncated"])
@pytest.mark.parametrize("name", REPEATABLE)
def test_what_can_be_repeated_is_done_once_whatever_happened_to_the_answer(
    writing: World, name: str, fault: str
) -> None:
    def done(ref: IssueRef) -> Any:
        fields = writing.fields(ref)
        kept = {key: fields[key] for key in ("status", "resolution", "assignee", "labels", "duedate", "issuelinks")}
        links = [{**link, "id": "", "self": ""} for link in kept.pop("issuelinks")]
        remote = writing.sandbox.act("alice", "GET", f"/issue/{ref.locator}/remotelink")
        return kept, links, [{**link, "id": "", "self": ""} for link in remote]

    ref, _ = writing.post_issue(), writing.post_issue(project="PAY")
    REPEATABLE[name](writing, ref)
    wanted = done(ref)
    writing.sandbox.reset()
    world = writing.another()
    ref, _ = world.post_issue(), world.post_issue(project="PAY")
    world.projects.link("PAY")
    world.lookups.account()
    for method in ("PUT", "POST"):
        world.sandbox.faults.add(fault, method=method, path=r"/(issue|issueLink)\b")
    REPEATABLE[name](world, ref)
    assert done(ref) == wanted


@pytest.mark.parametrize("project", ["OPS", "PAY", "DROP"])
def test_a_transition_whose_answer_never_came_is_not_taken_again(writing: World, project: str) -> None:
    ref = writing.post_issue(project=project)
    rule = writing.sandbox.faults.add("502-after", method="POST", path="/transitions$", count=None)
    try:
        writing.write.set_status(ref, Status.DONE)
    except Unavailable:
        rule.count = 0
        writing.write.set_status(ref, Status.DONE)
    assert writing.seen(ref).status is Status.DONE


def test_a_moved_issue_is_changed_under_its_old_key(writing: World) -> None:
    ref = writing.post_issue()
    now = IssueRef("jira", writing.sandbox.move(ref.locator, "DROP"))
    other = writing.post_issue(project="PAY")
    writing.write.set_due(ref, OTHER, "")
    writing.write.set_assignees(ref, (writing.who("bob"),))
    writing.write.add_labels(ref, ("x",))
    writing.write.link_child(ref, other)
    writing.write.link_elsewhere(ref, key="github:a/b#1", url="https://x.example", title="x")
    writing.write.set_status(ref, Status.WAIVED)
    seen = writing.seen(now)
    assert (seen.due, seen.status, seen.labels) == (OTHER, Status.WAIVED, frozenset({"x"}))
    assert writing.assignee(now) == writing.who("bob")
    assert writing.our_links(other) == [("Relates", "inwardIssue", now.locator)]
