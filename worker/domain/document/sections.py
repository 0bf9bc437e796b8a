"""Say what a heading means, in the canonical words of the product, whatever words its author chose."""

from __future__ import annotations

import re
from functools import lru_cache

from worker.domain.document.heading_words import (
    ACTION_ENDINGS,
    ACTION_PHRASES,
    ACTION_WHOLE,
    LEGENDS,
    NOT_ACTIONS,
    RULES,
    SUMMARY_WHOLE,
    WHOLE,
)

ACTION = "action_items"
# Explanations of a list's categories: they stand among the actions and promise nothing. No canonical section.
LEGEND = "legend"
CANONICAL = (
    "summary",
    "impact",
    "timeline",
    "root_cause",
    "contributing_factors",
    "five_whys",
    "what_went_well",
    "lessons",
    "detection",
    "resolution",
    "participants",
    ACTION,
)
# Under an action heading these end the list of actions; the others ("Detect", "Mitigation") only group it.
SWITCHING = frozenset(
    {"summary", "impact", "timeline", "root_cause", "five_whys", "what_went_well", "lessons", "participants", LEGEND}
)
_NOISE = re.compile(r"[^\w\s'/+-]|_")
_NUMBERING = re.compile(r"^(?:\d{1,3}[.)]?|[ivx]{1,4}[.)]|[a-h][.)]|step \d{1,2})\s+(?!whys?\b)")
_DOTTED = re.compile(r"^\s{0,3}(?:(?:section )?\d{1,2}(?:\.\d{1,2}){1,3}[.)]?|q(?:uestion)?\s?\d{0,2}[:.)])\s{1,3}")
_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]{0,200}[)）\]】]")


# "How are we keeping this from …", "What we are changing": we, and a verb of change that is not over yet.
_WE_CHANGE = re.compile(
    r"\bwe(?:'ll|'re| will| are| can| could| should)?(?: now| also| going to| planning to)? "
    r"(?:do(?!n't| well)|doing|chang(?:e|ing)|fix|fixing|improv(?:e|ing)|prevent(?:ing)?|avoid(?:ing)?|mak(?:e|ing)|"
    r"add|adding|commit|committing|plan|planning|start|stop)\b"
)
# "High impact", "Low effort": how items are sorted, not what a section is about.
_GRADE = re.compile(
    r"(?:very |the )?(?:high|highest|medium|mid|low|lowest|big|small|large|minor|major)(?:er)?[ -]"
    r"(?:impact|effort|priority|risk|urgency|value)(?: .{0,30})?"
)
_TO_BE_DONE = re.compile(
    r"\b(?:(?:will|must|should|needs? to|has to|have to|to) be|(?:is|are) (?:now |currently )?being) "
    r"(?:done|changed|fixed|improved|put in place)\b"
)
_AHEAD = re.compile(
    r"^(?:future|planned|proposed|recommended|suggested|outstanding|pending|remaining|upcoming) "
    r"(?:mitigation|remediation|fix|fixe|change|measure|step|action|improvement|work|task|solution|item|recommendation)s?\b"
)
_FIXES = re.compile(r"(?:improvements?|fixes|changes)(?: ?/ ?| and )(?:improvements?|fixes|changes|tasks)")
_DONE_SINCE = re.compile(
    r"^(?:what )?(?:we have|we've|has been|have we) (?:already |now )?(?:done|changed|fixed|improved)\b"
)
_PAST = re.compile(r"\b(?:did|were|was|have|had)\b")


def plain_heading(text: str) -> str:
    """A heading's words for comparing: lower case, without emoji, numbering, brackets and closing colon."""
    lowered = _BRACKETS.sub(" ", _DOTTED.sub("", text.replace("’", "'").lower()))
    words = " ".join(_NOISE.sub(" ", lowered.replace("&", " and ").replace("impactful", "harmful")).split())
    return _NUMBERING.sub("", words).strip(" -/")


def is_for_others(text: str) -> bool:
    """True for a heading over what readers or customers should do, or what was done during the incident."""
    words = plain_heading(text)
    return any(phrase in words for phrase in NOT_ACTIONS)


def _is_action(words: str) -> bool:
    if any(phrase in words for phrase in NOT_ACTIONS):
        return False
    if words in ACTION_WHOLE or any(phrase in words for phrase in ACTION_PHRASES):
        return True
    if words.startswith(
        ("follow-up", "follow up", "followup", "actions already", "actions still", "actions for", "actions to")
    ):
        return True
    if _TO_BE_DONE.search(words) and not _PAST.search(words):
        return True
    if words.startswith(("tasks to ", "tasks for ")) or _FIXES.fullmatch(words):
        return True
    if _DONE_SINCE.search(words) or _AHEAD.search(words):
        return True
    if _WE_CHANGE.search(words) and not _PAST.search(words):
        return True
    return words.endswith(ACTION_ENDINGS) and not words.startswith(("recovery", "mitigat", "what ", "areas", "room"))


@lru_cache(maxsize=4096)
def classify(text: str) -> str:
    """The canonical name of the section that this heading opens, or "" where it is none of them."""
    words = plain_heading(text[:200])
    if not words:
        return ""
    if any(phrase in words for phrase in LEGENDS):
        return LEGEND
    if words.startswith(("analyzing", "analysing", "analysis of", "incident analysis", "post-incident analysis")):
        return "root_cause"
    if words in WHOLE:
        return WHOLE[words]
    if words.startswith("when ") or _GRADE.fullmatch(words):
        return ""
    if " and why" in words:
        return "root_cause"
    lessons, well = (dict(RULES)[name] for name in ("lessons", "what_went_well"))
    looks_back = any(phrase in words for phrase in (*lessons, *well))
    if (not looks_back or "action" in words or "follow" in words) and _is_action(words):
        return ACTION
    for name, phrases in RULES:
        if any(phrase in words for phrase in phrases):
            return name
    return "summary" if words in SUMMARY_WHOLE or words.endswith(" description") else ""
