"""What did an organization's post-mortems promise, and what became of it? And what should be done first?

Pure: the caller reads folders and trackers and says what day it is. Nothing is guessed: a promise of which neither the
document nor a tracker tells the end is `unknown`, and is shown apart from what is known to be open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from statistics import median

from worker.domain.document import parse_document
from worker.domain.document.sections import classify
from worker.domain.likeness import normal
from worker.domain.model import ActionItem, Document, Issue, IssueRef, Kind, Status
from worker.domain.policy import Policy
from worker.domain.rules import smart_for
from worker.domain.smart import judge, needs

OLDEST = 5
REVIEW_DAYS = 42
"""The follow-up review is due six weeks after the incident: younger post-mortems can still have theirs."""

_NAMED = re.compile(
    r"post[-_ ]?mortems?\b|\bincident[-_ ](?:report|review|retro\w*|analysis|record)|\boutage\b|\broot[-_ ]cause"
    r"|\brca\b|\bcorrection of errors?\b|\bcoe\b|\bpost[-_ ]incident|\bafter[-_ ]action|\blearning review\b"
    r"|ポストモーテム|障害報告|\bretour d'incident|\bstörungsbericht",
    re.IGNORECASE,
)
_LABELS = re.compile(r"post[-_: ]*mortem|incident[-_: ]*review|retrospective|\brca\b|root[-_ ]cause", re.IGNORECASE)
_MAYBE_LABELS = re.compile(r"\bincidents?\b|\boutages?\b|\bsev[-_ ]?\d", re.IGNORECASE)
_SHAPE = frozenset(
    {"impact", "timeline", "root_cause", "contributing_factors", "five_whys", "what_went_well", "lessons", "detection"}
)
# Sections that a mere bug report does not have.
_TELLING = frozenset({"timeline", "what_went_well", "five_whys", "lessons", "contributing_factors"})
_TROUBLE = re.compile(
    r"\b(?:outage|incident\w*|downtime|down|offline|unavailable|unreachable|degrad\w+|disrupt\w+|broke\w*|fail\w*|errors?|"
    r"lost|stuck|wrong|slow\w*|rejected|declined|leak\w*|crash\w*|halt\w*|expired|delay\w*|late|panne|störung|avaria|caída|"
    r"awari\w+|инцидент\w*|сбой)\b|障害|遅延|停止",
    re.IGNORECASE,
)
_HEADING = re.compile(r"(?m)^(?:#{1,6}|\*\*|__|h[1-6]\.|={2,6})[ \t]{0,3}([^\n]{2,80})$")


class State(StrEnum):
    """What became of a promise. `unknown`: nobody wrote it down, and no tracker knows."""

    KEPT = "kept"
    OPEN = "open"
    WAIVED = "waived"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One document to audit, as found: `place` is its path or key, `url` where people open it (or "").

    `created` is the day it was written, where the tracker knows. `children` are the tracked issues below it.
    """

    place: str
    title: str = ""
    body: str
    url: str = ""
    labels: frozenset[str] = frozenset()
    created: date | None = None
    near: IssueRef | None = None
    children: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One promised improvement as it stands. `needs` are the words of `smart.needs`; `since` is the day of the promise.

    `tracked` says that a tracker knows it: there is an issue behind it that can be looked up.
    """

    text: str
    place: str
    url: str
    line: int = 0
    owners: tuple[str, ...] = ()
    due: date | None = None
    state: State
    needs: tuple[str, ...] = ()
    since: date | None = None
    tracked: bool = False
    priority: str = ""

    @property
    def left(self) -> bool:
        """Neither kept nor let go, as far as anybody can tell."""
        return self.state in {State.OPEN, State.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One post-mortem: where it is, when its incident was (or it was written), and what it promised."""

    place: str
    title: str
    url: str
    on: date | None
    promises: tuple[Promise, ...]
    link_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that Followthrough would do, with how many promises or post-mortems it is about."""

    what: str
    why: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The whole result. Counts are of promises unless they say otherwise; `ownerless`, `dateless`, `vague`, `untracked`
    and `late` are of those left; `median_age_days` is over those left whose day is known (None: of none is it known).
    `target` is what was asked for, `read` how many documents were looked at, `too_old` how many `since` left out."""

    target: str
    today: date
    since: date | None
    read: int
    too_old: int
    post_mortems: tuple[Audited, ...]
    promised: int
    kept: int
    open: int
    unknown: int
    waived: int
    ownerless: int
    dateless: int
    vague: int
    untracked: int
    late: int
    median_age_days: int | None
    oldest: tuple[Promise, ...]
    first: tuple[Step, ...]
    unreadable: tuple[str, ...] = field(default=())

    @property
    def left(self) -> int:
        return self.open + self.unknown


