"""Do the scripts keep their promises over tens of thousands of random steps, with crashes, expiries and wipes?

Every answer of the real Redis is compared with a model in plain Python. The promises themselves are kept in a second
book, which knows nothing of how either works: no wake-up is lost, no two holders at once, no stale holder is heard.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from worker.engine.clock import ManualClock
from worker.engine.deadletters import DeadLetters
from worker.engine.store import Lease, Store, to_us

LEASE_US = 120_000_000
LIMIT = 3
KEYS = tuple(f"github:acme/pay#{n}" for n in range(8))
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass
class Model:
    """What the scripts ought to do, written the slow and plain way. Times in microseconds."""

    due: dict[str, int] = field(default_factory=dict)
    run: dict[str, int] = field(default_factory=dict)
    tok: dict[str, int] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    dead: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    seq: int = 0
    epoch: int | None = None

    def add(self, key: str, at: int) -> bool:
        if key in self.dead or (key in self.due and self.due[key] <= at):
            return False
        self.due[key] = at
        return True

    def claim(self, n: int, time: int, now: int) -> list[tuple[str, int, int]]:
        if self.epoch is None:
            self.epoch = time
        for key in [k for k, until in sorted(self.run.items(), key=lambda p: (p[1], p[0])) if until <= time]:
            began = self.unlease(key)
            if began:
                self.why[key] = "no end was reported: the process died, hung, or lost its lease"
            if began and self.tries.get(key, 0) >= LIMIT:
                self.bury(key)
            else:
                self.add(key, now)
        if time < self.epoch + LEASE_US:
            return []
        ready = [k for k, at in sorted(self.due.items(), key=lambda p: (p[1], p[0])) if at <= now and k not in self.run]
        granted = []
        for key in ready[:n]:
            self.seq = max(self.seq + 1, time)
            del self.due[key]
            self.run[key] = time + LEASE_US
            self.tok[key] = self.seq
            granted.append((key, self.seq, self.tries.get(key, 0) + 1))
        return granted

    def claim_one(self, key: str, time: int) -> tuple[str, int, int] | None:
        if self.epoch is None:
            self.epoch = time
        if time < self.epoch + LEASE_US or self.run.get(key, 0) > time:
            return None
        if key in self.run and self.unlease(key):
            self.why[key] = "no end was reported: the process died, hung, or lost its lease"
        if self.dead.pop(key, None) is not None:
            self.tries.pop(key, None)
        self.seq = max(self.seq + 1, time)
        self.due.pop(key, None)
        self.run[key] = time + LEASE_US
        self.tok[key] = self.seq
        return key, self.seq, self.tries.get(key, 0) + 1

    def hold(self, key: str, token: int, time: int) -> bool:
        if self.tok.get(key) != token:
            return False
        self.run[key] = time + LEASE_US
        if key not in self.begun:
            self.begun.add(key)
            self.tries[key] = self.tries.get(key, 0) + 1
        return True

    def done(self, key: str, token: int, how: str, again: int | None, why: str = "") -> int:
        if self.tok.get(key) != token:
            return 0
        began = self.unlease(key)
        if how == "done":
            self.tries.pop(key, None)
            self.why.pop(key, None)
        elif how == "wait":
            self.uncount(key, began=began)
        else:
            if not began:
                self.tries[key] = self.tries.get(key, 0) + 1
            self.why[key] = why
            if self.tries[key] >= LIMIT:
                self.bury(key)
                return 2
        if again is not None:
            self.add(key, again)
        return 1

    def leave(self, key: str, token: int, stay: int, time: int) -> bool:
        if self.tok.get(key) != token:
            return False
        self.run[key] = min(self.run[key], time + stay)
        self.uncount(key, began=key in self.begun)
        self.begun.discard(key)
        return True

    def unlease(self, key: str) -> bool:
        del self.run[key], self.tok[key]
        began = key in self.begun
        self.begun.discard(key)
        return began

    def uncount(self, key: str, *, began: bool) -> None:
        if began:
            self.tries[key] -= 1
            if self.tries[key] <= 0:
                del self.tries[key]

    def bury(self, key: str) -> None:
        self.due.pop(key, None)
        self.dead[key] = self.why.get(key, "")


class World:
    """A real store, the model beside it, workers that hold leases, and the book of promises."""

    def __init__(self, redis: Redis, seed: int) -> None:
        self.rng = random.Random(seed)
        self.redis = redis
        self.clock = ManualClock(START)
        self.time = to_us(START)
        self.store = Store(redis, self.clock, lease_s=LEASE_US / 1e6, limit=LIMIT, redis_time=lambda: self.time)
        self.letters = DeadLetters(redis, self.clock)
        self.model = Model()
        self.leases: list[Lease] = []  # what workers believe to hold, stale ones included
        self.until: dict[int, tuple[str, int]] = {}  # token: key, end of the lease as its holder knows it
        self.owed: set[str] = set()  # marked, and not claimed since
        self.happened: Counter[str] = Counter()

    @property
    def now(self) -> int:
        return to_us(self.clock.now())

    def mark(self, key: str, at_s: float) -> None:
        at = self.clock.now() + timedelta(seconds=at_s)
        assert self.store.add(key, at) == self.model.add(key, to_us(at))
        if key not in self.model.dead:
            self.owed.add(key)

    def claim(self, n: int) -> None:
        before, held = set(self.model.dead), self.model.run.values()
        self.happened["expired"] += sum(until <= self.time for until in held)
        leases = self.store.claim(n)
        expected = self.model.claim(n, self.time, self.now)
        if n == 1:
            for key, token, _ in expected:
                assert self.model.hold(key, token, self.time)
        assert [(x.key, x.token, x.attempts) for x in leases] == expected
        self.owed -= set(self.model.dead) - before
        self.happened["quarantined"] += len(set(self.model.dead) - before)
        self.took(leases)

    def claim_one(self, key: str) -> None:
        lease, expected = self.store.claim_one(key), self.model.claim_one(key, self.time)
        assert (None if lease is None else (lease.key, lease.token, lease.attempts)) == expected
        if lease is not None:
            assert self.model.hold(key, lease.token, self.time)
            self.took((lease,))

    def took(self, leases: tuple[Lease, ...]) -> None:
        self.happened["granted"] += len(leases)
        for lease in leases:
            others = [t for t, (key, until) in self.until.items() if key == lease.key and until > self.time]
            assert not others, f"{lease.key} was granted while another lease of it runs"
            self.until[lease.token] = (lease.key, self.time + LEASE_US)
            self.owed.discard(lease.key)
            self.leases.append(lease)

    def hold(self, lease: Lease) -> None:
        held = self.store.hold(lease)
        assert held == self.model.hold(lease.key, lease.token, self.time)
        self.happened["held"] += held
        if held:
            newest = max(t for t, (key, _) in self.until.items() if key == lease.key)
            assert lease.token == newest, "a stale holder passed"
            self.until[lease.token] = (lease.key, self.time + LEASE_US)

    def end(self, lease: Lease, how: str, *, twice: bool) -> None:
        """Report the end of a lease; `twice` as a client would whose first answer was lost."""
        wait_s = self.rng.choice([0, 1, 60, 7200])
        again = self.clock.now() + timedelta(seconds=wait_s)
        want = to_us(again)
        for turn in range(1 + twice):
            before = dict(self.model.due)
            if how == "done":
                keep = self.rng.random() < 0.5
                expected = self.model.done(lease.key, lease.token, how, want if keep else None)
                assert self.store.done(lease, again if keep else None) == (expected > 0)
            elif how == "wait":
                keep = True
                expected = self.model.done(lease.key, lease.token, how, want)
                assert self.store.postpone(lease, again) == (expected > 0)
            else:
                keep = True
                expected = self.model.done(lease.key, lease.token, how, want, "boom")
                assert self.store.failed(lease, "boom", again) == (expected == 2)
            assert not (turn and expected), "the second report of one end counted again"
            if expected:
                self.until.pop(lease.token, None)
                if expected == 2:
                    self.owed.discard(lease.key)
                elif keep:
                    self.owed.add(lease.key)
            else:
                self.happened["fenced off"] += 1
                assert self.model.due == before, "a stale completion changed something"

    def leave(self, lease: Lease) -> None:
        stay = self.rng.choice([1_000_000, 30_000_000])
        left = self.store.release_all([lease], stay_s=stay / 1e6) == 1
        assert left == self.model.leave(lease.key, lease.token, stay, self.time)
        if left:
            self.until[lease.token] = (lease.key, min(self.until[lease.token][1], self.time + stay))

    def wipe(self) -> None:
        """FLUSHALL. Workers go on in the belief that they hold their leases; the next sweep marks everything."""
        self.happened["wiped"] += 1
        self.redis.flushall()
        self.model = Model()
        self.owed.clear()
        for key in KEYS:
            self.mark(key, 0)

    def step(self) -> None:
        rng = self.rng
        lease = rng.choice(self.leases) if self.leases else None
        what = rng.random()
        if what < 0.28:
            self.mark(rng.choice(KEYS), rng.choice([-5, 0, 0, 0, 1, 30, 3600]))
        elif what < 0.30:
            self.claim_one(rng.choice(KEYS))
        elif what < 0.50:
            self.claim(rng.choice([1, 1, 1, 2, 5]))
        elif what < 0.60 and lease:
            self.hold(lease)
        elif what < 0.78 and lease:
            self.end(lease, rng.choice(["done", "done", "done", "wait", "fail"]), twice=rng.random() < 0.1)
            if rng.random() < 0.9:  # else the worker reports once more later, as a stale one would
                self.leases.remove(lease)
        elif what < 0.82 and lease:
            self.leases.remove(lease)  # the worker is killed
        elif what < 0.84 and lease:
            self.leave(lease)
            self.leases.remove(lease)
        elif what < 0.94:
            self.time += rng.choice([1, 1000, 1_000_000, 20_000_000, LEASE_US])
            if rng.random() < 0.5:
                self.clock.set(self.clock.now() + timedelta(seconds=rng.choice([0, 1, 60, 3600])))
        elif what < 0.9985:
            for letter in self.letters.list()[:1]:
                back = rng.random() < 0.5
                assert (self.letters.retry if back else self.letters.drop)(letter.key)
                assert letter.reason == self.model.dead.pop(letter.key)
                self.model.tries.pop(letter.key, None)
                self.model.why.pop(letter.key, None)
                if back:
                    self.model.add(letter.key, self.now)
                    self.owed.add(letter.key)
        else:
            self.wipe()
        self.until = {t: (k, u) for t, (k, u) in self.until.items() if u > self.time or t == self.model.tok.get(k)}

    def compare(self) -> None:
        """The whole of Redis against the whole of the model."""
        assert {k: to_us(at) for k, at in self.store.pending()} == self.model.due
        assert self.store.running() == tuple(sorted(self.model.run))
        assert {x.key: x.reason for x in self.letters.list()} == self.model.dead
        tries = {_text(key): int(n) for key, n in self.redis.hgetall("ft:tries").items()}
        assert tries == self.model.tries
        outlook = self.store.outlook(100)
        free = [at for key, at in self.model.due.items() if key not in self.model.run]
        if not any(until <= self.time for until in self.model.run.values()):
            assert (to_us(outlook.next_due) if outlook.next_due else None) == min(free, default=None)
            grace = self.model.epoch is not None and self.time < self.model.epoch + LEASE_US
            assert outlook.ready == (0 if grace else sum(at <= self.now for at in free))

    def drain(self) -> None:
        """Kill all workers, let time pass, and see that everything owed is granted to somebody."""
        self.leases.clear()
        self.claim(1)
        for _ in range(2):
            self.time += LEASE_US
            self.clock.advance(timedelta(days=1))
            for _ in range(2 * len(KEYS)):
                self.claim(1)
                while self.leases:
                    lease = self.leases.pop()
                    assert self.store.done(lease) == (self.model.done(lease.key, lease.token, "done", None) > 0)


STEPS = 13_000


@pytest.mark.parametrize("seed", [pytest.param(n, id=f"walk {n}") for n in range(1, 5)])
def test_no_wake_up_is_lost_no_lease_overlaps_and_stale_ends_are_fenced_off(redis_client: Redis, seed: int) -> None:
    world = World(redis_client, seed)
    for number in range(STEPS):
        world.step()
        assert world.owed <= world.model.due.keys(), "what was marked since its last claim waits"
        if number % 100 == 0:
            world.compare()
    world.compare()
    world.drain()
    world.compare()
    assert not world.owed
    assert not world.model.due
    assert not world.model.run
    # the walk has been where it is dangerous
    happened = world.happened
    assert happened["granted"] > STEPS / 20, happened
    assert min(happened[what] for what in ("wiped", "expired", "fenced off", "quarantined", "held")) >= 8, happened


def _text(raw: bytes | str) -> str:
    return raw.decode() if isinstance(raw, bytes) else raw
