"""Read tables of actions: which column holds what, in any order and wording."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from worker.domain.dates import read_due
from worker.domain.document.blocks import Block, Row
from worker.domain.document.inline import one_line, read_inline
from worker.domain.document.names import may_be_name
from worker.domain.document.owners import is_person, split_names
from worker.domain.document.status import read_status


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split("|"))


_COLUMNS: dict[str, frozenset[str]] = {
    "item": _words(
        """
        action item|action items|action|actions|task|tasks|what|description|item|items|remediation|follow-up|follow up
        |followup|improvement|to do|todo|corrective action|preventive action|summary|title|work item|details|solution
        |fix|proposal|proposed fix|recommendation|countermeasure|next step|next steps|deliverable
        |アクション|アクションアイテム|対策|内容|タスク|maßnahme|maßnahmen|aufgabe|beschreibung|acción|acciones|tarea
        |descripción|action corrective|tâche|mesure|ação|azione|attività|actie|maatregel|行动项|任务|措施|what to do
        |measure|remedy|proposed action|work|åtgärd|åtgärder|tiltak|handling|działanie|działania|zadanie|действие
        |действия|мера|меры|задача|дія|opatření|toimenpide|조치|조치 사항
        """
    ),
    "owner": _words(
        """
        owner|owners|assignee|assignees|who|dri|responsible|assigned to|assigned|person|poc|team|owned by
        |accountable|lead|contact|contact person|point of contact|driver|action lead|led by|sponsor|assigned team
        |ansvarig|ansvarlig|właściciel|odpowiedzialny|ответственный|исполнитель|zodpovědný|vastuuhenkilö|sorumlu
        |відповідальний|담당자|담당
        |owner(s)|responsible person|action owner|担当|担当者|verantwortlich|verantwortliche|verantwortlicher
        |zuständig|wer|responsable|por quién|qui|responsável|responsabile
        |verantwoordelijke|eigenaar|uitvoerder|encargado|proprietario|wie|负责人|by whom|owner/team|champion
        |dri/owner|captain
        """
    ),
    "due": _words(
        """
        due|due date|by when|deadline|target|target date|eta|when|due by|date due|target completion
        |completion date|timescale|timescales|time scale|until|by|completion|complete by|finish by|klart|klart senast
        |senast|senest|termín|do kiedy|срок|термін|tarih|기한|timeline
        |timeframe|time frame|期限|納期|期日|frist|termin|fällig|fällig am|bis|bis wann
        |échéance|délai|date limite|fecha límite|plazo|fecha
        |prazo|scadenza|datum|截止日期|date|expected|expected by|estimated completion|planned|target release
        """
    ),
    "status": _words(
        """
        status|done|done?|state|progress|completed|complete|resolved|状態|ステータス|進捗|current status|stand|statut
        |état|estado|stato|zustand|状态|ok?|✅|done ?
        """
    ),
    "ref": _words(
        """
        ticket|tickets|issue|issues|link|links|pr|bug|bugs|jira|tracking|github|tracker|url|reference|ref|tracking bug
        |tracking issue|issue/pr|pr/issue|jira ticket|tracking ticket|github issue
        |チケット|ticket/pr|related issue|work item link
        """
    ),
    "priority": _words(
        "priority|p|prio|severity|urgency|importance|優先度|重要度|priorität|priorité|prioridad|prioridade|sev|prio.|优先级|impact"
    ),
    "type": _words("type|kind|category|class|area|カテゴリ|種別|分類|typ"),
    "number": _words("#|no|no.|id|nr|nr.|number|n|番号|項目|"),
}
_STRONG = (
    "action item",
    "action",
    "follow-up",
    "follow up",
    "task",
    "アクション",
    "対策",
    "remediation",
    "corrective",
    "improvement",
    "recommendation",
    "fix",
    "what we will",
    "what we'll",
    "what will we",
    "what to do",
    "to do",
    "todo",
)
_TIMES = frozenset({"time", "timestamp", "時刻", "date", "when", "time (utc)", "zeit", "日時"})


_TICKET = re.compile(
    r"(?:[\w.-]{1,40}/[\w.-]{1,100})?[#!]\d{1,7}|[A-Z][A-Z0-9]{1,9}-\d{1,7}|T\d{5,7}|https?://\S{4,400}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what. `item` is the column of the promise; `strong` says that its header names an action."""

    item: int
    by_name: dict[str, int]
    width: int
    strong: bool

    def cell(self, row: Row, name: str) -> str:
        at = self.by_name.get(name, -1)
        return row.cells[at] if 0 <= at < len(row.cells) else ""


def _header(cell: str) -> str:
    plain = one_line(read_inline(cell, {}).text).casefold()
    return re.sub(r"[:：*]+$", "", plain).strip()


# A word of a column's name within a longer header; the first of these that fits names it.
_WITHIN = {
    name: re.compile(
        rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in sorted(_COLUMNS[name]) if len(word) > 2)})(?!\w)"
    )
    for name in ("owner", "due", "status", "ref", "priority", "type", "item")
}


@lru_cache(maxsize=1024)
def _name_of(header: str) -> str:
    """What a column holds: by its exact header, else by a word in it."""
    bare = re.sub(r"[(（][^)）]{0,60}[)）]", "", header).strip()
    for name, known in _COLUMNS.items():
        if header in known or bare in known:
            return name
    return next((name for name, words in _WITHIN.items() if words.search(bare)), "")


