"""The service's Markdown becomes wiki text and documents that show the same, and typed text does nothing in either."""

import json
from typing import Any

import pytest

from worker.domain.commands import help_text
from worker.domain.markup import adf_plain, markdown_to_adf, markdown_to_wiki, wiki_plain
from worker.domain.markup.to_wiki import LIMIT
from worker.domain.render.safe import code, link, plain

Z = "\u200b"


@pytest.mark.parametrize(
    ("markdown", "wiki"),
    [
        pytest.param("### A", "h3. A", id="a heading"),
        pytest.param("**a** *b* `c`", "*a* _b_ {{c}}", id="phrases"),
        pytest.param("a  \nb", "a\nb", id="a hard break is a line break"),
        pytest.param("a\nb\n\nc", "a\nb\n\nc", id="lines stay lines"),
        pytest.param("> a\n\nb", "{quote}\na\n{quote}\n\nb", id="a quote"),
        pytest.param("- a\n  - b\n- c", "* a\n** b\n* c", id="nested bullets"),
        pytest.param("1. a\n   - b", "# a\n#* b", id="mixed lists"),
        pytest.param("- a\n\n  b", "* a\nb", id="an item of two paragraphs"),
        pytest.param("| | A |\n| --: | --- |\n| 1 | |", "|| ||A||\n|1| |", id="a table with empty cells"),
        pytest.param("[OPS-1](https://x.org/browse/OPS-1)", f"[OPS-{Z}1|https://x.org/browse/OPS-1]", id="a link"),
        pytest.param("[a](https://x.org/b|c)", "[a|https://x.org/b%7Cc]", id="a link whose address would end early"),
        pytest.param("[a](/b)", "a", id="a link to nowhere good"),
        pytest.param("---", "----", id="a rule"),
        pytest.param("```\n*a*\n```", "{noformat}\n*a*\n{noformat}", id="a code block"),
        pytest.param("<sub>a `b`</sub>", "a {{b}}", id="small text is text"),
        pytest.param("<!-- a -->\n\nb", "b", id="a comment is nothing"),
        pytest.param(
            "- a\n<details><summary>more &amp; more</summary>\n\n- b\n\n</details>\n\nc",
            "* a\n\n*more & more*\n\n* b\n\nc",
            id="a fold is a bold line and its content",
        ),
        pytest.param("&amp;lt; \\*", f"&{Z}lt; \\*", id="entities are what they show"),
    ],
)
def test_markdown_as_wiki_text(markdown: str, wiki: str) -> None:
    assert markdown_to_wiki(markdown) == wiki


@pytest.mark.parametrize(
    ("typed", "wiki"),
    [
        pytest.param("*a* _b_ -c- +d+ ^e^ ~f~ ??g??", r"\*a\* \_b\_ \-c\- \+d\+ \^e\^ \~f\~ \?\?g\?\?", id="phrases"),
        pytest.param("{panel} {{x}}", r"\{panel\} \{\{x\}\}", id="macros"),
        pytest.param("[~admin] [a|b] a|b", r"\[\~admin\] \[a\|b\] a\|b", id="mentions, links and cells"),
        pytest.param("!a.png!", r"\!a.png\!", id="pictures"),
        pytest.param("h1. a", f"h1{Z}. a", id="headings"),
        pytest.param("bq. a", f"bq{Z}. a", id="quotes"),
        pytest.param("* a", r"\* a", id="bullets"),
        pytest.param("- a", r"\- a", id="dashes"),
        pytest.param("# a", f"{Z}# a", id="numbers"),
        pytest.param("||a||", r"\|\|a\|\|", id="tables"),
        pytest.param("(/) (x) (on) :) ;-)", f"({Z}/) ({Z}x) ({Z}on) :{Z}) ;{Z}\\-)", id="signs and faces"),
        pytest.param("OPS-7 well-known 2026-12-01", f"OPS-{Z}7 well-known 2026-12-01", id="keys"),
        pytest.param("https://x.org www.x.org", f"https:{Z}//x.org www{Z}.x.org", id="addresses"),
        pytest.param("a@x.org @bob", f"a@{Z}x.org @{Z}bob", id="mail addresses"),
        pytest.param(r"a\\b C:\d", f"a\\{Z}\\{Z}b C:\\{Z}d", id="backslashes"),
        pytest.param("a -- b --- c", r"a \-\- b \-\-\- c", id="dashes that would change"),
    ],
)
def test_typed_text_does_nothing_in_wiki_text(typed: str, wiki: str) -> None:
    made = markdown_to_wiki(plain(typed))
    assert made.replace(Z * 2, Z) == wiki
    assert wiki_plain(made) == typed


