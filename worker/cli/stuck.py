"""`followthrough stuck list|show|retry|drop`: work that failed again and again and was set aside.

The quarantine is kept in Redis; nothing here contacts a tracker.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from redis import Redis, RedisError

from worker.app.environment import Environment
from worker.cli.exits import FAILED, USAGE, Stop
from worker.engine.clock import SystemClock
from worker.engine.deadletters import DeadLetter, DeadLetters
from worker.engine.redis import connect
from worker.engine.store import Store

stuck = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, look at, retry or drop work that failed for good.",
)
Key = Annotated[str, typer.Argument(help="A unit's key, as `stuck list` shows it.")]


@stuck.command("list")
def list_stuck(
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
) -> None:
    """List what is stuck, the oldest first."""
    if form not in {"text", "json"}:
        raise Stop(f"--format {form} is unknown; use text or json", USAGE)
    with _redis() as redis:
        found = DeadLetters(redis, SystemClock()).list()
    if form == "json":
        print(json.dumps([_fields(letter) for letter in found], indent=1, ensure_ascii=False))
    elif not found:
        print("Nothing is stuck.")
    else:
        widest = max(len(letter.key) for letter in found)
        for letter in found:
            reason = letter.reason.splitlines()[0] if letter.reason else "no reason is known"
            print(f"{letter.key:<{widest}}  since {letter.since:%Y-%m-%d %H:%M} UTC  {reason}")


@stuck.command()
def show(key: Key) -> None:
    """Show one of them with its whole last error."""
    with _redis() as redis:
        letter = DeadLetters(redis, SystemClock()).show(key)
    if letter is None:
        raise _unknown(key)
    print(
        f"{letter.key}\nsince     {letter.since:%Y-%m-%d %H:%M:%S} UTC\nattempts  {letter.attempts}\n"
        f"reason    {letter.reason or 'no reason is known'}\n\n"
        f"Once the cause is mended: followthrough stuck retry {letter.key}"
    )


@stuck.command()
def retry(
    key: Annotated[str, typer.Argument(help="A unit's key, or nothing with --all.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Everything that is stuck.")] = False,
) -> None:
    """Have it tried again now, with all its attempts."""
    if bool(key) == every:
        raise Stop("name one key, or use --all", USAGE)
    with _redis() as redis:
        letters = DeadLetters(redis, SystemClock())
        keys = [letter.key for letter in letters.list()] if every else [key]
        done = [each for each in keys if letters.retry(each)]
        if done:
            Store(redis, SystemClock()).ring()
    if not done and not every:
        raise _unknown(key)
    for each in done:
        print(f"{each}: is tried again.")
    if not done:
        print("Nothing is stuck.")


@stuck.command()
def drop(key: Key) -> None:
    """Forget the failure. The next change, or the next sweep that sees it, has it tried again."""
    with _redis() as redis:
        if not DeadLetters(redis, SystemClock()).drop(key):
            raise _unknown(key)
    print(f"{key}: forgotten. Its next change, or the daily look, has it tried again.")


def _unknown(key: str) -> Stop:
    return Stop(f"{key} is not stuck. `followthrough stuck list` shows what is.", FAILED)


def _fields(letter: DeadLetter) -> dict[str, object]:
    return {
        "key": letter.key,
        "since": letter.since.isoformat(),
        "attempts": letter.attempts,
        "reason": letter.reason,
    }


@contextmanager
def _redis() -> Iterator[Redis]:
    """The Redis of REDIS_URL, which answers."""
    environment = Environment(os.environ)
    url = environment.url("REDIS_URL", ("redis", "rediss", "unix"), secret=True)
    if environment.problems:
        raise Stop("\n".join(str(problem) for problem in environment.problems), USAGE)
    if not url:
        raise Stop(
            "Set REDIS_URL to the service's Redis. (A `followthrough run` that brought its own logs its address at the "
            "start: `embedded redis started`.)",
            USAGE,
        )
    redis = connect(url)
    try:
        redis.ping()
        yield redis
    except RedisError as err:
        raise Stop(f"Redis does not answer: {err}", FAILED) from None
    finally:
        redis.close()
