"""What GitHub's payloads mean in the product's words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.trackers.plain import issue_payload
from worker.domain.model import IssueRef, Status
from worker.trackers.github import markup
from worker.trackers.github.translate import issue_from_rest, split_comments


def date_field(value: str, name: str | None = "Due date") -> dict[str, Any]:
    named = {"issue_field_name": name} if name is not None else {}
    return {"issue_field_id": 7, "data_type": "date", "value": value, **named}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        pytest.param({"state": "open", "state_reason": None}, Status.OPEN, id="open"),
        pytest.param({"state": "open", "state_reason": "reopened"}, Status.OPEN, id="reopened is open"),
        pytest.param({"state": "closed", "state_reason": "completed"}, Status.DONE, id="completed is done"),
        pytest.param({"state": "closed", "state_reason": None}, Status.DONE, id="closed without a reason is done"),
        pytest.param({"state": "closed", "state_reason": "not_planned"}, Status.WAIVED, id="not planned is waived"),
        pytest.param({"state": "closed", "state_reason": "duplicate"}, Status.WAIVED, id="a duplicate is waived"),
    ],
)
def test_the_status_follows_state_and_reason(more: dict[str, Any], status: Status) -> None:
    assert issue_from_rest("github", issue_payload(**more), None).status is status


MILESTONE = {"due_on": "2026-12-24T08:00:00Z"}


@pytest.mark.parametrize(
    ("more", "due", "due_from"),
    [
        pytest.param({}, None, "", id="nothing says a day"),
        pytest.param({"milestone": MILESTONE}, date(2026, 12, 24), "milestone", id="a milestone's day in UTC"),
        pytest.param({"milestone": {"due_on": None}}, None, "", id="a milestone without a day"),
        pytest.param({"body": "Due: 2026-12-01", "milestone": MILESTONE}, date(2026, 12, 1), "line", id="line first"),
        pytest.param(
            {"body": "Due: 2026-12-01", "issue_field_values": [date_field("2026-11-30")]},
            date(2026, 11, 30),
            "field",
            id="the field before the line",
        ),
        pytest.param(
            {
                "issue_field_values": [
                    date_field("2026-11-01", "Start date"),
                    date_field("2026-11-30", "Target date"),
                ]
            },
            date(2026, 11, 30),
            "field",
            id="a start date is not a due date",
        ),
        pytest.param({"issue_field_values": [date_field("2026-11-01", "Start date")]}, None, "", id="only a start"),
        pytest.param(
            {"issue_field_values": [date_field("2026-11-30", None)]}, date(2026, 11, 30), "field", id="unnamed"
        ),
        pytest.param({"issue_field_values": None, "body": None}, None, "", id="nulls are nothing"),
        pytest.param({"issue_field_values": [{"data_type": "date"}, "odd"]}, None, "", id="odd fields are nothing"),
    ],
)
def test_the_due_date_is_read_from_field_then_line_then_milestone(
    more: dict[str, Any], due: date | None, due_from: str
) -> None:
    issue = issue_from_rest("github", issue_payload(**more), None)
    assert (issue.due, issue.due_from) == (due, due_from)


def test_an_issue_reads_in_full() -> None:
    raw = issue_payload(
        12,
        body=markup.issue_body("Ключ — 鍵 🔑", date(2026, 12, 1), "u.i.m"),
        labels=[{"name": "P1"}, {"name": "postmortem-action"}],
        assignees=[{"login": "Mona"}],
        parent_issue_url="https://ghe.example/api/v3/repos/acme/incidents/issues/3",
        comments=4,
        pull_request={"url": "x"},
    )
    issue = issue_from_rest("github", raw, True)
    assert issue.ref == IssueRef("github", "acme/pay#12")
    assert issue.body == "Ключ — 鍵 🔑\n\nDue: 2026-12-01"
    assert issue.mark == "u.i.m"
    assert issue.parent == IssueRef("github", "acme/incidents#3")
    assert (issue.priority, issue.assignees, issue.comments_count) == ("P1", ("Mona",), 4)
    assert issue.is_pull_request
    assert issue.public is True
    assert issue.created_at.tzinfo is not None


def test_the_address_is_the_payloads_own_and_a_lost_author_is_a_ghost() -> None:
    raw = issue_payload(5, "new/home", user=None)
    issue = issue_from_rest("gh2", raw, None)
    assert issue.ref == IssueRef("gh2", "new/home#5")
    assert issue.author == "ghost"
    del raw["repository_url"]
    assert issue_from_rest("gh2", raw, None).ref == IssueRef("gh2", "new/home#5")


@pytest.mark.parametrize(
    ("labels", "fields", "priority"),
    [
        pytest.param(["p2"], [], "P2", id="a bare label"),
        pytest.param(["priority: P0", "P3"], [], "P0", id="the most urgent label"),
        pytest.param(["group1", "mp3"], [], "", id="no label that only looks like one"),
        pytest.param(
            ["P3"],
            [{"issue_field_name": "Priority", "data_type": "single_select", "single_select_option": {"name": "High"}}],
            "High",
            id="the field before labels",
        ),
    ],
)
def test_the_priority_is_read(labels: list[str], fields: list[dict[str, Any]], priority: str) -> None:
    raw = issue_payload(labels=[{"name": name} for name in labels], issue_field_values=fields)
    assert issue_from_rest("github", raw, None).priority == priority


def comment(number: int, login: str | None, body: str, association: str = "NONE", at: str = "10:00") -> dict[str, Any]:
    moment = f"2026-11-02T{at}:00Z"
    return {
        "id": number,
        "user": {"login": login} if login else None,
        "body": body,
        "author_association": association,
        "created_at": moment,
        "updated_at": moment,
    }


def test_records_are_only_in_comments_of_our_own() -> None:
    sticky = markup.record_body("sticky", "Items", "v1.a.b")
    rows = [
        comment(4, "old-bot", sticky, at="12:00"),
        comment(3, "Bot", sticky, at="11:00"),
        comment(1, "mallory", sticky, "MEMBER"),
        comment(2, None, "ft done", "NONE"),
        comment(5, "bot", "a plain word of ours"),
    ]
    comments, records = split_comments(rows, lambda login: login.casefold() in {"bot", "old-bot"})
    assert [(r.id, r.name, r.body, r.text) for r in records] == [
        ("3", "sticky", "Items", "v1.a.b"),
        ("4", "sticky", "Items", "v1.a.b"),
    ]
    assert [(c.id, c.author, c.trusted, c.ours) for c in comments] == [
        ("1", "mallory", True, False),
        ("2", "ghost", False, False),
        ("5", "bot", False, True),
    ]
    assert comments[0].body == sticky


@pytest.mark.parametrize(
    ("fields", "severity", "planned"),
    [
        pytest.param([], "", None, id="no fields"),
        pytest.param([date_field("2026-12-01", "Start date")], "", date(2026, 12, 1), id="a start day"),
        pytest.param([date_field("soon", "Start date")], "", None, id="a start that is no day"),
        pytest.param(
            [{"issue_field_name": "Severity", "single_select_option": {"name": "SEV1"}}], "SEV1", None, id="an option"
        ),
        pytest.param([{"issue_field_name": "Severity", "value": "SEV2"}], "SEV2", None, id="a text"),
        pytest.param([{"issue_field_name": "Severity of pain", "value": "7"}], "", None, id="another field"),
    ],
)
def test_an_organizations_issue_fields_tell_severity_and_start(
    fields: list[dict[str, Any]], severity: str, planned: date | None
) -> None:
    found = issue_from_rest("github", issue_payload(issue_field_values=fields), None)
    assert (found.severity, found.planned_from) == (severity, planned)
    closed = issue_from_rest("github", issue_payload(issue_field_values=fields, state="closed"), None)
    assert closed.planned_from is None