def may_be_post_mortem(source: Source) -> bool:
    """A quick look at an issue: is its body worth reading at all? By its labels, its name, or the names of headings."""
    if any(_LABELS.search(label) or _MAYBE_LABELS.search(label) for label in source.labels):
        return True
    if _NAMED.search(source.title) or _NAMED.search(source.body[:400]):
        return True
    headings = (found[1].strip(" *_#=:") for found in _HEADING.finditer(source.body[:60_000]))
    return len({name for name in map(classify, headings) if name in _SHAPE}) >= 2


def is_post_mortem(source: Source, document: Document) -> bool:
    """True by a label or a name that says so, with a record below it; or by the shape alone.

    An issue must have the shape of a record, because bug reports have headings too. A document of a folder is believed
    sooner: promises, and words of trouble with a day, are enough.
    """
    shape = _SHAPE & document.sections.keys()
    labelled = any(_LABELS.search(label) for label in source.labels)
    maybe = any(_MAYBE_LABELS.search(label) for label in source.labels)
    named = bool(_NAMED.search(source.title or document.title) or _NAMED.search(source.place))
    if any(finding.rule == "document/template" for finding in document.findings):
        return False
    if labelled and (document.kind is Kind.POST_MORTEM or document.link_only or source.children):
        return True
    if (named or maybe) and (document.sections or document.items or (named and document.link_only)):
        return True
    if source.near is not None:
        return len(shape) >= 3 and bool(shape & _TELLING)
    promises = bool(document.items) or "action_items" in document.sections
    troubled = document.incident_date is not None and bool(_TROUBLE.search(f"{document.title}\n{source.body[:1500]}"))
    return len(shape) >= 2 or (promises and (bool(shape) or troubled))


def read_source(source: Source, *, policy: Policy, today: date) -> Document:
    """The document of a source, read as the service would read it."""
    return parse_document(
        source.body,
        today=today,
        near=source.near,
        day_first=policy.day_first,
        title=source.title,
        created=source.created,
    )


def audit_one(
    source: Source, document: Document, *, tracked: Mapping[str, Issue], policy: Policy, today: date, team: str = ""
) -> Audited:
    """One post-mortem with its promises. `tracked` maps references as the document writes them to the issues behind
    them, as far as they could be looked up; what an issue says of owner, date and end goes before the document. `team`
    is whose rules count ("" for the organization's)."""
    policy = replace(policy, smart=smart_for(policy, team))
    since = document.incident_date or source.created
    claimed: set[IssueRef] = set()
    promises = []
    for item in document.items:
        issue = _issue_of(item, source.children, tracked)
        if issue is not None:
            claimed.add(issue.ref)
        promises.append(_promise(item, document, issue, source=source, since=since, policy=policy, today=today))
    promises.extend(
        _of_child(child, document, source=source, since=since, policy=policy, today=today)
        for child in source.children
        if child.ref not in claimed and not child.is_pull_request
    )
    return Audited(
        place=source.place,
        title=source.title or document.title or source.place,
        url=source.url,
        on=since,
        promises=tuple(promises),
        link_only=document.link_only,
    )


def _issue_of(item: ActionItem, children: Sequence[Issue], tracked: Mapping[str, Issue]) -> Issue | None:
    """The issue that is this item: by its reference, else the child with the same words."""
    for ref in item.refs:
        found = tracked.get(ref)
        if found is not None and (item.ref_is_own or len(item.refs) == 1) and not found.is_pull_request:
            return found
    wanted = normal(item.text)
    return next((child for child in children if wanted and normal(child.title) == wanted), None)


def _promise(
    item: ActionItem,
    document: Document,
    issue: Issue | None,
    *,
    source: Source,
    since: date | None,
    policy: Policy,
    today: date,
) -> Promise:
    owners = (issue.assignees or item.owners) if issue is not None else item.owners
    due = (issue.due or item.due) if issue is not None else item.due
    verdicts = judge(
        item,
        document,
        policy=policy.smart,
        slo_days=policy.slo_days,
        today=today,
        tracker_due=due,
        owners=owners or None,
    )
    return Promise(
        text=item.text,
        place=source.place,
        url=issue.url if issue is not None and issue.url else source.url,
        line=item.line,
        owners=tuple(issue.names.get(owner, owner) for owner in owners) if issue is not None else owners,
        due=due,
        state=_state(item, issue),
        needs=needs(verdicts),
        since=since or (issue.created_at.date() if issue is not None else None),
        tracked=issue is not None or bool(item.refs),
        priority=item.priority or (issue.priority if issue is not None else ""),
    )


