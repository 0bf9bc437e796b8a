"""Writing to GitHub: `TrackerWrite`. Each method says how many content writes it costs; reads are not counted.

A create is sent once. Everything else looks first, writes only where something differs, and may be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from worker.domain.model import Draft, Issue, IssueRef, Status
from worker.trackers.errors import Missing, Refused
from worker.trackers.github import markup
from worker.trackers.github.client import GitHubClient
from worker.trackers.github.errors import Doing, unreadable
from worker.trackers.github.lookups import Lookups, issue_path, owner_of, repo_path
from worker.trackers.github.translate import due_field, issue_from_graphql, login_of
from worker.trackers.port import Created

_CREATE = """
mutation Create($input: CreateIssueInput!) {
  createIssue(input: $input) {
    issue {
      id number title body url state createdAt updatedAt
      author { __typename login }
      labels(first: 100) { nodes { name } }
      assignees(first: 20) { nodes { login } }
      parent { number repository { nameWithOwner } }
      repository { nameWithOwner }
    }
  }
}
"""

_STATES = {
    Status.OPEN: {"state": "open"},
    Status.DONE: {"state": "closed", "state_reason": "completed"},
    Status.WAIVED: {"state": "closed", "state_reason": "not_planned"},
}


class GitHubWrite:
    """`TrackerWrite` over one `GitHubClient` (share it with the reader: what one learns the other knows)."""

    def __init__(self, client: GitHubClient) -> None:
        self.site = client.site
        self._client = client
        self._lookups = Lookups(client)

    # Issues

    def create_issue(self, draft: Draft) -> Created:
        """One write, or with a label that the repository lacks one more per label. With a parent, child and link are
        one write; a parent that takes no child (full, or not allowed) raises Refused and nothing is created."""
        logins = tuple(who for who in draft.assignees if self._lookups.assignable(draft.container, who))
        if draft.parent is None:
            issue = self._create_by_rest(draft, logins)
        else:
            issue = self._create_child(draft, logins, draft.parent)
        wanted_labels = {label.casefold() for label in draft.labels}
        wanted_logins = {login.casefold() for login in draft.assignees}
        dropped = [
            name
            for name, wanted, got in (
                ("assignees", wanted_logins, issue.assignees),
                ("labels", wanted_labels, issue.labels),
            )
            if wanted - {value.casefold() for value in got}
        ]
        if draft.parent is not None and issue.parent is None:
            dropped.append("parent")
        return Created(issue=issue, dropped=tuple(dropped))

    def _create_by_rest(self, draft: Draft, logins: tuple[str, ...]) -> Issue:
        body = {
            "title": markup.title(draft.title),
            "body": markup.issue_body(draft.body, draft.due, draft.mark),
            "labels": list(draft.labels),
            "assignees": list(logins),
        }
        path = repo_path(draft.container, "issues")
        raw = self._client.create(path, {k: v for k, v in body.items() if v}, owner=owner_of(draft.container))
        if not raw.get("number"):
            raise unreadable(what=f"POST {path}", doing=Doing.CREATE)
        return self._lookups.translated(raw, ask=False)

    def _create_child(self, draft: Draft, logins: tuple[str, ...], parent: IssueRef) -> Issue:
        if parent.site != self.site:
            raise Refused(f"{parent.key} is on another site and can't have children in {draft.container}")
        try:
            return self._mutate(draft, logins, parent)
        except Missing:
            # An id that we remembered is nothing any more, and nothing was created. Look all of them up afresh, once.
            self._lookups.forget(draft.container, draft.labels, logins, parent)
        try:
            return self._mutate(draft, logins, parent)
        except Missing as err:
            raise Refused(f"no child of {parent.key} can be made in {draft.container}: {err}") from err

    def _mutate(self, draft: Draft, logins: tuple[str, ...], parent: IssueRef) -> Issue:
        container = draft.container
        repository = self._lookups.repository(container)
        content = {
            "repositoryId": repository.node,
            "title": markup.title(draft.title),
            "body": markup.issue_body(draft.body, draft.due, draft.mark),
            "parentIssueId": self._lookups.node(parent),
            "labelIds": [node for label in draft.labels if (node := self._ensure_label(container, label))],
            "assigneeIds": [self._lookups.user_node(container, login) for login in logins],
        }
        variables = {"input": {k: v for k, v in content.items() if v}}
        try:
            data = self._client.graphql(_CREATE, variables, owner=owner_of(container), doing=Doing.CREATE)
        except Refused as err:
            raise Refused(f"{parent.key} took no child in {container}: {err}") from err
        raw = (data.get("createIssue") or {}).get("issue")
        if not isinstance(raw, Mapping) or not raw.get("number") or not raw.get("repository"):
            raise unreadable(what=f"create a child of {parent.key}", doing=Doing.CREATE)
        return issue_from_graphql(self.site, raw, repository.public)

    def _ensure_label(self, container: str, label: str) -> str:
        """The label's id, created where the repository has none; "" where we may not."""
        try:
            return self._lookups.label_node(container, label)
        except Missing:
            pass
        body = {"name": label, "color": self._client.config.label_color}
        try:
            raw = self._client.write("POST", repo_path(container, "labels"), body, owner=owner_of(container)).data
        except (Missing, Refused):
            # No right to, or somebody was quicker: look once more.
            try:
                return self._lookups.label_node(container, label)
            except Missing:
                return ""
        return self._lookups.note_label(container, label, raw) if isinstance(raw, Mapping) else ""

    def link_elsewhere(self, ref: IssueRef, *, key: str, url: str, title: str) -> None:
        """Nothing: GitHub keeps no links, the sticky comment and the issue's body have them."""

    def link_child(self, parent: IssueRef, child: IssueRef) -> None:
        """One write; none where it is linked already. Raises Refused where the child has another parent, or the parent
        is full."""
        raw = self._lookups.issue(child)
        issue = self._lookups.translated(raw, ask=False)
        above = self._lookups.translated(self._lookups.issue(parent), ask=False).ref
        if issue.parent is not None:
            if _same(issue.parent, above):
                return
            raise Refused(f"{issue.ref.key} already is a child of {issue.parent.key}: remove it there first")
        path = issue_path(above, "sub_issues")
        try:
            self._client.write("POST", path, {"sub_issue_id": int(raw["id"])}, owner=owner_of(above.container))
        except Refused:
            # An earlier try may have arrived without our hearing of it.
            now = self._lookups.translated(self._lookups.issue(child), ask=False)
            if now.parent is None or not _same(now.parent, above):
                raise
        except Missing as err:
            # Both issues were just read, so what is missing is the feature (or the right, which GitHub hides).
            raise Refused(f"{above.key} can't have sub-issues here: {err}") from err

    # Comments

    def ensure_record(self, ref: IssueRef, name: str, body: str, text: str, record: str = "") -> str:
        """One write."""
        content = {"body": markup.record_body(name, body, text)}
        if not record:
            return self._comment(ref, content)
        self._client.write("PATCH", self._comment_path(ref, record), content, owner=owner_of(ref.container))
        return record

    def add_comment(self, ref: IssueRef, body: str) -> str:
        """One write."""
        return self._comment(ref, {"body": markup.comment_body(body)})

    def _comment(self, ref: IssueRef, content: Mapping[str, Any]) -> str:
        path = issue_path(ref, "comments")
        made = self._client.create(path, content, owner=owner_of(ref.container))
        if not made.get("id"):
            raise unreadable(what=f"POST {path}", doing=Doing.CREATE)
        return str(made["id"])

    def remove_record(self, ref: IssueRef, record: str) -> None:
        """One write; none where it is gone. Raises Refused for a comment that is not a record of ours."""
        path, owner = self._comment_path(ref, record), owner_of(ref.container)
        try:
            raw = self._client.read(path, owner=owner).data
            author = login_of(raw.get("user"))
            if not self._lookups.is_ours(author) or markup.split_record(str(raw.get("body") or "")) is None:
                raise Refused(f"comment {record} of {ref.key} is by {author} and is no record of ours")
            self._client.write("DELETE", path, owner=owner)
        except Missing:
            return

    def react(self, ref: IssueRef, comment: str, *, ok: bool) -> None:
        """One write; GitHub keeps one such reaction, however often it is sent."""
        path = repo_path(ref.container, "issues", "comments", comment, "reactions")
        self._client.write("POST", path, {"content": "+1" if ok else "confused"}, owner=owner_of(ref.container))

    # Fields

    def set_due(self, ref: IssueRef, due: date | None, where: str) -> None:
        """One write; none where it says so already. An organization's date field is written where the issue has one.
        A milestone is never moved: the issue gets a due line, which counts before its milestone."""
        raw = self._lookups.issue(ref)
        field = due_field(raw) if where == "field" else None
        if field is not None and field.get("issue_field_id"):
            self._set_field(ref, raw, field, due)
            return
        body = str(raw.get("body") or "")
        changed = markup.with_due(body, due)
        if changed == body:
            return
        if len(changed) > markup.HARD_LIMIT:
            raise Refused(f"the body of {ref.key} is full: shorten it, then set the due date again")
        self._patch(ref, raw, {"body": changed})

    def _set_field(self, ref: IssueRef, raw: Mapping[str, Any], field: Mapping[str, Any], due: date | None) -> None:
        number = int(field["issue_field_id"])
        name = field.get("issue_field_name") or number
        if due is not None and str(field.get("value") or "")[:10] == due.isoformat():
            return
        here = self._lookups.translated(raw, ask=False).ref
        path, owner = issue_path(here, "issue-field-values"), owner_of(here.container)
        try:
            if due is None:
                self._client.write("DELETE", f"{path}/{number}", owner=owner)
            else:
                values = [{"field_id": number, "value": due.isoformat()}]
                self._client.write("POST", path, {"issue_field_values": values}, owner=owner)
        except (Missing, Refused) as err:
            # A due line would not count beside the field, so it would only look as if the date had been set.
            raise Refused(f"the field {name!r} of {ref.key} can't be written: set it by hand ({err})") from err

    def set_status(self, ref: IssueRef, status: Status) -> None:
        """One write; none where it is so already."""
        raw = self._lookups.issue(ref)
        if self._lookups.translated(raw, ask=False).status is not status:
            self._patch(ref, raw, _STATES[status])

    def set_assignees(self, ref: IssueRef, logins: tuple[str, ...]) -> None:
        """One write; none where they are so already. Raises Refused where GitHub left somebody out."""
        raw = self._lookups.issue(ref)
        wanted = {login.casefold() for login in logins}
        if wanted == {login.casefold() for login in self._lookups.translated(raw, ask=False).assignees}:
            return
        after = self._patch(ref, raw, {"assignees": list(logins)})
        got = {login.casefold() for login in after.assignees}
        if got != wanted:
            who = ", ".join(sorted(login for login in logins if login.casefold() not in got)) or "the old assignees"
            raise Refused(
                f"GitHub silently kept {ref.key} as it was for {who}: give the service's account write access to "
                f"{ref.container}, and the person access to it"
            )

    def add_labels(self, ref: IssueRef, labels: tuple[str, ...]) -> None:
        """One write. Raises Refused where GitHub left a label out."""
        if not labels:
            return
        path, owner = issue_path(ref, "labels"), owner_of(ref.container)
        rows = self._client.write("POST", path, {"labels": list(labels)}, owner=owner).data
        got = {str(row.get("name", "")).casefold() for row in rows or () if isinstance(row, Mapping)}
        lost = sorted(label for label in labels if label.casefold() not in got)
        if lost:
            raise Refused(
                f"GitHub silently left {', '.join(lost)} off {ref.key}: give the service's account triage rights in "
                f"{ref.container}"
            )

    def _patch(self, ref: IssueRef, raw: Mapping[str, Any], content: Mapping[str, Any]) -> Issue:
        """Change fields of an issue that was just read, at the address where it is now."""
        here = self._lookups.translated(raw, ask=False).ref
        after = self._client.write("PATCH", issue_path(here), content, owner=owner_of(here.container)).data
        if not isinstance(after, Mapping):
            raise unreadable(what=f"PATCH {ref.key}", doing=Doing.REPEATABLE)
        return self._lookups.translated(after, ask=False)

    @staticmethod
    def _comment_path(ref: IssueRef, comment: str) -> str:
        return repo_path(ref.container, "issues", "comments", comment)


def _same(one: IssueRef, other: IssueRef) -> bool:
    return one.key.casefold() == other.key.casefold()
