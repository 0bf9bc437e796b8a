"""`followthrough plan`: what would be written, nothing written. It is given no writer at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from worker.app.gaps import gathering_gaps
from worker.app.settings import Settings
from worker.app.wiring import post_mortems_of, trackers_of
from worker.cli.common import (
    Silent,
    enrolled_of,
    failure,
    listed_in_ledger,
    moved,
    refs_from,
    settings_with_people,
    shown,
    stop_for,
    stop_for_silent,
)
from worker.cli.exits import FAILED, PENDING, USAGE, Stop
from worker.domain.model import IssueRef
from worker.domain.plan.effects import Effect, describe
from worker.domain.render.words import count
from worker.domain.render.words import moment as spoken
from worker.engine.post_mortems import Outcome
from worker.engine.trackers import Trackers
from worker.trackers.errors import CredentialRefused, Missing, TrackerError

WAIT_FOR_GAPS_S = 20.0
"""How long the end of the command waits for what the trackers say of their own readiness."""


def plan(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys or browser addresses; none means all.")] = None,
    config: Annotated[Path | None, typer.Option(help="The folder with followthrough.yaml.")] = None,
    at: Annotated[str, typer.Option(help="Plan as if it were this time (ISO 8601).")] = "",
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    detailed_exitcode: Annotated[bool, typer.Option(help="Exit 3 when something would change.")] = False,
) -> None:
    """Print what `apply` would write now, and why."""
    if form not in {"text", "json"}:
        raise Stop(f"--format {form} is unknown; use text or json", USAGE)
    settings = settings_with_people(config)
    now = moment(at)
    trackers = trackers_of(settings, writers=False)
    with gathering_gaps(trackers, lambda gap: typer.echo(gap, err=True), timeout_s=WAIT_FOR_GAPS_S):
        _plan(keys or (), settings, trackers, now, form=form, detailed_exitcode=detailed_exitcode)


def _plan(
    keys: Sequence[str], settings: Settings, trackers: Trackers, now: datetime, *, form: str, detailed_exitcode: bool
) -> None:
    looked = post_mortems_of(settings, trackers)
    effects: list[Effect] = []
    wakes: list[datetime] = []
    here: list[IssueRef] = []
    silent: Silent = {}
    failed = False
    try:
        refs = refs_from(keys, trackers) if keys else _all(trackers, settings, silent)
        for ref in refs:
            if ref.site in silent:
                continue
            try:
                outcome = looked.look(ref, now)
            except CredentialRefused as err:
                silent[ref.site] = err
                continue
            except TrackerError as err:
                typer.echo(failure(ref, err, settings), err=True)
                # What the ledger lists may have been deleted since; nobody asked for it by name.
                failed |= bool(keys) or not isinstance(err, Missing)
                continue
            if outcome.moved_to is not None:
                typer.echo(moved(ref, outcome.moved_to), err=True)
                continue
            here.append(ref)
            _note(outcome, ref, settings.policy.label)
            effects += outcome.plan.effects
            wakes += [outcome.plan.wake_at] if outcome.plan.wake_at is not None else []
    except TrackerError as err:
        raise stop_for(err, settings) from None
    if silent and not here:
        raise stop_for_silent(silent, settings)
    if form == "json":
        typer.echo(json.dumps([dict(describe(e)) for e in effects], indent=1, ensure_ascii=False))
    elif effects:
        typer.echo(shown(effects, bodies=True))
    elif not failed and (here or not refs):
        typer.echo(_nothing(here, trackers, settings, min(wakes, default=None)))
    if silent:
        raise stop_for_silent(silent, settings)
    if failed:
        raise Stop("", FAILED)
    if effects and detailed_exitcode:
        raise Stop("", PENDING)


def _all(trackers: Trackers, settings: Settings, silent: Silent) -> tuple[IssueRef, ...]:
    """Whatever carries the label, and whatever is enrolled without it: that is about to be un-enrolled. Sites that do
    not answer are noted in `silent`."""
    labelled = enrolled_of(trackers, settings.policy.label, silent)
    try:
        listed = listed_in_ledger(trackers, settings)
    except TrackerError as err:
        # Of the ledger's own site, which may be another than that of the post-mortems.
        silent.setdefault(settings.ledger.partition(":")[0], err)
        listed = ()
    return tuple(sorted({*labelled, *listed}))


def _note(outcome: Outcome, ref: IssueRef, label: str) -> None:
    """What one should know beside the effects."""
    for gap in outcome.plan.gaps:
        typer.echo(gap, err=True)
    if outcome.plan.dossier is None and not outcome.plan.gaps:
        typer.echo(f"{ref.key} is not enrolled: it does not carry the label `{label}`.", err=True)


def _nothing(refs: Sequence[IssueRef], trackers: Trackers, settings: Settings, wake_at: datetime | None) -> str:
    """What is said where nothing is to be done: why, or when there will be."""
    if refs:
        later = f" Next look: {spoken(wake_at, settings.policy.default_timezone)}." if wake_at is not None else ""
        return f"Nothing to do for {count(len(refs), 'issue')}.{later}"
    watched = sorted(f"{site}:{c}" for site, read in trackers.reads.items() for c in read.containers())
    if not watched:
        raise Stop(
            "Nothing is watched: name an issue, or set `repositories:` or `projects:` in followthrough.yaml.", USAGE
        )
    return f"No issue carries the label `{settings.policy.label}` in {', '.join(watched)}."


def moment(text: str) -> datetime:
    """The time that `--at` means; now where it is empty. A time without a zone is UTC."""
    if not text:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Stop(f"--at {text!r} is not a time; write 2026-12-01 or 2026-12-01T09:00+01:00", USAGE) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
