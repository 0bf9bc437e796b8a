"""A simulated tracker that runs: what the GitHub and the Jira of the sandbox have in common for whoever starts them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from worker.sandbox.clock import SandboxClock
from worker.sandbox.control import build_app
from worker.sandbox.errors import SandboxError
from worker.sandbox.faults import Faults
from worker.sandbox.journal import Entry, Journal
from worker.sandbox.outbox import Outbox
from worker.sandbox.server import Front, Server, Site


class Refusal(SandboxError):
    """A call made with `act` was answered with an error. `status` and `body` are the answer's."""

    def __init__(self, message: str, *, status: int, body: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class TellingSite(Site, Protocol):
    """A site with people's tokens and webhooks."""

    @property
    def postman(self) -> Outbox[Any]: ...

    def token_of(self, login: str) -> str: ...


S = TypeVar("S", bound=TellingSite)


class Running(Generic[S]):
    """A site on loopback. A context manager."""

    def __init__(self, site: S, *, port: int, faults: object, latency_ms: float) -> None:
        self.site = site
        self.site.faults.begin_with(faults, latency_ms=latency_ms)
        self._front = Front(self.site)
        self._server = Server(build_app(self._front), self._front, port=port)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def clock(self) -> SandboxClock:
        """The clock that everything follows."""
        return self.site.clock

    @property
    def faults(self) -> Faults:
        """What goes wrong; `faults.add("502-after", method="POST")` adds a rule."""
        return self.site.faults

    @property
    def journal(self) -> Journal:
        """Every request so far."""
        return self.site.journal

    def start(self) -> Self:
        """Accept connections."""
        self._server.start()
        return self

    def stop(self) -> None:
        """End the server and the webhook thread."""
        self._server.stop()
        self.site.postman.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def state(self) -> dict[str, Any]:
        """Return what `GET /_sandbox/state` returns."""
        with self.site.lock:
            return self.site.state()

    def requests(self, after: int = 0) -> tuple[Entry, ...]:
        """Return the requests with a number above `after`."""
        return self.journal.entries(after)

    def writes(self, user: str = "", after: int = 0) -> tuple[Entry, ...]:
        """Return the requests that changed something, of one login where it is given."""
        return tuple(e for e in self.requests(after) if e.write and e.committed and user in {"", e.user})

    def reset(self) -> None:
        """Return to the seed."""
        with self.site.lock:
            self.site.reset()

    def drain_webhooks(self, timeout_s: float = 10.0) -> bool:
        """Wait until all webhooks are sent, and say whether that happened in time."""
        return self.site.postman.drain(timeout_s)

    def token_of(self, login: str) -> str:
        """Return a token of this account that may write: the first in the seed, or a new one."""
        with self.site.lock:
            return self.site.token_of(login)

    def _ask(self, login: str, method: str, path: str, payload: object, headers: Mapping[str, str]) -> Any:
        """Make one request over HTTP, and return the JSON answer (None where there is none). Raises Refusal for an
        answer of 400 and more."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            body = None if payload is None else json.dumps(payload)
            connection.request(method, path, body, {**headers, "Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        is_json = "json" in (answer.getheader("content-type") or "")
        loaded = json.loads(text) if text and is_json else None
        if answer.status >= 400:
            message = f"{method} {path} as {login}: {answer.status} {text.decode()}"
            raise Refusal(message, status=answer.status, body=loaded)
        return loaded
