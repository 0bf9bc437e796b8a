"""How do judged files become the values that the program works with? Shapes in, domain values out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from pathlib import Path

from worker.app.ladder import ladder_of
from worker.app.people.config import Sources
from worker.app.shapes import DefaultsShape, PersonShape, PolicyShape, SourcesShape, TeamShape
from worker.app.values import DAYS
from worker.domain.model import Directory, Mode, Person, Team
from worker.domain.policy import SEVERITIES, DigestPolicy, Policy, ReviewPolicy, SmartPolicy

PEOPLE = "people.yaml"


def mode_of(written: str | None) -> Mode | None:
    return Mode(written) if written else None


def weekday_of(name: str) -> int:
    """ISO: 1 is Monday."""
    return DAYS.index(name) + 1


def hours_of(written: str) -> tuple[time, time]:
    """`09:00-17:00` as two times."""
    start, end = written.split("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def policy_of(shape: PolicyShape, defaults: DefaultsShape) -> Policy:
    """`policy.yaml`, with the zone and the country of those whose own are unknown."""
    return Policy(
        label=shape.label,
        item_label=shape.item_label,
        settle_minutes=shape.settle_minutes,
        most_new_items=shape.most_new_items,
        unenrol_after_hours=shape.unenrol_after_hours,
        unenrol_at_most_an_hour=shape.unenrol_at_most_an_hour,
        tell_at_most_an_hour=shape.tell_at_most_an_hour,
        day_first=shape.day_first,
        slo_days=dict(shape.slo_days),
        team_slo_days={team: dict(days) for team, days in shape.team_slo_days.items()},
        assign_days=dict(shape.assign_days),
        ladder=ladder_of(shape.ladder),
        review=ReviewPolicy(
            first_day=shape.review.first_day,
            last_day=shape.review.last_day,
            weekday=weekday_of(shape.review.weekday),
            hour=shape.review.hour,
            minutes=shape.review.minutes,
            blackouts=tuple((blackout.start, blackout.end) for blackout in shape.review.blackouts),
        ),
        digest=DigestPolicy(
            weekday=weekday_of(shape.digest.weekday),
            hour=shape.digest.hour,
            upcoming_days=shape.digest.upcoming_days,
            decisions=shape.digest.decisions,
        ),
        smart=SmartPolicy(
            slo_passes=shape.smart.slo_passes,
            teams_may_own=shape.smart.teams_may_own,
            ignored=frozenset(shape.smart.ignored),
            most_open_items=shape.smart.most_open_items,
        ),
        rules=dict(shape.rules),
        team_rules={team: dict(levels) for team, levels in shape.team_rules.items()},
        holidays=frozenset(shape.holidays),
        waive_needs_approval=shape.waive_needs_approval,
        proof_for=frozenset(shape.proof_for),
        close_on_tick=shape.close_on_tick,
        reopen_when_items_open=shape.reopen_when_items_open,
        snooze_most_days=shape.snooze_most_days,
        snooze_at_most=shape.snooze_at_most,
        severities={**SEVERITIES, **shape.severities},
        confidential_labels=frozenset(shape.confidential_labels),
        default_timezone=defaults.timezone,
        default_country=defaults.country or "",
    )


def team_of(name: str, shape: TeamShape) -> Team:
    return Team(
        id=name,
        name=shape.name,
        lead=shape.lead or "",
        director=shape.director or "",
        items=shape.items or "",
        timezone=shape.timezone or "",
        repositories=tuple(shape.repositories),
        mode=mode_of(shape.mode),
    )


def person_of(name: str, shape: PersonShape, team: TeamShape | None, defaults: DefaultsShape) -> Person:
    """A person; what their entry leaves open comes from the team (the zone) and from `defaults:`."""
    logins = {site: login for site in ("github", "jira") if (login := getattr(shape, site))}
    # The region belongs to a country: one's own country never goes with everybody's region.
    region = shape.region if shape.region is not None else defaults.region if shape.country is None else ""
    days = defaults.working_days if shape.working_days is None else shape.working_days
    return Person(
        id=name,
        name=shape.name,
        email=shape.email or "",
        logins=dict(sorted({**logins, **shape.logins}.items())),
        aliases=tuple(shape.aliases),
        team=shape.team or "",
        lead=shape.lead or "",
        director=shape.director or "",
        timezone=shape.timezone or (team.timezone if team else None) or defaults.timezone,
        country=shape.country or defaults.country or "",
        region=region,
        working_days=frozenset(weekday_of(day) for day in days),
        hours=hours_of(shape.hours or defaults.hours),
        leave=tuple(sorted((leave.start, leave.end or leave.start) for leave in shape.leave)),
        substitute=shape.substitute or "",
        departed=shape.departed,
        slack=shape.slack or "",
        channel=shape.channel or "",
        leave_ics=shape.leave_ics or "",
        digest=shape.digest,
    )


def directory_of(
    people: Mapping[str, PersonShape],
    teams: Mapping[str, TeamShape],
    defaults: DefaultsShape,
    stewards: Sequence[str] = (),
) -> Directory:
    """`people.yaml`, sorted by id."""
    return Directory(
        people={
            name: person_of(name, shape, teams.get(shape.team or ""), defaults)
            for name, shape in sorted(people.items())
        },
        teams={name: team_of(name, shape) for name, shape in sorted(teams.items())},
        reasons=dict(_reasons(people, teams)),
        stewards=tuple(sorted(set(stewards))),
    )


def _reasons(people: Mapping[str, PersonShape], teams: Mapping[str, TeamShape]) -> Iterator[tuple[str, str]]:
    """What the file itself says of everybody, each with the file as its reason. What it leaves to `defaults:` has none,
    so that another source may say it."""
    for name, person in sorted(people.items()):
        yield f"people.{name}", PEOPLE
        for key in sorted(person.model_fields_set):
            if getattr(person, key) not in (None, "", [], {}):
                yield f"people.{name}.{key}", PEOPLE
        for site in sorted({*person.logins, *(s for s in ("github", "jira") if getattr(person, s))}):
            yield f"people.{name}.logins.{site}", PEOPLE
        team = teams.get(person.team or "")
        if person.timezone is None and team is not None and team.timezone:
            yield f"people.{name}.timezone", f"{PEOPLE}, team {person.team}"
    for name, team in sorted(teams.items()):
        yield f"teams.{name}", PEOPLE
        for key in sorted(team.model_fields_set):
            if getattr(team, key) not in (None, "", []):
                yield f"teams.{name}.{key}", PEOPLE


def sources_of(shape: SourcesShape, folder: Path | None) -> Sources:
    """Where else facts come from, each place written in full."""
    return Sources(
        folder=folder,
        csv=tuple(dict.fromkeys(shape.csv)),
        backstage=tuple(dict.fromkeys(shape.backstage)),
        github=tuple(dict.fromkeys(_on("github", name) for name in shape.github)),
        jira=tuple(dict.fromkeys(_on("jira", name) for name in shape.jira)),
        codeowners=tuple(dict.fromkeys(_on("github", name) for name in shape.codeowners)),
        refresh_minutes=shape.refresh_minutes,
    )


def _on(site: str, written: str) -> str:
    """`acme` as `github:acme`; what names its site already stays."""
    return written if ":" in written else f"{site}:{written}"
