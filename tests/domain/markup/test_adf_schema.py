"""Documents of ours keep to Atlassian's published schema.

Always by the part of it that they use, said here in our words; and by the schema itself where `ADF_SCHEMA` names its
file (`full.json` of npm `@atlaskit/adf-schema`) and the package `jsonschema` is there.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain.markup.texts import typed_texts
from worker.domain.markup import markdown_to_adf

_LISTS = {"bulletList", "orderedList"}
_NESTABLE = {"paragraph", "codeBlock", *_LISTS}
_CELL = {*_NESTABLE, "blockquote", "heading", "rule"}
CHILDREN: dict[str, set[str]] = {
    "doc": {*_CELL, "table", "expand"},
    "paragraph": {"text", "hardBreak"},
    "heading": {"text", "hardBreak"},
    "codeBlock": {"text"},
    "blockquote": _NESTABLE,
    "listItem": _NESTABLE,
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "table": {"tableRow"},
    "tableRow": {"tableCell", "tableHeader"},
    "tableCell": _CELL,
    "tableHeader": _CELL,
    "expand": {*_CELL, "table"},
}
FILLED = {"blockquote", "listItem", "bulletList", "orderedList", "table", "tableCell", "tableHeader", "expand"}
ATTRS = {"heading": {"level"}, "orderedList": {"order"}, "expand": {"title"}}

pieces = st.sampled_from(
    [
        "# h",
        "## **b** `c`",
        "> q",
        "> - a\n>   1. b",
        "> # h\n>\n> ---",
        "> | a | b |\n> |--|--|\n> | c | `d` |",
        "- a\n  - b\n    > q",
        "- # h",
        "0. x\n1. y",
        "3) z",
        "| a | b |\n|--|--|\n| **c** | [`d`](https://x.org) |",
        "```py\ncode\n```",
        "```\n```",
        "---",
        "<details><summary>T *x*</summary>\n\nin\n\n- a\n\n</details>",
        "<details>\n\n# h\n\n<details><summary>i</summary>\n\nx\n\n</details>\n</details>",
        "<details></details>",
        "<sub>s `c`</sub>",
        "a  \nb",
        "***b***~~s~~",
        "- ```\n  c\n  ```",
        "-",
        "- - - a",
        "[](https://x.org)",
        "![i](https://x.org/a.png)",
        "[*a*](javascript:x)",
        "- | a | b |\n  |--|--|\n  | c | d |",
        "- a\n\n  b\n\n  ---",
    ]
)
markdowns = st.lists(pieces | typed_texts, max_size=6).map("\n\n".join)
ENOUGH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def problems(node: dict[str, Any]) -> list[str]:
    """What is wrong with a node and all below it, by the part of the schema that is said above."""
    kind = node["type"]
    if kind == "hardBreak":
        return [] if set(node) == {"type"} else ["a hard break with more than a type"]
    if kind == "text":
        marks = [mark["type"] for mark in node.get("marks", [])]
        found = [] if node["text"] else ["an empty text"]
        if len(set(marks)) < len(marks):
            found.append(f"a mark twice: {marks}")
        if "code" in marks and not set(marks) <= {"code", "link"}:
            found.append(f"code beside {marks}")
        return found
    children = node.get("content", [])
    found = [f"{child['type']} in {kind}" for child in children if child["type"] not in CHILDREN[kind]]
    if kind in FILLED and not children:
        found.append(f"an empty {kind}")
    allowed = {"type", "content", "version"} if kind == "doc" else {"type", "content", "attrs"}
    if not set(node) <= allowed or set(node.get("attrs", {})) != ATTRS.get(kind, set()):
        found.append(f"{kind} with {sorted(node)}")
    if kind == "codeBlock" and any("marks" in child for child in children):
        found.append("marks in a code block")
    return found + [problem for child in children for problem in problems(child)]


@ENOUGH
@given(markdowns)
def test_a_document_of_ours_keeps_to_the_part_of_the_schema_that_it_uses(markdown: str) -> None:
    assert problems(markdown_to_adf(markdown)) == []


@pytest.mark.skipif("ADF_SCHEMA" not in os.environ, reason="ADF_SCHEMA names no schema")
@settings(ENOUGH, max_examples=40)
@given(markdowns)
def test_a_document_of_ours_keeps_to_the_published_schema(markdown: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(Path(os.environ["ADF_SCHEMA"]).read_text(encoding="utf-8"))
    validator = jsonschema.Draft4Validator(schema)
    assert not validator.is_valid({"type": "doc", "version": 1, "content": [{"type": "listItem", "content": []}]})
    errors = [error.message[:300] for error in validator.iter_errors(markdown_to_adf(markdown))]
    assert errors == []
