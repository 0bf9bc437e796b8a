"""What keeps the service from its work is told once, and never keeps it from starting."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import pytest
import structlog

from worker.app.gaps import gathering_gaps, log_gaps
from worker.engine.trackers import Trackers
from worker.trackers.errors import CredentialRefused, Unavailable
from worker.trackers.port import TrackerRead

GAP = "project PAY needs the field Severity; add it to `fields`"


@dataclass
class Site:
    """A tracker that answers one question."""

    answer: Callable[[], tuple[str, ...]]
    asked: int = field(default=0)

    def gaps(self) -> tuple[str, ...]:
        self.asked += 1
        return self.answer()


def failing(err: Exception) -> Callable[[], tuple[str, ...]]:
    def answer() -> tuple[str, ...]:
        raise err

    return answer


def trackers(**sites: Site) -> Trackers:
    return Trackers(reads={name: cast(TrackerRead, site) for name, site in sites.items()})


def test_each_gap_is_logged_as_an_error_with_its_site() -> None:
    with structlog.testing.capture_logs() as logs:
        log_gaps(trackers(github=Site(lambda: ()), jira=Site(lambda: (GAP,)))).wait(10)
    assert [(line["log_level"], line["site"], line["what"]) for line in logs] == [("error", "jira", GAP)]


@pytest.mark.parametrize(
    "err",
    [
        pytest.param(Unavailable("no answer"), id="a site that is down"),
        pytest.param(CredentialRefused("401"), id="a refused credential, which the service tells itself"),
    ],
)
def test_a_site_that_does_not_answer_has_no_gap_and_stops_no_other(err: Exception) -> None:
    said: list[str] = []
    with gathering_gaps(trackers(a=Site(failing(err)), b=Site(lambda: (GAP,))), said.append, timeout_s=10):
        pass
    assert said == [f"b: {GAP}"]


def test_a_fault_of_our_own_is_told_by_its_kind_alone() -> None:
    with structlog.testing.capture_logs() as logs:
        log_gaps(trackers(jira=Site(failing(ValueError("a secret inside"))))).wait(10)
    assert [(line["log_level"], line["error"]) for line in logs] == [("warning", "ValueError")]


def test_gaps_are_told_in_order_and_once_even_where_the_block_fails() -> None:
    said: list[str] = []
    site = Site(lambda: ("second", "first", "second"))
    with pytest.raises(RuntimeError), gathering_gaps(trackers(jira=site), said.append, timeout_s=10):
        raise RuntimeError
    assert said == ["jira: first", "jira: second"]
    assert site.asked == 1


def test_a_site_that_dawdles_is_not_waited_for_for_ever() -> None:
    go_on = threading.Event()
    said: list[str] = []

    def dawdle() -> tuple[str, ...]:
        go_on.wait(10)
        return (GAP,)

    try:
        with gathering_gaps(trackers(a=Site(dawdle), b=Site(lambda: (GAP,))), said.append, timeout_s=0.2):
            pass
        assert said == [f"b: {GAP}"]
    finally:
        go_on.set()
