"""How much would a kept promise change, and does the whole set prevent, detect and mitigate?

Advisory only, after the action hierarchy of RCA2 (National Patient Safety Foundation, 2015): strong actions
remove the
hazard or let a machine guard it, medium ones add checks, warnings and redundancy, weak ones ask people to know or
remember something. A weak action may be right; a set of nothing else seldom is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.domain.model import ActionItem
from worker.domain.smart.claims import read_claim, stripped
from worker.domain.smart.verbs import BETTER, GOAL

_I = re.IGNORECASE
STRONG, MEDIUM, WEAK = "strong", "medium", "weak"
PREVENT, DETECT, MITIGATE = "prevent", "detect", "mitigate"
AIMS = (PREVENT, DETECT, MITIGATE)

_WEAK = re.compile(
    r"^(?:[\w/-]+ ){0,2}?(?P<span>train\w*|remind\w*|educat\w+|document(?:ation)?|communicat\w+|announce|"
    r"inform|tell|share|"
    r"present|publish|discuss|review|ask|write (?:an? |the )?(?:[\w-]+ ){0,3}(?:runbook|playbook|guide|page|"
    r"doc\w*|policy|"
    r"procedure|rfc|adr|wiki|post|mail|readme|how-?to|instructions?|plan)\b|(?:update|add (?:to|a note)|extend|include)"
    r" [^.;]{0,40}(?:runbook|playbook|guide|doc\w*|policy|procedure|wiki|readme|handbook|checklist)|runbook|knowledge|"
    r"awareness|workshop|walkthrough|meet\w*|talk|present\w*|policy)\b",
    _I,
)
_STRONG = re.compile(
    r"\b(?P<span>remov(?:e|es|ing)|delet(?:e|es|ing)|eliminat\w+|decommission\w*|retir(?:e|ing)|turn(?:ing)? off|"
    r"replac(?:e|es|ing)|automat(?:e|es|ed|ing|ic|ically|ion)|block(?:s|ing)?|reject(?:s|ing)?|refus(?:e|es|ing)|"
    r"forbid\w*|disallow\w*|disabl(?:e|es|ing)|enforc(?:e|es|ing|ed)|validat(?:e|es|ing|ion)|lint(?:er)?|admission|"
    r"required check|branch protection|pre-?(?:merge|commit)|ci\b|gate[sd]?|guard\w*|fail(?:s|ing)? (?:the "
    r"build|closed|fast|on)|"
    r"limit(?:s|ing)?|cap(?:s|ping)?\b|quota|rate[- ]limit\w*|throttl\w+|circuit[- ]breaker|isolat\w+|decoupl\w+|"
    r"sandbox\w*|idempoten\w+|lock(?:s|ing)?\b|fenc(?:e|ing)|autoscal\w+|auto-?\w{3,}|self-heal\w*|rotat\w+ "
    r"automatically|"
    r"pin(?:s|ning)?\b|type-?check\w*|constraint|schema|read-only|drop(?:s|ping)?|revok\w+|close[sd]?|hpa)\b",
    _I,
)
_MEDIUM = re.compile(
    r"\b(?P<span>alert\w*|alarm\w*|monitor\w*|dashboard\w*|page[sd]?|metric\w*|probe|health ?checks?|check(?:s|"
    r"list|lists)?|"
    r"redundan\w+|second|secondary|standby|replica\w*|failover|backup\w*|snapshot\w*|canary|staged|rollback|"
    r"retr(?:y|ies)|"
    r"timeouts?|capacity|scal(?:e|ing)|upgrad\w+|increas\w+|rais\w+|lower|tests?|drill|game ?day|exercise|approv\w+|"
    r"warn\w*|prompt\w*|banner|confirm\w*|log\w*|trace\w*|notif\w+|label|colou?r|rehears\w+|schedul\w+|rota|"
    r"on-?call|fix(?:es|ing)?|patch\w*|"
    r"migrat\w+|mov(?:e|ing)|split\w*|config\w*|set|add|switch\w*|create|implement|introduc\w+|enabl\w+|upgrade)\b",
    _I,
)
_DETECT = re.compile(
    r"\b(?:alert\w*|alarm\w*|monitor\w*|detect\w*|dashboard\w*|page[sd]?|paging|metric\w*|probe\w*|health ?checks?|"
    r"observab\w+|log(?:s|ging)?|trac(?:e|ing)|notice\w*|synthetic\w*|graph\w*|slo|threshold\w*)\b|アラート|監視|検知",
    _I,
)
_MITIGATE = re.compile(
    r"\b(?:mitigat\w+|runbook\w*|playbook\w*|roll ?back\w*|rollback\w*|fail ?over\w*|failover\w*|restor\w+|recover\w*|"
    r"escalat\w+|status ?page|on-?call|backup\w*|drain\w*|standby|incident (?:channel|process|response|command\w*)|"
    r"communicat\w+|contact\w*|drill\w*|game ?day|respon\w+|circuit[- ]breaker|retr(?:y|ies)|degrad\w+|redundan\w+)\b"
    r"|復旧|手順",
    _I,
)
_SAID = (
    (re.compile(r"\b(?:prevent|avoid|eliminat|corrective|fix)\w*", _I), PREVENT),
    (re.compile(r"\b(?:detect|alert|monitor|observ)\w*", _I), DETECT),
    (re.compile(r"\b(?:mitigat|recover|respon|contain)\w*", _I), MITIGATE),
)
_DELIVERABLE = re.compile(
    r"(?:^|(?:[;,]| and| then|\.)\s+(?:and |also |then |to )?)(?P<verb>add|build|create|write|remove|delete|"
    r"replace|move|migrate|"
    r"upgrade|set|enable|disable|configure|implement|introduce|fix|update|document|automate|deploy|test|"
    r"publish|split|raise|"
    r"lower|switch|rotate|renew|extend|train|buy|hire|rename)\s+(?=[\w`\"“])",
    _I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """`level` is strong, medium or weak, or "" where the words do not tell; `because` is the span that says so."""

    level: str
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How many items (not counting those that were let go) prevent, detect and mitigate, and what that suggests."""

    counts: tuple[tuple[str, int], ...]
    levels: tuple[tuple[str, int], ...]
    advice: tuple[str, ...] = ()


