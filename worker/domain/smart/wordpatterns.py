"""The patterns that `wording` looks for in an item's words: vague verbs, comparatives, empty nouns. Data only."""

from __future__ import annotations

import re

from worker.domain.words import word_set

_I = re.IGNORECASE
OUTCOME = re.compile(
    r"\b(?:so (?:that|we|it|they|the|deployments?|users?|people)\b|such that\b|in order that\b)|\bby "
    r"(?:\w+ing)\b|\bto (?:abort|reject|fail|block|page|alert|warn)\b",
    _I,
)
_BETTERS = re.compile(
    r"\b(?:more|less|better|easier|faster|quick\w*|sooner|earlier|simpler|clearer|safer|smoother|cleaner|robust|"
    r"reliab\w+|"
    r"stable|resilient|maintainable|efficient\w*|as expected|properly|correctly|safely|smoothly)\b",
    _I,
)


def outcome(text: str) -> bool:
    """True where a purpose or a means is told that is more than "so that it is better"."""
    found = OUTCOME.search(text)
    return found is not None and _BETTERS.search(text[found.end() : found.end() + 60]) is None


ARTEFACT = re.compile(
    r"`[^`]{1,80}`|\b(?:alert|alarm|test|dashboard|runbook|playbook|checklist|script|metric|limit|quota|"
    r"timeout|threshold|probe|health ?check|"
    r"lint|rule|flag|toggle|monitor|page|ticket|rfc|adr|guide|guidelines|document|documentation|template|"
    r"badge|label|canary|retry|backup|policy|"
    r"config(?:uration)?|index|validation|validator|job|cron|feature flag|circuit breaker|rate limit|lock "
    r"?file|check|banner|interface|endpoint|query|replica)s?\b",
    _I,
)
NUMBER = re.compile(
    r"(?<![\w.-])\d+(?:[.,]\d+)?\s?(?:%|ms|s|sec|seconds?|m|min|minutes?|h|hours?|days?|weeks?|x|GB|MB|KB|"
    r"GiB|MiB|Mi|Gi|k|qps|rps|req|nodes?|replicas?|pods?|users?|times)(?!\w)",
    _I,
)
DONE_WHEN = re.compile(
    r"\b(?:done when|definition of done|acceptance criteria|success(?: criteria)?:|verified by|until "
    r"(?:it|the|all|no))\b",
    _I,
)
EXPLORE = re.compile(
    r"^(?:to |also |maybe |please |perhaps |we (?:should|need to|could|will|must|want to|have to) |should "
    r"|need to |(?!continue|try)\w+ to )?(?P<span>"
    r"(?:consider|considering|discuss|explore|exploring|think (?:about|of)|look(?:ing)? (?:in ?to|at|for)|"
    r"figure(?:ing)? out|figuring out|find(?:ing)? (?:a|some|out|better)\b(?: ways?)?"
    r"|investigat(?:e|ing)|research(?:ing)?|brainstorm|evaluat(?:e|ing)|assess|analy[sz]e|stud(?:y|ies)|"
    r"(?:take|have) (?:an? )?(?:\w+ )?look|reach(?:ing)? out|touch base|liaise|consult|(?:let's |let us )?(?:talk|"
    r"speak|chat|sync|meet) (?:to|with|about)|think through|dig (?:in ?to|deeper)|deep[- ]dive|get (?:a )?better|"
    r"get to the bottom|come up with|"
    r"identify (?:ways?|opportunit\w+|areas?|gaps?|improvements?|options?|possib\w+|how|what|if|whether|any)|"
    r"(?:have|hold|start|open) (?:an? )?(?:\w+ )?(?:discussion|conversation|chat|talk|debate)|spend (?:more|"
    r"some) time|"
    r"reconsider|contemplate|clarify (?:how|what|whether|if|who)|"
    r"explor\w+|examine|try(?: to| if| and)?|see (?:if|whether|how|what)"
    r"|learn (?:about|more|from|how)|understand|work (?:on|with|towards?|out)|continue|keep (?:an eye|"
    r"working|looking|improving|monitoring)|aim|strive|be (?:more )?\w+|decide (?:how|what|if|whether|on)"
    r"|determine (?:if|whether|how|what)|plan (?:a|for|how|to|out)|ponder|rethink|revisit|watch|talk "
    r"(?:to|with|about)|follow up|check (?:if|whether|why|how)|diagnose|review(?:ing)?)\b)",
    _I,
)
BETTER = re.compile(
    r"^(?:to |also |please |we (?:should|need to|could|will|must|want to|have to|need) |should |need to |"
    r"need )?(?P<span>(?:improve|improving|achieve|attain|do (?:a )?better|do more|do less|enhance|optimi[sz]e|"
    r"strengthen|streamline|better|more|stronger|"
    r"easier|faster|improved|increase|foster|encourage|promote|raise awareness|boost|reinforce|bolster|"
    r"invest (?:more )?in|focus (?:more )?on|prioriti[sz]e|put more|place more|pay more|raise the (?:bar|profile)|"
    r"refine|harden|mature)\b)",
    _I,
)
COMPARATIVE = re.compile(
    r"\b(?P<span>better|more (?!than\b)\w+|less \w+|easier|faster|quicker|quickly|cleaner|safer|simpler|"
    r"stronger|clearer|smoother|earlier|sooner|resilient|robust|reliable|scalable|"
    r"(?:sane|sensible|reasonable|stricter|tighter|higher|larger|bigger|smaller|shorter|greater|(?<!no )longer|"
    r"meaningful|"
    r"human-readable|clearly)(?! than\b|-)|"
    r"(?<!in )(?<!to )(?<!our )(?<!latest )(?<!next )(?<!(?-i:[A-Z][a-z]{2}) )stable(?! (?:release|version|branch|"
    r"channel|api|build|tag|image|user ?id|id|identifier|url|template|`))|"
    r"maintainable|high[- ]quality|gracefully|thoroughly|rigorously|carefully|diligently|elegantly|seamlessly|"
    r"smoothly|effectively|intelligently|properly|"
    r"appropriately?|adequate(?:ly)?|sufficient(?:ly)?|"
    r"as expected|if (?:possible|needed|necessary)|as (?:needed|necessary|appropriate)|"
    r"where (?:possible|appropriate)|proactive|visibility|speed up|speeding up|easy to|user[- ]friendly|"
    r"efficient(?:ly)?|best practices?)\b",
    _I,
)
# What a document, a test or a check is about may compare as it likes: "add a guide on how to triage quicker".
TELLS = re.compile(
    r"^(?:we (?:should|need to|will|must) )?(?:add|create|write|document|extend|update|publish|prepare|draft) "
    r"(?:[\w/-]+ "
    r"){0,3}?(?:documentation|docs?|documents?|runbooks?|guides?|guidance|pages?|articles?|tests?|checks?|test/check|"
    r"faq|"
    r"checklists?|playbooks?|sections?|notes?|tutorials?|handbook)\b",
    _I,
)
_LEFT_WORDS = re.compile(
    r"(?:,| and| then|;|&) (?:then |to |also )?(?:add|write|document|record|publish|draft|mock|prepare|attach|file|"
    r"post|report|list) "
    r"(?=\S)",
    _I,
)
# "A robust process with automated schema checks" says in the end what it is.
SHOWN_BY = re.compile(
    r" (?:with|by|using|via|through) (?:an? |the )?(?:[\w-]+ ){1,4}?(?:checks?|tests?|alerts?|limits?|gates?|hooks?|"
    r"steps?|"
    r"stages?|approvals?|reviews?|rules?|probes?|jobs?|monitoring|monitors?|metrics|validation|dashboards?|hints?)\b",
    _I,
)
# Something is handed over, so that there is a trace of it.
HANDED = re.compile(
    r"\b(?:with|by|through|in|via) (?:one|an?|the) (?:[\w-]+ )?(?:reports?|list|summary|emails?|proposal|patch|"
    r"ticket|form|"
    r"survey|letter|post)\b",
    _I,
)
TRIES_NAMED = re.compile(r"^try (?:out )?(?:the |a |an )?[`\"“‘]", _I)


