"""The projects and issues of a seed. The keys of one project, all but `key` optional, with their defaults:

key, name, lead: the first admin
style: company             or team (team-managed: types and statuses of its own)
visibility: private        or public: everybody may browse, also without credentials
people: {login: role}      roles: viewer, customer, member, admin; "*" stands for everybody with an account
roles: {name: [permission keys]}        further roles
workflow: basic            a name under `workflows`
types: [Epic, Story, Task, Bug, Sub-task]    names, or {name, level: 0, workflow, required, without, with, defaults}
with, without: [field ids]     on the screens besides the usual ones, and not on them
required: [field ids]          besides summary; defaults: {field id: value as the API takes it}
security: [{name, people: [logins]}]         security levels
components: [names, or {name, lead: login}]
versions: [{name, start, release, released: false, archived: false}]     days are ISO
issues: [{number, type: Task, summary, description (wiki text), reporter, creator: reporter, assignee, labels,
          status, resolution, priority: Medium, duedate, parent: key, security, fields: {id: API value},
          created, updated, resolved, properties: {key: value}, links: [{type: Relates, to: key}],
          comments: [{author, body, created, role}]}]

In texts, `[~login]` mentions a person as the face writes it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from worker.sandbox.errors import SandboxError
from worker.sandbox.jira.access import PERMISSIONS, ROLES
from worker.sandbox.jira.fieldtypes import Reading, Unfit, read
from worker.sandbox.jira.model import (
    CATEGORIES,
    Account,
    Comment,
    Issue,
    IssueType,
    Link,
    Named,
    Project,
    Status,
    Transition,
    TypeConfig,
    Version,
    Workflow,
)
from worker.sandbox.jira.people import account_of
from worker.sandbox.jira.richtext import Rich
from worker.sandbox.jira.store import ALWAYS, Store
from worker.sandbox.jira.workflows import LEVELS, SCREEN, TEAM_SCREEN, TEAM_TYPES, TYPES
from worker.sandbox.seeds import Node

_MENTION = re.compile(r"\[~([\w.-]{1,100})\]")
VALUES = ("assignee", "labels", "resolution", "priority", "duedate", "security")


class Projects:
    """Builds projects, then issues, then what ties issues together: a tie may point forwards."""

    def __init__(self, store: Store, workflows: dict[str, Node]) -> None:
        self._store = store
        self._raw = workflows
        self._built: dict[tuple[str, str], Workflow] = {}
        self._ties: list[tuple[Issue, Node]] = []

    def load(self, root: Node) -> None:
        """Build all that `projects` describes."""
        for node in root.items("projects", "key"):
            self._project(node)
        for issue, node in self._ties:
            self._tie(issue, node)
        for issue in self._store.issues.values():
            self._store.index.note(issue, ALWAYS)

    def _account(self, login: str) -> Account:
        return account_of(self._store, login)

    def _project(self, node: Node) -> None:
        store, key = self._store, node.text("key")
        if not key.isalnum() or not key.isupper() or store.projects.get(key):
            raise SandboxError(f"{node.where}.key: {key!r} is there twice, or is not written in capitals")
        people = self._people(node)
        admins = [login for login, role in people.items() if role == "admin" and login != "*"]
        team = node.one_of("style", ("company", "team"), "company") == "team"
        project = Project(
            id=store.next_id("project"),
            key=key,
            name=node.text("name", key.title()),
            lead=self._account(node.text("lead", next(iter(admins), "admin"))),
            team_managed=team,
            public=node.one_of("visibility", ("private", "public"), "private") == "public",
            people=people,
            roles=ROLES | self._roles(node),
            levels=self._levels(node),
            versions=[self._version(item) for item in node.items("versions", "name")],
        )
        project.components = tuple(self._component(project, item) for item in node.items("components", "name"))
        store.projects[key] = project
        for item in self._types(node, team):
            self._type(project, node, item)
        for item in node.items("issues", "summary"):
            self._issue(project, item)
        node.done()

    def _component(self, project: Project, node: Node) -> Named:
        made = Named(id=str(self._store.next_id("component")), name=node.text("name"))
        if node.has("lead"):
            project.component_leads[made.id] = self._account(node.text("lead"))
        node.done()
        return made

    def _version(self, node: Node) -> Version:
        made = Version(
            id=str(self._store.next_id("version")),
            name=node.text("name"),
            start=node.text("start", "") or None,
            release=node.text("release", "") or None,
            released=node.flag("released"),
            archived=node.flag("archived"),
        )
        node.done()
        return made

    def _people(self, node: Node) -> dict[str, str]:
        given = node.child("people")
        people = {str(login): given.text(str(login)) for login in given.value}
        known = ROLES.keys() | node.child("roles").value.keys()
        for login, role in people.items():
            if role not in known:
                raise SandboxError(f"{given.where}.{login}: {role!r} is none of {', '.join(sorted(known))}")
            if login != "*":
                self._account(login)
        return people

    def _roles(self, node: Node) -> dict[str, frozenset[str]]:
        given = node.child("roles")
        roles = {str(name): frozenset(given.texts(str(name))) for name in given.value}
        for name, rights in roles.items():
            if rights - PERMISSIONS.keys():
                raise SandboxError(f"{given.where}.{name}: there is no permission {min(rights - PERMISSIONS.keys())}")
        return roles

    def _levels(self, node: Node) -> tuple[Named, ...]:
        found = []
        for item in node.items("security"):
            people = frozenset(item.texts("people"))
            number = str(self._store.next_id("level"))
            found.append(Named(id=number, name=item.text("name"), people=people))
            item.done()
        return tuple(found)

    def _types(self, node: Node, team: bool) -> list[Node]:
        given = list(node.items("types", "name"))
        usual = TEAM_TYPES if team else TYPES
        return given or [Node({"name": name}, f"{node.where}.types") for name in usual]

    def _type(self, project: Project, node: Node, item: Node) -> None:
        store, name = self._store, item.text("name")
        scope = str(project.id) if project.team_managed else ""
        level = item.number("level", LEVELS.get(name, 0))
        kind = next((t for t in store.types.values() if t.name == name and t.project == scope), None)
        if kind is None:
            kind = IssueType(id=str(store.next_id("type")), name=name, level=level, project=scope)
            store.types[kind.id] = kind
        without = {*node.texts("without"), *item.texts("without")}
        required = {*node.texts("required"), *item.texts("required")}
        more = (*node.texts("with"), *item.texts("with"), *sorted(required))
        unknown = (without | set(more)) - store.fields.keys()
        if unknown:
            raise SandboxError(f"{item.where}: there is no field {min(unknown)!r} on this site")
        usual = TEAM_SCREEN if project.team_managed else SCREEN
        if kind.level > 0 or (kind.level == 0 and not store.cloud):
            without.add("parent")
        if not project.levels:
            without.add("security")
        if not project.components:
            without.add("components")
        screen = tuple(dict.fromkeys(name for name in (*usual, *more) if name not in without))
        workflow = item.text("workflow", node.text("workflow", "basic"))
        config = TypeConfig(
            type=kind,
            workflow=self._workflow(workflow, scope, item.where),
            create=screen,
            edit=screen,
            required=frozenset(required | {"summary", "issuetype", "project"} | ({"parent"} if level < 0 else set())),
            defaults={},
        )
        project.types[kind.id] = config
        given = {**dict(node.raw("defaults", {})), **dict(item.raw("defaults", {}))}
        config.defaults = {name: self._read(project, name, value, item.where) for name, value in given.items()}
        if "priority" in screen:
            medium = [p for p in store.priorities.values() if p.name == "Medium"]
            config.defaults.setdefault("priority", medium[0] if medium else None)
        item.done()

    def _read(self, project: Project, name: str, value: object, where: str) -> Any:
        if name not in self._store.fields:
            raise SandboxError(f"{where}: there is no field {name!r} on this site")
        try:
            return read(self._store.fields[name], value, Reading(store=self._store, project=project, documents=False))
        except Unfit as error:
            raise SandboxError(f"{where}.{name}: {error}") from error

    def _workflow(self, name: str, scope: str, where: str) -> Workflow:
        if (name, scope) in self._built:
            return self._built[name, scope]
        if name not in self._raw:
            raise SandboxError(f"{where}.workflow: {name!r} is none of {', '.join(sorted(self._raw))}")
        raw = self._raw[name]
        node = Node(raw.value, raw.where)
        statuses = {status.name: status for status in (self._status(item, scope) for item in node.items("statuses"))}
        if not statuses:
            raise SandboxError(f"{node.where}.statuses: is required")
        ways = tuple(self._transition(item, statuses, at) for at, item in enumerate(node.items("transitions"), 1))
        node.done()
        made = Workflow(statuses=tuple(statuses.values()), transitions=ways)
        self._built[name, scope] = made
        return made

    def _status(self, node: Node, scope: str) -> Status:
        name, category = node.text("name"), node.one_of("category", tuple(CATEGORIES), "new")
        node.done()
        for status in self._store.statuses.values():
            if status.name == name and status.project == scope:
                return status
        made = Status(id=str(self._store.next_id("status")), name=name, category=category, project=scope)
        self._store.statuses[made.id] = made
        return made

    def _transition(self, node: Node, statuses: dict[str, Status], at: int) -> Transition:
        for name in (*node.texts("from"), node.text("to")):
            if name not in statuses:
                raise SandboxError(f"{node.where}: there is no status {name!r} in this workflow")
        required = frozenset(node.texts("required"))
        screen = tuple(dict.fromkeys([*node.texts("screen"), *sorted(required)]))
        for name in screen:
            if name not in self._store.fields:
                raise SandboxError(f"{node.where}.screen: there is no field {name!r} on this site")
        made = Transition(
            id=str(node.number("id", at * 10 + 1)),
            name=node.text("name", node.text("to")),
            to=statuses[node.text("to")],
            origins=tuple(statuses[name] for name in node.texts("from")) if node.has("from") else None,
            screen=screen,
            required=required,
            resolution=node.text("resolution") if node.has("resolution") else None,
        )
        node.done()
        return made

    def _issue(self, project: Project, node: Node) -> None:
        store = self._store
        config = self._config(project, node)
        number = node.number("number", project.next_number)
        if number in project.issues or number < 1:
            raise SandboxError(f"{node.where}.number: {number} is taken or below 1")
        created = node.moment("created", store.now())
        reporter = self._account(node.text("reporter", project.lead.login))
        status = self._status_named(config, node)
        values = self._values(project, config, node)
        values |= {"reporter": reporter, "summary": node.text("summary")}
        resolved = values.get("resolution") is not None
        issue = Issue(
            id=store.next_id("issue"),
            project=project,
            number=number,
            type=config.type,
            status=status,
            creator=self._account(node.text("creator", reporter.login)),
            created=created,
            updated=created,
            values=values,
            resolved=node.moment("resolved", created) if resolved else None,
            properties=dict(node.raw("properties", {})),
        )
        node.instant("resolved")
        for item in node.items("comments", "body"):
            self._comment(issue, item)
        latest = max([created, *([issue.resolved] if issue.resolved else []), *(c.created for c in issue.comments)])
        issue.updated = node.moment("updated", latest)
        node.has("parent")
        node.has("links")
        self._ties.append((issue, node))
        project.next_number = max(project.next_number, number + 1)
        store.add_issue(issue)

    def _config(self, project: Project, node: Node) -> TypeConfig:
        wanted = node.text("type", "Task")
        found = next((c for c in project.types.values() if c.type.name == wanted), None)
        if found is None:
            raise SandboxError(f"{node.where}.type: {project.key} has no type {wanted!r}")
        return found

    def _status_named(self, config: TypeConfig, node: Node) -> Status:
        statuses = config.workflow.statuses
        wanted = node.text("status", statuses[0].name)
        found = next((s for s in statuses if s.name == wanted), None)
        if found is None:
            raise SandboxError(f"{node.where}.status: {wanted!r} is none of {', '.join(s.name for s in statuses)}")
        return found

    def _values(self, project: Project, config: TypeConfig, node: Node) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if node.has("description"):
            given["description"] = self._text(node.text("description"))
        for name in VALUES:
            if not node.has(name):
                continue
            raw: object = list(node.texts(name)) if name == "labels" else {"name": str(node.raw(name))}
            if name == "duedate":
                raw = str(node.raw(name))
            if name == "assignee":
                given[name] = self._account(node.text(name))
            else:
                given[name] = self._read(project, name, raw, node.where)
        for name, raw in dict(node.raw("fields", {})).items():
            given[name] = self._read(project, name, raw, f"{node.where}.fields")
        return dict(config.defaults) | given

    def _text(self, words: str) -> Rich:
        """Return a text of the seed, in which `[~login]` mentions a person as this face writes it."""

        def mention(found: re.Match[str]) -> str:
            account = self._store.accounts.get(found[1])
            if account is None:
                return found[0]
            return f"[~accountid:{account.account_id}]" if self._store.cloud else f"[~{account.name}]"

        return Rich(_MENTION.sub(mention, words))

    def _comment(self, issue: Issue, node: Node) -> None:
        at: datetime = node.moment("created", issue.created)
        author = self._account(node.text("author", issue.project.lead.login))
        role = {"type": "role", "value": node.text("role")} if node.has("role") else None
        number = self._store.next_id("comment")
        body = self._text(node.text("body"))
        made = Comment(
            id=number, issue=issue, author=author, editor=author, body=body, created=at, updated=at, visibility=role
        )
        node.done()
        issue.comments.append(made)
        self._store.comments[number] = made

    def _tie(self, issue: Issue, node: Node) -> None:
        if node.has("parent"):
            parent = self._known(node.text("parent"), node.where)
            issue.parent = parent
            parent.children.append(issue)
        for item in node.items("links", "to"):
            name = item.text("type", "Relates")
            kind = next((t for t in self._store.link_types.values() if t.name == name), None)
            if kind is None:
                raise SandboxError(f"{item.where}.type: there is no link type {name!r}")
            target = self._known(item.text("to"), item.where)
            made = Link(id=self._store.next_id("link"), type=kind, source=issue, target=target)
            self._store.links[made.id] = made
            issue.links.append(made)
            target.links.append(made)
            item.done()
        node.done()

    def _known(self, key: str, where: str) -> Issue:
        found = self._store.standing(key)
        if found is None:
            raise SandboxError(f"{where}: there is no issue {key!r}")
        return found
