"""No query breaks the search: what is none is refused in words, whatever was typed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.jira.conftest import SEED
from worker.sandbox.jira.jql.evaluate import Asking, select
from worker.sandbox.jira.jql.parse import JqlError, parse
from worker.sandbox.jira.model import Actor
from worker.sandbox.jira.site import JiraSite

FIELDS = [
    "project",
    "key",
    "id",
    "issuekey",
    "parent",
    "labels",
    "status",
    "statusCategory",
    "type",
    "creator",
    "reporter",
    "assignee",
    "created",
    "updated",
    "resolved",
    "text",
    "summary",
    "description",
    "comment",
    "priority",
    "resolution",
    "due",
    "component",
    "level",
    "cf[10050]",
    "Severity",
    "cf[10060]",
    "nothing",
]
OPERATORS = ["=", "!=", "~", "!~", "<", "<=", ">", ">=", "in", "not in", "is", "is not"]
VALUES = [
    "OPS",
    '"To Do"',
    "EMPTY",
    "currentUser()",
    "-5d",
    '"2026-11-03 10:00"',
    "10000",
    "OPS-1",
    "(OPS, PAY)",
    "(EMPTY, x)",
    "now()",
    'startOfDay("-1d")',
    "linkedIssues(OPS-1)",
    "Unresolved",
    "standardIssueTypes()",
    '"é\\u0041"',
    "99999999999999999999w",
]


@given(st.text(alphabet=st.sampled_from("ab =!~<>()[],'\"\\&|.-1{}@\n"), max_size=40))
def test_any_text_is_a_query_or_is_refused(text: str) -> None:
    with suppress(JqlError):
        parse(text)


WORDS = [
    *["project", "=", "OPS", "and", "or", "not", "in", "is", "(", ")", "[", "]", ",", "order", "by", "empty", "cf"],
    '"',
]


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(WORDS), max_size=8))
def test_words_in_any_order_are_a_query_or_are_refused(words: list[str]) -> None:
    with suppress(JqlError):
        parse(" ".join(words))


@pytest.fixture(scope="module")
def asking() -> Asking:
    """The sandbox's Jira, asked by the service."""
    store = JiraSite(SEED).store
    return Asking(store=store, actor=Actor(account=store.accounts["service"]), now=datetime(2026, 11, 3, 9, tzinfo=UTC))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(
    st.sampled_from(FIELDS),
    st.sampled_from(OPERATORS),
    st.sampled_from(VALUES),
    st.booleans(),
    st.sampled_from(["", "ORDER BY created DESC, key", "order by priority, due asc", "ORDER BY resolved, assignee"]),
)
def test_every_field_takes_or_refuses_every_operator_and_value(
    asking: Asking, field: str, operator: str, value: str, negated: bool, order: str
) -> None:
    clause = f"{'NOT ' if negated else ''}{field} {operator} {value} {order}"
    try:
        found = select(parse(clause), asking.store.issues.values(), asking)
    except JqlError:
        return
    assert {issue.project.key for issue in found} <= {"OPS", "PUB"}
