"""Links that a message carries: to answer about others' work, and to end the digest; for its reader alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.channels.build import NOW, batch, digest, entry, invite, item, message, step
from worker.domain.links import Links
from worker.domain.messages import Batch, Digest
from worker.domain.model import IssueRef, Status
from worker.domain.tickets import Ticket

KEYS = (b"a signing key of the tests, long enough",)
LINKS = Links(public_url="https://ft.acme.example", keys=KEYS)


def ticket_in(link: str, page: str = "decide") -> Ticket:
    start = f"https://ft.acme.example/{page}/"
    assert link.startswith(start)
    return Ticket.opened(link.removeprefix(start), KEYS, NOW)


def test_each_open_entry_of_a_digest_has_a_link_for_its_reader() -> None:
    sent = LINKS.put_on(message(digest(decide=(entry(17),), overdue=(entry(18),)), to="lena"))
    assert isinstance(sent.content, Digest)
    (asked,) = sent.content.decide
    found = ticket_in(asked.link)
    assert (found.person, found.about, found.number) == ("lena", IssueRef("github", "acme/pay#17"), 0)
    assert not found.approves
    assert NOW + timedelta(days=20) < found.until < NOW + timedelta(days=22)
    assert ticket_in(sent.content.overdue[0].link).about == IssueRef("github", "acme/pay#18")


def test_an_item_without_an_issue_is_answered_on_its_post_mortem_by_its_number() -> None:
    sent = LINKS.put_on(message(digest(decide=(entry(item=replace(item(ref=None), number=4)),))))
    assert isinstance(sent.content, Digest)
    found = ticket_in(sent.content.decide[0].link)
    assert (found.about, found.number) == (IssueRef("github", "acme/pay#12"), 4)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"status": Status.DONE}, id="a closed one asks nothing"),
        pytest.param({"ref": None}, id="one that can't be named can't be answered"),
    ],
)
def test_what_cannot_be_answered_has_no_link(changes: dict[str, Any]) -> None:
    sent = LINKS.put_on(message(digest(decide=(entry(item=item(**changes)),))))
    assert isinstance(sent.content, Digest)
    assert sent.content.decide[0].link == ""


def test_a_waiver_that_waits_asks_for_approval() -> None:
    sent = LINKS.put_on(message(digest(decide=(entry(item=item(waiver="the service is retired")),))))
    assert isinstance(sent.content, Digest)
    assert ticket_in(sent.content.decide[0].link).approves


def test_owners_answer_on_the_issue_and_those_above_may_by_link() -> None:
    sent = LINKS.put_on(message(batch(step(1), step(2, role="lead"))))
    assert isinstance(sent.content, Batch)
    assert [bool(s.link) for s in sent.content.steps] == [False, True]


def test_a_digest_can_be_ended_from_the_mail_program() -> None:
    sent = LINKS.put_on(message(digest(), to="lena"))
    found = ticket_in(sent.unsubscribe, "unsubscribe")
    assert (found.person, found.about) == ("lena", None)


@pytest.mark.parametrize("content", [batch(), digest(), invite()], ids=["batch", "digest", "invite"])
def test_without_an_address_of_ours_a_message_stays_as_it_is(content: object) -> None:
    before = message(content)  # type: ignore[arg-type]
    assert Links(public_url="", keys=KEYS).put_on(before) == before


def test_the_same_message_gets_the_same_links() -> None:
    assert LINKS.put_on(message(digest())) == LINKS.put_on(message(digest()))
