"""GitHub organizations, CODEOWNERS and Jira projects as sources, over real HTTP with the real client libraries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.app.people.towns import BOT, Town, town
from worker.app.people.gather import Gathered, gather
from worker.app.people.reads import people_reads_of
from worker.app.settings import Settings
from worker.domain.explain import above
from worker.domain.model import Issue, IssueRef
from worker.domain.owners import Owner, team_for
from worker.domain.roster import propose

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PEOPLE = """
sources: {github: [acme], codeowners: [acme/pay]}
people:
  alice: {name: Alice Moreau, email: alice@acme.example, github: alice-m}
  lena: {name: Lena Vogt, email: lena@acme.example, github: lvogt}
"""


@pytest.fixture(scope="module")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture
def here(_town: Town) -> Town:
    _town.github.reset()
    _town.jira.reset()
    return _town


def ask(settings: Settings, *, names: bool = False) -> Gathered:
    return gather(settings, people_reads_of(settings, attempts=1), NOW, names=names)


def test_a_teams_maintainer_is_the_lead_of_its_members_and_it_is_said_why(here: Town) -> None:
    found = ask(here.settings(PEOPLE))
    assert found.troubles == ()
    directory = found.overlay.directory
    alice = directory.people["alice"]
    # GitHub lists her in the team above as well.
    assert alice.team == "payments"
    (lead,) = above(alice, directory)
    assert (lead.person, lead.why) == ("lena", "leads Payments, Alice Moreau's team")
    assert lead.source == "GitHub organization acme, team acme/payments"


def test_what_cannot_be_told_is_left_open_and_noted(here: Town) -> None:
    found = ask(here.settings(PEOPLE))
    directory = found.overlay.directory
    notes = [note for answer in found.answers if answer.facts is not None for note in answer.facts.notes]
    assert notes == [
        "hana-s is in the teams acme/payments, acme/search; name their team in people.yaml",
        "team acme/engineering has several maintainers (dana-k, dario-x); name its lead in people.yaml",
    ]
    assert directory.people["hana-s"].team == ""
    assert directory.teams["engineering"].lead == ""


def test_of_several_teams_the_one_that_people_yaml_names_counts(here: Town) -> None:
    directory = ask(here.settings(PEOPLE + "teams: {find: {name: Search}}\n")).overlay.directory
    assert directory.people["hana-s"].team == "find"
    assert directory.teams["find"].lead == "layla-h"


def test_members_whom_people_yaml_does_not_know_have_a_lead_and_no_mail(here: Town) -> None:
    directory = ask(here.settings(PEOPLE)).overlay.directory
    assert set(directory.people) == {"alice", "lena", "hana-s", "layla-h", "dana-k", "dario-x", BOT}
    assert {p.email for p in directory.people.values()} == {"alice@acme.example", "lena@acme.example", ""}
    assert directory.people["layla-h"].team == "search"


def test_codeowners_give_a_repository_to_a_team(here: Town) -> None:
    directory = ask(here.settings(PEOPLE)).overlay.directory
    team = team_for(Owner(), directory, IssueRef("github", "acme/pay#1"))
    assert team is not None
    assert (team.id, team.lead) == ("payments", "lena")
    assert directory.reasons["teams.payments.repositories.github:acme/pay"] == "CODEOWNERS of acme/pay, line 1"


def test_a_proposal_knows_names_and_an_ordinary_look_does_not_ask_for_them(here: Town) -> None:
    settings = here.settings(PEOPLE)
    ask(settings)
    asked = [entry.path for entry in here.github.requests()]
    assert not any("/users/" in path for path in asked)
    facts = [a.facts for a in ask(settings, names=True).answers if a.facts is not None]
    joiners = {joiner.person.id: joiner.person.name for joiner in propose(settings.directory, facts).joiners}
    assert joiners["layla-h"] == "ليلى حداد"


@pytest.mark.parametrize(
    ("token", "says"),
    [
        pytest.param("ghp_issues", "Resource not accessible by personal access token", id="without read:org"),
        pytest.param("ghp_stranger", "404", id="of a stranger"),
        pytest.param("wrong", "401", id="that is none"),
    ],
)
def test_a_credential_that_may_not_look_is_a_trouble_of_its_source(here: Town, token: str, says: str) -> None:
    found = ask(here.settings(PEOPLE, {"GITHUB_TOKEN": token}))
    assert says in next(trouble for trouble in found.troubles if "organization" in trouble)
    assert set(found.overlay.directory.people) == {"alice", "lena"}


def test_without_any_credential_it_says_which_is_missing(here: Town) -> None:
    found = ask(here.settings(PEOPLE, {"GITHUB_TOKEN": ""}))
    assert "site github has no credential" in found.troubles[0]


def test_a_repository_without_the_file_is_a_trouble(here: Town) -> None:
    found = ask(here.settings("sources: {codeowners: [acme/docs]}\n"))
    (trouble,) = found.troubles
    assert trouble.startswith("CODEOWNERS of acme/docs: the repository has no such file")


def test_many_members_come_in_pages(here: Town) -> None:
    org = here.github.site.store.account("acme")
    assert org is not None
    for number in range(250):
        login = f"member-{number:03}"
        here.github.site.store.add_account(login)
        org.members.add(login)
    assert len(ask(here.settings(PEOPLE)).overlay.directory.people) == 257


JIRA_PEOPLE = """
sources: {{jira: [PAY]}}
people:
  alice: {{name: Alice Moreau, email: alice@acme.example, jira: "{alice}"}}
  lena: {{name: Lena Vogt, email: lena@acme.example, jira: "{lena}"}}
  rosa: {{name: Rosa Diaz, email: rosa@acme.example, jira: "{rosa}"}}
