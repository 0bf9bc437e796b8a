"""Do values that each look right make sense together? Ladders, windows, people who know each other, sites that exist.

Adds problems to the files; contacts nothing and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from urllib.parse import urlsplit

from worker.app.ladder import check_ladder, length_of
from worker.app.problems import did_you_mean
from worker.app.shapes import (
    EngineShape,
    FollowthroughShape,
    PersonShape,
    PolicyShape,
    ProjectShape,
    ReviewShape,
    SiteShape,
    SourcesShape,
    TeamShape,
)
from worker.app.yamlfile import Path, YamlFile
from worker.engine.units import RESERVED

JIRA_WRITES = (100, 2000)
"""Writes a minute and an hour to a Jira. Cloud limits bursts by the second and says no number by the hour; a Data
Center has what its administrator set. These keep far below the first and let people's mail boxes breathe."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SITE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_ONLY = {
    "github": {"web_url", "repositories", "project"},
    "jira": {"url", "deployment", "projects", "link", "waived", "severity_field"},
}
_MEANT = {"url": "api_url", "projects": "repositories", "web_url": "url", "repositories": "projects"}
_PRIORITY = re.compile(r"P\d")
# What the service itself writes on an issue that it creates, and where it is settled.
_OURS = {
    **dict.fromkeys(("description", "project", "summary"), "remove it"),
    "issuelinks": "see `link`",
    "issuetype": "use `issue_type`",
}
_CLOUD_HOST = ".atlassian.net"
_GATEWAY = "api.atlassian.com"


def kind_of(name: str, site: SiteShape) -> str:
    """A site's kind: as written, else its own name where that is a kind; "" where nothing tells."""
    return site.kind or (name if name in _ONLY else "")


def check_service(file: YamlFile, shape: FollowthroughShape, sites: Mapping[str, SiteShape]) -> None:
    """What `followthrough.yaml` must obey as a whole."""
    for name, site in sites.items():
        path: Path = ("sites", name)
        if not _SITE.fullmatch(name):
            message = f"`{name}` can't name a site; use small letters, digits and `-`, beginning with a letter"
            file.problems.append(file.problem(path, message, at_key=True))
        elif name in RESERVED:
            message = f"`{name}` can't name a site, because the service itself uses that word; choose another"
            file.problems.append(file.problem(path, message, at_key=True))
        kind = kind_of(name, site)
        if not kind:
            file.problems.append(
                file.problem(path, f"`sites.{name}` needs `kind: github` or `kind: jira`", at_key=True)
            )
            continue
        other = "jira" if kind == "github" else "github"
        for key in sorted(site.model_fields_set & _ONLY[other]):
            use = _MEANT.get(key)
            hint = f"; did you mean `{use}`?" if use else ""
            message = f"`{key}` belongs to a site of kind {other}, `{name}` is of kind {kind}{hint}"
            file.problems.append(file.problem((*path, key), message, at_key=True))
        if kind == "jira":
            _check_jira(file, path, site)
        if (site.project.owner is None) != (site.project.number is None):
            message = "a project is found by its owner and its number: give both, or neither"
            file.problems.append(file.problem((*path, "project"), message))
        per_minute, per_hour = writes_of(kind, site, shape.engine)
        if per_hour < per_minute and {"writes_per_minute", "writes_per_hour"} & site.model_fields_set:
            key = "writes_per_hour" if "writes_per_hour" in site.model_fields_set else "writes_per_minute"
            message = f"{per_hour} writes an hour are fewer than the {per_minute} a minute; change one of the two"
            file.problems.append(file.problem((*path, key), message))
        if site.timeout_s >= shape.engine.lease_s:
            message = (
                f"a request may take {site.timeout_s} s, as long as a lease ({shape.engine.lease_s} s): two workers "
                "could write at once; lower `timeout_s`, or raise `engine.lease_s`"
            )
            file.problems.append(file.problem((*path, "timeout_s"), message))
    if shape.engine.writes_per_hour < shape.engine.writes_per_minute:
        message = "allows fewer writes an hour than `writes_per_minute` allows a minute; raise it"
        file.problems.append(file.problem(("engine", "writes_per_hour"), message))
    if shape.engine.sweep_minutes > shape.engine.full_sweep_hours * 60:
        message = "is longer than `full_sweep_hours`; the short sweep must come more often than the full one"
        file.problems.append(file.problem(("engine", "sweep_minutes"), message))


