"""What a simulated GitHub holds at its start. The keys of a seed, all optional, with their defaults:

    now: null                  the clock, ISO 8601 (null: the machine's); clock_rate: 0 (stands still) or more
    users: [{login, name, email, type: User}]        a plain login will do; type Bot for a service account
    orgs: [{login, name, members: [logins], base_role: read,
            teams: [{slug, name, parent: slug of one before, maintainers: [logins], members: [logins]}]}]
    tokens: [{token, login, role: admin, issues: write, repos: null, scopes}]
                               role caps what the account may do; issues: read makes a read-only token; repos limits it
    repos: [{name: owner/repo, visibility: private, description, archived: false, has_issues: true,
             collaborators: {login: role}, files: {path: text},
             labels: [{name, color, description}], milestones: [{title, due_on, state}],
             issues: [{number, title, body, user, state, state_reason, labels, assignees, milestone, parent,
                       pull_request: false, created_at, updated_at, closed_at, comments: [{user, body, created_at}]}]}]
    app: {id, slug, name, owner, public_key (PEM), installations: [{id, account, repos: null, issues: write}]}
    hooks: [{url, secret, events: ["*"]}]
    limits: {requests_per_hour: 5000, writes_per_minute: 80, writes_per_hour: 500, points_per_minute: 900}   null: off
    projects: [{owner, number, title, fields: [{name, kind: date|iteration|single_select|text, options: [names],
                iterations: {name: first day}}]}]
    features: {graphql: true, parent_on_create: true, sub_issues: true, dependencies: true, projects: true,
               closing_pulls: true}

Roles: none, read, triage, write, maintain, admin. A user or organization that is only mentioned as an owner, author,
member, collaborator or token's login exists too. What a seed makes leaves no news and costs no limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives import serialization

from worker.sandbox.clock import SandboxClock
from worker.sandbox.errors import SandboxError
from worker.sandbox.github.context import Features
from worker.sandbox.github.limits import Limits
from worker.sandbox.github.model import (
    ROLES,
    Account,
    App,
    Board,
    BoardField,
    Comment,
    Event,
    Hook,
    Installation,
    Issue,
    Label,
    Milestone,
    Repo,
    Team,
    Token,
)
from worker.sandbox.github.store import Store
from worker.sandbox.seeds import Node, Seed, read_seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A seed, come to life."""

    store: Store
    limits: Limits
    features: Features


def load(seed: Seed, clock: SandboxClock) -> Loaded:
    """Build the store that a seed describes, and set the clock if it says so. Raises SandboxError with the place."""
    root = read_seed(seed, "github")
    now = root.instant("now")
    rate = root.raw("clock_rate", 0)
    if isinstance(rate, bool) or not isinstance(rate, int | float):
        raise SandboxError(f"{root.where}.clock_rate: expected a number, got {rate!r}")
    if now is not None:
        clock.set(now, rate=rate)
    store = Store(clock)
    for node in root.items("users", "login"):
        _user(store, node)
    for node in root.items("orgs", "login"):
        _org(store, node)
    parents: list[tuple[Issue, str, str]] = []
    for node in root.items("repos", "name"):
        _repo(store, node, parents)
    for issue, parent, where in parents:
        _link(store, issue, parent, where)
    for node in root.items("projects", "title"):
        _board(store, node)
    if root.has("app"):
        _app(store, root.child("app"))
    for node in root.items("tokens"):
        _token(store, node)
    for node in root.items("hooks", "url"):
        hook = Hook(
            id=store.next_id("hook"),
            url=node.text("url"),
            secret=node.text("secret", ""),
            events=frozenset(node.texts("events") or ("*",)),
            created_at=store.now(),
        )
        node.done()
        store.hooks[hook.id] = hook
    # An account's kind, and with it its global id, is settled only now.
    store.nodes.update({account.node_id: account for account in store.accounts.values()})
    limits, features = _limits(root.child("limits")), _features(root.child("features"))
    root.done()
    return Loaded(store=store, limits=limits, features=features)


def _limits(node: Node) -> Limits:
    usual = Limits()
    limits = Limits(
        requests_per_hour=node.maybe_number("requests_per_hour", usual.requests_per_hour),
        writes_per_minute=node.maybe_number("writes_per_minute", usual.writes_per_minute),
        writes_per_hour=node.maybe_number("writes_per_hour", usual.writes_per_hour),
        points_per_minute=node.maybe_number("points_per_minute", usual.points_per_minute),
    )
    node.done()
    return limits


def _features(node: Node) -> Features:
    features = Features(
        graphql=node.flag("graphql", True),
        parent_on_create=node.flag("parent_on_create", True),
        sub_issues=node.flag("sub_issues", True),
        dependencies=node.flag("dependencies", True),
        projects=node.flag("projects", True),
        closing_pulls=node.flag("closing_pulls", True),
    )
    node.done()
    return features


def _account(store: Store, login: str, **fields: object) -> Account:
    found = store.account(login)
    if found is None:
        kind = "Bot" if login.endswith("[bot]") else "User"
        return store.add_account(login, **{"type": kind, **fields})
    for name, value in fields.items():
        setattr(found, name, value)
    return found


