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
    opening = COMMITS.match(first)
    if opening is not None and not commits(first) and not owned:
        return False  # "We have to do better": a wish, though a verb of work follows
    if owned or first_verb(text, people) or commits(first) or names_work(text):
        return True
    return len(text.split()) <= 25 and bool(NEED.search(text))


def only_talks(sentence: str) -> bool:
    """True for what somebody says they will do that is no work ("We will meet again next week.")."""
    found = COMMITS.match(sentence)
    return found is not None and TALK.match(sentence, max(found.start("verb"), found.start("theirs"))) is not None


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


_WORK_NAMED = re.compile(
    r"^(?:[A-Z][a-z]{2,20}(?:tion|sion|ment|ance|ing)(?: and [a-z]{3,20}(?:tion|sion|ment|ance|ing))?|"
    r"Review(?: and [a-z]{3,20})?|Removal|Addition|Upgrade|Update|Setup|Rollout|Analysis|Purchase|Procurement) of \S"
)
_GERUND = re.compile(r"^(?P<stem>[A-Za-z-]{2,18})ing (?:that|the|a|an|our|all|more|better|up|out|in|to|[a-z]{3,20}s)\b")


def names_work(text: str) -> bool:
    """True for words that name a piece of work instead of asking for it ("Replacement of …", "Adding an alert …")."""
    if _WORK_NAMED.match(text):
        return True
    found = _GERUND.match(text)
    if found is None:
        return False
    stem = found["stem"].casefold()
    return bool({stem, f"{stem}e", stem[:-1] if stem[-2:-1] == stem[-1:] else stem} & TASK_VERBS)


_IN_DETAIL = re.compile(
    r"(?:specifically|namely|in particular|in detail|for example|for instance|"
    r"this (?:includes|means|gives us|brings))[^.]{0,20}[:：]$",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"\b(?:following|things|steps|actions|measures|improvements|changes|areas|below)\b", re.IGNORECASE
)


def elaborated(raw: str) -> str:
    """The words of a paragraph that promises one thing and then explains it in a list ("We will move to the new mesh.
    Specifically:"), without the last ones; "" where it only announces several."""
    *before, last = SENTENCE.split(raw)
    promised = [plain(sentence) for sentence in before[-10:] if commits(plain(sentence))]
    one = _IN_DETAIL.match(plain(last)) is not None and len(promised) == 1 and not _SEVERAL.search(promised[0])
    return raw[: raw.rfind(last)].rstrip() if one else ""


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


def marked_lines(block: Block, group: Group) -> Iterator[Candidate]:
    """A paragraph that opens with a marker: one item at each of its lines that has one ("TODO(ana): …")."""
    lines = block.text.split("\n")
    starts = [n for n, line in enumerate(lines) if not n or lead_marker(line[:80])]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield Candidate(line=block.line + start, raw="\n".join(lines[start:end]), group=group)


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
