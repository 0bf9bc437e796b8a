"""What one person was told, and how that is written down.

The ledger is one tracker issue per installation; each person has one record in it (`person/<id>`), sealed like a
post-mortem's state. Before a message is sent its intent is written here, afterwards that it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

KEEP_DAYS = 400
ENROLLED = "enrolled"


def record_name(person: str) -> str:
    """The name of one person's record in the ledger."""
    return f"person/{person}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message to the person: `intent` before it is sent, `sent` after; `steps` are the keys of the steps it tells.

    `occurrence` and `message_id` are those of `messages.Message`. `bounced` is the reason it can't be delivered.
    """

    occurrence: str
    message_id: str
    at: datetime
    sent: bool = False
    steps: tuple[str, ...] = ()
    bounced: str = ""

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"o": self.occurrence, "m": self.message_id, "t": int(self.at.timestamp())}
        if self.sent:
            out["s"] = 1
        if self.steps:
            out["k"] = list(self.steps)
        if self.bounced:
            out["b"] = self.bounced
        return out

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            occurrence=str(raw["o"]),
            message_id=str(raw["m"]),
            at=datetime.fromtimestamp(int(raw["t"]), UTC),
            sent=bool(raw.get("s")),
            steps=tuple(raw.get("k", ())),
            bounced=str(raw.get("b", "")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """Everything one person was told and that still matters, oldest first."""

    person: str
    entries: tuple[Entry, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {**self.extra, "p": self.person, "e": [e.to_json() for e in self.entries]}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            person=str(raw["p"]),
            entries=tuple(Entry.from_json(e) for e in raw.get("e", ())),
            extra={k: v for k, v in raw.items() if k not in {"p", "e"}},
        )

    def find(self, occurrence: str) -> Entry | None:
        return next((e for e in self.entries if e.occurrence == occurrence), None)

    def with_entry(self, entry: Entry) -> Self:
        """This record with the entry of the same occurrence replaced, or appended; old entries are dropped."""
        kept = [
            e for e in self.entries if e.occurrence != entry.occurrence and e.at > entry.at - timedelta(days=KEEP_DAYS)
        ]
        return replace(self, entries=tuple(sorted((*kept, entry), key=lambda e: (e.at, e.occurrence))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One telling of one step, as read from the ledger: which rung of which item, to whom, on which day (UTC time)."""

    step: str
    rung: int
    person: str
    at: datetime
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """All that was told to anybody."""

    people: Mapping[str, PersonRecord] = field(default_factory=dict)

    def of(self, person: str) -> PersonRecord:
        return self.people.get(person, PersonRecord(person=person))

    def told(self, uid: str, item: str) -> tuple[Told, ...]:
        """Every telling about one item to anybody, oldest first, intents included."""
        return self.tellings().get(f"{uid}/{item}", ())

    def tellings(self) -> Mapping[str, tuple[Told, ...]]:
        """Every telling about every item, by `uid/item` and as `told` gives it: one pass for whoever asks often."""
        found: dict[str, list[Told]] = {}
        for record in self.people.values():
            for entry in record.entries:
                for key in entry.steps if not entry.bounced else ():
                    item, _, rung = key.rpartition("/")
                    if item and rung.isdigit():
                        telling = Told(step=key, rung=int(rung), person=record.person, at=entry.at, sent=entry.sent)
                        found.setdefault(item, []).append(telling)
        return {k: tuple(sorted(v, key=lambda t: (t.at, t.rung, t.person))) for k, v in found.items()}


def ledger_of(records: Iterable[PersonRecord]) -> Ledger:
    return Ledger(people={r.person: r for r in records})
