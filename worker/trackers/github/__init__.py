"""GitHub behind the ports, through PyGithub. Nothing above this package knows that PyGithub exists."""

from worker.trackers.github.client import GitHubClient
from worker.trackers.github.config import GitHubConfig, ProjectConfig
from worker.trackers.github.people import GitHubPeople
from worker.trackers.github.read import GitHubRead
from worker.trackers.github.write import GitHubWrite

__all__ = ["GitHubClient", "GitHubConfig", "GitHubPeople", "GitHubRead", "GitHubWrite", "ProjectConfig"]
