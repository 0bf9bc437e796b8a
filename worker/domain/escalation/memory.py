"""What was told about one item, of which signal, to whom, and when?

The ledger's entries, read once for many items.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from worker.domain.ledger import Ledger, telling_keys
from worker.domain.messages import read_step_key
from worker.domain.model import TrackedItem


class Heard(NamedTuple):
    """One telling of one rung of one signal; `sent` is False for an intent that was not seen to leave."""

    at: datetime
    rung: int
    person: str
    kind: str
    sent: bool


Memory = Mapping[str, tuple[Heard, ...]]
"""Each item's tellings by any of its names, oldest first."""


def memory_of(ledger: Ledger) -> Memory:
    """All tellings that may have arrived, intents included."""
    found: dict[str, list[Heard]] = {}
    for record in ledger.people.values():
        for entry in record.entries:
            for key in entry.steps if not entry.bounced else ():
                read = read_step_key(key)
                if read is not None:
                    name, kind, rung = read
                    found.setdefault(name, []).append(Heard(entry.at, rung, record.person, kind, entry.sent))
    return {name: tuple(sorted(tellings)) for name, tellings in found.items()}


def heard_of(item: TrackedItem, memory: Memory) -> tuple[Heard, ...]:
    """The tellings about one item under any of its names, each once, oldest first."""
    names = telling_keys(item)
    found = [memory[name] for name in names if name in memory]
    if len(found) < 2:
        return found[0] if found else ()
    return tuple(sorted(set().union(*found)))
