"""Cut a body into blocks with line numbers: headings, paragraphs, list items, tables.

Markdown goes through markdown-it's block rules; HTML fragments through `fragments`, into the same blocks. Comments are
blanked out first and front matter is set apart, so that line numbers stay those of the body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from worker.domain.document.blocks import Block, BlockKind, Builder, Cut, Row
from worker.domain.document.dialects import mail_head, to_markdown
from worker.domain.document.fragments import read_html

# What is read of one body. GitHub takes 65,536 characters and Jira 32,767, so only files come near.
MOST_CHARACTERS = 300_000
MOST_LINES = 15_000
MOST_LINE_CHARACTERS = 20_000
MOST_CELLS = 200
_FRONT = re.compile(r"---[ \t]{0,9}")
_TOML = re.compile(r"\+\+\+[ \t]{0,9}")
_TOML_FIELD = re.compile(r"([A-Za-z_][\w-]{0,40})[ \t]*=[ \t]*(.*)")
_FIELD = re.compile(r"([A-Za-z_][\w-]{0,40})[ \t]*:[ \t]*(.*)")
_LINE_END = re.compile(r"\r\n|\r|\n")
_ODD_SIGNS = {0: "\ufffd", 0x0B: " ", 0x0C: " ", 0x85: " ", 0x2028: " ", 0x2029: " "}
_ODD_SIGN = re.compile("[\x00\x0b\x0c\x85\u2028\u2029]")


def normalize(body: str) -> str:
    """The body with plain line ends, without NUL, byte order mark and separators that only some tools call lines."""
    text = _LINE_END.sub("\n", body) if "\r" in body else body
    text = text.lstrip("\ufeff")
    return text.translate(_ODD_SIGNS) if _ODD_SIGN.search(text) else text


def shorten(text: str) -> tuple[str, int]:
    """Keep the first two thirds and the last third of what may be read, and blank the lines between them.

    Returns the text with all its line numbers, and how many lines were left out (0 for nearly every document).
    """
    if len(text) <= MOST_CHARACTERS and text.count("\n") < MOST_LINES and len(text) <= MOST_LINE_CHARACTERS:
        return text, 0
    lines = text.split("\n")
    cut_lines = sum(len(line) > MOST_LINE_CHARACTERS for line in lines)
    if cut_lines:
        lines = [line[:MOST_LINE_CHARACTERS] for line in lines]
    lines = [
        "|".join(line.split("|", MOST_CELLS)[:MOST_CELLS]) if line.count("|") > MOST_CELLS else line for line in lines
    ]
    head = _fitting(lines, MOST_LINES * 2 // 3, MOST_CHARACTERS * 2 // 3)
    tail = _fitting(lines[: head - 1 : -1] if head else lines[::-1], MOST_LINES // 3, MOST_CHARACTERS // 3)
    dropped = len(lines) - head - tail
    kept = lines if dropped <= 0 else lines[:head] + [""] * dropped + lines[len(lines) - tail :]
    return "\n".join(kept), max(dropped, 0) + cut_lines


def within_reach(text: str) -> str:
    """A text with so many lines that the reader leaves its middle out, with those lines blank: nobody need translate
    them from another markup first. Every line keeps its number."""
    lines = text.split("\n")
    head, tail = MOST_LINES * 2 // 3, MOST_LINES // 3
    dropped = len(lines) - head - tail
    return text if dropped <= 0 else "\n".join([*lines[:head], *[""] * dropped, *lines[-tail:]])


def _fitting(lines: Sequence[str], most_lines: int, most_characters: int) -> int:
    """How many of the first lines fit into the allowance."""
    used = 0
    for count, line in enumerate(lines):
        used += len(line) + 1
        if count >= most_lines or used > most_characters:
            return count
    return len(lines)


_UNDERLINE = re.compile(r"(?P<mark>[~^\"'+])(?P=mark){2,}[ \t]{0,9}")


_OVERLINES = ("===", "---", "***", "###", "~~~")


def _without_overlines(text: str) -> str:
    """A title between two equal rows of signs keeps the lower one, which Markdown reads."""
    lines = text.split("\n")
    for at in range(len(lines) - 2):
        row = lines[at].rstrip()
        if (
            len(row) > 2
            and row[:3] in _OVERLINES
            and row == lines[at + 2].rstrip()
            and row == row[0] * len(row)
            and 0 < len(lines[at + 1].strip()) <= len(row) + 2
        ):
            lines[at] = ""
            lines[at + 2] = ("-" if row[0] == "-" else "=") * 3
    return "\n".join(lines)


def _underlined(text: str) -> str:
    """Turn headings underlined in the manner of reStructuredText (`~~~`, `^^^`) into `###` lines.

    A row of tildes would open a code block in Markdown and swallow the rest; it is a heading where it is as long as
    the
    short line right above it.
    """
    if text.startswith(_OVERLINES) or any(f"\n{mark}" in text for mark in _OVERLINES):
        text = _without_overlines(text)
    if "~~~" not in text and "^^^" not in text and '"""' not in text and "+++" not in text and "'''" not in text:
        return text
    lines = text.split("\n")
    for at in range(1, len(lines)):
        title = lines[at - 1].strip()
        blank_above = at < 2 or not lines[at - 2].strip(" \t=-~^") or lines[at - 2].startswith("#")
        if (
            title
            and blank_above
            and _UNDERLINE.fullmatch(lines[at])
            and len(title) <= len(lines[at].rstrip()) + 1 < 120
        ):
            lines[at - 1], lines[at] = f"### {title}", ""
    return "\n".join(lines)


