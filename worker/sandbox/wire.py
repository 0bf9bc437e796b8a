"""One request and one reply, as every simulated tracker sees them, and the table that leads from one to the other.

No socket is touched here: the server turns HTTP into a `Call` and a `Reply` into HTTP.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

JsonObject = dict[str, Any]
T = TypeVar("T")

_PLACEHOLDER = re.compile(r"\{(\w+)(:\w+)?\}")


@dataclass(slots=True, kw_only=True)
class Call:
    """One request. `path` is without the API prefix; `base` is scheme, host, port and prefix as the client wrote them,
    `root` the same without the prefix."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = ""
    root: str = ""
    user: str = ""
    operation: str = ""
    write: bool = False
    committed: bool = False

    def arg(self, name: str, default: str = "") -> str:
        """Return the last value of a query parameter."""
        for key, value in reversed(self.query):
            if key == name:
                return value
        return default


@dataclass(slots=True, kw_only=True)
class Reply:
    """One response. Header names are lower case."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def reply_json(payload: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Return a reply with a JSON body, compact, in UTF-8."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(
        status=status, body=body, headers={"content-type": "application/json; charset=utf-8", **(headers or {})}
    )


class Router(Generic[T]):
    """Finds the handler of a method and path. Patterns are written `/repos/{owner}/{repo}/issues/{number:int}`.

    A segment `{name}` matches up to the next slash and is unquoted; `{name:int}` matches digits only.
    """

    def __init__(self) -> None:
        self._routes: dict[str, list[tuple[re.Pattern[str], T]]] = {}

    def add(self, method: str, pattern: str, handler: T) -> None:
        """Register a handler; the first registered match wins."""
        source, at = "", 0
        for found in _PLACEHOLDER.finditer(pattern):
            kind = r"\d+" if found[2] == ":int" else r"[^/]+"
            source += re.escape(pattern[at : found.start()]) + f"(?P<{found[1]}>{kind})"
            at = found.end()
        compiled = re.compile(source + re.escape(pattern[at:]))
        self._routes.setdefault(method, []).append((compiled, handler))

    def on(self, method: str, pattern: str) -> Callable[[T], T]:
        """Register the decorated handler."""

        def register(handler: T) -> T:
            self.add(method, pattern, handler)
            return handler

        return register

    def extend(self, other: Router[T]) -> None:
        """Take over all routes of another router, after one's own."""
        for method, routes in other._routes.items():
            self._routes.setdefault(method, []).extend(routes)

    def find(self, method: str, path: str) -> tuple[T, dict[str, str]] | None:
        """Return the handler and the unquoted parts of the path, or None."""
        for pattern, handler in self._routes.get(method, ()):
            found = pattern.fullmatch(path)
            if found:
                return handler, {name: unquote(value) for name, value in found.groupdict().items()}
        return None
