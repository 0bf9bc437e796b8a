"""Does the data of one file fit its shape, and how is a misfit told in plain words, at its place?

Each person, team and site is judged on its own, so that one mistake hides no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from worker.app.problems import Problem, did_you_mean
from worker.app.shapes import FILES, FORMS, Shape
from worker.app.yamlfile import Path, YamlFile

S = TypeVar("S", bound=Shape)

_GOTCHAS = {bool: "a yes or no", int: "a number", float: "a number"}


def shown(path: Path) -> str:
    """A path as people write it: `people.alice.leave`; positions in lists are left out."""
    return ".".join(str(part) for part in path if not isinstance(part, int))


def fits(shape: type[S], data: Any, file: YamlFile, path: Path) -> S | None:
    """The data at this path as its shape. What does not fit is added to the file's problems and left at its default, so
    that judging can go on; None where nothing is left to go on with."""
    try:
        return shape.model_validate(data)
    except ValidationError as err:
        details = err.errors(include_url=False)
    file.problems += [_told(shape, file, path, detail) for detail in details]
    if not isinstance(data, Mapping):
        return None
    wrong = {detail["loc"][0] for detail in details if detail["loc"]}
    try:
        return shape.model_validate({key: value for key, value in data.items() if key not in wrong})
    except ValidationError:
        return None


def fits_each(shape: type[S], data: Any, file: YamlFile, path: Path) -> dict[str, S]:
    """Like `fits` for each entry of a mapping; entries that don't fit are left out. An empty entry is all defaults."""
    if not isinstance(data, Mapping):
        file.problems.append(file.problem(path, f"`{shown(path)}` must hold names, each with keys below it"))
        return {}
    judged = {name: fits(shape, entry, file, (*path, name)) for name, entry in data.items()}
    return {name: found for name, found in judged.items() if found is not None}


