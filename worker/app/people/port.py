"""The port to everything that knows people: it reads, and cannot write."""

from __future__ import annotations

from typing import Protocol

from worker.domain.facts import Facts


class SourceTrouble(Exception):
    """A source gives no answer that can be used. The text says why, and repeats no address that is a secret."""


class PeopleSource(Protocol):
    """One source. `key` is its name among all sources, the same at every start; `shown` its name for people."""

    key: str
    shown: str

    def read(self) -> Facts:
        """All that it says now. Raises SourceTrouble, and nothing else."""
