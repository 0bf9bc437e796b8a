"""Who there is, who answers for whom, and how much of the service a team wants.

Frozen values, built from `people.yaml` and what it names. Nothing here reads a clock, a file or a tracker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum


class Mode(StrEnum):
    """How much the service may do: `observe` withholds every writer, `comment` messages nobody, `live` does all."""

    OBSERVE = "observe"
    COMMENT = "comment"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone of `people.yaml`, or (with `known=False`) a login that only the tracker knows.

    `logins` maps a site's name to the login there. `aliases` are names as documents write them.
    `working_days` are ISO weekdays (1 is Monday); `leave` are inclusive day ranges in the person's own zone. `slack` is
    a Slack user's id, `channel` the preferred way to be told (mail, slack), "" for the organization's. `leave_ics` is
    where a calendar of their leave is kept, a secret where it is an address. `digest` is false for who wants none.
    """

    id: str
    name: str = ""
    email: str = ""
    logins: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    team: str = ""
    lead: str = ""
    director: str = ""
    timezone: str = "UTC"
    country: str = ""
    region: str = ""
    working_days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    hours: tuple[time, time] = (time(9), time(17))
    leave: tuple[tuple[date, date], ...] = ()
    substitute: str = ""
    departed: bool = False
    known: bool = True
    slack: str = ""
    channel: str = ""
    leave_ics: str = field(default="", repr=False)
    digest: bool = True

    @property
    def shown(self) -> str:
        """The name to show to people, never with an `@`."""
        return self.name or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team of `people.yaml`. `items` says where its action items become issues: `SITE:owner/repo` or `SITE:PROJECT`,
    or nothing for "beside the post-mortem". `mode` is its own where it is to be a quieter one than its sites'."""

    id: str
    name: str = ""
    lead: str = ""
    director: str = ""
    items: str = ""
    timezone: str = ""
    repositories: tuple[str, ...] = ()
    mode: Mode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Everybody the service knows, and how to find them: `people.yaml` and the sources that it names.

    `reasons` says from where a fact is, by its path (`people.alice.lead`, `teams.payments.lead`), for people to read;
    what has no reason is a default. `stewards` are the ids of those who watch over the programme as a whole.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict, compare=False)
    stewards: tuple[str, ...] = ()

    def by_login(self, site: str, login: str) -> Person | None:
        """The person with this login on this site; logins are compared without case. No login is nobody's."""
        wanted = login.lstrip("@").casefold()
        if not wanted:
            return None
        return next((p for p in self.people.values() if p.logins.get(site, "").casefold() == wanted), None)

    def by_name(self, site: str, written: str) -> tuple[Person, ...]:
        """All people whom `written` may mean: by login on the site, mail address, id, name or alias."""
        wanted = " ".join(written.lstrip("@").split()).casefold()
        if not wanted:
            return ()
        return tuple(
            p
            for p in self.people.values()
            if wanted
            in {
                p.logins.get(site, "").casefold(),
                p.email.casefold(),
                p.id.casefold(),
                p.name.casefold(),
                *(a.casefold() for a in p.aliases),
            }
        )

    def team_of(self, person: Person) -> Team | None:
        return self.teams.get(person.team)

    def lead_of(self, person: Person) -> Person | None:
        """Whom the owner answers to: the person's own lead, else the team's; never the person themself."""
        team = self.teams.get(person.team)
        for candidate in (person.lead, team.lead if team else "", self.director_id(person)):
            if candidate and candidate != person.id and candidate in self.people:
                return self.people[candidate]
        return None

    def director_id(self, person: Person) -> str:
        team = self.teams.get(person.team)
        return person.director or (team.director if team else "")

    def director_of(self, person: Person) -> Person | None:
        found = self.people.get(self.director_id(person))
        return found if found and found.id != person.id else None
