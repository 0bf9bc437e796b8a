"""The audit as text for a terminal and as JSON for programs. The page to share is `audit_html`.

JSON: `{"target", "today", "since", "documents_read", "too_old", "post_mortems": [{"place", "title", "url", "date",
"promised", "kept", "open", "unknown", "waived"}], "promised", "kept", "open", "unknown", "waived", "left", "late",
"ownerless", "dateless", "vague", "untracked", "median_age_days", "oldest": [PROMISE], "promises": [PROMISE],
"first": [{"what", "why", "count"}], "unreadable": [text]}`, where PROMISE is `{"text", "place", "line", "url",
"owners", "due", "state", "needs", "since", "age_days", "tracked", "priority"}`; days are ISO or null, ages are in days.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from worker.domain.audit import Audit, Audited, Promise, State
from worker.domain.render.safe import cut, one_line
from worker.domain.render.words import count, day

WIDTH = 100
_BOLD, _DIM, _END = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_MOST_LISTED = 15


def share(part: int, whole: int) -> str:
    """`37 %`; nothing of nothing is `–`."""
    return f"{round(100 * part / whole)} %" if whole else "–"


def headline(audit: Audit) -> str:
    """The one sentence to remember."""
    if not audit.post_mortems:
        return "No post-mortems were found."
    if not audit.promised:
        return f"{count(len(audit.post_mortems), 'post-mortem')}, and not one promise in them."
    kept = f"{audit.kept} of {count(audit.promised, 'promise')} kept ({share(audit.kept, audit.promised)})"
    unknown = f"; of {audit.unknown} nobody wrote down the end" if audit.unknown else ""
    return f"{count(len(audit.post_mortems), 'post-mortem')}: {kept}, {audit.open} still open{unknown}."


def lines_of_counts(audit: Audit) -> tuple[tuple[str, int, str], ...]:
    """(label, number, explanation) of each count, in the order of reading."""
    return (
        ("promised", audit.promised, ""),
        ("kept", audit.kept, share(audit.kept, audit.promised)),
        ("still open", audit.open, share(audit.open, audit.promised)),
        ("unknown", audit.unknown, "neither the document nor a tracker tells the end"),
        ("let go", audit.waived, "openly: they leave the closure rate"),
        ("late", audit.late, "of those left: their date has passed"),
        ("ownerless", audit.ownerless, "of those left"),
        ("dateless", audit.dateless, "of those left"),
        ("vague", audit.vague, "of those left: nobody can tell when they are done"),
        ("untracked", audit.untracked, "of those left: no issue behind them"),
    )


def render_text(audit: Audit, *, colour: bool = False) -> str:
    """One page of text, without a line end at its end."""
    bold, dim, end = (_BOLD, _DIM, _END) if colour else ("", "", "")
    return "\n".join(_text(audit, bold=bold, dim=dim, end=end))


def _text(audit: Audit, *, bold: str, dim: str, end: str) -> Iterator[str]:
    span = f", since {day(audit.since)}" if audit.since else ""
    yield f"{bold}{cut(one_line(audit.target), 80)}{end}{span} (as of {day(audit.today)})"
    yield headline(audit)
    older = f"; {audit.too_old} older ones are left out" if audit.too_old else ""
    yield f"{dim}{count(audit.read, 'document')} read{older}.{end}"
    if audit.promised:
        yield ""
        for label, number, why in lines_of_counts(audit):
            yield f"  {label:<11}{number:>5}  {dim}{why}{end}".rstrip()
        if audit.median_age_days is not None:
            yield f"  {'median age':<11}{audit.median_age_days:>5}  {dim}days, of those left{end}"
    if audit.oldest:
        yield ""
        yield f"{bold}The oldest that are left{end}"
        for promise in audit.oldest:
            yield from _promise(promise, audit, dim=dim, end=end)
    if audit.first:
        yield ""
        yield f"{bold}What Followthrough would do first{end}"
        for number, step in enumerate(audit.first, 1):
            yield f"  {number}. {step.what} ({step.count}): {step.why}."
    if audit.post_mortems:
        yield ""
        yield f"{bold}The post-mortems{end}"
        for one in audit.post_mortems[:_MOST_LISTED]:
            place = cut(one_line(one.url or one.place), 90)
            yield f"  {_counts(one):<22} {cut(one_line(one.title), 70)}  {dim}{place}{end}"
        more = len(audit.post_mortems) - _MOST_LISTED
        if more > 0:
            yield f"  {dim}and {more} more (--format html lists them all){end}"
    if audit.unreadable:
        yield f"{count(len(audit.unreadable), 'thing')} could not be read."


def _counts(one: Audited) -> str:
    kept = sum(promise.state is State.KEPT for promise in one.promises)
    return f"{kept} of {len(one.promises)} kept" if one.promises else "only a link" if one.link_only else "no promises"


def _promise(promise: Promise, audit: Audit, *, dim: str, end: str) -> Iterator[str]:
    yield f"  {cut(one_line(promise.text), WIDTH - 2)}"
    yield f"    {dim}{standing(promise, audit)}{end}"
    yield f"    {dim}{where(promise)}{end}"


def standing(promise: Promise, audit: Audit) -> str:
    """Age, owner, date and what is lacking, in one line."""
    parts = []
    if promise.since is not None:
        parts.append(f"{count((audit.today - promise.since).days, 'day')} old")
    parts.append(one_line(", ".join(promise.owners)) if promise.owners else "no owner")
    parts.append(f"due {day(promise.due)}" if promise.due else "no date")
    if promise.state is State.UNKNOWN:
        parts.append("end unknown")
    return " · ".join(cut(part, 60) for part in parts)


def where(promise: Promise) -> str:
    """The address to open, or the file with its line."""
    if promise.url:
        return one_line(promise.url)
    return one_line(f"{promise.place}:{promise.line}" if promise.line else promise.place)


def render_json(audit: Audit) -> str:
    """The document of the module's docstring, indented, without a line end at its end."""
    return json.dumps(to_json(audit), ensure_ascii=False, indent=2)


