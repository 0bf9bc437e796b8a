"""The field names of answers, as a recording of a Cloud site has them (in the tests of atlassian-python-api on PyPI),
and requests that make no sense: each is refused, none breaks the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.conftest import create, person
from worker.sandbox.jira import JiraSandbox, Refusal

USER = {"self", "accountId", "avatarUrls", "displayName", "active", "timeZone", "accountType"}
COMMENT = {"self", "id", "author", "body", "updateAuthor", "created", "updated", "jsdPublic"}
STATUS = {"self", "description", "iconUrl", "name", "id", "statusCategory"}
CATEGORY = {"self", "id", "key", "colorName", "name"}
TYPE = {"self", "id", "description", "iconUrl", "name", "subtask", "avatarId", "hierarchyLevel"}
PAGE = {"startAt", "maxResults", "total", "comments"}


def test_people_comments_statuses_and_types_have_the_recorded_names(cloud: JiraSandbox) -> None:
    cloud.act("alice", "POST", "/issue/OPS-1/comment", {"body": "Some text"})
    page = cloud.act("service", "GET", "/issue/OPS-1/comment")
    assert set(page) == PAGE
    assert set(page["comments"][0]) == COMMENT
    assert set(page["comments"][0]["author"]) == USER
    assert page["comments"][0]["author"]["self"].endswith("?accountId=712020%3Aalice")
    issue = cloud.act("service", "GET", "/issue/OPS-1")
    assert set(issue) == {"expand", "id", "self", "key", "fields"}
    assert issue["expand"] == "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
    assert set(issue["fields"]["status"]) == STATUS
    assert set(issue["fields"]["status"]["statusCategory"]) == CATEGORY
    assert set(issue["fields"]["issuetype"]) == TYPE


def test_properties_and_their_keys_have_the_recorded_names(cloud: JiraSandbox) -> None:
    cloud.act("service", "PUT", "/issue/OPS-1/properties/Bar1", {"test.id": "123"})
    address = f"{cloud.url}/rest/api/2/issue/OPS-1/properties/Bar1"
    assert cloud.act("service", "GET", "/issue/OPS-1/properties") == {"keys": [{"key": "Bar1", "self": address}]}
    assert cloud.act("service", "GET", "/issue/OPS-1/properties/Bar1") == {"key": "Bar1", "value": {"test.id": "123"}}


def test_a_person_on_data_center_is_a_name(center: JiraSandbox) -> None:
    me = center.act("alice", "GET", "/myself")
    assert me["name"] == "alice"
    assert "accountId" not in me
    key = create(center, assignee=person(center, "bob"))
    assert center.act("alice", "GET", f"/issue/{key}")["fields"]["assignee"]["name"] == "bob"


NONSENSE: tuple[Any, ...] = (None, 7, "x", [], [1], {}, {"a": 1}, {"add": 1}, [{"add": 1}], [{"add": {}}], True)
FIELDS = [
    "summary",
    "description",
    "labels",
    "assignee",
    "reporter",
    "duedate",
    "priority",
    "security",
    "components",
    "parent",
    "issuelinks",
    "comment",
    "project",
    "issuetype",
    "resolution",
    "status",
    "customfield_10050",
    "customfield_10070",
    "customfield_10080",
    "nonsense",
]


@pytest.mark.parametrize("field", FIELDS)
def test_no_value_breaks_a_create_an_edit_or_a_transition(sandbox: JiraSandbox, field: str) -> None:
    usual = {"project": {"key": "PAY"}, "issuetype": {"name": "Task"}, "summary": "x"}
    key = create(sandbox, project="PAY")
    for value in NONSENSE:
        for method, path, payload in (
            ("POST", "/issue", {"fields": {**usual, field: value}}),
            ("POST", "/issue", {"fields": usual, "update": {field: value}}),
            ("PUT", f"/issue/{key}", {"fields": {field: value}}),
            ("PUT", f"/issue/{key}", {"update": {field: value}}),
            ("PUT", f"/issue/{key}", {"fields": {"summary": "x"}, "properties": value}),
            ("POST", f"/issue/{key}/transitions", {"transition": {"id": "11"}, "fields": {field: value}}),
            ("POST", f"/issue/{key}/transitions", {"transition": value, "update": {field: value}}),
        ):
            assert _status(sandbox, method, path, payload) < 500, (method, path, payload)


def test_no_body_breaks_any_address(sandbox: JiraSandbox) -> None:
    paths = [
        "/issue",
        "/issue/OPS-1/comment",
        "/issueLink",
        "/issue/OPS-1/remotelink",
        "/search",
        "/search/jql",
        "/issue/bulkfetch",
        "/search/approximate-count",
        "/issue/OPS-1/transitions",
    ]
    for path in paths:
        for value in NONSENSE:
            assert _status(sandbox, "POST", path, value) < 500, (path, value)
            for name in [
                "jql",
                "fields",
                "expand",
                "properties",
                "issueIdsOrKeys",
                "type",
                "body",
                "visibility",
                "object",
                "update",
            ]:
                payload = {"jql": "project = OPS", "issueIdsOrKeys": ["OPS-1"], "body": "x", name: value}
                assert _status(sandbox, "POST", path, payload) < 500, (path, payload)


def _status(sandbox: JiraSandbox, method: str, path: str, payload: Any) -> int:
    try:
        sandbox.act("lena", method, path, payload)
    except Refusal as refused:
        return refused.status
    return 200
