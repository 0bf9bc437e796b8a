"""How one request to Jira is made, and what becomes of an answer."""

from __future__ import annotations

import base64
import threading
from typing import Any

import pytest

from tests.trackers.jira.conftest import Join
from tests.trackers.jira.worlds import NO_ISSUE, Site, says_no
from tests.trackers.plain import Asked, PlainServer, Says
from worker.trackers.errors import Ambiguous, CredentialRefused, Missing, RateLimited, Refused, Unavailable
from worker.trackers.http import Doing


def test_a_token_of_cloud_goes_with_its_mail_address(plain: PlainServer, join: Join) -> None:
    plain.says(Says(data={}))
    join().get("issue/OPS-7")
    asked = plain.asked[0]
    assert asked.path == "/rest/api/3/issue/OPS-7"
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"bot@example.com:secret-token").decode()
    assert asked.headers["user-agent"] == "followthrough"


def test_a_personal_access_token_goes_as_bearer_to_version_2(plain: PlainServer, join: Join) -> None:
    plain.says(Says(data={}))
    join(pat="pat-1", cloud=False).get("issue/OPS-7")
    assert plain.asked[0].path == "/rest/api/2/issue/OPS-7"
    assert plain.asked[0].headers["authorization"] == "Bearer pat-1"


def test_requests_go_through_the_gateway_and_below_a_context_path(plain: PlainServer, join: Join) -> None:
    plain.says(Says(data={}))
    client = join(url="https://acme.example", api_url=f"{plain.url}/ex/jira/cloud-1/")
    client.get("issue/OPS-7")
    client.get("/rest/agile/1.0/board")
    assert [a.path for a in plain.asked] == [
        "/ex/jira/cloud-1/rest/api/3/issue/OPS-7",
        "/ex/jira/cloud-1/rest/agile/1.0/board",
    ]


@pytest.mark.parametrize(
    ("said", "cloud"),
    [pytest.param("Cloud", True, id="cloud"), pytest.param("Server", False, id="data center says Server")],
)
def test_the_server_is_asked_once_which_jira_it_is(plain: PlainServer, join: Join, said: str, cloud: bool) -> None:
    plain.says(Says(data={"deploymentType": said}))
    client = join(cloud=None)
    assert [client.cloud, client.cloud] == [cloud, cloud]
    assert [a.path for a in plain.asked] == ["/rest/api/2/serverInfo"]


def test_an_address_without_a_jira_is_told_with_the_setting_to_correct(plain: PlainServer, join: Join) -> None:
    plain.says(Says(status=404, data={"errorMessages": ["null for uri: /jira/rest/api/2/serverInfo"]}))
    with pytest.raises(Refused, match=r"there is no Jira at .*correct url of the site"):
        _ = join(cloud=None).cloud
    assert [a.path for a in plain.asked] == ["/rest/api/2/serverInfo"]


def test_a_server_that_does_not_say_which_jira_it_is_is_not_guessed(plain: PlainServer, join: Join) -> None:
    plain.says(Says(data={"baseUrl": "x"}))
    with pytest.raises(Unavailable, match="serverInfo"):
        _ = join(cloud=None).cloud


# Again, or not


def test_a_read_is_tried_again_and_a_create_is_not(plain: PlainServer, join: Join) -> None:
    plain.says(Says(status=502), Says(status=500), Says(data={"id": "1"}))
    assert join().get("issue/OPS-7") == {"id": "1"}
    plain.asked.clear()
    plain.says(Says(status=502), Says(data={"id": "1"}))
    with pytest.raises(Ambiguous):
        join().write("POST", "issue", {}, doing=Doing.CREATE)
    assert len(plain.asked) == 1


