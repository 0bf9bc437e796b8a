"""Effects as values: everything the service may do to the world, one type a kind of deed.

An effect says which unit asked, what is touched and why. Performing them is the engine's work; a match over `Effect`
there ends in `assert_never`, so an effect without a performer does not type-check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from worker.domain.messages import Message
from worker.domain.model import Dossier, Draft, IssueRef, Status
from worker.domain.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class _Effect:
    """What all effects say: the unit that asked, and the reason for people."""

    unit: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnIssue(_Effect):
    """An effect on one issue."""

    ref: IssueRef

    @property
    def target(self) -> str:
        return self.ref.key


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnComment(_OnIssue):
    """An effect on one comment of an issue."""

    comment: str

    @property
    def target(self) -> str:
        return f"{self.ref.key}/comment/{self.comment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIssue(_Effect):
    """Create the tracked issue of one listed item, as a child in the same write where the tracker can.

    `uid` is that of the post-mortem; with the item's id it goes, sealed, into the new issue's mark."""

    item: str
    uid: str
    draft: Draft

    name = "create-issue"

    @property
    def target(self) -> str:
        return self.item

    @property
    def detail(self) -> str:
        return f"{self.draft.title!r} in {self.draft.site}:{self.draft.container}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptIssue(_OnIssue):
    """Make an issue that a person named the tracked issue of an item: label it, and link it where it has no parent."""

    item: str
    parent: IssueRef | None
    label: str

    name = "adopt-issue"

    @property
    def detail(self) -> str:
        return f"as item {self.item}" + (", linked as a child" if self.parent else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkElsewhere(_OnIssue):
    """Show on an issue the way to one on another site: between a tracked issue and its post-mortem. `key` is the other
    issue's, `url` and `title` what people see of it."""

    item: str
    key: str
    url: str
    title: str

    name = "link-elsewhere"

    @property
    def target(self) -> str:
        return f"{self.ref.key}/link/{self.key}"

    @property
    def detail(self) -> str:
        return f"{self.title!r} at {self.url}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDue(_OnIssue):
    """Write a due date where the tracked issue keeps it: `where` is field, line or milestone (see `Issue.due_from`)."""

    due: date | None
    where: str

    name = "set-due"

    @property
    def detail(self) -> str:
        return self.due.isoformat() if self.due else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStatus(_OnIssue):
    """Close or reopen a tracked issue because a person said so."""

    status: Status

    name = "set-status"

    @property
    def detail(self) -> str:
        return self.status.value


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAssignees(_OnIssue):
    """Give a tracked issue its owner."""

    logins: tuple[str, ...]

    name = "set-assignees"

    @property
    def detail(self) -> str:
        return ", ".join(self.logins) or "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class React(_OnComment):
    """Show on a person's comment that its command was done (`ok`) or refused."""

    ok: bool

    name = "react"

    @property
    def detail(self) -> str:
        return "done" if self.ok else "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(_OnComment):
    """Answer a command that could not be carried out, once, with the right form; `mark` tells this answer again."""

    mark: str
    body: str

    name = "answer"

    @property
    def record(self) -> str:
        """The name of the record that this answer is, so that it is found again before it is written twice."""
        return f"answer/{self.mark}"

    @property
    def detail(self) -> str:
        return self.body.strip().partition("\n")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskProof(_OnIssue):
    """Ask on an item's issue, once, what shows that it is done. `body` is the question."""

    item: str
    body: str

    name = "ask-proof"

    @property
    def record(self) -> str:
        """The name of the record that this question is, so that it is found again before it is written twice."""
        return f"proof/{self.item}"

    @property
    def detail(self) -> str:
        return self.body.strip().partition("\n")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepWish(_Effect):
    """Keep in a person's record of the ledger what they said about themself at `at`: `wish` is zone, leave or channel,
    `value` what it is to be ("" for "as it was before")."""

    person: str
    wish: str
    value: str
    at: datetime

    name = "keep-wish"

    @property
    def target(self) -> str:
        return f"person/{self.person}"

    @property
    def detail(self) -> str:
        return f"{self.wish}: {self.value or 'as before'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveRecord(_OnComment):
    """Delete a doubled sticky comment of our own; the oldest stays."""

    name = "remove-sticky"
    detail = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDuplicate(_OnIssue):
    """Close the younger of two issues that carry one item id and that no person has touched."""

    of: IssueRef

    name = "close-duplicate"

    @property
    def detail(self) -> str:
        return f"of {self.of.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteSticky(_OnIssue):
    """Write the one sticky comment with its sealed state; `record` is "" while it does not exist yet. `claim` marks the
    write that announces creates elsewhere before they are made."""

    record: str
    body: str
    state: State
    claim: bool = False

    @property
    def name(self) -> str:
        return "claim" if self.claim else "update-sticky" if self.record else "create-sticky"

    @property
    def detail(self) -> str:
        return self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Send(_Effect):
    """Send one message to one person, through the ledger: intent, send, sent."""

    message: Message

    @property
    def name(self) -> str:
        return f"send-{self.message.kind}"

    @property
    def target(self) -> str:
        return self.message.to

    @property
    def detail(self) -> str:
        return self.message.subject


Effect = (
    CreateIssue
    | AdoptIssue
    | LinkElsewhere
    | SetDue
    | SetStatus
    | SetAssignees
    | React
    | Answer
    | AskProof
    | KeepWish
    | RemoveRecord
    | CloseDuplicate
    | WriteSticky
    | Send
)


IssueChange = SetDue | SetStatus | SetAssignees | CloseDuplicate
"""Effects that change one tracked issue and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What ought to be done about one unit, in the order of applying, and what follows from it.

    `wake_at` says when to look again though nothing changed; `marks` are other units to be looked at, with the time;
    `children` are the issues whose changes belong to this unit; `dossier` is what people may be told about it.
    `leaves` says that these effects end an enrolment; `gaps` are what an operator must know (a person without address,
    a state that a newer version wrote).
    """

    unit: str
    effects: tuple[Effect, ...] = ()
    wake_at: datetime | None = None
    marks: tuple[tuple[str, datetime], ...] = ()
    children: frozenset[IssueRef] = frozenset()
    dossier: Dossier | None = None
    leaves: bool = False
    gaps: tuple[str, ...] = ()


def describe(effect: Effect) -> Mapping[str, str]:
    """The five fields of `plan --format json` for one effect."""
    return {
        "unit": effect.unit,
        "effect": effect.name,
        "target": effect.target,
        "why": effect.why,
        "detail": effect.detail,
    }
