"""What does a line of an Atlassian document say: text with marks, mentions, dates, cards, lozenges?

Unknown nodes give their text and unknown marks nothing. No field is trusted to have the type that the schema says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from worker.domain.markup import escape

Node = Mapping[str, object]

MOST_DEPTH = 60
"""How deep a document is followed; what lies deeper gives its words alone."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[A-Za-z0-9][\w.:@+-]{0,127}")
_MARKS = {"strong": "**", "em": "_", "strike": "~~"}
_EMOJI = {
    ":check_mark:": "✅",
    ":white_check_mark:": "✅",
    ":heavy_check_mark:": "✔",
    ":ballot_box_with_check:": "☑",
    ":cross_mark:": "❌",
    ":x:": "❌",
    ":warning:": "⚠",
}


def children(node: Node) -> Iterator[Node]:
    """The child nodes; what is none is skipped."""
    content = node.get("content")
    if isinstance(content, Sequence) and not isinstance(content, str | bytes):
        for child in content:
            if isinstance(child, Mapping):
                yield child


def attribute(node: Node, name: str) -> str:
    """An attribute as text, "" where it is missing or no plain value."""
    attrs = node.get("attrs")
    value = attrs.get(name) if isinstance(attrs, Mapping) else None
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def kind(node: Node) -> str:
    """The node's type, "" where it says none."""
    found = node.get("type")
    return found if isinstance(found, str) else ""


def mention(node: Node) -> str:
    """`@` and the account id, or the shown name where the id is missing or strange."""
    written = attribute(node, "id").strip()
    if _ID.fullmatch(written):
        return "@" + written
    return attribute(node, "text") or ("@" + written if written else "")


def day(node: Node) -> str:
    """The ISO day of a date node, whose timestamp is UTC midnight in milliseconds."""
    try:
        return (_EPOCH + timedelta(milliseconds=float(attribute(node, "timestamp")))).date().isoformat()
    except (ValueError, OverflowError):
        return ""


def url(node: Node) -> str:
    """The address that a card shows."""
    found = attribute(node, "url")
    attrs = node.get("attrs")
    data = attrs.get("data") if not found and isinstance(attrs, Mapping) else None
    inner = data.get("url") if isinstance(data, Mapping) else None
    return found or (inner if isinstance(inner, str) else "")


def leaf(node: Node) -> str | None:
    """What a node without text of its own shows, as plain text; None where it is not such a node."""
    match kind(node):
        case "hardBreak":
            return "\n"
        case "mention":
            return mention(node)
        case "date":
            return day(node)
        case "status":
            return attribute(node, "text")
        case "emoji":
            shown = attribute(node, "text") or attribute(node, "shortName")
            return _EMOJI.get(attribute(node, "shortName"), _EMOJI.get(shown, shown))
        case "inlineCard" | "blockCard" | "embedCard":
            return url(node)
        case "media" | "mediaInline" | "placeholder":
            return ""
        case "text":
            text = node.get("text")
            return text if isinstance(text, str) else ""
    return None


def words(node: Node) -> str:
    """All words below a node without any form; never recurses, so any depth will do."""
    out: list[str] = []
    stack: list[Node | str] = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, str):
            out.append(top)
            continue
        shown = leaf(top)
        if shown is not None:
            out.append(shown)
            continue
        below: list[Node | str] = list(children(top))
        name = kind(top)
        if name in {"expand", "nestedExpand"}:
            out.append(" " + attribute(top, "title") + " ")
        elif not below:
            out.append(attribute(top, "text"))
        # Inline nodes stand side by side in these; everywhere else children are blocks and part words.
        if name not in {"paragraph", "heading", "codeBlock", "taskItem", "decisionItem", "caption"}:
            below = [part for child in below for part in (child, " ")]
        stack.extend(reversed(below))
        stack.append(" ")
    return "".join(out)


def _marks(node: Node) -> dict[str, Node]:
    found = node.get("marks")
    if not isinstance(found, Sequence) or isinstance(found, str | bytes):
        return {}
    return {kind(mark): mark for mark in found if isinstance(mark, Mapping)}


def _pieces(nodes: Iterator[Node], depth: int) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """The line in pieces: (Markdown without marks, marks from the outside in, address of the link or "")."""
    for node in nodes:
        shown = leaf(node)
        if shown is None:
            if depth < MOST_DEPTH and any(True for _ in children(node)):
                yield from _pieces(children(node), depth + 1)
            else:
                yield escape.text(" ".join(words(node).split())), (), ""
            continue
        if kind(node) in {"inlineCard", "blockCard", "embedCard"}:
            yield escape.link(escape.text(shown), shown), (), ""
            continue
        if kind(node) == "mention" and shown.startswith("@") and _ID.fullmatch(shown[1:]):
            yield shown, (), ""  # a login is written as it is
            continue
        marks = _marks(node)
        link = attribute(marks["link"], "href") if "link" in marks else ""
        if "code" in marks:
            yield escape.code(shown), (), link
        else:
            typed = shown.replace("\r\n", "\n").replace("\r", "\n")
            yield escape.text(typed), tuple(name for name in _MARKS if name in marks), link


def line(nodes: Iterator[Node], depth: int = 0) -> str:
    """The inline nodes as Markdown; a hard break is a line break."""
    out: list[str] = []
    opened: list[str] = []
    label: list[str] | None = None
    target = ""

    def leave(keep: int) -> None:
        while len(opened) > keep:
            _close(out if label is None else label, _MARKS[opened.pop()])

    for shown, marks, link in _pieces(nodes, depth):
        if link != target:
            leave(0)
            if label is not None:
                out.append(escape.link("".join(label).replace("\n", " "), target))
            label, target = ([] if link else None), link
        same = 0
        while same < min(len(opened), len(marks)) and opened[same] == marks[same]:
            same += 1
        leave(same)
        into = out if label is None else label
        lead = len(shown) - len(shown.lstrip())
        if shown.strip() and marks[same:]:
            # Marks stand at words, never at blanks.
            into.append(shown[:lead])
            into.extend(_MARKS[name] for name in marks[same:])
            opened.extend(marks[same:])
            shown = shown[lead:]
        if shown[:1] in {"(", "["} and into and into[-1].endswith("]"):
            into[-1] = into[-1][:-1] + "&#93;"  # two texts side by side must not make a link
        into.append(shown)
    leave(0)
    if label is not None:
        out.append(escape.link("".join(label).replace("\n", " "), target))
    return "".join(out)


def _close(out: list[str], sign: str) -> None:
    """Close a mark before the blanks at the end of what was said last."""
    last = out[-1] if out else ""
    kept = last.rstrip()
    if kept and out:
        out[-1] = kept
        out.extend((sign, last[len(kept) :]))
    else:
        out.append(sign)
