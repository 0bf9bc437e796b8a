"""How does a message reach somebody in Slack?

With a bot token into a direct message (or a channel), and exactly once: Slack keeps the message's occurrence beside it,
and whoever sends again looks for that first. With a webhook into its one channel, where nothing can be looked up: there
a second copy can come of a death between Slack's answer and our record of it.
"""

from __future__ import annotations

import urllib.error
from collections.abc import Callable
from datetime import timedelta
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler, ServerErrorRetryHandler
from slack_sdk.webhook import WebhookClient

from worker.channels.blocks import SlackMessage, slack_message
from worker.channels.port import ChannelUnavailable, Undeliverable
from worker.domain.links import without_links
from worker.domain.messages import Message
from worker.domain.render.safe import cut, one_line

API_URL = "https://slack.com/api/"
EVENT = "followthrough_message"
TIMEOUT_S = 20
LOOK_BACK = timedelta(days=15)
"""An intent is void after fourteen days: nothing older is ever sent again."""

# What is about this receiver or this message, and stays so; everything else may be better the next time.
_FOR_GOOD = frozenset(
    {"channel_not_found", "user_not_found", "users_not_found", "is_archived", "user_disabled", "cannot_dm_bot"}
    | {"not_in_channel", "invalid_blocks", "msg_too_long", "no_text", "messages_tab_disabled", "user_not_visible"}
)
_FOR_GOOD_WEBHOOK = frozenset({"invalid_payload", "channel_not_found", "channel_is_archived", "action_prohibited"})


class SlackBot:
    """Sends direct messages as a bot. `user_of` gives a person's Slack id (`U…`) or a channel's (`C…`), "" for none.

    Safe to share between threads: a client is made per call. Needs the scopes chat:write, im:write and im:history.
    """

    name = "slack"

    def __init__(
        self, token: str, user_of: Callable[[str], str], *, api_url: str = API_URL, timeout_s: int = TIMEOUT_S
    ) -> None:
        self._token, self._user_of, self._api_url, self._timeout_s = token, user_of, api_url, timeout_s

    def __repr__(self) -> str:
        return f"SlackBot({self._api_url})"

    def send(self, message: Message) -> None:
        """Post the message unless it stands there already. Raises Undeliverable or ChannelUnavailable."""
        user = self._user_of(message.to)
        if not user:
            raise Undeliverable(f"{message.to} has no Slack id; set `slack` in people.yaml")
        form = _form(message if _is_person(user) else without_links(message))
        try:
            channel = self._channel(user)
            if not self._stands(channel, message):
                self._writer().chat_postMessage(
                    channel=channel,
                    text=form.text,
                    blocks=list(form.blocks),
                    mrkdwn=False,
                    unfurl_links=False,
                    unfurl_media=False,
                    metadata={"event_type": EVENT, "event_payload": {"occurrence": message.occurrence}},
                )
        except SlackApiError as refused:
            raise _refusal(refused, user) from None
        except (OSError, HTTPException, urllib.error.URLError) as failed:
            raise ChannelUnavailable(f"Slack is not to be had: {_reason(failed)}") from None

    def probe(self) -> str:
        """Ask Slack who we are; nothing is posted. Raises ChannelUnavailable."""
        try:
            answer = self._reader().auth_test()
        except SlackApiError as refused:
            raise ChannelUnavailable(str(_refusal(refused, "us"))) from None
        except (OSError, HTTPException, urllib.error.URLError) as failed:
            raise ChannelUnavailable(f"Slack is not to be had: {_reason(failed)}") from None
        return f"Slack knows us as {answer.get('user', 'a bot')} in {answer.get('team', 'a workspace')}"

    def _channel(self, user: str) -> str:
        """The conversation to post into: of a person the direct message, of a channel itself."""
        if not _is_person(user):
            return user
        opened: dict[str, Any] = self._reader().conversations_open(users=user)["channel"]
        return str(opened["id"])

    def _stands(self, channel: str, message: Message) -> bool:
        """Whether a message with this occurrence was posted there since it was first meant to be."""
        reader, cursor = self._reader(), ""
        oldest = f"{(message.date - LOOK_BACK).timestamp():.0f}"
        while True:
            page = reader.conversations_history(
                channel=channel, oldest=oldest, limit=200, cursor=cursor or None, include_all_metadata=True
            )
            for posted in page["messages"]:
                known = posted.get("metadata") or {}
                if (
                    known.get("event_type") == EVENT
                    and known.get("event_payload", {}).get("occurrence") == message.occurrence
                ):
                    return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return False

    def _reader(self) -> WebClient:
        handlers = [RateLimitErrorRetryHandler(max_retry_count=1), ServerErrorRetryHandler(max_retry_count=2)]
        return WebClient(self._token, base_url=self._api_url, timeout=self._timeout_s, retry_handlers=list(handlers))

    def _writer(self) -> WebClient:
        # After a 500 a post may stand there or not: that is looked up, and not tried again blindly.
        handlers = [RateLimitErrorRetryHandler(max_retry_count=1)]
        return WebClient(self._token, base_url=self._api_url, timeout=self._timeout_s, retry_handlers=list(handlers))


class SlackWebhook:
    """Posts into the one channel of an incoming webhook, whoever the message is for; its header says who that is."""

    name = "slack-webhook"

    def __init__(self, url: str, *, timeout_s: int = TIMEOUT_S) -> None:
        self._url, self._timeout_s = url, timeout_s

    def __repr__(self) -> str:
        return "SlackWebhook()"  # the address is a secret

    def send(self, message: Message) -> None:
        """Post the message. Raises Undeliverable or ChannelUnavailable."""
        form = _form(without_links(message))
        client = WebhookClient(
            self._url, timeout=self._timeout_s, retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=1)]
        )
        try:
            answer = client.send(text=form.text, blocks=list(form.blocks), unfurl_links=False, unfurl_media=False)
        except (OSError, HTTPException, urllib.error.URLError) as failed:
            raise ChannelUnavailable(f"Slack is not to be had: {_reason(failed)}") from None
        if answer.status_code == 200:
            return
        said = cut(one_line(answer.body or ""), 100)
        if answer.status_code < 500 and said in _FOR_GOOD_WEBHOOK:
            raise Undeliverable(f"Slack refused the message: {said}")
        raise ChannelUnavailable(f"Slack answered {answer.status_code} {said}; check SLACK_WEBHOOK_URL".rstrip())


def _is_person(user: str) -> bool:
    """Whether it is the id of a person, and not of a channel, which others read too."""
    return user.startswith(("U", "W"))


def _form(message: Message) -> SlackMessage:
    return slack_message(message.content, subject=message.subject, on=message.date.date())


def _refusal(refused: SlackApiError, user: str) -> Exception:
    answer = refused.response
    code = answer.get("error", "") if hasattr(answer, "get") else ""
    said = cut(one_line(str(code or getattr(answer, "status_code", "") or "an error")), 100)
    if said in _FOR_GOOD:
        return Undeliverable(f"Slack can't reach {user}: {said}")
    return ChannelUnavailable(f"Slack answered {said}; check SLACK_BOT_TOKEN and its scopes")


def _reason(failed: BaseException) -> str:
    if isinstance(failed, urllib.error.URLError) and isinstance(failed.reason, BaseException):
        failed = failed.reason
    if isinstance(failed, TimeoutError):
        return "no answer in time"
    return (failed.strerror if isinstance(failed, OSError) and failed.strerror else "") or type(failed).__name__