def goes_on(text: str) -> bool:
    """True where a second sentence says by what."""
    parts = [part for part in re.split(r"(?<=[.!?。])\s+", text[:1200]) if part]
    return len(parts) > 1 and re.search(r"\b(?:will|by \w+ing|solution where)\b|`", parts[1]) is not None


def leaves_words(text: str) -> bool:
    """True where the words go on to something that is written down ("… and mock up guidelines")."""
    return _LEFT_WORDS.search(text) is not None


# "I think … . We should add …": a task may follow.
TASK_BEHIND = re.compile(
    r"(?<!if )(?<!whether )\b(?:we|they|it|you|that|which) (?:really )?(?:should|must|will|need to|needs to|have to) ",
    _I,
)
MAYBE = re.compile(
    r"\b(?P<span>maybe|perhaps|could potentially|potentially|possibly|somehow|something (?:like|about)|or "
    r"something|some kind of)\b",
    _I,
)
CAREFUL = re.compile(
    r"\b(?P<span>be (?:more )?(?:careful|mindful|aware|diligent|vigilant|cautious|proactive|attentive)|"
    r"pay (?:more )?attention|remember to|communicate (?:better|more)|more (?:communication|care|people|"
    r"often|frequently|documentation)"
    r"|double[- ]check everything|keep an eye|raise awareness|take (?:more )?care|(?:more|very) seriously|"
    r"think twice|slow down|"
    r"(?:follow|adhere to|stick to|respect) (?:the |our )?(?:\w+ )?(?:process|procedures?|best practices|guidelines|"
    r"rules)|"
    r"remind (?:people|everyone|everybody|engineers|developers|the team|all|staff|each other|ourselves)|"
    r"be (?:better )?(?:prepared|"
    r"ready)|(?:share|spread) (?:the |our |this )?(?:knowledge|learnings?|lessons)|educate|sensiti[sz]e|encourage|"
    r"communicate (?:early|earlier|clearly|openly|proactively|well)|collaborate|work (?:more )?closely|(?:more|"
    r"better) testing"
    r"|get better at|(?:ask|tell|urge|advise|train) (?:people|everyone|everybody|teams|engineers|developers|"
    r"colleagues|staff) to|"
    r"communicate (?:changes|more|plans|any)|automate more|more automation|(?:should|must|need to|"
    r"have to) (?:always )?double[- ]?check|(?:technical|tech) debt|"
    r"(?:clear|clearer|better) (?:ownership|responsibilit\w+|expectations|communication|guidelines|processe?s?))\b",
    _I,
)
PASSIVE = re.compile(
    r"\b(?P<span>(?:needs?|has|have|should|must|could|ought)(?: to)? (?:be |get )?(?:more |much |"
    r"further )?(?:improv(?:ed|ing|ement)|better|"
    r"enhanced|optimi[sz]ed|strengthened|reviewed|revisited|investigated|looked (?:at|into)|considered|discussed|"
    r"evaluated|"
    r"rethought)|(?:should|must|needs? to|could) be (?:more|better|less|easier|clearer|faster|safer|simpler)"
    r"|needs? (?:some |more )?(?:love|attention|work|thought))\b",
    _I,
)
ENSURES = re.compile(
    r"^(?P<span>(?:ensure|make sure|see to it|guarantee|assure)\b)(?P<rest>[^.;]{0,300})",
    _I,
)
EMPTY = re.compile(
    r"\b(?:never|again|proper(?:ly)?|adequate(?:ly)?|appropriate(?:ly)?|correct(?:ly)?|sufficient(?:ly)?|enough|"
    r"everyone|everybody|"
    r"everything|right (?:people|person|time|way)|always|good|quality|aware(?:ness)?|understands?|knows?|familiar|"
    r"smooth(?:ly)?|up[- ]to[- ]date|"
    r"well|this|it|these|best|better|reliab\w+|stab\w+|robust\w*|resilien\w+|trained|communicat\w+)\b",
    _I,
)
TOPIC = re.compile(
    r"^(?:more |better |additional |further |regular |some |cross-team |cross-functional )?(?P<span>(?:training|"
    r"education|awareness|communication|"
    r"collaboration|"
    r"knowledge[- ]sharing|cross[- ]training|documentation|discipline|ownership|vigilance|observability|resilience|"
    r"robustness|reliability|coordination)(?: (?:for|of|on|in|with|between|among|about|across|within|"
    r"around)\b[^.;]{0,80})?)[.;]?$",
    _I,
)
ISSUES = re.compile(
    r"^(?P<span>(?:fix|resolve|address|solve|tackle|handle|deal with|clean up|sort out) (?:[\w-]+ ){0,4}?(?:issues?|"
    r"problems?|concerns?|"
    r"bugs|gaps|weaknesses|shortcomings|debt|mess))(?=[.,;]|$| (?:as they|when they|if|where|that (?:arise|come)))",
    _I,
)
IMPROVEMENTS = re.compile(
    r"^(?:[\w/-]+ ){1,4}(?P<span>improvements?|enhancements?|optimi[sz]ations?|hardening|tuning|clean-?up)\.?$", _I
)
SWEEPING = re.compile(
    r"\b(?P<span>never(?: again)?|ever|everything|everywhere|(?<!where )everyone|all (?:of (?:our|the) |"
    r"our |the |other |\d{2,4} )?(?:services|systems|teams|code|people|engineers|alerts|tests|applications|"
    r"components|clusters|"
    r"repositories|databases|developers|dashboards|runbooks|pipelines|processes|dependencies|customers|environments)"
    r"|(?:all|every|any) (?:single )?points? of failure|zero (?:data loss|incidents?|outages?|errors?|failures?)|"
    r"once and for all|(?:transform|reinvent|rebuild) (?:our|the|all)|"
    r"every (?:service|team|system|change|deployment|engineer|developer|repo\w*|application)|any (?:kind|sort|"
    r"future)|(?:entire|whole) "
    r"(?:system|platform|infrastructure|codebase|stack|architecture)"
    r"|re-?architect\w*|rewrite|redesign|re-?platform\w*|overhaul|blue[-/ ]green|multi-?(?:region|cloud|"
    r"cluster)|zero[- ]downtime|culture|programmes?)\b",
    _I,
)
# A quantity that can be watched.
GAUGE = re.compile(
    r"\b(?:errors?|latenc\w+|usage|utili[sz]ation|capacity|expir\w+|rates?|depths?|lags?|memory|cpu|disks?|space|"
    r"inodes?|"
    r"iops|5xx|4xx|uptime|timeouts?|restarts?|traffic|throughput|queues?|backlogs?|quotas?|thresholds?|certificates?|"
    r"certs?|"
    r"connections?|retries|duration|heap|swap|temperature|heartbeats?|oom\w*|replication|crash\w*|backups?)\b",
    _I,
)
# What an alert can go off at: a quantity, a state or an event.
SIGN = re.compile(
    r"\b(?:errors?|fail\w*|latenc\w+|usage|utili[sz]ation|capacity|expir\w+|rates?|sizes?|depths?|lags?|memory|cpu|"
    r"disks?|space|ram|inodes?|iops|5xx|4xx|status|codes?|availability|uptime|reachab\w+|health\w*|unhealthy|"
    r"timeouts?|restarts?|states?|stuck|counts?|numbers?|volumes?|traffic|spikes?|exceptions?|crash\w*|loops?|"
    r"throughput|queues?|backlogs?|quotas?|limits?|thresholds?|budgets?|slos?|sl[ai]s?|certificates?|certs?|"
    r"connections?|retries|duration|delay\w*|age|growth|drops?|missing|absent|absence|down|outages?|degrad\w+|evict\w+|"
    r"oom\w*|kills?|leaks?|deadlocks?|locks?|conflicts?|mismatch\w*|drift|replication|wal|slots?|threads?|pools?|"
    r"heap|swap|load|temperature|requests?|responses?|writes?|reads?|quer(?:y|ies)|jobs?|backups?|heartbeats?|"
    r"attempts?|logins?|changes?|events?|when|if|that|which|whose|not|no|without|more|less|than|above|below|over|under|"
    r"targets?|endpoints?|ports?|pending|nodes?|pods?|balances?|payments?|anomal\w+|outliers?|reloads?)\b",
    _I,
)
QUESTION = re.compile(
    r"^(?P<span>(?:how|what|why|when|where|who|which|should|can|could|is|are|do|does|would)\b[^?]{0,200}\?)", _I
)
WH_QUESTION = re.compile(
    r"^(?P<span>(?:how|what|why|when|where|who|which)\b(?! (?:to|we|the|they)\b[^?]{0,80}$)[^?]{0,200})", _I
)
PROCESS = re.compile(
    r"\b(?P<span>(?:define|establish|develop|have|need|introduce|create|set ?up|"
    r"implement)\b[^.;]{0,30}\b(?:process(?:es)?|strategy|culture|drills?|practice|approach|mindset|ownership))\b",
    _I,
)
AMOUNT = re.compile(
    r"^(?:to |we (?:should|need to|will) |should )?(?P<span>(?:increas(?:e|ing)|decreas(?:e|ing)|reduc(?:e|ing)|"
    r"rais(?:e|ing)|lower(?:ing)?|minimi[sz](?:e|ing)|maximi[sz](?:e|ing)|speed(?:ing)? up|shorten(?:ing)?|limit the|"
    r"only|tun(?:e|ing)|adjust(?:ing)?|tweak(?:ing)?|fine-?tun(?:e|ing)|right-?siz(?:e|ing))\b)",
    _I,
)
INSPECTS = re.compile(
    r"^(?P<span>(?:review(?:ing)?|diagnos(?:e|ing)|assess(?:ing)?|evaluat(?:e|ing)|analy[sz](?:e|ing)|examin(?:e|ing)|"
    r"monitor the|watch(?:ing)?|observ(?:e|ing)|"
    r"identify(?:ing)?(?! (?:the )?(?:root )?(?:reasons?|causes?|quer|why|which)))\b)"
    r"(?! and (?!adjust|refine|improve|evaluat|assess|optimi|tune|monitor|analy|understand|update|revise))",
    _I,
)
MONITOR = re.compile(
    r"\b(?P<span>(?:implement|add|set ?up|introduce|have|create|improve|need)\b (?:\w+ "
    r"){0,3}?(?:monitoring|alerting|alerts|observability|logging|metrics|documentation|tests?|"
    r"testing))(?P<more>[^.;]*)",
    _I,
)
PROMPTED = re.compile(
    r"\b(?:for|on|when|if|of|that|which|about|to detect|to catch|around|in|via|how|covering|with)\b"
    r"|^ to (?!respond|improve|ensure|enhance|help|make|be\b|prevent|avoid|increase|reduce|better|support|the team)",
    _I,
)
VAGUE_CJK = re.compile(
    r"(?P<span>(?:設計)?検討|調査|見直し|改善|強化|意識|注意|徹底|可能性)(?:する|を行う|を実施)?[。．]?$"
)
PRONOUN_OBJECT = re.compile(
    r"^(?:we (?:should|need to|must|will|have to) |to |should |need to )?(?P<span>(?!do\b|(?:add|move|put|send|copy|"
    r"link|"
    r"attach|apply|port) \w+ (?:in)?to\b)[a-z]{3,12} (?:this|it|that|these|them)(?: up| out| down)?)(?=[.,;]|$| "
    r"(?:so|before|and|to|as|because|when|in "
    r"the future|soon|asap)\b)",
    _I,
)
CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
WORD = re.compile(r"[^\W_][\w'’./-]*")
# Verbs of goodwill: concrete only with a number, a name in code or an artefact beside them.
LOOSE = re.compile(
    r"^(?P<span>(?:align|reflect|get ahead|(?:support|help|assist) (?:the |our |each )?(?:[\w-]+ )?(?:teams?|people|"
    r"colleagues|"
    r"engineers|developers|users|customers|others?|each other)|give (?:more|some) (?:attention|thought|weight|focus)|"
    r"tighten(?: up)?|"
    r"check in|touch base|reassess|re-?evaluate|clarify|clear up|revamp|step up|"
    r"ramp up|"
    r"shore up|coordinate|cooperate|advocate|champion|push for|stay|facilitate|sync up|catch up|"
    r"raise (?:the )?(?:issue|topic|"
    r"question)|bring up|brush up|keep up|address|tackle|mature|evolve|modernize|stabilize|"
    r"rationalize|"
    r"get rid of (?:legacy|old|dead|technical)|make (?:use of|time|room)|push|drive)\b)",
    _I,
)
# "Make on-call more sustainable", "provide better documentation", "handle failures gracefully".
QUALITY = re.compile(
    r"^(?:make|keep|render|leave) [^.;,]{1,60}? (?P<span>more [a-z]+|easier|safer|better|simpler|cleaner|clearer|"
    r"nicer)\b"
    r"|^(?:provide|create|write|have|offer|give|get|use|introduce|add|build|need|set ?up|develop|implement|establish|"
    r"adopt|find|design|seek|deliver|perform|conduct|"
    r"do) (?:[\w'-]+ ){0,2}?(?P<span2>better|improved|enhanced|"
    r"clearer|stronger|nicer|stricter|tighter|closer|smarter|deeper|broader|more (?:[a-z]+ly )?(?:robust|detailed|"
    r"reliable|helpful|useful|automated|thorough|rigorous|"
    r"comprehensive|frequent|formal|formali[sz]ed|consistent|proactive|structured|extensive|resilient|effective|"
    r"accurate|"
    r"careful|stringent|sophisticated|advanced|flexible|scalable|granular|descriptive))\b"
    r"|^[a-z-]{3,15} [^.;,]{1,60}? (?P<span3>gracefully|properly|appropriately|correctly|elegantly|seamlessly|"
    r"smoothly|efficiently|effectively|"
    r"intelligently|reliably|robustly|cleanly|better|(?<!as )well)(?= during|"
    r" when| in| with| and|[.;,]|$)",
    _I,
)
# A test of a named kind is more than "tests".
KINDS_OF_TEST = re.compile(
    r"\b(?:load|stress|chaos|integration|e2e|end-to-end|regression|unit|smoke|fuzz|performance|canary|contract|"
    r"migration|"
    r"upgrade|rollback|restore|failover|acceptance|soak|penetration) test(?:s|ing)?\b",
    _I,
)
ABSTRACT = word_set(
    """
visibility understanding knowledge expectations noise culture awareness alignment clarity confidence discipline
hygiene
transparency collaboration communication communications coordination mindset trust empathy attention insight insights
resilience resiliency robustness reliability stability maturity observability quality accountability readiness
preparedness assumptions adoption ownership usage radius toil
posture efficiency agility cooperation vigilance morale robust
"""
)
# What was done had an end, and "all customers who were charged twice" is a list.
DONE_DEED = re.compile(
    r"(?:we (?:have )?|already )?(?:[a-z]{3,}ed|sent|ran|run|wrote|built|made|put|told)\b(?! to\b)", _I
)
BOUNDED = re.compile(
    r" (?:affected|listed|named|mentioned|remaining|which|that|who|whose|using|with|without|on the|in the|of this|"
    r"below|above|\()",
    _I,
)
HEADLONG = re.compile(
    r"^(?:(?:we|i|they|the team) (?:should|could|need to|will) |to )?(?P<span>figure out|consider|keep an eye|"
    r"continue|try (?:if|to)|"
    r"explore|strive|aim|find better|think about|promote|encourage|become|get a better|get better)\b",
    _I,
)
OPTIONS = re.compile(
    r"\b(?P<span>(?:further |other |more |some |any )?(?:options|possibilities|alternatives|opportunities|ideas|"
    r"ways) (?:for|of|to)\b)",
    _I,
)
WHOLE = re.compile(
    r"\b(?P<span>(?:process(?:es)?|tooling|practices|reliability|communications?|resilien\w+|quality|"
    r"high[- ]level \w+|culture|stability|techniques|pipelines|systems?|workflows?|infrastructure|procedures?|posture|"
    r"safeguards|strateg(?:y|ies)))\b",
    _I,
)
# Words for qualities; two of them in one wish have no end.
QUALITIES = re.compile(
    r"\b(improv\w+|enhanc\w+|better|more \w+|optimi[sz]\w+|refin\w+|strengthen\w*|faster|quicker|clearer|easier|"
    r"robust\w*|"
    r"reliab\w+|resilien\w+|proactive\w*|comprehensive|thorough|additional|various|different|overall|efficien\w+|"
    r"readiness)\b",
    _I,
)
FOR_EVER = re.compile(r"(?<!: )(?<!=)\b(?P<span>always|never|all people|(?<!where )everyone|whenever)\b", _I)
# What a machine does "whenever" is a trigger, and no rule for people.
TRIGGERED = re.compile(
    r"\b(?:tests?|checks?|alerts?|jobs?|pipelines?|automat\w+|scripts?|bots?|ci|hooks?|page|pages)\b", _I
)
# What is got rid of may be described by comparison, and what was done may tell what for.
_REMOVES = re.compile(r"^(?:delete|remove|drop|kill|decommission|retire|disable|replace|terminate)d?\b", _I)
_FOR_WHAT = re.compile(r" to (?:better|allow|let|provide|give|query|simulate|verify) ", _I)
_DONE_OR_ADDED = re.compile(
    r"^(?:(?:add|creat|enabl|instal|implement|fix|remov|chang|replac|switch|mov|updat|configur|deploy|introduc|merg|"
    r"roll)\w*ed|"
    r"add|wrote|set up|built|ran) (?=(?:[\w`./&-]+ ){2})",
    _I,
)


def compared(first: str) -> str:
    """The part of a sentence in which a comparison counts: not what is thrown away, nor what a thing is added for."""
    if _REMOVES.match(first):
        return ""
    return _FOR_WHAT.split(first, maxsplit=1)[0] if _DONE_OR_ADDED.match(first) else first
