"""What do Jira's payloads mean in the product's words? Cloud's and Data Center's both become `Issue` and `Comment`.

Pure. What an issue can't be without (key, status, times) raises `Strange` where it is not of the known form; all else
that is absent reads as unknown.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from worker.domain.markup.adf import adf_plain, adf_to_markdown
from worker.domain.markup.wiki import wiki_plain, wiki_to_markdown
from worker.domain.model import Comment, Issue, IssueRef, Status
from worker.trackers.dueline import due_in
from worker.trackers.jira.config import JiraConfig
from worker.trackers.jira.records import let_go, mark_in

NOBODY = "unknown"
"""Whom we name as the author where Jira names nobody any more (a person who asked to be forgotten)."""

DEFAULT_LINK = "relates"
"""The link type that people use for everything: it makes a child only of what we created ourselves."""

KEY = re.compile(r"[A-Z][A-Z0-9_]*-[1-9][0-9]{0,9}")
"""An issue's key."""


_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


_NO_NEWS = frozenset({"Key", "Link", "Parent", "Rank", "Workflow", "labels", "project"})
"""Changes that say nothing about the work itself: order on a board, labels, links to other issues, moves. A link to
elsewhere is news: so people show their pull request."""


class Strange(ValueError):
    """The payload is not of the form that Jira documents. The text says what is."""


@dataclass(frozen=True, slots=True)
class Face:
    """What has to be known about a site: its settings, and whether it is Cloud (Atlassian documents, account ids) or
    Data Center (wiki text, names)."""

    config: JiraConfig
    cloud: bool

    def markdown(self, body: Any) -> str:
        """A body as Markdown; "" for none."""
        if isinstance(body, str):
            return wiki_to_markdown(body)
        return adf_to_markdown(body) if isinstance(body, Mapping) else ""

    def plain(self, body: Any) -> str:
        """A body's words as plain text; "" for none."""
        if isinstance(body, str):
            return wiki_plain(body)
        return adf_plain(body) if isinstance(body, Mapping) else ""


@dataclass(frozen=True, slots=True)
class Linked:
    """An issue that another one names as its child. `sure` is False for a link that may mean anything: then only an
    issue that we created is a child."""

    ref: IssueRef
    sure: bool


def issue_from(face: Face, raw: Mapping[str, Any]) -> tuple[Issue, str]:
    """One issue, and the login of its creator. Its address is the payload's own, which after a move is not the asked
    one. `author` is the reporter; the mark is not yet judged. Raises Strange."""
    key, fields = key_of(raw), raw.get("fields")
    if not KEY.fullmatch(key) or not isinstance(fields, Mapping):
        raise Strange("no issue's payload")
    ref = IssueRef(face.config.site, key)
    project = face.config.project(ref.container)
    body = face.markdown(fields.get("description"))
    due, due_from = _due(fields.get(project.due_field), body)
    assignee = login_of(fields.get("assignee"))
    status = _status(face.config, raw)
    comments = fields.get("comment")
    total = comments.get("total") if isinstance(comments, Mapping) else None
    issue = Issue(
        ref=ref,
        title=text(fields.get("summary")),
        body=body,
        url=f"{face.config.url.rstrip('/')}/browse/{key}",
        node=text(raw.get("id")),
        author=login_of(fields.get("reporter")),
        status=status,
        labels=frozenset(label for label in listed(fields.get("labels")) if isinstance(label, str)),
        assignees=(assignee,) if assignee else (),
        due=due,
        due_from=due_from,
        priority=_priority(project.priorities, fields.get("priority")),
        created_at=when(fields.get("created")),
        updated_at=when(fields.get("updated")),
        closed_at=when(closed) if status.closed and (closed := closed_at(fields)) else None,
        parent=ref_in(face, fields.get("parent")),
        public=None,
        mark=mark_in(raw.get("properties")),
        restricted=is_restricted(fields),
        touched=_touched(raw.get("changelog")),
        comments_count=total if isinstance(total, int) and not isinstance(total, bool) else 0,
        names=_names(fields),
    )
    return issue, login_of(fields.get("creator"))


