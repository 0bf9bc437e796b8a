"""What can be done on a project (of the kind that GitHub calls ProjectV2): put issues on it, and fill in its fields."""

from __future__ import annotations

from datetime import date

from worker.sandbox.github.errors import ApiError
from worker.sandbox.github.model import Actor, Board, BoardField, BoardItem, BoardValue, Issue
from worker.sandbox.github.world import World

STATUS = "Status"
"""The field whose changes stand in an issue's history."""


def sees(actor: Actor, board: Board) -> bool:
    """Whether the caller may see a project: its owner's members, and Apps."""
    account = actor.account
    if account is None:
        return False
    return account is board.owner or account.login.lower() in board.owner.members or account.type == "Bot"


def add_item(world: World, actor: Actor, board: Board, issue: Issue) -> BoardItem:
    """Put an issue on a project; the same item where it is there already."""
    found = next((item for item in board.items if item.issue is issue), None)
    if found is not None:
        return found
    store, now = world.store, world.store.now()
    made = BoardItem(id=store.next_id("board item"), board=board, issue=issue, created_at=now, updated_at=now)
    board.items.append(made)
    store.nodes[made.node_id] = made
    world.record(issue, "added_to_project_v2", actor)
    world.changes += 1
    return made


def set_value(world: World, actor: Actor, item: BoardItem, field: BoardField, value: str) -> None:
    """Fill in a field: a day, or the name of an option or iteration."""
    if field.kind == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ApiError(422, f"{value!r} is no date", kind="VALIDATION") from None
    elif field.kind in {"iteration", "single_select"} and value not in field.choices:
        raise ApiError(422, f"The {field.kind} {value!r} does not belong to the field", kind="VALIDATION")
    now, before = world.store.now(), item.values.get(field.name)
    old = before.value if before is not None else ""
    if before is None:
        item.values[field.name] = BoardValue(
            field=field, value=value, creator=actor.who, created_at=now, updated_at=now
        )
    else:
        before.value, before.updated_at = value, now
    item.updated_at = now
    if field.name == STATUS:
        world.record(
            item.issue, "project_v2_item_status_changed", actor, board=item.board, previous_status=old, status=value
        )
    world.changes += 1
