"""Which commands were carried out before? Also where more were written than are remembered."""

from __future__ import annotations

from datetime import date

from worker.domain.commands import fingerprints, parse_commands
from worker.domain.plan.dialogue.hearing import _was_seen, remembered
from worker.domain.state import SEEN_LIMIT

TODAY = date(2026, 11, 20)


def marks(comment: int, *lines: str) -> tuple[str, ...]:
    """The marks of one comment with these commands."""
    commands = parse_commands("\n".join(lines), today=TODAY, on_item=False)
    assert len(commands) == len(lines)
    return fingerprints(str(comment), commands)


def test_a_comment_of_several_commands_is_never_forgotten_by_halves() -> None:
    several = marks(100, "ft snooze 1 2w the vendor is late", "ft done 2 it fired", "ft done 3 it fired")
    seen = remembered(several)
    for number in range(SEEN_LIMIT + 5):
        seen = remembered((*seen, *marks(200 + number, "ft done 4 it fired")))
        assert all(_was_seen(mark, seen) for mark in several), f"carried out again after {number + 1} more"
    assert len(seen) == SEEN_LIMIT


def test_a_line_added_to_the_oldest_remembered_comment_is_new() -> None:
    seen = remembered(marks(100, "ft done 2 it fired"))
    for number in range(SEEN_LIMIT - 1):
        seen = remembered((*seen, *marks(200 + number, "ft done 4 it fired")))
    (_, added) = marks(100, "ft done 2 it fired", "ft done 3 it fired")
    assert not _was_seen(added, seen)