def test_a_repeatable_write_is_tried_again(plain: PlainServer, join: Join) -> None:
    plain.says(Says(drop=True), Says(status=204))
    assert join().write("PUT", "issue/OPS-7", {"fields": {}}) is None
    assert len(plain.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Says(drop=True), id="the connection broke"),
        pytest.param(Says(data={"id": "1"}, cut=True), id="the answer was cut"),
        pytest.param(Says(text="<html>welcome</html>"), id="a proxy's page with status 200"),
        pytest.param(Says(status=504, text="<html>"), id="a gateway gave up"),
        pytest.param(Says(status=503, data={}), id="unavailable with no time named"),
    ],
)
def test_what_came_of_a_create_without_a_clear_answer_is_not_known(
    plain: PlainServer, join: Join, answer: Says
) -> None:
    plain.says(answer)
    with pytest.raises(Ambiguous, match="POST issue") as caught:
        join().write("POST", "issue", {}, doing=Doing.CREATE)
    assert len(plain.asked) == 1
    assert caught.value.site == "jira"
    plain.says(answer)
    with pytest.raises(Unavailable):
        join(attempts=1).get("issue/OPS-7")


def test_a_create_that_never_left_can_be_tried_again(join: Join) -> None:
    with pytest.raises(Unavailable):
        join(url="http://127.0.0.1:9").write("POST", "issue", {}, doing=Doing.CREATE)


def test_limits_are_not_waited_for(plain: PlainServer, join: Join) -> None:
    plain.says(Says(status=429, headers={"Retry-After": "17"}))
    with pytest.raises(RateLimited) as caught:
        join().write("POST", "issue", {}, doing=Doing.CREATE)
    assert caught.value.wait_s == 17
    assert len(plain.asked) == 1


# A credential that ends


def test_an_expired_token_is_refused_though_jira_answers_as_to_a_stranger(plain: PlainServer, join: Join) -> None:
    headers = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    plain.says(Says(data={"issues": [], "isLast": True}, headers=headers))
    with pytest.raises(CredentialRefused, match="as to a stranger"):
        join().get("search/jql")


def test_what_is_not_there_is_doubted_until_our_credential_is_known_to_be_good(site: Site, join: Join) -> None:
    client = join()
    for _ in range(3):
        with pytest.raises(Missing, match="does not exist"):
            client.get("issue/OPS-7", what="GET jira:OPS-7")
    assert site.asked() == ["GET issue/OPS-7", "GET myself", "GET issue/OPS-7", "GET issue/OPS-7"]


def test_with_an_ended_credential_nothing_is_missing(site: Site, join: Join) -> None:
    site.instead["GET myself"] = lambda asked: Says(status=401, text="Client must be authenticated")
    with pytest.raises(CredentialRefused):
        join().get("issue/OPS-7")


# Redirects


def test_a_renamed_site_is_named_and_the_token_stays_here(plain: PlainServer, join: Join) -> None:
    plain.says(Says(status=301, headers={"Location": "https://new.example/rest/api/3/issue/OPS-7"}))
    with pytest.raises(Refused, match=r"redirected to https://new\.example.*correct url of site 'jira'"):
        join().get("issue/OPS-7")
    assert len(plain.asked) == 1


def test_a_read_follows_on_the_same_server_with_its_question(plain: PlainServer, join: Join) -> None:
    def answer(asked: Asked) -> Says:
        if asked.path.startswith("/rest"):
            return Says(status=302, headers={"Location": f"/ctx{asked.path}"})
        return Says(data=dict(asked.query))

    plain.answer = answer
    assert join().get("issue/OPS-7", {"fields": "summary"}) == {"fields": "summary"}


def test_a_write_is_not_made_a_read_by_a_redirect(plain: PlainServer, join: Join) -> None:
    plain.says(Says(status=302, headers={"Location": "/other"}))
    with pytest.raises(Refused):
        join().write("POST", "issue", {}, doing=Doing.CREATE)
    assert len(plain.asked) == 1


def test_a_login_page_means_that_the_credential_ended(plain: PlainServer, join: Join) -> None:
    plain.says(Says(status=302, headers={"Location": "/login.jsp?os_destination=x"}))
    with pytest.raises(CredentialRefused):
        join().get("issue/LOGIN-7")


