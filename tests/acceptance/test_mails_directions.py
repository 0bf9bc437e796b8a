"""Every message arrives, under one Message-ID of its own, with the ledger on Jira and the post-mortem on either, and
with the ledger on GitHub and the post-mortem in Jira.

Jira keeps a record as a property and a comment that names it. So an intent has two writes, and "sent" has one: the
words that people see count the messages and stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.acceptance.boundaries import Boundary, Mortal
from tests.acceptance.desks import PROMISES, Record, Row
from tests.acceptance.directions import LEDGERS, Direction, TwoSites
from tests.acceptance.test_mails import KINDS, QUICK_LADDER, Post, Week, kind_of, post
from worker.app.settings import load_settings
from worker.sandbox.github import GitHubSandbox
from worker.sandbox.jira import JiraSandbox

__all__ = ["post"]

SOME_LAG = timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the post-mortem, its item and the ledger are."""

    direction: Direction
    ledger: str

    def __str__(self) -> str:
        return f"{self.direction} and the ledger in {self.ledger.partition(':')[0]}"

    @property
    def writes(self) -> tuple[str, ...]:
        """The ledger's writes for one message, in their order."""
        return ("intent", "words", "sent") if self.ledger.startswith("jira") else ("intent", "sent")


ALL_IN_JIRA = Scene(Direction("jira", "jira"), "jira:OPS")
HOME_ON_GITHUB = Scene(Direction("github", "jira"), "jira:OPS")
LEDGER_ON_GITHUB = Scene(Direction("jira", "github"), "github:acme/incidents")
DATA_CENTER = Scene(Direction("jira", "jira", "datacenter"), "jira:OPS")
SCENES = (ALL_IN_JIRA, HOME_ON_GITHUB, LEDGER_ON_GITHUB, DATA_CENTER)


@dataclass(frozen=True, slots=True)
class Death:
    """A sender is killed at this write of one message, before or after it takes effect. Then so many copies are sent
    that cannot be told from unsent ones."""

    when: str
    write: str
    fault: str
    wiped: bool
    copies: int = 0

    def __str__(self) -> str:
        return self.when


DEATHS = (
    Death("before the intent, and Redis is wiped", "intent", "drop-before", wiped=True),
    Death("after the intent", "intent", "drop-after", wiped=False),
    Death("after the intent, and Redis is wiped", "intent", "drop-after", wiped=True),
    Death("between the intent and its words", "words", "drop-before", wiped=False),
    Death("before the mail and after the words, and Redis is wiped", "words", "drop-after", wiped=True),
    Death("after the server took it and before the ledger says so", "sent", "drop-before", wiped=False),
    Death("after the server took it, and Redis is wiped", "sent", "drop-before", wiped=True, copies=1),
    Death("after the ledger says so, and Redis is wiped", "sent", "drop-after", wiped=True),
)


class Company:
    """One scene, set back to its beginning before each week."""

    def __init__(self, scene: Scene, sites: TwoSites, post: Post) -> None:
        self.scene, self.sites, self.post = scene, sites, post
        (sites.config / "policy.yaml").write_text(QUICK_LADDER)
        settings = sites.config / "followthrough.yaml"
        settings.write_text(settings.read_text().replace(LEDGERS[scene.direction.home], scene.ledger))
        sites.settings = load_settings(sites.config, sites.env | {"SMTP_URL": post.url})
        assert sites.settings.ledger == scene.ledger

    def live(self, at: int = 0, *, moment: datetime | None = None, death: Death | None = None) -> Boundary:
        """A promise is made, broken, told to the owner and to the lead; then the label is taken off. The sender is
        killed at one write into the ledger, by `death`. Returns the boundary with all such writes."""
        self.post.arrived.clear()
        sites = self.sites
        sites.begin(SOME_LAG)
        stage = sites.stage
        assert isinstance(stage, Mortal)
        with sites.boundary(at, **({"kind": death.fault} if death is not None else {})) as boundary:
            boundary.only = lambda call: _tells(call.method, call.path, call.body)
            if death is not None and moment is not None:
                stage.boundary, stage.wiped, stage.deadly_from = boundary, death.wiped, moment
            row = Row(PROMISES[0].what, "bob", date(2026, 11, 5))
            ref = sites.home.open(Record(rows=(row,)))
            sites.sweep()
            stage.pass_until(datetime(2026, 11, 10, 16, tzinfo=UTC))
            sites.home.label(ref, on=False)
            sites.sweep()
            stage.pass_until(datetime(2026, 11, 12, 16, tzinfo=UTC))
        return boundary


