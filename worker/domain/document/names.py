"""Find the names of people that a document itself gives away, where no list of given names can know them.

A capitalized word where the field writes owners ("Zubayda: add …", "Zubayda to add …", "… (Zubayda)") is a name when it
is no word of the trade, and the document never uses it as a common word ("the kafka cluster", "our Atlas service").
"""

from __future__ import annotations

import re

from worker.domain.datewords import MONTHS, WEEKDAYS
from worker.domain.document.status import is_past
from worker.domain.words import ACRONYMS, GIVEN_NAMES, NOBODY, ROLE_WORDS, SYSTEMS, TASK_VERBS, TOPICS, word_set

_UPPER = "A-ZÀ-ÖØ-ÝĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽΑ-ΩА-ЯЁ"
_ONE = rf"[{_UPPER}][^\W\d_]{{1,20}}(?:['’-][{_UPPER}]?[^\W\d_]{{1,20}})?"
NAME = rf"{_ONE}(?: (?:[a-z]{{2,3}} )?{_ONE}){{0,2}}(?: [A-Z]\.?)?"
_JOIN = r"\s{0,2}(?:,|/|&|\+|\band\b|\bund\b|\bet\b|\by\b)\s{0,2}"
_FIRST = re.compile(
    rf"(?m)^[ \t>]{{0,12}}(?:(?:[-*+•]|#\.|\d{{1,3}}[.)]|"
    rf"[ivx]{{1,4}}[.)])[ \t]{{1,4}})?(?:\[[ xX]\][ \t]{{1,3}})?[*_]{{0,3}}"
    rf"(?P<who>{NAME}(?:{_JOIN}{NAME}){{0,3}})(?P<join>[*_]{{0,3}}:[*_]{{0,3}}[ \t]{{1,3}}|[*_]{{0,3}},? (?:to|will|"
    rf"is "
    rf"going to|are going to|shall)[ \t]{{1,3}})(?P<next>[^\W\d_]{{2,20}})"
)
# "Ana - take it out": twice in a document, because a topic may stand there too ("Storage - add a disk").
_DASHED = re.compile(
    rf"(?m)^[ \t>]{{0,12}}(?:(?:[-*+]|"
    rf"\d{{1,3}}[.)])[ \t]{{1,4}})?(?:\[[ xX]\][ \t]{{1,3}})?(?P<who>{NAME}(?:{_JOIN}{NAME}){{0,3}})"
    r"[ \t](?:-|–|—|--)[ \t]{1,3}(?P<next>[a-z]{2,20})\b"
)
# "…, Ana" at the end of two lines of a list at least.
_COMMA_LAST = re.compile(
    rf"(?m)^[ \t]{{0,12}}(?:[-*+•]|\d{{1,3}}[.)])[ \t][^\n]{{8,400}},[ \t](?P<who>{NAME})[ \t]{{0,3}}\.?$"
)
# "Tom adds a check": at the head of a list item, a verb of work in the third person with its object.
_THIRD = re.compile(
    rf"(?m)^[ \t>]{{0,12}}(?:[-*+•]|\d{{1,3}}[.)])[ \t]{{1,4}}(?:\[[ xX]\][ \t]{{1,3}})?"
    rf"[*_]{{0,3}}(?P<who>{NAME})[*_]{{0,3}} "
    r"(?P<verb>[a-z]{2,18}s) (?:the|a|an|our|its|it)\b"
)
# "(Tom) pin the driver", "[Tom, Ana] pin the driver": at the head of a list item, before a verb.
_TAGGED = re.compile(
    rf"(?m)^[ \t>]{{0,12}}(?:[-*+•]|\d{{1,3}}[.)])[ \t]{{1,4}}(?:\[[ xX]\][ \t]{{1,3}})?[*_]{{0,3}}[(\[]"
    rf"(?P<who>{NAME}(?:{_JOIN}{NAME}){{0,3}})[)\]]:?[*_]{{0,3}}:?[ \t]{{1,3}}(?P<next>[A-Za-z]{{2,20}})\b"
)
_INSIDE = re.compile(rf"(?<=[.!?,] )(?P<who>{NAME}) (?:will|is going to) (?P<next>[a-z]{{2,20}})")
_LAST = re.compile(
    rf"[ \t](?:[(\[]|(?:[–—-]|--|->|→)[ \t])(?P<who>{NAME}(?:{_JOIN}{NAME}){{0,3}})"
    rf"(?=[)\],;|<]|[ \t]{{0,3}}\.?[ \t]{{0,3}}(?:\n|$)|[ \t]{{1,3}}(?:[–—|-]|->)[ \t])"
)
_WORD = re.compile(r"[^\W\d_]{2,30}")
_DETERMINED = re.compile(
    rf"\b(?:[Tt]he|[Aa]n?|[Oo]ur|[Tt]his|[Tt]hat|[Ee]ach|[Ee]very|[Aa]ll|[Nn]o|[Nn]ew|[Oo]ld)[ \t](?P<word>{_ONE})"
)
_ARTICLE = re.compile(r"\b(?:[Tt]he|[Aa]n?|[Oo]ur|[Tt]his|[Tt]hat|[Ee]ach|[Ee]very|[Aa]ll|[Nn]o|[Nn]ew|[Oo]ld)[ \t]$")
_THING_AFTER = re.compile(
    rf"\b(?P<word>{_ONE})[ \t](?:service|cluster|server|api|database|app|team|job|queue|node|pods?|dashboard|"
    r"deployment|client|topic|instance|config|version|host|site|tenant|region)s?\b"
)
_SHAPES = ("ing", "tion", "tions", "ment", "ments", "ity", "ance", "ence", "ness", "ship", "ware")
COMMON = word_set(
    """
i we you they it he she this that these those there here who what when where why how which yes no not none any all
both each every please also then next first second third finally today tomorrow yesterday always never maybe perhaps
question answer update summary impact cause severity duration start end from to by with after before step steps phase
goal plan result results reason problem solution example warning important optional stretch critical high medium low
major minor owner owners due date status title author authors bug bugs fix hotfix if for in on at as but and or so
still yet back more now here ready due
everyone somebody team teams decision agreed proposal idea verdict open closed done todo wip
"""
)


