"""As whom do we ask? A fixed token, or a GitHub App with one installation token per owner.

Installation tokens are shared by all threads and renewed five minutes before they end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import jwt
from github import Auth

from worker.trackers.errors import CredentialRefused, Missing, Refused
from worker.trackers.github.config import GitHubConfig

RENEW_BEFORE_S = 300.0

AskAsApp = Callable[[str, str], Mapping[str, Any]]
"""Send (verb, path) as the App itself and return the answer's object."""


class InstallationAuth(Auth.Auth):
    """What PyGithub asks before each request of one owner."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._source = token

    @property
    def token_type(self) -> str:
        return "token"

    @property
    def token(self) -> str:
        return self._source()


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    ends: float


class Credentials:
    """The right `github.Auth` for an owner. Safe to use from several threads."""

    def __init__(self, config: GitHubConfig, ask_as_app: AskAsApp, clock: Callable[[], float]) -> None:
        self._config = config
        self._ask = ask_as_app
        self._clock = clock
        self._guard = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._tokens: dict[str, _Token] = {}
        self._installations: dict[str, int] = {}

    @property
    def is_app(self) -> bool:
        return not self._config.token

    def key(self, owner: str) -> str:
        """Under which name a client for this owner may be kept: one for all with a token, one per owner as an App."""
        return owner.casefold() if self.is_app else ""

    def for_app(self) -> Auth.Auth:
        """The App itself, by a signed statement that lives five minutes. Raises CredentialRefused for a broken key."""
        try:
            return Auth.AppAuthToken(Auth.AppAuth(self._config.app_id, self._config.private_key).token)
        except (ValueError, TypeError, jwt.PyJWTError) as err:
            raise CredentialRefused(f"the private key of App {self._config.app_id} can't be used: {err}") from err

    def for_owner(self, owner: str) -> Auth.Auth:
        if not self.is_app:
            return Auth.Token(self._config.token)
        return InstallationAuth(lambda: self._token(owner))

    def forget(self, owner: str) -> bool:
        """Drop a refused installation token. False where there is none to renew."""
        if not self.is_app:
            return False
        with self._guard:
            return self._tokens.pop(owner.casefold(), None) is not None

    def _token(self, owner: str) -> str:
        key = owner.casefold()
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            kept = self._tokens.get(key)
            if kept is None or kept.ends - RENEW_BEFORE_S < self._clock():
                kept = self._renew(owner)
                with self._guard:
                    self._tokens[key] = kept
            return kept.value

    def _renew(self, owner: str) -> _Token:
        installation = self._installation(owner)
        try:
            answer = self._ask("POST", f"/app/installations/{installation}/access_tokens")
        except Missing:
            # Installed anew since: another id. The next try looks it up again.
            self._installations.pop(owner.casefold(), None)
            raise
        value, ends = answer.get("token"), answer.get("expires_at")
        if not isinstance(value, str) or not isinstance(ends, str):
            raise Refused(f"GitHub gave the App no token for {owner}")
        return _Token(value, datetime.fromisoformat(ends).timestamp())

    def _installation(self, owner: str) -> int:
        if self._config.installation_id:
            return self._config.installation_id
        key = owner.casefold()
        if key not in self._installations:
            self._installations[key] = self._find(owner)
        return self._installations[key]

    def _find(self, owner: str) -> int:
        name = quote(owner, safe="")
        for path in (f"/orgs/{name}/installation", f"/users/{name}/installation"):
            try:
                return int(self._ask("GET", path)["id"])
            except Missing:
                continue
        raise Missing(f"the App {self._config.app_id} is not installed for {owner}: install it there, or drop {owner}")
