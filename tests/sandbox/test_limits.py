"""Are conditional requests free, and do the limits bite where GitHub's do, by the sandbox's clock?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.sandbox.conftest import NOW, SEED
from worker.sandbox.github import GitHubSandbox

LIST = "/repos/acme/incidents/issues?state=all&sort=updated&direction=asc"
COMMENTS = "/repos/acme/incidents/issues/1/comments"


def connect(sandbox: GitHubSandbox) -> httpx.Client:
    return httpx.Client(base_url=sandbox.api_url, headers={"Authorization": "token t-alice"})


@pytest.fixture
def http(sandbox: GitHubSandbox) -> Iterator[httpx.Client]:
    """A plain client with alice's token."""
    with connect(sandbox) as client:
        yield client


def test_an_unchanged_list_is_304_and_costs_nothing(sandbox: GitHubSandbox, http: httpx.Client) -> None:
    first = http.get(LIST)
    again = http.get(LIST, headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"] == "1"
    assert sandbox.requests()[-1].conditional

    http.post(COMMENTS, json={"body": "news"})
    assert http.get(LIST, headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_a_304_without_credentials_is_not_free(sandbox: GitHubSandbox) -> None:
    url = f"{sandbox.api_url}/repos/acme/site/issues"
    first = httpx.get(url)
    again = httpx.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["x-ratelimit-used"], again.headers["x-ratelimit-limit"]) == (
        304,
        "2",
        "60",
    )


def test_the_date_and_the_reset_follow_the_sandbox_clock(sandbox: GitHubSandbox, http: httpx.Client) -> None:
    answer = http.get("/user")
    assert parsedate_to_datetime(answer.headers["date"]) == NOW
    assert int(answer.headers["x-ratelimit-reset"]) == int((NOW + timedelta(hours=1)).timestamp())
    sandbox.clock.advance(timedelta(minutes=61))
    assert http.get("/user").headers["x-ratelimit-used"] == "1"


def test_the_eighty_first_write_of_a_minute_is_refused_until_the_minute_is_over(
    sandbox: GitHubSandbox, http: httpx.Client
) -> None:
    for _ in range(80):
        assert http.post(COMMENTS, json={"body": "x"}).status_code == 201

    refused = http.post(COMMENTS, json={"body": "x"})

    assert (refused.status_code, refused.headers["retry-after"]) == (403, "60")
    assert "content creation" in refused.json()["message"]
    assert http.get("/user").status_code == 200
    sandbox.clock.advance(timedelta(seconds=60))
    assert http.post(COMMENTS, json={"body": "x"}).status_code == 201


def test_each_account_has_its_own_budget(sandbox: GitHubSandbox, http: httpx.Client) -> None:
    for _ in range(80):
        http.post(COMMENTS, json={"body": "x"})
    assert sandbox.act("lena", "POST", COMMENTS, {"body": "mine"})["id"]


def test_limits_can_be_changed_and_switched_off() -> None:
    limits = {"requests_per_hour": 2, "writes_per_minute": None, "points_per_minute": None}
    with GitHubSandbox(seed={**SEED, "limits": limits}) as sandbox, connect(sandbox) as http:
        assert [http.get("/user").status_code for _ in range(3)] == [200, 200, 403]
        refused = http.get("/user")
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert "retry-after" not in refused.headers


def test_an_exhausted_graphql_budget_is_an_error_under_status_200() -> None:
    with GitHubSandbox(seed={**SEED, "limits": {"requests_per_hour": 1}}) as sandbox:
        answers = [
            httpx.post(
                f"{sandbox.url}/api/graphql",
                json={"query": "{ viewer { login } }"},
                headers={"Authorization": "bearer t-alice"},
            )
            for _ in range(2)
        ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1].json()["errors"][0]["type"] == "RATE_LIMITED"
    assert answers[1].headers["x-ratelimit-remaining"] == "0"


def test_nine_hundred_points_a_minute_are_enough_for_a_hundred_and_eighty_writes() -> None:
    limits = {"writes_per_minute": None, "writes_per_hour": None}
    with GitHubSandbox(seed={**SEED, "limits": limits}) as sandbox, connect(sandbox) as http:
        answers = [http.post(COMMENTS, json={"body": "x"}).status_code for _ in range(181)]
    assert answers == [201] * 180 + [403]
