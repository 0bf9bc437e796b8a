"""What a key in the due set stands for. One unit, one lease: no two workers ever write the same thing.

github:acme/pay#12           a post-mortem, by its issue's key
person:alice:2026-11-20      one person's messages of one day
digest:lena:2026-W47         one lead's digest of one ISO week
sweep:github:acme/pay        the periodic look at one poll: a container, or several (`sweep:jira:OPS,PAY`)
full:github                  the daily look at everything of one site
ledger:enrolled              the ledger's list of everything that is enrolled
schedule:digests             the look at which digests are owed
schedule:people              the look at what people.yaml's sources say
hold:unenrol                 the operator's word that many enrolments may end
hold:storm                   the operator's word that many people may be told something
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from worker.domain.model import IssueRef

RESERVED = frozenset({"person", "digest", "sweep", "full", "ledger", "schedule", "hold"})
"""Words that cannot name a site."""

ENROLLED = "ledger:enrolled"
LEDGER_ISSUE = "ledger:issue"
"""Held while the ledger's issue itself is looked for and created; as a unit it means the same as `ENROLLED`."""
DIGESTS = "schedule:digests"
PEOPLE = "schedule:people"
UNENROL = "hold:unenrol"
STORM = "hold:storm"
PERIODIC = ("sweep:", "full:", "ledger:", "schedule:")
"""How the keys of the periodic looks begin. They are never set aside: without them nobody would be told anything."""


@dataclass(frozen=True, slots=True)
class PostMortemUnit:
    ref: IssueRef


@dataclass(frozen=True, slots=True)
class PersonUnit:
    person: str
    day: date


@dataclass(frozen=True, slots=True)
class DigestUnit:
    person: str
    week: str


@dataclass(frozen=True, slots=True)
class SweepUnit:
    site: str
    poll: str


@dataclass(frozen=True, slots=True)
class FullUnit:
    site: str


@dataclass(frozen=True, slots=True)
class EnrolledUnit:
    pass


@dataclass(frozen=True, slots=True)
class DigestsUnit:
    pass


@dataclass(frozen=True, slots=True)
class SourcesUnit:
    pass


@dataclass(frozen=True, slots=True)
class UnenrolUnit:
    pass


@dataclass(frozen=True, slots=True)
class StormUnit:
    pass


Unit = (
    PostMortemUnit
    | PersonUnit
    | DigestUnit
    | SweepUnit
    | FullUnit
    | EnrolledUnit
    | DigestsUnit
    | SourcesUnit
    | UnenrolUnit
    | StormUnit
)


def parse_unit(key: str) -> Unit:
    """Read a key. Raises ValueError that says what was expected."""
    head, _, rest = key.partition(":")
    match head:
        case "person":
            person, _, day = rest.rpartition(":")
            return PersonUnit(person, date.fromisoformat(day))
        case "digest":
            person, _, week = rest.rpartition(":")
            return DigestUnit(person, week)
        case "sweep":
            site, _, poll = rest.partition(":")
            return SweepUnit(site, poll)
        case "full":
            return FullUnit(rest)
        case "ledger":
            return EnrolledUnit()
        case "schedule":
            return SourcesUnit() if key == PEOPLE else DigestsUnit()
        case "hold":
            return StormUnit() if key == STORM else UnenrolUnit()
        case _:
            return PostMortemUnit(IssueRef.parse(key))
