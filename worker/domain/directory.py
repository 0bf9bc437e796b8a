"""Who is there when people.yaml and all other sources are taken together, and from where is each fact?

`people.yaml` wins, then the sources in their order. A source's person is the one of people.yaml whose id, mail address
or login it shares; a name alone proves nothing, and whatever contradicts itself is a doubt for a person to settle,
never a guess. Pure: the caller brings the facts.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from worker.domain.facts import Facts, PersonFact, PlaceFact, TeamFact, plain_name
from worker.domain.model import Directory, Person, Team

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FILLED = ("name", "email", "slack", "timezone", "country")
_ALWAYS_SET = {"timezone", "country"}
"""Fields that hold a default where nobody gave them: whether they were given is told by their reason alone."""
_LINKS = ("team", "lead", "director")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Doubt:
    """Something that a source says and that was not believed. `about` is whom or what, `what` why, with the remedy."""

    source: str
    about: str
    what: str

    def __str__(self) -> str:
        return f"{self.source}: {self.about}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The directory with all that was believed, what was not, and which person each fact of a source belongs to:
    `found` maps (position of the source, position of its person) to an id."""

    directory: Directory
    doubts: tuple[Doubt, ...] = ()
    found: Mapping[tuple[int, int], str] = field(default_factory=dict)


def overlaid(directory: Directory, sources: Sequence[Facts]) -> Overlay:
    """Return the directory with what these sources add to it, the earlier source before the later one. Nothing that
    people.yaml says is changed, but for days of leave, which are added to it."""
    if not sources:
        return Overlay(directory=directory)
    merge = _Merge(directory)
    for number, facts in enumerate(sources):
        merge.take_people(number, facts)
    for facts in sources:
        merge.take_teams(facts)
    for number, facts in enumerate(sources):
        merge.link_people(number, facts)
    for facts in sources:
        merge.take_places(facts)
        merge.take_leave(facts)
    made = Directory(
        people=dict(sorted(merge.people.items())),
        teams=dict(sorted(merge.teams.items())),
        reasons=merge.reasons,
        stewards=merge.given.stewards,
    )
    return Overlay(directory=made, doubts=tuple(sorted(set(merge.doubts))), found=merge.found)


