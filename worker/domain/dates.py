"""Read a due date as a person means it: ISO and a small grammar, only after a cue or in a due field.

Dates are read relative to the post-mortem's own date, never to the day on which somebody looks. What is ambiguous is
asked, never guessed. A date is never taken from "May alerts", "80% for 5 minutes", "v1.2", an address or a time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from worker.domain.datewords import MONTHS, UNITS, DateRead, Reader, Token, echo, safe_date, tokens_of
from worker.domain.words import word_set

__all__ = ["Due", "echo", "order_of_days", "read_days", "read_due"]
CUES = word_set(
    """
by due before until till within deadline eta target expected no-later-than 期限 納期 締切 bis fällig frist termin
échéance avant antes estimated planned до срок senast klart
"""
)
_CONDITIONS = word_set(
    """
expire expires expiring expired if when whenever unless older after than retained
"""
)
_FILLER = word_set(
    """
the on at of date is for de del el le au den dem zum am : = - – — ( ， ,
"""
)
_NOTHING = word_set(
    """
 - – — n/a na none no ... … なし 未定 /
"""
)
_UNDECIDED = word_set(
    """
tbd tba tbc ? ?? unknown asap soon ongoing later
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What was read: `day`, or a `problem` to ask about (with the `rule` it breaks), and the words it was read from."""

    day: date | None
    source: str
    problem: str = ""
    rule: str = ""


def _after_cues(reader: Reader) -> list[DateRead]:
    """All dates that stand behind a cue. `in` needs a count of days at the end of the text or of a clause."""
    found: list[DateRead] = []
    condition, at, tokens = False, 0, reader.tokens
    while at < len(tokens):
        word = reader.word(at)
        condition = word not in {".", ";"} and (condition or word in _CONDITIONS)
        cue = word in CUES or (word == "in" and (reader.number(at + 1) is not None or _period_ahead(reader, at)))
        if not cue or (condition and word in {"within", "in", "before"}):
            at += 1
            continue
        inner = at + 1
        while inner < min(len(tokens), at + 6) and (reader.word(inner) in _FILLER or reader.word(inner) in CUES):
            inner += 1
        counted = word == "by" and reader.word(inner + 1) in UNITS  # "raise it by 14 days" is an amount
        read = (None if counted else reader.read(inner)) or (
            reader.relative(inner + 1) if reader.word(inner) == "in" else None
        )
        if read is not None and (word != "in" or reader.kind(read.after) in {"end", "other"}):
            found.append(DateRead(day=read.day, start=at, after=read.after, problem=read.problem, rule=read.rule))
            at = read.after
        else:
            at += 1
    return found


def _period_ahead(reader: Reader, at: int) -> bool:
    """True for "in Q3 2026" and "rehearse it in December"; not for "the bug introduced in March"."""
    if reader.kind(at + 1) == "quarter":
        return True
    before = reader.word(at - 1)
    return reader.word(at + 1) in MONTHS and not before.endswith("ed") and before not in {"starting", "beginning"}


def _in_field(reader: Reader) -> list[DateRead]:
    """All dates of a due field, where no cue is needed."""
    found: list[DateRead] = []
    at = 0
    while at < len(reader.tokens):
        read = reader.read(at)
        if read is None:
            at += 1
        else:
            found.append(read)
            at = read.after
    return found


def _moved(text: str, reads: list[DateRead], tokens: list[Token]) -> bool:
    """True where the later date replaces the earlier one ("1 Nov → 1 Dec") or ends a range ("1 Nov – 5 Nov")."""
    between = [text[tokens[a.after - 1].end : tokens[b.start].start] for a, b in pairwise(reads)]
    return all(re.search(r"→|->|=>|–|—|\s-\s|\bto\b|\bmoved\b|\bnow\b|〜|~", part) for part in between)


def read_due(text: str, *, today: date, reference: date | None, day_first: bool | None, field: bool) -> Due | None:
    """Read the due date of `text`, relative to `reference` (the post-mortem's day; `today` where that is unknown).

    `field` says that the text is the content of a due column, where no cue is needed. Returns None where the text
    names
    no date at all; a `Due` without a day where it names one that cannot be read for sure, with the question to ask.
    """
    shown = " ".join(text[:400].split())
    source = f"{'field' if field else 'text'}: "
    if field and shown.casefold().strip(" .*_") in _NOTHING | {""}:
        return None
    base = reference if reference is not None and 1970 <= reference.year <= 2200 else today
    tokens = tokens_of(text[:4000])
    reader = Reader(tokens, base, day_first, field=field)
    reads = _in_field(reader) if field else _after_cues(reader)
    if not reads:
        if not field:
            return None
        undecided = shown.casefold().strip(" .*_()") in _UNDECIDED
        problem = (
            f"needs a date: “{shown[:60]}” is not decided yet"
            if undecided
            else f"needs a date: “{shown[:60]}” cannot be read as a day; write it as {base.isoformat()}"
        )
        return Due(day=None, source=source + shown[:80], problem=problem, rule="date/unreadable")
    days = {read.day for read in reads}
    if len(days) > 1 and None not in days:
        if not _moved(text, reads, tokens):
            named = " and ".join(echo(day) for day in sorted(day for day in days if day)[:3])
            problem = f"needs a date: there are two here, {named}; leave the one that holds"
            return Due(day=None, source=source + shown[:80], problem=problem, rule="date/two")
        reads = reads[-1:]
    read = next((read for read in reads if read.problem), reads[0])
    words = text[tokens[read.start].start : tokens[read.after - 1].end]
    return Due(day=read.day, source=source + " ".join(words.split()), problem=read.problem, rule=read.rule)


# Without a year only where a date is expected: "24/7" and "3/4 of the nodes" are none.
_SHORT_DATE = re.compile(r"(?:\b(?:by|due|until|before):? |@[\w-]{1,40}, )(\d{1,2})/(\d{1,2})(?=[\s),.;\]]|$)")
_NUMERIC = re.compile(r"(?<![\d.\-/:])(\d{1,2})[/-](\d{1,2})[/-](?:\d{4}|\d{2})(?![\d\-/]|\.\d)")
_PARTED = re.compile(r"\d[/-]\d")


def order_of_days(text: str) -> bool | None:
    """Which order a document's own numeric dates use: True day first, False month first, None where nothing tells.

    Only dates that can be read in one way count ("29/09/2021"); where they disagree, nothing is known.
    """
    orders: set[bool] = set()
    shown = "\n".join(line for line in text[:200_000].split("\n") if _PARTED.search(line))
    for found in (*_NUMERIC.finditer(shown), *_SHORT_DATE.finditer(shown)):
        first, second = int(found[1]), int(found[2])
        if first > 12 >= second:
            orders.add(True)
        elif second > 12 >= first:
            orders.add(False)
    return orders.pop() if len(orders) == 1 else None


_FIGURE = re.compile(r"\d")


def read_days(text: str, *, reference: date | None, day_first: bool | None) -> tuple[date, ...]:
    """All calendar days that `text` names (no weekdays, no counts), in order; for an incident's own date.

    A day without a year is taken from the year of `reference`; without a reference it is left out. Of an ambiguous
    numeric date the day-first reading is left out too.
    """
    # A day has a figure; most lines have none, and need not be taken apart.
    tokens = tokens_of("\n".join(line for line in text[:20_000].split("\n") if _FIGURE.search(line)))
    reader = Reader(tokens, reference or date(2000, 1, 1), day_first, field=False)
    days: list[date] = []
    at = 0
    while at < len(tokens):
        read = reader.absolute(at) or reader.day_month(at) or reader.month_day(at)
        if read is None:
            at += 1
            continue
        covered = range(read.start, read.after)
        dated = any(reader.kind(i) in {"iso", "num", "cjk"} or reader.year(i)[0] for i in covered)
        has_day = any(reader.kind(i) in {"iso", "num", "cjk", "nth"} for i in covered) or any(
            reader.kind(i) == "int" and len(reader.word(i)) <= 2 for i in covered
        )
        if read.day is not None and has_day:
            if dated:
                days.append(read.day)
            elif reference is not None:
                found = safe_date(reference.year, read.day.month, read.day.day)
                days.append(found or read.day)
        at = read.after
    return tuple(days)
