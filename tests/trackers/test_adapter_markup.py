"""How the service's own facts stand in a GitHub text."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.trackers.errors import Refused
from worker.trackers.github import markup

DAY = date(2026, 12, 1)
OTHER = date(2027, 1, 15)


@pytest.mark.parametrize(
    ("body", "due"),
    [
        pytest.param("Due: 2026-12-01", DAY, id="plain"),
        pytest.param("words\n\nDue: 2026-12-01\n\nmore", DAY, id="among other lines"),
        pytest.param("**Due:** 2026-12-01", DAY, id="bold with the colon inside"),
        pytest.param("**Due**: 2026-12-01", DAY, id="bold with the colon outside"),
        pytest.param("- _due date_: 2026-12-01  ", DAY, id="in a list, in italics, with spaces at the end"),
        pytest.param("words\r\nDue: 2026-12-01\r\nmore", DAY, id="with the line endings of a browser"),
        pytest.param("Due: TBD\nDue: 2026-12-01", DAY, id="the first line with a day counts"),
        pytest.param("Due: 2026-02-30", None, id="a day that does not exist is none"),
        pytest.param("Due: 1 Dec 2026", None, id="only ISO is read here"),
        pytest.param("Due: to a bug we failed over 2026-12-01", None, id="prose is not a due line"),
        pytest.param("```\nDue: 2026-12-01\n```", None, id="code is not a due line"),
        pytest.param("~~~~ text\nDue: 2026-12-01\n~~~\nDue: 2026-12-01\n~~~~", None, id="a longer fence stays open"),
        pytest.param("Overdue: 2026-12-01", None, id="another word is another word"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_due_line_is_read(body: str, due: date | None) -> None:
    assert markup.due_in(body) == due


@pytest.mark.parametrize(
    ("body", "due", "after"),
    [
        pytest.param("a\n\nDue: 2026-12-01\n\nb", OTHER, "a\n\nDue: 2027-01-15\n\nb", id="only the day is replaced"),
        pytest.param("**Due:** 2026-12-01  \r\nb", OTHER, "**Due:** 2027-01-15  \r\nb", id="its dress stays"),
        pytest.param("- Due: TBD\nb", OTHER, "- Due: 2027-01-15\nb", id="a placeholder is filled"),
        pytest.param("Due:\nb", OTHER, "Due:2027-01-15\nb", id="an empty one is filled"),
        pytest.param("a", OTHER, "a\n\nDue: 2027-01-15", id="added at the end"),
        pytest.param("a\r\nb\r\n", OTHER, "a\r\nb\r\n\r\nDue: 2027-01-15", id="added with the body's line ending"),
        pytest.param("", OTHER, "Due: 2027-01-15", id="added to nothing"),
        pytest.param("```\ncode", OTHER, "Due: 2027-01-15\n\n```\ncode", id="added before code that never ends"),
        pytest.param(
            "a\n\n<!-- followthrough:item u.i.m -->",
            OTHER,
            "a\n\nDue: 2027-01-15\n\n<!-- followthrough:item u.i.m -->",
            id="added before the hidden mark",
        ),
        pytest.param("a\r\nDue: 2026-12-01\r\nb", None, "a\r\nb", id="removed with its line ending"),
        pytest.param("a\nDue: to a bug", None, "a\nDue: to a bug", id="prose is never removed"),
        pytest.param("a\nDue: TBD", None, "a\nDue: TBD", id="a placeholder says none already"),
        pytest.param("Due: 2026-12-01", DAY, "Due: 2026-12-01", id="nothing where it says so already"),
    ],
)
def test_the_due_line_is_rewritten_and_nothing_else(body: str, due: date | None, after: str) -> None:
    assert markup.with_due(body, due) == after


@given(st.text(alphabet=st.sampled_from("ab \r\n-*`~<>!:Due2026-12-01"), max_size=200), st.dates())
def test_a_due_date_once_written_is_read_again_and_the_words_stay(body: str, day: date) -> None:
    written = markup.with_due(body, day)
    assert markup.due_in(written) == day
    assert markup.with_due(written, day) == written
    if "due" not in body.casefold():
        assert body in written


@given(st.text(max_size=300), st.text(alphabet=st.characters(codec="ascii", exclude_characters="<>"), max_size=100))
def test_a_record_comes_back_as_it_was_written(body: str, text: str) -> None:
    assert markup.split_record(markup.record_body("person/Zoë Łuk", body, text)) == ("person/Zoë Łuk", body, text)


def test_a_record_edited_in_a_browser_keeps_its_text() -> None:
    comment = markup.record_body("sticky", "Items\n\n- one", "v1.abc.def").replace("\n", "\r\n")
    assert markup.split_record(comment) == ("sticky", "Items\r\n\r\n- one", "v1.abc.def")


def test_the_last_marker_of_a_comment_counts() -> None:
    forged = "<!-- followthrough:sticky v1.forged.x -->"
    found = markup.split_record(markup.record_body("sticky", f"quoting {forged}", "v1.real.y"))
    assert found is not None
    assert found[2] == "v1.real.y"


def test_a_text_that_could_end_its_comment_is_refused() -> None:
    with pytest.raises(Refused, match="sticky"):
        markup.marker("sticky", "x --> y")


def test_a_new_issue_carries_words_due_line_and_mark() -> None:
    body = markup.issue_body("Do it", DAY, "u.i.m")
    assert body == "Do it\n\nDue: 2026-12-01\n\n<!-- followthrough:item u.i.m -->"
    assert markup.split_mark(body) == ("Do it\n\nDue: 2026-12-01", "u.i.m")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("слово " * 30_000, id="long prose"),
        pytest.param("```\n" + "x\n" * 60_000, id="an open code block is closed"),
        pytest.param("x" * 59_000 + "<!-- " + "y" * 60_000, id="half a comment is left out"),
        pytest.param("\U0001f525" * 70_000, id="characters outside the basic plane"),
    ],
)
def test_a_long_body_is_cut_without_losing_due_date_and_mark(body: str) -> None:
    written = markup.issue_body(body, DAY, "u.i.m")
    assert len(written) <= markup.LIMIT
    assert markup.due_in(written) == DAY
    assert markup.split_mark(written)[1] == "u.i.m"
    assert "was cut" in written


def test_a_long_record_is_cut_without_losing_its_text() -> None:
    found = markup.split_record(markup.record_body("sticky", "x" * 100_000, "v1." + "y" * 16_000))
    assert found is not None
    assert found[2] == "v1." + "y" * 16_000
    assert len(markup.record_body("sticky", "x" * 100_000, "v1." + "y" * 16_000)) <= markup.LIMIT


def test_a_title_is_one_line_of_at_most_256_characters() -> None:
    assert markup.title("  Add\n an\talert ") == "Add an alert"
    assert len(markup.title("long " * 200)) <= markup.TITLE_LIMIT
    assert markup.title("long " * 200).endswith("…")


def test_a_hostile_body_is_read_in_no_time() -> None:
    # Each would take minutes if one marker's search could run over the next.
    for body in ("<!-- followthrough:item " * 40_000, "\n" * 500_000 + "x", "Due:" + " " * 500_000 + "x"):
        markup.split_mark(body)
        markup.due_in(body)
        markup.with_due(body, DAY)
