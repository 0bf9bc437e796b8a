"""Why somebody answers for somebody, and what is missing in the chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from worker.domain.explain import above, directory_findings, facts_of
from worker.domain.model import Directory, Person, Team

ALICE = Person(id="alice", name="Alice", email="alice@acme.example", team="pay")
LENA = Person(id="lena", name="Lena", email="lena@acme.example")
DANA = Person(id="dana", name="Dana", email="dana@acme.example")
PAY = Team(id="pay", name="Payments", lead="lena", director="dana")


def directory(*people: Person, teams: tuple[Team, ...] = (PAY,), **reasons: str) -> Directory:
    found = people or (ALICE, LENA, DANA)
    said = {path.replace("__", "."): reason for path, reason in reasons.items()}
    return Directory(people={p.id: p for p in found}, teams={t.id: t for t in teams}, reasons=said)


def told(person: Person, known: Directory) -> list[tuple[str, str, str]]:
    return [(link.person, link.role, link.gap) for link in above(person, known)]


def test_the_chain_goes_from_the_lead_to_the_director_with_the_source_of_each() -> None:
    known = directory(teams__pay__lead="GitHub organization acme, team acme/pay")
    lead, director = above(ALICE, known)
    assert (lead.shown, lead.why, lead.source) == (
        "Lena",
        "leads Payments, Alice's team",
        "GitHub organization acme, team acme/pay",
    )
    assert (director.person, director.role, director.source) == ("dana", "director", "default")
    assert directory_findings(known) == ()


def test_ones_own_lead_comes_before_the_teams_and_leads_have_leads() -> None:
    bob = Person(id="bob", name="Bob", email="b@acme.example")
    known = directory(replace(ALICE, lead="bob"), replace(bob, lead="dana"), LENA, DANA)
    assert told(known.people["alice"], known) == [("bob", "lead", ""), ("lena", "lead", ""), ("dana", "lead", "")]


def test_a_circle_of_leads_ends_where_it_closes_and_is_named_once() -> None:
    people = (replace(ALICE, team="", lead="lena"), replace(LENA, lead="dana"), replace(DANA, lead="alice"))
    known = directory(*people, teams=())
    assert told(people[0], known) == [("lena", "lead", ""), ("dana", "lead", "")]
    assert [f for f in directory_findings(known) if "circle" in f] == [
        "the leads go round in a circle: alice → lena → dana → alice; correct one of them"
    ]


def test_a_lead_who_has_left_is_passed_over_and_it_is_said_who_hears_instead() -> None:
    known = directory(ALICE, replace(LENA, departed=True), DANA)
    assert told(ALICE, known) == [("lena", "lead", "has left"), ("dana", "director", "")]
    assert directory_findings(known) == (
        "Lena leads Payments, Alice's team and has left: Dana hears instead; correct people.yaml (said by default)",
    )


def test_a_director_who_is_unknown_or_without_mail_is_a_gap() -> None:
    known = directory(ALICE, LENA, replace(DANA, email=""))
    assert told(ALICE, known)[1] == ("dana", "director", "has no mail")
    known = directory(ALICE, LENA)
    assert told(ALICE, known)[1] == ("dana", "director", "is not known")


def test_whoever_has_nobody_above_is_named_and_those_at_the_top_are_not() -> None:
    known = directory(replace(ALICE, team=""), LENA, DANA)
    assert directory_findings(known) == ("Alice has nobody above who can be told: name a lead in people.yaml",)


def test_a_team_without_a_lead_and_a_substitute_who_left_are_gaps() -> None:
    people = (replace(ALICE, team="", lead="lena", substitute="dana"), LENA, replace(DANA, departed=True))
    assert directory_findings(directory(*people, teams=(Team(id="ops"),))) == (
        "Dana, the substitute of Alice, has left: name another in people.yaml",
        "team ops has no lead: name one in people.yaml",
    )


def test_whoever_has_left_is_no_gap_of_their_own() -> None:
    assert directory_findings(directory(replace(ALICE, team="", departed=True), teams=())) == ()


def test_every_fact_of_a_person_has_its_source() -> None:
    alice = replace(
        ALICE, logins={"github": "alice-m"}, leave=((date(2026, 12, 1), date(2026, 12, 4)),), country="DE", region="BY"
    )
    known = directory(
        alice,
        LENA,
        DANA,
        people__alice__email="people.yaml",
        people__alice__logins__github="people.csv, line 2",
    )
    said = {fact.what: (fact.value, fact.source) for fact in facts_of(alice, known)}
    assert said["mail"] == ("alice@acme.example", "people.yaml")
    assert said["github"] == ("alice-m", "people.csv, line 2")
    assert said["leave"] == ("2026-12-01 to 2026-12-04", "default")
    assert said["country"] == ("DE BY", "default")
