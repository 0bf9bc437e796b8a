"""What is there in a Jira? Plain records, compared by identity; what they may do is decided elsewhere.

A value of an issue's field is kept in one form, whatever the request wrote: an Account, a Named (priority, resolution,
security level, component, option), a Rich text, a list of these, a string or a number. `fieldtypes` knows how each is
read and shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from worker.sandbox.jira.richtext import Rich

CATEGORIES = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
"""Status categories: key to id, name and colour."""


@dataclass(slots=True, kw_only=True, eq=False)
class Account:
    """A person or an app. `login` is the sandbox's own short name; `name` is the user name on Data Center."""

    id: int
    login: str
    account_id: str
    name: str
    display_name: str
    email: str
    active: bool = True
    kind: str = "atlassian"
    time_zone: str = "Etc/UTC"
    admin: bool = False

    @property
    def key(self) -> str:
        """The key that Data Center gives an account besides its name."""
        return f"JIRAUSER{10100 + self.id}"


@dataclass(slots=True, kw_only=True, eq=False)
class Token:
    """A credential: an API token on Cloud, a personal access token on Data Center.

    `scoped` ones are taken at the gateway alone; `rights` is write or read.
    """

    secret: str
    account: Account
    scoped: bool = False
    rights: str = "write"
    expired: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Named:
    """A thing with an id and a name: priority, resolution, security level, component, option of a custom field."""

    id: str
    name: str
    description: str = ""
    people: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True, eq=False)
class Version:
    """A version of a project; days are written as Jira writes them, or None."""

    id: str
    name: str
    start: str | None = None
    release: str | None = None
    released: bool = False
    archived: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Sprint:
    """A sprint of a board; `state` is future, active or closed. Its times are None until somebody sets them."""

    id: int
    name: str
    state: str = "future"
    start: datetime | None = None
    end: datetime | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Status:
    """A status. `project` is the id of the team-managed project whose own it is, or ""."""

    id: str
    name: str
    category: str
    project: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class Transition:
    """A way from statuses (None: from any) to one. `resolution`: a name is set, "" clears, None leaves it."""

    id: str
    name: str
    to: Status
    origins: tuple[Status, ...] | None
    screen: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    resolution: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Workflow:
    """Statuses, the first of them the initial one, and the transitions between them."""

    statuses: tuple[Status, ...]
    transitions: tuple[Transition, ...]

    def of(self, status: Status) -> tuple[Transition, ...]:
        """Return the transitions that lead out of a status."""
        return tuple(t for t in self.transitions if t.origins is None or status in t.origins)


@dataclass(slots=True, kw_only=True, eq=False)
class IssueType:
    """A type: `level` 1 is an epic, 0 the usual, -1 a sub-task. `project` as for statuses."""

    id: str
    name: str
    level: int
    description: str = ""
    project: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class FieldDef:
    """A field of the site. `kind` says how its value is read and shown; see `fieldtypes`."""

    id: str
    name: str
    kind: str
    custom: bool = False
    options: tuple[Named, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class TypeConfig:
    """How one type works in one project: its workflow, its screens, and what is required."""

    type: IssueType
    workflow: Workflow
    create: tuple[str, ...]
    edit: tuple[str, ...]
    required: frozenset[str]
    defaults: dict[str, Any]


@dataclass(slots=True, kw_only=True, eq=False)
class Project:
    """A project. `people` maps logins to roles, `roles` roles to permissions."""

    id: int
    key: str
    name: str
    lead: Account
    team_managed: bool = False
    public: bool = False
    kind: str = "software"
    people: dict[str, str] = field(default_factory=dict)
    roles: dict[str, frozenset[str]] = field(default_factory=dict)
    types: dict[str, TypeConfig] = field(default_factory=dict)
    levels: tuple[Named, ...] = ()
    components: tuple[Named, ...] = ()
    component_leads: dict[str, Account] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)
    next_number: int = 1
    issues: dict[int, Issue] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True, eq=False)
class Comment:
    """A comment; `visibility` is None, or a role that alone may see it."""

    id: int
    issue: Issue
    author: Account
    editor: Account
    body: Rich
    created: datetime
    updated: datetime
    visibility: dict[str, str] | None = None
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True, eq=False)
class LinkType:
    """A kind of link between issues: `outward` is read from the source, `inward` from the destination."""

    id: str
    name: str
    inward: str
    outward: str


@dataclass(slots=True, kw_only=True, eq=False)
class Link:
    """A link from `source` to `target`: the source shows the target as its `outwardIssue`."""

    id: int
    type: LinkType
    source: Issue
    target: Issue


@dataclass(slots=True, kw_only=True, eq=False)
class RemoteLink:
    """A link to an address elsewhere."""

    id: int
    global_id: str
    application: dict[str, Any]
    relationship: str
    object: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One entry of an issue's history: who changed what, when. Items are as Jira shows them."""

    id: int
    author: Account
    created: datetime
    items: tuple[dict[str, Any], ...]


@dataclass(slots=True, kw_only=True, eq=False)
class Issue:
    """An issue. `values` holds what fields hold, by field id."""

    id: int
    project: Project
    number: int
    type: IssueType
    status: Status
    creator: Account
    created: datetime
    updated: datetime
    values: dict[str, Any] = field(default_factory=dict)
    resolved: datetime | None = None
    category_changed: datetime | None = None
    parent: Issue | None = None
    children: list[Issue] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    remote_links: list[RemoteLink] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Such as OPS-7."""
        return f"{self.project.key}-{self.number}"

    @property
    def config(self) -> TypeConfig:
        """How its type works in its project."""
        return self.project.types[self.type.id]


@dataclass(slots=True, kw_only=True, eq=False)
class Hook:
    """An admin webhook."""

    id: int
    url: str
    secret: str
    events: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks. `account` is None for the public."""

    account: Account | None = None
    token: Token | None = None

    @property
    def login(self) -> str:
        """The short name, "" for the public."""
        return self.account.login if self.account else ""

    @property
    def writes(self) -> bool:
        """Whether the credential allows writing at all."""
        return self.token is None or self.token.rights == "write"
