"""Labels and milestones of a repository."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from worker.sandbox.clock import parse_instant
from worker.sandbox.errors import SandboxError
from worker.sandbox.github.context import Context, no_content, ok, text_in
from worker.sandbox.github.errors import forbidden, invalid, not_found
from worker.sandbox.github.model import Label, Milestone, Repo
from worker.sandbox.github.paging import numbered
from worker.sandbox.wire import Reply, Router

routes: Router[Callable[..., Reply]] = Router()
REPO = "/repos/{owner}/{repo}"


def _label(repo: Repo, name: str) -> Label:
    found = repo.labels.get(name.lower())
    if found is None:
        raise not_found()
    return found


@routes.on("GET", REPO + "/labels")
def list_labels(ctx: Context, owner: str, repo: str) -> Reply:
    """List a repository's labels by name."""
    labels = sorted(ctx.repo(owner, repo).labels.values(), key=lambda label: label.name.lower())
    return numbered(ctx, labels, ctx.views.label)


@routes.on("POST", REPO + "/labels")
def create_label(ctx: Context, owner: str, repo: str) -> Reply:
    """Create a label; 422 where there is one of that name."""
    place = ctx.repo(owner, repo)
    ctx.writer(place, "write")
    payload = ctx.payload()
    name = text_in(payload, "name") or ""
    if not name.strip():
        raise invalid("Label", "name", "missing_field")
    if name.lower() in place.labels:
        raise invalid("Label", "name", "already_exists")
    color = (text_in(payload, "color") or "ededed").lstrip("#").lower()
    label = ctx.store.add_label(place, name, color=color, description=text_in(payload, "description"))
    ctx.world.tell("label", "created", ctx.actor, place, label=label)
    shown = ctx.views.label(label)
    return ok(shown, 201, location=str(shown["url"]))


@routes.on("GET", REPO + "/labels/{name}")
def get_label(ctx: Context, owner: str, repo: str, name: str) -> Reply:
    """Get a label."""
    return ok(ctx.views.label(_label(ctx.repo(owner, repo), name)))


@routes.on("PATCH", REPO + "/labels/{name}")
def edit_label(ctx: Context, owner: str, repo: str, name: str) -> Reply:
    """Rename or repaint a label; it stays the same label on every issue."""
    place = ctx.repo(owner, repo)
    ctx.writer(place, "write")
    label, payload = _label(place, name), ctx.payload()
    renamed = text_in(payload, "new_name")
    if renamed and renamed.lower() != label.name.lower() and renamed.lower() in place.labels:
        raise invalid("Label", "name", "already_exists")
    changes: dict[str, Any] = {}
    if renamed and renamed != label.name:
        changes["name"] = {"from": label.name}
        del place.labels[label.name.lower()]
        label.name = renamed
        place.labels[renamed.lower()] = label
    if "color" in payload:
        changes["color"] = {"from": label.color}
        label.color = (text_in(payload, "color") or "ededed").lstrip("#").lower()
    if "description" in payload:
        changes["description"] = {"from": label.description or ""}
        label.description = text_in(payload, "description")
    label.updated_at = ctx.store.now()
    ctx.world.tell("label", "edited", ctx.actor, place, label=label, data={"changes": changes})
    return ok(ctx.views.label(label))


@routes.on("DELETE", REPO + "/labels/{name}")
def delete_label(ctx: Context, owner: str, repo: str, name: str) -> Reply:
    """Delete a label, from every issue too."""
    place = ctx.repo(owner, repo)
    ctx.writer(place, "write")
    label = _label(place, name)
    for issue in place.issues.values():
        if label in issue.labels:
            issue.labels.remove(label)
            ctx.store.touch(issue, ctx.store.now())
    del place.labels[label.name.lower()]
    ctx.world.tell("label", "deleted", ctx.actor, place, label=label)
    return no_content()


def _milestone(repo: Repo, number: str) -> Milestone:
    found = repo.milestones.get(int(number))
    if found is None:
        raise not_found()
    return found


def _due_on(payload: dict[str, Any]) -> datetime | None:
    raw = text_in(payload, "due_on")
    if not raw:
        return None
    try:
        return parse_instant(raw)
    except SandboxError as error:
        raise invalid("Milestone", "due_on", value=raw) from error


def _milestone_state(payload: dict[str, Any]) -> str | None:
    state = text_in(payload, "state")
    if state not in {None, "open", "closed"}:
        raise invalid("Milestone", "state", value=state)
    return state


@routes.on("GET", REPO + "/milestones")
def list_milestones(ctx: Context, owner: str, repo: str) -> Reply:
    """List milestones, open ones unless told, by due date unless told."""
    state, down = ctx.call.arg("state", "open"), ctx.call.arg("direction", "asc") == "desc"
    found = [m for m in ctx.repo(owner, repo).milestones.values() if state in {"all", m.state}]
    # GitHub puts those without a due date last, whatever the direction.
    dated = [m for m in found if m.due_on is not None]
    dated.sort(key=lambda m: (m.due_on or m.created_at, m.number), reverse=down)
    return numbered(ctx, dated + [m for m in found if m.due_on is None], ctx.views.milestone)


@routes.on("POST", REPO + "/milestones")
def create_milestone(ctx: Context, owner: str, repo: str) -> Reply:
    """Create a milestone."""
    place = ctx.repo(owner, repo)
    ctx.writer(place, "write")
    payload = ctx.payload()
    title = text_in(payload, "title") or ""
    if not title.strip():
        raise invalid("Milestone", "title", "missing_field")
    if any(m.title == title for m in place.milestones.values()):
        raise invalid("Milestone", "title", "already_exists")
    if ctx.actor.account is None:
        raise forbidden()
    now = ctx.store.now()
    milestone = Milestone(
        id=ctx.store.next_id("milestone"),
        number=place.next_milestone,
        repo=place,
        title=title,
        description=text_in(payload, "description"),
        state=_milestone_state(payload) or "open",
        creator=ctx.actor.account,
        due_on=_due_on(payload),
        created_at=now,
        updated_at=now,
    )
    place.next_milestone += 1
    place.milestones[milestone.number] = milestone
    ctx.store.nodes[milestone.node_id] = milestone
    ctx.world.changes += 1
    shown = ctx.views.milestone(milestone)
    return ok(shown, 201, location=str(shown["url"]))


@routes.on("GET", REPO + "/milestones/{number:int}")
def get_milestone(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Get a milestone."""
    return ok(ctx.views.milestone(_milestone(ctx.repo(owner, repo), number)))


@routes.on("PATCH", REPO + "/milestones/{number:int}")
def edit_milestone(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Change a milestone's title, description, due date or state."""
    place = ctx.repo(owner, repo)
    ctx.writer(place, "write")
    milestone, payload = _milestone(place, number), ctx.payload()
    state, now = _milestone_state(payload), ctx.store.now()
    due_on = _due_on(payload)
    if payload.get("title"):
        milestone.title = text_in(payload, "title") or milestone.title
    if "description" in payload:
        milestone.description = text_in(payload, "description")
    if "due_on" in payload:
        milestone.due_on = due_on
    if state is not None:
        milestone.state = state
        milestone.closed_at = now if state == "closed" else None
    milestone.updated_at = now
    ctx.world.changes += 1
    return ok(ctx.views.milestone(milestone))
