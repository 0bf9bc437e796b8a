"""A count of who is owed something is believed for a while, and nobody slips by in the meantime."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from tests.engine.bench import Bench
from worker.engine.storm import Storm

FRIDAY = datetime(2026, 11, 20, 16, tzinfo=UTC)
MOST = 10


@pytest.fixture
def storm(redis_client: Redis) -> Storm:
    bench = Bench(redis_client)
    return Storm(cache=bench.cache, stuck=bench.stuck, most=MOST)


def test_what_breaks_out_just_after_all_was_calm_is_held_as_well(storm: Storm) -> None:
    assert storm.may_tell("alice", FRIDAY, lambda: {"alice"})
    everybody = {f"p{n}" for n in range(500)}
    times = ((name, FRIDAY + timedelta(milliseconds=n)) for n, name in enumerate(sorted(everybody)))
    told = [name for name, at in times if storm.may_tell(name, at, lambda: everybody)]
    assert len(told) < MOST


def test_few_are_counted_once(storm: Storm) -> None:
    counts: list[int] = []

    def readers() -> set[str]:
        counts.append(1)
        return {"alice", "bob"}

    for name in ("alice", "bob", "alice", "carol"):
        assert storm.may_tell(name, FRIDAY, readers)
    assert len(counts) == 1


@pytest.mark.parametrize(
    ("looked", "told"),
    [
        pytest.param(FRIDAY, datetime(2026, 11, 23, 9, tzinfo=UTC), id="on Friday afternoon, for Monday morning"),
        pytest.param(datetime(2026, 11, 21, 12, tzinfo=UTC), datetime(2026, 11, 23, 16, tzinfo=UTC), id="on Saturday"),
        pytest.param(datetime(2026, 11, 18, 16, tzinfo=UTC), datetime(2026, 11, 19, 15, tzinfo=UTC), id="in the week"),
    ],
)
def test_what_the_operator_lets_go_leaves_on_the_next_working_day(
    storm: Storm, looked: datetime, told: datetime
) -> None:
    storm.allow(looked)
    assert storm.may_tell("alice", told, lambda: {f"p{n}" for n in range(500)})


def test_what_the_operator_lets_go_is_no_word_for_ever(storm: Storm) -> None:
    storm.allow(FRIDAY)
    later = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert not storm.may_tell("alice", later, lambda: {f"p{n}" for n in range(500)})
