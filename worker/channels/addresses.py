"""Which mail address may stand in a header, and in what form?

Checks the form alone: whether somebody reads there, only the mail server knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# What RFC 5321 lets stand unquoted, plus letters beyond ASCII (RFC 6531) in the local part. Quoted local parts are
# refused on purpose: nobody has one, and each mail client reads them in another way.
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)*{_LABEL}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A name as people read it and the address it stands for."""

    name: str
    address: str


def checked_address(written: str) -> str:
    """Return the address with its domain in ASCII form, or "" for what is no address that a header can carry."""
    local, at, domain = written.strip().rpartition("@")
    if not at or len(local.encode()) > 64 or not _LOCAL.fullmatch(local):
        return ""
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return f"{local}@{ascii_domain}" if _DOMAIN.fullmatch(ascii_domain) else ""


def parse_mailbox(written: str) -> Mailbox:
    """Read `Name <name@example.org>`, `"Name, Inc." <…>` or a bare address. Raises ValueError."""
    name, sep, rest = written.strip().rpartition("<")
    address = checked_address(rest.removesuffix(">") if sep else rest)
    if not address or (sep and not rest.endswith(">")):
        raise ValueError(f"{written!r} is no sender of mail; expected Name <name@example.org>")
    return Mailbox(name=name.strip().strip('"').strip(), address=address)


def is_ascii(address: str) -> bool:
    """Whether any mail server takes this address; others need SMTPUTF8 (RFC 6531)."""
    return address.isascii()
