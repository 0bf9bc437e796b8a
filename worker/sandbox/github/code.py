"""What people do with code that shows on issues: pull requests, merges, commits.

There is no code here: a branch is a name, and a commit counts as pushed to the default branch when it is made.
"""

from __future__ import annotations

import hashlib
import re

from worker.sandbox.github import changes
from worker.sandbox.github.errors import ApiError, unprocessable
from worker.sandbox.github.model import Actor, Commit, Issue, Repo
from worker.sandbox.github.world import World

_CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? (?=(?:[\w.-]+/[\w.-]+)?#\d|https?://)", re.IGNORECASE
)
_ONE = re.compile(r"\S+")


def open_pull(world: World, actor: Actor, repo: Repo, *, title: object, body: str | None) -> Issue:
    """Open a pull request; the issues that it names hear of it."""
    made = changes.create_issue(world, actor, repo, title=title, body=None, pull_request=True)
    made.body = body
    world.reference(made, body, actor)
    return made


def merge_pull(world: World, actor: Actor, pull: Issue) -> Commit:
    """Merge a pull request, and close the issues that its body says it closes."""
    if not pull.pull_request:
        raise unprocessable("Not a pull request")
    if pull.state != "open":
        raise ApiError(405, "Pull Request is not mergeable")
    made = _commit(world, actor, pull.repo, f"Merge pull request #{pull.number}")
    pull.merged_at = world.store.now()
    changes.set_state(world, actor, pull, "closed", None)
    for issue in closes(world, pull.repo, pull.body):
        changes.set_state(world, actor, issue, "closed", None, by=pull)
    return made


def commit(world: World, actor: Actor, repo: Repo, message: str) -> Commit:
    """Make a commit; the issues that it names hear of it, and those that it says it closes are closed."""
    made = _commit(world, actor, repo, message)
    world.changes += 1
    for issue in world.referenced(repo, message):
        if world.store.sees(actor, issue.repo):
            world.record(issue, "referenced", actor, commit=made)
    for issue in closes(world, repo, message):
        changes.set_state(world, actor, issue, "closed", None, by=made)
    return made


def closes(world: World, repo: Repo, text: str | None) -> list[Issue]:
    """The issues that a text says it closes: each after a closing word of its own."""
    found: list[Issue] = []
    for match in _CLOSES.finditer(text or ""):
        word = _ONE.match(text or "", match.end())
        found += world.referenced(repo, word[0] if word else "")[:1]
    return [issue for issue in dict.fromkeys(found) if not issue.pull_request]


def _commit(world: World, actor: Actor, repo: Repo, message: str) -> Commit:
    seed = f"{repo.full_name} {message} {world.store.next_id('commit')}"
    sha = hashlib.sha1(seed.encode(), usedforsecurity=False).hexdigest()
    return Commit(sha=sha, repo=repo, message=message, author=actor.who, committed_at=world.store.now())
