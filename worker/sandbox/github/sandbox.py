"""Start a simulated GitHub inside a test or a command, and speak to it over real HTTP."""

from __future__ import annotations

import http.client
import json
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from worker.sandbox.clock import SandboxClock
from worker.sandbox.control import build_app
from worker.sandbox.errors import SandboxError
from worker.sandbox.faults import Faults
from worker.sandbox.github.model import Hook, Issue
from worker.sandbox.github.site import ENTERPRISE, GitHubSite
from worker.sandbox.journal import Entry, Journal
from worker.sandbox.seeds import Seed
from worker.sandbox.server import Front, Server


class Refusal(SandboxError):
    """A call made with `act` was answered with an error. `status` and `body` are the answer's."""

    def __init__(self, message: str, *, status: int, body: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class GitHubSandbox:
    """A GitHub on loopback. A context manager: `with GitHubSandbox() as sandbox: …`.

    `faults` is a list of rules or a file with one, `latency_ms` delays every request; both are in force again after a
    reset. `seed` is None (the default seed), a mapping, or a file; see `worker.sandbox.github.seed`. `port` 0 takes
    a free one.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: Seed = None,
        clock: SandboxClock | None = None,
        faults: object = None,
        latency_ms: float = 0.0,
    ) -> None:
        self.site = GitHubSite(seed, clock)
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
    def api_url(self) -> str:
        """The REST base in the shape of an Enterprise Server; GraphQL is then at `/api/graphql`."""
        return self.url + ENTERPRISE

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

    def issue(self, key: str) -> Issue:
        """Return the record of `owner/repo#12`. Raises SandboxError where there is none."""
        place, _, number = key.rpartition("#")
        repo = self.site.store.repo(*place.split("/", 1)) if "/" in place else None
        found = repo.issues.get(int(number)) if repo is not None and number.isdecimal() else None
        if found is None:
            raise SandboxError(f"there is no issue {key!r}")
        return found

    def reset(self) -> None:
        """Return to the seed."""
        with self.site.lock:
            self.site.reset()

    def add_hook(self, url: str, secret: str = "", events: Sequence[str] = ("*",)) -> Hook:
        """Send webhooks to this address from now on."""
        with self.site.lock:
            return self.site.add_hook(url, secret, tuple(events))

    def drain_webhooks(self, timeout_s: float = 10.0) -> bool:
        """Wait until all webhooks are sent, and say whether that happened in time."""
        return self.site.postman.drain(timeout_s)

    def token_of(self, login: str) -> str:
        """Return a token of this account: the first in the seed, or a new one with all the account's rights."""
        with self.site.lock:
            return self.site.token_of(login)

    def act(self, login: str, method: str, path: str, payload: object = None) -> Any:
        """Do something as a person, over HTTP: `act("alice", "POST", "/repos/acme/incidents/issues", {"title": "…"})`.

        Returns the JSON answer (None where there is none). Raises Refusal for an answer of 400 and more.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Authorization": f"Bearer {self.token_of(login)}", "Content-Type": "application/json"}
            body = None if payload is None else json.dumps(payload)
            connection.request(method, ENTERPRISE + path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        is_json = "json" in (answer.getheader("content-type") or "")
        loaded = json.loads(text) if text and is_json else None
        if answer.status >= 400:
            raise Refusal(
                f"{method} {path} as {login}: {answer.status} {text.decode()}", status=answer.status, body=loaded
            )
        return loaded

    def graphql(self, login: str, query: str, **variables: object) -> Any:
        """Run a GraphQL document as a person and return its data. Raises Refusal where it has errors."""
        path = "/graphql"
        answer = self.act(login, "POST", path, {"query": query, "variables": variables})
        if answer.get("errors"):
            raise Refusal(str(answer["errors"]), status=200, body=answer)
        return answer["data"]
