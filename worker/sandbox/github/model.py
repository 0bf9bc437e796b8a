"""What a GitHub holds, as far as the sandbox simulates it: plain mutable records."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
"""Roles in a repository, from least to most."""


def at_least(role: str, wanted: str) -> bool:
    """Whether `role` includes the rights of `wanted`."""
    return ROLES.index(role) >= ROLES.index(wanted)


@dataclass(slots=True, kw_only=True, eq=False)
class Team:
    """A team of an organization. `members` maps logins in small letters to member or maintainer."""

    id: int
    slug: str
    name: str
    parent: Team | None = None
    members: dict[str, str] = field(default_factory=dict)

    @property
    def node_id(self) -> str:
        """The global id."""
        return f"T_kwDO{self.id:08x}"


@dataclass(slots=True, kw_only=True, eq=False)
class Account:
    """A person, a bot, or an organization (`type` is User, Bot or Organization)."""

    id: int
    login: str
    name: str = ""
    email: str = ""
    type: str = "User"
    created_at: datetime
    members: set[str] = field(default_factory=set)
    base_role: str = "read"
    teams: dict[str, Team] = field(default_factory=dict)

    @property
    def node_id(self) -> str:
        """The global id."""
        prefix = {"User": "U", "Bot": "BOT", "Organization": "O"}[self.type]
        return f"{prefix}_kgDO{self.id:08x}"


@dataclass(slots=True, kw_only=True, eq=False)
class Token:
    """A credential. `role` caps the account's role; `issues` is what it may do to issues; `repos` limits what it sees
    (None: everything its account sees); `until` is its end by the machine's clock."""

    secret: str
    account: Account
    role: str = "admin"
    issues: str = "write"
    repos: frozenset[int] | None = None
    installation: int | None = None
    until: datetime | None = None
    scopes: str = "repo, read:org"


@dataclass(slots=True, kw_only=True, eq=False)
class Label:
    """A label of one repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def node_id(self) -> str:
        """The global id."""
        return f"LA_kwDO{self.id:08x}"


@dataclass(slots=True, kw_only=True, eq=False)
class Milestone:
    """A milestone of one repository."""

    id: int
    number: int
    repo: Repo
    title: str
    description: str | None = None
    state: str = "open"
    creator: Account
    due_on: datetime | None = None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None

    @property
    def node_id(self) -> str:
        """The global id."""
        return f"MI_kwDO{self.id:08x}"


@dataclass(slots=True, kw_only=True, eq=False)
class Reaction:
    """One account's reaction."""

    id: int
    user: Account
    content: str
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Comment:
    """A comment on an issue."""

    id: int
    issue: Issue
    user: Account
    body: str
    created_at: datetime
    updated_at: datetime
    last_edited_at: datetime | None = None
    via_app: bool = False
    reactions: list[Reaction] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        """The global id."""
        return f"IC_kwDO{self.id:08x}"


@dataclass(slots=True, kw_only=True, eq=False)
class Event:
    """One line of an issue's history. `data` holds what the kind of event carries, as records."""

    id: int
    event: str
    actor: Account
    created_at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    via_app: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Issue:
    """An issue, or a pull request in so far as the issues API shows it."""

    id: int
    number: int
    repo: Repo
    user: Account
    title: str
    body: str | None = None
    state: str = "open"
    state_reason: str | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    milestone: Milestone | None = None
    locked: bool = False
    pull_request: bool = False
    parent: Issue | None = None
    children: list[Issue] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    closed_by: Account | None = None
    last_edited_at: datetime | None = None
    editor: Account | None = None
    via_app: bool = False
    blockers: list[Issue] = field(default_factory=list)
    blocking: list[Issue] = field(default_factory=list)
    merged_at: datetime | None = None

    @property
    def node_id(self) -> str:
        """The global id."""
        return f"{'PR' if self.pull_request else 'I'}_kwDO{self.id:08x}"

    @property
    def key(self) -> str:
        """The address as people write it: `owner/repo#12`."""
        return f"{self.repo.full_name}#{self.number}"