def _touched(changelog: Any) -> dict[str, datetime]:
    """When each person last changed something of an issue, by login; programs left out. What Jira cuts off is older."""
    found: dict[str, datetime] = {}
    for history in listed(mapping(changelog).get("histories")):
        author, items = mapping(history).get("author"), listed(mapping(history).get("items"))
        login = login_of(author)
        if not login or is_program(author) or all(text(mapping(i).get("field")) in _NO_NEWS for i in items):
            continue
        at = when(history.get("created"))
        found[login] = max(at, found.get(login, at))
    return found


def children_of(face: Face, raw: Mapping[str, Any], types: frozenset[str]) -> tuple[Linked, ...]:
    """The issues that this one's payload names as its children: its sub-tasks, and what is linked to it by one of these
    types (in small letters), at the end that `create_issue` uses; by the default type at either end."""
    fields = raw["fields"]
    found: dict[IssueRef, bool] = {}
    for row in listed(fields.get("subtasks")):
        ref = ref_in(face, row)
        if ref is not None:
            found[ref] = True
    for link in listed(fields.get("issuelinks")):
        if not isinstance(link, Mapping):
            continue
        name = text(mapping(link.get("type")).get("name")).casefold()
        if name not in types:
            continue
        # The link goes out from the post-mortem, which "has the action item", so from here a child is an outward issue.
        ends = ("inwardIssue", "outwardIssue") if name == DEFAULT_LINK else ("outwardIssue",)
        for ref in (ref_in(face, link.get(end)) for end in ends):
            if ref is not None:
                found[ref] = found.get(ref, False) or name != DEFAULT_LINK
    return tuple(Linked(ref, sure) for ref, sure in sorted(found.items()))


def may_have_children_above(raw: Mapping[str, Any]) -> bool:
    """Whether this is an epic (or above), whose children don't stand in its payload."""
    kind = mapping(raw["fields"].get("issuetype"))
    level = kind.get("hierarchyLevel")
    if isinstance(level, int):
        return level > 0
    return text(kind.get("name")).casefold() == "epic"


def comment_from(face: Face, raw: Mapping[str, Any], *, ours: bool, trusted: bool = False) -> Comment:
    """One comment, its body as Markdown. Raises Strange."""
    author = raw.get("author")
    created = when(raw.get("created"))
    editor = login_of(raw.get("updateAuthor"))
    return Comment(
        id=comment_id(raw),
        author=login_of(author) or NOBODY,
        body=_as_typed(face.markdown(raw.get("body"))),
        created_at=created,
        updated_at=when(raw.get("updated")) if raw.get("updated") else created,
        trusted=trusted,
        ours=ours,
        bot=is_program(author),
        name=name_of(author),
        edited_by=editor if editor != login_of(author) else "",
    )


def _as_typed(markdown: str) -> str:
    """A comment's Markdown without the escapes that its translation has put before signs: what a command says is what
    was typed. Quotes, lists and code stay what they are."""
    return _ESCAPED.sub(r"\1", html.unescape(markdown))


def comment_id(raw: Mapping[str, Any]) -> str:
    """Raises Strange where there is none."""
    number = raw.get("id")
    if not isinstance(number, str) or not number.isdecimal():
        raise Strange("a comment without an id")
    return number


def comment_order(raw: Mapping[str, Any]) -> tuple[datetime, int]:
    """By this comments are sorted: oldest first. Raises Strange."""
    return when(raw.get("created")), int(comment_id(raw))


def key_of(raw: Mapping[str, Any]) -> str:
    return text(raw.get("key"))


def login_of(user: Any) -> str:
    """What people.yaml calls this person's login here: the account id on Cloud, the name on Data Center; or ""."""
    if not isinstance(user, Mapping):
        return ""
    return text(user.get("accountId")) or text(user.get("name"))


def is_restricted(fields: Mapping[str, Any]) -> bool:
    """Whether not everybody who sees the project sees this issue: it is under a security level, or kept to some roles,
    as team-managed projects do it."""
    kept_to = mapping(fields.get("issuerestriction")).get("issuerestrictions")
    return isinstance(fields.get("security"), Mapping) or bool(kept_to)


def is_private(raw: Mapping[str, Any]) -> bool:
    """Whether a comment was written for some people only: a role, a group, or the agents of a service desk."""
    return bool(raw.get("visibility")) or raw.get("jsdPublic") is False


