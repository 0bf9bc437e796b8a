"""What time is it inside the sandbox?

Until it is set, the clock is the machine's. Once set it stands still (`rate` 0), so that tests are exact, or runs at
`rate` sandbox seconds per real second. Everything that the simulated trackers stamp, and every limit they keep, follows
this clock; the one exception is the life of App tokens and JWTs, which real clients judge by the machine's clock.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from worker.sandbox.errors import SandboxError


class SandboxClock:
    """A settable clock. Safe to use from several threads."""

    def __init__(self, now: datetime | None = None, *, rate: float = 0.0) -> None:
        self._lock = threading.Lock()
        self._base: datetime | None = None
        self._since = 0.0
        self._rate = 1.0
        if now is not None:
            self.set(now, rate=rate)

    def now(self) -> datetime:
        """Return the sandbox's present moment, in UTC, with microseconds."""
        with self._lock:
            return self._now()

    def second(self) -> datetime:
        """Return the present moment as trackers stamp it: in UTC, whole seconds."""
        return self.now().replace(microsecond=0)

    def set(self, now: datetime, *, rate: float = 0.0) -> None:
        """Set the clock to `now` (aware), going on at `rate` sandbox seconds per real second."""
        if now.tzinfo is None:
            raise SandboxError(f"the clock needs a time with a zone, got {now.isoformat()}: add Z or an offset")
        if rate < 0:
            raise SandboxError(f"the clock cannot run backwards: rate {rate} is below 0")
        with self._lock:
            self._base, self._since, self._rate = now.astimezone(UTC), time.monotonic(), rate

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward by `by`, keep its rate, and return the new time."""
        if by < timedelta(0):
            raise SandboxError("the clock can be advanced only forwards; set it to go back")
        with self._lock:
            now = self._now() + by
            rate = self._rate
            self._base, self._since, self._rate = now, time.monotonic(), rate
            return now

    def free(self) -> None:
        """Follow the machine's clock again."""
        with self._lock:
            self._base, self._rate = None, 1.0

    def _now(self) -> datetime:
        if self._base is None:
            return datetime.now(UTC)
        return self._base + timedelta(seconds=(time.monotonic() - self._since) * self._rate)


def parse_instant(text: str) -> datetime:
    """Return the aware UTC instant that ISO 8601 `text` names. Raises SandboxError for anything else."""
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise SandboxError(f"{text!r} is no ISO 8601 time such as 2026-11-03T09:00:00Z") from error
    if instant.tzinfo is None:
        raise SandboxError(f"{text!r} has no zone: add Z or an offset")
    return instant.astimezone(UTC)


def stamp(instant: datetime) -> str:
    """Return an instant as GitHub and the sandbox's own endpoints write it: `2026-11-03T09:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
