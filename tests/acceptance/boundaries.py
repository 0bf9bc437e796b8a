"""What the fault tests share: one scenario that can be run again and again, and a fault at exactly one of its requests.

A *boundary* is one request of the service's account, counted from 1. What happens there is decided inside the sandbox,
in the moment in which the request arrives: nothing in the service knows about it.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from redis import Redis

from tests.acceptance.conftest import PEOPLE, START, Company, settings_for
from worker.cli.stage import Stage
from worker.domain.model import IssueRef
from worker.engine.clock import ManualClock
from worker.sandbox.clock import SandboxClock
from worker.sandbox.faults import Faults, Rule, parse_rule
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.running import Running
from worker.sandbox.wire import Call

OLD_ISSUE = "acme/payments#1"
"""An issue that a person opened long ago, in the default seed."""

BODY = f"""## Summary

On 3 November 2026 checkout answered 500 for 47 minutes.

## Root cause

The payment queue was full and nobody was told.

## Action items

| What | Owner | Due | Ticket |
| --- | --- | --- | --- |
| Add an alert when the payment queue is deeper than 100 for 5 minutes | @bob | 2026-11-06 | |
| Log one line with the id of the request on a timeout | @bob | 2026-12-04 | {OLD_ISSUE} |
| Limit the retries of the payment client to three | | | |
"""

LONG_ENOUGH = timedelta(minutes=31)
"""For every wait after one fault, and for the ledger's list of the enrolled, to be over."""

FEW_SWEEPS = "engine: {sweep_minutes: 30}\n"


@dataclass(slots=True)
class Boundary(Faults):
    """Rules as ever, and besides: at request number `at` of the service, `fault` acts and `then` is called.

    Only requests of which `only` says so count. `then` runs in the sandbox, before the request has any effect;
    `reached` says that it came to that. `seen` and `moments` are what was asked, and when.
    """

    at: int = 0
    fault: Mapping[str, Any] = field(default_factory=dict)
    then: Callable[[], object] | None = None
    clock: SandboxClock = field(default_factory=SandboxClock)
    seen: list[str] = field(default_factory=list)
    moments: list[datetime] = field(default_factory=list)
    people: frozenset[str] = frozenset()
    only: Callable[[Call], bool] = lambda _call: True
    since: int = 0

    @property
    def reached(self) -> bool:
        return 0 < self.at <= len(self.seen)

    def answered(self, sandboxes: Iterable[object]) -> bool:
        """Whether every request that was delayed, to whichever tracker, has been dealt with."""
        late = self.reached and self.fault.get("kind") == "latency"
        running = [sandbox for sandbox in sandboxes if isinstance(sandbox, Running)]
        return not late or any(e.fault == "latency" for sandbox in running for e in sandbox.requests(self.since))

    def for_call(self, call: Call) -> tuple[float, Rule | None]:
        if call.user in self.people or not self.only(call) or call.path.startswith("/_sandbox"):
            return 0.0, None
        self.seen.append(" ".join(filter(None, (call.method, call.path, call.operation))))
        self.moments.append(self.clock.now())
        if len(self.seen) != self.at:
            return 0.0, None
        if self.then is not None:
            self.then()
        if not self.fault:
            return 0.0, None
        rule = parse_rule(dict(self.fault))
        if rule.kind == "latency":
            return rule.latency_ms / 1000, None
        return 0.0, rule


class Mortal(Stage):
    """A stage whose work is done in a process of its own, which is killed (SIGKILL) when it comes to the boundary.

    Before `deadly_from` it works in this process, which is quicker and, as the boundary is later, the same.
    """

    boundary: Boundary | None = None
    deadly_from = START
    wiped = False
    """Whether Redis is wiped with it."""

    def settle(self) -> None:
        boundary = self.boundary
        if boundary is None or boundary.reached or self.clock.now() < self.deadly_from:
            super().settle()
            return
        gate, opener = os.pipe()
        child = os.fork()
        if child == 0:
            # No test framework, no handlers, no buffers of the parent: only the work, and out.
            code = 1
            try:
                os.read(gate, 1)
                super().settle()
                code = 0
            finally:
                os._exit(code)
        boundary.then = lambda: os.kill(child, signal.SIGKILL)
        os.write(opener, b".")
        _, status = os.waitpid(child, 0)
        boundary.then = None
        os.close(gate)
        os.close(opener)
        if not os.WIFSIGNALED(status):
            assert os.waitstatus_to_exitcode(status) == 0, "the work failed by itself"
            return
        if self.wiped:
            self.redis.flushall()
        self.restart()


