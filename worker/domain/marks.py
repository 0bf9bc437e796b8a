"""Which line of which comment was that? A fingerprint survives reordering: an edit runs only what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def _words_of(raw: str) -> str:
    return " ".join(raw.split()).casefold()


def fingerprint(comment_id: str, raw: str, occurrence: int) -> str:
    """Identify one line of one comment, as `comment id:hash`; `occurrence` counts equal lines of the comment from 1.

    So an edited comment runs only what is new, and lines may be reordered.
    """
    content = "\0".join((_words_of(raw), str(occurrence)))
    return f"{comment_id}:{hashlib.sha256(content.encode(errors='replace')).hexdigest()[:10]}"


def marks_of(comment_id: str, raws: Sequence[str]) -> tuple[str, ...]:
    """The fingerprint of each command line of one comment, in their order."""
    times: dict[str, int] = {}
    out = []
    for raw in raws:
        words = _words_of(raw)
        times[words] = times.get(words, 0) + 1
        out.append(fingerprint(comment_id, raw, times[words]))
    return tuple(out)
