"""A sandbox per test, and a real PyGithub in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from github import Auth, Github

from worker.sandbox.github import GitHubSandbox

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)

SEED: dict[str, Any] = {
    "now": "2026-11-03T09:00:00Z",
    "users": [
        {"login": "alice", "name": "Alice Moreau", "email": "alice@acme.example"},
        "bob",
        "lena",
        "mallory",
        {"login": "helper[bot]", "type": "Bot"},
    ],
    "orgs": [{"login": "acme", "members": ["alice", "bob", "lena"], "base_role": "read"}],
    "tokens": [
        {"token": "t-alice", "login": "alice"},
        {"token": "t-bob", "login": "bob"},
        {"token": "t-lena", "login": "lena"},
        {"token": "t-mallory", "login": "mallory"},
        {"token": "t-helper", "login": "helper[bot]"},
        {"token": "t-helper-reads", "login": "helper[bot]", "issues": "read"},
    ],
    "repos": [
        {
            "name": "acme/incidents",
            "collaborators": {"alice": "write", "lena": "admin", "helper[bot]": "write"},
            "labels": ["postmortem", {"name": "bug", "color": "d73a4a"}],
            "milestones": [{"title": "Q4", "due_on": "2026-12-18"}],
            "issues": [
                {
                    "title": "Checkout was down",
                    "user": "lena",
                    "body": "## Summary",
                    "created_at": "2026-11-01T10:00:00Z",
                },
                {"title": "Page on timeouts", "user": "alice", "created_at": "2026-11-01T11:00:00Z", "labels": ["bug"]},
                {"title": "Fix the pool", "user": "bob", "created_at": "2026-11-01T12:00:00Z", "pull_request": True},
            ],
        },
        {"name": "acme/payments", "collaborators": {"alice": "write", "lena": "admin", "helper[bot]": "write"}},
        {"name": "acme/site", "visibility": "public", "issues": [{"title": "Typo", "user": "mallory"}]},
    ],
}


@pytest.fixture
def sandbox() -> Iterator[GitHubSandbox]:
    """A small GitHub whose clock stands still."""
    with GitHubSandbox(seed=SEED) as running:
        yield running


@pytest.fixture
def connect(sandbox: GitHubSandbox) -> Callable[[str], Github]:
    """A PyGithub client with a token, without its own retries and pauses."""

    def connected(token: str) -> Github:
        return Github(
            base_url=sandbox.api_url,
            auth=Auth.Token(token) if token else None,
            retry=None,
            timeout=10,
            seconds_between_requests=None,
            seconds_between_writes=None,
        )

    return connected


@pytest.fixture
def alice(connect: Callable[[str], Github]) -> Github:
    """PyGithub as a person with write rights."""
    return connect("t-alice")
