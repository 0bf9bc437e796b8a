"""How do whole teams stand, for a director and for the stewards of the programme? One line a team, week against week.

Sends nothing and names no item: what a director has to decide stands in the digest itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from worker.domain.messages import TeamWeek
from worker.domain.model import Directory, Dossier, Person, Status, Team, TrackedItem

TREND_WEEKS = 12
NOBODYS = ""
"""Stands for a team where nobody can say whose an item is."""


def teams_seen_by(person: Person, directory: Directory) -> tuple[str, ...]:
    """The ids of the teams whose lines this person gets, sorted: those that they direct, or as a steward all, and what
    is nobody's."""
    if person.id in directory.stewards:
        return (NOBODYS, *sorted(directory.teams))
    return tuple(sorted(name for name, team in directory.teams.items() if team.director == person.id))


def readers_of_rollups(directory: Directory) -> tuple[Person, ...]:
    """Everybody who gets lines about teams: directors and stewards who are there and want it, sorted by id."""
    ids = {team.director for team in directory.teams.values()} | set(directory.stewards)
    people = (directory.people[i] for i in sorted(ids) if i in directory.people)
    return tuple(p for p in people if not p.departed and p.digest)


def team_weeks(person: Person, dossiers: Iterable[Dossier], directory: Directory, until: date) -> tuple[TeamWeek, ...]:
    """A line for each team of this person that has or had promises, as things stood when the day `until` began: the
    team with the most late first, then by name."""
    wanted = teams_seen_by(person, directory)
    if not wanted:
        return ()
    items: dict[str, list[TrackedItem]] = {name: [] for name in wanted}
    for dossier in dossiers:
        for item in dossier.items if not dossier.closed else ():
            name = item.team if item.team in directory.teams else NOBODYS
            if name in items:
                items[name].append(item)
    lines = [_line(directory.teams.get(name), mine, directory, until) for name, mine in items.items() if mine]
    told = [line for line in lines if line.open or line.done or line.waived or line.dated]
    return tuple(sorted(told, key=lambda line: (-line.late, line.name)))


def _line(team: Team | None, items: list[TrackedItem], directory: Directory, until: date) -> TeamWeek:
    lead = directory.people.get(team.lead) if team is not None else None
    week_ago, start = until - timedelta(days=7), until - timedelta(weeks=TREND_WEEKS)
    closed = [i for i in items if i.closed_on is not None and start <= i.closed_on < until]
    dated = [i for i in closed if i.status is Status.DONE and i.due is not None]
    this_week = [i for i in closed if i.closed_on is not None and i.closed_on >= week_ago]
    late_before = _late(items, week_ago)
    return TeamWeek(
        name=(team.name or team.id) if team is not None else "Nobody's team",
        lead_name=lead.shown if lead is not None and not lead.departed else "",
        open=sum(_was_open(i, until) for i in items),
        late=_late(items, until),
        late_before=late_before,
        unowned=sum(not i.owner and _was_open(i, until) for i in items),
        done=sum(i.status is Status.DONE for i in this_week),
        waived=sum(i.status is Status.WAIVED for i in this_week),
        on_time=sum(i.due is not None and i.closed_on is not None and i.closed_on <= i.due for i in dated),
        dated=len(dated),
    )


def _late(items: Iterable[TrackedItem], on: date) -> int:
    return sum(i.due is not None and i.due < on and _was_open(i, on) for i in items)


def _was_open(item: TrackedItem, on: date) -> bool:
    """Whether the item was there and open when that day began."""
    if item.created_on is not None and item.created_on >= on:
        return False
    return item.status is Status.OPEN or (item.closed_on is not None and item.closed_on >= on)
