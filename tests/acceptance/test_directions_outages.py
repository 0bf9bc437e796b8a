"""Trouble that lasts, on either tracker and in every direction: what is waited for, what is said about it, and who is
not made to wait with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.acceptance.desks import Record, Row
from tests.acceptance.directions import CLOUD, WITH_A_JIRA, Direction, Servers, TwoSites, each, incident
from tests.acceptance.test_jira_as_it_is import seed
from worker.domain.model import IssueRef

SOME_LAG = timedelta(minutes=4)

ACROSS = [direction for direction in WITH_A_JIRA if direction.home != direction.items]

LINKING = re.compile(r"POST .*/(?:issueLink|remotelink|sub_issues)$")
"""A request that ties two issues."""

TROUBLED = [
    pytest.param(d, site, id=f"{d}, trouble on {site}", marks=() if d in CLOUD else pytest.mark.soak)
    for d in WITH_A_JIRA
    for site in sorted({d.home, d.items})
]
"""Each tracker that has a part in it fails in its turn. GitHub alone has its own tests in `test_outages`."""


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as made:
        yield made


@pytest.fixture
def make(servers: Servers, redis_client: Redis, tmp_path: Path) -> Callable[..., TwoSites]:
    """Both trackers, and the service between them, begun; keywords are those of `Servers.company`."""
    return partial(servers.company, redis_client, tmp_path)


@pytest.mark.parametrize(("direction", "site"), TROUBLED)
def test_a_refused_credential_is_said_once_a_site_and_asked_again_seldom(
    make: Callable[..., TwoSites], direction: Direction, site: str
) -> None:
    sites = make(direction)
    refs = [sites.home.open(incident(name)) for name in ("orders", "refunds", "payouts", "invoices")]
    sites.desks[site].fail("401", "all")
    before = sites.last_requests()
    with capture_logs() as logs:
        sites.sweep()
        sites.look_at(*refs)
    assert [entry["site"] for entry in logs if entry["event"] == "credential refused"] == [site]
    assert len(sites.desks[site].asked(before[site])) == 1
    before = sites.last_requests()
    with capture_logs() as logs:
        sites.stage.pass_for(timedelta(minutes=30))
    assert {entry["site"] for entry in logs if entry["event"] == "credential refused"} == {site}
    assert len(sites.desks[site].asked(before[site])) <= 7, "once every five minutes"
    sites.desks[site].heal()
    sites.stage.pass_for(timedelta(minutes=16))
    assert len(sites.made()) == 12
    assert [len(sites.home.stickies(ref)) for ref in refs] == [1, 1, 1, 1]


@pytest.mark.parametrize(("direction", "site"), TROUBLED)
def test_an_outage_of_creates_sets_nothing_aside_and_makes_nothing_twice(
    make: Callable[..., TwoSites], direction: Direction, site: str
) -> None:
    sites = make(direction, lag=SOME_LAG)
    ref = sites.home.open(Record())
    sites.desks[site].fail("502-after", "creates")
    sites.sweep()
    sites.stage.pass_for(timedelta(hours=2))
    assert sites.stage.service.stuck.list() == ()
    sites.desks[site].heal()
    sites.stage.pass_for(timedelta(minutes=15))
    assert len(sites.made()) == 3
    assert len(sites.home.stickies(ref)) == 1


@pytest.mark.parametrize(("direction", "site"), TROUBLED)
def test_the_waits_of_an_outage_grow(make: Callable[..., TwoSites], direction: Direction, site: str) -> None:
    sites = make(direction)
    ref = sites.home.open(Record())
    if site == direction.home:
        sites.home.fail("502-before", "read", ref)
    else:
        sites.items.fail("502-before", "all")
    sites.sweep()
    before = sites.last_requests()
    sites.stage.pass_for(timedelta(hours=1))
    most = Counter(sites.desks[site].asked(before[site])).most_common(1)
    assert 6 <= most[0][1] <= 12, most
    sites.desks[site].heal()
    sites.stage.pass_for(timedelta(minutes=11))
    assert len(sites.made()) == 3


DUE = date(2026, 11, 13)
MONDAY = datetime(2026, 11, 16, 6, tzinfo=UTC)
"""In the morning of which whoever owes something since Friday is told."""


def told_on_monday(sites: TwoSites, who: str) -> str:
    """All that a person is told in that morning."""
    sites.stage.pass_until(MONDAY + timedelta(hours=6))
    mails = [m for m in sites.mails() if f"{who}@" in m["To"] and m["Date"].datetime >= MONDAY]
    return "\n".join(str(m.get_body(("plain",))) for m in mails)


@pytest.mark.parametrize("direction", each(now=CLOUD[:1]))
def test_one_post_mortem_that_cannot_be_read_silences_nobody_about_the_others(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction, mode="live", sweep_minutes=720)
    broken, _fine = (sites.home.open(incident(name, due=DUE)) for name in ("broken", "fine"))
    sites.stage.pass_until(MONDAY)
    sites.home.fail("502-before", "read", broken)
    told = told_on_monday(sites, "bob")
    assert "fine queue" in told
    assert "broken queue" not in told


@pytest.mark.parametrize("direction", each(ACROSS, now=CLOUD[1:2]))
def test_an_outage_of_the_items_tracker_silences_nobody_about_what_is_at_home(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction, mode="live", sweep_minutes=720)
    near = sites.home.open(Record(title="A task beside the post-mortem", rows=()), label=False)
    here = Row("Write a runbook for draining the queue", "bob", DUE, near.locator)
    sites.home.open(Record(rows=(here, incident("orders", due=DUE).rows[0])))
    sites.stage.pass_until(MONDAY)
    assert len(sites.items.made()) == 1
    sites.items.fail("502-before", "all")
    assert "Write a runbook" in told_on_monday(sites, "bob")


def adopting(sites: TwoSites) -> tuple[IssueRef, IssueRef]:
    """A post-mortem whose only promise names a ticket that stands on the items' tracker: that and the ticket."""
    taken = sites.items.open(Record(title="A task of somebody", rows=()), label=False)
    row = Row("Write a runbook for draining the queue", "alice", ticket=taken.locator)
    return sites.home.open(Record(rows=(row,))), taken


