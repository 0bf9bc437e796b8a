"""One post-mortem reconciled: what is written, what is not, and that doing it again does nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.domain.people import LATENESS_ALONE
from tests.fakes import FakeTracker
from worker.domain.model import Directory, IssueRef, Kind, Mode, Person, Status, Team
from worker.domain.plan.effects import describe
from worker.domain.policy import Policy
from worker.domain.seal import unseal
from worker.domain.state import RECORD, State
from worker.engine.clock import ManualClock
from worker.engine.observe import Observer
from worker.engine.perform import Performer
from worker.engine.post_mortems import Outcome, PostMortems
from worker.engine.trackers import Trackers
from worker.trackers.errors import Ambiguous

KEYS = (b"a signing key of the tests, long enough",)
START = datetime(2026, 11, 5, 10, tzinfo=UTC)
BODY = """## Summary
Checkout answered 500 for 47 minutes.

## Root cause
The payment queue was full.

## Action items
| What | Owner | Due |
| --- | --- | --- |
| Add an alert when the payment queue is deeper than 100 for 5 minutes | @bob | 2026-12-01 |
| Write a runbook for draining the payment queue | @alice | 2026-12-04 |
| Limit the retries of the payment client to three | | |
"""


class World:
    """A fake tracker, a clock moved by hand, and the real engine around them."""

    def __init__(self, **policy: Any) -> None:
        self.clock = ManualClock(START)
        self.tracker = FakeTracker(clock=self.clock)
        usual: dict[str, Any] = {"settle_minutes": 0, "waive_needs_approval": False, "ladder": LATENESS_ALONE}
        self.policy = Policy(**(usual | policy))
        people = {
            "alice": Person(
                id="alice", name="Alice", email="alice@example.com", logins={"github": "alice"}, team="pay"
            ),
            "bob": Person(id="bob", name="Bob", email="bob@example.com", logins={"github": "bob"}, team="pay"),
            "lena": Person(id="lena", name="Lena", email="lena@example.com", logins={"github": "lena"}, team="pay"),
        }
        self.directory = Directory(people=people, teams={"pay": Team(id="pay", lead="lena")})
        self.mode = Mode.LIVE

    @property
    def post_mortems(self) -> PostMortems:
        site = self.tracker.site
        trackers = Trackers(reads={site: self.tracker}, writes={site: self.tracker}, modes={site: self.mode})
        observer = Observer(trackers=trackers, policy=self.policy, directory=self.directory, keys=KEYS)
        self.trackers = trackers
        return PostMortems(observer=observer, policy=self.policy, directory=self.directory)

    def reconcile(self, ref: IssueRef) -> Outcome:
        engine = self.post_mortems
        performer = Performer(trackers=self.trackers, keys=KEYS, clock=self.clock, before_write=lambda _site: None)
        self.tracker.writes.clear()
        return engine.reconcile(ref, self.clock.now(), performer)

    def state(self, ref: IssueRef) -> State:
        return State.from_json(unseal(self.tracker.kept[ref][0].text, purpose=RECORD, keys=KEYS))

    def sticky(self, ref: IssueRef) -> str:
        return self.tracker.kept[ref][0].body

    def children(self, ref: IssueRef) -> list[IssueRef]:
        return [i.ref for i in self.tracker.snapshot(ref).children]


@pytest.fixture
def world() -> World:
    return World()


def enrol(world: World, body: str = BODY, **over: Any) -> IssueRef:
    return world.tracker.open(1, body=body, labels=frozenset({"postmortem"}), **over)


def test_enrolling_three_new_items_costs_three_creates_and_one_sticky(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    assert [w.split()[0] for w in world.tracker.writes] == ["create", "create", "create", "record"]
    assert len(world.children(ref)) == 3


def test_reconciling_again_writes_nothing(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    world.reconcile(ref)
    assert world.tracker.writes == []


def test_the_plan_lists_what_apply_does_and_is_empty_afterwards(world: World) -> None:
    ref = enrol(world)
    planned = world.post_mortems.look(ref, world.clock.now()).plan
    outcome = world.reconcile(ref)
    fields = ("unit", "effect", "target", "why")
    assert [[describe(e)[f] for f in fields] for e in planned.effects] == [
        [describe(e)[f] for f in fields] for e in outcome.performed
    ]
    assert outcome.plan.effects == ()
    assert world.post_mortems.look(ref, world.clock.now()).plan.effects == ()


def test_created_issues_carry_owner_date_label_and_parent(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    first = world.tracker.all_issues[world.children(ref)[0]]
    assert first.title == "Add an alert when the payment queue is deeper than 100 for 5 minutes"
    assert (first.assignees, first.due, first.parent) == (("bob",), date(2026, 12, 1), ref)
    assert first.labels == {"postmortem-action"}


def test_items_wait_until_the_body_has_rested() -> None:
    world = World(settle_minutes=30)
    ref = enrol(world)
    outcome = world.reconcile(ref)
    assert [w.split()[0] for w in world.tracker.writes] == ["record"]
    assert outcome.plan.wake_at == START + timedelta(minutes=30)
    world.clock.advance(timedelta(minutes=29))
    world.tracker.change(ref, body=BODY + "\nOne more thought.\n")
    world.reconcile(ref)
    assert world.children(ref) == []
    world.clock.advance(timedelta(minutes=31))
    world.reconcile(ref)
    assert len(world.children(ref)) == 3


def test_an_item_without_priority_and_date_is_offered_the_day_of_its_incidents_severity(world: World) -> None:
    ref = world.tracker.open(1, body=BODY, labels=frozenset({"postmortem", "sev2"}))
    world.reconcile(ref)
    assert "*Thu 3 Dec 2026?*" in world.sticky(ref)  # P1 has 28 days


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda b: b.replace("Limit the retries", "Restrict the retries"), id="rewording an item"),
        pytest.param(
            lambda b: b.replace("| Limit the retries of the payment client to three | | |\n", "").replace(
                "| Add an alert", "| Limit the retries of the payment client to three | | |\n| Add an alert"
            ),
            id="reordering items",
        ),
        pytest.param(lambda b: b.replace("2026-12-04", "2026-12-18"), id="moving a date"),
    ],
)
def test_an_edit_never_creates_a_second_issue(world: World, edit: Callable[[str], str]) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    world.tracker.change(ref, body=edit(BODY))
    world.reconcile(ref)
    assert len(world.children(ref)) == 3
    assert not [w for w in world.tracker.writes if w.startswith("create")]


def test_a_date_that_the_document_moves_reaches_the_issue_once(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    runbook = world.children(ref)[1]
    world.tracker.change(ref, body=BODY.replace("2026-12-04", "2026-12-18"))
    world.reconcile(ref)
    assert world.tracker.all_issues[runbook].due == date(2026, 12, 18)
    world.reconcile(ref)
    assert world.tracker.writes == []


def test_a_date_that_changes_on_the_issue_stays_though_the_document_says_otherwise(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    runbook = world.children(ref)[1]
    world.tracker.change(runbook, due=date(2027, 1, 8))
    world.reconcile(ref)
    assert world.tracker.all_issues[runbook].due == date(2027, 1, 8)
    assert "Fri 8 Jan 2027" in world.sticky(ref)


def test_closing_shows_and_not_planned_is_let_go(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    first, second, _ = world.children(ref)
    world.tracker.change(first, status=Status.DONE)
    world.tracker.change(second, status=Status.WAIVED)
    world.reconcile(ref)
    assert "1 of 2 promises kept, 1 let go" in world.sticky(ref)


def test_a_named_issue_is_adopted_and_not_created_again(world: World) -> None:
    other = world.tracker.open(7, title="Alert on queue depth")
    ref = enrol(world, body="## Action items\n- [ ] #7\n- [ ] Write the runbook for draining the queue\n")
    world.reconcile(ref)
    assert world.tracker.all_issues[other].parent == ref
    assert "postmortem-action" in world.tracker.all_issues[other].labels
    assert len([w for w in world.tracker.writes if w.startswith("create")]) == 1


def test_a_lost_answer_to_a_create_makes_no_second_issue_and_keeps_nobody_waiting(world: World) -> None:
    ref = enrol(world)
    world.tracker.lose = {"runbook"}
    outcome = world.reconcile(ref)
    assert "runbook" in outcome.doubt
    assert "did not say whether its issue was created" in world.sticky(ref)
    assert len(world.children(ref)) == 3
    world.tracker.lose = set()
    outcome = world.reconcile(ref)
    assert not outcome.doubt
    assert "did not say" not in world.sticky(ref)
    assert len(world.children(ref)) == 3
    assert len(world.state(ref).items) == 3
    assert world.state(ref).quiet_until is None


def test_a_second_lost_answer_in_one_run_stops_it_for_the_tracker_is_in_trouble(world: World) -> None:
    ref = enrol(world)
    world.tracker.lose = {"alert", "runbook"}
    with pytest.raises(Ambiguous):
        world.reconcile(ref)
    assert len(world.children(ref)) == 2
    world.tracker.lose = set()
    world.reconcile(ref)
    assert len(world.children(ref)) == len(world.state(ref).items) == 3


def test_lost_state_adopts_the_children_and_keeps_people_in_peace(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    before = {i.ref: i.id for i in world.state(ref).items}
    world.tracker.kept.clear()
    world.clock.advance(timedelta(days=3))
    world.reconcile(ref)
    assert {i.ref: i.id for i in world.state(ref).items} == before
    assert world.state(ref).quiet_until == date(2026, 11, 13)
    assert not [w for w in world.tracker.writes if w.startswith("create")]


def test_a_state_that_somebody_edited_is_not_believed(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    record = world.tracker.kept[ref][0]
    world.tracker.ensure_record(ref, RECORD, record.body, record.text[:-4] + "0000", record.id)
    world.reconcile(ref)
    assert len(world.tracker.kept[ref]) == 1
    assert len(world.children(ref)) == 3
    assert "rebuilt from the issues" in "".join(world.state(ref).audit)


def test_the_label_going_ends_the_enrolment_after_a_day_and_coming_back_resumes(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    ids = [i.id for i in world.state(ref).items]
    world.tracker.change(ref, labels=frozenset())
    outcome = world.reconcile(ref)
    assert "The label is gone" in world.sticky(ref)
    assert outcome.plan.wake_at == START + timedelta(hours=24)
    world.clock.advance(timedelta(hours=24))
    world.reconcile(ref)
    assert "Follow-through has ended here" in world.sticky(ref)
    assert world.state(ref).review is not None
    assert world.state(ref).review.cancelled  # type: ignore[union-attr]  # asserted just above
    world.reconcile(ref)
    assert world.tracker.writes == []
    world.tracker.change(ref, labels=frozenset({"postmortem"}))
    world.reconcile(ref)
    assert [i.id for i in world.state(ref).items] == ids
    assert not [w for w in world.tracker.writes if w.startswith("create")]


@pytest.mark.parametrize(
    ("command", "status"),
    [
        pytest.param("ft done 1 alert fired in staging", Status.DONE, id="done closes"),
        pytest.param("ft waive 1 the queue is going away", Status.WAIVED, id="waive lets go"),
    ],
)
def test_a_person_closes_an_item_from_a_comment_once(world: World, command: str, status: Status) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    first = world.children(ref)[0]
    world.tracker.say(ref, command)
    world.reconcile(ref)
    assert world.tracker.all_issues[first].status is status
    world.tracker.change(first, status=Status.OPEN)
    world.reconcile(ref)
    assert world.tracker.all_issues[first].status is Status.OPEN


def test_a_new_date_by_command_reaches_the_issue_and_counts_as_a_slip(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    first = world.children(ref)[0]
    world.tracker.say(ref, "ft due 1 2026-12-15 the vendor is late")
    world.reconcile(ref)
    assert world.tracker.all_issues[first].due == date(2026, 12, 15)
    assert world.state(ref).items[0].slips == 1
    assert "alice moved item 1 to 2026-12-15: the vendor is late" in "".join(world.state(ref).audit)
    world.reconcile(ref)
    assert world.tracker.writes == []


def test_what_a_person_sets_aside_is_not_asked_for_again_and_the_reason_is_kept(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    assert "needs a date" in world.sticky(ref)
    world.tracker.say(ref, "ft ignore 3 date the vendor decides when")
    world.reconcile(ref)
    assert world.state(ref).items[2].ignored == {"time_bound": "the vendor decides when"}
    assert "needs a date" not in world.sticky(ref)
    assert "an owner" in world.sticky(ref)
    assert "set time bound of item 3 aside: the vendor decides when" in world.state(ref).audit[-1]
    world.reconcile(ref)
    assert world.tracker.writes == []


def test_a_command_on_the_items_own_issue_needs_no_number(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    first = world.children(ref)[0]
    world.tracker.say(first, "ft done it fired in staging", author="bob")
    world.reconcile(ref)
    assert world.tracker.all_issues[first].status is Status.DONE
    assert world.state(ref).items[0].evidence == "it fired in staging"


def test_a_stranger_is_refused_and_told_why_once(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    for _ in range(3):
        world.tracker.say(ref, "ft done 1\nft help\nft done 2", author="mallory", trusted=False)
    world.reconcile(ref)
    assert [w.split()[0] for w in world.tracker.writes] == ["record", "record"]
    assert "can ask for this" in world.tracker.kept[ref][1].body
    world.reconcile(ref)
    assert world.tracker.writes == []


def test_an_issue_that_is_itself_a_promise_gets_no_children(world: World) -> None:
    ref = enrol(world, body="We should alert on queue depth.", title="Add an alert on queue depth", assignees=("bob",))
    outcome = world.reconcile(ref)
    assert [w.split()[0] for w in world.tracker.writes] == ["record"]
    assert outcome.plan.dossier is not None
    assert [(i.ref, i.owner) for i in outcome.plan.dossier.items] == [(ref, "bob")]


def test_kind_by_command_overrules_what_it_looks_like(world: World) -> None:
    ref = enrol(world)
    world.tracker.say(ref, "ft kind action-item")
    world.clock.advance(timedelta(seconds=1))
    world.reconcile(ref)
    assert world.state(ref).kind is Kind.ACTION_ITEM
    assert world.children(ref) == []


def test_a_refused_create_is_a_finding_and_the_others_go_on(world: World) -> None:
    world.tracker.refuse["runbook"] = "issues are disabled"
    ref = enrol(world)
    world.reconcile(ref)
    assert len(world.children(ref)) == 2
    assert "issues are disabled" in world.sticky(ref)


def test_without_atomic_children_the_creates_are_claimed_first(world: World) -> None:
    world.tracker.atomic = False
    ref = enrol(world)
    world.reconcile(ref)
    assert [w.split()[0] for w in world.tracker.writes] == ["record", "create", "create", "create", "record"]
    assert all(i.ref for i in world.state(ref).items)
    world.reconcile(ref)
    assert world.tracker.writes == []


def test_in_observe_mode_nothing_is_written(world: World) -> None:
    world.mode = Mode.OBSERVE
    ref = enrol(world)
    outcome = world.reconcile(ref)
    assert world.tracker.writes == []
    assert len(outcome.planned.effects) == 4
    assert outcome.withheld


def test_an_owner_nobody_knows_is_a_finding_and_nobody_is_assigned(world: World) -> None:
    ref = enrol(world, body="## Action items\n- Add an alert on queue depth, owner: @nobody-here, by 2026-12-01\n")
    world.reconcile(ref)
    (child,) = world.children(ref)
    assert world.tracker.all_issues[child].assignees == ()
    assert "nobody here is known by this name" in world.sticky(ref)


def test_more_than_twenty_new_items_wait_for_a_person(world: World) -> None:
    rows = "\n".join(f"- Add a dashboard for service number {n}" for n in range(25))
    ref = enrol(world, body=f"## Action items\n{rows}\n")
    world.reconcile(ref)
    assert world.children(ref) == []
    world.tracker.say(ref, "ft track")
    world.reconcile(ref)
    assert len(world.children(ref)) == 25


def test_nothing_is_created_where_more_people_can_see_it(world: World) -> None:
    world.directory = Directory(
        people=world.directory.people, teams={"pay": Team(id="pay", lead="lena", items="github:acme/public-work")}
    )
    world.tracker.public = {"acme/public-work": True}
    ref = enrol(world)
    world.reconcile(ref)
    made = [world.tracker.all_issues[c].ref.container for c in world.children(ref)]
    assert made == ["acme/incidents"]
    assert "anybody can read github:acme/public-work" in world.sticky(ref)


def test_what_people_wrote_is_never_live_in_the_sticky(world: World) -> None:
    body = (
        "## Action items\n\n| What | Owner | Due |\n| --- | --- | --- |\n"
        "| Tell @acme/everyone that <img src=x> fixes #1 [here](http://evil.example) `x` <!-- followthrough:item a --> "
        "| @x@acme/all <b> | 2026-12-01 |\n"
    )
    ref = enrol(world, body=body)
    world.reconcile(ref)
    shown = world.sticky(ref) + world.tracker.all_issues[world.children(ref)[0]].body
    assert not re.search(r"@(acme|x)\b", shown)
    assert not re.search(r"<(img|b)\b|<!--", shown)
    assert "](http://evil" not in shown


def test_an_items_number_stays_when_another_goes(world: World) -> None:
    world.policy = Policy(settle_minutes=30)
    rows = ["- Add an alert on queue depth", "- Cap the connection pool at 200", "- Write the refund runbook"]
    ref = enrol(world, body="## Action items\n" + "\n".join(rows))
    world.reconcile(ref)
    world.tracker.change(ref, body="## Action items\n" + "\n".join([rows[0], rows[2], "- Rotate the certificates"]))
    world.reconcile(ref)
    assert [(i.number, i.text) for i in world.state(ref).items] == [
        (1, "Add an alert on queue depth"),
        (3, "Write the refund runbook"),
        (4, "Rotate the certificates"),
    ]


def test_a_refused_date_is_told_and_stops_nothing_else(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    first, second, _ = world.children(ref)
    world.tracker.refuse["set_due"] = "you may not edit this issue"
    world.tracker.say(ref, "ft due 1 2026-12-15 late parts\nft done 2 it works")
    world.reconcile(ref)
    assert world.tracker.all_issues[second].status is Status.DONE
    assert any("you may not edit this issue" in r.body for r in world.tracker.kept[ref])
    assert world.state(ref).items[0].base.due == world.tracker.all_issues[first].due == date(2026, 12, 1)
    world.reconcile(ref)
    assert world.tracker.writes == []


def test_a_refused_assignment_keeps_the_agreed_owner_and_is_a_finding(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    world.tracker.refuse["set_assignees"] = "lena has no access"
    world.tracker.change(ref, body=BODY.replace("@bob", "@lena"))
    world.reconcile(ref)
    assert world.state(ref).items[0].base.owner == "bob"
    assert "lena has no access" in world.sticky(ref)
    world.tracker.refuse.clear()
    world.reconcile(ref)
    assert world.tracker.all_issues[world.children(ref)[0]].assignees == ("lena",)


def test_an_issue_that_turns_out_to_be_one_promise_has_its_review_called_off(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    world.tracker.say(ref, "ft kind action-item")
    world.reconcile(ref)
    review = world.state(ref).review
    assert review is not None
    assert review.cancelled


def test_a_private_sub_issue_of_a_public_post_mortem_is_not_shown(world: World) -> None:
    ref = enrol(world, public=True)
    secret = IssueRef("github", "acme/secret#5")
    world.tracker.open(900, title="Key leaked by customer Initech", parent=ref, public=False)
    issue = world.tracker.all_issues.pop(IssueRef("github", "acme/incidents#900"))
    world.tracker.all_issues[secret] = replace(issue, ref=secret)
    world.reconcile(ref)
    assert "Initech" not in world.sticky(ref)
    assert "Initech" not in str(world.state(ref))


@pytest.mark.parametrize(
    ("author", "bot", "counts"),
    [
        pytest.param("bob", False, True, id="the owner's word is news"),
        pytest.param("stale", True, False, id="a program's word is no news"),
        pytest.param("lena", False, False, id="the lead's asking is no news"),
    ],
)
def test_only_people_who_do_the_work_give_news(world: World, author: str, bot: bool, counts: bool) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    first = world.children(ref)[0]
    world.tracker.say(first, "How is it going?", author=author)
    world.tracker.said[first] = [replace(c, bot=bot) for c in world.tracker.said[first]]
    dossier = world.reconcile(ref).plan.dossier
    assert dossier is not None
    assert (dossier.items[0].active_at is not None) is counts


def test_the_word_on_an_issue_that_is_itself_the_promise_is_news(world: World) -> None:
    ref = enrol(world, body="We should alert on queue depth.", title="Add an alert on queue depth", assignees=("bob",))
    world.tracker.say(ref, "Half of it is in staging.", author="bob")
    dossier = world.reconcile(ref).plan.dossier
    assert dossier is not None
    assert dossier.items[0].active_at == world.clock.now()


def test_a_double_that_somebody_works_on_is_not_closed(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    first = world.tracker.all_issues[world.children(ref)[0]]
    double = replace(first, ref=IssueRef("github", "acme/incidents#950"), created_at=START + timedelta(minutes=5))
    world.tracker.all_issues[double.ref] = double
    world.clock.advance(timedelta(hours=1))
    world.tracker.change(double.ref, assignees=("carol",))
    world.reconcile(ref)
    assert world.tracker.all_issues[double.ref].status is Status.OPEN


def test_a_rule_that_policy_turned_off_is_not_told_in_the_comment() -> None:
    body = "## Summary\nCheckout was down.\n\n## Impact\nNo sales for 47 minutes.\n"
    loud, quiet = World(), World(rules={"document/no-action-items": "ignore"})
    for world in (loud, quiet):
        world.reconcile(enrol(world, body=body))
    told = [world.sticky(IssueRef("github", "acme/incidents#1")) for world in (loud, quiet)]
    assert ["To put right" in text for text in told] == [True, False], told
