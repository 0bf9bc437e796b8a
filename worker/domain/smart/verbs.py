"""Verbs and nouns that promise an effort, by what they mean. Data only; the rules stand in `soft`.

THINK is done in the head, BETTER moves a quality, PEOPLE happens between people, MIND is an attitude, COPE deals with
something without saying how, GOAL names an end and no means. Each verb stands in its base form; the other forms are
made from it.
"""

from __future__ import annotations

import re

from worker.domain.words import word_set

THINK, BETTER, PEOPLE, MIND, COPE, GOAL = "think", "better", "people", "mind", "cope", "goal"

_PLAIN = {
    THINK: """
analyse analyze appraise assess brainstorm conceptualise conceptualize consider contemplate debate deliberate diagnose
discuss evaluate examine explore gauge investigate ponder query reassess re-assess reconsider research re-evaluate
reevaluate reflect re-examine reexamine rethink re-think revisit re-visit scrutinise scrutinize study
troubleshoot understand weigh
wonder root-cause deep-dive spike
""",
    BETTER: """
iterate
augment beef better bolster boost elevate enhance evolve fine-tune fortify harden improve modernise modernize mature
optimise optimize polish rationalise rationalize refine reinforce revamp rework simplify smoothen solidify stabilise
stabilize streamline strengthen tune transform upskill up-skill uplift declutter
""",
    PEOPLE: """
advocate align champion coach collaborate communicate consult cooperate co-operate coordinate co-ordinate educate
embrace empower encourage engage evangelise evangelize facilitate foster inculcate liaise promote remind sensitise
sensitize socialise socialize
""",
    MIND: """
acquaint aim aspire attempt become continue endeavor endeavour familiarise familiarize refamiliarise refamiliarize
re-familiarise re-familiarize strive try be remember
""",
    COPE: "address handle tackle",
    GOAL: "achieve attain avoid eliminate maximise maximize minimise minimize mitigate prevent",
}
_LONG = {
    THINK: """
gather more|gather data|gather feedback|gather information|collect more|collect feedback|
carefully consider|perform rca|do an rca|check if|check whether|check why|check how|check with|clarify
come up with|consider whether
decide how|decide what|decide on|decide if|decide whether|define how|determine how|determine if
determine whether|determine what
dig deeper|dig in|dig into|explore if|figure out|find|find a better|find a solution|find a way|find alternatives
find another|find better|find out|find solutions|find ways|get a better understanding|get a handle on
get to the bottom
get a sense|get to know|have a look|have a think|identify areas|identify gaps|identify opportunities|identify options
identify how|identify if|identify potential|identify possible|identify ways|identify what|identify where
identify whether
learn|learn about|learn from|learn how|learn more|look|look at|look for|look into|look to|look out for|look closer
see how|see if|see what|see whether|take a look|take a closer look|think|think about|think of|think on
think through|think over
track down|work on|work out|work to|work toward|work towards|deep dive|root cause|plan|plan for|plan how
plan out|plan to
seek|seek ways|verify whether|verify if|gain an understanding|develop an understanding|keep investigating|look deeper
be clear on|rethink how|reconsider how|do a deep dive|do research|do some research|agree on how|scope out|scope the
""",
    BETTER: """
iterate on
bring up to|clean up the|do a better|do better|do less|do more|firm up|get better|get smarter|invest|invest in
invest more
level up|make use of|polish up|ramp up|raise the bar|raise the profile|shore up|smooth out|speed up|step up|tidy up
tighten|tighten up|spruce up|make better|make more of|take more|take better|have better|have more|get more
get better at
beef up|build up|mature our|give better|give more|use more|increase awareness|increase visibility|increase confidence
increase focus|increase understanding|add more|provide better|provide more
""",
    PEOPLE: """
be in contact|be in touch|bring up|build awareness|build confidence|build relationships|build trust|chase
chase down|chase up|check in|circle
circle back|catch up|drive|drive adoption|drive awareness|follow up|follow-up|followup|follow up on|follow up with
gain buy-in|gain confidence|gain trust|get agreement|get alignment|get buy-in|get consensus|get in touch|get support
give feedback|have a chat|have a conversation|have a discussion|have a word|have conversations|have discussions
have regular
hold accountable|hold teams|hold people|hold engineers|keep engaged|keep everyone|keep customers|keep people
keep stakeholders
keep users|make aware|make people|make sure people|manage expectations|shift left|close the loop|lean into
step back|raise our game|up our game|stay ahead|push|push for|put pressure
raise awareness|raise the topic
raise the issue|raise the question|raise with|reach out|reach out to|set expectations|set the right|set clear
share knowledge
share learnings|share lessons|share the learnings|share the lessons|speak|speak to|speak with|spread
spread awareness|spread the word
sync up|sync with|take ownership|talk|talk about|talk to|talk with|touch base|work closely|work with
work together|work closely with
share insights|transfer knowledge|make everyone|get everyone|get people|get teams|ask people|ask everyone
tell everyone
""",
    MIND: """
get familiar|become familiar|get used to|get better acquainted|set up a task|form a task|
assume|be able|keep an eye|keep improving|keep in mind|keep monitoring|keep track|keep up|keep watching
keep working|pay attention
pay more|place more|place emphasis|prioritise|prioritize|put emphasis|put focus|put more|put some|put effort
spend more|spend some
spend time|stay|stay on top|take care|take more care|take greater|take extra|take seriously|exercise caution
exercise care|focus
focus more|focus on|give attention|give love|give more|give some|give thought|devote|dedicate more|dedicate time
allocate time
make an effort|make it a|not forget|watch|watch out|watch for|bear in mind|allow more time|make time|take time
respect|think twice
""",
    COPE: """
bring under control|deal with|do something|do the needful|do the necessary|take the necessary|take necessary
take steps|take action|take measures|take appropriate|get around|get on top of|get rid of|get under control
put under control|sort|sort out|take care of
take on|clear up|clean up|cope with|do more about|solve|resolve|fix up|make progress|get to grips|come to grips
housekeep
bring in line|manage|work around|iron out|chip away|pay down|catch up on
""",
    GOAL: "",
}
# "Carry out a review of …", "have a discussion": the noun says what kind of effort it is.
LIGHT = re.compile(
    r"(?:carry(?:ing)? out|conduct(?:ing)?|perform(?:ing)?|do(?:ing)?|have|having|hold(?:ing)?|undertak(?:e|"
    r"ing)|arrang(?:e|ing)|"
    r"organi[sz](?:e|ing)|start(?:ing)?|initiat(?:e|ing)|set ?up|run(?:ning)?|make|making|complete|begin|"
    r"schedule|kick off) "
    r"(?:an? |the |some |more |further |regular |periodic |frequent |thorough |full |detailed |deeper |deep |better |"
    r"internal |proper |complete |comprehensive |general |joint |weekly |monthly |additional ){0,3}"
    r"(?P<noun>reviews?|assessments?|evaluations?|investigations?|analys[ie]s|research|exploration|discussions?|"
    r"conversations?|syncs?|brainstorm(?:ing)?|deep[- ]dives?|improvements?|enhancements?|optimi[sz]ations?|talks?|"
    r"clean-?ups?|stud(?:y|ies)|chats?|examination)\b",
    re.IGNORECASE,
)
NOUNS = {
    **dict.fromkeys(
        word_set(
            "review reviews assessment assessments evaluation evaluations investigation investigations analysis "
            "analyses "
            "research exploration discussion discussions conversation conversations brainstorm brainstorming study "
            "studies "
            "examination deep-dive deep-dives rca rcas reassessment re-evaluation reconsideration feasibility "
            "planning talk "
            "talks chat"
        ),
        THINK,
    ),
    **dict.fromkeys(
        word_set(
            "improvement improvements enhancement enhancements optimisation optimization optimisations optimizations "
            "hardening "
            "tuning streamlining strengthening simplification modernisation modernization refinement refinements "
            "stabilisation "
            "stabilization housekeeping cleanup clean-up cleanups tidying refactoring reduction rationalisation refresh"
        ),
        BETTER,
    ),
    **dict.fromkeys(
        word_set(
            "awareness collaboration communication communications comms cooperation co-operation coordination "
            "co-ordination "
            "alignment sync syncs upskilling follow-up follow-ups followup sessions session kickoff kick-off tour "
            "tours meeting meetings call calls workshop workshops "
            "catch-up training trainings education "
            "outreach mentoring"
        ),
        PEOPLE,
    ),
    **dict.fromkeys(word_set("vigilance attention discipline care caution diligence focus"), MIND),
}
# What may follow such a noun and still leave it alone: "review of …".
ASPECTS = word_set("of for in on with around between among across to at within into about by regarding and & from")

