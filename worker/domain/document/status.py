"""Say whether a listed item is done, from a checkbox, a status word, a mark or the tense of its own words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from worker.domain.words import TASK_VERBS, word_set

_DONE_WORDS = word_set(
    """
done complete completed closed resolved fixed merged shipped implemented deployed finished live yes released
delivered addressed 完了 済 済み 完成 已完成 erledigt fertig terminé fait hecho concluído
finish realized shipped-it applied verified abgeschlossen geschlossen umgesetzt behoben clos fermé réalisé fini
terminado completado cerrado realizado resuelto feito fatto chiuso completato klaar gereed afgerond gedaan 完毕 ✅ ✔
✔️ ☑ ☑️ 🟢 ✓ x y
"""
)
_OPEN_WORDS = word_set(
    """
todo open doing planned pending blocked wip failed new backlog scheduled started ongoing cancelled canceled
wontdo wontfix rejected deferred postponed no n
outstanding active triaged accepted approved proposed draft unstarted started waiting queued ready tbd
begonnen laufend geplant ouvert planifié pendiente abierto pendente aberto aperto gepland loopt 待办 进行中 未完成
🚧 🔜 ⌛ 🟠 ⚪ 📝
未着手 進行中 対応中 未完了 🔄 ⏳ ❌ 🔴 🟡 offen unresolved investigating assigned
"""
)
_OPEN_PHRASES = (
    "in progress",
    "to do",
    "not started",
    "won't do",
    "wont do",
    "won't fix",
    "not done",
    "in review",
    "on hold",
    "to be done",
    "in bearbeitung",
    "in arbeit",
    "nicht ",
    "en cours",
    "à faire",
    "en curso",
    "en progreso",
    "por hacer",
    "em andamento",
    "in corso",
    "in uitvoering",
)
_TAIL_DONE = re.compile(
    r"(?:\s+[-–—:|→]+\s{0,3}|\s{0,3}[(\[（]\s{0,2}|[.!?。]\s{1,3}|\s{2,9}|\n)[*_]{0,3}"
    r"(?P<word>done|completed?|finished|fixed|resolved|implemented|deployed|merged|shipped|"
    r"完了)(?!\s+(?:when|once|if|as soon as|means|is|criteria)\b)(?P<more>\b[^\n]{0,300})?$",
    re.IGNORECASE,
)
_CAPS_DONE = re.compile(r"(?:\s|^)[*_]{0,3}(?:DONE|COMPLETED?|FIXED|RESOLVED)[*_]{0,3}[.!)\]]{0,2}\s*$")
_MARK_DONE = re.compile(r"(?:✅|✔️|✔|☑️|☑|✓)\s*[.!]?\s*$|^\s*(?:✅|✔️|✔|☑️|☑|✓)\s*")
_NOT_DONE = re.compile(
    r"\b(?:WONT ?DO|WONT ?FIX|won[’']t (?:do|fix)|decided (?:not to|against)|not needed|no longer needed)\b"
    r"|(?:[-–—:,;.(]\s{0,2}|\b(?:was|were|been|is|are) )(?:rejected|abandoned)\s{0,2}[.)!]?\s{0,3}$",
    re.IGNORECASE,
)
_LEAD_STATUS = re.compile(
    r"^[*_\[(]{0,4}(?P<word>DONE|TODO|TO DO|DOING|IN PROGRESS|WIP|COMPLETED?|FIXED|PLANNED|OPEN|CLOSED|RESOLVED|"
    r"MERGED|BLOCKED|NOT STARTED|ON HOLD|PENDING|BACKLOG|IN REVIEW|STARTED|CANCELLED|WONTFIX|[Dd]one|[Tt]odo)(?![\w-])"
    r"[*_\])]{0,4}\s{0,2}[:：.–—-]?\s{0,2}[*_]{0,3}\s{0,2}"
)
_NOTE_DONE = re.compile(
    r"^(?:this (?:has been|is|was)|it(?:'s| is| has been)|already|we(?:'ve| have))?\s{0,2}(?:already |now )?"
    r"(?:done|completed|fixed|implemented|deployed|merged|did (?:this|that|so))\b"
    r"(?!\s+(?:when|once|if|as soon as|means|is|criteria)\b)",
    re.IGNORECASE,
)
_TAIL_NOTE = re.compile(
    r"\s[-–—]\s(?:[a-z][\w-]{0,20}\s){0,2}(?P<verb>added|updated|created|sent|changed|moved|removed|"
    r"merged|written|deployed"
    r"|enabled|disabled|raised|booked|scheduled|emailed|fixed)\b[^\n]{0,400}$"
)
_MID_DONE = re.compile(
    r"\b(?:already|now|was|were|has been|have been) done\b|\b(?:is|are) done(?=\s*(?:[.,;:!)]|$|by\b|in\b|via\b))|"
    r"(?<!be )\bdone in\b(?! case\b)|"
    r"\balready (?:do(?:es)? (?:this|that|so)|in place|exists?|implemented|deployed|"
    r"live|rolled out|merged|shipped|fixed)\b"
)
_DATED_PAST = re.compile(
    r"\b(?P<verb>[a-z]{3,20}) on (?:\d{4}-\d\d-\d\d|\d{1,2} [A-Z][a-z]{2,8}|[A-Z][a-z]{2,8} \d{1,2})(?:,? \d{4})?\.?$"
)
_PAST = word_set(
    """
