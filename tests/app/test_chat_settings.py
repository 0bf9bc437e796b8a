"""Which chats there are, and which way a message then takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.conftest import TOKEN, Load
from tests.channels.build import batch, invite, message
from tests.channels.chats import chat_server
from worker.app.settings import ChatSettings, load_settings
from worker.app.wiring import notifier_of
from worker.domain.model import Directory, Person

MAIL = {"SMTP_URL": "smtp://mail.acme.example"}
BOT = {"SLACK_BOT_TOKEN": "xoxb-of-the-tests"}
HOOK = {"SLACK_WEBHOOK_URL": "https://hooks.slack.example/services/T/B/x"}
TEAMS = {"TEAMS_WEBHOOK_URL": "https://acme.example/workflows/1"}


@pytest.mark.parametrize(
    ("env", "usual"),
    [
        pytest.param({}, "mail", id="without anything: mails in a folder"),
        pytest.param({**MAIL, **BOT, **TEAMS}, "mail", id="a mail server comes first"),
        pytest.param({**BOT, **TEAMS}, "slack", id="without one, the chat that there is"),
        pytest.param(HOOK, "slack", id="be it a webhook"),
        pytest.param(TEAMS, "teams", id="Teams alone"),
    ],
)
def test_whoever_says_nothing_is_told_the_usual_way(env: dict[str, str], usual: str) -> None:
    assert load_settings(None, {**TOKEN, **env}).chats.usual == usual


def test_what_opens_a_chat_is_a_secret() -> None:
    settings = load_settings(None, {**TOKEN, **BOT, **HOOK, **TEAMS})
    secrets = {*BOT.values(), *HOOK.values(), *TEAMS.values()}
    assert secrets <= settings.secrets
    assert not any(secret in repr(settings) for secret in secrets)


def test_with_a_chat_nobody_is_warned_that_mails_reach_nobody(load: Load) -> None:
    live = load({**TOKEN, **HOOK}, followthrough="mode: live\n")
    assert not any("no mail server" in warning for warning in live.warnings)
    assert any("no mail server" in w for w in load(TOKEN, followthrough="mode: live\n").warnings)


@pytest.mark.parametrize("channel", ["mail", "slack", "teams", ""])
def test_each_message_goes_where_its_reader_wants_it(tmp_path: Path, channel: str) -> None:
    person = Person(id="alice", name="Alice", email="alice@acme.example", channel=channel)
    directory = Directory(people={"alice": person})
    with chat_server() as slack, chat_server() as teams:
        chats = ChatSettings(slack_webhook=f"{slack.url}/hook", teams_webhook=f"{teams.url}/hook", usual="slack")
        settings = replace(load_settings(None, TOKEN), mail_folder=tmp_path, chats=chats)
        notifier = notifier_of(settings, lambda: directory)
        notifier.send(message(batch()))
        notifier.send(message(invite(), kind="invite"))
        found = {"slack": len(slack.posted), "teams": len(teams.posted), "mail": len(list(tmp_path.glob("*.eml"))) - 1}
    assert found == {"slack": 0, "teams": 0, "mail": 0} | {channel or "slack": 1}
