"""Each promise of one post-mortem, put together: the listed item, what is remembered of it, its issue, its owner.

A `Line` is one row of the sticky comment and the input of every later decision about that item. This module decides
which listed item is which remembered one, and what stands between a listed item and its tracked issue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from worker.domain.identity import Known, match_items
from worker.domain.incident import is_confidential, severity_of
from worker.domain.mirror import Pushes, mirror_item
from worker.domain.model import (
    ActionItem,
    Directory,
    Document,
    Finding,
    Issue,
    IssueRef,
    Kind,
    Mode,
    Status,
    Verdict,
)
from worker.domain.owners import Owner, find_owner, place_for, team_for
from worker.domain.plan.effects import AdoptIssue
from worker.domain.plan.enrolment import enrols
from worker.domain.plan.observed import Observed
from worker.domain.plan.shortcomings import shortcomings
from worker.domain.policy import Policy
from worker.domain.rules import smart_for
from worker.domain.smart import judge, needs, suppressed
from worker.domain.state import ItemState, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One promise as it stands. `number` is what people type in commands. `state` is what will be remembered.

    `item` is None where the document no longer lists it, `issue` None where it has none (yet). `place` is where it
    belongs (`SITE:CONTAINER`). `adopt` names an issue to be adopted; `hold` says why nothing may be created for it.
    `withheld` names its team where that is in mode observe: no issue is created or changed for it by itself.
    `due` is the agreed day; `proposed` the day that the priority's SLO would give where there is none.
    """

    number: int
    state: ItemState
    item: ActionItem | None = None
    issue: Issue | None = None
    owner: Owner = field(default_factory=Owner)
    place: str = ""
    adopt: IssueRef | None = None
    hold: str = ""
    withheld: str = ""
    due: date | None = None
    proposed: date | None = None
    status: Status = Status.OPEN
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    pushes: Pushes = field(default_factory=Pushes)
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.item.text if self.item is not None and self.item.text else self.state.text


def lines_of(
    observed: Observed, state: State, document: Document, policy: Policy, directory: Directory, today: date
) -> tuple[Line, ...]:
    """Return every promise of this post-mortem in the order of its number, remembered ones first."""
    listed = _listed(observed, document)
    known = _known(observed, state, policy)
    matching = match_items(listed, tuple(k for k, _ in known), resolve=lambda w: _resolved(observed, w))
    remembered = {k.id: s for k, s in known}
    of_id = dict(zip(matching.ids, listed, strict=True))
    # Numbers are what people type, so what has one keeps it for ever; the rest follows in the document's order.
    order = dict.fromkeys((*(i.id for i in state.items), *matching.ids, *remembered))
    lines: list[Line] = []
    names = observed.names()
    free = max((i.number for i in state.items), default=0) + 1
    for item_id in order:
        item = of_id.get(item_id)
        before = remembered.get(item_id) or ItemState(id=item_id, text=item.text if item else "")
        after = _listed_state(before, item, observed)
        if after is None:
            continue
        item = item or _part(after, of_id)
        if not after.number:
            after, free = replace(after, number=free), free + 1
        lines.append(_line(after, item, observed, document, policy, directory, today, names))
    return tuple(lines)


def _listed(observed: Observed, document: Document) -> tuple[ActionItem, ...]:
    """The listed items; an enrolled issue that is itself one promise lists itself."""
    if document.kind is Kind.ACTION_ITEM:
        issue = observed.snapshot.issue
        return (
            ActionItem(
                line=1,
                text=issue.title,
                owners=issue.assignees,
                due=issue.due,
                due_source="the issue's due date" if issue.due else "",
                priority=issue.priority,
                done=None,
            ),
        )
    return document.items


def _known(observed: Observed, state: State, policy: Policy) -> list[tuple[Known, ItemState]]:
    """What is remembered, and the children that the state does not name: ours by their mark, others as found."""
    out: list[tuple[Known, ItemState]] = []
    taken: set[IssueRef] = set()
    ids: set[str] = set()
    ours = {mark[1]: ref for ref, mark in _oldest_marks(observed, state).items()}
    for remembered in state.items:
        ref = IssueRef.parse(remembered.ref) if remembered.ref else ours.get(remembered.id)
        if ref is not None:
            ref = observed.moved.get(ref, ref)
            taken.add(ref)
        issue = observed.issue_of(ref) if ref else None
        ids.add(remembered.id)
        entry = replace(remembered, ref=ref.key if ref else "", claimed_at=None if ref else remembered.claimed_at)
        entry = replace(entry, claimed_in="" if ref else remembered.claimed_in)
        entry = replace(entry, dropped=observed.dropped.get(remembered.id, remembered.dropped))
        if entry.claimed_at is not None and remembered.id in observed.refused:
            since = observed.doubted.get(remembered.id)
            entry = replace(entry, refused=since is None, claimed_at=since or entry.claimed_at)
        entry = observed.noted_link(entry)
        title = issue.title if issue else ""
        known = Known(id=remembered.id, text=remembered.text, ref=ref, title=title, listed=remembered.listed)
        out.append((known, entry))
    for item_id, ref in sorted(ours.items()):
        if ref in taken or item_id in ids:
            continue
        issue = observed.issue_of(ref)
        if issue is None:
            continue
        taken.add(ref)
        ids.add(item_id)
        entry = ItemState(id=item_id, text=issue.title, ref=ref.key, dropped=observed.dropped.get(item_id, ()))
        out.append((Known(id=item_id, text=issue.title, ref=ref, title=issue.title), entry))
    # Without a state, what we made elsewhere is as good as a child, though its mark has a seal that we do not know now.
    elsewhere = observed.candidates if observed.state is None else ()
    for child in (*(c for c in observed.snapshot.children if not _hidden(c, observed)), *elsewhere):
        if enrols(child, policy):
            continue
        if child.ref in taken or child.ref in observed.marks or child.is_pull_request:
            continue
        item_id = "c" + hashlib.sha256(child.ref.key.encode()).hexdigest()[:7]
        entry = ItemState(id=item_id, text=child.title, ref=child.ref.key, adopted=True)
        out.append((Known(id=item_id, text=child.title, ref=child.ref, title=child.title), entry))
    return out


