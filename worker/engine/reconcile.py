"""One wake-up: claim a unit, work on it, say when to look again. And what becomes of every way in which that can fail.

A failure stays with its unit: other units go on. What a tracker or a budget asks us to wait for does not count against
the unit; what fails again and again is set aside with its reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, assert_never

import structlog
from pydantic import TypeAdapter
from redis import RedisError

from worker.channels.port import ChannelUnavailable
from worker.domain.model import Dossier, IssueRef, Mode
from worker.domain.plan.effects import Plan
from worker.engine.cache import Cache
from worker.engine.clock import Clock
from worker.engine.deadletters import DeadLetters
from worker.engine.ledger import Pages
from worker.engine.people import People
from worker.engine.perform import LeaseLost, OverBudget, Performer
from worker.engine.post_mortems import Outcome, PostMortems
from worker.engine.store import Lease, Store, growing_wait
from worker.engine.sweep import Sweeper
from worker.engine.trackers import Trackers
from worker.engine.units import (
    UNENROL,
    DigestsUnit,
    DigestUnit,
    EnrolledUnit,
    FullUnit,
    PersonUnit,
    PostMortemUnit,
    SweepUnit,
    UnenrolUnit,
    parse_unit,
)
from worker.trackers.errors import (
    Ambiguous,
    CredentialRefused,
    Missing,
    RateLimited,
    Unavailable,
)

log = structlog.get_logger("engine")

_DOSSIER: TypeAdapter[Dossier] = TypeAdapter(Dossier)
LOOK_AFTER_DOUBT = timedelta(seconds=60)
LOOK_AFTER_REFUSED_CREDENTIAL = timedelta(minutes=15)
LOOK_AFTER_SILENCE = timedelta(minutes=1)


LOOK_AFTER_HOLD = timedelta(hours=1)
MANY_LEAVE = (
    "more post-mortems lost their label within an hour than policy.yaml allows (unenrol_at_most_an_hour). If a label "
    "was renamed, put it back. If it is meant, `followthrough stuck retry hold:unenrol` lets them go."
)


class Budget(Protocol):
    """Shared budgets over all workers: `spend` returns 0 where it is granted, else the seconds to wait."""

    def spend(self, name: str) -> float: ...

    def penalize(self, name: str, wait_s: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Everything that one worker needs to do its work."""

    store: Store
    cache: Cache
    clock: Clock
    trackers: Trackers
    post_mortems: PostMortems
    people: People
    sweeper: Sweeper
    budget: Budget
    stuck: DeadLetters
    performer: Callable[[Callable[[str], None]], Performer]
    observers: tuple[Callable[[str, Outcome], None], ...] = field(default=())

    def work(self, most: int = 1) -> int:
        """Claim up to `most` units and work on each. Returns how many were worked on. Raises only if Redis fails."""
        done = 0
        while done < most:
            leases = self.store.claim(1)
            if not leases:
                break
            self.run(leases[0])
            done += 1
        return done

    def run(self, lease: Lease) -> None:
        """Work on one unit and end its lease, whatever happens."""
        began = time.monotonic()
        facts: dict[str, object] = {}
        try:
            again = self._unit(lease, facts)
            self.store.done(lease, again)
            facts["result"] = "done"
        except LeaseLost:
            facts["result"] = "lease lost"
        except OverBudget as err:
            facts["result"] = "over budget"
            self.store.postpone(lease, self.clock.now() + timedelta(seconds=err.wait_s))
        except RateLimited as err:
            facts |= {"result": "rate limited", "wait_s": err.wait_s}
            self.budget.penalize(_site(lease.key), err.wait_s)
            self.store.postpone(lease, self.clock.now() + timedelta(seconds=err.wait_s))
        except CredentialRefused as err:
            facts |= {"result": "credential refused", "error": str(err)}
            log.error("credential refused", site=_site(lease.key), remedy="renew the credential of this site")
            self.store.postpone(lease, self.clock.now() + LOOK_AFTER_REFUSED_CREDENTIAL)
        except Ambiguous as err:
            facts |= {"result": "in doubt", "error": str(err)}
            self.store.failed(lease, str(err), self.clock.now() + LOOK_AFTER_DOUBT)
        except (Unavailable, ChannelUnavailable) as err:
            facts |= {"result": "unavailable", "error": str(err)}
            self.store.postpone(lease, self.clock.now() + growing_wait(lease.attempts))
        except RedisError:
            raise
        except Exception as err:
            # One unit's failure, of whatever kind, must not stop the others.
            facts |= {"result": "failed", "error": f"{type(err).__name__}: {err}"}
            stuck = self.store.failed(lease, f"{type(err).__name__}: {err}", self._later(lease))
            log.exception("a unit failed", unit=lease.key, stuck=stuck)
        finally:
            log.info("unit", unit=lease.key, seconds=round(time.monotonic() - began, 3), **facts)

    def _later(self, lease: Lease) -> datetime:
        return self.clock.now() + growing_wait(lease.attempts)

    def _unit(self, lease: Lease, facts: dict[str, object]) -> datetime | None:
        """Work on the unit; return when to look again though nobody marks it."""
        now = self.clock.now()
        unit = parse_unit(lease.key)
        match unit:
            case PostMortemUnit():
                return self._post_mortem(lease, unit.ref, now, facts)
            case PersonUnit():
                return self._person(lease, unit, now, facts)
            case DigestUnit():
                return self._digest(lease, unit, now, facts)
            case SweepUnit():
                return self.sweeper.sweep(unit, now)
            case FullUnit():
                return self.sweeper.full(unit, now)
            case EnrolledUnit():
                self._enrolled(lease)
                return None
            case DigestsUnit():
                return self.sweeper.digests(now)
            case UnenrolUnit():
                self.cache.allow_unenrolling()
                return None
        assert_never(unit)

    def guard(self, lease: Lease) -> Callable[[str], None]:
        """What has to hold before each external write of this lease: it is still ours, and the budget is not spent."""

        def before_write(site: str) -> None:
            if not self.store.hold(lease):
                raise LeaseLost(lease.key)
            wait_s = self.budget.spend(site)
            if wait_s > 0:
                raise OverBudget(wait_s)

        return before_write

    def _post_mortem(self, lease: Lease, ref: IssueRef, now: datetime, facts: dict[str, object]) -> datetime | None:
        try:
            outcome = self.post_mortems.reconcile(ref, now, self.performer(self.guard(lease)), self._may_leave)
        except Missing:
            self._forget(ref.key, now)
            facts["gone"] = True
            return None
        if outcome.moved_to is not None:
            self._forget(ref.key, now)
            self.store.add(outcome.moved_to.key, now)
            facts["moved_to"] = outcome.moved_to.key
            return None
        facts |= {"effects": len(outcome.performed), "withheld": len(outcome.planned.effects) * outcome.withheld}
        if outcome.held:
            facts["result"] = "held"
            return now + LOOK_AFTER_HOLD
        self.remember(outcome, now)
        for observer in self.observers:
            observer(ref.key, outcome)
        return outcome.plan.wake_at

    def remember(self, outcome: Outcome, now: datetime) -> None:
        """Keep what later marks are made from, and mark the people whom this post-mortem concerns."""
        plan, key = outcome.plan, outcome.observed.ref.key
        for gap in plan.gaps:
            log.warning("gap", unit=key, gap=gap)
        if plan.dossier is None:
            self._forget(key, now)
            return
        if not self.cache.is_enrolled(key):
            self.cache.enrol(key)
            self.sweeper.enrolment_changed(now)
        self.cache.set_owners(key, (child.key for child in plan.children))
        self.cache.set_dossier(key, _DOSSIER.dump_json(plan.dossier))
        people = {parse_unit(unit) for unit, _ in plan.marks}
        self.cache.concern(key, (p.person for p in people if isinstance(p, PersonUnit)))
        if outcome.observed.mode is Mode.LIVE:
            self.store.add_many(plan.marks)
        if plan.leaves or (outcome.observed.state is not None and outcome.observed.state.left):
            self.cache.unenrol(key)
            self.sweeper.enrolment_changed(now)

    def _forget(self, key: str, now: datetime) -> None:
        if self.cache.is_enrolled(key):
            self.cache.unenrol(key)
            self.sweeper.enrolment_changed(now)
        self.cache.concern(key, ())
        self.cache.forget_dossier(key)

    def _may_leave(self, plan: Plan) -> bool:
        """Whether this enrolment may end now. Where many would end at once, all wait until the operator has looked."""
        if self.cache.unenrolling_allowed():
            return True
        if self.stuck.show(UNENROL) is None and self.budget.spend(UNENROL) <= 0:
            return True
        self.stuck.put(UNENROL, MANY_LEAVE)
        log.error("many post-mortems lost their label at once; nothing is un-enrolled", unit=plan.unit, why=MANY_LEAVE)
        return False

    def _person(self, lease: Lease, unit: PersonUnit, now: datetime, facts: dict[str, object]) -> datetime | None:
        if not self.store.may_speak(self.trackers.reads):
            return now + LOOK_AFTER_SILENCE
        pages = self.people.book.load()
        dossiers = []
        for key in self.cache.concerns(unit.person):
            try:
                dossier = self.post_mortems.look(IssueRef.parse(key), now).plan.dossier
            except Missing:
                continue
            if dossier is not None:
                dossiers.append(dossier)
        plan = self.people.plan_person(unit, dossiers, pages, now)
        return self._tell(lease, plan, pages, now, facts)

    def _digest(self, lease: Lease, unit: DigestUnit, now: datetime, facts: dict[str, object]) -> datetime | None:
        if not self.store.may_speak(self.trackers.reads):
            return now + LOOK_AFTER_SILENCE
        pages = self.people.book.load()
        plan = self.people.plan_digest(unit, self.dossiers(now), pages, now)
        return self._tell(lease, plan, pages, now, facts)

    def _tell(self, lease: Lease, plan: Plan, pages: Pages, now: datetime, facts: dict[str, object]) -> datetime | None:
        guard = self.guard(lease)
        site = self.people.book.site
        told = self.people.deliver(plan, pages, now, lambda: guard(site))
        for gap in plan.gaps:
            log.warning("gap", unit=lease.key, gap=gap)
        for message, reason in told.bounced:
            log.warning("not deliverable", unit=lease.key, to=message.to, reason=reason)
        self.store.add_many(plan.marks)
        facts |= {"sent": len(told.sent), "bounced": len(told.bounced)}
        return plan.wake_at

    def dossiers(self, now: datetime) -> tuple[Dossier, ...]:
        """All enrolled post-mortems as last reconciled; those not kept any more are looked at afresh."""
        keys = self.cache.enrolled()
        kept: Mapping[str, bytes] = self.cache.dossiers(keys)
        out = []
        for key in keys:
            raw = kept.get(key)
            if raw is not None:
                out.append(_DOSSIER.validate_json(raw))
                continue
            try:
                found = self.post_mortems.look(IssueRef.parse(key), now).plan.dossier
            except Missing:
                continue
            if found is not None:
                out.append(found)
        return tuple(out)

    def _enrolled(self, lease: Lease) -> None:
        guard = self.guard(lease)
        if self.trackers.mode(self.people.book.site) is not Mode.OBSERVE:
            self.sweeper.remember_enrolled(lambda: guard(self.people.book.site))


def _site(key: str) -> str:
    head, _, rest = key.partition(":")
    return rest.partition(":")[0] if head in {"sweep", "full"} else head
