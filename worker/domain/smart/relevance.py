"""What of *this* incident is an item tied to: a cause, how it was noticed, how it was stopped, or nothing that shows?

The tie is an explicit one (a type, a heading, a reference to a cause), or the words that item and record share,
or the
kind of gap that the item closes. Where none shows, the author is asked; it is a question, never a fault.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from worker.domain.model import ActionItem, Document
from worker.domain.smart.stems import stem, stems
from worker.domain.words import word_set

_I = re.IGNORECASE
LEAST_RECORD = 12  # stems: with less to compare, nothing is asked
LEAST_WORDS = 4  # stems of an item: with fewer, that none is found says little
MOST_SHARED = 0.5  # of an item's stems: where the record tells more of them, a matter of its own it is not
_NAMES = {
    "root_cause": "the root cause",
    "contributing_factors": "the contributing factors",
    "five_whys": "the five whys",
    "detection": "how it was detected",
    "impact": "the impact",
    "timeline": "the timeline",
    "resolution": "the resolution",
    "lessons": "the lessons",
    "summary": "the summary",
}
# A shared word weighs more where causes are told than where the day is told.
_WEIGHT = {"root_cause": 4, "contributing_factors": 4, "five_whys": 4, "detection": 3, "lessons": 3, "resolution": 2}
_KINDS = (
    (re.compile(r"\b(?:prevent|avoid|eliminat)\w*", _I), "prevention"),
    (re.compile(r"\b(?:detect|alert|monitor|observ|notic)\w*", _I), "detection"),
    (re.compile(r"\b(?:mitigat|recover|respon|repair|contain)\w*", _I), "mitigation"),
)
DETECTS = re.compile(
    r"\b(?:alert|alarm|monitor|page[sd]? |paging|notif|dashboard|metric|observab|health ?check|probe|slo\b|"
    r"graph|logging|"
    r"traces?\b|tracing|detect|grafana|prometheus|pagerduty|opsgenie|synthetic)\w*"
    r"|(?:アラート|監視|検知|通知|メトリクス|ダッシュボード)",
    _I,
)
RESPONDS = re.compile(
    r"\b(?:runbook|playbook|rollback|roll back|roll-back|failover|fail over|escalat|status ?page|on-?call|"
    r"incident|outage|"
    r"post-?mortem|recover|restore|communicat|inform\w* |war ?room|cc\b|contact|rota|drill|game ?day)\w*"
    r"|(?:復旧|手順|演習|対応)",
    _I,
)
GUARDS = re.compile(
    r"\b(?:test|backup|back up|revert|rollback|canary|stag(?:e|ing)\b|review|approv|document|guide|guideline|checklist|"
    r"template|deploy|releas|autoscal|scal(?:e|ing)\b|limit|quota|timeout|upgrad|downgrad|validat|lint|ci\b|pipeline|"
    r"pin\b|"
    r"retry|retries|redundan|replica|failover|secret|train|teach|process|policy|policies|permission|access|config|"
    r"migrat|"
    r"isolat|separat|container|automat|cache|index|query|timeline|meeting|measure)\w*",
    _I,
)
_RECORD_WORK = re.compile(
    r"^(?:please )?(?P<span>(?:write|finish|complete|publish|share|hold|schedule|send|review|fill|circulate|"
    r"submit|upload|"
    r"finali[sz]e|draft|prepare|translate|file|post|present|start (?:writing|sharing|"
    r"publishing))\b[^.;]{0,40}\b(?:post-?mortems?|"
    r"post mortems?|incident reports?|incident reviews?|(?:after|post)[- ](?:action|incident) (?:reports?|reviews?)|"
    r"this (?:document|"
    r"report|doc)|retro(?:spective)?|rca|write-?up)\b"
    r"(?! (?:process|template|tool|guide|policy|bot|checklist))[^.;]{0,40}|"
    r"[^.;]{3,80}\bin (?:the |our |this )?(?:review|retro(?:spective)?|post-?mortem) meeting)$",
    _I,
)
# Matters of their own: worth doing, but tied to this incident only if its record speaks of them.
_SIDE = word_set(
    """
