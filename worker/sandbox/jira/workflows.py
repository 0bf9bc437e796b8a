"""The workflows, screens and types that a project has where its seed says nothing else."""

from __future__ import annotations

from typing import Any

BASIC: dict[str, Any] = {
    "statuses": [
        {"name": "To Do", "category": "new"},
        {"name": "In Progress", "category": "indeterminate"},
        {"name": "Done", "category": "done"},
    ],
    "transitions": [
        {"id": 11, "name": "To Do", "to": "To Do", "resolution": ""},
        {"id": 21, "name": "In Progress", "to": "In Progress", "resolution": ""},
        {"id": 31, "name": "Done", "to": "Done", "resolution": "Done"},
    ],
}
"""From everywhere to everywhere; being done sets the resolution by itself."""

ASKING: dict[str, Any] = {
    "statuses": [
        {"name": "Backlog", "category": "new"},
        {"name": "In Progress", "category": "indeterminate"},
        {"name": "In Review", "category": "indeterminate"},
        {"name": "Closed", "category": "done"},
    ],
    "transitions": [
        {"id": 11, "name": "Start", "from": ["Backlog"], "to": "In Progress"},
        {"id": 21, "name": "Ask for review", "from": ["In Progress"], "to": "In Review"},
        {
            "id": 31,
            "name": "Close",
            "from": ["Backlog", "In Progress", "In Review"],
            "to": "Closed",
            "screen": ["resolution"],
            "required": ["resolution"],
        },
        {"id": 41, "name": "Reopen", "from": ["Closed"], "to": "Backlog", "resolution": ""},
    ],
}
"""A way that is walked, and a last step whose screen asks for the resolution."""

ENDLESS: dict[str, Any] = {
    "statuses": [
        {"name": "Open", "category": "new"},
        {"name": "Ongoing", "category": "indeterminate"},
    ],
    "transitions": [
        {"id": 11, "name": "Take up", "from": ["Open"], "to": "Ongoing"},
        {"id": 21, "name": "Put down", "from": ["Ongoing"], "to": "Open"},
    ],
}
"""No way leads to done."""

WORKFLOWS = {"basic": BASIC, "asking": ASKING, "endless": ENDLESS}

SCREEN = (
    "summary",
    "issuetype",
    "project",
    "description",
    "assignee",
    "reporter",
    "priority",
    "labels",
    "duedate",
    "components",
    "fixVersions",
    "security",
    "issuelinks",
    "parent",
)
"""What the create screen of a company-managed project has."""

TEAM_SCREEN = tuple(name for name in SCREEN if name not in {"components", "fixVersions", "security"})
"""What a team-managed project's has."""

TYPES = ("Epic", "Story", "Task", "Bug", "Sub-task")
TEAM_TYPES = ("Epic", "Task", "Bug", "Subtask")
LEVELS = {"Epic": 1, "Sub-task": -1, "Subtask": -1}
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
RESOLUTIONS = ("Done", "Won't Do", "Duplicate", "Cannot Reproduce", "Declined")
LINK_TYPES = (
    ("Blocks", "is blocked by", "blocks"),
    ("Cloners", "is cloned by", "clones"),
    ("Duplicate", "is duplicated by", "duplicates"),
    ("Relates", "relates to", "relates to"),
)
"""Name, words read from the destination, words read from the source."""
