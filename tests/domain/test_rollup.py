"""How whole teams stand: for a director those of theirs, for a steward all, and nobody's too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.people import at, directory, dossier, item, ledger, person, sends, told
from worker.domain.digest import compose_digest
from worker.domain.messages import Digest, TeamWeek
from worker.domain.model import Directory, Person, Status, Team, TrackedItem
from worker.domain.plan.digest import plan_digest
from worker.domain.policy import Policy
from worker.domain.rollup import readers_of_rollups, team_weeks
from worker.domain.weeks import digests_owed, rollups_owed

POLICY = Policy()
MONDAY = date(2026, 11, 16)
WEEK = "2026-W47"


def company(**over: Any) -> Directory:
    """Payments under Lena, Search under Sam, both under Dora; Stella is a steward."""
    people = directory(person("sam", team="search"), person("otto", team="search"), person("stella", team=""))
    search = Team(id="search", name="Search", lead="sam", director="dora")
    return replace(people, teams={**people.teams, "search": search}, stewards=("stella",), **over)


def lines(who: str, *items: TrackedItem, people: Directory | None = None) -> dict[str, TeamWeek]:
    known = people or company()
    found = team_weeks(known.people[who], [dossier(*items)], known, MONDAY)
    return {line.name: line for line in found}


LATE = item("late", due=date(2026, 11, 2))
FRESH = item("fresh", due=date(2026, 11, 12))
DONE = item("done", due=date(2026, 11, 20), status=Status.DONE, closed_on=date(2026, 11, 12))
TOO_LATE = item("slow", due=date(2026, 11, 2), status=Status.DONE, closed_on=date(2026, 11, 12))
LET_GO = item("gone", status=Status.WAIVED, closed_on=date(2026, 11, 13))
LONG_AGO = item("old", due=date(2026, 9, 20), status=Status.DONE, closed_on=date(2026, 9, 15))
OF_SEARCH = item("theirs", team="search", owner="otto", due=date(2027, 1, 8))
NOBODYS = item("lost", team="", owner="", due=None)


def test_a_team_is_told_in_one_line() -> None:
    line = lines("dora", LATE, FRESH, DONE, TOO_LATE, LET_GO, LONG_AGO, item("loose", owner="", due=None))["Payments"]
    assert line == TeamWeek(
        name="Payments",
        lead_name="Lena",
        open=3,
        late=2,
        late_before=3,
        unowned=1,
        done=2,
        waived=1,
        on_time=2,
        dated=3,
    )


@pytest.mark.parametrize(
    ("who", "teams"),
    [
        pytest.param("dora", ["Payments", "Search"], id="a director sees their own teams"),
        pytest.param("stella", ["Nobody's team", "Payments", "Search"], id="a steward sees all, and what is nobody's"),
        pytest.param("lena", [], id="a lead has the items themselves"),
        pytest.param("alice", [], id="an owner sees none"),
    ],
)
def test_who_sees_which_teams(who: str, teams: list[str]) -> None:
    assert sorted(lines(who, LATE, OF_SEARCH, NOBODYS)) == teams


def test_the_team_with_the_most_late_comes_first() -> None:
    assert list(lines("dora", OF_SEARCH, LATE)) == ["Payments", "Search"]
    late = replace(OF_SEARCH, due=date(2026, 11, 3))
    assert list(lines("dora", late, replace(late, id="more"), LATE)) == ["Search", "Payments"]


def test_a_team_without_anything_is_left_out() -> None:
    long_closed = replace(LONG_AGO, closed_on=date(2026, 3, 1))
    assert lines("dora", replace(long_closed, team="search"), LATE).keys() == {"Payments"}


@given(
    st.lists(
        st.builds(
            item,
            st.integers(0, 10_000).map(lambda n: f"i{n}"),
            team=st.sampled_from(["pay", "search", "", "unknown"]),
            owner=st.sampled_from(["", "alice", "otto"]),
            due=st.none() | st.dates(date(2026, 8, 1), date(2027, 2, 1)),
            status=st.sampled_from(Status),
            created_on=st.dates(date(2026, 7, 1), date(2026, 11, 25)),
            closed_on=st.dates(date(2026, 7, 1), date(2026, 11, 25)),
        ),
        max_size=30,
    )
)
def test_a_steward_misses_no_open_item(items: list[TrackedItem]) -> None:
    items = [replace(i, closed_on=None) if i.status is Status.OPEN else i for i in items]
    known = [i for i in items if i.created_on is not None and i.created_on < MONDAY]
    open_then = [i for i in known if i.status is Status.OPEN or (i.closed_on is not None and i.closed_on >= MONDAY)]
    found = lines("stella", *items).values()
    assert sum(line.open for line in found) == len(open_then)
    for line in found:
        assert line.on_time <= line.dated
        assert max(line.late, line.unowned) <= line.open


def compose(who: str, *items: TrackedItem, known: Any = None) -> Digest:
    people = company()
    return compose_digest(
        people.people[who], [dossier(*items)], known or ledger(), people, POLICY, at("2026-11-16 08:00"), WEEK
    )


def test_a_director_decides_about_what_came_up_to_them_and_reads_lines_of_the_rest() -> None:
    heard = ledger(told("dora", 2, at("2026-11-13 09:00"), key="u1/late"))
    digest = compose("dora", LATE, FRESH, OF_SEARCH, known=heard)
    assert [e.item.id for e in digest.decide] == ["late"]
    assert (digest.overdue, digest.upcoming, digest.incomplete) == ((), (), ())
    assert [line.name for line in digest.teams] == ["Payments", "Search"]


def test_a_leads_digest_has_no_lines_about_teams() -> None:
    assert compose("lena", LATE, OF_SEARCH).teams == ()


def test_a_quiet_week_of_all_teams_sends_a_director_nothing() -> None:
    people = company()
    for items, sent in (([OF_SEARCH], 0), ([LATE], 1)):
        world = [dossier(*items, enrolled_on=date(2026, 10, 1))]
        plan = plan_digest(
            f"digest:dora:{WEEK}", people.people["dora"], world, ledger(), people, POLICY, at("2026-11-16 09:00"), "x.y"
        )
        assert len(sends(plan)) == sent


def test_leads_and_those_who_get_a_rollup_alone_are_owed_one_digest_each() -> None:
    people, now = company(), at("2026-11-17 10:00")
    leads = {unit.split(":")[1] for unit, _ in digests_owed(people, ledger(), POLICY, now)}
    others = {unit.split(":")[1] for unit, _ in rollups_owed(people, ledger(), POLICY, now)}
    assert leads == {"lena", "sam"}
    assert others == {"dora", "stella"}


@pytest.mark.parametrize(
    "dora",
    [
        pytest.param(person("dora", team="", departed=True), id="has left"),
        pytest.param(person("dora", team="", digest=False), id="wants none"),
    ],
)
def test_whoever_left_or_wants_none_gets_none(dora: Person) -> None:
    people = company()
    known = replace(people, people={**people.people, "dora": dora})
    assert [p.id for p in readers_of_rollups(known)] == ["stella"]


def test_the_week_before_is_compared() -> None:
    line = lines("dora", replace(LATE, due=MONDAY - timedelta(days=3)), replace(LATE, id="x"))["Payments"]
    assert (line.late, line.late_before) == (2, 1)
