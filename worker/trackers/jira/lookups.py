"""Accounts, projects, people and link types that Jira's requests need: asked once, then remembered for a while.

What decides about a write (an issue's text, status, assignee) is never taken from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from worker.domain.model import SOMEBODY, Issue, IssueRef, Status
from worker.trackers.errors import Missing, Refused, TrackerError, Unavailable
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.errors import Hidden, of_site, unreadable
from worker.trackers.jira.facts import SiteFields, facts_of, site_fields, version_starts, waiting_versions
from worker.trackers.jira.records import LET_GO, MARK, PREFIX, property_key
from worker.trackers.jira.translate import KEY, NOBODY, Face, Strange, is_restricted, issue_from, key_of, login_of

T = TypeVar("T")

SOON_S = 600.0
"""Ten minutes: what was not found, or could not be told."""

HOUR_S = 3_600.0
"""What people change now and then: rights, visibility, projects, screens."""

LONG_S = 86_400.0
"""A day: who we are."""

LIST = 1_000
"""The most people that Jira lists at once."""

FEW = 3
"""As many people are asked for one by one, before the project's list is read instead."""

_SURELY = (MARK, LET_GO, property_key("sticky"))
"""Properties that are asked for by their names, in case that a server does not know how to send all."""

_ALL_COME = "all properties come"


def issue_path(ref: IssueRef, *more: str) -> str:
    """`issue/OPS-7/…`, each part quoted. Raises Missing for what can't be an issue's key."""
    if not KEY.fullmatch(ref.locator):
        raise Missing(f"{ref.locator!r} is not an issue's key; expected PROJECT-NUMBER, as in OPS-7")
    return "/".join(("issue", *(quote(part, safe="") for part in (ref.locator, *more))))


def project_path(container: str, *more: str) -> str:
    """`project/OPS/…`, each part quoted."""
    return "/".join(("project", *(quote(part, safe="") for part in (container, *more))))


