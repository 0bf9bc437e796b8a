"""`followthrough run`, `web`, `clock`, `worker`: the service in one process tree, or its roles apart."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import structlog
import typer
from redis import Redis, RedisError

from worker.actors import declare
from worker.app.gaps import log_gaps
from worker.app.logs import set_up_logs
from worker.app.settings import Settings
from worker.app.wiring import Service, service_of, trackers_of
from worker.cli.common import settings_from
from worker.cli.exits import FAILED, USAGE, Stop
from worker.engine.broker import make_broker
from worker.engine.clock import SystemClock
from worker.engine.processes import run_clock, run_worker
from worker.engine.redis import EmbeddedRedis, NoRedis, connect
from worker.engine.store import Store
from worker.engine.supervisor import Child, Supervisor
from worker.engine.sweep import Schedule
from worker.engine.wakeups import Wakeups
from worker.web.app import Touch, WebConfig, make_app
from worker.web.server import serve

log = structlog.get_logger("roles")

GAPS_ASKED = "--gaps-asked"

Config = Annotated[Path | None, typer.Option(help="The folder with followthrough.yaml.")]
GapsAsked = Annotated[bool, typer.Option(GAPS_ASKED, hidden=True, help="Whoever started this has asked for gaps.")]


def run(config: Config = None) -> None:
    """Run the whole service: web, clock and workers, and a Redis where none is given."""
    settings = _ready(config, gaps_asked=False)
    options = (GAPS_ASKED, *(("--config", str(config)) if config is not None else ()))
    roles = ("worker", "clock", "web")
    if settings.redis_url:
        raise typer.Exit(Supervisor([_child(role, options, {}) for role in roles]).run())
    try:
        with EmbeddedRedis(settings.data_dir / "redis") as server:
            # Nobody else can be in the middle of anything: the first start need not keep silent for one lease.
            store = Store(server.client(), SystemClock(), lease_s=settings.engine.lease_s)
            store.begin_alone()
            for site in settings.sites:
                store.reopen(site)  # whoever starts anew has perhaps renewed a refused credential
            log.info("embedded redis started", url=server.url, remedy="set REDIS_URL to use one of your own")
            env = {"REDIS_URL": server.url}
            children = [_child(role, options, env) for role in roles]
            code = Supervisor(children, each_turn=(server.ensure_running,)).run()
    except NoRedis as err:
        raise Stop(str(err), FAILED) from None
    raise typer.Exit(code)


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
    app = make_app(config_of_web, touch_of(service), ready)
    serve(app, settings.web.host, settings.web.port)


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
    """The settings of a role, with logs set up and, unless that was done, a search for the trackers' gaps begun. Ends
    the command where there is nothing to serve."""
    settings = settings_from(config)
    set_up_logs(settings)
    for warning in settings.warnings:
        log.warning("settings", what=warning)
    if not gaps_asked:
        log_gaps(trackers_of(settings, writers=False))
    return settings


def _service(settings: Settings) -> Service:
    url = settings.redis_url
    if url is None:
        raise Stop("This role needs REDIS_URL. `followthrough run` brings its own Redis.", USAGE)
    redis: Redis = connect(url)
    return service_of(settings, redis, SystemClock())


def _child(role: str, options: Sequence[str], env: dict[str, str]) -> Child:
    # This very program, whatever PATH says. -P: a folder named `worker` where we were started is not ours.
    argv = (sys.executable, "-P", "-m", "worker.cli.main", role, *options)
    return Child(name=role, argv=argv, env={**env, "PYTHONUNBUFFERED": "1"})
