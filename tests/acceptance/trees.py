"""`followthrough run` as its user starts it: one command, and what the processes below it can be asked and told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.engine.telling import gone

SECRET = "a-webhook-secret-of-the-tests"
PROGRAM = Path(sys.executable).with_name("followthrough")


class Tree:
    """A running `followthrough run` and everything below it."""

    def __init__(self, config: Path, env: Mapping[str, str], folder: Path) -> None:
        """Start it with this configuration, and these names in its environment besides ours; `folder` is for what it
        writes."""
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log_path = folder / "log"
        self._log = self._log_path.open("wb")
        whole = {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | {
            **env,
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "JIRA_WEBHOOK_SECRET": SECRET,
            "FOLLOWTHROUGH_DATA_DIR": str(folder / "data"),
            "FOLLOWTHROUGH_WEB_PORT": str(self.port),
        }
        self.process = subprocess.Popen(
            [str(PROGRAM), "run", "--config", str(config)], env=whole, stdout=self._log, stderr=subprocess.STDOUT
        )

    def pids(self) -> dict[int, str]:
        """Every process below the first, with its command line."""
        found: dict[int, str] = {}
        waiting = [self.process.pid]
        while waiting:
            for child in _children(waiting.pop()):
                found[child] = _command(child)
                waiting.append(child)
        return found

    def role(self, name: str) -> int:
        """The process of one role."""
        (pid,) = [pid for pid, command in self.pids().items() if f" {name} --" in command]
        return pid

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def post(self, body: bytes, *, site: str = "github", **headers: str) -> int:
        """Deliver a webhook and return the answer's status."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"{self.url}/webhooks/{site}", data=body, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def wait_for(self, holds: Callable[[], bool], what: str, within_s: float = 30.0, *, every_s: float = 0.02) -> None:
        ends = time.monotonic() + within_s
        while not holds():
            assert self.process.poll() is None, f"it ended by itself:\n{self.log()}"
            assert time.monotonic() < ends, f"not within {within_s:.0f} s: {what}\n{self.log()}"
            time.sleep(every_s)

    def log(self) -> str:
        return self._log_path.read_text(errors="replace")[-6000:]

    def end(self) -> None:
        """Ask it to end as a supervisor does; it has ten seconds, and leaves nothing behind."""
        below = self.pids()
        assert len(below) >= 4, f"web, clock, worker and a Redis: {below}"
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0, self.log()
        assert time.monotonic() - began < 10
        assert [command for pid, command in below.items() if not gone(pid, 0.5)] == []

    def kill(self) -> None:
        below = self.pids()
        self.process.kill()
        self.process.wait()
        for pid in below:
            assert gone(pid), f"an orphan: {below[pid]}"
        self._log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""
