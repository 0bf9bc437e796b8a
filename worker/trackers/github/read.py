"""Looking at GitHub: `TrackerRead`. This class has no way to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.domain.model import Issue, IssueRef, Snapshot, Thread
from worker.trackers.errors import Missing, Refused, Unavailable
from worker.trackers.github.changes import Cursor, Poll
from worker.trackers.github.client import GitHubClient
from worker.trackers.github.errors import Doing, unreadable
from worker.trackers.github.facts import FEW, MOST, by_id, milestones_in, question, with_facts, without
from worker.trackers.github.lookups import LONG_S, SOON_S, Lookups, issue_path, owner_of, repo_path
from worker.trackers.github.translate import login_of, repository_of, split_comments
from worker.trackers.port import Changes

_LACKING = "parts of the facts query that are not known here"
_INPUT_FIELDS = 'query { __type(name: "CreateIssueInput") { inputFields { name } } }'
_SHORT = re.compile(r"(?:(?P<repository>[\w.-]+/[\w.-]+))?#(?P<number>\d+)")
_PATH = re.compile(r"/(?P<repository>[\w.-]+/[\w.-]+)/(?:issues|pull)/(?P<number>\d+)(?:[/?#].*)?")


class GitHubRead:
    """`TrackerRead` over one `GitHubClient`."""

    lag = timedelta(minutes=1)
    keeps_links = False
    reacts = True

    def __init__(self, client: GitHubClient) -> None:
        self.site = client.site
        self._client = client
        self._lookups = Lookups(client)

    def account(self) -> str:
        return self._lookups.account()

    def is_ours(self, login: str) -> bool:
        return self._lookups.is_ours(login)

    def containers(self) -> tuple[str, ...]:
        return self._lookups.containers()

    def polls(self) -> tuple[str, ...]:
        return self.containers()

    def gaps(self) -> tuple[str, ...]:
        return ()

    def assignable(self, container: str, login: str) -> bool:
        return self._lookups.assignable(container, login)

    def creates_children(self, container: str) -> bool:
        cache = self._client.cache
        known: bool | None = cache.get("creates_children", None)
        if known is None:
            known = self._mutation_links(container)
            if known:
                answers = self._sub_issues_answer(container)
                if answers is None:
                    # An empty repository can't show it. The mutation says yes; ask again once there is an issue.
                    return True
                known = answers
            cache.put("creates_children", known, for_s=LONG_S)
        return known

    def _mutation_links(self, container: str) -> bool:
        try:
            data = self._client.graphql(_INPUT_FIELDS, {}, owner=owner_of(container))
        except (Missing, Refused):
            return False
        kind = data.get("__type") or {}
        return any(field.get("name") == "parentIssueId" for field in kind.get("inputFields") or ())

    def _sub_issues_answer(self, container: str) -> bool | None:
        """Whether the REST list of sub-issues exists; None where the repository has no issue to ask about."""
        newest = {"state": "all", "per_page": 1}
        owner = owner_of(container)
        rows = self._client.read(repo_path(container, "issues"), owner=owner, params=newest).data
        if not rows:
            return None
        path = repo_path(container, "issues", int(rows[0]["number"]), "sub_issues")
        try:
            self._client.read(path, owner=owner, params={"per_page": 1})
        except Missing:
            return False
        return True

    def snapshot(self, ref: IssueRef) -> Snapshot:
        raw = self._lookups.issue(ref)
        issue = self._lookups.translated(raw)
        comments, records = split_comments(self._comments(issue), self._lookups.is_ours)
        children = () if issue.is_pull_request else self._children(issue, raw)
        return Snapshot(issue=issue, comments=comments, children=children, records=records)

    def thread(self, ref: IssueRef) -> Thread:
        rows = self._list(issue_path(ref, "comments"), ref.container)
        comments, records = split_comments(rows, self._lookups.is_ours)
        return Thread(comments=comments, records=records)

    def visible_to_all(self, container: str) -> bool | None:
        return self._lookups.public(container)

    def _comments(self, issue: Issue) -> list[Mapping[str, Any]]:
        rows = self._list(issue_path(issue.ref, "comments"), issue.ref.container)
        if len(rows) < issue.comments_count and issue.comments_count > 100:
            # A comment deleted while we paged pulled another over the edge of a page. Ours must not be missed.
            again = self._list(issue_path(issue.ref, "comments"), issue.ref.container)
            rows = list({int(r["id"]): r for r in (*rows, *again)}.values())
        return rows

    def _children(self, issue: Issue, raw: Mapping[str, Any]) -> tuple[Issue, ...]:
        """The sub-issues, oldest first; none on a server that has no such thing."""
        try:
            rows = self._list(issue_path(issue.ref, "sub_issues"), issue.ref.container)
        except Missing:
            if "sub_issues_summary" in raw:
                # The server has them, so this is a passing fault. "None" would make the service create them again.
                raise unreadable(what=f"sub-issues of {issue.ref.key}", doing=Doing.READ) from None
            return ()
        children = (self._lookups.translated(row) for row in rows if repository_of(row))
        return tuple(sorted(children, key=lambda c: (c.created_at, c.ref.container, c.ref.number)))

    def issues(self, refs: Iterable[IssueRef]) -> Mapping[IssueRef, Issue | None]:
        found: dict[IssueRef, Issue | None] = {}
        for ref in dict.fromkeys(refs):
            try:
                found[ref] = self._lookups.translated(self._lookups.issue(ref))
            except (Missing, Refused):
                found[ref] = None
        return found

    def with_facts(self, issues: Iterable[Issue]) -> Mapping[IssueRef, Issue]:
        """One GraphQL request for fifty issues of one owner; one more whenever the server turns out not to know a part
        of it, which is then remembered for a day."""
        found = {issue.ref: issue for issue in issues}
        owners: dict[str, list[Issue]] = {}
        for issue in found.values():
            if issue.node and not issue.is_pull_request:
                owners.setdefault(owner_of(issue.ref.container), []).append(issue)
        for owner, some in sorted(owners.items()):
            for at in range(0, len(some), MOST):
                found |= {issue.ref: issue for issue in self._some_facts(some[at : at + MOST], owner)}
        return found

    def _some_facts(self, issues: list[Issue], owner: str) -> list[Issue]:
        """In two halves where the whole is too much for GitHub: issues with a long history must not stop a post-mortem
        for good."""
        try:
            return self._facts_of(issues, owner)
        except Unavailable:
            if len(issues) <= FEW:
                raise
        half = len(issues) // 2
        return [*self._some_facts(issues[:half], owner), *self._some_facts(issues[half:], owner)]

    def _facts_of(self, issues: list[Issue], owner: str) -> list[Issue]:
        project, cache = self._client.config.project, self._client.cache
        nothing: frozenset[str] = frozenset()
        while True:
            lacking = cache.get(_LACKING, nothing)
            asked = question(issues, project, lacking)
            if not asked.parts:
                return issues
            try:
                data = self._client.graphql(asked.text, asked.variables, owner=owner)
                break
            except (Missing, Refused) as err:
                named = err.named if isinstance(err, Refused) else None
                if named is None:
                    # No GraphQL at all, or not for this credential.
                    cache.put(_LACKING, lacking | asked.parts, for_s=SOON_S)
                else:
                    cache.put(_LACKING, lacking | without(asked, named), for_s=LONG_S)
        rows, milestones = by_id(data), milestones_in(data, asked)
        return [
            with_facts(
                issue,
                rows[issue.node],
                milestones.get(issue.ref.container.casefold(), ()),
                is_ours=self._lookups.is_ours,
                project=project,
            )
            if issue.node in rows
            else issue
            for issue in issues
        ]

    def changed(self, poll: str, cursor: str) -> Changes:
        look = Poll(self._client, repo_path(poll, "issues"), owner_of(poll))
        rows, onward = look.run(Cursor.parse(cursor))
        # A look that finds nothing costs one request, so visibility is not asked for here.
        issues = tuple(self._lookups.translated(row, ask=False) for row in rows)
        return Changes(issues=issues, cursor=str(onward), requests=look.requests)

    def labelled(self, container: str, label: str) -> tuple[Issue, ...]:
        # GitHub reads a comma as "and", so a label with one in it has to be looked for by hand.
        wanted = {} if "," in label else {"labels": label}
        rows = self._list(repo_path(container, "issues"), container, {"state": "all", **wanted})
        issues = (self._lookups.translated(row) for row in rows)
        return tuple(i for i in issues if label.casefold() in {name.casefold() for name in i.labels})

    def own_issues(self, container: str, since: datetime) -> tuple[Issue, ...]:
        params = {"state": "all", "since": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        path = repo_path(container, "issues")
        rows = [
            row
            for login in self._lookups.accounts()
            for row in self._list(path, container, {**params, "creator": login})
        ]
        ours = (self._lookups.translated(row) for row in rows if self._lookups.is_ours(login_of(row.get("user"))))
        return tuple(issue for issue in ours if issue.created_at >= since.replace(microsecond=0))

    def resolve(self, written: str, near: IssueRef) -> IssueRef | None:
        text = written.strip().strip("<>")
        found = _SHORT.fullmatch(text)
        if found is not None:
            repository = found["repository"] or (near.container if near.site == self.site else "")
        else:
            found = self._in_url(text)
            repository = found["repository"] if found else ""
        if found is None or not repository or "/" not in repository or int(found["number"]) == 0:
            return None
        return IssueRef(self.site, f"{repository}#{int(found['number'])}")

    def url_of(self, ref: IssueRef) -> str:
        return f"{self._client.config.web}/{ref.container}/issues/{ref.number}"

    def _in_url(self, text: str) -> re.Match[str] | None:
        """The parts of a browser URL of this site's server, whatever the scheme's and the host's case."""
        for scheme in ("https://", "http://"):
            host = self._client.config.web.partition("://")[2].casefold()
            for start in (scheme + host, f"{scheme}www.{host}"):
                if text[: len(start)].casefold() == start:
                    return _PATH.fullmatch(text[len(start) :])
        return None

    def _list(self, path: str, container: str, params: Mapping[str, Any] | None = None) -> list[Mapping[str, Any]]:
        """All pages of a list in the order of creation, which stays while people work."""
        order = {"sort": "created", "direction": "asc", **params} if params else {}
        pages = self._client.pages(path, owner=owner_of(container), params={**order, "per_page": 100})
        return list({int(row["id"]): row for row in pages}.values())
