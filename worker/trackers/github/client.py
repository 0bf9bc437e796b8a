"""How is one request made, and when may it be made again? PyGithub carries each; what it repeats by itself is nothing.

Reads and repeatable writes are tried again a few times after a network failure or a 5xx. A create is sent once. Limits
are never waited for here: the caller gets `RateLimited` with the time.
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
from github import Auth, Github
from requests.utils import parse_header_links
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_random_exponential

from worker.trackers.cache import Cache
from worker.trackers.errors import Refused, TrackerError, Unavailable
from worker.trackers.github.auth import Credentials
from worker.trackers.github.config import GitHubConfig
from worker.trackers.github.errors import Doing, failure, graphql_failure, network_failure, unreadable
from worker.trackers.github.wire import REDIRECTS, Wire, wire_to
from worker.trackers.http import clean

MOST_HOPS = 4
LONGEST_BACKOFF_S = 5.0
API_VERSION = "2022-11-28"
ACCEPT = "application/vnd.github+json"
USER_AGENT = "followthrough"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: status 200 to 299 or 304, headers in lower case, the parsed body (None where it was empty)."""

    status: int
    headers: Mapping[str, str]
    data: Any

    @property
    def next_url(self) -> str:
        """The following page as `Link` names it, or ""."""
        links = parse_header_links(self.headers.get("link", ""))
        return next((str(link["url"]) for link in links if link.get("rel") == "next"), "")


