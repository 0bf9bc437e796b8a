"""Comments, entity properties, and links to elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.jira.conftest import create
from worker.sandbox.jira import JiraSandbox, Refusal


def status_of(sandbox: JiraSandbox, login: str, method: str, path: str, payload: Any = None) -> int:
    """What a call is answered with: 0 where it went well."""
    try:
        sandbox.act(login, method, path, payload)
    except Refusal as refused:
        return refused.status
    return 0


def test_comments_come_in_pages_in_the_order_asked_for(sandbox: JiraSandbox) -> None:
    for n in range(5):
        sandbox.clock.advance(timedelta(minutes=1))
        sandbox.act("alice", "POST", "/issue/OPS-1/comment", {"body": f"No. {n}"})
    page = sandbox.act("service", "GET", "/issue/OPS-1/comment?startAt=1&maxResults=2")
    assert [c["body"] for c in page["comments"]] == ["No. 1", "No. 2"]
    assert (page["startAt"], page["maxResults"], page["total"]) == (1, 2, 5)
    last = sandbox.act("service", "GET", "/issue/OPS-1/comment?orderBy=-created&maxResults=1")
    assert [c["body"] for c in last["comments"]] == ["No. 4"]


def test_a_comment_says_who_wrote_and_who_edited_it(sandbox: JiraSandbox) -> None:
    made = sandbox.act("alice", "POST", "/issue/OPS-1/comment", {"body": "First"})
    sandbox.clock.advance(timedelta(minutes=1))
    edited = sandbox.act("lena", "PUT", f"/issue/OPS-1/comment/{made['id']}", {"body": "Second"})
    assert (edited["author"]["displayName"], edited["updateAuthor"]["displayName"]) == ("Alice Moreau", "Lena Vogt")
    assert edited["created"] != edited["updated"]


def test_comments_of_others_are_left_alone(sandbox: JiraSandbox) -> None:
    made = sandbox.act("alice", "POST", "/issue/OPS-1/comment", {"body": "First"})
    for method, payload in (("PUT", {"body": "x"}), ("DELETE", None)):
        assert status_of(sandbox, "bob", method, f"/issue/OPS-1/comment/{made['id']}", payload) in {400, 403}
    assert sandbox.issue("OPS-1").comments[0].body.wiki == "First"


def test_a_comment_for_a_role_is_seen_by_it_alone(sandbox: JiraSandbox) -> None:
    payload = {"body": "Quiet", "visibility": {"type": "role", "value": "admin"}}
    made = sandbox.act("lena", "POST", "/issue/OPS-1/comment", payload)
    assert made["visibility"] == {"type": "role", "value": "admin"}
    assert sandbox.act("service", "GET", "/issue/OPS-1/comment")["total"] == 0
    assert sandbox.act("service", "GET", "/issue/OPS-1?fields=comment")["fields"]["comment"]["total"] == 0
    assert status_of(sandbox, "service", "GET", f"/issue/OPS-1/comment/{made['id']}") == 404
    assert sandbox.act("lena", "GET", "/issue/OPS-1/comment")["total"] == 1


@pytest.mark.parametrize("body", ["", "   ", "x" * 32768], ids=["empty", "blank", "too long"])
def test_a_comment_is_refused(sandbox: JiraSandbox, body: str) -> None:
    assert status_of(sandbox, "alice", "POST", "/issue/OPS-1/comment", {"body": body}) == 400
    assert sandbox.issue("OPS-1").comments == []


def test_a_comment_counts_as_an_update_and_a_property_does_not(sandbox: JiraSandbox) -> None:
    sandbox.clock.advance(timedelta(minutes=1))
    sandbox.act("service", "PUT", "/issue/OPS-1/properties/a", {"b": 1})
    assert sandbox.state()["issues"]["OPS-1"]["updated"] == "2026-11-01T10:00:00Z"
    sandbox.act("alice", "POST", "/issue/OPS-1/comment", {"body": "x"})
    assert sandbox.state()["issues"]["OPS-1"]["updated"] == "2026-11-03T09:01:00Z"


def test_a_property_is_new_then_renewed_then_gone(sandbox: JiraSandbox) -> None:
    path = "/issue/OPS-1/properties/followthrough.a%2Fb"
    for value in ({"n": 1}, {"n": 2}):
        sandbox.act("service", "PUT", path, value)
    assert [e.status for e in sandbox.writes()] == [201, 200]
    assert sandbox.act("service", "GET", path) == {"key": "followthrough.a/b", "value": {"n": 2}}
    asked = sandbox.act("service", "GET", "/issue/OPS-1?fields=summary&properties=followthrough.a/b,none")
    assert asked["properties"] == {"followthrough.a/b": {"n": 2}}
    sandbox.act("service", "DELETE", path)
    assert sandbox.act("service", "GET", "/issue/OPS-1/properties") == {"keys": []}
    assert status_of(sandbox, "service", "GET", path) == 404


@pytest.mark.parametrize(
    ("length", "status"),
    [pytest.param(32768 - 2, 0, id="just fits"), pytest.param(32768 - 1, 400, id="one too many")],
)
def test_a_property_has_32768_characters(sandbox: JiraSandbox, length: int, status: int) -> None:
    assert status_of(sandbox, "service", "PUT", "/issue/OPS-1/properties/a", "x" * length) == status


def test_properties_need_the_right_to_edit(sandbox: JiraSandbox) -> None:
    key = create(sandbox, project="PAY")
    assert status_of(sandbox, "buyer", "PUT", f"/issue/{key}/properties/a", {}) == 403


def test_a_link_to_elsewhere_is_renewed_by_its_global_id(sandbox: JiraSandbox) -> None:
    for title in ("One", "Two"):
        link = {"globalId": "followthrough:x", "object": {"url": "https://example.org/1", "title": title}}
        sandbox.act("service", "POST", "/issue/OPS-1/remotelink", link)
    assert [e.status for e in sandbox.writes()] == [201, 200]
    (there,) = sandbox.act("service", "GET", "/issue/OPS-1/remotelink")
    assert (there["globalId"], there["object"]["title"]) == ("followthrough:x", "Two")
    assert sandbox.act("service", "GET", "/issue/OPS-1/remotelink?globalId=followthrough:x")["id"] == there["id"]
    assert status_of(sandbox, "service", "POST", "/issue/OPS-1/remotelink", {"object": {"url": "x"}}) == 400
    sandbox.act("service", "DELETE", "/issue/OPS-1/remotelink?globalId=followthrough:x")
    assert sandbox.issue("OPS-1").remote_links == []


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        pytest.param(
            {"type": {"name": "Nope"}, "inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "OPS-3"}},
            404,
            id="type",
        ),
        pytest.param(
            {"type": {"name": "Relates"}, "inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "SEC-1"}},
            0,
            id="unseen",
        ),
        pytest.param(
            {"type": {"name": "Relates"}, "inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "OPS-1"}},
            400,
            id="itself",
        ),
    ],
)
def test_a_link_is_refused(sandbox: JiraSandbox, payload: Any, status: int) -> None:
    hidden = 404 if sandbox.face == "cloud" else 403
    assert status_of(sandbox, "service", "POST", "/issueLink", payload) == (status or hidden)


def test_linking_twice_makes_one_link(sandbox: JiraSandbox) -> None:
    payload = {"type": {"name": "Relates"}, "inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "OPS-3"}}
    for _ in range(2):
        sandbox.act("service", "POST", "/issueLink", payload)
    assert len(sandbox.issue("OPS-1").links) == 1
    assert [e.committed for e in sandbox.requests()] == [True, False]
