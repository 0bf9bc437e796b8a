"""How is Jira searched, whole and in order? Cloud pages by token, Data Center by offset.

Whatever a search says is a hint: its index lags behind by seconds to minutes. That something is not in it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from worker.trackers.errors import Missing, Unavailable
from worker.trackers.jira.client import PAGE, JiraClient
from worker.trackers.jira.errors import Told, of_site, unreadable

MOST_PASSES = 5
"""How often a list that moves while it is read is read again."""

# Jira speaks the language of our account, and each has quotes of its own.
_QUOTES = "'\"‘’‚‛“”„‟«»‹›「」『』《》"
_NAMED_VALUE = re.compile(rf"[{_QUOTES}](?P<value>[^{_QUOTES}]{{1,255}})[{_QUOTES}]")


@dataclass(slots=True)
class Found:
    """What a search showed: its rows in order, each issue once (as last seen); the server's time when it began; and
    how many requests it took."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    began_s: float = 0.0
    requests: int = 0


class NoProject(Missing):
    """A search named projects that do not exist, or that we may not see: `keys`."""

    def __init__(self, message: str, keys: frozenset[str]) -> None:
        super().__init__(message)
        self.keys = keys


def quoted(text: str) -> str:
    """A JQL string: whatever the text is (a reserved word, quotes, a backslash), it stays one value."""
    # What comes before a space in Unicode are control characters.
    inside = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(max(c, " ") for c in inside) + '"'


def any_of(texts: Iterable[str]) -> str:
    """A JQL list of strings, in brackets, sorted."""
    return f"({', '.join(quoted(text) for text in sorted(texts))})"


def search(client: JiraClient, jql: str, fields: Iterable[str], *, projects: Iterable[str], what: str) -> Found:
    """Every issue that the index shows for this JQL. `projects` are the keys that it names.

    Raises NoProject where some of them are not there for us, after making sure that our credential is still accepted.
    """
    params = {"jql": jql, "fields": ",".join(fields), "maxResults": PAGE}
    try:
        return _by_token(client, params, what) if client.cloud else _by_offset(client, params, what)
    except Told as err:
        named = _named(err, frozenset(projects))
        if not named:
            raise
        # A token that has ended may look like this: strangers see no project.
        client.check_credential()
        raise of_site(NoProject(str(err), named), client.site) from None


def _named(err: Told, projects: frozenset[str]) -> frozenset[str]:
    """The projects that a refusal of a search is about."""
    said = {found["value"] for message in err.messages for found in _NAMED_VALUE.finditer(message)}
    return frozenset(key for key in projects if key in said)


def _by_token(client: JiraClient, params: Mapping[str, Any], what: str) -> Found:
    found, rows, tokens = Found(), dict[str, dict[str, Any]](), set[str]()
    token = ""
    while True:
        answer = client.answer("search/jql", {**params, "nextPageToken": token} if token else params, what=what)
        found.requests += 1
        found.began_s = found.began_s or answer.server_time_s
        for row in _rows(client, answer.data, what):
            rows.pop(row["id"], None)
            rows[row["id"]] = row
        token = answer.data.get("nextPageToken") or ""
        if not token or answer.data.get("isLast") is True:
            found.rows = list(rows.values())
            return found
        if not isinstance(token, str) or token in tokens:
            raise of_site(Unavailable(f"{what}: Jira's pages go round in a circle"), client.site)
        tokens.add(token)


def _by_offset(client: JiraClient, params: Mapping[str, Any], what: str) -> Found:
    """An issue that is touched, or deleted, while we page moves the others over the edge of a page that was read. So a
    list of several pages is read until one reading shows nothing new."""
    found, rows = Found(), dict[str, dict[str, Any]]()
    for _ in range(MOST_PASSES):
        start, news = 0, 0
        while True:
            answer = client.answer("search", {**params, "startAt": start}, what=what)
            found.requests += 1
            found.began_s = found.began_s or answer.server_time_s
            page = _rows(client, answer.data, what)
            for row in page:
                news += row["id"] not in rows
                rows.pop(row["id"], None)
                rows[row["id"]] = row
            start += len(page)
            total = answer.data.get("total")
            if not page or (isinstance(total, int) and start >= total):
                break
        if start <= len(page) or not news:
            break
    found.rows = list(rows.values())
    return found


def _rows(client: JiraClient, data: Any, what: str) -> list[dict[str, Any]]:
    rows = data.get("issues") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise of_site(unreadable(what=what), client.site)
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not isinstance(row.get("fields"), dict):
            raise of_site(unreadable(what=what), client.site)
    return rows