def _user(store: Store, node: Node) -> None:
    login = node.text("login")
    kind = node.one_of("type", ("User", "Bot"), "Bot" if login.endswith("[bot]") else "User")
    _account(store, login, type=kind, name=node.text("name", ""), email=node.text("email", ""))
    node.done()


def _org(store: Store, node: Node) -> None:
    org = _account(store, node.text("login"), type="Organization", base_role=node.one_of("base_role", ROLES, "read"))
    for login in node.texts("members"):
        org.members.add(_account(store, login).login.lower())
    org.name = node.text("name", "")
    for item in node.items("teams", "slug"):
        _team(store, org, item)
    node.done()


def _team(store: Store, org: Account, node: Node) -> None:
    slug, parent = node.text("slug"), node.text("parent", "")
    if parent and parent not in org.teams:
        raise SandboxError(f"{node.where}.parent: {org.login} has no team {parent!r} before this one")
    members = dict.fromkeys(node.texts("members"), "member") | dict.fromkeys(node.texts("maintainers"), "maintainer")
    for login in members:
        org.members.add(_account(store, login).login.lower())
    org.teams[slug] = Team(
        id=store.next_id("team"),
        slug=slug,
        name=node.text("name", slug),
        parent=org.teams.get(parent),
        members={login.lower(): role for login, role in members.items()},
    )
    node.done()


def _repo(store: Store, node: Node, parents: list[tuple[Issue, str, str]]) -> None:
    owner, _, name = node.text("name").partition("/")
    if not owner or not name or "/" in name:
        raise SandboxError(f"{node.where}.name: {node.text('name')!r} is not written owner/repo")
    if store.repo(owner, name) is not None:
        raise SandboxError(f"{node.where}.name: {owner}/{name} is there twice")
    created = node.moment("created_at", store.now())
    repo = Repo(
        id=store.next_id("repo"),
        owner=_account(store, owner),
        name=name,
        visibility=node.one_of("visibility", ("private", "public", "internal"), "private"),
        description=node.text("description", "") or None,
        archived=node.flag("archived"),
        has_issues=node.flag("has_issues", True),
        created_at=created,
        updated_at=created,
    )
    store.add_repo(repo)
    people = node.child("collaborators")
    for login in people.value:
        repo.roles[_account(store, str(login)).login.lower()] = people.one_of(str(login), ROLES, "write")
    files = node.child("files")
    for path in files.value:
        repo.files[str(path)] = files.text(str(path))
    for item in node.items("labels", "name"):
        color, words = item.text("color", "ededed"), item.text("description", "") or None
        store.add_label(repo, item.text("name"), color=color, description=words)
        item.done()
    for item in node.items("milestones", "title"):
        _milestone(store, repo, item)
    for item in node.items("issues", "title"):
        _issue(store, repo, item, parents)
    node.done()


def _milestone(store: Store, repo: Repo, node: Node) -> None:
    now = store.now()
    milestone = Milestone(
        id=store.next_id("milestone"),
        number=repo.next_milestone,
        repo=repo,
        title=node.text("title"),
        description=node.text("description", "") or None,
        state=node.one_of("state", ("open", "closed"), "open"),
        creator=repo.owner,
        due_on=node.instant("due_on"),
        created_at=now,
        updated_at=now,
    )
    node.done()
    repo.next_milestone += 1
    repo.milestones[milestone.number] = milestone
    store.nodes[milestone.node_id] = milestone


def _issue(store: Store, repo: Repo, node: Node, parents: list[tuple[Issue, str, str]]) -> None:
    number = node.number("number", repo.next_number)
    if number in repo.issues or number < 1:
        raise SandboxError(f"{node.where}.number: {number} is taken or below 1")
    created = node.moment("created_at", store.now())
    state = node.one_of("state", ("open", "closed"), "open")
    closed = node.moment("closed_at", created) if state == "closed" else None
    reasons = ("completed", "not_planned", "duplicate", "reopened", "")
    author = _account(store, node.text("user", repo.owner.login))
    said = [_comment(store, item, created) for item in node.items("comments", "body")]
    latest = max([created, *([closed] if closed else []), *(at for _, _, at in said)])
    updated = node.moment("updated_at", latest)
    issue = Issue(
        id=store.next_id("issue"),
        number=number,
        repo=repo,
        user=author,
        title=node.text("title"),
        body=node.text("body", ""),
        state=state,
        state_reason=node.one_of("state_reason", reasons, "completed" if state == "closed" else "") or None,
        labels=[_label(store, repo, name) for name in node.texts("labels")],
        assignees=[_account(store, login) for login in node.texts("assignees")],
        milestone=_milestone_named(repo, node),
        pull_request=node.flag("pull_request"),
        created_at=created,
        updated_at=updated,
        closed_at=closed,
        closed_by=author if closed else None,
    )
    for event, records in (("labeled", issue.labels), ("assigned", issue.assignees)):
        for record in records:
            key = "label" if event == "labeled" else "assignee"
            _history(store, issue, event, author, created, **{key: record})
    if closed is not None:
        _history(store, issue, "closed", author, closed, state_reason=issue.state_reason)
    for user, body, at in said:
        comment_id = store.next_id("comment")
        comment = Comment(id=comment_id, issue=issue, user=user, body=body, created_at=at, updated_at=at)
        store.add_comment(comment)
    if node.has("parent"):
        parents.append((issue, node.text("parent"), f"{node.where}.parent"))
    node.done()
    repo.next_number = max(repo.next_number, number + 1)
    store.add_issue(issue)


