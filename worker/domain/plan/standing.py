"""How one post-mortem stands, put into the forms that others read: the dossier, the sticky comment, the next look.

All are views of one `Case`; nothing is decided here about issues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from worker.domain.escalation import announced, ladder_moments
from worker.domain.incident import is_confidential, severity_of
from worker.domain.model import (
    SOMEBODY,
    Directory,
    Document,
    Dossier,
    Finding,
    Issue,
    Mode,
    Person,
    Status,
    TrackedItem,
    words_digest,
)
from worker.domain.owners import Owner, team_for
from worker.domain.plan.effects import WriteSticky
from worker.domain.plan.enrolment import Enrolment
from worker.domain.plan.lines import Line
from worker.domain.plan.observed import Observed
from worker.domain.plan.person import person_unit
from worker.domain.plan.tracking import Tracking
from worker.domain.policy import Policy
from worker.domain.render.sticky import NextStep, View, render_sticky
from worker.domain.rules import levelled
from worker.domain.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One post-mortem with everything known about it at this moment; `today` is the day in the site's zone."""

    observed: Observed
    state: State
    document: Document
    lines: Sequence[Line]
    enrolment: Enrolment
    policy: Policy
    directory: Directory
    now: datetime
    today: date

    @property
    def idle(self) -> bool:
        """Whether the label is missing, so that nothing new may begin."""
        return self.state.left or self.state.leaving_since is not None

    @property
    def author(self) -> Person | None:
        return self.directory.by_login(self.observed.ref.site, self.observed.snapshot.issue.author)


def dossier_of(case: Case) -> Dossier:
    """What people may be told about this post-mortem."""
    issue, state = case.observed.snapshot.issue, case.state
    return Dossier(
        ref=issue.ref,
        uid=state.uid,
        title="" if is_confidential(issue, case.policy) else issue.title,
        url=issue.url,
        author=case.author.id if case.author else "",
        enrolled_on=state.enrolled_at.date(),
        incident_date=case.document.incident_date or issue.created_at.date(),
        closed=case.idle,
        items=tuple(_tracked(line, case) for line in case.lines if not line.state.untracked),
        review=state.review,
        quiet_until=state.quiet_until,
        mode=case.observed.mode,
        severity=severity_of(issue, case.policy),
        shut=issue.status.closed,
    )


def _tracked(line: Line, case: Case) -> TrackedItem:
    issue, post_mortem = line.issue, case.observed.snapshot.issue
    person = line.owner.person
    team = team_for(line.owner, case.directory, post_mortem.ref, case.author, issue=issue)
    created = issue.created_at if issue is not None else case.state.enrolled_at
    return TrackedItem(
        id=line.state.id,
        number=line.number,
        text=line.text,
        post_mortem=post_mortem.ref,
        post_mortem_title="" if is_confidential(post_mortem, case.policy) else post_mortem.title,
        uid=case.state.uid,
        ref=issue.ref if issue is not None else None,
        url=issue.url if issue is not None else post_mortem.url,
        status=line.status,
        owner=person.id if person is not None else "",
        team=team.id if team is not None else "",
        due=line.due,
        due_proposed=line.due is None and line.proposed is not None,
        priority=line.item.priority if line.item is not None else "",
        needs=line.needs,
        created_on=created.date(),
        closed_on=issue.closed_at.date() if issue is not None and issue.closed_at else None,
        active_at=_moved_at(line, case),
        slips=line.state.slips,
        planned_from=issue.planned_from if issue is not None else None,
        blocked_by=tuple(ref.key for ref in issue.blocked_by) if issue is not None else (),
        assigned_at=_assigned_at(issue, case),
        proof=bool(issue is not None and issue.proof),
        components=issue.components if issue is not None else (),
        evidence=line.state.evidence,
        proof_asked=line.state.proof_asked,
        ticked=bool(line.item is not None and line.item.done and line.status is Status.OPEN),
        snoozed_until=line.state.snoozed_until,
        slipped_on=line.state.slipped_on,
        question=line.state.question,
        asked_by=line.state.asked_by,
        asked_at=line.state.asked_at,
        waiver=line.state.waiver,
        way_out=line.state.way_out or ("waived" if line.status is Status.WAIVED else ""),
        category=line.state.category,
        confidential=any(is_confidential(one, case.policy) for one in (issue, post_mortem) if one is not None),
        out_of_sight=issue is not None and issue.ref.site in case.observed.away,
    )


def _assigned_at(issue: Issue | None, case: Case) -> datetime | None:
    """When its owner got the item. Of an issue that was made a moment ago, with an owner, the tracker has not told."""
    if issue is None or issue.assigned_at is not None:
        return issue.assigned_at if issue is not None else None
    return issue.created_at if issue.assignees and issue.ref in case.observed.marks else None


def _moved_at(line: Line, case: Case) -> datetime | None:
    """When a person last gave news of an item: no program, nor those above the owner, whose asking is no news."""
    issue, owner = line.issue, line.owner.person
    if issue is None:
        return None
    if issue.ref == case.observed.ref:
        comments = case.observed.snapshot.comments
    else:
        thread = case.observed.threads.get(issue.ref)
        comments = thread.comments if thread is not None else ()
    above = (case.directory.lead_of(owner), case.directory.director_of(owner)) if owner is not None else ()
    if owner is not None and line.state.asked_by != owner.id:
        above = (*above, case.directory.people.get(line.state.asked_by))
    asking = {p.logins.get(issue.ref.site, "").casefold() for p in above if p is not None} - {SOMEBODY}
    news = [c.created_at for c in comments if not c.ours and not c.bot and c.author.casefold() not in asking]
    news += (at for login, at in issue.touched.items() if login.casefold() not in asking)
    return max(news, default=None)


