"""What an adapter remembers for a while about things that seldom change: ids, visibility, who can be assigned.

Nothing here decides anything that a fresh look would decide otherwise for longer than its lifetime.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

T = TypeVar("T")

MOST_ENTRIES = 20_000


class Cache:
    """A bounded store of values with an end, shared by threads. The least recently used entry goes first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, object]] = OrderedDict()

    def get(self, key: Hashable, default: T) -> T:
        """The value under this key, or `default` (of the same type) where there is none or it has ended."""
        with self._guard:
            entry = self._kept.get(key)
            if entry is None:
                return default
            if entry[0] < self._clock():
                del self._kept[key]
                return default
            self._kept.move_to_end(key)
            return cast(T, entry[1])

    def put(self, key: Hashable, value: T, *, for_s: float) -> T:
        """Keep the value for so many seconds, and return it."""
        with self._guard:
            self._kept[key] = (self._clock() + for_s, value)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_ENTRIES:
                self._kept.popitem(last=False)
        return value

    def drop(self, *keys: Hashable) -> None:
        with self._guard:
            for key in keys:
                self._kept.pop(key, None)
