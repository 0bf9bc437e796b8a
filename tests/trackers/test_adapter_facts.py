"""What GitHub tells of an issue's work: who moved it, plans, blockers, proof; and servers that know less of it.

People act over the simulated GitHub's own API; the service asks one GraphQL question for all issues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.trackers.worlds import World
from tests.trackers.worlds import seed as plain_seed
from worker.domain.model import SOMEBODY, Draft, Issue, IssueRef, Status
from worker.sandbox.github import GitHubSandbox
from worker.trackers.errors import RateLimited, Unavailable
from worker.trackers.github import ProjectConfig
from worker.trackers.github.facts import with_facts
from worker.trackers.github.lookups import issue_path

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
DAY = timedelta(days=1)
BOARD = ProjectConfig(owner="acme", number=4, iteration="Iteration", start="Start date", due="Target", status="Status")
FIELDS: list[dict[str, Any]] = [
    {"name": "Iteration", "kind": "iteration", "iterations": {"Week 45": "2026-11-02", "Week 47": "2026-11-16"}},
    {"name": "Start date", "kind": "date"},
    {"name": "Target", "kind": "date"},
    {"name": "Status", "kind": "single_select", "options": ["Todo", "In progress", "Done"]},
]

Start = Callable[..., World]


def seed(scopes: str, **features: bool) -> dict[str, Any]:
    made = plain_seed(**features)
    made["repos"][1]["collaborators"] = {**made["repos"][1]["collaborators"], "renovate[bot]": "write"}
    made["now"] = "2026-11-03T09:00:00Z"
    for token in made["tokens"]:
        token["scopes"] = scopes
    made["projects"] = [
        {"owner": "acme", "number": 4, "title": "Reliability", "fields": FIELDS},
        {"owner": "acme", "number": 5, "title": "Other", "fields": FIELDS},
    ]
    made["tokens"] += [{"token": name, "login": name, "scopes": "repo, project"} for name in ("alice", "bob")]
    return made


@pytest.fixture
def start() -> Iterator[Start]:
    """A GitHub that lacks the features that are named, at a moment that stands still."""
    with ExitStack() as stack:

        def begin(
            *, scopes: str = "repo, read:project", project: ProjectConfig | None = None, **features: bool
        ) -> World:
            sandbox = stack.enter_context(GitHubSandbox(seed=seed(scopes, **features)))
            world = World(sandbox, project=project)
            stack.callback(world.client.close)
            return world

        yield begin


@pytest.fixture
def world(start: Start) -> World:
    return start()


def seen(world: World, ref: IssueRef) -> Issue:
    """The issue as the service sees it, facts and all."""
    issue = world.read.issues([ref])[ref]
    assert issue is not None
    return world.read.with_facts([issue])[ref]


def tracked(world: World, **more: Any) -> IssueRef:
    """An issue that the service made, as items' issues are."""
    usual = {"site": "github", "container": "acme/pay", "title": "Add an alert", "body": "Page.", "mark": "u.i.m"}
    return world.write.create_issue(Draft(**{**usual, **more})).issue.ref


def later(world: World, days: int = 1) -> datetime:
    return world.sandbox.clock.advance(timedelta(days=days))


def act(world: World, login: str, method: str, ref: IssueRef, below: str = "", payload: Any = None) -> Any:
    return world.sandbox.act(login, method, f"{issue_path(ref)}{below}", payload)


def pull(world: World, body: str, login: str = "bob") -> int:
    path = "/repos/acme/pay/pulls"
    return int(world.sandbox.act(login, "POST", path, {"title": "Alert", "body": body, "head": "x"})["number"])


def milestone(world: World, title: str, due: str | None) -> int:
    given = {"title": title, **({"due_on": f"{due}T08:00:00Z"} if due else {})}
    return int(world.sandbox.act("alice", "POST", "/repos/acme/pay/milestones", given)["number"])


