"""Joiners, leavers and doubtful matches: what people.yaml should be told."""

from __future__ import annotations

from dataclasses import replace

from worker.domain.facts import Facts, PersonFact
from worker.domain.model import Directory, Person, Team
from worker.domain.roster import entry_of, propose

ALICE = Person(id="alice", name="Alice Moreau", email="alice@acme.example", logins={"github": "alice-m"}, team="pay")
BOB = Person(id="bob", name="Bob Okafor", email="bob@acme.example", logins={"github": "bob-o"})
GIVEN = Directory(people={"alice": ALICE, "bob": BOB}, teams={"pay": Team(id="pay", lead="bob")})


def organization(*logins: str, complete: bool = True) -> Facts:
    people = tuple(PersonFact(where="member", logins={"github": login}) for login in logins)
    return Facts(source="GitHub organization acme", site="github", complete=complete, people=people)


def test_where_all_agree_there_is_nothing_to_say() -> None:
    assert propose(GIVEN, [organization("alice-m", "bob-o")]).changes == 0


def test_somebody_new_is_a_joiner_with_all_that_is_known() -> None:
    fact = PersonFact(where="line 2", name="Hana Sato", email="hana@acme.example", team="pay", lead="alice")
    (joiner,) = propose(GIVEN, [Facts(source="people.csv", people=(fact,))]).joiners
    assert joiner.source == "people.csv, line 2"
    assert entry_of(joiner.person) == {
        "name": "Hana Sato",
        "email": "hana@acme.example",
        "team": "pay",
        "lead": "alice",
    }


def test_a_joiners_team_that_people_yaml_does_not_have_is_left_to_a_person() -> None:
    fact = PersonFact(name="Hana Sato", email="hana@acme.example", team="search")
    (joiner,) = propose(GIVEN, [Facts(source="people.csv", people=(fact,))]).joiners
    assert "team" not in entry_of(joiner.person)


def test_a_login_that_people_yaml_lacks_is_an_addition() -> None:
    fact = PersonFact(where="line 2", email="alice@acme.example", logins={"jira": "712020:a", "ghe": "amoreau"})
    found = propose(GIVEN, [Facts(source="people.csv", people=(fact,))]).additions
    assert [(a.person, a.key, a.value) for a in found] == [
        ("alice", "jira", "712020:a"),
        ("alice", "logins.ghe", "amoreau"),
    ]


def test_a_sources_word_that_somebody_left_is_sure_and_a_gap_in_a_list_is_not() -> None:
    closed = Facts(
        source="Jira project PAY",
        site="jira",
        people=(PersonFact(where="closed account", logins={"github": "bob-o"}, departed=True),),
    )
    found = propose(GIVEN, [organization("bob-o"), closed]).leavers
    assert [(one.person, one.sure, one.why) for one in found] == [
        ("alice", False, "not in GitHub organization acme by the login alice-m"),
        ("bob", True, "Jira project PAY, closed account"),
    ]


def test_whoever_one_of_two_lists_has_is_not_missing() -> None:
    lists = [organization("alice-m"), replace(organization("bob-o"), source="GitHub organization acme-labs")]
    assert propose(GIVEN, lists).leavers == ()


def test_a_list_that_is_not_complete_says_nothing_of_who_is_missing() -> None:
    assert propose(GIVEN, [organization("alice-m", complete=False)]).leavers == ()


def test_whoever_has_left_already_or_has_no_login_there_is_not_missing() -> None:
    people = {"alice": replace(ALICE, departed=True), "bob": replace(BOB, logins={})}
    assert propose(replace(GIVEN, people=people), [organization("eve")]).leavers == ()


def test_whoever_is_in_doubt_is_told_as_that_and_not_as_missing() -> None:
    people = {"alice": replace(ALICE, departed=True), "bob": BOB}
    found = propose(replace(GIVEN, people=people), [organization("alice-m", "bob-o")])
    assert found.leavers == ()
    assert len(found.doubts) == 1


def test_a_joiner_who_has_left_already_is_nobody() -> None:
    fact = PersonFact(name="Eve", email="eve@acme.example", departed=True)
    found = propose(GIVEN, [Facts(source="people.csv", people=(fact,))])
    assert (found.joiners, found.changes) == ((), 0)
