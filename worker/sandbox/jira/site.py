"""One simulated Jira, seen as a whole: from a request to its answer, with credentials, limits and news.

The order is Jira's: credential (401), limit (429), then the thing itself. `/_sandbox/…` besides what every tracker has:

    GET, POST /_sandbox/index_lag   {"seconds": 120}: how long a search does not see a change
    POST /_sandbox/move             {"key": "OPS-7", "project": "PAY", "by": "dario"}: to another project
    POST /_sandbox/rename           {"project": "OPS", "key": "INC"}: a project's key
    POST /_sandbox/develop          {"key": "OPS-7", "merged": 1, "open": 0, "commits": 2}: the development panel
    GET, POST, DELETE /_sandbox/hooks, GET /_sandbox/deliveries
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import threading
from collections.abc import Sequence
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from worker.sandbox.clock import SandboxClock
from worker.sandbox.errors import SandboxError
from worker.sandbox.faults import Faults, Rule
from worker.sandbox.jira.access import actor_of, refused
from worker.sandbox.jira.context import Context, Pages
from worker.sandbox.jira.dump import dump
from worker.sandbox.jira.errors import ApiError
from worker.sandbox.jira.limits import Meter, too_much
from worker.sandbox.jira.model import Actor, Hook, Issue, Token
from worker.sandbox.jira.plans import panel
from worker.sandbox.jira.rest import ROUTES
from worker.sandbox.jira.seed import Loaded, load
from worker.sandbox.jira.views import Views, moment
from worker.sandbox.jira.webhooks import Postman
from worker.sandbox.jira.world import News, World
from worker.sandbox.journal import Journal
from worker.sandbox.outbox import shown
from worker.sandbox.seeds import Seed
from worker.sandbox.wire import Call, Reply, reply_json

WRITES = frozenset({"POST", "PUT", "DELETE"})
NO_CONTENT = ("/search", "/search/jql", "/search/approximate-count", "/issue/bulkfetch")
"""What is asked for by POST and changes nothing."""

_PREFIX = re.compile(
    r"(?P<gateway>/ex/jira/(?P<cloud>[^/]+))?/rest/(?:api/(?P<version>2|3|latest)|agile/(?P<agile>1\.0))(?=/|$)"
)
FAILED = (
    b"<!DOCTYPE html><html><head><title>Oops, you've found a dead link.</title></head><body>Bad Gateway</body></html>"
)


class JiraSite:
    """A Jira with everything in it. See `worker.sandbox.server.Site` for what each method is for."""

    name = "jira"

    def __init__(self, seed: Seed = None, clock: SandboxClock | None = None, *, face: str = "cloud") -> None:
        if face not in {"cloud", "datacenter"}:
            raise SandboxError(f"a Jira has the face cloud or datacenter, not {face!r}")
        self.cloud = face == "cloud"
        self.lock = threading.RLock()
        self.clock = clock or SandboxClock()
        self._faults = Faults()
        self.journal = Journal()
        self.postman = Postman(self.clock, self._faults)
        self._seed = seed
        self._news: list[News] = []
        self._requests = 0
        self.address = "http://127.0.0.1"
        self._take(load(seed, self.clock, cloud=self.cloud))

    @property
    def faults(self) -> Faults:
        """What goes wrong, for requests and for webhooks."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults = faults
        self.postman.faults = faults

    def _take(self, loaded: Loaded) -> None:
        self.store = loaded.store
        self.index_lag = loaded.index_lag
        self.meter = Meter(loaded.limits, cloud=self.cloud)
        self.world = World(self.store, self._news.append)
        self.pages = Pages(tokens={})

    def prepare(self, call: Call) -> None:
        """Take the API prefix off; find out who asks for what, as far as that needs no decision."""
        found = _PREFIX.match(call.path)
        if found is not None:
            version = found["version"]
            call.base = call.root + found.group().replace("latest", "3" if self.cloud else "2")
            call.path = call.path[found.end() :].rstrip("/") or "/"
            if found["agile"]:
                call.path = f"/agile{call.path}"
            call.operation = ""
            if self._wrong_place(found["cloud"], version):
                call.path, call.base = found.string, ""
        else:
            call.base = ""
        call.write = call.method in WRITES and call.path not in NO_CONTENT
        token = self.store.tokens.get(_secret(call.headers.get("authorization", "")))
        call.user = token.account.login if token else ""

    def _wrong_place(self, cloud_id: str | None, version: str) -> bool:
        if not self.cloud:
            return cloud_id is not None or version == "3"
        return cloud_id not in {None, self.store.cloud_id}

    def handle(self, call: Call) -> Reply:
        """Answer a request; news go to the webhooks when it is over, also when it failed half way."""
        before = self.world.changes
        try:
            reply = self._answer(call)
        except ApiError as error:
            reply = error.reply()
        finally:
            call.committed = self.world.changes != before
            self._flush(call.root)
        return reply

    def _answer(self, call: Call) -> Reply:
        if not call.base and call.path.startswith("/ex/jira/"):
            return reply_json({"code": 404, "message": "Not Found"}, 404)
        gateway = "/ex/jira/" in call.base
        actor = actor_of(self.store, call.headers.get("authorization", ""), gateway=gateway)
        call.user = actor.login
        if not call.base:
            return reply_json({"message": "null for uri", "status-code": 404}, 404)
        self.meter.take(call.method, call.path, self.clock.now(), write=call.write)
        found = ROUTES.find(call.method, call.path)
        if found is None:
            return reply_json({"message": f"null for uri: {call.base}{call.path}", "status-code": 404}, 404)
        if gateway and actor.token is not None and not actor.writes and call.write:
            return reply_json({"code": 401, "message": "Unauthorized; scope does not match"}, 401)
        handler, parts = found
        context = Context(
            call=call,
            world=self.world,
            store=self.store,
            views=Views(
                store=self.store, actor=actor, base=call.base, root=call.root, documents=call.base.endswith("/3")
            ),
            actor=actor,
            index_lag=self.index_lag,
            pages=self.pages,
        )
        return handler(context, **parts)

    def _flush(self, root: str) -> None:
        """Send the news of this request. Webhooks show what is true after the whole request."""
        news, self._news[:] = list(self._news), []
        if not news or not self.store.hooks:
            return
        base = f"{root}/rest/api/2"
        hooks = sorted(self.store.hooks.values(), key=lambda hook: hook.id)
        for item in news:
            actor = Actor(account=item.actor)
            views = Views(store=self.store, actor=actor, base=base, root=root, documents=False)
            self.postman.post(item, hooks, views)

    def failure(self, rule: Rule, call: Call) -> Reply:  # noqa: ARG002 - the contract of a site
        """Return the answer of a fault, in Jira's words. `401` with status 403 is the riddle after failed log-ins;
        `limit` with neither `retry_after` nor `secondary` names only the reset."""
        match rule.kind:
            case "401":
                return refused(rule.status or 401).reply()
            case "limit":
                reason = "jira-burst-based" if rule.secondary else "jira-quota-tenant-based"
                return too_much(
                    reason,
                    self.clock.now(),
                    wait_s=rule.retry_after,
                    cloud=self.cloud,
                    status=rule.status or 429,
                    reset_s=None if rule.secondary else 60,
                ).reply()
            case _:
                headers = {"content-type": "text/html; charset=utf-8"}
                return Reply(status=rule.status or 502, body=FAILED, headers=headers)

    def finish(self, call: Call, reply: Reply) -> None:
        """Add what every answer of Jira carries."""
        self._requests += 1
        now = self.clock.now().replace(microsecond=0)
        account = next((a for a in self.store.accounts.values() if a.login == call.user), None)
        who = {}
        if account is not None:
            who = {"x-aaccountid": account.account_id} if self.cloud else {"x-ausername": account.name}
        reply.headers = {
            "server": "AtlassianEdge" if self.cloud else "Jira",
            "date": format_datetime(now, usegmt=True),
            ("atl-request-id" if self.cloud else "x-arequestid"): f"5a4db0c-{self._requests:06x}",
            "cache-control": "no-cache, no-store, no-transform",
            "x-content-type-options": "nosniff",
            **who,
            **reply.headers,
        }

    def control(self, method: str, name: str, payload: Any) -> object:
        """Answer `hooks`, `deliveries`, `index_lag`, `move`, `rename` and `develop`."""
        match method, name:
            case "GET", "hooks":
                return [_hook_json(hook) for hook in self.store.hooks.values()]
            case "POST", "hooks":
                if not isinstance(payload, dict) or not str(payload.get("url", "")).startswith(("http://", "https://")):
                    raise SandboxError('hooks takes {"url": "http://…", "secret": "…", "events": ["*"]}')
                events = payload.get("events", ["*"])
                return _hook_json(self.add_hook(payload["url"], payload.get("secret", ""), events))
            case "DELETE", "hooks":
                self.store.hooks.clear()
                return []
            case "GET", "deliveries":
                return [shown(one, json.loads(one.body)) for one in self.postman.deliveries]
            case "GET", "index_lag":
                return {"seconds": self.index_lag.total_seconds()}
            case "POST", "index_lag":
                seconds = payload.get("seconds") if isinstance(payload, dict) else None
                if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
                    raise SandboxError('index_lag takes {"seconds": 120}')
                self.index_lag = timedelta(seconds=seconds)
                return {"seconds": self.index_lag.total_seconds()}
            case "POST", "move":
                key, project = _two(payload, "key", "project")
                return {"key": self.move(key, project, by=str(payload.get("by", ""))).key}
            case "POST", "rename":
                project, key = _two(payload, "project", "key")
                self.rename(project, key)
                return {"key": key}
            case "POST", "develop":
                given = payload if isinstance(payload, dict) else {}
                counts = {name: int(given.get(name, 0)) for name in ("merged", "open", "commits")}
                self.develop(str(given.get("key", "")), **counts)
                return {"key": given.get("key")}
            case _:
                raise LookupError(name)

    def develop(self, key: str, *, merged: int = 0, open: int = 0, commits: int = 0) -> None:  # noqa: A002 - a state
        """Have the development panel of an issue show pull requests and commits, last moved now. Nothing stands in its
        history, and it does not count as updated: this comes from outside."""
        issue = self.store.issue(key)
        name = next((f.id for f in self.store.fields.values() if f.kind == "development"), None)
        if issue is None or name is None:
            raise SandboxError(f"there is no issue {key!r}, or no field of the kind `development`")
        issue.values[name] = panel(moment(self.store.now()), merged=merged, waiting=open, commits=commits)

    def move(self, key: str, project: str, by: str = "") -> Issue:
        """Take an issue to another project, to the type of the same name, or the first of the same level there."""
        issue, there = self.store.issue(key), self.store.projects.get(project)
        if issue is None or there is None:
            raise SandboxError(f"there is no issue {key!r}, or no project {project!r}")
        if issue.project is there:
            raise SandboxError(f"{issue.key} is in {project} already")
        level = [config for config in there.types.values() if config.type.level == issue.type.level]
        same = [config for config in level if config.type.name == issue.type.name]
        if not level:
            raise SandboxError(f"{project} has no type for {issue.key}")
        actor = self.store.accounts.get(by) or there.lead
        self.world.move(actor, issue, there, (same or level)[0])
        self._flush(self.address)
        return issue

    def rename(self, project: str, key: str) -> None:
        """Give a project another key; the old one goes on to answer."""
        found = self.store.projects.get(project)
        if found is None or not key.isalnum() or not key.isupper() or key in self.store.projects:
            raise SandboxError(
                f"{project!r} cannot become {key!r}: there is no such project, or the key is none or taken"
            )
        self.world.rename(found, key)

    def add_hook(self, url: str, secret: str = "", events: Sequence[str] = ("*",)) -> Hook:
        """Send webhooks to this address from now on."""
        number = self.store.next_id("hook", 1)
        hook = Hook(id=number, url=url, secret=secret, events=frozenset(events))
        self.store.hooks[number] = hook
        return hook

    def token_of(self, login: str) -> str:
        """Return a token of this account that may write: the first in the seed, or a new one."""
        for token in self.store.tokens.values():
            if token.account.login == login and not token.scoped and not token.expired and token.rights == "write":
                return token.secret
        account = self.store.accounts.get(login)
        if account is None:
            raise SandboxError(f"there is no account {login!r}")
        made = Token(secret=f"sandbox-made-{login}", account=account)
        self.store.tokens[made.secret] = made
        return made.secret

    def state(self) -> dict[str, Any]:
        """Return everything that this Jira holds, sorted."""
        return dump(self.store)

    def reset(self) -> None:
        """Return to the seed: state, clock, index lag, faults, log, deliveries. Tokens made since then end."""
        self.postman.clear()
        self.clock.free()
        self._take(load(self._seed, self.clock, cloud=self.cloud))
        self.faults.reset()
        self.journal.clear()
        self._news.clear()


def _secret(header: str) -> str:
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return value.strip()
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _two(payload: Any, first: str, second: str) -> tuple[str, str]:
    if not isinstance(payload, dict) or not payload.get(first) or not payload.get(second):
        raise SandboxError(f'expected {{"{first}": "…", "{second}": "…"}}')
    return str(payload[first]), str(payload[second])


def _hook_json(hook: Hook) -> dict[str, object]:
    return {"id": hook.id, "url": hook.url, "events": sorted(hook.events)}
