"""By what does `ORDER BY` sort? Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from worker.sandbox.jira.jql.parse import JqlError
from worker.sandbox.jira.model import Account, Issue
from worker.sandbox.jira.store import Store

ALIASES = {
    "issuekey": "key",
    "issue": "key",
    "id": "key",
    "type": "issuetype",
    "due": "duedate",
    "createddate": "created",
    "updateddate": "updated",
    "resolved": "resolutiondate",
    "component": "components",
    "level": "security",
}
"""Other names of fields, in lower case."""


def sorter(name: str, down: bool | None, store: Store) -> tuple[Callable[[Issue], Any], bool]:
    """Return the key to sort by and whether it descends; None for `down` means as this field usually does."""
    field = ALIASES.get(name.lower(), name.lower())
    match field:
        case "created" | "updated":
            return (lambda issue: getattr(issue, field)), down is not False
        case "key":
            return (lambda issue: (issue.project.key, issue.number)), down is True
        case "project":
            return (lambda issue: issue.project.name), down is True
        case "priority":
            order = {id(p): at for at, p in enumerate(store.priorities.values())}
            return (lambda issue: -order.get(id(issue.values.get("priority")), len(order))), down is not False
        case "status":
            return (lambda issue: int(issue.status.id)), down is True
        case "issuetype":
            return (lambda issue: issue.type.name), down is True
        case "summary" | "duedate":
            return (lambda issue: (not issue.values.get(field), issue.values.get(field) or "")), down is True
        case "resolutiondate":
            return (lambda issue: issue.resolved or datetime.min.replace(tzinfo=UTC)), down is not False
        case "assignee" | "reporter":
            return (lambda issue: _name(issue.values.get(field))), down is True
        case "creator":
            return (lambda issue: issue.creator.display_name), down is True
        case "rank":
            return (lambda issue: issue.id), down is True
        case _:
            raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")


def _name(account: Account | None) -> str:
    return account.display_name if account else "\uffff"
