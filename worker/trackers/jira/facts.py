"""What does an issue's own payload tell about its work besides its text: plans, blockers, proof, severity?

Pure. Whatever is absent, or not of a form that is known here, tells nothing; nothing raises but a time that is none.

Sprints, the development panel and a severity stand in custom fields, whose ids differ by site: `SiteFields`. Of the
remote links a payload holds no list, but its history says which were made and undone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from worker.domain.model import IssueRef
from worker.trackers.jira.translate import Face, Strange, listed, login_of, mapping, ref_in, text, when

SPRINT = "com.pyxis.greenhopper.jira:gh-sprint"
DEVELOPMENT = "com.atlassian.jira.plugins.jira-development-integration-plugin:devsummarycf"

BLOCKS = frozenset({"blocks", "blocker", "blocking"})
"""Names of the link type with which one issue holds up another; else its inward words tell."""

FARTHEST_EAST = timedelta(hours=14)

_DAY = timedelta(days=1)
_CODE_WORDS = ("pull request", "merge request", "/pull/", "/merge_requests/", "/pull-requests/", "/commit/")
_CODE_SHORT = re.compile(r"\b(?:(?:pr|mr)\s?[#!]\s?\d|commit [0-9a-f]{7,40}\b)")
_MERGED = ("state=MERGED", "state='MERGED'")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFields:
    """The ids of the fields that each site numbers for itself; "" for what it does not have."""

    sprint: str = ""
    development: str = ""
    severity: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(name for name in (self.sprint, self.development, self.severity) if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found. `developed_at` is when a linked pull request or commit last moved, whoever it was."""

    blocked_by: tuple[IssueRef, ...] = ()
    planned_from: date | None = None
    proof: tuple[str, ...] = ()
    assigned_at: datetime | None = None
    severity: str = ""
    components: tuple[str, ...] = ()
    developed_at: datetime | None = None


def site_fields(rows: Any, severity: str) -> SiteFields:
    """The ids, given the site's list of all its fields; `severity` is the configured one's id or name."""
    kinds: dict[str, str] = {}
    named: dict[str, str] = {}
    for row in map(mapping, listed(rows)):
        name, custom = text(row.get("id")), text(mapping(row.get("schema")).get("custom"))
        if name:
            kinds.setdefault(custom, name)
            named.setdefault(text(row.get("name")).casefold(), name)
            named[name.casefold()] = name
    return SiteFields(
        sprint=kinds.get(SPRINT, ""),
        development=kinds.get(DEVELOPMENT, ""),
        severity=named.get(severity.casefold(), "") if severity else "",
    )


def facts_of(
    face: Face,
    raw: Mapping[str, Any],
    *,
    fields: SiteFields,
    tied: frozenset[str],
    starts: Mapping[str, date],
    is_ours: Callable[[str], bool],
    now: datetime,
) -> Facts:
    """Return what the payload tells. `tied` are the link types (in small letters) that make action items, which block
    nothing; `starts` are the start days of versions by id, where the payload does not have them; `is_ours` knows the
    service's own accounts, whose links prove nothing; `now` is the server's time. Raises Strange."""
    found = mapping(raw.get("fields"))
    history = _history(raw.get("changelog"))
    panel = _panel(found.get(fields.development)) if fields.development else _Panel()
    return Facts(
        blocked_by=_blockers(face, found, tied),
        planned_from=planned_from(found, fields, starts, now),
        proof=(*panel.proof, *_linked_code(c for c in history if not is_ours(c.author))),
        assigned_at=_assigned_at(found, history, whole="changelog" in raw),
        severity=_named(found.get(fields.severity)) if fields.severity else "",
        components=tuple(sorted({name for row in listed(found.get("components")) if (name := _named(row))})),
        developed_at=panel.moved_at,
    )


# Plans


def planned_from(
    found: Mapping[str, Any], fields: SiteFields, starts: Mapping[str, date], now: datetime
) -> date | None:
    """The day on which the sprint that it is planned for begins, else its fix version; None where one has begun, or
    there is none. A sprint that waits without a date does not begin before the day after `now`, wherever one lives."""
    sprints = [s for s in map(_sprint, listed(found.get(fields.sprint))) if s is not None] if fields.sprint else []
    states = {state for state, _ in sprints}
    if "active" in states:
        return None
    if "future" in states:
        unknown = (now + FARTHEST_EAST).date() + _DAY
        return min(begins or unknown for state, begins in sprints if state == "future")
    versions = list(waiting_versions(found))
    begins = [_day(version.get("startDate")) or starts.get(text(version.get("id"))) for version in versions]
    days = [day for day in begins if day is not None]
    return min(days) if days and len(days) == len(versions) else None


