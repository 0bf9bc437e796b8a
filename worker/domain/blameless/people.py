"""Which words make a person the cause? One finding a line and rule, with a neutral question instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from worker.domain.blameless import patterns as p
from worker.domain.blameless.texts import MARKS, sentence_around, texts
from worker.domain.document.outline import Placed
from worker.domain.model import Finding
from worker.domain.words import GIVEN_NAMES

LEVELS = {"wording/counterfactual": "note"}
NEUTRAL = {
    "blame/person-as-cause": "Ask what made it look right at the time: what did they see, what was "
    "missing, and how would the next person notice?",
    "blame/human-error": "A slip is where the question starts: what made it easy to do, and hard to "
    "notice? Name that condition instead.",
    "blame/careless-words": "Say what happened and what the system allowed, without grading anybody.",
    "wording/counterfactual": "What did not happen explains nothing. Say what did happen, and what made it the "
    "sensible thing to do; what should be different next time belongs to the action items.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    rule: str
    start: int
    words: str


def _people_faults(text: str, people: frozenset[str]) -> Iterator[_Hit]:
    rule = "blame/person-as-cause"
    words = set(p.WORD.findall(text.casefold()))
    somebody = any(word in p.SOMEBODY_WORDS or word.rstrip("s") in p.SOMEBODY_WORDS for word in words)
    for pattern in (p.PERSON_FAULT, p.TEAM_FAULT, p.TEAMS_UNDONE, p.THEY_FAULT) if somebody else ():
        for found in pattern.finditer(text):
            if " who " in found.group() or not p.NOT_THE_DOER.search(text, max(0, found.start() - 12), found.start()):
                yield _Hit(rule=rule, start=found.start("who"), words=found.group())
    # Most blocks name nobody, and these patterns would look at every capital letter.
    named = not words.isdisjoint(GIVEN_NAMES) or not words.isdisjoint(people)
    for pattern in (p.NAME_FAULT, p.NAMES_LAPSE, p.LAPSE_BY) if named else ():
        for found in pattern.finditer(text):
            name = found["who"].casefold()
            if name in people or name in GIVEN_NAMES:
                yield _Hit(rule=rule, start=found.start("who"), words=found.group())
    for found in p.BY_PERSON.finditer(text) if somebody or named else ():
        yield _Hit(rule=rule, start=found.start(), words=found["what"])


def _humans(placed: tuple[Placed, ...]) -> frozenset[str]:
    """The names of which something is told that only people do ("Ada realized", "Ada, who")."""
    names = (
        found["who"].casefold() for entry in placed for _, raw in texts(entry.block) for found in p.HUMAN.finditer(raw)
    )
    return frozenset(names) - p.NOT_A_NAME


def _human_error(text: str) -> Iterator[_Hit]:
    """ "Human error" as an explanation; not where the sentence rejects it, prevents it, or asks about it."""
    for found in p.HUMAN_ERROR.finditer(text):
        sentence = sentence_around(text, found.start())
        before, _, after = sentence.partition(found.group())
        named = (
            found.group().casefold().startswith("human")
            or sentence.strip().startswith((found.group() + ":", found.group() + " –"))
            or p.EXPLAINS.search(sentence)
        )
        if (
            named
            and not p.REJECTS.search(before[-80:])
            and not p.REJECTS_AFTER.search(after[:60])
            and not after.casefold().startswith((" rate", "-prone", " prone", " message", " report"))
            and "?" not in sentence
        ):
            yield _Hit(rule="blame/human-error", start=found.start(), words=sentence.strip())


def _careless(text: str) -> Iterator[_Hit]:
    for found in p.CARELESS.finditer(text):
        before = text[max(0, found.start() - 40) : found.start()]
        if p.REJECTS.search(before) or p.THING.search(before.rstrip()):
            continue
        # A load balancer may well be to blame.
        if p.FAULT_WORDS.search(found.group()) and not p.SOMEBODY.search(before) and not _named(before):
            continue
        yield _Hit(rule="blame/careless-words", start=found.start(), words=found.group())


def _named(words: str) -> bool:
    return any(word.strip(",.") in GIVEN_NAMES for word in words.casefold().split())


def _counterfactuals(text: str) -> Iterator[_Hit]:
    for found in p.COUNTERFACTUAL.finditer(text):
        yield _Hit(rule="wording/counterfactual", start=found.start(), words=found["what"])


def _hits(text: str, people: frozenset[str], *, promises: bool) -> list[_Hit]:
    hits = [*_people_faults(text, people), *_human_error(text), *_careless(text)]
    if not promises:
        hits += _counterfactuals(text)
    return sorted(hits, key=lambda hit: (hit.start, hit.rule))


def lint_wording(placed: tuple[Placed, ...], people: frozenset[str]) -> Iterator[Finding]:
    """One finding a line for words that make a person the cause, or that tell what did not happen."""
    seen: set[tuple[int, str]] = set()
    people |= _humans(placed)
    for entry in placed:
        if entry.block.quoted:
            continue
        for line, raw in texts(entry.block):
            text = raw.translate(MARKS).replace("’", "'")
            for hit in _hits(text, people, promises=entry.in_actions):
                at = line + text.count("\n", 0, hit.start)
                if (at, hit.rule) in seen:
                    continue
                seen.add((at, hit.rule))
                yield Finding(
                    rule=hit.rule,
                    level=LEVELS.get(hit.rule, "warning"),
                    line=at,
                    excerpt=" ".join(hit.words.split())[:160],
                    remedy=NEUTRAL[hit.rule],
                    private=True,
                )
