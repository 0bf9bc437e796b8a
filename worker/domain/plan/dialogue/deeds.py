"""What follows from one command: the state after it, the effects, and what has to be answered.

A command about several items is carried out on all of them or on none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from worker.domain.commands import BY_NAME, REVIEW, form_of, help_text
from worker.domain.mirror import with_due
from worker.domain.model import Kind, Status
from worker.domain.plan.dialogue import endings
from worker.domain.plan.dialogue.hearing import Asked
from worker.domain.plan.dialogue.rights import above, named, whom
from worker.domain.plan.dialogue.steps import REASON, Scene, Step, because, entry_of, reason_of
from worker.domain.plan.effects import Effect, KeepWish, SetAssignees, SetDue, SetStatus
from worker.domain.plan.lines import Line
from worker.domain.render.safe import code, cut, one_line, plain_but_for_ours
from worker.domain.render.words import count
from worker.domain.state import State

AUDIT_TEXT = 140
_IGNORED = 60

Deed = Callable[[Asked, Line, State, Scene], Step]

_EFFECTS = {
    "due": SetDue.name,
    "owner": SetAssignees.name,
    **dict.fromkeys(("done", "waive", "approve", "replace", "duplicate", "split"), SetStatus.name),
}
"""The effect that a tracker may refuse, by the verb that asks for it."""

NO_RIGHT = (
    "Only people of the repository, or of people.yaml, can ask for this here. Ask one of them, or have your login "
    "added to people.yaml."
)
_REVIEW = "reviews cannot be moved by a comment yet; answer the invitation, or ask whoever wrote the post-mortem."
_UNKNOWN = "people.yaml does not name your login, so there is nobody to remember this of; have it added there."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one command: `says` is what has to be answered, "" for nothing."""

    state: State
    effects: tuple[Effect, ...] = ()
    says: str = ""
    refused: bool = False


def carry_out(asked: Asked, state: State, scene: Scene) -> Outcome:
    """Carry one command out, or say why not."""
    command = asked.command
    if not asked.allowed:
        return Outcome(state=state, says=NO_RIGHT, refused=True)
    if command.verb == "help":
        return Outcome(state=state, says=help_text(on_item=asked.item is not None))
    problem = command.problem or _problem(asked, scene)
    if problem:
        return _refused(asked, state, problem)
    match command.verb:
        case "track":
            now = _also_tracked(state.track_now, asked.numbers)
            return _noted(replace(state, track_now=now), f"{asked.who} asked to track {_which(asked)}", scene)
        case "kind":
            text = f"{asked.who} set the kind: {command.words}"
            return _noted(replace(state, kind=Kind(command.words)), text, scene)
        case "me":
            return _wish(asked, state, scene)
    deed, after = _DEEDS[command.verb], state
    effects: list[Effect] = []
    for number in asked.numbers:
        step = deed(asked, scene.lines[number], after, scene)
        if step.problem:
            return _refused(asked, state, step.problem)
        for entry in (*((step.entry,) if step.entry is not None else ()), *step.more):
            after = after.with_item(entry)
        after = after.noted(_line(step.note, scene)) if step.note else after
        effects += step.effects
    return Outcome(state=after, effects=tuple(effects))


def _problem(asked: Asked, scene: Scene) -> str:
    """Why a well-formed command can't be carried out, or nothing."""
    if asked.command.verb == REVIEW:
        return _REVIEW
    missing = [n for n in asked.numbers if n not in scene.lines]
    if missing:
        return f"there is no item {', '.join(map(str, missing))} here; the numbers are those of the table above."
    effect = _EFFECTS.get(asked.command.verb, "")
    for number in asked.numbers:
        issue = scene.lines[number].issue
        reason = scene.observed.refusals.get((effect, issue.ref.key)) if issue is not None else None
        if reason:
            return f"the tracker refused it for item {number}: {plain_but_for_ours(reason, 200)}"
    return ""


