"""The mutations: what the service and people may change over GraphQL. Each is one content write."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import urlsplit

from worker.sandbox.github import changes, talk
from worker.sandbox.github.context import Context
from worker.sandbox.github.errors import ApiError, forbidden
from worker.sandbox.github.graph.reads import Info, by_id, connection, context, field, unresolved
from worker.sandbox.github.model import Account, Comment, Issue, Label, Milestone, Repo, at_least
from worker.sandbox.github.world import require_issues, require_writer

T = TypeVar("T")
Input = dict[str, Any]


def _the(ctx: Context, node_id: str, kind: type[T]) -> T:
    """Return the record of an id if it is of this kind; GitHub's error does not tell the two failures apart."""
    record = by_id(ctx, node_id)
    if not isinstance(record, kind):
        raise unresolved("a node with the global id of", node_id)
    return record


def _editable(ctx: Context, issue: Issue) -> str:
    """Return the caller's role, or refuse who neither wrote the issue nor may triage."""
    role = require_writer(ctx.world, ctx.actor, issue.repo)
    if not at_least(role, "triage") and ctx.actor.account is not issue.user:
        raise forbidden(f"{ctx.actor.login} does not have the correct permissions to execute `UpdateIssue`")
    return role


def _labels(ctx: Context, ids: list[str] | None, repo: Repo) -> list[str]:
    found = [_the(ctx, one, Label) for one in ids or []]
    if any(ctx.store.label_repos[label.id] is not repo for label in found):
        raise ApiError(422, "Labels must belong to the repository of the issue")
    return [label.name for label in found]


def _accounts(ctx: Context, ids: list[str] | None) -> list[Account]:
    return [_the(ctx, one, Account) for one in ids or []]


def _milestone(ctx: Context, node_id: str | None, repo: Repo) -> Milestone | None:
    found = _the(ctx, node_id, Milestone) if node_id else None
    if found is not None and found.repo is not repo:
        raise ApiError(422, "The milestone must belong to the repository of the issue")
    return found


def _answer(given: Input, **parts: Any) -> dict[str, Any]:
    return {"clientMutationId": given.get("clientMutationId"), **parts}


