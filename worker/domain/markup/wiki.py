"""What does a text in Jira's wiki markup say, as Markdown for the reader of documents?

Every line of the Markdown stands, wherever Markdown lets it, on the line that the person typed it on, so that the lines
of findings and items are lines of the wiki text. Where a blank line must come between, the next blank line is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from worker.domain.markup import escape
from worker.domain.markup.headers import UNNAMED, heads_columns
from worker.domain.markup.tree import ZWSP, parse, words_of
from worker.domain.markup.wiki_inline import inline
from worker.domain.markup.wiki_lines import Line, read_lines
from worker.domain.markup.wiki_table import Row, is_row, read_row

_HEADING = re.compile(r"[ \t]{0,40}h([1-6])\.\s{1,9}(?P<text>\S.*)")
_BLOCK_QUOTE = re.compile(r"[ \t]{0,40}bq\.\s{1,9}(?P<text>\S.*)")
_RULE = re.compile(r"[ \t]{0,40}-{4,}[ \t]*")
_ITEM = re.compile(r"[ \t]{0,40}(?P<marker>[*#-]{1,40})[ \t\u00a0]{1,40}(?P<text>\S.*)")
_TASK = re.compile(r"(?:\((?P<sign>[/x])\)|\[(?P<box>[ xX]?)\])(?=\s)\s{1,9}(?=\S)")
# What a line that is no paragraph opens with: `h1.`, `bq.`, `----`, and the signs of lists.
_SIGNS = frozenset("hb-*#")
_MOST_LEVELS = 8


class _Page:
    """The Markdown as it grows. A line is put where it wants to stand, or as soon after as Markdown allows."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.open = ""  # what the last line could swallow the next one into: "paragraph", "list", "quote", "table"

    @property
    def next(self) -> int:
        return len(self.lines) + 1

    def put(self, line: str, want: int, *, filler: str = "") -> None:
        self.lines.extend([filler] * (want - self.next))
        self.lines.append(line)

    def part(self) -> None:
        """Make sure that the line above is blank."""
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def parted_at(self, want: int) -> bool:
        """Whether the line above this place is blank, or will be."""
        return self.next < want or not self.lines or not self.lines[-1]


def wiki_to_markdown(text: str) -> str:
    """Return wiki text as Markdown. Never raises; takes time linear in the text's length."""
    return _Reader(text, exact=True).read()


def wiki_plain(text: str) -> str:
    """Return the words that wiki text shows, white space collapsed, without zero-width spaces."""
    markdown = _Reader(text, exact=False).read()
    return " ".join(words_of(parse(markdown)).replace(ZWSP, "").split())