# Who moved it


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(lambda w, r: act(w, "bob", "POST", r, "/assignees", {"assignees": ["bob"]}), id="assigning"),
        pytest.param(lambda w, r: act(w, "bob", "POST", r, "/labels", {"labels": ["doing"]}), id="labelling"),
        pytest.param(lambda w, r: act(w, "bob", "PATCH", r, "", {"title": "Add two alerts"}), id="rewording the title"),
        pytest.param(lambda w, r: act(w, "bob", "PATCH", r, "", {"body": "Page twice."}), id="editing the words"),
        pytest.param(lambda w, r: act(w, "bob", "PATCH", r, "", {"milestone": 1}), id="planning it"),
        pytest.param(lambda w, r: act(w, "bob", "PATCH", r, "", {"state": "closed"}), id="closing it"),
        pytest.param(lambda w, r: pull(w, f"Towards #{r.number}"), id="a pull request that names it"),
        pytest.param(
            lambda w, r: w.sandbox.act("bob", "POST", "/repos/acme/pay/git/commits", {"message": f"For #{r.number}"}),
            id="a commit that names it",
        ),
        pytest.param(lambda w, r: w.sandbox.plan("bob", r.locator, 4, Status="In progress"), id="moving its card"),
    ],
)
def test_what_a_person_does_without_a_comment_is_activity(world: World, deed: Callable[[World, IssueRef], Any]) -> None:
    ref = tracked(world)
    at = later(world)
    deed(world, ref)
    later(world)
    assert seen(world, ref).touched == {"bob": at}


def test_what_we_and_other_programs_do_is_none(world: World) -> None:
    ref = tracked(world, assignees=("bob",), labels=("postmortem-action",))
    later(world)
    world.write.set_due(ref, date(2026, 12, 1), "line")
    world.write.set_assignees(ref, ("alice",))
    world.write.add_labels(ref, ("late",))
    world.write.set_status(ref, Status.DONE)
    act(world, "renovate[bot]", "POST", ref, "/labels", {"labels": ["dependencies"]})
    pull(world, f"Towards #{ref.number}", "renovate[bot]")
    assert seen(world, ref).touched == {}


def test_that_another_issue_names_it_is_none(world: World) -> None:
    ref = tracked(world)
    later(world)
    world.post_issue("alice", "acme/pay", body=f"See #{ref.number}")
    assert seen(world, ref).touched == {}


def test_a_person_who_left_github_is_somebody(world: World) -> None:
    ref = tracked(world)
    at = later(world)
    act(world, "bob", "PATCH", ref, "", {"title": "Add two alerts"})
    row = {
        "id": "I",
        "moves": {"nodes": [{"__typename": "RenamedTitleEvent", "createdAt": at.isoformat(), "actor": None}]},
    }
    issue = world.read.issues([ref])[ref]
    assert issue is not None
    assert with_facts(issue, row, (), is_ours=lambda who: not who, project=None).touched == {}
    assert with_facts(issue, row, (), is_ours=lambda who: False, project=None).touched == {SOMEBODY: at}


# The owner


def test_the_present_owner_has_had_it_since_it_was_last_given(world: World) -> None:
    ref = tracked(world)
    assert seen(world, ref).assigned_at is None
    for login in ("alice", "bob", "alice"):
        at = later(world)
        world.write.set_assignees(ref, (login,))
    later(world)
    act(world, "bob", "POST", ref, "/labels", {"labels": ["doing"]})
    assert seen(world, ref).assigned_at == at


def test_who_got_it_at_its_creation_has_had_it_since_then(world: World) -> None:
    ref = tracked(world, assignees=("bob",))
    later(world)
    assert seen(world, ref).assigned_at == NOW


# Proof


def test_a_pull_request_proves_something_once_it_is_merged(world: World) -> None:
    ref = tracked(world)
    number = pull(world, f"Fixes #{ref.number}")
    named = pull(world, f"Towards acme/pay#{ref.number}", "alice")
    assert seen(world, ref).proof == ()
    for one in (number, named):
        world.sandbox.act("bob", "PUT", f"/repos/acme/pay/pulls/{one}/merge")
    found = seen(world, ref)
    assert found.status is Status.DONE
    web = f"{world.sandbox.url}/acme/pay/pull"
    assert found.proof == tuple(sorted((f"{web}/{number}", f"{web}/{named}")))


def test_a_pull_request_that_was_given_up_proves_nothing(world: World) -> None:
    ref = tracked(world)
    number = pull(world, f"Fixes #{ref.number}")
    world.sandbox.act("bob", "PATCH", f"/repos/acme/pay/issues/{number}", {"state": "closed"})
    assert seen(world, ref).proof == ()


@pytest.mark.parametrize(("words", "status"), [("Fixes", Status.DONE), ("Part of", Status.OPEN)])
def test_a_commit_is_proof_whether_it_closes_the_issue_or_not(world: World, words: str, status: Status) -> None:
    ref = tracked(world)
    path = "/repos/acme/pay/git/commits"
    made = world.sandbox.act("bob", "POST", path, {"message": f"Limit retries\n\n{words} #{ref.number}"})
    found = seen(world, ref)
    assert (found.proof, found.status) == ((made["html_url"],), status)


