"""What does the page show of one issue, on whichever tracker it is?

Both kinds come out alike: key, anchor, title, state, by, assignees, ties (words and their anchors), html, and comments
(who, on, html, ours) with the sticky one first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from worker.cli.story import jira_side, world
from worker.cli.story.cast import BOT, JIRA_BOT, JIRA_NAMES
from worker.cli.story.jira_side import markdown_of
from worker.cli.story.markup import anchor, anchor_of, html_of

_MENTION = re.compile(r"@712020:(\w+)")


def github_box(key: str, issue: Mapping[str, Any]) -> dict[str, Any]:
    """An issue of the sandbox's GitHub state."""
    ends = {"completed": "done", "not_planned": "let go"}
    ties = [("Sub-issue of ", issue["parent"])] if issue["parent"] else []
    ties += [("Sub-issue ", child) for child in issue["children"]]
    return {
        "key": key,
        "anchor": anchor(key),
        "title": issue["title"],
        "state": ends.get(issue["state_reason"] or "", issue["state"]),
        "by": issue["user"],
        "assignees": ", ".join(issue["assignees"]),
        "ties": [(words + other, anchor(other)) for words, other in ties],
        "html": _safe(issue["body"]),
        "comments": _sticky_first(
            (world.STICKY in c["body"], c["user"], c["created_at"], c["body"], c["user"] == BOT)
            for c in issue["comments"]
        ),
    }


def jira_box(key: str, issue: Mapping[str, Any]) -> dict[str, Any]:
    """An issue of the sandbox's Jira state."""
    ends = {"Done": "done", "Won't Do": "let go"}
    ties = [(f"{link['type']}: {link['key']}", anchor(link["key"])) for link in issue["links"]]
    ties += [(f"Web link: {link['title']}", anchor_of(link["url"])) for link in issue["remote_links"]]
    return {
        "key": key,
        "anchor": anchor(key),
        "title": issue["summary"],
        "state": ends.get(issue["resolution"] or "", issue["status"].lower()),
        "by": issue["reporter"],
        "assignees": issue["assignee"] or "",
        "ties": ties,
        "html": _safe(_named(markdown_of(issue["description_adf"], issue["description"]))),
        "comments": _sticky_first(
            (
                jira_side.STICKY in c["body"],
                c["author"],
                c["created"],
                _named(markdown_of(c["body_adf"], c["body"])),
                c["author"] == JIRA_BOT,
            )
            for c in issue["comments"]
        ),
    }


def _sticky_first(comments: Iterable[tuple[bool, str, str, str, bool]]) -> list[dict[str, Any]]:
    """Comments as (sticky, who, when, Markdown, ours)."""
    ordered = sorted(comments, key=lambda comment: not comment[0])
    return [{"who": who, "on": on[:10], "html": _safe(text), "ours": ours} for _, who, on, text, ours in ordered]


def _safe(markdown: str) -> Markup:
    return Markup(html_of(markdown))  # noqa: S704  html_of escapes


def _named(markdown: str) -> str:
    """With the names of people where Jira has their account ids."""
    return _MENTION.sub(lambda found: "@" + JIRA_NAMES.get(found[1], found[1]), markdown)
