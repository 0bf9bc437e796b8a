"""Late answers, and the limits that GitHub alone has, at every effect of an enrolment that involves a Jira: the same
final state, and nothing twice. The other faults are tried in `test_directions`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.acceptance.boundaries import Patient, difference
from tests.acceptance.directions import CLOUD, QUIET, WITH_A_JIRA, Direction, Servers, TwoSites, each
from tests.acceptance.test_directions import SOME_LAG, wanted
from tests.acceptance.test_faults import FAULTS

LATE = {"kind": "latency", "latency_ms": 1300}
LIMITS = {name: fault for name, fault in FAULTS.items() if fault.get("status") == 403}
READS = re.compile(r"^GET |bulkfetch|search|graphql(?! .*\b(?:create|add|update|delete)[A-Z])")
"""Requests that change nothing, whatever their method is."""
AN_HOUR = timedelta(minutes=75)
"""Where nothing remains of the hour's requests, GitHub asks to wait until the hour is over."""


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as made:
        yield made


@pytest.fixture
def make(servers: Servers, redis_client: Redis, tmp_path: Path) -> Callable[..., TwoSites]:
    """Both trackers, and the service between them, begun; keywords are those of `Servers.company`."""
    return partial(servers.company, redis_client, tmp_path)


def effects(sites: TwoSites, on: tuple[str, ...]) -> dict[int, str]:
    """The requests to these sites that change something in a faultless enrolment, by their numbers among all that go
    to these sites."""
    sites.begin(SOME_LAG)
    with sites.boundary(on=on) as good:
        sites.enrol()
    assert not difference(wanted(sites.direction), sites.meaning())
    return {at: asked for at, asked in enumerate(good.seen, 1) if not READS.search(asked)}


def all_of_them(found: dict[int, str]) -> list[int]:
    return list(found)


def first_of_its_kind(found: dict[int, str]) -> list[int]:
    """One of several requests that differ in nothing but the issue or the comment that they are about."""
    kinds: dict[str, int] = {}
    for at, request in found.items():
        kinds.setdefault(re.sub(r"[A-Z]*-?\d+", "N", request), at)
    return list(kinds.values())


def spoilt(
    sites: TwoSites,
    on: tuple[str, ...],
    fault: dict[str, Any],
    wait: timedelta,
    chosen: Callable[[dict[int, str]], list[int]] = all_of_them,
) -> str:
    """Spoil each effect's request to these sites in its turn; what was wrong in the end."""
    found = []
    tried = chosen(effects(sites, on))
    assert len(tried) > 1
    for at in tried:
        sites.begin(SOME_LAG)
        with sites.boundary(at, on=on, **fault) as boundary:
            if isinstance(sites.stage, Patient):
                sites.stage.boundary = boundary
            sites.enrol(wait)
        assert boundary.reached
        if trouble := sites.trouble(wanted(sites.direction), difference):
            found.append(f"request {at}, {boundary.seen[at - 1]}:\n{trouble}")
    return "\n\n".join(found)


@pytest.mark.parametrize("direction", each(now=()))
def test_an_answer_that_comes_too_late_to_any_effect_changes_nothing_in_the_end(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction, timeout_s=1, stage=Patient)
    assert not (found := spoilt(sites, ("github", "jira"), LATE, QUIET)), found


def test_an_answer_that_comes_too_late_to_an_effect_of_any_kind_changes_nothing_in_the_end(
    make: Callable[..., TwoSites],
) -> None:
    sites = make(Direction("jira", "github"), timeout_s=1, stage=Patient)
    assert not (found := spoilt(sites, ("github", "jira"), LATE, QUIET, first_of_its_kind)), found


MIXED = [direction for direction in WITH_A_JIRA if direction.home != direction.items]
LIMITED = [
    pytest.param(
        direction,
        fault,
        id=f"{direction}, {name}",
        marks=() if direction == Direction("jira", "github") or (direction in CLOUD and at == 1) else pytest.mark.soak,
    )
    for direction in MIXED
    for at, (name, fault) in enumerate(LIMITS.items())
]


@pytest.mark.parametrize(("direction", "fault"), LIMITED)
def test_a_limit_of_github_at_any_effect_there_changes_nothing_in_the_end(
    make: Callable[..., TwoSites], direction: Direction, fault: dict[str, Any]
) -> None:
    sites = make(direction)
    wait = AN_HOUR if fault.get("secondary") is False else QUIET
    assert not (found := spoilt(sites, ("github",), fault, wait)), found
