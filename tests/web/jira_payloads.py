"""Webhook payloads in Jira's shape, cut down to what the service reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def issue(key: str = "OPS-7", labels: Iterable[str] | None = (), **fields: Any) -> dict[str, Any]:
    """An issue; `labels` None leaves them out, as payloads about comments do."""
    listed = {} if labels is None else {"labels": list(labels)}
    project = {"id": "10000", "key": key.rpartition("-")[0]}
    return {
        "id": "10007",
        "key": key,
        "fields": {"summary": "Card payments failed", "project": project, **listed, **fields},
    }


def change(field: str, before: str | None, after: str | None, *, ids: bool = False) -> dict[str, Any]:
    """One entry of a changelog; with `ids` the keys stand where Jira has ids else."""
    raw = {"from": before, "to": after} if ids else {"from": None, "to": None}
    return {"field": field, "fieldtype": "jira", **raw, "fromString": before, "toString": after}


def updated(*changes: dict[str, Any], kind: str = "issue_generic", **of_issue: Any) -> dict[str, Any]:
    return {
        "timestamp": 1_793_000_000_000,
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": kind,
        "issue": issue(**of_issue),
        "changelog": {"id": "11000", "items": list(changes)},
    }
