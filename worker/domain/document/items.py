"""Find the promises: which rows, bullets and sentences under the action headings are items, and which are not.

Sub-bullets that elaborate belong to their item; sub-bullets under a mere label are items of their own. Placeholders,
a template's instructions, empty rows and "none" are no items.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from worker.domain.document.blocks import BlockKind, Row
from worker.domain.document.candidates import Candidate, Group, horizon_of
from worker.domain.document.fields import take_fields
from worker.domain.document.headed import headed_items, headings_of_people, only_fields
from worker.domain.document.inline import read_inline
from worker.domain.document.lists import heads_next_list, is_label, is_own_task, led_by_item, run_texts
from worker.domain.document.outline import Frame, Placed
from worker.domain.document.owners import heads, take_owners
from worker.domain.document.phrases import (
    BOLD_LEAD,
    CLOSING,
    INSTRUCTION,
    NUMBERED,
    SAMPLE_OWNERS,
    TOC,
    first_verb,
    is_definition,
    is_guidance,
    is_none,
    is_placeholder,
    is_withdrawn,
    plain,
    without_label,
)
from worker.domain.document.prose import (
    elaborated,
    marked_lines,
    marked_sentences,
    names_work,
    only_talks,
    promises,
    sentences,
    shared_out,
)
from worker.domain.document.status import group_says_done, lead_marker
from worker.domain.document.tables import Columns, holds_actions, ragged, read_columns, read_pairs
from worker.domain.model import Finding

MOST_ITEMS = 500
_BOXED = frozenset({"root_cause", "contributing_factors", "lessons", "five_whys", "detection"})


class Collector:
    """Walks over the placed blocks once and yields candidates; keeps what is to be said about the tables."""

    def __init__(self, placed: Sequence[Placed], people: frozenset[str], frames: Sequence[Frame] = ()) -> None:
        self.placed = placed
        self.people = people
        self.children: dict[int, list[int]] = {}
        self.at: dict[int, int] = {}
        self.tables: dict[int, Columns | None] = {}
        for position, entry in enumerate(placed):
            self.at[entry.index] = position
            if entry.block.parent >= 0:
                self.children.setdefault(entry.block.parent, []).append(position)
        self.findings: list[Finding] = []
        self.said_none = 0
        self.skipped = 0
        self.groups: dict[tuple[Frame, ...], Group] = {}
        self.with_table = {
            entry.frames[-1].line if entry.frames else 0
            for entry in placed
            if entry.block.kind is BlockKind.TABLE and self.columns_of(entry) is not None
        }
        self.todo_headings = {
            entry.frames[-1].line if entry.frames else 0
            for entry in placed
            if entry.block.kind in {BlockKind.PARAGRAPH, BlockKind.ITEM}
            and lead_marker(entry.block.text[:80]) == "TODO"
        }

        self.headed = headed_items(frames, placed, people)
        self.name_headings = headings_of_people(frames, people)
        self.bold_leads: dict[int, int] = {}
        for entry in placed:
            if entry.block.kind is BlockKind.PARAGRAPH and BOLD_LEAD.match(entry.block.text[:300]):
                line = entry.frames[-1].line if entry.frames else 0
                self.bold_leads[line] = self.bold_leads.get(line, 0) + 1

    def under_heading(self, frame: Frame) -> Candidate:
        """The item that a heading is, with what stands under it as its notes."""
        inside = [entry for entry in self.placed if frame in entry.frames]
        above = next((entry.frames[: entry.frames.index(frame)] for entry in inside), ())
        notes = [line for entry in inside[:40] for line in entry.block.text.split("\n")[:40]]
        return Candidate(
            line=frame.line, raw=NUMBERED.sub("", frame.raw), group=self.group_of(above), notes=tuple(notes)
        )

    def columns_of(self, entry: Placed) -> Columns | None:
        if entry.index not in self.tables:
            columns = read_columns(entry.block)
            holds = columns is not None and holds_actions(columns, in_actions=entry.in_actions, section=entry.section)
            self.tables[entry.index] = columns if holds else None
        return self.tables[entry.index]

    def group_of(self, frames: tuple[Frame, ...]) -> Group:
        """What the headings hand down: the nearest that says something wins."""
        if frames not in self.groups:
            owners: tuple[str, ...] = ()
            done: bool | None = None
            horizon = ""
            links: tuple[tuple[str, str], ...] = ()
            inside = False
            for frame in frames:
                inside = inside or frame.own == "action_items"
                if not inside or frame.name != "action_items":
                    continue
                read = read_inline(frame.raw, {})
                if not frame.own and (not frame.real or frame.text.startswith("@") or frame.line in self.name_headings):
                    owners = heads(frame.text, self.people) or owners
                done = group_says_done(frame.text) if group_says_done(frame.text) is not None else done
                horizon = horizon_of(frame.text) or horizon
                links = read.links or links
            heading = frames[-1].text if frames else ""
            self.groups[frames] = Group(heading=heading, owners=owners, done=done, horizon=horizon, links=links)
        return self.groups[frames]

    def collect(self) -> Iterator[Candidate]:
        """All candidates in the order of the document."""
        lead: Group | None = None
        lead_run = -1
        for frame in self.headed.values():
            yield self.under_heading(frame)
        for position, entry in enumerate(self.placed):
            block = entry.block
            if block.quoted or block.kind is BlockKind.CODE or any(frame.line in self.headed for frame in entry.frames):
                continue
            if block.kind is BlockKind.TABLE:
                yield from self.rows(entry)
                continue
            if block.parent in self.at:
                if block.checked is not None and entry.section in _BOXED:
                    yield from self.marked(entry)
                continue  # read with the list item that holds it
            if block.kind is BlockKind.PARAGRAPH:
                lead, lead_run = None, -1
                if entry.in_actions:
                    following = self.placed[position + 1] if position + 1 < len(self.placed) else None
                    listed = (
                        following is not None
                        and following.block.kind is BlockKind.ITEM
                        and following.frames == entry.frames
                    )
                    found = list(self.paragraph(entry, listed=listed))
                    if listed and len(found) == 1 and plain(entry.block.text).endswith((":", "：")):
                        found = [replace(found[0], notes=tuple(run_texts(self.placed, position + 1)))]
                    if len(found) == 1 and following is not None and only_fields(following):
                        found = [replace(found[0], notes=(following.block.text,))]
                    yield from found
                    if listed and following is not None:
                        lead, lead_run = self.lead_in(entry, is_item=bool(found)), following.block.run
                else:
                    yield from self.marked(entry)
                continue
            if not entry.in_actions:
                yield from self.marked(entry)
                continue
            if lead is not None and block.run != lead_run:
                lead = None
            if lead is None and (above := led_by_item(self.placed, position, self.people)) is not None:
                lead, lead_run = self.lead_in(above, is_item=True), block.run
            if lead is not None and lead.heading == "\0":
                continue  # the list elaborates the paragraph or the item above it, which is the item
            if lead is None and heads_next_list(self.placed, position, self.people):
                lead, lead_run = self.lead_in(entry, is_item=False), self.placed[position + 1].block.run
                continue
            yield from self.bullet(position, lead or self.group_of(entry.frames))

    def lead_in(self, entry: Placed, *, is_item: bool) -> Group:
        """What a paragraph says about the list right below it."""
        group = self.group_of(entry.frames)
        text = plain(entry.block.text)
        if is_item and text.endswith((":", "：")):
            return Group(heading="\0")
        done = group_says_done(text)
        return Group(
            heading=group.heading,
            owners=heads(text, self.people) if len(text) < 60 and text.endswith(":") else group.owners,
            done=done if done is not None else group.done,
            horizon=group.horizon,
            links=group.links,
        )

    def rows(self, entry: Placed) -> Iterator[Candidate]:
        columns = self.columns_of(entry)
        pairs = read_pairs(entry.block) if entry.in_actions else None
        if pairs is not None:
            if not is_placeholder(plain(pairs["item"])):
                line = next(row.line for row in entry.block.rows if row.cells[1] == pairs["item"])
                cells = {name: cell for name, cell in pairs.items() if name != "item"}
                yield Candidate(line=line, raw=pairs["item"], group=self.group_of(entry.frames), cells=cells)
            return
        if columns is None:
            return
        for row in ragged(entry.block, columns):
            self.findings.append(
                Finding(
                    rule="table/ragged",
                    level="warning",
                    line=row.line,
                    excerpt=" | ".join(row.cells)[:120],
                    remedy=f"This row has {row.width} cells and its header {columns.width}: check which "
                    f"cell belongs where.",
                )
            )
        group = self.group_of(entry.frames)
        for row in entry.block.rows[1:]:
            candidate = self.row(row, columns, group)
            if candidate is not None:
                yield candidate

    def row(self, row: Row, columns: Columns, group: Group) -> Candidate | None:
        raw = columns.cell(row, "item")
        text = plain(raw)
        owner = plain(columns.cell(row, "owner")).casefold()
        if owner in SAMPLE_OWNERS:
            self.skipped += 1
            return None
        if not text and columns.cell(row, "ref").strip():
            raw = columns.cell(row, "ref")
        elif is_none(text) or is_placeholder(text) or is_withdrawn(raw):
            self.said_none += is_none(text) and bool(text)
            self.skipped += 1
            return None
        cells = {name: columns.cell(row, name) for name in columns.by_name if name not in {"item", "number"}}
        return Candidate(line=row.line, raw=raw, group=group, cells=cells)

    def notes_of(self, position: int) -> tuple[list[int], list[str]]:
        """The items below an item, and the texts of everything below it that is no item of its own."""
        items: list[int] = []
        notes: list[str] = []
        for child in self.children.get(self.placed[position].index, ()):
            block = self.placed[child].block
            if block.kind is BlockKind.ITEM:
                items.append(child)
            elif block.kind is BlockKind.PARAGRAPH:
                notes.append(block.text)
        return items, notes

    def bullet(self, position: int, group: Group, depth: int = 0) -> Iterator[Candidate]:
        """One bullet of a list of actions with all that is below it."""
        entry = self.placed[position]
        block = entry.block
        text = plain(block.text)
        below, notes = self.notes_of(position)
        if depth > 20:
            return
        if is_label(block, text, [self.placed[child].block for child in below], self.people):
            label = text.rstrip(" :：")
            owners = heads(label, self.people) or group.owners
            done = group_says_done(label)
            inner = Group(
                heading=group.heading,
                owners=owners,
                done=group.done if done is None else done,
                horizon=horizon_of(label) or group.horizon,
                links=read_inline(block.text, {}).links or group.links,
            )
            for child in below:
                yield from self.bullet(child, inner, depth + 1)
            return
        skip = (
            is_withdrawn(block.text)
            or is_placeholder(text)
            or is_none(text)
            or is_guidance(block.text)
            or bool(INSTRUCTION.search(text[:300]))
            or bool(TOC.match(block.text.strip()))
        )
        if (entry.frames[-1].line if entry.frames else 0) in self.with_table:
            named = block.checked is not None or bool(take_owners(block.text, self.people).owners)
            works = first_verb(text, self.people) and not is_definition(text) and not only_talks(text)
            skip = skip or not (named or works)
        if skip:
            self.said_none += is_none(text)
            self.skipped += 1
        own: list[int] = []
        for child in below:
            if is_own_task(self.placed[child].block, parent=block, people=self.people):
                own.append(child)
            else:
                notes.extend(self.all_texts(child))
        if not skip:
            yield Candidate(
                line=block.line, raw=block.text, group=group, checked=block.checked, notes=tuple(notes[:40])
            )
        for child in own:
            yield from self.bullet(child, group, depth + 1)

    def all_texts(self, position: int, depth: int = 0) -> list[str]:
        below, notes = self.notes_of(position)
        texts = [self.placed[position].block.text, *notes]
        if depth < 6:
            for child in below[:20]:
                texts.extend(self.all_texts(child, depth + 1))
        return texts

    def paragraph(self, entry: Placed, *, listed: bool) -> Iterator[Candidate]:
        """The promises that a paragraph under an action heading makes: all of it, or some of its sentences or lines."""
        block, group = entry.block, self.group_of(entry.frames)
        text = plain(block.text)
        if is_none(text) or is_placeholder(text):
            self.said_none += is_none(text)
            return
        if (
            CLOSING.match(text)
            or is_guidance(block.text)
            or INSTRUCTION.search(text[:400])
            or (entry.frames[-1].line if entry.frames else 0) in self.with_table
        ):
            return
        if lead_marker(block.text[:80]):
            yield from marked_lines(block, group)
            return
        owned = take_owners(block.text, self.people)
        if listed and text.endswith((":", "：")) and not owned.owners:
            promised = elaborated(block.text)
            if promised:
                yield Candidate(line=block.line, raw=promised, group=group)
            return
        lines = [line for line in block.text.split("\n") if line.strip()]
        starts = [
            bool(
                first_verb(plain(line), self.people) or take_owners(line, self.people).owners or names_work(plain(line))
            )
            for line in lines
        ]
        if (
            len(lines) > 1
            and all(starts[1:])
            and all(line.rstrip(" *").endswith((".", "!", "?", ")", ":")) or starts[n] for n, line in enumerate(lines))
        ):
            whole_sentences = all(plain(line)[-1:] in ".!?)" or take_owners(line, self.people).owners for line in lines)
            if whole_sentences:
                for offset, line in enumerate(block.text.split("\n")):
                    if line.strip() and (starts[min(offset, len(starts) - 1)]):
                        yield Candidate(line=block.line + offset, raw=line, group=group)
                return
        led = bool(BOLD_LEAD.match(block.text[:300])) and self.bold_leads.get(entry.frames[-1].line, 0) > 1
        if shared_out(block.text, self.people) and not led:
            yield from sentences(block, group, self.people)
            return
        if led:
            yield Candidate(line=block.line, raw=block.text, group=group)
            return
        numbered = without_label(block.text) != block.text
        named = {"owner", "due"} & take_fields(block.text)[0].keys()
        if promises(plain(owned.rest), self.people, owned=bool(owned.owners or named)) or numbered:
            yield Candidate(line=block.line, raw=block.text, group=group)
            return
        yield from sentences(block, group, self.people)

    def marked(self, entry: Placed) -> Iterator[Candidate]:
        """Outside the action sections: what is marked `TODO:` or `Action item:`, and beside it `DONE` and `DOING`."""
        marker = lead_marker(entry.block.text[:80])
        if not marker and entry.block.checked is not None and entry.section in _BOXED:
            # Under a cause or a lesson a box is a promise; a checklist of the process has a heading of its own.
            marker = "TODO" if first_verb(plain(entry.block.text), self.people) else ""
        if not marker and entry.block.kind is BlockKind.PARAGRAPH and entry.section != "timeline":
            yield from marked_sentences(entry)
        heading = entry.frames[-1].line if entry.frames else 0
        if not marker or entry.section == "timeline" or is_placeholder(plain(entry.block.text)):
            return
        if marker in {"DONE", "DOING", "IN PROGRESS"} and heading not in self.todo_headings:
            return
        _, notes = self.notes_of(self.at[entry.index])
        yield Candidate(
            line=entry.block.line,
            raw=entry.block.text,
            group=Group(heading=entry.heading),
            checked=entry.block.checked,
            notes=tuple(notes),
        )
