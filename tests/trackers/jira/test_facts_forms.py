"""Forms in which a Jira may send plans, proof and severities, odd ones among them: what is not known tells nothing."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trackers.jira.worlds import issue, named, user
from worker.trackers.jira.config import JiraConfig
from worker.trackers.jira.facts import Facts, SiteFields, facts_of, names_code, site_fields
from worker.trackers.jira.translate import Face, Strange

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
FACE = Face(config=JiraConfig(url="https://acme.atlassian.net", email="a", api_token="b"), cloud=True)
FIELDS = SiteFields(sprint="s", development="d", severity="v")
JAVA = "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=1,state=%s,name=%s,startDate=%s,endDate=<null>]"


def found(changelog: Any = None, **fields: Any) -> Facts:
    raw = issue(**fields) | ({"changelog": changelog} if changelog is not None else {})
    return facts_of(FACE, raw, fields=FIELDS, tied=frozenset(), starts={}, is_ours=lambda who: who == "bot", now=NOW)


@pytest.mark.parametrize(
    ("sprints", "planned"),
    [
        pytest.param([{"state": "future", "startDate": "2026-12-01T09:00:00.000Z"}], date(2026, 12, 1), id="an object"),
        pytest.param([JAVA % ("FUTURE", "S", "2026-12-01T09:00:00.000Z")], date(2026, 12, 1), id="a Java text"),
        pytest.param(
            [JAVA % ("FUTURE", "Q4 [pay], state=ACTIVE,startDate=2020-01-01", "2026-12-01T09:00:00.000Z")],
            date(2026, 12, 1),
            id="a name that looks like the rest",
        ),
        pytest.param([JAVA % ("FUTURE", "S", "<null>")], date(2026, 11, 4), id="a Java text without a date"),
        pytest.param([JAVA % ("ACTIVE", "S", "2026-10-26T09:00:00.000Z")], None, id="one that runs"),
        pytest.param(
            [{"state": "future", "startDate": "2026-12-15"}, {"state": "future", "startDate": "2026-12-01"}],
            date(2026, 12, 1),
            id="the first of several",
        ),
        pytest.param(["", "[]", "Sprint@1[", None, 7, {}, {"state": None}], None, id="nothing that is known"),
        pytest.param("future", None, id="no list"),
    ],
)
def test_sprints(sprints: Any, planned: date | None) -> None:
    assert found(s=sprints).planned_from == planned


@pytest.mark.parametrize(
    ("value", "proof"),
    [
        pytest.param("{pullrequest={dataType=pullrequest, state=MERGED, stateCount=1}, json=}", (), id="cut JSON"),
        pytest.param("{}", (), id="an empty panel"),
        pytest.param(
            "{summaryBean=SummaryBean@1[summary={pullrequest=Overall{stateCount=1, state='MERGED'}}]}",
            ("a merged pull request",),
            id="an old server's text",
        ),
        pytest.param(
            '{repository={count=2}, json={"cachedValue":{"summary":{"repository":{"overall":{"count":2}}}}}}',
            ("a commit",),
            id="commits without a time",
        ),
        pytest.param('{json={"cachedValue":{"summary":[]}}}', (), id="another form of JSON"),
        pytest.param(None, (), id="no panel"),
    ],
)
def test_the_development_panel(value: Any, proof: tuple[str, ...]) -> None:
    assert (found(d=value).proof, found(d=value).developed_at) == (proof, None)


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        pytest.param({"value": "SEV1", "id": "7"}, "SEV1", id="an option"),
        pytest.param({"value": "SEV1", "child": {"value": "EU"}}, "SEV1", id="an option with another below"),
        pytest.param([{"value": "SEV2"}, {"value": "SEV3"}], "SEV2", id="the first of several"),
        pytest.param(2.0, "2", id="a number"),
        pytest.param("  sev1 ", "sev1", id="a text"),
        pytest.param({"name": "High"}, "High", id="a name"),
        pytest.param(True, "", id="a yes"),
        pytest.param(None, "", id="nothing"),
    ],
)
def test_severities(value: Any, severity: str) -> None:
    assert found(v=value).severity == severity


def test_data_center_names_the_owner_by_a_key_in_the_history() -> None:
    bob = named("bob", key="JIRAUSER10103")
    lines = [
        {
            "id": "2",
            "created": "2026-11-02T09:00:00.000+0000",
            "author": named("lena"),
            "items": [_given("JIRAUSER10103")],
        },
        {"id": "1", "created": "2026-11-01T09:00:00.000+0000", "author": named("lena"), "items": [_given("JIRAUSER1")]},
    ]
    assert found({"histories": lines}, assignee=bob).assigned_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert found(None, assignee=bob).assigned_at is None, "a search sends no history, so nothing is known"
    assert found({"histories": []}, assignee=user("712020:bob")).assigned_at == datetime(2026, 11, 2, 8, tzinfo=UTC)


def _given(who: str) -> dict[str, Any]:
    return {"field": "assignee", "from": None, "fromString": None, "to": who, "toString": who}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param('This issue links to "Pull request #7"', True, id="words"),
        pytest.param('This issue links to "https://git.example/a/b/pull/7"', True, id="GitHub's address"),
        pytest.param('This issue links to "https://git.example/a/b/-/merge_requests/7"', True, id="GitLab's address"),
        pytest.param('This issue links to "PR #12 Limit retries"', True, id="short"),
        pytest.param('This issue links to "commit 1a2b3c4d"', True, id="a commit"),
        pytest.param('This issue links to "Our commitments for Q4"', False, id="commitments"),
        pytest.param('This issue links to "Approval of plan #3"', False, id="another number"),
    ],
)
def test_what_a_link_to_code_looks_like(words: str, code: bool) -> None:
    assert names_code(words) is code


def test_the_sites_fields_are_known_by_their_kind_and_the_severity_by_name_or_id() -> None:
    rows = [
        {"id": "customfield_1", "name": "Sprint", "schema": {"custom": "com.pyxis.greenhopper.jira:gh-sprint"}},
        {"id": "customfield_2", "name": "Sprint", "schema": {"custom": "x:textfield"}},
        {"id": "customfield_3", "name": "Incident severity"},
        {"id": 4, "name": None},
        None,
    ]
    assert site_fields(rows, "incident Severity") == SiteFields(sprint="customfield_1", severity="customfield_3")
    assert site_fields(rows, "customfield_2") == SiteFields(sprint="customfield_1", severity="customfield_2")
    assert site_fields({"errors": []}, "Severity") == SiteFields()


_KEYS = ("state", "startDate", "type", "name", "inward", "inwardIssue", "key", "fields", "status", "items", "histories")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    max_leaves=12,
)


@given(
    values=st.fixed_dictionaries(
        dict.fromkeys(("s", "d", "v", "fixVersions", "issuelinks", "components", "assignee"), JSON)
    )
)
@settings(max_examples=150, deadline=None)
def test_no_value_of_a_field_breaks_the_reading(values: dict[str, Any]) -> None:
    assert isinstance(found({"histories": []}, **values), Facts)


@given(changelog=JSON)
@settings(max_examples=100, deadline=None)
def test_a_history_is_read_or_strange(changelog: Any) -> None:
    with contextlib.suppress(Strange):
        assert isinstance(found(changelog if changelog is not None else {}, assignee=user("712020:bob")), Facts)