def test_an_issue_whose_project_is_called_login_is_no_login_page(plain: PlainServer, join: Join) -> None:
    plain.says(Says(status=301, headers={"Location": "https://new.example/rest/api/3/issue/LOGIN-7"}))
    with pytest.raises(Refused, match="correct url"):
        join().get("issue/LOGIN-7", {"jql": "labels = login"})


def test_redirects_in_a_circle_end(plain: PlainServer, join: Join) -> None:
    plain.says(Says(status=307, headers={"Location": "/again"}))
    with pytest.raises(Ambiguous):
        join().write("POST", "issue", {}, doing=Doing.CREATE)


# What is sent and what is said


def test_text_that_jira_can_not_store_is_mended(plain: PlainServer, join: Join) -> None:
    plain.says(Says(data={}))
    join().write("PUT", "issue/OPS-7", {"t": "half \ud83d, nul \0, صفاء \U0001f600"})
    assert plain.asked[0].body == {"t": "half \ufffd, nul , صفاء \U0001f600"}


def test_utf8_is_read_as_utf8_whatever_it_looks_like(plain: PlainServer, join: Join) -> None:
    plain.says(Says(text='{"body": "Größe — صفاء — 鍵"}'))
    assert join().get("x") == {"body": "Größe — صفاء — 鍵"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("null", id="null"),
        pytest.param("7", id="a number"),
        pytest.param('"errors in prose"', id="a text"),
        pytest.param('[{"errorMessages": 1}]', id="a list"),
        pytest.param('{"errorMessages": [{"a": 1}], "errors": ["x"]}', id="lists of what they should not hold"),
        pytest.param('{"message": {"a": 1}}', id="a message that is no text"),
        pytest.param("[" * 5000, id="an endless nesting"),
    ],
)
def test_an_error_of_any_form_is_one_of_ours_and_tells_no_secret(plain: PlainServer, join: Join, body: str) -> None:
    plain.says(Says(status=400, text=body))
    with pytest.raises(Refused) as caught:
        join().get("issue/OPS-7")
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_each_thread_has_its_own_connection_and_all_share_what_was_learnt(plain: PlainServer, join: Join) -> None:
    plain.says(Says(data={"deploymentType": "Cloud"}))
    client, gate, seen = join(cloud=None), threading.Barrier(6), list[Any]()
    assert client.cloud

    def work() -> None:
        gate.wait()
        seen.append(client.get("x"))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [{"deploymentType": "Cloud"}] * 6
    assert [a.path for a in plain.asked].count("/rest/api/2/serverInfo") == 1
    assert len(client._open) == 7


def test_a_list_is_read_to_its_end_whatever_page_size_the_server_allows(plain: PlainServer, join: Join) -> None:
    rows = [{"id": n} for n in range(7)]

    def answer(asked: Asked) -> Says:
        start = int(asked.query["startAt"])
        return Says(data={"values": rows[start : start + 3], "total": 7})

    plain.answer = answer
    assert list(join().pages("project/search")) == rows
    assert [a.query["startAt"] for a in plain.asked] == ["0", "3", "6"]


def test_strangers_are_asked_for_without_any_credential(plain: PlainServer, join: Join) -> None:
    client = join(api_url=f"{plain.url}/gateway", cloud=True)
    for answer, seen in (
        (Says(data={"key": "OPS"}), True),
        (says_no(404, NO_ISSUE), False),
        (Says(status=302, headers={"Location": "/login"}), False),
        (Says(text="<html>Log in</html>"), False),
        (Says(status=503), None),
        (Says(status=429), None),
        (Says(drop=True), None),
    ):
        plain.says(answer)
        assert client.seen_by_strangers("project/OPS") is seen
    assert {a.path for a in plain.asked} == {"/rest/api/2/project/OPS"}
    assert not any("authorization" in a.headers or "cookie" in a.headers for a in plain.asked)
