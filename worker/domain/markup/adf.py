"""What does an Atlassian document say, as Markdown for the reader of documents?

Panels, layouts, extensions and whatever is unknown give their content; pictures give nothing. A place in the document
has no line of its own: lines of findings and items count lines of the Markdown that is made here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from worker.domain.markup import escape
from worker.domain.markup.adf_inline import MOST_DEPTH, Node, attribute, children, kind, leaf, line, words
from worker.domain.markup.headers import UNNAMED, heads_columns

_MOST_LEVELS = 8  # of lists; the reader's own nesting ends a little deeper
_MOST_CHARACTERS = 4_000_000
_SHORT_CELL = 40
_ZWSP = "\u200b"


def adf_to_markdown(doc: Mapping[str, object] | None) -> str:
    """Return the document as Markdown, "" for None. Never raises, whatever the nodes hold."""
    if not isinstance(doc, Mapping):
        return ""
    return "\n".join(_joined(_blocks(doc, 0))).strip("\n")


def adf_plain(doc: Mapping[str, object] | None) -> str:
    """Return the words that the document shows, white space collapsed.

    The same before and after a server added attributes, split or joined text nodes, or put marks in another order.
    """
    if not isinstance(doc, Mapping):
        return ""
    return " ".join(words(doc).replace(_ZWSP, "").split())


def _joined(blocks: Iterable[list[str]]) -> list[str]:
    out: list[str] = []
    for block in blocks:
        if not block:
            continue
        if out:
            out.append("")
        out += block
    return out


def _blocks(node: Node, depth: int) -> Iterator[list[str]]:
    """The blocks below a node. Inline nodes that stand among blocks make a paragraph of their own."""
    loose: list[Node] = []
    for child in children(node):
        if leaf(child) is not None:
            loose.append(child)
            continue
        if loose:
            yield _paragraph(loose)
            loose = []
        if depth >= MOST_DEPTH:
            yield [escape.start(escape.text(" ".join(words(child).split())))]
        else:
            yield from _block(child, depth)
    if loose:
        yield _paragraph(loose)


def _paragraph(nodes: Iterable[Node]) -> list[str]:
    return _lines(line(iter(nodes)))


def _lines(text: str) -> list[str]:
    return [escape.start(part) for part in text.split("\n") if part.strip()]


def _block(node: Node, depth: int) -> Iterator[list[str]]:
    maker = _MAKERS.get(kind(node))
    if maker is not None:
        yield from maker(node, depth)
        return
    title = attribute(node, "title") if kind(node) in {"expand", "nestedExpand"} else ""
    if title.strip():
        yield [f"###### {escape.text(' '.join(title.split()))}"]
    if any(True for _ in children(node)):
        yield from _blocks(node, depth + 1)
    elif attribute(node, "text").strip():
        yield _lines(escape.text(attribute(node, "text")))


def _text(node: Node, depth: int) -> Iterator[list[str]]:
    yield _lines(line(children(node), depth))


def _heading(node: Node, depth: int) -> Iterator[list[str]]:
    said = " ".join(line(children(node), depth).split())
    level = attribute(node, "level")
    number = min(6, max(1, int(level))) if level.isdecimal() and len(level) < 4 else 1
    if said:
        yield [f"{'#' * number} {said}"]


def _code(node: Node, _: int) -> Iterator[list[str]]:
    content = "".join(leaf(child) or "" for child in children(node))
    sign = escape.fence(content)
    yield [sign, *content.replace("\r", "").split("\n"), sign]


def _quote(node: Node, depth: int) -> Iterator[list[str]]:
    inside = _joined(_blocks(node, depth + 1))
    yield [f"> {part}".rstrip() for part in inside]


def _rule(_: Node, __: int) -> Iterator[list[str]]:
    yield ["---"]


def _list(node: Node, depth: int) -> Iterator[list[str]]:
    yield list(_items(node, 1, depth))


def _items(node: Node, level: int, depth: int) -> Iterator[str]:
    """The lines of a list with the lists below it."""
    ordered = kind(node) == "orderedList"
    first = attribute(node, "order")
    number = int(first) if first.isdecimal() and len(first) < 7 else 1
    for child in children(node):
        if kind(child) in _LISTS:  # a task list nests its lists beside the items
            yield from _nested(child, level, depth, "  ")
            continue
        marker = f"{number}. " if ordered else "- "
        indent = " " * len(marker)
        if kind(child) in {"taskItem", "blockTaskItem"}:
            marker += "[x] " if attribute(child, "state").upper() == "DONE" else "[ ] "
        number += 1
        yield from _item(child, marker, indent, level, depth)


def _nested(node: Node, level: int, depth: int, indent: str) -> Iterator[str]:
    if depth >= MOST_DEPTH:
        yield indent + "- " + escape.text(" ".join(words(node).split()))
        return
    deeper = level < _MOST_LEVELS
    for part in _items(node, level + 1 if deeper else level, depth + 1):
        yield indent + part if deeper and part else part


def _item(node: Node, marker: str, indent: str, level: int, depth: int) -> Iterator[str]:
    if kind(node) in {"taskItem", "decisionItem"} or leaf(node) is not None:
        inline = iter([node]) if leaf(node) is not None else children(node)
        said = _lines(line(inline, depth))
        yield marker + (said[0] if said else "")
        yield from (indent + part for part in said[1:])
        return
    said_any = False
    for child in children(node):
        if kind(child) in _LISTS:
            if not said_any:
                yield marker.rstrip()
                said_any = True
            yield from _nested(child, level, depth, indent)
            continue
        if depth >= MOST_DEPTH:
            inside = [escape.text(" ".join(words(child).split()))]
        elif leaf(child) is not None:
            inside = _lines(line(iter([child]), depth))
        else:
            inside = _joined(_block(child, depth + 1))
        if not inside:
            continue
        if said_any:
            yield ""
            yield from (indent + part if part else part for part in inside)
        else:
            yield marker + inside[0]
            yield from (indent + part if part else part for part in inside[1:])
        said_any = True
    if not said_any:
        yield marker.rstrip()


def _table(node: Node, depth: int) -> Iterator[list[str]]:
    rows: list[tuple[bool, list[str]]] = []
    spans: dict[int, tuple[int, str]] = {}  # column to the rows that a cell above still covers, and its words
    for row in children(node):
        cells: list[str] = []
        heads = [kind(cell) == "tableHeader" for cell in children(row)]
        for cell in children(row):
            _fill(cells, spans)
            said = _cell(cell, depth + 1)
            below = _count(attribute(cell, "rowspan"))
            for extra in range(_count(attribute(cell, "colspan"))):
                if below > 1:
                    spans[len(cells)] = (below - 1, said if not extra and len(said) <= _SHORT_CELL else "")
                cells.append("" if extra else said)
        _fill(cells, spans)
        if cells:
            rows.append((bool(heads) and all(heads), cells))
    if not rows:
        return
    width = max(len(cells) for _, cells in rows)
    is_head, head = rows[0]
    body = [cells for _, cells in rows[1:]]
    if not is_head and not heads_columns(head):
        head, body = [UNNAMED] * width, [cells for _, cells in rows]
    yield [_row(head, width), "|" + " --- |" * width, *(_row(cells, width) for cells in body)]


def _count(written: str) -> int:
    """A span: at least 1, and never so much that a table of a few cells fills the memory."""
    return min(100, max(1, int(written))) if written.isdecimal() and len(written) < 6 else 1


def _fill(cells: list[str], spans: dict[int, tuple[int, str]]) -> None:
    """Repeat what a cell above covers here."""
    while len(cells) in spans:
        left, said = spans.pop(len(cells))
        if left > 1:
            spans[len(cells)] = (left - 1, said)
        cells.append(said)


def _row(cells: list[str], width: int) -> str:
    padded = [*cells, *[""] * (width - len(cells))]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in padded) + " |"


def _cell(node: Node, depth: int) -> str:
    """A cell's blocks on one line, parted by `<br>`."""
    parts: list[str] = []
    loose: list[Node] = []
    for child in children(node):
        if leaf(child) is not None:
            loose.append(child)
            continue
        if loose:
            parts += line(iter(loose), depth).split("\n")
            loose = []
        parts += _cell_block(child, depth)
    if loose:
        parts += line(iter(loose), depth).split("\n")
    return "<br>".join(" ".join(part.split()) for part in parts if part.strip())


