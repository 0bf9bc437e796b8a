"""The ledger: the one tracker issue per installation that remembers what was told to whom.

One record a person, and one list of all that is enrolled. Loaded whole (one list of comments), written one record
at a time. The issue is found by its label among our own, or by its title; where there are several, the oldest counts.
Nothing of it is written where anybody could read it.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import structlog

from worker.domain.ledger import ENROLLED, PAUSED, Ledger, PersonRecord, ledger_of, record_name
from worker.domain.model import Draft, IssueRef, Thread
from worker.domain.plan.effects import KeepWish
from worker.domain.render.words import count
from worker.domain.seal import Newer, NotOurs, seal, unseal
from worker.domain.wishes import with_wish
from worker.engine.store import Store
from worker.engine.trackers import Trackers
from worker.engine.units import LEDGER_ISSUE
from worker.trackers.errors import Ambiguous, Missing, Refused, Unavailable

log = structlog.get_logger("ledger")

LABEL = "followthrough-ledger"
TITLE = "Followthrough: the ledger"
LOOK_AFTER_DOUBT = timedelta(seconds=60)
LOOK_FOR_NONE_S = 600.0
"""How long it is remembered that there is no ledger. Whoever is about to write looks all the same."""
WAIT_FOR_RECORD_S = 5.0
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_PERSON = record_name("")
BODY = (
    "Here Followthrough remembers what it told to whom, so that nobody is told twice. Each comment belongs to one "
    "person. Please leave this issue open and its comments as they are; if they are lost, everybody is left in peace "
    "for a few working days and the ledger starts again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The ledger as read: what was told, which record is whose comment, and the keys of everything enrolled.

    `began_on` is the day (UTC) of the oldest record that can be read, None where there is none. `unreadable` are the
    people whose record is there and carries no seal of ours; `pause_lost` says that of the pauses."""

    ledger: Ledger = field(default_factory=Ledger)
    records: dict[str, str] = field(default_factory=dict)
    enrolled: tuple[str, ...] = ()
    began_on: date | None = None
    unreadable: frozenset[str] = frozenset()
    pause_lost: bool = False


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


@contextmanager
def one_writer(store: Store, name: str) -> Iterator[None]:
    """Let one process at a time read and write this record. A process that dies holds others up for one lease. Raises
    Unavailable where another one does not come to an end."""
    token, ends = secrets.token_hex(8), time.monotonic() + WAIT_FOR_RECORD_S
    while not store.begin_writing(name, token):
        if time.monotonic() >= ends:
            raise Unavailable(f"{name} of the ledger is being written by another worker")
        time.sleep(0.05)
    try:
        yield
    finally:
        store.end_writing(name, token)


class Memory(Protocol):
    """Where all processes remember the ledger's issue, as `Cache` does."""

    def ledger(self) -> str: ...

    def set_ledger(self, key: str) -> None: ...


class Wishes(Protocol):
    """Where all processes remember what people said about themselves, as `Cache` does."""

    def wishes(self) -> bytes: ...

    def set_wishes(self, raw: bytes) -> None: ...


class _OwnMemory:
    """For one process alone."""

    def __init__(self) -> None:
        self._key = ""
        self._wishes = b""

    def ledger(self) -> str:
        return self._key

    def wishes(self) -> bytes:
        return self._wishes

    def set_wishes(self, raw: bytes) -> None:
        self._wishes = raw

    def set_ledger(self, key: str) -> None:
        self._key = key


def _wishes_of(raw: bytes) -> Ledger:
    try:
        told = json.loads(raw) if raw else {}
        return ledger_of(PersonRecord.from_json({"p": person, "w": wishes}) for person, wishes in told.items())
    except (ValueError, TypeError, AttributeError):
        return Ledger()  # Another version wrote it; the next reading of the ledger writes it anew.


