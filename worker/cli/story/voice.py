"""How is the story told? Dated lines and quotations, on the terminal and at the same time into a text.

Width and colours follow the terminal (rich also respects NO_COLOR); the text is always 96 columns wide and plain.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.text import Text

from worker.cli.story.cast import ZONE
from worker.cli.story.quote import Quotation

TEXT_WIDTH = 96
MOST_WIDTH = 110
_MARGIN = 9
_QUOTE = 6


class NotAsTold(Exception):
    """Something that the story tells did not happen; the message says what."""


def expect(holds: object, claim: str) -> None:
    """Raise NotAsTold with the claim unless it holds."""
    if not holds:
        raise NotAsTold(claim)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One part of the story: a `day`, a `line` (with its time of day) or a `quote`."""

    kind: str
    text: str
    at: str = ""


class Teller:
    """Tells the story to these consoles and remembers it."""

    def __init__(self, terminal: Console) -> None:
        self._buffer = io.StringIO()
        self._paper = Console(file=self._buffer, width=TEXT_WIDTH, color_system=None, force_terminal=False)
        terminal.width = max(50, min(terminal.width, MOST_WIDTH))
        self._consoles = (terminal, self._paper)
        self._day = ""
        self.told: list[Told] = []

    @property
    def text(self) -> str:
        """The whole story so far as plain text."""
        return "\n".join(line.rstrip() for line in self._buffer.getvalue().split("\n"))

    def title(self, text: str, below: str) -> None:
        """How the story begins."""
        self._print(Text(text, style="bold"))
        self._print(Text(below, style="dim"))

    def says(self, now: datetime, text: str) -> None:
        """One thing that happened at this moment, with its day above where that is a new one."""
        local = now.astimezone(ZONE)
        day = f"{local:%A} {local.day} {local:%B} {local.year}"
        if day != self._day:
            self._day = day
            self.told.append(Told(kind="day", text=day))
            self._print("")
            self._print(Text(day, style="bold cyan"))
        at = f"{local:%H:%M}"
        self.told.append(Told(kind="line", text=text, at=at))
        for console in self._consoles:
            for number, line in enumerate(Text(text).wrap(console, console.width - _MARGIN)):
                head = Text(f"  {at}  " if number == 0 else " " * _MARGIN, style="dim")
                line.rstrip()
                console.print(head + line, highlight=False, soft_wrap=True)

    def quotes(self, quotation: Quotation) -> None:
        """Words of the service or of a person, as they stand where they were read."""
        kept = "\n".join(line.plain.rstrip() for line in quotation.lines(self._paper, TEXT_WIDTH - _QUOTE - 2))
        self.told.append(Told(kind="quote", text=kept))
        for console in self._consoles:
            for line in quotation.lines(console, console.width - _QUOTE - 2):
                bar = Text(" " * _QUOTE + "│ ", style="dim")
                line.rstrip()
                console.print(bar + line, highlight=False, soft_wrap=True)

    def ends(self, heading: str, rows: Sequence[tuple[str, str]]) -> None:
        """What is left at the end: names and what they are."""
        self._print("")
        self._print(Text(heading, style="bold"))
        widest = max((len(name) for name, _ in rows), default=0)
        for name, what in rows:
            self._print(Text.assemble("  ", (name.ljust(widest), "green"), "  ", what))

    def _print(self, what: str | Text) -> None:
        for console in self._consoles:
            console.print(what, highlight=False, soft_wrap=True)
