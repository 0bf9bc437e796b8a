"""people.yaml and its sources taken together: who is known again, who is added, and what is left in doubt."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from worker.domain.directory import Overlay, new_id, overlaid
from worker.domain.facts import Facts, LeaveFact, PersonFact, PlaceFact, TeamFact, plain_name, spoken_name
from worker.domain.model import Directory, Issue, IssueRef, Person, Team
from worker.domain.owners import Owner, team_for

ALICE = Person(id="alice", name="Alice Moreau", email="alice@acme.example", logins={"github": "alice-m"}, team="pay")
LENA = Person(id="lena", name="Lena Vogt", email="lena@acme.example", logins={"jira": "712020:lena"})
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LAYLA = "ليلى حداد"


ELSEWHERE = IssueRef("github", "other/incidents#1")


def tracked(key: str, *components: str) -> Issue:
    """An issue under this key."""
    return Issue(ref=IssueRef.parse(key), title="x", created_at=NOON, updated_at=NOON, components=components)


def given(*people: Person, teams: tuple[Team, ...] = (Team(id="pay", name="Payments", lead="lena"),)) -> Directory:
    found = people or (ALICE, LENA)
    reasons = {f"people.{p.id}": "people.yaml" for p in found}
    return Directory(people={p.id: p for p in found}, teams={t.id: t for t in teams}, reasons=reasons)


def table(*people: PersonFact, **more: Any) -> Facts:
    return replace(Facts(source="people.csv", complete=True, people=people), **more)


def doubts(overlay: Overlay) -> str:
    return "\n".join(str(doubt) for doubt in overlay.doubts)


def test_without_sources_nothing_changes() -> None:
    directory = given()
    assert overlaid(directory, ()).directory is directory


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param(PersonFact(email="ALICE@acme.example"), id="the mail address, whatever its case"),
        pytest.param(PersonFact(logins={"github": "Alice-M"}), id="a login, whatever its case"),
        pytest.param(PersonFact(id="alice"), id="the id"),
        pytest.param(PersonFact(email="alice@acme.example", name="Moreau, Alice"), id="with the name turned round"),
        pytest.param(PersonFact(email="alice@acme.example", name="Alice Dubois"), id="with a new name since a wedding"),
    ],
)
def test_somebody_is_known_again_by(fact: PersonFact) -> None:
    overlay = overlaid(given(), [table(replace(fact, slack="U1", where="line 2"))])
    assert overlay.directory.people["alice"].slack == "U1"
    assert overlay.directory.reasons["people.alice.slack"] == "people.csv, line 2"
    assert (overlay.doubts, len(overlay.directory.people)) == ((), 2)


def test_what_people_yaml_says_is_never_changed() -> None:
    other = PersonFact(
        email="alice@acme.example", name="Alicia", team="search", slack="U1", logins={"github": "alice-m"}
    )
    directory = overlaid(given(), [table(other)]).directory
    assert directory.people["alice"] == replace(ALICE, slack="U1", aliases=("Alicia",))


def test_the_earlier_source_comes_before_the_later_one() -> None:
    first = table(PersonFact(email="alice@acme.example", slack="U1"))
    second = replace(table(PersonFact(email="alice@acme.example", slack="U2")), source="other.csv")
    assert overlaid(given(), [first, second]).directory.people["alice"].slack == "U1"


def test_a_zone_that_is_only_a_default_may_be_said_elsewhere() -> None:
    fact = PersonFact(email="alice@acme.example", timezone="Asia/Tokyo", country="JP")
    assert overlaid(given(), [table(fact)]).directory.people["alice"].timezone == "Asia/Tokyo"
    fixed = replace(given(), reasons={"people.alice.timezone": "people.yaml"})
    assert overlaid(fixed, [table(fact)]).directory.people["alice"].timezone == "UTC"


@pytest.mark.parametrize(
    ("fact", "says"),
    [
        pytest.param(
            PersonFact(name="Alice Moreau", logins={"jira": "712020:a"}),
            "if so, write jira: 712020:a there",
            id="a name alone",
        ),
        pytest.param(
            PersonFact(name="Anna Smith", email="anna@acme.example", logins={"github": "alice-m"}),
            "given to somebody else",
            id="a login with another name and address: it was given away",
        ),
        pytest.param(
            PersonFact(email="alice@acme.example", logins={"jira": "712020:lena"}),
            "fits alice and lena at once",
            id="a mail of one and a login of another",
        ),
        pytest.param(
            PersonFact(email="alice@acme.example", logins={"github": "amoreau"}),
            "with another login (github: alice-m there, amoreau here)",
            id="another login of the same site",
        ),
    ],
)
def test_what_contradicts_itself_is_a_doubt_and_changes_nothing(fact: PersonFact, says: str) -> None:
    directory = given()
    overlay = overlaid(directory, [table(fact)])
    assert says in doubts(overlay)
    assert overlay.directory == directory


def test_a_login_of_somebody_who_left_is_not_believed_to_be_theirs() -> None:
    gone = replace(ALICE, departed=True)
    organization = Facts(
        source="GitHub organization acme", site="github", people=(PersonFact(logins={"github": "alice-m"}),)
    )
    overlay = overlaid(given(gone, LENA), [organization])
    assert "who has left: if they are back, remove `departed`" in doubts(overlay)
    assert overlay.directory.people["alice"].departed


def test_two_people_of_one_name_in_a_table_are_two_people() -> None:
    twins = (
        PersonFact(name="Wei Chen", email="wei.chen@acme.example", where="line 2"),
        PersonFact(name="Wei Chen", email="wei.chen2@acme.example", where="line 3"),
    )
    overlay = overlaid(given(), [table(*twins)])
    assert overlay.doubts == ()
    assert len(overlay.directory.by_name("github", "Wei Chen")) == 2
    lead = replace(
        table(PersonFact(name="Bo", email="bo@acme.example", lead="Wei Chen", where="line 4")), source="b.csv"
    )
    both = overlaid(given(), [table(*twins), lead])
    assert "`Wei Chen` may be wei.chen or wei.chen2" in doubts(both)
    assert both.directory.people["bo"].lead == ""


def test_a_line_that_stands_twice_counts_once() -> None:
    fact = PersonFact(name="Bo", email="bo@acme.example")
    overlay = overlaid(given(), [table(replace(fact, where="line 2"), replace(fact, where="line 3", team="x"))])
    assert "stands here a second time (first at line 2)" in doubts(overlay)
    assert overlay.directory.people["bo"].team == ""


def test_a_name_in_arabic_is_found_however_it_is_written() -> None:
    overlay = overlaid(given(), [table(PersonFact(name=LAYLA, email="layla@acme.example"))])
    assert overlay.directory.people["layla"].name == LAYLA
    again = PersonFact(name="\u202b" + LAYLA.replace("ل", "ﻟ", 1) + "\u202c", logins={"jira": "712020:l"})
    found = overlaid(overlay.directory, [replace(table(again), source="Jira project PAY", site="jira")])
    assert "has the name of layla" in doubts(found)


def test_names_are_compared_without_order_case_and_hidden_signs() -> None:
    assert plain_name("SCHMIDT,  Anna") == plain_name("anna\u200f schmidt")
    assert plain_name("Ludovic") != plain_name("Ludo")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        pytest.param("  Hana\t Sato\r\n", "Hana Sato", id="one line"),
        pytest.param("Hana\x1b[31m Sato\x00", "Hana[31m Sato", id="nothing that steers a terminal"),
        pytest.param("Hana \u202eotaS", "Hana otaS", id="nothing that turns the text around"),
        pytest.param("نیم\u200cفاصله", "نیم\u200cفاصله", id="but what a script needs"),
        pytest.param('=HYPERLINK("x")', "", id="no formula"),
        pytest.param("H" * 500, "H" * 200, id="no novel"),
    ],
)
def test_a_name_that_somebody_chose_is_made_fit_for_messages(written: str, name: str) -> None:
    assert spoken_name(written) == name


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        pytest.param(PersonFact(id="hana", email="x@acme.example"), "hana", id="what the source says"),
        pytest.param(PersonFact(email="Hana.Sato+x@acme.example"), "hana.sato", id="else the mail's local part"),
        pytest.param(PersonFact(logins={"github": "hana-s"}), "hana-s", id="else a login that reads as a word"),
        pytest.param(PersonFact(name="Hána Šato", logins={"jira": "712020:0a-1"}), "hana-sato", id="else the name"),
        pytest.param(PersonFact(name=LAYLA), "p-", id="else a digest"),
    ],
)
def test_somebody_new_gets_an_id_from(fact: PersonFact, expected: str) -> None:
    assert re.fullmatch(expected + ("[0-9a-f]{6}" if expected == "p-" else ""), new_id(fact, set()))


def test_an_id_that_is_taken_gets_a_digest_that_stays() -> None:
    fact = PersonFact(email="alice@other.example")
    assert new_id(fact, {"alice"}) == new_id(fact, {"alice", "bob"}) != "alice"
    assert new_id(fact, {"alice"}).startswith("alice-")


def test_a_teams_only_maintainer_leads_it_and_its_members_are_in_it() -> None:
    organization = Facts(
        source="GitHub organization acme",
        site="github",
        people=(PersonFact(logins={"github": "alice-m"}, team="acme/payments", where="member"),),
        teams=(TeamFact(id="acme/payments", name="Payments", lead="alice-m", where="team acme/payments"),),
    )
    alone = Directory(people={"alice": replace(ALICE, team="")})
    directory = overlaid(alone, [organization]).directory
    assert directory.teams["payments"] == Team(id="payments", name="Payments", lead="alice")
    assert directory.people["alice"].team == "payments"
    assert directory.reasons["teams.payments.lead"] == "GitHub organization acme, team acme/payments"


def test_a_team_is_the_one_of_people_yaml_by_its_id_or_name() -> None:
    fact = TeamFact(id="acme/payments", name="", lead="nobody", places=("github:acme/gateway",))
    directory = overlaid(given(), [Facts(source="catalog", teams=(fact,))]).directory
    assert directory.teams == {
        "pay": Team(id="pay", name="Payments", lead="lena", repositories=("github:acme/gateway",))
    }


def test_a_login_is_never_taken_for_an_id() -> None:
    """On GitHub `lena` is somebody else's login than that of the Lena whose id is `lena`."""
    facts = Facts(source="GitHub", site="github", teams=(TeamFact(id="acme/search", lead="lena"),))
    overlay = overlaid(given(), [facts])
    assert overlay.directory.teams["search"].lead == ""
    assert "nobody is known as `lena`" in doubts(overlay)


