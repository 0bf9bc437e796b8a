"""Rules over the words of a sentence that say nothing: empty objects, wishes, states, ideals, topics.

Each returns the span that breaks it, or nothing. None of them speaks where the sentence holds something that can be
pointed at: a number, a name in code, a path, a quotation.
"""

from __future__ import annotations

import re

from worker.domain.document.phrases import first_verb
from worker.domain.smart import wordpatterns as p
from worker.domain.smart.claims import ANCHOR, first_sentence, stripped
from worker.domain.words import CONCRETE_VERBS, word_set

_I = re.IGNORECASE
_FURTHER = re.compile(r"(?:further|additional)\b", _I)
_KEEP = re.compile(
    r"^(?P<span>(?:keep|stay|remain|maintain|hold)\b[^.;,]{0,60}?\b(?:informed|up[- ]to[- ]date|updated|healthy|"
    r"safe|clean|secure|"
    r"current|aware|stable|tidy|posted|engaged|in sync|consistent|in the loop|on top|under control|simple|honest|"
    r"accountable|responsible))\b",
    _I,
)
_FINE = re.compile(
    r"^(?:verify|check|confirm|validate|make sure|ensure|see|test) (?:that )?[^.;,]{2,60}? (?P<span>(?:is|are|"
    r"works?|functions?) ?"
    r"(?:all )?(?:good|ok|okay|correct(?:ly)?|working|fine|healthy|valid|in place|sufficient|adequate|well|"
    r"properly|robust|"
    r"reliabl[ey]|as (?:expected|intended|designed)|sane|reasonable|resilient|secure)?)[.!]?$",
    _I,
)
_SITUATION = re.compile(
    r"\b(?P<span>(?:the|this|our|overall) (?:situation|matter|topic|story|problem|issue|things?))[.!]?$", _I
)
_EMPTY_MODIFIERS = re.compile(
    r"^(?P<span>(?:(?:put|have|set(?:up)?|configure|implement|define|add|create|ensure|establish|provide|introduce|"
    r"use|apply|make|"
    r"adopt|build|develop) (?:in place |up )?)?(?:the |an? |all )?(?:necessary|appropriate|adequate|proper|"
    r"suitable|relevant|"
    r"required|sufficient|correct|right|good|sensible|reasonable|effective|robust|comprehensive|meaningful|consistent) "
    r"[\w/-]+)",
    _I,
)
_TESTS = re.compile(r" to (?:validate|verify|test|detect|reproduce|measure|prove|compare|reject|block)\b", _I)
_OBSERVES = re.compile(
    r"\b(?P<span>(?:could|should|would|might|can) (?:have been|be) (?:more |much |a bit |significantly "
    r")?(?:\w+er|better|"
    r"more \w+|less \w+|improved)\b)",
    _I,
)
_BETTER_NOUN = re.compile(
    r"^(?:an? )?(?P<span>(?:more|better|nicer|closer|cleaner|clearer|smoother|safer|simpler|tighter|stricter|smarter|"
    r"quicker|faster|"
    r"earlier|stronger|deeper|wider|broader|easier|improved|enhanced|increased|additional|further|finer|"
    r"greater|less|fewer|"
    r"regular|frequent|proactive|continuous|proper|sufficient|adequate) [^\d`]{3,80})$",
    _I,
)
_BARE_PLURAL = re.compile(
    r"^(?P<span>(?:fix|update|add|write|review|remove|delete|clean up|resolve|repair|create|have|extend|set ?up|"
    r"introduce|"
    r"reduce|close|test|refactor|change|adjust|monitor|automate|harden|rotate|check|document|define|implement) "
    r"(?:the |our |"
    r"all |any |more |some |new )?(?:[a-z-]{2,15} )?(?:[a-z-]{2,20}s|documentation|monitoring|alerting|logging|"
    r"testing|code|"
    r"tooling|config|configuration|infrastructure|process|automation|redundancy|observability|"
    r"handling|validation|caching|throttling|failover|isolation))[.!]?$"
)
_FUTURE = re.compile(
    r"\b(?P<span>(?:such|similar|these kinds? of|this kind of|this type of|these types of) [\w -]{3,40}?"
    r"(?: in (?:the )?future| from (?:happening|occurring|recurring)(?: again)?| again))\b",
    _I,
)
# What something is wanted for may be said as widely as one likes.
_PURPOSE = re.compile(
    r" (?:in order )?to (?:prevent|avoid|stop|identify|detect|catch|reduce|help|find|ensure|make) ", _I
)
_NO_VERB_WORDS = 3
_STATES = re.compile(
    r"^(?P<span>(?:there (?:is|are|was|were)|we (?:lack|lacked|have no|had no|don['’]t have|do not have|did not have|"
    r"didn['’]t|(?:were|was|are)(?! (?:also |now |currently |already |actively )*[a-z]{2,15}ing\b))|lack of|"
    r"no (?:clear|good|real|proper)|not enough|too (?:many|much|few|little)|insufficient|unclear|"
    r"it (?:is|was) (?:not |un)?(?:clear|hard|difficult|easy|possible|good|bad))\b[^.;!?]{0,120})",
    _I,
)
_WISHES = re.compile(
    r"^(?P<span>(?:it )?(?:would|might|could|may) (?:also )?(?:be (?:nice|good|great|useful|helpful|worth|"
    r"worthwhile|better|"
    r"interesting|beneficial)|help|make sense)\b[^.;!?]{0,60})",
    _I,
)
# "It would be useful to have a channel for …" names a thing; that it is only wished for is another matter.
_WANTED = re.compile(r"\bto (?P<verb>[a-z-]{2,15}) (?:an? |the |some )?(?:\S+ ){3,}", _I)
# Verbs that take up or rely on something: only with a name, a number or a thing beside them do they say what.
_TAKES_UP = word_set(
    """
absorb adhere commit complete confirm consolidate digest double embed establish exploit familiarise familiarize
follow formalise
formalize gain harmonise harmonize harness institutionalise institutionalize internalise internalize leverage
maintain master
normalise operationalise operationalize organise organize own practise practice prepare professionalise pursue
reduce rely respect
retain standardise standardize support sustain take trust uphold utilise utilize verify automate apply adopt
ensure anticipate
"""
)
_SHAPES = re.compile(
    r"\b(?:alerts?|alarms?|tests?|dashboards?|panels?|graphs?|runbooks?|playbooks?|checklists?|scripts?|"
    r"metrics?|limits?|quotas?|"
    r"timeouts?|thresholds?|probes?|rules?|flags?|tickets?|fields?|pages?|templates?|labels?|canary|backups?|"
    r"polic(?:y|ies)|"
    r"indexe?s?|validators?|jobs?|cron|queues?|buttons?|banners?|endpoints?|quer(?:y|ies)|replicas?|columns?|"
    r"tables?|headers?|"
    r"certificates?|keys?|tokens?|hooks?|pipelines?|stages?|steps?|reports?|lists?|budgets?|rotas?|schedules?|"
    r"owners?|logs?|"
    r"hosts?|nodes?|pods?|instances?|disks?|volumes?|cables?|links?|switch(?:es)?|firewalls?|subnets?|images?|"
    r"packages?|"
    r"versions?|clients?|plugins?|modules?|librar(?:y|ies)|proxy|caches?|locks?|pools?|workers?|builds?|branches?|"
    r"messages?|emails?|mails?|forms?|calendars?|channels?|documents?|guides?|contracts?|documentation|docs)\b",
    _I,
)
_HEDGES = re.compile(
    r"\b(?:where(?:ver)? (?:possible|needed|necessary|appropriate|applicable)|as (?:needed|required|"
    r"appropriate)|next time|in "
    r"(?:the )?future|going forward|over time|regularly|from now on|properly|generally|overall|as a habit|more often|"
    r"things?|stuff)\b",
    _I,
)
_MEANS = re.compile(r"\b(?:via|by \w+ing|using|through an?|with an?)\b", _I)
_HABIT = re.compile(
    r"^(?:(?:we|you|engineers|developers|people|everyone|teams?) )?(?:(?:should|must|will|need to|have to) )?"
    r"(?P<span>(?:never|only ever|only) [a-z]{2,15}\b)",
    _I,
)
_MORE_OF = re.compile(
    r"\b(?P<span>(?:write|add|create|do|have|use|build|get|give|need|provide|make|run|put) (?:some |even |many "
    r"|much )?more "
    r"(?!than\b)[a-z-]{3,20})\b",
    _I,
)
_TOPIC_ENDS = word_set("update updates cleanup clean-up up testing work improvements changes review refactoring rework")


