"""How do judged files become the values that the program works with? Shapes in, domain values out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

from worker.app.shapes import DefaultsShape, PersonShape, PolicyShape, TeamShape
from worker.app.values import DAYS
from worker.domain.model import Directory, Mode, Person, Team
from worker.domain.policy import DigestPolicy, Ladder, Policy, ReviewPolicy, Rung, SmartPolicy


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
        ladder=Ladder(
            rungs=tuple(Rung(after_days=rung.after_days, role=rung.role) for rung in shape.ladder.rungs),
            gap_working_days=shape.ladder.gap_working_days,
            item_gap_working_days=shape.ladder.item_gap_working_days,
            quiet_working_days_after_lost_state=shape.ladder.quiet_working_days_after_lost_state,
        ),
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
    )


def directory_of(
    people: Mapping[str, PersonShape], teams: Mapping[str, TeamShape], defaults: DefaultsShape
) -> Directory:
    """`people.yaml`, sorted by id."""
    return Directory(
        people={
            name: person_of(name, shape, teams.get(shape.team or ""), defaults)
            for name, shape in sorted(people.items())
        },
        teams={name: team_of(name, shape) for name, shape in sorted(teams.items())},
    )
