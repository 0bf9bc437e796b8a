"""The GitHub App: who it is, where it is installed, and tokens for its installations."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from worker.sandbox.clock import stamp
from worker.sandbox.github.context import Context, ok
from worker.sandbox.github.errors import ApiError, not_found, unprocessable
from worker.sandbox.github.model import App, Installation, Token
from worker.sandbox.github.paging import numbered
from worker.sandbox.wire import Reply, Router

routes: Router[Callable[..., Reply]] = Router()
TOKEN_LIFE = timedelta(hours=1)


def _app(ctx: Context) -> App:
    """Return the App that signs itself in, or refuse."""
    if ctx.actor.app is None:
        raise ApiError(401, "A JSON web token could not be decoded")
    return ctx.actor.app


@routes.on("GET", "/app")
def get_app(ctx: Context) -> Reply:
    """Get the App itself."""
    return ok(ctx.views.app(_app(ctx)) | {"installations_count": len(_app(ctx).installations)})


@routes.on("GET", "/app/installations")
def list_installations(ctx: Context) -> Reply:
    """List the App's installations."""
    app = _app(ctx)
    return numbered(ctx, list(app.installations.values()), lambda installed: ctx.views.installation(installed, app))


@routes.on("GET", "/app/installations/{number:int}")
def get_installation(ctx: Context, number: str) -> Reply:
    """Get an installation."""
    app = _app(ctx)
    return ok(ctx.views.installation(_installation(app, int(number)), app))


def _installation(app: App, number: int) -> Installation:
    found = app.installations.get(number)
    if found is None:
        raise not_found()
    return found


def _for_account(ctx: Context, login: str, *, org: bool) -> Reply:
    app = _app(ctx)
    for installed in app.installations.values():
        account = installed.account
        if account.login.lower() == login.lower() and (account.type == "Organization") == org:
            return ok(ctx.views.installation(installed, app))
    raise not_found()


@routes.on("GET", "/orgs/{login}/installation")
def get_org_installation(ctx: Context, login: str) -> Reply:
    """Get the installation in an organization."""
    return _for_account(ctx, login, org=True)


@routes.on("GET", "/users/{login}/installation")
def get_user_installation(ctx: Context, login: str) -> Reply:
    """Get the installation in a person's account."""
    return _for_account(ctx, login, org=False)


@routes.on("GET", "/repos/{owner}/{repo}/installation")
def get_repo_installation(ctx: Context, owner: str, repo: str) -> Reply:
    """Get the installation that covers a repository."""
    app = _app(ctx)
    place = ctx.store.repo(owner, repo)
    for installed in app.installations.values():
        if place is None or installed.account is not place.owner:
            continue
        if installed.repos is None or place.id in installed.repos:
            return ok(ctx.views.installation(installed, app))
    raise not_found()


@routes.on("POST", "/app/installations/{number:int}/access_tokens")
def create_token(ctx: Context, number: str) -> Reply:
    """Make a token for an installation, for an hour by the machine's clock, which is the one that clients look at."""
    app, payload = _app(ctx), ctx.payload()
    installed = _installation(app, int(number))
    repos = installed.repos
    wanted = payload.get("repositories")
    if isinstance(wanted, list):
        named = [ctx.store.repo(installed.account.login, str(name)) for name in wanted]
        if any(repo is None or (repos is not None and repo.id not in repos) for repo in named):
            raise unprocessable(
                "There is at least one repository that does not exist or is not accessible to the parent installation."
            )
        repos = frozenset(repo.id for repo in named if repo is not None)
    asked = payload.get("permissions")
    issues = str(asked.get("issues", "none")) if isinstance(asked, dict) and asked else installed.issues
    if issues == "write" and installed.issues != "write":
        raise unprocessable("The permissions requested are not granted to this installation.")
    until = datetime.now(UTC) + TOKEN_LIFE
    token = Token(
        secret=f"ghs_{secrets.token_hex(18)}",
        account=app.bot,
        role="write",
        issues=issues,
        repos=repos,
        installation=installed.id,
        until=until,
        scopes="",
    )
    ctx.store.tokens[token.secret] = token
    return ok(
        {
            "token": token.secret,
            "expires_at": stamp(until),
            "permissions": {"issues": issues, "metadata": "read"},
            "repository_selection": "all" if repos is None else "selected",
        },
        201,
    )
