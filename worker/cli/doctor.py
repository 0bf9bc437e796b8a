"""`followthrough doctor`: is everything in place for the service to keep its word? What is not is told with its remedy.

Looks at settings, trackers, ledger, people, Redis, mail and chats, and at what could not be told to anybody. Reads
only; nothing is written and nobody is sent anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from redis import Redis, RedisError

from worker.app.settings import Settings
from worker.app.wiring import chats_of, trackers_of
from worker.channels.addresses import parse_mailbox
from worker.channels.mail import SmtpNotifier
from worker.channels.port import ChannelUnavailable, Undeliverable
from worker.cli.common import dossiers_of, settings_with_people
from worker.cli.exits import FAILED, REFUSED, USAGE, Stop
from worker.domain.chain import gaps
from worker.domain.explain import directory_findings
from worker.domain.ledger import Ledger
from worker.domain.model import Mode
from worker.domain.render.words import count, day
from worker.domain.workdays import calendar_findings
from worker.engine.clock import SystemClock
from worker.engine.deadletters import DeadLetters
from worker.engine.ledger import LedgerBook
from worker.engine.redis import connect
from worker.engine.trackers import Trackers
from worker.trackers.errors import CredentialRefused, TrackerError

GOOD, WORTH, BAD = "ok", "warning", "error"
_SIGNS = {GOOD: "+", WORTH: "!", BAD: "x"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that was looked at. `state` is ok, warning or error; `what` says it in a sentence, with the remedy."""

    area: str
    state: str
    what: str


