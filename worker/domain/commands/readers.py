"""What do the words behind a verb mean: a day, a reference, a wish of somebody's own?

Each reader is given a command as far as it was read, the rest of its line, and what belongs to its place; it returns
the command with what it read, or with a `problem` that shows the right form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from rapidfuzz.distance import OSA

from worker.domain.commands.grammar import LEAD
from worker.domain.datewords import read_leading
from worker.domain.render.safe import code, cut, one_line
from worker.domain.rules import criterion_of

YEARS_AHEAD = 3
LONGEST_LEAVE_DAYS = 366
MOST_PARTS = 8
PART_LIMIT = 120
CATEGORY_LIMIT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as it was written. `items` are item numbers, sorted, empty on an item's own issue. `due` is the day
    of `ft due` and the last day of `ft snooze`, `rule` the criterion of `ft ignore` and `ft heed`. `ref` is another
    issue as it was written, `parts` the new items of `ft split`. `wish` is zone, leave or channel, and then `words` is
    its value as it is kept ("" for "as it was before"). Else `words` are a reason, evidence, a name, a question or, for
    `kind`, its canonical name. `line` counts from 1 in the comment, `raw` is that line without outer blanks. With a
    `problem` (for people, in Markdown, with the right form) the rest is as far as it could be read, and nothing may be
    carried out."""

    verb: str
    items: tuple[int, ...] = ()
    due: date | None = None
    rule: str = ""
    ref: str = ""
    parts: tuple[str, ...] = ()
    wish: str = ""
    words: str = ""
    line: int = 0
    raw: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What belongs to the place of a command: the day there, and the verb's right form."""

    today: date
    form: str


Reader = Callable[[Command, str, Around], Command]

_ISSUE = re.compile(r"(?:[\w.-]{1,100}/[\w.-]{1,100})?#\d{1,9}|[A-Za-z][A-Za-z0-9_]{0,30}-\d{1,9}|https?://\S{4,400}")
_TO = re.compile(r"^\s*(?:\.\.+|…|[-–—/]|to\b|until\b|till\b|through\b)\s*", re.IGNORECASE)
_NEVER_MIND = frozenset({"", "none", "default", "reset", "off", "no", "nothing"})
NAMES_OF_WISHES: Mapping[str, str] = {
    **dict.fromkeys(("zone", "timezone", "tz"), "zone"),
    **dict.fromkeys(("leave", "vacation", "holiday", "away", "absence"), "leave"),
    **dict.fromkeys(("channel", "via"), "channel"),
}
"""The words that may stand behind `ft me`, with the wish that each means."""

_CHANNELS = {"mail": "mail", "email": "mail", "e-mail": "mail", "slack": "slack"}


def read_words(command: Command, rest: str, around: Around) -> Command:  # noqa: ARG001 - one signature for all
    """Keep the words as they are."""
    return replace(command, words=rest)


def read_nothing(command: Command, rest: str, around: Around) -> Command:  # noqa: ARG001 - one signature for all
    """Take no notice of what follows."""
    return command


def read_criterion(command: Command, rest: str, around: Around) -> Command:
    """A SMART criterion in anybody's words, then a reason."""
    first, _, reason = rest.partition(" ")
    if not (rule := criterion_of(first.strip(",:;"))):
        which = f"say which of step, done-when, scope, cause, date, owner: `{around.form}`."
        return replace(command, words=rest, problem=which)
    return replace(command, rule=rule, words=LEAD.sub("", reason))


def read_kind(command: Command, rest: str, around: Around) -> Command:  # noqa: ARG001 - one signature for all
    """Post-mortem or action item, however it is written."""
    name = re.sub(r"[\s_-]+", "", rest.strip(" .`\"'").casefold())
    kinds = {"postmortem": "post-mortem", "actionitem": "action-item", "item": "action-item"}
    if name not in kinds:
        return replace(command, words=rest, problem="say which kind: `ft kind post-mortem` or `ft kind action-item`.")
    return replace(command, words=kinds[name])


def read_category(command: Command, rest: str, around: Around) -> Command:
    """A word or two that people call a sort of improvement."""
    name = " ".join(rest.strip(" .,:;`\"'").casefold().split())
    if not re.search(r"\w", name):
        return replace(command, words=name, problem=f"say which category: `{around.form}`.")
    if len(name) > CATEGORY_LIMIT:
        return replace(command, words=name, problem=f"a category is a word or two: `{around.form}`.")
    return replace(command, words=name)


def read_day(command: Command, rest: str, around: Around, *, soon: bool = False) -> Command:
    """A day to come, then a reason. With `soon` a length of time may stand alone (`2 weeks`)."""
    if soon:
        rest = re.sub(r"^for\s+", "", rest, flags=re.IGNORECASE)
    read = read_leading(rest, today=around.today)
    if soon and read.day is None and not read.problem:
        read = read_leading(f"in {rest}", today=around.today)
    command = replace(command, due=read.day, words=LEAD.sub("", read.rest if read.day or read.problem else rest))
    if read.problem:
        return replace(command, problem=f"{cut(one_line(read.problem), 300)}.")
    if read.day is None:
        seen = f"{code(cut(rest, 40))} cannot be read as a day. Write" if rest else "say the day:"
        return replace(command, problem=f"{seen} `{around.form}`, or `in 2 weeks` as the day.")
    if read.day < around.today:
        problem = f"{read.day.isoformat()} has passed; today is {around.today.isoformat()}. Name a day to come."
        return replace(command, problem=problem)
    if read.day.year > around.today.year + YEARS_AHEAD:
        problem = f"{read.day.isoformat()} is more than {YEARS_AHEAD} years ahead. Name a nearer day."
        return replace(command, problem=problem)
    return command


