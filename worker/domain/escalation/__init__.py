"""Who is owed a word about an action item, and from when?

`Ladders` and the functions below are the door. The rooms behind it: `signals` (what gives reason to speak), `memory`
(what was told), `climb` (the next rung of one signal), `ladders` (one step of all signals), `wording` (why you, why
now), `ahead` (what is to come, without the ledger).
"""

from worker.domain.escalation.ahead import (
    Announced,
    NextStep,
    announced,
    ladder_moments,
    next_step,
    people_with_intents,
    reached_people,
)
from worker.domain.escalation.climb import AWAY_FOR, INTENT_LIVES, QUIET_AT_LEAST, Prospect
from worker.domain.escalation.ladders import Ladders, owed_readers, owed_steps
from worker.domain.escalation.signals import KINDS, Signal, priority_of, signals_of
from worker.domain.escalation.wording import owner_name, subject_of

__all__ = [
    "AWAY_FOR",
    "INTENT_LIVES",
    "KINDS",
    "QUIET_AT_LEAST",
    "Announced",
    "Ladders",
    "NextStep",
    "Prospect",
    "Signal",
    "announced",
    "ladder_moments",
    "next_step",
    "owed_readers",
    "owed_steps",
    "owner_name",
    "people_with_intents",
    "priority_of",
    "reached_people",
    "signals_of",
    "subject_of",
]
