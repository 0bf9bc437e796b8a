"""Is this an issue that can be created? Everything is read and judged before anything is made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from worker.sandbox.jira.access import may, sees, sees_project
from worker.sandbox.jira.context import Context
from worker.sandbox.jira.errors import ApiError, bad, off_screen
from worker.sandbox.jira.fieldtypes import empty
from worker.sandbox.jira.model import Issue, LinkType, Project, TypeConfig
from worker.sandbox.jira.screens import missing, read_fields, read_update, twice, usable
from worker.sandbox.jira.world import Draft

PROPERTY_LIMIT = 32768
KEY_LIMIT = 255
STRUCTURE = frozenset({"project", "issuetype", "parent"})


def draft_of(ctx: Context, payload: Mapping[str, Any]) -> Draft:
    """Return the issue that a body describes. Raises ApiError 400 with all that is wrong with it."""
    fields, update = mapping(payload, "fields"), mapping(payload, "update")
    project = _project(ctx, fields)
    config = _type(project, fields)
    if not may(ctx.actor, project, "CREATE_ISSUES"):
        raise bad(project="You do not have permission to create issues in this project.")
    errors = twice(fields, update)
    screen = set(usable(ctx, project, config.create))
    parent = _parent(ctx, project, config, fields, screen, errors)
    plain = {name: raw for name, raw in fields.items() if name not in STRUCTURE}
    values = dict(config.defaults)
    values |= read_fields(ctx, project, plain, screen, errors)
    values |= read_update(ctx, project, update, screen, errors, values)
    values.setdefault("reporter", ctx.actor.account)
    for name, words in missing(ctx, config.required - STRUCTURE, values).items():
        errors.setdefault(name, "You must specify a summary of the issue." if name == "summary" else words)
    links = _links(ctx, update, screen, errors)
    properties = properties_of(payload.get("properties"))
    if errors:
        raise bad(**errors)
    given = {name: value for name, value in values.items() if not empty(value)}
    return Draft(project=project, config=config, values=given, parent=parent, links=links, properties=properties)


def mapping(payload: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object out of a body, empty where it is absent."""
    value = payload.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    return value


def _project(ctx: Context, fields: Mapping[str, Any]) -> Project:
    raw = fields.get("project")
    word = str(raw.get("key") or raw.get("id") or "") if isinstance(raw, dict) else ""
    found = ctx.store.project(word) if word else None
    if found is None or not sees_project(ctx.actor, found):
        words = "Specify a valid project ID or key" if ctx.cloud else "valid project is required"
        raise bad(**{"project": words, **({} if "issuetype" in fields else {"issuetype": "Specify an issue type"})})
    return found


def _type(project: Project, fields: Mapping[str, Any]) -> TypeConfig:
    raw = fields.get("issuetype")
    if not isinstance(raw, dict) or not (raw.get("id") or raw.get("name")):
        raise bad(issuetype="Specify an issue type")
    for config in project.types.values():
        if str(raw.get("id", "")) == config.type.id or (not raw.get("id") and raw.get("name") == config.type.name):
            return config
    raise bad(issuetype="Specify a valid issue type")


def _parent(
    ctx: Context,
    project: Project,
    config: TypeConfig,
    fields: Mapping[str, Any],
    screen: set[str],
    errors: dict[str, str],
) -> Issue | None:
    raw = fields.get("parent")
    level = config.type.level
    if raw is None:
        if level < 0:
            errors["parent"] = "Issue type is a sub-task but parent issue key or id not specified."
        return None
    found, words = parent_for(ctx, project, level, raw)
    if "parent" not in screen:
        words = off_screen("parent")
    if words:
        errors["parent"] = words
        return None
    return found


def parent_for(ctx: Context, project: Project, level: int, raw: object) -> tuple[Issue | None, str]:
    """Return the issue that can be the parent of one of this level, or what is wrong with the one that is named."""
    word = str(raw.get("key") or raw.get("id") or "") if isinstance(raw, dict) else ""
    found = ctx.store.issue(word) if word else None
    if found is None or not sees(ctx.actor, found):
        return None, "Could not find issue by id or key."
    if level < 0 and found.project is not project:
        return None, "Given parent issue does not belong to the same project as the sub-task."
    if found.type.level != level + 1:
        return None, "Given parent work item does not belong to appropriate hierarchy."
    return found, ""


def _links(
    ctx: Context, update: Mapping[str, Any], screen: set[str], errors: dict[str, str]
) -> list[tuple[LinkType, Issue, bool]]:
    """Read `update.issuelinks`: the type, the other issue, and whether the new one is the link's source."""
    found: list[tuple[LinkType, Issue, bool]] = []
    operations = update.get("issuelinks", [])
    if operations and "issuelinks" not in screen:
        errors["issuelinks"] = off_screen("issuelinks")
        return []
    for one in operations if isinstance(operations, list) else [None]:
        raw = one.get("add") if isinstance(one, dict) else None
        if not isinstance(raw, dict):
            errors["issuelinks"] = "Operation value must be an object with a type and an issue"
            continue
        outward = "outwardIssue" in raw
        try:
            kind = link_type(ctx, raw.get("type"))
            other = linked_issue(ctx, raw.get("outwardIssue" if outward else "inwardIssue"))
        except ApiError as error:
            errors["issuelinks"] = "; ".join(error.messages)
            continue
        found.append((kind, other, outward))
    return found


def link_type(ctx: Context, raw: object) -> LinkType:
    """Return the type of links that a body names. Raises ApiError 404."""
    given = raw if isinstance(raw, dict) else {}
    for kind in ctx.store.link_types.values():
        if str(given.get("id", "")) == kind.id or str(given.get("name", "")).casefold() == kind.name.casefold():
            return kind
    raise ApiError(404, f"No issue link type with name '{given.get('name') or given.get('id') or ''}' found.")


def linked_issue(ctx: Context, raw: object) -> Issue:
    """Return the issue that a link's body names. Raises ApiError 404."""
    given = raw if isinstance(raw, dict) else {}
    return ctx.issue(str(given.get("key") or given.get("id") or ""))


def properties_of(raw: object) -> dict[str, Any]:
    """Return the properties in a body, by key. Raises ApiError 400."""
    if raw is None:
        return {}
    if not isinstance(raw, list) or not all(isinstance(one, dict) and "key" in one for one in raw):
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    for one in raw:
        check_property(str(one["key"]), one.get("value"))
    return {str(one["key"]): one.get("value") for one in raw}


def check_property(key: str, value: object) -> None:
    """Refuse an entity property that is too large, or whose key is too long."""
    if not key or len(key) > KEY_LIMIT:
        raise bad("The property key cannot be longer than 255 characters.")
    if len(json.dumps(value, ensure_ascii=False, separators=(",", ":"))) > PROPERTY_LIMIT:
        raise bad(f"The property value cannot be longer than {PROPERTY_LIMIT} characters.")
