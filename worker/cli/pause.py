"""`followthrough pause`: silence now. Nobody of a team, or nobody at all, is told anything up to a day.

Kept in the ledger, sealed, so that it holds for every worker at once and outlives a wiped Redis. Nothing is lost: what
is owed is told when the pause is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from redis import RedisError

from worker.app.problems import did_you_mean
from worker.app.settings import Settings
from worker.app.wiring import redis_of, service_of, trackers_of
from worker.cli.common import settings_from, stop_for
from worker.cli.exits import FAILED, USAGE, Stop
from worker.domain.datewords import read_leading
from worker.domain.ledger import EVERYBODY
from worker.domain.render.words import day
from worker.engine.clock import SystemClock
from worker.engine.ledger import LedgerBook
from worker.trackers.errors import TrackerError


def pause(
    config: Annotated[Path | None, typer.Option(help="The folder with followthrough.yaml.")] = None,
    until: Annotated[str, typer.Option(help="The last silent day: 2026-12-01, `next Friday`, `in 2 weeks`.")] = "",
    team: Annotated[str, typer.Option(help="Only this team; everybody if left out.")] = EVERYBODY,
    off: Annotated[bool, typer.Option("--off", help="End the pause.")] = False,
) -> None:
    """Tell nobody anything up to a day. Without options, show what is paused."""
    settings = settings_from(config)
    teams = settings.directory.teams
    if team != EVERYBODY and team not in teams:
        raise Stop(f"people.yaml has no team {team!r}{did_you_mean(team, teams)}.", USAGE)
    if until and off:
        raise Stop("--until begins a pause and --off ends one; use one of them", USAGE)
    today = datetime.now(UTC).astimezone(ZoneInfo(settings.policy.default_timezone)).date()
    last = _day(until, today) if until else None
    try:
        with _book(settings) as book:
            if until or off:
                if not book.writable:
                    raise Stop(
                        f"site {book.site!r}, where the ledger is, is in mode observe: nobody is told anything there, "
                        "and nothing can be written down.",
                        USAGE,
                    )
                pages = book.write_pause(team, last)
            else:
                pages = book.load()
    except TrackerError as err:
        raise stop_for(err, settings) from None
    paused = {name: end for name, end in pages.ledger.paused.items() if end >= today}
    for name, end in sorted(paused.items()):
        who = "Nobody" if name == EVERYBODY else f"Nobody of {teams[name].name or name}" if name in teams else name
        typer.echo(f"{who} is told anything up to and with {day(end)}.")
    if not paused:
        typer.echo("Nothing is paused.")


def _day(written: str, today: date) -> date:
    read = read_leading(written, today=today)
    if read.day is None or read.problem or read.rest.strip():
        raise Stop(f"--until {written!r} cannot be read as a day; write 2026-12-01 or `in 2 weeks`", USAGE)
    if read.day < today:
        raise Stop(f"--until {read.day.isoformat()} has passed; today is {today.isoformat()}", USAGE)
    return read.day


@contextmanager
def _book(settings: Settings) -> Iterator[LedgerBook]:
    """The ledger, under the locks of the running service where there is a Redis to hold them."""
    if settings.redis_url is None:
        yield LedgerBook(trackers_of(settings, writers=True), settings.ledger, settings.signing_keys)
        return
    with redis_of(settings) as redis:
        try:
            yield service_of(settings, redis, SystemClock()).engine.people.book
        except RedisError as err:
            raise Stop(f"Redis does not answer: {err}", FAILED) from None
