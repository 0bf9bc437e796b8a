"""Turn the line signs of other markups into Markdown, line by line, so that one reader serves them all.

MediaWiki headings, tables and templates, Jira headings, typed bullets and boxes, GitLab's quick actions, the head
of an
e-mail. Every line stays where it is; a text without such signs comes back unchanged.
"""

from __future__ import annotations

import re

_WIKI_HEADING = re.compile(r"(={2,6})[ \t]{0,4}([^=\n][^\n]{0,200}?)[ \t]{0,4}(={2,6})[ \t]{0,9}")
_JIRA_HEADING = re.compile(r"h([1-6])\.[ \t]{1,4}(?=\S)")
_BULLET = re.compile(r"(?P<in>[ \t]{0,40})(?:[•◦▪‣●·∙➢➤►]|[-*][ \t]{0,3}[•◦▪‣●])[ \t\u00a0]{1,4}(?=\S)")
_BOX = re.compile(
    r"(?P<in>[ \t]{0,40})(?:[-*+][ \t]{1,3})?(?P<box>[☐☑☒⬜✅✔🟢❌🔄⏳⌛🔴🟡🟠⚪🚧🔜])[ \t\ufe0f\u00a0]{1,4}(?=\S)"
)
_TICKED = "☑☒✅✔🟢"
_LETTERED = re.compile(r"(?P<in>[ \t]{0,8})(?:\([0-9]{1,2}\)|\(?[a-h]\))[ \t]{1,4}(?=\S)")
# reStructuredText counts with `#.`, and some reports with `i.`, `ii.`.
_COUNTED = re.compile(r"(?P<in>[ \t]{0,8})(?:#\.|(?:i{1,3}|iv|vi{0,3}|ix)[.)])[ \t]{1,4}(?=\S)")
_QUICK_ACTION = re.compile(r"/[a-z_]{2,30}(?:[ \t][^\n]{0,400})?")
_MAIL_FIELD = re.compile(r"(From|To|Cc|Bcc|Subject|Date|Reply-To|Sent|Message-ID):[ \t]*(.{0,400})", re.IGNORECASE)
_REPLY = re.compile(r"^(?:(?:re|fwd?|aw|wg)[ \t]{0,2}:[ \t]{0,2}){1,4}", re.IGNORECASE)
_WIKI_LINK = re.compile(r"\[\[(?:[a-z]{1,20}:)?([^\[\]|\n]{1,200})(?:\|([^\[\]\n]{1,200}))?\]\]")
_STRONG = re.compile(r"'''([^'\n]{1,300})'''")
_EMPHASIS = re.compile(r"''([^'\n]{1,300})''")


def mail_head(text: str) -> tuple[dict[str, str], str]:
    """Set the head of an e-mail apart: its subject and date, and the text with these lines blank."""
    lines = text.split("\n", 30)
    fields: dict[str, str] = {}
    count = 0
    for line in lines[:20]:
        found = _MAIL_FIELD.fullmatch(line.rstrip())
        if found is None:
            break
        fields[found[1].casefold()] = found[2].strip()
        count += 1
    if count < 2 or "subject" not in fields:
        return {}, text
    values = {"title": _REPLY.sub("", fields["subject"]), "date": fields.get("date") or fields.get("sent", "")}
    return values, "\n" * count + "\n".join(lines[count:])


def is_wiki(text: str) -> bool:
    """True for MediaWiki text, known by its headings."""
    return ("\n==" in text or text.startswith("==")) and any(
        _wiki_heading(line) for line in text.split("\n") if line[:2] == "=="
    )


def to_markdown(text: str) -> str:
    """The text with the line signs of other markups as Markdown; as many lines as before."""
    lines = text.split("\n")
    wiki = is_wiki(text)
    if wiki:
        lines = _wiki_tables(_without_templates("\n".join(lines)).split("\n"))
    return "\n".join([_line(line, wiki=wiki) if line else line for line in lines])


def _wiki_heading(line: str) -> str:
    if not line.startswith("=="):
        return ""
    found = _WIKI_HEADING.fullmatch(line.rstrip())
    return "#" * len(found[1]) + " " + found[2] if found and found[1] == found[3] else ""


def _line(line: str, *, wiki: bool) -> str:
    first = line.lstrip(" \t")[:1]
    if not first:
        return line
    if first == "=" and wiki:
        return _wiki_heading(line) or line
    if wiki and ("[[" in line or "''" in line):
        line = _WIKI_LINK.sub(lambda found: found[2] or found[1], line)
        line = _EMPHASIS.sub(r"*\1*", _STRONG.sub(r"**\1**", line))
    if first == "h" and (jira := _JIRA_HEADING.match(line)):
        return "#" * int(jira[1]) + " " + line[jira.end() :]
    if first == "/" and _QUICK_ACTION.fullmatch(line.rstrip()):
        return ""
    box = _BOX.match(line)
    if box is not None:
        return f"{box['in']}- [{'x' if box['box'] in _TICKED else ' '}] {line[box.end() :]}"
    bullet = _BULLET.match(line) or (_LETTERED.match(line) if first in "(abcdefgh" else None)
    if first in "#iv":
        bullet = bullet or _COUNTED.match(line)
    if bullet is not None:
        line = f"{bullet['in']}- {line[bullet.end() :]}"
    return line


def _without_templates(text: str) -> str:
    """MediaWiki's `{{…}}` say nothing to a reader, but `{{done}}` does."""
    out: list[str] = []
    position = 0
    while (start := text.find("{{", position)) >= 0:
        end = text.find("}}", start)
        if end < 0:
            break
        inside = text[start + 2 : end]
        out.append(text[position:start])
        out.append("✅" if inside.strip().casefold() in {"done", "yes", "tick"} else "\n" * inside.count("\n"))
        position = end + 2
    out.append(text[position:])
    return "".join(out)


def _wiki_tables(lines: list[str]) -> list[str]:
    """`{| … |}` as a Markdown table: each row on the line that it begins on, its further lines as empty rows."""
    out = list(lines)
    start = -1
    for at, line in enumerate(lines):
        if line.startswith("{|"):
            start = at
        elif line.startswith("|}") and start >= 0:
            out[start : at + 1] = _wiki_table(lines[start : at + 1])
            start = -1
    return out


def _wiki_table(lines: list[str]) -> list[str]:
    rows: list[tuple[int, list[str]]] = []
    fresh = True
    for at, line in enumerate(lines[1:-1], 1):
        mark = line[:1]
        if line.startswith("|-"):
            fresh = True
        elif mark in {"!", "|"} and not line.startswith("|+"):
            cells = re.split(r"!!|\|\|", line[1:])
            if fresh:
                rows.append((at, []))
            rows[-1][1].extend(cell.strip().replace("|", "\\|") for cell in cells)
            fresh = False
    out = [""] * len(lines)
    if len(rows) < 2 or rows[1][0] - rows[0][0] < 2:
        return out
    for at in range(rows[0][0], len(lines) - 1):
        out[at] = "| |"
    for at, cells in rows:
        out[at] = "| " + " | ".join(cells) + " |"
    out[rows[0][0] + 1] = "|" + "---|" * len(rows[0][1])
    return out