@dataclass(slots=True, kw_only=True, eq=False)
class Commit:
    """A commit on a repository's default branch."""

    sha: str
    repo: Repo
    message: str
    author: Account
    committed_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class BoardField:
    """A field of a project. `kind` is date, iteration, single_select or text; `choices` maps the names of options, or
    of iterations, to the latters' first day ("" for an option)."""

    id: int
    name: str
    kind: str
    choices: dict[str, str] = field(default_factory=dict)

    @property
    def node_id(self) -> str:
        """The global id."""
        prefix = {"iteration": "PVTIF", "single_select": "PVTSSF"}.get(self.kind, "PVTF")
        return f"{prefix}_kwDO{self.id:08x}"


@dataclass(slots=True, kw_only=True, eq=False)
class BoardValue:
    """What an issue has in a field of a project, and who gave it that."""

    field: BoardField
    value: str
    creator: Account
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class BoardItem:
    """An issue in a project; its values by the field's name."""

    id: int
    board: Board
    issue: Issue
    archived: bool = False
    values: dict[str, BoardValue] = field(default_factory=dict)
    created_at: datetime
    updated_at: datetime

    @property
    def node_id(self) -> str:
        """The global id."""
        return f"PVTI_kwDO{self.id:08x}"


@dataclass(slots=True, kw_only=True, eq=False)
class Board:
    """A project (of the kind that GitHub calls ProjectV2) of an organization or a person."""

    id: int
    number: int
    owner: Account
    title: str
    fields: dict[str, BoardField] = field(default_factory=dict)
    items: list[BoardItem] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        """The global id."""
        return f"PVT_kwDO{self.id:08x}"


@dataclass(slots=True, kw_only=True, eq=False)
class Hook:
    """A webhook of one repository (or of every one, where `repo` is None)."""

    id: int
    url: str
    secret: str
    events: frozenset[str]
    repo: Repo | None = None
    active: bool = True
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Repo:
    """A repository. `moved` leads from the numbers of transferred issues to where they are now."""

    id: int
    owner: Account
    name: str
    visibility: str = "private"
    description: str | None = None
    archived: bool = False
    has_issues: bool = True
    roles: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    created_at: datetime
    updated_at: datetime
    next_number: int = 1
    next_milestone: int = 1
    labels: dict[str, Label] = field(default_factory=dict)
    milestones: dict[int, Milestone] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    moved: dict[int, Issue] = field(default_factory=dict)
    by_update: list[tuple[datetime, int]] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        """The global id."""
        return f"R_kgDO{self.id:08x}"

    @property
    def full_name(self) -> str:
        """Owner and name."""
        return f"{self.owner.login}/{self.name}"

    @property
    def private(self) -> bool:
        """Whether the public cannot see it."""
        return self.visibility != "public"


@dataclass(slots=True, kw_only=True, eq=False)
class Installation:
    """An App, installed in one account. `repos` limits it to some repositories (None: all of the account's)."""

    id: int
    account: Account
    repos: frozenset[int] | None = None
    issues: str = "write"
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class App:
    """A GitHub App with its public key (PEM)."""

    id: int
    slug: str
    name: str
    bot: Account
    owner: Account
    public_key: str
    installations: dict[int, Installation] = field(default_factory=dict)
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class Actor:
    """Who asks, with which credential. `account` is None for the public; `app` is an App that signs itself in."""

    account: Account | None = None
    token: Token | None = None
    app: App | None = None

    @property
    def who(self) -> Account:
        """The account; only for what is done after `require_writer`, which refuses the public."""
        if self.account is None:
            raise PermissionError("the public writes nothing")
        return self.account

    @property
    def login(self) -> str:
        """The login, or "" for the public."""
        return self.account.login if self.account else ""
