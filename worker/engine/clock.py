"""What time is it for the service? One protocol, the machine's clock, and one that a test or the demo moves by hand.

Leases and budgets do not ask here: they use the time of Redis, which all processes share.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved. Safe to use from several threads.

    Whoever sleeps until some time should `subscribe`, since nothing else says that the time has moved.
    """

    def __init__(self, start: datetime) -> None:
        self._lock = threading.Lock()
        self._now = _utc(start)
        self._moved: list[Callable[[], None]] = []

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def set(self, to: datetime) -> None:
        """Move to this moment. Backwards is allowed, as a machine's clock may do it too."""
        with self._lock:
            self._now = _utc(to)
            moved = tuple(self._moved)
        for tell in moved:
            tell()

    def advance(self, by: timedelta) -> datetime:
        """Move on by this much and return the new time."""
        with self._lock:
            self._now += by
            now, moved = self._now, tuple(self._moved)
        for tell in moved:
            tell()
        return now

    def subscribe(self, moved: Callable[[], None]) -> None:
        """Call `moved` after each move, on the mover's thread."""
        with self._lock:
            self._moved.append(moved)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; the service's clock is aware, in UTC")
    return moment.astimezone(UTC)
