"""Every command, right and wrong, by people with and without the right, on both trackers: created, edited, deleted.

The words go to the trackers over HTTP, as people type them there; what came of them is read where people see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

import worker.sandbox
from tests.acceptance.desks import Record, Row
from tests.acceptance.directions import DIRECTIONS, Direction, Servers, TwoSites, each
from worker.domain.model import IssueRef, Kind, Status
from worker.domain.state import ItemState
from worker.domain.wishes import with_wishes
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox
from worker.sandbox.seeds import read_file

SEED = Path(worker.sandbox.__file__).with_name("default_seed.yaml")
BOTH = DIRECTIONS[:4]
DUE = date(2026, 12, 1)
WHO = ("bob", "alice", "", "bob", "alice", "bob")
WHAT = (
    "Add an alert when the payment queue is deeper than 100 for 5 minutes",
    "Write a runbook for draining the payment queue",
    "Limit the retries of the payment client to three",
    "Test the restore of the payment database in staging",
    "Rotate the certificate of the gateway by a job",
    "Add a dashboard of the consumer's lag to the on-call page",
)
RECORD = Record(rows=tuple(Row(what, who, DUE) for what, who in zip(WHAT, WHO, strict=True)))


class Company:
    """One company on two trackers, with six tracked promises; lena leads everybody, dario is above her."""

    def __init__(self, sites: TwoSites) -> None:
        self.sites = sites
        self.ref = sites.home.open(RECORD)
        sites.sweep()
        sites.stage.pass_for(timedelta(minutes=45))

    def say(self, text: str, who: str = "bob", on: int = 0) -> None:
        """Somebody writes a comment on the post-mortem, or on the issue of this item."""
        ref = self.issue(on) if on else self.ref
        # Nobody types in the very moment in which the service has written: Jira tells changes apart by their times.
        self.sites.stage.at(self.sites.stage.clock.now() + timedelta(seconds=1))
        self.sites.desk(ref).say(ref, text, who)

    def sweep(self) -> None:
        self.sites.sweep()

    def item(self, number: int) -> ItemState:
        return next(i for i in self.sites.state(self.ref).items if i.number == number)

    def issue(self, number: int) -> IssueRef:
        return IssueRef.parse(self.item(number).ref)

    def view(self, number: int) -> Any:
        ref = self.issue(number)
        return self.sites.desk(ref).view(ref)

    def comments(self, on: int = 0) -> list[tuple[str, str, str]]:
        """(id, author, words) of every comment on the post-mortem, or on the issue of this item, oldest first."""
        ref = self.issue(on) if on else self.ref
        thread = self.sites.stage.service.trackers.read(ref.site).thread(ref)
        return [(c.id, c.author, c.body) for c in thread.comments]

    def answers(self, on: int = 0) -> str:
        """What stands in comments there besides the sticky one."""
        ref = self.issue(on) if on else self.ref
        desk: Any = self.sites.desk(ref)
        if ref.site == "github":
            words = [c["body"] for c in desk.act("dario", "GET", ref, "/comments")]
        else:
            raw = desk.act("dario", "GET", f"/issue/{ref.locator}/comment?maxResults=500")["comments"]
            words = [_plain(c["body"]) for c in raw]
        return "\n".join(w for w in words if "followthrough:sticky" not in w)

    def edit(self, text: str, who: str, on: int = 0) -> None:
        """The last comment of this person there reads so now; `text` is put below it."""
        ref, (number, body) = self._last(who, on)
        desk: Any = self.sites.desk(ref)
        if ref.site == "github":
            path = f"/repos/{ref.container}/issues/comments/{number}"
            desk.sandbox.act(who, "PATCH", path, {"body": f"{body}\n\n{text}"})
        else:
            desk.act(who, "PUT", f"/issue/{ref.locator}/comment/{number}", {"body": _below(desk, body, text)})

    def delete(self, who: str, on: int = 0) -> None:
        """The last comment of this person there is deleted, by them."""
        ref, (number, _) = self._last(who, on)
        desk: Any = self.sites.desk(ref)
        if ref.site == "github":
            desk.sandbox.act(who, "DELETE", f"/repos/{ref.container}/issues/comments/{number}")
        else:
            desk.act(who, "DELETE", f"/issue/{ref.locator}/comment/{number}")

    def _last(self, who: str, on: int) -> tuple[IssueRef, tuple[str, str]]:
        ref = self.issue(on) if on else self.ref
        login = self.sites.stage.settings.directory.people[who].logins[ref.site]
        found = [(number, body) for number, author, body in self.comments(on) if author == login]
        return ref, found[-1]

    def reactions(self) -> dict[str, int]:
        """How many comments on the post-mortem got which reaction; {} where the tracker has none."""
        desk: Any = self.sites.home
        if self.ref.site != "github":
            return {}
        counted = [c["reactions"] for c in desk.act("dario", "GET", self.ref, "/comments")]
        return {sign: total for sign in ("+1", "confused") if (total := sum(c[sign] for c in counted))}

    def tag(self, label: str) -> None:
        """alice labels the post-mortem."""
        desk: Any = self.sites.home
        if self.ref.site == "github":
            desk.act("alice", "POST", self.ref, "/labels", {"labels": [label]})
        else:
            desk.act("alice", "PUT", f"/issue/{self.ref.locator}", {"update": {"labels": [{"add": label}]}})

    @property
    def sticky(self) -> str:
        (text,) = self.sites.home.stickies(self.ref)
        return " ".join(text.split())

    @property
    def audit(self) -> str:
        return "\n".join(self.sites.state(self.ref).audit)


def _plain(body: Any) -> str:
    if isinstance(body, str):
        return body
    return " ".join(filter(None, (str(body.get("text") or ""), *(_plain(c) for c in body.get("content") or ()))))


def _below(desk: Any, body: str, text: str) -> object:
    """The comment's words with a paragraph below, as this face takes them."""
    if not desk.cloud:
        return f"{body}\n\n{text}"
    first, second = desk.text(body), desk.text(text)
    return {**first, "content": [*first["content"], *second["content"]]}


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as found:
        yield found


