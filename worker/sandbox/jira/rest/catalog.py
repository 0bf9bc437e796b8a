"""What a site has: itself, projects, fields, types, statuses, priorities, resolutions, link types."""

from __future__ import annotations

from typing import Any

from worker.sandbox.jira.access import may, sees_project
from worker.sandbox.jira.context import Context, ok
from worker.sandbox.jira.fieldtypes import schema
from worker.sandbox.jira.model import CATEGORIES, Project
from worker.sandbox.jira.rest.routes import Handler, cloud_only
from worker.sandbox.wire import Reply, Router

routes: Router[Handler] = Router()

PAGE, MOST = 50, 100


@routes.on("GET", "/serverInfo")
def server_info(ctx: Context) -> Reply:
    """Which Jira this is; anybody may ask."""
    version = "1001.0.0-SNAPSHOT" if ctx.cloud else "10.3.5"
    numbers = [int(part) for part in version.partition("-")[0].split(".")]
    info: dict[str, Any] = {
        "baseUrl": ctx.views.root,
        "version": version,
        "versionNumbers": numbers,
        "deploymentType": "Cloud" if ctx.cloud else "Server",
        "buildNumber": 100290 if ctx.cloud else 10030005,
        "buildDate": "2026-10-01T00:00:00.000+0000",
        "serverTime": ctx.views.when(ctx.store.now()),
        "scmInfo": "5a4db0c",
        "serverTitle": "Sandbox Jira",
    }
    return ok(info if ctx.cloud else info | {"defaultLocale": {"locale": "en_US"}})


def _visible(ctx: Context) -> list[Project]:
    found = [project for project in ctx.store.projects.values() if sees_project(ctx.actor, project)]
    if ctx.call.arg("action") == "create":
        found = [project for project in found if may(ctx.actor, project, "CREATE_ISSUES")]
    return sorted(found, key=lambda project: project.key)


@routes.on("GET", "/project")
def projects(ctx: Context) -> Reply:
    """All projects that the caller sees."""
    return ok([ctx.views.project(project) | _more(ctx, project) for project in _visible(ctx)])


def _more(ctx: Context, project: Project) -> dict[str, Any]:
    more: dict[str, Any] = {"expand": "description,lead,issueTypes,url,projectKeys,permissions,insight"}
    if ctx.cloud:
        style = "next-gen" if project.team_managed else "classic"
        more |= {"style": style, "isPrivate": not project.public, "properties": {}}
    if "lead" in ctx.words("expand"):
        more["lead"] = ctx.views.user(project.lead)
    return more


@routes.on("GET", "/project/search")
@cloud_only
def project_search(ctx: Context) -> Reply:
    """The same in pages, on Cloud."""
    found = _visible(ctx)
    keys = {value.upper() for name, value in ctx.call.query if name == "keys"}
    word = ctx.call.arg("query").casefold()
    found = [p for p in found if not keys or p.key in keys]
    found = [p for p in found if not word or word in p.key.casefold() or word in p.name.casefold()]
    start, size = ctx.number("startAt", 0), ctx.number("maxResults", PAGE, MOST)
    here = f"{ctx.views.base}/project/search"
    page: dict[str, Any] = {
        "self": f"{here}?maxResults={size}&startAt={start}",
        "maxResults": size,
        "startAt": start,
        "total": len(found),
        "isLast": start + size >= len(found),
        "values": [ctx.views.project(project) | _more(ctx, project) for project in found[start : start + size]],
    }
    if not page["isLast"]:
        page["nextPage"] = f"{here}?maxResults={size}&startAt={start + size}"
    return ok(page)


@routes.on("GET", "/project/{key}")
def project(ctx: Context, key: str) -> Reply:
    """One project; a former key answers with the present one."""
    return ok(ctx.views.whole_project(ctx.project(key)))


@routes.on("GET", "/project/{key}/components")
def components(ctx: Context, key: str) -> Reply:
    """The components of a project, each with its lead where it has one."""
    found = ctx.project(key)
    shown = []
    for component in found.components:
        lead = found.component_leads.get(component.id)
        more = {"project": found.key, "projectId": found.id, "assigneeType": "PROJECT_DEFAULT"}
        led = {"lead": ctx.views.user(lead)} if lead is not None else {}
        shown.append(ctx.views.named(component, "component") | led | more)
    return ok(shown)


@routes.on("GET", "/project/{key}/statuses")
def statuses(ctx: Context, key: str) -> Reply:
    """The statuses of a project, by type."""
    shown = []
    for config in ctx.project(key).types.values():
        kind = ctx.views.issue_type(config.type)
        some = {name: kind[name] for name in ("self", "id", "name", "subtask")}
        shown.append(some | {"statuses": [ctx.views.status(status) for status in config.workflow.statuses]})
    return ok(shown)


@routes.on("GET", "/priority")
def priorities(ctx: Context) -> Reply:
    """All priorities, highest first."""
    colors = ("#d04437", "#f15C75", "#f79232", "#707070", "#999999")
    shown = [ctx.views.named(one, "priority") for one in ctx.store.priorities.values()]
    return ok([one | {"statusColor": colors[min(at, 4)], "description": ""} for at, one in enumerate(shown)])


@routes.on("GET", "/resolution")
def resolutions(ctx: Context) -> Reply:
    """All resolutions."""
    return ok([ctx.views.named(one, "resolution") for one in ctx.store.resolutions.values()])


@routes.on("GET", "/status")
def all_statuses(ctx: Context) -> Reply:
    """All statuses."""
    return ok([ctx.views.status(status) for status in ctx.store.statuses.values()])


@routes.on("GET", "/statuscategory")
def categories(ctx: Context) -> Reply:
    """All status categories."""
    return ok(
        [
            {
                "self": f"{ctx.views.base}/statuscategory/{number}",
                "id": number,
                "key": key,
                "colorName": color,
                "name": name,
            }
            for key, (number, name, color) in CATEGORIES.items()
        ]
    )


@routes.on("GET", "/field")
def fields(ctx: Context) -> Reply:
    """All fields of the site."""
    return ok(
        [
            {
                "id": field.id,
                "key": field.id,
                "name": field.name,
                "custom": field.custom,
                "orderable": True,
                "navigable": True,
                "searchable": True,
                "clauseNames": [f"cf[{field.id.rpartition('_')[2]}]", field.name] if field.custom else [field.id],
                "schema": schema(field),
            }
            for field in ctx.store.fields.values()
        ]
    )


@routes.on("GET", "/issuetype")
def issue_types(ctx: Context) -> Reply:
    """All issue types that the caller can meet."""
    met = {kind for project in _visible(ctx) for kind in project.types}
    return ok([ctx.views.issue_type(kind) for kind in ctx.store.types.values() if kind.id in met])


@routes.on("GET", "/issueLinkType")
def link_types(ctx: Context) -> Reply:
    """All types of issue links."""
    return ok({"issueLinkTypes": [ctx.views.link_type(kind) for kind in ctx.store.link_types.values()]})