class _Reader:
    """One text on its way. `exact` keeps to the lines of the text, by HTML where a table has no room for its header,
    and leaves numbers that open a line as a list."""

    def __init__(self, text: str, *, exact: bool) -> None:
        read = read_lines(text)
        self.source = read.lines
        self.count = read.count
        self.raws = read.raws
        self.exact = exact
        self.page = _Page()
        self.levels: list[tuple[str, int, str]] = []  # open list levels: sign, number, indent of what stands in it
        self.at = 0

    def read(self) -> str:
        while self.at < len(self.source):
            line = self.source[self.at]
            if line.code is not None:
                self.code(line)
            elif not line.text.strip():
                self.levels = []
            elif line.quoted:
                self.quote(line, line.text)
            elif line.title:
                self.title(line)
            elif is_row(line.text):
                self.table()
                continue
            else:
                self.line(line)
            self.at += 1
        # As many lines as the text has, also where it ends in blank ones.
        self.page.lines.extend([""] * (self.count + 1 - self.page.next))
        return "\n".join(self.page.lines)

    def say(self, text: str) -> str:
        return inline(text, self.raws)

    def line(self, line: Line) -> None:
        """A heading, a quote, a rule, a list item, or a line of a paragraph."""
        page, text = self.page, line.text
        sign = text.lstrip(" \t")[:1]
        if sign not in _SIGNS:
            self.paragraph(line)
        elif (heading := _HEADING.fullmatch(text)) is not None:
            self.levels = []
            said = " ".join(self.say(heading["text"]).replace("<br>", " ").split())
            page.put(f"{'#' * int(heading[1])} {said}", line.number)
            page.open = ""
        elif (quote := _BLOCK_QUOTE.fullmatch(text)) is not None:
            self.quote(line, quote["text"])
        elif _RULE.fullmatch(text) is not None:
            self.levels = []
            page.put("***", line.number)
            page.open = ""
        elif (item := _ITEM.fullmatch(text)) is not None:
            self.item(line, item["marker"], item["text"])
        else:
            self.paragraph(line)

    def paragraph(self, line: Line) -> None:
        said = escape.start(self.say(line.text.strip().removesuffix("\\\\")).strip(), numbers=self.exact)
        if not said or said == "<br>":
            self.levels = []
            return
        page = self.page
        if self.levels:  # a further line of the item above
            page.put(self.levels[-1][2] + said, line.number)
            return
        goes_on = page.open == "paragraph" and page.next >= line.number and self.follows()
        if not goes_on and page.open and not page.parted_at(line.number):
            page.part()
        page.put(said, line.number)
        page.open = "paragraph"

    def follows(self) -> bool:
        """Whether the line above in the text belongs to the same paragraph."""
        above = self.source[self.at - 1] if self.at else None
        return (
            above is not None
            and above.code is None
            and not above.title
            and not above.quoted
            and bool(above.text.strip())
        )

    def item(self, line: Line, marker: str, text: str) -> None:
        page = self.page
        depth = min(len(marker), len(self.levels) + 1, _MOST_LEVELS)
        sign = "#" if marker[-1] == "#" else "*"
        number = 1
        if depth <= len(self.levels):
            old, count, _ = self.levels[depth - 1]
            number = count + 1 if old == sign else 1
        self.levels = self.levels[: depth - 1]
        before = self.levels[-1][2] if self.levels else ""
        bullet = f"{number}. " if sign == "#" else "- "
        self.levels.append((sign, number, before + " " * len(bullet)))
        task = _TASK.match(text + " ") if text[0] in "([" else None
        box = ""
        if task is not None:
            box = "[x] " if task["sign"] == "/" or (task["box"] or "").strip() else "[ ] "
            text = text[task.end() :]
        said = escape.start(self.say(text.removesuffix("\\\\")).strip())
        page.put(f"{before}{bullet}{box}{said}", line.number)
        page.open = "list"

    def title(self, line: Line) -> None:
        """A macro's title, as a heading below all that a person writes: it heads what stands in the macro."""
        self.levels = []
        self.page.put(f"###### {escape.text(' '.join(line.text.split()))}", line.number)
        self.page.open = ""

    def quote(self, line: Line, text: str) -> None:
        page = self.page
        self.levels = []
        said = self.say(text.strip())
        page.put(f"> {escape.start(said)}".rstrip(), line.number)
        page.open = "quote"

    def code(self, line: Line) -> None:
        page = self.page
        content = line.code or ()
        indent = self.levels[-1][2] if self.levels and page.open == "list" else ""
        if not indent:
            self.levels = []
        sign = escape.fence("\n".join(content))
        page.put(indent + sign, line.number)
        for part in content:
            page.lines.append(indent + part if part else part)
        page.put(indent + sign, line.ends)
        if not indent:
            page.open = ""

    def table(self) -> None:
        rows: list[Row] = []
        quoted = self.source[self.at].quoted
        while self.at < len(self.source):
            line = self.source[self.at]
            if line.code is not None or line.title or line.quoted != quoted or not is_row(line.text):
                break
            row, self.at = read_row(self.source, self.at)
            rows.append(row)
        in_list = bool(self.levels)
        self.levels = []
        first = rows[0]
        # A head in front of each row is no head of the columns, but of two columns it makes no difference.
        headed = all(first.heads) or (any(first.heads) and len(first.cells) < 3)
        headed = headed or heads_columns([self.say(cell) for cell in first.cells])
        page = self.page
        want = first.first if not headed else first.first - 1
        head_at = want if headed else first.first - 2
        swallowed = page.open in {"list", "quote", "table"} or in_list
        room = page.next <= head_at and (not swallowed or page.parted_at(head_at))
        # Without a line above for its header, a table is exact only as HTML.
        parted = page.open != "table" or page.parted_at(first.first)
        if self.exact and not room and page.next <= first.first and parted:
            self.html_table(rows, headed=headed)
        else:
            self.pipe_table(rows, headed=headed, swallowed=swallowed)

    def pipe_table(self, rows: Sequence[Row], *, headed: bool, swallowed: bool) -> None:
        page = self.page
        width = max(len(row.cells) for row in rows)
        first = rows[0]
        head_at = first.first - 1 if headed else first.first - 2
        if swallowed and not page.parted_at(head_at):
            page.part()
        head = first.cells if headed else (UNNAMED if self.exact else "",) * width
        page.put(_pipes(head, width, self.cell), max(1, head_at))
        page.lines.append("|" + " --- |" * width)
        empty = _pipes((), width, self.cell)
        for row in rows[1:] if headed else rows:
            page.put(_pipes(row.cells, width, self.cell), row.first, filler=empty)
        page.open = "table"

    def html_table(self, rows: Sequence[Row], *, headed: bool) -> None:
        page = self.page
        for at, row in enumerate(rows):
            name = "th" if headed and not at else "td"
            cells = "".join(f"<{name}>{self.cell(cell, tags=True)}</{name}>" for cell in row.cells)
            table = "<table>" if not at else ""
            if not at and not headed:  # an empty header keeps the first row a row
                table += "<tr>" + f"<th>{UNNAMED}</th>" * len(row.cells) + "</tr>"
            page.put(f"{table}<tr>{cells}</tr>", row.first)
        page.lines[-1] += "</table>"
        page.open = "table"

    def cell(self, text: str, *, tags: bool = False) -> str:
        """A cell on one line: its lines parted by `<br>`, without the signs of a list."""
        said: list[str] = []
        for part in text.split("\n"):
            item = _ITEM.fullmatch(part)
            words = inline(
                (item["text"] if item is not None else part).strip().removesuffix("\\\\"), self.raws, tags=tags
            )
            words = " ".join(words.split())
            if words:
                said.append(words)
        return "<br>".join(said)


def _pipes(cells: Sequence[str], width: int, say: Callable[[str], str]) -> str:
    padded = [*(say(cell).replace("|", "\\|") for cell in cells), *[""] * (width - len(cells))]
    return "| " + " | ".join(padded) + " |"
