"""A look at what changed loses nothing, even while people work, and costs one conditional request when idle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

import pytest

from tests.trackers.plain import Asked, PlainServer, Says, issue_payload
from worker.domain.model import IssueRef
from worker.trackers.errors import Unavailable
from worker.trackers.github import GitHubClient, GitHubRead

Connect = Callable[..., GitHubClient]

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Repository:
    """A list of issues behind GitHub's rules for `since`, order, pages and ETags; `between` runs after each answer.

    GitHub's own words leave open whether `since` itself is included, so both are tried.
    """

    def __init__(self, server: PlainServer, *, inclusive: bool = True) -> None:
        self.url = server.url
        self.inclusive = inclusive
        self.now = START
        self.updated: dict[int, datetime] = {}
        self.between: Callable[[], None] = lambda: None
        self.statuses: list[int] = []
        server.answer = self.answer

    def touch(self, *numbers: int) -> None:
        self.updated.update(dict.fromkeys(numbers, self.now.replace(microsecond=0)))

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def answer(self, asked: Asked) -> Says:
        assert asked.path == "/repos/acme/pay/issues"
        assert {asked.query[k] for k in ("state", "sort", "direction")} == {"all", "updated", "asc"}
        since = datetime.fromisoformat(asked.query["since"]) if "since" in asked.query else None
        inside = [
            (at, number)
            for number, at in self.updated.items()
            if since is None or at > since or (self.inclusive and at == since)
        ]
        page, size = int(asked.query.get("page", "1")), int(asked.query["per_page"])
        rows = [
            issue_payload(number, updated_at=at.strftime("%Y-%m-%dT%H:%M:%SZ"))
            for at, number in sorted(inside)[(page - 1) * size : page * size]
        ]
        etag = f'W/"{hashlib.sha256(json.dumps(rows).encode()).hexdigest()}"'
        headers = {"ETag": etag, "Date": format_datetime(self.now, usegmt=True)}
        if page * size < len(inside):
            query = "&".join(f"{k}={v}" for k, v in {**asked.query, "page": str(page + 1)}.items())
            headers["Link"] = f'<{self.url}/repos/acme/pay/issues?{query}>; rel="next"'
        fresh = asked.headers.get("if-none-match") != etag
        self.statuses.append(200 if fresh else 304)
        says = Says(status=200, data=rows, headers=headers) if fresh else Says(status=304, headers=headers)
        self.between()
        return says


def numbers(issues: Any) -> list[int]:
    return [issue.ref.number for issue in issues]


@pytest.mark.parametrize("inclusive", [True, False], ids=["since is included", "since is excluded"])
def test_after_any_change_an_idle_look_is_one_conditional_request(
    plain: PlainServer, connect: Connect, inclusive: bool
) -> None:
    repository = Repository(plain, inclusive=inclusive)
    read = GitHubRead(connect())
    cursor = ""
    for touched in ([], [1], [2, 3], list(range(10, 120)), [1]):
        repository.wait(60)
        repository.touch(*touched)
        repository.wait(60)
        changes = read.changed("acme/pay", cursor)
        assert set(numbers(changes.issues)) >= set(touched)
        cursor = changes.cursor
        for _ in range(3):
            repository.wait(60)
            repository.statuses.clear()
            idle = read.changed("acme/pay", cursor)
            assert repository.statuses == [304]
            assert (idle.issues, idle.cursor, idle.requests) == ((), cursor, 1)


def test_changes_come_oldest_first_and_each_issue_once(plain: PlainServer, connect: Connect) -> None:
    repository = Repository(plain)
    for number in (5, 3, 9):
        repository.touch(number)
        repository.wait(1)
    changes = GitHubRead(connect()).changed("acme/pay", "")
    assert numbers(changes.issues) == [5, 3, 9]
    assert changes.issues[0].ref == IssueRef("github", "acme/pay#5")
    assert changes.requests == len(plain.asked)


def test_a_change_in_the_same_second_as_the_look_is_seen_by_the_next(plain: PlainServer, connect: Connect) -> None:
    for inclusive in (True, False):
        repository = Repository(plain, inclusive=inclusive)
        read = GitHubRead(connect())
        repository.touch(1)
        first = read.changed("acme/pay", "")
        repository.touch(2)
        assert 2 in numbers(read.changed("acme/pay", first.cursor).issues)


def test_an_issue_touched_while_we_page_pulls_no_other_over_the_edge(plain: PlainServer, connect: Connect) -> None:
    repository = Repository(plain)
    for number in range(1, 351):
        repository.touch(number)
        repository.wait(1)
    victims = iter(range(1, 40))
    repository.between = _touch_next(repository, victims)
    read = GitHubRead(connect())
    seen: set[int] = set()
    cursor = ""
    for _ in range(5):
        changes = read.changed("acme/pay", cursor)
        seen |= set(numbers(changes.issues))
        cursor = changes.cursor
        repository.between = lambda: None
    assert seen == set(range(1, 351))


def _touch_next(repository: Repository, victims: Any) -> Callable[[], None]:
    def touch() -> None:
        repository.wait(1)
        repository.touch(*[n for n in [next(victims, 0)] if n])

    return touch


def test_more_than_a_page_in_one_second_is_read_to_its_end(plain: PlainServer, connect: Connect) -> None:
    repository = Repository(plain)
    repository.touch(*range(1, 251))
    victims = iter((1, 2, 150, 151))
    repository.between = _touch_next(repository, victims)
    read = GitHubRead(connect())
    changes = read.changed("acme/pay", "")
    assert set(numbers(changes.issues)) == set(range(1, 251))


def test_a_crowded_second_is_read_again_until_it_is_over_and_then_costs_one_request(
    plain: PlainServer, connect: Connect
) -> None:
    repository = Repository(plain)
    repository.touch(*range(1, 251))
    read = GitHubRead(connect())
    cursor = read.changed("acme/pay", "").cursor
    repository.touch(300)
    changes = read.changed("acme/pay", cursor)
    assert 300 in numbers(changes.issues)
    repository.wait(60)
    cursor = read.changed("acme/pay", changes.cursor).cursor
    repository.statuses.clear()
    assert read.changed("acme/pay", cursor).issues == ()
    assert repository.statuses == [304]


@pytest.mark.parametrize("seed", range(12))
def test_nothing_is_ever_lost_whatever_people_do_meanwhile(plain: PlainServer, connect: Connect, seed: int) -> None:
    random = Random(seed)
    repository = Repository(plain, inclusive=seed % 2 == 0)
    owed: dict[int, datetime] = {}

    def work() -> None:
        repository.wait(random.choice([0, 0, 0.2, 1, 3]))
        if random.random() < 0.6:
            some = [random.randint(1, 250) for _ in range(random.choice([1, 2, 40, 130]))]
            repository.touch(*some)
            owed.update({n: repository.updated[n] for n in some})

    read = GitHubRead(connect())
    cursor = ""
    for _ in range(12):
        repository.between = lambda: None
        work()
        left = random.randint(0, 6)

        def disturb() -> None:
            nonlocal left
            left -= 1
            if left >= 0:
                work()

        repository.between = disturb
        changes = read.changed("acme/pay", cursor)
        cursor = changes.cursor
        for issue in changes.issues:
            if owed.get(issue.ref.number, START) <= issue.updated_at:
                owed.pop(issue.ref.number, None)
    repository.between = lambda: None
    repository.wait(60)
    for issue in read.changed("acme/pay", cursor).issues:
        if owed.get(issue.ref.number, START) <= issue.updated_at:
            owed.pop(issue.ref.number, None)
    assert owed == {}


def test_the_cursor_stays_where_it_was_when_a_look_fails(plain: PlainServer, connect: Connect) -> None:
    repository = Repository(plain)
    repository.touch(1)
    read = GitHubRead(connect())
    cursor = read.changed("acme/pay", "").cursor
    plain.says(Says(status=502))
    with pytest.raises(Unavailable):
        read.changed("acme/pay", cursor)
    plain.answer = repository.answer
    repository.statuses.clear()
    assert read.changed("acme/pay", cursor).cursor == cursor
    assert repository.statuses == [304]


@pytest.mark.parametrize("cursor", ["nonsense", "[]", '{"since": "yesterday"}', "null"])
def test_a_cursor_of_another_make_is_the_beginning(plain: PlainServer, connect: Connect, cursor: str) -> None:
    repository = Repository(plain)
    repository.touch(1)
    assert numbers(GitHubRead(connect()).changed("acme/pay", cursor).issues) == [1]


def test_a_long_list_costs_little_more_than_its_pages(plain: PlainServer, connect: Connect) -> None:
    repository = Repository(plain)
    for number in range(1, 2001):
        repository.touch(number)
        repository.wait(0.5)
    changes = GitHubRead(connect()).changed("acme/pay", "")
    assert len(changes.issues) == 2000
    assert changes.requests <= 24
