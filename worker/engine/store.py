"""Which unit is to be looked at next, and who alone may work on it now?

One mechanism is queue, timer, retry, lease and coalescing at once; the scripts say how. The store never talks to a
tracker, and everything in it may vanish at any moment: `epoch` tells one life of this Redis from the next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, cast

from redis import Redis

from worker.engine import scripts
from worker.engine.clock import Clock
from worker.engine.units import PERIODIC

LEDGER = "ledger"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK = 1000
_WHY_LENGTH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on one unit. `attempts` counts from 1 and includes this one."""

    key: str
    token: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is to do: all units that wait, those whose time has come, those being worked on, those in
    quarantine, and how late the one that waits longest is, in seconds."""

    waiting: int
    due: int
    running: int
    stuck: int
    lag_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a clock needs to know: how many units could be claimed now, and when the next one is due."""

    ready: int
    next_due: datetime | None


def to_us(moment: datetime) -> int:
    """Whole microseconds since 1970. Raises ValueError where there is no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    """The opposite of `to_us`, in UTC."""
    return _EPOCH + timedelta(microseconds=us)


def growing_wait(
    attempts: int, *, first: timedelta = timedelta(seconds=30), most: timedelta = timedelta(hours=1)
) -> timedelta:
    """How long to leave a unit alone after this many failed attempts: `first`, doubled each time, at most `most`."""
    doublings: int = min(max(attempts - 1, 0), 32)
    return min(most, first * (1 << doublings))


class Store:
    """The set of due work, with leases. Safe to share between threads; any number of processes may hold one.

    `lease_s` must be longer than any HTTP timeout: it is also the silence (`grace_s`) after a wipe. `limit` is how many
    started attempts a unit has before it is set aside; what begins with one of `lasting` never is. All methods raise
    `redis.RedisError` where Redis fails.
    `redis_time` stands in for the time of Redis, in microseconds, in tests.
    """

    def __init__(
        self,
        redis: Redis,
        clock: Clock,
        *,
        lease_s: float = 120.0,
        grace_s: float | None = None,
        limit: int = 5,
        prefix: str = "ft:",
        lasting: Sequence[str] = PERIODIC,
        redis_time: Callable[[], int] | None = None,
    ) -> None:
        self.redis = redis
        self.clock = clock
        self.prefix = prefix
        self.lease_s = lease_s
        self.limit = limit
        self._lasting = tuple(lasting)
        self._lease_us = round(lease_s * 1_000_000)
        self._grace_us = round((lease_s if grace_s is None else grace_s) * 1_000_000)
        self._redis_time = redis_time
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._held: dict[str, Lease] = {}
        self._add = redis.register_script(scripts.ADD)
        self._claim = redis.register_script(scripts.CLAIM)
        self._claim_one = redis.register_script(scripts.CLAIM_ONE)
        self._hold = redis.register_script(scripts.HOLD)
        self._done = redis.register_script(scripts.DONE)
        self._leave = redis.register_script(scripts.LEAVE)
        self._look = redis.register_script(scripts.LOOK)
        self._mark = redis.register_script(scripts.MARK)
        self._begin_writing = redis.register_script(scripts.BEGIN_WRITING)
        self._end_writing = redis.register_script(scripts.END_WRITING)

    # Marking what is to be done

    def add(self, key: str, at: datetime) -> bool:
        """Have the unit looked at no later than `at`. Returns False where that was owed already, or where the unit is
        in quarantine."""
        return self.add_many([(key, at)]) == 1

    def add_many(self, wanted: Iterable[tuple[str, datetime]]) -> int:
        """`add` for each pair; returns how many were new or moved to an earlier time. Not atomic beyond 1,000 pairs."""
        moved, rest = 0, iter(wanted)
        while chunk := list(islice(rest, _CHUNK)):
            flat = [part for key, at in chunk for part in (to_us(at), key)]
            moved += int(self._run(self._add, self._now(), *flat))
        return moved

    # Working on a unit

    def claim(self, n: int = 1) -> tuple[Lease, ...]:
        """Take up to `n` units that are due and that nobody holds, the longest waiting first.

        Only a started attempt counts. With n = 1 it starts here; with more, a lease's attempt starts at its first
        `hold`. Nothing is granted within the grace after a wipe (the first claim begins the epoch) or after `close`.
        """
        if self._closing.is_set():
            return ()
        args: list[str | int] = [self._now(), n, self._lease_us, self._grace_us, self.limit, *self._lasting]
        leases = self._granted(self._run(self._claim, *args))
        return tuple(lease for lease in leases if self.hold(lease)) if n == 1 else leases

    def claim_one(self, key: str) -> Lease | None:
        """Take this unit now, because a person asks, whether it is due or not; also out of quarantine, with all its
        attempts. Returns None where somebody works on it, or within the silence after a wipe (see `silence_s`)."""
        if self._closing.is_set():
            return None
        leases = self._granted(self._run(self._claim_one, key, self._lease_us, self._grace_us))
        return next((lease for lease in leases if self.hold(lease)), None)

    def hold(self, lease: Lease) -> bool:
        """Extend the lease and say whether it still is ours. To be called before each external write: where it answers
        False, stop at once and report nothing, for somebody else may be at work, or this process is closing."""
        if self._closing.is_set():
            return False
        if self._run(self._hold, lease.key, lease.token, self._lease_us):
            return True
        self._forget(lease)
        return False

    def done(self, lease: Lease, again: datetime | None = None) -> bool:
        """End the lease after success; look again at `again`. Returns False, changing nothing, for a stale lease."""
        return self._end(lease, "done", again, "") > 0

    def postpone(self, lease: Lease, again: datetime) -> bool:
        """End the lease without success or failure: a spent budget, a tracker that is away. Does not count."""
        return self._end(lease, "wait", again, "") > 0

    def away(self, lease: Lease, *, first: timedelta, most: timedelta) -> int:
        """End the lease because something that the unit needs is away. Does not count as a failure, however often; the
        wait is `first`, doubled each time in a row, at most `most`. Returns how often in a row that was."""
        waits = self.redis.hincrby(f"{self.prefix}waits", lease.key, 1)
        self.postpone(lease, self.clock.now() + growing_wait(waits, first=first, most=most))
        return waits

    def waits(self, key: str) -> int:
        """How often in a row this unit had to wait for something that was away."""
        return int(cast(bytes | None, self.redis.hget(f"{self.prefix}waits", key)) or 0)

    def failed(self, lease: Lease, reason: str, again: datetime) -> bool:
        """End the lease after a failure of this unit. It is tried again at `again` (see `growing_wait`), or, after
        `limit` attempts, put in quarantine with `reason`. Returns whether it went into quarantine."""
        return self._end(lease, "fail", again, reason) == 2

    # What is better left alone for a while, whoever marks it

    def shut(self, name: str, until: datetime) -> bool:
        """Keep a unit, or all units of a site, closed until then. Returns whether it was open before."""
        shut = self.shut_until(name)
        if shut is None or shut < until:
            left_ms = max(1, (until - self.clock.now()) // timedelta(milliseconds=1))
            self.redis.set(f"{self.prefix}shut:{name}", to_us(until), px=left_ms)
        return shut is None

    def reopen(self, name: str) -> None:
        """End a closure before its time."""
        self.redis.delete(f"{self.prefix}shut:{name}")

    def shut_until(self, *names: str) -> datetime | None:
        """When the last of these will be open again, or None where none is closed."""
        found = cast(list[bytes | None], self.redis.mget([f"{self.prefix}shut:{name}" for name in names]))
        until = max((int(raw) for raw in found if raw is not None), default=0)
        return from_us(until) if until > self._now() else None

    # One writer of a record at a time, whatever unit it works on

    def begin_writing(self, name: str, token: str) -> bool:
        """Whether whoever shows this token may now write the record: at most for as long as a lease lasts."""
        return bool(self._run(self._begin_writing, name, token, self._lease_us))

    def end_writing(self, name: str, token: str) -> None:
        """Let others write the record; nothing where it is another one's turn already."""
        self._run(self._end_writing, name, token)

    # Coming to rest

    def close(self) -> None:
        """From now on grant nothing and let every `hold` say no, so that this process comes to rest."""
        self._closing.set()

    @property
    def closing(self) -> bool:
        return self._closing.is_set()

    def held(self) -> tuple[Lease, ...]:
        """The leases that this process holds, as far as it knows, by key."""
        with self._lock:
            return tuple(sorted(self._held.values(), key=lambda lease: lease.key))

    def release_all(self, leases: Iterable[Lease] | None = None, *, stay_s: float = 0.0) -> int:
        """Give leases back at shutdown (all that this process holds), uncounted. Returns how many were still ours.

        Where a write may still be in flight, `stay_s` keeps others out for that long instead: long enough for the
        write to end.
        """
        released = 0
        for lease in self.held() if leases is None else tuple(leases):
            if stay_s > 0:
                released += int(self._run(self._leave, lease.key, lease.token, round(stay_s * 1_000_000)))
                self._forget(lease)
            else:
                released += self._end(lease, "wait", self.clock.now(), "")
        return released

    # Looking

    def outlook(self, most: int = 1) -> Outlook:
        """How many units could be claimed now (at most `most`), and when the next one that nobody holds is due."""
        ready, following = self._run(self._look, self._now(), most, self._grace_us)
        return Outlook(ready=int(ready), next_due=from_us(int(following)) if following else None)

    def next_due(self) -> datetime | None:
        """When the next unit that nobody holds is due: in the past where it is due already, None where none waits."""
        return self.outlook().next_due

    def next_expiry(self) -> datetime | None:
        """When the first lease that somebody holds ends unless it is extended, by the time of Redis."""
        first = cast(list[tuple[bytes, float]], self.redis.zrange(f"{self.prefix}run", 0, 0, withscores=True))
        return from_us(int(first[0][1])) if first else None

    def pending(self, prefix: str = "") -> tuple[tuple[str, datetime], ...]:
        """Every unit that waits and whose key starts so, with its time, by time and key. Reads the whole set."""
        wanted = ((_text(key), score) for key, score in self.redis.zscan_iter(f"{self.prefix}due", count=1000))
        found = {key: int(score) for key, score in wanted if key.startswith(prefix)}
        return tuple((key, from_us(us)) for key, us in sorted(found.items(), key=lambda p: (p[1], p[0])))

    def running(self) -> tuple[str, ...]:
        """Every unit that some process holds, sorted."""
        return tuple(sorted(_text(key) for key in cast(list[bytes], self.redis.zrange(f"{self.prefix}run", 0, -1))))

    def counts(self) -> Counts:
        """The numbers for the metrics."""
        now = self._now()
        pipe = self.redis.pipeline(transaction=False)
        pipe.zcard(f"{self.prefix}due")
        pipe.zcount(f"{self.prefix}due", "-inf", now)
        pipe.zcard(f"{self.prefix}run")
        pipe.zcard(f"{self.prefix}dead")
        pipe.zrange(f"{self.prefix}due", 0, 0, withscores=True)
        waiting, due, running, stuck, first = pipe.execute()
        lag_us = max(0, now - int(first[0][1])) if first else 0
        return Counts(waiting=waiting, due=due, running=running, stuck=stuck, lag_s=lag_us / 1_000_000)

    # One life of this Redis

    def epoch(self) -> str | None:
        """What tells this life of Redis from the one before a wipe. None until the first claim."""
        found = cast(bytes | None, self.redis.get(f"{self.prefix}epoch"))
        return None if found is None else found.decode()

    def age(self) -> timedelta:
        """How long this life of Redis has lasted; nothing before the first claim."""
        epoch = self.epoch()
        return timedelta(microseconds=max(0, self._now() - int(epoch)) if epoch is not None else 0)

    def begin_alone(self) -> bool:
        """Begin the epoch with its grace already over; return False where one has begun. Only for whoever knows that
        no other process can be in the middle of anything: the parent that has just started its own empty Redis."""
        time_us = self._redis_time() if self._redis_time else self._server_time_us()
        return bool(self.redis.set(f"{self.prefix}epoch", time_us - self._grace_us, nx=True))

    def silence_s(self) -> float:
        """How many seconds of the grace after a wipe are left, in which nothing is granted."""
        epoch = self.epoch()
        if epoch is None:
            return self._grace_us / 1_000_000
        time_us = self._redis_time() if self._redis_time else self._server_time_us()
        return max(0, int(epoch) + self._grace_us - time_us) / 1_000_000

    def mark_swept(self, site: str, epoch: str | None) -> bool:
        """Remember that one full sweep of the site has ended. `epoch` is what `epoch()` said before it began: after a
        wipe in between, nothing is remembered and the answer is False."""
        return epoch is not None and bool(self._run(self._mark, epoch, site))

    def mark_ledger_read(self, epoch: str | None) -> bool:
        """Remember that the ledger was read in full; `epoch` as in `mark_swept`."""
        return self.mark_swept(LEDGER, epoch)

    def unswept(self, sites: Iterable[str]) -> tuple[str, ...]:
        """What still has to be read before a message may leave, sorted: names of sites, and `ledger`."""
        swept = {_text(name) for name in cast(set[bytes], self.redis.smembers(f"{self.prefix}swept"))}
        return tuple(sorted({LEDGER, *sites} - swept))

    # The bell: what wakes a clock before its second is over

    def ring(self) -> None:
        """Wake one clock now."""
        key = f"{self.prefix}bell"
        if not self.redis.exists(key):
            self.redis.lpush(key, "1")

    def listen(self, longest_s: float) -> bool:
        """Wait until the bell rings, at most this long (and less than the client's socket timeout). Says whether it
        did."""
        return self.redis.blpop([f"{self.prefix}bell"], timeout=max(0.01, longest_s)) is not None

    def _granted(self, flat: Sequence[bytes]) -> tuple[Lease, ...]:
        threes = zip(flat[0::3], flat[1::3], flat[2::3], strict=True)
        leases = tuple(Lease(key=_text(key), token=int(token), attempts=int(n)) for key, token, n in threes)
        with self._lock:
            self._held.update((lease.key, lease) for lease in leases)
        return leases

    def _end(self, lease: Lease, how: str, again: datetime | None, why: str) -> int:
        at = "" if again is None else to_us(again)
        args = (self._now(), lease.key, lease.token, how, at, self.limit, why[:_WHY_LENGTH], *self._lasting)
        ended = int(self._run(self._done, *args))
        self._forget(lease)
        return ended

    def _forget(self, lease: Lease) -> None:
        with self._lock:
            if self._held.get(lease.key) == lease:
                del self._held[lease.key]

    def _now(self) -> int:
        return to_us(self.clock.now())

    def _server_time_us(self) -> int:
        seconds, us = self.redis.time()
        return seconds * 1_000_000 + us

    def _run(self, script: Any, *args: str | int) -> Any:
        override = "" if self._redis_time is None else self._redis_time()
        return script(keys=[self.prefix], args=[override, *args])


def _text(raw: bytes | str) -> str:
    return raw.decode() if isinstance(raw, bytes) else raw
