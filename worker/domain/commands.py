"""What does a comment ask the service to do?

A command is a line of its own, `ft …` or `/ft …`, outside code, quotes and HTML. Reading it is all that happens here:
who may ask for what, and what follows, is decided elsewhere. A line that is not for us is left alone; a line that is
for us and can't be understood becomes a `Command` with a `problem` that shows the right form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from markdown_it import MarkdownIt
from rapidfuzz.distance import OSA

from worker.domain.datewords import read_leading
from worker.domain.marks import marks_of
from worker.domain.render.safe import code, cut, one_line
from worker.domain.rules import criterion_of

MOST_COMMANDS = 50
WORDS_LIMIT = 500
YEARS_AHEAD = 3

# No backtracking: one optional slash, two letters, blanks, the rest of the line.
_LINE = re.compile(r"[ \t]{0,3}/?ft[ \t]+(?P<rest>\S.*)", re.IGNORECASE)
_MAYBE = re.compile(r"^[ \t]{0,3}/?ft[ \t]", re.IGNORECASE | re.MULTILINE)
_NUMBERS = re.compile(
    r"\d{1,4}(?:\s*[-–]\s*\d{1,4}(?!\d|\s*[-–]))?(?:(?:\s*,\s*|\s+(?:and|&)\s+)\d{1,4}(?![\w/.-]))*(?!\w)"
)
_RANGE = re.compile(r"(\d{1,4})\s*[-–]\s*(\d{1,4})")
_LEAD = re.compile(r"^[\s,:;–—-]+")
_BLOCKS = MarkdownIt("commonmark").disable("inline")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as it was written. `items` are item numbers, sorted, empty on an item's own issue. `due` is the day
    of `ft due`, `rule` the criterion of `ft ignore`. `words` are a reason, evidence or, for `kind`, its canonical name.
    `line` counts from 1 in the comment, `raw` is that line without outer blanks. With a `problem` (for people, in
    Markdown, with the right form) the rest is as far as it could be read, and nothing may be carried out."""

    verb: str
    items: tuple[int, ...] = ()
    due: date | None = None
    rule: str = ""
    words: str = ""
    line: int = 0
    raw: str = ""
    problem: str = ""


