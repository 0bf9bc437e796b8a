"""Where does a due date stand in a description, and how is that line changed? For Atlassian documents and wiki text.

Pure. Only the line's day changes; every other node or character stays. Which line counts is decided as for GitHub: the
first with an ISO day, else the first that waits for one. Code and quotations hold no due line.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

LINE_LIMIT = 120
OPAQUE = "\ufffc"
"""Stands in a flattened line for what is no plain text (a mention, code, a link), so that it can't be a due line."""

_DAY = r"(?P<day>\d{4}-\d{2}-\d{2}|yyyy-mm-dd|none|tbd|n/a|\?|-|)"
_DUE = re.compile(rf"[ \t]{{0,3}}due(?:[ \t]+date)?[ \t]*:[ \t]*{_DAY}[ \t]*", re.IGNORECASE)
_EMPHASIS = r"[*_]?"
_WIKI_DUE = re.compile(
    rf"(?:[ \t]{{0,3}}[*-]{{1,2}}[ \t]+|[ \t]{{0,3}}){_EMPHASIS}due(?:[ \t]+date)?{_EMPHASIS}[ \t]*:"
    rf"{_EMPHASIS}[ \t]*{_EMPHASIS}{_DAY}{_EMPHASIS}[ \t]*",
    re.IGNORECASE,
)
_WIKI_FENCE = re.compile(r"\{(code|noformat|quote)(?::[^{}\r\n]{0,200})?\}", re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")

_PLAIN_MARKS = {"strong", "em", "underline", "textColor", "backgroundColor", "subsup", "fontSize"}
_THROUGH = {"doc", "bulletList", "listItem", "panel", "expand", "nestedExpand", "layoutSection", "layoutColumn"}
"""The nodes inside which a paragraph's line can be a due line."""


def shown(due: date) -> str:
    """The due line as it is written where there is none."""
    return f"Due: {due.isoformat()}"


def wiki_with_due(text: str, due: date | None) -> str:
    """Wiki text with its due line rewritten, added or (`None`) removed; every other character stays."""
    lines = list(_wiki_due_lines(text))
    chosen = next((entry for entry in lines if _iso(entry[2]["day"])), lines[0] if lines else None)
    if chosen is not None:
        start, end, found = chosen
        if due is None:
            head, rest = text[:start], text[end:]
            if not _iso(found["day"]):
                return text
            return head + rest if rest.strip() else head.rstrip("\r\n")
        at = start + found.start("day")
        gap = " " if not found["day"] and text[at - 1] == ":" else ""
        return f"{text[:at]}{gap}{due.isoformat()}{text[at + len(found['day']) :]}"
    if due is None:
        return text
    if not text.strip():
        return shown(due)
    newline = "\r\n" if "\r\n" in text else "\n"
    if _open_fence(text):
        return f"{shown(due)}{newline}{newline}{text}"
    body = text.rstrip("\r\n")
    return f"{body}{newline}{newline}{shown(due)}"


def adf_with_due(doc: Mapping[str, Any] | None, due: date | None) -> dict[str, Any] | None:
    """A copy of an Atlassian document with its due line rewritten, added or (`None`) removed; None where there was
    and is nothing."""
    if not doc:
        return {"type": "doc", "version": 1, "content": [_paragraph(due)]} if due else None
    out: dict[str, Any] = copy.deepcopy(dict(doc))
    lines = list(_adf_due_lines(out, []))
    chosen = next((line for line in lines if _iso(line.found["day"])), lines[0] if lines else None)
    if chosen is None:
        if due is not None:
            out["content"] = [*_nodes(out), _paragraph(due)]
    elif due is not None:
        chosen.write(due)
    elif _iso(chosen.found["day"]):
        chosen.remove()
    return out


# Wiki text


def _wiki_due_lines(text: str) -> Iterator[tuple[int, int, re.Match[str]]]:
    """(start, end with its line ending, match) of every due line that stands outside code and quotations."""
    fence = ""
    for at, line in _lines(text):
        before, fence = fence, _after(fence, line)
        plain = line.rstrip("\r\n")
        found = _WIKI_DUE.fullmatch(plain) if not before and not fence and len(plain) <= LINE_LIMIT else None
        if found is not None:
            yield at, at + len(line), found


def _after(fence: str, line: str) -> str:
    """The macro that is open after this line, or ""."""
    for found in _WIKI_FENCE.finditer(line):
        name = found[1].lower()
        if not fence:
            fence = name
        elif fence == name:
            fence = ""
    return fence


def _open_fence(text: str) -> str:
    fence = ""
    for _, line in _lines(text):
        fence = _after(fence, line)
    return fence


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return ((m.start(), m[0]) for m in _LINE.finditer(text) if m[0])


# Atlassian documents


@dataclass(frozen=True, slots=True)
class _AdfLine:
    """One due line: the nodes `first` to `last` (exclusive) of `path`'s last node, a paragraph."""

    path: list[dict[str, Any]]
    first: int
    last: int
    found: re.Match[str]

    def write(self, due: date) -> None:
        """Put the day where the old one stands, into the node that begins it."""
        content = self.path[-1]["content"]
        start, end = self.found.span("day")
        at, written = 0, False
        keep: list[dict[str, Any]] = []
        for node in content[self.first : self.last]:
            text = _flat(node)
            begin, stop = max(start - at, 0), min(end - at, len(text))
            touches = begin < stop or (start == end and not written and 0 < start - at <= len(text))
            at += len(text)
            if not touches:
                keep.append(node)
            elif node.get("type") == "date":
                if not written:
                    keep.append({**node, "attrs": {**_mapping(node.get("attrs")), "timestamp": _timestamp(due)}})
                    written = True
            else:
                gap = " " if start == end and text[:begin].endswith(":") else ""
                day = "" if written else f"{gap}{due.isoformat()}"
                written = True
                if changed := f"{text[:begin]}{day}{text[stop:]}":
                    keep.append({**node, "text": changed})
        content[self.first : self.last] = keep

    def remove(self) -> None:
        """Take the line away, and what is empty without it."""
        content = self.path[-1]["content"]
        first, last = self.first, self.last
        if last < len(content):
            last += 1  # the break after it
        elif first > 0:
            first -= 1  # the break before it
        del content[first:last]
        child = self.path[-1]
        for parent in reversed(self.path[:-1]):
            if child.get("content"):
                return
            parent["content"] = [node for node in parent["content"] if node is not child]
            child = parent


def _adf_due_lines(node: dict[str, Any], above: list[dict[str, Any]]) -> Iterator[_AdfLine]:
    path = [*above, node]
    for child in _nodes(node):
        if not isinstance(child, dict):
            continue
        if child.get("type") == "paragraph":
            yield from _paragraph_lines([*path, child])
        elif child.get("type") in _THROUGH:
            yield from _adf_due_lines(child, path)


def _paragraph_lines(path: list[dict[str, Any]]) -> Iterator[_AdfLine]:
    content = _nodes(path[-1])
    first = 0
    for last in range(len(content) + 1):
        if last < len(content) and _kind(content[last]) != "hardBreak":
            continue
        text = "".join(_flat(node) for node in content[first:last])
        found = _DUE.fullmatch(text) if len(text) <= LINE_LIMIT else None
        if found is not None:
            yield _AdfLine(path, first, last, found)
        first = last + 1


def _flat(node: Any) -> str:
    """A node as one line of text, as long as the text that it holds."""
    if not isinstance(node, dict):
        return OPAQUE
    if node.get("type") == "date":
        moment = _mapping(node.get("attrs")).get("timestamp")
        try:
            return datetime.fromtimestamp(int(str(moment)) / 1000, UTC).date().isoformat()
        except (ValueError, OverflowError, OSError):
            return OPAQUE
    text = node.get("text") if node.get("type") == "text" else None
    if not isinstance(text, str):
        return OPAQUE
    marks = {str(_mapping(mark).get("type")) for mark in node.get("marks") or ()}
    return text if marks <= _PLAIN_MARKS else OPAQUE * len(text)


def _paragraph(due: date) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": shown(due)}]}


def _timestamp(due: date) -> str:
    """A date node's day: milliseconds of its midnight in UTC, as text."""
    return str(int(datetime(due.year, due.month, due.day, tzinfo=UTC).timestamp()) * 1000)


def _nodes(node: Mapping[str, Any]) -> list[Any]:
    content = node.get("content")
    return content if isinstance(content, list) else []


def _kind(node: Any) -> str:
    return str(_mapping(node).get("type"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _iso(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
