"""Everything that a simulated Jira holds, as JSON for tests and people: stable order, plain words, no addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from worker.sandbox.clock import stamp
from worker.sandbox.jira.model import Account, Comment, Issue, Named, Project, Sprint, Version
from worker.sandbox.jira.richtext import Rich
from worker.sandbox.jira.store import Store


def dump(store: Store) -> dict[str, Any]:
    """Return `{"accounts": [...], "projects": {key: …}, "issues": {key: …}, "moved": {old key: key}}`.

    Texts are wiki text, with the document beside them (`description_adf`) where one was written; people are short
    logins; links are `{"type", "direction", "key", "id"}`.
    """
    projects = sorted(store.projects.values(), key=lambda project: project.key)
    return {
        "accounts": [
            {"login": a.login, "account_id": a.account_id, "name": a.name, "active": a.active, "type": a.kind}
            for a in sorted(store.accounts.values(), key=lambda account: account.login)
        ],
        "projects": {project.key: _project(project) for project in projects},
        "issues": {
            issue.key: _issue(issue, store)
            for project in projects
            for issue in sorted(project.issues.values(), key=lambda issue: issue.number)
        },
        "moved": {old: issue.key for old, issue in sorted(store.moved.items()) if issue.id in store.issues},
    }


def _project(project: Project) -> dict[str, Any]:
    return {
        "id": project.id,
        "name": project.name,
        "style": "team" if project.team_managed else "company",
        "visibility": "public" if project.public else "private",
        "people": dict(sorted(project.people.items())),
        "types": [config.type.name for config in project.types.values()],
    }


def _issue(issue: Issue, store: Store) -> dict[str, Any]:
    custom = {name: _plain(value) for name, value in sorted(issue.values.items()) if name.startswith("customfield_")}
    resolution = issue.values.get("resolution")
    description = issue.values.get("description")
    links = [
        {
            "id": str(link.id),
            "type": link.type.name,
            "direction": "outward" if link.source is issue else "inward",
            "key": (link.target if link.source is issue else link.source).key,
        }
        for link in sorted(issue.links, key=lambda link: link.id)
    ]
    return {
        "id": str(issue.id),
        "key": issue.key,
        "type": issue.type.name,
        "summary": issue.values.get("summary", ""),
        "description": description.wiki if description else "",
        "description_adf": description.written if description and isinstance(description.written, dict) else None,
        "status": issue.status.name,
        "category": issue.status.category,
        "resolution": resolution.name if resolution else None,
        "creator": issue.creator.login,
        "reporter": _plain(issue.values.get("reporter")),
        "assignee": _plain(issue.values.get("assignee")),
        "labels": list(issue.values.get("labels") or []),
        "priority": _plain(issue.values.get("priority")),
        "duedate": issue.values.get("duedate"),
        "security": _plain(issue.values.get("security")),
        "components": _plain(issue.values.get("components") or []),
        "fix_versions": _plain(issue.values.get("fixVersions") or []),
        "fields": custom,
        "parent": issue.parent.key if issue.parent else None,
        "children": [child.key for child in issue.children],
        "links": links,
        "remote_links": [
            {
                "id": link.id,
                "global_id": link.global_id,
                "application": link.application.get("name", ""),
                "relationship": link.relationship,
                "url": link.object.get("url"),
                "title": link.object.get("title"),
            }
            for link in issue.remote_links
        ],
        "properties": dict(sorted(issue.properties.items())),
        "comments": [_comment(comment) for comment in issue.comments],
        "history": [
            {"author": change.author.login, "created": stamp(change.created), "items": list(change.items)}
            for change in issue.history
        ],
        "created": stamp(issue.created),
        "updated": stamp(issue.updated),
        "resolved": _when(issue.resolved),
        "moved_from": sorted(old for old, moved in store.moved.items() if moved is issue),
    }


def _comment(comment: Comment) -> dict[str, Any]:
    return {
        "id": str(comment.id),
        "author": comment.author.login,
        "editor": comment.editor.login,
        "body": comment.body.wiki,
        "body_adf": comment.body.written if isinstance(comment.body.written, dict) else None,
        "created": stamp(comment.created),
        "updated": stamp(comment.updated),
        "visibility": comment.visibility,
    }


def _plain(value: object) -> Any:
    match value:
        case Account():
            return value.login
        case Named() | Sprint() | Version():
            return value.name
        case Rich():
            return value.wiki
        case list():
            return [_plain(item) for item in value]
        case _:
            return value


def _when(value: datetime | None) -> str | None:
    return stamp(value) if value else None
