"""One company on two trackers: where its post-mortems live, where its items go, and what can be seen of both."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email import policy as mail_policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from redis import Redis

from tests.acceptance.boundaries import Boundary
from tests.acceptance.conftest import KEY, START
from tests.acceptance.desks import BOT, Desk, GitHubDesk, JiraDesk, Record
from worker.app.settings import Settings, load_settings
from worker.cli.stage import Stage
from worker.domain.model import IssueRef
from worker.engine.clock import ManualClock
from worker.sandbox.faults import Faults
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox

QUIET = timedelta(minutes=45)
"""For Jira's index to have caught up, for every wait after one fault, and for the ledger's list to be over."""

PLACES = {"github": "acme/incidents", "jira": "PAY"}
LEDGERS = {"github": "github:acme/incidents", "jira": "jira:OPS"}
PERSONS = ("alice", "bob", "lena", "dario")


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
    ) -> None:
        self.direction = direction
        self.github, self.jira, self.redis = github, jira, redis
        self.settings = self._settings(folder, mode, sweep_minutes)
        self.kind, self.attempts = stage, attempts
        github_desk = GitHubDesk(github)
        jira_desk = JiraDesk(jira)
        self.desks: dict[str, Desk] = {"github": github_desk, "jira": jira_desk}
        self.home: Desk = self.desks[direction.home]
        self.items: Desk = self.desks[direction.items]

    def _settings(self, folder: Path, mode: str, sweep_minutes: int) -> Settings:
        config = folder / "config"
        config.mkdir(exist_ok=True)
        (config / "followthrough.yaml").write_text(
            f"mode: {mode}\nledger: {LEDGERS[self.direction.home]}\n"
            f"engine: {{sweep_minutes: {sweep_minutes}}}\nsites:\n"
            f"  github:\n    api_url: {self.github.api_url}\n    repositories: [acme/incidents, acme/payments]\n"
            f"    timeout_s: 5\n  jira:\n    url: {self.jira.url}\n    projects: [OPS, PAY]\n    timeout_s: 5\n"
        )
        (config / "policy.yaml").write_text("settle_minutes: 0\n")
        place = f"{self.direction.items}:{PLACES[self.direction.items]}"
        people = "".join(
            f"  {who}: {{name: {who.title()}, email: {who}@acme.example, github: {who}, "
            f'jira: "{self.jira.account_id(who) if self.direction.face == "cloud" else who}", team: pay}}\n'
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
        return load_settings(config, env)

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

    def desk(self, ref: IssueRef) -> Desk:
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
    def boundary(self, at: int = 0, **fault: Any) -> Iterator[Boundary]:
        """Let something happen at one request of the service, counted over both sites."""
        boundary = Boundary(at=at, fault=fault, people=frozenset(PERSONS), clock=self.github.clock)
        for sandbox in (self.github, self.jira):
            sandbox.site.faults = boundary
        try:
            yield boundary
        finally:
            for sandbox in (self.github, self.jira):
                sandbox.site.faults = Faults()

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


def _rows(sticky: str) -> str:
    """The sticky comment's head: how many promises, how many kept. The rest differs in markup."""
    found = re.search(r"Follow-through: [^\n<|{]*", sticky)
    return found[0].strip() if found else sticky