@pytest.fixture
def company(request: pytest.FixtureRequest, servers: Servers, redis_client: Redis, tmp_path: Path) -> Company:
    direction: Direction = request.param
    return Company(servers.company(redis_client, tmp_path, direction, rules=""))


everywhere = pytest.mark.parametrize("company", each(BOTH, now=BOTH[::3]), indirect=True)


@everywhere
def test_an_item_ends_in_each_way_and_the_record_says_which(company: Company) -> None:
    company.say("ft done 1 it fired in staging")
    company.say("ft waive 2 the service is retired", "alice")
    company.say("ft waive 3 the client is gone", "lena")
    company.say(f"ft duplicate 4 of {company.issue(1).locator}")
    company.say(f"ft replace 5 {company.issue(6).locator} the dashboard shows it", "alice")
    company.sweep()
    assert [company.item(n).base.status for n in (1, 2, 3, 4, 5, 6)] == [
        Status.DONE,
        Status.OPEN,
        Status.WAIVED,
        Status.WAIVED,
        Status.WAIVED,
        Status.OPEN,
    ]
    # Not every workflow of a Jira has another end than done; the record knows the difference.
    assert [company.view(n).status == "open" for n in (1, 2, 3, 4, 5, 6)] == [False, True, False, False, False, True]
    assert "1 of 3 promises kept" in company.sticky
    assert company.item(1).evidence == "it fired in staging"
    assert (company.item(2).waiver, company.item(2).way_out) == ("the service is retired", "")
    assert (company.item(3).way_out, company.item(3).approved_by) == ("waived", "lena")
    assert (company.item(4).way_out, company.item(4).instead) == ("duplicate", company.item(1).ref)
    assert (company.item(5).way_out, company.item(5).instead) == ("replaced", company.item(6).ref)
    company.say("ft approve 2", "alice")
    company.say("ft waive approve 2", "bob")
    company.sweep()
    assert company.view(2).status == "open"
    assert company.answers().count("only Lena and Dario, or somebody above, can decide that") == 2
    company.say("ft waive approve 2", "dario")
    company.sweep()
    assert (company.item(2).base.status, company.item(2).approved_by) == (Status.WAIVED, "dario")
    assert company.view(2).status != "open"
    before = company.sites.last_requests()
    company.sweep()
    assert company.sites.writes(before) == []


