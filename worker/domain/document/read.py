"""Put a document together: title, kind, incident date, sections, items, and what is missing or unclear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from worker.domain.dates import order_of_days
from worker.domain.document.blocks import Block, BlockKind
from worker.domain.document.build import build_item, says_nothing
from worker.domain.document.cut import cut, normalize, shorten
from worker.domain.document.dialects import is_wiki
from worker.domain.document.head import LINKISH, read_incident_date, read_title
from worker.domain.document.inline import one_line, read_inline
from worker.domain.document.items import MOST_ITEMS, Collector
from worker.domain.document.outline import Frame, Placed, filled, place
from worker.domain.document.owners import find_people
from worker.domain.document.sections import ACTION, CANONICAL
from worker.domain.document.tails import Reading
from worker.domain.model import ActionItem, Document, Finding, IssueRef, Kind

_PROMPT = re.compile(
    r"^(?:describe|list|explain|provide|include|summari[sz]e|briefly|detail|outline|enter|give|write|"
    r"insert|fill in|one or two|a sentence|"
    r"a (?:short|brief|quick)|an? (?:high[- ]level|overview)|what (?:happened|went|systems|is the|was the|"
    r"are the)\b[^.]{0,120}\?$|who (?:was|were)\b[^.]{0,80}\?$|"
    r"how (?:did|was|were)\b[^.]{0,120}\?$|in this section|this section|things that|these are|tbd$|todo$|"
    r"\(?e\.g\.|example:)",
    re.IGNORECASE,
)
_WHY = re.compile(r"^\s{0,6}(?:[-*]|\d{1,2}[.)])?\s{0,3}[*_]{0,3}(?:why\b|なぜ|warum\b|pourquoi\b)", re.IGNORECASE)
RECORD = frozenset(CANONICAL) - {ACTION}
CAUSE_SECTIONS = frozenset(
    {"root_cause", "contributing_factors", "five_whys", "detection", "lessons", "impact", "summary"}
)


def parse_document(
    body: str,
    *,
    today: date,
    near: IssueRef | None = None,
    day_first: bool | None = None,
    title: str = "",
    created: date | None = None,
) -> Document:
    """Read a post-mortem's body: Markdown, HTML fragments, front matter, any line ends.

    `near` is the issue that holds it (a reference to itself is none), `title` the issue's title, `created` its day,
    from which a date without a year gets one. Never raises; lines count from 1 in `body`; takes time linear in its
    length. Of a very long body the start and the end are read, and a finding says so.
    """
    text, left_out = shorten(normalize(body))
    parsed = cut(text)
    day_first = order_of_days(text) if day_first is None else day_first
    placed, frames = place(parsed.blocks)
    name = title.strip() or read_title(parsed, placed)
    incident = read_incident_date(text, parsed, placed, name, created, day_first)
    template = _is_template(placed, frames, text, name)
    people = find_people(text)
    collector = Collector(placed, people, frames)
    how = Reading(
        today=today,
        reference=incident or created,
        day_first=day_first,
        near=near,
        people=people,
        references=parsed.references,
    )
    items: list[ActionItem] = []
    findings: list[Finding] = []
    for candidate in collector.collect():
        if template or len(items) >= MOST_ITEMS:
            break
        item, questions = build_item(candidate, how)
        if not says_nothing(item):
            items.append(item)
            findings.extend(questions)
    sections = {} if template else _sections(placed, frames)
    told = _told(placed)
    link_only = not items and _is_link_only(placed, frames)
    kind = _kind(frames, items, template=template)
    findings.extend(collector.findings)
    findings.extend(
        _missing(body, items, collector, kind=kind, link_only=link_only, template=template, left_out=left_out)
    )
    return Document(
        title=name,
        kind=kind,
        incident_date=incident,
        sections=sections,
        items=tuple(sorted(items, key=lambda item: item.line)),
        findings=tuple(sorted(findings, key=lambda finding: (finding.line, finding.rule))),
        causes=_causes(told),
        record=_record(told),
        link_only=link_only,
    )


def _is_template(placed: Sequence[Placed], frames: Sequence[Frame], text: str, title: str) -> bool:
    """True for an empty template: most of its sections open with a prompt, or it is full of `{{ blanks }}`."""
    if text.count("{{") >= 3 and text.count("}}") >= 3 and not is_wiki(text):
        return True
    first: dict[int, Block] = {}
    for entry in placed:
        if entry.frames and entry.block.text.strip():
            first.setdefault(entry.frames[-1].line, entry.block)
    named = [frame for frame in frames if frame.own in CANONICAL]
    prompted = sum(
        frame.line in first and bool(_PROMPT.match(one_line(read_inline(first[frame.line].text, {}).text)[:300]))
        for frame in named
    )
    return (prompted >= 3 and prompted * 2 >= len(named)) or (prompted >= 2 and "template" in title.casefold())


def _sections(placed: list[Placed], frames: list[Frame]) -> dict[str, int]:
    """Canonical names to the line of the first heading that has content."""
    found: dict[str, int] = {}
    for frame in filled(placed, frames):
        if frame.own in CANONICAL and (frame.own == ACTION or frame.name != ACTION):
            found.setdefault(frame.own, frame.line)
    if "five_whys" not in found:
        line = _why_chain(placed)
        if line:
            found["five_whys"] = line
    return dict(sorted(found.items()))


def _why_chain(placed: Sequence[Placed]) -> int:
    """The line of the first of at least four questions that open with "why" in one section; 0 where there is none."""
    chains: dict[int, list[int]] = {}
    for entry in placed:
        if entry.block.kind in {BlockKind.ITEM, BlockKind.PARAGRAPH} and _WHY.match(entry.block.text):
            chains.setdefault(entry.frames[-1].line if entry.frames else 0, []).append(entry.block.line)
    return next((lines[0] for lines in chains.values() if len(lines) >= 4), 0)


def _is_link_only(placed: Sequence[Placed], frames: Sequence[Frame]) -> bool:
    """True where the body is a link to a document elsewhere, with at most a few words around it."""
    if len(placed) > 3 or any(frame.own for frame in frames):
        return False
    words, links = 0, 0
    for entry in placed:
        read = read_inline(entry.block.text, {})
        bare = read.text
        for label, _ in read.links:
            bare = bare.replace(label, " ", 1) if label else bare
        links += len(read.links) + len(LINKISH.findall(read.text))
        words += len(LINKISH.sub(" ", bare).split())
    return 0 < links <= 2 and words <= 12


def _kind(frames: Sequence[Frame], items: Sequence[ActionItem], *, template: bool) -> Kind:
    own = {frame.own for frame in frames}
    if template or items or ACTION in own or len(own & RECORD) >= 2:
        return Kind.POST_MORTEM
    return Kind.ACTION_ITEM


def _missing(
    body: str,
    items: Sequence[ActionItem],
    collector: Collector,
    *,
    kind: Kind,
    link_only: bool,
    template: bool,
    left_out: int,
) -> list[Finding]:
    """What the whole document lacks."""
    found: list[Finding] = []
    if left_out:
        remedy = (
            f"This document is very long: {left_out} lines in its middle were not read. Move logs "
            f"into a file of their own."
        )
        found.append(Finding(rule="document/too-long", level="warning", remedy=remedy))
    if not body.strip():
        remedy = "The body is empty: paste the post-mortem here, with its action items in a list or a table."
        return [*found, Finding(rule="document/empty", level="error", remedy=remedy)]
    if link_only:
        remedy = (
            "The body is only a link: paste the action items here, each with owner and date, so "
            "that they can be tracked."
        )
        return [*found, Finding(rule="document/link-only", level="error", line=1, remedy=remedy)]
    if template:
        remedy = "This is still the empty template: fill its sections in, and list the action items."
        return [*found, Finding(rule="document/template", level="warning", line=1, remedy=remedy)]
    if kind is Kind.ACTION_ITEM:
        remedy = (
            "This does not read as a post-mortem (no list of action items, no summary, impact or "
            "timeline), so it is taken as one "
            "action item. Add a heading “Action items”, or say `ft kind post-mortem`."
        )
        return [*found, Finding(rule="document/not-a-post-mortem", level="note", line=1, remedy=remedy)]
    if not items and not collector.said_none:
        remedy = (
            "There are no action items: list what will be done under a heading “Action items”, or "
            "write “No action items”."
        )
        found.append(Finding(rule="document/no-action-items", level="warning", line=1, remedy=remedy))
    if len(items) >= MOST_ITEMS:
        remedy = (
            f"Only the first {MOST_ITEMS} action items were read: a post-mortem with more promises "
            f"than that keeps none."
        )
        found.append(Finding(rule="document/too-many-items", level="warning", line=1, remedy=remedy))
    return found


def _told(placed: Sequence[Placed]) -> list[tuple[Placed, str]]:
    """The first blocks of the document, each with its plain words; at most 60,000 characters."""
    out: list[tuple[Placed, str]] = []
    size = 0
    for entry in placed:
        cells = [cell for row in entry.block.rows for cell in row.cells]
        words = one_line(read_inline(" ".join([entry.block.text, *cells])[:4000], {}).text)
        if words:
            out.append((entry, words))
            size += len(words)
        if size > 60_000:
            break
    return out


def _causes(told: Sequence[tuple[Placed, str]]) -> str:
    """What the document says of causes, detection and impact, in plain words; for asking what an item is tied to."""
    parts: list[str] = []
    size = 0
    for entry, words in told:
        if entry.section in CAUSE_SECTIONS and size < 8000 and entry.block.kind is not BlockKind.CODE:
            parts.append(words[:2000])
            size += len(words[:2000])
    return "\n".join(parts)


def _record(told: Sequence[tuple[Placed, str]]) -> tuple[tuple[str, str], ...]:
    """What the document tells of the incident, block by block with its section ("" for none of the known ones); at most
    30,000 characters, so that no item's look-up grows with a hostile body."""
    out: list[tuple[str, str]] = []
    size = 0
    for entry, words in told:
        if size > 30_000:
            break
        if not entry.in_actions:
            out.append((entry.section, words))
            size += len(words)
    return tuple(out)


def with_title(document: Document, title: str) -> Document:
    """The document under another title, for a caller that learns the issue's title later."""
    return replace(document, title=title or document.title)
