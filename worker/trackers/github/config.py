"""What one GitHub site needs to be told: plain values, no client, no file, no environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubConfig:
    """One site of `sites:` on GitHub, Enterprise Server included.

    Either `token`, or `app_id` (or client id) with `private_key` (PEM). `installation_id` 0 means that the App's
    installation is found per owner. `repositories` are `owner/name`, or patterns such as `owner/*`.
    `former_accounts` are logins that this service had before: their records are still ours. `web_url` is where people
    browse, derived from `api_url` unless given. `attempts` and `backoff_s` govern reads and repeatable writes alone.
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
