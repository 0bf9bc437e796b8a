"""A post-mortem on one site whose items live on another: announced first, linked, and neither waits for the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.fakes import ACCOUNT, FakeTracker
from worker.domain.model import Directory, Issue, IssueRef, Mode, Person, Status, Team
from worker.domain.policy import Policy
from worker.domain.seal import unseal
from worker.domain.state import RECORD, State
from worker.engine.clock import ManualClock
from worker.engine.observe import Observer
from worker.engine.perform import Performer
from worker.engine.post_mortems import Outcome, PostMortems
from worker.engine.trackers import Away, Trackers
from worker.trackers.errors import CredentialRefused, RateLimited, TrackerError, Unavailable

KEYS = (b"a signing key of the tests, long enough",)
START = datetime(2026, 11, 5, 10, tzinfo=UTC)
BODY = """## Summary
Checkout answered 500 for 47 minutes.

## Action items
| What | Owner | Due |
| --- | --- | --- |
| Add an alert when the payment queue is deeper than 100 for 5 minutes | @bobby | 2026-12-01 |
| Write a runbook for draining the payment queue | @alice | 2026-12-04 |
"""
SILENCES = [
    pytest.param(Unavailable("no answer"), id="it does not answer"),
    pytest.param(RateLimited("slow down", wait_s=60), id="its limit is spent"),
    pytest.param(CredentialRefused("expired"), id="its credential has expired"),
]


class World:
    """A GitHub-like site with the post-mortem, a Jira-like site with the items of Bob's team, and the real engine."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.home = FakeTracker(clock=self.clock)
        self.other = FakeTracker(
            clock=self.clock, site="jira", repositories=("PAY",), keeps_links=True, lag=timedelta(minutes=10)
        )
        self.directory = Directory(
            people={
                "alice": Person(id="alice", name="Alice", logins={"github": "alice"}, team="web"),
                "bob": Person(id="bob", name="Bob", logins={"github": "bobby", "jira": "7:bob"}, team="pay"),
                "lena": Person(id="lena", name="Lena", logins={"github": "lena", "jira": "7:lena"}, team="pay"),
            },
            teams={"pay": Team(id="pay", lead="lena", items="jira:PAY"), "web": Team(id="web", lead="lena")},
        )

    @property
    def trackers(self) -> Trackers:
        sites: dict[str, Any] = {"github": self.home, "jira": self.other}
        return Trackers(reads=sites, writes=sites, modes=dict.fromkeys(sites, Mode.LIVE))

    def reconcile(self, ref: IssueRef, away: Away | None = None) -> Outcome:
        policy = Policy(settle_minutes=0)
        observer = Observer(trackers=self.trackers, policy=policy, directory=self.directory, keys=KEYS)
        engine = PostMortems(observer=observer, policy=policy, directory=self.directory)
        performer = Performer(trackers=self.trackers, keys=KEYS, clock=self.clock, before_write=lambda _site: None)
        self.home.writes.clear()
        self.other.writes.clear()
        return engine.reconcile(ref, self.clock.now(), performer, away=away)

    def pass_for(self, minutes: int) -> None:
        self.clock.set(self.clock.now() + timedelta(minutes=minutes))

    def state(self, ref: IssueRef) -> State:
        return State.from_json(unseal(self.home.kept[ref][0].text, purpose=RECORD, keys=KEYS))

    def sticky(self, ref: IssueRef) -> str:
        return self.home.kept[ref][0].body

    def made(self) -> list[Issue]:
        return [i for i in self.other.all_issues.values() if i.author == ACCOUNT]


@pytest.fixture
def world() -> World:
    return World()


def enrol(world: World, body: str = BODY, **over: Any) -> IssueRef:
    return world.home.open(1, body=body, labels=frozenset({"postmortem"}), **over)


def first_word(writes: list[str]) -> list[str]:
    return [w.split()[0] for w in writes]


def test_an_item_of_another_sites_team_is_announced_created_there_and_linked(world: World) -> None:
    ref = enrol(world)
    outcome = world.reconcile(ref)
    assert [e.name for e in outcome.performed] == [
        "claim",
        "create-issue",
        "create-issue",
        "link-elsewhere",
        "update-sticky",
    ]
    (made,) = world.made()
    assert (made.ref.container, made.assignees, made.due) == ("PAY", ("7:bob",), date(2026, 12, 1))
    home = world.home.all_issues[ref]
    assert home.url in made.body
    assert world.other.links == {(made.ref, ref.key): (home.url, home.title)}
    assert made.url in world.sticky(ref)


