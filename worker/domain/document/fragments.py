"""Read a stretch of HTML into blocks: headings, paragraphs, lists, tables.

One pass; no tag is trusted to be closed.
"""

from __future__ import annotations

import re

from worker.domain.document.blocks import Block, BlockKind, Builder, Row
from worker.domain.document.signs import spell_entities

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,12})((?:\s[^<>]{0,1000})?)/?>")
_CHECKED = re.compile(r"\schecked\b", re.IGNORECASE)
_HTML_HEADINGS = {f"h{n}": n for n in range(1, 7)}


class _Html:
    """One stretch of HTML, read into blocks. Unknown tags stay in the text, where `inline` drops them."""

    def __init__(self, builder: Builder, line: int) -> None:
        self.builder = builder
        self.line = line
        self.words: list[str] = []
        self.started = 0
        self.heading = 0
        self.row: list[str] | None = None
        self.rows: list[Row] = []
        self.depth = 0
        self.kinds: list[bool] = []
        self.term = False

    def flush(self) -> None:
        raw = "".join(self.words)
        text = "\n".join(line.strip() for line in raw.strip().split("\n"))
        self.words = []
        if self.row is not None:
            if text:
                self.row.append(text)
            return
        if not text:
            return
        if self.heading:
            self.builder.add(Block(kind=BlockKind.HEADING, line=self.started, text=text, level=self.heading))
        else:
            self.builder.text(text, self.started)

    def say(self, text: str) -> None:
        text = spell_entities(text)
        if not "".join(self.words[-1:]).strip() and text.strip():
            lead = len(text) - len(text.lstrip())
            if not any(word.strip() for word in self.words):
                self.started = self.line + text.count("\n", 0, lead)
        self.words.append(text)
        self.line += text.count("\n")

    def tag(self, name: str, raw: str, *, closing: bool) -> None:
        if name in _HTML_HEADINGS:
            self.flush()
            self.heading = 0 if closing else _HTML_HEADINGS[name]
        elif name in {
            "p",
            "div",
            "section",
            "blockquote",
            "details",
            "table",
            "tbody",
            "thead",
            "hr",
            "body",
        }:
            self.flush()
            if name == "table":
                self.finish_table()
        elif name == "summary":  # the label of a fold stands over it as a bold line does
            if closing and any(word.strip() for word in self.words):
                self.words = [f"**{' '.join(''.join(self.words).split())}**"]
            self.flush()
        elif name in {"ul", "ol"}:
            self.flush()
            if not closing:
                self.builder.open_list()
                self.kinds.append(name == "ol")
            elif self.kinds:
                self.kinds.pop()
                self.builder.close_list()
        elif name == "li":
            self.flush()
            if closing:
                self.close_item()
            else:
                self.builder.open_item(self.line, ordered=bool(self.kinds and self.kinds[-1]))
                self.depth += 1
        elif name == "tr":
            self.end_row()
            self.row = None if closing else []
        elif name in {"td", "th"} and self.row is not None:
            if closing:
                text = "".join(self.words).strip()
                self.words = []
                self.row.append(" ".join(text.split()))
            else:
                self.words = []
        elif name in {"dl", "dt", "dd"}:
            self.definition(name, closing=closing)
        elif name == "input":
            if "checkbox" in raw.casefold():
                self.say("[x] " if _CHECKED.search(raw) else "[ ] ")
        else:
            if not any(word.strip() for word in self.words):
                self.started = self.line
            self.words.append(raw)
        self.line += raw.count("\n")

    def definition(self, name: str, *, closing: bool) -> None:
        """A list of definitions is a list whose items are the terms; what defines a term stands below it."""
        self.flush()
        if name == "dd":
            return
        if self.term and (name == "dl" or not closing):
            self.close_item()
            self.term = False
        if name == "dl":
            (self.builder.close_list if closing else self.builder.open_list)()
        elif not closing:
            self.builder.open_item(self.line, ordered=False)
            self.depth += 1
            self.term = True

    def close_item(self) -> None:
        if self.depth:
            self.builder.close_item()
            self.depth -= 1

    def end_row(self) -> None:
        if self.row:
            self.rows.append(Row(line=self.line, cells=tuple(self.row), width=len(self.row)))
        self.row = None

    def finish_table(self) -> None:
        self.end_row()
        if len(self.rows) > 1:
            self.builder.add(Block(kind=BlockKind.TABLE, line=self.rows[0].line, rows=tuple(self.rows)))
        self.rows = []

    def finish(self) -> None:
        self.end_row()
        self.finish_table()
        self.flush()
        while self.depth:
            self.close_item()


def read_html(builder: Builder, content: str, line: int) -> None:
    state = _Html(builder, line)
    position = 0
    for found in _TAG.finditer(content):
        state.say(content[position : found.start()])
        state.tag(found[2].casefold(), found.group(), closing=bool(found[1]))
        position = found.end()
    state.say(content[position:])
    state.finish()
