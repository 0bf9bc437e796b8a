"""Records and comments on a Jira issue: what they cost, in which order they are written, and what is never touched."""

from __future__ import annotations

from typing import Any

import pytest

from tests.trackers.jira.writing.worlds import BOT, World
from worker.domain.model import IssueRef, words_digest
from worker.trackers.errors import Ambiguous, Missing, RateLimited, Refused, Unavailable
from worker.trackers.jira import records
from worker.trackers.jira.bodies import look

PROPERTY = "PUT /issue/OPS-1/properties/followthrough.sticky"
COMMENT = "POST /issue/OPS-1/comment"


def text(words: str, marks: list[dict[str, str]] | None = None) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"marks": marks} if marks is not None else {})}


@pytest.fixture
def issue(writing: World) -> IssueRef:
    return writing.post_issue()


def head(world: World, ref: IssueRef, name: str = "sticky") -> Any:
    return world.sandbox.issue(ref.locator).properties[records.property_key(name)]


def edited(record: str, ref: str = "OPS-1") -> str:
    return f"PUT /issue/{ref}/comment/{record}"


def test_a_new_record_is_one_property_and_one_comment_in_this_order(writing: World, issue: IssueRef) -> None:
    counted = writing.counted()
    record = writing.write.ensure_record(issue, "sticky", "**One** — 一", "v1.a.b")
    assert counted.writes == [PROPERTY, COMMENT]
    assert writing.kept(issue) == {"sticky": "v1.a.b"}
    assert head(writing, issue)["digest"] == words_digest("**One** — 一")
    ((number, words),) = writing.comments(issue)
    assert number == record
    assert "One" in words
    assert "followthrough:sticky" in words.split("\n")[-1]


def test_what_stands_already_is_no_write(writing: World, issue: IssueRef) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1.a.b")
    counted = writing.counted()
    assert writing.write.ensure_record(issue, "sticky", "One", "v1.a.b", record) == record
    assert writing.write.ensure_record(issue, "sticky", "One", "v1.a.b") == record
    assert counted.tried == []


def test_only_what_changed_is_written(writing: World, issue: IssueRef) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1.a.b")
    counted = writing.counted()
    writing.write.ensure_record(issue, "sticky", "One", "v1.c.d", record)
    assert counted.writes == [PROPERTY]
    counted = writing.counted()
    writing.write.ensure_record(issue, "sticky", "Two — 二", "v1.c.d", record)
    assert counted.writes == [PROPERTY, edited(record)]
    assert "Two — 二" in writing.comments(issue)[0][1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("[here](https://a.example/1)", "[here](https://a.example/2)", id="elsewhere"),
        pytest.param("open item", "~~open item~~", id="struck out"),
        pytest.param("a\n\nb", "- a\n- b", id="in a list"),
        pytest.param(
            "<details><summary>1 more</summary>\n\na\n\n</details>",
            "<details><summary>2 more</summary>\n\na\n\n</details>",
            id="under another heading",
        ),
    ],
)
@pytest.mark.parametrize("died", [False, True], ids=["at once", "after a death between property and comment"])
def test_words_that_read_the_same_and_look_otherwise_are_written(
    writing: World, issue: IssueRef, before: str, after: str, died: bool
) -> None:
    record = writing.write.ensure_record(issue, "sticky", before, "v1")
    if died:
        rule = writing.sandbox.faults.add("502-before", method="PUT", path="/comment/", count=None)
        with pytest.raises(Unavailable):
            writing.write.ensure_record(issue, "sticky", after, "v1", record)
        rule.count = 0
    counted = writing.counted()
    writing.write.ensure_record(issue, "sticky", after, "v1", record)
    assert counted.writes[-1] == edited(record)
    writing.write.ensure_record(issue, "sticky", after, "v1", record)
    assert counted.writes.count(edited(record)) == 1


def test_what_jira_adds_to_a_document_is_no_difference() -> None:
    bold = [{"type": "strong"}]
    made = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [text("ab", bold), text("c")]}]}
    kept = {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "paragraph",
                "attrs": {"localId": "1"},
                "content": [text("a", bold), text("b", bold), text("c", [])],
            }
        ],
    }
    assert look(made) == look(kept)
    assert look(made) != look({**made, "content": [{"type": "paragraph", "content": [text("abc")]}]})
    assert look("a \r\nb\n") == look("a\nb")
    assert look(None) != look("")


