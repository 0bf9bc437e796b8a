"""`followthrough run` as its user starts it: one command, real processes, a webhook in, and no trace when it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.boundaries import Boundary
from tests.acceptance.conftest import BODY, BOT, KEY, PEOPLE
from tests.engine.telling import gone
from worker.sandbox.github import GitHubSandbox

SECRET = "a-webhook-secret-of-the-tests"
PROGRAM = Path(sys.executable).with_name("followthrough")


class Tree:
    """A running `followthrough run` and everything below it."""

    def __init__(self, sandbox: GitHubSandbox, folder: Path) -> None:
        config = folder / "config"
        config.mkdir()
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (config / "followthrough.yaml").write_text(
            f"sites:\n  github:\n    api_url: {sandbox.api_url}\n    repositories: [acme/incidents, acme/payments]\n"
            "    timeout_s: 5\nengine: {lease_s: 10}\n"
        )
        (config / "policy.yaml").write_text("settle_minutes: 0")
        (config / "people.yaml").write_text(PEOPLE)
        self._log_path = folder / "log"
        self._log = self._log_path.open("wb")
        env = {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | {
            "GITHUB_TOKEN": sandbox.token_of(BOT),
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "FOLLOWTHROUGH_SIGNING_KEY": KEY,
            "FOLLOWTHROUGH_MODE": "comment",
            "FOLLOWTHROUGH_DATA_DIR": str(folder / "data"),
            "FOLLOWTHROUGH_WEB_PORT": str(self.port),
        }
        self.process = subprocess.Popen(
            [str(PROGRAM), "run", "--config", str(config)], env=env, stdout=self._log, stderr=subprocess.STDOUT
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

    def post(self, body: bytes, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + "/webhooks/github", data=body, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def wait_for(self, holds: Callable[[], bool], what: str, within_s: float = 30.0) -> None:
        ends = time.monotonic() + within_s
        while not holds():
            assert self.process.poll() is None, f"it ended by itself:\n{self.log()}"
            assert time.monotonic() < ends, f"not within {within_s:.0f} s: {what}\n{self.log()}"
            time.sleep(0.02)

    def log(self) -> str:
        return self._log_path.read_text(errors="replace")[-6000:]

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


@pytest.fixture
def sandbox() -> Iterator[GitHubSandbox]:
    with GitHubSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def tree(sandbox: GitHubSandbox, tmp_path: Path) -> Iterator[Tree]:
    tree = Tree(sandbox, tmp_path)
    try:
        tree.wait_for(lambda: tree.get("/readyz") == 200, "ready")
        yield tree
    finally:
        tree.kill()


def ours(sandbox: GitHubSandbox) -> list[dict[str, Any]]:
    return [i for i in sandbox.state()["issues"].values() if "postmortem-action" in i["labels"]]


def stickies(sandbox: GitHubSandbox) -> list[str]:
    comments = [c["body"] for i in sandbox.state()["issues"].values() for c in i["comments"]]
    return [body for body in comments if "<!-- followthrough:sticky" in body]


def open_post_mortem(sandbox: GitHubSandbox) -> None:
    payload = {"title": "Checkout answered 500", "body": BODY, "labels": ["postmortem"]}
    sandbox.act("alice", "POST", "/repos/acme/incidents/issues", payload)


def test_a_signed_webhook_becomes_issues_within_seconds_and_the_end_leaves_nothing(
    sandbox: GitHubSandbox, tree: Tree
) -> None:
    assert tree.get("/healthz") == 200
    payload = json.dumps({"action": "opened", "issue": {"number": 1}}).encode()
    assert tree.post(payload, X_GitHub_Event="issues", X_GitHub_Delivery="1") == 401
    assert tree.post(payload, X_GitHub_Event="issues", X_Hub_Signature_256="sha256=" + "0" * 64) == 401

    sandbox.add_hook(f"{tree.url}/webhooks/github", secret=SECRET)
    open_post_mortem(sandbox)
    tree.wait_for(lambda: len(stickies(sandbox)) == 1, "one sticky comment", within_s=10)
    assert len(ours(sandbox)) == 3

    below = tree.pids()
    assert len(below) >= 4, f"web, clock, worker and a Redis: {below}"
    began = time.monotonic()
    tree.process.send_signal(signal.SIGTERM)
    assert tree.process.wait(10) == 0, tree.log()
    assert time.monotonic() - began < 10
    assert [command for pid, command in below.items() if not gone(pid, 0.5)] == []


@pytest.mark.parametrize(
    "fault", [pytest.param("drop-before", id="before it is made"), pytest.param("drop-after", id="after it is made")]
)
def test_a_worker_killed_at_a_create_is_replaced_and_makes_nothing_twice(
    sandbox: GitHubSandbox, tree: Tree, fault: str
) -> None:
    worker = tree.role("worker")
    boundary = Boundary(at=2, fault={"kind": fault}, only=lambda call: "createIssue" in call.operation)
    boundary.then = lambda: os.kill(worker, signal.SIGKILL)
    sandbox.site.faults = boundary
    sandbox.add_hook(f"{tree.url}/webhooks/github", secret=SECRET)
    open_post_mortem(sandbox)
    tree.wait_for(lambda: boundary.reached, "the second create")
    assert gone(worker)
    tree.wait_for(lambda: len(stickies(sandbox)) == 1, "one sticky comment", within_s=60)
    assert tree.role("worker") != worker
    assert len({i["title"] for i in ours(sandbox)}) == len(ours(sandbox)) == 3
