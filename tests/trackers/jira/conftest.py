"""Clients and servers for the tests of the Jira adapter. Everything speaks real HTTP through the real library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.trackers.jira.worlds import Site
from tests.trackers.plain import PlainServer
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.config import JiraConfig

Join = Callable[..., JiraClient]


@pytest.fixture
def join(plain: PlainServer) -> Iterator[Join]:
    """Make clients of the plain server, with keyword overrides of their configuration. Without any: of Cloud."""
    made: list[JiraClient] = []

    def client(*, clock: Callable[[], float] | None = None, **more: Any) -> JiraClient:
        credential = {} if "pat" in more else {"email": "bot@example.com", "api_token": "secret-token"}
        settings = {
            "url": plain.url,
            "cloud": True,
            "projects": ("OPS", "PAY"),
            "backoff_s": 0.0,
            "timeout_s": 5,
            **credential,
            **more,
        }
        made.append(JiraClient(JiraConfig(**settings), **({"clock": clock} if clock else {})))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture
def site(plain: PlainServer) -> Site:
    """A plain server that answers as Jira Cloud, with no issue in it."""
    return Site(plain)
