"""How does a message reach a mailbox, or a folder where there is no mail server?

One connection a message: a person gets at most one batch a day, and a fresh connection can't be half dead. Nothing is
repeated here; the ledger decides about that. Passwords never stand in an error, a log line or a repr.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import smtplib
import socket
import ssl
import tempfile
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from worker.channels.addresses import is_ascii, parse_mailbox
from worker.channels.mime import Sender, calendar_of, compose, to_bytes
from worker.channels.port import ChannelUnavailable, Notifier, Undeliverable
from worker.channels.smtp import SmtpServer
from worker.domain.messages import Invite, Message
from worker.domain.render.safe import cut, one_line

# Answers to RCPT that speak about our own account, not about the receiver (RFC 4954, 4.7 and 6).
_OUR_FAULT = frozenset({530, 534, 535, 538})


def _answer(code: int, text: bytes | str) -> str:
    written = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return cut(one_line(f"{code} {written}"), 200)


def _own_name() -> str:
    # smtplib's default asks DNS for this machine's full name, which can block for many seconds.
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", name) else "localhost"


class SmtpNotifier:
    """Delivers messages to one mail server. Safe to share between threads: it keeps no connection."""

    name = "mail"

    def __init__(
        self, url: str, sender: Sender, *, list_id_domain: str = "", tls_context: ssl.SSLContext | None = None
    ) -> None:
        """`tls_context` is for servers with a private certificate authority. Raises ValueError for a wrong URL."""
        self._server = SmtpServer.parse(url)
        self._sender = sender
        self._domain = list_id_domain
        self._context = tls_context

    def __repr__(self) -> str:
        return f"SmtpNotifier({self._server.shown})"

    def send(self, message: Message) -> None:
        """Hand the message to the server. Undeliverable where it refuses this receiver or this message for good (5xx);
        ChannelUnavailable for all else: refused connection, timeout, no TLS, wrong password, refused sender, 4xx."""
        mail = compose(message, self._sender, list_id_domain=self._domain)
        receiver = str(mail["To"].addresses[0].addr_spec)
        data = to_bytes(mail)
        with self._told_in_words():
            connection = self._connect()
            try:
                self._transfer(connection, str(mail["From"].addresses[0].addr_spec), receiver, data)
                # The message is accepted by now: how the goodbye goes changes nothing about it.
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    connection.quit()
            finally:
                connection.close()

    def probe(self) -> str:
        """Connect, encrypt and log in, and say so; nothing is sent. Raises ChannelUnavailable."""
        with self._told_in_words():
            connection = self._connect()
            try:
                connection.noop()
            finally:
                connection.close()
        return f"{self._server.shown} takes our connection{' and password' if self._server.user else ''}"

    @contextlib.contextmanager
    def _told_in_words(self) -> Iterator[None]:
        """What went wrong with the server, as ChannelUnavailable in words without a secret."""
        try:
            yield
        except (Undeliverable, ChannelUnavailable):
            raise
        except smtplib.SMTPAuthenticationError as refused:
            raise ChannelUnavailable(
                f"mail server {self._server.shown} refused user and password "
                f"({_answer(refused.smtp_code, refused.smtp_error)}); check SMTP_URL"
            ) from None
        except smtplib.SMTPResponseException as refused:
            raise ChannelUnavailable(
                f"mail server {self._server.shown} answered {_answer(refused.smtp_code, refused.smtp_error)}"
            ) from None
        except (OSError, smtplib.SMTPException) as failed:
            # SMTPException is an OSError; what the exception holds can quote a command with a password in it.
            raise ChannelUnavailable(f"mail server {self._server.shown} is not to be had: {_reason(failed)}") from None

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.tls:
            context = self._context or ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, local_hostname=_own_name(), timeout=server.timeout_s, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, local_hostname=_own_name(), timeout=server.timeout_s)
        try:
            connection.ehlo_or_helo_if_needed()
            if not server.tls and server.starttls is not False:
                self._encrypt(connection)
            if server.user:
                self._log_in(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _log_in(self, connection: smtplib.SMTP) -> None:
        user, password = self._server.user, self._server.password
        if (user + password).isascii():
            connection.login(user, password)
            return
        # smtplib knows ASCII only, and its UnicodeEncodeError would carry the password. RFC 4616 says UTF-8.
        if "PLAIN" not in connection.esmtp_features.get("auth", "").upper().split():
            raise smtplib.SMTPNotSupportedError
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
        code, text = connection.docmd("AUTH", f"PLAIN {token}")
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, text)

    def _encrypt(self, connection: smtplib.SMTP) -> None:
        server = self._server
        if connection.has_extn("starttls"):
            context = self._context
            if context is None:
                context = ssl.create_default_context()
                if server.loopback and server.starttls is None:
                    # A relay on this machine has a certificate that nobody signed, and nobody in between.
                    context.check_hostname = False
                    context.verify_mode = ssl.CERT_NONE
            connection.starttls(context=context)
            connection.ehlo()
        elif server.starttls or not server.loopback:
            raise ChannelUnavailable(
                f"mail server {server.shown} offers no STARTTLS; use smtps://, or add ?starttls=0 to SMTP_URL if the "
                "network in between is trusted"
            )

    def _transfer(self, connection: smtplib.SMTP, sender: str, receiver: str, data: bytes) -> None:
        options = [] if is_ascii(receiver) and is_ascii(sender) else ["SMTPUTF8"]
        try:
            connection.sendmail(sender, [receiver], data, mail_options=options)
        except smtplib.SMTPNotSupportedError:
            raise Undeliverable(
                f"mail server {self._server.shown} can't carry the address {receiver}; set one with ASCII letters"
            ) from None
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = next(iter(refused.recipients.values()))
            if code >= 500 and code not in _OUR_FAULT:
                raise Undeliverable(f"the mail server refused {receiver}: {_answer(code, text)}") from None
            raise ChannelUnavailable(f"mail server {self._server.shown} answered {_answer(code, text)}") from None
        except smtplib.SMTPSenderRefused as refused:
            raise ChannelUnavailable(
                f"mail server {self._server.shown} refused the sender {sender} "
                f"({_answer(refused.smtp_code, refused.smtp_error)}); check SMTP_URL and mail.from"
            ) from None
        except smtplib.SMTPDataError as refused:
            answer = _answer(refused.smtp_code, refused.smtp_error)
            if refused.smtp_code >= 500:
                raise Undeliverable(f"the mail server refused the message to {receiver}: {answer}") from None
            raise ChannelUnavailable(f"mail server {self._server.shown} answered {answer}") from None


def _reason(failed: BaseException) -> str:
    # smtplib turns a timeout while reading into "disconnected", with the timeout as its context.
    if isinstance(failed, TimeoutError) or isinstance(failed.__context__, TimeoutError):
        return "no answer in time"
    if isinstance(failed, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({failed.verify_message})"
    if isinstance(failed, smtplib.SMTPServerDisconnected):
        return "it hung up"
    if isinstance(failed, smtplib.SMTPNotSupportedError):
        return "it takes no user and password (AUTH is not offered)"
    if isinstance(failed, smtplib.SMTPException):
        return type(failed).__name__
    if isinstance(failed, OSError) and failed.strerror:
        return failed.strerror
    return type(failed).__name__


class FolderNotifier:
    """Writes each message as an `.eml` file into a folder, and an invite's `.ics` beside it.

    Names sort by time (`2026-11-20T0800Z_nudge-alice-2026-11-20_1f0c9b2e.eml`). One occurrence has one file: sent
    again, it overwrites what is there.
    """

    name = "folder"

    def __init__(self, folder: Path | str, sender: Sender, *, list_id_domain: str = "") -> None:
        self._folder = Path(folder)
        self._sender = sender
        self._domain = list_id_domain

    def __repr__(self) -> str:
        return f"FolderNotifier({str(self._folder)!r})"

    def path_of(self, message: Message) -> Path:
        """The file of this message: the one that this occurrence already has, else the one it would get."""
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", message.occurrence).strip("-.")[:80]
        tail = f"_{slug}_{hashlib.sha256(message.occurrence.encode()).hexdigest()[:8]}.eml"
        found = sorted(self._folder.glob(f"*Z{tail}"))
        return found[0] if found else self._folder / f"{message.date.astimezone(UTC):%Y-%m-%dT%H%MZ}{tail}"

    def send(self, message: Message) -> None:
        """Write the files, each whole or not at all. Raises Undeliverable as mail would (no usable address), and
        ChannelUnavailable where the folder can't be written."""
        data = to_bytes(compose(message, self._sender, list_id_domain=self._domain))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self.path_of(message)
            if isinstance(message.content, Invite):
                _write_whole(path.with_suffix(".ics"), calendar_of(message, self._sender))
            _write_whole(path, data)
        except OSError as failed:
            reason = failed.strerror or type(failed).__name__
            raise ChannelUnavailable(f"can't write mail into {self._folder}: {reason}") from failed


def _write_whole(path: Path, data: bytes) -> None:
    # Made by mkstemp, so that only this account may read people's mail.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def notifier_for(smtp_url: str, folder: Path | str, sender: Sender | str, *, list_id_domain: str = "") -> Notifier:
    """The notifier of an installation: its mail server, or the folder where none is given. `sender` may be written as
    `Name <name@example.org>`. Raises ValueError for a URL or a sender that is none; contacts nothing."""
    if isinstance(sender, str):
        sender = parse_mailbox(sender)
    if smtp_url.strip():
        return SmtpNotifier(smtp_url, sender, list_id_domain=list_id_domain)
    return FolderNotifier(folder, sender, list_id_domain=list_id_domain)