_Reading = Callable[[Command, str, date], Command]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One row of the table of commands.

    `numbers` says whether item numbers must (`required`), may (`optional`) or cannot (`none`) stand on a post-mortem;
    on an item's own issue they never stand. `read` reads what follows them. `form` and `example` hold `{items}` where
    the numbers go. `wants` names what must follow ("a reason"), or "". `instead` are words that people write for it.
    """

    name: str
    numbers: str
    form: str
    example: str
    says: str
    read: _Reading
    wants: str = ""
    instead: frozenset[str] = frozenset()


def _words(command: Command, rest: str, _: date) -> Command:
    return replace(command, words=rest)


def _nothing(command: Command, rest: str, today: date) -> Command:  # noqa: ARG001 - one signature for the whole table
    return command


def _ignore(command: Command, rest: str, today: date) -> Command:  # noqa: ARG001 - one signature for the whole table
    first, _, reason = rest.partition(" ")
    if not (rule := criterion_of(first.strip(",:;"))):
        which = f"say which of step, done-when, scope, cause, date, owner: `{_form('ignore', bool(command.items))}`."
        return replace(command, words=rest, problem=which)
    return replace(command, rule=rule, words=_LEAD.sub("", reason))


def _kind(command: Command, rest: str, _: date) -> Command:
    name = re.sub(r"[\s_-]+", "", rest.strip(" .`\"'").casefold())
    kinds = {"postmortem": "post-mortem", "actionitem": "action-item", "item": "action-item"}
    if name not in kinds:
        return replace(command, words=rest, problem="say which kind: `ft kind post-mortem` or `ft kind action-item`.")
    return replace(command, words=kinds[name])


def _due(command: Command, rest: str, today: date) -> Command:
    read = read_leading(rest, today=today)
    command = replace(command, due=read.day, words=_LEAD.sub("", read.rest))
    if read.problem:
        return replace(command, problem=f"{cut(one_line(read.problem), 300)}.")
    if read.day is None:
        seen = f"{code(cut(rest, 40))} cannot be read as a day. Write" if rest else "say the day:"
        return replace(command, problem=f"{seen} `{_form('due', bool(command.items))}`, or `in 2 weeks` as the day.")
    if read.day < today:
        problem = f"{read.day.isoformat()} has passed; today is {today.isoformat()}. Name a day to come."
        return replace(command, problem=problem)
    if read.day.year > today.year + YEARS_AHEAD:
        problem = f"{read.day.isoformat()} is more than {YEARS_AHEAD} years ahead. Name a nearer day."
        return replace(command, problem=problem)
    return command


VERBS: tuple[Verb, ...] = (
    Verb(
        name="done",
        numbers="required",
        form="ft done {items}evidence",
        example="ft done {items}the alert fired in staging: LINK",
        says="it is done; a link or a sentence shows what",
        read=_words,
        instead=frozenset({"close", "closed", "complete", "completed", "finish", "finished", "fixed", "resolve"}),
    ),
    Verb(
        name="due",
        numbers="required",
        form="ft due {items}2026-12-01 reason",
        example="ft due {items}in 2 weeks waiting for the vendor",
        says="give it a new date",
        read=_due,
        instead=frozenset({"date", "deadline", "postpone", "reschedule", "move"}),
    ),
    Verb(
        name="waive",
        numbers="required",
        form="ft waive {items}reason",
        example="ft waive {items}the service is retired in January",
        says="let it go, with the reason",
        read=_words,
        wants="a reason",
        instead=frozenset({"cancel", "drop", "wontfix", "won't", "wont", "abandon"}),
    ),
    Verb(
        name="track",
        numbers="optional",
        form="ft track {items}",
        example="ft track {items}",
        says="make issues of the items now, without waiting for the text to rest; without numbers, of all",
        read=_nothing,
    ),
    Verb(
        name="untrack",
        numbers="required",
        form="ft untrack {items}reason",
        example="ft untrack {items}this is a lesson, not a promise",
        says="this is no action item, for good",
        read=_words,
        wants="a reason",
    ),
    Verb(
        name="ignore",
        numbers="required",
        form="ft ignore {items}date reason",
        example="ft ignore {items}date it waits for the auditors",
        says="do not ask for this again: step, done-when, scope, cause, date or owner",
        read=_ignore,
        wants="a reason",
        instead=frozenset({"suppress", "silence"}),
    ),
    Verb(
        name="kind",
        numbers="none",
        form="ft kind post-mortem|action-item",
        example="ft kind action-item",
        says="this issue is a post-mortem, or is itself one action item",
        read=_kind,
    ),
    Verb(
        name="help",
        numbers="none",
        form="ft help",
        example="ft help",
        says="show this list",
        read=_nothing,
        instead=frozenset({"?", "usage", "commands", "--help", "-h"}),
    ),
)
_BY_NAME = {verb.name: verb for verb in VERBS}
_INSTEAD = {word: verb for verb in VERBS for word in verb.instead}

# English words that are one slip away from a verb, and stand after "ft" (feet, full-time, featuring) in prose.
_PROSE = frozenset(
    {"one", "gone", "none", "bone", "zone", "does", "dose", "don", "dune", "duel", "duet", "sue", "hue", "cue", "use"}
    | {"wave", "waves", "wait", "find", "mind", "kin", "king", "kinds", "bind", "wind", "hell", "held", "helm", "heap"}
    | {"trick", "truck", "crack", "tracker", "tack", "back", "dine", "dome", "rue"}
)


def _form(name: str, numbered: bool, *, example: bool = False) -> str:
    verb = _BY_NAME[name]
    given = (verb.example if example else verb.form).replace("{items}", "3 " if numbered else "")
    return given.strip()


def _bare(content: str) -> str:
    """A paragraph's source with code spans and HTML comments blanked out. Linear: each run is looked at once."""
    runs = list(re.finditer(r"`+|<!--|-->", content))
    later: dict[str, list[int]] = {}
    for at in range(len(runs) - 1, -1, -1):
        later.setdefault(runs[at][0], []).append(at)
    kept: list[str] = []
    done = at = 0
    while at < len(runs):
        start, sign = runs[at].start(), runs[at][0]
        slashes = start
        while slashes > done and content[slashes - 1] == "\\":
            slashes -= 1
        closers = later.get("-->" if sign == "<!--" else sign, [])
        while closers and closers[-1] <= at:
            closers.pop()
        if sign == "-->" or not closers or (start - slashes) % 2:
            at += 1
            continue
        end = runs[closers[-1]].end()
        kept += (content[done:start], re.sub(r"[^\n]", "\x00", content[start:end]))
        done, at = end, closers[-1] + 1
    return "".join((*kept, content[done:]))


