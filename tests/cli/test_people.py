"""`people show` and `people sync`, as an operator calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Ran, Shell

PEOPLE = """\
# Our people.
sources: {csv: [people.csv], backstage: [catalog-info.yaml]}
people:
  alice: {name: Alice Moreau, email: alice@acme.example, leave_ics: leave.ics}
  lena:
    name: Lena Vogt   # leads
    email: lena@acme.example
  bob: {name: Bob Okafor, email: bob@acme.example}
"""
TABLE = """\
\ufeffName;E-Mail;GitHub;Team;Manager;Left
Alice Moreau;alice@acme.example;alice-m;Payments;;
ليلى حداد;layla@acme.example;@layla;Payments;Lena Vogt;
=HYPERLINK("x");eve@acme.example;;;;
Bob Okafor;bob@acme.example;;;;2026-01-01
Lena Vogt;lvogt@other.example;;;;
"""
CATALOG = """\
kind: Group
metadata: {name: payments, annotations: {followthrough/lead: lena}}
spec: {profile: {displayName: Payments}}
"""
LEAVE = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20200101\r\n"
LEAVE += "RRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


class Desk:
    """A folder with settings and sources, and a shell."""

    def __init__(self, shell: Shell, folder: Path) -> None:
        self.shell, self.folder = shell, folder
        self.write("people.yaml", PEOPLE)
        self.write("people.csv", TABLE)
        self.write("catalog-info.yaml", CATALOG)
        self.write("leave.ics", LEAVE)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8", newline="")

    def __call__(self, *arguments: str) -> Ran:
        return self.shell("people", *arguments, "--config", str(self.folder))

    @property
    def people(self) -> str:
        return (self.folder / "people.yaml").read_text(encoding="utf-8")


@pytest.fixture
def desk(shell: Shell, tmp_path: Path) -> Desk:
    return Desk(shell, tmp_path)


def test_show_tells_of_one_person_every_fact_with_its_source_and_who_hears_next(desk: Desk) -> None:
    ran = desk("show", "alice-m")
    assert ran.code == 0
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == "Alice Moreau (alice) [people.yaml]"
    assert "github alice-m [people.csv, line 2]" in lines
    assert "team payments [people.csv, line 2]" in lines
    assert any(line.startswith("leave") and "the leave calendar of Alice Moreau" in line for line in lines)
    assert lines[-2:] == [
        "Who hears after Alice Moreau:",
        "1. Lena Vogt leads Payments, Alice Moreau's team [catalog-info.yaml, Group payments]",
    ]


@pytest.mark.parametrize(
    "who", ["ليلى حداد", "LAYLA@acme.example", "@layla", pytest.param("حداد, ليلى", id="turned round")]
)
def test_somebody_is_found_by(desk: Desk, who: str) -> None:
    assert desk("show", who).out.startswith("ليلى حداد (layla)  [people.csv, line 3]")


@pytest.mark.parametrize("who", ["payments", "Payments", "github:acme/gateway", "acme/gateway", "jira:PAY"])
def test_show_says_why_somebody_leads_a_team_or_a_place(desk: Desk, who: str) -> None:
    places = "{github.com/project-slug: acme/gateway, jira/project-key: PAY}"
    gateway = f"---\nkind: Component\nmetadata: {{name: gateway, annotations: {places}}}\nspec: {{owner: payments}}\n"
    desk.write("catalog-info.yaml", CATALOG + gateway)
    assert [" ".join(line.split()) for line in desk("show", who).out.splitlines()] == [
        "Payments (team payments) [catalog-info.yaml, Group payments]",
        "lead Lena Vogt (lena) [catalog-info.yaml, Group payments]",
        "place github:acme/gateway [catalog-info.yaml, Component gateway]",
        "place jira:PAY [catalog-info.yaml, Component gateway]",
    ]
    (told,) = json.loads(desk("show", who, "--format", "json").out)
    assert (told["team"], told["facts"][0]["value"]) == ("payments", "Lena Vogt (lena)")


def test_show_lists_everybody_and_every_gap(desk: Desk) -> None:
    ran = desk("show")
    assert ran.code == 0
    rows = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "alice Alice Moreau payments Lena Vogt" in rows
    assert "bob Bob Okafor departed" in rows
    assert any("line 4: the cell of name begins as a formula does" in row for row in rows)
    assert any(
        row.startswith("people.csv, line 6: Lena Vogt (lvogt@other.example): has the name of lena") for row in rows
    )


def test_show_as_json_has_the_same(desk: Desk) -> None:
    told = json.loads(desk("show", "--format", "json").out)
    alice = next(person for person in told["people"] if person["id"] == "alice")
    assert alice["above"][0]["person"] == "lena"
    assert {"what": "github", "value": "alice-m", "source": "people.csv, line 2"} in alice["facts"]
    assert [source["trouble"] for source in told["sources"]] == ["", "", ""]
    (one,) = json.loads(desk("show", "bob", "--format", "json").out)
    assert one["id"] == "bob"


def test_nobody_of_that_name_is_a_guess_and_a_failure(desk: Desk) -> None:
    ran = desk("show", "alcie")
    assert (ran.code, ran.err) == (1, "Nobody is known as 'alcie'; did you mean `alice`?\n")


def test_sync_proposes_and_writes_nothing(desk: Desk) -> None:
    ran = desk("sync")
    assert ran.code == 0
    assert ran.out.splitlines()[:5] == [
        "2 joiners, 1 leaver, 1 addition, 2 doubtful",
        "+ eve  email: eve@acme.example  [people.csv, line 4]",
        "+ layla  name: ليلى حداد, email: layla@acme.example, github: layla, lead: lena  [people.csv, line 3]",
        "~ alice  github: alice-m  [people.csv, line 2]",
        "- bob  Bob Okafor has left  [people.csv, line 5]",
    ]
    assert [line[0] for line in ran.out.splitlines()[5:]] == ["?", "?", "!"]
    assert desk.people == PEOPLE


def test_sync_as_json_is_for_programs(desk: Desk) -> None:
    told = json.loads(desk("sync", "--format", "json").out)
    assert [joiner["id"] for joiner in told["joiners"]] == ["eve", "layla"]
    assert told["additions"] == [
        {"person": "alice", "key": "github", "value": "alice-m", "source": "people.csv, line 2"}
    ]
    assert [(leaver["person"], leaver["sure"]) for leaver in told["leavers"]] == [("bob", True), ("lena", False)]
    assert len(told["doubtful"]) == 1


def test_sync_prints_what_to_paste(desk: Desk) -> None:
    ran = desk("sync", "--format", "yaml")
    assert yaml.safe_load(ran.out)["people"] == {
        "alice": {"github": "alice-m"},
        "bob": {"departed": True},
        "eve": {"email": "eve@acme.example"},
        "layla": {"name": "ليلى حداد", "email": "layla@acme.example", "github": "layla", "lead": "lena"},
    }
    assert desk.people == PEOPLE


def test_sync_writes_what_is_sure_and_keeps_every_other_word(desk: Desk) -> None:
    ran = desk("sync", "--write")
    assert (ran.code, ran.err) == (0, f"{desk.folder / 'people.yaml'}: 2 people added, 2 changed.\n")
    assert desk.people == PEOPLE.replace("leave.ics}", "leave.ics, github: alice-m}").replace(
        "bob@acme.example}\n",
        "bob@acme.example, departed: true}\n"
        "  eve:\n    email: eve@acme.example\n"
        '  layla:\n    name: "ليلى حداد"\n    email: layla@acme.example\n    github: layla\n    lead: lena\n',
    )
    again = desk("sync", "--detailed-exitcode")
    assert (again.code, again.out.splitlines()[0]) == (0, "0 joiners, 0 leavers, 0 additions, 2 doubtful")


def test_changes_that_wait_can_be_an_exit_code(desk: Desk) -> None:
    assert desk("sync", "--detailed-exitcode").code == 3


def test_a_source_that_does_not_answer_is_a_failure_and_the_others_go_on(desk: Desk) -> None:
    (desk.folder / "catalog-info.yaml").unlink()
    ran = desk("sync")
    assert ran.code == 1
    assert ran.err == "catalog-info.yaml: the file can't be read: No such file or directory\n"
    assert "+ layla" in ran.out


def test_many_leavers_at_once_look_like_a_mistake(desk: Desk) -> None:
    names = [f"p{n}" for n in range(6)]
    people = "sources: {csv: [people.csv]}\npeople:\n"
    desk.write("people.yaml", people + "".join(f"  {n}: {{email: {n}@acme.example}}\n" for n in names))
    desk.write("people.csv", "mail,status\n" + "".join(f"{n}@acme.example,inactive\n" for n in names))
    before = desk.people
    ran = desk("sync", "--write")
    assert ran.code == 1
    assert "6 people would be written down as departed" in ran.err
    assert desk.people == before
    assert desk("sync", "--write", "--many").code == 0
    assert desk.people.count("departed: true") == 6


def test_a_file_that_cannot_be_changed_safely_is_left_and_the_lines_are_printed(desk: Desk) -> None:
    odd = "sources: {csv: [people.csv]}\npeople:\n  bob: &b {name: Bob, email: bob@acme.example}\n  ann: *b\n"
    desk.write("people.yaml", odd.replace("  ann: *b\n", "  ann: {name: Ann}\n"))
    desk.write("people.csv", "mail,github\nbob@acme.example,carol\n")
    assert desk("sync", "--write").code == 0
    # The table gives one login to two people: people.yaml would refuse that.
    desk.write("people.yaml", "sources: {csv: [people.csv]}\npeople:\n  ann: &a {name: Ann}\n  bob: *a\n")
    desk.write("people.csv", "id,slack,mail\nbob,U1,bob@acme.example\n")
    before = desk.people
    ran = desk("sync", "--write")
    assert ran.code == 1
    assert "was not changed" in ran.err
    assert "  bob:\n    email: bob@acme.example\n    slack: U1\n" in ran.out
    assert desk.people == before


@pytest.mark.parametrize(
    ("people", "arguments", "says"),
    [
        pytest.param("people: {}\n", ("sync",), "people.yaml names no source", id="nothing to compare with"),
        pytest.param(PEOPLE, ("sync", "--format", "pdf"), "use text, json or yaml", id="an unknown format"),
        pytest.param("people: {bob: {lead: eve}}\n", ("show",), "is not among the people", id="a wrong people.yaml"),
    ],
)
def test_wrong_usage_is_told_in_one_line(desk: Desk, people: str, arguments: tuple[str, ...], says: str) -> None:
    desk.write("people.yaml", people)
    ran = desk(*arguments)
    assert ran.code == 2
    assert says in ran.err
    assert len(ran.err.splitlines()) == 1
