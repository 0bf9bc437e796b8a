"""How does an issue's Markdown become HTML that may stand in a page of ours?

Raw HTML comes through only where it is one of the few bare tags that the service itself writes; everything else of it
is shown as text. Links to the sandboxes become links inside the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_OURS = re.compile(r"</?(?:sub|details|summary)>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ISSUE = re.compile(
    r"https?://127\.0\.0\.1:\d+/(?:(?P<repo>[\w.-]+/[\w.-]+)/issues/(?P<number>\d+)|browse/(?P<key>[A-Z]+-\d+))"
)


class _Careful(RendererHTML):
    """Renders with raw HTML taken apart."""

    def html_block(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:  # noqa: ARG002  as inherited
        return _tamed(tokens[at].content)

    def html_inline(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:  # noqa: ARG002  as inherited
        return _tamed(tokens[at].content)


_MARKDOWN = MarkdownIt("commonmark", renderer_cls=_Careful).enable("table")


def anchor(key: str) -> str:
    """The name of an issue's place in the page."""
    return "issue-" + re.sub(r"[^A-Za-z0-9]+", "-", key)


def anchor_of(url: str) -> str:
    """The anchor of the issue at this address of a sandbox, or "" for any other address."""
    found = _ISSUE.fullmatch(url)
    if found is None:
        return ""
    return anchor(found["key"] or f"{found['repo']}#{found['number']}")


def html_of(markdown: str) -> str:
    """HTML in which nothing is live but the links and the few tags of the service."""
    tokens = _MARKDOWN.parse(_COMMENT.sub("", markdown))
    for token in (child for t in tokens for child in (t.children or ()) if child.type == "link_open"):
        if place := anchor_of(str(token.attrGet("href") or "")):
            token.attrSet("href", "#" + place)
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _tamed(raw: str) -> str:
    out, at = [], 0
    for tag in _OURS.finditer(raw):
        out += [escape(raw[at : tag.start()]), tag.group()]
        at = tag.end()
    return "".join([*out, escape(raw[at:])])
