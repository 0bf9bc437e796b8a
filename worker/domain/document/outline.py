"""Say for each block under which headings it stands, and whether it stands where actions are listed.

Headings come as `#`, underlined, as a bold line, as a short line with a colon, or as a bullet that is only a label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from worker.domain.document.blocks import Block, BlockKind
from worker.domain.document.inline import one_line, read_inline
from worker.domain.document.phrases import first_verb
from worker.domain.document.sections import ACTION, SWITCHING, classify, is_for_others
from worker.domain.document.status import lead_marker

# A template's question in italics or brackets, not answered yet.
_PROMPT_LINE = re.compile(
    r"^[_*<\[(]{1,3}(?:please )?(?:describe|list|explain|provide|include|summari[sz]e|briefly|detail|outline|enter|"
    r"fill|"
    r"give|write|insert|add|what|who|how|when|why|e\.g\.|example)\b[^\n]{0,400}[_*>\])]{1,3}$",
    re.IGNORECASE,
)
BOLD_LINE = re.compile(
    r"^(?:\*\*\*?|__|<strong>|<b>)(?P<text>[^*\n<]{1,120}?)(?:\*\*\*?|__|</strong>|</b>)\s{0,2}[:：]?\s*$"
)
_BOLD_LABEL = re.compile(
    r"^(?:\*\*|__|<strong>|<b>)(?P<text>[^*\n<]{1,80}?)(?P<in>[:：?]?)(?:\*\*|__|</strong>|"
    r"</b>)(?P<out>\s{0,2}[:：?]?)\s*(?P<rest>.*)$",
    re.DOTALL,
)
# "NEXT STEPS" or "Next steps" alone on a line; and "What happened: at 10:20 a transfer was cut off".
_BARE_LINE = re.compile(r"[^\W\d_][\w '’/&,-]{2,50}[\w?]|[^\W\d_][\w '’/&,-]{2,85}\?")
_PLAIN_LABEL = re.compile(r"(?P<text>[^\W\d_][\w '’/-]{2,30}\??)[:：][ \t]{1,4}(?=\S)")
# "**TODO**:" with nothing behind it heads a list.
_MARKER_ALONE = re.compile(
    r"[*_]{0,3}(?P<word>to ?-?do|actions?|action items?)s?[*_]{0,3}\s?[:：]?[*_]{0,3}", re.IGNORECASE
)
BOLD_LEVEL = 7
LABEL_LEVEL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One open heading. `name` is its canonical section with what it inherits; `own` without. `scope` is the index of
    the list item that it is limited to, or -1; `run` tells a label among bullets."""

    level: int
    text: str
    raw: str
    line: int
    own: str = ""
    name: str = ""
    scope: int = -1
    label: bool = False
    real: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A block with its open headings, outermost first. `index` is its place among all blocks."""

    block: Block
    index: int
    frames: tuple[Frame, ...]

    @property
    def section(self) -> str:
        return self.frames[-1].name if self.frames else ""

    @property
    def heading(self) -> str:
        return self.frames[-1].text if self.frames else ""

    @property
    def in_actions(self) -> bool:
        return self.section == ACTION


@dataclass(slots=True)
class _Walk:
    stack: list[Frame] = field(default_factory=list)
    opened: list[Frame] = field(default_factory=list)
    title_line: int = 0
    title_level: int = 0
    retro: bool = False

    def push(self, frame: Frame) -> None:
        while self.stack and (self.stack[-1].level >= frame.level or (self.stack[-1].scope >= 0 and frame.scope < 0)):
            self.stack.pop()
        above = self.stack[-1].name if self.stack else ""
        name = frame.own
        if not name or (above == ACTION and name not in SWITCHING):
            name = above
        placed = replace(frame, name=name)
        self.stack.append(placed)
        self.opened.append(placed)


def _plain(raw: str) -> str:
    return one_line(read_inline(raw, {}).text)


def _own(text: str) -> str:
    """What a heading says by itself. A long one is a sentence, not a section's name."""
    return classify(text) if len(text) <= 90 else ""


