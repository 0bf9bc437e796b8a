"""`demo`: the whole story once, as a process of its own; and that it never tells what did not happen."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from rich.console import Console

from tests.cli.conftest import Shell
from worker.cli.demo import perform
from worker.cli.exits import Stop
from worker.cli.story import cast, keepsakes
from worker.cli.story.chapters import alice_writes
from worker.cli.story.markup import html_of
from worker.cli.story.quote import Sticky, Words
from worker.cli.story.voice import Teller, expect
from worker.cli.story.world import World

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Played:
    """One whole demo: how it ended, what it printed, and its folder."""

    code: int
    out: str
    err: str
    folder: Path

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("demo") / "out"
    env = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "SMTP_URL", "COLUMNS", "GITHUB_TOKEN"}}
    argv = [sys.executable, "-m", "worker.cli.main", "demo", "--out", str(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, env=env, timeout=120, cwd=ROOT, check=False)
    return Played(done.returncode, done.stdout, done.stderr, folder)


def test_the_story_is_told_to_its_end(played: Played) -> None:
    assert (played.code, played.err) == (0, "")
    assert "Thursday 5 November 2026" in played.out
    assert "Thursday 17 December 2026" in played.out
    assert played.out.count("│ Follow-through: 4 of 5 promises kept, 1 let go") == 1
    assert played.out.count("│ Follow-through: 3 of 3 promises kept") == 1


def test_where_no_terminal_is_there_are_no_colours_and_no_long_lines(played: Played) -> None:
    assert "\x1b" not in played.out
    story, _, _ = played.out.partition("Look around:")
    assert max(len(line) for line in story.splitlines()) <= 90


def test_everything_that_is_promised_at_the_end_is_there(played: Played) -> None:
    _, _, rows = played.out.partition("Look around:\n")
    named = re.findall(rf"^  ({re.escape(str(played.folder))}\S+)", rows, re.MULTILINE)
    assert len(named) == 9
    for each in named:
        path = Path(each)
        assert list(path.parent.glob(path.name)), each
    mails = list((played.folder / "mails").glob("*.eml"))
    assert f"all {len(mails)} mails" in rows
    assert played.read("story.txt").startswith("Six weeks of two post-mortems")


def _issues(played: Played, tracker: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(played.read("trackers.json"))[tracker]["issues"]
    return found


def test_github_ends_as_the_story_says(played: Played) -> None:
    issues = _issues(played, "github")
    children = [issues[key] for key in issues["acme/incidents#1"]["children"]]
    assert sorted(str(c["state_reason"]) for c in children) == ["None"] + ["completed"] * 4 + ["not_planned"]
    assert len({c["title"] for c in children}) == 6
    stickies = [c for c in issues["acme/incidents#1"]["comments"] if "followthrough:sticky" in c["body"]]
    assert len(stickies) == 1


def test_jira_ends_as_the_story_says(played: Played) -> None:
    issues = _issues(played, "jira")
    ours = [c for c in issues["OPS-1"]["comments"] if c["author"] == "followthrough"]
    assert [("3 of 3 promises kept" in c["body"]) for c in ours] == [True]
    assert {key: (issue["status"], issue["resolution"]) for key, issue in issues.items() if key != "OPS-1"} == {
        "SHOP-1": ("Closed", "Done"),
        "SHOP-2": ("Closed", "Done"),
    }
    assert sorted(link["key"] for link in issues["OPS-1"]["links"]) == ["SHOP-1", "SHOP-2"]
    assert issues["SHOP-2"]["duedate"] == "2026-11-24"
    assert "Tomas Lind moved item 1 to 2026-11-24" in ours[0]["body"]


def test_the_promise_that_lives_on_the_other_tracker_is_linked_from_both_sides(played: Played) -> None:
    (link,) = _issues(played, "jira")["OPS-1"]["remote_links"]
    assert link["global_id"] == "followthrough:github:acme/payments#7"
    there = _issues(played, "github")["acme/payments#7"]
    assert link["url"].endswith("/acme/payments/issues/7")
    assert "/browse/OPS-1)" in there["body"]
    assert (there["assignees"], there["state_reason"]) == (["mei"], "completed")


def test_both_trackers_are_heard_through_signed_webhooks(played: Played) -> None:
    lines = [json.loads(line) for line in played.read("service.log").splitlines() if line.startswith("{")]
    heard = {(line["site"], line["outcome"]) for line in lines if line["event"] == "webhook"}
    assert heard == {("github", "marked"), ("jira", "marked")}


def test_the_outage_of_one_tracker_is_over_when_the_story_goes_on(played: Played) -> None:
    after = " ".join(played.out.split()).partition("Jira is down")[2]
    assert (
        0 < after.index("Alice closes her rehearsal") < after.index("Now Jira answers") < after.index("1 of 3 promises")
    )
    assert "503" in played.read("service.log")


def test_one_meeting_stands_in_all_invitations_to_one_review(played: Played) -> None:
    files = sorted((played.folder / "invites").glob("*.ics"))
    events: list[Any] = [next(iter(Calendar.from_ical(f.read_bytes()).walk("VEVENT"))) for f in files]
    meetings = {(str(e["UID"]), e["DTSTART"].dt.isoformat(), str(e.get("STATUS", ""))) for e in events}
    assert len(events) == 12
    assert len({uid for uid, _, _ in meetings}) == 2
    assert sorted((start, status) for _, start, status in meetings) == [
        ("2026-12-08T09:00:00+00:00", "CONFIRMED"),
        ("2026-12-15T09:00:00+00:00", "CANCELLED"),
        ("2026-12-15T09:00:00+00:00", "CONFIRMED"),
    ]


class _Links(HTMLParser):
    """Gathers what a page would load and where it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.ids.add(named.get("id", ""))
        if tag in {"script", "link", "img", "iframe", "object", "embed"} or "src" in named:
            self.loads.append(tag)
        if tag == "a":
            self.leads.append(named.get("href", ""))


