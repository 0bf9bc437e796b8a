"""Simulated Jiras of both kinds for the tests of the writing port. Everything speaks real HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.trackers.jira.writing.worlds import FACES, SEED, World
from worker.sandbox.jira import JiraSandbox


@pytest.fixture(scope="session")
def jiras() -> Iterator[dict[str, JiraSandbox]]:
    """One simulated Jira of each kind for all tests; each test begins with its seed."""
    made = {face: JiraSandbox(seed=SEED, face=face).start() for face in FACES}
    yield made
    for sandbox in made.values():
        sandbox.stop()


def _fresh(sandbox: JiraSandbox) -> Iterator[World]:
    sandbox.reset()
    world = World(sandbox)
    yield world
    world.close()


@pytest.fixture(params=FACES)
def writing(request: pytest.FixtureRequest, jiras: dict[str, JiraSandbox]) -> Iterator[World]:
    """A Jira as it is at its start, once of each kind."""
    yield from _fresh(jiras[request.param])


@pytest.fixture
def cloud_writing(jiras: dict[str, JiraSandbox]) -> Iterator[World]:
    """A Jira Cloud, for what Data Center does not know."""
    yield from _fresh(jiras["cloud"])


@pytest.fixture
def server_writing(jiras: dict[str, JiraSandbox]) -> Iterator[World]:
    """A Jira Data Center, for what Cloud does not know."""
    yield from _fresh(jiras["datacenter"])
