"""Writing to Jira: `TrackerWrite`. Each method says how many content writes it costs; reads are not counted.

An issue and a comment are created by one request that is sent once. Everything else looks first, writes only where
something differs, and may be repeated. An issue that was moved is written under its new key.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from worker.domain.model import Draft, IssueRef, Status
from worker.trackers.dueline import due_in
from worker.trackers.errors import Missing, Refused
from worker.trackers.jira.bodies import Body, length
from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.create import Creator, day_value, fits_label, person
from worker.trackers.jira.due import adf_with_due, wiki_with_due
from worker.trackers.jira.errors import Told
from worker.trackers.jira.keep import Keeper
from worker.trackers.jira.lookups import Lookups, issue_path
from worker.trackers.jira.projects import PARENT, Projects
from worker.trackers.jira.quiet import Quiet
from worker.trackers.jira.records import LET_GO
from worker.trackers.jira.remedy import mapping, rows, yaml_to_add
from worker.trackers.jira.transitions import Move, NoWay, choose, formatted
from worker.trackers.jira.translate import DEFAULT_LINK, closed_at, login_of
from worker.trackers.port import Created

HARD_LIMIT = 32_767
"""The most characters that Jira takes; for descriptions that people wrote."""

GLOBAL_ID_LIMIT = 255
TITLE_LIMIT = 255
APPLICATION = "Followthrough"
RELATIONSHIP = "follow-through"


class JiraWrite:
    """`TrackerWrite` over one `JiraClient` (share it with the reader: what one learns the other knows)."""

    def __init__(self, client: JiraClient) -> None:
        self.site = client.site
        self._client = client
        self._lookups = Lookups(client)
        self._projects = Projects(client)
        self._quiet = Quiet(client)
        self._keeper = Keeper(client, self._lookups, self._quiet)
        self._creator = Creator(client, self._lookups, self._projects, self.link_child)

    # Issues

    def create_issue(self, draft: Draft) -> Created:
        """One write: child and link in one, with the mark and its label. One more where the project's create screen
        does not show linked issues. Raises Refused, with the lines to add, where the project requires more."""
        return self._creator.create(draft)

    def link_child(self, parent: IssueRef, child: IssueRef) -> None:
        """One write; none where it is linked already. Raises Refused where the child has another parent."""
        if parent.site != child.site:
            raise Refused(f"{parent.key} and {child.key} are on different sites and can't be linked so")
        raw = self._lookups.payload(child, ("issuelinks", "parent"))
        above = self._key(self._lookups.payload(parent, ("summary",)))
        here = self._key(raw)
        link = self._projects.link(here.container)
        fields = mapping(raw.get("fields"))
        standing = str(mapping(fields.get("parent")).get("key") or "")
        if standing == above.locator or (link != PARENT and _is_linked(fields, link, above)):
            return
        if link == PARENT:
            if standing:
                raise Refused(f"{here.key} already is a child of {standing}: remove it there first")
            try:
                self._quiet.edit(here, {"fields": {"parent": {"key": above.locator}}})
            except Refused as err:
                add = yaml_to_add(self._client.config, here.container, {"link": "Relates"})
                raise Refused(f"{here.key} can't be made a child of {above.key}; a link can. {err}. {add}") from None
            return
        content = {
            "type": {"name": link},
            "inwardIssue": {"key": above.locator},
            "outwardIssue": {"key": here.locator},
        }
        # Jira makes no second link of one kind between the same two.
        what = f"link {here.key} to {above.key} as {link!r}"
        try:
            self._client.write("POST", "issueLink", content, what=what)
        except Refused as err:
            raise Refused(f"{err}. Give our account the right Link issues in {here.container}") from None

    def link_elsewhere(self, ref: IssueRef, *, key: str, url: str, title: str) -> None:
        """One write; none where the same link is there already."""
        here = self._key(self._lookups.payload(ref, ("summary",)))
        path = issue_path(here, "remotelink")
        name = f"followthrough:{key}"[:GLOBAL_ID_LIMIT]
        shown = {"url": url, "title": " ".join(title.split())[:TITLE_LIMIT] or key}
        try:
            standing = self._client.get(path, {"globalId": name}, what=f"GET link of {here.key} to {key}")
        except Missing:
            standing = None
        known = standing[0] if isinstance(standing, list) and standing else standing
        if mapping(known) and {k: mapping(mapping(known).get("object")).get(k) for k in shown} == shown:
            return
        content = {
            "globalId": name,
            "application": {"name": APPLICATION},
            "relationship": RELATIONSHIP,
            "object": shown,
        }
        # By its globalId Jira changes the link where there is one.
        self._client.write("POST", path, content, what=f"link {here.key} to {key}")

    # Comments

    def ensure_record(self, ref: IssueRef, name: str, body: str, text: str, record: str = "") -> str:
        """A property and a comment, each only where it differs; a long text takes a write for each 32,000 characters.
        Raises Missing for a `record` that is gone; Ambiguous where a new comment's outcome is unknown."""
        return self._keeper.ensure(ref, name, body, text, record)

    def add_comment(self, ref: IssueRef, body: str) -> str:
        """One write."""
        return self._keeper.add(ref, body)

    def remove_record(self, ref: IssueRef, record: str) -> None:
        """One write, and one more for each property where this was the last comment of its name; none where it is
        gone. Raises Refused for a comment that is not a record of ours."""
        self._keeper.remove(ref, record)

    def react(self, ref: IssueRef, comment: str, *, ok: bool) -> None:
        """Nothing: Jira has no reactions that a program can give. The sticky comment says what was carried out."""

    # Fields

    def set_due(self, ref: IssueRef, due: date | None, where: str) -> None:
        """One write; none where it says so already. The project's due field where the issue can be edited so, else the
        line in the description. Raises Refused where a field has a date that we can't change: a line would not count
        beside it."""
        raw = self._lookups.payload(ref, self._lookups.fields(("description",)))
        here, fields = self._key(raw), mapping(raw.get("fields"))
        name = self._client.config.project(here.container).due_field
        standing = str(fields.get(name) or "")[:10]
        if where != "line":
            if standing == (due.isoformat() if due else "") and (due or where == "field"):
                return
            about = self._editable(here).get(name)
            if about is not None and (standing or due):
                kind = str(mapping(about.get("schema")).get("type") or "")
                self._quiet.edit(here, {"fields": {name: day_value(kind, due)}})
                return
            if standing:
                raise Refused(
                    f"the field {name} of {here.key} can't be edited: add it to the edit screen of {here.container} "
                    "(and give our account Schedule issues), or set it by hand"
                )
        self._set_line(here, fields.get("description"), due)

    def _editable(self, here: IssueRef) -> Mapping[str, Mapping[str, Any]]:
        """The fields of the issue's edit screen, by id."""
        raw = self._client.get_object(issue_path(here, "editmeta"), what=f"GET edit screen of {here.key}")
        return {str(key): mapping(about) for key, about in mapping(raw.get("fields")).items()}

    def _set_line(self, here: IssueRef, body: Any, due: date | None) -> None:
        markdown = self._lookups.face.markdown
        before = body if isinstance(body, Mapping | str) else None if self._client.cloud else ""
        after = self._with_due(before, due)
        # Where it is to have none, a second line must not take the place of the first.
        while due is None and due_in(markdown(after)) and (less := self._with_due(after, due)) != after:
            after = less
        if due_in(markdown(after)) != due:
            raise Refused(f"the due line of {here.key} stands where it can't be changed safely: set it by hand there")
        if after == before:
            return
        if after is not None and length(after) > HARD_LIMIT:
            raise Refused(f"the description of {here.key} is full: shorten it, then set the due date again")
        self._quiet.edit(here, {"fields": {"description": after}})

    def _with_due(self, body: Any, due: date | None) -> Body | None:
        return wiki_with_due(body, due) if isinstance(body, str) else adf_with_due(body, due)

    def set_status(self, ref: IssueRef, status: Status) -> None:
        """One write; none where it is so already. Two where it was let go and shall be done, and the workflow leads
        there only by reopening; or where the workflow has no word for letting go, and a property has to say it. Raises
        Refused, with the lines to add, where the workflow has no way."""
        raw = self._issue(ref)
        here, now = self._key(raw), self._lookups.translated(raw, ask=False).status
        if now is status:
            return
        if LET_GO in mapping(raw.get("properties")) and status is not Status.WAIVED:
            self._client.write("DELETE", issue_path(here, "properties", LET_GO), what=f"take {LET_GO} off {here.key}")
            raw = self._issue(here)
            now = self._lookups.translated(raw, ask=False).status
            if now is status:
                return
        try:
            self._take(here, raw, status)
        except Refused as err:
            if status is Status.WAIVED and isinstance(err, NoWay):
                self._let_go(here, raw, now, err)
            elif now.closed and status.closed:
                self._take(here, raw, Status.OPEN)
                self._take(here, self._issue(here), status)
            else:
                raise

    def _let_go(self, here: IssueRef, raw: Mapping[str, Any], now: Status, no_way: NoWay) -> None:
        """Close the issue, if it is open, and keep beside it that this close was a letting go. Raises `no_way` where
        Jira does not say when it was closed: then this could not be told from a later close."""
        if now is not Status.DONE:
            self._take(here, raw, Status.DONE)
        closed = closed_at(mapping(self._issue(here).get("fields")))
        if not closed:
            raise no_way
        path = issue_path(here, "properties", LET_GO)
        self._client.write("PUT", path, {"closed": closed}, what=f"keep that {here.key} was let go")

    def _take(self, here: IssueRef, raw: Mapping[str, Any], status: Status) -> None:
        """One transition, and a look whether it did what was wanted."""
        at = str(mapping(mapping(raw.get("fields")).get("status")).get("name") or "")
        path = issue_path(here, "transitions")
        answer = self._client.get_object(path, {"expand": "transitions.fields"}, what=f"GET transitions of {here.key}")
        offered = rows(answer.get("transitions"))
        move = choose(offered, status, ref=here, at=at, config=self._client.config)
        content = {"transition": {"id": move.id}, **formatted(move, offered, cloud=self._client.cloud)}
        refusal: Refused | None = None
        try:
            self._client.write("POST", path, content, what=f"transition {move.name!r} of {here.key}")
        except Refused as err:
            # An earlier try may have arrived without our hearing of it: then the way is not there any more.
            refusal = err
        after = self._issue(here)
        if self._lookups.translated(after, ask=False).status is status:
            return
        raise refusal or Refused(self._elsewhere(here, move, after, status))

    def _elsewhere(self, here: IssueRef, move: Move, raw: Mapping[str, Any], status: Status) -> str:
        fields = mapping(raw.get("fields"))
        shown = str(mapping(fields.get("status")).get("name") or "")
        resolution = str(mapping(fields.get("resolution")).get("name") or "none")
        return (
            f"{here.key} took the transition {move.name!r} and now is in status {shown!r} with resolution "
            f"{resolution}, which is not {status.value}: give that transition a screen with a resolution, or add the "
            f"status to sites.{self.site}.waived in followthrough.yaml, or name another transition under "
            f"sites.{self.site}.projects.{here.container}"
        )

    def set_assignees(self, ref: IssueRef, logins: tuple[str, ...]) -> None:
        """One write; none where it is so already. Jira gives an issue to one person: the first. Raises Refused for a
        person who can't be given it."""
        raw = self._lookups.payload(ref, ("assignee",))
        here = self._key(raw)
        now = login_of(mapping(raw.get("fields")).get("assignee"))
        if (not logins and not now) or now.casefold() in {login.casefold() for login in logins}:
            return
        try:
            self._assign(here, logins[0] if logins else "")
        except (Missing, Refused) as err:
            whom = f"{logins[0]} can't be given {here.key}" if logins else f"{here.key} can't be left without an owner"
            remedy = (
                f"name another owner, or give them Assignable user in {here.container} (and our account Assign issues)"
                if logins
                else "name an owner, or allow unassigned issues in Jira's settings"
            )
            raise Refused(f"{whom}: {remedy}. {err}") from None

    def _assign(self, here: IssueRef, login: str) -> None:
        cloud = self._client.cloud
        whom = person(login, cloud=cloud) if login else None
        try:
            self._quiet.edit(here, {"fields": {"assignee": whom}})
        except Told as err:
            if "screen" not in err.fields.get("assignee", ""):
                raise
            # Who may assign can do so without the field on the edit screen, though not silently.
            nobody = {"accountId" if cloud else "name": None}
            self._client.write("PUT", issue_path(here, "assignee"), whom or nobody, what=f"assign {here.key}")

    def add_labels(self, ref: IssueRef, labels: tuple[str, ...]) -> None:
        """One write; none where it has them all. Raises Refused for what can't be a label in Jira."""
        wrong = sorted(label for label in labels if not fits_label(label))
        if wrong:
            raise Refused(
                f"Jira takes no label with white space, or of no or over 250 characters: {', '.join(wrong)!r}"
            )
        if not labels:
            return
        raw = self._lookups.payload(ref, ("labels",))
        here = self._key(raw)
        known = {str(label).casefold() for label in mapping(raw.get("fields")).get("labels") or ()}
        new = [label for label in dict.fromkeys(labels) if label.casefold() not in known]
        if not new:
            return
        try:
            self._quiet.edit(here, {"update": {"labels": [{"add": label} for label in new]}})
        except Refused as err:
            raise Refused(f"{err}. Is the field Labels on the edit screen of {here.container}?") from None

    def _issue(self, ref: IssueRef) -> dict[str, Any]:
        """The issue as `Lookups.issue` gives it, without what was said on it."""
        return self._lookups.payload(ref, (name for name in self._lookups.fields() if name != "comment"))

    def _key(self, raw: Mapping[str, Any]) -> IssueRef:
        """Where the issue is now."""
        return IssueRef(self.site, str(raw["key"]))


def _is_linked(fields: Mapping[str, Any], link: str, above: IssueRef) -> bool:
    """Whether a child's fields name this parent by this type of link; by the default type at either end."""
    ends = ("outwardIssue", "inwardIssue") if link.casefold() == DEFAULT_LINK else ("inwardIssue",)
    return any(
        str(mapping(row.get("type")).get("name")).casefold() == link.casefold()
        and any(mapping(row.get(end)).get("key") == above.locator for end in ends)
        for row in rows(fields.get("issuelinks"))
    )
