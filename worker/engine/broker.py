"""What does dramatiq do for us, and what not?

It carries empty wake-ups to the threads of the workers, and nothing more: no retries, no delays, no results. What a
wake-up is for stands in the store, so a wake-up may be lost, doubled or late without harm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from redis import Redis

QUEUE = "wake"
ACTOR = "wake"


def make_broker(redis: Redis, *, prefix: str = "ft:") -> RedisBroker:
    """Return a broker on this client, with no middleware at all: the stock retry and delay keep none of our promises.

    Nothing is contacted, and dramatiq's global broker is left alone.
    """
    make: Callable[..., RedisBroker] = RedisBroker  # its constructor has no types
    return make(client=redis, namespace=f"{prefix}dramatiq", middleware=[])


def send_wake_up(broker: RedisBroker) -> None:
    """Put one empty wake-up into the queue. The actor need not be declared here. Raises `redis.RedisError`."""
    broker.enqueue(Message(queue_name=QUEUE, actor_name=ACTOR, args=(), kwargs={}, options={}))


def waiting(broker: RedisBroker) -> int:
    """How many wake-ups no worker has fetched yet."""
    return cast(int, broker.client.llen(f"{broker.namespace}:{QUEUE}"))
