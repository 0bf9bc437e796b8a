"""Tell people: the units of persons and of digests, through the ledger.

Intent, send, sent. The intent (occurrence, Message-ID, steps) is in the ledger before the message leaves; a stale one
is sent again under the same Message-ID; an intent that cannot be written is not sent. Where it was lost what was told,
people are left in peace for a few working days, instead of being told everything once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from worker.channels.port import Notifier, Undeliverable
from worker.domain.dossiers import each_item_once
from worker.domain.ledger import EVERYBODY, Entry, PersonRecord
from worker.domain.links import Links
from worker.domain.messages import Message
from worker.domain.model import Directory, Dossier, Mode, Person
from worker.domain.plan.deputy import FOR, plan_deputy
from worker.domain.plan.digest import plan_digest
from worker.domain.plan.effects import Plan, Send
from worker.domain.plan.pause import paused_digest, paused_person
from worker.domain.plan.person import plan_person
from worker.domain.plan.storm import told_at_once
from worker.domain.policy import Policy
from worker.domain.wishes import with_wishes
from worker.domain.workdays import add_working_days, local_day
from worker.engine.cache import Cache
from worker.engine.ledger import LedgerBook, Pages
from worker.engine.units import DigestUnit, PersonUnit

_ADDRESS = re.compile(r"[^\s<>()@,;:\"']+@[^\s<>()@,;:\"']+")
_REASON_LENGTH = 200
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one unit told: the messages that were accepted, and those that can't be delivered, with the reason."""

    plan: Plan
    sent: tuple[Message, ...] = ()
    bounced: tuple[tuple[Message, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Plans and delivers messages. `domain` is the right-hand side of every Message-ID; `links` go onto what leaves."""

    book: LedgerBook
    notifier: Notifier
    policy: Policy
    directory: Directory
    domain: str
    cache: Cache
    links: Links = field(default_factory=lambda: Links(public_url="", keys=()))

    def plan_person(self, unit: PersonUnit, dossiers: Iterable[Dossier], pages: Pages, now: datetime) -> Plan:
        """What this person is owed now. A person who is not in the directory is owed nothing."""
        key = f"person:{unit.person}:{unit.day.isoformat()}"
        directory = with_wishes(self.directory, pages.ledger)
        person = directory.people.get(unit.person)
        if person is None:
            return Plan(unit=key, gaps=(f"{unit.person} is not in people.yaml any more; nothing is sent",))
        live, ledger = self._in_peace(dossiers, pages, now), self._remembered(pages, now).ledger
        if (paused := paused_person(key, person, ledger, self.policy, now)) is not None:
            return paused
        return plan_person(key, person, live, ledger, directory, self.policy, now, sender_domain=self.domain)

    def plan_digest(self, unit: DigestUnit, dossiers: Iterable[Dossier], pages: Pages, now: datetime) -> Plan:
        """The digest of one lead and week."""
        key = f"digest:{unit.person}:{unit.week}"
        directory = with_wishes(self.directory, pages.ledger)
        reader, _, away = unit.person.partition(FOR)
        person, lead = directory.people.get(reader), directory.people.get(away)
        if person is None or (away and lead is None):
            return Plan(unit=key, gaps=(f"{unit.person} is not in people.yaml any more; no digest is sent",))
        live, ledger = self._in_peace(dossiers, pages, now), self._remembered(pages, now).ledger
        if (paused := paused_digest(key, person, ledger, now)) is not None:
            return paused
        if lead is not None:
            return plan_deputy(key, person, lead, live, ledger, directory, self.policy, now, self.domain)
        return plan_digest(key, person, live, ledger, directory, self.policy, now, sender_domain=self.domain)

    def told_at_once(self, dossiers: Iterable[Dossier], pages: Pages, now: datetime) -> frozenset[str]:
        """The ids of everybody who is owed something about late items that could leave now, or was just told it."""
        live, ledger = self._in_peace(dossiers, pages, now), self._remembered(pages, now).ledger
        return told_at_once(live, ledger, with_wishes(self.directory, ledger), self.policy, now)

    def deliver(self, plan: Plan, pages: Pages, now: datetime, before_write: Callable[[], None]) -> Told:
        """Send what the plan owes. `before_write` confirms the lease and the budget, or raises.

        Raises ChannelUnavailable (the intent stays; the same Message-ID goes out later) and the errors of
        `trackers.errors` (nothing was sent, or it was sent and the record of it is missing: then the same Message-ID
        goes out once more).
        """
        sent: list[Message] = []
        bounced: list[tuple[Message, str]] = []
        mine = plan.unit.partition(":")[2].rpartition(":")[0].partition(FOR)[0]
        if mine in pages.unreadable and mine in self.directory.people and self.book.writable:
            # From the first look on it stands for how long this person is left in peace.
            before_write()
            pages = self.book.write_person(self._remembered(pages, now).ledger.of(mine))
        for message in (e.message for e in plan.effects if isinstance(e, Send)):
            record = pages.ledger.of(message.to)
            entry = record.find(message.occurrence)
            if entry is not None and (entry.sent or entry.bounced):
                continue
            if entry is None:
                entry = Entry(occurrence=message.occurrence, message_id=message.message_id, at=now, steps=message.steps)
                before_write()
                pages = self.book.write_person(record.with_entry(entry))
                entry = pages.ledger.of(message.to).find(message.occurrence) or entry
                if entry.sent or entry.bounced:
                    continue  # another worker was quicker
            before_write()
            try:
                # Where the record of an earlier sending could not be written, only that is made up for.
                if not self.cache.was_accepted(message.message_id):
                    self.notifier.send(self.links.put_on(message))
                    self.cache.note_accepted(message.message_id)
            except Undeliverable as err:
                entry = replace(entry, at=message.date, bounced=_reason(err))
                bounced.append((message, entry.bounced))
            else:
                entry = replace(entry, at=message.date, sent=True)
                sent.append(message)
            pages = self.book.write_person(pages.ledger.of(message.to).with_entry(entry))
        return Told(plan=plan, sent=tuple(sent), bounced=tuple(bounced))

    def _in_peace(self, dossiers: Iterable[Dossier], pages: Pages, now: datetime) -> Sequence[Dossier]:
        """The live dossiers. The ledger begins with the first enrolment; where one is older by more than a day, it was
        lost, and nobody is told anything about that one for a while."""
        began_on = pages.began_on or now.astimezone(UTC).date()
        quiet = self._quiet_from(began_on, Person(id=""))
        return _live(
            replace(d, quiet_until=max(quiet, d.quiet_until or quiet)) if began_on - d.enrolled_on > _A_DAY else d
            for d in dossiers
        )

    def _remembered(self, pages: Pages, now: datetime) -> Pages:
        """The pages with an empty record, and peace, for everybody whose own can't be read."""
        people = self.directory.people
        lost = {
            p: PersonRecord(person=p, quiet_until=self._quiet_from(local_day(people[p], now), people[p]))
            for p in pages.unreadable
            if p in people
        }
        # Who knows what the pause said that somebody has spoilt: until it is written anew, it is one for everybody.
        held = {EVERYBODY: now.date() + _A_DAY} if pages.pause_lost else {}
        ledger = replace(pages.ledger, people={**pages.ledger.people, **lost}, paused={**pages.ledger.paused, **held})
        return replace(pages, ledger=ledger)

    def _quiet_from(self, day: date, person: Person) -> date:
        return add_working_days(person, day, self.policy.ladder.quiet_working_days_after_lost_state, self.policy)


def _live(dossiers: Iterable[Dossier]) -> Sequence[Dossier]:
    """Only where mode is `live` is anybody messaged; and about one issue only once."""
    return each_item_once(d for d in dossiers if d.mode is Mode.LIVE)


def _reason(err: Undeliverable) -> str:
    """Why the mail server said no, without anybody's address: the ledger and the logs are read by others."""
    return _ADDRESS.sub("(address)", str(err))[:_REASON_LENGTH] or "not deliverable"
