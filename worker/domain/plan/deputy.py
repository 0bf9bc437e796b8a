"""A lead who is away for the whole week of their digest: does their substitute get it instead?

One unit a substitute, lead and ISO week, `digest:<substitute>~<lead>:<week>`, in the substitute's own record of the
ledger. The lead's next own digest covers the weeks that they were away all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from worker.domain.chain import trouble_with
from worker.domain.digest import compose_digest, quiet
from worker.domain.ledger import Ledger
from worker.domain.messages import Message, message_id_of
from worker.domain.model import Directory, Dossier, Mode, Person
from worker.domain.plan.digest import parse_digest_unit, subject_of
from worker.domain.plan.effects import Plan, Send
from worker.domain.policy import Policy
from worker.domain.rollup import readers_of_rollups
from worker.domain.weeks import digest_unit, occurrence, readers_of_digests, sendable_from, week_of
from worker.domain.workdays import local_day

FOR = "~"
"""Parts a substitute from the lead in a unit's person. It stands in no id."""


def deputies_owed(
    directory: Directory, ledger: Ledger, policy: Policy, now: datetime
) -> tuple[tuple[str, datetime], ...]:
    """This week's digests of those who are away, each for its substitute, with its moment (UTC), sorted."""
    out = []
    readers = {p.id: p for p in (*readers_of_digests(directory), *readers_of_rollups(directory))}
    for lead in readers.values():
        substitute = directory.people.get(lead.substitute)
        if substitute is None or not _reads(substitute) or trouble_with(substitute, ledger, now):
            continue
        week = week_of(local_day(substitute, now))
        unit, at = digest_unit(f"{substitute.id}{FOR}{lead.id}", week), occurrence(substitute, week, policy)
        if at is None or occurrence(lead, week, policy) is not None or _done(ledger, substitute, unit):
            continue
        out.append((unit, at if at > now else sendable_from(substitute, now, policy)))
    return tuple(sorted(out, key=lambda o: (o[1], o[0])))


def plan_deputy(
    unit: str,
    substitute: Person,
    lead: Person,
    dossiers: Iterable[Dossier],
    ledger: Ledger,
    directory: Directory,
    policy: Policy,
    now: datetime,
    sender_domain: str,
) -> Plan:
    """Return the one message that this digest is, if it is to be sent now. Nothing once the week is over, the lead is
    back, or there is nothing to tell."""
    _, week = parse_digest_unit(unit)
    if not _reads(substitute) or lead.substitute != substitute.id or trouble_with(substitute, ledger, now):
        return Plan(unit=unit)
    stale = week != week_of(local_day(substitute, now)) or occurrence(lead, week, policy) is not None
    if stale or _done(ledger, substitute, unit):
        return Plan(unit=unit)
    due = occurrence(substitute, week, policy)
    at = sendable_from(substitute, max(now, due) if due is not None else now, policy)
    today, quiet_until = local_day(substitute, now), ledger.of(substitute.id).quiet_until
    if due is None or (quiet_until is not None and today < quiet_until):
        return Plan(unit=unit)
    if at > now:
        return Plan(unit=unit, marks=((unit, at),))
    world = [d for d in dossiers if d.mode is Mode.LIVE and not (d.quiet_until is not None and today < d.quiet_until)]
    digest = compose_digest(lead, world, ledger, directory, policy, now, week)
    if digest.empty or (len(digest.weeks) == 1 and quiet(lead, world, directory, policy, week, ledger)):
        return Plan(unit=unit)
    digest = replace(digest, person_name=substitute.shown, stands_in_for=lead.shown)
    message = Message(
        occurrence=unit,
        message_id=message_id_of(unit, sender_domain),
        kind="digest",
        to=substitute.id,
        address=substitute.email,
        subject=f"For {lead.shown}: {subject_of(digest)}",
        content=digest,
        date=now,
    )
    why = f"{lead.shown} is away all week, and {substitute.shown} stands in"
    return Plan(unit=unit, effects=(Send(unit=unit, message=message, why=why),))


def _reads(substitute: Person) -> bool:
    """Whether this person gets digests at all: they may have left, or have ended them by the link in one."""
    return substitute.digest and not substitute.departed


def _done(ledger: Ledger, substitute: Person, unit: str) -> bool:
    entry = ledger.of(substitute.id).find(unit)
    return entry is not None and (entry.sent or bool(entry.bounced))
