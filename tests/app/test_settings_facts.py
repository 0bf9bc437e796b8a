"""What is configured about plans, severities and secrets reaches the adapters and the policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.app.github import github_config
from worker.app.jira import jira_config
from worker.app.problems import ConfigError
from worker.app.settings import Settings, load_settings
from worker.app.sites import GitHubSettings, JiraSettings
from worker.domain.policy import Policy
from worker.trackers.github import ProjectConfig

ENV = {
    "GITHUB_TOKEN": "ghp_x",
    "JIRA_URL": "https://acme.atlassian.net",
    "JIRA_EMAIL": "bot@acme.example",
    "JIRA_API_TOKEN": "x",
    "FOLLOWTHROUGH_SIGNING_KEY": "a-signing-key-of-the-tests-that-is-long-enough",
}


def settings(folder: Path, followthrough: str = "", policy: str = "") -> Settings:
    (folder / "followthrough.yaml").write_text(followthrough)
    (folder / "policy.yaml").write_text(policy)
    (folder / "people.yaml").write_text("")
    return load_settings(folder, ENV)


def github(made: Settings) -> ProjectConfig | None:
    site = made.sites["github"]
    assert isinstance(site, GitHubSettings)
    return github_config(site, 1).project


def test_a_project_is_read_where_it_is_configured(tmp_path: Path) -> None:
    assert github(settings(tmp_path, "sites: {github: {repositories: [acme/pay]}}")) is None
    board = "{owner: acme, number: 4, iteration: Sprint, start: Begins, due: Target, status: Status}"
    found = github(settings(tmp_path, f"sites: {{github: {{project: {board}}}}}"))
    expected = ProjectConfig(owner="acme", number=4, iteration="Sprint", start="Begins", due="Target", status="Status")
    assert found == expected


@pytest.mark.parametrize("half", ["{owner: acme}", "{number: 4}"])
def test_half_a_project_is_none(tmp_path: Path, half: str) -> None:
    with pytest.raises(ConfigError, match="give both, or neither"):
        settings(tmp_path, f"sites: {{github: {{project: {half}}}}}")


def test_a_jira_has_no_project_of_github(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`project` belongs to a site of kind github"):
        settings(tmp_path, "sites: {jira: {project: {owner: acme, number: 4}}}")


def test_the_severity_field_reaches_jira(tmp_path: Path) -> None:
    site = settings(tmp_path, "sites: {jira: {severity_field: Impact, projects: [OPS]}}").sites["jira"]
    assert isinstance(site, JiraSettings)
    assert jira_config(site, 1).severity_field == "Impact"


def test_own_words_for_severities_stand_beside_the_usual_ones(tmp_path: Path) -> None:
    found = settings(tmp_path, policy="severities: {Feuer: P0, sev1: P1}\nconfidential_labels: [geheim]").policy
    assert found.severities == {**Policy().severities, "Feuer": "P0", "sev1": "P1"}
    assert found.confidential_labels == frozenset({"geheim"})


def test_a_severity_is_a_priority(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"severities\.sev1"):
        settings(tmp_path, policy="severities: {sev1: high}")
