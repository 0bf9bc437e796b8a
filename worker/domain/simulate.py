"""What would people be told in the weeks to come, if nothing moved?

Plays the ladder forward over the present state: each person's messages are planned by the same function that the
service sends by, and count as sent in the moment in which they could be. Sends nothing and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from worker.domain.dossiers import each_item_once
from worker.domain.escalation import Ladders
from worker.domain.ledger import Entry, Ledger
from worker.domain.messages import Batch, Message
from worker.domain.model import Directory, Dossier
from worker.domain.plan.effects import Send
from worker.domain.plan.person import person_unit, plan_person
from worker.domain.policy import Policy

SENDER = "simulated.invalid"
A_MOMENT = timedelta(minutes=1)


def simulate(
    dossiers: Iterable[Dossier], ledger: Ledger, directory: Directory, policy: Policy, start: datetime, end: datetime
) -> Iterator[Message]:
    """Yield each batch of nudges and escalations from `start` to `end` (UTC, both inclusive), in the order of sending,
    then of readers. The dossiers must be live to be told about. Yields lazily; whoever has seen enough stops."""
    world = each_item_once(dossiers)
    now: datetime | None = start
    while now is not None and now <= end:
        ledger, sent = tell(world, ledger, directory, policy, now)
        yield from sent
        now = next_moment(world, ledger, directory, policy, now)


def tell(
    dossiers: Iterable[Dossier], ledger: Ledger, directory: Directory, policy: Policy, now: datetime
) -> tuple[Ledger, tuple[Message, ...]]:
    """Send everybody what they are owed at this moment: the ledger afterwards, and the batches, sorted by reader."""
    world = tuple(dossiers)
    sent: list[Message] = []
    for reader in sorted(_readers(world, ledger, directory, policy, now)):
        person = directory.people[reader]
        unit, at = person_unit(person, now, policy)
        if at > now:
            continue
        plan = plan_person(unit, person, world, ledger, directory, policy, now, SENDER)
        for message in (effect.message for effect in plan.effects if isinstance(effect, Send)):
            if not isinstance(message.content, Batch):
                continue
            entry = Entry(
                occurrence=message.occurrence, message_id=message.message_id, at=now, sent=True, steps=message.steps
            )
            people = {**ledger.people, reader: ledger.of(reader).with_entry(entry)}
            ledger = replace(ledger, people=people)
            sent.append(message)
    return ledger, tuple(sent)


def next_moment(
    dossiers: Iterable[Dossier], ledger: Ledger, directory: Directory, policy: Policy, now: datetime
) -> datetime | None:
    """The first moment in UTC after `now` at which somebody may be told something, if nothing moves until then. Never
    too late; where messages wait for each other it may be too early. None where nothing is to come."""
    ladders = Ladders.of(ledger, directory, policy, now)
    found: list[datetime] = []
    for dossier in dossiers:
        for item in dossier.items:
            prospect = ladders.prospect(dossier, item)
            if prospect is None:
                continue
            # What is owed already and was not told waits for its reader's next day.
            _, at = person_unit(prospect.reader, max(prospect.at, now + A_MOMENT), policy)
            found.append(at if prospect.at > now else _tomorrow(at, now))
    return min(found, default=None)


def _tomorrow(at: datetime, now: datetime) -> datetime:
    """For a message that had to wait: not the next minute of the same hour, but the next that may make a difference."""
    return at if at - now > timedelta(hours=1) else now + timedelta(hours=1)


def _readers(
    dossiers: Iterable[Dossier], ledger: Ledger, directory: Directory, policy: Policy, now: datetime
) -> set[str]:
    ladders = Ladders.of(ledger, directory, policy, now)
    prospects = (ladders.prospect(dossier, item) for dossier in dossiers for item in dossier.items)
    return {p.reader.id for p in prospects if p is not None and p.at <= now and p.reader.id in directory.people}
