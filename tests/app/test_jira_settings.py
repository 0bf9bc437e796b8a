"""How a Jira is named, and what its adapter is told."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.app.conftest import TOKEN, Load
from worker.app.jira import jira_config
from worker.app.settings import JiraSettings, Settings, load_settings, require_trackers
from worker.app.wiring import trackers_of, watches, write_windows
from worker.domain.model import Mode
from worker.trackers.jira.config import CloseConfig, JiraConfig, ProjectConfig

CLOUD = {"JIRA_EMAIL": "bot@example.org", "JIRA_API_TOKEN": "jira-token"}
SITE = "https://acme.atlassian.net"


def jira(settings: Settings, name: str = "jira") -> JiraSettings:
    site = settings.sites[name]
    assert isinstance(site, JiraSettings)
    return site


def told(settings: Settings, name: str = "jira") -> JiraConfig:
    return jira_config(jira(settings, name), attempts=3)


def test_an_address_and_a_token_leave_everything_else_at_the_adapters_defaults() -> None:
    settings = load_settings(None, {**CLOUD, "JIRA_URL": SITE})
    assert told(settings) == JiraConfig(url=SITE, email="bot@example.org", api_token="jira-token")
    require_trackers(settings)


@pytest.mark.parametrize(
    ("projects", "watched", "known"),
    [
        pytest.param("[OPS, PAY]", ("OPS", "PAY"), ["OPS", "PAY"], id="a list is watched"),
        pytest.param("{OPS: {}, PAY: {link: parent}}", ("OPS", "PAY"), ["OPS", "PAY"], id="so are names"),
        pytest.param("{OPS: , PAY: }", ("OPS", "PAY"), ["OPS", "PAY"], id="with nothing below them too"),
        pytest.param("{OPS: , PAY: {watch: false}}", ("OPS",), ["OPS", "PAY"], id="but for those that are not"),
        pytest.param("", (), [], id="nothing is watched unless named"),
    ],
)
def test_projects_are_a_list_or_names_with_what_is_special(
    load: Load, projects: str, watched: tuple[str, ...], known: list[str]
) -> None:
    config = told(load(CLOUD, followthrough=f"sites: {{jira: {{url: '{SITE}', projects: {projects}}}}}"))
    assert config.projects == watched
    assert sorted(config.special) == known


def test_everything_that_is_special_about_a_project_reaches_the_adapter(load: Load) -> None:
    settings = load(
        CLOUD,
        followthrough=f"""
            sites:
              jira:
                url: {SITE}/
                api_url: https://api.atlassian.com/ex/jira/11223344-a/
                deployment: cloud
                link: Action item
                waived: [Declined]
                former_accounts: ["712020:old"]
                timeout_s: 20
                projects:
                  PAY:
                    issue_type: Improvement
                    link: parent
                    due_field: customfield_10060
                    fields:
                      components: [{{name: Ledger}}]
                      customfield_10070: 2026-12-01
                    priorities: {{P0: Blocker, P3: Trivial}}
                    done: {{transition: Close, resolution: Done, fields: {{customfield_1: {{value: x}}}}}}
                    waive: {{transition: Close, resolution: Declined}}
                    reopen: {{transition: Reopen}}
        """,
    )
    assert told(settings) == JiraConfig(
        url=SITE,
        api_url="https://api.atlassian.com/ex/jira/11223344-a",
        cloud=True,
        projects=("PAY",),
        link="Action item",
        waived=("Declined",),
        former_accounts=("712020:old",),
        timeout_s=20,
        email="bot@example.org",
        api_token="jira-token",
        special={
            "PAY": ProjectConfig(
                issue_type="Improvement",
                link="parent",
                due_field="customfield_10060",
                fields={"components": [{"name": "Ledger"}], "customfield_10070": "2026-12-01"},
                priorities={"P0": "Blocker", "P1": "High", "P2": "Medium", "P3": "Trivial"},
                done=CloseConfig(transition="Close", resolution="Done", fields={"customfield_1": {"value": "x"}}),
                waive=CloseConfig(transition="Close", resolution="Declined"),
                reopen=CloseConfig(transition="Reopen"),
            )
        },
    )


def test_data_center_takes_a_personal_access_token_alone(load: Load) -> None:
    text = "sites: {work: {kind: jira, url: https://jira.acme.example/jira, deployment: datacenter, projects: [OPS]}}"
    settings = load({"WORK_PAT": "personal-token"}, followthrough=text)
    config = told(settings, "work")
    assert (config.pat, config.cloud, config.api) == ("personal-token", False, "https://jira.acme.example/jira")
    assert "personal-token" in settings.secrets
    require_trackers(settings)


def test_the_environment_says_where_a_jira_is_before_the_file_does(load: Load) -> None:
    env = {**CLOUD, "JIRA_URL": "https://other.example/", "JIRA_API_URL": "https://api.atlassian.com/ex/jira/1/"}
    config = told(load(env, followthrough=f"sites: {{jira: {{url: '{SITE}'}}}}"))
    assert (config.url, config.api) == ("https://other.example", "https://api.atlassian.com/ex/jira/1")


def test_several_jiras_and_githubs_serve_together_each_in_its_own_mode(load: Load) -> None:
    env = {
        **TOKEN,
        **CLOUD,
        "JIRA_WEBHOOK_SECRET": "jira-hook-secret",
        "OLD_JIRA_PAT": "personal-token",
        "GHE_TOKEN": "another-token",
    }
    settings = load(
        env,
        followthrough=f"""
            mode: comment
            sites:
              github: {{repositories: [acme/incidents]}}
              ghe: {{kind: github, api_url: "https://ghe.example/api/v3"}}
              jira: {{url: "{SITE}", projects: [OPS], mode: observe}}
              old-jira: {{kind: jira, url: "https://jira.example", projects: [OLD]}}
        """,
    )
    trackers = trackers_of(settings, writers=True)
    assert sorted(trackers.reads) == ["ghe", "github", "jira", "old-jira"]
    assert sorted(trackers.writes) == ["ghe", "github", "old-jira"]
    assert trackers.mode("jira") is Mode.OBSERVE
    assert trackers.read("jira").containers() == ("OPS",)
    assert jira(settings).webhook_secrets == ("jira-hook-secret",)
    assert any(w.startswith("site old-jira: no webhook secret") for w in settings.warnings)
    assert settings.ledger == "github:acme/incidents"


@pytest.mark.parametrize(
    ("site", "container", "watched"),
    [
        pytest.param("jira", "OPS", True, id="named"),
        pytest.param("jira", "PAY", False, id="named and not watched"),
        pytest.param("jira", "OPSX", False, id="not named"),
        pytest.param("github", "OPS", False, id="another site"),
    ],
)
def test_only_the_projects_that_are_watched_enrol(load: Load, site: str, container: str, watched: bool) -> None:
    text = f"sites: {{jira: {{url: '{SITE}', projects: {{OPS: , PAY: {{watch: false}}}}}}}}"
    assert watches(load(CLOUD, followthrough=text), site, container) is watched


@pytest.mark.parametrize(
    ("login", "env", "warned"),
    [
        pytest.param("712020:0a1b2c3d-4e5f-6789-abcd-ef0123456789", CLOUD, False, id="an account id"),
        pytest.param("5b10ac8d82e05b22cc7d4ef5", CLOUD, False, id="an old account id"),
        pytest.param("alice@acme.example", CLOUD, True, id="a mail address"),
        pytest.param("alice", CLOUD, True, id="a user name on Cloud"),
        pytest.param("alice", {"JIRA_PAT": "personal-token"}, False, id="a user name on Data Center"),
    ],
)
def test_a_login_that_nobody_can_have_on_cloud_is_warned_of(
    load: Load, login: str, env: dict[str, str], warned: bool
) -> None:
    settings = load({**env, "JIRA_URL": SITE}, people=f"people: {{alice: {{jira: '{login}'}}}}")
    assert any("is no account id of Jira Cloud" in warning for warning in settings.warnings) is warned


ENGINE = "engine: {writes_per_minute: 10, writes_per_hour: 50}"
PEOPLE = "people: {lena: {}}\nteams: {pay: {lead: lena, items: 'jira:PYA'}}\n"


def test_a_project_where_items_or_the_ledger_live_is_known_without_being_named(load: Load) -> None:
    text = f"sites: {{jira: {{url: '{SITE}', projects: [OPS]}}}}\nledger: jira:LEDGER\n"
    settings = load(CLOUD, followthrough=text, people=PEOPLE.replace("PYA", "PAY"))
    config = told(settings)
    assert config.projects == ("OPS",)
    assert sorted(config.special) == ["LEDGER", "OPS", "PAY"]
    assert settings.ledger == "jira:LEDGER"


@pytest.mark.parametrize(
    ("projects", "warned"),
    [
        pytest.param("[PAY]", "did you mean `PAY`?", id="a typing error"),
        pytest.param(
            "[CORE]", "list it there, with `watch: false` if you mean it so", id="a project that nobody watches"
        ),
        pytest.param("{PYA: {watch: false}}", "", id="said to be meant so"),
        pytest.param("[PYA]", "", id="watched"),
    ],
)
def test_items_in_a_project_that_nobody_named_are_warned_of(load: Load, projects: str, warned: str) -> None:
    text = f"sites: {{jira: {{url: '{SITE}', projects: {projects}}}}}"
    found = [w for w in load(CLOUD, followthrough=text, people=PEOPLE).warnings if "teams.pay.items" in w]
    assert [warned in w for w in found] == [True] * bool(warned)


def test_people_have_an_account_id_on_cloud_and_a_user_name_on_data_center(load: Load) -> None:
    directory = load(
        {**CLOUD, "DC_PAT": "personal-token"},
        followthrough=f"sites: {{jira: {{url: '{SITE}'}}, dc: {{kind: jira, url: 'https://jira.example'}}}}",
        people="""
            people:
              alice:
                jira: "712020:0a1b2c3d-4e5f-6789-abcd-ef0123456789"
                logins: {dc: alice.moreau@acme.example}
        """,
    ).directory
    alice = directory.people["alice"]
    assert directory.by_login("jira", "712020:0a1b2c3d-4e5f-6789-abcd-ef0123456789") == alice
    assert directory.by_login("dc", "Alice.Moreau@acme.example") == alice


@pytest.mark.parametrize(
    ("text", "site", "per_minute", "per_hour"),
    [
        pytest.param("", "jira", 100, 2000, id="a Jira's own numbers"),
        pytest.param(ENGINE, "jira", 100, 2000, id="the engine's are GitHub's"),
        pytest.param(ENGINE, "github", 10, 50, id="and hold there"),
        pytest.param("sites: {github: , jira: {writes_per_minute: 30}}", "jira", 30, 2000, id="a Jira may have less"),
        pytest.param("sites: {github: {writes_per_hour: 200}, jira: }", "github", 80, 200, id="so may a GitHub"),
    ],
)
def test_each_site_has_its_own_write_budget(load: Load, text: str, site: str, per_minute: int, per_hour: int) -> None:
    text = text if "sites" in text else f"{text}\nsites: {{github: , jira: }}"
    settings = load({**TOKEN, **CLOUD, "JIRA_URL": SITE}, followthrough=dedent(text))
    minute, hour = write_windows(settings, site)
    assert (minute.limit, minute.span_s, hour.limit, hour.span_s) == (per_minute, 60, per_hour, 3600)
