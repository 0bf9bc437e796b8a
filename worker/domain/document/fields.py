"""Read the labelled fields of an item ("Owner: Ana; due: 1 Dec"), and hand back its words without them."""

from __future__ import annotations

import re

_LABELS = {
    "owner": "owner",
    "owners": "owner",
    "assignee": "owner",
    "assignees": "owner",
    "assigned to": "owner",
    "assigned": "owner",
    "action owner": "owner",
    "dri": "owner",
    "responsible": "owner",
    "who": "owner",
    "owned by": "owner",
    "action owner(s)": "owner",
    "verantwortlich": "owner",
    "zuständig": "owner",
    "responsable": "owner",
    "担当": "owner",
    "担当者": "owner",
    "estimated completion": "due",
    "estimated completion date": "due",
    "completion date": "due",
    "expected completion": "due",
    "expected": "due",
    "target completion": "due",
    "planned for": "due",
    "due on": "due",
    "frist": "due",
    "termin": "due",
    "bis": "due",
    "échéance": "due",
    "fecha límite": "due",
    "właściciel": "owner",
    "odpowiedzialny": "owner",
    "ansvarig": "owner",
    "ansvarlig": "owner",
    "ответственный": "owner",
    "исполнитель": "owner",
    "담당": "owner",
    "담당자": "owner",
    "contact": "owner",
    "klart": "due",
    "senast": "due",
    "срок": "due",
    "기한": "due",
    "timescale": "due",
    "until": "due",
    "by": "due",
    "plazo": "due",
    "due": "due",
    "due date": "due",
    "due by": "due",
    "deadline": "due",
    "eta": "due",
    "target date": "due",
    "target": "due",
    "by when": "due",
    "期限": "due",
    "納期": "due",
    "priority": "priority",
    "prio": "priority",
    "status": "status",
    "state": "status",
    "状態": "status",
    "ticket": "ref",
    "tickets": "ref",
    "tracking": "ref",
    "tracked in": "ref",
    "tracked by": "ref",
    "tracking issue": "ref",
    "tracking ticket": "ref",
    "bug": "ref",
    "severity": "priority",
    "priorität": "priority",
    "priorité": "priority",
    "prioridad": "priority",
    "progress": "status",
    "estado": "status",
    "statut": "status",
    "issue": "ref",
    "jira": "ref",
    "type": "type",
    "category": "type",
}
_LABEL = re.compile(
    r"(?P<lead>^|\n|[(\[（,;|–—、。，；.]\s{0,2}|\s-{1,2}\s{1,2}|\s)(?P<bold>[*_]{0,3})(?P<label>"
    + "|".join(sorted(map(re.escape, _LABELS), key=len, reverse=True))
    + r")[*_]{0,3}\s{0,2}(?P<sign>[:：]|=(?!=))\s{0,2}[*_]{0,3}\s{0,2}",
    re.IGNORECASE,
)
_VALUE_END = re.compile(r"[;|)\]）；\n]|、(?=\S{1,6}[:：])|\s[–—-]\s|\.\s|\*\*|$")
_ANYWHERE = frozenset({"owner", "owners", "assignee", "due", "due date", "deadline", "eta", "dri"})


_DATE_PART = re.compile(
    r"^(?:(?:due|by|until|before|eta)[: ]{1,3}.*|\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})$", re.IGNORECASE
)


def part_dates(text: str) -> tuple[str, str]:
    """Part "Ana, by 1 Dec" into the names and the date."""
    parts = [part.strip() for part in text.split(",")]
    dates = [part for part in parts if _DATE_PART.match(part)]
    return ", ".join(part for part in parts if part not in dates), dates[0] if dates else ""


_TICKET = re.compile(r"[A-Z][A-Z0-9]{1,9}-\d{1,7}|\S{0,80}#\d{1,7}|https?://\S{1,400}|[Pp][0-4]")


def take_fields(raw: str) -> tuple[dict[str, str], str]:
    """Set the labelled fields of an item apart ("Owner: Ana; due: 1 Dec"): the raw values, and the text without."""
    if ":" not in raw and "：" not in raw and "=" not in raw:
        return {}, raw
    found = [
        hit
        for hit in _LABEL.finditer(raw[:8000])
        if (
            hit["lead"].strip()
            or hit["lead"] in {"", "\n"}
            or "-" in hit["lead"]
            or hit["bold"]
            or (hit["label"].casefold() in _ANYWHERE and hit["label"][:1].isupper())
        )
        and (hit["sign"] != "=" or hit["lead"].strip() in {"[", "("})
    ]
    if not found:
        return {}, raw
    fields: dict[str, str] = {}
    kept: list[str] = []
    position = 0
    for number, hit in enumerate(found):
        if hit.start() < position:
            continue
        limit = found[number + 1].start() if number + 1 < len(found) else len(raw)
        end = _VALUE_END.search(raw, hit.end(), limit)
        stop = end.start() if end else limit
        if raw[stop : stop + 1] == ")" and "(" in raw[hit.end() : stop]:
            stop += 1  # "Ana (@ana)" holds its own brackets
        value = raw[hit.end() : stop].strip(" ,*_、")
        name = _LABELS[hit["label"].casefold()]
        if not value or len(value) > 120 or (name == "ref" and not re.search(r"\d|http", value)):
            continue
        if name == "owner":
            value, dates = part_dates(value)
            value = ", ".join(part for part in value.split(", ") if not _TICKET.fullmatch(part.strip()))
            if dates:
                fields.setdefault("due", dates)
        fields.setdefault(name, value)
        kept.append(raw[position : hit.start()])
        position = stop
        while position < limit and raw[position] in ")]）*_;,、":
            position += 1
    kept.append(raw[position:])
    rest = "".join(kept).strip()
    return fields, rest.rstrip(" -–—,;|([（、") if fields else raw
