"""The entry point: which command lives in which module, and what a failure looks like to a person.

A command's module is imported only when that command is called, so that `check` starts without a tracker library, a
queue or a Redis client. This module itself does nothing else and knows no settings.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any

import typer
from typer.core import TyperGroup

from worker.cli.exits import INTERRUPTED, OK, Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where a command lives: `attribute` of `module` is a function, or a `typer.Typer` with commands of its own."""

    module: str
    attribute: str
    help: str


COMMANDS: dict[str, Entry] = {
    "check": Entry(
        module="worker.cli.check",
        attribute="check",
        help="Read post-mortems from files and say what each action item still needs.",
    ),
    "audit": Entry(
        module="worker.cli.audit",
        attribute="audit",
        help="Say what the post-mortems of a folder or an organization promised, and what became of it.",
    ),
    "plan": Entry(
        module="worker.cli.plan",
        attribute="plan",
        help="Print what would be written to the tracker now, and why. Writes nothing.",
    ),
    "apply": Entry(
        module="worker.cli.apply",
        attribute="apply",
        help="Reconcile these issues once, now.",
    ),
    "run": Entry(
        module="worker.cli.run",
        attribute="run",
        help="Run the whole service: web, clock and workers, and a Redis where none is given.",
    ),
    "web": Entry(module="worker.cli.roles", attribute="web", help="Run the web role alone: webhooks in, health out."),
    "clock": Entry(module="worker.cli.roles", attribute="clock", help="Run the clock role alone."),
    "worker": Entry(module="worker.cli.roles", attribute="worker", help="Run the worker role alone."),
    "digest": Entry(module="worker.cli.digest", attribute="digest", help="Preview the leads' weekly digests."),
    "doctor": Entry(
        module="worker.cli.doctor",
        attribute="doctor",
        help="Check settings, trackers, ledger, people, Redis, mail and chats; print the fix for what is wrong.",
    ),
    "simulate": Entry(
        module="worker.cli.simulate",
        attribute="simulate",
        help="Say whom the ladder would tell what in the weeks to come. Sends nothing.",
    ),
    "pause": Entry(
        module="worker.cli.pause",
        attribute="pause",
        help="Tell nobody anything up to a day, or nobody of one team.",
    ),
    "people": Entry(
        module="worker.cli.people",
        attribute="app",
        help="Show who answers for whom and why; compare people.yaml with its sources.",
    ),
    "stuck": Entry(
        module="worker.cli.stuck",
        attribute="stuck",
        help="List, look at, retry or drop work that failed for good.",
    ),
    "schema": Entry(
        module="worker.cli.schema",
        attribute="schema",
        help="Print the JSON schemas of the configuration files.",
    ),
    "sandbox": Entry(
        module="worker.cli.sandbox",
        attribute="sandbox",
        help="Run a GitHub and a Jira on this machine, for trying and testing.",
    ),
    "demo": Entry(module="worker.cli.demo", attribute="demo", help="Show two post-mortems' six weeks in two minutes."),
}


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports one only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  the base class's signature
        """The names in the order of the table, which is the order of a user's first day."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  the base class's signature
        """The command of this name, imported now; None where there is none."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        found = getattr(import_module(entry.module), entry.attribute)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False, rich_markup_mode=None)
            single.command(name=cmd_name)(found)
            found = single
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; `self.commands` feeds the "did you mean" of an unknown name without importing any."""
        if args and args[0] not in COMMANDS:
            self.commands = dict.fromkeys(COMMANDS, typer.main.get_command(_nothing()))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  the base class's signature
        """List the commands from the table: help must not import every library."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


def _nothing() -> typer.Typer:
    empty = typer.Typer(add_completion=False)
    empty.command()(lambda: None)
    return empty


app = typer.Typer(
    name="followthrough",
    cls=LazyGroup,
    help="Makes post-mortem promises come true.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"followthrough {metadata.version('followthrough')}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Makes post-mortem promises come true."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave the process with its exit code (see `worker.cli.exits`)."""
    try:
        app(args=arguments, prog_name="followthrough")
    except Stop as stop:
        if stop.message:
            print(stop.message, file=sys.stderr)
        sys.exit(stop.code)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone, which is no failure. Python would complain at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(OK)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
