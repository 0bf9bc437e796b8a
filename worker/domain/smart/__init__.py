"""Is this a promise that can be kept? The SMART verdicts about one item, and what is said beside them.

`judge` and `needs` are the door; the rooms behind it: `wording` and `soft` (rules over the words), `claims` (which
verb, which object), `relevance` (what of the incident an item is tied to), `strength` (how much a kept promise would
change), `reword` (the author's own words, with gaps).
"""

from worker.domain.smart.judge import NEEDS, judge, needs, suppressed
from worker.domain.smart.reword import reword
from worker.domain.smart.strength import Balance, Strength, aim_of, balance, deliverables, strength_of

__all__ = [
    "NEEDS",
    "Balance",
    "Strength",
    "aim_of",
    "balance",
    "deliverables",
    "judge",
    "needs",
    "reword",
    "strength_of",
    "suppressed",
]
