"""Do webhooks leave signed, in order, and fail as the faults say?"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from worker.sandbox.github import GitHubSandbox

SECRET = "a secret"
COMMENTS = "/repos/acme/incidents/issues/1/comments"


class Inbox:
    """What arrived: headers and raw bodies, in order."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []

    @property
    def kinds(self) -> list[str]:
        return [f"{h['x-github-event']}.{json.loads(body)['action']}" for h, body in self.received]

    @property
    def ids(self) -> list[str]:
        return [headers["x-github-delivery"] for headers, _ in self.received]


@pytest.fixture
def inbox(sandbox: GitHubSandbox) -> Iterator[Inbox]:
    """A real server that takes the sandbox's webhooks."""
    box = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            box.received.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(202)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's signature
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    sandbox.add_hook(f"http://127.0.0.1:{server.server_port}/hooks/github?site=one", SECRET)
    yield box
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_webhook_is_signed_over_its_raw_body(sandbox: GitHubSandbox, inbox: Inbox) -> None:
    sandbox.act("alice", "POST", COMMENTS, {"body": "Grüße, مريم"})
    assert sandbox.drain_webhooks()

    headers, body = inbox.received[0]
    wanted = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == wanted
    payload = json.loads(body)
    assert (payload["action"], payload["comment"]["body"]) == ("created", "Grüße, مريم")
    assert payload["repository"]["full_name"] == "acme/incidents"
    assert payload["sender"]["login"] == "alice"
    assert [d.status for d in sandbox.site.postman.deliveries] == [202]


def test_one_create_tells_all_that_it_did_in_order(sandbox: GitHubSandbox, inbox: Inbox) -> None:
    new = {"title": "New", "labels": ["postmortem"], "assignees": ["bob"]}
    sandbox.act("alice", "POST", "/repos/acme/incidents/issues", new)
    sandbox.drain_webhooks()

    assert inbox.kinds == ["issues.opened", "issues.labeled", "issues.assigned"]
    opened = json.loads(inbox.received[0][1])
    assert [label["name"] for label in opened["issue"]["labels"]] == ["postmortem"]


def test_a_link_is_told_from_both_sides(sandbox: GitHubSandbox, inbox: Inbox) -> None:
    child = sandbox.issue("acme/incidents#2").id
    sandbox.act("alice", "POST", "/repos/acme/incidents/issues/1/sub_issues", {"sub_issue_id": child})
    sandbox.drain_webhooks()
    assert inbox.kinds == ["sub_issues.sub_issue_added", "sub_issues.parent_issue_added"]


def test_a_transfer_is_told_with_the_old_address(sandbox: GitHubSandbox, inbox: Inbox) -> None:
    target = sandbox.site.store.repos["acme/payments"].node_id
    issue = sandbox.issue("acme/incidents#2").node_id
    move = "mutation($i: ID!, $r: ID!) { transferIssue(input: {issueId: $i, repositoryId: $r}) { issue { number } } }"
    sandbox.graphql("alice", move, i=issue, r=target)
    sandbox.drain_webhooks()
    told = json.loads(inbox.received[-1][1])
    assert (told["action"], told["issue"]["number"]) == ("transferred", 2)
    assert told["issue"]["url"].endswith("/repos/acme/incidents/issues/2")
    assert told["changes"]["new_issue"]["url"].endswith("/repos/acme/payments/issues/1")


def test_a_lost_webhook_is_kept_and_can_be_sent_again(sandbox: GitHubSandbox, inbox: Inbox) -> None:
    sandbox.faults.add("webhook-drop", event=r"^issue_comment\.")
    sandbox.act("alice", "POST", COMMENTS, {"body": "lost"})
    sandbox.drain_webhooks()
    assert inbox.received == []

    lost = httpx.get(f"{sandbox.url}/_sandbox/deliveries").json()[0]
    assert (lost["lost"], lost["attempts"]) == (True, 0)
    httpx.post(f"{sandbox.url}/_sandbox/redeliver", json={"id": lost["id"]})
    sandbox.drain_webhooks()
    assert inbox.ids == [lost["id"]]


def test_a_doubled_webhook_comes_twice_with_one_id(sandbox: GitHubSandbox, inbox: Inbox) -> None:
    sandbox.faults.add("webhook-double")
    sandbox.act("alice", "POST", COMMENTS, {"body": "twice"})
    sandbox.drain_webhooks()
    assert len(inbox.ids) == 2
    assert len(set(inbox.ids)) == 1


def test_a_reordered_webhook_comes_after_the_next_one(sandbox: GitHubSandbox, inbox: Inbox) -> None:
    sandbox.faults.add("webhook-reorder", event="created")
    made = sandbox.act("alice", "POST", COMMENTS, {"body": "one"})
    sandbox.act("alice", "DELETE", f"/repos/acme/incidents/issues/comments/{made['id']}")
    sandbox.drain_webhooks()
    assert inbox.kinds == ["issue_comment.deleted", "issue_comment.created"]


def test_a_change_that_was_refused_tells_nothing(sandbox: GitHubSandbox, inbox: Inbox) -> None:
    sandbox.faults.add("502-before")
    for body in ({"body": "x"}, {"body": ""}):
        with pytest.raises(Exception, match=r"502|422"):
            sandbox.act("alice", "POST", COMMENTS, body)
    sandbox.drain_webhooks()
    assert inbox.received == []


def test_a_hook_hears_only_the_events_it_asked_for(sandbox: GitHubSandbox, inbox: Inbox) -> None:
    hook = next(iter(sandbox.site.store.hooks.values()))
    hook.events = frozenset({"issues"})
    sandbox.act("alice", "POST", COMMENTS, {"body": "x"})
    sandbox.act("alice", "POST", "/repos/acme/incidents/issues/1/labels", ["postmortem"])
    sandbox.drain_webhooks()
    assert inbox.kinds == ["issues.labeled"]
