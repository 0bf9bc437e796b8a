"""How do our processes hear of a signal, and how do they end with their parent?"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import Any, Self

STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def exit_code(came: signal.Signals) -> int:
    """What a process ends with after this signal."""
    return 130 if came is signal.SIGINT else 0


def die_with_parent(with_signal: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` that has the kernel send this signal to the child when its parent ends.

    To be started from the main thread: for the kernel the parent is the thread. Only Linux has this; elsewhere the
    child is left to itself.
    """
    prctl: Any = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    parent = os.getpid()
    number = int(with_signal)

    def in_child() -> None:
        if prctl is None:
            return
        prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        # The parent may have ended before the line above; then nobody would tell.
        if os.getppid() != parent:
            os._exit(1)

    return in_child


class Signals:
    """Signals as things to wait for, on the main thread. A context manager that puts the old handlers back.

    A handler that sets a threading.Event may deadlock with a wait on it; this one only writes to a socket.
    """

    def __init__(self, wanted: Sequence[signal.Signals]) -> None:
        self._wanted = tuple(wanted)
        self._came: deque[signal.Signals] = deque()
        self._old: dict[signal.Signals, Any] = {}
        self._old_fd = -1

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("signals reach the main thread only")
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._old_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in self._wanted:
            self._old[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        self._reader.close()
        self._writer.close()

    def wait(self, timeout_s: float) -> signal.Signals | None:
        """The next signal that came, or None after this long."""
        deadline = time.monotonic() + timeout_s
        while not self._came:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            if select.select([self._reader], [], [], left)[0]:
                with contextlib.suppress(BlockingIOError):
                    self._reader.recv(4096)
        return self._came.popleft()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._came.append(signal.Signals(number))
