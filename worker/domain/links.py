"""Which links does a message carry, so that its reader can answer without an account on a tracker?

Pure: the same message gets the same links. Only what is about others' work is linked: an owner answers on the issue.
Whoever holds a link is taken for its reader, so what many can read carries none: `without_links`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from worker.domain.messages import Batch, Digest, DigestEntry, Message, Step
from worker.domain.model import Status, TrackedItem
from worker.domain.tickets import VALID_FOR, Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes links below `public_url`; with "" there are none."""

    public_url: str
    keys: Sequence[bytes] = field(repr=False)

    def put_on(self, message: Message) -> Message:
        """The message with the links that its reader may follow."""
        if not self.public_url:
            return message
        match message.content:
            case Digest() as digest:
                linked = replace(
                    digest,
                    decide=self._entries(digest.decide, message),
                    overdue=self._entries(digest.overdue, message),
                    incomplete=self._entries(digest.incomplete, message),
                    upcoming=self._entries(digest.upcoming, message),
                )
                over = Ticket(person=message.to, about=None, until=message.date + 2 * VALID_FOR)
                unsubscribe = f"{self.public_url}/unsubscribe/{over.sealed(self.keys)}"
                return replace(message, content=linked, unsubscribe=unsubscribe)
            case Batch() as batch:
                steps = tuple(self._step(step, message) for step in batch.steps)
                return replace(message, content=replace(batch, steps=steps))
            case _:
                return message

    def _entries(self, entries: Sequence[DigestEntry], message: Message) -> tuple[DigestEntry, ...]:
        return tuple(replace(entry, link=self._link(entry.item, message)) for entry in entries)

    def _step(self, step: Step, message: Message) -> Step:
        return step if step.role == "owner" else replace(step, link=self._link(step.item, message))

    def _link(self, item: TrackedItem, message: Message) -> str:
        if item.status is not Status.OPEN or (item.ref is None and not item.number):
            return ""
        ticket = Ticket(
            person=message.to,
            about=item.ref or item.post_mortem,
            number=0 if item.ref is not None else item.number,
            approves=bool(item.waiver),
            until=(message.date + VALID_FOR).replace(microsecond=0) + timedelta(seconds=1),
        )
        return f"{self.public_url}/decide/{ticket.sealed(self.keys)}"


def without_links(message: Message) -> Message:
    """The message as it may stand where others than its reader can see it."""
    message = replace(message, unsubscribe="")
    match message.content:
        case Digest() as digest:
            bare = replace(
                digest,
                decide=_bare(digest.decide),
                overdue=_bare(digest.overdue),
                incomplete=_bare(digest.incomplete),
                upcoming=_bare(digest.upcoming),
            )
            return replace(message, content=bare)
        case Batch() as batch:
            return replace(message, content=replace(batch, steps=tuple(replace(s, link="") for s in batch.steps)))
        case _:
            return message


def _bare(entries: Sequence[DigestEntry]) -> tuple[DigestEntry, ...]:
    return tuple(replace(entry, link="") for entry in entries)
