"""`followthrough check` keeps its contract: formats, exit codes, and one bad file that never stops the others."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from worker.cli.main import COMMANDS, app

BODY = """# Checkout returned 500s

**Date**: 2026-11-03

## Summary

The operator should have checked the queue.

## Timeline

10:42 UTC the first alert.

## Action items

- [ ] @octocat: add an alert when payment queue depth is over 100 for 5 minutes by 1 Dec (acme/pay#17) [P1]
- [x] Cap the pool
- Improve monitoring
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "2026-11-03.md").write_text(BODY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.chdir(folder)

    def invoke(*arguments: str, stdin: bytes | None = None) -> Any:
        return CliRunner().invoke(app, ["check", "--today", "2026-11-20", *arguments], input=stdin)

    return invoke


def test_json_has_the_fields_of_the_contract(run: Callable[..., Any]) -> None:
    result = run("--format", "json", "2026-11-03.md")
    assert result.exit_code == 0, result.output
    (document,) = json.loads(result.stdout)
    assert {name: document[name] for name in ("file", "kind", "title", "incident_date")} == {
        "file": "2026-11-03.md",
        "kind": "post-mortem",
        "title": "Checkout returned 500s",
        "incident_date": "2026-11-03",
    }
    assert document["sections"]["timeline"] is True
    assert document["sections"]["five_whys"] is False
    first = document["action_items"][0]
    smart = first.pop("smart")
    beside = {name: first.pop(name) for name in ("tied_to", "strength", "aim", "deliverables", "suggestion")}
    assert (beside["strength"], beside["aim"], beside["suggestion"]) == ("medium", "detect", None)
    assert first == {
        "line": 15,
        "section": "Action items",
        "text": "add an alert when payment queue depth is over 100 for 5 minutes",
        "owners": ["octocat"],
        "due": "2026-12-01",
        "due_source": "text: by 1 Dec",
        "refs": ["acme/pay#17"],
        "done": False,
        "priority": "P1",
        "type": None,
        "needs": [],
    }
    assert set(smart) == {"specific", "measurable", "achievable", "relevant", "time_bound", "single_owner"}
    assert smart["specific"] == {
        "pass": True,
        "state": "pass",
        "evidence": "add an alert when payment queue depth",
        "remedy": None,
    }
    assert [item["done"] for item in document["action_items"]] == [False, True, None]
    blame = next(finding for finding in document["findings"] if finding["rule"] == "blame/person-as-cause")
    assert set(blame) == {"rule", "level", "line", "excerpt", "remedy"}
    assert blame["line"] == 7


def test_text_says_what_each_open_item_needs(run: Callable[..., Any]) -> None:
    lines = run("2026-11-03.md").stdout.splitlines()
    assert lines[0] == "2026-11-03.md  Checkout returned 500s"
    assert "  15 • add an alert when payment queue depth is over 100 for 5 minutes" in lines
    assert "       octocat · Tue 1 Dec 2026 · P1 · acme/pay#17" in lines
    assert "  16 ✓ Cap the pool" in lines
    assert "       needs an owner, a date and a concrete step" in lines
    assert lines[-1] == "1 file · 3 action items · 1 done · 1 of 2 open need something"
    assert "\x1b" not in "".join(lines)


def test_github_annotations_point_at_lines(run: Callable[..., Any]) -> None:
    output = run("--format", "github", "2026-11-03.md").stdout
    assert "::warning file=2026-11-03.md,line=7,title=blame/person-as-cause::" in output
    assert "::warning file=2026-11-03.md,line=17,title=item/needs::“Improve monitoring” needs an owner" in output


def test_sarif_is_complete_and_indexed(run: Callable[..., Any]) -> None:
    log = json.loads(run("--format", "sarif", "2026-11-03.md").stdout)
    assert log["version"] == "2.1.0"
    (part,) = log["runs"]
    rules = [rule["id"] for rule in part["tool"]["driver"]["rules"]]
    assert rules == sorted(set(rules))
    for result in part["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1
        assert result["level"] in {"error", "warning", "note"}


def test_standard_input_is_read(run: Callable[..., Any]) -> None:
    (document,) = json.loads(run("--format", "json", "-", stdin=BODY.encode()).stdout)
    assert document["file"] == "-"
    assert len(document["action_items"]) == 3


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        pytest.param(lambda path: None, "bad.md does not exist", id="missing"),
        pytest.param(lambda path: path.mkdir(), "bad.md is a directory", id="a directory"),
        pytest.param(lambda path: path.write_bytes(b"# A\n\n\xff\xfe"), "bad.md:3: is not UTF-8", id="undecodable"),
    ],
)
def test_a_bad_file_is_named_and_the_others_are_checked(
    run: Callable[..., Any], folder: Path, prepare: Callable[[Path], object], words: str
) -> None:
    prepare(folder / "bad.md")
    result = run("--format", "json", "bad.md", "2026-11-03.md")
    assert result.exit_code == 1
    bad, good = json.loads(result.stdout)
    assert bad["findings"][0]["rule"] == "file/unreadable"
    assert words in bad["findings"][0]["remedy"]
    assert words in result.stderr
    assert bad["action_items"] == []
    assert len(good["action_items"]) == 3


