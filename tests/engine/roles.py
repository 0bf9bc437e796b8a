"""Real processes for the tests, each a few lines around the product's own: `python -m tests.engine.roles ROLE URL`.

What happens in them is told in lines on standard output: `WORD KEY TOKEN PID NANOSECONDS`, the time being the machine's
monotonic one, which all processes share.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier

import structlog
from dramatiq.threading import raise_thread_exception
from dramatiq.worker import ConsumerThread, WorkerThread

from worker.actors import declare
from worker.engine.broker import make_broker
from worker.engine.budget import Budgets, Window
from worker.engine.clock import SystemClock
from worker.engine.processes import run_clock, run_worker
from worker.engine.redis import connect
from worker.engine.store import Store
from worker.engine.supervisor import Child, Supervisor
from worker.engine.wakeups import Wakeups

LEASE_S = 1.5


def tell(word: str, key: str = "-", token: int = 0) -> None:
    os.write(1, f"{word} {key} {token} {os.getpid()} {time.monotonic_ns()}\n".encode())


def work_shortly(store: Store) -> None:
    """A unit's work of 20 ms, with one write at its end."""
    for lease in store.claim():
        tell("begin", lease.key, lease.token)
        time.sleep(0.02)
        if store.hold(lease):
            tell("end", lease.key, lease.token)
            store.done(lease)


def work_until_closing(store: Store) -> None:
    """A unit's work with many writes, which asks before each."""
    for lease in store.claim():
        tell("begin", lease.key, lease.token)
        while store.hold(lease):
            time.sleep(0.01)
        tell("abandoned", lease.key, lease.token)


def work_forever(store: Store) -> None:
    """A unit's work that hangs in one call."""
    for lease in store.claim():
        tell("begin", lease.key, lease.token)
        time.sleep(600)


WORKS: dict[str, Callable[[Store], None]] = {
    "shortly": work_shortly,
    "until-closing": work_until_closing,
    "forever": work_forever,
    "stuck": work_forever,
}


def kill_threads(kind: type[threading.Thread]) -> None:
    """End the threads of this kind as an error nobody foresaw would."""
    for thread in threading.enumerate():
        if isinstance(thread, kind) and thread.ident is not None:
            raise_in: Callable[[int, object], None] = raise_thread_exception  # has no types
            raise_in(thread.ident, SystemExit)


def fail() -> None:
    tell("side-job")
    raise RuntimeError("the side job's own trouble")


def worker(url: str, how: str, *, threads: int = 2) -> int:
    redis = connect(url)
    store, broker = Store(redis, SystemClock(), lease_s=LEASE_S), make_broker(redis)
    works = WORKS.get(how, work_shortly)
    declare(broker, lambda: works(store))
    side_jobs: dict[str, Callable[[], None]] = {
        "consumer-dies": lambda: kill_threads(ConsumerThread),
        "thread-dies": lambda: kill_threads(WorkerThread),
        "side-job-fails": fail,
    }
    tell("started")
    return run_worker(
        broker,
        store,
        threads=threads,
        idle_ms=50,
        stop_within_s=4.0 if how in ("forever", "stuck") else 10.0,
        stuck_after_s=1.0 if how == "stuck" else 900,
        each_second=[side_jobs[how]] if how in side_jobs else [],
    )


def clock(url: str) -> int:
    redis = connect(url)
    return run_clock(Wakeups(Store(redis, SystemClock(), lease_s=LEASE_S), make_broker(redis), hands=4))


def run(url: str) -> int:
    """A whole service: two workers and two clocks under one parent."""
    command = (sys.executable, "-m", "tests.engine.roles")
    children = [
        *(Child(name=f"worker-{n}", argv=(*command, "worker", url, "shortly")) for n in (1, 2)),
        *(Child(name=f"clock-{n}", argv=(*command, "clock", url)) for n in (1, 2)),
    ]
    return Supervisor(children, first_wait_s=0.05, most_wait_s=0.2).run()


def spend_for(
    url: str, start: Barrier, seconds: float, windows: tuple[Window, ...], told: Callable[[int], None]
) -> None:
    """One process that writes as fast as its budget lets it, and tells how often it did."""
    redis, granted = connect(url), 0
    budgets = Budgets(redis, cautious=None)
    start.wait()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        wait_s = budgets.spend("token", windows)
        granted += wait_s == 0
        time.sleep(min(wait_s, 0.01))
    told(granted)


def main(role: str, url: str, *rest: str) -> int:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    if role == "worker":
        return worker(url, *rest)
    return {"clock": clock, "run": run}[role](url)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
