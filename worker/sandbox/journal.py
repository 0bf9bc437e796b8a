"""What was asked of the sandbox? Every request, in the order of arrival, with what came of it."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request. `write` says that it asked for a change of content; `committed`, that a change was made, whatever
    the answer said; `conditional`, that it was answered 304; `status` is 0 where the connection was dropped."""

    number: int
    time: str
    method: str
    path: str
    query: str
    status: int
    user: str
    write: bool
    committed: bool
    operation: str
    conditional: bool
    fault: str
    duration_ms: float


class Journal:
    """An append-only list of requests. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._next = 1

    def add(self, **fields: Any) -> Entry:
        """Append one request; it gets the next number."""
        with self._lock:
            entry = Entry(number=self._next, **fields)
            self._next += 1
            self._entries.append(entry)
            return entry

    def entries(self, after: int = 0) -> tuple[Entry, ...]:
        """Return the requests whose number is greater than `after`, oldest first."""
        with self._lock:
            return tuple(entry for entry in self._entries if entry.number > after)

    def clear(self) -> None:
        """Forget all requests; numbers go on."""
        with self._lock:
            self._entries.clear()


def as_json(entries: tuple[Entry, ...]) -> list[dict[str, Any]]:
    """Return entries as JSON-ready objects."""
    return [asdict(entry) for entry in entries]
