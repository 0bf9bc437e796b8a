"""`plan` and `apply` with a GitHub and a Jira: what one of them lacks is told, and the other goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Ran, Shell
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox

LABELLED = {"update": {"labels": [{"add": "postmortem"}]}}


@dataclass
class Both:
    """A GitHub and a Jira, each with one labelled post-mortem, and a folder with settings for the two."""

    shell: Shell
    github: GitHubSandbox
    jira: JiraSandbox
    folder: Path

    def write(self, projects: str = "[OPS]", mode: str = "comment") -> None:
        (self.folder / "followthrough.yaml").write_text(
            f"mode: {mode}\n"
            "sites:\n"
            "  github: {repositories: [acme/incidents]}\n"
            f"  jira: {{url: '{self.jira.url}', projects: {projects}}}\n"
        )

    def __call__(self, *arguments: str, **env: str) -> Ran:
        given = {
            "GITHUB_API_URL": self.github.api_url,
            "GITHUB_TOKEN": "sandbox-service",
            "JIRA_EMAIL": self.jira.email_of("followthrough"),
            "JIRA_API_TOKEN": self.jira.token_of("followthrough"),
            "FOLLOWTHROUGH_DATA_DIR": str(self.folder / "data"),
        }
        return self.shell(*arguments, "--config", str(self.folder), **{**given, **env})


@pytest.fixture
def both(shell: Shell, tmp_path: Path) -> Iterator[Both]:
    with GitHubSandbox() as github, JiraSandbox() as jira:
        github.act("alice", "POST", "/repos/acme/incidents/issues/1/labels", {"labels": ["postmortem"]})
        jira.act("alice", "PUT", "/issue/OPS-1", LABELLED)
        found = Both(shell, github, jira, tmp_path)
        found.write()
        yield found


def units(ran: Ran) -> set[str]:
    return {effect["unit"] for effect in json.loads(ran.out)}


def test_everything_that_is_enrolled_on_either_is_planned(both: Both) -> None:
    ran = both("plan", "--format", "json")

    assert (ran.code, ran.err) == (0, "")
    assert units(ran) == {"github:acme/incidents#1", "jira:OPS-1"}
    assert both.jira.writes("followthrough") == ()


def test_a_key_of_jira_and_its_address_in_a_browser_mean_the_same(both: Both) -> None:
    by_key, by_address = both("plan", "jira:OPS-1"), both("plan", f"{both.jira.url}/browse/OPS-1")

    assert by_key.code == 0
    assert "create-sticky jira:OPS-1" in by_key.out
    assert by_address.out.splitlines()[0] == by_key.out.splitlines()[0]


def test_apply_writes_to_jira_what_plan_said(both: Both) -> None:
    assert both("apply", "jira:OPS-1", "--service-stopped").code == 0
    assert "nothing to do" in both("apply", "jira:OPS-1", "--service-stopped").out
    assert [(entry.method, entry.status) for entry in both.jira.writes("followthrough")] == [
        ("PUT", 201),
        ("POST", 201),
    ]


def test_plan_says_what_a_project_lacks_with_the_lines_to_add_and_plans_all_the_same(both: Both) -> None:
    both.write("{OPS: {issue_type: Nope}}")
    ran = both("plan", "--format", "json")

    assert ran.code == 0
    assert units(ran) == {"github:acme/incidents#1", "jira:OPS-1"}
    assert "jira: project OPS has no issue type 'Nope'" in ran.err
    assert "`sites: {jira: {projects: {OPS: {issue_type: Task}}}}`" in ran.err


def test_a_token_that_may_only_read_is_a_gap_that_names_the_rights(both: Both) -> None:
    ran = both("plan", JIRA_API_TOKEN="sandbox-jira-service-readonly")

    assert ran.code == 0
    assert "jira: in project OPS our account lacks Create issues" in ran.err


def test_a_refused_token_of_jira_ends_with_4_and_names_its_variable_but_github_is_planned(both: Both) -> None:
    ran = both("plan", "--format", "json", JIRA_API_TOKEN="no-such-token")

    assert ran.code == 4
    assert "Renew this site's credential (JIRA_API_TOKEN)" in ran.err
    assert units(ran) == {"github:acme/incidents#1"}


def test_a_jira_that_is_down_fails_the_plan_but_github_is_planned(both: Both) -> None:
    both.jira.faults.add("drop-before", count=None)
    ran = both("plan", "--format", "json")

    assert ran.code == 1
    assert "jira: " in ran.err
    assert units(ran) == {"github:acme/incidents#1"}


def test_a_project_that_is_not_there_is_told_and_hides_no_other(both: Both) -> None:
    both.write("[OPS, XYZ]")
    ran = both("plan", "--format", "json")

    assert ran.code == 1
    assert "jira:XYZ: " in ran.err
    assert units(ran) == {"github:acme/incidents#1", "jira:OPS-1"}


def test_apply_in_observe_writes_nothing_to_jira(both: Both) -> None:
    both.write(mode="observe")
    ran = both("apply", "jira:OPS-1", "--service-stopped")

    assert ran.code == 2
    assert "site 'jira' is in mode observe" in ran.err
    assert both.jira.writes("followthrough") == ()


def test_a_create_that_jira_refuses_is_not_printed_as_done(shell: Shell, tmp_path: Path) -> None:
    seed = {
        "jira": {
            "fields": [{"id": "customfield_10050", "name": "Severity", "kind": "option", "options": ["SEV1", "SEV3"]}],
            "projects": [
                {
                    "key": "OPS",
                    "people": {"followthrough": "member", "alice": "member"},
                    "with": ["customfield_10050"],
                    "required": ["customfield_10050"],
                    "issues": [
                        {
                            "number": 1,
                            "summary": "Checkout answered 500",
                            "description": "h2. Action items\n\n* [~alice] to cap the pool at 50 by 2030-12-02\n",
                            "reporter": "alice",
                            "labels": ["postmortem"],
                            "comments": [{"author": "alice", "body": "ft track"}],
                        }
                    ],
                }
            ],
        }
    }
    with GitHubSandbox() as github, JiraSandbox(seed=seed) as jira:
        both = Both(shell, github, jira, tmp_path)
        both.write()
        ran = both("apply", "jira:OPS-1", "--service-stopped")
    assert ran.code == 1
    assert "create-issue" not in ran.out
    assert "! create-issue" in ran.err
    assert "customfield_10050" in ran.err


def test_a_site_that_does_not_answer_is_named_with_its_address_and_where_that_is_said(both: Both) -> None:
    ran = both("plan", "jira:OPS-1", JIRA_URL="http://127.0.0.1:9")
    assert ran.code == 1
    assert "http://127.0.0.1:9 (JIRA_URL, or `sites.jira.url`)" in ran.err


def test_a_refused_jira_token_says_what_else_it_may_be(both: Both) -> None:
    ran = both("plan", "jira:OPS-1", JIRA_API_TOKEN="stale-token")
    assert ran.code == 4
    assert "JIRA_EMAIL" in ran.err
    assert "Data Center takes JIRA_PAT" in ran.err