# Blockers


def test_an_open_blocker_is_named_until_it_is_closed(world: World) -> None:
    ref, blocker = tracked(world), world.post_issue("alice", "acme/incidents")
    number = world.seen_by_people(blocker)["id"]
    act(world, "alice", "POST", ref, "/dependencies/blocked_by", {"issue_id": number})
    assert seen(world, ref).blocked_by == (blocker,)
    assert seen(world, blocker).blocked_by == ()
    act(world, "alice", "PATCH", blocker, "", {"state": "closed"})
    assert seen(world, ref).blocked_by == ()
    act(world, "alice", "PATCH", blocker, "", {"state": "open"})
    act(world, "alice", "DELETE", ref, f"/dependencies/blocked_by/{number}")
    assert seen(world, ref).blocked_by == ()


# Plans


@pytest.mark.parametrize(
    ("others", "planned"),
    [
        pytest.param([("M2", "2026-11-20")], date(2026, 11, 20), id="it begins when the one before it is due"),
        pytest.param(
            [("M2", "2026-11-20"), ("M3", "2026-12-01")], date(2026, 12, 1), id="the nearest before it counts"
        ),
        pytest.param([], None, id="with none before it, it has begun"),
        pytest.param([("M2", "2027-01-20")], None, id="one after it says nothing"),
        pytest.param([("M2", None)], None, id="one without a date says nothing"),
        pytest.param([("M2", "2026-11-20", "closed")], None, id="once the one before it is closed, it has begun"),
    ],
)
def test_work_for_a_milestone_begins_with_it(world: World, others: list[tuple[str, ...]], planned: date | None) -> None:
    for title, due, *state in others:
        number = milestone(world, title, due)
        if state:
            path = f"/repos/acme/pay/milestones/{number}"
            world.sandbox.act("alice", "PATCH", path, {"state": "closed"})
    ref = tracked(world)
    act(world, "alice", "PATCH", ref, "", {"milestone": milestone(world, "Ours", "2026-12-18")})
    found = seen(world, ref)
    assert (found.planned_from, found.due_from) == (planned, "milestone")


def test_what_is_closed_is_not_planned(world: World) -> None:
    milestone(world, "M2", "2026-11-20")
    ref = tracked(world)
    act(world, "alice", "PATCH", ref, "", {"milestone": milestone(world, "Ours", "2026-12-18"), "state": "closed"})
    assert seen(world, ref).planned_from is None


@pytest.mark.parametrize(
    ("values", "planned", "due"),
    [
        pytest.param({"Iteration": "Week 47"}, date(2026, 11, 16), None, id="an iteration that begins later"),
        pytest.param({"Iteration": "Week 45"}, date(2026, 11, 2), None, id="one that has begun is a day in the past"),
        pytest.param({"Start_date": "2026-12-01"}, date(2026, 12, 1), None, id="a start day"),
        pytest.param(
            {"Iteration": "Week 45", "Start_date": "2026-12-01"}, date(2026, 11, 2), None, id="an iteration comes first"
        ),
        pytest.param({"Target": "2026-12-18"}, None, date(2026, 12, 18), id="a due date"),
        pytest.param({}, None, None, id="an item without values"),
    ],
)
def test_a_projects_fields_are_read_where_configured(
    start: Start, values: dict[str, str], planned: date | None, due: date | None
) -> None:
    world = start(project=BOARD)
    ref = tracked(world)
    world.sandbox.plan("alice", ref.locator, 5, Iteration="Week 47", Target="2027-01-01")
    world.sandbox.plan("alice", ref.locator, 4, **values)
    found = seen(world, ref)
    assert (found.planned_from, found.due, found.due_from) == (planned, due, "project" if due else "")
    plain = world.another()
    assert seen(plain, ref).planned_from is None
    plain.client.close()


def test_a_due_line_comes_before_the_projects_date(start: Start) -> None:
    world = start(project=BOARD)
    ref = tracked(world, due=date(2026, 12, 1))
    world.sandbox.plan("alice", ref.locator, 4, Target="2026-12-18")
    assert (seen(world, ref).due, seen(world, ref).due_from) == (date(2026, 12, 1), "line")


# Costs, and servers that know less


