"""What follows from each command, by whom: on one post-mortem, through the real engine, over a tracker in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine import test_two_sites as two_sites
from tests.engine.test_post_mortems import BODY, KEYS, START, World, enrol
from worker.domain.model import IssueRef, Person, Status
from worker.domain.plan.effects import KeepWish
from worker.domain.state import ItemState
from worker.engine.perform import Performer
from worker.engine.post_mortems import Outcome
from worker.trackers.errors import Refused, TrackerError, Unavailable

URGENT = BODY.replace("| What | Owner | Due |", "| What | Owner | Due | Priority |").replace(
    "| --- | --- | --- |", "| --- | --- | --- | --- |"
)
URGENT = URGENT.replace("| @bob | 2026-12-01 |", "| @bob | 2026-12-01 | P0 |").replace(
    "| @alice | 2026-12-04 |", "| @alice | 2026-12-04 | P2 |"
)


class Office(World):
    """A post-mortem with three tracked items: bob's, alice's, nobody's. lena leads them, dario is above her."""

    def __init__(self, body: str = BODY, **policy: Any) -> None:
        super().__init__(**({"waive_needs_approval": True} | policy))
        dario = Person(id="dario", name="Dario", email="dario@example.com", logins={"github": "dario"})
        gone = Person(id="gone", name="Gerda", logins={"github": "gerda"}, departed=True)
        teams = {"pay": replace(self.directory.teams["pay"], director="dario")}
        people = {**self.directory.people, "dario": dario, "gone": gone}
        self.directory = replace(self.directory, people=people, teams=teams)
        self.wishes: list[KeepWish] = []
        self.ledger: TrackerError | None = None
        self.ref = enrol(self, body)
        self.reconcile(self.ref)

    def reconcile(self, ref: IssueRef) -> Outcome:
        engine = self.post_mortems
        performer = Performer(
            trackers=self.trackers,
            keys=KEYS,
            clock=self.clock,
            before_write=lambda _site: None,
            keep_wish=self.keep,
        )
        self.tracker.writes.clear()
        return engine.reconcile(ref, self.clock.now(), performer)

    def keep(self, wish: KeepWish) -> None:
        if self.ledger is not None:
            raise self.ledger
        self.wishes.append(wish)

    def ask(self, text: str, who: str = "bob", on: IssueRef | None = None, *, trusted: bool = True) -> str:
        """Somebody writes a comment, a while later the engine has looked; the answers that came of it."""
        self.clock.set(self.clock.now() + timedelta(minutes=5))
        place = on or self.ref
        self.tracker.say(place, text, who, trusted=trusted)
        before = len(self._answers(place))
        self.reconcile(self.ref)
        return "\n".join(self._answers(place)[before:])

    def _answers(self, place: IssueRef) -> list[str]:
        return [r.body for r in self.tracker.kept.get(place, []) if r.name != "sticky"]

    def item(self, number: int) -> ItemState:
        return next(i for i in self.state(self.ref).items if i.number == number)

    def issue(self, number: int) -> Any:
        return self.tracker.all_issues[IssueRef.parse(self.item(number).ref)]

    @property
    def audit(self) -> str:
        return self.state(self.ref).audit[-1]


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_waiver_waits_for_somebody_above(office: Office) -> None:
    assert office.ask("ft waive 1 we have no money") == ""
    assert (office.item(1).waiver, office.item(1).waiver_by) == ("we have no money", "bob")
    assert office.issue(1).status is Status.OPEN
    assert "Item 1 waits for a word" in office.sticky(office.ref)
    assert "asked to let item 1 go: we have no money" in office.audit


@pytest.mark.parametrize("who", ["lena", "dario"])
@pytest.mark.parametrize("words", ["ft waive approve 1", "ft approve 1"])
def test_somebody_above_approves_it(office: Office, who: str, words: str) -> None:
    office.ask("ft waive 1 we have no money")
    assert office.ask(words, who) == ""
    item = office.item(1)
    assert (item.waiver, item.waived, item.way_out, item.approved_by) == ("", "we have no money", "waived", who)
    assert office.issue(1).status is Status.WAIVED


@pytest.mark.parametrize("who", ["bob", "alice"])
def test_nobody_else_approves_it(office: Office, who: str) -> None:
    office.ask("ft waive 1 we have no money")
    assert "only Lena and Dario, or somebody above, can decide that" in office.ask("ft approve 1", who)
    assert office.issue(1).status is Status.OPEN


