"""What people and administrators do to a post-mortem, to its issues and to what the service keeps there, in every
direction: nothing is made twice, nothing is believed that is not ours, and nobody else notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from redis import Redis

from tests.acceptance.directions import DIRECTIONS, Direction, Servers, TwoSites, each, incident
from tests.acceptance.meddlers import JiraMeddler
from worker.domain.model import IssueRef

A_DAY = timedelta(hours=25)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as made:
        yield made


@pytest.fixture
def make(servers: Servers, redis_client: Redis, tmp_path: Path) -> Callable[..., TwoSites]:
    """Both trackers, and the service between them, begun; keywords are those of `Servers.company`."""
    return partial(servers.company, redis_client, tmp_path, sweep_minutes=240)


@pytest.fixture(params=each())
def sites(request: pytest.FixtureRequest, make: Callable[..., TwoSites]) -> TwoSites:
    return make(request.param)


def two(sites: TwoSites) -> tuple[IssueRef, IssueRef]:
    """Two post-mortems, each with its issues: one that something happens to, and another one."""
    mine, other = sites.home.open(incident("orders")), sites.home.open(incident("refunds"))
    sites.sweep()
    assert len(sites.made()) == 6
    return mine, other


def others_are_fine(sites: TwoSites, other: IssueRef) -> None:
    assert len(sites.children(other)) == 3
    assert len(sites.home.stickies(other)) == 1
    assert sites.stage.service.stuck.list() == ()


def test_a_deleted_post_mortem_is_forgotten_and_nobody_else_notices(sites: TwoSites) -> None:
    ref, other = two(sites)
    sites.home.delete(ref)
    sites.stage.pass_for(A_DAY)
    assert sites.stage.service.cache.enrolled() == (other.key,)
    others_are_fine(sites, other)


def test_a_deleted_child_is_reported_and_not_made_again(sites: TwoSites) -> None:
    ref, other = two(sites)
    record = incident("orders")
    gone = sites.children(ref)[record.rows[0].what]
    sites.desk(gone).delete(gone)
    sites.home.edit(ref, replace(record, cause="The queue was full, and one word more."))
    sites.sweep()
    assert "its issue is gone or not visible" in sites.home.stickies(ref)[0]
    assert len(sites.made()) == 5
    others_are_fine(sites, other)


def test_a_post_mortem_that_moves_goes_on_at_its_new_address(sites: TwoSites) -> None:
    ref, other = two(sites)
    before = sites.state(ref)
    there = sites.home.move(ref)
    sites.stage.pass_for(A_DAY)
    assert set(sites.stage.service.cache.enrolled()) == {other.key, there.key}
    assert [(i.id, i.ref) for i in sites.state(there).items] == [(i.id, i.ref) for i in before.items]
    assert len(sites.home.stickies(there)) == 1
    assert len(sites.made()) == 6
    others_are_fine(sites, other)


def edited(sites: TwoSites, ref: IssueRef, _other: IssueRef) -> None:
    sites.home.edit_sticky(ref, lambda words: words.replace("Bob", "Somebody Else"))


def emptied(sites: TwoSites, ref: IssueRef, _other: IssueRef) -> None:
    sites.home.edit_sticky(ref, lambda _: "I do not like this comment.")


def deleted(sites: TwoSites, ref: IssueRef, _other: IssueRef) -> None:
    sites.home.delete_sticky(ref)


def copied_by_a_person(sites: TwoSites, ref: IssueRef, _other: IssueRef) -> None:
    sites.home.copy_sticky(ref)


def forged(sites: TwoSites, ref: IssueRef, _other: IssueRef) -> None:
    sites.home.forge_state(ref)


def of_another_post_mortem(sites: TwoSites, ref: IssueRef, other: IssueRef) -> None:
    sites.home.copy_state(other, ref)


def taken_away(sites: TwoSites, ref: IssueRef, _other: IssueRef) -> None:
    jira(sites).put_property(ref, None)


def of_no_known_form(sites: TwoSites, ref: IssueRef, _other: IssueRef) -> None:
    jira(sites).put_property(ref, {"v": 1, "text": ["not", "ours"], "parts": -1})


def all_at_once(sites: TwoSites, ref: IssueRef, _other: IssueRef) -> None:
    sites.home.delete_sticky(ref)
    jira(sites).put_property(ref, None)


def jira(sites: TwoSites) -> JiraMeddler:
    desk = sites.desks["jira"]
    assert isinstance(desk, JiraMeddler)
    return desk


Meddling = Callable[[TwoSites, IssueRef, IssueRef], None]
ANYWHERE: tuple[Meddling, ...] = (edited, emptied, deleted, copied_by_a_person, forged, of_another_post_mortem)
ON_JIRA: tuple[Meddling, ...] = (taken_away, of_no_known_form, all_at_once)
NOW = {
    DIRECTIONS[0]: (of_another_post_mortem,),  # the rest is in `test_bad_input`
    DIRECTIONS[1]: (deleted, forged, of_another_post_mortem),
    DIRECTIONS[2]: (*ANYWHERE, *ON_JIRA),
    DIRECTIONS[3]: (forged, all_at_once),
}
"""What is not among these is left to `make soak`."""

DEEDS = [
    pytest.param(d, deed, id=f"{d}: {deed.__name__}", marks=() if deed in NOW.get(d, ()) else pytest.mark.soak)
    for d in DIRECTIONS
    for deed in (*ANYWHERE, *(ON_JIRA if d.home == "jira" else ()))
]


@pytest.mark.parametrize(("direction", "meddle"), DEEDS)
def test_whatever_is_done_to_what_the_service_keeps_it_comes_back_and_the_issues_stay(
    make: Callable[..., TwoSites], direction: Direction, meddle: Meddling
) -> None:
    sites = make(direction)
    ref, other = two(sites)
    before = sites.state(ref)
    copied = meddle is copied_by_a_person
    meddle(sites, ref, other)
    sites.sweep()
    sites.stage.pass_for(A_DAY)
    stickies = sites.home.stickies(ref)
    assert len(stickies) == 1 + copied
    assert all("Bob" in words and "Somebody Else" not in words for words in stickies)
    after = sites.state(ref)
    assert {i.id: i.ref for i in after.items} == {i.id: i.ref for i in before.items}
    assert len(sites.made()) == 6
    others_are_fine(sites, other)
    before_again = sites.last_requests()
    sites.look_at(ref)
    assert sites.writes(before_again) == []


def test_what_is_sealed_with_another_key_is_not_believed_and_nothing_is_made_twice(sites: TwoSites) -> None:
    ref, _other = two(sites)
    sites.stage.settings = replace(sites.stage.settings, signing_keys=(b"quite another key, long enough to be one",))
    sites.stage.restart()
    sites.look_at(ref)
    (sticky,) = sites.home.stickies(ref)
    assert "the state was not ours or was edited" in sticky
    assert len(sites.made()) == 6
    assert set(sites.children(ref)) == {row.what for row in incident("orders").rows}


def test_a_renamed_label_undoes_nothing_until_the_operator_says_so(sites: TwoSites) -> None:
    names = ("orders", "refunds", "payouts", "invoices", "fraud", "checkout")
    refs = [sites.home.open(incident(name, rows=1)) for name in names]
    sites.sweep()
    assert len(sites.made()) == len(refs)
    for ref in refs:
        sites.home.label(ref, on=False)
    sites.sweep()
    assert all("The label is gone" in sites.home.stickies(ref)[0] for ref in refs)
    sites.stage.pass_for(timedelta(hours=27))
    assert not any("has ended here" in sites.home.stickies(ref)[0] for ref in refs)
    stuck = sites.stage.service.stuck
    assert [letter.key for letter in stuck.list()] == ["hold:unenrol"]
    stuck.retry("hold:unenrol")
    sites.stage.pass_for(timedelta(hours=2))
    assert all("has ended here" in sites.home.stickies(ref)[0] for ref in refs)
    assert len(sites.made()) == len(refs)