@field("Mutation.createIssue")
def create_issue(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Create an issue, with its link to a parent, in one step."""
    ctx = context(info)
    repo = _the(ctx, given["repositoryId"], Repo)
    require_writer(ctx.world, ctx.actor, repo)
    require_issues(repo)
    issue = changes.create_issue(
        ctx.world,
        ctx.actor,
        repo,
        title=given["title"],
        body=given.get("body") or "",
        labels=_labels(ctx, given.get("labelIds"), repo),
        assignees=_accounts(ctx, given.get("assigneeIds")),
        milestone=_milestone(ctx, given.get("milestoneId"), repo),
        parent=_the(ctx, given["parentIssueId"], Issue) if given.get("parentIssueId") else None,
    )
    return _answer(given, issue=issue)


@field("Mutation.updateIssue")
def update_issue(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Edit an issue."""
    ctx = context(info)
    issue = _the(ctx, given["id"], Issue)
    role = _editable(ctx, issue)
    labels = _labels(ctx, given.get("labelIds"), issue.repo)
    accounts = _accounts(ctx, given.get("assigneeIds"))
    milestone = _milestone(ctx, given.get("milestoneId"), issue.repo)
    changes.edit_text(ctx.world, ctx.actor, issue, title=given.get("title"), body=given.get("body"))
    if at_least(role, "triage"):
        if given.get("labelIds") is not None:
            changes.set_labels(ctx.world, ctx.actor, issue, labels)
        if given.get("assigneeIds") is not None:
            changes.set_assignees(ctx.world, ctx.actor, issue, accounts)
        if "milestoneId" in given:
            changes.set_milestone(ctx.world, ctx.actor, issue, milestone)
    if given.get("state"):
        changes.set_state(ctx.world, ctx.actor, issue, given["state"].lower(), None)
    return _answer(given, issue=issue, actor=ctx.actor.account)


@field("Mutation.closeIssue")
def close_issue(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Close an issue, with a reason."""
    ctx = context(info)
    issue = _the(ctx, given["issueId"], Issue)
    _editable(ctx, issue)
    reason = given.get("stateReason") or ("DUPLICATE" if given.get("duplicateIssueId") else "COMPLETED")
    changes.set_state(ctx.world, ctx.actor, issue, "closed", reason.lower())
    return _answer(given, issue=issue)


@field("Mutation.reopenIssue")
def reopen_issue(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Open an issue again."""
    ctx = context(info)
    issue = _the(ctx, given["issueId"], Issue)
    _editable(ctx, issue)
    changes.set_state(ctx.world, ctx.actor, issue, "open", None)
    return _answer(given, issue=issue)


@field("Mutation.deleteIssue")
def delete_issue(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Delete an issue for good. Needs admin rights."""
    ctx = context(info)
    issue = _the(ctx, given["issueId"], Issue)
    require_writer(ctx.world, ctx.actor, issue.repo, role="admin")
    changes.delete_issue(ctx.world, ctx.actor, issue)
    return _answer(given, repository=issue.repo)


@field("Mutation.transferIssue")
def transfer_issue(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Move an issue to another repository of the same owner. Needs write rights in both."""
    ctx = context(info)
    issue, repo = _the(ctx, given["issueId"], Issue), _the(ctx, given["repositoryId"], Repo)
    for place in (issue.repo, repo):
        require_writer(ctx.world, ctx.actor, place, role="write")
    names = [label.name for label in issue.labels]
    moved = changes.transfer_issue(ctx.world, ctx.actor, issue, repo)
    if given.get("createLabelsIfMissing"):
        changes.add_labels(ctx.world, ctx.actor, moved, names)
    return _answer(given, issue=moved)


@field("Mutation.addSubIssue")
def add_sub_issue(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Make an issue, named by id or browser address, a child."""
    ctx = context(info)
    parent = _the(ctx, given["issueId"], Issue)
    require_writer(ctx.world, ctx.actor, parent.repo, role="triage")
    if given.get("subIssueId"):
        child = _the(ctx, given["subIssueId"], Issue)
    else:
        child = _at(ctx, given.get("subIssueUrl") or "")
    changes.link_child(ctx.world, ctx.actor, parent, child, replace=bool(given.get("replaceParent")))
    return _answer(given, issue=parent, subIssue=child)


def _at(ctx: Context, url: str) -> Issue:
    parts = [part for part in urlsplit(url).path.split("/") if part]
    if len(parts) == 4 and parts[2] == "issues" and parts[3].isdecimal():
        repo = ctx.store.repo(parts[0], parts[1])
        if repo is not None and ctx.store.sees(ctx.actor, repo) and int(parts[3]) in repo.issues:
            return repo.issues[int(parts[3])]
    raise unresolved("an Issue with the URL", url)


@field("Mutation.removeSubIssue")
def remove_sub_issue(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Take a child off its parent."""
    ctx = context(info)
    parent, child = _the(ctx, given["issueId"], Issue), _the(ctx, given["subIssueId"], Issue)
    require_writer(ctx.world, ctx.actor, parent.repo, role="triage")
    changes.unlink_child(ctx.world, ctx.actor, parent, child)
    return _answer(given, issue=parent, subIssue=child)


@field("Mutation.addComment")
def add_comment(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Write a comment."""
    ctx = context(info)
    issue = _the(ctx, given["subjectId"], Issue)
    require_writer(ctx.world, ctx.actor, issue.repo)
    comment = talk.add_comment(ctx.world, ctx.actor, issue, given["body"])
    return _answer(given, subject=issue, commentEdge=connection([comment], {"first": 1}, "comments")["edges"][0])


@field("Mutation.updateIssueComment")
def update_comment(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Edit a comment."""
    ctx = context(info)
    comment = _the(ctx, given["id"], Comment)
    require_writer(ctx.world, ctx.actor, comment.issue.repo)
    talk.require_comment_editor(ctx.world, ctx.actor, comment)
    talk.edit_comment(ctx.world, ctx.actor, comment, given["body"])
    return _answer(given, issueComment=comment)


@field("Mutation.deleteIssueComment")
def delete_comment(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Delete a comment."""
    ctx = context(info)
    comment = _the(ctx, given["id"], Comment)
    require_writer(ctx.world, ctx.actor, comment.issue.repo)
    talk.require_comment_editor(ctx.world, ctx.actor, comment)
    talk.delete_comment(ctx.world, ctx.actor, comment)
    return _answer(given)


def _labelable(ctx: Context, given: Input, key: str) -> Issue:
    issue = _the(ctx, given[key], Issue)
    require_writer(ctx.world, ctx.actor, issue.repo, role="triage")
    return issue


@field("Mutation.addLabelsToLabelable")
def add_labels(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Add labels."""
    ctx = context(info)
    issue = _labelable(ctx, given, "labelableId")
    changes.add_labels(ctx.world, ctx.actor, issue, _labels(ctx, given["labelIds"], issue.repo))
    return _answer(given, labelable=issue)


@field("Mutation.removeLabelsFromLabelable")
def remove_labels(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Take labels off."""
    ctx = context(info)
    issue = _labelable(ctx, given, "labelableId")
    changes.remove_labels(ctx.world, ctx.actor, issue, [_the(ctx, one, Label) for one in given["labelIds"]])
    return _answer(given, labelable=issue)


@field("Mutation.addAssigneesToAssignable", "Mutation.removeAssigneesFromAssignable")
def change_assignees(_root: object, info: Info, given: Input) -> dict[str, Any]:
    """Add or remove assignees."""
    ctx = context(info)
    issue = _labelable(ctx, given, "assignableId")
    named = _accounts(ctx, given["assigneeIds"])
    if info.field_name.startswith("add"):
        wanted = [*issue.assignees, *named]
    else:
        wanted = [account for account in issue.assignees if account not in named]
    changes.set_assignees(ctx.world, ctx.actor, issue, wanted)
    return _answer(given, assignable=issue)
