"""What people asked for in comments, and what follows from it.

`hearing` finds what is new, `rights` says who may, `deeds` and `endings` say what follows, `talk` answers.
"""

from worker.domain.plan.dialogue.talk import Answered, converse

__all__ = ["Answered", "converse"]