class _Merge:
    """The directory while it grows."""

    def __init__(self, directory: Directory) -> None:
        self.given = directory
        self.people: dict[str, Person] = dict(directory.people)
        self.teams: dict[str, Team] = dict(directory.teams)
        self.reasons: dict[str, str] = dict(directory.reasons)
        self.doubts: list[Doubt] = []
        self.found: dict[tuple[int, int], str] = {}
        # Everything is found by a key: a company has ten thousand people.
        self._by: dict[str, set[str]] = {}
        self._named: dict[str, set[str]] = {}
        self._taken: set[str] = set()
        self._sites: set[str] = set()
        self._teams_named: dict[str, set[str]] = {}
        self._held: set[str] = set()
        for person in directory.people.values():
            self._index(person)
        for team in directory.teams.values():
            self._put_team(team)

    def doubt(self, facts: Facts, where: str, about: str, what: str) -> None:
        self.doubts.append(Doubt(source=facts.at(where), about=about, what=what))

    def _index(self, person: Person) -> None:
        for key in _keys(person.id, person.email, person.logins):
            self._by.setdefault(key, set()).add(person.id)
        for name in (person.name, *person.aliases):
            if name:
                self._named.setdefault(plain_name(name), set()).add(person.id)
        self._taken.add(person.id.casefold())
        self._sites |= set(person.logins)

    def _put_team(self, team: Team) -> None:
        self.teams[team.id] = team
        self._held |= {place.casefold() for place in team.repositories}
        for name in (team.id, team.name):
            if name:
                self._teams_named.setdefault(plain_name(name), set()).add(team.id)

    # Who is who

    def take_people(self, number: int, facts: Facts) -> None:
        """Find or add each person of a source, and fill in what nobody said of them yet."""
        before = set(self.people)
        seen: dict[str, str] = {}
        for at, fact in enumerate(facts.people):
            keys = _keys(fact.id, fact.email, fact.logins)
            if not (keys or plain_name(fact.name)):
                self.doubt(facts, fact.where, "an entry", "nothing tells who this is")
                continue
            double = next((seen[key] for key in keys if key in seen), "")
            for key in keys:
                seen.setdefault(key, fact.where or fact.shown)
            if double:
                self.doubt(facts, fact.where, fact.shown, f"stands here a second time (first at {double}); keep one")
                continue
            found, why = self._identified(fact, before)
            if why:
                self.doubt(facts, fact.where, fact.shown, why)
            elif found is not None:
                self.found[number, at] = found.id
                self._fill(facts, fact, found)
            elif not fact.departed:
                person = self._new(fact)
                self.found[number, at] = person.id
                self.people[person.id] = person
                self.reasons[f"people.{person.id}"] = facts.at(fact.where)
                self._fill(facts, fact, person)

    def _identified(self, fact: PersonFact, before: set[str]) -> tuple[Person | None, str]:
        """The person that this fact is about, or None for a new one; and why that can't be told, if so."""
        keys = _keys(fact.id, fact.email, fact.logins)
        matched = sorted({i for key in keys for i in self._by.get(key, ())})
        if len(matched) > 1:
            return None, f"fits {' and '.join(matched)} at once; correct their logins or mail addresses"
        if matched:
            person = self.people[matched[0]]
            return (person, "") if not (clash := _clash(fact, person)) else (None, clash)
        # People of the same source are told apart by the source itself.
        alike = sorted(self._named.get(plain_name(fact.name), set()) & before) if fact.name else []
        if alike:
            listed = " or ".join(alike)
            ways = ", ".join([*(f"{s}: {login}" for s, login in sorted(fact.logins.items())), fact.email][:3]).strip(
                ", "
            )
            say = f"; if so, write {ways} there" if ways else ""
            return None, f"has the name of {listed} and nothing else in common, so this may be the same person{say}"
        return None, ""

    def _new(self, fact: PersonFact) -> Person:
        return Person(id=new_id(fact, self._taken))

    def _fill(self, facts: Facts, fact: PersonFact, person: Person) -> None:
        """Add what is not known of this person yet, each with its reason."""
        changes: dict[str, object] = {}
        reason = facts.at(fact.where)
        for name in _FILLED:
            value = getattr(fact, name)
            if value and self._open(person, name):
                changes[name] = value
                if name == "country":
                    # A region belongs to a country: one's own never goes with everybody's.
                    changes["region"] = fact.region
        logins = dict(person.logins)
        for site, login in sorted(fact.logins.items()):
            if site not in logins:
                logins[site] = login
                self.reasons[f"people.{person.id}.logins.{site}"] = reason
        if logins != person.logins:
            changes["logins"] = dict(sorted(logins.items()))
        aliases = tuple(a for a in (fact.name, *fact.aliases) if a and a not in {person.name, *person.aliases})
        if person.name and aliases:
            changes["aliases"] = (*person.aliases, *aliases)
        elif fact.aliases and not person.aliases:
            changes["aliases"] = fact.aliases
        if fact.departed and not person.departed:
            changes["departed"] = True
        for name in changes:
            if name != "logins":
                self.reasons[f"people.{person.id}.{name}"] = reason
        if changes:
            person = _with(person, changes)
            self.people[person.id] = person
        self._index(person)
        if fact.id:
            # The source may name them so elsewhere, whatever their id is here.
            self._by.setdefault(f"id:{fact.id.casefold()}", set()).add(person.id)

    def _open(self, person: Person, name: str) -> bool:
        """Whether nobody has said this of the person yet."""
        if name in _ALWAYS_SET:
            return f"people.{person.id}.{name}" not in self.reasons
        return not getattr(person, name)

    # Teams

    def take_teams(self, facts: Facts) -> None:
        """Find or add each team of a source, with its lead where that is nobody yet."""
        for fact in facts.teams:
            team = self._team(facts, fact.id, fact.where, fact)
            reason = facts.at(fact.where)
            if fact.name and not team.name:
                team = replace(team, name=fact.name)
                self.reasons[f"teams.{team.id}.name"] = reason
            if fact.lead and not team.lead:
                lead, why = self.who(facts, fact.lead)
                if why:
                    self.doubt(facts, fact.where, f"the lead of {team.name or team.id}", why)
                else:
                    team = replace(team, lead=lead)
                    self.reasons[f"teams.{team.id}.lead"] = reason
            self._put_team(team)
            for place in fact.places:
                self._give(facts, place, team.id, fact.where)

    def _team(self, facts: Facts, written: str, where: str, fact: TeamFact | None = None) -> Team:
        """The team that is meant, added where there is none."""
        found = self._team_named(written) or (self._team_named(fact.name) if fact is not None else None)
        if found is not None:
            return found
        bare = written.rpartition("/")[2]
        team_id = _slug(bare) or f"team-{_digest(plain_name(bare))}"
        team = Team(id=team_id, name="" if bare == team_id or (fact is not None and fact.name) else bare)
        self._put_team(team)
        self.reasons[f"teams.{team.id}"] = facts.at(where)
        return team

    def _team_named(self, written: str) -> Team | None:
        found = self._teams_named.get(plain_name(written.rpartition("/")[2]), set())
        return self.teams[next(iter(found))] if len(found) == 1 else None

    def link_people(self, number: int, facts: Facts) -> None:
        """Each person's team, lead and director, once everybody is known."""
        for at, fact in enumerate(facts.people):
            person_id = self.found.get((number, at))
            if person_id is None:
                continue
            for name in _LINKS:
                written = getattr(fact, name)
                if not written or getattr(self.people[person_id], name):
                    continue
                if name == "team":
                    value, why = self._team(facts, written, fact.where).id, ""
                else:
                    value, why = self.who(facts, written)
                if value == person_id:
                    # At the top of a company people are often written down as their own manager.
                    continue
                if why:
                    self.doubt(facts, fact.where, f"the {name} of {self.people[person_id].shown}", why)
                    continue
                self.people[person_id] = _with(self.people[person_id], {name: value})
                self.reasons[f"people.{person_id}.{name}"] = facts.at(fact.where)

    def who(self, facts: Facts, written: str) -> tuple[str, str]:
        """The id of the person whom a source means, or why that can't be told."""
        sites = [facts.site] if facts.site else sorted(self._sites)
        plain = written.lstrip("@").casefold()
        logins = {i for site in sites for i in self._by.get(f"{site}:{plain}", ())}
        mails = self._by.get(f"mail:{plain}", set())
        # Where logins are written, an id or a name that looks the same is somebody else's.
        own = set() if facts.site else self._by.get(f"id:{plain}", set())
        names = set() if facts.site else self._named.get(plain_name(written), set())
        for tier in (own | mails, logins, names):
            if len(tier) == 1:
                return next(iter(tier)), ""
            if tier:
                return "", f"`{written}` may be {' or '.join(sorted(tier))}; write a mail address or a login"
        return "", f"nobody is known as `{written}`; add them to people.yaml"

    # Places and leave

    def take_places(self, facts: Facts) -> None:
        """Which team answers for which repository, project or component."""
        for fact in facts.places:
            if self._is_held(fact.place):
                continue
            if fact.team:
                team = self._team(facts, fact.team, fact.where)
                self._give(facts, fact.place, team.id, fact.where)
                continue
            person_id, why = self.who(facts, fact.person)
            if why:
                self.doubt(facts, fact.where, f"who answers for {fact.place}", why)
            else:
                self._give_to(facts, fact, self.people[person_id])

    def _give_to(self, facts: Facts, fact: PlaceFact, person: Person) -> None:
        """A place whose answer is one person: a team of that place alone, which they lead. Their own team would bring
        its own lead, who may be another."""
        team_id = _slug(fact.place.partition(":")[2]) or f"place-{_digest(fact.place)}"
        if team_id in self.teams:
            team_id = f"{team_id}-{_digest(fact.place)}"
        name = fact.place.partition(":")[2]
        self._put_team(Team(id=team_id, name=name, lead=person.id))
        self.reasons |= dict.fromkeys((f"teams.{team_id}", f"teams.{team_id}.lead"), facts.at(fact.where))
        self._give(facts, fact.place, team_id, fact.where)

    def _is_held(self, place: str) -> bool:
        """Whether some team has this place; one that is written without a site is meant on the place's."""
        wanted = place.casefold()
        return wanted in self._held or wanted.partition(":")[2] in self._held

    def _give(self, facts: Facts, place: str, team_id: str, where: str) -> None:
        if not self._is_held(place):
            team = self.teams[team_id]
            self.teams[team_id] = replace(team, repositories=(*team.repositories, place))
            self._held.add(place.casefold())
            self.reasons[f"teams.{team_id}.repositories.{place}"] = facts.at(where)

    def take_leave(self, facts: Facts) -> None:
        """Days away, beside those that are known already."""
        for fact in facts.leave:
            person = self.people.get(fact.person)
            new = tuple(days for days in fact.days if person is not None and days not in person.leave)
            if person is not None and new:
                self.people[person.id] = replace(person, leave=tuple(sorted((*person.leave, *new))))
                for start, _ in new:
                    self.reasons[f"people.{person.id}.leave.{start.isoformat()}"] = facts.at(fact.where)


