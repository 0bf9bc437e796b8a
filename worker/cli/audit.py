"""`followthrough audit`: what did the post-mortems of a folder or an organization promise, and what became of it?

Needs no set-up: a folder needs nothing, a tracker a credential that may read. Writes nothing anywhere.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from worker.cli.exits import FAILED, USAGE, Stop
from worker.cli.survey import Progress, Survey, TrackerSurvey, begin_of, survey_folder
from worker.domain.audit import Audit, sum_up
from worker.domain.policy import Policy
from worker.domain.render.audit import render_json, render_text
from worker.domain.render.audit_html import render_html
from worker.domain.render.safe import one_line
from worker.trackers.errors import TrackerError

if TYPE_CHECKING:
    from worker.app.settings import Settings
    from worker.app.sites import SiteSettings
    from worker.trackers.port import TrackerRead

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_ADDRESS = re.compile(r"https?://[^/\s]+/(?P<path>[\w.-]+(?:/[\w.-]+)?)/?(?:issues/?)?(?:\.git)?")
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38}")
_JQL = re.compile(r"[=~<>]|\bin\s{0,3}\(|\bis (?:not )?(?:empty|null)\b|\border by\b", re.IGNORECASE)
_SPAN = re.compile(r"(?P<count>\d{1,4})\s?(?P<unit>[dwmy])[a-z]*", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7, "m": 30.4375, "y": 365.25}
_A_YEAR = timedelta(days=365)
_HINT = (
    "Reading GitHub needs a token, and a read-only one is enough (fine-grained: Issues and Metadata, read): "
    "set GITHUB_TOKEN, or name a folder of post-mortems instead."
)

_JIRA_HINT = (
    "Reading Jira needs its address and a credential that may browse: set JIRA_URL with JIRA_EMAIL and JIRA_API_TOKEN "
    "(Cloud), or with JIRA_PAT (Data Center)."
)
ATTEMPTS = 3


class Format(StrEnum):
    TEXT = "text"
    HTML = "html"
    JSON = "json"


class Target(StrEnum):
    FOLDER = "folder"
    REPOSITORY = "repository"
    OWNER = "owner"
    JQL = "jql"


def target_of(written: str) -> tuple[Target, str]:
    """What a person means: a folder or file that is there, a repository, an owner of repositories, a Jira query.

    Raises Stop for what is none of these.
    """
    text = written.strip()
    if Path(text).exists():
        return Target.FOLDER, text
    address = _ADDRESS.fullmatch(text)
    path = address["path"] if address else text.removeprefix("github:")
    if address or not (text.startswith(("/", ".", "~")) or _JQL.search(text)):
        if _REPOSITORY.fullmatch(path):
            return Target.REPOSITORY, path
        if _OWNER.fullmatch(path):
            return Target.OWNER, path
    if _JQL.search(text) and "://" not in text:
        return Target.JQL, text
    raise Stop(
        f"{written!r} is no folder here, no repository (owner/name), no owner of repositories and no Jira query "
        "(project = OPS AND labels = postmortem).",
        USAGE,
    )


def since_of(written: str, today: date) -> date | None:
    """The first day that counts: `1y`, `6m`, `12w`, `90d` back from today, an ISO day, or `all` (None)."""
    text = written.strip().casefold()
    if text == "all":
        return None
    span = _SPAN.fullmatch(text)
    if span is not None:
        days = int(span["count"]) * _DAYS[span["unit"].casefold()]
        return date.fromordinal(max(1, today.toordinal() - round(days)))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Stop(f"--since {written}: expected 1y, 6m, 12w, 90d, a day such as 2026-01-01, or all", USAGE) from None


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """A bar on standard error while a terminal looks on; nothing anywhere else."""
    if not sys.stderr.isatty():
        yield lambda _done, _total, _what: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("reading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[what]}", markup=False),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, what="")

        def show(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, what=what[:60])

        yield show


def _settings() -> Settings:
    """What the environment says; no file is needed. Raises Stop."""
    # The settings' and the trackers' libraries load only where a tracker is asked: a folder is read without them.
    from worker.app.problems import ConfigError
    from worker.app.settings import load_settings

    try:
        return load_settings(None, os.environ)
    except ConfigError as err:
        raise Stop(str(err), USAGE) from None


def _missing(site: SiteSettings | None, hint: str) -> str:
    """What is missing of a site's address and credential, and what would do."""
    return "\n".join([*(problem.message for problem in site.unready), hint]) if site is not None else hint


def _others(settings: Settings, name: str) -> tuple[TrackerRead, ...]:
    """The other sites that the environment has a credential for."""
    from worker.app.wiring import trackers_of

    sites = {other: site for other, site in settings.sites.items() if other != name and not site.unready}
    return tuple(trackers_of(replace(settings, sites=sites), writers=False, attempts=ATTEMPTS).reads.values())


