"""What holds where a document and its tracked issue may both say it, and what must be written to the issue?

Due date, owner and status each live twice. Per field the state keeps what was last agreed and what the document said
then; so a change is told from an old difference. The document is never edited: a write only ever goes from the document
to the issue, and what changes on the issue simply becomes what is agreed.

What a silent side means is decided per field:

- *due*: a document that no longer names a date (or one that cannot be read) says nothing, and the issue's date stands.
  An issue whose date a person removed has none: the document's old date is not pushed again. An issue that never had
  a date is filled from the document.
- *owner*: the same; a document whose owner nobody knows says nothing. A tracker that refused the assignee at creation
  cannot speak about it, so the document's owner stands and nothing is pushed.
- *status*: the issue alone decides. A tick is a question to the owner, and closes only where policy turned that on;
  taking a tick back never reopens.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Generic, TypeVar

from worker.domain.model import ActionItem, Issue, Status
from worker.domain.state import Base, ItemState

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed(Generic[T]):
    """What both sides last agreed on, and what the document itself last said. None: nothing."""

    value: T | None = None
    said: T | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged(Generic[T]):
    """The outcome for one field: the value that holds, and the base for the next time.

    `push` says that the issue must be given the value. `conflict` says that the document lost to the issue just now,
    `moved` that the issue changed the value on its own; each is said once.
    """

    value: T | None
    base: Agreed[T]
    push: bool = False
    conflict: bool = False
    moved: bool = False


def merge(base: Agreed[T], document: T | None, issue: T | None) -> Merged[T]:
    """Return what holds now, by these rules, the first that fits:

    1. both say the same: that; 2. the document says nothing, or what it said before: the issue; 3. the document says
    something new and the issue has not changed (or has never said anything): the document, and it is pushed; 4. both
    have changed, or nothing was ever agreed: the issue, as a conflict.

    Merging again with the returned base never pushes, and never reports a conflict or a move twice.
    """
    said = base.said if document is None else document
    changed = issue != base.value
    if document == issue or document is None or document == base.said:
        return Merged(
            value=issue, base=Agreed(value=issue, said=said), moved=changed and (document is None or document != issue)
        )
    if not changed:
        return Merged(value=document, base=Agreed(value=document, said=said), push=True)
    return Merged(value=issue, base=Agreed(value=issue, said=said), conflict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushes:
    """What the issue must be given, per field; None: nothing.

    `assignees` is the whole list that goes with `owner`: the owner's predecessor leaves, helpers stay.
    """

    due: date | None = None
    owner: str | None = None
    assignees: tuple[str, ...] = ()
    status: Status | None = None

    def __bool__(self) -> bool:
        return self != Pushes()


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorResult:
    """One item after its fields were merged.

    `notes` are lines for the audit trail: what happened just now, empty when looked at again. `unconfirmed` says, for
    as long as it lasts, that the document has a tick and the issue is open; `question` is that in words for people.
    """

    state: ItemState
    due: date | None
    owner: str
    status: Status
    pushes: Pushes = field(default_factory=Pushes)
    notes: tuple[str, ...] = ()
    unconfirmed: bool = False
    question: str = ""


def with_due(state: ItemState, due: date | None, today: date | None = None) -> ItemState:
    """The state once this due date is agreed: the first one ever is what was promised, and every move to a later day
    counts as a slip (of `today`, where that is told), also where the date was taken away in between."""
    former = state.base.due or state.base.was_due
    slipped = due is not None and former is not None and due > former
    base = replace(state.base, due=due, was_due=former if due is None else None)
    slipped_on = today or state.slipped_on if slipped else state.slipped_on
    return replace(state, base=base, promised=state.promised or due, slips=state.slips + slipped, slipped_on=slipped_on)


def reopened(state: ItemState) -> ItemState:
    """The state once a closed item is open again: how it ended, and what showed that, is over."""
    return replace(
        state,
        waived="",
        evidence="",
        way_out="",
        instead="",
        approved_by="",
        waiver="",
        waiver_by="",
        proof_asked=False,
    )


def mirror_item(
    item: ActionItem | None,
    state: ItemState,
    issue: Issue | None,
    owner_login: str | None,
    *,
    today: date,
    close_on_tick: bool = False,
    number: int = 0,
) -> MirrorResult:
    """Return what holds for one item.

    `item` is None where the document no longer lists it, `issue` None where it has none (or it can't be seen).
    `owner_login` is the login, on the issue's site, of the one owner whom the document names, else None. Applying the
    pushes and asking again with the returned state gives the same values, no push and no note.
    """
    if issue is None:
        return _alone(item, state, owner_login)
    notes: list[str] = []
    state, due_push = _due(item, state, issue, notes, today)
    state, owner, assignees = _owner(state, issue, owner_login, notes)
    state, status_push, unconfirmed = _status(item, state, issue, notes, close_on_tick=close_on_tick)
    command = f"ft done {number}" if number else "ft done"
    return MirrorResult(
        state=state,
        due=state.base.due,
        owner=owner,
        status=state.base.status or issue.status,
        pushes=Pushes(due=due_push, owner=owner if assignees else None, assignees=assignees, status=status_push),
        notes=tuple(notes),
        unconfirmed=unconfirmed,
        question=f"ticked in the document: confirm with `{command}`" if unconfirmed else "",
    )


def _alone(item: ActionItem | None, state: ItemState, owner_login: str | None) -> MirrorResult:
    """An item without an issue. One whose issue is gone or out of sight keeps what was agreed, so that nothing is lost
    when the issue is seen again. One that never had an issue follows the document, and what people asked for in
    comments; while it is only being written down, a later date is no slip."""
    base = state.base
    ticked = False
    if not state.ref:
        document = item.due if item is not None else None
        due = merge(Agreed(value=base.due, said=base.said_due), document, base.due)
        owner = merge(
            Agreed(value=base.owner or None, said=base.said_owner or None), owner_login or None, base.owner or None
        )
        done = item.done if item is not None else None
        ticked = done is True
        base = replace(
            base,
            due=due.value,
            said_due=due.base.said,
            owner=owner.value,
            said_owner=owner.base.said,
            status=base.status or Status.OPEN,
            said_done=base.said_done if done is None else done,
        )
        promised = due.value if due.push or state.promised is None else state.promised
        state = replace(state, base=base, promised=promised)
    settled = base.status if base.status is not None and base.status.closed else None
    status = settled or (Status.DONE if ticked else Status.OPEN)
    return MirrorResult(state=state, due=base.due, owner=base.owner or "", status=status)


def _due(
    item: ActionItem | None, state: ItemState, issue: Issue, notes: list[str], today: date
) -> tuple[ItemState, date | None]:
    base = state.base
    document = item.due if item is not None else None
    merged = merge(Agreed(value=base.due, said=base.said_due), document, issue.due)
    slips = state.slips
    state = with_due(state, merged.value, today)
    state = replace(state, base=replace(state.base, said_due=merged.base.said))
    value = merged.value.isoformat() if merged.value else "no date"
    slipped = " (later than before)" if state.slips > slips else ""
    if merged.conflict and document is not None:
        notes.append(f"due: the document says {document.isoformat()}, the issue {value}: the issue's holds")
    elif merged.push:
        past = ", a day that has passed" if merged.value and merged.value < today else ""
        notes.append(f"due: {value} from the document{past}{slipped}")
    elif merged.moved and (base.due or base.was_due or base.said_due):
        notes.append(f"due: {value} on the issue{slipped}")
    return state, merged.value if merged.push else None


def _same(a: str | None, b: str | None) -> bool:
    return (a or "").casefold() == (b or "").casefold()


def _speaker(base: Base, issue: Issue, document: str | None) -> str | None:
    """Whom the issue means by its assignees: of several, the one whom the document newly names, else the agreed one,
    else the document's, else the first."""
    newly = document if not _same(document, base.said_owner) else None
    for wanted in (newly, base.owner, document):
        found = next((login for login in issue.assignees if wanted and _same(login, wanted)), None)
        if found is not None:
            return found
    return issue.assignees[0] if issue.assignees else None


def _owner(
    state: ItemState, issue: Issue, owner_login: str | None, notes: list[str]
) -> tuple[ItemState, str, tuple[str, ...]]:
    base, document = state.base, owner_login or None
    if "assignees" in state.dropped and not issue.assignees:
        agreed = document or base.owner or None
        state = replace(state, base=replace(base, owner=agreed, said_owner=document or base.said_owner))
        return state, agreed or "", ()
    current = _speaker(base, issue, document)
    merged = merge(
        # Logins are compared without case; the issue's way of writing is the one that is kept.
        Agreed(
            value=current if _same(current, base.owner) else base.owner or None,
            said=document if _same(document, base.said_owner) else base.said_owner or None,
        ),
        current if document is not None and _same(current, document) else document,
        current,
    )
    said = document or base.said_owner or None
    if said is not None and _same(said, base.said_owner):
        said = base.said_owner
    if said is not None and _same(said, merged.value):
        said = merged.value
    state = replace(state, base=replace(base, owner=merged.value, said_owner=said))
    value = merged.value or "nobody"
    if merged.conflict:
        notes.append(f"owner: the document says {document}, the issue {value}: the issue's holds")
    elif merged.push:
        notes.append(f"owner: {value} from the document")
    elif merged.moved and (base.owner or base.said_owner):
        notes.append(f"owner: {value} on the issue")
    if not merged.push or merged.value is None:
        return state, merged.value or "", ()
    others = (login for login in issue.assignees if not _same(login, current) and not _same(login, merged.value))
    return state, merged.value, (merged.value, *others)


def _status(
    item: ActionItem | None, state: ItemState, issue: Issue, notes: list[str], *, close_on_tick: bool
) -> tuple[ItemState, Status | None, bool]:
    base = state.base
    ticked = item.done if item is not None else None
    newly = ticked is True and base.said_done is not True
    said = base.said_done if ticked is None else ticked
    # A tracker may know no other way to close than done: what was let go in a comment stays let go.
    let_go = issue.status is Status.DONE and base.status is Status.WAIVED and bool(state.waived)
    status = Status.WAIVED if let_go else issue.status
    push = Status.DONE if close_on_tick and newly and not status.closed and base.status is Status.OPEN else None
    if push is not None:
        notes.append("status: done, ticked in the document")
    elif base.status is not None and status is not base.status:
        notes.append(f"status: {status.value if status.closed else 'open again'} on the issue")
        state = state if status.closed else reopened(state)
    state = replace(state, base=replace(base, status=push or status, said_done=said))
    return state, push, ticked is True and not (push or status).closed
