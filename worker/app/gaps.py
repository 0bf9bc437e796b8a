"""What in the settings, or in the trackers' permissions, will keep the service from its work? Asked once, beside it.

A site that does not answer has no gap for that: it is tried again by the service itself, which tells what became of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from worker.engine.trackers import Trackers
from worker.trackers.errors import TrackerError
from worker.trackers.port import TrackerRead

log = structlog.get_logger("gaps")

Tell = Callable[[str, str], None]
"""Is given a site's name and one gap with its remedy. Called from several threads."""
Failed = Callable[[str, Exception], None]
"""Is given a site's name and why its gaps are not known. Called from several threads."""


class GapSearch:
    """Asks every site at once, each in a thread of its own that ends with the process."""

    def __init__(self, trackers: Trackers, tell: Tell, failed: Failed) -> None:
        self._threads = [
            threading.Thread(target=_ask, args=(site, read, tell, failed), name=f"gaps of {site}", daemon=True)
            for site, read in sorted(trackers.reads.items())
        ]
        for thread in self._threads:
            thread.start()

    def wait(self, timeout_s: float) -> None:
        """Wait until all sites have answered, no longer than this in all."""
        end = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))


def _ask(site: str, read: TrackerRead, tell: Tell, failed: Failed) -> None:
    try:
        found = read.gaps()
    except Exception as err:  # noqa: BLE001 (a search beside the work must not end in a traceback)
        failed(site, err)
        return
    for gap in found:
        tell(site, gap)


def log_gaps(trackers: Trackers) -> GapSearch:
    """Have each gap logged as an error, while the caller goes on."""

    def failed(site: str, err: Exception) -> None:
        if isinstance(err, TrackerError):
            log.debug("gaps not known", site=site, error=str(err))
        else:
            # Its text may hold secrets.
            log.warning("gaps not known", site=site, error=type(err).__name__)

    return GapSearch(trackers, lambda site, gap: log.error("a tracker is not ready", site=site, what=gap), failed)


@contextmanager
def gathering_gaps(trackers: Trackers, tell: Callable[[str], None], *, timeout_s: float) -> Iterator[None]:
    """Search during this block, and tell in order what was found once the block has ended, however it ended. Waits for
    the search no longer than `timeout_s` then."""
    found: set[tuple[str, str]] = set()

    def failed(site: str, err: Exception) -> None:
        if not isinstance(err, TrackerError):
            found.add((site, f"what it lacks could not be asked ({type(err).__name__})"))

    search = GapSearch(trackers, lambda site, gap: found.add((site, gap)), failed)
    try:
        yield
    finally:
        search.wait(timeout_s)
        for site, gap in sorted(found.copy()):
            tell(f"{site}: {gap}")