@everywhere
def test_what_people_ask_for_on_the_post_mortem_is_done_or_answered(company: Company) -> None:
    company.say("ft due 1,2 2026-12-18 the vendor is late\nft snooze 1 2w\nft category 1 Detect", "lena")
    company.say("ft owner 3 @alice")
    company.say("ft ignore 6 date it waits\nft split 4 Restore the ledger; Restore the orders", "alice")
    company.say("ft ask 5 what is missing?", "lena")
    company.say("ft ask 5 are you done?", "bob")
    company.say("ft due 1 soon\nft done 9 it works\nft review tomorrow\nft snooze 2 8 weeks", "alice")
    company.sweep()
    assert [company.view(n).due for n in (1, 2)] == ["2026-12-18", "2026-12-18"]
    assert (company.item(1).slips, company.item(1).snoozes, company.item(1).category) == (1, 1, "detect")
    assert company.item(1).slipped_on is not None
    assert (company.view(3).owner, company.item(6).ignored) == ("alice", {"time_bound": "it waits"})
    assert (company.item(5).question, company.item(5).asked_by) == ("what is missing?", "lena")
    assert company.item(4).way_out == "split"
    parts = [company.view(number) for number in (7, 8)]
    assert [(p.title, p.owner, p.due) for p in parts] == [
        ("Restore the ledger", "bob", DUE.isoformat()),
        ("Restore the orders", "bob", DUE.isoformat()),
    ]
    answers = company.answers()
    for words in ("cannot be read as a day", "there is no item 9", "cannot be moved by a comment", "at most 28 days"):
        assert words in answers
    assert "only Lena and Dario, or somebody above, can have its owner asked" in answers
    assert "what is missing?" in company.audit
    assert company.reactions() in ({}, {"+1": 4, "confused": 2})
    company.say("ft heed 6 date\nft untrack 6 it is a lesson\nft kind post-mortem\nft help", "alice")
    company.sweep()
    assert (company.item(6).ignored, company.item(6).untracked) == ({}, "it is a lesson")
    assert company.sites.state(company.ref).kind is Kind.POST_MORTEM
    assert "Write one of these in a comment" in company.answers()
    before = company.sites.last_requests()
    company.sweep()
    assert company.sites.writes(before) == []


@everywhere
def test_on_an_items_own_issue_no_number_is_needed(company: Company) -> None:
    company.say("ft snooze until 2026-11-27 the vendor is away", on=1)
    company.say("ft owner me", "bob", on=2)
    company.say("ft waive nobody uses it", "bob", on=4)
    company.say("ft due 5 2026-12-18", "alice", on=5)
    company.sweep()
    assert company.item(1).snoozed_until == date(2026, 11, 27)
    assert company.view(2).owner == "bob"
    assert (company.item(4).waiver, company.view(4).status) == ("nobody uses it", "open")
    assert "no number is needed" in company.answers(on=5)
    company.say("ft waive decline we do", "lena", on=4)
    company.sweep()
    assert (company.item(4).waiver, company.view(4).status) == ("", "open")


@everywhere
def test_an_edited_comment_runs_what_is_new_and_a_deleted_one_takes_nothing_back(company: Company) -> None:
    company.say("ft snooze 1 1w", "alice")
    company.say("ft category detect", "bob", on=2)
    company.sweep()
    company.edit("ft category 1 prevent", "alice")
    company.edit("ft snooze 1w", "bob", on=2)
    company.sweep()
    assert (company.item(1).snoozes, company.item(1).category) == (1, "prevent")
    assert (company.item(2).snoozes, company.item(2).category) == (1, "detect")
    company.delete("alice")
    company.delete("bob", on=2)
    before = company.sites.last_requests()
    company.sweep()
    assert (company.item(1).snoozes, company.item(1).category) == (1, "prevent")
    assert (company.item(2).snoozes, company.item(2).category) == (1, "detect")
    assert company.sites.writes(before) == []


