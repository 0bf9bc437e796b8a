"""Every message arrives, under one Message-ID of its own, wherever its sender dies and whether or not Redis survives.

Sending has four steps: the intent in the ledger, the mail itself, the server's 250, "sent" in the ledger. The ledger's
writes are therefore the boundaries: a worker is killed at each, before and after it takes effect.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy as mail_policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from icalendar import Calendar
from redis import Redis

from tests.acceptance.boundaries import Boundary, Mortal, Scenario
from tests.acceptance.conftest import START, Company
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.wire import Call

QUICK_LADDER = """
settle_minutes: 0
ladder:
  item_gap_working_days: 2
  tracker_mail_counts: false
  signals: {due-soon: {on: false}, incomplete: {on: false}}
  rungs:
    - {after_days: 1, role: owner}
    - {after_days: 4, role: lead}
"""

BODY = """## Summary

On 3 November 2026 checkout answered 500 for 47 minutes.

## Action items

| What | Owner | Due |
| --- | --- | --- |
| Add an alert when the payment queue is deeper than 100 for 5 minutes | @bob | 2026-11-05 |
"""

KINDS = {"invite", "nudge", "digest", "escalation", "cancel"}


@dataclass
class Post:
    """A mail server's inbox."""

    arrived: list[EmailMessage] = field(default_factory=list)
    url: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (the name that aiosmtpd calls)
        self.arrived.append(BytesParser(policy=mail_policy.default).parsebytes(envelope.content))
        return "250 OK"

    def ids(self) -> Counter[str]:
        return Counter(str(mail["Message-ID"]) for mail in self.arrived)

    def told(self) -> Counter[tuple[str, str, str]]:
        """Who was told what, each message once."""
        once = {str(mail["Message-ID"]): mail for mail in self.arrived}
        return Counter((str(mail["To"]), kind_of(mail), str(mail["Subject"])) for mail in once.values())

    def review_uids(self) -> set[str]:
        return {str(c.walk("VEVENT")[0]["UID"]) for mail in self.arrived if (c := calendar_in(mail)) is not None}


def calendar_in(mail: EmailMessage) -> Any:
    part = next((p for p in mail.walk() if p.get_content_type() == "text/calendar"), None)
    return Calendar.from_ical(part.get_content()) if part is not None else None


def kind_of(mail: EmailMessage) -> str:
    calendar = calendar_in(mail)
    if calendar is not None:
        return "cancel" if str(calendar["METHOD"]) == "CANCEL" else "invite"
    if "digest" in str(mail["List-Id"]):
        return "digest"
    return "escalation" if "yours to decide" in str(mail["Subject"]) else "nudge"


@pytest.fixture
def post() -> Iterator[Post]:
    post = Post()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port, server_hostname="localhost")
    controller.start()
    post.url = f"smtp://127.0.0.1:{port}"
    yield post
    controller.stop()


@pytest.fixture
def scenario(post: Post, tmp_path: Path, redis_client: Redis) -> Iterator[Scenario]:
    with GitHubSandbox() as sandbox:
        yield Scenario(
            sandbox,
            redis_client,
            tmp_path,
            mode="live",
            engine="engine: {sweep_minutes: 720}\n",
            policy=QUICK_LADDER,
            smtp_url=post.url,
            stage=Mortal,
        )


def a_week(company: Company) -> None:
    """A promise is made, broken, told to the owner and to the lead; then the label is taken off."""
    ref = company.open(BODY)
    company.sweep()
    company.stage.pass_until(datetime(2026, 11, 10, 16, tzinfo=UTC))
    company.act("alice", "DELETE", ref, "/labels/postmortem")
    company.sweep()
    company.stage.pass_until(datetime(2026, 11, 12, 16, tzinfo=UTC))


def to_a_person(call: Call) -> bool:
    """Whether this request writes what somebody was told into the ledger."""
    return call.method in {"POST", "PATCH"} and "/comments" in call.path and b"followthrough:person" in call.body


def live(
    scenario: Scenario,
    post: Post,
    at: int = 0,
    *,
    moment: datetime = START,
    wiped: bool = False,
    fault: str = "drop-before",
) -> Boundary:
    """That week, with the worker killed at one write into the ledger. Returns the boundary with all such writes."""
    post.arrived.clear()
    company = scenario.begin()
    stage = company.stage
    assert isinstance(stage, Mortal)
    stage.wiped, stage.deadly_from = wiped, moment
    with scenario.boundary(at, only=to_a_person, kind=fault) as boundary:
        stage.boundary = boundary if at else None
        a_week(company)
    return boundary


@dataclass(frozen=True, slots=True)
class Week:
    """What was told in a week in which nobody died, and when the ledger was written."""

    told: Counter[tuple[str, str, str]]
    kinds: tuple[str, ...]
    moments: tuple[datetime, ...]


@pytest.fixture(scope="module")
def weeks() -> list[Week]:
    """The good week, lived once: all weeks begin alike."""
    return []


def good_week(scenario: Scenario, post: Post, weeks: list[Week]) -> Week:
    if not weeks:
        boundary = live(scenario, post)
        kinds = tuple(kind_of(mail) for mail in post.arrived)
        weeks.append(Week(told=post.told(), kinds=kinds, moments=tuple(boundary.moments)))
    return weeks[0]


def test_in_a_good_week_everybody_is_told_once(scenario: Scenario, post: Post) -> None:
    boundary = live(scenario, post)
    told = post.told()
    assert {kind for _, kind, _ in told} == KINDS
    assert len(boundary.seen) == 2 * told.total()
    assert set(post.ids().values()) == {1}
    assert len(post.review_uids()) == 1


@pytest.mark.parametrize(
    ("fault", "write", "wiped", "copies"),
    [
        pytest.param("drop-before", 0, True, 0, id="before the intent, and Redis is wiped"),
        pytest.param("drop-after", 0, False, 0, id="after the intent"),
        pytest.param("drop-after", 0, True, 0, id="after the intent, and Redis is wiped"),
        pytest.param("drop-before", 1, False, 0, id="after the server took it and before the ledger says so"),
        pytest.param("drop-before", 1, True, 1, id="after the server took it, and Redis is wiped"),
        pytest.param("drop-after", 1, True, 0, id="after the ledger says so, and Redis is wiped"),
    ],
)
def test_a_sender_that_dies_loses_no_message_and_repeats_only_one_that_left_unrecorded(
    scenario: Scenario, post: Post, weeks: list[Week], *, fault: str, write: int, wiped: bool, copies: int
) -> None:
    good = good_week(scenario, post, weeks)
    told = good.told
    found = []
    for kind in sorted(KINDS):
        # Each message has two writes, in the order of sending.
        at = 2 * good.kinds.index(kind) + write + 1
        boundary = live(scenario, post, at, moment=good.moments[at - 1], wiped=wiped, fault=fault)
        assert boundary.reached
        if post.told() != told:
            found.append(f"{kind}: missing {told - post.told()}, too many {post.told() - told}")
        extra = sum(post.ids().values()) - len(post.ids())
        if extra != copies:
            found.append(f"{kind}: {extra} copies")
        if len(post.review_uids()) != 1:
            found.append(f"{kind}: {post.review_uids()}")
    assert not found, "\n".join(found)
