"""Parents and children over REST. A server without the feature answers 404, as older Enterprise Servers do."""

from __future__ import annotations

from collections.abc import Callable

from worker.sandbox.github import changes
from worker.sandbox.github.context import Context, ok
from worker.sandbox.github.errors import not_found, unprocessable, wrong_type
from worker.sandbox.github.model import Issue
from worker.sandbox.github.paging import numbered
from worker.sandbox.github.rest.issues import ISSUE
from worker.sandbox.wire import Reply, Router

routes: Router[Callable[..., Reply]] = Router()


def _parent(ctx: Context, owner: str, repo: str, number: str) -> Issue:
    if not ctx.features.sub_issues:
        raise not_found()
    return ctx.issue(owner, repo, number)


def _named(ctx: Context, field: str) -> Issue:
    value = ctx.payload().get(field)
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(field, value, "an integer")
    found = ctx.store.issues.get(value)
    if found is None or not ctx.store.sees(ctx.actor, found.repo):
        raise unprocessable("The provided sub-issue does not exist")
    return found


@routes.on("GET", ISSUE + "/sub_issues")
def list_children(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """List an issue's children that the caller sees, in their order."""
    parent = _parent(ctx, owner, repo, number)
    seen = [child for child in parent.children if ctx.store.sees(ctx.actor, child.repo)]
    return numbered(ctx, seen, ctx.views.issue)


@routes.on("GET", ISSUE + "/parent")
def get_parent(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Get an issue's parent; 404 where there is none."""
    parent = _parent(ctx, owner, repo, number).parent
    if parent is None or not ctx.store.sees(ctx.actor, parent.repo):
        raise not_found()
    return ok(ctx.views.issue(parent))


@routes.on("POST", ISSUE + "/sub_issues")
def add_child(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Make an issue, named by its database id, a child; answers with the parent, as GitHub does."""
    parent = _parent(ctx, owner, repo, number)
    ctx.writer(parent.repo, "triage")
    child = _named(ctx, "sub_issue_id")
    changes.link_child(ctx.world, ctx.actor, parent, child, replace=ctx.payload().get("replace_parent") is True)
    return ok(ctx.views.issue(parent), 201)


@routes.on("DELETE", ISSUE + "/sub_issue")
def remove_child(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Take a child off; answers with the parent."""
    parent = _parent(ctx, owner, repo, number)
    ctx.writer(parent.repo, "triage")
    changes.unlink_child(ctx.world, ctx.actor, parent, _named(ctx, "sub_issue_id"))
    return ok(ctx.views.issue(parent))


@routes.on("PATCH", ISSUE + "/sub_issues/priority")
def move_child(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Put a child after or before another one."""
    parent = _parent(ctx, owner, repo, number)
    ctx.writer(parent.repo, "triage")
    child = _named(ctx, "sub_issue_id")
    payload = ctx.payload()
    field = "after_id" if payload.get("after_id") is not None else "before_id"
    other = _named(ctx, field)
    if child not in parent.children or other not in parent.children:
        raise unprocessable("The provided sub-issue is not a child of the issue")
    parent.children.remove(child)
    parent.children.insert(parent.children.index(other) + (field == "after_id"), child)
    ctx.world.changes += 1
    return ok(ctx.views.issue(parent))
