"""When is the follow-up review of a post-mortem, who comes, and why then?

The first fitting slot four to six weeks after the post-mortem, kept as long as it still fits. Where none fits, wishes
are given up one by one, and the review says which. Deterministic: the same inputs give the same slot. Sends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum

from worker.domain.chain import leads_of, owner_of, readers
from worker.domain.model import Directory, Dossier, Person, Review, Status, TrackedItem
from worker.domain.policy import Policy, ReviewPolicy
from worker.domain.render.words import count, day, listing
from worker.domain.state import State
from worker.domain.workdays import add_working_days, is_working_day, local_day, moment, zone_of

LONGER_DAYS = 7
"""How much later than the window a review may be before somebody is asked."""
NOTICE_WORKING_DAYS = 5
LATE_WINDOW_DAYS = 14
GRID_MINUTES = 30
EARLIER, LATER = timedelta(hours=1), timedelta(hours=2)
"""How far working hours are stretched where no slot lies inside them."""
ORIGIN = datetime(2020, 1, 1, tzinfo=UTC)
"""Sequences count minutes from here: they grow at each change, and go on growing when everything else was lost."""


class Level(IntEnum):
    """How much was given up, least first."""

    NOTHING = 0
    OPTIONAL = 1
    HOURS = 2
    LONGER = 3
    LONGER_HOURS = 4
    LATE = 5
    SOMEBODY = 6


CONCESSIONS = {
    Level.NOTHING: "",
    Level.OPTIONAL: "It does not suit everybody who is invited as optional.",
    Level.HOURS: "No slot lay inside everybody's working hours, so it is up to an hour before or two hours after them.",
    Level.LONGER: "No slot was left inside the window, so it is up to a week later.",
    Level.LONGER_HOURS: "No slot was left inside the window or everybody's working hours: it is up to a week later, "
    "and up to an hour before or two hours after them.",
    Level.LATE: "The window had passed already: it is the first slot with five working days' notice.",
    Level.SOMEBODY: "No slot suits everybody; this one suits the most.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who takes part. `chair` is the one in whose zone the policy's hour and the window's days are read."""

    chair: Person
    required: tuple[Person, ...]
    optional: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    start: datetime
    level: Level
    missing: tuple[Person, ...] = ()


def plan_review(
    dossier: Dossier, state: State, author: Person | None, directory: Directory, policy: Policy, now: datetime
) -> Review | None:
    """Return the review as it should be now: a new one, the present one unchanged, moved or cancelled, or None.

    Booked once an item is open and somebody with a mail address can come. A change makes the sequence grow. A booking
    that follows a cancelled one (all was closed, or the label was gone) is another review and has another UID.
    """
    current = state.review
    if current is not None and not current.cancelled and current.start <= now:
        return current
    if state.left:
        return _cancelled(current, now)
    if state.leaving_since is not None:
        return current
    if not any(i.status is Status.OPEN for i in dossier.items):
        return _cancelled(current, now)
    party = party_of(dossier, author, directory, policy, now, current)
    if party is None:
        return _cancelled(current, now)
    held_on = dossier.incident_date or dossier.enrolled_on
    attendees = tuple(p.id for p in party.required)
    optional = tuple(p.id for p in party.optional)
    if current is not None and not current.cancelled and _still_fits(current, party, held_on, policy):
        if (current.attendees, current.optional) == (attendees, optional):
            return current
        return replace(current, attendees=attendees, optional=optional, sequence=_grown(current, now))
    slot = find_slot(party, held_on, policy, now)
    wanted = Review(
        uid=_uid(state, current),
        start=slot.start,
        minutes=policy.review.minutes,
        sequence=_grown(current, now),
        attendees=attendees,
        optional=optional,
        concession=_concession(slot),
        because=_because(slot, party, held_on, policy),
    )
    if current is not None and replace(wanted, sequence=current.sequence) == current:
        return current
    return wanted