def test_a_lead_lets_go_at_once(office: Office) -> None:
    office.ask("ft waive 1 we have no money", "lena")
    assert (office.item(1).approved_by, office.issue(1).status) == ("lena", Status.WAIVED)


def test_what_was_done_meanwhile_is_not_let_go_any_more(office: Office) -> None:
    office.ask("ft waive 1 no money", "bob")
    ref = office.issue(1).ref
    office.tracker.all_issues[ref] = replace(office.issue(1), status=Status.DONE, closed_at=office.clock.now())
    assert "is closed already" in office.ask("ft approve 1", "lena")
    assert office.issue(1).status is Status.DONE


def test_where_nobody_is_above_everybodys_word_counts() -> None:
    office = Office()
    office.directory = replace(office.directory, teams={})
    office.ask("ft waive 1 we have no money")
    assert (office.item(1).way_out, office.item(1).approved_by) == ("waived", "")
    assert office.issue(1).status is Status.WAIVED


def test_a_lead_declines_and_the_owner_may_take_a_wish_back(office: Office) -> None:
    office.ask("ft waive 1,2 we have no money")
    assert office.ask("ft waive decline 1 the next release needs it", "lena") == ""
    assert office.ask("ft decline 2 I found some", "bob") == ""
    assert (office.item(1).waiver, office.item(2).waiver) == ("", "")
    assert "nobody has asked" in office.ask("ft approve 1", "lena")


def test_an_item_that_is_open_again_forgets_how_it_ended(office: Office) -> None:
    office.ask("ft waive 1 we have no money", "lena")
    office.tracker.change(IssueRef.parse(office.item(1).ref), status=Status.OPEN)
    office.reconcile(office.ref)
    assert (office.item(1).way_out, office.item(1).waived, office.item(1).approved_by) == ("", "", "")


@pytest.mark.parametrize(
    ("words", "owner"),
    [
        pytest.param("ft owner 3 @alice", "alice", id="by login"),
        pytest.param("ft owner 3 Alice, she knows it", "alice", id="by name"),
        pytest.param("ft owner 3 me", "bob", id="oneself"),
        pytest.param("ft owner 3 alice@example.com", "alice", id="by mail address"),
    ],
)
def test_an_item_is_given_to_somebody(office: Office, words: str, owner: str) -> None:
    assert office.ask(words) == ""
    assert office.issue(3).assignees == (owner,)
    assert office.item(3).base.owner == owner
    office.reconcile(office.ref)
    assert office.tracker.writes == []


def test_a_new_owner_replaces_the_old_one_and_helpers_stay(office: Office) -> None:
    office.tracker.change(IssueRef.parse(office.item(1).ref), assignees=("bob", "helper"))
    office.ask("ft owner 1 @alice")
    assert office.issue(1).assignees == ("alice", "helper")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param("ft owner 3 Nemo", "nobody here is known as `Nemo`", id="nobody"),
        pytest.param("ft owner 3 Gerda", "has left", id="somebody who has left"),
    ],
)
def test_an_owner_who_can_not_be_is_answered(office: Office, words: str, says: str) -> None:
    assert says in office.ask(words)
    assert office.issue(3).assignees == ()


def test_an_owner_given_before_there_is_an_issue_is_its_owner() -> None:
    world = World(settle_minutes=30, waive_needs_approval=True)
    ref = enrol(world)
    world.reconcile(ref)
    world.tracker.say(ref, "ft owner 1,3 @alice")
    world.reconcile(ref)
    assert "Alice" in world.sticky(ref)
    world.clock.set(START + timedelta(hours=1))
    world.reconcile(ref)
    assert [world.tracker.all_issues[c].assignees for c in world.children(ref)] == [("alice",)] * 3
    world.reconcile(ref)
    assert world.tracker.writes == []


def test_snooze_is_kept_capped_and_counted(office: Office) -> None:
    for n in range(3):
        assert office.ask(f"ft snooze 1 {n + 1}w") == ""
    assert (office.item(1).snoozed_until, office.item(1).snoozes) == (date(2026, 11, 26), 3)
    assert "snoozed until Thu 26 Nov 2026" in office.sticky(office.ref)
    assert "was snoozed 3 times already" in office.ask("ft snooze 1 1d")
    assert "at most 28 days at once, so until 2026-12-03" in office.ask("ft snooze 2 5 weeks")


