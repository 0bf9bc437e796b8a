"""Which issues each event of Jira speaks of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.jira_payloads import change, issue, updated
from worker.web.jira import events, read_event
from worker.web.touched import Malformed, Told, Touched


def told(payload: dict[str, Any]) -> list[tuple[str, str | None, frozenset[str] | None]]:
    return [(t.container, t.locator, t.labels) for t in read_event(payload).touched]


@pytest.mark.parametrize("event", ["jira:issue_created", "jira:issue_updated", "jira:issue_deleted"])
def test_an_issue_is_told_with_its_labels(event: str) -> None:
    payload = {"webhookEvent": event, "issue": issue(labels=["postmortem", "sev1"])}
    assert told(payload) == [("OPS", "OPS-7", frozenset({"postmortem", "sev1"}))]


def test_a_label_just_removed_is_told_beside_those_that_stay() -> None:
    assert told(updated(change("labels", "postmortem sev1", "sev1"), labels=["sev1"])) == [
        ("OPS", "OPS-7", frozenset({"postmortem", "sev1"}))
    ]


def test_a_moved_issue_is_told_under_both_its_keys() -> None:
    moved = updated(
        change("project", "Operations", "Payments"),
        change("Key", "OPS-7", "PAY-3"),
        kind="issue_moved",
        key="PAY-3",
        labels=["postmortem"],
    )
    assert told(moved) == [
        ("PAY", "PAY-3", frozenset({"postmortem"})),
        ("OPS", "OPS-7", frozenset({"postmortem"})),
    ]
    assert read_event(moved).touched[0].action == "jira:issue_updated.issue_moved"


def test_a_comment_speaks_of_its_issue_whose_labels_it_does_not_tell() -> None:
    payload = {"webhookEvent": "comment_created", "comment": {"body": "ft track"}, "issue": issue(labels=None)}
    assert told(payload) == [("OPS", "OPS-7", None)]


def test_a_comment_without_its_issue_is_no_fault_and_tells_nothing() -> None:
    payload = {"webhookEvent": "comment_created", "comment": {"self": "https://jira.example/rest/api/2/issue/1"}}
    assert read_event(payload) == Told(event="comment_created")


@pytest.mark.parametrize("event", ["issuelink_created", "issuelink_deleted"])
def test_a_link_names_no_key_and_is_a_hint_for_the_whole_site(event: str) -> None:
    link = {"id": 10656, "sourceIssueId": 11442, "destinationIssueId": 11961, "issueLinkType": {"name": "Relates"}}
    assert told({"webhookEvent": event, "issueLink": link}) == [("", None, None)]


@pytest.mark.parametrize(
    ("field", "ids"),
    [
        pytest.param("Link", True, id="a link keeps keys where others keep ids"),
        pytest.param("Parent", False, id="parent"),
        pytest.param("IssueParentAssociation", False, id="parent of a team-managed project"),
        pytest.param("Epic Link", False, id="epic"),
        pytest.param("Epic Child", False, id="child of an epic"),
    ],
)
def test_the_other_end_of_a_kinship_that_changed_is_told_too(field: str, ids: bool) -> None:
    payload = updated(change(field, "PAY-1", "PAY-2", ids=ids), labels=["x"])
    assert told(payload) == [
        ("OPS", "OPS-7", frozenset({"x"})),
        ("PAY", "PAY-1", None),
        ("PAY", "PAY-2", None),
    ]


def test_the_parent_is_told_because_a_new_child_is_its_news() -> None:
    payload = {"webhookEvent": "jira:issue_created", "issue": issue("OPS-8", parent={"id": "1", "key": "OPS-7"})}
    assert told(payload) == [("OPS", "OPS-8", frozenset()), ("OPS", "OPS-7", None)]


def test_keys_in_the_texts_of_other_fields_are_nobodys_news() -> None:
    payload = updated(change("summary", "PAY-1", "PAY-2"), change("description", None, "see PAY-3"))
    assert [t[1] for t in told(payload)] == ["OPS-7"]


@pytest.mark.parametrize("event", sorted(event for event in events() if event.startswith("project_")))
def test_a_project_speaks_of_itself(event: str) -> None:
    assert told({"webhookEvent": event, "project": {"key": "OPS"}}) == [("OPS", None, None)]


@pytest.mark.parametrize(
    "event", ["issue_property_set", "worklog_created", "user_deleted", "sprint_started", "<script>"]
)
def test_an_event_that_means_nothing_here_is_told_by_no_name(event: str) -> None:
    assert read_event({"webhookEvent": event, "issue": {"key": "OPS-7"}}) == Told()


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({}, id="no event"),
        pytest.param({"webhookEvent": ["jira:issue_updated"]}, id="an event that is no word"),
        pytest.param({"webhookEvent": "jira:issue_updated"}, id="no issue"),
        pytest.param({"webhookEvent": "jira:issue_updated", "issue": "OPS-7"}, id="an issue that is none"),
        pytest.param({"webhookEvent": "jira:issue_updated", "issue": {"key": "OPS"}}, id="a project for an issue"),
        pytest.param({"webhookEvent": "jira:issue_updated", "issue": {"key": "../../7"}}, id="a path for a key"),
        pytest.param({"webhookEvent": "jira:issue_updated", "issue": {"key": "OPS-7\n"}}, id="a line end in a key"),
        pytest.param({"webhookEvent": "jira:issue_updated", "issue": {"key": f"OPS-{10**40}"}}, id="a number too long"),
        pytest.param({"webhookEvent": "comment_created", "issue": {"key": 7}}, id="a number for a key"),
        pytest.param({"webhookEvent": "issuelink_created"}, id="no link"),
        pytest.param({"webhookEvent": "project_updated", "project": {"key": "ops"}}, id="no project"),
    ],
)  # fmt: skip
def test_a_payload_that_lacks_what_its_event_always_has_is_malformed(payload: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read_event(payload)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(updated(labels=["postmortem"]) | {"changelog": "x"}, id="a changelog that is none"),
        pytest.param(updated(labels=["postmortem"]) | {"changelog": {"items": {"a": 1}}}, id="no list of changes"),
        pytest.param(
            updated({"field": 3}, {"field": "labels", "toString": 5}, labels=["postmortem"]), id="odd changes"
        ),
        pytest.param(updated(labels=["postmortem"], parent="OPS-1"), id="a parent that is a word"),
        pytest.param(updated(kind="a\nb", labels=["postmortem"]), id="a kind that is no word"),
    ],
)
def test_what_is_odd_beside_the_key_is_left_out(payload: dict[str, Any]) -> None:
    expected = Touched(
        container="OPS", locator="OPS-7", labels=frozenset({"postmortem"}), action=read_event(payload).touched[0].action
    )
    assert read_event(payload).touched == (expected,)
    assert "\n" not in expected.action
