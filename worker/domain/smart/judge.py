"""Tell a promise that can be kept from a wish: one verdict for each SMART criterion, with its evidence and a remedy.

Rules are small functions over one item's words. Each returns the span that breaks it, or nothing. What is said to a
person names what is needed ("needs an owner"), never a grade. Achievable and relevant are asked, not told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from worker.domain.datewords import echo
from worker.domain.document.refs import without_refs
from worker.domain.model import CRITERIA, ActionItem, Document, Verdict
from worker.domain.policy import SmartPolicy
from worker.domain.smart.asked import ASKED
from worker.domain.smart.claims import without_label
from worker.domain.smart.hollow import HOLLOW, ideals
from worker.domain.smart.relevance import about_the_record, aside, declined, tie
from worker.domain.smart.soft import CLAIMS
from worker.domain.smart.traces import TRACES
from worker.domain.smart.wording import ACHIEVABLE, MEASURABLE, SPECIFIC, Rule
from worker.domain.words import CONCRETE_VERBS, NOBODY, ROLE_WORDS, VAGUE_VERBS

NEEDS = {
    "single_owner": "an owner",
    "time_bound": "a date",
    "specific": "a concrete step",
    "measurable": "a done-when",
    "achievable": "a smaller scope",
    "relevant": "a link to the cause",
}
# In this order needs are told: what anybody can fill in first, what takes thought later.
_ORDER = ("single_owner", "time_bound", "specific", "measurable")
_MILESTONE = re.compile(
    r"\b(?:by|before|in|with|for|until|within|during|at)\b (?P<span>(?:the )?(?:next|this|current|"
    r"upcoming|following) (?:release|sprint|milestone|iteration|deploy(?:ment)?|maintenance(?: window)?|"
    r"quarter|week|month|review|planning))\b"
    r"|\b(?P<span2>(?:by|before|in) (?:v?\d+\.\d+(?:\.\d+)?|Q[1-4]|H[12]|sprint \d+)\b)",
    re.IGNORECASE,
)
_REMEDIES = {
    "specific": "needs a concrete step: “{span}” names an effort, not a result; "
    "say what will be added, changed or removed, and where.",
    "measurable": "needs a done-when: “{span}” can be argued about; say what somebody else could check "
    "to see that it is done.",
    "achievable": "is this one bounded piece of work? “{span}” sounds larger; name the first deliverable, or split it.",
    "relevant": "how does this keep the incident from coming back? “{span}” is tied to no cause; link "
    "the one that it removes.",
}


def _broken(rules: tuple[Rule, ...], text: str) -> str:
    return next((span for rule in rules if (span := rule(text))), "")


def _evidence(text: str) -> str:
    """The words that a passing verdict rests on: from the verb on, cut at a word."""
    words = text[:200].split()
    verb = next(
        (n for n, word in enumerate(words[:6]) if word.casefold().strip(",.") in CONCRETE_VERBS | VAGUE_VERBS), 0
    )
    return " ".join(words[verb : verb + 7])[:80]


@lru_cache(maxsize=4096)  # the same promise is judged anew at each look at its post-mortem
def _worded(criterion: str, rules: tuple[Rule, ...], text: str) -> Verdict:
    span = _broken(rules, text)
    if span:
        return Verdict(state="fail", evidence=span[:120], remedy=_REMEDIES[criterion].format(span=span[:60]))
    return Verdict(state="pass", evidence=_evidence(text))


def judge_specific(text: str) -> Verdict:
    """A verb and a concrete object, or a thing whose name says what will exist."""
    return _worded("specific", (*SPECIFIC, *CLAIMS, *HOLLOW, *ASKED), text)


def judge_measurable(text: str, specific: Verdict) -> Verdict:
    """Somebody else could see that it is done. What is not specific cannot be measured either."""
    if specific.state == "fail":
        return Verdict(
            state="fail", evidence=specific.evidence, remedy=_REMEDIES["measurable"].format(span=specific.evidence[:60])
        )
    return _worded("measurable", (*MEASURABLE, ideals, *TRACES), text)


def judge_relevant(item: ActionItem, document: Document) -> Verdict:
    """Tied to a cause, or to how it was noticed or stopped: that is the evidence. Asked where nothing shows."""
    span = about_the_record(item.text) or declined(item.text) or aside(item.text)
    if span:
        return Verdict(state="fail", evidence=span[:120], remedy=_REMEDIES["relevant"].format(span=span[:60]))
    found = tie(item, document)
    if found.words or not found.known:
        return Verdict(state="pass", evidence=found.words)
    about = f"“{found.side}” is" if found.side else "its words are"
    return Verdict(
        state="fail",
        evidence=found.side,
        remedy=f"which part of this incident does it answer? {about} not in its record; name the cause, the gap in "
        "detection or the mitigation that it is about, or track it elsewhere.",
    )


def judge_time_bound(
    item: ActionItem, *, policy: SmartPolicy, slo_days: Mapping[str, int], reference: date, tracker_due: date | None
) -> Verdict:
    """A day in the tracker, in the text, a milestone, or one that the priority's SLO proposes."""
    if tracker_due is not None:
        return Verdict(state="pass", evidence=f"the issue's due date, {echo(tracker_due)}")
    if item.due is not None:
        return Verdict(state="pass", evidence=item.due_source.partition(": ")[2] or item.due.isoformat())
    if item.due_problem:
        return Verdict(state="fail", evidence=item.due_source.partition(": ")[2], remedy=item.due_problem)
    found = _MILESTONE.search(item.text[:600])
    if found is not None:
        return Verdict(state="pass", evidence=(found["span"] or found["span2"] or "").strip())
    days = slo_days.get(item.priority) if item.priority else None
    if days is not None:
        day = reference + timedelta(days=min(days, 3650))
        words = f"{item.priority} allows {days} days, so {echo(day)}"
        if policy.slo_passes:
            return Verdict(state="pass", evidence=words)
        return Verdict(
            state="proposed",
            evidence=words,
            day=day,
            remedy=f"needs a date: policy proposes {echo(day)} for {item.priority}; accept it or name another.",
        )
    return Verdict(
        state="fail",
        remedy="needs a date: add “by” and a day, such as “by " + echo(reference + timedelta(days=28)) + "”.",
    )