def doctor(
    config: Annotated[Path | None, typer.Option(help="The folder with followthrough.yaml.")] = None,
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """Check settings, trackers, ledger, people, Redis, mail and chats, and print the fix for what is wrong."""
    if form not in {"text", "json"}:
        raise Stop(f"--format {form} is unknown; use text or json", USAGE)
    settings = settings_with_people(config)
    trackers = trackers_of(settings, writers=False)
    refused: list[CredentialRefused] = []
    found: list[Found] = []
    for one in _everything(settings, trackers, refused):
        found.append(one)
        if form == "text":
            typer.echo(f"{_SIGNS[one.state]} {one.area}: {one.what}")
    if form == "json":
        typer.echo(json.dumps([asdict(one) for one in found], indent=1, ensure_ascii=False))
    bad, worth = (sum(one.state == state for one in found) for state in (BAD, WORTH))
    if refused:
        raise Stop("", REFUSED)
    if bad or worth:
        said = f"{count(bad, 'error')}, {count(worth, 'warning')}."
        raise Stop(said if form == "text" else "", FAILED)


def _everything(settings: Settings, trackers: Trackers, refused: list[CredentialRefused]) -> Iterator[Found]:
    yield Found(area="settings", state=GOOD, what="the three files are read")
    yield from (Found(area="settings", state=WORTH, what=warning) for warning in settings.warnings)
    for site in sorted(trackers.reads):
        yield from _site(site, settings, trackers, refused)
    ledger = Ledger()
    silent = {err.site for err in refused}
    place = settings.ledger.partition(":")[0]
    if place not in silent:
        try:
            ledger = LedgerBook(trackers, settings.ledger, settings.signing_keys).load().ledger
            yield from _ledger(settings, trackers, ledger)
        except TrackerError as err:
            yield Found(area="ledger", state=BAD, what=f"it can't be read: {err}")
    yield from _people(settings)
    if not silent:
        yield from _promises(settings, trackers, ledger)
    yield from _redis(settings)
    yield from _channels(settings)


def _site(site: str, settings: Settings, trackers: Trackers, refused: list[CredentialRefused]) -> Iterator[Found]:
    read, area = trackers.read(site), f"site {site}"
    try:
        account, missing = read.account(), read.gaps()
    except CredentialRefused as err:
        refused.append(err)
        named = settings.sites[site].credential_name
        yield Found(area=area, state=BAD, what=f"{str(err).rstrip('.')}. Renew its credential ({named})")
        return
    except TrackerError as err:
        yield Found(area=area, state=BAD, what=str(err))
        return
    watched = count(len(read.containers()), "container")
    yield Found(area=area, state=GOOD, what=f"we are {account}, mode {settings.mode_of(site)}, {watched} watched")
    yield from (Found(area=area, state=WORTH, what=gap) for gap in missing)


def _ledger(settings: Settings, trackers: Trackers, ledger: Ledger) -> Iterator[Found]:
    site, _, container = settings.ledger.partition(":")
    if not container:
        remedy = "there is no place for it; set `ledger: github:owner/repo` in followthrough.yaml"
        yield Found(area="ledger", state=BAD, what=remedy)
        return
    if trackers.read(site).visible_to_all(container) is not False:
        what = f"{settings.ledger} is not known to be private, so nobody is told anything; set `ledger:` to one that is"
        yield Found(area="ledger", state=BAD, what=what)
    else:
        told = sum(entry.sent for record in ledger.people.values() for entry in record.entries)
        yield Found(area="ledger", state=GOOD, what=f"{settings.ledger} is closed to strangers; {told} messages noted")
    for name, until in sorted(ledger.paused.items()):
        if until >= datetime.now(UTC).date():
            yield Found(area="ledger", state=WORTH, what=f"messages to {name or 'everybody'} pause until {day(until)}")


def _people(settings: Settings) -> Iterator[Found]:
    directory = settings.directory
    yield Found(
        area="people", state=GOOD, what=f"{len(directory.people)} known, in {count(len(directory.teams), 'team')}"
    )
    yield from (Found(area="people", state=WORTH, what=said) for said in directory_findings(directory))
    calendars = calendar_findings(directory.people.values(), settings.policy)
    yield from (Found(area="people", state=WORTH, what=finding.remedy) for finding in calendars)


def _promises(settings: Settings, trackers: Trackers, ledger: Ledger) -> Iterator[Found]:
    now = datetime.now(UTC)
    try:
        dossiers, failed = dossiers_of(settings, trackers, now)
    except TrackerError as err:
        yield Found(area="post-mortems", state=BAD, what=str(err))
        return
    if failed:
        yield Found(area="post-mortems", state=WORTH, what="some can't be read; see above")
    items = sum(len(dossier.items) for dossier in dossiers)
    yield Found(area="post-mortems", state=GOOD, what=f"{len(dossiers)} enrolled, with {count(items, 'action item')}")
    for gap in gaps(dossiers, ledger, settings.directory, settings.policy, now):
        yield Found(area="post-mortems", state=WORTH, what=gap)
    for record in sorted(ledger.people.values(), key=lambda r: r.person):
        last = record.entries[-1] if record.entries else None
        if last is not None and last.bounced:
            what = f"the last message to {record.person} came back: {last.bounced}"
            yield Found(area="messages", state=WORTH, what=what)


def _redis(settings: Settings) -> Iterator[Found]:
    if settings.redis_url is None:
        yield Found(area="redis", state=GOOD, what="none is named; `followthrough run` brings its own")
        return
    redis: Redis = connect(settings.redis_url)
    try:
        redis.ping()
        letters = DeadLetters(redis, SystemClock()).list()
    except RedisError as err:
        yield Found(area="redis", state=BAD, what=f"it does not answer ({type(err).__name__}); check REDIS_URL")
        return
    finally:
        redis.close()
    yield Found(area="redis", state=GOOD, what="it answers")
    for letter in letters:
        what = f"{letter.key} is stuck since {letter.since:%Y-%m-%d %H:%M} UTC: `followthrough stuck show {letter.key}`"
        yield Found(area="redis", state=WORTH, what=what)


def _channels(settings: Settings) -> Iterator[Found]:
    live = any(settings.mode_of(site) is Mode.LIVE for site in settings.sites)
    if settings.smtp_url:
        yield _asked("mail", SmtpNotifier(settings.smtp_url, parse_mailbox(settings.mail_from)).probe)
    elif live and settings.chats.usual == "mail":
        what = f"no mail server: messages are written to {settings.mail_folder} and reach nobody; set SMTP_URL"
        yield Found(area="mail", state=BAD, what=what)
    else:
        yield Found(area="mail", state=GOOD, what=f"no mail server; messages are written to {settings.mail_folder}")
    for name, notifier in sorted(chats_of(settings, lambda: settings.directory).items()):
        probe: Callable[[], str] | None = getattr(notifier, "probe", None)
        if probe is not None:
            yield _asked(name, probe)
        else:
            yield Found(area=name, state=GOOD, what="an address is set; only a message would tell whether it works")
    if settings.web.public_url.startswith("http://"):
        what = "web.public_url is not https: whoever listens on the way can follow the links in the mails"
        yield Found(area="web", state=WORTH, what=what)


def _asked(area: str, probe: Callable[[], str]) -> Found:
    try:
        return Found(area=area, state=GOOD, what=probe())
    except (ChannelUnavailable, Undeliverable) as err:
        return Found(area=area, state=BAD, what=str(err))
