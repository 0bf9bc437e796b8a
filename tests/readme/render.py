"""Write the README's page "A post-mortem, before and after" from what `check` and `plan` say of two documents.

    python -m tests.readme.render

The page of the ladder (`tests.readme.ladder`) is written with it.

`before.md` and `after.md` beside this module are the documents; the page stands between two marks in the README. Long
lines are folded, and the sandbox's address is shown as GitHub's; nothing else is changed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from tests.readme import ladder
from tests.readme.fold import folded
from worker.sandbox.github import GitHubSandbox

HERE = Path(__file__).parent
README = HERE.parent.parent / "README.md"
BEGIN, END = "<!-- before and after: made by `make readme` -->", "<!-- end of before and after -->"
DAY = "2026-11-05"
KEY = "github:acme/incidents#12"


def _said(*arguments: str, **env: str) -> str:
    """What a command prints, called as a person calls it."""
    command = [sys.executable, "-m", "worker.cli.main", *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "FOLLOWTHROUGH_"))}
    ran = subprocess.run(
        command,
        cwd=HERE,
        env={**kept, "PYTHONPATH": str(README.parent), **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.rstrip()


def _checked(name: str) -> str:
    return folded(_said("check", "--today", DAY, name))


def _sticky() -> str:
    """The comment that `plan` would write on the issue with the document's text, without what is folded away."""
    title, _, body = (HERE / "before.md").read_text(encoding="utf-8").partition("\n")
    issue: dict[str, Any] = {
        "number": 12,
        "title": title.lstrip("# "),
        "user": "lena",
        "labels": ["postmortem"],
        "body": body.strip(),
        "created_at": "2026-11-04T09:00:00Z",
    }
    seed: dict[str, Any] = {
        "now": f"{DAY}T09:00:00Z",
        "users": ["bob", "lena", {"login": "followthrough[bot]", "type": "Bot"}],
        "orgs": [{"login": "acme", "members": ["bob", "lena"], "base_role": "write"}],
        "tokens": [{"token": "reads", "login": "followthrough[bot]", "issues": "read"}],
        "repos": [
            {
                "name": "acme/incidents",
                "collaborators": {"followthrough[bot]": "read"},
                "labels": ["postmortem"],
                "issues": [issue],
            }
        ],
    }
    with GitHubSandbox(seed=seed) as github:
        env = {"GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": "reads"}
        effects = json.loads(_said("plan", KEY, "--at", f"{DAY}T09:00+00:00", "--format", "json", **env))
    (text,) = (effect["detail"] for effect in effects if effect["effect"] == "create-sticky")
    shown = re.sub(r"http://127\.0\.0\.1:\d+", "https://github.com", text.partition("\n<details>")[0].strip())
    return "\n".join(f"> {line}".rstrip() for line in shown.split("\n"))


def page() -> str:
    """What stands between the two marks."""
    before = textwrap.indent(
        (HERE / "before.md").read_text(encoding="utf-8").partition("## Root cause\n")[2].strip(), "    "
    )
    table = (HERE / "after.md").read_text(encoding="utf-8").partition("## Action items\n")[2].strip()
    return "\n\n".join(
        (
            BEGIN,
            "This is the end of a post-mortem as people write them (`tests/readme/before.md`):",
            f"    ## Root cause\n\n{before.lstrip(chr(10))}",
            "`followthrough check` says, to its author alone:",
            _checked("before.md"),
            "On the issue, once it is labelled `postmortem`, everybody sees one comment:",
            _sticky(),
            "The author edits the text, which the comment follows:",
            table,
            "and `check` is content with the promises; what is left are questions:",
            _checked("after.md"),
            END,
        )
    )


def with_page(readme: str, new: str, *, begin_mark: str = BEGIN, end_mark: str = END) -> str:
    """The README with this page between its marks. Raises ValueError where the marks are missing."""
    head, begin, rest = readme.partition(begin_mark)
    _, end, tail = rest.partition(end_mark)
    if not begin or not end:
        raise ValueError(f"README.md needs the marks {begin_mark} and {end_mark}")
    return head + new + tail


if __name__ == "__main__":
    text = with_page(README.read_text(encoding="utf-8"), page())
    text = with_page(text, ladder.page(), begin_mark=ladder.BEGIN, end_mark=ladder.END)
    README.write_text(text, encoding="utf-8")
