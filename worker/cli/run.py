"""`followthrough run`: the whole service in one process tree. The parent supervises and does no work of its own, so it
loads none of what the roles need."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import structlog
import typer

from worker.cli.configured import Config, service_settings
from worker.cli.exits import FAILED, Stop
from worker.engine.clock import SystemClock
from worker.engine.redis import EmbeddedRedis, NoRedis
from worker.engine.store import Store
from worker.engine.supervisor import Child, Supervisor

log = structlog.get_logger("roles")

ROLES = ("worker", "clock", "web")
GAPS_ASKED = "--gaps-asked"
ASKS_FOR_GAPS = "clock"
"""The role that asks for what the trackers lack, once for all: the least busy one."""


def run(config: Config = None) -> None:
    """Run the whole service: web, clock and workers, and a Redis where none is given."""
    settings = service_settings(config)
    options = ("--config", str(config)) if config is not None else ()
    if settings.redis_url:
        raise typer.Exit(Supervisor([_child(role, options, {}) for role in ROLES]).run())
    try:
        with EmbeddedRedis(settings.data_dir / "redis") as server:
            # Nobody else can be in the middle of anything: the first start need not keep silent for one lease.
            store = Store(server.client(), SystemClock(), lease_s=settings.engine.lease_s)
            store.begin_alone()
            for site in settings.sites:
                store.reopen(site)  # whoever starts anew has perhaps renewed a refused credential
            log.info("embedded redis started", url=server.url, remedy="set REDIS_URL to use one of your own")
            env = {"REDIS_URL": server.url}
            children = [_child(role, options, env) for role in ROLES]
            code = Supervisor(children, each_turn=(server.ensure_running,)).run()
    except NoRedis as err:
        raise Stop(str(err), FAILED) from None
    raise typer.Exit(code)


def _child(role: str, options: Sequence[str], env: dict[str, str]) -> Child:
    # This very program, whatever PATH says. -P: a folder named `worker` where we were started is not ours.
    asked = () if role == ASKS_FOR_GAPS else (GAPS_ASKED,)
    argv = (sys.executable, "-P", "-m", "worker.cli.main", role, *asked, *options)
    return Child(name=role, argv=argv, env={**env, "PYTHONUNBUFFERED": "1"})
