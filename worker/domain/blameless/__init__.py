"""Point at words that make a person the cause, and at what a post-mortem still lacks.

Findings about wording (`blame/…`, `wording/…`) are private: they go to the author and to `check`, never to the public
page. A sentence that rejects an idea ("human error is never the cause") is no finding, nor is what a team says of
itself ("we should have"): learning aloud is what the document is for.
"""

from __future__ import annotations

from worker.domain.blameless.complete import lint_completeness
from worker.domain.blameless.people import lint_wording
from worker.domain.document.cut import cut, normalize, shorten
from worker.domain.document.outline import place
from worker.domain.document.owners import find_people
from worker.domain.model import Document, Finding

__all__ = ["lint"]


def lint(body: str, document: Document) -> tuple[Finding, ...]:
    """Findings `blame/…` and `wording/…` (private) and `complete/…` about a body that was read as `document`, by line
    and rule."""
    if not body.strip() or document.link_only:
        return ()
    text, _ = shorten(normalize(body))
    placed, _ = place(cut(text).blocks)
    entries = tuple(placed)
    found = [*lint_wording(entries, find_people(text)), *lint_completeness(document, entries)]
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.rule, finding.excerpt)))
