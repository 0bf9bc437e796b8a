"""What goes into the one request that creates a tracked issue, and what does the project's screen leave out of it?

`plan_create` is pure: from the draft, the create screen and the settings. `Creator` asks for what it needs, sends the
request once, and never again where its outcome is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from worker.domain.model import Draft, Issue, IssueRef
from worker.trackers.errors import Missing, Refused, TrackerError
from worker.trackers.http import Doing
from worker.trackers.jira.bodies import LIMIT, TIGHT_FOR_S, Body, length, rendered
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.config import JiraConfig
from worker.trackers.jira.due import adf_with_due, wiki_with_due
from worker.trackers.jira.errors import Told, of_site, unreadable
from worker.trackers.jira.lookups import Lookups
from worker.trackers.jira.projects import PARENT, Projects
from worker.trackers.jira.records import MARK
from worker.trackers.jira.remedy import mapping, yaml_to_add
from worker.trackers.jira.screens import FILLED, IssueType, Screen, missing_values, type_of, unknown_fields
from worker.trackers.jira.translate import is_restricted
from worker.trackers.port import Created

SUMMARY_LIMIT = 255
LABEL_LIMIT = 255
LABEL = "ft-"
"""What the label begins with that carries an item's id: the way back to an issue after a doubtful create."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """The issue that a new one is tied to, as it is now."""

    ref: IssueRef
    type: IssueType
    security: str = ""
    security_name: str = ""
    restricted: bool = False
    """Kept to some roles of its team-managed project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The body of a create. `dropped` is what the screen has no place for; `tied` says that the request itself ties
    the issue to the one above."""

    payload: Mapping[str, Any]
    dropped: tuple[str, ...] = ()
    tied: bool = False


def plan_create(
    draft: Draft,
    screen: Screen,
    *,
    config: JiraConfig,
    cloud: bool,
    assignee: str = "",
    above: Above | None = None,
    link: str = "",
    tight: bool = False,
) -> Planned:
    """The request that creates this draft.

    Where the screen has no due date, the description's line holds it, and `due` is in `dropped` all the same. Raises
    Refused where the project requires what nobody gave, or where a child would be seen by more people than its parent.
    """
    project = config.project(draft.container)
    problem = unknown_fields(config, screen)
    if problem:
        raise Refused(problem)
    fields: dict[str, Any] = {key: _configured(screen, key, value, cloud) for key, value in project.fields.items()}
    dropped: list[str] = []
    due_here = draft.due is not None and screen.has(project.due_field)
    line = draft.due if draft.due is not None and not due_here else None
    fields |= {
        "project": {"key": draft.container},
        "issuetype": {"id": screen.type.id},
        "summary": summary(draft.title),
    }
    if screen.has("description"):
        fields["description"] = _description(draft.body, line, cloud=cloud, tight=tight)
    if assignee and screen.has("assignee"):
        fields["assignee"] = person(assignee, cloud=cloud)
    if set(draft.assignees) - ({assignee} if "assignee" in fields else set()):
        dropped.append("assignees")
    if line is not None:
        dropped.append("due")
    elif draft.due is not None:
        fields[project.due_field] = day_value(screen.kind(project.due_field), draft.due)
    labels, lost = _labels(draft, fields.get("labels"))
    if screen.has("labels"):
        fields["labels"] = labels
    if lost or (draft.labels and not screen.has("labels")):
        dropped.append("labels")
    priority = _priority(draft, screen, project.priorities)
    if priority:
        fields["priority"] = {"name": priority}
    elif draft.priority:
        dropped.append("priority")
    content: dict[str, Any] = {"fields": fields}
    tied = False
    if above is not None:
        _secure(fields, draft, screen, above)
        tied = _tie(content, draft, screen, above, link, config=config, cloud=cloud)
    elif screen.type.is_subtask:
        raise Refused(_no_parent(draft, screen, config))
    if draft.mark:
        content["properties"] = [{"key": MARK, "value": {"mark": draft.mark}}]
    problem = missing_values(config, screen, {*FILLED, *fields, *content.get("update", ())})
    if problem:
        raise Refused(problem)
    return Planned(payload=content, dropped=tuple(dropped), tied=tied)


def summary(title: str) -> str:
    """One line of at most 255 characters, never empty."""
    line = " ".join(title.split()) or "Action item"
    return line if len(line) <= SUMMARY_LIMIT else line[: SUMMARY_LIMIT - 1].rstrip() + "…"


def person(login: str, *, cloud: bool) -> dict[str, str]:
    """Exactly this person, as Jira takes it in a field."""
    return {"accountId": login} if cloud else {"name": login}


def day_value(kind: str, due: date | None) -> str | None:
    """A day as a date field takes it; a field with a time gets noon, which is the same day nearly everywhere."""
    if due is None:
        return None
    return f"{due.isoformat()}T12:00:00.000+0000" if kind == "datetime" else due.isoformat()


