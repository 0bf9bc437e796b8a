"""What exactly must an operator add to `followthrough.yaml` so that a project works? The very text, and sample values.

Pure. A sample takes the first value that the project allows, so that the text works as it is printed wherever that can
be known. It is one line of YAML, because a comment, a log and a terminal all keep one line whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from worker.trackers.jira.config import JiraConfig

FILE = "followthrough.yaml"
MOST_CHOICES = 8
_NAMED = {"priority", "resolution", "version", "component", "issuetype", "project", "group"}


def yaml_to_add(config: JiraConfig, project: str, content: Mapping[str, Any]) -> str:
    """`Add to followthrough.yaml`, and what to add for one project, ready to be pasted."""
    said = f"Add to {FILE} (where `projects` is a list, it becomes such a mapping)"
    return f"{said}: `{project_yaml(config, project, content)}`"


def project_yaml(config: JiraConfig, project: str, content: Mapping[str, Any]) -> str:
    """`sites: {SITE: {projects: {PROJECT: {…}}}}`: YAML on one line. A project that is not watched stays so."""
    watch = {} if project in config.projects else {"watch": False}
    tree = {config.site: {"projects": {project: {**watch, **content}}}}
    shown = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, default_flow_style=True, width=math.inf)
    return f"sites: {shown.rstrip()}"


def fields_to_add(fields: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A value for each of these fields of some metadata, by id, sorted."""
    return {field_id(field): sample(field) for field in sorted(fields, key=field_id)}


def field_id(field: Mapping[str, Any]) -> str:
    return str(field.get("fieldId") or field.get("key") or field.get("id") or "")


def field_shown(field: Mapping[str, Any]) -> str:
    """A field for people: `Team (customfield_10020)`, and what it allows where that is a short list."""
    name, key = str(field.get("name") or ""), field_id(field)
    text = f"{name} ({key})" if name and name.casefold() != key.casefold() else key
    choices = [shown for row in rows(field.get("allowedValues")) if (shown := _name(row))]
    if not choices:
        return text
    more = ", …" if len(choices) > MOST_CHOICES else ""
    return f"{text}, one of {', '.join(choices[:MOST_CHOICES])}{more}"


def names_shown(names: Iterable[str]) -> str:
    """A short list for people; `none` where it is empty."""
    every = sorted({name for name in names if name}, key=str.casefold)
    more = ", …" if len(every) > 3 * MOST_CHOICES else ""
    return ", ".join(every[: 3 * MOST_CHOICES]) + more if every else "none"


def sample(field: Mapping[str, Any]) -> Any:
    """A value for a field in the form in which Jira's REST API takes it."""
    schema = mapping(field.get("schema"))
    kind, items = str(schema.get("type") or ""), str(schema.get("items") or "")
    allowed = rows(field.get("allowedValues"))
    if kind == "array":
        return [_one(items, allowed)]
    return _one(kind, allowed)


def _one(kind: str, allowed: Sequence[Mapping[str, Any]]) -> Any:
    first = next((row for row in allowed if _name(row)), {})
    if kind == "option-with-child":
        child = next((row for row in rows(first.get("children")) if _name(row)), {})
        value: dict[str, Any] = {"value": _name(first) or "a value"}
        return {**value, "child": {"value": _name(child)}} if child else value
    if first:
        return {"value" if first.get("value") is not None else "name": _name(first)}
    if kind == "option":
        return {"value": "a value"}
    if kind in _NAMED:
        return {"name": "a name"}
    if kind == "user":
        return {"accountId": "an account id"}
    plain: dict[str, Any] = {"number": 1, "date": "2026-12-31", "datetime": "2026-12-31T12:00:00.000+0000"}
    return plain.get(kind, "a text")


def _name(row: Mapping[str, Any]) -> str:
    value = row.get("value") if row.get("value") is not None else row.get("name")
    return str(value) if isinstance(value, str | int | float) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    """A mapping from a payload; an empty one where it is none."""
    return value if isinstance(value, Mapping) else {}


def rows(value: Any) -> tuple[Mapping[str, Any], ...]:
    """The objects of a list from a payload."""
    return tuple(row for row in value if isinstance(row, Mapping)) if isinstance(value, list | tuple) else ()
