"""Make an action item of a candidate: its words, owners, due date, references, state, priority and type."""

from __future__ import annotations

import re
from collections.abc import Mapping

from worker.domain.dates import Due, read_due
from worker.domain.document.candidates import Candidate
from worker.domain.document.fields import take_fields
from worker.domain.document.inline import one_line, read_inline
from worker.domain.document.lead import take_head, take_marker, unstrike
from worker.domain.document.owners import split_names, take_owners
from worker.domain.document.phrases import without_label
from worker.domain.document.refs import find_refs, is_pull_request, names_itself, points_elsewhere, without_refs
from worker.domain.document.status import is_past, note_says_done, read_status, tail_status, tell_done
from worker.domain.document.tails import Reading, peel, spell_out, strip_first_ref, take_groups, take_labels
from worker.domain.model import ActionItem, Finding

MOST_TEXT = 1000
_LAST_LINK = re.compile(
    r"\s{0,3}[(\[]{0,2}\[(?P<label>[^\[\]]{1,60})\](?:\((?P<url>[^()\s]{1,800})\)|"
    r"\[[^\[\]]{0,100}\])[)\]]{0,2}\s{0,2}[.,;]?\s{0,3}$"
)
_GENERIC = re.compile(
    r"^(?:(?:see |view |github |gitlab |jira |tracking |the |this |an? |for |in )*(?:issue|issues|pr|prs|"
    r"pull request|pull requests|ticket|link|card|"
    r"task|bug|jira|mr|merge request|story|trello|details?|here|issue here|tracker|commit|discussion|"
    r"github|pr here|ticket here)"
    r"(?: (?:here|link|\d+|#\d+))?|#\d+|[A-Z][A-Z0-9]+-\d+|\S+#\d+|(?:pr|"
    r"issue|mr|ticket) ?[#!]?\d+)$",
    re.IGNORECASE,
)
_LAST_REF = re.compile(
    r"\s{0,3}(?:[-–—:]\s{0,2})?[(\[（]{0,2}(?:(?:[Ss]ee|[Tt]racked (?:in|by|at)|[Tt]racking|issue|ticket|pr|jira|"
    r"e\.g\.|via)[: ]{1,3})?"
    r"(?:https?://[^\s()<>]{4,800}|(?:[\w.-]{1,40}/[\w.-]{1,100})?#\d{1,7}|"
    r"[A-Z][A-Z0-9]{1,9}-\d{1,7}|T\d{5,7})[)\]）]{0,2}\s{0,2}[.,;:/]?\s{0,3}$"
)
_PRIORITY = re.compile(r"(?:^|[\s(\[])(?P<p>[Pp][0-4])(?=[\s)\]:,.]|$)")
_LEAD_PRIORITY = re.compile(r"^[(\[]?[Pp][0-4][)\]]?\s{0,2}[:–—-]?\s+")
_TYPES = {
    "prevent": ("prevent", "予防", "vermeid"),
    "detect": ("detect", "検知", "monitor", "alert"),
    "mitigate": ("mitigat", "緩和", "respon", "recover"),
    "process": ("process", "プロセス"),
}


_ANCHOR = re.compile(
    r"<a\s[^<>]{0,300}?href\s?=\s?[\"']?([^\"'\s<>]{1,800})[\"']?[^<>]{0,300}>([^<>]{0,300})</a>", re.IGNORECASE
)
_LAST_PRIORITY = re.compile(r"\s{0,3}(?:[-–—:,]\s{0,2})?[(\[][Pp][0-4][)\]]\s{0,2}[.,;]?\s{0,3}$")


def _strip_trailing(raw: str) -> str:
    """The raw text without link labels at its end ("[Issue](…)"), unless nothing else is left."""
    rest = raw.rstrip()
    for _ in range(6):
        found = _LAST_LINK.search(rest[-1000:])
        if found is None or not _GENERIC.match(found["label"].strip("*_` ")):
            break
        shorter = rest[: max(0, len(rest) - 1000) + found.start()].rstrip()
        if not shorter.strip("*_ ([-–—:"):
            break
        rest = shorter
    return rest


def _strip_refs(text: str) -> str:
    """The plain text without references at its end, unless nothing else is left."""
    rest = text.rstrip()
    for _ in range(6):
        found = _LAST_PRIORITY.search(rest[-40:])
        if found is not None and max(0, len(rest) - 40) + found.start() > 3:
            rest = rest[: max(0, len(rest) - 40) + found.start()].rstrip(" -–—:(/,")
            continue
        found = _LAST_REF.search(rest[-1000:])
        if found is None:
            break
        shorter = rest[: max(0, len(rest) - 1000) + found.start()].rstrip(" -–—:(/,")
        if len(shorter) < 3 or shorter.count("(") > shorter.count(")"):
            break  # "(waiting for OPS-4)" says something
        rest = shorter
    return rest


