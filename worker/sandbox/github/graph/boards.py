"""Projects in GraphQL: what they hold of an issue, and how people fill them in."""

from __future__ import annotations

from typing import Any

from worker.sandbox.clock import stamp
from worker.sandbox.github import boards
from worker.sandbox.github.context import Context
from worker.sandbox.github.errors import ApiError
from worker.sandbox.github.graph.reads import Info, by_id, connection, context, field, simple, unresolved
from worker.sandbox.github.model import Board, BoardField, BoardItem, BoardValue, Issue
from worker.sandbox.github.world import require_writer

FIELD_KINDS = {"iteration": "ProjectV2IterationField", "single_select": "ProjectV2SingleSelectField"}
VALUE_KINDS = {"date": "Date", "iteration": "Iteration", "single_select": "SingleSelect", "text": "Text"}

simple("ProjectV2", id=lambda board: board.node_id, closed=lambda _board: False)
simple(
    "ProjectV2Item",
    id=lambda item: item.node_id,
    createdAt=lambda item: stamp(item.created_at),
    isArchived=lambda item: item.archived,
    project=lambda item: item.board,
    updatedAt=lambda item: stamp(item.updated_at),
)
for _kind in ("ProjectV2Field", "ProjectV2IterationField", "ProjectV2SingleSelectField"):
    simple(_kind, id=lambda one: one.node_id)
simple(
    "ProjectV2SingleSelectField",
    options=lambda one: [{"id": f"option {name}", "name": name} for name in one.choices],
)
for _kind in VALUE_KINDS.values():
    simple(
        f"ProjectV2ItemField{_kind}Value",
        id=lambda value: f"PVTFV_kwDO{value.field.id:08x}",
        createdAt=lambda value: stamp(value.created_at),
        updatedAt=lambda value: stamp(value.updated_at),
    )
simple("ProjectV2ItemFieldDateValue", date=lambda value: value.value)
simple("ProjectV2ItemFieldTextValue", text=lambda value: value.value)
simple(
    "ProjectV2ItemFieldIterationValue",
    duration=lambda _value: 14,
    iterationId=lambda value: f"option {value.value}",
    startDate=lambda value: value.field.choices[value.value],
    title=lambda value: value.value,
)
simple(
    "ProjectV2ItemFieldSingleSelectValue",
    name=lambda value: value.value,
    optionId=lambda value: f"option {value.value}",
)


def kind_of(record: BoardField | BoardValue) -> str:
    """The type of a field, or of a value in one."""
    if isinstance(record, BoardField):
        return FIELD_KINDS.get(record.kind, "ProjectV2Field")
    return f"ProjectV2ItemField{VALUE_KINDS[record.field.kind]}Value"


@field("Issue.projectItems")
def project_items(issue: Issue, info: Info, include_archived: bool = True, **args: Any) -> dict[str, Any]:
    """What the projects that the caller sees hold of an issue."""
    ctx = context(info)
    found = [
        item
        for board in ctx.store.boards
        if boards.sees(ctx.actor, board)
        for item in board.items
        if item.issue is issue and (include_archived or not item.archived)
    ]
    return connection(found, args, "projectItems")


@field("ProjectV2Item.fieldValueByName")
def value_by_name(item: BoardItem, _info: Info, name: str) -> BoardValue | None:
    """The value of one field; null where it is empty, or there is no such field."""
    return item.values.get(name)


def _board(ctx: Context, node_id: str) -> Board:
    found = by_id(ctx, node_id)
    if not isinstance(found, Board) or not boards.sees(ctx.actor, found):
        raise unresolved("a node with the global id of", node_id)
    return found


@field("Mutation.addProjectV2ItemById")
def add_item(_root: object, info: Info, given: dict[str, Any]) -> dict[str, Any]:
    """Put an issue on a project."""
    ctx = context(info)
    board, issue = _board(ctx, given["projectId"]), by_id(ctx, given["contentId"])
    if not isinstance(issue, Issue):
        raise unresolved("a node with the global id of", given["contentId"])
    require_writer(ctx.world, ctx.actor, issue.repo)
    item = boards.add_item(ctx.world, ctx.actor, board, issue)
    return {"clientMutationId": given.get("clientMutationId"), "item": item}


@field("Mutation.updateProjectV2ItemFieldValue")
def set_value(_root: object, info: Info, given: dict[str, Any]) -> dict[str, Any]:
    """Fill in one field of an item."""
    ctx = context(info)
    board, item, one = _board(ctx, given["projectId"]), by_id(ctx, given["itemId"]), by_id(ctx, given["fieldId"])
    if not isinstance(item, BoardItem) or not isinstance(one, BoardField) or item.board is not board:
        raise unresolved("a node with the global id of", given["itemId"])
    values = [str(value) for value in given["value"].values() if value is not None]
    if len(values) != 1:
        raise ApiError(422, "Exactly one value must be given", kind="VALIDATION")
    boards.set_value(ctx.world, ctx.actor, item, one, values[0].removeprefix("option "))
    return {"clientMutationId": given.get("clientMutationId"), "projectV2Item": item}
