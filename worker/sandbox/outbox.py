"""Webhooks on their way out: one queue and one thread a site, whatever the tracker puts into them.

Faults may lose, double or reorder them. Every delivery is kept, so that it can be looked at.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

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
    body: bytes
    time: str
    status: int = 0
    error: str = ""
    attempts: int = 0
    lost: bool = False


D = TypeVar("D", bound=Delivery)


class Outbox(Generic[D]):
    """Sends deliveries, one after the other. Its thread starts with the first one and ends with `stop`.

    `send` sends one; it may look at `stopped` between two tries."""

    def __init__(self, name: str, send: Callable[[D], None]) -> None:
        self._name = name
        self._send = send
        self._changed = threading.Condition()
        self._queue: deque[D] = deque()
        self._held: list[D] = []
        self._busy = False
        self._thread: threading.Thread | None = None
        self.stopped = threading.Event()
        self.deliveries: list[D] = []

    def put(self, delivery: D, fault: str) -> None:
        """Keep a new delivery, and send it as the fault ("" for none) lets it."""
        self.deliveries.append(delivery)
        self.enqueue(delivery, fault)

    def enqueue(self, delivery: D, fault: str = "") -> None:
        """Send a delivery that is kept already."""
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
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def drain(self, timeout_s: float = TIMEOUT_S) -> bool:
        """Send what a reordering still holds back, wait until all is sent, and say whether that happened in time."""
        with self._changed:
            held, self._held = self._held, []
        for delivery in held:
            self.enqueue(delivery)
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
        self.stopped.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._queue) or self.stopped.is_set())
                if self.stopped.is_set():
                    return
                delivery = self._queue.popleft()
                self._busy = True
            self._send(delivery)


def signature(secret: str, body: bytes) -> str:
    """The HMAC that both trackers put over the raw body: `sha256=…`."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def send(delivery: Delivery, headers: Mapping[str, str]) -> None:
    """Send one delivery once and note what came of it; an address that does not answer is a note, not an error."""
    parts = urlsplit(delivery.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    delivery.attempts += 1
    try:
        connection = kind(parts.netloc, timeout=TIMEOUT_S)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, delivery.body, dict(headers))
            delivery.status, delivery.error = connection.getresponse().status, ""
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        delivery.status, delivery.error = 0, f"{type(error).__name__}: {error}"


def shown(delivery: Delivery, payload: Any, **more: str) -> dict[str, Any]:
    """The delivery, JSON-ready, without the secret."""
    return {
        "id": delivery.id,
        "hook": delivery.hook,
        "url": delivery.url,
        "event": delivery.event,
        **more,
        "time": delivery.time,
        "status": delivery.status,
        "error": delivery.error,
        "attempts": delivery.attempts,
        "lost": delivery.lost,
        "payload": payload,
    }
