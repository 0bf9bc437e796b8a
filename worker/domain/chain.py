"""Who answers for an action item, and whom can a message about it reach?

From owner to lead to director, with substitutes, always to the next one who can be resolved; what is missing on the way
is a gap that has a name. Decides nothing about time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from worker.domain.ledger import Ledger
from worker.domain.model import Directory, Dossier, Finding, Person, Status, TrackedItem
from worker.domain.policy import Policy

BOUNCED_FOR = timedelta(days=7)
"""How long after a mail that could not be delivered a person counts as out of reach."""
ROLES = ("owner", "lead", "director")
PERSON = "person:"
"""Before the id of somebody whom a rung names."""


def owner_of(item: TrackedItem, directory: Directory) -> Person | None:
    """The item's owner: of the directory, or (`known=False`) a login that only the tracker knows; None without one."""
    if not item.owner:
        return None
    return directory.people.get(item.owner) or Person(id=item.owner, known=False)


def clock_of(item: TrackedItem, directory: Directory, policy: Policy) -> Person:
    """In whose zone the item's days are counted: its owner's, else its team's, else the site's."""
    owner = owner_of(item, directory)
    if owner is not None and owner.known:
        return owner
    team = directory.teams.get(item.team)
    return Person(id="", timezone=(team.timezone if team else "") or policy.default_timezone)


def leads_of(item: TrackedItem, directory: Directory) -> tuple[Person, ...]:
    """Whom the owner answers to, the nearest first, then upwards; never the owner. Loops end where they close."""
    owner = owner_of(item, directory)
    ids = [owner.lead if owner else "", _team_lead(owner, directory), _team_lead_of(item.team, directory)]
    found = _people(ids, directory, without=item.owner)
    for lead in found:  # grows while it is walked: the lead of a lead who is gone
        for above in _people([lead.lead, _team_lead(lead, directory)], directory, without=item.owner):
            if above not in found:
                found.append(above)
    return tuple(found)


def directors_of(item: TrackedItem, directory: Directory) -> tuple[Person, ...]:
    """The directors above the item, the nearest first; never the owner."""
    owner = owner_of(item, directory)
    team = directory.teams.get(item.team)
    ids = [directory.director_id(owner) if owner else "", team.director if team else ""]
    ids += [directory.director_id(lead) for lead in leads_of(item, directory)]
    return tuple(_people(ids, directory, without=item.owner))


def readers(item: TrackedItem, role: str, directory: Directory) -> Iterator[tuple[Person, str]]:
    """Everybody who may have to hear what is meant for `role`, in order, with the role in which they do: the one meant,
    then whoever stands in, then the roles above. Each person once; known people who have not left. `role` may be
    `person:<id>`: then that person, their substitute, and after them the leads and directors of the item."""
    seen: set[str] = set()
    if role.startswith(PERSON):
        named = _people([role.removeprefix(PERSON)], directory, without="")
        for person in (*named, *_people([p.substitute for p in named], directory, without="")):
            if person.id not in seen and not person.departed:
                seen.add(person.id)
                yield person, role
        role = "lead"
    for each in ROLES[ROLES.index(role) :]:
        if each == "owner":
            owner = owner_of(item, directory)
            wanted: tuple[Person, ...] = (owner,) if owner else ()
        else:
            chain = leads_of(item, directory) if each == "lead" else directors_of(item, directory)
            stand_ins = _people([p.substitute for p in chain], directory, without=item.owner)
            wanted = (*chain, *stand_ins)
        for person in wanted:
            if person.id not in seen and person.known and not person.departed:
                seen.add(person.id)
                yield person, each


def trouble_with(person: Person, ledger: Ledger, now: datetime) -> str:
    """Why no mail reaches this person, as words to follow "no mail reaches NAME: "; "" where nothing is known."""
    if not person.known:
        return "people.yaml does not name this login"
    if not person.email:
        return "people.yaml has no mail address"
    entries = ledger.of(person.id).entries
    if entries and entries[-1].bounced and now - entries[-1].at < BOUNCED_FOR:
        return f"the last mail came back: {entries[-1].bounced}"
    return ""


