"""Which post-mortems may somebody be told about, and what is known of each?

A message is planned from the dossiers that were kept when each post-mortem was last reconciled. Only those that it
names are looked at afresh before it leaves, so a harmless comment costs no reading of all the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from pydantic import TypeAdapter
from redis import RedisError

from worker.domain.messages import Batch, Invite
from worker.domain.model import Dossier, IssueRef
from worker.domain.plan.effects import Plan, Send
from worker.engine.cache import Cache
from worker.engine.deadletters import DeadLetters
from worker.engine.observe import Gone
from worker.engine.perform import LeaseLost
from worker.engine.post_mortems import PostMortems
from worker.engine.store import Lease, Store
from worker.engine.trackers import Away, Trackers
from worker.trackers.errors import CredentialRefused, RateLimited, Unavailable

log = structlog.get_logger("engine")

_DOSSIER: TypeAdapter[Dossier] = TypeAdapter(Dossier)
LOOK_FOR_MISSED = timedelta(minutes=15)
PATIENCE = 4
"""How often in a row a unit waits for a post-mortem before people are told of those that can be read."""

Makes = Callable[[tuple[Dossier, ...]], Plan]
"""What a message's plan is made with: these dossiers."""


def dump_dossier(dossier: Dossier) -> bytes:
    """The bytes that `Cache.set_dossier` keeps."""
    return _DOSSIER.dump_json(dossier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The dossiers as kept, and the eyes to look afresh. `besides` names what else has to be read before people are
    told anything, as `Store.mark_swept` knows it."""

    store: Store
    cache: Cache
    trackers: Trackers
    post_mortems: PostMortems
    stuck: DeadLetters
    besides: tuple[str, ...] = ()

    def unseen(self) -> tuple[str, ...]:
        """The enrolled post-mortems of which nothing is known yet since Redis was wiped, sorted. Who can't be looked at
        soon is not waited for: sites that are shut or not configured, and units that are stuck or wait for long."""
        lacking = self.cache.without_dossier(self.cache.enrolled())
        if not lacking:
            return ()
        aside = {letter.key for letter in self.stuck.list()} | set(self.cache.leaving())
        return tuple(key for key in lacking if key not in aside and self._in_reach(key))

    def _in_reach(self, key: str) -> bool:
        site = key.partition(":")[0]
        if site not in self.trackers.reads or self.store.waits(key) >= PATIENCE:
            return False
        return self.store.shut_until(key, site) is None

    def unread(self) -> tuple[str, ...]:
        """What has to be read before anybody may be told anything, since Redis was wiped: sites not swept in full, and
        `ledger`. A site that has not answered for a while is not waited for either; sorted."""
        sites = set(self.trackers.reads)
        if self.store.age() >= LOOK_FOR_MISSED:
            sites = {site for site in sites if self._answers(site)}
        return self.store.unswept({*sites, *self.besides})

    def _answers(self, site: str) -> bool:
        return self.store.shut_until(site) is None and self.store.waits(f"full:{site}") < PATIENCE

    def not_yet(self) -> bool:
        """Whether the people that `besides` stands for are still to be read, since Redis was wiped: until then an owner
        might seem to be nobody."""
        return bool(self.besides) and not set(self.besides).isdisjoint(self.store.unswept(self.besides))

    def plan_all(self, lease: Lease, keys: Iterable[str], now: datetime, make: Makes) -> tuple[Plan, datetime | None]:
        """The plan made from all of these as kept, and when to look again for those that could not be read, if any.
        What is not kept is looked at. Raises as `look_at`."""
        known, missed = self._known(lease, tuple(keys), now)
        return make(tuple(known.values())), missed

    def away(self, home: str) -> Away:
        """The sites besides `home` that are not to be asked now."""
        others = (site for site in self.trackers.reads if site != home)
        return Away(home, {site: "closed for now" for site in others if self.store.shut_until(site) is not None})

    def known(self, keys: Iterable[str]) -> tuple[Dossier, ...]:
        """These dossiers as they were kept; nothing is looked at."""
        return tuple(found for raw in self.cache.dossiers(keys).values() if (found := read_dossier(raw)) is not None)

    def plan_fresh(self, lease: Lease, keys: Iterable[str], now: datetime, make: Makes) -> tuple[Plan, datetime | None]:
        """As `plan_all`, but everything that the plan's messages name was looked at afresh."""
        known, missed = self._known(lease, tuple(keys), now)
        plan, fresh = make(tuple(known.values())), set[str]()
        # With one post-mortem seen afresh another one may speak for an item; so until nothing new is named.
        while named := _named(plan, known) - fresh:
            found, late = self.look_at(lease, sorted(named), now)
            fresh |= named
            known = {key: dossier for key, dossier in known.items() if key not in named} | found
            missed = min((m for m in (missed, late) if m is not None), default=None)
            plan = make(tuple(known.values()))
        return plan, missed

    def _known(self, lease: Lease, keys: tuple[str, ...], now: datetime) -> tuple[dict[str, Dossier], datetime | None]:
        kept = {
            key: found for key, raw in self.cache.dossiers(keys).items() if (found := read_dossier(raw)) is not None
        }
        fresh, missed = self.look_at(lease, [key for key in keys if key not in kept], now)
        return kept | fresh, missed

    def look_at(self, lease: Lease, keys: Iterable[str], now: datetime) -> tuple[dict[str, Dossier], datetime | None]:
        """These post-mortems as they are now, by key, and when to look again for those that could not be read, if any.

        Raises LeaseLost where the lease ends in between, and Unavailable while that has not gone on for long: somebody
        gets one message a day, it should be whole.
        """
        found: dict[str, Dossier] = {}
        missed: datetime | None = None
        for key in keys:
            if not self.store.hold(lease):
                raise LeaseLost(lease.key)
            try:
                ref = IssueRef.parse(key)
                away = self.away(ref.site)
                plan = self.post_mortems.look(ref, now, away).plan
                for silence in away.errors.values():
                    # A limit ends soon, an outage often does; a new credential waits for a person.
                    soon = isinstance(silence, Unavailable) and self.store.waits(lease.key) < PATIENCE
                    if soon or isinstance(silence, RateLimited):
                        raise silence
            except Gone:
                continue
            except (RateLimited, CredentialRefused, RedisError):
                raise
            except Exception as err:
                # One post-mortem that can't be read must not silence all others.
                if isinstance(err, Unavailable) and self.store.waits(lease.key) < PATIENCE:
                    raise
                log.warning("left out of a message", unit=lease.key, post_mortem=key, error=str(err))
                missed = now + LOOK_FOR_MISSED
                continue
            # Whether an enrolment ends is for its own unit to say; until then nobody hears that it has.
            if plan.dossier is not None and not plan.leaves:
                found[key] = plan.dossier
        return found, missed


def _named(plan: Plan, known: Mapping[str, Dossier]) -> set[str]:
    """The keys of the post-mortems that the plan's messages speak of."""
    refs = {dossier.ref: key for key, dossier in known.items()}
    reviews = {dossier.review.uid: key for key, dossier in known.items() if dossier.review is not None}
    named: set[str] = set()
    for effect in plan.effects:
        content = effect.message.content if isinstance(effect, Send) else None
        if isinstance(content, Batch):
            named |= {refs[step.item.post_mortem] for step in content.steps if step.item.post_mortem in refs}
        elif isinstance(content, Invite) and content.review.uid in reviews:
            named.add(reviews[content.review.uid])
    return named


def read_dossier(raw: bytes) -> Dossier | None:
    """A dossier as it was kept, or None where another version of this program wrote it."""
    try:
        return _DOSSIER.validate_json(raw)
    except ValueError:
        return None