def _with(person: Person, changes: Mapping[str, Any]) -> Person:
    """The person with these fields."""
    return replace(person, **changes)


def _keys(person_id: str, email: str, logins: Mapping[str, str]) -> list[str]:
    keys = [f"id:{person_id.casefold()}"] if person_id else []
    keys += [f"mail:{email.casefold()}"] if email else []
    return keys + [f"{site}:{login.casefold()}" for site, login in sorted(logins.items()) if login]


def _clash(fact: PersonFact, person: Person) -> str:
    """What speaks against it that a fact is about this person although they share an id, a login or a mail address."""
    names = {plain_name(n) for n in (person.name, *person.aliases) if n}
    renamed = bool(fact.name) and bool(names) and plain_name(fact.name) not in names
    other_mail = bool(fact.email) and bool(person.email) and fact.email.casefold() != person.email.casefold()
    others = sorted(
        site for site, login in fact.logins.items() if person.logins.get(site, login).casefold() != login.casefold()
    )
    if renamed and (other_mail or others):
        return (
            f"shares something with {person.id} ({person.shown}) and yet differs in name and address: was a login or "
            f"an id given to somebody else? Correct {person.id} in people.yaml"
        )
    if person.departed and not fact.departed:
        return (
            f"is {person.id} ({person.shown}) by people.yaml, who has left: if they are back, remove `departed`; if "
            f"the login is somebody else's now, remove it from {person.id}"
        )
    if others:
        told = ", ".join(f"{s}: {person.logins[s]} there, {fact.logins[s]} here" for s in others)
        return f"is {person.id}, with another login ({told}); correct people.yaml"
    return ""


def new_id(fact: PersonFact, taken: AbstractSet[str]) -> str:
    """An id for somebody new, the same at every computing: what the source says, else the mail's local part, else a
    login that reads as a word, else the name, else a digest of all that is known; with a digest where it is taken
    (`taken` are ids in small letters)."""
    local = fact.email.partition("@")[0].partition("+")[0]
    words = [login for _, login in sorted(fact.logins.items()) if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,38}", login)]
    said = fact.id if _ID.fullmatch(fact.id) else ""
    digest = _digest("|".join((*_keys(fact.id, fact.email, fact.logins), plain_name(fact.name))))
    base = next((word for word in (said, *map(_slug, (local, *words, fact.name))) if word), "") or f"p-{digest}"
    return base if base.casefold() not in taken else f"{base[:55]}-{digest}"


def _slug(text: str) -> str:
    """Text as an id: ASCII letters and digits with single dashes; "" where nothing of it is left."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9._]+", "-", folded).strip("-._")[:60]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
