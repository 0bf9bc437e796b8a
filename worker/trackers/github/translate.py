"""What do GitHub's payloads mean in the product's words? REST and GraphQL both become `Issue`, `Comment`, `Record`.

Pure. A field that is absent (an older server, a smaller payload) reads as unknown, never as an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from worker.domain.model import Comment, Issue, IssueRef, Record, Status
from worker.trackers.github import markup

GHOST = "ghost"
"""Whom GitHub shows as the author where the account was deleted."""

_TRUSTED = {"OWNER", "MEMBER", "COLLABORATOR"}
_WAIVED = {"not_planned", "duplicate"}
_ADDRESS = re.compile(r"/repos/(?P<repository>[^/]+/[^/]+)/issues/(?P<number>\d+)(?:$|[/?#])")
_REPOSITORY = re.compile(r"/repos/(?P<repository>[^/]+/[^/]+)/?$")
_DUE_FIELD = re.compile(r"\b(due|deadline|target)\b", re.IGNORECASE)
_START_FIELD = re.compile(r"start(s|ing)?( date| day| on)?", re.IGNORECASE)
_PRIORITY_FIELD = re.compile(r"priority", re.IGNORECASE)
_SEVERITY_FIELD = re.compile(r"severity|impact", re.IGNORECASE)
_PRIORITY_LABEL = re.compile(r"(?:prio(?:rity)?\s*[:/=-]?\s*)?(p[0-4])", re.IGNORECASE)


def issue_from_rest(site: str, raw: Mapping[str, Any], public: bool | None) -> Issue:
    """One issue of the REST API. Its address is the payload's own, which after a transfer is not the asked one."""
    written = _text(raw.get("body"))
    body, mark = markup.split_mark(written)
    due, due_from = _due(raw, written)
    labels = frozenset(_names(raw.get("labels"), "name"))
    parent = _ADDRESS.search(_text(raw.get("parent_issue_url")))
    return Issue(
        ref=ref_of(site, raw),
        title=_text(raw.get("title")),
        body=body,
        url=_text(raw.get("html_url")),
        node=_text(raw.get("node_id")),
        author=login_of(raw.get("user")),
        status=_status(_text(raw.get("state")), _text(raw.get("state_reason"))),
        labels=labels,
        assignees=_names(raw.get("assignees"), "login"),
        due=due,
        due_from=due_from,
        priority=_priority(raw, labels),
        severity=_chosen(raw, _SEVERITY_FIELD),
        planned_from=day_of(_chosen(raw, _START_FIELD)) if raw.get("state") == "open" else None,
        created_at=when(raw.get("created_at")),
        updated_at=when(raw.get("updated_at")),
        closed_at=when(raw["closed_at"]) if raw.get("closed_at") else None,
        parent=IssueRef(site, f"{parent['repository']}#{parent['number']}") if parent else None,
        is_pull_request=bool(raw.get("pull_request")),
        public=public,
        mark=mark,
        comments_count=int(raw.get("comments") or 0),
    )


def issue_from_graphql(site: str, raw: Mapping[str, Any], public: bool | None) -> Issue:
    """One issue as `write.CREATED` selects it."""
    written = _text(raw.get("body"))
    body, mark = markup.split_mark(written)
    due = markup.due_in(written)
    labels = frozenset(_names(nodes_of(raw.get("labels")), "name"))
    parent = raw.get("parent") or {}
    above = (parent.get("repository") or {}).get("nameWithOwner")
    author = raw.get("author") or {}
    login = _text(author.get("login")) or GHOST
    return Issue(
        ref=IssueRef(site, f"{raw['repository']['nameWithOwner']}#{int(raw['number'])}"),
        title=_text(raw.get("title")),
        body=body,
        url=_text(raw.get("url")),
        node=_text(raw.get("id")),
        # GraphQL names a bot without the suffix that REST gives it.
        author=f"{login}[bot]" if author.get("__typename") == "Bot" and not login.endswith("[bot]") else login,
        status=_status(_text(raw.get("state")).lower(), _text(raw.get("stateReason")).lower()),
        labels=labels,
        assignees=_names(nodes_of(raw.get("assignees")), "login"),
        due=due,
        due_from="line" if due else "",
        priority=_priority({}, labels),
        created_at=when(raw.get("createdAt")),
        updated_at=when(raw.get("updatedAt")),
        parent=IssueRef(site, f"{above}#{parent['number']}") if above else None,
        public=public,
        mark=mark,
    )


def comment_from_rest(raw: Mapping[str, Any], *, ours: bool) -> Comment:
    return Comment(
        id=str(raw["id"]),
        author=login_of(raw.get("user")),
        body=_text(raw.get("body")),
        created_at=when(raw.get("created_at")),
        updated_at=when(raw.get("updated_at")),
        trusted=_text(raw.get("author_association")) in _TRUSTED,
        ours=ours,
        bot=(raw.get("user") or {}).get("type") == "Bot",
    )


