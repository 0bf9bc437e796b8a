"""Webhook payloads in GitHub's shape, cut down to what the service reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def repository(name: str = "acme/pay") -> dict[str, Any]:
    return {"id": 1, "full_name": name, "name": name.partition("/")[2], "owner": {"login": name.partition("/")[0]}}


def issue(number: int = 12, *labels: str, home: str = "acme/pay", **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "title": "Checkout returned 500s",
        "body": "",
        "labels": [{"id": i, "name": name} for i, name in enumerate(labels)],
        "repository_url": f"https://api.github.com/repos/{home}",
        **more,
    }


def issues(action: str = "edited", number: int = 12, labels: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    return {"action": action, "issue": issue(number, *labels), "repository": repository(), **more}