def _hidden(child: Issue, observed: Observed) -> bool:
    """Whether the child is seen by fewer people than the post-mortem, so that its title must not stand there."""
    home = observed.snapshot.issue
    elsewhere = (child.ref.site, child.ref.container) != (observed.ref.site, observed.ref.container)
    kept = child.restricted and not home.restricted
    return kept or (elsewhere and home.public is not False and child.public is not True)


def _oldest_marks(observed: Observed, state: State) -> dict[IssueRef, tuple[str, str]]:
    """The genuine marks of this post-mortem, the oldest issue of each item id alone."""
    out: dict[IssueRef, tuple[str, str]] = {}
    seen: set[str] = set()
    for issue in observed.all_issues():
        mark = observed.marks.get(issue.ref)
        if mark is not None and mark[0] == state.uid and mark[1] not in seen:
            seen.add(mark[1])
            out[issue.ref] = mark
    return out


def doubled_children(observed: Observed, state: State) -> tuple[tuple[Issue, IssueRef], ...]:
    """Younger issues that carry an item id which an older one has already, each with that older one."""
    first = {mark[1]: ref for ref, mark in _oldest_marks(observed, state).items()}
    return tuple(
        (issue, first[mark[1]])
        for issue in observed.all_issues()
        if (mark := observed.marks.get(issue.ref)) and mark[0] == state.uid and first[mark[1]] != issue.ref
    )


def _listed_state(before: ItemState, item: ActionItem | None, observed: Observed) -> ItemState | None:
    """What is remembered once the document was read; None where nothing needs to be."""
    if item is not None:
        return replace(before, text=item.text or before.text, listed=True)
    if before.part_of:
        return before  # Made in a comment: the document need not list it.
    if before.adopted or (before.ref and before.ref == observed.ref.key):
        return before
    if not before.ref and not before.claimed_at and not before.untracked:
        return None
    return replace(before, listed=False)


def _part(entry: ItemState, of_id: Mapping[str, ActionItem]) -> ActionItem | None:
    """A part of an item that was split, as if the document listed it below the whole."""
    if not entry.part_of:
        return None
    whole = of_id.get(entry.part_of)
    return ActionItem(
        line=whole.line if whole is not None else 0,
        text=entry.text,
        section=whole.section if whole is not None else "",
        priority=whole.priority if whole is not None else "",
    )


def _resolved(observed: Observed, written: str) -> IssueRef | None:
    found = observed.resolved.get(written)
    return observed.moved.get(found, found) if found is not None else None


