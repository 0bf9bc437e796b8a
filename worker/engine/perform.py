"""Perform effects: the only place from which the service changes anything outside itself.

Before each external write the unit's lease is confirmed and the write budget is asked. What a write brought about is
folded back into the observed picture, so that what is said last says what is true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from worker.domain.model import IssueRef, Record, Status
from worker.domain.plan.effects import (
    AdoptIssue,
    Answer,
    AskProof,
    CloseDuplicate,
    CreateIssue,
    Effect,
    KeepWish,
    LinkElsewhere,
    React,
    RemoveRecord,
    Send,
    SetAssignees,
    SetDue,
    SetStatus,
    WriteSticky,
)
from worker.domain.plan.observed import Observed
from worker.domain.seal import seal, seal_mark
from worker.domain.state import RECORD
from worker.engine.clock import Clock
from worker.engine.trackers import Trackers
from worker.trackers.errors import Missing, Refused
from worker.trackers.port import TrackerWrite


class LeaseLost(Exception):
    """Another worker holds this unit now; nothing more may be written for it."""


class OverBudget(Exception):
    """The write budget is spent; look again after `wait_s` seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"the write budget is spent for {wait_s:.0f} s")
        self.wait_s = wait_s


def no_ledger(effect: KeepWish) -> None:
    """Where nothing is kept about people. Raises Refused."""
    raise Refused(f"there is no ledger here that could remember the {effect.wish} of {effect.person}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Performer:
    """Performs one unit's effects. `before_write` gets the site, and raises LeaseLost or OverBudget, or returns.
    `keep_wish` writes down in the ledger what a person said about themself."""

    trackers: Trackers
    keys: Sequence[bytes]
    clock: Clock
    before_write: Callable[[str], None]
    keep_wish: Callable[[KeepWish], None] = no_ledger

    def perform(self, effect: Effect, observed: Observed) -> Observed:
        """Perform one effect of a post-mortem and return the picture that follows from it, as far as it has new issues
        or records; for changes of issues see `Observed.after`.

        Raises the errors of `trackers.errors`, LeaseLost, OverBudget. A create that is refused is no error: the refusal
        becomes a finding on the item, and the other items go on.
        """
        match effect:
            case CreateIssue():
                return self._create(effect, observed)
            case AdoptIssue():
                return self._adopt(effect, observed)
            case LinkElsewhere():
                self._writer(effect.ref).link_elsewhere(effect.ref, key=effect.key, url=effect.url, title=effect.title)
                return observed.with_link(effect.item)
            case SetDue():
                self._writer(effect.ref).set_due(effect.ref, effect.due, effect.where)
            case SetStatus():
                self._writer(effect.ref).set_status(effect.ref, effect.status)
            case SetAssignees():
                self._writer(effect.ref).set_assignees(effect.ref, effect.logins)
            case React():
                self._writer(effect.ref).react(effect.ref, effect.comment, ok=effect.ok)
            case Answer():
                self._writer(effect.ref).ensure_record(effect.ref, effect.record, effect.body, "-")
            case AskProof():
                self._ask(effect)
            case KeepWish():
                self.keep_wish(effect)
            case RemoveRecord():
                self._writer(effect.ref).remove_record(effect.ref, effect.comment)
                return observed.without_record(effect.comment)
            case CloseDuplicate():
                self._writer(effect.ref).set_status(effect.ref, Status.WAIVED)
            case WriteSticky():
                return self._sticky(effect, observed)
            case Send():
                raise TypeError("a message is sent by a person's or a digest's unit, never by a post-mortem's")
            case _:
                assert_never(effect)
        return observed

    def _writer(self, ref: IssueRef) -> TrackerWrite:
        self.before_write(ref.site)
        return self.trackers.write(ref.site)

    def _create(self, effect: CreateIssue, observed: Observed) -> Observed:
        draft = replace(effect.draft, mark=seal_mark(effect.uid, effect.item, keys=self.keys))
        self.before_write(draft.site)
        try:
            created = self.trackers.write(draft.site).create_issue(draft)
        except (Refused, Missing) as err:
            return observed.with_refusal(effect.item, f"the tracker refused to create its issue: {err}")
        return observed.with_created(
            created.issue,
            uid=effect.uid,
            item=effect.item,
            child=draft.parent is not None,
            dropped=created.dropped,
        )

    def _ask(self, effect: AskProof) -> None:
        """Ask, unless it was asked before and only the memory of that was lost."""
        thread = self.trackers.read(effect.ref.site).thread(effect.ref)
        if effect.record not in {record.name for record in thread.records}:
            self._writer(effect.ref).ensure_record(effect.ref, effect.record, effect.body, "-")

    def _adopt(self, effect: AdoptIssue, observed: Observed) -> Observed:
        issue = observed.issue_of(effect.ref)
        if issue is None:
            return observed
        if effect.label.casefold() not in {label.casefold() for label in issue.labels}:
            self._writer(effect.ref).add_labels(effect.ref, (effect.label,))
        if effect.parent is not None:
            self._writer(effect.ref).link_child(effect.parent, effect.ref)
            issue = replace(issue, parent=effect.parent)
        return observed.with_issue(
            replace(issue, labels=issue.labels | {effect.label}), child=effect.parent is not None
        )

    def _sticky(self, effect: WriteSticky, observed: Observed) -> Observed:
        text = seal(effect.state.to_json(), purpose=RECORD, keys=self.keys)
        writer = self._writer(effect.ref)
        record = observed.sticky.id if observed.sticky is not None else effect.record
        written = writer.ensure_record(effect.ref, RECORD, effect.body, text, record)
        created_at = observed.sticky.created_at if observed.sticky is not None else self.clock.now()
        return observed.with_sticky(
            Record(id=written, name=RECORD, body=effect.body, text=text, created_at=created_at), effect.state
        )
