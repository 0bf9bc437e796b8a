"""How the service's own facts stand in a GitHub text: hidden markers, the `Due:` line, and the length limit.

Pure. What is not ours stays byte for byte as it was, line endings included. Nothing is escaped here: text that came
from people was made harmless before it reached the adapter.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote, unquote

from worker.trackers.dueline import day_of, due_lines, open_fence
from worker.trackers.dueline import due_in as due_in
from worker.trackers.errors import Refused

LIMIT = 60_000
"""What we let a text of ours grow to."""

HARD_LIMIT = 65_536
"""The most characters that GitHub takes; for bodies that people wrote."""

TITLE_LIMIT = 256
ITEM = "item"
CUT = "\n\n*(The rest was cut, because it is longer than an issue can be.)*"

# Neither side of these can run over a `<`, so that no text makes them slow.
_MARKER = re.compile(r"<!-- followthrough:(?P<name>[^\s<>]+) (?P<text>[^<>]*?) -->")
_ITEM_MARKER = re.compile(r"(?:\r?\n){0,2}<!-- followthrough:item (?P<text>[^<>\r\n]*?) -->")


def marker(name: str, text: str) -> str:
    """The hidden comment that carries `text` under `name`. Raises Refused for a text that would end the comment."""
    if "<" in text or ">" in text:
        raise Refused(f"the text of record {name!r} could end its comment and can't be kept on GitHub")
    return f"<!-- followthrough:{quote(name, safe='/@+~.')} {text} -->"


def record_body(name: str, body: str, text: str) -> str:
    """A record's comment: the words for people, cut where they are too long, then the marker."""
    hidden = marker(name, text)
    return f"{_cut(body, LIMIT - len(hidden) - 2)}\n\n{hidden}"


def comment_body(body: str) -> str:
    """A comment's words, cut where they are too long."""
    return _cut(body, LIMIT)


def split_record(comment: str) -> tuple[str, str, str] | None:
    """(name, words, text) of a comment with a marker, else None. The last marker counts: ours is written at the end."""
    found = max(_MARKER.finditer(comment), key=lambda m: m.start(), default=None)
    if found is None or found["name"] == ITEM:
        return None
    words = comment[: found.start()]
    for gap in ("\r\n\r\n", "\n\n", "\n"):
        if words.endswith(gap):
            words = words[: -len(gap)]
            break
    return unquote(found["name"]), words + comment[found.end() :], found["text"]


def split_mark(body: str) -> tuple[str, str]:
    """(body without item marks, the last mark's text or "")."""
    found = [m["text"] for m in _ITEM_MARKER.finditer(body)]
    return (_ITEM_MARKER.sub("", body), found[-1].strip()) if found else (body, "")


def title(text: str) -> str:
    """One line of at most 256 characters."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LIMIT else line[: TITLE_LIMIT - 1].rstrip() + "…"


def issue_body(body: str, due: date | None, mark: str) -> str:
    """The body of a new issue: the words, the due line, the hidden mark; the words alone are cut where it is long."""
    hidden = f"\n\n{marker(ITEM, mark)}" if mark else ""
    room = LIMIT - len(hidden) - len("\n\nDue: 2026-01-01")
    return with_due(_cut(body, room), due) + hidden


def with_due(body: str, due: date | None) -> str:
    """The body with its due line rewritten, added or (`None`) removed; every other byte stays."""
    lines = list(due_lines(body))
    chosen = next((entry for entry in lines if day_of(entry[2]["day"])), lines[0] if lines else None)
    if chosen is not None:
        start, end, found = chosen
        if due is None:
            return body[:start] + body[end:] if day_of(found["day"]) else body
        at = start + found.start("day")
        return body[:at] + due.isoformat() + body[at + len(found["day"]) :]
    if due is None:
        return body
    newline = "\r\n" if "\r\n" in body else "\n"
    line = f"Due: {due.isoformat()}"
    if not body.strip():
        return body + line
    if open_fence(body):
        return f"{line}{newline}{newline}{body}"
    hidden = next(iter(_ITEM_MARKER.finditer(body)), None)
    head, rest = (body[: hidden.start()], body[hidden.start() :]) if hidden else (body, "")
    gap = newline * max(0, 2 - _trailing_newlines(head)) if head else ""
    if rest and not rest.startswith(("\r", "\n")):
        rest = newline * 2 + rest
    return f"{head}{gap}{line}{rest}"


def _cut(body: str, room: int) -> str:
    if len(body) <= room:
        return body
    head = body[: room - len(CUT) - 20].rstrip()
    # Half a code block or half a comment would swallow everything that comes after it.
    fence = open_fence(head)
    if fence:
        head += f"\n{fence}"
    elif head.rfind("<!--") > head.rfind("-->"):
        head = head[: head.rfind("<!--")].rstrip()
    return head + CUT


def _trailing_newlines(text: str) -> int:
    return text[len(text.rstrip("\r\n")) :].count("\n")
