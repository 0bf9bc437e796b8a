"""The whole service against a sandbox, with a clock that is moved by hand: six weeks pass in seconds.

Used by the demo and by the acceptance tests. Nothing is simulated but the tracker and the time: the adapter speaks
HTTP, units lie in a real Redis, wake-ups go through dramatiq, mails are real messages.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

from dramatiq import Worker
from redis import Redis

from worker.actors import declare
from worker.app.settings import Settings
from worker.app.wiring import ATTEMPTS, Service, service_of
from worker.channels.port import Notifier
from worker.engine.broker import make_broker
from worker.engine.clock import ManualClock
from worker.engine.store import to_us
from worker.engine.sweep import Schedule
from worker.engine.wakeups import Wakeups
from worker.sandbox.clock import SandboxClock
from worker.sandbox.github import GitHubSandbox

QUIET_S = 60.0


class Sandbox(Protocol):
    """What a stage needs of a simulated tracker of whatever kind."""

    @property
    def clock(self) -> SandboxClock: ...


class Stage:
    """One service on a sandbox, and on `others`. Without `workers` its work is done in `settle` itself, else by
    dramatiq's threads.

    Leases and budgets go by the stage's clock too. `attempts` is how often a read that failed is sent again before
    the engine hears of it: 1 shows every fault to the engine.
    """

    def __init__(
        self,
        sandbox: GitHubSandbox,
        settings: Settings,
        redis: Redis,
        clock: ManualClock,
        notifier: Notifier | None = None,
        *,
        attempts: int = ATTEMPTS,
        others: Sequence[Sandbox] = (),
    ) -> None:
        self.sandbox = sandbox
        self.sandboxes: tuple[Sandbox, ...] = (sandbox, *others)
        self.clock = clock
        self.settings = settings
        self.redis = redis
        self._notifier = notifier
        self._attempts = attempts
        self._threaded = False
        self._schedule: Schedule | None = None
        self.service = self._service()
        # This stage has just begun: nobody else can be in the middle of anything.
        self.service.store.begin_alone()
        self.at(clock.now())

    def _service(self) -> Service:
        return service_of(
            self.settings,
            self.redis,
            self.clock,
            notifier=self._notifier,
            forgotten_past=False,
            redis_time=lambda: to_us(self.clock.now()),
            attempts=self._attempts,
        )

    def restart(self) -> None:
        """A new process with an empty memory, on the same Redis."""
        self.service = self._service()
        if self._schedule is not None:
            self._schedule = Schedule(self.service.sweeper)

    @contextmanager
    def workers(self, threads: int) -> Iterator[None]:
        """Have wake-ups carried by dramatiq to this many threads, as `followthrough run` does."""
        broker = make_broker(self.redis)
        declare(broker, lambda: self.service.work())
        broker.emit_after("process_boot")
        worker = Worker(broker, worker_timeout=5, worker_threads=threads)
        wakeups = Wakeups(self.service.store, broker, hands=threads, longest_s=0.05)
        loop = threading.Thread(target=wakeups.run, daemon=True)
        worker.start()
        loop.start()
        self._threaded = True
        try:
            yield
        finally:
            self._threaded = False
            wakeups.stop()
            worker.stop()
            loop.join(5)

    def settle(self) -> None:
        """Work until nothing is due. Raises TimeoutError where that does not come about."""
        until = time.monotonic() + QUIET_S
        while time.monotonic() < until:
            if self._threaded:
                if not self.service.store.outlook().ready and not self.service.store.running():
                    return
                self.service.store.ring()
                time.sleep(0.005)
            elif not self.service.engine.work(50):
                return
        raise TimeoutError(f"still at work: {self.service.store.running()}, {self.service.store.pending()[:5]}")

    def start(self) -> None:
        """Begin the periodic looks."""
        self._schedule = Schedule(self.service.sweeper)
        self._schedule.keep()
        self.settle()

    def at(self, moment: datetime) -> None:
        """Put both clocks to this moment, whatever is due in between."""
        self.clock.set(moment)
        for sandbox in self.sandboxes:
            sandbox.clock.set(moment)

    def pass_until(self, moment: datetime, stop: Callable[[], bool] = lambda: False) -> None:
        """Let time pass, doing everything when it is due, until this moment or until `stop` says so."""
        while not stop():
            if self._schedule is not None:
                self._schedule.keep()
            following = self._next()
            if following is None or following > moment:
                self.at(moment)
                self.settle()
                return
            self.at(following)
            self.settle()

    def _next(self) -> datetime | None:
        """When the next unit can be worked on: after the silence of a new Redis, and once a lost lease has run out."""
        store, now = self.service.store, self.clock.now()
        moments = [m for m in (store.next_due(), store.next_expiry()) if m is not None]
        if not moments:
            return None
        return max(min(moments), now + timedelta(seconds=store.silence_s()))

    def pass_for(self, span: timedelta) -> None:
        """Let this much time pass."""
        self.pass_until(self.clock.now() + span)
