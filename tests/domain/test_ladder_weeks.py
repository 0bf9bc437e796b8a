"""Half a year of a company of four countries: nobody is missed, told twice, out of order, or at the wrong time.

What ought to hold is said here anew, from the calendar library and the log of what arrived, and not by asking the code
under test.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain.ladder_weeks import (
    END,
    Company,
    Service,
    Telling,
    company,
    local,
    working_days,
    works,
)
from worker.domain.digest import compose_digest
from worker.domain.model import Person, Status, TrackedItem
from worker.domain.policy import Policy
from worker.domain.weeks import week_of

POLICY = Policy()
PATIENCE = 8
"""Within so many working days of being owed, while the service was up, a step has been told: five of them may be the
gap between two messages about one item, one the batch of the day, and the rest a ramp or an outage's end."""


def half_a_year(seed: int, items: int) -> Service:
    service = Service(
        company=company(seed, items), policy=POLICY, rng=random.Random(seed + 1), weekly=in_a_digest_once_at_the_top
    )
    service.run()
    return service


def in_a_digest_once_at_the_top(now: datetime, service: Service) -> None:
    """What was told to a director and got no answer since stands in the digest of the lead who answers for it."""
    world, directory = service.company.world(now), service.company.directory
    asked = {t.item for t in service.told if t.role == "director" and t.ladder == "overdue"}
    for lead in (p for p in directory.people.values() if p.id.startswith("lead")):
        wanted = {
            item.id
            for dossier in world
            for item in dossier.items
            if item.id in asked and plain(item, service.company) and lead_of(item, service.company) == lead.id
            if unanswered(item.id, service)
        }
        if not wanted:
            continue
        week = week_of(local(lead, now))
        digest = compose_digest(lead, world, service.ledger, directory, POLICY, now, week)
        shown = {entry.item.id for entry in (*digest.decide, *digest.overdue)}
        assert wanted <= shown or digest.cut, f"{lead.id}, {week}: {sorted(wanted - shown)}"


def lead_of(item: TrackedItem, world: Company) -> str:
    return world.directory.teams[world.directory.people[item.owner].team].lead


def unanswered(item: str, service: Service) -> bool:
    """Whether the last thing that happened to the item is what its director was told."""
    now = service.company.episodes.get(item, 0)
    return any(t.item == item and t.role == "director" and t.episode == now for t in service.told)


def check(service: Service) -> None:
    people = service.company.directory.people
    by_item: dict[str, list[Telling]] = defaultdict(list)
    for telling in service.told:
        assert works(people[telling.reader], telling.at), f"at a time when nobody works: {telling}"
        by_item[telling.item].append(telling)
    assert not (days := twice_a_day(service)), days
    for item, tellings in by_item.items():
        assert not (again := doubled(tellings)), f"{item}: told twice: {again}"
        assert not (mixed := out_of_order(tellings)), f"{item}: out of order: {mixed}"
        assert not (close := too_close(tellings, people)), f"{item}: too close: {close}"
    assert not (never := missed(service, by_item)), never


def twice_a_day(service: Service) -> list[tuple[str, ...]]:
    """Whoever got two different messages on one day of theirs."""
    days: dict[tuple[str, str], set[str]] = defaultdict(set)
    for telling in service.told:
        person = service.company.directory.people[telling.reader]
        days[telling.reader, local(person, telling.at).isoformat()].add(telling.message_id)
    return [key for key, ids in sorted(days.items()) if len(ids) > 1]


def doubled(tellings: list[Telling]) -> list[Telling]:
    """What was told again in another message though nothing had happened in between. The same message may come twice:
    that is what its Message-ID is for."""
    first: dict[tuple[str, int, int, str], Telling] = {}
    out = []
    for telling in tellings:
        before = first.setdefault((telling.ladder, telling.rung, telling.episode, telling.reader), telling)
        if before.message_id != telling.message_id:
            out.append(telling)
    return out


