"""How does one follow-up review look as an iCalendar object that is mailed (iMIP, RFC 6047)?

Pure, and equal input gives equal bytes: DTSTAMP comes from the message's date. Times are in UTC, so no VTIMEZONE is
needed and no client can disagree about one. The UID is the review's for its whole life; SEQUENCE tells which word is
the latest.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vText

from worker.channels.addresses import Mailbox, checked_address
from worker.channels.invite import InviteView
from worker.channels.words import shown
from worker.domain.messages import Invite

PRODUCT = "-//Followthrough//Follow-up review//EN"
NAME_LIMIT = 120


def method_of(invite: Invite) -> str:
    """CANCEL for a review that is off, else REQUEST."""
    return "CANCEL" if invite.review.cancelled else "REQUEST"


def _quotable(name: str, address: str) -> str:
    # A double quote can't stand in a parameter of RFC 5545, and few clients read the escapes of RFC 6868.
    return shown(name, NAME_LIMIT).replace('"', "'").replace("^", "") or address


def _person(mailbox: Mailbox) -> vCalAddress:
    address = vCalAddress(f"mailto:{mailbox.address}")
    address.params["CN"] = vText(_quotable(mailbox.name, mailbox.address))
    return address


def _attendee(mailbox: Mailbox, *, required: bool, cancelled: bool) -> vCalAddress:
    address = _person(mailbox)
    address.params["CUTYPE"] = vText("INDIVIDUAL")
    address.params["ROLE"] = vText("REQ-PARTICIPANT" if required else "OPT-PARTICIPANT")
    if not cancelled:
        address.params["PARTSTAT"] = vText("NEEDS-ACTION")
        address.params["RSVP"] = vText("TRUE")
    return address


def attendees_of(invite: Invite, receiver: Mailbox) -> tuple[tuple[Mailbox, bool], ...]:
    """Everybody who is asked, each address once, in the given order, with "required". Whoever receives the message is
    always among them: a calendar shows no answer buttons to one who is not. Addresses that are none are left out."""
    found: dict[str, tuple[Mailbox, bool]] = {}
    for name, written, required in (*invite.attendees, (receiver.name, receiver.address, True)):
        address = checked_address(written)
        if address and address.casefold() not in found:
            found[address.casefold()] = (Mailbox(name=name, address=address), required)
    return tuple(found.values())


def _description(view: InviteView) -> str:
    parts = [view.intro]
    if view.why_now:
        parts.append(view.why_now)
    if view.agenda:
        parts.append("Agenda:\n" + "\n".join(view.agenda))
    if view.url:
        parts.append(f"The post-mortem: {view.url}")
    if view.stop:
        parts.append(view.stop)
    return "\n\n".join(parts)


def build_calendar(
    invite: Invite, view: InviteView, *, organizer: Mailbox, receiver: Mailbox, stamp: datetime
) -> bytes:
    """Return the VCALENDAR with its METHOD: UTF-8, CRLF, lines folded at 75 octets.

    `stamp` and `review.start` are time-zone-aware (ValueError otherwise).
    """
    review = invite.review
    if stamp.tzinfo is None or review.start.tzinfo is None:
        raise ValueError("a review's start and a message's date need a time zone")
    start = review.start.astimezone(UTC)
    event = Event()
    event.add("uid", shown(review.uid))
    event.add("sequence", review.sequence)
    event.add("dtstamp", stamp.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(minutes=review.minutes))
    event.add("summary", view.summary)
    event.add("description", _description(view))
    event.add("status", "CANCELLED" if review.cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    if view.url:
        event.add("url", view.url)
    event["organizer"] = _person(organizer)
    for mailbox, required in attendees_of(invite, receiver):
        event.add("attendee", _attendee(mailbox, required=required, cancelled=review.cancelled))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method_of(invite))
    calendar.add_component(event)
    return bytes(calendar.to_ical())
