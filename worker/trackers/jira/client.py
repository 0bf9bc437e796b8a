"""How is one request made, and when may it be made again? The `jira` library carries each; it repeats nothing itself.

Reads and repeatable writes are tried again a few times after a network failure or a 5xx. A create is sent once. Limits
are never waited for here: the caller gets `RateLimited` with the time. The library's own errors print headers and
bodies, so none of them leaves this module, not even as a cause.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3.exceptions
from jira import JIRA
from jira.exceptions import JIRAError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_random_exponential

from worker.trackers.cache import Cache
from worker.trackers.errors import CredentialRefused, Missing, Refused, TrackerError, Unavailable
from worker.trackers.http import Doing, clean, http_time
from worker.trackers.jira.config import JiraConfig
from worker.trackers.jira.errors import failure, network_failure, of_site, treated_as_stranger, unreadable

PAGE = 100
MOST_HOPS = 4
LONGEST_BACKOFF_S = 5.0
ACCEPTED_FOR_S = 60.0
"""How long it is believed that our credential is accepted, where Jira says that something is not there."""
FACE_FOR_S = 86_400.0
USER_AGENT = "followthrough"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEPS_VERB = frozenset({307, 308})
_LOGIN_WORDS = ("login", "signin", "saml", "sso", "oauth2/authorize")


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer of status 200 to 299: headers in lower case, the parsed body (None where it was empty)."""

    status: int
    headers: Mapping[str, str]
    data: Any
    server_time_s: float
    """Seconds since 1970 by the server's clock; by ours where it does not say."""


