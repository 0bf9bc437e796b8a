"""The same promises, wherever the post-mortem is and wherever the work is: GitHub, Jira, and each with the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.acceptance.boundaries import Boundary, Mortal, difference
from tests.acceptance.desks import PROMISES, Record
from tests.acceptance.directions import DIRECTIONS, QUIET, Direction, TwoSites
from tests.acceptance.test_faults import FAULTS
from worker.cli.stage import Stage
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox

SOME_LAG = timedelta(minutes=4)

SILENCES = {name: fault for name, fault in FAULTS.items() if fault.get("status") != 403}
"""Jira answers 429 where a limit is spent; 403 is a refusal there."""


@pytest.fixture
def make(tmp_path: Path, redis_client: Redis) -> Iterator[Callable[..., TwoSites]]:
    """Both trackers, and the service between them; keywords are those of `TwoSites`."""
    with ExitStack() as stack:

        def build(direction: Direction, **how: Any) -> TwoSites:
            github = stack.enter_context(GitHubSandbox())
            jira = stack.enter_context(JiraSandbox(face=direction.face))
            return TwoSites(direction, github, jira, redis_client, tmp_path, **how)

        yield build


@pytest.fixture(params=DIRECTIONS, ids=str)
def sites(request: pytest.FixtureRequest, make: Callable[..., TwoSites]) -> TwoSites:
    made: TwoSites = make(request.param)
    made.begin()
    return made


def wanted(direction: Direction) -> dict[str, Any]:
    """What ought to come out: an item without owner stays beside its post-mortem, others go where the team works."""
    items = {
        row.what: {
            "status": "open",
            "owner": row.who,
            "due": row.due.isoformat() if row.due else "",
            "labels": ("postmortem-action",),
            "tied to its post-mortem": True,
            "named in the sticky comment": True,
            "site": direction.items if row.who else direction.home,
        }
        for row in PROMISES
    }
    return {"items": items, "stickies": ["Follow-through: 0 of 3 promises kept"]}


def test_every_promise_becomes_an_issue_that_is_owned_dated_and_tied_to_its_post_mortem(sites: TwoSites) -> None:
    sites.enrol()
    assert not difference(wanted(sites.direction), sites.meaning())


def test_what_enrolling_costs_and_that_doing_it_again_costs_nothing(sites: TwoSites) -> None:
    ref = sites.home.open(Record())
    before = sites.last_requests()
    sites.sweep()
    writes = sites.writes(before)
    home, items = sites.direction.home, sites.direction.items
    sticky = 1 if home == "github" else 2  # Jira: one property and one comment
    across = 0 if home == items else len([row for row in PROMISES if row.who]) + sticky  # a link each, and the claim
    assert len(writes) == len(PROMISES) + sticky + across, writes
    before = sites.last_requests()
    sites.stage.service.store.add(ref.key, sites.stage.clock.now())
    sites.stage.settle()
    assert sites.writes(before) == []


def test_an_idle_sweep_costs_one_request_a_poll(sites: TwoSites) -> None:
    sites.enrol()
    sites.sweep()
    sites.sweep()
    before = sites.last_requests()
    sites.sweep()
    asked = [
        (r.method, r.path)
        for sandbox, site in ((sites.github, "github"), (sites.jira, "jira"))
        for r in sandbox.requests(before[site])
        if r.user
    ]
    assert len(asked) == sum(len(read.polls()) for read in sites.stage.service.trackers.reads.values()), asked


def test_what_happens_to_an_issue_shows_in_the_post_mortem(sites: TwoSites) -> None:
    ref = sites.enrol()
    alert, runbook, retries = (sites.made()[row.what] for row in PROMISES)
    sites.items.close(alert)
    sites.items.close(runbook, waived=True)
    sites.sweep()
    assert "1 of 2 promises kept, 1 let go" in sites.home.stickies(ref)[0]
    sites.items.reopen(alert)
    sites.sweep()
    assert "0 of 2 promises kept, 1 let go" in sites.home.stickies(ref)[0]
    assert sites.made()[PROMISES[2].what] == retries


def test_a_due_date_goes_both_ways(sites: TwoSites) -> None:
    ref = sites.enrol()
    alert = sites.made()[PROMISES[0].what]
    sites.home.edit(ref, Record().with_row(0, due=date(2026, 11, 27)))
    sites.sweep()
    assert sites.desk(alert).view(alert).due == "2026-11-27"
    sites.items.move_due(alert, date(2026, 12, 11))
    sites.sweep()
    assert "Fri 11 Dec 2026" in sites.home.stickies(ref)[0]
    assert sites.desk(alert).view(alert).due == "2026-12-11"


def test_an_owner_goes_from_the_document_to_the_issue(sites: TwoSites) -> None:
    ref = sites.enrol()
    sites.home.edit(ref, Record().with_row(0, who="lena"))
    sites.sweep()
    alert = sites.made()[PROMISES[0].what]
    assert sites.items.view(alert).owner == "lena"


def test_commands_are_heard_on_the_post_mortem_and_on_the_issue(sites: TwoSites) -> None:
    ref = sites.enrol()
    alert, runbook, retries = (sites.made()[row.what] for row in PROMISES)
    sites.home.say(ref, "ft done 1 it fired in staging")
    sites.items.say(runbook, "ft due 2026-12-18 waiting for the vendor", "alice")
    sites.desk(retries).say(retries, "ft waive the client is gone", "bob")
    sites.sweep()
    assert sites.desk(alert).view(alert).status == "done"
    assert sites.desk(runbook).view(runbook).due == "2026-12-18"
    assert sites.desk(retries).view(retries).status != "open"
    assert "1 of 2 promises kept, 1 let go" in sites.home.stickies(ref)[0]
    before = sites.last_requests()
    sites.sweep()
    assert sites.writes(before) == []


def test_rewording_and_reordering_makes_no_second_issue(sites: TwoSites) -> None:
    ref = sites.enrol()
    rows = Record().with_row(1, what="Write down a runbook for draining the payment queue").rows
    sites.home.edit(ref, Record(rows=rows[::-1]))
    sites.sweep()
    assert len(sites.made()) == 3


def test_the_label_taken_off_ends_it_and_put_back_resumes_it(sites: TwoSites) -> None:
    ref = sites.enrol()
    sites.home.label(ref, on=False)
    sites.sweep()
    assert "The label is gone" in sites.home.stickies(ref)[0]
    sites.stage.pass_for(timedelta(hours=25))
    assert "Follow-through has ended here" in sites.home.stickies(ref)[0]
    sites.home.label(ref, on=True)
    sites.sweep()
    assert len(sites.made()) == 3
    assert len(sites.home.stickies(ref)) == 1


@pytest.mark.parametrize("direction", DIRECTIONS[:4], ids=str)
def test_what_is_overdue_reaches_the_owner_before_the_lead_and_nobody_twice_after_a_wipe(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction, mode="live", sweep_minutes=720)
    sites.begin(SOME_LAG)
    sites.home.open(Record())
    sites.stage.pass_until(datetime(2026, 11, 26, 18, tzinfo=UTC))
    sites.redis.flushall()
    sites.stage.restart()
    sites.stage.pass_until(datetime(2026, 12, 2, 18, tzinfo=UTC))
    told = [(str(m["Date"].datetime), str(m["To"]), str(m["Subject"])) for m in sites.mails() if "alert" in _text(m)]
    about = [t for t in told if "Week" not in t[2] and "review" not in t[2].casefold()]
    assert len(about) == len(set(about))
    bob, lena = (next(t for t in about if who in t[1]) for who in ("bob@", "lena@"))
    assert bob < lena, about
    ids = [m["Message-ID"] for m in sites.mails()]
    assert len(ids) == len(set(ids))


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


FIRST = [
    *(pytest.param(direction, id=str(direction)) for direction in DIRECTIONS[1:4]),
    *(pytest.param(direction, id=str(direction), marks=pytest.mark.soak) for direction in DIRECTIONS[4:]),
]


@pytest.fixture(params=FIRST)
def direction(request: pytest.FixtureRequest) -> Direction:
    """The directions with a Jira in them, Data Center in `make soak`; GitHub alone has every request tried in
    `test_faults`."""
    chosen: Direction = request.param
    return chosen


def in_turn(rows: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
    """A row for each of these in each direction with a Jira. In the daily run each stands in one direction, in turn;
    `make soak` has them all."""
    turns = DIRECTIONS[1:4]
    return [
        pytest.param(
            direction,
            *values,
            id=f"{direction}-{name}",
            marks=() if direction == turns[number % len(turns)] else pytest.mark.soak,
        )
        for direction in DIRECTIONS[1:]
        for number, (name, values) in enumerate(rows)
    ]


def at_every_write(sites: TwoSites, spoil: Callable[[int], None]) -> str:
    """Spoil each effect's request in turn; what was wrong in the end."""
    sites.begin(SOME_LAG)
    with sites.boundary() as good:
        sites.enrol()
    assert not difference(wanted(sites.direction), sites.meaning())
    effects = [at for at, request in enumerate(good.seen, 1) if _changes(request)]
    assert len(effects) >= len(PROMISES) + 1, good.seen
    found = []
    for at in effects:
        sites.begin(SOME_LAG)
        spoil(at)
        if trouble := sites.trouble(wanted(sites.direction), difference):
            found.append(f"request {at}, {good.seen[at - 1]}:\n{trouble}")
    return "\n\n".join(found)


