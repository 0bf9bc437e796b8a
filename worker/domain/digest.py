"""What does a lead see of their week?

Composes one lead's digest from the dossiers: each item once, under the first heading that fits, grouped and ordered the
same way each week. Sends nothing, and does not say how it looks; when it is owed is told by `domain.weeks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from worker.domain.chain import answers_for, gaps, owner_of
from worker.domain.escalation import Ladders, owner_name
from worker.domain.ledger import Ledger, PersonRecord, Told, told_about
from worker.domain.messages import Digest, DigestEntry
from worker.domain.model import Directory, Dossier, Person, Status, TrackedItem
from worker.domain.policy import Policy
from worker.domain.render.safe import cut, one_line
from worker.domain.render.words import count, day, listing
from worker.domain.render.words import moment as spoken_moment
from worker.domain.rollup import team_weeks
from worker.domain.weeks import (
    MOST_WEEKS,
    covered_week,
    digests_owed,
    last_sent_week,
    scheduled_day,
    weeks_after,
)
from worker.domain.workdays import add_working_days, local_day, moment, zone_of

__all__ = ["compose_digest", "digests_owed", "quiet"]

MOST_A_SECTION = 100
TREND_WEEKS = 12
REVIEWS_AHEAD = timedelta(days=14)
NEW_DATE_WORKING_DAYS = 10


def compose_digest(
    lead: Person,
    dossiers: Iterable[Dossier],
    ledger: Ledger,
    directory: Directory,
    policy: Policy,
    now: datetime,
    week: str,
) -> Digest:
    """Return the digest of this lead for the digest due in `week`, as things stand now; `empty` for a quiet week.

    It covers the weeks since the last one that was sent, as far as there was something to tell in them. What was closed
    or begun on the digest's own day is told next week, so that each change is told exactly once.
    """
    world = tuple(sorted((d for d in dossiers if not d.closed), key=lambda d: d.ref))
    mine = [i for d in world for i in d.items if (a := answers_for(i, directory)) is not None and a.id == lead.id]
    teams = team_weeks(lead, world, directory, scheduled_day(week, policy))
    mine += _heard_from_below(lead, world, ledger.tellings(), directory) if teams else []
    weeks = _weeks(lead, world, mine, ledger.of(lead.id), policy, week)
    desk = _Desk(
        lead=lead,
        directory=directory,
        policy=policy,
        now=now,
        today=local_day(lead, now),
        since=scheduled_day(weeks[0], policy) - timedelta(days=7),
        until=scheduled_day(week, policy),
        told=ledger.tellings(),
        standing=_standing(world, mine, Ladders.of(ledger, directory, policy, now)),
    )
    sections = desk.sections(mine)
    cut_off = sum(max(0, len(v) - MOST_A_SECTION) for v in sections.values())
    ids, whose = {i.post_mortem for i in mine}, {(i.uid, i.id) for i in mine}
    concerned = [d for d in world if d.ref in ids or (d.review and lead.id in d.review.attendees)]
    scoped = [replace(d, items=tuple(i for i in d.items if (i.uid, i.id) in whose)) for d in concerned]
    return Digest(
        person_name=lead.shown,
        weeks=tuple(covered_week(w, policy) for w in weeks),
        decide=sections["decide"][:MOST_A_SECTION],
        overdue=sections["overdue"][:MOST_A_SECTION],
        incomplete=sections["incomplete"][:MOST_A_SECTION],
        upcoming=sections["upcoming"][:MOST_A_SECTION],
        changed=sections["changed"][:MOST_A_SECTION],
        reviews=desk.reviews(concerned),
        gaps=gaps(scoped, ledger, directory, policy, now),
        trend=desk.trend(mine) if not teams else "",
        cut=cut_off,
        teams=teams,
    )


def _heard_from_below(
    person: Person, world: Iterable[Dossier], tellings: Mapping[str, tuple[Told, ...]], directory: Directory
) -> list[TrackedItem]:
    """The open items of others' teams that came up to this person on the ladder: theirs to decide by now."""
    return [
        item
        for dossier in world
        for item in dossier.items
        if item.status is Status.OPEN
        and (lead := answers_for(item, directory)) is not None
        and lead.id != person.id
        and any(t.person == person.id and t.sent for t in told_about(item, tellings))
    ]


def quiet(
    lead: Person,
    dossiers: Iterable[Dossier],
    directory: Directory,
    policy: Policy,
    week: str,
    ledger: Ledger | None = None,
) -> bool:
    """Whether there was nothing to tell when this week's digest was due: then it is not sent later in the week either,
    whatever comes up meanwhile. What was enrolled since then is left to the next digest."""
    on = scheduled_day(week, policy)
    world = [d for d in dossiers if not d.closed and d.enrolled_on < on]
    mine = [i for d in world for i in d.items if (a := answers_for(i, directory)) is not None and a.id == lead.id]
    at = moment(lead, on, time(policy.digest.hour))
    desk = _Desk(
        lead=lead,
        directory=directory,
        policy=policy,
        now=at,
        today=on,
        since=on - timedelta(days=7),
        until=on,
        told={},
        standing=_standing(world, mine, Ladders.of(ledger or Ledger(), directory, policy, at)),
    )
    if any(desk.sections([past for i in mine if (past := _as_of(i, on)) is not None]).values()):
        return False
    if any(t.late or t.unowned or t.done or t.waived for t in team_weeks(lead, world, directory, on)):
        return False
    refs = {i.post_mortem for i in mine}
    return not desk.reviews([d for d in world if d.ref in refs or (d.review and lead.id in d.review.attendees)])


