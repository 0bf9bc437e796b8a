"""What ought to be done about one post-mortem: the whole decision, as a pure function of what was seen.

The order: is it enrolled; what does it say; which promise is which; what did people ask for; which items become issues;
what is out of step; when is the review; and, last, what the sticky comment should say about all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from worker.domain.escalation import reached_people
from worker.domain.incident import severity_of
from worker.domain.model import Directory, Document, Finding, Kind, Review, Status
from worker.domain.plan.dialogue import converse
from worker.domain.plan.effects import (
    AdoptIssue,
    CloseDuplicate,
    Effect,
    IssueChange,
    Plan,
    React,
    RemoveRecord,
    SetAssignees,
    SetDue,
    SetStatus,
)
from worker.domain.plan.endings import plan_endings
from worker.domain.plan.enrolment import Enrolment, enrol, rest
from worker.domain.plan.lines import Line, doubled_children, lines_of
from worker.domain.plan.observed import Observed
from worker.domain.plan.questions import read_document
from worker.domain.plan.standing import Case, dossier_of, people_to_mark, sticky_differs, sticky_of, wake_at
from worker.domain.plan.tracking import Tracking, claimed, plan_tracking, rest_ends
from worker.domain.policy import Policy
from worker.domain.review import plan_review
from worker.domain.state import State

MAKING = timedelta(minutes=1)
"""Within this of its creation a change of an issue is part of making it; later ones are somebody's."""


def plan_post_mortem(observed: Observed, policy: Policy, directory: Directory, now: datetime) -> Plan:
    """Return everything that one reconciliation of this post-mortem owes now.

    Applying the plan and planning again on what is then seen gives no effects.
    """
    unit = observed.ref.key
    if observed.state_problem == "newer":
        gap = f"{unit}: its state was written by a newer version of Followthrough; upgrade this one"
        return Plan(unit=unit, gaps=(gap,))
    today = now.astimezone(ZoneInfo(policy.default_timezone)).date()
    enrolment = enrol(observed, policy, now, today)
    if enrolment.state is None:
        return Plan(unit=unit)
    state = replace(rest(enrolment.state, observed.snapshot.issue.body, now), home=unit)
    if state.left and not enrolment.leaves:
        return _gone(observed, enrolment, policy, directory, now, today)

    document = read_document(observed.snapshot, state, policy, today)
    before = state
    lines = lines_of(observed, state, document, policy, directory, today)
    lines = tuple(_not_pushed(line, before, observed) for line in lines)
    state = _remember(state, lines, today)
    idle = state.left or state.leaving_since is not None
    pushes = () if idle else _pushes(observed, lines)
    # What the document pushes, and then what people ask for, holds from here on as if the tracker had it already.
    seen = _after(observed, pushes)
    answered = converse(seen, state, lines, directory, policy, now, today)
    if answered.state != state:
        state = answered.state
        seen = _after(seen, answered.effects)
        document = read_document(observed.snapshot, state, policy, today)
        lines = lines_of(seen, state, document, policy, directory, today)
        lines = tuple(_not_pushed(line, state, seen) for line in lines)
        state = _remember(state, lines, today)
    severity = severity_of(observed.snapshot.issue, policy)
    lines = tuple(replace(line, proposed=_proposed(line, severity, state, policy)) for line in lines)

    ended = plan_endings(seen, enrolment.state, state, lines, document.kind, policy, today)
    state, seen = ended.state, _after(seen, ended.effects)

    case = Case(
        observed=seen,
        state=state,
        document=document,
        lines=lines,
        enrolment=enrolment,
        policy=policy,
        directory=directory,
        now=now,
        today=today,
    )
    settled = bool(state.track_now) or now >= rest_ends(state, policy, now)
    is_record = document.kind is Kind.POST_MORTEM
    if state.review is not None or (is_record and settled):
        # An issue that turned out to be one promise has nothing to review: without items the review is called off.
        reviewed = dossier_of(case) if is_record else replace(dossier_of(case), items=())
        review = plan_review(reviewed, state, case.author, directory, policy, now)
        case = replace(case, state=replace(state, review=review))
    dossier = dossier_of(case)
    tracking = Tracking() if case.idle else plan_tracking(seen, case.state, lines, document.kind, policy, now)
    tracking = replace(tracking, findings=(*tracking.findings, *ended.findings))

    asked = {(type(e), e.ref) for e in answered.effects if isinstance(e, IssueChange)}
    # That it was heard is remembered first, and shown last: who is interrupted in between must not hear it all again.
    shown = [e for e in answered.effects if isinstance(e, React)]
    effects: list[Effect] = [e for e in answered.effects if not isinstance(e, React)]
    effects += [*_doubles(observed, case.state), *tracking.adoptions, *tracking.links]
    effects += (push for push in pushes if (type(push), push.ref) not in asked)
    effects += ended.effects
    effects = [e for e in effects if (e.name, e.target) not in observed.refusals]
    effects = [e for e in effects if not (isinstance(e, IssueChange | AdoptIssue) and e.ref.site in observed.away)]
    if tracking.claims:
        announced = replace(case, state=claimed(case.state, lines, tracking.claims, now))
        why = "what is created elsewhere is announced first"
        effects.append(replace(sticky_of(announced, dossier, tracking), claim=True, why=why))
    effects += tracking.creates
    sticky = sticky_of(case, dossier, tracking)
    if tracking.creates or tracking.links or sticky_differs(sticky, observed):
        effects.append(sticky)
    effects += [e for e in shown if (e.name, e.target) not in observed.refusals]

    people = () if case.idle else reached_people(dossier, directory, policy, now)
    # Whoever was invited before may be owed a cancellation.
    invited = {*_invited(dossier.review), *_invited(observed.state.review if observed.state else None)}
    return Plan(
        unit=unit,
        effects=tuple(effects),
        wake_at=wake_at(case, dossier, tracking),
        marks=people_to_mark((*people, *invited), case),
        children=frozenset(i.ref for line in lines if (i := line.issue) is not None and i.ref != observed.ref),
        dossier=dossier,
        leaves=enrolment.leaves,
        gaps=tuple(f"{unit}: {site} does not answer ({why})" for site, why in sorted(observed.away.items())),
    )


