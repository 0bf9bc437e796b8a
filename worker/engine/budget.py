"""How long must this credential wait before it may be used again, over all processes?

A sliding log per credential and purpose: every spending is remembered for the longest window, so that no stretch of
time as long as a window ever holds more than the window's limit (a token bucket lets twice as much through). The log
lives in Redis. After a wipe each process puts back what it remembers itself; one that remembers nothing is cautious.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from redis import Redis

_PRELUDE = """
local P, ID, CREDENTIAL = KEYS[1], ARGV[2], ARGV[3]
local SPENT, SINCE, PENALTY = P .. 'spent:' .. ID, P .. 'spent-since:' .. ID, P .. 'penalty:' .. CREDENTIAL
local function text(n) return string.format('%.0f', n) end
local function time_us()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end
local time = time_us()
-- When this log began; a wipe begins a new one.
local function since()
  redis.call('SETNX', SINCE, text(time))
  return redis.call('GET', SINCE)
end
local function penalize(till)
  if till > time and till > tonumber(redis.call('GET', PENALTY) or 0) then
    redis.call('SET', PENALTY, text(till), 'PX', text(math.ceil((till - time) / 1000)))
  end
end
"""

# ARGV: time, id, credential, known, remembers, caution_for, caution_limit, caution_span, member, cost, then limit and
# span in turn. Returns {how, since, time, wait}: "again" (the log is a new one: restore first), "wait" or "spent".
_SPEND = (
    _PRELUDE
    + """
local began, member, cost = since(), ARGV[9], tonumber(ARGV[10])
if began ~= ARGV[4] then return {'again', began, text(time), '0'} end
-- The same spending, sent twice because its answer was lost.
if redis.call('ZSCORE', SPENT, member .. ':1') then return {'spent', began, text(time), '0'} end
local wait, longest = math.max(0, tonumber(redis.call('GET', PENALTY) or 0) - time), 0
local function look(limit, span)
  local lo = '(' .. text(time - span)
  local over = redis.call('ZCOUNT', SPENT, lo, '+inf') + cost - limit
  if over > 0 then
    local entry = redis.call('ZRANGEBYSCORE', SPENT, lo, '+inf', 'WITHSCORES', 'LIMIT', over - 1, 1)
    wait = math.max(wait, tonumber(entry[2]) + span - time)
  end
  longest = math.max(longest, span)
end
if ARGV[5] == '0' and time < tonumber(began) + tonumber(ARGV[6]) then
  look(math.max(cost, tonumber(ARGV[7])), tonumber(ARGV[8]))
end
for i = 11, #ARGV, 2 do look(tonumber(ARGV[i]), tonumber(ARGV[i + 1])) end
if wait > 0 then return {'wait', began, text(time), text(wait)} end
redis.call('ZREMRANGEBYSCORE', SPENT, '-inf', text(time - longest))
for i = 1, cost do redis.call('ZADD', SPENT, text(time), member .. ':' .. i) end
redis.call('PEXPIRE', SPENT, text(math.ceil(longest / 1000)))
return {'spent', began, text(time), '0'}
"""
)

# ARGV: time, id, credential. Returns when the log began, and the time.
_LOOK = _PRELUDE + "return {since(), text(time)}"

# ARGV: time, id, credential, since, penalty, longest, then score and member in turn.
_RESTORE = (
    _PRELUDE
    + """
if redis.call('GET', SINCE) ~= ARGV[4] then return 0 end
penalize(tonumber(ARGV[5]))
for i = 7, #ARGV, 2 do redis.call('ZADD', SPENT, ARGV[i], ARGV[i + 1]) end
if redis.call('EXISTS', SPENT) == 1 then
  local left = math.max(redis.call('PTTL', SPENT), tonumber(ARGV[6]) / 1000)
  redis.call('PEXPIRE', SPENT, text(math.ceil(left)))