@dataclass(frozen=True, slots=True)
class Standing:
    """How an item stands on its ladders: whether their top has heard of it, and what is to be said of it."""

    topped: bool = False
    said: tuple[str, ...] = ()


def _standing(
    world: Iterable[Dossier], mine: Sequence[TrackedItem], ladders: Ladders
) -> Mapping[tuple[str, str], Standing]:
    wanted = {(i.uid, i.id) for i in mine}
    return {
        (i.uid, i.id): Standing(ladders.topped(d, i), ladders.in_digest(d, i))
        for d in world
        for i in d.items
        if (i.uid, i.id) in wanted and i.status is Status.OPEN
    }


def _as_of(item: TrackedItem, on: date) -> TrackedItem | None:
    """The item as it stood when that day began; None where it did not exist yet."""
    if item.created_on is not None and item.created_on >= on:
        return None
    if item.closed_on is not None and item.closed_on >= on:
        return replace(item, status=Status.OPEN, closed_on=None)
    return item


def _weeks(
    lead: Person,
    world: Sequence[Dossier],
    mine: Sequence[TrackedItem],
    record: PersonRecord,
    policy: Policy,
    week: str,
) -> tuple[str, ...]:
    """The weeks of the missed digests that had something to tell, and this one; without a gap between them."""
    last = last_sent_week(record, lead, week)
    if not last:
        return (week,)
    refs = {i.post_mortem for i in mine}
    begun = min((d.enrolled_on for d in world if d.ref in refs), default=scheduled_day(week, policy))
    missed = []
    for back in range(1, MOST_WEEKS):
        earlier = weeks_after(week, -back)
        if earlier <= last or scheduled_day(earlier, policy) <= begun:
            break
        missed.append(earlier)
    on = [w for w in missed if _told_something(mine, scheduled_day(w, policy), policy)]
    first = min(on, default=week)
    return (*sorted(w for w in missed if w >= first), week)


