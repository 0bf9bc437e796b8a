"""What one GitHub site needs to be told: plain values, no client, no file, no environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectConfig:
    """The project (of an organization or a person, by its number) in which work is planned, and the names of its
    fields; "" for one that is not used. An item is planned until its `iteration`, else its `start` day, begins. `due`
    is read where the issue itself has no due date. That somebody changes `status` is progress."""

    owner: str
    number: int
    iteration: str = ""
    start: str = ""
    due: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubConfig:
    """One site of `sites:` on GitHub, Enterprise Server included.

    Either `token`, or `app_id` (or client id) with `private_key` (PEM). `installation_id` 0 means that the App's
    installation is found per owner. `repositories` are `owner/name`, or patterns such as `owner/*`.
    `former_accounts` are logins that this service had before: their records are still ours. `web_url` is where people
    browse, derived from `api_url` unless given. `project` is where work is planned, if that is to be read. `attempts`
    and `backoff_s` govern reads and repeatable writes alone.
    """

    site: str = "github"
    api_url: str = "https://api.github.com"
    web_url: str = ""
    repositories: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    app_id: str = ""
    private_key: str = field(default="", repr=False)
    installation_id: int = 0
    former_accounts: tuple[str, ...] = ()
    timeout_s: int = 15
    attempts: int = 3
    backoff_s: float = 0.5
    label_color: str = "5319e7"
    project: ProjectConfig | None = None

    def __post_init__(self) -> None:
        if not self.token and not (self.app_id and self.private_key):
            raise ValueError(f"site {self.site!r} needs a token, or an App's id with its private key")
        if urlsplit(self.api_url).scheme not in {"http", "https"}:
            raise ValueError(f"api_url {self.api_url!r} of site {self.site!r} is not an http(s) URL")

    @property
    def web(self) -> str:
        """Where people browse, without a trailing slash: `https://github.com` for `https://api.github.com`."""
        if self.web_url:
            return self.web_url.rstrip("/")
        parts = urlsplit(self.api_url)
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"
