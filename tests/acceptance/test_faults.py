"""Whatever goes wrong at whichever request of an enrolment: the same final state, and nothing twice.

Every boundary is tried, not a sample. The adapter's own repetitions are off, so that each fault reaches the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.acceptance.boundaries import LONG_ENOUGH, Mortal, Scenario, difference, enrol, picture
from tests.acceptance.conftest import Company
from worker.sandbox.github import GitHubSandbox

FAULTS: dict[str, dict[str, Any]] = {
    "a 502 and nothing was done": {"kind": "502-before"},
    "a 502 although it was done": {"kind": "502-after"},
    "no answer and nothing was done": {"kind": "drop-before"},
    "no answer although it was done": {"kind": "drop-after"},
    "half an answer": {"kind": "truncated"},
    "429 with Retry-After": {"kind": "limit", "status": 429, "retry_after": 20},
    "429 without Retry-After": {"kind": "limit", "status": 429},
    "403 with Retry-After": {"kind": "limit", "status": 403, "retry_after": 20},
    "403 without Retry-After": {"kind": "limit", "status": 403},
    "403 because nothing remains": {"kind": "limit", "status": 403, "secondary": False},
    "a refused credential": {"kind": "401"},
}


WRITES = ("PATCH", "PUT", "DELETE")


def is_write(request: str) -> bool:
    """Whether this request asks for a change."""
    return request.startswith(WRITES) or (request.startswith("POST") and "__type" not in request)


@pytest.fixture
def make_scenario(tmp_path: Path, redis_client: Redis) -> Iterator[Callable[..., Scenario]]:
    with GitHubSandbox() as sandbox:
        yield lambda **how: Scenario(sandbox, redis_client, tmp_path, **how)


@pytest.fixture
def scenario(make_scenario: Callable[..., Scenario]) -> Scenario:
    return make_scenario()


def faultless(scenario: Scenario) -> tuple[dict[str, Any], list[str]]:
    """What ought to come out, and every request on the way there."""
    company = scenario.begin()
    with scenario.boundary() as boundary:
        enrol(company)
    return picture(company), boundary.seen


def wrong(company: Company, wanted: dict[str, Any]) -> str:
    """What is not as it ought to be once all is quiet, or nothing."""
    store = company.stage.service.store
    faults = [difference(wanted, picture(company))]
    faults += [f"set aside: {letter}" for letter in company.stage.service.stuck.list()]
    faults += [f"still leased: {unit}" for unit in store.running()]
    return "\n".join(filter(None, faults))


@pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in FAULTS.items()])
def test_a_fault_at_any_request_of_an_enrolment_changes_nothing_in_the_end(
    scenario: Scenario, fault: dict[str, Any]
) -> None:
    wanted, requests = faultless(scenario)
    # Where nothing remains of the hour's requests, GitHub asks to wait until the hour is over.
    wait = timedelta(minutes=75) if fault.get("secondary") is False else LONG_ENOUGH
    found = []
    for at, request in enumerate(requests, 1):
        company = scenario.begin()
        with scenario.boundary(at, **fault) as boundary:
            enrol(company, wait)
        assert boundary.reached
        if trouble := wrong(company, wanted):
            found.append(f"request {at}, {request}:\n{trouble}")
    assert not found, "\n\n".join(found)


def test_an_answer_that_comes_too_late_to_any_write_changes_nothing_in_the_end(
    make_scenario: Callable[..., Scenario],
) -> None:
    scenario = make_scenario(timeout_s=1)
    wanted, requests = faultless(scenario)
    writes = [at for at, request in enumerate(requests, 1) if is_write(request)]
    assert len(writes) == 8
    found = []
    for at in writes:
        company = scenario.begin()
        with scenario.boundary(at, kind="latency", latency_ms=1300) as boundary:
            enrol(company)
        if trouble := wrong(company, wanted):
            found.append(f"request {at}, {boundary.seen[at - 1]}:\n{trouble}")
    assert not found, "\n\n".join(found)


def test_a_redis_wiped_at_any_request_of_an_enrolment_changes_nothing_in_the_end(scenario: Scenario) -> None:
    wanted, requests = faultless(scenario)
    found = []
    for at, request in enumerate(requests, 1):
        company = scenario.begin()
        with scenario.boundary(at) as boundary:
            boundary.then = scenario.redis.flushall
            enrol(company)
        assert boundary.reached
        if trouble := wrong(company, wanted):
            found.append(f"request {at}, {request}:\n{trouble}")
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize(
    ("fault", "wiped"),
    [
        pytest.param({"kind": "drop-before"}, False, id="before the request has any effect"),
        pytest.param({"kind": "drop-after"}, False, id="after the request has taken effect"),
        pytest.param({"kind": "drop-after"}, True, id="after the request has taken effect, and Redis is wiped"),
    ],
)
def test_a_worker_killed_at_any_request_of_an_enrolment_changes_nothing_in_the_end(
    make_scenario: Callable[..., Scenario], fault: dict[str, Any], wiped: bool
) -> None:
    scenario = make_scenario(stage=Mortal)
    wanted, _ = faultless(scenario)
    found, at, over = [], 0, False
    while not over:
        at += 1
        company = scenario.begin()
        stage = company.stage
        assert isinstance(stage, Mortal)
        stage.wiped = wiped
        with scenario.boundary(at, **fault) as boundary:
            stage.boundary = boundary
            enrol(company)
        over = not boundary.reached
        if trouble := wrong(company, wanted):
            found.append(f"request {at}, {boundary.seen[at - 1]}:\n{trouble}")
    assert at > 40
    assert not found, "\n\n".join(found)
