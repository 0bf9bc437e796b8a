"""Turn every way in which Jira, the network or the library can fail into one of `worker.trackers.errors`.

Two questions are behind each case: was something written, and who is speaking? Jira's own words are JSON; a page of
HTML comes from a proxy, a login screen or a site that is switched off, and says nothing about an issue. And a token
that has ended does not always make Jira say 401: it may answer as it answers strangers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from worker.trackers.errors import (
    Ambiguous,
    CredentialRefused,
    Missing,
    RateLimited,
    Refused,
    TrackerError,
    Unavailable,
)
from worker.trackers.http import Doing, http_time, was_sent

LIMIT_WAIT_S = 60.0
"""What we wait where a limit names no time of its own."""

MOST_WORDS = 600
"""How much of what Jira says goes into a message."""

_STRANGER = ("AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED")


class Told(Refused):
    """Jira said no, and why: `messages` as they are, and `fields` by field id."""

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.messages: tuple[str, ...] = tuple(_messages(data))
        self.fields: Mapping[str, str] = field_errors(data)


class Hidden(Told):
    """Jira itself answered 403 to a read: as Data Center does where an issue is there and we may not see it."""


E = TypeVar("E", bound=TrackerError)


def of_site(err: E, site: str) -> E:
    """The same error, with its site named."""
    err.site = site
    return err


def wait_s(headers: Mapping[str, str]) -> float:
    """How long Jira asks to wait, in seconds: `retry-after`, else until `x-ratelimit-reset` (ISO 8601), else a minute.

    Times are compared with the server's own `date`, so that a wrong clock here does not matter.
    """
    now = http_time(headers.get("date", "")) or time.time()
    after = headers.get("retry-after", "").strip()
    if after.isdecimal() and after.isascii():
        return max(float(after), 1.0)
    for moment in (http_time(after), _iso_time(headers.get("x-ratelimit-reset", ""))):
        if moment is not None:
            # One second more, because nobody says when within its second the time comes.
            return max(moment - now + 1.0, 1.0)
    return LIMIT_WAIT_S


def treated_as_stranger(headers: Mapping[str, str]) -> bool:
    """Whether Jira says that it did not accept our credential, whatever the status: a search then finds nothing and
    an issue is not there, just as for anybody from outside."""
    reason = headers.get("x-seraph-loginreason", "")
    return any(word in reason for word in _STRANGER) or headers.get("x-ausername", "") == "anonymous"


def failure(status: int, headers: Mapping[str, str], data: Any, *, what: str, doing: Doing) -> TrackerError:
    """The error for an HTTP answer that is not a success. `what` names the request and its issue or project."""
    words = told(data)
    said = f"{what}: Jira answered {status}" + (f": {words}" if words else "")
    if status == 429 or (status == 503 and headers.get("retry-after")):
        return RateLimited(said, wait_s=wait_s(headers))
    if treated_as_stranger(headers):
        return CredentialRefused(said)
    if status == 401:
        # Data Center also says 401 to somebody whom it knows, where a right is missing; it then names them.
        return Told(said, data) if headers.get("x-ausername") else CredentialRefused(said)
    if status == 404:
        if speaks_as_jira(data):
            return Missing(said)
        # A page of somebody before Jira (a proxy, a site that is switched off) must not look as if all were deleted.
        return Unavailable(f"{said} (not in Jira's words: is the address right, and the site up?)")
    if status >= 500 or status == 408:
        return Ambiguous(said) if doing is Doing.CREATE else Unavailable(said)
    if status == 403 and doing is Doing.READ and speaks_as_jira(data):
        return Hidden(said, data)
    if status >= 400:
        return Told(said, data)
    # A redirect too many, or a status that no API answer has: some proxy's page. Nothing is known about the outcome.
    return Ambiguous(said) if doing is Doing.CREATE else Unavailable(said)


def unreadable(*, what: str, doing: Doing = Doing.READ) -> TrackerError:
    """The error for a success whose body is cut, empty or not the JSON that was promised."""
    said = f"{what}: Jira's answer can't be read"
    return Ambiguous(said) if doing is Doing.CREATE else Unavailable(said)


def network_failure(err: BaseException, *, what: str, doing: Doing) -> TrackerError:
    """The error for a request that got no answer at all."""
    said = f"{what}: no answer from Jira ({type(err).__name__})"
    return Ambiguous(said) if was_sent(err) and doing is Doing.CREATE else Unavailable(said)


def speaks_as_jira(data: Any) -> bool:
    """Whether an error's body has the form that Jira's REST API gives to errors (an empty one passes too)."""
    return data is None or (isinstance(data, dict) and bool(data.keys() & {"errorMessages", "errors", "status-code"}))


def told(data: Any) -> str:
    """Jira's own words in an error's body, each field's with its id, at most `MOST_WORDS` characters; "" for none."""
    words = "; ".join(dict.fromkeys(word for word in _words(data) if word))
    return words if len(words) <= MOST_WORDS else words[: MOST_WORDS - 1] + "…"


def field_errors(data: Any) -> Mapping[str, str]:
    """What an error's body says by field id."""
    errors = data.get("errors") if isinstance(data, dict) else None
    return {str(k): str(v) for k, v in errors.items()} if isinstance(errors, dict) else {}


def _words(data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        return
    yield from _messages(data)
    for name, text in field_errors(data).items():
        yield f"{name}: {text}"
    for key in ("message", "errorMessage"):
        if isinstance(data.get(key), str):
            yield data[key]


def _messages(data: Any) -> Iterator[str]:
    messages = data.get("errorMessages") if isinstance(data, dict) else None
    yield from (str(message) for message in messages) if isinstance(messages, list) else ()


def _iso_time(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
