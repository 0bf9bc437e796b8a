"""Which way does a message take? The one that its reader prefers; where that can't reach them, the mail, if there is a
mail server: a folder of mails reaches nobody.

Invitations always go by mail, since a calendar reads them there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from worker.channels.port import Notifier, Undeliverable
from worker.domain.messages import Invite, Message

MAIL = "mail"


class Routes:
    """Delivers each message by one channel. `others` are the channels besides mail that this installation has;
    `channel_of` gives the channel that a person prefers, "" for no preference. `mail_arrives` says that `mail` is a
    server, so that it can stand in for another channel."""

    name = "routes"

    def __init__(
        self,
        mail: Notifier,
        others: Mapping[str, Notifier],
        channel_of: Callable[[str], str],
        *,
        mail_arrives: bool = True,
    ) -> None:
        self._mail, self._others, self._channel_of = mail, dict(others), channel_of
        self._mail_arrives = mail_arrives

    def __repr__(self) -> str:
        return f"Routes({', '.join((MAIL, *sorted(self._others)))})"

    def send(self, message: Message) -> None:
        """Deliver the message. Raises ChannelUnavailable where its channel is down (the same message goes out later),
        Undeliverable with all reasons where no channel reaches the person."""
        preferred = self._others.get(self._channel_of(message.to))
        if preferred is None or isinstance(message.content, Invite):
            self._mail.send(message)
            return
        try:
            preferred.send(message)
        except Undeliverable as refused:
            if not self._mail_arrives:
                raise Undeliverable(f"{refused}; there is no mail server to try instead") from None
            try:
                self._mail.send(message)
            except Undeliverable as too:
                raise Undeliverable(f"{refused}; {too}") from None
