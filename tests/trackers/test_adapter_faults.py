"""Every fault of the simulated GitHub, at every kind of effect: what is said, and what is left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from tests.trackers.worlds import BOT, World
from worker.domain.model import Draft, IssueRef, Status
from worker.trackers.errors import Ambiguous, CredentialRefused, RateLimited, TrackerError, Unavailable


@dataclass(frozen=True)
class Deed:
    """One writing method: how it is called, which request it makes, and how often it must have happened at the end."""

    do: Callable[[World, IssueRef, str], object]
    method: str
    path: str
    create: bool = False


def draft(**more: Any) -> Draft:
    return Draft(site="github", container="acme/pay", title="Item", body="", mark="u.i.m", **more)


DEEDS = {
    "create an issue": Deed(lambda w, i, c: w.write.create_issue(draft()), "POST", "/issues$", create=True),
    "create a child": Deed(lambda w, i, c: w.write.create_issue(draft(parent=i)), "POST", "/graphql$", create=True),
    "create a record": Deed(
        lambda w, i, c: w.write.ensure_record(i, "sticky", "One", "v1"), "POST", "/comments$", create=True
    ),
    "comment": Deed(lambda w, i, c: w.write.add_comment(i, "Hello"), "POST", "/comments$", create=True),
    "edit a record": Deed(lambda w, i, c: w.write.ensure_record(i, "sticky", "Two", "v2", c), "PATCH", "/comments/"),
    "remove a record": Deed(lambda w, i, c: w.write.remove_record(i, c), "DELETE", "/comments/"),
    "react": Deed(lambda w, i, c: w.write.react(i, c, ok=True), "POST", "/reactions$"),
    "set a due date": Deed(lambda w, i, c: w.write.set_due(i, date(2026, 12, 1), ""), "PATCH", "/issues/1$"),
    "set a status": Deed(lambda w, i, c: w.write.set_status(i, Status.WAIVED), "PATCH", "/issues/1$"),
    "set assignees": Deed(lambda w, i, c: w.write.set_assignees(i, ("bob",)), "PATCH", "/issues/1$"),
    "add labels": Deed(lambda w, i, c: w.write.add_labels(i, ("x",)), "POST", "/labels$"),
}
CREATES = {name: deed for name, deed in DEEDS.items() if deed.create}
EDITS = {name: deed for name, deed in DEEDS.items() if not deed.create}
FAULTS = ("502-before", "502-after", "drop-before", "drop-after", "truncated")


@pytest.fixture
def ready(world: World) -> tuple[World, IssueRef, str]:
    """A world with an issue and one record of ours on it, everything looked up."""
    ref = world.post_issue()
    record = world.write.ensure_record(ref, "sticky", "One", "v1")
    world.read.snapshot(ref)
    world.read.visible_to_all("acme/pay")
    return world, ref, record


Ready = tuple[World, IssueRef, str]


def essence(world: World) -> Any:
    """What the tracker holds, without times and ids that differ from run to run."""
    state = world.sandbox.state()["issues"]
    keep = ("title", "body", "state", "state_reason", "labels", "assignees", "parent")
    return {
        key: {**{k: issue.get(k) for k in keep}, "comments": [c["body"] for c in issue["comments"]]}
        for key, issue in state.items()
    }


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", CREATES)
def test_a_create_that_went_wrong_is_ambiguous_and_was_sent_once(ready: Ready, name: str, fault: str) -> None:
    world, ref, record = ready
    deed = DEEDS[name]
    before = essence(world)
    rule = world.sandbox.faults.add(fault, method=deed.method, path=deed.path, count=None)
    counted = world.counted()
    with pytest.raises(Ambiguous):
        deed.do(world, ref, record)
    assert rule.fired == 1
    assert len(counted.writes) == 1
    assert (essence(world) == before) == fault.endswith("before")


@pytest.mark.parametrize(
    ("name", "fault"),
    # The answer to a DELETE is empty and can't be cut.
    [(name, f) for name, deed in EDITS.items() for f in FAULTS if (f, deed.method) != ("truncated", "DELETE")],
)
def test_an_edit_that_went_wrong_once_is_made_again_with_the_same_end(ready: Ready, name: str, fault: str) -> None:
    world, ref, record = ready
    deed = DEEDS[name]
    rule = world.sandbox.faults.add(fault, method=deed.method, path=deed.path, count=1)
    deed.do(world, ref, record)
    assert rule.fired == 1
    after = essence(world)
    deed.do(world, ref, record)
    assert essence(world) == after


@pytest.mark.parametrize("fault", ["502-before", "drop-before"])
@pytest.mark.parametrize("name", EDITS)
def test_an_edit_that_keeps_going_wrong_is_unavailable(ready: Ready, name: str, fault: str) -> None:
    world, ref, record = ready
    deed = DEEDS[name]
    rule = world.sandbox.faults.add(fault, method=deed.method, path=deed.path, count=None)
    before = essence(world)
    with pytest.raises(Unavailable):
        deed.do(world, ref, record)
    assert rule.fired == 3
    assert essence(world) == before


LIMITS = [
    pytest.param({"status": 403, "retry_after": 17}, 17, id="403 with Retry-After"),
    pytest.param({"status": 429, "retry_after": 17}, 17, id="429 with Retry-After"),
    pytest.param({"status": 403}, 60, id="403 without"),
    pytest.param({"status": 429}, 60, id="429 without"),
]


@pytest.mark.parametrize(("limit", "wait_s"), LIMITS)
@pytest.mark.parametrize("name", DEEDS)
def test_a_limit_is_told_with_its_wait_and_nothing_was_written(
    ready: Ready, name: str, limit: dict[str, int], wait_s: float
) -> None:
    world, ref, record = ready
    deed = DEEDS[name]
    rule = world.sandbox.faults.add("limit", method=deed.method, path=deed.path, count=None, **limit)
    before = essence(world)
    with pytest.raises(RateLimited) as caught:
        deed.do(world, ref, record)
    assert (caught.value.wait_s, rule.fired) == (wait_s, 1)
    assert essence(world) == before


def test_a_primary_limit_waits_for_its_reset(ready: Ready) -> None:
    world, ref, _ = ready
    world.sandbox.faults.add("limit", path="/comments$", status=403, secondary=False)
    with pytest.raises(RateLimited) as caught:
        world.write.add_comment(ref, "Hello")
    assert 3000 < caught.value.wait_s <= 3601


def test_a_graphql_limit_is_a_200_and_a_limit(ready: Ready) -> None:
    world, ref, _ = ready
    world.sandbox.faults.add("limit", operation="createIssue", status=200)
    with pytest.raises(RateLimited):
        world.write.create_issue(draft(parent=ref))
    assert len(world.write.create_issue(draft(parent=ref)).issue.mark) > 0


@pytest.mark.parametrize("name", DEEDS)
def test_a_refused_credential_is_told_at_once(ready: Ready, name: str) -> None:
    world, ref, record = ready
    deed = DEEDS[name]
    rule = world.sandbox.faults.add("401", method=deed.method, path=deed.path, count=None)
    with pytest.raises(CredentialRefused):
        deed.do(world, ref, record)
    assert rule.fired == 1


READS: dict[str, Callable[[World, IssueRef], object]] = {
    "snapshot": lambda w, i: w.read.snapshot(i),
    "thread": lambda w, i: w.read.thread(i),
    "issues": lambda w, i: w.read.issues([i]),
    "changed": lambda w, i: w.read.changed("acme/incidents", ""),
    "labelled": lambda w, i: w.read.labelled("acme/incidents", "x"),
    "own issues": lambda w, i: w.read.own_issues("acme/incidents", w.sandbox.clock.now()),
    "assignable": lambda w, i: w.read.assignable("acme/incidents", "dora"),
    "creates children": lambda w, i: w.read.creates_children("acme/incidents"),
    "containers": lambda w, i: w.another(repositories=("acme/*",)).read.containers(),
    "account": lambda w, i: w.another().read.account(),
    "visible": lambda w, i: w.another().read.visible_to_all("acme/incidents"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", READS)
def test_a_read_that_goes_wrong_once_does_not_show(ready: Ready, name: str, fault: str) -> None:
    world, ref, _ = ready
    rule = world.sandbox.faults.add(fault)
    READS[name](world, ref)
    assert rule.fired == 1


@pytest.mark.parametrize(
    ("kind", "fields", "error"),
    [
        pytest.param("502-before", {}, Unavailable, id="502"),
        pytest.param("drop-before", {}, Unavailable, id="dropped"),
        pytest.param("truncated", {}, Unavailable, id="truncated"),
        pytest.param("limit", {"status": 429}, RateLimited, id="429"),
        pytest.param("limit", {"status": 403, "retry_after": 5}, RateLimited, id="403"),
        pytest.param("401", {}, CredentialRefused, id="401"),
    ],
)
@pytest.mark.parametrize("name", READS)
def test_a_read_that_keeps_going_wrong_says_how(
    ready: Ready, name: str, kind: str, fields: dict[str, int], error: type[TrackerError]
) -> None:
    world, ref, _ = ready
    world.sandbox.faults.add(kind, count=None, **fields)
    with pytest.raises(TrackerError) as caught:
        READS[name](world, ref)
    assert type(caught.value) is error


def test_after_an_ambiguous_create_the_look_finds_what_was_made(ready: Ready) -> None:
    world, ref, _ = ready
    since = world.sandbox.clock.now()
    for operation, path, act in (
        ("createIssue", "", lambda: world.write.create_issue(draft(parent=ref))),
        ("", "/pay/issues$", lambda: world.write.create_issue(draft())),
        ("", "/comments$", lambda: world.write.ensure_record(ref, "other", "Words", "v1.x.y")),
    ):
        world.sandbox.faults.add("502-after", method="POST", operation=operation, path=path)
        with pytest.raises(Ambiguous):
            act()
    seen = world.read.snapshot(ref)
    assert [c.mark for c in seen.children] == ["u.i.m"]
    assert [r.name for r in seen.records] == ["sticky", "other"]
    assert [i.mark for i in world.read.own_issues("acme/pay", since)] == ["u.i.m", "u.i.m"]


def test_a_slow_server_is_left_after_the_timeout(world: World) -> None:
    ref = world.post_issue()
    impatient = world.another(timeout_s=1)
    impatient.read.account()
    world.sandbox.faults.add("latency", latency_ms=3000, count=None, path="/issues/")
    with pytest.raises(Ambiguous):
        impatient.write.add_comment(ref, "Hello")
    assert BOT in impatient.read.account()
