"""What a search finds: the query language, the lagging index, and the paging of each face."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.sandbox.jira.conftest import create, found
from worker.sandbox.jira import JiraSandbox, Refusal


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        pytest.param("project = OPS ORDER BY key", ["OPS-1", "OPS-2", "OPS-3"], id="a project by its key"),
        pytest.param('project = "Operations" AND labels = postmortem', ["OPS-1"], id="a project by its name"),
        pytest.param("project in (OPS, PUB) ORDER BY key ASC", ["OPS-1", "OPS-2", "OPS-3", "PUB-1"], id="several"),
        pytest.param("labels = POSTMORTEM", ["OPS-1"], id="labels without regard to case"),
        pytest.param("project = OPS AND labels != postmortem", [], id="a negation does not match what is empty"),
        pytest.param("project = OPS AND NOT labels = postmortem", [], id="nor does NOT"),
        pytest.param(
            "project = OPS AND (labels is EMPTY OR labels not in (postmortem)) ORDER BY key",
            ["OPS-2", "OPS-3"],
            id="empty is asked for by name",
        ),
        pytest.param("assignee = bob", ["OPS-3"], id="a person by a name of theirs"),
        pytest.param("project = OPS AND assignee is EMPTY ORDER BY key", ["OPS-1", "OPS-2"], id="nobody"),
        pytest.param("creator = currentUser()", [], id="the caller"),
        pytest.param("project = OPS AND created >= -3d ORDER BY key", ["OPS-1", "OPS-2"], id="relative days"),
        pytest.param('project = OPS AND created < "2026-10-01" ', ["OPS-3"], id="a date"),
        pytest.param('project = OPS AND updated > "-1h"', ["OPS-2"], id="relative, in quotation marks"),
        pytest.param("project = OPS AND created >= startOfDay() ", ["OPS-2"], id="a function of time"),
        pytest.param(
            'project = OPS AND statusCategory = "To Do" ORDER BY key DESC', ["OPS-3", "OPS-2", "OPS-1"], id="category"
        ),
        pytest.param("project = OPS AND statusCategory != Done AND key in (OPS-1)", ["OPS-1"], id="keys"),
        pytest.param("issuekey = 10000 or issue = OPS-3 order by created asc", ["OPS-3", "OPS-1"], id="an id"),
        pytest.param('project = OPS AND status = "to do" AND type = Task AND summary ~ "down"', ["OPS-1"], id="words"),
        pytest.param('text ~ "chec*" AND project = OPS', ["OPS-1"], id="the beginning of a word"),
        pytest.param('text ~ "\\"was down\\""', ["OPS-1"], id="a phrase"),
        pytest.param(
            "project = OPS AND resolution = Unresolved ORDER BY updated ASC, key ASC",
            ["OPS-3", "OPS-1", "OPS-2"],
            id="unresolved",
        ),
        pytest.param("project = OPS AND resolution is not EMPTY", [], id="resolved"),
        pytest.param("project = OPS AND !(key = OPS-1 || key = OPS-2)", ["OPS-3"], id="other signs, De Morgan"),
        pytest.param("project = OPS AND priority = Medium AND labels in (postmortem, x)", ["OPS-1"], id="priority"),
    ],
)
def test_a_query_means_what_jira_takes_it_for(sandbox: JiraSandbox, jql: str, keys: list[str]) -> None:
    assert found(sandbox, jql) == keys


@pytest.mark.parametrize(
    ("jql", "words"),
    [
        pytest.param("project = GONE", "The value 'GONE' does not exist for the field 'project'.", id="no project"),
        pytest.param("project in (OPS, SEC)", "The value 'SEC' does not exist for the field 'project'.", id="unseen"),
        pytest.param("fooo = 1", "Field 'fooo' does not exist or you do not have permission to view it.", id="field"),
        pytest.param("status = Nope", "The value 'Nope' does not exist for the field 'status'.", id="no status"),
        pytest.param("assignee = zed", "The value 'zed' does not exist for the field 'assignee'.", id="nobody"),
        pytest.param("key = OPS-99", "An issue with key 'OPS-99' does not exist for field 'key'.", id="no issue"),
        pytest.param("created > soon", "Date value 'soon' for field 'created' is invalid.", id="no date"),
        pytest.param("project", "Error in the JQL Query: Expecting operator", id="no operator"),
        pytest.param("project = OPS AND", "Error in the JQL Query", id="an open end"),
        pytest.param("labels = a@b", "The character '@' is a reserved JQL character.", id="a reserved sign"),
        pytest.param('labels = "a', "has not been completed", id="an open quotation"),
        pytest.param('labels = "a\\q"', "is an illegal JQL escape sequence", id="a bad escape"),
        pytest.param("creator = them()", "Unable to find JQL function 'them()'.", id="no function"),
        pytest.param("project = OPS ORDER BY nothing", "Field 'nothing' does not exist", id="no such order"),
        pytest.param("labels > a", "The operator '>' is not supported by the 'labels' field.", id="an operator"),
    ],
)
def test_what_is_no_query_is_refused_in_jiras_words(sandbox: JiraSandbox, jql: str, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        found(sandbox, jql)
    assert refused.value.status == 400
    assert words in refused.value.body["errorMessages"][0]


def test_each_project_that_is_not_there_is_named(sandbox: JiraSandbox) -> None:
    with pytest.raises(Refusal) as refused:
        found(sandbox, "project in (GONE, OPS, SEC) AND labels = x")
    assert refused.value.body["errorMessages"] == [
        f"The value '{key}' does not exist for the field 'project'." for key in ("GONE", "SEC")
    ]


def test_absolute_dates_are_meant_in_the_callers_zone(sandbox: JiraSandbox) -> None:
    key = create(sandbox)
    assert found(sandbox, f'key = {key} AND created >= "2026-11-03 10:00"', "alice") == [key]
    assert found(sandbox, f'key = {key} AND created >= "2026-11-03 10:00"', "service") == []


def test_the_index_lags_for_matches_fields_and_deletions(sandbox: JiraSandbox) -> None:
    sandbox.index_lag = timedelta(minutes=5)
    key = create(sandbox, labels=["new"])
    assert found(sandbox, "labels = new") == []
    sandbox.clock.advance(timedelta(minutes=4))
    sandbox.act("service", "PUT", f"/issue/{key}", {"fields": {"summary": "Another"}})
    sandbox.clock.advance(timedelta(minutes=1))
    assert found(sandbox, 'labels = new AND summary ~ "alert"') == [key]
    sandbox.act("lena", "DELETE", f"/issue/{key}")
    sandbox.clock.advance(timedelta(minutes=4))
    assert found(sandbox, 'labels = new AND summary ~ "another"') == [key]
    sandbox.clock.advance(timedelta(minutes=1))
    assert found(sandbox, "labels = new") == []


def test_issues_named_for_reconciling_are_seen_at_once(cloud: JiraSandbox) -> None:
    cloud.index_lag = timedelta(minutes=5)
    key = create(cloud, labels=["new"])
    body = {"jql": "labels = new", "reconcileIssues": [cloud.issue(key).id]}
    assert len(cloud.act("service", "POST", "/search/jql", body)["issues"]) == 1


def test_the_lag_is_the_seeds_again_after_a_reset(sandbox: JiraSandbox) -> None:
    sandbox.index_lag = timedelta(minutes=5)
    sandbox.reset()
    assert sandbox.index_lag == timedelta(0)


def test_cloud_gives_only_ids_unless_fields_are_named(cloud: JiraSandbox) -> None:
    answer = cloud.act("service", "GET", "/search/jql?jql=key%3DOPS-1")
    assert answer == {"issues": [{"id": "10000"}], "isLast": True}
    one = cloud.act("service", "POST", "/search/jql", {"jql": "key=OPS-1", "fields": ["labels"]})["issues"][0]
    assert (one["key"], one["fields"]) == ("OPS-1", {"labels": ["postmortem"]})


def test_cloud_pages_by_tokens_and_skips_nothing_that_moves_meanwhile(cloud: JiraSandbox) -> None:
    keys = [create(cloud, labels=["many"], summary=f"Item {n}") for n in range(7)]
    body = {"jql": "labels = many ORDER BY updated ASC, key ASC", "fields": ["summary"], "maxResults": 3}
    first = cloud.act("service", "POST", "/search/jql", body)
    assert (first["isLast"], len(first["issues"])) == (False, 3)
    cloud.clock.advance(timedelta(minutes=1))
    cloud.act("service", "PUT", f"/issue/{keys[2]}", {"fields": {"summary": "Touched"}})
    seen = [issue["key"] for issue in first["issues"]]
    page = first
    while not page["isLast"]:
        page = cloud.act("service", "POST", "/search/jql", {**body, "nextPageToken": page["nextPageToken"]})
        seen += [issue["key"] for issue in page["issues"]]
    assert set(seen) == set(keys)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param({"jql": "ORDER BY created"}, "Unbounded JQL queries are not allowed here.", id="unbounded"),
        pytest.param({"jql": ""}, "Unbounded JQL queries are not allowed here.", id="empty"),
        pytest.param({"jql": "project = OPS", "nextPageToken": "x"}, "token is invalid", id="a made-up token"),
    ],
)
def test_cloud_refuses(cloud: JiraSandbox, body: dict[str, str], words: str) -> None:
    with pytest.raises(Refusal) as refused:
        cloud.act("service", "POST", "/search/jql", body)
    assert refused.value.status == 400
    assert words in refused.value.body["errorMessages"][0]


def test_each_face_has_its_own_search(cloud: JiraSandbox, center: JiraSandbox) -> None:
    with pytest.raises(Refusal) as old:
        cloud.act("service", "GET", "/search?jql=project%3DOPS")
    assert old.value.status == 410
    with pytest.raises(Refusal) as new:
        center.act("service", "POST", "/search/jql", {"jql": "project = OPS"})
    assert new.value.status == 404


def test_data_center_pages_by_numbers(center: JiraSandbox) -> None:
    page = center.act("service", "GET", "/search?jql=project%3DOPS+ORDER+BY+key&startAt=1&maxResults=1")
    assert (page["startAt"], page["maxResults"], page["total"]) == (1, 1, 3)
    assert [issue["key"] for issue in page["issues"]] == ["OPS-2"]
    assert "comment" not in page["issues"][0]["fields"]


def test_what_the_caller_may_not_see_is_not_found(sandbox: JiraSandbox) -> None:
    assert found(sandbox, "project = OPS ORDER BY key", "alice") == ["OPS-1", "OPS-3"]


def test_searching_by_post_is_no_write(cloud: JiraSandbox) -> None:
    found(cloud, "project = OPS")
    cloud.act("service", "POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["OPS-1"]})
    assert [entry.write for entry in cloud.requests()] == [False, False]
