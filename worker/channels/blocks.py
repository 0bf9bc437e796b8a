"""How does a message look in Slack? As Block Kit, under Slack's limits, and with nothing that a person typed alive.

Pure. People's words stand in rich text alone, which Slack does not read for markup, mentions or links. What does not
fit is counted, never dropped silently. Limits: https://docs.slack.dev/reference/block-kit/blocks (50 blocks a message,
3,000 characters a text, 150 a header); the sum is held at 13,000, where Slack begins to refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, assert_never

from worker.channels.batch import FULL_ITEMS, batch_view
from worker.channels.digest import digest_view
from worker.channels.invite import InviteView, invite_view
from worker.channels.words import Group, ItemView, View
from worker.domain.messages import Batch, Digest, Invite
from worker.domain.render.safe import cut

MOST_BLOCKS = 50
MOST_TEXT = 3_000
MOST_HEADER = 150
MOST_SUM = 13_000
_STEPS = (30, 20, 15, 10, 7, 5, 3, 2, 1)

Block = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMessage:
    """`text` is what a notification shows, escaped; `blocks` are the message."""

    text: str
    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        """All characters that a reader sees."""
        return sum(map(_size, self.blocks))

    @property
    def fits(self) -> bool:
        return len(self.blocks) <= MOST_BLOCKS and self.size <= MOST_SUM


def slack_message(content: Batch | Digest | Invite, *, subject: str, on: date) -> SlackMessage:
    """The fullest form of the message that fits. `on` is the day of sending."""
    form = SlackMessage(text="", blocks=())
    for form in _forms(content, subject, on):
        if form.fits:
            break
    while not form.fits:
        kept = form.blocks[:-2] if form.blocks[-1] == _CUT else form.blocks[:-1]
        form = replace(form, blocks=(*kept, _CUT))
    return form


def escaped(text: str) -> str:
    """The text with Slack's three control characters spelled out, so that it can mention nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _forms(content: Batch | Digest | Invite, subject: str, on: date) -> Iterator[SlackMessage]:
    for most in _STEPS:
        match content:
            case Batch():
                blocks = _view_blocks(batch_view(content, full=min(FULL_ITEMS, most), brief=most), subject)
            case Digest():
                blocks = _view_blocks(digest_view(content, on, most=most), subject)
            case Invite():
                blocks = _invite_blocks(invite_view(content, follows=False, lines=most))
            case _:
                assert_never(content)
        yield SlackMessage(text=escaped(cut(subject, MOST_TEXT // 8)), blocks=tuple(blocks))


def _view_blocks(view: View, subject: str) -> list[Block]:
    out = [_header(subject), _rich([_text(view.intro)])]
    for group in view.groups:
        out += _group_blocks(group)
    if view.more:
        out.append(_small(f"{view.more} more had no room here."))
    if view.choices:
        lines: list[Block] = [_text(view.choices_about)]
        for choice in view.choices:
            lines += [_text(f"\n{choice.label}: "), _text(choice.command, code=True)]
        out.append(_rich(lines))
    out.append(_small(" ".join((*view.stop, view.footer))))
    return out


def _group_blocks(group: Group) -> list[Block]:
    out: list[Block] = []
    if group.heading:
        out.append(_rich([_text(f"{group.heading} ({group.size})" if group.items else group.heading, bold=True)]))
    out += [_item(item) for item in group.items]
    brief = [part for item in group.brief for part in (*_title(item), _text(f"  {item.facts}\n"))]
    if brief:
        out.append(_rich(brief))
    if group.lines:
        out.append(_rich([_text("\n".join(group.lines))]))
    if group.more:
        out.append(_small(f"and {group.more} more"))
    return out


def _item(item: ItemView) -> Block:
    parts = [*_title(item), _text(f"\n{item.facts}")]
    told = (item.why, item.note, f"Needs {item.needs}." if item.needs else "", item.next, item.hint)
    parts += [_text(f"\n{words}") for words in told if words]
    if item.command:
        parts += [_text("\n"), _text(item.command, code=True)]
    if item.answer:
        parts += [_text("\n"), {"type": "link", "url": item.answer, "text": "Answer here"}]
    return _rich(parts)


def _title(item: ItemView) -> list[Block]:
    if item.url:
        return [{"type": "link", "url": item.url, "text": item.title, "style": {"bold": True}}]
    return [_text(item.title, bold=True), _text(f" ({item.place})")]


def _invite_blocks(view: InviteView) -> list[Block]:
    out = [_header(view.summary), _rich([_text(f"{view.intro}\n{view.when}\n{view.why_now}")])]
    if view.agenda:
        out.append(_rich([_text("\n".join(view.agenda))]))
    if view.url:
        out.append(_rich([{"type": "link", "url": view.url, "text": "The post-mortem"}]))
    out.append(_small(f"{view.stop} {view.footer}"))
    return out


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": cut(text, MOST_HEADER) or "Followthrough"}}


def _small(text: str) -> Block:
    words = cut(text, MOST_TEXT // 2)
    return {"type": "context", "elements": [{"type": "plain_text", "text": words, "emoji": False}]}


def _rich(parts: list[Block]) -> Block:
    """One block of rich text, of at most `MOST_TEXT` characters: the parts that begin beyond are left out."""
    kept, room = [], MOST_TEXT
    for part in parts:
        if not part["text"]:
            continue
        words = cut(part["text"], room) if room > 0 else ""
        if not words:
            break
        kept.append({**part, "text": words})
        room -= len(words)
    section = {"type": "rich_text_section", "elements": kept or [_text("…")]}
    return {"type": "rich_text", "elements": [section]}


def _text(text: str, *, bold: bool = False, code: bool = False) -> Block:
    style = {name: True for name, wanted in (("bold", bold), ("code", code)) if wanted}
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def _size(block: Block) -> int:
    match block["type"]:
        case "header":
            return len(block["text"]["text"])
        case "context":
            return sum(len(element["text"]) for element in block["elements"])
        case _:
            return sum(len(part["text"]) for section in block["elements"] for part in section["elements"])


_CUT = _small("More had no room here.")
