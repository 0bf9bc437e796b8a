"""Which commands are there, in which form, and what do people see of them?

One row a verb. How the words behind a verb are read stands in `readers`; who may ask for it is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from worker.domain.commands.readers import (
    NAMES_OF_WISHES,
    Command,
    Reader,
    read_category,
    read_criterion,
    read_day,
    read_kind,
    read_nothing,
    read_parts,
    read_reference,
    read_wish,
    read_words,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One row of the table of commands.

    `numbers` says whether item numbers must (`required`), may (`optional`) or cannot (`none`) stand on a post-mortem;
    on an item's own issue they never stand. `read` reads what follows them. `form` and `example` hold `{items}` where
    the numbers go. `wants` names what must follow ("a reason"), or "". `instead` are words that people write for it.
    `dated` says that a day may follow the numbers, so that `3, 5 Dec` has two readings. Where `opens` is not empty, one
    of its words must stand behind the verb, else the line is prose.
    """

    name: str
    numbers: str
    form: str
    example: str
    says: str
    read: Reader
    wants: str = ""
    instead: frozenset[str] = frozenset()
    dated: bool = False
    opens: frozenset[str] = field(default_factory=frozenset)


VERBS: tuple[Verb, ...] = (
    Verb(
        name="done",
        numbers="required",
        form="ft done {items}evidence",
        example="ft done {items}the alert fired in staging: LINK",
        says="it is done; a link or a sentence shows what",
        read=read_words,
        instead=frozenset({"close", "closed", "complete", "completed", "finish", "finished", "fixed", "resolve"}),
    ),
    Verb(
        name="due",
        numbers="required",
        form="ft due {items}2026-12-01 reason",
        example="ft due {items}in 2 weeks waiting for the vendor",
        says="give it a new date",
        read=read_day,
        dated=True,
        instead=frozenset({"date", "deadline", "postpone", "reschedule", "move"}),
    ),
    Verb(
        name="waive",
        numbers="required",
        form="ft waive {items}reason",
        example="ft waive {items}the service is retired in January",
        says="let it go, with the reason; your lead may have to agree",
        read=read_words,
        wants="a reason",
        instead=frozenset({"cancel", "drop", "wontfix", "won't", "wont", "abandon"}),
    ),
    Verb(
        name="approve",
        numbers="required",
        form="ft approve {items}",
        example="ft approve {items}",
        says="agree that it is let go, as a lead; also `ft waive approve`",
        read=read_words,
    ),
    Verb(
        name="decline",
        numbers="required",
        form="ft decline {items}reason",
        example="ft decline {items}the next release needs it",
        says="do not let it go, as a lead, or take your own wish back",
        read=read_words,
        wants="a reason",
    ),
    Verb(
        name="owner",
        numbers="required",
        form="ft owner {items}@login",
        example="ft owner {items}me",
        says="give it to somebody, or to yourself with `me`",
        read=read_words,
        wants="a name or a login",
        instead=frozenset({"assign", "give", "reassign", "handover"}),
    ),
    Verb(
        name="snooze",
        numbers="required",
        form="ft snooze {items}2w reason",
        example="ft snooze {items}until next Monday",
        says="send no reminder until then; its date stays",
        read=partial(read_day, soon=True),
        dated=True,
        instead=frozenset({"pause", "mute", "remind", "later"}),
    ),
    Verb(
        name="replace",
        numbers="required",
        form="ft replace {items}acme/pay#12 reason",
        example="ft replace {items}OPS-7 the gateway does it now",
        says="another issue stands for it from now on",
        read=read_reference,
        wants="a reason",
        instead=frozenset({"replaced", "supersede", "superseded"}),
    ),
    Verb(
        name="duplicate",
        numbers="required",
        form="ft duplicate {items}acme/pay#12",
        example="ft duplicate {items}OPS-7",
        says="another issue promises the same",
        read=read_reference,
        instead=frozenset({"dup", "dupe"}),
    ),
    Verb(
        name="split",
        numbers="required",
        form="ft split {items}first part; second part",
        example="ft split {items}Add the alert; Write its runbook",
        says="make several items of one, with its owner and its date",
        read=read_parts,
    ),
    Verb(
        name="ask",
        numbers="required",
        form="ft ask {items}question",
        example="ft ask {items}what would you need to finish it this week?",
        says="have its owner asked in your name, as their lead",
        read=read_words,
        wants="a question",
    ),
    Verb(
        name="track",
        numbers="optional",
        form="ft track {items}",
        example="ft track {items}",
        says="make issues of the items now, without waiting for the text to rest; without numbers, of all",
        read=read_nothing,
    ),
    Verb(
        name="untrack",
        numbers="required",
        form="ft untrack {items}reason",
        example="ft untrack {items}this is a lesson, not a promise",
        says="this is no action item, for good",
        read=read_words,
        wants="a reason",
    ),
    Verb(
        name="ignore",
        numbers="required",
        form="ft ignore {items}date reason",
        example="ft ignore {items}date it waits for the auditors",
        says="do not ask for this again: step, done-when, scope, cause, date or owner",
        read=read_criterion,
        wants="a reason",
        instead=frozenset({"suppress", "silence"}),
    ),
    Verb(
        name="heed",
        numbers="required",
        form="ft heed {items}date",
        example="ft heed {items}date",
        says="ask for it again after all",
        read=read_criterion,
        instead=frozenset({"unignore", "unsuppress"}),
    ),
    Verb(
        name="category",
        numbers="required",
        form="ft category {items}detect",
        example="ft category {items}prevent",
        says="what sort of improvement it is, in a word or two",
        read=read_category,
    ),
    Verb(
        name="kind",
        numbers="none",
        form="ft kind post-mortem|action-item",
        example="ft kind action-item",
        says="this issue is a post-mortem, or is itself one action item",
        read=read_kind,
    ),
    Verb(
        name="me",
        numbers="none",
        form="ft me zone Europe/Berlin",
        example="ft me leave 2026-12-21 to 2026-12-24",
        says="your time zone; also `ft me leave 2026-12-21 to 2026-12-24` and `ft me channel mail`",
        read=read_wish,
        opens=frozenset(NAMES_OF_WISHES),
    ),
    Verb(
        name="help",
        numbers="none",
        form="ft help",
        example="ft help",
        says="show this list",
        read=read_nothing,
        instead=frozenset({"?", "usage", "commands", "--help", "-h"}),
    ),
)
BY_NAME = {verb.name: verb for verb in VERBS}
INSTEAD = {word: verb for verb in VERBS for word in verb.instead}

