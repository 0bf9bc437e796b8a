"""What one person is told on one day."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.people import at, directory, dossier, entry, item, keys, ledger, person, sends, told, written
from worker.domain.escalation import reached_people
from worker.domain.ledger import Ledger, PersonRecord
from worker.domain.messages import Batch, Invite
from worker.domain.model import Directory, Dossier, Person, Review, Status, TrackedItem
from worker.domain.plan.effects import Plan
from worker.domain.plan.person import day_of, person_unit, plan_person
from worker.domain.policy import Policy
from worker.domain.workdays import is_working_day

POLICY = Policy()
LATE = dossier(item())


def plan(unit: str, when: str, *world: Dossier, known: Ledger | None = None, people: Directory | None = None) -> Plan:
    found = people or directory()
    who = found.people[unit.split(":")[1]]
    return plan_person(unit, who, world or (LATE,), known or Ledger(), found, POLICY, at(when), "ft.example")


def test_a_late_item_is_one_nudge_with_its_identity() -> None:
    (send,) = sends(plan("person:alice:2026-11-03", "2026-11-03 10:00"))
    message = send.message
    assert (message.kind, message.occurrence, message.to) == ("nudge", "batch/alice/2026-11-03", "alice")
    assert (message.address, message.steps) == ("alice@example.com", keys("u1/i1/0"))
    assert message.message_id.endswith("@ft.example>")
    assert "alice" not in message.message_id
    assert send.name == "send-nudge"
    assert isinstance(message.content, Batch)
    assert message.content.on == date(2026, 11, 3)


def test_all_of_a_day_is_one_batch_over_all_post_mortems_and_an_escalation_if_any_step_is() -> None:
    other = replace(LATE, uid="u2", items=(item("i9", uid="u2", owner="lena", due=date(2026, 11, 5)),))
    known = ledger(told("alice", 0, at("2026-11-03 09:00")))
    (send,) = sends(plan("person:lena:2026-11-10", "2026-11-10 10:00", LATE, other, known=known))
    assert send.message.kind == "escalation"
    assert send.message.steps == keys("u1/i1/1", "u2/i9/0")


@pytest.mark.parametrize(
    ("unit", "when", "mark"),
    [
        pytest.param("person:alice:2026-11-03", "2026-11-03 07:00", "person:alice:2026-11-03", id="before the hours"),
        pytest.param("person:alice:2026-11-03", "2026-11-03 18:00", "person:alice:2026-11-04", id="after the hours"),
        pytest.param("person:alice:2026-11-03", "2026-11-07 10:00", "person:alice:2026-11-09", id="at a weekend"),
        pytest.param("person:alice:2026-11-03", "2026-11-04 10:00", "person:alice:2026-11-04", id="on a later day"),
        pytest.param("person:alice:2026-11-03", "2026-11-02 10:00", "person:alice:2026-11-03", id="on an earlier day"),
    ],
)
def test_outside_its_day_or_hours_nothing_is_sent_and_the_right_unit_is_marked(unit: str, when: str, mark: str) -> None:
    found = plan(unit, when)
    assert found.effects == ()
    assert [key for key, _ in found.marks] == [mark]
    assert found.marks[0][1] >= at(when)


def test_a_second_run_of_the_day_sends_nothing_and_looks_again_when_more_can_be_owed() -> None:
    known = written(Ledger(), sends(plan("person:alice:2026-11-03", "2026-11-03 10:00")))
    assert plan("person:alice:2026-11-03", "2026-11-03 11:00", known=known) == Plan(unit="person:alice:2026-11-03")
    lead = plan("person:lena:2026-11-03", "2026-11-03 11:00", known=known)
    assert lead.marks == (("person:lena:2026-11-10", at("2026-11-10 09:00")),)


def test_a_message_begun_and_not_seen_sent_goes_out_again_as_itself() -> None:
    first = sends(plan("person:alice:2026-11-03", "2026-11-03 10:00"))
    known = written(Ledger(), first, sent=False)
    (send,) = sends(plan("person:alice:2026-11-05", "2026-11-05 10:00", known=known))
    assert send.message.occurrence == first[0].message.occurrence
    assert send.message.message_id == first[0].message.message_id
    assert send.message.steps == first[0].message.steps
    known = written(known, [send])
    assert sends(plan("person:alice:2026-11-05", "2026-11-05 11:00", known=known)) == ()


def test_what_is_no_longer_true_leaves_the_message_and_an_empty_one_is_not_sent() -> None:
    two = dossier(item("i1"), item("i2"))
    first = sends(plan("person:alice:2026-11-03", "2026-11-03 10:00", two))
    known = written(Ledger(), first, sent=False)
    half = dossier(item("i1", status=Status.DONE), item("i2"))
    (send,) = sends(plan("person:alice:2026-11-04", "2026-11-04 10:00", half, known=known))
    assert isinstance(send.message.content, Batch)
    assert [s.item.id for s in send.message.content.steps] == ["i2"]
    assert set(send.message.steps) == set(keys("u1/i1/0", "u1/i2/0"))
    none = dossier(item("i1", status=Status.DONE), item("i2", owner="bob"))
    assert plan("person:alice:2026-11-04", "2026-11-04 10:00", none, known=known).effects == ()


def test_what_is_new_waits_a_day_for_the_message_that_is_sent_again() -> None:
    known = written(Ledger(), sends(plan("person:alice:2026-11-03", "2026-11-03 10:00")), sent=False)
    more = dossier(item("i1"), item("i2", due=date(2026, 11, 3)))
    found = plan("person:alice:2026-11-04", "2026-11-04 10:00", more, known=known)
    assert [s.message.occurrence for s in sends(found)] == ["batch/alice/2026-11-03"]
    assert found.marks == (("person:alice:2026-11-05", at("2026-11-05 09:00")),)
    known = written(known, sends(found))
    (send,) = sends(plan("person:alice:2026-11-05", "2026-11-05 10:00", more, known=known))
    assert send.message.steps == keys("u1/i2/0")


def test_somebody_without_an_address_is_a_gap_and_the_departed_are_left_alone() -> None:
    people = directory(person("alice", email=""), person("bob", departed=True))
    found = plan("person:alice:2026-11-03", "2026-11-03 10:00", people=people)
    assert found.effects == ()
    assert found.gaps == ("no mail reaches Alice: people.yaml has no mail address",)
    gone = plan("person:bob:2026-11-03", "2026-11-03 10:00", dossier(item(owner="bob")), people=people)
    assert (gone.effects, gone.marks) == ((), ())


def test_a_title_cannot_break_out_of_the_subject_and_a_confidential_one_is_not_named() -> None:
    (send,) = sends(plan("person:alice:2026-11-03", "2026-11-03 10:00", dossier(item(text="A\r\nBcc: x@y\u202e"))))
    assert "\n" not in send.message.subject
    assert "\u202e" not in send.message.subject
    (send,) = sends(plan("person:alice:2026-11-03", "2026-11-03 10:00", dossier(item(confidential=True))))
    assert "Alert" not in send.message.subject


@pytest.mark.parametrize("unit", ["person:alice", "person::2026-11-03", "digest:alice:2026-11-03", "person:alice:soon"])
def test_what_is_no_persons_unit_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        day_of(unit)


# Invitations


def reviewed(**over: object) -> Dossier:
    base = Review(
        uid="r1", start=at("2026-11-10 10:00"), minutes=30, sequence=5, attendees=("alice", "lena"), optional=("dora",)
    )
    return dossier(item(due=date(2026, 12, 1)), review=replace(base, **over))  # type: ignore[arg-type]


def invited(sequence: int, when: str = "2026-11-02 09:00", kind: str = "invite", **over: bool) -> Ledger:
    return ledger(PersonRecord(person="alice", entries=(entry(f"{kind}/r1/{sequence}/alice", at(when), **over),)))


def test_whoever_attends_is_invited_once_with_an_agenda() -> None:
    (send,) = sends(plan("person:dora:2026-11-03", "2026-11-03 10:00", reviewed()))
    message = send.message
    assert (message.kind, message.occurrence) == ("invite", "invite/r1/5/dora")
    assert isinstance(message.content, Invite)
    assert message.content.agenda == ("Alert on queue depth (Alice; due Tue 1 Dec 2026)",)
    assert message.content.attendees == (
        ("Alice", "alice@example.com", True),
        ("Lena", "lena@example.com", True),
        ("Dora", "dora@example.com", False),
    )
    known = written(Ledger(), [send])
    assert plan("person:dora:2026-11-03", "2026-11-03 11:00", reviewed(), known=known).effects == ()


def test_an_invitation_begun_and_not_seen_sent_goes_out_again_as_itself() -> None:
    known = invited(5, sent=False)
    (send,) = sends(plan("person:alice:2026-11-03", "2026-11-03 10:00", reviewed(), known=known))
    assert send.message.occurrence == "invite/r1/5/alice"


def test_a_moved_review_is_an_update_but_no_second_one_on_the_same_day() -> None:
    today = invited(4, "2026-11-03 09:00")
    found = plan("person:alice:2026-11-03", "2026-11-03 10:00", reviewed(), known=today)
    assert found.effects == ()
    assert found.marks == (("person:alice:2026-11-04", at("2026-11-04 09:00")),)
    (send,) = sends(plan("person:alice:2026-11-04", "2026-11-04 10:00", reviewed(), known=today))
    assert send.message.occurrence == "invite/r1/5/alice"


@pytest.mark.parametrize(
    ("over", "known", "expected"),
    [
        pytest.param({"cancelled": True}, invited(4), ["cancel/r1/5/alice"], id="whoever was invited"),
        pytest.param({"cancelled": True}, invited(4, sent=False), ["cancel/r1/5/alice"], id="or may have been"),
        pytest.param({"cancelled": True}, Ledger(), [], id="nobody who was not"),
        pytest.param({"attendees": ("lena",)}, invited(4), ["cancel/r1/5/alice"], id="whoever is no longer needed"),
        pytest.param({"cancelled": True, "start": at("2026-11-02 10:00")}, invited(4), [], id="nothing that is over"),
    ],
)
def test_a_cancellation_goes_to(over: dict[str, object], known: Ledger, expected: list[str]) -> None:
    found = sends(plan("person:alice:2026-11-03", "2026-11-03 10:00", reviewed(**over), known=known))
    assert [s.message.occurrence for s in found] == expected
    after = written(known, found)
    assert plan("person:alice:2026-11-04", "2026-11-04 10:00", reviewed(**over), known=after).effects == ()


def test_a_cancelled_one_who_comes_back_is_invited_again() -> None:
    known = ledger(*invited(4).people.values(), *invited(5, "2026-11-02 10:00", kind="cancel").people.values())
    found = sends(plan("person:alice:2026-11-03", "2026-11-03 10:00", reviewed(sequence=7), known=known))
    assert [s.message.occurrence for s in found] == ["invite/r1/7/alice"]


# A walk over 26 weeks

OWNERS = ("alice", "bob", "carol")
HOLIDAYS = {"DE": "Europe/Berlin", "US": "America/New_York", "IN": "Asia/Kolkata", "BR": "America/Sao_Paulo"}


@dataclass
class World:
    """Half a year of one organization, with the messages that it got."""

    seed: int
    now: datetime = datetime(2026, 9, 1, tzinfo=UTC)
    known: Ledger = field(default_factory=Ledger)
    units: dict[str, datetime] = field(default_factory=dict)
    got: list[tuple[datetime, str, tuple[str, ...], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        start = self.now.date()
        people = []
        for n, name in enumerate(("alice", "bob", "carol", "lena", "dora")):
            country = sorted(HOLIDAYS)[(n + self.seed) % 4]
            leave = start + timedelta(days=self.dice.randrange(180))
            days = leave + timedelta(days=self.dice.randrange(10))
            people.append(person(name, country=country, timezone=HOLIDAYS[country], leave=((leave, days),)))
        self.people = directory(*people)
        items = [
            item(
                f"i{n}",
                owner=self.dice.choice(("alice", "bob", "carol")),
                due=start + timedelta(days=self.dice.randrange(150)),
            )
            for n in range(12)
        ]
        self.dossiers = [dossier(*items[:6]), dossier(*(replace(i, uid="u2") for i in items[6:]), uid="u2")]
        outage = self.now + timedelta(days=self.dice.randrange(120))
        self.down = (outage, outage + timedelta(hours=self.dice.randrange(1, 240)))

    def run(self) -> None:
        """Every hour: the post-mortems mark their people, due units run; sometimes all marks are lost, items close."""
        for _ in range(26 * 7 * 24):
            self.now += timedelta(hours=1)
            if self.down[0] <= self.now < self.down[1]:
                continue
            if self.now.hour % 6 == 0:
                for each in self.dossiers:
                    for who in reached_people(each, self.people, POLICY, self.now):
                        self._mark(*person_unit(self.people.people[who], self.now, POLICY))
            if self.dice.random() < 0.002:
                self.units.clear()
            if self.dice.random() < 0.003:
                self._change()
            for unit in sorted(u for u, when in self.units.items() if when <= self.now):
                del self.units[unit]
                self._run(unit)

    def _mark(self, unit: str, when: datetime) -> None:
        self.units[unit] = min(when, self.units.get(unit, when))

    def _run(self, unit: str) -> None:
        who = self.people.people[unit.split(":")[1]]
        found = plan_person(unit, who, self.dossiers, self.known, self.people, POLICY, self.now, "x")
        done = sends(found)
        if done and self.dice.random() < 0.1:
            # Killed between the intent and the record; half of them after the mail had left.
            self.known = written(self.known, done, sent=False)
            if self.dice.random() < 0.5:
                self._note(done[0].message.to, done[0].message.steps, done[0].message.message_id)
            self._mark(unit, self.now + timedelta(hours=1))
            return
        self.known = written(self.known, done)
        for send in done:
            self._note(send.message.to, send.message.steps, send.message.message_id)
        for key, when in found.marks:
            assert when > self.now or key != unit, "a unit must not run in circles"
            self._mark(key, when)

    def _note(self, who: str, steps: tuple[str, ...], message_id: str) -> None:
        self.got.append((self.now, who, steps, message_id))

    def _change(self) -> None:
        """Something happens to one item: it is done, or somebody comments on it."""
        at_ = self.dice.randrange(len(self.dossiers))
        items = list(self.dossiers[at_].items)
        n = self.dice.randrange(len(items))
        done = self.dice.random() < 0.3
        items[n] = replace(items[n], status=Status.DONE) if done else replace(items[n], active_at=self.now)
        self.dossiers[at_] = replace(self.dossiers[at_], items=tuple(items))


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6))
def test_over_half_a_year_with_outages_no_step_is_missed_doubled_out_of_order_or_ill_timed(seed: int) -> None:
    world = World(seed)
    world.run()
    _in_their_hours(world)
    _one_batch_a_day_and_no_doubles(world)
    _in_order_and_apart(world)
    _nothing_missed(world)


def _in_their_hours(world: World) -> None:
    for when, name, _, _ in world.got:
        who: Person = world.people.people[name]
        local = when.astimezone(ZoneInfo(who.timezone))
        assert is_working_day(who, local.date(), POLICY)
        assert time(9) <= local.time() < time(17)


def _one_batch_a_day_and_no_doubles(world: World) -> None:
    ids: dict[tuple[str, date], set[str]] = defaultdict(set)
    for when, name, _, message_id in world.got:
        ids[name, when.astimezone(ZoneInfo(world.people.people[name].timezone)).date()].add(message_id)
    assert all(len(found) == 1 for found in ids.values())


def _in_order_and_apart(world: World) -> None:
    """Per item: rungs go up one at a time and begin with the owner; only news or a new ladder goes back to 0."""
    tellings: dict[str, list[tuple[datetime, int, str]]] = defaultdict(list)
    seen: set[str] = set()
    for when, _, steps, message_id in world.got:
        for key in steps if message_id not in seen else ():
            unit, _, rung = key.rpartition("/")
            tellings[unit].append((when, int(rung), message_id))
        seen.add(message_id)
    for found in tellings.values():
        rungs = [rung for _, rung, _ in found]
        assert rungs[0] == 0
        assert all(b in (0, a + 1) for a, b in pairwise(rungs))
        for (first, _, _), (second, _, _) in pairwise(found):
            assert second - first > timedelta(days=4), "five working days are more than four days"


def _nothing_missed(world: World) -> None:
    """Whatever has been late for two months without news has climbed the whole ladder."""
    heard = {key for _, _, steps, _ in world.got for key in steps}
    ripe: list[TrackedItem] = [
        i
        for d in world.dossiers
        for i in d.items
        if i.status is Status.OPEN
        and i.due is not None
        and max(i.due, i.active_at.date() if i.active_at else i.due) + timedelta(days=75) < world.now.date()
    ]
    for each in ripe:
        assert {f"{each.uid}/{each.id}/{rung}" for rung in range(3)} <= heard