def judge_single_owner(owners: tuple[str, ...], *, policy: SmartPolicy, owner_known: bool | None) -> Verdict:
    """Exactly one person, or one named team where policy allows teams."""
    named = tuple(owner for owner in owners if owner.strip())
    if not named:
        return Verdict(state="fail", remedy="needs an owner: name the one person who answers for it.")
    if len(named) > 1:
        words = ", ".join(named)[:120]
        return Verdict(
            state="fail",
            evidence=words,
            remedy=f"needs one owner: {len(named)} are named; keep the one who answers for it, the others may help.",
        )
    owner = named[0]
    lowered = owner.casefold().strip("[]@ ")
    parts = set(lowered.split())
    if (
        lowered in NOBODY
        or parts & {"any", "someone", "everyone", "anybody"}
        or lowered.startswith(("the team", "all "))
    ):
        return Verdict(
            state="fail",
            evidence=owner,
            remedy=f"needs an owner: “{owner[:60]}” is nobody in particular; name one person.",
        )
    if not policy.teams_may_own and (parts & ROLE_WORDS or "/" in owner):
        return Verdict(
            state="fail", evidence=owner, remedy=f"needs an owner: “{owner[:60]}” is a team; name one person of it."
        )
    if owner_known is False:
        return Verdict(
            state="fail",
            evidence=owner,
            remedy=f"needs an owner: nobody is known as “{owner[:60]}”; write a login, or add the name to people.yaml.",
        )
    return Verdict(state="pass", evidence=owner)


def judge(
    item: ActionItem,
    document: Document,
    *,
    policy: SmartPolicy,
    slo_days: Mapping[str, int],
    today: date,
    tracker_due: date | None = None,
    owner_known: bool | None = None,
    owners: tuple[str, ...] | None = None,
) -> Mapping[str, Verdict]:
    """One verdict for each name of `model.CRITERIA`.

    `owners` overrides the written owners (the issue's assignees), `tracker_due` is the issue's own due date, and
    `owner_known=False` says that the directory knows nobody of this name. A criterion that `policy.ignored` names is
    suppressed. An item that is only a reference is not judged by its words: they stand on the issue.
    """
    text = item.text
    if not without_refs(text).strip(" .,:;()[]-") and item.refs:
        worded = dict.fromkeys(CRITERIA[:4], Verdict(state="pass", evidence=item.refs[0]))
    else:
        said = without_label(text)
        specific = judge_specific(said)
        worded = {
            "specific": specific,
            "measurable": judge_measurable(said, specific),
            "achievable": _worded("achievable", ACHIEVABLE, said),
            "relevant": judge_relevant(item, document),
        }
    reference = document.incident_date or today
    verdicts = {
        **worded,
        "time_bound": judge_time_bound(
            item, policy=policy, slo_days=slo_days, reference=reference, tracker_due=tracker_due
        ),
        "single_owner": judge_single_owner(
            item.owners if owners is None else owners, policy=policy, owner_known=owner_known
        ),
    }
    return suppressed({name: verdicts[name] for name in CRITERIA}, dict.fromkeys(policy.ignored, ""))


def suppressed(verdicts: Mapping[str, Verdict], reasons: Mapping[str, str]) -> dict[str, Verdict]:
    """The verdicts, those that ask for something suppressed where `reasons` names them; the reason is the evidence."""
    return {
        name: Verdict(state="suppressed", evidence=reasons[name] or verdict.evidence)
        if name in reasons and verdict.state in {"fail", "proposed"}
        else verdict
        for name, verdict in verdicts.items()
    }


def needs(verdicts: Mapping[str, Verdict]) -> tuple[str, ...]:
    """What the item lacks, in words for people: "an owner", "a date", "a concrete step", "a done-when".

    Where the step itself is not concrete, a done-when is not asked for as well. Achievable and relevant are questions
    for the author, not needs.
    """
    missing = [name for name in _ORDER if name in verdicts and verdicts[name].state in {"fail", "proposed"}]
    if "specific" in missing and "measurable" in missing:
        missing.remove("measurable")
    words = []
    for name in missing:
        many = name == "single_owner" and (verdicts[name].remedy or "").startswith("needs one owner")
        words.append("one owner" if many else NEEDS[name])
    return tuple(words)
