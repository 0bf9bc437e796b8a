"""`doctor` says what is not in place, each with its remedy, and changes nothing."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.channels.chats import chat_server
from tests.cli.conftest import PEOPLE, Desk, Ran
from worker.engine.redis import EmbeddedRedis


def found(ran: Ran) -> dict[str, list[tuple[str, str]]]:
    out: dict[str, list[tuple[str, str]]] = {}
    for one in json.loads(ran.out):
        out.setdefault(one["area"], []).append((one["state"], one["what"]))
    return out


def troubles(ran: Ran) -> list[str]:
    return [one["what"] for one in json.loads(ran.out) if one["state"] != "ok"]


@pytest.fixture
def mail_server() -> Iterator[str]:
    class Taking:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
            raise AssertionError("a doctor sends nothing")

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Taking(), hostname="127.0.0.1", port=port, server_hostname="localhost")
    controller.start()
    yield f"smtp://127.0.0.1:{port}"
    controller.stop()


def test_where_all_is_in_place_it_says_so_and_writes_nothing(desk: Desk, mail_server: str) -> None:
    key = {"FOLLOWTHROUGH_SIGNING_KEY": "a-signing-key-of-the-tests-that-is-long-enough"}
    desk("apply", desk.label(), "--service-stopped", **key)
    (desk.folder / "people.yaml").write_text(
        PEOPLE.replace("{name: Payments, lead: lena}", "{name: Payments, lead: lena, director: dana}").replace(
            "teams:", "  dana: {name: Dana Ortiz, email: dana@acme.example}\nteams:"
        )
    )
    before = desk.written()
    ran = desk("doctor", "--format", "json", SMTP_URL=mail_server, GITHUB_WEBHOOK_SECRET="a-long-secret", **key)
    assert ran.out, ran.err
    told = found(ran)
    assert troubles(ran) == [], ran.out
    assert ran.code == 0
    assert told["post-mortems"] == [("ok", "1 enrolled, with 3 action items")]
    assert "takes our connection" in told["mail"][0][1]
    assert desk.written() == before


def test_the_text_has_a_sign_a_line_and_counts_at_the_end(desk: Desk) -> None:
    ran = desk("doctor", FOLLOWTHROUGH_MODE="live")
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert lines[0] == "+ settings: the three files are read"
    assert all(line[:2] in {"+ ", "! ", "x "} for line in lines)
    assert any(line.startswith("x mail: no mail server") and "SMTP_URL" in line for line in lines)
    assert "1 error" in ran.err


@pytest.mark.parametrize(
    ("env", "area", "says"),
    [
        pytest.param({"SMTP_URL": "smtp://127.0.0.1:1"}, "mail", "is not to be had", id="no mail server there"),
        pytest.param({"REDIS_URL": "redis://127.0.0.1:1/0"}, "redis", "check REDIS_URL", id="no Redis there"),
    ],
)
def test_what_does_not_answer_is_an_error_with_what_to_check(
    desk: Desk, env: dict[str, str], area: str, says: str
) -> None:
    ran = desk("doctor", "--format", "json", **env)
    assert ran.code == 1
    assert [(state, says in what) for state, what in found(ran)[area]] == [("error", True)]


def test_a_refused_credential_is_named_and_ends_with_4(desk: Desk) -> None:
    ran = desk("doctor", GITHUB_TOKEN="no-such-token")
    assert ran.code == 4
    assert "x site github:" in ran.out
    assert "GITHUB_TOKEN" in ran.out


def test_a_ledger_that_anybody_could_read_is_an_error(desk: Desk) -> None:
    desk.sandbox.act("dario", "PATCH", "/repos/acme/incidents", {"private": False, "visibility": "public"})
    ran = desk("doctor", "--format", "json")
    assert any(state == "error" and "private" in what for state, what in found(ran)["ledger"])


def test_who_is_missing_above_is_told(desk: Desk) -> None:
    (desk.folder / "people.yaml").write_text(
        PEOPLE.replace("bob: {name: Bob Okafor, email: bob@acme.example,", "bob: {name: Bob Okafor,")
    )
    desk("apply", desk.label(), "--service-stopped")
    told = troubles(desk("doctor", "--format", "json"))
    assert any("Bob Okafor" in what and "no mail address" in what for what in told) or any(
        "director" in w for w in told
    )


def test_a_pause_and_what_is_stuck_are_not_forgotten(desk: Desk) -> None:
    desk("pause", "--until", "2036-12-01")
    with EmbeddedRedis() as server:
        ran = desk("doctor", "--format", "json", REDIS_URL=server.url)
    assert any("pause until Mon 1 Dec 2036" in what for what in troubles(ran))
    assert found(ran)["redis"] == [("ok", "it answers")]


def test_a_chat_is_asked_who_we_are(desk: Desk) -> None:
    with chat_server() as chat:
        ran = desk("doctor", "--format", "json", TEAMS_WEBHOOK_URL=f"{chat.url}/hook")
        assert chat.calls == []
    assert found(ran)["teams"][0][0] == "ok"


def test_links_that_anybody_on_the_way_could_follow_are_warned_about(desk: Desk) -> None:
    settings = desk.folder / "followthrough.yaml"
    settings.write_text(settings.read_text() + "web: {public_url: 'http://ft.acme.example'}\n")
    assert any("not https" in what for what in troubles(desk("doctor", "--format", "json")))


def test_another_format_is_refused(desk: Desk) -> None:
    assert desk("doctor", "--format", "pdf").code == 2