def _history(store: Store, issue: Issue, event: str, actor: Account, at: datetime, **data: object) -> None:
    issue.events.append(Event(id=store.next_id("event"), event=event, actor=actor, created_at=at, data=data))


def _comment(store: Store, node: Node, created: datetime) -> tuple[Account, str, datetime]:
    at = node.moment("created_at", created)
    made = (_account(store, node.text("user")), node.text("body"), at)
    node.done()
    return made


def _label(store: Store, repo: Repo, name: str) -> Label:
    return repo.labels.get(name.lower()) or store.add_label(repo, name)


def _milestone_named(repo: Repo, node: Node) -> Milestone | None:
    if not node.has("milestone"):
        return None
    title = node.text("milestone")
    found = next((milestone for milestone in repo.milestones.values() if milestone.title == title), None)
    if found is None:
        raise SandboxError(f"{node.where}.milestone: {repo.full_name} has no milestone {title!r}")
    return found


def _link(store: Store, issue: Issue, parent: str, where: str) -> None:
    place, _, number = parent.rpartition("#")
    owner, _, name = place.partition("/")
    repo = store.repo(owner, name) if place else issue.repo
    found = repo.issues.get(int(number)) if repo is not None and number.isdecimal() else None
    if found is None or found is issue:
        raise SandboxError(f"{where}: there is no issue {parent!r}; write owner/repo#12, or #12 in the same repository")
    issue.parent = found
    found.children.append(issue)


def _board(store: Store, node: Node) -> None:
    owner = _account(store, node.text("owner"))
    made = Board(id=store.next_id("board"), number=node.number("number", 1), owner=owner, title=node.text("title"))
    for item in node.items("fields", "name"):
        kind = item.one_of("kind", ("text", "date", "iteration", "single_select"), "text")
        choices = dict.fromkeys(item.texts("options"), "")
        days = item.child("iterations")
        choices |= {str(name): days.text(str(name)) for name in days.value}
        made.fields[item.text("name")] = BoardField(
            id=store.next_id("board field"), name=item.text("name"), kind=kind, choices=choices
        )
        item.done()
    node.done()
    store.boards.append(made)
    store.nodes[made.node_id] = made
    store.nodes |= {one.node_id: one for one in made.fields.values()}


def _app(store: Store, node: Node) -> None:
    number, slug = node.number("id", 1), node.text("slug", "followthrough")
    pem = node.text("public_key")
    try:
        serialization.load_pem_public_key(pem.encode())
    except (ValueError, TypeError) as error:
        raise SandboxError(f"{node.where}.public_key: is no public key in PEM form") from error
    app = App(
        id=number,
        slug=slug,
        name=node.text("name", slug),
        bot=_account(store, f"{slug}[bot]", type="Bot"),
        owner=_account(store, node.text("owner", "acme")),
        public_key=pem,
        created_at=store.now(),
    )
    for item in node.items("installations"):
        account = _account(store, item.text("account"))
        repos = [_repo_named(store, account, name, item.where) for name in item.texts("repos")]
        installed = Installation(
            id=item.number("id", len(app.installations) + 1),
            account=account,
            repos=frozenset(repo.id for repo in repos) if item.has("repos") else None,
            issues=item.one_of("issues", ("write", "read"), "write"),
            created_at=store.now(),
        )
        item.done()
        app.installations[installed.id] = installed
    node.done()
    store.app = app


def _repo_named(store: Store, owner: Account, name: str, where: str) -> Repo:
    found = store.repo(owner.login, name.rpartition("/")[2])
    if found is None:
        raise SandboxError(f"{where}.repos: {owner.login} has no repository {name!r}")
    return found


def _token(store: Store, node: Node) -> None:
    account = _account(store, node.text("login"))
    repos: frozenset[int] | None = None
    if node.has("repos"):
        named = [name.partition("/") for name in node.texts("repos")]
        repos = frozenset(_repo_named(store, _account(store, owner), name, node.where).id for owner, _, name in named)
    secret = node.text("token")
    if secret in store.tokens:
        raise SandboxError(f"{node.where}.token: is there twice")
    store.tokens[secret] = Token(
        secret=secret,
        account=account,
        role=node.one_of("role", ROLES, "admin"),
        issues=node.one_of("issues", ("write", "read"), "write"),
        repos=repos,
        scopes=node.text("scopes", "repo, read:org"),
    )
    node.done()
