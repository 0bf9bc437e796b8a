"""What does a post-mortem still lack: sections, times, a second cause, one more why, actions tied to causes?

Everything here is a question to the author, at the level of a note unless policy says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from worker.domain.blameless.texts import MARKS, texts
from worker.domain.document.blocks import BlockKind
from worker.domain.document.outline import Placed
from worker.domain.model import Document, Finding, Kind
from worker.domain.smart.relevance import is_tied_to_cause
from worker.domain.smart.stems import stems

_I = re.IGNORECASE
_THING = (
    r"(?:crashed|went (?:down|offline|away)|(?:was|were|became|is) (?:down|offline|slow|overloaded|unavailable|"
    r"unreachable|unresponsive|"
    r"full|exhausted|dead)|failed|(?:ran|run) out of (?:memory|disk|space|disk space|connections|resources|"
    r"capacity)|timed out|"
    r"(?:stopped|quit) (?:working|responding|serving)|hung|froze|returned (?:errors|5\d\d\w*|500s?|\w+ errors)|"
    r"(?:had|has) (?:an outage|problems|issues)|died|did not respond|was oom-?killed|exceeded (?:its|the) "
    r"(?:limit|quota|"
    r"capacity))"
)
_SYMPTOM = re.compile(
    rf"^(?:the root cause (?:is|was) (?:that )?)?(?:the |our |an? |one )?(?:[\w/-]+ ){{0,4}}?{_THING}"
    r"(?: (?:again|at|on|during|for|in|since)\b[^.;,]{0,40})?\.?$",
    _I,
)
_CLOCK = re.compile(
    r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)|\b\d{1,2}\s?(?:am|pm)\b|T\d{2}:\d{2}|\+\d{1,3} ?(?:min|m|h)\b|\d{1,2}時", _I
)
_ONLY = re.compile(
    r"\b(?P<what>(?:the|a) (?:single|sole|only|one and only) (?:root )?cause|(?:sole|only|single) reason)\b", _I
)
_DEEPER = re.compile(
    r"\b(?:because|since|due to|as a result of|caused by|which (?:was|were|led|meant)|owing to|in turn|allowed|let)\b",
    _I,
)
_WHY = re.compile(r"^\s*(?:[-*>|\d.)#\s]*)\**(?:why|warum|pourquoi|why\?)\b|^\s*\d[.)]\s|^なぜ", _I)
_BACK = re.compile(r"\b(?:this|that|it|they|these|those|so|the (?:above|former|same))\b", _I)
LEAST_WHYS = 3
_MISSING = {
    "summary": "Add a summary: two or three sentences that somebody who was not there understands.",
    "impact": "Add the impact: who was affected, how, and for how long.",
    "timeline": "Add a timeline: what happened and what was noticed, with times and a time zone.",
    "what_went_well": "Add what went well: it names what must be kept.",
}


def lint_completeness(document: Document, placed: tuple[Placed, ...]) -> Iterator[Finding]:
    """What the post-mortem lacks, and where a cause is only a symptom."""
    if document.kind is not Kind.POST_MORTEM or not document.sections:
        return
    for name, remedy in _MISSING.items():
        if name not in document.sections:
            yield _note(name.replace("_", "-"), remedy)
    causes = {"root_cause", "contributing_factors", "five_whys"} & document.sections.keys()
    if not causes:
        yield _note(
            "causes",
            "Add the contributing factors: ask why, and of each answer why again, until the answer "
            "is something that can be changed.",
        )
    if "timeline" in document.sections and not _has_times(placed):
        yield _note(
            "timeline-times", "Give the timeline times, so that the gaps show.", line=document.sections["timeline"]
        )
    yield from _one_cause(placed, causes)
    if "five_whys" in causes:
        yield from _whys(placed, document.sections["five_whys"])
    if causes and len(document.items) >= 2 and not any(is_tied_to_cause(item, document) for item in document.items):
        yield _note(
            "actions-linked",
            "No action item speaks of a cause that is told here: say for each cause what will be done about it, or "
            "that nothing will.",
            line=document.sections.get("action_items", 0),
        )


def _note(name: str, remedy: str, *, line: int = 0, excerpt: str = "") -> Finding:
    return Finding(rule=f"complete/{name}", level="note", line=line, excerpt=excerpt, remedy=remedy)


def _has_times(placed: tuple[Placed, ...]) -> bool:
    inside = [
        entry
        for entry in placed
        if any(frame.name == "timeline" for frame in entry.frames) or entry.section == "timeline"
    ]
    return any(
        _CLOCK.search(entry.heading)
        or entry.block.kind is BlockKind.CODE
        or any(_CLOCK.search(text[:2000]) for _, text in texts(entry.block))
        for entry in inside
    )


def _told(placed: Sequence[Placed], section: str) -> list[tuple[int, str]]:
    """The lines of text of one section, with their numbers in the body."""
    return [
        (line, text.translate(MARKS).strip())
        for entry in placed
        if entry.section == section and entry.block.kind not in {BlockKind.CODE, BlockKind.HEADING}
        for line, text in texts(entry.block)
        if text.strip()
    ]


def _one_cause(placed: tuple[Placed, ...], causes: set[str]) -> Iterator[Finding]:
    """A root cause that only says what broke is asked one more why; one that stands alone is asked for others."""
    inside = _told(placed, "root_cause")
    if not inside:
        return
    text = " ".join(words for _, words in inside)
    line = inside[0][0]
    if len(text) < 200 and _SYMPTOM.match(text):
        remedy = "This says what broke. Ask one more why: what let it break, and what let nobody notice?"
        yield _note("symptom-as-cause", remedy, line=line, excerpt=text[:160])
        return
    said = _ONLY.search(text[:2000])
    alone = causes == {"root_cause"} and len(inside) == 1 and len(text) < 240 and not _DEEPER.search(text)
    if said is not None or alone:
        excerpt = said["what"] if said is not None else text[:160]
        remedy = (
            "Incidents have several causes. What else had to be so: what made it possible, what hid it, what made "
            "it last?"
        )
        yield _note("one-cause", remedy, line=line, excerpt=excerpt)


def _whys(placed: tuple[Placed, ...], line: int) -> Iterator[Finding]:
    """A chain of whys: at least three, and each takes up the words of the one before."""
    steps = _steps(_told(placed, "five_whys"))
    if len(steps) < 2:
        return
    if len(steps) < LEAST_WHYS:
        remedy = f"The chain ends after {len(steps)} whys. Ask on until the answer is something that can be changed."
        yield _note("whys-chain", remedy, line=steps[-1][0])
        return
    for (_, before), (at, after) in pairwise(steps):
        first = re.split(r"[?:–—-]", after, maxsplit=1)[0]
        linked = stems(before) & stems(after) or _BACK.search(first[:120]) or len(stems(after)) < 2
        if not linked:
            remedy = (
                "This why does not ask about the answer before it: say how the one led to the other, or begin a "
                "second chain."
            )
            yield _note("whys-chain", remedy, line=at or line, excerpt=after[:120])


def _steps(told: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Question and answer of each why as one text; an answer that stands below its question belongs to it."""
    steps: list[tuple[int, str]] = []
    for at, text in told:
        for offset, line in enumerate(text.split("\n")):
            words = line.strip()
            if not words:
                continue
            if not steps or _WHY.match(words) or (words.endswith("?") and not steps[-1][1].endswith("?")):
                steps.append((at + offset, words))
            elif any(_WHY.match(known) for _, known in steps):
                steps[-1] = (steps[-1][0], f"{steps[-1][1]} {words}")
            else:
                steps.append((at + offset, words))
    return steps[:20]