_NO_VERBS = word_set(
    """
the a an this that these those there it its is are was were be no not none we they he she you our their his her some
any all each every and or but if when while because since due from of in on at for with without by to as yes
"""
)


def _plain_words(text: str) -> frozenset[str]:
    """Every word that the document writes in lower case, or behind an article, or before the name of a thing."""
    lower = {word for word in _WORD.findall(text) if word.islower()}
    lower.update(found["word"].casefold() for found in _DETERMINED.finditer(text))
    lower.update(found["word"].casefold() for found in _THING_AFTER.finditer(text))
    return frozenset(lower)


_FEW = 40  # names; with more of them it is cheaper to gather all plain words at once


def _common_among(names: set[str], text: str) -> frozenset[str]:
    """Those first words of `names`, in lower case, that the document also uses as common words."""
    firsts = {re.split(r"[\s'’-]", name.strip(" ."), maxsplit=1)[0] for name in names}
    if len(firsts) > _FEW:
        return _plain_words(text)
    found = set()
    for word in filter(None, firsts):
        lowered = word.casefold()
        as_word = re.search(rf"(?<![^\W\d_]){re.escape(lowered)}(?![^\W\d_])", text)
        if as_word or any(_as_thing(text, hit) for hit in re.finditer(rf"\b{re.escape(word)}\b", text)):
            found.add(lowered)
    return frozenset(found)


def _as_thing(text: str, hit: re.Match[str]) -> bool:
    """True where a capitalized word stands behind an article, or before the name of a thing."""
    before = text[max(0, hit.start() - 6) : hit.start()]
    return _ARTICLE.search(before) is not None or _THING_AFTER.match(text, hit.start()) is not None


def _may_name(word: str) -> bool:
    lowered = word.casefold()
    return not (
        lowered in TOPICS
        or lowered in SYSTEMS
        or lowered in TASK_VERBS
        or lowered in ACRONYMS
        or lowered in NOBODY
        or lowered in ROLE_WORDS
        or lowered in COMMON
        or lowered in MONTHS
        or lowered in WEEKDAYS
        or is_past(lowered)
        or word.isupper()
        or any(letter.isupper() for letter in word[1:])
        or lowered.endswith(_SHAPES)
    )


