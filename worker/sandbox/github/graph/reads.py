"""What each field of the GraphQL schema answers: one small function a field, over the records of the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from graphql import GraphQLResolveInfo

from worker.sandbox.clock import stamp
from worker.sandbox.github.context import Context
from worker.sandbox.github.errors import ApiError
from worker.sandbox.github.model import Account, Comment, Issue, Label, Milestone, Repo, at_least
from worker.sandbox.github.store import Node
from worker.sandbox.github.views import DEFAULT_LABELS

Info = GraphQLResolveInfo[Context]
Resolver = Callable[..., Any]
FIELDS: dict[tuple[str, str], Resolver] = {}


def field(*names: str) -> Callable[[Resolver], Resolver]:
    """Register a function for fields written `Type.field`."""

    def register(resolver: Resolver) -> Resolver:
        for name in names:
            kind, _, part = name.partition(".")
            FIELDS[kind, part] = resolver
        return resolver

    return register


def simple(kind: str, **parts: Callable[[Any], Any]) -> None:
    """Register fields that need nothing but their record."""
    for name, get in parts.items():
        FIELDS[kind, name] = lambda record, _info, get=get: get(record)


def context(info: Info) -> Context:
    """Return the request's context."""
    return info.context


def repo_of(record: Issue | Comment) -> Repo:
    """Return the repository that an issue or a comment is in."""
    return record.repo if isinstance(record, Issue) else record.issue.repo


def place_of(ctx: Context, record: Node) -> Repo | None:
    """Return the repository that decides who sees a record; None where everybody does."""
    match record:
        case Repo():
            return record
        case Label():
            return ctx.store.label_repos[record.id]
        case Milestone():
            return record.repo
        case Issue() | Comment():
            return repo_of(record)
        case _:
            return None


def unresolved(what: str, value: object) -> ApiError:
    """The error for an id or a name that leads nowhere the caller may see."""
    return ApiError(404, f"Could not resolve to {what} '{value}'.")


def by_id(ctx: Context, node_id: str) -> Node:
    """Return the record of a global id, if the caller sees it."""
    record = ctx.store.nodes.get(node_id)
    repo = place_of(ctx, record) if record is not None else None
    if record is None or (repo is not None and not ctx.store.sees(ctx.actor, repo)):
        raise unresolved("a node with the global id of", node_id)
    return record


def connection(items: Sequence[Any], args: dict[str, Any], name: str) -> dict[str, Any]:
    """Return one page of a list as a connection. Cursors are positions; GitHub's are opaque too."""
    first, last = args.get("first"), args.get("last")
    if first is None and last is None:
        message = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise ApiError(422, message, kind="MISSING_PAGINATION_BOUNDARIES")
    for size in (first, last):
        if size is not None and not 0 <= size <= 100:
            message = f"Requesting {size} records on the `{name}` connection exceeds the `first` limit of 100 records."
            raise ApiError(422, message, kind="EXCESSIVE_PAGINATION")
    start = _place(args.get("after"), -1) + 1
    end = min(_place(args.get("before"), len(items)), len(items))
    if first is not None:
        end = min(end, start + first)
    if last is not None:
        start = max(start, end - last)
    edges = [{"cursor": _cursor(place), "node": items[place]} for place in range(start, max(end, start))]
    return {
        "nodes": [edge["node"] for edge in edges],
        "edges": edges,
        "totalCount": len(items),
        "pageInfo": {
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
            "hasNextPage": end < len(items),
            "hasPreviousPage": start > 0,
        },
    }


def _cursor(place: int) -> str:
    return f"Y3Vyc29y{place:06d}"


def _place(cursor: str | None, default: int) -> int:
    if cursor is None:
        return default
    number = cursor.removeprefix("Y3Vyc29y")
    if not number.isdecimal():
        raise ApiError(422, f"`{cursor}` does not appear to be a valid cursor.", kind="INVALID_CURSOR_ARGUMENTS")
    return int(number)


def when(value: datetime | None) -> str | None:
    """Return an instant as the DateTime scalar writes it."""
    return stamp(value) if value else None


# Accounts

for _kind in ("User", "Bot", "Organization", "Actor", "RepositoryOwner"):
    simple(
        _kind,
        id=lambda a: a.node_id,
        databaseId=lambda a: a.id,
        name=lambda a: a.name or None,
        email=lambda a: a.email,
        createdAt=lambda a: stamp(a.created_at),
        updatedAt=lambda a: stamp(a.created_at),
        resourcePath=lambda a: f"/{a.login}",
    )
FIELDS["User", "isViewer"] = lambda account, info: account is context(info).actor.account


@field("User.login", "Bot.login", "Organization.login")
def login(account: Account, info: Info) -> str:
    """A bot's login is written without `[bot]`, except by `viewer`."""
    return account.login.removesuffix("[bot]") if info.parent_type.name == "Bot" else account.login


@field("User.url", "Bot.url", "Organization.url")
def account_url(account: Account, info: Info) -> str:
    """The browser address."""
    return f"{context(info).call.root}/{account.login}"


@field("User.avatarUrl", "Bot.avatarUrl", "Organization.avatarUrl")
def avatar_url(account: Account, info: Info, size: int | None = None) -> str:
    """The address of a picture that is not there."""
    return f"{context(info).call.root}/avatars/u/{account.id}?v=4" + (f"&s={size}" if size else "")


# Labels and milestones

