"""What does an item's first sentence say will be done: which verb, of which kind, to what?

Understands the forms that promises come in: an order ("Tune …"), a duty ("the team should tune …", "staff to be
reminded"), a gerund ("tuning of …"), a passive ("thresholds to be tuned"), a bare noun ("cache tuning"). Linear: it
looks at the first 600 characters, word by word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from worker.domain.smart.verbs import ASPECTS, LIGHT, NOUNS, PARTICIPLES, PHRASES
from worker.domain.words import CONCRETE_VERBS, TASK_VERBS

_I = re.IGNORECASE
_LEAD = re.compile(
    r"^(?:\[[^\]]{1,40}\]\s*|[-*•–—\s]+|(?:kindly|please|also|then|next|first(?:ly)?|finally|additionally|"
    r"maybe|perhaps|"
    r"possibly|potentially|eventually|ideally|generally|overall|really|probably|just|further|again|better|always|"
    r"in (?:the )?future|going forward|long(?:er)?[- ]term|short(?:er)?[- ]term|next time|wherever possible|where "
    r"possible|if possible|as a next step|at some point|let us|let's|to|not|and|but|so|therefore|hence|thus|lastly|"
    r"secondly|thirdly|furthermore|moreover|separately|meanwhile|in addition|as (?:mentioned|noted|discussed|stated)"
    r"(?: above| before| earlier)?|(?:in|over|during) the (?:coming|next|following|near) (?:few |couple of )?(?:days|"
    r"weeks|"
    r"months|quarters?|sprints?|future))[,:]?\s+"
    r"|(?:it|this) (?:is|was) (?:planned|proposed|recommended|suggested|agreed|intended|decided|necessary|important|"
    r"desirable|advisable|worth) (?:that (?:we|the team) |to |for us to )?"
    r"|(?:there is )?(?:a |the )?need (?:to|for)\s+"
    r"|(?:we|i|they|someone|somebody|everyone|people)\s+(?:(?:should|must|shall|will|would|could|can|may|might|need|"
    r"want|wish|plan|intend|hope|have|ought|like|would like|are going|are planning|are looking(?= to )|had better|"
    r"'ll)\s+)"
    r"(?:also |probably |really |always )?(?:to )?"
    r"|(?:(?:we|they|i|the team|(?:our|the) [a-z]{2,12} team|our team|teams) (?:are|is|will be|shall be|have been)|"
    r"we['’]re|we['’]ll be|be) (?:also |now |currently |actively |already |still )?(?:be )?(?=[a-z]{2,15}ing\b)"
    r"|(?:we|i|they)['’](?:ll|d) (?:also |then |now |like to )?(?:be (?=[a-z]{2,15}ing\b))?"
    r"|(?:(?:we|they|the team)(?:['’]ve| have) (?:already |now |also )?)?(?:put|putting|have|made|make) (?:in place )?"
    r"(?:a|the) plans? (?:in place )?to "
    r"|first of all,? |next, |for (?:this|that),? |work(?:ing)? on (?=[a-z]{3,14}ing\b)"
    r"|(?:should|must|shall|will|would|could|can|may|might|needs? to|has to|have to|ought to|want to|plan to)\s+)",
    _I,
)
# "Staff to be reminded", "the team must explore", "Ops: look at".
_SUBJECT = re.compile(
    r"^(?!(?:remind|ask|tell|urge|train|advise|encourage|require|request|get|allow|enable|let|force|instruct|"
    r"teach|help|inform|"
    r"prevent|forbid|give|make|add|find|assign)\w*\b)"
    r"(?:(?:the|our|all|each|every) )?(?:[\w&/-]{1,24} ){0,2}(?:teams?|squads?|staff|engineers?|developers?|"
    r"devs|sres?|"
    r"ops|people|managers?|leads?|operators?|admins?|everyone|management|colleagues|vendors?|owners?|members?|support|"
    r"dbas?|noc|on-?call)\s+(?:to|must|should|shall|will|needs? to|ought to|ha(?:s|ve) to|(?:is|are) (?:expected |"
    r"required |encouraged |asked |advised |reminded )?to)\s+"
    # "Team discussed …": who did it is told, what comes next is what was done.
    r"|^(?:the |our )?(?:team|we|engineers|developers|devs|sres?|ops) (?:have |has |had |also )?(?=[a-z-]{2,16}ed\b|"
    r"looked\b|spoke\b|thought\b)",
    _I,
)
_TOPIC = re.compile(r"^(?P<topic>[^:.;?!|]{2,48}):\s+(?=\S)")
_LABEL = re.compile(
    r"^(?:\*\*|__)?(?P<label>[A-Z][^:.;?!|`]{3,48}):(?:\*\*|__)?\s+(?P<next>[\w'-]{2,20})(?=\s+\S+\s+\S+)"
)
_PASSIVE = re.compile(
    r"^(?P<object>(?:[^\s.;:!?]{1,40} ){1,14}?)(?:(?:needs?|has|have|ought|is|are) to be|to be|must be|should "
    r"be|shall be|"
    r"will be|could be|can be|would be|needs?|requires?|is being|are being|be) (?:further |more |better |properly |"
    r"regularly |periodically |carefully )?(?P<verb>[a-z]{3,20}(?:-[a-z]{2,12})?)\b(?P<rest>[^.;!?]{0,200})",
    _I,
)
# "Deeper monitoring. We plan to add …": the second sentence is the promise.
_TITLE = re.compile(
    r"^(?P<title>(?P<opens>[^\s.:;?!]{1,30}) (?:[^\s.:;?!]{1,30} ){0,14}[^\s.:;?!]{1,30}\. (?:for (?:this|that),? "
    r")?)we (?:plan to|should|will|"
    r"need to|must|"
    r"want to|are going to) (?:also |now )?(?P<next>[a-z-]{2,15}) "
    r"(?!(?:this|that|it|these|them)\b)",
    _I,
)
_OPENERS = frozenset({"we", "we'll", "our", "by", "this", "setup"})
_WORD = re.compile(r"[^\W_][\w'’/-]*")
ANCHOR = re.compile(
    r"`[^`]{1,80}`|[\"“][^\"”]{3,60}[\"”]|‘[^’]{3,60}’|(?<![A-Za-z])\d|\b[vV]\d|\b[A-Z]{2,10}-\d|\b\w+_\w+\b|"
    r"\b[a-z]+[A-Z]\w+\b|\w\.(?:ya?ml|json|sh|py|go|tf|md|"
    r"conf|toml)\b"
    r"|(?<![\w/])/[a-z]\w{2,}|->|→|≥|≤|>|<"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One reading of a sentence. `kind` is the class of the verb (see `verbs`), or "" where it is an ordinary one.
    `span` are the words that say it, `object` what it is about, `tail` what follows."""

    kind: str
    span: str
    object: str
    tail: str
    sentence: str

    @property
    def words(self) -> int:
        """How many words the object has."""
        return len(_WORD.findall(self.object))


