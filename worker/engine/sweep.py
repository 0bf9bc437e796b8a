"""The periodic looks: each poll's changes every few minutes, everything of a site once a day, owed digests hourly.

With no webhook at all these suffice. Idle cost: one request a poll. After a wiped Redis the full look
rebuilds what the marks were made from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from worker.domain.digest import digests_owed
from worker.domain.escalation import people_with_intents
from worker.domain.model import Directory
from worker.domain.plan.deputy import deputies_owed
from worker.domain.plan.person import person_unit
from worker.domain.policy import Policy
from worker.domain.weeks import rollups_owed
from worker.domain.wishes import with_wishes
from worker.engine.cache import Cache
from worker.engine.intake import Intake
from worker.engine.ledger import LedgerBook
from worker.engine.store import Store
from worker.engine.trackers import Trackers
from worker.engine.units import DIGESTS, ENROLLED, FullUnit, SweepUnit
from worker.trackers.errors import Missing, Refused, TrackerError

log = structlog.get_logger("sweep")

_REMEDY = "give the service's account access to it, or take it off its site's list in followthrough.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often what is looked at."""

    sweep: timedelta = timedelta(minutes=5)
    full: timedelta = timedelta(hours=24)
    digests: timedelta = timedelta(hours=1)
    enrolled_after: timedelta = timedelta(minutes=10)
    closed: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeper:
    """Performs the looks. Each method returns when to look again. `besides` are the keys of periodic looks that others
    perform, hourly unless they say otherwise."""

    trackers: Trackers
    store: Store
    cache: Cache
    intake: Intake
    book: LedgerBook
    policy: Policy
    directory: Directory
    rhythm: Rhythm
    besides: tuple[str, ...] = ()

    def schedule(self, now: datetime, *, at_once: bool) -> int:
        """Have every periodic look in the due set: at once where asked (this Redis is new), else no later than one
        period from now. Safe to call at any time and from any number of processes; returns how many were new.

        A site that cannot even list its containers is left to its full look, which is retried and reported.
        """
        rhythm = self.rhythm
        hourly = (DIGESTS, *self.besides)
        wanted: list[tuple[str, datetime]] = [(key, now if at_once else now + rhythm.digests) for key in hourly]
        for site, read in sorted(self.trackers.reads.items()):
            wanted.append((f"full:{site}", now if at_once else now + rhythm.full))
            try:
                polls = read.polls()
            except TrackerError:
                continue
            wanted += [(f"sweep:{site}:{poll}", now if at_once else now + rhythm.sweep) for poll in polls]
        return self.store.add_many(wanted)

    def sweep(self, unit: SweepUnit, now: datetime, prolong: Callable[[], None] = lambda: None) -> datetime | None:
        """Mark everything that changed in one poll; the cursor moves only once all of it is marked. A container
        that we may not read is tried again after a while. One that is not configured (any more) is not looked at, and
        None says so. `prolong` is called around the long read.
        """
        name = f"{unit.site}:{unit.poll}"
        read = self.trackers.reads.get(unit.site)
        if read is None:
            return None
        try:
            watched = {name.casefold(): poll for poll in read.polls() for name in (poll, *poll.split(","))}
            poll = watched.get(unit.poll.casefold())
            if poll is None:
                return None
            if poll != unit.poll:
                # A webhook writes one container's name as the tracker does; the settings may write it otherwise, and
                # one look may cover several.
                self.store.add(f"sweep:{unit.site}:{poll}", now)
                return None
            prolong()
            changes = read.changed(poll, self.cache.cursor(name))
            prolong()
        except (Missing, Refused) as err:
            log.error("can't be read", container=name, error=str(err), remedy=_REMEDY)
            return now + self.rhythm.closed
        for container, error in sorted(changes.unreadable.items()):
            log.error("can't be read", container=f"{unit.site}:{container}", error=error, remedy=_REMEDY)
        self.intake.saw(changes.issues)
        self.cache.set_cursor(name, changes.cursor)
        return now + self.rhythm.sweep

    def full(self, unit: FullUnit, now: datetime, prolong: Callable[[], None] = lambda: None) -> datetime:
        """Mark everything that carries the label or that the ledger knows as enrolled, and whoever has a message
        begun and not seen to be sent; then people may be told. `prolong` is called before each container.

        What is known already has its turn spread over the time until the next full look. At once come, together, those
        that are new or whose label is missing, and all of them where this Redis is new.
        """
        epoch = self.store.epoch()
        at_once = bool(self.store.unswept([unit.site]))
        read = self.trackers.read(unit.site)
        labelled: set[str] = set()
        for container in read.containers():
            prolong()
            try:
                labelled |= {issue.ref.key for issue in read.labelled(container, self.policy.label)}
            except (Missing, Refused) as err:
                # Its own sweep goes on trying; the other containers must not wait for it.
                log.error("can't be read", container=f"{unit.site}:{container}", error=str(err), remedy=_REMEDY)
        prolong()
        pages = self.book.load()
        # Until its own look says otherwise, what the ledger knows as enrolled is enrolled.
        self.cache.enrol(*pages.enrolled)
        known = {key for key in (*pages.enrolled, *self.cache.enrolled()) if key.startswith(f"{unit.site}:")}
        wanted = sorted(labelled | known)
        # Those without their label go together, so that a renamed label shows as what it is.
        urgent = set(wanted) if at_once else (known - labelled) | set(self.cache.without_dossier(wanted))
        begun = (self.directory.people[p] for p in people_with_intents(pages.ledger, now) if p in self.directory.people)
        self.store.add_many((key, now if key in urgent else now + _share(key) * self.rhythm.full) for key in wanted)
        self.store.add_many(person_unit(person, now, self.policy) for person in begun)
        self.store.mark_swept(unit.site, epoch)
        self.store.mark_ledger_read(epoch)
        return now + self.rhythm.full

    def remember_enrolled(self, before_write: Callable[[], None]) -> None:
        """Write the list of everything enrolled into the ledger: one write for any number of changes. What the ledger
        knows and this Redis does not is kept until a full look has ended: it may only have been forgotten here."""
        pages = self.book.load()
        known = set(self.cache.enrolled())
        if self.store.unswept(self.trackers.reads):
            known |= set(pages.enrolled)
        if known != set(pages.enrolled):
            before_write()
            self.book.write_enrolled(known, pages)

    def digests(self, now: datetime) -> datetime:
        """Have every digest that is owed, or will be within a day, in the due set."""
        pages = self.book.load()
        world = (with_wishes(self.directory, pages.ledger), pages.ledger, self.policy, now)
        owed = (*digests_owed(*world), *rollups_owed(*world), *deputies_owed(*world))
        soon = now + timedelta(days=1)
        self.store.add_many((key, at) for key, at in owed if at <= soon)
        return now + self.rhythm.digests

    def enrolment_changed(self, now: datetime) -> None:
        """Have the ledger's list of the enrolled brought up to date, a little later, so that many changes cost one
        write."""
        self.store.add(ENROLLED, now + self.rhythm.enrolled_after)


def _share(key: str) -> float:
    """Where in a period the turn of this unit comes, from 0 to 1, the same at every computing."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) / 2**32


class Schedule:
    """Keeps the periodic looks in the due set: all at once when this Redis is new to us, and every so often whatever is
    not there. One per clock role; `keep` is to be called about once a second."""

    def __init__(self, sweeper: Sweeper, *, every: int = 60) -> None:
        self._sweeper = sweeper
        self._every = every
        self._turns = 0
        self._epoch: str | None = "never seen"

    def keep(self) -> None:
        """Look whether this is still the Redis we know, and schedule what is missing."""
        store = self._sweeper.store
        epoch = store.epoch()
        if epoch != self._epoch or self._turns % self._every == 0:
            self._sweeper.schedule(store.clock.now(), at_once=epoch != self._epoch)
        self._epoch = epoch
        self._turns += 1