def sticky_of(case: Case, dossier: Dossier, tracking: Tracking) -> WriteSticky:
    """The sticky comment as it should read now."""
    names = [case.directory.people[p].shown for p in _attendees(dossier) if p in case.directory.people]
    live = case.observed.mode is Mode.LIVE
    view = View(
        home=case.observed.ref,
        state=case.state,
        kind=case.document.kind,
        lines=tuple(_told_here(line, case) for line in case.lines),
        findings=_findings(case, tracking),
        # Where nobody is told anything, nothing is announced either.
        steps=_steps(dossier, case) if live else (),
        review=case.state.review if live else None,
        review_names=names,
        tracks_at=tracking.rests_until,
        ends_at=case.enrolment.ends_at,
        timezone=case.policy.default_timezone,
        today=case.today,
    )
    record = case.observed.sticky
    why = "the post-mortem is enrolled" if record is None else "what it says has changed"
    return WriteSticky(
        unit=case.observed.ref.key,
        ref=case.observed.ref,
        record=record.id if record else "",
        body=render_sticky(view),
        state=case.state,
        why=why,
    )


def _told_here(line: Line, case: Case) -> Line:
    """The line without its owner, where only an issue names one that fewer may see: a confidential one of another
    tracker, or one that its tracker shows to some."""
    issue, home = line.issue, case.observed.snapshot.issue
    if issue is None or not is_confidential(issue, case.policy):
        return line
    if issue.ref.site == home.ref.site and (home.restricted or not issue.restricted):
        return line
    return line if line.item is not None and line.item.owners else replace(line, owner=Owner())


def sticky_differs(wanted: WriteSticky, observed: Observed) -> bool:
    """Whether the comment has to be written: its words or its state are not those that stand there."""
    record = observed.sticky
    if record is None or observed.state is None:
        return True
    stands = record.digest or (words_digest(record.body) if record.body else "")
    return stands != words_digest(wanted.body) or observed.state.to_json() != wanted.state.to_json()


def _attendees(dossier: Dossier) -> tuple[str, ...]:
    return dossier.review.attendees if dossier.review is not None else ()


def _findings(case: Case, tracking: Tracking) -> tuple[Finding, ...]:
    """What the public page shows: nothing about wording, errors first, in the order of the document."""
    asked = {line.item.line for line in case.lines if line.item is not None and line.item.due_problem}
    found = [f for f in case.document.findings if not f.private]
    # The item's own question about its date says it with the item's number.
    found = [f for f in found if not (f.rule.startswith("date/") and f.line in asked)]
    # An owner who is simply missing stands in the table, with its remedy below it.
    mine = (f for line in case.lines if not line.status.closed for f in line.findings if not f.private)
    found += [f for f in mine if f.rule != "owner/missing"]
    found += tracking.findings
    team = team_for(Owner(), case.directory, case.observed.ref, case.author)
    found = [f for f in levelled(found, case.policy, team.id if team is not None else "") if f.level != "note"]
    levels = {"error": 0, "warning": 1}
    return tuple(sorted(dict.fromkeys(found), key=lambda f: (levels.get(f.level, 2), f.line, f.rule, f.item)))


def _steps(dossier: Dossier, case: Case) -> tuple[NextStep, ...]:
    """The next rung of each open item, soonest first."""
    if case.idle:
        return ()
    numbers = {line.state.id: line.number for line in case.lines}
    out = []
    for item in dossier.items:
        if item.status is not Status.OPEN:
            continue
        step = announced(dossier, item, case.directory, case.policy, case.today)
        if step is not None:
            said = NextStep(number=numbers[item.id], who=step.person, role=step.role, on=step.on, kind=step.kind)
            out.append(said)
    return tuple(sorted(out, key=lambda s: (s.on, s.number)))


def people_to_mark(ids: Sequence[str], case: Case) -> tuple[tuple[str, datetime], ...]:
    """The units of these people, each with the moment at which they may be told something."""
    people = (case.directory.people.get(person_id) for person_id in sorted(set(ids)))
    return tuple(person_unit(person, case.now, case.policy) for person in people if person is not None)


def wake_at(case: Case, dossier: Dossier, tracking: Tracking) -> datetime | None:
    """When the clock alone will change the plan; None where only a person can."""
    zone = ZoneInfo(case.policy.default_timezone)
    moments = [m for m in (tracking.rests_until, tracking.look_at, case.enrolment.ends_at) if m is not None]
    days = {dossier.quiet_until} if dossier.quiet_until is not None else set()
    for item in dossier.items if not case.idle else ():
        if item.due is None or item.status is not Status.OPEN:
            continue
        days.add(item.due + timedelta(days=1))
    moments += ladder_moments(dossier, case.directory, case.policy) if not case.idle else ()
    moments += [datetime.combine(day, time(0), zone) for day in days]
    if dossier.review is not None and not dossier.review.cancelled:
        moments.append(dossier.review.start)
    return min((m for m in moments if m > case.now), default=None)
