"""How wide is a page of the README?"""

from __future__ import annotations

import textwrap

WIDTH = 116


def folded(text: str) -> str:
    """The lines of a terminal, folded where they are longer than a page of the README is wide."""
    lines = []
    for line in text.split("\n"):
        inside = " " * (len(line) - len(line.lstrip()) + 2)
        lines += textwrap.wrap(line, WIDTH - 4, subsequent_indent=inside, drop_whitespace=True) or [""]
    return textwrap.indent("\n".join(lines), "    ").replace("\n    \n", "\n\n")
