"""How accounts, issues, comments and the rest look as JSON in GitHub's REST API and webhooks.

`Views` is made for one request, because every URL in an answer starts with the base that the client used. The shapes
follow GitHub's published OpenAPI description (both API versions of today: `assignee` is given beside `assignees`).
"""

from __future__ import annotations

from urllib.parse import quote

from worker.sandbox.clock import stamp
from worker.sandbox.github.model import (
    Account,
    Actor,
    Comment,
    Commit,
    Event,
    Issue,
    Label,
    Milestone,
    Reaction,
    Repo,
    at_least,
)
from worker.sandbox.github.store import Store
from worker.sandbox.github.talk import CONTENTS
from worker.sandbox.github.templates import REPO_URLS
from worker.sandbox.github.view_accounts import AccountViews, Json

DEFAULT_LABELS = frozenset(
    {
        "bug",
        "documentation",
        "duplicate",
        "enhancement",
        "good first issue",
        "help wanted",
        "invalid",
        "question",
        "wontfix",
    }
)


class Views(AccountViews):
    """Renders records. `base` is the API's base as the client wrote it, `root` the site's without the API prefix.

    A server without `sub_issues` says nothing about them in its issues.
    """

    def __init__(self, store: Store, base: str, root: str, *, sub_issues: bool = True) -> None:
        super().__init__(store, base, root)
        self.sub_issues = sub_issues
        self._milestones: dict[int, Json] = {}

    def repo_url(self, repo: Repo) -> str:
        """The API address of a repository."""
        return f"{self.base}/repos/{repo.full_name}"

    def simple_repo(self, repo: Repo) -> Json:
        """What every repository shows, wherever it is mentioned."""
        url = self.repo_url(repo)
        return {
            "id": repo.id,
            "node_id": repo.node_id,
            "name": repo.name,
            "full_name": repo.full_name,
            "private": repo.private,
            "owner": self.user(repo.owner),
            "html_url": f"{self.root}/{repo.full_name}",
            "description": repo.description,
            "fork": False,
            "url": url,
            **{name: url + path for name, path in REPO_URLS},
        }

    def repo(self, repo: Repo, actor: Actor | None = None) -> Json:
        """A full repository; `permissions` are the caller's."""
        page = f"{self.root}/{repo.full_name}"
        opened = sum(issue.state == "open" for issue in repo.issues.values())
        host = self.root.partition("://")[2].partition(":")[0]
        shown: Json = self.simple_repo(repo) | {
            "created_at": stamp(repo.created_at),
            "updated_at": stamp(repo.updated_at),
            "pushed_at": stamp(repo.created_at),
            "git_url": f"git://{host}/{repo.full_name}.git",
            "ssh_url": f"git@{host}:{repo.full_name}.git",
            "clone_url": f"{page}.git",
            "svn_url": page,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            "size": 0,
            "stargazers_count": 0,
            "watchers_count": 0,
            "forks_count": 0,
            "open_issues_count": opened,
            "forks": 0,
            "open_issues": opened,
            "watchers": 0,
            "subscribers_count": 0,
            "network_count": 0,
            "has_issues": repo.has_issues,
            "has_projects": True,
            "has_downloads": True,
            "has_wiki": True,
            "has_pages": False,
            "has_discussions": False,
            "archived": repo.archived,
            "disabled": False,
            "allow_forking": True,
            "is_template": False,
            "web_commit_signoff_required": False,
            "topics": [],
            "custom_properties": {},
            "visibility": repo.visibility,
            "default_branch": "main",
        }
        if actor is not None and actor.account is not None:
            role = self.store.role(actor, repo)
            words = {"pull": "read", "triage": "triage", "push": "write", "maintain": "maintain", "admin": "admin"}
            shown["permissions"] = {word: at_least(role, wanted) for word, wanted in words.items()}
            shown["role_name"] = role
        if repo.owner.type == "Organization":
            shown["organization"] = self.user(repo.owner)
        return shown

    def label(self, label: Label) -> Json:
        """A label."""
        repo = self.store.label_repos[label.id]
        return {
            "id": label.id,
            "node_id": label.node_id,
            "url": f"{self.repo_url(repo)}/labels/{quote(label.name, safe='')}",
            "name": label.name,
            "color": label.color,
            "default": label.name.lower() in DEFAULT_LABELS,
            "description": label.description,
            "archived_at": None,
            "archived_by": None,
        }

    def milestone(self, milestone: Milestone) -> Json:
        """A milestone."""
        known = self._milestones.get(milestone.id)
        if known is None:
            known = self._milestones[milestone.id] = self._milestone(milestone)
        return known

    def _milestone(self, milestone: Milestone) -> Json:
        url = f"{self.repo_url(milestone.repo)}/milestones/{milestone.number}"
        inside = [issue for issue in milestone.repo.issues.values() if issue.milestone is milestone]
        closed = sum(issue.state == "closed" for issue in inside)
        return {
            "url": url,
            "html_url": f"{self.root}/{milestone.repo.full_name}/milestone/{milestone.number}",
            "labels_url": f"{url}/labels",
            "id": milestone.id,
            "node_id": milestone.node_id,
            "number": milestone.number,
            "title": milestone.title,
            "description": milestone.description,
            "creator": self.user(milestone.creator),
            "open_issues": len(inside) - closed,
            "closed_issues": closed,
            "state": milestone.state,
            "created_at": stamp(milestone.created_at),
            "updated_at": stamp(milestone.updated_at),
            "due_on": stamp(milestone.due_on) if milestone.due_on else None,
            "closed_at": stamp(milestone.closed_at) if milestone.closed_at else None,
        }

    def reactions(self, reactions: list[Reaction], url: str) -> Json:
        """The counts of reactions."""
        counts = {content: sum(reaction.content == content for reaction in reactions) for content in CONTENTS}
        return {"url": f"{url}/reactions", "total_count": len(reactions), **counts}

    def reaction(self, reaction: Reaction) -> Json:
        """One reaction."""
        return {
            "id": reaction.id,
            "node_id": f"REA_kwDO{reaction.id:08x}",
            "user": self.user(reaction.user),
            "content": reaction.content,
            "created_at": stamp(reaction.created_at),
        }

    def issue_url(self, issue: Issue) -> str:
        """The API address of an issue."""
        return f"{self.repo_url(issue.repo)}/issues/{issue.number}"

    def issue_page(self, issue: Issue) -> str:
        """The browser address of an issue."""
        kind = "pull" if issue.pull_request else "issues"
        return f"{self.root}/{issue.repo.full_name}/{kind}/{issue.number}"

    def issue(self, issue: Issue) -> Json:
        """An issue, as `GET /repos/{owner}/{repo}/issues/{number}` gives it."""
        url, page = self.issue_url(issue), self.issue_page(issue)
        done = sum(child.state == "closed" for child in issue.children)
        assignees = [self.user(account) for account in issue.assignees]
        shown: Json = {
            "url": url,
            "repository_url": self.repo_url(issue.repo),
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": page,
            "id": issue.id,
            "node_id": issue.node_id,
            "number": issue.number,
            "title": issue.title,
            "user": self.user(issue.user),
            "labels": [self.label(label) for label in issue.labels],
            "state": issue.state,
            "locked": issue.locked,
            "assignee": assignees[0] if assignees else None,
            "assignees": assignees,
            "milestone": self.milestone(issue.milestone) if issue.milestone else None,
            "comments": len(issue.comments),
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "closed_at": stamp(issue.closed_at) if issue.closed_at else None,
            "author_association": self.store.association(issue.user, issue.repo),
            "active_lock_reason": None,
            "body": issue.body,
            "closed_by": self.user(issue.closed_by) if issue.closed_by else None,
            "reactions": self.reactions(issue.reactions, url),
            "timeline_url": f"{url}/timeline",
            "performed_via_github_app": self.via(issue.via_app),
            "state_reason": issue.state_reason,
        }
        if issue.pull_request:
            shown["draft"] = False
            shown["pull_request"] = {
                "url": f"{self.repo_url(issue.repo)}/pulls/{issue.number}",
                "html_url": page,
                "diff_url": f"{page}.diff",
                "patch_url": f"{page}.patch",
                "merged_at": stamp(issue.merged_at) if issue.merged_at else None,
            }
            return shown
        shown["type"] = None
        if self.sub_issues:
            shown["sub_issues_summary"] = {
                "total": len(issue.children),
                "completed": done,
                "percent_completed": done * 100 // len(issue.children) if issue.children else 0,
            }
        shown["issue_dependencies_summary"] = {
            "blocked_by": sum(blocker.state == "open" for blocker in issue.blockers),
            "total_blocked_by": len(issue.blockers),
            "blocking": sum(other.state == "open" for other in issue.blocking),
            "total_blocking": len(issue.blocking),
        }
        if self.sub_issues and issue.parent is not None:
            shown["parent_issue_url"] = self.issue_url(issue.parent)
        return shown

    def comment(self, comment: Comment) -> Json:
        """A comment."""
        url = f"{self.repo_url(comment.issue.repo)}/issues/comments/{comment.id}"
        return {
            "url": url,
            "html_url": f"{self.issue_page(comment.issue)}#issuecomment-{comment.id}",
            "issue_url": self.issue_url(comment.issue),
            "id": comment.id,
            "node_id": comment.node_id,
            "user": self.user(comment.user),
            "created_at": stamp(comment.created_at),
            "updated_at": stamp(comment.updated_at),
            "body": comment.body,
            "author_association": self.store.association(comment.user, comment.issue.repo),
            "reactions": self.reactions(comment.reactions, url),
            "performed_via_github_app": self.via(comment.via_app),
        }

    def issue_reference(self, issue: Issue) -> Json:
        """An issue as an event of another one mentions it."""
        return {
            "number": issue.number,
            "title": issue.title,
            "state": issue.state,
            "state_reason": issue.state_reason,
            "repository": self.simple_repo(issue.repo),
            "issue_type": None,
        }

    def event(self, line: Event, issue: Issue, *, timeline: bool = True) -> Json:
        """One line of an issue's history. The timeline does not say who assigned (`actor` did), the events do."""
        if line.event == "cross-referenced":
            source: Issue = line.data["source"]
            shown_source = self.issue(source) | {"repository": self.repo(source.repo)}
            return {
                "actor": self.user(line.actor),
                "created_at": stamp(line.created_at),
                "updated_at": stamp(line.created_at),
                "source": {"type": "issue", "issue": shown_source},
                "event": line.event,
            }
        shown: Json = {
            "id": line.id,
            "node_id": f"EV_kwDO{line.id:08x}",
            "url": f"{self.repo_url(issue.repo)}/issues/events/{line.id}",
            "actor": self.user(line.actor),
            "event": line.event,
            "commit_id": None,
            "commit_url": None,
            "created_at": stamp(line.created_at),
            "performed_via_github_app": self.via(line.via_app),
        }
        for name, value in line.data.items():
            if isinstance(value, Account):
                shown[name] = self.user(value)
            elif isinstance(value, Label):
                shown[name] = {"name": value.name, "color": value.color}
            elif isinstance(value, Commit):
                shown |= {"commit_id": value.sha, "commit_url": self.commit_url(value)}
            elif name == "closer":
                continue
            elif isinstance(value, Issue):
                shown[name] = self.issue_reference(value)
            else:
                shown[name] = value
        if not timeline and line.event in {"assigned", "unassigned"}:
            shown["assigner"] = self.user(line.actor)
        return shown

    def commit_url(self, commit: Commit) -> str:
        """The API address of a commit."""
        return f"{self.repo_url(commit.repo)}/commits/{commit.sha}"

    def commit(self, commit: Commit) -> Json:
        """A commit, as `POST /repos/{owner}/{repo}/git/commits` answers it."""
        who = {"name": commit.author.name or commit.author.login, "date": stamp(commit.committed_at)}
        return {
            "sha": commit.sha,
            "url": self.commit_url(commit),
            "html_url": f"{self.root}/{commit.repo.full_name}/commit/{commit.sha}",
            "author": who,
            "committer": who,
            "message": commit.message,
            "parents": [],
        }

    def timeline_comment(self, comment: Comment) -> Json:
        """A comment as a line of the timeline."""
        user = self.user(comment.user)
        return self.comment(comment) | {"event": "commented", "actor": user}