def party_of(
    dossier: Dossier, author: Person | None, directory: Directory, policy: Policy, now: datetime, current: Review | None
) -> Party | None:
    """Who is to come: the owners of open items, the author and the lead; the director as optional once an item stands
    at the top rung. Whoever was invited stays while any item is theirs. None where nobody has a mail address."""
    open_items = [i for i in dossier.items if i.status is Status.OPEN]
    owners = [owner_of(i, directory) for i in open_items]
    before = set(current.attendees) if current is not None and not current.cancelled else set()
    stay = [o for i in dossier.items if (o := owner_of(i, directory)) is not None and o.id in before]
    leads = [p for i in open_items if (p := _lead(i, directory)) is not None]
    writer = directory.people.get(author.id) if author is not None else None
    lead = _writers_lead(writer, directory) or (leads[0] if leads else None)
    people = {p.id: p for p in (*owners, *stay, writer, lead) if p is not None and p.known and not p.departed}
    required = tuple(people[i] for i in sorted(people))
    if not any(p.email for p in required):
        return None
    chair = lead if lead is not None and lead.id in people else required[0]
    top = policy.ladder.rungs[-1] if policy.ladder.rungs else None
    above: dict[str, Person] = {}
    for item in open_items:
        today = local_day(chair, now)
        if top is not None and item.due is not None and (today - item.due).days >= top.after_days:
            found = next((p for p, r in readers(item, "director", directory) if r == "director"), None)
            if found is not None and found.id not in people:
                above[found.id] = found
    return Party(chair=chair, required=required, optional=tuple(above[i] for i in sorted(above)))


def find_slot(party: Party, held_on: date, policy: Policy, now: datetime) -> Slot:
    """The best slot at the lowest level of concession that has any: on the policy's weekday rather than another, near
    its hour rather than far, early rather than late."""
    rules = policy.review
    today = local_day(party.chair, now)
    notice = add_working_days(party.chair, today, NOTICE_WORKING_DAYS, policy)
    if notice > today + timedelta(days=3 * NOTICE_WORKING_DAYS):
        notice = today + timedelta(days=7)  # the chair is away: their return must not hold the others up
    first = max(held_on + timedelta(days=rules.first_day), notice)
    last = held_on + timedelta(days=rules.last_day)
    longer = last + timedelta(days=LONGER_DAYS)
    for level in (Level.NOTHING, Level.OPTIONAL, Level.HOURS, Level.LONGER, Level.LONGER_HOURS):
        until = longer if level in (Level.LONGER, Level.LONGER_HOURS) else last
        found = _best(_slots(party, first, until), party, level, policy, from_=first)
        if found is not None:
            return found
    late = _slots(party, notice, notice + timedelta(days=LATE_WINDOW_DAYS))
    if first > last:
        found = _best(late, party, Level.LATE, policy, from_=notice)
        if found is not None:
            return found
    return _most(party, first if first <= longer else notice, policy)


