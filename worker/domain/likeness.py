"""How alike are two short texts, and which pairing of many is the best?

Words count by what they tell: "the" little, a word that every item has little, a name or a number much. Texts that were
cut are compared with as much of the other. Nothing here knows what an action item is.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

ALIKE = 0.5  # below this, two texts are different things
FAMILY = 0.5  # from this on, two different items are so alike that only their differing words tell them apart
COMPARED = 400  # characters of a text that are looked at; what is remembered of one is much shorter
_CANDIDATES = 12
_RARE = 5  # a word that at most so many texts have points to them
_BUDGET_STEPS = 1_500_000  # of the exact assignment; about a second

_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}\)")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_BOX = re.compile(r"^\s*(?:[-*+]\s+)?\[[ xX]\]\s+")
_APOSTROPHES = str.maketrans("", "", "'’`\u200c\u200d\u00ad\u200b")
_STOP = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "if", "in", "into", "is", "it", "its", "of", "on"}
    | {"or", "our", "so", "than", "that", "the", "their", "then", "this", "to", "via", "we", "when", "will", "with"}
)
_COMMON = frozenset(
    {"add", "change", "check", "create", "document", "ensure", "fix", "improve", "make", "review", "set", "update"}
    | {"use", "write", "all", "any", "before", "after", "not", "no", "should", "must", "new", "up", "out"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text as words: folded, without markup and punctuation, in order. `hard` are those that name something (a
    number, an acronym, an identifier). `was_cut` says that the text goes on; its last word, which may be a part of one,
    is left out."""

    words: tuple[str, ...]
    hard: frozenset[str] = frozenset()
    was_cut: bool = False

    @property
    def joined(self) -> str:
        return " ".join(self.words)


def words_of(text: str, *, was_cut: bool = False) -> Words:
    """Return the words of a text."""
    bare = _TAG.sub(" ", _LINK.sub(r"\1", _BOX.sub("", text[:COMPARED])))
    bare = unicodedata.normalize("NFKC", bare).translate(_APOSTROPHES)
    split = _split(bare)
    if was_cut and len(split) > 1:
        split = split[:-1]
    shouted = bare.isupper()
    hard = frozenset(w.casefold() for w in split if _is_hard(w, shouted=shouted))
    return Words(words=tuple(w.casefold() for w in split), hard=hard, was_cut=was_cut)


def _split(text: str) -> list[str]:
    """Runs of letters, digits and their accents; where a script writes no blanks, each sign."""
    out: list[str] = []
    run = ""
    for c in text:
        if "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\u0e00" <= c <= "\u0eff" or c >= "\U00020000":
            out += [run, c]
            run = ""
        elif c.isalnum() or (run and unicodedata.category(c)[0] == "M"):
            run += c
        else:
            out.append(run)
            run = ""
    return [word for word in (*out, run) if word]


def _is_hard(word: str, *, shouted: bool) -> bool:
    if any(c.isdigit() for c in word):
        return True
    return not shouted and len(word) > 1 and any(c.isupper() for c in word[1:])


def normal(text: str) -> str:
    """The text's words with single blanks: equal for texts that differ in case, markup and punctuation only."""
    return words_of(text).joined


