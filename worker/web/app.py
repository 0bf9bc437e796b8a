"""What do other machines ask of this service: signed webhooks in, health and numbers out.

A webhook only marks what may have changed. It is verified on its raw bytes, answered in milliseconds, and costs the
same when it is sent twice; whatever is lost here, the sweep finds. Nothing that a request says is written back.
"""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import anyio
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from worker.web.body import BodyReader, Crowded, TooLarge, TooSlow, drain
from worker.web.decide import DecisionPages
from worker.web.github import GITHUB
from worker.web.jira import JIRA
from worker.web.metrics import WebMetrics
from worker.web.repeats import Repeats
from worker.web.signature import verify, well_formed
from worker.web.touched import Dialect, Malformed, Touched

log = structlog.get_logger()

MEGABYTE = 1_000_000
DIALECTS = {"github": GITHUB, "jira": JIRA}
_DELIVERY = re.compile(r"[0-9A-Za-z-]{1,64}")
_SECURITY_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Touch(Protocol):
    """Marks what may have changed. Quick, safe to repeat, called in a thread; raises RedisError or OSError while the
    store is away. `locator` is None for something about a whole repository or project; with an empty `container` as
    well, about the whole site. `labels` is None where unknown."""

    def __call__(
        self, site: str, container: str, locator: str | None, labels: frozenset[str] | None, action: str
    ) -> None: ...


Ready = Callable[[], Sequence[str]]
"""Says why the service is not ready, one plain sentence each without secrets; nothing means that it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """What the web role must know. `secrets` maps each site's name to the webhook secrets that are valid there now, and
    `kinds` to its kind; a site without one is a GitHub.

    GitHub sends up to 25 MB and waits 10 s; times are in seconds, sizes in bytes.
    """

    secrets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    max_body_bytes: int = 5 * MEGABYTE
    max_bodies_together_bytes: int = 64 * MEGABYTE
    body_timeout_s: float = 8.0
    touch_timeout_s: float = 5.0
    ready_timeout_s: float = 3.0
    metrics: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What a delivery gets, and the word under which it is counted. The text is always our own."""

    outcome: str
    status: int
    text: str = ""
    why: str = ""
    event: str = "other"

    @property
    def response(self) -> Response:
        return PlainTextResponse(self.text, self.status) if self.text else Response(status_code=self.status)


_FORGED = _Answer(outcome="forged", status=401, text="The signature is missing or does not fit.\n")
_NO_SECRET = _Answer(outcome="forged", status=401, text="No webhook secret is set here for this site.\n")
_IGNORED = _Answer(outcome="ignored", status=204)
_MARKED = _Answer(outcome="marked", status=202)
_OVERSIZE = _Answer(outcome="oversize", status=413, text="The payload is larger than this service takes.\n")
_SLOW = _Answer(outcome="slow", status=408, text="The payload did not arrive in time.\n")
_CROWDED = _Answer(outcome="crowded", status=503, text="Too many deliveries at once; redeliver later.\n")
_AWAY = _Answer(outcome="unavailable", status=503, text="The store is away; the next sweep will see this change.\n")
_BROKEN_OFF = _Answer(outcome="broken-off", status=400)


def _malformed(text: str) -> _Answer:
    return _Answer(outcome="malformed", status=400, text=f"{text}\n")


