"""`followthrough people`: who is known, why somebody answers for somebody, and what people.yaml should be told.

`show` and `sync` ask every source that people.yaml names, now; nothing is written but people.yaml itself, and that only
with `--write`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from worker.app.convert import PEOPLE
from worker.app.people.edit import CannotEdit, Entries, edited, rendered, write_over
from worker.app.people.gather import Gathered, gather
from worker.app.people.reads import people_reads_of
from worker.app.problems import ConfigError, did_you_mean
from worker.app.settings import Settings, load_settings
from worker.cli.exits import FAILED, PENDING, USAGE, Stop
from worker.domain.explain import Known, above, directory_findings, facts_of, facts_of_team
from worker.domain.facts import plain_name
from worker.domain.model import Directory, Person, Team
from worker.domain.render.words import count
from worker.domain.roster import Proposal, entry_of, propose

MOST_LEAVERS = 5
"""So many people may be written down as departed at once; more look like a mistake in a table."""

app = typer.Typer(
    help="Who is known, who answers for whom and why, and what people.yaml should be told.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Config = Annotated[Path | None, typer.Option(help="The folder with people.yaml.")]
Form = Annotated[str, typer.Option("--format", help="text or json.")]


@app.command()
def show(
    who: Annotated[str, typer.Argument(help="A person, a team, or a place such as github:acme/pay; none: all.")] = "",
    config: Config = None,
    form: Form = "text",
) -> None:
    """Show who is known. Of one person or team: every fact with its source, and who hears after them and why."""
    _check_form(form)
    settings = _settings(config)
    found = _gathered(settings)
    directory = found.overlay.directory
    if who:
        people, teams = _meant(directory, who)
        if form == "json":
            told = [*(_as_json(p, directory) for p in people), *(_team_as_json(t, directory) for t in teams)]
            typer.echo(json.dumps(told, indent=1, ensure_ascii=False))
        else:
            parts = [*(_about(p, directory) for p in people), *(_about_team(t, directory) for t in teams)]
            typer.echo("\n\n".join("\n".join(part) for part in parts))
    elif form == "json":
        everybody = [_as_json(person, directory) for person in directory.people.values()]
        every_team = [_team_as_json(team, directory) for team in directory.teams.values()]
        whole = {"people": everybody, "teams": every_team, "findings": _findings(found), "sources": _sources(found)}
        typer.echo(json.dumps(whole, indent=1, ensure_ascii=False))
    else:
        typer.echo("\n".join(_everybody(found)))
    _end_with_troubles(found)


@app.command()
def sync(
    config: Config = None,
    form: Annotated[
        str, typer.Option("--format", help="text, json, or yaml: what to paste into people.yaml.")
    ] = "text",
    write: Annotated[bool, typer.Option("--write", help="Write joiners, logins and leavers into people.yaml.")] = False,
    many: Annotated[bool, typer.Option("--many", help=f"Also where more than {MOST_LEAVERS} have left.")] = False,
    detailed_exitcode: Annotated[bool, typer.Option(help="Exit 3 when people.yaml should change.")] = False,
) -> None:
    """Compare people.yaml with its sources, and propose who has joined, who has left, and who may be whom."""
    _check_form(form, "yaml")
    settings = _settings(config)
    if not settings.sources.any:
        raise Stop("people.yaml names no source. Add one under `sources:`, such as `csv: [people.csv]`.", USAGE)
    found = _gathered(settings, names=True)
    proposal = propose(settings.directory, [a.facts for a in found.answers if a.facts is not None])
    if form == "json":
        typer.echo(json.dumps(_proposal_as_json(proposal), indent=1, ensure_ascii=False, default=str))
    elif form == "yaml":
        typer.echo(_to_paste(*_entries(proposal)), nl=False)
    else:
        typer.echo("\n".join(_proposed(proposal)))
    if write and proposal.changes:
        _write(settings, proposal, many=many)
    _end_with_troubles(found)
    if proposal.changes and detailed_exitcode and not write:
        raise Stop("", PENDING)


def _settings(config: Path | None) -> Settings:
    try:
        return load_settings(config, os.environ)
    except ConfigError as err:
        raise Stop(str(err), USAGE) from None


def _gathered(settings: Settings, *, names: bool = False) -> Gathered:
    """What all sources say now. Sources on a site without a credential say so as their trouble."""
    return gather(settings, people_reads_of(settings), datetime.now(UTC), names=names, leave=not names)


def _check_form(form: str, *more: str) -> None:
    forms = ("text", "json", *more)
    if form not in forms:
        raise Stop(f"--format {form} is unknown; use {', '.join(forms[:-1])} or {forms[-1]}", USAGE)


def _end_with_troubles(found: Gathered) -> None:
    """Say which sources did not answer, and fail for it: what was shown or proposed lacks what they know."""
    for trouble in found.troubles:
        typer.echo(trouble, err=True)
    if found.troubles:
        raise Stop("", FAILED)


# Showing


def _meant(directory: Directory, written: str) -> tuple[list[Person], list[Team]]:
    """Everybody whom these words may mean, and every team. Ends the command where that is nobody."""
    sites = sorted({site for person in directory.people.values() for site in person.logins})
    found = {p.id: p for site in (*sites, "") for p in directory.by_name(site, written)}
    if not found:
        wanted = plain_name(written)
        found = {p.id: p for p in directory.people.values() if wanted in {plain_name(n) for n in (p.name, *p.aliases)}}
    teams = [team for team in directory.teams.values() if _is_team(team, written)]
    if not found and not teams:
        known = {word for p in directory.people.values() for word in (p.id, p.name, p.email) if word}
        known |= {word for t in directory.teams.values() for word in (t.id, t.name) if word}
        raise Stop(f"Nobody is known as {written!r}{did_you_mean(written, known)}", FAILED)
    return [found[name] for name in sorted(found)], teams


def _is_team(team: Team, written: str) -> bool:
    """Whether these words are a team's id or name, or a place that it answers for."""
    places = {place.casefold() for place in team.repositories}
    places |= {place.partition(":")[2] for place in places}
    return plain_name(written) in {plain_name(team.id), plain_name(team.name)} or written.casefold() in places


