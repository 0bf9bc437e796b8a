"""Which issues an issue waits for. A server without the feature answers 404."""

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
BLOCKED_BY = ISSUE + "/dependencies/blocked_by"


def _issue(ctx: Context, owner: str, repo: str, number: str) -> Issue:
    if not ctx.features.dependencies:
        raise not_found()
    return ctx.issue(owner, repo, number)


def _named(ctx: Context, value: object) -> Issue:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("issue_id", value, "an integer")
    found = ctx.store.issues.get(value)
    if found is None or not ctx.store.sees(ctx.actor, found.repo):
        raise unprocessable("The provided issue does not exist")
    return found


@routes.on("GET", BLOCKED_BY)
def blocked_by(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """List the issues that one waits for, as far as the caller sees them."""
    issue = _issue(ctx, owner, repo, number)
    return numbered(ctx, [one for one in issue.blockers if ctx.store.sees(ctx.actor, one.repo)], ctx.views.issue)


@routes.on("POST", BLOCKED_BY)
def add(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Have an issue wait for another one, named by its database id: `{"issue_id": 2600000001}`."""
    issue = _issue(ctx, owner, repo, number)
    ctx.writer(issue.repo, "triage")
    changes.add_blocker(ctx.world, ctx.actor, issue, _named(ctx, ctx.payload().get("issue_id")))
    return ok(ctx.views.issue(issue), 201)


@routes.on("DELETE", BLOCKED_BY + "/{blocker:int}")
def remove(ctx: Context, owner: str, repo: str, number: str, blocker: str) -> Reply:
    """Have an issue wait for another one no more."""
    issue = _issue(ctx, owner, repo, number)
    ctx.writer(issue.repo, "triage")
    changes.remove_blocker(ctx.world, ctx.actor, issue, _named(ctx, int(blocker)))
    return ok(ctx.views.issue(issue))
