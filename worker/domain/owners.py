"""Who is meant by the owners that a document names, and where that person's action items belong.

Never guesses: a name that fits nobody, or several people, is a finding, and nobody is assigned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.domain.model import Directory, Finding, Issue, IssueRef, Person, Team


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The outcome of looking an item's owners up. `person` is None where no single one could be found.

    `login` is the person's login on the asked site, "" where they have none there. A team that owns an item answers
    with its lead as the person. `problem` is a finding for people, without place and item.
    """

    person: Person | None = None
    login: str = ""
    written: tuple[str, ...] = ()
    problem: Finding | None = None

    @property
    def shown(self) -> str:
        """The owner's name for people to read: the person's, else the words of the document."""
        return self.person.shown if self.person else ", ".join(self.written)


def find_owner(
    written: Sequence[str],
    directory: Directory,
    site: str,
    *,
    assignable: Mapping[str, bool],
    teams_may_own: bool = True,
    login_site: str = "",
    names_of: Mapping[str, str] | None = None,
) -> Owner:
    """Return the one owner that `written` names, as people of this site are named.

    A login that is not in the directory counts if the tracker says that it can be given issues (`assignable`); such a
    person is `known=False`, and is shown by the name that the tracker has for the login (`names_of`), if any. Several
    people are no owner: a finding asks for one. `login_site` is the site whose login is wanted, where that is another.
    """
    on = login_site or site
    names = tuple(dict.fromkeys(" ".join(w.lstrip("@").split()) for w in written if w.strip().lstrip("@")))
    if not names:
        return Owner(problem=Finding(rule="owner/missing", level="error", remedy="needs an owner: name one person."))
    if len(names) > 1:
        listed = ", ".join(names)
        return Owner(
            written=names,
            problem=Finding(
                rule="owner/several",
                level="warning",
                excerpt=listed,
                remedy="needs one owner: keep the one who answers for it, name the others in the text.",
            ),
        )
    (name,) = names
    people = directory.by_name(site, name)
    if len(people) == 1:
        return Owner(person=people[0], login=people[0].logins.get(on, ""), written=names)
    if len(people) > 1:
        fits = ", ".join(sorted(p.shown for p in people))
        return Owner(
            written=names,
            problem=Finding(
                rule="owner/ambiguous",
                level="error",
                excerpt=name,
                remedy=f"this may be {fits}: write the login of the one who is meant.",
            ),
        )
    team = _team_named(name, directory)
    if team is not None and teams_may_own:
        lead = directory.people.get(team.lead)
        if lead is not None:
            return Owner(person=lead, login=lead.logins.get(on, ""), written=names)
    if assignable.get(name.casefold()):
        person = Person(id=name, name=(names_of or {}).get(name, ""), logins={site: name}, known=False)
        return Owner(person=person, login=person.logins.get(on, ""), written=names)
    return Owner(
        written=names,
        problem=Finding(
            rule="owner/unknown",
            level="error",
            excerpt=name,
            remedy="nobody here is known by this name: write a login, or add the name to people.yaml.",
        ),
    )


def _team_named(name: str, directory: Directory) -> Team | None:
    wanted = name.casefold().removeprefix("team ").removesuffix(" team").strip()
    slug = wanted.rpartition("/")[2]
    found = [t for t in directory.teams.values() if {t.id.casefold(), t.name.casefold()} & {wanted, slug}]
    return found[0] if len(found) == 1 else None


def team_for(
    owner: Owner,
    directory: Directory,
    post_mortem: IssueRef,
    author: Person | None = None,
    *,
    issue: Issue | None = None,
) -> Team | None:
    """The team that answers for an item: its owner's, else the one that holds a component of its issue, else the one
    whose repositories hold that issue, or the post-mortem (by name before by `owner/*`), else that of the post-mortem's
    author."""
    if owner.person is not None and owner.person.team in directory.teams:
        return directory.teams[owner.person.team]
    refs = (*((issue.ref,) if issue is not None else ()), post_mortem)
    for ref in refs:
        components = issue.components if issue is not None and ref == issue.ref else ()
        for wanted in _places(ref, components):
            for _, team in sorted(directory.teams.items()):
                if wanted in {r.casefold() if ":" in r else f"{ref.site}:{r}".casefold() for r in team.repositories}:
                    return team
    return directory.teams.get(author.team) if author is not None else None


def _places(ref: IssueRef, components: Sequence[str]) -> tuple[str, ...]:
    """What a team may hold so that this issue is its own, the narrowest first, in small letters."""
    place = f"{ref.site}:{ref.container}"
    owner, slash, _ = place.partition("/")
    everything = (f"{owner}/*",) if slash else ()
    return tuple(name.casefold() for name in (*(f"{place}/{c}" for c in components), place, *everything))


def place_for(owner: Owner, directory: Directory, post_mortem: IssueRef) -> str:
    """Where an item becomes an issue, as `SITE:CONTAINER`: where its team works, else beside the post-mortem."""
    team = team_for(owner, directory, post_mortem)
    return team.items if team is not None and team.items else f"{post_mortem.site}:{post_mortem.container}"
