"""Which listed item is which remembered one?

A document has no ids: its lines are reworded, reordered, ticked and moved between lists and tables. Matching is
one-to-one and in this order: by reference, by words, by likeness, where the best assignment of all wins. A pair that
is merely alike, and no more alike than neighbours that are known to be different things, is not matched: a second issue
is a nuisance, but a promise that is taken for another one is lost. Nothing is random, so `plan` and `apply` agree.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from worker.domain.likeness import Likeness, Words, assign, normal, words_of
from worker.domain.model import ActionItem, IssueRef
from worker.domain.state import TEXT_LIMIT

ID_LENGTH = 6
NEIGHBOUR = 0.04  # what an unchanged neighbour adds to a likeness, which is between 0 and 1
LEAST_ELABORATED = 3  # words: fewer are the beginning of too many different items
MOST_EQUAL_PAIRS = 2_500  # beyond, lines with the same words are paired in their order

Resolve = Callable[[str], IssueRef | None] | Mapping[str, IssueRef | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One remembered item. `text` is as last listed (cut to 120 characters), `title` that of its issue. Their order is
    the order in which they were listed last. `listed` is False for one that had vanished before."""

    id: str
    text: str
    ref: IssueRef | None = None
    title: str = ""
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What one listed item is. `why` explains it: `same reference`, `same words`, `reworded: 0.83`, `new`.

    `repeats` is the index of another listed item that names the same issue as its own: it is the same promise, listed
    twice, and has the same id.
    """

    id: str
    new: bool
    why: str
    repeats: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """`matches` has one entry a listed item, in their order; `vanished` are the ids that nothing was matched to, in the
    order of the known."""

    matches: tuple[Match, ...]
    vanished: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The id of each listed item, in their order."""
        return tuple(match.id for match in self.matches)


def match_items(listed: Sequence[ActionItem], known: Sequence[Known], *, resolve: Resolve) -> Matching:
    """Return what each listed item is, and which known ones have vanished.

    `resolve` turns a reference as written into an address, or None. Takes well under a second for 1,000 items.
    """
    return _Matcher(listed, known, resolve).run()