def _from_github(kind: Target, name: str, since: date | None, today: date, progress: Progress) -> Survey:
    from worker.app.sites import GitHubSettings
    from worker.cli.common import stop_for
    from worker.trackers.github import GitHubClient, GitHubConfig, GitHubRead
    from worker.trackers.github.changes import Cursor

    settings = _settings()
    site = settings.sites.get("github")
    if not isinstance(site, GitHubSettings) or site.unready:
        missing = _missing(site, _HINT)
        raise Stop(f"There is no file or folder {name!r} here, so GitHub would be asked for it. {missing}", USAGE)
    client = GitHubClient(
        GitHubConfig(
            site=site.name,
            api_url=site.api_url,
            web_url=site.web_url,
            repositories=(name if kind is Target.REPOSITORY else f"{name}/*",),
            token=site.token,
            app_id=site.app_id,
            private_key=site.private_key,
            installation_id=site.installation_id,
            timeout_s=site.timeout_s,
        )
    )
    read = GitHubRead(client)
    begin = begin_of(since)
    cursor = str(Cursor(begin.strftime("%Y-%m-%dT%H:%M:%SZ"))) if begin is not None else ""
    look = TrackerSurvey(read, Policy(), today, progress, _others(settings, site.name), settings.signing_keys)
    try:
        progress(0, 1, name)
        return look.containers(read.containers(), lambda container: read.changed(container, cursor).issues)
    except TrackerError as err:
        raise stop_for(err, settings) from None
    finally:
        client.close()


def _from_jira(jql: str, today: date, progress: Progress) -> Survey:
    from worker.app.jira import jira_config
    from worker.app.sites import JiraSettings
    from worker.cli.common import stop_for
    from worker.domain.model import IssueRef
    from worker.trackers.jira import JiraClient, JiraRead
    from worker.trackers.jira.search import search
    from worker.trackers.jira.translate import key_of

    settings = _settings()
    site = settings.sites.get("jira")
    if not isinstance(site, JiraSettings) or site.unready:
        raise Stop(_missing(site, _JIRA_HINT), USAGE)
    client = JiraClient(jira_config(site, ATTEMPTS))
    read = JiraRead(client)
    survey = Survey()
    try:
        progress(0, 1, "searching")
        rows = search(client, jql, ("created",), projects=(), what="the search").rows
        refs = [IssueRef(site.name, key_of(row)) for row in rows]
        found = [issue for issue in read.issues(refs).values() if issue is not None]
        look = TrackerSurvey(read, Policy(), today, progress, _others(settings, site.name), settings.signing_keys)
        look.issues(survey, found)
    except TrackerError as err:
        raise stop_for(err, settings) from None
    finally:
        client.close()
    return survey


def run(target: str, *, since: str, today: date, progress: Progress) -> Audit:
    """The audit of a target as a person writes it. Raises Stop."""
    kind, name = target_of(target)
    # A tracker is asked for a year unless told otherwise; a folder is read as it lies there.
    begin = since_of(since, today) if since else None if kind is Target.FOLDER else today - _A_YEAR
    if kind is Target.FOLDER:
        survey = survey_folder(Path(name), policy=Policy(), today=today, progress=progress)
    elif kind is Target.JQL:
        survey = _from_jira(name, today, progress)
    else:
        survey = _from_github(kind, name, begin, today, progress)
    return sum_up(survey.found, target=target, today=today, since=begin, read=survey.read, unreadable=survey.unreadable)


def audit(
    target: str = typer.Argument(
        ..., metavar="OWNER/REPO|ORG|JQL|FOLDER", help="A repository, an owner of repositories, a Jira query, a folder."
    ),
    since: str = typer.Option(
        "", "--since", metavar="1y", help="How far back: 1y, 6m, 90d, a day, or all. Default: 1y; of a folder, all."
    ),
    output: Format = typer.Option(Format.TEXT, "--format", help="How to print."),
    today: str = typer.Option("", "--today", metavar="YYYY-MM-DD", help="The day to judge from; default is today."),
) -> None:
    """Say on one page what the post-mortems promised, what was kept, what is left, and what to do first.

    A folder needs nothing; a tracker needs a read-only token. Nothing is written. Exit code 0: fine; 1: something could
    not be read; 2: wrong usage or no credential; 4: the credential was refused.
    """
    day = _day(today)
    with shown_progress() as progress:
        result = run(target, since=since, today=day, progress=progress)
    if output is Format.JSON:
        print(render_json(result))
    elif output is Format.HTML:
        print(render_html(result), end="")
    else:
        print(render_text(result, colour=sys.stdout.isatty()))
    if result.unreadable:
        for problem in result.unreadable:
            print(f"could not be read: {one_line(problem)}", file=sys.stderr)
        raise typer.Exit(FAILED)


def _day(written: str) -> date:
    if not written:
        return datetime.now(UTC).astimezone().date()
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Stop(f"--today {written}: expected a day such as 2026-11-03", USAGE) from None
