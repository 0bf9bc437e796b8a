"""Without Redis a command keeps to the write budgets by a log of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from worker.cli.alone import OwnPace
from worker.engine.budget import Window
from worker.engine.perform import OverBudget


@dataclass(slots=True)
class Time:
    """Seconds that pass only where somebody sleeps."""

    now_s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def read(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


def paced(time: Time, *windows: tuple[int, float]) -> OwnPace:
    asked = tuple(Window(limit=limit, span_s=span_s) for limit, span_s in windows)
    return OwnPace(lambda _: asked, clock=time.read, sleep=time.sleep)


def test_a_short_wait_is_slept_through() -> None:
    time = Time()
    pace = paced(time, (2, 60), (100, 3600))
    for _ in range(5):
        pace.before_write("github")
    assert time.slept == [60, 60]


def test_a_long_wait_ends_the_command() -> None:
    time = Time()
    pace = paced(time, (3, 60), (3, 3600))
    for _ in range(3):
        pace.before_write("github")
    time.now_s = 600
    with pytest.raises(OverBudget) as told:
        pace.before_write("github")
    assert told.value.wait_s == 3000
    assert time.slept == []


def test_old_writes_do_not_count() -> None:
    time = Time()
    pace = paced(time, (2, 60))
    for moment in range(0, 3000, 31):
        time.now_s = moment
        pace.before_write("github")
    assert time.slept == []


def test_each_site_has_its_own_budget() -> None:
    time = Time()
    pace = paced(time, (1, 3600))
    pace.before_write("github")
    pace.before_write("corp")
    assert time.slept == []