def out_of_order(tellings: list[Telling]) -> list[Telling]:
    """A rung that is not above all that were told since the last news. An owner who comes back from a long leave hears
    first, though somebody above has stood in meanwhile."""
    highest: dict[tuple[str, int], Telling] = {}
    out = []
    for telling in tellings:
        before = highest.get((telling.ladder, telling.episode))
        back = telling.role == "owner" and before is not None and before.role != "owner"
        if before is not None and telling.rung < before.rung and telling.message_id != before.message_id and not back:
            out.append(telling)
        highest[telling.ladder, telling.episode] = telling
    return out


def too_close(tellings: list[Telling], people: Mapping[str, Person]) -> list[tuple[Telling, Telling]]:
    """Two messages about one item with fewer than five working days of the later reader between them."""
    out = []
    for before, after in pairwise(tellings):
        if before.message_id == after.message_id:
            continue
        reader = people[after.reader]
        gap = working_days(reader, local(reader, before.at), local(reader, after.at))
        if gap < POLICY.ladder.item_gap_working_days:
            out.append((before, after))
    return out


def missed(service: Service, by_item: dict[str, list[Telling]]) -> list[str]:
    """Late items of people who are there, left alone since, whose lateness was not told to all whom it has reached."""
    out = []
    for dossier in service.company.dossiers.values():
        for item in dossier.items:
            if not plain(item, service.company) or item.due is None:
                continue
            since = max(quiet_since(item, service.company), datetime.combine(item.due, datetime.min.time(), END.tzinfo))
            told = {
                t.role
                for t in by_item[item.id]
                if t.ladder == "overdue" and t.episode == service.company.episodes.get(item.id, 0)
            }
            out += [
                f"{item.id} due {item.due} of {item.owner}: the {role} was not told, only {sorted(told)}"
                for role in owed_roles(item, since, service)
                if role not in told
            ]
    return out


def plain(item: TrackedItem, world: Company) -> bool:
    """Whether it is open, and all whom its lateness may reach are there, so that nobody stands in for anybody."""
    if item.status is not Status.OPEN or not item.owner:
        return False
    team = world.directory.teams[world.directory.people[item.owner].team]
    chain = [world.directory.people[p] for p in (item.owner, team.lead, team.director)]
    return len({p.id for p in chain}) == 3 and not any(p.departed or p.leave for p in chain)


def quiet_since(item: TrackedItem, world: Company) -> datetime:
    """When something last happened to it."""
    enrolled = next(d.enrolled_on for d in world.dossiers.values() if item in d.items)
    start = datetime.combine(enrolled, datetime.min.time(), END.tzinfo)
    snoozed = [datetime.combine(item.snoozed_until, datetime.min.time(), END.tzinfo)] if item.snoozed_until else []
    return max([start, *snoozed, *([item.active_at] if item.active_at else [])])


def owed_roles(item: TrackedItem, since: datetime, service: Service) -> list[str]:
    """Who must have heard by the end: each rung's day has come, and since that and since the rung below there were
    enough working days on which the service was up."""
    world = service.company
    team = world.directory.teams[world.directory.people[item.owner].team]
    chain = {"owner": item.owner, "lead": team.lead, "director": team.director}
    out: list[str] = []
    at = since
    for rung in POLICY.ladder.rungs:
        if rung.role == "director" and item.priority in {"P2", "P3"}:
            continue
        assert item.due is not None
        day = datetime.combine(item.due, datetime.min.time(), END.tzinfo) + timedelta(days=rung.after_days + 1)
        at = max(at, day)
        reader, needed = world.directory.people[chain[rung.role]], PATIENCE
        while needed and at < END:
            at += timedelta(days=1)
            if (
                works(reader, noon(reader, at))
                and world.is_down(at) is None
                and world.is_down(noon(reader, at)) is None
            ):
                needed -= 1
        if at >= END:
            break
        out.append(rung.role)
    return out


def noon(person: Person, day: datetime) -> datetime:
    """An hour at which everybody of this company is at work, on that day of theirs."""
    return day.astimezone(ZoneInfo(person.timezone)).replace(hour=12, minute=0)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
def test_in_half_a_year_everybody_hears_what_they_must_once_in_order_and_in_their_hours(seed: int) -> None:
    check(half_a_year(seed, 60))


@pytest.mark.soak
def test_the_same_for_five_hundred_items() -> None:
    service = half_a_year(20_260_907, 500)
    assert service.dead > 10
    assert len(service.told) > 500
    check(service)