def empty_object(text: str) -> str:
    """Specific: "appropriate thresholds", "the necessary monitoring": the adjective stands where the content should."""
    first = first_sentence(text)
    if ANCHOR.search(first) or p.NUMBER.search(first):
        return ""
    found = _EMPTY_MODIFIERS.match(stripped(first))
    shown = _TESTS.search(first) or p.SHOWN_BY.search(first)
    return found["span"] if found is not None and shown is None else ""


def gaps(text: str) -> str:
    """Specific: gaps, edge cases, problems are to be closed, and none is named."""
    first = first_sentence(text)
    if ANCHOR.search(first):
        return ""
    found = re.match(
        r"(?:[a-z-]+ ){0,3}?(?P<span>(?:[\w-]+ )?(?:gaps|edge cases|corner cases|issues|problems|shortcomings|"
        r"weaknesses))"
        r"(?: (?:to|must|should|need to) be \w+)?[.!]?$",
        first,
        _I,
    )
    return found["span"] if found is not None else ""


def observed(text: str) -> str:
    """Specific: it says how something could have been, and not what will be done."""
    first = first_sentence(text)
    found = _OBSERVES.search(first)
    return "" if found is None or ANCHOR.search(first) or p.OUTCOME.search(first) else found["span"]


def better_things(text: str) -> str:
    """Specific: "nicer dashboards", "closer cooperation with the vendor"."""
    first = stripped(first_sentence(text)).rstrip(".!")
    found = _BETTER_NOUN.match(first)
    if found is None or p.OUTCOME.search(first) or len(first.split()) > 12:
        return ""
    second = first.split()[1].casefold() if _FURTHER.match(first) else ""
    return "" if second in CONCRETE_VERBS and len(first.split()) > 3 else found["span"]