REVIEW = "review"
"""A verb of the follow-up review: its words are kept, and whoever carries commands out answers it."""


def form_of(verb: Verb, *, numbered: bool, example: bool = False) -> str:
    """The verb as it is to be written here, with the number 3 where items are numbered."""
    given = (verb.example if example else verb.form).replace("{items}", "3 " if numbered else "")
    return given.strip()


def help_text(on_item: bool) -> str:
    """What can be asked for here, in Markdown: the three choices of an owner first, filled in, then the rest."""
    numbered = not on_item
    choices = [f"- `{form_of(v, numbered=numbered, example=True)}`: {v.says}" for v in VERBS[:3]]
    others = [f"- `{form_of(v, numbered=numbered and v.numbers != 'none')}`: {v.says}" for v in VERBS[3:]]
    lines = ["Write one of these in a comment, on a line of its own:", "", *choices, "", "And:", "", *others]
    lines.append("")
    if numbered:
        lines.append("`3` is the item's number in the table above; several are written `3,5`.")
    lines += ["A day is `2026-12-01`, `in 2 weeks`, `next Friday` or `1 Dec`."]
    return "\n".join(lines) + "\n"


__all__ = ["BY_NAME", "INSTEAD", "REVIEW", "VERBS", "Command", "Verb", "form_of", "help_text"]
