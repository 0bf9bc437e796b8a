"""Servers and clients for the adapters' tests. Everything speaks real HTTP through the real client library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.trackers.plain import PlainServer
from tests.trackers.worlds import World, seed
from worker.sandbox.github import GitHubSandbox
from worker.trackers.github import GitHubClient, GitHubConfig


@pytest.fixture
def plain() -> Iterator[PlainServer]:
    """A server that answers as the test says."""
    server = PlainServer()
    yield server
    server.close()


@pytest.fixture
def connect(plain: PlainServer) -> Iterator[Callable[..., GitHubClient]]:
    """Make clients of the plain server, with keyword overrides of their configuration."""
    made: list[GitHubClient] = []

    def client(**more: Any) -> GitHubClient:
        settings = {"api_url": plain.url, "token": "ghp_test", "backoff_s": 0.0, "timeout_s": 5, **more}
        made.append(GitHubClient(GitHubConfig(**settings)))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture
def start() -> Iterator[Callable[..., World]]:
    """Start a simulated GitHub with these features, and connect to it."""
    running: list[World] = []

    def begin(**features: bool) -> World:
        sandbox = GitHubSandbox(seed=seed(**features)).start()
        running.append(World(sandbox))
        return running[-1]

    yield begin
    for world in running:
        world.client.close()
        world.sandbox.stop()


@pytest.fixture(scope="session")
def shared() -> Iterator[GitHubSandbox]:
    """One simulated GitHub for all tests that need nothing special of it."""
    with GitHubSandbox(seed=seed()) as sandbox:
        yield sandbox


@pytest.fixture
def world(shared: GitHubSandbox) -> Iterator[World]:
    """A simulated GitHub with everything that GitHub has, fresh."""
    shared.reset()
    world = World(shared)
    yield world
    world.client.close()
