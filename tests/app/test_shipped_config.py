"""The files in `config/` say what the program does: every key, each with its default."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.app.conftest import TOKEN
from worker.app.jira import jira_config
from worker.app.judge import all_keys
from worker.app.schema import render_schema, schemas
from worker.app.settings import JiraSettings, Settings, load_settings
from worker.app.shapes import FILES, DigestShape, LadderShape, PolicyShape, ReviewShape, Shape, SmartShape
from worker.app.yamlfile import read_yaml
from worker.domain.model import Directory, Person, Team
from worker.domain.policy import DigestPolicy, Ladder, Policy, ReviewPolicy, SmartPolicy

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def uncommented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped files with every setting's # taken away."""
    folder = tmp_path_factory.mktemp("uncommented")
    for name in FILES:
        text = (CONFIG / name).read_text(encoding="utf-8")
        (folder / name).write_text(re.sub(r"(?m)^( *)#(?=[^ #\n])", r"\1", text), encoding="utf-8")
    return folder


def but(settings: Settings, **changes: object) -> Settings:
    return dataclasses.replace(settings, **changes)  # type: ignore[arg-type]  # the caller names fields of its own type


def test_the_shipped_files_change_nothing() -> None:
    assert load_settings(CONFIG, TOKEN) == load_settings(None, TOKEN)


def test_the_commented_values_are_the_defaults(uncommented: Path) -> None:
    shown, default = load_settings(uncommented, TOKEN), load_settings(None, TOKEN)
    assert shown.sites["github"] == default.sites["github"]
    # The example's projects give the ledger a place.
    others = {"directory": Directory(), "sites": {}, "ledger": "", "warnings": (), "unready": ()}
    assert but(shown, **others) == but(default, **others)


def test_the_commented_values_of_a_jira_are_the_adapters_defaults(uncommented: Path) -> None:
    shown = load_settings(uncommented, {"JIRA_URL": "https://acme.atlassian.net", "JIRA_PAT": "a token"})
    site = shown.sites["jira"]
    assert isinstance(site, JiraSettings)
    default = load_settings(None, {"JIRA_URL": "https://acme.atlassian.net", "JIRA_PAT": "a token"}).sites["jira"]
    config = dataclasses.replace(jira_config(site, 3), projects=(), special={})
    assert isinstance(default, JiraSettings)
    assert config == jira_config(default, 3)
    assert (site.writes_per_minute, site.writes_per_hour) == (default.writes_per_minute, default.writes_per_hour)


def test_the_commented_people_are_an_example_with_every_field(uncommented: Path) -> None:
    directory = load_settings(uncommented, TOKEN).directory
    alice, team = directory.people["alice"], directory.teams["payments"]
    plain = Person(id="alice")
    same = [f.name for f in dataclasses.fields(Person) if getattr(alice, f.name) == getattr(plain, f.name)]
    assert same == ["id", "departed", "known"]
    empty = Team(id="payments")
    assert [f.name for f in dataclasses.fields(Team) if getattr(team, f.name) == getattr(empty, f.name)] == ["id"]
    lead = directory.lead_of(alice)
    assert lead is not None
    assert lead.id == "lena"


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_key_stands_in_its_file(uncommented: Path, name: str) -> None:
    # Names of people, teams and sites are no keys of ours.
    named = {"people.yaml": ("people", "teams"), "followthrough.yaml": ("sites",), "policy.yaml": ()}[name]
    file = read_yaml(uncommented / name)
    assert file.problems == []
    written = set()
    for path in file.keys:
        words = [part for part in path if isinstance(part, str)]
        words = words[:1] + words[2:] if words[0] in named else words
        # So are the names of signals and of priorities.
        if words[:2] == ["ladder", "signals"]:
            words = words[:2] + words[3:]
            words = words[:3] + words[4:] if words[2:3] == ["priorities"] else words
        # So are the keys of projects.
        written.add(tuple(words[:2] + words[3:] if words[:2] == ["sites", "projects"] else words))
    missing = [".".join(key) for key in all_keys(FILES[name]) if key not in written]
    assert missing == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_setting_has_an_explanation_before_it(name: str) -> None:
    lines = (CONFIG / name).read_text(encoding="utf-8").splitlines()
    explained = False
    bare = []
    for line in lines:
        text = line.strip()
        if text.startswith("# "):
            explained = True
        elif not text:
            explained = False
        elif re.match(r"#?[A-Za-z_]+:", text) and line[:1] in " #" and not explained:
            bare.append(text)
    # What is said once is not said twice: the second site, the examples of people, and what speaks for itself.
    assert {entry.split(":")[0].lstrip("#") for entry in bare} <= {
        *(
            "waive",
            "reopen",
            "transition",
            "resolution",
            "fields",
            "writes_per_hour",
            "mode",
            "former_accounts",
            "timeout_s",
            "kind",
            "name",
            "team",
            "email",
            "lead",
            "jira",
        ),
        *("bob", "lena", "dana"),
        *("timezone", "weekday", "hour", "working_days", "hours"),
    }


def test_the_shapes_know_every_field_of_the_policy() -> None:
    derived = {"default_timezone", "default_country"}
    pairs: list[tuple[type[DataclassInstance], type[Shape]]] = [
        (Policy, PolicyShape),
        (Ladder, LadderShape),
        (ReviewPolicy, ReviewShape),
        (DigestPolicy, DigestShape),
        (SmartPolicy, SmartShape),
    ]
    for kind, shape in pairs:
        assert {field.name for field in dataclasses.fields(kind)} - derived == set(shape.model_fields)


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schemas_in_the_folder_are_fresh(name: str) -> None:
    shipped = (CONFIG / "schema" / f"{name}.json").read_text(encoding="utf-8")
    assert shipped == render_schema(schemas()[name]), "run `make schema`"


@pytest.mark.parametrize("name", sorted(FILES))
def test_each_file_names_its_schema(name: str) -> None:
    first = (CONFIG / name).read_text(encoding="utf-8").splitlines()[0]
    schema = first.rpartition("=")[2]
    assert json.loads((CONFIG / schema).read_text(encoding="utf-8"))["title"] == name


def test_the_compose_example_runs_each_role() -> None:
    services = yaml.safe_load((CONFIG / "compose.yaml").read_text(encoding="utf-8"))["services"]
    roles = {name: service["command"][1] for name, service in services.items() if name != "redis"}
    assert roles == {"web": "web", "clock": "clock", "worker": "worker"}
    assert services["worker"]["environment"]["REDIS_URL"] == "redis://redis:6379/0"
