"""Jira behind the ports, Cloud and Data Center, through the `jira` library. Nothing above this package knows it."""

from worker.trackers.jira.client import JiraClient
from worker.trackers.jira.config import CloseConfig, JiraConfig, ProjectConfig
from worker.trackers.jira.people import JiraPeople
from worker.trackers.jira.read import JiraRead
from worker.trackers.jira.write import JiraWrite

__all__ = ["CloseConfig", "JiraClient", "JiraConfig", "JiraPeople", "JiraRead", "JiraWrite", "ProjectConfig"]
