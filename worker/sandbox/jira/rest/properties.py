"""Entity properties of issues: keys, one, set, delete."""

from __future__ import annotations

from worker.sandbox.jira.context import Context, no_content, ok
from worker.sandbox.jira.drafts import check_property
from worker.sandbox.jira.errors import ApiError
from worker.sandbox.jira.model import Issue
from worker.sandbox.jira.rest.routes import Handler
from worker.sandbox.wire import Reply, Router

routes: Router[Handler] = Router()

NO_EDIT = "You do not have permission to edit issues in this project."


@routes.on("GET", "/issue/{key}/properties")
def keys(ctx: Context, key: str) -> Reply:
    """The keys of an issue's properties."""
    issue = ctx.issue(key)
    return ok({"keys": [{"self": _address(ctx, issue, name), "key": name} for name in sorted(issue.properties)]})


def _address(ctx: Context, issue: Issue, name: str) -> str:
    return f"{ctx.views.base}/issue/{issue.key}/properties/{name}"


@routes.on("GET", "/issue/{key}/properties/{name}")
def read_one(ctx: Context, key: str, name: str) -> Reply:
    """One property."""
    issue = ctx.issue(key)
    if name not in issue.properties:
        raise _none(name)
    return ok({"key": name, "value": issue.properties[name]})


def _none(name: str) -> ApiError:
    return ApiError(404, f"The property with key '{name}' does not exist.")


@routes.on("PUT", "/issue/{key}/properties/{name}")
def write(ctx: Context, key: str, name: str) -> Reply:
    """Set a property: 201 where it is new, else 200."""
    issue = ctx.issue(key)
    ctx.need(issue.project, "EDIT_ISSUES", NO_EDIT)
    value = ctx.any_payload()
    check_property(name, value)
    return no_content(201 if ctx.world.set_property(issue, name, value) else 200)


@routes.on("DELETE", "/issue/{key}/properties/{name}")
def delete(ctx: Context, key: str, name: str) -> Reply:
    """Take a property away."""
    issue = ctx.issue(key)
    ctx.need(issue.project, "EDIT_ISSUES", NO_EDIT)
    if name not in issue.properties:
        raise _none(name)
    ctx.world.drop_property(issue, name)
    return no_content()
