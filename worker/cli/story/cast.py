"""Who takes part in the demo's story: the company's people and repositories, its settings, and Alice's post-mortem."""

from __future__ import annotations

import secrets
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from worker.app.settings import Settings, load_settings

ZONE = ZoneInfo("Europe/Berlin")
BOT = "followthrough[bot]"
HOME = "acme/incidents"
WORKSHOP = "acme/payments"
TITLE = "Customers were charged twice for 52 minutes"
WEBHOOK_SECRET = "the-demo-is-no-secret"  # noqa: S105  opens nothing but this process's own web role
BEGIN = datetime(2026, 11, 5, 10, 50, tzinfo=ZONE)

NAMES = {
    "alice": "Alice Moreau",
    "bob": "Bob Okafor",
    "mei": "Mei Tanaka",
    "lena": "Lena Vogt",
    "dario": "Dario Conti",
}

_SETTINGS = """
mode: live
sites:
  github:
    repositories: [acme/incidents, acme/payments]
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
  mei: {name: Mei Tanaka, email: mei@acme.example, github: mei, team: payments}
  lena:
    name: Lena Vogt
    email: lena@acme.example
    github: lena
    team: payments
    leave: [{from: 2026-11-30, to: 2026-12-04}]
  dario: {name: Dario Conti, email: dario@acme.example, github: dario}
teams:
  payments: {name: Payments, lead: lena, director: dario}
"""

_POLICY = """
settle_minutes: 30
"""


def body() -> str:
    """The post-mortem as Alice first writes it."""
    return resources.files(__package__).joinpath("post_mortem.md").read_text(encoding="utf-8")


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


def settings(api_url: str, token: str, folder: Path) -> Settings:
    """The settings as a user would write them: three files and the environment. `folder` keeps the files and what the
    service itself stores."""
    config = folder / "config"
    config.mkdir(parents=True, exist_ok=True)
    for name, text in (("followthrough", _SETTINGS), ("people", _PEOPLE), ("policy", _POLICY)):
        (config / f"{name}.yaml").write_text(text.lstrip(), encoding="utf-8")
    return load_settings(
        config,
        {
            "GITHUB_API_URL": api_url,
            "GITHUB_TOKEN": token,
            "GITHUB_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "FOLLOWTHROUGH_SIGNING_KEY": secrets.token_hex(32),
            "FOLLOWTHROUGH_DATA_DIR": str(folder),
        },
    )
