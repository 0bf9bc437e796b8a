"""What the organization has decided: the typed form of `policy.yaml`, with every default.

Pure values. `app/settings` reads the YAML, refuses nonsense with its place, and builds these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One step of a ladder: from `after_days` days after a signal began on (before it, where negative), `role` is told:
    owner, lead, director, or `person:<id>`. `until_days` ends that, for a top rung alone. `channels` say how: `mail`,
    or `digest` for no message of its own."""

    after_days: int
    role: str
    until_days: int | None = None
    channels: tuple[str, ...] = ("mail",)

    @property
    def is_told(self) -> bool:
        """Whether this rung is a message, and not just an entry in the digest."""
        return any(channel != "digest" for channel in self.channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalLadder:
    """Whom one signal reaches when. `priorities` replace the rungs for items of that priority, named in upper case."""

    on: bool = True
    rungs: tuple[Rung, ...] = ()
    priorities: Mapping[str, tuple[Rung, ...]] = field(default_factory=dict)

    def rungs_for(self, priority: str) -> tuple[Rung, ...]:
        """What an item of this priority (upper case, "" for none) climbs; nothing where the signal is switched off."""
        return self.priorities.get(priority, self.rungs) if self.on else ()

    @property
    def every_rung(self) -> tuple[Rung, ...]:
        """The rungs of all priorities."""
        return (*self.rungs, *(rung for rungs in self.priorities.values() for rung in rungs)) if self.on else ()


def _told(role: str, after_days: int, until_days: int | None = None) -> Rung:
    return Rung(after_days=after_days, role=role, until_days=until_days)


OVERDUE = "overdue"
SIGNALS: Mapping[str, SignalLadder] = {
    "asked": SignalLadder(rungs=(_told("owner", 0),)),
    "waiver": SignalLadder(rungs=(_told("lead", 0),)),
    "unproven": SignalLadder(rungs=(_told("owner", 1, 30),)),
    "owner-gone": SignalLadder(rungs=(_told("lead", 0),)),
    "unowned": SignalLadder(rungs=(_told("lead", 0),)),
    "slipped": SignalLadder(rungs=(_told("lead", 1, 30),)),
    "incomplete": SignalLadder(rungs=(_told("owner", 7),)),
    "blocked": SignalLadder(rungs=(_told("owner", 28), _told("lead", 42))),
    "stale": SignalLadder(
        rungs=(_told("owner", 35), _told("lead", 56)),
        priorities={
            "P0": (_told("owner", 4), _told("lead", 8)),
            "P1": (_told("owner", 14), _told("lead", 28)),
        },
    ),
    "due-soon": SignalLadder(rungs=(_told("owner", -7, -3),)),
}
"""Each signal besides lateness, with its default ladder: the one that goes before another stands first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Whom lateness and the other signals reach when.

    `rungs` are those of lateness, `signals` the others' (and lateness', where it is switched off or differs by
    priority). `gap_working_days` part two tellings of one ladder, `item_gap_working_days` two pings about one item to
    anybody, whatever they say; a mail of the tracker to an item's new owner is one where `tracker_mail_counts`.

    Nobody is told before `starts_on`, nor about a post-mortem enrolled less than `grace_days` ago; what was late by
    then counts as late from then on. One reader hears of at most `first_nudges_a_day` new matters a day. A director is
    told only of items whose priority is one of `director_for`, or unknown. In `blackouts` (month-day ranges of every
    year) nobody is told, and no working day is counted.
    """

    rungs: tuple[Rung, ...] = (
        Rung(after_days=1, role="owner"),
        Rung(after_days=8, role="lead"),
        Rung(after_days=22, role="director"),
    )
    signals: Mapping[str, SignalLadder] = field(default_factory=dict)
    gap_working_days: int = 2
    item_gap_working_days: int = 5
    quiet_working_days_after_lost_state: int = 5
    director_for: frozenset[str] = frozenset({"P0", "P1"})
    starts_on: date | None = None
    grace_days: int = 0
    first_nudges_a_day: int = 10
    tracker_mail_counts: bool = True
    blackouts: tuple[tuple[str, str], ...] = ()

    @property
    def every_rung(self) -> tuple[Rung, ...]:
        """The rungs of all signals and priorities."""
        return tuple(rung for kind in (OVERDUE, *SIGNALS) for rung in self.ladder_of(kind).every_rung)

    def ladder_of(self, signal: str) -> SignalLadder:
        """The ladder of one signal, as configured or by default. A configured one without rungs keeps the default's."""
        given = self.signals.get(signal)
        if given is not None and (given.rungs or not given.on):
            return given
        default = SignalLadder(rungs=self.rungs) if signal == OVERDUE else SIGNALS[signal]
        if given is None:
            return default
        return replace(given, rungs=default.rungs, priorities={**default.priorities, **given.priorities})


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


SEVERITIES: Mapping[str, str] = {
    "sev0": "P0",
    "sev1": "P0",
    "critical": "P0",
    "sev2": "P1",
    "major": "P1",
    "sev3": "P2",
    "sev4": "P3",
    "minor": "P3",
}
"""How severe an incident was, as people write it, and the priority that goes with it."""

CONFIDENTIAL_LABELS = frozenset({"confidential"})
"""Not `security`: that is what many call a subject, and everything about such an issue would go without its title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All of `policy.yaml`. Labels are compared without case; `slo_days` maps a priority to days, `team_slo_days` a
    team's id to its own such map. `assign_days` says within how many days an item of a priority gets its owner.

    `waive_needs_approval`: letting an item go counts once its lead, or somebody above, agreed. `proof_for` are the
    priorities whose owners are asked once what shows that it works. `close_on_tick`: a tick in the document closes the
    item's issue. `reopen_when_items_open`: a post-mortem that is closed too early is opened again. One item may be
    snoozed `snooze_at_most` times, each time for at most `snooze_most_days`.

    `severities` maps what labels, or the tracker's field, call a severity to a priority. What concerns an issue with
    one of the `confidential_labels` goes without its title and its people, wherever it leaves its own tracker."""

    label: str = "postmortem"
    item_label: str = "postmortem-action"
    settle_minutes: int = 30
    most_new_items: int = 20
    unenrol_after_hours: int = 24
    unenrol_at_most_an_hour: int = 5
    tell_at_most_an_hour: int = 100
    day_first: bool | None = None
    slo_days: Mapping[str, int] = field(default_factory=lambda: {"P0": 7, "P1": 28, "P2": 56, "P3": 90})
    team_slo_days: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    assign_days: Mapping[str, int] = field(default_factory=lambda: {"P0": 1, "P1": 3, "P2": 7, "P3": 14})
    ladder: Ladder = field(default_factory=Ladder)
    review: ReviewPolicy = field(default_factory=ReviewPolicy)
    digest: DigestPolicy = field(default_factory=DigestPolicy)
    smart: SmartPolicy = field(default_factory=SmartPolicy)
    rules: Mapping[str, str] = field(default_factory=dict)
    team_rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    waive_needs_approval: bool = True
    proof_for: frozenset[str] = frozenset({"P0", "P1"})
    close_on_tick: bool = False
    reopen_when_items_open: bool = False
    snooze_most_days: int = 28
    snooze_at_most: int = 3
    severities: Mapping[str, str] = field(default_factory=lambda: SEVERITIES)
    confidential_labels: frozenset[str] = CONFIDENTIAL_LABELS
    default_timezone: str = "UTC"
    default_country: str = ""

    def slo_of(self, team: str) -> Mapping[str, int]:
        """How many days each priority is allowed in this team; "" for no team."""
        own = self.team_slo_days.get(team)
        return {**self.slo_days, **own} if own else self.slo_days