def strength_of(text: str) -> Strength:
    """How much a kept promise would change, from its first words on."""
    words = stripped(text[:600])
    claim = read_claim(text)
    if claim is not None and claim.kind == BETTER and (shown := _MEDIUM.search(claim.tail or claim.object)):
        return Strength(level=MEDIUM, because=shown["span"])
    if claim is not None and claim.kind not in {"", GOAL}:
        return Strength(level=WEAK, because=claim.span)
    found = _WEAK.match(words)
    if found is not None:
        return Strength(level=WEAK, because=found["span"])
    strong, medium = _STRONG.search(words), _MEDIUM.search(words)
    # "Add an alert when the quota is reached": what comes first is the deliverable, unless a machine then acts on it.
    first_noun = re.match(r"(?:[\w-]+ ){0,4}?(?:alert|alarm|dashboard|metric|monitor\w*|graph|checklist)\b", words, _I)
    if strong is not None and first_noun is None:
        return Strength(level=STRONG, because=strong["span"])
    if medium is not None:
        return Strength(level=MEDIUM, because=medium["span"])
    return Strength(level="")


def aim_of(item: ActionItem) -> str:
    """prevent, detect or mitigate: as its author filed it, else by its words."""
    said = f"{item.type} {item.section}"
    for pattern, aim in _SAID:
        if pattern.search(said) and sum(bool(other.search(said)) for other, _ in _SAID) == 1:
            return aim
    text = item.text[:600]
    if _DETECT.search(text):
        return DETECT
    return MITIGATE if _MITIGATE.search(text) else PREVENT


def balance(items: Sequence[ActionItem]) -> Balance:
    """Whether the set mixes prevent, detect and mitigate, and whether anything in it is more than weak."""
    aims = [aim_of(item) for item in items]
    levels = [strength_of(item.text).level for item in items]
    counts = tuple((aim, aims.count(aim)) for aim in AIMS)
    advice = []
    missing = [aim for aim, count in counts if not count]
    if len(items) >= 3 and missing:
        ask = {
            PREVENT: "nothing here would keep it from happening; is there a condition that can be removed?",
            DETECT: "nothing here would show it sooner; how will the next one be noticed?",
            MITIGATE: "nothing here would shorten the next one; what would have stopped it earlier?",
        }
        advice += [ask[aim] for aim in missing]
    if len(items) >= 2 and all(level == WEAK for level in levels):
        advice.append(
            "every action asks people to know or remember; can one of them be made a guard, a check or a default?"
        )
    return Balance(
        counts=counts,
        levels=tuple((level, levels.count(level)) for level in (STRONG, MEDIUM, WEAK)),
        advice=tuple(advice),
    )


def deliverables(text: str) -> tuple[str, ...]:
    """The verbs of the separate things that one item promises; more than one suggests a split."""
    head = stripped(text[:600])
    found = [match["verb"].casefold() for match in _DELIVERABLE.finditer(head)]
    return tuple(dict.fromkeys(found)) if len(found) > 1 else ()
