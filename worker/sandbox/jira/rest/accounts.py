"""People: who am I, who is that, whom can an issue be given to, and what may I do?"""

from __future__ import annotations

from collections.abc import Callable

from worker.sandbox.jira.access import PERMISSIONS, assignable, may
from worker.sandbox.jira.context import Context, ok
from worker.sandbox.jira.errors import ApiError, bad
from worker.sandbox.jira.model import Account, Project
from worker.sandbox.jira.rest.routes import Handler
from worker.sandbox.wire import Reply, Router

routes: Router[Handler] = Router()

PAGE, MOST = 50, 1000


@routes.on("GET", "/myself")
def myself(ctx: Context) -> Reply:
    """The caller's account."""
    return ok(ctx.views.whole_user(ctx.me))


@routes.on("GET", "/user")
def one(ctx: Context) -> Reply:
    """One account, by `accountId` on Cloud, by `username` or `key` on Data Center."""
    ctx.me  # noqa: B018
    word = ctx.call.arg("accountId") if ctx.cloud else ctx.call.arg("username") or ctx.call.arg("key")
    if not word:
        name = "accountId" if ctx.cloud else "username"
        raise bad(f"The query parameter '{name}' is required.")
    people = ctx.store.accounts.values()
    found = ctx.store.account(word) or next((a for a in people if not ctx.cloud and a.key == word), None)
    if found is None:
        raise ApiError(404, "Specified user does not exist or you do not have required permissions")
    return ok(ctx.views.whole_user(found))


@routes.on("GET", "/user/search")
def searched(ctx: Context) -> Reply:
    """Accounts whose names begin with what is asked for."""
    ctx.me  # noqa: B018
    return _page(ctx, lambda account: account.active)


@routes.on("GET", "/user/assignable/search")
def assignables(ctx: Context) -> Reply:
    """Accounts to whom an issue of a project can be given."""
    ctx.me  # noqa: B018
    project: Project
    if ctx.call.arg("issueKey"):
        project = ctx.issue(ctx.call.arg("issueKey")).project
    elif ctx.call.arg("project"):
        project = ctx.project(ctx.call.arg("project"))
    else:
        raise bad("The query parameter 'project' or 'issueKey' is required.")
    return _page(ctx, lambda account: assignable(account, project))


def _page(ctx: Context, wanted: Callable[[Account], bool]) -> Reply:
    people = sorted(ctx.store.accounts.values(), key=lambda account: account.display_name.casefold())
    exact = ctx.call.arg("accountId") if ctx.cloud else ""
    if exact:
        found = [a for a in people if a.account_id == exact and wanted(a)]
    else:
        word = (ctx.call.arg("query") if ctx.cloud else ctx.call.arg("username")).casefold()
        found = [a for a in people if wanted(a) and (word in {"", "."} or _begins(ctx, a, word))]
    start, size = ctx.number("startAt", 0), ctx.number("maxResults", PAGE, MOST)
    return ok([ctx.views.user(account) for account in found[start : start + size]])


def _begins(ctx: Context, account: Account, word: str) -> bool:
    """Whether one of an account's names begins so: as fuzzy as Jira's own look-up."""
    names = [account.email, account.display_name, *account.display_name.split()]
    names += [] if ctx.cloud else [account.name]
    return any(name.casefold().startswith(word) for name in names)


@routes.on("GET", "/mypermissions")
def permissions(ctx: Context) -> Reply:
    """What the caller may do, on the site, in a project or with an issue."""
    asked = ctx.words("permissions")
    unknown = [name for name in asked if name not in PERMISSIONS]
    if unknown:
        raise bad(f"Unrecognized permission(s): {', '.join(unknown)}")
    if ctx.cloud and not asked:
        raise bad("The 'permissions' query parameter is required.")
    project = _place(ctx)
    shown = {}
    for name in asked or PERMISSIONS:
        number, title = PERMISSIONS[name]
        everywhere = [project] if project else list(ctx.store.projects.values())
        if name == "ADMINISTER":
            have = bool(ctx.actor.account and ctx.actor.account.admin and ctx.actor.writes)
        else:
            have = any(may(ctx.actor, one, name) for one in everywhere)
        kind = "GLOBAL" if name == "ADMINISTER" else "PROJECT"
        shown[name] = {
            "id": str(number),
            "key": name,
            "name": title,
            "type": kind,
            "description": title,
            "havePermission": have,
        }
    return ok({"permissions": shown})


def _place(ctx: Context) -> Project | None:
    key, issue = ctx.call.arg("projectKey") or ctx.call.arg("projectId"), ctx.call.arg("issueKey")
    if issue:
        return ctx.issue(issue).project
    return ctx.project(key) if key else None
