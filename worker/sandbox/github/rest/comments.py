"""Comments of issues, and reactions on both."""

from __future__ import annotations

from collections.abc import Callable

from worker.sandbox.github import talk
from worker.sandbox.github.context import Context, no_content, ok
from worker.sandbox.github.errors import forbidden, not_found
from worker.sandbox.github.model import Comment, Issue, at_least
from worker.sandbox.github.paging import numbered
from worker.sandbox.github.rest.issues import ISSUE, ISSUES, since_of
from worker.sandbox.wire import Reply, Router

routes: Router[Callable[..., Reply]] = Router()
COMMENT = ISSUES + "/comments/{number:int}"


@routes.on("GET", ISSUE + "/comments")
def list_comments(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """List an issue's comments, oldest first; `since` is about their last update."""
    issue, since = ctx.issue(owner, repo, number), since_of(ctx)
    found = [comment for comment in issue.comments if since is None or comment.updated_at >= since]
    return numbered(ctx, sorted(found, key=lambda comment: comment.id), ctx.views.comment)


@routes.on("GET", ISSUES + "/comments")
def list_repo_comments(ctx: Context, owner: str, repo: str) -> Reply:
    """List all comments of a repository."""
    place, since = ctx.repo(owner, repo), since_of(ctx)
    found = [
        comment
        for issue in place.issues.values()
        for comment in issue.comments
        if since is None or comment.updated_at >= since
    ]
    down = ctx.call.arg("direction", "asc") == "desc"
    if ctx.call.arg("sort") == "updated":
        found.sort(key=lambda comment: (comment.updated_at, comment.id), reverse=down)
    else:
        found.sort(key=lambda comment: comment.id, reverse=down)
    return numbered(ctx, found, ctx.views.comment)


@routes.on("POST", ISSUE + "/comments")
def create_comment(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Write a comment."""
    issue = ctx.issue(owner, repo, number)
    ctx.writer(issue.repo)
    comment = talk.add_comment(ctx.world, ctx.actor, issue, ctx.payload().get("body"))
    shown = ctx.views.comment(comment)
    return ok(shown, 201, location=str(shown["url"]))


@routes.on("GET", COMMENT)
def get_comment(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Get a comment."""
    return ok(ctx.views.comment(ctx.comment(owner, repo, number)))


@routes.on("PATCH", COMMENT)
def edit_comment(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Edit a comment: its author, or whoever may write."""
    comment = ctx.comment(owner, repo, number)
    ctx.writer(comment.issue.repo)
    talk.require_comment_editor(ctx.world, ctx.actor, comment)
    talk.edit_comment(ctx.world, ctx.actor, comment, ctx.payload().get("body"))
    return ok(ctx.views.comment(comment))


@routes.on("DELETE", COMMENT)
def delete_comment(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Delete a comment: its author, or whoever may write."""
    comment = ctx.comment(owner, repo, number)
    ctx.writer(comment.issue.repo)
    talk.require_comment_editor(ctx.world, ctx.actor, comment)
    talk.delete_comment(ctx.world, ctx.actor, comment)
    return no_content()


def _list_reactions(ctx: Context, on: Issue | Comment) -> Reply:
    content = ctx.call.arg("content")
    return numbered(ctx, [r for r in on.reactions if not content or r.content == content], ctx.views.reaction)


def _react(ctx: Context, on: Issue | Comment) -> Reply:
    ctx.writer(on.repo if isinstance(on, Issue) else on.issue.repo)
    reaction, new = talk.react(ctx.world, ctx.actor, on, ctx.payload().get("content"))
    return ok(ctx.views.reaction(reaction), 201 if new else 200)


def _unreact(ctx: Context, on: Issue | Comment, reaction: str) -> Reply:
    repo = on.repo if isinstance(on, Issue) else on.issue.repo
    role = ctx.writer(repo)
    found = next((r for r in on.reactions if r.id == int(reaction)), None)
    if found is None:
        raise not_found()
    if found.user is not ctx.actor.account and not at_least(role, "write"):
        raise forbidden()
    on.reactions.remove(found)
    ctx.world.changes += 1
    return no_content()


@routes.on("GET", COMMENT + "/reactions")
def comment_reactions(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """List the reactions on a comment."""
    return _list_reactions(ctx, ctx.comment(owner, repo, number))


@routes.on("POST", COMMENT + "/reactions")
def react_to_comment(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """React to a comment; 200 where the same reaction was there."""
    return _react(ctx, ctx.comment(owner, repo, number))


@routes.on("DELETE", COMMENT + "/reactions/{reaction:int}")
def unreact_to_comment(
    ctx: Context,
    owner: str,
    repo: str,
    number: str,
    reaction: str,
) -> Reply:
    """Take a reaction off a comment."""
    return _unreact(ctx, ctx.comment(owner, repo, number), reaction)


@routes.on("GET", ISSUE + "/reactions")
def issue_reactions(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """List the reactions on an issue."""
    return _list_reactions(ctx, ctx.issue(owner, repo, number))


@routes.on("POST", ISSUE + "/reactions")
def react_to_issue(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """React to an issue."""
    return _react(ctx, ctx.issue(owner, repo, number))


@routes.on("DELETE", ISSUE + "/reactions/{reaction:int}")
def unreact_to_issue(ctx: Context, owner: str, repo: str, number: str, reaction: str) -> Reply:
    """Take a reaction off an issue."""
    return _unreact(ctx, ctx.issue(owner, repo, number), reaction)
