"""Who may be blamed, and for what: the patterns that `people` looks for. Data only, every repetition is bounded."""

from __future__ import annotations

import re

from worker.domain.words import word_set

_I = re.IGNORECASE
WORD = re.compile(r"[\w-]+")
ROLE = (
    r"(?:operators?|engineers?|developers?|devs?|admins?|administrators?|sys-?admins?|dbas?|sres?|on-?call(?: "
    r"engineers?)?|employees?|contractors?|interns?|technicians?|colleagues?|team members?|staff|managers?|reviewers?|"
    r"committers?|authors?|vendors?|support agents?|agents?|juniors?|person|individuals?|somebody|someone|"
    r"(?:team |tech |shift )?leads?|incident commanders?|(?:night|day|early|late|evening|weekend) shift|programmers?|"
    r"analysts?|architects?|consultants?|hires?|newcomers?|joiners?|starters?|testers?|supervisors?|trainees?|"
    r"apprentices?|approvers?|deployers?|responders?|suppliers?|qa|noc|management|coordinators?|officers?|directors?|"
    r"specialists?|maintainers?|"
    r"electricians?|installers?|swes?)"
)
# One word of each who may be meant, without a plural's s: most blocks hold none, and need no closer look.
SOMEBODY_WORDS = word_set(
    """
operator engineer developer dev admin administrator sysadmin sys-admin dba sre on-call oncall employee contractor intern
technician colleague member staff manager reviewer committer author vendor agent junior person individual somebody
someone lead commander shift programmer analyst architect consultant hire newcomer joiner starter tester supervisor
trainee apprentice approver deployer responder supplier qa noc management coordinator officer director specialist
maintainer electrician installer swe he she they worker team squad crew department desk group nobody no-one no none
"""
)
# A team that is named is as good as a person; "the team" alone mostly speaks of itself.
TEAM = r"(?:(?!our\b|the\b|this\b)[\w-]+ )(?:team|squad|crew|department|desk|group)"
# "The engineer on duty …", "the developer who wrote the query …"
_WHICH = (
    r"(?: (?:on|at|in|who|from|of|responsible|for|involved|[a-z]{3,10}ing)\b"
    r"(?: [\w'-]+){0,6}?)?"
)
_ASIDE = r"(?:, who (?:[\w'-]{1,30} ){1,6}?[\w'-]{1,30},)?"
_ADVERB = (
    r"(?:(?:also|simply|just|apparently|then|again|still|obviously|clearly|wrongly|really|probably|had|has|have|later|"
    r"never) ){0,2}"
)
_NEGLECT = (
    r"(?:check|notice|noticed|anticipate|think|realize|realise|know|verify|test|follow|understand|consider|read|"
    r"communicate|tell|inform|document|look|pay attention|remember to|bother|care|ask|escalate|review|validate|"
    r"respond|react|update|plan|take into account|act|foresee|prepare|coordinate|warn|raise|double-check|catch|spot|"
    r"recogni[sz]e|appreciate|account for|assess|monitor|adopt|prioriti[sz]e|comply|adhere|heed|question)"
)
_NEGLECTED = (
    r"(?:checked|noticed|anticipated|reali[sz]ed|known|verified|tested|followed|understood|considered|read|told|"
    r"informed|"
    r"documented|looked|remembered|asked|escalated|reviewed|validated|responded|reacted|adopted|implemented|caught|"
    r"communicated|prepared|warned|migrated|thought)"
)
_UNDONE = rf"(?:still )?(?:(?:has|have) not|ha(?:s|ve)n['’]t) (?:yet )?(?:\w+ )?{_NEGLECTED}\b"
# "Was not watching", "had not been following".
_NOT_DOING = (
    r"(?:(?:was|were|is|are) not|wasn['’]t|weren['’]t|isn['’]t|aren['’]t|(?:had|has|have) not been|ha(?:d|s|"
    r"ve)n['’]t been) "
    r"(?:actively |properly |really |closely |yet )?(?:monitoring|watching|following|checking|testing|reading|"
    r"prioriti[sz]ing|adhering|reviewing|updating|responding|listening)\b"
)
# A deed done without knowing what it would do.
_BLINDLY = (
    r"(?:(?!(?:we|they|it|that|which|who|think|thinks|says?|said)\b)[\w'-]+,? ){1,14}?(?:unaware (?:of|that)|"
    r"not (?:reali[sz]ing|knowing that)|without (?:reali[sz]ing|knowing|being (?:fully )?aware))\b"
)
# One thing was taken for another, or done in spite of what spoke against it.
_MIXED_UP = (
    r"(?:(?:ran|run|executed|applied|deployed|deleted|dropped|started|re-?started|pushed|copied|used|selected|entered|"
    r"typed|picked|uploaded|unplugged|pulled) (?:[\w'-]+ ){1,12}?instead of (?!\w+ing\b)\w|"
    r"(?:confused|mixed up|mistook) (?:the|a|an|two|one|it|this|both|production)\b|"
    r"(?:approved|merged|released|deployed|shipped|continued|proceeded|went ahead|unplugged|pushed|accepted|started|"
    r"restarted|ran) (?:[\w'-]+ ){0,9}?(?:despite|even though|in spite of)\b)"
)
_SLOW = (
    r"(?:(?:was|were) (?:too )?(?:slow|late) (?:to|in|at)\b|took (?:far |much )?too long to\b|"
    r"reacted (?:too )?(?:late|slowly)\b)"
)
_WITHOUT = (
    r"(?:[\w'-]+ ){1,10}?without (?:(?:any|a|an|prior|peer|proper|the) ){0,2}(?:checking|testing|reading|asking|"
    r"verifying|"
    r"telling|reviewing|thinking|looking|approval|informing|consulting|confirming|notifying|permission|"
    r"authori[sz]ation|"
    r"supervision|review|coordination|notice)\b"
)