@pytest.mark.parametrize(
    ("level", "body", "code"),
    [
        pytest.param("error", BODY, 0, id="warnings do not fail by default"),
        pytest.param("warning", BODY, 1, id="warnings fail where asked"),
        pytest.param("error", "", 1, id="an empty body is an error"),
        pytest.param("never", "", 0, id="never fails"),
    ],
)
def test_the_exit_code_follows_fail_on(run: Callable[..., Any], folder: Path, level: str, body: str, code: int) -> None:
    (folder / "one.md").write_text(body, encoding="utf-8")
    assert run("--fail-on", level, "one.md").exit_code == code


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["check"], id="no file"),
        pytest.param(["check", "--format", "xml", "a.md"], id="an unknown format"),
        pytest.param(["check", "--today", "tomorrow", "a.md"], id="no day"),
        pytest.param(["check", "--markup", "confluence", "a.md"], id="an unknown markup"),
        pytest.param(["check", "-", "-"], id="standard input twice"),
        pytest.param(["chek"], id="an unknown command"),
    ],
)
def test_wrong_usage_exits_2_and_says_so_on_standard_error(arguments: list[str], folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "worker.cli.main", *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip()


WIKI = r"""h1. Checkout returned 500s

*Date*: 2026-11-03

h2. Timeline

10:42 UTC the first alert.

h2. Action items

||Action||Owner||Due||Status||
|Add an alert when \\[queue depth\\] is over 100|[~accountid:712020:8f2c-1b]|2026-12-01|{status:title=To do}|
|Cap the {{pool}}
at 50|[~j.smith]| |(/)|
"""


def test_wiki_text_is_read_with_the_lines_that_were_typed(run: Callable[..., Any], folder: Path) -> None:
    (folder / "one.jira").write_text(WIKI.replace("\\\\", "\\"), encoding="utf-8")
    result = run("--markup", "jira", "--format", "json", "one.jira")
    assert result.exit_code == 0, result.output
    (document,) = json.loads(result.stdout)
    assert document["title"] == "Checkout returned 500s"
    assert document["incident_date"] == "2026-11-03"
    assert [
        (item["line"], item["text"], item["owners"], item["due"], item["done"]) for item in document["action_items"]
    ] == [
        (12, "Add an alert when [queue depth] is over 100", ["712020:8f2c-1b"], "2026-12-01", False),
        (13, "Cap the pool at 50", ["j.smith"], None, True),
    ]


def test_a_name_tells_the_markup_where_nothing_else_does(run: Callable[..., Any], folder: Path) -> None:
    (folder / "one.wiki").write_text(
        "h2. Action items\n\n# *Ann*: Cap the pool at 50 by 2026-12-01\n", encoding="utf-8"
    )
    task = {"type": "taskItem", "attrs": {"state": "TODO"}, "content": [{"type": "text", "text": "Cap the pool at 50"}]}
    heading = {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Action items"}]}
    body = {"type": "doc", "version": 1, "content": [heading, {"type": "taskList", "content": [task]}]}
    (folder / "two.adf.json").write_text(json.dumps(body), encoding="utf-8")
    documents = json.loads(run("--format", "json", "one.wiki", "two.adf.json").stdout)
    assert [[item["text"] for item in document["action_items"]] for document in documents] == [
        ["Cap the pool at 50"]
    ] * 2


def test_mediawikis_text_may_be_called_wiki_too(run: Callable[..., Any], folder: Path) -> None:
    (folder / "one.wiki").write_text(
        "== Action items ==\n\n* Ann: Cap the pool at 50 by 2026-12-01\n", encoding="utf-8"
    )
    (document,) = json.loads(run("--format", "json", "one.wiki").stdout)
    assert [item["text"] for item in document["action_items"]] == ["Cap the pool at 50"]


def test_an_atlassian_document_is_read(run: Callable[..., Any], folder: Path) -> None:
    task = [{"type": "text", "text": "Cap the pool "}, {"type": "mention", "attrs": {"id": "712020:8f2c-1b"}}]
    body = {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Action items"}]},
            {"type": "taskList", "content": [{"type": "taskItem", "attrs": {"state": "DONE"}, "content": task}]},
        ],
    }
    (folder / "one.json").write_text(json.dumps(body), encoding="utf-8")
    (document,) = json.loads(run("--markup", "adf", "--format", "json", "one.json").stdout)
    (item,) = document["action_items"]
    assert (item["line"], item["text"], item["owners"], item["done"]) == (3, "Cap the pool", ["712020:8f2c-1b"], True)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("# Not JSON", "one.json is no JSON: ", id="no JSON"),
        pytest.param('{"fields": {}}', "one.json holds no Atlassian document: expected ", id="another JSON"),
        pytest.param("[" * 100_000, "one.json is nested too deep to be a document", id="JSON nested without end"),
    ],
)
def test_what_is_no_atlassian_document_is_named(
    run: Callable[..., Any], folder: Path, content: str, words: str
) -> None:
    (folder / "one.json").write_text(content, encoding="utf-8")
    result = run("--markup", "adf", "one.json", "--format", "json")
    assert result.exit_code == 1
    assert words in result.stderr
    assert json.loads(result.stdout)[0]["findings"][0]["rule"] == "file/unreadable"


