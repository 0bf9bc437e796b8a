"""Looking at a GitHub: what is seen, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.trackers.worlds import BOT, World
from worker.domain.model import Draft, IssueRef, Record, Status
from worker.trackers.errors import Missing
from worker.trackers.port import TrackerRead, TrackerWrite

BODY = "## Summary\r\n\r\nПлатежи — 支払い 🔥 упали.\r\n"


def test_reader_and_writer_are_the_ports(world: World) -> None:
    read: TrackerRead = world.read
    write: TrackerWrite = world.write
    assert read.site == write.site == "github"


def test_the_account_is_asked_once(world: World) -> None:
    counted = world.counted()
    assert (world.read.account(), world.read.account()) == (BOT, BOT)
    assert counted.requests == ["GET /user"]


# One issue


def test_a_snapshot_shows_issue_comments_children_and_records(world: World) -> None:
    ref = world.post_issue(body=BODY, labels=["postmortem"], assignees=["bob"])
    world.comment(ref, "ft help")
    record = world.write.ensure_record(ref, "sticky", "Items — 項目", "v1.abc.def")
    for n in (1, 2):
        world.write.create_issue(
            Draft(site="github", container="acme/pay", title=f"Item {n}", body="Do it", parent=ref, mark=f"u.{n}.m")
        )
    seen = world.read.snapshot(ref)
    assert seen.issue.ref == ref
    assert seen.issue.body == BODY
    assert seen.issue.labels == {"postmortem"}
    assert seen.issue.assignees == ("bob",)
    assert seen.issue.author == "alice"
    assert seen.issue.public is False
    assert seen.issue.node
    assert seen.issue.url == f"{world.sandbox.url}/acme/incidents/issues/{ref.number}"
    assert [(c.author, c.body, c.trusted, c.ours) for c in seen.comments] == [("alice", "ft help", True, False)]
    assert [(r.id, r.name, r.body, r.text) for r in seen.records] == [(record, "sticky", "Items — 項目", "v1.abc.def")]
    assert [(c.title, c.mark, c.body, c.parent, c.public) for c in seen.children] == [
        ("Item 1", "u.1.m", "Do it", ref, False),
        ("Item 2", "u.2.m", "Do it", ref, False),
    ]


def test_a_snapshot_costs_three_requests_once_the_repositories_are_known(world: World) -> None:
    ref = world.post_issue()
    world.read.account()
    world.read.snapshot(ref)
    counted = world.counted()
    world.read.snapshot(ref)
    path = f"GET /repos/acme/incidents/issues/{ref.number}"
    assert counted.requests == [path, f"{path}/comments", f"{path}/sub_issues"]


def test_more_than_a_page_of_comments_is_read_whole(world: World) -> None:
    ref = world.post_issue()
    for n in range(205):
        world.comment(ref, f"comment {n}")
    record = world.write.ensure_record(ref, "sticky", "Items", "v1.a.b")
    seen = world.read.snapshot(ref)
    assert [c.body for c in seen.comments] == [f"comment {n}" for n in range(205)]
    assert [r.id for r in seen.records] == [record]
    assert len(world.read.thread(ref).comments) == 205


def test_a_hundred_children_are_read_whole(world: World) -> None:
    ref = world.post_issue()
    for n in range(100):
        world.write.create_issue(Draft(site="github", container="acme/pay", title=f"{n}", body="", parent=ref))
    assert {c.title for c in world.read.snapshot(ref).children} == {str(n) for n in range(100)}


def test_a_sticky_that_somebody_copied_is_an_ordinary_comment(world: World) -> None:
    ref = world.post_issue()
    record = world.write.ensure_record(ref, "sticky", "Items", "v1.a.b")
    text = world.sandbox.act("alice", "GET", f"/repos/acme/incidents/issues/comments/{record}")["body"]
    world.comment(ref, text, "bob")
    seen = world.read.snapshot(ref)
    assert [r.id for r in seen.records] == [record]
    assert [(c.author, c.body, c.ours) for c in seen.comments] == [("bob", text, False)]


def test_the_records_of_a_former_account_are_ours(world: World) -> None:
    ref = world.post_issue()
    record = world.write.ensure_record(ref, "sticky", "Items", "v1.a.b")
    stranger = world.another(token=world.sandbox.token_of("bob"))
    assert stranger.read.snapshot(ref).records == ()
    later = world.another(token=world.sandbox.token_of("bob"), former_accounts=("Followthrough[bot]",))
    assert [r.id for r in later.read.snapshot(ref).records] == [record]


def test_an_outsiders_comment_is_not_trusted(world: World) -> None:
    ref = world.post_issue(container="acme/site")
    world.comment(ref, "ft done", "mallory")
    assert [c.trusted for c in world.read.snapshot(ref).comments] == [False]
    assert world.read.snapshot(ref).issue.public is True


def test_a_thread_is_the_comments_alone(world: World) -> None:
    ref = world.post_issue()
    world.comment(ref, "ft done")
    record = world.write.ensure_record(ref, "answer/1:x", "Done.", "-")
    world.read.account()
    counted = world.counted()
    seen = world.read.thread(ref)
    assert [c.body for c in seen.comments] == ["ft done"]
    assert [(r.id, r.name, r.body, r.text) for r in seen.records] == [(record, "answer/1:x", "Done.", "-")]
    assert counted.requests == [f"GET /repos/acme/incidents/issues/{ref.number}/comments"]


# Issues that are elsewhere, or nowhere


def test_a_transferred_issue_answers_with_its_new_address(world: World) -> None:
    ref = world.post_issue(body=BODY)
    world.comment(ref, "hello")
    world.write.ensure_record(ref, "sticky", "Items", "v1.a.b")
    moved = transfer(world, ref, "acme/pay")
    seen = world.read.snapshot(ref)
    assert seen.issue.ref == moved
    assert [c.body for c in seen.comments] == ["hello"]
    assert [r.name for r in seen.records] == ["sticky"]
    assert world.read.issues([ref])[ref] == world.read.issues([moved])[moved]


def transfer(world: World, ref: IssueRef, to: str) -> IssueRef:
    store = world.sandbox.site.store
    repo = store.repo(*to.split("/"))
    assert repo is not None
    data = world.sandbox.graphql(
        "alice",
        "mutation M($i: ID!, $r: ID!) { transferIssue(input: {issueId: $i, repositoryId: $r}) { issue { number } } }",
        i=world.sandbox.issue(ref.locator).node_id,
        r=repo.node_id,
    )
    return IssueRef("github", f"{to}#{data['transferIssue']['issue']['number']}")


def test_a_deleted_issue_is_missing(world: World) -> None:
    ref = world.post_issue(login="alice")
    issue = world.sandbox.issue(ref.locator)
    world.sandbox.site.store.repo("acme", "incidents").roles["alice"] = "admin"  # type: ignore[union-attr]
    mutation = "mutation M($i: ID!) { deleteIssue(input: {issueId: $i}) { clientMutationId } }"
    world.sandbox.graphql("alice", mutation, i=issue.node_id)
    with pytest.raises(Missing):
        world.read.snapshot(ref)
    assert world.read.issues([ref]) == {ref: None}


@pytest.mark.parametrize("locator", ["acme/incidents#999", "acme/nothing#1", "nobody/nothing#1"])
def test_an_issue_that_never_was_is_missing(world: World, locator: str) -> None:
    ref = IssueRef("github", locator)
    with pytest.raises(Missing):
        world.read.snapshot(ref)
    with pytest.raises(Missing):
        world.read.thread(ref)
    assert world.read.issues([ref]) == {ref: None}


def test_a_renamed_repository_answers_under_its_new_name_with_the_whole_list(world: World) -> None:
    refs = [world.post_issue() for _ in range(130)]
    world.sandbox.act("alice", "PATCH", issue_path_of(refs[0]), {"state": "closed"})
    rename(world, "acme/incidents", "acme/disasters")
    assert world.read.snapshot(refs[0]).issue.ref == IssueRef("github", f"acme/disasters#{refs[0].number}")
    changes = world.read.changed("acme/incidents", "")
    assert {i.ref.number for i in changes.issues} == {r.number for r in refs}
    assert {i.ref.container for i in changes.issues} == {"acme/disasters"}


def issue_path_of(ref: IssueRef) -> str:
    return f"/repos/{ref.container}/issues/{ref.number}"


def rename(world: World, old: str, new: str) -> None:
    store = world.sandbox.site.store
    with world.sandbox.site.lock:
        repo = store.repo(*old.split("/"))
        assert repo is not None
        store.rename_repo(repo, new.partition("/")[2])


# Many issues


def test_issues_are_asked_each_once_in_the_given_order(world: World) -> None:
    one, two = world.post_issue(), world.post_issue(container="acme/pay")
    world.read.issues([one, two])
    counted = world.counted()
    found = world.read.issues([two, one, two])
    assert list(found) == [two, one]
    assert len(counted.requests) == 2


def test_labelled_issues_are_found_open_and_closed_whatever_the_case(world: World) -> None:
    one, two = world.post_issue(labels=["postmortem"]), world.post_issue(labels=["Postmortem", "x, y"])
    world.post_issue(labels=["postmortem-action"])
    world.sandbox.act("alice", "PATCH", issue_path_of(one), {"state": "closed"})
    assert [i.ref for i in world.read.labelled("acme/incidents", "PostMortem")] == [one, two]
    assert [i.ref for i in world.read.labelled("acme/incidents", "x, y")] == [two]


def test_our_own_issues_are_found_by_creator_and_time(world: World) -> None:
    world.sandbox.clock.set(datetime(2026, 11, 3, 9, tzinfo=UTC))
    draft = Draft(site="github", container="acme/incidents", title="Ours", body="", mark="u.i.m")
    world.write.create_issue(draft)
    since = world.sandbox.clock.advance(timedelta(hours=1))
    world.post_issue(title="Theirs")
    made = world.write.create_issue(draft).issue
    world.write.set_status(made.ref, Status.DONE)
    found = world.read.own_issues("acme/incidents", since.astimezone(tz=None))
    assert [(i.ref, i.mark, i.status) for i in found] == [(made.ref, "u.i.m", Status.DONE)]


def test_a_sweep_that_finds_nothing_new_costs_one_conditional_request(world: World) -> None:
    for n in range(150):
        world.sandbox.clock.set(datetime(2026, 11, 3, 9, tzinfo=UTC) + timedelta(minutes=n))
        world.post_issue(title=f"{n}")
    changes = world.read.changed("acme/incidents", "")
    assert [i.title for i in changes.issues] == [f"{n}" for n in range(150)]
    world.sandbox.clock.advance(timedelta(minutes=5))
    counted = world.counted()
    again = world.read.changed("acme/incidents", changes.cursor)
    assert (again.issues, again.cursor, again.requests) == ((), changes.cursor, 1)
    assert counted.statuses == [304]


def test_a_removed_label_and_a_new_comment_are_changes(world: World) -> None:
    world.sandbox.clock.set(datetime(2026, 11, 3, 9, tzinfo=UTC))
    ref, other = world.post_issue(labels=["postmortem"]), world.post_issue()
    cursor = world.read.changed("acme/incidents", "").cursor
    world.sandbox.clock.advance(timedelta(minutes=5))
    world.sandbox.act("alice", "DELETE", f"{issue_path_of(ref)}/labels/postmortem")
    changes = world.read.changed("acme/incidents", cursor)
    assert (ref, frozenset()) in [(i.ref, i.labels) for i in changes.issues]
    world.sandbox.clock.advance(timedelta(minutes=5))
    world.comment(other, "ft help")
    assert other in [i.ref for i in world.read.changed("acme/incidents", changes.cursor).issues]


# What a server can do, and where


@pytest.mark.parametrize(
    ("features", "can"),
    [
        pytest.param({}, True, id="GitHub of today"),
        pytest.param({"parent_on_create": False}, False, id="GraphQL without parentIssueId"),
        pytest.param({"graphql": False}, False, id="no GraphQL"),
        pytest.param({"sub_issues": False}, False, id="no sub-issues"),
    ],
)
def test_what_a_server_can_do_is_asked_once(start: Callable[..., World], features: dict[str, bool], can: bool) -> None:
    world = start(**features)
    world.post_issue()
    assert world.read.creates_children("acme/incidents") is can
    counted = world.counted()
    assert world.read.creates_children("acme/pay") is can
    assert counted.requests == []


def test_an_empty_repository_can_not_show_sub_issues_so_the_mutation_decides(world: World) -> None:
    assert world.read.creates_children("acme/pay") is True
    world.post_issue(container="acme/pay")
    assert world.read.creates_children("acme/pay") is True


def test_a_server_without_sub_issues_shows_no_children(start: Callable[..., World]) -> None:
    world = start(sub_issues=False)
    ref = world.post_issue()
    assert world.read.snapshot(ref).children == ()


def test_children_are_never_taken_for_gone_because_of_one_strange_answer(world: World) -> None:
    ref = world.post_issue()
    world.write.create_issue(Draft(site="github", container="acme/pay", title="Item", body="", parent=ref))
    rule = world.sandbox.faults.add("502-before", path="/sub_issues$", status=404, count=None)
    with pytest.raises(Exception, match="sub-issues of") as caught:
        world.read.snapshot(ref)
    assert type(caught.value).__name__ == "Unavailable"
    assert rule.fired


@pytest.mark.parametrize(
    ("written", "found"),
    [
        pytest.param("#12", "acme/incidents#12", id="a number is near"),
        pytest.param("acme/pay#7", "acme/pay#7", id="a full reference"),
        pytest.param("{web}/acme/pay/issues/7", "acme/pay#7", id="a browser URL"),
        pytest.param("<{web}/acme/pay/pull/7#issuecomment-1>", "acme/pay#7", id="a URL in brackets with a fragment"),
        pytest.param("{web}/acme/pay/issues/7?x=1", "acme/pay#7", id="a URL with a query"),
        pytest.param("  #12 ", "acme/incidents#12", id="blanks around it"),
        pytest.param("https://github.com/acme/pay/issues/7", None, id="another site's URL"),
        pytest.param("{web}/acme/pay/commit/7", None, id="a URL of something else"),
        pytest.param("{web}/acme/pay/pull/7/files", "acme/pay#7", id="a page of a pull request"),
        pytest.param("OPS-7", None, id="a Jira key"),
        pytest.param("#0", None, id="no issue has number 0"),
        pytest.param("pay#7", None, id="no owner"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_what_a_person_wrote_is_resolved_without_a_request(world: World, written: str, found: str | None) -> None:
    counted = world.counted()
    near = IssueRef("github", "acme/incidents#1")
    expected = IssueRef("github", found) if found else None
    assert world.read.resolve(written.replace("{web}", world.sandbox.url), near) == expected
    assert counted.requests == []


def test_the_addresses_of_github_itself_are_resolved(world: World) -> None:
    read = world.another(api_url="https://api.github.com").read
    near = IssueRef("jira", "OPS-7")
    there = IssueRef("github", "acme/pay#7")
    assert read.resolve("https://GitHub.com/acme/pay/issues/7", near) == there
    assert read.resolve("https://www.github.com/acme/pay/pull/7", near) == there
    assert read.resolve("https://github.com.evil.example/acme/pay/issues/7", near) is None
    assert read.resolve("#7", near) is None


def test_who_can_be_assigned_is_asked_once_a_while(world: World) -> None:
    counted = world.counted()
    assert world.read.assignable("acme/incidents", "Bob")
    assert not world.read.assignable("acme/incidents", "mallory")
    assert not world.read.assignable("acme/incidents", "no body")
    assert world.read.assignable("acme/incidents", "bob")
    assert len(counted.requests) == 3


def test_visibility_is_known_or_none(world: World) -> None:
    assert world.read.visible_to_all("acme/incidents") is False
    assert world.read.visible_to_all("acme/site") is True
    assert world.read.visible_to_all("acme/nothing") is None
    counted = world.counted()
    assert world.read.visible_to_all("acme/nothing") is None
    assert counted.requests == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(("acme/pay", "acme/incidents"), ("acme/incidents", "acme/pay"), id="names, sorted"),
        pytest.param(("acme/*",), ("acme/incidents", "acme/pay", "acme/site"), id="all of an owner but archived ones"),
        pytest.param(("acme/*s*", "acme/INCIDENTS"), ("acme/INCIDENTS", "acme/site"), id="patterns and names together"),
        pytest.param(("other/*",), ("other/thing",), id="an owner who is a user"),
        pytest.param((), (), id="none"),
    ],
)
def test_containers_are_the_configured_repositories(
    world: World, written: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert world.another(repositories=written).read.containers() == expected


def test_a_due_date_is_read_where_it_stands(world: World) -> None:
    line = world.post_issue(container="acme/pay", body="Do\r\n\r\n**Due:** 2026-12-01\r\n")
    seen = world.read.issues([line])[line]
    assert seen is not None
    assert (seen.due, seen.due_from) == (date(2026, 12, 1), "line")


def test_records_come_oldest_first(world: World) -> None:
    ref = world.post_issue()
    ids = [world.write.ensure_record(ref, "sticky", f"Items {n}", "v1.a.b") for n in range(3)]
    records: tuple[Record, ...] = world.read.snapshot(ref).records
    assert [r.id for r in records] == ids