def test_the_page_stands_alone_and_its_links_lead_somewhere(played: Played) -> None:
    page = _Links()
    page.feed(played.read("index.html"))
    assert page.loads == []
    for href in page.leads:
        if href.startswith("#"):
            assert href[1:] in page.ids, href
        else:
            assert (played.folder / href).exists(), href
    assert "Past their date" in played.read("digest.html")
    assert "<table>" in played.read("post-mortem.html")


@pytest.mark.parametrize(
    ("page", "titles"),
    [
        pytest.param("index.html", [cast.TITLE, cast.JIRA_TITLE], id="the page with everything shows both"),
        pytest.param("post-mortem.html", [cast.TITLE], id="the one on GitHub alone"),
        pytest.param("post-mortem-jira.html", [cast.JIRA_TITLE], id="the one in Jira alone"),
    ],
)
def test_a_page_opens_its_post_mortems_with_their_comments(played: Played, page: str, titles: list[str]) -> None:
    opened = re.findall(r'<details class="box" id="[^"]*" open>\n<summary><b>(.*?)</b>', played.read(page))
    assert [unescape(title) for title in opened] == titles
    shown = played.read(page)
    assert shown.count('<div class="say ours">') == len(titles)
    assert "712020:" not in shown


def test_a_second_demo_replaces_the_first_and_nothing_else(tmp_path: Path) -> None:
    keepsakes.prepare(tmp_path / "out")
    (tmp_path / "out" / "mails").mkdir()
    (tmp_path / "out" / "mails" / "old.eml").write_text("old")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    keepsakes.prepare(tmp_path / "out")
    assert not (tmp_path / "out" / "mails").exists()
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_place_with_something_else_in_it_is_refused(shell: Shell, tmp_path: Path, kind: str) -> None:
    place = tmp_path if kind == "folder" else tmp_path / "mine"
    (tmp_path / "mine").write_text("kept")
    ran = shell("demo", "--out", str(place))
    assert ran.code == 2
    assert "--out" in ran.err
    assert (tmp_path / "mine").read_text() == "kept"


def test_what_did_not_happen_ends_the_demo_loudly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def bob_was_told(world: World, tell: Teller) -> None:
        expect(world.mails(), "Bob got no mail.")
        tell.says(world.now, "Bob got a mail.")

    with pytest.raises(Stop) as stop:
        perform(tmp_path / "out", (alice_writes, bob_was_told))
    assert stop.value.code == 1
    assert "Bob got no mail." in stop.value.message
    assert "Bob got a mail." not in capsys.readouterr().out
    assert (tmp_path / "out" / "story.txt").exists()


