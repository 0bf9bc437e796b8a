"""What changes, and what follows from it: history, time stamps, the search index, and news for the webhooks.

Whether a change is allowed and well formed has been decided before it comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from worker.sandbox.jira.fieldtypes import empty, told
from worker.sandbox.jira.model import (
    Account,
    Change,
    Comment,
    Issue,
    Link,
    LinkType,
    Project,
    RemoteLink,
    Status,
    Transition,
    TypeConfig,
)
from worker.sandbox.jira.richtext import Rich
from worker.sandbox.jira.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something that webhooks tell."""

    event: str
    kind: str
    issue: Issue
    actor: Account
    comment: Comment | None = None
    change: Change | None = None


@dataclass(slots=True, kw_only=True)
class Draft:
    """An issue to be: everything read and allowed."""

    project: Project
    config: TypeConfig
    values: dict[str, Any]
    parent: Issue | None = None
    links: list[tuple[LinkType, Issue, bool]] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)


class World:
    """The one place where records change. `changes` counts, so that a request knows whether it changed anything."""

    def __init__(self, store: Store, tell: Callable[[News], None]) -> None:
        self.store = store
        self._tell = tell
        self.changes = 0

    def create(self, actor: Account, draft: Draft) -> Issue:
        """Make an issue with all that its draft says."""
        store, project = self.store, draft.project
        now = store.now()
        issue = Issue(
            id=store.next_id("issue"),
            project=project,
            number=project.next_number,
            type=draft.config.type,
            status=draft.config.workflow.statuses[0],
            creator=actor,
            created=now,
            updated=now,
            values=draft.values,
            properties=draft.properties,
        )
        project.next_number += 1
        store.add_issue(issue)
        if draft.parent is not None:
            self._adopt(draft.parent, issue)
        self._done(issue)
        self._tell(News(event="jira:issue_created", kind="issue_created", issue=issue, actor=actor))
        for kind, other, outward in draft.links:
            self.link(actor, kind, *((issue, other) if outward else (other, issue)))
        return issue

    def _adopt(self, parent: Issue, child: Issue) -> None:
        child.parent = parent
        parent.children.append(child)
        self._reindex(parent)

    def edit(self, actor: Account, issue: Issue, values: Mapping[str, Any]) -> None:
        """Give fields new values; what stays as it was leaves no trace."""
        items = []
        for name, value in values.items():
            before = issue.values.get(name)
            if before == value or (empty(before) and empty(value)):
                continue
            issue.values[name] = value
            items.append(self._item(name, before, value))
        self.record(issue, actor, items)

    def transition(self, actor: Account, issue: Issue, way: Transition, values: Mapping[str, Any]) -> None:
        """Take a transition: status, resolution and the values of its screen."""
        before, items = issue.status, []
        issue.status = way.to
        now = self.store.now()
        if before is not way.to:
            items.append(_moved("status", before, way.to))
        if before.category != way.to.category:
            issue.category_changed = now
        given = dict(values)
        if way.resolution is not None:
            found = next((r for r in self.store.resolutions.values() if r.name == way.resolution), None)
            given = {"resolution": found} | given
        for name, value in given.items():
            old = issue.values.get(name)
            if old != value and not (empty(old) and empty(value)):
                issue.values[name] = value
                items.append(self._item(name, old, value))
        resolved = issue.values.get("resolution") is not None
        issue.resolved = (issue.resolved or now) if resolved else None
        self.record(issue, actor, items, kind="issue_generic")

    def _item(self, name: str, before: object, after: object) -> dict[str, Any]:
        definition = self.store.fields[name]
        old, new = told(before, cloud=self.store.cloud), told(after, cloud=self.store.cloud)
        return {
            "field": definition.name if definition.custom else name,
            "fieldtype": "custom" if definition.custom else "jira",
            "fieldId": name,
            "from": old[0],
            "fromString": old[1] or None,
            "to": new[0],
            "toString": new[1] or None,
        }

    def record(self, issue: Issue, actor: Account, items: list[dict[str, Any]], kind: str = "issue_updated") -> None:
        """Write one entry of the history and tell of it; nothing where nothing changed."""
        if not items:
            return
        issue.updated = self.store.now()
        change = Change(id=self.store.next_id("change"), author=actor, created=issue.updated, items=tuple(items))
        issue.history.append(change)
        self._done(issue)
        self._tell(News(event="jira:issue_updated", kind=kind, issue=issue, actor=actor, change=change))

    def set_parent(self, actor: Account, issue: Issue, parent: Issue | None) -> None:
        """Hang an issue below another one, or below none."""
        before = issue.parent
        if before is parent:
            return
        if before is not None:
            before.children.remove(issue)
            self._reindex(before)
        issue.parent = None
        if parent is not None:
            self._adopt(parent, issue)
        self.record(issue, actor, [_line("IssueParentAssociation", _ref(before), _ref(parent))])

    def delete(self, actor: Account, issue: Issue) -> None:
        """Take an issue away, with its comments and links; its key is never used again."""
        store = self.store
        for child in list(issue.children):
            child.parent = None
            self._reindex(child)
        for link in list(issue.links):
            self.unlink(actor, link)
        if issue.parent is not None:
            issue.parent.children.remove(issue)
            self._reindex(issue.parent)
        for comment in issue.comments:
            store.comments.pop(comment.id, None)
        del store.issues[issue.id], issue.project.issues[issue.number]
        store.index.forget(issue, store.now())
        self.changes += 1
        self._tell(News(event="jira:issue_deleted", kind="issue_deleted", issue=issue, actor=actor))

    def comment(self, actor: Account, issue: Issue, body: Rich, visibility: dict[str, str] | None) -> Comment:
        """Add a comment."""
        now = self.store.now()
        number = self.store.next_id("comment")
        made = Comment(
            id=number,
            issue=issue,
            author=actor,
            editor=actor,
            body=body,
            created=now,
            updated=now,
            visibility=visibility,
        )
        issue.comments.append(made)
        self.store.comments[number] = made
        self._touched(made, "comment_created", actor)
        return made

    def edit_comment(self, actor: Account, comment: Comment, body: Rich, visibility: dict[str, str] | None) -> None:
        """Give a comment other words."""
        comment.body, comment.editor, comment.updated = body, actor, self.store.now()
        comment.visibility = visibility
        self._touched(comment, "comment_updated", actor)

    def remove_comment(self, actor: Account, comment: Comment) -> None:
        """Take a comment away."""
        comment.issue.comments.remove(comment)
        del self.store.comments[comment.id]
        self._touched(comment, "comment_deleted", actor)

    def _touched(self, comment: Comment, event: str, actor: Account) -> None:
        comment.issue.updated = self.store.now()
        self._done(comment.issue)
        self._tell(News(event=event, kind=event, issue=comment.issue, actor=actor, comment=comment))

    def set_property(self, issue: Issue, key: str, value: object) -> bool:
        """Set an issue property and say whether it is new. The issue does not count as updated."""
        fresh = key not in issue.properties
        issue.properties[key] = value
        self._done(issue)
        return fresh

    def drop_property(self, issue: Issue, key: str) -> None:
        """Take an issue property away."""
        del issue.properties[key]
        self._done(issue)

    def link(self, actor: Account, kind: LinkType, source: Issue, target: Issue) -> None:
        """Link two issues; nothing where they are linked so already."""
        if any(x.type is kind and x.source is source and x.target is target for x in source.links):
            return
        made = Link(id=self.store.next_id("link"), type=kind, source=source, target=target)
        self.store.links[made.id] = made
        source.links.append(made)
        target.links.append(made)
        self.record(source, actor, [_line("Link", None, (target.key, f"This issue {kind.outward} {target.key}"))])
        self.record(target, actor, [_line("Link", None, (source.key, f"This issue {kind.inward} {source.key}"))])

    def unlink(self, actor: Account, link: Link) -> None:
        """Undo a link."""
        del self.store.links[link.id]
        for one, other, words in (
            (link.source, link.target, link.type.outward),
            (link.target, link.source, link.type.inward),
        ):
            one.links.remove(link)
            self.record(one, actor, [_line("Link", (other.key, f"This issue {words} {other.key}"), None)])

    def link_elsewhere(self, actor: Account, issue: Issue, given: RemoteLink) -> bool:
        """Add a remote link, or renew the one with the same global id, and say whether it is new."""
        same = next((x for x in issue.remote_links if given.global_id and x.global_id == given.global_id), None)
        title = str(given.object.get("title", ""))
        if same is None:
            issue.remote_links.append(given)
        else:
            given.id = same.id
            issue.remote_links[issue.remote_links.index(same)] = given
        self.record(issue, actor, [_line("RemoteIssueLink", None, (str(given.id), f'This issue links to "{title}"'))])
        return same is None

    def unlink_elsewhere(self, actor: Account, issue: Issue, link: RemoteLink) -> None:
        """Undo a remote link."""
        issue.remote_links.remove(link)
        title = str(link.object.get("title", ""))
        self.record(issue, actor, [_line("RemoteIssueLink", (str(link.id), f'This issue links to "{title}"'), None)])

    def move(self, actor: Account, issue: Issue, project: Project, config: TypeConfig) -> None:
        """Take an issue to another project: a new key, the same id; the old key goes on to answer."""
        old, before = issue.key, issue.project
        del before.issues[issue.number]
        self.store.moved[old] = issue
        issue.project, issue.number, issue.type = project, project.next_number, config.type
        project.next_number += 1
        project.issues[issue.number] = issue
        statuses = config.workflow.statuses
        same = [s for s in statuses if s.name == issue.status.name]
        issue.status = same[0] if same else statuses[0]
        if issue.values.get("security") not in project.levels:
            issue.values["security"] = None
        items = [_line("project", (str(before.id), before.name), (str(project.id), project.name))]
        items.append(_line("Key", (None, old), (None, issue.key)))
        self.record(issue, actor, items, kind="issue_moved")

    def rename(self, project: Project, key: str) -> None:
        """Give a project another key; all its issues change theirs, and the old ones go on to answer."""
        store, old = self.store, project.key
        for issue in project.issues.values():
            store.moved[issue.key] = issue
        del store.projects[old]
        project.key = key
        store.projects[key] = project
        store.former_projects[old] = project
        for issue in project.issues.values():
            self._reindex(issue)

    def _done(self, issue: Issue) -> None:
        self.changes += 1
        self._reindex(issue)

    def _reindex(self, issue: Issue) -> None:
        self.store.index.note(issue, self.store.now())


def _line(name: str, before: tuple[str | None, str] | None, after: tuple[str | None, str] | None) -> dict[str, Any]:
    old, new = before or (None, None), after or (None, None)
    return {
        "field": name,
        "fieldtype": "jira",
        "fieldId": name.lower(),
        "from": old[0],
        "fromString": old[1],
        "to": new[0],
        "toString": new[1],
    }


def _moved(name: str, before: Status, after: Status) -> dict[str, Any]:
    return _line(name, (before.id, before.name), (after.id, after.name))


def _ref(issue: Issue | None) -> tuple[str, str] | None:
    return (str(issue.id), issue.key) if issue else None
