"""Every way in which a request can fail, at every kind of effect, becomes the right error of our own."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any

import pytest

from tests.trackers.plain import PlainServer, Says
from worker.domain.model import Draft, IssueRef
from worker.trackers.errors import (
    Ambiguous,
    CredentialRefused,
    Missing,
    RateLimited,
    Refused,
    TrackerError,
    Unavailable,
)
from worker.trackers.github import GitHubClient, GitHubWrite
from worker.trackers.github.errors import Doing, wait_s

Connect = Callable[..., GitHubClient]

REF = IssueRef("github", "acme/pay#1")
DRAFT = Draft(site="github", container="acme/pay", title="Add an alert", body="Words")

LIMIT = {"message": "API rate limit exceeded for user ID 1."}
SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}


def reading(client: GitHubClient) -> None:
    client.read("/repos/acme/pay/issues/1", owner="acme")


def patching(client: GitHubClient) -> None:
    client.write("PATCH", "/repos/acme/pay/issues/1", {"state": "closed"}, owner="acme")


def creating(client: GitHubClient) -> None:
    GitHubWrite(client).create_issue(DRAFT)


def commenting(client: GitHubClient) -> None:
    GitHubWrite(client).add_comment(REF, "Hello")


def mutating(client: GitHubClient) -> None:
    client.graphql("mutation { x }", {}, owner="acme", doing=Doing.CREATE)


READS = [pytest.param(reading, id="read"), pytest.param(patching, id="repeatable write")]
CREATES = [
    pytest.param(creating, id="create issue"),
    pytest.param(commenting, id="create comment"),
    pytest.param(mutating, id="mutation"),
]


def failing(act: Callable[[GitHubClient], None], client: GitHubClient) -> TrackerError:
    with pytest.raises(TrackerError) as caught:
        act(client)
    return caught.value


BROKEN = [
    pytest.param(Says(status=502, text="<html>Bad Gateway</html>"), id="502 with a page"),
    pytest.param(Says(status=500, data={"message": "Server Error"}), id="500"),
    pytest.param(Says(status=503), id="503 without a body"),
    pytest.param(Says(drop=True), id="connection dropped"),
    pytest.param(Says(data={"id": 1}, cut=True), id="body cut by the connection"),
    pytest.param(Says(text='{"id": 1, "bo'), id="body cut within its length"),
    pytest.param(Says(text="<html>Please log in</html>"), id="a proxy's page"),
    pytest.param(Says(status=504), id="504"),
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("act", READS)
def test_a_broken_answer_is_tried_again_and_then_unavailable(
    plain: PlainServer, connect: Connect, act: Callable[[GitHubClient], None], broken: Says
) -> None:
    plain.says(broken)
    assert type(failing(act, connect())) is Unavailable
    assert len(plain.asked) == 3


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("act", CREATES)
def test_a_broken_answer_to_a_create_is_ambiguous_and_never_sent_again(
    plain: PlainServer, connect: Connect, act: Callable[[GitHubClient], None], broken: Says
) -> None:
    plain.says(broken)
    assert type(failing(act, connect())) is Ambiguous
    assert len(plain.asked) == 1


@pytest.mark.parametrize("act", CREATES)
def test_a_success_without_a_body_leaves_a_create_ambiguous(
    plain: PlainServer, connect: Connect, act: Callable[[GitHubClient], None]
) -> None:
    plain.says(Says(status=201))
    assert type(failing(act, connect())) is Ambiguous


def test_a_read_that_fails_once_succeeds(plain: PlainServer, connect: Connect) -> None:
    plain.says(Says(status=502), Says(drop=True), Says(data={"ok": True}))
    assert connect().read("/x", owner="acme").data == {"ok": True}


@pytest.mark.parametrize("act", [*READS, *CREATES])
def test_a_refused_connection_wrote_nothing(act: Callable[[GitHubClient], None], connect: Connect) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert type(failing(act, connect(api_url=url))) is Unavailable


@pytest.mark.parametrize(("act", "expected"), [(reading, Unavailable), (commenting, Ambiguous), (mutating, Ambiguous)])
def test_a_server_that_never_answers_is_left_after_the_timeout_and_asked_once(
    plain: PlainServer, connect: Connect, act: Callable[[GitHubClient], None], expected: type[TrackerError]
) -> None:
    release = threading.Event()

    def silent(_: object) -> Says:
        release.wait(10)
        return Says(drop=True)

    plain.answer = silent
    began = time.monotonic()
    error = failing(act, connect(timeout_s=1))
    release.set()
    assert type(error) is expected
    assert time.monotonic() - began < 3
    assert len(plain.asked) == 1


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        pytest.param(Says(status=401, data={"message": "Bad credentials"}), CredentialRefused, id="401"),
        pytest.param(Says(status=401, data={"message": "Requires authentication"}), CredentialRefused, id="401, other"),
        pytest.param(
            Says(status=403, data={"message": "Sorry. Your account was suspended"}), CredentialRefused, id="suspended"
        ),
        pytest.param(Says(status=404, data={"message": "Not Found"}), Missing, id="404"),
        pytest.param(Says(status=410, data={"message": "This issue was deleted"}), Missing, id="410"),
        pytest.param(Says(status=403, data={"message": "Resource not accessible"}), Refused, id="403"),
        pytest.param(Says(status=422, data={"message": "Validation Failed"}), Refused, id="422"),
        pytest.param(Says(status=400, data={"message": "Problems parsing JSON"}), Refused, id="400"),
        pytest.param(Says(status=451), Refused, id="451"),
        pytest.param(Says(status=409, data={"message": "Conflict"}), Unavailable, id="409 wrote nothing"),
        pytest.param(Says(status=429), RateLimited, id="429 without any word"),
        pytest.param(Says(status=403, data=SECONDARY), RateLimited, id="secondary limit without headers"),
        pytest.param(Says(status=403, data=LIMIT, headers={"Retry-After": "7"}), RateLimited, id="403 with a time"),
        pytest.param(
            Says(status=403, data={"message": "no"}, headers={"X-RateLimit-Remaining": "0"}),
            RateLimited,
            id="none left",
        ),
        pytest.param(
            Says(status=422, data={"message": "Validation Failed", "errors": ["was submitted too quickly"]}),
            RateLimited,
            id="422 that is a limit",
        ),
    ],
)
@pytest.mark.parametrize("act", [*READS, *CREATES])
def test_a_refusal_means_the_same_whatever_was_asked(
    plain: PlainServer,
    connect: Connect,
    act: Callable[[GitHubClient], None],
    says: Says,
    expected: type[TrackerError],
) -> None:
    plain.says(says)
    assert type(failing(act, connect())) is expected
    assert len(plain.asked) == (3 if expected is Unavailable and act in (reading, patching) else 1)


NOW = 1_793_000_000
DATE = formatdate(NOW, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "7"}, 7, id="retry-after in seconds"),
        pytest.param({"retry-after": formatdate(NOW + 30, usegmt=True), "date": DATE}, 30, id="retry-after as a date"),
        pytest.param(
            {"retry-after": "7", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 900), "date": DATE},
            7,
            id="retry-after before the reset",
        ),
        pytest.param(
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW + 900), "date": DATE}, 901, id="the reset"
        ),
        pytest.param(
            {"x-ratelimit-remaining": "9", "x-ratelimit-reset": str(NOW + 900), "date": DATE},
            60,
            id="the reset means nothing while something remains",
        ),
        pytest.param(
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(NOW - 5), "date": DATE}, 1, id="a reset just past"
        ),
        pytest.param({}, 60, id="a minute where nobody says"),
        pytest.param({"retry-after": "soon", "x-ratelimit-reset": "x"}, 60, id="nonsense is nobody's word"),
        pytest.param({"retry-after": "0"}, 1, id="never less than a second"),
    ],
)
def test_the_wait_is_what_github_asks_for(headers: Mapping[str, str], seconds: float) -> None:
    assert wait_s(headers) == seconds


@pytest.mark.parametrize("status", [403, 429])
def test_the_wait_comes_with_the_error(plain: PlainServer, connect: Connect, status: int) -> None:
    plain.says(Says(status=status, data=SECONDARY, headers={"Retry-After": "42"}))
    error = failing(commenting, connect())
    assert isinstance(error, RateLimited)
    assert error.wait_s == 42


def graphql(errors: list[dict[str, Any]], data: Any = None, status: int = 200) -> Says:
    return Says(status=status, data={"data": data, "errors": errors})


@pytest.mark.parametrize(
    ("says", "on_create", "on_read"),
    [
        pytest.param(graphql([{"type": "RATE_LIMITED", "message": "limit"}]), RateLimited, RateLimited, id="limited"),
        pytest.param(
            Says(status=400, data={"errors": [{"type": "RATE_LIMITED", "message": "wait"}]}),
            RateLimited,
            RateLimited,
            id="limited, as a 400",
        ),
        pytest.param(graphql([SECONDARY]), RateLimited, RateLimited, id="secondary limit"),
        pytest.param(graphql([{"type": "NOT_FOUND", "message": "no node"}]), Missing, Missing, id="no such node"),
        pytest.param(graphql([{"type": "FORBIDDEN", "message": "no right"}]), Refused, Refused, id="forbidden"),
        pytest.param(
            graphql([{"type": "UNPROCESSABLE", "message": "Parent cannot have more than 100 sub-issues"}]),
            Refused,
            Refused,
            id="parent is full",
        ),
        pytest.param(
            Says(data={"errors": [{"message": "Field 'x' doesn't exist", "extensions": {"code": "undefinedField"}}]}),
            Refused,
            Refused,
            id="the schema says no",
        ),
        pytest.param(
            graphql([{"message": "Something went wrong while executing your query."}]),
            Ambiguous,
            Unavailable,
            id="GitHub broke down",
        ),
        pytest.param(
            Says(data={"errors": [{"message": "Something went wrong", "locations": [{"line": 1}]}]}),
            Ambiguous,
            Unavailable,
            id="GitHub broke down somewhere",
        ),
        pytest.param(Says(data={"nothing": 1}), Ambiguous, Unavailable, id="no data and no error"),
        pytest.param(Says(data=[1]), Ambiguous, Unavailable, id="not an object"),
    ],
)
def test_a_graphql_error_inside_a_success(
    plain: PlainServer,
    connect: Connect,
    says: Says,
    on_create: type[TrackerError],
    on_read: type[TrackerError],
) -> None:
    plain.says(says)
    assert type(failing(mutating, connect())) is on_create
    with pytest.raises(TrackerError) as caught:
        connect().graphql("query { x }", {}, owner="acme")
    assert type(caught.value) is on_read


def test_a_mutation_that_did_its_work_is_used_in_spite_of_an_error(plain: PlainServer, connect: Connect) -> None:
    plain.says(graphql([{"type": "FORBIDDEN", "message": "labels"}], {"createIssue": {"issue": {"number": 1}}}))
    data = connect().graphql("mutation { x }", {}, owner="acme", doing=Doing.CREATE)
    assert data["createIssue"]["issue"]["number"] == 1


def test_an_answer_that_github_stopped_in_the_middle_tells_nothing(plain: PlainServer, connect: Connect) -> None:
    stopped = {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."}
    plain.says(graphql([stopped], {"nodes": [{"id": "I_1", "moves": None}]}))
    with pytest.raises(Unavailable):
        connect().graphql("query { x }", {}, owner="acme")
    made = connect().graphql("mutation { x }", {}, owner="acme", doing=Doing.CREATE)
    assert made["nodes"] == [{"id": "I_1", "moves": None}]


def test_a_message_names_the_request_and_githubs_words_and_never_the_token(
    plain: PlainServer, connect: Connect
) -> None:
    plain.says(
        Says(
            status=422,
            data={
                "message": "Validation Failed",
                "errors": [{"resource": "Issue", "field": "title", "code": "missing"}],
            },
            headers={"X-Accepted-GitHub-Permissions": "issues=write"},
        )
    )
    said = str(failing(creating, connect(token="ghp_secret")))
    assert said == (
        "POST repos/acme/pay/issues: GitHub answered 422: Validation Failed; Issue title missing (needs issues=write)"
    )
    assert "ghp_secret" not in repr(connect(token="ghp_secret").config)
