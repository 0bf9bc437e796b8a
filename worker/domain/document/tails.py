"""Take apart what stands around an item's words: segments, a group in brackets, labels, a leading reference.

Each function hands back the text without the part, and the part as labelled fields (`owner`, `due`, `status`, …).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from worker.domain.dates import read_due
from worker.domain.document.names import may_be_name
from worker.domain.document.owners import known_names, split_names
from worker.domain.document.refs import is_key
from worker.domain.document.signs import spell_signs
from worker.domain.document.status import read_status
from worker.domain.model import IssueRef
from worker.domain.words import TASK_VERBS, word_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What every item of one document is read with."""

    today: date
    reference: date | None
    day_first: bool | None
    near: IssueRef | None
    people: frozenset[str]
    references: Mapping[str, str]


_SEGMENT = re.compile(r"\s{0,3};\s{1,3}|\s{1,3}(?:--|->|[–—|→]|-)\s{1,3}")


def _is_all_date(segment: str, source: str) -> bool:
    """True where a segment holds a date and next to nothing else."""
    rest = segment.replace(source.removeprefix("field: "), "").strip(" .,:()")
    return len(segment) <= 40 and len(rest) <= 5


def peel(raw: str, how: Reading) -> tuple[str, dict[str, str]]:
    """Set segments at the end apart that are only an owner, a date or a state ("… -- Ana -- Q1 2026 -- done")."""
    tail = raw[-400:]
    cuts = list(_SEGMENT.finditer(tail))[-4:]
    fields: dict[str, str] = {}
    refs = False
    end = len(tail)
    for cut in reversed(cuts):
        segment = tail[cut.end() : end].strip(" .*_")
        due = read_due(segment, today=how.today, reference=how.reference, day_first=how.day_first, field=True)
        dated = due is not None and due.day is not None and _is_all_date(segment, due.source)
        person = segment.casefold() in how.people
        told = "status" if read_status(segment) else "due"
        if segment and dated and not person and told not in fields:
            fields[told] = segment
        elif (
            segment
            and len(segment) <= 60
            and "owner" not in fields
            and (known_names(segment, how.people) or ((fields or refs) and _all_may_be(segment)))
        ):
            fields["owner"] = segment
        elif segment and len(segment) <= 60 and (mixed := _mixed(segment, how)) and not mixed.keys() & fields.keys():
            fields.update(mixed)
        elif _REF.fullmatch(segment) or _LINKED_REF.fullmatch(segment):
            refs = True  # found again in the whole text
        elif "status" not in fields and len(segment) <= 14 and read_status(segment) is not None:
            fields["status"] = segment
        else:
            break
        end = cut.start()
    kept = raw[: len(raw) - len(tail) + end]
    return (kept, fields) if len(kept.split()) > 1 else (raw, {})


_PART = re.compile(r"\s{0,3}[,;|•·]\s{0,3}|\s{1,3}(?:->|[–—/→-])\s{1,3}")
_LINK = re.compile(r"\[([^\[\]]{1,100})\]\(([^()\s]{1,800})\)")
_PRIORITY_WORD = re.compile(
    r"(?:[Pp](?:rio(?:rity)?)?[ :-]?[0-4]|high|medium|low|critical|urgent)(?: priority)?", re.IGNORECASE
)
REF = r"(?:[\w.-]{1,40}/[\w.-]{1,100})?[#!]\d{1,7}|[A-Z][A-Z0-9]{1,9}-\d{1,7}|T\d{5,7}|https?://\S{4,800}"
_REF = re.compile(REF)
_LINKED_REF = re.compile(r"\[[^\[\]]{1,60}\]\(https?://[^()\s]{4,800}\)")
_BUG = re.compile(r"(?:[Bb]ug|[Ii]ssue|[Tt]icket|PR|b)[ /#:]{1,2}#?\d{1,10}")
_MENTIONS = re.compile(r"@[\w./-]{1,60}(?:\s{0,2}(?:/|&|\+|and)\s{0,2}@[\w./-]{1,60}){0,6}")
_KINDS = word_set("prevent prevention detect detection mitigate mitigation process repair investigate other")
_TO_CHASE = re.compile(r"(?P<who>[^\W\d_][\w'’. -]{1,40}?) to [a-z]{2,15}(?: [a-z]{2,15}){0,3}")
_LENGTH = re.compile(r"\b(?:days?|weeks?|months?|hours?|minutes?|sprints?|points?)\b", re.IGNORECASE)
_CUED = re.compile(r"^(?:by|due|until|before|eta|in|within|deadline)\b", re.IGNORECASE)


