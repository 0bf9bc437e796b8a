"""What does a Backstage catalog file say? Users and Groups are people and teams, Components say who answers for what.

Only one file is read: what a `Location` points to is named under `sources:` by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from worker.app.people.fetch import load, named, text_of
from worker.app.people.port import SourceTrouble
from worker.channels.addresses import checked_address
from worker.domain.facts import Facts, PersonFact, PlaceFact, TeamFact, spoken_name

MOST_ENTITIES = 50_000
_GITHUB_LOGIN = ("github.com/user-login",)
_REPOSITORY, _PROJECT = "github.com/project-slug", "jira/project-key"
_LEAD = "followthrough/lead"
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_Entity = Mapping[str, Any]


class Catalog:
    """A `PeopleSource` over one catalog file or address."""

    def __init__(self, location: str, folder: Path | None) -> None:
        self.key = f"backstage:{location}"
        self.shown = named(location).replace("the table at", "the catalog at")
        self._location, self._folder = location, folder

    def read(self) -> Facts:
        return read_catalog(text_of(load(self._location, self._folder)), self.shown)


def read_catalog(text: str, source: str) -> Facts:
    """The people, teams and places of a catalog's text. Raises SourceTrouble where it is no YAML."""
    people, groups, places, notes = [], [], [], []
    teams = _Teams()
    for number, entity in enumerate(_entities(text), start=1):
        kind, name = _text(entity.get("kind")), _text(_block(entity, "metadata").get("name"))
        if not kind or not name:
            notes.append(f"entity {number} has no `kind` or no `metadata.name`; it is left out")
            continue
        where = f"{kind} {name}"
        match kind:
            case "User":
                people.append((name, _user(entity, name, where)))
                for ref in _texts(_block(entity, "spec").get("memberOf")):
                    teams.join(name, _bare(ref))
            case "Group":
                groups.append(_group(entity, name, where))
                for ref in _texts(_block(entity, "spec").get("members")):
                    teams.join(_bare(ref), name)
            case "Component":
                places += _places(entity, where)
            case "Location":
                notes.append(f"{where} points elsewhere; name that file under `sources:` by itself")
    found = tuple(replace(person, team=teams.only_one_of(name)) for name, person in people)
    return Facts(source=source, people=found, teams=tuple(groups), places=tuple(places), notes=tuple(notes))


def _entities(text: str) -> list[_Entity]:
    try:
        documents = list(yaml.safe_load_all(text))
    except (yaml.YAMLError, ValueError, RecursionError) as err:
        mark = getattr(err, "problem_mark", None)
        at = f" at line {mark.line + 1}" if mark is not None else ""
        raise SourceTrouble(f"it is no YAML{at}") from None
    found = [d for d in documents if d is not None]
    if len(found) > MOST_ENTITIES:
        raise SourceTrouble(f"it holds more than {MOST_ENTITIES:,} entities")
    return [d if isinstance(d, Mapping) else {} for d in found]


def _user(entity: _Entity, name: str, where: str) -> PersonFact:
    spec = _block(entity, "spec")
    profile, notes = _block(spec, "profile"), _block(_block(entity, "metadata"), "annotations")
    login = next((found for key in _GITHUB_LOGIN if (found := _text(notes.get(key)))), "")
    return PersonFact(
        where=where,
        id=name if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name) else "",
        name=spoken_name(_text(profile.get("displayName"))),
        email=checked_address(_text(profile.get("email"))),
        logins={"github": login.removeprefix("@")} if login and not re.search(r"\s", login) else {},
    )


class _Teams:
    """Who is in which teams, whichever side says so. References do not tell small letters from capitals."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, str]] = {}

    def join(self, user: str, team: str) -> None:
        self._of.setdefault(user.casefold(), {}).setdefault(team.casefold(), team)

    def only_one_of(self, user: str) -> str:
        """The user's team; of several none is the one whose lead answers for them, so it is ""."""
        teams = list(self._of.get(user.casefold(), {}).values())
        return teams[0] if len(teams) == 1 else ""


def _group(entity: _Entity, name: str, where: str) -> TeamFact:
    shown = spoken_name(_text(_block(_block(entity, "spec"), "profile").get("displayName")))
    lead = _text(_block(_block(entity, "metadata"), "annotations").get(_LEAD))
    return TeamFact(where=where, id=name, name=shown, lead=_bare(lead))


def _places(entity: _Entity, where: str) -> list[PlaceFact]:
    """The repository and the project of a component, each with its owner: a group unless it is said to be a user."""
    owner = _text(_block(entity, "spec").get("owner"))
    notes = _block(_block(entity, "metadata"), "annotations")
    repository, project = _text(notes.get(_REPOSITORY)), _text(notes.get(_PROJECT)).partition("/")[0]
    found = [f"github:{repository}"] if re.fullmatch(r"[\w-]+/[\w.-]+", repository) else []
    found += [f"jira:{project}"] if re.fullmatch(r"[A-Z][A-Z0-9_]+", project) else []
    one = owner.casefold().startswith("user:")
    key = "person" if one else "team"
    return [PlaceFact(where=where, place=place, **{key: _bare(owner)}) for place in found if owner]


def _bare(ref: str) -> str:
    """The name in `[kind:][namespace/]name`."""
    return ref.rpartition(":")[2].rpartition("/")[2]


def _block(of: _Entity, key: str) -> _Entity:
    found = of.get(key)
    return found if isinstance(found, Mapping) else {}


def _text(value: Any) -> str:
    found = value.strip() if isinstance(value, str) else ""
    return "" if _CONTROL.search(found) or len(found) > 200 else found


def _texts(value: Any) -> list[str]:
    return [found for each in value if (found := _text(each))] if isinstance(value, list) else []