class GitHubClient:
    """Requests to one site. Safe to use from several threads and after a fork: each has its own connection."""

    def __init__(self, config: GitHubConfig, *, clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self.site = config.site
        self.cache = Cache(clock)
        self.credentials = Credentials(config, self._ask_as_app, clock)
        self._timeout_s = max(1, round(config.timeout_s))
        self._local = threading.local()
        self._guard = threading.Lock()
        self._open: list[tuple[int, Wire]] = []

    # Asking

    def read(
        self,
        path: str,
        *,
        owner: str,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """GET a path (or a URL that GitHub gave). A 304 to your own `If-None-Match` is an answer, not an error."""
        return self._send("GET", path, owner, Doing.READ, params=params, headers=headers)

    def pages(self, path: str, *, owner: str, params: Mapping[str, Any] | None = None, item: str = "") -> Iterator[Any]:
        """Every element of a list, page after page as `Link` leads. `item` names the list inside an object."""
        url, asked = path, params
        while url:
            answer = self.read(url, owner=owner, params=asked)
            rows = answer.data.get(item) if item and isinstance(answer.data, dict) else answer.data
            if not isinstance(rows, list):
                raise unreadable(what=f"GET {path}", doing=Doing.READ)
            yield from rows
            url, asked = answer.next_url, None

    def write(self, verb: str, path: str, body: Mapping[str, Any] | None = None, *, owner: str) -> Answer:
        """A write that may be sent twice without harm."""
        return self._send(verb, path, owner, Doing.REPEATABLE, body=body)

    def create(self, path: str, body: Mapping[str, Any], *, owner: str) -> Mapping[str, Any]:
        """POST once, never again, and return the object that was made. Raises Ambiguous where that is unknown."""
        answer = self._send("POST", path, owner, Doing.CREATE, body=body)
        if not isinstance(answer.data, dict):
            raise unreadable(what=f"POST {path}", doing=Doing.CREATE)
        return answer.data

    def graphql(
        self, query: str, variables: Mapping[str, Any], *, owner: str, doing: Doing = Doing.READ
    ) -> Mapping[str, Any]:
        """The `data` of a GraphQL answer, which may lack parts that an error names. A mutation is sent once."""
        content = {"query": query, "variables": dict(variables)}
        answer = self._send("POST", self._github(owner).requester.graphql_url, owner, doing, body=content, graphql=True)
        data: Mapping[str, Any] = answer.data["data"]
        return data

    def as_app(self, path: str) -> Mapping[str, Any]:
        """GET something as the App itself."""
        return _object(self._send("GET", path, "", Doing.READ, as_app=True), f"GET {path}")

    def close(self) -> None:
        """Close every connection. Threads that ask again open new ones."""
        with self._guard:
            for _, wire in self._open:
                wire.close()
            self._open.clear()
        self._local = threading.local()

    # Sending

    def _ask_as_app(self, verb: str, path: str) -> Mapping[str, Any]:
        """For a token in the middle of another request, which has its own tries: so once."""
        return _object(self._once(verb, path, "", Doing.REPEATABLE, as_app=True), f"{verb} {path}")

    def _send(self, verb: str, path: str, owner: str, doing: Doing, **how: Any) -> Answer:
        try:
            return self._sent(verb, path, owner, doing, **how)
        except TrackerError as err:
            err.site = self.site
            raise

    def _sent(self, verb: str, path: str, owner: str, doing: Doing, **how: Any) -> Answer:
        if doing is Doing.CREATE:
            return self._once(verb, path, owner, doing, **how)
        again = Retrying(
            # A server that takes the whole timeout is not asked three times: leases are not that long.
            stop=stop_after_attempt(self.config.attempts) | stop_after_delay(self._timeout_s),
            wait=wait_random_exponential(multiplier=self.config.backoff_s, max=LONGEST_BACKOFF_S),
            retry=retry_if_exception_type(Unavailable),
            reraise=True,
        )
        return again(self._once, verb, path, owner, doing, **how)

    def _once(
        self,
        verb: str,
        path: str,
        owner: str,
        doing: Doing,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        graphql: bool = False,
        as_app: bool = False,
    ) -> Answer:
        what = f"{verb} {urlsplit(path).path.lstrip('/')}"
        url, asked, renewed = path, params, False
        for _ in range(MOST_HOPS):
            status, got, text = self._raw(verb, url, owner, what, doing, asked, headers, body, as_app)
            if status in REDIRECTS and got.get("location"):
                # Nothing was done yet: GitHub asks to repeat the request, whatever its verb, at the new address.
                url, asked = self._redirected(got["location"], what, asked)
                continue
            if status == 401 and not as_app and not renewed and self.credentials.forget(owner):
                renewed = True
                continue
            break
        data = self._parsed(status, text, what, doing)
        if status != 304 and not 200 <= status < 300:
            raise failure(status, got, data, what=what, doing=doing)
        if graphql:
            problem = graphql_failure(data, got, what=what, doing=doing)
            if problem is not None:
                raise problem
        return Answer(status, got, data)

    def _raw(
        self,
        verb: str,
        url: str,
        owner: str,
        what: str,
        doing: Doing,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
        as_app: bool,
    ) -> tuple[int, Mapping[str, str], str]:
        hub = self._client_for(self.credentials.for_app()) if as_app else self._github(owner)
        try:
            return hub.requester.requestJson(
                verb,
                url,
                dict(params or {}),
                {"Accept": ACCEPT, **(headers or {})},
                None if body is None else clean(body),
                self._wire(),
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as err:
            raise network_failure(err, what=what, doing=doing) from err

    @staticmethod
    def _parsed(status: int, text: str, what: str, doing: Doing) -> Any:
        if not text.strip():
            return None
        try:
            return json.loads(text)
        except ValueError as err:
            if 200 <= status < 300:
                raise unreadable(what=what, doing=doing) from err
            return None

    def _redirected(
        self, location: str, what: str, params: Mapping[str, Any] | None
    ) -> tuple[str, Mapping[str, Any] | None]:
        base = urlsplit(self.config.api_url)
        target = urlsplit(urljoin(self.config.api_url, location))
        if (target.scheme, target.hostname, target.port) != (base.scheme, base.hostname, base.port):
            raise Refused(f"{what}: redirected to {target.scheme}://{target.netloc}; correct api_url of {self.site!r}")
        # A location without a query keeps the one that was asked.
        kept = None if target.query else params
        return target.geturl(), kept

    # One client and one connection a thread

    def _github(self, owner: str) -> Github:
        own = self._own()
        key = self.credentials.key(owner)
        if key not in own:
            own[key] = self._client_for(self.credentials.for_owner(owner))
        client: Github = own[key]
        return client

    def _client_for(self, auth: Auth.Auth) -> Github:
        return Github(
            base_url=self.config.api_url.rstrip("/"),
            timeout=self._timeout_s,
            user_agent=USER_AGENT,
            per_page=100,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            auth=auth,
            lazy=True,
            api_version=API_VERSION,
        )

    def _own(self) -> dict[str, Any]:
        """This thread's clients; a forked child starts with none, because sockets can't be shared with a parent."""
        if getattr(self._local, "pid", 0) != os.getpid():
            self._local.pid = os.getpid()
            self._local.clients = {}
            self._local.wire = None
        own: dict[str, Any] = self._local.clients
        return own

    def _wire(self) -> Wire:
        self._own()
        wire: Wire | None = self._local.wire
        if wire is None:
            wire = self._local.wire = wire_to(self.config.api_url, timeout_s=self._timeout_s)
            with self._guard:
                self._open = [(pid, w) for pid, w in self._open if pid == os.getpid()] + [(os.getpid(), wire)]
        return wire


def _object(answer: Answer, what: str) -> Mapping[str, Any]:
    if not isinstance(answer.data, dict):
        raise unreadable(what=what, doing=Doing.REPEATABLE)
    return answer.data
