"""One simulated GitHub, seen as a whole: from a request to its answer, with credentials, limits, ETags and news.

The order is GitHub's: credential (401), rate limit (403), then the thing itself. An answer that equals what the caller
has (`If-None-Match`) is a 304 and costs a caller with credentials nothing.
"""

from __future__ import annotations

import hashlib
import threading
from email.utils import format_datetime
from typing import Any

from worker.sandbox.clock import SandboxClock
from worker.sandbox.errors import SandboxError
from worker.sandbox.faults import Faults, Rule
from worker.sandbox.github.access import actor_of
from worker.sandbox.github.context import Context
from worker.sandbox.github.dump import dump
from worker.sandbox.github.errors import ApiError, bad_credentials, not_found
from worker.sandbox.github.graph.answer import GraphApi, operation_of
from worker.sandbox.github.limits import ABOUT_PRIMARY, Meter, secondary
from worker.sandbox.github.model import Actor, Hook, Token
from worker.sandbox.github.rest import ROUTES
from worker.sandbox.github.seed import Loaded, load
from worker.sandbox.github.views import Views
from worker.sandbox.github.webhooks import Postman
from worker.sandbox.github.world import News, World
from worker.sandbox.journal import Journal
from worker.sandbox.seeds import Seed
from worker.sandbox.wire import Call, Reply, reply_json

ENTERPRISE = "/api/v3"
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
UNICORN = b"<!DOCTYPE html><html><head><title>Unicorn!</title></head><body>Server Error</body></html>"