def may_be_name(text: str) -> bool:
    """True for one to three capitalized words that are none of the trade: a name, where a name is expected."""
    words = [word for word in re.split(r"[\s'’-]+", text.strip(" .*_")) if word]
    return (
        bool(re.fullmatch(NAME, text.strip(" .*_")) or re.fullmatch(_OTHER_SCRIPT, text.strip()))
        and 0 < len(words) <= 4
        and all(_may_name(word) for word in words if word[0].isupper())
    )


# Scripts without capitals: Hebrew, Arabic, Devanagari, Thai, Japanese, Chinese, Korean; a name is short.
_OTHER_SCRIPT = (
    r"[\u0590-\u06ff\u0900-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2,12}"
    r"(?: [\u0590-\u06ff\u0900-\u0e7f]{2,12}){0,2}"
)


# Who thinks or says something promises nothing by it.
_OPINIONS = word_set(
    "think suggest say ask report want believe wonder note notice feel mention recommend confirm agree know see need"
)


def third_person(word: str) -> bool:
    """True for a verb of work as one says it of somebody ("adds", "fixes", "tries")."""
    lowered = word.casefold()
    stems = {
        lowered[:-1],
        lowered[:-2] if lowered.endswith("es") else "",
        f"{lowered[:-3]}y" if lowered.endswith("ies") else "",
    }
    return lowered.endswith("s") and bool(stems & TASK_VERBS) and not stems & _OPINIONS


def find_names(text: str) -> frozenset[str]:
    """Lower-case names that stand where owners stand. Takes time linear in the text's length."""
    strong: set[str] = set()
    ends: dict[str, int] = {}
    titled: list[str] = []
    for pattern in (_FIRST, _INSIDE):
        for found in pattern.finditer(text):
            colon = pattern is _FIRST and ":" in found["join"]
            no_verb = found["next"].casefold() in _NO_VERBS or not found["next"].islower()
            if colon and found["next"].istitle() and found["next"].casefold() in TASK_VERBS:
                titled.extend(re.split(_JOIN, found["who"]))
            if found["next"] == "do" or (colon and no_verb):
                continue
            strong.update(re.split(_JOIN, found["who"]))
    # "Bertille: Roll it back" may be a part of the system, unless somebody beside it is surely a person.
    if any(name.split()[0].casefold() in GIVEN_NAMES for name in titled):
        strong.update(titled)
    # "[Docs] add …" is a topic, unless one of the tags is surely a person.
    tagged = [found["who"] for found in _TAGGED.finditer(text) if found["next"].casefold() in TASK_VERBS]
    in_tags = {name for who in tagged for name in re.split(_JOIN, who)}
    if any(name.split()[0].casefold() in GIVEN_NAMES for name in in_tags):
        strong.update(in_tags)
    strong.update(found["who"] for found in _THIRD.finditer(text) if third_person(found["verb"]))
    dashed = [found["who"] for found in _DASHED.finditer(text) if found["next"] in TASK_VERBS]
    if len(set(dashed)) > 1:
        strong.update(name for who in dashed for name in re.split(_JOIN, who))
    behind = [found["who"] for found in _COMMA_LAST.finditer(text)]
    strong.update(name for name in behind if behind.count(name) > 1 and len(behind) < 500)
    for found in _LAST.finditer(text):
        for name in re.split(_JOIN, found["who"]):
            ends[name] = ends.get(name, 0) + 1
    if len(ends) > 1 or any(count > 1 for count in ends.values()):
        strong.update(ends)
    else:
        strong.update(
            name for name in ends if f"({name})" in text or len(re.findall(rf"\b{re.escape(name)}\b", text)) > 1
        )
    if not strong:
        return frozenset()
    common = _common_among(strong, text)
    names = set()
    for name in strong:
        words = [word for word in re.split(r"[\s'’-]+", name.strip(" .")) if word]
        if words and all(_may_name(word) for word in words if word[0].isupper()) and words[0].casefold() not in common:
            names.add(name.strip(" .").casefold())
    return frozenset(names)
