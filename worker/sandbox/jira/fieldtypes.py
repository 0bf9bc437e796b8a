"""How is a field's value read from a request, shown in an answer, and written into the history?

`read` answers the one inner form of a value (see `model`), or raises `Unfit` with the words that Jira puts beside the
field's id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from worker.sandbox.jira.access import assignable
from worker.sandbox.jira.adf import problem
from worker.sandbox.jira.model import Account, FieldDef, Named, Project, Sprint, Version
from worker.sandbox.jira.richtext import Rich
from worker.sandbox.jira.store import Store

TEXT_LIMIT = 32767
LABEL_LIMIT = 255
SUMMARY_LIMIT = 255

SYSTEM = (
    ("summary", "Summary", "summary"),
    ("description", "Description", "text"),
    ("environment", "Environment", "text"),
    ("labels", "Labels", "labels"),
    ("assignee", "Assignee", "assignee"),
    ("reporter", "Reporter", "user"),
    ("duedate", "Due date", "date"),
    ("priority", "Priority", "priority"),
    ("resolution", "Resolution", "resolution"),
    ("security", "Security Level", "security"),
    ("components", "Components", "components"),
    ("fixVersions", "Fix versions", "versions"),
    ("issuelinks", "Linked Issues", "issuelinks"),
    ("parent", "Parent", "parent"),
    ("project", "Project", "project"),
    ("issuetype", "Issue Type", "issuetype"),
    ("comment", "Comment", "comment"),
    ("status", "Status", "status"),
    ("statuscategorychangedate", "Status Category Changed", "moment"),
    ("resolutiondate", "Resolved", "moment"),
    ("created", "Created", "moment"),
    ("updated", "Updated", "moment"),
    ("creator", "Creator", "user"),
    ("subtasks", "Sub-tasks", "subtasks"),
)
"""The fields that every site has: id, name and kind."""

CUSTOM_KINDS = {
    "string": "com.atlassian.jira.plugin.system.customfieldtypes:textfield",
    "text": "com.atlassian.jira.plugin.system.customfieldtypes:textarea",
    "number": "com.atlassian.jira.plugin.system.customfieldtypes:float",
    "date": "com.atlassian.jira.plugin.system.customfieldtypes:datepicker",
    "datetime": "com.atlassian.jira.plugin.system.customfieldtypes:datetime",
    "option": "com.atlassian.jira.plugin.system.customfieldtypes:select",
    "options": "com.atlassian.jira.plugin.system.customfieldtypes:multiselect",
    "labels": "com.atlassian.jira.plugin.system.customfieldtypes:labels",
    "user": "com.atlassian.jira.plugin.system.customfieldtypes:userpicker",
    "sprint": "com.pyxis.greenhopper.jira:gh-sprint",
    "development": "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf",
}
"""The kinds that a custom field of a seed can have, with Jira's own names for them."""


class Unfit(Exception):
    """The value is not one for this field; the message is Jira's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading needs to know: the site, the project, and whether texts are documents (v3)."""

    store: Store
    project: Project
    documents: bool


def read(field: FieldDef, raw: object, at: Reading) -> Any:
    """Return the inner form of a value. Raises Unfit."""
    if raw is None and field.kind != "summary":
        return [] if field.kind in {"labels", "components", "options", "versions", "sprint"} else None
    return _READERS[field.kind](field, raw, at)


def _summary(_field: FieldDef, raw: object, _at: Reading) -> str:
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        raise Unfit("You must specify a summary of the issue.")
    if not isinstance(raw, str):
        raise Unfit("Operation value must be a string")
    if "\n" in raw or "\r" in raw:
        raise Unfit("The summary is invalid because it contains newline characters.")
    if len(raw.strip()) > SUMMARY_LIMIT:
        raise Unfit("Summary can't exceed 255 characters.")
    return raw.strip()


