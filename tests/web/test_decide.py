"""Links in mails that decide: looking changes nothing, a form is written on the issue once, in that person's name."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from redis import Redis, RedisError

from tests.acceptance.conftest import BODY, BOT, Company, settings_for
from worker.app.settings import WebSettings
from worker.cli.roles import counter_of
from worker.cli.stage import Stage
from worker.domain.commands import parse_commands
from worker.domain.model import IssueRef
from worker.domain.tickets import Decision, Ticket, decision_of
from worker.engine.clock import ManualClock
from worker.sandbox.faults import Faults, parse_rule
from worker.sandbox.github import GitHubSandbox
from worker.web.app import WebConfig, make_app
from worker.web.decide import Filled, decision_from
from worker.web.server import WebServer

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PEOPLE = """
people:
  alice: {name: Alice Moreau, email: alice@acme.example, github: alice, team: pay}
  bob: {name: Bob Okafor, email: bob@acme.example, github: bob, team: pay}
  lena: {name: Lena Vogt, email: lena@acme.example}
  gone: {name: Gus Gone, email: gus@acme.example, departed: true}
teams:
  pay: {name: Payments, lead: lena}
"""


@dataclass(slots=True)
class Desk:
    """A lead without an account on the tracker, a browser, and the service behind it."""

    company: Company
    client: httpx.Client
    post_mortem: IssueRef
    item: IssueRef

    def link(self, **changes: object) -> str:
        ticket = Ticket(person="lena", about=self.item, until=NOW + timedelta(days=14))
        return f"/decide/{replace(ticket, **changes).sealed(self.company.stage.settings.signing_keys)}"  # type: ignore[arg-type]

    def written(self) -> list[Decision]:
        thread = self.company.stage.service.trackers.read("github").thread(self.item)
        keys = self.company.stage.settings.signing_keys
        found = (decision_of(r.name, r.text, self.item, keys) for r in thread.records)
        return [decision for decision in found if decision is not None]

    def comments(self) -> list[str]:
        return [c["body"] for c in self.company.act("bob", "GET", self.item, "/comments") if c["user"]["login"] == BOT]


@contextmanager
def served(stage: Stage) -> Iterator[httpx.Client]:
    """The web role over this stage's service, on a port of its own."""
    app = make_app(WebConfig(), lambda *_: None, lambda: (), counter=counter_of(stage.service))
    server = WebServer(app, port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert server.started.wait(10)
        with httpx.Client(base_url=server.url, timeout=20) as client:
            yield client
    finally:
        server.stop()
        thread.join(10)


@pytest.fixture
def desk(tmp_path: Path, redis_client: Redis) -> Iterator[Desk]:
    with ExitStack() as stack:
        sandbox = stack.enter_context(GitHubSandbox())
        settings = settings_for(sandbox, tmp_path, policy="settle_minutes: 0", people=PEOPLE, mode="live")
        settings = replace(settings, web=WebSettings(public_url="https://ft.acme.example"))
        stage = Stage(sandbox, settings, redis_client, ManualClock(NOW - timedelta(days=10)))
        company = Company(stage=stage, mails_in=settings.mail_folder)
        stage.start()
        ref = company.open(BODY)
        company.sweep()
        stage.at(NOW)
        client = stack.enter_context(served(stage))
        yield Desk(company=company, client=client, post_mortem=ref, item=company.children(ref)[0])


def test_looking_says_what_it_is_about_and_changes_nothing(desk: Desk) -> None:
    before = desk.company.last_request()
    page = desk.client.get(desk.link())
    assert page.status_code == 200
    assert "Add an alert when the payment queue is deeper than 100" in page.text
    assert "Lena Vogt" in page.text
    assert "Bob Okafor" in page.text
    assert desk.company.writes(before) == []
    assert desk.written() == []


@pytest.mark.parametrize(
    ("form", "command"),
    [
        pytest.param({"choice": "done", "words": "it fired in staging"}, "ft done it fired in staging", id="done"),
        pytest.param({"choice": "done"}, "ft done", id="done without a word"),
        pytest.param(
            {"choice": "due", "day": "2026-12-11", "words": "the vendor is late"},
            "ft due 2026-12-11 the vendor is late",
            id="a new date",
        ),
        pytest.param({"choice": "waive", "words": "it is retired"}, "ft waive it is retired", id="let go"),
        pytest.param(
            {"choice": "waive", "words": "one\r\nft done 1\n<!-- x --> @bob"},
            "ft waive one ft done 1 <!-- x --> @bob",
            id="one line of words, whatever was typed",
        ),
    ],
)
def test_an_answer_is_written_on_the_issue_in_the_persons_name_once(
    desk: Desk, form: dict[str, str], command: str
) -> None:
    for _ in range(3):
        answer = desk.client.post(desk.link(), data=form)
        assert answer.status_code == 200, answer.text
    assert [(d.person, d.command) for d in desk.written()] == [("lena", command)]
    (said,) = [c for c in desk.comments() if "decided by a link" in c]
    assert said.startswith("Lena Vogt decided by a link in a mail: `ft ")
    assert not re.search(r"(?<!`)@bob", re.sub(r"`[^`]*`|<!--.*?-->", "", said))


@pytest.mark.parametrize(
    ("form", "says"),
    [
        pytest.param({}, "Choose one of these", id="no choice"),
        pytest.param({"choice": "destroy"}, "Choose one of these", id="a choice that is none"),
        pytest.param({"choice": "approve"}, "Choose one of these", id="approving what nobody asked for"),
        pytest.param({"choice": "waive"}, "Say why", id="letting go without a reason"),
        pytest.param({"choice": "due", "day": "soon"}, "Choose the new date", id="a day that is none"),
        pytest.param({"choice": "due", "day": "2026-11-01"}, "has passed", id="a day that has passed"),
        pytest.param({"choice": "due", "day": "2046-11-01"}, "years ahead", id="a day far away"),
    ],
)
def test_a_form_that_says_nothing_useful_is_shown_again(desk: Desk, form: dict[str, str], says: str) -> None:
    answer = desk.client.post(desk.link(), data=form)
    assert answer.status_code == 400
    assert says in answer.text
    assert desk.written() == []


def test_a_waiver_that_waits_can_be_approved(desk: Desk) -> None:
    assert desk.client.post(desk.link(approves=True), data={"choice": "approve"}).status_code == 200
    assert [d.command for d in desk.written()] == ["ft waive approve"]


def test_a_waiver_that_waits_can_be_declined_with_a_word(desk: Desk) -> None:
    answer = desk.client.post(desk.link(approves=True), data={"choice": "decline", "words": "it fired again"})
    assert answer.status_code == 200, answer.text
    assert [d.command for d in desk.written()] == ["ft waive decline it fired again"]


def test_an_item_is_named_by_its_number_on_its_post_mortem(desk: Desk) -> None:
    desk.client.post(desk.link(number=3), data={"choice": "done", "words": "x"})
    assert [d.command for d in desk.written()] == ["ft done 3 x"]


@pytest.mark.parametrize(
    ("number", "choice", "words"),
    [
        pytest.param(3, "done", "-9 as well", id="a range"),
        pytest.param(3, "waive", ", 4, 5 are not needed", id="a list"),
        pytest.param(3, "done", "& 4 too", id="an and"),
        pytest.param(0, "waive", "Approve: nobody needs it", id="another verb"),
        pytest.param(0, "waive", "decline", id="the contrary"),
    ],
)
def test_words_make_no_other_command_of_an_answer_than_what_was_chosen(number: int, choice: str, words: str) -> None:
    ticket = Ticket(person="lena", about=IssueRef("github", "acme/pay#12"), number=number, until=NOW)
    decision = decision_from(ticket, Filled(choice=choice, words=words), NOW.date())
    assert isinstance(decision, Decision)
    (read,) = parse_commands(decision.command, today=NOW.date(), on_item=not number)
    assert (read.verb, read.items, read.problem) == (choice, (number,) if number else (), "")
    assert words in read.words


@pytest.mark.parametrize(
    ("link", "status"),
    [
        pytest.param("/decide/abc", 404, id="no ticket"),
        pytest.param("/decide/", 404, id="nothing"),
        pytest.param("/unsubscribe/abc", 404, id="no ticket to unsubscribe"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_none_opens_nothing(desk: Desk, link: str, status: int, method: str) -> None:
    assert desk.client.request(method, link, data={"choice": "done"}).status_code == status
    assert desk.written() == []


def test_a_link_has_its_time_and_its_person(desk: Desk) -> None:
    old = desk.client.post(desk.link(until=NOW - timedelta(days=1)), data={"choice": "done"})
    assert (old.status_code, "too old" in old.text) == (410, True)
    for somebody in ("gone", "nobody-knows"):
        assert desk.client.post(desk.link(person=somebody), data={"choice": "done"}).status_code == 410
    assert desk.written() == []


def test_a_ticket_for_one_page_does_not_open_the_other(desk: Desk) -> None:
    assert desk.client.get(desk.link().replace("/decide/", "/unsubscribe/")).status_code == 404
    assert desk.client.get(desk.link(about=None)).status_code == 404


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "502-before"}, id="an error and nothing was done"),
        pytest.param({"kind": "502-after"}, id="an error although it was done"),
        pytest.param({"kind": "limit", "status": 403, "retry_after": 60}, id="a limit"),
        pytest.param({"kind": "drop-after"}, id="no answer although it was done"),
        pytest.param({"kind": "401"}, id="a refused credential"),
    ],
)
def test_an_answer_that_could_not_be_written_is_said_so_and_can_be_given_again(
    desk: Desk, fault: dict[str, object]
) -> None:
    site = desk.company.stage.sandbox.site
    site.faults = Faults([parse_rule({"method": "POST", "path": "/comments$", **fault})])
    answer = desk.client.post(desk.link(), data={"choice": "done", "words": "x"})
    site.faults = Faults()
    assert answer.status_code == 503
    assert "try again" in answer.text
    assert desk.client.post(desk.link(), data={"choice": "done", "words": "x"}).status_code == 200
    assert len(desk.written()) == 1


