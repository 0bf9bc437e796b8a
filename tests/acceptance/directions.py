"""One company on two trackers: where its post-mortems live, where its items go, and what can be seen of both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from email import policy as mail_policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, Self

import pytest
from redis import Redis

from tests.acceptance.boundaries import Boundary
from tests.acceptance.conftest import KEY, LATENESS_ALONE, START
from tests.acceptance.desks import BOT, Record, Row
from tests.acceptance.meddlers import GitHubMeddler, JiraMeddler, Meddler
from worker.app.settings import Settings, load_settings
from worker.cli.stage import Stage
from worker.domain.model import IssueRef
from worker.domain.seal import unseal
from worker.domain.state import RECORD, State
from worker.engine.clock import ManualClock
from worker.sandbox.faults import Faults
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox

QUIET = timedelta(minutes=45)
"""For Jira's index to have caught up, for every wait after one fault, and for the ledger's list to be over."""

PLACES = {"github": "acme/incidents", "jira": "PAY"}
LEDGERS = {"github": "github:acme/incidents", "jira": "jira:OPS"}
PERSONS = ("alice", "bob", "lena", "dario")


def incident(name: str, *, due: date = date(2026, 12, 1), rows: int = 3) -> Record:
    """A post-mortem whose promises have titles of their own: one item goes where the team works, and so does the
    second, the third has no owner and stays at home."""
    promises = (
        Row(f"Add an alert when the {name} queue is deeper than 100 for 5 minutes", "bob", due),
        Row(f"Write a runbook for draining the {name} queue", "alice", date(2026, 12, 4)),
        Row(f"Limit the retries of the {name} client to three"),
    )
    return Record(rows=promises[:rows], title=f"The {name} queue was full")


@dataclass(frozen=True, slots=True)
class Direction:
    """Where the post-mortem is and where its items are made; `face` is Jira's."""

    home: str
    items: str
    face: str = "cloud"

    def __str__(self) -> str:
        names = {"github": "GitHub", "jira": "Jira" if self.face == "cloud" else "Jira Data Center"}
        return f"a {names[self.home]} post-mortem with items in {names[self.items]}"


DIRECTIONS = (
    Direction("github", "github"),
    Direction("github", "jira"),
    Direction("jira", "github"),
    Direction("jira", "jira"),
    Direction("jira", "jira", "datacenter"),
    Direction("github", "jira", "datacenter"),
)

WITH_A_JIRA = DIRECTIONS[1:]
CLOUD = DIRECTIONS[1:4]


def each(directions: Iterable[Direction] = WITH_A_JIRA, *, now: Sequence[Direction] = CLOUD) -> list[Any]:
    """A row a direction; those that are not among `now` are left to `make soak`."""
    return [pytest.param(d, id=str(d), marks=() if d in now else pytest.mark.soak) for d in directions]


