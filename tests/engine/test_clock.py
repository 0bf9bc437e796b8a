"""The clocks tell aware UTC, and the manual one tells its listeners when it was moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from worker.engine.clock import ManualClock, SystemClock


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_the_manual_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2))))
    moved: list[datetime] = []
    clock.subscribe(lambda: moved.append(clock.now()))
    assert clock.now() == clock.now() == datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert clock.advance(timedelta(days=1)) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
    clock.set(datetime(2026, 3, 1, tzinfo=UTC))
    assert moved == [datetime(2026, 3, 30, 0, 30, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        ManualClock(datetime(2026, 3, 1))  # noqa: DTZ001 - the mistake under test
