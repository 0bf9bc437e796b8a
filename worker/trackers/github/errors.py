"""Turn every way in which GitHub, the network or PyGithub can fail into one of `worker.trackers.errors`.

The one question behind each case is: was something written? A read or a repeatable write that failed is `Unavailable`;
a create whose answer we did not understand is `Ambiguous`; a create that never left this machine is `Unavailable`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from worker.trackers.errors import (
    Ambiguous,
    CredentialRefused,
    Missing,
    RateLimited,
    Refused,
    TrackerError,
    Unavailable,
)
from worker.trackers.http import Doing as Doing
from worker.trackers.http import http_time as http_time
from worker.trackers.http import was_sent

SECONDARY_WAIT_S = 60.0
"""What GitHub asks to wait at least when a limit names no time of its own."""

_LIMIT_WORDS = re.compile(r"rate limit|abuse detection|submitted too quickly", re.IGNORECASE)
_CREDENTIAL_WORDS = re.compile(
    r"bad credentials|maximum number of login attempts|account (was|is) suspended", re.IGNORECASE
)
_TRANSIENT_WORDS = re.compile(r"something went wrong|timed? ?out|try again|temporarily|internal", re.IGNORECASE)
_QUOTED = re.compile(r"['\"`](\w{1,100})['\"`]")
_CLIENT_TYPES = {"NOT_FOUND", "FORBIDDEN", "UNPROCESSABLE", "INSUFFICIENT_SCOPES", "VALIDATION", "ARGUMENT_ERROR"}


def wait_s(headers: Mapping[str, str]) -> float:
    """How long GitHub asks to wait, in seconds: `retry-after`, else the reset where nothing remains, else a minute.

    The reset is compared with the server's own `date`, so that a wrong clock here does not matter.
    """
    now = http_time(headers.get("date", "")) or time.time()
    after = headers.get("retry-after", "").strip()
    if after.isdigit():
        return max(float(after), 1.0)
    moment = http_time(after)
    if moment is not None:
        return max(moment - now, 1.0)
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining", "").strip() == "0" and re.fullmatch(r"\d+(\.\d+)?", reset):
        # One second more, because nobody says when within its second the reset happens.
        return max(float(reset) - now + 1.0, 1.0)
    return SECONDARY_WAIT_S


def failure(status: int, headers: Mapping[str, str], data: Any, *, what: str, doing: Doing) -> TrackerError:
    """The error for an HTTP answer that is not a success. `what` names the request and its issue or repository."""
    said = f"{what}: GitHub answered {status}{_told(data, headers)}"
    words = _message(data)
    limited = status == 429 or (
        status in {400, 403, 422}
        and (
            "retry-after" in headers
            or (status == 403 and headers.get("x-ratelimit-remaining") == "0")
            or _LIMIT_WORDS.search(words) is not None
            or "RATE_LIMITED" in _types(data)
        )
    )
    if limited:
        return RateLimited(said, wait_s=wait_s(headers))
    if status == 401 or (status == 403 and _CREDENTIAL_WORDS.search(words)):
        return CredentialRefused(said)
    if status in {404, 410}:
        return Missing(said)
    if status >= 500 or status == 408:
        return Ambiguous(said) if doing is Doing.CREATE else Unavailable(said)
    if status == 409:
        return Unavailable(said)
    if status >= 400:
        return Refused(said)
    # A redirect too many, or a status that no API answer has: some proxy's page. Nothing is known about the outcome.
    return Ambiguous(said) if doing is Doing.CREATE else Unavailable(said)


def unreadable(*, what: str, doing: Doing) -> TrackerError:
    """The error for a success whose body is cut, empty or not the JSON that was promised."""
    said = f"{what}: GitHub's answer can't be read"
    return Ambiguous(said) if doing is Doing.CREATE else Unavailable(said)


def network_failure(err: BaseException, *, what: str, doing: Doing) -> TrackerError:
    """The error for a request that got no answer at all."""
    said = f"{what}: no answer from GitHub ({type(err).__name__})"
    return Ambiguous(said) if was_sent(err) and doing is Doing.CREATE else Unavailable(said)


def graphql_failure(data: Any, headers: Mapping[str, str], *, what: str, doing: Doing) -> TrackerError | None:
    """The error inside a GraphQL answer of status 200, or None where its data can be used.

    A partial answer (some data and some errors) can be used: a mutation that returned its issue did create it.
    """
    if not isinstance(data, dict):
        return unreadable(what=what, doing=doing)
    errors: Sequence[Any] = data.get("errors") or ()
    content = data.get("data")
    if not errors:
        return None if isinstance(content, dict) else unreadable(what=what, doing=doing)
    words = "; ".join(str(e.get("message", e)) if isinstance(e, dict) else str(e) for e in errors)
    types = _types(data)
    said = f"{what}: GitHub answered: {words}"
    if "RATE_LIMITED" in types or _LIMIT_WORDS.search(words):
        return RateLimited(said, wait_s=wait_s(headers))
    if "RESOURCE_LIMITS_EXCEEDED" in types and doing is not Doing.CREATE:
        # GitHub stopped in the middle: what is missing in such an answer would be taken for not being there.
        return Unavailable(said)
    if isinstance(content, dict) and any(value is not None for value in content.values()):
        return None
    if types == {"NOT_FOUND"}:
        return Missing(said)
    # GitHub's own refusals carry a type. What was refused before it was executed (a field that this server does not
    # have) has a place in the query and, by GraphQL's specification, no data beside it. A breakdown has none of these.
    placed = any(isinstance(e, dict) and (e.get("extensions") or e.get("locations")) for e in errors)
    if types & _CLIENT_TYPES or (placed and "data" not in data and not _TRANSIENT_WORDS.search(words)):
        # It was refused before it was executed: the server does not know a part of it, or it is not for us to ask.
        refused = Refused(said)
        refused.named = _named(errors)
        return refused
    return Ambiguous(said) if doing is Doing.CREATE else Unavailable(said)


def _named(errors: Sequence[Any]) -> frozenset[str]:
    """The places in the query, and the words in quotes, of a GraphQL answer's errors."""
    found: set[str] = set()
    for error in errors:
        if isinstance(error, dict):
            path, about = error.get("path"), error.get("extensions")
            found |= {part for part in path if isinstance(part, str)} if isinstance(path, list) else set()
            found |= {v for v in about.values() if isinstance(v, str)} if isinstance(about, dict) else set()
            found |= set(_QUOTED.findall(str(error.get("message") or "")))
    return frozenset(found)


def _message(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    parts = [str(data.get("message") or "")]
    for error in data.get("errors") or ():
        if isinstance(error, dict):
            about = " ".join(str(error[k]) for k in ("resource", "field", "code", "value") if error.get(k))
            parts.append(str(error.get("message") or about))
        else:
            parts.append(str(error))
    return "; ".join(dict.fromkeys(p for p in parts if p))


def _types(data: Any) -> set[str]:
    """The types of a GraphQL answer's errors."""
    errors = data.get("errors") if isinstance(data, dict) else None
    return {str(e["type"]) for e in errors or () if isinstance(e, dict) and e.get("type")}


def _told(data: Any, headers: Mapping[str, str]) -> str:
    """GitHub's own words, and the permission that it says would be needed."""
    words = _message(data)
    needed = headers.get("x-accepted-github-permissions", "")
    return (f": {words}" if words else "") + (f" (needs {needed})" if needed else "")