def item_label(mark: str) -> str:
    """The label that carries the item's id of a mark (`uid.item.mac`), or ""."""
    parts = mark.split(".")
    return f"{LABEL}{parts[1]}" if len(parts) > 2 and fits_label(parts[1]) else ""


def fits_label(label: str) -> bool:
    """Whether Jira takes this as a label: not empty, no white space, not too long."""
    return bool(label) and len(label) <= LABEL_LIMIT - len(LABEL) and not any(char.isspace() for char in label)


def _configured(screen: Screen, key: str, value: Any, cloud: bool) -> Any:
    """A configured value; on Cloud the text of a formatted field becomes a document."""
    return rendered(value, cloud=True) if cloud and isinstance(value, str) and screen.is_rich(key) else value


def _description(body: str, line: date | None, *, cloud: bool, tight: bool) -> Body:
    def with_line(made: Body) -> Body:
        if line is None:
            return made
        return wiki_with_due(made, line) if isinstance(made, str) else adf_with_due(made, line) or made

    return rendered(body, cloud=cloud, tight=tight, finish=with_line)


def _labels(draft: Draft, configured: Any) -> tuple[list[str], bool]:
    """The labels in order, each once, and whether one was no label for Jira."""
    own = [str(label) for label in configured] if isinstance(configured, list | tuple) else []
    wanted = [*own, *draft.labels, item_label(draft.mark)]
    return list(dict.fromkeys(label for label in wanted if fits_label(label))), any(
        not fits_label(label) for label in draft.labels
    )


def _priority(draft: Draft, screen: Screen, names: Mapping[str, str]) -> str:
    """The project's name for the draft's priority; "" where it has none, or the screen has no place for it."""
    wanted = names.get(draft.priority, "")
    allowed = screen.names("priority")
    if not wanted or not screen.has("priority"):
        return ""
    return wanted if not allowed else next((name for name in allowed if name.casefold() == wanted.casefold()), "")


def _secure(fields: dict[str, Any], draft: Draft, screen: Screen, above: Above) -> None:
    """Keep a child under its parent's security level. Raises Refused where that can't be."""
    if above.ref.container != draft.container:
        return
    if above.restricted:
        raise Refused(
            f"{above.ref.key} is restricted to some roles of {draft.container}, and a new issue there would not be, so "
            f"more people would see it: take the restriction off {above.ref.key}, or put it under a security level"
        )
    if not above.security or "security" in fields:
        return
    if not screen.has("security"):
        raise Refused(
            f"{above.ref.key} is under the security level {above.security_name or above.security!r}, and the create "
            f"screen of a {screen.type.name} of {screen.project} has no field Security Level, so more people would see "
            "the new issue: add the field to that screen in Jira, and give our account the right Set issue security"
        )
    fields["security"] = {"id": above.security}


def _tie(
    content: dict[str, Any],
    draft: Draft,
    screen: Screen,
    above: Above,
    link: str,
    *,
    config: JiraConfig,
    cloud: bool,
) -> bool:
    """Put parent or link into the request; whether that could be done."""
    if link != PARENT:
        if not screen.has("issuelinks"):
            return False
        tie = {"add": {"type": {"name": link}, "inwardIssue": {"key": above.ref.locator}}}
        content["update"] = {"issuelinks": [tie]}
        return True
    wrong = ""
    if screen.type.is_subtask and above.ref.container != draft.container:
        wrong = f"a {screen.type.name} must be in its parent's project"
    elif not screen.type.is_subtask and not cloud:
        wrong = "Data Center ties only sub-tasks by parent"
    elif above.type.level <= screen.type.level:
        wrong = f"{above.ref.key} is a {above.type.name}, and a {screen.type.name} can't be below that"
    if wrong:
        add = yaml_to_add(config, draft.container, {"link": "Relates", "issue_type": "Task"})
        raise Refused(f"no child of {above.ref.key} can be made in {draft.container}: {wrong}. {add}")
    content["fields"]["parent"] = {"key": above.ref.locator}
    return True


def _no_parent(draft: Draft, screen: Screen, config: JiraConfig) -> str:
    add = yaml_to_add(config, draft.container, {"issue_type": "Task"})
    return (
        f"a {screen.type.name} of {screen.project} needs a parent, and this item's post-mortem can't be one: take "
        f"another type. {add}"
    )


