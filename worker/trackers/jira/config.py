"""What one Jira site needs to be told: plain values, no client, no file, no environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PRIORITIES = {"P0": "Highest", "P1": "High", "P2": "Medium", "P3": "Low"}
"""Jira's own names for the priorities that policy speaks of."""

WAIVED = ("Won't Do", "Won't Fix", "Duplicate", "Cannot Reproduce", "Declined", "Invalid", "Obsolete", "Cancelled")
"""Resolutions, and names of done statuses, that mean that a promise was let go and not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseConfig:
    """How an issue of a project is closed: the transition's name and the resolution's, each "" where Jira's own
    metadata shall tell, and values for what the transition's screen requires."""

    transition: str = ""
    resolution: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectConfig:
    """What is special about one project.

    `issue_type` is the tracked issues' type ("": `Task`, else the first type that is no sub-task). `link` says how they
    are tied to their post-mortem: the name of a link type, or `parent` for a child (a sub-task, or below an epic).
    `due_field` is the id of the field with the due date; `fields` are values, as Jira's REST API takes them, for what
    the project requires. `priorities` maps P0 to P3 to names of this project's priorities. `done`, `waive` and `reopen`
    say which transition is taken.
    """

    issue_type: str = ""
    link: str = ""
    due_field: str = "duedate"
    fields: Mapping[str, Any] = field(default_factory=dict)
    priorities: Mapping[str, str] = field(default_factory=lambda: PRIORITIES)
    done: CloseConfig = field(default_factory=CloseConfig)
    waive: CloseConfig = field(default_factory=CloseConfig)
    reopen: CloseConfig = field(default_factory=CloseConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class JiraConfig:
    """One site of `sites:` on Jira.

    Either `email` with `api_token` (Cloud) or `pat` (Data Center). `url` is where people browse. With a scoped token
    requests go to `api_url`, the gateway (https://api.atlassian.com/ex/jira/CLOUD-ID); "" means `url`. `cloud` is None
    where the server is to be asked. `projects` are the keys that are watched; `special` holds what differs by project,
    also for projects that are not watched; `link` is the link type where a project names none. `waived` are the
    resolutions that mean "let go". `former_accounts` are account ids (Data Center: names) that this service had before.
    `attempts` and `backoff_s` govern reads and repeatable writes alone.
    """

    site: str = "jira"
    url: str = ""
    api_url: str = ""
    cloud: bool | None = None
    projects: tuple[str, ...] = ()
    special: Mapping[str, ProjectConfig] = field(default_factory=dict)
    link: str = "Relates"
    waived: tuple[str, ...] = WAIVED
    severity_field: str = ""
    email: str = ""
    api_token: str = field(default="", repr=False)
    pat: str = field(default="", repr=False)
    former_accounts: tuple[str, ...] = ()
    timeout_s: int = 15
    attempts: int = 3
    backoff_s: float = 0.5

    def __post_init__(self) -> None:
        if not self.pat and not (self.email and self.api_token):
            raise ValueError(f"site {self.site!r} needs a mail address with an API token, or a personal access token")
        for name, url in (("url", self.url), ("api_url", self.api_url)):
            if (url or name == "url") and urlsplit(url).scheme not in {"http", "https"}:
                raise ValueError(f"{name} {url!r} of site {self.site!r} is not an http(s) URL")

    @property
    def api(self) -> str:
        """Where requests go, without a trailing slash."""
        return (self.api_url or self.url).rstrip("/")

    def project(self, key: str) -> ProjectConfig:
        """What is special about a project; the defaults where nothing is."""
        return self.special.get(key, ProjectConfig())
