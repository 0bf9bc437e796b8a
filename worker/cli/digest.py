"""`followthrough digest`: what the leads' next weekly digests say, read from the trackers. Writes and sends nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from worker.app.problems import did_you_mean
from worker.app.settings import Settings
from worker.app.wiring import trackers_of
from worker.channels.blocks import slack_message
from worker.channels.cards import teams_card
from worker.channels.render import render_digest
from worker.cli.common import dossiers_of, settings_with_people, stop_for
from worker.cli.exits import FAILED, USAGE, Stop
from worker.cli.plan import moment
from worker.domain.digest import compose_digest
from worker.domain.ledger import Ledger
from worker.domain.messages import Digest
from worker.domain.model import Dossier, Mode, Person
from worker.domain.plan.digest import subject_of
from worker.domain.render.words import moment as spoken
from worker.domain.rollup import readers_of_rollups
from worker.domain.weeks import next_due, readers_of_digests
from worker.domain.workdays import local_day, zone_of
from worker.engine.ledger import LedgerBook
from worker.trackers.errors import TrackerError

FORMATS = ("text", "html", "slack", "teams", "json")
ONE_AT_A_TIME = frozenset({"html", "slack", "teams"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One lead's next digest, and when it is due."""

    lead: Person
    digest: Digest
    due: datetime


def digest(
    config: Annotated[Path | None, typer.Option(help="The folder with followthrough.yaml.")] = None,
    team: Annotated[str, typer.Option(help="Only the digest of this team's lead.")] = "",
    at: Annotated[str, typer.Option(help="Preview as if it were this time (ISO 8601).")] = "",
    form: Annotated[str, typer.Option("--format", help="text, html, slack, teams or json.")] = "text",
) -> None:
    """Preview the leads' weekly digests."""
    if form not in FORMATS:
        raise Stop(f"--format {form} is unknown; use text, html, slack, teams or json", USAGE)
    now = moment(at)
    settings = settings_with_people(config)
    leads = _leads(settings, team)
    if form in ONE_AT_A_TIME and len(leads) > 1:
        raise Stop(f"--format {form} shows one digest, and there are {len(leads)} leads; add --team", USAGE)
    trackers = trackers_of(settings, writers=False)
    try:
        dossiers, failed = dossiers_of(settings, trackers, now)
        ledger = LedgerBook(trackers, settings.ledger, settings.signing_keys).load().ledger
    except TrackerError as err:
        raise stop_for(err, settings) from None
    _print([p for lead in leads if (p := _preview(lead, dossiers, ledger, settings, now))], form, now)
    if any(dossier.mode is not Mode.LIVE for dossier in dossiers):
        typer.echo("This is a preview: digests are sent only where `mode: live` is set.", err=True)
    if failed:
        raise Stop("", FAILED)


def _leads(settings: Settings, team: str) -> Sequence[Person]:
    """Who gets a digest. Ends the command where that is nobody."""
    people, teams = settings.directory.people, settings.directory.teams
    if team and team not in teams:
        known = f" There are: {', '.join(sorted(teams))}." if teams else ""
        raise Stop(f"people.yaml has no team {team!r}{did_you_mean(team, teams)}.{known}", USAGE)
    if team:
        lead = people.get(teams[team].lead)
        if lead is None or lead.departed:
            raise Stop(f"team {team} has no lead at present; set `lead` in people.yaml", USAGE)
        return (lead,)
    leads, others = readers_of_digests(settings.directory), readers_of_rollups(settings.directory)
    found = tuple({p.id: p for p in (*leads, *others)}.values())
    if not found:
        raise Stop("people.yaml names no lead, so nobody gets a digest; add a team with a lead", USAGE)
    return found


def _preview(
    lead: Person, dossiers: Sequence[Dossier], ledger: Ledger, settings: Settings, now: datetime
) -> Preview | None:
    """The next digest of this lead that is due at `now` or later; None (and a word) for somebody away for long."""
    following = next_due(lead, settings.policy, now - timedelta(seconds=1))
    if following is None:
        typer.echo(f"{lead.shown} is away for long: no digest is due.", err=True)
        return None
    week, due = following
    composed = compose_digest(lead, dossiers, ledger, settings.directory, settings.policy, now, week)
    return Preview(lead=lead, digest=composed, due=due)


def _print(previews: Sequence[Preview], form: str, now: datetime) -> None:
    if form == "json":
        whole = [json.loads(render_digest(p.digest, "json")) | {"due": p.due.isoformat()} for p in previews]
        print(json.dumps(whole, indent=2, ensure_ascii=False))
        return
    for number, preview in enumerate(previews):
        lead, on = preview.lead, local_day(preview.lead, now)
        if form == "html":
            print(render_digest(preview.digest, "html", on), end="")
            continue
        if form in ONE_AT_A_TIME:
            print(json.dumps(_payload(preview, form, on), indent=2, ensure_ascii=False))
            continue
        address = f" <{lead.email}>" if lead.email else " (no mail address, so it can't be sent)"
        if number:
            print("\n" + "=" * 72 + "\n")
        print(f"To: {lead.shown}{address}")
        print(f"Due: {spoken(preview.due, zone_of(lead).key)}")
        if preview.digest.empty:
            print("Nothing to tell this week, so nothing would be sent.")
        else:
            print(f"Subject: {subject_of(preview.digest)}\n\n{render_digest(preview.digest, 'text', on)}", end="")


def _payload(preview: Preview, form: str, on: date) -> dict[str, Any]:
    """What Slack or Teams would be sent, for their own builders of messages to show."""
    subject = subject_of(preview.digest)
    if form == "teams":
        return teams_card(preview.digest, subject=subject, person=preview.lead.shown, on=on)
    told = slack_message(preview.digest, subject=subject, on=on)
    return {"text": told.text, "blocks": list(told.blocks)}