def writes_of(kind: str, site: SiteShape, engine: EngineShape) -> tuple[int, int]:
    """How many writes a minute and an hour one site takes: its own numbers, else those of its kind."""
    usual = JIRA_WRITES if kind == "jira" else (engine.writes_per_minute, engine.writes_per_hour)
    return site.writes_per_minute or usual[0], site.writes_per_hour or usual[1]


def address_trouble(url: str) -> str:
    """What is wrong with an address as that of a Jira, in words with the remedy; "" where nothing is. It is the address
    that people browse, without the rest of what their browser shows."""
    parts = urlsplit(url)
    host = (parts.hostname or "").casefold()
    if host == _GATEWAY:
        return "this is the gateway of scoped tokens; it belongs into `api_url`, and `url` is where people browse"
    if parts.query or parts.fragment or (host.endswith(_CLOUD_HOST) and parts.path.strip("/")):
        return f"write the address of the site alone: {parts.scheme}://{parts.netloc}"
    found = re.search(r"/(?:browse|projects|secure|rest)(?:/|$)", parts.path)
    if found:
        return f"write the address of the site alone: {parts.scheme}://{parts.netloc}{parts.path[: found.start()]}"
    return ""


def gateway_trouble(url: str) -> str:
    """The same of the address that requests go to."""
    parts = urlsplit(url)
    if (parts.hostname or "").casefold() == _GATEWAY and not re.fullmatch(r"/ex/jira/[\w-]+/?", parts.path):
        return f"write https://{_GATEWAY}/ex/jira/CLOUD-ID; CLOUD-ID is what <your Jira>/_edge/tenant_info answers"
    return ""


def _check_jira(file: YamlFile, path: Path, site: SiteShape) -> None:
    for key, url, judge in (("url", site.url, address_trouble), ("api_url", site.api_url, gateway_trouble)):
        trouble = judge(url) if url else ""
        if trouble:
            file.problems.append(file.problem((*path, key), f"{key}: {trouble}"))
    if site.waived == []:
        message = "nothing could ever be let go; remove `waived` to get the default"
        file.problems.append(file.problem((*path, "waived"), message))
    for key, project in site.special.items():
        _check_project(file, (*path, "projects", key), project)


def _check_project(file: YamlFile, path: Path, project: ProjectShape) -> None:
    for name in sorted(set(project.fields) & set(_OURS)):
        message = f"`{name}` is written by the service itself; {_OURS[name]}"
        file.problems.append(file.problem((*path, "fields", name), message, at_key=True))
    for name in project.priorities:
        if not _PRIORITY.fullmatch(name):
            message = f"`{name}` is no priority of ours; write P0, P1, P2 or P3, each with this project's name for it"
            file.problems.append(file.problem((*path, "priorities", name), message, at_key=True))


def check_place(file: YamlFile, path: Path, written: str, kinds: Mapping[str, str], *, many: bool = False) -> None:
    """A `SITE:CONTAINER` must name a known site, in the form of that site's kind; `many` allows `owner/*` too. An empty
    one is left alone."""
    if not written:
        return
    site, colon, container = written.partition(":")
    if not colon:
        file.problems.append(file.problem(path, f"`{written}` names no site; write e.g. `github:{written}`"))
    elif site not in kinds:
        known = ", ".join(sorted(kinds)) or "none"
        hint = did_you_mean(site, kinds)
        file.problems.append(file.problem(path, f"there is no site `{site}` (there are: {known}){hint}"))
    elif kinds[site] == "github" and not re.fullmatch(
        r"[A-Za-z0-9-]+/(?:\*|[\w.-]+)" if many else r"[A-Za-z0-9-]+/[\w.-]+", container
    ):
        file.problems.append(file.problem(path, f"`{container}` is no repository; write `{site}:owner/name`"))
    elif kinds[site] == "jira" and not re.fullmatch(r"[A-Z][A-Z0-9_]+", container):
        file.problems.append(file.problem(path, f"`{container}` is no project's key; write e.g. `{site}:OPS`"))


