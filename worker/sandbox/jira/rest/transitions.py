"""Transitions: which ways lead on from here, and taking one."""

from __future__ import annotations

from typing import Any

from worker.sandbox.jira.access import may
from worker.sandbox.jira.context import Context, no_content, ok
from worker.sandbox.jira.drafts import mapping
from worker.sandbox.jira.errors import bad
from worker.sandbox.jira.model import Issue, Transition
from worker.sandbox.jira.rest.comments import body_of
from worker.sandbox.jira.rest.routes import Handler
from worker.sandbox.jira.screens import added, described, missing, read_fields, read_update, twice
from worker.sandbox.wire import Reply, Router

routes: Router[Handler] = Router()


def _ways(ctx: Context, issue: Issue) -> tuple[Transition, ...]:
    if not may(ctx.actor, issue.project, "TRANSITION_ISSUES"):
        return ()
    return issue.config.workflow.of(issue.status)


@routes.on("GET", "/issue/{key}/transitions")
def listed(ctx: Context, key: str) -> Reply:
    """The transitions that the caller can take now; fields of their screens where asked for."""
    issue = ctx.issue(key)
    with_fields = "transitions.fields" in ctx.words("expand")
    wanted = ctx.call.arg("transitionId")
    shown = [_shown(ctx, issue, way, with_fields) for way in _ways(ctx, issue) if wanted in {"", way.id}]
    return ok({"expand": "transitions", "transitions": shown})


def _shown(ctx: Context, issue: Issue, way: Transition, with_fields: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": way.id, "name": way.name, "to": ctx.views.status(way.to)}
    if ctx.cloud:
        shown |= {
            "hasScreen": bool(way.screen),
            "isGlobal": way.origins is None,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "looped": way.to is issue.status,
        }
    if with_fields:
        fields = described(ctx, issue.config, issue.project, way.screen, way.required, key=False)
        shown["fields"] = {field["key"]: field for field in fields}
    return shown


@routes.on("POST", "/issue/{key}/transitions")
def take(ctx: Context, key: str) -> Reply:
    """Take a transition with the values that its screen asks for, wholly or not at all."""
    issue, me = ctx.issue(key), ctx.me
    payload = ctx.payload()
    wanted = payload.get("transition")
    number = str(wanted.get("id", "")) if isinstance(wanted, dict) else ""
    if not number:
        raise bad("Missing 'transition' identifier")
    way = next((one for one in _ways(ctx, issue) if one.id == number), None)
    if way is None:
        raise bad(f"Transition id '{number}' is not valid for this issue.")
    fields, update = mapping(payload, "fields"), mapping(payload, "update")
    errors = twice(fields, update)
    values = read_fields(ctx, issue.project, fields, way.screen, errors)
    values |= read_update(ctx, issue.project, update, way.screen, errors, issue.values)
    for name, words in missing(ctx, way.required, dict(issue.values) | values).items():
        errors.setdefault(name, words)
    said = [body_of(ctx, one) for one in added(update.get("comment", []))]
    if errors:
        raise bad(**errors)
    ctx.world.transition(me, issue, way, values)
    for body, visibility in said:
        ctx.world.comment(me, issue, body, visibility)
    return no_content()
