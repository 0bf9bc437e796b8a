"""`followthrough check`: what do these post-mortems promise, and what does each promise still need?

Reads files only: no network, no Redis, no tracker. One file that cannot be read never stops the others.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import typer

from worker.cli.exits import FAILED, OK, USAGE, Stop
from worker.cli.reports import Checked, render
from worker.domain.blameless import lint
from worker.domain.dates import read_days
from worker.domain.document import parse_document
from worker.domain.document.cut import normalize, within_reach
from worker.domain.document.dialects import is_wiki
from worker.domain.markup import adf_to_markdown, read_json, wiki_to_markdown
from worker.domain.model import Finding
from worker.domain.policy import Policy
from worker.domain.rules import levelled, smart_for
from worker.domain.smart import balance, judge

STDIN = "-"


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class FailOn(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


class Markup(StrEnum):
    MARKDOWN = "markdown"
    JIRA = "jira"
    ADF = "adf"


def read_file(name: str) -> tuple[str, str]:
    """The text of a file (or of standard input for `-`), and what is wrong with it: one of the two is empty."""
    try:
        raw = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except IsADirectoryError:
        return "", f"{name} is a directory; name the files in it, for example {name.rstrip('/')}/*.md"
    except FileNotFoundError:
        return "", f"{name} does not exist"
    except PermissionError:
        return "", f"{name} may not be read: permission denied"
    except (OSError, ValueError) as error:
        return "", f"{name} cannot be read: {error.__class__.__name__}"
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return "", f"{name}:{line}: is not UTF-8 text (byte 0x{raw[error.start]:02x}); convert it, then check again"


def markup_of(name: str) -> Markup:
    """What a file's name says it is written in: `.wiki` or `.jira`, `.adf.json` or `.adf`, else Markdown."""
    lowered = name.casefold()
    if lowered.endswith((".adf.json", ".adf")):
        return Markup.ADF
    return Markup.JIRA if lowered.endswith((".wiki", ".jira")) else Markup.MARKDOWN


def as_markdown(text: str, markup: Markup) -> tuple[str, str]:
    """The text as Markdown, and what is wrong with it: one of the two is empty where the text is no such markup."""
    match markup:
        case Markup.MARKDOWN:
            return text, ""
        case Markup.JIRA:
            return wiki_to_markdown(within_reach(normalize(text))), ""
        case Markup.ADF:
            try:
                return adf_to_markdown(read_json(text)), ""
            except ValueError as error:
                return "", str(error)


def check_text(name: str, body: str, *, today: date, policy: Policy, team: str = "") -> Checked:
    """Read and judge one body. Pure but for nothing: the same text, day and policy give the same result."""
    named = read_days(Path(name).stem.replace("_", "-"), reference=None, day_first=None) if name != STDIN else ()
    document = parse_document(body, today=today, day_first=policy.day_first, created=named[0] if named else None)
    smart = smart_for(policy, team)
    verdicts = tuple(
        judge(item, document, policy=smart, slo_days=policy.slo_days, today=today) for item in document.items
    )
    advice = [Finding(rule="actions/mix", level="note", remedy=said) for said in balance(document.items).advice]
    findings = sorted(
        levelled((*document.findings, *lint(body, document), *advice), policy, team),
        key=lambda finding: (finding.line, finding.rule, finding.excerpt),
    )
    return Checked(file=name, document=document, verdicts=verdicts, findings=tuple(findings))


def check_file(name: str, *, today: date, policy: Policy, team: str = "", markup: Markup | None = None) -> Checked:
    """Read and judge one file; what is wrong with the file itself is a finding of level error. Without a markup, the
    file's name tells it; MediaWiki's text, which may be called `.wiki` too, is read as it is."""
    body, problem = read_file(name)
    if not problem:
        told = markup or markup_of(name)
        if markup is None and told is Markup.JIRA and is_wiki(body):
            told = Markup.MARKDOWN
        body, wrong = as_markdown(body, told)
        problem = f"{name} {wrong}" if wrong else ""
    if problem:
        found = Finding(rule="file/unreadable", level="error", remedy=problem)
        return Checked(file=name, document=None, verdicts=(), findings=(found,))
    return check_text(name, body, today=today, policy=policy, team=team)


