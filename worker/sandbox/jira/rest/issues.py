"""Issues: create, read one or many, edit, delete, and their history."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from worker.sandbox.jira.access import may, sees
from worker.sandbox.jira.context import Context, no_content, ok
from worker.sandbox.jira.drafts import draft_of, link_type, linked_issue, mapping, parent_for, properties_of
from worker.sandbox.jira.errors import ApiError, bad, forbidden, off_screen
from worker.sandbox.jira.fieldtypes import empty
from worker.sandbox.jira.model import Issue
from worker.sandbox.jira.rest.comments import body_of
from worker.sandbox.jira.rest.routes import Handler, cloud_only
from worker.sandbox.jira.screens import added, described, missing, read_fields, read_update, rendered, twice, usable
from worker.sandbox.wire import Reply, Router

routes: Router[Handler] = Router()

BULK_LIMIT = 100
HISTORY_PAGE = 100


def shown(
    ctx: Context, issue: Issue, fields: Collection[str], expand: Collection[str], properties: Collection[str] = ()
) -> dict[str, Any]:
    """Return an issue as asked for: fields, expansions and properties."""
    found = ctx.views.issue(issue, fields)
    if properties:
        every = "*all" in properties
        keys = sorted(key for key in issue.properties if every or key in properties)
        found["properties"] = {key: issue.properties[key] for key in keys}
    if "names" in expand:
        found["names"] = {name: ctx.store.fields[name].name for name in found["fields"]}
    if "renderedFields" in expand:
        texts = [n for n in found["fields"] if ctx.store.fields[n].kind == "text"]
        found["renderedFields"] = dict.fromkeys(found["fields"]) | {n: rendered(ctx, issue, n) for n in texts}
    if "changelog" in expand:
        histories = [ctx.views.change(change) for change in issue.history]
        if ctx.cloud:
            histories = histories[::-1][:HISTORY_PAGE]
        total = len(issue.history)
        found["changelog"] = {"startAt": 0, "maxResults": len(histories), "total": total, "histories": histories}
    return found


@routes.on("POST", "/issue")
def create(ctx: Context) -> Reply:
    """Make an issue, whole or not at all."""
    if ctx.actor.account is None:
        raise ApiError(401, "You are not authenticated. Authentication required to perform this operation.")
    issue = ctx.world.create(ctx.me, draft_of(ctx, ctx.payload()))
    return ok({"id": str(issue.id), "key": issue.key, "self": f"{ctx.views.base}/issue/{issue.id}"}, 201)


@routes.on("GET", "/issue/{key}")
def read_one(ctx: Context, key: str) -> Reply:
    """One issue; a former key answers with the present one."""
    issue = ctx.issue(key)
    return ok(shown(ctx, issue, ctx.words("fields"), ctx.words("expand"), ctx.words("properties")))


@routes.on("POST", "/issue/bulkfetch")
@cloud_only
def bulk_fetch(ctx: Context) -> Reply:
    """Up to 100 issues by their present keys or ids, in the order of their ids; the others are named as errors."""
    payload = ctx.payload()
    wanted = payload.get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not wanted:
        raise bad("The issueIdsOrKeys field must not be empty.")
    if len(wanted) > BULK_LIMIT:
        raise bad(f"The maximum number of issues that can be fetched is {BULK_LIMIT}.")
    found: dict[int, Issue] = {}
    errors = []
    for word in map(str, wanted):
        issue = ctx.store.issues.get(int(word)) if word.isdecimal() else ctx.store.standing(word.upper())
        if issue is None or not sees(ctx.actor, issue):
            errors.append({"id": word, "errorMessage": "Issue does not exist or you do not have permission to see it."})
        else:
            found[issue.id] = issue
    fields = names(payload.get("fields")) or ["*navigable"]
    expand, properties = names(payload.get("expand")), names(payload.get("properties"))
    issues = [shown(ctx, found[number], fields, expand, properties) for number in sorted(found)]
    answer: dict[str, Any] = {"expand": "names,schema", "issues": issues}
    return ok(answer | ({"issueErrors": errors} if errors else {"issueErrors": []}))


def names(raw: object) -> list[str]:
    """Return the names in a list of a body, or in words with commas between."""
    if raw is None:
        return []
    if isinstance(raw, str):
        return [word.strip() for word in raw.split(",") if word.strip()]
    if not isinstance(raw, list) or not all(isinstance(word, str) for word in raw):
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    return [part.strip() for word in raw for part in word.split(",") if part.strip()]


@routes.on("PUT", "/issue/{key}")
def edit(ctx: Context, key: str) -> Reply:
    """Give fields new values, all or none. Silent edits and those past the screen are for administrators."""
    issue = ctx.issue(key)
    me = ctx.need(issue.project, "EDIT_ISSUES", "You do not have permission to edit issues in this project.")
    admin = may(ctx.actor, issue.project, "ADMINISTER_PROJECTS")
    if ctx.call.arg("notifyUsers", "true").lower() == "false" and not admin:
        raise forbidden("To discard the user notification either admin or project admin permissions are required.")
    past_screen = ctx.call.arg("overrideScreenSecurity").lower() == "true"
    if past_screen and "ADMINISTER" not in admin_rights(ctx, issue):
        raise forbidden("To override screen security admin permissions are required.")
    payload = ctx.payload()
    fields, update = mapping(payload, "fields"), mapping(payload, "update")
    if not fields and not update and not payload.get("properties"):
        raise bad("one of 'fields' or 'update' required")
    errors = twice(fields, update)
    screen = set(ctx.store.fields) if past_screen else set(usable(ctx, issue.project, issue.config.edit))
    plain = {name: raw for name, raw in fields.items() if name not in {"parent", "issuetype"}}
    values = read_fields(ctx, issue.project, plain, screen, errors)
    values |= read_update(ctx, issue.project, update, screen, errors, issue.values)
    emptied = {name for name in values if empty(values[name])} & issue.config.required
    errors |= {name: words for name, words in missing(ctx, emptied, values).items() if name not in errors}
    parent = issue.parent
    if "parent" in fields:
        parent = _new_parent(ctx, issue, fields["parent"], screen, errors)
    kind = issue.config
    if "issuetype" in fields:
        kind = _new_type(issue, fields["issuetype"], errors)
    links = _new_links(ctx, update, screen, errors)
    said = _new_comments(ctx, issue, update)
    properties = properties_of(payload.get("properties"))
    if errors:
        raise bad(**errors)
    if kind is not issue.config:
        old, issue.type = issue.type, kind.type
        item = {"field": "issuetype", "fieldtype": "jira", "fieldId": "issuetype", "from": old.id}
        item |= {"fromString": old.name, "to": kind.type.id, "toString": kind.type.name}
        ctx.world.record(issue, me, [item])
    ctx.world.edit(me, issue, values)
    ctx.world.set_parent(me, issue, parent)
    for link, other, outward in links:
        ctx.world.link(me, link, *((issue, other) if outward else (other, issue)))
    for body, visibility in said:
        ctx.world.comment(me, issue, body, visibility)
    for name, value in properties.items():
        ctx.world.set_property(issue, name, value)
    return no_content()


def admin_rights(ctx: Context, issue: Issue) -> frozenset[str]:
    """Return ADMINISTER where the caller has it for the whole site."""
    return frozenset({"ADMINISTER"}) if may(ctx.actor, issue.project, "ADMINISTER") else frozenset()


def _new_parent(ctx: Context, issue: Issue, raw: object, screen: set[str], errors: dict[str, str]) -> Issue | None:
    if "parent" not in screen:
        errors["parent"] = off_screen("parent")
        return None
    if raw is None or (isinstance(raw, dict) and not any(raw.values())):
        if issue.type.level < 0:
            errors["parent"] = "Issue type is a sub-task but parent issue key or id not specified."
        return None
    found, words = parent_for(ctx, issue.project, issue.type.level, raw)
    if words:
        errors["parent"] = words
    return found


def _new_type(issue: Issue, raw: object, errors: dict[str, str]) -> Any:
    given = raw if isinstance(raw, dict) else {}
    for config in issue.project.types.values():
        if config.type.level == issue.type.level and given.get("id", given.get("name")) in {
            config.type.id,
            config.type.name,
        }:
            return config
    errors["issuetype"] = "The issue type selected is invalid."
    return issue.config


def _new_links(ctx: Context, update: dict[str, Any], screen: set[str], errors: dict[str, str]) -> list[Any]:
    operations = update.get("issuelinks", [])
    if operations and "issuelinks" not in screen:
        errors["issuelinks"] = off_screen("issuelinks")
        return []
    found = []
    for raw in added(operations):
        outward = "outwardIssue" in raw
        other = linked_issue(ctx, raw.get("outwardIssue" if outward else "inwardIssue"))
        found.append((link_type(ctx, raw.get("type")), other, outward))
    return found


def _new_comments(ctx: Context, issue: Issue, update: dict[str, Any]) -> list[Any]:
    operations = update.get("comment", [])
    if operations:
        ctx.need(issue.project, "ADD_COMMENTS", "You do not have the permission to comment on this issue.")
    return [body_of(ctx, one) for one in added(operations)]


@routes.on("DELETE", "/issue/{key}")
def delete(ctx: Context, key: str) -> Reply:
    """Take an issue away, with its sub-tasks only if asked to."""
    issue = ctx.issue(key)
    me = ctx.need(issue.project, "DELETE_ISSUES", "You do not have permission to delete issues in this project.")
    below = [child for child in issue.children if child.type.level < 0]
    if below and ctx.call.arg("deleteSubtasks").lower() != "true":
        raise bad(
            f"The issue '{issue.key}' has subtasks.  You must specify the 'deleteSubtasks' parameter to delete this "
            "issue and all its subtasks."
        )
    for child in below:
        ctx.world.delete(me, child)
    ctx.world.delete(me, issue)
    return no_content()


@routes.on("GET", "/issue/{key}/editmeta")
def edit_metadata(ctx: Context, key: str) -> Reply:
    """Which fields of an issue the caller may edit."""
    issue = ctx.issue(key)
    if not may(ctx.actor, issue.project, "EDIT_ISSUES"):
        return ok({"fields": {}})
    config = issue.config
    screen = [name for name in config.edit if name != "project"]
    fields = described(ctx, config, issue.project, (*screen, "comment"), config.required, key=False)
    return ok({"fields": {field["key"]: field for field in fields}})


@routes.on("GET", "/issue/{key}/changelog")
@cloud_only
def changelog(ctx: Context, key: str) -> Reply:
    """The history of an issue, oldest first, in pages."""
    issue = ctx.issue(key)
    start, size = ctx.number("startAt", 0), ctx.number("maxResults", HISTORY_PAGE, HISTORY_PAGE)
    total = len(issue.history)
    here = f"{ctx.views.base}/issue/{issue.id}/changelog"
    page: dict[str, Any] = {
        "self": f"{here}?maxResults={size}&startAt={start}",
        "maxResults": size,
        "startAt": start,
        "total": total,
        "isLast": start + size >= total,
        "values": [ctx.views.change(change) for change in issue.history[start : start + size]],
    }
    if not page["isLast"]:
        page["nextPage"] = f"{here}?maxResults={size}&startAt={start + size}"
    return ok(page)