def answers_for(item: TrackedItem, directory: Directory) -> Person | None:
    """The lead in whose digest the item stands: the owner's, be it the owner themself, else the item's team's; where
    that one is missing or has left, the next above. None where nobody can be resolved."""
    owner = owner_of(item, directory)
    ids = [owner.lead if owner else "", _team_lead(owner, directory), _team_lead_of(item.team, directory)]
    above = [p.id for p in (*leads_of(item, directory), *directors_of(item, directory))]
    for person in _people([*ids, *above], directory, without=""):
        if not person.departed:
            return person
    return None


def gaps(
    dossiers: Iterable[Dossier], ledger: Ledger, directory: Directory, policy: Policy, now: datetime
) -> tuple[str, ...]:
    """What is missing between the open items and the people who should hear of them, one line each, sorted."""
    named = {r.role for r in policy.ladder.every_rung if r.role.startswith(PERSON)}
    out = {f"policy.yaml names {r} in the ladder: people.yaml does not" for r in named if _unknown(r, directory)}
    roles = {r.role for r in policy.ladder.rungs}
    for dossier in dossiers:
        for item in dossier.items:
            if item.status is not Status.OPEN or dossier.closed:
                continue
            owner = owner_of(item, directory)
            if owner is not None:
                out |= _person_gaps(owner, ledger, now)
            leads = leads_of(item, directory)
            for person in leads[:1]:
                out |= _person_gaps(person, ledger, now)
            whose = _whose(item, directory)
            if not any(not p.departed for p in leads):
                out.add(f"{whose} no lead: name one in people.yaml")
            if "director" in roles and not directors_of(item, directory):
                out.add(f"{whose} no director: the ladder ends at the lead")
    return tuple(sorted(out))


def unreachable(dossier: Dossier, ledger: Ledger, directory: Directory, now: datetime) -> tuple[Finding, ...]:
    """A finding for each open item whose owner no message can reach, so that nobody believes they were told."""
    out = []
    for item in dossier.items:
        owner = owner_of(item, directory)
        if item.status is not Status.OPEN or owner is None:
            continue
        reason = "they have left" if owner.departed else trouble_with(owner, ledger, now)
        if reason:
            out.append(
                Finding(
                    rule="people/unreachable",
                    level="warning",
                    item=item.id,
                    excerpt=owner.shown,
                    remedy=f"no mail reaches {owner.shown}: {reason}. Until then the lead hears instead.",
                )
            )
    return tuple(out)


def _unknown(role: str, directory: Directory) -> bool:
    person = directory.people.get(role.removeprefix(PERSON))
    return person is None or person.departed


def _person_gaps(person: Person, ledger: Ledger, now: datetime) -> set[str]:
    if person.departed:
        return {f"{person.shown} has left and still answers for open action items"}
    trouble = trouble_with(person, ledger, now)
    return {f"no mail reaches {person.shown}: {trouble}"} if trouble else set()


def _whose(item: TrackedItem, directory: Directory) -> str:
    owner = owner_of(item, directory)
    team = directory.teams.get(item.team) or (directory.team_of(owner) if owner else None)
    if team is not None:
        return f"team {team.name or team.id} has"
    if owner is not None:
        return f"{owner.shown} has"
    return f"what nobody owns in {item.post_mortem.key} has"


def _team_lead(person: Person | None, directory: Directory) -> str:
    return _team_lead_of(person.team, directory) if person else ""


def _team_lead_of(team_id: str, directory: Directory) -> str:
    team = directory.teams.get(team_id)
    return team.lead if team else ""


def _people(ids: Iterable[str], directory: Directory, *, without: str) -> list[Person]:
    wanted = dict.fromkeys(i for i in ids if i and i != without)
    return [directory.people[i] for i in wanted if i in directory.people]
