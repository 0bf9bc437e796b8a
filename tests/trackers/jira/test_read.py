"""Looking at Jira: what an issue, its comments and its children say, and what is asked for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.trackers.jira.conftest import Join
from tests.trackers.jira.worlds import (
    ALICE,
    BOB,
    BOT,
    NO_ISSUE,
    Site,
    adf,
    comment,
    copied,
    issue,
    link,
    named,
    says_no,
    status,
    talk,
    user,
    with_footer,
)
from tests.trackers.plain import Asked, Says
from worker.domain.markup.adf import adf_plain
from worker.domain.markup.to_adf import markdown_to_adf
from worker.domain.model import Issue, IssueRef, Status
from worker.trackers.errors import CredentialRefused, Missing, Refused, Unavailable
from worker.trackers.jira.config import ProjectConfig
from worker.trackers.jira.read import JiraRead
from worker.trackers.jira.records import encode, shown_digest

REF = IssueRef("jira", "OPS-7")
MARKED = {"followthrough.mark": {"mark": "u.i.m"}}


def read_one(site: Site, join: Join, raw: dict[str, Any], **config: Any) -> Issue:
    site.issues[raw["key"]] = raw
    found = JiraRead(join(**config)).issues([IssueRef("jira", raw["key"])])[IssueRef("jira", raw["key"])]
    assert found is not None
    return found


def always(says: Says) -> Callable[[Asked], Says]:
    return lambda asked: says


# What an issue says


def test_an_issue_in_the_products_words(site: Site, join: Join) -> None:
    got = read_one(
        site,
        join,
        issue(
            summary="Checkout was down — صفاء",
            description=adf("What happened"),
            labels=["postmortem"],
            assignee=user(BOB, "Bob  B."),
            priority={"name": "highest"},
            duedate="2026-12-01",
            parent={"key": "OPS-1"},
            comment=talk(comment(1), total=12),
        ),
    )
    assert (got.ref, got.title, got.body.strip()) == (REF, "Checkout was down — صفاء", "What happened")
    assert got.url == f"{site.server.url}/browse/OPS-7"
    assert (got.node, got.author, got.assignees) == ("10007", ALICE, (BOB,))
    assert (got.due, got.due_from, got.priority) == (date(2026, 12, 1), "field", "P0")
    assert got.created_at == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert (got.parent, got.comments_count, got.public) == (IssueRef("jira", "OPS-1"), 12, False)
    assert dict(got.names) == {ALICE: "Alice", BOB: "Bob B."}


def test_an_issue_with_nothing_in_it_is_an_issue(site: Site, join: Join) -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ("description", "assignee", "reporter", "creator", "priority", "labels", "comment")
    )
    got = read_one(site, join, issue(**nothing))
    assert (got.body, got.assignees, got.author, got.labels) == ("", (), "unknown", frozenset())
    assert (got.priority, got.due, got.due_from, got.comments_count) == ("", None, "", 0)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"status": status("In Progress", "indeterminate")}, Status.OPEN, id="under way is open"),
        pytest.param({"status": status("Done", "done")}, Status.DONE, id="done without a resolution"),
        pytest.param(
            {"status": status("Closed", "done"), "resolution": {"name": "won't do"}},
            Status.WAIVED,
            id="a resolution that lets go",
        ),
        pytest.param({"status": status("Declined", "done")}, Status.WAIVED, id="a status that lets go"),
        pytest.param(
            {"status": status("Reopened", "new"), "resolution": {"name": "Won't Do"}},
            Status.OPEN,
            id="a resolution that was left behind counts for nothing",
        ),
    ],
)
def test_done_is_judged_by_the_category(site: Site, join: Join, fields: dict[str, Any], expected: Status) -> None:
    assert read_one(site, join, issue(**fields)).status is expected


def test_when_it_was_closed_is_known_without_a_resolution(site: Site, join: Join) -> None:
    moment = "2026-11-05T10:00:00.000+0000"
    got = read_one(site, join, issue(status=status("Done", "done"), statuscategorychangedate=moment))
    assert got.closed_at == datetime(2026, 11, 5, 10, tzinfo=UTC)
    assert read_one(site, join, issue(statuscategorychangedate=moment)).closed_at is None


@pytest.mark.parametrize(
    ("fields", "day", "place"),
    [
        pytest.param({"description": adf("Intro", "Due: 2026-12-24")}, date(2026, 12, 24), "line", id="a due line"),
        pytest.param(
            {"duedate": "2026-12-01", "description": adf("Due: 2026-12-24")},
            date(2026, 12, 1),
            "field",
            id="field first",
        ),
        pytest.param({"duedate": "soon"}, None, "", id="a field that is no day"),
        pytest.param({"duedate": 7}, None, "", id="a field that is no text"),
    ],
)
def test_where_the_due_date_stands(
    site: Site, join: Join, fields: dict[str, Any], day: date | None, place: str
) -> None:
    got = read_one(site, join, issue(**fields))
    assert (got.due, got.due_from) == (day, place)


def test_a_projects_own_due_field_and_priorities_count(site: Site, join: Join) -> None:
    special = {"OPS": ProjectConfig(due_field="customfield_1", priorities={"P1": "Sev-1"})}
    raw = issue(customfield_1="2026-12-01T12:00:00.000+0000", duedate="2027-01-01", priority={"name": "SEV-1"})
    got = read_one(site, join, raw, special=special)
    assert (got.due, got.due_from, got.priority) == (date(2026, 12, 1), "field", "P1")
    assert "customfield_1" in site.server.asked[0].body["fields"]


def test_a_mark_counts_only_on_what_we_created(site: Site, join: Join) -> None:
    ours = read_one(site, join, issue(creator=user(BOT), properties=MARKED))
    assert (ours.mark, ours.author) == ("u.i.m", BOT)
    former = read_one(site, join, issue(creator=user("old"), properties=MARKED), former_accounts=("OLD",))
    assert (former.mark, former.author) == ("u.i.m", "old")
    copied_by_alice = read_one(site, join, issue(reporter=user(BOT), properties=MARKED))
    assert (copied_by_alice.mark, copied_by_alice.author) == ("", BOT)


def test_mentions_get_their_names(site: Site, join: Join) -> None:
    mention = {"type": "mention", "attrs": {"id": "712020:carol", "text": "@Carol C."}}
    got = read_one(site, join, issue(description=adf([{"type": "text", "text": "Ask "}, mention])))
    assert got.names["712020:carol"] == "Carol C."


def test_what_strangers_may_read_is_found_by_being_one(site: Site, join: Join) -> None:
    site.public = {"OPS"}
    read = JiraRead(join())
    site.issues = {
        "OPS-1": issue("OPS-1"),
        "OPS-2": issue("OPS-2", security={"name": "Staff"}),
        "OPS-3": issue("OPS-3", issuerestriction={"issuerestrictions": {}, "shouldDisplay": True}),
        "OPS-4": issue("OPS-4", issuerestriction={"issuerestrictions": {"projectrole": [{"id": "10002"}]}}),
        "PAY-1": issue("PAY-1"),
    }
    found = read.issues([IssueRef("jira", key) for key in site.issues])
    assert {ref.locator for ref, i in found.items() if i and i.public} == {"OPS-1", "OPS-3"}
    assert all(i and i.public is not None for i in found.values())
    assert [read.visible_to_all(key) for key in ("OPS", "PAY", "OPS")] == [True, False, True]
    assert site.asked().count("GET project/OPS") == 1


def test_data_center_has_wiki_text_and_names(site: Site, join: Join) -> None:
    site.cloud = False
    site.assignable = {"jane doe", "jane.doe@example.com"}
    raw = issue(
        description="h2. Impact\n\nDue: 2026-12-24",
        assignee=named("jane.doe@example.com", "Jane"),
        reporter=named("jane doe", "Jane D."),
        creator=named(BOT),
        properties=MARKED,
    )
    got = read_one(site, join, raw, pat="p", cloud=False)
    assert (got.assignees, got.author, got.mark) == (("jane.doe@example.com",), BOT, "u.i.m")
    assert (got.due, got.due_from) == (date(2026, 12, 24), "line")
    assert "## Impact" in got.body
    assert site.server.asked[0].query["properties"] == "followthrough.mark,followthrough.let-go"
    read = JiraRead(join(pat="p", cloud=False))
    assert [read.assignable("OPS", who) for who in ("jane doe", "JANE.DOE@example.com", "jane")] == [True, True, False]


# Several issues


def test_cloud_reads_a_hundred_issues_at_once(site: Site, join: Join) -> None:
    site.issues = {f"OPS-{n}": issue(f"OPS-{n}") for n in range(1, 251)}
    read = JiraRead(join())
    read.visible_to_all("OPS")
    read.account()
    before = len(site.asked())
    found = read.issues([IssueRef("jira", f"OPS-{n}") for n in range(1, 251)])
    assert all(found.values())
    assert site.asked()[before:] == ["POST issue/bulkfetch"] * 3


def test_data_center_reads_them_one_by_one(site: Site, join: Join) -> None:
    site.cloud, site.issues = False, {f"OPS-{n}": issue(f"OPS-{n}") for n in (1, 2)}
    found = JiraRead(join(pat="p", cloud=False)).issues([IssueRef("jira", key) for key in ("OPS-1", "OPS-2", "OPS-3")])
    assert [i.ref.locator if i else None for i in found.values()] == ["OPS-1", "OPS-2", None]


def test_a_moved_issue_answers_with_its_new_key(site: Site, join: Join) -> None:
    site.issues, site.moved = {"PAY-3": issue("PAY-3")}, {"OPS-7": "PAY-3"}
    read = JiraRead(join())
    moved = read.issues([REF])[REF]
    assert moved is not None
    assert moved.ref == IssueRef("jira", "PAY-3")
    assert read.snapshot(REF).issue.ref == IssueRef("jira", "PAY-3")


def test_an_issue_that_we_may_not_see_any_more_is_none(site: Site, join: Join) -> None:
    read = JiraRead(join(pat="p", cloud=False))
    site.cloud = False
    site.instead["GET issue/OPS-7"] = lambda asked: says_no(403, "You do not have the permission to see this issue.")
    assert read.issues([REF, IssueRef("jira", "no key")]) == {REF: None, IssueRef("jira", "no key"): None}
    for look in (read.snapshot, read.thread):
        with pytest.raises(Missing, match="permission"):
            look(REF)


def test_a_page_of_a_proxy_does_not_make_issues_disappear(site: Site, join: Join) -> None:
    read = JiraRead(join(pat="p", cloud=False))
    site.instead["GET issue/OPS-7"] = lambda asked: Says(status=404, text="<html>Site not found</html>")
    with pytest.raises(Unavailable):
        read.issues([REF])


def test_a_token_that_ends_midway_is_said_and_nothing_disappears(site: Site, join: Join) -> None:
    read = JiraRead(join())
    site.issues = {"OPS-7": issue()}
    read.snapshot(REF)
    site.instead["GET issue/OPS-7"] = lambda asked: says_no(404, NO_ISSUE)
    site.instead["GET myself"] = lambda asked: says_no(401, "Client must be authenticated to access this resource.")
    with pytest.raises(CredentialRefused):
        read.snapshot(REF)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param([], id="a list"),
        pytest.param({}, id="an empty object"),
        pytest.param({**issue(), "key": 7}, id="a key that is a number"),
        pytest.param({**issue(), "fields": None}, id="no fields"),
        pytest.param(issue(status=None), id="no status"),
        pytest.param(issue(status={"name": "Done"}), id="a status without a category"),
        pytest.param(issue(created="yesterday"), id="a time that is none"),
        pytest.param(issue(updated=None), id="no time"),
        pytest.param(issue(comment=talk({"id": 5})), id="a comment of unknown form"),
        pytest.param(issue(comment=talk({"id": "5", "created": None})), id="a comment without a time"),
    ],
)
def test_a_payload_of_unknown_form_is_no_answer(site: Site, join: Join, raw: Any) -> None:
    site.instead["GET issue/OPS-7"] = lambda asked: Says(data=raw)
    with pytest.raises(Unavailable):
        JiraRead(join()).snapshot(REF)


def test_what_is_odd_about_the_rest_is_left_out(site: Site, join: Join) -> None:
    odd = issue(
        labels=["a", 7, None],
        assignee="bob",
        priority="High",
        subtasks=[7, {"key": "x"}, {}],
        issuelinks=[7, {}, {"type": 3}, {"type": {"name": "Relates"}, "outwardIssue": 4}],
        parent=7,
        description=["x"],
        resolution="Done",
        security=[],
        comment=talk({**comment(1, author=None), "body": None}),
    )
    site.issues = {"OPS-7": odd}
    got = JiraRead(join()).snapshot(REF)
    assert (got.issue.labels, got.issue.assignees, got.issue.body, got.children) == (frozenset({"a"}), (), "", ())


# Comments and records


def ours(number: int, name: str, words: str = "All is well.", **more: Any) -> dict[str, Any]:
    return comment(number, markdown_to_adf(with_footer(words, name)), BOT, **more)


def kept(name: str, text: str, words: str = "All is well.") -> dict[str, Any]:
    shown = shown_digest(adf_plain(markdown_to_adf(with_footer(words, name))))
    return dict(encode(name, text, digest=f"digest of {words}", shown=shown, properties={}).puts)


def test_a_snapshot_costs_one_request_and_one_for_all_children(site: Site, join: Join) -> None:
    site.issues = {
        "OPS-7": issue(
            subtasks=[{"key": "OPS-8"}],
            issuelinks=[link("outward", "PAY-1")],
            comment=talk(comment(1), ours(2, "sticky")),
            properties=kept("sticky", "v1.x.y"),
        ),
        "OPS-8": issue("OPS-8"),
        "PAY-1": issue("PAY-1", creator=user(BOT), properties=MARKED),
    }
    read = JiraRead(join())
    read.snapshot(REF)
    before = len(site.asked())
    got = read.snapshot(REF)
    assert site.asked()[before:] == ["GET issue/OPS-7", "POST issue/bulkfetch"]
    assert (
        site.server.asked[-2].query["properties"] == "*all,followthrough.mark,followthrough.let-go,followthrough.sticky"
    )
    assert site.server.asked[-2].query["failFast"] == "true", "a field that Jira can't load must not look empty"
    assert [c.author for c in got.comments] == [ALICE]
    assert [(r.id, r.name, r.text, r.body) for r in got.records] == [("2", "sticky", "v1.x.y", "")]
    assert [c.ref.locator for c in got.children] == ["OPS-8", "PAY-1"]
    assert got.issue.comments_count == 2


def thread(site: Site, join: Join, *comments: Mapping[str, Any], **more: Any) -> Any:
    site.issues = {"OPS-7": issue(comment=talk(*comments), **more)}
    return JiraRead(join()).thread(REF)


def test_a_record_is_believed_only_in_a_comment_of_ours(site: Site, join: Join) -> None:
    forged = comment(1, markdown_to_adf(with_footer("All is well.", "sticky")), ALICE)
    got = thread(site, join, forged, ours(2, "sticky"), properties=kept("sticky", "v1.x.y"))
    assert [c.id for c in got.comments] == ["1"]
    assert [(r.id, r.text) for r in got.records] == [("2", "v1.x.y")]


def test_what_we_merely_said_is_a_comment_of_ours(site: Site, join: Join) -> None:
    got = thread(site, join, comment(1, "Read as Tue 1 Dec 2026.", BOT))
    assert [(c.ours, c.trusted) for c in got.comments] == [(True, False)]
    assert got.records == ()


def test_the_digest_counts_only_while_the_comment_looks_as_it_was_written(site: Site, join: Join) -> None:
    properties = kept("sticky", "v1.x.y")
    same = thread(site, join, ours(2, "sticky"), properties=properties)
    assert same.records[0].digest == "digest of All is well."
    edited = thread(site, join, ours(2, "sticky", "All is lost."), properties=properties)
    assert (edited.records[0].digest, edited.records[0].text) == ("", "v1.x.y")


def test_a_text_whose_comment_was_deleted_is_a_record_without_an_id(site: Site, join: Join) -> None:
    got = thread(site, join, properties={**kept("sticky", "v1.x.y"), **kept("person/bob", "v1.b.b"), **MARKED})
    assert [(r.id, r.name, r.text) for r in got.records] == [("", "person/bob", "v1.b.b"), ("", "sticky", "v1.x.y")]


def test_a_comment_that_somebody_else_changed_says_whose_words_it_has_now(site: Site, join: Join) -> None:
    own, changed = comment(1, updateAuthor=user(ALICE)), comment(2, updateAuthor=user(BOB))
    got = thread(site, join, own, changed, comment(3))
    assert [(c.author, c.edited_by) for c in got.comments] == [(ALICE, ""), (ALICE, BOB), (ALICE, "")]


def test_of_two_comments_with_one_name_the_older_has_the_text(site: Site, join: Join) -> None:
    got = thread(site, join, ours(9, "sticky"), ours(2, "sticky"), properties=kept("sticky", "v1.x.y"))
    assert [(r.id, r.text) for r in got.records] == [("2", "v1.x.y"), ("9", "")]


def test_a_comment_alone_is_a_record_without_a_text(site: Site, join: Join) -> None:
    got = thread(site, join, ours(2, "answer/123:ab"))
    assert [(r.name, r.text, r.digest) for r in got.records] == [("answer/123:ab", "-", "")]


def test_comments_of_people_who_left_or_were_forgotten(site: Site, join: Join) -> None:
    got = thread(
        site,
        join,
        comment(1, author=None),
        comment(2, author=user(BOB, active=False)),
        comment(3, author=user("qm:1", accountType="customer")),
        comment(4, author=user("557058:app", accountType="app")),
        comment(5, author=user("712020:mallory")),
        comment(6, author=ALICE),
    )
    assert [(c.author, c.trusted, c.bot) for c in got.comments] == [
        ("unknown", False, False),
        (BOB, False, False),
        ("qm:1", False, False),
        ("557058:app", False, True),
        ("712020:mallory", False, False),
        (ALICE, True, False),
    ]
    assert site.asked().count("GET user/assignable/search") == 2


def test_many_people_are_looked_up_together(site: Site, join: Join) -> None:
    people = [f"712020:p{n}" for n in range(40)]
    site.assignable = set(people)
    got = thread(site, join, *(comment(n, author=who) for n, who in enumerate(people)))
    assert all(c.trusted for c in got.comments)
    assert site.asked().count("GET user/assignable/search") == 1


def test_ten_thousand_comments_are_read_whole(site: Site, join: Join) -> None:
    site.page = 1000
    site.talks = {"OPS-7": [comment(n) for n in range(1, 10_000)] + [ours(10_000, "sticky")]}
    site.issues = {"OPS-7": issue(comment=talk(*site.talks["OPS-7"][:20], total=10_000))}
    got = JiraRead(join()).snapshot(REF)
    assert (len(got.comments), len(got.records), got.issue.comments_count) == (9_999, 1, 10_000)
    assert site.asked().count("GET issue/OPS-7/comment") == 11


def test_a_comment_deleted_while_we_page_hides_no_other(site: Site, join: Join) -> None:
    site.page = 10
    site.talks = {"OPS-7": [comment(n) for n in range(1, 31)]}
    site.issues = {"OPS-7": issue(comment=talk(total=30))}
    usual = site.answer
    calls: list[str] = []

    def answer(asked: Any) -> Says:
        says = usual(asked)
        if asked.path.endswith("/comment"):
            calls.append(asked.query["startAt"])
            if len(calls) == 1:
                # One goes and one comes, so that their number tells nothing.
                site.talks["OPS-7"] = [*site.talks["OPS-7"][1:], comment(31)]
        return says

    site.server.answer = answer
    got = JiraRead(join()).thread(REF)
    assert [c.id for c in got.comments] == [str(n) for n in range(2, 32)]


def in_wiki(site: Site, properties: dict[str, Any], sent: Any) -> None:
    """An issue of a Data Center with a record, which sends these of its properties along."""
    site.cloud = False
    words = {"body": "All is well.\n\nKept by Followthrough {{followthrough:person/bob}}"}
    raw = issue(comment=talk({**comment(2, author=named(BOT)), **words}))
    site.issues = {"OPS-7": {**raw, "properties": sent}}
    keys = [{"key": "other"}, *({"key": key} for key in properties)]
    site.instead["GET issue/OPS-7/properties"] = always(Says(data={"keys": keys}))
    for key, value in properties.items():
        site.instead[f"GET issue/OPS-7/properties/{key}"] = always(Says(data={"value": value}))


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({}, id="it sends none"),
        pytest.param(None, id="it does not speak of them"),
        pytest.param(MARKED, id="it sends only those that were named"),
    ],
)
def test_records_are_found_on_a_data_center_that_does_not_send_all_properties(
    site: Site, join: Join, sent: Any
) -> None:
    in_wiki(site, {**kept("person/bob", "v1." + "A" * 40_000), **MARKED}, sent)
    got = JiraRead(join(pat="p", cloud=False)).thread(REF)
    assert [(r.id, r.name, len(r.text)) for r in got.records] == [("2", "person/bob", 40_003)]


def test_a_data_center_that_sends_all_properties_is_not_asked_for_them_again(site: Site, join: Join) -> None:
    read = JiraRead(join(pat="p", cloud=False))
    in_wiki(site, {}, {})
    read.thread(REF)
    in_wiki(site, {}, kept("person/bob", "v1.x.y"))
    read.thread(REF)
    in_wiki(site, {}, {})
    read.thread(REF)
    assert site.asked().count("GET issue/OPS-7/properties") == 1


# Children


def children(site: Site, join: Join, raw: dict[str, Any], *others: dict[str, Any], **config: Any) -> list[str]:
    site.issues = {one["key"]: one for one in (raw, *others)}
    return [c.ref.locator for c in JiraRead(join(**config)).snapshot(REF).children]


def test_by_the_default_type_only_what_we_created_is_a_child(site: Site, join: Join) -> None:
    raw = issue(issuelinks=[link("outward", "PAY-1"), link("inward", "PAY-2"), link("outward", "PAY-3")])
    mine = {"creator": user(BOT), "properties": MARKED}
    assert children(
        site, join, raw, issue("PAY-1"), issue("PAY-2", **copied(mine)), issue("PAY-3", creator=user(BOT))
    ) == ["PAY-2"]


def test_by_a_type_of_its_own_everything_at_the_childs_end_is_a_child(site: Site, join: Join) -> None:
    raw = issue(
        issuelinks=[
            link("outward", "PAY-1", "Action item"),
            link("inward", "PAY-2", "Action item"),
            link("outward", "PAY-3", "Blocks"),
        ]
    )
    special = {"PAY": ProjectConfig(link="action ITEM")}
    others = [issue(f"PAY-{n}") for n in (1, 2, 3)]
    assert children(site, join, raw, *others, special=special) == ["PAY-1"]


def test_children_come_oldest_first_once_and_never_the_issue_itself(site: Site, join: Join) -> None:
    raw = issue(
        subtasks=[{"key": "OPS-9"}, {"key": "OPS-8"}, {"key": "OPS-7"}, {"key": "OPS-10"}],
        issuelinks=[link("outward", "OPS-9")],
    )
    old = issue("OPS-9", created="2026-10-01T00:00:00.000+0000")
    assert children(site, join, raw, old, issue("OPS-8")) == ["OPS-9", "OPS-8"]


def test_an_epics_children_are_searched_for_and_read_directly(site: Site, join: Join) -> None:
    site.found = lambda asked: [issue("PAY-1", summary="as the index has it")]
    raw = issue(issuetype={"name": "Epic", "hierarchyLevel": 1})
    assert children(site, join, raw, issue("PAY-1")) == ["PAY-1"]
    assert [a.query["jql"] for a in site.server.asked if a.path.endswith("search/jql")] == [
        'parent = "OPS-7" ORDER BY created ASC, key ASC'
    ]


def test_an_epic_whose_children_can_not_be_searched_for_is_asked_about_once(site: Site, join: Join) -> None:
    site.cloud = False
    site.instead["GET search"] = lambda asked: says_no(400, "Field 'Epic Link' does not exist.")
    site.issues = {"OPS-9": issue("OPS-9")}
    site.issues |= {key: issue(key, issuetype={"name": "Epic"}) for key in ("OPS-7", "OPS-8")}
    read = JiraRead(join(pat="p", cloud=False))
    assert [read.snapshot(REF).children for _ in range(2)] == [(), ()]
    assert site.asked().count("GET search") == 1
    del site.instead["GET search"]
    site.found = lambda asked: [issue("OPS-9")]
    other = read.snapshot(IssueRef("jira", "OPS-8"))
    assert [child.ref.locator for child in other.children] == ["OPS-9"], "another epic has children all the same"


# Searching


def test_own_issues_are_found_by_creator_and_read_directly(site: Site, join: Join) -> None:
    now = datetime.now(UTC)
    made = {"created": now.isoformat(timespec="milliseconds"), "creator": user(BOT), "properties": MARKED}
    site.issues = {"OPS-8": issue("OPS-8", **copied(made)), "OPS-9": issue("OPS-9", creator=user(BOT))}
    site.found = lambda asked: [{**copied(one), "properties": {}} for one in site.issues.values()]
    got = JiraRead(join()).own_issues("OPS", now - timedelta(minutes=30))
    assert [(i.ref.locator, i.mark) for i in got] == [("OPS-8", "u.i.m")]
    jql = next(a.query["jql"] for a in site.server.asked if a.path.endswith("search/jql"))
    assert jql == ('project in ("OPS") AND creator = currentUser() AND created >= "-32m" ORDER BY created ASC, key ASC')


def test_a_former_account_that_jira_forgot_does_not_hide_our_issues(site: Site, join: Join) -> None:
    now = datetime.now(UTC)
    ours_now = issue("OPS-8", created=now.isoformat(timespec="milliseconds"), creator=user(BOT))
    site.issues = {"OPS-8": ours_now}
    site.found = lambda asked: [ours_now]
    usual = site.answer

    def answer(asked: Any) -> Says:
        if '"old"' in asked.query.get("jql", ""):
            return says_no(400, "The value 'old' does not exist for the field 'creator'.")
        return usual(asked)

    site.server.answer = answer
    read = JiraRead(join(former_accounts=("old",)))
    assert len(read.own_issues("OPS", datetime(1970, 1, 1, tzinfo=UTC))) == 1
    assert "created >=" not in "".join(a.query.get("jql", "") for a in site.server.asked)


def test_labelled_issues_are_those_with_the_very_label(site: Site, join: Join) -> None:
    site.found = lambda asked: [issue("OPS-1", labels=["PostMortem"]), issue("OPS-2", labels=["postmortem-old"])]
    read = JiraRead(join())
    assert [i.ref.locator for i in read.labelled("OPS", "postmortem")] == ["OPS-1"]
    assert 'labels = "postmortem"' in site.server.asked[0].query["jql"]


def test_a_container_that_is_not_there_is_missing(site: Site, join: Join) -> None:
    site.instead["GET search/jql"] = lambda asked: says_no(
        400, "The value 'OPS' does not exist for the field 'project'."
    )
    read = JiraRead(join())
    with pytest.raises(Missing):
        read.labelled("OPS", "x")
    with pytest.raises(Missing):
        read.own_issues("OPS", datetime.now(UTC))


def test_people_who_can_not_be_looked_up_can_not_be_assigned(site: Site, join: Join) -> None:
    read = JiraRead(join())
    assert [read.assignable("OPS", who) for who in (ALICE, "712020:ali", "", BOB)] == [True, False, False, True]
    site.instead["GET user/assignable/search"] = lambda asked: says_no(404, "No project could be found.")
    assert read.assignable("NONE", ALICE) is False
    before = len(site.asked())
    assert read.assignable("OPS", ALICE) is True
    assert len(site.asked()) == before


def test_polls_put_fifty_projects_into_one_look(join: Join) -> None:
    keys = tuple(f"P{n:03}" for n in range(120))
    read = JiraRead(join(projects=(*keys, "P000")))
    assert read.containers() == keys
    assert [len(poll.split(",")) for poll in read.polls()] == [50, 50, 20]
    assert JiraRead(join(projects=())).polls() == ()


# What a person wrote


@pytest.mark.parametrize(
    ("written", "key"),
    [
        pytest.param("OPS-7", "OPS-7", id="a bare key"),
        pytest.param(" <PAY-12> ", "PAY-12", id="a bare key in brackets"),
        pytest.param("UTF-8", "", id="no project of this site"),
        pytest.param("SHA-256", "", id="nor this"),
        pytest.param("P-1", "", id="nor a priority"),
        pytest.param("OPS-0", "", id="no issue has number 0"),
        pytest.param("ops-7", "", id="words are not keys"),
        pytest.param("#12", "", id="not Jira's way to write it"),
        pytest.param("{url}/browse/OPS-7", "OPS-7", id="a browser's address"),
        pytest.param("{url}/browse/XYZ-7?focusedCommentId=3#x", "XYZ-7", id="an address needs no list of projects"),
        pytest.param("{url}/browse/ops-7/", "OPS-7", id="an address in small letters"),
        pytest.param("{url}/projects/OPS/issues/OPS-7?filter=all", "OPS-7", id="below a project"),
        pytest.param("{url}/jira/software/c/projects/OPS/boards/1?selectedIssue=OPS-7", "OPS-7", id="on a board"),
        pytest.param("{url}/browse/OPS-1?selectedIssue=OPS-7", "OPS-7", id="the selected one"),
        pytest.param("{url}/browse/OPS", "", id="a project's address"),
        pytest.param("https://other.example/browse/OPS-7", "", id="another site"),
        pytest.param("{url}.evil.example/browse/OPS-7", "", id="a site that begins alike"),
        pytest.param("http://[::1/browse/OPS-7", "", id="no address at all"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_a_person_meant(site: Site, join: Join, written: str, key: str) -> None:
    read = JiraRead(join(projects=("OPS",)))
    got = read.resolve(written.replace("{url}", site.server.url), IssueRef("github", "acme/pay#1"))
    assert (got.locator if got else "") == key


def test_the_list_of_projects_is_read_whole_and_once(site: Site, join: Join) -> None:
    site.projects, site.page = [{"key": f"P{n}"} for n in range(10, 130)], 50
    read = JiraRead(join(projects=()))
    assert read.resolve("P129-1", REF) == IssueRef("jira", "P129-1")
    assert read.resolve("P9-1", REF) is None
    assert site.asked().count("GET project/search") == 3


def test_without_the_list_the_configured_projects_are_those_there_are(site: Site, join: Join) -> None:
    site.instead["GET project/search"] = lambda asked: says_no(403, "No.")
    read = JiraRead(join(projects=("OPS",), special={"PAY": ProjectConfig()}))
    assert [bool(read.resolve(key, REF)) for key in ("OPS-1", "PAY-1", "UTF-8", "XYZ-1")] == [True, True, False, False]
    assert site.asked().count("GET project/search") == 1


def test_below_a_context_path_only_its_addresses_count(site: Site, join: Join) -> None:
    read = JiraRead(join(url=f"{site.server.url}/ctx"))
    assert read.resolve(f"{site.server.url}/ctx/browse/OPS-7", REF) == REF
    assert read.resolve(f"{site.server.url}/browse/OPS-7", REF) is None


def test_a_site_that_was_renamed_is_refused_and_nothing_disappears(site: Site, join: Join) -> None:
    site.server.says(Says(status=301, headers={"Location": "https://new.example/rest/api/3/issue/OPS-7"}))
    read = JiraRead(join())
    with pytest.raises(Refused, match="correct url"):
        read.snapshot(REF)
    with pytest.raises(Refused, match="correct url"):
        read.issues([REF])