class LedgerBook:
    """Reads and writes the ledger on one container (`SITE:CONTAINER`). Safe for several threads.

    `creating` is entered while the issue itself is looked for and created (see `one_at_a_time`), and `writing` while
    the record of that name is read and written (see `one_writer`). `memory` and `told` are shared by all processes, and
    `age` says how long it has been: a list that lags may not show a ledger that was created and then forgotten.
    """

    def __init__(
        self,
        trackers: Trackers,
        place: str,
        keys: Sequence[bytes],
        creating: Callable[[], AbstractContextManager[object]] = nullcontext,
        writing: Callable[[str], AbstractContextManager[object]] = nullcontext,
        memory: Memory | None = None,
        told: Wishes | None = None,
        age: Callable[[], timedelta] = lambda: timedelta.max,
    ) -> None:
        self._trackers = trackers
        self.site, _, self._container = place.partition(":")
        self._keys = keys
        self._creating = creating
        self._writing = writing
        own = _OwnMemory()
        self._memory = memory if memory is not None else own
        self._told = told if told is not None else own
        self._age = age
        self._ref: IssueRef | None = None
        self._none_until_s = 0.0
        self._said = ""
        self._pause_said = False
        self._lock = threading.Lock()

    def load(self) -> Pages:
        """All records; nothing where the ledger does not exist yet. A record without our seal counts as not there."""
        ref = self._find()
        if ref is None:
            return Pages()
        try:
            return self._read(ref)
        except Missing:
            self._lose()
            return Pages()

    @property
    def writable(self) -> bool:
        """Whether the ledger's site is one that is written to at all."""
        return bool(self._container) and self.site in self._trackers.writes

    def write_person(self, record: PersonRecord) -> Pages:
        """Join this to what the ledger says about the person by now, and write it: one read and one write. Returns the
        ledger as it then is. Raises the errors of `trackers.errors`."""
        return self._change(record.person, record.merged)

    def _change(self, person: str, change: Callable[[PersonRecord], PersonRecord]) -> Pages:
        """Write what becomes of the record as it is by now. No other worker writes it meanwhile."""
        name = record_name(person)
        self._check_place()
        with self._writing(name):
            ref, pages = self._current()
            joined = change(pages.ledger.of(person))
            words = f"What was told to {joined.person}: {count(len(joined.entries), 'message')}."
            self._write(ref, name, words, joined.to_json(), pages)
        people = {**pages.ledger.people, joined.person: joined}
        self._note_wishes(people)
        return replace(
            pages,
            ledger=replace(pages.ledger, people=people),
            unreadable=pages.unreadable - {joined.person},
        )

    def keep_wish(self, effect: KeepWish) -> None:
        """Keep what a person said about themself: one or two reads and one write, none where it is kept already. Raises
        the errors of `trackers.errors`."""

        def kept(record: PersonRecord) -> PersonRecord:
            return with_wish(record, effect.wish, effect.value, effect.at)

        record = self.load().ledger.of(effect.person)
        if kept(record) != record:
            self._change(effect.person, kept)

    def wishes(self) -> Ledger:
        """What people said about themselves, as far as any process has read the ledger: no request."""
        return _wishes_of(self._told.wishes())

    def _note_wishes(self, people: Mapping[str, PersonRecord]) -> None:
        told = {name: record.to_json()["w"] for name, record in sorted(people.items()) if record.wishes}
        raw = json.dumps(told, sort_keys=True).encode() if told else b""
        if raw != self._told.wishes():
            self._told.set_wishes(raw)

    def write_pause(self, team: str, until: date | None) -> Pages:
        """Keep that nobody of this team (`EVERYBODY` for all) is told anything up to this day, or end the pause: one
        read and one write. Returns the ledger as it then is. Raises the errors of `trackers.errors`."""
        self._check_place()
        with self._writing(PAUSED):
            ref, pages = self._current()
            others = {name: day for name, day in pages.ledger.paused.items() if name != team}
            paused = dict(sorted((others if until is None else {**others, team: until}).items()))
            content = {"t": {name: day.isoformat() for name, day in paused.items()}}
            self._write(ref, PAUSED, f"{count(len(paused), 'pause')} noted.", content, pages)
        return replace(pages, ledger=replace(pages.ledger, paused=paused))

    def write_enrolled(self, keys: Iterable[str], pages: Pages) -> None:
        """Write the list of everything enrolled: one write, none where it is the same, or where the ledger may not be
        written (which is said in the log)."""
        wanted = tuple(sorted(keys))
        if wanted == pages.enrolled:
            return
        try:
            self._check_place()
        except Refused:
            return
        ref, known = (self._ref, pages) if self._ref is not None else self._current()
        self._write(ref, ENROLLED, f"{count(len(wanted), 'issue')} enrolled.", {"k": list(wanted)}, known)

    def _write(self, ref: IssueRef, name: str, words: str, content: dict[str, Any], pages: Pages) -> None:
        text = seal(content, purpose=name, keys=self._keys)
        known = pages.records.get(name, "")
        pages.records[name] = self._trackers.write(self.site).ensure_record(ref, name, words, text, known)

    def _check_place(self) -> None:
        """Raises Refused, and says so once in the log, where the ledger has no place that is closed to strangers."""
        try:
            if not self._container:
                raise Refused("there is no place for the ledger; set `ledger: github:owner/repo` in followthrough.yaml")
            if self._trackers.read(self.site).visible_to_all(self._container) is not False:
                raise Refused(
                    f"the ledger says who was told what, and {self.site}:{self._container} is not known to be private; "
                    "nobody is told anything. Set `ledger:` to a private repository in followthrough.yaml"
                )
        except Refused as err:
            if str(err) != self._said:
                log.error("the ledger can't be written", error=str(err))
            self._said = str(err)
            raise
        self._said = ""

    def _current(self) -> tuple[IssueRef, Pages]:
        """The ledger's issue, created where there is none, as it reads now."""
        ref = self._ref or self._create()
        try:
            return ref, self._read(ref)
        except Missing:
            self._lose()
        ref = self._create()
        return ref, self._read(ref)

    def _read(self, ref: IssueRef) -> Pages:
        return self._opened(ref, self._trackers.read(self.site).thread(ref))

    def _opened(self, ref: IssueRef, thread: Thread) -> Pages:
        """What the records say: of several with one name the oldest that can be read."""
        people: dict[str, PersonRecord] = {}
        read: dict[str, str] = {}
        closed: dict[str, str] = {}
        enrolled: tuple[str, ...] = ()
        paused: dict[str, date] = {}
        began: list[date] = []
        for record in thread.records:
            if record.name in read:
                continue
            try:
                content = unseal(record.text, purpose=record.name, keys=self._keys)
                if record.name == ENROLLED:
                    enrolled = tuple(str(k) for k in content["k"])
                elif record.name == PAUSED:
                    paused = {str(team): date.fromisoformat(day) for team, day in content["t"].items()}
                else:
                    person = PersonRecord.from_json(content)
                    people[person.person] = person
            except Newer:
                raise Refused(f"{ref.key}: the ledger was written by a newer version; upgrade this one") from None
            except (NotOurs, KeyError, ValueError, TypeError):
                closed.setdefault(record.name, record.id)
                continue
            read[record.name] = record.id
            began.append(record.created_at.astimezone(UTC).date())
        self._note_wishes(people)
        unreadable = {n.removeprefix(_PERSON) for n in closed if n not in read and n.startswith(_PERSON)}
        return Pages(
            ledger=ledger_of(people.values(), paused),
            records=closed | read,
            enrolled=enrolled,
            began_on=min(began, default=None),
            unreadable=frozenset(unreadable),
            pause_lost=self._pause_lost(PAUSED in closed and PAUSED not in read),
        )

    def _pause_lost(self, lost: bool) -> bool:
        if lost and not self._pause_said:
            remedy = "write the pause anew, or end it: `followthrough pause`"
            log.error("the ledger's pause can't be read, so nobody is told anything", remedy=remedy)
        self._pause_said = lost
        return lost

    def _find(self, *, sure: bool = False) -> IssueRef | None:
        """The ledger's issue. That there was none is believed for a while, unless it has to be `sure`."""
        with self._lock:
            if self._ref is None and self._container and (sure or time.monotonic() >= self._none_until_s):
                known = self._memory.ledger()
                found = IssueRef.parse(known) if known else None
                # The settings may name another place by now, for one that is closed to strangers.
                if found is not None and self._is_place(found):
                    self._ref = found
                    return self._ref
                read = self._trackers.read(self.site)
                ours = [i for i in read.labelled(self._container, LABEL) if read.is_ours(i.author)]
                if not ours:
                    # The label may have been taken off, or was left out when the issue was created. Whoever only reads
                    # looks for that too: an empty page would have everybody told again.
                    ours = [i for i in read.own_issues(self._container, _EVER) if i.title == TITLE]
                self._ref = min((i.ref for i in ours), key=lambda r: r.number, default=None)
                self._none_until_s = time.monotonic() + LOOK_FOR_NONE_S if self._ref is None else 0.0
                if self._ref is not None:
                    self._memory.set_ledger(self._ref.key)
            return self._ref

    def _is_place(self, ref: IssueRef) -> bool:
        return (ref.site, ref.container.casefold()) == (self.site, self._container.casefold())

    def _lose(self) -> None:
        """Forget where the ledger was: its issue is gone."""
        self._ref = None
        self._memory.set_ledger("")

    def _create(self) -> IssueRef:
        with self._creating():
            found = self._find(sure=True)
            if found is not None:
                return found
            if self._age() < self._trackers.read(self.site).lag:
                raise Unavailable(f"{self.site} may not show yet whether there is a ledger")
            draft = Draft(site=self.site, container=self._container, title=TITLE, body=BODY, labels=(LABEL,))
            self._ref = self._trackers.write(self.site).create_issue(draft).issue.ref
            self._memory.set_ledger(self._ref.key)
            return self._ref
