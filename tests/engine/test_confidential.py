"""What is confidential stays on its own tracker: no title, no people, and no issue anywhere else."""

from __future__ import annotations

from dataclasses import replace

from tests.engine.test_two_sites import BODY, World, enrol
from worker.domain.model import Issue, IssueRef

SECRET = frozenset({"postmortem", "Confidential"})


def test_the_items_of_a_confidential_post_mortem_are_made_beside_it() -> None:
    world = World()
    ref = enrol(world)
    world.home.change(ref, labels=SECRET)
    world.reconcile(ref)
    assert world.made() == []
    assert len([i for i in world.home.all_issues.values() if i.parent == ref]) == 2


def test_a_post_mortem_that_becomes_confidential_is_linked_elsewhere_by_its_reference_alone() -> None:
    world = World()
    theirs = IssueRef("jira", "PAY-7")
    world.other.open(7, title="Alert on the queue")
    issue = world.other.all_issues.pop(IssueRef("jira", "acme/incidents#7"))
    world.other.all_issues[theirs] = _at(issue, theirs)
    body = BODY.replace("| What | Owner | Due |", "| What | Owner | Due | Ticket |")
    body = body.replace("| --- | --- | --- |", "| --- | --- | --- | --- |")
    body = body.replace("| @bobby | 2026-12-01 |", "| @bobby | 2026-12-01 | PAY-7 |")
    body = body.replace("| @alice | 2026-12-04 |", "| @alice | 2026-12-04 | |")
    ref = enrol(world, body=body)
    world.home.change(ref, labels=SECRET)
    world.reconcile(ref)
    home = world.home.all_issues[ref]
    assert world.other.links[theirs, ref.key] == (home.url, ref.locator)


def test_the_owner_of_a_confidential_issue_elsewhere_is_not_named() -> None:
    world = World()
    theirs = IssueRef("jira", "PAY-7")
    for labels, named in ((frozenset[str](), True), (frozenset({"confidential"}), False)):
        world = World()
        world.other.open(7, title="Alert on the queue", assignees=("7:bob",), labels=labels)
        issue = world.other.all_issues.pop(IssueRef("jira", "acme/incidents#7"))
        world.other.all_issues[theirs] = _at(issue, theirs)
        body = "## Summary\nDown.\n\n## Action items\n| What | Ticket |\n| --- | --- |\n| Add an alert | PAY-7 |\n"
        ref = enrol(world, body=body)
        outcome = world.reconcile(ref)
        assert ("Bob" in world.sticky(ref)) is named
        assert outcome.plan.dossier is not None
        (item,) = outcome.plan.dossier.items
        assert (item.owner, item.confidential) == ("bob", not named), "its owner is told, without the words"


def _at(issue: Issue, ref: IssueRef) -> Issue:
    return replace(issue, ref=ref, url="https://jira.example/browse/PAY-7")


def test_the_title_of_a_child_that_fewer_may_see_does_not_stand_on_the_post_mortem() -> None:
    for restricted in (False, True):
        world = World()
        ref = enrol(world)
        world.home.open(70, title="Rotate the leaked key", parent=ref, restricted=restricted)
        world.reconcile(ref)
        assert ("Rotate the leaked key" in world.sticky(ref)) is not restricted


def test_nor_does_its_owner_where_the_document_names_only_the_issue() -> None:
    for restricted in (False, True):
        world = World()
        world.home.open(70, title="Rotate the key", assignees=("bobby",), restricted=restricted)
        body = "## Summary\nDown.\n\n## Action items\n| What | Ticket |\n| --- | --- |\n| Rotate the key | #70 |\n"
        ref = enrol(world, body=body)
        world.reconcile(ref)
        assert ("Bob" in world.sticky(ref)) is not restricted
