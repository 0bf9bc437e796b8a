"""Atlassian documents: is this one, and how does it read as wiki text?

`problem` checks the form as strictly as Jira does where that is known: a doc of version 1, nodes of known types in the
places where they may stand, texts that are not empty, marks of known types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Node = dict[str, Any]

_INLINE = frozenset(
    {
        "text",
        "hardBreak",
        "mention",
        "emoji",
        "inlineCard",
        "date",
        "status",
        "inlineExtension",
        "mediaInline",
        "placeholder",
    }
)
_MARKS = frozenset(
    {
        "strong",
        "em",
        "code",
        "link",
        "strike",
        "underline",
        "subsup",
        "textColor",
        "backgroundColor",
        "border",
        "annotation",
        "fontSize",
    }
)
_LISTS = frozenset({"bulletList", "orderedList", "taskList"})
_PLAIN = frozenset({"paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle", "mediaGroup", "extension"})
_RICH = _PLAIN | {"heading", "rule", "taskList", "decisionList", "panel", "blockquote"}
_WIDE = _RICH | {"blockCard", "embedCard", "table"}
_BLOCKS = _WIDE | {"expand", "layoutSection", "bodiedExtension", "nestedExpand"}
CHILDREN: dict[str, frozenset[str]] = {
    "doc": _BLOCKS - {"nestedExpand"},
    "paragraph": _INLINE,
    "heading": _INLINE,
    "codeBlock": frozenset({"text"}),
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": frozenset({"paragraph", "codeBlock", "mediaSingle", "extension"}) | _LISTS,
    "taskList": frozenset({"taskItem", "taskList", "blockTaskItem"}),
    "taskItem": _INLINE,
    "blockTaskItem": frozenset({"paragraph", "extension"}),
    "decisionList": frozenset({"decisionItem"}),
    "decisionItem": _INLINE,
    "blockquote": _PLAIN,
    "panel": _PLAIN | {"heading", "rule", "taskList", "decisionList", "blockCard"},
    "expand": _WIDE | {"nestedExpand"},
    "nestedExpand": _RICH,
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableCell", "tableHeader"}),
    "tableCell": _RICH | {"blockCard", "embedCard", "nestedExpand"},
    "tableHeader": _RICH | {"blockCard", "embedCard", "nestedExpand"},
    "layoutSection": frozenset({"layoutColumn"}),
    "layoutColumn": _WIDE | {"expand", "bodiedExtension"},
    "bodiedExtension": _WIDE,
    "mediaSingle": frozenset({"media", "caption"}),
    "mediaGroup": frozenset({"media"}),
    "caption": _INLINE,
}
"""What may stand in what, as the schema in npm's @atlaskit/adf-schema has it."""

_FILLED = frozenset(CHILDREN) - {
    "doc",
    "paragraph",
    "heading",
    "codeBlock",
    "taskItem",
    "decisionItem",
    "caption",
    "mediaSingle",
}
"""What may not be empty."""
_REQUIRED: dict[str, tuple[str, ...]] = {
    "mention": ("id",),
    "emoji": ("shortName",),
    "date": ("timestamp",),
    "status": ("text", "color"),
    "panel": ("panelType",),
    "heading": ("level",),
    "taskList": ("localId",),
    "taskItem": ("localId", "state"),
    "decisionList": ("localId",),
    "decisionItem": ("localId", "state"),
}
_MAX_DEPTH = 60


def problem(document: object) -> str:
    """Return what is wrong with a document, or ""."""
    if not isinstance(document, dict) or document.get("type") != "doc":
        return "the root is no node of type doc"
    if document.get("version") != 1:
        return "the version is not 1"
    if not isinstance(document.get("content"), list):
        return "the root has no content"
    return _wrong(document, 0)


def _wrong(node: Node, depth: int) -> str:
    kind = node["type"]
    if depth > _MAX_DEPTH:
        return "it is nested too deeply"
    content = node.get("content", [])
    if not isinstance(content, list):
        return f"content of {kind} is no list"
    if kind in _FILLED and not content:
        return f"{kind} is empty"
    # Newer editors take this; older ones, and so some sites, do not.
    if kind == "listItem" and isinstance(content[0], dict) and content[0].get("type") in {"bulletList", "orderedList"}:
        return "listItem begins with a list"
    allowed = CHILDREN.get(kind, frozenset())
    for child in content:
        if not isinstance(child, dict) or not isinstance(child.get("type"), str):
            return f"{kind} holds something that is no node"
        if child["type"] not in allowed:
            return f"{kind} may not hold {child['type']}"
        found = _wrong_alone(child) or _wrong(child, depth + 1)
        if found:
            return found
    return ""


def _wrong_alone(node: Node) -> str:
    kind = node["type"]
    if kind == "text" and (not isinstance(node.get("text"), str) or not node["text"]):
        return "a text node has no text"
    attrs = node.get("attrs", {})
    if not isinstance(attrs, dict):
        return f"attrs of {kind} is no object"
    missing = [name for name in _REQUIRED.get(kind, ()) if name not in attrs]
    if missing:
        return f"{kind} lacks the attribute {missing[0]}"
    if kind == "codeBlock" and any("marks" in child for child in node.get("content", []) if isinstance(child, dict)):
        return "text of a codeBlock carries marks"
    if kind == "heading" and attrs["level"] not in {1, 2, 3, 4, 5, 6}:
        return "a heading's level is not between 1 and 6"
    if kind == "inlineCard" and not attrs.keys() & {"url", "data"}:
        return "inlineCard lacks the attribute url"
    return _wrong_marks(node)


