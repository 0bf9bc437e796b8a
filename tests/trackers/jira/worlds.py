"""Jira's answers as its documentation has them, with keyword overrides, and a server that gives them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.trackers.plain import Asked, PlainServer, Says
from worker.trackers.jira.records import footer

BOT = "712020:bot"
ALICE = "712020:alice"
BOB = "712020:bob"


def adf(*paragraphs: Any) -> dict[str, Any]:
    """An Atlassian document; each paragraph is a text, or the list of its nodes."""
    content = [
        {"type": "paragraph", "content": [{"type": "text", "text": p}] if isinstance(p, str) else p} for p in paragraphs
    ]
    return {"type": "doc", "version": 1, "content": content}


def user(login: str, name: str = "", **more: Any) -> dict[str, Any]:
    """A person as Cloud shows them."""
    shown = name or login.rpartition(":")[2].title()
    return {"accountId": login, "accountType": "atlassian", "active": True, "displayName": shown, **more}


def named(login: str, name: str = "", **more: Any) -> dict[str, Any]:
    """A person as Data Center shows them."""
    return {"name": login, "key": f"JIRAUSER{len(login)}", "active": True, "displayName": name or login, **more}


def status(name: str = "To Do", category: str = "new") -> dict[str, Any]:
    return {"name": name, "statusCategory": {"key": category}}


def with_footer(body: str, name: str) -> str:
    """A record's words with the line that names it, as Markdown."""
    return f"{body.rstrip()}\n\n{footer(name)}" if body.strip() else footer(name)


def issue(key: str = "OPS-7", **fields: Any) -> dict[str, Any]:
    """An issue as Cloud shows it. `properties` and `id` are beside the fields."""
    number = int(key.rpartition("-")[2])
    return {
        "id": fields.pop("id", str(10_000 + number)),
        "key": key,
        "properties": fields.pop("properties", {}),
        "fields": {
            "summary": f"Issue {number}",
            "description": None,
            "issuetype": {"name": "Task", "subtask": False, "hierarchyLevel": 0},
            "status": status(),
            "resolution": None,
            "resolutiondate": None,
            "labels": [],
            "assignee": None,
            "reporter": user(ALICE),
            "creator": user(ALICE),
            "priority": {"name": "Medium"},
            "created": "2026-11-02T09:00:00.000+0100",
            "updated": "2026-11-03T09:00:00.000+0100",
            "duedate": None,
            "subtasks": [],
            "issuelinks": [],
            "comment": {"comments": [], "total": 0, "startAt": 0, "maxResults": 0},
            **fields,
        },
    }


def comment(number: int, body: Any = "Hello", author: Any = ALICE, **more: Any) -> dict[str, Any]:
    """A comment as Cloud shows it; `author` is a login, a user, or None for somebody who was forgotten."""
    who = {"author": user(author) if isinstance(author, str) else author} if author is not None else {}
    moment = f"2026-11-03T{9 + number // 3600 % 12:02d}:{number // 60 % 60:02d}:{number % 60:02d}.000+0000"
    return {
        "id": str(number),
        "body": adf(body) if isinstance(body, str) else body,
        "created": moment,
        "updated": moment,
        **who,
        **more,
    }


def talk(*comments: Mapping[str, Any], total: int | None = None) -> dict[str, Any]:
    """An issue's `comment` field; with a `total` above their number, only the beginning was sent along."""
    return {"comments": list(comments), "total": len(comments) if total is None else total, "startAt": 0}


def link(end: str, key: str, name: str = "Relates") -> dict[str, Any]:
    """An issue link as the issue at its other end shows it; `end` is inward or outward."""
    return {"id": f"1{key}", "type": {"name": name}, f"{end}Issue": {"key": key, "fields": {"summary": "x"}}}


def says_no(status_code: int, *messages: str, headers: Mapping[str, str] | None = None, **fields: str) -> Says:
    """An error in Jira's own form."""
    return Says(status=status_code, data={"errorMessages": list(messages), "errors": fields}, headers=headers or {})


NO_ISSUE = "Issue does not exist or you do not have permission to see it."