def _refused(asked: Asked, state: State, problem: str) -> Outcome:
    says = f"{code(asked.command.raw, 120)} was not carried out: {problem}"
    return Outcome(state=state, says=says, refused=True)


def _noted(state: State, text: str, scene: Scene) -> Outcome:
    return Outcome(state=state.noted(_line(text, scene)))


def _wish(asked: Asked, state: State, scene: Scene) -> Outcome:
    """What somebody said about themself is kept with them, not here: the audit trail says only that they did."""
    person, command = asked.person, asked.command
    if person is None:
        return _refused(asked, state, _UNKNOWN)
    if command.words == "slack" and not person.slack:
        return _refused(asked, state, "people.yaml does not say who you are on Slack; have `slack` added there.")
    effect = KeepWish(
        unit=scene.unit,
        person=person.id,
        wish=command.wish,
        value=command.words,
        at=asked.comment.updated_at,
        why=f"{asked.who} asked for it in a comment",
    )
    if (reason := scene.observed.refusals.get((effect.name, effect.target))) is not None:
        return _refused(asked, state, f"it could not be kept: {plain_but_for_ours(reason, 200)}")
    after = state.noted(_line(f"{asked.who} said something about their own {command.wish}", scene))
    return Outcome(state=after, effects=(effect,))


def _due(asked: Asked, line: Line, state: State, scene: Scene) -> Step:
    day, entry = asked.command.due, entry_of(state, line)
    if day is None or (entry.base.due or line.due) == day:
        return Step(entry=entry)
    entry = with_due(entry, day, scene.today)
    note = f"{asked.who} moved item {line.number} to {day.isoformat()}{because(asked.command.words)}"
    if line.issue is None or line.issue.due == day:
        return Step(entry=entry, note=note)
    why = f"{asked.who} asked for it in a comment"
    effect = SetDue(unit=scene.unit, ref=line.issue.ref, due=day, where=line.issue.due_from, why=why)
    return Step(entry=entry, effects=(effect,), note=note)


def _owner(asked: Asked, line: Line, state: State, scene: Scene) -> Step:
    issue, entry = line.issue, entry_of(state, line)
    meant = whom(asked, issue.ref.site if issue is not None else scene.observed.ref.site, scene.directory)
    if meant.problem:
        return Step(problem=meant.problem)
    before = entry.base.owner or line.owner.login
    entry = replace(entry, base=replace(entry.base, owner=meant.login))
    note = f"{asked.who} gave item {line.number} to {meant.shown}"
    if issue is None:
        return Step(entry=entry, note=note)
    others = (login for login in issue.assignees if login.casefold() not in {before.casefold(), meant.login.casefold()})
    logins = (meant.login, *others)
    if {login.casefold() for login in logins} == {login.casefold() for login in issue.assignees}:
        return Step(entry=entry, note=note)
    why = f"{asked.who} asked for it in a comment"
    return Step(entry=entry, effects=(SetAssignees(unit=scene.unit, ref=issue.ref, logins=logins, why=why),), note=note)


def _snooze(asked: Asked, line: Line, state: State, scene: Scene) -> Step:
    entry, until, policy = entry_of(state, line), asked.command.due, scene.policy
    again = form_of(BY_NAME["due"], numbered=asked.item is None).replace("3", str(line.number))
    if line.status.closed:
        return Step(problem=f"item {line.number} is closed; nobody is reminded of it.")
    if entry.snoozes >= policy.snooze_at_most:
        times = count(entry.snoozes, "time")
        return Step(problem=f"item {line.number} was snoozed {times} already. Give it a new date instead: `{again}`.")
    most = scene.today + timedelta(days=policy.snooze_most_days)
    if until is None or until > most:
        days = count(policy.snooze_most_days, "day")
        problem = f"at most {days} at once, so until {most.isoformat()}. Or give it a new date: `{again}`."
        return Step(problem=problem)
    note = f"{asked.who} snoozed item {line.number} until {until.isoformat()}{because(asked.command.words)}"
    return Step(entry=replace(entry, snoozed_until=until, snoozes=entry.snoozes + 1), note=note)


