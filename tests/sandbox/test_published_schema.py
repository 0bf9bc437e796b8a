"""Is the sandbox's GraphQL schema a true subset of GitHub's? GitHub's own is too large to carry along: fetch it with

    npm pack @octokit/graphql-schema && tar xzf octokit-graphql-schema-*.tgz

and name it in GITHUB_GRAPHQL_SCHEMA=package/schema.graphql; without that the comparison is skipped.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from graphql import build_schema

from tests.sandbox.published import differences
from worker.sandbox.github.context import Features
from worker.sandbox.github.graph.answer import schema_for, sdl_for
from worker.sandbox.github.graph.reads import FIELDS

NEWER = ("Issue.blockedBy:", "Issue.blocking:", "IssueTimelineItems", "ProjectV2ItemStatusChangedEvent:")
"""What GitHub's own documentation has, and the package has not been renewed for."""

PUBLISHED = os.environ.get("GITHUB_GRAPHQL_SCHEMA", "")


@pytest.mark.skipif(not PUBLISHED, reason="GITHUB_GRAPHQL_SCHEMA names no published schema")
def test_the_schema_is_a_true_subset_of_the_published_one() -> None:
    found = differences(sdl_for(Features()), Path(PUBLISHED).read_text(encoding="utf-8"))
    assert [line for line in found if not line.startswith(NEWER)] == []


@pytest.mark.parametrize(
    ("ours", "found"),
    [
        pytest.param("type Query { a: Int }", [], id="less is no difference"),
        pytest.param("type Query { c: Int }", ["Query.c: Int, there missing"], id="a field of our own"),
        pytest.param("type Query { a: String }", ["Query.a: String, there Int"], id="another type"),
        pytest.param("type Query { b: Int }", ["Query.b(n): required there, missing here"], id="a missing argument"),
        pytest.param("type Query { a: Int } enum E { Z }", ["E.Z: no such value"], id="a value of our own"),
        pytest.param("type Query { a: Int } input I { y: Int }", ["I.x: required there, missing here"], id="an input"),
    ],
)
def test_each_difference_is_found(ours: str, found: list[str]) -> None:
    theirs = "type Query { a: Int b(n: Int!): Int } enum E { A B } input I { x: Int! y: Int }"
    assert differences(ours, theirs) == found


@pytest.mark.parametrize("sub_issues", [True, False], ids=["sub-issues", "no sub-issues"])
@pytest.mark.parametrize("parent", [True, False], ids=["parent on create", "no parent on create"])
def test_the_schema_is_whole_with_each_choice_of_features(sub_issues: bool, parent: bool) -> None:
    features = Features(sub_issues=sub_issues, parent_on_create=parent)
    given = build_schema(sdl_for(features)).type_map["CreateIssueInput"]
    assert ("parentIssueId" in given.fields) is (sub_issues and parent)  # type: ignore[attr-defined]
    assert ("subIssues" in schema_for(features).type_map["Issue"].fields) is sub_issues  # type: ignore[attr-defined]


def test_no_answer_is_written_for_a_field_that_the_schema_lacks() -> None:
    types = schema_for(Features()).type_map
    interfaces = {"Actor", "RepositoryOwner"}
    lost = [f"{t}.{f}" for t, f in FIELDS if t not in interfaces and f not in getattr(types[t], "fields", {})]
    # An account's fields are written once for all its kinds; a bot has no name, and only a person has e-mail.
    assert sorted(lost) == [
        "Bot.email",
        "Bot.name",
        "Organization.email",
        "PullRequest.databaseId",
        "PullRequest.fullDatabaseId",
    ]
