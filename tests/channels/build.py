"""Messages for tests, each field changeable by keyword."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from worker.channels.mime import Sender
from worker.domain.messages import Batch, Digest, DigestEntry, Invite, Message, Step, message_id_of
from worker.domain.model import IssueRef, Review, TrackedItem

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
SENDER = Sender(name="Followthrough", address="followthrough@acme.example")


def item(number: int = 17, **changes: Any) -> TrackedItem:
    fields: dict[str, Any] = {
        "id": "3f9ac1d2",
        "text": "Add an alert when payment queue depth is over 100 for 5 minutes",
        "post_mortem": IssueRef("github", "acme/pay#12"),
        "post_mortem_title": "Checkout returned 500s",
        "uid": "9c1b7e55d0",
        "ref": IssueRef("github", f"acme/pay#{number}"),
        "url": f"https://github.com/acme/pay/issues/{number}",
        "owner": "alice",
        "due": date(2026, 11, 17),
        "priority": "P1",
    }
    return TrackedItem(**{**fields, **changes})


def step(number: int = 17, **changes: Any) -> Step:
    fields: dict[str, Any] = {
        "item": item(number),
        "rung": 0,
        "role": "owner",
        "to": "alice",
        "why": "You own this, and its date has passed.",
        "days_late": 3,
        "owner_name": "Alice Larsson",
        "next_role": "lead",
        "next_on": date(2026, 11, 25),
    }
    return Step(**{**fields, **changes})


def batch(*steps: Step, **changes: Any) -> Batch:
    fields: dict[str, Any] = {"person_name": "Alice Larsson", "on": date(2026, 11, 20), "steps": steps or (step(),)}
    return Batch(**{**fields, **changes})


def entry(number: int = 17, **changes: Any) -> DigestEntry:
    fields: dict[str, Any] = {
        "item": item(number),
        "owner_name": "Alice Larsson",
        "note": "Its date moved twice.",
        "command": "ft due 2026-12-04 reason",
    }
    return DigestEntry(**{**fields, **changes})


def digest(**changes: Any) -> Digest:
    fields: dict[str, Any] = {"person_name": "Lena Ek", "weeks": ("2026-W47",), "decide": (entry(),)}
    return Digest(**{**fields, **changes})


def review(**changes: Any) -> Review:
    fields: dict[str, Any] = {
        "uid": "9c1b7e55d0@followthrough",
        "start": datetime(2026, 12, 8, 9, tzinfo=UTC),
        "minutes": 30,
        "sequence": 5,
        "because": "the first Tuesday on which everybody is in",
    }
    return Review(**{**fields, **changes})


def invite(**changes: Any) -> Invite:
    fields: dict[str, Any] = {
        "review": review(),
        "summary": "Follow-up review: Checkout returned 500s",
        "agenda": ("Add an alert (Alice Larsson; due Tue 17 Nov 2026)", "2 items closed so far: did it help?"),
        "url": "https://github.com/acme/pay/issues/12",
        "attendees": (("Alice Larsson", "alice@acme.example", True), ("Bob O'Neil, Jr.", "bob@acme.example", False)),
        "timezone": "Europe/Berlin",
    }
    return Invite(**{**fields, **changes})


def message(content: Batch | Digest | Invite | None = None, **changes: Any) -> Message:
    content = content or batch()
    kind = {Batch: "nudge", Digest: "digest", Invite: "invite"}[type(content)]
    occurrence = changes.pop("occurrence", f"{kind}/alice/2026-11-20")
    fields: dict[str, Any] = {
        "occurrence": occurrence,
        "message_id": message_id_of(occurrence, "followthrough.acme.example"),
        "kind": kind,
        "to": "alice",
        "address": "alice@acme.example",
        "subject": "Late: Add an alert when payment queue depth is over 100, due Tue 17 Nov 2026",
        "content": content,
        "date": NOW,
    }
    return Message(**{**fields, **changes})