def _keys(shape: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in shape.model_fields.items()}


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The shape inside an annotation such as `list[RungShape]` or `LadderShape | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in get_args(annotation):
        if (found := _inner(part)) is not None:
            return found
    return None


def all_keys(shape: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every key that a shape knows, its blocks included; names of people, teams and sites are left out."""
    for key, annotation in _keys(shape).items():
        yield (*path, key)
        if (inner := _inner(annotation)) is not None:
            yield from all_keys(inner, (*path, key))


def _shape_at(shape: type[BaseModel], loc: tuple[str | int, ...]) -> type[BaseModel]:
    """The shape that the block at this place inside another shape has."""
    for part in loc:
        annotation = _keys(shape).get(str(part))
        found = _inner(annotation) if annotation is not None else None
        shape = found or shape
    return shape


_SECRETS = frozenset({"token", "api_token", "pat", "email", "password", "private_key", "secret"})


def _unknown(shape: type[BaseModel], file: YamlFile, path: Path, loc: tuple[str | int, ...]) -> Problem:
    key = str(loc[-1])
    known = _keys(_shape_at(shape, loc[:-1]))
    for name, root in FILES.items():
        home = next((".".join(home) for home in all_keys(root) if home[-1] == key), "")
        if home:
            where = f"`{home}`" + ("" if file.name.endswith(name) else f" of {name}")
            return file.problem((*path, *loc), f"`{key}` does not belong here; it is {where}", at_key=True)
    at = (*path, *loc)
    if key in _SECRETS and len(at) == 3 and at[0] == "sites":
        prefix = str(at[1]).replace("-", "_").upper()
        ours = {
            "github": f"{prefix}_TOKEN",
            "jira": f"{prefix}_EMAIL and {prefix}_API_TOKEN, or {prefix}_PAT",
        }
        named = ours.get(str(at[1])) or " or ".join(f"{what} (a {kind})" for kind, what in ours.items())
        said = f"`{key}` does not stand here: credentials come from the environment, as {named}"
        return file.problem(at, said, at_key=True)
    hint = did_you_mean(key, known) or f"; there are {', '.join(f'`{k}`' for k in sorted(known))}"
    block = shown((*path, *loc[:-1]))
    place = f" under `{block}`" if block else ""
    return file.problem((*path, *loc), f"unknown key `{key}`{place}{hint}", at_key=True)


def _text(file: YamlFile, path: Path, value: Any) -> str:
    """What is wrong where text was wanted and YAML read something else: no, on, 123, 2026-12-01."""
    raw = file.raws.get(path)
    if raw is None:
        return "expected text"
    kind = _GOTCHAS.get(type(value), "a date")
    return f'YAML reads `{raw.text}` as {kind}, not as text; put it in quotes: "{raw.text}"'


def _choice(file: YamlFile, path: Path, detail: ErrorDetails) -> str:
    choices = [word.strip().strip("'") for word in detail["ctx"]["expected"].replace(" or ", ", ").split(",")]
    raw = file.raws.get(path)
    written = raw.text if raw else str(detail["input"])
    listed = ", ".join(f"`{choice}`" for choice in choices)
    return f"`{written}` is none of {listed}{did_you_mean(written, choices)}"


def _number(file: YamlFile, path: Path) -> str:
    raw = file.raws.get(path)
    written = f", found `{raw.text}`" if raw else ""
    hint = ""
    if raw and raw.text.lstrip("+-").isdigit():
        hint = "; remove the quotes" if not raw.plain else "; remove the leading zero"
    return f"expected a whole number{written}{hint}"


def _list(file: YamlFile, path: Path) -> str:
    raw = file.raws.get(path)
    return f"expected a list; write [{raw.text}]" if raw else "expected a list; begin each entry with `- `"


_WORDS: Mapping[str, Callable[[YamlFile, Path, ErrorDetails], str]] = {
    "string_type": lambda file, path, detail: _text(file, path, detail["input"]),
    "bool_type": lambda file, path, _: (
        f"expected true or false, found `{file.raws[path].text}`" if path in file.raws else "expected true or false"
    ),
    "int_type": lambda file, path, _: _number(file, path),
    "int_from_float": lambda file, path, _: _number(file, path),
    "literal_error": _choice,
    "list_type": lambda file, path, _: _list(file, path),
    "dict_type": lambda *_: "expected names, each with keys below it",
    "model_type": lambda *_: "expected a block of keys (`key: value`, indented)",
    "model_attributes_type": lambda *_: "expected a block of keys (`key: value`, indented)",
    "date_type": lambda *_: "expected a day such as 2026-12-24",
    "date_from_datetime_inexact": lambda *_: "expected a day such as 2026-12-24, without a time",
    "greater_than_equal": lambda _file, _path, detail: f"must be at least {detail['ctx']['ge']}, is {detail['input']}",
    "less_than_equal": lambda _file, _path, detail: f"must be at most {detail['ctx']['le']}, is {detail['input']}",
    "string_too_long": lambda _file, _path, detail: f"longer than {detail['ctx']['max_length']} characters",
    "string_too_short": lambda *_: "must not be empty",
    "value_error": lambda _file, _path, detail: str(detail["ctx"]["error"]),
}


def _told(shape: type[BaseModel], file: YamlFile, path: Path, detail: ErrorDetails) -> Problem:
    loc = tuple(part for part in detail["loc"] if part not in FORMS)
    at_key = loc[-1:] == ("[key]",)
    loc = loc[:-1] if at_key else loc
    full = (*path, *loc)
    if detail["type"] == "extra_forbidden":
        return _unknown(shape, file, path, loc)
    if detail["type"] == "missing":
        inside = shown(full[:-1])
        return file.problem(full[:-1], f"`{inside}` needs `{loc[-1]}`", at_key=True)
    words = _WORDS.get(detail["type"])
    message = words(file, full, detail) if words else detail["msg"]
    return file.problem(full, f"{shown(full)}: {message}", at_key=at_key)