def test_whoever_is_their_own_manager_has_none() -> None:
    overlay = overlaid(given(), [table(PersonFact(email="lena@acme.example", lead="lena@acme.example"))])
    assert overlay.directory.people["lena"].lead == ""
    assert overlay.doubts == ()


@pytest.mark.parametrize(
    ("place", "issue", "components", "lead"),
    [
        pytest.param("github:acme/gateway", "github:acme/gateway#1", (), "alice", id="a repository"),
        pytest.param("jira:PAY", "jira:PAY-1", (), "alice", id="a project"),
        pytest.param("jira:PAY/Gateway", "jira:PAY-1", ("Gateway",), "alice", id="a component of it"),
        pytest.param("jira:PAY/Gateway", "jira:PAY-1", ("Ledger",), None, id="but not another one"),
    ],
)
def test_who_answers_for_a_place_leads_what_nobody_owns_there(
    place: str, issue: str, components: tuple[str, ...], lead: str | None
) -> None:
    facts = Facts(
        source="Jira project PAY", places=(PlaceFact(place=place, person="alice@acme.example", where="lead"),)
    )
    directory = overlaid(given(), [facts]).directory
    team = team_for(Owner(), directory, ELSEWHERE, issue=tracked(issue, *components))
    assert (team.lead if team is not None else None) == lead


