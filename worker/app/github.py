"""What is the adapter of one GitHub told? The settings' words in, its configuration out."""

from __future__ import annotations

from worker.app.shapes import BoardShape
from worker.app.sites import GitHubSettings
from worker.trackers.github import GitHubConfig, ProjectConfig


def github_config(site: GitHubSettings, attempts: int) -> GitHubConfig:
    """The adapter's configuration. `attempts` is how often one read, or one write that may be repeated, is sent. Raises
    ValueError where the site has no credential."""
    return GitHubConfig(
        site=site.name,
        api_url=site.api_url,
        web_url=site.web_url,
        repositories=site.repositories,
        token=site.token,
        app_id=site.app_id,
        private_key=site.private_key,
        installation_id=site.installation_id,
        former_accounts=site.former_accounts,
        timeout_s=site.timeout_s,
        attempts=attempts,
        project=_board(site.project),
    )


def _board(shape: BoardShape) -> ProjectConfig | None:
    if shape.owner is None or shape.number is None:
        return None
    fields = {"iteration": shape.iteration, "start": shape.start, "due": shape.due, "status": shape.status}
    return ProjectConfig(owner=shape.owner, number=shape.number, **fields)
