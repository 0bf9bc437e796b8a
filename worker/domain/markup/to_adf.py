"""Write the service's Markdown as a document of Atlassian's format, for Jira Cloud.

Only nodes and marks of the published schema are written, each where the schema allows it: what may not stand in a list
or a quote becomes paragraphs. Text nodes do nothing by themselves, so the zero-width spaces that keep a GitHub comment
harmless are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from worker.domain.markup.to_wiki import LIMIT, SAFE_ADDRESS, size
from worker.domain.markup.tree import ZWSP, Node, parse, shortened, words_of

Adf = dict[str, Any]

_MARKS = {"strong": "strong", "em": "em", "strike": "strike"}
# Where a block may stand otherwise than at the top, by the published schema.
_PLAIN_PLACES = frozenset({"item", "quote"})


def markdown_to_adf(text: str, *, limit: int = LIMIT) -> Adf:
    """Return the document (`{"version": 1, "type": "doc", "content": [...]}`) that shows this Markdown.

    `limit` counts the characters that the same text has as wiki text, which is what Jira's own limit counts; what is
    longer loses its folded parts first. Never raises.
    """
    doc = shortened(parse(text), size, limit)
    return {"version": 1, "type": "doc", "content": list(_blocks(doc.children, "doc"))}


def _blocks(nodes: Iterable[Node], place: str) -> Iterator[Adf]:
    for node in nodes:
        yield from _block(node, place)


def _block(node: Node, place: str) -> Iterator[Adf]:
    match node.kind:
        case "paragraph":
            yield _paragraph(node.children)
        case "heading" if place in _PLAIN_PLACES:
            yield _paragraph([Node("strong", children=node.children)])
        case "heading":
            yield {"type": "heading", "attrs": {"level": node.number}, "content": _inline(node.children)}
        case "bullets" | "numbers":
            yield from _list(node)
        case "quote" if place == "doc":
            inside = list(_blocks(node.children, "quote"))
            yield {"type": "blockquote", "content": inside or [_paragraph([])]}
        case "code":
            text = node.text.replace(ZWSP, "")
            yield {"type": "codeBlock", "content": [{"type": "text", "text": text}] if text else []}
        case "rule":
            if place not in _PLAIN_PLACES:
                yield {"type": "rule"}
        case "table" if place in _PLAIN_PLACES:
            for row in node.children:
                yield _paragraph([Node("text", text=" · ".join(filter(None, map(words_of, row.children))))])
        case "table":
            yield from _table(node)
        case "fold" if place == "doc":
            inside = list(_blocks(node.children, "fold"))
            yield {"type": "expand", "attrs": {"title": _shown(node.text)}, "content": inside or [_paragraph([])]}
        case "fold":
            yield _paragraph([Node("strong", children=[Node("text", text=node.text)])])
            yield from _blocks(node.children, place)
        case _:
            yield from _blocks(node.children, place)


def _paragraph(children: Iterable[Node]) -> Adf:
    return {"type": "paragraph", "content": _inline(children)}


def _list(node: Node) -> Iterator[Adf]:
    items: list[Adf] = []
    for child in node.children:
        inside = list(_blocks(child.children, "item"))
        if not inside or inside[0]["type"] not in {"paragraph", "codeBlock"}:
            inside.insert(0, _paragraph([]))
        items.append({"type": "listItem", "content": inside})
    if not items:
        return
    if node.kind == "bullets":
        yield {"type": "bulletList", "content": items}
    else:
        yield {"type": "orderedList", "attrs": {"order": node.number}, "content": items}


def _table(node: Node) -> Iterator[Adf]:
    rows = [
        {
            "type": "tableRow",
            "content": [
                {"type": "tableHeader" if cell.kind == "head" else "tableCell", "content": [_paragraph(cell.children)]}
                for cell in row.children
            ],
        }
        for row in node.children
        if row.children
    ]
    if rows:
        yield {"type": "table", "content": rows}


def _shown(text: str) -> str:
    return text.replace(ZWSP, "")


def _inline(nodes: Iterable[Node]) -> list[Adf]:
    out: list[Adf] = []
    for node, marks in _spread(nodes, ()):
        if node.kind == "break":
            out.append({"type": "hardBreak"})
            continue
        text = _shown(node.text)
        if not text:
            continue
        if node.kind == "mono":  # code stands beside no other mark but a link
            marks = (*(mark for mark in marks if mark["type"] == "link"), {"type": "code"})
        if out and out[-1]["type"] == "text" and out[-1].get("marks", []) == list(marks):
            out[-1]["text"] += text
        else:
            out.append({"type": "text", "text": text, **({"marks": list(marks)} if marks else {})})
    while out and out[-1]["type"] == "hardBreak":
        out.pop()
    return out


def _spread(nodes: Iterable[Node], marks: tuple[Adf, ...]) -> Iterator[tuple[Node, tuple[Adf, ...]]]:
    """The pieces of text with the marks that hold for them, each kind of mark once."""
    for node in nodes:
        if node.kind in {"text", "mono", "break"}:
            yield node, marks
            continue
        more = marks
        name = _MARKS.get(node.kind, "")
        if name and all(mark["type"] != name for mark in marks):
            more = (*marks, {"type": name})
        elif node.kind == "link" and SAFE_ADDRESS.match(node.text) and all(mark["type"] != "link" for mark in marks):
            more = (*marks, {"type": "link", "attrs": {"href": node.text}})
        yield from _spread(node.children, more)
