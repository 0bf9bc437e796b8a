"""Do the sandbox's answers have the shapes that a published client of Jira Cloud expects? Its types are too large to
carry along: fetch them with

    npm install --prefix FOLDER jira.js typescript @atlaskit/adf-schema ajv ajv-draft-04

and name that FOLDER in JIRA_JS; without it the comparison is skipped. Each answer is handed to the TypeScript compiler
as a value of the type that the client names for it: a missing or wrong field is an error, and so is one that the type
lacks. Documents are held against the schema that Atlassian publishes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.jira.conftest import create, person
from worker.sandbox.jira import JiraSandbox
from worker.sandbox.jira.adf import problem
from worker.sandbox.jira.wiki import to_adf

FOLDER = os.environ.get("JIRA_JS", "")
V3 = "/rest/api/3"

PRELUDE = """
import type { Version3Models as M } from 'jira.js';
// The client counts every field of an issue as always there, and people and old values as never null: a request for
// some fields does not get the others, and Jira does say null. It leaves out `isLast` of a search, and that a status of
// a team-managed project names that project.
type Loose<T> = T extends (infer U)[] ? Loose<U>[] : T extends object ? { [K in keyof T]?: Loose<T[K]> | null } : T;
type Part = Omit<M.Issue, 'fields' | 'changelog'> & { fields: Loose<M.Fields>; changelog?: Loose<M.PageOfChangelogs> };
type Found = Omit<M.SearchAndReconcileResults, 'issues'> & { issues: Part[]; isLast: boolean };
type Bulk = Omit<M.BulkIssue, 'issues'> & { issues: Part[]; expand: string };
type Status = M.StatusDetails & { scope?: M.Scope };
type Page<T> = { self?: string; nextPage?: string; maxResults: number; startAt: number; total: number; isLast: boolean;
                 values: T[] };
