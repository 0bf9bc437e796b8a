"""A process of `roles` as a test sees it: lines that are waited for, and an end that is certain."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.engine.redis import EmbeddedRedis

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Told:
    """One line that a process told."""

    word: str
    key: str
    token: int
    pid: int
    ns: int


class Role:
    """A running process of `roles`, and what it and its children told so far."""

    def __init__(self, *args: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.roles", *args], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        self._lines: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self.told: list[Told] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, word: str, key: str = "", *, pid: int = 0, within_s: float = 30.0) -> Told:
        """The next line with this word (and key, and process)."""
        ends = time.monotonic() + within_s
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, ends - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"nobody told {word} {key} within {within_s} s; told: {self.told[-10:]}") from None
            self.told.append(line)
            if line.word == word and key in ("", line.key) and pid in (0, line.pid):
                return line

    def drain(self) -> list[Told]:
        """All that was told until now."""
        while not self._lines.empty():
            self.told.append(self._lines.get())
        return self.told

    def end(self, timeout_s: float = 20.0) -> int:
        """Wait for the process to end by itself; its exit code."""
        code = self.process.wait(timeout_s)
        self._reader.join(5.0)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            word, key, token, pid, ns = line.split()
            self._lines.put(Told(word, key, int(token), int(pid), int(ns)))


@contextmanager
def role(*args: str) -> Iterator[Role]:
    """Start a process of `roles`; afterwards it is gone."""
    started = Role(*args)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()
        if started.process.stdout is not None:
            started._reader.join(5.0)
            started.process.stdout.close()


def gone(pid: int, within_s: float = 5.0) -> bool:
    """Whether the process ends in time (a zombie has ended)."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def kill_and_restart(server: EmbeddedRedis) -> None:
    """Kill this Redis with SIGKILL, and have it started again where it was."""
    killed = server.pid
    os.kill(killed, signal.SIGKILL)
    assert gone(killed)
    while not server.ensure_running():  # its other threads end a little later
        time.sleep(0.001)
