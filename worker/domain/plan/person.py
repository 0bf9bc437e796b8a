"""What is one person told today? All of it, over all post-mortems, as one plan.

A person gets at most one batch of nudges and escalations a day, and the invitations of follow-up reviews, inside their
working hours. This unit alone writes to the person; it is never asked to decide what somebody else hears.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from worker.domain.chain import owner_of, trouble_with
from worker.domain.escalation import Ladders, subject_of
from worker.domain.ledger import Entry, Ledger, PersonRecord
from worker.domain.messages import Batch, Invite, Message, Step, message_id_of
from worker.domain.model import Directory, Dossier, Mode, Person, Review, Status
from worker.domain.plan.effects import Plan, Send
from worker.domain.policy import Policy
from worker.domain.render.safe import cut, one_line
from worker.domain.render.words import count, day
from worker.domain.workdays import in_sending_time, local_day, moment, next_sending_time

_TITLE = 90
_BATCH, _INVITE, _CANCEL = "batch/", "invite/", "cancel/"


def person_unit(person: Person, now: datetime, policy: Policy) -> tuple[str, datetime]:
    """The unit in which this person can next be told something, and the moment (UTC) from which it can run."""
    at = next_sending_time(person, now, policy)
    return f"person:{person.id}:{local_day(person, at).isoformat()}", at


def day_of(unit: str) -> date:
    """The day of a unit `person:<id>:<date>`. Raises ValueError for anything else."""
    kind, _, rest = unit.partition(":")
    person, _, on = rest.rpartition(":")
    if kind != "person" or not person:
        raise ValueError(f"{unit!r} is no person's unit; expected person:alice:2026-11-20")
    return date.fromisoformat(on)


def plan_person(
    unit: str,
    person: Person,
    dossiers: Iterable[Dossier],
    ledger: Ledger,
    directory: Directory,
    policy: Policy,
    now: datetime,
    sender_domain: str,
) -> Plan:
    """Return the messages that this person is to get now, and as a mark the unit in which more may follow.

    Nothing is sent on another day than the unit's, or outside the person's working hours. A message that was begun and
    not seen to be sent goes out again under its own occurrence and Message-ID, before anything new; of several, the
    oldest. If none of its steps is true any more it is left alone, and counts as void.
    """
    on, world = day_of(unit), tuple(dossiers)
    if person.departed or not person.known:
        return Plan(unit=unit)
    trouble = trouble_with(person, ledger, now)
    gaps = (f"no mail reaches {person.shown}: {trouble}",) if trouble else ()
    if not person.email:
        return Plan(unit=unit, gaps=gaps)
    today, record = local_day(person, now), ledger.of(person.id)
    tomorrow = moment(person, today + timedelta(days=1))
    desk = _Desk(unit=unit, person=person, policy=policy, now=now, domain=sender_domain)

    batches, later = _batches(Ladders.of(ledger, directory, policy, now), person, record, world)
    invites, held = _invites(world, record, person, now)
    if held:
        later.append(tomorrow)
    sends: list[Send] = []
    if today == on and in_sending_time(person, now, policy):
        if batches and not had_batch(person, record, today):
            sends.append(desk.batch(batches.pop(0)))
        sends += [desk.invite(dossier, review, occurrence, directory) for dossier, review, occurrence in invites]
        if batches:
            later.append(tomorrow)
    elif batches or invites:
        later.append(now)
    marks = (person_unit(person, max(min(later), now), policy),) if later else ()
    return Plan(unit=unit, effects=tuple(sends), marks=marks, gaps=gaps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mailing:
    """One batch to be sent: its occurrence, the keys that it tells, and the steps that are (still) true."""

    occurrence: str
    keys: tuple[str, ...]
    steps: tuple[Step, ...]
    again: bool = False


def _batches(
    ladders: Ladders, person: Person, record: PersonRecord, world: Sequence[Dossier]
) -> tuple[list[_Mailing], list[datetime]]:
    """The batches that wait for this person, what was begun before first; and when more will be owed."""
    out = [
        _Mailing(occurrence=entry.occurrence, keys=entry.steps, steps=steps, again=True)
        for entry in record.entries
        if entry.occurrence.startswith(_BATCH) and (steps := ladders.again(entry, person.id, world))
    ]
    now = ladders.climb.now
    mine = [
        p
        for d in world
        for i in d.items
        if ladders.may_hear(i, person.id) and (p := ladders.prospect(d, i)) and p.reader.id == person.id
    ]
    later = [p.at for p in mine if p.at > now]
    owed, wait = ladders.batch(p for p in mine if p.at <= now)
    today = local_day(person, now)
    fresh = f"{_BATCH}{person.id}/{today.isoformat()}"
    if owed and record.find(fresh) is None:
        out.append(_Mailing(occurrence=fresh, keys=tuple(k for s in owed for k in s.keys), steps=owed))
    elif owed:
        # A message has left, or may have left, under today's occurrence: what is new waits for tomorrow's.
        wait = True
    if wait:
        later.append(moment(person, today + timedelta(days=1)))
    return out, later


def had_batch(person: Person, record: PersonRecord, today: date) -> bool:
    """Whether a batch left for this person on this day of theirs."""
    return any(e.sent and e.occurrence.startswith(_BATCH) and local_day(person, e.at) == today for e in record.entries)


def _invites(
    world: Sequence[Dossier], record: PersonRecord, person: Person, now: datetime
) -> tuple[list[tuple[Dossier, Review, str]], bool]:
    """The invitations and cancellations that this person has not got, each with its occurrence; and whether an update
    waits because one was sent today. What is over, quiet or not live is left alone."""
    out, held = [], False
    today = local_day(person, now)
    for dossier in sorted(world, key=lambda d: d.ref):
        review = dossier.review
        if review is None or review.start <= now or dossier.mode is not Mode.LIVE:
            continue
        if dossier.quiet_until is not None and today < dossier.quiet_until:
            continue
        asked = _last(record, _INVITE, review.uid)
        called_off = _last(record, _CANCEL, review.uid)
        wanted = not review.cancelled and person.id in (*review.attendees, *review.optional)
        occurrence = f"{_INVITE if wanted else _CANCEL}{review.uid}/{review.sequence}/{person.id}"
        known = record.find(occurrence)
        if known is not None and (known.sent or known.bounced):
            continue
        if wanted and not dossier.closed:
            if record.quiet_until is not None and today < record.quiet_until:
                continue
            if asked is not None and asked.sent and local_day(person, asked.at) == today:
                held = True
            else:
                out.append((dossier, review, occurrence))
        elif not wanted and asked is not None and not (called_off and called_off.sent and _newer(called_off, asked)):
            # Whoever was invited, or may have been, is told; with a date behind it the calendar forgets by itself.
            out.append((dossier, replace(review, cancelled=True), occurrence))
    return out, held


def _last(record: PersonRecord, kind: str, uid: str) -> Entry | None:
    """The entry of this kind about this review with the highest sequence, unless it could not be delivered."""
    prefix = f"{kind}{uid}/"
    found = [e for e in record.entries if e.occurrence.startswith(prefix) and not e.bounced]
    return max(found, key=lambda e: (_sequence(e), e.at), default=None)


def _sequence(entry: Entry) -> int:
    return int(entry.occurrence.rsplit("/", 2)[1])


def _newer(one: Entry, other: Entry) -> bool:
    return _sequence(one) > _sequence(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Where this person's messages of this moment are put together."""

    unit: str
    person: Person
    policy: Policy
    now: datetime
    domain: str

    def batch(self, mailing: _Mailing) -> Send:
        steps = mailing.steps
        above = any(s.role != "owner" for s in steps)
        today = local_day(self.person, self.now)
        content = Batch(person_name=self.person.shown, on=today, steps=steps)
        kind = "escalation" if above else "nudge"
        why = f"{count(len(steps), 'step')} of the ladder owed: {', '.join(s.key for s in steps)}"
        if mailing.again:
            why = f"begun before and not seen to be sent; {why}"
        return self._send(kind, mailing.occurrence, subject_of(steps), content, why, mailing.keys)

    def invite(self, dossier: Dossier, review: Review, occurrence: str, directory: Directory) -> Send:
        secret = any(i.confidential for i in dossier.items)
        title = dossier.ref.locator if secret else cut(one_line(dossier.title), _TITLE) or dossier.ref.locator
        people = [(p, True) for p in review.attendees] + [(p, False) for p in review.optional]
        content = Invite(
            review=review,
            summary=f"Follow-up review: {title}",
            agenda=agenda_of(dossier, directory, local_day(self.person, self.now)),
            url=dossier.url,
            attendees=tuple(
                (who.shown, who.email, required)
                for person_id, required in people
                if (who := directory.people.get(person_id)) is not None and who.email
            ),
            timezone=self.person.timezone,
        )
        subject = f"{'Cancelled: follow-up' if review.cancelled else 'Follow-up'} review: {title}"
        what = "is called off" if review.cancelled else f"is on {review.start:%Y-%m-%d %H:%M} UTC"
        return self._send("invite", occurrence, subject, content, f"the follow-up review of {dossier.ref.key} {what}")

    def _send(
        self, kind: str, occurrence: str, subject: str, content: Batch | Invite, why: str, steps: tuple[str, ...] = ()
    ) -> Send:
        message = Message(
            occurrence=occurrence,
            message_id=message_id_of(occurrence, self.domain),
            kind=kind,
            to=self.person.id,
            address=self.person.email,
            subject=subject,
            content=content,
            steps=steps,
            date=self.now,
        )
        return Send(unit=self.unit, message=message, why=why)


def agenda_of(dossier: Dossier, directory: Directory, today: date) -> tuple[str, ...]:
    """What the review goes through: each open item with owner and due date, the latest first; a last line counts those
    that are closed."""
    still = [i for i in dossier.items if i.status is Status.OPEN]
    lines = []
    for item in sorted(still, key=lambda i: (i.due is None, i.due or today, i.id)):
        owner = owner_of(item, directory)
        who = "its owner" if item.confidential else owner.shown if owner else "needs an owner"
        when = "needs a date" if item.due is None else f"due {day(item.due)}"
        if item.due is not None and item.due < today:
            when += f", {count((today - item.due).days, 'day')} late"
        where = (item.ref or item.post_mortem).locator
        what = where if item.confidential else cut(one_line(item.text), _TITLE)
        lines.append(f"{what} ({who}; {when})")
    closed = len(dossier.items) - len(still)
    if closed:
        lines.append(f"{count(closed, 'item')} closed so far: did it help?")
    return tuple(lines)
