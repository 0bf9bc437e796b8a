"""What an issue's own payload tells of its work: plans, blockers, proof, the owner, severity; on Cloud and Data Center.

People act over the simulated Jira's own API; the service reads what it always reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.trackers.jira.test_read_sandbox import World
from worker.domain.model import SOMEBODY, Draft, Issue, IssueRef
from worker.sandbox.jira import JiraSandbox

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
TODAY = NOW.date()
SPRINT, PANEL, SEVERITY = "customfield_10020", "customfield_10000", "customfield_10050"
PEOPLE = {"alice": "member", "bob": "member", "followthrough": "member", "dario": "admin"}
SEED: dict[str, Any] = {
    "now": "2026-11-03T09:00:00Z",
    "tokens": [{"token": "service", "login": "followthrough"}],
    "fields": [
        {"id": SPRINT, "name": "Sprint", "kind": "sprint"},
        {"id": PANEL, "name": "Development", "kind": "development"},
        {"id": SEVERITY, "name": "Severity", "kind": "option", "options": ["SEV1", "SEV2"]},
    ],
    "sprints": [{"name": "Sprint 1", "state": "active", "start": "2026-10-26T09:00:00Z"}],
    "link_types": [{"name": "Dependency", "outward": "holds up", "inward": "is blocked by"}],
    "projects": [
        {
            "key": "OPS",
            "people": PEOPLE,
            "components": ["Ledger", "API"],
            "with": [SEVERITY],
            "versions": [
                {"name": "1.0", "start": "2026-10-01"},
                {"name": "2.0", "start": "2026-12-07"},
                {"name": "3.0", "start": "2027-02-01"},
                {"name": "undated"},
                {"name": "0.9", "start": "2026-12-01", "released": True},
            ],
        },
        {"key": "PAY", "people": PEOPLE},
    ],
}


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, JiraSandbox]]:
    made = {face: JiraSandbox(seed=SEED, face=face).start() for face in ("cloud", "datacenter")}
    yield made
    for sandbox in made.values():
        sandbox.stop()


@pytest.fixture(params=["cloud", "datacenter"])
def jira(request: pytest.FixtureRequest, running: dict[str, JiraSandbox]) -> Iterator[World]:
    """A Jira of each kind, with the fields that a company's has."""
    sandbox = running[request.param]
    sandbox.reset()
    world = World(sandbox, severity_field="severity")
    yield world
    world.client.close()


def read(jira: World, ref: IssueRef) -> Issue:
    """The issue, read as a tracked one."""
    found = jira.read.issues([ref])[ref]
    assert found is not None
    # As the post-mortem's own issue it says the same.
    own = jira.read.snapshot(ref).issue
    assert (own.planned_from, own.blocked_by, own.proof, own.assigned_at, own.severity, own.components) == (
        found.planned_from,
        found.blocked_by,
        found.proof,
        found.assigned_at,
        found.severity,
        found.components,
    )
    return found


def sprint(jira: World, **given: Any) -> int:
    made = jira.sandbox.act("dario", "POST", "/rest/agile/1.0/sprint", {"name": "Next", "originBoardId": 1, **given})
    return int(made["id"])


def plan(jira: World, ref: IssueRef, number: int, login: str = "alice") -> None:
    jira.sandbox.act(login, "POST", f"/rest/agile/1.0/sprint/{number}/issue", {"issues": [ref.locator]})


def link(jira: World, source: IssueRef, target: IssueRef, kind: str = "Blocks") -> None:
    """`source` blocks `target`."""
    ends = {"inwardIssue": {"key": source.locator}, "outwardIssue": {"key": target.locator}}
    jira.sandbox.act("alice", "POST", "/issueLink", {"type": {"name": kind}, **ends})


def close(jira: World, ref: IssueRef) -> None:
    ways = jira.sandbox.act("alice", "GET", f"/issue/{ref.locator}/transitions")["transitions"]
    done = next(w for w in ways if w["to"]["statusCategory"]["key"] == "done")
    jira.sandbox.act("alice", "POST", f"/issue/{ref.locator}/transitions", {"transition": {"id": done["id"]}})


# Plans


