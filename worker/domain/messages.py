"""What is said to people, as values: who, why, and about what. How it looks in a mail is the channel's affair."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from worker.domain.ledger import telling_keys
from worker.domain.model import Review, TrackedItem
from worker.domain.policy import OVERDUE


def step_key(name: str, kind: str, rung: int) -> str:
    """`<item>/<rung>` for lateness, `<item>@<signal>/<rung>` for the other signals."""
    return f"{name}/{rung}" if kind == OVERDUE else f"{name}@{kind}/{rung}"


def read_step_key(key: str) -> tuple[str, str, int] | None:
    """The item's name, the signal and the rung of a step's key; None for what is none."""
    name, _, rung = key.rpartition("/")
    item, sep, kind = name.partition("@")
    return (item, kind if sep else OVERDUE, int(rung)) if item and rung.isdecimal() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One owed step of the ladder about one item, to one person.

    `rung` counts from 0 up the ladder of the signal `kind`; `role` is owner, lead, director or `person:<id>`. `why`
    says why this person, why now; `next_role`, `next_person` (a name) and `next_on` announce the rung after this one,
    if there is one. `also` are the signals, each with its rung, that this step tells besides. `answer` is the line that
    answers it best, where that is none of the usual ones; `asked_by` is the name of whoever asks through it. `link` is
    an address to answer by.
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
    kind: str = OVERDUE
    also: tuple[tuple[str, int], ...] = ()
    next_person: str = ""
    answer: str = ""
    asked_by: str = ""
    link: str = ""

    @property
    def key(self) -> str:
        """Identify this step across runs, retries and workers: by the tracked issue, whoever speaks for it."""
        return self.keys[0]

    @property
    def keys(self) -> tuple[str, ...]:
        """All that the ledger keeps of it: under the issue, and under the post-mortem's item."""
        told = ((self.kind, self.rung), *self.also)
        return tuple(step_key(name, *each) for each in told for name in telling_keys(self.item))


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
    """One item in a digest, under one heading, with what the lead can do about it: a command to copy, and (where there
    are such) a link to answer by."""

    item: TrackedItem
    owner_name: str
    note: str
    command: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamWeek:
    """One team in a roll-up: its open, late and ownerless items, what was done and let go this week, how many were late
    a week before, and of those done in twelve weeks how many (of `dated` with a date) were on time."""

    name: str
    lead_name: str = ""
    open: int = 0
    late: int = 0
    late_before: int = 0
    unowned: int = 0
    done: int = 0
    waived: int = 0
    on_time: int = 0
    dated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A lead's week. Each item stands once, under the first heading that fits; `cut` counts what was left out. `teams`
    are the teams of a director, or of a steward of the programme. `stands_in_for` is the name of the lead whose week it
    is, where a substitute reads it."""

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
    teams: tuple[TeamWeek, ...] = ()
    stands_in_for: str = ""

    @property
    def empty(self) -> bool:
        items = self.decide or self.overdue or self.incomplete or self.upcoming or self.changed
        moved = any(t.late or t.unowned or t.done or t.waived for t in self.teams)
        return not (items or self.reviews or moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one person. `occurrence` is its identity for ever (`nudge/alice/2026-11-20`,
    `digest/lena/2026-W47`, `invite/<uid>/<sequence>/alice`); `message_id` is derived from it and never changes.

    `unsubscribe` is an address that ends messages of this kind. `steps` are the keys of the ladder's steps that sending
    this message tells. `kind` is nudge, escalation, digest or invite; a batch with at least one escalation in it is an
    escalation.
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
    unsubscribe: str = ""
    date: datetime


def message_id_of(occurrence: str, domain: str) -> str:
    """The Message-ID of an occurrence, the same at every computing: `<hash@domain>`, without a person's name in it."""
    return f"<{hashlib.sha256(occurrence.encode()).hexdigest()[:40]}@{domain}>"
