"""Projects, people and documents as they really are on Jira: each oddity is a clear finding, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from redis import Redis

import worker.sandbox.jira
from tests.acceptance.desks import PROMISES, JiraDesk, Record
from tests.acceptance.directions import Direction, TwoSites
from worker.domain.model import IssueRef
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox
from worker.sandbox.seeds import read_file

SEED = Path(worker.sandbox.jira.__file__).with_name("default_seed.yaml")
GITHUB_TO_JIRA = Direction("github", "jira")
JIRA_TO_GITHUB = Direction("jira", "github")
JIRA_ALONE = Direction("jira", "jira")


def seed(project: str, **changes: Any) -> dict[str, Any]:
    """The default seed with one project changed."""
    raw: dict[str, Any] = read_file(SEED)["jira"]
    projects = [{**p, **changes} if p["key"] == project else p for p in raw["projects"]]
    return {**raw, "projects": projects}


@pytest.fixture
def make(tmp_path: Path, redis_client: Redis) -> Iterator[Callable[..., TwoSites]]:
    """Both trackers with this seed of Jira; keywords are those of `TwoSites`."""
    with ExitStack() as stack:

        def build(direction: Direction = JIRA_ALONE, jira: dict[str, Any] | None = None, **how: Any) -> TwoSites:
            github = stack.enter_context(GitHubSandbox())
            sandbox = stack.enter_context(JiraSandbox(seed=jira, face=direction.face))
            sites = TwoSites(direction, github, sandbox, redis_client, tmp_path, **how)
            sites.begin()
            return sites

        yield build


def sticky(sites: TwoSites, ref: IssueRef) -> str:
    (text,) = sites.home.stickies(ref)
    return " ".join(text.split())


def jira_desk(sites: TwoSites) -> JiraDesk:
    desk = sites.desks["jira"]
    assert isinstance(desk, JiraDesk)
    return desk


FACES = [pytest.param("cloud", id="Cloud"), pytest.param("datacenter", id="Data Center")]


@pytest.mark.parametrize("face", FACES)
def test_a_project_without_a_due_date_on_its_screen_keeps_the_date_as_a_line_of_the_text(
    make: Callable[..., TwoSites], face: str
) -> None:
    sites = make(Direction("jira", "jira", face), seed("PAY", without=["duedate"]))
    ref = sites.enrol()
    alert = sites.made()[PROMISES[0].what]
    assert "Fri 20 Nov 2026" in sticky(sites, ref)
    gaps = sites.stage.service.trackers.reads["jira"].gaps()
    assert any("PAY" in gap and "due_field" in gap for gap in gaps), gaps
    sites.home.edit(ref, Record().with_row(0, due=date(2026, 11, 27)))
    sites.sweep()
    assert "Due: 2026-11-27" in str(sites.jira.act("dario", "GET", f"/issue/{alert.locator}")["fields"]["description"])
    assert "Fri 27 Nov 2026" in sticky(sites, ref)


@pytest.mark.parametrize(
    "direction",
    [
        pytest.param(GITHUB_TO_JIRA, id="told on GitHub"),
        pytest.param(JIRA_ALONE, id="told on Jira Cloud"),
        pytest.param(Direction("jira", "jira", "datacenter"), id="told on Data Center"),
    ],
)
def test_a_required_field_without_value_is_named_with_the_setting_to_paste_and_stops_no_other_item(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction, seed("PAY", required=["customfield_10060"]))
    ref = sites.enrol()
    assert set(sites.made()) == {PROMISES[2].what}
    said = sticky(sites, ref).replace("\\", "")
    assert "Target date" in said
    (line, *_) = re.findall(r"sites: (\{jira: .*?\}{5})", said)
    ((key, settings),) = yaml.safe_load(line)["jira"]["projects"].items()
    assert (key, list(settings["fields"])) == ("PAY", ["customfield_10060"])


def test_a_workflow_with_no_way_to_done_is_told_to_whoever_asks_for_it(make: Callable[..., TwoSites]) -> None:
    sites = make(jira=seed("PAY", workflow="endless"))
    ref = sites.enrol()
    alert = sites.made()[PROMISES[0].what]
    sites.items.say(alert, "ft done it fired in staging", "bob")
    sites.sweep()
    said = [
        c["body"] for c in jira_desk(sites).sandbox.act("dario", "GET", f"/issue/{alert.locator}/comment")["comments"]
    ]
    assert any("no transition of jira:" in str(text) for text in said), said
    assert sites.items.view(alert).status == "open"
    before = sites.last_requests()
    sites.sweep()
    assert sites.writes(before) == []
    assert "0 of 3 promises kept" in sticky(sites, ref)


def test_where_the_workflow_knows_no_letting_go_a_promise_is_closed_and_still_counts_as_let_go(
    make: Callable[..., TwoSites],
) -> None:
    sites = make()
    ref = sites.enrol()
    retries = sites.made()[PROMISES[2].what]
    sites.home.say(ref, "ft waive 3 the client is gone")
    sites.sweep()
    assert sites.home.view(retries).status == "done"
    assert "0 of 2 promises kept, 1 let go" in sticky(sites, ref)
    sites.home.reopen(retries)
    sites.sweep()
    assert "0 of 3 promises kept" in sticky(sites, ref)


def test_an_owner_who_left_is_not_assigned_and_it_is_said(make: Callable[..., TwoSites]) -> None:
    sites = make()
    people = dict(sites.settings.directory.people)
    rosa = replace(people["bob"], id="rosa", name="Rosa Lind", logins={"jira": sites.jira.account_id("rosa")})
    sites.settings = replace(
        sites.settings, directory=replace(sites.settings.directory, people={**people, "rosa": rosa})
    )
    sites.begin()
    ref = sites.home.open(Record().with_row(0, who="rosa"))
    sites.sweep()
    assert sites.items.view(sites.made()[PROMISES[0].what]).owner == ""
    assert "Rosa Lind: the tracker did not accept them as assignee" in sticky(sites, ref)


def test_a_project_that_our_account_cannot_see_is_named_and_the_other_items_go_on(
    make: Callable[..., TwoSites],
) -> None:
    people = {"alice": "member", "bob": "member", "lena": "admin", "dario": "admin"}
    sites = make(jira=seed("PAY", people=people))
    ref = sites.enrol()
    assert set(sites.made()) == {PROMISES[2].what}
    assert "jira:PAY cannot be reached" in sticky(sites, ref)


def test_an_issue_that_moves_to_another_project_stays_the_same_promise(make: Callable[..., TwoSites]) -> None:
    sites = make()
    ref = sites.enrol()
    alert = sites.made()[PROMISES[0].what]
    moved = sites.jira.move(alert.locator, "OPS")
    sites.sweep()
    assert moved in sticky(sites, ref)
    sites.home.edit(ref, Record().with_row(0, due=date(2026, 11, 27)))
    sites.sweep()
    assert sites.home.view(IssueRef("jira", moved)).due == "2026-11-27"
    assert len(sites.made()) == 3


def test_a_post_mortem_that_moves_to_another_project_goes_on_under_its_new_key(make: Callable[..., TwoSites]) -> None:
    sites = make()
    ref = sites.enrol()
    moved = IssueRef("jira", sites.jira.move(ref.locator, "PAY"))
    sites.sweep()
    sites.stage.pass_for(timedelta(hours=25))
    assert sites.stage.service.cache.is_enrolled(moved.key)
    assert not sites.stage.service.cache.is_enrolled(ref.key)
    sites.items.close(sites.made()[PROMISES[0].what])
    sites.sweep()
    assert len(sites.home.stickies(moved)) == 1
    assert "1 of 3 promises kept" in sticky(sites, moved)
    assert len(sites.made()) == 3


def test_a_project_with_a_new_key_goes_on_once_the_settings_have_it(make: Callable[..., TwoSites]) -> None:
    sites = make()
    ref = sites.enrol()
    sites.jira.rename("PAY", "PAYM")
    sites.sweep()
    sites.items.close(IssueRef("jira", sites.made()[PROMISES[0].what].locator))
    sites.stage.service.store.add(ref.key, sites.stage.clock.now())
    sites.stage.settle()
    assert "1 of 3 promises kept" in sticky(sites, ref)
    assert "PAYM-" in sticky(sites, ref)
    assert len(sites.made()) == 3


def test_an_expired_token_stops_its_site_alone_and_is_said_once(
    make: Callable[..., TwoSites], capsys: pytest.CaptureFixture[str]
) -> None:
    sites = make(GITHUB_TO_JIRA)
    ref = sites.enrol()
    capsys.readouterr()
    sites.jira.faults.add("401", count=None, path="^(?!/_sandbox)")
    sites.home.edit(ref, Record().with_row(2, who="lena").with_row(1, what="Write a runbook for the payment queue"))
    for _ in range(5):
        sites.sweep()
    assert "write a runbook for the payment queue" in sticky(sites, ref).casefold()
    assert capsys.readouterr().out.count("credential refused") <= 3
    sites.jira.faults.clear()
    sites.stage.pass_for(timedelta(hours=2))
    sites.items.close(sites.made()[PROMISES[0].what])
    sites.sweep()
    assert "1 of 3 promises kept" in sticky(sites, ref)


def test_one_tracker_that_is_down_for_a_day_does_not_keep_the_other_waiting(make: Callable[..., TwoSites]) -> None:
    sites = make(GITHUB_TO_JIRA)
    sites.jira.faults.add("502-before", count=None, path="^(?!/_sandbox)")
    ref = sites.home.open(Record())
    sites.sweep()
    assert set(sites.made()) == {PROMISES[2].what}
    assert len(sites.home.stickies(ref)) == 1
    sites.stage.pass_for(timedelta(hours=24))
    sites.jira.faults.clear()
    sites.stage.pass_for(timedelta(minutes=45))
    assert len(sites.made()) == 3


@pytest.mark.parametrize("direction", [JIRA_ALONE, JIRA_TO_GITHUB], ids=["items beside it", "items on GitHub"])
def test_a_state_that_was_edited_by_hand_is_not_believed_and_is_rebuilt(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction)
    ref = sites.enrol()
    path = f"/issue/{ref.locator}/properties/followthrough.sticky"
    held = sites.jira.act("dario", "GET", path)["value"]
    sites.jira.act("dario", "PUT", path, {**held, "text": held["text"].replace("v1.", "v1.X", 1)})
    sites.home.edit(ref, Record().with_row(0, due=date(2026, 11, 27)))
    sites.sweep()
    assert len(sites.made()) == 3
    assert len(sites.home.stickies(ref)) == 1
    assert "rebuilt from the issues" in sticky(sites, ref)


def test_a_sticky_comment_that_somebody_deleted_is_made_up_for_and_no_issue_twice(
    make: Callable[..., TwoSites],
) -> None:
    sites = make(GITHUB_TO_JIRA)
    ref = sites.enrol()
    comments = sites.github.act("dario", "GET", f"/repos/{ref.container}/issues/{ref.number}/comments")
    (comment,) = [c["id"] for c in comments if "<!-- followthrough:sticky" in c["body"]]
    sites.github.act("dario", "DELETE", f"/repos/{ref.container}/issues/comments/{comment}")
    sites.sweep()
    sites.stage.pass_for(timedelta(hours=2))
    assert len(sites.home.stickies(ref)) == 1
    assert len(sites.made()) == 3


def test_a_state_of_several_shards_survives(make: Callable[..., TwoSites]) -> None:
    sites = make(mode="comment")
    rows = tuple(
        replace(PROMISES[0], what=f"Add an alert for service {n:03d} when its queue is deeper than {n} for 5 minutes")
        for n in range(1, 61)
    )
    ref = sites.home.open(Record(rows=rows))
    sites.sweep()
    sites.home.say(ref, "ft track")
    sites.stage.pass_for(timedelta(hours=2))
    assert len(sites.made()) == 60
    before = sites.last_requests()
    sites.stage.service.store.add(ref.key, sites.stage.clock.now())
    sites.stage.settle()
    assert sites.writes(before) == []


def test_a_command_says_what_was_typed_whatever_signs_are_in_it(make: Callable[..., TwoSites]) -> None:
    sites = make()
    ref = sites.enrol()
    sites.home.say(ref, "ft done 1 depth < 100 & it *paged* [ok]", "lena")
    sites.sweep()
    assert "Lena Vogt said item 1 is done: depth < 100 & it *paged* [ok]" in sticky(sites, ref)


def test_what_was_said_to_some_only_is_told_to_nobody(make: Callable[..., TwoSites]) -> None:
    sites = make()
    ref = sites.enrol()
    payload = {"body": "ft waive 1 between us: we have no money", "visibility": {"type": "role", "value": "admin"}}
    sites.jira.act("lena", "POST", f"/issue/{ref.locator}/comment", payload)
    sites.sweep()
    assert "between us" not in sticky(sites, ref)
    assert "0 of 3 promises kept" in sticky(sites, ref)


def test_the_items_of_a_post_mortem_that_only_some_may_see_stay_beside_it_under_the_same_level(
    make: Callable[..., TwoSites],
) -> None:
    sites = make()
    ref = sites.home.open(Record(), label=False)
    level = {"fields": {"security": {"name": "Incident team"}, "labels": ["postmortem"]}}
    sites.jira.act("lena", "PUT", f"/issue/{ref.locator}", level)
    sites.sweep()
    sites.stage.pass_for(timedelta(minutes=45))
    made = sites.made()
    assert {made_ref.container for made_ref in made.values()} == {"OPS"}
    assert len(made) == 3
    for one in made.values():
        fields = sites.jira.act("dario", "GET", f"/issue/{one.locator}")["fields"]
        assert fields["security"]["name"] == "Incident team"


@pytest.mark.parametrize("face", FACES)
def test_an_owner_who_takes_the_work_up_is_not_chased_to_the_lead(make: Callable[..., TwoSites], face: str) -> None:
    sites = make(Direction("jira", "jira", face), mode="live", sweep_minutes=720)
    sites.enrol()
    alert = sites.made()[PROMISES[0].what]
    sites.stage.pass_until(datetime(2026, 11, 24, 18, tzinfo=UTC))
    assert any("bob@" in str(m["To"]) for m in sites.mails())
    way = next(
        t
        for t in sites.jira.act("bob", "GET", f"/issue/{alert.locator}/transitions")["transitions"]
        if t["to"]["statusCategory"]["key"] == "indeterminate"
    )
    sites.jira.act("bob", "POST", f"/issue/{alert.locator}/transitions", {"transition": {"id": way["id"]}})
    sites.stage.pass_until(datetime(2026, 12, 1, 18, tzinfo=UTC))
    told = [(str(m["To"]), str(m["Subject"])) for m in sites.mails() if "lena@" in str(m["To"])]
    assert all("Week" in subject or "review" in subject.casefold() for _, subject in told), told