@everywhere
def test_what_somebody_says_of_themself_is_kept_with_them_and_survives_a_wipe(company: Company) -> None:
    company.say("ft me zone Asia/Tokyo\nft me leave 2026-12-21 to 2026-12-24", "bob")
    company.sweep()
    company.say("ft me leave 2027-02-01", "bob", on=1)
    company.say("ft me channel pigeon", "alice")
    company.sweep()
    service = company.sites.stage.service
    book = service.engine.people.book
    bob = with_wishes(service.settings.directory, book.load().ledger).people["bob"]
    assert bob.timezone == "Asia/Tokyo"
    assert bob.leave == ((date(2026, 12, 21), date(2026, 12, 24)), (date(2027, 2, 1), date(2027, 2, 1)))
    assert "ft me channel mail" in company.answers()
    assert "Tokyo" not in company.audit
    company.sites.redis.delete("ft:wishes")
    assert with_wishes(service.settings.directory, book.wishes()) == service.settings.directory
    book.load()
    assert with_wishes(service.settings.directory, book.wishes()).people["bob"] == bob


@everywhere
def test_a_post_mortem_closed_too_early_shows_what_is_open(company: Company) -> None:
    company.say("ft done 1,2,3,4 they work")
    company.sites.home.close(company.ref)
    company.sweep()
    assert "this post-mortem is closed, and items 5 and 6 are open" in company.sticky
    assert company.sites.home.view(company.ref).status != "open"


@everywhere
def test_closing_what_matters_asks_once_what_shows_it_and_hears_the_answer(company: Company) -> None:
    company.tag("sev0")
    company.sweep()
    company.sites.desk(company.issue(1)).close(company.issue(1), who="bob")
    company.say("ft done 2 the runbook was followed in the drill", "alice")
    company.sweep()
    assert "What shows it works? A link or a sentence is enough" in company.answers(on=1)
    assert "What shows it works?" not in company.answers(on=2)
    company.say("ft done the alert fired in staging", "bob", on=1)
    company.sweep()
    assert company.item(1).evidence == "the alert fired in staging"
    before = company.sites.last_requests()
    company.sweep()
    assert company.sites.writes(before) == []
    assert company.answers(on=1).count("What shows it works?") == 1


@pytest.mark.parametrize("company", each(BOTH[2:], now=BOTH[2:3]), indirect=True)
def test_a_person_who_is_mentioned_becomes_the_owner(company: Company) -> None:
    desk: Any = company.sites.desks["jira"]
    mention = {"type": "mention", "attrs": {"id": desk.sandbox.account_id("lena"), "text": "@Lena Vogt"}}
    words = [{"type": "text", "text": "ft owner 3 "}, mention, {"type": "text", "text": " knows the client"}]
    body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": words}]}
    desk.act("bob", "POST", f"/issue/{company.ref.locator}/comment", {"body": body})
    company.sweep()
    assert company.view(3).owner == "lena"


def test_a_customer_of_the_jira_project_asks_for_nothing_and_is_told_once(
    servers: Servers, redis_client: Redis, tmp_path: Path
) -> None:
    company = Company(servers.company(redis_client, tmp_path, DIRECTIONS[3], rules=""))
    _asks_for_nothing(company, "carla")


def test_a_reader_of_a_public_repository_asks_for_nothing_and_is_told_once(redis_client: Redis, tmp_path: Path) -> None:
    raw: dict[str, Any] = read_file(SEED)["github"]
    seed = {
        **raw,
        "users": [*raw["users"], {"login": "mallory"}],
        "tokens": [*raw["tokens"], {"token": "sandbox-mallory", "login": "mallory"}],
        "repos": [{**repo, "visibility": "public"} for repo in raw["repos"]],
    }
    with GitHubSandbox(seed=seed) as github, JiraSandbox() as jira:
        sites = TwoSites(DIRECTIONS[0], github, jira, redis_client, tmp_path, rules="")
        sites.begin()
        _asks_for_nothing(Company(sites), "mallory")


def _asks_for_nothing(company: Company, who: str) -> None:
    for words in ("ft done 1 hello", "ft waive 2 hello", "ft owner 3 me", "ft me zone Asia/Tokyo", "ft help"):
        company.say(words, who)
    company.sweep()
    company.say("ft approve 2", who)
    company.sweep()
    assert company.answers().count("can ask for this here") == 1
    assert [company.view(n).status for n in (1, 2, 3)] == ["open"] * 3
    assert (company.item(2).waiver, company.view(3).owner) == ("", "")
    assert who not in company.audit.casefold()
