"""What many tests need: a real Redis, one server per test process, empty for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from worker.engine.redis import EmbeddedRedis


@pytest.fixture(scope="session")
def redis_server() -> Iterator[EmbeddedRedis]:
    """A real Redis for this test process (under pytest-xdist each worker process has its own)."""
    with EmbeddedRedis() as server:
        yield server


@pytest.fixture
def redis_client(redis_server: EmbeddedRedis) -> Iterator[Redis]:
    """A client of the real Redis, which is empty when the test begins."""
    redis_server.ensure_running()
    client = redis_server.client()
    client.flushall()
    yield client
    client.close()