def _line(
    remembered: ItemState,
    item: ActionItem | None,
    observed: Observed,
    document: Document,
    policy: Policy,
    directory: Directory,
    today: date,
    names: Mapping[str, str],
) -> Line:
    site, number = observed.ref.site, remembered.number
    findings: list[Finding] = []
    adopt: IssueRef | None = None
    hold = ""
    if document.kind is Kind.ACTION_ITEM and not remembered.ref:
        remembered = replace(remembered, ref=observed.ref.key, adopted=True)
    issue = observed.issue_of(IssueRef.parse(remembered.ref)) if remembered.ref else None
    if remembered.ref and issue is None and IssueRef.parse(remembered.ref).site not in observed.away:
        findings.append(
            Finding(
                rule="item/issue-gone",
                level="error",
                excerpt=remembered.ref,
                remedy="its issue is gone or not visible to Followthrough: give it access, or name another issue.",
            )
        )
    elif not remembered.ref and item is not None:
        adopt, hold = _own_reference(item, observed, policy, findings)
        if adopt is not None:
            issue = observed.issue_of(adopt)
            remembered = replace(remembered, ref=adopt.key, adopted=True)
            if (AdoptIssue.name, adopt.key) in observed.refusals:
                remembered = replace(remembered, dropped=("adoption",))
            remembered = observed.noted_link(remembered)

    places = observed.places
    written, spoken_on = (item.owners if item is not None else ()), site
    elsewhere = issue.ref.site if issue is not None else site
    if not written and issue is not None:
        written, spoken_on = issue.assignees, elsewhere
    home = f"{observed.ref.site}:{observed.ref.container}"
    assignable = {login: ok for p in places.values() for login, ok in p.assignable.items()}
    if issue is not None and spoken_on == elsewhere:
        assignable |= {login.casefold(): True for login in issue.assignees}
    owner = find_owner(
        written,
        directory,
        spoken_on,
        assignable=assignable,
        teams_may_own=policy.smart.teams_may_own,
        login_site=elsewhere,
        names_of=names,
    )
    if owner.problem is not None:
        findings.append(replace(owner.problem, item=remembered.id))

    result = mirror_item(
        item,
        remembered,
        issue,
        owner.login or None,
        today=today,
        close_on_tick=policy.close_on_tick,
        number=number,
    )
    remembered = result.state
    due, status = result.due, result.status
    if remembered.waived and issue is None:
        status = Status.WAIVED
    agreed = result.owner.casefold()
    # Without an issue the document speaks, unless somebody gave the item to another in a comment.
    given = issue is not None or agreed != (remembered.base.said_owner or "").casefold()
    if agreed and given and agreed != owner.login.casefold():
        person = directory.by_login(elsewhere, result.owner)
        owner = find_owner((result.owner,), directory, elsewhere, assignable={agreed: True}, names_of=names)
        if person is not None:
            owner = replace(owner, person=person)
        if issue is None:
            findings = [finding for finding in findings if not finding.rule.startswith("owner/")]
    elsewhere_too = issue is None and not is_confidential(observed.snapshot.issue, policy)
    place = place_for(owner, directory, observed.ref) if elsewhere_too else home
    author = directory.by_login(site, observed.snapshot.issue.author)
    team = team_for(owner, directory, observed.ref, author, issue=issue)
    withheld = (team.name or team.id) if team is not None and team.mode is Mode.OBSERVE else ""
    if withheld and adopt is not None:
        remembered, adopt = replace(remembered, dropped=("adoption",)), None

    judged = replace(item, due=due) if item is not None else ActionItem(line=0, text=remembered.text, due=due)
    # What has no priority of its own is as urgent as its incident was severe.
    judged = replace(judged, priority=judged.priority or severity_of(observed.snapshot.issue, policy))
    verdicts = judge(
        judged,
        document,
        policy=smart_for(policy, owner.person.team if owner.person is not None else ""),
        slo_days=policy.slo_of(owner.person.team if owner.person is not None else ""),
        today=today,
        tracker_due=due,
        owner_known=owner.person is not None,
        owners=(owner.shown,) if owner.person is not None else None,
    )
    verdicts = suppressed(verdicts, remembered.ignored)
    findings += shortcomings(remembered, item, issue, owner, due, status, number, observed)
    return Line(
        number=number,
        state=remembered,
        item=item,
        issue=issue,
        owner=owner,
        place=place,
        adopt=adopt,
        hold=hold,
        withheld=withheld,
        due=due,
        status=status,
        verdicts=verdicts,
        needs=_needs(verdicts, result.question) if not status.closed else (),
        findings=tuple(findings),
        pushes=result.pushes,
        notes=result.notes,
    )


def _needs(verdicts: Mapping[str, Verdict], question: str) -> tuple[str, ...]:
    """What is lacking, in words for people; a tick in the document comes first, since one word settles it."""
    return (question,) if question else needs(verdicts)


def _own_reference(
    item: ActionItem, observed: Observed, policy: Policy, findings: list[Finding]
) -> tuple[IssueRef | None, str]:
    """The issue that the item names as its own, if it may be adopted; else why nothing is created in its stead."""
    if not item.ref_is_own or not item.refs:
        return None, ""
    written = item.refs[0]
    ref = _resolved(observed, written)
    if ref is None:
        return None, f"names {written}, which is in none or in several of the trackers here: write its whole address"
    if ref == observed.ref:
        findings.append(
            Finding(rule="reference/self", level="warning", excerpt=written, line=item.line, remedy=_SELF_REMEDY)
        )
        return None, ""
    issue = observed.issue_of(ref)
    if issue is None and ref.site in observed.away:
        return None, f"names {written}, and {ref.site} does not answer at the moment"
    if issue is None:
        findings.append(
            Finding(rule="reference/not-found", level="error", excerpt=written, line=item.line, remedy=_GONE_REMEDY)
        )
        return None, f"names {written}, which does not exist or is not visible"
    if issue.is_pull_request or enrols(issue, policy):
        return None, ""
    return issue.ref, ""


_SELF_REMEDY = "the item names the post-mortem itself: name the issue that does the work, or none."
_GONE_REMEDY = "this issue does not exist or Followthrough may not see it: correct the reference, or give it access."


def numbered(lines: Sequence[Line]) -> Mapping[int, Line]:
    """The lines by the number that people type."""
    return {line.number: line for line in lines}
