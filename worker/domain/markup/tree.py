"""What does a Markdown text of the service say, as a tree that both of Jira's forms are written from?

The Markdown is the reader's flavour: CommonMark with tables and struck text. Of HTML, `<details>` with its `<summary>`
folds, `<br>` breaks a line, comments vanish, and any other tag is dropped while its words stay.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

ZWSP = "\u200b"
CUT = "(The rest was cut, because it is longer than Jira can keep.)"
_MOST_NESTING = 20
_MOST_FOLDS = 4
_MOST_CHARACTERS = 200_000  # of Markdown; what the service writes stays under 50,000
_TAG = re.compile(
    r"<!--(?P<comment>.{0,20000}?)-->|<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,12})[^<>]{0,1000}>", re.DOTALL
)
_CONTAINERS = {
    "paragraph": "paragraph",
    "heading": "heading",
    "bullet_list": "bullets",
    "ordered_list": "numbers",
    "list_item": "item",
    "blockquote": "quote",
    "table": "table",
    "tr": "row",
    "th": "head",
    "td": "cell",
    "strong": "strong",
    "em": "em",
    "s": "strike",
    "link": "link",
}
# What may be shortened, in this order, where a text is too long.
_SHRINKS = ("fold", "bullets", "numbers", "table", "quote", "code", "paragraph", "heading", "rule")


@dataclass(slots=True)
class Node:
    """One piece of a text.

    Blocks: doc, heading (`number` is its level), paragraph, bullets, numbers (`number` is the first), item, quote,
    table, row, head, cell, code (`text`), rule, fold (`text` is its label). Inline: text, strong, em, strike, mono
    (`text`), link (`text` is the address), break.
    """

    kind: str
    text: str = ""
    number: int = 0
    children: list[Node] = field(default_factory=list)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": _MOST_NESTING}).enable(["table", "strikethrough"])


def parse(text: str) -> Node:
    """The tree of a Markdown text; its root is a `doc`."""
    root = Node("doc")
    stack = [root]
    for token in _parser().parse(text[:_MOST_CHARACTERS]):
        _take(stack, token)
    return root


def _take(stack: list[Node], token: Token) -> None:
    kind = _CONTAINERS.get(token.type.rpartition("_")[0])
    if kind is not None and token.nesting == 1:
        node = Node(kind)
        if kind == "heading":
            node.number = int(token.tag[1])
        elif kind == "numbers":
            node.number = int(token.attrGet("start") or 1)
        stack[-1].children.append(node)
        stack.append(node)
    elif kind is not None:
        _close(stack, kind)
    elif token.type == "inline":
        stack[-1].children += _inline(token.children or [])
    elif token.type in {"fence", "code_block"}:
        stack[-1].children.append(Node("code", text=token.content.rstrip("\n")))
    elif token.type == "hr":
        stack[-1].children.append(Node("rule"))
    elif token.type == "html_block":
        _html(stack, token.content)


def _close(stack: list[Node], kind: str) -> None:
    """Leave the innermost open node of this kind, and every fold within it that nobody closed."""
    while len(stack) > 1:
        closed = stack.pop()
        if closed.kind == kind:
            return


def _html(stack: list[Node], content: str) -> None:
    """Folds open and close; of everything else only the words stay."""
    position, label, words = 0, False, ""
    for tag in _TAG.finditer(content):
        words += content[position : tag.start()]
        position = tag.end()
        name = (tag["name"] or "").casefold()
        if name in {"details", "summary"}:
            if label and stack[-1].kind == "fold":
                stack[-1].text = _words(words)
            else:
                _say(stack, words)
            words = ""
            label = name == "summary" and not tag["close"]
        if name == "details" and not tag["close"] and sum(node.kind == "fold" for node in stack) < _MOST_FOLDS:
            fold = Node("fold")
            stack[-1].children.append(fold)
            stack.append(fold)
        elif name == "details" and tag["close"] and stack[-1].kind == "fold":
            stack.pop()
    _say(stack, words + content[position:])


def _say(stack: list[Node], words: str) -> None:
    said = _words(words)
    if said:
        stack[-1].children.append(Node("paragraph", children=[Node("text", text=said)]))


def _words(raw: str) -> str:
    return " ".join(html.unescape(raw).split())


def _inline(tokens: Sequence[Token]) -> list[Node]:
    root = Node("doc")
    stack = [root]
    for token in tokens:
        kind = _CONTAINERS.get(token.type.rpartition("_")[0])
        if kind is not None and token.nesting == 1:
            node = Node(kind, text=str(token.attrGet("href") or ""))
            stack[-1].children.append(node)
            stack.append(node)
        elif kind is not None:
            _close(stack, kind)
        elif token.type == "code_inline":
            stack[-1].children.append(Node("mono", text=token.content))
        elif token.type in {"softbreak", "hardbreak"} or (
            token.type == "html_inline" and token.content.casefold().startswith("<br")
        ):
            stack[-1].children.append(Node("break"))
        elif token.type in {"text", "text_special", "image"} and token.content:
            stack[-1].children.append(Node("text", text=token.content))
    return root.children


def words_of(node: Node) -> str:
    """The words of a node without their form: `break` is a blank, and so is the end of each block."""
    if node.kind in {"text", "mono"}:
        return node.text
    if node.kind == "break":
        return " "
    inline = node.kind in {"paragraph", "heading", "head", "cell", "strong", "em", "strike", "link"}
    said = ("" if inline else " ").join(words_of(child) for child in node.children)
    return f"{node.text} {said}" if node.kind in {"fold", "code"} else said


def shortened(doc: Node, measure: Callable[[Node], int], limit: int) -> Node:
    """The document, or what of it measures at most `limit`: folds go first, from the end, and the last block stays.

    What goes last in a text of the service tells what the text is, so it is never what is cut.
    """
    sizes = [measure(child) + 1 for child in doc.children]  # a blank line parts blocks
    over = sum(sizes) - limit
    if over <= 0 or not doc.children:
        return doc
    over += len(CUT) + 16
    blocks: list[Node | None] = list(doc.children)
    order = sorted(range(len(blocks) - 1), key=lambda at: (_SHRINKS.index(doc.children[at].kind), -at))
    for at in order:
        if over <= 0:
            break
        block = doc.children[at]
        kept = len(block.children)
        least = 1 if block.kind == "table" else 0
        while over > 0 and kept > least and block.kind not in {"paragraph", "heading"}:
            kept -= 1
            over -= measure(block.children[kept])
        if kept > least:
            blocks[at] = replace(block, children=block.children[:kept])
        else:
            over -= sizes[at] - sum(measure(child) for child in block.children[kept:])
            blocks[at] = None
    left = [block for block in blocks if block is not None]
    note = Node("paragraph", children=[Node("em", children=[Node("text", text=CUT)])])
    return Node("doc", children=[*left[:-1], note, *left[-1:]])