def _slots(party: Party, first: date, last: date) -> list[datetime]:
    """Every start on the grid from one day to another, in the chair's zone, without local times that do not exist."""
    zone, out = zone_of(party.chair), []
    for ahead in range((last - first).days + 1):
        on = first + timedelta(days=ahead)
        for minute in range(0, 24 * 60, GRID_MINUTES):
            at = time(minute // 60, minute % 60)
            start = moment(party.chair, on, at)
            if start.astimezone(zone).time() == at:
                out.append(start)
    return out


def _best(starts: Sequence[datetime], party: Party, level: Level, policy: Policy, *, from_: date) -> Slot | None:
    fitting = (s for s in starts if _fits(s, party, level, policy))
    start = min(fitting, key=lambda s: _rank(s, party, policy, from_), default=None)
    return Slot(start=start, level=level) if start is not None else None


def _rank(start: datetime, party: Party, policy: Policy, from_: date) -> tuple[int, bool, int, datetime]:
    """Lower is better. What comes late in no window (LATE, LONGER) is weighed week by week."""
    local = start.astimezone(zone_of(party.chair))
    weeks = (local.date() - from_).days // LATE_WINDOW_DAYS
    off_hour = abs(local.hour * 60 + local.minute - policy.review.hour * 60)
    return weeks, local.isoweekday() != policy.review.weekday, off_hour, start


def _fits(start: datetime, party: Party, level: Level, policy: Policy) -> bool:
    """Whether everybody who matters at this level can come, on a day that is no soft blackout."""
    wide = level in (Level.HOURS, Level.LONGER_HOURS)
    people = party.required if level is not Level.NOTHING else (*party.required, *party.optional)
    # Most starts lie outside somebody's hours, which is quickly seen.
    if not all(can_come(p, start, policy, wide=wide) for p in people):
        return False
    return not blacked_out(start.astimezone(zone_of(party.chair)).date(), policy.review)


def can_come(person: Person, start: datetime, policy: Policy, *, wide: bool = False) -> bool:
    """Whether the whole meeting lies inside one working day of this person, and inside (or near) their hours."""
    zone = zone_of(person)
    local = start.astimezone(zone)
    opens, closes = person.hours
    first, last = _minutes(opens), _minutes(closes) if opens < closes else 24 * 60
    if wide:
        first, last = first - int(EARLIER.seconds / 60), last + int(LATER.seconds / 60)
    if _minutes(local.time()) < first:
        return False
    end = (start + timedelta(minutes=policy.review.minutes)).astimezone(zone)
    if end.date() != local.date() or _minutes(end.time()) > last:
        return False
    return is_working_day(person, local.date(), policy)


def blacked_out(on: date, rules: ReviewPolicy) -> bool:
    """Whether the day lies in a soft blackout; one that ends before it starts runs over New Year."""
    at = f"{on:%m-%d}"
    return any(a <= at <= b if a <= b else at >= a or at <= b for a, b in rules.blackouts)


def _most(party: Party, first: date, policy: Policy) -> Slot:
    """The slot that suits the most, where none suits everybody: the chair before others, no blackout before one."""

    def key(start: datetime) -> tuple[int, bool, bool, tuple[int, bool, int, datetime]]:
        missing = sum(not can_come(p, start, policy) for p in party.required)
        out = blacked_out(start.astimezone(zone_of(party.chair)).date(), policy.review)
        return missing, not can_come(party.chair, start, policy), out, _rank(start, party, policy, first)

    start = min(_slots(party, first, first + timedelta(days=LATE_WINDOW_DAYS + LONGER_DAYS)), key=key)
    missing = tuple(p for p in party.required if not can_come(p, start, policy))
    return Slot(start=start, level=Level.SOMEBODY, missing=missing)


def _still_fits(current: Review, party: Party, held_on: date, policy: Policy) -> bool:
    """Whether the booked slot is still one that could be booked on the terms on which it was."""
    if current.minutes != policy.review.minutes:
        return False
    level = next((n for n, text in CONCESSIONS.items() if text and current.concession.startswith(text)), Level.NOTHING)
    on = local_day(party.chair, current.start)
    days = (on - held_on).days
    most = policy.review.last_day + (LONGER_DAYS if level >= Level.LONGER else 0)
    if days < policy.review.first_day or (days > most and level not in (Level.LATE, Level.SOMEBODY)):
        return False
    if level is Level.SOMEBODY:
        missing = tuple(p for p in party.required if not can_come(p, current.start, policy))
        return _concession(Slot(start=current.start, level=level, missing=missing)) == current.concession
    # An optional person who can't come moves nobody's meeting.
    return _fits(current.start, party, max(level, Level.OPTIONAL), policy)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _concession(slot: Slot) -> str:
    text = CONCESSIONS[slot.level]
    if slot.level is not Level.SOMEBODY:
        return text
    if not slot.missing:
        return f"{text} All others lie on days that policy keeps free."
    return f"{text} Outside the working time of {listing([p.shown for p in slot.missing])}."


def _because(slot: Slot, party: Party, held_on: date, policy: Policy) -> str:
    """Why this slot won, in one sentence for the sticky comment and the invitation."""
    local = slot.start.astimezone(zone_of(party.chair))
    after = f"{count((local.date() - held_on).days, 'day')} after the post-mortem of {day(held_on)}"
    came, needed = len(party.required) - len(slot.missing), len(party.required)
    who = "everybody who is needed" if not slot.missing else f"{came} of the {needed} who are needed"
    near = "near" if slot.level in (Level.HOURS, Level.LONGER_HOURS) else "inside"
    suits = f"{near} the working hours of {who}"
    wish = policy.review
    wished = local.isoweekday() == wish.weekday and local.hour == wish.hour and local.minute == 0
    return f"{after}, {suits}" + (", on the weekday and at the hour that policy prefers" if wished else "")


def _uid(state: State, current: Review | None) -> str:
    """The calendar UID: of the post-mortem, with a number that grows with each review that follows a cancelled one."""
    number = int(current.uid.rpartition("-")[2]) if current is not None and current.uid[-1:].isdigit() else 0
    if current is not None and not current.cancelled:
        return current.uid
    return f"review-{state.uid}-{number + 1}"


def _grown(current: Review | None, now: datetime) -> int:
    minutes = int((now - ORIGIN).total_seconds()) // 60
    return max(minutes, current.sequence + 1) if current is not None else max(minutes, 0)


def _cancelled(current: Review | None, now: datetime) -> Review | None:
    if current is None or current.cancelled:
        return current
    return replace(current, cancelled=True, sequence=_grown(current, now))


def _writers_lead(writer: Person | None, directory: Directory) -> Person | None:
    lead = directory.lead_of(writer) if writer is not None else None
    return lead if lead is not None and not lead.departed else None


def _lead(item: TrackedItem, directory: Directory) -> Person | None:
    return next((p for p in leads_of(item, directory) if not p.departed), None)
