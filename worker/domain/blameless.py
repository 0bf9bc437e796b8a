"""Point at words that make a person the cause, and at what a post-mortem still lacks.

Findings about wording (`blame/…`) are private: they go to the author and to `check`, never to the public page. A
sentence that rejects an idea ("human error is never the cause") is no finding, nor is what a team says of itself ("we
should have"): learning aloud is what the document is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from worker.domain.document.blocks import Block, BlockKind
from worker.domain.document.cut import cut, normalize, shorten
from worker.domain.document.outline import Placed, place
from worker.domain.document.owners import find_people
from worker.domain.model import Document, Finding, Kind
from worker.domain.words import GIVEN_NAMES

_I = re.IGNORECASE
_ROLE = (
    r"(?:operators?|engineers?|developers?|devs?|admins?|administrators?|sys-?admins?|dbas?|on-?call(?: "
    r"engineers?)?|employees?|contractors?|interns?|"
    r"technicians?|colleagues?|team members?|staff|managers?|reviewers?|committers?|authors?|vendors?|"
    r"support agents?|juniors?|person|individuals?|somebody|someone|(?:team |tech |shift )?leads?|"
    r"incident commanders?|"
    r"(?:night|day|early|late|evening|weekend) shift|programmers?|analysts?|architects?|consultants?)"
)
# "The engineer on duty …", "the developer who wrote the query …"
_WHICH = (
    r"(?: (?:on|at|in|who|from|of|responsible|deploying|working|doing|making|running|for|involved)\b"
    r"(?: [\w'-]+){0,6}?)?"
)
_PRONOUN = r"(?:he|she)"
_ADVERB = r"(?:also |simply |just |apparently |then |again |still |obviously |clearly |wrongly |really |probably )?"
_NEGLECT = (
    r"(?:check|notice|noticed|anticipate|think|realize|realise|know|verify|test|follow|understand|"
    r"consider|read|communicate|tell|inform|document|"
    r"look|see|pay attention|remember|bother|care|ask|escalate|review|validate|respond|react|update|plan|"
    r"take into account|act)"
)
_PARTICIPLE = (
    r"(?:(?:never|also|already|at least|probably|just|simply|not) )?(?:been\b|\w{2,20}ed\b|known|seen|caught|done|"
    r"taken|thought|told|"
    r"read|found|given|gone|made|run|written|kept|set|put|left|had|spoken|understood|chosen|sent|paid|met|built|"
    r"brought|held)"
)
_FAULT = (
    rf"(?:{_ADVERB}(?:(?:should(?:n['’]t| not| never)?|ought to|could(?: easily)?) have {_PARTICIPLE}|failed to|"
    rf"forgot|neglected to|"
    r"omitted to|bothered to|(?:\w+ ){1,10}?without (?:checking|testing|reading|asking|verifying|telling|reviewing|"
    r"thinking|"
    r"looking|approval)|[a-z]{2,12} the wrong \w+|(?:broke|took down|brought down) (?:the )?(?:production|site|"
    r"service|system)|"
    r"(?:skipped|rushed|bypassed|circumvented)\b|(?:was|were) (?:in a (?:hurry|rush)|not qualified|unqualified|"
    r"inexperienced|"
    r"distracted|overconfident|incompetent|too \w+ to)|"
    r"made (?:a|an|the|several) (?:\w+ )?(?:mistake|error)s?|"
    rf"(?:was|were) (?:careless|negligent|not aware|unaware|not paying attention|at fault|to blame|not "
    rf"careful|sloppy|inattentive|not trained)|"
    rf"(?:mistakenly|accidentally|incorrectly|carelessly|erroneously|inadvertently|wrongly) \w+|ignored|"
    rf"overlooked|misread|misunderstood|misconfigured|mistyped|fat-fingered|"
    rf"(?:did not|didn['’]t|does not|doesn['’]t|had not|hadn['’]t) (?:\w+ )?{_NEGLECT}\b|violated|broke "
    rf"the (?:rule|process|policy)))"
)
_PERSON_FAULT = re.compile(
    rf"(?<![\w-])(?:(?:the|an?|our|one|some|another|this) (?:[\w-]+ ){{0,2}})?(?P<who>{_ROLE}|{_PRONOUN}){_WHICH},? "
    rf"(?P<what>{_FAULT})",
    _I,
)
_NAME_FAULT = re.compile(rf"(?<![\w.@-])@?(?P<who>[A-ZÀ-Ý][\w-]{{1,30}}) (?P<what>{_FAULT})")
_BY_PERSON = re.compile(
    rf"\b(?P<what>(?:caused|triggered|introduced|broken) by (?:a |an |the |one of )?(?:mistake|error|"
    rf"carelessness|negligence|oversight)s? (?:of|by|from|made by) (?:a |an |the |our )?\w+"
    rf"|(?:mistake|error|fault|negligence|carelessness|oversight|inattention|judge?ment|sloppiness) (?:of|by|"
    rf"(?:was |were )?made by|"
    rf"on the part of) (?:the |an? |our )?(?:\w+ ){{0,2}}(?:{_ROLE}|team)"
    rf"|(?:nobody|no one|no-one) (?:bothered|cared|took the (?:time|trouble)) to|(?:if|had) (?:the |an? |"
    rf"our )?{_ROLE} (?:had )?(?:paid|"
    rf"been more|only|looked|checked|read|followed))\b",
    _I,
)
_HUMAN_ERROR = re.compile(
    r"\b(?P<what>(?:human|operator|user|pilot|manual|engineer|developer|admin) (?:error|mistake|failure)s?)\b", _I
)
_REJECTS = re.compile(
    r"\b(?:not|never|no|isn['’]t|wasn['’]t|rather than|instead of|avoid|prevent\w*|without|beyond|reduce|"
    r"against|eliminate|prone to|risk of|possibility of|"
    r"so-called|label\w*|protect|guard\w*|resilient|room for|chance of|potential|minimi[sz]e|less|fewer|"
    r"blame-?free|blameless|stop at|conclude)\b",
    _I,
)
_CARELESS = re.compile(
    r"\b(?P<what>careless(?:ly|ness)?|negligen(?:t|ce|tly)|sloppy|sloppiness|incompeten(?:t|ce)|lazy|"
    r"laziness|stupid(?:ity|ly)?|irresponsibl[ey]|reckless(?:ly)?|idiot\w*|"
    r"(?:is|are|was|were) (?:entirely |solely |clearly )?(?:at fault|to blame|the culprit)|blamed on|"
    r"(?:whose|his|her|their) fault|lack of (?:care|attention|discipline|diligence))\b",
    _I,
)
_THING = re.compile(
    r"\b(?:no ?body|no one|nobody|which|code|bug|system|service|process|script|change|commit|config\w*|"
    r"node|server|database|deploy\w*|dns|network|query|tool)\s*$",
    _I,
)
_SYMPTOM = re.compile(
    r"^(?:the |our |an? )?(?:\w+ ){0,3}(?:crashed|went down|was down|failed|ran out of (?:memory|disk|"
    r"space|connections)|timed out|was (?:slow|overloaded|unavailable|unreachable)|stopped working|"
    r"stopped responding)\.?$",
    _I,
)
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)|\b\d{1,2}\s?(?:am|pm)\b", _I)
_MARKS = str.maketrans("", "", "*`_")
_NEUTRAL = {
    "blame/person-as-cause": "Ask what made it look right at the time: what did they see, what was "
    "missing, and how would the next person notice?",
    "blame/human-error": "A slip is where the question starts: what made it easy to do, and hard to "
    "notice? Name that condition instead.",
    "blame/careless-words": "Say what happened and what the system allowed, without grading anybody.",
}
_MISSING = {
    "summary": "Add a summary: two or three sentences that somebody who was not there understands.",
    "impact": "Add the impact: who was affected, how, and for how long.",
    "timeline": "Add a timeline: what happened and what was noticed, with times and a time zone.",
    "what_went_well": "Add what went well: it names what must be kept.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    rule: str
    start: int
    words: str


def _sentence_around(text: str, at: int) -> str:
    start = max(text.rfind(mark, max(0, at - 300), at) for mark in (". ", "! ", "? ", "\n\n")) + 1
    ends = [end for mark in (". ", "! ", "? ", "\n\n") if (end := text.find(mark, at, at + 400)) > 0]
    return text[max(start, 0) : min(ends, default=len(text[: at + 400])) + 1]


def _people_faults(text: str, people: frozenset[str]) -> Iterator[_Hit]:
    for found in _PERSON_FAULT.finditer(text):
        yield _Hit(rule="blame/person-as-cause", start=found.start("who"), words=found.group())
    for found in _NAME_FAULT.finditer(text):
        name = found["who"].casefold()
        if name in people or name in GIVEN_NAMES:
            yield _Hit(rule="blame/person-as-cause", start=found.start("who"), words=found.group())
    for found in _BY_PERSON.finditer(text):
        yield _Hit(rule="blame/person-as-cause", start=found.start(), words=found["what"])


def _human_error(text: str) -> Iterator[_Hit]:
    """ "Human error" as an explanation; not where the sentence rejects it, prevents it, or asks about it."""
    for found in _HUMAN_ERROR.finditer(text):
        sentence = _sentence_around(text, found.start())
        before = sentence[: max(0, sentence.find(found.group()))]
        kind = found.group().casefold().split()[0]
        named = (
            kind == "human"
            or sentence.strip().startswith((found.group() + ":", found.group() + " –"))
            or re.search(r"\b(?:due to|because of|caused by|was an?|result of|root cause)\b", sentence, _I)
        )
        if (
            named
            and not _REJECTS.search(before[-80:])
            and not re.search(r"\b(?:is|was) (?:not|never)\b", sentence, _I)
            and "?" not in sentence
        ):
            yield _Hit(rule="blame/human-error", start=found.start(), words=sentence.strip())


def _careless(text: str) -> Iterator[_Hit]:
    for found in _CARELESS.finditer(text):
        before = text[max(0, found.start() - 40) : found.start()]
        if not _REJECTS.search(before) and not _THING.search(before.rstrip()):
            yield _Hit(rule="blame/careless-words", start=found.start(), words=found.group())


def _block_hits(text: str, people: frozenset[str]) -> list[_Hit]:
    hits = [*_people_faults(text, people), *_human_error(text), *_careless(text)]
    return sorted(hits, key=lambda hit: (hit.start, hit.rule))


def _texts(block: Block) -> Iterator[tuple[int, str]]:
    """The texts of a block with the line of each."""
    if block.kind is BlockKind.TABLE:
        for row in block.rows:
            yield row.line, " | ".join(row.cells)
    elif block.kind is not BlockKind.CODE:
        yield block.line, block.text


def lint_wording(placed: tuple[Placed, ...], people: frozenset[str]) -> Iterator[Finding]:
    """One finding a line for words that make a person the cause."""
    seen: set[tuple[int, str]] = set()
    for entry in placed:
        if entry.block.quoted:
            continue
        for line, raw in _texts(entry.block):
            text = raw.translate(_MARKS).replace("’", "'")
            for hit in _block_hits(text, people):
                at = line + text.count("\n", 0, hit.start)
                if (at, hit.rule) in seen:
                    continue
                seen.add((at, hit.rule))
                excerpt = " ".join(hit.words.split())[:160]
                yield Finding(
                    rule=hit.rule, level="warning", line=at, excerpt=excerpt, remedy=_NEUTRAL[hit.rule], private=True
                )


def lint_completeness(document: Document, placed: tuple[Placed, ...]) -> Iterator[Finding]:
    """What the post-mortem lacks, and where a cause is only a symptom."""
    if document.kind is not Kind.POST_MORTEM or not document.sections:
        return
    for name, remedy in _MISSING.items():
        if name not in document.sections:
            yield Finding(rule=f"complete/{name.replace('_', '-')}", level="note", remedy=remedy)
    causes = {"root_cause", "contributing_factors", "five_whys"} & document.sections.keys()
    if not causes:
        remedy = (
            "Add the contributing factors: ask why, and of each answer why again, until the answer "
            "is something that can be changed."
        )
        yield Finding(rule="complete/causes", level="note", remedy=remedy)
    if "timeline" in document.sections and not _has_times(placed):
        line = document.sections["timeline"]
        yield Finding(
            rule="complete/timeline-times",
            level="note",
            line=line,
            remedy="Give the timeline times, so that the gaps show.",
        )
    if causes == {"root_cause"}:
        yield from _one_cause(placed)


def _has_times(placed: tuple[Placed, ...]) -> bool:
    return any(
        _CLOCK.search(entry.heading) or any(_CLOCK.search(text[:2000]) for _, text in _texts(entry.block))
        for entry in placed
        if any(frame.name == "timeline" for frame in entry.frames) or entry.section == "timeline"
    )


def _one_cause(placed: tuple[Placed, ...]) -> Iterator[Finding]:
    """A root cause that only says what broke is asked one more why."""
    inside = [entry for entry in placed if entry.section == "root_cause" and entry.block.kind is not BlockKind.CODE]
    text = " ".join(" ".join(text for _, text in _texts(entry.block)) for entry in inside).translate(_MARKS).strip()
    if inside and len(text) < 200 and _SYMPTOM.match(text):
        remedy = "This says what broke. Ask one more why: what let it break, and what let nobody notice?"
        yield Finding(
            rule="complete/symptom-as-cause", level="note", line=inside[0].block.line, excerpt=text[:160], remedy=remedy
        )


def lint(body: str, document: Document) -> tuple[Finding, ...]:
    """Findings `blame/…` (private) and `complete/…` about a body that was read as `document`, by line and rule."""
    if not body.strip() or document.link_only:
        return ()
    text, _ = shorten(normalize(body))
    placed, _ = place(cut(text).blocks)
    entries = tuple(placed)
    found = [*lint_wording(entries, find_people(text)), *lint_completeness(document, entries)]
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.rule, finding.excerpt)))