def which_ones(text: str) -> str:
    """Specific: a short order about things of which none is named ("fix flaky tests", "update runbooks")."""
    first = stripped(first_sentence(text))
    if ANCHOR.search(first):
        return ""
    found = _BARE_PLURAL.match(first[:1].lower() + first[1:])
    single = found is not None and found["span"].endswith(("ss", "us"))
    return "" if found is None or single else first[: found.end("span")]


def kinds_of(text: str) -> str:
    """Specific: "such failures in future", and no way to get there."""
    first = first_sentence(text)
    found = _FUTURE.search(_PURPOSE.split(first, maxsplit=1)[0])
    return "" if found is None or ANCHOR.search(first) or p.OUTCOME.search(first) else found["span"]


def something(text: str) -> str:
    """Specific: "something about …", "something needs to be done"."""
    found = re.match(
        r"(?P<span>something\b(?: (?:about|like|to|needs?|should|must|around)\b)?)", stripped(text[:200]), _I
    )
    return found["span"] if found is not None else ""


def bare_topic(text: str) -> str:
    """Specific: two or three words, none of them a verb: a topic."""
    first = first_sentence(text).rstrip(" .!")
    words = first.split()
    if not 0 < len(words) <= _NO_VERB_WORDS or ANCHOR.search(first) or p.CJK.search(first):
        return ""
    lowered = [word.casefold().strip(",.") for word in words]
    acts = any(word in CONCRETE_VERBS for word in lowered[:1]) or any(word.endswith("ed") for word in lowered)
    named = any(word.isupper() or (at and word[:1].isupper()) for at, word in enumerate(words))
    ends = lowered[-1] in _TOPIC_ENDS
    return first if ends or (not acts and not named) else ""


def states(text: str) -> str:
    """Specific: it says how things are or were, and promises nothing."""
    first = first_sentence(text)
    found = _STATES.match(first)
    return "" if found is None or ANCHOR.search(first) or p.OUTCOME.search(first) else found["span"]


def wishes(text: str) -> str:
    """Specific: "it would be nice to …" commits nobody."""
    first = first_sentence(text)
    found = _WISHES.match(first)
    if found is None or ANCHOR.search(first):
        return ""
    wanted = _WANTED.search(first)
    said = wanted is not None and wanted["verb"].casefold() in CONCRETE_VERBS
    return "" if said else found["span"]


def thin(text: str) -> str:
    """Specific: something is taken up or relied on ("leverage", "follow … next time"), and nothing is named."""
    first = first_sentence(text)
    if ANCHOR.search(text[:600]) or p.CJK.search(first) or p.DONE_WHEN.search(text) or p.OUTCOME.search(first):
        return ""
    words = first.split()
    if not words or len(words) > 12:
        return ""
    opening = stripped(first).split()
    verb = re.sub(r"[^\w-].*$", "", opening[0]).casefold() if opening else ""
    hedged = _HEDGES.search(first)
    if verb not in _TAKES_UP and not (hedged is not None and first_verb(first)):
        return ""
    named = any(word[:1].isupper() for word in words[1:])
    thing = _SHAPES.search(first) is not None and len(words) > 4 and hedged is None
    means = _MEANS.search(text[len(first) : 600]) is not None
    return "" if named or thing or means or len(words) > 9 else first[:120].rstrip(" .")


