"""The rules about an item's words: each returns the span that breaks it, or nothing.

Grouped by the SMART criterion that they speak for. No rule knows a document, an owner or a date.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from worker.domain.document.phrases import first_verb
from worker.domain.words import TASK_VERBS, word_set

Rule = Callable[[str], str]
_I = re.IGNORECASE
_OUTCOME = re.compile(
    r"\b(?:so (?:that|we|it|they|the|deployments?|users?|people)\b|such that\b|in order that\b)|\bby "
    r"(?:\w+ing)\b|\bto (?:abort|reject|fail|block|page|alert|warn)\b",
    _I,
)
_ARTEFACT = re.compile(
    r"`[^`]{1,80}`|\b(?:alert|alarm|test|dashboard|runbook|playbook|checklist|script|metric|limit|quota|"
    r"timeout|threshold|probe|health ?check|"
    r"lint|rule|flag|toggle|monitor|page|ticket|rfc|adr|guide|guidelines|document|documentation|template|"
    r"badge|label|canary|retry|backup|policy|"
    r"config(?:uration)?|index|validation|validator|job|cron|feature flag|circuit breaker|rate limit|lock "
    r"?file|check|banner|interface|endpoint|query|replica)s?\b",
    _I,
)
_NUMBER = re.compile(
    r"(?<![\w.-])\d+(?:[.,]\d+)?\s?(?:%|ms|s|sec|seconds?|m|min|minutes?|h|hours?|days?|weeks?|x|GB|MB|KB|"
    r"GiB|MiB|Mi|Gi|k|qps|rps|req|nodes?|replicas?|pods?|users?|times)(?!\w)",
    _I,
)
_DONE_WHEN = re.compile(
    r"\b(?:done when|definition of done|acceptance criteria|success(?: criteria)?:|verified by|until "
    r"(?:it|the|all|no))\b",
    _I,
)
_EXPLORE = re.compile(
    r"^(?:to |also |maybe |please |perhaps |we (?:should|need to|could|will|must|want to|have to) |should "
    r"|need to |(?!continue|try)\w+ to )?(?P<span>"
    r"(?:consider|considering|discuss|explore|exploring|think (?:about|of)|look(?:ing)? (?:in ?to|at|for)|"
    r"figure(?:ing)? out|figuring out|find(?:ing)? (?:a|some|out|better)\b(?: ways?)?"
    r"|investigat(?:e|ing)|research(?:ing)?|brainstorm|evaluat(?:e|ing)|assess|analy[sz]e|stud(?:y|ies)|"
    r"(?:take|have) (?:an? )?(?:\w+ )?look|reach(?:ing)? out|touch base|liaise|consult|(?:let's |let us )?(?:talk|speak|chat|sync|meet) (?:to|with|about)|think through|dig (?:in ?to|deeper)|deep[- ]dive|get (?:a )?better|get to the bottom|come up with|"
    r"identify (?:ways?|opportunit\w+|areas?|gaps?|improvements?|options?|possib\w+|how|what|if|whether|any)|"
    r"(?:have|hold|start|open) (?:an? )?(?:\w+ )?(?:discussion|conversation|chat|talk|debate)|spend (?:more|some) time|"
    r"reconsider|contemplate|clarify (?:how|what|whether|if|who)|"
    r"explor\w+|examine|try(?: to| if| and)?|see (?:if|whether|how|what)"
    r"|learn (?:about|more|from|how)|understand|work (?:on|with|towards?|out)|continue|keep (?:an eye|"
    r"working|looking|improving|monitoring)|aim|strive|be (?:more )?\w+|decide (?:how|what|if|whether|on)"
    r"|determine (?:if|whether|how|what)|plan (?:a|for|how|to|out)|ponder|rethink|revisit|watch|talk "
    r"(?:to|with|about)|follow up|check (?:if|whether|why|how)|diagnose|review)\b)",
    _I,
)
_BETTER = re.compile(
    r"^(?:to |also |please |we (?:should|need to|could|will|must|want to|have to|need) |should |need to |"
    r"need )?(?P<span>(?:improve|improving|achieve|attain|do (?:a )?better|do more|do less|enhance|optimi[sz]e|strengthen|streamline|better|more|stronger|"
    r"easier|faster|improved|increase|foster|encourage|promote|raise awareness|boost|reinforce|bolster|"
    r"invest (?:more )?in|focus (?:more )?on|prioriti[sz]e|put more|place more|pay more|raise the (?:bar|profile)|refine|harden|mature)\b)",
    _I,
)
_COMPARATIVE = re.compile(
    r"\b(?P<span>better|more (?!than\b)\w+|less \w+|easier|faster|quicker|quickly|cleaner|safer|simpler|"
    r"stronger|clearer|smoother|earlier|sooner|resilient|robust|reliable|stable|scalable|"
    r"maintainable|high[- ]quality|gracefully|properly|appropriately?|adequate(?:ly)?|sufficient(?:ly)?|"
    r"as expected|if (?:possible|needed|necessary)|as (?:needed|necessary|appropriate)|"
    r"where (?:possible|appropriate)|proactive|visibility|speed up|speeding up|easy to|user[- ]friendly|"
    r"efficient(?:ly)?|best practices?)\b",
    _I,
)
_MAYBE = re.compile(
    r"\b(?P<span>maybe|perhaps|could potentially|potentially|possibly|somehow|something (?:like|about)|or "
    r"something|some kind of)\b",
    _I,
)
_CAREFUL = re.compile(
    r"\b(?P<span>be (?:more )?(?:careful|mindful|aware|diligent|vigilant|cautious|proactive|attentive)|"
    r"pay (?:more )?attention|remember to|communicate (?:better|more)|more (?:communication|care|people|"
    r"often|frequently|documentation)"
    r"|double[- ]check everything|keep an eye|raise awareness|take (?:more )?care|(?:more|very) seriously|think twice|slow down|"
    r"(?:follow|adhere to|stick to|respect) (?:the |our )?(?:\w+ )?(?:process|procedures?|best practices|guidelines|rules)|"
    r"remind (?:people|everyone|everybody|engineers|developers|the team|all|staff|each other|ourselves)|be (?:better )?(?:prepared|"
    r"ready)|(?:share|spread) (?:the |our |this )?(?:knowledge|learnings?|lessons)|educate|sensiti[sz]e|encourage|"
    r"communicate (?:early|earlier|clearly|openly|proactively|well)|collaborate|work (?:more )?closely|(?:more|better) testing"
    r"|get better at|(?:ask|tell|urge|advise|train) (?:people|everyone|everybody|teams|engineers|developers|colleagues|staff) to|"
    r"communicate (?:changes|more|plans|any)|automate more|more automation|(?:should|must|need to|have to) (?:always )?double[- ]?check|(?:technical|tech) debt|"
    r"(?:clear|clearer|better) (?:ownership|responsibilit\w+|expectations|communication|guidelines|processe?s?))\b",
    _I,
)
_PASSIVE = re.compile(
    r"\b(?P<span>(?:needs?|has|have|should|must|could|ought)(?: to)? (?:be |get )?(?:more |much |further )?(?:improv(?:ed|ing|ement)|better|"
    r"enhanced|optimi[sz]ed|strengthened|reviewed|revisited|investigated|looked (?:at|into)|considered|discussed|evaluated|"
    r"rethought)|(?:should|must|needs? to|could) be (?:more|better|less|easier|clearer|faster|safer|simpler)"
    r"|needs? (?:some |more )?(?:love|attention|work|thought))\b",
    _I,
)
_ENSURES = re.compile(
    r"^(?P<span>(?:ensure|make sure|see to it|guarantee|assure)\b)(?P<rest>[^.;]{0,300})",
    _I,
)
_EMPTY = re.compile(
    r"\b(?:never|again|proper(?:ly)?|adequate(?:ly)?|appropriate(?:ly)?|correct(?:ly)?|sufficient(?:ly)?|enough|everyone|everybody|"
    r"everything|right (?:people|person|time|way)|always|good|quality|aware(?:ness)?|understands?|knows?|familiar|smooth(?:ly)?|"
    r"well|this|it|these|best|better|reliab\w+|stab\w+|robust\w*|resilien\w+|trained|communicat\w+)\b",
    _I,
)
_TOPIC = re.compile(
    r"^(?:more |better |additional |further |regular |some )?(?P<span>(?:training|education|awareness|communication|collaboration|"
    r"knowledge[- ]sharing|cross[- ]training|documentation|discipline|ownership|vigilance|observability|resilience|"
    r"robustness|reliability|coordination)(?: (?:for|of|on|in|with|between|among|about|across|within|around)\b[^.;]{0,80})?)[.;]?$",
    _I,
)
_ISSUES = re.compile(
    r"^(?P<span>(?:fix|resolve|address|solve|tackle|handle|deal with|clean up|sort out) (?:[\w-]+ ){0,4}?(?:issues?|problems?|concerns?|"
    r"bugs|gaps|weaknesses|shortcomings|debt|mess))(?=[.,;]|$| (?:as they|when they|if|where|that (?:arise|come)))",
    _I,
)
_IMPROVEMENTS = re.compile(
    r"^(?:[\w/-]+ ){1,4}(?P<span>improvements?|enhancements?|optimi[sz]ations?|hardening|tuning|clean-?up)\.?$", _I
)
_SWEEPING = re.compile(
    r"\b(?P<span>never(?: again)?|ever|everything|everywhere|everyone|all (?:of (?:our|the) |"
    r"our |the |other |\d{2,4} )?(?:services|systems|teams|code|people|engineers|alerts|tests|applications|components|clusters|"
    r"repositories|databases|developers|dashboards|runbooks|pipelines|processes|dependencies|customers|environments)"
    r"|every (?:service|team|system|change|deployment|engineer)|any (?:kind|sort|future)|(?:entire|whole) "
    r"(?:system|platform|infrastructure|codebase|stack|architecture)"
    r"|re-?architect\w*|rewrite|redesign|re-?platform\w*|overhaul|blue[-/ ]green|multi-?(?:region|cloud|"
    r"cluster)|zero[- ]downtime|culture|programme|program)\b",
    _I,
)
_QUESTION = re.compile(
    r"^(?P<span>(?:how|what|why|when|where|who|which|should|can|could|is|are|do|does|would)\b[^?]{0,200}\?)", _I
)
_WH_QUESTION = re.compile(
    r"^(?P<span>(?:how|what|why|when|where|who|which)\b(?! (?:to|we|the|they)\b[^?]{0,80}$)[^?]{0,200})", _I
)
_PROCESS = re.compile(
    r"\b(?P<span>(?:define|establish|develop|have|need|introduce|create|set up|"
    r"implement)\b[^.;]{0,30}\b(?:process(?:es)?|strategy|culture|drills?|practice|approach|mindset|ownership))\b",
    _I,
)
_AMOUNT = re.compile(
    r"^(?:to |we (?:should|need to|will) |should )?(?P<span>(?:increase|decrease|reduce|raise|lower|"
    r"minimi[sz]e|maximi[sz]e|speed up|shorten|limit the|only)\b)",
    _I,
)
_MONITOR = re.compile(
    r"\b(?P<span>(?:implement|add|set up|introduce|have|create|improve|need)\b (?:\w+ "
    r"){0,3}?(?:monitoring|alerting|alerts|observability|logging|metrics|documentation|tests?|"
    r"testing))(?P<more>[^.;]*)",
    _I,
)
_PROMPTED = re.compile(
    r"\b(?:for|on|when|if|of|that|which|about|to detect|to catch|around|in|via|how|covering|with)\b", _I
)
_VAGUE_CJK = re.compile(
    r"(?P<span>(?:設計)?検討|調査|見直し|改善|強化|意識|注意|徹底|可能性)(?:する|を行う|を実施)?[。．]?$"
)
_PRONOUN_OBJECT = re.compile(
    r"^(?:we (?:should|need to|must|will|have to) |to |should |need to )?(?P<span>(?!do\b)[a-z]{3,12} "
    r"(?:this|it|that|these|them)(?: up| out| down)?)(?=[.,;]|$| (?:so|before|and|to|as|because|when|in "
    r"the future|soon|asap)\b)",
    _I,
)
_ABOUT_RECORD = re.compile(
    r"^(?:please )?(?P<span>(?:write|finish|complete|publish|share|hold|schedule|send|review|"
    r"fill)\b[^.;]{0,40}\b(?:post-?mortem|incident report|this (?:document|report|doc)|retro(?:spective)?|"
    r"rca|write-?up))\b",
    _I,
)
_CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W_][\w'’./-]*")


# What stands before the verb that counts: "we should really also …".
_FILLER = re.compile(
    r"^(?:(?:we|i|someone|somebody|(?:the|our) team|teams|engineers|developers|everyone|people)\s+(?=(?:should|must|need|will|could|"
    r"can|have to|might|may|want|would|ought|plan to|are going)\b)|(?:should|must|needs? to|will|could|can|ha(?:ve|s) to|might|may|"
    r"want to|would like to|ought to|plan to|are going to|needs? (?=better|more|improved))\s*|(?:really|probably|also|maybe|perhaps|"
    r"just|definitely|at least|ideally|eventually|please|still|then|first|finally|actually|possibly|potentially|hopefully|"
    r"next time|in (?:the )?future|going forward|long(?:er)?[- ]term|short(?:er)?[- ]term)[,:]?\s+|to\s+)",
    _I,
)


def _opening(text: str) -> str:
    """The first sentence from the verb that counts on."""
    first = _sentences(text)[0] if text.strip() else ""
    for _ in range(6):
        found = _FILLER.match(first)
        if found is None or not found.group():
            break
        first = first[found.end() :]
    return first


def _span(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text[:600])
    return found["span"].strip() if found else ""


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?。])\s+", text[:1200]) if part]


def _spelled_out(text: str) -> bool:
    """True where a vague opening is followed by an outcome that can be seen."""
    return bool(_OUTCOME.search(text)) or bool(_DONE_WHEN.search(text)) or bool(_NUMBER.search(text))


_NEVER_REDEEMED = (
    "consider",
    "investigat",
    "something",
    "continue",
    "keep",
    "try",
    "look",
    "talk",
    "think",
    "figure",
    "find",
)


_RECORDS = word_set("document record write publish describe list draft export print show graph plot draw log")
_HANDS_OVER = word_set("transfer move assign give hand delegate name")
_PREPOSITIONS = word_set("of for in into on with between among about across within around to from by at when so and over")
_ABSTRACT = word_set(
    """
