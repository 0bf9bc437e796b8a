"""Whatever goes wrong at whichever request of an enrolment: the same final state, and nothing twice.

Every boundary is tried, not a sample. The adapter's own repetitions are off, so that each fault reaches the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

import worker.sandbox
from tests.acceptance.boundaries import LONG_ENOUGH, Boundary, Mortal, Patient, Scenario, difference, enrol, picture
from tests.acceptance.conftest import BODY, Company
from worker.domain.model import IssueRef
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.seeds import read_file

SEED = Path(worker.sandbox.__file__).with_name("default_seed.yaml")

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


DOUBTS = {name: fault for name, fault in FAULTS.items() if fault["kind"] in {"502-before", "drop-after"}}

WRITES = ("PATCH", "PUT", "DELETE")


def is_write(request: str) -> bool:
    """Whether this request asks for a change."""
    reads = ("__type", "Facts")
    return request.startswith(WRITES) or (request.startswith("POST") and not any(word in request for word in reads))


@pytest.fixture
def make_scenario(tmp_path: Path, redis_client: Redis) -> Iterator[Callable[..., Scenario]]:
    """Keywords: `features` of the server, and those of `Scenario`."""
    with ExitStack() as stack:

        def make(features: dict[str, bool] | None = None, **how: Any) -> Scenario:
            seed = {**read_file(SEED)["github"], "features": features or {}}
            return Scenario(stack.enter_context(GitHubSandbox(seed=seed)), redis_client, tmp_path, **how)

        yield make


@pytest.fixture
def scenario(make_scenario: Callable[..., Scenario]) -> Scenario:
    return make_scenario()


def faultless(scenario: Scenario) -> tuple[dict[str, Any], Boundary]:
    """What ought to come out, and every request on the way there."""
    company = scenario.begin()
    with scenario.boundary() as boundary:
        enrol(company)
    return picture(company), boundary


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
    wanted, good = faultless(scenario)
    # Where nothing remains of the hour's requests, GitHub asks to wait until the hour is over.
    wait = timedelta(minutes=75) if fault.get("secondary") is False else LONG_ENOUGH
    found = []
    for at, request in enumerate(good.seen, 1):
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
    scenario = make_scenario(timeout_s=1, stage=Patient)
    wanted, good = faultless(scenario)
    writes = [at for at, request in enumerate(good.seen, 1) if is_write(request)]
    assert len(writes) == 8
    found = []
    for at in writes:
        company = scenario.begin()
        with scenario.boundary(at, kind="latency", latency_ms=1300) as boundary:
            assert isinstance(company.stage, Patient)
            company.stage.boundary = boundary
            enrol(company)
        if trouble := wrong(company, wanted):
            found.append(f"request {at}, {boundary.seen[at - 1]}:\n{trouble}")
    assert not found, "\n\n".join(found)


def test_a_redis_wiped_at_any_request_of_an_enrolment_changes_nothing_in_the_end(scenario: Scenario) -> None:
    wanted, good = faultless(scenario)
    found = []
    for at, request in enumerate(good.seen, 1):
        company = scenario.begin()
        with scenario.boundary(at) as boundary:
            boundary.then = scenario.wipe
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
    wanted, good = faultless(scenario)
    found = []
    for at, (request, moment) in enumerate(zip(good.seen, good.moments, strict=True), 1):
        company = scenario.begin()
        stage = company.stage
        assert isinstance(stage, Mortal)
        stage.wiped, stage.deadly_from = wiped, moment
        with scenario.boundary(at, **fault) as boundary:
            stage.boundary = boundary
            enrol(company, LONG_ENOUGH + timedelta(minutes=5))
        assert boundary.reached
        if trouble := wrong(company, wanted):
            found.append(f"request {at}, {request}:\n{trouble}")
    assert not found, "\n\n".join(found)


OLDER_SERVERS = {
    "no child can be created with its link": {"parent_on_create": False},
    "no GraphQL": {"graphql": False},
    "no sub-issues": {"sub_issues": False},
}


@pytest.mark.parametrize(
    "features", [pytest.param(features, id=f"where there is {name}") for name, features in OLDER_SERVERS.items()]
)
def test_an_older_server_is_claimed_first_and_costs_one_write_more(
    make_scenario: Callable[..., Scenario], features: dict[str, bool]
) -> None:
    scenario = make_scenario(features)
    company = scenario.begin()
    ref = company.open(BODY)
    before = company.last_request()
    company.sweep()
    writes = [f"{w.method} {w.path}" for w in company.writes(before)]
    claim, *creates, sticky = writes
    assert claim == f"POST /repos/acme/incidents/issues/{ref.number}/comments"
    assert creates == ["POST /repos/acme/incidents/issues"] * 3
    assert sticky.startswith("PATCH /repos/acme/incidents/issues/comments/")
    company.stage.pass_for(LONG_ENOUGH)
    items = company.state(ref).items
    assert [company.issue(IssueRef.parse(item.ref))["title"] for item in items] == [item.text for item in items]
    assert all(f"/acme/incidents/issues/{ref.number})" in company.issue(IssueRef.parse(i.ref))["body"] for i in items)


@pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in DOUBTS.items()])
@pytest.mark.parametrize(
    "features", [pytest.param(features, id=f"where there is {name}") for name, features in OLDER_SERVERS.items()]
)
def test_a_doubtful_write_on_an_older_server_makes_nothing_twice(
    make_scenario: Callable[..., Scenario], features: dict[str, bool], fault: dict[str, Any]
) -> None:
    scenario = make_scenario(features)
    wanted, good = faultless(scenario)
    found = []
    for at in (at for at, request in enumerate(good.seen, 1) if is_write(request)):
        company = scenario.begin()
        with scenario.boundary(at, **fault) as boundary:
            enrol(company)
        if trouble := wrong(company, wanted):
            found.append(f"request {at}, {boundary.seen[at - 1]}:\n{trouble}")
    assert not found, "\n\n".join(found)
