"""Who has joined, who has left, and who may be whom? people.yaml beside what its sources say, as a proposal.

Proposes only; a name alone proves nothing, and that somebody is missing in a list does not prove that they have left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from worker.domain.directory import Doubt, Overlay, overlaid
from worker.domain.facts import Facts
from worker.domain.model import Directory, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Joiner:
    """Somebody whom people.yaml does not know: an id that would be theirs, and from where they are."""

    person: Person
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Addition:
    """Something that people.yaml does not say of somebody whom it knows. `key` is the key there (`email`, `github`, or
    `logins.SITE`)."""

    person: str
    key: str
    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Leaver:
    """Somebody who has left (`sure`: a source says so), or is missing where they should be listed."""

    person: str
    shown: str
    why: str
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The difference, each part sorted. `notes` are what sources say that could not be read or believed."""

    joiners: tuple[Joiner, ...] = ()
    additions: tuple[Addition, ...] = ()
    leavers: tuple[Leaver, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changes(self) -> int:
        """How many entries of people.yaml would be written."""
        touched = {a.person for a in self.additions} | {leaver.person for leaver in self.leavers if leaver.sure}
        return len(self.joiners) + len(touched)


def propose(given: Directory, sources: Sequence[Facts]) -> Proposal:
    """Return what would make `given` (people.yaml alone) agree with these sources."""
    overlay = overlaid(given, sources)
    joiners = [
        Joiner(person=_known_only(person, overlay, given), source=overlay.directory.reasons.get(f"people.{name}", ""))
        for name, person in overlay.directory.people.items()
        if name not in given.people
    ]
    return Proposal(
        joiners=tuple(joiners),
        additions=tuple(sorted(_additions(given, overlay))),
        leavers=tuple(sorted((*_said(given, overlay, sources), *_missing(given, overlay, sources)))),
        doubts=overlay.doubts,
        notes=tuple(sorted({f"{facts.source}: {note}" for facts in sources for note in facts.notes})),
    )


def _known_only(person: Person, overlay: Overlay, given: Directory) -> Person:
    """The person without a team that people.yaml does not have: that is for a person to add first."""
    if not person.team or person.team in given.teams:
        return person
    lead = person.lead or overlay.directory.teams[person.team].lead
    return replace(person, team="", lead="" if lead == person.id else lead)


def _additions(given: Directory, overlay: Overlay) -> Iterator[Addition]:
    reasons = overlay.directory.reasons
    for name, before in given.people.items():
        after = overlay.directory.people[name]
        if before.departed:
            continue
        for key in ("name", "email", "slack"):
            value = getattr(after, key)
            if value != getattr(before, key):
                yield Addition(person=name, key=key, value=value, source=reasons.get(f"people.{name}.{key}", ""))
        for site, login in after.logins.items():
            if site not in before.logins:
                key = site if site in ("github", "jira") else f"logins.{site}"
                yield Addition(
                    person=name, key=key, value=login, source=reasons.get(f"people.{name}.logins.{site}", "")
                )


def _said(given: Directory, overlay: Overlay, sources: Sequence[Facts]) -> Iterator[Leaver]:
    """Those of whom a source says that they have left."""
    told: set[str] = set()
    for (number, at), name in sorted(overlay.found.items()):
        facts, person = sources[number], given.people.get(name)
        fact = facts.people[at]
        if fact.departed and person is not None and not person.departed and name not in told:
            told.add(name)
            yield Leaver(person=name, shown=person.shown, why=facts.at(fact.where), sure=True)


def _missing(given: Directory, overlay: Overlay, sources: Sequence[Facts]) -> Iterator[Leaver]:
    """Those whom no complete list has any more: of an organization, who has a login there; of tables, everybody."""
    said = {leaver.person for leaver in _said(given, overlay, sources)}
    for site in sorted({facts.site for facts in sources if facts.complete}):
        lists = [(n, facts) for n, facts in enumerate(sources) if facts.complete and facts.site == site]
        listed = {name for (n, _), name in overlay.found.items() if any(n == number for number, _ in lists)}
        logins = _logins(lists, site)
        for name, person in given.people.items():
            if person.departed or name in said or name in listed or (site and site not in person.logins):
                continue
            # Whoever is listed and yet in doubt is told as a doubt.
            if person.logins.get(site, "").casefold() in logins or person.email.casefold() in logins:
                continue
            told = " and ".join(facts.source for _, facts in lists)
            who = f" by the login {person.logins[site]}" if site else ""
            yield Leaver(person=name, shown=person.shown, why=f"not in {told}{who}", sure=False)


def _logins(lists: Sequence[tuple[int, Facts]], site: str) -> set[str]:
    people = [fact for _, facts in lists for fact in facts.people]
    found = {fact.logins.get(site, "").casefold() for fact in people} | {fact.email.casefold() for fact in people}
    return found - {""}


def entry_of(person: Person) -> Mapping[str, object]:
    """The keys under which people.yaml would know this person, in its order; what is a default is left out."""
    logins = dict(person.logins)
    out: dict[str, object] = {"name": person.name, "email": person.email}
    out |= {site: logins.pop(site, "") for site in ("github", "jira")}
    out |= {"logins": logins, "slack": person.slack, "team": person.team}
    out |= {key: getattr(person, key) for key in ("lead", "director")}
    usual = Person(id="")
    out |= {"timezone": person.timezone if person.timezone != usual.timezone else "", "country": person.country}
    out |= {"region": person.region if person.country else ""}
    out |= {"departed": person.departed}
    return {key: value for key, value in out.items() if value}