@pytest.mark.parametrize("direction", each())
def test_an_adoption_whose_link_was_refused_is_not_tried_for_ever_and_is_said_at_once(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction)
    ref, taken = adopting(sites)
    for desk in sites.desks.values():
        desk.fail("502-before", "links", status=400)
    sites.look_at(ref)
    assert [item.ref for item in sites.state(ref).items] == [taken.key]
    refused = "no link to or from" if direction.home != direction.items else "did not let Followthrough label or link"
    assert refused in sites.home.stickies(ref)[0]
    sites.stage.pass_for(timedelta(minutes=11))
    before = sites.last_requests()
    sites.look_at(ref)
    assert sites.writes(before) == []
    tried = [r for site, desk in sites.desks.items() for r in desk.asked(before[site]) if LINKING.search(r)]
    assert len(tried) <= 1, "whether it may be made by now"
    before = sites.last_requests()
    sites.stage.pass_for(timedelta(hours=2))
    assert [r for site, desk in sites.desks.items() for r in desk.asked(before[site]) if LINKING.search(r)] == []
    assert sites.stage.service.stuck.list() == ()


@pytest.mark.parametrize("direction", each())
def test_an_adopted_issue_is_tied_to_its_post_mortem_and_looking_again_writes_nothing(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction)
    ref, taken = adopting(sites)
    before = sites.last_requests()
    sites.look_at(ref)
    assert ref.key in sites.items.view(taken).ways or taken.key in sites.home.view(ref).ways
    assert len([w for w in sites.writes(before) if LINKING.search(w)]) == 1
    before = sites.last_requests()
    sites.look_at(ref)
    assert [w for w in sites.writes(before) if ref.locator.replace("#", "/issues/") in w] == []


@pytest.mark.parametrize("direction", each())
def test_a_ledger_without_its_label_is_found_again_and_no_second_one_is_made(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction)
    first = sites.home.open(incident("orders"))
    sites.sweep()
    sites.stage.pass_for(timedelta(minutes=11))
    (ledger,) = sites.home.ledgers()
    sites.home.unmark_ledger(ledger)
    sites.stage.restart()
    second = sites.home.open(incident("refunds"))
    sites.sweep()
    sites.stage.pass_for(timedelta(minutes=11))
    assert sites.home.ledgers() == [ledger]
    assert sites.items.ledgers() in ([ledger], [])
    assert sites.stage.service.engine.people.book.load().enrolled == (first.key, second.key)


@pytest.mark.parametrize("direction", each())
def test_containers_that_may_not_be_read_do_not_keep_the_others_from_being_told(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    people = {"alice": "member", "bob": "admin"}
    sites = make(direction, jira=seed("NXT", people=people), projects="NXT, OPS, PAY")
    sites.github.faults.add("502-before", status=404, path="/repos/acme/payments", count=None)
    sites.home.open(Record())
    sites.sweep()
    sites.stage.pass_for(timedelta(hours=1))
    assert len(sites.made()) == 3
    assert not sites.stage.service.store.unswept(["github", "jira"])
    assert sites.stage.service.stuck.list() == ()
