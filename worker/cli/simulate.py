"""`followthrough simulate`: whom would the ladder tell what in the weeks to come? Writes and sends nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from worker.app.settings import Settings
from worker.app.wiring import trackers_of
from worker.cli.common import dossiers_of, settings_with_people, stop_for
from worker.cli.exits import FAILED, USAGE, Stop
from worker.domain.datewords import read_leading
from worker.domain.messages import Batch, Message, Step
from worker.domain.model import Dossier, Mode
from worker.domain.render.words import count
from worker.domain.render.words import moment as spoken
from worker.domain.simulate import simulate as play
from worker.domain.wishes import with_wishes
from worker.domain.workdays import zone_of
from worker.engine.ledger import LedgerBook
from worker.trackers.errors import TrackerError

WEEKS = timedelta(weeks=4)
LONGEST = timedelta(days=366)


def simulate(
    config: Annotated[Path | None, typer.Option(help="The folder with followthrough.yaml.")] = None,
    start: Annotated[str, typer.Option("--from", help="The first day; today if left out.")] = "",
    end: Annotated[str, typer.Option("--to", help="The last day; four weeks on if left out.")] = "",
    team: Annotated[str, typer.Option(help="Only what is said about the items of this team.")] = "",
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Print each nudge and escalation that would be sent, to whom and why, if nothing moved."""
    if form not in {"text", "json"}:
        raise Stop(f"--format {form} is unknown; use text or json", USAGE)
    settings = settings_with_people(config)
    if team and team not in settings.directory.teams:
        raise Stop(f"people.yaml has no team {team!r}", USAGE)
    first, last = _span(start, end, settings)
    trackers = trackers_of(settings, writers=False)
    try:
        dossiers, failed = dossiers_of(settings, trackers, first)
        ledger = LedgerBook(trackers, settings.ledger, settings.signing_keys).load().ledger
    except TrackerError as err:
        raise stop_for(err, settings) from None
    settings = replace(settings, directory=with_wishes(settings.directory, ledger))
    # What comes before the first day is played too: whoever has heard by then is not told for the first time later.
    begin = min(first, datetime.now(UTC))
    played = play(_live(dossiers, team), ledger, settings.directory, settings.policy, begin, last)
    told = (message for message in played if message.date >= first)
    if form == "json":
        typer.echo(json.dumps([_fields(m, s) for m in told for s in _steps(m)], indent=1, ensure_ascii=False))
    else:
        _print(told, settings, first, last)
    if any(dossier.mode is not Mode.LIVE for dossier in dossiers):
        typer.echo("Some of this is about sites that are not in mode live: there, nothing of it is sent.", err=True)
    if failed:
        raise Stop("", FAILED)


def _span(start: str, end: str, settings: Settings) -> tuple[datetime, datetime]:
    """From the beginning of the first day (today: from now) to the end of the last one, in the site's zone."""
    zone, now = ZoneInfo(settings.policy.default_timezone), datetime.now(UTC)
    today = now.astimezone(zone).date()
    first = _day(start, "--from", today) if start else today
    begin = datetime.combine(first, time(0), zone).astimezone(UTC) if start else now
    last = _day(end, "--to", first) if end else first + WEEKS
    until = datetime.combine(last + timedelta(days=1), time(0), zone).astimezone(UTC) - timedelta(seconds=1)
    if until < begin:
        raise Stop(f"--to {last.isoformat()} is before --from {first.isoformat()}", USAGE)
    if until - begin > LONGEST:
        raise Stop("more than a year can't be simulated: nobody leaves a promise alone for so long", USAGE)
    return begin, until


def _day(written: str, option: str, today: date) -> date:
    read = read_leading(written, today=today)
    if read.day is None or read.problem or read.rest.strip():
        raise Stop(f"{option} {written!r} cannot be read as a day; write 2026-12-01 or `in 2 weeks`", USAGE)
    return read.day


def _live(dossiers: Iterable[Dossier], team: str) -> tuple[Dossier, ...]:
    """As if every site were live: to see what would come is what a rehearsal is for."""
    return tuple(
        replace(d, mode=Mode.LIVE, items=tuple(i for i in d.items if not team or i.team == team)) for d in dossiers
    )


def _steps(message: Message) -> tuple[Step, ...]:
    return message.content.steps if isinstance(message.content, Batch) else ()


def _fields(message: Message, step: Step) -> dict[str, object]:
    return {
        "at": message.date.isoformat(),
        "to": message.to,
        "role": step.role,
        "signal": step.kind,
        "rung": step.rung,
        "item": (step.item.ref or step.item.post_mortem).key,
        "text": "" if step.item.confidential else step.item.text,
        "days_late": step.days_late,
        "why": step.why,
        "message_id": message.message_id,
    }


def _print(told: Iterable[Message], settings: Settings, first: datetime, last: datetime) -> None:
    messages = steps = 0
    for message in told:
        person = settings.directory.people[message.to]
        messages += 1
        typer.echo(f"{spoken(message.date, zone_of(person).key)}  {person.shown}: {message.subject}")
        for step in _steps(message):
            steps += 1
            where = (step.item.ref or step.item.post_mortem).key
            what = where if step.item.confidential else f"{where} {step.item.text}"
            kinds = " and ".join((step.kind, *(kind for kind, _ in step.also)))
            typer.echo(f"    as {step.role}, rung {step.rung + 1}, {kinds}: {what}\n      {step.why}")
    zone = settings.policy.default_timezone
    span = f"from {spoken(first, zone)} to {spoken(last, zone)}"
    if not messages:
        typer.echo(f"Nobody would be told anything {span}, if nothing moves.")
    else:
        typer.echo(f"{count(messages, 'message')} about {count(steps, 'step')} {span}, if nothing moves.")
