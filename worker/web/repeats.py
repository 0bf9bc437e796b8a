"""Was this very delivery taken a moment ago? Jira sends one again until it is answered, and sometimes after that.

A memory of this process alone, and a saving only: a delivery that is marked twice costs one more look.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

MOST = 10_000


class Repeats:
    """Remembers the last `most` deliveries that were marked. Used from one event loop."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def known(self, site: str, delivery: str, body: bytes) -> bool:
        """Whether this delivery was remembered. One without an id never is."""
        return bool(delivery) and _digest(site, delivery, body) in self._seen

    def remember(self, site: str, delivery: str, body: bytes) -> None:
        """To be called once the delivery was marked, and not before: one that failed must count when it comes again."""
        if delivery:
            self._seen[_digest(site, delivery, body)] = None
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)


def _digest(site: str, delivery: str, body: bytes) -> bytes:
    # The id is not signed, the body is: whoever replays an old body under another id must not silence that other one.
    named = hashlib.sha256(f"{site}\n{delivery}\n".encode())
    named.update(body)
    return named.digest()
