"""Invitations, parsed back by the library that calendars use and by plain eyes."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from tests.channels.build import NOW, SENDER, invite, message, review
from tests.channels.test_compose import STRANGE
from worker.channels.mime import calendar_of, compose, to_bytes
from worker.domain.messages import Invite, Message


def mail_of(sent: Message) -> EmailMessage:
    return email.message_from_bytes(to_bytes(compose(sent, SENDER)), policy=default)


def event_of(sent: Message) -> Any:
    calendar: Any = Calendar.from_ical(calendar_of(sent, SENDER))
    (event,) = calendar.walk("VEVENT")
    return event


def calendar_part(mail: EmailMessage) -> EmailMessage:
    (part,) = (p for p in mail.walk() if p.get_content_type() == "text/calendar")
    return part


def test_an_invite_has_the_four_parts_that_calendars_look_for() -> None:
    mail = mail_of(message(invite()))
    alternative, attached = mail.iter_parts()

    assert mail.get_content_type() == "multipart/mixed"
    assert alternative.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in alternative.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    assert attached.get_content_type() == "application/ics"
    assert attached.get_filename() == "invite.ics"


@pytest.mark.parametrize(
    ("cancelled", "method", "status"), [(False, "REQUEST", "CONFIRMED"), (True, "CANCEL", "CANCELLED")]
)
def test_the_method_stands_in_the_type_and_in_the_calendar(cancelled: bool, method: str, status: str) -> None:
    sent = message(invite(review=review(cancelled=cancelled)))
    mail = mail_of(sent)
    part = calendar_part(mail)

    assert part["Content-Type"].params["method"] == method
    assert part.get_content_charset() == "utf-8"
    calendar: Any = Calendar.from_ical(part.get_content())
    assert calendar["METHOD"] == method
    assert event_of(sent)["STATUS"] == status


def test_the_same_calendar_stands_inside_and_attached() -> None:
    mail = mail_of(message(invite(summary="مراجعة: 500s")))
    (attached,) = mail.iter_attachments()

    assert attached.get_payload(decode=True) == calendar_part(mail).get_payload(decode=True)


def test_the_sender_is_the_organizer() -> None:
    sent = message(invite())

    organizer = event_of(sent)["ORGANIZER"]

    assert str(organizer) == f"mailto:{mail_of(sent)['From'].addresses[0].addr_spec}"
    assert organizer.params["CN"] == "Followthrough"


def test_times_are_in_utc_and_the_stamp_is_the_messages_date() -> None:
    sent = message(invite())
    event = event_of(sent)

    assert event["DTSTART"].dt == datetime(2026, 12, 8, 9, tzinfo=UTC)
    assert event["DTEND"].dt == datetime(2026, 12, 8, 9, 30, tzinfo=UTC)
    assert event["DTSTAMP"].dt == NOW
    assert b"DTSTART:20261208T090000Z" in calendar_of(sent, SENDER)
    assert b"VTIMEZONE" not in calendar_of(sent, SENDER)


def test_who_must_and_who_may_come_are_asked_for_an_answer() -> None:
    alice, bob = event_of(message(invite()))["ATTENDEE"]

    assert (str(alice), alice.params["ROLE"], alice.params["RSVP"]) == (
        "mailto:alice@acme.example",
        "REQ-PARTICIPANT",
        "TRUE",
    )
    assert (bob.params["CN"], bob.params["ROLE"]) == ("Bob O'Neil, Jr.", "OPT-PARTICIPANT")


def test_each_address_is_asked_once_and_the_receiver_always() -> None:
    people = (
        ("Alice", "ALICE@acme.example", False),
        ("Nobody", "no address", True),
        ("A.", "alice@acme.example", True),
    )
    asked = event_of(message(invite(attendees=people)))["ATTENDEE"]
    missing = event_of(message(invite(attendees=()), address="carol@acme.example"))["ATTENDEE"]

    assert str(asked) == "mailto:ALICE@acme.example"
    assert str(missing) == "mailto:carol@acme.example"


def test_request_update_and_cancel_stay_one_meeting() -> None:
    first = review(sequence=0)
    moved = replace(first, sequence=40, start=first.start + timedelta(days=1))
    off = replace(moved, sequence=90, cancelled=True)
    calendar: dict[str, Any] = {}
    for step in (first, moved, off):
        sent = message(invite(review=step), occurrence=f"invite/{step.uid}/{step.sequence}/alice")
        event = event_of(sent)
        known = calendar.get(event["UID"])
        assert known is None or event["SEQUENCE"] > known["SEQUENCE"]
        calendar[event["UID"]] = event

    assert list(calendar) == [first.uid]
    assert calendar[first.uid]["STATUS"] == "CANCELLED"
    assert calendar[first.uid]["DTSTART"].dt == moved.start


def test_the_words_tell_the_readers_own_time_and_utc() -> None:
    text = mail_of(message(invite())).get_body(("plain",))

    assert text is not None
    assert "When: Tue 8 Dec 2026, 10:00 (Europe/Berlin), 30 minutes; 09:00 UTC" in text.get_content()


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd"])
def test_a_zone_that_nobody_knows_is_told_in_utc(zone: str) -> None:
    text = mail_of(message(invite(timezone=zone))).get_body(("plain",))

    assert text is not None
    assert "09:00 (UTC)" in text.get_content()


def test_a_cancellation_asks_nothing_of_anybody() -> None:
    mail = mail_of(message(invite(review=review(cancelled=True))))
    text = mail.get_body(("plain",))

    assert text is not None
    assert "off for you" in text.get_content()
    assert "Agenda" not in text.get_content()
    assert "RSVP" not in calendar_part(mail).get_content()


def test_an_update_says_that_it_takes_the_place_of_the_earlier_one() -> None:
    text = mail_of(message(invite(), in_reply_to="<first@acme.example>")).get_body(("plain",))

    assert text is not None
    assert "takes the place of the earlier one" in text.get_content()


def test_lines_are_folded_and_no_byte_needs_eight_bits_on_the_wire() -> None:
    sent = message(invite(summary="مراجعة المتابعة " * 8))

    assert all(len(line) <= 75 for line in calendar_of(sent, SENDER).split(b"\r\n"))
    assert to_bytes(compose(sent, SENDER)).isascii()


@settings(deadline=None, max_examples=100)
@given(name=STRANGE, summary=STRANGE, line=STRANGE, uid=st.from_regex(r"[0-9a-f]{8,20}@[a-z]{3,9}", fullmatch=True))
def test_nothing_that_people_typed_adds_a_property_or_an_attendee(name: str, summary: str, line: str, uid: str) -> None:
    people = ((name, "alice@acme.example", True), (name, "bob@acme.example", False))
    sent = message(invite(summary=summary, agenda=(line, line), attendees=people, review=review(uid=uid)))

    event = event_of(sent)

    assert sorted(event.keys()) == sorted(event_of(message(invite())).keys())
    assert [str(a) for a in event["ATTENDEE"]] == ["mailto:alice@acme.example", "mailto:bob@acme.example"]
    assert event["UID"] == uid
    assert len(event.errors) == 0


def test_only_an_invite_has_a_calendar() -> None:
    with pytest.raises(TypeError):
        calendar_of(message(), SENDER)


def test_a_review_without_a_zone_is_refused() -> None:
    naive: Invite = invite(review=review(start=datetime(2026, 12, 8, 9)))  # noqa: DTZ001 (that is the point)

    with pytest.raises(ValueError, match="time zone"):
        compose(message(naive), SENDER)