@lru_cache(maxsize=128)
def first_sentence(text: str) -> str:
    """The first sentence, at most 600 characters."""
    head = text[:600].strip()
    return re.split(r"(?<=[.!?。])\s+", head, maxsplit=1)[0] if head else ""


def without_label(text: str) -> str:
    """The text behind a short label or title ("Enhanced monitoring: expand …"), where a sentence of its own follows."""
    titled = _TITLE.match(text)
    if (
        titled is not None
        and titled["next"].casefold() in CONCRETE_VERBS
        and titled["opens"].casefold() not in TASK_VERBS
    ):
        return text[titled.end("title") :]
    found = _LABEL.match(text)
    if found is None:
        return text
    word = found["next"].casefold()
    says = word in TASK_VERBS or word in _OPENERS or word.endswith(("ly", "ing", "ed"))
    return text[found.start("next") :] if says else text


@lru_cache(maxsize=128)
def stripped(sentence: str) -> str:
    """The sentence without what stands before the verb: politeness, modals, who should do it, a topic and a colon."""
    rest = sentence
    for _ in range(6):
        found = _LEAD.match(rest) or _SUBJECT.match(rest)
        if found is None and (topic := _TOPIC.match(rest)) is not None:
            after = rest[topic.end() :]
            known = _phrase(after.casefold()) is not None
            found = topic if known else None
        if found is None or not found.group() or found.end() >= len(rest):
            break
        rest = rest[found.end() :]
    return rest


def _phrase(lowered: str) -> tuple[str, int] | None:
    """The class and the length of the soft verb that the words open with; the longest wins."""
    ends = [m.end() for m in re.finditer(r"[^\s,;:]+", lowered[:80])][:4]
    for end in reversed(ends):
        kind = PHRASES.get(lowered[:end].rstrip(".!?"))
        if kind is not None:
            return kind, end
    return None


@lru_cache(maxsize=128)
def read_claim(text: str) -> Claim | None:
    """What the first sentence promises, where its verb or its noun is a soft one; None for ordinary verbs."""
    sentence = first_sentence(text)
    rest = stripped(sentence)
    lowered = rest.casefold()
    found = _phrase(lowered)
    if found is not None:
        kind, end = found
        tail = rest[end:].lstrip(" ,")
        return Claim(kind=kind, span=rest[:end].rstrip(" .,"), object=_object(tail), tail=tail, sentence=sentence)
    light = LIGHT.match(rest)
    if light is not None and light["noun"].casefold() in NOUNS:
        kind = NOUNS[light["noun"].casefold()]
        tail = rest[light.end() :].lstrip(" ,")
        return Claim(kind=kind, span=light.group().strip(), object=_object(tail), tail=tail, sentence=sentence)
    passive = _PASSIVE.match(sentence)
    if passive is not None and PARTICIPLES.get(passive["verb"].casefold()):
        kind = PARTICIPLES[passive["verb"].casefold()]
        span = sentence[passive.end("object") : passive.end("verb")].strip()
        return Claim(
            kind=kind, span=span, object=passive["object"].strip(), tail=passive["rest"].strip(), sentence=sentence
        )
    return _noun_claim(rest, sentence)


def _noun_claim(rest: str, sentence: str) -> Claim | None:
    """ "Review of the access rights", "cache tuning": a noun for an effort is all there is."""
    words = rest.rstrip(" .").split()
    if not words or len(words) > 14:
        return None
    for at, word in enumerate(words[:5]):
        kind = NOUNS.get(word.casefold().strip(",.:"))
        after = words[at + 1].casefold() if at + 1 < len(words) else ""
        if kind and (not after or after in ASPECTS):
            tail = " ".join(words[at + 1 :])
            return Claim(
                kind=kind,
                span=" ".join(words[: at + 1]),
                object=_object(tail) or " ".join(words[:at]),
                tail=tail,
                sentence=sentence,
            )
        if word.casefold() in ASPECTS:
            return None
    return None


def _object(tail: str) -> str:
    """The object of a verb: up to the clause or the purpose that follows it."""
    return re.split(
        r"[,;:.]| (?:so (?:that|we|it)|which|because|since|in order|when|while|if|before|after|during)\b",
        tail,
        maxsplit=1,
    )[0].strip()
