"""What does GitHub tell of an issue's work that its REST payload does not: who moved it, plans, blockers, proof?

Pure: the GraphQL query of a hundred issues at once, and what its answer means. The query has parts, each under a name
of its own, so that a server that does not know one of them (an older Enterprise Server, a token without the scope for
projects) can be asked for the others: see `without`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from worker.domain.model import SOMEBODY, Issue, IssueRef, Status
from worker.trackers.github.config import ProjectConfig
from worker.trackers.github.translate import day_of, nodes_of, when

MOST = 50
"""As many issues are asked for at once: GitHub would take a hundred, but gives up on what takes it ten seconds."""

FEW = 12
"""So few issues are not halved where GitHub gave up on them: then it is not the question's size."""

MOST_PLACES = 10
"""Of so many repositories the milestones are asked for at once; items of one post-mortem seldom live in more."""

_MOVES = {
    "AssignedEvent": "ASSIGNED_EVENT",
    "ClosedEvent": "CLOSED_EVENT",
    "ConnectedEvent": "CONNECTED_EVENT",
    "CrossReferencedEvent": "CROSS_REFERENCED_EVENT",
    "DemilestonedEvent": "DEMILESTONED_EVENT",
    "LabeledEvent": "LABELED_EVENT",
    "MilestonedEvent": "MILESTONED_EVENT",
    "ReferencedEvent": "REFERENCED_EVENT",
    "RenamedTitleEvent": "RENAMED_TITLE_EVENT",
    "ReopenedEvent": "REOPENED_EVENT",
    "UnassignedEvent": "UNASSIGNED_EVENT",
    "UnlabeledEvent": "UNLABELED_EVENT",
}
_BY = "createdAt actor { __typename login }"
_PULL = "... on PullRequest { url state }"
_MORE = {
    "ClosedEvent": f"closer {{ ... on Commit {{ url }} {_PULL} }}",
    "CrossReferencedEvent": f"source {{ __typename {_PULL} }}",
    "ReferencedEvent": "commit { url }",
}
_EVENTS = " ".join(f"... on {kind} {{ {_BY} {_MORE.get(kind, '')} }}" for kind in _MOVES)

PARTS: Mapping[str, str] = {
    "edited": "lastEditedAt editor { __typename login }",
    "moves": f"moves: timelineItems(last: 40, itemTypes: [{', '.join(_MOVES.values())}]) {{ "
    f"nodes {{ __typename {_EVENTS} }} }}",
    "given": "given: timelineItems(last: 20, itemTypes: [ASSIGNED_EVENT]) { nodes { "
    "... on AssignedEvent { createdAt assignee { ... on User { login } } } } }",
    "closers": "closers: closedByPullRequestsReferences(first: 10, includeClosedPrs: true) { nodes { url state } }",
    "blockers": "blockers: blockedBy(first: 50) { nodes { number state repository { nameWithOwner } } }",
    "columns": "columns: timelineItems(last: 10, itemTypes: [PROJECT_V2_ITEM_STATUS_CHANGED_EVENT]) { nodes { "
    f"... on ProjectV2ItemStatusChangedEvent {{ {_BY} }} }} }}",
    "goal": "goal: milestone { id dueOn state }",
}
"""What is asked of each issue, by name."""

BOARD, PLACES = "board", "places"
"""The names of the parts that depend on the settings, and on the issues asked for."""

# The newest plans first: of a repository with hundreds of milestones the old ones plan nothing any more.
_PLACE = "milestones(first: 100, orderBy: {field: DUE_DATE, direction: DESC}) { nodes { id dueOn state } }"
_DOUBTFUL = (BOARD, "columns", "blockers", "closers")
"""What older servers lack, and what a token may have no right to."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One GraphQL request: its text, its variables, and the names of its parts."""

    text: str
    variables: Mapping[str, Any]
    parts: frozenset[str]


