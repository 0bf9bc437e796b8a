"""Does the ladder of `policy.yaml` go up, and what is it as the values that the program works with?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from worker.app.shapes import LadderShape, RungShape, SignalShape
from worker.app.yamlfile import Path, YamlFile
from worker.domain.policy import OVERDUE, SIGNALS, Ladder, Rung, SignalLadder

_HEIGHT = {"owner": 0, "lead": 1, "director": 2}


def check_ladder(file: YamlFile, ladder: LadderShape) -> None:
    """Add what is wrong with the ladders taken together: each must go up, and its owner's must begin at the owner."""
    path: Path = ("ladder", "rungs")
    if not ladder.rungs:
        message = "a ladder needs at least one rung; remove `rungs` to get the default"
        file.problems.append(file.problem(path, message))
    else:
        _check_rungs(file, path, ladder.rungs, starts_at_owner=True)
    for kind, signal in ladder.signals.items():
        _check_signal(file, ("ladder", "signals", kind), kind, signal)
    if sum(length_of(*_days_of(blackout)) for blackout in ladder.blackouts) >= 365:
        message = "the blackouts leave no day in the year"
        file.problems.append(file.problem(("ladder", "blackouts"), message))


def length_of(first: str, last: str) -> int:
    """Days from one month-day to another, which may be in the next year; a month counts 31, which is close enough."""
    (m1, d1), (m2, d2) = (tuple(map(int, text.split("-"))) for text in (first, last))
    days = (m2 - m1) * 31 + d2 - d1
    return int(days if days >= 0 else days + 372) + 1


def _days_of(written: str) -> tuple[str, str]:
    """`12-24 to 01-01` as two month-days."""
    first, _, last = written.partition(" to ")
    return first, last or first


def ladder_of(shape: LadderShape) -> Ladder:
    """The ladder with every signal that is configured; the others keep their default."""
    return Ladder(
        rungs=_rungs(shape.rungs),
        signals={
            kind: signal
            for kind, written in sorted(shape.signals.items())
            if (signal := _signal_of(written)) not in (SIGNALS.get(kind), SignalLadder())
        },
        gap_working_days=shape.gap_working_days,
        item_gap_working_days=shape.item_gap_working_days,
        quiet_working_days_after_lost_state=shape.quiet_working_days_after_lost_state,
        director_for=frozenset(name.upper() for name in shape.director_for),
        starts_on=shape.starts_on,
        grace_days=shape.grace_days,
        first_nudges_a_day=shape.first_nudges_a_day,
        tracker_mail_counts=shape.tracker_mail_counts,
        blackouts=tuple(_days_of(blackout) for blackout in shape.blackouts),
    )


def _signal_of(shape: SignalShape) -> SignalLadder:
    priorities = {name.upper(): _rungs(rungs) for name, rungs in sorted(shape.priorities.items())}
    return SignalLadder(on=shape.on, rungs=_rungs(shape.rungs), priorities=priorities)


def _rungs(shapes: Iterable[RungShape]) -> tuple[Rung, ...]:
    return tuple(
        Rung(after_days=r.after_days, role=r.role, until_days=r.until_days, channels=tuple(r.channels)) for r in shapes
    )


def _check_signal(file: YamlFile, path: Path, kind: str, signal: SignalShape) -> None:
    if kind == OVERDUE and signal.rungs:
        message = "the rungs of lateness stand under `ladder.rungs`; move them there"
        file.problems.append(file.problem((*path, "rungs"), message, at_key=True))
    default = SIGNALS[kind].rungs if kind in SIGNALS else ()
    starts_at_owner = kind == OVERDUE or default[0].role == "owner"
    for where, rungs in (("rungs",), signal.rungs), *((("priorities", p), r) for p, r in signal.priorities.items()):
        _check_rungs(file, (*path, *where), rungs, starts_at_owner=starts_at_owner)
        early = [n for n, rung in enumerate(rungs) if rung.after_days < 1 and kind == OVERDUE]
        for n in early:
            message = f"nothing is late after {rungs[n].after_days} days; write at least 1"
            file.problems.append(file.problem((*path, *where, n, "after_days"), message))


def _check_rungs(file: YamlFile, path: Path, rungs: Sequence[RungShape], *, starts_at_owner: bool) -> None:
    if rungs and starts_at_owner and rungs[0].role != "owner":
        message = f"the ladder begins at the {rungs[0].role}; the owner must hear first"
        file.problems.append(file.problem((*path, 0, "role"), message))
    for n, (below, above) in enumerate(pairwise(rungs), start=1):
        if above.after_days <= below.after_days:
            message = (
                f"the ladder goes down: this rung comes after {above.after_days} days, the one before it after "
                f"{below.after_days}; the days must grow"
            )
            file.problems.append(file.problem((*path, n, "after_days"), message))
        if _HEIGHT.get(above.role, 3) < _HEIGHT.get(below.role, 0):
            message = f"the ladder goes down: from the {below.role} to the {above.role}"
            file.problems.append(file.problem((*path, n, "role"), message))
        if below.until_days is not None:
            message = (
                "only the top rung may end: whoever was to hear before somebody above is told first, however late; "
                "remove `until_days`"
            )
            file.problems.append(file.problem((*path, n - 1, "until_days"), message))
    if rungs and rungs[-1].until_days is not None and rungs[-1].until_days < rungs[-1].after_days:
        top = rungs[-1]
        message = f"the rung would end after {top.until_days} days, before it begins after {top.after_days}"
        file.problems.append(file.problem((*path, len(rungs) - 1, "until_days"), message))
