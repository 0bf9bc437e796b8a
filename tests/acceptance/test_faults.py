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

from tests.acceptance.boundaries import LONG_ENOUGH, Scenario, difference, enrol, picture
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
    wait = timedelta(minutes=65) if fault.get("secondary") is False else LONG_ENOUGH
    found = []
    for at, request in enumerate(requests, 1):
        company = scenario.begin()
        with scenario.boundary(at, **fault) as boundary:
            enrol(company, wait)
        assert boundary.reached
        if trouble := wrong(company, wanted):
            found.append(f"request {at}, {request}:\n{trouble}")
    assert not found, "\n\n".join(found)