def _of_child(
    child: Issue, document: Document, *, source: Source, since: date | None, policy: Policy, today: date
) -> Promise:
    """A child issue that the document does not list is a promise too."""
    item = ActionItem(line=0, text=child.title, owners=child.assignees, due=child.due)
    return _promise(
        item, document, child, source=source, since=since or child.created_at.date(), policy=policy, today=today
    )


_OF_STATUS = {Status.DONE: State.KEPT, Status.WAIVED: State.WAIVED, Status.OPEN: State.OPEN}


def _state(item: ActionItem, issue: Issue | None) -> State:
    """The tracker's word goes before the document's: a box that nobody ticked says less than a closed issue."""
    if issue is not None:
        return _OF_STATUS[issue.status]
    if item.done is None:
        return State.UNKNOWN
    return State.KEPT if item.done else State.OPEN


def sum_up(
    post_mortems: Iterable[Audited],
    *,
    target: str,
    today: date,
    since: date | None,
    read: int,
    unreadable: Iterable[str] = (),
) -> Audit:
    """Everything on one page. Post-mortems of before `since` are counted and left out; those without a day stay."""
    every = list(post_mortems)
    kept = [one for one in every if since is None or one.on is None or one.on >= since]
    kept.sort(key=lambda one: (one.on or date.min, one.place), reverse=True)
    promises = [promise for one in kept for promise in one.promises]
    left = [promise for promise in promises if promise.left]
    ages = [(today - promise.since).days for promise in left if promise.since is not None and promise.since <= today]
    states = {state: sum(promise.state is state for promise in promises) for state in State}
    return Audit(
        target=target,
        today=today,
        since=since,
        read=read,
        too_old=len(every) - len(kept),
        post_mortems=tuple(kept),
        promised=len(promises),
        kept=states[State.KEPT],
        open=states[State.OPEN],
        unknown=states[State.UNKNOWN],
        waived=states[State.WAIVED],
        ownerless=sum(not promise.owners for promise in left),
        dateless=sum(promise.due is None for promise in left),
        vague=sum(_is_vague(promise) for promise in left),
        untracked=sum(not promise.tracked for promise in left),
        late=sum(promise.due is not None and promise.due < today for promise in left),
        median_age_days=round(median(ages)) if ages else None,
        oldest=tuple(sorted((p for p in left if p.since is not None), key=_age_order)[:OLDEST]),
        first=_steps(kept, left, today),
        unreadable=tuple(sorted(unreadable)),
    )


def _age_order(promise: Promise) -> tuple[date, bool, str, int]:
    return (promise.since or date.max, promise.state is State.UNKNOWN, promise.place, promise.line)


def _is_vague(promise: Promise) -> bool:
    return bool({"a concrete step", "a done-when"} & set(promise.needs))


def _steps(kept: Sequence[Audited], left: Sequence[Promise], today: date) -> tuple[Step, ...]:
    """What would be done first, in the order in which it helps: what is late, what nobody tracks, what nobody owns."""
    late = sorted((p for p in left if p.due is not None and p.due < today), key=lambda p: (p.due or date.max, p.place))
    owned_late = [promise for promise in late if promise.owners]
    untracked = [promise for promise in left if not promise.tracked]
    ownerless = [promise for promise in left if not promise.owners]
    dateless = [promise for promise in left if promise.due is None]
    vague = [promise for promise in left if _is_vague(promise)]
    links = [one for one in kept if one.link_only]
    silent = [one for one in kept if not one.promises and not one.link_only]
    young = [one for one in kept if one.on is not None and 0 <= (today - one.on).days <= REVIEW_DAYS and one.promises]
    steps = (
        Step(
            what="Ask the owners of what is late for one word: done, a new date, or let go",
            why="their dates have passed, and a promise that nobody asks about is forgotten",
            count=len(owned_late),
        ),
        Step(
            what="Make a tracked issue of each promise that no tracker knows",
            why="what stands only in a document is seen again at the next incident",
            count=len(untracked),
        ),
        Step(
            what="Ask each author who will do what has no owner",
            why="what everybody should do, nobody does",
            count=len(ownerless),
        ),
        Step(
            what="Propose a date for what has none, from its priority",
            why="without a date, nothing is ever late",
            count=len(dateless),
        ),
        Step(
            what="Ask for a done-when, with a rewording in the author's own words",
            why="nobody can tell when these are finished",
            count=len(vague),
        ),
        Step(
            what="Book the follow-up review of each post-mortem of the last six weeks",
            why="they are young enough for it",
            count=len(young),
        ),
        Step(
            what="Ask the authors of post-mortems that promise nothing what will change",
            why="the same thing may happen again",
            count=len(silent),
        ),
        Step(
            what="Ask for the text of post-mortems that are only a link",
            why="what stands elsewhere cannot be tracked",
            count=len(links),
        ),
    )
    return tuple(step for step in steps if step.count)
