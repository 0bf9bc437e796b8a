"""The phrases that tell a promise from a placeholder, an instruction, "none", or plain prose."""

from __future__ import annotations

import re
from functools import lru_cache

from worker.domain.document.inline import one_line, read_inline
from worker.domain.document.owners import is_person
from worker.domain.words import TASK_VERBS, word_set

_NONE = re.compile(
    r"^(?:there (?:are|were) )?(?:no|none|n/?a|nothing|nil|not applicable|なし|keine|aucune?|ninguna?)(?:[ "
    r",]+(?:immediate|further|more|open|"
    r"outstanding|specific|new|additional|other|required|needed|planned|known|at this time|yet|currently|"
    r"for now|was|were|are|is|of them|"
    r"action|actions|items?|follow[- ]?ups?|steps?|tasks?|next|to report|tbd)){0,8}\s*[.!]?$",
    re.IGNORECASE,
)
_NONE_HERE = re.compile(
    r"^(?:none|nothing|no (?:further )?(?:action|actions|action items)) (?:for|from|in|on|at)\b[^.]{0,60}\.?$",
    re.IGNORECASE,
)
_BLANK = frozenset(
    {"", "-", "–", "—", "…", "...", "tbd", "tba", "todo", "to do", "xxx", "?", "n/a", "na", "none", "[ ]", "na."}
)
_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|^<[^>]{1,80}>$|^\[[^\]]{1,60}\]$|^(?:action|task|follow-up)(?: item)?(?: (?:#?\d{1,2}|"
    r"[a-c]|one|two|three))?$|^item(?: \d)?$"
    r"|lorem ipsum|^(?:your|example|sample) (?:action|task|item)|^e\.?g\.?[:,]? |^example:|"
    r"^\(?(?:description|summary) of (?:the )?(?:action|task|item)"
    r"|^(?:describe|insert|enter|list|add) (?:the |an |any |your |all )?"
    r"(?:(?:corrective|preventi(?:ve|tive|tative)|concrete|specific|planned) )?(?:action|task|follow)"
    r"|^(?:(?:the )?(?:first|second|third|fourth|fifth|another|next|last|some|more|other) )"
    r"(?:action|task|follow-?up|step|item|measure)s?(?: items?)?(?: here)?$"
    r"|^(?:[a-z-]{3,15} )?(?:action|task|measure|improvement|follow-?up)(?: item)? #?\d{1,2}$",
    re.IGNORECASE,
)
# "Item / Owner / Target date": what a template's line is to hold.
_HOLDS = word_set(
    "item action task ticket issue owner owners assignee who what when due date target deadline eta status priority "
    "description link url name team notes"
)
_BETWEEN = re.compile(r"\s{0,3}[/|,;:–—]\s{0,3}|\s{1,3}-\s{1,3}")
_GROUP_LAST = re.compile(r"\s{1,3}[(\[][^()\[\]]{1,120}[)\]]$")
# "_Describe how …_", all of it in italics: a template's word to its writer.
_GUIDANCE = re.compile(
    r"(?P<mark>[_*])(?![_*\s])(?:please )?(?:describe|list|discuss|explain|summari[sz]e|note|capture|record|provide|"
    r"include|detail|outline|document|identify|what|how|who|which)\b[^\n]{1,600}(?P=mark)",
    re.IGNORECASE,
)
SAMPLE_OWNERS = frozenset(
    [
        "name",
        "owner",
        "@owner",
        "@name",
        "@username",
        "username",
        "your name",
        "john doe",
        "jane doe",
        "john smith",
        "jane smith",
        "someone",
        "person",
        "assignee",
        "@assignee",
        "@person",
    ]
)
INSTRUCTION = re.compile(
    r"^(?:please )?(?:describe|list|include|enter|fill|provide|insert|use|explain|add|write|note|record|"
    r"document|link)\b(?:.{0,160}\b(?:this section|action items|action item|follow-up items)\b"
    r"|.{0,160}(?<![\w@/-])(?:here|below)[.:!)\s]{0,4}$|.{0,80}\btickets (?:here|below|for (?:each|every|all)|"
    r"to track)\b)"
    r"|^(?:these|this|every|each|all|the following)\b.{0,60}\b(?:sub-?headings|action items?|section|template)\b"
    r"|^(?:action|follow-up) items? (?:should|must|are|is|need)\b|^actions? (?:should|fall|must|need)\b|"
    r"^to reflect this\b"
    r"|^what (?:actions|steps|can|will|do|are|have)\b.{0,160}\?$|^are there any\b|^how (?:can|will|do|"
    r"could) (?:we|you)\b.{0,120}\?$",
    re.IGNORECASE,
)
COMMITS = re.compile(
    r"\b(?:we|i)(?:'ll|’ll| will| should| need to| needs to| have to| must| plan to| want to| are(?: also|"
    r" now)? going "
    r"to| intend to| ought to)(?: also| now)? (?P<verb>[a-z-]{2,20})"
    r"|\bwe (?:also )?want (?:[\w'’-]{1,20} ){1,4}to (?P<theirs>[a-z-]{2,20})",
    re.IGNORECASE,
)
# "We have also moved …": what was done already stands among what will be done.
# "**Runs take a lock.** A second run …": in prose, two such paragraphs are a list.
BOLD_LEAD = re.compile(r"^(?:\*\*|__|<b>|<strong>)[^*_<\n]{8,160}[.!:](?:\*\*|__|</b>|</strong>)\s{1,3}\S")
LINKING = re.compile(
    r"^(?:in addition|additionally|also|furthermore|moreover|finally|lastly|first(?:ly)?|second(?:ly)?|third(?:ly)?|"
    r"then|next|"
    r"meanwhile|in the (?:short|medium|long|longer|mid) term|long(?:er)?[- ]term|short[- ]term|to that end),?\s+",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"^\s{0,3}\d{1,2}[.)]\s{1,3}(?=\S)")
REPORTS = re.compile(
    r"^(?:we|i)(?:'ve|’ve| have)(?: also| already| since| now)? (?P<verb>[a-z-]{3,20})\b", re.IGNORECASE
)
# "The supplier should give …": a recommendation to somebody named; not to the reader or to customers.
OBLIGES = re.compile(
    r"^(?!you\b|customers\b|users\b|it\b|this\b|that\b|there\b|they\b|these\b|what\b|how\b|if\b|"
    r"when\b)(?:[\w'’()/&-]{1,30} ){1,7}?"
    r"(?P<modal>should|must|shall|will|needs? to|ought to) (?P<verb>[a-z-]{2,20})\b",
    re.IGNORECASE,
)
NEED = re.compile(
    r"\b(?:we need (?:an?|more|better|the)|needs to be|need to be|should be|must be|(?:is|are) needed|"
    r"needed to|to be (?:added|done|fixed|decided))\b",
    re.IGNORECASE,
)
# Words to the reader, no work: "we will share more details", "we will continue to …".
TALK = re.compile(
    r"(?:hope|thank|continue|apologi[sz]e|learn|remain|see|admit|say|strive|"
    r"be(?! (?:also )?(?!shar|publish|post|updat|keep|inform|communicat|provid|continu|improv|watch|looking|hop|learn|"
    r"do(?:ing)|going)[a-z]{3,20}ing\b)"
    r"|do (?:better|our best|everything|all (?:we|that)|whatever|what(?:ever)? it takes)"
    r"|(?:meet|reconvene|regroup|get together) (?:again|next|on|in|at))\b"
    r"|(?:share|publish|update|post|keep|let|inform|communicate|provide|report)\b (?:you|this|that|more|further|"
    r"details|updates?|"
    r"an? (?:update|post|full|detailed|report|further)|our (?:findings|progress|customers|users|community)|everyone|"
    r"everybody|customers|"
    r"users|working|improving|learning|doing|going|the (?:status|results|findings|community|public)|here|back|below|"
    r"with)\b",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"^(?:(?:(?:this )?(?:report|document|review) )?(?:was )?(?:prepared|written|compiled|reviewed|approved) by\b|"
    r"thanks?\b|thank you|best(?: regards|,)|(?:kind |warm )?regards|cheers|sincerely|yours|on behalf of|"
    r"we(?: would like to|'d like to| want to)? (?:sincerely |deeply |again )?(?:apologi[sz]e|thank)|"
    r"we are (?:very |truly |"
    r"deeply )?sorry|we know how|we understand (?:how|that)|if you have (?:any )?questions|sorry\b)",
    re.IGNORECASE,
)
# "AI-1:", "**A2** –", "Action 3.", "[R4]", "#5": a number within the document, no tracker's key.
_ITEM_LABEL = re.compile(
    r"^[*_\[(]{0,4}(?:(?P<dotted>\d{1,2}(?:\.\d{1,2}){1,2}\.?(?= [A-ZÀ-Ý]))|(?:action(?: item)?|task|item|"
    r"recommendation|corrective action|preventive action|follow-?up|step|"
    r"no\.?|nr\.?)[ \t]{0,2}#?\d{1,3}|(?:AI|AP|CA|PA|FU|RI|CAPA|A|R|F|M|P(?=-)|T(?=-))[-.]?\d{1,2}|"
    r"#\d{1,2}(?=[*_\])]{0,4}[ \t]"
    r"{0,2}[:.)–—-]))(?P<close>[*_\])]{0,4})[ \t]{0,2}(?P<end>[:.)：|–—-]{0,2})[*_]{0,3}[ \t]{1,3}(?=\S)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?。])\s+(?=[A-Z\"'“(À-Ý])")
_LEADING = re.compile(
    r"^(?:[-*•–—\s]+|\[[^\[\]\n]{1,24}\]:?\s+|p[0-4][:.)]\s+|"
    r"(?:also|then|next|first|finally|please|instead|additionally|in addition|maybe|"
    r"perhaps|possibly|potentially|eventually|ideally|always|never|"
    r"systematically|automatically|proactively|only|just|either|long[- ]term|short[- ]term|mid[- "
    r"]term)[,:]?\s+|to\s+|let's\s+|let us\s+"
    r"|(?:we|i)\s+(?:should|need to|must|will|have to|could|can|want to|plan to|are going to|'ll)\s+|"
    r"(?:should|need to|must|will|needs to)\s+|do not\s+|don't\s+|not\s+)",
    re.IGNORECASE,
)
TOC = re.compile(r"^\[[^\]]{1,120}\]\(#[^)]{0,120}\)\s*$")


def without_label(raw: str) -> str:
    """An item's words without the number that the document itself gives it ("AI-1: …", "**Action 2** – …")."""
    found = _ITEM_LABEL.match(raw[:60] if len(raw) > 60 else raw)
    return raw[found.end() :] if found is not None and (found["end"] or found["close"] or found["dotted"]) else raw


@lru_cache(maxsize=2048)  # the same bullet is asked for by several rules
def plain(raw: str) -> str:
    """The words of inline Markdown on one line."""
    return one_line(read_inline(raw, {}).text)


def is_placeholder(text: str) -> bool:
    """True for a template's blank: nothing, dots, `{{ summary }}`, `<action>`, `Action item 1`."""
    bare = text.strip().strip("*_`").strip()
    if bare.casefold() in _BLANK or _PLACEHOLDER.search(bare[:300]):
        return True
    if len(bare) > 120:
        return False
    parts = [part.strip("<>[]{}() ") for part in _BETWEEN.split(bare)]
    if len(parts) > 1 and all(part and set(part.casefold().split()) <= _HOLDS for part in parts):
        return True
    return bare.endswith((")", "]")) and bool(_PLACEHOLDER.search(_GROUP_LAST.sub("", bare)))


def is_guidance(raw: str) -> bool:
    """True for a template's word to its writer: a request to describe or list, in italics from end to end."""
    return _GUIDANCE.fullmatch(raw.strip()) is not None


def is_none(text: str) -> bool:
    """True for "No action items.", "N/A" and the like."""
    bare = text.strip(" *_()")[:160]
    return bool(_NONE.match(bare) or _NONE_HERE.match(bare))


def first_verb(text: str, people: frozenset[str] = frozenset()) -> str:
    """The verb that a task opens with, in lower case, behind "we should", "to", "also" and a name; or ""."""
    rest = without_label(text)
    for _ in range(4):
        lead = _LEADING.match(rest)
        if lead is None or not lead.group():
            break
        rest = rest[lead.end() :]
    words = rest.split(None, 3)
    if len(words) > 2 and is_person(words[0].strip(":,"), people) and words[1] in {"to", "will", "should"}:
        words = words[2:]
    word = re.sub(r"[^\w-].*$", "", words[0]).casefold() if words else ""
    return word if word in TASK_VERBS else ""


def is_definition(text: str) -> bool:
    """True for a line that explains a label ("P0 - critical, do it now"), as legends beside a table do."""
    return bool(re.match(r"^[\w/ ]{1,20}\s?[-–—:]\s", text))


def is_withdrawn(raw: str) -> bool:
    """True for an item that is struck out and said to be dropped: nobody promises it any more."""
    bare = raw.strip()
    return bare.startswith("~~") and bool(
        re.search(
            r"~~\W{0,4}(?:dropped|cancell?ed|withdrawn|obsolete|won['’]t (?:do|fix)|wont ?(?:do|fix)|not "
            r"needed|not planned|rejected)",
            bare[:600],
            re.IGNORECASE,
        )
    )
