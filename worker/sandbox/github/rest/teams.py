"""Teams of an organization, and who is in them. Only members of the organization and its Apps see them."""

from __future__ import annotations

from collections.abc import Callable

from worker.sandbox.github.context import Context
from worker.sandbox.github.errors import forbidden, not_found
from worker.sandbox.github.model import Account, Team
from worker.sandbox.github.paging import numbered
from worker.sandbox.github.world import via_app
from worker.sandbox.wire import Reply, Router

routes: Router[Callable[..., Reply]] = Router()


def _org(ctx: Context, login: str) -> Account:
    org = ctx.store.account(login)
    if org is None or org.type != "Organization":
        raise not_found()
    inside = ctx.actor.login.lower() in org.members
    if not (inside or via_app(ctx.actor)):
        raise not_found()
    token = ctx.actor.token
    if token is not None and not via_app(ctx.actor) and "read:org" not in token.scopes:
        raise forbidden("Resource not accessible by personal access token")
    return org


def _team(org: Account, slug: str) -> Team:
    found = org.teams.get(slug)
    if found is None:
        raise not_found()
    return found


@routes.on("GET", "/orgs/{login}/teams")
def list_teams(ctx: Context, login: str) -> Reply:
    """List an organization's teams."""
    org = _org(ctx, login)
    return numbered(ctx, list(org.teams.values()), lambda team: ctx.views.team(org, team))


@routes.on("GET", "/orgs/{login}/teams/{slug}/members")
def list_team_members(ctx: Context, login: str, slug: str) -> Reply:
    """List who is in a team or in one below it, by role where that is asked for."""
    org = _org(ctx, login)
    wanted, role = _team(org, slug), ctx.call.arg("role", "all")
    found: dict[str, str] = {}
    for team in org.teams.values():
        if _within(team, wanted):
            # Who maintains a team below is a member here.
            found |= {name: held if team is wanted else "member" for name, held in team.members.items()}
    found |= wanted.members
    names = sorted(name for name, held in found.items() if role in {"all", held})
    return numbered(ctx, [account for name in names if (account := ctx.store.account(name))], ctx.views.user)


def _within(team: Team | None, wanted: Team) -> bool:
    while team is not None and team is not wanted:
        team = team.parent
    return team is wanted