def check_policy(file: YamlFile, shape: PolicyShape) -> None:
    """What `policy.yaml` must obey as a whole."""
    if shape.label.casefold() == shape.item_label.casefold():
        message = "`label` and `item_label` must differ, else every action item would count as a post-mortem"
        file.problems.append(file.problem(("item_label",), message))
    check_ladder(file, shape.ladder)
    _check_review(file, shape.review)
    ranked = sorted((int(name[1:]), name) for name in shape.slo_days if re.fullmatch(r"[Pp]\d{1,3}", name))
    for (_, higher), (_, lower) in pairwise(ranked):
        if shape.slo_days[lower] < shape.slo_days[higher]:
            message = (
                f"{lower} would have less time ({shape.slo_days[lower]} days) than {higher} "
                f"({shape.slo_days[higher]}); the more urgent must come first"
            )
            file.problems.append(file.problem(("slo_days", lower), message))


def _check_review(file: YamlFile, review: ReviewShape) -> None:
    if review.last_day < review.first_day:
        message = f"the window ends (day {review.last_day}) before it starts (day {review.first_day})"
        file.problems.append(file.problem(("review", "last_day"), message))
    elif review.last_day - review.first_day < 6:
        message = "the window is shorter than a week, so it may hold no such weekday; leave at least 6 days"
        file.problems.append(file.problem(("review", "last_day"), message))
    if review.hour * 60 + review.minutes > 24 * 60:
        file.problems.append(file.problem(("review", "minutes"), "the review would end after midnight"))
    if sum(length_of(blackout.start, blackout.end) for blackout in review.blackouts) >= 365:
        message = "the blackouts leave no day in the year"
        file.problems.append(file.problem(("review", "blackouts"), message))


class PeopleCheck:
    """What `people.yaml` must obey as a whole. `ids` and `team_ids` hold all names of the file, also of entries that
    are themselves wrong, so that one mistake is not told twice. `leads_elsewhere` says that some source may name the
    leads of teams that have none here."""

    def __init__(
        self,
        file: YamlFile,
        people: Mapping[str, PersonShape],
        teams: Mapping[str, TeamShape],
        kinds: Mapping[str, str],
        *,
        leads_elsewhere: bool = False,
        stewards: Sequence[str] = (),
    ) -> None:
        self.file, self.people, self.teams, self.kinds = file, people, teams, kinds
        self.stewards = stewards
        self.leads_elsewhere = leads_elsewhere
        self.ids = self._names("people")
        self.team_ids = self._names("teams")

    def _names(self, block: str) -> set[str]:
        found = self.file.data.get(block)
        # Empty entries are dropped from the data, but not from the table of keys.
        listed = {str(path[1]) for path in self.file.keys if len(path) == 2 and path[0] == block}
        return listed | (set(found) if isinstance(found, dict) else set())

    def run(self) -> None:
        for block, names in (("people", self.ids), ("teams", self.team_ids)):
            for name in sorted(names):
                if not _ID.fullmatch(name):
                    self._add(
                        (block, name), f"`{name}` can't be an id; use letters, digits, `.`, `_` and `-`", key=True
                    )
        for name, person in self.people.items():
            self._person(("people", name), name, person)
        for name, team in self.teams.items():
            self._team(("teams", name), team)
        for n, steward in enumerate(self.stewards):
            self._known(("stewards", n), steward, self.ids, "people")
        self._unique()
        self._loops()

    def _add(self, path: Path, message: str, *, key: bool = False) -> None:
        self.file.problems.append(self.file.problem(path, message, at_key=key))

    def _known(self, path: Path, written: str | None, names: Iterable[str], what: str) -> None:
        known = set(names)
        if written and written not in known:
            self._add(path, f"`{written}` is not among the {what} of this file{did_you_mean(written, known)}")

    def _person(self, path: Path, name: str, person: PersonShape) -> None:
        self._known((*path, "team"), person.team, self.team_ids, "teams")
        for key in ("lead", "director", "substitute"):
            value = getattr(person, key)
            self._known((*path, key), value, self.ids, "people")
            if value == name:
                self._add((*path, key), f"nobody is their own {key}; remove it, or name someone else")
        for site in person.logins:
            self._known((*path, "logins", site), site, self.kinds, "sites")
            if getattr(person, site, None) not in (None, person.logins[site]) and site in ("github", "jira"):
                self._add((*path, "logins", site), f"`{site}` is given twice with different logins; keep one")
        if person.working_days == []:
            self._add((*path, "working_days"), "no working day at all; set `departed: true`, or add `leave`")
        check_region(self.file, path, person.country, person.region)
        for n, leave in enumerate(person.leave):
            if leave.end is not None and leave.end < leave.start:
                self._add((*path, "leave", n, "to"), f"the leave ends ({leave.end}) before it starts ({leave.start})")

    def _team(self, path: Path, team: TeamShape) -> None:
        if team.lead is None and not self.leads_elsewhere and ("lead" not in self._raw_team(path)):
            self._add(path, f"`teams.{path[1]}` needs `lead`: without one, nobody answers for its items", key=True)
        for key in ("lead", "director"):
            self._known((*path, key), getattr(team, key), self.ids, "people")
        check_place(self.file, (*path, "items"), team.items or "", self.kinds)
        for n, repository in enumerate(team.repositories):
            if ":" in repository:
                check_place(self.file, (*path, "repositories", n), repository, self.kinds, many=True)

    def _raw_team(self, path: Path) -> Mapping[str, object]:
        """The team as written: a lead that is there and wrong was told already."""
        found = self.file.data.get("teams", {}).get(path[1], {})
        return found if isinstance(found, dict) else {"lead": None}

    def _unique(self) -> None:
        """No two people share a login of one site, or a mail address: a message would reach the wrong one."""
        first: dict[tuple[str, str], str] = {}
        for name, person in self.people.items():
            for path, site, value in _addresses(name, person):
                owner = first.setdefault((site, value.casefold()), name)
                if owner != name:
                    what = "mail address" if site == "" else f"login on {site}"
                    self._add(path, f"`{owner}` has this {what} too; each belongs to one person")

    def _loops(self) -> None:
        """Following who answers to whom must come to an end."""
        told: set[str] = set()
        for start in sorted(self.people):
            chain = [start]
            while (above := self._above(chain[-1])) and above not in chain:
                chain.append(above)
            if not above or above in told:
                continue
            loop = chain[chain.index(above) :]
            if not told & set(loop):
                path: Path = ("people", loop[0], "lead")
                self._add(path, f"the leads go round in a circle: {' → '.join([*loop, loop[0]])}")
            told.update(loop)

    def _above(self, name: str) -> str:
        person = self.people.get(name)
        team = self.teams.get(person.team or "") if person else None
        if person is None or (team and team.director == name):
            return ""
        lead = person.lead or (team.lead if team else None) or ""
        return "" if lead == name else lead


