"""The store, and what happens when something in it changes: a line in the history, and news for the webhooks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from worker.sandbox.github.errors import ApiError, forbidden, invalid, unprocessable
from worker.sandbox.github.model import Actor, Comment, Event, Issue, Label, Milestone, Repo, at_least
from worker.sandbox.github.store import Store

MAX_BODY = 65_536
MAX_TITLE = 256
_REFERENCE = re.compile(r"(?<![\w/`])(?:([\w.-]+)/([\w.-]+))?#(\d+)\b")
_ADDRESS = re.compile(r"https?://[^\s/]+/([\w.-]+)/([\w.-]+)/(?:issues|pull)/(\d+)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something that webhooks tell: the event's name and action, and the records that it is about."""

    event: str
    action: str
    actor: Actor
    repo: Repo
    issue: Issue | None = None
    comment: Comment | None = None
    label: Label | None = None
    data: dict[str, Any] = field(default_factory=dict)


class World:
    """A store with its news. Every change of content goes through functions that take one of these."""

    def __init__(self, store: Store, publish: Callable[[News], None]) -> None:
        self.store = store
        self.publish = publish
        self.changes = 0

    def tell(self, event: str, action: str, actor: Actor, repo: Repo, **fields: Any) -> None:
        """Count a change and pass it on to the webhooks."""
        self.changes += 1
        self.publish(News(event=event, action=action, actor=actor, repo=repo, **fields))

    def record(self, issue: Issue, event: str, actor: Actor, **data: Any) -> Event:
        """Append a line to an issue's history and mark the issue as updated now."""
        now = self.store.now()
        line = Event(
            id=self.store.next_id("event"),
            event=event,
            actor=actor.who,
            created_at=now,
            data=data,
            via_app=via_app(actor),
        )
        issue.events.append(line)
        self.store.touch(issue, now)
        return line

    def reference(self, source: Issue, text: str | None, actor: Actor) -> None:
        """Note on every issue that `text` names, and the writer can see, that `source` refers to it; once a source."""
        for target in self.referenced(source.repo, text):
            if target is source or not self.store.sees(actor, target.repo):
                continue
            if any(line.event == "cross-referenced" and line.data["source"] is source for line in target.events):
                continue
            self.record(target, "cross-referenced", actor, source=source)

    def referenced(self, near: Repo, text: str | None) -> list[Issue]:
        """Return the existing issues that a text names, in order."""
        found: list[Issue] = []
        matches = [(m.start(), m[1], m[2], m[3]) for m in _REFERENCE.finditer(text or "")]
        matches += [(m.start(), m[1], m[2], m[3]) for m in _ADDRESS.finditer(text or "")]
        for _, owner, name, number in sorted(matches, key=lambda match: match[0]):
            repo = self.store.repo(owner, name) if owner else near
            issue = repo.issues.get(int(number)) if repo else None
            if issue is not None and issue not in found:
                found.append(issue)
        return found


def via_app(actor: Actor) -> bool:
    """Whether the caller acts as an App's installation."""
    return actor.token is not None and actor.token.installation is not None


def check_text(resource: str, body: object) -> None:
    """Refuse a body that GitHub refuses as too long."""
    if isinstance(body, str) and len(body) > MAX_BODY:
        raise ApiError(
            422,
            "Validation Failed",
            errors=[
                {
                    "resource": resource,
                    "code": "custom",
                    "field": "body",
                    "message": f"body is too long (maximum is {MAX_BODY} characters)",
                }
            ],
        )


def check_title(title: object) -> str:
    """Return a usable title, or refuse it as GitHub does."""
    if not isinstance(title, str) or not title.strip():
        raise invalid("Issue", "title", "missing_field")
    if len(title) > MAX_TITLE:
        raise ApiError(
            422,
            "Validation Failed",
            errors=[
                {
                    "resource": "Issue",
                    "code": "custom",
                    "field": "title",
                    "message": f"title is too long (maximum is {MAX_TITLE} characters)",
                }
            ],
        )
    return title


def require_writer(world: World, actor: Actor, repo: Repo, *, role: str = "read") -> str:
    """Return the caller's role, or refuse: no credential, a credential without issue rights, a read-only place."""
    if actor.account is None:
        raise ApiError(401, "Requires authentication")
    if repo.archived:
        raise forbidden("Repository was archived so is read-only.")
    token = actor.token
    if token is not None and token.issues != "write":
        kind = "integration" if token.installation is not None else "personal access token"
        raise forbidden(f"Resource not accessible by {kind}")
    held = world.store.role(actor, repo)
    if not at_least(held, role):
        raise forbidden()
    return held


def require_issues(repo: Repo) -> None:
    """Refuse where a repository has issues turned off."""
    if not repo.has_issues:
        raise ApiError(410, "Issues has been disabled in this repository.")


def milestone_of(repo: Repo, number: object) -> Milestone | None:
    """Return the milestone that a request names by its number, or refuse."""
    if number is None or number == "":
        return None
    found = repo.milestones.get(int(number)) if isinstance(number, int | str) and str(number).isdigit() else None
    if found is None:
        raise invalid("Issue", "milestone", value=number)
    return found


def cannot_link(reason: str) -> ApiError:
    """The answer to a link that cannot be made, in GitHub's words (and spelling)."""
    return unprocessable(f"An error occured while adding the sub-issue to the parent issue. {reason}")
