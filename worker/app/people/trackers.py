"""What do GitHub organizations and Jira projects say of people? Their answers, through the adapters, as facts.

An organization's list is of accounts, and no tracker gives a mail address to send to: those come from files alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from worker.app.people.port import SourceTrouble
from worker.domain.facts import Facts, PersonFact, PlaceFact, TeamFact, plain_name, spoken_name
from worker.domain.model import Directory
from worker.trackers.errors import Refused, TrackerError
from worker.trackers.port import Account, Group, Roster, TrackerPeople

MOST_NAMES = 500
"""So many accounts are asked for by name one by one; of more, the login has to do."""


class PeopleReads:
    """The ports to the people of each site, made when the first question comes."""

    def __init__(self, port: Callable[[str], TrackerPeople]) -> None:
        self._port = port
        self._guard = threading.Lock()
        self._made: dict[str, TrackerPeople] = {}

    def of(self, site: str) -> TrackerPeople:
        """The port of one site. Raises Refused where there is no such site, or nothing to sign in with."""
        with self._guard:
            if site not in self._made:
                try:
                    self._made[site] = self._port(site)
                except (KeyError, ValueError):
                    raise Refused(f"site {site} has no credential; see `sites:` in followthrough.yaml") from None
            return self._made[site]


class _OnSite:
    """What the two have in common: a place `SITE:NAME`, and the people who are known already."""

    def __init__(self, kind: str, place: str, reads: PeopleReads, known: Directory) -> None:
        self.key = f"{kind}:{place}"
        self._site, _, self._name = place.partition(":")
        self._reads = reads
        self._teams = {plain_name(name) for team in known.teams.values() for name in (team.id, team.name) if name}
        logins = (p.logins.get(self._site, "") for p in known.people.values() if not p.departed)
        self._known = {login.casefold(): login for login in logins if login}

    @property
    def _people(self) -> TrackerPeople:
        return self._reads.of(self._site)

    def _roster(self) -> Roster:
        try:
            return self._people.roster(self._name)
        except TrackerError as err:
            raise SourceTrouble(str(err)) from None

    def _accounts(self, logins: Sequence[str]) -> dict[str, Account]:
        """Those of these accounts that there are, by login in small letters."""
        try:
            found = (self._people.account(login) for login in logins)
            return {account.login.casefold(): account for account in found if account is not None}
        except TrackerError as err:
            raise SourceTrouble(str(err)) from None


class Organization(_OnSite):
    """A `PeopleSource` over one GitHub organization. With `names`, members whom people.yaml does not know are asked for
    by name, one request each."""

    def __init__(self, place: str, reads: PeopleReads, *, known: Directory, names: bool = False) -> None:
        super().__init__("github", place, reads, known)
        self.shown = f"GitHub organization {self._name}"
        self._names = names

    def read(self) -> Facts:
        """Its members and teams. A team's only maintainer is its lead. A member's team is the only one, or the one
        inside all others, that they are in; of several, the only one that people.yaml names."""
        roster = self._roster()
        new = [a.login for a in roster.accounts if a.login.casefold() not in self._known] if self._names else []
        names = self._accounts(new[:MOST_NAMES])
        groups = {group.id: group for group in roster.groups}
        notes: list[str] = []
        people = []
        for account in roster.accounts:
            named = names.get(account.login.casefold(), account)
            team = self._team_of(account.login, groups)
            if len(team) > 1:
                notes.append(f"{account.login} is in the teams {', '.join(team)}; name their team in people.yaml")
            people.append(
                PersonFact(
                    where="member",
                    name=spoken_name(named.name),
                    logins={self._site: account.login},
                    team=team[0] if len(team) == 1 else "",
                )
            )
        return Facts(
            source=self.shown,
            site=self._site,
            complete=roster.complete,
            people=tuple(people),
            teams=tuple(_team(group, notes) for group in roster.groups),
            notes=tuple(sorted(notes)),
        )

    def _team_of(self, login: str, groups: Mapping[str, Group]) -> list[str]:
        found = _own_team(login, groups)
        named = [t for t in found if {plain_name(t.rpartition("/")[2]), plain_name(groups[t].name)} & self._teams]
        return named if len(named) == 1 else found


def _own_team(login: str, groups: Mapping[str, Group]) -> list[str]:
    """The teams that somebody is in, without those that others of them are part of: GitHub lists the members of a team
    in every team above it, too."""
    own = {group.id for group in groups.values() if login in group.members}
    above: set[str] = set()
    for each in own:
        parent, seen = groups[each].parent, {each}
        while parent and parent not in seen:
            above.add(parent)
            seen.add(parent)
            parent = groups[parent].parent if parent in groups else ""
    return sorted(own - above)


def _team(group: Group, notes: list[str]) -> TeamFact:
    if len(group.leads) > 1:
        listed = ", ".join(group.leads)
        notes.append(f"team {group.id} has several maintainers ({listed}); name its lead in people.yaml")
    lead = group.leads[0] if len(group.leads) == 1 else ""
    return TeamFact(where=f"team {group.id}", id=group.id, name=spoken_name(group.name), lead=lead)


class JiraProject(_OnSite):
    """A `PeopleSource` over one Jira project."""

    def __init__(self, place: str, reads: PeopleReads, *, known: Directory) -> None:
        super().__init__("jira", place, reads, known)
        self.shown = f"Jira project {self._name}"

    def read(self) -> Facts:
        """Who can be given its issues, and who answers for it and its components. Known people who are not among them
        are asked for one by one: a closed account says that its owner has left."""
        roster = self._roster()
        listed = {account.login.casefold() for account in roster.accounts}
        unseen = sorted(login for key, login in self._known.items() if key not in listed)
        closed = [a for a in self._accounts(unseen[:MOST_NAMES]).values() if not a.active]
        people = [self._person(account) for account in (*roster.accounts, *closed)]
        places = [
            PlaceFact(where="lead" if group.id == self._name else f"lead of {group.name}", place=place, person=lead)
            for group in roster.groups
            for lead in group.leads
            for place in (f"{self._site}:{group.id}",)
        ]
        return Facts(source=self.shown, site=self._site, people=tuple(people), places=tuple(places))

    def _person(self, account: Account) -> PersonFact:
        where = "can be given its issues" if account.active else "closed account"
        return PersonFact(
            where=where, name=spoken_name(account.name), logins={self._site: account.login}, departed=not account.active
        )
