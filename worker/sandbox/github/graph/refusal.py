"""How does GitHub refuse a query before it is executed: in its own words, with the place in the query, and the type?"""

from __future__ import annotations

import re
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLError, InlineFragmentNode, Node, OperationDefinitionNode
from graphql.language import FragmentDefinitionNode

from worker.sandbox.github.model import Token

_FIELD = re.compile(r"Cannot query field '(?P<name>\w+)' on type '(?P<kind>\w+)'")
_TYPE = re.compile(r"Unknown type '(?P<kind>\w+)'")
_ARGUMENT = re.compile(r"Unknown argument '(?P<argument>\w+)' on field '\w+\.(?P<name>\w+)'")
_VALUE = re.compile(r"Value '(?P<value>\w+)' does not exist in '(?P<kind>\w+)' enum")
_SCOPED = "projectItems"


def refusal(error: GraphQLError, document: DocumentNode) -> dict[str, Any]:
    """Return an error of validation in GitHub's shape: `path`, `extensions`, `locations` and `message`."""
    shown: dict[str, Any] = {"path": _path_to(document, error.nodes[0]) if error.nodes else []}
    if found := _FIELD.search(error.message):
        about = {"code": "undefinedField", "typeName": found["kind"], "fieldName": found["name"]}
        message = f"Field '{found['name']}' doesn't exist on type '{found['kind']}'"
    elif found := _TYPE.search(error.message):
        about = {"code": "undefinedType", "typeName": found["kind"]}
        message = f"No such type {found['kind']}, so it can't be a fragment condition"
    elif found := _ARGUMENT.search(error.message):
        about = {"code": "argumentNotAccepted", "name": found["name"], "typeName": "Field"}
        message = f"Field '{found['name']}' doesn't accept argument '{found['argument']}'"
    elif found := _VALUE.search(error.message):
        about = {"code": "argumentLiteralsIncompatible", "typeName": "Field"}
        message = f"Argument has an invalid value ([{found['value']}]). Expected type '[{found['kind']}!]'."
    else:
        return {"locations": _places(error), "message": error.message}
    return shown | {"extensions": about, "locations": _places(error), "message": message}


def lacking_scope(document: DocumentNode, token: Token | None) -> dict[str, Any] | None:
    """Return the refusal of a query about projects whose token has no scope for them, or None."""
    if token is None or token.installation is not None or "project" in token.scopes or not _asks(document, _SCOPED):
        return None
    message = (
        f"Your token has not been granted the required scopes to execute this query. The '{_SCOPED}' field requires "
        f"one of the following scopes: ['read:project'], but your token has only been granted the: [{token.scopes}] "
        "scopes. Please modify your token's scopes at: https://github.com/settings/tokens."
    )
    return {"type": "INSUFFICIENT_SCOPES", "message": message}


def _places(error: GraphQLError) -> list[dict[str, int]]:
    return [{"line": place.line, "column": place.column} for place in error.locations or []]


def _path_to(node: Node, wanted: Node) -> list[str]:
    """The way to a node as GitHub writes it: the operation, then fields by their aliases, and fragments."""
    trail = _trail(node, wanted)
    return trail if trail is not None else []


def _trail(node: Node, wanted: Node) -> list[str] | None:
    here = _step(node)
    if node is wanted:
        return here
    for child in _children(node):
        found = _trail(child, wanted)
        if found is not None:
            return here + found
    return None


def _step(node: Node) -> list[str]:
    match node:
        case OperationDefinitionNode():
            return [f"{node.operation.value} {node.name.value if node.name else ''}".strip()]
        case FieldNode():
            return [node.alias.value if node.alias else node.name.value]
        case InlineFragmentNode():
            return [f"... on {node.type_condition.name.value}" if node.type_condition else "..."]
        case FragmentDefinitionNode():
            return [f"fragment {node.name.value}"]
        case _:
            return []


def _children(node: Node) -> list[Node]:
    found: list[Node] = []
    for key in node.keys:
        value = getattr(node, key, None)
        rows = value if isinstance(value, list | tuple) else (value,)
        found += [row for row in rows if isinstance(row, Node)]
    return found


def _asks(node: Node, name: str) -> bool:
    if isinstance(node, FieldNode) and node.name.value == name:
        return True
    return any(_asks(child, name) for child in _children(node))