def test_a_component_comes_before_its_project_and_a_name_before_a_pattern() -> None:
    teams = (
        Team(id="a", lead="lena", repositories=("acme/*",)),
        Team(id="b", lead="lena", repositories=("acme/gateway", "jira:PAY")),
        Team(id="c", lead="lena", repositories=("jira:PAY/Gateway",)),
    )
    directory = given(teams=teams)

    def found(key: str, *components: str) -> str:
        team = team_for(Owner(), directory, ELSEWHERE, issue=tracked(key, *components))
        return team.id if team is not None else ""

    assert found("github:acme/other#1") == "a"
    assert found("github:acme/gateway#1") == "b"
    assert found("jira:PAY-1", "gateway") == "c"
    assert found("jira:PAY-1", "Ledger") == "b"
    assert found("jira:OPS-1") == ""


def test_a_place_that_people_yaml_gives_to_a_team_stays_with_it() -> None:
    mine = Team(id="pay", name="Payments", lead="lena", repositories=("acme/gateway",))
    facts = Facts(
        source="CODEOWNERS", site="github", places=(PlaceFact(place="github:acme/gateway", team="acme/search"),)
    )
    directory = overlaid(given(teams=(mine,)), [facts]).directory
    assert directory.teams == {"pay": mine}


def test_leave_is_added_to_what_is_known() -> None:
    known = replace(ALICE, leave=((date(2026, 12, 24), date(2026, 12, 24)),))
    days = ((date(2026, 12, 1), date(2026, 12, 4)), (date(2026, 12, 24), date(2026, 12, 24)))
    facts = Facts(source="the leave calendar of Alice", leave=(LeaveFact(person="alice", days=days),))
    directory = overlaid(given(known, LENA), [facts]).directory
    assert directory.people["alice"].leave == days
    assert directory.reasons["people.alice.leave.2026-12-01"] == "the leave calendar of Alice"