"""


@pytest.fixture(params=["cloud", "datacenter"])
def any_jira(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, face=request.param) as found:
        yield found


def jira_people(found: Town) -> str:
    return JIRA_PEOPLE.format(**{login: found.jira.account_id(login) for login in ("alice", "lena", "rosa")})


def test_a_projects_and_a_components_lead_answer_for_what_nobody_owns(any_jira: Town) -> None:
    found = ask(any_jira.settings(jira_people(any_jira)))
    assert found.troubles == ()
    directory = found.overlay.directory
    pay = Issue(ref=IssueRef("jira", "PAY-1"), title="x", created_at=NOW, updated_at=NOW)
    leads = {}
    for components in ((), ("Ledger",), ("Gateway",)):
        team = team_for(Owner(), directory, pay.ref, issue=replace(pay, components=components))
        leads[components] = team.lead if team is not None else ""
    assert leads == {(): "lena", ("Ledger",): "lena", ("Gateway",): "alice"}
    gateway = team_for(Owner(), directory, pay.ref, issue=replace(pay, components=("Gateway",)))
    assert gateway is not None
    assert directory.reasons[f"teams.{gateway.id}.lead"] == "Jira project PAY, lead of Gateway"


def test_a_closed_account_says_that_somebody_has_left(any_jira: Town) -> None:
    settings = any_jira.settings(jira_people(any_jira))
    found = ask(settings)
    assert found.overlay.directory.people["rosa"].departed
    assert found.overlay.directory.reasons["people.rosa.departed"] == "Jira project PAY, closed account"
    facts = [a.facts for a in found.answers if a.facts is not None]
    (leaver,) = propose(settings.directory, facts).leavers
    assert (leaver.person, leaver.sure) == ("rosa", True)


def test_no_address_to_send_to_is_taken_from_jira_and_no_app_is_a_person(any_jira: Town) -> None:
    directory = ask(any_jira.settings("sources: {jira: [PAY]}\n")).overlay.directory
    # Data Center does not tell an app's account from a person's.
    apps = {"Robot"} if any_jira.jira.face == "datacenter" else set()
    assert {p.name for p in directory.people.values()} == {"Alice Moreau", "Lena Vogt", BOT.title(), *apps}
    assert {p.email for p in directory.people.values()} == {""}


def test_a_name_alone_joins_no_account_to_anybody(any_jira: Town) -> None:
    found = ask(any_jira.settings("sources: {jira: [PAY]}\npeople:\n  alice: {name: Alice Moreau}\n"))
    assert found.overlay.directory.people["alice"].logins == {}
    who, whose = map(str, found.overlay.doubts)
    assert "has the name of alice and nothing else in common" in who
    assert "who answers for jira:PAY/Gateway: nobody is known as" in whose


def test_a_project_that_is_not_there_is_a_trouble(any_jira: Town) -> None:
    (trouble,) = ask(any_jira.settings("sources: {jira: [NOPE]}\n")).troubles
    assert trouble.startswith("Jira project NOPE: ")
