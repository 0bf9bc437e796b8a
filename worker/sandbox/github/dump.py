"""Everything that a simulated GitHub holds, as JSON for tests and people: stable order, plain words, no addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from worker.sandbox.clock import stamp
from worker.sandbox.github.model import Account, Comment, Commit, Event, Issue, Label, Milestone, Repo
from worker.sandbox.github.store import Store


def dump(store: Store) -> dict[str, Any]:
    """Return `{"repos": {name: …}, "issues": {key: …}, "accounts": [...]}`; links are written as `owner/repo#12`."""
    repos = sorted(store.repos.values(), key=lambda repo: repo.full_name.lower())
    return {
        "accounts": [
            {"login": account.login, "type": account.type, "name": account.name}
            for account in sorted(store.accounts.values(), key=lambda account: account.login.lower())
        ],
        "repos": {repo.full_name: _repo(repo) for repo in repos},
        "issues": {
            issue.key: _issue(issue) for repo in repos for issue in sorted(repo.issues.values(), key=lambda i: i.number)
        },
    }


def _repo(repo: Repo) -> dict[str, Any]:
    return {
        "id": repo.id,
        "visibility": repo.visibility,
        "archived": repo.archived,
        "labels": sorted(label.name for label in repo.labels.values()),
        "milestones": [
            {"number": m.number, "title": m.title, "due_on": _when(m.due_on), "state": m.state}
            for m in sorted(repo.milestones.values(), key=lambda m: m.number)
        ],
        "deleted": sorted(repo.deleted),
        "moved": {str(number): issue.key for number, issue in sorted(repo.moved.items())},
    }


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "id": issue.id,
        "node_id": issue.node_id,
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "user": issue.user.login,
        "state": issue.state,
        "state_reason": issue.state_reason,
        "labels": sorted(label.name for label in issue.labels),
        "assignees": [account.login for account in issue.assignees],
        "milestone": issue.milestone.title if issue.milestone else None,
        "pull_request": issue.pull_request,
        "merged_at": _when(issue.merged_at),
        "blocked_by": [blocker.key for blocker in issue.blockers],
        "parent": issue.parent.key if issue.parent else None,
        "children": [child.key for child in issue.children],
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": _when(issue.closed_at),
        "comments": [_comment(comment) for comment in sorted(issue.comments, key=lambda comment: comment.id)],
        "reactions": [f"{reaction.user.login} {reaction.content}" for reaction in issue.reactions],
        "events": [_event(line) for line in issue.events],
    }


def _comment(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "user": comment.user.login,
        "body": comment.body,
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "reactions": [f"{reaction.user.login} {reaction.content}" for reaction in comment.reactions],
    }


def _event(line: Event) -> dict[str, Any]:
    data = {name: _plain(value) for name, value in line.data.items()}
    return {"event": line.event, "actor": line.actor.login, "created_at": stamp(line.created_at), **data}


def _plain(value: object) -> object:
    match value:
        case Account():
            return value.login
        case Label():
            return value.name
        case Issue():
            return value.key
        case Milestone():
            return value.title
        case Commit():
            return value.sha
        case _:
            return value


def _when(value: datetime | None) -> str | None:
    return stamp(value) if value else None
