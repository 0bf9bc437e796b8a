"""What changed in a repository since the cursor, without losing an issue and without paying for silence?

The list is read in ascending order of `updated_at`, and each further page is asked by a newer `since`, not by a page
number: an issue that is touched while we page moves to the end and would otherwise pull an unread one over the edge of
a page that was read. Only inside a crowded moment (more than a page of issues touched within two seconds) is `Link`
followed, and that moment is read until nothing new turns up.

An ETag is kept only for an answer that fits one page: it covers the first page alone, and in ascending order news is at
the end. So an idle repository costs one conditional request, which GitHub does not count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.trackers.github.client import Answer, GitHubClient
from worker.trackers.github.errors import Doing, http_time, unreadable

PAGE = 100
OVERLAP = timedelta(seconds=2)
"""How much is read twice: GitHub dates to the second, and a second may still be growing when we look."""

GRACE = timedelta(seconds=10)
"""How long a second must be over by the server's clock before nothing more is expected to be dated in it."""

MOST_PASSES = 5


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on: `since` as GitHub writes time, and the ETag of that very request ("" where there is none)."""

    since: str = ""
    etag: str = ""

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """What `str` wrote; anything else is the beginning."""
        try:
            raw = json.loads(text)
            since = str(raw.get("since", ""))
            return cls(_written(datetime.fromisoformat(since)) if since else "", str(raw.get("etag", "")))
        except (ValueError, AttributeError):
            return cls()

    def __str__(self) -> str:
        return json.dumps({"since": self.since, "etag": self.etag}, separators=(",", ":"))


@dataclass(slots=True)
class _Found:
    """The newest sight of each issue, by number."""

    rows: dict[int, Mapping[str, Any]]

    def add(self, rows: list[Mapping[str, Any]]) -> int:
        """Returns how many of them were news."""
        news = 0
        for row in rows:
            number = int(row["number"])
            before = self.rows.get(number)
            if before is None or before["updated_at"] < row["updated_at"]:
                self.rows[number] = row
                news += 1
        return news


class Poll:
    """One look at one repository's list of issues."""

    def __init__(self, client: GitHubClient, path: str, owner: str) -> None:
        self._client = client
        self._path = path
        self._owner = owner
        self._found = _Found({})
        self.requests = 0

    def run(self, cursor: Cursor) -> tuple[tuple[Mapping[str, Any], ...], Cursor]:
        """Every issue touched at or after `since`, oldest first, and where to go on.

        Ends when an answer shows nothing that would move `since`, so that its ETag serves the next look.
        """
        since, etag = cursor.since, cursor.etag
        while True:
            answer = self._ask(since, etag)
            if answer.status == 304:
                return self._all(), Cursor(since, etag)
            rows = _rows(answer, self._path)
            self._found.add(rows)
            etag = ""
            onward = _onward(since, rows)
            if onward == since and len(rows) < PAGE and not answer.next_url:
                return self._all(), Cursor(since, answer.headers.get("etag", ""))
            if onward == since:
                newest, onward = self._read_out(answer, since)
                if onward == since and not _is_over(newest, answer):
                    # More may still be dated in this moment. Without an ETag the next look reads it again.
                    return self._all(), Cursor(since, "")
                if onward == since:
                    onward = _written(datetime.fromisoformat(newest) + timedelta(seconds=1))
            since = onward

    def _read_out(self, first: Answer, since: str) -> tuple[str, str]:
        """Read one crowded moment to its end (or to where a newer `since` takes over), until nothing new turns up.

        Returns the newest time in it, and the `since` to go on with.
        """
        answer = first
        for _ in range(MOST_PASSES):
            rows = _rows(answer, self._path)
            news = self._found.add(rows)
            newest, onward = str(rows[-1]["updated_at"]) if rows else since, _onward(since, rows)
            while answer.next_url and onward == since:
                answer = self._get(answer.next_url)
                rows = _rows(answer, self._path)
                news += self._found.add(rows)
                newest, onward = max(newest, *(str(r["updated_at"]) for r in rows)), _onward(since, rows)
            if not news:
                break
            answer = self._ask(since, "")
        return newest, onward

    def _ask(self, since: str, etag: str) -> Answer:
        params = {"state": "all", "sort": "updated", "direction": "asc", "per_page": PAGE}
        return self._get(
            self._path,
            params={**params, "since": since} if since else params,
            headers={"If-None-Match": etag} if etag else None,
        )

    def _get(self, url: str, **how: Any) -> Answer:
        self.requests += 1
        return self._client.read(url, owner=self._owner, **how)

    def _all(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(sorted(self._found.rows.values(), key=lambda r: (str(r["updated_at"]), int(r["number"]))))


def _rows(answer: Answer, path: str) -> list[Mapping[str, Any]]:
    if not isinstance(answer.data, list):
        raise unreadable(what=f"GET {path}", doing=Doing.READ)
    return answer.data


def _is_over(second: str, answer: Answer) -> bool:
    """Whether the server's own clock says that this second lies well behind."""
    clock = http_time(answer.headers.get("date", ""))
    return clock is not None and clock - datetime.fromisoformat(second).timestamp() > GRACE.total_seconds()


def _onward(since: str, rows: list[Mapping[str, Any]]) -> str:
    """The newest `since` that these rows allow: a little before the last of them, never before the one we have."""
    if not rows:
        return since
    newest = max(str(r["updated_at"]) for r in rows)
    return max(since, _written(datetime.fromisoformat(newest) - OVERLAP))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
