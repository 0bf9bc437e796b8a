"""What the README says to write is taken as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.app.conftest import TOKEN, Load
from worker.app.jira import jira_config
from worker.app.settings import JiraSettings, require_trackers
from worker.app.shapes import SourcesShape

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
JIRA = {"JIRA_EMAIL": "bot@example.org", "JIRA_API_TOKEN": "jira-token"}


def section(title: str) -> list[str]:
    """The YAML blocks of one section, as they would be typed."""
    text = README.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return [dedent(block) for block in re.findall(r"(?ms)^ *```yaml\n(.*?)^ *```$", text)]


@pytest.mark.parametrize(
    ("title", "env"),
    [
        pytest.param("Connect a GitHub repository", TOKEN, id="GitHub"),
        pytest.param("Connect a Jira project", JIRA, id="Jira"),
    ],
)
def test_the_files_of_each_way_to_connect_are_complete(load: Load, title: str, env: dict[str, str]) -> None:
    followthrough, people = section(title)[:2]
    settings = load(env, followthrough=followthrough, people=people)
    require_trackers(settings)
    assert settings.directory.teams["payments"].lead == "lena"
    assert settings.ledger in {"github:acme/incidents", "jira:OPS"}


def test_what_is_said_of_a_project_reaches_the_adapter(load: Load) -> None:
    projects = indent(section("Connect a Jira project")[2], "    ")
    settings = load(JIRA, followthrough=f"sites:\n  jira:\n    url: https://acme.atlassian.net\n{projects}")
    site = settings.sites["jira"]
    assert isinstance(site, JiraSettings)
    config = jira_config(site, attempts=1)
    assert config.projects == ("OPS", "PAY")
    assert sorted(config.special) == ["LEGAL", "OPS", "PAY"]
    assert config.project("PAY").done.resolution == "Done"


def test_the_sources_of_people_are_all_there_are(load: Load) -> None:
    (people,) = section("People")
    settings = load(TOKEN | JIRA | {"JIRA_URL": "https://j.example"}, people=people)
    for name in SourcesShape.model_fields:
        assert getattr(settings.sources, name)


def test_a_teams_items_may_live_on_another_site_than_the_post_mortem(load: Load) -> None:
    teams = section("Connect a Jira project")[3]
    sites = "sites: {github: {repositories: [acme/incidents]}, jira: {url: 'https://j.example', projects: [PAY]}}"
    settings = load({**TOKEN, **JIRA}, followthrough=sites, people=f"people: {{lena: {{}}}}\n{teams}")
    assert settings.directory.teams["payments"].items == "jira:PAY"
    assert [warning for warning in settings.warnings if "items" in warning] == []
