"""Mail through a real SMTP server on loopback."""

from __future__ import annotations

import email
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from icalendar import Calendar

from tests.channels.build import NOW, SENDER, batch, digest, invite, message
from worker.channels.mail import SmtpNotifier
from worker.channels.mime import Sender, compose, to_bytes
from worker.channels.port import ChannelUnavailable, Undeliverable
from worker.channels.smtp import SmtpServer

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # tried on purpose

PASSWORD = "p@ss/w#rd: ü"


@dataclass
class Post:
    """What arrived, and what the server answers to each command instead of 250."""

    answers: dict[str, str] = field(default_factory=dict)
    arrived: list[Any] = field(default_factory=list)
    port: int = 0

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802 (the name that aiosmtpd calls)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if "DATA" not in self.answers:
            self.arrived.append((envelope, session))
        return self.answers.get("DATA", "250 OK")

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return self.answers.get("QUIT", "221 Bye")


def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    fits = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ft@acme", PASSWORD.encode())
    return AuthResult(success=fits, handled=False)


Serve = Callable[..., AbstractContextManager[Post]]


@contextmanager
def serving(**options: Any) -> Iterator[Post]:
    post = Post(answers=options.pop("answers", {}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options.setdefault("enable_SMTPUTF8", True)
    controller = Controller(post, hostname="127.0.0.1", port=port, server_hostname="localhost", **options)
    controller.start()
    post.port = port
    try:
        yield post
    finally:
        controller.stop()


@pytest.fixture
def post() -> Iterator[Post]:
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but itself signed, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def client_context(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def notifier(post: Post, options: str = "", **more: Any) -> SmtpNotifier:
    return SmtpNotifier(f"smtp://127.0.0.1:{post.port}{options}", SENDER, **more)


@pytest.mark.parametrize("content", [batch(), digest(), invite()], ids=["batch", "digest", "invite"])
def test_a_message_arrives_byte_for_byte_as_composed(post: Post, content: Any) -> None:
    sent = message(content)

    notifier(post).send(sent)

    ((envelope, _),) = post.arrived
    assert envelope.mail_from == "followthrough@acme.example"
    assert envelope.rcpt_tos == ["alice@acme.example"]
    assert envelope.original_content.rstrip() == to_bytes(compose(sent, SENDER)).rstrip()


def test_a_message_sent_again_has_the_same_message_id(post: Post) -> None:
    for later in (0, 5):
        notifier(post).send(message(date=NOW + timedelta(minutes=later)))

    ids = [email.message_from_bytes(e.content, policy=default)["Message-ID"] for e, _ in post.arrived]
    assert ids[0] == ids[1]


def test_an_invite_that_arrives_is_a_calendar_request(post: Post) -> None:
    notifier(post).send(message(invite()))

    mail = email.message_from_bytes(post.arrived[0][0].content, policy=default)
    (part,) = (p for p in mail.walk() if p.get_content_type() == "text/calendar")
    assert part["Content-Type"].params["method"] == "REQUEST"
    assert Calendar.from_ical(part.get_content())["METHOD"] == "REQUEST"


@pytest.mark.parametrize(
    ("command", "answer", "expected"),
    [
        pytest.param("RCPT", "550 5.1.1 no such user", Undeliverable, id="an unknown receiver never gets it"),
        pytest.param("RCPT", "450 4.2.1 mailbox busy", ChannelUnavailable, id="a busy mailbox gets it later"),
        pytest.param("RCPT", "530 5.7.0 log in first", ChannelUnavailable, id="a missing login is our fault"),
        pytest.param("DATA", "554 5.7.1 looks like spam", Undeliverable, id="a refused message never gets there"),
        pytest.param("DATA", "451 4.3.0 disk full", ChannelUnavailable, id="a full disk is waited for"),
        pytest.param("MAIL", "553 5.7.1 not your address", ChannelUnavailable, id="a refused sender is our fault"),
        pytest.param("MAIL", "421 4.7.0 too many", ChannelUnavailable, id="a server that is too busy"),
    ],
)
def test_an_answer_of_the_server_becomes_the_right_kind_of_failure(
    command: str, answer: str, expected: type[Exception]
) -> None:
    with serving(answers={command: answer}) as post, pytest.raises(expected) as failed:
        notifier(post).send(message())

    assert answer[:3] in str(failed.value)
    assert post.arrived == []


def test_a_goodbye_that_goes_wrong_changes_nothing_about_an_accepted_message() -> None:
    with serving(answers={"QUIT": "421 gone"}) as post:
        notifier(post).send(message())

    assert len(post.arrived) == 1


def test_a_refused_connection_is_a_channel_that_is_away() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{probe.getsockname()[1]}"
        with pytest.raises(ChannelUnavailable, match="Connection refused"):
            SmtpNotifier(url, SENDER).send(message())


@contextmanager
def talking(*said: bytes) -> Iterator[int]:
    """A server that says these lines, one for each thing it hears (the first at once), and then nothing any more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            connection, _ = listener.accept()
            with connection:
                for line in said:
                    connection.sendall(line)
                    if not connection.recv(65_536):
                        return
                while connection.recv(65_536):
                    pass

        thread = threading.Thread(target=talk)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([], id="never greets"),
        pytest.param([b"220 hi\r\n"], id="never answers EHLO"),
        pytest.param([b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"], id="never takes it"),
    ],
)
def test_a_server_that_falls_silent_is_given_up_in_time(said: list[bytes]) -> None:
    started = time.monotonic()
    with talking(*said) as port, pytest.raises(ChannelUnavailable, match="no answer in time"):
        SmtpNotifier(f"smtp://127.0.0.1:{port}?timeout=0.3", SENDER).send(message())

    assert time.monotonic() - started < 5


def test_a_server_that_greets_with_a_refusal_is_away() -> None:
    with talking(b"554 no service\r\n") as port, pytest.raises(ChannelUnavailable, match="554"):
        SmtpNotifier(f"smtp://127.0.0.1:{port}?timeout=2", SENDER).send(message())


def test_starttls_is_used_on_loopback_wherever_it_is_offered(certificate: Path) -> None:
    with serving(tls_context=server_context(certificate)) as post:
        notifier(post).send(message())

    assert post.arrived[0][1].ssl is not None


def test_a_demanded_starttls_checks_the_certificate(certificate: Path) -> None:
    with serving(tls_context=server_context(certificate)) as post:
        with pytest.raises(ChannelUnavailable, match="certificate is not trusted"):
            notifier(post, "?starttls=1").send(message())
        notifier(post, "?starttls=1", tls_context=client_context(certificate)).send(message())

    assert len(post.arrived) == 1


def test_a_demanded_starttls_that_is_not_offered_is_refused_with_the_remedy(post: Post) -> None:
    with pytest.raises(ChannelUnavailable, match=r"offers no STARTTLS.*\?starttls=0"):
        notifier(post, "?starttls=1").send(message())

    assert post.arrived == []


def test_starttls_can_be_turned_off(certificate: Path) -> None:
    with serving(tls_context=server_context(certificate)) as post:
        notifier(post, "?starttls=0").send(message())

    assert post.arrived[0][1].ssl is None


def test_smtps_speaks_tls_from_the_first_byte(certificate: Path) -> None:
    with serving(ssl_context=server_context(certificate)) as post:
        url = f"smtps://127.0.0.1:{post.port}"
        SmtpNotifier(url, SENDER, tls_context=client_context(certificate)).send(message())
        with pytest.raises(ChannelUnavailable, match="certificate is not trusted"):
            SmtpNotifier(url, SENDER).send(message())

    assert len(post.arrived) == 1


def test_user_and_password_of_the_url_log_in() -> None:
    with serving(authenticator=check, auth_required=True, auth_require_tls=False) as post:
        SmtpNotifier(f"smtp://ft%40acme:p%40ss%2Fw%23rd%3A%20%C3%BC@127.0.0.1:{post.port}", SENDER).send(message())

    assert post.arrived[0][1].authenticated


def test_a_plain_password_logs_in_too() -> None:
    def plain(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"ft", b"pw"), handled=False)

    with serving(authenticator=plain, auth_required=True, auth_require_tls=False) as post:
        SmtpNotifier(f"smtp://ft:pw@127.0.0.1:{post.port}", SENDER).send(message())

    assert len(post.arrived) == 1


@pytest.mark.parametrize("password", ["hunter2", "hünter2"])
def test_a_wrong_password_is_our_fault_and_stays_secret(password: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(authenticator=check, auth_required=True, auth_require_tls=False) as post:
        mailer = SmtpNotifier(f"smtp://ft%40acme:{password}@127.0.0.1:{post.port}", SENDER)
        with pytest.raises(ChannelUnavailable, match=r"refused user and password.*check SMTP_URL") as failed:
            mailer.send(message())

    shown = f"{failed.value!r} {mailer!r} {vars(mailer)!r} {failed.value.__cause__!r}" + "".join(
        r.getMessage() for r in caplog.records if r.name.startswith("worker")
    )
    assert password not in shown


def test_a_server_without_login_is_told_apart(post: Post) -> None:
    with pytest.raises(ChannelUnavailable, match="AUTH is not offered"):
        SmtpNotifier(f"smtp://user:pw@127.0.0.1:{post.port}", SENDER).send(message())


def test_an_address_in_another_script_goes_out_where_the_server_can(post: Post) -> None:
    notifier(post).send(message(address="عائشة@acme.example"))

    assert post.arrived[0][0].rcpt_tos == ["عائشة@acme.example"]


def test_an_address_in_another_script_is_undeliverable_where_the_server_cannot() -> None:
    with (
        serving(enable_SMTPUTF8=False) as post,
        pytest.raises(Undeliverable, match="can't carry the address"),
    ):
        notifier(post).send(message(address="عائشة@acme.example"))


def test_many_threads_may_share_one_notifier(post: Post) -> None:
    mailer = notifier(post)
    threads = [
        threading.Thread(target=mailer.send, args=(message(occurrence=f"nudge/p{n}/2026-11-20"),)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({email.message_from_bytes(e.content)["Message-ID"] for e, _ in post.arrived}) == 8


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("smtp://mail.example", ("mail.example", 25, "", False, None), id="a relay"),
        pytest.param("smtp://u:p@mail.example", ("mail.example", 587, "u", False, None), id="submission"),
        pytest.param("smtps://u:p@mail.example", ("mail.example", 465, "u", True, None), id="TLS at once"),
        pytest.param("smtp://mail.example:2525/?starttls=1", ("mail.example", 2525, "", False, True), id="demanded"),
        pytest.param("smtp://[::1]:25?starttls=off", ("::1", 25, "", False, False), id="IPv6, turned off"),
    ],
)
def test_an_smtp_url_is_read(url: str, expected: tuple[str, int, str, bool, bool | None]) -> None:
    server = SmtpServer.parse(url)

    assert (server.host, server.port, server.user, server.tls, server.starttls) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hunter2@mail.example",
        "smtp://",
        "smtp://user:hunter2@mail.example:port",
        "smtp://user:hunter2/x@mail.example",
        "smtp://user:hunter2#x@mail.example",
        "smtp://user:hunter2@mail.example?starttls=maybe",
        "smtp://user:hunter2@mail.example?tls=1",
        "smtp://user:hunter2@mail.example?timeout=0",
        "smtp://user:hunter2@mail.example?timeout=soon",
        "smtp://user:hunter2@mail..example",
        "mail.example",
    ],
)
def test_a_wrong_smtp_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL") as failed:
        SmtpServer.parse(url)

    assert "hunter2" not in f"{failed.value} {failed.value.__cause__}"
    assert failed.value.__cause__ is None


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("10.0.0.1", False), ("localhost.example", False)],
)
def test_only_this_machine_is_loopback(host: str, local: bool) -> None:
    assert SmtpServer(host=host, port=25).loopback is local


def test_a_sender_with_a_domain_in_another_script_is_sent_from_its_ascii_form(post: Post) -> None:
    sender = Sender(name="Folge", address="folge@bücher.example")

    SmtpNotifier(f"smtp://127.0.0.1:{post.port}", sender).send(message())

    assert post.arrived[0][0].mail_from == "folge@xn--bcher-kva.example"
