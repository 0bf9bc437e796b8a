"""How does Markdown of ours become a body that this Jira takes: document or wiki text, and never too long?

Pure. Jira takes 32,767 characters. Whether Cloud counts the words or the document's JSON is not the same everywhere, so
a body is first measured by its words, and where Jira refused it, by its JSON (`tight`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from worker.domain.markup import adf_plain, markdown_to_adf, markdown_to_wiki

LIMIT = 32_000
"""What we let a body of ours grow to, in characters; Jira's own limit is 32,767."""

TIGHT_FOR_S = 86_400.0
"""How long it is remembered of a site that it counts the JSON."""

CUT = "\n\n*(The rest was cut, because it is longer than Jira takes.)*"
FENCE = "```"

_SHOWN = frozenset(
    {"href", "id", "language", "level", "order", "panelType", "state", "text", "timestamp", "title", "url"}
)
"""The attributes of a document's nodes that people see, or that lead somewhere."""

TEXT = 2
"""The parts of what `look` makes of a text: its words and its marks. Of any other node it makes more."""

Body = dict[str, Any] | str
"""A document on Cloud, wiki text on Data Center."""


def rendered(markdown: str, *, cloud: bool, tight: bool = False, finish: Callable[[Body], Body] | None = None) -> Body:
    """The Markdown as this Jira keeps it, cut at a line where it is too long. `finish` adds to the body what must not
    be cut off."""
    text, keep = markdown, len(markdown)
    while True:
        body: Body = markdown_to_adf(text) if cloud else markdown_to_wiki(text)
        if finish is not None:
            body = finish(body)
        size = length(body, tight=tight)
        if size <= LIMIT or not text:
            return body
        # What is over in the body is taken from the Markdown in proportion, and a little more.
        keep = min(keep - 1, int(keep * LIMIT / size * 0.98) - len(CUT))
        text = cut(markdown, keep)


def length(body: Body, *, tight: bool = False) -> int:
    """How many characters of Jira's limit a body takes."""
    if isinstance(body, str):
        return len(body)
    if tight:
        return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")))
    return len(adf_plain(body))


def look(body: Any) -> tuple[Any, ...] | None:
    """What of a body decides how it looks and where it leads, to be compared: the same before and after Jira kept it,
    whatever ids Jira adds and however it cuts a text into nodes."""
    if isinstance(body, str):
        return tuple(line.rstrip() for line in body.replace("\r\n", "\n").strip().split("\n"))
    if not isinstance(body, Mapping):
        return None
    attrs = body.get("attrs")
    kept = {k: attrs[k] for k in sorted(_SHOWN & attrs.keys())} if isinstance(attrs, Mapping) else {}
    marks = sorted(str(look(mark)) for mark in body.get("marks") or ())
    parts: list[Any] = []
    for node in body.get("content") or ():
        made = look(node)
        if made is None:
            continue
        if parts and len(made) == len(parts[-1]) == TEXT and made[1:] == parts[-1][1:]:
            parts[-1] = (parts[-1][0] + made[0], *made[1:])
        else:
            parts.append(made)
    if body.get("type") == "text":
        return (str(body.get("text") or ""), tuple(marks))
    return (str(body.get("type")), tuple(kept.items()), tuple(marks), tuple(parts))


def joined(first: Body, second: Body) -> Body:
    """Two bodies of one kind, one below the other."""
    if isinstance(first, str) or isinstance(second, str):
        return f"{first}\n\n{second}" if first else second
    return {**first, "content": [*first.get("content", ()), *second.get("content", ())]}


def cut(markdown: str, keep: int) -> str:
    """The first whole lines of a Markdown text that fit, and a note; no open code block swallows the note."""
    if keep <= 0:
        return ""
    head = markdown[:keep]
    line = head.rfind("\n")
    head = (head[:line] if line > keep // 2 else head).rstrip()
    if sum(part.lstrip().startswith(FENCE) for part in head.split("\n")) % 2:
        head += f"\n{FENCE}"
    return head + CUT
