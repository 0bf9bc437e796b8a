"""`followthrough run` with a Jira: signed webhooks of both trackers in, a worker killed at a create on either, and no
trace when it ends."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.acceptance.boundaries import Boundary
from tests.acceptance.desks import PROMISES, Record, View
from tests.acceptance.directions import DIRECTIONS, PERSONS, Direction, TwoSites
from tests.acceptance.trees import SECRET, Tree
from tests.engine.telling import gone
from worker.domain.model import IssueRef
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox
from worker.sandbox.wire import Call

Scene = tuple[TwoSites, Tree]
A_LOOK_S = 0.3
"""Between two looks of a person, who has limits of their own."""

FORGED = "sha256=" + "0" * 64


@pytest.fixture
def start(tmp_path: Path, redis_client: Redis) -> Iterator[Callable[[Direction], Scene]]:
    """Both trackers with their webhooks, and a running service between them."""
    with ExitStack() as stack:

        def begin(direction: Direction) -> Scene:
            github = stack.enter_context(GitHubSandbox())
            jira = stack.enter_context(JiraSandbox(face=direction.face))
            sites = TwoSites(direction, github, jira, redis_client, tmp_path)
            settings = sites.config / "followthrough.yaml"
            # Ten seconds are the shortest lease; a look that nobody hinted at is an hour away.
            words = settings.read_text().replace(
                "engine: {sweep_minutes: 10}", "engine: {sweep_minutes: 60, lease_s: 10}"
            )
            assert "lease_s" in words
            settings.write_text(words)
            tree = Tree(sites.config, sites.env, tmp_path)
            stack.callback(tree.kill)
            tree.wait_for(lambda: tree.get("/readyz") == 200, "ready", within_s=60)
            for sandbox, site in ((github, "github"), (jira, "jira")):
                sandbox.add_hook(f"{tree.url}/webhooks/{site}", secret=SECRET)
            return sites, tree

        yield begin


def made(sites: TwoSites) -> dict[str, IssueRef]:
    """The issues of the promises; the ledger is one that the service made as well."""
    return {title: ref for title, ref in sites.made().items() if "ledger" not in title}


def is_kept(sites: TwoSites, home: IssueRef) -> bool:
    """Whether the post-mortem's comment stands and every promise has its issue, owned, dated and tied to it."""
    (sticky,) = sites.home.stickies(home) or ("",)
    refs = made(sites)
    if "0 of 3 promises kept" not in sticky or len(refs) < len(PROMISES):
        return False
    views = {title: sites.desk(ref).view(ref) for title, ref in refs.items()}
    return all(_is_as_promised(sites, home, row.what, refs, views) for row in PROMISES)


def _is_as_promised(
    sites: TwoSites, home: IssueRef, title: str, refs: dict[str, IssueRef], views: dict[str, View]
) -> bool:
    row = next(row for row in PROMISES if row.what == title)
    view, ref = views[title], refs[title]
    tied = home.key in view.ways or ref.key in sites.home.view(home).ways
    wanted = (
        sites.direction.items if row.who else sites.direction.home,
        row.who,
        row.due.isoformat() if row.due else "",
    )
    return tied and (ref.site, view.owner, view.due) == wanted


def wait_until_kept(sites: TwoSites, tree: Tree, home: IssueRef, within_s: float) -> None:
    tree.wait_for(lambda: is_kept(sites, home), "all promises have their issues", within_s, every_s=A_LOOK_S)


def creates(call: Call) -> bool:
    """Whether this request makes an issue, on either tracker."""
    return call.method == "POST" and (
        "createIssue" in call.operation or call.path.endswith("/issue") or call.path.endswith("/issues")
    )


WITH_JIRA = [
    pytest.param(DIRECTIONS[4], id=str(DIRECTIONS[4])),
    *(pytest.param(direction, id=str(direction), marks=pytest.mark.soak) for direction in DIRECTIONS[1:4]),
]


@pytest.mark.parametrize("direction", WITH_JIRA)
def test_signed_webhooks_become_issues_within_seconds_and_the_end_leaves_nothing(
    start: Callable[[Direction], Scene], direction: Direction
) -> None:
    sites, tree = start(direction)
    forged = json.dumps({"webhookEvent": "jira:issue_updated", "issue": {"key": "OPS-1"}}).encode()
    assert tree.post(forged, site="jira") == 401
    assert tree.post(forged, site="jira", X_Hub_Signature=FORGED) == 401

    home = sites.home.open(Record())
    wait_until_kept(sites, tree, home, within_s=20)

    alert = made(sites)[PROMISES[0].what]
    sites.desk(alert).close(alert)
    shows = "1 of 3 promises kept"
    tree.wait_for(lambda: shows in sites.home.stickies(home)[0], "a closed issue shows", within_s=20, every_s=A_LOOK_S)
    for sandbox in (sites.github, sites.jira):
        assert sandbox.drain_webhooks()
        assert {delivery.status for delivery in sandbox.site.postman.deliveries} <= {202}
    assert sites.jira.site.postman.deliveries
    tree.end()


def killed(direction: Direction, when: str, *, waits_s: float = 0) -> Any:
    """One row: where, what becomes of the request, and how long a doubtful create is left alone besides."""
    fault = {"before it is made": "drop-before", "after it is made": "drop-after"}[when]
    return pytest.param(direction, fault, waits_s, id=f"{direction}-{when}", marks=pytest.mark.soak)


DOUBT_S, LAG_S = 60, 600
"""How long a create that was announced first is left alone on GitHub, and on Jira, whose lists lag."""


@pytest.mark.parametrize(
    ("direction", "fault", "waits_s"),
    [
        killed(Direction("github", "jira"), "after it is made"),
        killed(Direction("jira", "jira", "datacenter"), "before it is made"),
        killed(Direction("jira", "jira", "datacenter"), "after it is made"),
        killed(Direction("jira", "jira"), "before it is made"),
        killed(Direction("jira", "jira"), "after it is made"),
        killed(Direction("jira", "github"), "before it is made", waits_s=DOUBT_S),
        killed(Direction("jira", "github"), "after it is made"),
        killed(Direction("github", "jira"), "before it is made", waits_s=LAG_S),
    ],
)
def test_a_worker_killed_at_a_create_is_replaced_and_makes_nothing_twice(
    start: Callable[[Direction], Scene], direction: Direction, fault: str, waits_s: float
) -> None:
    sites, tree = start(direction)
    worker = tree.role("worker")
    boundary = Boundary(at=2, fault={"kind": fault}, people=frozenset(PERSONS), only=creates)
    boundary.then = lambda: os.kill(worker, signal.SIGKILL)
    sites.github.site.faults = sites.jira.site.faults = boundary
    home = sites.home.open(Record())
    tree.wait_for(lambda: boundary.reached, "the second create")
    assert gone(worker)
    wait_until_kept(sites, tree, home, within_s=60 + waits_s)
    assert tree.role("worker") != worker
    assert len(made(sites)) == len(PROMISES)
