"""How is a mistake in the configuration told? As a place, what is wrong, and the one thing to do about it.

All mistakes are gathered and told together; nobody should have to start the service five times to learn of five typos.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_CLOSE_PERCENT = 66
_PART_PERCENT = 85
_LONG_ENOUGH = 4


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `line` and `column` count from 1; 0 where it stands in no line (a file, the environment)."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}"


class ConfigError(Exception):
    """The configuration is refused. Its text is one line a problem, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(p) for p in self.problems))


def nearest(written: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or "" where none is close."""
    # Imported here: it takes a while, and most configurations are free of mistakes.
    from rapidfuzz import fuzz, process

    words = sorted(known)
    found = process.extractOne(written, words, scorer=fuzz.ratio, processor=_plain, score_cutoff=_CLOSE_PERCENT)
    if found is None and len(written) >= _LONG_ENOUGH:
        # A part of a longer word: `repos` for `repositories`.
        found = process.extractOne(written, words, scorer=fuzz.WRatio, processor=_plain, score_cutoff=_PART_PERCENT)
    return found[0] if found else ""


def _plain(word: str) -> str:
    from rapidfuzz import utils

    return utils.default_process(word).replace("_", " ")


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """`; did you mean `…`?`, or "" where nothing is close."""
    found = nearest(written, known)
    return f"; did you mean `{found}`?" if found and found != written else ""