visibility understanding knowledge expectations noise culture awareness alignment clarity confidence discipline hygiene
transparency collaboration communication communications coordination mindset trust empathy attention insight insights
resilience resiliency robustness reliability stability maturity observability quality accountability readiness
preparedness posture efficiency agility cooperation vigilance morale robust
"""
)


def no_words(text: str) -> str:
    """Specific: there are hardly any words."""
    words = _WORD.findall(text)
    return text.strip() if not _CJK.search(text) and len(words) < 3 and "`" not in text else ""


def explores(text: str) -> str:
    """Specific: it promises to think about something. "So that …" or a number redeems it."""
    first = _opening(text)
    span = _span(_EXPLORE, first)
    if span.casefold() in {"review", "diagnose", "follow up"} and len(_WORD.findall(first)) >= 7:
        return ""
    if span.casefold().startswith(("be ", "work out", "check", "come up")) and _ARTEFACT.search(first):
        return ""
    return "" if span and _spelled_out(first) and not span.casefold().startswith(_NEVER_REDEEMED) else span


def betters(text: str) -> str:
    """Specific: it promises more or better of something, with no outcome."""
    first = _opening(text)
    span = _span(_BETTER, first)
    if not span:
        return ""
    if span.casefold() in {"increase", "harden"} and len(_WORD.findall(first)) >= 5:
        return ""
    return (
        ""
        if (_OUTCOME.search(first) and not re.search(r"\beasier|better|quick", first, _I)) or _NUMBER.search(first)
        else span
    )


def careful(text: str) -> str:
    """Specific: it asks people to be better people."""
    if first_verb(text) in _RECORDS:
        return ""
    return _span(_CAREFUL, text)


def abstract(text: str) -> str:
    """Specific: the object is a virtue or a state of mind ("gain visibility", "reduce noise") that nobody can look at."""
    first = _opening(text)
    if re.search(r"\d|`", first) or _spelled_out(first):
        return ""
    words = _WORD.findall(first)[:14]
    if len(words) < 2 or words[0].casefold() not in TASK_VERBS or words[0].casefold() in _RECORDS | _HANDS_OVER:
        return ""
    for at, word in enumerate(words[1:], 1):
        lowered = word.casefold()
        following = words[at + 1].casefold() if at + 1 < len(words) else ""
        ends = not following or following in _PREPOSITIONS
        if lowered in _ABSTRACT and ends:
            return " ".join(words[: at + 1])
        if lowered in {"problems", "issues", "errors", "failures", "cases", "situations"} and ends:
            qualified = words[at - 1].casefold() in {"similar", "such", "other", "edge", "potential", "possible", "future"}
            return " ".join(words[: at + 1]) if qualified else ""
        if lowered in _PREPOSITIONS - {"and"}:
            return ""
    return ""


def improvements(text: str) -> str:
    """Specific: "health check improvements" names a topic."""
    return _span(_IMPROVEMENTS, text)


def asks(text: str) -> str:
    """Specific: it is a question with how, what, why."""
    return _span(_WH_QUESTION, text) if not first_verb(text) else ""


def passive(text: str) -> str:
    """Specific: "monitoring needs to be improved" says that something should be better, and not what."""
    first = _sentences(text)[0] if text else ""
    return "" if _spelled_out(first) else _span(_PASSIVE, first)


def ensures(text: str) -> str:
    """Specific: to ensure a virtue ("proper testing", "never again") is to name nothing that will be done."""
    found = _ENSURES.match(_main_clause(_opening(text)).partition(",")[0])
    if found is None or "`" in text or _NUMBER.search(text) or re.search(r"\bby \w+ing\b", text, _I):
        return ""
    return found["span"] if _EMPTY.search(found["rest"]) or len(_WORD.findall(found["rest"])) < 3 else ""


def issues(text: str) -> str:
    """Specific: "resolve the underlying problems" does not say which."""
    return "" if re.search(r"\d|`|#", text) else _span(_ISSUES, _opening(text))


def hedged(text: str) -> str:
    """Specific: it is asked whether ("should we …?"), or promised somehow."""
    found = re.match(r"(?P<span>(?:should|could|can|shall|do|would|might) (?:we|i|it|they|the)\b[^?]{0,200}\?|somehow\b)", text, _I)
    return found["span"] if found and not _OUTCOME.search(text) else ""


def topic(text: str) -> str:
    """Specific: a noun that is a virtue or a field of work, and nothing to be done about it."""
    return "" if re.search(r"\d|`", text) else _span(_TOPIC, text)


def graceful(text: str) -> str:
    """Specific: the whole change is an adverb."""
    found = re.search(
        r"\b(?P<span>more (?:gracefully|often|frequently|carefully|robustly|people|proactive\w*)|high "
        r"quality|easy to (?:understand|maintain|use))\b",
        text[:400],
        _I,
    )
    return found["span"] if found else ""


def unnamed_monitoring(text: str) -> str:
    """Specific: monitoring or alerts, of nothing in particular."""
    found = _MONITOR.search(_sentences(text)[0][:300] if text else "")
    if found is None:
        return ""
    more = found["more"]
    return (
        "" if _PROMPTED.search(more) or (len(_WORD.findall(more)) > 4 and "to respond" not in more) else found["span"]
    )


def pronouns(text: str) -> str:
    """Specific: "clean this up" stands on words that the tracker will not have."""
    found = _PRONOUN_OBJECT.match(_sentences(text)[0] if text else "")
    return found["span"] if found else ""


def vague_cjk(text: str) -> str:
    """Specific, Japanese: it ends in "consider", "investigate", "improve"."""
    return _span(_VAGUE_CJK, text)


def undecided(text: str) -> str:
    """Measurable: it ends in a question, or says maybe."""
    if (
        text.rstrip().endswith("?")
        and not _OUTCOME.search(text)
        and first_verb(text) not in {"write", "create", "document", "ask"}
    ):
        return text.rstrip()[-60:]
    return _span(_MAYBE, _sentences(text)[0] if text else "")


def _main_clause(sentence: str) -> str:
    """The sentence up to its reason or purpose, which may compare as it likes."""
    return re.split(
        r",? (?:so (?:that |we |it |they |the |as to )|which |because |since |in order to )", sentence, maxsplit=1
    )[0]


def compares(text: str) -> str:
    """Measurable: a comparison or a quality without a measure."""
    first = _sentences(text)[0] if text else ""
    if _NUMBER.search(text) or first_verb(first) in {"document", "write", "pin"}:
        return ""
    return _span(_COMPARATIVE, _main_clause(first))


def amounts(text: str) -> str:
    """Measurable: increase or reduce, by how much?"""
    first = _sentences(text)[0] if text else ""
    return "" if re.search(r"\d", first) or _OUTCOME.search(first) else _span(_AMOUNT, first)


def inspects(text: str) -> str:
    """Measurable: looking at something leaves no trace by itself."""
    found = re.match(
        r"(?P<span>(?:review|diagnose|assess|evaluate|analy[sz]e|examine|monitor the|watch|observe)\b)(?! and )",
        text,
        _I,
    )
    return found["span"] if found and not _DONE_WHEN.search(text) else ""


def points_back(text: str) -> str:
    """Measurable: "failures like this one" can be read widely or narrowly."""
    found = re.search(
        r"\b(?P<span>(?:\w+ )?(?:like this(?: one)?|like these|of this kind|of this type|similar "
        r"(?:issues|problems|failures|incidents|errors)))(?=[.,;]|$)",
        text,
        _I,
    )
    return found["span"] if found else ""


def processes(text: str) -> str:
    """Measurable: a process or a strategy, and no trace that it would leave."""
    return "" if _DONE_WHEN.search(text) else _span(_PROCESS, _sentences(text)[0] if text else "")


def sweeping_measure(text: str) -> str:
    """Measurable: a rule for ever is never done."""
    found = re.search(
        r"\b(?P<span>always|never|all people|everyone|whenever)\b", _sentences(text)[0] if text else "", _I
    )
    return found["span"] if found else ""


def sweeping(text: str) -> str:
    """Achievable: it promises for ever, for everything, or to build it all anew."""
    return _span(_SWEEPING, _sentences(text)[0] if text else "")


def open_ended(text: str) -> str:
    """Achievable: vague, and nothing in it says where it would end."""
    first = _sentences(text)[0] if text else ""
    for rule in (careful, graceful, improvements, unnamed_monitoring):
        if rule(first):
            return rule(first)
    found = re.match(
        r"(?:we should |to )?(?P<span>figure out|consider|keep an eye|"
        r"continue|try (?:if|to)|explore|strive|aim|find better|think about)\b",
        first,
        _I,
    )
    if found is not None:
        return found["span"]
    topic = re.search(
        r"\b(?P<span>(?:process(?:es)?|tooling|practices|reliability|communications?|resilien\w+|quality|"
        r"high[- ]level \w+|culture|stability))\b",
        first,
        _I,
    )
    if topic is not None and betters(first):
        return topic["span"]
    vague = betters(first) or explores(first)
    return vague if vague and not _ARTEFACT.search(first) and len(_WORD.findall(first)) <= 5 else ""


def about_the_record(text: str) -> str:
    """Relevant: it is about writing the post-mortem itself."""
    return _span(_ABOUT_RECORD, text)


SPECIFIC: tuple[Rule, ...] = (
    no_words,
    explores,
    betters,
    careful,
    improvements,
    asks,
    passive,
    ensures,
    topic,
    issues,
    hedged,
    abstract,
    graceful,
    unnamed_monitoring,
    pronouns,
    vague_cjk,
)
MEASURABLE: tuple[Rule, ...] = (undecided, compares, amounts, inspects, points_back, processes, sweeping_measure)
ACHIEVABLE: tuple[Rule, ...] = (sweeping, open_ended)
RELEVANT: tuple[Rule, ...] = (about_the_record,)
