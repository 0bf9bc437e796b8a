"""Where everything is: the records of one simulated GitHub, their ids, and the ways to find them.

The store only finds and files; what an action means (events, webhooks, timestamps) is in `changes`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from datetime import datetime

from worker.sandbox.clock import SandboxClock
from worker.sandbox.github.model import (
    ROLES,
    Account,
    Actor,
    App,
    Board,
    BoardField,
    BoardItem,
    Comment,
    Hook,
    Issue,
    Label,
    Milestone,
    Repo,
    Token,
    at_least,
)

Node = Account | Repo | Issue | Comment | Label | Milestone | Board | BoardField | BoardItem


class Store:
    """All records. Not thread-safe by itself: the site's lock guards it."""

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self.accounts: dict[str, Account] = {}
        self.repos: dict[str, Repo] = {}
        self.repos_by_id: dict[int, Repo] = {}
        self.renamed: dict[str, Repo] = {}
        self.tokens: dict[str, Token] = {}
        self.issues: dict[int, Issue] = {}
        self.comments: dict[int, Comment] = {}
        self.nodes: dict[str, Node] = {}
        self.label_repos: dict[int, Repo] = {}
        self.hooks: dict[int, Hook] = {}
        self.boards: list[Board] = []
        self.app: App | None = None
        self._ids: dict[str, int] = {}

    def next_id(self, kind: str) -> int:
        """Return a new id, unique within its kind, as large as GitHub's have become."""
        first = {"issue": 2_600_000_001, "comment": 2_700_000_001, "event": 17_000_000_001}.get(kind, 100_001)
        self._ids[kind] = self._ids.get(kind, first - 1) + 1
        return self._ids[kind]

    def now(self) -> datetime:
        """The present moment, whole seconds."""
        return self.clock.second()

    def account(self, login: str) -> Account | None:
        """Find an account; logins are case-insensitive."""
        return self.accounts.get(login.lower())

    def add_account(self, login: str, **fields: object) -> Account:
        """File a new account."""
        account = Account(id=self.next_id("account"), login=login, created_at=self.now())
        for name, value in fields.items():
            setattr(account, name, value)
        self.accounts[login.lower()] = account
        self.nodes[account.node_id] = account
        return account

    def repo(self, owner: str, name: str) -> Repo | None:
        """Find a repository by its present name."""
        return self.repos.get(f"{owner}/{name}".lower())

    def add_repo(self, repo: Repo) -> None:
        """File a repository under its name and id."""
        self.repos[repo.full_name.lower()] = repo
        self.repos_by_id[repo.id] = repo
        self.nodes[repo.node_id] = repo
        self.renamed.pop(repo.full_name.lower(), None)

    def rename_repo(self, repo: Repo, name: str) -> None:
        """Give a repository another name; the old one redirects from now on."""
        old = repo.full_name.lower()
        del self.repos[old]
        repo.name = name
        self.add_repo(repo)
        self.renamed[old] = repo

    def add_issue(self, issue: Issue) -> None:
        """File an issue under its repository."""
        issue.repo.issues[issue.number] = issue
        self.issues[issue.id] = issue
        self.nodes[issue.node_id] = issue
        insort(issue.repo.by_update, (issue.updated_at, issue.id))

    def drop_issue(self, issue: Issue) -> None:
        """Take an issue out of its repository's lists."""
        del issue.repo.issues[issue.number]
        self._forget_update(issue)

    def touch(self, issue: Issue, at: datetime) -> None:
        """Set when the issue was last updated, and keep the repository's order."""
        if at != issue.updated_at:
            self._forget_update(issue)
            issue.updated_at = at
            insort(issue.repo.by_update, (at, issue.id))

    def _forget_update(self, issue: Issue) -> None:
        order = issue.repo.by_update
        index = bisect_left(order, (issue.updated_at, issue.id))
        if index < len(order) and order[index] == (issue.updated_at, issue.id):
            del order[index]

    def add_comment(self, comment: Comment) -> None:
        """File a comment under its issue."""
        comment.issue.comments.append(comment)
        self.comments[comment.id] = comment
        self.nodes[comment.node_id] = comment

    def add_label(self, repo: Repo, name: str, **fields: object) -> Label:
        """File a new label of a repository."""
        now = self.now()
        label = Label(id=self.next_id("label"), name=name, created_at=now, updated_at=now)
        for key, value in fields.items():
            setattr(label, key, value)
        repo.labels[name.lower()] = label
        self.label_repos[label.id] = repo
        self.nodes[label.node_id] = label
        return label

    # Who may do what

    def role(self, actor: Actor, repo: Repo) -> str:
        """Return the role that counts: the account's, capped by the token's, and at least read where all may read."""
        public = "none" if repo.private else "read"
        token = actor.token
        if token is not None and token.repos is not None and repo.id not in token.repos:
            return public
        if token is not None and token.installation is not None:
            installed = self.app.installations.get(token.installation) if self.app else None
            return "write" if installed is not None and repo.owner is installed.account else public
        if actor.account is None:
            return public
        own = max(self.account_role(actor.account, repo), public, key=_rank)
        return min(own, token.role, key=_rank) if token is not None else own

    def account_role(self, account: Account, repo: Repo) -> str:
        """Return the role that the account itself has been given, apart from any credential."""
        if account is repo.owner:
            return "admin"
        granted = repo.roles.get(account.login.lower(), "none")
        member = account.login.lower() in repo.owner.members
        return max(granted, repo.owner.base_role if member else "none", key=_rank)

    def sees(self, actor: Actor, repo: Repo) -> bool:
        """Whether the caller may see the repository at all."""
        return at_least(self.role(actor, repo), "read")

    def assignable(self, repo: Repo, account: Account | None) -> bool:
        """Whether issues of the repository can be given to the account: people with a role there, never a bot."""
        if account is None or account.type != "User":
            return False
        return at_least(self.account_role(account, repo), "read")

    def association(self, account: Account, repo: Repo) -> str:
        """Return `author_association` of what the account writes in the repository."""
        if account is repo.owner:
            return "OWNER"
        if account.login.lower() in repo.owner.members:
            return "MEMBER"
        return "COLLABORATOR" if account.login.lower() in repo.roles else "NONE"


def _rank(role: str) -> int:
    return ROLES.index(role)