def is_program(user: Any) -> bool:
    """Whether an app wrote, and no person. Only Cloud says so."""
    return isinstance(user, Mapping) and user.get("accountType") == "app"


def is_staff(user: Any) -> bool:
    """Whether this is an account that can work here at all: active, and neither an app's nor a customer's."""
    return (
        isinstance(user, Mapping) and user.get("active") is not False and user.get("accountType") in {None, "atlassian"}
    )


def name_of(user: Any) -> str:
    """The name that Jira shows for this person, or ""."""
    return " ".join(text(user.get("displayName")).split()) if isinstance(user, Mapping) else ""


def names_in(users: Iterable[Any], *bodies: Any) -> dict[str, str]:
    """The names that Jira shows for these people, and for whom these Atlassian documents mention, by login."""
    found = {login_of(user): name_of(user) for user in users}
    for body in bodies:
        for mention in _mentions(body):
            login, name = text(mention.get("id")), " ".join(text(mention.get("text")).lstrip("@").split())
            found.setdefault(login, name)
    return {login: name for login, name in sorted(found.items()) if login and name}


def _names(fields: Mapping[str, Any]) -> dict[str, str]:
    people = (fields.get(role) for role in ("assignee", "reporter", "creator"))
    return names_in(people, fields.get("description"))


def _mentions(body: Any) -> Iterator[Mapping[str, Any]]:
    """The attributes of every mention in an Atlassian document, however deep."""
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, Mapping):
            continue
        if node.get("type") == "mention":
            yield mapping(node.get("attrs"))
        waiting.extend(reversed(listed(node.get("content"))))


def _status(config: JiraConfig, raw: Mapping[str, Any]) -> Status:
    """Judged by the status's category; a resolution or a status by one of the configured names means that the promise
    was let go, and so does our own property where the workflow has none."""
    fields = mapping(raw.get("fields"))
    status = fields.get("status")
    if not isinstance(status, Mapping):
        raise Strange("an issue without a status")
    category = mapping(status.get("statusCategory")).get("key")
    resolution = text(mapping(fields.get("resolution")).get("name"))
    if not isinstance(category, str):
        raise Strange("a status without a category")
    if category != "done":
        return Status.OPEN
    waived = {name.casefold() for name in config.waived}
    names = {resolution.casefold(), text(status.get("name")).casefold()}
    return Status.WAIVED if names & waived or let_go(raw.get("properties"), closed_at(fields)) else Status.DONE


def closed_at(fields: Mapping[str, Any]) -> str:
    """When an issue was closed, as Jira writes it, or "": a workflow may set no resolution, and then only the status
    says so."""
    return next((str(fields[name]) for name in ("resolutiondate", "statuscategorychangedate") if fields.get(name)), "")


def _due(value: Any, body: str) -> tuple[date | None, str]:
    """The day and where it stands: the field before the line in the body."""
    try:
        # A field may hold a time of day as well.
        return date.fromisoformat(text(value)[:10]), "field"
    except ValueError:
        line = due_in(body)
        return line, "line" if line else ""


def _priority(names: Mapping[str, str], value: Any) -> str:
    """P0 to P3, where the project's map has a word for this priority; else ""."""
    name = text(mapping(value).get("name")).casefold()
    return next((code for code, theirs in sorted(names.items()) if name and theirs.casefold() == name), "")


def ref_in(face: Face, raw: Any) -> IssueRef | None:
    """The address in an issue's payload, however brief; None where there is none."""
    key = key_of(raw) if isinstance(raw, Mapping) else ""
    return IssueRef(face.config.site, key) if KEY.fullmatch(key) else None


def text(value: Any) -> str:
    """The value, if it is a text; else ""."""
    return value if isinstance(value, str) else ""


def listed(value: Any) -> list[Any]:
    """The value, if it is a list; else none."""
    return value if isinstance(value, list) else []


def mapping(value: Any) -> Mapping[str, Any]:
    """The value, if it is an object; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def when(value: Any) -> datetime:
    """A time as Jira writes it. Raises Strange."""
    try:
        moment = datetime.fromisoformat(text(value))
    except ValueError:
        raise Strange("a time that is none") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
