"""How would the author say it so that it can be kept? Their own words, with gaps where only they know.

The form is "*owner* will *do this* by *day*; done when *this shows*". Nothing is invented: a gap is "…".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from worker.domain.datewords import echo
from worker.domain.model import ActionItem, Verdict
from worker.domain.smart.claims import read_claim, stripped
from worker.domain.smart.verbs import PHRASES, THINK
from worker.domain.words import TASK_VERBS

GAP = "…"
MOST = 220
_I = re.IGNORECASE
_SHOWS = (
    (re.compile(r"\b(?:alert|alarm|page)s?\b", _I), "it has fired in a test"),
    (re.compile(r"\b(?:runbook|playbook|guide|procedure)s?\b", _I), "somebody who did not write it has followed it"),
    (re.compile(r"\b(?:tests?)\b", _I), "it fails without the fix and passes with it"),
    (re.compile(r"\b(?:dashboard|graph)s?\b", _I), "it shows the day of the incident"),
    (re.compile(r"\b(?:backup|snapshot|restore)s?\b", _I), "a restore from it has worked"),
    (re.compile(r"\b(?:failover|fail over|standby)\b", _I), "a failover was carried out"),
)
_DAY_TAIL = re.compile(r"[ ,;(]+(?:by|due|before|until|no later than)\b[^,;()]{2,30}\)?\.?$", _I)


def reword(item: ActionItem, verdicts: Mapping[str, Verdict]) -> str:
    """A suggestion in one sentence, or "" where nothing is lacking."""
    lacking = {name for name, verdict in verdicts.items() if verdict.state in {"fail", "proposed"}}
    if not lacking & {"specific", "measurable", "time_bound", "single_owner"} or not item.text.strip():
        return ""
    owner = item.owners[0] if item.owners and "single_owner" not in lacking else GAP
    day = item.due or verdicts["time_bound"].day
    when = f"by {echo(day)}" if day else verdicts["time_bound"].evidence if "time_bound" not in lacking else f"by {GAP}"
    words = _promise(item, dated=item.due is not None)
    if "specific" in lacking:
        words = _with_gap(item.text, words)
    shows = _shows(item.text) if "specific" not in lacking else ""
    done = f"; done when {shows or GAP}" if "measurable" in lacking or "specific" in lacking or shows else ""
    return f"{owner} will {words} {when}{done}".rstrip() + "."


def _promise(item: ActionItem, *, dated: bool) -> str:
    """The author's words as they stand after "will"; what opens with no verb is quoted."""
    first = re.split(r"(?<=[.!?。])\s+", item.text.strip(), maxsplit=1)[0].rstrip(" .!?")
    if dated:
        first = _DAY_TAIL.sub("", first)
    if len(first) > MOST:
        first = first[:MOST].rsplit(" ", 1)[0] + GAP
    rest = stripped(first).strip() or first
    opening = re.match(r"[A-Za-z-]+", rest)
    word = opening.group().casefold() if opening is not None else ""
    topic = re.match(r"(?:[\w-]+ ){0,3}[\w-]+: ", rest)
    if topic is None and (word in TASK_VERBS or (word in PHRASES and not word.endswith("ing"))):
        return word + rest[len(word) :]
    return f"deliver “{first}”"


def _with_gap(text: str, words: str) -> str:
    """The author's end, and a gap for the step towards it; thinking is asked for what it leaves behind."""
    claim = read_claim(text)
    if words.startswith("deliver "):
        return f"{GAP} (add, change or remove what, and where?) for {words.removeprefix('deliver ')}"
    if claim is not None and claim.kind is THINK:
        return f"{words} and record {GAP} (which decision or result, and where?)"
    return f"{GAP} (add, change or remove what, and where?) to {words}"


def _shows(text: str) -> str:
    return next((shows for pattern, shows in _SHOWS if pattern.search(text[:300])), "")
