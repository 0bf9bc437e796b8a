"""Teams and files of the simulated GitHub, in GitHub's shape and with its rights."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from githubkit_schemas.v2026_03_10 import models

from tests.sandbox.test_shapes import check
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.running import Refusal

SEED: dict[str, Any] = {
    "orgs": [
        {
            "login": "acme",
            "teams": [
                {"slug": "eng", "maintainers": ["dana"]},
                {"slug": "pay", "name": "Payments", "parent": "eng", "maintainers": ["lena"], "members": ["alice"]},
            ],
        }
    ],
    "tokens": [{"token": "narrow", "login": "lena", "scopes": "repo"}],
    "repos": [{"name": "acme/pay", "files": {"docs/CODEOWNERS": "* @acme/pay\n", "CODEOWNERS": "ü" * 100}}],
}


@pytest.fixture(scope="module")
def github() -> Iterator[GitHubSandbox]:
    with GitHubSandbox(seed=SEED) as sandbox:
        yield sandbox


def logins(rows: list[dict[str, Any]]) -> list[str]:
    return [row["login"] for row in rows]


def test_teams_and_files_have_githubs_shape(github: GitHubSandbox) -> None:
    teams = github.act("alice", "GET", "/orgs/acme/teams")
    assert [team["slug"] for team in teams] == ["eng", "pay"]
    for team in teams:
        check(models.Team, team)
    assert (teams[0]["parent"], teams[1]["parent"]["slug"]) == (None, "eng")
    found = github.act("alice", "GET", "/repos/acme/pay/contents/CODEOWNERS")
    check(models.ContentFile, found)
    assert base64.b64decode(found["content"]).decode() == "ü" * 100


@pytest.mark.parametrize(
    ("team", "role", "expected"),
    [
        pytest.param("pay", "all", ["alice", "lena"], id="everybody of a team"),
        pytest.param("pay", "maintainer", ["lena"], id="its maintainers"),
        pytest.param("eng", "all", ["alice", "dana", "lena"], id="a team holds those of the teams below it"),
        pytest.param("eng", "maintainer", ["dana"], id="whose maintainers are members there"),
    ],
)
def test_who_is_in_a_team(github: GitHubSandbox, team: str, role: str, expected: list[str]) -> None:
    rows = github.act("alice", "GET", f"/orgs/acme/teams/{team}/members?role={role}")
    assert logins(rows) == expected


def test_strangers_see_no_team(github: GitHubSandbox) -> None:
    github.site.store.add_account("mallory")
    for path in ("/orgs/acme/teams", "/orgs/acme/teams/pay/members"):
        with pytest.raises(Refusal, match="404"):
            github.act("mallory", "GET", path)


@pytest.mark.parametrize("path", ["/repos/acme/pay/contents/.github/CODEOWNERS", "/repos/acme/pay/contents/nope"])
def test_a_file_that_is_not_there_is_not_found(github: GitHubSandbox, path: str) -> None:
    with pytest.raises(Refusal, match="404"):
        github.act("alice", "GET", path)
