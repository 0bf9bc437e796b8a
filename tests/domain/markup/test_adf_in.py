"""An Atlassian document becomes Markdown that says the same, and what a person typed in it stays text."""

from typing import Any

import pytest

from worker.domain.markup import adf_plain, adf_to_markdown

Node = dict[str, Any]


def doc(*content: Any) -> Node:
    return {"type": "doc", "version": 1, "content": list(content)}


def text(words: str, *marks: str, href: str = "") -> Node:
    said: list[Node] = [{"type": mark} for mark in marks]
    said += [{"type": "link", "attrs": {"href": href}}] if href else []
    return {"type": "text", "text": words, "marks": said}


def node(kind: str, *content: Any, **attrs: Any) -> Node:
    children = [text(child) if isinstance(child, str) else child for child in content]
    return {"type": kind, "attrs": attrs, "content": children}


def para(*content: Any) -> Node:
    return node("paragraph", *content)


def item(*content: Any) -> Node:
    return node("listItem", *(para(child) if isinstance(child, str) else child for child in content))


def row(*cells: Any, head: bool = False) -> Node:
    kind = "tableHeader" if head else "tableCell"
    return node("tableRow", *(node(kind, para(cell) if isinstance(cell, str) else cell) for cell in cells))


BREAK: Node = {"type": "hardBreak"}


