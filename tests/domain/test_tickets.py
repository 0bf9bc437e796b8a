"""Links that decide: for one person, about one question, for a while, and in nobody else's name."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.model import Directory, IssueRef, Person, Record
from worker.domain.seal import NotOurs, seal
from worker.domain.tickets import PURPOSE, Decision, Expired, Ticket, decision_of, decisions_said

KEYS = (b"a signing key of the tests, long enough",)
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
ABOUT = IssueRef("github", "acme/pay#17")
TICKET = Ticket(person="lena", about=ABOUT, number=3, until=NOW + timedelta(days=21))
DECISION = Decision(person="lena", about=ABOUT, command="ft due 3 2026-12-01 the vendor is late")


@pytest.mark.parametrize(
    "ticket",
    [
        pytest.param(TICKET, id="about an item"),
        pytest.param(replace(TICKET, about=IssueRef("jira", "OPS-7"), number=0, approves=True), id="on Jira"),
        pytest.param(replace(TICKET, about=None, number=0), id="about the digest"),
        pytest.param(replace(TICKET, person="ليلى"), id="whatever a person's id is"),
    ],
)
def test_a_ticket_is_read_back_from_an_address(ticket: Ticket) -> None:
    written = ticket.sealed(KEYS)
    assert written.replace("-", "").replace("_", "").isalnum()
    assert Ticket.opened(written, KEYS, NOW) == ticket


def test_a_ticket_has_its_time() -> None:
    written = TICKET.sealed(KEYS)
    assert Ticket.opened(written, KEYS, TICKET.until) == TICKET
    with pytest.raises(Expired):
        Ticket.opened(written, KEYS, TICKET.until + timedelta(seconds=1))


def test_an_old_key_opens_and_another_does_not() -> None:
    written = TICKET.sealed(KEYS)
    assert Ticket.opened(written, (b"a newer key of the tests, long enough", *KEYS), NOW) == TICKET
    with pytest.raises(NotOurs):
        Ticket.opened(written, (b"a key of somebody else, long enough",), NOW)


@given(written=st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.hex()))
def test_nothing_else_is_a_ticket(written: str) -> None:
    with pytest.raises(NotOurs):
        Ticket.opened(written, KEYS, NOW)


@given(at=st.integers(0, 10_000), letter=st.sampled_from("AZaz09-_"))
def test_a_ticket_that_was_changed_anywhere_is_none_or_the_same(at: int, letter: str) -> None:
    written = TICKET.sealed(KEYS)
    at %= len(written)
    changed = written[:at] + letter + written[at + 1 :]
    try:
        assert Ticket.opened(changed, KEYS, NOW) == TICKET
    except NotOurs:
        return


def test_another_seal_of_ours_is_no_ticket() -> None:
    other = replace(TICKET)
    text = seal({"p": "lena", "a": "", "n": 0, "w": 0, "u": 9_999_999_999}, purpose="sticky", keys=KEYS)
    assert PURPOSE != "sticky"
    assert other.sealed(KEYS) != text
    with pytest.raises(NotOurs):
        Ticket.opened(text, KEYS, NOW)


def test_the_same_decision_has_one_name_and_is_read_back() -> None:
    assert replace(DECISION).record == DECISION.record
    assert replace(DECISION, command="ft waive 3 retired").record != DECISION.record
    assert decision_of(DECISION.record, DECISION.sealed(KEYS), ABOUT, KEYS) == DECISION


def test_the_same_answer_to_another_ticket_is_another_decision() -> None:
    first, second = (replace(DECISION, command="ft waive approve", asked=asked) for asked in (1, 2))
    assert first.record != second.record
    assert decision_of(second.record, second.sealed(KEYS), ABOUT, KEYS) == second
    assert decision_of(first.record, second.sealed(KEYS), ABOUT, KEYS) is None


def test_a_ticket_with_another_version_written_into_it_is_none() -> None:
    text = base64.urlsafe_b64decode(TICKET.sealed(KEYS) + "==").decode()
    changed = base64.urlsafe_b64encode(f"v9{text[2:]}".encode()).decode().rstrip("=")
    with pytest.raises(NotOurs):
        Ticket.opened(changed, KEYS, NOW)


@pytest.mark.parametrize(("comment", "heard"), [("71", ["ft due 3 2026-12-01 the vendor is late"]), ("", [])])
def test_a_decision_is_heard_only_where_people_can_see_it(comment: str, heard: list[str]) -> None:
    people = Directory(people={"lena": Person(id="lena")})
    kept = Record(id=comment, name=DECISION.record, body="", text=DECISION.sealed(KEYS), created_at=NOW)
    assert [said.body for said in decisions_said([kept], ABOUT, KEYS, people)] == heard


@pytest.mark.parametrize(
    ("name", "text", "about"),
    [
        pytest.param("decision/0123456789abcdef", DECISION.sealed(KEYS), ABOUT, id="under another name"),
        pytest.param(DECISION.record, DECISION.sealed(KEYS), IssueRef("github", "acme/pay#18"), id="on another issue"),
        pytest.param(DECISION.record, DECISION.sealed((b"a key of somebody else, long enough",)), ABOUT, id="forged"),
        pytest.param(DECISION.record, "", ABOUT, id="empty"),
        pytest.param("sticky", DECISION.sealed(KEYS), ABOUT, id="no decision at all"),
    ],
)
def test_what_is_not_sealed_for_this_issue_decides_nothing(name: str, text: str, about: IssueRef) -> None:
    assert decision_of(name, text, about, KEYS) is None
