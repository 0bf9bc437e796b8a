"""`followthrough apply`: reconcile these issues once, now, and say what was done.

Under the units' leases where Redis is reachable; without Redis only when told that the service is stopped, since then
nobody else can be writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from redis import RedisError

from worker.app.settings import Settings
from worker.app.wiring import Service, performer_of, post_mortems_of, redis_of, service_of, trackers_of
from worker.cli.common import failure, refs_from, settings_from, shown, stop_for
from worker.cli.exits import FAILED, USAGE, Stop
from worker.domain.model import IssueRef, Mode
from worker.engine.clock import SystemClock
from worker.engine.ledger import LOOK_AFTER_DOUBT
from worker.engine.perform import LeaseLost, OverBudget
from worker.engine.post_mortems import Outcome
from worker.engine.store import Lease
from worker.trackers.errors import CredentialRefused, TrackerError


def apply(
    keys: Annotated[list[str], typer.Argument(help="Keys or browser addresses.")],
    config: Annotated[Path | None, typer.Option(help="The folder with followthrough.yaml.")] = None,
    service_stopped: Annotated[bool, typer.Option(help="The service is not running: work without Redis.")] = False,
) -> None:
    """Reconcile these issues once, now."""
    settings = settings_from(config)
    trackers = trackers_of(settings, writers=True)
    refs = refs_from(keys, trackers)
    for ref in refs:
        if trackers.mode(ref.site) is Mode.OBSERVE:
            raise Stop(
                f"site {ref.site!r} is in mode observe: nothing is written. Set `mode: comment` (or `live`) in "
                "followthrough.yaml, or FOLLOWTHROUGH_MODE=comment, and call again.",
                USAGE,
            )
    failed = False
    with _means(settings, stopped=service_stopped) as reconcile:
        for ref in refs:
            failed |= not _apply_one(ref, reconcile)
    if failed:
        raise Stop("", FAILED)


Reconcile = Callable[[IssueRef], Outcome]


@contextmanager
def _means(settings: Settings, *, stopped: bool) -> Iterator[Reconcile]:
    """How to reconcile: under leases on the settings' Redis, or alone."""
    if settings.redis_url is None:
        if not stopped:
            raise Stop(
                "There is no REDIS_URL, so the running service's leases cannot be seen. Set it, or stop the service "
                "and add --service-stopped.",
                USAGE,
            )
        trackers = trackers_of(settings, writers=True)
        clock = SystemClock()
        performer = performer_of(settings, trackers, clock, lambda _site: None)
        looked = post_mortems_of(settings, trackers)
        yield lambda ref: looked.reconcile(ref, clock.now(), performer)
        return
    with redis_of(settings) as redis:
        service = service_of(settings, redis, SystemClock())
        try:
            redis.ping()
        except RedisError as err:
            raise Stop(f"Redis does not answer: {err}", FAILED) from None
        yield lambda ref: _leased(service, ref)


def _leased(service: Service, ref: IssueRef) -> Outcome:
    lease = _claim(service, ref)
    try:
        guard = service.engine.guard(lease)
        performer = performer_of(service.settings, service.trackers, service.clock, guard)
        outcome = service.engine.post_mortems.reconcile(ref, service.clock.now(), performer)
        service.engine.remember(outcome, service.clock.now())
    except BaseException:
        service.store.postpone(lease, service.clock.now() + timedelta(minutes=1))
        raise
    if outcome.doubt:
        again = service.clock.now() + LOOK_AFTER_DOUBT
        service.store.shut(ref.key, again)
        service.store.postpone(lease, again)
    else:
        service.store.done(lease, outcome.plan.wake_at)
    return outcome


def _claim(service: Service, ref: IssueRef) -> Lease:
    if (shut := service.store.shut_until(ref.key, ref.site)) is not None:
        wait_s = (shut - service.clock.now()).total_seconds()
        raise Stop(f"{ref.key} or its site has to be left alone for {wait_s:.0f} s more. Try again then.", FAILED)
    lease = service.store.claim_one(ref.key)
    if lease is None and (silence_s := service.store.silence_s()) > 0:
        raise Stop(f"This Redis is new: for {silence_s:.0f} s nobody may write yet. Try again then.", FAILED)
    if lease is None:
        raise Stop(f"{ref.key} is being worked on by the service at this moment; try again in a minute.", FAILED)
    return lease


def _apply_one(ref: IssueRef, reconcile: Reconcile) -> bool:
    try:
        outcome = reconcile(ref)
    except CredentialRefused as err:
        raise stop_for(err) from None
    except (TrackerError, LeaseLost, OverBudget) as err:
        typer.echo(failure(ref, err), err=True)
        return False
    if outcome.moved_to is not None:
        typer.echo(f"{ref.key} is now {outcome.moved_to.key}; apply that.")
        return True
    text = shown(outcome.performed, bodies=False)
    typer.echo(text or f"{ref.key}: nothing to do.")
    if outcome.doubt:
        typer.echo(f"{ref.key}: {outcome.doubt}; apply again in a minute.", err=True)
    return not outcome.doubt
