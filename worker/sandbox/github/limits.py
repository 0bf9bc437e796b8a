"""How much may one account ask for? GitHub's primary and secondary rate limits, by the sandbox's clock.

Primary: 5,000 requests an hour (REST and GraphQL counted apart; 60 for the public). Secondary: 80 content-creating
writes a minute and 500 an hour, and 900 points a minute for the REST API (a read 1, a write 5). Each number can be
changed or switched off (null) in the seed. An answer 304 to a caller with credentials costs nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from worker.sandbox.github.errors import ApiError

ABOUT_PRIMARY = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
ABOUT_SECONDARY = f"{ABOUT_PRIMARY}#about-secondary-rate-limits"
PUBLIC_PER_HOUR = 60
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits in force; None switches one off."""

    requests_per_hour: int | None = 5000
    writes_per_minute: int | None = 80
    writes_per_hour: int | None = 500
    points_per_minute: int | None = 900


@dataclass(slots=True)
class _Spent:
    """What one account has used up."""

    used: dict[str, int] = field(default_factory=dict)
    resets_at: dict[str, datetime] = field(default_factory=dict)
    writes: deque[datetime] = field(default_factory=deque)
    points: deque[tuple[datetime, int]] = field(default_factory=deque)
    points_sum: int = 0


class Meter:
    """Counts requests per account and refuses what is over a limit."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._spent: dict[str, _Spent] = {}

    def take(self, login: str, resource: str, now: datetime, *, write: bool) -> None:
        """Count one request. Raises ApiError 403 where a limit is reached; then nothing is counted."""
        spent = self._spent.setdefault(login, _Spent())
        self._roll(spent, resource, now)
        limit = self._primary(login)
        if limit is not None and spent.used[resource] >= limit:
            who = f"user ID for {login}" if login else "127.0.0.1"
            kind = "RATE_LIMITED"
            raise ApiError(403, f"API rate limit exceeded for {who}.", kind=kind, docs=ABOUT_PRIMARY)
        cost = 5 if write else 1
        if resource == "core":
            self._check_points(spent, now, cost)
        if write:
            self._check_writes(spent, now)
            spent.writes.append(now)
        if resource == "core":
            spent.points.append((now, cost))
            spent.points_sum += cost
        spent.used[resource] += 1

    def _check_points(self, spent: _Spent, now: datetime, cost: int) -> None:
        while spent.points and spent.points[0][0] <= now - MINUTE:
            spent.points_sum -= spent.points.popleft()[1]
        limit = self.limits.points_per_minute
        if limit is not None and spent.points and spent.points_sum + cost > limit:
            raise secondary(_seconds(spent.points[0][0] + MINUTE - now))

    def _check_writes(self, spent: _Spent, now: datetime) -> None:
        while spent.writes and spent.writes[0] <= now - HOUR:
            spent.writes.popleft()
        last_minute = [at for at in spent.writes if at > now - MINUTE]
        per_minute, per_hour = self.limits.writes_per_minute, self.limits.writes_per_hour
        if per_minute is not None and len(last_minute) >= max(per_minute, 1):
            raise secondary(_seconds(last_minute[0] + MINUTE - now), creation=True)
        if per_hour is not None and len(spent.writes) >= max(per_hour, 1):
            raise secondary(_seconds(spent.writes[0] + HOUR - now), creation=True)

    def refund(self, login: str, resource: str) -> None:
        """Take back one request: it was answered 304."""
        spent = self._spent.get(login)
        if spent is not None and spent.used.get(resource):
            spent.used[resource] -= 1

    def headers(self, login: str, resource: str, now: datetime, *, exhausted: bool = False) -> dict[str, str]:
        """Return the `x-ratelimit-…` headers of an answer; `exhausted` pretends that nothing is left."""
        limit = self._primary(login)
        if limit is None:
            return {}
        spent = self._spent.setdefault(login, _Spent())
        self._roll(spent, resource, now)
        used = limit if exhausted else spent.used[resource]
        return {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(limit - used, 0)),
            "x-ratelimit-used": str(used),
            "x-ratelimit-reset": str(int(spent.resets_at[resource].timestamp())),
            "x-ratelimit-resource": resource,
        }

    def overview(self, login: str, now: datetime) -> dict[str, object]:
        """Return the body of `GET /rate_limit`."""
        resources = {resource: self.left(login, resource, now) for resource in ("core", "graphql", "search")}
        return {"resources": resources, "rate": resources["core"]}

    def left(self, login: str, resource: str, now: datetime) -> dict[str, int]:
        """Return `limit`, `used`, `remaining` and `reset` (seconds since 1970) of the primary limit."""
        limit = self._primary(login) or 5000
        spent = self._spent.setdefault(login, _Spent())
        self._roll(spent, resource, now)
        used, reset = spent.used[resource], int(spent.resets_at[resource].timestamp())
        return {"limit": limit, "used": used, "remaining": max(limit - used, 0), "reset": reset}

    def _primary(self, login: str) -> int | None:
        limit = self.limits.requests_per_hour
        return limit if login or limit is None else min(limit, PUBLIC_PER_HOUR)

    def _roll(self, spent: _Spent, resource: str, now: datetime) -> None:
        """Begin a new hour where the old one is over (or the clock was set back)."""
        reset = spent.resets_at.get(resource)
        if reset is None or now >= reset or reset - now > HOUR:
            spent.resets_at[resource] = now + HOUR
            spent.used[resource] = 0


def secondary(retry_after_s: int | None, *, creation: bool = False, status: int = 403) -> ApiError:
    """The answer of a secondary limit; without `retry_after_s` the header is left out, as GitHub at times does."""
    blocked = " and have been temporarily blocked from content creation" if creation else ""
    return ApiError(
        status,
        f"You have exceeded a secondary rate limit{blocked}. Please retry your request again later. "
        "If you reach out to GitHub Support for help, please include the request ID 5A4D:0001.",
        kind="RATE_LIMITED",
        docs=ABOUT_SECONDARY,
        headers={} if retry_after_s is None else {"retry-after": str(retry_after_s)},
    )


def _seconds(left: timedelta) -> int:
    return max(int(-(-left.total_seconds() // 1)), 1)
