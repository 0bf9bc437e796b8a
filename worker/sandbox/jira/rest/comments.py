"""Comments: list, read, write, edit, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worker.sandbox.jira.access import may
from worker.sandbox.jira.context import Context, no_content, ok
from worker.sandbox.jira.drafts import properties_of
from worker.sandbox.jira.errors import bad, forbidden
from worker.sandbox.jira.fieldtypes import Unfit, read_text
from worker.sandbox.jira.model import Comment
from worker.sandbox.jira.rest.routes import Handler
from worker.sandbox.jira.richtext import Rich
from worker.sandbox.wire import Reply, Router

routes: Router[Handler] = Router()

PAGE, MOST = 100, 5000


def body_of(ctx: Context, payload: Mapping[str, Any]) -> tuple[Rich, dict[str, str] | None]:
    """Return the text and the visibility of a comment's body. Raises ApiError 400."""
    try:
        text = read_text(payload.get("body", ""), documents=ctx.views.documents)
    except Unfit as error:
        raise bad(comment=str(error)) from error
    if text is None or not text.wiki.strip():
        raise bad(comment="Comment body can not be empty!")
    visibility = payload.get("visibility")
    if visibility is None:
        return text, None
    if not isinstance(visibility, dict) or visibility.get("type") not in {"role", "group"}:
        raise bad("Invalid visibility: expected a type (role or group) and a value.")
    return text, {"type": str(visibility["type"]), "value": str(visibility.get("value") or "")}


@routes.on("GET", "/issue/{key}/comment")
def listed(ctx: Context, key: str) -> Reply:
    """The comments of an issue, oldest first, in pages."""
    issue = ctx.issue(key)
    seen = [comment for comment in issue.comments if ctx.views.sees_comment(comment)]
    order = ctx.call.arg("orderBy", "created")
    if order.lstrip("+-") != "created":
        raise bad(f"'{order}' is not a valid value for orderBy.")
    seen.sort(key=lambda comment: (comment.created, comment.id), reverse=order.startswith("-"))
    start = ctx.number("startAt", 0)
    size = ctx.number("maxResults", PAGE if ctx.cloud else 1048576, MOST if ctx.cloud else 1048576)
    page = [ctx.views.comment(comment) for comment in seen[start : start + size]]
    return ok({"startAt": start, "maxResults": size, "total": len(seen), "comments": page})


@routes.on("POST", "/issue/{key}/comment")
def add(ctx: Context, key: str) -> Reply:
    """Write a comment."""
    issue = ctx.issue(key)
    me = ctx.need(
        issue.project, "ADD_COMMENTS", f"{_who(ctx)}, you do not have the permission to comment on this issue."
    )
    payload = ctx.payload()
    text, visibility = body_of(ctx, payload)
    properties = properties_of(payload.get("properties"))
    made = ctx.world.comment(me, issue, text, visibility)
    made.properties.update(properties)
    return ok(ctx.views.comment(made), 201)


@routes.on("GET", "/issue/{key}/comment/{number}")
def read_one(ctx: Context, key: str, number: str) -> Reply:
    """One comment."""
    return ok(ctx.views.comment(ctx.comment(ctx.issue(key), number)))


@routes.on("PUT", "/issue/{key}/comment/{number}")
def edit(ctx: Context, key: str, number: str) -> Reply:
    """Give a comment other words; `notifyUsers=false` (Cloud) needs no right of its own."""
    comment = ctx.comment(ctx.issue(key), number)
    _own(ctx, comment, "EDIT", "edit")
    text, visibility = body_of(ctx, ctx.payload())
    ctx.world.edit_comment(ctx.me, comment, text, visibility or comment.visibility)
    return ok(ctx.views.comment(comment))


@routes.on("DELETE", "/issue/{key}/comment/{number}")
def delete(ctx: Context, key: str, number: str) -> Reply:
    """Take a comment away."""
    comment = ctx.comment(ctx.issue(key), number)
    _own(ctx, comment, "DELETE", "delete")
    ctx.world.remove_comment(ctx.me, comment)
    return no_content()


def _own(ctx: Context, comment: Comment, right: str, verb: str) -> None:
    project, me = comment.issue.project, ctx.me
    if may(ctx.actor, project, f"{right}_ALL_COMMENTS"):
        return
    if comment.author is me and may(ctx.actor, project, f"{right}_OWN_COMMENTS"):
        return
    words = f"{_who(ctx)}, you do not have the permission to {verb} comment with id: {comment.id}."
    raise bad(words) if not ctx.cloud else forbidden(words)


def _who(ctx: Context) -> str:
    return ctx.actor.account.display_name if ctx.actor.account else "Anonymous"
