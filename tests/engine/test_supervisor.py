"""Does the parent keep its children alive, and does nobody outlive it?"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from tests.engine.telling import gone
from worker.engine.kin import Signals
from worker.engine.supervisor import Child, Supervisor

DEADLINE_S = 30.0


def python(code: str, name: str = "child", **env: str) -> Child:
    return Child(name=name, argv=(sys.executable, "-S", "-c", code), env=env)


def when(ready: Callable[[], bool], number: signal.Signals) -> Callable[[], None]:
    """A look at each turn that sends this process a signal as soon as something has happened."""
    ends = time.monotonic() + DEADLINE_S

    def look() -> None:
        if ready():
            os.kill(os.getpid(), number)
        assert time.monotonic() < ends

    return look


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_a_child_that_ends_is_started_again_with_growing_waits(tmp_path: Path) -> None:
    log = tmp_path / "log"
    child = python("import os, time; open(os.environ['LOG'], 'a').write(f'{time.monotonic()}\\n')", LOG=str(log))
    supervisor = Supervisor(
        [child], first_wait_s=0.1, most_wait_s=0.4, each_turn=[when(lambda: len(lines(log)) == 5, signal.SIGTERM)]
    )
    assert supervisor.run() == 0
    starts = [float(line) for line in lines(log)]
    waits = [b - a for a, b in pairwise(starts)]
    assert all(wait >= least for wait, least in zip(waits, (0.1, 0.2, 0.4, 0.4), strict=True)), waits


def test_a_killed_child_comes_back_and_its_neighbour_is_left_alone(tmp_path: Path) -> None:
    sleeper = "import os, time; open(os.environ['LOG'], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
    logs = [tmp_path / "a", tmp_path / "b"]
    children = [python(sleeper, name=log.name, LOG=str(log)) for log in logs]
    killed: list[int] = []

    def kill_first() -> None:
        if not killed and all(lines(log) for log in logs):
            killed.append(int(lines(logs[0])[0]))
            os.kill(killed[0], signal.SIGKILL)

    supervisor = Supervisor(
        children, first_wait_s=0.01, each_turn=[kill_first, when(lambda: len(lines(logs[0])) == 2, signal.SIGINT)]
    )
    assert supervisor.run() == 130
    pids = [int(line) for log in logs for line in lines(log)]
    assert len(pids) == 3
    assert all(gone(pid) for pid in pids)


def test_a_refused_configuration_ends_everything_with_its_code(tmp_path: Path) -> None:
    log = tmp_path / "log"
    other = python(
        "import os, time; open(os.environ['LOG'], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)", LOG=str(log)
    )
    refuses = python(
        "import os, time\nwhile not os.path.exists(os.environ['LOG']): time.sleep(0.01)\nos._exit(2)", LOG=str(log)
    )
    assert Supervisor([other, refuses]).run() == 2
    assert gone(int(lines(log)[0]))


def test_a_child_that_will_not_end_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    deaf = python(
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "open(os.environ['LOG'], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)",
        LOG=str(log),
    )
    supervisor = Supervisor([deaf], stop_within_s=0.3, each_turn=[when(lambda: bool(lines(log)), signal.SIGTERM)])
    began = time.monotonic()
    assert supervisor.run() == 0
    assert gone(int(lines(log)[0]))
    assert time.monotonic() - began < DEADLINE_S


def test_a_parent_whose_own_work_fails_ends_with_1_and_takes_its_children() -> None:
    turns: list[int] = []

    def fail() -> None:
        turns.append(1)
        if len(turns) == 2:
            raise OSError("Redis can't be started")

    supervisor = Supervisor([python("import time; time.sleep(600)")], each_turn=[fail])
    assert supervisor.run() == 1
    assert supervisor.pids()
    assert all(gone(pid) for pid in supervisor.pids().values())


def test_signals_are_waited_for_and_the_old_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGHUP)
    with Signals([signal.SIGHUP, signal.SIGTERM]) as signals:
        assert signals.wait(0.01) is None
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
        assert {signals.wait(5), signals.wait(5)} == {signal.SIGHUP, signal.SIGTERM}
    assert signal.getsignal(signal.SIGHUP) == before


def test_a_child_that_ends_well_is_started_again_too() -> None:
    seen: set[int] = set()
    supervisor = Supervisor(
        [python("raise SystemExit(0)")],
        first_wait_s=0.01,
        most_wait_s=0.01,
        each_turn=[
            lambda: seen.update(supervisor.pids().values()),
            when(lambda: len(seen) == 3, signal.SIGTERM),
        ],
    )
    assert supervisor.run() == 0
