"""Who takes part in the demo's story: the company's people, repositories and projects, its settings, and the two
post-mortems."""

from __future__ import annotations

import secrets
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.app.settings import Settings, load_settings
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox

ZONE = ZoneInfo("Europe/Berlin")
BOT = "followthrough[bot]"
HOME = "acme/incidents"
WORKSHOP = "acme/payments"
TITLE = "Customers were charged twice for 52 minutes"

JIRA_BOT = "followthrough"
JIRA_HOME = "OPS"
SHOP = "SHOP"
JIRA_TITLE = "The shop showed yesterday's prices for three hours"

# Each opens nothing but this process's own web role.
WEBHOOK_SECRET = "the-demo-is-no-secret"  # noqa: S105
JIRA_WEBHOOK_SECRET = "nor-is-this"  # noqa: S105
BEGIN = datetime(2026, 11, 5, 10, 50, tzinfo=ZONE)

NAMES = {
    "alice": "Alice Moreau",
    "bob": "Bob Okafor",
    "mei": "Mei Tanaka",
    "lena": "Lena Vogt",
    "dario": "Dario Conti",
}

JIRA_NAMES = {
    "nadia": "Nadia Rahimi",
    "tomas": "Tomas Lind",
    "karin": "Karin Holm",
    "mei": NAMES["mei"],
    "lena": NAMES["lena"],
}

_SETTINGS = """
mode: live
sites:
  github:
    repositories: [acme/incidents, acme/payments]
    timeout_s: 5
  jira:
    projects: [OPS, SHOP]
    timeout_s: 5
engine:
  # Webhooks bring the news; the sweep only finds what they miss.
  sweep_minutes: 720
mail:
  from: Followthrough <followthrough@acme.example>
  folder: mails
"""

_PEOPLE = """
defaults: {timezone: Europe/Berlin, country: "DE"}
people:
  alice: {name: Alice Moreau, email: alice@acme.example, github: alice, team: payments}
  bob: {name: Bob Okafor, email: bob@acme.example, github: bob, team: payments}
  mei: {name: Mei Tanaka, email: mei@acme.example, github: mei, jira: "712020:mei", team: payments}
  lena:
    name: Lena Vogt
    email: lena@acme.example
    github: lena
    jira: "712020:lena"
    team: payments
    leave: [{from: 2026-11-30, to: 2026-12-04}]
  dario: {name: Dario Conti, email: dario@acme.example, github: dario}
  nadia: {name: Nadia Rahimi, email: nadia@acme.example, jira: "712020:nadia", team: shop}
  tomas: {name: Tomas Lind, email: tomas@acme.example, jira: "712020:tomas", team: shop}
  karin: {name: Karin Holm, email: karin@acme.example, jira: "712020:karin", team: shop}
teams:
  payments: {name: Payments, lead: lena, director: dario, items: "github:acme/payments"}
  shop: {name: Shop, lead: karin, director: dario, items: "jira:SHOP"}
"""

_POLICY = """
settle_minutes: 30
ladder:
  # The story is about lateness alone: so it stays short.
  signals:
    due-soon: {on: false}
    incomplete: {on: false}
    slipped: {on: false}
    unowned: {on: false}
    unproven: {on: false}
"""


def body() -> str:
    """The post-mortem as Alice first writes it."""
    return resources.files(__package__).joinpath("post_mortem.md").read_text(encoding="utf-8")


def jira_body() -> str:
    """Nadia's post-mortem, in Jira's wiki text."""
    return resources.files(__package__).joinpath("post_mortem.jira.txt").read_text(encoding="utf-8")


def seed() -> dict[str, Any]:
    """The company's GitHub on the morning before: two private repositories, and one issue that exists already."""
    rights = {"alice": "write", "bob": "write", "mei": "write", "lena": "maintain", "dario": "admin", BOT: "write"}
    known = {
        "title": "Retries of a charge get a new idempotency key",
        "user": "bob",
        "created_at": "2026-10-21T08:30:00Z",
        "labels": ["bug"],
        "body": "Seen in the gateway's log while looking for something else. The key should stay the same.",
    }
    return {
        "users": [
            *({"login": login, "name": name, "email": f"{login}@acme.example"} for login, name in NAMES.items()),
            {"login": BOT, "name": "Followthrough", "type": "Bot"},
        ],
        "orgs": [{"login": "acme", "name": "Acme", "members": list(NAMES), "base_role": "read"}],
        "repos": [
            {
                "name": HOME,
                "description": "What went wrong, and what we promised to do about it",
                "collaborators": rights,
                "labels": [{"name": "postmortem", "color": "b60205"}],
            },
            {
                "name": WORKSHOP,
                "description": "The payment service",
                "collaborators": rights,
                "labels": [{"name": "bug", "color": "d73a4a"}],
                "issues": [known],
            },
        ],
    }


def jira_seed() -> dict[str, Any]:
    """The company's Jira: incidents, the shop's work, and one issue that exists already. Its search lags, as Jira's
    does, and to close an issue of the shop one must say with which resolution."""
    people = {"nadia": "member", "tomas": "member", "karin": "admin", "mei": "member", JIRA_BOT: "member"}
    known = {
        "summary": "The price import gives up at the first bad line",
        "reporter": "tomas",
        "assignee": "nadia",
        "created": "2026-10-12T09:15:00Z",
        "description": "It should go on with the next line, and try the whole file again later.",
    }
    return {
        "index_lag_s": 90,
        "users": [
            *(
                {"login": login, "display_name": name, "email": f"{login}@acme.example", "time_zone": str(ZONE)}
                for login, name in JIRA_NAMES.items()
            ),
            {"login": JIRA_BOT, "display_name": "Followthrough", "email": "followthrough@acme.example"},
        ],
        "projects": [
            {"key": JIRA_HOME, "name": "Operations", "lead": "karin", "people": people | {"lena": "viewer"}},
            {
                "key": SHOP,
                "name": "Shop",
                "lead": "karin",
                "workflow": "asking",
                "people": people | {"mei": "viewer"},
                "issues": [known],
            },
        ],
    }


def settings(github: GitHubSandbox, jira: JiraSandbox, folder: Path) -> Settings:
    """The settings as a user would write them: three files and the environment. `folder` keeps the files and what the
    service itself stores."""
    config = folder / "config"
    config.mkdir(parents=True, exist_ok=True)
    for name, text in (("followthrough", _SETTINGS), ("people", _PEOPLE), ("policy", _POLICY)):
        (config / f"{name}.yaml").write_text(text.lstrip(), encoding="utf-8")
    return load_settings(
        config,
        {
            "GITHUB_API_URL": github.api_url,
            "GITHUB_TOKEN": github.token_of(BOT),
            "GITHUB_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "JIRA_URL": jira.url,
            "JIRA_EMAIL": jira.email_of(JIRA_BOT),
            "JIRA_API_TOKEN": jira.token_of(JIRA_BOT),
            "JIRA_WEBHOOK_SECRET": JIRA_WEBHOOK_SECRET,
            "FOLLOWTHROUGH_SIGNING_KEY": secrets.token_hex(32),
            "FOLLOWTHROUGH_DATA_DIR": str(folder),
        },
    )
