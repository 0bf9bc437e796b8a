"""dramatiq actors: a few lines each, that hand an empty wake-up to the engine.

Importing this module does nothing; `declare` registers the actors with a broker.
"""

from __future__ import annotations

from collections.abc import Callable

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from worker.engine.broker import ACTOR, QUEUE


def declare(broker: RedisBroker, work: Callable[[], object]) -> dramatiq.Actor[[], None]:
    """Register the actor `wake`, which calls `work`: claim a unit and reconcile it. To be called once a broker, before
    its worker starts."""

    @dramatiq.actor(broker=broker, actor_name=ACTOR, queue_name=QUEUE)
    def wake() -> None:
        work()

    return wake
