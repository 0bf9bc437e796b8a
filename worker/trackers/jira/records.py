"""How does a record stand on a Jira issue, and which of what stands there is to be believed?

A record's text is an issue property, cut into shards because Jira keeps at most 32,768 characters in one. Its words are
a comment of ours, whose last line names the record. Pure: nothing here asks or writes; `encode` says what to write in
which order, `decode` and `footer_in` say what was read.

The first shard has the plain key and is written last: it names the others, and holds the digest of the whole. The
others' keys end in `.a1`, `.a2` … or `.b1`, `.b2` …, by turns, so that a death between two shards leaves the old text
whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from worker.trackers.errors import Refused

PREFIX = "followthrough."
MARK = f"{PREFIX}mark"
"""The property with the hidden mark of an issue that the service created."""

LET_GO = f"{PREFIX}let-go"
"""The property that says of a closed issue that it was let go, where the workflow has no other way to say so: when it
was closed. Once it is opened again, or closed anew, the property says nothing any more."""

NO_TEXT = "-"
"""The text of a record that is a comment alone."""

LIMIT = 32_000
"""The most characters of one property's JSON; Jira takes 32,768."""

KEY_LIMIT = 200
"""The most characters of a property's key that we make; Jira takes 255, and a shard's key is longer."""

VERSION = 1

