"""The audit as one page to share: a single file of HTML without scripts and without anything from elsewhere.

Whatever people typed is escaped; a link is given only to an `http(s)` address. Light and dark follow the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from worker.domain.audit import Audit, Audited, Promise, State
from worker.domain.render.audit import headline, lines_of_counts, standing, where
from worker.domain.render.safe import cut, one_line
from worker.domain.render.words import count, day

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#59636e;--line:#d8dee4;--paper:#fff;--kept:#2e7d4f;--open:#c4631a;
--unknown:#8a8f98;--waived:#6a5acd}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#30363d;--paper:#0f1318;--kept:#4cb27a;
--open:#e8945a;--unknown:#7d8590;--waived:#a79cf0}}
body{margin:2rem auto;max-width:60rem;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;color:var(--ink);
background:var(--paper)}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.3rem 0}.soft{color:var(--soft)}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.8rem;margin:1.2rem 0}
dl div{border-top:3px solid var(--line);padding-top:.3rem}dt{color:var(--soft)}dd{margin:0;font-size:1.6rem}
dd small{display:block;font-size:.8rem;color:var(--soft);line-height:1.3}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;
border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:normal}li{margin:.4rem 0}a{color:inherit}
svg{width:100%;height:auto;margin-top:1rem}svg text{font:13px system-ui,sans-serif;fill:var(--ink)}
@media print{body{margin:0;max-width:none}}
"""
_WIDTH = 720
_SHARES = (
    (State.KEPT, "kept"),
    (State.OPEN, "still open"),
    (State.UNKNOWN, "unknown"),
    (State.WAIVED, "let go"),
)


def render_html(audit: Audit) -> str:
    """The whole page, with a line end at its end."""
    return "\n".join(_page(audit)) + "\n"


def _page(audit: Audit) -> Iterator[str]:
    target = escape(cut(one_line(audit.target), 120))
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield f"<title>Promises of post-mortems: {target}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{target}</h1>"
    yield f"<p>{escape(headline(audit))}</p>"
    yield f'<p class="soft">{_span(audit)}</p>'
    if audit.promised:
        yield _bar(audit)
        yield _counts(audit)
    if audit.oldest:
        yield "<h2>The oldest that are left</h2><ul>"
        for promise in audit.oldest:
            yield f"<li>{_linked(promise)}<br>{_soft(standing(promise, audit))}</li>"
        yield "</ul>"
    if audit.first:
        yield "<h2>What Followthrough would do first</h2><ol>"
        for step in audit.first:
            yield f"<li>{escape(step.what)} ({step.count}). {_soft(step.why[:1].upper() + step.why[1:] + '.')}</li>"
        yield "</ol>"
    if audit.post_mortems:
        yield "<h2>The post-mortems</h2>"
        yield "<table><thead><tr><th>Day<th>Post-mortem<th>Promised<th>Kept<th>Left</tr></thead><tbody>"
        yield from map(_row, audit.post_mortems)
        yield "</tbody></table>"
    for problem in audit.unreadable:
        yield f"<p>{_soft('Could not be read: ' + problem)}</p>"
    yield "</body></html>"


def _soft(text: str) -> str:
    return f'<span class="soft">{escape(one_line(text))}</span>'


def _span(audit: Audit) -> str:
    since = f"Since {day(audit.since)}; as" if audit.since else "As"
    older = f", {audit.too_old} older ones left out" if audit.too_old else ""
    return escape(f"{since} of {day(audit.today)}. {count(audit.read, 'document')} read{older}.")


def _anchor(url: str, text: str) -> str:
    """A link where the address is a plain one of the web, else the words alone."""
    clean = one_line(url)
    if not re.match(r"https?://[^\s/]", clean, re.IGNORECASE):
        return escape(text)
    return f'<a href="{escape(clean, quote=True)}" rel="noopener noreferrer">{escape(text)}</a>'


def _linked(promise: Promise) -> str:
    words = cut(one_line(promise.text), 200)
    place = "" if promise.url else f" {_soft(where(promise))}"
    return _anchor(promise.url, words) + place


def _row(one: Audited) -> str:
    kept = sum(promise.state is State.KEPT for promise in one.promises)
    left = sum(promise.left for promise in one.promises)
    title = _anchor(one.url, cut(one_line(one.title), 120))
    note = f" {_soft('only a link')}" if one.link_only else ""
    when = f"{one.on.isoformat()}" if one.on else "–"
    return f"<tr><td>{when}<td>{title}{note}<td>{len(one.promises)}<td>{kept}<td>{left}</tr>"


def _counts(audit: Audit) -> str:
    cells = [
        f"<div><dt>{escape(label)}</dt><dd>{number}<small>{escape(why)}</small></dd></div>"
        for label, number, why in lines_of_counts(audit)
    ]
    if audit.median_age_days is not None:
        cells.append(
            f"<div><dt>median age</dt><dd>{audit.median_age_days}<small>days, of those left</small></dd></div>"
        )
    return f"<dl>{''.join(cells)}</dl>"


def _bar(audit: Audit) -> str:
    """One bar of all promises, each part labelled beside its own count."""
    numbers = {
        State.KEPT: audit.kept,
        State.OPEN: audit.open,
        State.UNKNOWN: audit.unknown,
        State.WAIVED: audit.waived,
    }
    parts: list[str] = []
    at = 0.0
    shown = [(state, label, numbers[state]) for state, label in _SHARES if numbers[state]]
    for state, label, number in shown:
        width = _WIDTH * number / audit.promised
        parts.append(
            f'<rect x="{at:.1f}" y="0" width="{max(width - 1, 1):.1f}" height="22" style="fill:var(--{state.value})">'
            f"<title>{escape(label)}: {number} of {audit.promised}</title></rect>"
        )
        at += width
    for place, (state, label, number) in enumerate(shown):
        x = place * _WIDTH / 4
        parts.append(f'<rect x="{x:.0f}" y="34" width="11" height="11" style="fill:var(--{state.value})"/>')
        parts.append(f'<text x="{x + 17:.0f}" y="44">{escape(label)} {number}</text>')
    return (
        f'<svg viewBox="0 0 {_WIDTH} 50" role="img" aria-label="{escape(headline(audit), quote=True)}">'
        f"{''.join(parts)}</svg>"
    )