_IRREGULAR = {
    "think": "thought", "find": "found", "understand": "understood", "rethink": "rethought", "seek": "sought",
    "keep": "kept",
    "be": "been", "become": "become", "speak": "spoken", "take": "taken", "get": "got", "give": "given", "have": "had",
    "make": "made", "put": "put", "set": "set", "hold": "held", "spread": "spread", "build": "built", "deal": "dealt",
    "tell": "told", "spend": "spent", "bring": "brought", "pay": "paid", "see": "seen", "drive": "driven",
    "beef": "beefed",
}  # fmt: skip


# Where a past tense is not the participle.
_PAST = {"speak": "spoke", "take": "took", "see": "saw", "give": "gave", "get": "got", "drive": "drove", "be": "was"}


def _participle(base: str) -> str:
    if base in _IRREGULAR:
        return _IRREGULAR[base]
    if base.endswith("e"):
        return base + "d"
    return base[:-1] + "ied" if base.endswith("y") and base[-2:-1] not in "aeiou" else base + "ed"


def _gerund(base: str) -> str:
    if base == "be":
        return "being"
    if base.endswith("e") and not base.endswith(("ee", "ye")):
        return base[:-1] + "ing"
    return base + ("ning" if base == "plan" else "ting" if base in {"get", "put", "set"} else "ing")