def split_comments(
    rows: Iterable[Mapping[str, Any]], is_ours: Callable[[str], bool]
) -> tuple[tuple[Comment, ...], tuple[Record, ...]]:
    """Comments and records of one issue, each oldest first. A marker in somebody else's comment is just text."""
    comments: list[Comment] = []
    records: list[Record] = []
    for raw in rows:
        comment = comment_from_rest(raw, ours=is_ours(login_of(raw.get("user"))))
        found = markup.split_record(comment.body) if comment.ours else None
        if found is None:
            comments.append(comment)
        else:
            name, words, text = found
            records.append(Record(id=comment.id, name=name, body=words, text=text, created_at=comment.created_at))
    comments.sort(key=lambda c: (c.created_at, int(c.id)))
    records.sort(key=lambda r: (r.created_at, int(r.id)))
    return tuple(comments), tuple(records)


def ref_of(site: str, raw: Mapping[str, Any]) -> IssueRef:
    """The address in an issue's payload."""
    repository = repository_of(raw)
    if repository:
        return IssueRef(site, f"{repository}#{int(raw['number'])}")
    found = _ADDRESS.search(_text(raw.get("url")))
    if found is None:
        raise ValueError("the payload names no repository")
    return IssueRef(site, f"{found['repository']}#{found['number']}")


def repository_of(raw: Mapping[str, Any]) -> str:
    """`owner/name` in an issue's payload, or ""."""
    found = _REPOSITORY.search(_text(raw.get("repository_url"))) or _ADDRESS.search(_text(raw.get("url")))
    return found["repository"] if found else ""


def login_of(raw: Any) -> str:
    return _text(raw.get("login")) or GHOST if isinstance(raw, Mapping) else GHOST


def due_field(raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The issue field of type date that holds the due date: named so, or the only date there is without a name."""
    fields = raw.get("issue_field_values")
    dates = [f for f in fields if isinstance(f, Mapping) and f.get("data_type") == "date"] if fields else []
    named = [f for f in dates if _DUE_FIELD.search(_text(f.get("issue_field_name")))]
    if named:
        return min(named, key=lambda f: ("due" not in _text(f.get("issue_field_name")).lower(), str(f)))
    return dates[0] if len(dates) == 1 and not dates[0].get("issue_field_name") else None


def _due(raw: Mapping[str, Any], body: str) -> tuple[date | None, str]:
    """The day and where it stands: field before line before milestone."""
    field = due_field(raw)
    milestone = raw.get("milestone")
    for day, place in (
        (day_of(field.get("value")) if field else None, "field"),
        (markup.due_in(body), "line"),
        # GitHub keeps a milestone's day as some hour of that day in UTC.
        (day_of(milestone.get("due_on")) if isinstance(milestone, Mapping) else None, "milestone"),
    ):
        if day is not None:
            return day, place
    return None, ""


def _priority(raw: Mapping[str, Any], labels: frozenset[str]) -> str:
    chosen = _chosen(raw, _PRIORITY_FIELD)
    if chosen:
        return chosen
    found = sorted(m[1].upper() for label in labels if (m := _PRIORITY_LABEL.fullmatch(label.strip())))
    return found[0] if found else ""


def _chosen(raw: Mapping[str, Any], name: re.Pattern[str]) -> str:
    """The value of the first of an organization's issue fields with such a name, or ""."""
    for field in raw.get("issue_field_values") or ():
        if isinstance(field, Mapping) and name.fullmatch(_text(field.get("issue_field_name")).strip()):
            option = field.get("single_select_option")
            return _text(option.get("name") if isinstance(option, Mapping) else field.get("value"))
    return ""


def _status(state: str, reason: str) -> Status:
    if state != "closed":
        return Status.OPEN
    return Status.WAIVED if reason in _WAIVED else Status.DONE


def _names(rows: Any, key: str) -> tuple[str, ...]:
    """The names in a list of objects (or, as old payloads have labels, of strings)."""
    return tuple(_text(row.get(key)) if isinstance(row, Mapping) else str(row) for row in rows or () if row is not None)


def nodes_of(connection: Any) -> Any:
    """What a GraphQL connection holds; nothing where there is none."""
    return connection.get("nodes") if isinstance(connection, Mapping) else ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def when(value: Any) -> datetime:
    """A time as GitHub writes it; the beginning of 1970 for what is none."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) and value else datetime.fromtimestamp(0, UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def day_of(value: Any) -> date | None:
    """The day of a date or a time, or None."""
    try:
        return date.fromisoformat(_text(value)[:10])
    except ValueError:
        return None
