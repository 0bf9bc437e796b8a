"""Is one GraphQL schema a true subset of another? Whatever could let a document pass here and fail there, is found."""

from __future__ import annotations

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    is_required_argument,
    is_required_input_field,
)


def differences(ours: str, theirs: str) -> list[str]:
    """Return what the schema `ours` (as text) has that `theirs` has not, or has differently; sorted."""
    small, large = build_schema(ours), build_schema(theirs, assume_valid=True)
    found: list[str] = []
    for name, kind in small.type_map.items():
        if name.startswith("__"):
            continue
        other = large.type_map.get(name)
        if type(other) is not type(kind):
            found.append(f"{name}: is {'not there' if other is None else type(other).__name__}")
        else:
            found += _type_differences(small, large, name)
    return sorted(found)


def _type_differences(small: GraphQLSchema, large: GraphQLSchema, name: str) -> list[str]:
    kind, other = small.type_map[name], large.type_map[name]
    match kind, other:
        case GraphQLEnumType(), GraphQLEnumType():
            return [f"{name}.{value}: no such value" for value in kind.values if value not in other.values]
        case GraphQLUnionType(), GraphQLUnionType():
            there = {member.name for member in other.types}
            return [f"{name}: has no member {member.name}" for member in kind.types if member.name not in there]
        case GraphQLInputObjectType(), GraphQLInputObjectType():
            return _input_differences(kind, other)
        case ((GraphQLObjectType() | GraphQLInterfaceType()), (GraphQLObjectType() | GraphQLInterfaceType())):
            return _field_differences(kind, other)
        case _:
            return []


def _input_differences(kind: GraphQLInputObjectType, other: GraphQLInputObjectType) -> list[str]:
    found = []
    for part, given in kind.fields.items():
        there = other.fields.get(part)
        if there is None or str(there.type) != str(given.type):
            found.append(f"{kind.name}.{part}: {given.type}, there {there.type if there else 'missing'}")
    required = [part for part, given in other.fields.items() if is_required_input_field(given)]
    return found + [f"{kind.name}.{part}: required there, missing here" for part in required if part not in kind.fields]


def _field_differences(
    kind: GraphQLObjectType | GraphQLInterfaceType, other: GraphQLObjectType | GraphQLInterfaceType
) -> list[str]:
    interfaces = {one.name for one in other.interfaces}
    found = [f"{kind.name}: does not implement {one.name}" for one in kind.interfaces if one.name not in interfaces]
    for part, shown in kind.fields.items():
        there = other.fields.get(part)
        if there is None or str(there.type) != str(shown.type):
            found.append(f"{kind.name}.{part}: {shown.type}, there {there.type if there else 'missing'}")
            continue
        for argument, given in shown.args.items():
            known = there.args.get(argument)
            if known is None or str(known.type) != str(given.type):
                found.append(
                    f"{kind.name}.{part}({argument}): {given.type}, there {known.type if known else 'missing'}"
                )
        required = [argument for argument, known in there.args.items() if is_required_argument(known)]
        missing = [argument for argument in required if argument not in shown.args]
        found += [f"{kind.name}.{part}({argument}): required there, missing here" for argument in missing]
    return found
