"""A simulated Jira whose projects each lack something, the service's writing port to it, and what writing costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from worker.app.shapes import ProjectShape
from worker.domain.model import Draft, Issue, IssueRef
from worker.sandbox.jira import JiraSandbox
from worker.trackers.jira import records
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.config import JiraConfig, ProjectConfig
from worker.trackers.jira.lookups import Lookups
from worker.trackers.jira.projects import Projects
from worker.trackers.jira.translate import login_of
from worker.trackers.jira.write import JiraWrite

BOT = "followthrough"
DAY = date(2026, 12, 1)
FACES = ("cloud", "datacenter")

_PEOPLE = {"alice": "member", "bob": "member", "dario": "admin", "rosa": "member", BOT: "member"}
SEED: dict[str, Any] = {
    "users": [{"login": "rosa", "active": False}, "mallory"],
    "tokens": [
        {"token": "service", "login": BOT},
        {"token": "reader", "login": BOT, "rights": "read"},
        {"token": "gone", "login": BOT, "expired": True},
    ],
    "fields": [
        {"id": "customfield_10020", "name": "Team", "kind": "option", "options": ["Platform", "Web"]},
        {"id": "customfield_10021", "name": "Cause", "kind": "text"},
        {"id": "customfield_10060", "name": "Target date", "kind": "date"},
        {"id": "customfield_10061", "name": "Target time", "kind": "datetime"},
    ],
    "link_types": [{"name": "Action item", "outward": "has the action item", "inward": "is an action item of"}],
    "workflows": {
        "asking more": {
            "statuses": [{"name": "Open", "category": "new"}, {"name": "Closed", "category": "done"}],
            "transitions": [
                {"id": 5, "name": "Sign off", "from": ["Open"], "to": "Closed", "required": ["customfield_10020"]},
                {"id": 7, "name": "Open again", "from": ["Closed"], "to": "Open", "resolution": ""},
            ],
        },
        "dropping": {
            "statuses": [
                {"name": "Open", "category": "new"},
                {"name": "Fixed", "category": "done"},
                {"name": "Won't Do", "category": "done"},
            ],
            "transitions": [
                {"id": 5, "name": "Fix", "from": ["Open"], "to": "Fixed"},
                {"id": 6, "name": "Drop", "from": ["Open"], "to": "Won't Do"},
                {"id": 7, "name": "Open again", "from": ["Fixed", "Won't Do"], "to": "Open"},
            ],
        },
    },
    "projects": [
        {"key": "OPS", "people": _PEOPLE, "security": [{"name": "Incident team", "people": ["alice", BOT]}]},
        {"key": "PAY", "people": _PEOPLE, "workflow": "asking", "components": ["Ledger"]},
        {"key": "REQ", "people": _PEOPLE, "required": ["customfield_10020"], "workflow": "asking more"},
        {"key": "BARE", "people": _PEOPLE, "without": ["duedate", "priority", "assignee", "labels", "issuelinks"]},
        {"key": "DAYS", "people": _PEOPLE, "without": ["duedate"], "with": ["customfield_10060", "customfield_10061"]},
        {"key": "LOOP", "people": _PEOPLE, "workflow": "endless"},
        {"key": "DROP", "people": _PEOPLE, "workflow": "dropping", "with": ["customfield_10021"]},
        {"key": "TEAM", "people": _PEOPLE, "style": "team"},
        {"key": "LOOK", "people": {"alice": "member", BOT: "viewer"}},
        {"key": "HID", "people": {"alice": "member"}},
        {"key": "LOUD", "people": {"alice": "member", BOT: "admin"}},
    ],
}


class World:
    """A simulated Jira of one kind, and the service's writing port to it."""

    def __init__(self, sandbox: JiraSandbox, *, token: str = "service", **more: Any) -> None:
        self.sandbox = sandbox
        self.cloud = sandbox.face == "cloud"
        credential = {"email": sandbox.email_of(BOT), "api_token": token} if self.cloud else {"pat": token}
        usual = {"url": sandbox.url, "cloud": self.cloud, "projects": ("OPS", "PAY"), "backoff_s": 0.0, "timeout_s": 5}
        self.client = JiraClient(JiraConfig(**{**usual, **credential, **more}))
        self.lookups = Lookups(self.client)
        self.projects = Projects(self.client)
        self.write = JiraWrite(self.client)
        self._others: list[World] = []

    def another(self, *, token: str = "service", **more: Any) -> World:
        """The same Jira through another client, with keyword overrides of its configuration."""
        self._others.append(World(self.sandbox, token=token, **more))
        return self._others[-1]

    def close(self) -> None:
        """Close the connections of this world and of all that came from it."""
        for world in self._others:
            world.close()
        self.client.close()

    def special(self, project: str, **settings: Any) -> World:
        """The same Jira with these settings for one project."""
        return self.another(special={project: ProjectConfig(**settings)})

    def who(self, login: str) -> str:
        """What this Jira calls a person."""
        return self.sandbox.account_id(login)

    def post_issue(self, login: str = "alice", project: str = "OPS", kind: str = "Task", **fields: Any) -> IssueRef:
        """An issue by a person; its address."""
        usual = {"project": {"key": project}, "issuetype": {"name": kind}, "summary": "Checkout was down"}
        return IssueRef("jira", self.sandbox.act(login, "POST", "/issue", {"fields": {**usual, **fields}})["key"])

    def comment(self, ref: IssueRef, body: str, login: str = "alice") -> str:
        """A comment by a person; its id."""
        return str(self.sandbox.act(login, "POST", f"/issue/{ref.locator}/comment", {"body": body})["id"])

    def comments(self, ref: IssueRef) -> list[tuple[str, str]]:
        """Id and words (as wiki text) of every comment, as a person's own client sees them."""
        rows = self.sandbox.act("alice", "GET", f"/issue/{ref.locator}/comment")["comments"]
        return [(str(row["id"]), str(row["body"])) for row in rows]

    def fields(self, ref: IssueRef) -> Mapping[str, Any]:
        """The issue's fields as a person's own client sees them; texts as wiki text."""
        found: Mapping[str, Any] = self.sandbox.act("alice", "GET", f"/issue/{ref.locator}")["fields"]
        return found

    def seen(self, ref: IssueRef) -> Issue:
        """The issue as the service reads it."""
        return self.lookups.translated(self.lookups.issue(ref), ask=False)

    def kept(self, ref: IssueRef) -> Mapping[str, str]:
        """The texts of the records on an issue, by name."""
        found = records.decode(self.sandbox.issue(ref.locator).properties)
        return {name: kept.text for name, kept in found.items()}

    def our_links(self, ref: IssueRef) -> list[tuple[str, str, str]]:
        """(type, end, key) of every link of an issue."""
        return [
            (link["type"]["name"], end, link[end]["key"])
            for link in self.fields(ref)["issuelinks"]
            for end in ("inwardIssue", "outwardIssue")
            if end in link
        ]

    def assignee(self, ref: IssueRef) -> str:
        return login_of(self.fields(ref).get("assignee"))

    def counted(self) -> Counting:
        """How many content writes the service makes from here on."""
        return Counting(self.sandbox)