def _ancestors(blocks: tuple[Block, ...], index: int) -> set[int]:
    found: set[int] = set()
    at = blocks[index].parent
    while at >= 0:
        found.add(at)
        at = blocks[at].parent
    return found


def _title_line(blocks: tuple[Block, ...]) -> tuple[int, int]:
    """The line and level of the heading that is the document's title: the first, if it is the only one of level 1."""
    headings = [block for block in blocks if block.kind is BlockKind.HEADING]
    if not headings:
        return 0, 0
    first = headings[0]
    alone = sum(block.level == first.level for block in headings) == 1
    return (first.line, first.level) if first.level == 1 and (alone or not _own(_plain(first.text))) else (0, 0)


def _label_of_paragraph(text: str) -> tuple[str, str] | None:
    """A paragraph that is a heading, or opens with one: (heading, what follows)."""
    if lead_marker(text[:80]):
        alone = _MARKER_ALONE.fullmatch(text.strip())
        return (alone["word"], "") if alone is not None else None  # "**TODO**: …" is an item, wherever it stands
    bold = BOLD_LINE.match(text)
    if bold is not None:
        return bold["text"], ""
    first, _, rest = text.partition("\n")
    if len(first) <= 60 and first.rstrip().endswith((":", "：")) and _own(_plain(first)):
        return first, rest
    bold = BOLD_LINE.match(first)
    if bold is not None and rest and _own(bold["text"]):
        return bold["text"], rest
    stands_alone = not rest or first.isupper() or (len(first) <= 30 and (rest[:1].isupper() or rest[:1].isdigit()))
    if stands_alone and _BARE_LINE.fullmatch(first) and _own(first):
        return first, rest  # plain text has no other way to write a heading
    plain_label = _PLAIN_LABEL.match(text)
    if plain_label is not None and _own(plain_label["text"]) and not text[plain_label.end() :][:1].isdigit():
        return plain_label["text"], text[plain_label.end() :]
    label = _BOLD_LABEL.match(text)
    if label is not None and (label["in"] or label["out"].strip()) and _own(label["text"]):
        return label["text"], label["rest"]
    return None


def _opens_section(line: str) -> bool:
    """True for a line within a paragraph that is clearly a label: bold, or at most four words before its colon."""
    label = _label_of_paragraph(line)
    if label is None:
        return False
    few = 7 if not label[1] and line.rstrip().endswith(":") and _own(_plain(label[0])) == ACTION else 4
    return line.startswith(("**", "__", "<b>", "<strong>")) or len(label[0].split()) <= few


def _parts(block: Block) -> list[Block]:
    """A paragraph at each of its lines that opens a section of its own ("**Impact**: …", then "**Root cause**: …")."""
    lines = block.text.split("\n")
    starts = [0, *(n for n, line in enumerate(lines) if n and _opens_section(line))]
    if len(starts) == 1:
        return [block]
    return [
        replace(block, text="\n".join(lines[start:end]), line=block.line + start)
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]