def test_many_issues_cost_one_request(world: World) -> None:
    issues = [world.read.issues([tracked(world, title=f"{n}")]) for n in range(3)]
    some = [issue for found in issues for issue in found.values() if issue is not None]
    world.read.account()
    counted = world.counted()
    assert set(world.read.with_facts(some)) == {issue.ref for issue in some}
    assert counted.requests == ["POST /graphql Facts nodes repository"]
    assert counted.writes == []
    counted = world.counted()
    assert world.read.with_facts([]) == {}
    assert counted.requests == []


def test_more_than_fifty_are_asked_in_parts_and_what_is_too_much_in_halves(world: World) -> None:
    some = [issue for n in range(3) for issue in world.read.issues([tracked(world, title=f"{n}")]).values() if issue]
    many = [replace(some[0], ref=IssueRef("github", f"acme/pay#{n}")) for n in range(100, 220)]
    counted = world.counted()
    assert len(world.read.with_facts([*some, *many])) == 123
    assert len(counted.requests) == 3
    # Each request is tried three times, then the first fifty are halved once.
    rule = world.sandbox.faults.add("502-before", path="/graphql$", count=3)
    counted = world.counted()
    assert len(world.read.with_facts(many[:50])) == 50
    assert (rule.fired, len(counted.requests)) == (3, 5)


@pytest.mark.parametrize(
    "lacking",
    [
        pytest.param({"dependencies": False}, id="no dependencies"),
        pytest.param({"projects": False}, id="no projects"),
        pytest.param({"closing_pulls": False}, id="no closing pull requests"),
        pytest.param({"dependencies": False, "projects": False, "closing_pulls": False}, id="none of them"),
    ],
)
def test_an_older_server_is_asked_for_what_it_knows_and_the_rest_only_once(
    start: Start, lacking: dict[str, bool]
) -> None:
    world = start(project=BOARD, **lacking)
    ref = tracked(world, assignees=("bob",))
    at = later(world)
    act(world, "bob", "POST", ref, "/labels", {"labels": ["doing"]})
    number = pull(world, f"Fixes #{ref.number}")
    world.sandbox.act("bob", "PUT", f"/repos/acme/pay/pulls/{number}/merge")
    found = seen(world, ref)
    assert (found.touched, found.assigned_at, len(found.proof)) == ({"bob": at}, NOW, 1)
    issue = world.read.issues([ref])[ref]
    assert issue is not None
    counted = world.counted()
    world.read.with_facts([issue])
    assert len(counted.requests) == 1


def test_a_token_without_the_scope_for_projects_loses_nothing_else(start: Start) -> None:
    world = start(project=BOARD, scopes="repo, read:org")
    ref = tracked(world, assignees=("bob",))
    at = later(world)
    act(world, "bob", "POST", ref, "/labels", {"labels": ["doing"]})
    world.sandbox.plan("alice", ref.locator, 4, Iteration="Week 47")
    found = seen(world, ref)
    assert (found.planned_from, found.assigned_at, found.touched["bob"]) == (None, NOW, at)


def test_a_server_without_graphql_loses_the_facts_and_nothing_else(start: Start) -> None:
    world = start(graphql=False)
    ref = world.post_issue("alice", "acme/pay")
    issue = world.read.issues([ref])[ref]
    assert issue is not None
    assert world.read.with_facts([issue])[ref] == issue
    counted = world.counted()
    world.read.with_facts([issue])
    assert counted.requests == []


def test_a_server_that_does_not_answer_now_is_no_server_without_facts(world: World) -> None:
    ref = tracked(world, assignees=("bob",))
    issue = world.read.issues([ref])[ref]
    assert issue is not None
    for fault, error in (("502-before", Unavailable), ("limit", RateLimited)):
        rule = world.sandbox.faults.add(fault, path="/graphql$", count=None)
        with pytest.raises(error):
            world.read.with_facts([issue])
        world.sandbox.faults.clear()
        assert rule.fired
    assert world.read.with_facts([issue])[ref].assigned_at == NOW


def test_an_issue_that_is_gone_meanwhile_stays_as_it_was_read(world: World) -> None:
    ref, other = tracked(world), tracked(world, assignees=("bob",))
    issues = [issue for issue in world.read.issues([ref, other]).values() if issue is not None]
    query = "mutation($id: ID!) { deleteIssue(input: {issueId: $id}) { clientMutationId } }"
    world.sandbox.site.store.repos["acme/pay"].roles["alice"] = "admin"
    world.sandbox.graphql("alice", query, id=issues[0].node)
    found = world.read.with_facts(issues)
    assert (found[ref], found[other].assigned_at) == (issues[0], NOW)
