"""How is the application served: on which address, with which deadlines, and how does it end?"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_TIMEOUT_S = 10.0
GRACEFUL_STOP_S = 5.0
MOST_CONNECTIONS = 500


class DeadlineProtocol(H11Protocol):
    """HTTP/1.1 with a deadline for the headers, which uvicorn lacks: a client that opens a connection and then dawdles
    over its request line is hung up on."""

    header_timeout_s = HEADER_TIMEOUT_S
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn itself
        super().connection_made(transport)
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            # The beginning of a further request on a kept connection has the same deadline.
            if self._deadline is None:
                self._arm()
        else:
            self._disarm()

    def on_response_complete(self) -> None:
        self._disarm()
        super().on_response_complete()

    def _arm(self) -> None:
        self._deadline = self.loop.call_later(self.header_timeout_s, self._hang_up)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _hang_up(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()


class WebServer:
    """One listening server. `run` blocks until `stop` is called from any thread, or, in the main thread, until SIGINT
    or SIGTERM; then it ends within `graceful_stop_s`, running requests first."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 8080,
        graceful_stop_s: float = GRACEFUL_STOP_S,
        header_timeout_s: float = HEADER_TIMEOUT_S,
    ) -> None:
        """Bind at once, so that a taken port is an OSError here; port 0 takes a free one. Inside a container the host
        is 0.0.0.0 by configuration, never by default."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Named as TCP, because asyncio turns Nagle's algorithm off only then: else each answer on a kept connection
        # waits 40 ms for an ACK.
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        protocol = type("Protocol", (DeadlineProtocol,), {"header_timeout_s": header_timeout_s})
        options: dict[str, Any] = {
            "http": protocol,
            "ws": "none",
            "lifespan": "off",
            "loop": "asyncio",
            "log_config": None,
            "access_log": False,
            "server_header": False,
            "proxy_headers": False,
            "timeout_keep_alive": 5,
            "timeout_graceful_shutdown": graceful_stop_s,
            "limit_concurrency": MOST_CONNECTIONS,
        }
        self._server = _Server(uvicorn.Config(app, **options))

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def started(self) -> threading.Event:
        """Set once connections are answered."""
        return self._server.up

    def run(self) -> None:
        """Serve until stopped."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Ask the server to end; returns at once."""
        self._server.should_exit = True

    def close(self) -> None:
        """Free the address of a server that was never run."""
        self._socket.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal again once all is done, and SIGTERM then looks like a crash to a supervisor.
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        if signal.SIGINT in self._captured_signals:
            signal.raise_signal(signal.SIGINT)


def serve(app: ASGIApp, host: str = "127.0.0.1", port: int = 8080, *, graceful_stop_s: float = GRACEFUL_STOP_S) -> None:
    """Serve until SIGTERM, then end within `graceful_stop_s` and return; after SIGINT, KeyboardInterrupt is raised.
    Raises OSError where the address is taken."""
    WebServer(app, host=host, port=port, graceful_stop_s=graceful_stop_s).run()
