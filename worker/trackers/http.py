"""What is the same for every tracker that is spoken to over HTTP: was something written, what time is it there, and
which text can be sent?"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

import requests
import urllib3.exceptions

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

# Raised by urllib3 before a byte of the request was sent.
_NOT_SENT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    ssl.SSLCertVerificationError,
    ConnectionRefusedError,
)


class Doing(Enum):
    """What a request does to the world, which decides what its failure means and whether it may be sent again."""

    READ = "read"
    REPEATABLE = "repeatable write"
    CREATE = "create"


def was_sent(err: BaseException) -> bool:
    """Whether a request that got no answer may have reached the server."""
    return not any(isinstance(link, _NOT_SENT) for link in _chain(err))


def http_time(text: str) -> float | None:
    """Seconds since 1970 of an HTTP date, or None where the text is none."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def clean(value: Any) -> Any:
    """The same JSON with text that trackers can store: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value.replace("\0", ""))
    if isinstance(value, Mapping):
        return {k: clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [clean(v) for v in value]
    return value


def _chain(err: BaseException) -> Iterator[BaseException]:
    """The error and everything that it wraps, however it wraps it."""
    waiting: list[BaseException] = [err]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inner = (link.__cause__, link.__context__, getattr(link, "reason", None), *link.args)
        waiting.extend(e for e in inner if isinstance(e, BaseException))