def _cell_block(node: Node, depth: int) -> list[str]:
    name = kind(node)
    if depth >= MOST_DEPTH:
        return [escape.text(" ".join(words(node).split()))]
    if name in {"paragraph", "heading", "taskItem", "decisionItem", "caption"}:
        said = line(children(node), depth).split("\n")
        if name == "taskItem":
            # Markdown has no boxes in cells: a tick says that it is done, and without one it is open.
            said[0] = ("✅ " if attribute(node, "state").upper() == "DONE" else "") + said[0]
        return said
    if name == "codeBlock":
        return [escape.code("".join(leaf(child) or "" for child in children(node)))]
    if name in {"tableRow", "tableCell", "tableHeader"}:
        inside = [_cell(cell, depth + 1) for cell in children(node)] if name == "tableRow" else [_cell(node, depth + 1)]
        return [", ".join(filter(None, inside))]
    title = attribute(node, "title") if name in {"expand", "nestedExpand"} else ""
    said = [escape.text(title)] if title.strip() else []
    below = list(children(node))
    if not below and leaf(node) is None:
        return [*said, escape.text(attribute(node, "text"))]
    for child in below:
        said += [line(iter([child]), depth)] if leaf(child) is not None else _cell_block(child, depth + 1)
    return said


_LISTS = frozenset({"bulletList", "orderedList", "taskList", "decisionList"})
_MAKERS: dict[str, Callable[[Node, int], Iterator[list[str]]]] = {
    "paragraph": _text,
    "caption": _text,
    "heading": _heading,
    "codeBlock": _code,
    "blockquote": _quote,
    "rule": _rule,
    "table": _table,
    **dict.fromkeys(_LISTS, _list),
}


def read_json(text: str) -> Mapping[str, object]:
    """The document in a JSON text. Raises ValueError with words for a person where it holds none."""
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"is longer than {_MOST_CHARACTERS:,} characters")
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError("is nested too deep to be a document") from None
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None
    if not isinstance(found, dict) or not isinstance(found.get("content"), list):
        raise ValueError('holds no Atlassian document: expected {"type": "doc", "version": 1, "content": [...]}')
    return found