class Lookups:
    """Questions about one site, answered from memory where that is safe. Shared by reader and writer."""

    def __init__(self, client: JiraClient) -> None:
        self.client = client
        self.site = client.site
        self._cache = client.cache

    # Ourselves

    def account(self) -> str:
        """Our account's id on Cloud, its name on Data Center."""
        known = self._cache.get("account", "")
        if known:
            return known
        login = login_of(self.client.get_object("myself", what="GET myself"))
        if not login:
            raise of_site(unreadable(what="GET myself"), self.site)
        self._learn_fields()
        return self._cache.put("account", login, for_s=LONG_S)

    def accounts(self) -> tuple[str, ...]:
        """Our account, then those that we had before."""
        return (self.account(), *self.client.config.former_accounts)

    def is_ours(self, login: str) -> bool:
        """Whether this is our account or one that we had before."""
        return bool(login) and login.casefold() in {name.casefold() for name in self.accounts()}

    # Issues

    def fields(self, base: Iterable[str] = ()) -> tuple[str, ...]:
        """The ids of the fields that an `Issue` is made of (or of `base`), each project's due date included; sorted."""
        config = self.client.config
        due = {config.project("").due_field, *(p.due_field for p in config.special.values())}
        own = () if base else self.site_fields().ids
        return tuple(sorted({*(base or FIELDS), *own, *(name for name in due if name)}))

    def site_fields(self) -> SiteFields:
        """The ids of sprints, development panel and severity here, as far as they are known; see `whole`."""
        return self._cache.get("site fields", SiteFields())

    def whole(self, read: Callable[[tuple[str, ...]], T]) -> T:
        """What `read` answers for all fields that an `Issue` is made of. The site's own are learned once a day, by one
        request; an answer that was asked for before that is read again, where there are any."""
        answer = read(self.fields())
        return read(self.fields()) if self._learn_fields() else answer

    def _learn_fields(self) -> bool:
        """Learn the ids of the site's own fields, and say whether there are any that were not known before."""
        unknown: SiteFields | None = None
        if self._cache.get("site fields", unknown) is not None:
            return False
        try:
            rows = self.client.get("field", what="GET fields")
        except (Missing, Refused):
            # Without them an issue can still be followed; its plan and its severity are then not known.
            self._cache.put("site fields", SiteFields(), for_s=SOON_S)
            return False
        found = site_fields(rows, self.client.config.severity_field)
        return bool(self._cache.put("site fields", found, for_s=LONG_S).ids)

    def _version_starts(self, container: str, raw: Mapping[str, Any], *, ask: bool) -> Mapping[str, date]:
        """When the versions begin that this issue waits for, which an issue's payload does not say; one request for a
        project and hour, and only where such a version is met."""
        if not any("startDate" not in version for version in waiting_versions(raw["fields"])):
            return {}
        key = ("versions", container)
        known: Mapping[str, date] | None = self._cache.get(key, None)
        if known is not None or not ask:
            return known or {}
        try:
            rows = self.client.get(project_path(container, "versions"), what=f"GET versions of {container}")
        except (Missing, Refused):
            return self._cache.put(key, {}, for_s=SOON_S)
        return self._cache.put(key, version_starts(rows), for_s=HOUR_S)

    def issue(
        self, ref: IssueRef, *, more: Iterable[str] = (), records: bool = False, history: bool = False
    ) -> dict[str, Any]:
        """The issue's payload, fresh, with the fields of `fields` and `more` besides, and with its mark (`records`:
        with all properties that can be ours; `history`: with its latest changes). Under a former key it answers with
        the new one. Raises Missing where it is gone or not ours to see."""
        extra = tuple(more)

        def read(fields: tuple[str, ...]) -> dict[str, Any]:
            return self.payload(ref, (*fields, *extra), records=records, history=history)

        return self.whole(read)

    def payload(
        self, ref: IssueRef, fields: Iterable[str], *, records: bool = False, history: bool = False
    ) -> dict[str, Any]:
        """These fields of one issue, and its properties (and its latest changes), fresh. Raises as `issue`."""
        properties = ("*all", *_SURELY) if records else (MARK, LET_GO)
        params = {
            "fields": ",".join(fields),
            "properties": ",".join(properties),
            # Cloud would leave out a field that it can't load just now: links that are not there make a second child.
            "failFast": "true",
            # Jira would count the service's looks among the issues that it viewed lately.
            "updateHistory": "false",
            **({"expand": "changelog"} if history else {}),
        }
        path = issue_path(ref)
        try:
            raw = self.client.get_object(path, params, what=f"GET {ref.key}")
        except Hidden as err:
            raise of_site(Missing(str(err)), self.site) from None
        raw = self.checked(raw, what=ref.key)
        if records:
            raw["properties"] = self._all_of_ours(ref, raw.get("properties"))
        return raw

    def _all_of_ours(self, ref: IssueRef, given: Any) -> dict[str, Any]:
        """The issue's properties, given those that came with it. Only Cloud's documentation promises that `*all` brings
        all of them. Elsewhere the list of their keys is asked for, until some property that was not named has come;
        what is lacking is asked for one by one. A record that seemed to have no text would be taken for lost."""
        found = dict(given) if isinstance(given, dict) else {}
        if isinstance(given, dict) and (self.client.cloud or self._cache.get(_ALL_COME, False)):
            return found
        if found.keys() - set(_SURELY):
            self._cache.put(_ALL_COME, True, for_s=LONG_S)
            return found
        rows = self.client.get_object(issue_path(ref, "properties"), what=f"GET properties of {ref.key}").get("keys")
        if not isinstance(rows, list):
            raise of_site(unreadable(what=f"properties of {ref.key}"), self.site)
        for key in (key_of(row) for row in rows if isinstance(row, dict)):
            if key.startswith(PREFIX) and key not in found:
                try:
                    found[key] = self.client.get_object(issue_path(ref, "properties", key)).get("value")
                except Missing:
                    continue
        return found

    def checked(self, raw: Any, *, what: str) -> dict[str, Any]:
        """The payload, if it is one of an issue. Raises Unavailable."""
        if not isinstance(raw, dict) or not KEY.fullmatch(key_of(raw)) or not isinstance(raw.get("fields"), dict):
            raise of_site(unreadable(what=what), self.site)
        return raw

    def translated(self, raw: Mapping[str, Any], *, ask: bool = True) -> Issue:
        """A checked payload as an Issue. Whether strangers can see it is asked for now and then (`ask=False`: taken
        only from memory). Its mark is given only where the creator is ours, and such an issue has us as its author.
        Raises Unavailable for a payload that Jira does not document."""
        try:
            issue, creator = issue_from(self.face, raw)
            facts = facts_of(
                self.face,
                raw,
                fields=self.site_fields(),
                tied=self.link_types(),
                starts=self._version_starts(issue.ref.container, raw, ask=ask),
                is_ours=self.is_ours,
                now=datetime.fromtimestamp(self.client.server_now_s(), UTC),
            )
        except Strange as err:
            raise of_site(Unavailable(f"{key_of(raw)}: Jira's answer can't be read ({err})"), self.site) from None
        public = self.public(issue.ref.container, ask=ask)
        if public and is_restricted(raw["fields"]):
            public = False
        ours = self.is_ours(creator)
        return replace(
            issue,
            public=public,
            mark=issue.mark if ours else "",
            author=creator if ours else issue.author or creator or NOBODY,
            touched={login: at for login, at in issue.touched.items() if not self.is_ours(login)}
            | ({SOMEBODY: facts.developed_at} if facts.developed_at is not None else {}),
            planned_from=facts.planned_from if issue.status is Status.OPEN else None,
            blocked_by=facts.blocked_by,
            proof=facts.proof,
            assigned_at=facts.assigned_at,
            severity=facts.severity,
            components=facts.components,
        )

    @property
    def face(self) -> Face:
        """What the translation of a payload has to know about this site."""
        return Face(config=self.client.config, cloud=self.client.cloud)

    # Projects

    def projects(self) -> frozenset[str]:
        """The keys of every project that we may see."""
        known: frozenset[str] | None = self._cache.get("projects", None)
        if known is not None:
            return known
        # Data Center lists all of them at once; Cloud pages.
        path = "project/search" if self.client.cloud else "project"
        found = frozenset(key_of(row) for row in self.client.pages(path, what="GET projects")) - {""}
        return self._cache.put("projects", found, for_s=HOUR_S)

    def project(self, key: str) -> str:
        """The key that a project has today, given one that it has or had. Raises Missing where there is none that we
        may see."""
        known = self._cache.get(("project", key), "")
        if known:
            return known
        try:
            raw = self.client.get_object(project_path(key), what=f"GET project {key}")
        except Hidden as err:
            raise of_site(Missing(str(err)), self.site) from None
        if not key_of(raw):
            raise of_site(unreadable(what=f"GET project {key}"), self.site)
        return self._cache.put(("project", key), key_of(raw), for_s=HOUR_S)

    def is_project(self, key: str) -> bool:
        """Whether there is such a project on this site, as far as can be told; costs a request once an hour, and never
        raises."""
        config = self.client.config
        configured = {*config.projects, *config.special}
        if key in configured:
            return True
        known: frozenset[str] | None = self._cache.get("projects", None)
        if known is None and not self._cache.get("no projects", False):
            try:
                known = self.projects()
            except TrackerError:
                self._cache.put("no projects", True, for_s=SOON_S)
        return known is not None and key in known

    def public(self, container: str, *, ask: bool = True) -> bool | None:
        """Whether everybody may read the project: True only where it was read without a credential. None where that
        can't be told (or was not asked)."""
        key = ("public", container)
        kept: tuple[bool | None] | None = self._cache.get(key, None)
        if kept is not None:
            return kept[0]
        if not ask:
            return None
        seen = self.client.seen_by_strangers(project_path(container), what=f"GET project {container} as a stranger")
        self._cache.put(key, (seen,), for_s=SOON_S if seen is None else HOUR_S)
        return seen

    # People

    def assignable(self, container: str, login: str) -> bool:
        """Whether exactly this account is active and can be given issues in the project."""
        if not login:
            return False
        key = _who(container, login)
        known: bool | None = self._cache.get(key, None)
        if known is not None:
            return known
        named = {"accountId": login} if self.client.cloud else {"username": login}
        try:
            found = login.casefold() in self._listed(container, named)
        except (Missing, Refused):
            # No such project or person, or no right to look: then nobody can be given anything.
            found = False
        return self._cache.put(key, found, for_s=HOUR_S if found else SOON_S)

    def trusted(self, container: str, logins: Iterable[str]) -> frozenset[str]:
        """Those of these accounts who can be given issues in the project. One request for each new account; where there
        are many, one for the project's list first."""
        wanted = sorted({login for login in logins if login})
        unknown = [login for login in wanted if self._cache.get(_who(container, login), None) is None]
        if len(unknown) > FEW:
            try:
                listed = self._listed(container, {})
            except (Missing, Refused):
                listed = frozenset()
            # Who is missing in this list may only be behind its end.
            for login in unknown:
                if login.casefold() in listed:
                    self._cache.put(_who(container, login), True, for_s=HOUR_S)
        return frozenset(login for login in wanted if self.assignable(container, login))

    def _listed(self, container: str, named: Mapping[str, str]) -> frozenset[str]:
        """The active people whom Jira lists as assignable in the project, their logins in small letters."""
        params = {"project": container, "maxResults": LIST, **named}
        rows = self.client.get("user/assignable/search", params, what=f"GET assignable people of {container}")
        if not isinstance(rows, list):
            raise of_site(unreadable(what=f"assignable people of {container}"), self.site)
        people = (row for row in rows if isinstance(row, dict) and row.get("active") is not False)
        return frozenset(login_of(row).casefold() for row in people) - {""}

    # Links

    def link_types(self) -> frozenset[str]:
        """Every link type that makes a child in some project of this site, in small letters; without `parent`."""
        config = self.client.config
        names = {config.link, *(project.link for project in config.special.values())}
        return frozenset(name.casefold() for name in names if name) - {"parent"}

    def forget(self, *keys: object) -> None:
        """Drop what is remembered under these keys, because Jira says otherwise."""
        self._cache.drop(*keys)


FIELDS = (
    "assignee",
    "comment",
    "components",
    "created",
    "creator",
    "description",
    "fixVersions",
    "issuelinks",
    "issuerestriction",
    "issuetype",
    "labels",
    "parent",
    "priority",
    "project",
    "reporter",
    "resolution",
    "resolutiondate",
    "security",
    "status",
    "statuscategorychangedate",
    "subtasks",
    "summary",
    "updated",
)
"""The fields that every `Issue` is made of, by Jira's own ids; the due date's differs by project."""

_DIRECT = {
    "comment",
    "components",
    "description",
    "fixVersions",
    "issuelinks",
    "issuerestriction",
    "security",
    "subtasks",
}

LISTED = tuple(name for name in FIELDS if name not in _DIRECT)
"""Those that are asked of a search, whose answers are only hints."""


def _who(container: str, login: str) -> tuple[str, str, str]:
    return ("assignable", container, login.casefold())
