"""What may become an action item: the raw words of one promise with all that stands around it."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One promise before its parts are read: raw text, the notes below it, the cells beside it."""

    line: int
    raw: str
    group: Group
    checked: bool | None = None
    notes: tuple[str, ...] = ()
    cells: Mapping[str, str] = field(default_factory=dict)
