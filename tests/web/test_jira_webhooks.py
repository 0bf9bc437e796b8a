"""What a delivery of a Jira gets, over real HTTP."""

from __future__ import annotations

import json

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.web.conftest import OLD_SECRET, Service, sign
from tests.web.jira_payloads import change, issue, updated
from tests.web.payloads import issues

BODY = json.dumps(updated(labels=["postmortem"])).encode()


def test_a_signed_delivery_marks_the_issue_and_is_answered_202(service: Service) -> None:
    answer = service.deliver_from_jira(BODY)

    assert answer.status_code == 202
    assert answer.content == b""
    assert service.marks == [
        ("jira", "OPS", "OPS-7", frozenset({"postmortem"}), "jira:issue_updated.issue_generic"),
    ]
    assert service.count("marked") == 1
    assert '"jira:issue_updated"' in service.client.get(f"{service.url}/metrics").text


def test_a_moved_issue_marks_both_keys(service: Service) -> None:
    service.deliver_from_jira(updated(change("Key", "OPS-7", "PAY-3"), kind="issue_moved", key="PAY-3"))

    assert [mark[2] for mark in service.marks] == ["PAY-3", "OPS-7"]


def test_the_secret_before_stays_valid_while_it_is_replaced(service: Service) -> None:
    assert service.deliver_from_jira(BODY, secret=OLD_SECRET).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no signature"),
        pytest.param({"x-hub-signature": sign(BODY, "a guess")}, id="another secret"),
        pytest.param({"x-hub-signature": sign(BODY + b" ")}, id="a body changed by one space"),
        pytest.param({"x-hub-signature": sign(BODY).replace("sha256", "sha1")}, id="another algorithm"),
        pytest.param({"x-hub-signature-256": sign(BODY)}, id="the header of GitHub"),
    ],
)
def test_a_forged_delivery_gets_401_marks_nothing_and_is_counted(service: Service, headers: dict[str, str]) -> None:
    answer = service.client.post(f"{service.url}/webhooks/jira", content=BODY, headers=headers)

    assert answer.status_code == 401
    assert service.marks == []
    assert service.count("forged") == 1


def test_a_github_takes_no_signature_in_jiras_header(service: Service) -> None:
    body = json.dumps(issues()).encode()
    headers = {"x-github-event": "issues", "x-hub-signature": sign(body)}

    assert service.client.post(f"{service.url}/webhooks/github", content=body, headers=headers).status_code == 401


def test_a_jira_without_a_secret_takes_no_delivery_at_all(service: Service) -> None:
    answer = service.deliver_from_jira(BODY, site="unset-jira", secret="")

    assert answer.status_code == 401
    assert "No webhook secret is set" in answer.text
    assert service.marks == []


@pytest.mark.parametrize("event", ["worklog_updated", "issue_property_set", "jira_expression_evaluation_failed", "<b>"])
def test_an_event_that_means_nothing_here_gets_202_and_marks_nothing(service: Service, event: str) -> None:
    assert service.deliver_from_jira({"webhookEvent": event, "issue": issue()}).status_code == 202
    assert service.marks == []
    assert service.count("ignored") == 1
    assert "<b>" not in service.client.get(f"{service.url}/metrics").text


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half an object"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"[" * 100_000, id="brackets without end"),
        pytest.param(b"{}", id="no event"),
        pytest.param(b'{"webhookEvent": "jira:issue_updated", "issue": [1]}', id="wrong types"),
    ],
)
def test_a_signed_payload_that_is_none_gets_400_and_is_not_written_back(service: Service, body: bytes) -> None:
    answer = service.deliver_from_jira(body)

    assert answer.status_code == 400
    assert answer.text.startswith("The payload ")
    assert service.marks == []
    assert service.count("malformed") == 1


def test_a_body_that_is_too_large_is_refused(service: Service) -> None:
    assert service.deliver_from_jira(b" " * 200_001).status_code == 413


def test_a_delivery_that_comes_again_marks_nothing_more(service: Service) -> None:
    first = service.deliver_from_jira(BODY)
    again = service.deliver_from_jira(BODY, x_atlassian_webhook_retry="1")

    assert (first.status_code, again.status_code) == (202, 202)
    assert len(service.marks) == 1
    assert service.count("repeated") == 1


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(BODY, {"x_atlassian_webhook_identifier": "another"}, id="another delivery of the same words"),
        pytest.param(BODY + b" ", {}, id="other words under a known id"),
        pytest.param(BODY, {"x_atlassian_webhook_identifier": ""}, id="a delivery without an id"),
    ],
)
def test_only_the_very_same_delivery_is_a_repetition(service: Service, body: bytes, headers: dict[str, str]) -> None:
    service.deliver_from_jira(BODY)
    service.deliver_from_jira(body, **headers)

    assert len(service.marks) == 2


def test_a_delivery_that_failed_counts_when_it_comes_again(service: Service) -> None:
    service.failing = RedisConnectionError("refused")
    assert service.deliver_from_jira(BODY).status_code == 503
    assert service.count("unavailable") == 1

    service.failing = None
    assert service.deliver_from_jira(BODY).status_code == 202
    assert len(service.marks) == 1
