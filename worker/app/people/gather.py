"""Which sources are there, and what do they say together? Asked at once by commands, now and then by the service.

A source that does not answer keeps what it said last, and says so: nobody loses their lead because a server is down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import structlog

from worker.app.people.backstage import Catalog
from worker.app.people.codeowners import Codeowners
from worker.app.people.leave import LeaveCalendar
from worker.app.people.port import PeopleSource, SourceTrouble
from worker.app.people.table import Table
from worker.app.people.trackers import JiraProject, Organization, PeopleReads
from worker.app.settings import Settings
from worker.domain.directory import Overlay, overlaid
from worker.domain.model import Directory
from worker.engine.directories import Answer, Directories
from worker.engine.store import Store
from worker.engine.units import PEOPLE
from worker.trackers.errors import Unavailable

log = structlog.get_logger("people")

USUAL_SITES = ("github", "jira")
"""Names of sites that are columns of tables everywhere, be they configured or not."""
HANDS = 8
"""So many sources are asked at a time."""
PROLONG_S = 5.0
"""So often, while sources are waited for, it is made known that we are still at it."""
PATIENCE = 4
"""So often a source that was never heard is waited for before people are told things without it."""


def sources_of(settings: Settings, reads: PeopleReads, today: date, *, names: bool = False) -> tuple[PeopleSource, ...]:
    """Every configured source but the calendars of leave, in the order in which they are believed. `names` has a GitHub
    asked for the names of its members, too, one request each."""
    sources, folder = settings.sources, settings.sources.folder
    return (
        *(Table(place, folder, {*USUAL_SITES, *settings.sites}, today) for place in sources.csv),
        *(Catalog(place, folder) for place in sources.backstage),
        *(Organization(place, reads, names=names, known=settings.directory) for place in sources.github),
        *(JiraProject(place, reads, known=settings.directory) for place in sources.jira),
        *(Codeowners(place, reads) for place in sources.codeowners),
    )


def calendars_of(settings: Settings, present: Directory, today: date) -> tuple[PeopleSource, ...]:
    """Everybody's calendar of leave, read in the zone and hours that are known of them now."""
    people = (p for _, p in sorted(present.people.items()) if p.leave_ics and not p.departed)
    return tuple(LeaveCalendar(person, settings.sources.folder, today) for person in people)


def keys_of(settings: Settings, reads: PeopleReads) -> tuple[str, ...]:
    """The keys of all configured sources in their order; none where people.yaml alone says who is there."""
    given = settings.directory
    every = (*sources_of(settings, reads, date.min), *calendars_of(settings, given, date.min))
    return tuple(source.key for source in every)


def ask_all(
    sources: Iterable[PeopleSource],
    last: Mapping[str, Answer],
    now: datetime,
    prolong: Callable[[], None] = lambda: None,
) -> tuple[Answer, ...]:
    """What each source says now, else what it said last with why it says nothing now; in their order."""

    def ask(source: PeopleSource) -> Answer:
        try:
            return Answer(key=source.key, shown=source.shown, facts=source.read(), read_at=now)
        except SourceTrouble as err:
            trouble = str(err)
        except Exception as err:  # noqa: BLE001 (one source that is broken in an unknown way must not hide the others)
            # Its text may hold secrets.
            trouble = f"it can't be read ({type(err).__name__})"
        before = last.get(source.key) or Answer(key=source.key, shown=source.shown)
        return replace(before, trouble=trouble)

    with ThreadPoolExecutor(max_workers=HANDS, thread_name_prefix="people") as hands:
        asked = [hands.submit(ask, source) for source in sources]
        waiting = set(asked)
        while waiting:
            _, waiting = wait(waiting, timeout=PROLONG_S)
            prolong()
    return tuple(future.result() for future in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What all sources said, and the directory that comes of it."""

    answers: tuple[Answer, ...]
    overlay: Overlay

    @property
    def troubles(self) -> tuple[str, ...]:
        """Which sources do not answer, one line each."""
        return tuple(f"{a.shown}: {a.trouble}" for a in self.answers if a.trouble)


def gather(
    settings: Settings,
    reads: PeopleReads,
    now: datetime,
    *,
    last: Mapping[str, Answer] | None = None,
    prolong: Callable[[], None] = lambda: None,
    names: bool = False,
    leave: bool = True,
) -> Gathered:
    """Ask every source now. The calendars of leave come last: they are read in zones that the others may tell."""
    given, known = settings.directory, last or {}
    answers = ask_all(sources_of(settings, reads, now.date(), names=names), known, now, prolong)
    overlay = overlaid(given, [a.facts for a in answers if a.facts is not None])
    if leave:
        calendars = ask_all(calendars_of(settings, overlay.directory, now.date()), known, now, prolong)
        answers = (*answers, *calendars)
        overlay = overlaid(given, [a.facts for a in answers if a.facts is not None])
    return Gathered(answers=answers, overlay=overlay)


def with_everybody(settings: Settings, reads: PeopleReads, now: datetime, tell: Callable[[str], None]) -> Settings:
    """The settings with the directory as all sources make it now, for a command. `tell` hears of each that does not
    answer. Where people.yaml names no source, nothing is asked."""
    if not keys_of(settings, reads):
        return settings
    found = gather(settings, reads, now)
    for trouble in found.troubles:
        tell(f"{trouble}; what it knows is left out")
    return replace(settings, directory=found.overlay.directory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresher:
    """Has the sources asked while the service runs, and what they say seen by all its processes."""

    settings: Settings
    reads: PeopleReads
    directories: Directories
    store: Store

    def refresh(self, now: datetime, prolong: Callable[[], None]) -> datetime:
        """Ask all and keep the answers; return when to ask again. Raises Unavailable where a source was never heard and
        is worth waiting for."""
        epoch = self.store.epoch()
        found = gather(self.settings, self.reads, now, last=self.directories.answers(), prolong=prolong)
        self.directories.keep(found.answers)
        for answer in found.answers:
            if answer.trouble:
                since = answer.read_at.isoformat() if answer.read_at is not None else "never"
                log.warning("a source of people does not answer", source=answer.shown, why=answer.trouble, last=since)
        doubts = found.overlay.doubts
        log.info("people", sources=len(found.answers), people=len(found.overlay.directory.people), doubts=len(doubts))
        unheard = [f"{a.shown}: {a.trouble}" for a in found.answers if a.facts is None]
        if unheard and self.store.unswept([PEOPLE]) and self.store.waits(PEOPLE) < PATIENCE:
            raise Unavailable("; ".join(unheard[:3]))
        self.store.mark_swept(PEOPLE, epoch)
        return now + timedelta(minutes=self.settings.sources.refresh_minutes)