def question(issues: Sequence[Issue], project: ProjectConfig | None, lacking: Collection[str]) -> Question:
    """What to ask about these issues (at most `MOST`, all with an id), leaving out the parts that are `lacking`."""
    parts = {name: text for name, text in PARTS.items() if name not in lacking}
    variables: dict[str, Any] = {"ids": [issue.node for issue in issues]}
    types = ["$ids: [ID!]!"]
    if project is not None and BOARD not in lacking:
        parts[BOARD] = _board(project)
        for name, value in _board_names(project):
            variables[name] = value
            types.append(f"${name}: String!")
    places = ""
    if "goal" in parts and PLACES not in lacking:
        waiting = sorted({issue.ref.container for issue in issues if issue.status is Status.OPEN})[:MOST_PLACES]
        for at, container in enumerate(waiting):
            owner, _, name = container.partition("/")
            variables |= {f"owner{at}": owner, f"name{at}": name}
            types += [f"$owner{at}: String!", f"$name{at}: String!"]
            places += f"\n  place{at}: repository(owner: $owner{at}, name: $name{at}) {{ {_PLACE} }}"
    asked = "\n      ".join(parts.values())
    text = f"query Facts({', '.join(types)}) {{\n  nodes(ids: $ids) {{\n    ... on Issue {{\n      id\n      {asked}\n"
    text += f"    }}\n  }}{places}\n}}\n"
    return Question(text=text, variables=variables, parts=frozenset({*parts, *({PLACES} if places else ())}))


def without(asked: Question, named: Collection[str]) -> frozenset[str]:
    """The parts that a server did not take, given the words of its refusal; those that are the likeliest where the
    words tell nothing; nothing where no part is left that could be the reason."""
    guilty = asked.parts & set(named)
    if PLACES in asked.parts and any(word.startswith("place") for word in named):
        guilty |= {PLACES}
    if not guilty:
        words = set(named) - {"id", "ids", "nodes", "Issue", "timelineItems", "itemTypes"}
        guilty = frozenset(name for name in asked.parts if words & set(_WORD.findall(_text_of(name))))
    return frozenset(guilty or asked.parts & set(_DOUBTFUL) or asked.parts)


def _text_of(part: str) -> str:
    return PARTS.get(part) or {PLACES: _PLACE, BOARD: "projectItems fieldValueByName"}[part]


def with_facts(
    issue: Issue,
    raw: Mapping[str, Any],
    milestones: Iterable[Mapping[str, Any]],
    *,
    is_ours: Callable[[str], bool],
    project: ProjectConfig | None,
) -> Issue:
    """The issue with what the answer tells. `milestones` are those of its repository."""
    moves = _nodes(raw.get("moves"))
    items = [item for item in _nodes(raw.get(BOARD)) if project is not None and _is_of(item, project)]
    columns = _nodes(raw["columns"]) if "columns" in raw else _columns(items)
    touched: dict[str, datetime] = {}
    for login, at in (*_edits(raw), *_moved([*moves, *columns])):
        if not is_ours(login):
            touched[login] = max(at, touched.get(login, at))
    due = next((day for item in items if (day := day_of(_object(item, "due").get("date"))) is not None), None)
    if issue.due is None and due is not None:
        issue = replace(issue, due=due, due_from="project")
    begins = _planned(items) or issue.planned_from
    if begins is None:
        begins = _after_the_one_before(_object(raw, "goal"), milestones)
    return replace(
        issue,
        touched=dict(sorted(touched.items())),
        assigned_at=_assigned_at(issue, raw),
        proof=_proof(moves, _nodes(raw.get("closers"))),
        blocked_by=_blockers(issue.ref.site, _nodes(raw.get("blockers"))),
        planned_from=begins if issue.status is Status.OPEN else None,
    )


# Who did what


def _edits(raw: Mapping[str, Any]) -> Iterator[tuple[str, datetime]]:
    """The last edit of the words, and who made it; nothing where a program did."""
    who = _person(raw.get("editor"))
    if raw.get("lastEditedAt") and who is not None:
        yield who, when(raw["lastEditedAt"])


def _moved(events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, datetime]]:
    """Who did something to the issue, and when. That another issue names it is no progress; that a pull request does,
    is."""
    for event in events:
        other = _object(event, "source")
        if other and other.get("__typename") != "PullRequest":
            continue
        who = _person(event.get("actor"))
        if who is not None and event.get("createdAt"):
            yield who, when(event["createdAt"])


