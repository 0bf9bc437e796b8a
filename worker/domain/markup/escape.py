"""How does text that a person typed in Jira stand in Markdown without becoming Markdown?

By character references, because the reader (like some renderers) looks for code and links before it looks at
backslashes. Only what could mean something is changed, so that names, dates and keys stay as they were typed.
"""

from __future__ import annotations

import html
import re
import string

_SPECIAL = re.compile(r"[`<\[\]&\\*_~]")
_PUNCTUATION = frozenset(string.punctuation)
_TICKS = re.compile(r"`+")
_START = re.compile(
    r"#{1,6}(?=\s|$)|[>|]|[-+*](?=\s|$)|[-=:][-=:| \t]*$|\[[^\[\]]{1,200}\](?=:\s{0,9}\S+(?:\s{0,9}$|\s+[\"'(]))"
)
_NUMBER = re.compile(r"\d{1,9}(?=[.)](?:\s|$))")
_ADDRESS = re.compile(r"[\s<>()\[\]|\\\"`*^{}]")


def text(typed: str) -> str:
    """The text as Markdown that shows it, for anywhere within a line."""
    return _SPECIAL.sub(_special, typed)


def _special(found: re.Match[str]) -> str:
    char, typed, at = found[0], found.string, found.start()
    before, after = typed[at - 1 : at] if at else "", typed[at + 1 : at + 2]
    match char:
        case "<":
            harmless = not (after.isalpha() or after in {"/", "!", "?", ""})
        case "[":
            harmless = after != "^"
        case "]":
            harmless = after not in {"(", "["}
        case "&":
            harmless = html.unescape(typed[at : at + 40]).startswith("&")
            harmless = harmless and not typed.startswith("&amp", at)
        case "\\":
            harmless = bool(after) and after not in _PUNCTUATION and after != "\n"
        case "*":
            harmless = before.isspace() and after.isspace()
        case "_":
            harmless = before.isalnum() and after.isalnum()
        case "~":
            harmless = bool(before and after) and "~" not in {before, after}
        case _:
            harmless = False
    return char if harmless else _reference(char)


def _reference(char: str) -> str:
    return {"<": "&lt;", ">": "&gt;", "&": "&amp;"}.get(char) or f"&#{ord(char)};"


def start(line: str, *, numbers: bool = False) -> str:
    """The line, already escaped within, so that its first characters open no heading, list, quote, rule or table.

    `numbers` leaves "1. " as it is, where a person has no other way to write a numbered list.
    """
    line = line.lstrip(" \t\u00a0\u3000")
    found = _START.match(line)
    if found is not None:
        # A link definition is harmless without its colon, anything else without its first character.
        at = found.end() if line[0] == "[" else 0
        return line[:at] + _reference(line[at]) + line[at + 1 :]
    number = None if numbers else _NUMBER.match(line)
    if number is not None:
        return line[: number.end()] + _reference(line[number.end()]) + line[number.end() + 1 :]
    return line


def code(typed: str) -> str:
    """The text as a code span, or "" for nothing."""
    shown = " ".join(typed.split())
    if not shown:
        return ""
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fence(content: str) -> str:
    """The fence of a code block that no line of this content can close."""
    longest = max((len(run) for run in _TICKS.findall(content)), default=0)
    return "`" * max(3, longest + 1)


def address(url: str) -> str:
    """The address as it may stand in `[label](…)` and `<…>`; characters that would end it are percent-encoded."""
    return _ADDRESS.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url.strip())


def link(label: str, url: str) -> str:
    """A link with a label that is Markdown already; `<address>` where the label says nothing else."""
    target = address(url)
    if not re.match(r"https?://[^\s/]", target, re.IGNORECASE):
        return label
    if not label or html.unescape(label).strip() in {url.strip(), target}:
        return f"<{target}>"
    return f"[{label}]({target})"