_HANGING = frozenset({"is", "are", "was", "were", "be", "been", "and", "the", "to", "of", "not", "it", "will"})


def _strip_due(text: str, due: Due | None) -> str:
    """The text without the words that the due date was read from, where they end it."""
    if due is None or not due.source.startswith("text: "):
        return text
    words = due.source.removeprefix("text: ")
    at = text.rfind(words)
    if at < 3 or text[at + len(words) :].strip(" .)]"):
        return text
    rest = text[:at].rstrip(" ,;:–—-([")
    if rest.rpartition(" ")[2].casefold() in _HANGING:
        return text  # "The first test is planned for September": without the month nothing is said
    if rest.count("(") > rest.count(")"):  # "(rolling out by 29 May)": what led to the date goes with it
        opened = rest.rfind("(")
        rest = rest[:opened].rstrip(" ,;:–—-") if len(rest[opened:].split()) <= 3 else text
    return rest or text


def _due(candidate: Candidate, fields: Mapping[str, str], text: str, how: Reading) -> Due | None:
    """The due date: its column, its labelled field, the text, a note's field, the horizon of the group."""

    def read(words: str, *, field: bool) -> Due | None:
        return read_due(words, today=how.today, reference=how.reference, day_first=how.day_first, field=field)

    cell = one_line(read_inline(candidate.cells.get("due", ""), {}).text)
    if read_status(cell.partition(" ")[0]) is True:
        return None  # "done 12 Dec" in a date column: the day of doing
    for words, field in ((cell, True), (fields.get("due", ""), True), (text, False)):
        found = read(words, field=field) if words else None
        if found is not None:
            return found
    horizon = candidate.group.horizon
    if not horizon.startswith("="):
        return read(horizon, field=False) if horizon else None
    found = read(horizon[1:], field=True)
    return found if found is not None and found.day is not None else None  # "(phase 2)" is no date, and asks nothing


def _refs(candidate: Candidate, fields: Mapping[str, str], raw: str, how: Reading) -> tuple[tuple[str, ...], bool]:
    """The references, and whether the first of them is the item's own."""

    def of(text: str) -> tuple[str, ...]:
        read = read_inline(text, how.references)
        return tuple(ref for ref in find_refs(read.text, read.links) if not names_itself(ref, how.near))

    column = of(candidate.cells.get("ref", "")) or of(fields.get("ref", ""))
    if column:
        return column, len(column) == 1 and not is_pull_request(column[0])
    found = of(raw)
    if not found:
        for place in (*candidate.notes, *(cell for name, cell in candidate.cells.items() if name != "owner")):
            found = of(place)
            if found:
                break
    if not found and candidate.group.links:
        inherited = find_refs("", candidate.group.links)
        return inherited, False
    own = len(found) == 1 and not is_pull_request(found[0])
    return found, own and not points_elsewhere(read_inline(raw, how.references).text, found[0])


def _type(candidate: Candidate, fields: Mapping[str, str]) -> str:
    written = one_line(read_inline(candidate.cells.get("type", "") or fields.get("type", ""), {}).text).casefold()
    for name, stems in _TYPES.items():
        if written.startswith(stems):
            return name
    if written:
        return written[:40]
    heading = candidate.group.heading.casefold()
    return next(
        (name for name, stems in _TYPES.items() if len(heading) < 40 and any(stem in heading for stem in stems[:2])), ""
    )


def _priority(candidate: Candidate, fields: Mapping[str, str], text: str) -> str:
    written = one_line(read_inline(candidate.cells.get("priority", "") or fields.get("priority", ""), {}).text)
    for words in (written, text, candidate.group.heading):
        found = _PRIORITY.search(words[:300])
        if found is not None:
            return found["p"].upper()
    return written[:40]


def _done(candidate: Candidate, fields: Mapping[str, str], told: bool | None, *, struck: bool) -> bool | None:
    """Done or not: the text's own word, a status column or field, the box, a note below, the group."""
    cell = read_status(one_line(read_inline(candidate.cells.get("status", ""), {}).text))
    if cell is None and read_status(candidate.cells.get("due", "").partition(" ")[0]) is True:
        cell = True
    if cell is None and "status" in fields:
        cell = read_status(fields["status"])
    if cell is None:  # "Bug 4711 **DONE**": the state stands behind the ticket
        beside = (tail_status(value) for name, value in candidate.cells.items() if name != "status")
        cell = next((said for said in beside if said is not None), None)
    if cell is not None:
        return cell
    if told is True or candidate.checked is True or struck:
        return True
    if any(note_says_done(one_line(read_inline(note, {}).text)) for note in candidate.notes):
        return True
    if candidate.group.done is not None:
        return candidate.group.done
    return told if told is not None else candidate.checked