def _columns(items: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """That a project's status was set, as an event, where the server has no events of that."""
    found = (_object(item, "column") for item in items)
    return [{"actor": c.get("creator"), "createdAt": c["updatedAt"]} for c in found if c.get("updatedAt")]


def _person(raw: Any) -> str | None:
    """The login of a person; None for a program. GitHub names nobody where the account is gone, or where it does not
    know whose commit it is."""
    if not isinstance(raw, Mapping):
        return SOMEBODY
    login = str(raw.get("login") or "")
    return None if raw.get("__typename") == "Bot" or login.endswith("[bot]") else login or SOMEBODY


def _assigned_at(issue: Issue, raw: Mapping[str, Any]) -> datetime | None:
    """When the last of the present owners got it; at its creation, where the history that was sent does not say."""
    if not issue.assignees or "given" not in raw:
        return None
    owners = {login.casefold() for login in issue.assignees}
    times = [
        when(event["createdAt"])
        for event in _nodes(raw.get("given"))
        if str(_object(event, "assignee").get("login") or "").casefold() in owners and event.get("createdAt")
    ]
    return max(times, default=issue.created_at)


def _proof(moves: Iterable[Mapping[str, Any]], closers: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The addresses of merged pull requests and of commits that close or name the issue, sorted."""
    pulls = [*closers]
    found = set()
    for event in moves:
        closer, commit = _object(event, "closer"), _object(event, "commit")
        pulls += [_object(event, "source"), closer]
        # A closer without a state is a commit.
        found |= {str(c["url"]) for c in (commit, closer) if c.get("url") and "state" not in c}
    found |= {str(pull["url"]) for pull in pulls if pull.get("state") == "MERGED" and pull.get("url")}
    return tuple(sorted(found))


def _blockers(site: str, rows: Iterable[Mapping[str, Any]]) -> tuple[IssueRef, ...]:
    """The open ones, sorted; what our credential may not see is not among them."""
    places = (
        (_object(row, "repository").get("nameWithOwner"), row.get("number"))
        for row in rows
        if row.get("state") == "OPEN"
    )
    return tuple(sorted(IssueRef(site, f"{place}#{number}") for place, number in places if place and number))


# Plans


def _planned(items: Iterable[Mapping[str, Any]]) -> date | None:
    """The day on which the iteration begins that the project plans it for, else its start day there."""
    for item in items:
        for name, key in (("iteration", "startDate"), ("begins", "date")):
            day = day_of(_object(item, name).get(key))
            if day is not None:
                return day
    return None


def _after_the_one_before(goal: Mapping[str, Any], milestones: Iterable[Mapping[str, Any]]) -> date | None:
    """When work for a milestone begins: once the milestone before it (by due date) is due. None where there is none
    before, or that one is closed: then it has begun."""
    due = day_of(goal.get("dueOn"))
    if due is None or goal.get("state") != "OPEN":
        return None
    earlier = [(day, str(m.get("state"))) for m in milestones if (day := day_of(m.get("dueOn"))) and day < due]
    if not earlier:
        return None
    last = max(day for day, _ in earlier)
    return last if ("OPEN" in {state for day, state in earlier if day == last}) else None


def _board(project: ProjectConfig) -> str:
    values = {
        "iteration": "... on ProjectV2ItemFieldIterationValue { startDate }",
        "begins": "... on ProjectV2ItemFieldDateValue { date }",
        "due": "... on ProjectV2ItemFieldDateValue { date }",
        "column": "... on ProjectV2ItemFieldSingleSelectValue { updatedAt creator { __typename login } }",
    }
    fields = " ".join(
        f"{name}: fieldValueByName(name: ${name}) {{ {values[name]} }}" for name, _ in _board_names(project)
    )
    owner = "owner { ... on Organization { login } ... on User { login } }"
    inside = f"project {{ number {owner} }} {fields}"
    return f"board: projectItems(first: 20, includeArchived: false) {{ nodes {{ {inside} }} }}"


def _board_names(project: ProjectConfig) -> tuple[tuple[str, str], ...]:
    names = (
        ("iteration", project.iteration),
        ("begins", project.start),
        ("due", project.due),
        ("column", project.status),
    )
    return tuple((name, field) for name, field in names if field)


def _is_of(item: Mapping[str, Any], project: ProjectConfig) -> bool:
    board = _object(item, "project")
    owner = str(_object(board, "owner").get("login") or "")
    return board.get("number") == project.number and owner.casefold() == project.owner.casefold()


# The answer's forms


def by_id(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The issues of an answer, by their ids."""
    rows = data.get("nodes")
    return {str(row["id"]): row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, Mapping) and row}


def milestones_in(data: Mapping[str, Any], asked: Question) -> dict[str, list[Mapping[str, Any]]]:
    """The milestones of each repository in an answer, by its name in small letters."""
    found = {}
    for at in range(MOST_PLACES):
        if f"owner{at}" in asked.variables:
            place = f"{asked.variables[f'owner{at}']}/{asked.variables[f'name{at}']}"
            found[place.casefold()] = _nodes(_object(data, f"place{at}").get("milestones"))
    return found


def _object(raw: Any, name: str) -> Mapping[str, Any]:
    value = raw.get(name) if isinstance(raw, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _nodes(connection: Any) -> list[Mapping[str, Any]]:
    return [row for row in nodes_of(connection) or () if isinstance(row, Mapping) and row]
