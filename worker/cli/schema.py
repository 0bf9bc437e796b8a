"""`followthrough schema`: the JSON schemas of the configuration files, for editors that complete and check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from worker.app.problems import did_you_mean
from worker.app.schema import render_schema, schemas, write_schemas
from worker.cli.exits import FAILED, USAGE, Stop


def schema(
    name: Annotated[str, typer.Argument(help="followthrough, policy or people; none means all.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the files into this folder instead.")] = None,
) -> None:
    """Print the JSON schemas of the configuration files."""
    known = schemas()
    wanted = name.removesuffix(".yaml").removesuffix(".json")
    if wanted and wanted not in known:
        raise Stop(
            f"there is no schema {name!r}{did_you_mean(wanted, known)}; there are {', '.join(sorted(known))}", USAGE
        )
    if out is not None:
        try:
            for path in write_schemas(out):
                print(path)
        except OSError as failed:
            raise Stop(f"{out} can't be written: {failed.strerror}", FAILED) from None
    elif wanted:
        print(render_schema(known[wanted]), end="")
    else:
        print(json.dumps(known, indent=2, ensure_ascii=False, sort_keys=True))
