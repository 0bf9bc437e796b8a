"""How does one message look as a mail?

`compose` is pure, and equal input gives equal bytes: boundaries are derived from the content, the Message-ID from the
occurrence, the date from the message. What people typed can't add a header, an address or a part.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy

from worker.channels.addresses import Mailbox, checked_address, is_ascii
from worker.channels.calendar import build_calendar, method_of
from worker.channels.invite import invite_view
from worker.channels.port import Undeliverable
from worker.channels.render import Rendered, fitting, renderings
from worker.channels.words import NAME_LIMIT, shown, web_url
from worker.domain.messages import Batch, Digest, Invite, Message

SUBJECT_LIMIT = 120
ID_LIMIT = 200
_ID = re.compile(r"[^\w.!#$%&'*+/=?^`{|}~@-]", re.ASCII)
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,"]')
_LIST_NAMES = {"nudge": "Action items", "escalation": "Action items", "digest": "Weekly digest"}

Sender = Mailbox


class _WirePolicy(EmailPolicy):
    """The policy of mails on the wire, with tokens left whole: the standard library folds a long id by encoding it,
    after which no mail program finds the message that it answers."""

    def fold(self, name: str, value: str) -> str:
        return f"{name}: {value}{self.linesep}" if name.lower() in _TOKENS else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode() if name.lower() in _TOKENS else super().fold_binary(name, value)


_TOKENS = frozenset({"message-id", "in-reply-to", "references", "list-id", "list-unsubscribe"})
_WIRE = _WirePolicy(linesep="\r\n", cte_type="7bit")


def message_id(written: str, domain: str) -> str:
    """Return the id in angle brackets, on one line of a mail, with nothing in it that could end a header. "" stays "".

    An id of more than `ID_LIMIT` characters becomes its digest, since a header line has an end.
    """
    core = _ID.sub("", written)
    if not core:
        return ""
    left, _, right = core.partition("@")
    right = right.replace("@", "") or domain
    if len(left) + len(right) > ID_LIMIT:
        left = hashlib.sha256(left.encode()).hexdigest()[:24]
        right = right[-(ID_LIMIT - 24) :].lstrip(".-")
    return f"<{left or 'followthrough'}@{right}>"


def _subject(message: Message) -> str:
    fallback = {"digest": "Your weekly digest", "invite": "Follow-up review"}
    return shown(message.subject, SUBJECT_LIMIT) or fallback.get(message.kind, "An action item waits for a word")


def _receiver_name(message: Message) -> str:
    match message.content:
        case Batch() | Digest():
            return message.content.person_name
        case Invite():
            address = checked_address(message.address).casefold()
            names = (name for name, mail, _ in message.content.attendees if checked_address(mail).casefold() == address)
            return next(names, "")


def _address(mailbox: Mailbox) -> Address:
    local, _, domain = mailbox.address.rpartition("@")
    # Older releases of the standard library lose the quotes around these characters when they fold a header, and a
    # comma then begins another address. The message's text shows the name as it is written.
    name = shown(_SPECIALS.sub(" ", mailbox.name), NAME_LIMIT)
    return Address(display_name=name, username=local, domain=domain)


def _headers(mail: EmailMessage, message: Message, sender: Mailbox, receiver: Mailbox, domain: str) -> None:
    mail["Date"] = message.date.astimezone(UTC).replace(microsecond=0)
    mail["From"] = _address(sender)
    mail["To"] = _address(receiver)
    mail["Subject"] = _subject(message)
    mail["Message-ID"] = message_id(message.message_id or message.occurrence, domain)
    earlier = message_id(message.in_reply_to, domain)
    if earlier:
        mail["In-Reply-To"] = earlier
        mail["References"] = earlier
    mail["Auto-Submitted"] = "auto-generated"
    if message.kind in _LIST_NAMES:
        # An invitation is a letter to one person; only what comes again and again is a list that one may filter.
        label = "digest" if message.kind == "digest" else "nudge"
        mail["List-Id"] = f"{_LIST_NAMES[message.kind]} <{label}.followthrough.{domain}>"
        mail["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    if web_url(message.unsubscribe):
        # RFC 8058: one click in the mail program is enough.
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _set_boundaries(mail: EmailMessage, seed: bytes) -> None:
    # A boundary that depends on all the content can't be written into the content by anybody.
    parts = [p for p in mail.walk() if p.is_multipart()]
    for number, part in enumerate(parts):
        part.set_boundary(f"=_ft-{hashlib.sha256(b'%d:' % number + seed).hexdigest()[:40]}")


def _assemble(message: Message, sender: Mailbox, receiver: Mailbox, domain: str, body: Rendered) -> EmailMessage:
    plain = is_ascii(receiver.address) and is_ascii(sender.address)
    mail = EmailMessage(policy=_WIRE if plain else _WIRE.clone(utf8=True))
    _headers(mail, message, sender, receiver, domain)
    mail.set_content(body.text, charset="utf-8")
    mail.add_alternative(body.html, subtype="html", charset="utf-8")
    seed = f"{message.occurrence}\0{body.text}\0{body.html}".encode()
    if isinstance(message.content, Invite):
        ics = calendar_of(message, sender)
        mail.add_alternative(
            ics.decode(),
            subtype="calendar",
            charset="utf-8",
            cte="7bit" if ics.isascii() else "base64",
            params={"method": method_of(message.content)},
        )
        mail.add_attachment(ics, maintype="application", subtype="ics", filename="invite.ics")
        seed += ics
    _set_boundaries(mail, seed)
    return mail


def _ends(message: Message, sender: Mailbox) -> tuple[Mailbox, Mailbox]:
    address = checked_address(message.address)
    if not address:
        raise Undeliverable(f"{message.to} has no usable mail address; set `email` in people.yaml")
    own = checked_address(sender.address)
    if not own:
        raise ValueError("the sender's mail address is not an address; set `mail.from` in followthrough.yaml")
    if message.date.tzinfo is None:
        raise ValueError("a message's date needs a time zone")
    return Mailbox(name=sender.name, address=own), Mailbox(name=_receiver_name(message), address=address)


def calendar_of(message: Message, sender: Mailbox) -> bytes:
    """Return the `.ics` of an invite, as it also stands in the mail. Raises as `compose`, TypeError for other kinds."""
    if not isinstance(message.content, Invite):
        raise TypeError(f"{message.occurrence} is no invite")
    own, receiver = _ends(message, sender)
    view = invite_view(message.content, follows=bool(message.in_reply_to))
    return build_calendar(message.content, view, organizer=own, receiver=receiver, stamp=message.date)


def compose(message: Message, sender: Mailbox, *, list_id_domain: str = "") -> EmailMessage:
    """Return the mail: text and HTML, and for an invite the calendar object inside and attached; under 80 KB.

    `list_id_domain` names the installation in List-Id and in a Message-ID without a domain (default: the sender's).
    Raises Undeliverable where the person has no usable address, ValueError where the sender has none.
    """
    own, receiver = _ends(message, sender)
    domain = list_id_domain if checked_address(f"x@{list_id_domain}") else own.address.rpartition("@")[2]
    candidates = renderings(
        message.content,
        subject=_subject(message),
        on=message.date.date(),
        follows=bool(message.in_reply_to),
    )
    chosen = fitting(candidates, lambda body: len(to_bytes(_assemble(message, own, receiver, domain, body))))
    return _assemble(message, own, receiver, domain, chosen)


def to_bytes(mail: EmailMessage) -> bytes:
    """Return the mail as it goes over the wire: CRLF, and 8-bit headers only where an address demands SMTPUTF8."""
    return mail.as_bytes()
