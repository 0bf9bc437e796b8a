"""What a comment asks for: lines of their own, read as a program would, answered where they can't be understood."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.commands import VERBS, Command, fingerprints, help_text, parse_commands
from worker.domain.marks import fingerprint

TODAY = date(2026, 11, 20)  # a Friday


def read(body: str, *, on_item: bool = False) -> tuple[Command, ...]:
    return parse_commands(body, today=TODAY, on_item=on_item)


def only(body: str, *, on_item: bool = False) -> Command:
    (command,) = read(body, on_item=on_item)
    return command


@pytest.mark.parametrize(
    ("line", "verb", "items", "due", "words"),
    [
        pytest.param(
            "ft due 3,5 in 2 weeks the vendor is late", "due", (3, 5), "2026-12-04", "the vendor is late", id="weeks"
        ),
        pytest.param("ft due 3 2026-12-01 reason", "due", (3,), "2026-12-01", "reason", id="ISO"),
        pytest.param("ft due 3 1 Dec", "due", (3,), "2026-12-01", "", id="day and month"),
        pytest.param(
            "ft due 3 to Dec 1, because", "due", (3,), "2026-12-01", "because", id="a small word before the day"
        ),
        pytest.param("ft due 3 next friday", "due", (3,), "2026-11-27", "", id="weekday"),
        pytest.param("ft due 3 tomorrow - sick today", "due", (3,), "2026-11-21", "sick today", id="tomorrow"),
        pytest.param("ft due 3 in 10 days", "due", (3,), "2026-11-30", "", id="days"),
        pytest.param("ft due 3 25.12.2026", "due", (3,), "2026-12-25", "", id="full stops mean day first"),
        pytest.param("ft due 3 today", "due", (3,), "2026-11-20", "", id="today has not passed"),
        pytest.param(
            "ft done 3 https://ci.example.test/9", "done", (3,), None, "https://ci.example.test/9", id="a link"
        ),
        pytest.param("ft done 3", "done", (3,), None, "", id="evidence may be missing"),
        pytest.param(
            "ft done 3 2 alerts added", "done", (3,), None, "2 alerts added", id="evidence may begin with a number"
        ),
        pytest.param("ft done 5 , 3: it works", "done", (3, 5), None, "it works", id="blanks and colons"),
        pytest.param("ft done 3 and 5 they work", "done", (3, 5), None, "they work", id="numbers joined in words"),
        pytest.param(
            "ft waive 2-4 the service is retired", "waive", (2, 3, 4), None, "the service is retired", id="a range"
        ),
        pytest.param("ft untrack 4, a lesson", "untrack", (4,), None, "a lesson", id="a comma before the reason"),
        pytest.param("ft ignore 3 date it waits", "ignore", (3,), None, "it waits", id="ignore keeps the reason"),
        pytest.param("ft track", "track", (), None, "", id="track everything"),
        pytest.param("ft track all", "track", (), None, "", id="track all is everything"),
        pytest.param("ft track 3,5", "track", (3, 5), None, "", id="track some"),
        pytest.param("ft kind Post Mortem", "kind", (), None, "post-mortem", id="kind as written"),
        pytest.param("ft kind action-item", "kind", (), None, "action-item", id="the other kind"),
        pytest.param("ft help", "help", (), None, "", id="help"),
        pytest.param("/ft help", "help", (), None, "", id="with a slash"),
        pytest.param("   Ft  Done 3", "done", (3,), None, "", id="as a phone writes it"),
        pytest.param("ft done 3 \N{RIGHT-TO-LEFT OVERRIDE}x", "done", (3,), None, "x", id="no bidi override in words"),
    ],
)
def test_a_command_on_a_post_mortem(line: str, verb: str, items: tuple[int, ...], due: str | None, words: str) -> None:
    command = only(line)
    day = command.due.isoformat() if command.due else None
    assert (command.verb, command.items, day, command.words, command.problem) == (verb, items, due, words, "")


@pytest.mark.parametrize(
    ("line", "verb", "due", "words"),
    [
        pytest.param("ft due in 2 weeks late vendor", "due", "2026-12-04", "late vendor", id="due"),
        pytest.param("ft done 3 alerts added", "done", None, "3 alerts added", id="a number is evidence here"),
        pytest.param("ft waive it was retired", "waive", None, "it was retired", id="waive"),
        pytest.param("ft untrack a lesson", "untrack", None, "a lesson", id="untrack"),
        pytest.param("ft kind post-mortem", "kind", None, "post-mortem", id="kind"),
    ],
)
def test_on_an_items_own_issue_no_number_is_written(line: str, verb: str, due: str | None, words: str) -> None:
    command = only(line, on_item=True)
    day = command.due.isoformat() if command.due else None
    assert (command.verb, command.items, day, command.words, command.problem) == (verb, (), due, words, "")


@pytest.mark.parametrize(
    ("line", "verb", "says"),
    [
        pytest.param("ft due 3 01/12/2026", "due", "2026-12-01 or 2026-01-12", id="an ambiguous date is asked about"),
        pytest.param("ft due 3, 5 Dec", "due", "two ways", id="items or a day is asked about"),
        pytest.param("ft due 3 2026-01-05", "due", "has passed", id="a day that has passed"),
        pytest.param("ft due 3 2062-12-01", "due", "years ahead", id="a day beyond belief"),
        pytest.param("ft due 3 2026-02-30", "due", "no day of the calendar", id="a day that is none"),
        pytest.param("ft due 3 soon", "due", "`soon` cannot be read as a day", id="no day"),
        pytest.param("ft due 3", "due", "`ft due 3 2026-12-01 reason`", id="nothing after the number"),
        pytest.param("ft due in 2 weeks", "due", "which items", id="due without items"),
        pytest.param("ft done", "done", "which items", id="done without items"),
        pytest.param("ft done #3", "done", "without `#`", id="an issue's number is not an item's"),
        pytest.param("ft done 3 5", "done", "`ft done 3,5 …`", id="numbers without comma"),
        pytest.param("ft done 0", "done", "numbered from 1", id="no item 0"),
        pytest.param("ft waive 5-3 x", "waive", "a range goes upwards", id="a range that goes down"),
        pytest.param("ft waive 3", "waive", "it needs a reason", id="waive without reason"),
        pytest.param("ft waive 3 ...", "waive", "it needs a reason", id="dots are no reason"),
        pytest.param("ft untrack 3", "untrack", "it needs a reason", id="untrack without reason"),
        pytest.param("ft track the first", "track", "which items", id="track something unclear"),
        pytest.param("ft ignore 3 date", "ignore", "it needs a reason", id="ignore without reason"),
        pytest.param("ft ignore 3 it is fine", "ignore", "which of step", id="ignore without saying what"),
        pytest.param("ft ignore date later", "ignore", "which items", id="ignore without items"),
        pytest.param("ft kind", "kind", "`ft kind post-mortem`", id="kind without a kind"),
        pytest.param("ft tarck", "track", "Did you mean `ft track", id="letters swapped"),
        pytest.param("ft untrak 3 x", "untrack", "Did you mean `ft untrack", id="a letter missing"),
        pytest.param("ft doen 3", "done", "Did you mean `ft done", id="a short verb before a number"),
        pytest.param("ft wave 3 x", "waive", "Did you mean `ft waive", id="an English word before a number"),
        pytest.param("ft waived 3", "waive", "Did you mean `ft waive", id="the past of a verb"),
        pytest.param("ft close 3", "done", "Did you mean `ft done", id="another word for it"),
        pytest.param("ft 3 done", "done", "Did you mean `ft done", id="the number first"),
    ],
)
def test_what_is_for_us_and_unclear_is_a_problem_with_the_right_form(line: str, verb: str, says: str) -> None:
    command = only(line)
    assert command.verb == verb
    assert says in command.problem


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        pytest.param("ft ignore 3 relevant it was a side effect", "relevant", id="the criterion"),
        pytest.param("ft ignore 3 smart/time-bound: later", "time_bound", id="the rule as check prints it"),
        pytest.param("ft ignore 3 done-when the vendor decides", "measurable", id="the need as people are told it"),
        pytest.param("ft ignore 3 owner, a pair does it", "single_owner", id="a comma after it"),
    ],
)
def test_ignore_names_a_criterion_in_anybodys_words(line: str, rule: str) -> None:
    command = only(line)
    assert (command.rule, command.problem) == (rule, "")


def test_a_number_on_an_items_own_issue_is_explained() -> None:
    assert "no number is needed: `ft due 2026-12-01 reason`" in only("ft due 3 2026-12-01", on_item=True).problem


@pytest.mark.parametrize(
    "line",
    [
        "ft is great",
        "ft one more thing",
        "ft wave goodbye",
        "ft find it there",
        "ft 100 of cable",
        "ft. Lauderdale is down",
        "ft",
        "FT wrote about it",
        "ft do it",
        "draft done 3",
        "please ft done 3",
        "- ft done 3",
        "> ft done 3",
        "| ft done 3 |",
        "`ft done 3`",
        "    ft done 3",
        "\tft done 3",
        "<!-- ft done 3 -->",
        "//ft done 3",
        "# ft done 3",
    ],
)
@pytest.mark.parametrize("on_item", [False, True])
def test_what_is_not_for_us_is_left_alone(line: str, on_item: bool) -> None:
    assert read(line, on_item=on_item) == ()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("```\nft done 3\n```", id="a fence"),
        pytest.param("~~~~\nft done 3\n~~~\nft done 3", id="a fence that stays open"),
        pytest.param("- ```\n  ft done 3\n  ```", id="a fence in a list"),
        pytest.param("<!--\nft done 3\n-->", id="an HTML comment"),
        pytest.param("text <!-- a\nft done 3\nb --> text", id="an HTML comment inside a paragraph"),
        pytest.param("say `x\nft done 3\ny` here", id="a code span over lines"),
        pytest.param("say ``x ` y\nft done 3\ny`` here", id="a code span of two backticks"),
        pytest.param("<details><summary>log</summary>\nft done 3\n</details>", id="an HTML block"),
        pytest.param("<pre>\n\nft done 3\n\n</pre>", id="preformatted HTML"),
        pytest.param("> said\n> ft done 3", id="a quote"),
    ],
)
def test_code_html_and_quotes_hold_no_commands(body: str) -> None:
    assert read(body) == ()


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        pytest.param("Thanks!\nft done 3 x\nft done 4 y", [2, 3], id="several inside a paragraph"),
        pytest.param("ft done 3\r\n\r\nft done 4\r\n", [1, 3], id="line ends of a browser"),
        pytest.param("ft done 3\n-- \nAna", [1], id="above a mail's signature"),
        pytest.param("> Is it done?\nft done 3", [2], id="typed right below a quote"),
        pytest.param("```\nlog\n```\nft done 3", [4], id="below a fence"),
        pytest.param("an odd ` backtick\nft done 3", [2], id="a backtick without a mate hides nothing"),
        pytest.param("an escaped \\` one\nft done 3 `x`", [2], id="an escaped backtick opens nothing"),
        pytest.param("ft done 3 shown by `make test`", [1], id="code inside the words"),
    ],
)
def test_typed_lines_are_found_wherever_they_stand(body: str, lines: list[int]) -> None:
    assert [c.line for c in read(body)] == lines


def test_only_so_many_commands_of_one_comment_are_read() -> None:
    assert len(read("ft done 1\n" * 500)) == 50


def test_an_edited_comment_runs_only_what_is_new() -> None:
    before = fingerprints("17", read("ft done 3 a\nft done 4 b"))
    after = fingerprints("17", read("hello\n\nft done 4  b\nFT done 3 a\nft done 5 c"))
    assert set(before) < set(after)
    assert len(set(after) - set(before)) == 1


def test_the_same_line_twice_is_two_commands() -> None:
    first, second = fingerprints("17", read("ft track\nft track"))
    assert first != second
    assert first == fingerprint("17", "ft track", 1)


def test_the_same_line_in_two_comments_is_two_commands() -> None:
    assert fingerprint("17", "ft track", 1) != fingerprint("18", "ft track", 1)


@pytest.mark.parametrize("on_item", [False, True])
def test_help_begins_with_the_three_choices_and_every_form_in_it_works(on_item: bool) -> None:
    text = help_text(on_item)
    forms = [line.split("`")[1] for line in text.splitlines() if line.startswith("- `")]
    assert [form.split()[1] for form in forms] == [verb.name for verb in VERBS]
    assert [form.split()[1] for form in forms[:3]] == ["done", "due", "waive"]
    for form in forms:
        command = only(form.replace("post-mortem|action-item", "post-mortem"), on_item=on_item)
        assert (command.problem, bool(command.items)) == ("", not on_item and "3" in form)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("`" * 60_000 + "\nft done 3", id="backticks"),
        pytest.param("` `` " * 12_000 + "\nft done 3", id="unequal backticks"),
        pytest.param("\\`" * 30_000 + "\nft done 3", id="escaped backticks"),
        pytest.param("<!--" * 15_000 + "\nft done 3", id="open HTML comments"),
        pytest.param(">" * 60_000 + "\nft done 3", id="quotes"),
        pytest.param("[(" * 30_000 + "\nft done 3", id="links"),
        pytest.param("* " * 30_000 + "\nft done 3", id="bullets"),
        pytest.param("ft done " + "1," * 30_000, id="numbers"),
        pytest.param("ft done " + "1-" * 30_000, id="ranges"),
        pytest.param("ft due 3 " + "1 " * 30_000, id="days"),
        pytest.param("ft " + "x" * 60_000, id="a long verb"),
        pytest.param("ft done 3\n" * 6_000, id="many commands"),
    ],
)
def test_a_hostile_comment_is_read_quickly(body: str) -> None:
    began = time.process_time()
    read(body)
    assert time.process_time() - began < 2


pieces = st.sampled_from(("ft ", "/ft ", "done", "due", "waive", "track", "kind", "3", ",", "5", " ", "\n", "`", "```"))
pieces |= st.sampled_from(("> ", "<!--", "-->", "in 2 weeks", "1 Dec", "2026-12-01", "-", "x", "\r\n", "\t", "<b>"))
pieces |= st.sampled_from(("|", "- ", "\\", "9" * 30, "年", "\x00", "\ud800"))


@given(st.lists(pieces, max_size=30).map("".join), st.booleans())
def test_any_comment_is_read_without_an_error(body: str, on_item: bool) -> None:
    for command in read(body, on_item=on_item):
        assert command.raw in body.replace("\x00", "\ufffd")
        assert not (on_item and command.items)
        assert fingerprint("1", command.raw, 1)