def _group_at_end(raw: str) -> tuple[int, str] | None:
    """The bracket group that ends the text: where it begins, and what is in it. A link's address is no group."""
    bare = raw.rstrip(" .;,\n")
    if not bare.endswith((")", "]", "）")):
        return None
    depth = 0
    for at in range(len(bare) - 1, max(-1, len(bare) - 500), -1):
        depth += (bare[at] in ")]）") - (bare[at] in "([（")
        if depth == 0:
            if bare[max(0, at - 1) : at] in {"]", "!"}:
                return None
            return at, bare[at + 1 : -1]
    return None


def kind_of(part: str, how: Reading) -> str:
    """What one part of a group is: a field's name, or ""."""
    bare = part.strip(" .*_`")
    if _REF.fullmatch(bare):
        return "ref"
    word, _, rest = bare.partition(" ")
    if (
        rest
        and read_status(word) is True
        and read_due(rest, today=how.today, reference=how.reference, day_first=how.day_first, field=True)
    ):
        return "status"  # "done 2026-09-02": when it was done is no due date
    if _PRIORITY_WORD.fullmatch(bare):
        return "priority"
    if bare.casefold() in _KINDS:
        return "type"
    if bare.casefold() in {"n/a", "na", "-", "none", "tbd"} or _BUG.fullmatch(bare):
        return "ref"
    if bare.casefold() not in how.people and (not _LENGTH.search(bare) or _CUED.match(bare)):
        due = read_due(bare, today=how.today, reference=how.reference, day_first=how.day_first, field=True)
        if due is not None and due.day is not None and _is_all_date(bare, due.source):
            return "due"
    if known_names(bare, how.people):
        return "owner"
    return "status" if len(bare) <= 14 and read_status(bare) is not None else ""


def _chaser(part: str) -> str:
    """The name alone of a part such as `Ana to chase`."""
    found = _TO_CHASE.fullmatch(part.strip())
    return found["who"] if found is not None and may_be_name(found["who"]) else part


def _all_may_be(segment: str) -> bool:
    """True where a segment beside a date or a state may be nothing but names."""
    return all(may_be_name(name) for name in split_names(segment)) and bool(split_names(segment))


def _mixed(segment: str, how: Reading) -> dict[str, str]:
    """The fields of a segment such as `Ana, 11 September` or `Ana, done`; nothing where it holds other words too."""
    parts = [part.strip(" .*_`") for part in segment.split(",") if part.strip()]
    kinds = [kind_of(part, how) for part in parts]
    if len(parts) < 2 or not any(kind in {"due", "status", "priority"} for kind in kinds):
        return {}
    kinds = [kind or ("owner" if _all_may_be(part) else "") for part, kind in zip(parts, kinds, strict=True)]
    if not all(kinds):
        return {}
    fields: dict[str, str] = {}
    for part, kind in zip(parts, kinds, strict=True):
        if kind == "owner" and "owner" in fields:
            fields["owner"] += f", {part}"
        elif kind != "ref":
            fields.setdefault(kind, part)
    return fields


def take_parts(inside: str, how: Reading) -> dict[str, str] | None:
    """The fields of a group whose parts are all fields and one of them a mention ("@ana, 11/26", "@ana + @bo"); None
    where it holds anything else."""
    if "@" not in inside:
        return None
    parts = [part.strip() for part in re.split(r"\s{0,2}[,;|]\s{0,2}", inside) if part.strip()]
    kinds = [kind_of(part, how) or ("owner" if _MENTIONS.fullmatch(part) else "") for part in parts]
    if not parts or not all(kinds):
        return None
    fields: dict[str, str] = {}
    for part, kind in zip(parts, kinds, strict=True):
        fields[kind] = f"{fields[kind]}, {part}" if kind == "owner" and kind in fields else fields.get(kind, part)
    return fields


_PROPER = re.compile(r"[A-ZÀ-Ý][\w'’-]{1,30}(?: [A-ZÀ-Ý][\w'’-]{1,30}){0,2}")


def take_groups(raw: str, how: Reading) -> tuple[str, dict[str, str]]:
    """The same for a row of groups ("[Payments / Ana] [P1] [1 Dec]"): beside a field, a proper name is an owner."""
    fields: dict[str, str] = {}
    for _ in range(4):
        rest, more = take_group(raw, how)
        if not more or rest == raw:
            found = _group_at_end(raw) if fields and "owner" not in fields else None
            names = [part.strip() for part in _PART.split(found[1])] if found is not None and found[0] > 2 else []
            if found is not None and names and all(_PROPER.fullmatch(name) for name in names):
                return raw[: found[0]].rstrip(" –—-,;"), {**fields, "owner": ", ".join(names)}
            return raw, {**more, **fields}
        raw, fields = rest, {**more, **fields}
    return raw, fields