def read_text(raw: object, *, documents: bool) -> Rich | None:
    """Return a text as it is written in this version of the API. Raises Unfit."""
    if documents:
        if isinstance(raw, str):
            raise Unfit("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
        wrong = problem(raw)
        if wrong or not isinstance(raw, dict):
            raise Unfit(f"INVALID_INPUT: {wrong}")
        text = Rich(raw)
    elif isinstance(raw, str):
        if not raw.strip():
            return None
        text = Rich(raw)
    else:
        raise Unfit("Operation value must be a string")
    if text.length > TEXT_LIMIT:
        raise Unfit("The entered text is too long. It exceeds the allowed limit of 32,767 characters.")
    return text


def _text(_field: FieldDef, raw: object, at: Reading) -> Rich | None:
    return read_text(raw, documents=at.documents)


def _string(_field: FieldDef, raw: object, _at: Reading) -> str:
    if not isinstance(raw, str):
        raise Unfit("Operation value must be a string")
    if len(raw) > SUMMARY_LIMIT:
        raise Unfit("The entered text is too long. It exceeds the allowed limit of 255 characters.")
    return raw


def _labels(_field: FieldDef, raw: object, _at: Reading) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(label, str) for label in raw):
        raise Unfit("data was not an array of strings")
    for label in raw:
        if any(sign.isspace() for sign in label):
            raise Unfit(f"The label '{label}' contains spaces which is invalid.")
        if not label or len(label) > LABEL_LIMIT:
            raise Unfit(f"The label '{label}' exceeds the maximum length of 255 characters.")
    return sorted(set(raw))


def _user(_field: FieldDef, raw: object, at: Reading) -> Account:
    words = ("accountId", "id") if at.store.cloud else ("name", "key")
    if not isinstance(raw, dict):
        raise Unfit("data was not an object")
    word = next((raw[name] for name in words if raw.get(name)), None)
    if word is None:
        raise Unfit(f"expected an object with {words[0]}")
    found = at.store.account(str(word))
    if found is None and not at.store.cloud:
        found = next((a for a in at.store.accounts.values() if a.key == word), None)
    if found is None:
        raise Unfit(f"User '{word}' does not exist.")
    return found


def _assignee(field: FieldDef, raw: object, at: Reading) -> Account | None:
    if isinstance(raw, dict) and not any(raw.values()):
        return None
    found = _user(field, raw, at)
    if not assignable(found, at.project):
        raise Unfit(f"User '{found.account_id if at.store.cloud else found.name}' cannot be assigned issues.")
    return found


def _date(_field: FieldDef, raw: object, _at: Reading) -> str:
    try:
        return date.fromisoformat(str(raw)).isoformat() if isinstance(raw, str) and len(raw) == 10 else _no_date(raw)
    except ValueError:
        return _no_date(raw)


def _no_date(raw: object) -> str:
    raise Unfit(f"Error parsing date string: {raw}")


def _datetime(_field: FieldDef, raw: object, _at: Reading) -> str:
    try:
        found = datetime.fromisoformat(str(raw))
    except ValueError:
        return _no_date(raw)
    return str(raw) if found.tzinfo else _no_date(raw)


def _number(_field: FieldDef, raw: object, _at: Reading) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise Unfit("Operation value must be a number")
    return float(raw)


def _one_of(choices: tuple[Named, ...], raw: object, label: str, word: str = "name") -> Named:
    if not isinstance(raw, dict):
        raise Unfit(f"expected Object containing a '{word}' property" if word == "value" else "data was not an object")
    for name in ("id", word):
        if raw.get(name) is not None:
            found = next((c for c in choices if str(raw[name]) == (c.id if name == "id" else c.name)), None)
            if found is None:
                raise Unfit(f"{label} {name} '{raw[name]}' is not valid")
            return found
    raise Unfit(f"Could not find valid 'id' or '{word}' in the {label.lower()} object.")


