"""In which words do messages speak of an item, a date and the ways to answer?

The parts that batch, digest and invite share: short strings, ready for a template of either form. All that people typed
passes through `one_line` and is cut here, so that no template has to think of it. Pure; judges nothing and decides
nothing: who is told what was settled long before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from worker.domain.model import TrackedItem
from worker.domain.render.safe import cut, one_line
from worker.domain.render.words import count, day, listing

TITLE_LIMIT = 160
POST_MORTEM_LIMIT = 100
LINE_LIMIT = 300
NAME_LIMIT = 80
NEW_DATE_AFTER_DAYS = 14

FOOTER = (
    "Followthrough keeps the promises made after incidents in sight. Answers go on the issue; "
    "nobody reads replies to this mail."
)
_WEB = re.compile(r"https?://[^\s/@\\]+(?:/\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the three ways to answer: what it means, and the line to copy."""

    label: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One action item as a reader meets it. `url` is a checked web address or ""; `place` stands in where there is
    none. `why` is empty in a digest, `note` and `command` are empty in a batch. `answer` is a checked web address where
    the reader may answer without an account, or ""."""

    title: str
    url: str
    place: str
    facts: str
    needs: str = ""
    why: str = ""
    next: str = ""
    hint: str = ""
    note: str = ""
    command: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRow:
    """One team as a row of a table. `on_time` is the share of those done on time in percent, None with nothing done;
    `of` how many those are. `loose` counts the open ones without owner, `late` tells the change in a week, too."""

    name: str
    lead: str
    open: str
    loose: str
    late: str
    closed: str
    on_time: int | None
    of: int

    @property
    def words(self) -> str:
        """The row as a line of text."""
        name = f"{self.name} ({self.lead})" if self.lead else self.name
        kept = f"; on time in 12 weeks: {self.on_time} % of {self.of}" if self.on_time is not None else ""
        loose = f" ({self.loose})" if self.loose else ""
        return f"{name}: {self.open} open{loose}, {self.late} late; this week {self.closed}{kept}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Items under one heading; `brief` are those that got one line only, `more` counts those that got none. `rows` are
    the same as `lines`, for a form that has tables."""

    heading: str
    about: str = ""
    items: tuple[ItemView, ...] = ()
    brief: tuple[ItemView, ...] = ()
    lines: tuple[str, ...] = ()
    rows: tuple[TeamRow, ...] = ()
    more: int = 0

    @property
    def size(self) -> int:
        return len(self.items) + len(self.brief) + len(self.lines) + self.more


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A whole message, before it has a form. `preview` is what an inbox shows beside the subject."""

    greeting: str
    intro: str
    preview: str
    groups: tuple[Group, ...] = ()
    choices: tuple[Choice, ...] = ()
    choices_about: str = ""
    stop: tuple[str, ...] = ()
    more: int = 0
    footer: str = FOOTER


def shown(text: str, limit: int = LINE_LIMIT) -> str:
    """Return what a person typed as one harmless line of at most `limit` characters."""
    return cut(one_line(text), limit)


def web_url(url: str) -> str:
    """Return an http(s) address fit for a link, or "" for anything else (`javascript:`, one with a password)."""
    clean = one_line(url)
    return clean if _WEB.fullmatch(clean) and len(clean) <= 2000 else ""


def greeting(name: str) -> str:
    """`Hello Alice Larsson,`: the whole name, since which part of it is the given one differs by culture."""
    clean = shown(name, NAME_LIMIT)
    return f"Hello {clean}," if clean else "Hello,"


def new_date(on: date) -> date:
    """The date that a message proposes: two weeks from now, moved to Monday from a Saturday or Sunday."""
    proposed = on + timedelta(days=NEW_DATE_AFTER_DAYS)
    return proposed + timedelta(days=max(0, 7 - proposed.weekday()) if proposed.weekday() > 4 else 0)


def choices(on: date | None) -> tuple[Choice, ...]:
    """The three filled-in answers, as they are written on the action item's own issue."""
    new = new_date(on).isoformat() if on else "YYYY-MM-DD"
    return (
        Choice(label="It is done", command="ft done what shows that it works"),
        Choice(label="It needs a new date", command=f"ft due {new} reason"),
        Choice(label="We let it go", command="ft waive reason"),
    )


def choices_about(number: int) -> str:
    """The line above the three answers in a message about so many items."""
    where = "its issue" if number == 1 else "the issue it is about"
    return f"Three ways to answer. Copy one into a comment on {where}, with your own words at the end:"


def title_of(item: TrackedItem) -> str:
    """What the item is called; the text of a confidential one stays on its issue."""
    return "A confidential action item" if item.confidential else shown(item.text, TITLE_LIMIT) or "An action item"


def place_of(item: TrackedItem) -> str:
    """Where the item is, in words, for a reader without a link."""
    return (item.ref or item.post_mortem).locator


def source_of(item: TrackedItem) -> str:
    """The post-mortem that the item comes from."""
    title = "" if item.confidential else shown(item.post_mortem_title, POST_MORTEM_LIMIT)
    return f"from “{title}”" if title else ""


def due_text(item: TrackedItem, days_late: int | None) -> str:
    """When it is due. `days_late` is 0 today, and None where the distance to today is not to be told."""
    if item.due is None:
        return "no date yet"
    proposed = " (proposed, not agreed yet)" if item.due_proposed else ""
    if days_late is None:
        return f"due {day(item.due)}{proposed}"
    if days_late == 0:
        return f"due today, {day(item.due)}{proposed}"
    return f"was due {day(item.due)}, {count(days_late, 'day')} ago{proposed}"


def sentence(parts: Iterable[str]) -> str:
    """Facts side by side, those that are empty left out."""
    text = " · ".join(p for p in parts if p)
    return text[:1].upper() + text[1:]


def needs_of(item: TrackedItem) -> str:
    """`an owner and a date`, or ""."""
    return listing([shown(need, 60) for need in item.needs[:6]])
