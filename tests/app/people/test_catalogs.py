"""Backstage catalogs and CODEOWNERS: who belongs to which team, and which team answers for what."""

from __future__ import annotations

from textwrap import dedent

import pytest

from worker.app.people.backstage import read_catalog
from worker.app.people.codeowners import read_codeowners
from worker.app.people.port import SourceTrouble
from worker.domain.facts import PersonFact, PlaceFact, TeamFact

CATALOG = """
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: payments
  annotations: {followthrough/lead: "user:default/lena"}
spec: {type: team, profile: {displayName: Payments}, children: [], members: [bo]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata:
  name: hana
  annotations: {github.com/user-login: hana-s}
spec:
  profile: {displayName: Hana Sato, email: hana@acme.example}
  memberOf: ["group:default/payments"]
---
kind: User
metadata: {name: bo}
spec: {profile: {displayName: Bo}, memberOf: []}
---
kind: Component
metadata:
  name: gateway
  annotations: {github.com/project-slug: acme/gateway, jira/project-key: PAY}
spec: {type: service, owner: payments}
---
kind: Component
metadata: {name: ledger, annotations: {github.com/project-slug: acme/ledger}}
spec: {owner: "user:hana"}
"""


def test_users_groups_and_components_are_people_teams_and_places() -> None:
    facts = read_catalog(CATALOG, "catalog-info.yaml")
    assert facts.people == (
        PersonFact(
            where="User hana",
            id="hana",
            name="Hana Sato",
            email="hana@acme.example",
            logins={"github": "hana-s"},
            team="payments",
        ),
        PersonFact(where="User bo", id="bo", name="Bo", team="payments"),
    )
    assert facts.teams == (TeamFact(where="Group payments", id="payments", name="Payments", lead="lena"),)
    assert facts.places == (
        PlaceFact(where="Component gateway", place="github:acme/gateway", team="payments"),
        PlaceFact(where="Component gateway", place="jira:PAY", team="payments"),
        PlaceFact(where="Component ledger", place="github:acme/ledger", person="hana"),
    )
    assert facts.notes == ()


def test_whoever_is_in_several_groups_has_no_team_of_them() -> None:
    text = "kind: User\nmetadata: {name: hana}\nspec: {memberOf: [a, b]}\n"
    assert read_catalog(text, "x").people[0].team == ""


@pytest.mark.parametrize(
    ("said", "groups", "team"),
    [
        pytest.param("[]", ["a", "b"], "", id="two groups name the user"),
        pytest.param("[a]", ["b"], "", id="the user names one, another group names the user"),
        pytest.param("[a, b]", ["a"], "", id="the user names two, one of them names the user"),
        pytest.param("[Group:default/A]", ["a"], "A", id="both mean the same"),
        pytest.param("[]", ["a"], "a", id="one group names the user"),
    ],
)
def test_it_does_not_matter_which_side_says_who_is_in_a_group(said: str, groups: list[str], team: str) -> None:
    text = f"kind: User\nmetadata: {{name: hana}}\nspec: {{memberOf: {said}}}\n"
    text += "".join(f"---\nkind: Group\nmetadata: {{name: {g}}}\nspec: {{members: [hana]}}\n" for g in groups)
    assert read_catalog(text, "x").people[0].team == team


def test_what_is_incomplete_is_left_out_and_told() -> None:
    text = "kind: User\n---\n- a list\n---\nkind: Location\nmetadata: {name: all}\nspec: {targets: [./other.yaml]}\n"
    facts = read_catalog(text, "x")
    assert facts.people == ()
    assert facts.notes == (
        "entity 1 has no `kind` or no `metadata.name`; it is left out",
        "entity 2 has no `kind` or no `metadata.name`; it is left out",
        "Location all points elsewhere; name that file under `sources:` by itself",
    )


def test_values_of_a_strange_type_are_nothing() -> None:
    spec = "{profile: {displayName: [x], email: 5}, memberOf: no}"
    text = f"kind: User\nmetadata: {{name: hana, annotations: 7}}\nspec: {spec}\n"
    assert read_catalog(text, "x").people == (PersonFact(where="User hana", id="hana"),)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("kind: [", id="broken off"),
        pytest.param("kind: !!python/object/apply:os.system ['true']", id="a tag that would run something"),
        pytest.param("a: 2026-13-45", id="a day that is none"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text: str) -> None:
    with pytest.raises(SourceTrouble, match="it is no YAML"):
        read_catalog(text, "x")


@pytest.mark.parametrize(
    ("text", "team", "person"),
    [
        pytest.param("* @acme/payments", "acme/payments", "", id="the team of everything"),
        pytest.param("# *  @acme/old\n*   @acme/payments  # ours\n/docs/ @bo\n", "acme/payments", "", id="comments"),
        pytest.param("* @acme/payments\n** @lena", "", "lena", id="the last rule wins"),
        pytest.param("* lena@acme.example", "", "lena@acme.example", id="a mail address"),
        pytest.param("* @bo @acme/payments @eve", "acme/payments", "", id="a team before people"),
        pytest.param("\ufeff* @lena\r\n", "", "lena", id="with a mark and line ends of Windows"),
    ],
)
def test_the_owner_of_everything_answers_for_the_repository(text: str, team: str, person: str) -> None:
    (place,) = read_codeowners(text, "github:acme/pay", "CODEOWNERS of acme/pay", "github").places
    assert (place.place, place.team, place.person) == ("github:acme/pay", team, person)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("/docs/ @bo", "no rule for everything", id="rules for parts alone"),
        pytest.param("* @acme/a @acme/b", "line 1 names @acme/a, @acme/b for everything", id="two teams"),
        pytest.param("* @bo @eve", "and not one owner", id="two people"),
        pytest.param("* @acme/a\n*", "line 2 names nobody", id="a later rule without anybody"),
        pytest.param("", "no rule for everything", id="an empty file"),
    ],
)
def test_without_one_owner_it_says_so_and_guesses_nobody(text: str, says: str) -> None:
    facts = read_codeowners(dedent(text), "github:acme/pay", "CODEOWNERS of acme/pay", "github")
    assert facts.places == ()
    assert says in facts.notes[0]
