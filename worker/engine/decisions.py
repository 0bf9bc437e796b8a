"""Write down what somebody decided by a link in a mail, where it is found again whatever happens here.

A decision becomes a record on the issue that it is about: people read who decided what, and the next look at the
post-mortem carries it out as a command of that person. So it survives a wiped Redis and a crash, and stands there once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog
from redis import RedisError

from worker.domain.model import Directory, Dossier, IssueRef, Mode, TrackedItem
from worker.domain.render.safe import code, cut, one_line, plain
from worker.domain.render.words import day
from worker.domain.tickets import Decision, Ticket
from worker.domain.wishes import with_wish
from worker.engine.cache import Cache
from worker.engine.kept import read_dossier
from worker.engine.ledger import LedgerBook, one_writer
from worker.engine.store import Store
from worker.engine.trackers import Trackers
from worker.trackers.errors import CredentialRefused, Missing, Refused, TrackerError

log = structlog.get_logger("decisions")

_TITLE = 160
_COMMAND = 400
LATER = "Nothing was lost, and nothing was changed yet. Please try again in a few minutes: twice does no harm."


class NotTaken(Exception):
    """The answer could not be written down; the words are for the person who gave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person is asked about, in words for them. Without knowledge of it the reference alone stands there."""

    title: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Takes decisions. `spend` asks the site's write budget (0 is granted, else seconds to wait)."""

    trackers: Trackers
    store: Store
    cache: Cache
    book: LedgerBook
    directory: Callable[[], Directory]
    keys: tuple[bytes, ...] = field(repr=False)
    spend: Callable[[str], float]

    def name_of(self, person: str) -> str:
        """The person's name; "" for somebody who is not in the directory or has left. Raises NotTaken."""
        try:
            found = self.directory().people.get(person)
        except RedisError as err:
            log.warning("nobody can be looked up", error=str(err))
            raise NotTaken(LATER) from None
        return "" if found is None or found.departed else found.shown

    def question(self, ticket: Ticket) -> Question:
        """What the ticket is about, as far as it is known without asking a tracker. Raises NotTaken."""
        if ticket.about is None:
            return Question(title="The weekly digest")
        try:
            found, people = self._item(ticket.about, ticket.number), self.directory().people
        except RedisError as err:
            log.warning("a question could not be read", about=ticket.about.key, error=str(err))
            raise NotTaken(LATER) from None
        if found is None:
            number = f", item {ticket.number}" if ticket.number else ""
            return Question(title=f"{ticket.about.locator}{number}")
        dossier, item = found
        if item.confidential:
            return Question(title=(item.ref or item.post_mortem).locator)
        owner = people.get(item.owner)
        facts = (
            f"From “{cut(one_line(dossier.title), _TITLE)}”",
            f"Owner: {owner.shown}" if owner is not None else "Nobody owns it yet",
            f"Due {day(item.due)}" if item.due is not None else "No date yet",
            f"Asked to be let go: {cut(one_line(item.waiver), _TITLE)}" if item.waiver else "",
        )
        return Question(title=cut(one_line(item.text), _TITLE), facts=tuple(f for f in facts if f))

    def take(self, decision: Decision) -> None:
        """Write the decision on its issue, once however often it is taken, and have it carried out. Raises NotTaken."""
        asked = about = decision.about
        if self.trackers.mode(about.site) is Mode.OBSERVE or about.site not in self.trackers.writes:
            raise NotTaken("Followthrough only observes there and may write nothing, so this can't be taken.")
        try:
            # A decision counts on the very issue that it was sealed for, and the one asked about may have moved.
            about = self._present(asked)
            decision = replace(decision, about=about)
            with one_writer(self.store, f"{decision.record}@{about.key}"):
                self._write(decision)
            unit = self.cache.owner_of(asked.key) or self.cache.owner_of(about.key) or about.key
            self.store.add(unit, self.store.clock.now())
        except (Missing, Refused) as err:
            log.warning("a decision could not be written", about=about.key, error=str(err))
            raise NotTaken(
                f"{about.locator} is gone, or Followthrough may not write there. Nothing was changed."
            ) from None
        except (TrackerError, RedisError) as err:
            log.warning("a decision could not be written", about=about.key, error=str(err))
            loud = isinstance(err, CredentialRefused)
            why = "Followthrough's own access to the tracker has to be renewed first. " if loud else ""
            raise NotTaken(f"{why}{LATER}") from None

    def wants_digests(self, person: str) -> bool:
        """Whether this person gets a weekly digest if there is something to tell. Raises NotTaken."""
        try:
            wish = self.book.load().ledger.of(person).wishes.get("digest")
        except (TrackerError, RedisError) as err:
            log.warning("a wish could not be read", person=person, error=str(err))
            raise NotTaken(LATER) from None
        return wish is None or wish.value != "off"

    def want_digests(self, person: str, *, wanted: bool) -> None:
        """Keep that this person wants the weekly digest, or none. Raises NotTaken."""
        if not self.book.writable:
            raise NotTaken("Followthrough only observes and may write nothing, so this can't be taken.")
        if self.spend(self.book.site) > 0:
            raise NotTaken(LATER)
        try:
            record = self.book.load().ledger.of(person)
            self.book.write_person(with_wish(record, "digest", "" if wanted else "off", self.store.clock.now()))
        except (TrackerError, RedisError) as err:
            log.warning("a wish could not be written", person=person, error=str(err))
            raise NotTaken(LATER) from None

    def _present(self, about: IssueRef) -> IssueRef:
        """Where the issue is today. Raises Missing where it is gone."""
        found = self.trackers.read(about.site).issues([about]).get(about)
        if found is None:
            raise Missing(f"{about.key} is gone")
        return found.ref

    def _write(self, decision: Decision) -> None:
        about = decision.about
        thread = self.trackers.read(about.site).thread(about)
        # On Jira a text without its comment is half of a record: nobody would see it, nor it be heard.
        if any(record.name == decision.record and record.text and record.id for record in thread.records):
            return
        if self.spend(about.site) > 0:
            raise NotTaken(LATER)
        who = plain(self.name_of(decision.person), 80)
        words = f"{who} decided by a link in a mail: {code(decision.command, _COMMAND)}"
        self.trackers.write(about.site).ensure_record(about, decision.record, words, decision.sealed(self.keys))

    def _item(self, about: IssueRef, number: int) -> tuple[Dossier, TrackedItem] | None:
        """The item as it was kept; None where nothing is kept of it."""
        key = about.key if number else self.cache.owner_of(about.key) or about.key
        raw = self.cache.dossier(key)
        dossier = read_dossier(raw) if raw is not None else None
        if dossier is None:
            return None
        for item in dossier.items:
            if (number and item.number == number) or (not number and item.ref == about):
                return dossier, item
        return None