def waiting_versions(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The fix versions of an issue's fields that are neither released nor put away."""
    for version in map(mapping, listed(found.get("fixVersions"))):
        if version and not version.get("released") and not version.get("archived"):
            yield version


def version_starts(rows: Any) -> dict[str, date]:
    """The start days of a project's versions, by id, as its list of versions has them."""
    days = ((text(row.get("id")), _day(row.get("startDate"))) for row in map(mapping, listed(rows)))
    return {number: day for number, day in days if number and day is not None}


def _sprint(raw: Any) -> tuple[str, date | None] | None:
    """A sprint's state (in small letters) and the day on which it begins. Older servers send its Java text."""
    parts: Mapping[str, Any] = mapping(raw)
    if isinstance(raw, str):
        # The name, in the middle, is a person's: it may hold commas, brackets and words that look like the others.
        pairs = [part.partition("=") for part in raw.partition("[")[2].rstrip().removesuffix("]").split(",")]
        states = [value for name, _, value in pairs if name == "state"]
        starts = [value for name, _, value in pairs if name == "startDate"]
        parts = {"state": states[0] if states else "", "startDate": starts[-1] if starts else ""}
    state = text(parts.get("state")).casefold()
    return (state, _day(parts.get("startDate"))) if state else None


# Blockers


def _blockers(face: Face, found: Mapping[str, Any], tied: frozenset[str]) -> tuple[IssueRef, ...]:
    """The open issues that this one waits for, sorted."""
    refs = set()
    for link in map(mapping, listed(found.get("issuelinks"))):
        kind = mapping(link.get("type"))
        name = text(kind.get("name")).casefold()
        if name in tied or not (name in BLOCKS or text(kind.get("inward")).casefold() == "is blocked by"):
            continue
        other = mapping(link.get("inwardIssue"))
        status = mapping(mapping(other.get("fields")).get("status"))
        ref = ref_in(face, other)
        if ref is not None and mapping(status.get("statusCategory")).get("key") != "done":
            refs.add(ref)
    return tuple(sorted(refs))


# The owner


def _assigned_at(found: Mapping[str, Any], history: list[_Change], *, whole: bool) -> datetime | None:
    """When the present owner got it: by the history (of which Jira may leave out what is old), else at its creation;
    None where it has none, or the history was not sent."""
    assignee = mapping(found.get("assignee"))
    if not whole or not login_of(assignee):
        return None
    # Data Center writes the account's key into the history, which only older ones have as the name.
    names = {login_of(assignee), text(assignee.get("key"))} - {""}
    times = [c.at for c in history if c.field == "assignee" and c.to in names]
    return max(times) if times else when(found.get("created"))


# Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """What the development panel's field says. `proof` is in words, because it names no address."""

    proof: tuple[str, ...] = ()
    moved_at: datetime | None = None


def _panel(value: Any) -> _Panel:
    """The field holds a text with JSON in it (Cloud, newer servers), or the Java text of the same."""
    written = text(value)
    at = written.find("json=")
    if at < 0:
        merged = any(word in written for word in _MERGED)
        return _Panel(proof=("a merged pull request",) if merged else ())
    try:
        data = json.JSONDecoder().raw_decode(written, at + len("json="))[0]
    except ValueError:
        return _Panel()
    summary = mapping(mapping(mapping(data).get("cachedValue")).get("summary"))
    pulls = mapping(mapping(summary.get("pullrequest")).get("overall"))
    commits = mapping(mapping(summary.get("repository")).get("overall"))
    proof = []
    if pulls.get("state") == "MERGED":
        proof.append("a merged pull request")
    if _count(commits):
        proof.append("a commit")
    moved = (_moment(part.get("lastUpdated")) for part in (pulls, commits) if _count(part))
    return _Panel(proof=tuple(proof), moved_at=max((m for m in moved if m is not None), default=None))


def _count(part: Mapping[str, Any]) -> int:
    count = part.get("count")
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


def _linked_code(history: Iterable[_Change]) -> tuple[str, ...]:
    """The remote links to pull requests and commits that stand, as Jira words them, sorted."""
    standing: dict[str, str] = {}
    for change in history:
        if change.field != "RemoteIssueLink":
            continue
        standing.pop(change.gone, None)
        if change.to:
            standing[change.to] = change.words
    return tuple(sorted({words for words in standing.values() if names_code(words)}))


def names_code(words: str) -> bool:
    """Whether the words of a link speak of a pull request or a commit."""
    plain = words.casefold()
    return any(word in plain for word in _CODE_WORDS) or _CODE_SHORT.search(plain) is not None


# The history


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One changed field: ids before and after, and the words after."""

    at: datetime
    author: str
    field: str
    gone: str
    to: str
    words: str


def _history(changelog: Any) -> list[_Change]:
    """All changes that were sent, oldest first."""
    histories = [h for h in listed(mapping(changelog).get("histories")) if isinstance(h, Mapping)]
    # Cloud sends the newest first, Data Center the oldest; of one moment the numbers tell.
    histories.sort(key=lambda h: (when(h.get("created")), len(text(h.get("id"))), text(h.get("id"))))
    return [
        _Change(
            at=when(history.get("created")),
            author=login_of(history.get("author")),
            field=text(item.get("field")),
            gone=text(item.get("from")),
            to=text(item.get("to")),
            words=text(item.get("toString")),
        )
        for history in histories
        for item in map(mapping, listed(history.get("items")))
    ]


# Values


def _named(value: Any) -> str:
    """What a field's value is called: an option's value, a component's name, a number, or the first of several."""
    if isinstance(value, list):
        return next((name for name in map(_named, value) if name), "")
    if isinstance(value, Mapping):
        return text(value.get("value")) or text(value.get("name"))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return text(value).strip()


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(text(value)[:10])
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    try:
        return when(value)
    except Strange:
        return None
