"""Start a simulated Jira inside a test or a command, and speak to it over real HTTP."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from worker.sandbox.clock import SandboxClock
from worker.sandbox.control import build_app
from worker.sandbox.errors import SandboxError
from worker.sandbox.faults import Faults
from worker.sandbox.jira.model import Hook, Issue
from worker.sandbox.jira.site import JiraSite
from worker.sandbox.journal import Entry, Journal
from worker.sandbox.seeds import Seed
from worker.sandbox.server import Front, Server

WIKI = "/rest/api/2"
"""What `act` speaks: the version whose texts are plain wiki text on both faces."""


class Refusal(SandboxError):
    """A call made with `act` was answered with an error. `status` and `body` are the answer's."""

    def __init__(self, message: str, *, status: int, body: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class JiraSandbox:
    """A Jira on loopback. A context manager: `with JiraSandbox(face="datacenter") as sandbox: …`.

    `face` is cloud or datacenter. `faults` is a list of rules or a file with one, `latency_ms` delays every request;
    both are in force again after a reset. `seed` is None (the default seed), a mapping, or a file; see
    `worker.sandbox.jira.seed`. `port` 0 takes a free one.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: Seed = None,
        face: str = "cloud",
        clock: SandboxClock | None = None,
        faults: object = None,
        latency_ms: float = 0.0,
    ) -> None:
        self.face = face
        self.site = JiraSite(seed, clock, face=face)
        self.site.faults.begin_with(faults, latency_ms=latency_ms)
        self._front = Front(self.site)
        self._server = Server(build_app(self._front), self._front, port=port)
        self.site.address = self.url

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def gateway_url(self) -> str:
        """Where scoped tokens are taken (Cloud): the address that ends with the site's id."""
        return f"{self.url}/ex/jira/{self.site.store.cloud_id}"

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

    @property
    def index_lag(self) -> timedelta:
        """How long a search does not see a change. Settable; the seed's again after a reset."""
        return self.site.index_lag

    @index_lag.setter
    def index_lag(self, lag: timedelta) -> None:
        if lag < timedelta(0):
            raise SandboxError("an index cannot run ahead: index_lag is below 0")
        with self.site.lock:
            self.site.index_lag = lag

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
        """Return the record of `OPS-7`, also by a former key. Raises SandboxError where there is none."""
        found = self.site.store.issue(key)
        if found is None:
            raise SandboxError(f"there is no issue {key!r}")
        return found

    def move(self, key: str, project: str, by: str = "") -> str:
        """Take an issue to another project and return its new key; the old one goes on to answer."""
        with self.site.lock:
            return self.site.move(key, project, by).key

    def rename(self, project: str, key: str) -> None:
        """Give a project another key; the old one, and its issues' old keys, go on to answer."""
        with self.site.lock:
            self.site.rename(project, key)

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
        """Return a token of this account that may write: the first in the seed, or a new one."""
        with self.site.lock:
            return self.site.token_of(login)

    def account_id(self, login: str) -> str:
        """Return what the API calls this person: `accountId` on Cloud, `name` on Data Center."""
        account = self.site.store.accounts.get(login)
        if account is None:
            raise SandboxError(f"there is no account {login!r}")
        return account.account_id if self.site.cloud else account.name

    def email_of(self, login: str) -> str:
        """Return the mail address that goes with this person's API token."""
        self.account_id(login)
        return self.site.store.accounts[login].email

    def authorization(self, login: str) -> str:
        """Return the `Authorization` header of this person: Basic on Cloud, Bearer on Data Center."""
        token = self.token_of(login)
        if not self.site.cloud:
            return f"Bearer {token}"
        return "Basic " + base64.b64encode(f"{self.email_of(login)}:{token}".encode()).decode()

    def act(self, login: str, method: str, path: str, payload: object = None) -> Any:
        """Do something as a person, over HTTP: `act("alice", "POST", "/issue/OPS-1/comment", {"body": "ft track"})`.

        A path is below /rest/api/2, where texts are wiki text, unless it begins with /rest. Returns the JSON answer
        (None where there is none). Raises Refusal for an answer of 400 and more.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Authorization": self.authorization(login), "Content-Type": "application/json"}
            body = None if payload is None else json.dumps(payload)
            connection.request(method, path if path.startswith("/rest/") else WIKI + path, body, headers)
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
