"""What did people say about themselves with `ft me`, and how do they then stand in the directory?

A wish is kept in the person's record of the ledger and laid over `people.yaml` wherever that is used: the person's own
word about their zone, leave and channel goes before the file's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from worker.domain.ledger import Ledger, PersonRecord, Wish
from worker.domain.model import Directory, Person

MOST_LEAVES = 40
"""So many leaves are kept, the nearest first: those are needed first."""
OVER_FOR = timedelta(days=7)
"""How long a leave that is over is kept: what was counted while it lasted may still be looked at."""


def with_wish(record: PersonRecord, name: str, value: str, at: datetime) -> PersonRecord:
    """The record once the person said this. Leave is added to the leave that was said before, in whichever order the
    two are heard, and "" takes all of it back; a zone or a channel is the last one said. Saying it again changes
    nothing but the time."""
    known, at = record.wishes.get(name), at.replace(microsecond=0)
    if known is not None and known.at > at:
        if name != "leave" or not value or not known.value:
            return record
        at = known.at
    if name == "leave" and value and known is not None:
        since = (at - OVER_FOR).date()
        kept = {r for r in (*_ranges(known.value), *_ranges(value)) if r[1] >= since}
        value = ",".join(f"{first.isoformat()}/{last.isoformat()}" for first, last in sorted(kept)[:MOST_LEAVES])
    return replace(record, wishes={**record.wishes, name: Wish(value=value, at=at)})


def with_wishes(directory: Directory, ledger: Ledger) -> Directory:
    """The directory as its people want it. A wish that no longer means anything is left out."""
    people = {
        name: _wished(person, record.wishes)
        for name, person in directory.people.items()
        if (record := ledger.people.get(name)) is not None and record.wishes
    }
    return replace(directory, people={**directory.people, **people}) if people else directory


def _wished(person: Person, wishes: Mapping[str, Wish]) -> Person:
    said = {name: wish.value for name, wish in wishes.items() if wish.value}
    if _is_zone(zone := said.get("zone", "")):
        person = replace(person, timezone=zone)
    if said.get("channel") in {"mail", "slack"}:
        person = replace(person, channel=said["channel"])
    if said.get("digest") == "off":
        person = replace(person, digest=False)
    if leave := _ranges(said.get("leave", "")):
        person = replace(person, leave=tuple(sorted({*person.leave, *leave})))
    return person


def _ranges(value: str) -> tuple[tuple[date, date], ...]:
    out = []
    for part in value.split(","):
        first, _, last = part.partition("/")
        try:
            out.append((date.fromisoformat(first), date.fromisoformat(last)))
        except ValueError:
            continue
    return tuple(out)


def _is_zone(name: str) -> bool:
    try:
        return bool(name and ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