class Likeness:
    """Compares new texts with old ones. `others` are second texts of the old ones; the better counts."""

    def __init__(self, new: Sequence[Words], old: Sequence[Words], others: Sequence[Words] = ()) -> None:
        self.new = new
        self.old = old
        self.others = others
        self.counts: Counter[str] = Counter(w for words in old for w in set(words.words))
        self.hard = frozenset().union(*(w.hard for w in (*new, *old)))
        self._sorted_new = [" ".join(sorted(w.words)) for w in new]
        self._sorted_old = [" ".join(sorted(w.words)) for w in old]
        self._holders: dict[str, list[int]] = defaultdict(list)
        for at, words in enumerate(old):
            for word in set(words.words):
                self._holders[word].append(at)
        self._siblings_new: dict[int, tuple[int, ...]] = {}
        self._siblings_old: dict[int, tuple[int, ...]] = {}

    def weight(self, word: str) -> float:
        """What a word tells."""
        if word in _STOP:
            return 0.15
        kind = 2.0 if word in self.hard else 0.5 if word in _COMMON else 1.0
        return kind / (1 + math.log2(max(1, self.counts[word])) / 2)

    def _alike(self, a: Words, b: Words) -> float:
        if b.was_cut != a.was_cut:
            a, b = (_as_long_as(a, b), b) if b.was_cut else (a, _as_long_as(b, a))
        left, right = set(a.words), set(b.words)
        total = sum(map(self.weight, sorted(left))) + sum(map(self.weight, sorted(right)))
        if not total:
            return 0.0
        shared = 2 * sum(map(self.weight, sorted(left & right)))
        rest = right - left
        for word in sorted(left - right):
            kin = next((other for other in sorted(rest) if _kin(word, other)), None)
            if kin is not None:
                rest.discard(kin)
                shared += 0.8 * (self.weight(word) + self.weight(kin))
        return 0.85 * shared / total + 0.15 * fuzz.ratio(a.joined, b.joined) / 100

    def score(self, new: int, old: int) -> float:
        """How alike they are, from 0 to 1."""
        score = self._alike(self.new[new], self.old[old])
        if self.others and self.others[old].words:
            score = max(score, self._alike(self.new[new], self.others[old]))
        return score

    def candidates(self, new: int, among: Mapping[int, str]) -> list[tuple[int, float]]:
        """The old ones (of `among`, see `choices`) that may be meant by a new one, with their score."""
        if not self.new[new].words:
            return []
        query = self._sorted_new[new]
        near = {
            key for _, _, key in process.extract(query, among, scorer=fuzz.ratio, score_cutoff=35, limit=_CANDIDATES)
        }
        for word in set(self.new[new].words):
            holders = self._holders.get(word, [])
            if len(holders) <= _RARE:
                near |= {old for old in holders if old in among}
        if self.others:
            near |= {o for o in among if self.others[o].words and self.others[o].words != self.old[o].words}
        scored = ((old, self.score(new, old)) for old in sorted(near))
        return [(old, score) for old, score in scored if score >= ALIKE]

    def choices(self, among: Sequence[int]) -> dict[int, str]:
        """The old texts as `candidates` looks through them."""
        return {old: self._sorted_old[old] for old in among}

    def is_sibling(self, new: int, old: int) -> bool:
        """Whether the two are alike only as a family is: other items, known to be different, are as alike, and the new
        text has none of the words that set the old one apart from such an item (or the other way round)."""
        for other in self._family(old, self._sorted_old, self._siblings_old):
            if _lacks_all(self.new[new], set(self.old[old].words) - set(self.old[other].words)):
                return True
        for other in self._family(new, self._sorted_new, self._siblings_new):
            if _lacks_all(self.old[old], set(self.new[new].words) - set(self.new[other].words)):
                return True
        return False

    def _family(self, at: int, texts: Sequence[str], known: dict[int, tuple[int, ...]]) -> tuple[int, ...]:
        """The other texts of one side that are nearly the same as this one."""
        if at not in known:
            side = self.old if texts is self._sorted_old else self.new
            found = process.extract(texts[at], texts, scorer=fuzz.ratio, score_cutoff=60, limit=_CANDIDATES)
            known[at] = tuple(
                o for _, _, o in found if texts[o] != texts[at] and self._alike(side[at], side[o]) >= FAMILY
            )
        return known[at]


def _as_long_as(words: Words, model: Words) -> Words:
    """The beginning of a text, as long as another one that was cut."""
    room = len(model.joined)
    kept: list[str] = []
    for word in words.words:
        if room < 0:
            break
        kept.append(word)
        room -= len(word) + 1
    return Words(words=tuple(kept[: len(model.words) + 2]), hard=words.hard, was_cut=True)


