"""How one request is made: redirects, headers, text, threads, pages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.trackers.plain import PlainServer, Says, issue_payload
from worker.domain.model import IssueRef, Status
from worker.trackers.errors import Ambiguous, Missing, Refused
from worker.trackers.github import GitHubClient, GitHubConfig, GitHubRead, GitHubWrite

Connect = Callable[..., GitHubClient]

REF = IssueRef("github", "acme/pay#1")


# Redirects: a renamed repository, a transferred issue


def moved(plain: PlainServer, status: int, old: str, new: str) -> list[str]:
    """Answer `old` with a redirect to `new`, which answers with what it was asked."""

    def answer(asked: Any) -> Says:
        if asked.path == old:
            query = "&".join(f"{k}={v}" for k, v in asked.query.items())
            there = f"{plain.url}{new}" + (f"?{query}" if query else "")
            return Says(status=status, data={"message": "Moved Permanently"}, headers={"Location": there})
        return Says(data={"id": 5, "verb": asked.verb, "query": dict(asked.query), "body": asked.body})

    plain.answer = answer
    return [old, new]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_keeps_the_question_whole(plain: PlainServer, connect: Connect, status: int) -> None:
    moved(plain, status, "/repos/acme/old/issues", "/repositories/7/issues")
    answer = connect().read("/repos/acme/old/issues", owner="acme", params={"since": "x", "state": "all"})
    assert answer.data["query"] == {"since": "x", "state": "all"}


@pytest.mark.parametrize("status", [301, 307])
def test_a_create_follows_a_redirect_because_nothing_was_done_before_it(
    plain: PlainServer, connect: Connect, status: int
) -> None:
    paths = moved(plain, status, "/repos/acme/pay/issues/1/comments", "/repositories/7/issues/2/comments")
    assert GitHubWrite(connect()).add_comment(REF, "Hello") == "5"
    assert [(a.verb, a.path, a.body) for a in plain.asked] == [("POST", path, {"body": "Hello"}) for path in paths]


def test_a_redirect_to_another_server_is_refused_and_the_token_stays_here(plain: PlainServer, connect: Connect) -> None:
    plain.says(Says(status=301, headers={"Location": "https://elsewhere.example/x"}))
    with pytest.raises(Refused, match="correct api_url"):
        connect().read("/repos/acme/pay/issues/1", owner="acme")


def test_redirects_in_a_circle_end(plain: PlainServer, connect: Connect) -> None:
    plain.says(Says(status=301, headers={"Location": f"{plain.url}/again"}))
    with pytest.raises(Ambiguous):
        GitHubWrite(connect()).add_comment(REF, "Hello")


# How requests are made


def test_every_request_is_pygithubs_own_with_the_token_and_the_api_version(
    plain: PlainServer, connect: Connect
) -> None:
    plain.says(Says(data={}))
    connect().read("/x", owner="acme")
    headers = plain.asked[0].headers
    assert headers["authorization"] == "token ghp_test"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["accept"] == "application/vnd.github+json"


def test_utf8_is_read_as_utf8_whatever_it_looks_like(plain: PlainServer, connect: Connect) -> None:
    plain.says(Says(text='{"body": "Größe — صفاء — 鍵"}'))
    assert connect().read("/x", owner="acme").data["body"] == "Größe — صفاء — 鍵"


def test_text_that_github_can_not_store_is_mended(plain: PlainServer, connect: Connect) -> None:
    plain.says(Says(data={"id": 5}))
    GitHubWrite(connect()).add_comment(REF, "half \ud83d pair, nul \0, whole \U0001f600")
    assert plain.asked[0].body == {"body": "half \ufffd pair, nul , whole \U0001f600"}


def test_each_thread_has_its_own_connection_and_all_share_what_was_learnt(plain: PlainServer, connect: Connect) -> None:
    gate = threading.Barrier(8)
    seen: list[str] = []

    def answer(asked: Any) -> Says:
        seen.append(asked.path)
        return Says(
            data=issue_payload(int(asked.path.rpartition("/")[2])) if "issues" in asked.path else {"login": "b"}
        )

    plain.answer = answer
    client = connect()
    read = GitHubRead(client)
    results: list[bool] = []

    def work(number: int) -> None:
        gate.wait()
        ref = IssueRef("github", f"acme/pay#{number}")
        for _ in range(5):
            issue = read.issues([ref])[ref]
            results.append(issue is not None and issue.ref == ref)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 40
    assert len(client._open) == 8


def test_links_lead_through_all_pages(plain: PlainServer, connect: Connect) -> None:
    def answer(asked: Any) -> Says:
        page = int(asked.query.get("after", "0"))
        link = f'<{plain.url}/things?after={page + 1}&per_page=2>; rel="next", <{plain.url}/x>; rel="last"'
        return Says(data=[page * 2, page * 2 + 1], headers={"Link": link} if page < 3 else {})

    plain.answer = answer
    assert list(connect().pages("/things", owner="acme", params={"per_page": 2})) == list(range(8))
    assert [dict(a.query) for a in plain.asked[1:]] == [{"after": str(n), "per_page": "2"} for n in (1, 2, 3)]


def test_a_name_that_is_no_repository_is_missing_and_never_asked(plain: PlainServer, connect: Connect) -> None:
    write = GitHubWrite(connect())
    for locator in ("pay#1", "../x#1", "acme/..#1", "a/b/c#1"):
        with pytest.raises(Missing):
            write.set_status(IssueRef("github", locator), Status.DONE)
    assert plain.asked == []


def test_a_configuration_without_a_credential_is_an_error() -> None:
    with pytest.raises(ValueError, match="needs a token"):
        GitHubConfig(app_id="12")
    with pytest.raises(ValueError, match="api_url"):
        GitHubConfig(token="x", api_url="ftp://x")
