"""Links between issues, and from issues to elsewhere."""

from __future__ import annotations

from typing import Any

from worker.sandbox.jira.context import Context, no_content, ok
from worker.sandbox.jira.drafts import link_type, linked_issue
from worker.sandbox.jira.errors import ApiError, bad
from worker.sandbox.jira.model import Issue, Link, RemoteLink
from worker.sandbox.jira.rest.comments import body_of
from worker.sandbox.jira.rest.routes import Handler
from worker.sandbox.wire import Reply, Router

routes: Router[Handler] = Router()

NO_LINK = "No Link Issue Permission for issue '{}'"
GLOBAL_ID_LIMIT, TITLE_LIMIT = 255, 255


@routes.on("POST", "/issueLink")
def add(ctx: Context) -> Reply:
    """Link two issues: `inwardIssue` is the source, which then shows the other one as its `outwardIssue`."""
    payload = ctx.payload()
    kind = link_type(ctx, payload.get("type"))
    source = linked_issue(ctx, payload.get("inwardIssue"))
    target = linked_issue(ctx, payload.get("outwardIssue"))
    me = ctx.need(source.project, "LINK_ISSUES", NO_LINK.format(source.key))
    if source is target:
        raise bad("Cannot link an issue to itself.")
    said = body_of(ctx, payload["comment"]) if isinstance(payload.get("comment"), dict) else None
    ctx.world.link(me, kind, source, target)
    if said is not None:
        ctx.world.comment(me, source, *said)
    return no_content(201)


@routes.on("GET", "/issueLink/{number}")
def read_one(ctx: Context, number: str) -> Reply:
    """One link, with both its issues."""
    link = _link(ctx, number)
    return ok(
        {
            "id": str(link.id),
            "self": f"{ctx.views.base}/issueLink/{link.id}",
            "type": ctx.views.link_type(link.type),
            "inwardIssue": ctx.views.brief(link.source),
            "outwardIssue": ctx.views.brief(link.target),
        }
    )


@routes.on("DELETE", "/issueLink/{number}")
def delete(ctx: Context, number: str) -> Reply:
    """Undo a link."""
    link = _link(ctx, number)
    me = ctx.need(link.source.project, "LINK_ISSUES", NO_LINK.format(link.source.key))
    ctx.world.unlink(me, link)
    return no_content()


def _link(ctx: Context, number: str) -> Link:
    found = ctx.store.links.get(int(number)) if number.isdecimal() else None
    if found is None:
        raise ApiError(404, f"No issue link with id '{number}' exists.")
    ctx.issue(str(found.source.id))
    ctx.issue(str(found.target.id))
    return found


@routes.on("GET", "/issue/{key}/remotelink")
def remote(ctx: Context, key: str) -> Reply:
    """The links of an issue to elsewhere, or the one with a global id."""
    issue = ctx.issue(key)
    wanted = ctx.call.arg("globalId")
    if not wanted:
        return ok([ctx.views.remote_link(link, issue) for link in issue.remote_links])
    found = next((link for link in issue.remote_links if link.global_id == wanted), None)
    if found is None:
        raise ApiError(404, f"No remote issue link with global id '{wanted}' exists for this issue.")
    return ok(ctx.views.remote_link(found, issue))


@routes.on("POST", "/issue/{key}/remotelink")
def put_remote(ctx: Context, key: str) -> Reply:
    """Add a link to elsewhere (201), or renew the one with the same global id (200)."""
    issue = ctx.issue(key)
    me = ctx.need(issue.project, "LINK_ISSUES", NO_LINK.format(issue.key))
    link = _remote(ctx, ctx.payload())
    fresh = ctx.world.link_elsewhere(me, issue, link)
    return ok(
        {"id": link.id, "self": f"{ctx.views.base}/issue/{issue.key}/remotelink/{link.id}"}, 201 if fresh else 200
    )


def _remote(ctx: Context, payload: dict[str, Any]) -> RemoteLink:
    shown, global_id = payload.get("object"), str(payload.get("globalId") or "")
    errors = {}
    if not isinstance(shown, dict) or not shown.get("url"):
        errors["url"] = "'url' is required."
    if not isinstance(shown, dict) or not shown.get("title"):
        errors["title"] = "'title' is required."
    elif len(str(shown["title"])) > TITLE_LIMIT:
        errors["title"] = "'title' cannot be longer than 255 characters."
    if len(global_id) > GLOBAL_ID_LIMIT:
        errors["globalId"] = "'globalId' cannot be longer than 255 characters."
    if errors or not isinstance(shown, dict):
        raise bad(**errors)
    application = payload.get("application")
    return RemoteLink(
        id=ctx.store.next_id("remote link"),
        global_id=global_id,
        application=application if isinstance(application, dict) else {},
        relationship=str(payload.get("relationship") or ""),
        object={"icon": {}, "status": {"icon": {}}} | shown,
    )


@routes.on("DELETE", "/issue/{key}/remotelink")
def drop_by_global_id(ctx: Context, key: str) -> Reply:
    """Undo the link with a global id."""
    issue = ctx.issue(key)
    return _drop(ctx, issue, next((x for x in issue.remote_links if x.global_id == ctx.call.arg("globalId")), None))


@routes.on("GET", "/issue/{key}/remotelink/{number:int}")
def read_remote(ctx: Context, key: str, number: str) -> Reply:
    """One link to elsewhere."""
    issue = ctx.issue(key)
    found = next((x for x in issue.remote_links if x.id == int(number)), None)
    if found is None:
        raise ApiError(404, f"No remote issue link with id '{number}' exists.")
    return ok(ctx.views.remote_link(found, issue))


@routes.on("DELETE", "/issue/{key}/remotelink/{number:int}")
def drop_by_id(ctx: Context, key: str, number: str) -> Reply:
    """Undo one link to elsewhere."""
    issue = ctx.issue(key)
    return _drop(ctx, issue, next((x for x in issue.remote_links if x.id == int(number)), None))


def _drop(ctx: Context, issue: Issue, link: RemoteLink | None) -> Reply:
    me = ctx.need(issue.project, "LINK_ISSUES", NO_LINK.format(issue.key))
    if link is None:
        raise ApiError(404, "No such remote issue link exists.")
    ctx.world.unlink_elsewhere(me, issue, link)
    return no_content()