def read_reference(command: Command, rest: str, around: Around) -> Command:
    """Another issue (`#12`, `acme/pay#12`, `OPS-7` or an address), then words."""
    first, _, words = LEAD.sub("", re.sub(r"^\s*(?:by|of|with)\s+", "", rest, flags=re.IGNORECASE)).partition(" ")
    written = first.strip("`<>()[]").rstrip(".,:;")
    if not _ISSUE.fullmatch(written):
        problem = f"say which issue, as `#12`, `owner/repo#12`, `OPS-7` or its address: `{around.form}`."
        return replace(command, words=rest, problem=problem)
    return replace(command, ref=written, words=LEAD.sub("", words))


def read_parts(command: Command, rest: str, around: Around) -> Command:
    """Two items or more, with semicolons between."""
    if len(command.items) > 1:
        return replace(command, words=rest, problem=f"split one item at a time: `{around.form}`.")
    parts = tuple(dict.fromkeys(part for raw in rest.split(";") if re.search(r"\w", part := raw.strip(" ,.;"))))
    if len(parts) < 2:
        return replace(command, words=rest, problem=f"write its parts with a semicolon between: `{around.form}`.")
    if len(parts) > MOST_PARTS:
        return replace(command, words=rest, problem=f"at most {MOST_PARTS} parts: `{around.form}`.")
    if long := next((part for part in parts if len(part) > PART_LIMIT), ""):
        problem = f"{code(cut(long, 40))} is longer than {PART_LIMIT} characters; say it shorter, or list it above."
        return replace(command, words=rest, problem=problem)
    return replace(command, parts=parts, words=rest)


def read_wish(command: Command, rest: str, around: Around) -> Command:
    """What somebody says about themself: zone, leave or channel."""
    first, _, value = rest.partition(" ")
    said = first.strip(",:;").casefold()
    wish = NAMES_OF_WISHES.get(said, "")
    if not wish:
        forms = "`ft me zone Europe/Berlin`, `ft me leave 2026-12-21 to 2026-12-24` or `ft me channel mail`"
        return replace(command, words=rest, problem=f"say what about you: {forms}.")
    command, value = replace(command, wish=wish, words=""), LEAD.sub("", value).strip(" .`\"'")
    if value.casefold() in _NEVER_MIND and value:
        return command
    match wish:
        case "zone":
            return _zone(command, value)
        case "channel":
            return _channel(command, value)
        case _:
            return _leave(command, value, around)


def _zone(command: Command, value: str) -> Command:
    names = _zones()
    name = names.get(value.casefold().replace(" ", "_"))
    if name is not None:
        return replace(command, words=name)
    near = min(names, key=lambda known: (OSA.distance(value.casefold(), known), known), default="")
    hint = f" Did you mean `ft me zone {names[near]}`?" if near and OSA.distance(value.casefold(), near) <= 2 else ""
    what = f"{code(cut(value, 40))} is no time zone. Write" if value else "say which:"
    return replace(command, problem=f"{what} a name such as `ft me zone Europe/Berlin`.{hint}")


@cache
def _zones() -> Mapping[str, str]:
    """The names of all time zones of this machine's table, by their names without case."""
    return {name.casefold(): name for name in sorted(available_timezones()) if "/" in name or name == "UTC"}


def _channel(command: Command, value: str) -> Command:
    name = _CHANNELS.get(value.casefold())
    if name is None:
        return replace(command, problem="say which: `ft me channel mail` or `ft me channel slack`.")
    return replace(command, words=name)


def _leave(command: Command, value: str, around: Around) -> Command:
    """Two days, the first and the last; or one day alone."""
    form = "`ft me leave 2026-12-21 to 2026-12-24`"
    value = re.sub(r"^from\s+", "", value, flags=re.IGNORECASE)
    # The grammar of days takes `2026-12-21..2026-12-24` for one word, and `21-24 Dec` is asked about.
    value = re.sub(r"(?<=\d)(?:\.\.+|…|/(?=\d{4}-))(?=\d)", " to ", value)
    first = read_leading(value, today=around.today)
    if first.day is None or first.problem:
        why = f"{cut(one_line(first.problem), 300)}. " if first.problem else ""
        return replace(command, problem=f"{why}Say the first and the last day: {form}, or `ft me leave none`.")
    rest = _TO.sub("", first.rest)
    last = read_leading(rest, today=max(first.day, around.today)) if rest else first
    if last.day is None or last.problem or (rest and last.rest.strip(" .")):
        return replace(command, problem=f"the last day cannot be read. Write {form}, in this order.")
    if last.day < first.day:
        return replace(command, problem=f"{last.day.isoformat()} is before {first.day.isoformat()}. Write {form}.")
    if last.day < around.today:
        return replace(command, problem=f"{last.day.isoformat()} has passed; today is {around.today.isoformat()}.")
    if (last.day - first.day).days > LONGEST_LEAVE_DAYS:
        return replace(command, problem=f"that is more than a year; somebody else should own it then. Write {form}.")
    return replace(command, words=f"{first.day.isoformat()}/{last.day.isoformat()}")
