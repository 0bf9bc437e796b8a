"""`/repos/{owner}/{repo}/issues`: list, create, get, edit; labels and assignees of an issue; its history."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from worker.sandbox.clock import parse_instant
from worker.sandbox.errors import SandboxError
from worker.sandbox.github import changes
from worker.sandbox.github.context import Context, name_of, names_in, no_content, ok, text_in
from worker.sandbox.github.errors import forbidden, invalid, not_found, wrong_type
from worker.sandbox.github.model import Issue, Label, Repo, at_least
from worker.sandbox.github.paging import by_cursor, numbered
from worker.sandbox.github.world import check_text, check_title, milestone_of, require_issues
from worker.sandbox.wire import Reply, Router

Handler = Callable[..., Reply]
routes: Router[Handler] = Router()

REASONS = ("completed", "not_planned", "duplicate", "reopened")
_KEYS: dict[str, Callable[[Issue], tuple[int, int]]] = {
    "created": lambda issue: (int(issue.created_at.timestamp()), issue.number),
    "updated": lambda issue: (int(issue.updated_at.timestamp()), issue.id),
    "comments": lambda issue: (len(issue.comments), issue.number),
}
ISSUES = "/repos/{owner}/{repo}/issues"
ISSUE = ISSUES + "/{number:int}"


def since_of(ctx: Context) -> datetime | None:
    """Return the `since` parameter, or refuse one that is no time."""
    raw = ctx.call.arg("since")
    if not raw:
        return None
    try:
        # A plus sign of an offset arrives as a blank where a client forgot to quote it.
        return parse_instant(raw.replace(" ", "+"))
    except SandboxError as error:
        raise invalid("Issue", "since", value=raw) from error


def _ordered(repo: Repo, sort: str, *, down: bool, since: datetime | None, by_id: dict[int, Issue]) -> Iterator[Issue]:
    """Yield a repository's issues in the order asked for, starting at `since` where the order allows it."""
    if sort == "updated":
        order = repo.by_update
        start = bisect_left(order, (since, 0)) if since else 0
        places = range(len(order) - 1, start - 1, -1) if down else range(start, len(order))
        for place in places:
            yield by_id[order[place][1]]
        return
    issues = sorted(repo.issues.values(), key=_KEYS[sort], reverse=down)
    yield from (issue for issue in issues if since is None or issue.updated_at >= since)


def _filters(ctx: Context) -> list[Callable[[Issue], bool]]:
    """Return the tests that the query asks for."""
    arg = ctx.call.arg
    tests: list[Callable[[Issue], bool]] = []
    state = arg("state", "open")
    if state not in {"open", "closed", "all"}:
        raise invalid("Issue", "state", value=state)
    if state != "all":
        tests.append(lambda issue: issue.state == state)
    wanted = {name.strip().lower() for name in arg("labels").split(",") if name.strip()}
    if wanted:
        tests.append(lambda issue: wanted <= {label.name.lower() for label in issue.labels})
    creator = arg("creator").lower()
    if creator:
        tests.append(lambda issue: issue.user.login.lower() == creator)
    assignee = arg("assignee").lower()
    if assignee == "none":
        tests.append(lambda issue: not issue.assignees)
    elif assignee == "*":
        tests.append(lambda issue: bool(issue.assignees))
    elif assignee:
        tests.append(lambda issue: any(account.login.lower() == assignee for account in issue.assignees))
    mentioned = arg("mentioned").lower()
    if mentioned:
        tests.append(lambda issue: f"@{mentioned}" in (issue.body or "").lower())
    milestone = arg("milestone")
    if milestone == "none":
        tests.append(lambda issue: issue.milestone is None)
    elif milestone == "*":
        tests.append(lambda issue: issue.milestone is not None)
    elif milestone:
        if not milestone.isdecimal():
            raise invalid("Issue", "milestone", value=milestone)
        tests.append(lambda issue: issue.milestone is not None and issue.milestone.number == int(milestone))
    return tests


@routes.on("GET", ISSUES)
def list_issues(ctx: Context, owner: str, repo: str) -> Reply:
    """List the issues (and pull requests) of a repository."""
    place = ctx.repo(owner, repo)
    require_issues(place)
    sort, direction = ctx.call.arg("sort", "created"), ctx.call.arg("direction", "desc")
    if sort not in {"created", "updated", "comments"}:
        raise invalid("Issue", "sort", value=sort)
    tests, since = _filters(ctx), since_of(ctx)
    ordered = _ordered(place, sort, down=direction != "asc", since=since, by_id=ctx.store.issues)
    found = (issue for issue in ordered if all(test(issue) for test in tests))
    return by_cursor(ctx, found, _KEYS[sort], ctx.views.issue, down=direction != "asc")