def _about(person: Person, directory: Directory) -> Iterator[str]:
    name = f"{person.shown} ({person.id})" if person.name else person.id
    source = directory.reasons.get(f"people.{person.id}", "")
    yield f"{name}  [{source}]" if source else name
    yield from _listed(facts_of(person, directory))
    links = above(person, directory)
    yield f"Who hears after {person.shown}:" if links else f"Nobody hears after {person.shown}."
    for number, link in enumerate(links, start=1):
        gap = f"; passed over: {link.gap}" if link.gap else ""
        yield f"  {number}. {link.shown} {link.why}  [{link.source}]{gap}"


def _about_team(team: Team, directory: Directory) -> Iterator[str]:
    name = f"{team.name} (team {team.id})" if team.name else f"team {team.id}"
    source = directory.reasons.get(f"teams.{team.id}", "")
    yield f"{name}  [{source}]" if source else name
    yield from _listed(facts_of_team(team, directory))


def _listed(facts: Sequence[Known]) -> Iterator[str]:
    wide = max((len(fact.what) for fact in facts), default=0)
    broad = max((len(fact.value) for fact in facts), default=0)
    for fact in facts:
        yield f"  {fact.what:<{wide}}  {fact.value:<{broad}}  [{fact.source}]"


def _everybody(found: Gathered) -> Iterator[str]:
    directory = found.overlay.directory
    rows = [(p.id, p.shown, p.team, _first_above(p, directory), _state(p)) for p in directory.people.values()]
    heads = ("id", "name", "team", "hears next", "")
    wide = [max(len(str(row[at])) for row in (heads, *rows)) for at in range(len(heads))]
    for row in (heads, *rows):
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, wide, strict=True)).rstrip()
    findings = _findings(found)
    if findings:
        yield ""
        yield f"{count(len(findings), 'gap')}:"
        yield from (f"  {finding}" for finding in findings)


def _first_above(person: Person, directory: Directory) -> str:
    return next((link.shown for link in above(person, directory) if not link.gap), "")


def _state(person: Person) -> str:
    return "departed" if person.departed else "" if person.email else "no mail"


def _findings(found: Gathered) -> tuple[str, ...]:
    overlay = found.overlay
    notes = {f"{a.facts.source}: {note}" for a in found.answers if a.facts is not None for note in a.facts.notes}
    return (*directory_findings(overlay.directory), *map(str, overlay.doubts), *sorted(notes))


def _sources(found: Gathered) -> list[dict[str, Any]]:
    return [{"source": answer.shown, "trouble": answer.trouble} for answer in found.answers]


def _as_json(person: Person, directory: Directory) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "source": directory.reasons.get(f"people.{person.id}", ""),
        "facts": [asdict(fact) for fact in facts_of(person, directory)],
        "above": [asdict(link) for link in above(person, directory)],
    }


def _team_as_json(team: Team, directory: Directory) -> dict[str, Any]:
    return {
        "team": team.id,
        "name": team.name,
        "source": directory.reasons.get(f"teams.{team.id}", ""),
        "facts": [asdict(fact) for fact in facts_of_team(team, directory)],
    }


# Proposing


