"""Servers and clients for the adapters' tests. Everything speaks real HTTP through the real client library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.trackers.plain import PlainServer
from worker.domain.model import IssueRef
from worker.sandbox.github import GitHubSandbox
from worker.trackers.github import GitHubClient, GitHubConfig, GitHubRead, GitHubWrite
from worker.trackers.github.lookups import issue_path


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


BOT = "followthrough[bot]"


class World:
    """A simulated GitHub with one organization in it, and the service's two ports to it."""

    def __init__(self, sandbox: GitHubSandbox, **more: Any) -> None:
        self.sandbox = sandbox
        settings = {
            "api_url": sandbox.api_url,
            "token": sandbox.token_of(BOT),
            "repositories": ("acme/incidents", "acme/pay"),
            "backoff_s": 0.0,
            "timeout_s": 5,
            **more,
        }
        self.client = GitHubClient(GitHubConfig(**settings))
        self.read = GitHubRead(self.client)
        self.write = GitHubWrite(self.client)

    def another(self, **more: Any) -> World:
        """The same GitHub through another client, with keyword overrides of its configuration."""
        return World(self.sandbox, **more)

    def post_issue(self, login: str = "alice", container: str = "acme/incidents", **fields: Any) -> IssueRef:
        """An issue by a person; its address."""
        made = self.sandbox.act(login, "POST", f"/repos/{container}/issues", {"title": "Checkout was down", **fields})
        return IssueRef("github", f"{container}#{made['number']}")

    def comment(self, ref: IssueRef, body: str, login: str = "alice") -> str:
        """A comment by a person; its id."""
        return str(self.sandbox.act(login, "POST", f"{issue_path(ref)}/comments", {"body": body})["id"])

    def counted(self) -> Counting:
        """How many requests, and content writes, the service makes from here on."""
        return Counting(self.sandbox)


class Counting:
    """The service's requests since this was made."""

    def __init__(self, sandbox: GitHubSandbox) -> None:
        self._sandbox = sandbox
        self._after = max((e.number for e in sandbox.requests()), default=0)

    @property
    def requests(self) -> list[str]:
        """`VERB path` of each request, GraphQL with its operation."""
        entries = [e for e in self._sandbox.requests(self._after) if e.user == BOT]
        return [f"{e.method} {e.path} {e.operation}".strip() for e in entries]

    @property
    def writes(self) -> list[str]:
        """Those that asked for a change of content, whatever came of it."""
        entries = [e for e in self._sandbox.requests(self._after) if e.user == BOT and e.write]
        return [f"{e.method} {e.path}" for e in entries]

    @property
    def statuses(self) -> list[int]:
        return [e.status for e in self._sandbox.requests(self._after) if e.user == BOT]


def seed(**features: bool) -> dict[str, Any]:
    """One organization with two private repositories and a public one."""
    people = {"alice": "write", "bob": "write", BOT: "write"}
    labels = [{"name": "postmortem"}, {"name": "postmortem-action"}]
    return {
        "users": ["alice", "bob", "mallory", "dora"],
        "orgs": [{"login": "acme", "members": ["alice", "bob"]}],
        "tokens": [{"token": "service", "login": BOT}, {"token": "reader", "login": BOT, "issues": "read"}],
        "repos": [
            {"name": "acme/incidents", "collaborators": people, "labels": labels},
            {"name": "acme/pay", "collaborators": people, "labels": labels, "milestones": [{"title": "M1"}]},
            {"name": "acme/site", "visibility": "public", "collaborators": people},
            {"name": "acme/old", "archived": True, "collaborators": people},
            {"name": "other/thing", "visibility": "public"},
        ],
        "limits": {"writes_per_minute": None, "writes_per_hour": None, "points_per_minute": None},
        "features": features,
    }


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


@pytest.fixture
def world(start: Callable[..., World]) -> World:
    """A simulated GitHub with everything that GitHub has."""
    return start()
