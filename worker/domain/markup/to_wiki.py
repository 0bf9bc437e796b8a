"""Write the service's Markdown as Jira wiki text, for Data Center.

What a person typed must do nothing there either. The renderer takes a backslash before `! [ ] ^ ~ + ? % { } ( ) * _ -
| @` as an escape; everything else that it obeys (addresses, issue keys, smileys, `h1.`, `bq.`, a leading `#`,
entities, two backslashes) is parted by a zero-width space, which no reader sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from worker.domain.markup.tree import ZWSP, Node, parse, shortened, words_of

LIMIT = 32_000
"""What we let a text of ours grow to; Jira takes 32,767 characters."""

# A hyphen within a word or between blanks marks nothing, and an underscore within a word neither.
_ESCAPED = re.compile(
    r"[{}\[\]|*^~+!]|(?<![^\W_])_|_(?![^\W_])|(?!(?<=\s)-\s)(?!(?<=\w)-[\w\u200b])-|\?(?=\?)|(?<=\?)\?"
)
# The renderer's signs in brackets, and its smileys; parted behind their first character.
_SIGN = re.compile(r"\((?=(?:[/x!?+\-*iyn]|\*[rgby]|on|off|flag|flagoff)\))")
_SMILEY = re.compile(r"[:;](?=-?[()DPp|])")
_KEY = re.compile(r"(?<![^\W_])([A-Za-z][A-Za-z0-9_]{1,20}-)(?=\d)")
_ADDRESS = re.compile(
    r"(?<![^\W_])([A-Za-z][A-Za-z0-9+.-]{1,20}:)(?=//)|(?<![^\W_])(www)(?=\.)|\b(mailto:)|(?<=\w)(@)(?=\w)",
    re.IGNORECASE,
)
SAFE_ADDRESS = re.compile(r"https?://[^\s/]|mailto:[^\s]", re.IGNORECASE)
"""What a link of ours may lead to; the words of any other stay without a link."""

_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_BACKSLASH = re.compile(r"\\")
_LINE_START = re.compile(r"\s*(?:(?P<head>h[1-6]|bq)(?=\.)|(?P<list>#)|(?P<rest>[-]))")
_BREAKS = re.compile("[\n\x0b\x0c\x85\u2028\u2029]")
_UNSAFE_IN_ADDRESS = re.compile(r"[\s<>|\[\]{}\\^`\"'!*]")


def markdown_to_wiki(text: str, *, limit: int = LIMIT) -> str:
    """Return the wiki text that shows this Markdown.

    `limit` counts characters; what is longer loses its folded parts first, and says so. Never raises.
    """
    doc = shortened(parse(text), size, limit)
    return "\n\n".join(filter(None, (_block(child) for child in doc.children)))


def size(node: Node) -> int:
    """How many characters a block or one of its children takes at least as wiki text, with its line break."""
    return len(_block(node)) + 1


def _block(node: Node) -> str:
    match node.kind:
        case "paragraph":
            return _lines(node.children)
        case "heading":
            return f"h{node.number}. {_one_line(node.children)}"
        case "bullets" | "numbers":
            return "\n".join(_list(node, ""))
        case "item":
            return "\n".join(_item(node, "*"))
        case "quote":
            return "{quote}\n" + _body(node.children) + "\n{quote}"
        case "code":
            fence = "{noformat}"
            inside = node.text.replace(fence, "{" + ZWSP + fence[1:])
            return f"{fence}\n{inside}\n{fence}"
        case "rule":
            return "----"
        case "table":
            return "\n".join(_row(row) for row in node.children if row.children)
        case "row":
            return _row(node)
        case "fold":
            return f"*{_text(node.text, line_start=False)}*\n\n{_body(node.children)}".rstrip()
        case "head" | "cell":
            return _one_line(node.children)
        case _:
            return _lines([node])


def _body(nodes: Iterable[Node]) -> str:
    return "\n\n".join(filter(None, map(_block, nodes)))


def _list(node: Node, above: str) -> Iterator[str]:
    marker = above + ("*" if node.kind == "bullets" else "#")
    for child in node.children:
        yield from _item(child, marker)


def _item(node: Node, marker: str) -> Iterator[str]:
    """One list item: its words behind the marker, further blocks on lines of their own that still belong to it."""
    said = False
    for child in node.children:
        if child.kind in {"bullets", "numbers"}:
            if not said:
                yield f"{marker} {ZWSP}"
            yield from _list(child, marker)
        elif child.kind in {"paragraph", "heading"}:
            # A blank line would end the list, so the next paragraph is a further line.
            yield _lines(child.children) if said else f"{marker} {_lines(child.children) or ZWSP}"
        elif child.kind in {"code", "quote"}:
            yield _block(child) if said else f"{marker} {_block(child)}"
        else:
            words = _text(" ".join(words_of(child).split()), line_start=said)
            yield words if said else f"{marker} {words}"
        said = True
    if not said:
        yield f"{marker} {ZWSP}"


def _row(row: Node) -> str:
    mark = "||" if any(cell.kind == "head" for cell in row.children) else "|"
    return mark + mark.join(_one_line(cell.children, line_start=True) or " " for cell in row.children) + mark


def _one_line(nodes: Iterable[Node], *, line_start: bool = False) -> str:
    return " ".join(_lines(nodes, line_start=line_start).split("\n"))


def _lines(nodes: Iterable[Node], *, line_start: bool = True) -> str:
    return "".join(_inline(nodes, line_start=line_start)).strip(" \n")


def _inline(nodes: Iterable[Node], *, line_start: bool) -> Iterator[str]:
    start = line_start
    for node in nodes:
        match node.kind:
            case "text":
                yield _text(node.text, line_start=start)
            case "mono":
                inside = _text(node.text.strip(" "), line_start=False)
                if inside:  # a brace at the end must not be taken for one of the sign's own
                    yield "{{" + inside + (ZWSP if inside.endswith("}") else "") + "}}"
            case "break":
                yield "\n"
                start = True
                continue
            case "link":
                yield _link(node)
            case "strong" | "em" | "strike":
                yield _phrase(node)
            case _:
                yield from _inline(node.children, line_start=start)
        start = False


_PHRASES = {"strong": "*", "em": "_", "strike": "-"}


def _phrase(node: Node) -> str:
    inside = " ".join("".join(_inline(node.children, line_start=False)).split())
    mark = _PHRASES[node.kind]
    return f"{mark}{inside}{mark}" if inside else ""


def _link(node: Node) -> str:
    label = " ".join("".join(_inline(node.children, line_start=False)).split())
    if not SAFE_ADDRESS.match(node.text):
        return label
    address = _UNSAFE_IN_ADDRESS.sub(lambda found: quote(found[0]), node.text)
    return f"[{label}|{address}]" if label else f"[{address}]"


def _text(text: str, *, line_start: bool) -> str:
    """Typed text, so that the renderer shows it and does nothing."""
    shown = _BREAKS.sub(" ", text.replace("\r", ""))
    shown = _ADDRESS.sub(lambda found: found[0] + ZWSP, shown)
    shown = _KEY.sub(rf"\g<1>{ZWSP}", shown)
    shown = _SIGN.sub(f"({ZWSP}", shown)
    shown = _SMILEY.sub(lambda found: found[0] + ZWSP, shown)
    shown = _ENTITY.sub(f"&{ZWSP}", shown)
    shown = _BACKSLASH.sub("\\\\" + ZWSP, shown)
    shown = _ESCAPED.sub(r"\\\g<0>", shown)
    if line_start:
        lead = _LINE_START.match(shown)
        if lead is not None:
            at = lead.end() if lead["head"] else 0
            shown = f"{shown[:at]}{ZWSP}{shown[at:]}"
    return shown
