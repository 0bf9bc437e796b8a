"""What does an invitation to a follow-up review say to the person who opens it as a mail?

Pure. The times stand in the reader's zone and in UTC; the calendar object beside the words is `calendar`'s work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from worker.channels.words import FOOTER, TITLE_LIMIT, shown, web_url
from worker.domain.messages import Invite
from worker.domain.render.words import count, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteView:
    """An invitation, or the word that it is off. `url` is a checked web address or ""."""

    summary: str
    intro: str
    when: str
    why_now: str
    agenda: tuple[str, ...]
    url: str
    stop: str
    cancelled: bool
    footer: str = FOOTER


def zone_of(name: str) -> str:
    """The zone's name if this machine knows it, else UTC."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name


def _when(start: datetime, minutes: int, timezone: str) -> str:
    zone = zone_of(timezone)
    text = f"{moment(start, zone)}, {count(minutes, 'minute')}"
    return text if zone == "UTC" else f"{text}; {start.astimezone(UTC):%H:%M} UTC"


def invite_view(invite: Invite, *, follows: bool, lines: int = 100) -> InviteView:
    """The view of an invitation; `follows` says that an earlier one went out, which this one replaces or calls off."""
    review = invite.review
    if review.cancelled:
        intro = "This follow-up review is off for you. Your calendar takes it out by itself; nothing is asked of you."
    elif follows:
        intro = "This follow-up review has changed. This invitation takes the place of the earlier one."
    else:
        intro = (
            "You were part of this post-mortem, or answer for something that was promised in it. "
            "In this one meeting, some weeks on, everybody sees what was kept, and what still helps."
        )
    why = []
    if not review.cancelled:
        if review.because:
            why.append(f"Why then: {shown(review.because)}")
        if review.concession:
            why.append(f"What had to give: {shown(review.concession)}")
    agenda = () if review.cancelled else tuple(filter(None, (shown(a) for a in invite.agenda[:lines])))
    left = 0 if review.cancelled else max(0, len(invite.agenda) - lines)
    return InviteView(
        summary=shown(invite.summary, TITLE_LIMIT) or "Follow-up review",
        intro=intro,
        when=_when(review.start, review.minutes, invite.timezone),
        why_now="\n".join(why),
        agenda=(*agenda, f"and {left} more") if left else agenda,
        url=web_url(invite.url),
        stop=""
        if review.cancelled
        else "Can't make it? Decline, or propose another time to the others on the post-mortem's issue. "
        "Taking the post-mortem's label off calls the review off.",
        cancelled=review.cancelled,
    )
