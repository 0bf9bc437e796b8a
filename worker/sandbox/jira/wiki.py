"""Wiki text as an Atlassian document: what Cloud shows under v3 for what was written under v2.

Headings, lists, tables, code, quotes, panels, rules, links, mentions and the plain marks; other macros keep their
words.
"""

from __future__ import annotations

import re
from typing import Any

from worker.sandbox.jira.adf import CHILDREN, plain

Node = dict[str, Any]

_HEADING = re.compile(r"h([1-6])\. (.*)")
_ITEM = re.compile(r"([*#-]{1,6}) (.*)")
_FENCE = re.compile(r"\{(code|noformat|quote|panel|info|note|warning|tip)(?::([^}\n]{0,200}))?\}")
_INLINE = re.compile(
    r"\{\{(?P<code>[^}\n]{1,2000})\}\}"
    r"|\[~(?:accountid:)?(?P<user>[^\]\s]{1,200})\]"
    r"|\[(?P<label>[^\]|\n]{1,1000})\|(?P<href>[^\]|\n]{1,2000})\]"
    r"|\[(?P<bare>https?://[^\]|\s]{1,2000})\]"
    r"|(?P<url>https?://[^\s\])|,]{1,2000})"
    r"|(?<![\w*])\*(?P<strong>[^*\s\n](?:[^*\n]{0,500}[^*\s\n])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<em>[^_\s\n](?:[^_\n]{0,500}[^_\s\n])?)_(?![\w_])"
    r"|\\\\(?P<break>\s)|\\(?P<escaped>[*_\-+{}\[\]|!~^?#\\])"
)
_PANELS = {"panel": "info", "info": "info", "note": "note", "warning": "warning", "tip": "success"}


def to_adf(text: str) -> Node:
    """Return wiki text as a document."""
    return {"type": "doc", "version": 1, "content": _blocks(text.replace("\r\n", "\n").split("\n"))}


def _blocks(lines: list[str]) -> list[Node]:
    found: list[Node] = []
    loose: list[str] = []

    def settle() -> None:
        if loose:
            found.append({"type": "paragraph", "content": inline("\n".join(loose))})
            loose.clear()

    at = 0
    while at < len(lines):
        line = lines[at].strip()
        fence = _FENCE.match(line)
        heading = _HEADING.fullmatch(line)
        if fence:
            settle()
            at = _fenced(lines, at, fence, found)
            continue
        if heading:
            settle()
            content = inline(heading[2].strip())
            found.append({"type": "heading", "attrs": {"level": int(heading[1])}, "content": content})
        elif line == "----":
            settle()
            found.append({"type": "rule"})
        elif _ITEM.fullmatch(line):
            settle()
            at = _list(lines, at, found)
            continue
        elif line.startswith("|"):
            settle()
            at = _table(lines, at, found)
            continue
        elif line:
            loose.append(line)
        else:
            settle()
        at += 1
    settle()
    return found


def _fenced(lines: list[str], at: int, fence: re.Match[str], found: list[Node]) -> int:
    name, closing = fence[1], "{" + fence[1] + "}"
    rest = lines[at].strip()[fence.end() :]
    inside: list[str] = []
    if closing in rest:
        inside, at = [rest.split(closing)[0]], at + 1
    else:
        if rest:
            inside.append(rest)
        at += 1
        while at < len(lines) and closing not in lines[at]:
            inside.append(lines[at])
            at += 1
        if at < len(lines):
            before = lines[at].split(closing)[0]
            inside += [before] if before.strip() else []
            at += 1
    if name in {"code", "noformat"}:
        node: Node = {"type": "codeBlock", "content": []}
        if fence[2] and "=" not in fence[2]:
            node["attrs"] = {"language": fence[2]}
        if "\n".join(inside):
            node["content"] = [{"type": "text", "text": "\n".join(inside)}]
    else:
        kind = "blockquote" if name == "quote" else "panel"
        content = [_fitting(block, kind) for block in _blocks(inside)] or [{"type": "paragraph", "content": []}]
        node = {"type": kind, "content": content}
        if name != "quote":
            node["attrs"] = {"panelType": _PANELS[name]}
    found.append(node)
    return at