@pytest.mark.parametrize(
    ("markdown", "wiki"),
    [
        pytest.param("<b> h1. a</b>", f"h1{Z}. a", id="behind a tag"),
        pytest.param("&#32;bq. a", f"bq{Z}. a", id="behind a blank written as an entity"),
        pytest.param("- a<br> # b", f"* a\n{Z} # b", id="on a further line"),
        pytest.param("a\u2028h1. b\x85# c", "a h1. b # c", id="behind a line break of another kind"),
    ],
)
def test_what_begins_a_line_of_wiki_text_opens_nothing(markdown: str, wiki: str) -> None:
    assert markdown_to_wiki(markdown) == wiki


@pytest.mark.parametrize("typed", ["{*}a{*}", "[~x]", "a|b", "-x-", "{code}", "\\\\"])
def test_typed_text_in_code_does_nothing_either(typed: str) -> None:
    assert wiki_plain(markdown_to_wiki(f"a {code(typed)} b")) == f"a {typed} b"


def marks_of(document: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (node["text"], [mark["type"] for mark in node.get("marks", [])])
        for block in document["content"]
        for node in block.get("content", [])
        if node["type"] == "text"
    ]


def test_phrases_of_a_document_carry_marks() -> None:
    made = markdown_to_adf("a **b *c*** `d` [**`e`**](https://x.org) ~~f~~")
    assert marks_of(made) == [
        ("a ", []),
        ("b ", ["strong"]),
        ("c", ["strong", "em"]),
        (" ", []),
        ("d", ["code"]),
        (" ", []),
        ("e", ["link", "code"]),
        (" ", []),
        ("f", ["strike"]),
    ]


def test_typed_text_in_a_document_is_one_text_without_hidden_spaces() -> None:
    typed = "*a* @bob #12 https://x.org [b](c) <i> `d` | \\e"
    made = markdown_to_adf(plain(typed))
    assert made["content"] == [{"type": "paragraph", "content": [{"type": "text", "text": typed}]}]


def test_folds_of_a_document_are_expands() -> None:
    made = markdown_to_adf("<details><summary>T</summary>\n\n- a\n\n</details>\n\nb")
    assert [block["type"] for block in made["content"]] == ["expand", "paragraph"]
    assert made["content"][0]["attrs"] == {"title": "T"}
    assert [block["type"] for block in made["content"][0]["content"]] == ["bulletList"]


def test_what_a_list_may_not_hold_becomes_paragraphs() -> None:
    made = markdown_to_adf("- # a\n- > b\n- | c | d |\n  | - | - |\n  | e | f |\n- - g")
    (found,) = made["content"]
    inside = [[block["type"] for block in item["content"]] for item in found["content"]]
    assert inside == [["paragraph"], ["paragraph"], ["paragraph", "paragraph"], ["paragraph", "bulletList"]]


@pytest.mark.parametrize("on_item", [True, False], ids=["on an item", "on a post-mortem"])
def test_the_help_says_the_same_in_all_forms(on_item: bool) -> None:
    markdown = help_text(on_item=on_item)
    words = " ".join(markdown.replace("- `", "").replace("`", "").split())
    assert adf_plain(markdown_to_adf(markdown)) == words
    assert wiki_plain(markdown_to_wiki(markdown)) == words


def _long() -> str:
    rows = "\n".join(f"| {n} | {plain('Add an alert for queue ' + str(n) + ' that pages')} |" for n in range(200))
    folds = "\n\n".join(
        f"<details><summary>fold {n}</summary>\n\n"
        + "\n".join(f"- {'w ' * 40}{m}" for m in range(200))
        + "\n\n</details>"
        for n in range(3)
    )
    return f"### Head\n\n| # | Item |\n| - | - |\n{rows}\n\n{folds}\n\nKept by us `followthrough:sticky`"


@pytest.mark.parametrize("limit", [LIMIT, 8_000, 2_000, 300])
def test_what_is_too_long_loses_its_folds_first_and_keeps_its_first_and_last_words(limit: int) -> None:
    made = markdown_to_wiki(_long(), limit=limit)
    assert len(made) <= limit
    assert made.startswith("h3. Head\n")
    assert made.endswith("{{followthrough:sticky}}")
    assert "The rest was cut" in made
    assert ("queue 199" in made) is (limit >= 20_000)
    document = markdown_to_adf(_long(), limit=limit)
    assert wiki_plain(made) == adf_plain(document)


def test_a_link_of_ours_stays_one() -> None:
    made = markdown_to_adf(link("a ] b", "https://x.org/(a)"))
    assert json.dumps(made).count('"link"') == 1
    assert adf_plain(made) == "a ] b"
