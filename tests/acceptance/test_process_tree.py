"""`followthrough run` as its user starts it: one command, real processes, a webhook in, and no trace when it ends."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.boundaries import Boundary
from tests.acceptance.conftest import BODY, BOT, KEY, PEOPLE
from tests.acceptance.trees import SECRET, Tree
from tests.engine.telling import gone
from worker.sandbox.github import GitHubSandbox


@pytest.fixture
def sandbox() -> Iterator[GitHubSandbox]:
    with GitHubSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def tree(sandbox: GitHubSandbox, tmp_path: Path) -> Iterator[Tree]:
    config = tmp_path / "config"
    config.mkdir()
    (config / "followthrough.yaml").write_text(
        f"sites:\n  github:\n    api_url: {sandbox.api_url}\n    repositories: [acme/incidents, acme/payments]\n"
        "    timeout_s: 5\nengine: {lease_s: 10}\n"
    )
    (config / "policy.yaml").write_text("settle_minutes: 0")
    (config / "people.yaml").write_text(PEOPLE)
    env = {
        "GITHUB_TOKEN": sandbox.token_of(BOT),
        "FOLLOWTHROUGH_SIGNING_KEY": KEY,
        "FOLLOWTHROUGH_MODE": "comment",
    }
    tree = Tree(config, env, tmp_path)
    try:
        tree.wait_for(lambda: tree.get("/readyz") == 200, "ready", within_s=60)
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
