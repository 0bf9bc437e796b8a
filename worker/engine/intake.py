"""Something was touched: which units must look?

A webhook, a poll and a person all end here. Nothing is decided about the change itself: units are marked, and they
observe afresh. Lost, doubled and reordered events change latency, never the outcome. A webhook may speak of anything,
so it enrols nothing outside the watched containers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from worker.domain.model import Issue, IssueRef
from worker.engine.cache import Cache
from worker.engine.clock import Clock
from worker.engine.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Marks units. `label` is the one that enrols; `watches` says whether a site's container is one that is configured
    to be watched, without asking the tracker; `look_after` how long after a webhook a site's listings are worth a look.
    """

    store: Store
    cache: Cache
    clock: Clock
    label: str
    watches: Callable[[str, str], bool]
    look_after: Callable[[str], timedelta] = lambda _: timedelta(0)

    def saw(self, issues: Iterable[Issue]) -> int:
        """Mark what these issues, as the poll of a watched container saw them, are about. Returns how many units
        were marked."""
        now = self.clock.now()
        wanted = {unit for issue in issues for unit in self._units(issue.ref, issue.labels, issue.parent, issue.node)}
        return self.store.add_many((unit, now) for unit in sorted(wanted))

    def heard(self, site: str, container: str, locator: str | None, labels: frozenset[str] | None) -> int:
        """Mark what a webhook is about. An issue that nothing is known of marks the container's next sweep: one
        conditional request tells then whether it matters. In a container that is not watched only what is enrolled, or
        belongs to something enrolled, is marked. Returns how many units were marked."""
        now = self.clock.now()
        watched = self.watches(site, container)
        wanted: set[str] = set()
        if locator:
            try:
                ref = IssueRef.parse(f"{site}:{locator}")
            except ValueError:
                return 0
            # The payload's repository and the issue's may differ: a pull request names issues anywhere.
            watched = watched and self.watches(site, ref.container)
            wanted = set(self._units(ref, (labels or frozenset()) if watched else frozenset()))
        at = now
        if not wanted and watched:
            wanted = {f"sweep:{site}:{container}"}
            at = now + self.look_after(site)
        marked = self.store.add_many((unit, at) for unit in sorted(wanted))
        if marked:
            self.store.ring()
        return marked

    def _units(
        self, ref: IssueRef, labels: frozenset[str], parent: IssueRef | None = None, node: str = ""
    ) -> Iterable[str]:
        if self.label.casefold() in {label.casefold() for label in labels} or self.cache.is_enrolled(ref.key):
            yield ref.key
        # An issue that was moved has another key, and on some trackers is known by its node still.
        for name in (ref.key, node_name(ref.site, node)) if node else (ref.key,):
            owner = self.cache.owner_of(name)
            if owner is not None and self.cache.is_enrolled(owner):
                yield owner
        if parent is not None and self.cache.is_enrolled(parent.key):
            yield parent.key


def node_name(site: str, node: str) -> str:
    """What an issue is remembered by besides its key."""
    return f"{site}/{node}"