@pytest.mark.parametrize(
    ("content", "markdown"),
    [
        pytest.param([node("heading", "A", level=2)], "## A", id="a heading"),
        pytest.param([node("heading", "A", level=99)], "###### A", id="a heading of no level that exists"),
        pytest.param([para("a", BREAK, "b")], "a\nb", id="a hard break"),
        pytest.param([para("# a | b")], "&#35; a | b", id="a typed hash opens no heading"),
        pytest.param([para("| a |", BREAK, "|---|")], "&#124; a |\n&#124;---|", id="typed bars make no table"),
        pytest.param([para("1. a", BREAK, "- b")], "1&#46; a\n&#45; b", id="typed signs make no list"),
        pytest.param([para("<b> `x` [a](b) &lt;")], "&lt;b> &#96;x&#96; [a&#93;(b) &amp;lt;", id="typed Markdown"),
        pytest.param([para(text("a ", "strong"), text("b"))], "**a** b", id="blanks stand outside of marks"),
        pytest.param([para(text("a", "strong"), text("b", "em", "strong"))], "**a_b_**", id="marks that go on"),
        pytest.param([para(text("a", "code", "strong"))], "`a`", id="code"),
        pytest.param([para(text("a", "futureMark"))], "a", id="an unknown mark"),
        pytest.param([para(text("a", href="https://x.org/b c"))], "[a](https://x.org/b%20c)", id="a link"),
        pytest.param([para(text("a", href="javascript:x"))], "a", id="an address that is none"),
        pytest.param([para(node("mention", id="712020:ab-c", text="@Ana"))], "@712020:ab-c", id="a mention"),
        pytest.param([para(node("mention", id="<x>", text="@Ana"))], "@Ana", id="a mention of a strange id"),
        pytest.param([para(node("date", timestamp="1796083200000"))], "2026-12-01", id="a date is its UTC day"),
        pytest.param([para(node("date", timestamp="1e999"), "x")], "x", id="a date that is none"),
        pytest.param([para(node("status", text="DONE"))], "DONE", id="a lozenge"),
        pytest.param([para(node("emoji", shortName=":check_mark:"))], "✅", id="a tick"),
        pytest.param([para(node("inlineCard", url="https://x.org/a"))], "<https://x.org/a>", id="a card in a line"),
        pytest.param([node("blockCard", url="https://x.org/a")], "<https://x.org/a>", id="a card of its own"),
        pytest.param([node("mediaSingle", node("media", id="x")), para("a")], "a", id="pictures are nothing"),
        pytest.param([node("panel", para("a"), para("b"))], "a\n\nb", id="a panel is its content"),
        pytest.param([node("expand", para("a"), title="T")], "###### T\n\na", id="an expand's title is a heading"),
        pytest.param([node("blockquote", para("a"), para("b"))], "> a\n>\n> b", id="a quote"),
        pytest.param([node("codeBlock", "```\n# a")], "````\n```\n# a\n````", id="a code block"),
        pytest.param([node("rule")], "---", id="a rule"),
        pytest.param(
            [node("bulletList", item("a", node("orderedList", item("b"), item("c"), order=3)))],
            "- a\n  3. b\n  4. c",
            id="nested lists",
        ),
        pytest.param([node("bulletList", item("a", para("b")))], "- a\n\n  b", id="an item of two paragraphs"),
        pytest.param(
            [node("taskList", node("taskItem", "a", state="DONE"), node("taskList", node("taskItem", "b")))],
            "- [x] a\n  - [ ] b",
            id="tasks with their state",
        ),
        pytest.param([node("decisionList", node("decisionItem", "a"))], "- a", id="decisions"),
        pytest.param(
            [node("table", row("A", "B", head=True), row("a | b", node("bulletList", item("c"), item("d"))))],
            "| A | B |\n| --- | --- |\n| a \\| b | c<br>d |",
            id="a table with a list in a cell",
        ),
        pytest.param(
            [node("table", row("A", head=True), row(node("taskList", node("taskItem", "a", state="DONE"))))],
            "| A |\n| --- |\n| ✅ a |",
            id="a task in a cell",
        ),
        pytest.param(
            [node("table", row("Renew it", node("table", row("x", "y"))))],
            "| · | · |\n| --- | --- |\n| Renew it | x, y |",
            id="a table in a table, without a header",
        ),
        pytest.param(
            [
                node(
                    "table",
                    row("Task", "Owner", head=True),
                    node("tableRow", node("tableCell", para("a")), node("tableCell", para("Ana"), rowspan=2)),
                    row("b"),
                )
            ],
            "| Task | Owner |\n| --- | --- |\n| a | Ana |\n| b | Ana |",
            id="a cell over two rows holds for both",
        ),
        pytest.param([node("futureBlock", para("a")), node("futureLeaf", text="b")], "a\n\nb", id="unknown nodes"),
        pytest.param([node("layoutSection", node("layoutColumn", para("a")))], "a", id="layouts"),
        pytest.param([text("loose"), para("a")], "loose\n\na", id="words among the blocks"),
        pytest.param([None, 3, "x", {"type": 7}, {"content": {}}], "", id="nodes that are none"),
    ],
)
def test_a_document_as_markdown(content: list[Any], markdown: str) -> None:
    assert adf_to_markdown(doc(*content)) == markdown


@pytest.mark.parametrize("nothing", [None, {}, {"content": None}, {"content": "x"}], ids=repr)
def test_nothing_is_nothing(nothing: Any) -> None:
    assert adf_to_markdown(nothing) == ""
    assert adf_plain(nothing) == ""


@pytest.mark.parametrize("kind", ["bulletList", "blockquote", "panel", "table", "expand", "futureNode", "taskList"])
def test_a_document_nested_without_end_is_read(kind: str) -> None:
    inner: Node = para("the words")
    for _ in range(3000):
        inner = {"type": kind, "content": [inner]}
    assert "the words" in adf_to_markdown(doc(inner))
    assert adf_plain(doc(inner)) == "the words"


def test_the_words_stay_the_same_whatever_a_server_adds() -> None:
    before = doc(para(text("a b", "strong", "em"), text(" c"), BREAK, text("d")), node("bulletList", item("e")))
    after = doc(
        node("paragraph", text("a ", "em", "strong"), text("b", "strong", "em"), text(" c"), BREAK, "d", localId="1"),
        node("bulletList", node("listItem", node("paragraph", "e", localId="2"), localId="3")),
    )
    assert adf_plain(before) == adf_plain(after) == "a b c d e"
