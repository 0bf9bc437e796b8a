"""What was said on one issue: people's comments, and the service's own records among them.

A record's words are a comment of ours, its text a property of the issue. The comments come with the issue, as far as
Jira sends them along, and else page by page until all of them are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from worker.domain.model import Comment, IssueRef, Record, Thread
from worker.trackers.errors import Unavailable
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.errors import of_site, unreadable
from worker.trackers.jira.lookups import issue_path
from worker.trackers.jira.records import NO_TEXT, Kept, decode, footer_in, shown_digest
from worker.trackers.jira.translate import Face, comment_from, comment_id, comment_order, is_private, is_staff, login_of

PAGE = 1_000
"""How many comments are asked for at once; the server may send fewer."""

MOST_PASSES = 3
"""How often we begin again where comments are deleted while we read them."""


def comments_of(client: JiraClient, ref: IssueRef, field: Any) -> list[dict[str, Any]]:
    """The payloads of all comments of an issue, given its `comment` field. No further request where that has all.
    Raises Unavailable where Jira's answer can't be read."""
    rows = field.get("comments") if isinstance(field, Mapping) else None
    total = field.get("total") if isinstance(field, Mapping) else None
    if isinstance(rows, list) and isinstance(total, int) and len(rows) >= total:
        return _checked(rows, client, ref)
    for _ in range(MOST_PASSES):
        found = _all_pages(client, ref)
        if found is not None:
            return found
    raise of_site(Unavailable(f"{ref.key}: its comments change faster than they can be read"), client.site)


def _all_pages(client: JiraClient, ref: IssueRef) -> list[dict[str, Any]] | None:
    """All comments; None where they moved while they were read. Each page begins with the last row of the one before:
    where it does not, a deleted comment pulled another one, maybe ours, over the edge."""
    found: list[dict[str, Any]] = []
    while True:
        start = max(len(found) - 1, 0)
        params = {"startAt": start, "maxResults": PAGE, "orderBy": "created"}
        data = client.get(issue_path(ref, "comment"), params, what=f"GET comments of {ref.key}")
        if not isinstance(data, dict) or not isinstance(data.get("comments"), list):
            raise of_site(unreadable(what=f"comments of {ref.key}"), client.site)
        rows = _checked(data["comments"], client, ref)
        if found:
            if not rows or rows[0]["id"] != found[-1]["id"]:
                return None
            rows = rows[1:]
        found += rows
        total = data.get("total")
        if not rows or (isinstance(total, int) and len(found) >= total):
            return found


def _checked(rows: list[Any], client: JiraClient, ref: IssueRef) -> list[dict[str, Any]]:
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not row["id"].isdecimal():
            raise of_site(unreadable(what=f"comments of {ref.key}"), client.site)
    return rows


def thread_of(
    face: Face,
    rows: Iterable[Mapping[str, Any]],
    properties: Any,
    *,
    is_ours: Callable[[str], bool],
    trusted: frozenset[str],
    created_at: datetime,
) -> Thread:
    """Comments and records of one issue, each oldest first. A record's line in somebody else's comment is just text.
    What people said to some only is left out: an answer or the trail would tell it to all.

    Of several comments with one record's name the oldest has its text, the others are doubles without one. A text whose
    comment is gone is a record without an id, as old as the issue (`created_at`). Raises Strange.
    """
    kept, comments, records = decode(properties), list[Comment](), list[Record]()
    named: set[str] = set()
    for raw in sorted(rows, key=comment_order):
        author = raw.get("author")
        login = login_of(author)
        ours = is_ours(login)
        name = record_name(face, raw) if ours else ""
        if not name and is_private(raw):
            continue
        if not name:
            comments.append(comment_from(face, raw, ours=ours, trusted=login in trusted and is_staff(author)))
            continue
        if name in named:
            records.append(_record(face, raw, name, None))
        else:
            records.append(_record(face, raw, name, kept.get(name), NO_TEXT))
        named.add(name)
    alone = [
        Record(id="", name=name, body="", text=found.text, created_at=created_at)
        for name, found in sorted(kept.items())
        if name not in named
    ]
    records.sort(key=lambda record: record.created_at)
    return Thread(comments=tuple(comments), records=(*alone, *records))


def record_name(face: Face, raw: Mapping[str, Any]) -> str:
    """The name of the record whose words this comment holds, or "". To be believed only in a comment of ours."""
    return footer_in(face.plain(raw.get("body")))


def _record(face: Face, raw: Mapping[str, Any], name: str, kept: Kept | None, text: str = "") -> Record:
    """A record as comment and property say. Its digest counts only while the comment looks as it was written."""
    created_at, _ = comment_order(raw)
    same = kept is not None and kept.shown == shown_digest(face.plain(raw.get("body")))
    return Record(
        id=comment_id(raw),
        name=name,
        body="",
        text=kept.text if kept is not None else text,
        created_at=created_at,
        digest=kept.digest if kept is not None and same else "",
    )
