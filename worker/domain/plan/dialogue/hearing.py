"""Which commands in people's comments are new, where do they stand, and may their authors ask at all?

Each command line is carried out once: its fingerprint is remembered in the state, so an edited comment runs only what
is new, and a deleted one takes nothing back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from worker.domain.commands import Command, fingerprints, parse_commands
from worker.domain.model import Comment, Directory, IssueRef, Person, Thread
from worker.domain.plan.lines import Line
from worker.domain.plan.observed import LEDGER, Observed
from worker.domain.state import SEEN_LIMIT, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One new command of somebody: where it stands, who wrote it, whether they may. `person` is who wrote it, where
    the directory knows them; `item` the number of the item on whose own issue it stands."""

    command: Command
    comment: Comment
    where: IssueRef
    mark: str
    allowed: bool
    person: Person | None
    item: int | None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The items that it is about."""
        return self.command.items if self.item is None else (self.item,)

    @property
    def who(self) -> str:
        return self.person.shown if self.comment.edited_by and self.person is not None else self.comment.who


def new_commands(
    observed: Observed, state: State, lines: tuple[Line, ...], directory: Directory, today: date
) -> Iterator[Asked]:
    """Every command that was not carried out before, in the order of writing."""
    found: list[tuple[datetime, str, int, Asked]] = []
    for where, number, thread in _threads(observed, lines):
        for comment in thread.comments:
            if comment.ours or (state.deaf_before is not None and comment.updated_at < state.deaf_before):
                continue
            commands = parse_commands(comment.body, today=_said_on(comment, today), on_item=number is not None)
            person = _author(comment, where, directory) if commands else None
            for command, print_ in zip(commands, fingerprints(comment.id, commands), strict=True):
                asked = Asked(
                    command=command,
                    comment=comment,
                    where=where,
                    mark=print_ if where.site == observed.ref.site else f"{where.site}/{print_}",
                    allowed=(comment.trusted and not comment.edited_by) or person is not None,
                    person=person,
                    item=number,
                )
                if not _was_seen(asked.mark, state.seen) and not _waits(asked, lines, observed):
                    found.append((comment.created_at, comment.id, command.line, asked))
    for *_, asked in sorted(found, key=lambda entry: entry[:3]):
        yield asked


def _said_on(comment: Comment, today: date) -> date:
    """The day from which the days of a comment count: what is heard late, after an outage, means what it meant."""
    said = comment.updated_at.date()
    return today if today - said <= timedelta(days=1) else said


def _author(comment: Comment, where: IssueRef, directory: Directory) -> Person | None:
    """Whose words these are. What somebody else wrote into a comment is not said with the rights of its author."""
    if comment.person:
        return directory.people.get(comment.person)
    return directory.by_login(where.site, comment.edited_by or comment.author)


def references(observed: Observed, today: date) -> frozenset[tuple[IssueRef, str]]:
    """The other issues that new commands may name: where each command stands, and the words of the reference."""
    seen = observed.state.seen if observed.state is not None else ()
    places = [(observed.ref, observed.snapshot.comments)]
    places += [(ref, thread.comments) for ref, thread in observed.threads.items()]
    out: set[tuple[IssueRef, str]] = set()
    for where, comments in places:
        for comment in (c for c in comments if not c.ours):
            for on_item in (False, True):
                commands = parse_commands(comment.body, today=_said_on(comment, today), on_item=on_item)
                for command, print_ in zip(commands, fingerprints(comment.id, commands), strict=True):
                    mark = print_ if where.site == observed.ref.site else f"{where.site}/{print_}"
                    if command.ref and not _was_seen(mark, seen):
                        out.add((where, command.ref))
    return frozenset(out)


def _threads(observed: Observed, lines: tuple[Line, ...]) -> Iterator[tuple[IssueRef, int | None, Thread]]:
    """Where people may ask, with the item's number where it is an item's own issue."""
    alone = next((line.number for line in lines if line.issue is not None and line.issue.ref == observed.ref), None)
    yield observed.ref, alone, Thread(comments=observed.snapshot.comments, records=observed.snapshot.records)
    for line in lines:
        if line.issue is not None and line.issue.ref in observed.threads and line.issue.ref != observed.ref:
            yield line.issue.ref, line.number, observed.threads[line.issue.ref]


def _waits(asked: Asked, lines: tuple[Line, ...], observed: Observed) -> bool:
    """Whether a command is about something that does not answer now: it is carried out once that does."""
    if asked.command.wish and LEDGER in observed.away:
        return True
    other = observed.meant.get((asked.where.key, asked.command.ref))
    if other is not None and other.site in observed.away:
        return True
    named = (line.issue for line in lines if line.number in asked.numbers)
    return any(issue is not None and issue.ref.site in observed.away for issue in named)


def remembered(seen: tuple[str, ...]) -> tuple[str, ...]:
    """The newest marks of each site, in the order of their sites and comments. A comment is kept or forgotten as a
    whole: what is left of a half would have the other half carried out again, for ever."""
    kept: list[str] = []
    for _, group in groupby(sorted(dict.fromkeys(seen), key=lambda m: (_place_of(m), _comment_number(m))), _place_of):
        marks = list(group)
        oldest = min(map(_comment_number, marks[-SEEN_LIMIT:]))
        kept += [m for m in marks if _comment_number(m) >= oldest]
    return tuple(kept)


def _was_seen(mark: str, seen: tuple[str, ...]) -> bool:
    """Whether a command was carried out; once marks had to be forgotten, all of older comments count as carried out."""
    if mark in seen:
        return True
    alike = [m for m in seen if _place_of(m) == _place_of(mark)]
    return len(alike) >= SEEN_LIMIT and _comment_number(mark) < min(map(_comment_number, alike))


def _place_of(mark: str) -> str:
    """The other site whose comment a mark is about; "" for the post-mortem's own."""
    return mark.rpartition("/")[0]


def _comment_number(mark: str) -> int:
    """The comment's number in a fingerprint; every tracker numbers comments upwards over all issues of a site."""
    digits = mark.rpartition("/")[2].partition(":")[0]
    return int(digits) if digits.isdigit() else 0