def test_the_same_answer_to_a_later_mail_is_heard_too(desk: Desk) -> None:
    for days in (7, 7, 14):
        link = desk.link(approves=True, until=NOW + timedelta(days=days))
        assert desk.client.post(link, data={"choice": "approve"}).status_code == 200
    assert [d.command for d in desk.written()] == ["ft waive approve", "ft waive approve"]


def moved(desk: Desk) -> IssueRef:
    """An administrator takes the item's issue to the other repository."""
    sandbox, item = desk.company.stage.sandbox, desk.item
    place = "acme/payments" if item.container == "acme/incidents" else "acme/incidents"
    mutation = (
        "mutation($i: ID!, $r: ID!) { transferIssue("
        "input: {issueId: $i, repositoryId: $r, createLabelsIfMissing: true}) { issue { number } } }"
    )
    node = desk.company.act("dario", "GET", item)["node_id"]
    done = sandbox.graphql("dario", mutation, i=node, r=sandbox.act("dario", "GET", f"/repos/{place}")["node_id"])
    return IssueRef("github", f"{place}#{done['transferIssue']['issue']['number']}")


def test_an_answer_about_an_issue_that_has_moved_is_carried_out_where_it_is(desk: Desk) -> None:
    there = moved(desk)
    assert desk.client.post(desk.link(), data={"choice": "due", "day": "2026-12-11", "words": "x"}).status_code == 200
    desk.company.stage.pass_for(timedelta(hours=2))
    assert "Due: 2026-12-11" in desk.company.issue(there)["body"]


