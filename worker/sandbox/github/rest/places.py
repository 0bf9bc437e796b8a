"""Repositories, accounts, and who belongs where."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from worker.sandbox.clock import stamp
from worker.sandbox.github.context import Context, no_content, ok, text_in
from worker.sandbox.github.errors import ApiError, forbidden, invalid, not_found
from worker.sandbox.github.model import Account, Hook, Repo, at_least
from worker.sandbox.github.paging import numbered
from worker.sandbox.github.world import via_app
from worker.sandbox.wire import Reply, Router

routes: Router[Callable[..., Reply]] = Router()
REPO = "/repos/{owner}/{repo}"


def _require_account(ctx: Context) -> Account:
    if ctx.actor.account is None:
        raise ApiError(401, "Requires authentication")
    return ctx.actor.account


def _account(ctx: Context, login: str, kind: str = "") -> Account:
    found = ctx.store.account(login)
    if found is None or (kind and found.type != kind):
        raise not_found()
    return found


def _visible(ctx: Context, repos: Iterable[Repo]) -> list[Repo]:
    seen = [repo for repo in repos if ctx.store.sees(ctx.actor, repo)]
    return sorted(seen, key=lambda repo: repo.full_name.lower())


@routes.on("GET", "/user")
def get_self(ctx: Context) -> Reply:
    """Get the token's own account; an App's installation has none."""
    account = _require_account(ctx)
    if via_app(ctx.actor):
        raise forbidden("Resource not accessible by integration")
    return ok(ctx.views.full_user(account))


@routes.on("GET", "/users/{login}")
def get_user(ctx: Context, login: str) -> Reply:
    """Get an account."""
    return ok(ctx.views.full_user(_account(ctx, login)))


@routes.on("GET", "/orgs/{login}")
def get_org(ctx: Context, login: str) -> Reply:
    """Get an organization."""
    return ok(ctx.views.organization(_account(ctx, login, "Organization")))


@routes.on("GET", "/orgs/{login}/members")
def list_members(ctx: Context, login: str) -> Reply:
    """List an organization's members."""
    org = _account(ctx, login, "Organization")
    members = [account for name in sorted(org.members) if (account := ctx.store.account(name))]
    return numbered(ctx, members, ctx.views.user)


@routes.on("GET", "/orgs/{login}/repos")
def list_org_repos(ctx: Context, login: str) -> Reply:
    """List an organization's repositories that the caller sees."""
    org = _account(ctx, login, "Organization")
    repos = _visible(ctx, (repo for repo in ctx.store.repos.values() if repo.owner is org))
    return numbered(ctx, repos, lambda repo: ctx.views.repo(repo, ctx.actor))


@routes.on("GET", "/users/{login}/repos")
def list_user_repos(ctx: Context, login: str) -> Reply:
    """List an account's public repositories."""
    account = _account(ctx, login)
    repos = _visible(ctx, (repo for repo in ctx.store.repos.values() if repo.owner is account and not repo.private))
    return numbered(ctx, repos, lambda repo: ctx.views.repo(repo, ctx.actor))


@routes.on("GET", "/user/repos")
def list_own_repos(ctx: Context) -> Reply:
    """List the repositories in which the token's account has a role of its own."""
    account = _require_account(ctx)
    if via_app(ctx.actor):
        raise forbidden("Resource not accessible by integration")
    own = (repo for repo in ctx.store.repos.values() if ctx.store.account_role(account, repo) != "none")
    return numbered(ctx, _visible(ctx, own), lambda repo: ctx.views.repo(repo, ctx.actor))


@routes.on("GET", "/installation/repositories")
def list_installed_repos(ctx: Context) -> Reply:
    """List the repositories of the App's installation that the token belongs to."""
    token = ctx.actor.token
    if token is None or token.installation is None or ctx.store.app is None:
        raise forbidden("You must authenticate with an installation access token in order to list repositories")
    installed = ctx.store.app.installations[token.installation]
    own = (r for r in ctx.store.repos.values() if r.owner is installed.account)
    repos = _visible(ctx, (repo for repo in own if token.repos is None or repo.id in token.repos))
    return numbered(ctx, repos, lambda repo: ctx.views.repo(repo, ctx.actor), wrap="repositories")


@routes.on("GET", REPO)
def get_repo(ctx: Context, owner: str, repo: str) -> Reply:
    """Get a repository."""
    return ok(ctx.views.repo(ctx.repo(owner, repo), ctx.actor))


@routes.on("PATCH", REPO)
def edit_repo(ctx: Context, owner: str, repo: str) -> Reply:
    """Rename a repository, or change its visibility, archive or issues. Needs admin rights."""
    place, payload = ctx.repo(owner, repo), ctx.payload()
    if not at_least(ctx.store.role(ctx.actor, place), "admin"):
        raise forbidden()
    name, visibility = text_in(payload, "name"), text_in(payload, "visibility")
    if visibility is None and isinstance(payload.get("private"), bool):
        visibility = "private" if payload["private"] else "public"
    if visibility not in {None, "public", "private", "internal"}:
        raise invalid("Repository", "visibility", value=visibility)
    if name and name != place.name:
        if ctx.store.repo(place.owner.login, name) not in {None, place}:
            raise invalid("Repository", "name", "custom", message="name already exists on this account")
        ctx.store.rename_repo(place, name)
    place.visibility = visibility or place.visibility
    for field in ("archived", "has_issues"):
        if isinstance(payload.get(field), bool):
            setattr(place, field, payload[field])
    place.updated_at = ctx.store.now()
    ctx.world.changes += 1
    return ok(ctx.views.repo(place, ctx.actor))