def habits(text: str) -> str:
    """Specific: a rule for everyone's behaviour ("only …", "never …"), which nothing carries out."""
    first = first_sentence(text)
    found = _HABIT.match(first)
    return "" if found is None or ANCHOR.search(first) or p.OUTCOME.search(first) else found["span"]


def more_of(text: str) -> str:
    """Specific: more of something, and neither how much nor which."""
    first = p.compared(first_sentence(text))
    found = _MORE_OF.search(first)
    return (
        "" if found is None or found.start() > 40 or ANCHOR.search(first) or p.OUTCOME.search(first) else found["span"]
    )


def keeps(text: str) -> str:
    """Specific: a state is to be kept, and not by what."""
    first = stripped(first_sentence(text))
    found = _KEEP.match(first)
    return "" if found is None or ANCHOR.search(text[:600]) or p.OUTCOME.search(first) else found["span"]


def all_is_well(text: str) -> str:
    """Specific: it is to be verified that something is good, and not what good is."""
    first = stripped(first_sentence(text))
    found = _FINE.match(first)
    return "" if found is None or ANCHOR.search(text[:600]) else found["span"].strip()


def the_situation(text: str) -> str:
    """Specific: its object is "the situation", which the reader of a ticket does not know."""
    first = first_sentence(text)
    found = _SITUATION.search(first)
    return "" if found is None or ANCHOR.search(first) or len(first.split()) > 7 else found["span"]


_ONGOING = re.compile(
    r"\b(?P<span>as (?:they|it|these|those|things|issues|we) (?:arise|come|occur|appear|happen|go|are being)\w*|as "
    r"and when\b|on an ongoing "
    r"basis|as we go|"
    r"(?:when|whenever|if) (?:they|it|these) (?:arise|occur|come up|appear|happen)s?)",
    _I,
)
_TOLD = re.compile(
    r"\b(?:documentation|docs?|documents?|runbooks?|guides?|guidance|guidelines|faq|pages?|articles?)\b", _I
)
_OPEN_HOW = re.compile(r"(?:[-–—:,] ?|^)(?P<span>how (?:to|do|can|could|should|would|might)\b[^.;!]{0,80})", _I)
_IDENTIFIES = re.compile(r"^(?P<span>identify\b[^.;]{2,80}?\b(?:might|could|may|potential\w*|possibl\w+))\b", _I)
_IDEAL = re.compile(
    r"^(?!(?:if|when|where|once|after)\b)(?:[\w'/-]+ ){1,7}?(?P<span>(?:is|are|can|will be) (?:continuously|"
    r"always|never|not|"
    r"immediately|imminently|instantly|quickly|reliably|easily|consistently|regularly|fully|well|safe|robust|"
    r"resilient))\b",
    _I,
)
_WRITES = word_set("document write describe explain teach show train record publish add learn")


def ongoing(text: str) -> str:
    """Specific: it is done whenever something comes up, so it is never done."""
    found = _ONGOING.search(first_sentence(text))
    return found["span"] if found is not None else ""


def open_how(text: str) -> str:
    """Specific: "… - how to run this only when needed" leaves the how open."""
    first = first_sentence(text)
    found = _OPEN_HOW.search(first)
    if found is None or first_verb(first) in _WRITES or "`" in first:
        return ""
    return "" if _TOLD.search(first[: found.start()]) else found["span"]


def identifies(text: str) -> str:
    """Specific: what might or could be is to be found out."""
    found = _IDENTIFIES.match(stripped(first_sentence(text)))
    return found["span"] if found is not None else ""


def ideals(text: str) -> str:
    """Measurable: how things are to be, with nothing that shows that they are."""
    first = first_sentence(text)
    found = _IDEAL.match(first)
    return "" if found is None or ANCHOR.search(first) or first_verb(first) else found["span"]


HOLLOW = (
    something, empty_object, gaps, observed, better_things, which_ones, kinds_of, states, wishes, habits, more_of,
    keeps, all_is_well, the_situation, ongoing, open_how, identifies, thin, bare_topic,
)  # fmt: skip
