"""What changed in some projects since the cursor, though the index shows a change only minutes after it was made?

Each look asks again for the last `OVERLAP`, and what was seen in there before is not said twice. So a change is missed
only where the index lags for longer than that; the daily look at everything finds it then. JQL is given minutes before
now, because a written time would be read in our account's time zone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.trackers.errors import Missing, Unavailable
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.errors import of_site, unreadable
from worker.trackers.jira.search import NoProject, any_of, search

OVERLAP = timedelta(minutes=10)
"""How long the index may take to show a change."""

MARGIN = timedelta(minutes=1)
"""For what JQL's whole minutes and the server's Date header leave open."""

BEGIN = timedelta(days=1)
"""How far back a look without a cursor goes."""

MOST_SEEN = 5_000
"""How many issues a cursor remembers as seen. What was seen before those is said again, which costs a look each."""

MOST_TRIES = 3
"""How often a look is made again because the server's clock is not where we thought."""

_MINUTE = timedelta(minutes=1)

UNREADABLE_FOR_S = 600.0
"""How long a project that is not there for us is left out before it is asked for again."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where to go on: `at` is the server's time of the last complete answer (None: the beginning), `seen` the issues
    (by id) that the next answer may show once more, with the `updated` that they had; `since` says of a project that
    could not be read from which time on it was not."""

    at: datetime | None = None
    seen: Mapping[str, datetime] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """What `str` wrote; anything else is the beginning."""
        try:
            raw = json.loads(text)
            return cls(
                at=_read(raw["at"]),
                seen={str(k): _read(v) for k, v in raw["seen"].items()},
                since={str(k): _read(v) for k, v in raw["since"].items()},
            )
        except (ValueError, AttributeError, KeyError, TypeError, OverflowError, OSError):
            return cls()

    def __str__(self) -> str:
        if self.at is None:
            return ""
        content = {
            "at": _written(self.at),
            "seen": {k: _written(v) for k, v in sorted(self.seen.items())},
            "since": {k: _written(v) for k, v in sorted(self.since.items())},
        }
        return json.dumps(content, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look showed: the payloads of the changed issues, oldest change first."""

    rows: tuple[Mapping[str, Any], ...]
    cursor: Cursor
    requests: int
    unreadable: Mapping[str, str]


def look(client: JiraClient, projects: Iterable[str], cursor: Cursor, fields: Iterable[str]) -> Looked:
    """Every issue of these projects that was touched since the cursor: one request where nothing is new.

    A project that is not there for us is left out, and read from where it was lost once it is there again. Raises
    Missing where none of them is.
    """
    keys, requests, tries = tuple(sorted(set(projects))), 0, 0
    lost: dict[str, str] = {key: said for key in keys if (said := client.cache.get(_gone(key), ""))}
    while True:
        readable = [key for key in keys if key not in lost]
        if not readable:
            raise of_site(Missing("; ".join(sorted(set(lost.values())))), client.site)
        asked = _minutes(readable, cursor, datetime.fromtimestamp(client.server_now_s(), UTC))
        try:
            found = search(client, _jql(asked), fields, projects=readable, what=f"search of {', '.join(keys)}")
        except NoProject as err:
            requests += 1
            for key in err.keys:
                lost[key] = client.cache.put(_gone(key), str(err), for_s=UNREADABLE_FOR_S)
            continue
        requests += found.requests
        at = datetime.fromtimestamp(found.began_s, UTC)
        needed = _minutes(readable, cursor, at, MARGIN / 2)
        if all(asked[key] >= needed[key] for key in readable):
            break
        # Our clock is behind the server's, which its answer has told the client by now.
        tries += 1
        if tries == MOST_TRIES:
            raise of_site(
                Unavailable(f"the clock of site {client.site!r} jumps: look at its servers' time"), client.site
            )
    moments = {row["id"]: _updated(row, client) for row in found.rows}
    news = [row for row in found.rows if row["id"] not in cursor.seen or cursor.seen[row["id"]] < moments[row["id"]]]
    news.sort(key=lambda row: (moments[row["id"]], row["id"]))
    onward = Cursor(at=at, seen=_seen(cursor.seen, moments, at), since=_since(cursor, lost, at))
    return Looked(tuple(news), onward, requests, lost)


def _minutes(keys: Iterable[str], cursor: Cursor, now: datetime, margin: timedelta = MARGIN) -> dict[str, int]:
    """How many minutes each project is to be looked back: to the last complete answer, or to where it was lost, and so
    much more that what the index did not show then is shown now."""
    begin = now - BEGIN
    since = {key: cursor.since.get(key, cursor.at or begin) for key in keys}
    return {key: math.ceil((max(now - at, timedelta()) + OVERLAP + margin) / _MINUTE) for key, at in since.items()}


def _jql(minutes: Mapping[str, int]) -> str:
    """Projects with one look back share a clause; the one that was lost for a while has its own."""
    looks: dict[int, list[str]] = {}
    for key, back in minutes.items():
        looks.setdefault(back, []).append(key)
    parts = [f'project in {any_of(keys)} AND updated >= "-{back}m"' for back, keys in sorted(looks.items())]
    where = parts[0] if len(parts) == 1 else " OR ".join(f"({part})" for part in parts)
    return f"{where} ORDER BY updated ASC, key ASC"


def _updated(row: Mapping[str, Any], client: JiraClient) -> datetime:
    try:
        return datetime.fromisoformat(row["fields"]["updated"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        raise of_site(unreadable(what=f"search: issue {row['id']}"), client.site) from None


def _seen(before: Mapping[str, datetime], now: Mapping[str, datetime], at: datetime) -> dict[str, datetime]:
    """What the next look may show again. What an answer left out stays seen: the index of another node may be older."""
    newest = {key: max(moment, before.get(key, moment)) for key, moment in now.items()}
    kept = {key: moment for key, moment in {**before, **newest}.items() if moment >= at - OVERLAP - 4 * MARGIN}
    return dict(sorted(kept.items(), key=lambda entry: (entry[1], entry[0]))[-MOST_SEEN:])


def _since(cursor: Cursor, lost: Iterable[str], at: datetime) -> dict[str, datetime]:
    return {key: cursor.since.get(key, cursor.at or at - BEGIN) for key in lost}


def _gone(key: str) -> tuple[str, str]:
    return ("no such project", key)


def _written(moment: datetime) -> int:
    """Milliseconds since 1970, which is as fine as Jira dates."""
    return round(moment.timestamp() * 1000)


def _read(value: Any) -> datetime:
    return datetime.fromtimestamp(int(value) / 1000, UTC)