def build_item(candidate: Candidate, how: Reading) -> tuple[ActionItem, tuple[Finding, ...]]:
    """The item of a candidate, and the questions about its date."""
    fields, raw = take_fields(spell_out(without_label(candidate.raw)))
    for note in candidate.notes:
        more, _ = take_fields(note)
        fields = {**more, **fields}
    raw = _ANCHOR.sub(r"[\2](\1)", raw.strip())
    kept, raw = unstrike(raw)
    lead_done, raw = take_marker(raw)
    lead_done = kept if kept is not None else lead_done
    raw, headed = take_head(raw, how)
    raw, labels = take_labels(raw)
    raw, segments = peel(raw, how)
    raw, grouped = take_groups(raw, how)
    fields = {**labels, **headed, **grouped, **segments, **fields}
    named = take_owners(raw, how.people)
    whole = read_inline(named.rest, how.references)
    told = tell_done(one_line(read_inline(_strip_trailing(named.rest), how.references).text))
    due = _due(candidate, fields, one_line(whole.text), how)
    text, own_owners = _bare(told.text, named.owners, due, how)
    owners = split_names(read_inline(candidate.cells.get("owner", ""), how.references).text) or split_names(
        fields.get("owner", "")
    )
    owners = owners or own_owners or candidate.group.owners
    priority = _priority(candidate, fields, candidate.raw)
    text = _LOOSE_STOP.sub("", text)
    if due is None and "(due " not in candidate.raw:
        text = _MOVED_DATE.sub("", text)
    text = strip_first_ref(_LEAD_PRIORITY.sub("", text)).strip(" ;,–—|:") or one_line(whole.text)
    refs, own = _refs(candidate, fields, without_label(candidate.raw), how)
    done = _done(candidate, fields, lead_done if lead_done is not None else told.done, struck=whole.struck)
    if lead_done is False and done is None:
        done = False
    if done and due is not None and not candidate.cells.get("due") and "due" in {**grouped, **segments}:
        opening = text.split(None, 1)[0] if text else ""
        due = None if is_past(opening) else due  # "Pushed it to all (15 March)": the day of doing
    item = ActionItem(
        line=candidate.line,
        text=text[:MOST_TEXT] or (refs[0] if refs else ""),
        section=candidate.group.heading,
        owners=owners,
        due=due.day if due else None,
        due_source=due.source if due else "",
        due_problem=due.problem if due else "",
        refs=refs,
        ref_is_own=own,
        done=done,
        priority=priority,
        type=_type(candidate, fields),
    )
    return item, _date_findings(item, due, how)


# Where an owner and a date stood together, the date was put aside; one that cannot be read is no part of the promise.
_MOVED_DATE = re.compile(r"\s{1,2}\(due [^()]{1,60}\)$")
_LOOSE_STOP = re.compile(r"\s[.;,–—-]+$")


def _bare(text: str, owners: tuple[str, ...], due: Due | None, how: Reading) -> tuple[str, tuple[str, ...]]:
    """The text without references, due date and owners at its end, in whatever order they stand there."""
    for _ in range(5):
        before = text
        text = _strip_due(_strip_refs(text), due)
        if not owners:
            again = take_owners(text, how.people)
            if again.owners:
                owners, text = again.owners, one_line(read_inline(again.rest, {}).text)
        if text == before:
            break
    return text, owners


def _date_findings(item: ActionItem, due: Due | None, how: Reading) -> tuple[Finding, ...]:
    if due is None or item.done:
        return ()
    if due.problem:
        return (
            Finding(
                rule=due.rule,
                level="warning",
                line=item.line,
                excerpt=due.source.partition(": ")[2],
                remedy=_sentence(due.problem),
            ),
        )
    if due.day is not None and how.reference is not None and due.day < how.reference:
        remedy = f"Needs a date: {due.day.isoformat()} lies before the incident itself; write the day that is meant."
        return (
            Finding(
                rule="date/past", level="warning", line=item.line, excerpt=due.source.partition(": ")[2], remedy=remedy
            ),
        )
    return ()


def _sentence(problem: str) -> str:
    return problem[:1].upper() + problem[1:] + ("" if problem.endswith((".", "?")) else ".")


def says_nothing(item: ActionItem) -> bool:
    """True where nothing is left of an item's words and it names no reference either."""
    return not item.refs and not without_refs(item.text).strip(" .-–—:;,()[]*_")
