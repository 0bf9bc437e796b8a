"""What may become an action item: the raw words of one promise with all that stands around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What the headings over an item hand down to it."""

    heading: str = ""
    owners: tuple[str, ...] = ()
    done: bool | None = None
    horizon: str = ""
    links: tuple[tuple[str, str], ...] = ()


_SPAN = re.compile(r"\d|\b(?:days?|weeks?|months?|quarters?|sprints?|years?|today|tomorrow)\b|\bby ", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"[(\[（](?P<inside>[^()\[\]（）]{2,60})[)\]）]")
_TIME_FIRST = re.compile(
    r"(?:this|next|the next|within|in the next|over the next|by|before|until|due|q[1-4])\b[^:–—]{2,40}", re.IGNORECASE
)


def horizon_of(heading: str) -> str:
    """What a heading says of when its items are due ("Long term (Q1 2026)", "Next two weeks"), for reading as a date;
    "" where it says nothing of the kind. A bracket or a phrase that is nothing but a time is marked by `=` in front:
    it is read as a due field is."""
    if not _SPAN.search(heading):
        return ""
    inside = [found["inside"] for found in _IN_BRACKETS.finditer(heading)]
    timed = next((part for part in reversed(inside) if _SPAN.search(part)), "")
    if timed:
        return f"={timed}"
    whole = heading.strip(" :*_.")
    return f"={whole}" if _TIME_FIRST.fullmatch(whole) else heading


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One promise before its parts are read: raw text, the notes below it, the cells beside it."""

    line: int
    raw: str
    group: Group
    checked: bool | None = None
    notes: tuple[str, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