def test_leave_of_somebody_unknown_is_nothing() -> None:
    facts = Facts(source="x", leave=(LeaveFact(person="eve", days=((date(2026, 12, 1), date(2026, 12, 1)),)),))
    assert overlaid(given(), [facts]).directory == given()


def test_the_same_answers_make_the_same_directory_in_any_order_of_their_lines() -> None:
    people = [PersonFact(name=f"Person {n}", email=f"p{n}@acme.example", team=f"team {n % 3}") for n in range(20)]
    there, back = (overlaid(given(), [table(*order)]).directory for order in (people, people[::-1]))
    assert there == back


def test_the_issues_place_comes_before_the_post_mortems_and_the_owners_team_before_both() -> None:
    teams = (
        Team(id="a", lead="lena", repositories=("other/incidents",)),
        Team(id="b", lead="lena", repositories=("jira:PAY",)),
        Team(id="pay", lead="lena"),
    )
    directory = given(teams=teams)

    def found(owner: Owner, issue: Issue | None) -> str:
        team = team_for(owner, directory, ELSEWHERE, issue=issue)
        return team.id if team is not None else ""

    assert found(Owner(), None) == "a"
    assert found(Owner(), tracked("jira:OPS-1")) == "a"
    assert found(Owner(), tracked("jira:PAY-1")) == "b"
    assert found(Owner(person=ALICE), tracked("jira:PAY-1")) == "pay"


def test_ten_thousand_people_are_brought_together_at_once() -> None:
    people = {f"p{n}": Person(id=f"p{n}", name=f"Person {n}", email=f"p{n}@acme.example") for n in range(5_000)}
    facts = [
        PersonFact(
            name=f"Person {n}",
            email=f"p{n}@acme.example",
            logins={"github": f"login-{n}"},
            team=f"Team {n % 300}",
            lead=f"p{n // 10}@acme.example",
            where=f"line {n}",
        )
        for n in range(10_000)
    ]
    began = time.monotonic()
    overlay = overlaid(Directory(people=people), [table(*facts)])
    assert (len(overlay.directory.people), len(overlay.directory.teams), overlay.doubts) == (10_000, 300, ())
    assert time.monotonic() - began < 5


def test_the_places_of_a_large_catalog_are_laid_over_quickly() -> None:
    teams = tuple(TeamFact(id=f"group-{n}", name="", lead="", where="") for n in range(500))
    places = tuple(PlaceFact(place=f"github:acme/s{n}", team=f"group-{n % 500}", where="") for n in range(10_000))
    began = time.process_time()
    made = overlaid(Directory(), [Facts(source="the catalog", teams=teams, places=places)]).directory
    assert len(made.teams["group-7"].repositories) == 20
    assert time.process_time() - began < 5