def _gone(
    observed: Observed, enrolment: Enrolment, policy: Policy, directory: Directory, now: datetime, today: date
) -> Plan:
    """An enrolment that has ended: nothing is written, but whoever was invited may still be owed a cancellation."""
    if enrolment.state is None:
        return Plan(unit=observed.ref.key)
    case = Case(
        observed=observed,
        state=enrolment.state,
        document=Document(),
        lines=(),
        enrolment=enrolment,
        policy=policy,
        directory=directory,
        now=now,
        today=today,
    )
    marks = people_to_mark(_invited(enrolment.state.review), case)
    return Plan(unit=observed.ref.key, dossier=dossier_of(case), marks=marks)


def _not_pushed(line: Line, state: State, observed: Observed) -> Line:
    """The line as it stands where the tracker refused in this run what the document pushes, or its team is in mode
    observe: nothing was agreed."""
    former = state.item(line.state.id)
    if line.issue is None or former is None:
        return line
    for name, field, said in _PUSHED:
        reason = "" if line.withheld else observed.refusal(name, line.issue.ref)
        if reason is None or getattr(line.pushes, field) is None:
            continue
        base = replace(line.state.base, **{field: getattr(former.base, field), said: getattr(former.base, said)})
        kept = replace(line.state, base=base, promised=former.promised, slips=former.slips)
        finding = Finding(
            rule=f"item/{name}-refused",
            level="error",
            item=line.state.id,
            remedy=f"the tracker refused what the document changed: {reason}",
        )
        line = replace(
            line,
            state=kept,
            due=line.issue.due if field == "due" else line.due,
            status=line.issue.status if field == "status" else line.status,
            notes=(),
            findings=(*line.findings, finding) if reason else line.findings,
            pushes=replace(line.pushes, **_NOTHING[field]),
        )
    return line


_PUSHED = (
    (SetDue.name, "due", "said_due"),
    (SetAssignees.name, "owner", "said_owner"),
    (SetStatus.name, "status", "said_done"),
)
"""What the document pushes to an issue: the effect, and the fields of what is agreed."""

_NOTHING: Mapping[str, Mapping[str, Any]] = {
    "due": {"due": None},
    "owner": {"owner": None, "assignees": ()},
    "status": {"status": None},
}


def _invited(review: Review | None) -> tuple[str, ...]:
    return (*review.attendees, *review.optional) if review is not None else ()


def _remember(state: State, lines: tuple[Line, ...], today: date) -> State:
    """The state with every line's own part, and with what the mirror had to say."""
    state = replace(state, items=tuple(line.state for line in lines))
    for line in lines:
        for note in line.notes:
            state = state.noted(f"{today.isoformat()} item {line.number}: {note}")
    return state


def _proposed(line: Line, severity: str, state: State, policy: Policy) -> date | None:
    """The day that the SLO of its priority, else of its incident's severity, gives an open item without a date."""
    priority = (line.item.priority.upper() if line.item is not None else "") or severity
    days = policy.slo_of(line.owner.person.team if line.owner.person is not None else "").get(priority)
    if line.due is not None or days is None or line.status is not Status.OPEN:
        return None
    return state.enrolled_at.date() + timedelta(days=days)


def _after(observed: Observed, effects: Iterable[Effect]) -> Observed:
    for effect in effects:
        if isinstance(effect, IssueChange):
            observed = observed.after(effect)
    return observed


def _pushes(observed: Observed, lines: tuple[Line, ...]) -> tuple[IssueChange, ...]:
    """What the document changed since both sides last agreed, for the tracked issue to follow."""
    out: list[IssueChange] = []
    for line in lines:
        issue, pushes = line.issue, line.pushes
        if issue is None or issue.ref == observed.ref:
            continue
        why = f"the document changed item {line.number}"
        if pushes.due is not None and pushes.due != issue.due:
            out.append(SetDue(unit=observed.ref.key, ref=issue.ref, due=pushes.due, where=issue.due_from, why=why))
        if pushes.assignees and pushes.assignees != issue.assignees:
            out.append(SetAssignees(unit=observed.ref.key, ref=issue.ref, logins=pushes.assignees, why=why))
        if pushes.status is not None and pushes.status is not issue.status:
            why = f"item {line.number} is ticked in the document"
            out.append(SetStatus(unit=observed.ref.key, ref=issue.ref, status=pushes.status, why=why))
    return tuple(out)


def _doubles(observed: Observed, state: State) -> list[Effect]:
    """Doubled stickies and doubled children: the oldest stays, and nothing that a person touched is closed."""
    out: list[Effect] = [
        RemoveRecord(unit=observed.ref.key, ref=observed.ref, comment=r.id, why="an older sticky comment exists")
        for r in observed.doubles
    ]
    for issue, first in doubled_children(observed, state):
        untouched = issue.updated_at - issue.created_at <= MAKING and not issue.comments_count
        if issue.status is Status.OPEN and untouched:
            why = "an older issue carries the same item"
            out.append(CloseDuplicate(unit=observed.ref.key, ref=issue.ref, of=first, why=why))
    return out
