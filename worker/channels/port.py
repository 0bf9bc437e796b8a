"""The one port to people: something that delivers a message, or says why it could not."""

from __future__ import annotations

from typing import Protocol

from worker.domain.messages import Message


class Undeliverable(Exception):
    """This message can't reach this person (no address, a 5xx of the mail server). Repeating won't help."""


class ChannelUnavailable(Exception):
    """The channel is down for now (refused, timed out, a 4xx of the mail server). Nothing is known to have arrived;
    sending again uses the same Message-ID."""


class Notifier(Protocol):
    """One way to reach people."""

    name: str

    def send(self, message: Message) -> None:
        """Deliver one message. Raises Undeliverable or ChannelUnavailable; returning means that it was accepted."""
