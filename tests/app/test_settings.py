"""Files and environment become the values that the service works with."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from tests.app.conftest import TOKEN, Load
from worker.app.problems import ConfigError
from worker.app.settings import GitHubSettings, JiraSettings, Settings, load_settings, require_trackers
from worker.domain.model import Mode
from worker.domain.policy import Policy

KEY_A, KEY_B = "a" * 32, "b" * 40
PEM = "-----BEGIN RSA PRIVATE KEY-----\nabcdefghij\n-----END RSA PRIVATE KEY-----"


def github(settings: Settings, name: str = "github") -> GitHubSettings:
    site = settings.sites[name]
    assert isinstance(site, GitHubSettings)
    return site


def jira(settings: Settings) -> JiraSettings:
    site = settings.sites["jira"]
    assert isinstance(site, JiraSettings)
    return site


def test_a_token_alone_is_enough_for_a_trial() -> None:
    settings = load_settings(None, TOKEN)
    assert list(settings.sites) == ["github"]
    assert github(settings).token == TOKEN["GITHUB_TOKEN"]
    assert github(settings).api_url == "https://api.github.com"
    assert settings.mode is Mode.OBSERVE
    assert settings.policy == Policy()
    assert settings.redis_url is None
    assert settings.data_dir == Path("/home/somebody/.local/state/followthrough")
    assert settings.mail_folder == settings.data_dir / "mail"
    assert settings.mail_domain == "localhost"
    require_trackers(settings)


def test_nothing_at_all_is_enough_for_commands_that_need_no_tracker() -> None:
    settings = load_settings(None, {})
    assert settings.sites == {}
    assert settings.signing_keys == ()
    with pytest.raises(ConfigError, match="no tracker is configured; set GITHUB_TOKEN"):
        require_trackers(settings)


def test_the_folder_may_be_named_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("label: incident")
    assert load_settings(None, {**TOKEN, "FOLLOWTHROUGH_CONFIG": str(tmp_path)}).policy.label == "incident"


def test_an_empty_folder_is_allowed_and_warned_of(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, TOKEN)
    assert settings.policy == Policy()
    assert any("holds none of followthrough.yaml" in warning for warning in settings.warnings)


def test_the_environment_comes_before_the_files(load: Load) -> None:
    env = {
        **TOKEN,
        "FOLLOWTHROUGH_MODE": "live",
        "GITHUB_API_URL": "https://github.example.org/api/v3/",
        "FOLLOWTHROUGH_WEB_HOST": "0.0.0.0",
        "FOLLOWTHROUGH_WEB_PORT": "9000",
        "FOLLOWTHROUGH_DATA_DIR": "/var/lib/ft",
    }
    settings = load(
        env,
        followthrough="""
            mode: comment
            sites: {github: {api_url: "https://other.example", mode: observe}}
            web: {host: 127.0.0.1, port: 8000}
            data_dir: /srv/x
        """,
    )
    assert settings.mode is Mode.LIVE
    assert settings.mode_of("github") is Mode.OBSERVE
    assert github(settings).api_url == "https://github.example.org/api/v3"
    assert (settings.web.host, settings.web.port) == ("0.0.0.0", 9000)
    assert settings.data_dir == Path("/var/lib/ft")


def test_an_empty_variable_is_an_absent_one() -> None:
    settings = load_settings(None, {**TOKEN, "REDIS_URL": "", "FOLLOWTHROUGH_MODE": " ", "GITHUB_WEBHOOK_SECRET": ""})
    assert settings.redis_url is None
    assert settings.mode is Mode.OBSERVE


def test_an_empty_value_is_an_absent_one(load: Load) -> None:
    assert load(policy="label:\nladder:\n  rungs:\nreview:\n").policy == Policy()


@pytest.mark.parametrize(
    "name", ["GITHUB_TOKEN", "GITHUB_WEBHOOK_SECRET", "FOLLOWTHROUGH_SIGNING_KEY", "SMTP_URL", "REDIS_URL"]
)
def test_every_secret_may_stand_in_a_file(tmp_path: Path, name: str) -> None:
    values = {
        "GITHUB_TOKEN": "token-in-a-file",
        "GITHUB_WEBHOOK_SECRET": "webhook-in-a-file",
        "FOLLOWTHROUGH_SIGNING_KEY": KEY_B,
        "SMTP_URL": "smtp://user:password@mail.example.org",
        "REDIS_URL": "redis://:password@redis.example.org:6379/0",
    }
    place = tmp_path / "secret"
    place.write_text(f"{values[name]}\n")
    env = {key: value for key, value in TOKEN.items() if key != name}
    settings = load_settings(None, {**env, f"{name}_FILE": str(place)})
    found = {
        "GITHUB_TOKEN": github(settings).token,
        "GITHUB_WEBHOOK_SECRET": "".join(github(settings).webhook_secrets),
        "FOLLOWTHROUGH_SIGNING_KEY": settings.signing_keys[0].decode("latin-1"),
        "SMTP_URL": settings.smtp_url,
        "REDIS_URL": settings.redis_url,
    }
    assert found[name] == values[name]
    assert values[name] in settings.secrets


def test_no_secret_shows_in_a_representation() -> None:
    env = {
        "GITHUB_APP_ID": "12",
        "GITHUB_APP_PRIVATE_KEY": PEM,
        "GITHUB_WEBHOOK_SECRET": "hook-secret-1",
        "JIRA_URL": "https://jira.example.org",
        "JIRA_PAT": "pat-secret-2",
        "SMTP_URL": "smtp://me:mail-secret-3@mail.example.org",
        "REDIS_URL": "redis://:redis-secret-4@r:6379",
        "FOLLOWTHROUGH_SIGNING_KEY": KEY_A,
    }
    shown = repr(load_settings(None, env))
    secrets = {*env.values(), "mail-secret-3", "abcdefghij"} - {env["GITHUB_APP_ID"], env["JIRA_URL"]}
    assert [secret for secret in secrets if secret in shown] == []


@pytest.mark.parametrize(
    ("text", "env", "warned"),
    [
        pytest.param("mode: live\n", {}, True, id="live without a mail server"),
        pytest.param("mode: live\n", {"SMTP_URL": "smtp://mail.example.org"}, False, id="live with one"),
        pytest.param("mode: comment\n", {}, False, id="no mail is sent in comment"),
        pytest.param("sites: {github: {mode: live}}\n", {}, True, id="one site is live"),
        pytest.param("mode: live\nsites: {github: {mode: comment}}\n", {}, False, id="no site is live"),
    ],
)
def test_mail_that_reaches_nobody_is_warned_of(load: Load, text: str, env: dict[str, str], warned: bool) -> None:
    settings = load({**TOKEN, **env}, followthrough=text)
    told = [warning for warning in settings.warnings if "SMTP_URL" in warning]
    assert bool(told) is warned
    assert all(f"mails are written to {settings.mail_folder} as .eml files" in warning for warning in told)


def test_nobody_is_found_by_an_empty_login(load: Load) -> None:
    directory = load(people="people: {lena: {github: Lena}, dana: {}}").directory
    assert directory.by_login("github", "@lena") == directory.people["lena"]
    assert [directory.by_login("github", login) for login in ("", "@")] == [None, None]
    assert directory.by_login("jira", "") is None


def test_two_webhook_secrets_are_valid_at_once() -> None:
    settings = load_settings(None, {**TOKEN, "GITHUB_WEBHOOK_SECRET": "new-secret, old-secret\nnew-secret"})
    assert github(settings).webhook_secrets == ("new-secret", "old-secret")


def test_the_first_signing_key_seals_and_all_open() -> None:
    settings = load_settings(None, {**TOKEN, "FOLLOWTHROUGH_SIGNING_KEY": f"{KEY_A} {KEY_B}"})
    assert settings.signing_keys == (KEY_A.encode(), KEY_B.encode())
    assert not any("SIGNING_KEY" in warning for warning in settings.warnings)


def test_without_a_signing_key_one_is_derived_and_warned_of() -> None:
    first, again = load_settings(None, TOKEN), load_settings(None, TOKEN)
    other = load_settings(None, {"GITHUB_TOKEN": "another-token"})
    assert first.signing_keys == again.signing_keys != other.signing_keys
    assert len(first.signing_keys[0]) == 32
    assert TOKEN["GITHUB_TOKEN"].encode() not in first.signing_keys[0]
    assert any("SIGNING_KEY is not set" in warning for warning in first.warnings)


def test_a_further_site_reads_variables_of_its_own_name(load: Load) -> None:
    settings = load(
        {**TOKEN, "CORP_GHE_TOKEN": "corp-token", "CORP_GHE_WEBHOOK_SECRET": "corp-secret"},
        followthrough="""
            sites:
              github: {repositories: [acme/pay, acme/*]}
              corp-ghe: {kind: github, api_url: "https://ghe.example.org/api/v3"}
        """,
    )
    assert github(settings).repositories == ("acme/pay", "acme/*")
    assert github(settings, "corp-ghe").token == "corp-token"
    assert github(settings, "corp-ghe").webhook_secrets == ("corp-secret",)


def test_an_app_needs_no_line_ends_in_its_key() -> None:
    settings = load_settings(
        None, {"GITHUB_APP_ID": "Iv23abcdefghij", "GITHUB_APP_PRIVATE_KEY": PEM.replace("\n", "\\n")}
    )
    assert github(settings).private_key == PEM
    assert not settings.unready


@pytest.mark.parametrize(
    ("env", "told"),
    [
        pytest.param({"GITHUB_APP_ID": "12"}, "set GITHUB_APP_PRIVATE_KEY too", id="App without its key"),
        pytest.param({"GITHUB_APP_ID": "12", "GITHUB_TOKEN": "some-token"}, "both set", id="token and App"),
        pytest.param({"JIRA_URL": "https://j.example"}, "set JIRA_EMAIL and JIRA_API_TOKEN", id="no credential"),
        pytest.param(
            {"JIRA_URL": "https://j.example", "JIRA_API_TOKEN": "t" * 9}, "set JIRA_EMAIL too", id="no address"
        ),
        pytest.param({"JIRA_PAT": "some-token"}, "where is this Jira?", id="no server"),
    ],
)
def test_what_a_tracker_lacks_is_told_only_where_one_is_needed(env: dict[str, str], told: str) -> None:
    settings = load_settings(None, env)
    with pytest.raises(ConfigError, match="site") as caught:
        require_trackers(settings)
    assert told in str(caught.value)


def test_jira_takes_its_address_from_the_file(load: Load) -> None:
    settings = load(
        {"JIRA_EMAIL": "bot@example.org", "JIRA_API_TOKEN": "jira-token"},
        followthrough="sites: {jira: {url: 'https://acme.example.net/', projects: [OPS]}}",
    )
    assert jira(settings).url == "https://acme.example.net"
    assert settings.ledger == "jira:OPS"
    require_trackers(settings)


@pytest.mark.parametrize(
    ("repositories", "ledger", "place"),
    [
        pytest.param("[acme/*, acme/pay]", "", "github:acme/pay", id="the first that is named in full"),
        pytest.param("[acme/*]", "", "", id="a pattern names no place"),
        pytest.param("[acme/pay]", "github:acme/ops", "github:acme/ops", id="the one that is given"),
    ],
)
def test_the_ledger_has_a_place(load: Load, repositories: str, ledger: str, place: str) -> None:
    text = f"sites: {{github: {{repositories: {repositories}}}}}\nledger: '{ledger}'\n"
    assert load(followthrough=text).ledger == place


def test_a_misspelt_variable_is_warned_of_but_an_orchestrators_is_not() -> None:
    settings = load_settings(
        None,
        {
            **TOKEN,
            "FOLLOWTHROUGH_MOD": "live",
            "FOLLOWTHROUGH_PORT_8080_TCP": "tcp://10.0.0.1:8080",
            "FOLLOWTHROUGH_SERVICE_HOST": "10.0.0.1",
        },
    )
    told = [warning for warning in settings.warnings if "variable" in warning]
    assert told == ["the variable FOLLOWTHROUGH_MOD is unknown; did you mean FOLLOWTHROUGH_MODE?"]


def test_people_inherit_from_team_and_defaults(load: Load) -> None:
    directory = load(
        people="""
            defaults: {timezone: Europe/Paris, country: FR, region: "57", hours: "10:00-18:00"}
            people:
              lena: {}
              amel:
                name: أمل
                email: amel@example.org
                github: "@Amel"
                jira: "557058:1"
                logins: {github: Amel}
                team: pay
                country: DE
                working_days: [mon, Tuesday]
                leave: [{from: 2026-12-24}, {from: 2026-08-01, to: 2026-08-14}]
                substitute: lena
            teams:
              pay: {lead: lena, timezone: Europe/Berlin, items: "github:acme/pay"}
        """
    ).directory
    amel, lena = directory.people["amel"], directory.people["lena"]
    assert amel.shown == "أمل"
    assert amel.logins == {"github": "Amel", "jira": "557058:1"}
    assert (amel.timezone, lena.timezone) == ("Europe/Berlin", "Europe/Paris")
    assert (amel.country, amel.region) == ("DE", "")
    assert (lena.country, lena.region) == ("FR", "57")
    assert amel.hours == (time(10), time(18))
    assert (sorted(amel.working_days), sorted(lena.working_days)) == ([1, 2], [1, 2, 3, 4, 5])
    assert amel.leave == ((date(2026, 8, 1), date(2026, 8, 14)), (date(2026, 12, 24), date(2026, 12, 24)))
    assert directory.lead_of(amel) == lena
    assert directory.teams["pay"].items == "github:acme/pay"


def test_a_director_may_belong_to_the_team_of_their_own_lead(load: Load) -> None:
    directory = load(
        people="""
            people: {lena: {team: pay}, dana: {team: pay}, al: {team: pay}}
            teams: {pay: {lead: lena, director: dana}}
        """
    ).directory
    assert [directory.lead_of(directory.people[name]) for name in ("al", "lena")] == [
        directory.people["lena"],
        directory.people["dana"],
    ]


def test_a_lead_who_has_left_is_warned_of(load: Load) -> None:
    settings = load(people="people: {lena: {departed: true}}\nteams: {pay: {lead: lena}}")
    assert any("the lead of team pay, lena, has departed" in warning for warning in settings.warnings)