def _own_lines(body: str) -> Iterator[tuple[int, str]]:
    """The (number, text) of lines that a reader of the rendered comment sees as typed words: no code, HTML or quote."""
    lines = body.split("\n")
    for token in _BLOCKS.parse(body):
        if token.type != "inline" or token.map is None:
            continue
        for offset, line in enumerate(_bare(token.content).split("\n")):
            number = token.map[0] + offset
            # The comment's own line decides about quotes and bullets: they are no longer in the token's content.
            if number < len(lines) and _LINE.match(lines[number]) and _LINE.match(line):
                yield number + 1, lines[number].strip()


def parse_commands(body: str, *, today: date, on_item: bool) -> tuple[Command, ...]:
    """Return the commands of one comment in the order of their lines, at most 50.

    `on_item` says that the comment stands on one item's own issue, where no item numbers are written.
    """
    text = body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    if not _MAYBE.search(text):
        return ()
    found = (_parse(raw, number, today, on_item) for number, raw in _own_lines(text))
    return tuple(command for command in found if command is not None)[:MOST_COMMANDS]


def _parse(raw: str, line: int, today: date, on_item: bool) -> Command | None:
    match = _LINE.match(raw)
    if match is None:
        return None
    first, _, rest = match["rest"].partition(" ") if " " in match["rest"] else (match["rest"], "", "")
    name = first.casefold().rstrip(".,:;!")
    rest = one_line(rest)
    verb = _BY_NAME.get(name)
    if verb is None:
        return _near_miss(name, rest, raw, line, on_item)
    command = Command(verb=verb.name, line=line, raw=raw)
    form = _form(verb.name, not on_item and verb.numbers != "none")
    if on_item:
        command = _on_item(command, verb, rest, today)
    elif verb.numbers == "none":
        command = verb.read(command, rest, today)
    else:
        command = _numbered(command, verb, rest, today)
    command = replace(command, words=cut(command.words, WORDS_LIMIT))
    if not command.problem and verb.wants and not re.search(r"\w", command.words):
        example = _form(verb.name, not on_item, example=True)
        return replace(command, problem=f"it needs {verb.wants}: `{form}`, for example `{example}`.")
    return command


def _on_item(command: Command, verb: Verb, rest: str, today: date) -> Command:
    read = verb.read(command, _LEAD.sub("", rest), today)
    if not read.problem:
        return read
    numbers = _NUMBERS.match(rest)
    if numbers and not verb.read(command, _LEAD.sub("", rest[numbers.end() :]), today).problem:
        return replace(
            read, problem=f"here this issue is the item, so no number is needed: `{_form(verb.name, False)}`."
        )
    return read


def _numbered(command: Command, verb: Verb, rest: str, today: date) -> Command:
    form = _form(verb.name, True)
    if rest.startswith("#") and rest[1:2].isdigit():
        problem = f"write the number of the item in the table, without `#` (that would be an issue): `{form}`."
        return replace(command, problem=problem)
    options = list(_splits(rest))
    if not options:
        if verb.numbers == "optional" and rest.casefold().strip(" .!") in {"", "all", "everything", "now"}:
            return command
        return replace(command, problem=f"say which items, by their numbers in the table: `{form}`.")
    outcomes = []
    for items, after in options:
        if not items or items[0] < 1:
            return replace(command, problem=f"the items are numbered from 1, and a range goes upwards: `{form}`.")
        if verb.wants or verb.name == "done":
            if re.fullmatch(r"[\d\s,]+", after.strip()):
                listed = ",".join(map(str, (*items, *re.findall(r"\d+", after))))
                return replace(
                    command, items=items, problem=f"join the numbers with commas: `ft {verb.name} {listed} …`."
                )
        elif verb.numbers == "optional" and after:
            return replace(command, items=items, problem=f"nothing follows the numbers: `{form}`.")
        outcomes.append(verb.read(replace(command, items=items), after, today))
        if verb.name != "due":
            break
    fine = [outcome for outcome in outcomes if not outcome.problem]
    if len({(outcome.items, outcome.due) for outcome in fine}) > 1:
        return replace(
            command, problem=f"{code(cut(rest, 40))} can be read in two ways. Write the day in figures: `{form}`."
        )
    return fine[0] if fine else outcomes[0]


