"""What people asked for in comments, and what follows from it.

Each command line is carried out once: its fingerprint is remembered in the state, so an edited comment runs only
what is new. What it means is folded into the state; what it asks of trackers comes back as effects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from worker.domain.commands import Command, fingerprints, help_text, parse_commands
from worker.domain.mirror import with_due
from worker.domain.model import Comment, Directory, IssueRef, Kind, Status, Thread
from worker.domain.plan.effects import Answer, Effect, React, SetDue, SetStatus
from worker.domain.plan.lines import Line, numbered
from worker.domain.plan.observed import Observed
from worker.domain.render.safe import code, cut, one_line, plain_but_for_ours
from worker.domain.state import SEEN_LIMIT, ItemState, State

AUDIT_TEXT = 140
MOST_ANSWERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One new command of somebody: where it stands, who wrote it, whether they may."""

    command: Command
    comment: Comment
    where: IssueRef
    mark: str
    allowed: bool
    item: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The state and the effects after all commands."""

    state: State
    effects: tuple[Effect, ...]


def converse(
    observed: Observed, state: State, lines: tuple[Line, ...], directory: Directory, now: datetime, today: date
) -> Answered:
    """Carry out every command that was not carried out before, in the order of writing.

    Each comment gets one reaction, and at most one answer. Whoever has no right to ask is told so once, in one answer.
    """
    effects: list[Effect] = []
    records = [r for thread in observed.threads.values() for r in thread.records]
    written = {r.name for r in (*records, *observed.snapshot.records)}
    for (comment, where), group in groupby(
        _new_commands(observed, state, lines, directory, today), key=lambda asked: (asked.comment, asked.where)
    ):
        asked_here = tuple(group)
        answers: list[str] = []
        refused = False
        for asked in asked_here:
            outcome = _carry_out(asked, state, numbered(lines), observed, now)
            state = replace(outcome.state, seen=_remembered((*outcome.state.seen, asked.mark)))
            effects += outcome.effects
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
    return Answered(state=state, effects=tuple(effects))


def stranger(author: str) -> str:
    """A short name for somebody who may not ask, so that they are answered once and not once a comment."""
    return hashlib.sha256(author.casefold().encode()).hexdigest()[:10]


def _place_of(mark: str) -> str:
    """The other site whose comment a mark is about; "" for the post-mortem's own."""
    return mark.rpartition("/")[0]


def _comment_number(mark: str) -> int:
    """The comment's number in a fingerprint; every tracker numbers comments upwards over all issues of a site."""
    digits = mark.rpartition("/")[2].partition(":")[0]
    return int(digits) if digits.isdigit() else 0


def _remembered(seen: tuple[str, ...]) -> tuple[str, ...]:
    """The newest marks of each site, in the order of their sites and comments."""
    kept: list[str] = []
    for _, marks in groupby(sorted(dict.fromkeys(seen), key=lambda m: (_place_of(m), _comment_number(m))), _place_of):
        kept += list(marks)[-SEEN_LIMIT:]
    return tuple(kept)


def _was_seen(mark: str, seen: tuple[str, ...]) -> bool:
    """Whether a command was carried out; once marks had to be forgotten, all of older comments count as carried out."""
    if mark in seen:
        return True
    alike = [m for m in seen if _place_of(m) == _place_of(mark)]
    return len(alike) >= SEEN_LIMIT and _comment_number(mark) < min(map(_comment_number, alike))


def _new_commands(
    observed: Observed, state: State, lines: tuple[Line, ...], directory: Directory, today: date
) -> Iterator[Asked]:
    threads: list[tuple[IssueRef, int | None, Thread]] = [
        (observed.ref, None, Thread(comments=observed.snapshot.comments, records=observed.snapshot.records))
    ]
    alone = next((line.number for line in lines if line.issue is not None and line.issue.ref == observed.ref), None)
    if alone is not None:
        threads[0] = (observed.ref, alone, threads[0][2])
    threads += [
        (line.issue.ref, line.number, observed.threads[line.issue.ref])
        for line in lines
        if line.issue is not None and line.issue.ref in observed.threads and line.issue.ref != observed.ref
    ]
    found: list[tuple[datetime, str, int, Asked]] = []
    for where, number, thread in threads:
        for comment in thread.comments:
            if comment.ours or (state.deaf_before is not None and comment.updated_at < state.deaf_before):
                continue
            commands = parse_commands(comment.body, today=today, on_item=number is not None)
            for command, print_ in zip(commands, fingerprints(comment.id, commands), strict=True):
                mark = print_ if where.site == observed.ref.site else f"{where.site}/{print_}"
                if _was_seen(mark, state.seen) or _waits(
                    command.items if number is None else (number,), lines, observed
                ):
                    continue
                allowed = comment.trusted or directory.by_login(where.site, comment.author) is not None
                asked = Asked(command=command, comment=comment, where=where, mark=mark, allowed=allowed, item=number)
                found.append((comment.created_at, comment.id, command.line, asked))
    for *_, asked in sorted(found, key=lambda entry: entry[:3]):
        yield asked