def test_ignore_and_heed_undo_each_other(office: Office) -> None:
    office.ask("ft ignore 3 date the vendor decides")
    assert office.item(3).ignored == {"time_bound": "the vendor decides"}
    assert office.ask("ft heed 3 date") == ""
    assert office.item(3).ignored == {}
    assert "was not set aside" in office.ask("ft heed 3 date")


def test_replaced_and_duplicate_name_the_issue_that_stands_for_them(office: Office) -> None:
    other = office.tracker.open(77, title="The gateway limits retries")
    assert office.ask(f"ft replace 3 #{other.number} the gateway does it") == ""
    assert office.ask(f"ft duplicate 2 {other.locator}") == ""
    assert (office.item(3).way_out, office.item(3).instead) == ("replaced", other.key)
    assert (office.item(2).way_out, office.item(2).instead) == ("duplicate", other.key)
    assert {office.issue(2).status, office.issue(3).status} == {Status.WAIVED}
    assert "replaced by acme/incidents" in office.sticky(office.ref)
    office.reconcile(office.ref)
    assert office.tracker.writes == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param("ft replace 3 #999 it does more", "does not exist", id="no such issue"),
        pytest.param("ft replace 3 XYZ-1 it does more", "in none, or in several", id="in no tracker here"),
        pytest.param("ft replace 3 #1 it does more", "the item itself, or its post-mortem", id="the post-mortem"),
    ],
)
def test_what_can_not_stand_for_an_item_is_answered(office: Office, words: str, says: str) -> None:
    assert says in office.ask(words)
    assert office.issue(3).status is Status.OPEN


def test_split_makes_items_with_the_owner_and_the_date_of_the_whole(office: Office) -> None:
    assert office.ask("ft split 1 Add the alert; Write its runbook") == ""
    whole, first, second = office.item(1), office.item(4), office.item(5)
    assert (whole.way_out, office.issue(1).status) == ("split", Status.WAIVED)
    for part, title in ((first, "Add the alert"), (second, "Write its runbook")):
        issue = office.issue(part.number)
        assert (issue.title, issue.assignees, issue.due) == (title, ("bob",), date(2026, 12, 1))
        assert part.part_of == whole.id
    office.reconcile(office.ref)
    assert office.tracker.writes == []
    assert "is closed already" in office.ask("ft split 1 a; b")


def test_an_issue_that_is_itself_a_promise_is_not_split() -> None:
    world = World()
    ref = enrol(world, body="We should alert on queue depth.", title="Add an alert on queue depth", assignees=("bob",))
    world.reconcile(ref)
    world.tracker.say(ref, "ft split Add the alert; Write its runbook", "bob")
    world.reconcile(ref)
    assert "this issue is itself the promise" in world.tracker.kept[ref][-1].body
    assert world.tracker.all_issues[ref].status is Status.OPEN


def test_a_part_that_the_document_lists_later_is_the_same_item(office: Office) -> None:
    office.ask("ft split 1 Add the alert; Write its runbook")
    office.tracker.change(office.ref, body=BODY + "| Add the alert | @bob | 2026-12-01 |\n")
    office.reconcile(office.ref)
    assert len(office.state(office.ref).items) == 5
    assert office.issue(4).title == "Add the alert"


def test_a_leads_question_is_kept_with_its_author(office: Office) -> None:
    assert office.ask("ft ask 1 what is missing?", "lena") == ""
    assert (office.item(1).question, office.item(1).asked_by) == ("what is missing?", "lena")
    assert office.item(1).asked_at is not None


def test_a_question_is_no_answer_to_itself_whoever_above_asks_it(office: Office) -> None:
    vera = Person(id="vera", name="Vera", email="vera@example.com", logins={"github": "vera"})
    people = {**office.directory.people, "vera": vera}
    people["lena"] = replace(people["lena"], lead="vera")
    office.directory = replace(office.directory, people=people)
    # Jira counts milliseconds, and what is remembered of a question is a second.
    office.clock.set(office.clock.now().replace(microsecond=500_000))
    assert office.ask("ft ask what is missing?", "vera", on=office.issue(1).ref) == ""
    dossier = office.reconcile(office.ref).plan.dossier
    assert dossier is not None
    item = next(i for i in dossier.items if i.number == 1)
    assert (item.question, item.asked_by) == ("what is missing?", "vera")
    assert item.asked_at is not None
    assert item.active_at is None or item.active_at <= item.asked_at


