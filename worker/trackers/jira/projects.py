"""What does each project ask of an issue, and which of it do the settings not say yet? Asked once an hour.

From create metadata, link types and our own rights. What is missing is said with the very lines to add to
`followthrough.yaml`, or with the right to give.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from worker.trackers.errors import Missing, Refused
from worker.trackers.jira.client import PAGE, JiraClient
from worker.trackers.jira.config import ProjectConfig
from worker.trackers.jira.errors import of_site, unreadable
from worker.trackers.jira.remedy import field_id, mapping, names_shown, rows, yaml_to_add
from worker.trackers.jira.screens import FILLED, IssueType, Screen, missing_values, type_of, unknown_fields

HOUR_S = 3_600.0
PARENT = "parent"
"""What `link` says in the settings where an issue is tied to its post-mortem as its child."""

TASK = "Task"

RIGHTS = {
    "BROWSE_PROJECTS": "Browse projects",
    "CREATE_ISSUES": "Create issues",
    "EDIT_ISSUES": "Edit issues",
    "SCHEDULE_ISSUES": "Schedule issues",
    "ASSIGN_ISSUES": "Assign issues",
    "TRANSITION_ISSUES": "Transition issues",
    "LINK_ISSUES": "Link issues",
    "ADD_COMMENTS": "Add comments",
    "EDIT_OWN_COMMENTS": "Edit own comments",
    "DELETE_OWN_COMMENTS": "Delete own comments",
}
"""The permissions that the service needs in a project, by Jira's keys, with the names that Jira shows."""


