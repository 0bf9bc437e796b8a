"""Who is there at this moment? people.yaml, and what its sources said last, as all processes see it.

The answers lie in Redis, where they may vanish at any moment: then they are asked for anew before anybody is told
anything. Here is no source: whoever asks them brings the answers.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from pydantic import TypeAdapter
from redis import Redis

from worker.domain.directory import Overlay, overlaid
from worker.domain.facts import Facts
from worker.domain.model import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a source said last, and when. `trouble` says why it did not answer since then; `facts` is None where it
    never did."""

    key: str
    shown: str
    facts: Facts | None = None
    read_at: datetime | None = None
    trouble: str = ""


Refresh = Callable[[datetime, Callable[[], None]], datetime]
"""Asks every source (the callback prolongs the lease in between) and says when to ask again."""

_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


class Directories:
    """The present directory of one installation. Safe to use from several threads.

    `keys` are those of the configured sources, in their order; answers of others are not looked at.
    """

    def __init__(self, redis: Redis, given: Directory, keys: Sequence[str], *, prefix: str = "ft:") -> None:
        self._redis = redis
        self._given = given
        self._keys = tuple(keys)
        self._prefix = prefix
        self._guard = threading.Lock()
        self._seen: bytes | None = None
        self._overlay = Overlay(directory=given)

    def present(self) -> Directory:
        """Everybody as known now. The same value as long as nothing new was kept; one small request then."""
        return self.overlay().directory

    def overlay(self) -> Overlay:
        """As `present`, with what was not believed."""
        if not self._keys:
            return self._overlay
        version = cast(bytes | None, self._redis.get(f"{self._prefix}people:version"))
        # Held while it is computed: of a worker's threads one does it, and the others have the same.
        with self._guard:
            if version != self._seen:
                facts = [a.facts for a in self.answers().values() if a.facts is not None]
                self._seen, self._overlay = version, overlaid(self._given, facts)
            return self._overlay

    def answers(self) -> Mapping[str, Answer]:
        """What is kept of each configured source, in their order. What another version wrote is none."""
        kept = cast(dict[bytes, bytes], self._redis.hgetall(f"{self._prefix}people"))
        found = ((key, _read(kept[key.encode()])) for key in self._keys if key.encode() in kept)
        return {key: answer for key, answer in found if answer is not None}

    def keep(self, answers: Iterable[Answer]) -> None:
        """Have all processes see these answers from now on, and no others."""
        rows = {answer.key: _ANSWER.dump_json(answer) for answer in answers}
        pipe = self._redis.pipeline(transaction=True)
        pipe.delete(f"{self._prefix}people")
        if rows:
            pipe.hset(f"{self._prefix}people", mapping=cast(Any, rows))
        # A count would begin anew after a wipe, and be taken for what was seen before it.
        pipe.set(f"{self._prefix}people:version", secrets.token_hex(8))
        pipe.execute()


def _read(raw: bytes) -> Answer | None:
    try:
        return _ANSWER.validate_json(raw)
    except ValueError:
        return None