def _phrases() -> dict[str, str]:
    out: dict[str, str] = {}
    for kind, text in _PLAIN.items():
        for base in text.split():
            out[base] = out[_gerund(base)] = kind
            if kind in {THINK, PEOPLE}:
                out[_participle(base)] = kind
    for kind, text in _LONG.items():
        for phrase in re.split(r"[|\n]", text.strip()):
            first, _, after = phrase.partition(" ")
            out[phrase] = out[f"{_gerund(first)} {after}".strip()] = kind
            if kind in {THINK, PEOPLE} and after:
                out[f"{_PAST.get(first) or _participle(first)} {after}"] = kind
    del out["being"]
    return {phrase: kind for phrase, kind in out.items() if phrase}


PHRASES = _phrases()
# "needs to be looked at", "should be reviewed": by the participle alone.
PARTICIPLES = {
    **{_participle(base): kind for kind, text in _PLAIN.items() if kind is not GOAL for base in text.split()},
    "looked": THINK, "considered": THINK, "reviewed": THINK, "worked": THINK, "found": THINK, "thought": THINK,
    "clarified": THINK, "improvement": BETTER, "improving": BETTER, "attention": MIND, "love": MIND, "work": COPE,
    "sorted": COPE, "solved": COPE, "raised": PEOPLE, "done": COPE, "improvements": BETTER, "tightened": BETTER,
    "prioritised": MIND, "prioritized": MIND, "made": "", "encouraged": PEOPLE, "expected": MIND,
}  # fmt: skip
