"""Which units failed for good, why, and what may be done with them?

A unit in quarantine is not claimed, whoever marks it, until a person retries or drops it. A wipe forgets the
quarantine; the unit then has its attempts again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis import Redis

from worker.engine import scripts
from worker.engine.clock import Clock
from worker.engine.store import from_us, to_us


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One unit that was set aside: since when, after how many attempts, and the last error."""

    key: str
    since: datetime
    attempts: int
    reason: str


class DeadLetters:
    """The quarantine of one store, for `followthrough stuck` and for the findings on the issue."""

    def __init__(self, redis: Redis, clock: Clock, *, prefix: str = "ft:") -> None:
        self._redis = redis
        self._clock = clock
        self._prefix = prefix
        self._raise = redis.register_script(scripts.RAISE)

    def list(self) -> tuple[DeadLetter, ...]:
        """All that is stuck, oldest first."""
        found = cast(list[tuple[bytes, float]], self._redis.zrange(f"{self._prefix}dead", 0, -1, withscores=True))
        if not found:
            return ()
        keys = [key for key, _ in found]
        pipe = self._redis.pipeline(transaction=False)
        pipe.hmget(f"{self._prefix}why", keys)
        pipe.hmget(f"{self._prefix}tries", keys)
        reasons, tries = pipe.execute()
        letters = (
            DeadLetter(
                key=key.decode(),
                since=from_us(int(since)),
                attempts=int(tried or 0),
                reason=(reason or b"").decode(errors="replace"),
            )
            for (key, since), reason, tried in zip(found, reasons, tries, strict=True)
        )
        return tuple(sorted(letters, key=lambda letter: (letter.since, letter.key)))

    def show(self, key: str) -> DeadLetter | None:
        """The one with this key, or None where it is not stuck."""
        return next((letter for letter in self.list() if letter.key == key), None)

    def put(self, key: str, reason: str) -> None:
        """Set a unit aside with this reason, so that a person has to look."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.zadd(f"{self._prefix}dead", {key: to_us(self._clock.now())}, nx=True)
        pipe.hset(f"{self._prefix}why", key, reason)
        pipe.zrem(f"{self._prefix}due", key)
        pipe.execute()

    def retry(self, key: str) -> bool:
        """Let the unit be tried again, at once and with all its attempts. Returns False where it is not stuck."""
        return self._take_out(key, back=True)

    def drop(self, key: str) -> bool:
        """Forget the failure; the next change or sweep that marks the unit has it tried again. Returns False where it
        is not stuck."""
        return self._take_out(key, back=False)

    def _take_out(self, key: str, *, back: bool) -> bool:
        args: list[str | int] = ["", to_us(self._clock.now()), key, "1" if back else "0"]
        return bool(self._raise(keys=[self._prefix], args=args))
