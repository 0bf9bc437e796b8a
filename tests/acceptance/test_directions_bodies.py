"""What people write that nobody planned for, as Markdown, as an ADF document and as wiki text, with its items on either
tracker: each gets one clear finding, and never stops the other post-mortems."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from redis import Redis

from tests.acceptance.desks import BOT, Record, Row
from tests.acceptance.directions import CLOUD, DIRECTIONS, Direction, Servers, TwoSites, each, incident
from tests.acceptance.meddlers import JiraMeddler
from tests.acceptance.test_jira_as_it_is import seed
from worker.domain.model import IssueRef

DUE = date(2026, 12, 1)
NO_SUCH = {"github": "acme/payments#999", "jira": "PAY-999"}
NOT_OURS = {"github": "secret/stuff#7", "jira": "NXT-1"}
OUTSIDERS = seed("NXT", people={"alice": "member", "bob": "admin"})
"""A Jira that does not show our account one of the projects which it is to watch."""


@dataclass(frozen=True, slots=True)
class Odd:
    """One body, by how it is opened; what is `said` about it, and the `owners` of the issues that are made of it."""

    rule: str
    open: Callable[[TwoSites], IssueRef]
    said: tuple[str, ...]
    owners: tuple[str, ...] = ()


def written(words: str) -> Callable[[TwoSites], IssueRef]:
    """A body of nothing but these words."""
    return lambda sites: sites.home.write(f"An incident, told as “{words[:20]}”", sites.home.text(words))


def odd_row(name: str, who: str = "bob", due: date | None = DUE, **cells: str) -> Callable[[TwoSites], IssueRef]:
    """A post-mortem with one promise."""
    what = f"Add an alert when the {name} queue is deeper than 100 for 5 minutes"
    return lambda sites: sites.home.open(Record(rows=(Row(what, who, due, **cells),), title=f"{name} failed"))


def longest(sites: TwoSites) -> IssueRef:
    """As many words as the tracker takes."""
    record = incident("longest", rows=1)
    room = sites.home.longest - 1500
    return sites.home.open(Record(rows=record.rows, title=record.title, summary="The queue was full. " * (room // 20)))


def ragged(sites: TwoSites) -> IssueRef:
    record = incident("ragged")
    return sites.home.write(record.title, sites.home.ragged(record))


def the_service_itself(sites: TwoSites) -> IssueRef:
    return odd_row("robot", who=BOT[sites.direction.home])(sites)


def ticket(of: dict[str, str], name: str) -> Callable[[TwoSites], IssueRef]:
    """A promise that names an issue on the tracker of the items."""
    return lambda sites: odd_row(name, ticket=of[sites.direction.items])(sites)


ODDITIES = (
    Odd("an empty body", written(""), ("The body is empty", "paste the post-mortem here")),
    Odd("only a link", written("https://docs.example.com/d/1"), ("only a link", "paste the action items here")),
    Odd(
        "no post-mortem is one item by itself", written("The button is grey."), ("needs an owner: name the one person",)
    ),
    Odd("as long as the tracker takes", longest, ("Tue 1 Dec 2026",), ("bob",)),
    Odd("a ragged table", ragged, ("needs a date", "Fri 4 Dec 2026"), ("bob", "alice")),
    Odd(
        "an owner whom nobody knows", odd_row("zorro", owner_as="@zorro"), ("nobody here is known by this name",), ("",)
    ),
    Odd("the service itself is no owner", the_service_itself, ("nobody here is known by this name",), ("",)),
    Odd(
        "a date in the past", odd_row("past", due=date(2026, 10, 1)), ("2026-10-01 lies before the incident",), ("bob",)
    ),
    Odd(
        "two dates",
        odd_row("twice", due_as="2026-12-01 or 2026-12-15"),
        ("there are two here", "leave the one that holds"),
        ("bob",),
    ),
    Odd("TBD", odd_row("undecided", owner_as="TBD", due_as="TBD"), ("“TBD” is not decided yet",), ("",)),
    Odd("a missing reference", ticket(NO_SUCH, "missing"), ("does not exist or", "correct the reference")),
    Odd("a reference that we may not see", ticket(NOT_OURS, "secret"), ("may not see it", "give it access")),
    Odd("a ticket of a tracker that is not ours", odd_row("foreign", ticket="ZED-7"), ("write its whole address",)),
)


def decorated(sites: TwoSites) -> IssueRef:
    record, desk = incident("decorated", rows=2), sites.home
    assert isinstance(desk, JiraMeddler)
    return desk.write(record.title, desk.decorated(record))


ON_JIRA = (Odd("macros, panels and an expand", decorated, ("Tue 1 Dec 2026", "Fri 4 Dec 2026"), ("bob", "alice")),)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with Servers() as made:
        yield made


@pytest.fixture
def make(servers: Servers, redis_client: Redis, tmp_path: Path) -> Callable[..., TwoSites]:
    """Both trackers, and the service between them, begun; keywords are those of `Servers.company`."""
    return partial(servers.company, redis_client, tmp_path)


@pytest.mark.parametrize("direction", each(now=(*CLOUD, DIRECTIONS[4])))
def test_whatever_the_bodies_say_each_gets_its_finding_and_the_next_post_mortem_is_tracked(
    make: Callable[..., TwoSites], direction: Direction
) -> None:
    sites = make(direction, jira=OUTSIDERS, projects="NXT, OPS, PAY")
    oddities = (*ODDITIES, *(ON_JIRA if direction.home == "jira" else ()))
    refs = {odd.rule: odd.open(sites) for odd in oddities}
    fine = sites.home.open(incident("fine"))
    sites.sweep()
    sites.stage.pass_for(timedelta(minutes=15))
    found = []
    for odd in oddities:
        ref = refs[odd.rule]
        (sticky,) = sites.home.stickies(ref) or [""]
        plain = " ".join(sticky.replace("\u200b", "").replace("\\", "").split())
        unsaid = [words for words in odd.said if words not in plain]
        owners = tuple(sites.desk(made).view(made).owner for made in sites.children(ref).values())
        if unsaid or owners != odd.owners:
            found.append(f"{odd.rule}: {unsaid} is not said, and made were issues of {owners}:\n{plain}")
    assert not found, "\n\n".join(found)
    assert len(sites.children(fine)) == 3
    assert len(sites.home.stickies(fine)) == 1
    assert sites.stage.service.stuck.list() == ()