class Webhooks:
    """Answers the deliveries of all sites."""

    def __init__(self, config: WebConfig, touch: Touch, metrics: WebMetrics) -> None:
        self._config = config
        self._touch = touch
        self._metrics = metrics
        self._repeats = Repeats()
        self.bodies = BodyReader(
            max_bytes=config.max_body_bytes,
            max_bytes_together=config.max_bodies_together_bytes,
            timeout_s=config.body_timeout_s,
        )

    async def __call__(self, request: Request) -> Response:
        site = request.path_params["site"]
        secrets = self._config.secrets.get(site)
        if secrets is None:
            return PlainTextResponse("Not Found", 404)
        dialect = DIALECTS[self._config.kinds.get(site, "github")]
        started = time.perf_counter()
        answer = await self._answer(request, site, secrets, dialect)
        seconds = time.perf_counter() - started
        self._metrics.webhooks.labels(site, answer.event, answer.outcome).inc()
        self._metrics.seconds.labels(site).observe(seconds)
        delivery = request.headers.get(dialect.delivery, "")
        log.info(
            "webhook",
            site=site,
            event_name=answer.event,
            outcome=answer.outcome,
            why=answer.why or None,
            delivery=delivery if _DELIVERY.fullmatch(delivery) else None,
            seconds=round(seconds, 4),
        )
        return answer.response

    async def _answer(self, request: Request, site: str, secrets: tuple[str, ...], dialect: Dialect) -> _Answer:
        signature = request.headers.get(dialect.signature, "")
        if not any(secrets):
            await drain(request)
            return _NO_SECRET
        if not well_formed(signature):
            await drain(request)
            return _FORGED
        try:
            async with self.bodies.read(request) as body:
                if not verify(body, signature, secrets):
                    return _FORGED
                return await self._judge(request, site, dialect, body)
        except TooLarge:
            await drain(request)
            return _OVERSIZE
        except TooSlow:
            return _SLOW
        except Crowded:
            await drain(request)
            return _CROWDED
        except ClientDisconnect:
            return _BROKEN_OFF

    async def _judge(self, request: Request, site: str, dialect: Dialect, body: bytes) -> _Answer:
        """What a genuine delivery gets. Before this its event is a stranger's word, and is not counted by name."""
        try:
            told = dialect.read(request.headers, body)
        except Malformed as wrong:
            return _malformed(str(wrong))
        event = told.event or "other"
        if not told.touched:
            return replace(_IGNORED, event=event, status=dialect.ignored)
        delivery = (site, request.headers.get(dialect.delivery, ""), body)
        if dialect.repeats and self._repeats.known(*delivery):
            return _Answer(outcome="repeated", status=_MARKED.status, event=event)
        answer = await self._mark(site, told.touched)
        if dialect.repeats and answer is _MARKED:
            self._repeats.remember(*delivery)
        return replace(answer, event=event)

    async def _mark(self, site: str, touched: tuple[Touched, ...]) -> _Answer:
        try:
            with anyio.fail_after(self._config.touch_timeout_s):
                # Abandoned, not awaited, when it takes too long: a mark that still lands then does no harm.
                await anyio.to_thread.run_sync(self._touch_all, site, touched, abandon_on_cancel=True)
        except (RedisError, OSError) as away:
            # TimeoutError is an OSError.
            return replace(_AWAY, why=type(away).__name__)
        return _MARKED

    def _touch_all(self, site: str, touched: tuple[Touched, ...]) -> None:
        for one in touched:
            self._touch(site, one.container, one.locator, one.labels, one.action)


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _readyz(_: Request, *, ready: Ready, timeout_s: float) -> Response:
    try:
        with anyio.fail_after(timeout_s):
            reasons = tuple(await anyio.to_thread.run_sync(ready, abandon_on_cancel=True))
    except TimeoutError:
        reasons = (f"The checks gave no answer within {timeout_s:g} s.",)
    except Exception as failed:  # noqa: BLE001 (a probe that fails is an answer: not ready; the text may hold secrets)
        log.warning("readiness check failed", error=type(failed).__name__)
        reasons = (f"The checks failed with {type(failed).__name__}.",)
    return JSONResponse({"ready": not reasons, "reasons": list(reasons)}, 503 if reasons else 200)


async def _metrics_page(_: Request, *, registry: CollectorRegistry) -> Response:
    return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})


class SecurityHeaders:
    """Puts the same careful headers on every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, careful)


def make_app(
    config: WebConfig,
    touch: Touch,
    ready: Ready,
    *,
    registry: CollectorRegistry | None = None,
    counter: Callable[[BodyReader], DecisionPages] | None = None,
) -> ASGIApp:
    """Return the application: `POST /webhooks/{site}`, `/healthz`, `/readyz`, `/metrics`, and with a `counter` the
    pages behind the links in mails.

    A webhook is answered 202 (marked), 204 (means nothing here; a Jira is told 202), 400 (no payload of this kind of
    tracker), 401 (not signed by a known secret, or none is set), 404 (no such site), 408 (too slow), 413 (too
    large) or 503 (Redis is away, or too much at once).
    `registry` may hold the numbers of other roles in this process; its default is an own one.
    """
    numbers = registry if registry is not None else CollectorRegistry()
    webhooks = Webhooks(config, touch, WebMetrics(numbers))

    async def receive_webhook(request: Request) -> Response:
        return await webhooks(request)

    routes = [
        Route("/webhooks/{site}", receive_webhook, methods=["POST"]),
        Route("/healthz", _healthz),
        Route("/readyz", functools.partial(_readyz, ready=ready, timeout_s=config.ready_timeout_s)),
    ]
    if counter is not None:
        routes += counter(webhooks.bodies).routes()
    if config.metrics:
        routes.append(Route("/metrics", functools.partial(_metrics_page, registry=numbers)))
    app = Starlette(routes=routes)
    # A redirect would write the Host header of a stranger back.
    app.router.redirect_slashes = False
    return SecurityHeaders(app)
