"""The commands beyond an owner's three choices: each as people write it, and what is answered where it is wrong."""

from __future__ import annotations

from datetime import date

import pytest

from worker.domain.commands import Command, parse_commands

TODAY = date(2026, 11, 20)  # a Friday


def only(line: str, *, on_item: bool = False) -> Command:
    (command,) = parse_commands(line, today=TODAY, on_item=on_item)
    return command


@pytest.mark.parametrize(
    ("line", "verb", "items", "words"),
    [
        pytest.param("ft owner 3 @bob", "owner", (3,), "@bob", id="owner by login"),
        pytest.param("ft owner 3,5 Ana María", "owner", (3, 5), "Ana María", id="owner by name"),
        pytest.param("ft ask 3 what is missing?", "ask", (3,), "what is missing?", id="ask"),
        pytest.param("ft approve 3", "approve", (3,), "", id="approve"),
        pytest.param("ft waive approve 3,4", "approve", (3, 4), "", id="waive approve"),
        pytest.param("ft waive decline 3 we need it", "decline", (3,), "we need it", id="waive decline"),
        pytest.param("ft decline 3 we need it", "decline", (3,), "we need it", id="decline"),
        pytest.param("ft waive 3 approve of it", "waive", (3,), "approve of it", id="a reason may begin with approve"),
        pytest.param("ft category 3 Detect", "category", (3,), "detect", id="category without case"),
        pytest.param("ft heed 3 date", "heed", (3,), "", id="heed"),
        pytest.param("ft review next week", "review", (), "next week", id="review keeps its words"),
    ],
)
def test_a_command_on_a_post_mortem(line: str, verb: str, items: tuple[int, ...], words: str) -> None:
    command = only(line)
    assert (command.verb, command.items, command.words, command.problem) == (verb, items, words, "")


@pytest.mark.parametrize(
    ("line", "due", "words"),
    [
        pytest.param("ft snooze 3 2w the vendor is away", "2026-12-04", "the vendor is away", id="2w"),
        pytest.param("ft snooze 3 in 2 weeks", "2026-12-04", "", id="in two weeks"),
        pytest.param("ft snooze 3 10 days", "2026-11-30", "", id="a length alone"),
        pytest.param("ft snooze 3 until 2026-12-01 x", "2026-12-01", "x", id="until a day"),
        pytest.param("ft snooze 3 for 1 week", "2026-11-27", "", id="for a week"),
        pytest.param("ft snooze 3,5 next monday", "2026-11-23", "", id="a weekday"),
    ],
)
def test_snooze_reads_a_length_or_a_day(line: str, due: str, words: str) -> None:
    command = only(line)
    assert (command.due, command.words, command.problem) == (date.fromisoformat(due), words, "")


@pytest.mark.parametrize(
    ("line", "verb", "ref", "words"),
    [
        pytest.param("ft replace 3 acme/pay#12 it does more", "replace", "acme/pay#12", "it does more", id="GitHub"),
        pytest.param("ft replace 3 by OPS-7: it does more", "replace", "OPS-7", "it does more", id="Jira, by, colon"),
        pytest.param("ft replace 3 #12 it does more", "replace", "#12", "it does more", id="beside it"),
        pytest.param("ft duplicate 3 of #12", "duplicate", "#12", "", id="duplicate of"),
        pytest.param(
            "ft duplicate 3 https://jira.example.test/browse/OPS-7",
            "duplicate",
            "https://jira.example.test/browse/OPS-7",
            "",
            id="an address",
        ),
    ],
)
def test_a_reference_is_kept_as_it_was_written(line: str, verb: str, ref: str, words: str) -> None:
    command = only(line)
    assert (command.verb, command.items, command.ref, command.words, command.problem) == (verb, (3,), ref, words, "")
    there = only(line.replace(" 3 ", " "), on_item=True)
    assert (there.ref, there.words, there.problem) == (ref, words, "")


def test_split_names_its_parts() -> None:
    assert only("ft split 3 Add the alert; Write the runbook ;; Add the alert").parts == (
        "Add the alert",
        "Write the runbook",
    )


@pytest.mark.parametrize(
    ("line", "wish", "value"),
    [
        pytest.param("ft me zone Europe/Berlin", "zone", "Europe/Berlin", id="zone"),
        pytest.param("ft me zone europe/berlin", "zone", "Europe/Berlin", id="zone without case"),
        pytest.param("ft me zone America/New York", "zone", "America/New_York", id="zone with a blank"),
        pytest.param("ft me zone default", "zone", "", id="zone as before"),
        pytest.param("ft me channel email", "channel", "mail", id="channel"),
        pytest.param("ft me leave 2026-12-21 to 2026-12-24", "leave", "2026-12-21/2026-12-24", id="leave to"),
        pytest.param("ft me leave 2026-12-21..2026-12-24", "leave", "2026-12-21/2026-12-24", id="leave with dots"),
        pytest.param("ft me leave 2026-12-21 - 2026-12-24", "leave", "2026-12-21/2026-12-24", id="leave with a dash"),
        pytest.param("ft me leave from 21 Dec until 3 Jan", "leave", "2026-12-21/2027-01-03", id="over new year"),
        pytest.param("ft me leave tomorrow", "leave", "2026-11-21/2026-11-21", id="one day"),
        pytest.param("ft me leave none", "leave", "", id="no leave"),
    ],
)
@pytest.mark.parametrize("on_item", [False, True])
def test_me_is_about_oneself(line: str, wish: str, value: str, on_item: bool) -> None:
    command = only(line, on_item=on_item)
    assert (command.verb, command.wish, command.words, command.problem) == ("me", wish, value, "")


