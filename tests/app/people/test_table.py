"""Tables of people as programs write them, and cells that nobody should believe."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from worker.app.people.fetch import MOST_BYTES, text_of
from worker.app.people.port import SourceTrouble
from worker.app.people.table import MOST_NOTES, Table, read_table
from worker.domain.facts import Facts, PersonFact

TODAY = date(2026, 11, 20)
LAYLA = "ليلى حداد"
SPLIT = LAYLA.replace(" ", ",")


def read(text: str, *sites: str) -> Facts:
    return read_table(text, "people.csv", sites or ("github", "jira"), TODAY)


def only(text: str) -> PersonFact:
    (fact,) = read(text).people
    return fact


def test_a_line_is_a_person_with_the_place_where_they_stand() -> None:
    text = "id,name,mail,github,jira,slack,team,lead,director,timezone,country\n"
    text += "hana,Hana Sato,hana@acme.example,@hana-s,712020:h,U1,Payments,lena,dana,Asia/Tokyo,jp\n"
    assert only(text) == PersonFact(
        where="line 2",
        id="hana",
        name="Hana Sato",
        email="hana@acme.example",
        logins={"github": "hana-s", "jira": "712020:h"},
        slack="U1",
        team="Payments",
        lead="lena",
        director="dana",
        timezone="Asia/Tokyo",
        country="JP",
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"\ufeffName;E-Mail\r\n{LAYLA};layla@acme.example\r\n".encode(), id="a mark, semicolons"),
        pytest.param(f"name\tmail\n{LAYLA}\tlayla@acme.example\n".encode("utf-16"), id="UTF-16, tabs"),
        pytest.param(f"mail|name\nlayla@acme.example|{LAYLA}".encode(), id="bars, and no line end"),
        pytest.param(f'\n\n"Full Name","Work Email"\n"{LAYLA}","layla@acme.example"\n\n,\n'.encode(), id="empty lines"),
        pytest.param(f"First name,Last name,mail\n{SPLIT},layla@acme.example\n".encode(), id="two columns for a name"),
    ],
)
def test_a_table_is_read_however_a_program_saves_it(content: bytes) -> None:
    fact = only(text_of(content))
    assert (fact.name, fact.email) == (LAYLA, "layla@acme.example")


@pytest.mark.parametrize("heading", ["GitHub", "github login", "GitHub username", "github_id", "GITHUB"])
def test_a_sites_column_may_be_called(heading: str) -> None:
    assert only(f"name,{heading}\nBo,bo-x\n").logins == {"github": "bo-x"}


def test_a_site_of_ones_own_is_a_column_too() -> None:
    (fact,) = read("name,ghe-eu\nBo,bo\n", "ghe-eu").people
    assert fact.logins == {"ghe-eu": "bo"}


def test_columns_that_nobody_knows_are_left_alone() -> None:
    assert only("name,salary,mail\nBo,=1+1,bo@acme.example\n") == PersonFact(
        where="line 2", name="Bo", email="bo@acme.example"
    )


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        pytest.param("name", '=HYPERLINK(""http://x"")', "begins as a formula does", id="a formula"),
        pytest.param("name", "+49 30 123", "begins as a formula does", id="a plus"),
        pytest.param("team", "-2+3", "begins as a formula does", id="a minus"),
        pytest.param("team", "@SUM(A1)", "begins as a formula does", id="an at sign"),
        pytest.param("github", "@=cmd", "begins as a formula does", id="one behind the at sign of a login"),
        pytest.param("name", "Bo\nBcc: eve@x.example", "holds a line break", id="a line break"),
        pytest.param("name", "B" * 201, "is longer than 200 characters", id="a novel"),
        pytest.param("github", "two words", "is no login", id="a login of two words"),
        pytest.param("id", "bo okafor", "can't be an id", id="an id with a blank"),
        pytest.param("timezone", "Berlin", "is no time zone", id="a zone by its city"),
        pytest.param("country", "Germany", "is no two-letter code", id="a country by its name"),
        pytest.param("left", "soon", "is neither yes or no nor a day", id="a day that is none"),
    ],
)
def test_a_cell_is_left_out_and_told_where_it_is(column: str, cell: str, says: str) -> None:
    facts = read(f'mail,{column}\nbo@acme.example,"{cell}"\n')
    assert facts.people == (PersonFact(where=facts.people[0].where, email="bo@acme.example"),)
    (note,) = facts.notes
    assert says in note
    assert note.startswith("line ")


def test_an_address_that_is_none_is_left_out() -> None:
    facts = read("name,mail\nBo,bo at acme\n")
    assert facts.people[0].email == ""
    assert facts.notes == ("line 2: the cell of email is no mail address; it is left out",)


def test_a_region_must_be_one_of_the_country_beside_it() -> None:
    text = "mail,country,region\na@acme.example,DE,BY\nb@acme.example,FR,BY\nc@acme.example,,BY\n"
    facts = read(text)
    assert [(p.country, p.region) for p in facts.people] == [("DE", "BY"), ("FR", ""), ("", "")]
    assert len(facts.notes) == 2


def test_a_line_that_tells_nobody_is_left_out() -> None:
    facts = read("name,team\n,Payments\n,\n")
    assert (facts.people, facts.notes) == ((), ("line 2: nothing tells who this is",))


@pytest.mark.parametrize(
    ("column", "cell", "departed"),
    [
        pytest.param("departed", "yes", True, id="yes"),
        pytest.param("departed", "", False, id="nothing"),
        pytest.param("end date", "2026-11-19", True, id="a last day that has passed"),
        pytest.param("end date", "2026-11-20", False, id="today is still a day of work"),
        pytest.param("status", "Inactive", True, id="an inactive status"),
        pytest.param("status", "Active", False, id="an active one"),
        pytest.param("active", "false", True, id="active: no"),
    ],
)
def test_whether_somebody_has_left(column: str, cell: str, departed: bool) -> None:
    assert only(f"name,{column}\nBo,{cell}\n").departed is departed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "names neither `name` nor `mail`", id="an empty file"),
        pytest.param("Bo,bo@acme.example\n", "names neither `name` nor `mail`", id="a table without a heading"),
        pytest.param('name\n"' + "x" * 200_000, "is a quote left open?", id="a quote that never ends"),
    ],
)
def test_what_is_no_table_of_people_is_refused(text: str, says: str) -> None:
    with pytest.raises(SourceTrouble, match=says.replace("?", r"\?")):
        read(text)


def test_many_bad_lines_are_told_in_few_words() -> None:
    notes = read("name,mail\n" + "Bo,no\n" * 1000).notes
    assert len(notes) == MOST_NOTES + 1
    assert notes[-1] == "and 950 more such lines"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param("name\nJosé\n".encode("latin-1"), "line 2 is not UTF-8", id="an old encoding"),
        pytest.param(b"\xff\xfen\x00a", "goes on as something else", id="half of a letter"),
        pytest.param(b"x" * (MOST_BYTES + 1), "larger than", id="a huge file"),
        pytest.param(None, "can't be read: No such file", id="no file"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / "people.csv").write_bytes(content)
    with pytest.raises(SourceTrouble, match=says):
        Table("people.csv", tmp_path, ("github",), TODAY).read()


def test_a_large_table_is_read_at_once(tmp_path: Path) -> None:
    more = "Europe/Berlin;DE;BY"
    lines = [f"Person {n};p{n}@acme.example;p{n};team {n % 50};p{n // 10}@acme.example;{more}" for n in range(10_000)]
    (tmp_path / "people.csv").write_text(
        "Name;Mail;GitHub;Team;Manager;Timezone;Country;Region\n" + "\n".join(lines), encoding="utf-8"
    )
    facts = Table("people.csv", tmp_path, ("github",), TODAY).read()
    assert (len(facts.people), facts.notes) == (10_000, ())
