"""Seal what is kept on the tracker, and believe only what carries our seal.

The sealed form is `v<major>.<base64 of zlib of JSON>.<HMAC-SHA256>`: plain ASCII, and never `--` or `>`, so it can
stand in an HTML comment. Keys are bytes; the first seals, any opens (a key can be changed without losing state).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

MAJOR = 1
_LIMIT_BYTES = 1_000_000
_MARK_HEX = 24


class NotOurs(ValueError):
    """The text has no seal of ours: forged, cut, edited, or sealed with another key."""


class Newer(ValueError):
    """The text was sealed by a newer major version of this program, and must be left alone."""


def _mac(key: bytes, purpose: str, payload: str) -> str:
    return hmac.new(key, f"{purpose}\0{payload}".encode(), hashlib.sha256).hexdigest()


def seal(content: Mapping[str, Any], *, purpose: str, keys: Sequence[bytes]) -> str:
    """Return the sealed text. Equal content gives equal text. `purpose` (a record's name) must match at opening."""
    packed = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    payload = base64.b64encode(zlib.compress(packed, 9)).decode()
    return f"v{MAJOR}.{payload}.{_mac(keys[0], purpose, payload)}"


def unseal(text: str, *, purpose: str, keys: Sequence[bytes]) -> dict[str, Any]:
    """Return what was sealed. Raises NotOurs or Newer; never anything else, whatever the text."""
    version, _, rest = text.strip().partition(".")
    payload, _, mac = rest.rpartition(".")
    if not any(hmac.compare_digest(_mac(key, purpose, payload).encode(), mac.encode()) for key in keys):
        raise NotOurs("the seal does not match")
    if not version.startswith("v") or not version[1:].isdigit():
        raise NotOurs("no version")
    if int(version[1:]) > MAJOR:
        raise Newer(f"sealed by major version {version[1:]}, this program knows {MAJOR}")
    try:
        unpacker = zlib.decompressobj()
        packed = unpacker.decompress(base64.b64decode(payload, validate=True), _LIMIT_BYTES)
        content = json.loads(packed)
    except (binascii.Error, zlib.error, ValueError) as err:
        raise NotOurs("the sealed content cannot be read") from err
    if not isinstance(content, dict):
        raise NotOurs("the sealed content is not an object")
    return content


def seal_mark(uid: str, item: str, *, keys: Sequence[bytes]) -> str:
    """Return the hidden mark of a created issue: which item of which post-mortem it was made for."""
    return f"{uid}.{item}.{_mac(keys[0], 'item', f'{uid}.{item}')[:_MARK_HEX]}"


def unseal_mark(mark: str, *, keys: Sequence[bytes]) -> tuple[str, str] | None:
    """Return (uid, item id) of a genuine mark, else None."""
    uid, _, rest = mark.strip().partition(".")
    item, _, mac = rest.partition(".")
    for key in keys:
        if hmac.compare_digest(_mac(key, "item", f"{uid}.{item}")[:_MARK_HEX].encode(), mac.encode()):
            return uid, item
    return None
