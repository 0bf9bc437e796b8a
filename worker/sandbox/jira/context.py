"""What a handler of one request has at hand: the caller, the records, the views, and the body, checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from worker.sandbox.jira.access import may, sees, sees_project
from worker.sandbox.jira.errors import ApiError, bad, forbidden, no_issue, no_project
from worker.sandbox.jira.model import Account, Actor, Comment, Issue, Project
from worker.sandbox.jira.store import Store
from worker.sandbox.jira.views import Views
from worker.sandbox.jira.world import World
from worker.sandbox.wire import Call, Reply, reply_json

LOGIN = "You are not authenticated. Authentication required to perform this operation."


@dataclass(slots=True, kw_only=True)
class Pages:
    """The tokens of `search/jql`, and where each goes on."""

    tokens: dict[str, tuple[str, list[int], int]]


@dataclass(slots=True, kw_only=True)
class Context:
    """One request on its way."""

    call: Call
    world: World
    store: Store
    views: Views
    actor: Actor
    index_lag: timedelta
    pages: Pages

    @property
    def cloud(self) -> bool:
        """Whether this is the face of Cloud."""
        return self.store.cloud

    @property
    def me(self) -> Account:
        """The caller's account. Raises ApiError 401 for the public."""
        if self.actor.account is None:
            raise ApiError(401, LOGIN)
        return self.actor.account

    def project(self, key: str) -> Project:
        """Return a project that the caller sees."""
        found = self.store.project(key)
        if found is None or not sees_project(self.actor, found):
            raise no_project(key)
        return found

    def issue(self, key: str) -> Issue:
        """Return an issue that the caller sees, also by a key that it had before."""
        found = self.store.issue(key)
        if found is None:
            raise no_issue()
        if not sees(self.actor, found):
            if not self.cloud:
                if self.actor.account is None:
                    raise ApiError(401, "You do not have the permission to see the specified issue.", "Login Required")
                raise forbidden("You do not have the permission to see the specified issue.")
            raise no_issue()
        return found

    def comment(self, issue: Issue, number: str) -> Comment:
        """Return a comment of an issue that the caller sees."""
        found = self.store.comments.get(int(number)) if number.isdecimal() else None
        if found is None or found.issue is not issue or not self.views.sees_comment(found):
            raise ApiError(404, f"Can not find a comment for the id: {number}.")
        return found

    def need(self, project: Project, permission: str, words: str) -> Account:
        """Return the caller if they have a permission, else refuse with these words."""
        me = self.me
        if not may(self.actor, project, permission):
            raise forbidden(words)
        return me

    def payload(self) -> dict[str, Any]:
        """Return the body as a JSON object, or refuse it."""
        if "json" not in self.call.headers.get("content-type", ""):
            raise ApiError(415, "Unsupported Media Type")
        loaded = self.any_payload()
        if not isinstance(loaded, dict):
            raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
        return loaded

    def any_payload(self) -> Any:
        """Return the body as JSON of any type."""
        try:
            return json.loads(self.call.body)
        except ValueError as error:
            message = "There was an error parsing JSON. Check that your request body is valid."
            raise bad(message) from error

    def number(self, name: str, default: int, most: int = 10**9) -> int:
        """Return a whole number of the query, at most `most`; what is none counts as the default."""
        given = self.call.arg(name)
        return min(int(given), most) if given.isdecimal() else min(default, most)

    def words(self, name: str) -> list[str]:
        """Return a comma-separated list of the query, also where it is given several times."""
        return [w.strip() for key, value in self.call.query if key == name for w in value.split(",") if w.strip()]


def ok(payload: object, status: int = 200) -> Reply:
    """Return a JSON answer."""
    return reply_json(payload, status)


def no_content(status: int = 204) -> Reply:
    """Return an answer without a body."""
    return Reply(status=status)