def with_loads(results: list[Checked], policy: Policy, team: str = "") -> list[Checked]:
    """The results, and a note at the first item of each owner who carries more open items in these files than policy
    allows. Off unless `smart.most_open_items` is set."""
    most = policy.smart.most_open_items
    if not most:
        return results
    owners = [{o.casefold() for o in item.owners} for result in results for item in result.items if not item.done]
    counts = Counter(owner for named in owners for owner in named)
    told: set[str] = set()
    out = []
    for result in results:
        notes = []
        for item in result.items:
            for owner in () if item.done else item.owners:
                carried = counts[owner.casefold()]
                if carried > most and owner.casefold() not in told:
                    told.add(owner.casefold())
                    remedy = f"{owner} carries {carried} open items and policy allows {most}: move or let go of some."
                    notes.append(
                        Finding(rule="item/owner-load", level="note", line=item.line, remedy=remedy, private=True)
                    )
        out.append(replace(result, findings=(*result.findings, *levelled(notes, policy, team))))
    return out


def _day(written: str) -> date:
    if not written:
        return datetime.now(UTC).astimezone().date()
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Stop(f"--today {written}: expected a day such as 2026-11-03", USAGE) from None


def _policy(folder: str) -> Policy:
    """The policy of a configuration folder, or the defaults where none is named."""
    if not folder:
        return Policy()
    # Imported late: without --config, `check` needs no settings library.
    from worker.app.problems import ConfigError
    from worker.app.settings import load_policy

    try:
        return load_policy(Path(folder))
    except ConfigError as error:
        raise Stop(str(error), USAGE) from None


def exit_code(results: list[Checked], fail_on: FailOn) -> int:
    """1 where a finding is at least as bad as asked for, or a file could not be read (unless `never`)."""
    bad = {FailOn.ERROR: {"error"}, FailOn.WARNING: {"error", "warning"}, FailOn.NEVER: set[str]()}[fail_on]
    needing = fail_on is FailOn.WARNING and any(result.needing for result in results)
    return FAILED if needing or any(finding.level in bad for result in results for finding in result.findings) else OK


def check(
    files: list[str] = typer.Argument(..., metavar="FILE...", help="Post-mortems; `-` reads standard input."),
    output: Format = typer.Option(Format.TEXT, "--format", help="How to print."),
    markup: Markup | None = typer.Option(
        None,
        "--markup",
        help="What the files are written in: `jira` is its wiki text, `adf` Atlassian's document JSON (lines count its "
        "text as Markdown). Default: what the name says (.wiki, .jira, .adf.json), else markdown.",
    ),
    today: str = typer.Option("", "--today", metavar="YYYY-MM-DD", help="The day to judge from; default is today."),
    fail_on: FailOn = typer.Option(FailOn.ERROR, "--fail-on", help="Exit with 1 from this level on."),
    config: str = typer.Option(
        "", "--config", metavar="DIR", help="Folder with policy.yaml; default is the built-in policy."
    ),
    team: str = typer.Option("", "--team", metavar="T", help="Judge as `team_rules` of policy.yaml say for this team."),
) -> None:
    """Read post-mortems from files and say what each action item still needs.

    Needs no network and no Redis. Exit code 0: fine; 1: findings; 2: wrong usage.
    """
    if files.count(STDIN) > 1:
        raise Stop("standard input (-) can be read once only", USAGE)
    day, policy = _day(today), _policy(config)
    results = with_loads(
        [check_file(name, today=day, policy=policy, team=team, markup=markup) for name in files], policy, team
    )
    for result in results:
        if result.document is None:
            print(f"error: {result.findings[0].remedy}", file=sys.stderr)
    colour = sys.stdout.isatty()
    print(render(results, output.value, colour=colour))
    raise typer.Exit(exit_code(results, fail_on))
