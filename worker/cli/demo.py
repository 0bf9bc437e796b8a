"""`followthrough demo`: six weeks of two post-mortems in under two minutes, told as a story.

One is on GitHub and one in Jira. Sandboxes stand for both trackers and a clock is moved by hand; all else is the real
thing: the web role takes signed webhooks, dramatiq's threads do the work on a real Redis, mails are real messages.
Nothing is told that did not happen.
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
from worker.cli.story import cast, chapters, crossing, endings, keepsakes
from worker.cli.story.voice import NotAsTold, Teller
from worker.cli.story.world import Theatre, World, listening
from worker.engine.clock import ManualClock
from worker.engine.redis import EmbeddedRedis, NoRedis
from worker.sandbox.errors import SandboxError
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox

THREADS = 2
Chapter = Callable[[World, Teller], None]
STORY: tuple[Chapter, ...] = (
    chapters.alice_writes,
    chapters.alice_mends,
    chapters.issues_are_made,
    chapters.review_is_booked,
    chapters.first_digest,
    crossing.nadia_writes,
    crossing.two_trackers,
    chapters.bob_is_late,
    chapters.redis_is_wiped,
    crossing.tomas_needs_longer,
    crossing.jira_is_away,
    endings.alice_rehearses,
    crossing.jira_is_back,
    endings.lena_hears,
    endings.bob_answers,
    crossing.shop_is_done,
    endings.lena_lets_go,
    endings.promises_are_kept,
    endings.lena_is_back,
    endings.the_review,
    endings.the_end,
    crossing.both_ended,
)


def demo(
    out: Annotated[Path, typer.Option(help="Where the mails, invites and pages go.")] = Path("followthrough-demo"),
    serve: Annotated[bool, typer.Option(help="Keep the sandboxes running afterwards, to look around.")] = False,
) -> None:
    """Show two post-mortems' six weeks in two minutes."""
    perform(out, STORY, serve=serve)


def perform(out: Path, story: Sequence[Chapter], *, serve: bool = False) -> None:
    """Tell these chapters and leave everything in the folder. Raises Stop where one is not as told."""
    began = time.monotonic()
    keepsakes.prepare(out)
    tell = Teller(Console(highlight=False))
    tell.title(
        "Six weeks of two post-mortems",
        "A GitHub, a Jira and a clock that runs fast; everything else is the real service.",
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
    """The company, its two trackers and the service between them; they end with the stack."""
    github = stack.enter_context(GitHubSandbox(seed=cast.seed()))
    jira = stack.enter_context(JiraSandbox(seed=cast.jira_seed()))
    try:
        redis = stack.enter_context(EmbeddedRedis()).client()
    except NoRedis as err:
        raise Stop(str(err), FAILED) from None
    stack.callback(redis.close)
    settings: Settings = cast.settings(github, jira, folder)
    stage = Theatre(github, jira, settings, redis, ManualClock(cast.BEGIN))
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
    """Wait for Ctrl-C or SIGTERM, with the sandboxes and the service still running."""
    github, jira = world.sandbox, world.jira
    print(
        f"""
Both sandboxes still run, and so does the service, at {world.now:%Y-%m-%d %H:%M} UTC. Look around:

  curl {github.url}/_sandbox/state             everything that this GitHub holds
  curl {github.url}/_sandbox/requests          every request so far
  curl {jira.sandbox.url}/_sandbox/state             and the same of this Jira
  curl {jira.sandbox.url}/_sandbox/requests
"""
    )
    if world.post_mortem:
        bob = f"-H 'Authorization: Bearer {github.token_of('bob')}'"
        comments = f"{github.api_url}/repos/{world.post_mortem.replace('#', '/issues/')}/comments"
        _invite("Do something as Bob", bob, comments)
    if jira.post_mortem:
        tomas = f"-H 'Authorization: {jira.sandbox.authorization('tomas')}' -H 'Content-Type: application/json'"
        comments = f"{jira.sandbox.url}/rest/api/2/issue/{jira.post_mortem}/comment"
        _invite("Do something as Tomas in Jira", tomas, comments)
    print("Ctrl-C ends it.")
    sys.stdout.flush()
    ended = threading.Event()
    before = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _invite(what: str, who: str, comments: str) -> None:
    """Print the two commands with which somebody asks for help in a comment, and reads the comments."""
    print(
        f"""{what}, and read the comments again a second later:

  curl {who} -d '{{"body": "ft help"}}' \\
    {comments}
  curl {who} \\
    {comments}
"""
    )
