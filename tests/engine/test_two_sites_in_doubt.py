"""Two sites, when something was refused or its outcome is not known: no second issue, no link lost, nothing told to
more people than may know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.engine.test_two_sites import BODY, KEYS, START, World, enrol
from tests.fakes import ACCOUNT, FakeTracker
from worker.domain.ledger import PersonRecord
from worker.domain.model import Issue, IssueRef, Mode, Team
from worker.domain.policy import Policy
from worker.engine.ledger import LedgerBook
from worker.engine.observe import Observer
from worker.engine.perform import OverBudget, Performer
from worker.engine.post_mortems import PostMortems
from worker.engine.trackers import Trackers
from worker.trackers.errors import Missing, Refused, Unavailable

BOTH_BOBS = BODY.replace("@alice", "@bobby")
THEIRS = IssueRef("jira", "PAY-7")
NAMES_THEIRS = (
    BODY.replace("| What |", "| Ticket | What |")
    .replace("| --- |", "| --- | --- |", 1)
    .replace("| Add", "| PAY-7 | Add")
    .replace("| Write", "| | Write")
)


@pytest.fixture
def world() -> World:
    return World()


def made_anywhere(world: World) -> list[str]:
    return sorted(i.title for t in (world.home, world.other) for i in t.all_issues.values() if i.author == ACCOUNT)


def hide(world: World) -> Callable[[], None]:
    """Have the other site's lists lag; returns what ends that."""
    hidden = dict(world.other.all_issues)
    world.other.all_issues.clear()
    return lambda: world.other.all_issues.update(hidden)


def move_team(world: World) -> None:
    """From now on the team's items belong beside the post-mortem."""
    world.directory = replace(world.directory, teams={**world.directory.teams, "pay": Team(id="pay", lead="lena")})


# What may have been created


def test_a_second_doubtful_create_is_waited_for_as_long_as_the_first(world: World) -> None:
    ref = enrol(world)
    world.other.lose.add("alert")
    world.reconcile(ref)
    world.other.all_issues.clear()  # the first one never happened
    world.pass_for(11)
    world.reconcile(ref)
    show = hide(world)
    world.other.lose.clear()
    world.pass_for(2)
    world.reconcile(ref)
    assert world.other.writes == []
    show()
    world.pass_for(10)
    world.reconcile(ref)
    assert len(world.made()) == 1


@pytest.mark.parametrize("minutes", [2, 20], ids=["its lists may lag", "it does not answer"])
def test_an_item_whose_place_changed_while_in_doubt_is_looked_for_where_it_was_made(world: World, minutes: int) -> None:
    ref = enrol(world)
    world.other.lose.add("alert")
    world.reconcile(ref)
    world.other.lose.clear()
    show = hide(world)
    move_team(world)
    world.other.down = Unavailable("no answer") if minutes > 10 else None
    world.pass_for(minutes)
    world.reconcile(ref)
    world.other.down = None
    show()
    world.pass_for(20)
    world.reconcile(ref)
    assert len(made_anywhere(world)) == 2


