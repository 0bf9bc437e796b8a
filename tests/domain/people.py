"""Small built worlds of people, items and post-mortems for the tests of the ladder, the review and the digest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zlib import crc32

from worker.domain.ledger import Entry, Ledger, PersonRecord, ledger_of
from worker.domain.model import Directory, Dossier, IssueRef, Mode, Person, Team, TrackedItem
from worker.domain.plan.effects import Plan, Send
from worker.domain.policy import SIGNALS, Ladder, SignalLadder
from worker.domain.state import State

POST_MORTEM = IssueRef("github", "acme/pay#1")
LATENESS_ALONE = Ladder(signals={kind: SignalLadder(on=False) for kind in SIGNALS})
"""The ladder of a world in which nothing but lateness is told, for tests that count messages."""
MONDAY = date(2026, 11, 2)
"""A Monday in a month without public holidays in most countries."""


def at(text: str) -> datetime:
    """`2026-11-02 10:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def person(person_id: str, **over: Any) -> Person:
    base: dict[str, Any] = {"name": person_id.title(), "email": f"{person_id}@example.com", "team": "pay"}
    return Person(id=person_id, **(base | over))


def directory(*people: Person, **teams: Any) -> Directory:
    """Alice and Bob own things, Lena leads, Dora directs; `people` replace those with the same id or are added."""
    given = [person("alice"), person("bob"), person("lena"), person("dora", team="")]
    team = Team(id="pay", name="Payments", **({"lead": "lena", "director": "dora"} | teams))
    return Directory(people={p.id: p for p in (*given, *people)}, teams={"pay": team})


def issue_of(uid: str, item_id: str) -> IssueRef:
    """The issue that stands for an item of these worlds: each has its own."""
    first = (uid, item_id) == ("u1", "i1")
    return IssueRef("github", f"acme/pay#{2 if first else 1000 + crc32(f'{uid}/{item_id}'.encode())}")


def keys(*steps: str) -> tuple[str, ...]:
    """What the ledger keeps of steps such as `u1/i1/0`: under the issue, and under the item."""
    parts = [step.split("/") for step in steps]
    return tuple(k for uid, i, rung in parts for k in (f"{issue_of(uid, i).key}/{rung}", f"{uid}/{i}/{rung}"))


def item(item_id: str = "i1", **over: Any) -> TrackedItem:
    base: dict[str, Any] = {
        "text": "Alert on queue depth",
        "post_mortem": POST_MORTEM,
        "post_mortem_title": "Checkout was down",
        "uid": "u1",
        "ref": issue_of(over.get("uid", "u1"), item_id),
        "owner": "alice",
        "team": "pay",
        "due": MONDAY,
        "created_on": date(2026, 10, 1),
    }
    return TrackedItem(id=item_id, **(base | over))


def dossier(*items: TrackedItem, **over: Any) -> Dossier:
    base: dict[str, Any] = {
        "ref": POST_MORTEM,
        "uid": "u1",
        "title": "Checkout was down",
        "url": "https://github.example/acme/pay/issues/1",
        "author": "alice",
        "enrolled_on": date(2026, 10, 1),
        "incident_date": date(2026, 10, 1),
        "mode": Mode.LIVE,
    }
    return Dossier(items=items, **(base | over))


def state(**over: Any) -> State:
    base: dict[str, Any] = {"uid": "u1", "enrolled_at": at("2026-10-01 12:00")}
    return State(**(base | over))


def entry(occurrence: str, when: datetime, *, sent: bool = True, **over: Any) -> Entry:
    return Entry(occurrence=occurrence, message_id=f"<{occurrence}@x>", at=when, sent=sent, **over)


def told(person_id: str, rung: int, when: datetime, *, sent: bool = True, key: str = "u1/i1") -> PersonRecord:
    """A record that says: this person was told this rung of the item at that time."""
    batch = f"batch/{person_id}/{when.date().isoformat()}"
    return PersonRecord(person=person_id, entries=(entry(batch, when, sent=sent, steps=(f"{key}/{rung}",)),))


def ledger(*records: PersonRecord) -> Ledger:
    merged: dict[str, PersonRecord] = {}
    for record in records:
        before = merged.get(record.person, PersonRecord(person=record.person))
        for each in record.entries:
            before = before.with_entry(each)
        merged[record.person] = before
    return ledger_of(merged.values())


def sends(plan: Plan) -> tuple[Send, ...]:
    return tuple(e for e in plan.effects if isinstance(e, Send))


def written(before: Ledger, done: Iterable[Send], *, sent: bool = True) -> Ledger:
    """The ledger after these messages were begun, and (`sent`) seen to be accepted."""
    people = dict(before.people)
    for send in done:
        message = send.message
        record = people.get(message.to, PersonRecord(person=message.to))
        people[message.to] = record.with_entry(
            Entry(
                occurrence=message.occurrence,
                message_id=message.message_id,
                at=message.date,
                sent=sent,
                steps=message.steps,
            )
        )
    return replace(before, people=people)