def _told_something(items: Iterable[TrackedItem], on: date, policy: Policy) -> bool:
    """Whether any of these items stood in the digest of that day."""
    ahead = on + timedelta(days=policy.digest.upcoming_days)
    for item in items:
        past = _as_of(item, on)
        if past is None:
            continue
        if past.status is Status.OPEN and (
            past.needs or not past.owner or (past.due is not None and past.due <= ahead)
        ):
            return True
        if any(d is not None and on - timedelta(days=7) <= d < on for d in (past.created_on, past.closed_on)):
            return True
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Where one digest is put together. What changed is what changed from `since` up to the day before `until`."""

    lead: Person
    directory: Directory
    policy: Policy
    now: datetime
    today: date
    since: date
    until: date
    told: Mapping[str, tuple[Told, ...]]
    standing: Mapping[tuple[str, str], Standing]

    def sections(self, items: Iterable[TrackedItem]) -> dict[str, tuple[DigestEntry, ...]]:
        """Each item under the first heading that fits it: what nobody further up will be told of comes first, then the
        oldest and highest."""
        out: dict[str, list[TrackedItem]] = {n: [] for n in ("decide", "overdue", "incomplete", "upcoming", "changed")}
        most = self.policy.digest.decisions
        for item in sorted(items, key=self._order):
            heading = self._heading(item)
            if heading == "decide" and len(out["decide"]) >= most:
                heading = "overdue" if self._late(item) > 0 else "incomplete"
            if heading:
                out[heading].append(item)
        return {name: tuple(self._entry(i) for i in found) for name, found in out.items()}

    def _order(self, item: TrackedItem) -> tuple[bool, bool, int, str, str, str]:
        priority, topped = item.priority.upper() or "~", self._stands(item).topped
        return item.status.closed, not topped, -self._late(item), priority, item.post_mortem.key, item.id

    def _stands(self, item: TrackedItem) -> Standing:
        return self.standing.get((item.uid, item.id), Standing())

    def _late(self, item: TrackedItem) -> int:
        return (self.today - item.due).days if item.due is not None and item.status is Status.OPEN else -(10**6)

    def _heading(self, item: TrackedItem) -> str:
        if item.status.closed:
            return "changed" if item.closed_on and self.since <= item.closed_on < self.until else ""
        owner, late = owner_of(item, self.directory), self._late(item)
        if item.waiver or self._stands(item).topped:
            return "decide"
        if late > 0:
            lost = owner is None or owner.departed
            return "decide" if lost or late >= self._leads_day() or self._heard_above(item) else "overdue"
        if owner is not None and owner.departed:
            return "decide"
        if item.needs or owner is None or item.due is None or self._stands(item).said:
            return "incomplete"
        if item.due <= self.today + timedelta(days=self.policy.digest.upcoming_days):
            return "upcoming"
        return "changed" if item.created_on and self.since <= item.created_on < self.until else ""

    def _leads_day(self) -> int:
        days = [r.after_days for r in self.policy.ladder.rungs if r.role != "owner"]
        return min(days, default=10**6)

    def _heard_above(self, item: TrackedItem) -> bool:
        return any(t.person == self.lead.id and t.sent for t in told_about(item, self.told))

    def _entry(self, item: TrackedItem) -> DigestEntry:
        owner = owner_of(item, self.directory)
        return DigestEntry(
            item=item, owner_name=owner_name(item, owner), note=self._note(item, owner), command=self._command(item)
        )

    def _note(self, item: TrackedItem, owner: Person | None) -> str:
        if item.status is Status.DONE:
            return (
                "Done, with thanks." if item.confidential or owner is None else f"Done, with thanks to {owner.shown}."
            )
        if item.status is Status.WAIVED:
            return "Let go."
        parts = []
        if item.waiver:
            why = "" if item.confidential else f": {cut(one_line(item.waiver), 120)}"
            parts.append(f"asked to be let go{why}")
        if (late := self._late(item)) > 0:
            parts.append(f"{count(late, 'day')} late")
        if item.slips:
            parts.append(f"date moved {count(item.slips, 'time')}")
        if owner is not None and owner.departed:
            parts.append("its owner has left: it needs a new owner")
        missing = list(item.needs)
        if owner is None and "an owner" not in missing:
            missing.insert(0, "an owner")
        if item.due is None and "a date" not in missing:
            missing.append("a date")
        if missing:
            parts.append(f"needs {listing(missing)}")
        stands = self._stands(item)
        parts += (f"{said[:1].lower()}{said[1:].removesuffix('.')}" for said in stands.said)
        if not parts and item.due is not None:
            parts.append(f"due {day(item.due)}")
        if stands.topped:
            parts.append("nobody further up is told")
        text = "; ".join(parts)
        return f"{text[:1].upper()}{text[1:]}."

    def _command(self, item: TrackedItem) -> str:
        """The line that answers it, to be put on the item's issue; "" where none is needed, or none does."""
        if item.status.closed:
            return ""
        if item.ref is None:
            return "ft track"
        if item.waiver:
            return "ft waive approve"
        if self._late(item) > 0 or item.due is None:
            on = add_working_days(self.lead, self.today, NEW_DATE_WORKING_DAYS, self.policy)
            return f"ft due {on.isoformat()} reason"
        return ""

    def reviews(self, dossiers: Iterable[Dossier]) -> tuple[str, ...]:
        """The reviews of the next two weeks, and those held since the last digest with what is still open."""
        out: list[tuple[datetime, str]] = []
        for dossier in dossiers:
            review = dossier.review
            if review is None or review.cancelled:
                continue
            secret = any(i.confidential for i in dossier.items)
            title = dossier.ref.locator if secret else cut(one_line(dossier.title), 90) or dossier.ref.locator
            held_on = local_day(self.lead, review.start)
            if self.now <= review.start <= self.now + REVIEWS_AHEAD:
                zone = zone_of(self.lead).key
                out.append((review.start, f"{spoken_moment(review.start, zone)}: {title}"))
            elif review.start < self.now and self.since <= held_on < self.until:
                still = sum(i.status is Status.OPEN for i in dossier.items)
                left = f"{count(still, 'item')} of {len(dossier.items)} still open" if still else "nothing left open"
                out.append((review.start, f"Held on {day(held_on)}: {title}; {left}"))
        return tuple(text for _, text in sorted(out))

    def trend(self, items: Sequence[TrackedItem]) -> str:
        """Closed on time over twelve weeks, with its n, and open items now and a week ago; "" with nothing closed."""
        start = self.until - timedelta(weeks=TREND_WEEKS)
        done = [
            i
            for i in items
            if i.status is Status.DONE and i.closed_on is not None and start <= i.closed_on < self.until
        ]
        dated = [i for i in done if i.due is not None]
        if not dated:
            return ""
        on_time = sum(i.due is not None and i.closed_on is not None and i.closed_on <= i.due for i in dated)
        now_open = sum(i.status is Status.OPEN for i in items)
        week_ago = self.until - timedelta(days=7)
        before = sum((p := _as_of(i, week_ago)) is not None and p.status is Status.OPEN for i in items)
        return (
            f"On time in {TREND_WEEKS} weeks: {on_time} of {len(dated)} ({round(100 * on_time / len(dated))} %). "
            f"Open now: {now_open}; a week before: {before}."
        )
