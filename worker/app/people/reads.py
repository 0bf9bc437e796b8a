"""The ports to the people of all sites, as the settings name them."""

from __future__ import annotations

from worker.app.people.trackers import PeopleReads
from worker.app.settings import JiraSettings, Settings
from worker.trackers.port import TrackerPeople

ATTEMPTS = 3


def people_reads_of(settings: Settings, *, attempts: int = ATTEMPTS) -> PeopleReads:
    """The ports, each made when it is first asked for. Nothing is contacted."""

    def port(name: str) -> TrackerPeople:
        # Imported here: whoever has tables alone need not load the trackers' libraries.
        site = settings.sites[name]
        if site.unready:
            raise ValueError(str(site.unready[0]))
        if isinstance(site, JiraSettings):
            from worker.app.jira import jira_people

            return jira_people(site, attempts)
        from worker.app.github import github_config
        from worker.trackers.github import GitHubClient, GitHubPeople

        return GitHubPeople(GitHubClient(github_config(site, attempts)))

    return PeopleReads(port)
