"""A GitHub with teams and a Jira with component leads, and the settings that know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.app.settings import Settings, load_settings
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox

BOT = "followthrough"
GITHUB: dict[str, Any] = {
    "users": [
        {"login": "alice-m", "name": "Alice Moreau"},
        {"login": "hana-s", "name": "Hana Sato"},
        {"login": "lvogt", "name": "Lena Vogt"},
        {"login": "layla-h", "name": "ليلى حداد"},
        {"login": "dependabot[bot]"},
    ],
    "orgs": [
        {
            "login": "acme",
            "members": [BOT, "alice-m", "lvogt", "hana-s", "layla-h", "dependabot[bot]"],
            "teams": [
                {"slug": "engineering", "name": "Engineering", "maintainers": ["dana-k", "dario-x"]},
                {
                    "slug": "payments",
                    "name": "Payments",
                    "parent": "engineering",
                    "maintainers": ["lvogt"],
                    "members": ["alice-m", "hana-s"],
                },
                {"slug": "search", "name": "Search", "maintainers": ["layla-h"], "members": ["hana-s"]},
            ],
        }
    ],
    "tokens": [
        {"token": "ghp_all", "login": BOT},
        {"token": "ghp_issues", "login": BOT, "scopes": "repo"},
        {"token": "ghp_stranger", "login": "mallory"},
    ],
    "repos": [
        {"name": "acme/pay", "files": {".github/CODEOWNERS": "* @acme/payments\n", "README.md": "# ü\n"}},
        {"name": "acme/docs", "visibility": "public"},
    ],
}
JIRA: dict[str, Any] = {
    "users": [
        {"login": "alice", "display_name": "Alice Moreau"},
        {"login": "lena", "display_name": "Lena Vogt"},
        {"login": "rosa", "display_name": "Rosa Diaz", "active": False},
        {"login": "robot", "type": "app"},
    ],
    "tokens": [{"token": "service", "login": BOT}],
    "projects": [
        {
            "key": "PAY",
            "lead": "lena",
            "people": {"alice": "member", "lena": "admin", "rosa": "member", "robot": "member", BOT: "member"},
            "components": [{"name": "Gateway", "lead": "alice"}, "Ledger"],
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Town:
    """Both sandboxes, and a folder whose people.yaml names them as sources."""

    github: GitHubSandbox
    jira: JiraSandbox
    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """What is exported so that both are found."""
        cloud = self.jira.face == "cloud"
        signing = (
            {"JIRA_EMAIL": self.jira.email_of(BOT), "JIRA_API_TOKEN": "service"} if cloud else {"JIRA_PAT": "service"}
        )
        return {
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_TOKEN": "ghp_all",
            "JIRA_URL": self.jira.url,
            "FOLLOWTHROUGH_DATA_DIR": str(self.folder / "data"),
            **signing,
        }

    def settings(self, people: str, env: Mapping[str, str] | None = None) -> Settings:
        """The settings with this people.yaml."""
        (self.folder / "people.yaml").write_text(people, encoding="utf-8")
        return load_settings(self.folder, {**self.env, **(env or {})})


@contextmanager
def town(folder: Path, face: str = "cloud") -> Iterator[Town]:
    """Start both, with nothing in people.yaml yet."""
    with ExitStack() as stack:
        github = stack.enter_context(GitHubSandbox(seed=GITHUB))
        jira = stack.enter_context(JiraSandbox(seed=JIRA, face=face))
        (folder / "followthrough.yaml").write_text(
            "sites:\n  github:\n    repositories: [acme/pay]\n  jira:\n    projects: [PAY]\n"
        )
        yield Town(github, jira, folder)
