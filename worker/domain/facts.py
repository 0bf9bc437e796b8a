"""What does one source say of people, teams and places? Plain values; whether it is believed is decided elsewhere.

A source is a table, a catalog, a GitHub organization, a Jira project, a calendar of leave. Each fact says where in its
source it stands, so that every choice made of it can be explained.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFact:
    """Somebody as a source knows them. What it does not say is empty.

    `where` is the place in the source ("line 3", "member"), "" where there is none to name. `logins` maps a site's name
    to the login there. `team`, `lead` and `director` are as written: an id, a mail address, a login or a name.
    `departed` is a source's explicit word that the person has left.
    """

    where: str = ""
    id: str = ""
    name: str = ""
    email: str = ""
    logins: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    team: str = ""
    lead: str = ""
    director: str = ""
    slack: str = ""
    timezone: str = ""
    country: str = ""
    region: str = ""
    departed: bool = False

    @property
    def shown(self) -> str:
        """The person in a few words, for people to read."""
        first = next(iter(sorted(self.logins.values())), "")
        known = self.email or first or self.id
        return f"{self.name} ({known})" if self.name and known else self.name or known


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFact:
    """A team as a source knows it. `id` may hold a slash (`acme/payments`): its last part names the team. `lead` is as
    written. `places` are what the team answers for: `github:acme/pay`, `jira:PAY`."""

    where: str = ""
    id: str
    name: str = ""
    lead: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFact:
    """Who answers for a place: a team, or (where the source names no team) a person, both as written.

    `place` is a repository or project (`github:acme/pay`, `jira:PAY`) or a component of one (`jira:PAY/Gateway`).
    """

    where: str = ""
    place: str
    team: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveFact:
    """Days on which one person (an id of people.yaml) is away: inclusive ranges in their own zone, sorted."""

    where: str = ""
    person: str
    days: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that one source says.

    `source` names it for people ("people.csv", "GitHub organization acme"). `site` is the site whose logins its people
    are written by, "" where they may be written anyhow. `complete` says that who belongs here is listed here, so that
    who is missing may have left. `notes` are what could not be read or was not believed, one sentence each.
    """

    source: str
    site: str = ""
    complete: bool = False
    people: tuple[PersonFact, ...] = ()
    teams: tuple[TeamFact, ...] = ()
    places: tuple[PlaceFact, ...] = ()
    leave: tuple[LeaveFact, ...] = ()
    notes: tuple[str, ...] = ()

    def at(self, where: str) -> str:
        """This source and a place in it, as the reason of what is taken from there."""
        return f"{self.source}, {where}" if where else self.source


_STEERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of the text that follows; one left open would turn the words of a whole message."""
LONGEST_NAME = 200


def spoken_name(written: str) -> str:
    """A name that people chose for themselves, as it may stand in messages and on terminals: one line, without control
    signs; "" for what a table program would take for a formula."""
    kept = "".join(
        " " if c.isspace() else c
        for c in written
        if c not in _STEERING and (c.isspace() or unicodedata.category(c) != "Cc")
    )
    name = " ".join(kept.split())[:LONGEST_NAME].rstrip()
    return "" if name[:1] in {"=", "+", "-", "@"} else name


def plain_name(written: str) -> str:
    """A name as it is compared: without case, order of its words, invisible signs and ways of writing one letter.
    `Schmidt, Anna` is `Anna Schmidt`; an Arabic name is the same with and without its presentation forms."""
    text = unicodedata.normalize("NFKC", written).casefold().replace("\u0640", "")
    kept = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return " ".join(sorted(kept.replace(",", " ").replace(".", " ").split()))
