"""What gives reason to speak of one item, and since when?

Each signal is derived from the item as it stands and from nothing else, never counted: an outage or a wiped store
cannot lose one. Whom it reaches, and whether somebody is told, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from worker.domain.chain import clock_of, owner_of
from worker.domain.model import Directory, Dossier, Mode, Person, Status, TrackedItem
from worker.domain.policy import OVERDUE, SIGNALS, Policy, Rung
from worker.domain.workdays import local_day

ASKED, WAIVER, UNPROVEN = "asked", "waiver", "unproven"
OWNER_GONE, UNOWNED, SLIPPED, INCOMPLETE = "owner-gone", "unowned", "slipped", "incomplete"
BLOCKED, STALE, DUE_SOON = "blocked", "stale", "due-soon"
KINDS = (ASKED, WAIVER, OVERDUE, *(kind for kind in SIGNALS if kind not in {ASKED, WAIVER}))
"""All signals. Of several that are owed to different people, the one that stands first is told first."""

ANSWERED_BY_NEWS = frozenset({ASKED, WAIVER, OVERDUE, BLOCKED, STALE})
"""What news of the item answers. The others are about a fact that talking does not change."""
FOR_THE_OWNER = frozenset({ASKED, DUE_SOON, UNPROVEN})
"""What is meant for the owner alone: nobody hears it instead."""
HELD_BY_PLANS = frozenset({OVERDUE, INCOMPLETE, BLOCKED, STALE, DUE_SOON})
ASSIGN_DAYS = 7
SLIPS = 2
AN_OWNER = "an owner"
"""How `TrackedItem.needs` says that nobody owns it: this has a signal of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One reason to speak of an item, since a day in the zone in which its days are counted.

    `rungs` is the ladder that it climbs. Nobody is told before `from_` (a snooze, a plan, the ladder's own start), nor
    for the first time after `until`, since another signal then says as much. `counted_from` is the day from which old
    backlogs count."""

    kind: str
    since: date
    rungs: tuple[Rung, ...]
    from_: date = date.min
    until: date = date.max
    counted_from: date = date.min

    def day_of(self, rung: int) -> date:
        """From which day on this rung may be told."""
        after = timedelta(days=self.rungs[rung].after_days)
        day = self.since + after
        if self.counted_from > self.since:
            day = max(day, self.counted_from + max(after, timedelta()))
        return max(day, self.from_)

    def lapsed(self, rung: int, on: date) -> bool:
        """Whether that day is too late to tell this rung for the first time."""
        until_days = self.rungs[rung].until_days
        ends = self.since + timedelta(days=until_days) if until_days is not None else date.max
        return on > min(ends, self.until)

    @property
    def begins(self) -> date:
        """The first day on which a telling can be about this signal, and not about an earlier one of its kind."""
        return self.since + timedelta(days=min(self.rungs[0].after_days, 1))


def priority_of(item: TrackedItem, dossier: Dossier) -> str:
    """The item's priority, else that of its incident's severity, in upper case; "" where nothing tells."""
    return (item.priority or dossier.severity).strip().upper()


def signals_of(item: TrackedItem, dossier: Dossier, directory: Directory, policy: Policy) -> tuple[Signal, ...]:
    """Return every signal that this item gives, whether or not its day has come, in the order of `KINDS`.

    None where nobody may be told: a mode that is not live (the team's own included), an enrolment that has ended, a
    tracker that does not answer."""
    team = directory.teams.get(item.team)
    if dossier.mode is not Mode.LIVE or dossier.closed or item.out_of_sight:
        return ()
    if team is not None and team.mode is not None and team.mode is not Mode.LIVE:
        return ()
    ladder, priority = policy.ladder, priority_of(item, dossier)
    counted_from = _counted_from(dossier, policy)
    snoozed = item.snoozed_until + timedelta(days=1) if item.snoozed_until is not None else date.min
    planned = item.planned_from or date.min
    out = []
    for kind, since in _facts(item, dossier, directory, policy, priority):
        rungs = ladder.ladder_of(kind).rungs_for(priority)
        if rungs:
            from_ = max(snoozed, counted_from, planned if kind in HELD_BY_PLANS else date.min)
            until = _until(kind, item, policy, priority)
            out.append(Signal(kind=kind, since=since, rungs=rungs, from_=from_, until=until, counted_from=counted_from))
    return tuple(out)


def _counted_from(dossier: Dossier, policy: Policy) -> date:
    ladder = policy.ladder
    grace = dossier.enrolled_on + timedelta(days=ladder.grace_days) if ladder.grace_days else date.min
    return max(ladder.starts_on or date.min, grace)


def _facts(
    item: TrackedItem, dossier: Dossier, directory: Directory, policy: Policy, priority: str
) -> Iterator[tuple[str, date]]:
    """What is to be said of the item, and since which day it is so, in the order of `KINDS`."""
    clock, owner = clock_of(item, directory, policy), owner_of(item, directory)
    if item.status is not Status.OPEN:
        if _unproven(item, dossier, policy, priority) and item.closed_on is not None:
            yield UNPROVEN, item.closed_on
        return
    # What was there before is as good as new on the day on which somebody began to look after it.
    begun = max(item.created_on or dossier.enrolled_on, dossier.enrolled_on)
    moved = [] if item.slipped_on is None else [item.slipped_on]
    at_times = (local_day(clock, at) for at in (item.active_at, item.assigned_at) if at is not None)
    news = max([begun, *moved, *at_times])  # a new date is news, whoever set it
    if item.asked_at is not None and _unanswered(item):
        yield ASKED, local_day(clock, item.asked_at)
    if item.waiver:
        yield WAIVER, local_day(clock, item.active_at) if item.active_at is not None else begun
        return
    if item.due is not None:
        yield OVERDUE, item.due
    yield from _of_the_owner(owner, item, begun, clock, policy, priority)
    if item.slips >= SLIPS and item.slipped_on is not None:
        yield SLIPPED, item.slipped_on
    if owner is not None and any(need != AN_OWNER for need in item.needs):
        yield INCOMPLETE, begun
    yield (BLOCKED if item.blocked_by else STALE), max(news, item.planned_from or news)
    if item.due is not None:
        yield DUE_SOON, item.due


def _of_the_owner(
    owner: Person | None, item: TrackedItem, begun: date, clock: Person, policy: Policy, priority: str
) -> Iterator[tuple[str, date]]:
    if owner is None:
        yield UNOWNED, begun + timedelta(days=policy.assign_days.get(priority, ASSIGN_DAYS))
    elif owner.departed:
        # What was told of an earlier owner says nothing of this one.
        yield OWNER_GONE, max(begun, local_day(clock, item.assigned_at)) if item.assigned_at is not None else begun


def _unanswered(item: TrackedItem) -> bool:
    """Whether somebody asked the owner something, and there was no news since."""
    news, asked = item.active_at, item.asked_at
    return bool(item.question) and item.asked_by != item.owner and (news is None or asked is None or news <= asked)


def _unproven(item: TrackedItem, dossier: Dossier, policy: Policy, priority: str) -> bool:
    """Whether it was closed as done, while enrolled, and nothing shows that it works. A comment may have asked so."""
    if item.status is not Status.DONE or priority not in policy.proof_for:
        return False
    if item.proof or item.evidence or item.proof_asked:
        return False
    return item.closed_on is not None and item.closed_on >= dossier.enrolled_on


def _until(kind: str, item: TrackedItem, policy: Policy, priority: str) -> date:
    """The last day on which a signal says what no other says better: of what is late, lateness speaks alone; of what is
    due soon, that."""
    if item.due is None or not any(r.is_told for r in policy.ladder.ladder_of(OVERDUE).rungs_for(priority)):
        return date.max
    if kind in {UNOWNED, INCOMPLETE}:
        return item.due
    if kind not in {BLOCKED, STALE}:
        return date.max
    soon = policy.ladder.ladder_of(DUE_SOON).rungs_for(priority)
    return item.due + timedelta(days=min((r.after_days for r in soon), default=0))
