"""Two-way fields: only what the document changed is written to the issue, and where both changed the issue wins."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest

from worker.domain.mirror import Agreed, MirrorResult, Pushes, merge, mirror_item, with_due
from worker.domain.model import ActionItem, Issue, IssueRef, Status
from worker.domain.state import Base, ItemState

TODAY = date(2026, 11, 20)
D1, D2, D3 = date(2026, 12, 1), date(2026, 12, 15), date(2027, 1, 10)
THEN = datetime(2026, 11, 1, tzinfo=UTC)

# Rows: what was agreed (and said), what the document says, what the issue says; then what holds and what happened.
# `.` stands for nothing, `>` for a push, `!` for a conflict, `~` for a change on the issue, `=` for nothing new.
TABLE = """
. . . : . =
. . X : X ~
. . Y : Y ~
. X . : X >
. X X : X =
. X Y : Y !
. Y . : Y >
. Y X : X !
. Y Y : Y =
X . . : . ~
X . X : X =
X . Y : Y ~
X X . : . ~
X X X : X =
X X Y : Y ~
X Y . : . !
X Y X : Y >
X Y Y : Y =
Y . . : . ~
Y . X : X ~
Y . Y : Y =
Y X . : . !
Y X X : X =
Y X Y : X >
Y Y . : . ~
Y Y X : X ~
Y Y Y : Y =
"""


def value(letter: str) -> str | None:
    return None if letter == "." else letter


@pytest.mark.parametrize("row", [pytest.param(r, id=r) for r in TABLE.strip().splitlines()])
def test_every_combination_of_base_document_and_issue(row: str) -> None:
    base, document, issue, _, held, what = row.split()
    result = merge(Agreed(value=value(base), said=value(base)), value(document), value(issue))
    happened = ">" if result.push else "!" if result.conflict else "~" if result.moved else "="
    assert (result.value, happened) == (value(held), what)


EVERY = list(product(".XYZ", repeat=4))


@pytest.mark.parametrize("case", EVERY, ids="".join)
def test_merging_again_says_and_pushes_nothing(case: tuple[str, ...]) -> None:
    agreed, said, document, issue = map(value, case)
    first = merge(Agreed(value=agreed, said=said), document, issue)
    again = merge(first.base, document, first.value if first.push else issue)
    assert (again.push, again.conflict, again.moved) == (False, False, False)
    assert again.value == first.value


@pytest.mark.parametrize("case", EVERY, ids="".join)
def test_a_push_that_did_not_take_is_not_repeated_for_ever(case: tuple[str, ...]) -> None:
    agreed, said, document, issue = map(value, case)
    first = merge(Agreed(value=agreed, said=said), document, issue)
    assert not merge(first.base, document, issue).push


def test_the_old_text_of_a_document_that_lost_is_never_pushed_again() -> None:
    lost = merge(Agreed(value="X", said="X"), "Y", "Z")
    assert lost.conflict
    later = merge(lost.base, "Y", None)
    assert (later.value, later.push) == (None, False)
    new = merge(later.base, "X", None)
    assert (new.value, new.push) == ("X", True)


def test_a_text_that_was_gone_for_a_while_is_no_change_when_it_is_back() -> None:
    silent = merge(Agreed(value="X", said="X"), None, "Z")
    back = merge(silent.base, "X", "Z")
    assert (back.value, back.push, back.conflict) == ("Z", False, False)


def test_random_edits_on_both_sides_converge_and_lose_no_change_of_the_issue() -> None:
    rng = random.Random(11)
    for _ in range(2000):
        base: Agreed[str] = Agreed()
        document: str | None = None
        issue: str | None = None
        touched = False  # the issue was changed by a person since the last merge that was kept
        for _ in range(12):
            match rng.randrange(4):
                case 0:
                    document = rng.choice((None, "X", "Y", "Z"))
                case 1:
                    issue, before = rng.choice((None, "X", "Y", "Z")), issue
                    touched = touched or issue != before
                case _:
                    merged = merge(base, document, issue)
                    if touched and merged.push:
                        # Only where the person put back what was agreed before is there nothing to lose.
                        assert issue == base.value
                    if merged.push:
                        issue = merged.value
                    if rng.random() < 0.7:  # else: the write was done, but what is remembered of it was lost
                        base, touched = merged.base, False
        merged = merge(base, document, issue)
        issue = merged.value if merged.push else issue
        assert issue == merged.value
        assert not merge(merged.base, document, issue).push


def issue_of(**changes: object) -> Issue:
    whole = Issue(ref=IssueRef("github", "acme/pay#7"), title="t", created_at=THEN, updated_at=THEN)
    return replace(whole, **changes)  # type: ignore[arg-type]  # rows name fields of Issue


def item_of(due: date | None = None, done: bool | None = None) -> ActionItem:
    return ActionItem(line=1, text="Add an alert", due=due, done=done)


def state_of(ref: str = "github:acme/pay#7", **base: object) -> ItemState:
    return ItemState(id="abc", text="Add an alert", ref=ref, base=replace(Base(), **base))  # type: ignore[arg-type]


def mirrored(
    item: ActionItem | None, state: ItemState, issue: Issue | None, owner: str | None = None, *, tick: bool = False
) -> MirrorResult:
    result = mirror_item(item, state, issue, owner, today=TODAY, close_on_tick=tick, number=3)
    if issue is not None:
        after = replace(
            issue,
            due=result.pushes.due or issue.due,
            assignees=result.pushes.assignees or issue.assignees,
            status=result.pushes.status or issue.status,
        )
        again = mirror_item(item, result.state, after, owner, today=TODAY, close_on_tick=tick, number=3)
        assert (again.state, again.notes, again.pushes) == (result.state, (), Pushes())
        assert (again.due, again.owner, again.status) == (result.due, result.owner, result.status)
    return result


def test_a_later_date_in_the_document_is_pushed_and_is_a_slip() -> None:
    state = replace(state_of(due=D1, said_due=D1), promised=D1)
    result = mirrored(item_of(D2), state, issue_of(due=D1))
    assert result.pushes.due == D2
    assert (result.state.promised, result.state.slips) == (D1, 1)
    assert result.notes == ("due: 2026-12-15 from the document (later than before)",)


def test_an_earlier_date_is_no_slip() -> None:
    state = replace(state_of(due=D2, said_due=D2), promised=D2)
    assert mirrored(item_of(D1), state, issue_of(due=D2)).state.slips == 0


def test_a_date_moved_on_the_issue_holds_and_slips() -> None:
    state = replace(state_of(due=D1, said_due=D1), promised=D1)
    result = mirrored(item_of(D1), state, issue_of(due=D3))
    assert (result.due, result.pushes.due, result.state.slips) == (D3, None, 1)
    assert result.notes == ("due: 2027-01-10 on the issue (later than before)",)


def test_where_both_moved_the_date_the_issue_wins_and_the_trail_says_so() -> None:
    result = mirrored(item_of(D2), state_of(due=D1, said_due=D1), issue_of(due=D3))
    assert (result.due, result.pushes.due) == (D3, None)
    assert result.notes == ("due: the document says 2026-12-15, the issue 2027-01-10: the issue's holds",)


def test_taking_a_date_away_and_setting_a_later_one_is_a_slip_too() -> None:
    state = replace(state_of(due=D1, said_due=D1), promised=D1)
    without = mirrored(item_of(D1), state, issue_of())
    assert (without.due, without.state.slips, without.state.base.was_due) == (None, 0, D1)
    later = mirrored(item_of(D1), without.state, issue_of(due=D2))
    assert (later.due, later.state.slips, later.state.base.was_due) == (D2, 1, None)


def test_an_adopted_issue_without_a_date_gets_the_documents() -> None:
    result = mirrored(item_of(D1), state_of(), issue_of())
    assert (result.pushes.due, result.state.promised) == (D1, D1)


def test_an_adopted_issue_keeps_its_own_date() -> None:
    result = mirrored(item_of(D1), state_of(), issue_of(due=D2))
    assert (result.due, result.pushes.due) == (D2, None)


def test_a_document_that_stops_naming_a_date_removes_nothing() -> None:
    result = mirrored(item_of(None), state_of(due=D1, said_due=D1), issue_of(due=D1))
    assert (result.due, result.pushes) == (D1, Pushes())


def test_an_item_that_vanished_follows_its_issue() -> None:
    result = mirrored(None, state_of(due=D1, said_due=D1), issue_of(due=D2, status=Status.DONE))
    assert (result.due, result.status, result.pushes) == (D2, Status.DONE, Pushes())


def test_a_new_owner_in_the_document_is_assigned_and_helpers_stay() -> None:
    state = state_of(owner="ana", said_owner="ana")
    result = mirrored(item_of(), state, issue_of(assignees=("ana", "cem")), "bo")
    assert (result.pushes.owner, result.pushes.assignees) == ("bo", ("bo", "cem"))


def test_a_new_owner_who_helps_already_needs_no_write() -> None:
    state = state_of(owner="ana", said_owner="ana")
    result = mirrored(item_of(), state, issue_of(assignees=("ana", "bo")), "bo")
    assert (result.owner, result.pushes) == ("bo", Pushes())


def test_an_owner_changed_on_the_issue_holds() -> None:
    result = mirrored(item_of(), state_of(owner="ana", said_owner="ana"), issue_of(assignees=("dee",)), "ana")
    assert (result.owner, result.pushes) == ("dee", Pushes())
    assert result.notes == ("owner: dee on the issue",)


def test_an_owner_whom_a_person_unassigned_is_not_put_back() -> None:
    result = mirrored(item_of(), state_of(owner="ana", said_owner="ana"), issue_of(), "ana")
    assert (result.owner, result.pushes) == ("", Pushes())


def test_logins_are_compared_without_case() -> None:
    state = state_of(owner="Ana", said_owner="Ana")
    result = mirrored(item_of(), state, issue_of(assignees=("Ana",)), "ana")
    assert (result.owner, result.pushes, result.notes, result.state) == ("Ana", Pushes(), (), result.state)


def test_an_owner_whom_nobody_knows_says_nothing() -> None:
    result = mirrored(item_of(), state_of(owner="ana", said_owner="ana"), issue_of(assignees=("ana",)), None)
    assert (result.owner, result.pushes) == ("ana", Pushes())


def test_an_assignee_whom_the_tracker_refused_stays_the_owner() -> None:
    state = replace(state_of(owner="ana", said_owner="ana"), dropped=("assignees",))
    result = mirrored(item_of(), state, issue_of(), "ana")
    assert (result.owner, result.pushes, result.notes) == ("ana", Pushes(), ())


def test_a_tick_never_closes_by_itself() -> None:
    result = mirrored(item_of(done=True), state_of(status=Status.OPEN, said_done=False), issue_of())
    assert (result.status, result.pushes, result.unconfirmed) == (Status.OPEN, Pushes(), True)
    assert result.question == "ticked in the document: confirm with `ft done 3`"


def test_a_tick_closes_where_policy_says_so() -> None:
    state = state_of(status=Status.OPEN, said_done=False)
    result = mirrored(item_of(done=True), state, issue_of(), tick=True)
    assert (result.status, result.pushes.status, result.unconfirmed) == (Status.DONE, Status.DONE, False)


def test_an_old_tick_does_not_close_what_was_reopened() -> None:
    state = state_of(status=Status.DONE, said_done=True)
    result = mirrored(item_of(done=True), state, issue_of(), tick=True)
    assert (result.status, result.pushes) == (Status.OPEN, Pushes())
    assert result.notes == ("status: open again on the issue",)


@pytest.mark.parametrize("status", [Status.DONE, Status.WAIVED])
def test_closing_the_issue_closes_the_item(status: Status) -> None:
    result = mirrored(item_of(done=False), state_of(status=Status.OPEN), issue_of(status=status))
    assert (result.status, result.notes) == (status, (f"status: {status.value} on the issue",))


def test_taking_a_tick_back_reopens_nothing() -> None:
    result = mirrored(item_of(done=False), state_of(status=Status.DONE, said_done=True), issue_of(status=Status.DONE))
    assert (result.status, result.pushes, result.notes) == (Status.DONE, Pushes(), ())


def test_an_item_without_an_issue_follows_the_document_and_does_not_slip() -> None:
    first = mirrored(item_of(D1), state_of(ref=""), None, "ana")
    second = mirrored(item_of(D2), first.state, None, "bo")
    assert (second.due, second.owner, second.state.slips, second.state.promised) == (D2, "bo", 0, D2)
    assert mirrored(item_of(D2), second.state, None, "bo").state == second.state


def test_creating_the_issue_as_drafted_changes_nothing_that_is_remembered() -> None:
    drafted = mirrored(item_of(D1, done=False), state_of(ref=""), None, "ana").state
    created = replace(drafted, ref="github:acme/pay#7")
    result = mirrored(item_of(D1, done=False), created, issue_of(due=D1, assignees=("ana",)), "ana")
    assert result.state == created


def test_a_date_asked_for_in_a_comment_outlives_the_documents_old_one() -> None:
    first = mirrored(item_of(D1), state_of(ref=""), None)
    asked = with_due(first.state, D2)
    assert mirrored(item_of(D1), asked, None).due == D2


def test_an_issue_out_of_sight_keeps_what_was_agreed() -> None:
    state = state_of(due=D1, said_due=D1, owner="ana", said_owner="ana", status=Status.DONE)
    result = mirrored(item_of(D2), state, None, "bo")
    assert (result.due, result.owner, result.status, result.state) == (D1, "ana", Status.DONE, state)


def test_a_ticked_item_that_never_had_an_issue_is_done() -> None:
    assert mirrored(item_of(done=True), state_of(ref=""), None).status is Status.DONE


@pytest.mark.parametrize(
    "base",
    [
        pytest.param(Base(), id="nothing"),
        pytest.param(Base(due=D1, said_due=D1, owner="ana", said_owner="ana", status=Status.OPEN), id="all agreed"),
        pytest.param(Base(due=D1, said_due=D2, owner="ana", said_owner="bo", said_done=False), id="the document lost"),
        pytest.param(Base(due=D1, owner="ana", said_done=True), id="the document never spoke"),
        pytest.param(Base(said_due=D1, said_owner="ana", was_due=D2), id="the issue was emptied"),
    ],
)
def test_what_is_remembered_survives_being_written(base: Base) -> None:
    state = ItemState(id="abc", text="x", base=base)
    assert ItemState.from_json(state.to_json()) == state


def test_what_was_said_is_written_only_where_it_differs() -> None:
    state = ItemState(id="abc", text="x", base=Base(due=D1, said_due=D1, owner="ana", said_owner="ana"))
    assert set(state.to_json()) == {"i", "t", "bd", "bo"}
