"""Rules over what a sentence claims: each reads the soft verb or noun that carries it, and what redeems that.

Each returns the span that breaks it, or nothing. A soft verb is redeemed by an outcome that can be seen: "so that …",
a number with a unit, a second and concrete verb ("evaluate … and record the result").
"""

from __future__ import annotations

import re

from worker.domain.smart import wordpatterns as p
from worker.domain.smart.claims import ANCHOR, Claim, first_sentence, read_claim, stripped
from worker.domain.smart.verbs import BETTER, COPE, GOAL, MIND, PEOPLE, THINK
from worker.domain.words import word_set

_I = re.IGNORECASE
_AND_THEN = re.compile(r"(?:,| and| then|;) (?:then |to |also )?(?P<verb>[a-z][a-z-]{2,15}) (?=\S)", _I)
# A second verb redeems the first only if something is left behind by it.
_LEAVES = word_set(
    """
add archive attach compile draft draw mock prepare produce automate block build cap change close commit configure
create cut decide delete deploy disable document
enable enforce enable export file fix implement install lower merge migrate move open page pin post present
publish raise
record reduce remove rename replace report require rewrite roll run schedule send set share split store submit
switch track
turn update upgrade write limit
"""
)
_LEFT = re.compile(
    r"\b(?:attached|recorded|published|documented|posted|linked|filed|written up|submitted) "
    r"(?:to|in|as|on|with|here)\b",
    _I,
)
_ABSTRACT = re.compile(r"\b(?:approach(?:es)?|strateg\w+|practices|posture|philosophy|way|ways)\b", _I)
_ASKS = re.compile(r"(?:how|what|whether|if|why|which|where|when|who)\b", _I)
# What is to be found out stays open, whatever it is wanted for.
_OPEN = re.compile(
    r"[\w-]+ (?:out |into |on |at )?(?:if|whether|how|why|what|which|an? (?:way|solution|approach|method)|ways|"
    r"options|possib\w+)\b",
    _I,
)
_EMPTY_HEADS = word_set(
    """
issues problems concerns gaps weaknesses shortcomings situation situations story mess debt backlog cases case
challenges
failures errors misconfigurations things stuff topic topics aspects pain areas area risks risk mistakes
behaviour behavior
"""
)
_IN_LINE = re.compile(
    r"^(?P<span>(?:bring|get|put|take|move) [^.;,]{2,60}? (?:in line|under control|up to (?:speed|standards?|"
    r"par|scratch)|into "
    r"shape|to the next level|on track|in order))\b",
    _I,
)
_ALL_THINGS = re.compile(r"\b(?:all|any|every|each)\b", _I)


def _redeemed(claim: Claim) -> bool:
    """True where the words go on to something that can be seen."""
    text = claim.sentence
    if p.DONE_WHEN.search(text) or _LEFT.search(text):
        return True
    for found in _AND_THEN.finditer(f" {claim.tail[:300]}"):
        if found["verb"].casefold() in _LEAVES:
            return True
    if claim.kind in {THINK, MIND}:
        decides = re.search(r"\bso that\b", text, _I) is not None and p.outcome(text)
        return decides and claim.kind is THINK and not _OPEN.match(f"{claim.span} {claim.tail}")
    if claim.kind is PEOPLE:
        handed = p.HANDED.search(claim.sentence[:160])
        return (
            bool(ANCHOR.search(text)) or handed is not None or (claim.words > 5 and bool(p.ARTEFACT.search(claim.tail)))
        )
    shown = claim.kind is BETTER and p.SHOWN_BY.search(text) is not None
    return shown or bool(ANCHOR.search(text)) or p.outcome(text) or bool(p.NUMBER.search(text))


def thinks(text: str) -> str:
    """Specific: what is promised happens in the head (consider, look into, a review of)."""
    claim = read_claim(text)
    if claim is None or claim.kind is not THINK or _redeemed(claim):
        return ""
    if claim.span.casefold().startswith(("plan", "identify", "find")) and claim.words >= 5:
        return ""
    opening = claim.span.casefold()
    if opening.startswith("root") and claim.tail.casefold().startswith("analys") and claim.words > 3:
        return ""
    if opening.startswith(("clarify", "come up", "work out", "define how")) and p.ARTEFACT.search(claim.object):
        return claim.span if _ASKS.match(claim.tail) else ""
    if opening.startswith(("review", "diagnos")) and _ABSTRACT.search(claim.object):
        return claim.span
    if opening.startswith(("review", "diagnos")) and len(p.WORD.findall(claim.sentence)) >= 7:
        return ""
    return claim.span


def bettering(text: str) -> str:
    """Specific: a quality is to rise (improve, streamline, tuning of), and nothing says by what change."""
    claim = read_claim(text)
    if claim is None or claim.kind is not BETTER or _redeemed(claim):
        return ""
    if claim.span.casefold().split()[0] in {
        "harden",
        "tune",
        "tuning",
        "simplify",
        "rework",
        "speed",
        "tighten",
        "refactoring",
    }:
        return claim.span if claim.words <= 3 and not re.search(r"\b[A-Z]{2,}\b", claim.object) else ""
    return claim.span


def between_people(text: str) -> str:
    """Specific: it happens between people and leaves no trace (align, reach out, raise awareness, hold accountable)."""
    claim = read_claim(text)
    return claim.span if claim is not None and claim.kind is PEOPLE and not _redeemed(claim) else ""


def attitudes(text: str) -> str:
    """Specific: an attitude (try, continue, be mindful, pay attention)."""
    claim = read_claim(text)
    if claim is None or claim.kind is not MIND or _redeemed(claim):
        return ""
    return claim.span


def copes(text: str) -> str:
    """Specific: something is dealt with, and neither what nor how is said."""
    in_line = _IN_LINE.match(stripped(first_sentence(text)))
    if in_line is not None and not ANCHOR.search(text):
        return in_line["span"]
    claim = read_claim(text)
    if claim is None or claim.kind is not COPE or _redeemed(claim):
        return ""
    words = re.findall(r"[a-z'-]+", claim.object.casefold())
    empty = bool(_EMPTY_HEADS.intersection(words))
    concrete = claim.span.casefold() in {"resolve", "solve", "fix up", "address", "handle", "clean up", "manage"}
    if empty or not concrete or claim.words <= 2:
        return claim.span
    return ""


def ends_without_means(text: str) -> str:
    """Specific: an end (avoid, eliminate, prevent, zero) without the means."""
    claim = read_claim(text)
    if claim is None or claim.kind is not GOAL or _redeemed(claim):
        return ""
    vague = _EMPTY_HEADS.intersection(re.findall(r"[a-z'-]+", claim.object.casefold())) or _ALL_THINGS.search(
        claim.object
    )
    return claim.span if vague or claim.words <= 3 else ""


CLAIMS = (thinks, bettering, between_people, attitudes, copes, ends_without_means)
