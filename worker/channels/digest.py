"""What does a lead's weekly digest say?

Pure. What a lead can decide comes first, each entry with its link and, where there is one, the line to copy.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from worker.channels.words import (
    NAME_LIMIT,
    Group,
    ItemView,
    TeamRow,
    View,
    choices,
    choices_about,
    due_text,
    greeting,
    needs_of,
    place_of,
    sentence,
    shown,
    source_of,
    title_of,
    web_url,
)
from worker.domain.messages import Digest, DigestEntry, TeamWeek
from worker.domain.model import Status
from worker.domain.render.words import count, day, listing

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


def _repeats(entry: DigestEntry) -> bool:
    """Whether the note says only what stands in the facts above it."""
    item = entry.item
    due = f"Due {day(item.due)}." if item.due is not None else ""
    return entry.note in {"Let go.", f"Needs {needs_of(item)}.", due}


def _entry_view(entry: DigestEntry) -> ItemView:
    item = entry.item
    name = shown(entry.owner_name, NAME_LIMIT)
    if item.status is Status.OPEN:
        state = due_text(item, None)
    else:
        closed = f" on {day(item.closed_on)}" if item.closed_on else ""
        state = f"{'done' if item.status is Status.DONE else 'let go'}{closed}"
    return ItemView(
        title=title_of(item),
        url=web_url(item.url),
        place=place_of(item),
        facts=sentence((name or "nobody owns it yet", state, shown(item.priority, 20), source_of(item))),
        needs=needs_of(item) if item.status is Status.OPEN else "",
        note="" if _repeats(entry) else shown(entry.note),
        command=shown(entry.command, 200),
        answer=web_url(entry.link),
    )


def _team_row(team: TeamWeek) -> TeamRow:
    change = team.late - team.late_before
    moved = f" ({change:+d})" if change else ""
    closed = [f"{team.done} done", f"{team.waived} let go" if team.waived else ""]
    return TeamRow(
        name=shown(team.name, NAME_LIMIT),
        lead=shown(team.lead_name, NAME_LIMIT),
        open=str(team.open),
        loose=f"{team.unowned} without owner" if team.unowned else "",
        late=f"{team.late}{moved}",
        closed=listing([c for c in closed if c]),
        on_time=round(100 * team.on_time / team.dated) if team.dated else None,
        of=team.dated,
    )


def weeks_text(weeks: tuple[str, ...]) -> str:
    """`week 47 (16 to 22 Nov 2026)`, `weeks 45 to 47 (2 to 22 Nov 2026)`; what is no ISO week is shown as it is."""
    mondays: list[date] = []
    for week in weeks:
        found = _WEEK.fullmatch(week)
        try:
            mondays.append(date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else date.min)
        except ValueError:
            mondays.append(date.min)
    if not mondays or date.min in mondays:
        return listing([shown(w, 20) for w in weeks])
    first, last = min(mondays), max(mondays) + timedelta(days=6)
    start = day(first).split(" ", 1)[1]
    end = day(last).split(" ", 1)[1]
    if (first.year, first.month) == (last.year, last.month):
        start = str(first.day)
    elif first.year == last.year:
        start = start.rsplit(" ", 1)[0]
    numbers = [d.isocalendar().week for d in sorted(mondays)]
    name = f"week {numbers[0]}" if len(numbers) == 1 else f"weeks {numbers[0]} to {numbers[-1]}"
    return f"{name} ({start} to {end})"


def following_monday(weeks: tuple[str, ...]) -> date | None:
    """The Monday after the last of the ISO weeks, or None where none is an ISO week."""
    days: list[date] = []
    for found in filter(None, map(_WEEK.fullmatch, weeks)):
        try:
            days.append(date.fromisocalendar(int(found[1]), int(found[2]), 1) + timedelta(days=7))
        except ValueError:
            continue
    return max(days, default=None)


_SECTIONS = (
    ("decide", "Yours to decide", "These don't move without a word from you."),
    ("overdue", "Past their date", "Their owners hear first. A hand from you may help."),
    ("incomplete", "Still missing something", "Small gaps, quickly closed."),
    ("upcoming", "Coming up", ""),
    ("changed", "What changed", ""),
)


def _digest_intro(digest: Digest) -> str:
    counts = [
        (len(digest.decide), "to decide"),
        (len(digest.overdue), "past their date" if len(digest.overdue) != 1 else "past its date"),
        (len(digest.incomplete), "still missing something"),
        (len(digest.upcoming), "coming up"),
    ]
    weeks = weeks_text(digest.weeks)
    told = [f"{number} {words}" for number, words in counts if number]
    if digest.teams:
        late = sum(team.late for team in digest.teams)
        told.append(f"{late} late in {count(len(digest.teams), 'team')}")
    whose = "Your" if not digest.stands_in_for else f"{shown(digest.stands_in_for, NAME_LIMIT)} is away: the"
    start = f"{whose} digest for {weeks}" if weeks else f"{whose} digest"
    body = f"{start}: {listing(told)}." if told else f"{start}: a quiet one, with nothing that waits for you."
    if len(digest.weeks) > 1:
        body += " It covers more than one week, because no digest could be sent in between."
    return body


def digest_view(digest: Digest, on: date | None, *, most: int = 100) -> View:
    """The view of a lead's week with at most `most` entries under a heading (twice as many to decide)."""
    groups: list[Group] = []
    for name, heading, about in _SECTIONS:
        entries: tuple[DigestEntry, ...] = getattr(digest, name)
        limit = most * 2 if name == "decide" else most
        if entries:
            views = tuple(_entry_view(e) for e in entries[:limit])
            groups.append(Group(heading=heading, about=about, items=views, more=len(entries) - len(views)))
    if digest.teams:
        rows = tuple(_team_row(team) for team in digest.teams[:most])
        group = Group(
            heading="Your teams",
            about="Late: the change in a week in brackets. On time: of those done in twelve weeks with a date.",
            lines=tuple(row.words for row in rows),
            rows=rows,
            more=len(digest.teams) - len(rows),
        )
        groups.insert(1 if digest.decide else 0, group)
    for heading, about, texts in (
        ("Follow-up reviews", "", digest.reviews),
        ("Worth fixing", "What the service could not see or send.", digest.gaps),
    ):
        if texts:
            lines = tuple(shown(t) for t in texts[:most])
            groups.append(Group(heading=heading, about=about, lines=lines, more=len(texts) - len(lines)))
    if digest.trend:
        groups.append(Group(heading="How it goes", lines=(shown(digest.trend, 500),)))
    why = "You get this once a week because people.yaml names you as the one who answers for these people or teams."
    if digest.stands_in_for:
        name = shown(digest.stands_in_for, NAME_LIMIT)
        why = f"You get this because people.yaml names you as the substitute of {name}, who is away all week."
    lead = next((g.items[0].title for g in groups if g.items), "")
    items = digest.decide or digest.overdue or digest.incomplete or digest.upcoming
    return View(
        greeting=greeting(digest.person_name),
        intro=_digest_intro(digest),
        preview=lead,
        groups=tuple(groups),
        choices=choices(on) if items else (),
        choices_about=choices_about(2) if items else "",
        stop=(
            why,
            "An item leaves the list as soon as it is done, let go, or has what it lacks.",
        ),
        more=digest.cut,
    )
