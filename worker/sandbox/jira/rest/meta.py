"""What must be said to create an issue: the types of a project, and the fields of a type."""

from __future__ import annotations

from typing import Any

from worker.sandbox.jira.access import may
from worker.sandbox.jira.context import Context, ok
from worker.sandbox.jira.errors import ApiError
from worker.sandbox.jira.rest.routes import Handler
from worker.sandbox.jira.screens import described
from worker.sandbox.wire import Reply, Router

routes: Router[Handler] = Router()

PAGE, MOST = 50, 200


@routes.on("GET", "/issue/createmeta/{project}/issuetypes")
def types(ctx: Context, project: str) -> Reply:
    """The types that the caller can create in a project."""
    found = ctx.project(project)
    allowed = may(ctx.actor, found, "CREATE_ISSUES")
    shown = [ctx.views.issue_type(config.type) for config in found.types.values()] if allowed else []
    return _page(ctx, shown, "issueTypes")


@routes.on("GET", "/issue/createmeta/{project}/issuetypes/{kind}")
def fields(ctx: Context, project: str, kind: str) -> Reply:
    """The fields of the create screen of a type."""
    found = ctx.project(project)
    config = found.types.get(kind)
    if config is None or not may(ctx.actor, found, "CREATE_ISSUES"):
        raise ApiError(404, "The issue type was not found, or you have no right to create issues of it.")
    return _page(ctx, described(ctx, config, found, config.create, config.required, key=True), "fields")


def _page(ctx: Context, shown: list[dict[str, Any]], name: str) -> Reply:
    start, size = ctx.number("startAt", 0), ctx.number("maxResults", PAGE, MOST)
    part = shown[start : start + size]
    if ctx.cloud:
        return ok({"startAt": start, "maxResults": size, "total": len(shown), name: part})
    last = start + size >= len(shown)
    return ok({"maxResults": size, "startAt": start, "total": len(shown), "isLast": last, "values": part})
