"""What follows when something ends: is it shown that an item works, and was a post-mortem closed too early?

Whoever closes an item of a high priority without anything that shows it is asked once, on the item's issue. A
post-mortem that is closed while items are open is told with the list, and opened again where policy says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from worker.domain.incident import severity_of
from worker.domain.model import Finding, Kind, Status
from worker.domain.plan.effects import AskProof, Effect, SetStatus
from worker.domain.plan.lines import Line
from worker.domain.plan.observed import Observed
from worker.domain.policy import Policy
from worker.domain.render.words import count, listing
from worker.domain.state import ItemState, State

MOST_REOPENINGS = 3
"""How often a post-mortem is opened again; whoever closes it once more means it."""

QUESTION = (
    "What shows it works? A link or a sentence is enough: write `ft done what shows it` here.\n\n"
    "<sub>Nobody is asked twice. A merged pull request or a commit that belongs to this issue answers it as well.</sub>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """The state that knows what was asked and opened again, the effects, and what people are told."""

    state: State
    effects: tuple[Effect, ...] = ()
    findings: tuple[Finding, ...] = ()


def plan_endings(
    observed: Observed, before: State, state: State, lines: tuple[Line, ...], kind: Kind, policy: Policy, today: date
) -> Endings:
    """Return what follows from the endings since `before`. Nothing where the label is missing."""
    if state.left or state.leaving_since is not None:
        return Endings(state=state)
    effects: list[Effect] = []
    severity = severity_of(observed.snapshot.issue, policy)
    for line in lines:
        entry = state.item(line.state.id)
        if entry is None or not _unshown(line, entry, before.item(line.state.id), severity, policy):
            continue
        # After a lost state it is not known who was asked before. Where it can't be asked here, a mail may still ask.
        quiet = state.quiet_until is not None and today < state.quiet_until
        if not quiet and (line.issue is None or observed.refusal(AskProof.name, line.issue.ref) is not None):
            continue
        state = state.with_item(replace(entry, proof_asked=True))
        if not quiet and line.issue is not None:
            why = f"item {line.number} was closed and nothing shows that it works"
            effects.append(AskProof(unit=observed.ref.key, ref=line.issue.ref, item=entry.id, body=QUESTION, why=why))
    still = [line for line in lines if line.status is Status.OPEN and not line.state.untracked]
    if kind is not Kind.POST_MORTEM or not observed.snapshot.issue.status.closed or not still:
        return Endings(state=state, effects=tuple(effects))
    may = observed.refusal(SetStatus.name, observed.ref) is None
    if policy.reopen_when_items_open and state.reopened < MOST_REOPENINGS and may:
        why = f"it was closed while {count(len(still), 'item')} of it {'is' if len(still) == 1 else 'are'} open"
        effects.append(SetStatus(unit=observed.ref.key, ref=observed.ref, status=Status.OPEN, why=why))
        state = replace(state, reopened=state.reopened + 1)
        return Endings(state=state.noted(f"{today.isoformat()} opened again: {why}"), effects=tuple(effects))
    return Endings(state=state, effects=tuple(effects), findings=(_closed_early(still),))


def _unshown(line: Line, entry: ItemState, former: ItemState | None, severity: str, policy: Policy) -> bool:
    """Whether an item has just been closed as done, matters, and nothing shows that it works."""
    priority = ((line.item.priority if line.item is not None else "") or severity).strip().upper()
    return (
        line.status is Status.DONE
        and former is not None
        and former.base.status is Status.OPEN
        and priority in policy.proof_for
        and not entry.evidence
        and not entry.proof_asked
        and not (line.issue is not None and line.issue.proof)
    )


def _closed_early(still: list[Line]) -> Finding:
    numbers = listing([str(line.number) for line in still[:20]])
    more = f" and {len(still) - 20} more" if len(still) > 20 else ""
    items = f"item {numbers} is" if len(still) == 1 else f"items {numbers}{more} are"
    return Finding(
        rule="post-mortem/closed-early",
        level="warning",
        remedy=f"this post-mortem is closed, and {items} open: they are followed up all the same. Finish them, give "
        "them new dates, or let them go.",
    )
