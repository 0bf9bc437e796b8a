"""`followthrough apply`: reconcile these issues once, now, and say what was done.

With Redis the engine works on each issue as it would for the service, under the unit's lease, so that whatever happens
is dealt with alike. Without Redis only when told that the service is stopped, since then nobody else can be writing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from redis import RedisError

from worker.app.settings import Settings
from worker.app.wiring import Service, performer_of, post_mortems_of, redis_of, service_of, trackers_of, write_windows
from worker.cli.alone import OwnPace
from worker.cli.common import failure, moved, quiet_logs, refs_from, settings_with_people, shown, stop_for
from worker.cli.exits import FAILED, USAGE, Stop
from worker.domain.model import IssueRef, Mode
from worker.domain.plan.effects import CreateIssue
from worker.engine.clock import SystemClock
from worker.engine.perform import LeaseLost, OverBudget, Performer
from worker.engine.post_mortems import Outcome, PostMortems
from worker.engine.store import Lease
from worker.engine.trackers import Away
from worker.trackers.errors import CredentialRefused, RateLimited, TrackerError


def apply(
    keys: Annotated[list[str], typer.Argument(help="Keys or browser addresses.")],
    config: Annotated[Path | None, typer.Option(help="The folder with followthrough.yaml.")] = None,
    service_stopped: Annotated[bool, typer.Option(help="The service is not running: work without Redis.")] = False,
) -> None:
    """Reconcile these issues once, now."""
    settings = settings_with_people(config)
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
            failed |= not _apply_one(ref, reconcile, settings)
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
        pace = OwnPace(lambda site: write_windows(settings, site))
        performer = performer_of(settings, trackers, clock, pace.before_write)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Overheard(PostMortems):
    """Reconciles as ever, and keeps what came of it: the engine keeps that to itself."""

    outcomes: list[Outcome] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def reconcile(
        self,
        ref: IssueRef,
        now: datetime,
        performer: Performer,
        may_leave: Callable[[Outcome], bool] = lambda _: True,
        away: Away | None = None,
    ) -> Outcome:
        try:
            # Not super(): a slotted dataclass is another class than the one in which this method was written.
            outcome = PostMortems.reconcile(self, ref, now, performer, may_leave, away)
        except Exception as err:
            self.errors.append(err)
            raise
        self.outcomes.append(outcome)
        return outcome


def _leased(service: Service, ref: IssueRef) -> Outcome:
    """Let the engine work on this issue now. Raises what reconciling it raised, once the engine has dealt with it."""
    lease = _claim(service, ref)
    plain = service.engine.post_mortems
    heard = _Overheard(observer=plain.observer, policy=plain.policy, directory=plain.directory)
    try:
        # What the log would say, this command says in its own words.
        with quiet_logs():
            replace(service.engine, post_mortems=heard).run(lease)
    except RedisError as err:
        raise Stop(f"{ref.key}: Redis does not answer any more: {err}", FAILED) from None
    for error in heard.errors:
        raise error
    if not heard.outcomes:
        raise Stop(f"{ref.key} or its site has to be left alone for now. Try again in a minute.", FAILED)
    return heard.outcomes[0]


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


def _apply_one(ref: IssueRef, reconcile: Reconcile, settings: Settings) -> bool:
    try:
        outcome = reconcile(ref)
    except CredentialRefused as err:
        raise stop_for(err, settings) from None
    except (RateLimited, OverBudget) as err:
        # The other issues would meet the same.
        again = f"Apply again in {err.wait_s:.0f} s; what was written so far stays."
        raise Stop(f"{failure(ref, err, settings)}. {again}", FAILED) from None
    except (TrackerError, LeaseLost) as err:
        typer.echo(failure(ref, err, settings), err=True)
        return False
    if outcome.moved_to is not None:
        typer.echo(moved(ref, outcome.moved_to))
        return True
    if outcome.held:
        why = "`followthrough stuck list` says why, unless its Redis is so new that not all has been looked at yet"
        typer.echo(f"{ref.key}: its enrolment would end, which is held back for now; {why}.", err=True)
        return False
    for gap in outcome.plan.gaps:
        typer.echo(gap, err=True)
    refused = _refusals(outcome)
    done = [effect for effect in outcome.performed if (effect.name, effect.target) not in refused]
    if done or not refused:
        typer.echo(shown(done, bodies=False) or f"{ref.key}: nothing to do.")
    for (name, target), reason in refused.items():
        typer.echo(f"! {name} {target}  ({reason})", err=True)
    if outcome.doubt:
        typer.echo(f"{ref.key}: {outcome.doubt}; apply again in a minute.", err=True)
    return not outcome.doubt and not refused


def _refusals(outcome: Outcome) -> dict[tuple[str, str], str]:
    """What the tracker said no to, by the effect's name and target, with its words. A refused create counts among the
    performed, because the comment tells of it."""
    observed = outcome.observed
    creates = [effect for effect in outcome.performed if isinstance(effect, CreateIssue)]
    return {
        **{(e.name, e.target): observed.refused[e.item] for e in creates if e.item in observed.refused},
        **observed.refusals,
    }
