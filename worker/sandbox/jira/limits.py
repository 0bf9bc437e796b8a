"""How much may a caller ask for? Burst limits by endpoint and method, a limit on writing to one issue, and a quota by
the hour, all by the sandbox's clock.

Off unless the seed switches them on: a burst is counted within a second, and a clock that stands still has but one.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from worker.sandbox.jira.errors import ApiError

SECOND, HALF_MINUTE, HOUR = timedelta(seconds=1), timedelta(seconds=30), timedelta(hours=1)
_NAMED = re.compile(r"/(?:[A-Z][A-Z0-9]+-\d+|\d+)(?=/|$)")
_ISSUE = re.compile(r"/issue/([A-Z][A-Z0-9]+-\d+|\d+)(?=/|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits in force: requests a second to one endpoint by method, writes in half a minute to one issue, and
    requests an hour to all."""

    burst_per_second: Mapping[str, int] = field(default_factory=dict)
    issue_writes_per_30_s: int | None = None
    quota_per_hour: int | None = None


class Meter:
    """Counts requests and refuses what is over a limit."""

    def __init__(self, limits: Limits, *, cloud: bool) -> None:
        self.limits = limits
        self._cloud = cloud
        self._bursts: dict[tuple[str, str], deque[datetime]] = {}
        self._issues: dict[str, deque[datetime]] = {}
        self._hour: deque[datetime] = deque()

    def take(self, method: str, path: str, now: datetime, *, write: bool) -> None:
        """Count one request. Raises ApiError 429 where a limit is reached; then nothing is counted."""
        limit = self.limits.burst_per_second.get(method)
        spent = self._bursts.setdefault((method, _NAMED.sub("/*", path)), deque())
        _expire(spent, now - SECOND)
        if limit is not None and len(spent) >= limit:
            raise too_much("jira-burst-based", now, wait_s=1, limit=limit, cloud=self._cloud)
        issue = self._to_one_issue(path, now) if write else None
        _expire(self._hour, now - HOUR)
        quota = self.limits.quota_per_hour
        if quota is not None and len(self._hour) >= quota:
            wait = self._hour[0] + HOUR - now if self._hour else HOUR
            seconds = max(int(-(-wait.total_seconds() // 1)), 1)
            raise too_much("jira-quota-tenant-based", now, wait_s=seconds, limit=quota, cloud=self._cloud)
        spent.append(now)
        self._hour.append(now)
        if issue is not None:
            issue.append(now)

    def _to_one_issue(self, path: str, now: datetime) -> deque[datetime] | None:
        """Return what was spent on writing to the issue of a path, or refuse."""
        found = _ISSUE.match(path)
        if found is None:
            return None
        spent = self._issues.setdefault(found[1], deque())
        _expire(spent, now - HALF_MINUTE)
        limit = self.limits.issue_writes_per_30_s
        if limit is not None and len(spent) >= limit:
            wait = spent[0] + HALF_MINUTE - now if spent else HALF_MINUTE
            seconds = max(int(-(-wait.total_seconds() // 1)), 1)
            raise too_much("jira-per-issue-on-write", now, wait_s=seconds, limit=limit, cloud=self._cloud)
        return spent


def _expire(spent: deque[datetime], until: datetime) -> None:
    while spent and spent[0] <= until:
        spent.popleft()


def too_much(
    reason: str,
    now: datetime,
    *,
    wait_s: int | None,
    limit: int = 0,
    cloud: bool = True,
    status: int = 429,
    reset_s: int | None = None,
) -> ApiError:
    """The answer of a limit. `wait_s` None leaves `Retry-After` out; `reset_s` names the reset where that is to be."""
    headers = {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": "0"}
    if cloud:
        headers["ratelimit-reason"] = reason
        ahead = wait_s if wait_s is not None else reset_s
        if ahead is not None:
            reset = now + timedelta(seconds=ahead)
            headers["x-ratelimit-reset"] = reset.strftime(
                "%Y-%m-%dT%H:%MZ" if reset.second == 0 else "%Y-%m-%dT%H:%M:%SZ"
            )
    else:
        headers |= {"x-ratelimit-interval-seconds": "1", "x-ratelimit-fillrate": str(limit)}
    if wait_s is not None:
        headers["retry-after"] = str(wait_s)
    return ApiError(status, "Rate limit exceeded.", headers=headers)
