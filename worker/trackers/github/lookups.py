"""Ids, visibility and names that GitHub's requests need: asked once, then remembered for a while.

What decides about a write (an issue's body, state, assignees) is never taken from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import Any
from urllib.parse import quote

from worker.domain.model import Issue, IssueRef
from worker.trackers.errors import Missing, Refused
from worker.trackers.github.client import GitHubClient
from worker.trackers.github.errors import Doing, unreadable
from worker.trackers.github.translate import issue_from_rest, repository_of

SOON_S = 600.0
"""Ten minutes: what people change now and then (visibility, members, repositories of an owner)."""

LONG_S = 86_400.0
"""A day: ids, which GitHub never gives to something else."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as GitHub names it today, its GraphQL id, and whether everybody can see it."""

    name: str
    node: str
    public: bool | None


def repo_path(container: str, *more: str | int) -> str:
    """`/repos/owner/name/…`, each part quoted. Raises Missing for what can't be a repository's name."""
    owner, _, name = container.partition("/")
    if not owner or not name or "/" in name or {owner, name} & {".", ".."}:
        raise Missing(f"{container!r} is not a repository; expected owner/name")
    return "/".join(("/repos", *(quote(str(part), safe="") for part in (owner, name, *more))))


def issue_path(ref: IssueRef, *more: str | int) -> str:
    return repo_path(ref.container, "issues", ref.number, *more)


def owner_of(container: str) -> str:
    return container.partition("/")[0]