def _wrong_marks(node: Node) -> str:
    marks = node.get("marks", [])
    if not isinstance(marks, list):
        return "marks is no list"
    kinds = [mark.get("type") if isinstance(mark, dict) else None for mark in marks]
    for kind in kinds:
        if kind not in _MARKS:
            return f"there is no mark {kind}"
    if len(set(kinds)) != len(kinds):
        return "one mark stands twice"
    if "code" in kinds and set(kinds) - {"code", "link", "annotation"}:
        return "code goes only with link"
    links = [mark for mark in marks if mark["type"] == "link"]
    if links and not isinstance((links[0].get("attrs") or {}).get("href"), str):
        return "a link lacks its href"
    return ""


def plain(node: Node) -> str:
    """Return the words of a document, blocks apart by line breaks."""
    parts: list[str] = []
    _collect(node, parts.append)
    return "".join(parts).strip()


def _collect(node: Node, add: Callable[[str], None]) -> None:
    match node.get("type"):
        case "text":
            add(str(node.get("text", "")))
        case "hardBreak":
            add("\n")
        case "mention" | "emoji" | "status":
            add(str(node.get("attrs", {}).get("text", "")))
        case "inlineCard":
            add(str(node.get("attrs", {}).get("url", "")))
    for child in node.get("content", []):
        _collect(child, add)
    if node.get("type") in _BLOCKS | {"listItem", "tableRow", "taskItem"}:
        add("\n")


def to_wiki(document: Node) -> str:
    """Return a document as wiki text."""
    return "\n\n".join(filter(None, (_block(node, "") for node in document.get("content", [])))).strip("\n")


def _blocks(node: Node, prefix: str = "") -> str:
    return "\n".join(filter(None, (_block(child, prefix) for child in node.get("content", []))))


def _block(node: Node, prefix: str) -> str:
    attrs = node.get("attrs") or {}
    match node["type"]:
        case "paragraph":
            return _inline(node)
        case "heading":
            return f"h{attrs['level']}. {_inline(node)}"
        case "bulletList" | "orderedList":
            mark = prefix + ("*" if node["type"] == "bulletList" else "#")
            return "\n".join(_item(item, mark) for item in node["content"])
        case "taskList":
            return "\n".join(_task(item, prefix) for item in node["content"])
        case "decisionList":
            return "\n".join(f"* {_inline(item)}" for item in node["content"])
        case "codeBlock":
            language = f":{attrs['language']}" if attrs.get("language") else ""
            return "{code" + language + "}\n" + plain(node) + "\n{code}"
        case "blockquote":
            return "{quote}\n" + _blocks(node) + "\n{quote}"
        case "panel":
            return "{panel}\n" + _blocks(node) + "\n{panel}"
        case "rule":
            return "----"
        case "table":
            return "\n".join(_row(row) for row in node["content"])
        case _:
            return _blocks(node)


def _item(item: Node, mark: str) -> str:
    lines = []
    for index, child in enumerate(item["content"]):
        nested = child["type"] in {"bulletList", "orderedList"}
        text = _block(child, mark)
        lines.append(text if nested else f"{mark} {text}" if index == 0 else text)
    return "\n".join(lines)


def _task(item: Node, prefix: str) -> str:
    if item["type"] == "taskList":
        return "\n".join(_task(child, prefix + "*") for child in item["content"])
    tick = "x" if item["attrs"]["state"] == "DONE" else " "
    return f"{prefix}* [{tick}] {_inline(item)}"


def _row(row: Node) -> str:
    line = ""
    for cell in row["content"]:
        bar = "||" if cell["type"] == "tableHeader" else "|"
        line += bar + (_blocks(cell).replace("\n", "\\\\ ") or " ")
    return line + ("||" if row["content"][-1]["type"] == "tableHeader" else "|")


_WRAPS = {"strong": "*", "em": "_", "strike": "-", "underline": "+"}


def _inline(node: Node) -> str:
    return "".join(_piece(child) for child in node.get("content", []))


def _piece(node: Node) -> str:
    attrs = node.get("attrs") or {}
    match node["type"]:
        case "text":
            return _marked(node)
        case "hardBreak":
            return "\n"
        case "mention":
            return f"[~accountid:{attrs['id']}]"
        case "inlineCard":
            return f"[{attrs.get('url', '')}]"
        case "date":
            return str(attrs["timestamp"])
        case _:
            return str(attrs.get("text") or attrs.get("shortName") or "")


def _marked(node: Node) -> str:
    text = str(node["text"])
    marks = {mark["type"]: mark for mark in node.get("marks", [])}
    if "code" in marks:
        return "{{" + text + "}}"
    for kind, sign in _WRAPS.items():
        if kind in marks:
            text = f"{sign}{text}{sign}"
    if "link" in marks:
        href = marks["link"]["attrs"]["href"]
        text = f"[{href}]" if text == href else f"[{text}|{href}]"
    return text