def _fitting(block: Node, outer: str) -> Node:
    """Return the block, or its words as a paragraph where documents do not let it stand there."""
    if block["type"] in CHILDREN[outer]:
        return block
    words: list[Node] = []
    _words(words, plain(block))
    return {"type": "paragraph", "content": words}


def _list(lines: list[str], at: int, found: list[Node]) -> int:
    stack: list[Node] = []
    while at < len(lines):
        item = _ITEM.fullmatch(lines[at].strip())
        if item is None:
            break
        depth = min(len(item[1]), len(stack) + 1)
        kind = "orderedList" if item[1][-1] == "#" else "bulletList"
        del stack[depth:]
        if len(stack) == depth and stack[-1]["type"] != kind:
            stack.pop()
        if len(stack) < depth:
            fresh: Node = {"type": kind, "content": []}
            (stack[-1]["content"][-1]["content"] if stack else found).append(fresh)
            stack.append(fresh)
        stack[-1]["content"].append(
            {"type": "listItem", "content": [{"type": "paragraph", "content": inline(item[2].strip())}]}
        )
        at += 1
    return at


def _table(lines: list[str], at: int, found: list[Node]) -> int:
    rows: list[Node] = []
    while at < len(lines) and lines[at].strip().startswith("|"):
        cells: list[Node] = [
            {
                "type": "tableHeader" if header else "tableCell",
                "attrs": {},
                "content": [{"type": "paragraph", "content": inline(text.strip())}],
            }
            for header, text in _cells(lines[at].strip())
        ]
        if cells:
            rows.append({"type": "tableRow", "content": cells})
        at += 1
    if rows:
        found.append({"type": "table", "attrs": {"isNumberColumnEnabled": False, "layout": "default"}, "content": rows})
    return at


def _cells(line: str) -> list[tuple[bool, str]]:
    """Cut a row at its bars; those inside of brackets or after a backslash do not count."""
    cells: list[tuple[bool, str]] = []
    at, depth, text = 0, 0, ""
    header = open_cell = False
    while at < len(line):
        sign = line[at]
        if sign == "\\" and at + 1 < len(line):
            text, at = text + line[at : at + 2], at + 2
            continue
        depth += {"[": 1, "]": -1 if depth else 0}.get(sign, 0)
        if sign == "|" and not depth:
            if open_cell:
                cells.append((header, text))
            header = line.startswith("||", at)
            at += 2 if header else 1
            text, open_cell = "", True
            continue
        text, at = text + sign, at + 1
    if open_cell and text.strip():
        cells.append((header, text))
    return cells


def inline(text: str) -> list[Node]:
    """Return the inline nodes of one piece of wiki text."""
    nodes: list[Node] = []
    at = 0
    for found in _INLINE.finditer(text):
        _words(nodes, text[at : found.start()])
        at = found.end()
        kind = found.lastgroup
        match kind:
            case "code" | "strong" | "em":
                nodes.append({"type": "text", "text": found[kind], "marks": [{"type": kind}]})
            case "user":
                nodes.append({"type": "mention", "attrs": {"id": found["user"], "text": f"@{found['user']}"}})
            case "href":
                nodes.append(_link(found["label"], found["href"]))
            case "bare" | "url":
                nodes.append(_link(found[kind], found[kind]))
            case "break":
                nodes.append({"type": "hardBreak"})
            case _:
                _words(nodes, found["escaped"])
    _words(nodes, text[at:])
    return nodes


def _link(label: str, href: str) -> Node:
    return {"type": "text", "text": label, "marks": [{"type": "link", "attrs": {"href": href}}]}


def _words(nodes: list[Node], text: str) -> None:
    for index, line in enumerate(text.split("\n")):
        if index:
            nodes.append({"type": "hardBreak"})
        if not line:
            continue
        if nodes and nodes[-1]["type"] == "text" and "marks" not in nodes[-1]:
            nodes[-1]["text"] += line
        else:
            nodes.append({"type": "text", "text": line})
