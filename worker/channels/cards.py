"""How does a message look in Teams? As an Adaptive Card for a Workflows address, under 20 KB.

Pure. People's words stand in `TextRun`s, which Teams does not read for markup. What does not fit is counted.
Shapes: Adaptive Cards 1.5 (https://adaptivecards.io/explorer/); the envelope is that of "Post to a channel when a
webhook request is received".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, assert_never

from worker.channels.batch import FULL_ITEMS, batch_view
from worker.channels.digest import digest_view
from worker.channels.invite import InviteView, invite_view
from worker.channels.words import Group, ItemView, View
from worker.domain.messages import Batch, Digest, Invite
from worker.domain.render.safe import cut

MOST_BYTES = 20_000
"""Of the whole payload: Teams refuses a card of 28 KB, and Workflows adds to it."""
_STEPS = (40, 30, 20, 15, 10, 7, 5, 3, 2, 1)
_LINE = 1_000

Element = dict[str, Any]


def teams_card(content: Batch | Digest | Invite, *, subject: str, person: str, on: date) -> dict[str, Any]:
    """The fullest payload that fits. `person` is whom it is for, since a channel is read by many; `on` the day."""
    head = [_heading(subject, size="large"), _runs([_run(f"For {person}")])]
    body: list[Element] = []
    for body in _forms(content, on):
        if len(encoded(_payload([*head, *body]))) < MOST_BYTES:
            return _payload([*head, *body])
    cut_off = _runs([_run("More had no room here.", subtle=True)])
    while len(encoded(_payload([*head, *body, cut_off]))) >= MOST_BYTES:
        body = body[:-1]
    return _payload([*head, *body, cut_off])


def encoded(payload: dict[str, Any]) -> bytes:
    """The payload as it is sent."""
    return json.dumps(payload, ensure_ascii=False).encode()


def _forms(content: Batch | Digest | Invite, on: date) -> Iterator[list[Element]]:
    for most in _STEPS:
        match content:
            case Batch():
                yield _view(batch_view(content, full=min(FULL_ITEMS, most), brief=most))
            case Digest():
                yield _view(digest_view(content, on, most=most))
            case Invite():
                yield _invite(invite_view(content, follows=False, lines=most))
            case _:
                assert_never(content)


def _view(view: View) -> list[Element]:
    out = [_runs([_run(view.intro)])]
    for group in view.groups:
        out += _group(group)
    if view.more:
        out.append(_runs([_run(f"{view.more} more had no room here.", subtle=True)]))
    if view.choices:
        out.append(_runs([_run(view.choices_about)]))
        out += [_runs([_run(f"{c.label}: "), _run(c.command, mono=True)]) for c in view.choices]
    return [*out, _runs([_run(" ".join((*view.stop, view.footer)), subtle=True)])]


def _group(group: Group) -> list[Element]:
    out: list[Element] = []
    if group.heading:
        out.append(_heading(f"{group.heading} ({group.size})" if group.items else group.heading))
    for item in group.items:
        out.append(_runs([_title(item)]))
        facts = [item.facts, item.why, item.note, f"Needs {item.needs}." if item.needs else "", item.next, item.hint]
        out += [_runs([_run(words)]) for words in facts if words]
        out += [_runs([_run(item.command, mono=True)])] if item.command else []
        out += [_runs([{**_run("Answer here"), "selectAction": _open(item.answer)}])] if item.answer else []
    out += [_runs([_title(item), _run(f"  {item.facts}")]) for item in group.brief]
    out += [_runs([_run(line)]) for line in group.lines]
    if group.more:
        out.append(_runs([_run(f"and {group.more} more", subtle=True)]))
    return out


def _invite(view: InviteView) -> list[Element]:
    out = [_heading(view.summary), *(_runs([_run(words)]) for words in (view.intro, view.when, view.why_now) if words)]
    out += [_runs([_run(line)]) for line in view.agenda]
    if view.url:
        out.append(_runs([{**_run("The post-mortem"), "selectAction": _open(view.url)}]))
    return [*out, _runs([_run(f"{view.stop} {view.footer}", subtle=True)])]


def _title(item: ItemView) -> Element:
    run = _run(item.title, bold=True)
    return {**run, "selectAction": _open(item.url)} if item.url else run


def _open(url: str) -> Element:
    return {"type": "Action.OpenUrl", "url": url}


def _heading(text: str, size: str = "medium") -> Element:
    return _runs([{**_run(text, bold=True), "size": size}])


def _runs(runs: list[Element]) -> Element:
    return {"type": "RichTextBlock", "inlines": runs}


def _run(text: str, *, bold: bool = False, mono: bool = False, subtle: bool = False) -> Element:
    run: Element = {"type": "TextRun", "text": cut(text, _LINE)}
    if bold:
        run["weight"] = "bolder"
    if mono:
        run["fontType"] = "monospace"
    if subtle:
        run["isSubtle"] = True
    return run


def _payload(body: list[Element]) -> dict[str, Any]:
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "msteams": {"width": "Full"},
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}