def take_group(raw: str, how: Reading) -> tuple[str, dict[str, str]]:
    """Set a group at the end apart that holds nothing but fields ("(@ana, P1, OPS-12, by 1 Dec)").

    Of a group with other words as well the date alone is taken, and the group stays in the text.
    """
    found = _group_at_end(raw)
    if found is None or found[0] < 3:
        return raw, {}
    at, inside = found
    parts = [_chaser(part) for part in _PART.split(_LINK.sub(r"\1", inside)[:300]) if part.strip()]
    kinds = [kind_of(part, how) for part in parts]
    if any(kinds):
        kinds = [kind or ("owner" if _all_may_be(part) else "") for part, kind in zip(parts, kinds, strict=True)]
    fields: dict[str, str] = {}
    for part, kind in zip(parts, kinds, strict=True):
        if kind == "owner" and "owner" in fields:
            fields["owner"] += f", {part}"
        elif kind and kind != "ref":
            fields.setdefault(kind, part.strip(" .*_`"))
    if not parts or not all(kinds):
        if kinds and kinds[0] == "owner" and len(parts) > 1:  # "(Magda, waiting for OPS-4)"
            return f"{raw[:at]}({inside.split(parts[0], 1)[-1].lstrip(' ,;|–—-')})", fields
        return raw, {"due": fields["due"]} if "due" in fields and len(parts) > 1 else {}
    if kinds == ["ref"]:
        return raw, {}
    return raw[:at].rstrip(" –—-,;"), fields


_CALENDAR = re.compile(r"[\s;,]{0,3}[📅🗓⏰]\ufe0f?\s{0,3}(?=\d)")
_ARROWS = re.compile(r"\s{0,3}[🔺⏫🔼🔽⏬]\ufe0f?(?=\s|$)")
_TODO_OF = re.compile(r"^(?P<mark>TODO|FIXME|DONE|DOING)\((?P<who>[^()\n]{2,40})\):?\s{1,3}")


def spell_out(raw: str) -> str:
    """The signs of note-taking tools in words: a calendar before a date is a due field, `TODO(ana):` names an owner."""
    raw = spell_signs(_CALENDAR.sub("; due: ", _ARROWS.sub("", raw)))
    found = _TODO_OF.match(raw)
    return f"{found['mark']}: {raw[found.end() :]}; owner: {found['who']}" if found is not None else raw


_SCOPED = re.compile(r"(?<![\w/~])~(?:\"([^\"\n]{1,60})\"|([A-Za-z][\w:-]{1,60}))")
_SCOPED_PRIORITY = re.compile(r"priority::?\s?[Pp]?([0-4])")


def take_labels(raw: str) -> tuple[str, dict[str, str]]:
    """Set GitLab's labels apart (`~"corrective action" ~priority::1`): the text without them, and the priority."""
    if "~" not in raw:
        return raw, {}
    found = [one or other for one, other in _SCOPED.findall(raw)]
    if not found:
        return raw, {}
    priority = next((hit[1] for label in found if (hit := _SCOPED_PRIORITY.search(label))), "")
    return " ".join(_SCOPED.sub(" ", raw).split()), {"priority": f"P{priority}"} if priority else {}


_FIRST_REF = re.compile(
    r"^[(\[]?(?P<ref>https?://[^\s()<>\[\]]{4,800}|(?:[\w.-]{1,40}/[\w.-]{1,100})?[#!]\d{1,7}|"
    r"[A-Z][A-Z0-9]{1,9}-\d{1,7}|T\d{5,7})"
    r"[)\]]?\s{0,2}(?P<join>[:–—|-]{0,2})\s{1,3}(?=(?P<next>\w+))"
)


def strip_first_ref(text: str) -> str:
    """The text without a reference in front of it ("OPS-12: add …"), where the sentence does not need it."""
    found = _FIRST_REF.match(text[:1200])
    if found is None or len(text[found.end() :].split()) < 2:
        return text
    key = found["ref"]
    if key[0].isupper() and "-" in key and not is_key(key):
        return text
    word = found["next"]
    ends_sentence = found["join"] or word[:1].isupper() or word.casefold() in TASK_VERBS
    return text[found.end() :] if ends_sentence else text
