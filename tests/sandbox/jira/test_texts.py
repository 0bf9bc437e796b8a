"""One text in two forms: what is written as wiki text reads as a valid document, and the other way round."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.sandbox.jira.adf import plain, problem, to_wiki
from worker.sandbox.jira.wiki import to_adf


def doc(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


def para(*content: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def text(words: str, *marks: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"marks": list(marks)} if marks else {})}


@pytest.mark.parametrize(
    "wiki",
    [
        pytest.param("h2. Action items\n\nWords.", id="a heading"),
        pytest.param("* one\n** two\n*** three\n* four", id="nested bullets"),
        pytest.param("# one\n## two\n# three", id="nested numbers"),
        pytest.param("||A||B||\n|one|two|", id="a table"),
        pytest.param("{code:python}\nx = 1\n{code}", id="code"),
        pytest.param("a *bold* _slanted_ {{code}} [label|https://example.org] word", id="marks"),
        pytest.param("[~accountid:712020:bob] please", id="a mention"),
        pytest.param("{quote}\nsaid\n{quote}", id="a quote"),
        pytest.param("----", id="a rule"),
        pytest.param("one\ntwo", id="a line break"),
    ],
)
def test_wiki_text_goes_through_a_document_unchanged(wiki: str) -> None:
    document = to_adf(wiki)
    assert problem(document) == ""
    assert to_wiki(document) == wiki


@given(st.text(alphabet=st.sampled_from("ab *_#|[]{}~-\\\nh1.:/!@é "), max_size=200))
def test_any_wiki_text_becomes_a_valid_document(wiki: str) -> None:
    document = to_adf(wiki)
    assert problem(document) == ""
    to_wiki(document)
    plain(document)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param("text", "no node of type doc", id="no document"),
        pytest.param({"type": "doc", "content": []}, "version", id="no version"),
        pytest.param(doc(text("x")), "doc may not hold text", id="text without a paragraph"),
        pytest.param(doc(para(text(""))), "no text", id="an empty text"),
        pytest.param(doc({"type": "bulletList", "content": []}), "is empty", id="an empty list"),
        pytest.param(doc({"type": "bulletList", "content": [para()]}), "may not hold", id="no item"),
        pytest.param(doc({"type": "heading", "attrs": {"level": 7}}), "level", id="a seventh level"),
        pytest.param(doc(para(text("x", {"type": "bold"}))), "no mark bold", id="an unknown mark"),
        pytest.param(doc(para(text("x", {"type": "link", "attrs": {}}))), "href", id="a link to nowhere"),
        pytest.param(doc(para(text("x", {"type": "code"}, {"type": "strong"}))), "only with link", id="strong code"),
        pytest.param(doc(para({"type": "mention", "attrs": {}})), "lacks the attribute id", id="nobody mentioned"),
        pytest.param(doc({"type": "mystery"}), "may not hold mystery", id="an unknown node"),
        pytest.param(
            doc(
                {"type": "table", "content": [{"type": "tableRow", "content": [{"type": "tableCell", "content": []}]}]}
            ),
            "tableCell is empty",
            id="an empty cell",
        ),
    ],
)
def test_what_is_no_document_is_refused(document: object, words: str) -> None:
    assert words in problem(document)


def test_panels_tasks_and_cards_are_documents_and_keep_their_words() -> None:
    document = doc(
        {"type": "panel", "attrs": {"panelType": "info"}, "content": [para(text("Mind this"))]},
        {
            "type": "taskList",
            "attrs": {"localId": "1"},
            "content": [
                {"type": "taskItem", "attrs": {"localId": "2", "state": "DONE"}, "content": [text("Add an alert")]}
            ],
        },
        para({"type": "inlineCard", "attrs": {"url": "https://example.org/1"}}),
        para(text("bold code", {"type": "link", "attrs": {"href": "https://example.org"}}, {"type": "code"})),
    )
    assert problem(document) == ""
    wiki = to_wiki(document)
    assert "Mind this" in wiki
    assert "* [x] Add an alert" in wiki
    assert "[https://example.org/1]" in wiki
