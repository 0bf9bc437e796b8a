"""Who is told something about late items at this moment, over all post-mortems?

Half a storm is still a storm: where these are too many, not one of them is told before the operator has looked. Who was
told within the last hour counts, so that a storm can't go by in small pieces.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from worker.domain.escalation import owed_readers
from worker.domain.ledger import Ledger
from worker.domain.model import Directory, Dossier
from worker.domain.plan.person import had_batch
from worker.domain.policy import Policy
from worker.domain.workdays import in_sending_time, local_day

WITHIN = timedelta(hours=1)


def told_at_once(
    dossiers: Iterable[Dossier], ledger: Ledger, directory: Directory, policy: Policy, now: datetime
) -> frozenset[str]:
    """The ids of everybody who is owed a batch that could leave now, or was sent one within the last hour."""
    found = set()
    for reader in owed_readers(dossiers, ledger, directory, policy, now):
        person, record = directory.people.get(reader), ledger.of(reader)
        if person is None or not in_sending_time(person, now, policy):
            continue
        if not had_batch(person, record, local_day(person, now)):
            found.add(reader)
    for record in ledger.people.values():
        if any(entry.sent and entry.steps and now - WITHIN < entry.at <= now for entry in record.entries):
            found.add(record.person)
    return frozenset(found)
