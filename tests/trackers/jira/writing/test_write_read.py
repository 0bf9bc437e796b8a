"""What the writing half writes is what the reading half reads: children, marks, records and their words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.trackers.jira.writing.worlds import BOT, DAY, World, draft
from worker.domain.model import IssueRef, Status, words_digest
from worker.trackers.errors import Ambiguous
from worker.trackers.jira.config import CloseConfig, ProjectConfig
from worker.trackers.jira.read import JiraRead

STICKY = """\
### Action items

| # | Item | Owner | Due | State |
| --- | --- | --- | --- | --- |
| 1 | [Page the engineer](https://jira.example/browse/PAY-1) when `queue > 100` | Alice | Tue 1 Dec 2026 | open |
| 2 | ~~Cap connections at 200~~ — 接続 \\| pipe | — | *needs a date* | **done** |

- [x] read the text
- [ ] `{code}` and `a*b_c{d}[e]` stay as they are
  1. one
  2. two

> A quotation, with a name: Ünal أحمد

```text
Due: 2026-12-01
```

<sub>Written by a program. Answer `ft help`.</sub>
"""


def reader(world: World) -> JiraRead:
    return JiraRead(world.client)


def test_the_words_of_a_record_are_known_again(writing: World) -> None:
    ref = writing.post_issue()
    record = writing.write.ensure_record(ref, "sticky", STICKY, "v1.a.b")
    (seen,) = reader(writing).thread(ref).records
    assert (seen.id, seen.name, seen.text, seen.body) == (record, "sticky", "v1.a.b", "")
    assert seen.digest == words_digest(STICKY)
    counted = writing.counted()
    writing.write.ensure_record(ref, "sticky", STICKY, "v1.a.b", record)
    assert counted.tried == []


def test_words_that_somebody_changed_are_known_to_be_others(writing: World) -> None:
    ref = writing.post_issue()
    record = writing.write.ensure_record(ref, "sticky", STICKY, "v1.a.b")
    words = dict(writing.comments(ref))[record].replace("Alice", "Bob")
    writing.sandbox.act("dario", "PUT", f"/issue/{ref.locator}/comment/{record}", {"body": words})
    (seen,) = reader(writing).thread(ref).records
    assert (seen.text, seen.digest) == ("v1.a.b", "")


def test_a_text_whose_comment_somebody_deleted_is_written_anew(writing: World) -> None:
    ref = writing.post_issue()
    record = writing.write.ensure_record(ref, "sticky", "One", "v1.a.b")
    writing.sandbox.act("dario", "DELETE", f"/issue/{ref.locator}/comment/{record}")
    (seen,) = reader(writing).thread(ref).records
    assert (seen.id, seen.text) == ("", "v1.a.b")
    again = writing.write.ensure_record(ref, "sticky", "One", "v1.a.b", seen.id)
    (seen,) = reader(writing).thread(ref).records
    assert (seen.id, seen.digest) == (again, words_digest("One"))


def test_an_answer_is_a_record_and_no_comment(writing: World) -> None:
    ref = writing.post_issue()
    writing.write.ensure_record(ref, "answer/123:ab", "Done.", "-")
    said = writing.write.add_comment(ref, "A ping")
    thread = reader(writing).thread(ref)
    assert [(r.name, r.text) for r in thread.records] == [("answer/123:ab", "-")]
    assert [(c.id, c.ours) for c in thread.comments] == [(said, True)]


def test_a_removed_record_is_gone(writing: World) -> None:
    ref = writing.post_issue()
    record = writing.write.ensure_record(ref, "sticky", "One", "x" * 90_000)
    writing.write.remove_record(ref, record)
    assert reader(writing).thread(ref).records == ()


@pytest.mark.parametrize(
    ("project", "settings"),
    [
        pytest.param("PAY", ProjectConfig(), id="the default link"),
        pytest.param("PAY", ProjectConfig(link="Action item"), id="a link type of its own"),
        pytest.param("OPS", ProjectConfig(link="parent"), id="a sub-task"),
        pytest.param("BARE", ProjectConfig(link="Action item"), id="a link that is a write of its own"),
    ],
)
def test_what_is_created_is_a_child_at_once(writing: World, project: str, settings: ProjectConfig) -> None:
    world = writing.another(special={project: settings})
    world.sandbox.index_lag = timedelta(minutes=5)
    parent = world.post_issue()
    created = world.write.create_issue(draft(world, container=project, parent=parent)).issue
    (child,) = reader(world).snapshot(parent).children
    assert (child.ref, child.mark, child.due) == (created.ref, "u.i.m", DAY)
    assert created.author == world.who(BOT)


def test_after_a_doubtful_create_the_issue_is_found_by_the_way_back(writing: World) -> None:
    writing.write.create_issue(draft(writing, mark="u.other.m"))
    began = writing.sandbox.clock.now()
    writing.sandbox.faults.add("502-after", method="POST", path="/issue$")
    with pytest.raises(Ambiguous):
        writing.write.create_issue(draft(writing, mark="u.0a1b2c.m"))
    found = reader(writing).own_issues("PAY", began - timedelta(minutes=1))
    assert "u.0a1b2c.m" in {issue.mark for issue in found}
    assert [i.locator for i in (issue.ref for issue in found)] == sorted({issue.ref.locator for issue in found})


def test_new_items_cost_a_create_each_one_property_and_one_comment_and_nothing_on_repetition(writing: World) -> None:
    parent = writing.post_issue()
    counted = writing.counted()
    for number in range(7):
        writing.write.create_issue(draft(writing, title=f"Item {number}", parent=parent, mark=f"u.i{number}.m"))
    record = writing.write.ensure_record(parent, "sticky", STICKY, "v1")
    wanted = ["POST /issue"] * 7
    wanted += [f"PUT /issue/{parent.locator}/properties/followthrough.sticky", f"POST /issue/{parent.locator}/comment"]
    assert counted.writes == wanted
    children = reader(writing).snapshot(parent).children
    assert len(children) == 7
    for child in children:
        writing.write.link_child(parent, child.ref)
        writing.write.set_due(child.ref, DAY, child.due_from)
        writing.write.set_status(child.ref, child.status)
        writing.write.set_assignees(child.ref, child.assignees)
        writing.write.add_labels(child.ref, tuple(child.labels))
    writing.write.ensure_record(parent, "sticky", STICKY, "v1", record)
    assert counted.tried == [f"{line} 201" for line in wanted]


@pytest.mark.parametrize("status", [Status.DONE, Status.WAIVED])
def test_a_status_that_was_set_is_the_status_that_is_read(writing: World, status: Status) -> None:
    world = writing.special("PAY", waive=CloseConfig(resolution="Declined"))
    ref = world.post_issue(project="PAY")
    world.write.set_status(ref, status)
    seen = reader(world).snapshot(ref).issue
    assert seen.status is status
    assert seen.closed_at is not None


def test_a_moved_issue_keeps_what_was_written_on_it(writing: World) -> None:
    parent = writing.post_issue()
    child = writing.write.create_issue(draft(writing, parent=parent)).issue.ref
    writing.write.ensure_record(parent, "sticky", STICKY, "v1.a.b")
    now = IssueRef("jira", writing.sandbox.move(parent.locator, "DROP"))
    seen = reader(writing).snapshot(parent)
    assert seen.issue.ref == now
    assert [issue.ref for issue in seen.children] == [child]
    assert [(r.text, r.digest) for r in seen.records] == [("v1.a.b", words_digest(STICKY))]
