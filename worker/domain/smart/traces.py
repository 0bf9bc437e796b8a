"""Rules over what a kept promise would leave behind: without a trace nobody can check it.

Each returns the span that breaks it, or nothing. An alert needs a sign that sets it off, a training a record, a value
that moves a size, a habit something that enforces it; and what is only suggested ("we could …") is not promised.
"""

from __future__ import annotations

import re

from worker.domain.document.phrases import first_verb
from worker.domain.smart import wordpatterns as p
from worker.domain.smart.claims import ANCHOR, first_sentence, stripped

_I = re.IGNORECASE
_WATCH = (
    r"(?:monitoring|alerting|alerts?|alarms?|metrics|dashboards?|observability|logging|paging|notifications|tracing)"
)
_WATCHED = re.compile(
    rf"^(?:(?:add|create|implement|introduce|set ?up|have|need|enable|configure|extend|define|establish|provide|"
    rf"include|adding|creating|implementing|setting up) )?(?:(?:a|an|some|the|our|new|more|better|additional|proper|"
    rf"high|low|priority|automated|internal|external|basic|specific|own|critical) ){{0,3}}"
    rf"(?P<span>(?:[\w-]+ (?:and|&) )?{_WATCH}(?:,? (?:and|&) [\w-]+)? (?:for|on|of|to|around|in|across|over) "
    rf"(?P<what>[^.;:,]{{2,60}}))[.!]?$",
    _I,
)
_TEACHES = re.compile(
    r"^(?P<span>(?:teach|train|educate|coach|brief|upskill|mentor|instruct|teaching|training|educating|coaching|"
    r"briefing) [^.;]{3,80}?\b(?:on|in|how|about|to|for|with)\b[^.;]{0,40})",
    _I,
)
_RECORDED = re.compile(
    r"\b(?:attend\w+|record\w*|session on|quiz|exam|certif\w+|sign(?:ed)?[- ]off|slides?|workshop|course|by \w+ing)\b",
    _I,
)
_SUGGESTED = re.compile(
    r"^(?P<span>(?:we|i|one|it|this|that|they|the [\w-]+|there) (?:could|might|may)"
    r"(?! have (?:been\b|\w+ed\b))(?: also| potentially| possibly|"
    r" intentionally| even| perhaps)?|(?:it )?(?:would|might|could) (?:also )?(?:be|help|make)\b(?: \w+)?|"
    r"ideally|could (?:also )?\w+)\b",
    _I,
)
_MAY_BE = re.compile(
    r"\b(?P<span>(?:might|may|could) be (?:an option|an idea|useful|worth\w*|good|nice|possible|considered)|"
    r"(?:when|whenever|where|wherever|if|as (?:much|far|soon|often) as) (?:possible|feasible|practical|applicable|"
    r"relevant|it makes sense))\b",
    _I,
)
_MOVED = re.compile(
    r"^(?:the |our |all )?(?:[\w/`'-]+ ){1,6}?(?:(?:should|must|will|needs? to|has to|have to|to) be |is |are |was |"
    r"were |has been |have been )?(?P<span>(?:increased|decreased|raised|lowered|reduced|extended|shortened|"
    r"doubled))\b",
    _I,
)
_FILED = re.compile(r"\b(?:tickets?|issues?|bugs?|cases?|concerns?|questions?|requests?|prs?|cards?)\b", _I)
_NOW_AND_THEN = re.compile(
    r"\b(?P<span>regular(?:ly)?|periodic(?:ally)?|frequent(?:ly)?|occasional(?:ly)?|continuous(?:ly)?|"
    r"routine(?:ly)?|from time to time|every now and then|on a regular basis|on an ongoing basis)\b",
    _I,
)
_RHYTHM = re.compile(
    r"\b(?:hourly|daily|nightly|weekly|monthly|quarterly|yearly|annual(?:ly)?|every (?!now\b|time\b)\w+|each \w+|per "
    r"(?:hour|day|week|month|quarter|year)|cron\w*|job|pipeline|ci|bot|script|automat\w+|scheduled|scheduler|"
    r"alert\w*)\b",
    _I,
)
_HABITS = re.compile(
    r"^(?P<span>(?:test|check|verify|validate|review|double[- ]check|confirm|communicate|announce|discuss|ask|inform|"
    r"notify|pre-?scale|coordinate|consult|rehearse|practi[cs]e)\b[^.;]{3,90}?\b(?:before|prior to|ahead of|after|when|"
    r"whenever|during|each time|every time)\b (?:any |every |each |a |an |the |we |they |\w+ing\b)[^.;]{0,40}|"
    r"(?:when|whenever|every time|each time|before|after) (?:we|you|people|someone|they|\w+ing)\b[^.;,]{3,90}, )",
    _I,
)
_MACHINE = re.compile(
    r"\b(?:ci|pipeline|automat\w+|script|job|hook|bot|required|enforced?|gate|lint\w*|stage|nightly|workflow|"
    r"template|checklist|alert\w*|block\w*)\b",
    _I,
)
_DRILLS = re.compile(
    r"\b(?P<span>(?:incident|disaster|recovery|response|failover|fire|dr|chaos|on-?call|tabletop) (?:[\w-]+ ){0,2}?"
    r"(?:drills?|exercises?|rehearsals?|simulations?|game ?days?|training|practice))\b",
    _I,
)
_TOOLING = re.compile(
    r"^(?:(?:build|create|develop(?:ment of)?|implement|provide|introduce|write|invest in|add) )?(?:the |our |an? |"
    r"more |some |new |own |internal |dedicated |special(?:i[sz]ed)? |custom |specific )*(?P<span>(?:tooling|"
    r"automation|"
    r"infrastructure|capabilit(?:y|ies)|functionality|mechanisms?|guard ?rails|safeguards|controls))\b",
    _I,
)