class Patient(Stage):
    """A stage on which no time passes while a request is still on its way: in real life that would be a second of the
    minute that a doubtful write is left alone."""

    boundary: Boundary | None = None

    def settle(self) -> None:
        super().settle()
        ends = time.monotonic() + 5
        while self.boundary is not None and not self.boundary.answered(self.sandboxes):
            assert time.monotonic() < ends, "a request was never answered"
            time.sleep(0.01)


class Scenario:
    """One company, set back to its beginning before each run."""

    def __init__(
        self,
        sandbox: GitHubSandbox,
        redis: Redis,
        folder: Path,
        *,
        mode: str = "comment",
        engine: str = FEW_SWEEPS,
        attempts: int = 1,
        timeout_s: int = 5,
        stage: type[Stage] = Stage,
        policy: str = "settle_minutes: 0",
        smtp_url: str = "",
    ) -> None:
        self.sandbox = sandbox
        self.redis = redis
        self.settings = settings_for(
            sandbox,
            folder,
            policy=policy,
            people=PEOPLE,
            mode=mode,
            engine=engine,
            timeout_s=timeout_s,
            smtp_url=smtp_url,
        )
        self.attempts = attempts
        self.stage = stage

    def begin(self) -> Company:
        """A new day: the seed, an empty Redis, no mails, a new process."""
        self.sandbox.site.faults = Faults()
        self.sandbox.reset()
        self.redis.flushall()
        for mail in self.settings.mail_folder.glob("*"):
            mail.unlink()
        stage = self.stage(self.sandbox, self.settings, self.redis, ManualClock(START), attempts=self.attempts)
        company = Company(stage=stage, mails_in=self.settings.mail_folder)
        stage.start()
        return company

    def wipe(self) -> None:
        self.redis.flushall()

    @contextmanager
    def boundary(
        self, at: int = 0, *, only: Callable[[Call], bool] = lambda _call: True, **fault: Any
    ) -> Iterator[Boundary]:
        """Let something happen at one request of the service."""
        people = frozenset({"alice", "bob", "lena", "dario"})
        since = max((entry.number for entry in self.sandbox.requests()), default=0)
        boundary = Boundary(at=at, fault=fault, people=people, since=since, only=only, clock=self.sandbox.clock)
        self.sandbox.site.faults = boundary
        try:
            yield boundary
        finally:
            self.sandbox.site.faults = Faults()


def enrol(company: Company, wait: timedelta = LONG_ENOUGH) -> IssueRef:
    """A person opens a post-mortem; the next sweep sees it; a while later all is quiet."""
    ref = company.open(BODY)
    company.sweep()
    company.stage.pass_for(wait)
    return ref


def picture(company: Company) -> dict[str, Any]:
    """Everything that people can see on the tracker, without what differs from run to run: ids, times and seals.

    Issues are named by their titles, which no two of them may share; a comment is its visible words.
    """
    issues = company.stage.sandbox.state()["issues"]
    names = {key: issue["title"] for key, issue in issues.items()}
    ours = sorted(names[key] for key in names)
    assert len(set(ours)) == len(ours), f"an issue exists twice: {ours}"
    return {
        issue["title"]: {
            "body": _words(issue["body"], names),
            "state": issue["state"],
            "labels": issue["labels"],
            "assignees": issue["assignees"],
            "parent": names.get(issue["parent"] or ""),
            "comments": sorted((c["user"], _words(c["body"], names)) for c in issue["comments"]),
        }
        for issue in issues.values()
    }


def difference(wanted: Mapping[str, Any], got: Mapping[str, Any]) -> str:
    """Where two pictures differ, line by line, or nothing."""
    one, other = (json.dumps(p, indent=1, sort_keys=True).replace("\\n", "\n").splitlines() for p in (wanted, got))
    return "\n".join(difflib.unified_diff(one, other, "wanted", "got", lineterm="", n=1))


def _words(text: str, names: Mapping[str, str]) -> str:
    """The visible words, with issues named by their titles."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    # The trail's line about a field written just before a fault is lost with the run that would have kept it.
    text = re.sub(r"^- [\d-]+ item \d+: due: [\d-]+ from the document\n", "", text, flags=re.MULTILINE)
    for key in sorted(names, key=len, reverse=True):
        repo, _, number = key.partition("#")
        text = re.sub(rf"{re.escape(repo)}(?:#|/issues/){number}\b", f"<{names[key]}>", text)
        text = re.sub(rf"\b{re.escape(repo.partition('/')[2])}#{number}\b", f"<{names[key]}>", text)
    text = re.sub(r"#(\d+)\b", lambda m: f"<{names.get('acme/incidents#' + m[1], m[0])}>", text)
    return re.sub(r"http://127\.0\.0\.1:\d+", "", text).strip()
