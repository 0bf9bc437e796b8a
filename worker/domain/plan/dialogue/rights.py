"""Who may ask for what: whose word lets an item go, who may ask its owner a question, and who is meant by a name?

Rights come from `people.yaml`: the lead of an item's owner and whoever is above. Where nobody is above, nobody is
waited for.
"""

from __future__ import annotations

from dataclasses import dataclass

from worker.domain.chain import directors_of, leads_of
from worker.domain.model import Directory, IssueRef, Person, TrackedItem
from worker.domain.owners import team_for
from worker.domain.plan.dialogue.hearing import Asked
from worker.domain.plan.lines import Line
from worker.domain.plan.observed import Observed
from worker.domain.render.safe import code, cut, plain
from worker.domain.render.words import listing

_WORDS_OF_A_NAME = 5
_SELF = frozenset({"me", "myself", "@me"})


def above(line: Line, observed: Observed, directory: Directory) -> tuple[Person, ...]:
    """Whose word counts above the owner's: leads and directors, the nearest first, then whoever stands in for one.
    Nobody who has left, and never the owner."""
    issue, owner = observed.snapshot.issue, line.owner.person
    author = directory.by_login(observed.ref.site, issue.author)
    team = team_for(line.owner, directory, issue.ref, author, issue=line.issue)
    item = TrackedItem(
        id=line.state.id,
        text=line.text,
        post_mortem=issue.ref,
        post_mortem_title=issue.title,
        uid="",
        owner=owner.id if owner is not None else "",
        team=team.id if team is not None else "",
    )
    chain = (*leads_of(item, directory), *directors_of(item, directory))
    stand_ins = (directory.people[p.substitute] for p in chain if p.substitute in directory.people)
    found = {p.id: p for p in (*chain, *stand_ins) if not p.departed and p.id != item.owner}
    return tuple(found.values())


def named(people: tuple[Person, ...]) -> str:
    """The nearest of these people, for others to read."""
    return listing([plain(p.shown, 40) for p in people[:2]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Whom a command names as an owner: their `login` on the issue's site, or the `problem`."""

    shown: str = ""
    login: str = ""
    problem: str = ""


def whom(asked: Asked, site: str, directory: Directory) -> Meant:
    """The one person whom the words of `ft owner` begin with, as they are called on `site`. A login that the directory
    does not know counts where the command stands on that site: its tracker knows whether it can be given issues."""
    words = asked.command.words.replace("\\", "").split()
    first = words[0].rstrip(",:;.") if words else ""
    if first.casefold() in _SELF:
        if asked.person is None and asked.where.site == site:
            return Meant(shown=asked.who, login=asked.comment.author)
        found: tuple[Person, ...] = (asked.person,) if asked.person is not None else ()
    else:
        found = _longest(words, asked.where, directory)
    if len(found) > 1:
        fits = listing([plain(p.shown, 40) for p in sorted(found, key=lambda p: p.shown)])
        return Meant(problem=f"this may be {fits}: write the login of the one who is meant.")
    if not found:
        login = first.lstrip("@")
        if first.startswith("@") and login and asked.where.site == site:
            return Meant(shown=login, login=login)
        return Meant(problem=f"nobody here is known as {code(cut(' '.join(words), 40))}: write a login, as `@login`.")
    (person,) = found
    if person.departed:
        return Meant(problem=f"{plain(person.shown, 40)} has left; name somebody who is here.")
    login = person.logins.get(site, "")
    if not login:
        return Meant(
            problem=f"people.yaml does not say how {plain(person.shown, 40)} is called on {site}; add it there."
        )
    return Meant(shown=person.shown, login=login)


def _longest(words: list[str], where: IssueRef, directory: Directory) -> tuple[Person, ...]:
    """Whom the most words at the beginning name."""
    for count in range(min(len(words), _WORDS_OF_A_NAME), 0, -1):
        found = directory.by_name(where.site, " ".join(words[:count]).rstrip(",:;."))
        if found:
            return found
    return ()
