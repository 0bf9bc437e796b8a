"""Which issues does a webhook of Jira speak of?

Pure. A payload is a hint and nothing more: only keys and labels are taken from it, and the issue is then read afresh.
What is no plain key is refused, so nothing that a stranger wrote travels further. A moved issue is told under both its
keys. A link is told by Jira without any key; that is a hint for the whole site.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from worker.web.touched import Dialect, Malformed, Payload, Told, Touched, as_mapping, each_once, json_object

_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,99}")
_KEY = re.compile(r"([A-Z][A-Z0-9_]{1,99})-[1-9]\d{0,9}")
_WORD = re.compile(r"[a-z_]{1,40}")
# Fields of the changelog in which another issue's key may stand: above it, below it, beside it.
_KINSHIP = frozenset({"epic child", "epic link", "issueparentassociation", "link", "parent", "parent issue"})
_MOST_CHANGES = 200


def read_event(payload: Payload) -> Told:
    """What a payload speaks of, each key once; nothing, under the event "", for an event that means nothing here.

    Raises Malformed.
    """
    event = payload.get("webhookEvent")
    if not isinstance(event, str):
        raise Malformed("The payload names no event.")
    reader = _READERS.get(event)
    if reader is None:
        return Told()
    kind = payload.get("issue_event_type_name")
    action = f"{event}.{kind}" if isinstance(kind, str) and _WORD.fullmatch(kind) else event
    return Told(event=event, touched=each_once(reader(payload, action)))


def events() -> frozenset[str]:
    """The events that are read."""
    return frozenset(_READERS)


def _read(_: Mapping[str, str], body: bytes) -> Told:
    return read_event(json_object(body))


JIRA = Dialect(
    signature="x-hub-signature", delivery="x-atlassian-webhook-identifier", read=_read, ignored=202, repeats=True
)


def _touched(key: str, labels: frozenset[str] | None, action: str) -> Touched:
    return Touched(container=key.rpartition("-")[0], locator=key, labels=labels, action=action)


def _keys(*written: Any) -> list[str]:
    return [text for text in written if isinstance(text, str) and _KEY.fullmatch(text)]


def _changes(payload: Payload) -> list[Payload]:
    items = as_mapping(payload.get("changelog")).get("items")
    return [as_mapping(item) for item in items[:_MOST_CHANGES]] if isinstance(items, list) else []


def _changed(item: Payload) -> str:
    field = item.get("field")
    return field.casefold() if isinstance(field, str) else ""


def _labels(fields: Payload, changes: Iterable[Payload]) -> frozenset[str] | None:
    """All labels that the issue has or just lost: a changelog names them separated by spaces, which none contains."""
    listed = fields.get("labels")
    if not isinstance(listed, list):
        return None
    names = {name for name in listed if isinstance(name, str)}
    for item in changes:
        if _changed(item) == "labels":
            for text in (item.get("fromString"), item.get("toString")):
                names.update(text.split() if isinstance(text, str) else ())
    return frozenset(names)


def _issue(payload: Payload, action: str) -> Iterable[Touched]:
    issue = as_mapping(payload.get("issue"))
    found = _keys(issue.get("key"))
    if not found:
        raise Malformed("The payload names no issue.")
    fields, changes = as_mapping(issue.get("fields")), _changes(payload)
    labels = _labels(fields, changes)
    yield _touched(found[0], labels, action)
    for item in changes:
        sides = _keys(item.get("from"), item.get("fromString"), item.get("to"), item.get("toString"))
        if _changed(item) == "key":
            yield from (_touched(key, labels, action) for key in sides)
        elif _changed(item) in _KINSHIP:
            yield from (_touched(key, None, action) for key in sides)
    for key in _keys(as_mapping(fields.get("parent")).get("key")):
        yield _touched(key, None, action)


def _comment(payload: Payload, action: str) -> Iterable[Touched]:
    # Data Center tells a comment without its issue, and once more as an update of the issue.
    return _issue(payload, action) if "issue" in payload else ()


def _link(payload: Payload, action: str) -> Iterable[Touched]:
    if not as_mapping(payload.get("issueLink")):
        raise Malformed("The payload names no link.")
    # Both ends are numbers that only Jira knows. What was linked counts as changed there, so a look finds it.
    return (Touched(container="", locator=None, labels=None, action=action),)


def _project(payload: Payload, action: str) -> Iterable[Touched]:
    key = as_mapping(payload.get("project")).get("key")
    if not isinstance(key, str) or not _PROJECT.fullmatch(key):
        raise Malformed("The payload names no project.")
    return (Touched(container=key, locator=None, labels=None, action=action),)


_READERS: Mapping[str, Callable[[Payload, str], Iterable[Touched]]] = {
    **dict.fromkeys(("jira:issue_created", "jira:issue_updated", "jira:issue_deleted"), _issue),
    **dict.fromkeys(("comment_created", "comment_updated", "comment_deleted"), _comment),
    **dict.fromkeys(("issuelink_created", "issuelink_deleted"), _link),
    **dict.fromkeys(
        ("project_updated", "project_deleted", "project_soft_deleted", "project_restored_deleted"), _project
    ),
    **dict.fromkeys(("project_archived", "project_restored_archived"), _project),
}
