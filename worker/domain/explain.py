"""Why does somebody answer for somebody else, and what is missing in who answers to whom?

Reads a directory alone: what stands there, with the source of each fact. Whom a message about an item then reaches is
decided in `domain.chain`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from worker.domain.model import Directory, Person, Team

DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One fact of a person: what it is, its value for people to read, and from where it is."""

    what: str
    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Somebody above a person: as lead or director, why (in words), and from where that is known. `gap` says why they
    are passed over, "" where they are told."""

    person: str
    shown: str
    role: str
    why: str
    source: str
    gap: str = ""


def facts_of(person: Person, directory: Directory) -> tuple[Known, ...]:
    """All that is known of this person, in the order in which people.yaml explains it."""

    def known(what: str, value: str, path: str = "") -> Known:
        name = path or what
        return Known(what=what, value=value, source=_reason(directory, f"people.{person.id}.{name}"))

    out = [known("mail", person.email, "email")] if person.email else []
    out += [known(site, login, f"logins.{site}") for site, login in sorted(person.logins.items())]
    out += [known(name, getattr(person, name)) for name in ("slack", "channel") if getattr(person, name)]
    out += [known("also", ", ".join(person.aliases), "aliases")] if person.aliases else []
    out += [known(name, getattr(person, name)) for name in ("team", "lead", "director") if getattr(person, name)]
    out.append(known("timezone", person.timezone))
    out += [known("country", f"{person.country} {person.region}".strip())] if person.country else []
    for start, end in person.leave:
        days = start.isoformat() if start == end else f"{start.isoformat()} to {end.isoformat()}"
        own = f"people.{person.id}.leave.{start.isoformat()}"
        reason = directory.reasons.get(own) or _reason(directory, f"people.{person.id}.leave")
        out.append(Known(what="leave", value=days, source=reason))
    out += [known("substitute", person.substitute)] if person.substitute else []
    out += [known("departed", "yes")] if person.departed else []
    return tuple(out)


def facts_of_team(team: Team, directory: Directory) -> tuple[Known, ...]:
    """All that is known of this team, in the order in which people.yaml explains it."""

    def known(what: str, value: str, path: str) -> Known:
        return Known(what=what, value=value, source=_reason(directory, f"teams.{team.id}.{path}"))

    lead = directory.people.get(team.lead)
    shown = f"{lead.shown} ({lead.id})" if lead is not None else team.lead or "nobody"
    out = [known("lead", shown, "lead")]
    out += [known(name, getattr(team, name), name) for name in ("director", "items", "timezone") if getattr(team, name)]
    out += [known("mode", team.mode.value, "mode")] if team.mode is not None else []
    for place in team.repositories:
        own = directory.reasons.get(f"teams.{team.id}.repositories.{place}")
        out.append(Known(what="place", value=place, source=own or _reason(directory, f"teams.{team.id}.repositories")))
    return tuple(out)


def above(person: Person, directory: Directory) -> tuple[Link, ...]:
    """Everybody above a person, the nearest first: their leads and the leads' leads, then their directors. Each once;
    a loop ends where it closes."""
    leads = list(_leads(person, directory))
    found: dict[str, Link] = {}
    at = 0
    while at < len(leads):
        link = leads[at]
        at += 1
        if link.person == person.id or link.person in found:
            continue
        found[link.person] = link
        if link.person in directory.people:
            leads += _leads(directory.people[link.person], directory)
    people = [person, *(directory.people[i] for i in found if i in directory.people)]
    for each in people:
        for link in _directors(each, directory):
            if link.person != person.id:
                found.setdefault(link.person, link)
    return tuple(found.values())


def _leads(person: Person, directory: Directory) -> Iterator[Link]:
    if person.lead:
        path = f"people.{person.id}.lead"
        yield _link(directory, person.lead, "lead", f"is the lead of {person.shown}", path)
    team = directory.teams.get(person.team)
    if team is not None and team.lead:
        yield _link(
            directory, team.lead, "lead", f"leads {_named(team)}, {person.shown}'s team", f"teams.{team.id}.lead"
        )


def _directors(person: Person, directory: Directory) -> Iterator[Link]:
    team = directory.teams.get(person.team)
    if person.director:
        path = f"people.{person.id}.director"
        yield _link(directory, person.director, "director", f"is the director of {person.shown}", path)
    elif team is not None and team.director:
        path = f"teams.{team.id}.director"
        yield _link(directory, team.director, "director", f"is the director of {_named(team)}", path)


def _link(directory: Directory, person_id: str, role: str, why: str, path: str) -> Link:
    person = directory.people.get(person_id)
    gap = "is not known" if person is None else "has left" if person.departed else "" if person.email else "has no mail"
    shown = person.shown if person is not None else person_id
    return Link(person=person_id, shown=shown, role=role, why=why, source=_reason(directory, path), gap=gap)


def _named(team: Team) -> str:
    return team.name or team.id


def _reason(directory: Directory, path: str) -> str:
    return directory.reasons.get(path, DEFAULT)


def directory_findings(directory: Directory) -> tuple[str, ...]:
    """What is missing or wrong in who answers to whom, one sentence each with its remedy, sorted. Nobody is left out in
    silence: it also says who hears instead."""
    out: set[str] = set()
    # Somebody has to be at the top: whoever others answer to needs nobody above.
    tops = {i for p in directory.people.values() if not p.departed for i in (p.lead, p.director)}
    tops |= {i for t in directory.teams.values() for i in (t.lead, t.director)}
    for person in directory.people.values():
        if person.departed:
            continue
        links = above(person, directory)
        told = next((link for link in links if not link.gap), None)
        if told is None and person.id not in tops:
            out.add(f"{person.shown} has nobody above who can be told: name a lead in people.yaml")
        out |= {_gap(link, told) for link in links if link.gap}
        substitute = directory.people.get(person.substitute)
        if substitute is not None and substitute.departed:
            out.add(f"{substitute.shown}, the substitute of {person.shown}, has left: name another in people.yaml")
    for team in directory.teams.values():
        if not team.lead:
            out.add(f"team {_named(team)} has no lead: name one in people.yaml")
    out |= {f"the leads go round in a circle: {circle}; correct one of them" for circle in _circles(directory)}
    return tuple(sorted(out))


def _gap(link: Link, told: Link | None) -> str:
    instead = f"{told.shown} hears instead" if told is not None else "nobody hears instead"
    return f"{link.shown} {link.why} and {link.gap}: {instead}; correct people.yaml (said by {link.source})"


def _circles(directory: Directory) -> set[str]:
    """Each circle of leads, beginning at the smallest id. A lead who leads their own team is none."""
    out: set[str] = set()
    for start in sorted(directory.people):
        chain = [start]
        while (following := _next(chain[-1], directory)) and following not in chain:
            chain.append(following)
        if following == start and len(chain) > 1 and min(chain) == start:
            out.add(" → ".join([*chain, start]))
    return out


def _next(person_id: str, directory: Directory) -> str:
    person = directory.people.get(person_id)
    team = directory.teams.get(person.team) if person is not None else None
    if person is None or (team is not None and team.director == person_id):
        return ""
    lead = person.lead or (team.lead if team is not None else "")
    return "" if lead == person_id else lead
