"""What goes wrong on demand, and the limits that a seed switches on: in Jira's own words."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.sandbox.jira.conftest import SEED, create
from worker.sandbox.faults import Faults
from worker.sandbox.jira import JiraSandbox, Refusal


def get(sandbox: JiraSandbox, path: str = "/myself", method: str = "GET", body: Any = None) -> requests.Response:
    headers = {"Authorization": sandbox.authorization("service")}
    return requests.request(method, f"{sandbox.url}/rest/api/2{path}", json=body, headers=headers, timeout=10)


@pytest.mark.parametrize(
    ("fault", "status", "headers"),
    [
        pytest.param(
            {"retry_after": 7},
            429,
            {"Retry-After": "7", "RateLimit-Reason": "jira-burst-based", "X-RateLimit-Reset": "2026-11-03T09:00:07Z"},
            id="a burst",
        ),
        pytest.param(
            {"secondary": False},
            429,
            {"RateLimit-Reason": "jira-quota-tenant-based", "X-RateLimit-Reset": "2026-11-03T09:01Z"},
            id="a quota, with nothing but its reset",
        ),
        pytest.param({}, 429, {"RateLimit-Reason": "jira-burst-based"}, id="nothing said"),
        pytest.param({"status": 503, "retry_after": 3}, 503, {"Retry-After": "3"}, id="overloaded"),
    ],
)
def test_a_limit_answers_as_jira_does(cloud: JiraSandbox, fault: Any, status: int, headers: dict[str, str]) -> None:
    cloud.faults.add("limit", **fault)
    answer = get(cloud)
    assert answer.status_code == status
    named = ("Retry-After", "RateLimit-Reason", "X-RateLimit-Reset")
    told = {name: answer.headers[name] for name in named if name in answer.headers}
    assert {name: told.get(name) for name in headers} == headers
    if "retry_after" not in fault:
        assert "Retry-After" not in told
    assert get(cloud).status_code == 200


def test_data_center_words_its_limit_its_own_way(center: JiraSandbox) -> None:
    center.faults.add("limit", retry_after=4)
    answer = get(center)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "4")
    assert "RateLimit-Reason" not in answer.headers
    assert "X-RateLimit-Interval-Seconds" in answer.headers


@pytest.mark.parametrize(
    ("kind", "there"),
    [pytest.param("502-before", 0, id="before"), pytest.param("502-after", 1, id="after it took effect")],
)
def test_an_error_page_comes_before_or_after(sandbox: JiraSandbox, kind: str, there: int) -> None:
    sandbox.faults.add(kind, method="POST", path="/comment$")
    answer = get(sandbox, "/issue/OPS-1/comment", "POST", {"body": "x"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert len(sandbox.issue("OPS-1").comments) == there
    assert [entry.committed for entry in sandbox.requests()] == [bool(there)]


def test_a_connection_is_dropped(sandbox: JiraSandbox) -> None:
    sandbox.faults.add("drop-after", method="POST", path="^/issue$")
    with pytest.raises((http.client.HTTPException, OSError)):
        create(sandbox)
    assert "OPS-4" in sandbox.state()["issues"]


def test_an_answer_is_cut_short(sandbox: JiraSandbox) -> None:
    sandbox.faults.add("truncated")
    with pytest.raises(requests.exceptions.RequestException):
        get(sandbox)


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        pytest.param({}, 401, "AUTHENTICATED_FAILED", id="refused"),
        pytest.param({"status": 403}, 403, "AUTHENTICATION_DENIED", id="a riddle first"),
    ],
)
def test_a_credential_is_refused_on_demand(sandbox: JiraSandbox, fault: Any, status: int, reason: str) -> None:
    sandbox.faults.add("401", **fault)
    answer = get(sandbox)
    assert (answer.status_code, answer.headers["X-Seraph-LoginReason"]) == (status, reason)


def test_the_whole_set_of_faults_can_be_replaced(sandbox: JiraSandbox) -> None:
    mine, before = Faults(), sandbox.site.faults
    sandbox.site.faults = mine
    try:
        mine.add("502-before")
        assert get(sandbox).status_code == 502
        assert sandbox.faults is mine
    finally:
        sandbox.site.faults = before


@pytest.fixture
def limited() -> Iterator[JiraSandbox]:
    """A Cloud site with tight limits."""
    limits = {"burst_per_second": {"GET": 2}, "issue_writes_per_30_s": 1, "quota_per_hour": 4}
    with JiraSandbox(seed={**SEED, "limits": limits}) as running:
        yield running


def test_a_burst_to_one_address_is_limited_within_its_second(limited: JiraSandbox) -> None:
    assert [get(limited, "/issue/OPS-1").status_code, get(limited, "/issue/OPS-3").status_code] == [200, 200]
    answer = get(limited, "/issue/OPS-1")
    assert (answer.status_code, answer.headers["RateLimit-Reason"]) == (429, "jira-burst-based")
    assert get(limited, "/myself").status_code == 200
    limited.clock.advance(timedelta(seconds=1))
    assert get(limited, "/issue/OPS-1").status_code == 200


def test_writes_to_one_issue_are_limited(limited: JiraSandbox) -> None:
    for key, status in (("OPS-1", 201), ("OPS-1", 429), ("OPS-3", 201)):
        assert get(limited, f"/issue/{key}/comment", "POST", {"body": "x"}).status_code == status
    limited.clock.advance(timedelta(seconds=30))
    answer = get(limited, "/issue/OPS-1/comment", "POST", {"body": "y"})
    assert answer.status_code == 201
    answer = get(limited, "/issue/OPS-1/comment", "POST", {"body": "z"})
    assert (answer.headers["RateLimit-Reason"], answer.headers["Retry-After"]) == ("jira-per-issue-on-write", "30")


def test_a_quota_holds_for_the_hour(limited: JiraSandbox) -> None:
    for _ in range(4):
        limited.clock.advance(timedelta(seconds=2))
        limited.act("service", "GET", "/myself")
    with pytest.raises(Refusal) as refused:
        limited.act("service", "GET", "/priority")
    assert refused.value.status == 429
    limited.clock.advance(timedelta(hours=1))
    assert get(limited).status_code == 200
