"""What several commands share: their settings, keys as people write them, effects as people read them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog
import typer

from worker.app.people.gather import with_everybody
from worker.app.people.reads import people_reads_of
from worker.app.settings import Settings
from worker.app.sites import JiraSettings
from worker.app.wiring import post_mortems_of
from worker.cli.configured import settings_from as settings_from
from worker.cli.exits import FAILED, REFUSED, USAGE, Stop
from worker.domain.model import Dossier, IssueRef
from worker.domain.plan.effects import Effect, describe
from worker.engine.ledger import LedgerBook
from worker.engine.trackers import Trackers
from worker.trackers.errors import CredentialRefused, Missing, Refused, TrackerError, Unavailable
from worker.trackers.port import TrackerRead

NOWHERE = IssueRef("", "")


def settings_with_people(config: Path | None) -> Settings:
    """As `settings_from`, with everybody whom the sources of people.yaml know now. One that does not answer is told."""
    settings = settings_from(config)
    reads = people_reads_of(settings)
    return with_everybody(settings, reads, datetime.now(UTC), lambda trouble: typer.echo(trouble, err=True))


def refs_from(keys: Sequence[str], trackers: Trackers) -> tuple[IssueRef, ...]:
    """The issues that these keys or browser URLs mean. Ends the command where one means none."""
    out = []
    for key in keys:
        ref = _ref(key, trackers)
        if ref is None:
            sites = ", ".join(sorted(trackers.reads)) or "none; set GITHUB_TOKEN or JIRA_URL, or add one under `sites:`"
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


Silent = dict[str, TrackerError]
"""What a command could not read, a site (`jira`) or a container (`jira:OPS`), each with what it met there."""


def enrolled_of(trackers: Trackers, label: str, silent: Silent | None = None) -> tuple[IssueRef, ...]:
    """Every issue of the watched containers that carries the label, sorted. With `silent`, what can't be read is noted
    there, and the others' are returned."""
    found: set[IssueRef] = set()
    for site, read in sorted(trackers.reads.items()):
        try:
            for container in read.containers():
                found |= _labelled(read, container, label, silent)
        except TrackerError as err:
            if silent is None:
                raise
            silent[site] = err
    return tuple(sorted(found))


def _labelled(read: TrackerRead, container: str, label: str, silent: Silent | None) -> set[IssueRef]:
    try:
        return {issue.ref for issue in read.labelled(container, label)}
    except (Missing, Refused) as err:
        if silent is None:
            raise
        silent[f"{read.site}:{container}"] = err
        return set()


def listed_in_ledger(trackers: Trackers, settings: Settings) -> tuple[IssueRef, ...]:
    """Every issue of the configured sites that the ledger lists as enrolled, sorted; nothing where there is none."""
    try:
        listed = LedgerBook(trackers, settings.ledger, settings.signing_keys).load().enrolled
    except (Missing, Refused):
        # Its repository is gone or closed to us. That is no reason not to plan what can be seen.
        return ()
    refs = (ref for key in listed if (ref := _ref(key, trackers)) is not None)
    return tuple(sorted(refs))


def dossiers_of(settings: Settings, trackers: Trackers, now: datetime) -> tuple[list[Dossier], bool]:
    """Every enrolled post-mortem as it stands, and whether one of them could not be read (which was said)."""
    looked = post_mortems_of(settings, trackers)
    found, failed = [], False
    for ref in enrolled_of(trackers, settings.policy.label):
        try:
            dossier = looked.look(ref, now).plan.dossier
        except CredentialRefused:
            raise
        except TrackerError as err:
            typer.echo(failure(ref, err, settings), err=True)
            failed = True
            continue
        if dossier is not None:
            found.append(dossier)
    return found, failed


@contextmanager
def quiet_logs() -> Iterator[None]:
    """Within this block our own log says nothing below `critical`; a command that a person called speaks for itself."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


def moved(ref: IssueRef, to: IssueRef) -> str:
    """What is said of an issue that was transferred."""
    return f"{ref.key} is now {to.key}; use that."


def stop_for(err: TrackerError, settings: Settings) -> Stop:
    """How a command ends that can't go on after this error."""
    if isinstance(err, CredentialRefused):
        site = settings.sites.get(err.site)
        named = f" ({site.credential_name})" if site is not None else ""
        kinds = _jira_credentials(site) if isinstance(site, JiraSettings) else ""
        return Stop(f"{str(err).rstrip('.')}. Renew this site's credential{named}, and call again.{kinds}", REFUSED)
    return Stop(f"{err}{_asked_at(err, settings)}", FAILED)


def _asked_at(err: TrackerError, settings: Settings) -> str:
    """Where the site is that gave no answer of use, and what says so; "" for every other error."""
    site = settings.sites.get(err.site)
    if site is None or not isinstance(err, Unavailable):
        return ""
    name = "api_url" if site.kind == "github" or site.api_url else "url"
    address = site.api_url if site.kind == "github" else site.api_url or site.url
    variable = f"{site.prefix}_{name.upper()}"
    said_by = f"{variable}, or `sites.{site.name}.{name}`"
    return f". It was asked at {address} ({said_by}): is that right, and can it be reached?"


def _jira_credentials(site: JiraSettings) -> str:
    """What else a Jira's refusal may mean: a good token of the wrong kind, or at the wrong door, is refused in the same
    words as one that has ended."""
    if site.pat:
        return f" A PAT is for Data Center; Cloud takes {site.prefix}_EMAIL and {site.prefix}_API_TOKEN."
    door = "" if site.api_url else f" A token with scopes needs {site.prefix}_API_URL too."
    return f" Is {site.prefix}_EMAIL the account's own?{door} Data Center takes {site.prefix}_PAT instead."


def stop_for_silent(silent: Silent, settings: Settings) -> Stop:
    """How a command ends that went on without these: it says what each met."""
    stops = {where: stop_for(err, settings) for where, err in sorted(silent.items())}
    lines = [f"{where}: {stop.message}" for where, stop in stops.items()]
    return Stop("\n".join(lines), max(stop.code for stop in stops.values()))


def failure(ref: IssueRef, err: Exception, settings: Settings) -> str:
    """What went wrong with one issue, in one line."""
    if isinstance(err, Missing):
        return f"{ref.key}: there is no such issue, or this credential may not see it ({err})"
    return f"{ref.key}: {err}" + (_asked_at(err, settings) if isinstance(err, TrackerError) else "")


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