class GitHubSite:
    """A GitHub with everything in it. See `worker.sandbox.server.Site` for what each method is for."""

    name = "github"

    def __init__(self, seed: Seed = None, clock: SandboxClock | None = None) -> None:
        self.lock = threading.RLock()
        self.clock = clock or SandboxClock()
        self.faults = Faults()
        self.journal = Journal()
        self.postman = Postman(self.clock, self.faults)
        self._seed = seed
        self._news: list[News] = []
        self._requests = 0
        self._take(load(seed, self.clock))

    def _take(self, loaded: Loaded) -> None:
        self.store = loaded.store
        self.features = loaded.features
        self.meter = Meter(loaded.limits)
        self.world = World(self.store, self._news.append)
        self.graph = GraphApi(loaded.features)

    def prepare(self, call: Call) -> None:
        """Take the API prefix off; find out who asks for what, as far as that needs no decision."""
        if call.path.startswith(ENTERPRISE):
            call.path, call.base = call.path[len(ENTERPRISE) :] or "/", call.root + ENTERPRISE
        elif call.path == "/api/graphql":
            call.path, call.base = "/graphql", call.root + ENTERPRISE
        call.path = call.path.rstrip("/") or "/"
        if call.path == "/graphql":
            call.operation, call.write = operation_of(call.body)
        else:
            call.write = call.method in WRITES and not call.path.startswith("/app/")
        secret = call.headers.get("authorization", "").partition(" ")[2].strip()
        token = self.store.tokens.get(secret)
        call.user = token.account.login if token else ""

    def handle(self, call: Call) -> Reply:
        """Answer a request; news go to the webhooks when it is over, also when it failed half way."""
        before = self.world.changes
        resource = "graphql" if call.path == "/graphql" else "core"
        try:
            reply = self._answer(call, resource)
        except ApiError as error:
            limited = error.docs == ABOUT_PRIMARY
            if limited and resource == "graphql":
                reply = _graph_limited(error.message)
            else:
                reply = error.reply()
        finally:
            call.committed = self.world.changes != before
            self._flush(call)
        if call.method in {"GET", "HEAD"} and reply.status == 200:
            reply = self._conditional(call, reply, resource)
        return reply

    def _answer(self, call: Call, resource: str) -> Reply:
        actor = actor_of(self.store, call.headers.get("authorization", ""))
        call.user = f"app/{actor.app.slug}" if actor.app else actor.login
        now = self.clock.now()
        if call.path == "/rate_limit":
            return reply_json(self.meter.overview(call.user, now))
        self.meter.take(call.user, resource, now, write=call.write)
        context = self._context(call, actor)
        if resource == "graphql":
            if not self.features.graphql or call.method != "POST":
                raise not_found()
            return self.graph.answer(context)
        path = call.path
        if path.startswith("/repositories/"):
            path = self._by_id(path)
        found = ROUTES.find("GET" if call.method == "HEAD" else call.method, path)
        if found is None:
            if path in {"/", "/meta"} and call.method == "GET":
                return reply_json({"installed_version": "3.19.0", "current_user_url": f"{call.base}/user"})
            raise not_found()
        handler, parts = found
        return handler(context, **parts)

    def _by_id(self, path: str) -> str:
        """Return the path of a repository, given by its id, under its name: where redirects lead to."""
        number, _, rest = path.removeprefix("/repositories/").partition("/")
        repo = self.store.repos_by_id.get(int(number)) if number.isdecimal() else None
        if repo is None:
            raise not_found()
        return f"/repos/{repo.full_name}" + (f"/{rest}" if rest else "")

    def _context(self, call: Call, actor: Actor) -> Context:
        return Context(
            call=call,
            world=self.world,
            store=self.store,
            views=Views(self.store, call.base, call.root, sub_issues=self.features.sub_issues),
            actor=actor,
            features=self.features,
            budget=self.meter.left(call.user, "graphql", self.clock.now()),
        )

    def _flush(self, call: Call) -> None:
        """Send the news of this request. Webhooks show what is true after the whole request, as GitHub's do."""
        news, self._news[:] = list(self._news), []
        if not news or not self.store.hooks:
            return
        views = Views(self.store, call.base, call.root, sub_issues=self.features.sub_issues)
        hooks = sorted(self.store.hooks.values(), key=lambda hook: hook.id)
        for item in news:
            self.postman.post(item, hooks, views)

    def _conditional(self, call: Call, reply: Reply, resource: str) -> Reply:
        etag = 'W/"' + hashlib.sha256(reply.body + reply.headers.get("link", "").encode()).hexdigest() + '"'
        reply.headers["etag"] = etag
        reply.headers["cache-control"] = "private, max-age=60, s-maxage=60"
        wanted = call.headers.get("if-none-match", "")
        if etag.removeprefix("W/") not in {tag.strip().removeprefix("W/") for tag in wanted.split(",")}:
            return reply
        if call.user:
            self.meter.refund(call.user, resource)
        return Reply(status=304, headers={"etag": etag, "cache-control": reply.headers["cache-control"]})

    def failure(self, rule: Rule, call: Call) -> Reply:
        """Return the answer of a fault, in GitHub's words."""
        match rule.kind:
            case "401":
                return bad_credentials().reply()
            case "limit":
                return self._limit(rule, call)
            case _:
                headers = {"content-type": "text/html; charset=utf-8"}
                return Reply(status=rule.status or 502, body=UNICORN, headers=headers)

    def _limit(self, rule: Rule, call: Call) -> Reply:
        resource = "graphql" if call.path == "/graphql" else "core"
        if resource == "graphql" and rule.status in {None, 200}:
            reply = _graph_limited(f"API rate limit exceeded for user ID for {call.user}.")
        elif rule.secondary:
            return secondary(rule.retry_after, creation=call.write, status=rule.status or 403).reply()
        else:
            reply = ApiError(
                rule.status or 403, f"API rate limit exceeded for {call.user}.", docs=ABOUT_PRIMARY
            ).reply()
        reply.headers |= self.meter.headers(call.user, resource, self.clock.now(), exhausted=True)
        if rule.retry_after is not None:
            reply.headers["retry-after"] = str(rule.retry_after)
        return reply

    def finish(self, call: Call, reply: Reply) -> None:
        """Add what every answer of GitHub carries."""
        self._requests += 1
        now = self.clock.now()
        resource = "graphql" if call.path == "/graphql" else "core"
        token = self.store.tokens.get(call.headers.get("authorization", "").partition(" ")[2].strip())
        reply.headers = {
            "server": "github.com",
            "date": format_datetime(now.replace(microsecond=0), usegmt=True),
            "x-github-request-id": f"5A4D:{self._requests:06X}",
            "x-github-media-type": "github.v3; format=json",
            "x-content-type-options": "nosniff",
            "vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
            **({"x-oauth-scopes": token.scopes, "x-accepted-oauth-scopes": "repo"} if token and token.scopes else {}),
            **self.meter.headers(call.user, resource, now),
            **reply.headers,
        }

    def control(self, method: str, name: str, payload: Any) -> object:
        """Answer `hooks`, `deliveries` and `redeliver`."""
        match method, name:
            case "GET", "hooks":
                return [_hook_json(hook) for hook in self.store.hooks.values()]
            case "POST", "hooks":
                if not isinstance(payload, dict) or not str(payload.get("url", "")).startswith(("http://", "https://")):
                    raise SandboxError('hooks takes {"url": "http://…", "secret": "…", "events": ["*"]}')
                return _hook_json(
                    self.add_hook(payload["url"], payload.get("secret", ""), payload.get("events", ["*"]))
                )
            case "DELETE", "hooks":
                self.store.hooks.clear()
                return []
            case "GET", "deliveries":
                return [delivery.as_json() for delivery in self.postman.deliveries]
            case "POST", "redeliver":
                if not isinstance(payload, dict) or "id" not in payload:
                    raise SandboxError('redeliver takes {"id": "the X-GitHub-Delivery of a former delivery"}')
                return self.postman.redeliver(str(payload["id"])).as_json()
            case _:
                raise LookupError(name)

    def add_hook(self, url: str, secret: str = "", events: list[str] | tuple[str, ...] = ("*",)) -> Hook:
        """Send webhooks of every repository to this address from now on."""
        hook = Hook(
            id=self.store.next_id("hook"),
            url=url,
            secret=secret,
            events=frozenset(events),
            created_at=self.store.now(),
        )
        self.store.hooks[hook.id] = hook
        return hook

    def token_of(self, login: str) -> str:
        """Return a token of this account: the first in the seed, or a new one with all the account's rights."""
        for token in self.store.tokens.values():
            if token.account.login.lower() == login.lower() and token.installation is None:
                return token.secret
        account = self.store.account(login)
        if account is None:
            raise SandboxError(f"there is no account {login!r}")
        made = Token(secret=f"sandbox-{account.login}", account=account)
        self.store.tokens[made.secret] = made
        return made.secret

    def state(self) -> dict[str, Any]:
        """Return everything that this GitHub holds, sorted."""
        return dump(self.store)

    def reset(self) -> None:
        """Return to the seed: state, clock, faults, log, deliveries. Tokens made since then end."""
        self.postman.clear()
        self.clock.free()
        self._take(load(self._seed, self.clock))
        self.faults.reset()
        self.journal.clear()
        self._news.clear()


def _graph_limited(message: str) -> Reply:
    return reply_json({"errors": [{"type": "RATE_LIMITED", "message": message}]})


def _hook_json(hook: Hook) -> dict[str, object]:
    repo = hook.repo.full_name if hook.repo else None
    return {"id": hook.id, "url": hook.url, "events": sorted(hook.events), "repo": repo, "active": hook.active}