# "Going forward, we will:" above a list: what follows is promised, whatever the heading over it is about.
_ANNOUNCES = re.compile(
    r"\b(?:we|i)(?:'ll|’ll| will| shall|(?:'re|’re| are)(?: now| also| currently)? (?:going to|planning to|"
    r"committed to|focused on|implementing|working on|"
    r"(?:taking|making) (?:the following|these|several|some|a number|a few|steps|action|"
    r"measures|changes|improvements))| plan to| intend to| have decided to| want to| need to| should| would like to)"
    r"(?: also| now)?(?! (?:also )?(?:cover|describe|discuss|explain|explore|look|outline|present|"
    r"go|walk|detail|examine|see|use|try to (?:explain|describe)|"
    r"break|talk|show|share|publish|learn|tell|refer|call|assume|list)\b)"
    r"|\b(?:following|these) (?:corrective |preventive |preventative |remedial |concrete |immediate |additional )?"
    r"(?:actions?|steps|measures|improvements|changes|mitigations|tasks|follow-ups)\b[^.]{0,60}\b(?:will|should|need|"
    r"planned|are being|to be)\b"
    r"|\bto (?:prevent|avoid)\b[^.]{0,80}\b(?:again|in (?:the )?future|recurr\w*|similar)\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(r"\b(?:could|would|should) have\b|\bhad we\b|\bdid\b|\bwere\b|\bwas\b", re.IGNORECASE)
_TOLD_SECTIONS = frozenset({"timeline", "impact", "what_went_well", "participants", "detection", "legend"})


def _announces(walk: _Walk, blocks: tuple[Block, ...], index: int) -> bool:
    """True for a paragraph that ends in a colon, says what will be done, and has a list right below it."""
    block = blocks[index]
    follows = index + 1 < len(blocks) and blocks[index + 1].kind is BlockKind.ITEM
    if not follows or block.parent >= 0 or not block.text.rstrip(" *_").endswith((":", "：")):
        return False
    if walk.stack and (walk.stack[-1].name == ACTION or walk.stack[-1].name in _TOLD_SECTIONS):
        return False
    last = re.split(r"(?<=[.!?])\s+", _plain(block.text[-600:]))[-1]
    return bool(_ANNOUNCES.search(last)) and not _NOT_YET.search(last)


@lru_cache(maxsize=1)  # a body is read, then its wording is judged
def place(blocks: tuple[Block, ...]) -> tuple[list[Placed], list[Frame]]:
    """All blocks that are not headings, with their headings; and all headings in order. To read, not to change."""
    walk = _Walk()
    walk.title_line, walk.title_level = _title_line(blocks)
    has_children = {block.parent for block in blocks}
    said = {block.text.strip(" :*").casefold() for block in blocks if block.kind is BlockKind.HEADING}
    walk.retro = {"start", "stop"} <= said
    placed: list[Placed] = []
    for index, block in enumerate(blocks):
        _leave_scopes(walk, blocks, index)
        if block.quoted:
            placed.append(Placed(block=block, index=index, frames=tuple(walk.stack)))
            continue
        if block.kind is BlockKind.HEADING:
            _open_heading(walk, block)
            continue
        if block.kind is BlockKind.PARAGRAPH and block.parent < 0:
            for part in _parts(block):
                rest = _open_paragraph(walk, part, grouping=_heads_tasks(walk, blocks, index))
                if rest is not None:
                    placed.append(Placed(block=rest, index=index, frames=tuple(walk.stack)))
            if _announces(walk, blocks, index):
                heading = walk.stack[-1].text if walk.stack else ""
                walk.push(Frame(level=LABEL_LEVEL, text=heading, raw="", line=block.line, own=ACTION, real=False))
            continue
        if block.kind is BlockKind.ITEM:
            rest = _open_item(walk, block, index, has_children=index in has_children)
            if rest is None:
                continue
            block = rest
        placed.append(Placed(block=block, index=index, frames=tuple(walk.stack)))
    return placed, walk.opened


def _leave_scopes(walk: _Walk, blocks: tuple[Block, ...], index: int) -> None:
    if any(frame.scope >= 0 for frame in walk.stack):
        above = _ancestors(blocks, index)
        while walk.stack and walk.stack[-1].scope >= 0 and walk.stack[-1].scope not in above:
            walk.stack.pop()


def _open_heading(walk: _Walk, block: Block) -> None:
    text = _plain(block.text)
    own = "" if block.line == walk.title_line else _own(text)
    if walk.retro and text.strip(" :").casefold() in {"start", "stop"}:
        own = ACTION
    walk.push(Frame(level=block.level, text=text, raw=block.text, line=block.line, own=own))


def _heads_tasks(walk: _Walk, blocks: tuple[Block, ...], index: int) -> bool:
    """True below the actions, where the list right below this paragraph holds tasks: a bold line over it groups them,
    whatever it is called, and ends nothing."""
    if not walk.stack or walk.stack[-1].name != ACTION or index + 1 >= len(blocks):
        return False
    following = blocks[index + 1]
    if following.kind is not BlockKind.ITEM:
        return False
    run = [
        block for block in blocks[index + 1 : index + 9] if block.kind is BlockKind.ITEM and block.run == following.run
    ]
    tasks = sum(block.checked is not None or bool(first_verb(_plain(block.text))) for block in run)
    return tasks * 3 >= len(run) * 2


def _open_paragraph(walk: _Walk, block: Block, *, grouping: bool = False) -> Block | None:
    label = _label_of_paragraph(block.text)
    if label is None:
        return block
    text, rest = label
    own = _own(_plain(text))
    inside = bool(walk.stack) and walk.stack[-1].name == ACTION
    if (
        walk.stack
        and walk.stack[-1].name == "timeline"
        and walk.stack[-1].real
        and not text.lstrip().startswith(("*", "_"))
        and "**" not in block.text[:3]
    ):
        return block  # somebody's words in a log ("Next steps:") open no section
    if inside and rest and own not in SWITCHING | {ACTION}:
        return block  # "**Detection:** add an alert" under the actions is an item, not a section
    above = next((frame for frame in reversed(walk.stack) if frame.level < BOLD_LEVEL), None)
    nested = grouping and not own and not rest.strip() and (above is None or above.name != ACTION)
    level = LABEL_LEVEL if nested and not is_for_others(text) else BOLD_LEVEL
    walk.push(Frame(level=level, text=_plain(text), raw=text, line=block.line, own=own, real=False))
    if not rest.strip():
        return None
    return replace(block, text=rest, line=block.line + (block.text[: len(block.text) - len(rest)].count("\n")))


def _open_item(walk: _Walk, block: Block, index: int, *, has_children: bool) -> Block | None:
    """A bullet that is only a label ("- **Follow-up actions:**") opens a section for what follows it."""
    inside = bool(walk.stack) and walk.stack[-1].name == ACTION and not walk.stack[-1].label
    if inside or block.checked is not None or lead_marker(block.text[:80]):
        return block
    label = _BOLD_LABEL.match(block.text)
    if label is None or not (label["in"] or label["out"].strip() or not label["rest"]):
        first = _plain(block.text)
        if has_children and first.endswith((":", "：")) and len(first) < 60 and _own(first) == ACTION:
            walk.push(
                Frame(
                    level=LABEL_LEVEL, text=first, raw=block.text, line=block.line, own=ACTION, scope=index, real=False
                )
            )
            return None
        named = any(frame.own for frame in walk.stack if not frame.label)
        label = None if named else _PLAIN_LABEL.match(block.text)
        if label is None or len(label["text"].split()) > 3 or len(block.text[label.end() :].split()) < 4:
            return block  # "Authors: …" and "Incident: …" are fields, no sections
    own = _own(_plain(label["text"]))
    if own == "root_cause" and any(frame.own in {"five_whys", "root_cause"} for frame in walk.stack):
        return block  # each why belongs to its chain
    while walk.stack and walk.stack[-1].label:
        walk.stack.pop()
    if not own:
        return block
    walk.push(
        Frame(
            level=LABEL_LEVEL,
            text=_plain(label["text"]),
            raw=label["text"],
            line=block.line,
            own=own,
            scope=index if has_children else -1,
            label=True,
            real=False,
        )
    )
    rest = label["rest"].strip() if "rest" in label.groupdict() else block.text[label.end() :].strip()
    return replace(block, kind=BlockKind.PARAGRAPH, text=rest, parent=-1) if rest else None


def filled(placed: list[Placed], frames: list[Frame]) -> Iterator[Frame]:
    """The headings that something stands under: a section with no content is a section that is missing."""
    used = {frame.line for entry in placed if has_content(entry.block) for frame in entry.frames}
    return (frame for frame in frames if frame.line in used)


def has_content(block: Block) -> bool:
    """True where a block says something: not blank, not a placeholder."""
    if block.kind is BlockKind.TABLE:
        return any(any(cell.strip() for cell in row.cells) for row in block.rows[1:])
    return bool(block.text.strip()) and "{{" not in block.text and not _PROMPT_LINE.match(block.text.strip())