added created wrote made sent documented deployed merged moved removed replaced reverted enabled disabled fixed
increased implemented introduced updated upgraded changed switched bumped rolled restarted patched configured
reduced raised lowered migrated deleted renamed rewrote built installed set applied decreased adjusted turned
"""
)
_SUBJECT_PAST = re.compile(
    r"^(?:we|i)(?P<have> have|'ve|’ve)?(?: already| now| also| since| [a-z]{3,20}ly)? (?P<verb>[\w-]{2,20})",
    re.IGNORECASE,
)
# "Tightened the limits", "Re-worked our secrets": with an object behind it, such a word is no adjective.
_OPENING_PAST = re.compile(
    r"^(?P<verb>[A-Za-z]{2,12}-?[a-z]{1,14}ed) (?:the|a|an|our|its|their|all|to|from|how|this|that)\b"
)
# "The limits were set to the highest use": told of a thing, at the head of the item.
_PASSIVE = re.compile(
    r"^(?:The|A|An|Our|All|Both|These|Those)\b[^.,;:()]{2,60}? (?:was|were|has been|have been)"
    r"(?: now| also| already| since)? (?P<verb>[a-z-]{3,20})\b"
)
_ONLY_BEGUN = word_set(
    """
asked requested contacted informed reported planned scheduled agreed proposed discussed suggested recommended
considered started assigned opened filed drafted investigated reviewed tracked booked identified prioritized
"""
)
_BASE_ED = word_set("embed seed feed need proceed speed shed exceed succeed shred breed bleed weed heed reseed re-seed")
_GROUP_DONE = re.compile(
    r"\b(?:already (?:done|completed|implemented|taken|in place)|completed|done so far|have been (?:done|"
    r"completed|implemented)"
    r"|finished|we have (?:already )?(?:done|taken|implemented))\b|^done$|^完了",
    re.IGNORECASE,
)
# The columns of a board as headings.
_BOARD = re.compile(r"to[- ]?do|doing|in progress|open|not started|backlog|planned|pending|outstanding", re.IGNORECASE)
_GROUP_OPEN = re.compile(r"\b(?:not|incomplete|to be|will be|should be|must be|needs? to be|until)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`done` as the text itself tells it (None: it does not), and the text without the words that told it."""

    done: bool | None
    text: str


# “Done when the alert fires” is a promise's measure, not its end.
_MEASURE = re.compile(r"(?:done|completed?|finished|fixed|resolved)\s{1,3}(?:when|once|if|as soon as|means|is)\b")


def read_status(cell: str) -> bool | None:
    """A status cell: True done, False not, None where it says nothing known."""
    words = cell.casefold().strip(" .!*_`[]()")
    if not words or _MEASURE.match(words):
        return None
    if any(phrase in words for phrase in _OPEN_PHRASES):
        return False
    for word in re.split(r"[\s/,:()（）*_-]+", words)[:4]:
        if word in _OPEN_WORDS or word in {"not", "won't"}:
            return False
        if word in _DONE_WORDS:
            return True
    share = re.fullmatch(r"(\d{1,3}) ?%", words)
    return int(share[1]) >= 100 if share is not None else None


_TAIL_CAPS = re.compile(r"(?:^|\s)[*_\[(]{0,4}(?P<word>[A-Z]{3,12}(?: [A-Z]{2,9})?)[*_\])]{0,4}\s{0,2}$")


