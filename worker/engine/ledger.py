"""The ledger: the one tracker issue per installation that remembers what was told to whom.

One record a person, and one list of all that is enrolled. Loaded whole (one list of comments), written one record
at a time. The issue is found by its label among our own, or by its title; where there are several, the oldest counts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.domain.ledger import ENROLLED, Ledger, PersonRecord, ledger_of, record_name
from worker.domain.model import Draft, IssueRef
from worker.domain.render.words import count
from worker.domain.seal import Newer, NotOurs, seal, unseal
from worker.engine.store import Store
from worker.engine.trackers import Trackers
from worker.engine.units import LEDGER_ISSUE
from worker.trackers.errors import Ambiguous, Missing, Refused, Unavailable

LABEL = "followthrough-ledger"
TITLE = "Followthrough: the ledger"
LOOK_AFTER_DOUBT = timedelta(seconds=60)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
BODY = (
    "Here Followthrough remembers what it told to whom, so that nobody is told twice. Each comment belongs to one "
    "person. Please leave this issue open and its comments as they are; if they are lost, everybody is left in peace "
    "for a few working days and the ledger starts again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The ledger as read: what was told, which record is whose comment, and the keys of everything enrolled."""

    ledger: Ledger = field(default_factory=Ledger)
    records: dict[str, str] = field(default_factory=dict)
    enrolled: tuple[str, ...] = ()


@contextmanager
def one_at_a_time(store: Store) -> Iterator[None]:
    """Let one process at a time look for the ledger's issue and create it, under a lease that ends by itself if the
    process dies. Raises Unavailable where another one is at it, or has just created it and is not sure."""
    lease = store.claim_one(LEDGER_ISSUE) if store.shut_until(LEDGER_ISSUE) is None else None
    if lease is None:
        raise Unavailable("the ledger is being created by another worker")
    try:
        yield
    except Ambiguous:
        store.shut(LEDGER_ISSUE, store.clock.now() + LOOK_AFTER_DOUBT)
        raise
    finally:
        store.done(lease)


class LedgerBook:
    """Reads and writes the ledger on one container (`SITE:CONTAINER`). Safe for several threads.

    `creating` is entered while the issue itself is looked for and created; see `one_at_a_time`.
    """

    def __init__(
        self,
        trackers: Trackers,
        place: str,
        keys: Sequence[bytes],
        creating: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._trackers = trackers
        self.site, _, self._container = place.partition(":")
        self._keys = keys
        self._creating = creating
        self._ref: IssueRef | None = None
        self._lock = threading.Lock()

    def load(self) -> Pages:
        """All records; nothing where the ledger does not exist yet. A record without our seal counts as not there."""
        ref = self._find()
        if ref is None:
            return Pages()
        try:
            thread = self._trackers.read(self.site).thread(ref)
        except Missing:
            self._ref = None
            return Pages()
        people: dict[str, PersonRecord] = {}
        ids: dict[str, str] = {}
        enrolled: tuple[str, ...] = ()
        for record in thread.records:
            if record.name in ids:
                continue
            try:
                content = unseal(record.text, purpose=record.name, keys=self._keys)
                if record.name == ENROLLED:
                    enrolled = tuple(str(k) for k in content["k"])
                else:
                    person = PersonRecord.from_json(content)
                    people[person.person] = person
            except Newer:
                raise Refused(f"{ref.key}: the ledger was written by a newer version; upgrade this one") from None
            except (NotOurs, KeyError, ValueError, TypeError):
                pass
            ids[record.name] = record.id
        return Pages(ledger=ledger_of(people.values()), records=ids, enrolled=enrolled)

    def write_person(self, record: PersonRecord, pages: Pages) -> None:
        """Write one person's record: one write. Raises the errors of `trackers.errors`."""
        words = f"What was told to {record.person}: {count(len(record.entries), 'message')}."
        self._write(record_name(record.person), words, record.to_json(), pages)

    def write_enrolled(self, keys: Iterable[str], pages: Pages) -> None:
        """Write the list of everything enrolled: one write, none where it is the same."""
        wanted = tuple(sorted(keys))
        if wanted != pages.enrolled:
            self._write(ENROLLED, f"{count(len(wanted), 'issue')} enrolled.", {"k": list(wanted)}, pages)

    def _write(self, name: str, words: str, content: dict[str, Any], pages: Pages) -> None:
        ref = self._find() or self._create()
        text = seal(content, purpose=name, keys=self._keys)
        known = pages.records.get(name, "")
        written = self._trackers.write(self.site).ensure_record(ref, name, words, text, known)
        pages.records[name] = written

    def _find(self) -> IssueRef | None:
        with self._lock:
            if self._ref is None and self._container:
                read = self._trackers.read(self.site)
                account = read.account().casefold()
                ours = [i for i in read.labelled(self._container, LABEL) if i.author.casefold() == account]
                if not ours:
                    # The label may have been taken off, or was left out when the issue was created.
                    ours = [i for i in read.own_issues(self._container, _EVER) if i.title == TITLE]
                self._ref = min((i.ref for i in ours), key=lambda r: r.number, default=None)
            return self._ref

    def _create(self) -> IssueRef:
        if not self._container:
            raise Refused("there is no place for the ledger; set `ledger: github:owner/repo` in followthrough.yaml")
        with self._creating():
            found = self._find()
            if found is not None:
                return found
            draft = Draft(site=self.site, container=self._container, title=TITLE, body=BODY, labels=(LABEL,))
            self._ref = self._trackers.write(self.site).create_issue(draft).issue.ref
            return self._ref