def _without_comments(text: str) -> str:
    """Blank out closed HTML comments; their line breaks stay."""
    if "<!--" not in text:
        return text
    out: list[str] = []
    position = 0
    while True:
        start = text.find("<!--", position)
        end = text.find("-->", start + 4) if start >= 0 else -1
        if end < 0:
            out.append(text[position:])
            return "".join(out)
        out.append(text[position:start])
        out.append("\n" * text.count("\n", start, end))
        position = end + 3


def _split_front(text: str) -> tuple[dict[str, str], str]:
    """Set front matter apart: its simple fields, and the text with its lines blank."""
    lines = text.split("\n", 200)
    fence, field = (_TOML, _TOML_FIELD) if _TOML.fullmatch(lines[0]) else (_FRONT, _FIELD)
    if not fence.fullmatch(lines[0]):
        return {}, text
    end = next((n for n, line in enumerate(lines[1:], 1) if fence.fullmatch(line) or line.rstrip() == "..."), 0)
    fields = [field.fullmatch(line) for line in lines[1:end]]
    if not end or (not any(fields) and any(line.strip() for line in lines[1:end])):
        return {}, text
    values = {found[1].casefold(): found[2].strip().strip("'\"") for found in fields if found}
    return values, "\n" * end + text.split("\n", end)[-1].removeprefix(lines[end])


def _cells(line: str) -> list[str]:
    """The cells of one table line; `\\|` and pipes in code do not part cells."""
    stripped = line.strip()
    if "`" not in stripped and "\\" not in stripped:
        plain = stripped.removeprefix("|").removesuffix("|")
        return [cell.strip() for cell in plain.split("|")]
    cells, current, ticks, position = [], [], False, 0
    while position < len(stripped):
        char = stripped[position]
        if char == "\\" and stripped[position + 1 : position + 2] == "|":
            current.append("|")
            position += 2
            continue
        ticks ^= char == "`"
        if char == "|" and not (ticks and stripped.find("`", position, position + 200) > 0):
            cells.append("".join(current).strip())
            current = []
        else:
            current.append(char)
        position += 1
    cells.append("".join(current).strip())
    if cells and stripped.startswith("|"):
        cells = cells[1:]
    if len(cells) > 1 and stripped.endswith("|") and not stripped.endswith("\\|"):
        cells = cells[:-1]
    return cells


def _table(builder: Builder, token: Token, *, quoted: bool) -> None:
    start, end = token.map or (0, 0)
    rows = []
    for number in range(start, end):
        if number == start + 1:
            continue  # the line of dashes
        raw = builder.lines[number].lstrip("> \t") if quoted else builder.lines[number]
        cells = _cells(raw)
        rows.append(Row(line=number + 1, cells=tuple(cells), width=len(cells)))
    builder.add(Block(kind=BlockKind.TABLE, line=start + 1, rows=tuple(rows), quoted=quoted))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    """CommonMark with tables; inline rules stay off, because `inline` does that part for the few texts that matter."""
    parser = MarkdownIt("commonmark", {"maxNesting": 24}).enable("table")
    parser.disable(["inline", "text_join"])
    return parser


