"""What can be done to an issue, and what each deed leaves behind: timestamps, history, links, news.

The functions check what GitHub checks about the *content*; whether the caller may do it at all is asked beforehand,
with `require_writer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from worker.sandbox.github.errors import forbidden, unprocessable
from worker.sandbox.github.model import Account, Actor, Commit, Issue, Label, Milestone, Repo, at_least
from worker.sandbox.github.world import World, cannot_link, check_text, check_title, via_app

MAX_CHILDREN = 100
MAX_DEPTH = 8
MAX_ASSIGNEES = 10


def create_issue(
    world: World,
    actor: Actor,
    repo: Repo,
    *,
    title: object,
    body: str | None = None,
    labels: Sequence[str] = (),
    assignees: Sequence[Account] = (),
    milestone: Milestone | None = None,
    parent: Issue | None = None,
    pull_request: bool = False,
) -> Issue:
    """Create an issue, and its link to a parent, in one step: either all of it exists afterwards, or nothing.

    Labels, assignees and milestone are dropped silently where the caller has less than triage rights; the author,
    creation and everything else stay.
    """
    store, now = world.store, world.store.now()
    wanted_title = check_title(title)
    check_text("Issue", body)
    if parent is not None:
        check_link(world, actor, parent, None, repo, replace=False)
    issue = Issue(
        id=store.next_id("issue"),
        number=repo.next_number,
        repo=repo,
        user=actor.who,
        title=wanted_title,
        body=body,
        pull_request=pull_request,
        created_at=now,
        updated_at=now,
        via_app=via_app(actor),
    )
    repo.next_number += 1
    store.add_issue(issue)
    if not pull_request:
        world.tell("issues", "opened", actor, repo, issue=issue)
    if at_least(store.role(actor, repo), "triage"):
        add_labels(world, actor, issue, labels)
        set_assignees(world, actor, issue, assignees)
        set_milestone(world, actor, issue, milestone)
    if parent is not None:
        _link(world, actor, parent, issue)
    world.reference(issue, body, actor)
    return issue


def edit_text(world: World, actor: Actor, issue: Issue, *, title: str | None, body: str | None) -> None:
    """Change title or body (None leaves it)."""
    changes: dict[str, dict[str, str]] = {}
    if title is not None and title != issue.title:
        check_title(title)
        changes["title"] = {"from": issue.title}
        world.record(issue, "renamed", actor, rename={"from": issue.title, "to": title})
        issue.title = title
    if body is not None and body != (issue.body or ""):
        check_text("Issue", body)
        changes["body"] = {"from": issue.body or ""}
        issue.body = body
        issue.last_edited_at, issue.editor = world.store.now(), actor.account
        world.store.touch(issue, world.store.now())
        world.reference(issue, body, actor)
    if changes:
        world.tell("issues", "edited", actor, issue.repo, issue=issue, data={"changes": changes})


def set_state(
    world: World, actor: Actor, issue: Issue, state: str, reason: str | None, *, by: Issue | Commit | None = None
) -> None:
    """Close or open an issue, or change the reason of one that is closed. `by` is the pull request, or the commit, that
    closed it."""
    if state == "closed":
        wanted = reason or (issue.state_reason if issue.state == "closed" else "completed")
        if issue.state == "closed" and issue.state_reason == wanted:
            return
        issue.state, issue.state_reason = "closed", wanted
        issue.closed_at, issue.closed_by = world.store.now(), actor.account
        closer = {} if by is None else {"commit" if isinstance(by, Commit) else "closer": by}
        world.record(issue, "closed", actor, state_reason=wanted, **closer)
        world.tell("issues", "closed", actor, issue.repo, issue=issue)
    elif issue.state == "closed":
        issue.state, issue.state_reason = "open", "reopened"
        issue.closed_at = issue.closed_by = None
        world.record(issue, "reopened", actor, state_reason="reopened")
        world.tell("issues", "reopened", actor, issue.repo, issue=issue)


def label_for(world: World, actor: Actor, repo: Repo, name: str) -> Label:
    """Return a label by name (case-insensitive), created where the repository has none of that name."""
    found = repo.labels.get(name.lower())
    if found is None:
        found = world.store.add_label(repo, name)
        world.tell("label", "created", actor, repo, label=found)
    return found


def add_labels(world: World, actor: Actor, issue: Issue, names: Sequence[str]) -> None:
    """Add labels; those that the issue has, stay."""
    for name in names:
        label = label_for(world, actor, issue.repo, name)
        if label not in issue.labels:
            issue.labels.append(label)
            world.record(issue, "labeled", actor, label=label)
            world.tell("issues", "labeled", actor, issue.repo, issue=issue, label=label)


def remove_labels(world: World, actor: Actor, issue: Issue, labels: Sequence[Label]) -> None:
    """Take labels off an issue."""
    for label in labels:
        if label in issue.labels:
            issue.labels.remove(label)
            world.record(issue, "unlabeled", actor, label=label)
            world.tell("issues", "unlabeled", actor, issue.repo, issue=issue, label=label)


def set_labels(world: World, actor: Actor, issue: Issue, names: Sequence[str]) -> None:
    """Give an issue exactly these labels."""
    wanted = {name.lower() for name in names}
    remove_labels(world, actor, issue, [label for label in issue.labels if label.name.lower() not in wanted])
    add_labels(world, actor, issue, names)


def set_assignees(world: World, actor: Actor, issue: Issue, accounts: Sequence[Account]) -> None:
    """Give an issue exactly these assignees; who cannot be assigned, and who is beyond the tenth, is left out."""
    wanted = [account for account in dict.fromkeys(accounts) if world.store.assignable(issue.repo, account)]
    wanted = wanted[:MAX_ASSIGNEES]
    for account in [account for account in issue.assignees if account not in wanted]:
        issue.assignees.remove(account)
        world.record(issue, "unassigned", actor, assignee=account)
        world.tell("issues", "unassigned", actor, issue.repo, issue=issue, data={"assignee": account})
    for account in wanted:
        if account not in issue.assignees:
            issue.assignees.append(account)
            world.record(issue, "assigned", actor, assignee=account)
            world.tell("issues", "assigned", actor, issue.repo, issue=issue, data={"assignee": account})


def set_milestone(world: World, actor: Actor, issue: Issue, milestone: Milestone | None) -> None:
    """Put an issue into a milestone, or into none."""
    if milestone is issue.milestone:
        return
    if issue.milestone is not None:
        left, issue.milestone = issue.milestone, None
        world.record(issue, "demilestoned", actor, milestone={"title": left.title})
        world.tell("issues", "demilestoned", actor, issue.repo, issue=issue, data={"milestone": left})
    if milestone is not None:
        issue.milestone = milestone
        world.record(issue, "milestoned", actor, milestone={"title": milestone.title})
        world.tell("issues", "milestoned", actor, issue.repo, issue=issue, data={"milestone": milestone})


# Parents and children


def check_link(
    world: World, actor: Actor, parent: Issue, child: Issue | None, child_repo: Repo, *, replace: bool
) -> None:
    """Refuse a link that GitHub refuses. `child` is None where it is about to be created."""
    if not at_least(world.store.role(actor, parent.repo), "triage"):
        raise forbidden()
    if parent.pull_request or (child is not None and child.pull_request):
        raise cannot_link("Pull requests cannot be sub-issues or parents")
    if child_repo.owner is not parent.repo.owner:
        raise cannot_link("Sub issue must belong to the same owner as its parent")
    if child is not None and child.parent is parent:
        raise cannot_link("Issue may not contain duplicate sub-issues")
    if child is not None and child.parent is not None and not replace:
        raise cannot_link("Sub issue may only have one parent")
    if len(parent.children) >= MAX_CHILDREN:
        raise cannot_link(f"Parent cannot have more than {MAX_CHILDREN} sub-issues")
    above, depth = parent, 1
    while above.parent is not None:
        above, depth = above.parent, depth + 1
        if above is child:
            break
    if above is child or parent is child:
        raise cannot_link("Issue may not be its own ancestor")
    if depth + _height(child) > MAX_DEPTH:
        raise cannot_link(f"Sub-issues cannot be nested more than {MAX_DEPTH} levels deep")


def link_child(world: World, actor: Actor, parent: Issue, child: Issue, *, replace: bool = False) -> None:
    """Make `child` a child of `parent`."""
    check_link(world, actor, parent, child, child.repo, replace=replace)
    if child.parent is not None:
        unlink_child(world, actor, child.parent, child)
    _link(world, actor, parent, child)


def unlink_child(world: World, actor: Actor, parent: Issue, child: Issue) -> None:
    """Take a child off its parent."""
    if child.parent is not parent:
        raise unprocessable("The provided sub-issue is not a child of the issue")
    parent.children.remove(child)
    child.parent = None
    world.record(parent, "sub_issue_removed", actor, sub_issue=child)
    world.record(child, "parent_issue_removed", actor, parent_issue=parent)
    _tell_link(world, actor, parent, child, "removed")


def _link(world: World, actor: Actor, parent: Issue, child: Issue) -> None:
    parent.children.append(child)
    child.parent = parent
    world.record(parent, "sub_issue_added", actor, sub_issue=child)
    world.record(child, "parent_issue_added", actor, parent_issue=parent)
    _tell_link(world, actor, parent, child, "added")


def _tell_link(world: World, actor: Actor, parent: Issue, child: Issue, done: str) -> None:
    data = {"parent": parent, "child": child}
    world.tell("sub_issues", f"sub_issue_{done}", actor, parent.repo, data=data)
    world.tell("sub_issues", f"parent_issue_{done}", actor, child.repo, data=data)


# Dependencies


def add_blocker(world: World, actor: Actor, issue: Issue, blocker: Issue) -> None:
    """Say that an issue waits for another one."""
    if issue is blocker or blocker in issue.blockers:
        raise unprocessable("The issue can't be blocked by itself, or by the same issue twice")
    issue.blockers.append(blocker)
    blocker.blocking.append(issue)
    world.record(issue, "blocked_by_added", actor, blocking_issue=blocker)
    world.record(blocker, "blocking_added", actor, blocked_issue=issue)
    world.changes += 1


def remove_blocker(world: World, actor: Actor, issue: Issue, blocker: Issue) -> None:
    """Say that an issue waits for another one no more."""
    if blocker not in issue.blockers:
        raise unprocessable("The issue is not blocked by that one")
    issue.blockers.remove(blocker)
    blocker.blocking.remove(issue)
    world.record(issue, "blocked_by_removed", actor, blocking_issue=blocker)
    world.record(blocker, "blocking_removed", actor, blocked_issue=issue)
    world.changes += 1


def _height(issue: Issue | None) -> int:
    if issue is None or not issue.children:
        return 0
    return 1 + max(_height(child) for child in issue.children)


# Leaving


def delete_issue(world: World, actor: Actor, issue: Issue) -> None:
    """Delete an issue for good: it answers 410 from now on, and its links are gone."""
    world.tell("issues", "deleted", actor, issue.repo, issue=issue)
    if issue.parent is not None:
        issue.parent.children.remove(issue)
        issue.parent = None
    for child in issue.children:
        child.parent = None
    issue.children.clear()
    for other in issue.blocking:
        other.blockers.remove(issue)
    for other in issue.blockers:
        other.blocking.remove(issue)
    world.store.drop_issue(issue)
    issue.repo.deleted.add(issue.number)
    del world.store.issues[issue.id], world.store.nodes[issue.node_id]
    for comment in issue.comments:
        del world.store.comments[comment.id], world.store.nodes[comment.node_id]


def transfer_issue(world: World, actor: Actor, issue: Issue, repo: Repo) -> Issue:
    """Move an issue to another repository. It becomes a new issue there, with comments, assignees that can be assigned
    there, and the labels that exist there; the old address redirects."""
    if repo.owner is not issue.repo.owner or repo is issue.repo:
        raise unprocessable("Issues can only be transferred to another repository of the same owner")
    if issue.repo.private and not repo.private:
        raise unprocessable("Issues cannot be transferred from a private to a public repository")
    store, old = world.store, issue.repo
    old_number, old_id, old_node = issue.number, issue.id, issue.node_id
    left = replace(issue)  # the address that the news tells is the old one
    store.drop_issue(issue)
    del store.issues[old_id], store.nodes[old_node]
    issue.id, issue.repo, issue.number = store.next_id("issue"), repo, repo.next_number
    repo.next_number += 1
    issue.labels = [repo.labels[label.name.lower()] for label in issue.labels if label.name.lower() in repo.labels]
    issue.assignees = [account for account in issue.assignees if store.assignable(repo, account)]
    issue.milestone = None
    store.add_issue(issue)
    old.moved[old_number] = issue
    world.record(issue, "transferred", actor)
    world.tell("issues", "transferred", actor, old, issue=left, data={"new_repo": repo, "new_issue": issue})
    return issue
