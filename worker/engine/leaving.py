"""May this enrolment end now, or did so many lose their label together that it must be a mistake?

A label that is renamed or deleted takes every post-mortem with it. So all that began to leave within one hour are
counted, and where there are too many, not one of them is let go before the operator has looked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from worker.engine.cache import Cache
from worker.engine.deadletters import DeadLetters
from worker.engine.units import UNENROL

log = structlog.get_logger("engine")

WITHIN = timedelta(hours=1)
MANY_LEAVE = (
    "more post-mortems lost their label within an hour than policy.yaml allows (unenrol_at_most_an_hour). If a label "
    "was renamed, put it back. If it is meant, `followthrough stuck retry hold:unenrol` lets them go."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """`most` is how many may leave within an hour; `spend` asks a budget of as many endings an hour (0 is granted):
    for those that began to leave one by one, and end together after an outage."""

    cache: Cache
    stuck: DeadLetters
    most: int
    spend: Callable[[], float]

    def note(self, key: str, since: datetime | None, now: datetime) -> None:
        """Remember since when a post-mortem's label is missing; None where it is there."""
        if since is None:
            self.cache.stays(key)
        else:
            self.cache.leaves(key, since, now)

    def may_end(self, key: str, since: datetime, unseen: Callable[[], object]) -> bool:
        """Whether the enrolment that began to leave at `since`, and was noted, may end now. `unseen` tells what is not
        known yet since Redis was wiped, which might be leaving too."""
        if self.cache.unenrolling_allowed():
            return True
        if unseen():
            return False
        if self.stuck.show(UNENROL) is not None:
            return False
        if self._together(since) <= self.most and self.spend() <= 0:
            return True
        self.stuck.put(UNENROL, MANY_LEAVE)
        log.error("many post-mortems lost their label at once; nothing is un-enrolled", unit=key, why=MANY_LEAVE)
        return False

    def _together(self, since: datetime) -> int:
        """The most that began to leave in any hour which `since` is part of."""
        near = sorted(at for at in self.cache.leaving().values() if abs(at - since) <= WITHIN)
        return max((sum(first <= at <= first + WITHIN for at in near) for first in near if first <= since), default=0)
