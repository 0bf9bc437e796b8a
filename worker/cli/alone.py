"""How fast may a command write that works without Redis, alone? A sliding log of its own writes, kept in this process.

It knows nothing of what other processes wrote; hence it is only for `--service-stopped`.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence

from worker.engine.budget import Window
from worker.engine.perform import OverBudget

LONGEST_SLEEP_S = 60.0


class OwnPace:
    """Keeps the writes of this process within the windows of each site. `clock` counts seconds and never goes back."""

    def __init__(
        self,
        windows: Callable[[str], Sequence[Window]],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._windows = windows
        self._clock = clock
        self._sleep = sleep
        self._written: dict[str, deque[float]] = defaultdict(deque)

    def before_write(self, site: str) -> None:
        """Count one write to the site. Sleeps through a wait of up to a minute; raises OverBudget for a longer one."""
        while (wait_s := self._wait_s(site)) > 0:
            if wait_s > LONGEST_SLEEP_S:
                raise OverBudget(wait_s)
            self._sleep(wait_s)
        written = self._written[site]
        written.append(self._clock())
        # As many as the largest window can ever ask about.
        while len(written) > max(window.limit for window in self._windows(site)):
            written.popleft()

    def _wait_s(self, site: str) -> float:
        written, now = self._written[site], self._clock()
        full = (window for window in self._windows(site) if len(written) >= window.limit)
        return max((written[-window.limit] + window.span_s - now for window in full), default=0.0)
