"""Tell the outside what happened: signed admin webhooks, sent from a thread of their own, tried again on failure.

A delivery keeps its `X-Atlassian-Webhook-Identifier` through all its tries; `X-Atlassian-Webhook-Retry` counts them.
Faults may lose, double or reorder deliveries: as at Jira's, no order is promised between them. Jira waits minutes
between tries; here it is a moment of the machine's clock, and there are five tries at most.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import uuid
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from worker.sandbox.clock import SandboxClock, stamp
from worker.sandbox.faults import Faults
from worker.sandbox.jira.model import Hook
from worker.sandbox.jira.views import Views, milliseconds
from worker.sandbox.jira.world import News

TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 1.0
TRIES = 5
FIRST_WAIT_S = 0.02
WORTH_ANOTHER = frozenset({0, 408, 409, 425, 429})
IN_COMMENT_NEWS = ("summary", "issuetype", "project", "assignee", "priority", "status")


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One webhook to one address. `status` is 0 before an answer, `error` says why there was none, and `lost` that a
    fault swallowed it."""

    id: str
    hook: int
    url: str
    secret: str
    event: str
    body: bytes
    time: str
    status: int = 0
    error: str = ""
    attempts: int = 0
    lost: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the delivery, JSON-ready, without the secret."""
        return {
            "id": self.id,
            "hook": self.hook,
            "url": self.url,
            "event": self.event,
            "time": self.time,
            "status": self.status,
            "error": self.error,
            "attempts": self.attempts,
            "lost": self.lost,
            "payload": json.loads(self.body),
        }


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


def signature(secret: str, body: bytes) -> str:
    """Return the value of `X-Hub-Signature`."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Postman:
    """Sends deliveries, one after the other. Its thread starts with the first one and ends with `stop`."""

    def __init__(self, clock: SandboxClock, faults: Faults) -> None:
        self._clock = clock
        self.faults = faults
        self._changed = threading.Condition()
        self._queue: deque[Delivery] = deque()
        self._held: list[Delivery] = []
        self._busy = False
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.deliveries: list[Delivery] = []

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
            self.deliveries.append(delivery)
            self._enqueue(delivery, self.faults.for_webhook(news.event))

    def _enqueue(self, delivery: Delivery, fault: str) -> None:
        with self._changed:
            match fault:
                case "webhook-drop":
                    delivery.lost = True
                    return
                case "webhook-reorder":
                    self._held.append(delivery)
                    return
                case "webhook-double":
                    self._queue += [delivery, delivery]
                case _:
                    self._queue.append(delivery)
            self._queue += self._held
            self._held.clear()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sandbox-jira-webhooks", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drain(self, timeout_s: float = TIMEOUT_S) -> bool:
        """Send what a reordering still holds back, wait until all is sent, and say whether that happened in time."""
        with self._changed:
            held, self._held = self._held, []
        for delivery in held:
            self._enqueue(delivery, "")
        with self._changed:
            return self._changed.wait_for(lambda: not self._queue and not self._busy, timeout_s)

    def clear(self) -> None:
        """Forget all deliveries, sent or not."""
        with self._changed:
            self._queue.clear()
            self._held.clear()
            self.deliveries.clear()

    def stop(self) -> None:
        """End the thread; what is not sent stays unsent, and an address that does not answer is not waited for."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._queue) or self._stopped.is_set())
                if self._stopped.is_set():
                    return
                delivery = self._queue.popleft()
                self._busy = True
            self._deliver(delivery)

    def _deliver(self, delivery: Delivery) -> None:
        for attempt in range(TRIES):
            _send(delivery, attempt)
            if delivery.status not in WORTH_ANOTHER and delivery.status < 500:
                return
            if self._stopped.wait(FIRST_WAIT_S * 2**attempt):
                return


def _send(delivery: Delivery, attempt: int) -> None:
    """Send one delivery and note what came of it; an address that does not answer is a note, not an error."""
    parts = urlsplit(delivery.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "User-Agent": "Atlassian Webhook HTTP Client",
        "X-Atlassian-Webhook-Identifier": delivery.id,
        "X-Atlassian-Webhook-Flow": "Primary",
        "X-Atlassian-Webhook-Retry": str(attempt),
    }
    if delivery.secret:
        headers["X-Hub-Signature"] = signature(delivery.secret, delivery.body)
    delivery.attempts += 1
    try:
        connection = kind(parts.netloc, timeout=TIMEOUT_S)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, delivery.body, headers)
            delivery.status, delivery.error = connection.getresponse().status, ""
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        delivery.status, delivery.error = 0, f"{type(error).__name__}: {error}"
