"""What several commands share: their settings, keys as people write them, effects as people read them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from worker.app.problems import ConfigError
from worker.app.settings import Settings, load_settings, require_trackers
from worker.cli.exits import FAILED, REFUSED, USAGE, Stop
from worker.domain.model import IssueRef
from worker.domain.plan.effects import Effect, describe
from worker.engine.trackers import Trackers
from worker.trackers.errors import CredentialRefused, Missing, TrackerError

NOWHERE = IssueRef("", "")


def settings_from(config: Path | None) -> Settings:
    """The settings of this command. Every problem of the files is printed at once; nothing is contacted before."""
    try:
        settings = load_settings(config, os.environ)
        require_trackers(settings)
    except ConfigError as err:
        raise Stop(str(err), USAGE) from None
    return settings


def refs_from(keys: Sequence[str], trackers: Trackers) -> tuple[IssueRef, ...]:
    """The issues that these keys or browser URLs mean. Ends the command where one means none."""
    out = []
    for key in keys:
        ref = _ref(key, trackers)
        if ref is None:
            sites = ", ".join(sorted(trackers.reads)) or "none; set GITHUB_TOKEN, or add one under `sites:`"
            raise Stop(
                f"{key!r} is not an issue that is known here. Write github:owner/repo#12, jira:OPS-7 or the address "
                f"from your browser (sites: {sites}).",
                USAGE,
            )
        out.append(ref)
    return tuple(dict.fromkeys(out))


def _ref(key: str, trackers: Trackers) -> IssueRef | None:
    try:
        ref = IssueRef.parse(key)
    except ValueError:
        return trackers.resolve(key, NOWHERE) if "://" in key else None
    return ref if ref.site in trackers.reads else None


def enrolled_of(trackers: Trackers, label: str) -> tuple[IssueRef, ...]:
    """Every issue of the watched containers that carries the label, sorted."""
    found = {
        issue.ref
        for read in trackers.reads.values()
        for container in read.containers()
        for issue in read.labelled(container, label)
    }
    return tuple(sorted(found))


def stop_for(err: TrackerError) -> Stop:
    """How a command ends that can't go on after this error."""
    if isinstance(err, CredentialRefused):
        return Stop(f"{err}. Renew this site's credential (GITHUB_TOKEN, or the App's key), and call again.", REFUSED)
    return Stop(str(err), FAILED)


def failure(ref: IssueRef, err: Exception) -> str:
    """What went wrong with one issue, in one line."""
    if isinstance(err, Missing):
        return f"{ref.key}: there is no such issue, or this credential may not see it ({err})"
    return f"{ref.key}: {err}"


_SIGNS = {"create-issue": "+", "create-sticky": "+", "claim": "+", "remove-sticky": "-", "close-duplicate": "-"}


def shown(effects: Iterable[Effect], *, bodies: bool) -> str:
    """Effects as `+ ~ -` lines, each with its reason; with `bodies` the rendered comment below."""
    lines = []
    for effect in effects:
        told = describe(effect)
        sign = _SIGNS.get(told["effect"], "~")
        detail = told["detail"]
        first, _, rest = detail.partition("\n")
        if rest and bodies:
            lines.append(f"{sign} {told['effect']} {told['target']}: {told['why']}")
            lines += [f"    {line}" for line in detail.splitlines()]
        else:
            short = "" if rest else f" {first}"
            lines.append(f"{sign} {told['effect']} {told['target']}{short}  ({told['why']})")
    return "\n".join(lines)
