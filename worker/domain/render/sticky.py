"""The one comment on a post-mortem: what was promised, how it stands, what comes next, what a reader can do.

Everything that came from a person goes through `render.safe`. Ten items fit a screen; the rest is folded away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from worker.domain.model import Finding, Issue, IssueRef, Kind, Review, Status
from worker.domain.plan.lines import Line
from worker.domain.render.safe import cut, plain, plain_but_for_ours
from worker.domain.render.words import count, day, listing, moment
from worker.domain.smart.reword import reword
from worker.domain.state import State

LIMIT = 44_000
_TEXT = 90
_SHOWN_FINDINGS = 6
_SHOWN_AUDIT = 8
_MOST_REMEDIES = 60
_EXAMPLE_DAYS = 28  # a day that stays the same at every rendering, so that the comment does not change daily

_MARKS = {Status.OPEN: "open", Status.DONE: "✓ done", Status.WAIVED: "let go"}


_STILL = {"unowned": "still has no owner", "incomplete": "still lacks something"}
"""What is so if nothing moves, by the signal that then reaches somebody; else the item is simply still open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """The next rung of the ladder for one item: who hears, and not before which day. `kind` is the signal."""

    number: int
    who: str
    role: str
    on: date
    kind: str = "overdue"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that the sticky comment says. `tracks_at` is when waiting items become issues, None where none waits for
    time alone; `ends_at` is set while the label is missing; `timezone` is the one that times are told in."""

    home: IssueRef
    state: State
    kind: Kind
    lines: Sequence[Line]
    findings: Sequence[Finding]
    steps: Sequence[NextStep] = ()
    review: Review | None = None
    review_names: Sequence[str] = ()
    tracks_at: datetime | None = None
    ends_at: datetime | None = None
    timezone: str = "UTC"
    today: date


def render_sticky(view: View) -> str:
    """The comment's Markdown, without its hidden part."""
    if view.state.left:
        return _closing(view)
    parts = [_head(view)]
    if view.ends_at is not None:
        parts.append(
            "> The label is gone. Unless it comes back, Followthrough ends here on "
            f"{moment(view.ends_at, view.timezone)}."
        )
    if view.lines:
        parts.append(_table(view))
    if view.findings:
        parts.append(_findings(view))
    parts.append(_next(view))
    parts.append(_help(view))
    parts.append(_remedies(view))
    if view.state.audit:
        parts.append(_audit(view.state.audit))
    return _bounded("\n\n".join(p for p in parts if p), view)


def _head(view: View) -> str:
    promised = [line for line in view.lines if line.status is not Status.WAIVED]
    done = sum(line.status is Status.DONE for line in promised)
    late = sum(line.status is Status.OPEN and line.due is not None and line.due < view.today for line in view.lines)
    waived = len(view.lines) - len(promised)
    if not view.lines:
        return "### Follow-through: no action items yet"
    bits = [f"{done} of {count(len(promised), 'promise')} kept"]
    if late:
        bits.append(f"{late} late")
    if waived:
        bits.append(f"{waived} let go")
    return f"### Follow-through: {', '.join(bits)}"


def _table(view: View) -> str:
    rows = ["| | Action item | Owner | Due | State | Needs |", "| --: | --- | --- | --- | --- | --- |"]
    rows += [_row(line, view) for line in view.lines]
    return "\n".join(rows)


def _row(line: Line, view: View) -> str:
    return (
        f"| {line.number} | {_text(line, view)} | {plain(line.owner.shown, 40) or '·'} | {_due(line, view.today)} "
        f"| {_status(line, view.today)} | {_needs(line)} |"
    )


def _text(line: Line, view: View) -> str:
    words = plain(line.text, _TEXT) or "(no words)"
    issue = line.issue
    if issue is None or not issue.url:
        return words
    return f"{words} [{_short(issue, view)}]({issue.url})"


def _short(issue: Issue, view: View) -> str:
    """`#12` beside the post-mortem, `payments#12` elsewhere, `OPS-7` on Jira."""
    here = issue.ref.site == view.home.site and issue.ref.container == view.home.container
    name = issue.ref.locator.rpartition("/")[2]
    return f"#{issue.ref.number}" if here and "#" in name else name


def _due(line: Line, today: date) -> str:
    if line.due is not None:
        late = line.status is Status.OPEN and line.due < today
        return f"**{day(line.due)}**, late" if late else day(line.due)
    if line.proposed is not None:
        return f"*{day(line.proposed)}?*"
    return "·"


def _status(line: Line, today: date) -> str:
    if line.state.untracked:
        return "not tracked"
    state = line.state
    if line.status is Status.WAIVED:
        other = plain(IssueRef.parse(state.instead).locator, 60) if state.instead else "another"
        return {"replaced": f"replaced by {other}", "duplicate": f"duplicate of {other}", "split": "split"}.get(
            state.way_out, _MARKS[line.status]
        )
    if line.status is Status.OPEN:
        listed = line.issue is None and not state.ref
        words = ["listed" if listed else _MARKS[line.status]]
        words += ["let go?"] if state.waiver else []
        if state.snoozed_until is not None and state.snoozed_until >= today:
            words.append(f"snoozed until {day(state.snoozed_until)}")
        return ", ".join(words)
    return _MARKS[line.status]


def _needs(line: Line) -> str:
    if line.status.closed or line.state.untracked:
        return "·"
    return plain_but_for_ours(", ".join(line.needs), 90) if line.needs else "nothing"


