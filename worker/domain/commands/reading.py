"""What does a comment ask the service to do?

Reading it is all that happens here: who may ask for what, and what follows, is decided elsewhere. A line that is not
for us is left alone; a line that is for us and can't be understood becomes a `Command` with a `problem` that shows the
right form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rapidfuzz.distance import OSA

from worker.domain.commands.grammar import LEAD, LINE, MAYBE, numbers_at, own_lines, splits
from worker.domain.commands.readers import Around, Command
from worker.domain.commands.verbs import BY_NAME, INSTEAD, REVIEW, VERBS, Verb, form_of
from worker.domain.marks import marks_of
from worker.domain.render.safe import code, cut, one_line

MOST_COMMANDS = 50
WORDS_LIMIT = 500

# English words that are one slip away from a verb, and stand after "ft" (feet, full-time, featuring) in prose.
_PROSE = frozenset(
    {"one", "gone", "none", "bone", "zone", "does", "dose", "don", "dune", "duel", "duet", "sue", "hue", "cue", "use"}
    | {"wave", "waves", "wait", "find", "mind", "kin", "king", "kinds", "bind", "wind", "hell", "held", "helm", "heap"}
    | {"trick", "truck", "crack", "tracker", "tack", "back", "dine", "dome", "rue", "task", "mask", "bask", "asking"}
    | {"need", "feed", "seed", "head", "heel", "deed", "weed", "reed", "heeds", "other", "tower", "lower", "power"}
    | {"own", "owned", "spit", "slit", "place", "replay", "preview", "met", "men", "mel", "mae", "mec", "ash", "ark"}
)


def parse_commands(body: str, *, today: date, on_item: bool) -> tuple[Command, ...]:
    """Return the commands of one comment in the order of their lines, at most 50.

    `on_item` says that the comment stands on one item's own issue, where no item numbers are written.
    """
    text = body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    if not MAYBE.search(text):
        return ()
    found = (_parse(raw, number, today, on_item) for number, raw in own_lines(text))
    return tuple(command for command in found if command is not None)[:MOST_COMMANDS]


def fingerprints(comment_id: str, commands: Sequence[Command]) -> tuple[str, ...]:
    """The fingerprint of each command of one comment."""
    return marks_of(comment_id, [command.raw for command in commands])


def _parse(raw: str, line: int, today: date, on_item: bool) -> Command | None:
    match = LINE.match(raw)
    if match is None:
        return None
    name, rest = _verb_and_rest(match["rest"], on_item)
    if name == REVIEW:
        return Command(verb=REVIEW, words=cut(rest, WORDS_LIMIT), line=line, raw=raw)
    verb = BY_NAME.get(name)
    if verb is None:
        return _near_miss(name, rest, raw, line, on_item)
    if verb.opens and rest and not _opens(rest, verb):
        return None
    command = Command(verb=verb.name, line=line, raw=raw)
    numbered = not on_item and verb.numbers != "none"
    around = Around(today=today, form=form_of(verb, numbered=numbered))
    if on_item:
        command = _on_item(command, verb, rest, around)
    elif verb.numbers == "none":
        command = verb.read(command, rest, around)
    else:
        command = _numbered(command, verb, rest, around)
    command = replace(command, words=cut(command.words, WORDS_LIMIT))
    if not command.problem and verb.wants and not re.search(r"\w", command.words):
        example = form_of(verb, numbered=not on_item, example=True)
        return replace(command, problem=f"it needs {verb.wants}: `{around.form}`, for example `{example}`.")
    return command


def _verb_and_rest(written: str, on_item: bool) -> tuple[str, str]:
    """The verb without case and stops, and what follows on one line; `waive approve` and `waive decline` are verbs."""
    first, _, rest = written.partition(" ") if " " in written else (written, "", "")
    name, rest = first.casefold().rstrip(".,:;!"), one_line(rest)
    if name == "waive":
        second, _, more = rest.partition(" ")
        word = second.casefold().rstrip(".,:;!")
        if word in {"approve", "decline"} and (on_item or not more or more[:1].isdigit() or more[:1] == "#"):
            return word, more
    return name, rest


def _opens(rest: str, verb: Verb) -> bool:
    word = rest.partition(" ")[0].casefold().strip(",.:;!")
    return any(OSA.distance(word, known) <= (1 if len(known) > 3 else 0) for known in verb.opens)


def _on_item(command: Command, verb: Verb, rest: str, around: Around) -> Command:
    read = verb.read(command, LEAD.sub("", rest), around)
    if not read.problem:
        return read
    end = numbers_at(rest)
    if end and verb.numbers != "none" and not verb.read(command, LEAD.sub("", rest[end:]), around).problem:
        return replace(read, problem=f"here this issue is the item, so no number is needed: `{around.form}`.")
    return read


def _numbered(command: Command, verb: Verb, rest: str, around: Around) -> Command:
    form = around.form
    if rest.startswith("#") and rest[1:2].isdigit():
        problem = f"write the number of the item in the table, without `#` (that would be an issue): `{form}`."
        return replace(command, problem=problem)
    options = list(splits(rest))
    if not options:
        if verb.numbers == "optional" and rest.casefold().strip(" .!") in {"", "all", "everything", "now"}:
            return command
        return replace(command, problem=f"say which items, by their numbers in the table: `{form}`.")
    outcomes = []
    for items, after in options:
        if not items or items[0] < 1:
            return replace(command, problem=f"the items are numbered from 1, and a range goes upwards: `{form}`.")
        if not verb.dated and re.fullmatch(r"[\d\s,]*\d[\d\s,]*", after.strip()):
            listed = ",".join(map(str, (*items, *re.findall(r"\d+", after))))
            return replace(command, items=items, problem=f"join the numbers with commas: `ft {verb.name} {listed} …`.")
        if verb.numbers == "optional" and after:
            return replace(command, items=items, problem=f"nothing follows the numbers: `{form}`.")
        outcomes.append(verb.read(replace(command, items=items), after, around))
        if not verb.dated:
            break
    fine = [outcome for outcome in outcomes if not outcome.problem]
    if len({(outcome.items, outcome.due) for outcome in fine}) > 1:
        return replace(
            command, problem=f"{code(cut(rest, 40))} can be read in two ways. Write the day in figures: `{form}`."
        )
    return fine[0] if fine else outcomes[0]


def _near_miss(name: str, rest: str, raw: str, line: int, on_item: bool) -> Command | None:
    """A slip of the fingers in a verb gets an answer; prose that begins with "ft" gets none."""
    meant = _meant(name, rest)
    if meant is None:
        return None
    form = form_of(meant, numbered=not on_item and meant.numbers == "required")
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
        return BY_NAME.get(rest.partition(" ")[0].casefold())
    if name in INSTEAD:
        return INSTEAD[name] if numbered or not rest else None
    if len(name) < 3 or not name.isalpha() or (name in _PROSE and not numbered):
        return None
    verbs = [verb for verb in VERBS if not verb.opens]
    best = min(verbs, key=lambda verb: (OSA.distance(name, verb.name), verb.name))
    distance = OSA.distance(name, best.name)
    if name in {f"{best.name}d", f"{best.name}ed", f"{best.name}s"}:
        return best
    long = len(best.name) >= 5
    allowed = (2 if long else 1) if numbered or not rest else int(long or sorted(name) == sorted(best.name))
    return best if distance <= allowed else None