def choices(field: FieldDef, store: Store, project: Project) -> tuple[Named, ...]:
    """Return what a field may hold, where that is a short list."""
    match field.kind:
        case "priority":
            return tuple(store.priorities.values())
        case "resolution":
            return tuple(store.resolutions.values())
        case "security":
            return project.levels
        case "components":
            return project.components
        case _:
            return field.options


def _named(field: FieldDef, raw: object, at: Reading) -> Named:
    word = "value" if field.kind == "option" else "name"
    return _one_of(choices(field, at.store, at.project), raw, "Option" if field.custom else field.name, word)


def _many(field: FieldDef, raw: object, at: Reading) -> list[Named]:
    if not isinstance(raw, list):
        raise Unfit("data was not an array")
    word = "value" if field.kind == "options" else "name"
    label = "Option" if field.custom else "Component"
    return [_one_of(choices(field, at.store, at.project), item, label, word) for item in raw]


def _versions(_field: FieldDef, raw: object, at: Reading) -> list[Version]:
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise Unfit("data was not an array")
    found = []
    for item in raw:
        wanted = str(item.get("id") or item.get("name"))
        version = next((v for v in at.project.versions if wanted in {v.id, v.name}), None)
        if version is None:
            raise Unfit(f"Version id '{wanted}' is not valid")
        found.append(version)
    return found


def _sprint(_field: FieldDef, raw: object, at: Reading) -> list[Sprint]:
    found = at.store.sprints.get(raw) if isinstance(raw, int) and not isinstance(raw, bool) else None
    if found is None:
        raise Unfit("Number value expected as the Sprint id.")
    return [found]


_READERS: dict[str, Callable[[FieldDef, object, Reading], Any]] = {
    "summary": _summary,
    "text": _text,
    "string": _string,
    "labels": _labels,
    "user": _user,
    "assignee": _assignee,
    "date": _date,
    "datetime": _datetime,
    "number": _number,
    "priority": _named,
    "resolution": _named,
    "security": _named,
    "option": _named,
    "options": _many,
    "components": _many,
    "versions": _versions,
    "sprint": _sprint,
}

SETTABLE = frozenset(_READERS)
"""The kinds that `read` knows; the others are handled by those who create, edit and link."""


def empty(value: object) -> bool:
    """Whether a value counts as none."""
    return value is None or value == [] or value == ""


def told(value: object, *, cloud: bool) -> tuple[str | None, str]:
    """Return a value as the history writes it: the id where it has one, and the words."""
    match value:
        case None:
            return None, ""
        case Account():
            return (value.account_id if cloud else value.key), value.display_name
        case Named():
            return value.id, value.name
        case Version() | Sprint():
            return str(value.id), value.name
        case Rich():
            return None, value.wiki
        case list():
            return None, " ".join(told(item, cloud=cloud)[1] for item in value)
        case _:
            return None, str(value)


def schema(field: FieldDef) -> dict[str, Any]:
    """Return the `schema` of a field."""
    kinds: dict[str, dict[str, Any]] = {
        "summary": {"type": "string"},
        "text": {"type": "string"},
        "string": {"type": "string"},
        "labels": {"type": "array", "items": "string"},
        "assignee": {"type": "user"},
        "user": {"type": "user"},
        "moment": {"type": "datetime"},
        "security": {"type": "securitylevel"},
        "components": {"type": "array", "items": "component"},
        "issuelinks": {"type": "array", "items": "issuelinks"},
        "subtasks": {"type": "array", "items": "issuelinks"},
        "parent": {"type": "issuelink"},
        "comment": {"type": "comments-page"},
        "options": {"type": "array", "items": "option"},
        "versions": {"type": "array", "items": "version"},
        "sprint": {"type": "array", "items": "json"},
        "development": {"type": "any"},
    }
    found = dict(kinds.get(field.kind, {"type": field.kind}))
    if field.custom:
        return found | {"custom": CUSTOM_KINDS[field.kind], "customId": int(field.id.rpartition("_")[2])}
    return found | {"system": field.id}
