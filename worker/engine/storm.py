"""Would so many people be told something at once that it must be a mistake?

A wrong date in a template, a directory read by halves, a service that comes back after months: each would have all
people told at once. Where more are owed something than policy allows, nobody is told before the operator has looked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from worker.domain.plan.effects import Effect, Plan, Send
from worker.engine.cache import Cache
from worker.engine.deadletters import DeadLetters
from worker.engine.units import STORM

log = structlog.get_logger("engine")

CALM_FOR = timedelta(minutes=5)
"""How long a count of who is owed something is believed: to count is to read everything that is kept. Whoever was not
counted then is added to it, so that nobody slips by in between."""
ALLOWED_HOURS = 24
"""Hours of working days: nothing leaves at a weekend, and what was allowed before it is still to go."""
FRIDAY = 5
MANY = (
    "more people would be told something within an hour than policy.yaml allows (tell_at_most_an_hour), so nobody is. "
    "`followthrough plan` shows the post-mortems, `followthrough pause` silences for longer. If it is meant, "
    "`followthrough stuck retry hold:storm` lets the messages go."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """`most` is how many people may be told something within an hour."""

    cache: Cache
    stuck: DeadLetters
    most: int

    def may_tell(self, reader: str, now: datetime, readers: Callable[[], Collection[str]]) -> bool:
        """Whether this person may be told anything now. `readers` finds all who would be told at once."""
        until = self.cache.storm_allowed_until()
        if until is not None and now < until:
            return True
        if self.stuck.show(STORM) is not None:
            return False
        calm = self.cache.calm_until()
        if calm is not None and now < calm <= now + CALM_FOR and self.cache.count_in(reader) <= self.most:
            return True
        found = {*readers(), reader}
        if len(found) <= self.most:
            self.cache.set_calm(now + CALM_FOR, found)
            return True
        self.stuck.put(STORM, MANY)
        log.error("many people would be told something at once; nobody is", people=len(found), most=self.most, why=MANY)
        return False

    def allow(self, now: datetime) -> None:
        """The operator has looked: for a working day, any number may be told."""
        until, hours = now, 0
        while hours < ALLOWED_HOURS:
            until += timedelta(hours=1)
            hours += until.isoweekday() <= FRIDAY
        self.cache.allow_storm(until)


def tells_steps(plan: Plan) -> bool:
    """Whether the plan sends something about late items."""
    return any(tells_a_step(effect) for effect in plan.effects)


def tells_a_step(effect: Effect) -> bool:
    return isinstance(effect, Send) and bool(effect.message.steps)
