"""Which error each answer of Jira becomes."""

from __future__ import annotations

from typing import Any

import pytest

from worker.trackers.errors import (
    Ambiguous,
    CredentialRefused,
    Missing,
    RateLimited,
    Refused,
    TrackerError,
    Unavailable,
)
from worker.trackers.http import Doing
from worker.trackers.jira.errors import Hidden, Told, failure, told, wait_s

DATE = "Sat, 21 Nov 2026 01:00:00 GMT"
JIRA = {"errorMessages": ["No."], "errors": {}}


def error(status: int, data: Any = None, doing: Doing = Doing.READ, **headers: str) -> TrackerError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return failure(status, named, data, what="GET jira:OPS-7", doing=doing)


@pytest.mark.parametrize(
    ("got", "kind"),
    [
        pytest.param(error(401, JIRA), CredentialRefused, id="401 is about the credential"),
        pytest.param(error(401, JIRA, x_ausername="bot"), Told, id="401 to somebody who is known is about a right"),
        pytest.param(error(401, JIRA, x_ausername="anonymous"), CredentialRefused, id="401 to a stranger"),
        pytest.param(
            error(403, JIRA, x_seraph_loginreason="AUTHENTICATION_DENIED"),
            CredentialRefused,
            id="403 after too many failed logins",
        ),
        pytest.param(
            error(404, JIRA, x_seraph_loginreason="AUTHENTICATED_FAILED"),
            CredentialRefused,
            id="404 to an ended token",
        ),
        pytest.param(error(403, JIRA), Hidden, id="403 to a read hides something"),
        pytest.param(error(403, JIRA, Doing.REPEATABLE), Told, id="403 to a write is a missing right"),
        pytest.param(error(400, JIRA), Told, id="400"),
        pytest.param(error(409, JIRA, Doing.REPEATABLE), Told, id="409"),
        pytest.param(error(410, JIRA), Told, id="410 is an API that was removed"),
        pytest.param(error(413, JIRA, Doing.CREATE), Told, id="413"),
        pytest.param(error(404, JIRA), Missing, id="404 in Jira's words"),
        pytest.param(error(404), Missing, id="404 without words"),
        pytest.param(error(404, object()), Unavailable, id="404 in HTML is a site that is switched off"),
        pytest.param(error(404, {"message": "no route"}), Unavailable, id="404 of a gateway"),
        pytest.param(error(429), RateLimited, id="429"),
        pytest.param(error(429, doing=Doing.CREATE), RateLimited, id="429 to a create: nothing was written"),
        pytest.param(error(503, retry_after="5"), RateLimited, id="503 that names a time"),
        pytest.param(error(503), Unavailable, id="503 that names none"),
        pytest.param(error(500, doing=Doing.CREATE), Ambiguous, id="500 to a create"),
        pytest.param(error(500, doing=Doing.REPEATABLE), Unavailable, id="500 to a repeatable write"),
        pytest.param(error(408), Unavailable, id="408"),
        pytest.param(error(302, doing=Doing.CREATE), Ambiguous, id="a redirect too many"),
    ],
)
def test_an_answer_becomes(got: TrackerError, kind: type[TrackerError]) -> None:
    assert type(got) is kind
    assert str(got).startswith("GET jira:OPS-7: Jira answered ")


def test_what_jira_refuses_is_refused() -> None:
    assert issubclass(Hidden, Told)
    assert issubclass(Told, Refused)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "12"}, 12.0, id="seconds"),
        pytest.param({"retry-after": "0"}, 1.0, id="at least one second"),
        pytest.param({"retry-after": "Sat, 21 Nov 2026 01:00:30 GMT"}, 31.0, id="a date"),
        pytest.param({"x-ratelimit-reset": "2026-11-21T01:01Z"}, 61.0, id="an ISO reset"),
        pytest.param({"x-ratelimit-reset": "2026-11-21T02:00:10+01:00"}, 11.0, id="an ISO reset of another zone"),
        pytest.param({"retry-after": "7", "x-ratelimit-reset": "2026-11-21T03:00Z"}, 7.0, id="Retry-After goes first"),
        pytest.param({"x-ratelimit-reset": "soon"}, 60.0, id="what can't be read is a minute"),
        pytest.param({}, 60.0, id="nothing is a minute"),
    ],
)
def test_how_long_jira_asks_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert wait_s({"date": DATE, **headers}) == seconds


def test_a_refusal_says_what_jira_said_and_which_field_it_meant() -> None:
    data = {"errorMessages": ["Nope."], "errors": {"customfield_10020": "Team is required."}}
    got = error(400, data, Doing.CREATE)
    assert isinstance(got, Told)
    assert str(got) == "GET jira:OPS-7: Jira answered 400: Nope.; customfield_10020: Team is required."
    assert got.messages == ("Nope.",)
    assert got.fields == {"customfield_10020": "Team is required."}


def test_a_flood_of_words_is_cut() -> None:
    assert len(told({"errorMessages": ["x" * 5000]})) == 600
