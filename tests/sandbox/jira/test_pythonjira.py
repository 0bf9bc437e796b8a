"""The sandbox, seen by the library that the service uses: everything that it may call answers as it expects."""

from __future__ import annotations

from typing import Any

import pytest
from jira import JIRA
from jira.exceptions import JIRAError

from tests.sandbox.jira.conftest import Connect, client_of, create, person
from worker.sandbox.jira import JiraSandbox

DOC = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Hi"}]}]}


def text_for(sandbox: JiraSandbox) -> Any:
    """A text, as the version that the client speaks takes it."""
    return DOC if sandbox.face == "cloud" else "Hi"


def test_it_connects_with_and_without_asking_for_the_server(sandbox: JiraSandbox, connect: Connect) -> None:
    assert connect().myself()["displayName"] == "Service"
    auth: dict[str, Any] = (
        {"basic_auth": (sandbox.email_of("service"), sandbox.token_of("service"))}
        if sandbox.face == "cloud"
        else {"token_auth": sandbox.token_of("service")}
    )
    asking = JIRA(sandbox.url, max_retries=0, timeout=10, **auth)
    assert asking.server_info()["deploymentType"] == ("Cloud" if sandbox.face == "cloud" else "Server")
    assert asking._is_cloud is (sandbox.face == "cloud")


def test_projects_and_catalogs_are_read(connect: Connect) -> None:
    client = connect()
    assert [project.key for project in client.projects()] == ["END", "NXT", "OPS", "PAY", "PUB", "STR"]
    assert client.project("OPS").name == "Operations"
    assert [priority.name for priority in client.priorities()][:2] == ["Highest", "High"]
    assert "Won't Do" in [resolution.name for resolution in client.resolutions()]
    assert {"To Do", "In Progress", "Done"} <= {status.name for status in client.statuses()}
    assert "Action item" in [kind.name for kind in client.issue_link_types()]
    assert "customfield_10050" in {field["id"] for field in client.fields()}
    assert {"Task", "Epic"} <= {kind.name for kind in client.issue_types()}


def test_an_issue_is_created_read_edited_and_deleted(sandbox: JiraSandbox, connect: Connect) -> None:
    client = connect("lena")
    made = client.create_issue(
        fields={
            "project": {"key": "OPS"},
            "issuetype": {"name": "Task"},
            "summary": "Add an alert",
            "description": text_for(sandbox),
            "assignee": person(sandbox, "bob"),
        }
    )
    read = client.issue(made.key, fields="summary,assignee,status", properties="a")
    assert read.fields.summary == "Add an alert"
    assert read.fields.assignee is not None
    assert read.fields.assignee.displayName == "Bob"
    assert read.fields.status.statusCategory.key == "new"
    read.update(fields={"summary": "Add another"}, notify=False)
    read.add_field_value("labels", "x")
    assert client.issue(made.key).fields.labels == ["x"]
    read.delete()  # type: ignore[no-untyped-call]
    with pytest.raises(JIRAError) as gone:
        client.issue(made.key)
    assert gone.value.status_code == 404
    assert gone.value.text == "Issue does not exist or you do not have permission to see it."


def test_comments_are_written_edited_and_listed(sandbox: JiraSandbox, connect: Connect) -> None:
    client = connect()
    made = client.add_comment("OPS-1", text_for(sandbox))
    made.update(body=text_for(sandbox), notify=False)
    (comment,) = client.comments("OPS-1")
    assert (comment.id, comment.author.displayName) == (made.id, "Service")
    comment.delete()
    assert client.comments("OPS-1") == []


def test_properties_are_set_read_and_deleted(connect: Connect) -> None:
    client = connect()
    client.add_issue_property("OPS-1", "followthrough.sticky", {"v": 1})
    assert [prop.key for prop in client.issue_properties("OPS-1")] == ["followthrough.sticky"]
    one = client.issue_property("OPS-1", "followthrough.sticky")
    assert one.value.v == 1
    one.delete()
    assert client.issue_properties("OPS-1") == []


def test_links_lead_both_ways(connect: Connect) -> None:
    client = connect()
    client.create_issue_link("Action item", inwardIssue="OPS-1", outwardIssue="OPS-3")
    (link,) = client.issue("OPS-1").fields.issuelinks
    assert (link.type.name, link.outwardIssue.key) == ("Action item", "OPS-3")
    (back,) = client.issue("OPS-3").fields.issuelinks
    assert (back.type.inward, back.inwardIssue.key) == ("is an action item of", "OPS-1")
    client.delete_issue_link(link.id)
    assert client.issue("OPS-1").fields.issuelinks == []