def _findings(view: View) -> str:
    numbers = {line.state.id: line.number for line in view.lines}
    told = [f"- {_finding(f, numbers)}" for f in view.findings]
    shown, more = told[:_SHOWN_FINDINGS], told[_SHOWN_FINDINGS:]
    if more:
        shown += [f"<details><summary>and {len(more)} more</summary>\n", *more[:40], "\n</details>"]
    return "**To put right**\n" + "\n".join(shown)


def _finding(finding: Finding, numbers: Mapping[str, int]) -> str:
    what = f"{plain(finding.excerpt, 80)}: " if finding.excerpt else ""
    number = numbers.get(finding.item)
    where = f"Item {number}: " if number else f"Line {finding.line}: " if finding.line else ""
    return f"{where}{what}{plain_but_for_ours(finding.remedy)}"


def _remedies(view: View) -> str:
    """How each thing that an item still needs can be said, and the whole item with all of it, folded away."""
    said: list[str] = []
    for line in view.lines:
        if line.status.closed or line.state.untracked:
            continue
        said += [
            f"- Item {line.number}: {plain_but_for_ours(verdict.remedy)}"
            for _, verdict in sorted(line.verdicts.items())
            if verdict.remedy and verdict.state in {"fail", "proposed"}
        ]
        if words := _reworded(line):
            said.append(f"- Item {line.number} could read: “{plain(words, 300)}”")
    if not said:
        return ""
    listed = "\n".join(said[:_MOST_REMEDIES])
    return f"<details><summary>What the items still need, and how to say it</summary>\n\n{listed}\n\n</details>"


def _reworded(line: Line) -> str:
    """The item as it could be said, with its owner and its date as they are known by now."""
    if line.item is None or not line.needs:
        return ""
    owners = (line.owner.shown,) if line.owner.person is not None else ()
    return reword(replace(line.item, owners=owners, due=line.due), line.verdicts)


def _waiting(view: View) -> list[str]:
    """Who has to agree before an item is let go."""
    asked = [line for line in view.lines if line.state.waiver and line.status is Status.OPEN]
    number = "" if view.kind is Kind.ACTION_ITEM else " {}"
    return [
        f"**Item {line.number} waits for a word:** may it be let go ({plain(line.state.waiver, 80)})? A lead answers "
        f"`ft approve{number.format(line.number)}` or `ft decline{number.format(line.number)} reason`."
        for line in asked[:3]
    ]


def _next(view: View) -> str:
    lines = []
    holds = [line for line in view.lines if line.hold and line.issue is None]
    if view.tracks_at is not None:
        lines.append(
            f"**Next:** the listed items become issues on {moment(view.tracks_at, view.timezone)} if the text stays as "
            "it is; `ft track` does it now."
        )
    lines += [f"**Item {line.number} waits:** it {plain(line.hold, 160)}." for line in holds[:3]]
    lines += _waiting(view)
    lines += [
        f"**Next step:** if item {step.number} {_STILL.get(step.kind, 'is still open')} on {day(step.on)}, "
        f"{plain(step.who, 60)} ({plain(step.role, 60)}) hears about it."
        for step in list(view.steps)[:2]
    ]
    if view.review is not None and not view.review.cancelled:
        who = listing([plain(n, 40) for n in view.review_names][:6])
        given_up = f" ({plain(view.review.concession, 160)})" if view.review.concession else ""
        when = moment(view.review.start, view.timezone)
        past = view.review.start.astimezone(ZoneInfo(view.timezone)).date() < view.today
        lines.append(f"**Follow-up review:** {'it was on ' if past else ''}{when}, with {who}{given_up}.")
    return "\n".join(f"{line}  " for line in lines).rstrip()


def _help(view: View) -> str:
    number = next((line.number for line in view.lines if line.status is Status.OPEN), 1)
    number_text = "" if view.kind is Kind.ACTION_ITEM else f" {number}"
    example = view.state.enrolled_at.date() + timedelta(days=_EXAMPLE_DAYS)
    return (
        f"<sub>You can edit the text above at any time; this comment follows. Or comment "
        f"`ft due{number_text} {example} reason`, `ft done{number_text} what shows it`, "
        f"`ft waive{number_text} reason`. `ft help` tells the rest.</sub>"
    )


def _audit(audit: Sequence[str]) -> str:
    lines = "\n".join(f"- {plain(line, 200)}" for line in reversed(audit[-_SHOWN_AUDIT:]))
    return f"<details><summary>What happened here</summary>\n\n{lines}\n\n</details>"


def _closing(view: View) -> str:
    promised = [line for line in view.lines if line.status is not Status.WAIVED]
    done = sum(line.status is Status.DONE for line in promised)
    still = [line for line in view.lines if line.status is Status.OPEN and line.issue is not None]
    text = [
        "### Follow-through has ended here",
        (
            f"The label was taken off. {done} of {count(len(promised), 'promise')} kept; "
            f"{count(len(still), 'issue')} stay open with their owners, and nobody is reminded any more. "
            "Put the label back and everything goes on where it stopped."
        ),
    ]
    if still:
        text.append("\n".join(f"- {line.number}. {_text(line, view)}" for line in still[:50]))
    return "\n\n".join(text)


def _bounded(text: str, view: View) -> str:
    """The text, or with very many items a shorter one: the comment must stay under the tracker's limit."""
    if len(text) <= LIMIT:
        return text
    head, _, _ = text.partition("\n\n")
    rows = "\n".join(
        f"- {line.number}. {plain(line.text, 60)}: {_MARKS[line.status]}"
        for line in view.lines
        if not line.status.closed
    )
    return (
        cut(f"{head}\n\n{rows}", LIMIT - 200) + "\n\nMore items than fit here; `ft help` tells how to work with them."
    )
