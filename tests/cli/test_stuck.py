"""`stuck` on a real Redis, and `schema`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis

from tests.cli.conftest import Shell
from worker.engine.clock import SystemClock
from worker.engine.redis import EmbeddedRedis
from worker.engine.store import Store

KEY = "github:acme/pay#12"


@pytest.fixture
def store(redis_client: Redis) -> Store:
    """A store in which one unit has failed for good."""
    store = Store(redis_client, SystemClock(), limit=2)
    store.begin_alone()
    for _ in range(2):
        store.add(KEY, datetime.now(UTC))
        lease = store.claim_one(KEY) if not store.pending() else store.claim(1)[0]
        assert lease is not None
        store.failed(lease, "ValueError: the body has no end\nin line 3", datetime.now(UTC))
    return store


def test_what_is_stuck_is_listed_with_its_reason(shell: Shell, store: Store, redis_server: EmbeddedRedis) -> None:
    ran = shell("stuck", "list", REDIS_URL=redis_server.url)
    assert ran.code == 0
    assert ran.out.startswith(KEY)
    assert ran.out.endswith("ValueError: the body has no end\n")
    (found,) = json.loads(shell("stuck", "list", "--format", "json", REDIS_URL=redis_server.url).out)
    assert (found["key"], found["attempts"]) == (KEY, 2)


def test_one_is_shown_whole_with_what_to_do(shell: Shell, store: Store, redis_server: EmbeddedRedis) -> None:
    ran = shell("stuck", "show", KEY, REDIS_URL=redis_server.url)
    assert "in line 3" in ran.out
    assert f"followthrough stuck retry {KEY}" in ran.out


@pytest.mark.parametrize("arguments", [[KEY], ["--all"]], ids=["by its key", "all of them"])
def test_retry_has_it_due_again(shell: Shell, store: Store, redis_server: EmbeddedRedis, arguments: list[str]) -> None:
    ran = shell("stuck", "retry", *arguments, REDIS_URL=redis_server.url)
    assert (ran.code, ran.out) == (0, f"{KEY}: is tried again.\n")
    assert [key for key, _ in store.pending()] == [KEY]
    assert shell("stuck", "list", REDIS_URL=redis_server.url).out == "Nothing is stuck.\n"


def test_drop_forgets_the_failure_alone(shell: Shell, store: Store, redis_server: EmbeddedRedis) -> None:
    assert shell("stuck", "drop", KEY, REDIS_URL=redis_server.url).code == 0
    assert store.pending() == ()
    assert shell("stuck", "list", REDIS_URL=redis_server.url).out == "Nothing is stuck.\n"


@pytest.mark.parametrize("verb", ["show", "retry", "drop"])
def test_what_is_not_stuck_is_said_to_be_so(
    shell: Shell, redis_client: Redis, redis_server: EmbeddedRedis, verb: str
) -> None:
    ran = shell("stuck", verb, KEY, REDIS_URL=redis_server.url)
    assert ran.code == 1
    assert "is not stuck" in ran.err


def test_without_redis_the_command_names_the_variable(shell: Shell) -> None:
    ran = shell("stuck", "list")
    assert ran.code == 2
    assert "REDIS_URL" in ran.err


def test_a_redis_that_does_not_answer_is_a_failure(shell: Shell, tmp_path: Path) -> None:
    ran = shell("stuck", "list", REDIS_URL=f"unix://{tmp_path}/nobody.sock")
    assert ran.code == 1
    assert "Redis does not answer" in ran.err


def test_schema_prints_what_the_repository_ships(shell: Shell) -> None:
    shipped = Path(__file__).parents[2] / "config" / "schema"
    for name in ("followthrough", "people", "policy"):
        assert shell("schema", name).out == (shipped / f"{name}.json").read_text()
    assert sorted(json.loads(shell("schema").out)) == ["followthrough", "people", "policy"]


def test_an_unknown_schema_gets_a_guess(shell: Shell) -> None:
    ran = shell("schema", "peple")
    assert ran.code == 2
    assert "did you mean `people`?" in ran.err