class TwoSites:
    """The trackers and the settings of one direction; `begin` sets everything back."""

    def __init__(
        self,
        direction: Direction,
        github: GitHubSandbox,
        jira: JiraSandbox,
        redis: Redis,
        folder: Path,
        *,
        mode: str = "comment",
        sweep_minutes: int = 10,
        stage: type[Stage] = Stage,
        attempts: int = 1,
        timeout_s: int = 5,
        projects: str = "OPS, PAY",
        rules: str = f"waive_needs_approval: false\n{LATENESS_ALONE}",
    ) -> None:
        self.direction = direction
        self.github, self.jira, self.redis = github, jira, redis
        self.rules = rules
        self.settings = self._settings(folder, mode, sweep_minutes, timeout_s, projects)
        self.kind, self.attempts = stage, attempts
        self.desks: dict[str, Meddler] = {"github": GitHubMeddler(github), "jira": JiraMeddler(jira)}
        self.home = self.desks[direction.home]
        self.items = self.desks[direction.items]

    def _settings(self, folder: Path, mode: str, sweep_minutes: int, timeout_s: int, projects: str) -> Settings:
        config = folder / "config"
        config.mkdir(exist_ok=True)
        (config / "followthrough.yaml").write_text(
            f"mode: {mode}\nledger: {LEDGERS[self.direction.home]}\n"
            f"engine: {{sweep_minutes: {sweep_minutes}}}\nsites:\n"
            f"  github:\n    api_url: {self.github.api_url}\n    repositories: [acme/incidents, acme/payments]\n"
            f"    timeout_s: {timeout_s}\n"
            f"  jira:\n    url: {self.jira.url}\n    projects: [{projects}]\n    timeout_s: {timeout_s}\n"
        )
        (config / "policy.yaml").write_text(f"settle_minutes: 0\n{self.rules}")
        place = f"{self.direction.items}:{PLACES[self.direction.items]}"
        people = "".join(
            f"  {who}: {{name: {who.title()}, email: {who}@acme.example, github: {who}, "
            f'jira: "{self.jira.account_id(who) if self.direction.face == "cloud" else who}", '
            f"team: pay{self.more(who)}}}\n"
            for who in PERSONS
        )
        (config / "people.yaml").write_text(
            f"people:\n{people}teams:\n  pay: {{name: Payments, lead: lena, director: dario, items: {place}}}\n"
        )
        token = self.jira.token_of(BOT["jira"])
        login = (
            {"JIRA_EMAIL": "followthrough@acme.example", "JIRA_API_TOKEN": token}
            if self.direction.face == "cloud"
            else {"JIRA_PAT": token}
        )
        env = {
            "GITHUB_TOKEN": self.github.token_of(BOT["github"]),
            "FOLLOWTHROUGH_SIGNING_KEY": KEY,
            "FOLLOWTHROUGH_DATA_DIR": str(folder / "data"),
            **login,
        }
        self.config, self.env = config, env  # what a process gets that is started on its own
        return load_settings(config, env)

    def more(self, who: str) -> str:
        """What else people.yaml says of a person, to be put behind `team: pay`."""
        return ""

    def begin(self, lag: timedelta = timedelta(0)) -> Stage:
        """A new day: the seeds, an empty Redis, no mails, a new process. Jira's index lags by `lag`."""
        for sandbox in (self.github, self.jira):
            sandbox.site.faults = Faults()
            sandbox.reset()
        self.jira.index_lag = lag
        self.redis.flushall()
        for mail in self.settings.mail_folder.glob("*"):
            mail.unlink()
        clock = ManualClock(START)
        stage = self.kind(self.github, self.settings, self.redis, clock, attempts=self.attempts, others=(self.jira,))
        self.stage = stage
        stage.start()
        return stage

    def desk(self, ref: IssueRef) -> Meddler:
        return self.desks[ref.site]

    def made(self) -> dict[str, IssueRef]:
        """The issues that the service made on both sites, by their titles."""
        refs = [ref for desk in self.desks.values() for ref in desk.made()]
        found = {self.desk(ref).view(ref).title: ref for ref in refs}
        assert len(found) == len(refs), f"an issue exists twice: {refs}"
        return found

    def sweep(self) -> None:
        """The next look at both sites, a minute later: what a person does takes time."""
        self.stage.at(self.stage.clock.now() + timedelta(minutes=1))
        now = self.stage.clock.now()
        for site, read in self.stage.service.trackers.reads.items():
            for poll in read.polls():
                self.stage.service.store.add(f"sweep:{site}:{poll}", now)
        self.stage.settle()

    def look_at(self, *refs: IssueRef) -> None:
        """Somebody marks these post-mortems, now."""
        for ref in refs:
            self.stage.service.store.add(ref.key, self.stage.clock.now())
        self.stage.settle()

    def state(self, ref: IssueRef) -> State:
        """What the service keeps with a post-mortem."""
        records = self.stage.service.trackers.read(ref.site).snapshot(ref).records
        (record,) = [r for r in records if r.name == RECORD]
        return State.from_json(unseal(record.text, purpose=RECORD, keys=self.stage.settings.signing_keys))

    def children(self, ref: IssueRef) -> dict[str, IssueRef]:
        """The issues that the service made for one post-mortem, by title, as far as its state knows them."""
        mine = {item.ref for item in self.state(ref).items}
        return {title: made for title, made in self.made().items() if made.key in mine}

    def enrol(self, wait: timedelta = QUIET) -> IssueRef:
        """A person opens a post-mortem; the next sweep sees it; a while later all is quiet."""
        ref = self.home.open(Record())
        self.sweep()
        self.stage.pass_for(wait)
        return ref

    def last_requests(self) -> dict[str, int]:
        return {site: desk.last_request() for site, desk in self.desks.items()}

    def writes(self, after: dict[str, int]) -> list[str]:
        """The service's content writes on both sites since then."""
        return [f"{site} {w}" for site, desk in sorted(self.desks.items()) for w in desk.writes(after[site])]

    @contextmanager
    def boundary(self, at: int = 0, *, on: Sequence[str] = ("github", "jira"), **fault: Any) -> Iterator[Boundary]:
        """Let something happen at one request of the service, counted over the sites `on` which it may be."""
        boundary = Boundary(at=at, fault=fault, people=frozenset(PERSONS), clock=self.github.clock)
        sandboxes: dict[str, GitHubSandbox | JiraSandbox] = {"github": self.github, "jira": self.jira}
        for site in on:
            sandboxes[site].site.faults = boundary
        try:
            yield boundary
        finally:
            for site in on:
                sandboxes[site].site.faults = Faults()

    def meaning(self) -> dict[str, Any]:
        """What people see, in words that are the same for every direction: nothing of keys, times or markup."""
        homes = self._post_mortems()
        items = {}
        for title, ref in self.made().items():
            view = self.desk(ref).view(ref)
            back = {home.key for home in homes} & view.ways
            there = any(ref.key in self.home.view(home).ways for home in homes)
            shown = any(ref.locator.rpartition("/")[2] in s or f"#{ref.number}" in s for s in self._stickies(homes))
            items[title] = {
                "status": view.status,
                "owner": view.owner,
                "due": view.due,
                "labels": view.labels,
                "tied to its post-mortem": bool(back or there),
                "named in the sticky comment": shown,
                "site": ref.site,
            }
        return {"items": items, "stickies": [_rows(s) for s in self._stickies(homes)]}

    def _post_mortems(self) -> list[IssueRef]:
        return [IssueRef.parse(key) for key in sorted(self.stage.service.cache.enrolled())]

    def _stickies(self, refs: list[IssueRef]) -> list[str]:
        return [text for ref in refs for text in self.home.stickies(ref)]

    def mails(self) -> list[EmailMessage]:
        """Every mail that left, in the order of its name."""
        parser = BytesParser(policy=mail_policy.default)
        return [parser.parsebytes(p.read_bytes()) for p in sorted(self.settings.mail_folder.glob("*.eml"))]

    def trouble(self, wanted: dict[str, Any], difference: Callable[[Any, Any], str]) -> str:
        """What is not as it ought to be once all is quiet, or nothing."""
        store = self.stage.service.store
        found = [difference(wanted, self.meaning())]
        found += [f"set aside: {letter}" for letter in self.stage.service.stuck.list()]
        found += [f"still leased: {unit}" for unit in store.running()]
        return "\n".join(filter(None, found))


class Servers:
    """The trackers of a whole module of tests: a server takes longer to start and end than to set back."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._github: GitHubSandbox | None = None
        self._jiras: dict[str, JiraSandbox] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def company(
        self, redis: Redis, folder: Path, direction: Direction, jira: dict[str, Any] | None = None, **how: Any
    ) -> TwoSites:
        """The trackers in one direction, and the service, begun; `jira` is a seed of its own, other keywords are those
        of `TwoSites`, and `lag` is that of Jira's index."""
        if self._github is None:
            self._github = self._stack.enter_context(GitHubSandbox())
        name = f"{direction.face} {jira}"
        if name not in self._jiras:
            self._jiras[name] = self._stack.enter_context(JiraSandbox(face=direction.face, seed=jira))
        lag = how.pop("lag", timedelta(0))
        sites = TwoSites(direction, self._github, self._jiras[name], redis, folder, **how)
        sites.begin(lag)
        return sites


def _rows(sticky: str) -> str:
    """The sticky comment's head: how many promises, how many kept. The rest differs in markup."""
    found = re.search(r"Follow-through: [^\n<|{]*", sticky)
    return found[0].strip() if found else sticky
