"""Read what the head of a document says: its title, and the day of the incident.

The day on which something was written, reviewed or published is not the incident's day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from worker.domain.dates import read_days
from worker.domain.document.blocks import Block, BlockKind, Cut
from worker.domain.document.inline import one_line, read_inline
from worker.domain.document.outline import BOLD_LINE, Placed
from worker.domain.document.sections import classify

LINKISH = re.compile(r"https?://\S+|www\.\S+")
_NUMBER_TITLE = re.compile(r"^[#\s]+|[\s#]+$")
_TITLE_FIELD = re.compile(
    r"^[\s>|*_-]{0,8}(?:incident |document |post-?mortem )?(?:title|name of (?:the )?incident|titel|titre|"
    r"título)[*_]{0,3}\s{0,2}"
    r"[:：|][*_|\s]{0,6}(?P<value>[^\n|]{3,200})",
    re.IGNORECASE,
)
# A title that every document of its kind has: another one says more.
_GENERIC = re.compile(
    r"(?:incident |outage |blameless |production )?(?:post[- ]?mortem|incident (?:report|review|summary|"
    r"analysis|record)|"
    r"post[- ]incident (?:report|review)|retrospective|retro|root cause analysis|rca|pir|"
    r"after[- ]action (?:report|review)|"
    r"correction of errors?|coe|learning review)(?: report| document| review| template| meeting| notes)?",
    re.IGNORECASE,
)
_DATE_LABEL = re.compile(
    r"(?:^|\n|\|)[\s>*_#:-]{0,6}(?P<label>(?:date|day|time|date and time|start|beginning) of (?:the )?"
    r"(?:incident|outage|event|occurrence|failure|disruption)|"
    r"(?:incident|outage|event|impact) (?:date|from|start|start date|start time|day|began|window|time|period)|"
    r"date(?:/time)?|date and time|occurred(?: on| at)?|start(?:ed)?(?: date| time| at)?|when|"
    r"began|incident|発生日時|発生日|影響期間|日時|datum|fecha|data|дата инцидента|дата|tidpunkt)"
    r"[*_]{0,3}\s{0,2}(?:[:：|][*_|\s]{0,6})(?P<value>[^\n|]{4,120})",
    re.IGNORECASE,
)
_PLAIN_LABELS = frozenset({"date", "datum", "fecha", "data", "дата"})
# What these name is the day of the document, or of what is to come; never of the incident.
_OTHER = (
    r"(?:last |first |document |report |page |issue |ticket )?(?:updated?|edited|created|modified|"
    r"published|publication|revised|reviewed|"
    r"review|version|next|meeting|authored|due|posted|written|issued|filed|prepared|deadline|target|approved|printed|"
    r"drafted|submitted|signed|completed|report date|document date|post-?mortem (?:date|held|meeting)|disclosed|"
    r"date (?:of )?(?:the |this )?(?:report|review|meeting|document|publication|writing|post-?mortem|"
    r"creation|update|approval)|"
    r"date (?:report|review|document)|retro(?:spective)? (?:date|held))"
)
# A line that only describes the document is no title.
_META = re.compile(
    rf"^(?:{_OTHER}|date|day|authors?|owners?|status|severity|start|end|tags?|version|id|incident id|"
    rf"reference|category|time|when|"
    r"incident (?:date|commander|lead|manager|number)|impact|duration|participants?|attendees|to|from|cc|"
    r"sent)\b[^\n:：]{0,30}[:：]",
    re.IGNORECASE,
)
_OTHER_DAY = re.compile(rf"^[\s>*_#|:-]{{0,8}}{_OTHER}\b", re.IGNORECASE)
_EDITION = re.compile(
    r"\b(?:approved|revised|published|updated|modified|reviewed|rev|version|(?:document|page|"
    r"report) created)\b\W{0,4}(?:on |at |"
    r"by \w{1,20} )?\W{0,3}\d",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"^[\s>*_|·-]{0,6}(?:[^\n]{4,40}\d[,·|*_]{0,2}\s?[–—-]?\s?|\w{4,10} )?"
    r"(?:[Ww]ritten )?[Bb]y [A-ZÀ-Ý@\[][^\n.!?]{0,60}\.?$"
)
# "From 9 to 11 June 2026" and "June 9–11, 2026" began on the 9th.
_DAY_SPAN = re.compile(
    r"(?<![\d.:/-])(\d{1,2})(?:st|nd|rd|th)?\s?(?:to|until|and|–|—|-)\s?\d{1,2}(?:st|nd|rd|th)?\s(?=[A-Z][a-z]{2,8}\b)"
)
_MONTH_SPAN = re.compile(r"(?<=[a-z.] )(\d{1,2})\s?[–—-]\s?\d{1,2}(?=,? \d{4}\b)")
# "Between October 21 and October 30, 2025": the first day has the year of the second.
_YEAR_LATER = re.compile(
    r"\b(?P<first>[A-Z][a-z]{2,8}\.? \d{1,2})(?:st|nd|rd|th)? ?(?:and|to|through|until|till|–|—|-) ?"
    r"(?=[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?,? (?P<year>\d{4})\b)"
)
_YEAR_LATER_DAY_FIRST = re.compile(
    r"\b(?P<first>\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8}) (?:and|to|through|until|till|–|—|-) "
    r"(?=\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8},? (?P<year>\d{4})\b)"
)
_EMPHASIS = re.compile(r"(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)")
# Where front matter says when something was written: the year of dates without one.
_FRONT_DAYS = ("date", "post_date", "publishdate", "pubdate", "published", "published_at", "created", "created_at")
_WRITTEN = re.compile(r"\b(?:authors?|(?:prepared|written|reported|compiled|submitted) by)\b", re.IGNORECASE)
_FIGURE = re.compile(r"\d")
_LABEL_LENGTH = 60  # characters of a line that may hold nothing but a label, with its day on the next one
_CLAUSE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý])|<br\s{0,2}/?>")


def read_title(parsed: Cut, placed: Sequence[Placed]) -> str:
    """The title: front matter, a labelled field, the first heading that is no section, the first bold or short line."""
    named = parsed.front.get("title") or next(
        (value for key, value in parsed.front.items() if key.endswith(("_title", "-title", "headline")) and value), ""
    )
    if named:
        return named
    spare = ""
    for rank, words in _titles(parsed.blocks[:40], parsed):
        if not _GENERIC.fullmatch(words.strip(" :#.")) and (rank == 0 or not spare or _GENERIC.fullmatch(spare)):
            return words
        spare = spare or words
    if spare:
        return spare
    first = next((entry.block.text for entry in placed if entry.block.kind is BlockKind.PARAGRAPH), "")
    line = one_line(read_inline(first.split("\n", 1)[0], parsed.references).text)
    return line if 0 < len(line) <= 120 and not line.endswith(".") and not _META.match(line) else ""


_TITLE_HEADING = re.compile(r"(?:incident |issue |document )?(?:title|name)", re.IGNORECASE)


def _titles(blocks: Sequence[Block], parsed: Cut) -> Iterator[tuple[int, str]]:
    """What may be the title, in the order of the document: (0 for a field or a heading, 1 for a bold line)."""
    bold = ""
    for number, block in enumerate(blocks):
        if block.quoted:
            continue
        if block.kind is BlockKind.HEADING:
            words = one_line(read_inline(block.text, parsed.references).text)
            if block.level > 1 and _TITLE_HEADING.fullmatch(words):
                below = blocks[number + 1].text if number + 1 < len(blocks) else ""
                yield 0, one_line(read_inline(below.split("\n", 1)[0], parsed.references).text)[:300]
                continue
            if block.level > 1 and classify(words):
                break  # the body begins with its sections; the title stands elsewhere
            if bold and block.level > 1 and not _GENERIC.fullmatch(bold.strip(" :#.")):
                break
            yield 0, _NUMBER_TITLE.sub("", words)[:300]
        elif block.kind is BlockKind.TABLE:
            for row in block.rows[:10]:
                found = _TITLE_FIELD.match(" | ".join(row.cells[:2]))
                if found is not None:
                    yield 0, one_line(read_inline(found["value"], parsed.references).text)
        elif block.kind in {BlockKind.PARAGRAPH, BlockKind.ITEM}:
            for line in block.text.split("\n")[:12]:
                found = _TITLE_FIELD.match(line)
                if found is not None:
                    yield 0, one_line(read_inline(found["value"], parsed.references).text)
            if not bold and block.kind is BlockKind.PARAGRAPH and block.parent < 0:
                line = block.text.split("\n", 1)[0].strip()
                words = one_line(read_inline(line, parsed.references).text)
                if BOLD_LINE.match(line) and classify(words):
                    break
                if BOLD_LINE.match(line) and not _META.match(words):
                    bold = words
    if bold:
        yield 1, bold


def read_incident_date(
    text: str,
    parsed: Cut,
    placed: Sequence[Placed],
    title: str,
    created: date | None,
    day_first: bool | None,
) -> date | None:
    """The day of the incident: a labelled field, the title, the first full date of the text, the front matter."""
    front = next(
        (
            day
            for key in _FRONT_DAYS
            for day in read_days(parsed.front.get(key, ""), reference=None, day_first=day_first)
        ),
        None,
    )
    told, byline, other = _without_other_days(_without_actions(text, placed))
    base = front or created
    near = base or next(iter(read_days(f"{byline}\n{other[:4000]}", reference=None, day_first=day_first)), None)
    head = _MONTH_SPAN.sub(r"\1", _DAY_SPAN.sub(r"\1 ", _without_front(told[:20_000], parsed)))
    head = _EMPHASIS.sub(" ", head) if "_" in head else head
    head = _YEAR_LATER_DAY_FIRST.sub(r"\g<first> \g<year> ", _YEAR_LATER.sub(r"\g<first>, \g<year> ", head))
    for found in _DATE_LABEL.finditer(head):
        days = read_days(found["value"], reference=near, day_first=day_first)
        if days:
            beside = head[max(0, found.start() - 120) : found.end() + 120].casefold()
            if found["label"].casefold() not in _PLAIN_LABELS:
                return days[0]
            named = next((day for day in read_days(title, reference=None, day_first=day_first) if day < days[0]), None)
            earlier = _earlier(head, found.span(), days[0], day_first) if _WRITTEN.search(beside) else None
            return named or earlier or days[0]
    for words in (title, *_heading_texts(parsed)[:2]):
        days = read_days(words, reference=near, day_first=day_first)
        if days:
            return days[0]
    days = read_days(head, reference=near, day_first=day_first)
    plausible = [day for day in days if near is None or abs((day - near).days) <= 200]
    return next(
        iter(plausible or days), base or next(iter(read_days(byline, reference=None, day_first=day_first)), None)
    )


def _earlier(head: str, label: tuple[int, int], day: date, day_first: bool | None) -> date | None:
    """The day that the text tells of, where a plain "Date" beside the authors is that of the document: some days later,
    and named nowhere else."""
    days = read_days(head[: label[0]] + " " + head[label[1] :], reference=day, day_first=day_first)
    if day in days or not days:
        return None
    return days[0] if 0 < (day - days[0]).days <= 30 else None


def _without_actions(text: str, placed: Sequence[Placed]) -> str:
    """The text with the lines of its action sections blank: a promise's date is not the incident's."""
    lines = text.split("\n")
    for entry, following in pairwise((*placed, None)):
        if entry is not None and entry.in_actions:
            end = following.block.line - 1 if following is not None else len(lines)
            lines[entry.block.line - 1 : end] = [""] * (end - entry.block.line + 1)
    return "\n".join(lines[:2000])


def _without_other_days(text: str) -> tuple[str, str, str]:
    """The text without what names the day of writing, review or publication; the author's line; and all the others."""
    kept: list[str] = []
    byline = ""
    other: list[str] = []
    for number, line in enumerate(text.split("\n")):
        dated = _FIGURE.search(line) is not None
        if not line.strip() or (not dated and len(line) > _LABEL_LENGTH and number >= 25):
            kept.append("")  # it names no day, and no label stands alone on it
            continue
        if number < 25 and len(line) <= 120 and _BYLINE.match(line.rstrip("*_ \r")):
            byline = byline or line
            kept.append("")
            continue
        clauses = _CLAUSE.split(line) if len(line) < 2000 else [line]
        stays = [
            clause
            for clause in clauses
            if not (_OTHER_DAY.match(clause) or (dated and _EDITION.search(clause[:200]) is not None))
        ]
        other.extend(clause for clause in clauses if clause not in stays)
        kept.append("\n".join(stays) if "<br" in line else " ".join(stays))
    return "\n".join(kept), byline, "\n".join(other)


def _without_front(text: str, parsed: Cut) -> str:
    """The text from its first block on: front matter gives no date here, and addresses hold other days."""
    if not parsed.blocks:
        return ""
    lines = text.split("\n")
    start = max(0, parsed.blocks[0].line - 2) if parsed.front else 0
    return LINKISH.sub(" ", "\n".join(lines[start:]))


def _heading_texts(parsed: Cut) -> list[str]:
    headings = [block.text for block in parsed.blocks if block.kind is BlockKind.HEADING]
    return [one_line(read_inline(text, {}).text) for text in headings[:6]]
