"""The bytes of a file or an address that people.yaml names. No error repeats an address: it may be a secret."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from worker.app.people.port import SourceTrouble

MOST_BYTES = 5_000_000
TIMEOUT_S = 10.0
"""The longest silence."""
LONGEST_S = 60.0
_CHUNK = 65_536
_HEADERS = {"User-Agent": "followthrough", "Accept": "text/calendar, text/csv, text/plain;q=0.9, */*;q=0.5"}


def is_address(location: str) -> bool:
    """Whether this is asked for over the network, and not a file."""
    return "://" in location


def named(location: str) -> str:
    """The location in words that anybody may read: a file's name, or the host of an address."""
    return f"the table at {urlsplit(location).hostname}" if is_address(location) else location


def load(location: str, folder: Path | None, *, longest_s: float = LONGEST_S) -> bytes:
    """What stands there; a relative file is looked for in `folder`, an address may take `longest_s` in all. Raises
    SourceTrouble."""
    return _asked(location, longest_s) if is_address(location) else _opened(Path(location).expanduser(), folder)


def _opened(path: Path, folder: Path | None) -> bytes:
    try:
        with ((folder or Path()) / path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as err:
        raise SourceTrouble(f"the file can't be read: {err.strerror or type(err).__name__}") from None
    return _bounded(content)


def _asked(location: str, longest_s: float) -> bytes:
    end = time.monotonic() + longest_s
    url = location.replace("webcal://", "https://", 1) if location.startswith("webcal://") else location
    try:
        with requests.Session() as session:
            # Without this the credentials of a .netrc would be sent along.
            session.auth = _as_nobody
            with session.get(url, headers=_HEADERS, timeout=TIMEOUT_S, stream=True) as response:
                if response.status_code != 200:
                    raise SourceTrouble(f"the address answers {response.status_code}; check it, and who may read it")
                content = bytearray()
                # Piece by piece as they come: a server that drips must not hold us for ever.
                while len(content) <= MOST_BYTES and (piece := response.raw.read1(_CHUNK, decode_content=True)):
                    content += piece
                    if time.monotonic() > end:
                        raise SourceTrouble(f"the address was still sending after {longest_s:.0f} s")
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as err:
        raise SourceTrouble(f"the address does not answer ({type(err).__name__})") from None
    return _bounded(bytes(content))


def _bounded(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise SourceTrouble(f"it is larger than {MOST_BYTES:,} bytes")
    return content


def _as_nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def text_of(content: bytes) -> str:
    """Text as programs for tables write it: UTF-8 with or without a byte order mark, or UTF-16 with one. Raises
    SourceTrouble that says the line where it is neither."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            raise SourceTrouble("it begins as UTF-16 and goes on as something else; save it as UTF-8") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = content[: err.start].count(b"\n") + 1
        raise SourceTrouble(f"line {line} is not UTF-8; save it as UTF-8 (in Excel: CSV UTF-8)") from None