2fa mfa sso licence license licensing gdpr privacy compliance
cost costs budget invoice typo typos spelling formatting logo branding gitignore onboarding hiring recruit
headcount newsletter
"""
)
_SIDE_STEMS = frozenset(stem(word) for word in _SIDE)
_THIS = re.compile(
    r"\b(?:this|the|original|underlying|same|similar) (?:issue|problem|bug|failure|crash|fix|mitigation|change)s?\b", _I
)
_ASIDE = re.compile(
    r"\b(?P<span>unrelated|pre-?existing|not (?:directly |strictly )?related|side note|as an aside|while (?:we|"
    r"you)(?:['’]re| are) at "
    r"it)\b",
    _I,
)
_DECLINED = re.compile(r"\b(?P<span>(?:not|no longer|isn't|is not) (?:needed|necessary|required|worth)\b)", _I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """`known` is False where there is too little to compare. `words` say what an item is tied to, or ""; `side` names
    the matter of its own that an untied item is about."""

    known: bool
    words: str = ""
    side: str = ""


@lru_cache(maxsize=64)
def _indexed(record: tuple[tuple[str, str], ...], title: str) -> tuple[tuple[str, frozenset[str]], ...]:
    return (*((section, stems(words)) for section, words in record), ("title", stems(title)))


@lru_cache(maxsize=64)
def _spread(record: tuple[tuple[str, str], ...], title: str) -> Counter[str]:
    return Counter(word for _, found in _indexed(record, title) for word in found)


def about_the_record(text: str) -> str:
    """The span that says that the item is about writing the post-mortem itself, or ""."""
    found = _RECORD_WORK.search(text[:300].strip().rstrip("."))
    return found["span"] if found is not None else ""


def declined(text: str) -> str:
    """The span that says that the item will not be done, or ""."""
    found = _DECLINED.search(text[:400])
    return found["span"] if found is not None else ""


def aside(text: str) -> str:
    """The span that says that the item is beside this incident ("pre-existing", "while we are at it"), or ""."""
    found = _ASIDE.search(text[:400])
    return found["span"] if found is not None else ""


def tie(item: ActionItem, document: Document) -> Tie:
    """What of the incident this item is tied to."""
    spread = _spread(document.record, document.title)
    text = item.text[:1200]
    mine = stems(text)
    shared = _shared(mine, spread)
    side = next((word for word in re.findall(r"[\w-]+", text.casefold()) if stem(word) in _SIDE_STEMS), "")
    told = len(mine.intersection(shared)) / max(1, len(mine))
    sided = bool(side) and stem(side) not in spread and told <= MOST_SHARED and not RESPONDS.search(text)
    best = _best(shared, document)
    if best and not sided:
        return Tie(known=True, words=best)
    if len(spread) < LEAST_RECORD:
        return Tie(known=False)
    if not sided:
        said = f"{item.type} {item.section}"
        for pattern, name in _KINDS:
            if pattern.search(said):
                return Tie(known=True, words=f"named a {name}")
        if DETECTS.search(text):
            return Tie(known=True, words="how such a thing is noticed")
        if RESPONDS.search(text):
            return Tie(known=True, words="how such a thing is answered")
        if _THIS.search(text):
            return Tie(known=True, words="this incident")
        if GUARDS.search(text):
            return Tie(known=True, words="how such a thing is kept from happening")
        other = _beside(item, mine, spread, document)
        if other:
            return Tie(known=True, words=f"another item: {other}")
        if len(mine) < LEAST_WORDS:
            return Tie(known=False)
    return Tie(known=True, side=side if sided else "")


def _beside(item: ActionItem, mine: frozenset[str], spread: Counter[str], document: Document) -> str:
    """A word shared with another item that the record speaks of: "update the guide" follows "add the policy"."""
    for other in document.items[:100]:
        theirs = stems(other.text[:1200])
        if other.line != item.line and other.text != item.text and _shared(theirs, spread):
            found = sorted(mine & theirs)
            if found:
                return f"“{found[0]}”"
    return ""


def _shared(mine: frozenset[str], spread: Counter[str]) -> set[str]:
    """The record's stems that the item uses too; "spawn" and "spawner" count as one."""
    short = {word[:5] for word in mine if len(word) >= 5}
    return {word for word in spread if word in mine or (len(word) >= 5 and word[:5] in short)}


def _best(shared: set[str], document: Document) -> str:
    """The section and the words that tie best: rare words, and where causes are told, weigh most."""
    if not shared:
        return ""
    spread = _spread(document.record, document.title)
    scored = [
        (sum(_WEIGHT.get(section, 1) / spread[word] for word in found & shared), -at, section, found & shared)
        for at, (section, found) in enumerate(_indexed(document.record, document.title))
    ]
    _, _, section, words = max(scored)
    where = _NAMES.get(section, "the title" if section == "title" else "the account of it")
    return f"{where}: {_spelled(words, document, section)}"


def _spelled(words: frozenset[str] | set[str], document: Document, section: str) -> str:
    """The shared words as the record writes them, at most three."""
    source = (
        " ".join(text for name, text in document.record if name == section) if section != "title" else document.title
    )
    seen: dict[str, str] = {}
    for word in re.findall(r"[\w-]{2,40}|[\u3040-\u30ff\u4e00-\u9fff]{2,8}", source[:12_000]):
        key = stem(word.casefold())
        if key in words:
            seen.setdefault(key, word)
        if len(seen) == len(words) or len(seen) >= 3:
            break
    return ", ".join(f"“{word}”" for word in dict.fromkeys(seen.values() or sorted(words)[:3]))


def is_tied_to_cause(item: ActionItem, document: Document) -> bool:
    """Whether the item shares a content word with what the document tells of causes, or was filed against one."""
    causes = frozenset(
        word
        for section, words in document.record
        if section in {"root_cause", "contributing_factors", "five_whys", "detection", "lessons", "summary"}
        for word in stems(words)
    )
    return not causes or bool(_shared(stems(item.text[:1200]), Counter(causes)))
