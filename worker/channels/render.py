"""How does a message look as text and as HTML?

Pure but for reading its own templates once. HTML is autoescaped; the text templates get one-line strings only.
Neither form grows past a bound: what does not fit is counted, never dropped silently.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, assert_never

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from worker.channels.batch import FULL_ITEMS, batch_view
from worker.channels.digest import digest_view, following_monday
from worker.channels.invite import InviteView, invite_view
from worker.channels.words import View, title_of, web_url
from worker.domain.messages import Batch, Digest, DigestEntry, Invite

SIZE_LIMIT = 80_000
_LISTS = ("decide", "overdue", "incomplete", "upcoming", "changed")
_STEPS = (100, 60, 40, 30, 20, 15, 10, 7, 5, 3, 2, 1)

Format = Literal["text", "html", "json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One message in both forms; lines end in a bare newline."""

    text: str
    html: str


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("worker.channels"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@functools.cache
def _inliner() -> css_inline.CSSInliner:
    # Some mail programs drop a style sheet, so each element carries its own style. The sheet stays for the dark.
    return css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


def _both(name: str, subject: str, view: View | InviteView, preview: str) -> Rendered:
    env = _templates()
    html = env.get_template(f"{name}.html.j2").render(view=view, subject=subject, preview=preview, footer=view.footer)
    text = env.get_template(f"{name}.txt.j2").render(view=view)
    # The document's first line as a template writes it, on a line of its own.
    inlined = _inliner().inline(html).replace("<!DOCTYPE html>", "<!doctype html>\n", 1)
    return Rendered(text=text, html=inlined)


def renderings(
    content: Batch | Digest | Invite, *, subject: str, on: date, follows: bool = False
) -> Iterator[Rendered]:
    """Yield the message ever shorter, the fullest first; whoever knows the bound takes the first that fits.

    `on` is the day of sending, `follows` says that the message replaces an earlier one. The last is a few kilobytes.
    """
    for most in _STEPS:
        match content:
            case Batch():
                batch = batch_view(content, full=min(FULL_ITEMS, most), brief=most)
                yield _both("batch", subject, batch, batch.preview)
            case Digest():
                digest = digest_view(content, on, most=most)
                yield _both("digest", subject, digest, digest.preview)
            case Invite():
                invite = invite_view(content, follows=follows, lines=most)
                yield _both("invite", subject, invite, invite.when)
            case _:
                assert_never(content)


def fitting(candidates: Iterator[Rendered], size: Callable[[Rendered], int]) -> Rendered:
    """The first candidate under the bound, else the last one."""
    last = next(candidates)
    while size(last) >= SIZE_LIMIT:
        shorter = next(candidates, None)
        if shorter is None:
            break
        last = shorter
    return last


def _entry(entry: DigestEntry) -> dict[str, Any]:
    item = entry.item
    return {
        "text": title_of(item),
        "url": web_url(item.url),
        "issue": item.ref.key if item.ref else None,
        "post_mortem": item.post_mortem.key,
        "owner": entry.owner_name or None,
        "status": item.status.value,
        "due": item.due.isoformat() if item.due else None,
        "priority": item.priority or None,
        "needs": list(item.needs),
        "note": entry.note,
        "command": entry.command or None,
    }


def render_digest(digest: Digest, format: Format, on: date | None = None) -> str:  # noqa: A002 (the option's name)
    """Return a digest as `text`, `html` or `json`, as it would be mailed on the day `on` (default: the Monday after
    its last week). Raises ValueError for another format.

    JSON: `to`, `weeks`, `trend`, `cut`, `teams`, the lists of strings `reviews` and `gaps`, and the lists of entries
    `decide`, `overdue`, `incomplete`, `upcoming`, `changed`, complete.
    """
    if format == "json":
        parts = {name: [_entry(e) for e in getattr(digest, name)] for name in _LISTS}
        rest: dict[str, Any] = {"teams": [asdict(team) for team in digest.teams]}
        rest |= {"reviews": list(digest.reviews), "gaps": list(digest.gaps), "trend": digest.trend, "cut": digest.cut}
        whole = {"to": digest.person_name, "weeks": list(digest.weeks), **parts, **rest}
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
    if format not in ("text", "html"):
        raise ValueError(f"{format!r} is no format of a digest; there are text, html and json")
    day = on or following_monday(digest.weeks) or date(1970, 1, 1)
    chosen = fitting(
        renderings(digest, subject="Digest", on=day),
        lambda r: len(r.text.encode()) + len(r.html.encode()),
    )
    return chosen.text if format == "text" else chosen.html
