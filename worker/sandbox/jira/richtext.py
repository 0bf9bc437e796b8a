"""One text in both of Jira's forms: Atlassian document format (v3) and wiki text (v2, Data Center).

Kept as it was written; the other form is made when it is asked for. The translation is plain: what it has no form for
keeps its words.
"""

from __future__ import annotations

import json
from typing import Any

from worker.sandbox.jira.adf import to_wiki
from worker.sandbox.jira.wiki import to_adf


class Rich:
    """A text with markup. Made from a document (a mapping) or from wiki text; never changed afterwards."""

    __slots__ = ("_adf", "_wiki", "written")

    def __init__(self, written: dict[str, Any] | str) -> None:
        self.written = written
        self._adf: dict[str, Any] | None = written if isinstance(written, dict) else None
        self._wiki: str | None = written if isinstance(written, str) else None

    @property
    def adf(self) -> dict[str, Any]:
        """The document."""
        if self._adf is None:
            self._adf = to_adf(self._wiki or "")
        return self._adf

    @property
    def wiki(self) -> str:
        """The wiki text."""
        if self._wiki is None:
            self._wiki = to_wiki(self._adf or {})
        return self._wiki

    @property
    def length(self) -> int:
        """How many characters Jira counts: those of the text, without what only marks it up."""
        return len(self.wiki)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rich) and _plain(self.written) == _plain(other.written)

    def __hash__(self) -> int:
        return hash(_plain(self.written))


def _plain(written: dict[str, Any] | str) -> str:
    return written if isinstance(written, str) else json.dumps(written, sort_keys=True)
