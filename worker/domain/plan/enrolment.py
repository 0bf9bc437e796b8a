"""Is this issue enrolled, since when, and with which state does the service go on?

The label enrols. Taking it off ends the enrolment after a delay, so that a renamed label undoes nothing. State and ids
are kept: enrolling again goes on where it stopped, with a new follow-up review.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from worker.domain.model import Issue, Person
from worker.domain.plan.observed import Observed
from worker.domain.policy import Policy
from worker.domain.state import State
from worker.domain.workdays import add_working_days

INTERRUPTED = timedelta(hours=24)
"""Our own children without a state that are younger than this are an interrupted enrolment, not lost state: an outage
or a spent limit may last for hours. What was told to whom is not at stake, the ledger knows that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """`state` is None where there is nothing of ours. `leaves` says that this very plan ends the enrolment;
    `ends_at` is when it will end while the label is missing."""

    state: State | None
    leaves: bool = False
    ends_at: datetime | None = None


def enrols(issue: Issue, policy: Policy) -> bool:
    """Whether the issue carries the label that enrols."""
    return policy.label.casefold() in {label.casefold() for label in issue.labels}


def enrol(observed: Observed, policy: Policy, now: datetime, today: date) -> Enrolment:
    """Decide by the label, the state and the clock."""
    labelled = enrols(observed.snapshot.issue, policy)
    state = observed.state
    if not labelled:
        if state is None or state.left:
            return Enrolment(state=state)
        since = state.leaving_since or now
        ends_at = since + timedelta(hours=policy.unenrol_after_hours)
        if now < ends_at:
            return Enrolment(state=replace(state, leaving_since=since), ends_at=ends_at)
        left = replace(state, leaving_since=since, left=True)
        return Enrolment(state=left.noted(f"{today.isoformat()} the label was taken off; un-enrolled"), leaves=True)
    if state is None:
        return Enrolment(state=_new(observed, policy, now, today))
    if state.left:
        back = replace(state, left=False, leaving_since=None)
        return Enrolment(state=back.noted(f"{today.isoformat()} enrolled again"))
    if state.leaving_since is not None:
        return Enrolment(state=replace(state, leaving_since=None))
    return Enrolment(state=state)


def _new(observed: Observed, policy: Policy, now: datetime, today: date) -> State:
    """A first state; where issues of ours exist, the state was lost, and people are left in peace for a while."""
    elsewhere = sorted(observed.candidates, key=lambda issue: (issue.created_at, issue.ref))
    ours = [issue for issue in (*observed.snapshot.children, *elsewhere) if issue.ref in observed.marks]
    uids = [observed.marks[issue.ref][0] for issue in ours]
    state = State(uid=uids[0] if uids else observed.nonce, enrolled_at=now.replace(microsecond=0))
    oldest = min((issue.created_at for issue in ours), default=now)
    lost = observed.state_problem or now - oldest > INTERRUPTED
    if not lost:
        # What people asked for before the first of our issues was made was heard then.
        heard = replace(state, deaf_before=oldest) if uids else state
        return heard.noted(f"{today.isoformat()} enrolled")
    quiet = add_working_days(Person(id=""), today, policy.ladder.quiet_working_days_after_lost_state, policy)
    why = "the state was not ours or was edited" if observed.state_problem else "the state was lost"
    lost_at = replace(state, quiet_until=quiet, deaf_before=state.enrolled_at)
    return lost_at.noted(f"{today.isoformat()} {why}; rebuilt from the issues")


def rest(state: State, body: str, now: datetime) -> State:
    """The state that knows since when the body reads as it does now."""
    fingerprint = hashlib.sha256("\n".join(body.split()).encode()).hexdigest()[:16]
    if fingerprint == state.body_hash:
        return state
    return replace(
        state,
        body_hash=fingerprint,
        body_since=now.replace(microsecond=0),
        track_now="" if state.body_hash else state.track_now,
    )
