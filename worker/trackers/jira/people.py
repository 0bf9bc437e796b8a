"""The people of a Jira project: who can be given its issues, who leads it, and who leads its components."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from worker.trackers.errors import Missing
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.errors import of_site, unreadable
from worker.trackers.jira.lookups import LIST, project_path
from worker.trackers.jira.translate import login_of
from worker.trackers.port import Account, Group, Roster

MOST_PEOPLE = 20_000


class JiraPeople:
    """`TrackerPeople` over one `JiraClient`."""

    def __init__(self, client: JiraClient) -> None:
        self.site = client.site
        self._client = client

    def roster(self, place: str) -> Roster:
        """One request for the project, one for its components, one for each thousand people. Who belongs to a project
        and can be given nothing is not listed, so it is never complete."""
        project = self._client.get_object(project_path(place), what=f"GET project {place}")
        found = self._client.get(project_path(place, "components"), what=f"GET components of {place}")
        if not isinstance(found, list):
            raise of_site(unreadable(what=f"components of {place}"), self.site)
        components = [row for row in found if isinstance(row, dict) and row.get("name")]
        leads = [_account(project.get("lead")), *(_account(row.get("lead")) for row in components)]
        accounts = {account.login: account for account in (*self._assignable(place), *leads) if account is not None}
        groups = [Group(id=place, name=str(project.get("name") or ""), leads=_logins(project.get("lead")))]
        groups += [
            Group(id=f"{place}/{row['name']}", name=str(row["name"]), parent=place, leads=_logins(row.get("lead")))
            for row in components
        ]
        return Roster(
            accounts=tuple(sorted(accounts.values(), key=lambda a: a.login.casefold())),
            groups=tuple(sorted(groups, key=lambda group: group.id)),
        )

    def _assignable(self, place: str) -> Iterator[Account]:
        """Servers give fewer people at once than they are asked for; only an empty answer says that it was the last."""
        start, seen = 0, set[str]()
        while start < MOST_PEOPLE:
            params = {"project": place, "maxResults": LIST, "startAt": start}
            rows = self._client.get("user/assignable/search", params, what=f"GET assignable people of {place}")
            if not isinstance(rows, list):
                raise of_site(unreadable(what=f"assignable people of {place}"), self.site)
            # A page of apps alone is not the end.
            new = {login: row for row in rows if (login := login_of(row)) and login not in seen}
            if not new:
                return
            seen |= new.keys()
            yield from (account for row in new.values() if (account := _account(row)) is not None)
            start += len(rows)

    def account(self, login: str) -> Account | None:
        named = {"accountId": login} if self._client.cloud else {"username": login}
        try:
            return _account(self._client.get("user", named, what="GET user"))
        except Missing:
            return None

    def file(self, container: str, path: str) -> str | None:  # noqa: ARG002 - a project holds no files
        return None


def _account(raw: Any) -> Account | None:
    """An account of a person, be it closed by now; None for an App's and for a customer's."""
    login = login_of(raw)
    if not login or raw.get("accountType") not in {None, "atlassian"}:
        return None
    return Account(login=login, name=str(raw.get("displayName") or ""), active=raw.get("active") is not False)


def _logins(raw: Any) -> tuple[str, ...]:
    account = _account(raw)
    return (account.login,) if account is not None else ()
