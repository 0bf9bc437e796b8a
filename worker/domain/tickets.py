"""Who may decide what by following a link in a mail?

A lead or director may have no account on any tracker. So a mail can carry a ticket: a sealed text that names one
person, one question and a last day. Whoever holds it is taken for that person, about that question alone. It can be
read by whoever sees the address, so it names an issue's key and never its words.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from worker.domain.model import Comment, Directory, IssueRef, Record
from worker.domain.seal import Newer, NotOurs, seal, unseal

PURPOSE = "ticket"
VALID_FOR = timedelta(days=21)
"""Long enough for a leave; the next digest has a new one."""
DECISION = "decision/"
"""How the names of the records begin that keep what was decided."""


class Expired(Exception):
    """The ticket was ours, and its time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One person's leave to answer one question. `about` is the issue on which the answer is written down, `number` the
    item's number there, 0 where the issue is the item itself; with no `about` it is the digest that is asked about.
    `approves` says that a waiver waits for this person's word. `until` has whole seconds."""

    person: str
    about: IssueRef | None
    number: int = 0
    approves: bool = False
    until: datetime

    def sealed(self, keys: Sequence[bytes]) -> str:
        """The ticket as it stands in an address: letters, digits, `-` and `_`."""
        content = {
            "p": self.person,
            "a": self.about.key if self.about is not None else "",
            "n": self.number,
            "w": int(self.approves),
            "u": int(self.until.timestamp()),
        }
        text = seal(content, purpose=PURPOSE, keys=keys)
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def opened(cls, written: str, keys: Sequence[bytes], now: datetime) -> Ticket:
        """Read what `sealed` wrote. Raises NotOurs for anything else, Expired where it was one."""
        try:
            text = base64.urlsafe_b64decode(written.encode() + b"=" * (-len(written) % 4)).decode()
        except (binascii.Error, ValueError) as err:
            raise NotOurs("no ticket") from err
        try:
            content = unseal(text, purpose=PURPOSE, keys=keys)
        except Newer as err:
            # The version stands outside of the seal: anybody can write another one into an address.
            raise NotOurs("no ticket of this version") from err
        try:
            ticket = cls(
                person=str(content["p"]),
                about=IssueRef.parse(content["a"]) if content["a"] else None,
                number=int(content["n"]),
                approves=bool(content["w"]),
                until=datetime.fromtimestamp(int(content["u"]), UTC),
            )
        except (KeyError, TypeError, ValueError) as err:
            raise NotOurs("no ticket of this version") from err
        if now > ticket.until:
            raise Expired
        return ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided by a ticket: a command as it would be written in a comment on `about`. `asked` tells one
    ticket from the next (its last second): who lets an item go in June may do so again in July."""

    person: str
    about: IssueRef
    command: str
    asked: int = 0

    @property
    def record(self) -> str:
        """The name under which it is kept: the same for the same decision by the same ticket, so that a form sent twice
        is kept once."""
        told = f"{self.person}\0{self.about.key}\0{self.command}" + (f"\0{self.asked}" if self.asked else "")
        return f"{DECISION}{hashlib.sha256(told.encode()).hexdigest()[:16]}"

    def sealed(self, keys: Sequence[bytes]) -> str:
        """The text of the record. It does not say when: that is for the tracker to say."""
        asked = {"t": self.asked} if self.asked else {}
        return seal({"p": self.person, "c": self.command, **asked}, purpose=self.record, keys=keys)


def decision_of(name: str, text: str, about: IssueRef, keys: Sequence[bytes]) -> Decision | None:
    """The decision that a record keeps; None where it is none, or not sealed by us for this very issue."""
    if not name.startswith(DECISION):
        return None
    try:
        content = unseal(text, purpose=name, keys=keys)
        found = Decision(
            person=str(content["p"]), about=about, command=str(content["c"]), asked=int(content.get("t", 0))
        )
    except (ValueError, KeyError, TypeError):  # NotOurs and Newer are ValueErrors
        return None
    return found if found.record == name else None


def decisions_said(
    records: Iterable[Record], about: IssueRef, keys: Sequence[bytes], directory: Directory
) -> tuple[Comment, ...]:
    """The decisions that these records of an issue keep, oldest first, each once, as if their authors had written them
    in comments. Whoever is in the directory no more decides nothing, nor does a record whose words nobody can see: of
    such a one its author was told that it was not taken."""
    found: dict[str, Comment] = {}
    for record in records:
        decision = decision_of(record.name, record.text, about, keys)
        person = directory.people.get(decision.person) if decision is not None else None
        if decision is None or person is None or person.departed or record.name in found or not record.id:
            continue
        found[record.name] = Comment(
            id=record.id,
            author="",
            body=decision.command,
            created_at=record.created_at,
            updated_at=record.created_at,
            name=person.shown,
            person=person.id,
        )
    return tuple(found.values())