def to_json(audit: Audit) -> dict[str, Any]:
    """The audit as plain data."""
    return {
        "target": audit.target,
        "today": audit.today.isoformat(),
        "since": audit.since.isoformat() if audit.since else None,
        "documents_read": audit.read,
        "too_old": audit.too_old,
        **{
            name: getattr(audit, name)
            for name in (
                "promised",
                "kept",
                "open",
                "unknown",
                "waived",
                "left",
                "late",
                "ownerless",
                "dateless",
                "vague",
                "untracked",
                "median_age_days",
            )
        },
        "oldest": [_promise_json(promise, audit) for promise in audit.oldest],
        "first": [{"what": step.what, "why": step.why, "count": step.count} for step in audit.first],
        "post_mortems": [_audited_json(one) for one in audit.post_mortems],
        "promises": [_promise_json(promise, audit) for one in audit.post_mortems for promise in one.promises],
        "unreadable": list(audit.unreadable),
    }


def _audited_json(one: Audited) -> dict[str, Any]:
    return {
        "place": one.place,
        "title": one.title,
        "url": one.url or None,
        "date": one.on.isoformat() if one.on else None,
        "promised": len(one.promises),
        **{state.value: sum(promise.state is state for promise in one.promises) for state in State},
    }


def _promise_json(promise: Promise, audit: Audit) -> dict[str, Any]:
    return {
        "text": promise.text,
        "place": promise.place,
        "line": promise.line or None,
        "url": promise.url or None,
        "owners": list(promise.owners),
        "due": promise.due.isoformat() if promise.due else None,
        "state": promise.state.value,
        "needs": list(promise.needs),
        "since": promise.since.isoformat() if promise.since else None,
        "age_days": (audit.today - promise.since).days if promise.since else None,
        "tracked": promise.tracked,
        "priority": promise.priority or None,
    }