def _kin(a: str, b: str) -> bool:
    """Two forms of one word (`alert`, `alerts`, `alerting`), never two numbers or short names."""
    if min(len(a), len(b)) < 4 or a[:3] != b[:3] or any(c.isdigit() for c in a + b):
        return False
    shared = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= 4 and shared >= 0.6 * max(len(a), len(b))


def _lacks_all(text: Words, telling: set[str]) -> bool:
    telling = telling - _STOP
    have = set(text.words)
    return bool(telling) and not any(word in have or any(_kin(word, h) for h in have) for word in telling)


def assign(scores: Mapping[tuple[int, int], float], *, floor: float = 0.4) -> list[tuple[int, int]]:
    """Return the one-to-one pairing with the greatest sum of (score - floor), sorted.

    Exact within a fixed number of steps; what is beyond them is paired greedily, the best score first, equal ones in
    order. Never depends on the order of the mapping.
    """
    left_of: dict[int, list[int]] = defaultdict(list)
    right_of: dict[int, list[int]] = defaultdict(list)
    for left, right in sorted(scores):
        left_of[left].append(right)
        right_of[right].append(left)
    out: list[tuple[int, int]] = []
    seen: set[int] = set()
    steps = _BUDGET_STEPS
    for start in sorted(left_of):
        if start in seen:
            continue
        lefts, rights, queue = {start}, set[int](), [start]
        while queue:
            for right in left_of[queue.pop()]:
                if right not in rights:
                    rights.add(right)
                    more = set(right_of[right]) - lefts
                    lefts |= more
                    queue += more
        seen |= lefts
        size = min(len(lefts), len(rights)) ** 2 * max(len(lefts), len(rights))
        if size <= steps:
            steps -= size
            out += _optimal(sorted(lefts), sorted(rights), scores, floor)
        else:
            out += _greedy({pair: scores[pair] for pair in scores if pair[0] in lefts})
    return sorted(out)


def _greedy(scores: Mapping[tuple[int, int], float]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    lefts: set[int] = set()
    rights: set[int] = set()
    for (left, right), _ in sorted(scores.items(), key=lambda entry: (-entry[1], entry[0])):
        if left not in lefts and right not in rights:
            lefts.add(left)
            rights.add(right)
            out.append((left, right))
    return out


def _optimal(
    lefts: Sequence[int], rights: Sequence[int], scores: Mapping[tuple[int, int], float], floor: float
) -> list[tuple[int, int]]:
    """The Hungarian method with potentials, rows no more than columns; a pair without a score costs nothing."""
    turned = len(lefts) > len(rights)
    rows, columns = (rights, lefts) if turned else (lefts, rights)

    def cost(row: int, column: int) -> float:
        pair = (columns[column - 1], rows[row - 1]) if turned else (rows[row - 1], columns[column - 1])
        return -max(0.0, scores[pair] - floor) if pair in scores else 0.0

    n, m = len(rows), len(columns)
    u, v = [0.0] * (n + 1), [0.0] * (m + 1)
    row_of, way = [0] * (m + 1), [0] * (m + 1)
    for row in range(1, n + 1):
        row_of[0] = row
        column = 0
        least = [math.inf] * (m + 1)
        used = [False] * (m + 1)
        while True:
            used[column] = True
            at, delta, following = row_of[column], math.inf, 0
            for j in range(1, m + 1):
                if used[j]:
                    continue
                reduced = cost(at, j) - u[at] - v[j]
                if reduced < least[j]:
                    least[j], way[j] = reduced, column
                if least[j] < delta:
                    delta, following = least[j], j
            for j in range(m + 1):
                if used[j]:
                    u[row_of[j]] += delta
                    v[j] -= delta
                else:
                    least[j] -= delta
            column = following
            if row_of[column] == 0:
                break
        while column:
            row_of[column], column = row_of[way[column]], way[column]
    pairs = ((rows[row_of[j] - 1], columns[j - 1]) for j in range(1, m + 1) if row_of[j])
    ordered = ((b, a) if turned else (a, b) for a, b in pairs)
    return [pair for pair in ordered if scores.get(pair, 0.0) > floor]
