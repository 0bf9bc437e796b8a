"""Servers and clients for the adapters' tests. Everything speaks real HTTP through the real client library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.trackers.plain import PlainServer
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