@pytest.mark.parametrize(
    ("words", "who", "says"),
    [
        pytest.param("ft ask 1 why?", "alice", "only Lena and Dario, or somebody above, can", id="a colleague"),
        pytest.param("ft ask 1 why?", "bob", "only Lena and Dario, or somebody above, can", id="the owner"),
        pytest.param("ft ask 3 why?", "lena", "needs an owner first", id="nobody to ask"),
    ],
)
def test_a_question_by_anybody_else_is_answered(office: Office, words: str, who: str, says: str) -> None:
    assert says in office.ask(words, who)
    assert not office.item(1).question


@pytest.mark.parametrize(
    ("words", "tracked"),
    [
        pytest.param("ft track 1\nft track 3", {1, 3}, id="two lines name one item each"),
        pytest.param("ft track\nft track 3", {1, 2, 3}, id="all, and then one of them"),
    ],
)
def test_all_that_one_comment_wants_tracked_is_tracked(words: str, tracked: set[int]) -> None:
    world = World(settle_minutes=30)
    ref = enrol(world, BODY)
    world.reconcile(ref)
    assert not any(i.ref for i in world.state(ref).items)
    world.tracker.say(ref, words, "bob")
    world.reconcile(ref)
    assert {i.number for i in world.state(ref).items if i.ref} == tracked


def test_category_is_kept(office: Office) -> None:
    office.ask("ft category 1,2 Detect")
    assert (office.item(1).category, office.item(2).category) == ("detect", "detect")


def test_a_command_on_several_items_is_carried_out_on_all_or_on_none(office: Office) -> None:
    assert "there is no item 9 here" in office.ask("ft done 1,9 it works")
    assert "nobody has asked" in office.ask("ft waive 1 no money\nft approve 1,2", "lena")
    assert office.issue(2).status is Status.OPEN


def test_review_is_answered_and_not_carried_out(office: Office) -> None:
    assert "cannot be moved by a comment yet" in office.ask("ft review next week")


def test_a_stranger_is_told_once(office: Office) -> None:
    assert "Only people of the repository" in office.ask("ft done 1 hello", "mallory", trusted=False)
    assert office.ask("ft waive 1 hello", "mallory", trusted=False) == ""
    assert office.issue(1).status is Status.OPEN


def test_a_deleted_comment_takes_nothing_back(office: Office) -> None:
    office.ask("ft snooze 1 1w")
    office.tracker.said[office.ref].clear()
    office.reconcile(office.ref)
    assert office.item(1).snoozes == 1
    assert office.tracker.writes == []


@pytest.mark.parametrize(("editor", "status"), [("bob", Status.OPEN), ("dario", Status.WAIVED), ("root", Status.OPEN)])
def test_what_somebody_else_writes_into_a_leads_comment_is_not_the_leads_word(
    office: Office, editor: str, status: Status
) -> None:
    office.ask("ft waive 1 no money", "bob")
    office.ask("I will think about it.", "lena")
    (*others, comment) = office.tracker.said[office.ref]
    changed = replace(comment, body="ft waive approve 1", edited_by=editor, updated_at=office.clock.now())
    office.tracker.said[office.ref] = [*others, changed]
    office.reconcile(office.ref)
    assert office.issue(1).status is status
    assert "Lena agreed" not in office.audit


def test_an_edited_comment_runs_only_what_is_new(office: Office) -> None:
    office.ask("ft snooze 1 1w")
    (comment,) = office.tracker.said[office.ref]
    office.tracker.said[office.ref] = [replace(comment, body=comment.body + "\nft category 1 detect")]
    office.reconcile(office.ref)
    assert (office.item(1).snoozes, office.item(1).category) == (1, "detect")


def test_an_issue_named_on_a_site_that_is_away_is_waited_for() -> None:
    world = two_sites.World()
    ref = two_sites.enrol(world)
    world.reconcile(ref)
    (made,) = world.made()
    beside = next(i for i in world.state(ref).items if i.ref != made.ref.key and i.ref)
    world.other.down = Unavailable("no answer")
    world.home.say(ref, f"ft duplicate {beside.number} PAY-{made.ref.number}", "alice")
    world.reconcile(ref)
    assert world.home.writes == []
    world.other.down = None
    world.reconcile(ref)
    after = world.state(ref).item(beside.id)
    assert after is not None
    assert (after.way_out, after.instead) == ("duplicate", made.ref.key)