@routes.on("POST", ISSUES)
def create_issue(ctx: Context, owner: str, repo: str) -> Reply:
    """Create an issue. Labels, assignees and milestone of a caller with too few rights are dropped silently."""
    place = ctx.repo(owner, repo)
    role = ctx.writer(place)
    require_issues(place)
    payload = ctx.payload()
    title = payload.get("title")
    if isinstance(title, int) and not isinstance(title, bool):
        title = str(title)
    check_title(title)
    body = text_in(payload, "body")
    check_text("Issue", body)
    labels = names_in(payload, "labels") or []
    logins = names_in(payload, "assignees") or []
    if payload.get("assignee"):
        logins.append(name_of(payload["assignee"], "assignee"))
    trusted = at_least(role, "triage")
    issue = changes.create_issue(
        ctx.world,
        ctx.actor,
        place,
        title=title,
        body=body,
        labels=labels,
        assignees=ctx.accounts(place, logins, strict=trusted),
        milestone=milestone_of(place, payload.get("milestone")) if trusted else None,
    )
    return ok(ctx.views.issue(issue), 201, location=ctx.views.issue_url(issue))


@routes.on("GET", ISSUE)
def get_issue(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Get one issue."""
    return ok(ctx.views.issue(ctx.issue(owner, repo, number)))


@routes.on("PATCH", ISSUE)
def edit_issue(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Edit an issue. Its author may change text and state; the rest needs triage rights, and is else dropped."""
    issue = ctx.issue(owner, repo, number)
    role = ctx.writer(issue.repo)
    trusted = at_least(role, "triage")
    if not trusted and ctx.actor.account is not issue.user:
        raise forbidden()
    payload = ctx.payload()
    # Everything is checked before anything is changed, so that a refused request leaves no trace.
    title, body = text_in(payload, "title"), text_in(payload, "body")
    if title is not None:
        check_title(title)
    check_text("Issue", body)
    if "body" in payload and body is None:
        body = ""
    state, reason = _state_in(payload, issue)
    labels, logins = names_in(payload, "labels"), names_in(payload, "assignees")
    if logins is None and "assignee" in payload:
        logins = [name_of(payload["assignee"], "assignee")] if payload["assignee"] else []
    accounts = ctx.accounts(issue.repo, logins or [], strict=trusted)
    milestone = milestone_of(issue.repo, payload.get("milestone"))
    changes.edit_text(ctx.world, ctx.actor, issue, title=title, body=body)
    if trusted:
        if labels is not None:
            changes.set_labels(ctx.world, ctx.actor, issue, labels)
        if logins is not None:
            changes.set_assignees(ctx.world, ctx.actor, issue, accounts)
        if "milestone" in payload:
            changes.set_milestone(ctx.world, ctx.actor, issue, milestone)
    if state is not None:
        changes.set_state(ctx.world, ctx.actor, issue, state, reason)
    return ok(ctx.views.issue(issue))


def _state_in(payload: dict[str, Any], issue: Issue) -> tuple[str | None, str | None]:
    state, reason = payload.get("state"), payload.get("state_reason")
    if state is not None and state not in {"open", "closed"}:
        raise invalid("Issue", "state", value=state)
    if reason is not None and reason not in REASONS:
        raise wrong_type("state_reason", reason, "a member of " + str(list(REASONS)))
    if state is None and reason is not None and issue.state == "closed":
        state = "closed"
    return state, None if reason == "reopened" else reason


@routes.on("PUT", ISSUE + "/lock")
def lock(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Lock the conversation."""
    issue = ctx.issue(owner, repo, number)
    ctx.writer(issue.repo, "write")
    issue.locked = True
    ctx.world.record(issue, "locked", ctx.actor)
    ctx.world.tell("issues", "locked", ctx.actor, issue.repo, issue=issue)
    return no_content()


@routes.on("DELETE", ISSUE + "/lock")
def unlock(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Unlock the conversation."""
    issue = ctx.issue(owner, repo, number)
    ctx.writer(issue.repo, "write")
    issue.locked = False
    ctx.world.record(issue, "unlocked", ctx.actor)
    ctx.world.tell("issues", "unlocked", ctx.actor, issue.repo, issue=issue)
    return no_content()


@routes.on("GET", ISSUE + "/labels")
def list_labels(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """List the labels of an issue."""
    return numbered(ctx, ctx.issue(owner, repo, number).labels, ctx.views.label)


def _label_names(ctx: Context) -> list[str]:
    payload = ctx.any_payload()
    if isinstance(payload, list):
        return [name_of(item, "labels") for item in payload]
    return names_in(payload, "labels") or [] if isinstance(payload, dict) else [name_of(payload, "labels")]


@routes.on("POST", ISSUE + "/labels")
def add_labels(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Add labels; names that the repository does not have are created."""
    issue = ctx.issue(owner, repo, number)
    ctx.writer(issue.repo, "triage")
    changes.add_labels(ctx.world, ctx.actor, issue, _label_names(ctx))
    return ok([ctx.views.label(label) for label in issue.labels])


@routes.on("PUT", ISSUE + "/labels")
def set_labels(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Replace all labels."""
    issue = ctx.issue(owner, repo, number)
    ctx.writer(issue.repo, "triage")
    changes.set_labels(ctx.world, ctx.actor, issue, _label_names(ctx))
    return ok([ctx.views.label(label) for label in issue.labels])


@routes.on("DELETE", ISSUE + "/labels")
def clear_labels(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Remove all labels."""
    issue = ctx.issue(owner, repo, number)
    ctx.writer(issue.repo, "triage")
    changes.remove_labels(ctx.world, ctx.actor, issue, list(issue.labels))
    return no_content()


@routes.on("DELETE", ISSUE + "/labels/{name}")
def remove_label(ctx: Context, owner: str, repo: str, number: str, name: str) -> Reply:
    """Remove one label; 404 where the issue does not carry it."""
    issue = ctx.issue(owner, repo, number)
    ctx.writer(issue.repo, "triage")
    found: Label | None = next((label for label in issue.labels if label.name.lower() == name.lower()), None)
    if found is None:
        raise not_found()
    changes.remove_labels(ctx.world, ctx.actor, issue, [found])
    return ok([ctx.views.label(label) for label in issue.labels])


@routes.on("POST", ISSUE + "/assignees")
def add_assignees(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Add assignees; who cannot be assigned is left out silently."""
    issue = ctx.issue(owner, repo, number)
    role = ctx.writer(issue.repo)
    if at_least(role, "triage"):
        named = ctx.accounts(issue.repo, names_in(ctx.payload(), "assignees") or [], strict=False)
        changes.set_assignees(ctx.world, ctx.actor, issue, [*issue.assignees, *named])
    return ok(ctx.views.issue(issue), 201)


@routes.on("DELETE", ISSUE + "/assignees")
def remove_assignees(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Take assignees off."""
    issue = ctx.issue(owner, repo, number)
    role = ctx.writer(issue.repo)
    if at_least(role, "triage"):
        named = {login.lower() for login in names_in(ctx.payload(), "assignees") or []}
        kept = [account for account in issue.assignees if account.login.lower() not in named]
        changes.set_assignees(ctx.world, ctx.actor, issue, kept)
    return ok(ctx.views.issue(issue))


@routes.on("GET", ISSUE + "/events")
def list_events(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """List what happened to an issue, without comments and cross-references."""
    issue = ctx.issue(owner, repo, number)
    lines = [line for line in issue.events if line.event != "cross-referenced"]
    return numbered(ctx, lines, lambda line: ctx.views.event(line, issue, timeline=False))


@routes.on("GET", ISSUE + "/timeline")
def list_timeline(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """List what happened to an issue, comments and cross-references (that the caller sees) among it, oldest first."""
    issue = ctx.issue(owner, repo, number)
    lines: list[tuple[datetime, int, Callable[[], object]]] = []
    for place, line in enumerate(issue.events):
        source = line.data.get("source")
        if isinstance(source, Issue) and (
            source.id not in ctx.store.issues or not ctx.store.sees(ctx.actor, source.repo)
        ):
            continue
        lines.append((line.created_at, place, lambda line=line: ctx.views.event(line, issue)))  # type: ignore[misc]
    for place, comment in enumerate(issue.comments, len(issue.events)):
        lines.append((comment.created_at, place, lambda said=comment: ctx.views.timeline_comment(said)))  # type: ignore[misc]
    lines.sort(key=lambda entry: entry[:2])
    return numbered(ctx, lines, lambda entry: entry[2]())