# What follows "should have" of a deed: not "should have access to", "should have a test".
_DONE = (
    r"(?:(?:never|also|already|at least|probably|just|simply|not|easily|immediately|first) )?(?:been\b(?! (?:a|"
    r"an|the)\b)|"
    r"\w{2,20}ed\b|known|seen|caught|done|taken|thought|told|read|found|given|gone|made|run|written|kept|set|put|left|"
    r"had|spoken|understood|chosen|sent|paid|met|built|brought|held|foreseen|drawn|shown|sought|begun|spotted)"
)
_SHOULD = r"(?:(?:should(?:n['’]t| not| never)?|ought to|could(?: easily)?) have |should['’]ve |could['’]ve )" + _DONE
_NOT = r"(?:did not|didn['’]t|does not|doesn['’]t|had not|hadn['’]t|never)"
_GRADES = (
    r"(?:(?:was|were) (?:in a (?:hurry|rush)|not qualified|unqualified|inexperienced|distracted|overconfident|"
    r"incompetent|too \w+ to|careless|negligent|not aware|unaware|not paying attention|at fault|to blame|not careful|"
    r"sloppy|inattentive|not trained|not familiar with|unfamiliar with|not experienced|asleep|half[- ]asleep|"
    r"untrained|complacent|lazy))"
)
# Deeds that speak against whoever did them, be it a team or a person.
_TEAM_FAULT = (
    rf"(?:{_ADVERB}(?:{_SHOULD}|failed to|forgot|neglected to|omitted to|{_GRADES}|ignored|overlooked|"
    rf"{_NOT} (?:\w+ )?{_NEGLECT}\b(?! (?:that|how|which|the cause)\b)|{_WITHOUT}|{_SLOW}|{_NOT_DOING}|{_UNDONE}|"
    r"broke (?!up\b|down\b|out\b|it down\b|the (?:work|task|problem|change|silence)\b)\w|violated|mishandled|botched|"
    r"bungled|made (?:a|an|the|several) (?:\w+ )?(?:mistake|error|blunder)s?))"
)
_FAULT = (
    rf"(?:{_ADVERB}(?:{_SHOULD}|failed to|forgot|neglected to|omitted to|bothered to|"
    rf"{_WITHOUT}|{_BLINDLY}|{_MIXED_UP}|{_SLOW}|{_NOT_DOING}|{_UNDONE}|"
    r"(?:was|were) (?:supposed|meant) to\b|refused to\b|(?:decided|chose) to (?:skip|ignore|bypass|forgo)\b|"
    r"[a-z]{2,12} (?:on |in |at |to )?the wrong \w+|"
    r"(?:typed|entered|set|spelled|copied|pasted|configured|wired|labelled) [^.;,]{2,40}? (?:wrong|wrongly|"
    r"incorrectly)\b|"
    r"broke (?!up\b|down\b|out\b|it down\b|the (?:work|task|problem|change|silence)\b)\w|(?:took|brought) down|"
    r"(?:skipped|rushed|bypassed|circumvented|rubber-stamped|botched|bungled|mishandled|screwed up|messed up|"
    r"fat[- ]fingered|mis(?!s)[a-z]{1,12}(?:ed|ood|ook|ead|elt)|overlooked|ignored|disregarded|violated|"
    r"under-?estimated|"
    rf"over-?estimated|lost track|cut corners|dismissed (?:the|an?|several|all) (?:\w+ )?(?:alerts?|warnings?|"
    rf"pages?))\b|{_GRADES}|"
    r"made (?:a|an|the|several) (?:\w+ )?(?:mistake|error|blunder)s?|"
    r"(?:mistakenly|accidentally|incorrectly|carelessly|erroneously|inadvertently|wrongly|negligently|recklessly|"
    r"unintentionally|unknowingly|unwittingly|falsely|hastily|prematurely|blindly) \w+|"
    r"(?:[\w'-]+ ){1,8}?(?:and |but )?never (?:told|asked|checked|informed|tested|verified|bothered)\b|"
    r"(?:[\w'-]+ ){1,8}?and (?:forgot|neglected)\b|"
    r"(?:[\w'-]+ ){1,8}?by (?:mistake|accident)\b|made (?:a|an|the) (?:wrong|bad|incorrect|poor|improper|reckless) \w+|"
    r"missed (?:the|a|an|this|that|it|several)\b(?! (?:page|call|window|deadline|meeting))|slept through|"
    rf"{_NOT} (?:\w+ )?{_NEGLECT}\b|broke the (?:rule|process|policy)))"
)
PERSON_FAULT = re.compile(
    rf"(?<![\w-])(?:(?:the|an?|our|one|some|another|this) (?:[\w-]+ ){{0,2}})?(?P<who>{ROLE}|he|she){_WHICH}{_ASIDE},? "
    rf"(?:(?:who|that) )?(?P<what>{_FAULT})",
    _I,
)
TEAM_FAULT = re.compile(rf"(?<![\w-])(?:the |an? |one |another )?(?P<who>{TEAM}) (?P<what>{_TEAM_FAULT})", _I)
TEAMS_UNDONE = re.compile(rf"(?<![\w-])(?P<who>(?:some |many |most |other |several )?teams) (?P<what>{_UNDONE})", _I)
# "The fix from the web team could have …" is about the fix.
NOT_THE_DOER = re.compile(r"\b(?:from|for|with|about|between|like) $", _I)
# "They" may be servers; only what servers cannot do counts.
THEY_FAULT = re.compile(
    r"(?<![\w-])(?P<who>they|workers) (?P<what>(?:should have|should['’]ve|ought to have) (?:\w+ "
    r")?(?:checked|tested|"
    r"told|asked|"
    r"known|read|escalated|informed|verified|noticed|reviewed|thought|communicated|reacted|realised|realized)\b|"
    r"(?:did not|didn['’]t) (?:bother|think|care|ask|tell|read|test)\b|forgot to\b|neglected to\b)",
    _I,
)
NAME_FAULT = re.compile(
    rf"(?<![\w.@-])@?(?P<who>[A-ZÀ-Ý][\w-]{{1,30}})(?: [A-ZÀ-Ý][\w'-]{{1,30}})?(?: (?:from|of|in|on) (?:[\w'-]+ "
    rf"){{1,4}}?)?{_ASIDE}"
    rf" ?(?P<what>(?<= ){_FAULT})"
)
_LAPSE = (
    r"(?:mistake|error|fault|negligence|carelessness|oversight|inattention|sloppiness|blunder|laziness|incompetence|"
    r"inexperience|ignorance|misunderstanding|misjudge?ment|misconfiguration|typo|misstep|lapse|lack of [a-z]{4,14})s?"
)
BY_PERSON = re.compile(
    rf"\b(?P<what>(?:caused|triggered|introduced|broken) by (?:a |an |the |one of )?{_LAPSE} (?:of|by|from|made by) "
    r"(?:a |an |the |our )?\w+"
    rf"|(?:{_LAPSE}|judge?ment|(?:wrong|bad|poor|improper|incorrect) (?:handling|decision|action|usage)) (?:of|by|"
    r"(?:was |were )?(?:made|done|committed|caused) by|on the part of) (?:the |an? |our |one )?(?:[\w-]+ ){0,2}"
    rf"(?:{ROLE}|team)"
    rf"|(?:the |an? |our )(?:[\w-]+ ){{0,2}}(?:{ROLE}|team)['’]s? (?:own )?{_LAPSE}"
    r"|(?:mistakenly|accidentally|incorrectly|erroneously|inadvertently|wrongly|unintentionally|prematurely) "
    r"[a-z]{3,15} "
    rf"by (?:the |an? |our |one of (?:the|our) )?(?:[\w-]+ ){{0,2}}(?:{ROLE}|team)"
    rf"|caused by (?:a |an |the |our |one of (?:the|our) )?(?:[\w-]+ ){{0,2}}(?!vendors?\b|suppliers?\b){ROLE} "
    r"(?:who|whose|[a-z]{3,12}ing\b)"
    rf"|lack of [a-z]{{4,14}} (?:by|from|among|within|on the part of) (?:the |an? |our )?(?:[\w-]+ ){{0,2}}(?:{ROLE}|"
    rf"team)"
    r"|(?:failure|inability|unwillingness) (?:of|by|on the part of) (?:the |an? |our )?(?:[\w-]+ ){0,2}"
    rf"(?:{ROLE}|team) to"
    r"|(?:nobody|no one|no-one|none of them) (?:bothered|cared|took the (?:time|trouble)) to"
    rf"|(?:if|had) (?:the |an? |our )?{ROLE} (?:had )?(?:paid|been more|only|looked|checked|read|followed)"
    rf"|(?:without (?:being )?(?:fully )?(?:aware|knowing|reali[sz]ing)|unaware)\b[^.;]{{0,80}}, (?:the |an? |one of "
    rf"(?:the|our) )"
    rf"(?:[\w-]+ ){{0,2}}{ROLE}"
    r"|(?:was|were) not (?:exercised|followed|observed|respected|checked) by (?:the |an? |our )?(?:[\w-]+ ){0,2}"
    rf"(?:{ROLE}|team))\b",
    _I,
)
NAMES_LAPSE = re.compile(rf"(?<![\w.@-])(?P<who>[A-ZÀ-Ý][\w-]{{1,30}})['’]s? (?P<what>{_LAPSE})\b")
LAPSE_BY = re.compile(
    rf"\b{_LAPSE} (?:(?:was|were) )?(?:made |done |committed |caused )?by (?P<who>[A-ZÀ-Ý][\w-]{{1,30}})\b"
)
# Only people forget, realize, or are he or she.
HUMAN = re.compile(
    r"(?<![\w.@-])(?P<who>[A-ZÀ-Ý][a-zà-ÿ]{2,15})(?=(?: (?:then |also |simply |had |has )?(?:reali[sz]e[sd]|"
    r"forgot(?:ten)?|neglect(?:s|ed)|wonder(?:s|ed)|remember(?:s|ed)|apologi[sz]e[sd]|woke)\b|, who\b|"
    r"(?: [^.;]{3,30}?)? (?:when|as|while|because|that) (?:he|she)\b| [^.;]{3,40}? never (?:told|asked|bothered)\b))"
)
NOT_A_NAME = word_set(
    """
we you they nobody none someone somebody everyone everybody anyone who users customers teams team this that these
those the
"""
)
HUMAN_ERROR = re.compile(
    r"\b(?P<what>(?:human|operator|user|pilot|manual|engineer|developer|admin|administrator|technician|"
    r"personnel|staff) "
    r"(?:error|mistake|failure|blunder|lapse)s?)\b",
    _I,
)
EXPLAINS = re.compile(
    r"\b(?:due to|because of|caused|causes|causing|led to|leads to|resulted|result of|was an?|root cause|responsible|"
    r"came down to|triggered|reason|attributed|traced)\b",
    _I,
)
REJECTS = re.compile(
    r"\b(?:not|never|no|isn['’]t|wasn['’]t|rather than|instead of|avoid|prevent\w*|without|beyond|reduce|"
    r"against|eliminate|prone to|risk of|possibility of|"
    r"so-called|label\w*|protect|guard\w*|resilient|room for|chance of|chances of|potential|minimi[sz]e|less|fewer|"
    r"blame-?free|blameless|stop at|conclude|open to|susceptible|subject to|likel\w+)\b",
    _I,
)
REJECTS_AFTER = re.compile(
    r"\b(?:is|was|are|as) (?:not|never|only|just|merely|a symptom|seldom|rarely|a label|no|where|the start|a "
    r"consequence|an? "
    r"effect)\b",
    _I,
)
CARELESS = re.compile(
    r"\b(?P<what>careless(?:ly|ness)?|negligen(?:t|ce|tly)|sloppy|sloppiness|incompeten(?:t|ce)|lazy|"
    r"laziness|stupid(?:ity|ly)?|irresponsibl[ey]|reckless(?:ly|ness)?|idiot\w*|complacen(?:t|cy)|"
    r"(?:is|are|was|were) (?:entirely |solely |clearly )?(?:at fault|to blame|the culprit)|blamed on|"
    r"(?:the )?(?:blame|fault) (?:lies|rests|is) with|"
    r"(?:whose|his|her|their) fault|lack of (?:care|attention|discipline|diligence|professionalism|responsibility))\b",
    _I,
)
FAULT_WORDS = re.compile(r"(?:at fault|to blame|the culprit)$", _I)
SOMEBODY = re.compile(rf"\b(?:{ROLE}|team|he|she|they|who|people|everyone)\b", _I)
THING = re.compile(
    r"\b(?:no ?body|no one|nobody|which|code|bug|system|service|process|script|change|commit|config\w*|"
    r"node|server|database|deploy\w*|dns|network|query|tool)\s*$",
    _I,
)
# "If only …", "had we …", "could have been avoided": what did not happen explains nothing.
COUNTERFACTUAL = re.compile(
    r"\b(?P<what>if only\b|(?:could|would|might) (?:easily )?have been (?:avoided|prevented|averted|detected "
    r"(?:earlier|sooner)|"
    r"caught|noticed (?:earlier|sooner)|found (?:earlier|sooner)|shorter|mitigated (?:earlier|sooner))|"
    r"(?:would|could) have (?:prevented|avoided|averted|caught|avoided) (?:this|the (?:incident|outage|problem|issue))|"
    r"would not have (?:happened|occurred)|wouldn['’]t have (?:happened|occurred)|"
    r"had (?:the|we|they|it|this|somebody|someone|anybody|anyone) (?:[\w-]+ ){0,3}?(?:been|known|checked|"
    r"noticed|tested|"
    r"looked|followed|read|done)\b)",
    _I,
)
