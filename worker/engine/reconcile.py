"""One wake-up: claim a unit, work on it, say when to look again. And what becomes of every way in which that can fail.

A failure stays with its unit: other units go on. What a tracker or a budget asks us to wait for does not count against
the unit; what fails again and again is set aside with its reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol, assert_never

import structlog
from redis import RedisError

from worker.channels.port import ChannelUnavailable
from worker.domain.model import Dossier, IssueRef, Mode
from worker.domain.plan.effects import Plan
from worker.domain.wishes import with_wishes
from worker.engine.cache import Cache
from worker.engine.clock import Clock
from worker.engine.deadletters import DeadLetters
from worker.engine.directories import Directories, Refresh
from worker.engine.intake import node_name
from worker.engine.kept import Kept, Makes, dump_dossier
from worker.engine.leaving import Leaving
from worker.engine.ledger import LOOK_AFTER_DOUBT, Pages
from worker.engine.observe import Gone
from worker.engine.people import People
from worker.engine.perform import LeaseLost, OverBudget, Performer
from worker.engine.post_mortems import Outcome, PostMortems
from worker.engine.store import Lease, Store, growing_wait
from worker.engine.storm import Storm, tells_a_step, tells_steps
from worker.engine.sweep import Sweeper
from worker.engine.trackers import Trackers
from worker.engine.units import (
    PEOPLE,
    RESERVED,
    UNENROL,
    DigestsUnit,
    DigestUnit,
    EnrolledUnit,
    FullUnit,
    PersonUnit,
    PostMortemUnit,
    SourcesUnit,
    StormUnit,
    SweepUnit,
    UnenrolUnit,
    parse_unit,
)
from worker.trackers.errors import (
    Ambiguous,
    CredentialRefused,
    RateLimited,
    Unavailable,
)

log = structlog.get_logger("engine")

LOOK_AFTER_REFUSED_CREDENTIAL = timedelta(minutes=5)
LOOK_AFTER_SILENCE = timedelta(minutes=1)
LOOK_AFTER_OUTAGE = timedelta(seconds=30)
LOOK_AFTER_HOLD = timedelta(hours=1)
LONGEST_WAIT = timedelta(minutes=10)
WORTH_A_WORD = 6
"""How often in a row a unit waits for something that is away before the log says so as an error."""
GONE = (
    "if it was deleted, nothing is to be done; if not, give the service's account access to its repository, and the "
    "daily look takes it up again"
)


class Budget(Protocol):
    """Shared budgets over all workers: `spend` returns 0 where it is granted, else the seconds to wait."""

    def spend(self, name: str) -> float: ...

    def penalize(self, name: str, wait_s: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Everything that one worker needs. `directories` and `refresh` are there where people.yaml names sources."""

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
    directories: Directories | None = None
    refresh: Refresh | None = None
    observers: tuple[Callable[[str, Outcome], None], ...] = field(default=())

    def work(self, most: int = 1) -> int:
        """Claim up to `most` units and work on each. Returns how many were worked on. Raises only if Redis fails."""
        done = 0
        while done < most and (leases := self.store.claim(1)):
            self._present().run(leases[0])
            done += 1
        return done

    def _present(self) -> Engine:
        """This engine with everybody as known now: a unit sees one directory from its beginning to its end."""
        directory = self.directories.present() if self.directories is not None else self.people.directory
        directory = with_wishes(directory, self.people.book.wishes())
        if directory is self.people.directory:
            return self
        post_mortems, people = self.post_mortems.with_directory(directory), replace(self.people, directory=directory)
        sweeper = replace(self.sweeper, directory=directory)
        return replace(self, post_mortems=post_mortems, people=people, sweeper=sweeper)

    def run(self, lease: Lease) -> None:
        """Work on one unit and end its lease, whatever happens."""
        began = time.monotonic()
        facts: dict[str, object] = {"result": "done"}
        try:
            shut = self.store.shut_until(lease.key, self._site(lease.key))
            if shut is not None:
                facts["result"] = "closed for now"
                self.store.postpone(lease, shut)
                return
            self.store.done(lease, self._unit(lease, facts))
        except LeaseLost:
            facts["result"] = "lease lost"
        except OverBudget as err:
            facts["result"] = "over budget"
            self.store.postpone(lease, self.clock.now() + timedelta(seconds=err.wait_s))
        except RateLimited as err:
            facts |= {"result": "rate limited", "wait_s": err.wait_s}
            self.store.postpone(lease, self._shut(err.site or self._site(lease.key), err))
        except CredentialRefused as err:
            facts |= {"result": "credential refused", "error": str(err)}
            self.store.postpone(lease, self._shut(err.site or self._site(lease.key), err))
        except Ambiguous as err:
            facts |= {"result": "in doubt", "error": str(err)}
            # However soon somebody marks the unit again: what was created may not show yet.
            self.store.shut(lease.key, self.clock.now() + LOOK_AFTER_DOUBT)
            self._wait(lease, err, first=LOOK_AFTER_DOUBT)
        except (Unavailable, ChannelUnavailable) as err:
            facts |= {"result": "unavailable", "error": str(err)}
            self._wait(lease, err, first=LOOK_AFTER_OUTAGE)
        except RedisError:
            raise
        except Exception as err:
            # One unit's failure, of whatever kind, must not stop the others.
            facts |= {"result": "failed", "error": f"{type(err).__name__}: {err}"}
            stuck = self._fail(lease, f"{type(err).__name__}: {err}")
            log.exception("a unit failed", unit=lease.key, stuck=stuck)
        finally:
            log.info("unit", unit=lease.key, seconds=round(time.monotonic() - began, 3), **facts)

    def _shut(self, site: str, err: RateLimited | CredentialRefused) -> datetime:
        """Leave a whole site alone for as long as it asks, or until somebody may have renewed its credential."""
        if isinstance(err, RateLimited):
            until = self.clock.now() + timedelta(seconds=err.wait_s)
            self.budget.penalize(site, err.wait_s)
            self.store.shut(site, until)
            return until
        until = self.clock.now() + LOOK_AFTER_REFUSED_CREDENTIAL
        if self.store.shut(site, until):
            log.error("credential refused", site=site, error=str(err), remedy="renew the credential of this site")
        return until

    def _wait(self, lease: Lease, err: Exception, *, first: timedelta) -> None:
        waits = self.store.away(lease, first=first, most=LONGEST_WAIT)
        if waits == WORTH_A_WORD:
            log.error("a unit has been waiting for long", unit=lease.key, error=str(err), tries=waits)

    def _fail(self, lease: Lease, reason: str) -> bool:
        """Count a failure of the unit. A periodic look is never set aside: without it nobody would be told anything."""
        if isinstance(parse_unit(lease.key), SweepUnit | FullUnit | EnrolledUnit | DigestsUnit | SourcesUnit):
            self.store.away(lease, first=LOOK_AFTER_OUTAGE, most=LONGEST_WAIT)
            return False
        return self.store.failed(lease, reason, self.clock.now() + growing_wait(lease.attempts))

    def _site(self, key: str) -> str:
        """The site that this unit mainly speaks to; units of people speak to the ledger's."""
        head, _, rest = key.partition(":")
        if head in {"sweep", "full"}:
            return rest.partition(":")[0]
        return self.people.book.site if head in RESERVED else head

    def _unit(self, lease: Lease, facts: dict[str, object]) -> datetime | None:
        """Work on the unit; return when to look again though nobody marks it."""
        now = self.clock.now()
        unit = parse_unit(lease.key)
        match unit:
            case PostMortemUnit() if self._kept.not_yet():
                return now + LOOK_AFTER_SILENCE
            case PostMortemUnit():
                return self._post_mortem(lease, unit.ref, now, facts)
            case PersonUnit():
                return self._person(lease, unit, now, facts)
            case DigestUnit():
                return self._digest(lease, unit, now, facts)
            case SweepUnit():
                return self.sweeper.sweep(unit, now, lambda: self._prolong(lease))
            case FullUnit():
                return self.sweeper.full(unit, now, lambda: self._prolong(lease))
            case EnrolledUnit():
                self._enrolled(lease)
                return None
            case DigestsUnit():
                return self.sweeper.digests(now)
            case SourcesUnit():
                return self.refresh(now, lambda: self._prolong(lease)) if self.refresh is not None else None
            case UnenrolUnit():
                self.cache.allow_unenrolling()
                return None
            case StormUnit():
                self._storm.allow(now)
                # Whoever was held back waits for the next look; that is now.
                self.store.add_many((key, now) for key, _ in self.store.pending("person:"))
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

    def _prolong(self, lease: Lease) -> None:
        """Keep the lease of a periodic look during a long read. Where it is lost the look goes on all the same: to mark
        twice does no harm, and a look that never ended would silence everybody."""
        if not self.store.hold(lease) and self.store.closing:
            raise LeaseLost(lease.key)

    def _post_mortem(self, lease: Lease, ref: IssueRef, now: datetime, facts: dict[str, object]) -> datetime | None:
        away = self._kept.away(ref.site)
        try:
            outcome = self.post_mortems.reconcile(
                ref, now, self.performer(self.guard(lease)), lambda seen: self._may_leave(seen, now), away
            )
        except Gone as err:
            if self.cache.is_enrolled(ref.key):
                log.warning("a post-mortem is gone", unit=ref.key, error=str(err), remedy=GONE)
            self._forget(ref.key, now)
            facts["result"] = "gone"
            return None
        if outcome.moved_to is not None:
            self._forget(ref.key, now)
            self.store.add(outcome.moved_to.key, now)
            facts["moved_to"] = outcome.moved_to.key
            return None
        for site, silence in away.errors.items():
            if isinstance(silence, RateLimited | CredentialRefused):
                self._shut(site, silence)
        if outcome.observed.away:
            facts["away"] = sorted(outcome.observed.away)
        facts |= {"effects": len(outcome.performed), "withheld": len(outcome.planned.effects) * outcome.withheld}
        if outcome.held:
            facts["result"] = "held"
            return now + LOOK_AFTER_HOLD
        self.remember(outcome, now)
        for observer in self.observers:
            observer(ref.key, outcome)
        if outcome.doubt:
            raise Ambiguous(outcome.doubt)
        again = now + LONGEST_WAIT if outcome.observed.away else None
        return _sooner(outcome.plan.wake_at, again)

    def remember(self, outcome: Outcome, now: datetime) -> None:
        """Keep what later marks are made from, and mark the people whom this post-mortem concerns."""
        plan, key = outcome.plan, outcome.observed.ref.key
        if not outcome.observed.away:
            # That a site is away is said once, by its own sweep, and not by each post-mortem with an issue there.
            for gap in plan.gaps:
                log.warning("gap", unit=key, gap=gap)
        if plan.dossier is None:
            self._forget(key, now)
            return
        self.cache.set_dossier(key, dump_dossier(plan.dossier))
        nodes = {issue.ref: issue.node for issue in outcome.observed.all_issues() if issue.node}
        names = (node_name(child.site, nodes[child]) for child in plan.children if child in nodes)
        self.cache.set_owners(key, (*(child.key for child in plan.children), *names))
        people = {parse_unit(unit) for unit, _ in plan.marks}
        self.cache.concern(key, (p.person for p in people if isinstance(p, PersonUnit)))
        state = outcome.observed.state
        self._leaving.note(key, state.leaving_since if state is not None else None, now)
        # An ended enrolment whose review is still to be called off stays on the list: a wipe must not lose that.
        ended = plan.leaves or (state is not None and state.left)
        owing = _cancels_at(plan.dossier, now)
        listed = not ended or owing is not None
        if listed != self.cache.is_enrolled(key):
            self.sweeper.enrolment_changed(now)
            (self.cache.enrol if listed else self.cache.unenrol)(key)
        if ended and owing is not None:
            self.store.add(key, owing)
        if outcome.observed.mode is Mode.LIVE:
            self.store.add_many(plan.marks)

    def _forget(self, key: str, now: datetime) -> None:
        if self.cache.is_enrolled(key):
            self.sweeper.enrolment_changed(now)
            self.cache.unenrol(key)
        self.cache.concern(key, ())
        self.cache.forget_dossier(key)

    @property
    def _leaving(self) -> Leaving:
        most = self.people.policy.unenrol_at_most_an_hour
        return Leaving(cache=self.cache, stuck=self.stuck, most=most, spend=lambda: self.budget.spend(UNENROL))

    @property
    def _storm(self) -> Storm:
        return Storm(cache=self.cache, stuck=self.stuck, most=self.people.policy.tell_at_most_an_hour)

    @property
    def _kept(self) -> Kept:
        return Kept(
            store=self.store,
            cache=self.cache,
            trackers=self.trackers,
            post_mortems=self.post_mortems,
            stuck=self.stuck,
            besides=() if self.refresh is None else (PEOPLE,),
        )

    def _may_leave(self, seen: Outcome, now: datetime) -> bool:
        """Whether this enrolment may end now. Where many would end together, all wait until the operator has looked."""
        key, state = seen.observed.ref.key, seen.observed.state
        unseen = lambda: bool(self.store.unswept(self.trackers.reads)) or self._unseen()  # noqa: E731 (one condition)
        since = (state.leaving_since if state is not None else None) or now
        self._leaving.note(key, since, now)
        return self._leaving.may_end(key, since, unseen)

    def _unseen(self) -> bool:
        """Whether something that may concern anybody has not been read since this Redis began, and soon will be."""
        return bool(self._kept.unread()) or bool(self._kept.unseen())

    def _person(self, lease: Lease, unit: PersonUnit, now: datetime, facts: dict[str, object]) -> datetime | None:
        if self._unseen():
            return now + LOOK_AFTER_SILENCE
        pages = self.people.book.load()
        make: Makes = lambda dossiers: self.people.plan_person(unit, dossiers, pages, now)  # noqa: E731 (typed)
        plan, missed = self._kept.plan_fresh(lease, self.cache.concerns(unit.person), now, make)
        if tells_steps(plan) and not self._storm.may_tell(unit.person, now, lambda: self._told_at_once(pages, now)):
            # Invitations and cancellations are no part of a storm.
            plan = replace(plan, effects=tuple(e for e in plan.effects if not tells_a_step(e)))
            self._tell(lease, plan, pages, now, facts)
            facts["result"] = "held"
            return now + LOOK_AFTER_HOLD
        return _sooner(self._tell(lease, plan, pages, now, facts), missed)

    def _told_at_once(self, pages: Pages, now: datetime) -> frozenset[str]:
        return self.people.told_at_once(self._kept.known(self.cache.enrolled()), pages, now)

    def _digest(self, lease: Lease, unit: DigestUnit, now: datetime, facts: dict[str, object]) -> datetime | None:
        if self._unseen():
            return now + LOOK_AFTER_SILENCE
        pages = self.people.book.load()
        make: Makes = lambda dossiers: self.people.plan_digest(unit, dossiers, pages, now)  # noqa: E731 (typed)
        plan, missed = self._kept.plan_all(lease, self.cache.enrolled(), now, make)
        return _sooner(self._tell(lease, plan, pages, now, facts), missed)

    def _tell(self, lease: Lease, plan: Plan, pages: Pages, now: datetime, facts: dict[str, object]) -> datetime | None:
        guard = self.guard(lease)
        site = self.people.book.site
        told = self.people.deliver(plan, pages, now, lambda: guard(site))
        if pages.began_on is None:
            # A ledger that was lost begins anew at once: from that day on the days of peace are counted.
            self.sweeper.enrolment_changed(now)
        for gap in plan.gaps:
            log.warning("gap", unit=lease.key, gap=gap)
        for message, reason in told.bounced:
            log.warning("not deliverable", unit=lease.key, to=message.to, reason=reason)
        self.store.add_many(plan.marks)
        facts |= {"sent": len(told.sent), "bounced": len(told.bounced)}
        return plan.wake_at

    def _enrolled(self, lease: Lease) -> None:
        guard = self.guard(lease)
        if self.trackers.mode(self.people.book.site) is not Mode.OBSERVE:
            self.sweeper.remember_enrolled(lambda: guard(self.people.book.site))


def _cancels_at(dossier: Dossier, now: datetime) -> datetime | None:
    """When the review that is called off would have begun, while that is to come: until then people are to hear it."""
    review = dossier.review
    return review.start if review is not None and review.cancelled and review.start > now else None


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)
