"""The trackers behind two ports: reading and writing. Nobody above this package knows PyGithub or jira exists."""
