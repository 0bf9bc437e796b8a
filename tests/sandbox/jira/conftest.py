"""A Jira per test, on each of its two faces, and a real python-jira in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from jira import JIRA

from worker.sandbox.jira import JiraSandbox

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
FACES = ("cloud", "datacenter")

SEED: dict[str, Any] = {
    "now": "2026-11-03T09:00:00Z",
    "users": [
        {"login": "alice", "display_name": "Alice Moreau", "time_zone": "Europe/Paris"},
        {"login": "alina", "display_name": "Alina Moreau"},
        "bob",
        {"login": "lena", "display_name": "Lena Vogt"},
        {"login": "root", "admin": True},
        {"login": "gone", "active": False},
        {"login": "buyer", "type": "customer"},
        "mallory",
        "service",
    ],
    "tokens": [
        {"token": "t-service", "login": "service"},
        {"token": "t-reads", "login": "service", "rights": "read"},
        {"token": "t-scoped", "login": "service", "scoped": True},
        {"token": "t-old", "login": "service", "expired": True},
        {"token": "t-gone", "login": "gone"},
    ],
    "fields": [
        {"id": "customfield_10050", "name": "Severity", "kind": "option", "options": ["SEV1", "SEV2"]},
        {"id": "customfield_10060", "name": "Target date", "kind": "date"},
        {"id": "customfield_10070", "name": "Notes", "kind": "text"},
        {"id": "customfield_10080", "name": "Teams", "kind": "options", "options": ["Red", "Blue"]},
    ],
    "link_types": [{"name": "Action item", "inward": "is an action item of", "outward": "has the action item"}],
    "projects": [
        {
            "key": "OPS",
            "name": "Operations",
            "people": {"alice": "member", "alina": "member", "bob": "member", "lena": "admin", "service": "member"},
            "security": [{"name": "Incident team", "people": ["lena", "service"]}],
            "with": ["customfield_10070"],
            "issues": [
                {
                    "summary": "Checkout was down",
                    "reporter": "lena",
                    "created": "2026-11-01T10:00:00Z",
                    "description": "h2. Summary\n\nIt was *down*.",
                    "labels": ["postmortem"],
                },
                {"summary": "Secret", "reporter": "lena", "security": "Incident team"},
                {"summary": "Old work", "reporter": "alice", "assignee": "bob", "created": "2026-09-01T10:00:00Z"},
            ],
        },
        {
            "key": "PAY",
            "workflow": "asking",
            "people": {"alice": "member", "bob": "member", "lena": "admin", "service": "member", "buyer": "customer"},
            "components": ["Ledger"],
            "with": ["customfield_10060", "customfield_10080"],
        },
        {"key": "NXT", "style": "team", "people": {"alice": "member", "lena": "admin", "service": "member"}},
        {"key": "END", "workflow": "endless", "people": {"service": "member", "lena": "admin"}},
        {
            "key": "STR",
            "without": ["duedate", "priority", "issuelinks"],
            "required": ["customfield_10050"],
            "people": {"service": "member", "lena": "admin", "alice": "viewer"},
        },
        {"key": "PUB", "visibility": "public", "people": {"lena": "admin"}, "issues": [{"summary": "Typo"}]},
        {"key": "SEC", "people": {"lena": "admin"}, "issues": [{"summary": "Hidden"}]},
    ],
}


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> str:
    """Each of the two faces."""
    return str(request.param)


@pytest.fixture(scope="session")
def running() -> Iterator[dict[str, JiraSandbox]]:
    """One server a face for the whole run; each test begins with a reset."""
    with JiraSandbox(seed=SEED, face="cloud") as cloud, JiraSandbox(seed=SEED, face="datacenter") as center:
        yield {"cloud": cloud, "datacenter": center}


def _fresh(sandbox: JiraSandbox) -> JiraSandbox:
    sandbox.reset()
    return sandbox


@pytest.fixture
def sandbox(running: dict[str, JiraSandbox], face: str) -> JiraSandbox:
    """A small Jira whose clock stands still."""
    return _fresh(running[face])


@pytest.fixture
def cloud(running: dict[str, JiraSandbox]) -> JiraSandbox:
    """The same, as a Cloud site only."""
    return _fresh(running["cloud"])


@pytest.fixture
def center(running: dict[str, JiraSandbox]) -> JiraSandbox:
    """The same, as a Data Center only."""
    return _fresh(running["datacenter"])


Connect = Callable[..., JIRA]


@pytest.fixture
def connect(sandbox: JiraSandbox) -> Connect:
    """A python-jira client as a person, without its own retries."""
    return lambda login="service": client_of(sandbox, login)


def client_of(sandbox: JiraSandbox, login: str = "service") -> JIRA:
    """A python-jira client of this sandbox as a person, in the version that the service uses on its face."""
    cloud = sandbox.face == "cloud"
    login_with: dict[str, Any] = (
        {"basic_auth": (sandbox.email_of(login), sandbox.token_of(login))}
        if cloud
        else {"token_auth": sandbox.token_of(login)}
    )
    options: dict[str, Any] = {"rest_api_version": "3" if cloud else "2"}
    client = JIRA(sandbox.url, options=options, max_retries=0, timeout=10, get_server_info=False, **login_with)
    client.deploymentType = "Cloud" if cloud else "Server"
    return client


def person(sandbox: JiraSandbox, login: str) -> dict[str, str]:
    """A person, as a field takes them on this face."""
    return {"accountId" if sandbox.face == "cloud" else "name": sandbox.account_id(login)}


def create(sandbox: JiraSandbox, login: str = "service", project: str = "OPS", **fields: Any) -> str:
    """An issue by a person; its key."""
    plain = {"project": {"key": project}, "issuetype": {"name": "Task"}, "summary": "Add an alert"}
    return str(sandbox.act(login, "POST", "/issue", {"fields": {**plain, **fields}})["key"])


def found(sandbox: JiraSandbox, jql: str, login: str = "service") -> list[str]:
    """The keys that a search answers, on either face."""
    if sandbox.face == "cloud":
        answer = sandbox.act(login, "POST", "/search/jql", {"jql": jql, "fields": ["key"], "maxResults": 100})
    else:
        answer = sandbox.act(login, "POST", "/search", {"jql": jql, "fields": ["key"]})
    return [issue["key"] for issue in answer["issues"]]