simple(
    "Label",
    id=lambda record: record.node_id,
    createdAt=lambda record: stamp(record.created_at),
    updatedAt=lambda record: stamp(record.updated_at),
    isDefault=lambda record: record.name.lower() in DEFAULT_LABELS,
)
FIELDS["Label", "repository"] = lambda label, info: context(info).store.label_repos[label.id]
simple(
    "Milestone",
    id=lambda m: m.node_id,
    closed=lambda m: m.state == "closed",
    closedAt=lambda m: when(m.closed_at),
    createdAt=lambda m: stamp(m.created_at),
    dueOn=lambda m: when(m.due_on),
    repository=lambda m: m.repo,
    state=lambda m: m.state.upper(),
    updatedAt=lambda m: stamp(m.updated_at),
)


@field("Label.resourcePath", "Milestone.resourcePath", "Issue.resourcePath", "PullRequest.resourcePath")
@field("IssueComment.resourcePath", "Repository.resourcePath")
def resource_path(record: Any, info: Info) -> str:
    """The path of the browser address."""
    return urlsplit(page_url(record, info))._replace(scheme="", netloc="").geturl()


@field("Label.url", "Milestone.url", "Issue.url", "PullRequest.url", "IssueComment.url", "Repository.url")
def page_url(record: Any, info: Info) -> str:
    """The browser address."""
    views, root = context(info).views, context(info).call.root
    match record:
        case Label():
            return f"{root}/{context(info).store.label_repos[record.id].full_name}/labels/{record.name}"
        case Milestone():
            return f"{root}/{record.repo.full_name}/milestone/{record.number}"
        case Comment():
            return f"{views.issue_page(record.issue)}#issuecomment-{record.id}"
        case Issue():
            return views.issue_page(record)
        case _:
            return f"{root}/{record.full_name}"


# Issues and comments

for _kind in ("Issue", "PullRequest", "IssueComment"):
    simple(
        _kind,
        id=lambda record: record.node_id,
        databaseId=lambda record: record.id if record.id < 2**31 else None,  # an Int holds no more
        fullDatabaseId=lambda record: str(record.id),
        body=lambda record: record.body or "",
        author=lambda record: record.user,
        createdAt=lambda record: stamp(record.created_at),
        publishedAt=lambda record: stamp(record.created_at),
        updatedAt=lambda record: stamp(record.updated_at),
        lastEditedAt=lambda record: when(record.last_edited_at),
        includesCreatedEdit=lambda record: record.last_edited_at is not None,
        editor=lambda record: getattr(record, "editor", None) or (record.user if record.last_edited_at else None),
        repository=repo_of,
    )
for _kind in ("Issue", "PullRequest"):
    simple(
        _kind,
        closed=lambda issue: issue.state == "closed",
        closedAt=lambda issue: when(issue.closed_at),
        state=lambda issue: issue.state.upper(),
    )


@field("Issue.authorAssociation", "PullRequest.authorAssociation", "IssueComment.authorAssociation")
def association(record: Issue | Comment, info: Info) -> str:
    """What the author is to the repository."""
    repo = repo_of(record)
    return context(info).store.association(record.user, repo)


@field("Issue.viewerDidAuthor", "PullRequest.viewerDidAuthor", "IssueComment.viewerDidAuthor")
def did_author(record: Issue | Comment, info: Info) -> bool:
    """Whether the caller wrote it."""
    return record.user is context(info).actor.account


@field("Issue.viewerCanUpdate", "Issue.viewerCanClose", "IssueComment.viewerCanUpdate", "IssueComment.viewerCanDelete")
def can_update(record: Issue | Comment, info: Info) -> bool:
    """Whether the caller may change it."""
    return did_author(record, info) or _may(record, info, "write" if isinstance(record, Comment) else "triage")


@field("Issue.viewerCanLabel")
def can_label(record: Issue, info: Info) -> bool:
    """Whether the caller may label it."""
    return _may(record, info, "triage")


def _may(record: Issue | Comment, info: Info, role: str) -> bool:
    repo = repo_of(record)
    return at_least(context(info).store.role(context(info).actor, repo), role)


@field("Issue.stateReason")
def state_reason(issue: Issue, _info: Info, enable_duplicate: bool = False) -> str | None:
    """Why it is closed; a duplicate shows as not planned to those who do not ask for it."""
    reason = (issue.state_reason or "").upper()
    return "NOT_PLANNED" if reason == "DUPLICATE" and not enable_duplicate else reason or None


@field("Issue.assignees", "PullRequest.assignees")
def assignees(issue: Issue, _info: Info, **args: Any) -> dict[str, Any]:
    """Who has it."""
    return connection(issue.assignees, args, "assignees")


@field("Issue.labels", "PullRequest.labels")
def labels(issue: Issue, _info: Info, **args: Any) -> dict[str, Any]:
    """Its labels, by creation."""
    return connection(sorted(issue.labels, key=lambda label: label.id), args, "labels")


@field("Issue.comments")
def comments(issue: Issue, _info: Info, **args: Any) -> dict[str, Any]:
    """Its comments, oldest first."""
    return connection(issue.comments, args, "comments")


@field("Issue.parent")
def parent(issue: Issue, info: Info) -> Issue | None:
    """Its parent, if the caller sees it."""
    ctx = context(info)
    return issue.parent if issue.parent and ctx.store.sees(ctx.actor, issue.parent.repo) else None


@field("Issue.subIssues")
def sub_issues(issue: Issue, info: Info, **args: Any) -> dict[str, Any]:
    """Its children that the caller sees, in their order."""
    ctx = context(info)
    return connection([c for c in issue.children if ctx.store.sees(ctx.actor, c.repo)], args, "subIssues")


@field("Issue.subIssuesSummary")
def summary(issue: Issue, _info: Info) -> dict[str, int]:
    """How many children are done."""
    total, done = len(issue.children), sum(child.state == "closed" for child in issue.children)
    return {"total": total, "completed": done, "percentCompleted": done * 100 // total if total else 0}
