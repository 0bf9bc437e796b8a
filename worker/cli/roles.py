"""`followthrough web`, `clock`, `worker`: the roles of the service, each a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import structlog
import typer
from redis import Redis, RedisError

from worker.actors import declare
from worker.app.gaps import log_gaps
from worker.app.settings import Settings
from worker.app.wiring import Service, service_of, trackers_of
from worker.cli.configured import Config, service_settings
from worker.cli.exits import USAGE, Stop
from worker.cli.run import GAPS_ASKED
from worker.engine.broker import make_broker
from worker.engine.clock import SystemClock
from worker.engine.processes import run_clock, run_worker
from worker.engine.redis import connect
from worker.engine.sweep import Schedule
from worker.engine.wakeups import Wakeups
from worker.web.app import Touch, WebConfig, make_app
from worker.web.body import BodyReader
from worker.web.decide import DecisionPages
from worker.web.server import serve

log = structlog.get_logger("roles")

GapsAsked = Annotated[bool, typer.Option(GAPS_ASKED, hidden=True, help="Whoever started this has asked for gaps.")]


def worker(config: Config = None, gaps_asked: GapsAsked = False) -> None:
    """Work on what is due."""
    settings = _ready(config, gaps_asked=gaps_asked)
    service = _service(settings)
    broker = make_broker(service.redis)
    declare(broker, service.work)
    threads = settings.engine.workers
    raise typer.Exit(run_worker(broker, service.store, threads=threads, each_second=(service.budgets.remember,)))


def clock(config: Config = None, gaps_asked: GapsAsked = False) -> None:
    """Wake workers when something is due. Any number of clocks may run."""
    settings = _ready(config, gaps_asked=gaps_asked)
    service = _service(settings)
    broker = make_broker(service.redis)
    schedule = Schedule(service.sweeper)
    wakeups = Wakeups(service.store, broker, hands=settings.engine.workers)
    raise typer.Exit(run_clock(wakeups, each_second=(schedule.keep,)))


def web(config: Config = None, gaps_asked: GapsAsked = False) -> None:
    """Take webhooks in, and answer /healthz, /readyz and /metrics."""
    settings = _ready(config, gaps_asked=gaps_asked)
    service = _service(settings)

    def ready() -> Sequence[str]:
        try:
            service.redis.ping()
        except RedisError:
            return ("Redis does not answer.",)
        return ()

    config_of_web = WebConfig(
        secrets={name: site.webhook_secrets for name, site in settings.sites.items()},
        kinds={name: site.kind for name, site in settings.sites.items()},
        max_body_bytes=settings.web.max_body_bytes,
    )
    app = make_app(config_of_web, touch_of(service), ready, counter=counter_of(service))
    serve(app, settings.web.host, settings.web.port)


def counter_of(service: Service) -> Callable[[BodyReader], DecisionPages] | None:
    """The pages behind the links in mails; None where no mail carries one."""
    settings = service.settings
    if not settings.web.public_url:
        return None
    zone = ZoneInfo(settings.policy.default_timezone)
    return lambda bodies: DecisionPages(
        counter=service.decisions,
        keys=settings.signing_keys,
        now=service.clock.now,
        today=lambda: service.clock.now().astimezone(zone).date(),
        bodies=bodies,
    )


def touch_of(service: Service) -> Touch:
    """What a webhook does: it marks."""

    def touch(site: str, container: str, locator: str | None, labels: frozenset[str] | None, action: str) -> None:
        # Something on the site, nobody says where: one look at each group of containers finds it.
        polls = () if container else service.trackers.read(site).polls()
        for name in [container] if container else [poll.partition(",")[0] for poll in polls]:
            service.intake.heard(site, name, locator, labels)
        log.debug("webhook", site=site, container=container, locator=locator, action=action)

    return touch


def _ready(config: Path | None, *, gaps_asked: bool) -> Settings:
    """The settings of a role and, unless that was done, a search for the trackers' gaps begun."""
    settings = service_settings(config)
    if not gaps_asked:
        log_gaps(trackers_of(settings, writers=False))
    return settings


def _service(settings: Settings) -> Service:
    url = settings.redis_url
    if url is None:
        raise Stop("This role needs REDIS_URL. `followthrough run` brings its own Redis.", USAGE)
    redis: Redis = connect(url)
    return service_of(settings, redis, SystemClock())
