"""Which issues each event speaks of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.payloads import issue, issues, repository
from worker.web.github import MOST_MENTIONED, read_event
from worker.web.touched import Malformed, Touched


def told(event: str, payload: dict[str, Any]) -> list[tuple[str, str | None, frozenset[str] | None]]:
    found = read_event(event, payload)
    assert found is not None
    return [(t.container, t.locator, t.labels) for t in found]


def test_a_label_just_removed_is_told_beside_those_that_stay() -> None:
    payload = issues("unlabeled", labels=("sev1",), label={"name": "postmortem"})

    assert told("issues", payload) == [("acme/pay", "acme/pay#12", frozenset({"sev1", "postmortem"}))]


def test_a_transfer_tells_the_old_and_the_new_address() -> None:
    new = {"new_issue": issue(3, home="acme/ops"), "new_repository": repository("acme/ops")}
    old = {"old_issue": issue(12), "old_repository": repository("acme/pay")}

    assert told("issues", issues("transferred", changes=new)) == [
        ("acme/pay", "acme/pay#12", frozenset()),
        ("acme/ops", "acme/ops#3", frozenset()),
    ]
    opened = {"action": "opened", "issue": issue(3), "repository": repository("acme/ops"), "changes": old}
    assert [t[1] for t in told("issues", opened)] == ["acme/ops#3", "acme/pay#12"]


def test_a_comment_speaks_of_its_issue() -> None:
    payload = {
        "action": "created",
        "issue": issue(12, "postmortem"),
        "comment": {"body": "ft track"},
        "repository": repository(),
    }

    assert told("issue_comment", payload) == [("acme/pay", "acme/pay#12", frozenset({"postmortem"}))]


def test_a_comment_on_a_pull_request_speaks_of_the_issues_that_it_names() -> None:
    payload = {
        "action": "created",
        "issue": issue(40, pull_request={"url": "x"}, body="Fixes #17"),
        "repository": repository(),
    }

    assert told("issue_comment", payload) == [("acme/pay", "acme/pay#17", None)]


@pytest.mark.parametrize(
    ("more", "parent", "child"),
    [
        pytest.param({}, "acme/pay#12", "acme/alerts#5", id="the issues name their repositories"),
        pytest.param({"sub_issue_repo": repository("acme/alerts")}, "acme/pay#12", "acme/alerts#5", id="both agree"),
    ],
)
def test_a_sub_issue_tells_parent_and_child_each_in_its_repository(
    more: dict[str, Any], parent: str, child: str
) -> None:
    payload = {
        "action": "sub_issue_added",
        "parent_issue": issue(12, "postmortem"),
        "sub_issue": issue(5, "bug", home="acme/alerts"),
        "repository": repository(),
        **more,
    }

    assert told("sub_issues", payload) == [
        ("acme/pay", parent, frozenset({"postmortem"})),
        ("acme/alerts", child, frozenset({"bug"})),
    ]


def test_a_sub_issue_without_its_own_address_uses_the_repository_beside_it() -> None:
    child = {"number": 5, "labels": []}
    payload = {
        "action": "parent_issue_removed",
        "sub_issue": child,
        "sub_issue_repo": repository("acme/alerts"),
        "parent_issue": issue(12),
        "repository": repository(),
    }

    assert [t[1] for t in told("sub_issues", payload)] == ["acme/pay#12", "acme/alerts#5"]


def test_a_renamed_label_tells_both_names_for_the_whole_repository() -> None:
    payload = {
        "action": "edited",
        "label": {"name": "incident-review"},
        "changes": {"name": {"from": "postmortem"}},
        "repository": repository(),
    }

    assert told("label", payload) == [("acme/pay", None, frozenset({"incident-review", "postmortem"}))]


def test_a_milestone_speaks_of_the_repository() -> None:
    payload = {"action": "edited", "milestone": {"number": 1}, "repository": repository()}

    assert told("milestone", payload) == [("acme/pay", None, None)]


def test_a_pull_request_speaks_of_the_issues_in_its_title_and_text() -> None:
    text = (
        "Closes acme/alerts#5, see https://github.com/acme/web/issues/9 and https://github.com/acme/web/pull/10, not "
        "colour &#39; nor a#b"
    )
    payload = {
        "action": "opened",
        "pull_request": {"number": 40, "title": "Alert on depth (#17)", "body": text},
        "repository": repository(),
    }

    assert [t[1] for t in told("pull_request", payload)] == ["acme/pay#17", "acme/alerts#5", "acme/web#9"]


def test_a_pull_request_that_names_the_world_marks_a_bounded_part_of_it() -> None:
    body = " ".join(f"#{n}" for n in range(1, 5000))
    payload = {"action": "edited", "pull_request": {"number": 40, "body": body}, "repository": repository()}

    assert len(told("pull_request", payload)) == MOST_MENTIONED


def test_a_renamed_or_transferred_repository_tells_its_old_name_too() -> None:
    renamed = {
        "action": "renamed",
        "repository": repository("acme/payments"),
        "changes": {"repository": {"name": {"from": "pay"}}},
    }
    moved = {
        "action": "transferred",
        "repository": repository("newco/pay"),
        "changes": {"owner": {"from": {"organization": {"login": "acme"}}}},
    }

    assert [t[0] for t in told("repository", renamed)] == ["acme/payments", "acme/pay"]
    assert [t[0] for t in told("repository", moved)] == ["newco/pay", "acme/pay"]


def test_an_unknown_event_is_none() -> None:
    assert read_event("star", {}) is None


def test_the_action_is_told_only_when_it_is_a_plain_word() -> None:
    assert read_event("issues", issues("closed"))[0].action == "issues.closed"  # type: ignore[index]
    assert read_event("issues", issues("a\nb"))[0].action == "issues"  # type: ignore[index]


@pytest.mark.parametrize("event", ["issues", "issue_comment", "sub_issues", "label", "milestone", "pull_request"])
def test_a_payload_without_a_repository_is_malformed(event: str) -> None:
    with pytest.raises(Malformed):
        read_event(event, {"action": "edited", "repository": {"full_name": "a b/c"}})


def test_the_same_issue_named_twice_is_told_once() -> None:
    payload = {"action": "edited", "pull_request": {"body": "#17 and again #17"}, "repository": repository()}

    assert read_event("pull_request", payload) == (
        Touched(container="acme/pay", locator="acme/pay#17", labels=None, action="pull_request.edited"),
    )