class JiraClient:
    """Requests to one site. Safe to use from several threads and after a fork: each has its own connection.

    A path is below `/rest/api/<version>/` (`issue/OPS-7`), or begins with `/` and is below the site's address
    (`/rest/agile/1.0/…`). `what` says in an error which request it was; without it, its verb and path do.
    """

    def __init__(self, config: JiraConfig, *, clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self.site = config.site
        self.cache = Cache(clock)
        self._clock = clock
        self._ahead_s = 0.0
        self._timeout_s = max(1, round(config.timeout_s))
        self._local = threading.local()
        self._guard = threading.Lock()
        self._open: list[tuple[int, JIRA]] = []

    @property
    def cloud(self) -> bool:
        """Whether this is Jira Cloud, else Data Center: as configured, else as the server says."""
        if self.config.cloud is not None:
            return self.config.cloud
        known: bool | None = self.cache.get("cloud", None)
        if known is None:
            try:
                # Whether our credential is accepted can't be asked before this is known.
                info = self._send(
                    "GET", "/rest/api/2/serverInfo", None, None, Doing.READ, "GET serverInfo", sure=True
                ).data
            except Missing as err:
                raise of_site(Refused(f"there is no Jira at {self.config.api}: {err}; {_ADDRESS}"), self.site) from None
            if not isinstance(info, dict) or not isinstance(info.get("deploymentType"), str):
                raise of_site(unreadable(what="GET serverInfo"), self.site)
            known = self.cache.put("cloud", info["deploymentType"] == "Cloud", for_s=FACE_FOR_S)
        return known

    # Asking

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, what: str = "") -> Any:
        """The parsed body of a GET."""
        return self.answer(path, params, what=what).data

    def answer(self, path: str, params: Mapping[str, Any] | None = None, *, what: str = "") -> Answer:
        """GET, with the headers of the answer."""
        return self._send("GET", path, None, params, Doing.READ, what)

    def ask(
        self, path: str, payload: Mapping[str, Any], params: Mapping[str, Any] | None = None, *, what: str = ""
    ) -> Answer:
        """POST a question that changes nothing (a search, a bulk fetch)."""
        return self._send("POST", path, payload, params, Doing.READ, what)

    def get_object(self, path: str, params: Mapping[str, Any] | None = None, *, what: str = "") -> dict[str, Any]:
        """As `get`; anything but an object raises Unavailable."""
        data = self.get(path, params, what=what)
        if not isinstance(data, dict):
            raise of_site(unreadable(what=what or f"GET {path}"), self.site)
        return data

    def pages(
        self, path: str, params: Mapping[str, Any] | None = None, *, item: str = "values", what: str = ""
    ) -> Iterator[dict[str, Any]]:
        """Every element of a list that Jira pages by `startAt`, whatever page size the server allows. `item` names the
        list inside the answer; an answer that is a list itself is the only page.

        Ends where a page is empty, or where the server says that it was the last: a page shorter than asked proves
        nothing, because servers have limits of their own.
        """
        start, before = 0, None
        while True:
            data = self.get(path, {"maxResults": PAGE, **(params or {}), "startAt": start}, what=what)
            rows = data.get(item) if isinstance(data, dict) else data
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise of_site(unreadable(what=what or f"GET {path}"), self.site)
            if rows == before:
                # A server that does not page this list at all.
                return
            before = rows
            yield from rows
            start += len(rows)
            if not rows or isinstance(data, list) or data.get("isLast") is True:
                return
            total = data.get("total")
            if isinstance(total, int) and start >= total:
                return

    def write(
        self,
        method: str,
        path: str,
        payload: Any = None,
        params: Mapping[str, Any] | None = None,
        *,
        doing: Doing = Doing.REPEATABLE,
        what: str = "",
    ) -> Any:
        """A write, and the parsed body of its answer (None where that was empty). A `Doing.REPEATABLE` one may be sent
        several times; a `Doing.CREATE` is sent once, and raises Ambiguous where its outcome is unknown."""
        return self._send(method, path, payload, params, doing, what).data

    def seen_by_strangers(self, path: str, *, what: str = "") -> bool | None:
        """Whether a GET below `/rest/api/2/` succeeds without any credential; None where that can't be told (no answer,
        a limit). Asked where people browse, because the gateway for scoped tokens knows no strangers."""
        what = what or f"GET {path}"
        stranger = JIRA(options=self._options(self.config.url.rstrip("/")), **self._manner())
        try:
            # Without this the credentials of a .netrc would be taken.
            stranger._session.auth = _as_nobody
            response = self._raw(stranger, "GET", stranger._get_url(path), None, {}, Doing.READ, what)
        except Unavailable:
            return None
        finally:
            stranger._session.close()
        if response.status_code == 200:
            # A login page is an answer too: strangers see nothing.
            return isinstance(self._parsed(response, what, Doing.READ, strict=False), dict)
        return False if response.status_code < 500 and response.status_code not in {408, 429} else None

    def server_now_s(self) -> float:
        """Seconds since 1970 by the server's clock, as far as its last answer told; by ours before the first one."""
        return self._clock() + self._ahead_s

    def check_credential(self) -> None:
        """Raise CredentialRefused where Jira does not accept our credential (any more); else nothing. One request in a
        while. Others may pass through as well (Unavailable, RateLimited)."""
        if not self.cache.get("accepted", False):
            who = self._send("GET", "myself", None, None, Doing.READ, "GET myself", sure=True).data
            if not isinstance(who, dict) or not (who.get("accountId") or who.get("name")):
                raise of_site(unreadable(what="GET myself"), self.site)
            self.cache.put("accepted", True, for_s=ACCEPTED_FOR_S)

    def close(self) -> None:
        """Close every connection. Threads that ask again open new ones."""
        with self._guard:
            for _, jira in self._open:
                jira._session.close()
            self._open.clear()
        self._local = threading.local()

    # Sending

    def _send(
        self,
        method: str,
        path: str,
        payload: Any,
        params: Mapping[str, Any] | None,
        doing: Doing,
        what: str,
        *,
        sure: bool = False,
    ) -> Answer:
        what = what or f"{method} {path.lstrip('/')}"
        try:
            if doing is Doing.CREATE:
                return self._once(method, path, payload, params, doing, what)
            again = Retrying(
                # A server that takes the whole timeout is not asked three times: leases are not that long.
                stop=stop_after_attempt(self.config.attempts) | stop_after_delay(self._timeout_s),
                wait=wait_random_exponential(multiplier=self.config.backoff_s, max=LONGEST_BACKOFF_S),
                retry=retry_if_exception_type(Unavailable),
                reraise=True,
            )
            return again(self._once, method, path, payload, params, doing, what)
        except Missing as err:
            if not sure:
                # To a token that has ended, Jira may answer as to a stranger, from whom everything is hidden.
                self.check_credential()
            raise of_site(err, self.site) from None
        except TrackerError as err:
            raise of_site(err, self.site) from None

    def _once(
        self, method: str, path: str, payload: Any, params: Mapping[str, Any] | None, doing: Doing, what: str
    ) -> Answer:
        url, asked = self._url(path), dict(params or {})
        for _ in range(MOST_HOPS):
            response = self._raw(self._own(), method, url, payload, asked, doing, what)
            target = response.headers.get("location")
            if response.status_code not in _REDIRECTS or not target:
                break
            url, asked = self._redirected(response, target, method, what, asked)
        headers = {name.lower(): value for name, value in response.headers.items()}
        good = 200 <= response.status_code < 300
        data = self._parsed(response, what, doing, strict=good)
        if not good:
            raise failure(response.status_code, headers, data, what=what, doing=doing)
        if treated_as_stranger(headers):
            # Nothing that we may write can be written by a stranger, so this is about reads: they see nothing of ours.
            raise CredentialRefused(f"{what}: Jira did not accept the credential and answered as to a stranger")
        here = self._clock()
        there = http_time(headers.get("date", "")) or here
        self._ahead_s = there - here
        return Answer(response.status_code, headers, data, there)

    def _raw(
        self, jira: JIRA, method: str, url: str, payload: Any, params: Mapping[str, Any], doing: Doing, what: str
    ) -> requests.Response:
        """One request through the library's session. Its answer is caught before the library judges it, because what
        it then raises depends on the answer's form."""
        caught: list[requests.Response] = []
        content = None if payload is None else json.dumps(clean(payload), ensure_ascii=False).encode()
        try:
            return jira._session.request(
                method,
                url,
                params=dict(params),
                data=content,
                allow_redirects=False,
                hooks={"response": lambda response, *_, **__: caught.append(response)},
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as err:
            raise network_failure(err, what=what, doing=doing) from None
        except (JIRAError, TypeError, AttributeError, KeyError, ValueError, RecursionError):
            if not caught:
                raise
            return caught[-1]

    @staticmethod
    def _parsed(response: requests.Response, what: str, doing: Doing, *, strict: bool) -> Any:
        """The JSON of an answer, always read as UTF-8; None for an empty one. What is no JSON is an error of its own
        in a success (`strict`), else `NOT_JSON`."""
        content = response.content
        if not content.strip():
            return None
        try:
            return json.loads(content.decode("utf-8"))
        except (ValueError, RecursionError):
            if strict:
                raise unreadable(what=what, doing=doing) from None
            return NOT_JSON

    def _redirected(
        self, response: requests.Response, location: str, method: str, what: str, params: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Where to go on. Nothing was done yet, but a write is repeated only where the server says so plainly."""
        base, target = urlsplit(self.config.api), urlsplit(urljoin(response.url, location))
        question = "".join(urlsplit(response.url).path.partition("/rest/")[1:])
        if not target.path.endswith(question) and any(word in target.path.casefold() for word in _LOGIN_WORDS):
            raise CredentialRefused(f"{what}: Jira sends us to its login page at {target.scheme}://{target.netloc}")
        same = (target.scheme, target.hostname, target.port) == (base.scheme, base.hostname, base.port)
        if not same or (method != "GET" and response.status_code not in _KEEPS_VERB):
            raise Refused(
                f"{what}: redirected to {target.scheme}://{target.netloc}{target.path}; correct url of site "
                f"{self.site!r} in followthrough.yaml"
            )
        # A location without a query keeps the one that was asked.
        return target.geturl(), {} if target.query else params

    def _url(self, path: str) -> str:
        return f"{self.config.api}{path}" if path.startswith("/") else str(self.jira._get_url(path))

    # One client and one connection a thread

    @property
    def jira(self) -> JIRA:
        """This thread's client of the library, told which Jira it speaks to. Its own methods are not used: some cost
        requests that nobody asked for, and they raise what no caller of this package expects."""
        cloud, jira = self.cloud, self._own()
        if jira.deploymentType is None:
            jira.deploymentType = "Cloud" if cloud else "Server"
            jira._options["rest_api_version"] = "3" if cloud else "2"
        return jira

    def _own(self) -> JIRA:
        """This thread's client; a forked child starts with none, because sockets can't be shared with a parent."""
        if getattr(self._local, "pid", 0) != os.getpid():
            self._local.pid = os.getpid()
            self._local.jira = None
        jira: JIRA | None = getattr(self._local, "jira", None)
        if jira is None:
            config = self.config
            credential: dict[str, Any] = (
                {"token_auth": config.pat} if config.pat else {"basic_auth": (config.email, config.api_token)}
            )
            jira = self._local.jira = JIRA(options=self._options(config.api), **self._manner(), **credential)
            with self._guard:
                self._open = [(pid, j) for pid, j in self._open if pid == os.getpid()] + [(os.getpid(), jira)]
        return jira

    @staticmethod
    def _options(server: str) -> dict[str, Any]:
        return {"server": server, "check_update": False, "headers": {"User-Agent": USER_AGENT}}

    def _manner(self) -> dict[str, Any]:
        """What the library would do by itself and shall not: ask at start, repeat, log what it was answered."""
        return {"get_server_info": False, "max_retries": 0, "timeout": self._timeout_s, "logging": False}


def _as_nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


_ADDRESS = "correct url of the site in followthrough.yaml (or its …_URL), with the context path where Jira has one"

NOT_JSON = object()
"""Stands for a body that is no JSON, in an answer that is no success."""
