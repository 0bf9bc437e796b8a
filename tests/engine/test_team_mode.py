"""A team in mode observe: its items are read and shown, and no issue is created or changed for them by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.engine.test_post_mortems import BODY, World, enrol
from worker.domain.model import Directory, IssueRef, Mode, Person, Team


@pytest.fixture
def world() -> World:
    """Bob's team is in mode observe, Alice's is not."""
    found = World()
    people = dict(found.directory.people)
    people["bob"] = replace(people["bob"], team="search")
    people["kim"] = Person(id="kim", name="Kim", email="kim@example.com", logins={"github": "kim"}, team="search")
    teams = {**found.directory.teams, "search": Team(id="search", name="Search", lead="kim", mode=Mode.OBSERVE)}
    found.directory = Directory(people=people, teams=teams)
    return found


def awake(world: World) -> None:
    """The team goes on to another mode."""
    teams = {**world.directory.teams, "search": replace(world.directory.teams["search"], mode=None)}
    world.directory = replace(world.directory, teams=teams)


def titles(world: World, ref: IssueRef) -> list[str]:
    return sorted(issue.title[:8] for issue in world.tracker.snapshot(ref).children)


def test_no_issue_is_created_for_it_and_the_comment_says_why(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    assert titles(world, ref) == ["Limit th", "Write a "]
    assert "Search is in mode observe, so this does not become an issue" in world.sticky(ref)
    assert "Add an alert when the payment queue" in world.sticky(ref)


def test_looking_again_writes_nothing(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    world.reconcile(ref)
    assert world.tracker.writes == []


def test_once_the_team_goes_on_its_items_become_issues(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    awake(world)
    world.reconcile(ref)
    assert titles(world, ref) == ["Add an a", "Limit th", "Write a "]
    assert "mode observe" not in world.sticky(ref)


def test_what_the_document_changes_waits_too_and_is_not_lost(world: World) -> None:
    quiet = world.directory
    awake(world)
    ref = enrol(world)
    world.reconcile(ref)
    (child,) = (i.ref for i in world.tracker.snapshot(ref).children if i.title.startswith("Add an"))
    world.directory = quiet
    world.tracker.change(ref, body=BODY.replace("2026-12-01", "2026-12-15"))
    for _ in range(2):
        world.reconcile(ref)
        assert world.tracker.issues([child])[child].due == date(2026, 12, 1)  # type: ignore[union-attr]  # it is there
    awake(world)
    world.reconcile(ref)
    assert world.tracker.issues([child])[child].due == date(2026, 12, 15)  # type: ignore[union-attr]
