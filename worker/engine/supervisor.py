"""Who starts the roles of `followthrough run`, and starts them again when one dies?

One parent that starts each role as a child process, hands signals on, and takes all of them with it when it ends. It
does no work of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from worker.engine.kin import STOPPING, Signals, die_with_parent, exit_code

log = structlog.get_logger(__name__)

WRONG_CONFIGURATION = 2
_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One role: its name for the log, its command, and what it has in its environment beside ours."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Running:
    child: Child
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    wait_s: float = 0.0
    start_at: float = 0.0


class Supervisor:
    """Keeps these children running until a signal comes.

    A child that ends is started again after `first_wait_s`, doubled each time up to `most_wait_s`; one that lived for
    `healthy_s` starts afresh. A child that ends with code 2 (wrong configuration) ends everything with 2, since trying
    again can't help. `each_turn` is called about once a second and after each child's end, for instance
    `EmbeddedRedis.ensure_running`. On a signal the children have `stop_within_s`, then they are killed.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        first_wait_s: float = 0.5,
        most_wait_s: float = 30.0,
        healthy_s: float = 60.0,
        stop_within_s: float = 11.0,
        each_turn: Sequence[Callable[[], object]] = (),
    ) -> None:
        self._running = [_Running(child) for child in children]
        self._first_wait_s = first_wait_s
        self._most_wait_s = most_wait_s
        self._healthy_s = healthy_s
        self._stop_within_s = stop_within_s
        self._each_turn = tuple(each_turn)

    def run(self) -> int:
        """Start the children and stay, on the main thread, until it is over. Returns the exit code: 0 after SIGTERM or
        SIGHUP, 130 after SIGINT, 2 where a child says that the configuration is wrong, 1 where `each_turn` failed."""
        with Signals((*STOPPING, signal.SIGCHLD)) as signals:
            try:
                return self._stay(signals)
            finally:
                self._stop(signals)

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        return {r.child.name: r.process.pid for r in self._running if r.process is not None}

    def _stay(self, signals: Signals) -> int:
        while True:
            for call in self._each_turn:
                try:
                    call()
                except Exception:
                    log.exception("the service can't go on")
                    return 1
            for running in self._running:
                if (code := self._look_after(running)) is not None:
                    return code
            came = signals.wait(self._until_next_start())
            if came is not None and came is not signal.SIGCHLD:
                log.info("stopping", signal=came.name)
                return exit_code(came)

    def _look_after(self, running: _Running) -> int | None:
        """Notice an end, start what is to be started. Returns an exit code where all is over."""
        now = time.monotonic()
        if running.process is not None:
            code = running.process.poll()
            if code is None:
                return None
            running.process = None
            if code == WRONG_CONFIGURATION:
                log.critical("child refused its configuration", child=running.child.name)
                return WRONG_CONFIGURATION
            if now - running.started >= self._healthy_s:
                running.wait_s = 0.0
            running.wait_s = min(self._most_wait_s, running.wait_s * 2 or self._first_wait_s)
            running.start_at = now + running.wait_s
            log.error("child ended", child=running.child.name, code=code, again_in_s=running.wait_s)
        if now >= running.start_at:
            running.process = self._start(running.child)
            running.started = now
            log.info("child started", child=running.child.name, pid=running.process.pid)
        return None

    def _start(self, child: Child) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own command, no shell
            list(child.argv),
            env={**os.environ, **child.env},
            stdin=subprocess.DEVNULL,
            # Ctrl-C reaches the parent alone, which hands it on once.
            process_group=0,
            # SIGKILL: an orphan that hangs would keep its port and its leases; leases run out by themselves.
            preexec_fn=die_with_parent(signal.SIGKILL),
        )

    def _until_next_start(self) -> float:
        now = time.monotonic()
        starts = [r.start_at - now for r in self._running if r.process is None]
        return max(0.0, min([_EVERY_S, *starts]))

    def _stop(self, signals: Signals) -> None:
        """Ask the children to end, wait, and kill those who do not. A second signal kills at once."""
        deadline = time.monotonic() + self._stop_within_s
        for running in self._running:
            if running.process is not None and running.process.poll() is None:
                running.process.send_signal(signal.SIGTERM)
        while self._alive() and (left := deadline - time.monotonic()) > 0:
            came = signals.wait(min(left, _EVERY_S))
            if came is not None and came is not signal.SIGCHLD:
                break
        for running in self._alive():
            log.error("child did not end and is killed", child=running.child.name)
            if running.process is not None:
                running.process.kill()
                running.process.wait()

    def _alive(self) -> list[_Running]:
        return [r for r in self._running if r.process is not None and r.process.poll() is None]
