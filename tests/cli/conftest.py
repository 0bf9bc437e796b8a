"""Commands as a person calls them: arguments and environment in, exit code and both outputs out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from worker.cli.main import main
from worker.sandbox.github import GitHubSandbox

BOT = "followthrough[bot]"
PEOPLE = """
people:
  alice: {name: Alice Moreau, email: alice@acme.example, github: alice, team: pay}
  bob: {name: Bob Okafor, email: bob@acme.example, github: bob, team: pay}
  lena: {name: Lena Vogt, email: lena@acme.example, github: lena, team: pay}
teams:
  pay: {name: Payments, lead: lena}
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How one call ended."""

    code: int
    out: str
    err: str


@dataclass(slots=True)
class Shell:
    """Calls commands in this process, with nothing of the machine's own environment that the service would read."""

    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str, **env: str) -> Ran:
        with self.patch.context() as patch:
            for name in os.environ:
                if name.startswith(("GITHUB_", "JIRA_", "FOLLOWTHROUGH_")) or name in {"REDIS_URL", "SMTP_URL"}:
                    patch.delenv(name)
            for name, value in env.items():
                patch.setenv(name, value)
            self.capture.readouterr()
            with pytest.raises(SystemExit) as ended:
                main(list(arguments))
        said = self.capture.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0 if code is None else 1, said.out, said.err)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


@dataclass(slots=True)
class Desk:
    """A newcomer's desk: a sandbox with its default seed, a folder with settings, and a shell."""

    shell: Shell
    sandbox: GitHubSandbox
    folder: Path

    @property
    def env(self) -> dict[str, str]:
        """What is exported: the sandbox's address and a token."""
        return {
            "GITHUB_API_URL": self.sandbox.api_url,
            "GITHUB_TOKEN": "sandbox-service",
            "FOLLOWTHROUGH_DATA_DIR": str(self.folder / "data"),
        }

    def __call__(self, *arguments: str, **env: str) -> Ran:
        """Call a command with the folder's settings."""
        return self.shell(*arguments, "--config", str(self.folder), **{**self.env, **env})

    def bare(self, *arguments: str, **env: str) -> Ran:
        """Call a command without any settings but the environment."""
        return self.shell(*arguments, **{**self.env, **env})

    def label(self, number: int = 1, repo: str = "acme/incidents") -> str:
        """Label an issue as a post-mortem; returns its key."""
        self.sandbox.act("lena", "POST", f"/repos/{repo}/issues/{number}/labels", {"labels": ["postmortem"]})
        return f"github:{repo}#{number}"

    def issues(self) -> dict[str, Any]:
        found: dict[str, Any] = self.sandbox.state()["issues"]
        return found

    def written(self) -> int:
        """How often the service changed anything."""
        return len(self.sandbox.writes(user=BOT))


@pytest.fixture
def desk(shell: Shell, tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        sandbox = stack.enter_context(GitHubSandbox())
        (tmp_path / "followthrough.yaml").write_text(
            "mode: comment\nsites:\n  github:\n    repositories: [acme/incidents, acme/payments]\n"
        )
        (tmp_path / "policy.yaml").write_text("settle_minutes: 0\n")
        (tmp_path / "people.yaml").write_text(PEOPLE)
        yield Desk(shell, sandbox, tmp_path)
