"""What is the adapter of one Jira told? The settings' words in, its configuration and its two ports out.

What the settings leave open is the adapter's own default.
"""

from __future__ import annotations

from typing import Any

from worker.app.shapes import CloseShape, ProjectShape, TransitionShape
from worker.app.sites import JiraSettings
from worker.trackers.jira import JiraClient, JiraPeople, JiraRead, JiraWrite
from worker.trackers.jira.config import PRIORITIES, CloseConfig, JiraConfig, ProjectConfig
from worker.trackers.port import TrackerPeople, TrackerRead, TrackerWrite


def jira_ports(site: JiraSettings, attempts: int) -> tuple[TrackerRead, TrackerWrite]:
    """The ports of one Jira, on one client. Nothing is contacted."""
    client = JiraClient(jira_config(site, attempts))
    return JiraRead(client), JiraWrite(client)


def jira_people(site: JiraSettings, attempts: int) -> TrackerPeople:
    """The port to the people of one Jira. Nothing is contacted."""
    return JiraPeople(JiraClient(jira_config(site, attempts)))


def jira_config(site: JiraSettings, attempts: int) -> JiraConfig:
    """The adapter's configuration. `attempts` is how often one read, or one write that may be repeated, is sent."""
    given: dict[str, Any] = {"link": site.link, "waived": site.waived}
    return JiraConfig(
        site=site.name,
        url=site.url,
        api_url=site.api_url,
        cloud=site.cloud,
        projects=site.projects,
        special={key: _project(shape) for key, shape in sorted(site.special.items())},
        email=site.email,
        api_token=site.api_token,
        pat=site.pat,
        severity_field=site.severity_field,
        former_accounts=site.former_accounts,
        timeout_s=site.timeout_s,
        attempts=attempts,
        **{name: value for name, value in given.items() if value},
    )


def _project(shape: ProjectShape) -> ProjectConfig:
    given: dict[str, Any] = {"due_field": shape.due_field}
    return ProjectConfig(
        issue_type=shape.issue_type,
        link=shape.link,
        fields=shape.fields,
        priorities={**PRIORITIES, **shape.priorities},
        done=_close(shape.done),
        waive=_close(shape.waive),
        reopen=_close(shape.reopen),
        **{name: value for name, value in given.items() if value},
    )


def _close(shape: TransitionShape) -> CloseConfig:
    resolution = shape.resolution if isinstance(shape, CloseShape) else ""
    return CloseConfig(transition=shape.transition, resolution=resolution, fields=shape.fields)