def _asks(line: str) -> urllib.request.Request:
    """The request that a printed curl line makes."""
    said = shlex.split(line)
    headers = dict(said[n + 1].split(": ", 1) for n, word in enumerate(said) if word == "-H")
    data = next((said[n + 1].encode() for n, word in enumerate(said) if word == "-d"), None)
    return urllib.request.Request(said[-1], data=data, headers=headers)


def _bodies(line: str) -> list[str]:
    """The texts of the comments that a printed curl line shows."""
    with urllib.request.urlopen(_asks(line), timeout=10) as answer:
        found = json.load(answer)
    return [c["body"] for c in (found["comments"] if isinstance(found, dict) else found)]


def test_serve_keeps_the_service_at_work_on_both_trackers_until_it_is_ended(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys; from worker.cli.demo import perform; from worker.cli.story import chapters, crossing;"
        "perform(pathlib.Path(sys.argv[1]), (chapters.alice_writes, crossing.nadia_writes), serve=True)"
    )
    argv = [sys.executable, "-c", script, str(tmp_path / "out")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            said = ""
            for line in process.stdout:
                said += line
                if line.startswith("Ctrl-C"):
                    break
            curls = [line for line in said.replace("\\\n", " ").splitlines() if "curl -H" in line]
            assert len(curls) == 4, said
            for says, shows in (curls[:2], curls[2:]):
                urllib.request.urlopen(_asks(says), timeout=10).close()
                answered = False
                while not answered and process.poll() is None:
                    answered = any("ft done" in text and "promises kept" not in text for text in _bodies(shows))
                assert answered, shows
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        pytest.param("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;", id="a script is shown, not run"),
        pytest.param("a <img src=x onerror=y> b", "<p>a &lt;img src=x onerror=y&gt; b</p>\n", id="no tag in a line"),
        pytest.param("<details><summary>", "<details><summary>", id="the service's own tags come through"),
        pytest.param("<sub onclick=x>", "&lt;sub onclick=x&gt;", id="but bare ones alone"),
        pytest.param("a <!-- hidden --> b", "<p>a  b</p>\n", id="hidden marks are left out"),
        pytest.param(
            "[#3](http://127.0.0.1:1234/acme/pay/issues/3)",
            '<p><a href="#issue-acme-pay-3">#3</a></p>\n',
            id="a link to the sandbox leads inside the page",
        ),
        pytest.param(
            "[OPS-7](http://127.0.0.1:1234/browse/OPS-7)",
            '<p><a href="#issue-OPS-7">OPS-7</a></p>\n',
            id="a link to the sandbox's Jira too",
        ),
        pytest.param("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n", id="no script behind a link"),
    ],
)
def test_markup_of_people_does_nothing_in_our_pages(markdown: str, html: str) -> None:
    assert html_of(markdown).strip() in {html, html.strip(), f"<p>{html}</p>"}


def test_a_sticky_comment_is_read_as_a_person_reads_it() -> None:
    read = Sticky(
        "### Follow-through: 1 of 2\n\n| | Action item | Owner |\n| --: | --- | --- |\n"
        "| 1 | Add [#3](http://x/3) | Bob |\n"
        "\n**To put right**\n- Item 1: needs a date\n\n<details><summary>More</summary>\n\n- hidden\n\n</details>"
    )
    assert read.heading == "Follow-through: 1 of 2"
    assert read.row(1) == {"": "1", "Action item": "Add #3", "Owner": "Bob"}
    assert read.texts == ["To put right", "• Item 1: needs a date"]


def test_what_jira_folds_away_is_left_out_of_the_quotation_too() -> None:
    read = Sticky("### Follow-through: 1 of 2\n\nNext: soon\n\n#### What happened here\n\n- hidden\n")
    assert (read.heading, read.texts) == ("Follow-through: 1 of 2", ["Next: soon"])


def test_quoted_lines_wrap_behind_their_head() -> None:
    lines = Words(["kept\tone two three four five six seven"]).lines(Console(width=80), 30)
    assert [line.plain.rstrip() for line in lines] == ["kept    one two three four", "        five six seven"]