def _proposed(proposal: Proposal) -> Iterator[str]:
    sure = [leaver for leaver in proposal.leavers if leaver.sure]
    doubtful = len(proposal.leavers) - len(sure) + len(proposal.doubts)
    if not (proposal.changes or doubtful):
        yield "people.yaml and its sources agree."
    else:
        yield (
            f"{count(len(proposal.joiners), 'joiner')}, {count(len(sure), 'leaver')}, "
            f"{count(len(proposal.additions), 'addition')}, {doubtful} doubtful"
        )
    for joiner in proposal.joiners:
        keys = entry_of(joiner.person)
        told = ", ".join(f"{key}: {value}" for key, value in keys.items() if not isinstance(value, dict))
        yield f"+ {joiner.person.id}  {told}  [{joiner.source}]"
    for addition in proposal.additions:
        yield f"~ {addition.person}  {addition.key}: {addition.value}  [{addition.source}]"
    for leaver in sure:
        yield f"- {leaver.person}  {leaver.shown} has left  [{leaver.why}]"
    for leaver in proposal.leavers:
        if not leaver.sure:
            yield f"? {leaver.person}  {leaver.shown} may have left: {leaver.why}; if so, set `departed: true`"
    for doubt in proposal.doubts:
        yield f"? {doubt.about} {doubt.what}  [{doubt.source}]"
    for note in proposal.notes:
        yield f"! {note}"


def _proposal_as_json(proposal: Proposal) -> dict[str, Any]:
    return {
        "joiners": [{"id": j.person.id, **entry_of(j.person), "source": j.source} for j in proposal.joiners],
        "additions": [asdict(addition) for addition in proposal.additions],
        "leavers": [asdict(leaver) for leaver in proposal.leavers],
        "doubtful": [asdict(doubt) for doubt in proposal.doubts],
        "notes": list(proposal.notes),
    }


# Writing


def _write(settings: Settings, proposal: Proposal, *, many: bool) -> None:
    """Write what is sure into people.yaml, or print what to paste where that can't be done safely."""
    folder = settings.sources.folder
    if folder is None:
        raise Stop("There is no configuration folder to write to; name one with --config.", USAGE)
    gone = [leaver.person for leaver in proposal.leavers if leaver.sure]
    if len(gone) > MOST_LEAVERS and not many:
        raise Stop(
            f"{len(gone)} people would be written down as departed ({', '.join(gone)}), more than {MOST_LEAVERS}: if "
            "that is right, say --many. Nothing was written.",
            FAILED,
        )
    joiners, changes = _entries(proposal)
    path = folder / PEOPLE
    try:
        before = path.read_bytes().decode("utf-8") if path.exists() else ""
        after = edited(before, joiners, changes)
        _judge(folder, after)
        write_over(path, after)
    except (CannotEdit, ConfigError, UnicodeDecodeError, OSError) as err:
        typer.echo(f"{path} was not changed: {err}. Below is what to write there.", err=True)
        typer.echo(_to_paste(joiners, changes), nl=False)
        raise Stop("", FAILED) from None
    typer.echo(f"{path}: {count(len(joiners), 'person', 'people')} added, {len(changes)} changed.", err=True)


def _to_paste(joiners: Entries, changes: Entries) -> str:
    """Lines of YAML; of those whom people.yaml knows, the keys to set."""
    found = {**changes, **joiners}
    return "people:\n" + rendered(found) if found else ""


def _entries(proposal: Proposal) -> tuple[Entries, Entries]:
    """Who is added with which keys, and which keys are set on whom."""
    joiners = {joiner.person.id: entry_of(joiner.person) for joiner in proposal.joiners}
    changes: dict[str, dict[str, Any]] = {}
    for addition in proposal.additions:
        key, _, site = addition.key.partition(".")
        keys = changes.setdefault(addition.person, {})
        if site:
            keys[key] = {**keys.get(key, {}), site: addition.value}
        else:
            keys[key] = addition.value
    for leaver in proposal.leavers:
        if leaver.sure:
            changes.setdefault(leaver.person, {})["departed"] = True
    return joiners, changes


def _judge(folder: Path, text: str) -> None:
    """Have the new text judged with the other files beside it, as the service will. Raises ConfigError."""
    with tempfile.TemporaryDirectory() as name:
        trial = Path(name)
        for other in folder.glob("*.yaml"):
            if other.name != PEOPLE:
                shutil.copy(other, trial / other.name)
        (trial / PEOPLE).write_text(text, encoding="utf-8", newline="")
        try:
            load_settings(trial, os.environ)
        except ConfigError as err:
            raise ConfigError([replace(p, file=Path(p.file).name) for p in err.problems]) from None
