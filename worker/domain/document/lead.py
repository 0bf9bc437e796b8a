"""Take apart what stands before an item's words: a marker, a struck-out promise that was kept, a group in brackets.

Each function hands back the text without the part. What ends an item's words is in `tails`.
"""

from __future__ import annotations

import re

from worker.domain.document.inline import one_line, read_inline
from worker.domain.document.names import may_be_name
from worker.domain.document.owners import known_names, split_names
from worker.domain.document.status import lead_marker, note_says_done, read_status, tell_done
from worker.domain.document.tails import REF, Reading, kind_of, take_parts

_MARKER = re.compile(r"^[*_\[(]{0,4}(?:action item|action|ai)[*_\])]{0,4}\s{0,2}[:：]?[*_]{0,3}\s{0,3}", re.IGNORECASE)
_STRUCK = re.compile(r"^~~(?P<kept>[^~\n]{3,600})~~\s{0,3}[-–—:(→]{0,2}\s{0,3}(?P<said>[^\n]{2,400})$")
_REF_AND_GROUP = re.compile(
    rf"^(?P<ref>(?:{REF})|\[[^\[\]\n]{{1,60}}\]\(https?://[^()\s]{{4,800}}\))\s{{1,2}}"
    r"[(\[](?P<who>[^()\[\]\n]{2,60})[)\]]\s{0,2}[:–—-]{0,2}\s{1,3}(?=\S)"
)
_GROUP = re.compile(r"^[(\[](?P<inside>[^()\[\]\n]{1,60})[)\]](?![(\[])\s{0,2}[:–—-]{0,2}\s{1,3}(?=\S)")
_NOBODY_FIRST = re.compile(r"^(?:unassigned|nobody|no owner|tbd|tba|\?\??)\s?[:–—-]\s{1,3}(?=\S)", re.IGNORECASE)
_NOBODY_YET = frozenset({"tbd", "tba", "tbc", "?", "??", "unassigned", "no owner", "nobody", "unowned"})


def take_marker(raw: str) -> tuple[bool | None, str]:
    """What a marker in front ("TODO:", "Action item:") says of the state, and the text without it."""
    if not lead_marker(raw[:80]):
        return None, raw
    read = tell_done(raw)
    raw = _MARKER.sub("", raw)
    return (read.done, read.text) if read.done is not None else (None, raw)


def unstrike(raw: str) -> tuple[bool | None, str]:
    """The struck-out words where what follows them says that they were done ("~~Revert it~~ done on the day")."""
    found = _STRUCK.match(raw.strip())
    if found is None:
        return None, raw
    said = one_line(read_inline(found["said"], {}).text)
    done = note_says_done(said) or read_status(said) is True
    return (True, found["kept"]) if done else (None, raw)


def take_head(raw: str, how: Reading) -> tuple[str, dict[str, str]]:
    """Set a group in front apart that holds nothing but fields ("OPS-12 (Ana): …", "[P1] …", "[TBD] …")."""
    fields: dict[str, str] = {}
    raw = _NOBODY_FIRST.sub("", raw)
    for _ in range(3):
        found = _REF_AND_GROUP.match(raw)
        if found is not None:
            if not (known_names(found["who"], how.people) or _all_names(found["who"])):
                break
            fields.setdefault("owner", found["who"])
            raw = f"{found['ref']}: {raw[found.end() :]}"
            break
        found = _GROUP.match(raw)
        if found is None:
            break
        inside = found["inside"].strip()
        several = take_parts(inside, how)
        if several is not None and several.keys() & {"owner", "due"}:
            fields = {**several, **fields}
            raw = raw[found.end() :]
            continue
        kind = kind_of(inside, how)
        if inside.casefold() in _NOBODY_YET:
            kind = ""
        elif kind not in {"priority", "due", "status"} or read_status(inside) is not None:
            break  # a name or a team in brackets is `owners`' to read
        if kind:
            fields.setdefault(kind, inside)
        raw = raw[found.end() :]
    return raw, fields


def _all_names(text: str) -> bool:
    names = split_names(text)
    return bool(names) and all(may_be_name(name) for name in names)
