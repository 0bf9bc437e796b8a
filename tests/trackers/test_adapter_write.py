"""Writing to a GitHub: what comes of it, what it costs, and what is said where GitHub would be silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.trackers.plain import Asked, PlainServer, Says, issue_payload
from tests.trackers.worlds import BOT, DAY, World, draft
from worker.domain.model import IssueRef, Status
from worker.trackers.errors import Missing, Refused
from worker.trackers.github import GitHubClient, GitHubWrite
from worker.trackers.github.lookups import issue_path

OTHER = date(2027, 1, 15)


# Records, comments, reactions


def test_a_record_is_written_once_and_edited_in_place(world: World) -> None:
    ref = world.post_issue()
    counted = world.counted()
    record = world.write.ensure_record(ref, "sticky", "One", "v1.a.b")
    assert world.write.ensure_record(ref, "sticky", "Two — 二", "v1.c.d", record) == record
    assert counted.writes == [
        "POST /repos/acme/incidents/issues/1/comments",
        f"PATCH /repos/acme/incidents/issues/comments/{record}",
    ]
    seen = world.read.snapshot(ref).records
    assert [(r.body, r.text) for r in seen] == [("Two — 二", "v1.c.d")]


def test_a_record_that_somebody_deleted_is_missing(world: World) -> None:
    ref = world.post_issue()
    record = world.write.ensure_record(ref, "sticky", "One", "v1.a.b")
    world.sandbox.act("alice", "DELETE", f"/repos/acme/incidents/issues/comments/{record}")
    with pytest.raises(Missing):
        world.write.ensure_record(ref, "sticky", "Two", "v1.c.d", record)


def test_a_record_is_removed_and_nothing_else_ever_is(world: World) -> None:
    ref = world.post_issue()
    record = world.write.ensure_record(ref, "sticky", "One", "v1.a.b")
    theirs = world.comment(ref, "<!-- followthrough:sticky v1.a.b -->")
    plain = world.write.add_comment(ref, "a word of ours")
    world.write.remove_record(ref, record)
    world.write.remove_record(ref, record)
    for comment in (theirs, plain):
        with pytest.raises(Refused, match="no record of ours"):
            world.write.remove_record(ref, comment)
    assert [c.id for c in world.read.snapshot(ref).comments] == [theirs, plain]


def test_a_comment_is_added(world: World) -> None:
    ref = world.post_issue()
    counted = world.counted()
    comment = world.write.add_comment(ref, "Thanks — شكرا")
    assert counted.writes == ["POST /repos/acme/incidents/issues/1/comments"]
    assert [(c.id, c.body, c.ours) for c in world.read.snapshot(ref).comments] == [(comment, "Thanks — شكرا", True)]
    with pytest.raises(Missing):
        world.write.add_comment(IssueRef("github", "acme/incidents#9"), "x")


def test_a_reaction_is_shown_once(world: World) -> None:
    ref = world.post_issue()
    comment = world.comment(ref, "ft done")
    for _ in range(2):
        world.write.react(ref, comment, ok=True)
    world.write.react(ref, comment, ok=False)
    shown = world.sandbox.act("alice", "GET", f"/repos/acme/incidents/issues/comments/{comment}/reactions")
    assert sorted(r["content"] for r in shown) == ["+1", "confused"]
    with pytest.raises(Missing):
        world.write.react(ref, "99999", ok=True)


# Due dates


@pytest.mark.parametrize(
    ("body", "after"),
    [
        pytest.param(
            "Do\r\n\r\n**Due:** 2026-12-01\r\nmore\r\n", "Do\r\n\r\n**Due:** 2027-01-15\r\nmore\r\n", id="CRLF"
        ),
        pytest.param("Due: 2026-12-01\n\n- [ ] x", "Due: 2027-01-15\n\n- [ ] x", id="rewritten"),
        pytest.param("Do\n", "Do\n\nDue: 2027-01-15", id="added"),
        pytest.param("", "Due: 2027-01-15", id="added to an empty body"),
    ],
)
@pytest.mark.parametrize("where", ["line", "", "milestone"])
def test_only_the_due_line_of_a_body_changes(world: World, body: str, after: str, where: str) -> None:
    ref = world.post_issue(container="acme/pay", body=body, milestone=1)
    counted = world.counted()
    world.write.set_due(ref, OTHER, where)
    shown = world.seen_by_people(ref)
    assert shown["body"] == after
    assert shown["milestone"]["title"] == "M1"
    assert counted.writes == ["PATCH /repos/acme/pay/issues/1"]
    world.write.set_due(ref, OTHER, where)
    assert len(counted.writes) == 1
    seen = world.read.snapshot(ref).issue
    assert (seen.due, seen.due_from) == (OTHER, "line")


def test_a_due_date_is_taken_away(world: World) -> None:
    ref = world.write.create_issue(draft()).issue.ref
    world.write.set_due(ref, None, "line")
    seen = world.read.snapshot(ref).issue
    assert (seen.due, seen.mark) == (None, "u.i.m")


def test_what_a_person_wrote_meanwhile_stays(world: World) -> None:
    ref = world.write.create_issue(draft()).issue.ref
    body = world.seen_by_people(ref)["body"]
    world.sandbox.act("alice", "PATCH", issue_path(ref), {"body": f"New words.\n\n{body}"})
    world.write.set_due(ref, OTHER, "line")
    assert world.seen_by_people(ref)["body"] == f"New words.\n\n{body}".replace("2026-12-01", "2027-01-15")


class Fields:
    """A server whose issues have a date field; `writable` says whether we may set it."""

    def __init__(self, server: PlainServer, *, writable: bool = True, present: bool = True) -> None:
        self.value: str | None = "2026-11-30"
        self.present = present
        self.writable = writable
        self.body = "Words"
        self.asked = server.asked
        server.answer = self.answer

    def answer(self, asked: Asked) -> Says:
        if "issue-field-values" in asked.path:
            if not self.writable:
                return Says(status=403, data={"message": "Resource not accessible by integration"})
            self.value = None if asked.verb == "DELETE" else asked.body["issue_field_values"][0]["value"]
            return Says(status=204) if asked.verb == "DELETE" else Says(data=[])
        if asked.verb == "PATCH":
            self.body = asked.body["body"]
        field = {"issue_field_id": 10, "issue_field_name": "Due date", "data_type": "date", "value": self.value}
        fields = [field] if self.value and self.present else []
        return Says(data=issue_payload(1, body=self.body, issue_field_values=fields))


REF = IssueRef("github", "acme/pay#1")
Connect = Callable[..., GitHubClient]


def test_an_organizations_date_field_is_written_where_the_date_was_read(plain: PlainServer, connect: Connect) -> None:
    fields = Fields(plain)
    write = GitHubWrite(connect())
    write.set_due(REF, OTHER, "field")
    assert (fields.value, fields.body) == ("2027-01-15", "Words")
    write.set_due(REF, OTHER, "field")
    assert [a.verb for a in plain.asked] == ["GET", "POST", "GET"]
    assert plain.asked[1].body == {"issue_field_values": [{"field_id": 10, "value": "2027-01-15"}]}
    write.set_due(REF, None, "field")
    assert fields.value is None
    assert plain.asked[-1].path == "/repos/acme/pay/issues/1/issue-field-values/10"


def test_a_field_that_can_not_be_written_is_refused_because_a_line_would_not_count(
    plain: PlainServer, connect: Connect
) -> None:
    fields = Fields(plain, writable=False)
    with pytest.raises(Refused, match="set it by hand"):
        GitHubWrite(connect()).set_due(REF, OTHER, "field")
    assert fields.body == "Words"


def test_where_the_field_is_gone_a_line_is_written(plain: PlainServer, connect: Connect) -> None:
    fields = Fields(plain, present=False)
    GitHubWrite(connect()).set_due(REF, OTHER, "field")
    assert fields.body == "Words\n\nDue: 2027-01-15"


def test_a_full_body_takes_no_due_line_and_says_so(plain: PlainServer, connect: Connect) -> None:
    plain.says(Says(data=issue_payload(1, body="x" * 65_530)))
    with pytest.raises(Refused, match="body of github:acme/pay#1 is full"):
        GitHubWrite(connect()).set_due(REF, OTHER, "line")
    assert [a.verb for a in plain.asked] == ["GET"]


# Status, assignees, labels


@pytest.mark.parametrize("before", list(Status))
@pytest.mark.parametrize("after", list(Status))
def test_any_status_follows_any_other_and_none_is_written_twice(world: World, before: Status, after: Status) -> None:
    ref = world.post_issue()
    world.write.set_status(ref, before)
    assert world.read.snapshot(ref).issue.status is before
    counted = world.counted()
    world.write.set_status(ref, after)
    assert len(counted.writes) == (before is not after)
    assert world.read.snapshot(ref).issue.status is after


def test_a_duplicate_stays_a_duplicate_when_it_is_waived(world: World) -> None:
    ref = world.post_issue()
    world.sandbox.act("alice", "PATCH", issue_path(ref), {"state": "closed", "state_reason": "duplicate"})
    world.write.set_status(ref, Status.WAIVED)
    assert world.seen_by_people(ref)["state_reason"] == "duplicate"


def test_assignees_are_exactly_those(world: World) -> None:
    ref = world.post_issue(assignees=["alice"])
    world.write.set_assignees(ref, ("bob",))
    assert world.read.snapshot(ref).issue.assignees == ("bob",)
    counted = world.counted()
    world.write.set_assignees(ref, ("BOB",))
    assert counted.writes == []
    world.write.set_assignees(ref, ())
    assert world.read.snapshot(ref).issue.assignees == ()


def test_an_assignee_who_can_not_be_is_refused(world: World) -> None:
    ref = world.post_issue()
    with pytest.raises(Refused):
        world.write.set_assignees(ref, ("mallory",))


def test_assignees_that_github_drops_silently_are_refused_with_a_remedy(world: World) -> None:
    outsider = world.another(token=world.sandbox.token_of("mallory"))
    ref = outsider.write.create_issue(draft(container="acme/site", assignees=(), labels=())).issue.ref
    with pytest.raises(Refused, match=r"as it was for bob: give the service's account write access to acme/site"):
        outsider.write.set_assignees(ref, ("bob",))


def test_labels_are_added_to_those_there_are(world: World) -> None:
    ref = world.post_issue(labels=["postmortem"])
    counted = world.counted()
    world.write.add_labels(ref, ("postmortem-action", "Postmortem"))
    world.write.add_labels(ref, ())
    assert len(counted.writes) == 1
    assert world.read.snapshot(ref).issue.labels == {"postmortem", "postmortem-action"}


def test_a_label_that_github_left_off_is_refused_with_a_remedy(plain: PlainServer, connect: Connect) -> None:
    plain.says(Says(data=[{"name": "a"}]))
    with pytest.raises(Refused, match="left b off github:acme/pay#1: give the service's account triage rights"):
        GitHubWrite(connect()).add_labels(REF, ("A", "b"))


def test_a_credential_that_may_only_read_is_refused_everywhere(world: World) -> None:
    ref = world.post_issue()
    comment = world.comment(ref, "ft done")
    reader = world.another(token="reader").write
    for act in (
        lambda: reader.create_issue(draft()),
        lambda: reader.create_issue(draft(parent=ref)),
        lambda: reader.add_comment(ref, "x"),
        lambda: reader.ensure_record(ref, "sticky", "x", "v1"),
        lambda: reader.react(ref, comment, ok=True),
        lambda: reader.set_due(ref, DAY, ""),
        lambda: reader.set_status(ref, Status.DONE),
        lambda: reader.set_assignees(ref, ("bob",)),
        lambda: reader.add_labels(ref, ("x",)),
        lambda: reader.link_child(ref, world.post_issue()),
    ):
        with pytest.raises(Refused, match="not accessible"):
            act()
    assert world.sandbox.writes(user=BOT) == ()


def test_writing_to_a_transferred_issue_reaches_it_where_it_is(world: World) -> None:
    ref = world.post_issue(body="Due: 2026-12-01")
    repo = world.sandbox.site.store.repo("acme", "pay")
    assert repo is not None
    world.sandbox.graphql(
        "alice",
        "mutation M($i: ID!, $r: ID!) { transferIssue(input: {issueId: $i, repositoryId: $r}) { issue { number } } }",
        i=world.sandbox.issue(ref.locator).node_id,
        r=repo.node_id,
    )
    world.write.add_comment(ref, "hello")
    world.write.set_due(ref, OTHER, "line")
    world.write.set_status(ref, Status.DONE)
    seen = world.read.snapshot(ref)
    assert (seen.issue.ref.container, seen.issue.due, seen.issue.status) == ("acme/pay", OTHER, Status.DONE)
    assert [c.body for c in seen.comments] == ["hello"]
