"""Health, numbers, manners, and how the server ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import httpx
import pytest

from tests.web.conftest import Service, Start
from tests.web.payloads import issues
from worker.web.server import WebServer


def test_healthz_says_that_the_process_lives_even_without_redis(service: Service) -> None:
    service.failing = ConnectionRefusedError()

    assert service.client.get(f"{service.url}/healthz").status_code == 200


def test_an_answer_on_a_kept_connection_does_not_wait_for_an_acknowledgement(service: Service) -> None:
    def took_s() -> float:
        began = time.perf_counter()
        service.client.get(f"{service.url}/healthz")
        return time.perf_counter() - began

    took_s()  # opens the connection
    assert min(took_s() for _ in range(10)) < 0.03, "headers and body leave apart, and the kernel holds the body back"


def test_readyz_says_ready_when_nothing_speaks_against_it(service: Service) -> None:
    answer = service.client.get(f"{service.url}/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "reasons": []}


def test_readyz_names_every_reason(service: Service) -> None:
    service.reasons = ("Redis at 127.0.0.1:6379 does not answer.", "No webhook secret is set for github.")

    answer = service.client.get(f"{service.url}/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "reasons": list(service.reasons)}


def test_a_readiness_check_that_fails_tells_its_kind_and_no_secret(service: Service) -> None:
    service.failing = ValueError("redis://:hunter2@host")

    answer = service.client.get(f"{service.url}/readyz")

    assert answer.status_code == 503
    assert "ValueError" in answer.text
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/healthz", 200, id="health"),
        pytest.param("GET", "/metrics", 200, id="numbers"),
        pytest.param("GET", "/webhooks/github", 405, id="a webhook is posted"),
        pytest.param("POST", "/webhooks/github", 401, id="unsigned"),
        pytest.param("POST", "/webhooks/nowhere", 404, id="an unknown site"),
        pytest.param("POST", "/webhooks/github/", 404, id="no redirect for a slash"),
        pytest.param("GET", "/<script>alert(1)</script>", 404, id="an unknown page"),
    ],
)
def test_every_answer_has_careful_headers_and_writes_nothing_back(
    service: Service, method: str, path: str, status: int
) -> None:
    answer = service.client.request(method, f"{service.url}{path}", headers={"host": "evil.example"})

    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers
    assert "location" not in answer.headers
    assert "script" not in answer.text
    assert "evil" not in answer.text + str(answer.headers)


def test_metrics_may_be_turned_off(start: Start) -> None:
    with start(metrics=False) as service:
        assert service.client.get(f"{service.url}/metrics").status_code == 404


def test_a_fault_of_our_own_is_a_500_that_tells_nothing(service: Service) -> None:
    service.failing = RuntimeError("a secret inside")

    answer = service.deliver(issues())

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_stopping_lets_a_running_delivery_finish(start: Start) -> None:
    marking, go_on = threading.Event(), threading.Event()
    answers: list[int] = []
    with start(touch_timeout_s=5.0) as service:

        def hold() -> None:
            marking.set()
            assert go_on.wait(10)

        service.before_mark = hold
        sender = threading.Thread(target=lambda: answers.append(service.deliver(issues()).status_code))
        sender.start()
        assert marking.wait(10)
        service.server.stop()
        go_on.set()
        sender.join(10)

    assert answers == [202]
    assert len(service.marks) == 1


def test_stopping_does_not_wait_for_ever(start: Start) -> None:
    marking, go_on = threading.Event(), threading.Event()
    try:
        with start(touch_timeout_s=20.0, graceful_stop_s=0.2) as service:

            def hold() -> None:
                marking.set()
                go_on.wait(20)

            service.before_mark = hold
            sender = threading.Thread(target=lambda: service.client.post(f"{service.url}/nowhere"))
            sender.start()
            sender.join(10)
            began = time.monotonic()
        assert time.monotonic() - began < 5
    finally:
        go_on.set()


def test_a_taken_port_is_an_error_at_once(service: Service) -> None:
    with pytest.raises(OSError, match="in use"):
        WebServer(lambda *_: None, port=service.server.port)  # type: ignore[arg-type]


PROGRAM = """
import sys
from worker.web.app import WebConfig, make_app
from worker.web.server import WebServer

server = WebServer(make_app(WebConfig(), lambda *a: None, lambda: ()), port=0)
print(server.port, flush=True)
try:
    server.run()
except KeyboardInterrupt:
    sys.exit(130)
print("ended", flush=True)
"""


@pytest.mark.parametrize(
    ("number", "code"),
    [pytest.param(signal.SIGTERM, 0, id="SIGTERM is an end"), pytest.param(signal.SIGINT, 130, id="SIGINT interrupts")],
)
def test_a_signal_ends_the_process_within_seconds(number: signal.Signals, code: int) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        # The socket listens once the server runs; a transport with retries waits for that.
        with httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=10) as client:
            assert client.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        process.send_signal(number)
        assert process.wait(10) == code
