"""While one site does not answer for long, people are told what stands on the others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis
from structlog.testing import capture_logs

from tests.engine.bench import Bench
from tests.engine.test_post_mortems import BODY
from tests.fakes import FakeTracker
from worker.domain.messages import Batch
from worker.domain.model import Issue, IssueRef, Mode
from worker.trackers.errors import CredentialRefused, RateLimited, TrackerError, Unavailable

LATE = datetime(2026, 12, 2, 7, tzinfo=UTC)
"""The first item was due the day before, and the owners' day has not begun."""
THEIRS = IssueRef("jira", "PAY-7")
ACROSS = BODY.replace("| What | Owner | Due |\n| --- |", "| What | Owner | Due | Ticket |\n| --- | --- |").replace(
    "| 2026-12-04 |", "| 2026-12-04 | PAY-7 |"
)


@pytest.fixture
def bench(redis_client: Redis) -> Bench:
    """A GitHub and a Jira; the Jira holds one of the items of the post-mortem."""
    made = Bench(redis_client)
    jira = FakeTracker(clock=made.clock, site="jira", repositories=("PAY",), lag=timedelta(minutes=10))
    now = made.clock.now()
    jira.all_issues[THEIRS] = Issue(ref=THEIRS, title="Runbook", created_at=now, updated_at=now, public=False)
    for ports in (made.trackers.reads, made.trackers.writes):
        ports["jira"] = jira  # type: ignore[index]  # the bench gave it a dictionary
    made.trackers.modes["jira"] = Mode.LIVE  # type: ignore[index]
    made.sweeper.schedule(now, at_once=True)
    made.settle()
    return made


def jira_of(bench: Bench) -> FakeTracker:
    found = bench.trackers.reads["jira"]
    assert isinstance(found, FakeTracker)
    return found


def told(bench: Bench) -> set[str]:
    return {m.to for m in bench.box.got if isinstance(m.content, Batch)}


@pytest.mark.parametrize(
    "silence",
    [
        pytest.param(Unavailable("502"), id="it does not answer"),
        pytest.param(CredentialRefused("expired"), id="its credential has expired"),
        pytest.param(RateLimited("slow down", wait_s=600), id="its limit is spent again and again"),
    ],
)
def test_a_site_that_is_away_for_days_silences_nobody_about_the_others(bench: Bench, silence: TrackerError) -> None:
    bench.enrol(1, ACROSS)
    bench.until(bench.later(minutes=20))
    silence.site = "jira"
    jira_of(bench).down = silence
    bench.clock.set(LATE)
    with capture_logs():
        bench.until(bench.later(hours=26))
    assert "bob" in told(bench)


@pytest.mark.parametrize("silence", [Unavailable("502"), CredentialRefused("expired")], ids=["silent", "expired"])
def test_nor_after_a_wiped_redis(bench: Bench, silence: TrackerError) -> None:
    bench.enrol(1, ACROSS)
    bench.until(bench.later(minutes=20))
    silence.site = "jira"
    jira_of(bench).down = silence
    bench.clock.set(LATE)
    bench.wipe()
    with capture_logs():
        bench.until(bench.later(hours=26))
    assert "bob" in told(bench)
