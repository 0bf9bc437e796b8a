"""The ports to a tracker. Planning is given a `TrackerRead` alone and therefore cannot write.

All methods raise the errors of `worker.trackers.errors` and nothing else. All are synchronous and safe to call from
several threads. Every writing method is safe to repeat, except where it says that it is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from worker.domain.model import Draft, Issue, IssueRef, Snapshot, Status, Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed in a container. `cursor` is opaque, goes into the next call, and is worth keeping only once every
    issue of this answer has been marked. `requests` counts what the answer cost. `unreadable` says of containers in a
    shared look why they could not be read; the others were."""

    issues: tuple[Issue, ...]
    cursor: str
    requests: int = 1
    unreadable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """A created issue, and what the tracker left out of it (`assignees`, `labels`, `parent`, `due`)."""

    issue: Issue
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody as a tracker knows them. `active` is False where the tracker says that the account has been closed."""

    login: str
    name: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """People who answer for something together: a team of an organization (`acme/payments`), a project (`PAY`), a
    component (`PAY/Gateway`). `leads` and `members` are logins, sorted; `parent` is the group that it is a part of."""

    id: str
    name: str = ""
    parent: str = ""
    leads: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who belongs to an organization or project, sorted by login and id. `complete` says that nobody else does."""

    accounts: tuple[Account, ...] = ()
    groups: tuple[Group, ...] = ()
    complete: bool = False


class TrackerPeople(Protocol):
    """Looking at the people of one site. Each method asks afresh, and raises as `TrackerRead` does."""

    site: str

    def roster(self, place: str) -> Roster:
        """Everybody of an organization (GitHub) or project (Jira), and its groups."""

    def account(self, login: str) -> Account | None:
        """One account with its name, or None where there is none that we may see."""

    def file(self, container: str, path: str) -> str | None:
        """The text of a file in a repository; None where there is no such file, or no files at all (Jira)."""


class TrackerRead(Protocol):
    """Looking at one site.

    `lag` is how long a listing may not yet show what was written: a doubtful create is looked for no sooner.
    `keeps_links` says that an issue here can be given a link to an address on another site, `reacts` that a comment can
    be answered with a reaction.
    """

    site: str
    lag: timedelta
    keeps_links: bool
    reacts: bool

    def account(self) -> str:
        """The login that the service itself has on this site."""

    def is_ours(self, login: str) -> bool:
        """Whether this is our account, or one that the settings name as a former one."""

    def creates_children(self, container: str) -> bool:
        """Whether a child and its link can be made in one write in this container. Asked once a process."""

    def snapshot(self, ref: IssueRef) -> Snapshot:
        """All of one issue. A transferred issue answers with its new address in `issue.ref`. Raises Missing."""

    def thread(self, ref: IssueRef) -> Thread:
        """The comments of one issue, and the records that we keep on it. Raises Missing."""

    def visible_to_all(self, container: str) -> bool | None:
        """Whether anybody may read this container; None where that cannot be told."""

    def issues(self, refs: Iterable[IssueRef]) -> Mapping[IssueRef, Issue | None]:
        """Each asked issue, or None where there is none that we may see."""

    def with_facts(self, issues: Iterable[Issue]) -> Mapping[IssueRef, Issue]:
        """These issues of this site, with what the payload that they were read from does not tell of their work:
        `touched`, `assigned_at`, `proof`, `blocked_by`, `planned_from`, and a due date kept elsewhere. Costs no more
        than one request for fifty issues, and none where the payload tells all."""

    def resolve(self, written: str, near: IssueRef) -> IssueRef | None:
        """The address that a person meant by `#12`, `owner/repo#12`, `ABC-1` or a browser URL, or None if it is none of
        this site's. Costs no request, beyond one now and then for the list of what the site has (a word such as UTF-8
        looks like an issue's key). Never raises: what can't be told is none of this site's."""

    def url_of(self, ref: IssueRef) -> str:
        """Where people browse this issue. No request is made."""

    def assignable(self, container: str, login: str) -> bool:
        """Whether this login can be given issues in this container."""

    def own_issues(self, container: str, since: datetime) -> tuple[Issue, ...]:
        """Issues that our account (or a former one) created in this container since then, open or closed: the look
        after a doubtful create that could not link in one write."""

    def polls(self) -> tuple[str, ...]:
        """The containers, put together as one look may cover them: names with commas between, for `changed`. Sorted."""

    def changed(self, poll: str, cursor: str) -> Changes:
        """Every issue touched since the cursor, oldest first, labels and all; one request where nothing is new. The
        cursor "" begins as far back as is useful: what is older and enrolled is found by `labelled`."""

    def labelled(self, container: str, label: str) -> tuple[Issue, ...]:
        """All open and closed issues of the container that carry the label."""

    def containers(self) -> tuple[str, ...]:
        """The containers that this site is configured to watch, sorted."""

    def gaps(self) -> tuple[str, ...]:
        """What in this site's settings, or in the rights of our account there, will keep the service from its work,
        each with its remedy, for an operator. Asked at the start of the service."""


class TrackerWrite(Protocol):
    """Writing to one site. Each call is at most the number of content writes that its docstring names."""

    site: str

    def create_issue(self, draft: Draft) -> Created:
        """One write, never repeated by the adapter. Raises Ambiguous where the outcome is unknown."""

    def link_child(self, parent: IssueRef, child: IssueRef) -> None:
        """Make `child` a child of `parent`: one write; nothing where it already is."""

    def ensure_record(self, ref: IssueRef, name: str, body: str, text: str, record: str = "") -> str:
        """Write a record's words and text and return its id: one write. Without `record` it is created (raises
        Ambiguous where the outcome is unknown), else edited in place."""

    def remove_record(self, ref: IssueRef, record: str) -> None:
        """Delete one of our own records; nothing where it is gone."""

    def add_comment(self, ref: IssueRef, body: str) -> str:
        """Write a new comment and return its id. Raises Ambiguous where the outcome is unknown."""

    def react(self, ref: IssueRef, comment: str, *, ok: bool) -> None:
        """Show a comment's author that it was carried out or refused. Nothing on a site that has no reactions."""

    def set_due(self, ref: IssueRef, due: date | None, where: str) -> None:
        """Write the due date where the issue keeps it (`Issue.due_from`; "" means where this tracker would put it),
        after reading the issue again."""

    def set_status(self, ref: IssueRef, status: Status) -> None:
        """Close as done or waived, or reopen."""

    def set_assignees(self, ref: IssueRef, logins: tuple[str, ...]) -> None:
        """Give the issue exactly these assignees."""

    def add_labels(self, ref: IssueRef, labels: tuple[str, ...]) -> None:
        """Add labels; those that it has stay."""

    def link_elsewhere(self, ref: IssueRef, *, key: str, url: str, title: str) -> None:
        """Show on this issue a link to an issue of another site: one write, the same link again for the same `key`
        (that issue's key). Nothing on a site that does not keep links."""