class Projects:
    """The projects of one site as they are. Shares the client's memory with reader and writer."""

    def __init__(self, client: JiraClient) -> None:
        self.site = client.site
        self._client = client
        self._cache = client.cache

    # Metadata

    def issue_types(self, project: str) -> tuple[IssueType, ...]:
        """The types that our account can create in the project, in Jira's order. Raises Missing where it may not see
        the project, or create anything there."""
        key = ("issue types", project)
        known: tuple[IssueType, ...] | None = self._cache.get(key, None)
        if known is not None:
            return known
        path = f"issue/createmeta/{quote(project, safe='')}/issuetypes"
        try:
            found = tuple(type_of(row) for row in self._paged(path, ("values", "issueTypes", "createMetaIssueType")))
        except (Missing, Refused) as err:
            raise of_site(Missing(f"{self._unseen(project)} ({err})"), self.site) from None
        if not found:
            raise of_site(Missing(self._unseen(project)), self.site)
        return self._cache.put(key, found, for_s=HOUR_S)

    def screen(self, project: str, kind: IssueType) -> Screen:
        """The create screen of one type."""
        key = ("screen", project, kind.id)
        known: Screen | None = self._cache.get(key, None)
        if known is not None:
            return known
        path = f"issue/createmeta/{quote(project, safe='')}/issuetypes/{quote(kind.id, safe='')}"
        found = {field_id(row): row for row in self._paged(path, ("values", "fields", "results")) if field_id(row)}
        return self._cache.put(key, Screen(project=project, type=kind, fields=found), for_s=HOUR_S)

    def forget(self, project: str) -> None:
        """Look at the project afresh next time: it is not as we remember it."""
        known: tuple[IssueType, ...] | None = self._cache.get(("issue types", project), None)
        self._cache.drop(("issue types", project), *(("screen", project, kind.id) for kind in known or ()))

    def priorities(self, project: str) -> tuple[str, ...]:
        """The names of the priorities that a new issue of the usual type can have, highest first as Jira lists them;
        empty where its create screen has none."""
        return self.screen(project, self.usual_type(project)).names("priority")

    def usual_type(self, project: str, above: IssueType | None = None) -> IssueType:
        """The type of our issues in a project: the configured one, else `Task`, else the first that is no sub-task.
        Where the project ties by `parent` and `above`, the parent, is no epic, the first sub-task type. Raises Refused
        with the lines to add, Missing."""
        config, types = self._client.config.project(project), self.issue_types(project)
        if config.issue_type:
            wanted = config.issue_type.casefold()
            found = next((t for t in types if wanted in {t.name.casefold(), t.id}), None)
            if found is None:
                add = {"issue_type": self._offer(types).name}
                raise of_site(
                    Refused(
                        f"project {project} has no issue type {config.issue_type!r} (or our account can't create it "
                        f"there); it has {names_shown(t.name for t in types)}. "
                        f"{yaml_to_add(self._client.config, project, add)}"
                    ),
                    self.site,
                )
            return found
        link = config.link or self._client.config.link
        if link.casefold() == PARENT and above is not None and above.level <= 0:
            below = [t for t in types if t.is_subtask]
            if below:
                return below[0]
        return self._offer(types)

    @staticmethod
    def _offer(types: tuple[IssueType, ...]) -> IssueType:
        usual = [t for t in types if t.level == 0] or [t for t in types if not t.is_subtask] or list(types)
        return next((t for t in usual if t.name.casefold() == TASK.casefold()), usual[0])

    def link_types(self) -> tuple[str, ...]:
        """The names of the site's link types; empty where linking is switched off."""
        known: tuple[str, ...] | None = self._cache.get("link types", None)
        if known is not None:
            return known
        try:
            raw = self._client.get_object("issueLinkType", what="GET issue link types")
        except Missing:
            raw = {"issueLinkTypes": []}
        names = tuple(str(row["name"]) for row in rows(raw.get("issueLinkTypes")) if row.get("name"))
        return self._cache.put("link types", names, for_s=HOUR_S)

    def link(self, project: str) -> str:
        """How issues of this project are tied to their post-mortem: a link type's name as Jira writes it, or `parent`.
        Raises Refused with the lines to add where there is no such type."""
        wanted = self._client.config.project(project).link or self._client.config.link
        if wanted.casefold() == PARENT:
            return PARENT
        known = self.link_types()
        found = next((name for name in known if name.casefold() == wanted.casefold()), None)
        if found is not None:
            return found
        if not known:
            raise of_site(
                Refused(
                    f"issue linking is switched off on site {self.site!r}: switch it on in Jira's settings, or tie by "
                    f"parent. {yaml_to_add(self._client.config, project, {'link': PARENT})}"
                ),
                self.site,
            )
        offer = "Relates" if "Relates" in known else known[0]
        raise of_site(
            Refused(
                f"site {self.site!r} has no link type {wanted!r}, which ties the issues of {project}; it has "
                f"{names_shown(known)}. Create it in Jira, or take another. "
                f"{yaml_to_add(self._client.config, project, {'link': offer})}"
            ),
            self.site,
        )

    def ties_at_creation(self, project: str) -> bool:
        """Whether child and link are made in one write: always by `parent`, and by link where the create screen shows
        the linked issues. Also True where the settings are wrong: then the create says so, and nothing is created.
        Raises Missing."""
        try:
            return self.link(project) == PARENT or self.screen(project, self.usual_type(project)).has("issuelinks")
        except Refused:
            return True

    def permissions(self, project: str) -> frozenset[str]:
        """Which of `RIGHTS` our account has in the project, by Jira's keys; one that this Jira does not know is had.
        Raises Missing where it can't see the project."""
        params = {"projectKey": project, "permissions": ",".join(RIGHTS)}
        try:
            raw = self._client.get_object("mypermissions", params, what=f"GET our permissions in {project}")
        except (Missing, Refused) as err:
            raise of_site(Missing(f"{self._unseen(project)} ({err})"), self.site) from None
        told = raw.get("permissions")
        if not isinstance(told, dict):
            raise of_site(unreadable(what=f"our permissions in {project}"), self.site)
        return frozenset(n for n in RIGHTS if n not in told or mapping(told[n]).get("havePermission") is True)

    # What is missing

    def gaps(self) -> tuple[str, ...]:
        """What keeps the service from its work in each watched or configured project, each with its remedy. Raises
        CredentialRefused, RateLimited, Unavailable."""
        config = self._client.config
        found: list[str] = []
        for project in sorted({*config.projects, *config.special}):
            try:
                found += self._gaps_of(project)
            except (Missing, Refused) as err:
                found.append(str(err))
        return tuple(found)

    def _gaps_of(self, project: str) -> list[str]:
        given = self.permissions(project)
        lacking = [name for key, name in RIGHTS.items() if key not in given]
        if RIGHTS["BROWSE_PROJECTS"] in lacking:
            return [self._unseen(project)]
        found = []
        if lacking:
            found.append(
                f"in project {project} our account lacks {', '.join(lacking)}: give it these in the project's "
                "permission scheme"
            )
        if RIGHTS["CREATE_ISSUES"] in lacking:
            return found
        try:
            self.link(project)
        except Refused as err:
            found.append(str(err))
        config, screen = self._client.config.project(project), self.screen(project, self.usual_type(project))
        found += (
            missing_values(self._client.config, screen, {*FILLED, *config.fields, config.due_field}),
            unknown_fields(self._client.config, screen),
            self._no_due(config, screen),
            self._no_priority(config, screen),
        )
        return [gap for gap in found if gap]

    def _no_due(self, config: ProjectConfig, screen: Screen) -> str:
        if screen.has(config.due_field):
            return ""
        said = (
            f"a new {screen.type.name} of {screen.project} has no field {config.due_field} on its create screen, so "
            "due dates go into the description as a line"
        )
        dates = [
            key
            for key, about in sorted(screen.fields.items())
            if mapping(about.get("schema")).get("type") in {"date", "datetime"}
        ]
        if not dates:
            return f"{said}. Add the field Due date to the create and the edit screen of {screen.project}"
        name = mapping(screen.fields[dates[0]]).get("name") or dates[0]
        add = yaml_to_add(self._client.config, screen.project, {"due_field": dates[0]})
        return f"{said}. Add it to that screen; or, if {name!r} is where due dates belong: {add}"

    def _no_priority(self, config: ProjectConfig, screen: Screen) -> str:
        allowed = screen.names("priority")
        known = {name.casefold() for name in allowed}
        lost = [name for _, name in sorted(config.priorities.items()) if name.casefold() not in known]
        if not allowed or not lost:
            return ""
        steps = {f"P{n}": allowed[min(n, len(allowed) - 1)] for n in range(4)}
        return (
            f"project {screen.project} has no priority {', '.join(lost)}; it has {', '.join(allowed)}. "
            f"{yaml_to_add(self._client.config, screen.project, {'priorities': steps})}"
        )

    # Asking

    def _unseen(self, project: str) -> str:
        return (
            f"project {project} of site {self.site!r} can't be seen, or nothing can be created there, with our "
            f"credential: correct the key under sites.{self.site}.projects, or give our account Browse projects and "
            f"Create issues in {project}"
        )

    def _paged(self, path: str, names: tuple[str, ...]) -> list[Mapping[str, Any]]:
        """Every row of a list that the two kinds of Jira name differently."""
        found: list[Mapping[str, Any]] = []
        while True:
            answer = self._client.get_object(path, {"startAt": len(found), "maxResults": PAGE}, what=f"GET {path}")
            listed = next((answer[name] for name in names if isinstance(answer.get(name), list)), None)
            if listed is None:
                raise of_site(unreadable(what=f"GET {path}"), self.site)
            found += rows(listed)
            total = answer.get("total")
            ended = answer.get("isLast") is True or (isinstance(total, int) and len(found) >= total)
            if not rows(listed) or ended:
                return found