@lru_cache(maxsize=1)  # a body is read, then its wording is judged: it need not be cut twice
def cut(body: str) -> Cut:
    """Cut a normalized body into blocks. Front matter, comments, code and link definitions make no blocks of text."""
    front, text = _split_front(body)
    if not front:
        front, text = mail_head(text)
    text = _underlined(to_markdown(_without_comments(text)))
    env: dict[str, object] = {}
    tokens = _parser().parse(text, env)
    builder = Builder(text.split("\n"))
    quotes = 0
    ordered: list[bool] = []
    heading = 0
    html: list[tuple[str, int]] = []
    in_table = 0
    for token in tokens:
        line = (token.map[0] if token.map else 0) + 1
        kind = token.type
        # Adjacent HTML blocks are one piece: a blank line inside a list must not end the list.
        if kind == "html_block":
            html.append((token.content, line))
            continue
        if html:
            _flush_html(builder, html)
        if kind == "table_open":
            _table(builder, token, quoted=quotes > 0)
            in_table += 1
        elif kind == "table_close":
            in_table -= 1
        elif in_table:
            continue
        elif kind == "heading_open":
            heading = int(token.tag[1])
        elif kind == "heading_close":
            heading = 0
        elif kind == "inline" and heading:
            builder.add(Block(kind=BlockKind.HEADING, line=line, text=token.content, level=heading, quoted=quotes > 0))
        elif kind == "inline":
            builder.text(token.content, line, quoted=quotes > 0)
        elif kind in {"bullet_list_open", "ordered_list_open"}:
            ordered.append(kind.startswith("ordered"))
            builder.open_list()
        elif kind in {"bullet_list_close", "ordered_list_close"}:
            ordered.pop()
            builder.close_list()
        elif kind == "list_item_open":
            builder.open_item(line, ordered=ordered[-1], quoted=quotes > 0)
        elif kind == "list_item_close":
            builder.close_item()
        elif kind == "blockquote_open":
            quotes += 1
        elif kind == "blockquote_close":
            quotes -= 1
        elif kind == "code_block" and _is_indented_list(builder, token.content):
            _indented_list(builder, token.content, line)
        elif kind in {"fence", "code_block"}:
            builder.add(Block(kind=BlockKind.CODE, line=line, text=token.content))
    if html:
        _flush_html(builder, html)
    return Cut(blocks=tuple(builder.blocks), front=front, references=_references(env))


_SENTENCE_LINE = re.compile(r"[A-ZÀ-ÝА-Я][^{}=$\\<>|]{12,400}")


def _is_indented_list(builder: Builder, content: str) -> bool:
    """True for lines of words that are only indented, below a paragraph that announces them: no code, but a list as
    people type it into plain text."""
    above = builder.blocks[-1] if builder.blocks else None
    if above is None or above.kind is not BlockKind.PARAGRAPH or not above.text.rstrip(" *_").endswith((":", "：")):
        return False
    lines = [line.strip() for line in content.split("\n") if line.strip()]
    return 1 < len(lines) <= 60 and all(_SENTENCE_LINE.fullmatch(line) and len(line.split()) > 3 for line in lines)


def _indented_list(builder: Builder, content: str, line: int) -> None:
    builder.open_list()
    for number, words in enumerate(content.split("\n")):
        if words.strip():
            builder.open_item(line + number, ordered=False, quoted=False)
            builder.text(words.strip(), line + number, quoted=False)
            builder.close_item()
    builder.close_list()


def _flush_html(builder: Builder, pieces: list[tuple[str, int]]) -> None:
    first, line = pieces[0]
    parts, now = [first], line + first.count("\n")
    for more, at in pieces[1:]:
        parts.append("\n" * max(0, at - now) + more)
        now = max(now, at) + more.count("\n")
    read_html(builder, "".join(parts), line)
    pieces.clear()


def _references(env: Mapping[str, object]) -> dict[str, str]:
    found = env.get("references")
    if not isinstance(found, dict):
        return {}
    return {" ".join(str(name).split()).casefold(): str(value.get("href", "")) for name, value in found.items()}
