"""How is a request's body read without letting a stranger fill the memory or hold a connection?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from starlette.requests import ClientDisconnect, Request

DRAIN_BYTES = 32_000_000
DRAIN_S = 2.0


class TooLarge(Exception):
    """The body is larger than this service takes."""


class TooSlow(Exception):
    """The body did not arrive in time."""


class Crowded(Exception):
    """Too many bodies are being read at once."""


class BodyReader:
    """Reads bodies up to a size each and a size together. One per application; used from one event loop."""

    def __init__(self, *, max_bytes: int, max_bytes_together: int, timeout_s: float) -> None:
        self._max = max_bytes
        self._max_together = max(max_bytes, max_bytes_together)
        self._timeout_s = timeout_s
        self._held = 0

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """The raw body, counted as held while the block runs. Raises TooLarge (from Content-Length where one is given,
        before a byte is read, else as soon as it is passed), TooSlow, Crowded, ClientDisconnect."""
        if declared_length(request) > self._max:
            raise TooLarge
        chunks: list[bytes] = []
        size = 0
        try:
            try:
                with anyio.fail_after(self._timeout_s):
                    async for chunk in request.stream():
                        size += len(chunk)
                        self._held += len(chunk)
                        if size > self._max:
                            raise TooLarge
                        if self._held > self._max_together:
                            raise Crowded
                        chunks.append(chunk)
            except TimeoutError:
                raise TooSlow from None
            yield b"".join(chunks)
        finally:
            self._held -= size


def declared_length(request: Request) -> int:
    """Content-Length in bytes; 0 where there is none. The server has refused what is no number."""
    written = request.headers.get("content-length", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 20 else 0


async def drain(request: Request) -> None:
    """Read and forget the rest of a refused body, within bounds, so that the answer reaches a sender that writes first
    and reads later; without it the connection is reset and the sender sees no reason."""
    if declared_length(request) > DRAIN_BYTES:
        return
    left = DRAIN_BYTES
    with anyio.move_on_after(DRAIN_S):
        try:
            # Not `request.stream()`: that refuses to go on where an earlier reader stopped.
            while left > 0:
                message = await request.receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
        except ClientDisconnect:
            return