def _splits(rest: str) -> Iterator[tuple[tuple[int, ...], str]]:
    """The ways to part item numbers from what follows: all numbers first; then (`3, 5 Dec`) all but the last."""
    match = _NUMBERS.match(rest)
    if match is None:
        return
    listed = match[0]
    yield _numbers(listed), _LEAD.sub("", rest[match.end() :])
    head, comma, last = listed.rpartition(",")
    if comma:
        yield _numbers(head), (last + rest[match.end() :]).strip()


def _numbers(listed: str) -> tuple[int, ...]:
    out: set[int] = set()
    for first, last in _RANGE.findall(listed):
        if not 0 < int(last) - int(first) < 100:
            return ()
        out |= set(range(int(first), int(last) + 1))
    out |= {int(n) for n in re.findall(r"\d+", _RANGE.sub("", listed))}
    return tuple(sorted(out))


def _near_miss(name: str, rest: str, raw: str, line: int, on_item: bool) -> Command | None:
    """A slip of the fingers in a verb gets an answer; prose that begins with "ft" gets none."""
    meant = _meant(name, rest)
    if meant is None:
        return None
    form = _form(meant.name, not on_item and meant.numbers == "required")
    return Command(
        verb=meant.name,
        line=line,
        raw=raw,
        problem=f"there is no {code('ft ' + cut(name, 30))}. Did you mean `{form}`?",
    )


def _meant(name: str, rest: str) -> Verb | None:
    """The verb that was probably meant. The shorter the verb and the less the line looks like a command, the closer the
    word must be."""
    numbered = rest[:1].isdigit() or (rest[:1] == "#" and rest[1:2].isdigit())
    if re.fullmatch(r"#?\d+(,\d+)*", name):
        return _BY_NAME.get(rest.partition(" ")[0].casefold())
    if name in _INSTEAD:
        return _INSTEAD[name] if numbered or not rest else None
    if len(name) < 3 or not name.isalpha() or (name in _PROSE and not numbered):
        return None
    best = min(VERBS, key=lambda verb: (OSA.distance(name, verb.name), verb.name))
    distance = OSA.distance(name, best.name)
    if name in {f"{best.name}d", f"{best.name}ed", f"{best.name}s"}:
        return best
    long = len(best.name) >= 5
    allowed = (2 if long else 1) if numbered or not rest else int(long or sorted(name) == sorted(best.name))
    return best if distance <= allowed else None


def fingerprints(comment_id: str, commands: Sequence[Command]) -> tuple[str, ...]:
    """The fingerprint of each command of one comment."""
    return marks_of(comment_id, [command.raw for command in commands])


def help_text(on_item: bool) -> str:
    """What can be asked for here, in Markdown: the three choices of an owner first, filled in, then the rest."""
    numbered = not on_item
    choices = [f"- `{_form(v.name, numbered, example=True)}`: {v.says}" for v in VERBS[:3]]
    others = [f"- `{_form(v.name, numbered and v.numbers != 'none')}`: {v.says}" for v in VERBS[3:]]
    lines = ["Write one of these in a comment, on a line of its own:", "", *choices, "", "And:", "", *others]
    lines.append("")
    if numbered:
        lines.append("`3` is the item's number in the table above; several are written `3,5`.")
    lines += ["A day is `2026-12-01`, `in 2 weeks`, `next Friday` or `1 Dec`."]
    return "\n".join(lines) + "\n"
