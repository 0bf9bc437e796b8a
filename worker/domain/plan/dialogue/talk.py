"""All new commands, one after the other, and how their authors are answered.

Each comment gets one reaction, and at most one answer. Whoever has no right to ask is told so once, in one answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from worker.domain.model import Directory
from worker.domain.plan.dialogue.deeds import carry_out
from worker.domain.plan.dialogue.hearing import new_commands, remembered
from worker.domain.plan.dialogue.steps import Scene
from worker.domain.plan.effects import Answer, Effect, IssueChange, React
from worker.domain.plan.lines import Line, numbered
from worker.domain.plan.observed import Observed
from worker.domain.policy import Policy
from worker.domain.state import State

MOST_ANSWERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The state and the effects after all commands."""

    state: State
    effects: tuple[Effect, ...]


def converse(
    observed: Observed,
    state: State,
    lines: tuple[Line, ...],
    directory: Directory,
    policy: Policy,
    now: datetime,
    today: date,
) -> Answered:
    """Carry out every command that was not carried out before, in the order of writing."""
    effects: list[Effect] = []
    records = [r for thread in observed.threads.values() for r in thread.records]
    written = {r.name for r in (*records, *observed.snapshot.records)}
    # What was only just created in this very run was not there to be named.
    known = observed.state
    shown = [line for line in lines if line.item is not None or known is None or known.item(line.state.id) is not None]
    scene = Scene(observed=observed, lines=numbered(shown), directory=directory, policy=policy, now=now, today=today)
    for (comment, where), group in groupby(
        new_commands(observed, state, lines, directory, today), key=lambda asked: (asked.comment, asked.where)
    ):
        asked_here = tuple(group)
        answers: list[str] = []
        refused = False
        for asked in asked_here:
            outcome = carry_out(asked, state, scene)
            state = replace(outcome.state, seen=remembered((*outcome.state.seen, asked.mark)))
            effects += outcome.effects
            scene = scene.after(state, outcome.effects)
            answers += [outcome.says] if outcome.says else []
            refused |= outcome.refused
        first = asked_here[0]
        if first.allowed and where.site in observed.reacting and any(a.command.verb != "help" for a in asked_here):
            why = "a command was refused" if refused else "it was done"
            effects.append(React(unit=observed.ref.key, ref=where, comment=comment.id, ok=not refused, why=why))
        if answers:
            answer = Answer(
                unit=observed.ref.key,
                ref=where,
                comment=comment.id,
                mark=first.mark if first.allowed else f"no-{stranger(comment.author)}",
                body="\n\n".join(answers[:MOST_ANSWERS] if first.allowed else answers[:1]),
                why="a command was refused" if refused else "asked for help",
            )
            if answer.record not in written:
                effects.append(answer)
                written.add(answer.record)
    return Answered(state=state, effects=_last_words(effects))


def _last_words(effects: Sequence[Effect]) -> tuple[Effect, ...]:
    """The effects without those that a later one of the same kind on the same issue makes idle."""
    last = {(type(e), e.ref): at for at, e in enumerate(effects) if isinstance(e, IssueChange)}
    return tuple(e for at, e in enumerate(effects) if not isinstance(e, IssueChange) or last[(type(e), e.ref)] == at)


def stranger(author: str) -> str:
    """A short name for somebody who may not ask, so that they are answered once and not once a comment."""
    return hashlib.sha256(author.casefold().encode()).hexdigest()[:10]
