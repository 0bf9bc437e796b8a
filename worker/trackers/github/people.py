"""The people of a GitHub organization: its members, its teams with their maintainers, and files that name owners."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import quote

from worker.trackers.errors import Missing
from worker.trackers.github.client import GitHubClient
from worker.trackers.github.errors import Doing, unreadable
from worker.trackers.github.lookups import owner_of, repo_path
from worker.trackers.port import Account, Group, Roster

_PAGE = {"per_page": 100}


class GitHubPeople:
    """`TrackerPeople` over one `GitHubClient`."""

    def __init__(self, client: GitHubClient) -> None:
        self.site = client.site
        self._client = client
        self._owner = ""

    def roster(self, place: str) -> Roster:
        """One request for each hundred members, one for each hundred teams, and two for each team. Names are not in
        these lists."""
        org = quote(place, safe="")
        # An App has no credential of its own for questions about nobody's repository.
        self._owner = place
        members = {login for row in self._rows(f"/orgs/{org}/members", place) if (login := _login(row))}
        groups = [self._team(org, place, row) for row in self._rows(f"/orgs/{org}/teams", place)]
        return Roster(
            accounts=tuple(Account(login=login) for login in sorted(members, key=str.casefold)),
            groups=tuple(sorted(groups, key=lambda group: group.id)),
            complete=True,
        )

    def _team(self, org: str, place: str, row: dict[str, Any]) -> Group:
        slug = str(row.get("slug") or "")
        if not slug:
            raise unreadable(what=f"teams of {place}", doing=Doing.READ)
        path = f"/orgs/{org}/teams/{quote(slug, safe='')}/members"
        parent = row.get("parent")
        above = str(parent.get("slug") or "") if isinstance(parent, dict) else ""
        return Group(
            id=f"{place}/{slug}",
            name=str(row.get("name") or ""),
            parent=f"{place}/{above}" if above else "",
            leads=self._logins(path, place, "maintainer"),
            members=self._logins(path, place, "all"),
        )

    def _logins(self, path: str, place: str, role: str) -> tuple[str, ...]:
        rows = self._client.pages(path, owner=place, params={"role": role, **_PAGE})
        return tuple(sorted({login for row in rows if (login := _login(row))}, key=str.casefold))

    def _rows(self, path: str, place: str) -> list[dict[str, Any]]:
        return [row for row in self._client.pages(path, owner=place, params=_PAGE) if isinstance(row, dict)]

    def account(self, login: str) -> Account | None:
        try:
            raw = self._client.read(f"/users/{quote(login, safe='')}", owner=self._owner).data
        except Missing:
            return None
        if not isinstance(raw, dict) or not _login(raw):
            return None
        return Account(login=_login(raw), name=str(raw.get("name") or ""))

    def file(self, container: str, path: str) -> str | None:
        try:
            raw = self._client.read(repo_path(container, "contents", *path.split("/")), owner=owner_of(container)).data
        except Missing:
            return None
        # A folder answers with a list; a file of more than a megabyte with no content, and no CODEOWNERS is that long.
        if not isinstance(raw, dict) or raw.get("encoding") != "base64":
            return None
        try:
            return base64.b64decode(str(raw.get("content") or "")).decode("utf-8-sig")
        except (binascii.Error, UnicodeDecodeError):
            raise unreadable(what=f"{container}/{path}", doing=Doing.READ) from None


def _login(row: Any) -> str:
    """The login of a person's account; "" for an App's, which belongs to nobody."""
    if not isinstance(row, dict) or row.get("type") == "Bot":
        return ""
    return str(row.get("login") or "")