class Counting:
    """The service's requests since this was made."""

    def __init__(self, sandbox: JiraSandbox) -> None:
        self._sandbox = sandbox
        self._after = max((e.number for e in sandbox.requests()), default=0)

    @property
    def writes(self) -> list[str]:
        """`VERB path` of the writes that changed something."""
        return [f"{e.method} {e.path}" for e in self._sandbox.writes(BOT, self._after)]

    @property
    def tried(self) -> list[str]:
        """`VERB path?query status` of all that asked for a change, whatever came of it."""
        found = [e for e in self._sandbox.requests(self._after) if e.user == BOT and e.write]
        return [f"{e.method} {e.path}{'?' if e.query else ''}{e.query} {e.status}" for e in found]

    @property
    def requests(self) -> list[str]:
        return [f"{e.method} {e.path}" for e in self._sandbox.requests(self._after) if e.user == BOT]


def added(message: str) -> dict[str, Any]:
    """The settings of the project that a message tells to add; they are such as the service's own reader takes."""
    head, _, text = message.partition(": `sites: ")
    assert "Add to followthrough.yaml" in head
    line, _, _ = text.partition("`")
    assert "\n" not in line
    ((_, settings),) = yaml.safe_load(line)["jira"]["projects"].items()
    ProjectShape.model_validate(settings)
    found: dict[str, Any] = settings
    return found


def draft(world: World, **more: Any) -> Draft:
    """An action item to be created, with keyword overrides."""
    usual = {
        "site": "jira",
        "container": "PAY",
        "title": "Add an alert — アラート",
        "body": "Page the on-call engineer — **شكرا**.",
        "labels": ("postmortem-action",),
        "assignees": (world.who("bob"),),
        "due": DAY,
        "priority": "P1",
        "mark": "u.i.m",
    }
    return Draft(**{**usual, **more})
