"""`followthrough demo`: a post-mortem's six weeks in under two minutes, told as a story.

The sandbox stands for GitHub and a clock is moved by hand; all else is the real thing: the web role takes signed
webhooks, dramatiq's threads do the work on a real Redis, mails are real messages. Nothing is told that did not happen.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console

from worker.app.settings import Settings
from worker.cli.exits import FAILED, Stop
from worker.cli.story import cast, chapters, endings, keepsakes
from worker.cli.story.voice import NotAsTold, Teller
from worker.cli.story.world import Theatre, World, listening
from worker.engine.clock import ManualClock
from worker.engine.redis import EmbeddedRedis, NoRedis
from worker.sandbox.errors import SandboxError
from worker.sandbox.github import GitHubSandbox

THREADS = 2
Chapter = Callable[[World, Teller], None]
STORY: tuple[Chapter, ...] = (
    chapters.alice_writes,
    chapters.alice_mends,
    chapters.issues_are_made,
    chapters.review_is_booked,
    chapters.first_digest,
    chapters.bob_is_late,
    chapters.redis_is_wiped,
    endings.alice_rehearses,
    endings.lena_hears,
    endings.bob_answers,
    endings.lena_lets_go,
    endings.promises_are_kept,
    endings.lena_is_back,
    endings.the_review,
    endings.the_end,
)


def demo(
    out: Annotated[Path, typer.Option(help="Where the mails, invites and pages go.")] = Path("followthrough-demo"),
    serve: Annotated[bool, typer.Option(help="Keep the sandbox running afterwards, to look around.")] = False,
) -> None:
    """Show a post-mortem's six weeks in two minutes."""
    perform(out, STORY, serve=serve)


def perform(out: Path, story: Sequence[Chapter], *, serve: bool = False) -> None:
    """Tell these chapters and leave everything in the folder. Raises Stop where one is not as told."""
    began = time.monotonic()
    keepsakes.prepare(out)
    tell = Teller(Console(highlight=False))
    tell.title(
        "Six weeks of one post-mortem",
        "A GitHub on this machine and a clock that runs fast; everything else is the real service.",
    )
    with ExitStack() as stack:
        stack.enter_context(_logs_into(out / "service.log"))
        world = _world(stack, out.absolute())
        try:
            world.stage.start()
            for chapter in story:
                chapter(world, tell)
        except (NotAsTold, SandboxError, TimeoutError) as failed:
            where = _kept_for_looking(world, tell, out)
            raise Stop(
                f"The demo ends here, because something is not as the story tells it: {failed} {where}", FAILED
            ) from None
        tell.ends("Look around:", keepsakes.leave(world, tell, out))
        print(f"\nThat took {time.monotonic() - began:.0f} seconds.")
        if serve:
            _serve(world)


def _world(stack: ExitStack, folder: Path) -> World:
    """The company, its GitHub and the service between them; they end with the stack."""
    sandbox = stack.enter_context(GitHubSandbox(seed=cast.seed()))
    try:
        redis = stack.enter_context(EmbeddedRedis()).client()
    except NoRedis as err:
        raise Stop(str(err), FAILED) from None
    stack.callback(redis.close)
    settings: Settings = cast.settings(sandbox.api_url, sandbox.token_of(cast.BOT), folder)
    stage = Theatre(sandbox, settings, redis, ManualClock(cast.BEGIN))
    stack.enter_context(listening(stage))
    stack.enter_context(stage.workers(THREADS))
    return World(stage, settings.mail_folder)


def _kept_for_looking(world: World, tell: Teller, out: Path) -> str:
    """What is there already is kept, so that one can see what went wrong."""
    with contextlib.suppress(Exception):
        keepsakes.leave(world, tell, out)
        return f"What happened so far is in {out}."
    return ""


@contextmanager
def _logs_into(path: Path) -> Iterator[None]:
    """The story is the output; the service's own log lines go into a file."""
    root = logging.getLogger()
    handler = logging.FileHandler(path, encoding="utf-8")
    root.addHandler(handler)
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(sort_keys=True),
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(handler.stream),
    )
    try:
        yield
    finally:
        structlog.reset_defaults()
        root.removeHandler(handler)
        handler.close()


def _serve(world: World) -> None:
    """Wait for Ctrl-C or SIGTERM, with the sandbox and the service still running."""
    sandbox = world.sandbox
    print(
        f"""
The sandbox still runs, and so does the service, at {world.now:%Y-%m-%d %H:%M} UTC. Look around:

  curl {sandbox.url}/_sandbox/state          everything that this GitHub holds
  curl {sandbox.url}/_sandbox/requests       every request so far

Do something as Bob, and read the comment again a second later:

  curl -H 'Authorization: Bearer {sandbox.token_of("bob")}' -d '{{"body": "ft help"}}' \\
    {sandbox.api_url}/repos/{world.post_mortem.replace("#", "/issues/")}/comments
  curl -H 'Authorization: Bearer {sandbox.token_of("bob")}' \\
    {sandbox.api_url}/repos/{world.post_mortem.replace("#", "/issues/")}/comments

Ctrl-C ends it."""
    )
    sys.stdout.flush()
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
