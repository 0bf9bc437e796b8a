"""What is said to people, as values: who, why, and about what. How it looks in a mail is the channel's affair."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from worker.domain.ledger import telling_keys
from worker.domain.model import Review, TrackedItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One owed step of the ladder about one item, to one person.

    `rung` counts from 0 up the ladder; `role` is owner, lead or director. `why` says why this person, why now;
    `next_role` and `next_on` announce the rung after this one, if there is one.
    """

    item: TrackedItem
    rung: int
    role: str
    to: str
    why: str
    days_late: int
    owner_name: str = ""
    next_role: str = ""
    next_on: date | None = None

    @property
    def key(self) -> str:
        """Identify this step across runs, retries and workers: by the tracked issue, whoever speaks for it."""
        return self.keys[0]

    @property
    def keys(self) -> tuple[str, ...]:
        """All that the ledger keeps of it: under the issue, and under the post-mortem's item."""
        return tuple(f"{name}/{self.rung}" for name in telling_keys(self.item))


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """All that one person is told on one day: nudges about what they own, escalations about what others own."""

    person_name: str
    on: date
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """One invitation (or, with `review.cancelled`, its cancellation) to one follow-up review.

    `attendees` are (name, mail address, required); `agenda` is plain text, one line an entry."""

    review: Review
    summary: str
    agenda: tuple[str, ...]
    url: str
    attendees: tuple[tuple[str, str, bool], ...] = ()
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestEntry:
    """One item in a digest, under one heading, with what the lead can do about it (a command to copy)."""

    item: TrackedItem
    owner_name: str
    note: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A lead's week. Each item stands once, under the first heading that fits; `cut` counts what was left out."""

    person_name: str
    weeks: tuple[str, ...]
    decide: tuple[DigestEntry, ...] = ()
    overdue: tuple[DigestEntry, ...] = ()
    incomplete: tuple[DigestEntry, ...] = ()
    upcoming: tuple[DigestEntry, ...] = ()
    changed: tuple[DigestEntry, ...] = ()
    reviews: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    trend: str = ""
    cut: int = 0

    @property
    def empty(self) -> bool:
        return not (self.decide or self.overdue or self.incomplete or self.upcoming or self.changed or self.reviews)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one person. `occurrence` is its identity for ever (`nudge/alice/2026-11-20`,
    `digest/lena/2026-W47`, `invite/<uid>/<sequence>/alice`); `message_id` is derived from it and never changes.

    `steps` are the keys of the ladder's steps that sending this message tells. `kind` is nudge, escalation, digest or
    invite; a batch with at least one escalation in it is an escalation.
    """

    occurrence: str
    message_id: str
    kind: str
    to: str
    address: str
    subject: str
    content: Batch | Invite | Digest
    steps: tuple[str, ...] = ()
    in_reply_to: str = ""
    date: datetime


def message_id_of(occurrence: str, domain: str) -> str:
    """The Message-ID of an occurrence, the same at every computing: `<hash@domain>`, without a person's name in it."""
    return f"<{hashlib.sha256(occurrence.encode()).hexdigest()[:40]}@{domain}>"
