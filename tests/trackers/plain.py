"""A bare HTTP server that answers as a test says: for what no faithful GitHub would answer on demand."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    verb: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Says:
    """One answer. `drop` closes the connection instead; `cut` announces more bytes than it sends."""

    status: int = 200
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    drop: bool = False
    cut: bool = False

    @property
    def payload(self) -> bytes:
        if self.text is not None:
            return self.text.encode()
        return b"" if self.data is None else json.dumps(self.data).encode()


class PlainServer:
    """Answers each request with `answer(asked)`, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answer: Callable[[Asked], Says] = lambda asked: Says(status=404, data={"message": "Not Found"})
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # headers and body leave apart: else each answer waits 40 ms for an ACK

            def handle_one(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                content = self.rfile.read(length) if length else b""
                url = urlsplit(self.path)
                asked = Asked(
                    verb=self.command,
                    path=url.path,
                    query={k: v[-1] for k, v in parse_qs(url.query).items()},
                    headers={k.lower(): v for k, v in self.headers.items()},
                    body=json.loads(content) if content else None,
                )
                server.asked.append(asked)
                says = server.answer(asked)
                if says.drop:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                payload = says.payload
                self.send_response_only(says.status)
                for name, value in says.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                if says.status not in {204, 304}:
                    self.send_header("Content-Length", str(len(payload) + (100 if says.cut else 0)))
                self.end_headers()
                self.wfile.write(payload)
                if says.cut:
                    self.wfile.flush()
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True

            def __getattr__(self, name: str) -> Callable[[], None]:
                if name.startswith("do_"):
                    return self.handle_one
                raise AttributeError(name)

            def log_message(self, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def says(self, *answers: Says) -> None:
        """Answer with these in turn, the last one for ever."""
        left = list(answers)

        def next_one(asked: Asked) -> Says:
            return left.pop(0) if len(left) > 1 else left[0]

        self.answer = next_one

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def issue_payload(number: int = 1, repository: str = "acme/pay", *, api: str = "", **more: Any) -> dict[str, Any]:
    """An issue as GitHub's REST API gives it, with keyword overrides."""
    plain: dict[str, Any] = {
        "id": 1000 + number,
        "node_id": f"I_{repository}_{number}",
        "number": number,
        "title": f"Issue {number}",
        "body": "",
        "state": "open",
        "state_reason": None,
        "user": {"login": "mona"},
        "labels": [],
        "assignees": [],
        "milestone": None,
        "comments": 0,
        "url": f"{api}/repos/{repository}/issues/{number}",
        "repository_url": f"{api}/repos/{repository}",
        "html_url": f"https://github.com/{repository}/issues/{number}",
        "created_at": "2026-11-02T09:00:00Z",
        "updated_at": "2026-11-02T09:00:00Z",
        "closed_at": None,
        "author_association": "MEMBER",
    }
    return {**plain, **more}
