"""A decision by a link stands on its issue whole: its text and the words that people see, on Jira too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from redis import Redis

from tests.trackers.jira.test_read_sandbox import SEED, World
from worker.domain.model import Directory, IssueRef, Mode, Person
from worker.domain.tickets import Decision, decision_of
from worker.engine.cache import Cache
from worker.engine.clock import ManualClock
from worker.engine.decisions import Decisions, NotTaken
from worker.engine.ledger import LedgerBook
from worker.engine.store import Store
from worker.engine.trackers import Trackers
from worker.sandbox.faults import Faults, parse_rule
from worker.sandbox.jira import JiraSandbox

KEYS = (b"a signing key of the tests, long enough",)
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(params=["cloud", "datacenter"])
def jira(request: pytest.FixtureRequest) -> Iterator[World]:
    with JiraSandbox(seed=SEED, face=request.param) as sandbox:
        world = World(sandbox)
        yield world
        world.client.close()


def desk(jira: World, redis: Redis) -> Decisions:
    clock = ManualClock(NOW)
    trackers = Trackers(reads={"jira": jira.read}, writes={"jira": jira.write}, modes={"jira": Mode.LIVE})
    directory = Directory(people={"lena": Person(id="lena", name="Lena Vogt")})
    return Decisions(
        trackers=trackers,
        store=Store(redis, clock, lease_s=60),
        cache=Cache(redis),
        book=LedgerBook(trackers, "jira:OPS", KEYS),
        directory=lambda: directory,
        keys=KEYS,
        spend=lambda _site: 0,
    )


def heard(jira: World, ref: IssueRef) -> list[tuple[str, str]]:
    """The commands that stand there, each with the comment that shows it."""
    found = ((decision_of(r.name, r.text, ref, KEYS), r.id) for r in jira.read.thread(ref).records)
    return [(decision.command, comment) for decision, comment in found if decision is not None]


@pytest.mark.parametrize("fault", ["502-before", "502-after", "drop-after"])
@pytest.mark.parametrize("what", [("PUT", "/properties/"), ("POST", "/comment$")], ids=["its text", "its words"])
def test_what_was_written_by_half_is_made_whole_by_the_next_try(
    jira: World, redis_client: Redis, fault: str, what: tuple[str, str]
) -> None:
    ref = jira.post()
    decisions = desk(jira, redis_client)
    decision = Decision(person="lena", about=ref, command="ft done it fired in staging", asked=1)
    jira.sandbox.site.faults = Faults([parse_rule({"kind": fault, "method": what[0], "path": what[1]})])
    try:
        decisions.take(decision)
    except NotTaken:
        jira.sandbox.site.faults = Faults()
        decisions.take(decision)
    ((command, comment),) = heard(jira, ref)
    assert command == decision.command
    assert comment
    issue = jira.read.issues([ref])[ref]
    assert issue is not None
    assert issue.comments_count == 1
