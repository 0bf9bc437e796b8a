"""What does a line of Jira wiki text say: phrases, links, mentions, signs, macros within the line?

One pass over the line; what is not closed or not known is text. The rules for where a phrase may begin and end are
the renderer's: behind a blank or a sign, and before one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from worker.domain.markup import escape
from worker.domain.words import word_set

_TOKEN = re.compile(
    r"\x00(?P<raw>\d{1,9})\x00"
    r"|(?P<break>\\\\)"
    r"|\\(?P<escaped>[!\[\]^~+?%{}()*_|@-])"
    r"|(?P<mono>\{\{)"
    r"|\{(?P<forced>[*_+^~-]|\?\?)\}"
    r"|\{(?P<macro>[A-Za-z][\w-]{0,30})(?::(?P<with>[^{}\n]{0,500}))?\}"
    r"|\[(?P<link>[^\[\]\n]{1,2000})\]"
    r"|!(?P<image>(?:https?://)?[^\s!|][^!|\n]{0,300}?\.[A-Za-z0-9]{2,5}(?:\?[^\s!|]{0,300})?)(?:\|[^!\n]{0,200})?!"
    r"|(?<![A-Za-z0-9])(?P<address>(?:https?|ftp)://[^\s\[\]{}|<>\"\\^`\x00]{1,2000})"
    r"|(?<!\w)\((?P<sign>/|x|!|\?|\+|-|y|n|on|\*)\)"
    r"|(?P<run>-{2,}|\*{2,}|_{2,}|\+{2,}|\^{2,}|~{2,})"
    r"|(?P<phrase>[*_+^~-]|\?\?)"
)
_SIGNS = {"/": "✅", "x": "❌", "!": "⚠", "?": "❓", "+": "➕", "-": "➖", "y": "👍", "n": "👎", "on": "💡", "*": "⭐"}
_SILENT = word_set(
    """
anchor toc children color code noformat panel quote info note tip warning expand excerpt section column details html
csv chart br adf card
"""
)
_PARAMETER = re.compile(r"(?:^|\|)\s{0,9}(?P<name>[A-Za-z]{1,20})\s{0,9}=(?P<value>[^|]{0,300})")
_LOGIN = re.compile(r"[A-Za-z0-9][\w.:@+-]{0,127}")
_ADDRESS = re.compile(r"(?:https?|ftp)://\S", re.IGNORECASE)
_MARKDOWN = {
    "*": ("**", "**"),
    "_": ("_", "_"),
    "-": ("~~", "~~"),
    "??": ("_", "_"),
    "+": ("", ""),
    "^": ("<sup>", "</sup>"),
    "~": ("<sub>", "</sub>"),
}
# A piece of a line: its kind ("text", "markdown" that stands as it is, "code", "mark", "on", "off") and its text.
_Piece = tuple[str, str]


def parameter(written: str, name: str) -> str:
    """The value of a macro's parameter, "" where it is missing."""
    for found in _PARAMETER.finditer(written):
        if found["name"].casefold() == name:
            return found["value"].strip()
    return ""


def inline(line: str, raws: Sequence[str] = (), *, tags: bool = False) -> str:
    """The line as Markdown. `raws` are the contents that `\\x00n\\x00` stands for; `tags` writes code as a tag, for a
    place where HTML is read before Markdown is."""
    if _TOKEN.search(line) is None:
        return escape.text(line)
    out: list[str] = []
    typed: list[str] = []

    def say_typed() -> None:
        if typed:
            out.append(escape.text("".join(typed)))
            typed.clear()

    for kind, text in _pieces(line, raws):
        if kind in {"text", "mark"}:
            typed.append(text)
            continue
        say_typed()
        match kind:
            case "code":
                out.append(f"<code>{escape.text(' '.join(text.split()))}</code>" if tags else escape.code(text))
            case "on":
                out.append(_MARKDOWN[text][0])
            case "off":
                out.append(_MARKDOWN[text][1])
            case _:
                out.append(text)
    say_typed()
    return "".join(out)