def _changes(request: str) -> bool:
    reads = ("__type", "bulkfetch", "search")
    return not request.startswith("GET") and not any(word in request for word in reads)


@pytest.mark.parametrize(("direction", "fault"), in_turn([(name, (fault,)) for name, fault in SILENCES.items()]))
def test_a_fault_at_any_effect_changes_nothing_in_the_end(
    make: Callable[..., TwoSites], direction: Direction, fault: dict[str, Any]
) -> None:
    sites = make(direction)

    def spoil(at: int) -> None:
        with sites.boundary(at, **fault) as boundary:
            sites.enrol()
        assert boundary.reached

    assert not (found := at_every_write(sites, spoil)), found


def test_a_redis_wiped_at_any_effect_changes_nothing_in_the_end(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction)

    def spoil(at: int) -> None:
        with sites.boundary(at) as boundary:
            boundary.then = sites.redis.flushall
            sites.enrol()
        assert boundary.reached

    assert not (found := at_every_write(sites, spoil)), found


DEATHS = [
    pytest.param({"kind": "drop-before"}, False, id="before the request has any effect"),
    pytest.param({"kind": "drop-after"}, False, id="after the request has taken effect"),
    pytest.param({"kind": "drop-after"}, True, id="after the request has taken effect, and Redis is wiped"),
]


