"""What stands in a tracked issue that the service creates. Written once; people own it afterwards."""

from __future__ import annotations

from worker.domain.model import Issue
from worker.domain.render.safe import cut, one_line, plain

TITLE_LIMIT = 120


def render_title(text: str) -> str:
    """The issue's title: the item's words on one line, cut where they are long."""
    return cut(one_line(text), TITLE_LIMIT) or "Action item without words"


def render_issue_body(*, text: str, section: str, owner: str, post_mortem: Issue, number: int, linked: bool) -> str:
    """The issue's body in Markdown, without the due date and the mark, which the adapter adds.

    `owner` is shown by name where the tracker can't carry them as assignee ("" where it does). `linked` says that the
    tracker itself shows the way back to the post-mortem.
    """
    where = f"{number}" + (f" under “{plain(section, 80)}”" if section else "")
    origin = f"[{plain(post_mortem.title, 120)}]({post_mortem.url})" if post_mortem.url else post_mortem.ref.key
    lines = [
        plain(text, 2000),
        "",
        f"Promised in the post-mortem {origin}, action item {where}." + ("" if linked else " This link stands for it."),
    ]
    if owner:
        lines += ["", f"Owner as written there: {plain(owner, 120)}"]
    lines += [
        "",
        "---",
        (
            "This issue and the post-mortem are kept in step. In a comment here: `ft done what shows that it works`, "
            "`ft due 2026-12-01 reason`, or `ft waive reason`. `ft help` tells the rest."
        ),
    ]
    return "\n".join(lines)
