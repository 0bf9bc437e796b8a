"""What do the three files of a configuration folder say, each part judged on its own?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from worker.app.judge import fits, fits_each
from worker.app.problems import Problem
from worker.app.sense import PeopleCheck, check_place, check_policy, check_region, check_service, check_sources
from worker.app.shapes import (
    FILES,
    DefaultsShape,
    FollowthroughShape,
    PeopleShape,
    PersonShape,
    PolicyShape,
    Shape,
    SiteShape,
    SourcesShape,
    TeamShape,
)
from worker.app.yamlfile import YamlFile, read_yaml

SERVICE, POLICY, PEOPLE = FILES

S = TypeVar("S", bound=Shape)


@dataclass(slots=True)
class Files:
    """The files as read. Where a part does not fit, its default stands in, so that judging can go on to the end."""

    read: Mapping[str, YamlFile]
    folder: Path | None
    misplaced: tuple[Problem, ...] = ()
    service: FollowthroughShape = field(default_factory=FollowthroughShape)
    sites: Mapping[str, SiteShape] = field(default_factory=dict)
    policy: PolicyShape = field(default_factory=PolicyShape)
    defaults: DefaultsShape = field(default_factory=DefaultsShape)
    people: Mapping[str, PersonShape] = field(default_factory=dict)
    teams: Mapping[str, TeamShape] = field(default_factory=dict)
    sources: SourcesShape = field(default_factory=SourcesShape)
    stewards: Sequence[str] = ()

    def judge(self, kinds: Mapping[str, str], only: Sequence[str] = tuple(FILES)) -> None:
        """Add what is wrong with the values taken together; `kinds` maps each site that is served to its kind."""
        if SERVICE in only:
            check_service(self.read[SERVICE], self.service, self.sites)
            check_place(self.read[SERVICE], ("ledger",), self.service.ledger, kinds)
        if POLICY in only:
            check_policy(self.read[POLICY], self.policy)
        if PEOPLE in only:
            file = self.read[PEOPLE]
            check_region(file, ("defaults",), self.defaults.country, self.defaults.region)
            PeopleCheck(
                file,
                self.people,
                self.teams,
                kinds,
                leads_elsewhere=self.sources.any,
                stewards=self.stewards,
            ).run()
            check_sources(file, self.sources, kinds)

    def problems(self, only: Sequence[str] = tuple(FILES)) -> tuple[Problem, ...]:
        return (*self.misplaced, *(p for name in only for p in self.read[name].problems))

    def warnings(self) -> tuple[str, ...]:
        """What is allowed and yet probably not meant."""
        out = []
        if self.folder is not None and not any(self.read[name].places for name in FILES):
            out.append(f"{self.folder} holds none of {', '.join(FILES)}, so the defaults are used")
        for name, team in sorted(self.teams.items()):
            lead = self.people.get(team.lead or "")
            if lead is not None and lead.departed:
                out.append(f"the lead of team {name}, {team.lead}, has departed; escalations go to the director")
        return tuple(out)


def read_files(folder: Path | None) -> Files:
    """Read the folder's files; without a folder, nothing. A file that is not there is an empty one."""
    if folder is None:
        return Files({name: YamlFile(name) for name in FILES}, None)
    if not folder.is_dir():
        what = "is a file; name the folder that it is in" if folder.exists() else "does not exist; check --config"
        problem = Problem(str(folder), 0, 0, f"this configuration folder {what}")
        return Files({name: YamlFile(name) for name in FILES}, folder, (problem,))
    read = {name: read_yaml(folder / name) for name in FILES}
    wrong = tuple(
        Problem(str(folder / name.replace(".yaml", ".yml")), 0, 0, f"is not read; rename it to {name}")
        for name in FILES
        if (folder / name.replace(".yaml", ".yml")).exists()
    )
    people = read[PEOPLE]
    rest = _rest(PeopleShape, people, ("people", "teams"))
    return Files(
        read,
        folder,
        wrong,
        service=_rest(FollowthroughShape, read[SERVICE], ("sites",)),
        sites=fits_each(SiteShape, _sites(read[SERVICE]), read[SERVICE], ("sites",)),
        policy=_rest(PolicyShape, read[POLICY], ()),
        defaults=rest.defaults,
        sources=rest.sources,
        stewards=rest.stewards,
        people=fits_each(PersonShape, _entries(people, "people"), people, ("people",)),
        teams=fits_each(TeamShape, _entries(people, "teams"), people, ("teams",)),
    )


def _rest(shape: type[S], file: YamlFile, apart: tuple[str, ...]) -> S:
    """The file without the blocks that are judged apart."""
    data = {key: value for key, value in file.data.items() if key not in apart}
    return fits(shape, data, file, ()) or shape()


def _sites(file: YamlFile) -> Any:
    sites = _entries(file, "sites")
    for name, site in sites.items() if isinstance(sites, dict) else ():
        if isinstance(site, dict) and "projects" in site:
            site["projects"] = _entries(file, "sites", name, "projects")
    return sites


def _entries(file: YamlFile, *block: str) -> Any:
    """A block of named entries. An entry with nothing below it counts as one with nothing but defaults."""
    found: Any = file.data
    for key in block:
        found = found.get(key, {})
    if not isinstance(found, dict):
        return found
    depth = len(block)
    names = [str(path[depth]) for path in file.keys if len(path) == depth + 1 and path[:depth] == block]
    return {name: found.get(name, {}) for name in names}
