"""What can be said on an issue: comments and reactions, and what they leave behind."""

from __future__ import annotations

from worker.sandbox.github.errors import ApiError, forbidden, invalid
from worker.sandbox.github.model import Actor, Comment, Issue, Reaction, at_least
from worker.sandbox.github.world import World, check_text, via_app

CONTENTS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def add_comment(world: World, actor: Actor, issue: Issue, body: object) -> Comment:
    """Write a comment."""
    if not isinstance(body, str) or not body.strip():
        raise ApiError(
            422,
            "Validation Failed",
            errors=[
                {
                    "resource": "IssueComment",
                    "code": "unprocessable",
                    "field": "data",
                    "message": "Body cannot be blank",
                }
            ],
        )
    check_text("IssueComment", body)
    if issue.locked and not at_least(world.store.role(actor, issue.repo), "write"):
        raise forbidden("Unable to create comment because issue is locked.")
    now = world.store.now()
    comment = Comment(
        id=world.store.next_id("comment"),
        issue=issue,
        user=actor.who,
        body=body,
        created_at=now,
        updated_at=now,
        via_app=via_app(actor),
    )
    world.store.add_comment(comment)
    world.store.touch(issue, now)
    world.tell("issue_comment", "created", actor, issue.repo, issue=issue, comment=comment)
    world.reference(issue, body, actor)
    return comment


def edit_comment(world: World, actor: Actor, comment: Comment, body: object) -> None:
    """Change a comment's text; its day of creation stays."""
    if not isinstance(body, str) or not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    check_text("IssueComment", body)
    if body == comment.body:
        return
    before, now = comment.body, world.store.now()
    comment.body, comment.updated_at, comment.last_edited_at = body, now, now
    world.store.touch(comment.issue, now)
    data = {"changes": {"body": {"from": before}}}
    issue = comment.issue
    world.tell("issue_comment", "edited", actor, issue.repo, issue=issue, comment=comment, data=data)
    world.reference(issue, body, actor)


def delete_comment(world: World, actor: Actor, comment: Comment) -> None:
    """Remove a comment."""
    issue = comment.issue
    issue.comments.remove(comment)
    del world.store.comments[comment.id], world.store.nodes[comment.node_id]
    world.store.touch(issue, world.store.now())
    world.tell("issue_comment", "deleted", actor, issue.repo, issue=issue, comment=comment)


def require_comment_editor(world: World, actor: Actor, comment: Comment) -> None:
    """Refuse everybody but the comment's author and those with write rights."""
    if actor.account is not comment.user and not at_least(world.store.role(actor, comment.issue.repo), "write"):
        raise forbidden()


def react(world: World, actor: Actor, on: Issue | Comment, content: object) -> tuple[Reaction, bool]:
    """Add a reaction, or find the same one of the same account. Returns it, and whether it is new."""
    if content not in CONTENTS:
        raise invalid("Reaction", "content", value=content)
    for found in on.reactions:
        if found.user is actor.account and found.content == content:
            return found, False
    added = Reaction(
        id=world.store.next_id("reaction"), user=actor.who, content=str(content), created_at=world.store.now()
    )
    on.reactions.append(added)
    world.changes += 1
    return added, True
