"""The rules about an item's words: each returns the span that breaks it, or nothing.

Grouped by the SMART criterion that they speak for. No rule knows a document, an owner or a date.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from worker.domain.document.phrases import first_verb
from worker.domain.smart import wordpatterns as p
from worker.domain.smart.asked import continues, opinions
from worker.domain.smart.claims import first_sentence, stripped
from worker.domain.smart.hollow import better_things, identifies, ongoing, something
from worker.domain.smart.soft import bettering, thinks
from worker.domain.words import TASK_VERBS, word_set

Rule = Callable[[str], str]
_I = re.IGNORECASE
# What stands before the verb that counts: "we should really also …".
_FILLER = re.compile(
    r"^(?:(?:we|i|someone|somebody|(?:the|our) team|teams|engineers|developers|everyone|people)\s+(?=(?:should|must|"
    r"need|will|could|"
    r"can|have to|might|may|want|would|ought|plan to|are going)\b)|(?:should|must|needs? to|will|could|can|ha(?:ve|"
    r"s) to|might|may|"
    r"want to|would like to|ought to|plan to|are going to|needs? (?=better|more|improved))\s*|(?:really|probably|"
    r"also|maybe|perhaps|"
    r"just|definitely|at least|ideally|eventually|please|still|then|first|finally|actually|possibly|potentially|"
    r"hopefully|"
    r"next time|in (?:the )?future|going forward|long(?:er)?[- ]term|short(?:er)?[- ]term|next(?=,))[,:]?\s+|to\s+|"
    r"work(?:ing)? on (?=[a-z]{3,14}ing\b)|"
    r"(?:we|i|they)['’](?:ll|re|ve)\s+(?:also |now |already )?(?:be(?:en)? )?)",
    _I,
)


@lru_cache(maxsize=128)
def _opening(text: str) -> str:
    """The first sentence from the verb that counts on."""
    first = _sentences(text)[0] if text.strip() else ""
    for _ in range(6):
        found = _FILLER.match(first)
        if found is None or not found.group():
            break
        first = first[found.end() :]
    return first


def _span(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text[:600])
    return found["span"].strip() if found else ""


@lru_cache(maxsize=128)
def _sentences(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"(?<=[.!?。])\s+", text[:1200]) if part)


def _spelled_out(text: str) -> bool:
    """True where a vague opening is followed by an outcome that can be seen."""
    return p.outcome(text) or bool(p.DONE_WHEN.search(text)) or bool(p.NUMBER.search(text))


_NEVER_REDEEMED = (
    "consider",
    "investigat",
    "something",
    "continue",
    "keep",
    "try",
    "look",
    "talk",
    "think",
    "figure",
    "find",
)


_RECORDS = word_set("document record write publish describe list draft export print show graph plot draw log")
_HANDS_OVER = word_set("transfer move assign give hand delegate name")
_PREPOSITIONS = word_set(
    "of for in into on with between among about across within around to from by at when so and over"
)


def no_words(text: str) -> str:
    """Specific: there are hardly any words."""
    words = p.WORD.findall(text)
    return text.strip() if not p.CJK.search(text) and len(words) < 3 and "`" not in text else ""


def explores(text: str) -> str:
    """Specific: it promises to think about something. "So that …" or a number redeems it."""
    first = _opening(text)
    span = _span(p.EXPLORE, first)
    if span.casefold() in {"review", "reviewing", "diagnose", "follow up"} and len(p.WORD.findall(first)) >= 7:
        return ""
    if span.casefold().startswith(("be ", "work out", "check", "come up")) and p.ARTEFACT.search(first):
        return ""
    if span and (p.leaves_words(first) or p.HANDED.search(first) or p.TRIES_NAMED.match(first)):
        return ""
    return "" if span and _spelled_out(first) and not span.casefold().startswith(_NEVER_REDEEMED) else span


def betters(text: str) -> str:
    """Specific: it promises more or better of something, with no outcome."""
    first = _opening(text)
    span = _span(p.BETTER, first)
    if not span:
        return ""
    if span.casefold() in {"increase", "harden"} and len(p.WORD.findall(first)) >= 5:
        return ""
    return "" if p.outcome(first) or p.NUMBER.search(first) or p.SHOWN_BY.search(first) else span


def careful(text: str) -> str:
    """Specific: it asks people to be better people."""
    if first_verb(text) in _RECORDS:
        return ""
    return _span(p.CAREFUL, text)


def abstract(text: str) -> str:
    """Specific: its object is a virtue or a state of mind ("gain visibility", "reduce noise")."""
    first = _opening(text)
    if re.search(r"\d|`", first) or _spelled_out(first):
        return ""
    words = p.WORD.findall(first)[:14]
    if len(words) < 2 or words[0].casefold() not in TASK_VERBS or words[0].casefold() in _RECORDS | _HANDS_OVER:
        return ""
    for at, word in enumerate(words[1:], 1):
        lowered = word.casefold()
        following = words[at + 1].casefold() if at + 1 < len(words) else ""
        ends = not following or following in _PREPOSITIONS
        if lowered in p.ABSTRACT and ends:
            return " ".join(words[: at + 1])
        if lowered in {"problems", "issues", "errors", "failures", "cases", "situations"} and ends:
            qualified = words[at - 1].casefold() in {
                "similar",
                "such",
                "other",
                "edge",
                "potential",
                "possible",
                "future",
            }
            return " ".join(words[: at + 1]) if qualified else ""
        if lowered in _PREPOSITIONS - {"and"}:
            return ""
    return ""


def improvements(text: str) -> str:
    """Specific: "health check improvements" names a topic."""
    return _span(p.IMPROVEMENTS, text)


def asks(text: str) -> str:
    """Specific: it is a question with how, what, why."""
    clause = re.match(r"(?:when|where)\b[^?]{1,120}, ", text, _I)
    return _span(p.WH_QUESTION, text) if clause is None and not first_verb(text) else ""


def loose(text: str) -> str:
    """Specific: it promises goodwill ("align on …", "support the team") and nothing that one could point at."""
    first = _opening(text)
    if re.search(r"\d|`", first) or _spelled_out(first) or p.ARTEFACT.search(first):
        return ""
    return _span(p.LOOSE, first)


def qualities(text: str) -> str:
    """Specific: the whole change is that something will be better, and not how."""
    first = _main_clause(_opening(text))
    shown = re.search(r"\d|`", text) or _spelled_out(_opening(text)) or first_verb(text) in _RECORDS
    found = None if shown or p.goes_on(text) else p.QUALITY.search(first)
    return next((span for span in found.groups() if span), "") if found is not None else ""


def passive(text: str) -> str:
    """Specific: "monitoring needs to be improved" says that something should be better, and not what."""
    first = _sentences(text)[0] if text else ""
    return "" if _spelled_out(first) else _span(p.PASSIVE, first)


def ensures(text: str) -> str:
    """Specific: to ensure a virtue ("proper testing", "never again") is to name nothing that will be done."""
    found = p.ENSURES.match(_main_clause(_opening(text)).partition(",")[0])
    if found is None or "`" in text or p.NUMBER.search(text) or re.search(r"\bby \w+ing\b", text, _I):
        return ""
    return found["span"] if p.EMPTY.search(found["rest"]) or len(p.WORD.findall(found["rest"])) < 3 else ""


def issues(text: str) -> str:
    """Specific: "resolve the underlying problems" does not say which."""
    return "" if re.search(r"\d|`|#", text) else _span(p.ISSUES, _opening(text))


def hedged(text: str) -> str:
    """Specific: it is asked whether ("should we …?"), or promised somehow."""
    found = re.match(
        r"(?P<span>(?:should|could|can|shall|do|would|might) (?:we|i|it|they|the)\b[^?]{0,200}\?|somehow\b)", text, _I
    )
    return found["span"] if found and not p.OUTCOME.search(text) else ""


def topic(text: str) -> str:
    """Specific: a noun that is a virtue or a field of work, and nothing to be done about it."""
    return "" if re.search(r"\d|`", text) else _span(p.TOPIC, text)


def graceful(text: str) -> str:
    """Specific: the whole change is an adverb."""
    found = re.search(
        r"\b(?P<span>more (?:gracefully|often|frequently|carefully|robustly|people|proactive\w*)|high "
        r"quality|easy to (?:understand|maintain|use))\b",
        text[:400],
        _I,
    )
    return found["span"] if found else ""


def unnamed_monitoring(text: str) -> str:
    """Specific: monitoring or alerts, of nothing in particular."""
    found = p.MONITOR.search(_sentences(text)[0][:300] if text else "")
    if found is None:
        return ""
    more = found["more"]
    if p.GAUGE.search(found["span"]) or p.KINDS_OF_TEST.search(found["span"] + more[:8]):
        return ""
    return (
        "" if p.PROMPTED.search(more) or (len(p.WORD.findall(more)) > 4 and "to respond" not in more) else found["span"]
    )


def pronouns(text: str) -> str:
    """Specific: "clean this up" stands on words that the tracker will not have."""
    found = p.PRONOUN_OBJECT.match(_sentences(text)[0] if text else "")
    return found["span"] if found else ""


def vague_cjk(text: str) -> str:
    """Specific, Japanese: it ends in "consider", "investigate", "improve"."""
    return _span(p.VAGUE_CJK, text)


def undecided(text: str) -> str:
    """Measurable: it ends in a question, or says maybe."""
    if (
        text.rstrip().endswith("?")
        and not p.OUTCOME.search(text)
        and first_verb(text) not in {"write", "create", "document", "ask"}
    ):
        return text.rstrip()[-60:]
    return _span(p.MAYBE, _sentences(text)[0] if text else "")


def _main_clause(sentence: str) -> str:
    """The sentence up to its reason or purpose, which may compare as it likes."""
    return re.split(
        r",? (?:so (?:that |we |it |they |the |as to )|which |because |since |in order to )", sentence, maxsplit=1
    )[0]


def compares(text: str) -> str:
    """Measurable: a comparison or a quality without a measure."""
    first = p.compared(_sentences(text)[0]) if text else ""
    counted = re.search(r"\b(?:one|two|three|four|five|six|ten|\d+) more\b", first, _I)
    if p.NUMBER.search(text) or counted or first_verb(first) in {"document", "write", "pin"}:
        return ""
    told = p.TELLS.match(first)
    if p.goes_on(text) or p.SHOWN_BY.search(first):
        return ""
    return _span(p.COMPARATIVE, _main_clause(first)[: told.end()] if told is not None else _main_clause(first))


def amounts(text: str) -> str:
    """Measurable: increase or reduce, by how much?"""
    first = stripped(first_sentence(text))
    return "" if re.search(r"\d", first) or p.OUTCOME.search(first) else _span(p.AMOUNT, first)


def inspects(text: str) -> str:
    """Measurable: looking at something leaves no trace by itself."""
    found = p.INSPECTS.match(stripped(first_sentence(text)))
    return found["span"] if found and not p.DONE_WHEN.search(text) else ""


def points_back(text: str) -> str:
    """Measurable: "failures like this one" can be read widely or narrowly."""
    found = re.search(
        r"\b(?P<span>(?:\w+ )?(?:like this(?: one)?|like these|of this kind|of this type|similar "
        r"(?:issues|problems|failures|incidents|errors)))(?=[.,;]|$)",
        text,
        _I,
    )
    return found["span"] if found else ""


_WRITTEN = re.compile(r"\b(?:document|write|describe|publish|guidance|guidelines)\b", _I)


def processes(text: str) -> str:
    """Measurable: a process or a strategy, and no trace that it would leave."""
    span = "" if p.DONE_WHEN.search(text) else _span(p.PROCESS, _sentences(text)[0] if text else "")
    return "" if _WRITTEN.search(span) or (span and p.SHOWN_BY.search(text[:600])) else span


def sweeping_measure(text: str) -> str:
    """Measurable: a rule for ever is never done."""
    found = p.FOR_EVER.search(_sentences(text)[0] if text else "")
    if found is None or (found["span"].casefold() == "whenever" and p.TRIGGERED.search(text[: found.start()])):
        return ""
    return found["span"]


def sweeping(text: str) -> str:
    """Achievable: it promises for ever, for everything, or to build it all anew."""
    first = _sentences(text)[0] if text else ""
    found = p.SWEEPING.search(first[:600])
    if found is None or p.DONE_DEED.match(first) or p.BOUNDED.match(first[found.end() :]):
        return ""
    return found["span"]


# What never ends, whatever is said about it.
_ENDLESS = (careful, graceful, improvements, unnamed_monitoring, something, ongoing, identifies, continues, opinions)


def open_ended(text: str) -> str:
    """Achievable: vague, and nothing in it says where it would end."""
    first = _sentences(text)[0] if text else ""
    for rule in _ENDLESS:
        if rule(first):
            return rule(first)
    found = p.HEADLONG.match(first)
    if found is not None:
        return found["span"]
    vague = betters(first) or qualities(first) or passive(first) or bettering(first) or better_things(first)
    whole = p.WHOLE.search(first)
    if whole is not None and vague:
        return whole["span"]
    weighs = explores(first) or thinks(first)
    qualities_told = p.QUALITIES.findall(first)
    if (vague or weighs) and len({word.casefold() for word in qualities_told}) >= 2:
        return str(qualities_told[-1])
    options = p.OPTIONS.search(first)
    if weighs and options is not None:
        return options["span"]
    vague = vague or weighs
    return vague if vague and not p.ARTEFACT.search(first) and len(p.WORD.findall(first)) <= 5 else ""


SPECIFIC: tuple[Rule, ...] = (
    no_words,
    explores,
    betters,
    careful,
    improvements,
    asks,
    loose,
    qualities,
    passive,
    ensures,
    topic,
    issues,
    hedged,
    abstract,
    graceful,
    unnamed_monitoring,
    pronouns,
    vague_cjk,
)
MEASURABLE: tuple[Rule, ...] = (undecided, compares, amounts, inspects, points_back, processes, sweeping_measure)
ACHIEVABLE: tuple[Rule, ...] = (sweeping, open_ended)
