"""With which keys is the state on the trackers sealed? Given ones, or ones derived from the sites' credentials.

A derived key makes a trial work without any set-up. It lives as long as the credential, so that a running installation
should have a key of its own; the warning says so.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from worker.app.environment import Environment
from worker.app.sites import SiteSettings

NAME = "FOLLOWTHROUGH_SIGNING_KEY"
LEAST_LENGTH = 32
_PURPOSE = b"followthrough/signing-key/1"


def signing_keys_of(
    environment: Environment, sites: Mapping[str, SiteSettings]
) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """The keys and what to warn of. The first key seals, any opens. Without credentials there is no key at all."""
    given = tuple(dict.fromkeys(environment.secret(NAME).split()))
    environment.secrets.update(given)
    if any(len(key) < LEAST_LENGTH for key in given):
        environment.complain(
            f"{NAME} holds a key shorter than {LEAST_LENGTH} characters; make one with "
            "python3 -c 'import secrets; print(secrets.token_hex(32))'"
        )
        return (), ()
    if given:
        return tuple(key.encode() for key in given), ()
    derived = tuple(
        hmac.new(site.credential.encode(), _PURPOSE, hashlib.sha256).digest()
        for site in sites.values()
        if site.credential
    )
    warning = (
        f"{NAME} is not set, so the key is derived from the tracker's credential; when that credential changes, the "
        "state on the tracker is no longer believed. Set a key of your own before going live."
    )
    return derived, (warning,) if derived else ()
