"""The composition root: settings in, one working service out. Nothing else knows how the parts are put together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from redis import Redis

from worker.app.github import github_config
from worker.app.people.gather import Refresher, keys_of
from worker.app.people.reads import people_reads_of
from worker.app.settings import JiraSettings, Settings, SiteSettings
from worker.channels.mail import notifier_for
from worker.channels.port import Notifier
from worker.channels.routes import Routes
from worker.channels.teams import TeamsWorkflow
from worker.domain.links import Links
from worker.domain.model import Directory, Mode
from worker.domain.plan.effects import KeepWish
from worker.domain.wishes import with_wishes
from worker.engine.budget import CAUTIOUS, Budgets, Window
from worker.engine.cache import Cache
from worker.engine.clock import Clock
from worker.engine.deadletters import DeadLetters
from worker.engine.decisions import Decisions
from worker.engine.directories import Directories
from worker.engine.intake import Intake
from worker.engine.ledger import LedgerBook, one_at_a_time, one_writer
from worker.engine.observe import Observer
from worker.engine.people import People
from worker.engine.perform import Performer
from worker.engine.post_mortems import PostMortems
from worker.engine.reconcile import Engine
from worker.engine.redis import EmbeddedRedis, connect
from worker.engine.store import Store
from worker.engine.sweep import Rhythm, Sweeper
from worker.engine.trackers import Trackers
from worker.engine.units import PEOPLE, UNENROL
from worker.trackers.github import GitHubClient, GitHubRead, GitHubWrite
from worker.trackers.port import TrackerRead, TrackerWrite

ATTEMPTS = 3
SHORT_WAIT_S = 5.0
"""A wait for the write budget up to this long is slept through; a longer one gives the lease back."""

LOOK_AFTER_HINT = timedelta(minutes=1)
"""Where a listing lags behind, a webhook about something unknown leads to a look this much later: asked at once it
would not show it yet, and the hints of a minute become one look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of one running installation that roles and commands need."""

    settings: Settings
    redis: Redis
    clock: Clock
    store: Store
    cache: Cache
    budgets: Budgets
    stuck: DeadLetters
    trackers: Trackers
    intake: Intake
    sweeper: Sweeper
    engine: Engine
    decisions: Decisions

    def work(self) -> None:
        """What one wake-up does: one unit, if one is due."""
        self.engine.work(1)

    def close(self) -> None:
        """Give back the connections to Redis."""
        self.redis.close()


def trackers_of(settings: Settings, *, writers: bool, attempts: int = ATTEMPTS) -> Trackers:
    """The ports of all sites. `writers=False` withholds every writer, whatever the modes say; `attempts` is how often
    one read, or one write that may be repeated, is sent before its failure is reported."""
    reads: dict[str, TrackerRead] = {}
    writes: dict[str, TrackerWrite] = {}
    modes: dict[str, Mode] = {}
    for name, site in sorted(settings.sites.items()):
        modes[name] = settings.mode_of(name)
        read, write = _site(site, attempts)
        reads[name] = read
        if writers and modes[name] is not Mode.OBSERVE:
            writes[name] = write
    return Trackers(reads=reads, writes=writes, modes=modes)


def _site(site: SiteSettings, attempts: int) -> tuple[TrackerRead, TrackerWrite]:
    if isinstance(site, JiraSettings):
        # Imported here: whoever has no Jira need not load its library.
        from worker.app.jira import jira_ports

        return jira_ports(site, attempts)
    client = GitHubClient(github_config(site, attempts))
    return GitHubRead(client), GitHubWrite(client)


def post_mortems_of(settings: Settings, trackers: Trackers) -> PostMortems:
    """The eyes and the judgement, without hands."""
    observer = Observer(
        trackers=trackers, policy=settings.policy, directory=settings.directory, keys=settings.signing_keys
    )
    return PostMortems(observer=observer, policy=settings.policy, directory=settings.directory)


def performer_of(
    settings: Settings,
    trackers: Trackers,
    clock: Clock,
    before_write: Callable[[str], None],
    book: LedgerBook | None = None,
) -> Performer:
    """The hands. `book` is the ledger as the service has it, else one for this process alone."""
    own = book or LedgerBook(trackers, settings.ledger, settings.signing_keys)

    def keep_wish(effect: KeepWish) -> None:
        before_write(own.site)
        own.keep_wish(effect)

    return Performer(
        trackers=trackers, keys=settings.signing_keys, clock=clock, before_write=before_write, keep_wish=keep_wish
    )


@contextmanager
def redis_of(settings: Settings) -> Iterator[Redis]:
    """The Redis of the settings, or an embedded one that ends with this block. Must be entered on the main thread."""
    if settings.redis_url:
        client = connect(settings.redis_url)
        try:
            yield client
        finally:
            client.close()
        return
    with EmbeddedRedis(settings.data_dir / "redis") as server:
        yield server.client()


def watches(settings: Settings, site: str, container: str) -> bool:
    """Whether this container of the site is configured to be watched, by name or by a pattern such as `owner/*`. The
    tracker is not asked, so an archived repository counts as well."""
    found = settings.sites.get(site)
    name = container.casefold()
    return found is not None and any(fnmatchcase(name, entry.casefold()) for entry in found.containers)


def write_windows(settings: Settings, site: str) -> tuple[Window, Window]:
    """How much may be written to one site, in any minute and in any hour."""
    # A site that was taken out of the settings has no writer either; whoever still asks gets the usual answer.
    found = settings.sites.get(site, settings.engine)
    return Window(limit=found.writes_per_minute, span_s=60), Window(limit=found.writes_per_hour, span_s=3600)


def notifier_of(settings: Settings, directory: Callable[[], Directory]) -> Notifier:
    """How people are told: by mail, or by the chat that each prefers. `directory` is asked anew for each message."""
    mail = notifier_for(settings.smtp_url, settings.mail_folder, settings.mail_from)
    others = chats_of(settings, directory)
    if not others:
        return mail

    def channel(person_id: str) -> str:
        person = directory().people.get(person_id)
        return (person.channel if person is not None else "") or settings.chats.usual

    return Routes(mail, others, channel, mail_arrives=bool(settings.smtp_url))


def chats_of(settings: Settings, directory: Callable[[], Directory]) -> dict[str, Notifier]:
    """The chats that there are, by the name that people choose them by."""
    chats, others = settings.chats, dict[str, Notifier]()

    def slack_id(person_id: str) -> str:
        person = directory().people.get(person_id)
        return person.slack if person is not None else ""

    if chats.slack_token or chats.slack_webhook:
        # Slack's library takes a while to import: only who uses it waits for that.
        from worker.channels.slack import SlackBot, SlackWebhook

    if chats.slack_token:
        others["slack"] = SlackBot(chats.slack_token, slack_id)
    elif chats.slack_webhook:
        others["slack"] = SlackWebhook(chats.slack_webhook)
    if chats.teams_webhook:
        others["teams"] = TeamsWorkflow(chats.teams_webhook)
    return others


class _SiteBudgets:
    """The write budgets of all sites and the one for un-enrolling, in the form that the engine asks for."""

    def __init__(self, settings: Settings, budgets: Budgets, *, patience_s: float = SHORT_WAIT_S) -> None:
        self._budgets = budgets
        self._patience_s = patience_s
        self._settings = settings
        self._unenrol = (Window(limit=settings.policy.unenrol_at_most_an_hour, span_s=3600),)

    def spend(self, name: str) -> float:
        windows = self._unenrol if name == UNENROL else write_windows(self._settings, name)
        wait_s = self._budgets.spend(name, windows)
        if 0 < wait_s <= self._patience_s and name != UNENROL:
            time.sleep(wait_s)
            wait_s = self._budgets.spend(name, windows)
        return wait_s

    def penalize(self, name: str, wait_s: float) -> None:
        self._budgets.penalize(name, wait_s)


def service_of(
    settings: Settings,
    redis: Redis,
    clock: Clock,
    *,
    notifier: Notifier | None = None,
    forgotten_past: bool = True,
    redis_time: Callable[[], int] | None = None,
    attempts: int = ATTEMPTS,
) -> Service:
    """Put one service together on a Redis. Nothing is contacted.

    `forgotten_past=False` says that this credential cannot have written anything before (a sandbox): then the write
    budget need not be cautious after a wiped Redis. `redis_time` stands in for the time of Redis, in microseconds,
    where time is moved by hand. `attempts` is as for `trackers_of`.
    """
    trackers = trackers_of(settings, writers=True, attempts=attempts)
    store = Store(redis, clock, lease_s=settings.engine.lease_s, redis_time=redis_time)
    cache = Cache(redis)
    stuck = DeadLetters(redis, clock)
    budgets = Budgets(redis, cautious=CAUTIOUS if forgotten_past else None, redis_time=redis_time)
    book = LedgerBook(
        trackers,
        settings.ledger,
        settings.signing_keys,
        creating=lambda: one_at_a_time(store),
        writing=lambda name: one_writer(store, name),
        memory=cache,
        told=cache,
        age=store.age,
    )
    intake = Intake(
        store=store,
        cache=cache,
        clock=clock,
        label=settings.policy.label,
        watches=lambda site, container: watches(settings, site, container),
        look_after=lambda site: min(trackers.read(site).lag, LOOK_AFTER_HINT),
    )
    reads = people_reads_of(settings, attempts=attempts)
    keys = keys_of(settings, reads)
    directories = Directories(redis, settings.directory, keys)
    refresher = Refresher(settings=settings, reads=reads, directories=directories, store=store)
    sweeper = Sweeper(
        trackers=trackers,
        store=store,
        cache=cache,
        intake=intake,
        book=book,
        policy=settings.policy,
        directory=settings.directory,
        rhythm=Rhythm(
            sweep=timedelta(minutes=settings.engine.sweep_minutes),
            full=timedelta(hours=settings.engine.full_sweep_hours),
        ),
        besides=(PEOPLE,) if keys else (),
    )
    people = People(
        book=book,
        notifier=notifier or notifier_of(settings, lambda: with_wishes(directories.present(), book.wishes())),
        policy=settings.policy,
        directory=settings.directory,
        domain=settings.mail_domain,
        cache=cache,
        links=Links(public_url=settings.web.public_url, keys=settings.signing_keys),
    )
    engine = Engine(
        store=store,
        cache=cache,
        clock=clock,
        trackers=trackers,
        post_mortems=post_mortems_of(settings, trackers),
        people=people,
        sweeper=sweeper,
        # Where time is moved by hand, sleeping brings nothing nearer.
        budget=_SiteBudgets(settings, budgets, patience_s=SHORT_WAIT_S if redis_time is None else 0),
        stuck=stuck,
        performer=lambda guard: performer_of(settings, trackers, clock, guard, book),
        directories=directories,
        refresh=refresher.refresh if keys else None,
    )
    return Service(
        settings=settings,
        redis=redis,
        clock=clock,
        store=store,
        cache=cache,
        budgets=budgets,
        stuck=stuck,
        trackers=trackers,
        intake=intake,
        sweeper=sweeper,
        engine=engine,
        decisions=Decisions(
            trackers=trackers,
            store=store,
            cache=cache,
            book=book,
            directory=directories.present,
            keys=settings.signing_keys,
            spend=engine.budget.spend,
        ),
    )
