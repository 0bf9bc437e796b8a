"""The few ways in which a tracker can fail, as all code above the adapters knows them.

Adapters turn every error of their client into one of these. Each message says what failed and where.
"""

from __future__ import annotations


class TrackerError(Exception):
    """Any failure of a tracker. `site` names it, as far as the adapter said so."""

    site: str = ""


class RateLimited(TrackerError):
    """The tracker asks us to wait. Nothing was written."""

    def __init__(self, message: str, *, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Unavailable(TrackerError):
    """The tracker could not be reached, or failed, and nothing was written (a read, or a write that is safe to
    repeat). Try later."""


class Ambiguous(TrackerError):
    """A create may or may not have happened. Wait a minute and look before trying again."""


class Refused(TrackerError):
    """The tracker understood and said no (missing right, disabled feature, invalid value). Repeating won't help.
    `named` are the words by which it names the part of a query that it does not take; None for all other refusals."""

    named: frozenset[str] | None = None


class Missing(TrackerError):
    """There is no such thing, or our credential may not see it."""


class CredentialRefused(TrackerError):
    """The credential itself is not accepted any more: stops its site alone, and needs a person."""
