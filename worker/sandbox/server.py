"""Serve simulated trackers over real HTTP on loopback, and let connections fail as faults ask.

`Front` is the ASGI application of one site: it turns HTTP into a `Call`, applies the faults in force, lets the site
answer under its lock, and writes the journal. `Server` runs it in a thread of its own, on a socket that it binds before
it returns, so that a port in use is an error of the caller and not a log line.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import parse_qsl

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from worker.sandbox.clock import SandboxClock, stamp
from worker.sandbox.errors import SandboxError
from worker.sandbox.faults import Faults, Rule
from worker.sandbox.journal import Journal
from worker.sandbox.wire import Call, Reply, reply_json

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 25 * 1024 * 1024
START_TIMEOUT_S = 10.0


class Site(Protocol):
    """One simulated tracker. All methods but `prepare` are called under `lock`."""

    name: str
    lock: threading.RLock
    clock: SandboxClock
    faults: Faults
    journal: Journal

    def prepare(self, call: Call) -> None:
        """Take the API prefix off `call.path`, and fill in `user`, `operation` and `write`. Never raises."""

    def handle(self, call: Call) -> Reply:
        """Answer a request, and set `call.committed` if it changed anything."""

    def failure(self, rule: Rule, call: Call) -> Reply:
        """Return the answer that this tracker gives when `rule` (limit, 401, 502-…) acts."""

    def finish(self, call: Call, reply: Reply) -> None:
        """Add the headers that every answer carries, made up by a fault or not."""

    def control(self, method: str, name: str, payload: Any) -> object:
        """Answer `/_sandbox/NAME` of this site alone. Raises LookupError for a name it does not know."""

    def state(self) -> dict[str, Any]:
        """Return everything it holds, JSON-ready and sorted."""

    def reset(self) -> None:
        """Return to the seed."""


class Front:
    """The ASGI application in front of one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.connections: dict[tuple[str, int], asyncio.Transport] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        started = time.perf_counter()
        site = self.site
        era = site.faults.era
        body = await _read_body(receive)
        call = _call_of(scope, body or b"")
        site.prepare(call)
        delay_s, rule = site.faults.for_call(call)
        if delay_s:
            await asyncio.sleep(delay_s)
        reply = self._answer(call, rule, era, too_large=body is None)
        if reply is None:
            await self._hang_up(scope, receive, gently=False)
            return
        kind = rule.kind if rule else ""
        dropped = kind in {"drop-before", "drop-after"}
        with site.lock:
            site.journal.add(
                time=stamp(site.clock.now()),
                method=call.method,
                path=call.path,
                query="&".join(f"{key}={value}" for key, value in call.query),
                status=0 if dropped else reply.status,
                user=call.user,
                write=call.write,
                committed=call.committed,
                operation=call.operation,
                conditional=reply.status == 304,
                fault=kind or ("latency" if delay_s else ""),
                duration_ms=round((time.perf_counter() - started) * 1000, 3),
            )
        if dropped:
            await self._hang_up(scope, receive, gently=False)
            return
        truncated = kind == "truncated" and len(reply.body) > 1
        await _send(send, call, reply, truncated=truncated)
        if truncated:
            await self._hang_up(scope, receive, gently=True)

    def _answer(self, call: Call, rule: Rule | None, era: int, *, too_large: bool) -> Reply | None:
        """Let the site answer, or fail as the rule says; the lock makes each request one step.

        None for a request that a reset overtook: it was meant for a world that is gone.
        """
        site = self.site
        with site.lock:
            if era != site.faults.era:
                return None
            try:
                if too_large:
                    reply = reply_json({"message": f"The body is larger than {MAX_BODY_BYTES} bytes"}, 413)
                elif rule and rule.kind in {"502-before", "drop-before", "limit", "401"}:
                    reply = site.failure(rule, call)
                else:
                    reply = site.handle(call)
                    if rule and rule.kind == "502-after":
                        reply = site.failure(rule, call)
            except Exception:
                log.exception("the sandbox failed on %s %s", call.method, call.path)
                reply = reply_json({"message": "The sandbox itself failed; its log says why"}, 500)
            site.finish(call, reply)
        return reply

    async def _hang_up(self, scope: Scope, receive: Receive, *, gently: bool) -> None:
        """Close the connection under the request: with a reset, or after what was sent has left."""
        transport = self.connections.get(tuple(scope["client"] or ()))
        if transport is None:
            return
        if gently:
            transport.close()
        else:
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


class Server:
    """A uvicorn server in a daemon thread. Start it once; `stop` waits for its end."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], front: Front, *, port: int = 0) -> None:
        self._socket = _bind(port)
        self.port: int = self._socket.getsockname()[1]
        self._ready = threading.Event()
        connections = front.connections

        class Droppable(H11Protocol):
            """Remembers the transport of each connection, so that a fault can cut it."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                connections[transport.get_extra_info("peername")] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                connections.pop(self.transport.get_extra_info("peername"), None)
                super().connection_lost(exc)

        config = uvicorn.Config(
            app,
            http=Droppable,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,
        )
        self._uvicorn = _Uvicorn(config, self._ready)
        self._thread = threading.Thread(
            target=self._uvicorn.run, kwargs={"sockets": [self._socket]}, name=f"sandbox-{self.port}", daemon=True
        )

    def start(self) -> None:
        """Accept connections. Raises SandboxError where the server does not come up."""
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT_S):
            raise SandboxError(f"the sandbox did not start on port {self.port} within {START_TIMEOUT_S:.0f} s")

    def stop(self) -> None:
        """Close all connections and wait for the thread's end."""
        if self._thread.is_alive():
            self._uvicorn.end()
            self._thread.join(START_TIMEOUT_S)
        self._socket.close()


class _Uvicorn(uvicorn.Server):
    """Says when it accepts connections, and ends at once: uvicorn itself looks ten times a second whether it is to end,
    and then gives its connections a tenth of a second. Nobody talks any more to a sandbox that is stopped."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._up = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ends = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._up.set()

    async def main_loop(self) -> None:
        await self._ends.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 (as uvicorn calls it)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=self.config.timeout_graceful_shutdown)

    def end(self) -> None:
        """May be called from any thread."""
        self.should_exit = True
        if self._up.is_set():
            self._loop.call_soon_threadsafe(self._ends.set)


def _bind(port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise SandboxError(f"port {port} is not between 0 and 65535")
    # Named as TCP, because asyncio turns Nagle's algorithm off only then: else each answer waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise SandboxError(f"cannot listen on 127.0.0.1:{port}: {error.strerror}; choose another port, or 0") from error
    return listener


async def _read_body(receive: Receive) -> bytes | None:
    """Return the request's body, or None where it is larger than the sandbox takes."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks) if size <= MAX_BODY_BYTES else None


def _call_of(scope: Scope, body: bytes) -> Call:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host, port = scope["server"] or ("127.0.0.1", 0)
    root = f"{scope['scheme']}://{headers.get('host') or f'{host}:{port}'}"
    return Call(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers=headers,
        body=body,
        base=root,
        root=root,
    )


async def _send(send: Send, call: Call, reply: Reply, *, truncated: bool) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in reply.headers.items()]
    body = b"" if call.method == "HEAD" else reply.body
    if reply.status not in {204, 304}:
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    sent = body[: len(body) // 2] if truncated else body
    await send({"type": "http.response.body", "body": sent, "more_body": truncated})