@pytest.mark.parametrize(
    ("line", "verb", "says"),
    [
        pytest.param("ft owner 3", "owner", "it needs a name or a login", id="owner without a name"),
        pytest.param("ft owner @bob", "owner", "which items", id="owner without a number"),
        pytest.param("ft snooze 3", "snooze", "`ft snooze 3 2w reason`", id="snooze without a day"),
        pytest.param("ft snooze 3 a while", "snooze", "cannot be read as a day", id="snooze without an end"),
        pytest.param("ft snooze 3 2026-01-01", "snooze", "has passed", id="snooze into the past"),
        pytest.param("ft replace 3 the other one", "replace", "say which issue", id="replace by words"),
        pytest.param("ft replace 3 OPS-7", "replace", "it needs a reason", id="replace without a reason"),
        pytest.param("ft duplicate 3", "duplicate", "say which issue", id="duplicate of nothing"),
        pytest.param("ft duplicate 3 12", "duplicate", "join the numbers", id="duplicate of a bare number"),
        pytest.param("ft split 3 one part", "split", "semicolon", id="split into one"),
        pytest.param("ft split 3,4 a; b", "split", "one item at a time", id="split of two"),
        pytest.param("ft split 3 " + "; ".join("abcdefghi"), "split", "at most 8 parts", id="split into too many"),
        pytest.param("ft split 3 a; " + "b" * 130, "split", "longer than 120", id="a part that is too long"),
        pytest.param("ft ask 3", "ask", "it needs a question", id="ask nothing"),
        pytest.param("ft approve", "approve", "which items", id="approve nothing"),
        pytest.param("ft decline 3", "decline", "it needs a reason", id="decline without a reason"),
        pytest.param("ft heed 3 nothing", "heed", "which of step", id="heed without saying what"),
        pytest.param("ft category 3", "category", "say which category", id="no category"),
        pytest.param("ft category 3 " + "x " * 40, "category", "a word or two", id="a category of many words"),
        pytest.param("ft me", "me", "say what about you", id="me alone"),
        pytest.param("ft me zone Mars/Olympus", "me", "no time zone", id="a zone that is none"),
        pytest.param("ft me zone Europe/Berln", "me", "ft me zone Europe/Berlin", id="a slip in a zone"),
        pytest.param("ft me zone ../../etc/passwd", "me", "no time zone", id="a zone that is a path"),
        pytest.param("ft me channel pigeon", "me", "ft me channel mail", id="a channel that is none"),
        pytest.param("ft me leave", "me", "the first and the last day", id="leave without days"),
        pytest.param("ft me leave 2026-12-24 to 2026-12-21", "me", "is before", id="leave backwards"),
        pytest.param("ft me leave 2026-11-01 to 2026-11-05", "me", "has passed", id="leave that is over"),
        pytest.param("ft me leave 2026-12-21 to 2028-12-21", "me", "more than a year", id="leave for years"),
        pytest.param("ft me leave 2026-12-21 to sometime", "me", "last day", id="leave without an end"),
        pytest.param("ft sooze 3 2w", "snooze", "Did you mean `ft snooze", id="a slip in snooze"),
        pytest.param("ft assign 3 @bob", "owner", "Did you mean `ft owner", id="another word for owner"),
        pytest.param("ft dupe 3 #4", "duplicate", "Did you mean `ft duplicate", id="another word for duplicate"),
    ],
)
def test_what_is_unclear_is_answered_with_the_right_form(line: str, verb: str, says: str) -> None:
    command = only(line)
    assert command.verb == verb
    assert says in command.problem


@pytest.mark.parametrize(
    "line",
    [
        "ft me and my band",
        "ft task force",
        "ft other people",
        "ft need more of it",
        "ft met them",
    ],
)
def test_prose_stays_prose(line: str) -> None:
    assert parse_commands(line, today=TODAY, on_item=False) == ()


def test_a_number_on_an_items_own_issue_is_explained() -> None:
    assert "no number is needed: `ft snooze 2w reason`" in only("ft snooze 3 2w", on_item=True).problem
    assert "no number is needed" in only("ft duplicate 3 OPS-7", on_item=True).problem


def test_waive_approve_on_an_items_own_issue() -> None:
    assert only("ft waive approve", on_item=True).verb == "approve"
    assert only("ft waive approved by nobody", on_item=True).verb == "waive"
