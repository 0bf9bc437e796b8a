"""How severe an incident was, and who may hear of it, as its issue's labels and fields say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from worker.domain.incident import is_confidential, severity_of
from worker.domain.model import Issue, IssueRef
from worker.domain.policy import Policy

NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)
ISSUE = Issue(ref=IssueRef("github", "acme/incidents#1"), title="Down", created_at=NOW, updated_at=NOW)


@pytest.mark.parametrize(
    ("labels", "field", "severity"),
    [
        pytest.param(["sev1"], "", "P0", id="a label as the map has it"),
        pytest.param(["SEV-2"], "", "P1", id="case and signs say nothing"),
        pytest.param(["severity/critical"], "", "P0", id="a label of a group"),
        pytest.param(["Severity: 3"], "", "P2", id="a number after the group's name"),
        pytest.param(["incident-severity-4"], "", "P3", id="a longer name of the group"),
        pytest.param(["sev3", "sev1", "postmortem"], "", "P0", id="the worst of several counts"),
        pytest.param(["sev3"], "SEV1", "P0", id="the tracker's field comes before labels"),
        pytest.param(["sev3"], "Cosmetic", "P2", id="a field with an unknown word leaves it to the labels"),
        pytest.param(["postmortem", "1", "several", "minority"], "", "", id="other words say nothing"),
        pytest.param([], "", "", id="nothing says nothing"),
    ],
)
def test_the_severity_is_a_priority(labels: list[str], field: str, severity: str) -> None:
    assert severity_of(replace(ISSUE, labels=frozenset(labels), severity=field), Policy()) == severity


def test_an_organizations_own_words_count() -> None:
    policy = Policy(severities={"Feuer!": "p0"})
    assert severity_of(replace(ISSUE, labels=frozenset({"feuer"})), policy) == "P0"
    assert severity_of(replace(ISSUE, labels=frozenset({"sev1"})), policy) == ""


@pytest.mark.parametrize(
    ("labels", "restricted", "secret"),
    [
        pytest.param(["Confidential"], False, True, id="the label in any case"),
        pytest.param([], True, True, id="an issue that only some people see"),
        pytest.param(["security"], False, False, id="a subject is no secret"),
        pytest.param(["confidential-ish"], False, False, id="a part of another word is none"),
    ],
)
def test_what_is_confidential(labels: list[str], restricted: bool, secret: bool) -> None:
    assert is_confidential(replace(ISSUE, labels=frozenset(labels), restricted=restricted), Policy()) is secret
    assert (
        is_confidential(
            replace(ISSUE, labels=frozenset(labels), restricted=restricted), Policy(confidential_labels=frozenset())
        )
        is restricted
    )
