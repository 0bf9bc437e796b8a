"""Does the real PyGithub drive the sandbox unchanged? Every attribute that an adapter reads must parse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from github import Auth, Github, GithubException, UnknownObjectException
from github.Issue import Issue

from tests.sandbox.conftest import NOW
from worker.sandbox.github import GitHubSandbox


def test_every_attribute_of_an_issue_parses_without_another_request(sandbox: GitHubSandbox, alice: Github) -> None:
    issue = alice.get_repo("acme/incidents").get_issue(1)
    before = len(sandbox.requests())

    # Text matches come with a search, rendered bodies with a media type; neither is part of a plain answer.
    apart = {
        "text_matches",
        "body_html",
        "body_text",
        "draft",
        "pull_request",
        "parent_issue_url",
        "repository",
        "assignee",
    }
    names = [name for name, kind in vars(Issue).items() if isinstance(kind, property) and name not in apart]
    values = {name: getattr(issue, name) for name in names}

    assert len(sandbox.requests()) == before
    assert (values["title"], values["state"], values["user"].login) == ("Checkout was down", "open", "lena")
    assert values["created_at"] == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert values["sub_issues_summary"].total == 0
    assert values["user"].type == "User"


def test_a_comment_keeps_its_day_of_creation_when_it_is_edited(sandbox: GitHubSandbox, alice: Github) -> None:
    issue = alice.get_repo("acme/incidents").get_issue(1)
    comment = issue.create_comment("first words")
    sandbox.clock.advance(timedelta(hours=2))

    comment.edit("second words")

    again = issue.get_comment(comment.id)
    assert (again.body, again.created_at, again.updated_at) == ("second words", NOW, NOW + timedelta(hours=2))
    assert again.author_association == "MEMBER"
    assert alice.get_repo("acme/incidents").get_issue(1).updated_at == NOW + timedelta(hours=2)


def test_comments_since_a_moment_are_those_updated_since(sandbox: GitHubSandbox, alice: Github) -> None:
    issue = alice.get_repo("acme/incidents").get_issue(1)
    issue.create_comment("early")
    sandbox.clock.advance(timedelta(minutes=5))
    issue.create_comment("late")

    assert [c.body for c in issue.get_comments(since=NOW + timedelta(minutes=5))] == ["late"]
    issue.get_comments()[0].delete()
    assert [c.body for c in issue.get_comments()] == ["late"]


def test_adding_a_label_that_the_repository_lacks_creates_it(alice: Github) -> None:
    repo = alice.get_repo("acme/incidents")
    issue = repo.get_issue(1)

    issue.add_to_labels("Brand new", "postmortem")

    assert sorted(label.name for label in repo.get_issue(1).labels) == ["Brand new", "postmortem"]
    assert repo.get_label("brand new").name == "Brand new"
    issue.remove_from_labels("postmortem")
    with pytest.raises(UnknownObjectException):
        issue.remove_from_labels("postmortem")


def test_an_issue_is_created_edited_closed_and_reopened(alice: Github) -> None:
    repo = alice.get_repo("acme/incidents")
    milestone = repo.get_milestone(1)
    issue = repo.create_issue("Cap the pool", "body", assignees=["bob"], labels=["bug"], milestone=milestone)
    assert ([a.login for a in issue.assignees], issue.milestone.due_on) == (["bob"], datetime(2026, 12, 18, tzinfo=UTC))

    issue.edit(title="Cap the pool at 200", body="new", milestone=None, state="closed", state_reason="not_planned")
    assert (issue.title, issue.body, issue.state_reason) == ("Cap the pool at 200", "new", "not_planned")
    assert repo.get_issue(issue.number).raw_data["milestone"] is None
    assert issue.closed_by is not None
    assert (issue.closed_by.login, issue.closed_at) == ("alice", NOW)

    issue.edit(state="open")
    assert (issue.state, issue.state_reason) == ("open", "reopened")
    assert repo.get_issue(issue.number).raw_data["closed_at"] is None
    events = [line.event for line in issue.get_timeline()]
    assert events == ["labeled", "assigned", "milestoned", "renamed", "demilestoned", "closed", "reopened"]
    assert [line.event for line in issue.get_events()] == events


def test_sub_issues_have_one_parent_and_show_it(alice: Github) -> None:
    repo = alice.get_repo("acme/incidents")
    parent, child = repo.get_issue(1), repo.get_issue(2)
    parent.add_sub_issue(child)

    assert [one.number for one in parent.get_sub_issues()] == [2]
    shown = repo.get_issue(2)
    assert shown.parent_issue_url == parent.url
    shown.edit(state="closed")
    summary = repo.get_issue(1).sub_issues_summary
    assert (summary.total, summary.completed, summary.percent_completed) == (1, 1, 100)

    other = repo.create_issue("Another post-mortem")
    with pytest.raises(GithubException, match="only have one parent") as refused:
        other.add_sub_issue(child)
    assert refused.value.status == 422

    parent.remove_sub_issue(child)
    assert list(parent.get_sub_issues()) == []


def test_a_parent_takes_a_hundred_children_and_no_more(sandbox: GitHubSandbox, alice: Github) -> None:
    sandbox.site.meter.limits = type(sandbox.site.meter.limits)(writes_per_minute=None, points_per_minute=None)
    repo = alice.get_repo("acme/payments")
    parent = repo.create_issue("The parent")
    for number in range(100):
        parent.add_sub_issue(repo.create_issue(f"Child {number}"))

    with pytest.raises(GithubException, match="more than 100"):
        parent.add_sub_issue(repo.create_issue("One too many"))
    assert len(list(parent.get_sub_issues())) == 100


def test_lists_are_filtered_and_ordered_as_asked(sandbox: GitHubSandbox, alice: Github) -> None:
    repo = alice.get_repo("acme/incidents")
    repo.get_issue(2).create_comment("touched")

    updated = [i.number for i in repo.get_issues(state="all", sort="updated", direction="asc")]
    assert updated == [1, 3, 2]
    assert [i.number for i in repo.get_issues(state="all", sort="updated", direction="asc", since=NOW)] == [2]
    assert [i.number for i in repo.get_issues(labels=["bug"])] == [2]
    assert [i.number for i in repo.get_issues(creator=alice.get_user("lena"))] == [1]
    assert [i.number for i in repo.get_issues(state="closed")] == []
    assert [i.number for i in repo.get_issues(assignee="none", direction="asc")] == [1, 2, 3]
    assert [bool(i.pull_request) for i in repo.get_issues(direction="asc")] == [False, False, True]


def test_pages_are_found_by_following_the_link(sandbox: GitHubSandbox, alice: Github) -> None:
    repo = alice.get_repo("acme/payments")
    for number in range(7):
        repo.create_issue(f"Issue {number}")
        sandbox.clock.advance(timedelta(seconds=1))
    alice.per_page = 3

    found = [issue.number for issue in repo.get_issues(state="all", sort="updated", direction="asc")]

    assert found == [1, 2, 3, 4, 5, 6, 7]
    pages = [e for e in sandbox.requests() if e.path == "/repositories/" or e.path.endswith("/payments/issues")]
    assert len([e for e in pages if e.method == "GET"]) == 3


def test_an_issue_that_moves_between_two_pages_is_not_lost(sandbox: GitHubSandbox, alice: Github) -> None:
    repo = alice.get_repo("acme/payments")
    for number in range(4):
        repo.create_issue(f"Issue {number}")
        sandbox.clock.advance(timedelta(seconds=1))
    alice.per_page = 2
    walk = iter(repo.get_issues(state="all", sort="updated", direction="asc"))
    seen = [next(walk).number, next(walk).number]
    sandbox.act("alice", "POST", "/repos/acme/payments/issues/2/comments", {"body": "moves to the end"})

    seen += [issue.number for issue in walk]

    assert seen == [1, 2, 3, 4, 2]


def test_who_can_be_assigned_is_who_has_a_role(alice: Github) -> None:
    repo = alice.get_repo("acme/incidents")

    assert [user.login for user in repo.get_assignees()] == ["alice", "bob", "lena"]
    assert repo.has_in_assignees("bob")
    assert not repo.has_in_assignees("mallory")
    assert not repo.has_in_assignees("helper[bot]")
    assert repo.has_in_collaborators("lena")
    assert repo.get_collaborator_permission("lena") == "admin"


def test_reactions_show_that_a_command_was_carried_out(alice: Github) -> None:
    comment = alice.get_repo("acme/incidents").get_issue(1).create_comment("/ft done 1")
    comment.create_reaction("+1")
    comment.create_reaction("+1")

    assert [(r.content, r.user.login) for r in comment.get_reactions()] == [("+1", "alice")]


def test_graphql_by_pygithub_reaches_the_same_server(alice: Github) -> None:
    _, answer = alice.requester.graphql_query("query { viewer { login } }", {})
    assert answer["data"]["viewer"]["login"] == "alice"
    with pytest.raises(UnknownObjectException):
        alice.requester.graphql_query('query { node(id: "I_nothing") { id } }', {})


def test_root_style_addresses_work_too_and_stay_root_style(sandbox: GitHubSandbox) -> None:
    auth = Auth.Token("t-alice")
    plain = Github(
        base_url=sandbox.url, auth=auth, retry=None, seconds_between_requests=None, seconds_between_writes=None
    )
    issue = plain.get_repo("acme/incidents").get_issue(1)
    assert issue.url == f"{sandbox.url}/repos/acme/incidents/issues/1"
    assert issue.create_comment("hello").user.name == "Alice Moreau"
    assert plain.requester.graphql_query("{ viewer { login } }", {})[1]["data"]["viewer"]["login"] == "alice"


def test_what_is_invisible_is_not_found(connect: Callable[[str], Github]) -> None:
    with pytest.raises(UnknownObjectException):
        connect("t-mallory").get_repo("acme/incidents").get_issue(1)
    assert connect("t-mallory").get_repo("acme/site").get_issue(1).title == "Typo"
    assert connect("").get_repo("acme/site").visibility == "public"


def test_the_client_learns_its_rate_limit(alice: Github) -> None:
    alice.get_user().login  # noqa: B018 - the request is what counts
    limit = alice.get_rate_limit().resources.core
    assert (limit.limit, limit.remaining, limit.reset) == (5000, 4999, NOW + timedelta(hours=1))


def test_organizations_and_their_repositories_are_listed(alice: Github) -> None:
    org = alice.get_organization("acme")
    assert [repo.full_name for repo in org.get_repos()] == ["acme/incidents", "acme/payments", "acme/site"]
    assert [member.login for member in org.get_members()] == ["alice", "bob", "lena"]
    assert alice.get_repo("acme/incidents").permissions.push
    assert not alice.get_repo("acme/incidents").permissions.admin
