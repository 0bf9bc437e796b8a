"""`followthrough plan`: what would be written, nothing written. It is given no writer at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from worker.app.wiring import post_mortems_of, trackers_of
from worker.cli.common import enrolled_of, refs_from, settings_from, shown
from worker.cli.exits import FAILED, PENDING, REFUSED, USAGE, Stop
from worker.domain.model import IssueRef
from worker.domain.plan.effects import Effect, describe
from worker.engine.post_mortems import PostMortems
from worker.trackers.errors import CredentialRefused, TrackerError


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
    settings = settings_from(config)
    now = moment(at)
    trackers = trackers_of(settings, writers=False)
    looked = post_mortems_of(settings, trackers)
    effects: list[Effect] = []
    failed = False
    try:
        refs = refs_from(keys, trackers) if keys else enrolled_of(trackers, settings.policy.label)
        for ref in refs:
            failed |= not _plan_one(looked, ref, now, effects)
    except CredentialRefused as err:
        raise Stop(str(err), REFUSED) from None
    except TrackerError as err:
        raise Stop(str(err), FAILED) from None
    _print(effects, refs, form)
    if failed:
        raise Stop("", FAILED)
    if effects and detailed_exitcode:
        raise Stop("", PENDING)


def _plan_one(looked: PostMortems, ref: IssueRef, now: datetime, effects: list[Effect]) -> bool:
    """Plan one issue; what fails is said, and the others go on."""
    try:
        outcome = looked.look(ref, now)
    except CredentialRefused:
        raise
    except TrackerError as err:
        typer.echo(f"{ref.key}: {err}", err=True)
        return False
    for gap in outcome.plan.gaps:
        typer.echo(gap, err=True)
    effects += outcome.plan.effects
    return True


def _print(effects: Sequence[Effect], refs: Sequence[IssueRef], form: str) -> None:
    if form == "json":
        typer.echo(json.dumps([dict(describe(e)) for e in effects], indent=1, ensure_ascii=False))
    elif effects:
        typer.echo(shown(effects, bodies=True))
    else:
        typer.echo(f"Nothing to do for {len(refs)} enrolled issue{'' if len(refs) == 1 else 's'}.")


def moment(text: str) -> datetime:
    """The time that `--at` means; now where it is empty. A time without a zone is UTC."""
    if not text:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Stop(f"--at {text!r} is not a time; write 2026-12-01 or 2026-12-01T09:00+01:00", USAGE) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
