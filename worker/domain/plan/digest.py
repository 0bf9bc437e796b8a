"""Is this lead's digest to be sent now?

One unit a lead and ISO week, `digest:<person>:<week>`. Owed, not fired: after an outage the latest missed one is sent
once, late, and names the weeks that it covers. This unit alone sends the digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from worker.domain.chain import trouble_with
from worker.domain.digest import compose_digest, quiet
from worker.domain.ledger import Ledger
from worker.domain.messages import Digest, Message, message_id_of
from worker.domain.model import Directory, Dossier, Mode, Person
from worker.domain.plan.effects import Plan, Send
from worker.domain.policy import Policy
from worker.domain.render.words import count
from worker.domain.weeks import (
    digest_unit,
    last_sent_week,
    latest_week,
    monday_of,
    next_due,
    occurrence,
    sendable_from,
    was_sent,
)
from worker.domain.workdays import local_day, moment


def parse_digest_unit(unit: str) -> tuple[str, str]:
    """The person and the ISO week of `digest:<person>:<iso week>`. Raises ValueError for anything else."""
    kind, _, rest = unit.partition(":")
    person, _, week = rest.rpartition(":")
    if kind != "digest" or not person:
        raise ValueError(f"{unit!r} is no digest's unit; expected digest:lena:2026-W47")
    monday_of(week)
    return person, week


def plan_digest(
    unit: str,
    lead: Person,
    dossiers: Iterable[Dossier],
    ledger: Ledger,
    directory: Directory,
    policy: Policy,
    now: datetime,
    sender_domain: str,
) -> Plan:
    """Return the one message that this digest is, if it is to be sent now; and as a mark the unit that comes next.

    Nothing is sent twice (the ledger knows), in a quiet week, on a day off or at night, for a week that a later digest
    has overtaken, or about post-mortems whose mode is not live or which are to be left in peace.
    """
    _, week = parse_digest_unit(unit)
    trouble = trouble_with(lead, ledger, now)
    if not lead.digest:
        return Plan(unit=unit)
    if lead.departed or trouble:
        gaps = () if lead.departed else (f"no mail reaches {lead.shown}: {trouble}",)
        return Plan(unit=unit, gaps=gaps)
    following = next_due(lead, policy, now)
    after = Plan(unit=unit, marks=((digest_unit(lead.id, following[0]), following[1]),) if following else ())
    latest, record = latest_week(lead, policy, now), ledger.of(lead.id)
    if latest is None or week > latest:
        at = occurrence(lead, week, policy)
        return Plan(unit=unit, marks=((unit, at),)) if at is not None and at > now else after
    if week < latest:
        return Plan(unit=unit, marks=((digest_unit(lead.id, latest), sendable_from(lead, now, policy)),))
    if was_sent(record, lead, week):
        return after
    at = sendable_from(lead, now, policy)
    if record.quiet_until is not None and local_day(lead, now) < record.quiet_until:
        at = sendable_from(lead, moment(lead, record.quiet_until), policy)
    if at > now:
        overtaken = following is not None and following[1] <= at
        return after if overtaken else Plan(unit=unit, marks=((unit, at),))
    today = local_day(lead, now)
    world = [d for d in dossiers if d.mode is Mode.LIVE and not (d.quiet_until is not None and today < d.quiet_until)]
    digest = compose_digest(lead, world, ledger, directory, policy, now, week)
    if digest.empty or (len(digest.weeks) == 1 and quiet(lead, world, directory, policy, week, ledger)):
        return after
    former = record.find(digest_unit(lead.id, last_sent_week(record, lead, week)))
    message = Message(
        occurrence=unit,
        message_id=message_id_of(unit, sender_domain),
        kind="digest",
        to=lead.id,
        address=lead.email,
        subject=subject_of(digest),
        content=digest,
        in_reply_to=former.message_id if former is not None else "",
        date=now,
    )
    return Plan(unit=unit, effects=(Send(unit=unit, message=message, why=_why(digest)),), marks=after.marks)


def subject_of(digest: Digest) -> str:
    """What the digest is about, in counts: `Week 47: 2 to decide, 3 late`."""
    numbers = [week.rpartition("-W")[2].lstrip("0") for week in digest.weeks]
    name = f"Week {numbers[0]}" if len(numbers) == 1 else f"Weeks {numbers[0]} to {numbers[-1]}"
    bits = [
        f"{len(entries)} {words}"
        for entries, words in (
            (digest.decide, "to decide"),
            (digest.overdue, "late"),
            (digest.incomplete, "incomplete"),
            (digest.upcoming, "coming up"),
        )
        if entries
    ]
    if digest.teams:
        bits.append(f"{sum(team.late for team in digest.teams)} late in {count(len(digest.teams), 'team')}")
    if not bits:
        bits = [count(len(digest.changed), "change")] if digest.changed else [count(len(digest.reviews), "review")]
    return f"{name}: {', '.join(bits)}"


def _why(digest: Digest) -> str:
    late = " (late: it covers what was missed)" if len(digest.weeks) > 1 else ""
    return f"the weekly digest of {digest.person_name} is due{late}"
