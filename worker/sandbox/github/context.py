"""What a handler of one REST request has at hand: the caller, the records, the views, and the body, checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from worker.sandbox.github.errors import ApiError, gone, invalid, not_found, wrong_type
from worker.sandbox.github.model import Account, Actor, Comment, Issue, Repo
from worker.sandbox.github.store import Store
from worker.sandbox.github.views import Views
from worker.sandbox.github.world import World, require_writer
from worker.sandbox.wire import Call, Reply, reply_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What this server can do. Switching one off makes it the server that a fallback was written for."""

    graphql: bool = True
    parent_on_create: bool = True
    sub_issues: bool = True
    dependencies: bool = True
    projects: bool = True
    closing_pulls: bool = True


@dataclass(slots=True, kw_only=True)
class Context:
    """One request on its way. `budget` is what is left of the primary limit: limit, used, remaining, reset."""

    call: Call
    world: World
    store: Store
    views: Views
    actor: Actor
    features: Features
    budget: dict[str, int]

    def repo(self, owner: str, name: str) -> Repo:
        """Return a repository that the caller sees; a former name redirects; anything else is 404."""
        found = self.store.repo(owner, name)
        if found is None:
            moved = self.store.renamed.get(f"{owner}/{name}".lower())
            if moved is None or not self.store.sees(self.actor, moved):
                raise not_found()
            rest = self.call.path.split("/", 4)[4:]
            raise redirect(self, f"/repositories/{moved.id}" + "".join(f"/{part}" for part in rest))
        if not self.store.sees(self.actor, found):
            raise not_found()
        return found

    def issue(self, owner: str, name: str, number: str) -> Issue:
        """Return an issue that the caller sees. Deleted ones are 410, transferred ones redirect."""
        repo = self.repo(owner, name)
        found = repo.issues.get(int(number))
        if found is not None:
            return found
        moved = repo.moved.get(int(number))
        if moved is not None:
            if moved.id not in self.store.issues:
                raise gone()
            if not self.store.sees(self.actor, moved.repo):
                raise not_found()
            rest = self.call.path.split(f"/issues/{number}", 1)[1]
            raise redirect(self, f"/repositories/{moved.repo.id}/issues/{moved.number}{rest}")
        raise gone() if int(number) in repo.deleted else not_found()

    def comment(self, owner: str, name: str, number: str) -> Comment:
        """Return a comment of a repository that the caller sees."""
        repo = self.repo(owner, name)
        found = self.store.comments.get(int(number))
        if found is None or found.issue.repo is not repo:
            raise not_found()
        return found

    def writer(self, repo: Repo, role: str = "read") -> str:
        """Return the caller's role in a repository, or refuse."""
        return require_writer(self.world, self.actor, repo, role=role)

    def payload(self) -> dict[str, Any]:
        """Return the body as a JSON object, or refuse it."""
        loaded = self.any_payload()
        if not isinstance(loaded, dict):
            raise ApiError(400, "Body should be a JSON object")
        return loaded

    def any_payload(self) -> Any:
        """Return the body as JSON of any type; an empty one is an empty object."""
        if not self.call.body.strip():
            return {}
        try:
            return json.loads(self.call.body)
        except ValueError as error:
            raise ApiError(400, "Problems parsing JSON") from error

    def accounts(self, repo: Repo, logins: list[str], *, strict: bool) -> list[Account]:
        """Return the accounts of logins that can be assigned; who cannot is refused if `strict`, else left out."""
        found: list[Account] = []
        for login in logins:
            account = self.store.account(login)
            if account is not None and self.store.assignable(repo, account):
                found.append(account)
            elif strict:
                raise invalid("Issue", "assignees", value=login)
        return found


def redirect(ctx: Context, path: str) -> ApiError:
    """The answer for something that lives elsewhere now: 301 for reads, 307 for writes, so that a write stays one."""
    url = f"{ctx.call.base}{path}"
    permanent = ctx.call.method in {"GET", "HEAD"}
    status, message = (301, "Moved Permanently") if permanent else (307, "Temporary Redirect")
    return ApiError(status, message, headers={"location": url}, extra={"url": url})


def names_in(payload: dict[str, Any], field: str) -> list[str] | None:
    """Return a list of names out of a body: plain strings, or objects with a name. None where the field is absent."""
    value = payload.get(field)
    if value is None:
        return None
    if not isinstance(value, list):
        raise wrong_type(field, value, "an array")
    return [name_of(item, field) for item in value]


def name_of(item: object, field: str) -> str:
    """Return the name that an element of a list of labels or assignees gives."""
    name = item.get("name") if isinstance(item, dict) else item
    if not isinstance(name, str) or not name.strip():
        raise wrong_type(field, item, "a string")
    return name


def text_in(payload: dict[str, Any], field: str) -> str | None:
    """Return a string out of a body; None where it is absent or null."""
    value = payload.get(field)
    if value is not None and not isinstance(value, str):
        raise wrong_type(field, value, "a string")
    return value


def ok(payload: object, status: int = 200, **headers: str) -> Reply:
    """Return a JSON answer."""
    return reply_json(payload, status, {name.replace("_", "-"): value for name, value in headers.items()})


def no_content() -> Reply:
    """Return 204."""
    return Reply(status=204)