class Lookups:
    """Questions about one site, answered from memory where that is safe. Shared by reader and writer."""

    def __init__(self, client: GitHubClient) -> None:
        self.client = client
        self.site = client.site
        self._cache = client.cache

    def account(self) -> str:
        """The login of the token's user, or `<slug>[bot]` of an App."""
        known = self._cache.get("account", "")
        return known or self._cache.put("account", self._ask_account(), for_s=LONG_S)

    def _ask_account(self) -> str:
        if self.client.credentials.is_app:
            return f"{self.client.as_app('/app')['slug']}[bot]"
        try:
            return str(self.client.read("/user", owner="").data["login"])
        except Refused:
            # The token of an App's installation (as in GitHub Actions) has no user, but GraphQL knows who it is.
            viewer = self.client.graphql("query { viewer { login } }", {}, owner="").get("viewer") or {}
            if not viewer.get("login"):
                raise
            return str(viewer["login"])

    def is_ours(self, login: str) -> bool:
        """Whether this is our account or one that we had before."""
        return login.casefold() in {name.casefold() for name in self.accounts()}

    def accounts(self) -> tuple[str, ...]:
        """Our login, then those that we had before."""
        return (self.account(), *self.client.config.former_accounts)

    def repository(self, container: str) -> Repository:
        """Raises Missing, or Refused where we may not see it."""
        kept: Repository | None = self._cache.get(("repo", container.casefold()), None)
        if kept is not None:
            return kept
        return self._note_repository(self._object(repo_path(container), container), container)

    def public(self, container: str, *, ask: bool = True) -> bool | None:
        """Whether everybody can see the repository; None where that can't be known (or was not asked)."""
        key = ("repo", container.casefold())
        if not ask:
            kept: Repository | None = self._cache.get(key, None)
            return kept.public if kept else None
        try:
            return self.repository(container).public
        except (Missing, Refused):
            return self._cache.put(key, Repository(container, "", None), for_s=SOON_S).public

    def _note_repository(self, raw: Mapping[str, Any], asked: str) -> Repository:
        name = str(raw.get("full_name") or asked)
        visibility, private = raw.get("visibility"), raw.get("private")
        # `internal` is read by a whole enterprise: who that is cannot be told.
        known = {"public": True, "private": False}
        public = known.get(visibility) if visibility else (not private if isinstance(private, bool) else None)
        found = Repository(name, str(raw.get("node_id") or ""), public)
        for key in {asked.casefold(), name.casefold()}:
            self._cache.put(("repo", key), found, for_s=SOON_S)
        return found

    def issue(self, ref: IssueRef) -> Mapping[str, Any]:
        """The issue's payload, fresh. Follows a transfer. Raises Missing where it is gone or not ours to see."""
        raw = self._object(issue_path(ref), ref.container)
        if not repository_of(raw) or not raw.get("number"):
            raise unreadable(what=ref.key, doing=Doing.READ)
        return raw

    def translated(self, raw: Mapping[str, Any], *, ask: bool = True) -> Issue:
        """The payload as an Issue, with its repository's visibility; its GraphQL id is remembered."""
        issue = issue_from_rest(self.site, raw, self.public(repository_of(raw), ask=ask))
        if issue.node:
            self._cache.put(("node", issue.ref), issue.node, for_s=LONG_S)
        # A mark that somebody copied into an issue of their own says nothing.
        return issue if not issue.mark or self.is_ours(issue.author) else replace(issue, mark="")

    def node(self, ref: IssueRef) -> str:
        """The issue's GraphQL id."""
        known = self._cache.get(("node", ref), "")
        return known or self.translated(self.issue(ref), ask=False).node

    def assignable(self, container: str, login: str) -> bool:
        """Whether this login can be given issues of the repository."""
        key = ("assignable", container.casefold(), login.casefold())
        known: bool | None = self._cache.get(key, None)
        if known is not None:
            return known
        found = True
        try:
            self.client.read(repo_path(container, "assignees", login), owner=owner_of(container))
        except Missing:
            found = False
        return self._cache.put(key, found, for_s=SOON_S)

    def user_node(self, container: str, login: str) -> str:
        """A user's GraphQL id. Raises Missing."""
        key = ("user", login.casefold())
        known = self._cache.get(key, "")
        if known:
            return known
        raw = self._object(f"/users/{quote(login, safe='')}", container)
        return self._cache.put(key, str(raw.get("node_id") or ""), for_s=LONG_S)

    def label_node(self, container: str, label: str) -> str:
        """A label's GraphQL id. Raises Missing where the repository has no such label."""
        key = self._label_key(container, label)
        known = self._cache.get(key, "")
        if known:
            return known
        raw = self._object(repo_path(container, "labels", label), container)
        return self.note_label(container, label, raw)

    def note_label(self, container: str, label: str, raw: Mapping[str, Any]) -> str:
        return self._cache.put(self._label_key(container, label), str(raw.get("node_id") or ""), for_s=LONG_S)

    def forget(self, container: str, labels: tuple[str, ...], logins: tuple[str, ...], *refs: IssueRef) -> None:
        """Drop remembered ids that GitHub says are nothing any more."""
        self._cache.drop(
            ("repo", container.casefold()),
            *(self._label_key(container, label) for label in labels),
            *(("user", login.casefold()) for login in logins),
            *(("assignable", container.casefold(), login.casefold()) for login in logins),
            *(("node", ref) for ref in refs),
        )

    def containers(self) -> tuple[str, ...]:
        """The configured repositories, patterns such as `owner/*` expanded, sorted. Archived ones are left out of an
        expansion: nothing in them can change."""
        found: dict[str, str] = {}
        for entry in self.client.config.repositories:
            names = self._matching(entry) if any(c in entry for c in "*?[") else (entry,)
            found.update((name.casefold(), name) for name in names)
        return tuple(sorted(found.values()))

    def _matching(self, pattern: str) -> tuple[str, ...]:
        owner = owner_of(pattern)
        key = ("repositories", owner.casefold())
        names: tuple[str, ...] | None = self._cache.get(key, None)
        if names is None:
            rows = self._repositories_of(owner)
            names = tuple(
                self._note_repository(row, str(row.get("full_name"))).name
                for row in rows
                if not row.get("archived") and not row.get("disabled") and row.get("has_issues", True)
            )
            self._cache.put(key, names, for_s=SOON_S)
        return tuple(name for name in names if fnmatch(name.casefold(), pattern.casefold()))

    def _repositories_of(self, owner: str) -> list[Mapping[str, Any]]:
        """Every repository of the owner that the credential sees."""
        if self.client.credentials.is_app:
            rows = self.client.pages(
                "/installation/repositories", owner=owner, params={"per_page": 100}, item="repositories"
            )
            return [r for r in rows if owner_of(str(r.get("full_name"))).casefold() == owner.casefold()]
        name = quote(owner, safe="")
        if owner.casefold() == self.account().casefold():
            own = {"affiliation": "owner", "per_page": 100, "sort": "full_name"}
            return list(self.client.pages("/user/repos", owner=owner, params=own))
        every = {"per_page": 100, "sort": "full_name", "type": "all"}
        try:
            return list(self.client.pages(f"/orgs/{name}/repos", owner=owner, params=every))
        except Missing:
            return list(self.client.pages(f"/users/{name}/repos", owner=owner, params=every))

    def _object(self, path: str, container: str) -> Mapping[str, Any]:
        data = self.client.read(path, owner=owner_of(container)).data
        if not isinstance(data, dict):
            raise unreadable(what=f"GET {path}", doing=Doing.READ)
        return data

    @staticmethod
    def _label_key(container: str, label: str) -> tuple[str, str, str]:
        return ("label", container.casefold(), label.casefold())