def test_an_edit_is_silent_where_it_may_be(writing: World, issue: IssueRef) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1.a.b")
    counted = writing.counted()
    writing.write.ensure_record(issue, "sticky", "Two", "v1.a.b", record)
    silent = "?notifyUsers=false" if writing.cloud else ""
    assert counted.tried[-1] == f"{edited(record)}{silent} 200"


def test_words_that_somebody_edited_are_set_right(writing: World, issue: IssueRef) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1.a.b")
    writing.sandbox.act("dario", "PUT", f"/issue/OPS-1/comment/{record}", {"body": "Mine! {{followthrough:sticky}}"})
    counted = writing.counted()
    writing.write.ensure_record(issue, "sticky", "One", "v1.a.b", record)
    assert counted.writes == [edited(record)]


def test_a_property_that_somebody_edited_is_set_right(writing: World, issue: IssueRef) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1.a.b")
    value = {**head(writing, issue), "text": "v1.x.y"}
    writing.sandbox.act("alice", "PUT", "/issue/OPS-1/properties/followthrough.sticky", value)
    assert writing.kept(issue) == {"sticky": ""}
    writing.write.ensure_record(issue, "sticky", "One", "v1.a.b", record)
    assert writing.kept(issue) == {"sticky": "v1.a.b"}


def test_a_record_without_text_has_no_property(writing: World, issue: IssueRef) -> None:
    counted = writing.counted()
    record = writing.write.ensure_record(issue, "answer/123:ab", "Done.", "-")
    assert counted.writes == [COMMENT]
    assert writing.write.ensure_record(issue, "answer/123:ab", "Done.", "-") == record
    assert counted.writes == [COMMENT]
    assert writing.kept(issue) == {}


def test_records_of_several_names_stand_side_by_side(writing: World, issue: IssueRef) -> None:
    names = ("sticky", "person/bob", "person/bob.x", "enrolled", "answer/123:ab", "person/Ünal أ")
    made = {name: writing.write.ensure_record(issue, name, f"Of {name}.", f"v1.{n}") for n, name in enumerate(names)}
    assert len(set(made.values())) == len(names)
    assert writing.kept(issue) == {name: f"v1.{n}" for n, name in enumerate(names)}
    assert {name: writing.write.ensure_record(issue, name, "New.", "v2") for name in names} == made


@pytest.mark.parametrize("text", ["ab" * 40_000, 'é"\\' * 9_000], ids=["long", "long as JSON"])
def test_a_long_text_is_kept_in_pieces(writing: World, issue: IssueRef, text: str) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", text)
    assert writing.kept(issue) == {"sticky": text}
    writing.write.ensure_record(issue, "sticky", "One", text[::-1], record)
    assert writing.kept(issue) == {"sticky": text[::-1]}
    writing.write.ensure_record(issue, "sticky", "One", "short", record)
    assert list(writing.sandbox.issue("OPS-1").properties) == ["followthrough.sticky"]


def test_a_death_between_two_pieces_leaves_the_old_text_whole(writing: World, issue: IssueRef) -> None:
    old, new = "o" * 80_000, "n" * 80_000
    record = writing.write.ensure_record(issue, "sticky", "One", old)
    for last in ("b1$", "b2$", "sticky$"):
        rule = writing.sandbox.faults.add("502-before", method="PUT", path=last, count=None)
        with pytest.raises(Unavailable):
            writing.write.ensure_record(issue, "sticky", "One", new, record)
        assert writing.kept(issue) == {"sticky": old}
        rule.count = 0
    writing.write.ensure_record(issue, "sticky", "One", new, record)
    assert writing.kept(issue) == {"sticky": new}
    assert len(writing.sandbox.issue("OPS-1").properties) == 3


def test_a_claim_is_durable_before_anybody_reads_of_it(writing: World, issue: IssueRef) -> None:
    writing.sandbox.faults.add("502-before", method="POST", path="/comment$")
    with pytest.raises(Ambiguous):
        writing.write.ensure_record(issue, "sticky", "One", "v1.a.b")
    assert (writing.kept(issue), writing.comments(issue)) == ({"sticky": "v1.a.b"}, [])


@pytest.mark.parametrize("fault", ["502-before", "502-after", "drop-before", "drop-after", "truncated"])
def test_after_a_doubtful_comment_there_is_one_in_the_end(writing: World, issue: IssueRef, fault: str) -> None:
    counted = writing.counted()
    writing.sandbox.faults.add(fault, method="POST", path="/comment$")
    with pytest.raises(Ambiguous):
        writing.write.ensure_record(issue, "sticky", "One", "v1.a.b")
    assert len([line for line in counted.tried if line.startswith("POST")]) == 1
    record = writing.write.ensure_record(issue, "sticky", "Two", "v1.c.d")
    assert [number for number, _ in writing.comments(issue)] == [record]