def tail_status(cell: str) -> bool | None:
    """The state in capitals behind another cell's content ("Bug 4711 **DONE**", "n/a **TODO**"), or None."""
    found = _TAIL_CAPS.search(cell.strip()[-60:])
    return read_status(found["word"]) if found is not None else None


def is_past(word: str) -> bool:
    """True for the past tense of a verb of work."""
    word = word.casefold()
    if word in _PAST:
        return True
    stems = {word[:-2], word[:-1], word[:-3]} if word.endswith("ed") and len(word) > 4 else set()
    return bool(stems & TASK_VERBS)


def _is_participle(word: str) -> bool:
    """True for any verb in `-ed`, known as work or not; for where only a participle can stand."""
    lowered = word.casefold()
    return lowered.endswith("ed") and len(lowered) > 4 and lowered not in _BASE_ED


def tell_done(text: str) -> Told:
    """What the item's own words say. `text` is plain."""
    head = _LEAD_STATUS.match(text)
    if head is not None and len(text) > head.end():
        word = head["word"].upper()
        return Told(
            done=word in {"DONE", "COMPLETED", "COMPLETE", "FIXED", "CLOSED", "RESOLVED", "MERGED"},
            text=text[head.end() :],
        )
    if _NOT_DONE.search(text):
        return Told(done=False, text=text)
    for pattern in (_MARK_DONE, _CAPS_DONE):
        found = pattern.search(text)
        if found is not None:
            rest = (text[: found.start()] + text[found.end() :]).rstrip(" -–—:")
            return Told(done=True, text=rest)
    tail = _TAIL_DONE.search(text[-420:])
    if tail is not None:
        start = max(0, len(text) - 420) + tail.start()
        before = text[:start].rstrip(" -–—:_*(")
        if len(before.split()) > 1 or not tail["more"]:
            return Told(done=True, text=before)
        return Told(done=True, text=f"{before}: {tail['more'].strip(' ):–—-')}")  # "OPS-4 (Done): pin the driver"
    note = _TAIL_NOTE.search(text[-460:])
    if note is not None:
        start = max(0, len(text) - 460) + note.start()
        return Told(done=True, text=text[:start].rstrip())
    if _MID_DONE.search(text[-200:]):
        return Told(done=True, text=text)
    dated = _DATED_PAST.search(text[-60:])
    if dated is not None and is_past(dated["verb"]):
        return Told(done=True, text=text)
    words = text.split(None, 2)
    if words and words[0].casefold() in _PAST and words[0].casefold() != "set":
        return Told(done=True, text=text)
    subject = _SUBJECT_PAST.match(text)
    if subject is not None and (is_past(subject["verb"]) or (subject["have"] and _is_participle(subject["verb"]))):
        return Told(done=True, text=text)
    passive = _PASSIVE.match(text)
    if passive is not None and is_past(passive["verb"]) and passive["verb"] not in _ONLY_BEGUN:
        return Told(done=True, text=text)
    opening = _OPENING_PAST.match(text)
    if opening is not None and _is_participle(opening["verb"]):
        return Told(done=True, text=text)
    return Told(done=None, text=text)


def note_says_done(text: str) -> bool:
    """True where a note below an item says that it was done."""
    return bool(_NOTE_DONE.match(text.strip()))


def group_says_done(text: str) -> bool | None:
    """What a group's heading says of all its items ("Done", "The following are already completed:")."""
    if _BOARD.fullmatch(text.strip(" :.*_")):
        return False
    if _GROUP_OPEN.search(text):
        return None
    return True if _GROUP_DONE.search(text.strip(" :.*_")) else None


_MARKER = re.compile(
    r"[*_\[(]{0,4}(TODO|TO DO|DONE|DOING|IN PROGRESS|ACTION ITEM|ACTION|AI|Action item|Todo|Action)(?![\w-])"
    r"(?P<close>[*_\])]{0,4}\s{0,2}[:：]|[*_\])]{2,4}|\s{0,2}[:：]|\([^()\n]{2,40}\)[:：])"
)
_MARKER_SIGNS = frozenset("*_[(TDIA")


def lead_marker(text: str) -> str:
    """The status word in capitals that opens a text (`TODO`, `DONE`, `DOING`, `ACTION`), or ""."""
    text = text.lstrip()
    if text[:1] not in _MARKER_SIGNS:
        return ""
    found = _MARKER.match(text)
    return found[1].upper() if found else ""
