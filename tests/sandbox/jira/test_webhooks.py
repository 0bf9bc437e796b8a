"""Webhooks: signed, told of every change, tried again, and lost, doubled or reordered on demand."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.sandbox.jira.conftest import create
from worker.sandbox.jira import JiraSandbox

SECRET = "s3cret"  # opens nothing


class Ear:
    """An address that hears webhooks and answers as it is told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                ear.heard.append((dict(self.headers), body))
                self.send_response(ear.answers.pop(0) if ear.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/jira"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def news(self) -> list[Any]:
        return [json.loads(body) for _, body in self.heard]

    @property
    def events(self) -> list[str]:
        return [news["webhookEvent"] for news in self.news]


@pytest.fixture
def ear(sandbox: JiraSandbox) -> Iterator[Ear]:
    """An ear to which the sandbox speaks."""
    made = Ear()
    sandbox.add_hook(made.url, SECRET)
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_each_change_is_told_and_signed(sandbox: JiraSandbox, ear: Ear) -> None:
    key = create(sandbox)
    sandbox.act("alice", "PUT", f"/issue/{key}", {"fields": {"summary": "Other", "labels": ["x"]}})
    made = sandbox.act("alice", "POST", f"/issue/{key}/comment", {"body": "Hi"})
    sandbox.act("alice", "PUT", f"/issue/{key}/comment/{made['id']}", {"body": "Ho"})
    sandbox.act("alice", "DELETE", f"/issue/{key}/comment/{made['id']}")
    sandbox.act("lena", "DELETE", f"/issue/{key}")
    assert sandbox.drain_webhooks()
    assert ear.events == [
        "jira:issue_created",
        "jira:issue_updated",
        "comment_created",
        "comment_updated",
        "comment_deleted",
        "jira:issue_deleted",
    ]
    for headers, body in ear.heard:
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert headers["X-Hub-Signature"] == f"sha256={digest}"
    assert len({headers["X-Atlassian-Webhook-Identifier"] for headers, _ in ear.heard}) == 6
    updated = ear.news[1]
    assert (updated["issue"]["key"], updated["user"]["displayName"]) == (key, "Alice Moreau")
    assert {item["field"] for item in updated["changelog"]["items"]} == {"summary", "labels"}
    assert updated["issue"]["fields"]["project"]["key"] == "OPS"
    assert ear.news[2]["comment"]["body"] == "Hi"
    assert updated["timestamp"] == 1793696400000


def test_a_property_is_not_told(sandbox: JiraSandbox, ear: Ear) -> None:
    sandbox.act("service", "PUT", "/issue/OPS-1/properties/a", {"b": 1})
    assert sandbox.drain_webhooks()
    assert ear.heard == []


def test_a_failed_delivery_is_tried_again_with_the_same_identifier(sandbox: JiraSandbox, ear: Ear) -> None:
    ear.answers = [503, 429, 200]
    create(sandbox)
    assert sandbox.drain_webhooks()
    assert [headers["X-Atlassian-Webhook-Retry"] for headers, _ in ear.heard] == ["0", "1", "2"]
    assert len({headers["X-Atlassian-Webhook-Identifier"] for headers, _ in ear.heard}) == 1
    assert [d.attempts for d in sandbox.site.postman.deliveries] == [3]


def test_a_refused_delivery_is_not_tried_again(sandbox: JiraSandbox, ear: Ear) -> None:
    ear.answers = [401]
    create(sandbox)
    assert sandbox.drain_webhooks()
    assert len(ear.heard) == 1


@pytest.mark.parametrize(
    ("fault", "order"),
    [
        pytest.param("webhook-drop", ["b"], id="lost"),
        pytest.param("webhook-double", ["a", "a", "b"], id="doubled"),
        pytest.param("webhook-reorder", ["b", "a"], id="reordered"),
    ],
)
def test_webhooks_go_wrong_on_demand(sandbox: JiraSandbox, ear: Ear, fault: str, order: list[str]) -> None:
    sandbox.faults.add(fault, event="comment_created")
    for body in ("a", "b"):
        sandbox.act("alice", "POST", "/issue/OPS-1/comment", {"body": body})
    assert sandbox.drain_webhooks()
    assert [news["comment"]["body"] for news in ear.news] == order


def test_a_hook_hears_only_what_it_asked_for(sandbox: JiraSandbox) -> None:
    some = Ear()
    sandbox.add_hook(some.url, SECRET, ["comment_created"])
    create(sandbox)
    sandbox.act("alice", "POST", "/issue/OPS-1/comment", {"body": "a"})
    assert sandbox.drain_webhooks()
    some.server.shutdown()
    some.server.server_close()
    assert some.events == ["comment_created"]