@dataclass
class Site:
    """A few issues and people behind a plain server: for what a faithful Jira would not answer on demand.

    `issues` are served by their key, old keys by `moved`; `talks` are the whole comments where an issue was sent with
    the beginning of them; `found` answers a search; `assignable` are logins. Whatever stands in `instead` (verb and
    path, below the API) is answered first.
    """

    server: PlainServer
    cloud: bool = True
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    talks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    assignable: set[str] = field(default_factory=lambda: {ALICE, BOB})
    projects: list[dict[str, Any]] = field(default_factory=lambda: [{"key": "OPS"}, {"key": "PAY"}])
    public: set[str] = field(default_factory=set)
    fields: list[dict[str, Any]] = field(default_factory=list)
    found: Callable[[Asked], list[dict[str, Any]]] = lambda asked: []
    instead: dict[str, Callable[[Asked], Says]] = field(default_factory=dict)
    page: int = 100

    def __post_init__(self) -> None:
        self.server.answer = self.answer

    def asked(self) -> list[str]:
        """`VERB path` of all requests so far, below the API."""
        return [f"{a.verb} {_below(a.path)}" for a in self.server.asked]

    def answer(self, asked: Asked) -> Says:
        path = _below(asked.path)
        other = self.instead.get(f"{asked.verb} {path}")
        if other is not None:
            return other(asked)
        if path == "serverInfo":
            return Says(data={"deploymentType": "Cloud" if self.cloud else "Server"})
        if path == "myself":
            return Says(data=user(BOT) if self.cloud else named(BOT))
        if path == "field":
            return Says(data=self.fields)
        if path == "user/assignable/search":
            return self._people(asked)
        if path in {"project", "project/search"}:
            return self._projects(asked)
        if path in {"search", "search/jql"}:
            return self._search(asked)
        if path == "issue/bulkfetch":
            keys = asked.body["issueIdsOrKeys"]
            rows = [self.issues[key] for key in dict.fromkeys(self.moved.get(k, k) for k in keys) if key in self.issues]
            return Says(data={"issues": rows, "issueErrors": []})
        if found := re.fullmatch(r"project/([A-Z]+)", path):
            strange = "authorization" not in asked.headers
            seen = found[1] in self.public if strange else any(p["key"] == found[1] for p in self.projects)
            return Says(data={"key": found[1], "id": "1"}) if seen else says_no(404, "No project could be found.")
        if found := re.fullmatch(r"issue/([A-Z0-9-]+)(/comment)?", path):
            return self._issue(asked, self.moved.get(found[1], found[1]), comments=bool(found[2]))
        if (found := re.fullmatch(r"issue/([A-Z0-9-]+)/properties", path)) and found[1] in self.issues:
            return Says(data={"keys": [{"key": key} for key in self.issues[found[1]]["properties"]]})
        return Says(status=404, data={"errorMessages": ["no such path"], "errors": {}})

    def _people(self, asked: Asked) -> Says:
        who = asked.query.get("accountId") or asked.query.get("username")
        make = user if self.cloud else named
        start = (who or "").lower()
        return Says(data=[make(login) for login in sorted(self.assignable) if login.startswith(start)])

    def _projects(self, asked: Asked) -> Says:
        if not self.cloud:
            return Says(data=self.projects)
        start = int(asked.query["startAt"])
        page = self.projects[start : start + self.page]
        last = start + len(page) >= len(self.projects)
        return Says(data={"values": page, "startAt": start, "total": len(self.projects), "isLast": last})

    def _search(self, asked: Asked) -> Says:
        rows = self.found(asked)
        if self.cloud:
            start = int(asked.query.get("nextPageToken", "t0")[1:])
            more = {"nextPageToken": f"t{start + self.page}"} if start + self.page < len(rows) else {"isLast": True}
            return Says(data={"issues": rows[start : start + self.page], **more})
        start = int(asked.query["startAt"])
        page = rows[start : start + min(self.page, int(asked.query["maxResults"]))]
        return Says(data={"issues": page, "startAt": start, "total": len(rows)})

    def _issue(self, asked: Asked, key: str, *, comments: bool) -> Says:
        if key not in self.issues:
            return says_no(404, NO_ISSUE)
        if not comments:
            return Says(data=self.issues[key])
        start, rows = int(asked.query["startAt"]), self.talks[key]
        page = rows[start : start + min(self.page, int(asked.query["maxResults"]))]
        return Says(data={"comments": page, "startAt": start, "total": len(rows)})


def _below(path: str) -> str:
    return unquote(re.sub(r"^(/ctx)?/rest/api/[23]/", "", path))


def copied(value: Any) -> Any:
    """A deep copy of JSON."""
    return json.loads(json.dumps(value))
