"""`sandbox` as a process of its own, and the way of a newcomer through it: what it prints is what one types."""

from __future__ import annotations

import hmac
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Shell

MORE = os.environ | {"PYTHONUNBUFFERED": "1"}


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sandbox that has printed everything it prints at the start; ends with the block."""
    argv = [sys.executable, "-m", "worker.cli.main", "sandbox", *arguments]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=MORE) as process:
        assert process.stdout is not None
        try:
            said = ""
            for line in process.stdout:
                said += line
                if line.startswith("Ctrl-C"):
                    break
            yield process, said
        finally:
            process.kill()


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    with ExitStack() as stack:
        yield lambda *arguments: stack.enter_context(running(*arguments))


Start = Callable[..., tuple[subprocess.Popen[str], str]]


def _url(said: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert found is not None, said
    return found.group()


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def _run_printed_curl(said: str, part: str) -> None:
    """Send what the printed `curl` whose text has this part would send."""
    flat = said.replace("\\\n", " ")
    line = next(row for row in flat.splitlines() if "curl" in row and part in row)
    found = re.search(r"Authorization: (Bearer \S+)' -d '(.*?)'\s+(\S+)", line)
    assert found is not None, line
    request = urllib.request.Request(
        found[3], data=found[2].encode(), method="POST", headers={"Authorization": found[1]}
    )
    urllib.request.urlopen(request, timeout=10).close()


def test_what_is_printed_leads_a_newcomer_to_tracked_issues(shell: Shell, start: Start, tmp_path: Path) -> None:
    _, said = start()
    exported = dict(re.findall(r"export (\w+)=(\S+)", said))
    exported.pop("PATH", None)  # printed only where the command would not be found
    exported = {name: value for name, value in exported.items() if not name.startswith("JIRA_")}
    assert sorted(exported) == ["FOLLOWTHROUGH_MODE", "GITHUB_API_URL", "GITHUB_TOKEN"]
    env = {**exported, "FOLLOWTHROUGH_DATA_DIR": str(tmp_path)}
    plan = re.findall(r"followthrough (plan .*)", said)[0].split()
    apply = re.findall(r"followthrough (apply .*)", said)[0].split()
    _run_printed_curl(said, "postmortem")
    assert "+ create-sticky" in shell(*plan, **env).out
    assert shell(*apply, **env).code == 0
    _run_printed_curl(said, "ft track")
    assert shell(*plan, **env).out.count("+ create-issue") == 3
    assert shell(*apply, **env).code == 0
    assert shell(*plan, **env).out.startswith("Nothing to do")
    state = _get(f"{_url(said)}/_sandbox/state")
    assert len(state["issues"]["acme/incidents#1"]["children"]) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_it_ends_cleanly(start: Start, number: signal.Signals) -> None:
    process, _ = start()
    process.send_signal(number)
    assert process.wait(15) == 0


def test_seed_faults_port_and_latency_are_taken(start: Start, tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text(
        "github: {repos: [{name: ops/log, collaborators: {kim: admin}}], tokens: [{token: k, login: kim}]}\n"
    )
    faults = tmp_path / "faults.yaml"
    faults.write_text("faults: [{kind: 401, method: DELETE}]\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--seed", str(seed), "--faults", str(faults), "--github-port", str(port), "--latency-ms", "1")
    _, said = start(*options)
    assert _url(said) == f"http://127.0.0.1:{port}"
    assert "ops/log" in said
    assert sorted(_get(f"{_url(said)}/_sandbox/state")["repos"]) == ["ops/log"]
    assert [f["kind"] for f in _get(f"{_url(said)}/_sandbox/faults")] == ["latency", "401"]


@pytest.mark.parametrize(
    ("face", "deployment", "exported"),
    [
        pytest.param("cloud", "Cloud", ["JIRA_API_TOKEN", "JIRA_EMAIL", "JIRA_URL"], id="a Cloud site"),
        pytest.param("datacenter", "Server", ["JIRA_PAT", "JIRA_URL"], id="a Data Center"),
    ],
)
def test_a_jira_stands_beside_it(start: Start, face: str, deployment: str, exported: list[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _, said = start("--jira-port", str(port), "--jira-face", face)
    printed = dict(re.findall(r"export (JIRA_\w+)=(\S+)", said))
    assert sorted(printed) == exported
    assert printed["JIRA_URL"] == f"http://127.0.0.1:{port}"
    assert _get(f"{printed['JIRA_URL']}/rest/api/2/serverInfo")["deploymentType"] == deployment
    assert "OPS-1" in _get(f"{printed['JIRA_URL']}/_sandbox/state")["issues"]


def test_both_send_signed_webhooks_to_the_service_where_asked(start: Start) -> None:
    heard: list[tuple[str, bytes, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signed = self.headers["X-Hub-Signature-256"] or self.headers["X-Hub-Signature"]
            heard.append((self.path, body, signed))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as service:
        threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        _, said = start("--webhooks", f"http://127.0.0.1:{service.server_port}/")
        exported = dict(re.findall(r"export (\w+)=(\S+)", said))
        _run_printed_curl(said, "postmortem")
        jira = f"{exported['JIRA_URL']}/rest/api/2/issue/OPS-1/comment"
        login = f"{exported['JIRA_EMAIL']}:{exported['JIRA_API_TOKEN']}"
        headers = {
            "Authorization": f"Basic {b64encode(login.encode()).decode()}",
            "Content-Type": "application/json",
        }
        urllib.request.urlopen(urllib.request.Request(jira, b'{"body": "Hello"}', headers), timeout=10).close()
        wanted = {
            "/webhooks/github": exported["GITHUB_WEBHOOK_SECRET"],
            "/webhooks/jira": exported["JIRA_WEBHOOK_SECRET"],
        }
        until = time.monotonic() + 10
        while {path for path, _, _ in heard} != set(wanted) and time.monotonic() < until:
            time.sleep(0.01)
        service.shutdown()
    assert {path for path, _, _ in heard} == set(wanted)
    for path, body, signed in heard:
        assert signed == "sha256=" + hmac.new(wanted[path].encode(), body, "sha256").hexdigest()


def test_webhooks_to_what_is_no_address_are_refused(shell: Shell) -> None:
    ran = shell("sandbox", "--webhooks", "127.0.0.1:8080")
    assert ran.code == 2
    assert "http://127.0.0.1:8080" in ran.err


def test_a_face_that_jira_does_not_have_is_refused(shell: Shell) -> None:
    ran = shell("sandbox", "--jira-face", "server")
    assert ran.code == 2
    assert "cloud or datacenter" in ran.err


def test_a_seed_with_a_mistake_is_refused_with_its_place(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text("github: {repos: [{nmae: acme/pay}]}\n")
    ran = shell("sandbox", "--seed", str(tmp_path / "seed.yaml"))
    assert ran.code == 2
    assert "repos[0]" in ran.err


def test_a_port_in_use_is_a_clear_error(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = shell("sandbox", "--github-port", str(taken.getsockname()[1]))
    assert ran.code == 2
    assert "choose another port" in ran.err