def test_what_waits_in_a_future_sprint_is_planned_until_it_starts(jira: World) -> None:
    ref = jira.post()
    assert read(jira, ref).planned_from is None
    number = sprint(jira, startDate="2026-11-16T09:00:00.000Z")
    plan(jira, ref, number)
    assert read(jira, ref).planned_from == date(2026, 11, 16)
    jira.sandbox.act("dario", "POST", f"/rest/agile/1.0/sprint/{number}", {"state": "active"})
    assert read(jira, ref).planned_from is None


def test_a_sprint_without_a_date_has_not_begun_today_anywhere(jira: World) -> None:
    ref = jira.post()
    plan(jira, ref, sprint(jira))
    planned = read(jira, ref).planned_from
    assert planned is not None
    assert planned > (NOW + timedelta(hours=14)).date()
    jira.sandbox.clock.advance(timedelta(days=30))
    later = read(jira, ref).planned_from
    assert later is not None
    assert later > TODAY + timedelta(days=30), "it waits for as long as the sprint does"


def test_work_that_goes_on_in_a_running_sprint_is_not_planned(jira: World) -> None:
    ref = jira.post()
    plan(jira, ref, 1)
    assert read(jira, ref).planned_from is None
    jira.sandbox.act("dario", "PUT", "/rest/agile/1.0/sprint/1", {"state": "closed"})
    plan(jira, ref, sprint(jira, startDate="2026-11-16T09:00:00.000Z"))
    assert read(jira, ref).planned_from == date(2026, 11, 16), "the sprint that ended says nothing any more"


@pytest.mark.parametrize(
    ("versions", "planned"),
    [
        pytest.param(["2.0"], date(2026, 12, 7), id="a version that begins later"),
        pytest.param(["2.0", "3.0"], date(2026, 12, 7), id="of several the first"),
        pytest.param(["1.0"], date(2026, 10, 1), id="a version that has begun is a day in the past"),
        pytest.param(["2.0", "undated"], None, id="a version without a day has begun"),
        pytest.param(["0.9"], None, id="a released version plans nothing"),
        pytest.param([], None, id="no version"),
    ],
)
def test_what_is_planned_for_a_version_waits_for_its_start(
    jira: World, versions: list[str], planned: date | None
) -> None:
    ref = jira.post(fixVersions=[{"name": name} for name in versions])
    assert read(jira, ref).planned_from == planned


def test_a_sprint_is_nearer_to_the_work_than_a_version(jira: World) -> None:
    ref = jira.post(fixVersions=[{"name": "2.0"}])
    plan(jira, ref, 1)
    assert read(jira, ref).planned_from is None


def test_what_is_closed_is_not_planned(jira: World) -> None:
    ref = jira.post(fixVersions=[{"name": "2.0"}])
    close(jira, ref)
    assert read(jira, ref).planned_from is None


# Blockers


def test_an_open_blocker_is_named_until_it_is_closed(jira: World) -> None:
    ref, blocker, other = jira.post(), jira.post(project="PAY"), jira.post()
    link(jira, blocker, ref)
    link(jira, ref, other)
    link(jira, other, ref, "Relates")
    assert read(jira, ref).blocked_by == (blocker,)
    assert read(jira, blocker).blocked_by == ()
    close(jira, blocker)
    assert read(jira, ref).blocked_by == ()


def test_a_link_type_that_reads_is_blocked_by_blocks_whatever_its_name(jira: World) -> None:
    ref, blocker = jira.post(), jira.post()
    link(jira, blocker, ref, "Dependency")
    assert read(jira, ref).blocked_by == (blocker,)


def test_the_link_from_a_post_mortem_to_its_item_blocks_nothing(jira: World) -> None:
    special = jira.another(link="Blocks")
    ref, item = jira.post(), jira.post()
    link(jira, ref, item)
    assert read(special, item).blocked_by == ()
    special.client.close()


# Proof


def test_a_remote_link_to_a_pull_request_is_proof_and_activity(jira: World) -> None:
    ref = jira.post()
    jira.sandbox.clock.advance(timedelta(days=1))
    thing = {"object": {"url": "https://code.example/acme/pay/pull/12", "title": "acme/pay pull request 12"}}
    made = jira.sandbox.act("bob", "POST", f"/issue/{ref.locator}/remotelink", thing)
    found = read(jira, ref)
    assert found.proof == ('This issue links to "acme/pay pull request 12"',)
    assert found.touched == {jira.who("bob"): NOW + timedelta(days=1)}
    jira.sandbox.act("bob", "DELETE", f"/issue/{ref.locator}/remotelink/{made['id']}")
    assert read(jira, ref).proof == ()


