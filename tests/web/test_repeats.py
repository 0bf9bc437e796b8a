"""The memory of deliveries is small, and no stranger can use it to silence one."""

from __future__ import annotations

from worker.web.repeats import Repeats


def test_the_oldest_is_forgotten_first() -> None:
    repeats = Repeats(most=2)
    for delivery in ("a", "b", "c"):
        repeats.remember("jira", delivery, b"body")
    assert [repeats.known("jira", delivery, b"body") for delivery in ("a", "b", "c")] == [False, True, True]


def test_sites_are_told_apart() -> None:
    repeats = Repeats()
    repeats.remember("jira", "a", b"body")
    assert not repeats.known("old-jira", "a", b"body")