"""


def answers(sandbox: JiraSandbox) -> dict[str, tuple[str, Any]]:
    """Name to type and value of the answers that the service lives on."""

    def get(path: str, login: str = "service") -> Any:
        return sandbox.act(login, "GET", V3 + path)

    fields: dict[str, Any] = {
        "assignee": person(sandbox, "bob"),
        "duedate": "2026-12-01",
        "labels": ["a"],
        "description": "h2. Hi",
    }
    key = create(sandbox, project="PAY", **fields)
    sandbox.act("alice", "PUT", f"/issue/{key}", {"fields": {"summary": "Other"}})
    sandbox.act("alice", "POST", f"/issue/{key}/comment", {"body": "Hi"})
    link = {"type": {"name": "Relates"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": "OPS-1"}}
    sandbox.act("service", "POST", "/issueLink", link)
    sandbox.act("service", "PUT", f"/issue/{key}/properties/a", {"b": 1})
    child = create(sandbox, project="PAY", issuetype={"name": "Sub-task"}, parent={"key": key})
    remote = {"globalId": "x", "application": {"name": "F"}, "object": {"url": "https://example.org", "title": "T"}}
    made = sandbox.act("service", "POST", f"{V3}/issue/{key}/remotelink", remote)
    task = get("/issue/createmeta/STR/issuetypes")["issueTypes"][0]["id"]
    search = {"jql": "project = PAY", "fields": ["summary", "status"], "maxResults": 1}
    bulk = {"issueIdsOrKeys": [key, "NOPE-1"], "fields": ["summary"]}
    return {
        "me": ("M.User", get("/myself")),
        "people": ("M.User[]", get("/user/assignable/search?project=OPS")),
        "server": ("M.ServerInformation", get("/serverInfo")),
        "permissions": ("M.Permissions", get("/mypermissions?permissions=EDIT_ISSUES&projectKey=PAY")),
        "projects": ("Page<M.Project>", get("/project/search?expand=lead")),
        "project": ("M.Project", get("/project/PAY")),
        "team_project": ("M.Project", get("/project/NXT")),
        "statuses": ("M.IssueTypeWithStatus[]", get("/project/PAY/statuses")),
        "priorities": ("M.Priority[]", get("/priority")),
        "resolutions": ("M.Resolution[]", get("/resolution")),
        "all_statuses": ("Status[]", get("/status")),
        "fields": ("M.FieldDetails[]", get("/field")),
        "link_types": ("M.IssueLinkTypes", get("/issueLinkType")),
        "issue_types": ("M.IssueTypeDetails[]", get("/issuetype")),
        "created": ("M.CreatedIssue", sandbox.act("service", "POST", f"{V3}/issue", _simple())),
        "issue": ("Part", get(f"/issue/{key}?expand=changelog,names&properties=*all")),
        "child": ("Part", get(f"/issue/{child}")),
        "searched": ("Found", sandbox.act("service", "POST", f"{V3}/search/jql", search)),
        "bulk": ("Bulk", sandbox.act("service", "POST", f"{V3}/issue/bulkfetch", bulk)),
        "history": ("Page<Loose<M.Changelog>>", get(f"/issue/{key}/changelog")),
        "comments": ("M.PageOfComments", get(f"/issue/{key}/comment")),
        "property_keys": ("M.PropertyKeys", get(f"/issue/{key}/properties")),
        "property": ("M.EntityProperty", get(f"/issue/{key}/properties/a")),
        "transitions": ("M.Transitions", get(f"/issue/{key}/transitions?expand=transitions.fields")),
        "edit_metadata": ("M.IssueUpdateMetadata", get(f"/issue/{key}/editmeta")),
        "types": ("M.PageOfCreateMetaIssueTypes", get("/issue/createmeta/STR/issuetypes")),
        "type_fields": (
            "M.PageOfCreateMetaIssueTypeWithField",
            get(f"/issue/createmeta/STR/issuetypes/{task}"),
        ),
        "remote_made": ("M.RemoteIssueLinkIdentifies", made),
        "remote": ("M.RemoteIssueLink[]", get(f"/issue/{key}/remotelink")),
    }


def _simple() -> dict[str, Any]:
    return {"fields": {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "x"}}


@pytest.mark.skipif(not FOLDER, reason="JIRA_JS names no folder with jira.js and typescript")
def test_answers_have_the_published_types(cloud: JiraSandbox, tmp_path: Path) -> None:
    source = PRELUDE + "\n".join(
        f"export const {name}: {kind} = {json.dumps(value)};" for name, (kind, value) in answers(cloud).items()
    )
    (tmp_path / "answers.mts").write_text(source, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(Path(FOLDER, "node_modules").resolve())
    compiler = Path(FOLDER, "node_modules", "typescript", "bin", "tsc")
    node = shutil.which("node")
    assert node is not None, "the TypeScript compiler needs node"
    options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2022", "--types", ""]
    ran = subprocess.run(
        [node, str(compiler), *options, "answers.mts"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


VALIDATE = """
const Ajv = require('ajv-draft-04');
const schema = require('@atlaskit/adf-schema/dist/json-schema/v1/full.json');
const validate = new Ajv({ strict: false, logger: false }).compile(schema);
const documents = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(documents.map((one) => validate(one))));
"""


def _valid(documents: list[Any], folder: Path) -> list[bool]:
    """Which documents Atlassian's own schema accepts."""
    (folder / "node_modules").symlink_to(Path(FOLDER, "node_modules").resolve())
    node = shutil.which("node")
    assert node is not None, "the schema is checked with node"
    ran = subprocess.run(
        [node, "-e", VALIDATE],
        cwd=folder,
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: list[bool] = json.loads(ran.stdout)
    return found


def _one_in_another() -> list[Any]:
    """A small document for each pair of blocks, the one inside of the other."""
    words: Any = [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]
    task = {"type": "taskItem", "attrs": {"localId": "2", "state": "TODO"}, "content": words[0]["content"]}
    cell = {"type": "tableCell", "attrs": {}, "content": words}
    blocks: dict[str, Any] = {
        "paragraph": words[0],
        "heading": {"type": "heading", "attrs": {"level": 2}, "content": words[0]["content"]},
        "bulletList": {"type": "bulletList", "content": [{"type": "listItem", "content": words}]},
        "orderedList": {"type": "orderedList", "content": [{"type": "listItem", "content": words}]},
        "codeBlock": {"type": "codeBlock", "attrs": {}, "content": words[0]["content"]},
        "blockquote": {"type": "blockquote", "content": words},
        "panel": {"type": "panel", "attrs": {"panelType": "info"}, "content": words},
        "rule": {"type": "rule"},
        "table": {"type": "table", "attrs": {}, "content": [{"type": "tableRow", "content": [cell]}]},
        "expand": {"type": "expand", "attrs": {"title": "x"}, "content": words},
        "taskList": {"type": "taskList", "attrs": {"localId": "1"}, "content": [task]},
    }
    outer: dict[str, Callable[[Any], Any]] = {
        "doc": lambda inner: inner,
        "listItem": lambda inner: {"type": "bulletList", "content": [{"type": "listItem", "content": [*words, inner]}]},
        "blockquote": lambda inner: {"type": "blockquote", "content": [inner]},
        "panel": lambda inner: {"type": "panel", "attrs": {"panelType": "note"}, "content": [inner]},
        "expand": lambda inner: {"type": "expand", "attrs": {}, "content": [inner]},
        "tableCell": lambda inner: {
            "type": "table",
            "content": [{"type": "tableRow", "content": [{"type": "tableCell", "attrs": {}, "content": [inner]}]}],
        },
    }
    return [
        {"type": "doc", "version": 1, "content": [place(block)]}
        for place in outer.values()
        for block in blocks.values()
    ]


@pytest.mark.skipif(not FOLDER, reason="JIRA_JS names no folder with jira.js and typescript")
def test_a_block_may_stand_where_the_published_schema_lets_it(tmp_path: Path) -> None:
    documents = _one_in_another()
    differing = [
        json.dumps(document)
        for document, valid in zip(documents, _valid(documents, tmp_path), strict=True)
        if valid != (problem(document) == "")
    ]
    assert differing == []


@pytest.mark.skipif(not FOLDER, reason="JIRA_JS names no folder with jira.js and typescript")
def test_documents_made_of_wiki_text_have_the_published_schema(tmp_path: Path) -> None:
    texts = [
        "h2. A *b* _c_ {{d}}\n* one\n## two\n*** three\nplain",
        "||A||B||\n|one [x|https://example.org]|two\\\\ three|",
        "{quote}\nh2. Head\n|a|b|\n{quote}",
        "{panel:title=X}\n{quote}said{quote}\n* item\n{panel}",
        "{code:java}\nint a = 1;\n{code}\n----\n[~accountid:712020:bob]",
        "",
    ]
    assert _valid([to_adf(text) for text in texts], tmp_path) == [True] * len(texts)
