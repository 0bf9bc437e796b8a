"""Which mail server is it? What stands in SMTP_URL, read before anything of mail is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from worker.channels.addresses import checked_address

DEFAULT_TIMEOUT_S = 20.0
_FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """A mail server as SMTP_URL names it. `starttls` is None where the URL leaves it open: used where it is offered,
    and demanded unless the server is on this machine."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    starttls: bool | None = None
    timeout_s: float = DEFAULT_TIMEOUT_S

    @property
    def loopback(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.casefold() == "localhost"

    @property
    def shown(self) -> str:
        """Host and port, for errors and logs."""
        return f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, url: str) -> SmtpServer:
        """Read `smtp://user:password@host:587?starttls=1&timeout=20` or `smtps://…`; user and password are
        percent-encoded. Raises ValueError that says what is wrong and never quotes the URL, which holds a password."""
        try:
            parts = urlsplit(url.strip())
            port, host = parts.port, parts.hostname
        except ValueError:
            raise ValueError("SMTP_URL has no readable host and port; expected smtp://user:password@host:587") from None
        if parts.scheme not in {"smtp", "smtps"} or not host:
            raise ValueError("SMTP_URL is no mail server; expected smtp://user:password@host:587 or smtps://host")
        if parts.path.strip("/") or parts.fragment:
            raise ValueError(
                "SMTP_URL has something after the host; percent-encode / as %2F and # as %23 in a password"
            )
        if not _is_host(host):
            raise ValueError("SMTP_URL names a host that can't be one; expected smtp://user:password@host:587")
        options = parse_qs(parts.query, keep_blank_values=True)
        unknown = sorted(set(options) - {"starttls", "timeout"})
        if unknown:
            raise ValueError("SMTP_URL has an unknown option; there are starttls=1|0 and timeout=SECONDS")
        user = unquote(parts.username or "")
        return cls(
            host=host,
            port=port or (465 if parts.scheme == "smtps" else 587 if user else 25),
            user=user,
            password=unquote(parts.password or ""),
            tls=parts.scheme == "smtps",
            starttls=_flag(options.get("starttls")),
            timeout_s=_seconds(options.get("timeout")),
        )


def _is_host(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(checked_address(f"x@{host}"))
    return True


def _flag(values: list[str] | None) -> bool | None:
    if values is None:
        return None
    found = _FLAGS.get(values[-1].casefold())
    if found is None:
        raise ValueError("starttls in SMTP_URL is 1 or 0")
    return found


def _seconds(values: list[str] | None) -> float:
    if values is None:
        return DEFAULT_TIMEOUT_S
    try:
        seconds = float(values[-1])
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 300:
        raise ValueError("timeout in SMTP_URL is a number of seconds from 0.1 to 300")
    return seconds