end
return 1
"""
)

# ARGV: time, "", credential, wait. Returns when the penalty that now stands ends, or 0.
_PENALIZE = _PRELUDE + "penalize(time + tonumber(ARGV[4])) return redis.call('GET', PENALTY) or '0'"

# ARGV: time, "", credential. Returns how long the penalty still lasts.
_PENALTY_LEFT = _PRELUDE + "return text(math.max(0, tonumber(redis.call('GET', PENALTY) or 0) - time))"

_CHUNK = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """At most `limit` in any `span_s` seconds."""

    limit: int
    span_s: float

    def __post_init__(self) -> None:
        if self.limit < 1 or self.span_s <= 0:
            raise ValueError(f"a window needs a limit of 1 or more and a positive span: {self}")

    @property
    def span_us(self) -> int:
        return round(self.span_s * 1_000_000)


CAUTIOUS = Window(limit=8, span_s=60)
CAUTIOUS_FOR_S = 3600.0


@dataclass(slots=True)
class _Memory:
    """What this process itself knows of one log: when it began, whether its own past reaches back before that, and
    what it spent. Times are those of Redis in microseconds."""

    credential: str
    since: str = ""
    remembers: bool = False
    looked_us: int = 0
    longest_us: int = 0
    spent: deque[tuple[int, str]] = field(default_factory=deque)


class Budgets:
    """The budgets of one installation. Safe to share between threads; any number of processes may hold one.

    `cautious` is the window of a process with no memory in the first `cautious_for_s` of a log; None where there can
    be no forgotten past (a sandbox). `redis_time` stands in for the time of Redis, in microseconds, in tests. Methods
    raise `redis.RedisError` where Redis fails; then nothing may be spent.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        prefix: str = "ft:",
        cautious: Window | None = CAUTIOUS,
        cautious_for_s: float = CAUTIOUS_FOR_S,
        redis_time: Callable[[], int] | None = None,
    ) -> None:
        self._prefix = prefix
        self._cautious = cautious
        self._cautious_us = round(cautious_for_s * 1_000_000)
        self._redis_time = redis_time
        self._lock = threading.Lock()
        self._memories: dict[str, _Memory] = {}
        self._penalties: dict[str, int] = {}
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._number = count(1)
        self._spend = redis.register_script(_SPEND)
        self._look = redis.register_script(_LOOK)
        self._restore = redis.register_script(_RESTORE)
        self._penalize = redis.register_script(_PENALIZE)
        self._left = redis.register_script(_PENALTY_LEFT)

    def spend(self, credential: str, windows: Iterable[Window], *, purpose: str = "writes", cost: int = 1) -> float:
        """Spend `cost` in all windows or in none. Returns 0.0 where it was granted, else how many seconds to wait
        before it can be, if nobody else spends meanwhile. Always give the same windows for one purpose.

        Raises ValueError for a cost that a window can never grant.
        """
        asked = tuple(windows)
        if not asked or cost < 1 or any(cost > window.limit for window in asked):
            raise ValueError(f"{cost} can't be spent of {asked}")
        ident = f"{credential}:{purpose}"
        with self._lock:
            memory = self._memories.setdefault(ident, _Memory(credential=credential))
            memory.longest_us = max(memory.longest_us, *(window.span_us for window in asked))
        member = f"{self._name}-{next(self._number)}"
        while True:
            how, wait_us = self._ask(ident, memory, asked, member, cost)
            if how != b"again":
                return wait_us / 1_000_000

    def penalize(self, credential: str, wait_s: float) -> float:
        """Keep every process from using the credential for this long (a Retry-After); a longer penalty that stands
        already stays. Returns how many seconds the penalty lasts from now, at least `wait_s`."""
        till_us = int(self._run(self._penalize, "", credential, round(wait_s * 1_000_000)))
        with self._lock:
            self._penalties[credential] = max(till_us, self._penalties.get(credential, 0))
        return max(wait_s, self.penalty(credential))

    def penalty(self, credential: str) -> float:
        """How many seconds of penalty are left, 0.0 where there is none."""
        return int(self._run(self._left, "", credential)) / 1_000_000

    def remember(self) -> None:
        """Look whether Redis was wiped, and if so put back what this process remembers. To be called every few seconds,
        so that a process that is not spending just now has its share counted before others spend."""
        with self._lock:
            known = sorted(self._memories.items())
        for ident, memory in known:
            since, time_us = self._run(self._look, ident, memory.credential)
            self._recall(ident, memory, since.decode(), int(time_us))

    def _ask(self, ident: str, memory: _Memory, asked: Sequence[Window], member: str, cost: int) -> tuple[bytes, int]:
        """One run of the spending script: its answer, and the wait in microseconds."""
        with self._lock:
            known, remembers = memory.since, memory.remembers or self._cautious is None
        cautious = self._cautious or CAUTIOUS
        flat = [part for window in asked for part in (window.limit, window.span_us)]
        how, since, time_us, wait_us = self._run(
            self._spend,
            ident,
            memory.credential,
            known,
            int(remembers),
            self._cautious_us,
            cautious.limit,
            cautious.span_us,
            member,
            cost,
            *flat,
        )
        if how == b"spent":
            with self._lock:
                memory.spent.extend((int(time_us), f"{member}:{n}") for n in range(1, cost + 1))
        self._recall(ident, memory, since.decode(), int(time_us))
        return how, int(wait_us)

    def _recall(self, ident: str, memory: _Memory, since: str, time_us: int) -> None:
        """Take notice of the log's beginning; put our own past into a log that is new to us."""
        with self._lock:
            while memory.spent and memory.spent[0][0] <= time_us - memory.longest_us:
                memory.spent.popleft()
            if memory.since == since:
                memory.looked_us = time_us
                return
            past = list(memory.spent)
            penalty_us = self._penalties.get(memory.credential, 0)
        for start in range(0, max(1, len(past)), _CHUNK):
            flat = [part for spent_us, member in past[start : start + _CHUNK] for part in (spent_us, member)]
            args = (since, penalty_us, memory.longest_us, *flat)
            if not self._run(self._restore, ident, memory.credential, *args):
                return  # wiped once more; the next look begins again
        with self._lock:
            if memory.since == since:
                return
            if memory.since:
                # A past that was itself still cautious is no past to rely on.
                memory.remembers = memory.remembers or memory.looked_us >= int(memory.since) + self._cautious_us
            memory.since = since
            memory.looked_us = time_us

    def _run(self, script: Any, ident: str, credential: str, *args: str | int) -> Any:
        override = "" if self._redis_time is None else self._redis_time()
        return script(keys=[self._prefix], args=[override, ident, credential, *args])
