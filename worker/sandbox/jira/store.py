"""Everything that one Jira holds, and how it is found. No rules, no rights: those are asked elsewhere."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from worker.sandbox.clock import SandboxClock
from worker.sandbox.jira.model import (
    Account,
    Comment,
    FieldDef,
    Hook,
    Issue,
    IssueType,
    Link,
    LinkType,
    Named,
    Project,
    Sprint,
    Status,
    Token,
)

ALWAYS = datetime.min.replace(tzinfo=UTC)


class Store:
    """The records of one site."""

    def __init__(self, clock: SandboxClock, *, cloud: bool) -> None:
        self.clock = clock
        self.cloud = cloud
        self.cloud_id = "11111111-aaaa-4bbb-8ccc-222222222222"
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.projects: dict[str, Project] = {}
        self.former_projects: dict[str, Project] = {}
        self.issues: dict[int, Issue] = {}
        self.moved: dict[str, Issue] = {}
        self.comments: dict[int, Comment] = {}
        self.links: dict[int, Link] = {}
        self.types: dict[str, IssueType] = {}
        self.statuses: dict[str, Status] = {}
        self.fields: dict[str, FieldDef] = {}
        self.priorities: dict[str, Named] = {}
        self.resolutions: dict[str, Named] = {}
        self.link_types: dict[str, LinkType] = {}
        self.sprints: dict[int, Sprint] = {}
        self.hooks: dict[int, Hook] = {}
        self.index = Index()
        self._ids: dict[str, int] = {}

    def next_id(self, kind: str, first: int = 10000) -> int:
        """Return the next number of a kind."""
        self._ids[kind] = self._ids.get(kind, first - 1) + 1
        return self._ids[kind]

    def now(self) -> datetime:
        """Return the moment as Jira stamps it: in UTC, whole milliseconds."""
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def project(self, key_or_id: str) -> Project | None:
        """Return a project by its key (a former one too) or its id."""
        found = self.projects.get(key_or_id.upper()) or self.former_projects.get(key_or_id.upper())
        if found is None and key_or_id.isdecimal():
            found = next((p for p in self.projects.values() if p.id == int(key_or_id)), None)
        return found

    def issue(self, key_or_id: str) -> Issue | None:
        """Return an issue by its key (a former one too) or its id."""
        if key_or_id.isdecimal():
            return self.issues.get(int(key_or_id))
        key = key_or_id.upper()
        moved = self.moved.get(key)
        return self.standing(key) or (moved if moved is not None and moved.id in self.issues else None)

    def standing(self, key: str) -> Issue | None:
        """Return the issue that has this key now."""
        place, _, number = key.rpartition("-")
        project = self.projects.get(place)
        return project.issues.get(int(number)) if project is not None and number.isdecimal() else None

    def account(self, word: str) -> Account | None:
        """Return an account by the one word that this face knows it by: `accountId` on Cloud, `name` elsewhere."""
        return next((a for a in self.accounts.values() if word == (a.account_id if self.cloud else a.name)), None)

    def named_statuses(self, word: str) -> tuple[Status, ...]:
        """Return the statuses of a name or id; team-managed projects have their own of the same names."""
        return tuple(s for s in self.statuses.values() if word == s.id or word.casefold() == s.name.casefold())

    def add_issue(self, issue: Issue) -> None:
        """Take in a new issue."""
        self.issues[issue.id] = issue
        issue.project.issues[issue.number] = issue


class Index:
    """What a search sees: how each issue was at a moment. Everything that ever was is kept until a reset."""

    def __init__(self) -> None:
        self._told: dict[int, list[tuple[datetime, Issue | None]]] = {}

    def note(self, issue: Issue, at: datetime) -> None:
        """Remember how an issue is now."""
        self._told.setdefault(issue.id, []).append((at, _frozen(issue)))

    def forget(self, issue: Issue, at: datetime) -> None:
        """Remember that an issue is gone."""
        self._told.setdefault(issue.id, []).append((at, None))

    def at(self, until: datetime) -> Iterator[Issue]:
        """Yield the issues as they were at a moment, those included whose last change was exactly then."""
        for told in self._told.values():
            found = next((issue for at, issue in reversed(told) if at <= until), None)
            if found is not None:
                yield found

    def seen(self, store: Store, lag: timedelta, live: Iterable[int] = ()) -> list[Issue]:
        """Return what a search sees with this lag; issues whose ids are in `live` are seen as they are now."""
        if not lag:
            return list(store.issues.values())
        fresh = [store.issues[number] for number in live if number in store.issues]
        known = {issue.id for issue in fresh}
        old = [issue for issue in self.at(store.now() - lag) if issue.id not in known and issue.id not in set(live)]
        return old + fresh


def _frozen(issue: Issue) -> Issue:
    """A copy that later changes do not reach."""
    kept = copy.copy(issue)
    kept.values = dict(issue.values)
    kept.children, kept.links = list(issue.children), list(issue.links)
    kept.remote_links, kept.history = list(issue.remote_links), list(issue.history)
    kept.comments = [copy.copy(comment) for comment in issue.comments]
    kept.properties = dict(issue.properties)
    return kept
