"""A real server on loopback for each test that asks for one."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from worker.web.app import WebConfig, make_app
from worker.web.server import WebServer

SECRET = "a long secret"
OLD_SECRET = "the secret before"
Mark = tuple[str, str, str | None, frozenset[str] | None, str]


def sign(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass
class Service:
    """What a test holds of the running application: its address, what it marked, and two switches."""

    url: str
    server: WebServer
    client: httpx.Client
    marks: list[Mark] = field(default_factory=list)
    failing: BaseException | None = None
    reasons: Sequence[str] = ()
    before_mark: Callable[[], object] | None = None

    def touch(self, site: str, container: str, locator: str | None, labels: frozenset[str] | None, action: str) -> None:
        if self.before_mark is not None:
            self.before_mark()
        if self.failing is not None:
            raise self.failing
        self.marks.append((site, container, locator, labels, action))

    def ready(self) -> Sequence[str]:
        if self.failing is not None:
            raise self.failing
        return self.reasons

    def deliver(
        self,
        payload: Mapping[str, Any] | bytes,
        event: str = "issues",
        *,
        site: str = "github",
        secret: str = SECRET,
        **headers: str,
    ) -> httpx.Response:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        all_headers = {
            "content-type": "application/json",
            "x-github-event": event,
            "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "x-hub-signature-256": sign(body, secret),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.client.post(f"{self.url}/webhooks/{site}", content=body, headers=all_headers)

    def deliver_from_jira(
        self, payload: Mapping[str, Any] | bytes, *, site: str = "jira", secret: str = SECRET, **headers: str
    ) -> httpx.Response:
        """A delivery as Jira's admin webhooks send it."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        all_headers = {
            "content-type": "application/json; charset=UTF-8",
            "x-atlassian-webhook-identifier": "6f2a1c1e-1f2b-4c9d-8e55-0a1b2c3d4e5f",
            "x-hub-signature": sign(body, secret),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.client.post(f"{self.url}/webhooks/{site}", content=body, headers=all_headers)

    def count(self, outcome: str) -> float:
        """Deliveries with this outcome, as /metrics tells."""
        lines = self.client.get(f"{self.url}/metrics").text.splitlines()
        found = [line for line in lines if line.startswith("followthrough_webhooks_total") and f'"{outcome}"' in line]
        return sum(float(line.rpartition(" ")[2]) for line in found)


Start = Callable[..., AbstractContextManager[Service]]

CONFIG = WebConfig(
    secrets={
        "github": (SECRET, OLD_SECRET),
        "ghe": ("another secret",),
        "unset": ("",),
        "jira": (SECRET, OLD_SECRET),
        "unset-jira": (),
    },
    kinds={"jira": "jira", "unset-jira": "jira"},
    max_body_bytes=200_000,
    body_timeout_s=0.5,
    touch_timeout_s=0.5,
    ready_timeout_s=0.5,
)


@contextmanager
def started(*, header_timeout_s: float = 5.0, graceful_stop_s: float = 3.0, **changes: Any) -> Iterator[Service]:
    service = Service.__new__(Service)
    app = make_app(replace(CONFIG, **changes), lambda *a: service.touch(*a), lambda: service.ready())
    server = WebServer(app, port=0, header_timeout_s=header_timeout_s, graceful_stop_s=graceful_stop_s)
    with httpx.Client(timeout=10) as client:
        service.__init__(server.url, server, client)  # type: ignore[misc]  # the app and the service know each other
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            assert server.started.wait(10)
            yield service
        finally:
            server.stop()
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def start() -> Start:
    return started


@pytest.fixture
def service() -> Iterator[Service]:
    with started() as running:
        yield running
