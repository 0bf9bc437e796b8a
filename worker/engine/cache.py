"""What did we see last time? Small memories that only save requests.

Each may vanish at any moment, alone or with all others: an answer of "nothing" means "look at the tracker". Nothing
here decides what is written or told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from redis import Redis

DOSSIER_DAYS = 60
ACCEPTED_DAYS = 7
LEAVING_FOR = timedelta(days=30)
_CHUNK = 1000


class Cache:
    """The memories of one installation, on its Redis."""

    def __init__(self, redis: Redis, *, prefix: str = "ft:") -> None:
        self._redis = redis
        self._prefix = prefix

    # Where the last poll of a container ended

    def cursor(self, container: str) -> str:
        """The cursor of `SITE:CONTAINER`; "" means from the beginning."""
        found = cast(bytes | None, self._redis.hget(f"{self._prefix}cursors", container))
        return "" if found is None else found.decode()

    def set_cursor(self, container: str, cursor: str) -> None:
        """Keep the cursor, once every issue of its answer has been marked."""
        self._redis.hset(f"{self._prefix}cursors", container, cursor)

    def clear_cursors(self) -> None:
        """Have the next sweep read everything again."""
        self._redis.delete(f"{self._prefix}cursors")

    # Where the ledger is

    def ledger(self) -> str:
        """The key of the ledger's issue, "" where nobody has seen it yet."""
        found = cast(bytes | None, self._redis.get(f"{self._prefix}ledger"))
        return "" if found is None else found.decode()

    def set_ledger(self, key: str) -> None:
        """Tell all processes where the ledger is, before the tracker's lists show it; "" where it is gone."""
        self._redis.set(f"{self._prefix}ledger", key)

    # What people said about themselves

    def wishes(self) -> bytes:
        """As `LedgerBook` kept it; b"" where the ledger was not read since Redis began."""
        return cast(bytes | None, self._redis.get(f"{self._prefix}wishes")) or b""

    def set_wishes(self, raw: bytes) -> None:
        """Tell all processes what the ledger says of people's wishes."""
        self._redis.set(f"{self._prefix}wishes", raw)

    # Which post-mortem owns a tracked issue

    def owner_of(self, child: str) -> str | None:
        """The key of the unit that owns this issue, or None where that is not known."""
        found = cast(bytes | None, self._redis.hget(f"{self._prefix}owner", child))
        return None if found is None else found.decode()

    def set_owners(self, unit: str, children: Iterable[str]) -> None:
        """Say that these issues belong to this unit. Earlier children of it that are not named keep their owner: a
        change on them is then looked at by the unit that dropped them, which is right."""
        owners: dict[Any, Any] = dict.fromkeys(children, unit)
        if owners:
            self._redis.hset(f"{self._prefix}owner", mapping=owners)

    def forget_owner(self, child: str) -> None:
        self._redis.hdel(f"{self._prefix}owner", child)

    # Which units are enrolled

    def enrol(self, *units: str) -> None:
        if units:
            self._redis.sadd(f"{self._prefix}enrolled", *units)

    def unenrol(self, unit: str) -> None:
        self._redis.srem(f"{self._prefix}enrolled", unit)

    def enrolled(self) -> tuple[str, ...]:
        """The keys of all enrolled units that were seen, sorted."""
        return self._members("enrolled")

    def is_enrolled(self, unit: str) -> bool:
        return bool(self._redis.sismember(f"{self._prefix}enrolled", unit))

    # Whether the operator has let many enrolments end

    def allow_unenrolling(self) -> None:
        """For a day, let any number of enrolments end."""
        self._redis.set(f"{self._prefix}unenrolling", "1", ex=86400)

    def unenrolling_allowed(self) -> bool:
        return bool(self._redis.exists(f"{self._prefix}unenrolling"))

    # Whether few enough are told something at once, by the engine's clock

    def calm_until(self) -> datetime | None:
        """Until when the last count of who is owed something is believed."""
        return self._moment("calm")

    def set_calm(self, until: datetime, readers: Collection[str]) -> None:
        """Remember whom that count found, and until when it is believed."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.delete(f"{self._prefix}calm:readers")
        pipe.sadd(f"{self._prefix}calm:readers", *readers)
        pipe.expire(f"{self._prefix}calm:readers", 86400)
        pipe.set(f"{self._prefix}calm", until.isoformat(), ex=86400)
        pipe.execute()

    def count_in(self, reader: str) -> int:
        """Count this person in with those of the last count; how many they are then."""
        self._redis.sadd(f"{self._prefix}calm:readers", reader)
        return self._redis.scard(f"{self._prefix}calm:readers")

    def storm_allowed_until(self) -> datetime | None:
        """Until when the operator lets any number of people be told something."""
        return self._moment("storm")

    def allow_storm(self, until: datetime) -> None:
        self._redis.set(f"{self._prefix}storm", until.isoformat(), ex=5 * 86400)

    def _moment(self, name: str) -> datetime | None:
        raw = cast(bytes | None, self._redis.get(f"{self._prefix}{name}"))
        return datetime.fromisoformat(raw.decode()) if raw else None

    # Which units lost their label, and when that was first seen

    def leaves(self, unit: str, since: datetime, now: datetime) -> None:
        """Remember since when the label of this unit is missing; what began long before `now` is forgotten."""
        self._redis.zadd(f"{self._prefix}leaving", {unit: since.timestamp()})
        self._redis.zremrangebyscore(f"{self._prefix}leaving", "-inf", (now - LEAVING_FOR).timestamp())

    def stays(self, unit: str) -> None:
        """Forget that the label of this unit was missing."""
        self._redis.zrem(f"{self._prefix}leaving", unit)

    def leaving(self) -> dict[str, datetime]:
        """Every unit whose label is missing, or was when it ended, with the time since when."""
        found = cast(list[tuple[bytes, float]], self._redis.zrange(f"{self._prefix}leaving", 0, -1, withscores=True))
        return {unit.decode(): datetime.fromtimestamp(since, UTC) for unit, since in found}

    # Which post-mortems concern a person

    def concern(self, unit: str, people: Iterable[str]) -> None:
        """Say that exactly these people (ids) may have to hear about this unit."""
        wanted = set(people)
        known = set(self._members(f"concerned:{unit}"))
        pipe = self._redis.pipeline(transaction=True)
        for person in sorted(known - wanted):
            pipe.srem(f"{self._prefix}concerns:{person}", unit)
        for person in sorted(wanted):
            pipe.sadd(f"{self._prefix}concerns:{person}", unit)
        pipe.delete(f"{self._prefix}concerned:{unit}")
        if wanted:
            pipe.sadd(f"{self._prefix}concerned:{unit}", *sorted(wanted))
        pipe.execute()

    def concerns(self, person: str) -> tuple[str, ...]:
        """The keys of the units that concern this person, sorted."""
        return self._members(f"concerns:{person}")

    # Which messages a channel has accepted

    def note_accepted(self, message_id: str) -> None:
        """Remember for a week that this message has left, until the ledger says so."""
        self._redis.set(f"{self._prefix}accepted:{message_id}", "1", ex=ACCEPTED_DAYS * 86400)

    def was_accepted(self, message_id: str) -> bool:
        """Whether this message is known to have left. False may also mean that this was forgotten."""
        return bool(self._redis.exists(f"{self._prefix}accepted:{message_id}"))

    # Dossiers, as bytes that the caller can read

    def dossier(self, unit: str) -> bytes | None:
        """The dossier as it was kept, or None."""
        return cast(bytes | None, self._redis.get(f"{self._prefix}dossier:{unit}"))

    def set_dossier(self, unit: str, raw: bytes) -> None:
        """Keep a dossier for 60 days."""
        self._redis.set(f"{self._prefix}dossier:{unit}", raw, ex=DOSSIER_DAYS * 86400)

    def forget_dossier(self, unit: str) -> None:
        self._redis.delete(f"{self._prefix}dossier:{unit}")

    def dossiers(self, units: Iterable[str]) -> dict[str, bytes]:
        """The kept dossiers of these units, by unit, in the order asked; those not kept are left out."""
        asked = list(units)
        if not asked:
            return {}
        found = cast(list[bytes | None], self._redis.mget([f"{self._prefix}dossier:{unit}" for unit in asked]))
        return {unit: raw for unit, raw in zip(asked, found, strict=True) if raw is not None}

    def without_dossier(self, units: Iterable[str]) -> tuple[str, ...]:
        """Those of these units of which no dossier is kept, in the order asked."""
        asked = list(units)
        lacking: list[str] = []
        for chunk in (asked[i : i + _CHUNK] for i in range(0, len(asked), _CHUNK)):
            names = [f"{self._prefix}dossier:{unit}" for unit in chunk]
            if self._redis.exists(*names) == len(names):
                continue
            pipe = self._redis.pipeline(transaction=False)
            for name in names:
                pipe.exists(name)
            lacking += [unit for unit, kept in zip(chunk, pipe.execute(), strict=True) if not kept]
        return tuple(lacking)

    def _members(self, name: str) -> tuple[str, ...]:
        return tuple(sorted(m.decode() for m in cast(set[bytes], self._redis.smembers(f"{self._prefix}{name}"))))
