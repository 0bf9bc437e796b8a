"""Rules over sentences that ask or wonder where they should promise.

Each returns the span that breaks it, or nothing. A question needs no question mark ("How we can see it", "Any other
service that restarts it"), and a way that is only "different" is still to be found.
"""

from __future__ import annotations

import re

from worker.domain.document.phrases import first_verb
from worker.domain.smart import wordpatterns as p
from worker.domain.smart.claims import ANCHOR, first_sentence, stripped
from worker.domain.words import CONCRETE_VERBS

_I = re.IGNORECASE
_WONDERS = re.compile(
    r"^(?P<span>(?:is|are|was|were|does|did|whether|any (?:other|further|more)|are there|is there|what about|what if|"
    r"how about|why not|why|would it|could it|can it|(?:how|what|who|which) (?:we|you|one|they|the team|"
    r"users?) (?:can|could|should|would|might|do|did|get|need)|(?:how|what|who|which) (?:can|could|should|"
    r"would|might|do|does|did|is|are|was|were|will|to))\b[^.;!]{0,80})",
    _I,
)
_ANOTHER = re.compile(
    r"\b(?P<span>(?:different|another|alternative|other|better|long[- ]term|permanent|suitable|viable|sustainable|"
    r"clear|clearer|scalable|proper|appropriate|consistent|holistic) (?:[\w-]+ ){0,3}?(?:strateg(?:y|ies)|"
    r"approach(?:es)?|"
    r"solutions?|ways?|methods?|mechanisms?|paths?|options?|alternatives?|practices?|process(?:es)?))\b",
    _I,
)
_TITLED = re.compile(
    r"^(?P<span>(?:[\w/&'-]+ ){1,7}(?:issues?|problems?|questions?|concerns?|weaknesses|shortcomings|inconsistencies))"
    r"[.!]?$",
    _I,
)
_SAYS = re.compile(
    r"\b(?:to|can|could|should|must|will|shall|need\w*|is|are|was|were|has|have|does|detect\w*|fix\w*)\b", _I
)
_OPINION = re.compile(
    r"^(?P<span>(?:i|we) (?:think|believe|feel|guess|suspect|hope|wonder|assume)\b[^.;]{0,80}|(?:my|our|one|the) "
    r"(?:only |main |open )?"
    r"(?:question|concern|guess|hope|feeling)\b[^.;]{0,60})",
    _I,
)
_CONTINUES = re.compile(
    r"\b(?P<span>(?:(?:will|shall|to|and|should|must) continue (?:to \w+|\w+ing|with)|(?:is|are|remains?) (?:an "
    r")?ongoing))\b",
    _I,
)
_WAYS = re.compile(
    r"^(?P<span>(?:develop|define|establish|create|implement|introduce|provide|build|put in place|adopt|take|expand|"
    r"extend|"
    r"increase|offer|deliver|prepare|arrange|conduct|organi[sz]e|hold|give|find|devise|institute) (?:the |an? |our |"
    r"some |any |"
    r"more |additional |further |better |improved |enhanced |new |extra |several |various |regular |periodic |proper "
    r"|adequate |"
    r"continuous |ongoing |technical |internal |general |relevant |team |staff |engineering |monitoring |alerting |"
    r"testing |"
    r"security |preventive |preventative |corrective |mitigation ){0,4}(?:ways?|measures|techniques?|methods|efforts|"
    r"initiatives?|"
    r"capabilit(?:y|ies)|practices|standards|awareness|trainings?|coaching|knowledge|expertise|skills|culture|"
    r"mindset|resources|"
    r"oversight|governance|coverage|visibility|insights?|resilience|redundancy|robustness|reliability|coordination|"
    r"communications?|collaboration|support|safeguards|controls|protections?|mechanisms|strateg(?:y|ies)|"
    r"approach(?:es)?|"
    r"capacity|efficiency|maturity|hygiene|discipline|rigou?r|ownership|accountability))(?= (?:for|of|in|to|on|with|"
    r"and|or|against|across|around|between|that|so|"
    r"when|by|about|into|from|at|during|as|where|via|within|among|over|how)\b|[.,;:!]|$)",
    _I,
)
_EFFORTS = re.compile(
    r"^(?P<span>(?:an? |the |some |more |further )?(?:[a-z-]{2,15} ){0,3}?(?:reviews?|investigations?|assessments?|"
    r"analys[ie]s|"
    r"discussions?|emphasis|focus|attention|efforts?|steps|priority|importance) (?:(?:was|were|is|are|has been|have "
    r"been|will be|"
    r"is being|are being) (?:conducted|carried out|performed|done|placed|put|given|made|held|taken|initiated|started|"
    r"ongoing|"
    r"underway|in progress)|began|started|continues?))\b",
    _I,
)
_WRITES = frozenset(
    {"document", "write", "describe", "record", "publish", "add", "remove", "delete", "replace", "draft"}
)


def wonders(text: str) -> str:
    """Specific: it wonders ("is it the backup …", "any other service that …", "how we can …"), and promises nothing."""
    first = first_sentence(text)
    found = _WONDERS.match(first if first[:3].casefold() in {"is ", "are"} else stripped(first))
    if found is None or p.NUMBER.search(text) or p.outcome(first):
        return ""
    return found["span"].strip()


def another_way(text: str) -> str:
    """Specific: what will be done is "a different strategy", "a long-term solution": the way is still to be found."""
    first = stripped(first_sentence(text))
    found = _ANOTHER.search(first)
    if found is None or first_verb(first) in _WRITES or ANCHOR.search(first) or p.outcome(first):
        return ""
    return found["span"]


def titled(text: str) -> str:
    """Specific: a heading ("index rotation issues") stands where the work should."""
    first = first_sentence(text)
    found = _TITLED.match(first)
    if found is None or ANCHOR.search(first):
        return ""
    opening = first.split()[0].casefold().strip(",.")
    says = opening in CONCRETE_VERBS or opening.endswith(("ed", "ing")) or _SAYS.search(first)
    return "" if says else found["span"]


def opinions(text: str) -> str:
    """Specific: somebody thinks or asks something, and nobody promises anything."""
    found = _OPINION.match(first_sentence(text))
    return found["span"] if found is not None and not p.TASK_BEHIND.search(text) else ""


def continues(text: str) -> str:
    """Specific: what is done already "will continue" to be done."""
    first = first_sentence(text)
    found = _CONTINUES.search(first[:160])
    return "" if found is None or ANCHOR.search(first) or p.outcome(first) else found["span"]


def ways_of(text: str) -> str:
    """Specific: "develop ways of", "define measures for": the deliverable is an effort with an abstract name."""
    first = stripped(first_sentence(text))
    found = _WAYS.match(first)
    if found is None or ANCHOR.search(first) or p.outcome(first) or p.NUMBER.search(first):
        return ""
    return found["span"]


def efforts_told(text: str) -> str:
    """Specific: an effort is told ("a review was conducted", "emphasis was placed on"), and nothing that came of it."""
    first = first_sentence(text)
    found = _EFFORTS.match(first)
    return "" if found is None or ANCHOR.search(first) or p.leaves_words(first) else found["span"]


ASKED = (wonders, another_way, titled, opinions, continues, ways_of, efforts_told)