@pytest.mark.parametrize(("direction", "fault", "wiped"), in_turn([(str(d.id), tuple(d.values)) for d in DEATHS]))
def test_a_worker_killed_at_any_effect_changes_nothing_in_the_end(
    make: Callable[..., TwoSites], direction: Direction, fault: dict[str, Any], wiped: bool
) -> None:
    sites = make(direction, stage=Mortal)

    def spoil(at: int) -> None:
        stage: Stage = sites.stage
        assert isinstance(stage, Mortal)
        stage.wiped = wiped
        with sites.boundary(at, **fault) as boundary:
            stage.boundary = boundary
            sites.enrol(QUIET + timedelta(minutes=5))
        assert boundary.reached

    assert not (found := at_every_write(sites, spoil)), found


@pytest.mark.soak
@pytest.mark.parametrize(("fault", "wiped"), DEATHS)
def test_a_sender_killed_at_any_write_of_a_ledger_on_jira_tells_everybody_what_they_are_to_hear(
    make: Callable[..., TwoSites], fault: dict[str, Any], wiped: bool
) -> None:
    sites = make(Direction("jira", "jira"), mode="live", sweep_minutes=720, stage=Mortal)

    def until_told(at: int = 0, moment: datetime | None = None, **how: Any) -> Boundary:
        sites.begin(SOME_LAG)
        sites.home.open(Record())
        sites.stage.pass_until(datetime(2026, 11, 22, tzinfo=UTC))
        stage: Stage = sites.stage
        assert isinstance(stage, Mortal)
        stage.wiped = wiped
        with sites.boundary(at, **how) as boundary:
            if moment is not None:
                stage.boundary, stage.deadly_from = boundary, moment
            stage.pass_until(datetime(2026, 11, 24, tzinfo=UTC))
        return boundary

    good = until_told()
    told = heard(sites)
    assert any("bob@" in to for to, _ in told), told
    records = [n for n, request in enumerate(good.seen, 1) if "followthrough.person" in request]
    assert len(records) >= 2, good.seen
    for at in records:
        assert until_told(at, good.moments[at - 1], **fault).reached
        assert heard(sites) == told, f"request {at}, {good.seen[at - 1]}"


def heard(sites: TwoSites) -> set[tuple[str, str]]:
    """Who was told what. What was told twice has one Message-ID."""
    ids: dict[tuple[str, str], set[str]] = {}
    for mail in sites.mails():
        ids.setdefault((str(mail["To"]), str(mail["Subject"])), set()).add(str(mail["Message-ID"]))
    assert all(len(names) == 1 for names in ids.values()), ids
    return set(ids)
