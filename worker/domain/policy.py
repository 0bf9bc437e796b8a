"""What the organization has decided: the typed form of `policy.yaml`, with every default.

Pure values. `app/settings` reads the YAML, refuses nonsense with its place, and builds these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of the ladder: from `after_days` days late on, `role` (owner, lead or director) is told."""

    after_days: int
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Whom lateness reaches when. `gap_working_days` part two tellings, `item_gap_working_days` two pings
    about one item to anybody."""

    rungs: tuple[Rung, ...] = (
        Rung(after_days=1, role="owner"),
        Rung(after_days=8, role="lead"),
        Rung(after_days=22, role="director"),
    )
    gap_working_days: int = 2
    item_gap_working_days: int = 5
    quiet_working_days_after_lost_state: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPolicy:
    """When the follow-up review is: the first fitting slot from `first_day` to `last_day` after the post-mortem."""

    first_day: int = 28
    last_day: int = 42
    weekday: int = 2
    hour: int = 10
    minutes: int = 30
    blackouts: tuple[tuple[str, str], ...] = (("12-20", "01-03"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPolicy:
    """When a lead's weekly digest is owed, in the lead's own zone. `weekday` is ISO (1 is Monday)."""

    weekday: int = 1
    hour: int = 8
    upcoming_days: int = 14
    decisions: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartPolicy:
    """What counts. `slo_passes` lets a due date proposed from the priority's SLO pass without anybody's acceptance.
    `most_open_items` is how many open items one owner may carry before it is told; 0 tells never."""

    slo_passes: bool = False
    teams_may_own: bool = True
    ignored: frozenset[str] = frozenset()
    most_open_items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All of `policy.yaml`. Labels are compared without case; `slo_days` maps a priority to days."""

    label: str = "postmortem"
    item_label: str = "postmortem-action"
    settle_minutes: int = 30
    most_new_items: int = 20
    unenrol_after_hours: int = 24
    unenrol_at_most_an_hour: int = 5
    tell_at_most_an_hour: int = 100
    day_first: bool | None = None
    slo_days: Mapping[str, int] = field(default_factory=lambda: {"P0": 7, "P1": 28, "P2": 56, "P3": 90})
    ladder: Ladder = field(default_factory=Ladder)
    review: ReviewPolicy = field(default_factory=ReviewPolicy)
    digest: DigestPolicy = field(default_factory=DigestPolicy)
    smart: SmartPolicy = field(default_factory=SmartPolicy)
    rules: Mapping[str, str] = field(default_factory=dict)
    team_rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    default_timezone: str = "UTC"
    default_country: str = ""