def test_the_oldest_of_several_is_the_record(writing: World, issue: IssueRef) -> None:
    first = writing.write.ensure_record(issue, "sticky", "One", "v1")
    words = writing.comments(issue)[0][1]
    writing.sandbox.act(BOT, "POST", "/issue/OPS-1/comment", {"body": words})
    assert writing.write.ensure_record(issue, "sticky", "Two", "v2") == first


def test_a_footer_in_somebody_elses_comment_is_just_text(writing: World, issue: IssueRef) -> None:
    theirs = writing.comment(issue, "Kept by Followthrough {{followthrough:sticky}}")
    record = writing.write.ensure_record(issue, "sticky", "One", "v1")
    assert record != theirs
    for act in (
        lambda: writing.write.ensure_record(issue, "sticky", "Two", "v2", theirs),
        lambda: writing.write.remove_record(issue, theirs),
    ):
        with pytest.raises(Refused, match=r"not ours|no record of ours"):
            act()


def test_a_record_of_a_former_account_is_ours_and_is_written_where_we_may(writing: World) -> None:
    ref = writing.post_issue(project="LOUD")
    writing.sandbox.site.store.projects["LOUD"].people["bob"] = "member"
    theirs = writing.comment(ref, "Old words\n\nKept by Followthrough {{followthrough:sticky}}", login="bob")
    world = writing.another(former_accounts=(writing.who("bob"),))
    assert world.write.ensure_record(ref, "sticky", "New words", "v1") == theirs
    assert "New words" in writing.comments(ref)[0][1]


def test_a_record_of_a_former_account_that_we_may_not_write_says_the_remedy(writing: World, issue: IssueRef) -> None:
    writing.comment(issue, "Old words\n\nKept by Followthrough {{followthrough:sticky}}", login="bob")
    world = writing.another(former_accounts=(writing.who("bob"),))
    with pytest.raises(Refused, match="give our account the right Edit all comments in OPS"):
        world.write.ensure_record(issue, "sticky", "New words", "v1")


def test_a_record_that_somebody_deleted_is_missing_and_nothing_is_written(writing: World, issue: IssueRef) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1")
    writing.sandbox.act("dario", "DELETE", f"/issue/OPS-1/comment/{record}")
    counted = writing.counted()
    with pytest.raises(Missing):
        writing.write.ensure_record(issue, "sticky", "Two", "v2", record)
    assert counted.tried == []
    again = writing.write.ensure_record(issue, "sticky", "One", "v1")
    assert counted.writes == [COMMENT]
    assert again != record


def test_who_may_not_read_a_record_may_not_afterwards(writing: World, issue: IssueRef) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1")
    comment = writing.sandbox.site.store.comments[int(record)]
    comment.visibility = {"type": "role", "value": "member"}
    writing.write.ensure_record(issue, "sticky", "Two", "v1", record)
    assert comment.visibility == {"type": "role", "value": "member"}


def test_a_record_is_removed_with_its_property_and_nothing_else_is(writing: World, issue: IssueRef) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "t" * 50_000)
    other = writing.write.ensure_record(issue, "person/bob", "Two", "v2")
    plain = writing.write.add_comment(issue, "A word of ours.")
    writing.write.remove_record(issue, record)
    counted = writing.counted()
    writing.write.remove_record(issue, record)
    writing.write.remove_record(issue, "")
    assert counted.tried == []
    assert writing.kept(issue) == {"person/bob": "v2"}
    with pytest.raises(Refused, match="no record of ours"):
        writing.write.remove_record(issue, plain)
    assert [number for number, _ in writing.comments(issue)] == [other, plain]


def test_removing_a_double_leaves_the_text_to_the_other(writing: World, issue: IssueRef) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1")
    body = {"body": writing.comments(issue)[0][1]}
    double = str(writing.sandbox.act(BOT, "POST", "/issue/OPS-1/comment", body)["id"])
    writing.write.remove_record(issue, double)
    assert ([number for number, _ in writing.comments(issue)], writing.kept(issue)) == ([record], {"sticky": "v1"})


