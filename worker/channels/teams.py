"""How does a message reach a Teams channel? By the address of a Workflow that posts what it is sent.

Nothing can be looked up there: a death between the answer and our record of it can make a second copy.
"""

from __future__ import annotations

import requests

from worker.channels.cards import encoded, teams_card
from worker.channels.port import ChannelUnavailable, Undeliverable
from worker.domain.links import without_links
from worker.domain.messages import Batch, Digest, Message
from worker.domain.render.safe import cut, one_line

TIMEOUT_S = 20


class TeamsWorkflow:
    """Posts into the channel of one Workflow, whoever the message is for; its second line says who that is."""

    name = "teams"

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url, self._timeout_s = url, timeout_s

    def __repr__(self) -> str:
        return "TeamsWorkflow()"  # the address is a secret

    def send(self, message: Message) -> None:
        """Post the message, without the links that answer in its reader's name. Raises Undeliverable where it is
        refused for good (400, 413), else ChannelUnavailable."""
        message = without_links(message)
        person = message.content.person_name if isinstance(message.content, Batch | Digest) else message.to
        card = teams_card(message.content, subject=message.subject, person=person, on=message.date.date())
        try:
            answer = requests.post(
                self._url,
                data=encoded(card),
                headers={"Content-Type": "application/json"},
                timeout=self._timeout_s,
                allow_redirects=False,
            )
        except requests.Timeout:
            raise ChannelUnavailable("Teams is not to be had: no answer in time") from None
        except requests.RequestException as failed:
            # What the exception says can hold the address, which is a secret.
            raise ChannelUnavailable(f"Teams is not to be had: {type(failed).__name__}") from None
        if answer.status_code in {200, 201, 202}:
            return
        said = cut(one_line(answer.text), 100)
        if answer.status_code in {400, 413}:
            raise Undeliverable(f"Teams refused the message: {answer.status_code} {said}")
        raise ChannelUnavailable(f"Teams answered {answer.status_code} {said}; check TEAMS_WEBHOOK_URL")
