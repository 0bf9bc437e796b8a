"""The due line of a description: found, changed, added and taken away, and nothing else touched."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.trackers.jira.due import adf_with_due, wiki_with_due

DAY = date(2027, 1, 15)


def text(words: str, *marks: str) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"marks": [{"type": mark} for mark in marks]} if marks else {})}


MENTION = {"type": "mention", "attrs": {"id": "1"}}
BREAK = {"type": "hardBreak"}


def paragraph(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(nodes)}


def bullets(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "bulletList", "content": [{"type": "listItem", "content": [block]} for block in blocks]}


def doc(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(blocks)}


def day_node(milliseconds: int) -> dict[str, Any]:
    return {"type": "date", "attrs": {"timestamp": str(milliseconds)}}


OLD_NODE, NEW_NODE = day_node(1_796_083_200_000), day_node(1_799_971_200_000)
WORDS = paragraph(text("Page the on-call engineer."))
CODE = {"type": "codeBlock", "content": [text("Due: 2026-12-01")]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(None, doc(paragraph(text("Due: 2027-01-15"))), id="an empty description"),
        pytest.param(doc(WORDS), doc(WORDS, paragraph(text("Due: 2027-01-15"))), id="added at the end"),
        pytest.param(doc(CODE), doc(CODE, paragraph(text("Due: 2027-01-15"))), id="code is none"),
        pytest.param(
            doc(paragraph(text("Due: 2026-12-01")), WORDS), doc(paragraph(text("Due: 2027-01-15")), WORDS), id="changed"
        ),
        pytest.param(
            doc(paragraph(text("Due:", "strong"), text(" 2026-12-01"))),
            doc(paragraph(text("Due:", "strong"), text(" 2027-01-15"))),
            id="in bold",
        ),
        pytest.param(
            doc(paragraph(text("Do it"), BREAK, text("due date: 2026-12-"), text("01", "em"), BREAK, text("Thanks"))),
            doc(paragraph(text("Do it"), BREAK, text("due date: 2027-01-15"), BREAK, text("Thanks"))),
            id="a line among lines, in pieces",
        ),
        pytest.param(
            doc(paragraph(text("Due: "), OLD_NODE)), doc(paragraph(text("Due: "), NEW_NODE)), id="a date of the editor"
        ),
        pytest.param(
            doc(bullets(paragraph(text("Due: 2026-12-01")))),
            doc(bullets(paragraph(text("Due: 2027-01-15")))),
            id="bullet",
        ),
        pytest.param(doc(paragraph(text("Due:"))), doc(paragraph(text("Due: 2027-01-15"))), id="a place that waits"),
        pytest.param(doc(paragraph(text("Due: tbd"))), doc(paragraph(text("Due: 2027-01-15"))), id="a word for none"),
        pytest.param(
            doc(paragraph(text("Due: tbd")), paragraph(text("Due: 2026-12-01"))),
            doc(paragraph(text("Due: tbd")), paragraph(text("Due: 2027-01-15"))),
            id="a day counts before a place that waits",
        ),
        pytest.param(
            doc(paragraph(text("Due: to a bug in 2026-12-01"))),
            doc(paragraph(text("Due: to a bug in 2026-12-01")), paragraph(text("Due: 2027-01-15"))),
            id="prose is none",
        ),
        pytest.param(
            doc(paragraph(text("Due: "), {"type": "mention", "attrs": {"id": "1"}})),
            doc(
                paragraph(text("Due: "), {"type": "mention", "attrs": {"id": "1"}}), paragraph(text("Due: 2027-01-15"))
            ),
            id="a mention is no day",
        ),
    ],
)
def test_the_line_of_a_document_is_written(before: Any, after: Any) -> None:
    made = adf_with_due(before, DAY)
    assert made == after
    assert adf_with_due(made, DAY) == made


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(None, None, id="nothing stays nothing"),
        pytest.param(doc(WORDS), doc(WORDS), id="no line"),
        pytest.param(doc(WORDS, paragraph(text("Due: 2026-12-01"))), doc(WORDS), id="a paragraph of its own"),
        pytest.param(doc(paragraph(text("Due: tbd"))), doc(paragraph(text("Due: tbd"))), id="no day, nothing to take"),
        pytest.param(
            doc(paragraph(text("a"), BREAK, text("Due: 2026-12-01"), BREAK, text("b"))),
            doc(paragraph(text("a"), BREAK, text("b"))),
            id="between lines",
        ),
        pytest.param(
            doc(paragraph(text("a"), BREAK, text("Due: "), OLD_NODE)), doc(paragraph(text("a"))), id="the last line"
        ),
        pytest.param(doc(bullets(paragraph(text("Due: 2026-12-01"))), WORDS), doc(WORDS), id="the only bullet"),
    ],
)
def test_the_line_of_a_document_is_taken_away(before: Any, after: Any) -> None:
    assert adf_with_due(before, None) == after


def test_the_document_that_was_read_is_not_changed() -> None:
    before = doc(paragraph(text("Due: 2026-12-01")))
    adf_with_due(before, DAY)
    assert before == doc(paragraph(text("Due: 2026-12-01")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "Due: 2027-01-15", id="an empty description"),
        pytest.param("Do it.\r\n", "Do it.\r\n\r\nDue: 2027-01-15", id="added, in the text's own line ends"),
        pytest.param("Due: 2026-12-01\nmore", "Due: 2027-01-15\nmore", id="changed"),
        pytest.param("*Due:* 2026-12-01", "*Due:* 2027-01-15", id="in bold"),
        pytest.param("* Due date: 2026-12-01\n", "* Due date: 2027-01-15\n", id="a bullet"),
        pytest.param("Due:\n", "Due: 2027-01-15\n", id="a place that waits"),
        pytest.param("Due: ?", "Due: 2027-01-15", id="a word for none"),
        pytest.param(
            "{code:java}\nDue: 2026-12-01\n{code}",
            "{code:java}\nDue: 2026-12-01\n{code}\n\nDue: 2027-01-15",
            id="code is none",
        ),
        pytest.param(
            "{quote}\nDue: 2026-12-01\n{quote}\n",
            "{quote}\nDue: 2026-12-01\n{quote}\n\nDue: 2027-01-15",
            id="a quotation is none",
        ),
        pytest.param("{noformat}\nopen", "Due: 2027-01-15\n\n{noformat}\nopen", id="never into open code"),
    ],
)
def test_the_line_of_a_wiki_text_is_written(before: str, after: str) -> None:
    made = wiki_with_due(before, DAY)
    assert made == after
    assert wiki_with_due(made, DAY) == made


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("a\nDue: 2026-12-01\nb", "a\nb", id="between lines"),
        pytest.param("a\r\n\r\nDue: 2026-12-01\r\n", "a", id="the last line"),
        pytest.param("Due: tbd", "Due: tbd", id="no day, nothing to take"),
        pytest.param("a", "a", id="no line"),
    ],
)
def test_the_line_of_a_wiki_text_is_taken_away(before: str, after: str) -> None:
    assert wiki_with_due(before, None) == after


@given(st.text(alphabet="Due: 2026-1*\n\r{code}quot-", max_size=80))
def test_whatever_the_text_the_line_stands_once_it_is_written(words: str) -> None:
    made = wiki_with_due(words, DAY)
    assert "2027-01-15" in made
    assert wiki_with_due(made, DAY) == made


def test_a_long_line_and_many_braces_are_read_in_no_time() -> None:
    hard = "{code:" * 20_000 + "\n" + " " * 50_000 + "due:" + "*" * 50_000
    assert wiki_with_due(hard, DAY).endswith("2027-01-15")