def _plain(text: str) -> str:
    """The first sentence from its verb on, or "" where something in it can be pointed at."""
    first = first_sentence(text)
    if ANCHOR.search(first) or p.NUMBER.search(first) or p.DONE_WHEN.search(text) or p.CJK.search(first):
        return ""
    return stripped(first)


def alerts_without_sign(text: str) -> str:
    """Measurable: alerts or metrics "for the gateway", and no quantity, state or event that sets them off."""
    found = _WATCHED.match(_plain(text))
    return "" if found is None or p.SIGN.search(found["what"]) else found["span"]


def teaches(text: str) -> str:
    """Measurable: people will be taught, and nothing will show that they were."""
    found = _TEACHES.match(_plain(text))
    return "" if found is None or _RECORDED.search(text) else found["span"].strip()


def suggested(text: str) -> str:
    """Measurable: it is suggested ("we could …", "might be an option", "if possible") and not promised."""
    first = first_sentence(text)
    found = _SUGGESTED.match(first) or (None if ANCHOR.search(first) else _MAY_BE.search(first))
    return found["span"].strip() if found is not None and not p.NUMBER.search(first) else ""


def moved(text: str) -> str:
    """Measurable: a value was or will be increased, and by how much is not said."""
    found = _MOVED.match(_plain(text))
    filed = found is not None and _FILED.search(found.group())
    return "" if found is None or filed or re.search(r"\d", text[:300]) else found["span"]


def now_and_then(text: str) -> str:
    """Measurable: "regularly", and neither how often nor what sees to it."""
    plain = _plain(text)
    return "" if _RHYTHM.search(plain) else (found["span"] if (found := _NOW_AND_THEN.search(plain)) else "")


def habits_unenforced(text: str) -> str:
    """Measurable: people will check before each time, and nothing makes them."""
    found = _HABITS.match(_plain(text))
    return "" if found is None or _MACHINE.search(text[:300]) else found["span"].strip()


def drills(text: str) -> str:
    """Measurable: drills, and no first one that one could attend."""
    found = _DRILLS.search(_plain(text))
    return "" if found is None or first_verb(text) in {"write", "document", "plan"} else found["span"]


def tooling(text: str) -> str:
    """Measurable: "tooling", "automation", "safeguards": what will exist has no name and no behaviour."""
    found = _TOOLING.match(_plain(text))
    return "" if found is None or p.outcome(first_sentence(text)) else found["span"]


TRACES = (
    alerts_without_sign, teaches, suggested, moved, now_and_then, habits_unenforced, drills, tooling,
)  # fmt: skip