def _waits(numbers: tuple[int, ...], lines: tuple[Line, ...], observed: Observed) -> bool:
    """Whether a command is about an issue on a site that does not answer now: it is carried out once it does."""
    named = (line.issue for line in lines if line.number in numbers)
    return any(issue is not None and issue.ref.site in observed.away for issue in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What became of one command: `says` is what has to be answered, "" for nothing."""

    state: State
    effects: tuple[Effect, ...] = ()
    says: str = ""
    refused: bool = False


def _carry_out(asked: Asked, state: State, lines: Mapping[int, Line], observed: Observed, now: datetime) -> _Outcome:
    command, unit = asked.command, observed.ref.key
    if not asked.allowed:
        return _Outcome(state=state, says=_NO_RIGHT, refused=True)
    if command.verb == "help":
        return _Outcome(state=state, says=help_text(on_item=asked.item is not None))
    numbers = command.items if asked.item is None else (asked.item,)
    problem = command.problem or _problem(asked, numbers, lines, observed)
    if problem:
        says = f"{code(command.raw, 120)} was not carried out: {problem}"
        return _Outcome(state=state, says=says, refused=True)
    who = asked.comment.who
    effects: list[Effect] = []
    match command.verb:
        case "track":
            state = replace(state, track_now=",".join(map(str, numbers)) if numbers else "all")
            state = state.noted(_line(now, f"{who} asked to track {_which(numbers)}"))
        case "untrack":
            for number in numbers:
                entry = replace(_entry(state, lines[number]), untracked=cut(command.words, 80))
                state = state.with_item(entry).noted(_line(now, f"{who} took item {number} out: {command.words}"))
        case "ignore":
            for number in numbers:
                entry = _entry(state, lines[number])
                entry = replace(entry, ignored={**entry.ignored, command.rule: cut(one_line(command.words), 60)})
                text = f"{who} set {command.rule.replace('_', ' ')} of item {number} aside: {command.words}"
                state = state.with_item(entry).noted(_line(now, text))
        case "kind":
            state = replace(state, kind=Kind(command.words)).noted(_line(now, f"{who} set the kind: {command.words}"))
        case "due":
            for number in numbers:
                state, more = _due(asked, lines[number], state, unit, now)
                effects += more
        case "done" | "waive":
            status = Status.DONE if command.verb == "done" else Status.WAIVED
            for number in numbers:
                state, more = _close(asked, lines[number], state, unit, status, now)
                effects += more
    return _Outcome(state=state, effects=tuple(effects))


def _problem(asked: Asked, numbers: tuple[int, ...], lines: Mapping[int, Line], observed: Observed) -> str:
    """Why a well-formed command can't be carried out, or nothing."""
    missing = [n for n in numbers if n not in lines]
    if missing:
        return f"there is no item {', '.join(map(str, missing))} here; the numbers are those of the table above."
    effect = _EFFECTS.get(asked.command.verb, "")
    for number in numbers:
        issue = lines[number].issue
        reason = observed.refusals.get((effect, issue.ref.key)) if issue is not None else None
        if reason:
            return f"the tracker refused it for item {number}: {plain_but_for_ours(reason, 200)}"
    return ""


_EFFECTS = {"due": SetDue.name, "done": SetStatus.name, "waive": SetStatus.name}
_NO_RIGHT = (
    "Only people of the repository, or of people.yaml, can ask for this here. Ask one of them, or have your login "
    "added to people.yaml."
)


def _due(asked: Asked, line: Line, state: State, unit: str, now: datetime) -> tuple[State, list[Effect]]:
    day = asked.command.due
    entry = _entry(state, line)
    if day is None or (entry.base.due or line.due) == day:
        return state.with_item(entry), []
    entry = with_due(entry, day)
    reason = f": {asked.command.words}" if asked.command.words else ""
    text = f"{asked.comment.who} moved item {line.number} to {day.isoformat()}{reason}"
    state = state.with_item(entry).noted(_line(now, text))
    if line.issue is None or line.issue.due == day:
        return state, []
    why = f"{asked.comment.who} asked for it in a comment"
    return state, [SetDue(unit=unit, ref=line.issue.ref, due=day, where=line.issue.due_from, why=why)]


def _close(
    asked: Asked, line: Line, state: State, unit: str, status: Status, now: datetime
) -> tuple[State, list[Effect]]:
    words = cut(one_line(asked.command.words), 80)
    entry = _entry(state, line)
    entry = replace(
        entry,
        evidence=words if status is Status.DONE else entry.evidence,
        waived=(words or "no reason given") if status is Status.WAIVED else entry.waived,
    )
    entry = replace(entry, base=replace(entry.base, status=status))
    verb = "done" if status is Status.DONE else "let go"
    reason = f": {words}" if words else ""
    state = state.with_item(entry).noted(_line(now, f"{asked.comment.who} said item {line.number} is {verb}{reason}"))
    if line.issue is None or line.issue.status is status:
        return state, []
    why = f"{asked.comment.who} said so in a comment"
    return state, [SetStatus(unit=unit, ref=line.issue.ref, status=status, why=why)]


def _entry(state: State, line: Line) -> ItemState:
    return state.item(line.state.id) or line.state


def _which(numbers: tuple[int, ...]) -> str:
    return f"items {', '.join(map(str, numbers))}" if numbers else "all items now"


def _line(now: datetime, text: str) -> str:
    return f"{now.date().isoformat()} {cut(one_line(text), AUDIT_TEXT)}"
