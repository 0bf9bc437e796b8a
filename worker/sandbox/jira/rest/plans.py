"""Sprints and versions: what people plan work for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from worker.sandbox.clock import parse_instant
from worker.sandbox.errors import SandboxError
from worker.sandbox.jira.context import Context, no_content, ok
from worker.sandbox.jira.errors import ApiError, bad
from worker.sandbox.jira.model import Issue, Project, Sprint, Version
from worker.sandbox.jira.plans import sprint as shown_sprint
from worker.sandbox.jira.rest.routes import Handler
from worker.sandbox.wire import Reply, Router

routes: Router[Handler] = Router()

STATES = ("future", "active", "closed")


# Versions


@routes.on("GET", "/project/{key}/versions")
def versions(ctx: Context, key: str) -> Reply:
    """All versions of a project."""
    project = ctx.project(key)
    return ok([ctx.views.version(version, project, whole=True) for version in project.versions])


@routes.on("POST", "/version")
def add_version(ctx: Context) -> Reply:
    """Make a version: `{"project": "OPS", "name": "1.2", "startDate": "2026-12-01"}`."""
    given = ctx.payload()
    project = ctx.project(str(given.get("project") or given.get("projectId") or ""))
    ctx.need(project, "ADMINISTER_PROJECTS", "You do not have permission to create versions in this project.")
    if not given.get("name"):
        raise bad(name="You must specify a valid version name")
    made = Version(id=str(ctx.store.next_id("version")), name=str(given["name"]))
    _fill(made, given)
    project.versions.append(made)
    ctx.world.changes += 1
    return ok(ctx.views.version(made, project, whole=True), 201)


@routes.on("PUT", "/version/{number}")
def edit_version(ctx: Context, number: str) -> Reply:
    """Change a version: what is given of its name, days, `released` and `archived`."""
    project, version = _version(ctx, number)
    ctx.need(project, "ADMINISTER_PROJECTS", "You do not have permission to edit versions in this project.")
    _fill(version, ctx.payload())
    ctx.world.changes += 1
    return ok(ctx.views.version(version, project, whole=True))


def _version(ctx: Context, number: str) -> tuple[Project, Version]:
    for project in ctx.store.projects.values():
        for version in project.versions:
            if version.id == number:
                return ctx.project(project.key), version
    raise ApiError(404, f"Could not find version for id '{number}'")


def _fill(version: Version, given: dict[str, Any]) -> None:
    version.name = str(given.get("name", version.name))
    version.start = given.get("startDate", version.start)
    version.release = given.get("releaseDate", version.release)
    version.released = bool(given.get("released", version.released))
    version.archived = bool(given.get("archived", version.archived))


# Sprints, at /rest/agile/1.0


@routes.on("POST", "/agile/sprint")
def add_sprint(ctx: Context) -> Reply:
    """Make a future sprint: `{"name": "Sprint 8", "startDate": "2026-12-01T09:00:00.000Z"}`."""
    given = ctx.payload()
    _ = ctx.me
    if not given.get("name"):
        raise bad(name="The name of a sprint is required.")
    made = Sprint(id=ctx.store.next_id("sprint", 1), name=str(given["name"]))
    _move(made, given)
    ctx.store.sprints[made.id] = made
    ctx.world.changes += 1
    return ok(shown_sprint(made), 201)


@routes.on("GET", "/agile/sprint/{number:int}")
def read_sprint(ctx: Context, number: str) -> Reply:
    """One sprint."""
    return ok(shown_sprint(_sprint(ctx, number)))


@routes.on("POST", "/agile/sprint/{number:int}")
@routes.on("PUT", "/agile/sprint/{number:int}")
def edit_sprint(ctx: Context, number: str) -> Reply:
    """Change a sprint: what is given of its name, state and times."""
    sprint, _ = _sprint(ctx, number), ctx.me
    _move(sprint, ctx.payload())
    ctx.world.changes += 1
    return ok(shown_sprint(sprint))


@routes.on("POST", "/agile/sprint/{number:int}/issue")
def plan(ctx: Context, number: str) -> Reply:
    """Put issues into a sprint: `{"issues": ["OPS-7"]}`. They leave the one that waits or runs, and keep the ended."""
    return _put(ctx, [_sprint(ctx, number)])


@routes.on("POST", "/agile/backlog/issue")
def unplan(ctx: Context) -> Reply:
    """Take issues out of the sprints that wait or run: `{"issues": ["OPS-7"]}`."""
    return _put(ctx, [])


def _put(ctx: Context, sprints: list[Sprint]) -> Reply:
    name = next((f.id for f in ctx.store.fields.values() if f.kind == "sprint"), None)
    keys = ctx.payload().get("issues")
    if name is None or not isinstance(keys, list):
        raise bad("There is no field for sprints, or no list of issues was given.")
    issues: list[Issue] = [ctx.issue(str(key)) for key in keys]
    for issue in issues:
        me = ctx.need(issue.project, "EDIT_ISSUES", "You do not have permission to edit issues in this project.")
        ended = [s for s in issue.values.get(name) or [] if s.state == "closed" and s not in sprints]
        ctx.world.edit(me, issue, {name: [*ended, *sprints]})
    return no_content()


def _sprint(ctx: Context, number: str) -> Sprint:
    found = ctx.store.sprints.get(int(number))
    if found is None:
        raise ApiError(404, "Sprint does not exist.")
    return found


def _move(sprint: Sprint, given: dict[str, Any]) -> None:
    state = given.get("state", sprint.state)
    if state not in STATES:
        raise bad(state=f"The state {state} is not valid.")
    sprint.name, sprint.state = str(given.get("name", sprint.name)), state
    sprint.start, sprint.end = _time(given, "startDate", sprint.start), _time(given, "endDate", sprint.end)


def _time(given: dict[str, Any], name: str, before: datetime | None) -> datetime | None:
    if given.get(name) is None:
        return before
    try:
        return parse_instant(str(given[name]))
    except SandboxError as error:
        raise bad(**{name: str(error)}) from error