def test_a_comment_is_one_write_and_nothing_typed_comes_alive(writing: World, issue: IssueRef) -> None:
    counted = writing.counted()
    number = writing.write.add_comment(issue, "Thanks — شكرا")
    assert counted.writes == [COMMENT]
    assert writing.comments(issue) == [(number, "Thanks — شكرا")]
    with pytest.raises(Missing):
        writing.write.add_comment(IssueRef("jira", "OPS-999"), "x")


@pytest.mark.parametrize("fault", ["502-before", "502-after", "drop-after", "truncated"])
def test_a_comment_that_went_wrong_is_ambiguous_and_was_sent_once(writing: World, issue: IssueRef, fault: str) -> None:
    counted = writing.counted()
    writing.sandbox.faults.add(fault, method="POST", path="/comment$", count=None)
    with pytest.raises(Ambiguous):
        writing.write.add_comment(issue, "Hello")
    assert len(counted.tried) == 1


@pytest.mark.parametrize("fault", ["502-before", "502-after", "drop-before", "drop-after", "truncated"])
@pytest.mark.parametrize("path", [r"/properties/", r"/comment/\d+$"], ids=["property", "comment"])
def test_an_edit_is_repeated_until_it_is_there(writing: World, issue: IssueRef, path: str, fault: str) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1")
    writing.sandbox.faults.add(fault, method="PUT", path=path)
    assert writing.write.ensure_record(issue, "sticky", "Two", "v2", record) == record
    assert writing.kept(issue) == {"sticky": "v2"}
    assert "Two" in writing.comments(issue)[0][1]


@pytest.mark.parametrize("fault", ["502-before", "502-after", "drop-before", "drop-after"])
@pytest.mark.parametrize("path", [r"/properties/", r"/comment/\d+$"], ids=["property", "comment"])
def test_a_removal_is_repeated_until_it_is_done(writing: World, issue: IssueRef, path: str, fault: str) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1")
    writing.sandbox.faults.add(fault, method="DELETE", path=path)
    writing.write.remove_record(issue, record)
    assert writing.comments(issue) == []
    # Where the first try went through unheard, only the text stays, and says nothing without its comment.
    unheard = fault.endswith("after") and "comment" in path
    assert set(writing.kept(issue)) <= ({"sticky"} if unheard else set())


def test_in_a_service_project_our_comments_are_kept_from_customers(writing: World, issue: IssueRef) -> None:
    made = [writing.write.add_comment(issue, "Hello"), writing.write.ensure_record(issue, "a", "One", "v1")]
    writing.sandbox.site.store.projects["OPS"].kind = "service_desk"
    made += [writing.write.add_comment(issue, "Hello"), writing.write.ensure_record(issue, "b", "One", "v1")]
    shown = [writing.sandbox.site.store.comments[int(number)].properties for number in made]
    assert shown == [{}, {}, {"sd.public.comment": {"internal": True}}, {"sd.public.comment": {"internal": True}}]


def test_a_limit_is_told_with_its_time(writing: World, issue: IssueRef) -> None:
    writing.sandbox.faults.add("limit", method="POST", path="/comment$", retry_after=9)
    with pytest.raises(RateLimited) as caught:
        writing.write.add_comment(issue, "Hello")
    assert caught.value.wait_s == 9


def test_long_words_are_cut_and_the_record_is_still_known_by_its_name(writing: World, issue: IssueRef) -> None:
    words = "A line of words that goes on.\n\n" * 3000
    record = writing.write.ensure_record(issue, "sticky", words, "v1")
    assert "The rest was cut" in writing.comments(issue)[0][1]
    counted = writing.counted()
    assert writing.write.ensure_record(issue, "sticky", words, "v1") == record
    assert counted.tried == []


def test_an_answer_to_a_command_is_shown_by_no_reaction(writing: World, issue: IssueRef) -> None:
    comment = writing.comment(issue, "ft done")
    counted = writing.counted()
    writing.write.react(issue, comment, ok=True)
    assert counted.requests == []


def test_a_moved_issue_is_written_under_its_old_key(writing: World, issue: IssueRef) -> None:
    record = writing.write.ensure_record(issue, "sticky", "One", "v1")
    now = IssueRef("jira", writing.sandbox.move(issue.locator, "PAY"))
    assert writing.write.ensure_record(issue, "sticky", "Two", "v2", record) == record
    writing.write.add_comment(issue, "Hello")
    assert writing.kept(now) == {"sticky": "v2"}
    assert len(writing.comments(now)) == 2
    writing.write.remove_record(issue, record)
    assert writing.kept(now) == {}