@pytest.mark.filterwarnings("ignore:Unable to gather applicationlinks")
def test_links_to_elsewhere_are_renewed_by_their_global_id(connect: Connect) -> None:
    client = connect()
    for title in ("One", "Two"):
        client.add_remote_link(
            "OPS-1",
            destination={"url": "https://github.example/acme/pay/issues/1", "title": title},
            globalId="followthrough:github:acme/pay#1",
            application={"name": "Followthrough"},
            relationship="follow-through",
        )
    (link,) = client.remote_links("OPS-1")
    assert (link.object.title, link.relationship) == ("Two", "follow-through")


def test_transitions_are_listed_and_taken(sandbox: JiraSandbox, connect: Connect) -> None:
    client = connect()
    key = create(sandbox, project="PAY")
    ways = client.transitions(key, expand="transitions.fields")
    assert {way["name"]: sorted(way["fields"]) for way in ways} == {"Start": [], "Close": ["resolution"]}
    client.transition_issue(key, "Close", fields={"resolution": {"name": "Won't Do"}})
    issue = client.issue(key)
    assert issue.fields.resolution is not None
    assert (issue.fields.status.statusCategory.key, issue.fields.resolution.name) == ("done", "Won't Do")
    assert issue.fields.resolutiondate


def test_people_are_found_exactly_and_fuzzily(sandbox: JiraSandbox, connect: Connect) -> None:
    client = connect()
    word: dict[str, Any] = {"query" if sandbox.face == "cloud" else "username": "Ali"}
    both = client.search_assignable_users_for_issues(project="OPS", **word)
    assert [user.displayName for user in both] == ["Alice Moreau", "Alina Moreau"]
    assert client.user(sandbox.account_id("gone")).active is False
    answer = client._session.get(
        client._get_url("user/assignable/search"),
        params={"project": "OPS", ("accountId" if sandbox.face == "cloud" else "username"): sandbox.account_id("bob")},
    ).json()
    assert [user["displayName"] for user in answer] == ["Bob"]


def test_rights_are_told(connect: Connect) -> None:
    told: Any = connect("alice").my_permissions(projectKey="STR", permissions="BROWSE_PROJECTS,EDIT_ISSUES")
    have = {name: right["havePermission"] for name, right in told["permissions"].items()}
    assert have == {"BROWSE_PROJECTS": True, "EDIT_ISSUES": False}


def test_cloud_is_searched_with_tokens(cloud: JiraSandbox) -> None:
    client = client_of(cloud)
    keys = sorted(create(cloud, labels=["many"]) for _ in range(5))
    first = client.enhanced_search_issues("labels = many ORDER BY key", maxResults=2, fields="summary")
    assert [issue.key for issue in first] == keys[:2]
    rest = client.enhanced_search_issues(
        "labels = many ORDER BY key", maxResults=2, fields="summary", nextPageToken=first.nextPageToken
    )
    assert [issue.key for issue in rest] == keys[2:4]
    every = client.enhanced_search_issues("labels = many", maxResults=False, fields="labels")
    assert sorted(issue.key for issue in every) == keys


def test_data_center_is_searched_with_numbers(center: JiraSandbox) -> None:
    client = client_of(center)
    found = client.search_issues("project = OPS ORDER BY key", maxResults=2)
    assert ([issue.key for issue in found], found.total) == (["OPS-1", "OPS-2"], 3)


def test_create_metadata_is_read(center: JiraSandbox) -> None:
    client = JIRA(center.url, token_auth=center.token_of("service"), max_retries=0, timeout=10)
    task = next(kind for kind in client.project_issue_types("STR") if kind.name == "Task")
    fields = {field.fieldId: field for field in client.project_issue_fields("STR", task.id)}
    assert fields["customfield_10050"].required is True


def test_an_error_carries_jiras_words(connect: Connect) -> None:
    with pytest.raises(JIRAError) as refused:
        connect().create_issue(
            fields={"project": {"key": "STR"}, "issuetype": {"name": "Task"}, "summary": "x", "duedate": "2026-12-01"}
        )
    assert refused.value.status_code == 400
    assert "Severity is required." in str(refused.value.text)
