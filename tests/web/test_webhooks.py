"""What a webhook delivery gets, over real HTTP."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import httpx
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.web.conftest import OLD_SECRET, Service, Start, sign
from tests.web.payloads import issues


def test_a_signed_delivery_marks_the_issue_and_is_answered_202(service: Service) -> None:
    answer = service.deliver(issues("labeled", labels=("postmortem",), label={"name": "postmortem"}))

    assert answer.status_code == 202
    assert answer.content == b""
    assert service.marks == [("github", "acme/pay", "acme/pay#12", frozenset({"postmortem"}), "issues.labeled")]
    assert service.count("marked") == 1


def test_the_secret_before_stays_valid_while_it_is_replaced(service: Service) -> None:
    assert service.deliver(issues(), secret=OLD_SECRET).status_code == 202


def test_each_site_has_its_own_secret(service: Service) -> None:
    assert service.deliver(issues(), site="ghe", secret="another secret").status_code == 202
    assert service.deliver(issues(), site="ghe").status_code == 401
    assert service.marks == [("ghe", "acme/pay", "acme/pay#12", frozenset(), "issues.edited")]


BODY = json.dumps(issues()).encode()


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("", id="no signature"),
        pytest.param(sign(BODY, "a guess"), id="another secret"),
        pytest.param(sign(BODY + b" "), id="a body changed by one space"),
        pytest.param(sign(BODY, ""), id="an empty secret"),
        pytest.param(sign(BODY).removeprefix("sha256="), id="no algorithm"),
        pytest.param(sign(BODY).replace("sha256", "sha1"), id="another algorithm"),
        pytest.param(sign(BODY)[:-2], id="a signature cut short"),
        pytest.param("sha256=" + "é" * 64, id="letters that are no hex"),
    ],
)
def test_a_forged_delivery_gets_401_marks_nothing_and_is_counted(service: Service, signature: str) -> None:
    headers = {b"x-github-event": b"issues", b"x-hub-signature-256": signature.encode("latin-1")}
    answer = service.client.post(f"{service.url}/webhooks/github", content=BODY, headers=headers)

    assert answer.status_code == 401
    assert service.marks == []
    assert service.count("forged") == 1


def test_a_site_without_a_secret_takes_no_delivery_at_all(service: Service) -> None:
    answer = service.deliver(issues(), site="unset", secret="")

    assert answer.status_code == 401
    assert "No webhook secret is set" in answer.text


@pytest.mark.parametrize("event", ["ping", "star", "workflow_run", "<script>"])
def test_an_event_that_means_nothing_here_gets_204(service: Service, event: str) -> None:
    assert service.deliver({"zen": "Speak like a human."}, event).status_code == 204
    assert service.marks == []
    assert service.count("ignored") == 1
    assert "script" not in service.client.get(f"{service.url}/metrics").text


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half an object"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"[" * 100_000, id="brackets without end"),
        pytest.param(b"{}", id="no repository"),
        pytest.param(b'{"repository": {"full_name": "acme/pay"}}', id="no issue"),
        pytest.param(b'{"repository": {"full_name": "acme/pay"}, "issue": {"number": true}}', id="true for a number"),
        pytest.param(b'{"repository": {"full_name": "../../etc"}, "issue": {"number": 1}}', id="a path for a name"),
        pytest.param(b'{"repository": "acme/pay", "issue": [1]}', id="wrong types"),
    ],
)
def test_a_signed_payload_that_is_none_gets_400_and_is_not_written_back(service: Service, body: bytes) -> None:
    answer = service.deliver(body)

    assert answer.status_code == 400
    assert answer.text.startswith("The payload ")
    assert service.marks == []
    assert service.count("malformed") == 1


def test_a_payload_sent_as_a_form_is_read_as_well(service: Service) -> None:
    form = urlencode({"payload": json.dumps(issues())}).encode()

    answer = service.deliver(form, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 202
    assert len(service.marks) == 1


def test_a_replayed_delivery_costs_one_more_mark_and_nothing_else(service: Service) -> None:
    first, again = service.deliver(issues()), service.deliver(issues())

    assert (first.status_code, again.status_code) == (202, 202)
    assert service.marks[0] == service.marks[1]
    assert len(service.marks) == 2


@pytest.mark.parametrize("away", [RedisConnectionError("refused"), ConnectionRefusedError(), TimeoutError()])
def test_while_redis_is_away_the_delivery_fails_visibly(service: Service, away: BaseException) -> None:
    service.failing = away

    assert service.deliver(issues()).status_code == 503
    assert service.count("unavailable") == 1


def test_a_mark_that_hangs_is_given_up_before_github_gives_up(service: Service) -> None:
    released = threading.Event()
    service.before_mark = lambda: released.wait(10)
    started = time.monotonic()
    try:
        assert service.deliver(issues()).status_code == 503
        assert time.monotonic() - started < 5
    finally:
        released.set()


def test_a_body_that_declares_itself_too_large_is_refused(service: Service) -> None:
    answer = service.deliver(b" " * 200_001)

    assert answer.status_code == 413
    assert service.count("oversize") == 1


def test_a_body_of_exactly_the_limit_is_taken(service: Service) -> None:
    assert service.deliver(json.dumps(issues()).encode().ljust(200_000)).status_code == 202


def test_a_chunked_body_without_a_length_is_refused_as_it_passes_the_limit(service: Service) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 50_000

    headers = {"x-github-event": "issues", "x-hub-signature-256": "sha256=" + "0" * 64}
    answer = service.client.post(f"{service.url}/webhooks/github", content=chunks(), headers=headers)

    assert answer.status_code == 413


def exchange(service: Service, *parts: bytes) -> bytes:
    """Send raw bytes and read until the server hangs up."""
    with socket.create_connection(("127.0.0.1", service.server.port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received


HEAD = b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-GitHub-Event: issues\r\nConnection: close\r\n"
SIGNED = b"X-Hub-Signature-256: " + sign(BODY).encode() + b"\r\n"


def test_a_chunked_body_that_lies_about_its_length_is_measured_by_what_comes(service: Service) -> None:
    chunk = b"%x\r\n%s\r\n" % (300_000, b" " * 300_000)

    answer = exchange(
        service, HEAD, SIGNED, b"Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, b"0\r\n\r\n"
    )

    assert answer.split(b" ", 2)[1] in {b"413", b"400"}
    assert service.marks == []


def test_a_length_beyond_all_reason_is_refused_without_reading(service: Service) -> None:
    answer = exchange(service, HEAD, SIGNED, b"Content-Length: 99999999999\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_does_not_arrive_is_given_up(service: Service) -> None:
    answer = exchange(service, HEAD, SIGNED, b"Content-Length: %d\r\n\r\n" % len(BODY), BODY[:-1])

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert service.marks == []


def test_a_sender_that_breaks_off_marks_nothing_and_hurts_nobody(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.server.port), timeout=10) as connection:
        connection.sendall(HEAD + SIGNED + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[:20])

    assert service.deliver(issues()).status_code == 202
    assert len(service.marks) == 1


def test_headers_that_dawdle_are_hung_up_on(start: Start) -> None:
    with start(header_timeout_s=0.2) as service:
        assert exchange(service, b"POST /webhooks/git") == b""
        assert service.deliver(issues()).status_code == 202


def test_a_kept_connection_outlives_the_deadline_of_its_headers(start: Start) -> None:
    with start(header_timeout_s=0.2) as service:
        slow = threading.Event()
        service.before_mark = lambda: slow.wait(0.3)
        assert service.deliver(issues()).status_code == 202


def test_too_many_bodies_at_once_are_turned_away_and_counted(start: Start) -> None:
    marking, go_on = threading.Event(), threading.Event()
    large = json.dumps(issues()).encode().ljust(90_000)
    with start(max_body_bytes=100_000, max_bodies_together_bytes=0, touch_timeout_s=10.0) as service:

        def hold() -> None:
            marking.set()
            assert go_on.wait(10)

        service.before_mark = hold
        with ThreadPoolExecutor() as pool:
            first = pool.submit(service.deliver, large)
            assert marking.wait(10)
            with httpx.Client(timeout=10) as another:
                headers = {"x-github-event": "issues", "x-hub-signature-256": sign(large)}
                refused = another.post(f"{service.url}/webhooks/github", content=large, headers=headers)
            go_on.set()
            assert first.result(10).status_code == 202
        assert refused.status_code == 503
        assert service.deliver(large).status_code == 202
        assert service.count("crowded") == 1


def test_a_thousand_deliveries_take_seconds(service: Service) -> None:
    body = json.dumps(issues()).encode()
    headers = {"x-github-event": "issues", "x-hub-signature-256": sign(body)}
    started = time.monotonic()

    def deliver_some() -> None:
        with httpx.Client(timeout=30) as client:
            for _ in range(250):
                assert client.post(f"{service.url}/webhooks/github", content=body, headers=headers).status_code == 202

    threads = [threading.Thread(target=deliver_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(service.marks) == 1000
    assert time.monotonic() - started < 30
