"""The acceptance tests' company: a GitHub over HTTP, a real Redis, and the service between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy as mail_policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from worker.app.settings import Settings, load_settings
from worker.app.wiring import ATTEMPTS
from worker.cli.stage import Stage
from worker.domain.model import IssueRef
from worker.domain.seal import unseal
from worker.domain.state import RECORD, State
from worker.engine.clock import ManualClock
from worker.sandbox.github import GitHubSandbox

BOT = "followthrough[bot]"
KEY = "a-signing-key-of-the-tests-that-is-long-enough"
LATENESS_ALONE = """\
ladder:
  tracker_mail_counts: false
  signals:
    due-soon: {on: false}
    incomplete: {on: false}
    slipped: {on: false}
    stale: {on: false}
    unowned: {on: false}
    unproven: {on: false}
"""
"""A policy's ladder on which nothing but lateness is told, at once: for tests that count messages."""
START = datetime(2026, 11, 5, 10, tzinfo=UTC)

PEOPLE = """
people:
  alice: {name: Alice Moreau, email: alice@acme.example, github: alice, team: pay}
  bob: {name: Bob Okafor, email: bob@acme.example, github: bob, team: pay}
  lena: {name: Lena Vogt, email: lena@acme.example, github: lena, team: pay}
  dario: {name: Dario Conti, email: dario@acme.example, github: dario}
teams:
  pay: {name: Payments, lead: lena, director: dario}
"""

BODY = """## Summary

On 3 November 2026 checkout answered 500 for 47 minutes.

## Root cause

The payment queue was full and nobody was told.

## What went well

The roll-back took four minutes.

## Action items

| What | Owner | Due |
| --- | --- | --- |
| Add an alert when the payment queue is deeper than 100 for 5 minutes | @bob | 2026-11-20 |
| Write a runbook for draining the payment queue | @alice | 2026-12-04 |
| Limit the retries of the payment client to three | | |
"""


@dataclass(slots=True)
class Company:
    """What a test does and sees. People act through the sandbox's REST interface with tokens of their own."""

    stage: Stage
    mails_in: Path

    def open(
        self, body: str = BODY, title: str = "Checkout answered 500", *, label: bool = True, by: str = "alice"
    ) -> IssueRef:
        """A person opens an issue, with the label or without."""
        payload = {"title": title, "body": body, "labels": ["postmortem"] if label else []}
        made = self.stage.sandbox.act(by, "POST", "/repos/acme/incidents/issues", payload)
        return IssueRef("github", f"acme/incidents#{made['number']}")

    def act(self, who: str, method: str, ref: IssueRef, path: str = "", payload: object = None) -> Any:
        """A person does something on an issue."""
        return self.stage.sandbox.act(who, method, f"/repos/{ref.container}/issues/{ref.number}{path}", payload)

    def edit(self, ref: IssueRef, body: str, who: str = "alice") -> None:
        self.act(who, "PATCH", ref, payload={"body": body})

    def say(self, ref: IssueRef, body: str, who: str = "alice") -> None:
        self.act(who, "POST", ref, "/comments", {"body": body})

    def close(self, ref: IssueRef, reason: str = "completed", who: str = "alice") -> None:
        self.act(who, "PATCH", ref, payload={"state": "closed", "state_reason": reason})

    def sweep(self) -> None:
        """The next look at the repositories, now."""
        now = self.stage.clock.now()
        for container in self.stage.settings.sites["github"].containers:
            self.stage.service.store.add(f"sweep:github:{container}", now)
        self.stage.settle()

    def children(self, ref: IssueRef) -> list[IssueRef]:
        read = self.stage.service.trackers.read("github")
        return [c.ref for c in read.snapshot(ref).children]

    def issue(self, ref: IssueRef) -> Any:
        return self.act("dario", "GET", ref)

    def stickies(self, ref: IssueRef) -> list[str]:
        comments = self.act("dario", "GET", ref, "/comments")
        return [c["body"] for c in comments if "<!-- followthrough:sticky" in c["body"]]

    def state(self, ref: IssueRef) -> State:
        (record,) = [r for r in self.stage.service.trackers.read("github").snapshot(ref).records if r.name == RECORD]
        return State.from_json(unseal(record.text, purpose=RECORD, keys=self.stage.settings.signing_keys))

    def writes(self, after: int = 0) -> list[Any]:
        """The service's content writes since a request number."""
        return list(self.stage.sandbox.writes(user=BOT, after=after))

    def last_request(self) -> int:
        return max((r.number for r in self.stage.sandbox.requests()), default=0)

    def mails(self) -> list[EmailMessage]:
        """Every mail that left, in the order of its name."""
        parser = BytesParser(policy=mail_policy.default)
        return [parser.parsebytes(p.read_bytes()) for p in sorted(self.mails_in.glob("*.eml"))]


@pytest.fixture
def make_company(tmp_path: Path, redis_client: Redis) -> Iterator[Callable[..., Company]]:
    """Build a company; keywords: `policy` (YAML text), `people` (YAML text), `mode`, `seed` (a sandbox seed),
    `engine` (YAML text), `attempts` (see `Stage`)."""
    with ExitStack() as stack:

        def make(
            *,
            policy: str = f"settle_minutes: 0\n{LATENESS_ALONE}",
            people: str = PEOPLE,
            mode: str = "live",
            seed: Any = None,
            engine: str = "",
            attempts: int = ATTEMPTS,
        ) -> Company:
            sandbox = stack.enter_context(GitHubSandbox(seed=seed))
            settings = settings_for(sandbox, tmp_path, policy=policy, people=people, mode=mode, engine=engine)
            return Company(
                stage=Stage(sandbox, settings, redis_client, ManualClock(START), attempts=attempts),
                mails_in=settings.mail_folder,
            )

        yield make


def settings_for(
    sandbox: GitHubSandbox,
    folder: Path,
    *,
    policy: str,
    people: str,
    mode: str,
    engine: str = "",
    timeout_s: int = 5,
    smtp_url: str = "",
) -> Settings:
    """Settings as a user writes them: three files and the environment."""
    config = folder / "config"
    config.mkdir(exist_ok=True)
    (config / "followthrough.yaml").write_text(
        f"mode: {mode}\nsites:\n  github:\n    api_url: {sandbox.api_url}\n"
        f"    repositories: [acme/incidents, acme/payments]\n    timeout_s: {timeout_s}\n{engine}"
    )
    (config / "policy.yaml").write_text(policy)
    (config / "people.yaml").write_text(people)
    env = {
        "GITHUB_TOKEN": sandbox.token_of(BOT),
        "FOLLOWTHROUGH_SIGNING_KEY": KEY,
        "FOLLOWTHROUGH_DATA_DIR": str(folder / "data"),
        "SMTP_URL": smtp_url,
    }
    return load_settings(config, env)


@pytest.fixture
def company(make_company: Callable[..., Company]) -> Company:
    """The usual company, started, with no rest time."""
    made = make_company()
    made.stage.start()
    return made
