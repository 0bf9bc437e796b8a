"""How does one process of the service live and end: a worker's threads, a clock's loop, and what watches them?

Each function takes the main thread until a signal comes or the watch finds something broken, and returns an exit code:
0 after SIGTERM or SIGHUP, 130 after SIGINT, 1 where a thread has died or hangs (whoever supervises starts it again).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from dramatiq import Broker, Middleware
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.worker import Worker
from redis import RedisError

from worker.engine.kin import STOPPING, Signals, exit_code
from worker.engine.store import Store
from worker.engine.wakeups import Wakeups

log = structlog.get_logger(__name__)

# How long others are kept from a unit whose write may still be in flight when this process ends.
_STAY_S = 30.0
_EVERY_S = 1.0


class _Busy(Middleware):
    """Notes since when each thread has been working on its message, for the watch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: dict[int, float] = {}

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002 - dramatiq's hook
        with self._lock:
            self._since[threading.get_ident()] = time.monotonic()

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002 - dramatiq's hook
        message: MessageProxy,  # noqa: ARG002
        *,
        result: Any = None,  # noqa: ARG002
        exception: BaseException | None = None,  # noqa: ARG002
    ) -> None:
        with self._lock:
            self._since.pop(threading.get_ident(), None)

    def longest_s(self) -> float:
        """How long the thread that is longest at one message has been at it."""
        with self._lock:
            since = min(self._since.values(), default=None)
        return 0.0 if since is None else time.monotonic() - since


def run_worker(
    broker: RedisBroker,
    store: Store,
    *,
    threads: int = 8,
    idle_ms: int = 200,
    stop_within_s: float = 10.0,
    stuck_after_s: float = 900.0,
    each_second: Sequence[Callable[[], object]] = (),
) -> int:
    """Run the actors that were declared on the broker, in `threads` threads, and return the exit code.

    On a signal nothing more is claimed, each `hold` says no, and what threads still hold is given back; the process is
    gone within `stop_within_s` whatever hangs. `idle_ms` is the longest pause between two looks into the empty queue:
    how late a wake-up may be seen. `each_second` is called on the main thread (Budgets.remember, metrics); what it
    raises is logged.
    """
    busy = _Busy()
    broker.add_middleware(busy)
    broker.emit_after("process_boot")
    worker = Worker(broker, worker_timeout=idle_ms, worker_threads=threads)
    with Signals(STOPPING) as signals:
        worker.start()
        log.info("worker started", threads=threads)
        came, wrong = None, ""
        while came is None and not wrong:
            came = signals.wait(_EVERY_S)
            wrong = _broken(worker) or _stuck(busy, stuck_after_s)
            _call_each(each_second)
        if wrong:
            log.critical("worker is broken and ends", what=wrong)
        _wind_down(worker, store, stop_within_s)
    log.info("worker stopped", signal=came.name if came else None)
    return 1 if came is None else exit_code(came)


def run_clock(wakeups: Wakeups, *, each_second: Sequence[Callable[[], object]] = ()) -> int:
    """Run the clock role and return the exit code."""
    loop = threading.Thread(target=wakeups.run, name="clock", daemon=True)
    with Signals(STOPPING) as signals:
        loop.start()
        log.info("clock started")
        came = None
        while came is None and loop.is_alive():
            came = signals.wait(_EVERY_S)
            _call_each(each_second)
        if came is None:
            log.critical("clock is broken and ends")
        wakeups.stop()
        loop.join(5.0)
    log.info("clock stopped", signal=came.name if came else None)
    return 1 if came is None else exit_code(came)


def _broken(worker: Worker) -> str:
    """Which of the worker's threads has died, or ""."""
    for name, consumer in sorted(worker.consumers.items()):
        if not consumer.is_alive():
            return f"the consumer of queue {name} has died"
    dead = sum(not thread.is_alive() for thread in worker.workers)
    return f"{dead} of {len(worker.workers)} worker threads have died" if dead else ""


def _stuck(busy: _Busy, stuck_after_s: float) -> str:
    longest_s = busy.longest_s()
    return f"a thread has been at one unit for {longest_s:.0f} s" if longest_s > stuck_after_s else ""


def _call_each(each_second: Sequence[Callable[[], object]]) -> None:
    for call in each_second:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - a side job must not end the worker
            log.warning("side job failed", job=getattr(call, "__qualname__", repr(call)), error=str(error))


def _wind_down(worker: Worker, store: Store, stop_within_s: float) -> None:
    """Bring the threads to rest and give the leases back, in less than `stop_within_s`."""
    end = threading.Timer(stop_within_s * 0.95, _end_now)
    end.daemon = True
    end.start()
    store.close()
    rest = threading.Thread(target=_stop, args=(worker, stop_within_s * 0.6), name="stop", daemon=True)
    rest.start()
    rest.join(stop_within_s * 0.7)
    moving = any(thread.is_alive() for thread in worker.workers)
    try:
        released = store.release_all(stay_s=_STAY_S if moving else 0.0)
    except RedisError as error:
        log.warning("leases were not given back; they run out by themselves", error=str(error))
    else:
        log.info("leases given back", units=released, still_moving=moving)
    end.cancel()


def _stop(worker: Worker, within_s: float) -> None:
    try:
        worker.stop(timeout=round(within_s * 1000))
    except Exception as error:  # noqa: BLE001 - Redis may be away; the wake-ups in memory carry nothing
        log.warning("dramatiq did not stop in order", error=str(error))


def _end_now() -> None:
    log.critical("the process did not come to rest and is ended; its leases run out by themselves")
    os._exit(1)