def test_an_issue_that_is_gone_takes_no_answer(desk: Desk) -> None:
    answer = desk.client.post(desk.link(about=IssueRef("github", "acme/incidents#999")), data={"choice": "done"})
    assert (answer.status_code, "is gone" in answer.text) == (503, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_its_store_a_page_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def away(_: object, __: str) -> None:
        raise RedisError

    monkeypatch.setattr(type(desk.company.stage.service.cache), "dossier", away)
    monkeypatch.setattr(type(desk.company.stage.service.cache), "owner_of", away)
    answer = desk.client.request(method, desk.link(), data={"choice": "destroy"})
    assert (answer.status_code, "Please try again" in answer.text) == (503, True)


def test_the_pages_load_nothing_and_may_not_be_framed(desk: Desk) -> None:
    policy = desk.client.get(desk.link()).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_without_anything_kept_the_reference_alone_is_shown(desk: Desk) -> None:
    desk.company.stage.redis.flushall()
    page = desk.client.get(desk.link())
    assert page.status_code == 200
    assert desk.item.locator in page.text
    assert "payment queue" not in page.text


def test_a_digest_is_ended_by_one_click_of_the_mail_program_and_can_be_had_back(desk: Desk) -> None:
    over = Ticket(person="lena", about=None, until=NOW + timedelta(days=30))
    link = f"/unsubscribe/{over.sealed(desk.company.stage.settings.signing_keys)}"
    book = desk.company.stage.service.engine.people.book
    assert "End it" in desk.client.get(link).text
    assert book.load().ledger.of("lena").wishes == {}
    for _ in range(2):
        assert desk.client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert book.load().ledger.of("lena").wishes["digest"].value == "off"
    assert "Send it again" in desk.client.get(link).text
    desk.company.stage.at(NOW + timedelta(minutes=5))
    assert desk.client.post(link, data={"choice": "again"}).status_code == 200
    assert book.load().ledger.of("lena").wishes["digest"].value == ""


def test_what_was_decided_is_carried_out_whatever_happens_to_redis(desk: Desk) -> None:
    desk.client.post(desk.link(), data={"choice": "due", "day": "2026-12-11", "words": "the vendor is late"})
    stage = desk.company.stage
    stage.redis.flushall()
    stage.pass_for(timedelta(hours=2))
    assert "Due: 2026-12-11" in desk.company.issue(desk.item)["body"]
    (sticky,) = desk.company.stickies(desk.post_mortem)
    assert "Lena Vogt moved item 1 to 2026-12-11: the vendor is late" in sticky
    before = desk.company.last_request()
    desk.company.sweep()
    assert desk.company.writes(before) == []
