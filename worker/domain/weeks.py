"""When is a lead's weekly digest owed?

The schedule alone: which week, which moment in the lead's own zone, moved off holidays, and what the ledger says was
sent. Knows nothing of what a digest says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from worker.domain.chain import trouble_with
from worker.domain.ledger import Ledger, PersonRecord
from worker.domain.model import Directory, Person
from worker.domain.policy import Policy
from worker.domain.rollup import readers_of_rollups
from worker.domain.workdays import is_working_day, local_day, moment, zone_of

MOST_WEEKS = 8


def digest_unit(person: str, week: str) -> str:
    """The unit and the occurrence of one person's digest in the ISO week in which it is due."""
    return f"digest:{person}:{week}"


def week_of(on: date) -> str:
    """`2026-W47`."""
    year, week, _ = on.isocalendar()
    return f"{year}-W{week:02d}"


def monday_of(week: str) -> date:
    """The Monday of `2026-W47`. Raises ValueError for anything else."""
    year, sep, number = week.partition("-W")
    if not sep:
        raise ValueError(f"{week!r} is no ISO week; expected 2026-W47")
    return date.fromisocalendar(int(year), int(number), 1)


def weeks_after(week: str, number: int = 1) -> str:
    return week_of(monday_of(week) + timedelta(weeks=number))


def scheduled_day(week: str, policy: Policy) -> date:
    """The day of that week on which digests are due, before holidays move it."""
    return monday_of(week) + timedelta(days=policy.digest.weekday - 1)


def covered_week(week: str, policy: Policy) -> str:
    """The ISO week that the digest of this week mostly tells about: a Monday's tells about the week before."""
    return week_of(scheduled_day(week, policy) - timedelta(days=4))


def occurrence(lead: Person, week: str, policy: Policy) -> datetime | None:
    """When this week's digest is due (UTC): on its day, else on the lead's next working day before the next digest.
    None where the lead does not work in between; the next digest then covers both weeks."""
    on = scheduled_day(week, policy)
    for ahead in range(7):
        if is_working_day(lead, on + timedelta(days=ahead), policy):
            return moment(lead, on + timedelta(days=ahead), time(policy.digest.hour))
    return None


def latest_week(lead: Person, policy: Policy, now: datetime) -> str | None:
    """The week of the latest digest whose moment has come; None if none did in the last weeks."""
    week = week_of(local_day(lead, now))
    for back in range(MOST_WEEKS):
        at = occurrence(lead, weeks_after(week, -back), policy)
        if at is not None and at <= now:
            return weeks_after(week, -back)
    return None


def next_due(lead: Person, policy: Policy, now: datetime) -> tuple[str, datetime] | None:
    """The week and the moment of the next digest after `now`; None for somebody who is away for long."""
    week = weeks_after(week_of(local_day(lead, now)), -1)
    for ahead in range(MOST_WEEKS + 2):
        at = occurrence(lead, weeks_after(week, ahead), policy)
        if at is not None and at > now:
            return weeks_after(week, ahead), at
    return None


def sendable_from(lead: Person, now: datetime, policy: Policy) -> datetime:
    """The first moment (UTC), at or after now, at which a digest may reach this lead: on a working day, from the
    digest's hour to the end of working hours, and at least for one hour."""
    hour = time(policy.digest.hour)
    closes = max(lead.hours[1] if lead.hours[1] > lead.hours[0] else time.max, _hour_later(hour))
    local = now.astimezone(zone_of(lead))
    for ahead in range(400):
        on = local.date() + timedelta(days=ahead)
        if not is_working_day(lead, on, policy):
            continue
        if ahead or local.time() < hour:
            return moment(lead, on, hour)
        if local.time() < closes:
            return now
    return now + timedelta(days=400)


def _hour_later(at: time) -> time:
    return time(at.hour + 1) if at.hour < 23 else time.max


def readers_of_digests(directory: Directory) -> tuple[Person, ...]:
    """Everybody who answers for somebody: the leads of teams and people; where one has left, the director above. Not
    those who want none."""
    found: set[str] = set()
    for team in directory.teams.values():
        found |= _first_present((team.lead, team.director), directory)
    for person in directory.people.values():
        if person.lead and not person.departed:
            found |= _first_present((person.lead, directory.director_id(person)), directory)
    return tuple(directory.people[i] for i in sorted(found) if directory.people[i].digest)


def _first_present(ids: Iterable[str], directory: Directory) -> set[str]:
    for each in ids:
        person = directory.people.get(each)
        if person is not None and not person.departed:
            return {person.id}
    return set()


def digests_owed(
    directory: Directory, ledger: Ledger, policy: Policy, now: datetime
) -> tuple[tuple[str, datetime], ...]:
    """For each lead one unit and its moment (UTC): the latest missed digest if it was not sent, else the next one.

    A quiet week leaves no trace in the ledger, so its digest stays in this list until the next is due; looking at it
    again is cheap and sends nothing. Sorted by moment and unit.
    """
    return _owed(readers_of_digests(directory), ledger, policy, now)


def rollups_owed(
    directory: Directory, ledger: Ledger, policy: Policy, now: datetime
) -> tuple[tuple[str, datetime], ...]:
    """The same for those who get a digest only because they direct teams, or watch over all."""
    leads = {lead.id for lead in readers_of_digests(directory)}
    return _owed((p for p in readers_of_rollups(directory) if p.id not in leads), ledger, policy, now)


def _owed(readers: Iterable[Person], ledger: Ledger, policy: Policy, now: datetime) -> tuple[tuple[str, datetime], ...]:
    out = []
    for lead in readers:
        if trouble_with(lead, ledger, now):
            continue
        latest = latest_week(lead, policy, now)
        if latest is not None and not was_sent(ledger.of(lead.id), lead, latest):
            out.append((digest_unit(lead.id, latest), sendable_from(lead, now, policy)))
            continue
        following = next_due(lead, policy, now)
        if following is not None:
            out.append((digest_unit(lead.id, following[0]), following[1]))
    return tuple(sorted(out, key=lambda o: (o[1], o[0])))


def was_sent(record: PersonRecord, lead: Person, week: str) -> bool:
    """Whether this week's digest left, or can't be delivered."""
    entry = record.find(digest_unit(lead.id, week))
    return entry is not None and (entry.sent or bool(entry.bounced))


def last_sent_week(record: PersonRecord, lead: Person, before: str) -> str:
    """The week of the last digest that left before this week's; "" for none."""
    prefix = digest_unit(lead.id, "")
    weeks = (e.occurrence.removeprefix(prefix) for e in record.entries if e.sent and e.occurrence.startswith(prefix))
    return max((w for w in weeks if w < before), default="")
