"""A Slack and a Teams on loopback: real HTTP, kept messages, and faults in the order in which they are given."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


class Chat:
    """What was posted, by conversation, and the faults that the next posts meet: a status, `reset` (nothing was done),
    or `lost` (it was done and the answer never came)."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.faults: deque[int | str] = deque()
        self.calls: list[str] = []
        self.errors: dict[str, str] = {}
        self.url = ""


class _Handler(BaseHTTPRequestHandler):
    chat: Chat

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        method = self.path.rpartition("/")[2]
        self.chat.calls.append(method)
        payload = json.loads(raw) if raw.startswith("{") else {k: v[-1] for k, v in parse_qs(raw).items()}
        if (error := self.chat.errors.get(method)) is not None:
            self._answer(200 if self.path.startswith("/api/") else 400, {"ok": False, "error": error}, error)
            return
        match method:
            case "conversations.open":
                self._answer(200, {"ok": True, "channel": {"id": f"D-{payload['users']}"}})
            case "conversations.history":
                mine = [p for p in self.chat.posted if p["channel"] == payload["channel"]]
                first = int(payload.get("cursor") or 0)
                # Pages of two, so that whoever looks must turn them.
                more = str(first + 2) if first + 2 < len(mine) else ""
                page = {"messages": mine[first : first + 2], "response_metadata": {"next_cursor": more}}
                self._answer(200, {"ok": True, **page})
            case _:
                self._post(payload)

    def _post(self, payload: dict[str, Any]) -> None:
        fault = self.chat.faults.popleft() if self.chat.faults else 0
        if fault in (0, "lost"):
            for name in ("blocks", "metadata"):
                if isinstance(payload.get(name), str):
                    payload[name] = json.loads(payload[name])
            self.chat.posted.append(payload)
        if isinstance(fault, str):
            # A reset, not an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif fault:
            self._answer(fault, {"ok": False, "error": "internal_error"}, "server error")
        else:
            self._answer(200, {"ok": True, "ts": "1.2", "channel": payload.get("channel", "")}, "ok")

    def _answer(self, status: int, body: dict[str, Any], plain: str = "") -> None:
        as_json = self.path.startswith("/api/")
        data = json.dumps(body).encode() if as_json else plain.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if as_json else "text/plain")
        self.send_header("Content-Length", str(len(data)))
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def chat_server() -> Iterator[Chat]:
    """Serve until the end of the block. Slack's methods stand below `/api/`; any other path is a webhook."""
    chat = Chat()
    handler = type("Handler", (_Handler,), {"chat": chat})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    chat.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