def test_doing_it_again_writes_nothing_on_either_site(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    world.reconcile(ref)
    assert (world.home.writes, world.other.writes) == ([], [])


def test_a_document_that_names_the_owner_by_the_login_of_its_own_site_fits_the_assignee_on_the_other(
    world: World,
) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    (made,) = world.made()
    world.other.change(made.ref, assignees=("7:lena",))
    world.reconcile(ref)
    assert world.other.writes == []
    assert "Lena" in world.sticky(ref)
    assert "nobody here is known" not in world.sticky(ref)


def test_a_doubtful_create_is_left_alone_for_as_long_as_the_other_sites_lists_lag(world: World) -> None:
    ref = enrol(world)
    world.other.lose.add("alert")
    assert world.reconcile(ref).doubt
    world.other.lose.clear()
    hidden = dict(world.other.all_issues)
    world.other.all_issues.clear()
    world.pass_for(5)
    world.reconcile(ref)
    assert world.other.writes == []
    world.other.all_issues |= hidden
    world.pass_for(6)
    world.reconcile(ref)
    assert len(world.made()) == 1
    assert first_word(world.other.writes) == ["link-elsewhere"]


def test_a_create_that_never_happened_is_made_up_for_after_that_time(world: World) -> None:
    ref = enrol(world)
    world.other.lose.add("alert")
    world.reconcile(ref)
    world.other.lose.clear()
    world.other.all_issues.clear()
    world.pass_for(11)
    world.reconcile(ref)
    assert len(world.made()) == 1


@pytest.mark.parametrize("silence", SILENCES)
def test_while_the_other_site_is_away_the_home_site_gets_what_is_its_own(world: World, silence: TrackerError) -> None:
    ref = enrol(world)
    world.other.down = silence
    away = Away("github")
    outcome = world.reconcile(ref, away)
    assert [e.name for e in outcome.performed] == ["create-issue", "create-sticky"]
    assert away.errors == {"jira": silence}
    world.other.down = None
    world.reconcile(ref)
    assert len(world.made()) == 1


@pytest.mark.parametrize("silence", SILENCES)
def test_an_outage_of_the_other_site_changes_nothing_that_people_see(world: World, silence: TrackerError) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    before = world.sticky(ref)
    world.other.down = silence
    world.reconcile(ref)
    assert (world.home.writes, world.sticky(ref)) == ([], before)


def test_a_site_that_is_closed_already_is_not_asked(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    world.other.down = Unavailable("asked all the same")
    away = Away("github", {"jira": "closed for now"})
    world.reconcile(ref, away)
    assert away.errors == {}


def test_a_site_that_stops_answering_in_the_middle_does_not_keep_the_rest_from_being_done(world: World) -> None:
    ref = enrol(world)
    world.other.deaf = Unavailable("gone just now")
    away = Away("github")
    outcome = world.reconcile(ref, away)
    assert [e.name for e in outcome.performed] == ["claim", "create-issue", "update-sticky"]
    assert "jira" in away.errors
    world.other.deaf = None
    world.pass_for(11)
    world.reconcile(ref)
    assert len(world.made()) == 1


def test_what_the_document_changes_meanwhile_is_pushed_when_the_site_is_back(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    (made,) = world.made()
    world.other.down = Unavailable("no answer")
    world.home.change(ref, body=BODY.replace("2026-12-01", "2026-12-08"))
    world.reconcile(ref)
    assert "does not answer" in world.sticky(ref)
    world.other.down = None
    world.reconcile(ref)
    assert world.other.all_issues[made.ref].due == date(2026, 12, 8)
    assert "does not answer" not in world.sticky(ref)


def test_a_command_about_an_issue_that_is_out_of_sight_waits_and_is_then_carried_out(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    (made,) = world.made()
    number = next(i.number for i in world.state(ref).items if i.ref == made.ref.key)
    world.other.down = Unavailable("no answer")
    world.home.say(ref, f"ft done {number} seen in staging", "alice")
    world.reconcile(ref)
    assert world.home.writes == []
    world.other.down = None
    world.reconcile(ref)
    assert world.other.all_issues[made.ref].status is Status.DONE


def test_nobody_is_told_about_what_is_out_of_sight(world: World) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    world.other.down = Unavailable("no answer")
    dossier = world.reconcile(ref).plan.dossier
    assert dossier is not None
    assert {i.ref.site: i.out_of_sight for i in dossier.items if i.ref} == {"github": False, "jira": True}


def test_a_refused_link_is_told_once_and_not_tried_again(world: World) -> None:
    ref = enrol(world)
    world.other.refuse["link_elsewhere"] = "you may not link issues"
    world.reconcile(ref)
    assert "could be made: let Followthrough link issues" in world.sticky(ref)
    world.reconcile(ref)
    assert (world.home.writes, world.other.writes) == ([], [])


def test_a_private_post_mortem_is_not_named_on_an_issue_that_anybody_can_read(world: World) -> None:
    theirs = IssueRef("jira", "PAY-7")
    world.other.all_issues[theirs] = Issue(
        ref=theirs,
        title="Alert",
        url="https://jira.example/browse/PAY-7",
        created_at=START,
        updated_at=START,
        public=True,
    )
    body = BODY.replace("| What |", "| Ticket | What |").replace("| --- |", "| --- | --- |", 1)
    body = body.replace("| Add", "| PAY-7 | Add").replace("| Write", "| | Write")
    ref = enrol(world, body)
    outcome = world.reconcile(ref)
    assert "adopt-issue" in [e.name for e in outcome.performed]
    assert world.other.links == {}


def test_commands_in_comments_of_both_sites_are_each_carried_out_once_however_their_numbers_compare(
    world: World,
) -> None:
    ref = enrol(world)
    world.reconcile(ref)
    (made,) = world.made()
    world.home.serial = 4_000_000
    for n in range(70):
        world.home.say(ref, f"ft due 2 2026-12-{n % 20 + 5:02d} again", "alice")
    world.reconcile(ref)
    world.other.serial = 500
    world.other.say(made.ref, "ft due 2027-01-15 the vendor is late", "7:bob")
    world.reconcile(ref)
    assert world.other.all_issues[made.ref].due == date(2027, 1, 15)
    world.reconcile(ref)
    assert (world.home.writes, world.other.writes) == ([], [])