class Creator:
    """Creates issues on one site. `tie` links a child that could not be tied by the create itself."""

    def __init__(
        self, client: JiraClient, lookups: Lookups, projects: Projects, tie: Callable[[IssueRef, IssueRef], None]
    ) -> None:
        self.site = client.site
        self._client = client
        self._lookups = lookups
        self._projects = projects
        self._tie = tie

    def create(self, draft: Draft) -> Created:
        """One write; one more where the create screen does not show linked issues. See `TrackerWrite.create_issue`."""
        above = self._above(draft)
        try:
            planned = self._planned(draft, above, self._assignee(draft))
        except (Missing, Refused):
            # Somebody may be correcting the project right now: look at it afresh next time.
            self._projects.forget(draft.container)
            raise
        planned, made = self._send(draft, above, planned)
        ref = IssueRef(self.site, str(made["key"]))
        dropped = list(planned.dropped)
        if above is not None and not planned.tied:
            try:
                self._tie(above.ref, ref)
            except TrackerError:
                # The issue stands, so it must be reported.
                dropped.append("parent")
        return Created(issue=self._read(ref, str(made.get("id") or ""), draft, planned), dropped=tuple(dropped))

    def _above(self, draft: Draft) -> Above | None:
        if draft.parent is None:
            return None
        if draft.parent.site != self.site:
            raise Refused(f"{draft.parent.key} is on another site and can't have children in {draft.container}")
        raw = self._lookups.payload(draft.parent, ("issuerestriction", "issuetype", "security"))
        fields = mapping(raw.get("fields"))
        security = mapping(fields.get("security"))
        return Above(
            ref=IssueRef(self.site, str(raw["key"])),
            type=type_of(mapping(fields.get("issuetype"))),
            security=str(security.get("id") or ""),
            security_name=str(security.get("name") or ""),
            restricted=not security and is_restricted(fields),
        )

    def _assignee(self, draft: Draft) -> str:
        """The first of the wanted people who can be given the issue; Jira gives it to one."""
        return next((who for who in draft.assignees if self._lookups.assignable(draft.container, who)), "")

    def _planned(self, draft: Draft, above: Above | None, assignee: str, *, tight: bool = False) -> Planned:
        project = draft.container
        return plan_create(
            draft,
            self._projects.screen(project, self._projects.usual_type(project, above.type if above else None)),
            config=self._client.config,
            cloud=self._client.cloud,
            assignee=assignee,
            above=above,
            link=self._projects.link(project) if above is not None else "",
            tight=tight or self._client.cache.get("tight", False),
        )

    def _send(self, draft: Draft, above: Above | None, planned: Planned) -> tuple[Planned, Mapping[str, Any]]:
        """The request and its answer. A refusal is certain: nothing was created, and what is remembered about project
        and person may be old, so one other request may follow, if it is another one."""
        try:
            return planned, self._post(draft, planned)
        except (Missing, Refused) as err:
            first = err
        self._projects.forget(draft.container)
        self._lookups.forget(*(("assignable", draft.container, who.casefold()) for who in draft.assignees))
        assignee = "" if isinstance(first, Told) and "assignee" in first.fields else self._assignee(draft)
        body = planned.payload["fields"].get("description")
        tight = isinstance(body, dict) and length(body, tight=True) > LIMIT
        again = self._planned(draft, above, assignee, tight=tight)
        if again.payload == planned.payload:
            raise self._ours(first, draft)
        try:
            made = self._post(draft, again)
        except (Missing, Refused) as err:
            raise self._ours(err, draft) from None
        if tight:
            self._client.cache.put("tight", True, for_s=TIGHT_FOR_S)
        return again, made

    def _post(self, draft: Draft, planned: Planned) -> Mapping[str, Any]:
        what = f"create an issue in {draft.container}"
        made = self._client.write("POST", "issue", planned.payload, doing=Doing.CREATE, what=what)
        if not isinstance(made, Mapping) or not made.get("key"):
            raise of_site(unreadable(what=what, doing=Doing.CREATE), self.site)
        return made

    def _ours(self, err: TrackerError, draft: Draft) -> TrackerError:
        """The refusal with the place and what can be done."""
        said = (
            f"{err}. If Jira names a field, give it a value under sites.{self.site}.projects.{draft.container}.fields "
            "in followthrough.yaml, or change the project's create screen"
        )
        return of_site(Refused(said), self.site)

    def _read(self, ref: IssueRef, node: str, draft: Draft, planned: Planned) -> Issue:
        """The new issue as it stands; where it can't be read just now, as it was sent: it exists, and a second one
        must not be made for want of an answer."""
        try:
            return self._lookups.translated(self._lookups.issue(ref), ask=False)
        except TrackerError:
            now = datetime.now(UTC)
            fields = planned.payload["fields"]
            assignee = mapping(fields.get("assignee"))
            login = str(assignee.get("accountId") or assignee.get("name") or "")
            return Issue(
                ref=ref,
                title=str(fields["summary"]),
                body=draft.body,
                url=f"{self._client.config.url.rstrip('/')}/browse/{ref.locator}",
                node=node,
                author=self._lookups.account(),
                labels=frozenset(fields.get("labels", ())),
                assignees=(login,) if login else (),
                due=draft.due,
                due_from="" if draft.due is None else "line" if "due" in planned.dropped else "field",
                priority=draft.priority if "priority" in fields else "",
                created_at=now,
                updated_at=now,
                public=None,
                mark=draft.mark,
            )
