"""What carrying out one command on one item may come to: the words of this package's rooms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from worker.domain.model import Directory, Status
from worker.domain.plan.effects import Effect, IssueChange, SetStatus
from worker.domain.plan.lines import Line
from worker.domain.plan.observed import Observed
from worker.domain.policy import Policy
from worker.domain.render.safe import cut, one_line
from worker.domain.state import ItemState, State

REASON = 80
"""How much of a reason is remembered; the comment itself keeps the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What commands are carried out upon: the post-mortem as seen, its lines by number, and what policy says."""

    observed: Observed
    lines: Mapping[int, Line]
    directory: Directory
    policy: Policy
    now: datetime
    today: date

    @property
    def unit(self) -> str:
        return self.observed.ref.key

    def after(self, state: State, effects: Iterable[Effect]) -> Scene:
        """The scene for the next command: as if the trackers had done by now what was asked for."""
        observed = self.observed
        for effect in effects:
            if isinstance(effect, IssueChange):
                observed = observed.after(effect)
        return replace(
            self, observed=observed, lines={n: _moved(line, state, observed) for n, line in self.lines.items()}
        )


def _moved(line: Line, state: State, observed: Observed) -> Line:
    """A line once a command has changed its item."""
    entry = entry_of(state, line)
    said = entry.base.status if entry.base.status is not line.state.base.status else None
    issue = observed.issue_of(line.issue.ref) if line.issue is not None else None
    return replace(line, state=entry, issue=issue or line.issue, status=said or line.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What follows for one item: its new `entry` (and `more` new ones), effects, a line of the audit trail ("" where
    nothing happened). With a `problem`, for people, nothing follows."""

    entry: ItemState | None = None
    more: tuple[ItemState, ...] = ()
    effects: tuple[Effect, ...] = ()
    note: str = ""
    problem: str = ""


def entry_of(state: State, line: Line) -> ItemState:
    """The item as it is remembered, commands before this one included."""
    return state.item(line.state.id) or line.state


def reason_of(words: str) -> str:
    return cut(one_line(words), REASON)


def because(words: str) -> str:
    """A reason as the end of a line of the audit trail."""
    return f": {one_line(words)}" if words else ""


def closing(
    entry: ItemState, line: Line, status: Status, who: str, scene: Scene
) -> tuple[ItemState, tuple[Effect, ...]]:
    """The item once it is closed, with nothing left that waits for anybody, and the effect that its issue needs."""
    entry = replace(
        entry,
        base=replace(entry.base, status=status),
        waiver="",
        waiver_by="",
        question="",
        asked_by="",
        asked_at=None,
        snoozed_until=None,
    )
    if line.issue is None or line.issue.status is status:
        return entry, ()
    why = f"{who} said so in a comment"
    return entry, (SetStatus(unit=scene.unit, ref=line.issue.ref, status=status, why=why),)
