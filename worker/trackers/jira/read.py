"""Looking at Jira, Cloud or Data Center: `TrackerRead`. This class has no way to write.

What is planned on is read directly, issue by issue. Only what nobody knows the key of is searched for, and a search
lags: it is a hint, and that something is not in it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from worker.domain.model import Issue, IssueRef, Snapshot, Thread
from worker.trackers.errors import Missing, Refused, Unavailable
from worker.trackers.jira.changes import OVERLAP, Cursor, look
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.errors import of_site, unreadable
from worker.trackers.jira.lookups import LISTED, SOON_S, Lookups
from worker.trackers.jira.projects import Projects
from worker.trackers.jira.records import LET_GO, MARK
from worker.trackers.jira.search import Found, any_of, quoted, search
from worker.trackers.jira.talk import comments_of, thread_of
from worker.trackers.jira.translate import (
    KEY,
    Strange,
    children_of,
    is_staff,
    key_of,
    login_of,
    may_have_children_above,
    names_in,
    when,
)
from worker.trackers.port import Changes

BULK = 100
"""The most issues that Cloud sends at once."""

TOGETHER = 50
"""The most projects in one search."""

MOST_DIRECT = 500
"""So many of our own issues are read one by one; older ones come as the search shows them, without their mark."""

LONG_AGO = timedelta(days=3650)

_IN_PATH = re.compile(r"(?:^|/)(?:browse|issues)/(?P<key>[A-Za-z][A-Za-z0-9_]*-[1-9][0-9]{0,9})/?$")


class JiraRead:
    """`TrackerRead` over one `JiraClient`."""

    lag = OVERLAP
    keeps_links = True
    reacts = False

    def __init__(self, client: JiraClient) -> None:
        self.site = client.site
        self._client = client
        self._lookups = Lookups(client)

    def account(self) -> str:
        return self._lookups.account()

    def is_ours(self, login: str) -> bool:
        return self._lookups.is_ours(login)

    def containers(self) -> tuple[str, ...]:
        return tuple(sorted(set(self._client.config.projects)))

    def polls(self) -> tuple[str, ...]:
        keys = self.containers()
        return tuple(",".join(keys[at : at + TOGETHER]) for at in range(0, len(keys), TOGETHER))

    def gaps(self) -> tuple[str, ...]:
        return (*self._renamed(), *Projects(self._client).gaps())

    def _renamed(self) -> Iterator[str]:
        """A project's former key goes on to answer, but what is said of it comes under its new one."""
        for key in self.containers():
            try:
                now = self._lookups.project(key)
            except (Missing, Refused):
                continue
            if now != key:
                yield (
                    f"project {key} of site {self.site!r} is called {now} now, and what is set for {key} counts for "
                    f"nothing: write {now} instead under sites.{self.site}.projects in followthrough.yaml"
                )

    def assignable(self, container: str, login: str) -> bool:
        return self._lookups.assignable(container, login)

    def creates_children(self, container: str) -> bool:
        """Wherever the project's create screen takes the link (or the parent)."""
        return Projects(self._client).ties_at_creation(container)

    def visible_to_all(self, container: str) -> bool | None:
        return self._lookups.public(container)

    # One issue

    def snapshot(self, ref: IssueRef) -> Snapshot:
        """One request, one for all children on Cloud and one for each on Data Center, and one for each further page of
        comments."""
        raw = self._lookups.issue(ref, records=True, history=True)
        issue = self._lookups.translated(raw)
        rows = comments_of(self._client, issue.ref, raw["fields"].get("comment"))
        thread = self._thread(issue.ref, rows, raw)
        people = (raw["fields"].get(role) for role in ("assignee", "reporter", "creator"))
        names = names_in((*people, *(row.get("author") for row in rows)), raw["fields"].get("description"))
        return Snapshot(
            issue=replace(issue, names=names, comments_count=len(rows)),
            comments=thread.comments,
            children=self._children(issue, raw),
            records=thread.records,
        )

    def thread(self, ref: IssueRef) -> Thread:
        """One request, and one for each further page of comments."""
        raw = self._lookups.payload(ref, ("comment", "created"), records=True)
        here = IssueRef(self.site, key_of(raw))
        return self._thread(here, comments_of(self._client, here, raw["fields"].get("comment")), raw)

    def _thread(self, ref: IssueRef, rows: list[dict[str, Any]], raw: Mapping[str, Any]) -> Thread:
        ours = self._lookups.is_ours
        people = {login_of(row.get("author")) for row in rows if is_staff(row.get("author"))}
        try:
            return thread_of(
                self._lookups.face,
                rows,
                raw["properties"],
                is_ours=ours,
                trusted=self._lookups.trusted(ref.container, (login for login in people if not ours(login))),
                created_at=when(raw["fields"].get("created")),
            )
        except Strange as err:
            raise of_site(Unavailable(f"{ref.key}: Jira's answer can't be read ({err})"), self.site) from None

    def _children(self, issue: Issue, raw: Mapping[str, Any]) -> tuple[Issue, ...]:
        """The children, oldest first, each read directly."""
        linked = children_of(self._lookups.face, raw, self._lookups.link_types())
        sure = {child.ref for child in linked if child.sure}
        sure |= self._below(issue.ref) if may_have_children_above(raw) else set()
        doubtful = {child.ref for child in linked} - sure
        found = self.issues(sorted((sure | doubtful) - {issue.ref}))
        children = {
            child.ref: child
            for asked, child in found.items()
            if child is not None and child.ref != issue.ref and (asked in sure or child.mark)
        }
        return tuple(sorted(children.values(), key=lambda c: (c.created_at, c.ref.container, c.ref.number)))

    def _below(self, ref: IssueRef) -> set[IssueRef]:
        """What the index shows as an epic's children. Data Center calls an epic's link by a name of its own."""
        clause = f"parent = {quoted(ref.locator)}" if self._client.cloud else f'"Epic Link" = {quoted(ref.locator)}'
        refused = ("no children above", ref.locator)
        if self._client.cache.get(refused, False):
            return set()
        jql = f"{clause} ORDER BY created ASC, key ASC"
        try:
            found = search(self._client, jql, ("created",), projects=(), what=f"search of the children of {ref.key}")
        except Refused:
            # A server without epics says that there is no such field; another, that its index does not know this issue.
            self._client.cache.put(refused, True, for_s=SOON_S)
            return set()
        return {IssueRef(self.site, key_of(self._lookups.checked(row, what=ref.key))) for row in found.rows}

    # Several issues

    def issues(self, refs: Iterable[IssueRef]) -> Mapping[IssueRef, Issue | None]:
        wanted = list(dict.fromkeys(refs))
        known = self._bulk(wanted) if self._client.cloud else {}
        return {ref: known[ref] if ref in known else self._one(ref) for ref in wanted}

    def _one(self, ref: IssueRef) -> Issue | None:
        try:
            return self._lookups.translated(self._lookups.issue(ref, history=True))
        except Missing:
            return None

    def _bulk(self, refs: list[IssueRef]) -> dict[IssueRef, Issue]:
        """Those of these issues that are there under the very key that was asked for: a moved one is found singly."""
        keys = [ref.locator for ref in refs if KEY.fullmatch(ref.locator)]
        found: dict[IssueRef, Issue] = {}
        for at in range(0, len(keys), BULK):
            for row in self._lookups.whole(partial(self._fetched, keys[at : at + BULK])):
                issue = self._lookups.translated(self._lookups.checked(row, what="issue/bulkfetch"))
                found[issue.ref] = issue
        return found

    def _fetched(self, keys: list[str], fields: tuple[str, ...]) -> list[Any]:
        body = {
            "issueIdsOrKeys": keys,
            "fields": list(fields),
            "properties": [MARK, LET_GO],
            "expand": ["changelog"],
        }
        data = self._client.ask("issue/bulkfetch", body, what=f"fetch {len(keys)} issues").data
        rows = data.get("issues") if isinstance(data, dict) else None
        if not isinstance(rows, list):
            raise of_site(unreadable(what="issue/bulkfetch"), self.site)
        return rows

    def with_facts(self, issues: Iterable[Issue]) -> Mapping[IssueRef, Issue]:
        """The issues as they are: their payload told all."""
        return {issue.ref: issue for issue in issues}

    # Searching

    def changed(self, poll: str, cursor: str) -> Changes:
        fields = self._lookups.fields(LISTED)
        seen = look(self._client, (key for key in poll.split(",") if key), Cursor.parse(cursor), fields)
        return Changes(
            issues=tuple(self._hints(seen.rows)),
            cursor=str(seen.cursor),
            requests=seen.requests,
            unreadable=seen.unreadable,
        )

    def labelled(self, container: str, label: str) -> tuple[Issue, ...]:
        jql = f"project in {any_of([container])} AND labels = {quoted(label)} ORDER BY created ASC, key ASC"
        issues = self._hints(self._search(container, jql).rows)
        return tuple(i for i in issues if label.casefold() in {name.casefold() for name in i.labels})

    def own_issues(self, container: str, since: datetime) -> tuple[Issue, ...]:
        """Where they are many, only the newest carry their mark."""
        rows: dict[str, Mapping[str, Any]] = {}
        for who in ("currentUser()", *(quoted(name) for name in self._client.config.former_accounts)):
            try:
                rows |= {row["id"]: row for row in self._created_by(container, who, since)}
            except Missing:
                raise
            except Refused:
                # Jira refuses to search for an account that is not there any more.
                if who == "currentUser()":
                    raise
        hints = sorted(self._hints(rows.values()), key=lambda i: (i.created_at, i.ref.number))
        fresh = self.issues([hint.ref for hint in hints[-MOST_DIRECT:]])
        issues = (fresh.get(hint.ref, hint) for hint in hints)
        floor = since.replace(microsecond=0)
        return tuple(i for i in issues if i is not None and self.is_ours(i.author) and i.created_at >= floor)

    def _created_by(self, container: str, who: str, since: datetime) -> list[dict[str, Any]]:
        """Relative minutes, rounded up, because a written time would be read in our account's time zone. Where the
        answer says that our idea of the server's clock was behind, the search is made again."""
        now_s = self._client.server_now_s()
        while True:
            back = datetime.fromtimestamp(now_s, UTC) - since
            when = f' AND created >= "-{int(back.total_seconds() // 60) + 2}m"' if back < LONG_AGO else ""
            jql = f"project in {any_of([container])} AND creator = {who}{when} ORDER BY created ASC, key ASC"
            found = self._search(container, jql)
            if not when or found.began_s <= now_s + 60:
                return found.rows
            now_s = found.began_s

    def _search(self, container: str, jql: str) -> Found:
        fields = self._lookups.fields(LISTED)
        return search(self._client, jql, fields, projects=[container], what=f"search of {container}")

    def _hints(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Issue]:
        for row in rows:
            yield self._lookups.translated(self._lookups.checked(row, what="search"), ask=False)

    # What a person wrote

    def resolve(self, written: str, near: IssueRef) -> IssueRef | None:  # noqa: ARG002 - keys are whole on Jira
        text = written.strip().strip("<>")
        key = text if KEY.fullmatch(text) else self._key_in_url(text)
        if not key or (key == text and not self._lookups.is_project(IssueRef(self.site, key).container)):
            return None
        return IssueRef(self.site, key)

    def url_of(self, ref: IssueRef) -> str:
        return f"{self._client.config.url.rstrip('/')}/browse/{ref.locator}"

    def _key_in_url(self, text: str) -> str:
        """The key in a browser URL of this site, whatever the scheme's and the host's case; else ""."""
        try:
            url, base = urlsplit(text), urlsplit(self._client.config.url)
            near = (url.hostname, url.port or None) == (base.hostname, base.port or None)
        except ValueError:
            return ""
        root = base.path.rstrip("/")
        if url.scheme.lower() not in {"http", "https"} or not near or not url.path.startswith(f"{root}/"):
            return ""
        selected = parse_qs(url.query).get("selectedIssue", [""])[-1].upper()
        found = _IN_PATH.search(url.path[len(root) :])
        key = selected if KEY.fullmatch(selected) else found["key"].upper() if found else ""
        return key if KEY.fullmatch(key) else ""
