"""Issues: what a create and an edit take and refuse, and how an issue goes on answering when it moves."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.conftest import create, person
from worker.sandbox.jira import JiraSandbox, Refusal

ADF = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Hi"}]}]}


def body(project: str = "OPS", kind: str = "Task", **fields: Any) -> dict[str, Any]:
    plain = {"project": {"key": project}, "issuetype": {"name": kind}, "summary": "Add an alert"}
    return {"fields": {**plain, **fields}}


def test_one_create_makes_fields_property_and_link(sandbox: JiraSandbox) -> None:
    payload = body(
        "PAY",
        labels=["b", "a"],
        assignee=person(sandbox, "bob"),
        duedate="2026-12-01",
        priority={"name": "High"},
        components=[{"name": "Ledger"}],
        customfield_10060="2026-12-02",
        description="Words",
    )
    payload["update"] = {"issuelinks": [{"add": {"type": {"name": "Action item"}, "outwardIssue": {"key": "OPS-1"}}}]}
    payload["properties"] = [{"key": "followthrough.mark", "value": {"mark": "u.i.m"}}]
    made = sandbox.act("service", "POST", "/issue", payload)
    assert len(sandbox.writes()) == 1
    there = sandbox.state()["issues"][made["key"]]
    assert (there["labels"], there["assignee"], there["duedate"]) == (["a", "b"], "bob", "2026-12-01")
    assert (there["priority"], there["components"], there["creator"]) == ("High", ["Ledger"], "service")
    assert there["fields"] == {"customfield_10060": "2026-12-02"}
    assert there["properties"] == {"followthrough.mark": {"mark": "u.i.m"}}
    assert [(x["type"], x["direction"], x["key"]) for x in there["links"]] == [("Action item", "outward", "OPS-1")]
    parent = sandbox.act("service", "GET", "/issue/OPS-1?fields=issuelinks")["fields"]["issuelinks"]
    assert [link["inwardIssue"]["key"] for link in parent] == [made["key"]]


@pytest.mark.parametrize(
    ("payload", "field", "words"),
    [
        pytest.param(body(summary="  "), "summary", "You must specify a summary", id="no summary"),
        pytest.param(body(summary="a\nb"), "summary", "newline", id="a line break in the summary"),
        pytest.param(body(summary="x" * 256), "summary", "255", id="a long summary"),
        pytest.param(body(labels=["a b"]), "labels", "contains spaces", id="a label with a space"),
        pytest.param(body(description="x" * 32768), "description", "32,767", id="a long text"),
        pytest.param(body(duedate="tomorrow"), "duedate", "Error parsing date", id="no date"),
        pytest.param(body(priority={"name": "Huge"}), "priority", "not valid", id="no such priority"),
        pytest.param(body(resolution={"name": "Done"}), "resolution", "cannot be set", id="resolution at a create"),
        pytest.param(body("NOPE"), "project", "", id="no such project"),
        pytest.param(body("SEC"), "project", "", id="a project unseen"),
        pytest.param(body(kind="Wish"), "issuetype", "", id="no such type"),
        pytest.param(body(kind="Sub-task"), "parent", "not specified", id="a sub-task without parent"),
        pytest.param(body("STR"), "customfield_10050", "Severity is required.", id="a required field"),
        pytest.param(
            body("STR", duedate="2026-12-01", customfield_10050={"value": "SEV1"}),
            "duedate",
            "Field 'duedate' cannot be set. It is not on the appropriate screen, or unknown.",
            id="a field off the screen",
        ),
        pytest.param(body(customfield_99999="x"), "customfield_99999", "or unknown", id="an unknown field"),
        pytest.param(
            body("PAY", customfield_10080=[{"value": "Green"}]), "customfield_10080", "not valid", id="no such option"
        ),
    ],
)
def test_a_create_is_refused_whole(sandbox: JiraSandbox, payload: Any, field: str, words: str) -> None:
    before = sandbox.state()
    with pytest.raises(Refusal) as refused:
        sandbox.act("service", "POST", "/issue", payload)
    assert refused.value.status == 400
    assert words in refused.value.body["errors"][field]
    assert sandbox.state() == before


def test_a_create_with_a_bad_link_leaves_nothing(sandbox: JiraSandbox) -> None:
    before = sandbox.state()
    payload = body()
    payload["update"] = {"issuelinks": [{"add": {"type": {"name": "Relates"}, "outwardIssue": {"key": "SEC-1"}}}]}
    with pytest.raises(Refusal):
        sandbox.act("service", "POST", "/issue", payload)
    assert sandbox.state() == before


@pytest.mark.parametrize(
    "login",
    [
        pytest.param("gone", id="who left"),
        pytest.param("mallory", id="who is not in the project"),
        pytest.param("nobody", id="who does not exist"),
    ],
)
def test_an_issue_is_not_given_to(sandbox: JiraSandbox, login: str) -> None:
    name = "accountId" if sandbox.face == "cloud" else "name"
    word = login if login == "nobody" else sandbox.account_id(login)
    with pytest.raises(Refusal) as refused:
        sandbox.act("service", "POST", "/issue", body(assignee={name: word}))
    assert "assignee" in refused.value.body["errors"]


def test_v3_takes_documents_and_v2_text(cloud: JiraSandbox) -> None:
    made = cloud.act("service", "POST", "/rest/api/3/issue", body(description=ADF))
    assert cloud.act("service", "GET", f"/issue/{made['key']}")["fields"]["description"] == "Hi"
    read = cloud.act("service", "GET", "/rest/api/3/issue/OPS-1")["fields"]["description"]
    assert read["content"][0] == {
        "type": "heading",
        "attrs": {"level": 2},
        "content": [{"type": "text", "text": "Summary"}],
    }
    for version, value in (("3", "text"), ("3", {"type": "doc"}), ("2", ADF)):
        with pytest.raises(Refusal) as refused:
            cloud.act("service", "POST", f"/rest/api/{version}/issue", body(description=value))
        assert "description" in refused.value.body["errors"]


def test_data_center_has_no_version_3(center: JiraSandbox) -> None:
    with pytest.raises(Refusal) as refused:
        center.act("service", "GET", "/rest/api/3/myself")
    assert refused.value.status == 404


@pytest.mark.parametrize(
    ("project", "kind", "parent", "fits"),
    [
        pytest.param("OPS", "Sub-task", "Task", True, id="a sub-task below a task"),
        pytest.param("NXT", "Subtask", "Task", True, id="a sub-task of a team-managed project"),
        pytest.param("NXT", "Task", "Epic", True, id="a task below an epic"),
        pytest.param("OPS", "Task", "Task", False, id="not a task below a task"),
    ],
)
def test_parents_have_the_next_higher_level(
    cloud: JiraSandbox, project: str, kind: str, parent: str, fits: bool
) -> None:
    above = create(cloud, project=project, issuetype={"name": parent})
    payload = body(project, kind, parent={"key": above})
    if not fits:
        with pytest.raises(Refusal) as refused:
            cloud.act("service", "POST", "/issue", payload)
        assert "hierarchy" in refused.value.body["errors"]["parent"]
        return
    made = cloud.act("service", "POST", "/issue", payload)["key"]
    fields = cloud.act("service", "GET", f"/issue/{above}")["fields"]
    assert [child["key"] for child in fields["subtasks"]] == ([made] if "ub" in kind else [])
    assert cloud.act("service", "POST", "/search/jql", {"jql": f"parent = {above}", "fields": ["key"]})["issues"]
    assert cloud.act("service", "GET", f"/issue/{made}")["fields"]["parent"]["key"] == above


def test_a_sub_tasks_parent_is_in_the_same_project(cloud: JiraSandbox) -> None:
    with pytest.raises(Refusal) as refused:
        cloud.act("service", "POST", "/issue", body("PAY", "Sub-task", parent={"key": "OPS-1"}))
    assert "same project" in refused.value.body["errors"]["parent"]


def test_on_data_center_a_task_has_no_parent(center: JiraSandbox) -> None:
    with pytest.raises(Refusal) as refused:
        center.act("service", "POST", "/issue", body(parent={"key": "OPS-1"}))
    assert "parent" in refused.value.body["errors"]


def test_an_edit_sets_adds_and_removes_and_is_written_down(sandbox: JiraSandbox) -> None:
    key = create(sandbox, labels=["a"])
    change = {"fields": {"duedate": "2026-12-01"}, "update": {"labels": [{"add": "b"}, {"remove": "a"}]}}
    sandbox.act("alice", "PUT", f"/issue/{key}", change)
    there = sandbox.state()["issues"][key]
    assert (there["labels"], there["duedate"]) == (["b"], "2026-12-01")
    (line,) = there["history"]
    assert line["author"] == "alice"
    assert {(i["field"], i["fromString"], i["toString"]) for i in line["items"]} == {
        ("labels", "a", "b"),
        ("duedate", None, "2026-12-01"),
    }


def test_an_edit_that_changes_nothing_leaves_no_trace(sandbox: JiraSandbox) -> None:
    key = create(sandbox)
    sandbox.act("alice", "PUT", f"/issue/{key}", {"fields": {"summary": "Add an alert"}})
    assert sandbox.state()["issues"][key]["history"] == []
    assert [entry.committed for entry in sandbox.requests() if entry.method == "PUT"] == [False]


def test_silent_edits_are_for_administrators(sandbox: JiraSandbox) -> None:
    change = {"fields": {"summary": "Other"}}
    with pytest.raises(Refusal) as refused:
        sandbox.act("service", "PUT", "/issue/OPS-1?notifyUsers=false", change)
    assert refused.value.status == 403
    sandbox.act("lena", "PUT", "/issue/OPS-1?notifyUsers=false", change)
    assert sandbox.issue("OPS-1").values["summary"] == "Other"


def test_only_a_site_administrator_writes_past_the_screen(sandbox: JiraSandbox) -> None:
    key = create(sandbox, project="STR", customfield_10050={"value": "SEV1"})
    change = {"fields": {"duedate": "2026-12-01"}}
    for login, path, status in (("service", "", 400), ("lena", "?overrideScreenSecurity=true", 403)):
        with pytest.raises(Refusal) as refused:
            sandbox.act(login, "PUT", f"/issue/{key}{path}", change)
        assert refused.value.status == status
    sandbox.site.store.projects["STR"].people["root"] = "admin"
    sandbox.act("root", "PUT", f"/issue/{key}?overrideScreenSecurity=true", change)
    assert sandbox.issue(key).values["duedate"] == "2026-12-01"


def test_a_moved_issue_answers_under_its_old_key_with_the_new_one(sandbox: JiraSandbox) -> None:
    before = sandbox.issue("OPS-1").id
    assert sandbox.move("OPS-1", "PAY") == "PAY-1"
    answer = sandbox.act("service", "GET", "/issue/OPS-1?fields=project,status")
    assert (answer["key"], answer["id"]) == ("PAY-1", str(before))
    assert answer["fields"]["status"]["name"] == "Backlog"
    sandbox.act("service", "POST", "/issue/OPS-1/comment", {"body": "Still here"})
    assert len(sandbox.issue("PAY-1").comments) == 1
    assert sandbox.state()["moved"] == {"OPS-1": "PAY-1"}


def test_a_renamed_project_answers_under_both_keys(sandbox: JiraSandbox) -> None:
    sandbox.rename("OPS", "INC")
    assert sandbox.act("service", "GET", "/project/OPS")["key"] == "INC"
    assert sandbox.act("service", "GET", "/issue/OPS-3")["key"] == "INC-3"
    assert create(sandbox, project="INC") == "INC-4"


def test_bulkfetch_knows_present_keys_alone(cloud: JiraSandbox) -> None:
    cloud.move("OPS-3", "PAY")
    wanted = ["PAY-1", "OPS-1", "OPS-3", "SEC-1", "10001"]
    answer = cloud.act("service", "POST", "/issue/bulkfetch", {"issueIdsOrKeys": wanted, "fields": ["summary"]})
    assert [issue["key"] for issue in answer["issues"]] == ["OPS-1", "OPS-2", "PAY-1"]
    assert [error["id"] for error in answer["issueErrors"]] == ["OPS-3", "SEC-1"]
    with pytest.raises(Refusal) as refused:
        cloud.act("service", "POST", "/issue/bulkfetch", {"issueIdsOrKeys": [str(n) for n in range(101)]})
    assert refused.value.status == 400


def test_deleting_needs_the_right_and_a_word_for_sub_tasks(cloud: JiraSandbox) -> None:
    key = create(cloud)
    child = create(cloud, issuetype={"name": "Sub-task"}, parent={"key": key})
    for login, status in (("service", 403), ("lena", 400)):
        with pytest.raises(Refusal) as refused:
            cloud.act(login, "DELETE", f"/issue/{key}")
        assert refused.value.status == status
    cloud.act("lena", "DELETE", f"/issue/{key}?deleteSubtasks=true")
    with pytest.raises(Refusal) as gone:
        cloud.act("service", "GET", f"/issue/{child}")
    assert gone.value.status == 404


def test_create_metadata_tells_what_a_create_takes(sandbox: JiraSandbox) -> None:
    name = "issueTypes" if sandbox.face == "cloud" else "values"
    types = sandbox.act("service", "GET", "/issue/createmeta/STR/issuetypes?maxResults=2")
    assert (len(types[name]), types["total"]) == (2, 5)
    task = next(
        t for t in sandbox.act("service", "GET", "/issue/createmeta/STR/issuetypes")[name] if t["name"] == "Task"
    )
    page = sandbox.act("service", "GET", f"/issue/createmeta/STR/issuetypes/{task['id']}")
    fields = {field["fieldId"]: field for field in page["fields" if sandbox.face == "cloud" else "values"]}
    assert "duedate" not in fields
    assert "reporter" not in fields
    severity = fields["customfield_10050"]
    assert (severity["required"], severity["hasDefaultValue"]) == (True, False)
    assert [option["value"] for option in severity["allowedValues"]] == ["SEV1", "SEV2"]
    edit = sandbox.act("service", "GET", "/issue/OPS-1/editmeta")["fields"]
    assert {"summary", "duedate", "labels"} <= set(edit)


def test_history_is_told_in_pages_on_cloud_and_inside_the_issue(cloud: JiraSandbox) -> None:
    for n in range(3):
        cloud.act("alice", "PUT", "/issue/OPS-1", {"fields": {"summary": f"Try {n}"}})
    page = cloud.act("service", "GET", "/issue/OPS-1/changelog?maxResults=2")
    assert (page["total"], page["isLast"], len(page["values"])) == (3, False, 2)
    assert page["values"][0]["items"][0]["toString"] == "Try 0"
    inside = cloud.act("service", "GET", "/issue/OPS-1?expand=changelog&fields=summary")["changelog"]["histories"]
    assert [line["items"][0]["toString"] for line in inside] == ["Try 2", "Try 1", "Try 0"]