def test_the_policy_of_a_folder_decides(run: Callable[..., Any], folder: Path) -> None:
    (folder / "policy.yaml").write_text("slo_days:\n  P1: 10\n", encoding="utf-8")
    (folder / "one.md").write_text("Date: 2026-11-03\n\n## Action items\n\n- Add an alert [P1]\n", encoding="utf-8")
    (document,) = json.loads(run("--format", "json", "--config", str(folder), "one.md").stdout)
    assert document["action_items"][0]["smart"]["time_bound"]["state"] == "proposed"
    assert "Fri 13 Nov 2026" in document["action_items"][0]["smart"]["time_bound"]["evidence"]


def test_a_misspelt_policy_is_refused_with_its_place(folder: Path) -> None:
    (folder / "policy.yaml").write_text("labell: postmortem\n", encoding="utf-8")
    command = [sys.executable, "-m", "worker.cli.main", "check", "--config", str(folder), str(folder / "2026-11-03.md")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "policy.yaml:1:1" in done.stderr


def test_a_person_s_text_cannot_steer_the_terminal(run: Callable[..., Any], folder: Path) -> None:
    (folder / "evil.md").write_text("## Action items\n\n- Add \x1b[31man alert\u202e\n", encoding="utf-8")
    output = run("evil.md").stdout
    assert "\x1b" not in output
    assert "\u202e" not in output


def test_check_starts_without_trackers_queues_or_redis() -> None:
    code = (
        "import sys; from worker.cli.main import app; import worker.cli.check; "
        "heavy = {'github', 'jira', 'redis', 'dramatiq', 'requests', 'pydantic', 'starlette', 'rich'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_lists_every_command_without_importing_it() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(name in result.stdout for name in COMMANDS)