def _tells(method: str, path: str, body: bytes) -> bool:
    """Whether this request writes what somebody was told into the ledger: on GitHub a comment that carries the record,
    on Jira the property, and the comment whose last line names it."""
    if method not in {"POST", "PUT", "PATCH"}:
        return False
    if "/properties/" in path:
        return "followthrough.person." in path
    # Wiki text keeps a colon and what follows it apart, so that it is no picture of an emotion.
    return "/comment" in path and b"followthrough:" in body and b"person/" in body


@pytest.fixture
def make(tmp_path: Path, redis_client: Redis, post: Post) -> Iterator[Callable[[Scene], Company]]:
    """Both trackers, a mail server, and the service between them."""
    with ExitStack() as stack:

        def build(scene: Scene) -> Company:
            github = stack.enter_context(GitHubSandbox())
            jira = stack.enter_context(JiraSandbox(face=scene.direction.face))
            how: dict[str, Any] = {"mode": "live", "sweep_minutes": 720, "stage": Mortal}
            return Company(scene, TwoSites(scene.direction, github, jira, redis_client, tmp_path, **how), post)

        yield build


@pytest.fixture(scope="module")
def weeks() -> dict[Scene, Week]:
    """The good week of each scene, lived once."""
    return {}


def good_week(company: Company, weeks: dict[Scene, Week]) -> Week:
    if company.scene not in weeks:
        boundary = company.live()
        post = company.post
        kinds = tuple(kind_of(mail) for mail in post.arrived)
        assert set(kinds) == KINDS
        assert len(boundary.seen) == len(company.scene.writes) * len(kinds), boundary.seen
        assert set(post.ids().values()) == {1}
        assert len(post.review_uids()) == 1
        weeks[company.scene] = Week(told=post.told(), kinds=kinds, moments=tuple(boundary.moments))
    return weeks[company.scene]


def trouble_with(company: Company, kind: str, death: Death, good: Week) -> str:
    """What is not as in the good week where the sender of the first message of this kind dies, or nothing."""
    writes = company.scene.writes
    at = len(writes) * good.kinds.index(kind) + writes.index(death.write) + 1
    boundary = company.live(at, moment=good.moments[at - 1], death=death)
    assert boundary.reached, f"{kind}: {boundary.seen}"
    post = company.post
    found = []
    if post.told() != good.told:
        found.append(f"missing {good.told - post.told()}, too many {post.told() - good.told}")
    extra = sum(post.ids().values()) - len(post.ids())
    if extra != death.copies:
        found.append(f"{extra} copies")
    if len(post.review_uids()) != 1:
        found.append(f"{post.review_uids()}")
    return f"{kind}: {'; '.join(found)}" if found else ""


def rows(*scenes: Scene, numbers: tuple[int, ...] = tuple(range(len(DEATHS)))) -> list[Any]:
    """Each of these deaths in each scene that has such a write."""
    return [
        pytest.param(scene, number, id=f"{scene}-{DEATHS[number]}")
        for scene in scenes
        for number in numbers
        if DEATHS[number].write in scene.writes
    ]


@pytest.mark.parametrize(("scene", "number"), [*rows(ALL_IN_JIRA), *rows(HOME_ON_GITHUB, numbers=(6,))])
def test_a_sender_that_dies_loses_no_message_and_repeats_only_one_that_left_unrecorded(
    make: Callable[[Scene], Company], weeks: dict[Scene, Week], scene: Scene, number: int
) -> None:
    company = make(scene)
    good = good_week(company, weeks)
    kind = sorted(KINDS)[number % len(KINDS)]
    assert not (found := trouble_with(company, kind, DEATHS[number], good)), found


@pytest.mark.soak
@pytest.mark.parametrize(("scene", "number"), rows(*SCENES))
def test_a_sender_that_dies_at_a_message_of_any_kind_loses_none_and_repeats_only_one_that_left_unrecorded(
    make: Callable[[Scene], Company], weeks: dict[Scene, Week], scene: Scene, number: int
) -> None:
    company = make(scene)
    good = good_week(company, weeks)
    found = [trouble_with(company, kind, DEATHS[number], good) for kind in sorted(KINDS)]
    assert not any(found), "\n".join(filter(None, found))
