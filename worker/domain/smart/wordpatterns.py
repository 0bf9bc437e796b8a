"""The patterns that `wording` looks for in an item's words: vague verbs, comparatives, empty nouns. Data only."""

from __future__ import annotations

import re

_I = re.IGNORECASE
OUTCOME = re.compile(
    r"\b(?:so (?:that|we|it|they|the|deployments?|users?|people)\b|such that\b|in order that\b)|\bby "
    r"(?:\w+ing)\b|\bto (?:abort|reject|fail|block|page|alert|warn)\b",
    _I,
)
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
    r"(?:to|with|about)|follow up|check (?:if|whether|why|how)|diagnose|review)\b)",
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
    r"stronger|clearer|smoother|earlier|sooner|resilient|robust|reliable|stable|scalable|"
    r"maintainable|high[- ]quality|gracefully|properly|appropriately?|adequate(?:ly)?|sufficient(?:ly)?|"
    r"as expected|if (?:possible|needed|necessary)|as (?:needed|necessary|appropriate)|"
    r"where (?:possible|appropriate)|proactive|visibility|speed up|speeding up|easy to|user[- ]friendly|"
    r"efficient(?:ly)?|best practices?)\b",
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
    r"\b(?P<span>never(?: again)?|ever|everything|everywhere|everyone|all (?:of (?:our|the) |"
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
QUESTION = re.compile(
    r"^(?P<span>(?:how|what|why|when|where|who|which|should|can|could|is|are|do|does|would)\b[^?]{0,200}\?)", _I
)
WH_QUESTION = re.compile(
    r"^(?P<span>(?:how|what|why|when|where|who|which)\b(?! (?:to|we|the|they)\b[^?]{0,80}$)[^?]{0,200})", _I
)
PROCESS = re.compile(
    r"\b(?P<span>(?:define|establish|develop|have|need|introduce|create|set up|"
    r"implement)\b[^.;]{0,30}\b(?:process(?:es)?|strategy|culture|drills?|practice|approach|mindset|ownership))\b",
    _I,
)
AMOUNT = re.compile(
    r"^(?:to |we (?:should|need to|will) |should )?(?P<span>(?:increase|decrease|reduce|raise|lower|"
    r"minimi[sz]e|maximi[sz]e|speed up|shorten|limit the|only)\b)",
    _I,
)
MONITOR = re.compile(
    r"\b(?P<span>(?:implement|add|set up|introduce|have|create|improve|need)\b (?:\w+ "
    r"){0,3}?(?:monitoring|alerting|alerts|observability|logging|metrics|documentation|tests?|"
    r"testing))(?P<more>[^.;]*)",
    _I,
)
PROMPTED = re.compile(
    r"\b(?:for|on|when|if|of|that|which|about|to detect|to catch|around|in|via|how|covering|with)\b", _I
)
VAGUE_CJK = re.compile(
    r"(?P<span>(?:設計)?検討|調査|見直し|改善|強化|意識|注意|徹底|可能性)(?:する|を行う|を実施)?[。．]?$"
)
PRONOUN_OBJECT = re.compile(
    r"^(?:we (?:should|need to|must|will|have to) |to |should |need to )?(?P<span>(?!do\b)[a-z]{3,12} "
    r"(?:this|it|that|these|them)(?: up| out| down)?)(?=[.,;]|$| (?:so|before|and|to|as|because|when|in "
    r"the future|soon|asap)\b)",
    _I,
)
CJK = re.compile(r"(?P<span>(?:設計)?検討|調査|見直し|改善|強化|意識|注意|徹底|可能性)(?:する|を行う|を実施)?[。．]?$")
PRONOUN_OBJECT = re.compile(
    r"^(?:we (?:should|need to|must|will|have to) |to |should |need to )?(?P<span>(?!do\b)[a-z]{3,12} "
    r"(?:this|it|that|these|them)(?: up| out| down)?)(?=[.,;]|$| (?:so|before|and|to|as|because|when|in "
    r"the future|soon|asap)\b)",
    _I,
)
ABOUT_RECORD = re.compile(
    r"^(?:please )?(?P<span>(?:write|finish|complete|publish|share|hold|schedule|send|review|"
    r"fill)\b[^.;]{0,40}\b(?:post-?mortem|incident report|this (?:document|report|doc)|retro(?:spective)?|"
    r"rca|write-?up))\b",
    _I,
)
CJK = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
WORD = re.compile(r"[^\W_][\w'’./-]*")
# Verbs of goodwill: concrete only with a number, a name in code or an artefact beside them.
LOOSE = re.compile(
    r"^(?P<span>(?:align|reflect|get ahead|give (?:more|some) (?:attention|thought|weight|focus)|tighten(?: up)?|"
    r"check in|touch base|reassess|re-?evaluate|clarify|clear up|revamp|step up|"
    r"ramp up|"
    r"shore up|coordinate|cooperate|advocate|champion|push for|stay|facilitate|sync up|catch up|"
    r"raise (?:the )?(?:issue|topic|"
    r"question)|bring up|brush up|keep up|help|support|assist|address|tackle|mature|evolve|modernize|stabilize|"
    r"rationalize|"
    r"get rid of (?:legacy|old|dead|technical)|make (?:use of|time|room)|push|drive)\b)",
    _I,
)
# "Make on-call more sustainable", "provide better documentation", "handle failures gracefully".
QUALITY = re.compile(
    r"^(?:make|keep|render|leave) [^.;,]{1,60}? (?P<span>more [a-z]+|easier|safer|better|simpler|cleaner|clearer|"
    r"nicer)\b"
    r"|^(?:provide|create|write|have|offer|give|get|use|introduce|add|build|need|set up|"
    r"do) (?:[\w'-]+ ){0,2}?(?P<span2>better|improved|"
    r"clearer|stronger|nicer|more (?:robust|detailed|reliable|helpful|useful|automated))\b"
    r"|^[a-z-]{3,15} [^.;,]{1,60}? (?P<span3>gracefully|properly|appropriately|correctly|better|well)(?= during|"
    r" when| in| with|[.;,]|$)",
    _I,
)
