"""Which fields may this caller set here, and what may they hold? For creating, editing and transitions alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from worker.sandbox.jira.access import may
from worker.sandbox.jira.context import Context
from worker.sandbox.jira.errors import ApiError, off_screen
from worker.sandbox.jira.fieldtypes import SETTABLE, Reading, Unfit, choices, empty, read, schema, told
from worker.sandbox.jira.model import FieldDef, Issue, Named, Project, TypeConfig

NEEDS = {
    "assignee": "ASSIGN_ISSUES",
    "reporter": "MODIFY_REPORTER",
    "duedate": "SCHEDULE_ISSUES",
    "security": "SET_ISSUE_SECURITY",
    "issuelinks": "LINK_ISSUES",
}
_OPERATIONS = {
    "labels": ["add", "set", "remove"],
    "components": ["add", "set", "remove"],
    "versions": ["add", "set", "remove"],
    "options": ["add", "set", "remove"],
    "issuelinks": ["add", "copy"],
    "comment": ["add", "edit", "remove"],
}
_RESOURCES = {
    "priority": "priority",
    "resolution": "resolution",
    "security": "securitylevel",
    "components": "component",
}


def usable(ctx: Context, project: Project, screen: Iterable[str]) -> tuple[str, ...]:
    """Return the fields of a screen that the caller has the right to set."""
    return tuple(name for name in screen if name not in NEEDS or may(ctx.actor, project, NEEDS[name]))


def described(
    ctx: Context, config: TypeConfig, project: Project, screen: Iterable[str], required: Collection[str], *, key: bool
) -> list[dict[str, Any]]:
    """Return the metadata of the fields of a screen. `key`: with `key` and `fieldId`, as in create metadata."""
    found = []
    for name in usable(ctx, project, screen):
        field = ctx.store.fields[name]
        default = config.defaults.get(name)
        if name == "reporter":
            default = ctx.actor.account
        shown: dict[str, Any] = {
            "required": name in required,
            "schema": schema(field),
            "name": field.name,
            "key": name,
            "hasDefaultValue": not empty(default),
            "operations": _OPERATIONS.get(field.kind, ["set"]),
        }
        if key:
            shown["fieldId"] = name
        if not empty(default):
            shown["defaultValue"] = ctx.views.shown(default, field)
        allowed = _allowed(ctx, config, project, field)
        if allowed is not None:
            shown["allowedValues"] = allowed
        if field.kind in {"assignee", "user"}:
            part = "query" if ctx.cloud else "username"
            shown["autoCompleteUrl"] = f"{ctx.views.base}/user/assignable/search?project={project.key}&{part}="
        found.append(shown)
    return found


def _allowed(ctx: Context, config: TypeConfig, project: Project, field: FieldDef) -> list[dict[str, Any]] | None:
    match field.kind:
        case "project":
            return [ctx.views.project(project)]
        case "issuetype":
            return [ctx.views.issue_type(config.type)]
        case "priority" | "resolution" | "security" | "components" | "option" | "options":
            resource = _RESOURCES.get(field.kind, "customFieldOption")
            return [ctx.views.named(one, resource) for one in choices(field, ctx.store, project)]
        case _:
            return None


def reading(ctx: Context, project: Project) -> Reading:
    """Return how values are read in this request."""
    return Reading(store=ctx.store, project=project, documents=ctx.views.documents)


def read_fields(
    ctx: Context, project: Project, fields: Mapping[str, Any], screen: Collection[str], errors: dict[str, str]
) -> dict[str, Any]:
    """Read the values of `fields` that the screen has; what is wrong goes into `errors`, by field."""
    values: dict[str, Any] = {}
    for name, raw in fields.items():
        field = ctx.store.fields.get(name)
        if field is None or name not in screen or field.kind not in SETTABLE:
            errors[name] = off_screen(name)
            continue
        try:
            values[name] = read(field, raw, reading(ctx, project))
        except Unfit as error:
            errors[name] = str(error)
    return values


def read_update(
    ctx: Context,
    project: Project,
    update: Mapping[str, Any],
    screen: Collection[str],
    errors: dict[str, str],
    before: Mapping[str, Any],
) -> dict[str, Any]:
    """Read the operations of `update` (set, add, remove) into values; links and comments are read elsewhere."""
    values: dict[str, Any] = {}
    for name, operations in update.items():
        if not isinstance(operations, list) or not all(isinstance(one, dict) and len(one) == 1 for one in operations):
            raise ApiError(400, "Invalid request payload. Refer to the REST API documentation and try again.")
        if name in {"issuelinks", "comment"}:
            added(operations)
            continue
        for one in operations:
            ((verb, raw),) = one.items()
            field = ctx.store.fields.get(name)
            if field is None or name not in screen or field.kind not in SETTABLE:
                errors[name] = off_screen(name)
                continue
            if verb not in _OPERATIONS.get(field.kind, ["set"]):
                errors[name] = f"Operation '{verb}' not supported for field '{name}'"
                continue
            now = values[name] if name in values else before.get(name)
            try:
                if verb == "set":
                    values[name] = read(field, raw, reading(ctx, project))
                else:
                    (one_value,) = read(field, [raw], reading(ctx, project))
                    values[name] = _changed(list(now or []), one_value, verb)
            except Unfit as error:
                errors[name] = str(error)
    return values


def added(operations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what `add` adds: the one operation on links and comments that is known here. Raises ApiError 400."""
    found = [one.get("add") for one in operations]
    if not all(isinstance(one, dict) for one in found):
        raise ApiError(400, "Only the operation 'add' with an object is supported here.")
    return [one for one in found if isinstance(one, dict)]


def _changed(now: list[Any], value: Any, verb: str) -> list[Any]:
    kept = [item for item in now if item != value]
    changed = [*kept, value] if verb == "add" else kept
    return changed if any(isinstance(item, Named) for item in changed) else sorted(changed)


def twice(fields: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, str]:
    """Return an error for each field that stands in both parts of a body."""
    both = sorted(set(fields) & set(update))
    return {name: f"Field '{name}' cannot appear in both 'fields' and 'update'" for name in both}


def missing(ctx: Context, required: Iterable[str], values: Mapping[str, Any]) -> dict[str, str]:
    """Return an error for each required field without a value."""
    return {name: f"{ctx.store.fields[name].name} is required." for name in sorted(required) if empty(values.get(name))}


def rendered(ctx: Context, issue: Issue, name: str) -> str:
    """Return a field's words for `renderedFields`: escaped text in a paragraph, or nothing."""
    value = issue.values.get(name)
    words = told(value, cloud=ctx.cloud)[1]
    for sign, code in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        words = words.replace(sign, code)
    return f"<p>{words}</p>" if words else ""
