"""Which words of a text carry its matter? Content words, cut to a stem, without what every post-mortem says."""

from __future__ import annotations

import re
from functools import lru_cache

from worker.domain.words import CONCRETE_VERBS, VAGUE_VERBS, word_set

_PIECE = re.compile(r"[A-Za-zÀ-ÿ0-9_-]{2,40}|[\u3040-\u30ff\u4e00-\u9fff々ー]{2,40}")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_/.-]+")
_COMMON = word_set(
    """
a able about above according account across actual actually after again against ago all almost already also
although always am
among an and another any anything are area around as ask at available away back bad based be because been before
began begin
being below best better between big bit both bring but by call called came can cannot case cause caused causes
certain change
changed changes clear close come could current currently day days detail details did different do does doing
done down due
during each early effect either else end engineer engineers enough entire error errors even event events ever
every everything
expect expected experience fact fail failed failing failure failures far fast few final find first fix fixed
follow following for
found four from full further future gave get given go going good got great had half happen happened happening
hard has have having
he help her here high his hour hours how however if immediate impact important in incident incidents increase
increased initial
instead into is issue issues it item items its itself just keep kept kind know known large last late later least
left less level
like likely line little long longer look lot low made main major make making manual manually many may maybe mean
meant might
minute minutes month more morning most much must my need needed needs never new next no none normal not note
noted nothing
notice noticed now number of off often ok old on once one only onto open or order other our out outage over own
page part past
people per place plan point possible possibly post postmortem potential previous prior probably problem problems
process proper
properly provide put quick quickly quite rather ready real really reason recent recently related remain report
required result
resulted retro retrospective return returned right root run running said same saw say second see seem seen self
send sent
service services set several severe she should show side since single site situation slow small so some someone
something soon
start started starting state status step steps still stop stopped such support sure system systems take taken
task team teams
tell than that the their them then there these they thing things think this those though three through time
timeline times to
today together too took toward tried true try trying turn two type under understand until up update updated us
use used user
users using usual usually value various very via view want was way we week weeks well went were what when where
whether which
while who whole why will with within without work worked working works would year years yes yet you your zero
utc gmt am pm
production prod environment application app server servers code data file files please currently
""",
)
_SUFFIXES = (
    ("izations", "iz"), ("ization", "iz"), ("isation", "iz"), ("ations", "at"), ("ation", "at"), ("ments", ""),
    ("ment", ""),
    ("ities", "i"), ("ings", ""), ("ing", ""), ("ies", "i"), ("ied", "i"), ("ions", ""), ("ion", ""), ("ers", ""),
    ("er", ""), ("ed", ""), ("es", ""), ("s", ""), ("e", ""), ("y", "i"),
)  # fmt: skip


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A short common beginning of a word's forms; crude, since it only compares words of one document."""
    for ending, instead in _SUFFIXES:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= 3:
            cut = word[: len(word) - len(ending)] + instead
            return cut[:-1] if len(cut) > 3 and cut[-1:] == cut[-2:-1] else cut
    return word


def _words(text: str) -> list[str]:
    out: list[str] = []
    for piece in _PIECE.findall(text):
        if piece[0] > "\u3000":
            out += [piece[at : at + 2] for at in range(len(piece) - 1)]
            continue
        parts = [part for part in _CAMEL.split(piece) if part]
        out += [piece.casefold(), *(part.casefold() for part in parts)] if len(parts) > 1 else [piece.casefold()]
    return out


@lru_cache(maxsize=512)
def stems(text: str) -> frozenset[str]:
    """The stems of a text's content words. Verbs of doing say nothing about the matter and are left out."""
    return frozenset(
        stem(word)
        for word in _words(text)
        if not word.isdigit()
        and word not in _COMMON
        and (len(word) > 2 or word[0] > "\u3000")
        and (word not in CONCRETE_VERBS or word in _MATTER)
        and word not in VAGUE_VERBS
    )


# Verbs that name matter as nouns too.
_MATTER = word_set(
    """
alert cache queue label lease lock log mail map migrate monitor mount page pin port probe proxy query quota rate
release replica
restart retry rollback route schedule script search secure shard snapshot stage sync test throttle trigger
backup certify fence
buffer batch download upload import export encrypt drain dump deploy hook index launch limit load order package
partition patch
pod pool scale seed stream tag timeout token trace upgrade volume warm failover book mock poll meter image
version vacuum
"""
)
