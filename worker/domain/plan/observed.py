"""What was seen of one post-mortem before anything is decided, and how a performed effect changes that picture.

Built by the engine from one look at the trackers; everything the planner needs is in here, so that planning is pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

from worker.domain.model import Issue, IssueRef, Mode, Record, Snapshot, Status, Thread
from worker.domain.plan.effects import (
    CloseDuplicate,
    Effect,
    IssueChange,
    LinkElsewhere,
    SetAssignees,
    SetDue,
    SetStatus,
)
from worker.domain.state import ItemState, State

LEDGER = "ledger"
"""Stands among the sites that are `away` for the ledger, wherever that is kept; no site can have this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is known of one container where items may become issues, by the key `SITE:CONTAINER`.

    `atomic` says that a child and its link are made in one write here; `public` whether anybody may read it (None: not
    known); `watched` that its site is configured; `assignable` maps logins to whether they can be given issues here.
    `lag` is how long its tracker may not yet show a new issue. `withheld` says that its site is only observed, while
    the post-mortem's own is written to.
    """

    atomic: bool = False
    public: bool | None = None
    reachable: bool = True
    assignable: Mapping[str, bool] = field(default_factory=dict)
    lag: timedelta = timedelta(minutes=1)
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One post-mortem as seen.

    `state` is None where there is none that can be believed; `state_problem` then says why: "" (never had one),
    `forged`, or `newer`. `sticky` is our oldest sticky comment, `doubles` any others. `tracked` holds every issue that
    the state or the document names and that is no child (None: not there, or not visible to us). `candidates` are our
    own issues found after a doubtful create. `marks` are the genuine marks among all these. `threads` are those of
    the items' issues. `refused` tells per item why a create was refused in this run, `refusals` the
    same of every other effect by its name and target; `doubted` says of which creates the outcome is not known, and
    since when. `nonce` is the uid of a new state.

    `reacting` are the sites where a comment is answered with a reaction. `meant` says which issue a new command names,
    by the key of the issue that it stands on and the words of the command.

    `away` are other sites that do not answer now, each with the reason: their issues stand as they are remembered, and
    nothing is asked of them in this run. `linking` are the sites that keep links to other sites, `linked` the items
    whose link was made in this run.
    """

    snapshot: Snapshot
    account: str
    mode: Mode
    nonce: str
    state: State | None = None
    state_problem: str = ""
    sticky: Record | None = None
    doubles: tuple[Record, ...] = ()
    tracked: Mapping[IssueRef, Issue | None] = field(default_factory=dict)
    moved: Mapping[IssueRef, IssueRef] = field(default_factory=dict)
    candidates: tuple[Issue, ...] = ()
    marks: Mapping[IssueRef, tuple[str, str]] = field(default_factory=dict)
    threads: Mapping[IssueRef, Thread] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    resolved: Mapping[str, IssueRef] = field(default_factory=dict)
    dropped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[tuple[str, str], str] = field(default_factory=dict)
    doubted: Mapping[str, datetime] = field(default_factory=dict)
    away: Mapping[str, str] = field(default_factory=dict)
    linking: frozenset[str] = frozenset()
    reacting: frozenset[str] = frozenset()
    meant: Mapping[tuple[str, str], IssueRef] = field(default_factory=dict)
    linked: frozenset[str] = frozenset()

    @property
    def ref(self) -> IssueRef:
        return self.snapshot.issue.ref

    def issue_of(self, ref: IssueRef) -> Issue | None:
        """The seen issue with this address, wherever it was found."""
        if ref == self.ref:
            return self.snapshot.issue
        ref = self.moved.get(ref, ref)
        for child in self.snapshot.children:
            if child.ref == ref:
                return child
        found = self.tracked.get(ref)
        if found is not None:
            return found
        return next((c for c in self.candidates if c.ref == ref), None)

    def all_issues(self) -> tuple[Issue, ...]:
        """Every issue seen besides the post-mortem itself, oldest first, each once."""
        seen = {i.ref: i for i in self.candidates}
        seen |= {i.ref: i for i in self.tracked.values() if i is not None}
        seen |= {i.ref: i for i in self.snapshot.children}
        seen.pop(self.ref, None)
        return tuple(sorted(seen.values(), key=lambda i: (i.created_at, i.ref)))

    def names(self) -> Mapping[str, str]:
        """What to call the logins on these issues, as far as a tracker says so."""
        names = dict(self.snapshot.issue.names)
        for issue in self.all_issues():
            names |= issue.names
        return names

    def with_issue(self, issue: Issue, *, child: bool) -> Self:
        """This picture after an issue was created or changed by us."""
        children = self.snapshot.children
        if any(c.ref == issue.ref for c in children):
            children = tuple(issue if c.ref == issue.ref else c for c in children)
            return replace(self, snapshot=replace(self.snapshot, children=children))
        if child:
            return replace(self, snapshot=replace(self.snapshot, children=(*children, issue)))
        if issue.ref == self.ref:
            return replace(self, snapshot=replace(self.snapshot, issue=issue))
        return replace(self, tracked={**self.tracked, issue.ref: issue})

    def with_created(self, issue: Issue, *, uid: str, item: str, child: bool, dropped: tuple[str, ...]) -> Self:
        seen = self.with_issue(issue, child=child)
        return replace(
            seen,
            marks={**self.marks, issue.ref: (uid, item)},
            dropped={**self.dropped, item: dropped} if dropped else self.dropped,
        )

    def after(self, effect: IssueChange) -> Self:
        """This picture once a tracked issue was given a date, a status or its owner."""
        issue = self.issue_of(effect.ref)
        if issue is None:
            return self
        match effect:
            case SetDue():
                changed = replace(issue, due=effect.due, due_from=effect.where or "line")
            case SetStatus():
                changed = replace(issue, status=effect.status)
            case SetAssignees():
                changed = replace(issue, assignees=effect.logins)
            case CloseDuplicate():
                changed = replace(issue, status=Status.WAIVED)
        return self.with_issue(changed, child=False)

    def with_refusal(self, item: str, reason: str) -> Self:
        return replace(self, refused={**self.refused, item: reason})

    def with_doubt(self, item: str, reason: str, now: datetime) -> Self:
        """This picture once it is not known whether an item's issue was created."""
        return replace(self.with_refusal(item, reason), doubted={**self.doubted, item: now})

    def with_refused(self, effect: Effect, reason: str) -> Self:
        """This picture once the tracker has refused an effect: it is not planned again in this run, and is told."""
        return replace(self, refusals={**self.refusals, (effect.name, effect.target): reason})

    def refusal(self, name: str, ref: IssueRef) -> str | None:
        """Why an effect of this name on this issue is not to be planned in this run, or None."""
        if ref.site in self.away:
            return f"{ref.site} does not answer at the moment; it is tried again when it does"
        return self.refusals.get((name, ref.key))

    def noted_link(self, entry: ItemState) -> ItemState:
        """What is remembered of an item after its link to another site was made in this run, or refused, on whichever
        side."""
        if entry.id in self.linked:
            return replace(entry, linked=True, dropped=tuple(part for part in entry.dropped if part != "link"))
        links = {f"{entry.ref}/link/{self.ref.key}", f"{self.ref.key}/link/{entry.ref}"}
        if any(name == LinkElsewhere.name and target in links for name, target in self.refusals):
            return replace(entry, dropped=tuple(dict.fromkeys((*entry.dropped, "link"))))
        return entry

    def without_site(self, site: str, reason: str) -> Self:
        """This picture once another site has stopped answering."""
        return replace(self, away={**self.away, site: reason})

    def with_link(self, item: str) -> Self:
        return replace(self, linked=self.linked | {item})

    def with_sticky(self, record: Record, state: State) -> Self:
        return replace(self, sticky=record, state=state, state_problem="")

    def without_record(self, record: str) -> Self:
        return replace(self, doubles=tuple(d for d in self.doubles if d.id != record))


def remembered_issue(entry: ItemState, ref: IssueRef, url: str, state: State) -> Issue:
    """An issue that can't be seen now, as both sides last agreed that it is."""
    base = entry.base
    return Issue(
        ref=ref,
        title=entry.text,
        url=url,
        status=base.status or Status.OPEN,
        assignees=(base.owner,) if base.owner else (),
        due=base.due,
        created_at=state.enrolled_at,
        updated_at=state.enrolled_at,
        public=False,
    )
