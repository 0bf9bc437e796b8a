"""Find the promises that stand in prose: sentences in which somebody commits to something."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.domain.document.blocks import Block
from worker.domain.document.candidates import Candidate, Group
from worker.domain.document.outline import Placed
from worker.domain.document.owners import take_front
from worker.domain.document.phrases import (
    COMMITS,
    LINKING,
    NEED,
    OBLIGES,
    REPORTS,
    SENTENCE,
    TALK,
    first_verb,
    plain,
    without_label,
)
from worker.domain.document.status import is_past, lead_marker
from worker.domain.words import TASK_VERBS


def promises(text: str, people: frozenset[str], *, owned: bool) -> bool:
    """True where a paragraph is itself a promise: it opens with a verb or a commitment, or names its owner."""
    first = SENTENCE.split(text, 1)[0]
    if owned or first_verb(text, people) or commits(first):
        return True
    return len(text.split()) <= 25 and bool(NEED.search(text))


def commits(sentence: str) -> bool:
    """True where a sentence commits somebody to work, or reports work done since ("We will …", "We have also …")."""
    found = COMMITS.search(sentence)
    if found is not None:
        return TALK.match(sentence, max(found.start("verb"), found.start("theirs"))) is None
    found = REPORTS.match(sentence)
    if found is not None:
        return is_past(found["verb"])
    rest = LINKING.sub("", without_label(sentence))
    found = OBLIGES.match(rest)
    if found is not None:
        works = found["verb"] in TASK_VERBS or found["modal"] != "will"
        return works and TALK.match(rest, found.start("verb")) is None
    return bool(re.search(r"\bwe need (?:an?|more|better|the)\b", sentence, re.IGNORECASE))


def shared_out(raw: str, people: frozenset[str]) -> bool:
    """True where two sentences at least each say who will do something ("Ana will … . We have also moved …")."""
    parts = SENTENCE.split(raw)[:40]
    return sum(commits(plain(part)) or bool(take_front(part, people)) for part in parts) > 1


def sentences(block: Block, group: Group, people: frozenset[str]) -> Iterator[Candidate]:
    """In longer prose, the sentences in which somebody commits to something."""
    position = 0
    for sentence in SENTENCE.split(block.text):
        at = block.text.find(sentence, position)
        position = max(at, 0) + len(sentence)
        words = sentence.split()
        if 3 < len(words) < 80 and (commits(plain(sentence)) or take_front(sentence, people)):
            line = block.line + block.text.count("\n", 0, max(at, 0))
            yield Candidate(line=line, raw=sentence, group=group)


def marked_sentences(entry: Placed) -> Iterator[Candidate]:
    """The sentences of a paragraph that are marked as work, somewhere behind its first."""
    text, position = entry.block.text, 0
    if "TODO" not in text and "ction item" not in text:
        return
    for sentence in SENTENCE.split(text)[:200]:
        at = text.find(sentence, position)
        position = max(at, 0) + len(sentence)
        if at > 0 and lead_marker(sentence[:80]) in {"TODO", "ACTION ITEM"}:
            line = entry.block.line + text.count("\n", 0, at)
            yield Candidate(line=line, raw=sentence, group=Group(heading=entry.heading))