class _Matcher:
    """One run. `found` and `taken` are the matching so far, from each side."""

    def __init__(self, listed: Sequence[ActionItem], known: Sequence[Known], resolve: Resolve) -> None:
        self.listed = listed
        self.known = known
        look = resolve.get if isinstance(resolve, Mapping) else resolve
        self.refs = [_own_ref(item, look) for item in listed]
        self.new_words = [words_of(item.text) for item in listed]
        self.old_words = [words_of(k.text, was_cut=len(k.text) >= TEXT_LIMIT or k.text.endswith("…")) for k in known]
        self.titles = [words_of(k.title, was_cut=k.title.endswith("…")) for k in known]
        self.found: dict[int, int] = {}
        self.taken: dict[int, int] = {}
        self.why: dict[int, str] = {}
        self.repeats: dict[int, int] = {}

    def run(self) -> Matching:
        self.by_reference()
        self.by_words(self.old_words, "same words")
        self.by_words(self.titles, "same words as its issue")
        self.by_likeness()
        self.by_elaboration()
        return self.result()

    def pair(self, new: int, old: int, why: str) -> None:
        self.found[new], self.taken[old], self.why[new] = old, new, why

    def by_reference(self) -> None:
        """The same issue is the same item, whatever its words; of several lines that name it, the likest is it."""
        of_ref: dict[IssueRef, list[int]] = defaultdict(list)
        for new, ref in enumerate(self.refs):
            if ref is not None:
                of_ref[ref].append(new)
        owner: dict[IssueRef, int] = {}
        for old, k in enumerate(self.known):
            if k.ref is not None:
                owner.setdefault(k.ref, old)
        likeness = Likeness(self.new_words, self.old_words)
        for ref, lines in of_ref.items():
            first = lines[0]
            if ref in owner:
                old = owner[ref]
                first = max(lines, key=lambda new: (likeness.score(new, old), -new))
                self.pair(first, old, "same reference")
            self.repeats.update({new: first for new in lines if new != first})

    def free_new(self) -> list[int]:
        return [n for n in range(len(self.listed)) if n not in self.found and n not in self.repeats]

    def free_old(self) -> list[int]:
        return [o for o in range(len(self.known)) if o not in self.taken]

    def by_words(self, old_words: Sequence[Words], why: str) -> None:
        """The same words are the same item; where there are more on one side, those whose neighbours stayed."""
        groups: dict[tuple[str, ...], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        cut_lengths = set()
        for old in self.free_old():
            words = old_words[old]
            if words.words:
                groups[words.words][1].append(old)
                if words.was_cut:
                    cut_lengths.add(len(words.words))
        # What was remembered may have been cut: it is compared with as much of the listed text.
        for new in self.free_new():
            whole = self.new_words[new].words
            lengths = (len(whole), *(n for n in sorted(cut_lengths, reverse=True) if n < len(whole)))
            for length in lengths:
                group = groups.get(whole[:length])
                if group and (length == len(whole) or any(old_words[o].was_cut for o in group[1])):
                    group[0].append(new)
                    break
        uneven = []
        for new_side, old_side in groups.values():
            if not new_side or not old_side:
                continue
            if len(new_side) == len(old_side) or len(new_side) * len(old_side) > MOST_EQUAL_PAIRS:
                # Lines are equal, so any order would do; keeping theirs is what a reader expects.
                for new, old in zip(new_side, sorted(old_side, key=self.age), strict=False):
                    self.pair(new, old, why)
            else:
                uneven.append((new_side, old_side))
        for new_side, old_side in uneven:
            beside = {(n, o): self.context(n, o, self.found)[1] for n in new_side for o in old_side}
            scores = {(n, o): 0.5 + more - self.age(o)[0] / 10 for (n, o), more in beside.items()}
            for new, old in assign(scores, floor=0.0):
                self.pair(new, old, why)

    def age(self, old: int) -> tuple[int, int]:
        """What is still listed comes before what had vanished."""
        return (int(not self.known[old].listed), old)

    def context(self, new: int, old: int, found: Mapping[int, int]) -> tuple[int, float]:
        """How many of the two neighbours are the same (the ends of the lists count as such), and what that and the
        place in the list add to a score."""
        same = 0
        for step in (-1, 1):
            beside_new, beside_old = new + step, old + step
            ends = (not 0 <= beside_new < len(self.listed), not 0 <= beside_old < len(self.known))
            same += all(ends) or (not any(ends) and found.get(beside_new) == beside_old)
        return same, same * NEIGHBOUR + 0.02 / (1 + abs(new - old))

    def by_likeness(self) -> None:
        """What was reworded: the best assignment over all that is left."""
        new_side, old_side = self.free_new(), self.free_old()
        if not new_side or not old_side:
            return
        likeness = Likeness(self.new_words, self.old_words, self.titles)
        choices = likeness.choices(old_side)
        alike: dict[tuple[int, int], float] = {}
        siblings: set[tuple[int, int]] = set()
        for new in new_side:
            for old, score in likeness.candidates(new, choices):
                if self.refs[new] is not None and self.known[old].ref is not None:
                    continue  # Each names its own issue, and they are two.
                alike[new, old] = score - self.age(old)[0] * 0.05
                if likeness.is_sibling(new, old):
                    siblings.add((new, old))
        # A mere sibling is taken only between the same neighbours, and where nothing better is there for either.
        better_new = {new for new, old in alike if (new, old) not in siblings}
        better_old = {old for new, old in alike if (new, old) not in siblings}
        # A reworded neighbour is a neighbour too, but is known only after a first round.
        found = dict(self.found)
        for _ in range(2):
            scores = {}
            for (new, old), score in alike.items():
                same, more = self.context(new, old, found)
                edited = same == 2 and new not in better_new and old not in better_old
                if edited or (new, old) not in siblings:
                    scores[new, old] = score + more
            pairs = assign(scores)
            found = {**self.found, **dict(pairs)}
        for new, old in pairs:
            self.pair(new, old, f"reworded: {alike[new, old]:.2f}")

    def by_elaboration(self) -> None:
        """What was said more (or less) fully: one text begins with the whole other, and no third begins so."""
        pairs = [
            (new, old)
            for new in self.free_new()
            for old in self.free_old()
            if _begins_with(self.new_words[new].words, self.old_words[old].words)
            and (self.refs[new] is None or self.known[old].ref is None)
        ]
        news, olds = Counter(new for new, _ in pairs), Counter(old for _, old in pairs)
        for new, old in pairs:
            if news[new] == olds[old] == 1:
                self.pair(new, old, "said more fully")

    def result(self) -> Matching:
        used = {k.id for k in self.known}
        times: Counter[str] = Counter()
        ids: dict[int, Match] = {}
        for new, item in enumerate(self.listed):
            if new in self.repeats:
                continue
            identity = normal(item.text)
            if not identity:
                ref = self.refs[new]
                identity = f"\0{ref.key if ref else ' '.join(item.refs)}"
            times[identity] += 1
            if new in self.found:
                ids[new] = Match(id=self.known[self.found[new]].id, new=False, why=self.why[new])
            else:
                ids[new] = Match(id=_new_id(identity, times[identity], used), new=True, why="new")
                used.add(ids[new].id)
        for new, first in self.repeats.items():
            ids[new] = Match(id=ids[first].id, new=False, why="same reference", repeats=first)
        return Matching(
            matches=tuple(ids[n] for n in range(len(self.listed))),
            vanished=tuple(k.id for old, k in enumerate(self.known) if old not in self.taken),
        )


def _begins_with(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    short = min(len(one), len(other))
    return short >= LEAST_ELABORATED and one[:short] == other[:short]


def _own_ref(item: ActionItem, look: Callable[[str], IssueRef | None]) -> IssueRef | None:
    """The issue that the item names as its own. Other references are about something else."""
    if not (item.ref_is_own or not item.text.strip()):
        return None
    return next((ref for written in item.refs if (ref := look(written)) is not None), None)


def _new_id(identity: str, occurrence: int, used: Iterable[str]) -> str:
    """An id from the words alone: six letters and digits, more where another item has these already."""
    digest = hashlib.sha256(f"{identity}\n{occurrence}".encode(errors="replace")).digest()
    letters = base64.b32encode(digest).decode().rstrip("=").lower()
    return next(letters[:n] for n in range(ID_LENGTH, len(letters)) if letters[:n] not in used)
