"""`audit` over folders and over a GitHub that answers over HTTP, as a newcomer calls it."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk, Shell
from worker.cli.audit import Target, since_of, target_of
from worker.cli.exits import Stop
from worker.domain.seal import seal
from worker.domain.state import RECORD as STICKY
from worker.domain.state import ItemState, State
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox
from worker.trackers.github.markup import marker

RECORD = """# Outage of the mail gate on 2026-09-03

## Impact

No mail for 40 minutes.

## Timeline

- 09:00 the queue fills

## Action items

- [x] Alert on 1,000 queued mails by 2026-09-10 (@ana)
- [ ] Add a second gate by 2026-10-01 (@bo)
- Improve the monitoring
"""
SEED: dict[str, Any] = {
    "now": "2026-11-03T09:00:00Z",
    "users": ["ana", "bo", {"login": "helper[bot]", "type": "Bot"}],
    "orgs": [{"login": "acme", "members": ["ana", "bo"], "base_role": "read"}],
    "tokens": [{"token": "t-reads", "login": "helper[bot]", "issues": "read"}],
    "repos": [
        {
            "name": "acme/incidents",
            "collaborators": {"helper[bot]": "read"},
            "labels": ["postmortem", "bug"],
            "issues": [
                {
                    "number": 1,
                    "title": "Checkout was down",
                    "user": "ana",
                    "labels": ["postmortem"],
                    "created_at": "2026-09-01T10:00:00Z",
                    "body": "## Impact\n\n2026-08-31, no sales.\n\n## Action items\n\n"
                    "- Cap the retries of the pay client at 3 #2\n- Drain the queue before each deploy #3\n"
                    "- Add a probe for the queue acme/pay#1\n- Test the probe (@bo)\n",
                },
                {"number": 2, "title": "Cap the retries", "user": "ana", "state": "closed", "parent": 1},
                {"number": 3, "title": "Drain first", "user": "ana", "state": "closed", "state_reason": "not_planned"},
                {"number": 4, "title": "Page the right team", "user": "bo", "parent": 1, "assignees": ["bo"]},
                {
                    "number": 5,
                    "title": "Button is blue",
                    "user": "bo",
                    "labels": ["bug"],
                    "body": "## Summary\n\nBlue.\n\n## Root cause\n\nCSS.\n\n## Impact\n\nNone.\n",
                },
                {"number": 6, "title": "A change", "user": "bo", "pull_request": True, "body": RECORD},
                {
                    "number": 7,
                    "title": "Post-mortem of an old outage",
                    "user": "bo",
                    "created_at": "2024-01-02T10:00:00Z",
                    "body": "## Timeline\n\n2024-01-01 10:00 down\n\n## Action items\n\n- Add a fuse\n",
                },
            ],
        },
        {
            "name": "acme/pay",
            "collaborators": {"helper[bot]": "read"},
            "issues": [{"number": 1, "title": "Probe", "user": "bo", "assignees": ["ana"]}],
        },
    ],
}


def audited(shell: Shell, *arguments: str, **env: str) -> dict[str, Any]:
    ran = shell("audit", *arguments, "--format", "json", "--today", "2026-11-20", **env)
    assert (ran.code, ran.err) == (0, "")
    found: dict[str, Any] = json.loads(ran.out)
    return found


def test_a_folder_needs_no_tracker_and_no_setting(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text(RECORD)
    (tmp_path / "README.md").write_text(RECORD)
    (tmp_path / "notes.txt").write_text("Buy milk.\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "two.md").write_text(RECORD)
    found = audited(shell, str(tmp_path))
    assert [one["place"] for one in found["post_mortems"]] == ["one.md"]
    counts = {name: found[name] for name in ("promised", "kept", "open", "unknown", "late", "ownerless", "dateless")}
    assert counts == {
        "promised": 3, "kept": 1, "open": 1, "unknown": 1, "late": 1, "ownerless": 1, "dateless": 1
    }  # fmt: skip
    assert (found["vague"], found["untracked"], found["median_age_days"], found["documents_read"]) == (1, 2, 78, 2)
    assert [(one["text"], one["line"]) for one in found["oldest"]] == [
        ("Add a second gate", 14),
        ("Improve the monitoring", 15),
    ]


def test_a_tracker_knows_better_than_the_document_what_became_of_a_promise(shell: Shell) -> None:
    with GitHubSandbox(seed=SEED) as github:
        env = {"GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": "t-reads"}
        found = audited(shell, "acme/incidents", **env)
        assert not github.writes(), "an audit wrote something"
    assert [(one["place"], one["promised"]) for one in found["post_mortems"]] == [("github:acme/incidents#1", 5)]
    assert {one["text"]: (one["state"], one["owners"], one["tracked"]) for one in found["promises"]} == {
        "Cap the retries of the pay client at 3": ("kept", [], True),
        "Drain the queue before each deploy": ("waived", [], True),
        "Add a probe for the queue": ("open", ["ana"], True),
        "Test the probe": ("unknown", ["bo"], False),
        "Page the right team": ("open", ["bo"], True),
    }


def test_an_owner_of_repositories_is_read_whole(shell: Shell) -> None:
    with GitHubSandbox(seed=SEED) as github:
        env = {"GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": "t-reads"}
        found = audited(shell, "acme", "--since", "all", **env)
    assert [one["place"] for one in found["post_mortems"]] == ["github:acme/incidents#1", "github:acme/incidents#7"]


def test_a_refused_token_and_an_unknown_repository_have_codes_of_their_own(shell: Shell) -> None:
    with GitHubSandbox(seed=SEED) as github:
        refused = shell("audit", "acme/incidents", GITHUB_API_URL=github.api_url, GITHUB_TOKEN="wrong")
        missing = shell("audit", "acme/nothing", GITHUB_API_URL=github.api_url, GITHUB_TOKEN="t-reads")
    assert (refused.code, refused.out) == (4, "")
    assert missing.code == 1
    assert "acme/nothing" in missing.err


def test_without_a_credential_it_says_which_one_is_enough(shell: Shell) -> None:
    ran = shell("audit", "acme/incidents")
    assert ran.code == 2
    assert "GITHUB_TOKEN" in ran.err
    jira = shell("audit", "project = OPS AND labels = postmortem")
    assert jira.code == 2
    assert "JIRA_URL" in jira.err


def test_what_cannot_be_read_is_told_and_stops_nothing(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "b.adf.json").write_text("{")
    (tmp_path / "c.md").write_text(RECORD)
    ran = shell("audit", str(tmp_path))
    assert ran.code == 1
    assert "a.md: is not UTF-8 text" in ran.err
    assert "b.adf.json: is not JSON" in ran.err
    assert "1 of 3 promises kept (33 %)" in ran.out


def test_an_empty_folder_says_so(shell: Shell, tmp_path: Path) -> None:
    ran = shell("audit", str(tmp_path))
    assert (ran.code, ran.err) == (0, "")
    assert "No post-mortems were found." in ran.out


def test_the_page_to_share_stands_alone_and_escapes_what_people_typed(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "one.md").write_text(RECORD.replace("Add a second gate", "Add <script>alert(1)</script> & a 'gate'"))
    page = shell("audit", str(tmp_path), "--format", "html").out
    assert "<script" not in page
    assert "src=" not in page
    assert "http" not in page.replace("http-equiv", "")
    assert "prefers-color-scheme:dark" in page


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("acme/pay", (Target.REPOSITORY, "acme/pay"), id="owner and name"),
        pytest.param("github:acme/pay", (Target.REPOSITORY, "acme/pay"), id="a key's form"),
        pytest.param("https://github.com/acme/pay/issues", (Target.REPOSITORY, "acme/pay"), id="an address"),
        pytest.param("https://github.com/acme", (Target.OWNER, "acme"), id="an owner's address"),
        pytest.param("acme", (Target.OWNER, "acme"), id="an owner"),
        pytest.param("project = OPS", (Target.JQL, "project = OPS"), id="a query"),
        pytest.param("labels in (postmortem)", (Target.JQL, "labels in (postmortem)"), id="a query with in"),
    ],
)
def test_a_target_is_what_a_person_means(written: str, meant: tuple[Target, str]) -> None:
    assert target_of(written) == meant


@pytest.mark.parametrize("written", ["./nothing", "/no/such/folder", "what is this", "a/b/c"])
def test_what_is_no_target_is_refused(written: str) -> None:
    with pytest.raises(Stop) as stopped:
        target_of(written)
    assert stopped.value.code == 2


@pytest.mark.parametrize(
    ("written", "day"),
    [
        pytest.param("1y", date(2025, 11, 20), id="a year"),
        pytest.param("6m", date(2026, 5, 21), id="six months"),
        pytest.param("12w", date(2026, 8, 28), id="weeks"),
        pytest.param("90d", date(2026, 8, 22), id="days"),
        pytest.param("2026-01-01", date(2026, 1, 1), id="a day"),
        pytest.param("all", None, id="everything"),
    ],
)
def test_since_is_a_span_or_a_day(written: str, day: date | None) -> None:
    assert since_of(written, date(2026, 11, 20)) == day


def test_the_desk_of_a_newcomer_is_audited_without_settings(desk: Desk) -> None:
    desk.label()
    ran = desk.bare("audit", "acme/incidents", "--since", "all", "--format", "json")
    assert ran.code == 0
    assert json.loads(ran.out)["promised"] >= 3


@pytest.mark.parametrize("face", ["cloud", "datacenter"])
def test_a_jira_query_is_read_with_a_credential_that_may_only_browse(shell: Shell, face: str) -> None:
    with JiraSandbox(face=face) as jira:
        env = {"JIRA_URL": jira.url, "JIRA_PAT": "sandbox-jira-service-readonly"}
        if face == "cloud":
            env = {
                "JIRA_URL": jira.url,
                "JIRA_EMAIL": "followthrough@acme.example",
                "JIRA_API_TOKEN": "sandbox-jira-service-readonly",
            }
        found = audited(shell, "project = OPS ORDER BY created", "--since", "all", **env)
    first = next(one for one in found["post_mortems"] if one["title"].startswith("Card payments failed"))
    assert first["promised"] >= 3
    assert first["url"] == f"{jira.url}/browse/{first['place'].removeprefix('jira:')}"


def test_an_item_whose_issue_is_on_the_other_tracker_is_judged_by_that_one(shell: Shell) -> None:
    body = (
        "## Impact\n\n2026-08-31, no sales.\n\n## Action items\n\n| What | Owner | Ticket |\n| --- | --- | --- |\n"
        "| Cap the log line of the ledger client at 200 characters | @bo | PAY-1 |\n"
    )
    issue = {"number": 1, "title": "Checkout was down", "user": "ana", "labels": ["postmortem"], "body": body}
    repo = {**SEED["repos"][0], "issues": [{**issue, "created_at": "2026-09-01T10:00:00Z"}]}
    with GitHubSandbox(seed={**SEED, "repos": [repo]}) as github, JiraSandbox() as jira:
        env = {"GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": "t-reads"}
        alone = audited(shell, "acme/incidents", **env)
        jira_env = {
            "JIRA_URL": jira.url,
            "JIRA_EMAIL": "followthrough@acme.example",
            "JIRA_API_TOKEN": "sandbox-jira-service-readonly",
        }
        both = audited(shell, "acme/incidents", **env, **jira_env)
    assert (alone["post_mortems"][0]["open"], alone["post_mortems"][0]["unknown"]) == (0, 1)
    assert (both["post_mortems"][0]["open"], both["post_mortems"][0]["unknown"]) == (1, 0)


def remembering(*, key: bytes, home: str = "github:acme/incidents#1") -> dict[str, Any]:
    """The seed with a record on the post-mortem that names an issue of another repository for its last item."""
    entries = (
        ItemState(id="a1", text="Test the probe", ref="github:acme/pay#1"),
        ItemState(id="a2", text="Cap the retries of the pay client at 3", ref="github:acme/incidents#2"),
        ItemState(id="a3", text="Page the right team", ref="github:acme/secret#7"),
    )
    state = State(uid="u1", enrolled_at=datetime(2026, 9, 1, tzinfo=UTC), home=home, items=entries)
    words = f"What is tracked.\n\n{marker(STICKY, seal(state.to_json(), purpose=STICKY, keys=(key,)))}"
    seed = deepcopy(SEED)
    issue = seed["repos"][0]["issues"][0]
    issue["body"] = issue["body"].replace("at 3 #2", "at 3").replace("- Add a probe for the queue acme/pay#1\n", "")
    issue["comments"] = [{"user": "helper[bot]", "body": words, "created_at": "2026-09-02T10:00:00Z"}]
    return seed


KEY = b"k" * 32


def states_of(found: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    return {one["text"]: (one["state"], one["tracked"]) for one in found["promises"]}


def test_an_issue_that_only_the_record_names_is_that_item_and_counts_once(shell: Shell) -> None:
    with GitHubSandbox(seed=remembering(key=KEY)) as github:
        env = {"GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": "t-reads", "FOLLOWTHROUGH_SIGNING_KEY": KEY.decode()}
        found = audited(shell, "acme/incidents", **env)
    assert states_of(found) == {
        "Cap the retries of the pay client at 3": ("kept", True),
        "Drain the queue before each deploy": ("waived", True),
        "Test the probe": ("open", True),
        "Page the right team": ("open", True),
    }


@pytest.mark.parametrize(
    ("key", "home"),
    [
        pytest.param(b"f" * 32, "github:acme/incidents#1", id="sealed with another key"),
        pytest.param(KEY, "github:acme/incidents#9", id="copied from another post-mortem"),
    ],
)
def test_a_record_that_is_not_this_post_mortems_names_nothing(shell: Shell, key: bytes, home: str) -> None:
    with GitHubSandbox(seed=remembering(key=key, home=home)) as github:
        env = {"GITHUB_API_URL": github.api_url, "GITHUB_TOKEN": "t-reads", "FOLLOWTHROUGH_SIGNING_KEY": KEY.decode()}
        found = audited(shell, "acme/incidents", **env)
    assert states_of(found)["Test the probe"] == ("unknown", False)
