"""What does a project's create screen hold, and which of its fields has nobody a value for?

Pure: over Jira's create metadata and the project's settings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from worker.trackers.jira.config import JiraConfig
from worker.trackers.jira.remedy import (
    field_shown,
    fields_to_add,
    mapping,
    names_shown,
    rows,
    yaml_to_add,
)

FILLED = frozenset({"project", "issuetype", "summary", "description", "reporter"})
"""Fields that every create of ours fills, or that Jira itself fills with our account."""

GIVEN_BY_ITEM = {
    "assignee": "name an owner with an account of this project in the post-mortem",
    "priority": "map the item's priority under `priorities`",
}
"""What else can be done where a project requires a field that an item may have or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueType:
    """A type of a project's issues. `level` is its place in the hierarchy: 1 an epic, 0 usual, -1 a sub-task."""

    id: str
    name: str
    level: int = 0

    @property
    def is_subtask(self) -> bool:
        return self.level < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a project shows when an issue of one type is created: its fields' metadata by id."""

    project: str
    type: IssueType
    fields: Mapping[str, Mapping[str, Any]]

    def has(self, field: str) -> bool:
        return field in self.fields

    def required(self) -> tuple[Mapping[str, Any], ...]:
        """The fields that must have a value and have no default, sorted by id."""
        return tuple(
            {**about, "fieldId": key}
            for key, about in sorted(self.fields.items())
            if about.get("required") and not about.get("hasDefaultValue")
        )

    def kind(self, field: str) -> str:
        """The type of a field's value, as its schema names it; "" where that is not known."""
        return str(mapping(mapping(self.fields.get(field)).get("schema")).get("type") or "")

    def is_rich(self, field: str) -> bool:
        """Whether a field holds a formatted text of several lines (on Cloud a document)."""
        return is_rich(mapping(self.fields.get(field)))

    def names(self, field: str) -> tuple[str, ...]:
        """The names of the values that a field allows, in Jira's order; empty where any is, or none is known."""
        allowed = rows(mapping(self.fields.get(field)).get("allowedValues"))
        return tuple(str(row.get("name") or row.get("value")) for row in allowed if row.get("name") or row.get("value"))


def is_rich(about: Mapping[str, Any]) -> bool:
    """Whether a field of some metadata holds a formatted text."""
    schema = mapping(about.get("schema"))
    return str(schema.get("custom") or "").endswith(":textarea") or schema.get("system") in {
        "description",
        "environment",
    }


def type_of(raw: Mapping[str, Any]) -> IssueType:
    """An issue type from metadata, or from an issue's `issuetype`. Data Center says only whether it is a sub-task, and
    has no other sign of an epic than its name."""
    name = str(raw.get("untranslatedName") or raw.get("name") or "")
    level = raw.get("hierarchyLevel")
    if not isinstance(level, int):
        level = -1 if raw.get("subtask") is True else 1 if name.casefold() == "epic" else 0
    return IssueType(id=str(raw.get("id") or ""), name=str(raw.get("name") or name), level=level)


def missing_values(config: JiraConfig, screen: Screen, given: Collection[str]) -> str:
    """Which required fields have no value, with the lines to add; "" where all have one."""
    lost = [about for about in screen.required() if about["fieldId"] not in given]
    if not lost:
        return ""
    hints = [GIVEN_BY_ITEM[about["fieldId"]] for about in lost if about["fieldId"] in GIVEN_BY_ITEM]
    also = f" Or {'; '.join(hints)}." if hints else ""
    named = "; ".join(field_shown(about) for about in lost)
    return (
        f"project {screen.project} requires {named} for a new {screen.type.name}, and has no default for it."
        f"{also} {yaml_to_add(config, screen.project, {'fields': fields_to_add(lost)})}"
    )


def unknown_fields(config: JiraConfig, screen: Screen) -> str:
    """Which configured fields the create screen does not have; "" where it has all."""
    lost = sorted(key for key in config.project(screen.project).fields if not screen.has(key))
    if not lost:
        return ""
    return (
        f"the create screen of a {screen.type.name} of {screen.project} has no field {', '.join(lost)}, which "
        f"sites.{config.site}.projects.{screen.project}.fields gives a value: add it to that screen in Jira, or take "
        f"it out of followthrough.yaml. The screen has {names_shown(screen.fields)}"
    )