def _untrack(asked: Asked, line: Line, state: State, scene: Scene) -> Step:  # noqa: ARG001 - one signature for all
    entry = replace(entry_of(state, line), untracked=cut(asked.command.words, REASON))
    return Step(entry=entry, note=f"{asked.who} took item {line.number} out: {asked.command.words}")


def _ignore(asked: Asked, line: Line, state: State, scene: Scene) -> Step:  # noqa: ARG001 - one signature for all
    command, entry = asked.command, entry_of(state, line)
    entry = replace(entry, ignored={**entry.ignored, command.rule: cut(one_line(command.words), _IGNORED)})
    note = f"{asked.who} set {command.rule.replace('_', ' ')} of item {line.number} aside: {command.words}"
    return Step(entry=entry, note=note)


def _heed(asked: Asked, line: Line, state: State, scene: Scene) -> Step:  # noqa: ARG001 - one signature for all
    rule, entry = asked.command.rule, entry_of(state, line)
    if rule not in entry.ignored:
        return Step(problem=f"{rule.replace('_', ' ')} of item {line.number} was not set aside.")
    entry = replace(entry, ignored={name: why for name, why in entry.ignored.items() if name != rule})
    return Step(entry=entry, note=f"{asked.who} asks for {rule.replace('_', ' ')} of item {line.number} again")


def _category(asked: Asked, line: Line, state: State, scene: Scene) -> Step:  # noqa: ARG001 - one signature for all
    entry = replace(entry_of(state, line), category=asked.command.words)
    return Step(entry=entry, note=f"{asked.who} filed item {line.number} under {asked.command.words}")


def _ask(asked: Asked, line: Line, state: State, scene: Scene) -> Step:
    """A lead's question: the owner hears it once, in the lead's name."""
    entry, chain = entry_of(state, line), above(line, scene.observed, scene.directory)
    if line.status is not Status.OPEN:
        return Step(problem=f"item {line.number} is closed.")
    if line.owner.person is None:
        return Step(problem=f"item {line.number} needs an owner first: `ft owner {line.number} …`.")
    if asked.person is None or asked.person.id not in {p.id for p in chain}:
        who = f"only {named(chain)}, or somebody above, can" if chain else "people.yaml names nobody above its owner to"
        return Step(problem=f"{who} have its owner asked. Write to them in a comment instead.")
    entry = replace(
        entry,
        question=reason_of(asked.command.words),
        asked_by=asked.person.id,
        asked_at=asked.comment.created_at.replace(microsecond=0),
    )
    return Step(entry=entry, note=f"{asked.who} asks about item {line.number}: {asked.command.words}")


_DEEDS: Mapping[str, Deed] = {
    "done": endings.done,
    "due": _due,
    "waive": endings.waive,
    "approve": endings.approve,
    "decline": endings.decline,
    "owner": _owner,
    "snooze": _snooze,
    "replace": endings.replaced,
    "duplicate": endings.replaced,
    "split": endings.split,
    "ask": _ask,
    "untrack": _untrack,
    "ignore": _ignore,
    "heed": _heed,
    "category": _category,
}


def _also_tracked(before: str, numbers: tuple[int, ...]) -> str:
    """`State.track_now` once these are asked for too, or all where none are named."""
    if not numbers or before == "all":
        return "all"
    return ",".join(map(str, sorted({*numbers, *(int(n) for n in before.split(",") if n.isdigit())})))


def _which(asked: Asked) -> str:
    return f"items {', '.join(map(str, asked.numbers))}" if asked.numbers else "all items now"


def _line(text: str, scene: Scene) -> str:
    return f"{scene.now.date().isoformat()} {cut(one_line(text), AUDIT_TEXT)}"
