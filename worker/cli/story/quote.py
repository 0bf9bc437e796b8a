"""How do the service's comments and mails read when they are quoted in a terminal?

Markdown becomes lines of text: tables with columns, links without their addresses, what is folded away left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ZWSP = "\u200b"
_HANG = 8


class Quotation(Protocol):
    """Something that can be quoted at a width."""

    def lines(self, console: Console, width: int) -> list[Text]:
        """The lines, none wider than `width` cells."""


@dataclass(frozen=True, slots=True)
class Words:
    """A few lines, quoted as they are. Long ones are wrapped behind their leading blanks; what stands before a tab
    hangs out to the left."""

    rows: Sequence[str]

    def lines(self, console: Console, width: int) -> list[Text]:
        out: list[Text] = []
        for row in self.rows:
            head, tab, words = row.rpartition("\t")
            head = head.ljust(_HANG) if tab else words[: len(words) - len(words.lstrip())]
            wrapped = Text(words.strip()).wrap(console, max(20, width - len(head)))
            heads = [head, *[" " * len(head)] * len(wrapped)]
            out += [Text(before) + line for before, line in zip(heads, wrapped, strict=False)] or [Text("")]
        return out


class Sticky:
    """The sticky comment, read as a person reads it."""

    def __init__(self, body: str) -> None:
        self.heading = ""
        self.header: list[str] = []
        self.rows: list[list[str]] = []
        self.texts: list[str] = []
        self._read(MarkdownIt("commonmark").enable("table").parse(_COMMENT.sub("", body)))

    def _read(self, tokens: Sequence[Token]) -> None:
        """What is folded away comes last in the comment, on Jira under a heading of its own, and is left out."""
        bullet = ""
        row: list[str] | None = None
        for at, token in enumerate(tokens):
            folded = token.type == "html_block" and token.content.lstrip().startswith("<details")
            if folded or (token.type == "heading_open" and self.heading):
                return
            if token.type == "list_item_open":
                bullet = "• "
            elif token.type == "tr_open":
                row = []
            elif token.type == "tr_close" and row is not None:
                self.rows, self.header = ([*self.rows, row], self.header) if self.header else (self.rows, row)
                row = None
            elif token.type == "inline" and row is not None:
                row.append(" ".join(_plain(token).split()))
            elif token.type == "inline" and tokens[at - 1].type == "heading_open":
                self.heading = _plain(token)
            elif token.type == "inline":
                self.texts += [bullet + line for line in _plain(token).split("\n")]
                bullet = ""

    def row(self, number: int) -> dict[str, str]:
        """One item's row by its number: heading of the column to words."""
        found = next((row for row in self.rows if row[0] == str(number)), [])
        return dict(zip(self.header, found, strict=False))

    def having(self, beginning: str) -> list[str]:
        """The lines below the table that begin so."""
        return [text for text in self.texts if text.startswith(beginning)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A sticky comment as a quotation: `only` keeps the table's rows with these numbers, `texts` picks what stands
    below it (None: all)."""

    sticky: Sticky
    only: Sequence[int] | None = None
    texts: Sequence[str] | None = None

    def lines(self, console: Console, width: int) -> list[Text]:
        out = [Text(self.sticky.heading, style="bold")]
        rows = [r for r in self.sticky.rows if self.only is None or (r[0].isdigit() and int(r[0]) in self.only)]
        if rows:
            out += _table(self.sticky.header, rows, console, width)
        below = self.sticky.texts if self.texts is None else self.texts
        return out + Words(below).lines(console, width)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], console: Console, width: int) -> list[Text]:
    """The table in columns; what nobody needs to read (a column of “nothing”) is left out."""
    kept = [
        n for n, name in enumerate(header) if name != "Needs" or any(row[n] not in {"nothing", "·"} for row in rows)
    ]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", width=width)
    for number in kept:
        # What is short stays whole, so that the words of the item alone are wrapped.
        wide = header[number] == "Action item"
        least = max(len(word) for row in rows for word in row[number].split() or [""])
        table.add_column(header[number], no_wrap=not wide and header[number] != "Needs", min_width=least)
    for row in rows:
        table.add_row(*(Text(row[n]) for n in kept))
    found = console.render_lines(table, console.options.update_width(width))
    lines = [Text("".join(s.text for s in segments).rstrip()) for segments in found]
    return [line for line in lines if line.plain.strip()]


def _plain(token: Token) -> str:
    """The words of inline Markdown, without markup, addresses and tags."""
    out = []
    for child in token.children or ():
        match child.type:
            case "text" | "code_inline":
                out.append(child.content)
            case "softbreak" | "hardbreak":
                out.append("\n")
            case _:
                pass
    return "".join(out).replace(_ZWSP, "")


def mail(message: EmailMessage, *, most: int = 12) -> Words:
    """A mail's receiver, subject and first lines."""
    text = body_of(message)
    rows = [line.rstrip() for line in text.split("\n")]
    kept: list[str] = []
    for row in rows:
        if row == "--":
            break
        if sum(bool(k) for k in kept) >= most:
            kept.append("…")
            break
        if row or (kept and kept[-1]):
            kept.append(row)
    return Words([f"To: {message['To']}", f"Subject: {message['Subject']}", "", *kept])


def body_of(message: EmailMessage) -> str:
    """The plain text of a mail, without the addresses of links on a line of their own."""
    part = message.get_body(("plain",))
    text = str(part.get_content()) if part is not None else ""
    return "\n".join(line for line in text.splitlines() if not re.fullmatch(r"\s*https?://\S+\s*", line))
