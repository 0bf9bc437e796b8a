"""What does a webhook of any tracker come to: which issues does it speak of, and what must it be to be read at all?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

Payload = Mapping[str, Any]


class Malformed(Exception):
    """A payload that lacks what its event always has. The text is our own and quotes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """One thing that may have changed: an issue, or with `locator` None something about its whole repository or
    project. With an empty `container` as well it is something on the site, of which the payload does not say where.

    `labels` are all labels that the issue has or just lost; None where the payload does not tell.
    """

    container: str
    locator: str | None
    labels: frozenset[str] | None
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one delivery says. `event` is one of a short fixed list, or "" for any other; `touched` may be nothing."""

    event: str = ""
    touched: tuple[Touched, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of tracker delivers. `read` is given the headers (in lower case) and the raw body of a delivery that
    was signed with a known secret, and raises Malformed.

    `ignored` is the status for a delivery that means nothing here. `repeats` says that the tracker itself sends a
    delivery again, under the same id, until it is taken.
    """

    signature: str
    delivery: str
    read: Callable[[Mapping[str, str], bytes], Told]
    ignored: int = 204
    repeats: bool = False


def as_mapping(value: Any) -> Payload:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def json_object(text: str | bytes) -> Payload:
    """The object that a payload is. Raises Malformed."""
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("The payload is no JSON.") from None
    if not isinstance(payload, dict):
        raise Malformed("The payload is no JSON object.")
    return payload


def each_once(found: Iterable[Touched]) -> tuple[Touched, ...]:
    """Each address once, in the order of its first naming, with the labels of all its namings together."""
    merged: dict[tuple[str, str | None], Touched] = {}
    for touched in found:
        key = (touched.container.casefold(), touched.locator.casefold() if touched.locator else None)
        known = merged.get(key)
        if known is None or known.labels is None:
            merged[key] = touched
        elif touched.labels is not None:
            merged[key] = replace(known, labels=known.labels | touched.labels)
    return tuple(merged.values())
