"""How accounts, Apps and installations look as JSON. See `views` for the rest."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from worker.sandbox.clock import stamp
from worker.sandbox.github.model import ROLES, Account, App, Installation, Team
from worker.sandbox.github.store import Store
from worker.sandbox.github.templates import USER_URLS

Json = dict[str, Any]


class AccountViews:
    """Renders records. `base` is the API's base as the client wrote it, `root` the site's without the API prefix."""

    def __init__(self, store: Store, base: str, root: str) -> None:
        self.store = store
        self.base = base
        self.root = root
        self._users: dict[int, Json] = {}

    def user(self, account: Account) -> Json:
        """A simple user."""
        known = self._users.get(account.id)
        if known is None:
            url, page = f"{self.base}/users/{quote(account.login)}", f"{self.root}/{quote(account.login)}"
            known = {
                "login": account.login,
                "id": account.id,
                "node_id": account.node_id,
                "avatar_url": f"{self.root}/avatars/u/{account.id}?v=4",
                "gravatar_id": "",
                "url": url,
                "html_url": page,
                **{name: url + path for name, path in USER_URLS},
                "type": account.type,
                "user_view_type": "public",
                "site_admin": False,
            }
            self._users[account.id] = known
        return known

    def full_user(self, account: Account) -> Json:
        """A user with profile."""
        return self.user(account) | {
            "name": account.name or None,
            "company": None,
            "blog": "",
            "location": None,
            "email": account.email or None,
            "hireable": None,
            "bio": None,
            "twitter_username": None,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": stamp(account.created_at),
            "updated_at": stamp(account.created_at),
        }

    def organization(self, account: Account) -> Json:
        """An organization."""
        url = f"{self.base}/orgs/{account.login}"
        return {
            "login": account.login,
            "id": account.id,
            "node_id": account.node_id,
            "url": url,
            "repos_url": f"{url}/repos",
            "events_url": f"{url}/events",
            "hooks_url": f"{url}/hooks",
            "issues_url": f"{url}/issues",
            "members_url": f"{url}/members{{/member}}",
            "public_members_url": f"{url}/public_members{{/member}}",
            "avatar_url": f"{self.root}/avatars/u/{account.id}?v=4",
            "description": None,
            "name": account.name or account.login,
            "html_url": f"{self.root}/{account.login}",
            "type": "Organization",
            "has_organization_projects": True,
            "has_repository_projects": True,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": stamp(account.created_at),
            "updated_at": stamp(account.created_at),
            "archived_at": None,
        }

    def team(self, org: Account, team: Team) -> Json:
        """A team, with the one that it is a part of."""
        url = f"{self.base}/organizations/{org.id}/team/{team.id}"
        page = f"{self.root}/orgs/{org.login}/teams/{team.slug}"
        shown: Json = {
            "id": team.id,
            "node_id": team.node_id,
            "name": team.name,
            "slug": team.slug,
            "description": None,
            "privacy": "closed",
            "notification_setting": "notifications_enabled",
            "permission": "pull",
            "url": url,
            "html_url": page,
            "members_url": f"{url}/members{{/member}}",
            "repositories_url": f"{url}/repos",
            "type": "organization",
            "organization_id": org.id,
        }
        above = self.team(org, team.parent) if team.parent is not None else None
        return shown | {"parent": {k: v for k, v in above.items() if k != "parent"} if above else None}

    def via(self, used: bool) -> Json | None:
        """The App that a record was made through, or None."""
        return self.app(self.store.app) if used and self.store.app else None

    def app(self, app: App) -> Json:
        """A GitHub App."""
        return {
            "id": app.id,
            "client_id": f"Iv23li{app.id:014d}",
            "slug": app.slug,
            "node_id": f"A_kwDO{app.id:08x}",
            "owner": self.user(app.owner),
            "name": app.name,
            "description": None,
            "external_url": self.root,
            "html_url": f"{self.root}/apps/{app.slug}",
            "created_at": stamp(app.created_at),
            "updated_at": stamp(app.created_at),
            "permissions": {"issues": "write", "metadata": "read"},
            "events": ["issue_comment", "issues", "label"],
        }

    def installation(self, installation: Installation, app: App) -> Json:
        """An installation of the App."""
        url = f"{self.base}/app/installations/{installation.id}"
        return {
            "id": installation.id,
            "client_id": f"Iv23li{app.id:014d}",
            "account": self.user(installation.account),
            "repository_selection": "all" if installation.repos is None else "selected",
            "access_tokens_url": f"{url}/access_tokens",
            "repositories_url": f"{self.base}/installation/repositories",
            "html_url": f"{self.root}/settings/installations/{installation.id}",
            "app_id": app.id,
            "app_slug": app.slug,
            "target_id": installation.account.id,
            "target_type": installation.account.type,
            "permissions": {"issues": installation.issues, "metadata": "read"},
            "events": ["issue_comment", "issues", "label"],
            "created_at": stamp(installation.created_at),
            "updated_at": stamp(installation.created_at),
            "single_file_name": None,
            "has_multiple_single_files": False,
            "single_file_paths": [],
            "suspended_by": None,
            "suspended_at": None,
        }

    def collaborator(self, account: Account, role: str) -> Json:
        """A collaborator with rights."""
        names = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
        rights = {name: ROLES.index(role) >= ROLES.index(wanted) for name, wanted in names.items()}
        return self.user(account) | {"permissions": rights, "role_name": role}