_FOOTER = re.compile(r"followthrough:(?P<name>[^\s`{}]+)[`{}\s]*")
_SHARD = re.compile(r"\.(?P<letter>[ab])(?P<part>[1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A record's text as the properties of one issue hold it.

    `text` is "" where a shard is lost or was edited. `digest` is the `words_digest` of the words that were last
    written, and `shown` the digest of how they then looked (see `shown_digest`). `letter` and `parts` say which further
    shards belong to it.
    """

    name: str
    text: str
    digest: str
    shown: str
    letter: str = "a"
    parts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """What is to be done with an issue's properties: `puts` in this order, then `drops` in any."""

    puts: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    drops: tuple[str, ...] = ()


# Properties


def property_key(name: str) -> str:
    """The key of a record's first shard: `followthrough.sticky`, and `followthrough.person.bob` for `person/bob`. Two
    names never share a key. Raises Refused for the name that would be the mark's."""
    # A dot of the name itself is doubled, so that it differs from a slash, and from a shard's ending.
    key = PREFIX + name.replace(".", "..").replace("/", ".")
    if key in {MARK, LET_GO} or not name:
        raise Refused(f"a record can't be named {name!r}")
    if len(key) > KEY_LIMIT:
        key = f"{key[: KEY_LIMIT - 33]}.{hashlib.sha256(name.encode()).hexdigest()[:32]}"
    return key


def encode(name: str, text: str, *, digest: str, shown: str, properties: Mapping[str, Any]) -> Encoded:
    """What makes the issue's properties say this, given all of them as they are (`properties`: key to value). Nothing
    where they say so already. The text `-` is kept as no property at all. Raises Refused where a newer version of this
    program wrote the record."""
    key = property_key(name)
    standing = {k for k in properties if k == key or _shard_of(key, k) is not None}
    if text == NO_TEXT:
        return Encoded(drops=tuple(sorted(standing)))
    if _version(properties.get(key)) > VERSION:
        raise Refused(f"the property {key} was written by a newer version of Followthrough; upgrade this one")
    before = decode(properties).get(name)
    if before is not None and (before.text, before.digest, before.shown) == (text, digest, shown):
        return Encoded(drops=tuple(sorted(standing - _keys(key, before.letter, before.parts))))
    head = {"v": VERSION, "name": name, "digest": digest, "shown": shown, "sum": _sum(text)}
    letter = "b" if before is not None and before.letter == "a" and before.parts > 1 else "a"
    pieces = _cut(text, LIMIT - len(json.dumps({**head, "letter": letter, "parts": 999_999, "text": ""})))
    puts: list[tuple[str, Mapping[str, Any]]] = [
        (f"{key}.{letter}{part}", {"v": VERSION, "text": piece})
        for part, piece in enumerate(pieces[1:], start=1)
        if _piece(properties.get(f"{key}.{letter}{part}")) != piece
    ]
    puts.append((key, {**head, "letter": letter, "parts": len(pieces), "text": pieces[0]}))
    return Encoded(puts=tuple(puts), drops=tuple(sorted(standing - _keys(key, letter, len(pieces)))))


def decode(properties: Any) -> Mapping[str, Kept]:
    """Every record in an issue's properties (key to value), by name. What is not of the known form is not there."""
    found: dict[str, Kept] = {}
    for key, value in properties.items() if isinstance(properties, Mapping) else ():
        head = _head(key, value)
        if head is not None:
            found[head.name] = head if head.parts == 1 else _whole(head, key, value["sum"], properties)
    return found


def keys_of(name: str, properties: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of everything that these properties hold of one record, sorted."""
    key = property_key(name)
    return tuple(sorted(k for k in properties if k == key or _shard_of(key, k) is not None))


def mark_in(properties: Any) -> str:
    """The hidden mark among an issue's properties, or ""."""
    value = properties.get(MARK) if isinstance(properties, Mapping) else None
    mark = value.get("mark") if isinstance(value, Mapping) else None
    return mark if isinstance(mark, str) else ""


def let_go(properties: Any, closed: str) -> bool:
    """Whether an issue's properties say that the close at this moment (as Jira writes it) was a letting go."""
    value = properties.get(LET_GO) if isinstance(properties, Mapping) else None
    noted = value.get("closed") if isinstance(value, Mapping) else None
    return noted is not None and _moment(noted) == _moment(closed) is not None


# Comments


def footer(name: str) -> str:
    """The last line of a record's comment, as Markdown."""
    return f"Kept by Followthrough `followthrough:{quote(name, safe='/@+~.:')}`"


def footer_in(plain: str) -> str:
    """The name of the record whose comment reads like this (as plain text), or "". To be believed only in a comment
    of our own account."""
    text = plain.rstrip()
    line = text[text.rfind("\n") + 1 :]
    at = line.rfind("followthrough:")
    found = _FOOTER.fullmatch(line, at) if at >= 0 else None
    return unquote(found["name"]) if found else ""


def shown_digest(plain: str) -> str:
    """A digest of how a comment looks: of its words, whatever Jira does to the space between them."""
    return hashlib.sha256(" ".join(plain.split()).encode("utf-8", "replace")).hexdigest()


# Shards


def _head(key: str, value: Any) -> Kept | None:
    """The first shard in this property, its text as far as it goes; None where the property is no first shard."""
    if not isinstance(value, Mapping) or value.get("v") != VERSION or not key.startswith(PREFIX):
        return None
    texts = [value.get(name) for name in ("name", "text", "sum", "digest", "shown")]
    parts, letter = value.get("parts"), value.get("letter")
    if not all(isinstance(text, str) for text in texts) or not isinstance(parts, int) or parts < 1:
        return None
    name, text, total, digest, shown = (str(text) for text in texts)
    if not name or letter not in {"a", "b"} or key == MARK or key != property_key(name):
        # A property that was copied under another key is not the record that it says it is.
        return None
    text = text if parts > 1 or _sum(text) == total else ""
    return Kept(name=name, text=text, digest=digest, shown=shown, letter=str(letter), parts=parts)


def _whole(head: Kept, key: str, total: str, properties: Mapping[str, Any]) -> Kept:
    """The record with its further shards; without a text where they are not what the first one says."""
    # Not more are looked for than there are, whatever the first shard says.
    pieces = [_piece(properties.get(f"{key}.{head.letter}{n}")) for n in range(1, min(head.parts, len(properties) + 1))]
    text = head.text + "".join(piece or "" for piece in pieces)
    complete = len(pieces) == head.parts - 1 and None not in pieces and _sum(text) == total
    return Kept(
        name=head.name,
        text=text if complete else "",
        digest=head.digest,
        shown=head.shown,
        letter=head.letter,
        parts=head.parts,
    )


def _moment(written: Any) -> datetime | None:
    """A time as Jira writes it: in the time zone that our account has today, so only the moment can be compared."""
    try:
        return datetime.fromisoformat(written)
    except (TypeError, ValueError):
        return None


def _version(value: Any) -> int:
    version = value.get("v") if isinstance(value, Mapping) else None
    return version if isinstance(version, int) else 0


def _piece(value: Any) -> str | None:
    text = value.get("text") if isinstance(value, Mapping) and value.get("v") == VERSION else None
    return text if isinstance(text, str) else None


def _keys(key: str, letter: str, parts: int) -> set[str]:
    return {key, *(f"{key}.{letter}{part}" for part in range(1, parts))}


def _shard_of(key: str, other: str) -> re.Match[str] | None:
    """Whether `other` is a further shard of the record with this key."""
    return _SHARD.fullmatch(other, len(key)) if other.startswith(key) else None


def _cut(text: str, first: int) -> list[str]:
    """The text in pieces that fit: the first has `first` characters as JSON, the others what is left of the limit."""
    pieces, start, room = [], 0, first
    size = 0
    for at, width in enumerate(_widths(text)):
        if size + width > room:
            pieces.append(text[start:at])
            start, size, room = at, 0, LIMIT - len(json.dumps({"v": VERSION, "text": ""}))
        size += width
    return [*pieces, text[start:]]


def _widths(text: str) -> Iterable[int]:
    """How many characters each character takes in JSON, at the most."""
    return (1 if " " <= c <= "~" and c not in '"\\' else 12 for c in text)


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
