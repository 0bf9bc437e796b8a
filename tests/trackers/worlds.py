"""A simulated GitHub with the service's two ports to it, and a count of what they cost."""

from __future__ import annotations

from datetime import date
from typing import Any

from worker.domain.model import Draft, IssueRef
from worker.sandbox.github import GitHubSandbox
from worker.trackers.github import GitHubClient, GitHubConfig, GitHubRead, GitHubWrite
from worker.trackers.github.lookups import issue_path

BOT = "followthrough[bot]"
DAY = date(2026, 12, 1)


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

    def seen_by_people(self, ref: IssueRef) -> Any:
        """The issue as a person's own client sees it."""
        return self.sandbox.act("alice", "GET", issue_path(ref))

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


def draft(**more: Any) -> Draft:
    """An action item to be created, with keyword overrides."""
    plain = {
        "site": "github",
        "container": "acme/pay",
        "title": "Add an alert — アラート",
        "body": "Page the on-call engineer.",
        "labels": ("postmortem-action",),
        "assignees": ("bob",),
        "due": DAY,
        "mark": "u.i.m",
    }
    return Draft(**{**plain, **more})
