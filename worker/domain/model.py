"""The words of the product as types: issues, people, action items, findings.

Everything here is a frozen value. Nothing here reads a clock, a file or a tracker.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from worker.domain.persons import Directory as Directory
from worker.domain.persons import Mode as Mode
from worker.domain.persons import Person as Person
from worker.domain.persons import Team as Team

_KEY = re.compile(r"(?P<site>[a-z][a-z0-9-]*):(?P<locator>\S+)")


SOMEBODY = ""
"""Stands in `Issue.touched` for a person whom the tracker does not name: nobody has this login."""


class Status(StrEnum):
    """What became of a promise. `not planned` and `Won't Do` are *waived*: they leave the closure rate."""

    OPEN = "open"
    DONE = "done"
    WAIVED = "waived"

    @property
    def closed(self) -> bool:
        return self is not Status.OPEN


class Kind(StrEnum):
    """What an enrolled issue is: an incident's record with items in it, or itself one promise."""

    POST_MORTEM = "post-mortem"
    ACTION_ITEM = "action-item"


@dataclass(frozen=True, slots=True, order=True)
class IssueRef:
    """The address of one issue: a site of `sites:` and the locator that this site's tracker uses.

    `IssueRef("github", "acme/pay#12")` has the key `github:acme/pay#12`; `IssueRef("jira", "OPS-7")` has `jira:OPS-7`.
    """

    site: str
    locator: str

    @property
    def key(self) -> str:
        return f"{self.site}:{self.locator}"

    @property
    def container(self) -> str:
        """The repository (`acme/pay`) or project (`OPS`) that holds the issue."""
        head, sep, _ = self.locator.partition("#")
        return head if sep else self.locator.rpartition("-")[0]

    @property
    def number(self) -> int:
        """The issue's number inside its container."""
        return int(re.split(r"[#-]", self.locator)[-1])

    @classmethod
    def parse(cls, key: str) -> IssueRef:
        """Read `SITE:LOCATOR`. Raises ValueError that says what was expected."""
        found = _KEY.fullmatch(key)
        if found is None or not re.fullmatch(r"[\w.-]+/[\w.-]+#\d+|[A-Z][A-Z0-9_]*-\d+", found["locator"]):
            raise ValueError(f"{key!r} is not an issue's key; expected github:owner/repo#12 or jira:OPS-7")
        return cls(found["site"], found["locator"])

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One tracker issue as it was seen, in words that are the same for every tracker.

    `body` is Markdown (a Jira adapter translates). `people` are logins of this site. `due` is what the tracker itself
    says (a date field, a `Due:` line in the body, a milestone's date, in this order) and `due_from` names which:
    `field`, `line`, `milestone` or `""`. `public` is None where the visibility is unknown. `mark` is the hidden text
    that the service puts on the issues it creates, as found on those of its own account; `body` is without it.
    `restricted` says that not everybody who sees the container may see this issue. `touched` says when each person
    last changed something of it (status, owner, date, words), as far as the tracker tells; under `SOMEBODY` stands what
    a person did whom it does not name. `names` are the names that the tracker shows for the logins on this issue, where
    a login is nothing to show to people.

    `planned_from` is the day on which a sprint, iteration, milestone or version begins that it is planned for, as long
    as that has not begun. `blocked_by` are the open issues that it waits for. `proof` names merged pull requests and
    commits that belong to it, by address where there is one. `assigned_at` is when its present owner got it, whoever
    gave it. `severity` is the incident's as a field of the tracker has it, in the tracker's own word.
    """

    ref: IssueRef
    title: str
    body: str = ""
    url: str = ""
    node: str = ""
    author: str = ""
    status: Status = Status.OPEN
    labels: frozenset[str] = frozenset()
    assignees: tuple[str, ...] = ()
    due: date | None = None
    due_from: str = ""
    priority: str = ""
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    parent: IssueRef | None = None
    is_pull_request: bool = False
    public: bool | None = None
    mark: str = ""
    comments_count: int = 0
    restricted: bool = False
    touched: Mapping[str, datetime] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    planned_from: date | None = None
    blocked_by: tuple[IssueRef, ...] = ()
    proof: tuple[str, ...] = ()
    assigned_at: datetime | None = None
    severity: str = ""
    components: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment as it was seen. `trusted` is the tracker's own word that the author may write here (a member, an
    owner, a collaborator); `ours` says that the service's own account (or a former one) wrote it, `bot` that some
    program did. `name` is what the tracker shows for the author, where the login is nothing to show to people. `person`
    is the id of somebody of the directory who said it without an account here, by a link that we sent them. `edited_by`
    is the login of somebody else who changed it last, "" where the tracker names nobody: its words are theirs now."""

    id: str
    author: str
    body: str
    created_at: datetime
    updated_at: datetime
    trusted: bool = False
    ours: bool = False
    bot: bool = False
    name: str = ""
    person: str = ""
    edited_by: str = ""

    @property
    def who(self) -> str:
        """The author, for people to read."""
        return self.name or self.author


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule, with evidence and remedy. `rule` is `group/name`; `level` is error, warning or note.

    `line` counts from 1 in the body; 0 where the finding is about no line. `item` is the id of an action item or "".
    `private` findings (wording, blame) go to the author and to `check`, never to the public page.
    """

    rule: str
    level: str
    remedy: str
    excerpt: str = ""
    line: int = 0
    item: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one action item stands against one SMART criterion; `state` is pass, fail, proposed or suppressed. `day` is
    the due date that policy proposes."""

    state: str
    evidence: str = ""
    remedy: str | None = None
    day: date | None = None

    @property
    def passed(self) -> bool:
        return self.state in {"pass", "suppressed"}


CRITERIA = ("specific", "measurable", "achievable", "relevant", "time_bound", "single_owner")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """One promise as a document lists it. `line` counts from 1. `owners` are as written, without `@`.

    `refs` are as written: `owner/repo#n`, `#n`, `ABC-123` or a URL. `ref_is_own` says that the reference stands in a
    ticket column or is the item's sole reference, so that it may be adopted. `done` is None where nothing tells.
    `due` is the day that was read; `due_source` echoes what it was read from; `due_problem` is a question to ask.
    """

    line: int
    text: str
    section: str = ""
    owners: tuple[str, ...] = ()
    due: date | None = None
    due_source: str = ""
    due_problem: str = ""
    refs: tuple[str, ...] = ()
    ref_is_own: bool = False
    done: bool | None = None
    priority: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A post-mortem's body, read. `sections` maps each canonical section name to the line of its heading (absent: the
    document has none); `record` is what it tells of the incident, as (section, plain words) pairs; `link_only` says
    that the body is just a link to a document elsewhere."""

    title: str = ""
    kind: Kind = Kind.POST_MORTEM
    incident_date: date | None = None
    sections: Mapping[str, int] = field(default_factory=dict)
    items: tuple[ActionItem, ...] = ()
    findings: tuple[Finding, ...] = ()
    causes: str = ""
    record: tuple[tuple[str, str], ...] = ()
    link_only: bool = False


def words_digest(body: str) -> str:
    """A digest of a comment's words, the same for all ways in which a tracker may keep line ends and trailing space."""
    lines = "\n".join(line.rstrip() for line in body.replace("\r\n", "\n").strip().split("\n"))
    return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A named text that the service keeps on an issue, with the words that people see beside it.

    On GitHub: one comment by our own account, `body` followed by a hidden marker with `text`. On Jira: a comment and an
    issue property. `text` is sealed (see `domain.state`) and must not be believed before its seal was checked.

    A tracker that shows the words in another markup cannot give `body` back: there it is "", and `digest` is the
    `words_digest` of what was written, or "" where what stands there is not what was written. `id` is "" where the
    text is kept and the comment is not (any more): then it is to be written anew.
    """

    id: str
    name: str
    body: str
    text: str
    created_at: datetime
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What was said on one issue: people's comments and our records, each oldest first."""

    comments: tuple[Comment, ...] = ()
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that one look at an issue shows. `records` are oldest first; `comments` leave those with records out."""

    issue: Issue
    comments: tuple[Comment, ...] = ()
    children: tuple[Issue, ...] = ()
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An issue to be created. `parent` is set where child and link are made in one write. The adapter puts `due` and
    `mark` where its tracker keeps them (GitHub: a `Due:` line and a hidden marker in the body)."""

    site: str
    container: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    due: date | None = None
    priority: str = ""
    parent: IssueRef | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedItem:
    """One promise as it stands: what the document, the tracked issue and the state say together.

    `ref` is None until the item has an issue. `needs` are what it lacks, in words for people ("an owner", "a date",
    "a done-when"). `active_at` is when a person last moved it, `slips` how often the due date was moved later.
    `out_of_sight` says that its tracker does not answer now, so that nobody is told anything about it.

    `number` is what people type in commands on the post-mortem.

    `planned_from`, `blocked_by` (keys), `assigned_at`, `proof` and `components` are those of its issue. `evidence` is
    what a person said shows that it is done, `ticked` that the document calls it done while its issue is open.
    `snoozed_until` is the last day on which nobody is told about it. `slipped_on` is when its date was last moved
    later. `question` is what a lead asks its owner, with `asked_by` (a person's id) and `asked_at`. `waiver` is the
    reason of a waiver that waits for approval, `way_out` how a waived one ended: waived, replaced, duplicate, split.
    """

    id: str
    text: str
    post_mortem: IssueRef
    post_mortem_title: str
    uid: str
    ref: IssueRef | None = None
    url: str = ""
    status: Status = Status.OPEN
    owner: str = ""
    team: str = ""
    due: date | None = None
    due_proposed: bool = False
    priority: str = ""
    needs: tuple[str, ...] = ()
    created_on: date | None = None
    closed_on: date | None = None
    active_at: datetime | None = None
    slips: int = 0
    confidential: bool = False
    out_of_sight: bool = False
    number: int = 0
    planned_from: date | None = None
    blocked_by: tuple[str, ...] = ()
    assigned_at: datetime | None = None
    proof: bool = False
    components: tuple[str, ...] = ()
    evidence: str = ""
    proof_asked: bool = False
    ticked: bool = False
    snoozed_until: date | None = None
    slipped_on: date | None = None
    question: str = ""
    asked_by: str = ""
    asked_at: datetime | None = None
    waiver: str = ""
    way_out: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One booked follow-up review. `uid` is the calendar UID, kept for the review's life; `sequence` only grows
    (RFC 5545). `start` is in UTC; `attendees` are ids of people; `cancelled` means that its CANCEL is owed or sent.
    `concession` says which wish had to be given up to find the slot, `because` why this slot won."""

    uid: str
    start: datetime
    minutes: int
    sequence: int
    attendees: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    cancelled: bool = False
    concession: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One enrolled post-mortem as people are told about it: input of the ladder, the digest and the analytics.

    `quiet_until` is set after lost state: nobody is messaged about this post-mortem before that day. `severity` is the
    incident's as a priority (P0 to P3), "" where nothing tells. `shut` says that its issue is closed, whatever is open.
    `title` is "" for a confidential one.
    """

    ref: IssueRef
    uid: str
    title: str
    url: str
    author: str = ""
    enrolled_on: date
    incident_date: date | None = None
    closed: bool = False
    items: tuple[TrackedItem, ...] = ()
    review: Review | None = None
    quiet_until: date | None = None
    mode: Mode = Mode.OBSERVE
    severity: str = ""
    shut: bool = False
