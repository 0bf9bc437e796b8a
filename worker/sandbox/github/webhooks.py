"""Tell the outside what happened: signed webhooks, sent from a thread of their own, in order, without retries.

Each delivery carries `X-GitHub-Event`, `X-GitHub-Delivery` and `X-Hub-Signature-256` over the raw body, as GitHub's
do. Faults may lose, double or reorder them. Every delivery is kept, so that it can be looked at and sent again with the
same delivery id, as GitHub's redelivery does.
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
from urllib.parse import urlsplit

from worker.sandbox.clock import SandboxClock, stamp
from worker.sandbox.errors import SandboxError
from worker.sandbox.faults import Faults
from worker.sandbox.github.model import Account, Hook, Label, Milestone
from worker.sandbox.github.view_accounts import Json
from worker.sandbox.github.views import Views
from worker.sandbox.github.world import News

TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 1.0


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One webhook to one address. `status` is 0 before an answer, `error` says why there was none, and `lost` that a
    fault swallowed it."""

    id: str
    hook: int
    url: str
    secret: str
    event: str
    action: str
    body: bytes
    time: str
    status: int = 0
    error: str = ""
    attempts: int = 0
    lost: bool = False

    def as_json(self) -> Json:
        """Return the delivery, JSON-ready, without the secret."""
        return {
            "id": self.id,
            "hook": self.hook,
            "url": self.url,
            "event": self.event,
            "action": self.action,
            "time": self.time,
            "status": self.status,
            "error": self.error,
            "attempts": self.attempts,
            "lost": self.lost,
            "payload": json.loads(self.body),
        }


def payload_of(news: News, views: Views) -> Json:
    """Return the body that GitHub sends for this news."""
    payload: Json = {"action": news.action}
    data = dict(news.data)
    if news.event == "sub_issues":
        parent, child = data.pop("parent"), data.pop("child")
        payload |= {"parent_issue_id": parent.id, "parent_issue": views.issue(parent)}
        payload |= {"sub_issue_id": child.id, "sub_issue": views.issue(child)}
        if news.action.startswith("sub_issue"):
            payload["sub_issue_repo"] = views.repo(child.repo)
        else:
            payload["parent_issue_repo"] = views.repo(parent.repo)
    if news.issue is not None:
        payload["issue"] = views.issue(news.issue)
    if news.comment is not None:
        payload["comment"] = views.comment(news.comment)
    if news.label is not None:
        payload["label"] = views.label(news.label)
    new_repo = data.pop("new_repo", None)
    if new_repo is not None and news.issue is not None:
        # Here, and only here, GitHub's description has no account under `organization`.
        there = {name: value for name, value in views.repo(new_repo).items() if name != "organization"}
        payload["changes"] = {"new_issue": views.issue(data.pop("new_issue")), "new_repository": there}
    for name, value in data.items():
        payload[name] = _shown(value, views)
    payload["repository"] = views.repo(news.repo)
    if news.repo.owner.type == "Organization":
        org = views.organization(news.repo.owner)
        names = ("login", "id", "node_id", "url", "repos_url", "events_url", "hooks_url", "issues_url", "members_url")
        payload["organization"] = {
            name: org[name] for name in (*names, "public_members_url", "avatar_url", "description")
        }
    payload["sender"] = views.user(news.actor.who)
    return payload


def _shown(value: object, views: Views) -> object:
    match value:
        case Account():
            return views.user(value)
        case Label():
            return views.label(value)
        case Milestone():
            return views.milestone(value)
        case _:
            return value


def signature(secret: str, body: bytes) -> str:
    """Return the value of `X-Hub-Signature-256`."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Postman:
    """Sends deliveries, one after the other. Its thread starts with the first one and ends with `stop`."""

    def __init__(self, clock: SandboxClock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._changed = threading.Condition()
        self._queue: deque[Delivery] = deque()
        self._held: list[Delivery] = []
        self._busy = False
        self._stopped = False
        self._thread: threading.Thread | None = None
        self.deliveries: list[Delivery] = []

    def post(self, news: News, hooks: list[Hook], views: Views) -> None:
        """Put the news into the queue, for each hook that wants it."""
        wanting = [
            hook for hook in hooks if hook.active and hook.repo in {None, news.repo} and hook.events & {"*", news.event}
        ]
        if not wanting:
            return
        body = json.dumps(payload_of(news, views), ensure_ascii=False, separators=(",", ":")).encode()
        for hook in wanting:
            delivery = Delivery(
                id=str(uuid.uuid4()),
                hook=hook.id,
                url=hook.url,
                secret=hook.secret,
                event=news.event,
                action=news.action,
                body=body,
                time=stamp(self._clock.now()),
            )
            self.deliveries.append(delivery)
            self._enqueue(delivery, self._faults.for_webhook(f"{news.event}.{news.action}"))

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
                self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def redeliver(self, delivery_id: str) -> Delivery:
        """Send a former delivery again. Raises SandboxError where there is none of that id."""
        found = next((delivery for delivery in self.deliveries if delivery.id == delivery_id), None)
        if found is None:
            raise SandboxError(f"there is no delivery {delivery_id!r}")
        self._enqueue(found, "")
        return found

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
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._queue) or self._stopped)
                if self._stopped:
                    return
                delivery = self._queue.popleft()
                self._busy = True
            _send(delivery)


def _send(delivery: Delivery) -> None:
    """Send one delivery and note what came of it; an address that does not answer is a note, not an error."""
    parts = urlsplit(delivery.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/5a4db0c",
        "Accept": "*/*",
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Delivery": delivery.id,
        "X-GitHub-Hook-ID": str(delivery.hook),
        "X-GitHub-Hook-Installation-Target-Type": "repository",
    }
    if delivery.secret:
        headers["X-Hub-Signature-256"] = signature(delivery.secret, delivery.body)
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