# Wishes


def test_a_wish_is_kept_once_and_the_audit_trail_does_not_tell_it(office: Office) -> None:
    assert office.ask("ft me zone Asia/Tokyo") == ""
    assert [(w.person, w.wish, w.value) for w in office.wishes] == [("bob", "zone", "Asia/Tokyo")]
    assert "Bob" not in office.audit or "Tokyo" not in office.audit
    office.reconcile(office.ref)
    assert len(office.wishes) == 1


def test_a_wish_waits_for_the_ledger_and_nothing_else_waits_with_it(office: Office) -> None:
    office.ledger = Unavailable("the ledger is away")
    office.ask("ft me zone Asia/Tokyo\nft category 1 detect")
    assert (office.wishes, office.item(1).category) == ([], "detect")
    office.ledger = None
    office.reconcile(office.ref)
    assert [w.value for w in office.wishes] == ["Asia/Tokyo"]
    office.reconcile(office.ref)
    assert len(office.wishes) == 1


def test_a_wish_that_the_ledger_refuses_is_answered(office: Office) -> None:
    office.ledger = Refused("there is no place for the ledger")
    assert "it could not be kept: there is no place for the ledger" in office.ask("ft me zone Asia/Tokyo")


def test_whom_people_yaml_does_not_name_is_told_so(office: Office) -> None:
    assert "people.yaml does not name your login" in office.ask("ft me zone Asia/Tokyo", "helper")
    assert "who you are on Slack" in office.ask("ft me channel slack")
    assert office.wishes == []


# Whatever is asked, by whomever, in whatever order

WORDS = (
    "done {n} it works",
    "done {n}",
    "due {n} in 3 weeks the vendor is late",
    "due {n} tomorrow",
    "waive {n} no money",
    "approve {n}",
    "decline {n} we need it",
    "owner {n} @alice",
    "owner {n} Bob",
    "owner {n} me",
    "snooze {n} 1w",
    "replace {n} #2 it does more",
    "duplicate {n} #2",
    "split {n} One half; Another half",
    "ask {n} what is missing?",
    "track {n}",
    "untrack {n} a lesson",
    "ignore {n} date it waits",
    "heed {n} date",
    "category {n} detect",
    "kind post-mortem",
    "me zone Asia/Tokyo",
    "review tomorrow",
    "help",
)
asked = st.tuples(
    st.sampled_from(WORDS), st.sampled_from(("1", "2", "3", "1,3", "4")), st.sampled_from(("bob", "alice", "lena", "x"))
)


@settings(max_examples=25, deadline=None)
@given(st.lists(asked, min_size=1, max_size=6), st.booleans(), st.booleans())
def test_whatever_is_asked_comes_to_rest_after_one_look(
    lines: list[tuple[str, str, str]], together: bool, urgent: bool
) -> None:
    office = Office(URGENT if urgent else BODY)
    office.tracker.open(2, title="The other one")
    for words, numbers, who in lines:
        line = f"ft {words.format(n=numbers)}"
        if together:
            office.tracker.say(office.ref, line, who, trusted=who != "x")
        else:
            office.ask(line, who, trusted=who != "x")
    office.reconcile(office.ref)
    before = office.state(office.ref)
    outcome = office.reconcile(office.ref)
    assert (office.tracker.writes, outcome.plan.effects) == ([], ())
    assert office.state(office.ref) == before
    numbers_used = [item.number for item in before.items]
    assert len(set(numbers_used)) == len(numbers_used)
    for item in before.items:
        closed = item.base.status is not None and item.base.status.closed
        assert not (closed and item.waiver), item
        assert item.way_out in {"", "waived", "replaced", "duplicate", "split"}
        assert not (item.way_out and not closed), item


def test_in_two_weeks_is_counted_from_the_day_on_which_it_was_written() -> None:
    office = Office()
    said_on = office.clock.now().date()
    office.tracker.say(office.ref, "ft due 1 in 2 weeks the vendor is late", "alice", trusted=True)
    office.clock.set(office.clock.now() + timedelta(days=9))
    office.reconcile(office.ref)
    assert office.state(office.ref).items[0].base.due == said_on + timedelta(days=14)
