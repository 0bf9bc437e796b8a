"""The log is one line a thing, and no secret stands in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from worker.app.logs import Masker, set_up_logs
from worker.app.settings import Settings

SECRET = 'tök"en\\with odd/chars'
PEM = "-----BEGIN RSA PRIVATE KEY-----\nabcdefghijklmnop\nqrstuvwxyzabcdef\n-----END RSA PRIVATE KEY-----"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """A place for the log; the set-up of logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture(autouse=True)
def _hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """`set_up_logs` replaces the hooks for uncaught errors; the tests' own ones come back."""
    import sys
    import threading

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)


def test_a_line_is_one_json_object_with_time_level_and_name(stream: io.StringIO) -> None:
    set_up_logs(Settings(), stream)
    structlog.get_logger("engine").info("reconciled", unit="github:acme/pay#1", effects=2)
    (line,) = lines(stream)
    assert line["event"] == "reconciled"
    assert (line["level"], line["logger"], line["unit"], line["effects"]) == ("info", "engine", "github:acme/pay#1", 2)
    assert str(line["timestamp"]).endswith("Z")


def test_library_logs_come_the_same_way(stream: io.StringIO) -> None:
    set_up_logs(Settings(), stream)
    logging.getLogger("some.library").warning("slow: %s s", 3)
    assert lines(stream)[0]["event"] == "slow: 3 s"


def test_the_level_is_the_settings(stream: io.StringIO) -> None:
    set_up_logs(Settings(log_level="warning"), stream)
    structlog.get_logger("x").info("quiet")
    structlog.get_logger("x").warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_setting_up_twice_does_not_double_the_lines(stream: io.StringIO) -> None:
    set_up_logs(Settings(), stream)
    set_up_logs(Settings(), stream)
    structlog.get_logger("x").info("once")
    assert len(lines(stream)) == 1


@pytest.mark.parametrize("pretty", [False, True], ids=["json", "readable"])
def test_a_secret_is_masked_wherever_it_comes_in(stream: io.StringIO, pretty: bool) -> None:
    set_up_logs(Settings(secrets=frozenset({SECRET, PEM})), stream, pretty=pretty)
    log = structlog.get_logger("x")
    log.info(f"message {SECRET}", field=SECRET, nested={"deep": [SECRET]}, key=PEM)
    log.warning("url", url="redis://:pass%20word@redis:6379", answer="token ghp_abcdefghijklmnopqrstuvwxyz0123456789")
    try:
        local = SECRET
        raise ValueError(f"refused: {local}")
    except ValueError:
        log.exception("failed")
    logging.getLogger("lib").error("Authorization: Bearer abcdefghijklmnopqrstuvwxyz")
    text = stream.getvalue()
    for leak in (SECRET, json.dumps(SECRET)[1:-1], repr(SECRET)[1:-1], "abcdefghijklmnop", "pass%20word", "ghp_"):
        assert leak not in text
    assert "ValueError" in text
    assert "***" in text


def test_a_traceback_shows_no_local_variables(stream: io.StringIO) -> None:
    set_up_logs(Settings(), stream, pretty=True)
    try:
        local = "value-of-a-local"
        raise ValueError(len(local))
    except ValueError:
        structlog.get_logger("x").exception("failed")
    # The line of the source that failed is shown; the frame's variables are not.
    assert "value-of-a-local" not in stream.getvalue()


def test_short_words_are_not_masked_away() -> None:
    assert Masker(["a", "abc"])("abc a cab") == "abc a cab"


def test_the_longer_of_two_secrets_goes_whole() -> None:
    assert Masker(["secret", "secret-and-more"])("x secret-and-more y") == "x *** y"