@routes.on("GET", REPO + "/assignees")
def list_assignees(ctx: Context, owner: str, repo: str) -> Reply:
    """List who can be given issues."""
    return numbered(ctx, assignable(ctx, ctx.repo(owner, repo)), ctx.views.user)


@routes.on("GET", REPO + "/assignees/{login}")
def check_assignee(ctx: Context, owner: str, repo: str, login: str) -> Reply:
    """204 where the account can be given issues, else 404."""
    if not ctx.store.assignable(ctx.repo(owner, repo), ctx.store.account(login)):
        raise not_found()
    return no_content()


def assignable(ctx: Context, repo: Repo) -> list[Account]:
    """Return who can be given issues of a repository, by login."""
    everybody = sorted(ctx.store.accounts.values(), key=lambda account: account.login.lower())
    return [account for account in everybody if ctx.store.assignable(repo, account)]


@routes.on("GET", REPO + "/collaborators")
def list_collaborators(ctx: Context, owner: str, repo: str) -> Reply:
    """List the accounts with a role in the repository. Needs push rights."""
    place = ctx.repo(owner, repo)
    if not at_least(ctx.store.role(ctx.actor, place), "write"):
        raise forbidden("Must have push access to view repository collaborators.")
    found = [(a, ctx.store.account_role(a, place)) for a in ctx.store.accounts.values() if a.type != "Organization"]
    found = sorted(((a, role) for a, role in found if role != "none"), key=lambda pair: pair[0].login.lower())
    return numbered(ctx, found, lambda pair: ctx.views.collaborator(*pair))


@routes.on("GET", REPO + "/collaborators/{login}")
def check_collaborator(ctx: Context, owner: str, repo: str, login: str) -> Reply:
    """204 where the account has a role in the repository, else 404."""
    place, account = ctx.repo(owner, repo), ctx.store.account(login)
    if account is None or ctx.store.account_role(account, place) == "none":
        raise not_found()
    return no_content()


@routes.on("GET", REPO + "/collaborators/{login}/permission")
def get_permission(ctx: Context, owner: str, repo: str, login: str) -> Reply:
    """Get an account's role; triage shows as read and maintain as write, beside the exact `role_name`."""
    place = ctx.repo(owner, repo)
    account = _account(ctx, login)
    role = ctx.store.account_role(account, place)
    if role == "none" and not place.private:
        role = "read"
    coarse = {"triage": "read", "maintain": "write"}.get(role, role)
    return ok({"permission": coarse, "role_name": role, "user": ctx.views.collaborator(account, role)})


def _hook(ctx: Context, repo: Repo, hook: Hook) -> dict[str, object]:
    url = f"{ctx.views.repo_url(repo)}/hooks/{hook.id}"
    return {
        "type": "Repository",
        "id": hook.id,
        "name": "web",
        "active": hook.active,
        "events": sorted(hook.events),
        "config": {"url": hook.url, "content_type": "json", "insecure_ssl": "0", "secret": "********"},
        "created_at": stamp(hook.created_at),
        "updated_at": stamp(hook.created_at),
        "url": url,
        "test_url": f"{url}/test",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": {"code": None, "status": "unused", "message": None},
    }


@routes.on("GET", REPO + "/hooks")
def list_hooks(ctx: Context, owner: str, repo: str) -> Reply:
    """List a repository's webhooks. Needs admin rights; anybody else gets 404, as on GitHub."""
    place = ctx.repo(owner, repo)
    if not at_least(ctx.store.role(ctx.actor, place), "admin"):
        raise not_found()
    hooks = [hook for hook in ctx.store.hooks.values() if hook.repo in {None, place}]
    return numbered(ctx, hooks, lambda hook: _hook(ctx, place, hook))


@routes.on("POST", REPO + "/hooks")
def create_hook(ctx: Context, owner: str, repo: str) -> Reply:
    """Create a webhook of a repository. Needs admin rights."""
    place, payload = ctx.repo(owner, repo), ctx.payload()
    if not at_least(ctx.store.role(ctx.actor, place), "admin"):
        raise not_found()
    config = payload.get("config")
    url = config.get("url") if isinstance(config, dict) else None
    if not isinstance(config, dict) or not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise invalid("Hook", "url", "missing_field")
    events = payload.get("events", ["push"])
    if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
        raise invalid("Hook", "events")
    hook = Hook(
        id=ctx.store.next_id("hook"),
        url=url,
        secret=str(config.get("secret", "")),
        events=frozenset(events),
        repo=place,
        active=payload.get("active", True) is not False,
        created_at=ctx.store.now(),
    )
    ctx.store.hooks[hook.id] = hook
    ctx.world.changes += 1
    return ok(_hook(ctx, place, hook), 201)


@routes.on("DELETE", REPO + "/hooks/{number:int}")
def delete_hook(ctx: Context, owner: str, repo: str, number: str) -> Reply:
    """Remove a webhook of a repository. Needs admin rights."""
    place = ctx.repo(owner, repo)
    hook = ctx.store.hooks.get(int(number))
    if hook is None or hook.repo is not place or not at_least(ctx.store.role(ctx.actor, place), "admin"):
        raise not_found()
    del ctx.store.hooks[hook.id]
    ctx.world.changes += 1
    return no_content()
