"""How does Jira show what work is planned for, and what the development panel's field holds?

The panel's field is a Java map's text with JSON inside; there is no documented way to write it, so neither is one here.
"""

from __future__ import annotations

import json
from typing import Any

from worker.sandbox.jira.model import Project, Sprint, Version

Json = dict[str, Any]


def version(version: Version, base: str) -> Json:
    """A version, as it stands in an issue."""
    shown: Json = {"self": f"{base}/version/{version.id}", "id": version.id, "name": version.name}
    shown |= {"archived": version.archived, "released": version.released}
    return shown | ({"releaseDate": version.release} if version.release else {})


def more_of_version(version: Version, project: Project) -> Json:
    """What only a project's list of versions says."""
    return {"projectId": project.id} | ({"startDate": version.start} if version.start else {})


def sprint(sprint: Sprint) -> Json:
    """A sprint as the agile API shows it, and Cloud in an issue's field."""
    shown: Json = {"id": sprint.id, "name": sprint.name, "state": sprint.state, "boardId": 1, "goal": ""}
    times = {"startDate": sprint.start, "endDate": sprint.end}
    return shown | {name: at.strftime("%Y-%m-%dT%H:%M:%S.000Z") for name, at in times.items() if at}


def sprint_text(one: Sprint) -> str:
    """A sprint as Data Center has it in an issue's field: the text of its Java object."""
    shown = sprint(one)
    parts = {"id": one.id, "rapidViewId": 1, "state": one.state.upper(), "name": one.name}
    parts |= {name: shown.get(name, "<null>") for name in ("startDate", "endDate")}
    parts |= {"completeDate": "<null>", "sequence": one.id}
    inside = ",".join(f"{name}={value}" for name, value in parts.items())
    return f"com.atlassian.greenhopper.service.sprint.Sprint@{one.id:x}[{inside}]"


def panel(moved: str, *, merged: int, waiting: int, commits: int) -> str:
    """The panel's text; the state of pull requests is that of the one that is farthest behind. `moved` is when the
    last of them moved, as Jira writes times."""
    summary: Json = {}
    if merged or waiting:
        state, count = ("OPEN", waiting) if waiting else ("MERGED", merged)
        summary["pullrequest"] = {
            "overall": {
                "count": merged + waiting,
                "lastUpdated": moved,
                "stateCount": count,
                "state": state,
                "dataType": "pullrequest",
                "open": bool(waiting),
            },
            "byInstanceType": {"GitHub": {"count": merged + waiting, "name": "GitHub"}},
        }
    if commits:
        summary["repository"] = {
            "overall": {"count": commits, "lastUpdated": moved, "dataType": "repository"},
            "byInstanceType": {"GitHub": {"count": commits, "name": "GitHub"}},
        }
    inside = json.dumps({"cachedValue": {"errors": [], "summary": summary}, "isStale": True}, separators=(",", ":"))
    heads = "".join(
        f"{name}={{dataType={name}, state={part['overall'].get('state', 'UNKNOWN')}}}, "
        for name, part in summary.items()
    )
    return f"{{{heads}json={inside}}}"
