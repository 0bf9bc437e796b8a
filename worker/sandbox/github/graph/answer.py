"""Answer a GraphQL request as GitHub does: really parsed, really validated, errors beside the data under status 200."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from worker.sandbox.github.context import Context, Features
from worker.sandbox.github.errors import ApiError
from worker.sandbox.github.graph import boards, history, root, writes
from worker.sandbox.github.graph.reads import FIELDS, Info
from worker.sandbox.github.graph.refusal import lacking_scope, refusal
from worker.sandbox.github.model import (
    Account,
    Board,
    BoardField,
    BoardItem,
    BoardValue,
    Comment,
    Commit,
    Event,
    Issue,
    Label,
    Milestone,
    Repo,
)
from worker.sandbox.wire import Reply, reply_json

SDL = Path(__file__).with_name("schema.graphql")
MAX_TOKENS = 10_000
_NAMES = {"id": "node_id", "input": "given"}
_PLAIN = {
    Repo: "Repository",
    Label: "Label",
    Milestone: "Milestone",
    Commit: "Commit",
    Board: "ProjectV2",
    BoardItem: "ProjectV2Item",
}
_UPPER = re.compile("[A-Z]")
REGISTERED = (boards, history, root, writes)
"""Imported for the fields that they register."""


def sdl_for(features: Features) -> str:
    """Return the schema's text for a server with these features."""
    optional = ("sub_issues", "dependencies", "projects", "closing_pulls")
    missing = {name for name in optional if not getattr(features, name)}
    if "sub_issues" in missing or not features.parent_on_create:
        missing.add("parent_on_create")
    lines = SDL.read_text(encoding="utf-8").splitlines()
    return "\n".join(
        line for line in lines if line.rpartition("# needs: ")[2].strip() not in missing or "# needs: " not in line
    )


@cache
def schema_for(features: Features) -> GraphQLSchema:
    """Return the executable schema for a server with these features."""
    schema = build_schema(sdl_for(features))
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, part in kind.fields.items():
                part.resolve = FIELDS.get((kind.name, name), part.resolve)
                for argument, given in part.args.items():
                    given.out_name = _NAMES.get(argument) or _UPPER.sub(lambda found: "_" + found[0].lower(), argument)
        elif isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = _kind_of
    return schema


def _kind_of(record: Any, _info: Info, _abstract: GraphQLAbstractType) -> str:
    match record:
        case Account():
            return record.type
        case Issue():
            return "PullRequest" if record.pull_request else "Issue"
        case Comment():
            return "IssueComment"
        case Event():
            return history.kind_of(record)
        case BoardField() | BoardValue():
            return boards.kind_of(record)
        case Repo() | Label() | Milestone() | Commit() | Board() | BoardItem():
            return _PLAIN[type(record)]
        case _:
            raise TypeError(f"{type(record).__name__} is no node")


@lru_cache(maxsize=512)
def _parsed(query: str) -> DocumentNode:
    return parse(query, max_tokens=MAX_TOKENS)


def operation_of(body: bytes) -> tuple[str, bool]:
    """Return the operation's name and its top fields, separated by blanks, and whether it is a mutation."""
    try:
        payload = json.loads(body)
        document = _parsed(payload["query"])
        wanted = payload.get("operationName")
        for part in document.definitions:
            if isinstance(part, OperationDefinitionNode) and (not wanted or (part.name and part.name.value == wanted)):
                fields = [item.name.value for item in part.selection_set.selections if isinstance(item, FieldNode)]
                names = [part.name.value] if part.name else []
                return " ".join([*names, *fields]), part.operation is OperationType.MUTATION
    except (ValueError, KeyError, TypeError, AttributeError, GraphQLError):
        pass
    return "", False


class GraphApi:
    """The GraphQL endpoint of one server."""

    def __init__(self, features: Features) -> None:
        self.schema = schema_for(features)
        self._checked: dict[str, list[GraphQLError]] = {}

    def answer(self, ctx: Context) -> Reply:
        """Return the answer to one request."""
        if ctx.actor.account is None:
            message = "This endpoint requires you to be authenticated."
            return reply_json({"message": message, "documentation_url": "https://docs.github.com/graphql"}, 401)
        payload = ctx.payload()
        query, variables = payload.get("query"), payload.get("variables")
        if not isinstance(query, str) or not query.strip():
            return reply_json({"errors": [{"message": "A query attribute must be specified and must be a string."}]})
        if isinstance(variables, str):
            variables = json.loads(variables) if variables.strip() else {}
        if variables is not None and not isinstance(variables, Mapping):
            raise ApiError(400, "Variables are invalid: expected an object")
        try:
            document = _parsed(query)
        except GraphQLError as error:
            return reply_json({"errors": [_shown(error)]})
        errors = self._errors(query, document)
        if errors:
            return reply_json({"errors": [refusal(error, document) for error in errors]})
        short = lacking_scope(document, ctx.actor.token)
        if short is not None:
            return reply_json({"errors": [short]})
        result = execute_sync(
            self.schema,
            document,
            context_value=ctx,
            variable_values=dict(variables or {}),
            operation_name=payload.get("operationName"),
        )
        unexpected = [e for e in result.errors or [] if e.original_error and not isinstance(e.original_error, ApiError)]
        if unexpected and not isinstance(unexpected[0].original_error, GraphQLError):
            raise RuntimeError("a field failed") from unexpected[0].original_error
        body: dict[str, Any] = {} if result.data is None and result.errors else {"data": result.data}
        if result.errors:
            body |= {"data": result.data} if result.data is not None else {}
            body["errors"] = [_shown(error) for error in result.errors]
        return reply_json(body)

    def _errors(self, query: str, document: DocumentNode) -> list[GraphQLError]:
        known = self._checked.get(query)
        if known is None:
            known = self._checked[query] = validate(self.schema, document)
        return known


def _shown(error: GraphQLError) -> dict[str, Any]:
    """Return an error in GitHub's shape: its type beside the message, not under `extensions`."""
    shown: dict[str, Any] = {}
    if isinstance(error.original_error, ApiError):
        shown["type"] = error.original_error.kind
    if error.path:
        shown["path"] = error.path
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    shown["message"] = error.message
    return shown
