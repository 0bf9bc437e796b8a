"""What a GraphQL query starts from: the root's fields, and a repository's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from worker.sandbox.clock import stamp
from worker.sandbox.github.errors import ApiError
from worker.sandbox.github.graph.reads import Info, by_id, connection, context, field, simple, unresolved
from worker.sandbox.github.model import Account, Issue, Label, Milestone, Repo
from worker.sandbox.github.store import Node

MAX_NODES = 100

simple(
    "Repository",
    id=lambda repo: repo.node_id,
    databaseId=lambda repo: repo.id,
    createdAt=lambda repo: stamp(repo.created_at),
    updatedAt=lambda repo: stamp(repo.updated_at),
    hasIssuesEnabled=lambda repo: repo.has_issues,
    isArchived=lambda repo: repo.archived,
    isPrivate=lambda repo: repo.private,
    nameWithOwner=lambda repo: repo.full_name,
    visibility=lambda repo: repo.visibility.upper(),
)


@field("Repository.viewerPermission")
def viewer_permission(repo: Repo, info: Info) -> str | None:
    """The caller's role."""
    role = context(info).store.role(context(info).actor, repo)
    return None if role == "none" else role.upper()


@field("Repository.issue", "Repository.issueOrPullRequest")
def repository_issue(repo: Repo, info: Info, number: int) -> Issue:
    """One issue by number; a transferred or deleted one does not resolve here."""
    found = repo.issues.get(number)
    if found is None or (found.pull_request and info.field_name == "issue"):
        raise unresolved("an Issue with the number of", number)
    return found


@field("Repository.issues")
def repository_issues(repo: Repo, _info: Info, **args: Any) -> dict[str, Any]:
    """All issues, oldest first, without pull requests."""
    return connection([issue for issue in repo.issues.values() if not issue.pull_request], args, "issues")


@field("Repository.label")
def repository_label(repo: Repo, _info: Info, name: str) -> Label | None:
    """A label by name, or null."""
    return repo.labels.get(name.lower())


@field("Repository.labels")
def repository_labels(repo: Repo, _info: Info, query: str = "", **args: Any) -> dict[str, Any]:
    """The labels, by creation."""
    found = [label for label in repo.labels.values() if (query or "").lower() in label.name.lower()]
    return connection(sorted(found, key=lambda label: label.id), args, "labels")


@field("Repository.milestone")
def repository_milestone(repo: Repo, _info: Info, number: int) -> Milestone | None:
    """A milestone by number, or null."""
    return repo.milestones.get(number)


@field("Repository.assignableUsers")
def assignable_users(repo: Repo, info: Info, query: str = "", **args: Any) -> dict[str, Any]:
    """Who can be given issues, by login."""
    store = context(info).store
    found = [
        a for a in store.accounts.values() if store.assignable(repo, a) and (query or "").lower() in a.login.lower()
    ]
    return connection(sorted(found, key=lambda account: account.login.lower()), args, "assignableUsers")


# The root


@field("Query.viewer")
def viewer(_root: object, info: Info) -> Account | None:
    """The caller's own account, shown as a user even where it is a bot."""
    return context(info).actor.account


@field("Query.node")
def node(_root: object, info: Info, node_id: str) -> Node:
    """One record by global id."""
    return by_id(context(info), node_id)


@field("Query.nodes")
def nodes(_root: object, info: Info, ids: list[str]) -> list[Node | ApiError]:
    """Up to 100 records by global id; an id that leads nowhere is null, with an error beside the data."""
    if len(ids) > MAX_NODES:
        message = f"You may not provide more than {MAX_NODES} node ids; you provided {len(ids)}."
        raise ApiError(422, message, kind="ARGUMENT_LIMIT")
    found: list[Node | ApiError] = []
    for one in ids:
        try:
            found.append(by_id(context(info), one))
        except ApiError as error:
            found.append(error)
    return found


@field("Query.repository")
def repository(_root: object, info: Info, owner: str, name: str, follow_renames: bool = True) -> Repo:
    """A repository by name; a former name works unless the caller says no."""
    ctx = context(info)
    found = ctx.store.repo(owner, name)
    if found is None and follow_renames:
        found = ctx.store.renamed.get(f"{owner}/{name}".lower())
    if found is None or not ctx.store.sees(ctx.actor, found):
        raise unresolved("a Repository with the name", f"{owner}/{name}")
    return found


@field("Query.resource")
def resource(_root: object, info: Info, url: str) -> Issue | Repo | None:
    """The repository or issue that a browser address leads to."""
    ctx = context(info)
    parts = [part for part in urlsplit(url).path.split("/") if part]
    repo = ctx.store.repo(parts[0], parts[1]) if len(parts) >= 2 else None
    if repo is None or not ctx.store.sees(ctx.actor, repo):
        return None
    if len(parts) >= 4 and parts[2] in {"issues", "pull"} and parts[3].isdecimal():
        return repo.issues.get(int(parts[3]))
    return repo


@field("Query.user", "Query.organization")
def account(_root: object, info: Info, login: str) -> Account:
    """An account by login."""
    kind = "User" if info.field_name == "user" else "Organization"
    found = context(info).store.account(login)
    if found is None or found.type != kind:
        raise unresolved(f"{'a' if kind == 'User' else 'an'} {kind} with the login of", login)
    return found


@field("Query.rateLimit")
def rate_limit(_root: object, info: Info, dry_run: bool = False) -> dict[str, Any]:
    """What is left of the GraphQL limit. Each request costs 1, and a dry run is told what it would have cost."""
    spent = context(info).budget
    left = min(spent["remaining"] + dry_run, spent["limit"])
    return {
        "cost": 1,
        "limit": spent["limit"],
        "nodeCount": 0,
        "remaining": left,
        "used": spent["limit"] - left,
        "resetAt": stamp(datetime.fromtimestamp(spent["reset"], UTC)),
    }
