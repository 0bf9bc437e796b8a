"""Tell the outside what happened: signed admin webhooks, sent from a thread of their own, tried again on failure.

A delivery keeps its `X-Atlassian-Webhook-Identifier` through all its tries; `X-Atlassian-Webhook-Retry` counts them.
Faults may lose, double or reorder deliveries: as at Jira's, no order is promised between them. Jira waits minutes
between tries; here it is a moment of the machine's clock, and there are five tries at most.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from worker.sandbox.clock import SandboxClock, stamp
from worker.sandbox.faults import Faults
from worker.sandbox.jira.model import Hook
from worker.sandbox.jira.views import Views, milliseconds
from worker.sandbox.jira.world import News
from worker.sandbox.outbox import Delivery, Outbox, send, signature

TRIES = 5
FIRST_WAIT_S = 0.02
WORTH_ANOTHER = frozenset({0, 408, 409, 425, 429})
IN_COMMENT_NEWS = ("summary", "issuetype", "project", "assignee", "priority", "status")


def payload_of(news: News, views: Views, at_ms: int) -> dict[str, Any]:
    """Return the body that Jira sends for this news; texts in it are wiki text on both faces."""
    payload: dict[str, Any] = {"timestamp": at_ms, "webhookEvent": news.event}
    if news.comment is not None:
        issue = views.issue(news.issue, IN_COMMENT_NEWS)
        del issue["expand"]
        return payload | {"comment": views.comment(news.comment), "issue": issue}
    payload["issue_event_type_name"] = news.kind
    payload |= {"user": views.user(news.actor), "issue": views.issue(news.issue, ("*all", "-comment"))}
    if news.change is not None:
        payload["changelog"] = {"id": str(news.change.id), "items": list(news.change.items)}
    return payload


class Postman(Outbox[Delivery]):
    """Sends deliveries, one after the other, each until it is taken."""

    def __init__(self, clock: SandboxClock, faults: Faults) -> None:
        super().__init__("sandbox-jira-webhooks", self._deliver)
        self._clock = clock
        self.faults = faults

    def post(self, news: News, hooks: list[Hook], views: Views) -> None:
        """Put the news into the queue, for each hook that wants it."""
        wanting = [hook for hook in hooks if hook.events & {"*", news.event}]
        if not wanting:
            return
        now = self._clock.now()
        payload = payload_of(news, views, milliseconds(now))
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        for hook in wanting:
            delivery = Delivery(
                id=str(uuid.uuid4()),
                hook=hook.id,
                url=hook.url,
                secret=hook.secret,
                event=news.event,
                body=body,
                time=stamp(now),
            )
            self.put(delivery, self.faults.for_webhook(news.event))

    def _deliver(self, delivery: Delivery) -> None:
        for attempt in range(TRIES):
            _send(delivery, attempt)
            if delivery.status not in WORTH_ANOTHER and delivery.status < 500:
                return
            if self.stopped.wait(FIRST_WAIT_S * 2**attempt):
                return


def _send(delivery: Delivery, attempt: int) -> None:
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "User-Agent": "Atlassian Webhook HTTP Client",
        "X-Atlassian-Webhook-Identifier": delivery.id,
        "X-Atlassian-Webhook-Flow": "Primary",
        "X-Atlassian-Webhook-Retry": str(attempt),
    }
    if delivery.secret:
        headers["X-Hub-Signature"] = signature(delivery.secret, delivery.body)
    send(delivery, headers)
