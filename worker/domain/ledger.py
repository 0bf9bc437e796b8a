"""What one person was told, and how that is written down.

The ledger is one tracker issue per installation; each person has one record in it (`person/<id>`), sealed like a
post-mortem's state. Before a message is sent its intent is written here, afterwards that it was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from worker.domain.model import TrackedItem

KEEP_DAYS = 400
ENROLLED = "enrolled"
PAUSED = "paused"
EVERYBODY = ""
"""The name under which a pause for all teams is kept."""


def record_name(person: str) -> str:
    """The name of one person's record in the ledger."""
    return f"person/{person}"


def telling_keys(item: TrackedItem) -> tuple[str, ...]:
    """Under which names the tellings about an item are kept, the leading one first.

    The ladder belongs to the issue, whichever post-mortem speaks for it; `uid/item` stays true where the issue moves,
    and is all there is before it exists."""
    own = f"{item.uid}/{item.id}"
    return (own,) if item.ref is None else (item.ref.key, own)


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
class Wish:
    """What a person said about themself, and when: a time zone, days of leave (`FIRST/LAST`, with commas between), a
    channel. "" takes back what was said before."""

    value: str
    at: datetime

    def to_json(self) -> list[Any]:
        return [self.value, int(self.at.timestamp())]

    @classmethod
    def from_json(cls, raw: Any) -> Self:
        value, at = raw
        return cls(value=str(value), at=datetime.fromtimestamp(int(at), UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """Everything one person was told and that still matters, oldest first; and their `wishes`, by name.

    `quiet_until` is set where an earlier record could not be read: nothing is told before that day, and what was owed
    when it was lost counts as told."""

    person: str
    entries: tuple[Entry, ...] = ()
    quiet_until: date | None = None
    wishes: Mapping[str, Wish] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        quiet = {"q": self.quiet_until.isoformat()} if self.quiet_until is not None else {}
        wishes = {"w": {name: wish.to_json() for name, wish in sorted(self.wishes.items())}} if self.wishes else {}
        return {**self.extra, **quiet, **wishes, "p": self.person, "e": [e.to_json() for e in self.entries]}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        return cls(
            person=str(raw["p"]),
            entries=tuple(Entry.from_json(e) for e in raw.get("e", ())),
            quiet_until=date.fromisoformat(raw["q"]) if raw.get("q") else None,
            wishes={str(name): Wish.from_json(wish) for name, wish in raw.get("w", {}).items()},
            extra={k: v for k, v in raw.items() if k not in {"p", "e", "q", "w"}},
        )

    def find(self, occurrence: str) -> Entry | None:
        return next((e for e in self.entries if e.occurrence == occurrence), None)

    def with_entry(self, entry: Entry) -> Self:
        """This record with the entry of the same occurrence replaced, or appended; old entries are dropped."""
        kept = [
            e for e in self.entries if e.occurrence != entry.occurrence and e.at > entry.at - timedelta(days=KEEP_DAYS)
        ]
        return replace(self, entries=tuple(sorted((*kept, entry), key=lambda e: (e.at, e.occurrence))))

    def merged(self, other: PersonRecord) -> Self:
        """What both know, where two workers wrote from the same page: nothing that one of them did is forgotten, and an
        end (sent before bounced) wins over an intent. Of equal news this record's stands."""
        entries: dict[str, Entry] = {}
        for entry in (*other.entries, *self.entries):
            known = entries.get(entry.occurrence)
            if known is None or _end(entry) >= _end(known):
                entries[entry.occurrence] = entry
        newest = max((e.at for e in entries.values()), default=datetime.max.replace(tzinfo=UTC))
        kept = [e for e in entries.values() if e.at > newest - timedelta(days=KEEP_DAYS)]
        quiet = max((q for q in (self.quiet_until, other.quiet_until) if q is not None), default=None)
        return replace(
            self,
            entries=tuple(sorted(kept, key=lambda e: (e.at, e.occurrence))),
            quiet_until=quiet,
            wishes=_newest(other.wishes, self.wishes),
            extra={**other.extra, **self.extra},
        )


def _newest(*pages: Mapping[str, Wish]) -> Mapping[str, Wish]:
    """Of each wish the newest word; of two at once the later page's, or of leave both."""
    out: dict[str, Wish] = {}
    for wishes in pages:
        for name, wish in wishes.items():
            known = out.get(name)
            if known is not None and name == "leave" and known.at == wish.at and known.value and wish.value:
                both = sorted({*known.value.split(","), *wish.value.split(",")})
                out[name] = replace(wish, value=",".join(both))
            elif known is None or wish.at >= known.at:
                out[name] = wish
    return out


def _end(entry: Entry) -> int:
    return 2 if entry.sent else 1 if entry.bounced else 0


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
    """All that was told to anybody; and `paused`, the last day (in the reader's zone) on which nobody of a team is told
    anything, by the team's id, or `EVERYBODY`."""

    people: Mapping[str, PersonRecord] = field(default_factory=dict)
    paused: Mapping[str, date] = field(default_factory=dict)

    def of(self, person: str) -> PersonRecord:
        return self.people.get(person, PersonRecord(person=person))

    def paused_until(self, team: str) -> date | None:
        """The last day of the pause that holds for this team, be it a past one; None where there was none."""
        return max((day for name, day in self.paused.items() if name in {EVERYBODY, team}), default=None)

    def told(self, item: TrackedItem) -> tuple[Told, ...]:
        """Every telling about one item to anybody, oldest first, intents included."""
        return told_about(item, self.tellings())

    def tellings(self) -> Mapping[str, tuple[Told, ...]]:
        """Every telling by each of its `telling_keys`, for `told_about`: one pass for whoever asks often."""
        found: dict[str, list[Told]] = {}
        for record in self.people.values():
            for entry in record.entries:
                for key in entry.steps if not entry.bounced else ():
                    item, _, rung = key.rpartition("/")
                    if item and rung.isdigit():
                        telling = Told(step=key, rung=int(rung), person=record.person, at=entry.at, sent=entry.sent)
                        found.setdefault(item, []).append(telling)
        return {k: tuple(sorted(v, key=_order)) for k, v in found.items()}


def told_about(item: TrackedItem, tellings: Mapping[str, tuple[Told, ...]]) -> tuple[Told, ...]:
    """The tellings about one item under any of its names, each once, oldest first."""
    found: dict[tuple[datetime, int, str], Told] = {}
    for key in telling_keys(item):
        for telling in tellings.get(key, ()):
            found.setdefault(_order(telling), telling)
    return tuple(sorted(found.values(), key=_order))


def _order(telling: Told) -> tuple[datetime, int, str]:
    return (telling.at, telling.rung, telling.person)


def ledger_of(records: Iterable[PersonRecord], paused: Mapping[str, date] | None = None) -> Ledger:
    return Ledger(people={r.person: r for r in records}, paused=dict(paused or {}))
