"""What the history of an issue, the code that closes it, and what it waits for look like in GraphQL."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from worker.sandbox.clock import parse_instant, stamp
from worker.sandbox.github import code
from worker.sandbox.github.graph.reads import Info, connection, context, field, simple, when
from worker.sandbox.github.model import Commit, Event, Issue, Repo

KINDS = {
    "assigned": "AssignedEvent",
    "closed": "ClosedEvent",
    "connected": "ConnectedEvent",
    "cross-referenced": "CrossReferencedEvent",
    "demilestoned": "DemilestonedEvent",
    "labeled": "LabeledEvent",
    "milestoned": "MilestonedEvent",
    "project_v2_item_status_changed": "ProjectV2ItemStatusChangedEvent",
    "referenced": "ReferencedEvent",
    "renamed": "RenamedTitleEvent",
    "reopened": "ReopenedEvent",
    "unassigned": "UnassignedEvent",
    "unlabeled": "UnlabeledEvent",
}
"""The lines of a history that GraphQL shows, and as what."""

_UPPER = re.compile(r"(?<!^)(?=[A-Z])")

for _kind in KINDS.values():
    simple(
        _kind,
        id=lambda line: f"EV_kwDO{line.id:08x}",
        actor=lambda line: line.actor,
        createdAt=lambda line: stamp(line.created_at),
    )
for _kind in ("AssignedEvent", "UnassignedEvent"):
    simple(_kind, assignee=lambda line: line.data["assignee"])
for _kind in ("LabeledEvent", "UnlabeledEvent"):
    simple(_kind, label=lambda line: line.data["label"])
for _kind in ("MilestonedEvent", "DemilestonedEvent"):
    simple(_kind, milestoneTitle=lambda line: line.data["milestone"]["title"])
for _kind in ("ClosedEvent", "ReopenedEvent"):
    simple(_kind, stateReason=lambda line: (line.data.get("state_reason") or "").upper() or None)
simple(
    "RenamedTitleEvent",
    currentTitle=lambda line: line.data["rename"]["to"],
    previousTitle=lambda line: line.data["rename"]["from"],
)
simple("ClosedEvent", closer=lambda line: line.data.get("closer") or line.data.get("commit"))
simple("CrossReferencedEvent", source=lambda line: line.data["source"])
simple(
    "ReferencedEvent",
    commit=lambda line: line.data["commit"],
    commitRepository=lambda line: line.data["commit"].repo,
)
simple("ConnectedEvent", subject=lambda line: line.data["subject"])
simple(
    "ProjectV2ItemStatusChangedEvent",
    previousStatus=lambda line: line.data["previous_status"],
    project=lambda line: line.data["board"],
    status=lambda line: line.data["status"],
)
simple(
    "Commit",
    id=lambda commit: f"C_kwDO{commit.sha[:12]}",
    oid=lambda commit: commit.sha,
    abbreviatedOid=lambda commit: commit.sha[:7],
    committedDate=lambda commit: stamp(commit.committed_at),
    repository=lambda commit: commit.repo,
)
simple(
    "PullRequest",
    merged=lambda pull: pull.merged_at is not None,
    mergedAt=lambda pull: when(pull.merged_at),
    state=lambda pull: "MERGED" if pull.merged_at else pull.state.upper(),
)


def kind_of(line: Event) -> str:
    """The type of a line of the history."""
    return KINDS[line.event]


@field("Commit.url")
def commit_url(commit: Commit, info: Info) -> str:
    """The browser address."""
    return f"{context(info).call.root}/{commit.repo.full_name}/commit/{commit.sha}"


@field("Issue.timelineItems")
def timeline(issue: Issue, info: Info, **args: Any) -> dict[str, Any]:
    """The history, oldest first: the kinds asked for, of what the caller sees."""
    wanted = args.pop("item_types", None)
    since = args.pop("since", None)
    begin = parse_instant(since) if since else None
    lines = [line for line in issue.events if _shown(line, info, begin)]
    if wanted is not None:
        lines = [line for line in lines if _UPPER.sub("_", KINDS[line.event]).upper() in wanted]
    page = connection(lines, args, "timelineItems")
    return page | {"filteredCount": len(lines), "updatedAt": stamp(issue.updated_at)}


def _shown(line: Event, info: Info, begin: datetime | None) -> bool:
    ctx = context(info)
    source = line.data.get("source")
    if line.event not in KINDS or (begin is not None and line.created_at < begin):
        return False
    if line.event == "project_v2_item_status_changed" and not ctx.features.projects:
        return False
    gone = isinstance(source, Issue) and source.id not in ctx.store.issues
    return not gone and (not isinstance(source, Issue) or ctx.store.sees(ctx.actor, source.repo))


@field("Issue.closedByPullRequestsReferences")
def closing_pulls(issue: Issue, info: Info, include_closed_prs: bool = False, **args: Any) -> dict[str, Any]:
    """The pull requests that close it (or will), open ones alone unless asked for."""
    ctx = context(info)
    sources = [line.data["source"] for line in issue.events if line.event == "cross-referenced"]
    pulls = [
        pull
        for pull in dict.fromkeys(sources)
        if pull.pull_request
        and ctx.store.sees(ctx.actor, pull.repo)
        and issue in code.closes(ctx.world, pull.repo, pull.body)
        and (include_closed_prs or pull.state == "open" or pull.merged_at)
    ]
    return connection(pulls, args, "closedByPullRequestsReferences")


@field("Issue.blockedBy", "Issue.blocking")
def dependencies(issue: Issue, info: Info, **args: Any) -> dict[str, Any]:
    """The issues that it waits for, or that wait for it, as far as the caller sees them; the newest tie first."""
    ctx = context(info)
    tied = issue.blockers if info.field_name == "blockedBy" else issue.blocking
    return connection([one for one in reversed(tied) if ctx.store.sees(ctx.actor, one.repo)], args, info.field_name)


_ORDERS = {
    "DUE_DATE": lambda m: (m.due_on is not None, m.due_on.timestamp() if m.due_on else 0.0),
    "NUMBER": lambda m: (True, float(m.number)),
    "CREATED_AT": lambda m: (True, m.created_at.timestamp()),
    "UPDATED_AT": lambda m: (True, m.updated_at.timestamp()),
}


@field("Repository.milestones")
def milestones(
    repo: Repo, _info: Info, order_by: dict[str, str] | None = None, states: list[str] | None = None, **args: Any
) -> dict[str, Any]:
    """The milestones, by number, or in the order asked for."""
    found = [m for m in repo.milestones.values() if states is None or m.state.upper() in states]
    if order_by is not None:
        found.sort(key=_ORDERS[order_by["field"]], reverse=order_by["direction"] == "DESC")
    return connection(found, args, "milestones")
