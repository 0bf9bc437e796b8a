"""Pull requests, merges and commits, as far as issues notice them."""

from __future__ import annotations

from collections.abc import Callable

from worker.sandbox.github import code
from worker.sandbox.github.context import Context, ok, text_in
from worker.sandbox.github.errors import not_found, wrong_type
from worker.sandbox.github.rest.issues import ISSUES
from worker.sandbox.wire import Reply, Router

routes: Router[Callable[..., Reply]] = Router()

REPO = ISSUES.removesuffix("/issues")


@routes.on("POST", REPO + "/pulls")
def open_pull(ctx: Context, owner: str, repo: str) -> Reply:
    """Open a pull request: `{"title": "…", "body": "Fixes #3", "head": "branch", "base": "main"}`."""
    place = ctx.repo(owner, repo)
    ctx.writer(place)
    payload = ctx.payload()
    pull = code.open_pull(ctx.world, ctx.actor, place, title=payload.get("title"), body=text_in(payload, "body"))
    return ok(ctx.views.issue(pull) | {"merged": False}, 201)


@routes.on("GET", REPO + "/pulls/{number:int}")
def get_pull(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Get one pull request."""
    pull = ctx.issue(owner, repo, number)
    if not pull.pull_request:
        raise not_found()
    return ok(ctx.views.issue(pull) | {"merged": pull.merged_at is not None})


@routes.on("PUT", REPO + "/pulls/{number:int}/merge")
def merge(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Merge a pull request; what its body says it closes is closed."""
    pull = ctx.issue(owner, repo, number)
    ctx.writer(pull.repo, "write")
    made = code.merge_pull(ctx.world, ctx.actor, pull)
    return ok({"sha": made.sha, "merged": True, "message": "Pull Request successfully merged"})


@routes.on("POST", REPO + "/git/commits")
def commit(ctx: Context, owner: str, repo: str) -> Reply:
    """Make a commit, which counts as pushed: `{"message": "Limit retries (#3)", "tree": "…"}`."""
    place = ctx.repo(owner, repo)
    ctx.writer(place, "write")
    message = text_in(ctx.payload(), "message")
    if not message:
        raise wrong_type("message", message, "a string")
    return ok(ctx.views.commit(code.commit(ctx.world, ctx.actor, place, message)), 201)