def test_our_own_links_prove_nothing(jira: World) -> None:
    ref = jira.post()
    url = "https://code.example/acme/pay/issues/3"
    jira.write.link_elsewhere(ref, key="github:acme/pay#3", url=url, title="Write a pull request template")
    found = read(jira, ref)
    assert (found.proof, found.touched) == ((), {})


def test_a_link_to_a_page_proves_nothing(jira: World) -> None:
    ref = jira.post()
    thing = {"object": {"url": "https://wiki.example/notes", "title": "Prior commitments of 2026"}}
    jira.sandbox.act("bob", "POST", f"/issue/{ref.locator}/remotelink", thing)
    assert read(jira, ref).proof == ()


def test_the_development_panel_is_proof_and_activity_of_somebody(jira: World) -> None:
    ref = jira.post()
    jira.sandbox.clock.advance(timedelta(days=2))
    jira.sandbox.develop(ref.locator, open=1)
    found = read(jira, ref)
    assert (found.proof, found.touched) == ((), {SOMEBODY: NOW + timedelta(days=2)})
    jira.sandbox.clock.advance(timedelta(days=1))
    jira.sandbox.develop(ref.locator, merged=1, commits=2)
    found = read(jira, ref)
    assert found.proof == ("a merged pull request", "a commit")
    assert found.touched == {SOMEBODY: NOW + timedelta(days=3)}


# The owner, severity, components


def test_the_present_owner_has_had_it_since_it_was_last_given(jira: World) -> None:
    ref = jira.post()
    assert read(jira, ref).assigned_at is None
    for login in ("alice", "bob", "alice"):
        jira.sandbox.clock.advance(timedelta(days=1))
        jira.write.set_assignees(ref, (jira.who(login),))
    jira.sandbox.clock.advance(timedelta(days=1))
    jira.edit(ref, summary="Other words")
    assert read(jira, ref).assigned_at == NOW + timedelta(days=3)


def test_who_got_it_at_its_creation_has_had_it_since_then(jira: World) -> None:
    made = jira.write.create_issue(
        Draft(site="jira", container="OPS", title="Add an alert", body="x", mark="u.i.m", assignees=(jira.who("bob"),))
    )
    jira.sandbox.clock.advance(timedelta(days=1))
    assert read(jira, made.issue.ref).assigned_at == NOW


def test_severity_is_the_configured_fields_value_by_name_or_id(jira: World) -> None:
    fields: dict[str, Any] = {SEVERITY: {"value": "SEV1"}, "components": [{"name": "Ledger"}, {"name": "API"}]}
    ref = jira.post(**fields)
    found = read(jira, ref)
    assert (found.severity, found.components) == ("SEV1", ("API", "Ledger"))
    for name, seen in ((SEVERITY, "SEV1"), ("Impact", ""), ("", "")):
        other = jira.another(severity_field=name)
        assert read(other, ref).severity == seen
        other.client.close()


# Costs


def test_the_sites_own_fields_are_asked_for_once(jira: World) -> None:
    ref = jira.post()
    plan(jira, ref, sprint(jira, startDate="2026-11-16T09:00:00.000Z"))
    before = jira.last
    # The very first look is complete already: an item that is planned must not be chased once a day.
    assert jira.read.snapshot(ref).issue.planned_from == date(2026, 11, 16)
    assert jira.requests(before).count("GET field") == 1
    before = jira.last
    jira.read.issues([ref])
    assert len(jira.requests(before)) == 1


def test_versions_are_asked_for_once_an_hour_and_only_where_one_waits(jira: World) -> None:
    plain, waiting = jira.post(), jira.post(fixVersions=[{"name": "2.0"}])
    read(jira, plain)
    before = jira.last
    jira.read.issues([plain])
    assert len(jira.requests(before)) == 1
    before = jira.last
    read(jira, waiting)
    read(jira, waiting)
    assert jira.requests(before).count("GET project/OPS/versions") == 1


def test_a_site_that_does_not_show_its_fields_is_followed_without_them(jira: World) -> None:
    ref = jira.post()
    plan(jira, ref, sprint(jira, startDate="2026-11-16T09:00:00.000Z"))
    jira.sandbox.faults.add("502-before", method="GET", path="/field$", status=403, count=None)
    assert read(jira, ref).planned_from is None
