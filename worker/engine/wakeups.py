"""When do the workers have to be woken? The clock role, of which any number may run.

It sends empty wake-ups while something is due, never many more than there are hands, and sleeps until the next thing is
due, until the bell rings, or for a second. It decides nothing: who wakes for nothing goes back to sleep.
"""

from __future__ import annotations

import threading
from datetime import timedelta

import structlog
from dramatiq.brokers.redis import RedisBroker
from redis import RedisError

from worker.engine.broker import send_wake_up, waiting
from worker.engine.store import Store

log = structlog.get_logger(__name__)
_TOGETHER_S = 0.02
_FILLING_S = 1.0
"""For how long a clock that dies while it fills the queue keeps the others from it."""


class Wakeups:
    """The loop of the clock role.

    `hands` is how many units all workers together can work on at once: twice as many wake-ups may wait. `longest_s` is
    the longest sleep, less than the client's socket timeout.
    """

    def __init__(self, store: Store, broker: RedisBroker, *, hands: int = 8, longest_s: float = 1.0) -> None:
        self._store = store
        self._broker = broker
        self._most = 2 * hands
        self._longest_s = longest_s
        self._stop = threading.Event()
        self._away = False

    def run(self) -> None:
        """Go on until `stop`. Redis being away is waited out."""
        while not self._stop.is_set():
            try:
                self._store.listen(self.turn())
                if self._away:
                    log.info("redis is back")
                    self._away = False
            except RedisError as error:
                if not self._away:
                    log.warning("redis is away", error=str(error))
                    self._away = True
                self._stop.wait(self._longest_s)

    def turn(self) -> float:
        """Look once, send what is wanted, and return how many seconds may now be slept."""
        outlook = self._store.outlook(self._most)
        if outlook.ready:
            # Several clocks that look in the same moment would each fill the queue: one does, the others look again.
            if not self._first():
                return _TOGETHER_S
            for _ in range(outlook.ready - waiting(self._broker)):
                send_wake_up(self._broker)
            self._done()
            return self._longest_s
        if outlook.next_due is None:
            return self._longest_s
        left = (outlook.next_due - self._store.clock.now()) / timedelta(seconds=1)
        return min(left, self._longest_s) if left > 0 else self._longest_s

    def stop(self) -> None:
        """Have `run` return, at once or (where another clock hears the bell instead) within `longest_s`. From any
        thread; a Redis that is away is no reason to fail."""
        self._stop.set()
        try:
            self._store.ring()
        except RedisError:
            log.debug("redis is away while stopping")

    def _first(self) -> bool:
        """Whether no clock is filling the queue, or has just done so."""
        return bool(self._store.redis.set(self._key, "1", nx=True, px=round(_FILLING_S * 1000)))

    def _done(self) -> None:
        """The others may look again, a moment later."""
        self._store.redis.pexpire(self._key, round(_TOGETHER_S * 1000))

    @property
    def _key(self) -> str:
        return f"{self._store.prefix}clock"