def _addresses(name: str, person: PersonShape) -> Iterable[tuple[Path, str, str]]:
    path: Path = ("people", name)
    if person.email:
        yield (*path, "email"), "", person.email
    for site in ("github", "jira"):
        login = getattr(person, site)
        if login:
            yield (*path, site), site, login
    for site, login in person.logins.items():
        if login != getattr(person, site, None):
            yield (*path, "logins", site), site, login


def check_sources(file: YamlFile, sources: SourcesShape, kinds: Mapping[str, str]) -> None:
    """Each source that is on a site must be on one that is there, and of the right kind."""
    for key, kind in (("github", "github"), ("jira", "jira"), ("codeowners", "github")):
        for n, written in enumerate(getattr(sources, key)):
            site = written.partition(":")[0] if ":" in written else kind
            path: Path = ("sources", key, n)
            if site not in kinds:
                hint = did_you_mean(site, kinds)
                known = ", ".join(sorted(kinds)) or "none"
                file.problems.append(
                    file.problem(path, f"`{written}` is on the site `{site}`, and there are: {known}{hint}")
                )
            elif kinds[site] != kind:
                file.problems.append(
                    file.problem(
                        path, f"`{written}` must be on a site of kind {kind}; `{site}` is of kind {kinds[site]}"
                    )
                )


def check_region(file: YamlFile, path: Path, country: str | None, region: str | None) -> None:
    """A region must be one of its country, as far as the library of holidays knows the country's."""
    if not region or country is None:
        return
    from holidays import list_supported_countries

    known = list_supported_countries(include_aliases=False).get(country, [])
    if region not in known:
        listed = ", ".join(sorted(known)) if known else "none are known, leave it out"
        file.problems.append(file.problem((*path, "region"), f"`{region}` is no region of {country} ({listed})"))
