"""What people do and see on a tracker, in words that are the same for GitHub and Jira. Everything goes over HTTP.

A post-mortem is given as its parts and written down as its tracker wants it: Markdown, wiki text or an ADF document,
each made here and not by the code under test.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from worker.domain.model import IssueRef
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox

BOT = {"github": "followthrough[bot]", "jira": "followthrough"}


@dataclass(frozen=True, slots=True)
class Row:
    """One promise in the document's table: what, who (a person's id, or ""), by when, and which ticket. `owner_as` and
    `due_as` are what stands in those cells instead, as it was typed."""

    what: str
    who: str = ""
    due: date | None = None
    ticket: str = ""
    owner_as: str = ""
    due_as: str = ""

    @property
    def by(self) -> str:
        """The cell of the due date."""
        return self.due_as or (self.due.isoformat() if self.due else "")


PROMISES = (
    Row("Add an alert when the payment queue is deeper than 100 for 5 minutes", "bob", date(2026, 11, 20)),
    Row("Write a runbook for draining the payment queue", "alice", date(2026, 12, 4)),
    Row("Limit the retries of the payment client to three"),
)


@dataclass(frozen=True, slots=True)
class Record:
    """A post-mortem as its author has it in mind."""

    rows: tuple[Row, ...] = PROMISES
    title: str = "Checkout answered 500"
    summary: str = "On 3 November 2026 checkout answered 500 for 47 minutes."
    cause: str = "The payment queue was full and nobody was told."

    def with_row(self, number: int, **changes: Any) -> Record:
        """The same with one row (from 0) changed."""
        rows = list(self.rows)
        rows[number] = replace(rows[number], **changes)
        return replace(self, rows=tuple(rows))


@dataclass(frozen=True, slots=True)
class View:
    """An issue as a person sees it; people by their ids. `ways` are the other issues that it is tied to, by key, as
    far as the tracker itself shows them."""

    title: str
    status: str
    owner: str
    due: str
    labels: tuple[str, ...]
    ways: frozenset[str]


class Desk(Protocol):
    """One tracker, as people use it."""

    site: str
    container: str
    longest: int

    def text(self, words: str) -> object: ...
    def write(self, title: str, body: object, who: str = "alice") -> IssueRef: ...
    def open(self, record: Record, *, label: bool = True, who: str = "alice") -> IssueRef: ...
    def edit(self, ref: IssueRef, record: Record, who: str = "alice") -> None: ...
    def say(self, ref: IssueRef, text: str, who: str = "alice") -> None: ...
    def close(self, ref: IssueRef, *, waived: bool = False, who: str = "alice") -> None: ...
    def reopen(self, ref: IssueRef, who: str = "alice") -> None: ...
    def label(self, ref: IssueRef, *, on: bool, who: str = "alice") -> None: ...
    def move_due(self, ref: IssueRef, due: date, who: str = "bob") -> None: ...
    def view(self, ref: IssueRef) -> View: ...
    def made(self) -> list[IssueRef]: ...
    def stickies(self, ref: IssueRef) -> list[str]: ...
    def writes(self, after: int = 0) -> list[str]: ...
    def last_request(self) -> int: ...
    def asked(self, after: int = 0) -> list[str]: ...


class GitHubDesk:
    """GitHub with the default seed."""

    site = "github"
    longest = 65_536

    def __init__(self, sandbox: GitHubSandbox, container: str = "acme/incidents") -> None:
        self.sandbox = sandbox
        self.container = container

    def body(self, record: Record) -> str:
        rows = [
            f"| {r.what} | {r.owner_as or ('@' + r.who if r.who else '')} | {r.by} | {r.ticket} |" for r in record.rows
        ]
        table = "\n".join(["| What | Owner | Due | Ticket |", "| --- | --- | --- | --- |", *rows])
        return f"## Summary\n\n{record.summary}\n\n## Root cause\n\n{record.cause}\n\n## Action items\n\n{table}\n"

    def text(self, words: str) -> object:
        return words

    def write(self, title: str, body: object, who: str = "alice") -> IssueRef:
        return self._opened(title, body, ["postmortem"], who)

    def open(self, record: Record, *, label: bool = True, who: str = "alice") -> IssueRef:
        return self._opened(record.title, self.body(record), ["postmortem"] if label else [], who)

    def _opened(self, title: str, body: object, labels: list[str], who: str) -> IssueRef:
        payload = {"title": title, "body": body, "labels": labels}
        made = self.sandbox.act(who, "POST", f"/repos/{self.container}/issues", payload)
        return IssueRef("github", f"{self.container}#{made['number']}")

    def act(self, who: str, method: str, ref: IssueRef, path: str = "", payload: object = None) -> Any:
        return self.sandbox.act(who, method, f"/repos/{ref.container}/issues/{ref.number}{path}", payload)

    def edit(self, ref: IssueRef, record: Record, who: str = "alice") -> None:
        self.act(who, "PATCH", ref, payload={"body": self.body(record)})

    def say(self, ref: IssueRef, text: str, who: str = "alice") -> None:
        self.act(who, "POST", ref, "/comments", {"body": text})

    def close(self, ref: IssueRef, *, waived: bool = False, who: str = "alice") -> None:
        reason = "not_planned" if waived else "completed"
        self.act(who, "PATCH", ref, payload={"state": "closed", "state_reason": reason})

    def reopen(self, ref: IssueRef, who: str = "alice") -> None:
        self.act(who, "PATCH", ref, payload={"state": "open"})

    def label(self, ref: IssueRef, *, on: bool, who: str = "alice") -> None:
        if on:
            self.act(who, "POST", ref, "/labels", {"labels": ["postmortem"]})
        else:
            self.act(who, "DELETE", ref, "/labels/postmortem")

    def move_due(self, ref: IssueRef, due: date, who: str = "bob") -> None:
        body = self.act(who, "GET", ref)["body"]
        changed = re.sub(r"^Due: \S+", f"Due: {due.isoformat()}", body, flags=re.MULTILINE)
        assert changed != body
        self.act(who, "PATCH", ref, payload={"body": changed})

    def view(self, ref: IssueRef) -> View:
        raw = self.act("dario", "GET", ref)
        due = re.search(r"^Due: (\S+)", raw["body"] or "", re.MULTILINE)
        closed = "waived" if raw["state_reason"] == "not_planned" else "done"
        state = self.sandbox.state()["issues"][ref.locator]
        ways = {f"github:{state['parent']}"} if state["parent"] else set()
        links = re.findall(r"\((https?://\S+)\)", raw["body"] or "")
        ways |= {f"jira:{found[1]}" for url in links if (found := re.search(r"/browse/([A-Z]+-\d+)", url))}
        return View(
            title=raw["title"],
            status="open" if raw["state"] == "open" else closed,
            owner=",".join(a["login"] for a in raw["assignees"]),
            due=due[1] if due else "",
            labels=tuple(sorted(label["name"] for label in raw["labels"])),
            ways=frozenset(ways),
        )

    def made(self) -> list[IssueRef]:
        issues = self.sandbox.state()["issues"]
        mine = (
            key for key, issue in issues.items() if issue["user"] == BOT["github"] and "ledger" not in issue["title"]
        )
        return sorted((IssueRef("github", key) for key in mine), key=lambda ref: ref.number)

    def stickies(self, ref: IssueRef) -> list[str]:
        comments = self.act("dario", "GET", ref, "/comments")
        return [c["body"] for c in comments if "<!-- followthrough:sticky" in c["body"]]

    def writes(self, after: int = 0) -> list[str]:
        return [
            f"{w.method} {w.path} {w.operation}".strip() for w in self.sandbox.writes(user=BOT["github"], after=after)
        ]

    def last_request(self) -> int:
        return max((r.number for r in self.sandbox.requests()), default=0)

    def asked(self, after: int = 0) -> list[str]:
        """What the service asked since that request."""
        return [f"{r.method} {r.path}" for r in self.sandbox.requests(after) if r.user in {"", BOT["github"]}]


class JiraDesk:
    """Jira with the default seed, Cloud or Data Center."""

    site = "jira"
    longest = 32_767

    def __init__(self, sandbox: JiraSandbox, container: str = "OPS") -> None:
        self.sandbox = sandbox
        self.container = container
        self.cloud = sandbox.face == "cloud"
        self.rest = "/rest/api/3" if self.cloud else "/rest/api/2"

    def text(self, words: str) -> object:
        """A line of text as this face takes it."""
        return _doc(_paragraph(words)) if self.cloud else words

    def body(self, record: Record) -> object:
        if not self.cloud:
            cells = ((r.what, r.owner_as or f"[~{r.who}]" * bool(r.who), r.by, r.ticket) for r in record.rows)
            rows = [f"| {' | '.join(cell or ' ' for cell in row)} |" for row in cells]
            table = "\n".join(["|| What || Owner || Due || Ticket ||", *rows])
            return (
                f"h2. Summary\n\n{record.summary}\n\nh2. Root cause\n\n{record.cause}\n\nh2. Action items\n\n{table}\n"
            )
        head = adf_row("tableHeader", [[adf_text(t)] for t in ("What", "Owner", "Due", "Ticket")])
        rows_adf = [
            adf_row(
                "tableCell",
                [
                    [adf_text(r.what)],
                    self._owner(r),
                    [adf_text(r.by)] if r.by else [],
                    [adf_text(r.ticket)] if r.ticket else [],
                ],
            )
            for r in record.rows
        ]
        return _doc(
            _heading("Summary"),
            _paragraph(record.summary),
            _heading("Root cause"),
            _paragraph(record.cause),
            _heading("Action items"),
            {"type": "table", "content": [head, *rows_adf]},
        )

    def _owner(self, row: Row) -> list[dict[str, Any]]:
        if row.owner_as or not row.who:
            return [adf_text(row.owner_as)] if row.owner_as else []
        return [{"type": "mention", "attrs": {"id": self.sandbox.account_id(row.who), "text": f"@{row.who}"}}]

    def act(self, who: str, method: str, path: str, payload: object = None) -> Any:
        return self.sandbox.act(who, method, self.rest + path, payload)

    def write(self, title: str, body: object, who: str = "alice") -> IssueRef:
        return self._opened(title, body, ["postmortem"], who)

    def open(self, record: Record, *, label: bool = True, who: str = "alice") -> IssueRef:
        return self._opened(record.title, self.body(record), ["postmortem"] if label else [], who)

    def _opened(self, title: str, body: object, labels: list[str], who: str) -> IssueRef:
        fields = {
            "project": {"key": self.container},
            "issuetype": {"name": "Task"},
            "summary": title,
            "description": body,
            "labels": labels,
        }
        return IssueRef("jira", self.act(who, "POST", "/issue", {"fields": fields})["key"])

    def edit(self, ref: IssueRef, record: Record, who: str = "alice") -> None:
        self.act(who, "PUT", f"/issue/{ref.locator}", {"fields": {"description": self.body(record)}})

    def say(self, ref: IssueRef, text: str, who: str = "alice") -> None:
        self.act(who, "POST", f"/issue/{ref.locator}/comment", {"body": self.text(text)})

    def close(self, ref: IssueRef, *, waived: bool = False, who: str = "alice") -> None:
        for transition in self._transitions(ref, who):
            if transition["to"]["statusCategory"]["key"] == "done":
                fields = {"resolution": {"name": "Won't Do" if waived else "Done"}}
                with_screen = {"fields": fields} if "resolution" in transition.get("fields", {}) else {}
                if waived and not with_screen:
                    continue
                payload = {"transition": {"id": transition["id"]}, **with_screen}
                self.act(who, "POST", f"/issue/{ref.locator}/transitions", payload)
                return
        raise AssertionError(f"{ref.key} has no such way to done")

    def reopen(self, ref: IssueRef, who: str = "alice") -> None:
        way = next(t for t in self._transitions(ref, who) if t["to"]["statusCategory"]["key"] != "done")
        self.act(who, "POST", f"/issue/{ref.locator}/transitions", {"transition": {"id": way["id"]}})

    def _transitions(self, ref: IssueRef, who: str) -> Sequence[Any]:
        found: list[Any] = self.act(who, "GET", f"/issue/{ref.locator}/transitions?expand=transitions.fields")[
            "transitions"
        ]
        return found

    def label(self, ref: IssueRef, *, on: bool, who: str = "alice") -> None:
        change = [{"add" if on else "remove": "postmortem"}]
        self.act(who, "PUT", f"/issue/{ref.locator}", {"update": {"labels": change}})

    def move_due(self, ref: IssueRef, due: date, who: str = "bob") -> None:
        self.act(who, "PUT", f"/issue/{ref.locator}", {"fields": {"duedate": due.isoformat()}})

    def view(self, ref: IssueRef) -> View:
        fields = self.act("dario", "GET", f"/issue/{ref.locator}")["fields"]
        closed = fields["status"]["statusCategory"]["key"] == "done"
        resolution = (fields.get("resolution") or {}).get("name", "")
        ways = {
            f"jira:{(link.get('outwardIssue') or link['inwardIssue'])['key']}"
            for link in fields.get("issuelinks") or ()
        }
        if fields.get("parent"):
            ways.add(f"jira:{fields['parent']['key']}")
        remote = self.act("dario", "GET", f"/issue/{ref.locator}/remotelink")
        ways |= {link["globalId"].removeprefix("followthrough:") for link in remote}
        return View(
            title=fields["summary"],
            status=("waived" if resolution == "Won't Do" else "done") if closed else "open",
            owner=self._login(fields.get("assignee")),
            due=fields.get("duedate") or "",
            labels=tuple(sorted(label for label in fields["labels"] if not label.startswith("ft-"))),
            ways=frozenset(ways),
        )

    def _login(self, user: Any) -> str:
        if not user:
            return ""
        if not self.cloud:
            return str(user["name"])
        logins = ("alice", "bob", "lena", "dario")
        return next((who for who in logins if self.sandbox.account_id(who) == user["accountId"]), user["accountId"])

    def made(self) -> list[IssueRef]:
        issues = self.sandbox.state()["issues"]
        mine = (k for k, i in issues.items() if i["creator"] == BOT["jira"] and "ledger" not in i["summary"])
        return sorted((IssueRef("jira", key) for key in mine), key=lambda ref: (ref.container, ref.number))

    def stickies(self, ref: IssueRef) -> list[str]:
        comments = self.act("dario", "GET", f"/issue/{ref.locator}/comment?maxResults=500")["comments"]
        words = [_words(c["body"]) if self.cloud else str(c["body"]) for c in comments]
        return [text for text in words if "followthrough:sticky" in text]

    def writes(self, after: int = 0) -> list[str]:
        return [f"{w.method} {w.path}" for w in self.sandbox.writes(user=BOT["jira"], after=after)]

    def last_request(self) -> int:
        return max((r.number for r in self.sandbox.requests()), default=0)

    def asked(self, after: int = 0) -> list[str]:
        """What the service asked since that request."""
        return [f"{r.method} {r.path}" for r in self.sandbox.requests(after) if r.user in {"", BOT["jira"]}]


def adf_text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def _paragraph(words: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [adf_text(words)] if words else []}


def _heading(words: str) -> dict[str, Any]:
    return {"type": "heading", "attrs": {"level": 2}, "content": [adf_text(words)]}


def adf_row(kind: str, cells: Sequence[Sequence[dict[str, Any]]]) -> dict[str, Any]:
    content = [{"type": kind, "attrs": {}, "content": [{"type": "paragraph", "content": list(c)}]} for c in cells]
    return {"type": "tableRow", "content": content}


def _doc(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(nodes)}


def _words(node: Any) -> str:
    """All text of an ADF document, a line a block."""
    if isinstance(node, str):
        return node
    if node.get("type") == "text":
        return str(node["text"])
    inner = [_words(child) for child in node.get("content") or ()]
    return ("" if node.get("type") in {"paragraph", "heading", "tableCell", "tableHeader"} else "\n").join(inner)


def as_json(value: object) -> str:
    """For showing in a failed test."""
    return json.dumps(value, indent=1, sort_keys=True, default=str)
