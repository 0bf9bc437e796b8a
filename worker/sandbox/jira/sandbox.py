"""Start a simulated Jira inside a test or a command, and speak to it over real HTTP."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from worker.sandbox.clock import SandboxClock
from worker.sandbox.errors import SandboxError
from worker.sandbox.jira.model import Hook, Issue
from worker.sandbox.jira.site import JiraSite
from worker.sandbox.running import Running
from worker.sandbox.seeds import Seed

WIKI = "/rest/api/2"
"""What `act` speaks: the version whose texts are plain wiki text on both faces."""


class JiraSandbox(Running[JiraSite]):
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
        super().__init__(JiraSite(seed, clock, face=face), port=port, faults=faults, latency_ms=latency_ms)
        self.site.address = self.url

    @property
    def gateway_url(self) -> str:
        """Where scoped tokens are taken (Cloud): the address that ends with the site's id."""
        return f"{self.url}/ex/jira/{self.site.store.cloud_id}"

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

    def develop(self, key: str, *, merged: int = 0, open: int = 0, commits: int = 0) -> None:  # noqa: A002 - a state
        """Have an issue's development panel show so many merged and open pull requests, and commits, last moved now."""
        with self.site.lock:
            self.site.develop(key, merged=merged, open=open, commits=commits)

    def rename(self, project: str, key: str) -> None:
        """Give a project another key; the old one, and its issues' old keys, go on to answer."""
        with self.site.lock:
            self.site.rename(project, key)

    def add_hook(self, url: str, secret: str = "", events: Sequence[str] = ("*",)) -> Hook:
        """Send webhooks to this address from now on."""
        with self.site.lock:
            return self.site.add_hook(url, secret, tuple(events))

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
        below = path if path.startswith("/rest/") else WIKI + path
        return self._ask(login, method, below, payload, {"Authorization": self.authorization(login)})