@pytest.mark.parametrize("error", [Missing("no such project"), Refused("not visible")], ids=["missing", "refused"])
def test_a_place_that_cannot_be_looked_into_any_more_keeps_its_item_waiting_and_no_other(
    world: World, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = enrol(world)
    world.other.lose.add("alert")
    world.reconcile(ref)
    world.other.lose.clear()

    def closed(*_: object) -> object:
        raise error

    for name in ("own_issues", "creates_children"):
        monkeypatch.setattr(type(world.other), name, closed)
    monkeypatch.setattr(type(world.home), "creates_children", lambda self, _: self is world.home or closed())
    world.pass_for(20)
    world.reconcile(ref)
    assert "jira:PAY cannot be reached" in world.sticky(ref)
    assert len(made_anywhere(world)) == 2


def test_a_create_that_is_refused_again_and_again_is_told_all_the_time_and_costs_no_write(world: World) -> None:
    ref = enrol(world)
    world.other.refuse["alert"] = "the project requires the field `team`"
    world.reconcile(ref)
    for minutes in (0, 1, 11, 60):
        world.pass_for(minutes)
        world.reconcile(ref)
        assert (world.home.writes, world.other.writes) == ([], [])
        assert "requires the field" in world.sticky(ref)
    world.other.refuse.clear()
    world.reconcile(ref)
    assert len(world.made()) == 1
    assert world.state(ref).items[0].claimed_at is None


def test_a_create_in_doubt_after_a_refused_one_is_waited_for(world: World) -> None:
    ref = enrol(world)
    world.other.refuse["alert"] = "no"
    world.reconcile(ref)
    world.other.refuse.clear()
    world.other.lose.add("alert")
    world.pass_for(60)
    world.reconcile(ref)
    world.other.lose.clear()
    show = hide(world)
    world.pass_for(5)
    world.reconcile(ref)
    show()
    assert len(world.made()) == 1


# A state that was lost


@pytest.mark.parametrize("forged", [False, True], ids=["deleted", "edited by hand"])
def test_what_was_made_elsewhere_is_found_again_without_the_sticky_comment(world: World, forged: bool) -> None:
    ref = enrol(world, BOTH_BOBS)
    world.reconcile(ref)
    uid, numbered = world.state(ref).uid, {i.ref for i in world.state(ref).items}
    kept = world.home.kept[ref]
    kept[:] = [replace(r, text="v1.forged") for r in kept] if forged else []
    world.pass_for(60 * 24 * 3)
    world.reconcile(ref)
    assert len(world.made()) == 2
    assert (world.state(ref).uid, {i.ref for i in world.state(ref).items}) == (uid, numbered)
    assert world.state(ref).quiet_until is not None


def test_a_post_mortem_takes_over_nothing_that_was_made_for_another_whose_number_begins_alike(world: World) -> None:
    other = world.home.open(12, body=BODY, labels=frozenset({"postmortem"}))
    first = enrol(world)
    world.reconcile(other)
    world.reconcile(first)
    assert world.state(first).uid != world.state(other).uid
    assert len(world.made()) == 2


# Sites of different modes


def test_where_the_other_site_is_only_observed_nothing_is_announced_for_it_and_the_remedy_is_said(world: World) -> None:
    sites = dict(world.trackers.reads)
    modes = {"github": Mode.LIVE, "jira": Mode.OBSERVE}
    observed = Trackers(reads=sites, writes={"github": world.home}, modes=modes)

    class Observing(World):
        trackers = property(lambda _: observed)

    world.__class__ = Observing
    ref = enrol(world)
    outcome = world.reconcile(ref)
    assert [e.name for e in outcome.performed] == ["create-issue", "create-sticky"]
    assert "jira is in mode observe" in world.sticky(ref)
    world.reconcile(ref)
    assert world.home.writes == []


# Budgets


def test_a_spent_write_budget_of_the_other_site_keeps_nothing_of_the_home_site_waiting(world: World) -> None:
    ref = enrol(world)

    def spent(site: str) -> None:
        if site == "jira":
            raise OverBudget(600)

    policy = Policy(settle_minutes=0)
    observer = Observer(trackers=world.trackers, policy=policy, directory=world.directory, keys=KEYS)
    engine = PostMortems(observer=observer, policy=policy, directory=world.directory)
    performer = Performer(trackers=world.trackers, keys=KEYS, clock=world.clock, before_write=spent)
    outcome = engine.reconcile(ref, world.clock.now(), performer)
    assert [e.name for e in outcome.performed] == ["claim", "create-issue", "update-sticky"]
    assert list(outcome.observed.away) == ["jira"]
    world.pass_for(11)
    world.reconcile(ref)
    assert len(made_anywhere(world)) == 2


# Two sites of one kind


def test_a_key_that_two_other_sites_know_is_taken_for_neither(world: World) -> None:
    twin = FakeTracker(clock=world.clock, site="jira-two", repositories=("PAY",))
    both = Trackers(reads={**world.trackers.reads, "jira-two": twin})
    assert both.resolve("PAY-7", IssueRef("github", "acme/incidents#1")) is None
    assert both.resolve("PAY-7", IssueRef("jira-two", "PAY-1")) == IssueRef("jira-two", "PAY-7")
    assert world.trackers.resolve("PAY-7", IssueRef("github", "acme/incidents#1")) == IssueRef("jira", "PAY-7")


# Links


def test_a_refused_link_says_nothing_of_other_items(world: World) -> None:
    ref = enrol(world, BOTH_BOBS)
    world.other.refuse |= {"link_elsewhere": "no", "runbook": "no"}
    world.reconcile(ref)
    assert {i.ref: i.dropped for i in world.state(ref).items} == {"jira:PAY-101": ("link",), "": ()}


def test_nor_of_an_issue_whose_key_begins_alike(world: World) -> None:
    ref = enrol(world, BOTH_BOBS)
    world.other.serial = 0
    world.other.refuse["link_elsewhere"] = "no"
    world.reconcile(ref)
    world.other.refuse.clear()
    world.reconcile(ref)
    assert len(world.other.links) == 2


def test_once_links_are_allowed_all_that_were_refused_are_made_and_the_finding_goes(world: World) -> None:
    ref = enrol(world, BOTH_BOBS)
    world.other.refuse["link_elsewhere"] = "you may not link issues"
    world.reconcile(ref)
    world.pass_for(60)
    world.reconcile(ref)
    assert "could be made: let Followthrough link issues" in world.sticky(ref)
    world.other.refuse.clear()
    world.reconcile(ref)
    assert len(world.other.links) == 2
    assert "could be made: let Followthrough link issues" not in world.sticky(ref)
    world.reconcile(ref)
    assert (world.home.writes, world.other.writes) == ([], [])


def test_an_issue_that_few_may_read_is_not_named_on_a_post_mortem_that_anybody_can_read(world: World) -> None:
    world.home.keeps_links, world.other.keeps_links = True, False
    world.other.all_issues[THEIRS] = Issue(
        ref=THEIRS, title="What the customer told us", created_at=START, updated_at=START, public=False
    )
    ref = enrol(world, NAMES_THEIRS, public=True)
    outcome = world.reconcile(ref)
    assert "adopt-issue" in [e.name for e in outcome.performed]
    assert world.home.links == {}


# The ledger


class Remembered:
    """What all processes know of the ledger's place."""

    def __init__(self) -> None:
        self.key = ""

    def ledger(self) -> str:
        return self.key

    def set_ledger(self, key: str) -> None:
        self.key = key


def test_once_the_settings_name_another_place_the_ledger_is_written_there_and_not_where_it_was(world: World) -> None:
    memory = Remembered()
    world.home.repositories = ("acme/open", "acme/closed")
    LedgerBook(world.trackers, "github:acme/open", KEYS, memory=memory).write_person(PersonRecord(person="bob"))
    world.home.public = {"acme/open": True}
    world.pass_for(int(timedelta(days=1).total_seconds() // 60))
    LedgerBook(world.trackers, "github:acme/closed", KEYS, memory=memory).write_person(PersonRecord(person="lena"))
    kept = {ref.container: [r.name for r in records] for ref, records in world.home.kept.items()}
    assert kept == {"acme/open": ["person/bob"], "acme/closed": ["person/lena"]}