def _pieces(line: str, raws: Sequence[str]) -> list[_Piece]:
    out: list[_Piece] = []
    opened: dict[str, int] = {}
    close = 0  # where the next "}}" is, once looked for; -1 where none is left
    position = 0
    while (found := _TOKEN.search(line, position)) is not None:
        if found.start() > position:
            out.append(("text", line[position : found.start()]))
        position = found.end()
        kind = found.lastgroup or ""
        if kind == "with":
            kind = "macro"
        if kind == "mono":
            if 0 <= close < position:
                close = line.find("}}", position)
            if close > position:
                out.append(("code", _shown(line[position:close])))
                position = close + 2
            else:
                out.append(("text", "{{"))
        elif kind in {"phrase", "forced"}:
            _phrase(out, opened, found, forced=kind == "forced")
        elif kind == "link":
            piece = _link(found["link"], raws)
            if piece is None:
                out.append(("text", "["))
                position = found.start() + 1
            else:
                out.append(piece)
        else:
            out.append(_simple(kind, found, raws))
    if position < len(line):
        out.append(("text", line[position:]))
    return out


def _phrase(out: list[_Piece], opened: dict[str, int], found: re.Match[str], *, forced: bool) -> None:
    """Open or close a phrase; a close makes text of every phrase that was opened within it."""
    sign = found["forced"] or found["phrase"]
    before, after = found.string[found.start() - 1 : found.start()], found.string[found.end() : found.end() + 1]
    opens = forced or (not before.isalnum() and bool(after) and not after.isspace())
    closes = forced or (bool(before) and not before.isspace() and not after.isalnum())
    at = opened.get(sign, -1)
    if closes and 0 <= at < len(out) - 1:
        for other in [name for name, where in opened.items() if where >= at]:
            del opened[other]
        out[at] = ("on", sign)
        out.append(("off", sign))
        return
    if opens:
        opened[sign] = len(out)
    out.append(("mark", sign))


def _shown(code: str) -> str:
    """What the renderer shows of monospaced text: escapes gone, all else as typed."""
    return re.sub(r"\\([!\[\]^~+?%{}()*_|@-])", r"\1", code).replace("\x00", "")


def _simple(kind: str, found: re.Match[str], raws: Sequence[str]) -> _Piece:
    """What a token says that stands for itself."""
    match kind:
        case "raw":
            number = int(found["raw"])
            return "code", raws[number] if number < len(raws) else ""
        case "break":
            return "markdown", "<br>"
        case "sign":
            return "text", _SIGNS[found["sign"]]
        case "image":
            return "text", ""
        case "macro":
            return "text", _macro(found)
        case _:
            return "text", found[kind]


def _macro(found: re.Match[str]) -> str:
    name, written = found["macro"].casefold(), found["with"] or ""
    if name in _SILENT:
        return ""
    if name == "status":
        return parameter(written, "title") or ("" if "=" in written else written)
    if name == "jira":
        return parameter(written, "key") or ("" if "=" in written else written.partition("|")[0])
    return found[0]


def _link(inside: str, raws: Sequence[str]) -> _Piece | None:
    """What a bracket says, or None where it is no link: then it is text."""
    parts = [part.strip() for part in inside.split("|")]
    target = parts[1] if len(parts) > 1 else parts[0]
    label = parts[0] if len(parts) > 1 else ""
    if target.startswith("~"):
        login = target[1:].removeprefix("accountid:").strip()
        return ("markdown", "@" + login) if _LOGIN.fullmatch(login) else ("text", "@" + login)
    if _ADDRESS.match(target):
        return "markdown", escape.link(inline(label, raws), target)
    if target.startswith("mailto:"):
        return "text", label or target.removeprefix("mailto:")
    if target.startswith("^") and len(target) > 1:
        return "text", label or target[1:]
    if target.startswith("#") and len(target) > 1 and not target[1].isdigit():
        return "text", label or target[1:]
    return None
