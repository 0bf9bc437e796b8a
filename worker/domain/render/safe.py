"""How is text that a person typed written back without coming alive?

Everything a person wrote (a title, an item, a reason, a name) passes through here before it stands in a comment, a
table, a mail subject or a CSV file of ours. The result looks the same to a reader and does nothing: no mention, no
reference, no link, no markup, no formula. Nothing here judges the text or shortens it unasked.
"""

from __future__ import annotations

import re
import unicodedata

ZWSP = "\u200b"
ELLIPSIS = "…"

# What breaks a line anywhere (also in a mail header) becomes a space. What a reader can't see and a renderer obeys is
# dropped: control characters, bidi embeddings, overrides and isolates (they leak over the rest of the line), and the
# invisible characters that hide text. Kept: ZWJ and ZWNJ (Persian and emoji need them), LRM, RLM and ALM (they order
# their neighbours only), variation selectors.
_BREAKS = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061d\u180e\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")

# Order matters: what GitHub links is broken up after rendering (it looks at the rendered text), so a backslash does
# not help there, but a zero-width space does.
_MENTION = re.compile(r"@")
_REFERENCE = re.compile(r"#(?=\w|$)")
_GH = re.compile(r"(?<!\w)(GH-)(?=\d|$)", re.IGNORECASE)
_SCHEME = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]{1,20}:)(?=//)", re.IGNORECASE)
_WWW = re.compile(r"(?<![^\W_])(www)(?=\.)", re.IGNORECASE)
_MAILTO = re.compile(r"\b(mailto|xmpp):", re.IGNORECASE)
_LIVE = re.compile(r"[\\`*_~\[\]|$]")
_LEADING = re.compile(r"^(?:(?P<sign>[-+=#:])|(?P<number>\d{1,9})(?P<dot>[.)]))")
# Code that can't end early, nor be taken for the hidden part of a comment.
_OUR_CODE = re.compile(r"(`(?:ft [\w ,.-]{1,40}|items|sites: \{[^`<>\n]{1,2000}\})`)")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def one_line(text: str) -> str:
    """Return the text as one line without control characters, bidi overrides and invisible ones; fit for a mail header
    and for comparing. Lone surrogates, which no encoding can write, become U+FFFD."""
    spaced = _BREAKS.sub(" ", _SURROGATES.sub("\ufffd", text))
    return " ".join(_UNSEEN.sub("", spaced).split())


def _is_flag_letter(c: str) -> bool:
    return "\U0001f1e6" <= c <= "\U0001f1ff"


def _joined(text: str, at: int) -> bool:
    """Whether a reader sees the characters before and at this place as one, so that no cut may part them."""
    before, after = text[at - 1], text[at]
    if _is_flag_letter(before) and _is_flag_letter(after):
        start = at
        while start > 0 and _is_flag_letter(text[start - 1]):
            start -= 1
        return (at - start) % 2 == 1
    return (
        unicodedata.category(after) in {"Mn", "Mc", "Me"}
        or after in "\u200c\u200d"
        or before == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\u1100" <= before <= "\u115f" and "\u1160" <= after <= "\u11ff")
    )


def cut(text: str, limit: int) -> str:
    """Return the text, or its beginning and `…`, in at most `limit` characters (code points).

    Never parts a letter from its accents, an emoji from its modifiers or a flag; ends at a word where one ends near.
    """
    if len(text) <= limit:
        return text
    if limit <= 1:
        return ELLIPSIS[:limit]
    end = limit - 1
    while end > 0 and _joined(text, end):
        end -= 1
    space = text.rfind(" ", max(end - 16, end // 2), end + 1)
    return text[: space if space > 0 else end].rstrip() + ELLIPSIS


def plain(text: str, limit: int = 300) -> str:
    """Return Markdown that shows the text and nothing else, on one line, in a paragraph, a list, a heading or a cell.

    `limit` counts the characters that a reader sees. The source holds no `<`, no bare `|`, and no mention, reference or
    address that GitHub would link; a zero-width space stands after `@`, `#`, `GH-`, `https:` and `www`.
    """
    shown = cut(one_line(text), limit)
    shown = _MENTION.sub("@" + ZWSP, shown)
    shown = _REFERENCE.sub("#" + ZWSP, shown)
    shown = _GH.sub(rf"\g<1>{ZWSP}", shown)
    shown = _SCHEME.sub(rf"\g<scheme>{ZWSP}", shown)
    shown = _WWW.sub(rf"\g<1>{ZWSP}", shown)
    shown = _MAILTO.sub(rf"\g<0>{ZWSP}", shown)
    out = "".join(_ENTITIES.get(c) or ("\\" + c if _LIVE.match(c) else c) for c in shown)
    lead = _LEADING.match(out)
    if lead is None:
        return out
    at = lead.start("sign") if lead["sign"] else lead.start("dot")
    return out[:at] + "\\" + out[at:]


def plain_but_for_ours(text: str, limit: int = 300) -> str:
    """As `plain`, for words of ours that may quote a person: a command of ours, and a line of YAML that an operator is
    to add to the settings, stay the code that they are, whole, because people copy them. `limit` counts for each
    stretch of other words."""
    out = []
    for part in _OUR_CODE.split(text):
        if _OUR_CODE.fullmatch(part) and one_line(part) == part:
            out.append(part)
        elif part:
            lead, trail = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
            out.append(f"{lead}{plain(part, limit)}{trail}" if part.strip() else part)
    return "".join(out)


def code(text: str, limit: int = 300, *, cell: bool = False) -> str:
    """Return a Markdown code span that shows the text, or "" for nothing. `cell` is for a table's cell, where a pipe
    needs a backslash even inside code."""
    shown = cut(one_line(text), limit)
    if not shown:
        return ""
    shown = _MENTION.sub("@" + ZWSP, shown).replace("<!--", f"<{ZWSP}!--").replace("-->", f"--{ZWSP}>")
    if cell:
        # A backslash before a pipe can't be told from the pipe's own escape by every renderer.
        shown = shown.replace("\\|", f"\\{ZWSP}|").replace("|", "\\|")
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def link(text: str, url: str, limit: int = 300) -> str:
    """Return a Markdown link with a harmless label, or the label alone where `url` is no plain http(s) address.

    For links that the service itself means to give; a person's text stays the label.
    """
    label = plain(text, limit)
    clean = one_line(url)
    if not re.match(r"https?://[^\s/]", clean, re.IGNORECASE):
        return label
    safe = re.sub(r"[\s<>()\[\]|\\\"'`*_~$]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), clean)
    return f"[{label}]({safe})" if label else label


def csv_cell(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula. Quoting is left to the `csv` module."""
    shown = _SURROGATES.sub("\ufffd", text)
    return "'" + shown if shown.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA) else shown
