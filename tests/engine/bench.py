"""A whole engine on a tracker in memory and a real Redis, with both clocks moved by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from redis import Redis

from tests.engine.test_post_mortems import BODY, KEYS, World
from worker.domain.messages import Message
from worker.domain.model import IssueRef
from worker.engine.cache import Cache
from worker.engine.deadletters import DeadLetters
from worker.engine.intake import Intake
from worker.engine.ledger import LedgerBook
from worker.engine.people import People
from worker.engine.perform import Performer
from worker.engine.reconcile import Engine
from worker.engine.store import Store, to_us
from worker.engine.sweep import Rhythm, Sweeper
from worker.engine.units import UNENROL

LABEL = frozenset({"postmortem"})


class Box:
    """A channel that keeps what it was given."""

    name = "box"

    def __init__(self) -> None:
        self.got: list[Message] = []

    def send(self, message: Message) -> None:
        self.got.append(message)


class NoBudget:
    """A budget that is never spent; of un-enrolling, it has `unenrol` left."""

    def __init__(self) -> None:
        self.unenrol = 1_000_000

    def spend(self, name: str) -> float:
        if name != UNENROL:
            return 0.0
        self.unenrol -= 1
        return 0.0 if self.unenrol >= 0 else 60.0

    def penalize(self, name: str, wait_s: float) -> None:
        pass


class Bench(World):
    """The world of the post-mortems' tests, with everything around it that a running service has."""

    def __init__(self, redis: Redis, **policy: Any) -> None:
        super().__init__(**policy)
        eyes = self.post_mortems
        self.redis = redis
        self.box, self.budget = Box(), NoBudget()
        self.store = Store(redis, self.clock, redis_time=lambda: to_us(self.clock.now()))
        self.cache, self.stuck = Cache(redis), DeadLetters(redis, self.clock)
        book = LedgerBook(self.trackers, "github:acme/incidents", KEYS)
        self.intake = Intake(
            store=self.store,
            cache=self.cache,
            clock=self.clock,
            label="postmortem",
            watches=lambda site, container: site == "github" and container in self.tracker.repositories,
        )
        self.sweeper = Sweeper(
            trackers=self.trackers,
            store=self.store,
            cache=self.cache,
            intake=self.intake,
            book=book,
            policy=self.policy,
            directory=self.directory,
            rhythm=Rhythm(sweep=timedelta(hours=6), digests=timedelta(hours=2)),
        )
        people = People(
            book=book,
            notifier=self.box,
            policy=self.policy,
            directory=self.directory,
            domain="followthrough.example",
            cache=self.cache,
        )
        self.engine = Engine(
            store=self.store,
            cache=self.cache,
            clock=self.clock,
            trackers=self.trackers,
            post_mortems=eyes,
            people=people,
            sweeper=self.sweeper,
            budget=self.budget,
            stuck=self.stuck,
            performer=lambda guard: Performer(trackers=self.trackers, keys=KEYS, clock=self.clock, before_write=guard),
        )
        self.begin()

    def begin(self) -> None:
        """This Redis is new: its silence is over, and every periodic look is due."""
        self.store.begin_alone()
        self.sweeper.schedule(self.clock.now(), at_once=True)

    def wipe(self) -> None:
        self.redis.flushall()
        self.begin()

    def settle(self) -> None:
        """Work until nothing is due."""
        for _ in range(200):
            if not self.engine.work(50):
                return
        raise AssertionError(f"never at rest: {self.store.pending()[:5]}")

    def until(self, moment: datetime) -> None:
        """Let time pass, doing everything when it is due."""
        while self.clock.now() < moment:
            self.settle()
            following = self.store.next_due() or moment
            self.clock.set(min(moment, max(self.clock.now() + timedelta(seconds=1), following)))
        self.settle()

    def later(self, **by: float) -> datetime:
        return self.clock.now() + timedelta(**by)

    def mark(self, key: str) -> None:
        self.store.add(key, self.clock.now())

    def enrol(self, number: int, body: str = BODY) -> IssueRef:
        """Open a labelled post-mortem and mark it."""
        ref = self.tracker.open(number, body=body, labels=LABEL)
        self.mark(ref.key)
        return ref

    def unlabel(self, ref: IssueRef) -> None:
        self.tracker.change(ref, labels=frozenset())
        self.mark(ref.key)
