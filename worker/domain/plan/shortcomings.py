"""What stands between one item and its tracked issue: what the tracker left out, refused or does not show.

Each is a finding with the remedy; none of them can be turned off, because only people can put it right.
"""

from __future__ import annotations

from datetime import date

from worker.domain.model import ActionItem, Finding, Issue, Status
from worker.domain.owners import Owner
from worker.domain.plan.observed import Observed
from worker.domain.state import ItemState


def shortcomings(
    remembered: ItemState,
    item: ActionItem | None,
    issue: Issue | None,
    owner: Owner,
    due: date | None,
    status: Status,
    number: int,
    observed: Observed,
) -> list[Finding]:
    """Return the findings about one item, in the order in which they are told."""
    findings: list[Finding] = []
    if "adoption" in remembered.dropped or "labels" in remembered.dropped:
        findings.append(
            Finding(
                rule="item/not-labelled",
                level="warning",
                item=remembered.id,
                remedy="the tracker did not let Followthrough label or link its issue: give it write access there.",
            )
        )
    if "link" in remembered.dropped and issue is not None:
        findings.append(
            Finding(
                rule="item/not-linked",
                level="warning",
                item=remembered.id,
                remedy=f"no link to or from {issue.ref.key} could be made: let Followthrough link issues there.",
            )
        )
    if "due" in remembered.dropped and issue is not None and issue.due is None and due is not None:
        findings.append(
            Finding(
                rule="item/due-dropped",
                level="warning",
                item=remembered.id,
                remedy=f"{issue.ref.key} has no field for its due date: add it to the project's screens.",
            )
        )
    if "assignees" in remembered.dropped and issue is not None and not issue.assignees:
        findings.append(
            Finding(
                rule="item/assignee-dropped",
                level="warning",
                excerpt=owner.shown,
                item=remembered.id,
                remedy="the tracker did not accept them as assignee: give them access, or its issues an assignee.",
            )
        )
    if not remembered.listed and remembered.ref and not remembered.adopted and not status.closed:
        findings.append(
            Finding(
                rule="item/vanished",
                level="warning",
                item=remembered.id,
                remedy="no longer in the document; its issue stays open. Put it back, or comment "
                f"`ft untrack {number} reason`.",
            )
        )
    refusal = observed.refused.get(remembered.id)
    if refusal:
        findings.append(Finding(rule="item/refused", level="error", item=remembered.id, remedy=refusal))
    if item is not None and item.due_problem:
        findings.append(
            Finding(rule="date/unclear", level="warning", line=item.line, item=remembered.id, remedy=item.due_problem)
        )
    return findings