def read_columns(block: Block) -> Columns | None:
    """The meaning of a table's columns, or None where it has no header or cannot hold actions."""
    if len(block.rows) < 2:
        return None
    headers = [_header(cell) for cell in block.rows[0].cells]
    by_name: dict[str, int] = {}
    for at, header in enumerate(headers):
        name = _name_of(header)
        if name and name not in by_name:
            by_name[name] = at
        elif not name:
            by_name[f"other {at}"] = at
        elif (
            name == "item"
            and headers[at].replace("’", "'").startswith(_STRONG)
            and not headers[by_name["item"]].startswith(_STRONG)
        ):
            by_name["item"] = at
    if (
        headers
        and headers[0] in _TIMES
        and not any(word in header for header in headers for word in ("owner", "assignee", "担当"))
    ):
        return None
    _by_content(block.rows[1:], headers, by_name)
    item = by_name.get("item", -1)
    if item < 0:
        known = {at for name, at in by_name.items() if not name.startswith("other ")}
        item = _widest(block.rows[1:], known, len(headers))
    if item < 0:
        return None
    strong = headers[item].startswith(_STRONG) or "action" in headers[item]
    return Columns(item=item, by_name={**by_name, "item": item}, width=len(headers), strong=strong)


def read_pairs(block: Block) -> dict[str, str] | None:
    """A table that is one action on its side (one field a row: "Action | …", "Owner | …"): raw cells by field."""
    pairs: dict[str, str] = {}
    for row in block.rows:
        if len(row.cells) != 2:
            return None
        header = _header(row.cells[0])
        name = next((name for name, known in _COLUMNS.items() if header in known), "")
        if name:
            pairs.setdefault(name, row.cells[1])
    beside = len({"owner", "due", "status"} & pairs.keys())
    return pairs if "item" in pairs and beside >= 2 else None


# What a day in such a column is the end or the beginning of is over.
_PAST_DAYS = re.compile(r"\b(?:created|opened|raised|reported|started|added|logged|closed|detected|found)\b")
_SOME_DAY = date(2000, 1, 1)


def _by_content(rows: Sequence[Row], headers: Sequence[str], by_name: dict[str, int]) -> None:
    """Name the columns whose header says nothing by what they hold: days, references, states, people."""
    for at, header in enumerate(headers):
        if by_name.get(f"other {at}") != at:
            continue
        cells = [one_line(read_inline(row.cells[at], {}).text) for row in rows[:40] if at < len(row.cells)]
        cells = [cell for cell in cells if cell and cell.casefold() not in _BLANKS]
        name = next(
            (name for name, fits in _FITS.items() if name not in by_name and cells and all(map(fits, cells))), ""
        )
        if name and not (name == "due" and _PAST_DAYS.search(header)):
            del by_name[f"other {at}"]
            by_name[name] = at


_BLANKS = frozenset({"-", "–", "—", "?", "??", "n/a", "na", "tbd", "tba", "tbc", "none", "…", "..."})


def _is_day(cell: str) -> bool:
    due = read_due(cell, today=_SOME_DAY, reference=None, day_first=True, field=True) if len(cell) <= 30 else None
    return due is not None and due.day is not None


def _is_people(cell: str) -> bool:
    names = split_names(cell) if len(cell) <= 60 else ()
    return bool(names) and all(
        cell.startswith("@") or is_person(name, frozenset()) or (" " in name and may_be_name(name)) for name in names
    )


_FITS: dict[str, Callable[[str], bool]] = {
    "ref": lambda cell: bool(_TICKET.fullmatch(cell)),
    "due": _is_day,
    "status": lambda cell: len(cell) <= 20 and read_status(cell) is not None,
    "owner": _is_people,
}


def _widest(rows: Sequence[Row], taken: set[int], width: int) -> int:
    """The free column with the most words; where no header says what holds the promise, the words do."""
    sizes = {
        at: sum(len(row.cells[at]) for row in rows[:50] if at < len(row.cells))
        for at in range(width)
        if at not in taken
    }
    best = max(sizes, key=lambda at: (sizes[at], -at), default=-1)
    return best if best >= 0 and sizes[best] else -1


def holds_actions(columns: Columns, *, in_actions: bool, section: str) -> bool:
    """True where the table lists actions: anywhere if its header says so, under an action heading if it may."""
    beside = {"owner", "due", "status", "ref", "priority"} & columns.by_name.keys()
    if in_actions:
        return True
    owned = {"owner", "due"} <= beside or {"owner", "status", "ref"} <= beside
    if section not in {"timeline", "impact", "participants"} and owned and section != "what_went_well":
        return True  # who and until when: nothing else is listed so, in whatever language its heading is
    if not columns.strong or section in {"timeline", "impact", "what_went_well"}:
        return False
    if section == "lessons":  # "What we learned | What we will do | Owner | Due"
        return "owner" in beside and len(beside) > 1
    return bool(beside)


def ragged(block: Block, columns: Columns) -> Iterator[Row]:
    """Rows with another number of cells than the header: their columns may be mixed up."""
    return (row for row in block.rows[1:] if row.width != columns.width)
